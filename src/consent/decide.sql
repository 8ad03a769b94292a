--
-- What a person allows: the decision, and what is said of it
--

CREATE FUNCTION @extschema@.decide_records(subjects text[], purpose text, channel text, recipient text, at timestamptz, known timestamptz,
    product text, OUT allow boolean, OUT reason text, OUT basis text, OUT deciding_event bigint, OUT obligations text[],
    OUT valid_until timestamptz) RETURNS record
LANGUAGE c STABLE PARALLEL RESTRICTED COST 10000
AS 'MODULE_PATHNAME', 'clt_decide_records';
COMMENT ON FUNCTION @extschema@.decide_records(text[], text, text, text, timestamptz, timestamptz, text) IS 'The decision for one person given as the subjects of all his records, the one asked about first.';

CREATE FUNCTION @extschema@.person_records(subject text) RETURNS text[]
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 10000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    who text[] := ARRAY[subject];
    more text[];
    src record;
BEGIN
    IF to_regclass('clientele_ledger.source') IS NULL THEN
        RETURN who;
    END IF;
    FOR src IN
        -- person_table() said in place: this runs with every decision
        SELECT s.subject_prefix, s.subject_key AS key, coalesce(p.oid, d.oid)::regclass AS person
        FROM clientele_ledger.source s
        JOIN pg_class c ON c.oid = s.relation
        LEFT JOIN pg_class p ON p.oid = s.person
        LEFT JOIN pg_class d ON d.relnamespace = c.relnamespace AND d.relname = (left(c.relname, 56) || '_person')::name AND d.relkind IN ('r', 'p', 'v', 'm')
        WHERE starts_with(subject, s.subject_prefix) ORDER BY s.source
    LOOP
        CONTINUE WHEN src.person IS NULL;
        EXECUTE format('SELECT array_agg(DISTINCT %L || q.record_key::text) FROM %s p JOIN %s q ON q.person_id = p.person_id WHERE p.record_key = (%s)',
                       src.subject_prefix, src.person, src.person, src.key) INTO more USING subject;
        who := who || array_remove(more, subject);
    END LOOP;
    RETURN who;
END
$$;
COMMENT ON FUNCTION @extschema@.person_records(text) IS 'The subjects of all records of the person to whom this record belongs, itself first.';

CREATE FUNCTION @extschema@.decide(subject text, purpose text, channel text DEFAULT 'none', recipient text DEFAULT 'own',
    at timestamptz DEFAULT NULL, known timestamptz DEFAULT NULL, product text DEFAULT NULL,
    OUT allow boolean, OUT reason text, OUT basis text, OUT deciding_event bigint, OUT obligations text[], OUT valid_until timestamptz) RETURNS record
LANGUAGE sql STABLE PARALLEL RESTRICTED COST 20000
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT * FROM @extschema@.decide_records(@extschema@.person_records(subject), purpose, channel, recipient, at, known, product)
$$;
COMMENT ON FUNCTION @extschema@.decide(text, text, text, text, timestamptz, timestamptz, text) IS 'May this record, and with it the person, be used for this purpose on this channel? With the reason, the event it rests on, the duties that come with it, and until when the answer stands. at: on that day (now); known: with what we knew then (all).';

CREATE FUNCTION @extschema@.may_contact(subject text, purpose text, channel text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL RESTRICTED COST 20000
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT d.allow FROM @extschema@.decide_records(@extschema@.person_records(subject), purpose, channel, 'own', NULL, NULL, NULL) d
$$;
COMMENT ON FUNCTION @extschema@.may_contact(text, text, text) IS 'The yes or no of decide(), now.';
