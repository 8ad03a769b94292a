-- linkage_record and the aggregates over it for models of several tables: the edges and persons of link and link_all, under every kind of plan.
BEGIN;
SELECT no_plan();

\ir link_people.psql
-- a third table without telephones, with keys that the first one has too; some who are in no other, some who are in it twice
CREATE TABLE "letter box" (id int PRIMARY KEY, first_name text, surname text, e_mail text, city text);
INSERT INTO "letter box" SELECT id - 100, first_name, last_name, CASE WHEN id % 2 = 0 THEN upper(email) ELSE email END, city FROM crm WHERE id BETWEEN 101 AND 300;
INSERT INTO "letter box" SELECT id + 5000, first_name, surname, NULL, city FROM "letter box" WHERE id % 7 = 0;
-- brothers and sisters, who are one component and not one person; the shop's telephone is the family's
INSERT INTO crm SELECT 1000 + p * 3 + m, (ARRAY['Marko','Mirko','Mirka','Ana','Anja','Ane','Luka'])[1 + (p + m * 2) % 7], 'Porodić' || chr(97 + p % 20) || p / 20, CASE WHEN p % 3 = 0 THEN 'fam' || p || '@example.rs' END,
    '+381 11 ' || (2000000 + p * 7919), CASE WHEN (p + m) % 3 > 0 THEN date '1950-01-01' + ((p * 37 + m * 9000) % 20000) END, 'Nova ' || p % 90 || ' ' || p % 17, 'Grad ' || p % 30
FROM generate_series(1, 60) p, generate_series(0, 2) m;
INSERT INTO shop SELECT 'F' || id, CASE WHEN id % 5 = 0 THEN left(first_name, 1) || '.' ELSE first_name END, CASE WHEN id % 3 = 1 THEN overlay(last_name placing 'x' from 3 for 1) ELSE last_name END,
    email, phone, CASE WHEN id % 4 = 1 THEN to_char(birth_date, 'DD.MM.YYYY') END, city, 0 FROM crm WHERE id > 1000 AND id % 2 = 0;
INSERT INTO "letter box" SELECT id, first_name, last_name, email, city FROM crm WHERE id > 1000 AND id % 3 = 0;
CALL clientele.link('crm', 'shop', 'two');
CALL clientele.link('crm', 'shop', 'pairs', true);
CALL clientele.link_all(ARRAY['crm', 'shop', '"letter box"']::regclass[], 'three');
CALL clientele.link_all(ARRAY['crm', 'shop', '"letter box"']::regclass[], 'each', true);
SELECT clientele.assert_different('three', l.record_key, r.record_key, 'no', l.source, r.source)
FROM three_person l JOIN three_person r USING (person_id) WHERE l.source = 'crm'::regclass AND r.source = 'shop'::regclass AND l.record_key::int % 37 = 0;
SELECT clientele.merge('three', '5', '7', 'said so', 'crm', '"letter box"'), clientele.merge('three', 'X3', 'X8', 'said so', 'shop', 'shop'), clientele.merge('pairs', '3', 'X9', 'said so', 'crm', 'shop');
SELECT clientele.assert_different('each', l.record_key, r.record_key, 'no', l.source, r.source)
FROM each_person l JOIN each_person r USING (person_id) WHERE l.source = 'crm'::regclass AND r.source = 'shop'::regclass AND l.record_key::int % 41 = 0;
CALL clientele.resolve('three');
CALL clientele.resolve('pairs');
CALL clientele.resolve('each');

CREATE TABLE encoded (model text, record clientele.linkage_record, blocking_key bigint) PARTITION BY HASH (blocking_key);
CREATE TABLE encoded_0 PARTITION OF encoded FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE encoded_1 PARTITION OF encoded FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE record AS
SELECT m AS model, clientele.linkage_record(m, c) AS record FROM unnest('{two,pairs,three,each}'::text[]) m, crm c
UNION ALL SELECT m, clientele.linkage_record(m, s) FROM unnest('{two,pairs,three,each}'::text[]) m, shop s
UNION ALL SELECT m, clientele.linkage_record(m, l) FROM unnest('{three,each}'::text[]) m, "letter box" l;
INSERT INTO encoded SELECT r.model, r.record, k FROM record r, unnest(clientele.blocking_keys(r.record)) k;
ANALYZE encoded;
CREATE VIEW edge AS
SELECT b.model, (e).left_source, (e).left_key, (e).right_source, (e).right_key, (e).match_weight, (e).match_probability
FROM (SELECT model, unnest(clientele.link_pairs_agg(record, blocking_key)) AS e FROM encoded GROUP BY model, blocking_key) b;
CREATE FUNCTION said(source regclass) RETURNS text LANGUAGE sql AS $$ SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = $1 $$;
CREATE TABLE bulk AS
SELECT 'two' AS model, 'public.crm' AS left_source, left_key, 'public.shop' AS right_source, right_key, match_weight, match_probability FROM two_pair
UNION ALL SELECT 'pairs', 'public.crm', left_key, 'public.shop', right_key, match_weight, match_probability FROM pairs_pair
UNION ALL SELECT 'three', said(left_source), left_key, said(right_source), right_key, match_weight, match_probability FROM three_pair
UNION ALL SELECT 'each', said(left_source), left_key, said(right_source), right_key, match_weight, match_probability FROM each_pair;
SELECT cmp_ok(count(*), '>', 400::bigint, model || ': there are pairs') FROM bulk GROUP BY model ORDER BY model;
SELECT bag_eq('TABLE edge', 'TABLE bulk', 'the edges of link and link_all, each once, with its tables and its weight');
SELECT is_empty('SELECT * FROM edge WHERE left_source = right_source', 'no pair within a table');
SELECT set_eq('SELECT model, (e).left_source, (e).left_key, (e).right_source, (e).right_key, (e).match_weight FROM (SELECT model, unnest(clientele.link_pairs_agg(record)) AS e FROM encoded GROUP BY model, blocking_key) b',
              'SELECT model, left_source, left_key, right_source, right_key, match_weight FROM bulk', 'without the key: the same set, some of them repeatedly');

CREATE TABLE component AS
SELECT c.model, (m).* FROM (
    SELECT model, unnest(clientele.connected_components_agg(a, b)) AS m FROM (
        SELECT model, clientele.record_node(left_source, left_key), clientele.record_node(right_source, right_key) FROM edge WHERE match_probability >= 0.5
        UNION ALL SELECT m, node, unnest(same) FROM unnest('{two,pairs,three,each}'::text[]) m, clientele.decided_keys(m)) e(model, a, b) GROUP BY model) c;
CREATE TABLE member (model text, component text, record clientele.linkage_record, same text[], different text[]) PARTITION BY HASH (component);
CREATE TABLE member_0 PARTITION OF member FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE member_1 PARTITION OF member FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO member SELECT c.model, c.component, r.record, d.same, d.different
FROM record r JOIN component c ON c.model = r.model AND c.node = clientele.record_node(r.record) LEFT JOIN LATERAL (SELECT * FROM clientele.decided_keys(r.model)) d ON d.node = c.node;
ANALYZE member;
CREATE VIEW person AS SELECT model, (m).node, (m).component FROM (SELECT model, unnest(clientele.link_persons_agg(record, same, different)) AS m FROM member GROUP BY model, component) p;
-- a person is called by its first record, table by table; who has no edge is not there
CREATE TABLE bulk_person AS
SELECT model, node, first_value(node) OVER (PARTITION BY model, person_id ORDER BY place, record_key COLLATE "C") AS component FROM (
    SELECT model, said(source) || ' ' || record_key AS node, array_position(ARRAY['crm', 'shop', '"letter box"']::regclass[], source) AS place, record_key, person_id FROM (
        SELECT 'two' AS model, * FROM two_person UNION ALL SELECT 'pairs', * FROM pairs_person UNION ALL SELECT 'three', * FROM three_person UNION ALL SELECT 'each', * FROM each_person) x) y
WHERE EXISTS (SELECT FROM component c WHERE c.model = y.model AND c.node = y.node);
SELECT cmp_ok(count(DISTINCT (c.component, p.component)) - count(DISTINCT c.component), '>', 4::bigint, model || ': many a component is more than one person')
FROM component c JOIN bulk_person p USING (model, node) GROUP BY model ORDER BY model;
SELECT cmp_ok(count(*), '>', 8::bigint, 'something was decided') FROM clientele.decided_keys('three');
SELECT bag_eq('TABLE person', 'TABLE bulk_person', 'the persons of link and link_all, one to one, too, and with what was decided');
SELECT is_empty($$SELECT component, split_part(node, ' ', 1) FROM person WHERE model IN ('pairs', 'each') GROUP BY model, component, split_part(node, ' ', 1) HAVING count(*) > 1$$, 'one to one: one record a table');

CREATE FUNCTION plan_of(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY EXECUTE 'EXPLAIN (COSTS OFF) ' || query; END $$;
SET LOCAL enable_partitionwise_aggregate = on;
SELECT matches((SELECT string_agg(p, E'\n') FROM plan_of('TABLE person') p), 'Append(.|\n)*Aggregate(.|\n)*Scan on member_(.|\n)*Aggregate(.|\n)*Scan on member_', 'partition by partition (the plan)');
SELECT bag_eq('TABLE edge', 'TABLE bulk', 'the same edges partition by partition');
SELECT bag_eq('TABLE person', 'TABLE bulk_person', 'and persons');
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 2;
SELECT matches((SELECT string_agg(p, E'\n') FROM plan_of('TABLE person') p), 'Parallel Append|Gather', 'in parallel workers (the plan)');
SELECT bag_eq('TABLE edge', 'TABLE bulk', 'the same edges in parallel workers');
SELECT bag_eq('TABLE person', 'TABLE bulk_person', 'and persons');
RESET enable_partitionwise_aggregate;
SET LOCAL enable_hashagg = off;
SELECT bag_eq('TABLE person', 'TABLE bulk_person', 'by sorting');
RESET parallel_setup_cost;
RESET max_parallel_workers_per_gather;

-- what a record is called
SELECT is(ROW(clientele.record_source(r), clientele.record_key(r), clientele.record_node(r))::text, '(public.shop,S300,"public.shop S300")', 'a record knows its table') FROM shop s, clientele.linkage_record('two', s) r WHERE customer_no = 'S300';
SELECT is(clientele.record_node(clientele.linkage_record('three', l)), 'public."letter box" 1', 'whose name is quoted') FROM "letter box" l WHERE id = 1;
SELECT is(clientele.record_node(clientele.linkage_record('two', '{"vorname": "Ana"}', 'shop')), NULL, 'without a key it is called nothing');
SELECT is(clientele.record_source(clientele.linkage_record('two', '{"vorname": "Ana"}', 'shop')), 'public.shop', 'but has a table');
SELECT is(ARRAY[clientele.record_node(NULL, '17'), clientele.record_node('public.crm', '17'), clientele.record_node('public.crm', NULL)], ARRAY['17', 'public.crm 17', NULL], 'by table and key');
SELECT is((SELECT count(*) FROM shop s WHERE clientele.linkage_record('two', s)::text <> clientele.linkage_record('two', to_jsonb(s), 'shop')::text), 0::bigint, 'a row and its JSON are one');
SELECT is(clientele.linkage_record('two', s, 'shop')::text, clientele.linkage_record('two', s)::text, 'the table of a row may be told') FROM shop s WHERE customer_no = 'S300';
SELECT is((SELECT count(*) FROM record WHERE record::text::clientele.linkage_record::text <> record::text), 0::bigint, 'text and back');
SELECT throws_ok($$SELECT clientele.linkage_record('two', '{"vorname": "Ana"}')$$, '42P08', NULL, 'JSON without its table');
SELECT throws_ok($$SELECT clientele.linkage_record('two', '{"first_name": "Ana"}', 'shop')$$, '42703', NULL, 'columns of another table');
SELECT throws_ok($$SELECT clientele.linkage_record('two', '{"id": 1}', '"letter box"')$$, '22023', NULL, 'a table of another model');
SELECT throws_ok($$SELECT clientele.linkage_record('two', s, 'crm') FROM shop s$$, '42804', 'a row of table "shop" is no record of table "crm"', 'a row of another table than told');
SELECT throws_ok($$SELECT clientele.linkage_record('two', l) FROM "letter box" l$$, '42804', NULL, 'a row of no table of the model');
SELECT throws_ok($$SELECT clientele.link_pairs_agg(record) FROM record$$, '22023', NULL, 'records of two models');
SELECT throws_ok($$SELECT clientele.link_persons_agg(r) FROM (VALUES (clientele.linkage_record('two', '{"vorname": "Ana"}', 'shop')), ((SELECT record FROM record WHERE model = 'two' LIMIT 1))) v(r)$$, '22004', NULL, 'a record without a key');
\ir record_damage.psql
SELECT is(damage((SELECT record::text FROM record WHERE model = 'each' AND clientele.record_source(record) = 'public.shop' ORDER BY record::text LIMIT 1)), 'survived', 'a byte changed, or the end missing, anywhere');

SELECT * FROM finish();
ROLLBACK;
