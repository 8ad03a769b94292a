--
-- The tables whose rows are people's records
--

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

CREATE FUNCTION @extschema@.consent_source(source regclass, key_column name DEFAULT NULL, person regclass DEFAULT NULL,
    subject_prefix text DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 10000
SET search_path = pg_catalog, pg_temp
AS $$
<<fn>>
DECLARE
    existing clientele_ledger.source;
    a_key name := consent_source.key_column;
    a_type regtype;
    a_person regclass;
    kind "char";
    keys name[];
    result integer;
BEGIN
    PERFORM @extschema@.create_ledger();
    SELECT s.* INTO existing FROM clientele_ledger.source s WHERE s.relation = consent_source.source;
    IF FOUND THEN
        IF (a_key IS NOT NULL AND a_key <> existing.key_column) OR
           (consent_source.subject_prefix IS NOT NULL AND consent_source.subject_prefix <> existing.subject_prefix) THEN
            RAISE EXCEPTION '% is already known with key "%" and subject prefix "%"', consent_source.source, existing.key_column, existing.subject_prefix
                USING ERRCODE = 'object_not_in_prerequisite_state';
        END IF;
        a_person := @extschema@.person_table(consent_source.source, coalesce(consent_source.person, existing.person));
        IF a_person IS DISTINCT FROM existing.person THEN
            PERFORM @extschema@.check_person_table(a_person, existing.key_type);
            UPDATE clientele_ledger.source s SET person = a_person WHERE s.source = existing.source;
        END IF;
        RETURN existing.source;
    END IF;

    SELECT c.relkind INTO kind FROM pg_class c WHERE c.oid = consent_source.source;
    IF kind NOT IN ('r', 'p', 'f', 'v', 'm') THEN
        RAISE EXCEPTION '% is not a table', consent_source.source USING ERRCODE = 'wrong_object_type';
    END IF;
    IF a_key IS NULL THEN
        SELECT array_agg(a.attname) INTO keys
        FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
        WHERE i.indrelid = consent_source.source AND i.indisprimary;
        IF coalesce(cardinality(keys), 0) <> 1 THEN
            RAISE EXCEPTION '% has no primary key of one column', consent_source.source
                USING ERRCODE = 'invalid_table_definition', HINT = 'Name the column that identifies a record: protect(source, key_column => ''...'').';
        END IF;
        a_key := keys[1];
    END IF;
    SELECT CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END::regtype INTO a_type
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    WHERE a.attrelid = consent_source.source AND a.attname = a_key AND a.attnum > 0 AND NOT a.attisdropped;
    IF a_type IS NULL THEN
        RAISE EXCEPTION '% has no column "%"', consent_source.source, a_key USING ERRCODE = 'undefined_column';
    END IF;
    IF @extschema@.subject_key('x', '', a_type) IS NULL THEN
        RAISE EXCEPTION 'keys of type % are not supported for consent', a_type
            USING ERRCODE = 'feature_not_supported', HINT = 'Keys may be smallint, integer, bigint, uuid, text or varchar.';
    END IF;
    a_person := @extschema@.person_table(consent_source.source, consent_source.person);
    IF a_person IS NOT NULL THEN
        PERFORM @extschema@.check_person_table(a_person, a_type);
    END IF;

    -- the prefix becomes a literal in a dollar-quoted body
    IF consent_source.subject_prefix LIKE '%$%' THEN
        RAISE EXCEPTION 'a subject prefix must not contain "$"' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    INSERT INTO clientele_ledger.source (relation, key_column, key_type, subject_prefix, subject_key, person)
    VALUES (consent_source.source, a_key, a_type, coalesce(consent_source.subject_prefix, ''),
            @extschema@.subject_key('$1', coalesce(consent_source.subject_prefix, ''), a_type), a_person)
    RETURNING clientele_ledger.source.source INTO result;
    EXECUTE format('CREATE TABLE clientele_ledger.allow_%s (key %s, slot integer, basis smallint, until timestamptz NOT NULL, PRIMARY KEY (key, slot, basis))', result, a_type);
    EXECUTE format('CREATE INDEX ON clientele_ledger.allow_%s (slot, key) INCLUDE (until, basis)', result);
    EXECUTE format('COMMENT ON TABLE clientele_ledger.allow_%s IS %L', result, 'State behind consent views of ' || consent_source.source || ': which basis (a bit) holds for which record, and until when');
    EXECUTE format('CREATE TABLE clientele_ledger.deny_%s (key %s, slot integer, bases smallint NOT NULL, PRIMARY KEY (key, slot))', result, a_type);
    EXECUTE format('CREATE INDEX ON clientele_ledger.deny_%s (slot, key) INCLUDE (bases)', result);
    EXECUTE format('COMMENT ON TABLE clientele_ledger.deny_%s IS %L', result, 'State behind consent views of ' || consent_source.source || ': which bases (bits) a record closes for the whole person');
    EXECUTE format('REVOKE ALL ON clientele_ledger.allow_%1$s, clientele_ledger.deny_%1$s FROM PUBLIC', result);
    -- a function of its own, so that its plans are kept
    EXECUTE format($q$CREATE FUNCTION clientele_ledger.apply_%2$s(subjects text[]) RETURNS void LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp AS $body$
    BEGIN
        IF subjects IS NULL OR cardinality(subjects) > 1000 THEN
            CREATE TEMP TABLE clientele_new ON COMMIT DROP AS
                SELECT n.subject, %1$s AS key, n.slot, n.deny, n.basis, n.until, n.next_change FROM @extschema@.consent_state(subjects) n;
            ANALYZE pg_temp.clientele_new;
            CREATE TEMP TABLE clientele_asked ON COMMIT DROP AS SELECT n.subject, %1$s AS key FROM unnest(subjects) n(subject);
            ANALYZE pg_temp.clientele_asked;
            DELETE FROM clientele_ledger.allow_%2$s a
            WHERE (subjects IS NULL OR a.key IN (SELECT k.key FROM pg_temp.clientele_asked k))
              AND NOT EXISTS (SELECT FROM pg_temp.clientele_new n WHERE n.key = a.key AND n.slot = a.slot AND n.basis = a.basis);
            DELETE FROM clientele_ledger.deny_%2$s d
            WHERE (subjects IS NULL OR d.key IN (SELECT k.key FROM pg_temp.clientele_asked k))
              AND NOT EXISTS (SELECT FROM pg_temp.clientele_new n WHERE n.key = d.key AND n.slot = d.slot AND n.deny <> 0);
            INSERT INTO clientele_ledger.deny_%2$s AS d (key, slot, bases)
                SELECT n.key, n.slot, n.deny FROM pg_temp.clientele_new n WHERE n.deny <> 0 AND n.key IS NOT NULL
                ON CONFLICT (key, slot) DO UPDATE SET bases = excluded.bases WHERE d.bases <> excluded.bases;
            INSERT INTO clientele_ledger.allow_%2$s AS a (key, slot, basis, until)
                SELECT n.key, n.slot, n.basis, n.until FROM pg_temp.clientele_new n WHERE n.basis <> 0 AND n.key IS NOT NULL
                ON CONFLICT (key, slot, basis) DO UPDATE SET until = excluded.until WHERE a.until <> excluded.until;
            INSERT INTO clientele_ledger.subject_state AS s (subject, next_change)
                SELECT n.subject, min(n.next_change) FROM pg_temp.clientele_new n WHERE n.next_change IS NOT NULL GROUP BY n.subject
                ON CONFLICT (subject) DO UPDATE SET next_change = excluded.next_change WHERE s.next_change IS DISTINCT FROM excluded.next_change;
            UPDATE clientele_ledger.subject_state s SET next_change = NULL
            WHERE s.next_change IS NOT NULL
              AND (subjects IS NULL OR s.subject IN (SELECT k.subject FROM pg_temp.clientele_asked k))
              AND NOT EXISTS (SELECT FROM pg_temp.clientele_new n WHERE n.subject = s.subject AND n.next_change IS NOT NULL);
            DROP TABLE pg_temp.clientele_new, pg_temp.clientele_asked;
            RETURN;
        END IF;
        WITH new AS MATERIALIZED (
            SELECT n.subject, %1$s AS key, n.slot, n.deny, n.basis, n.until, n.next_change FROM @extschema@.consent_state(subjects) n),
        gone AS (
            DELETE FROM clientele_ledger.allow_%2$s a
            WHERE a.key = ANY (ARRAY(SELECT %1$s FROM unnest(subjects) n(subject)))
              AND NOT EXISTS (SELECT FROM new WHERE new.key = a.key AND new.slot = a.slot AND new.basis = a.basis)),
        gone_deny AS (
            DELETE FROM clientele_ledger.deny_%2$s d
            WHERE d.key = ANY (ARRAY(SELECT %1$s FROM unnest(subjects) n(subject)))
              AND NOT EXISTS (SELECT FROM new WHERE new.key = d.key AND new.slot = d.slot AND new.deny <> 0)),
        closed AS (
            INSERT INTO clientele_ledger.deny_%2$s AS d (key, slot, bases)
            SELECT n.key, n.slot, n.deny FROM new n WHERE n.deny <> 0 AND n.key IS NOT NULL
            ON CONFLICT (key, slot) DO UPDATE SET bases = excluded.bases WHERE d.bases <> excluded.bases),
        opened AS (
            INSERT INTO clientele_ledger.allow_%2$s AS a (key, slot, basis, until)
            SELECT n.key, n.slot, n.basis, n.until FROM new n WHERE n.basis <> 0 AND n.key IS NOT NULL
            ON CONFLICT (key, slot, basis) DO UPDATE SET until = excluded.until WHERE a.until <> excluded.until)
        UPDATE clientele_ledger.subject_state s
        SET next_change = (SELECT min(n.next_change) FROM new n WHERE n.subject = s.subject)
        WHERE s.subject = ANY (subjects)
          AND s.next_change IS DISTINCT FROM (SELECT min(n.next_change) FROM new n WHERE n.subject = s.subject);
    END
    $body$
    $q$, @extschema@.subject_key('n.subject', coalesce(consent_source.subject_prefix, ''), a_type), result);
    EXECUTE format('COMMENT ON FUNCTION clientele_ledger.apply_%s(text[]) IS %L', result, 'Writes the state behind consent views of ' || consent_source.source);
    EXECUTE format('REVOKE ALL ON FUNCTION clientele_ledger.apply_%s(text[]) FROM PUBLIC', result);
    RETURN result;
END
$$;
COMMENT ON FUNCTION @extschema@.consent_source(regclass, name, regclass, text) IS 'Makes a table known to the ledger as one whose rows are people''s records; its number.';

CREATE FUNCTION @extschema@.check_person_table(person regclass, key_type regtype) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    has regtype;
BEGIN
    SELECT CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END::regtype INTO has
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    WHERE a.attrelid = person AND a.attname = 'record_key' AND NOT a.attisdropped;
    IF has IS NULL OR NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = person AND a.attname = 'person_id' AND NOT a.attisdropped) THEN
        RAISE EXCEPTION '% has no columns record_key and person_id', person
            USING ERRCODE = 'undefined_column', HINT = 'Name the table that says which records are one person: protect(source, person => ...).';
    END IF;
    IF has <> key_type AND NOT (has IN (25, 1043) AND key_type IN (25, 1043)) THEN
        RAISE EXCEPTION '%.record_key is of type %, the key of the source is of type %', person, has, key_type
            USING ERRCODE = 'datatype_mismatch';
    END IF;
    IF EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = person AND a.attname = 'source' AND NOT a.attisdropped) THEN
        RAISE EXCEPTION '% spans several sources, which consent views do not support yet', person USING ERRCODE = 'feature_not_supported';
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.check_person_table(regclass, regtype) IS 'Raises an error unless the table says which records are one person in a way that consent views can use.';
