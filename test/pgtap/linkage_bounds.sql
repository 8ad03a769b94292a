-- Pairs that are left before all is compared are those that would not be kept, and a model that learns from some of many pairs keeps what one that learns from all does.
BEGIN;
SELECT no_plan();
SET LOCAL client_min_messages = warning;

-- people in households, written down twice or three times, in columns of every kind that has sketches; blocked so loosely that most pairs are nobody's
CREATE TABLE person (id int PRIMARY KEY, first_name text, middle_name text, last_name text, sex text, birth_date date, email text, phone text, street text, house_number text, postcode text, city text);
INSERT INTO person
SELECT p * 10 + m,
       CASE WHEN m = 2 THEN left(f, 1) WHEN m = 1 AND p % 5 = 0 THEN overlay(f placing 'x' from 3 for 1) ELSE f END,
       CASE WHEN p % 3 = 0 THEN CASE WHEN m = 1 THEN 'J' ELSE 'Jovan' END END,
       CASE WHEN m = 1 AND p % 7 = 0 THEN s || '-Novak' WHEN m = 1 AND p % 4 = 0 THEN overlay(s placing 'y' from 4 for 1) ELSE s END,
       CASE WHEN p % 2 = 0 THEN 'F' ELSE 'M' END,
       CASE WHEN m = 1 AND p % 6 = 0 THEN NULL WHEN m = 1 AND p % 9 = 0 THEN d + 1 ELSE d END,
       CASE WHEN p % 4 <> 0 THEN lower(f || CASE WHEN m = 1 AND p % 8 = 1 THEN '_' ELSE '.' END || s) || p % 50 || '@example.rs' END,
       CASE WHEN p % 5 <> 0 THEN '+381 6' || (10000000 + p * 7919 + CASE WHEN m = 1 AND p % 10 = 3 THEN 1 ELSE 0 END) END,
       (ARRAY['Knez Mihailova', 'Bulevar Oslobodjenja', 'Zmaj Jovina', 'Njegoseva'])[1 + p / 3 % 4] || CASE WHEN m = 1 AND p % 3 = 0 THEN ' ul.' ELSE '' END,
       (1 + p / 3 % 90)::text || CASE WHEN m = 1 AND p % 11 = 0 THEN 'a' ELSE '' END, (11000 + p / 12 % 40)::text, 'Grad ' || chr(65 + p / 12 % 20)
FROM (SELECT p, initcap(translate(substr(md5('f' || p % 211), 1, 3 + p % 5), '0123456789', 'ghijklmnop')) AS f,
             initcap(translate(substr(md5('s' || p / 3 % 401), 1, 4 + p % 6), '0123456789', 'ghijklmnop')) AS s, date '1950-01-01' + (p * 37 % 700) AS d FROM generate_series(1, 2500) p) x,
     generate_series(0, 2) m WHERE m < 1 OR (m = 1 AND p % 3 <> 1) OR (m = 2 AND p % 9 = 0);

CREATE FUNCTION of_model(model text, more jsonb) RETURNS void LANGUAGE sql AS $$
    SELECT clientele.create_model(model, 'person', clientele.suggest_model('person') || more ||
        '{"blocking": [{"keys": [{"column": "birth_date"}]}, {"keys": [{"column": "last_name"}]}, {"keys": [{"column": "postcode"}]}, {"keys": [{"column": "phone"}]}]}');
$$;
CREATE FUNCTION sums(model text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text;
BEGIN
    EXECUTE format('SELECT (SELECT count(*) || md5(string_agg(p::text, '','' ORDER BY left_key, right_key)) FROM %I p) || (SELECT md5(string_agg(p::text, '','' ORDER BY record_key)) FROM %I p)',
                   model || '_pair', model || '_person') INTO result;
    RETURN result;
END $$;
CREATE FUNCTION sums_of(model text, procedure text, workers int) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('max_parallel_maintenance_workers', workers::text, true);
    EXECUTE format(CASE procedure WHEN 'dedupe' THEN 'CALL clientele.dedupe(''person'', %L)' ELSE 'CALL clientele.resolve(%L)' END, model);
    RETURN sums(model);
END $$;

SELECT of_model('whole', '{}');
CREATE TEMPORARY TABLE wanted AS SELECT sums_of('whole', 'dedupe', 0) AS sums, (SELECT sum(pairs)::bigint FROM clientele.blocking_report('whole')) AS made;
SELECT cmp_ok((SELECT made FROM wanted), '>', 20 * (SELECT count(*) FROM whole_pair), 'most pairs are not kept');
SELECT cmp_ok((SELECT count(*) FROM whole_pair), '>', 1000::bigint, 'many are');
SELECT is(sums_of('whole', 'resolve', workers), (SELECT sums FROM wanted), format('with parameters the same pairs are kept, with %s more processes', workers)) FROM unnest(ARRAY[0, 1, 2]) workers;

-- the same with weights that a bound could miss: given by the user, and frequencies cut
SELECT clientele.create_model('given', 'person', jsonb_set(settings, '{comparisons}',
    (SELECT jsonb_agg(c || CASE c ->> 'kind' WHEN 'surname' THEN '{"term_frequency": {"weight": 0.5, "floor": 0.01}}'::jsonb WHEN 'sex' THEN '{"veto": [2]}' ELSE '{}' END) FROM jsonb_array_elements(settings -> 'comparisons') c)))
FROM clientele.linkage_model WHERE name = 'whole';
CREATE TEMPORARY TABLE wanted_given AS SELECT sums_of('given', 'dedupe', 0) AS sums;
SELECT is(sums_of('given', 'resolve', 0), (SELECT sums FROM wanted_given), 'with a veto and frequencies that count by half');
SELECT isnt((SELECT sums FROM wanted_given), (SELECT sums FROM wanted), 'which is another model');

-- a model that learns from some
SELECT of_model('some', '{"learn_from": 8000}');
CREATE TEMPORARY TABLE wanted_some AS SELECT sums_of('some', 'dedupe', 0) AS sums;
SELECT is(sums_of('some', 'dedupe', workers), (SELECT sums FROM wanted_some), format('a model that learns from some pairs: the same with %s more processes', workers)) FROM unnest(ARRAY[1, 2]) workers;
SELECT isnt((SELECT sums FROM wanted_some), (SELECT sums FROM wanted), 'it is another model than one that learns from all');
SELECT is(sums_of('some', 'resolve', 2), (SELECT sums FROM wanted_some), 'and keeps all that is to be kept');
SELECT cmp_ok((SELECT count(*) FROM whole_person a JOIN some_person b USING (record_key) WHERE a.person_id = b.person_id), '>', (SELECT (0.98 * count(*))::bigint FROM person), 'it finds the same persons, nearly');
SELECT of_model('all_of_them', '{"learn_from": 0}');
SELECT is(sums_of('all_of_them', 'dedupe', 0), (SELECT sums FROM wanted), '0: from all');
SELECT throws_like($$SELECT of_model('bad', '{"learn_from": -1}')$$, '%invalid settings%', 'less than nothing');
SELECT throws_like($$SELECT of_model('bad', '{"learn_from": "all"}')$$, '%invalid settings%', 'a word');
SELECT * FROM finish();
ROLLBACK;
