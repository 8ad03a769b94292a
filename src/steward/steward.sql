--
-- steward: people's decisions about who is who, and what they need to take them
--

--
-- graphs
--

CREATE FUNCTION @extschema@.steward_parts(records integer, edge_left integer[], edge_right integer[], weight double precision[],
    same_left integer[], same_right integer[], apart_left integer[], apart_right integer[]) RETURNS integer[]
LANGUAGE c IMMUTABLE PARALLEL SAFE COST 1000
AS 'MODULE_PATHNAME', 'clt_steward_parts';
COMMENT ON FUNCTION @extschema@.steward_parts(integer, integer[], integer[], double precision[], integer[], integer[], integer[], integer[]) IS
'Machinery of stewardship: which of the records 1..n hold together, given edges and decisions; each one''s part is named by its first record.';

CREATE FUNCTION @extschema@.steward_path(records integer, edge_left integer[], edge_right integer[], weight double precision[], a integer, z integer) RETURNS integer[]
LANGUAGE c IMMUTABLE PARALLEL SAFE COST 1000
AS 'MODULE_PATHNAME', 'clt_steward_path';
COMMENT ON FUNCTION @extschema@.steward_path(integer, integer[], integer[], double precision[], integer, integer) IS
'Machinery of explain_path: places of the edges of the strongest path, the one whose weakest edge is strongest, and of these a shortest.';

CREATE FUNCTION @extschema@.steward_bridges(records integer, edge_left integer[], edge_right integer[]) RETURNS bigint[]
LANGUAGE c IMMUTABLE PARALLEL SAFE COST 1000
AS 'MODULE_PATHNAME', 'clt_steward_bridges';
COMMENT ON FUNCTION @extschema@.steward_bridges(integer, integer[], integer[]) IS
'Machinery of review_queue: of each edge, how many pairs of records fall apart without it; 0 if others hold them.';

--
-- the model, its results, its records
--

CREATE TYPE @extschema@.steward_target AS (
    model text, sources regclass[], person regclass, pair regclass, key_type text, equals text, record_source text, left_source text, right_source text,
    next_person bigint, cut double precision);
COMMENT ON TYPE @extschema@.steward_target IS
'Machinery of stewardship: a model of the caller and the tables with its results; equals is how keys are compared; record_source, left_source and right_source are the expressions for a record''s table in <model>_person and <model>_pair.';

CREATE FUNCTION @extschema@.steward_find(model text) RETURNS @extschema@.steward_target
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    t @extschema@.steward_target;
    schema name;
BEGIN
    IF model IS NULL THEN
        RAISE EXCEPTION 'argument "model" must not be null' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    SELECT m.name, m.source || coalesce(m.further_sources, '{}'), m.next_person, coalesce((m.settings ->> 'threshold')::float8, 0.5)
    INTO t.model, t.sources, t.next_person, t.cut
    FROM @extschema@.linkage_model m WHERE m.owner = current_user AND m.name = model;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'linkage model "%" does not exist', model
            USING ERRCODE = 'undefined_object', HINT = 'Models are made by clientele.dedupe() and clientele.create_model().';
    END IF;
    SELECT n.nspname INTO schema FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = t.sources[1];
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the table of linkage model "%" does not exist any more', model USING ERRCODE = 'undefined_table';
    END IF;
    t.person := @extschema@.linkage_result_table(schema, model || '_person');
    t.pair := @extschema@.linkage_result_table(schema, model || '_pair');
    IF t.person IS NULL OR t.pair IS NULL THEN
        RAISE EXCEPTION 'linkage model "%" has no result', model
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = format('CALL clientele.resolve(%L).', model);
    END IF;
    SELECT format_type(a.atttypid, a.atttypmod), @extschema@.linkage_equality(a.atttypid) INTO t.key_type, t.equals FROM pg_attribute a
    WHERE a.attrelid = t.person AND a.attname = 'record_key' AND NOT a.attisdropped;
    t.record_source := CASE WHEN cardinality(t.sources) = 1 THEN quote_literal(t.sources[1]::oid) || '::regclass' ELSE 'source' END;
    -- of two tables the left key is of the first one and the right key of the second
    t.left_source := CASE WHEN cardinality(t.sources) <= 2 THEN quote_literal(t.sources[1]::oid) || '::regclass' ELSE 'e.left_source' END;
    t.right_source := CASE WHEN cardinality(t.sources) <= 2 THEN quote_literal(t.sources[cardinality(t.sources)]::oid) || '::regclass' ELSE 'e.right_source' END;
    t.cut := ln(t.cut / (1 - t.cut)) / ln(2);
    RETURN t;
END $$;
COMMENT ON FUNCTION @extschema@.steward_find(text) IS 'Machinery of stewardship: finds a model of the caller and its results.';

CREATE FUNCTION @extschema@.steward_open(model text) RETURNS @extschema@.steward_target
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- whoever decides waits here for whoever is deciding, and for a run that is about to write; written once a transaction,
    -- so that an older snapshot fails here instead of deciding about what it cannot see
    PERFORM FROM @extschema@.linkage_model m WHERE m.owner = current_user AND m.name = model FOR UPDATE SKIP LOCKED;
    -- but not if a run that is yet to be committed would wait for this transaction in turn, which has used the results of the run before
    IF NOT FOUND AND EXISTS (
        SELECT FROM pg_locks mine JOIN pg_locks run USING (locktype, database, relation) JOIN pg_class c ON c.oid = mine.relation
        WHERE mine.locktype = 'relation' AND mine.pid = pg_backend_pid() AND run.pid <> mine.pid AND run.mode = 'ExclusiveLock' AND run.granted
          AND c.relname IN (model || '_person', model || '_pair'))
    THEN
        RAISE EXCEPTION 'linkage model "%" was run by a transaction that is yet to be committed', model
            USING ERRCODE = 'serialization_failure', DETAIL = 'It will wait for this transaction, which has used the results of the run before.',
                  HINT = 'Try the whole transaction again.';
    END IF;
    PERFORM FROM @extschema@.linkage_model m WHERE m.owner = current_user AND m.name = model FOR UPDATE;
    UPDATE @extschema@.linkage_model m SET next_person = m.next_person
    WHERE m.owner = current_user AND m.name = model AND m.xmin::text::bigint <> pg_current_xact_id()::text::bigint % 4294967296;
    RETURN @extschema@.steward_find(model);
END $$;
COMMENT ON FUNCTION @extschema@.steward_open(text) IS 'Machinery of stewardship: finds a model that is about to be changed; others do not decide about it until the transaction ends.';

CREATE FUNCTION @extschema@.steward_record(t @extschema@.steward_target, given_key text, given_source regclass, side integer, argument text,
    OUT source regclass, OUT key text, OUT person bigint) RETURNS record
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 1000
SET search_path = pg_catalog, pg_temp
SET DateStyle = 'ISO, YMD'
AS $$
DECLARE
    r record;
    found_one boolean := false;
BEGIN
    IF given_key IS NULL THEN
        RAISE EXCEPTION 'argument "%" must not be null', argument USING ERRCODE = 'null_value_not_allowed';
    END IF;
    IF given_source <> ALL (t.sources) THEN
        RAISE EXCEPTION 'linkage model "%" has no table "%"', t.model, given_source USING ERRCODE = 'invalid_parameter_value';
    END IF;
    FOR r IN EXECUTE format('SELECT %s AS source, record_key::text AS key, person_id FROM %s WHERE record_key %s $1::%s', t.record_source, t.person, t.equals, t.key_type)
        USING given_key
    LOOP
        CONTINUE WHEN r.source <> coalesce(given_source, r.source);
        -- a key that both of two tables have: the first argument is of the first table, the second of the second one
        IF found_one AND (side IS NULL OR cardinality(t.sources) > 2) THEN
            RAISE EXCEPTION 'several tables of linkage model "%" have a record with key %', t.model, given_key
                USING ERRCODE = 'ambiguous_parameter', HINT = 'Say which table it is in.';
        END IF;
        CONTINUE WHEN found_one AND r.source <> t.sources[side];
        found_one := true;
        source := r.source;
        key := r.key;
        person := r.person_id;
    END LOOP;
    IF NOT found_one THEN
        RAISE EXCEPTION 'the result of linkage model "%" has no record with key %', t.model, given_key
            USING ERRCODE = 'no_data_found', HINT = format('Records that are newer than the result are in it after CALL clientele.resolve(%L).', t.model);
    END IF;
END $$;
COMMENT ON FUNCTION @extschema@.steward_record(@extschema@.steward_target, text, regclass, integer, text) IS 'Machinery of stewardship: finds a record in the result of a model.';

CREATE FUNCTION @extschema@.steward_number(INOUT t @extschema@.steward_target, OUT person bigint) RETURNS record
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    EXECUTE format('SELECT greatest($1, max(person_id) + 1) FROM %s', t.person) INTO person USING t.next_person;
    t.next_person := person + 1;
    UPDATE @extschema@.linkage_model m SET next_person = t.next_person WHERE m.owner = current_user AND m.name = t.model;
END $$;
COMMENT ON FUNCTION @extschema@.steward_number(@extschema@.steward_target) IS 'Machinery of stewardship: a person''s number that was never given.';

CREATE FUNCTION @extschema@.redirect_persons(schema text, model text, gone bigint[], became bigint[]) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    redirect text := format('%I.%I', schema, model || '_redirect');
BEGIN
    IF octet_length(model) > 54 THEN
        RAISE EXCEPTION 'name of linkage model "%" is too long', model USING ERRCODE = 'name_too_long';
    END IF;
    IF @extschema@.linkage_result_table(schema, model || '_redirect') IS NULL THEN
        EXECUTE format('CREATE TABLE %s (person_id bigint PRIMARY KEY, became bigint NOT NULL, since timestamptz NOT NULL DEFAULT clock_timestamp())', redirect);
        EXECUTE format('COMMENT ON TABLE %s IS %L', redirect, 'clientele: numbers of persons that are no longer given, and whose they became (model ' || model || ')');
    END IF;
    EXECUTE format('INSERT INTO %s AS r (person_id, became) SELECT * FROM unnest($1, $2) ON CONFLICT (person_id) DO UPDATE SET became = excluded.became, since = excluded.since', redirect)
        USING gone, became;
END $$;
COMMENT ON FUNCTION @extschema@.redirect_persons(text, text, bigint[], bigint[]) IS 'Machinery of stewardship and resolve: writes down what became of numbers of persons.';

CREATE FUNCTION @extschema@.steward_redirect(t @extschema@.steward_target, gone bigint, became bigint) RETURNS void
LANGUAGE sql VOLATILE PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT @extschema@.redirect_persons(n.nspname, t.model, ARRAY[gone], ARRAY[became])
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = t.person
$$;
COMMENT ON FUNCTION @extschema@.steward_redirect(@extschema@.steward_target, bigint, bigint) IS 'Machinery of stewardship: writes down what became of one number.';

--
-- deciding
--

-- A question that is answered anew takes back what was answered before.
CREATE FUNCTION @extschema@.steward_take_back(t @extschema@.steward_target, kind text, a_source regclass, a_key text, others text[], other_sources regclass[], reason text) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
DECLARE
    d bigint;
    n bigint := 0;
BEGIN
    FOR d IN
        SELECT DISTINCT d.decision
        FROM (SELECT x.decision, x.right_key AS key, x.right_source AS source FROM @extschema@.linkage_decision x
              WHERE x.left_key = a_key AND x.left_source = a_source AND x.owner = current_user AND x.model = t.model AND x.kind = steward_take_back.kind
              UNION ALL
              SELECT x.decision, x.left_key, x.left_source FROM @extschema@.linkage_decision x
              WHERE x.right_key = a_key AND x.right_source = a_source AND x.owner = current_user AND x.model = t.model AND x.kind = steward_take_back.kind) d
        JOIN unnest(others, other_sources) o(key, source) USING (key, source)
        WHERE NOT EXISTS (SELECT FROM @extschema@.linkage_decision u WHERE u.undoes = d.decision AND u.owner = current_user)
        ORDER BY 1
    LOOP
        PERFORM @extschema@.undo_decision(t.model, d, steward_take_back.reason);
        n := n + 1;
    END LOOP;
    RETURN n;
END $$;
COMMENT ON FUNCTION @extschema@.steward_take_back(@extschema@.steward_target, text, regclass, text, text[], regclass[], text) IS
'Machinery of stewardship: takes back the decisions of a kind about a record and others; returns how many there were.';

-- Conflicts are found among the records of two persons, which hold all that was decided to be one with theirs.
CREATE FUNCTION @extschema@.steward_conflict(t @extschema@.steward_target, a bigint, b bigint, OUT decision bigint, OUT left_key text, OUT right_key text) RETURNS record
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET DateStyle = 'ISO, YMD'
AS $$
DECLARE
    sources regclass[];
    keys text[];
    d record;
    there boolean;
BEGIN
    EXECUTE format('SELECT array_agg(%s), array_agg(record_key::text) FROM %s WHERE person_id = $1', t.record_source, t.person) INTO sources, keys USING a;
    FOR d IN
        SELECT y.* FROM unnest(sources, keys) r(of, key) CROSS JOIN LATERAL (
            SELECT x.decision, x.left_key, x.right_key, x.right_source AS other FROM @extschema@.linkage_decision x
            WHERE x.left_key = r.key AND x.left_source = r.of AND x.owner = current_user AND x.model = t.model AND x.kind = 'different'
            UNION ALL
            SELECT x.decision, x.right_key, x.left_key, x.left_source FROM @extschema@.linkage_decision x
            WHERE x.right_key = r.key AND x.right_source = r.of AND x.owner = current_user AND x.model = t.model AND x.kind = 'different'
            OFFSET 0) y
        WHERE NOT EXISTS (SELECT FROM @extschema@.linkage_decision u WHERE u.undoes = y.decision AND u.owner = current_user)
        ORDER BY 1, 2, 3
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE person_id = $1 AND record_key %s $2::%s AND %s = $3)', t.person, t.equals, t.key_type, t.record_source)
        INTO there USING b, d.right_key, d.other;
        IF there THEN
            decision := d.decision;
            left_key := d.left_key;
            right_key := d.right_key;
            RETURN;
        END IF;
    END LOOP;
END $$;
COMMENT ON FUNCTION @extschema@.steward_conflict(@extschema@.steward_target, bigint, bigint) IS
'Machinery of stewardship: the first decision that keeps two persons apart.';

CREATE FUNCTION @extschema@.steward_join(t @extschema@.steward_target, a bigint, b bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    kept bigint;
    gone bigint;
BEGIN
    EXECUTE format('SELECT person_id FROM %s WHERE person_id IN ($1, $2) GROUP BY person_id ORDER BY count(*) DESC, person_id LIMIT 1', t.person)
    INTO kept USING a, b;
    gone := a + b - kept;
    EXECUTE format('UPDATE %s SET person_id = $1 WHERE person_id = $2', t.person) USING kept, gone;
    PERFORM @extschema@.steward_redirect(t, gone, kept);
    RETURN kept;
END $$;
COMMENT ON FUNCTION @extschema@.steward_join(@extschema@.steward_target, bigint, bigint) IS
'Machinery of stewardship: makes two persons one; the number of the larger stays, of equals the lower.';

-- The records of one person with their edges and the decisions among them, numbered by key.
CREATE FUNCTION @extschema@.steward_graph(t @extschema@.steward_target, person bigint, weakest double precision,
    OUT sources regclass[], OUT keys text[], OUT edge_left integer[], OUT edge_right integer[], OUT weight double precision[],
    OUT same_left integer[], OUT same_right integer[], OUT same_decision bigint[], OUT apart_left integer[], OUT apart_right integer[]) RETURNS record
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 1000
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET DateStyle = 'ISO, YMD'
AS $$
BEGIN
    EXECUTE format($q$
        WITH rec AS MATERIALIZED (
            SELECT s.*, row_number() OVER (ORDER BY array_position($4, s.source), s.key COLLATE "C")::integer AS i
            FROM (SELECT %1$s AS source, record_key, record_key::text AS key FROM %2$s WHERE person_id = $1) s),
        edge AS (
            SELECT x.i AS l, y.i AS r, e.match_weight AS w FROM rec x JOIN %3$s e ON e.left_key %6$s x.record_key AND %4$s = x.source
            JOIN rec y ON y.record_key %6$s e.right_key AND %5$s = y.source WHERE e.match_weight >= $3),
        decided AS (
            SELECT d.decision, d.kind, x.i AS l, y.i AS r FROM rec x
            CROSS JOIN LATERAL (SELECT * FROM @extschema@.linkage_decision d
                WHERE d.left_key = x.key AND d.left_source = x.source AND d.owner = current_user AND d.model = $2 OFFSET 0) d
            JOIN rec y ON y.key = d.right_key AND y.source = d.right_source
            WHERE NOT EXISTS (SELECT FROM @extschema@.linkage_decision u WHERE u.undoes = d.decision AND u.owner = current_user))
        SELECT (SELECT array_agg(source ORDER BY i) FROM rec), (SELECT array_agg(key ORDER BY i) FROM rec),
               e.l, e.r, e.w, s.l, s.r, s.d, a.l, a.r
        FROM (SELECT array_agg(l ORDER BY l, r) AS l, array_agg(r ORDER BY l, r) AS r, array_agg(w ORDER BY l, r) AS w FROM edge) e,
             (SELECT array_agg(l ORDER BY decision) AS l, array_agg(r ORDER BY decision) AS r, array_agg(decision ORDER BY decision) AS d
              FROM decided WHERE kind = 'same') s,
             (SELECT array_agg(l ORDER BY l, r) AS l, array_agg(r ORDER BY l, r) AS r FROM decided WHERE kind = 'different') a $q$,
        t.record_source, t.person, t.pair, t.left_source, t.right_source, t.equals)
    INTO sources, keys, edge_left, edge_right, weight, same_left, same_right, same_decision, apart_left, apart_right
    USING person, t.model, weakest, t.sources;
END $$;
COMMENT ON FUNCTION @extschema@.steward_graph(@extschema@.steward_target, bigint, double precision) IS
'Machinery of stewardship: the records of a person, the pairs among them, and what was decided about them.';

CREATE FUNCTION @extschema@.steward_move(t @extschema@.steward_target, sources regclass[], keys text[], number bigint) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET DateStyle = 'ISO, YMD'
AS $$
DECLARE
    gone bigint;
BEGIN
    EXECUTE format('UPDATE %s p SET person_id = $1 FROM unnest($2, $3) r(of, key) WHERE p.record_key %s r.key::%s AND %s = r.of',
                   t.person, t.equals, t.key_type, CASE WHEN cardinality(t.sources) = 1 THEN 'r.of' ELSE 'p.source' END)
    USING number, sources, keys;
    -- numbers that these records had before they were merged go with them
    FOR gone IN
        SELECT DISTINCT y.person FROM unnest(sources, keys) r(of, key) CROSS JOIN LATERAL (
            SELECT d.left_person AS person FROM @extschema@.linkage_decision d
            WHERE d.left_key = r.key AND d.left_source = r.of AND d.owner = current_user AND d.model = t.model AND d.kind = 'same' AND d.left_person <> d.right_person
            UNION ALL
            SELECT d.right_person FROM @extschema@.linkage_decision d
            WHERE d.right_key = r.key AND d.right_source = r.of AND d.owner = current_user AND d.model = t.model AND d.kind = 'same' AND d.left_person <> d.right_person
            OFFSET 0) y
    LOOP
        IF gone <> number AND @extschema@.current_person(t.model, gone) IS DISTINCT FROM gone THEN
            PERFORM @extschema@.steward_redirect(t, gone, number);
        END IF;
    END LOOP;
END $$;
COMMENT ON FUNCTION @extschema@.steward_move(@extschema@.steward_target, regclass[], text[], bigint) IS 'Machinery of stewardship: gives records to a person, and the numbers they had.';

-- What merge and assert_different have in common: a decision of one kind takes back those of the other about the same two records.
CREATE FUNCTION @extschema@.steward_decide(model text, kind text, a text, a_source regclass, b text, b_source regclass, reason text,
    OUT t @extschema@.steward_target, OUT l_source regclass, OUT l_key text, OUT l_person bigint,
    OUT r_source regclass, OUT r_key text, OUT r_person bigint) RETURNS record
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 10000
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET DateStyle = 'ISO, YMD'
AS $$
BEGIN
    t := @extschema@.steward_open(model);
    SELECT x.source, x.key, x.person INTO l_source, l_key, l_person FROM @extschema@.steward_record(t, a, a_source, 1, 'a') x;
    SELECT x.source, x.key, x.person INTO r_source, r_key, r_person FROM @extschema@.steward_record(t, b, b_source, 2, 'b') x;
    IF l_source = r_source AND l_key = r_key THEN
        RAISE EXCEPTION '%', CASE kind WHEN 'same' THEN 'a record cannot be merged with itself' ELSE 'a record cannot be different from itself' END
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF @extschema@.steward_take_back(t, CASE kind WHEN 'same' THEN 'different' ELSE 'same' END, l_source, l_key, ARRAY[r_key], ARRAY[r_source], reason) > 0 THEN
        t := @extschema@.steward_open(model);
        SELECT x.person INTO l_person FROM @extschema@.steward_record(t, l_key, l_source, 1, 'a') x;
        SELECT x.person INTO r_person FROM @extschema@.steward_record(t, r_key, r_source, 2, 'b') x;
    END IF;
    INSERT INTO @extschema@.linkage_decision (decision, model, kind, left_source, left_key, left_person, right_source, right_key, right_person, reason)
    SELECT nextval('@extschema@.linkage_decision_number'), t.model, steward_decide.kind, l_source, l_key, l_person, r_source, r_key, r_person, steward_decide.reason
    WHERE NOT EXISTS (
        SELECT FROM @extschema@.linkage_decision d
        WHERE d.owner = current_user AND d.model = t.model AND d.kind = steward_decide.kind AND d.left_key IN (l_key, r_key)
          AND (d.left_key = l_key AND d.left_source = l_source AND d.right_key = r_key AND d.right_source = r_source
               OR d.left_key = r_key AND d.left_source = r_source AND d.right_key = l_key AND d.right_source = l_source)
          AND NOT EXISTS (SELECT FROM @extschema@.linkage_decision u WHERE u.undoes = d.decision AND u.owner = d.owner));
END $$;
COMMENT ON FUNCTION @extschema@.steward_decide(text, text, text, regclass, text, regclass, text) IS
'Machinery of stewardship: writes down a decision about two records and returns them, the model open and the persons as they stand now.';

CREATE FUNCTION @extschema@.merge(model text, a anycompatible, b anycompatible, reason text DEFAULT NULL,
    a_source regclass DEFAULT NULL, b_source regclass DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 10000
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET DateStyle = 'ISO, YMD'
AS $$
DECLARE
    d record;
    c record;
BEGIN
    SELECT * INTO d FROM @extschema@.steward_decide(model, 'same', a::text, a_source, b::text, b_source, reason);
    IF d.l_person = d.r_person THEN
        RETURN d.l_person;
    END IF;
    SELECT * INTO c FROM @extschema@.steward_conflict(d.t, d.l_person, d.r_person);
    IF c.decision IS NOT NULL THEN
        RAISE EXCEPTION 'persons % and % hold records % and %, which were decided to be different people', d.l_person, d.r_person, c.left_key, c.right_key
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = format('Decision %s keeps them apart.', c.decision),
                  HINT = format('Take it back with clientele.undo_decision(%L, %s), or merge these two.', model, c.decision);
    END IF;
    RETURN @extschema@.steward_join(d.t, d.l_person, d.r_person);
END $$;
COMMENT ON FUNCTION @extschema@.merge(text, anycompatible, anycompatible, text, regclass, regclass) IS
'Decides that two records are one person, now and at every later run; returns the number of the person, that of the larger one before.';

CREATE FUNCTION @extschema@.unmerge(model text, record_key anycompatible, reason text DEFAULT NULL, source regclass DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 10000
SET search_path = pg_catalog, pg_temp
SET DateStyle = 'ISO, YMD'
AS $$
DECLARE
    t @extschema@.steward_target := @extschema@.steward_open(model);
    r record;
    o record;
    n record;
    shared boolean;
BEGIN
    SELECT * INTO r FROM @extschema@.steward_record(t, unmerge.record_key::text, unmerge.source, NULL, 'record_key');
    EXECUTE format('SELECT array_agg(s ORDER BY s, k COLLATE "C") AS sources, array_agg(k ORDER BY s, k COLLATE "C") AS keys
                    FROM (SELECT %s AS s, record_key::text AS k FROM %s WHERE person_id = $1) x WHERE s <> $2 OR k <> $3', t.record_source, t.person)
    INTO o USING r.person, r.source, r.key;
    IF o.keys IS NULL THEN
        RAISE NOTICE 'record % is a person of its own already', r.key;
        RETURN r.person;
    END IF;
    INSERT INTO @extschema@.linkage_decision (decision, line, model, kind, left_source, left_key, left_person, right_source, right_key, right_person, reason)
    SELECT d.number, x.line, t.model, 'different', r.source, r.key, r.person, x.of, x.key, r.person, unmerge.reason
    FROM (SELECT nextval('@extschema@.linkage_decision_number') AS number) d, unnest(o.sources, o.keys) WITH ORDINALITY x(of, key, line);
    PERFORM @extschema@.steward_take_back(t, 'same', r.source, r.key, o.keys, o.sources, unmerge.reason);
    t := @extschema@.steward_open(model);
    SELECT * INTO r FROM @extschema@.steward_record(t, r.key, r.source, NULL, 'record_key');
    SELECT * INTO n FROM @extschema@.steward_number(t);
    PERFORM @extschema@.steward_move(t, ARRAY[r.source], ARRAY[r.key], n.person);
    -- a number that it got back by taking back a merge, and alone had
    EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE person_id = $1)', t.person) INTO shared USING r.person;
    IF NOT shared THEN
        PERFORM @extschema@.steward_redirect(t, r.person, n.person);
    END IF;
    RETURN n.person;
END $$;
COMMENT ON FUNCTION @extschema@.unmerge(text, anycompatible, text, regclass) IS
'Decides that a record is not the person it was given to: takes it out, now and at every later run, into a person with a number never used before, which is returned.';

CREATE FUNCTION @extschema@.assert_different(model text, a anycompatible, b anycompatible, reason text DEFAULT NULL,
    a_source regclass DEFAULT NULL, b_source regclass DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 10000
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET DateStyle = 'ISO, YMD'
AS $$
DECLARE
    d record;
    g record;
    n record;
    part integer[];
    i integer;
    j integer;
    goes integer;
BEGIN
    SELECT * INTO d FROM @extschema@.steward_decide(model, 'different', a::text, a_source, b::text, b_source, reason);
    IF d.l_person <> d.r_person THEN
        RETURN d.r_person;
    END IF;
    -- one person until now: it is cut where it is weakest between the two, and the smaller side goes
    SELECT * INTO g FROM @extschema@.steward_graph(d.t, d.l_person, '-infinity');
    part := @extschema@.steward_parts(cardinality(g.keys), g.edge_left, g.edge_right, g.weight, g.same_left, g.same_right, g.apart_left, g.apart_right);
    SELECT min(x.n) FILTER (WHERE x.key = d.l_key AND x.of = d.l_source), min(x.n) FILTER (WHERE x.key = d.r_key AND x.of = d.r_source) INTO i, j
    FROM unnest(g.keys, g.sources) WITH ORDINALITY x(key, of, n);
    IF part[i] = part[j] THEN
        RAISE EXCEPTION 'records % and % were decided to be one person by way of other records', d.l_key, d.r_key
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  DETAIL = format('Decisions %s hold them together.', (
                      SELECT string_agg(g.same_decision[e.n]::text, ', ' ORDER BY e.o)
                      FROM unnest(@extschema@.steward_path(cardinality(g.keys), g.same_left, g.same_right, array_fill(0::float8, ARRAY[cardinality(g.same_left)]), i, j))
                           WITH ORDINALITY e(n, o))),
                  HINT = format('Take one of them back with clientele.undo_decision(%L, number).', model);
    END IF;
    goes := CASE WHEN (SELECT count(*) FROM unnest(part) p WHERE p = part[j]) <= (SELECT count(*) FROM unnest(part) p WHERE p = part[i])
                 THEN part[j] ELSE part[i] END;
    SELECT * INTO n FROM @extschema@.steward_number(d.t);
    PERFORM @extschema@.steward_move(d.t, array_agg(x.of), array_agg(x.key), n.person)
    FROM unnest(g.keys, g.sources, part) x(key, of, part) WHERE x.part = goes;
    RETURN CASE WHEN goes = part[j] THEN n.person ELSE d.r_person END;
END $$;
COMMENT ON FUNCTION @extschema@.assert_different(text, anycompatible, anycompatible, text, regclass, regclass) IS
'Decides that two records are two people, now and at every later run; if they were one, that person is cut between them. Returns the person of the second record.';

CREATE FUNCTION @extschema@.undo_decision(model text, decision bigint, reason text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 10000
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET DateStyle = 'ISO, YMD'
AS $$
DECLARE
    t @extschema@.steward_target := @extschema@.steward_open(model);
    d record;
    l bigint;
    r bigint;
    c record;
    g record;
    part integer[];
    moved integer;
    number bigint;
    alive boolean;
BEGIN
    IF undo_decision.decision IS NULL THEN
        RAISE EXCEPTION 'argument "decision" must not be null' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    SELECT x.* INTO d FROM @extschema@.linkage_decision x
    WHERE x.owner = current_user AND x.model = t.model AND x.decision = undo_decision.decision AND x.kind <> 'undone'
      AND NOT EXISTS (SELECT FROM @extschema@.linkage_decision u WHERE u.undoes = x.decision AND u.owner = x.owner)
    ORDER BY x.line LIMIT 1;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'linkage model "%" has no decision % in force', model, undo_decision.decision USING ERRCODE = 'no_data_found';
    END IF;
    INSERT INTO @extschema@.linkage_decision (decision, model, kind, undoes, reason)
    VALUES (nextval('@extschema@.linkage_decision_number'), t.model, 'undone', undo_decision.decision, undo_decision.reason);
    EXECUTE format('SELECT min(person_id) FILTER (WHERE record_key::text = $2 AND %1$s = $1), min(person_id) FILTER (WHERE record_key::text = $4 AND %1$s = $3)
                    FROM %2$s WHERE record_key %4$s $2::%3$s OR record_key %4$s $4::%3$s', t.record_source, t.person, t.key_type, t.equals)
    INTO l, r USING d.left_source, d.left_key, d.right_source, d.right_key;
    IF d.kind = 'different' AND d.left_person = d.right_person AND l <> r THEN
        -- it had cut a person, which becomes whole again
        SELECT * INTO c FROM @extschema@.steward_conflict(t, l, r);
        IF c.decision IS NOT NULL THEN
            RAISE NOTICE 'persons % and % stay apart by decision %', l, r, c.decision;
        ELSE
            PERFORM @extschema@.steward_join(t, l, r);
        END IF;
    ELSIF d.kind = 'same' AND d.left_person <> d.right_person AND l = r THEN
        -- it had joined two persons, which fall apart unless the evidence holds them; who had lost its number gets it back
        SELECT * INTO g FROM @extschema@.steward_graph(t, l, t.cut);
        part := @extschema@.steward_parts(cardinality(g.keys), g.edge_left, g.edge_right, g.weight, g.same_left, g.same_right, g.apart_left, g.apart_right);
        SELECT CASE WHEN d.left_person = l THEN max(part[x.n]) FILTER (WHERE x.key = d.right_key AND x.of = d.right_source)
                    ELSE max(part[x.n]) FILTER (WHERE x.key = d.left_key AND x.of = d.left_source) END,
               CASE WHEN d.left_person = l THEN d.right_person ELSE d.left_person END INTO moved, number
        FROM unnest(g.keys, g.sources) WITH ORDINALITY x(key, of, n);
        IF EXISTS (SELECT FROM unnest(part) p WHERE p <> moved) AND part[(SELECT x.n FROM unnest(g.keys, g.sources) WITH ORDINALITY x(key, of, n)
                WHERE x.key = CASE WHEN d.left_person = l THEN d.left_key ELSE d.right_key END
                  AND x.of = CASE WHEN d.left_person = l THEN d.left_source ELSE d.right_source END)] <> moved THEN
            EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE person_id = $1)', t.person) INTO alive USING number;
            IF alive THEN
                SELECT x.person INTO number FROM @extschema@.steward_number(t) x;
            END IF;
            PERFORM @extschema@.steward_move(t, array_agg(x.of), array_agg(x.key), number)
            FROM unnest(g.keys, g.sources, part) x(key, of, part) WHERE x.part = moved;
        END IF;
    END IF;
END $$;
COMMENT ON FUNCTION @extschema@.undo_decision(text, bigint, text) IS
'Takes a decision back, at once and for later runs: what it had cut becomes whole, what it had joined falls apart unless the evidence holds it.';

CREATE FUNCTION @extschema@.decisions(model text, OUT decision bigint, OUT kind text, OUT left_source regclass, OUT left_key text,
    OUT right_source regclass, OUT right_key text, OUT in_force boolean, OUT reason text, OUT decided_by name, OUT decided_at timestamptz,
    OUT undone_by name, OUT undone_at timestamptz, OUT undone_reason text) RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000 ROWS 100
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF decisions.model IS NULL THEN
        RAISE EXCEPTION 'argument "model" must not be null' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    RETURN QUERY
    SELECT d.decision, d.kind, d.left_source, d.left_key, d.right_source, d.right_key, u.decision IS NULL, d.reason, d.decided_by, d.decided_at,
           u.decided_by, u.decided_at, u.reason
    FROM @extschema@.linkage_decision d LEFT JOIN @extschema@.linkage_decision u ON u.undoes = d.decision AND u.owner = d.owner
    WHERE d.owner = current_user AND d.model = decisions.model AND d.kind <> 'undone'
    ORDER BY d.decision, d.line;
END $$;
COMMENT ON FUNCTION @extschema@.decisions(text) IS 'All that was decided about a model, in order, and what of it was taken back.';

CREATE FUNCTION @extschema@.decided_keys(model text, OUT node text, OUT same text[], OUT different text[]) RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000 ROWS 100
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    t @extschema@.steward_target := @extschema@.steward_find(decided_keys.model);
BEGIN
    RETURN QUERY
    WITH side AS (
        SELECT c.oid, CASE WHEN cardinality(t.sources) > 1 THEN format('%I.%I', n.nspname, c.relname) END AS name
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = ANY (t.sources)),
    said AS (
        SELECT d.decision, d.line, d.kind, @extschema@.record_node(l.name, d.left_key) AS l, @extschema@.record_node(r.name, d.right_key) AS r
        FROM @extschema@.linkage_decision d JOIN side l ON l.oid = d.left_source JOIN side r ON r.oid = d.right_source
        WHERE d.owner = current_user AND d.model = decided_keys.model AND d.kind <> 'undone'
          AND NOT EXISTS (SELECT FROM @extschema@.linkage_decision u WHERE u.undoes = d.decision AND u.owner = d.owner AND u.model = d.model))
    SELECT s.l, array_agg(s.r ORDER BY s.decision, s.line) FILTER (WHERE s.kind = 'same'), array_agg(s.r ORDER BY s.decision, s.line) FILTER (WHERE s.kind = 'different')
    FROM said s GROUP BY s.l ORDER BY s.l COLLATE "C";
END $$;
COMMENT ON FUNCTION @extschema@.decided_keys(text) IS
'The decisions in force about a model, by the record named first, as record_node calls it: those it is one person with, and those it is not; for link_persons_agg.';

CREATE FUNCTION @extschema@.current_person(model text, person_id bigint) RETURNS bigint
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    t @extschema@.steward_target;
    redirect regclass;
    alive boolean;
    number bigint := current_person.person_id;
    seen bigint[] := '{}';
BEGIN
    IF number IS NULL THEN
        RETURN NULL;
    END IF;
    t := @extschema@.steward_find(current_person.model);
    redirect := @extschema@.linkage_result_table((SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = t.person), t.model || '_redirect');
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE person_id = $1)', t.person) INTO alive USING number;
        IF alive THEN
            RETURN number;
        END IF;
        IF redirect IS NULL OR number = ANY (seen) THEN
            RETURN NULL;
        END IF;
        seen := seen || number;
        EXECUTE format('SELECT became FROM %s WHERE person_id = $1', redirect) INTO number USING number;
        IF number IS NULL THEN
            RETURN NULL;
        END IF;
    END LOOP;
END $$;
COMMENT ON FUNCTION @extschema@.current_person(text, bigint) IS
'Who a number of a person, given at any time, is today; NULL if nobody.';

--
-- looking
--

CREATE FUNCTION @extschema@.explain_path(model text, a anycompatible, z anycompatible, a_source regclass DEFAULT NULL, z_source regclass DEFAULT NULL,
    OUT step integer, OUT left_key text, OUT right_key text, OUT match_weight double precision, OUT match_probability double precision,
    OUT decision bigint, OUT reason text, OUT left_source regclass, OUT right_source regclass) RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 10000 ROWS 3
SET search_path = pg_catalog, pg_temp
SET DateStyle = 'ISO, YMD'
AS $$
DECLARE
    t @extschema@.steward_target := @extschema@.steward_find(explain_path.model);
    l record;
    r record;
    g record;
    i integer;
    j integer;
    path integer[];
    e integer;
    at integer;
    nedges integer;
BEGIN
    SELECT * INTO l FROM @extschema@.steward_record(t, a::text, a_source, 1, 'a');
    SELECT * INTO r FROM @extschema@.steward_record(t, z::text, z_source, 2, 'z');
    IF l.source = r.source AND l.key = r.key THEN
        RAISE NOTICE 'record % is one and the same', l.key;
        RETURN;
    END IF;
    IF l.person <> r.person THEN
        RAISE NOTICE 'records % and % are two persons, % and %', l.key, r.key, l.person, r.person;
        RETURN;
    END IF;
    SELECT * INTO g FROM @extschema@.steward_graph(t, l.person, '-infinity');
    SELECT min(x.n) FILTER (WHERE x.key = l.key AND x.of = l.source), min(x.n) FILTER (WHERE x.key = r.key AND x.of = r.source) INTO i, j
    FROM unnest(g.keys, g.sources) WITH ORDINALITY x(key, of, n);
    -- what a person decided is stronger than any weight
    nedges := coalesce(cardinality(g.edge_left), 0);
    path := @extschema@.steward_path(cardinality(g.keys), g.edge_left || g.same_left, g.edge_right || g.same_right,
                                     g.weight || array_fill('infinity'::float8, ARRAY[coalesce(cardinality(g.same_left), 0)]), i, j);
    IF cardinality(path) = 0 THEN
        RAISE NOTICE 'records % and % are one person, % - but no pairs that connect them are kept', l.key, r.key, l.person;
        RETURN;
    END IF;
    step := 0;
    at := i;
    FOREACH e IN ARRAY path LOOP
        step := step + 1;
        left_key := g.keys[at];
        left_source := g.sources[at];
        IF e <= nedges THEN
            at := g.edge_left[e] + g.edge_right[e] - at;
            match_weight := g.weight[e];
            decision := NULL;
            reason := NULL;
        ELSE
            decision := g.same_decision[e - nedges];
            SELECT d.reason INTO reason FROM @extschema@.linkage_decision d WHERE d.decision = explain_path.decision AND d.owner = current_user LIMIT 1;
            -- the pair may have a weight as well
            SELECT max(x.w) INTO match_weight FROM unnest(g.edge_left, g.edge_right, g.weight) x(l, r, w)
            WHERE (x.l, x.r) IN ((g.same_left[e - nedges], g.same_right[e - nedges]), (g.same_right[e - nedges], g.same_left[e - nedges]));
            at := g.same_left[e - nedges] + g.same_right[e - nedges] - at;
        END IF;
        right_key := g.keys[at];
        right_source := g.sources[at];
        match_probability := CASE WHEN match_weight > 1000 THEN 1 WHEN match_weight < -1000 THEN 0 ELSE 1 / (1 + 2 ^ (-match_weight)) END;
        RETURN NEXT;
    END LOOP;
END $$;
COMMENT ON FUNCTION @extschema@.explain_path(text, anycompatible, anycompatible, regclass, regclass) IS
'Why two records are one person: the path between them whose weakest pair is strongest, one row a step; no row and a notice if they are two.';

CREATE FUNCTION @extschema@.review_queue(model text, max_results integer DEFAULT NULL,
    OUT left_key text, OUT right_key text, OUT match_probability double precision, OUT match_weight double precision, OUT why text,
    OUT left_person bigint, OUT right_person bigint, OUT left_size bigint, OUT right_size bigint,
    OUT left_source regclass, OUT right_source regclass) RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 100000 ROWS 100
SET search_path = pg_catalog, pg_temp
SET enable_nestloop = off
SET jit = off
SET DateStyle = 'ISO, YMD'
AS $$
DECLARE
    t @extschema@.steward_target := @extschema@.steward_find(review_queue.model);
BEGIN
    IF max_results < 0 THEN
        RAISE EXCEPTION 'max_results must not be negative, not %', max_results USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN QUERY EXECUTE format($q$
        WITH pair AS MATERIALIZED (
            SELECT e.match_probability AS p, e.match_weight AS w, a.person_id AS pl, b.person_id AS pr, e.left_key AS lk, e.right_key AS rk, %6$s AS ls, %7$s AS rs
            FROM %2$s e JOIN %1$s a ON a.record_key %8$s e.left_key AND %4$s JOIN %1$s b ON b.record_key %8$s e.right_key AND %5$s),
        -- most pairs are of no interest: certain, and in one person
        doubtful AS MATERIALIZED (
            SELECT *, pl = pr AND w >= $2 AS inside FROM pair WHERE p BETWEEN 0.05 AND 0.95 OR w >= $2 AND (pl <> pr OR p < 0.99)),
        size AS MATERIALIZED (
            SELECT p.person_id, count(*) AS n FROM %1$s p JOIN (SELECT pl FROM doubtful UNION SELECT pr FROM doubtful) d ON d.pl = p.person_id GROUP BY p.person_id),
        -- persons of three or more with a pair that may be all that holds them, with their records numbered
        hanging AS MATERIALIZED (SELECT z.person_id, z.n FROM size z WHERE z.n > 2 AND z.person_id IN (SELECT pl FROM doubtful WHERE inside)),
        member AS (
            SELECT p.person_id, %3$s AS s, p.record_key, row_number() OVER (PARTITION BY p.person_id ORDER BY %3$s, p.record_key)::integer AS i
            FROM %1$s p JOIN hanging USING (person_id)),
        inside AS MATERIALIZED (
            SELECT e.pl, e.ls, e.lk, e.rs, e.rk, x.i AS i, y.i AS j, row_number() OVER (PARTITION BY e.pl ORDER BY x.i, y.i) AS place
            FROM pair e JOIN member x ON x.person_id = e.pl AND x.record_key %8$s e.lk AND x.s = e.ls
            JOIN member y ON y.person_id = e.pl AND y.record_key %8$s e.rk AND y.s = e.rs WHERE e.pl = e.pr AND e.w >= $2),
        counted AS (
            SELECT i.pl, z.n, @extschema@.steward_bridges(z.n::integer, array_agg(i.i ORDER BY i.place), array_agg(i.j ORDER BY i.place)) AS cut
            FROM inside i JOIN hanging z ON z.person_id = i.pl GROUP BY i.pl, z.n),
        cut AS MATERIALIZED (SELECT c.pl, x.cut, x.place FROM counted c CROSS JOIN LATERAL unnest(c.cut) WITH ORDINALITY x(cut, place)),
        bridge AS (SELECT i.pl, i.ls, i.lk, i.rs, i.rk, u.cut FROM inside i JOIN cut u USING (pl, place)),
        decided AS (
            SELECT d.left_source AS ls, d.left_key AS l, d.right_source AS rs, d.right_key AS r FROM @extschema@.linkage_decision d
            WHERE d.owner = current_user AND d.model = $1 AND d.kind <> 'undone'
              AND NOT EXISTS (SELECT FROM @extschema@.linkage_decision u WHERE u.undoes = d.decision AND u.owner = d.owner)),
        settled AS (SELECT ls, l, rs, r FROM decided UNION SELECT rs, r, ls, l FROM decided),
        question AS (
            SELECT e.*, e.lk::text AS l, e.rk::text AS r, zl.n AS nl, zr.n AS nr,
                   CASE WHEN e.pl <> e.pr AND e.w >= $2 THEN 'held apart'
                        WHEN e.pl = e.pr AND b.cut > 0 AND e.p < 0.99 THEN 'weak bridge'
                        WHEN e.p BETWEEN 0.05 AND 0.95 THEN 'uncertain' END AS why,
                   -- pairs that a decision would move, times the chance that they stand wrong
                   CASE WHEN e.pl <> e.pr THEN e.p * zl.n * zr.n
                        WHEN zl.n = 2 THEN 1 - e.p
                        WHEN e.w >= $2 THEN (1 - e.p) * coalesce(b.cut, 0) ELSE 0 END AS worth
            FROM doubtful e JOIN size zl ON zl.person_id = e.pl JOIN size zr ON zr.person_id = e.pr
            LEFT JOIN bridge b ON b.pl = e.pl AND b.lk %8$s e.lk AND b.rk %8$s e.rk AND b.ls = e.ls AND b.rs = e.rs)
        SELECT q.l, q.r, q.p, q.w, q.why, q.pl, q.pr, q.nl, q.nr, q.ls, q.rs FROM question q
        WHERE q.why IS NOT NULL AND NOT EXISTS (SELECT FROM settled s WHERE s.l = q.l AND s.r = q.r AND s.ls = q.ls AND s.rs = q.rs)
        ORDER BY q.worth DESC, abs(q.w), q.l COLLATE "C", q.r COLLATE "C", array_position($4, q.ls), array_position($4, q.rs) LIMIT $3 $q$,
        t.person, t.pair, CASE WHEN cardinality(t.sources) = 1 THEN t.record_source ELSE 'p.source' END,
        CASE WHEN cardinality(t.sources) = 1 THEN 'true' ELSE 'a.source = ' || t.left_source END,
        CASE WHEN cardinality(t.sources) = 1 THEN 'true' ELSE 'b.source = ' || t.right_source END, t.left_source, t.right_source, t.equals)
    USING t.model, t.cut, max_results, t.sources;
END $$;
COMMENT ON FUNCTION @extschema@.review_queue(text, integer) IS
'Pairs that somebody should look at, those first where a decision is worth most: uncertain ones, weak ones that alone hold a person together, and likely ones that were held apart; without what is decided already.';
