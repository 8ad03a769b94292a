--
-- What people said: into the ledger
--

CREATE FUNCTION @extschema@.register_subject(subject text, jurisdiction text DEFAULT NULL, born date DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 10000
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    IF register_subject.subject IS NULL OR register_subject.subject = '' THEN
        RAISE EXCEPTION 'a subject needs a key' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    PERFORM @extschema@.create_ledger();
    INSERT INTO clientele_ledger.subject AS s (subject, jurisdiction, born)
    VALUES (register_subject.subject, upper(register_subject.jurisdiction), register_subject.born)
    ON CONFLICT (subject) DO UPDATE
    SET jurisdiction = coalesce(excluded.jurisdiction, s.jurisdiction), born = coalesce(excluded.born, s.born)
    WHERE (s.jurisdiction, s.born) IS DISTINCT FROM (coalesce(excluded.jurisdiction, s.jurisdiction), coalesce(excluded.born, s.born));
END
$$;
COMMENT ON FUNCTION @extschema@.register_subject(text, text, date) IS 'Enters a record into the ledger by its key, with country and birth date; called again, it fills in or corrects what is given.';

CREATE FUNCTION @extschema@.record_consent_event(subject text, event text, at timestamptz DEFAULT NULL, purpose text DEFAULT NULL,
    channel text DEFAULT NULL, recipient text DEFAULT NULL, basis text DEFAULT NULL, expires_at timestamptz DEFAULT NULL,
    notice text DEFAULT 'default', notice_version text DEFAULT NULL, product text DEFAULT NULL, contact_point text DEFAULT NULL,
    guardian boolean DEFAULT false, explicit boolean DEFAULT false, recorded_at timestamptz DEFAULT NULL, source text DEFAULT NULL,
    language text DEFAULT NULL, whole_person boolean DEFAULT false) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 10000
SET search_path = pg_catalog, pg_temp
AS $$
<<fn>>
DECLARE
    a_purpose text := nullif(record_consent_event.purpose, '*');
    a_channel text := nullif(record_consent_event.channel, '*');
    a_version text := record_consent_event.notice_version;
    a_at timestamptz := coalesce(record_consent_event.at, clock_timestamp());
    who text[];
    result bigint;
BEGIN
    IF record_consent_event.subject IS NULL OR record_consent_event.subject = '' OR record_consent_event.event IS NULL THEN
        RAISE EXCEPTION 'an event needs a subject and a kind' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    IF NOT record_consent_event.event = ANY ('{requested,given,confirmed,renewed,refused,withdrawn,objected,revoked,invalidated,restricted,unrestricted,notice_served,relation_start,relation_end,enquiry,compelling,suppressed,unsuppressed}') THEN
        RAISE EXCEPTION 'unknown consent event "%"', record_consent_event.event USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Events are requested, given, confirmed, renewed, refused, withdrawn, objected, revoked, invalidated, restricted, unrestricted, notice_served, relation_start, relation_end, enquiry, compelling, suppressed, unsuppressed.';
    END IF;
    IF fn.a_purpose IS NOT NULL AND NOT EXISTS (SELECT FROM @extschema@.purpose p WHERE p.purpose = fn.a_purpose) THEN
        RAISE EXCEPTION 'unknown purpose "%"', fn.a_purpose USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Purposes are rows of clientele.purpose; insert it there first.';
    END IF;
    IF fn.a_channel IS NOT NULL AND NOT EXISTS (SELECT FROM @extschema@.channel c WHERE c.channel = fn.a_channel) THEN
        RAISE EXCEPTION 'unknown channel "%"', fn.a_channel USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Channels are rows of clientele.channel; insert it there first.';
    END IF;
    IF record_consent_event.event = 'relation_start' AND record_consent_event.basis IS NULL THEN
        RAISE EXCEPTION 'relation_start needs a basis' USING ERRCODE = 'null_value_not_allowed',
            HINT = 'basis => ''sale'' or basis => ''contract''';
    END IF;
    IF record_consent_event.event IN ('given', 'confirmed', 'renewed') AND fn.a_at > coalesce(record_consent_event.recorded_at, clock_timestamp()) THEN
        RAISE EXCEPTION 'consent cannot be given in advance: it takes effect at %, after it was recorded', fn.a_at
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF fn.a_version IS NULL AND record_consent_event.notice IS NOT NULL THEN
        -- the version that was shown on that day
        SELECT n.version INTO fn.a_version FROM @extschema@.notice n
        WHERE n.notice = record_consent_event.notice AND n.in_force_from <= fn.a_at
        ORDER BY n.in_force_from DESC, n.builtin, n.version DESC LIMIT 1;
    END IF;

    PERFORM @extschema@.create_ledger();
    who := CASE WHEN whole_person THEN @extschema@.person_records(record_consent_event.subject) ELSE ARRAY[record_consent_event.subject] END;
    WITH entered AS (
        INSERT INTO clientele_ledger.event (subject, event, at, recorded_at, purpose, channel, recipient, basis, expires_at, notice,
            notice_version, product, contact_point, guardian, explicit, source, language)
        SELECT w.subject, record_consent_event.event, fn.a_at, coalesce(record_consent_event.recorded_at, clock_timestamp()), fn.a_purpose,
            fn.a_channel, nullif(record_consent_event.recipient, 'own'), record_consent_event.basis, record_consent_event.expires_at,
            record_consent_event.notice, fn.a_version, record_consent_event.product, record_consent_event.contact_point,
            coalesce(record_consent_event.guardian, false), coalesce(record_consent_event.explicit, false), record_consent_event.source,
            record_consent_event.language
        FROM unnest(who) WITH ORDINALITY w(subject, i) ORDER BY w.i
        RETURNING seq)
    SELECT min(e.seq) INTO result FROM entered e;
    RETURN result;
END
$$;
COMMENT ON FUNCTION @extschema@.record_consent_event(text, text, timestamptz, text, text, text, text, timestamptz, text, text, text, text, boolean, boolean, timestamptz, text, text, boolean)
IS 'Appends what was said or happened to the ledger; effective for the next statement. at: when it took effect (now). No purpose, no channel: all. whole_person: write it for every record the person has today.';

CREATE FUNCTION @extschema@.give_consent(subject text, purpose text, channel text DEFAULT NULL, at timestamptz DEFAULT NULL,
    expires_at timestamptz DEFAULT NULL, notice text DEFAULT 'default', whole_person boolean DEFAULT false) RETURNS bigint
LANGUAGE sql VOLATILE PARALLEL UNSAFE COST 10000
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT @extschema@.record_consent_event(subject, 'given', at, purpose, channel, expires_at => expires_at, notice => notice, whole_person => whole_person)
$$;
COMMENT ON FUNCTION @extschema@.give_consent(text, text, text, timestamptz, timestamptz, text, boolean) IS 'Short for record_consent_event(''given'').';

CREATE FUNCTION @extschema@.withdraw_consent(subject text, purpose text DEFAULT NULL, channel text DEFAULT NULL, at timestamptz DEFAULT NULL) RETURNS bigint
LANGUAGE sql VOLATILE PARALLEL UNSAFE COST 10000
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT @extschema@.record_consent_event(subject, 'withdrawn', at, purpose, channel)
$$;
COMMENT ON FUNCTION @extschema@.withdraw_consent(text, text, text, timestamptz) IS 'Short for record_consent_event(''withdrawn''): Art. 7(3). Without purpose and channel: all consent.';

CREATE FUNCTION @extschema@.object_to(subject text, purpose text DEFAULT NULL, channel text DEFAULT NULL, at timestamptz DEFAULT NULL) RETURNS bigint
LANGUAGE sql VOLATILE PARALLEL UNSAFE COST 10000
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT @extschema@.record_consent_event(subject, 'objected', at, purpose, channel)
$$;
COMMENT ON FUNCTION @extschema@.object_to(text, text, text, timestamptz) IS 'Short for record_consent_event(''objected''): Art. 21. Without purpose and channel: to everything that may be objected to.';

CREATE FUNCTION @extschema@.restrict_processing(subject text, at timestamptz DEFAULT NULL) RETURNS bigint
LANGUAGE sql VOLATILE PARALLEL UNSAFE COST 10000
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT @extschema@.record_consent_event(subject, 'restricted', at)
$$;
COMMENT ON FUNCTION @extschema@.restrict_processing(text, timestamptz) IS 'Short for record_consent_event(''restricted''): Art. 18; ended by the event unrestricted.';
