-- The user's own levels, SQL conditions, places, several values, identifiers, vetoes, fixed parameters.
BEGIN;
SELECT no_plan();

CREATE TABLE person (id int PRIMARY KEY, first_name text, last_name text, phone text, mobile text, born date,
                     lat float8, lon float8, spot point, tags text[], amount numeric, pib text);
INSERT INTO person
SELECT g, (ARRAY['Marko', 'Ana', 'Jelena', 'Petar', 'Milica', 'Ivan'])[1 + g % 6], 'S' || md5((g % 97)::text),
       '+38164' || (1000000 + g * 7919), '+38165' || (2000000 + g * 7919), date '1950-01-01' + (g * 37 % 20000),
       44 + g * 0.001, 20 + g * 0.002, point(20 + g * 0.002, 44 + g * 0.001), ARRAY['t' || g, 'x' || g], g * 10, NULL
FROM generate_series(1, 500) g;
INSERT INTO person
SELECT id + 1000, first_name, last_name, mobile, NULL, born + 3, lat + 0.0005, lon, point(lon, lat + 0.0005), ARRAY['t' || id, 'other'], amount + 1, NULL
FROM person WHERE id <= 60;

SELECT lives_ok($$SELECT clientele.create_model('own', 'person', '{"comparisons": [
    {"name": "first_name", "kind": "levels", "columns": ["first_name"], "levels": [{"exact": true, "term_frequency": true}, {"jaro_winkler": 0.9}, {"else": true}]},
    {"name": "last_name", "kind": "levels", "columns": ["last_name"], "levels": [{"exact": true, "term_frequency": {"weight": 0.5, "floor": 0.001}},
        {"levenshtein": 2}, {"sql": "left(last_name_l, 9) = left(r.last_name, 9)", "label": "same head"}]},
    {"name": "phones", "kind": "phone", "columns": ["phone", "mobile"]},
    {"name": "born", "kind": "levels", "columns": ["born"], "levels": [{"exact": true}, {"days": 5}, {"sql": "abs(l.born - r.born) < 366"}]},
    {"name": "place", "kind": "location", "columns": ["lat", "lon"]},
    {"name": "tags", "kind": "text", "columns": ["tags"]},
    {"name": "amount", "kind": "levels", "columns": ["amount"], "levels": [{"exact": true}, {"difference": 1}, {"percent": 0.2}]}]}')$$,
    'a model of levels');
SELECT lives_ok($$CALL clientele.train('own')$$, 'it is trained');
SELECT lives_ok($$CALL clientele.resolve('own')$$, 'and resolves');
SELECT is((SELECT count(*) FROM own_person a JOIN own_person b USING (person_id) WHERE b.record_key = a.record_key + 1000), 60::bigint, 'it finds its pairs');
SELECT is((SELECT count(DISTINCT person_id) FROM own_person), 500::bigint, 'and joins nobody else');
SELECT results_eq($$SELECT comparison, level, label FROM clientele.explain('own', 7, 1007) WHERE level IS NOT NULL$$,
    $$VALUES ('first_name', 1, 'exact'), ('last_name', 1, 'exact'), ('phones', 1, 'exact'), ('born', 2, 'days 5'),
             ('place', 2, 'within 100 m'), ('tags', 1, 'exact'), ('amount', 2, 'difference 1')$$, 'levels of a pair');
-- 500 + 60 records, each first name on a sixth of them: S&F weight with the frequency of this one
SELECT is(round(term_frequency::numeric, 3), round(-log(2.0, (SELECT count(*) FROM person WHERE first_name = 'Ana')::numeric / (SELECT count(*) FROM person)
        / (SELECT (sum(n * (n - 1)) + 1) / (560 * 559 + 2.0) FROM (SELECT count(*) AS n FROM person GROUP BY first_name) c)), 3),
    'term frequency as Splink defines it') FROM clientele.explain('own', 7, 1007) WHERE comparison = 'first_name';
SELECT is(round(term_frequency::numeric, 3), round(-0.5 * log(2.0, (SELECT count(*) FROM person p WHERE p.last_name = (SELECT last_name FROM person WHERE id = 7))::numeric
        / (SELECT count(*) FROM person) / (SELECT (sum(n * (n - 1)) + 1) / (560 * 559 + 2.0) FROM (SELECT count(*) AS n FROM person GROUP BY last_name) c)), 3),
    'with half the weight') FROM clientele.explain('own', 7, 1007) WHERE comparison = 'last_name';
SELECT is((SELECT bool_or(keys ~ '^phone.tail') FROM clientele.blocking_report('own')), true, 'each of several phones is a key');
-- a point column
SELECT lives_ok($$SELECT clientele.create_model('spot', 'person', '{"comparisons": [{"kind": "location", "columns": ["spot"]}, {"kind": "date", "columns": ["born"]}],
    "blocking": [{"keys": [{"column": "spot", "form": "cell"}]}]}')$$, 'a point');
SELECT ok((SELECT pairs FROM clientele.blocking_report('spot')) >= (SELECT count(*) FROM person a JOIN person b ON a.id < b.id AND abs(a.lat - b.lat) <= 0.01 AND abs(a.lon - b.lon) <= 0.01) * 0.25,
    'the corners of the squares bring neighbours together');
CALL clientele.dedupe('person', 'spot');
SELECT is((SELECT count(*) FROM spot_pair s JOIN person a ON a.id = s.left_key JOIN person b ON b.id = s.right_key WHERE b.id = a.id + 1000), 60::bigint, 'all of those within a hundred metres');

-- the same in SQL and by our own kernels
SELECT clientele.create_model('kernels', 'person', '{"comparisons": [
    {"name": "a", "kind": "levels", "columns": ["last_name"], "levels": [{"exact": true}, {"jaro_winkler": 0.6}, {"damerau_levenshtein": 25}, {"prefix": 2}]},
    {"name": "b", "kind": "levels", "columns": ["born"], "levels": [{"days": 30}, {"days": 400}]},
    {"name": "c", "kind": "levels", "columns": ["lat", "lon"], "levels": [{"kilometres": 1}, {"kilometres": 20}]},
    {"name": "d", "kind": "levels", "columns": ["amount"], "levels": [{"difference": 100}, {"percent": 0.5}]}],
    "blocking": [{"keys": [{"column": "first_name"}]}]}');
SELECT clientele.create_model('queries', 'person', '{"comparisons": [
    {"name": "a", "kind": "sql", "columns": ["last_name"], "levels": [{"sql": "l.last_name = r.last_name"},
        {"sql": "jaro_winkler_similarity(last_name_l, last_name_r) >= 0.6"}, {"sql": "damerau_levenshtein(last_name_l, last_name_r) <= 25"},
        {"sql": "left(l.last_name, 2) = left(r.last_name, 2)"}]},
    {"name": "b", "kind": "sql", "columns": ["born"], "levels": [{"sql": "abs(born_l - born_r) <= 30"}, {"sql": "abs(born_l - born_r) <= 400"}]},
    {"name": "c", "kind": "sql", "columns": ["lat", "lon"], "missing": "lat_l IS NULL OR lat_r IS NULL", "levels": [
        {"sql": "6371 * acos(least(1, sind(lat_l) * sind(lat_r) + cosd(lat_l) * cosd(lat_r) * cosd(lon_l - lon_r))) <= 1"},
        {"sql": "6371 * acos(least(1, sind(lat_l) * sind(lat_r) + cosd(lat_l) * cosd(lat_r) * cosd(lon_l - lon_r))) <= 20"}]},
    {"name": "d", "kind": "sql", "columns": ["amount"], "levels": [{"sql": "abs(amount_l - amount_r) <= 100"}, {"sql": "abs(amount_l - amount_r) / greatest(amount_l, amount_r) < 0.5"}]}],
    "blocking": [{"keys": [{"column": "first_name"}]}]}');
CALL clientele.train('kernels');
CALL clientele.resolve('kernels');
CALL clientele.train('queries');
CALL clientele.resolve('queries');
SELECT ok((SELECT count(*) FROM kernels_pair) > 50, 'there are pairs');
SELECT bag_eq('SELECT left_key, right_key, comparison_vector FROM kernels_pair', 'SELECT left_key, right_key, comparison_vector FROM queries_pair',
    'a test and the SQL condition that says the same find the same levels');

-- a veto holds for pairs and for clusters
CREATE TABLE club (id int PRIMARY KEY, name text, code text, sex text);
INSERT INTO club SELECT g, 'member ' || md5(g::text), 'c' || g, CASE WHEN g % 2 = 0 THEN 'm' ELSE 'f' END FROM generate_series(1, 300) g;
INSERT INTO club SELECT id + 1000, name, code, NULL FROM club WHERE id <= 50;
INSERT INTO club SELECT id + 2000, name, code, CASE WHEN sex = 'm' THEN 'f' ELSE 'm' END FROM club WHERE id <= 50;
SELECT clientele.create_model('free', 'club', '{"comparisons": [{"kind": "text", "columns": ["name"]}, {"kind": "identifier", "columns": ["code"]}, {"kind": "sex", "columns": ["sex"]}]}');
SELECT clientele.create_model('veto', 'club', '{"comparisons": [{"kind": "text", "columns": ["name"]}, {"kind": "identifier", "columns": ["code"]}, {"kind": "sex", "columns": ["sex"], "veto": ["different"]}]}');
CALL clientele.dedupe('club', 'free');
CALL clientele.dedupe('club', 'veto');
SELECT is((SELECT count(*) FROM free_person GROUP BY person_id HAVING count(*) = 3 LIMIT 1), 3::bigint, 'without a veto three are one person');
SELECT is((SELECT count(*) FROM (SELECT person_id FROM veto_person p JOIN club c ON c.id = p.record_key GROUP BY person_id HAVING count(DISTINCT sex) > 1) x), 0::bigint,
    'with it no person has two sexes, by way of a third record neither');
SELECT is((SELECT count(*) FROM (SELECT person_id FROM veto_person GROUP BY person_id HAVING count(*) = 2) x), 0::bigint, 'the record without a sex might be either, so it is neither');
SELECT is((SELECT count(*) FROM veto_pair p JOIN club a ON a.id = p.left_key JOIN club b ON b.id = p.right_key WHERE a.sex <> b.sex), 0::bigint, 'and no such pair is written');
SELECT is((SELECT min(weight) FROM clientele.model_parameters('veto') WHERE comparison = 'sex') < -1000, true, 'the weight says that it is a veto');
-- what forbids different values forbids those that are more so, unless these are named
SELECT clientele.create_model('ages', 'person', '{"comparisons": [{"kind": "surname", "columns": ["last_name"]}, {"kind": "date", "columns": ["born"], "weights": {"a generation apart": -3}, "veto": ["different"]}]}');
CALL clientele.train('ages');
SELECT results_eq($$SELECT label, CASE WHEN weight < -1000 THEN 'veto' ELSE weight::text END FROM clientele.model_parameters('ages') WHERE label IN ('different', 'a generation apart') AND comparison = 'born' ORDER BY level$$,
    $$VALUES ('different', 'veto'), ('a generation apart', '-3')$$, 'a level named itself keeps its weight beside a veto');

-- weights given, parameters fixed, prior given: nothing is trained
SELECT lives_ok($$SELECT clientele.create_model('fixed', 'club', '{"prior": 0.001, "household": false, "comparisons": [
    {"name": "name", "kind": "levels", "columns": ["name"], "levels": [{"exact": true}, {"jaro_winkler": 0.8}], "m": [0.9, 0.05, 0.05], "u": [0.01, 0.09, 0.9]},
    {"name": "code", "kind": "levels", "columns": ["code"], "levels": [{"exact": true}], "m": [0.8, 0.2], "u": [0.004, 0.996], "weights": {"different": -3}}],
    "blocking": [{"keys": [{"column": "code"}]}]}')$$, 'a model whose parameters are all given');
SELECT results_eq($$SELECT comparison, level, m, u, round(weight::numeric, 4) FROM clientele.model_parameters('fixed')$$,
    $$VALUES ('name', 1, 0.9::float8, 0.01::float8, round(log(2.0, 90), 4)), ('name', 2, 0.05, 0.09, round(log(2.0, 0.05 / 0.09), 4)), ('name', 3, 0.05, 0.9, round(log(2.0, 0.05 / 0.9), 4)),
             ('code', 1, 0.8, 0.004, round(log(2.0, 200), 4)), ('code', 2, 0.2, 0.996, -3.0000)$$, 'has them without training');
CALL clientele.resolve('fixed');
SELECT is((SELECT round(match_weight::numeric, 3) FROM fixed_pair WHERE left_key = 1 AND right_key = 1001),
    round(log(2.0, 0.001 / 0.999) + log(2.0, 90) + log(2.0, 200), 3), 'and weighs a pair by them: prior and both weights');
SELECT lives_ok($$CALL clientele.train('fixed')$$, 'training it');
SELECT is((SELECT array_agg(m ORDER BY comparison, level) FROM clientele.model_parameters('fixed')), ARRAY[0.8, 0.2, 0.9, 0.05, 0.05]::float8[], 'changes nothing');
SELECT is((SELECT (parameters ->> 'prior')::float8 FROM clientele.linkage_model WHERE name = 'fixed'), 0.001::float8, 'not the prior either');

-- placeholders of one's own
CREATE TABLE gap (id int PRIMARY KEY, name text, city text);
INSERT INTO gap SELECT g, 'name ' || md5(g::text), CASE WHEN g % 2 = 0 THEN 'Nije uneto' ELSE 'Grad ' || g END FROM generate_series(1, 100) g;
SELECT clientele.create_model('gap', 'gap', '{"comparisons": [{"kind": "text", "columns": ["name"], "term_frequency": false}, {"kind": "city", "columns": ["city"]}], "placeholders": ["nije uneto"]}');
CALL clientele.train('gap');
SELECT is((SELECT left_value FROM clientele.explain('gap', 2, 3) WHERE comparison = 'city'), NULL, 'a placeholder says nothing');
SELECT is((SELECT label FROM clientele.explain('gap', 2, 3) WHERE comparison = 'city'), 'missing', 'and is missing');

-- identifiers with check digits: two right ones that differ by a digit are two
CREATE TABLE firm (id int PRIMARY KEY, name text, oib text);
INSERT INTO firm SELECT g, 'firm ' || md5(g::text), NULL FROM generate_series(1, 50) g;
UPDATE firm SET oib = (ARRAY['33392005961', 'HR33392005961', '33392005962', '33392005962', '94577403194'])[id] WHERE id <= 5;
SELECT clientele.create_model('firm', 'firm', '{"comparisons": [{"kind": "text", "columns": ["name"]}, {"kind": "identifier", "columns": ["oib"], "scheme": "oib"}]}');
CALL clientele.train('firm');
SELECT is((SELECT label FROM clientele.explain('firm', 1, 2) WHERE comparison = 'oib'), 'exact', 'with and without the country');
SELECT is((SELECT label FROM clientele.explain('firm', 1, 3) WHERE comparison = 'oib'), 'typing error', 'a wrong check digit');
SELECT is((SELECT label FROM clientele.explain('firm', 3, 4) WHERE comparison = 'oib'), 'typing error', 'a wrong number that was copied proves little');
SELECT is((SELECT label FROM clientele.explain('firm', 1, 5) WHERE comparison = 'oib'), 'different', 'two right ones');

-- what is refused, with SQLSTATE
CREATE FUNCTION pg_temp.refused(settings text, sqlstate text, pattern text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    said text;
    state text;
    detail text;
BEGIN
    PERFORM clientele.create_model('refused', 'person', settings::jsonb);
    RETURN fail('accepted: ' || settings);
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS said = MESSAGE_TEXT, state = RETURNED_SQLSTATE, detail = PG_EXCEPTION_DETAIL;
    RETURN ok(state = sqlstate AND said || ' ' || detail ~ pattern, format('%s: %s %s', state, said, detail));
END $$;
SELECT pg_temp.refused(settings, state, pattern) FROM (VALUES
    ('[]', '22023', 'not an object'), ('{}', '22023', 'no list of comparisons'), ('{"comparisons": []}', '22023', 'no list of comparisons'),
    ('{"comparisons": [1]}', '22023', 'not an object'), ('{"comparisons": [{"columns": ["tags"]}]}', '22023', 'no kind'),
    ('{"comparisons": [{"kind": "verbatim", "columns": ["tags"]}]}', '22023', 'no kind'),
    ('{"comparisons": [{"kind": "text", "columns": []}]}', '22023', 'no list of one to'),
    ('{"comparisons": [{"kind": "text", "columns": ["none"]}]}', '42703', 'does not exist'),
    ('{"comparisons": [{"kind": "text", "columns": ["tags", "tags"]}]}', '22023', 'twice'),
    ('{"comparisons": [{"kind": "text", "columns": ["tags"]}, {"name": "tags", "kind": "text", "columns": ["tags"]}]}', '22023', 'two comparisons "tags"'),
    ('{"comparisons": [{"kind": "text", "columns": ["tags"], "colour": 1}]}', '22023', 'no key "colour"'),
    ('{"comparisons": [{"kind": "text", "columns": ["tags"]}], "treshold": 0.9}', '22023', 'no key "treshold"'),
    ('{"comparisons": [{"kind": "text", "columns": ["tags"]}], "threshold": 1}', '22023', 'between 0 and 1'),
    ('{"comparisons": [{"kind": "text", "columns": ["tags"]}], "threshold": "0.9"}', '22023', 'not a number'),
    ('{"comparisons": [{"kind": "text", "columns": ["tags"]}], "prior": 1e400}', '22023', 'not a number'),
    ('{"comparisons": [{"kind": "text", "columns": ["tags"]}], "household": 1}', '22023', 'neither true nor false'),
    ('{"comparisons": [{"kind": "text", "columns": ["tags"]}], "blocking": {}}', '22023', 'not a list'),
    ('{"comparisons": [{"kind": "text", "columns": ["tags"]}], "blocking": [{}]}', '22023', 'no list of one to'),
    ('{"comparisons": [{"kind": "text", "columns": ["tags"]}], "blocking": [{"keys": [{"column": "none"}]}]}', '42703', 'does not exist'),
    ('{"comparisons": [{"kind": "text", "columns": ["tags"]}], "blocking": [{"keys": [{"column": "tags", "form": "colour"}]}]}', '22023', 'no form'),
    ('{"comparisons": [{"kind": "text", "columns": ["tags"]}], "blocking": [{"keys": [{"column": "tags", "form": "cell"}]}]}', '22023', 'for places'),
    ('{"comparisons": [{"kind": "text", "columns": ["tags"]}], "blocking": [{"keys": [{"form": "cell"}]}]}', '22023', 'names no column'),
    ('{"comparisons": [{"kind": "levels", "columns": ["born"]}]}', '22023', 'no list of levels'),
    ('{"comparisons": [{"kind": "text", "columns": ["tags"], "levels": []}]}', '22023', 'only kind "levels"'),
    ('{"comparisons": [{"kind": "levels", "columns": ["born"], "levels": [{}]}]}', '22023', 'without a test'),
    ('{"comparisons": [{"kind": "levels", "columns": ["born"], "levels": [{"exact": true, "days": 3}]}]}', '22023', 'two tests'),
    ('{"comparisons": [{"kind": "levels", "columns": ["born"], "levels": [{"jaro_winkler": 2}]}]}', '22023', 'from 0 to 1'),
    ('{"comparisons": [{"kind": "levels", "columns": ["born"], "levels": [{"soundex": 2}]}]}', '22023', 'unknown test'),
    ('{"comparisons": [{"kind": "levels", "columns": ["born"], "levels": [{"else": true}, {"exact": true}]}]}', '22023', 'after the last one'),
    ('{"comparisons": [{"kind": "levels", "columns": ["born"], "levels": [{"exact": true, "column": "lat"}]}]}', '22023', 'not among its columns'),
    ('{"comparisons": [{"kind": "levels", "columns": ["born"], "levels": [{"kilometres": 1}]}]}', '22023', 'two columns'),
    ('{"comparisons": [{"kind": "levels", "columns": ["born"], "levels": [{"days": 1}, {"days": 2}, {"days": 3}, {"days": 4}, {"days": 5}, {"days": 6}, {"days": 7}, {"days": 8}, {"days": 9}, {"days": 10}, {"days": 11}, {"days": 12}]}]}', '22023', 'more than 12'),
    ('{"comparisons": [{"kind": "sex", "columns": ["first_name"], "m": [0.9]}]}', '22023', 'as many numbers'),
    ('{"comparisons": [{"kind": "sex", "columns": ["first_name"], "m": [0.9, 0]}]}', '22023', 'above 0'),
    ('{"comparisons": [{"kind": "sex", "columns": ["first_name"], "u": [0.9, null]}]}', '22023', 'a u for each level'),
    ('{"comparisons": [{"kind": "sex", "columns": ["first_name"], "fixed": true}]}', '22023', 'without an m'),
    ('{"comparisons": [{"kind": "sex", "columns": ["first_name"], "veto": ["colour"]}]}', '22023', 'names a level'),
    ('{"comparisons": [{"kind": "sex", "columns": ["first_name"], "weights": {"same": 1e9}}]}', '22023', 'from -100 to 100'),
    ('{"comparisons": [{"kind": "sex", "columns": ["first_name"], "scope": "public"}]}', '22023', 'scope'),
    ('{"comparisons": [{"kind": "text", "columns": ["pib"], "scheme": "pib"}]}', '22023', 'only kind "identifier"'),
    ('{"comparisons": [{"kind": "identifier", "columns": ["pib"], "scheme": "x"}]}', '22023', 'not known'),
    ('{"comparisons": [{"kind": "given_name", "columns": ["tags"]}]}', '22023', 'several values'),
    ('{"comparisons": [{"kind": "date", "columns": ["born", "lat"]}]}', '22023', 'wrong number of columns'),
    ('{"comparisons": [{"kind": "sql", "columns": ["born"], "levels": [{"sql": "l.colour = r.colour"}]}]}', '42703', 'colour'),
    ('{"comparisons": [{"kind": "sql", "columns": ["born"], "levels": [{"sql": "l.born"}]}]}', '42804', 'boolean'),
    ('{"comparisons": [{"kind": "sql", "columns": ["born"], "levels": [{"sql": "random() < 1"}]}]}', '0A000', 'volatile'),
    ('{"comparisons": [{"kind": "sql", "columns": ["born"], "levels": [{"sql": "true) FROM pg_class; SELECT (true"}]}]}', '42601', 'syntax'),
    ('{"comparisons": [{"kind": "sql", "columns": ["born"], "levels": [{"sql": "true FROM pg_class"}]}]}', '42601', 'one expression'),
    ('{"comparisons": [{"kind": "sql", "columns": ["born"], "levels": [{"sql": "EXISTS (SELECT 1 FROM pg_class)"}]}]}', '0A000', 'subqueries'),
    ('{"comparisons": [{"kind": "sql", "columns": ["born"], "levels": [{"sql": ""}]}]}', '42601', ''),
    ('{"comparisons": [{"kind": "sql", "columns": ["born"], "levels": [{"sql": "public.nonesuch(l.born)"}]}]}', '42883', 'nonesuch')
    ) v (settings, state, pattern);

-- the condition errs on some pair: the error says whose it is
SELECT clientele.create_model('errs', 'person', '{"comparisons": [{"name": "ratio", "kind": "sql", "columns": ["amount", "first_name"], "levels": [{"sql": "1 / (l.amount - l.amount) > 0"}]}],
    "blocking": [{"keys": [{"column": "first_name"}]}]}');
CREATE FUNCTION pg_temp.context_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    context text;
BEGIN
    EXECUTE statement;
    RETURN 'nothing';
EXCEPTION WHEN division_by_zero THEN
    GET STACKED DIAGNOSTICS context = PG_EXCEPTION_CONTEXT;
    RETURN context;
END $$;
SELECT matches(pg_temp.context_of($$CALL clientele.train('errs')$$), 'SQL condition of comparison "ratio", level 1', 'an error in a condition names the comparison');

-- conditions run with the caller's rights, and find functions by their full name only
CREATE ROLE levels_user;
CREATE FUNCTION public.secret(x text) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE FUNCTION public.own_eq(a text, b text) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT a = b';
REVOKE EXECUTE ON FUNCTION public.secret FROM PUBLIC;
GRANT SELECT ON person TO levels_user;
GRANT USAGE ON SCHEMA public, clientele, tap TO levels_user;
SET LOCAL ROLE levels_user;
SELECT throws_ok($$SELECT clientele.create_model('s', 'person', '{"comparisons": [{"kind": "sql", "columns": ["first_name"], "levels": [{"sql": "public.secret(l.first_name)"}]}]}')$$, '42501', NULL,
    'a function that the caller may not call');
SELECT throws_ok($$SELECT clientele.create_model('s', 'person', '{"comparisons": [{"kind": "sql", "columns": ["first_name"], "levels": [{"sql": "own_eq(l.first_name, r.first_name)"}]}]}')$$, '42883', NULL,
    'a function without its schema');
SELECT lives_ok($$SELECT clientele.create_model('s', 'person', '{"comparisons": [{"kind": "sql", "columns": ["first_name"], "levels": [{"sql": "public.own_eq(l.first_name, r.first_name)"}]}]}')$$,
    'a function with its schema');
RESET ROLE;

-- labels: one that was given stays, whatever it ends in; a condition is its own
SELECT clientele.create_model('labels', 'club', '{"blocking": [{"keys": [{"column": "name"}]}], "comparisons": [
    {"columns": ["name"], "kind": "levels", "levels": [{"exact": true, "label": "type 0"}, {"sql": "length(name_l) - length(name_r) = 0"}, {"levenshtein": 0}]}]}');
CALL clientele.train('labels');
SELECT is(ARRAY(SELECT label FROM clientele.model_parameters('labels') WHERE comparison = 'name' ORDER BY level), ARRAY['type 0', 'length(name_l) - length(name_r) = 0', 'levenshtein', 'different'], 'labels of levels');

SELECT * FROM finish();
ROLLBACK;
