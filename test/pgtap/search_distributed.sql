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
SELECT bag_eq($$SELECT m.node, min(o.node::int)::text FROM (SELECT (unnest(clientele.connected_components_agg(left_key, right_key))).* FROM contact_pair WHERE match_weight >= 0) m
                JOIN contact_person p ON p.record_key = m.node::int JOIN contact_person q USING (person_id) JOIN truth o ON o.node = q.record_key::text GROUP BY m.node$$,
              'SELECT * FROM truth', 'and the persons of the bulk engine, where no member objects');
SELECT is((SELECT clientele.connected_components_agg(a, b)::text FROM (VALUES (10, 9), (9, 8), (3, NULL), (NULL, 4)) v(a, b)),
          '{"(3,3)","(4,4)","(8,8)","(9,8)","(10,8)"}', 'numbers by value; one end alone is a node');
SELECT is((SELECT clientele.connected_components_agg(a, b)::text FROM (VALUES ('x', 'y'), ('y', 'z'), ('x', 'x')) v(a, b)), '{"(x,x)","(y,x)","(z,x)"}', 'texts');
SELECT is((SELECT clientele.connected_components_agg(a, a) FROM generate_series(1, 0) a), NULL, 'no edge: NULL');
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
CREATE FUNCTION damage() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    good text := (SELECT record::text FROM encoded WHERE part = 'contact' ORDER BY key LIMIT 1);
    bad text;
    one clientele.linkage_record;
BEGIN
    FOR i IN 1..length(good) / 2 - 1 LOOP
        FOREACH bad IN ARRAY ARRAY[overlay(good placing 'ff' from 2 * i - 1), overlay(good placing '00' from 2 * i - 1), overlay(good placing '81' from 2 * i - 1), left(good, 2 * i)] LOOP
            BEGIN
                one := bad::clientele.linkage_record;
                PERFORM clientele.link_pairs_agg(r) FROM (VALUES (one), (one)) v(r);
            EXCEPTION WHEN invalid_text_representation THEN NULL;
            END;
        END LOOP;
    END LOOP;
    RETURN 'survived';
END $$;
SELECT is(damage(), 'survived', 'a byte changed, or the end missing, anywhere');

SELECT * FROM finish();
ROLLBACK;
