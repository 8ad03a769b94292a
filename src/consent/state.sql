--
-- The state behind the consent views: the answers of the ledger to their
-- questions, record by record
--

CREATE FUNCTION @extschema@.consent_state(subjects text[], OUT subject text, OUT slot integer, OUT deny smallint, OUT basis smallint,
    OUT until timestamptz, OUT next_change timestamptz) RETURNS SETOF record
LANGUAGE c STABLE PARALLEL RESTRICTED COST 10000 ROWS 1000
AS 'MODULE_PATHNAME', 'clt_consent_state';
COMMENT ON FUNCTION @extschema@.consent_state(text[]) IS 'The answers to the questions of all consent views for these subjects (NULL: for all), each record by itself: a row a basis that holds, a row for those closed.';

CREATE FUNCTION @extschema@.apply_consent(subjects text[]) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 10000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    src integer;
BEGIN
    IF subjects IS NOT NULL THEN
        -- Whoever writes about a subject comes after whoever wrote before: the statements below see his events.
        INSERT INTO clientele_ledger.subject_state AS s (subject) SELECT u.subject FROM unnest(subjects) u(subject) ORDER BY u.subject
        ON CONFLICT (subject) DO UPDATE SET revision = s.revision + 1;
    END IF;
    FOR src IN SELECT s.source FROM clientele_ledger.source s ORDER BY s.source LOOP
        EXECUTE format('SELECT clientele_ledger.apply_%s($1)', src) USING subjects;
    END LOOP;
END
$$;
COMMENT ON FUNCTION @extschema@.apply_consent(text[]) IS 'Writes the state behind the consent views for these subjects (NULL: for all) from the ledger. Acts with the rights of its caller: the owner of the ledger, through its triggers.';

CREATE FUNCTION @extschema@.refresh_consent() RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    who text[];
    digest text;
BEGIN
    IF to_regclass('clientele_ledger.event') IS NULL THEN
        RETURN 0;
    END IF;
    SELECT r.stamp INTO digest FROM @extschema@.rule_stamp r;
    IF EXISTS (SELECT FROM clientele_ledger.slot k WHERE k.stamp <> digest) THEN
        -- nobody may record an event while all state is computed anew
        LOCK TABLE clientele_ledger.subject, clientele_ledger.event, clientele_ledger.subject_state IN SHARE ROW EXCLUSIVE MODE;
        UPDATE clientele_ledger.slot SET stamp = digest WHERE stamp <> digest;
        PERFORM @extschema@.apply_consent(NULL);
        RETURN (SELECT count(*) FROM clientele_ledger.subject);
    END IF;
    SELECT array_agg(s.subject ORDER BY s.subject) INTO who FROM clientele_ledger.subject_state s WHERE s.next_change <= clock_timestamp();
    IF who IS NOT NULL THEN
        PERFORM @extschema@.apply_consent(who);
    END IF;
    RETURN coalesce(cardinality(who), 0);
END
$$;
COMMENT ON FUNCTION @extschema@.refresh_consent() IS 'Brings the state behind consent views up to date after a change of the rules, and for whom something known has meanwhile taken effect; the number of subjects looked at. Run it after changing rules and now and then: without it views show fewer rows, never more.';
