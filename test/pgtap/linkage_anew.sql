-- What is loaded anew every night, and keys as people write them.
BEGIN;
SELECT no_plan();

CREATE FUNCTION pg_temp.load(source text, key text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format($q$CREATE TABLE %1$I AS
        SELECT (%2$s) AS id, initcap(substr(md5('f' || i %% 60), 1, 6)) AS first_name, initcap(substr(md5('l' || i %% 97), 1, 8)) AS last_name,
               CASE WHEN i <= 300 THEN md5('e' || i) || '@example.org' END AS email, date '1950-01-01' + (i * 7919) %% 20000 AS birth_date
        FROM (SELECT CASE WHEN n > 300 THEN n - 300 ELSE n END AS i, n FROM generate_series(1, 360) n) x$q$, source, key);
    EXECUTE format('ALTER TABLE %I ADD PRIMARY KEY (id)', source);
END $$;

-- a table that is dropped and made anew: so is its model, and persons keep their numbers
SELECT pg_temp.load('nightly', 'n');
CALL clientele.dedupe('nightly');
CALL clientele.track_model('nightly');
CREATE TABLE yesterday AS TABLE nightly_person;
SET LOCAL client_min_messages = warning;
DROP TABLE nightly CASCADE;
SELECT throws_ok($$CALL clientele.resolve('nightly')$$, '42P01', NULL, 'a model without its table cannot be run');
SELECT pg_temp.load('nightly', 'n');
SELECT lives_ok($$CALL clientele.dedupe('nightly')$$, 'a table made anew can be deduplicated');
SELECT set_eq('TABLE nightly_person', 'TABLE yesterday', 'its persons have the numbers they had');
SELECT is((SELECT source FROM clientele.linkage_model WHERE name = 'nightly'), 'nightly'::regclass, 'the model is of the new table');
SELECT lives_ok($$CALL clientele.track_model('nightly')$$, 'and can be tracked again');
INSERT INTO nightly VALUES (1000, 'Zora', 'Zorić', 'zora@example.net');
SELECT is((SELECT record_key FROM clientele.search('nightly', '{"email": "zora@example.net"}')), '1000', 'what comes later is found');

DROP TABLE nightly CASCADE;
SELECT pg_temp.load('nightly', 'n');
ALTER TABLE nightly DROP birth_date;
SELECT lives_ok($$CALL clientele.dedupe('nightly')$$, 'with other columns, too');
DROP TABLE nightly CASCADE;
SELECT pg_temp.load('nightly', 'n');
SELECT lives_ok($$SELECT clientele.create_model('nightly', 'nightly')$$, 'create_model makes it anew');
SELECT throws_ok($$SELECT clientele.create_model('nightly', 'nightly')$$, '42710', NULL, 'once');

-- a table of the same name in another schema: what to call is said as it can be called
CREATE SCHEMA "Graz";
CREATE TABLE "Graz".nightly AS TABLE nightly;
ALTER TABLE "Graz".nightly ADD PRIMARY KEY (id);
DO $$
DECLARE
    told text;
BEGIN
    CALL clientele.dedupe('"Graz".nightly');
EXCEPTION WHEN duplicate_object THEN
    GET STACKED DIAGNOSTICS told = PG_EXCEPTION_HINT;
    PERFORM set_config('test.told', substring(told FROM 'as in (CALL .*\))\.$'), true);
END $$;
SELECT is(current_setting('test.told'), $$CALL clientele.dedupe('"Graz".nightly', model => 'Graz_nightly')$$, 'a name that is taken: the hint names the table with its schema');
SELECT lives_ok(current_setting('test.told'), 'and can be followed to the letter');
SELECT has_table('Graz', 'Graz_nightly_person', 'results are beside their table');

SELECT pg_temp.load('hourly', 'n');
CALL clientele.link('nightly', 'hourly', 'both');
DROP TABLE hourly CASCADE;
SELECT pg_temp.load('hourly', 'n');
SELECT lives_ok($$CALL clientele.link('nightly', 'hourly', 'both')$$, 'of two tables one was made anew');
SELECT is((SELECT further_sources FROM clientele.linkage_model WHERE name = 'both'), ARRAY['hourly'::regclass], 'the model knows');
SELECT throws_like($$CALL clientele.dedupe('nightly', 'both')$$, '%links several tables', 'a model whose tables are there is nobody else''s');

-- a table that was hardly begun when it was looked at first
SELECT pg_temp.load('begun', 'n');
CREATE TABLE all_of_it AS TABLE begun;
DELETE FROM begun WHERE id NOT IN (1, 2);
CALL clientele.dedupe('begun', threshold => 0.6);
INSERT INTO begun SELECT * FROM all_of_it WHERE id BETWEEN 3 AND 15;
CALL clientele.dedupe('begun');
SELECT is((SELECT settings ->> 'suggested_for' FROM clientele.linkage_model WHERE name = 'begun'), '2', 'somewhat larger: the model is what it was');
INSERT INTO begun SELECT * FROM all_of_it WHERE id > 15;
CREATE TABLE really AS SELECT id, CASE WHEN id > 300 THEN id - 300 ELSE id END AS who FROM all_of_it;
SELECT clientele.create_model('chosen', 'begun', (SELECT settings FROM clientele.linkage_model WHERE name = 'begun'));
CALL clientele.dedupe('begun');
SELECT is((SELECT recall FROM clientele.evaluate('begun', 'really')), 1::float8, 'ten times as large: the model is made of what is there now');
SELECT is((SELECT array_agg(settings ->> 'threshold') FROM clientele.linkage_model WHERE name = 'begun'), '{0.6}', 'but for the threshold');
SELECT is((SELECT settings ->> 'suggested_for' FROM clientele.linkage_model WHERE name = 'chosen'), NULL, 'what somebody chose stays what it is');

-- nothing to be judged
CREATE TABLE nobody (id int, who int);
SELECT is((SELECT (records, true_pairs, found_pairs, right_pairs, recall)::text FROM clientele.evaluate('begun', 'nobody')), '(0,0,0,0,)', 'no labels: no records, no pairs');

-- explain knows a key however it is written
SELECT pg_temp.load('by_' || t, k) FROM (VALUES ('char', 'n::text::char(10)'), ('numeric', 'n::numeric(20,2)'), ('uuid', 'md5(n::text)::uuid'), ('date', 'date ''2000-01-01'' + n')) v(t, k);
CALL clientele.dedupe('by_char');
CALL clientele.dedupe('by_numeric');
CALL clientele.dedupe('by_uuid');
CALL clientele.dedupe('by_date');
SELECT is((SELECT count(*) FROM clientele.explain('by_char', '5', '305')), 6::bigint, 'a key of fixed length');
SELECT is((SELECT count(*) FROM clientele.explain('by_numeric', 5, 305.0)), 6::bigint, 'a number with and without decimals');
SELECT is((SELECT count(*) FROM clientele.explain('by_uuid', upper(md5('5')), '{' || md5('305') || '}')), 6::bigint, 'uuids in capitals and braces');
SELECT is((SELECT count(*) FROM clientele.explain('by_date', '20000106', 'November 1, 2000')), 6::bigint, 'dates');
SELECT throws_ok($$SELECT clientele.explain('by_uuid', 'x', 'y')$$, '22P02', NULL, 'what is no key at all');
SELECT throws_ok($$SELECT clientele.explain('by_date', '20000106', '19990101')$$, 'P0002', NULL, 'a key that no record has');

CREATE TABLE settled (id int PRIMARY KEY, name text);
SELECT throws_ok(format('SELECT clientele.create_model(%L, %L, %L)', 'settled', 'settled', s), '22023', 'invalid settings of a linkage model', 'settings that are no object: ' || s)
FROM unnest(ARRAY['5', '"x"', 'null', '[1]']) s;

SELECT * FROM finish();
ROLLBACK;
