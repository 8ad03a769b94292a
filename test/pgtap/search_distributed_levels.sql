-- linkage_record of models with levels of the user's own and with several values a record: the pairs and persons of the bulk engine.
BEGIN;
SELECT no_plan();

CREATE TABLE club (id int PRIMARY KEY, first_name text, last_name text, emails text[], phones text[], numbers text[], born text, joined date, lat float8, lon float8, fee numeric, city text);
INSERT INTO club
SELECT g, (ARRAY['Marko','Ana','Jelena','Petar','Milica','Ivan','Katarina'])[1 + g % 7], initcap(substr(translate(md5((g % 140)::text), '0123456789', 'ghijklmnop'), 1, 4 + g % 5)),
       CASE WHEN g % 3 = 0 THEN ARRAY['u' || g || '@example.rs'] WHEN g % 3 = 1 THEN ARRAY['u' || g || '@example.rs', 'home' || g % 100 || '@example.com'] END,
       ARRAY['+381 64 ' || 1000000 + g * 7919, '+381 11 ' || 2000000 + g % 60 * 77], CASE WHEN g % 2 = 0 THEN ARRAY['A' || g % 90, (g % 4)::text] END,
       to_char(date '1950-01-01' + g * 37 % 20000, 'YYYY-MM-DD'), date '2010-01-01' + g * 11 % 3000, 44 + g % 50 * 0.01, 20 + g % 7 * 0.001, g % 13 * 10.5, 'Grad ' || g % 9
FROM generate_series(1, 500) g;
INSERT INTO club
SELECT id + 1000, CASE WHEN id % 5 = 0 THEN last_name ELSE first_name END, CASE WHEN id % 5 = 0 THEN first_name WHEN id % 4 = 0 THEN overlay(last_name placing 'x' from 2 for 1) ELSE last_name END,
       emails[1:1], phones[2:2] || ('+381 64 ' || 1000000 + id * 7919), numbers, CASE WHEN id % 6 > 0 THEN born END, joined + id % 40, lat + 0.001, lon, fee + id % 3, city
FROM club WHERE id <= 150;

SELECT clientele.create_model('own', 'club', '{"comparisons": [
    {"name": "first", "kind": "levels", "columns": ["first_name", "last_name"], "levels": [{"exact": true, "column": "first_name"}, {"reversed": true}, {"jaro_winkler": 0.8, "column": "first_name"}]},
    {"name": "last", "kind": "levels", "columns": ["last_name"], "levels": [{"exact": true, "term_frequency": {"weight": 0.5, "floor": 0.001}}, {"levenshtein": 1}, {"jaro": 0.7}, {"prefix": 2}]},
    {"name": "born", "kind": "levels", "columns": ["born"], "levels": [{"days": 0}, {"days": 400}]},
    {"name": "joined", "kind": "levels", "columns": ["joined"], "levels": [{"days": 40}, {"jaccard": 0.8}]},
    {"name": "place", "kind": "levels", "columns": ["lat", "lon"], "levels": [{"kilometres": 1}, {"kilometres": 10}]},
    {"name": "fee", "kind": "levels", "columns": ["fee"], "levels": [{"difference": 1}, {"percent": 0.2}]},
    {"kind": "city", "columns": ["city"]}],
    "blocking": [{"keys": [{"column": "born"}]}, {"keys": [{"column": "last_name"}]}, {"keys": [{"column": "first_name"}, {"column": "city"}]}]}');
SELECT clientele.create_model('lists', 'club', '{"comparisons": [
    {"kind": "given_name", "columns": ["first_name"]}, {"kind": "surname", "columns": ["last_name"]}, {"kind": "email", "columns": ["emails"]}, {"kind": "phone", "columns": ["phones"]},
    {"kind": "identifier", "columns": ["numbers"]}, {"kind": "date", "columns": ["born"]}]}');
CALL clientele.train('own');
CALL clientele.resolve('own');
CALL clientele.train('lists');
CALL clientele.resolve('lists');

CREATE TABLE encoded AS
WITH r AS MATERIALIZED (SELECT m AS model, clientele.linkage_record(m, c) AS record FROM club c, unnest(ARRAY['own', 'lists']) m)
SELECT r.model, r.record, k AS blocking_key FROM r, unnest(clientele.blocking_keys(r.record)) k;
CREATE TABLE edge AS
SELECT model, (e).left_key::int, (e).right_key::int, (e).match_weight FROM (SELECT model, unnest(clientele.link_pairs_agg(record, blocking_key)) AS e FROM encoded GROUP BY model, blocking_key) x;
SELECT cmp_ok((SELECT count(*) FROM own_pair), '>', 100::bigint, 'there are pairs by levels of the user''s own');
SELECT cmp_ok((SELECT count(DISTINCT comparison_vector) FROM own_pair), '>', 10::bigint, 'at many levels');
SELECT cmp_ok((SELECT count(*) FROM lists_pair), '>', 150::bigint, 'and by several values');
SELECT bag_eq($$SELECT left_key, right_key, match_weight FROM edge WHERE model = 'own'$$, 'SELECT left_key, right_key, match_weight FROM own_pair', 'levels of the user''s own: the pairs of the bulk engine, with their weights');
SELECT bag_eq($$SELECT left_key, right_key, match_weight FROM edge WHERE model = 'lists'$$, 'SELECT left_key, right_key, match_weight FROM lists_pair', 'several values a record: the same');

-- all records as one component: the persons
CREATE FUNCTION pg_temp.persons(name text) RETURNS SETOF text LANGUAGE sql AS $$
SELECT string_agg((m).node, ' ' ORDER BY (m).node) FROM (SELECT unnest(clientele.link_persons_agg(record)) AS m FROM (SELECT DISTINCT ON (clientele.record_key(record)) record FROM encoded WHERE model = name) r) x GROUP BY (m).component $$;
SELECT bag_eq($$SELECT pg_temp.persons('own')$$, 'SELECT string_agg(record_key::text, $a$ $a$ ORDER BY record_key::text) FROM own_person GROUP BY person_id', 'levels of the user''s own: the persons of the bulk engine');
SELECT bag_eq($$SELECT pg_temp.persons('lists')$$, 'SELECT string_agg(record_key::text, $a$ $a$ ORDER BY record_key::text) FROM lists_person GROUP BY person_id', 'several values a record: the same');

-- keys that are numeric have the order of numbers
CREATE TABLE priced AS SELECT (id * 7 % 1999) / 8.0 AS id, first_name, last_name, phones, born, city FROM club;
ALTER TABLE priced ADD PRIMARY KEY (id);
CALL clientele.dedupe('priced');
SELECT cmp_ok((SELECT count(*) FROM priced_pair), '>', 100::bigint, 'there are pairs of records with numeric keys');
SELECT bag_eq($$SELECT (e).left_key::numeric, (e).right_key::numeric, (e).match_weight FROM (SELECT unnest(clientele.link_pairs_agg(clientele.linkage_record('priced', c))) AS e FROM priced c) x WHERE (e).match_weight > 0$$,
    'SELECT left_key, right_key, match_weight FROM priced_pair WHERE match_weight > 0', 'the lower of two is the left one');

-- a model that was trained elsewhere
SELECT lives_ok($q$SELECT clientele.create_model('elsewhere', 'club', clientele.import_splink('{"link_type": "dedupe_only", "probability_two_random_records_match": 0.001, "sql_dialect": "duckdb",
    "blocking_rules_to_generate_predictions": [{"blocking_rule": "l.last_name = r.last_name"}],
    "comparisons": [{"output_column_name": "first_name", "comparison_levels": [
        {"sql_condition": "first_name_l IS NULL OR first_name_r IS NULL", "is_null_level": true},
        {"sql_condition": "first_name_l = first_name_r", "m_probability": 0.8, "u_probability": 0.1},
        {"sql_condition": "jaro_winkler_similarity(first_name_l, first_name_r) >= 0.8", "m_probability": 0.15, "u_probability": 0.1},
        {"sql_condition": "ELSE", "m_probability": 0.05, "u_probability": 0.8}]},
      {"output_column_name": "born", "comparison_levels": [
        {"sql_condition": "born_l IS NULL OR born_r IS NULL", "is_null_level": true},
        {"sql_condition": "born_l = born_r", "m_probability": 0.9, "u_probability": 0.001},
        {"sql_condition": "ELSE", "m_probability": 0.1, "u_probability": 0.999}]}]}'))$q$, 'a model of Splink');
CALL clientele.train('elsewhere');
CALL clientele.resolve('elsewhere');
SELECT bag_eq($$SELECT (e).left_key::int, (e).right_key::int, (e).match_weight FROM (SELECT unnest(clientele.link_pairs_agg(clientele.linkage_record('elsewhere', c))) AS e FROM club c GROUP BY c.last_name) x$$,
    'SELECT left_key, right_key, match_weight FROM elsewhere_pair', 'goes where the records are');

-- conditions in SQL do not travel
SELECT clientele.create_model('asked', 'club', '{"comparisons": [{"kind": "sql", "columns": ["fee"], "levels": [{"sql": "fee_l = fee_r"}]}, {"kind": "city", "columns": ["city"]}], "blocking": [{"keys": [{"column": "city"}]}]}');
CALL clientele.train('asked');
CALL clientele.resolve('asked');
SELECT throws_like($$SELECT clientele.linkage_record('asked', c) FROM club c$$, '%cannot be used away from its table%', 'conditions in SQL are refused');

\ir record_damage.psql
SELECT is(damage((SELECT record::text FROM encoded WHERE model = 'own' ORDER BY clientele.record_key(record) LIMIT 1)), 'survived', 'levels of the user''s own: a byte changed, or the end missing, anywhere');
SELECT is(damage((SELECT record::text FROM encoded WHERE model = 'lists' ORDER BY clientele.record_key(record) LIMIT 1)), 'survived', 'several values a record: the same');

SELECT * FROM finish();
ROLLBACK;
