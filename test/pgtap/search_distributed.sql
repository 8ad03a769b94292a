-- linkage_record and the aggregates over it: the edges and components of the bulk engine, under every kind of plan.
BEGIN;
SELECT no_plan();

CREATE TABLE contact (id int PRIMARY KEY, first_name text, last_name text, email text, phone text, birth_date date, street text, city text);
INSERT INTO contact
SELECT p, (ARRAY['Marko','Ana','Jelena','Petar','Milica','Ivan','Katarina','Luka','Sofija','Nikola','Teodora','Stefan'])[1 + p % 12],
       (ARRAY['Jovanović','Petrović','Nikolić','Horvat','Kovačević','Novak','Babić','Marić','Knežević','Zupančič','Krajnc'])[1 + p % 11] || repeat('a', p / 132),
       'p' || p || '@example.rs', '+381 64 ' || (1000000 + p * 7919), date '1950-01-01' + (p * 37 % 20000),
       (ARRAY['Knez Mihailova','Bulevar Oslobođenja','Nušićeva','Trg Republike'])[1 + p % 4] || ' ' || p % 40, 'Grad ' || p % 30
FROM generate_series(1, 600) p;
INSERT INTO contact
SELECT id + 1000, CASE WHEN id % 5 = 0 THEN NULL WHEN id % 3 = 0 THEN upper(first_name) ELSE first_name END,
       CASE WHEN id % 5 = 0 THEN first_name || ' ' || last_name WHEN id % 3 = 1 THEN overlay(last_name placing 'x' from 3 for 1) ELSE last_name END,
       CASE WHEN id % 2 = 0 THEN email END, replace(phone, '+381 ', '0'), CASE WHEN id % 4 <> 0 THEN birth_date END, street, city
FROM contact WHERE id <= 120;
CREATE TABLE firm AS SELECT 'k' || id AS id, 'Delta ' || last_name || CASE WHEN id < 1000 THEN ' d.o.o.' ELSE ' doo' END AS company_name, street, city, phone FROM contact;
ALTER TABLE firm ADD PRIMARY KEY (id);
CALL clientele.dedupe('contact');
CALL clientele.dedupe('firm');

CREATE TABLE encoded (part text, key text, record clientele.linkage_record, blocking_key bigint) PARTITION BY HASH (blocking_key);
CREATE TABLE encoded_0 PARTITION OF encoded FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE encoded_1 PARTITION OF encoded FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO encoded SELECT 'contact', r.id, r.record, k FROM (SELECT c.id, clientele.linkage_record('contact', c) AS record FROM contact c) r, unnest(clientele.blocking_keys(r.record)) k;
INSERT INTO encoded SELECT 'firm', r.id, r.record, k FROM (SELECT c.id, clientele.linkage_record('firm', to_jsonb(c)) AS record FROM firm c) r, unnest(clientele.blocking_keys(r.record)) k;
ANALYZE encoded;

CREATE VIEW edge AS
SELECT b.part, (e).left_key, (e).right_key, (e).match_weight, (e).match_probability
FROM (SELECT part, unnest(clientele.link_pairs_agg(record, blocking_key)) AS e FROM encoded GROUP BY part, blocking_key) b;
CREATE VIEW bulk AS
SELECT 'contact' AS part, left_key::text, right_key::text, match_weight, match_probability FROM contact_pair
UNION ALL SELECT 'firm', left_key, right_key, match_weight, match_probability FROM firm_pair;
SELECT cmp_ok((SELECT count(*) FROM bulk WHERE part = 'contact'), '>', 100::bigint, 'there are pairs of contacts');
SELECT cmp_ok((SELECT count(*) FROM bulk WHERE part = 'firm'), '>', 100::bigint, 'and of firms');
SELECT bag_eq('SELECT * FROM edge', 'SELECT * FROM bulk', 'the edges of the bulk engine, each once, with its weight');
SET LOCAL enable_partitionwise_aggregate = on;
SELECT bag_eq('SELECT * FROM edge', 'SELECT * FROM bulk', 'the same partition by partition');
SET LOCAL enable_hashagg = off;
SELECT bag_eq('SELECT * FROM edge', 'SELECT * FROM bulk', 'the same by sorting');
RESET enable_hashagg;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 2;
SELECT bag_eq('SELECT * FROM edge', 'SELECT * FROM bulk', 'the same in parallel workers');
SELECT set_eq('SELECT part, (e).left_key, (e).right_key, (e).match_weight FROM (SELECT part, unnest(clientele.link_pairs_agg(record)) AS e FROM encoded GROUP BY part, blocking_key) b',
              'SELECT part, left_key, right_key, match_weight FROM bulk', 'without the key: the same set, some of them repeatedly');

-- components
CREATE VIEW truth AS
WITH RECURSIVE e AS (SELECT left_key AS a, right_key AS b FROM contact_pair WHERE match_weight >= 0 UNION SELECT right_key, left_key FROM contact_pair WHERE match_weight >= 0),
w(node, reached) AS (SELECT a, a FROM e UNION SELECT w.node, e.b FROM w JOIN e ON e.a = w.reached)
SELECT node::text, min(reached)::text AS component FROM w GROUP BY node;
SELECT bag_eq($$SELECT (m).node, (m).component FROM (SELECT unnest(clientele.connected_components_agg(left_key, right_key)) AS m FROM contact_pair WHERE match_weight >= 0) x$$,
              'SELECT * FROM truth', 'components are those of brute force');
SELECT bag_eq($$SELECT (m).node, (m).component FROM (SELECT unnest(clientele.connected_components_agg(left_key, right_key)) AS m FROM edge WHERE part = 'contact' AND match_weight >= 0) x$$,
              'SELECT * FROM truth', 'also from the edges of the aggregate');

-- persons: families of one surname, address and telephone, a copy now and then with less in it, one vetoed, some decided about
CREATE TABLE family (id text PRIMARY KEY, first_name text, last_name text, email text, phone text, birth_date date, street text, city text);
INSERT INTO family
SELECT (p * 4 + m)::text, (ARRAY['Marko','Ana','Marija','Petar','Milica','Ivan','Marina','Luka','Jovana','Jovan','Teodora','Stefan','Mirko','Mirka'])[1 + (p * 5 + m * 3 + p / 7) % 14],
       (ARRAY['Jovanović','Petrović','Nikolić','Horvat','Kovačević','Novak','Babić','Marić','Knežević','Zupančič','Krajnc'])[1 + p % 11] || repeat('e', p / 44),
       CASE WHEN p % 3 = 0 THEN 'fam' || p || '@example.rs' WHEN m = 0 THEN 'p' || p || '@example.rs' END, '+381 11 ' || (2000000 + p * 7919),
       CASE WHEN (p + m) % 3 > 0 THEN date '1950-01-01' + ((p * 37 + m * 9000 + m * m) % 20000) END, 'Ulica ' || p % 90 || ' ' || p % 17, 'Grad ' || p % 30
FROM generate_series(1, 240) p, generate_series(0, 3) m;
INSERT INTO family
SELECT (id::int + 5000)::text, CASE WHEN id::int % 7 = 0 THEN left(first_name, 1) || '.' WHEN id::int % 5 = 0 THEN NULL ELSE upper(first_name) END,
       CASE WHEN id::int % 3 = 1 THEN overlay(last_name placing 'x' from 3 for 1) ELSE last_name END, CASE WHEN id::int % 2 = 0 THEN email END, phone,
       CASE WHEN id::int % 4 = 1 THEN birth_date WHEN id::int % 4 = 2 THEN birth_date + 30 END, street, city
FROM family WHERE id::int % 2 = 0;
INSERT INTO family SELECT (id::int + 10000)::text, first_name, last_name, NULL, NULL, NULL, NULL, city FROM family WHERE id::int < 200 AND id::int % 3 = 0;
-- somebody whom a form has entered four hundred times
INSERT INTO family SELECT (20000 + g)::text, 'Form', 'Formular', 'form@example.rs', '+381 11 9999999', '2000-01-01', 'Formular 1', 'Grad 1' FROM generate_series(1, 400) g;
CALL clientele.dedupe('family');
UPDATE clientele.linkage_model SET settings = jsonb_set(settings, '{comparisons}', (SELECT jsonb_agg(CASE WHEN c ->> 'kind' = 'date' THEN c || '{"veto": ["different"]}' ELSE c END)
    FROM jsonb_array_elements(settings -> 'comparisons') c)) || '{"threshold": 0.3}' WHERE name = 'family';
CALL clientele.resolve('family');
SELECT clientele.merge('family', '20', '801', 'said so'), clientele.merge('family', '801', '5810', 'said so'), clientele.merge('family', '40', '444', 'not any more');
SELECT clientele.assert_different('family', l.record_key, r.record_key) FROM family_person l JOIN family_person r USING (person_id)
WHERE l.record_key::int < r.record_key::int AND l.record_key::int % 37 = 0 AND r.record_key::int < 20000;
SELECT clientele.undo_decision('family', decision) FROM clientele.decisions('family') WHERE reason = 'not any more';
CALL clientele.resolve('family');
CREATE TABLE spread (record clientele.linkage_record, blocking_key bigint) PARTITION BY HASH (blocking_key);
CREATE TABLE spread_0 PARTITION OF spread FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE spread_1 PARTITION OF spread FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO spread SELECT r.record, k FROM (SELECT clientele.linkage_record('family', c) AS record FROM family c) r, unnest(clientele.blocking_keys(r.record)) k;
ANALYZE spread;
CREATE VIEW family_edge AS SELECT (e).* FROM (SELECT unnest(clientele.link_pairs_agg(record, blocking_key)) AS e FROM spread GROUP BY blocking_key) b;
SELECT bag_eq('SELECT left_key, right_key, match_weight, match_probability FROM family_edge', 'SELECT left_key, right_key, match_weight, match_probability FROM family_pair', 'edges of a set of families');
CREATE TABLE family_component AS
SELECT (m).* FROM (SELECT unnest(clientele.connected_components_agg(e.a, e.b)) AS m FROM (
    SELECT left_key, right_key FROM family_edge WHERE match_probability >= 0.3 UNION ALL SELECT node, unnest(same) FROM clientele.decided_keys('family')) e(a, b)) c;
CREATE TABLE member (component text, record clientele.linkage_record, same text[], different text[]) PARTITION BY HASH (component);
CREATE TABLE member_0 PARTITION OF member FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE member_1 PARTITION OF member FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO member SELECT c.component, s.record, d.same, d.different FROM spread s JOIN family_component c ON c.node = clientele.record_key(s.record)
LEFT JOIN clientele.decided_keys('family') d ON d.node = c.node;
ANALYZE member;
CREATE VIEW person AS SELECT (m).node, (m).component FROM (SELECT unnest(clientele.link_persons_agg(record, same, different)) AS m FROM member GROUP BY component) p;
-- a person is called by its smallest key, as bytes order them; who has no edge is not there
CREATE VIEW bulk_person AS
SELECT record_key AS node, min(record_key COLLATE "C") OVER (PARTITION BY person_id) AS component FROM family_person
WHERE EXISTS (SELECT FROM family_component c WHERE c.node = record_key);
SELECT cmp_ok((SELECT count(DISTINCT (c.component, p.component)) FROM family_component c JOIN bulk_person p USING (node)), '>', (SELECT count(DISTINCT component) FROM family_component) + 20,
              'many a component is more than one person');
SELECT cmp_ok((SELECT count(*) FROM clientele.decisions('family') WHERE in_force AND kind = 'different'), '>', 3::bigint, 'and several were decided about');
SELECT bag_eq('SELECT node, component COLLATE "C" FROM person', 'SELECT node, component FROM bulk_person', 'the persons of the bulk engine');
CREATE FUNCTION plan_of(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY EXECUTE 'EXPLAIN (COSTS OFF) ' || query; END $$;
SELECT matches((SELECT string_agg(p, E'\n') FROM plan_of('TABLE person') p), 'Parallel Append|Gather', 'in parallel workers (the plan)');
SELECT matches((SELECT string_agg(p, E'\n') FROM plan_of('TABLE person') p), 'Append(.|\n)*Aggregate(.|\n)*Scan on member_(.|\n)*Aggregate(.|\n)*Scan on member_', 'partition by partition (the plan)');
SELECT matches((SELECT string_agg(p, E'\n') FROM plan_of('TABLE family_edge') p), 'Append(.|\n)*Aggregate(.|\n)*Scan on spread_(.|\n)*Aggregate(.|\n)*Scan on spread_', 'edges, too');
RESET parallel_setup_cost;
RESET max_parallel_workers_per_gather;
RESET enable_partitionwise_aggregate;
SELECT doesnt_match((SELECT string_agg(p, E'\n') FROM plan_of('TABLE person') p), 'Gather|Aggregate(.|\n)*Aggregate', 'by one process (the plan)');
SELECT bag_eq('SELECT node, component COLLATE "C" FROM person', 'SELECT node, component FROM bulk_person', 'the same by one process, all partitions together');
SELECT bag_eq('SELECT left_key, right_key, match_weight, match_probability FROM family_edge', 'SELECT left_key, right_key, match_weight, match_probability FROM family_pair', 'and the same edges');
SELECT is((SELECT clientele.link_persons_agg(record) FROM member WHERE false), NULL, 'no record: no person');
SELECT throws_ok($$SELECT clientele.link_persons_agg(clientele.linkage_record('family', '{"first_name": "Ana"}'))$$, '22004', NULL, 'a record without a key');
SELECT is(clientele.record_key(clientele.linkage_record('family', '{"first_name": "Ana"}')), NULL, 'which has none');
SELECT throws_ok($$SELECT * FROM clientele.decided_keys('none')$$, '42704', NULL, 'decided_keys: no such model');

-- who has two telephones is joined by either of them
CREATE TABLE caller (id int PRIMARY KEY, first_name text, email text, phone text);
INSERT INTO caller SELECT g * 10 + n, 'Ana' || chr(97 + g % 26) || chr(97 + g / 26), CASE WHEN n < 2 THEN 'ana' || g || '@example.rs' END, CASE WHEN n = 1 THEN '+381 11 ' || (9876543 - g * 7777) ELSE '+381 64 ' || (2000000 + g * 1234) END
FROM generate_series(1, 100) g, generate_series(0, 2) n;
SELECT clientele.create_model('caller', 'caller', '{"comparisons": [
    {"kind": "given_name", "columns": ["first_name"], "term_frequency": false, "weights": {"exact": 8}}, {"kind": "email", "columns": ["email"], "term_frequency": false, "weights": {"exact": 30}},
    {"kind": "phone", "columns": ["phone"], "term_frequency": false, "weights": {"exact": 12, "different": -12}}],
    "prior": 0.000976, "household": false, "blocking": [{"keys": [{"column": "email"}]}, {"keys": [{"column": "phone"}]}]}');
CALL clientele.train('caller');
CALL clientele.resolve('caller');
SELECT is((SELECT count(DISTINCT person_id) FROM caller_person), 100::bigint, 'one of two telephones is enough');
SELECT is((SELECT count(DISTINCT (m).component) FROM (SELECT unnest(clientele.link_persons_agg(clientele.linkage_record('caller', c))) AS m FROM caller c) x), 100::bigint, 'also where the records are');

SELECT is((SELECT clientele.connected_components_agg(a, b)::text FROM (VALUES (10, 9), (9, 8), (3, NULL), (NULL, 4)) v(a, b)),
          '{"(3,3)","(4,4)","(8,8)","(9,8)","(10,8)"}', 'numbers by value; one end alone is a node');
SELECT is((SELECT clientele.connected_components_agg(a, a)::text FROM unnest(ARRAY['10', '9', '-9.5', '-10', '123456789012345678901234567891', '123456789012345678901234567890', '9.25', '9.125', '0.0', '-0', '.5', '9.', '1e3', ' 9', '007', '7.0']) a),
          '{"(-10,-10)","(-9.5,-9.5)","(-0,-0)","(0.0,0.0)","(007,007)","(7.0,7.0)","(9,9)","(9.,9.)","(9.125,9.125)","(9.25,9.25)","(10,10)","(123456789012345678901234567890,123456789012345678901234567890)","(123456789012345678901234567891,123456789012345678901234567891)","(\" 9\",\" 9\")","(.5,.5)","(1e3,1e3)"}',
          'of any size, and before what is no number');
SELECT is((SELECT clientele.connected_components_agg(a, b)::text FROM (VALUES ('x', 'y'), ('y', 'z'), ('x', 'x')) v(a, b)), '{"(x,x)","(y,x)","(z,x)"}', 'texts');
SELECT is((SELECT clientele.connected_components_agg(a, a) FROM generate_series(1, 0) a), NULL, 'no edge: NULL');
-- numbers among texts: every node comes once, whatever order the edges come in
CREATE FUNCTION pg_temp.mixed_edges(seed int) RETURNS TABLE (a text, b text) LANGUAGE sql AS $$
SELECT (hashint4(g * 1000 + seed) & 255) || CASE WHEN hashint4(g + seed) % 2 = 0 THEN 'a' ELSE '' END, (hashint4(g * 77 + seed) & 127) || CASE WHEN hashint4(g * 3 + seed) % 3 = 0 THEN 'x' ELSE '' END
FROM generate_series(1, 400) g $$;
SELECT bag_eq($$SELECT seed, (m).node FROM (SELECT seed, unnest(clientele.connected_components_agg(a, b)) AS m FROM generate_series(1, 200) seed, pg_temp.mixed_edges(seed) GROUP BY seed) x$$,
    $$SELECT DISTINCT seed, node FROM generate_series(1, 200) seed, pg_temp.mixed_edges(seed), unnest(ARRAY[a, b]) node$$, 'numbers and texts are one order');
SELECT is((SELECT clientele.link_pairs_agg(record) FROM encoded WHERE false), NULL, 'no record: NULL');
SELECT is((SELECT clientele.link_pairs_agg(NULL::clientele.linkage_record)), NULL, 'NULL: NULL');

-- the type
SELECT is((SELECT count(*) FROM encoded WHERE record::text::clientele.linkage_record::text <> record::text), 0::bigint, 'text and back');
SELECT is((SELECT count(*) FROM contact c WHERE clientele.linkage_record('contact', c)::text <> clientele.linkage_record('contact', to_jsonb(c))::text), 0::bigint, 'a row and its JSON are one');
SELECT lives_ok($$SELECT clientele.linkage_record('contact', '{"first_name": "Ana"}')$$, 'an incomplete record as a literal');
SELECT is(clientele.linkage_record('contact', NULL::jsonb)::text, NULL, 'NULL');
SELECT throws_ok($$SELECT clientele.linkage_record('contact', 1)$$, '42804', NULL, 'a number is no record');
SELECT throws_ok($$SELECT clientele.linkage_record('contact', f) FROM firm f$$, '42804', NULL, 'nor a row of another table');
SELECT throws_ok($$SELECT clientele.linkage_record('none', '{}')$$, '42704', NULL, 'no such model');
SELECT throws_ok($$SELECT ''::clientele.linkage_record$$, '22P02', NULL, 'nothing');
SELECT throws_ok($$SELECT 'zz'::clientele.linkage_record$$, '22P02', NULL, 'no digits');
SELECT throws_ok($$SELECT '0100000000000000'::clientele.linkage_record$$, '22P02', NULL, 'an empty model');
SELECT throws_ok($$SELECT clientele.link_pairs_agg(record) FROM encoded$$, '22023', NULL, 'records of two models are not compared');
-- values of version 3, which knew of one table only
CREATE TABLE stored (record clientele.linkage_record);
INSERT INTO stored VALUES
('03000000000000f90202c14a04c6c0d3e2d50000000005c0e8987bc0bdb528000000000201c01c71051898f0ddbf85f1d6f4bd0dc9c0292c583041b85f3fe000000000000000000000000102010001000008beb6587bc14b2a82bf041992c092b803c15b2e9ec094a648c05a8ff9bec8c8d1c0b4a648c0b2b803c01a5472c0d4a648c0d2b803c15b2e9ec12f79c2c21f378cc1505938c12f79c2c21f378cc152d61fc0694c91c0886ac7c08ac1f2c02f421205010001010006bf13a250c0e8976cc081d61dc0a36f8fc13cc958c0d49d2dc078a371c1293a6dc0d49d2dc0962792c136255ac0d49d2dc0962792c136255ac0a1e52ac02bdeeabc41e5a0be3ceed80100000001330003d4750401c09c4aa25fdb8cfa3b6e3b20fbc8fa46be86bb3301000a6b6f77616c736b616461000000017e4ac94b47f6bcb085f36467698ab55b9ccba9ffbe4cb159000000000000000047254717374ea98e000000000000000000013ffdbc4e000000000000000001000a6b6f77616c736b616461000000000000000001000d7033406578616d706c652e706c000000028b6eece64e653e88c7bc7eb62c7b158e00000000000000000000000000000000000000000000000000000000000000020001c0964f39000000000000000000'),
('03000000000000f90202c14a04c6c0d3e2d50000000005c0e8987bc0bdb528000000000201c01c71051898f0ddbf85f1d6f4bd0dc9c0292c583041b85f3fe000000000000000000000000102010001000008beb6587bc14b2a82bf041992c092b803c15b2e9ec094a648c05a8ff9bec8c8d1c0b4a648c0b2b803c01a5472c0d4a648c0d2b803c15b2e9ec12f79c2c21f378cc1505938c12f79c2c21f378cc152d61fc0694c91c0886ac7c08ac1f2c02f421205010001010006bf13a250c0e8976cc081d61dc0a36f8fc13cc958c0d49d2dc078a371c1293a6dc0d49d2dc0962792c136255ac0d49d2dc0962792c136255ac0a1e52ac02bdeeabc41e5a0be3ceed80100000002363300034b11a822f50ef79d24b1bd992c2265fafbc8fa46be86bb3301000a6b6f77616c736b616c630000000131b2063d0b7805f7f0f7fa1d9547903b9d2eed285802c8dc00000000000000000b818b7c84a5988c000000000000000000013ffdbc4e000000000000000001000a6b6f77616c736b616c63000000000000000001000d7033406578616d706c652e706c000000028b6eece64e653e88c7bc7eb62c7b158e00000000000000000000000000000000000000000000000000000000000000020001c0964f39000000000000000000');
SELECT results_eq('SELECT (e).left_key, (e).right_key, (e).match_weight, (e).left_source FROM (SELECT unnest(clientele.link_pairs_agg(record)) AS e FROM stored) x', $$VALUES ('3', '63', 0.2755346894264221::float8, NULL::text)$$, 'records of version 3 are compared');
SELECT results_eq('SELECT clientele.record_node(record), clientele.record_source(record), (SELECT count(DISTINCT k)::int FROM unnest(clientele.blocking_keys(record)) k) FROM stored ORDER BY 1', $$VALUES ('3', NULL, 3), ('63', NULL, 3)$$, 'and have names and keys');
SELECT is((SELECT count(*) FROM (SELECT unnest(clientele.link_persons_agg(record)) FROM stored) x), 2::bigint, 'and persons');
SELECT is((SELECT count(*) FROM stored WHERE record::text NOT LIKE '03%'), 0::bigint, 'and stay what they are');
SELECT throws_ok($$SELECT ('02' || substr(record::text, 3))::clientele.linkage_record FROM stored LIMIT 1$$, '22P02', NULL, 'of version 2 they are refused');
SELECT throws_ok($$SELECT ('06' || substr(record::text, 3))::clientele.linkage_record FROM stored LIMIT 1$$, '22P02', NULL, 'and none is of version 6');
SELECT matches((SELECT record::text FROM encoded LIMIT 1), '^06', 'which is what is made');
-- values of version 5, which knew of no levels of the user's own
CREATE TABLE stored_5 (record clientele.linkage_record);
INSERT INTO stored_5 VALUES
('050000000000011b0200c0ac30cec09c6fb70000000005c0bb81efc0a6a9f0000000000200c01a763835a24ae4bf8e49e5c3942d2ec08f40000000000000c043ee7b471b3a95c043ee7b471b3a953fe000000000000000000000000100010001000008bf0b114fc0aed32ac0a2f883c0841a2dc110c596c10ad843c03a7ea8bdf8887bbe08f648c0a41a2dc120c596c11ad843c0a41a2dc120c596c11ad843c0d6d230c13a2198c1343445c0881e86c08ad65ec08acf34c0f6d230c0f98a08c0f982de05010101010006bf197659c0bb9b7bc081e275c0a1e275c1252793c0d49a78c075893dc11198a7c0d49a78c0949a78c11e8394c0d49a78c0949a78c11e8394c0a1e275c02934f1bd02adcdbe3cd9cb000000000000003c000000000000003c0101000000013300014c7820fb8ea09d00010004616e6164000000035cd402ede5ddd918d4a0c21eb4c88cf4000000000000000000000000000000000d42c9fa7cec031e0d42c9fa7cec031e00013ef2b8e83eb2bf8100000000010004616e6164000000000000000001000f616e6133406578616d706c652e727300000002cda7e2cb48ee3e6fd8aeb159c9853234f0d4ce94b6d7c43d0000000000000000000000000000000000000000000000040001c08bd08c000000000000000000'),
('050000000000011b0200c0ac30cec09c6fb70000000005c0bb81efc0a6a9f0000000000200c01a763835a24ae4bf8e49e5c3942d2ec08f40000000000000c043ee7b471b3a95c043ee7b471b3a953fe000000000000000000000000100010001000008bf0b114fc0aed32ac0a2f883c0841a2dc110c596c10ad843c03a7ea8bdf8887bbe08f648c0a41a2dc120c596c11ad843c0a41a2dc120c596c11ad843c0d6d230c13a2198c1343445c0881e86c08ad65ec08acf34c0f6d230c0f98a08c0f982de05010101010006bf197659c0bb9b7bc081e275c0a1e275c1252793c0d49a78c075893dc11198a7c0d49a78c0949a78c11e8394c0d49a78c0949a78c11e8394c0a1e275c02934f1bd02adcdbe3cd9cb000000000000003c000000000000003c010100000002333300014c7820fb8ea09d00010004616e6168000000034f5763fbbbf3e0397801e1dc6099774200000000000000000000000000000000d8812d56529aa212d8812d56529aa21200013ef2b8e83eb2bf8100000000010004616e6168000000000000000001000f616e6133406578616d706c652e727300000002cda7e2cb48ee3e6fd8aeb159c9853234f0d4ce94b6d7c43d0000000000000000000000000000000000000000000000040001c08bd08c000000000000000000');
SELECT results_eq('SELECT (e).left_key, (e).right_key, (e).match_weight FROM (SELECT unnest(clientele.link_pairs_agg(record)) AS e FROM stored_5) x', $$VALUES ('3', '33', 0.0027941279113292694::float8)$$, 'records of version 5 are compared');

\ir record_damage.psql
SELECT is(damage((SELECT record::text FROM encoded WHERE part = 'contact' ORDER BY key LIMIT 1)), 'survived', 'a byte changed, or the end missing, anywhere');

SELECT * FROM finish();
ROLLBACK;
