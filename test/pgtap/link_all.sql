-- Linking more than two tables: columns that not all of them have, keys of several types, one record a table, and everything that reads the results.
BEGIN;
SELECT no_plan();

\ir link_people.psql
-- no telephone, no date of birth; a key that the first table has too
CREATE TABLE letter (id int PRIMARY KEY, first_name text, surname text, e_mail text, city text, subscribed timestamptz);
INSERT INTO letter SELECT id - 100, first_name, last_name, CASE WHEN id % 2 = 0 THEN upper(email) ELSE email END, city, now() FROM crm WHERE id BETWEEN 101 AND 300;
INSERT INTO letter SELECT 1000 + p, 'Xenia' || p, 'Yq' || md5(p::text), 'xx' || p || '@foo.rs', 'Grad ' || p % 30, now() FROM generate_series(51, 100) p;

SELECT lives_ok($$CALL clientele.link_all('{crm,shop,letter}', 'all_three')$$, 'three tables that were never seen');
SELECT columns_are('all_three_person', ARRAY['source', 'record_key', 'person_id'], 'which table a record is in comes first');
SELECT columns_are('all_three_pair', ARRAY['left_source', 'left_key', 'right_source', 'right_key', 'match_weight', 'match_probability', 'comparison_vector', 'blocking_rules', 'model_version'],
                   'and before each key of a pair');
SELECT col_is_pk('all_three_pair', ARRAY['left_key', 'right_key', 'left_source', 'right_source']);
SELECT is((SELECT array_agg(DISTINCT source::text || ' ' || n ORDER BY source::text || ' ' || n) FROM (SELECT source, count(*) AS n FROM all_three_person GROUP BY source) x),
          ARRAY['crm 400', 'letter 250', 'shop 300'], 'each record of all tables has a person');
SELECT is_empty($$SELECT FROM all_three_pair WHERE left_source = right_source$$, 'pairs go across');
SELECT is((SELECT count(DISTINCT (left_source, right_source)) FROM all_three_pair), 3::bigint, 'between each two tables');
SELECT set_eq($$SELECT c ->> 'kind' AS kind, c -> 'columns_of' AS columns FROM clientele.linkage_model, jsonb_array_elements(settings -> 'comparisons') c$$,
    $$VALUES ('given_name', '[["first_name"], ["vorname"], ["first_name"]]'::jsonb), ('surname', '[["last_name"], ["nachname"], ["surname"]]'), ('email', '[["email"], ["mail"], ["e_mail"]]'),
             ('phone', '[["phone"], ["telefon"], null]'), ('date', '[["birth_date"], ["geburtsdatum"], null]'), ('city', '[["city"], ["ort"], ["city"]]')$$,
    'columns are matched by meaning, those that a table has not left open');
CREATE TABLE labels AS SELECT 'crm'::regclass AS source, id::text AS key, id::text AS who FROM crm
UNION ALL SELECT 'shop', customer_no, CASE WHEN customer_no ~ '^S' THEN substr(customer_no, 2) ELSE customer_no END FROM shop
UNION ALL SELECT 'letter', id::text, CASE WHEN id < 1000 THEN (id + 100)::text ELSE 'X' || id - 1000 END FROM letter;
SELECT cmp_ok((SELECT f1 FROM clientele.evaluate('all_three', 'labels')), '>=', 0.99::float8, 'evaluate');
SELECT is((SELECT records FROM clientele.evaluate('all_three', 'labels')), 950::bigint, 'evaluate: all records');
SELECT is((SELECT true_pairs FROM clientele.evaluate_thresholds('all_three', 'labels', '{0.5}')), 550::bigint, 'evaluate_thresholds: the true pairs across');
SELECT cmp_ok((SELECT recall FROM clientele.evaluate_thresholds('all_three', 'labels', '{0.5}')), '>=', 0.98::float8, 'and found');
SELECT is((SELECT true_pairs FROM clientele.evaluate_blocking('all_three', 'labels') LIMIT 1), 550::bigint, 'evaluate_blocking: the same');
SELECT cmp_ok((SELECT max(total_recall) FROM clientele.evaluate_blocking('all_three', 'labels')), '>=', 0.99::float8, 'and made');
CREATE TABLE pair_labels AS SELECT a.source AS left_source, a.key AS left_key, b.source AS right_source, b.key AS right_key, a.who = b.who AS is_match
FROM labels a JOIN labels b ON a.source < b.source AND (a.who = b.who OR a.who = b.who || '0');
SELECT is((SELECT true_pairs FROM clientele.evaluate('all_three', 'pair_labels')), 550::bigint, 'evaluate: labelled pairs');
SELECT results_eq($$SELECT true_pairs, right_pairs FROM clientele.evaluate_thresholds('all_three', 'pair_labels', '{0.5}')$$,
                  $$SELECT true_pairs, right_pairs FROM clientele.evaluate_thresholds('all_three', 'labels', '{0.5}')$$, 'evaluate_thresholds: labelled pairs');
SELECT is((SELECT sum(new) FROM clientele.evaluate_blocking('all_three', 'pair_labels')), (SELECT sum(new) FROM clientele.evaluate_blocking('all_three', 'labels')), 'evaluate_blocking: labelled pairs');
SELECT throws_ok($$SELECT clientele.evaluate('all_three', 'x') FROM (SELECT 1) y$$, '42P01', NULL, 'no labels');
CREATE TABLE bad_labels AS SELECT left_key, right_key, is_match FROM pair_labels;
SELECT throws_ok($$SELECT clientele.evaluate('all_three', 'bad_labels')$$, '22023', NULL, 'pairs that do not say their tables');
SELECT isnt_empty($$SELECT * FROM clientele.estimate_quality('all_three')$$, 'estimate_quality');
SELECT isnt_empty($$SELECT * FROM clientele.blocking_report('all_three')$$, 'blocking_report');
SELECT is((SELECT count(DISTINCT comparison) FROM clientele.model_parameters('all_three')), 6::bigint, 'model_parameters');

-- the golden record has the columns of all
SELECT columns_are('all_three_golden', ARRAY['person_id', 'record_count', 'first_name', 'last_name', 'email', 'phone', 'birth_date', 'street', 'city', 'points', 'subscribed'], 'columns of all');
SELECT is((SELECT (g.email, g.points, g.record_count, g.subscribed IS NOT NULL)::text FROM all_three_golden g JOIN all_three_person p USING (person_id) WHERE p.record_key = 'S250'),
          '(p250@example.rs,250,3,t)', 'values of all');

-- again, and step by step, the same
CREATE TEMP TABLE before AS SELECT * FROM all_three_person;
CALL clientele.link_all('{crm,shop,letter}', 'all_three');
SELECT bag_eq('SELECT * FROM all_three_person', 'SELECT * FROM before', 'numbers are kept');
CALL clientele.train('all_three');
CALL clientele.resolve('all_three');
SELECT bag_eq('SELECT * FROM all_three_person', 'SELECT * FROM before', 'train and resolve know of all tables');
CALL clientele.link_all('{letter,shop,crm}', 'other_way');
SELECT set_eq($$SELECT array_agg(source::text || record_key ORDER BY source::text, record_key) FROM other_way_person GROUP BY person_id$$,
              $$SELECT array_agg(source::text || record_key ORDER BY source::text, record_key) FROM all_three_person GROUP BY person_id$$, 'the order of the tables changes nothing');

-- explain and stewards say which table
SELECT is((SELECT round(total::numeric, 4) FROM clientele.explain('all_three', 'S301'::text, '301'::text, 'shop', 'crm') WHERE comparison = '(household)'),
          (SELECT round(match_weight::numeric, 4) FROM all_three_pair WHERE (left_key, right_key) = ('301', 'S301')), 'explain');
SELECT isnt_empty($$SELECT * FROM clientele.explain('all_three', '301'::text, 'S301'::text)$$, 'explain: keys that one table has');
SELECT throws_ok($$SELECT * FROM clientele.explain('all_three', '150'::text, 'S301'::text)$$, '42P08', NULL, 'explain: a key that two tables have');
SELECT throws_ok($$SELECT * FROM clientele.explain('all_three', '150'::text, 'S301'::text, 'labels')$$, '22023', NULL, 'explain: a table that the model has not');
SELECT throws_ok($$SELECT * FROM clientele.explain('all_three', '150'::text, 'S301'::text, 'shop')$$, 'P0002', NULL, 'explain: a table that has no such key');
SELECT throws_ok($$SELECT clientele.merge('all_three', '150', 'X1')$$, '42P08', NULL, 'merge: a key that two tables have');
SELECT lives_ok($$SELECT clientele.merge('all_three', '10', 'X1', 'bought as a guest', 'crm')$$, 'merge');
SELECT results_eq($$SELECT left_source::text, left_key, right_source::text, right_key, reason FROM clientele.explain_path('all_three', '10', 'X1', 'crm')$$,
                  $$VALUES ('crm', '10', 'shop', 'X1', 'bought as a guest')$$, 'explain_path');
SELECT is((SELECT count(*) FROM clientele.explain_path('all_three', 'S250', '150', 'shop', 'letter')), 1::bigint, 'explain_path by evidence');
SELECT lives_ok($$SELECT clientele.assert_different('all_three', '302', 'S302'), clientele.unmerge('all_three', '160', 'no', 'letter')$$, 'assert_different, unmerge');
CREATE TEMP TABLE decided AS SELECT * FROM all_three_person;
CALL clientele.resolve('all_three');
SELECT bag_eq('SELECT * FROM all_three_person', 'SELECT * FROM decided', 'decisions are remembered');
SELECT is((SELECT why FROM clientele.review_queue('all_three') WHERE (left_key, right_key) = ('302', 'S302')), NULL, 'and not asked again');
UPDATE all_three_person SET person_id = 90000 WHERE record_key = 'S305';
SELECT is((SELECT left_source::text || ' ' || right_source || ': ' || why FROM clientele.review_queue('all_three') WHERE (left_key, right_key) = ('305', 'S305')), 'crm shop: held apart', 'review_queue');
SELECT lives_ok($$SELECT clientele.undo_decision('all_three', d.decision) FROM (SELECT DISTINCT decision FROM clientele.decisions('all_three') WHERE reason = 'no') d$$, 'undo_decision');
SELECT is_empty($$SELECT * FROM clientele.search('all_three', '{}')$$, 'search knows such models (search_several.sql)');

-- one to one: at most one record a table
CREATE TABLE a (id int PRIMARY KEY, first_name text, last_name text, birth_date date, email text);
CREATE TABLE b (LIKE a INCLUDING ALL);
CREATE TABLE c (LIKE a INCLUDING ALL);
INSERT INTO a SELECT i, 'Name' || md5(i::text), 'Sur' || md5('s' || i), date '1950-01-01' + i * 31, md5('e' || i) || '@example.org' FROM generate_series(1, 200) i;
INSERT INTO b SELECT * FROM a WHERE id <= 100;
INSERT INTO c SELECT * FROM a WHERE id BETWEEN 51 AND 150;
-- 60 twice in b, the second with another e-mail; 70 twice in b, exactly alike; 80 twice in c and in b, exactly alike
INSERT INTO b SELECT 1060, first_name, last_name, birth_date, 'other@example.org' FROM a WHERE id = 60;
INSERT INTO b SELECT 1000 + id, first_name, last_name, birth_date, email FROM a WHERE id IN (70, 80);
INSERT INTO c SELECT 1000 + id, first_name, last_name, birth_date, email FROM a WHERE id = 80;
CALL clientele.link_all('{a,b,c}', 'abc', true);
CREATE VIEW one_person AS SELECT array_agg(source::text || record_key ORDER BY source::text, record_key) AS records FROM abc_person GROUP BY person_id;
SELECT col_type_is('abc_person', 'record_key', 'integer', 'keys of one type keep it');
SELECT is_empty($$SELECT person_id FROM abc_person GROUP BY person_id, source HAVING count(*) > 1$$, 'at most one record a table');
SELECT is((SELECT count(*) FROM one_person WHERE cardinality(records) = 3), 48::bigint, 'who is in all three is one, but for the doubtful two');
SELECT is((SELECT records FROM one_person WHERE 'b60' = ANY (records)), '{a60,b60,c60}', 'the better of two');
SELECT is((SELECT records FROM one_person WHERE 'b1060' = ANY (records)), '{b1060}', 'and the other one alone');
SELECT is((SELECT records FROM one_person WHERE 'a70' = ANY (records)), '{a70,c70}', 'of two equally good ones none');
SELECT is((SELECT records FROM one_person WHERE 'a80' = ANY (records)), '{a80}', 'nor of two and two');
CREATE TEMP TABLE one_way AS SELECT * FROM one_person;
CALL clientele.link_all('{c,a,b}', 'abc2', true);
SELECT set_eq($$SELECT array_agg(source::text || record_key ORDER BY source::text, record_key) FROM abc2_person GROUP BY person_id$$, 'SELECT records FROM one_way', 'whichever table comes first');
SELECT lives_ok($$SELECT clientele.merge('abc', 70, 70, 'said so', 'a', 'b'), clientele.assert_different('abc', 55, 55, 'said so', 'b', 'c')$$, 'decisions');
CALL clientele.resolve('abc');
SELECT is((SELECT records FROM one_person WHERE 'a70' = ANY (records)), '{a70,b70,c70}', 'what is decided counts');
SELECT is((SELECT records @> '{b55}' AND records @> '{c55}' FROM one_person WHERE 'a55' = ANY (records)), false, 'also against a join by way of a third');
SELECT lives_ok($$SELECT clientele.merge('abc', 101, 102, 'both in a', 'a', 'a')$$, 'two of one table');
CALL clientele.resolve('abc');
SELECT is((SELECT count(*) FROM one_person WHERE records @> '{a101,a102}'), 1::bigint, 'what is decided stands above one to one');
CALL clientele.link_all('{a,b,c}', 'abc', false);
SELECT is((SELECT records FROM one_person WHERE 'a80' = ANY (records)), '{a80,b80,b1080,c80,c1080}', 'without it all of them');

-- settings of one's own
SELECT lives_ok($q$SELECT clientele.create_link_all_model('own', '{crm,shop,letter}', '{"comparisons": [
    {"kind": "email", "columns": ["email"], "columns_of": [["email"], ["mail"], ["e_mail"]]},
    {"kind": "phone", "columns": ["tel"], "columns_of": [["phone"], ["telefon"], null]},
    {"kind": "surname", "columns": ["last_name"], "columns_of": [["last_name"], ["nachname"], ["surname"]]}],
    "blocking": [{"keys": [{"column": "email"}]}, {"keys": [{"column": "tel", "form": "tail"}]}]}')$q$, 'columns named for all');
SELECT lives_ok($$CALL clientele.resolve('own')$$, 'and used');
SELECT is((SELECT array_agg(keys ORDER BY rule) FROM clientele.blocking_report('own')), '{email,tel.tail}', 'the model calls columns by its own names');
SELECT cmp_ok((SELECT f1 FROM clientele.evaluate('own', 'labels')), '>=', 0.97::float8, 'found');
SELECT throws_ok($q$SELECT clientele.create_link_all_model('bad', '{crm,shop,letter}', '{"comparisons": [{"kind": "email", "columns": ["email"], "right_columns": ["mail"]}]}')$q$, '22023', NULL, 'right_columns is for two');
SELECT throws_ok($q$SELECT clientele.create_link_all_model('bad', '{crm,shop,letter}', '{"comparisons": [{"kind": "email", "columns": ["email"], "columns_of": [["email"], ["mail"]]}]}')$q$, '22023', NULL, 'a list for each table');
SELECT throws_ok($q$SELECT clientele.create_link_all_model('bad', '{crm,shop,letter}', '{"comparisons": [{"kind": "email", "columns": ["email"], "columns_of": [null, null, null]}]}')$q$, '22023', NULL, 'a column that no table has');
SELECT throws_ok($q$SELECT clientele.create_link_all_model('bad', '{crm,shop,letter}', '{"comparisons": [{"kind": "email", "columns": ["email"], "columns_of": [["nope"], null, null]}]}')$q$, '42703', NULL, 'nor one that is not there');

-- matching columns
SELECT is(clientele.link_settings(ARRAY['{"comparisons": [{"kind": "phone", "columns": ["home"]}]}', '{"comparisons": [{"kind": "phone", "columns": ["mobile"]}, {"kind": "phone", "columns": ["home"]}]}',
                                        '{"comparisons": [{"kind": "phone", "columns": ["mobile"]}]}']::jsonb[]) #> '{comparisons}',
          '[{"kind": "phone", "columns": ["home"], "columns_of": [["home"], ["home"], null]}, {"kind": "phone", "columns": ["mobile"], "columns_of": [null, ["mobile"], ["mobile"]]}]',
          'of one name together, and what the first table has not');
SELECT is(clientele.link_settings(ARRAY['{"comparisons": [{"kind": "phone", "columns": ["x"]}, {"kind": "email", "columns": ["mail"]}]}', '{"comparisons": [{"kind": "city", "columns": ["mail"]}, {"kind": "email", "columns": ["y"]}]}',
                                        '{"comparisons": [{"kind": "city", "columns": ["town"]}]}']::jsonb[]) #> '{comparisons,1,columns}', '["mail (2)"]', 'a name that is taken gets the number of its table');
SELECT is(clientele.link_settings(ARRAY['{"comparisons": [{"name": "address", "kind": "address", "parts": ["street", "city"], "columns": ["s", "c"]}]}',
                                        '{"comparisons": [{"kind": "address", "parts": ["city", "street", "postcode"], "columns": ["x", "y", "z"]}]}',
                                        '{"comparisons": [{"kind": "city", "columns": ["town"]}]}', '{"comparisons": [{"kind": "email", "columns": ["e"]}]}']::jsonb[]) -> 'comparisons',
          '[{"kind": "address", "name": "address", "parts": ["street", "city"], "columns": ["s", "c"], "columns_of": [["s", "c"], ["y", "x"], [null, "town"], null]}]',
          'parts of an address that some tables have');

-- errors, small and empty tables
CREATE TABLE nobody (LIKE a INCLUDING ALL);
SELECT lives_ok($$CALL clientele.link_all('{nobody,a,b}', 'first_empty')$$, 'an empty first table');
SELECT lives_ok($$CALL clientele.link_all('{a,nobody,b}', 'second_empty', true)$$, 'an empty second table');
SELECT lives_ok($$CALL clientele.link_all('{a,b}', 'two', true)$$, 'two tables');
SELECT columns_are('two_pair', ARRAY['left_key', 'right_key', 'match_weight', 'match_probability', 'comparison_vector', 'blocking_rules', 'model_version'], 'are as link leaves them');
SELECT lives_ok($$CALL clientele.link('a', 'b', 'two', true)$$, 'and link knows the model');
SELECT throws_ok($$CALL clientele.link_all('{a}', 'n')$$, '22023', NULL, 'one table');
SELECT throws_ok($$CALL clientele.link_all('{}', 'n')$$, '22023', NULL, 'none');
SELECT throws_ok($$CALL clientele.link_all('{a,b,a}', 'n')$$, '22023', NULL, 'a table twice');
SELECT throws_ok($$CALL clientele.link_all('{a,NULL}', 'n')$$, '22004', NULL, 'NULL for a table');
SELECT throws_ok($$CALL clientele.link_all(NULL, 'n')$$, '22004', NULL, 'no tables');
SELECT throws_ok($$CALL clientele.link_all('{a,b}', NULL)$$, '22004', NULL, 'no name');
SELECT throws_ok($$CALL clientele.link_all('{a,b}', 'n', NULL)$$, '22004', NULL, 'one to one or not');
SELECT throws_ok($$CALL clientele.link_all('{a,c,b}', 'abc')$$, '42710', NULL, 'a model has its tables');
SELECT throws_ok($$CALL clientele.link_all(array_fill('a'::regclass, ARRAY[17]), 'n')$$, '22023', NULL, 'too many of one');

SELECT * FROM finish();
ROLLBACK;
