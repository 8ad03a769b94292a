--
-- The state behind the consent views: the answers of the ledger to their
-- questions, record by record
--

CREATE FUNCTION @extschema@.consent_state(subjects text[], OUT subject text, OUT slot integer, OUT deny smallint, OUT basis smallint,
    OUT until timestamptz, OUT next_change timestamptz) RETURNS SETOF record
LANGUAGE c STABLE PARALLEL RESTRICTED COST 10000 ROWS 1000
AS 'MODULE_PATHNAME', 'clt_consent_state';
COMMENT ON FUNCTION @extschema@.consent_state(text[]) IS 'The answers to the questions of all consent views for these subjects (NULL: for all), each record by itself: a row a basis that holds, a row for those closed.';

CREATE FUNCTION @extschema@.decide_records(subjects text[], purpose text, channel text, recipient text, at timestamptz, known timestamptz,
    product text, OUT allow boolean, OUT reason text, OUT basis text, OUT deciding_event bigint, OUT obligations text[],
    OUT valid_until timestamptz) RETURNS record
LANGUAGE c STABLE PARALLEL RESTRICTED COST 10000
AS 'MODULE_PATHNAME', 'clt_decide_records';
COMMENT ON FUNCTION @extschema@.decide_records(text[], text, text, text, timestamptz, timestamptz, text) IS 'The decision for one person given as the subjects of all his records, the one asked about first.';

CREATE FUNCTION @extschema@.person_table(source regclass, person regclass) RETURNS regclass
LANGUAGE sql STABLE PARALLEL SAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce((SELECT p.oid FROM pg_class p WHERE p.oid = person),
                    (SELECT p.oid FROM pg_class p JOIN pg_class c ON p.relnamespace = c.relnamespace AND p.relname = (left(c.relname, 56) || '_person')::name
                     WHERE c.oid = source AND p.relkind IN ('r', 'p', 'v', 'm')))::regclass
$$;
COMMENT ON FUNCTION @extschema@.person_table(regclass, regclass) IS 'The table that says which records of a source are one person: the given one if it still exists, else <source>_person beside it.';

CREATE FUNCTION @extschema@.subject_key(subject text, prefix text, key_type regtype) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 10
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE key_type::oid
        WHEN 20 THEN format('CASE WHEN starts_with(%1$s, %2$L) AND substr(%1$s, %3$s) ~ ''^(0|-?[1-9][0-9]{0,18})$'' AND substr(%1$s, %3$s)::numeric BETWEEN -9223372036854775808 AND 9223372036854775807 THEN substr(%1$s, %3$s)::bigint END', subject, prefix, length(prefix) + 1)
        WHEN 23 THEN format('CASE WHEN starts_with(%1$s, %2$L) AND substr(%1$s, %3$s) ~ ''^(0|-?[1-9][0-9]{0,9})$'' AND substr(%1$s, %3$s)::numeric BETWEEN -2147483648 AND 2147483647 THEN substr(%1$s, %3$s)::integer END', subject, prefix, length(prefix) + 1)
        WHEN 21 THEN format('CASE WHEN starts_with(%1$s, %2$L) AND substr(%1$s, %3$s) ~ ''^(0|-?[1-9][0-9]{0,4})$'' AND substr(%1$s, %3$s)::numeric BETWEEN -32768 AND 32767 THEN substr(%1$s, %3$s)::smallint END', subject, prefix, length(prefix) + 1)
        WHEN 2950 THEN format('CASE WHEN starts_with(%1$s, %2$L) AND substr(%1$s, %3$s) ~ ''^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$'' THEN substr(%1$s, %3$s)::uuid END', subject, prefix, length(prefix) + 1)
        WHEN 25 THEN format('CASE WHEN starts_with(%1$s, %2$L) THEN substr(%1$s, %3$s) END', subject, prefix, length(prefix) + 1)
        WHEN 1043 THEN format('CASE WHEN starts_with(%1$s, %2$L) THEN substr(%1$s, %3$s)::varchar END', subject, prefix, length(prefix) + 1)
    END
$$;
COMMENT ON FUNCTION @extschema@.subject_key(text, text, regtype) IS 'SQL expression that turns a subject (an SQL expression) into the key of its source, or into NULL where it is none of that source; NULL for key types that are not supported.';

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
