-- What comparisons of the user's own, several values and identical records ask of other processes: the same result, whoever did it.
BEGIN;
SELECT no_plan();
SET LOCAL client_min_messages = warning;
DO $$BEGIN PERFORM set_config('clientele_test.leader', pg_backend_pid()::text, true); END$$;

CREATE TABLE person (id int PRIMARY KEY, first_name text, last_name varchar(30), born date, phones text[], amount numeric);
INSERT INTO person
SELECT p, initcap(translate(substr(md5('f' || p % 311), 1, 6), '0123456789', 'ghijklmnop')), initcap(translate(substr(md5('l' || p % 1201), 1, 8), '0123456789', 'ghijklmnop')),
       date '1950-01-01' + (p * 37 % 9000), ARRAY['+381 6' || (10000000 + p * 7919)], p % 97
FROM generate_series(1, 5000) p;
INSERT INTO person
SELECT id + 100000, CASE WHEN id % 3 = 0 THEN upper(first_name) ELSE first_name END, CASE WHEN id % 3 = 1 THEN overlay(last_name placing 'x' from 3 for 1) ELSE last_name END,
       CASE WHEN id % 4 <> 0 THEN born + id % 3 END, phones || ('+381 11 ' || 2000000 + id), amount
FROM person WHERE id % 5 = 0;

-- a condition that errs or does not, depending on who asks
CREATE FUNCTION asked_elsewhere(x date) RETURNS bool LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    IF pg_backend_pid()::text <> current_setting('clientele_test.leader') THEN
        RAISE EXCEPTION 'asked in another process' USING ERRCODE = 'P0815';
    END IF;
    RETURN x IS NULL;
END $$;
CREATE FUNCTION asked_here(x date) RETURNS bool LANGUAGE plpgsql STABLE PARALLEL RESTRICTED AS $$
BEGIN
    IF pg_backend_pid()::text <> current_setting('clientele_test.leader') THEN
        RAISE EXCEPTION 'asked in another process' USING ERRCODE = 'P0815';
    END IF;
    RETURN x IS NULL;
END $$;

CREATE FUNCTION pg_temp.model(condition text) RETURNS jsonb LANGUAGE sql AS $$
SELECT jsonb_build_object('comparisons', jsonb_build_array(
    '{"columns": ["first_name"], "kind": "levels", "levels": [{"exact": true}, {"sql": "clientele.levenshtein(lower(l.first_name), lower(r.first_name)) <= 1", "label": "a letter"}]}'::jsonb,
    '{"columns": ["last_name"], "kind": "levels", "levels": [{"exact": true, "term_frequency": true}, {"jaro_winkler": 0.85}]}'::jsonb,
    jsonb_build_object('name', 'born', 'columns', '["born", "amount"]'::jsonb, 'kind', 'levels', 'missing', 'l.born IS NULL OR r.born IS NULL',
                       'levels', jsonb_build_array('{"sql": "l.born = r.born"}'::jsonb, jsonb_build_object('sql', condition), '{"sql": "l.amount = r.amount"}'::jsonb)),
    '{"columns": ["phones"], "kind": "phone"}'::jsonb),
  'blocking', '[{"keys": [{"column": "last_name"}]}, {"keys": [{"column": "phones"}]}, {"keys": [{"column": "born"}]}]'::jsonb) $$;

CREATE FUNCTION sums_of(model text, workers int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    PERFORM set_config('max_parallel_maintenance_workers', workers::text, true);
    EXECUTE format('CALL clientele.dedupe(%L, %L)', (SELECT source FROM clientele.linkage_model WHERE name = model), model);
    EXECUTE format('SELECT (SELECT md5(string_agg(p::text, '','' ORDER BY left_key, right_key)) FROM %I p) || (SELECT md5(string_agg(p::text, '','' ORDER BY record_key)) FROM %I p)
                    || (SELECT md5(parameters::text) FROM clientele.linkage_model WHERE name = %L)', model || '_pair', model || '_person', model) INTO result;
    RETURN result;
END $$;

SELECT clientele.create_model('conditions', 'person', pg_temp.model('abs(l.born - r.born) <= 3'));
SELECT is(sums_of('conditions', workers), sums_of('conditions', 0), format('SQL conditions: the same with %s more processes', workers)) FROM unnest(ARRAY[1, 2]) workers;
SELECT cmp_ok((SELECT count(*) FROM conditions_person a JOIN conditions_person b ON b.record_key = a.record_key + 100000 AND a.person_id = b.person_id), '>', 900::bigint, 'and right');

-- what another process is asked shows by the error it raises
SELECT clientele.create_model('elsewhere', 'person', pg_temp.model('public.asked_elsewhere(l.born)'));
SELECT lives_ok($$SELECT sums_of('elsewhere', 0)$$, 'asked by the leader alone');
CREATE FUNCTION pg_temp.where_raised(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    context text;
BEGIN
    EXECUTE statement;
    RETURN 'nowhere';
EXCEPTION WHEN SQLSTATE 'P0815' THEN
    GET STACKED DIAGNOSTICS context = PG_EXCEPTION_CONTEXT;
    RETURN context;
END $$;
SELECT matches(pg_temp.where_raised($$SELECT sums_of('elsewhere', 2)$$), 'SQL condition of comparison "born", level 2: public.asked_elsewhere\(l.born\).*parallel worker',
    'workers evaluate conditions that are parallel safe, and an error there names the comparison');
SELECT clientele.create_model('here', 'person', pg_temp.model('public.asked_here(l.born)'));
SELECT is(sums_of('here', 2), sums_of('here', 0), 'a condition that is not parallel safe is the leader''s, with the same result');
-- so is one whose values are read by a function that is not: domains are
CREATE DOMAIN public.day AS date CHECK (public.asked_here(VALUE) IS NOT NULL);
CREATE TABLE days (id int PRIMARY KEY, first_name text, last_name text, born public.day, phones text[], amount numeric);
INSERT INTO days SELECT * FROM person;
SELECT clientele.create_model('dayly', 'days', pg_temp.model('l.born - r.born BETWEEN -3 AND 3'));
SELECT is(sums_of('dayly', 2), sums_of('dayly', 0), 'values that workers must not read are the leader''s');

-- values and verdicts that were forgotten meanwhile are made again: more of them than are kept
CREATE TABLE many AS SELECT i AS id, 'Name' || i % 9001 AS name, repeat('long ', 80) || i % 9973 AS essay, i % 1200 AS block FROM generate_series(1, 24000) i;
ALTER TABLE many ADD PRIMARY KEY (id);
SELECT clientele.create_model('forgetful', 'many', jsonb_build_object('comparisons', jsonb_build_array(
    jsonb_build_object('columns', '["name", "essay"]'::jsonb, 'name', 'both', 'kind', 'levels', 'levels', jsonb_build_array(jsonb_build_object('sql', condition, 'label', 'alike')),
    'weights', '{"alike": 12, "different": 12}'::jsonb)),
    'blocking', '[{"keys": [{"column": "block"}]}]'::jsonb)) FROM (VALUES ('right(l.name, 2) = right(r.name, 2) AND right(l.essay, 1) = right(r.essay, 1)')) v (condition);
CALL clientele.resolve('forgetful');
SELECT is((SELECT count(*) FROM forgetful_pair p JOIN many l ON l.id = left_key JOIN many r ON r.id = right_key
           WHERE (comparison_vector & 15 = 1) <> (right(l.name, 2) = right(r.name, 2) AND right(l.essay, 1) = right(r.essay, 1))), 0::bigint, 'conditions over more values than are kept say what SQL says');
SELECT cmp_ok((SELECT count(*) FROM forgetful_pair WHERE comparison_vector & 15 = 1), '>', 100::bigint, 'of many pairs');

-- levels without SQL
SELECT clientele.create_model('plain', 'person', pg_temp.model('true') #- '{comparisons,2}' #- '{comparisons,0}');
SELECT is(sums_of('plain', 2), sums_of('plain', 0), 'own levels and several values: the same with two more processes');

-- twenty thousand identical records among others, under a veto: nobody hears two hundred million pairs
CREATE TABLE copied AS SELECT id, first_name, last_name::text AS last_name, born AS birth_date, phones[1] AS phone, md5(first_name || born) || '@example.org' AS email FROM person;
INSERT INTO copied SELECT 1000000 + i, 'Marko', 'Jovanović', '1980-03-04', '+381641234567', 'marko.j@example.rs' FROM generate_series(1, 20000) i;
ALTER TABLE copied ADD PRIMARY KEY (id);
SELECT clientele.create_model('copied', 'copied', jsonb_set(s, '{comparisons}', (SELECT jsonb_agg(CASE WHEN c->>'kind' = 'date' THEN c || '{"veto": true}' ELSE c END)
    FROM jsonb_array_elements(s->'comparisons') c))) FROM clientele.suggest_model('copied') s;
SELECT is(sums_of('copied', 2), sums_of('copied', 0), 'identical records under a veto: the same with two more processes');
SELECT is((SELECT count(DISTINCT person_id) FROM copied_person WHERE record_key > 1000000), 1::bigint, 'they are one person');
SELECT isnt(assert_different('copied', 1000001, 1000002, 'father and son'), NULL, 'a steward says of two that they are not');
SELECT isnt(assert_different('copied', 1000007, 1000009, 'two of them'), NULL, 'and of two others');
CALL clientele.resolve('copied');
SELECT is((SELECT count(DISTINCT person_id) FROM copied_person WHERE record_key > 1000000), 3::bigint, 'of two whom a steward keeps apart the second is alone, and all others go with the first');
SELECT is((SELECT count(*) FROM copied_person WHERE person_id IN (SELECT person_id FROM copied_person WHERE record_key IN (1000002, 1000009))), 2::bigint, 'each of these is a person of one record');
SELECT is((SELECT count(DISTINCT person_id) FROM copied_person WHERE record_key > 1000000 AND record_key NOT IN (1000002, 1000009)), 1::bigint, 'all but these two are one person');

SELECT * FROM finish();
ROLLBACK;
