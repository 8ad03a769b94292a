-- How right a model is: tables by threshold, blocking, estimates without labels, warnings; against counts by hand and by brute force.
BEGIN;
SELECT no_plan();

-- six records whose pairs and probabilities are written by hand
CREATE TABLE tiny (id int PRIMARY KEY, name text, born date);
INSERT INTO tiny VALUES (1, 'Ana Novak', '1980-01-01'), (2, 'Ana Novak', '1980-01-01'), (3, 'Iva Horvat', '1990-05-05'), (4, 'Iva Horvat', '1990-05-05'), (5, 'Luka Babic', '1970-02-02'), (6, 'Petar Kos', '1960-03-03');
SELECT clientele.create_model('tiny', 'tiny', '{"comparisons": [{"kind": "full_name", "columns": ["name"]}, {"kind": "date", "columns": ["born"]}], "blocking": [{"keys": [{"column": "name"}]}, {"keys": [{"column": "born", "form": "year"}]}]}');
CALL clientele.train('tiny');
CALL clientele.resolve('tiny');
DELETE FROM tiny_pair;
INSERT INTO tiny_pair (left_key, right_key, match_weight, match_probability, comparison_vector, blocking_rules) VALUES (1, 2, 5, 0.97, 0, 0), (3, 4, 2, 0.8, 0, 0), (1, 3, 0, 0.5, 0, 0), (5, 6, -2, 0.2, 0, 0), (2, 4, -5, 0.03, 0, 0);
CREATE TABLE who (id int, person text);
INSERT INTO who VALUES (1, 'a'), (2, 'a'), (3, 'b'), (4, 'b'), (5, 'c'), (6, 'c');
-- true pairs: 1-2, 3-4, 5-6
SELECT results_eq($$SELECT threshold, true_pairs, found_pairs, right_pairs, round(precision::numeric, 4), round(recall::numeric, 4), round(f1::numeric, 4)
    FROM clientele.evaluate_thresholds('tiny', 'who', '{0.01, 0.5, 0.6, 0.9, 0.99}')$$,
    $$VALUES (0.01::float8, 3::bigint, 5::bigint, 3::bigint, 0.6, 1.0, 0.75), (0.5, 3, 3, 2, 0.6667, 0.6667, 0.6667), (0.6, 3, 2, 2, 1, 0.6667, 0.8), (0.9, 3, 1, 1, 1, 0.3333, 0.5),
             (0.99, 3, 0, 0, NULL, 0, 0)$$, 'thresholds against labels of records');
CREATE TABLE pair_label (right_key int, left_key int, is_match boolean, note text);
INSERT INTO pair_label VALUES (1, 2, true), (3, 4, true), (1, 3, false), (5, 6, true), (2, 6, true), (1, 5, false), (2, 3, NULL);
-- labelled: 1-2 yes .97, 3-4 yes .8, 1-3 no .5, 5-6 yes .2, 2-6 yes (not kept), 1-5 no (not kept)
SELECT results_eq($$SELECT threshold, true_pairs, found_pairs, right_pairs, round(precision::numeric, 4), round(recall::numeric, 4) FROM clientele.evaluate_thresholds('tiny', 'pair_label', '{0.1, 0.5, 0.9}')$$,
    $$VALUES (0.1::float8, 4::bigint, 4::bigint, 3::bigint, 0.75, 0.75), (0.5, 4, 3, 2, 0.6667, 0.5), (0.9, 4, 1, 1, 1, 0.25)$$, 'thresholds against labels of pairs, either way round');
-- labels as they come from a file: keys as text, numbers for truth, lines that repeat
CREATE TABLE who_from_file AS SELECT id::text AS id, person FROM who UNION ALL SELECT id::text, person FROM who WHERE id < 4;
CREATE TABLE pairs_from_file AS SELECT right_key::text, left_key::text, is_match::int AS is_match FROM pair_label;
CREATE TABLE pairs_in_words AS SELECT right_key::text, left_key::text, CASE WHEN is_match THEN 'yes' WHEN NOT is_match THEN 'no' END AS is_match FROM pair_label;
SELECT results_eq(format('SELECT e.* FROM clientele.%s(''tiny'', %L) e', f, written), format('SELECT e.* FROM clientele.%s(''tiny'', %L) e', f, plain), f || ': ' || written)
FROM unnest('{evaluate,evaluate_thresholds,evaluate_blocking}'::text[]) f, (VALUES ('who_from_file', 'who'), ('pairs_from_file', 'pair_label'), ('pairs_in_words', 'pair_label')) v(written, plain);
SELECT throws_ok($$INSERT INTO who_from_file VALUES ('six', 'c'); SELECT * FROM clientele.evaluate('tiny', 'who_from_file')$$, '22P02', NULL, 'a text that is no key');
SELECT is((SELECT array_agg(threshold) FROM clientele.evaluate_thresholds('tiny', 'who')), '{0.01,0.05,0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9,0.95,0.99,0.999}'::float8[], 'thresholds by default');
UPDATE tiny_person SET person_id = (ARRAY[1, 1, 3, 3, 5, 6])[record_key];
SELECT results_eq($$SELECT records, true_pairs, found_pairs, right_pairs, precision, round(recall::numeric, 4), round(f1::numeric, 4), round(b3_f1::numeric, 4) FROM clientele.evaluate('tiny', 'who')$$,
    $$VALUES (6::bigint, 3::bigint, 2::bigint, 2::bigint, 1::float8, 0.6667, 0.8, 0.9091)$$, 'evaluate: labels of records');
SELECT results_eq($$SELECT records, true_pairs, found_pairs, right_pairs, precision, recall, b3_f1 FROM clientele.evaluate('tiny', 'pair_label')$$,
    $$VALUES (6::bigint, 4::bigint, 2::bigint, 2::bigint, 1::float8, 0.5::float8, NULL::float8)$$, 'evaluate: labels of pairs');
-- pairs that nothing more is said of are all the true ones: 1-2 and 3-4 joined, 2-6 missed; 1-3 and 5-6 would be wrong
CREATE TABLE true_pair (left_key int, right_key int);
INSERT INTO true_pair VALUES (2, 1), (3, 4), (2, 6);
SELECT results_eq($$SELECT records, true_pairs, found_pairs, right_pairs, precision, round(recall::numeric, 4) FROM clientele.evaluate('tiny', 'true_pair')$$,
    $$VALUES (6::bigint, 3::bigint, 2::bigint, 2::bigint, 1::float8, 0.6667)$$, 'evaluate: all true pairs');
SELECT results_eq($$SELECT threshold, true_pairs, found_pairs, right_pairs FROM clientele.evaluate_thresholds('tiny', 'true_pair', '{0.1, 0.5, 0.9}')$$,
    $$VALUES (0.1::float8, 3::bigint, 4::bigint, 2::bigint), (0.5, 3, 3, 2), (0.9, 3, 1, 1)$$, 'thresholds against all true pairs');
SELECT results_eq($$SELECT true_pairs, found FROM clientele.evaluate_blocking('tiny', 'true_pair')$$, $$VALUES (3::bigint, 2::bigint), (3, 2)$$, 'and blocking');
INSERT INTO true_pair VALUES (1, 2), (2, 1), (4, 3), (5, 5);
SELECT results_eq($$SELECT true_pairs, found_pairs, right_pairs, precision FROM clientele.evaluate('tiny', 'true_pair')$$,
    $$VALUES (3::bigint, 2::bigint, 2::bigint, 1::float8)$$, 'a pair counts once, however often and whichever way round it is listed; a record is no pair');
SELECT results_eq($$SELECT true_pairs, right_pairs FROM clientele.evaluate_thresholds('tiny', 'true_pair', '{0.5}')$$, $$VALUES (3::bigint, 2::bigint)$$, 'at thresholds, too');
ALTER TABLE true_pair ADD score real;
SELECT throws_ok($$SELECT clientele.evaluate('tiny', 'true_pair')$$, '22023', NULL, 'a number beside the pairs may be a label');
ALTER TABLE true_pair DROP score, ADD note text;
SELECT lives_ok($$SELECT clientele.evaluate('tiny', 'true_pair')$$, 'a note is none');
ALTER TABLE true_pair ADD match boolean;
SELECT throws_ok($$SELECT clientele.evaluate('tiny', 'true_pair')$$, '22023', 'table "public.true_pair" has pairs and no column "is_match"', 'a label by another name is not overlooked');

-- estimates: sums of the probabilities, by hand; two and a half pairs kept, and what the rules are estimated to miss
UPDATE clientele.linkage_model SET parameters = parameters || '{"matches": 2.5, "recall": 0.8}' WHERE name = 'tiny';
SELECT results_eq($$SELECT threshold, pairs, round(expected_right::numeric, 4), round(expected_wrong::numeric, 4), round(expected_missed::numeric, 4), round(false_discovery_rate::numeric, 4), round(miss_rate::numeric, 4)
    FROM clientele.estimate_quality('tiny', '{0.5, 0.9, 0.99}')$$,
    -- expected in all: max(0.97 + 0.8 + 0.5 + 0.2 + 0.03, 2.5) / 0.8 = 3.125
    $$VALUES (0.5::float8, 3::bigint, 2.27, 0.73, 0.855, round(0.73 / 3, 4), round(0.855 / 3.125, 4)), (0.9, 1, 0.97, 0.03, 2.155, 0.03, round(2.155 / 3.125, 4)), (0.99, 0, 0, 0, 3.125, NULL, 1)$$,
    'estimate_quality');

-- blocking: every rule's pairs by brute force
SELECT results_eq($$SELECT keys, true_pairs, found, new, round(recall::numeric, 4), round(total_recall::numeric, 4) FROM clientele.evaluate_blocking('tiny', 'who')$$,
    $$VALUES ('name', 3::bigint, 2::bigint, 2::bigint, 0.6667, 0.6667), ('born.year', 3, 2, 0, 0.6667, 0.6667)$$, 'blocking against labels of records');
SELECT results_eq($$SELECT true_pairs, found FROM clientele.evaluate_blocking('tiny', 'pair_label')$$, $$VALUES (4::bigint, 2::bigint), (4, 2)$$, 'and of pairs');
CREATE TABLE crowd (id text PRIMARY KEY, first_name text, last_name text, city text, born date, truth int);
INSERT INTO crowd SELECT 'k' || g, (ARRAY['Marko', 'Ana', 'Jelena', 'Petar', 'Milica'])[1 + t % 5], 'Prezime' || CASE WHEN g % 4 = 0 THEN g ELSE t END % 161, 'Grad ' || t % 7, date '1950-01-01' + (t * 37 % 9000), t
FROM (SELECT g, g % 300 AS t FROM generate_series(1, 700) g) x;
SELECT clientele.create_model('crowd', 'crowd', '{"comparisons": [{"kind": "levels", "columns": ["first_name"], "levels": [{"exact": true}]}, {"kind": "levels", "columns": ["last_name"], "levels": [{"exact": true}]}, {"kind": "levels", "columns": ["city"], "levels": [{"exact": true}]}, {"kind": "date", "columns": ["born"]}],
    "blocking": [{"keys": [{"column": "first_name"}, {"column": "last_name"}]}, {"keys": [{"column": "last_name"}]}, {"keys": [{"column": "city"}, {"column": "first_name"}]}]}');
CREATE TEMP TABLE label AS SELECT id, truth FROM crowd;
SELECT results_eq($$SELECT rule, true_pairs, found, new FROM clientele.evaluate_blocking('crowd', 'label')$$,
    $$WITH p AS (SELECT l.first_name = r.first_name AND l.last_name = r.last_name AS a, l.last_name = r.last_name AS b, l.city = r.city AND l.first_name = r.first_name AS c
                 FROM crowd l JOIN crowd r ON l.truth = r.truth AND l.id < r.id)
      SELECT 1, count(*), count(*) FILTER (WHERE a), count(*) FILTER (WHERE a) FROM p UNION ALL
      SELECT 2, count(*), count(*) FILTER (WHERE b), count(*) FILTER (WHERE b AND NOT a) FROM p UNION ALL
      SELECT 3, count(*), count(*) FILTER (WHERE c), count(*) FILTER (WHERE c AND NOT a AND NOT b) FROM p$$, 'blocking by brute force');
CALL clientele.dedupe('crowd', 'crowd');
SELECT results_eq($$SELECT threshold, true_pairs, found_pairs, right_pairs FROM clientele.evaluate_thresholds('crowd', 'label', '{0.001, 0.2, 0.5}')$$,
    $$SELECT t, (SELECT count(*) FROM crowd l JOIN crowd r ON l.truth = r.truth AND l.id < r.id), count(*) FILTER (WHERE p.match_probability >= t), count(*) FILTER (WHERE p.match_probability >= t AND l.truth = r.truth)
      FROM unnest('{0.001, 0.2, 0.5}'::float8[]) t, crowd_pair p JOIN crowd l ON l.id = p.left_key JOIN crowd r ON r.id = p.right_key GROUP BY t ORDER BY t$$, 'thresholds by brute force');

-- warnings are rows
SELECT set_eq($$SELECT code FROM clientele.model_warnings('tiny')$$, $$VALUES ('few_matches'), ('untrained_comparison')$$, 'a tiny table');
SELECT is((SELECT array_agg(comparison ORDER BY comparison) FROM clientele.model_warnings('tiny') WHERE code = 'untrained_comparison'), '{born,name}', 'which comparisons');
CREATE TABLE big_block (id int PRIMARY KEY, name text, city text);
INSERT INTO big_block SELECT g, 'name ' || md5((g % 900)::text), 'one town' FROM generate_series(1, 1000) g;
SELECT clientele.create_model('big_block', 'big_block', '{"prior": 0.9, "comparisons": [{"kind": "text", "columns": ["name"]}, {"kind": "city", "columns": ["city"], "m": [0.01, 0.3, 0.3, 0.39], "u": [0.5, 0.1, 0.1, 0.3]}], "blocking": [{"keys": [{"column": "name"}]}, {"keys": [{"column": "city"}]}]}');
CALL clientele.train('big_block');
SELECT is((SELECT count(*) FROM clientele.model_warnings('big_block') WHERE code = 'blocks_left_out' AND detail ~ '"city": 1000 records'), 1::bigint, 'blocks left out');
SELECT is((SELECT count(*) FROM clientele.model_warnings('big_block') WHERE code = 'unfit_prior'), 1::bigint, 'a prior that does not fit');
-- nobody twice, many of one name: what is found is no class of one person's records
CREATE TABLE crowded (id int PRIMARY KEY, first_name text, last_name text, email text, username text, city text);
INSERT INTO crowded SELECT g, g1, s1, lower(s1) || h % 997 || '@mail' || h % 5 || '.com', lower(left(g1, 2) || s1) || h % 89, 'Town ' || h % 6
FROM (SELECT g, abs(hashint4(g)) AS h, initcap(translate((abs(hashint4(g * 3)) % 60)::text, '0123456789', 'abcdefghij')) || 'ra' AS g1, initcap(translate((abs(hashint4(g * 5)) % 40)::text, '0123456789', 'klmnoprstu')) || 'ovic' AS s1 FROM generate_series(1, 2000) g) x;
SELECT clientele.create_model('crowded', 'crowded', '{"comparisons": [{"kind": "given_name", "columns": ["first_name"]}, {"kind": "email", "columns": ["email"]}, {"kind": "text", "columns": ["username"]}, {"kind": "city", "columns": ["city"]},
    {"kind": "surname", "columns": ["last_name"]}], "blocking": [{"keys": [{"column": "last_name"}, {"column": "city"}]}, {"keys": [{"column": "first_name"}]}], "household": false}');
CALL clientele.train('crowded');
SELECT set_eq($$SELECT code FROM clientele.model_warnings('crowded')$$, $$VALUES ('expectations_held')$$, 'expectations that were held are said, and not level by level');
CREATE TABLE odd (id int PRIMARY KEY, name text, tag text);
INSERT INTO odd SELECT g, 'name ' || md5(g::text), 'tag' || g % 2 FROM generate_series(1, 600) g;
INSERT INTO odd SELECT id + 1000, name, CASE WHEN id % 10 = 0 THEN tag ELSE 'tag' || 1 - right(tag, 1)::int END FROM odd WHERE id <= 200;
SELECT clientele.create_model('odd', 'odd', '{"prior": 0.01, "comparisons": [{"kind": "text", "columns": ["name"], "term_frequency": false, "m": [0.96, 0.01, 0.01, 0.005, 0.005, 0.005, 0.005], "u": [0.0003, 0.0001, 0.0001, 0.0001, 0.0004, 0.001, 0.998]}, {"name": "tag", "kind": "levels", "columns": ["tag"], "levels": [{"exact": true}], "m": [0.1, 0.9], "fixed": false}], "blocking": [{"keys": [{"column": "name"}]}]}');
CALL clientele.train('odd');
SELECT set_eq($$SELECT code, level FROM clientele.model_warnings('odd') WHERE comparison = 'tag'$$, $$VALUES ('speaks_against', 1), ('not_monotone', 2)$$, 'a comparison that speaks against a match, and its order');
SELECT is((SELECT count(*) FROM clientele.model_warnings('odd') WHERE detail IS NULL OR code IS NULL), 0::bigint, 'every warning says what it is');

SELECT throws_ok($$SELECT * FROM clientele.model_warnings('none')$$, '42704', NULL, 'no such model');
SELECT throws_ok($$SELECT * FROM clientele.evaluate_thresholds('odd', 'label')$$, '55000', NULL, 'no results yet');
SELECT throws_ok($$SELECT * FROM clientele.estimate_quality('none')$$, '42704', NULL, 'estimate: no such model');
CREATE TABLE no_labels (id int);
SELECT throws_ok($$SELECT * FROM clientele.evaluate_blocking('tiny', 'no_labels')$$, '22023', NULL, 'a table without labels');
SELECT is_empty($$SELECT * FROM clientele.evaluate_blocking('tiny', 'who') WHERE recall IS NULL$$, 'recall is known');
DELETE FROM who;
SELECT is((SELECT count(*) FROM clientele.evaluate_blocking('tiny', 'who') WHERE true_pairs = 0 AND recall IS NULL), 2::bigint, 'nothing labelled, nothing known');
SELECT is((SELECT count(*) FROM clientele.evaluate_thresholds('tiny', 'who') WHERE true_pairs = 0 AND recall IS NULL), 14::bigint, 'at no threshold either');

SELECT * FROM finish();
ROLLBACK;
