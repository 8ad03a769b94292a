-- Linking two tables: columns of other names, keys of other types, clusters and one to one, and everything that reads the results.
BEGIN;
SELECT no_plan();

\ir link_people.psql

SELECT lives_ok($$CALL clientele.link('crm', 'shop', 'both')$$, 'two tables that were never seen');
SELECT columns_are('both_person', ARRAY['source', 'record_key', 'person_id'], 'which table a record is in comes first');
SELECT col_type_is('both_person', 'source', 'regclass', 'as a table');
SELECT col_type_is('both_person', 'record_key', 'text', 'keys of two types are text');
SELECT col_is_pk('both_person', ARRAY['record_key', 'source']);
SELECT is((SELECT array_agg(DISTINCT source::text || ' ' || n ORDER BY source::text || ' ' || n) FROM (SELECT source, count(*) AS n FROM both_person GROUP BY source) x),
          ARRAY['crm 400', 'shop 300'], 'each record of both tables has a person');
SELECT is_empty($$SELECT FROM both_pair p LEFT JOIN crm ON crm.id::text = p.left_key LEFT JOIN shop ON customer_no = p.right_key WHERE id IS NULL OR customer_no IS NULL$$,
                'pairs go from the left table to the right one');
SELECT cmp_ok((SELECT count(*) FROM both_person a JOIN both_person b USING (person_id)
               WHERE a.source = 'crm'::regclass AND b.source = 'shop'::regclass AND b.record_key = 'S' || a.record_key), '>=', 199::bigint, 'who buys is found');
SELECT is((SELECT count(DISTINCT person_id) FROM both_person), 500::bigint, 'and nobody else');
SELECT set_eq($$SELECT c ->> 'kind' AS kind, c #>> '{columns,0}' AS l, c #>> '{right_columns,0}' AS r FROM clientele.linkage_model, jsonb_array_elements(settings -> 'comparisons') c$$,
    $$VALUES ('given_name', 'first_name', 'vorname'), ('surname', 'last_name', 'nachname'), ('email', 'email', 'mail'), ('phone', 'phone', 'telefon'),
             ('date', 'birth_date', 'geburtsdatum'), ('city', 'city', 'ort')$$, 'columns are matched by meaning');

-- the golden record has the columns of both
SELECT columns_are('both_golden', ARRAY['person_id', 'record_count', 'first_name', 'last_name', 'email', 'phone', 'birth_date', 'street', 'city', 'points'], 'columns of both');
SELECT is((SELECT (g.email, g.points, g.record_count)::text FROM both_golden g JOIN both_person p USING (person_id) WHERE p.record_key = 'S302'), '(p302@example.rs,302,2)', 'values of both');
SELECT is((SELECT count(*) FROM both_golden), 500::bigint, 'one row a person');

-- again, and step by step, the same
CREATE TEMP TABLE before AS SELECT * FROM both_person;
CALL clientele.link('crm', 'shop', 'both');
SELECT bag_eq('SELECT * FROM both_person', 'SELECT * FROM before', 'numbers are kept');
CALL clientele.train('both');
CALL clientele.resolve('both');
SELECT bag_eq('SELECT * FROM both_person', 'SELECT * FROM before', 'train and resolve know of both tables');
SELECT cmp_ok((SELECT sum(pairs) FROM clientele.blocking_report('both')), '<=', 120000::numeric, 'pairs are made across only');
SELECT is((SELECT count(DISTINCT comparison) FROM clientele.model_parameters('both')), 6::bigint, 'model_parameters');
SELECT is((SELECT round(total::numeric, 4) FROM clientele.explain('both', 301, 'S301'::text) WHERE comparison = '(household)'),
          (SELECT round(match_weight::numeric, 4) FROM both_pair WHERE (left_key, right_key) = ('301', 'S301')), 'explain: the left key and the right one');
SELECT throws_ok($$SELECT * FROM clientele.explain('both', 'S301', '301')$$, 'P0002', NULL, 'explain: not the other way round');
CREATE TABLE labels AS SELECT 'crm'::regclass AS source, id::text AS key, id::text AS who FROM crm
UNION ALL SELECT 'shop', customer_no, CASE WHEN customer_no ~ '^S' THEN substr(customer_no, 2) ELSE customer_no END FROM shop;
SELECT cmp_ok((SELECT f1 FROM clientele.evaluate('both', 'labels')), '>=', 0.99::float8, 'evaluate');
SELECT is((SELECT records FROM clientele.evaluate('both', 'labels')), 700::bigint, 'evaluate: all records');

-- stewards
SELECT is(clientele.merge('both', '1', 'X1', 'bought as a guest'), (SELECT person_id FROM both_person WHERE record_key = '1'), 'merge: left and right');
SELECT lives_ok($$SELECT clientele.unmerge('both', 'S300', 'no'), clientele.assert_different('both', '302', 'S302')$$, 'unmerge, assert_different');
SELECT results_eq($$SELECT left_key, right_key, reason FROM clientele.explain_path('both', '1', 'X1')$$, $$VALUES ('1', 'X1', 'bought as a guest')$$, 'explain_path');
CREATE TEMP TABLE decided AS SELECT * FROM both_person;
CALL clientele.resolve('both');
SELECT bag_eq('SELECT * FROM both_person', 'SELECT * FROM decided', 'decisions are remembered');
SELECT is((SELECT why FROM clientele.review_queue('both') WHERE (left_key, right_key) = ('302', 'S302')), NULL, 'and not asked again');
UPDATE both_person SET person_id = 90000 WHERE record_key = 'S305';
SELECT is((SELECT why FROM clientele.review_queue('both') WHERE (left_key, right_key) = ('305', 'S305')), 'held apart', 'review_queue');
CALL clientele.link('crm', 'shop', 'both', one_to_one => true);
SELECT is((SELECT count(*) FROM both_person a JOIN both_person b USING (person_id) WHERE (a.record_key, b.record_key) IN (('1', 'X1'), ('300', 'S300'), ('302', 'S302'))), 1::bigint,
          'one to one keeps to decisions');

-- one to one: the best assignment, nobody twice, ties cut
CREATE TABLE a (id int PRIMARY KEY, first_name text, last_name text, birth_date date, email text);
CREATE TABLE b (id int PRIMARY KEY, first_name text, last_name text, birth_date date, email text);
INSERT INTO a SELECT i, 'Name' || md5(i::text), 'Sur' || md5('s' || i), date '1950-01-01' + i * 31, md5('e' || i) || '@example.org' FROM generate_series(1, 200) i;
INSERT INTO b SELECT * FROM a WHERE id <= 100;
-- 1 twice in b, the second with another e-mail; 2 twice in b, exactly alike
INSERT INTO b SELECT 1001, first_name, last_name, birth_date, 'other@example.org' FROM a WHERE id = 1;
INSERT INTO b SELECT 1002, first_name, last_name, birth_date, email FROM a WHERE id = 2;
CALL clientele.link('a', 'b', 'ab', true);
SELECT col_type_is('ab_person', 'record_key', 'integer', 'keys of one type keep it');
SELECT is_empty($$SELECT person_id FROM ab_person GROUP BY person_id, source HAVING count(*) > 1$$, 'at most one record a table');
SELECT is((SELECT array_agg(y.record_key) FROM ab_person x JOIN ab_person y USING (person_id) WHERE x.source = 'a'::regclass AND x.record_key = 1 AND y.source = 'b'::regclass), '{1}', 'the better of two');
SELECT is((SELECT count(*) FROM ab_person x JOIN ab_person y USING (person_id) WHERE x.source = 'a'::regclass AND x.record_key = 2), 1::bigint, 'of two equally good ones none');
SELECT is((SELECT count(*) FROM ab_person x JOIN ab_person y USING (person_id, record_key) WHERE x.source = 'a'::regclass AND y.source = 'b'::regclass), 99::bigint, 'and everybody else his own');
SELECT throws_ok($$SELECT clientele.unmerge('ab', 1)$$, '42P08', NULL, 'a key that both tables have');
SELECT lives_ok($$SELECT clientele.unmerge('ab', 1, 'no', 'b')$$, 'with its table');
SELECT lives_ok($$SELECT clientele.merge('ab', 101, 1, 'left 101, right 1')$$, 'merge takes the left and the right one');
SELECT is((SELECT count(*) FROM ab_person x JOIN ab_person y USING (person_id) WHERE x.record_key = 101 AND x.source = 'a'::regclass AND y.record_key = 1 AND y.source = 'b'::regclass), 1::bigint, 'these two');
SELECT lives_ok($$SELECT clientele.merge('ab', 102, 103, 'both left', 'a', 'a')$$, 'or two of one table');
SELECT lives_ok($$CALL clientele.resolve('ab')$$, 'resolve knows that it is one to one');
SELECT is((SELECT count(*) FROM ab_person x JOIN ab_person y USING (person_id) WHERE (x.record_key, y.record_key) IN ((101, 1), (102, 103)) AND x.source = 'a'::regclass AND y.source = CASE WHEN y.record_key = 1 THEN 'b'::regclass ELSE 'a' END), 2::bigint,
          'what is decided stands above one to one');
CALL clientele.link('a', 'b', 'ab', false);
SELECT is((SELECT count(DISTINCT y.record_key) FROM ab_person x JOIN ab_person y USING (person_id) WHERE x.source = 'a'::regclass AND x.record_key = 2 AND y.source = 'b'::regclass), 2::bigint, 'without it both');

-- settings of one's own
SELECT lives_ok($q$SELECT clientele.create_link_model('own', 'crm', 'shop', '{"comparisons": [
    {"kind": "email", "columns": ["email"], "right_columns": ["mail"]}, {"kind": "phone", "columns": ["phone"], "right_columns": ["telefon"]},
    {"kind": "surname", "columns": ["last_name"], "right_columns": ["nachname"]}], "threshold": 0.9}')$q$, 'columns named for both');
SELECT lives_ok($$CALL clientele.resolve('own')$$, 'and used');
SELECT cmp_ok((SELECT count(*) FROM own_person a JOIN own_person b USING (person_id) WHERE b.record_key = 'S' || a.record_key), '>=', 195::bigint, 'found');
SELECT throws_ok($q$SELECT clientele.create_link_model('bad', 'crm', 'shop', '{"comparisons": [{"kind": "email", "columns": ["email"]}]}')$q$, '42703', NULL, 'a column that only one table has');
SELECT throws_ok($q$SELECT clientele.create_model('bad', 'crm', '{"comparisons": [{"kind": "email", "columns": ["email"]}], "one_to_one": true}')$q$, '22023', NULL, 'one to one with nobody');
SELECT throws_ok($$SELECT clientele.create_link_model('own', 'crm', 'shop')$$, '42710', NULL, 'a name that is taken');
SELECT is(clientele.link_settings('{"comparisons": [{"kind": "address", "parts": ["street", "city"], "columns": ["s", "c"]}]}',
                                  '{"comparisons": [{"kind": "address", "parts": ["city", "street", "postcode"], "columns": ["x", "y", "z"]}]}') #> '{comparisons,0,right_columns}',
          '["y", "x"]', 'the parts of an address that both have');
SELECT is(clientele.link_settings('{"comparisons": [{"kind": "phone", "columns": ["b"]}, {"kind": "phone", "columns": ["a"]}]}',
                                  '{"comparisons": [{"kind": "phone", "columns": ["c"]}, {"kind": "phone", "columns": ["B"]}]}') #> '{comparisons,0,right_columns}',
          '["B"]', 'of two alike the one of that name');
SELECT throws_ok($$SELECT clientele.link_settings('{"comparisons": [{"kind": "phone", "columns": ["a"]}]}', '{"comparisons": [{"kind": "email", "columns": ["a"]}]}')$$, '22000', NULL, 'nothing in common');

-- small and empty tables, errors
CREATE TABLE nobody (LIKE a INCLUDING ALL);
SELECT lives_ok($$CALL clientele.link('nobody', 'b', 'none_left')$$, 'an empty left table');
SELECT lives_ok($$CALL clientele.link('a', 'nobody', 'none_right', true)$$, 'an empty right table');
SELECT is((SELECT count(DISTINCT person_id) FROM none_right_person), 200::bigint, 'everybody alone');
SELECT throws_ok($$CALL clientele.link('a', 'a', 'self')$$, '22023', NULL, 'a table with itself');
SELECT throws_ok($$CALL clientele.link(NULL, 'a', 'n')$$, '22004', NULL, 'no left table');
SELECT throws_ok($$CALL clientele.link('a', NULL, 'n')$$, '22004', NULL, 'no right table');
SELECT throws_ok($$CALL clientele.link('a', 'b', NULL)$$, '22004', NULL, 'no name');
SELECT throws_ok($$CALL clientele.link('a', 'b', 'n', NULL)$$, '22004', NULL, 'one to one or not');
SELECT throws_ok($$CALL clientele.link('a', 'crm', 'ab')$$, '42710', NULL, 'a model has two tables');
SELECT throws_ok($$CALL clientele.dedupe('a', 'ab')$$, '42710', NULL, 'dedupe does not take a model of two');
SELECT throws_ok($$CALL clientele.link('a', 4294967295::regclass, 'n')$$, '42P01', NULL, 'a table that is not there');
CREATE ROLE link_reader;
GRANT USAGE ON SCHEMA clientele, tap, public TO link_reader;
GRANT SELECT ON a TO link_reader;
SET LOCAL ROLE link_reader;
SELECT throws_ok($$CALL clientele.link('a', 'b', 'theirs')$$, '42501', NULL, 'who may not read the right table may not link');
RESET ROLE;
DROP VIEW none_right_golden;
DROP VIEW none_left_golden;
DROP TABLE nobody;
SELECT throws_ok($$CALL clientele.resolve('none_right')$$, '42P01', NULL, 'a right table that was dropped');

SELECT * FROM finish();
ROLLBACK;
