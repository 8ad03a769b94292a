-- Whatever the owner of a model writes into its row: errors are errors of ours, never internal ones, and the session survives.
BEGIN;
SELECT no_plan();
SET LOCAL statement_timeout = '300s';
SET LOCAL client_min_messages = error;

CREATE TABLE target (id int PRIMARY KEY, first_name text, last_name text, phone text, mobile text, born date, lat float8, lon float8, pib text);
INSERT INTO target SELECT g, (ARRAY['Marko', 'Ana', 'Jelena'])[1 + g % 3], 'P' || g % 17, '+38164' || 1000000 + g, NULL, date '1970-01-01' + g, 44 + g * 0.01, 20, '10113470' || g % 10 FROM generate_series(1, 40) g;
SELECT clientele.create_model('victim', 'target', '{"prior": 0.01, "threshold": 0.6, "placeholders": ["x"], "comparisons": [
    {"kind": "given_name", "columns": ["first_name"], "term_frequency": {"floor": 0.01, "weight": 0.5}}, {"kind": "surname", "columns": ["last_name"], "veto": ["different"], "weights": {"exact": 3}},
    {"name": "phones", "kind": "phone", "columns": ["phone", "mobile"]}, {"kind": "location", "columns": ["lat", "lon"]}, {"kind": "identifier", "columns": ["pib"], "scheme": "pib", "m": [0.8, 0.1, 0.1], "u": [0.1, 0.1, 0.8]},
    {"name": "own", "kind": "levels", "columns": ["born", "first_name"], "missing": "born_l IS NULL OR born_r IS NULL", "levels": [{"exact": true}, {"all": [{"days": 30}, {"exact": true, "column": "first_name"}]}, {"sql": "l.born = r.born"}, {"else": true}]}],
    "blocking": [{"keys": [{"column": "first_name"}]}, {"keys": [{"column": "phone", "form": "tail"}]}, {"keys": [{"column": "lat", "form": "cell"}]}]}');
CALL clientele.train('victim');
CREATE TEMP TABLE whole AS SELECT settings, parameters FROM clientele.linkage_model WHERE name = 'victim';

-- every path of a document, and its values in turn by each of these
CREATE FUNCTION pg_temp.paths(doc jsonb) RETURNS SETOF text[] LANGUAGE sql AS $$
    WITH RECURSIVE p AS (
        SELECT '{}'::text[] AS path, doc AS v
        UNION ALL
        SELECT p.path || e.k, e.v FROM p CROSS JOIN LATERAL (
            SELECT k, x AS v FROM jsonb_each(CASE WHEN jsonb_typeof(p.v) = 'object' THEN p.v ELSE '{}' END) o (k, x)
            UNION ALL
            SELECT (n - 1)::text, x FROM jsonb_array_elements(CASE WHEN jsonb_typeof(p.v) = 'array' THEN p.v ELSE '[]' END) WITH ORDINALITY a (x, n)) e)
    SELECT path FROM p $$;
CREATE TEMP TABLE poison (v jsonb);
INSERT INTO poison VALUES ('null'), ('0'), ('-1'), ('1e300'), ('1e-300'), ('1e1000'), ('true'), ('"x"'), ('""'), ('[]'), ('{}'), ('[null]'), ('[[]]'), ('{"a": 1}'), ('[1, "a", {}, [[]]]'),
    (to_jsonb(repeat('é', 3000))), (('[' || repeat('[', 500) || repeat(']', 500) || ']')::jsonb), ((SELECT jsonb_agg(g) FROM generate_series(1, 300) g)),
    ((SELECT jsonb_object_agg('k' || g, g) FROM generate_series(1, 100) g));
CREATE TEMP TABLE outcome (what text, call text, state text, message text);
CREATE FUNCTION pg_temp.attempt(what text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    call text;
    state text;
    said text;
BEGIN
    FOREACH call IN ARRAY ARRAY['SELECT * FROM clientele.model_parameters(''victim'')', 'SELECT * FROM clientele.model_warnings(''victim'')', 'CALL clientele.resolve(''victim'')',
                                'SELECT * FROM clientele.explain(''victim'', 1, 4)', 'SELECT clientele.export_splink(''victim'')'] LOOP
        state := '00000';
        said := NULL;
        BEGIN
            EXECUTE call;
            RAISE EXCEPTION USING ERRCODE = 'CLTOK';
        EXCEPTION WHEN OTHERS OR assert_failure THEN
            GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, said = MESSAGE_TEXT;
        END;
        INSERT INTO outcome VALUES (what, call, state, said);
    END LOOP;
END $$;
DO $$
DECLARE
    w record;
    path text[];
    p jsonb;
    n int := 0;
BEGIN
    SELECT * INTO w FROM whole;
    FOR path IN SELECT pg_temp.paths(w.settings) LOOP
        -- each path loses its value, and gets some of the poisons; all of them in turn over the paths
        IF path <> '{}' THEN
            UPDATE clientele.linkage_model SET settings = w.settings #- path, parameters = w.parameters WHERE name = 'victim';
            PERFORM pg_temp.attempt(format('settings without %s', path));
        END IF;
        FOR p IN SELECT v FROM (SELECT v, row_number() OVER () AS i FROM poison) x WHERE (i + n) % 4 = 0 LOOP
            UPDATE clientele.linkage_model SET settings = CASE WHEN path = '{}' THEN p ELSE jsonb_set(w.settings, path, p) END, parameters = w.parameters WHERE name = 'victim';
            PERFORM pg_temp.attempt(format('settings %s = %s', path, left(p::text, 60)));
        END LOOP;
        n := n + 1;
    END LOOP;
    FOR path IN SELECT pg_temp.paths(w.parameters) LOOP
        IF path <> '{}' THEN
            UPDATE clientele.linkage_model SET settings = w.settings, parameters = w.parameters #- path WHERE name = 'victim';
            PERFORM pg_temp.attempt(format('parameters without %s', path));
        END IF;
        FOR p IN SELECT v FROM (SELECT v, row_number() OVER () AS i FROM poison) x WHERE (i + n) % 6 = 0 LOOP
            UPDATE clientele.linkage_model SET settings = w.settings, parameters = CASE WHEN path = '{}' THEN p ELSE jsonb_set(w.parameters, path, p) END WHERE name = 'victim';
            PERFORM pg_temp.attempt(format('parameters %s = %s', path, left(p::text, 60)));
        END LOOP;
        n := n + 1;
    END LOOP;
    -- a model for what is no table, or another one
    UPDATE clientele.linkage_model SET settings = w.settings, parameters = w.parameters, source = 'pg_class' WHERE name = 'victim';
    PERFORM pg_temp.attempt('another table');
    UPDATE clientele.linkage_model SET source = 'pg_class_oid_index' WHERE name = 'victim';
    PERFORM pg_temp.attempt('an index');
    UPDATE clientele.linkage_model SET source = 4294967295 WHERE name = 'victim';
    PERFORM pg_temp.attempt('nothing');
    UPDATE clientele.linkage_model SET source = 'target', next_person = -9223372036854775808 WHERE name = 'victim';
    PERFORM pg_temp.attempt('persons counted from below');
    UPDATE clientele.linkage_model SET next_person = 9223372036854775807 WHERE name = 'victim';
    PERFORM pg_temp.attempt('persons counted to the end');
END $$;
SELECT cmp_ok((SELECT count(*) FROM outcome), '>', 1500::bigint, 'many documents were tried');
SELECT cmp_ok((SELECT count(*) FROM outcome WHERE state = '22023'), '>', 300::bigint, 'many are refused as invalid');
SELECT cmp_ok((SELECT count(*) FROM outcome WHERE state = 'CLTOK'), '>', 300::bigint, 'many are none the worse');
SELECT is(count(*), 0::bigint, 'none ends in an internal error') || coalesce(E'\n' || string_agg(DISTINCT format('# %s %s: %s; %s', state, left(message, 100), what, call), E'\n'), '')
FROM outcome WHERE state ~ '^(XX|58|57|53|P0|54)' AND state <> 'P0002';

SELECT * FROM finish();
ROLLBACK;
