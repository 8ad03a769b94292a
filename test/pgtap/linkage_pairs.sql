-- The engine's pairs and weights against plain SQL: all pairs, brute force, from what a model says of itself.
BEGIN;
SELECT no_plan();

-- values that normalising leaves as they are, so that SQL can make the keys
CREATE TABLE folk (id int PRIMARY KEY, first_name text, last_name text, phone text, birth_date date, city text);
INSERT INTO folk
SELECT p, (ARRAY['marko','ana','jelena','petar','milica','ivan','katarina','luka'])[1 + p * 7 % 8],
       (ARRAY['horvat','novak','babic','kranjc','zupan','krajnc','vidic','golob','medved','kos','hribar','turk','rozman'])[1 + p * 11 % 13],
       CASE WHEN p % 5 <> 0 THEN (612000000 + p * 7919)::text END, date '1950-02-03' + p * 137 % 20000,
       (ARRAY['maribor','ljubljana','celje','kranj','koper'])[1 + p % 5]
FROM generate_series(1, 160) p;
INSERT INTO folk
SELECT id + 1000, first_name, CASE WHEN id % 3 = 0 THEN overlay(last_name placing 'x' from 4 for 1) ELSE last_name END,
       CASE WHEN id % 2 = 0 THEN phone END, CASE WHEN id % 4 <> 0 THEN birth_date END, CASE WHEN id % 7 <> 0 THEN city END
FROM folk WHERE id <= 60;
INSERT INTO folk VALUES (3001, NULL, NULL, NULL, NULL, NULL), (3002, NULL, NULL, NULL, NULL, NULL);

SELECT clientele.create_model('folk', 'folk', jsonb_set(clientele.suggest_model('folk'), '{blocking}', '[
    {"keys": [{"column": "last_name"}, {"column": "birth_date", "form": "year"}]},
    {"keys": [{"column": "phone", "form": "tail"}]},
    {"keys": [{"column": "first_name"}, {"column": "city"}, {"column": "birth_date", "form": "month_day"}]},
    {"keys": [{"column": "last_name", "form": "prefix"}, {"column": "first_name"}]}]'));

-- every pair of records, and the rules that make it
CREATE TABLE made AS
SELECT a.id AS l, b.id AS r,
       (coalesce(a.last_name = b.last_name AND extract(year FROM a.birth_date) = extract(year FROM b.birth_date), false)::int
        | (coalesce(right(a.phone, 7) = right(b.phone, 7), false)::int << 1)
        | (coalesce(a.first_name = b.first_name AND a.city = b.city AND to_char(a.birth_date, 'MMDD') = to_char(b.birth_date, 'MMDD'), false)::int << 2)
        | (coalesce(left(a.last_name, 3) = left(b.last_name, 3) AND a.first_name = b.first_name, false)::int << 3)) AS rules
FROM folk a JOIN folk b ON a.id < b.id;

SELECT results_eq(
    'SELECT rule, pairs FROM clientele.blocking_report(''folk'') ORDER BY rule',
    'SELECT g, count(*) FILTER (WHERE (rules >> (g - 1)) & 1 = 1) FROM made, generate_series(1, 4) g GROUP BY g ORDER BY g',
    'each rule makes as many pairs as SQL counts');

CALL clientele.train('folk');
CALL clientele.resolve('folk');
SELECT cmp_ok((SELECT count(*) FROM folk_pair), '>', 50::bigint, 'there are pairs');
SELECT is_empty('SELECT p.left_key, p.right_key, p.blocking_rules, m.rules FROM folk_pair p LEFT JOIN made m ON m.l = p.left_key AND m.r = p.right_key
                 WHERE m.rules IS DISTINCT FROM p.blocking_rules OR m.rules = 0',
                'every pair is one that SQL makes, by the same rules');
CREATE TABLE forgotten AS
SELECT m.l, m.r, (SELECT total FROM clientele.explain('folk', m.l, m.r) WHERE comparison = '(household)') AS total
FROM made m WHERE m.rules <> 0 AND NOT EXISTS (SELECT FROM folk_pair p WHERE p.left_key = m.l AND p.right_key = m.r);
SELECT is_empty('SELECT * FROM forgotten WHERE total >= -8 OR total IS NULL', 'pairs that SQL makes and the engine does not keep have less than one chance in 250');
SELECT cmp_ok((SELECT count(*) FROM forgotten), '>', 0::bigint, 'there are such pairs');

-- the weight is the sum of the steps
CREATE TABLE steps AS
SELECT p.left_key, p.right_key, p.match_weight, sum(e.weight) AS total, bool_and(e.level = (p.comparison_vector >> (4 * (e.n - 2)::int) & 15)::int)
           FILTER (WHERE e.level IS NOT NULL) AS levels
FROM (SELECT * FROM folk_pair ORDER BY left_key, right_key LIMIT 60) p
CROSS JOIN LATERAL clientele.explain('folk', p.left_key, p.right_key) WITH ORDINALITY
    e(comparison, level, label, left_value, right_value, m, u, term_frequency, weight, total, n)
GROUP BY p.left_key, p.right_key, p.match_weight;
SELECT is_empty('SELECT * FROM steps WHERE abs(match_weight - total) > 1e-3', 'the weight of a pair is the sum of the rows of explain');
SELECT is_empty('SELECT * FROM steps WHERE NOT levels', 'and its vector is their levels');

-- the same pairs, whatever may be held in memory at once
CREATE TABLE before AS SELECT * FROM folk_pair;
SET LOCAL maintenance_work_mem = '1MB';
CALL clientele.resolve('folk');
SELECT bag_eq('SELECT * FROM folk_pair', 'SELECT * FROM before', 'with little memory the same pairs');
RESET maintenance_work_mem;

-- half a million pairs that are none, and are likely enough to be kept: as many as there is memory for, the likeliest, and all that make persons
CREATE TABLE crowd (id int PRIMARY KEY, block text, code text, town text);
INSERT INTO crowd SELECT i, 'g' || i % 20, 'c' || i % 4400, 't' || i / 20 % 60 FROM generate_series(1, 4800) i;
SELECT clientele.create_model('crowd', 'crowd', '{"comparisons": [{"name": "code", "kind": "levels", "columns": ["code"], "levels": [{"exact": true}], "weights": {"exact": 20, "different": -4}},
    {"name": "town", "kind": "levels", "columns": ["town"], "levels": [{"exact": true}], "weights": {"exact": 1, "different": -0.5}}],
    "prior": 0.1, "household": false, "blocking": [{"keys": [{"column": "block"}]}]}');
CALL clientele.train('crowd');
CALL clientele.resolve('crowd');
CREATE TABLE crowd_before AS SELECT * FROM crowd_pair;
CREATE TABLE crowd_persons AS SELECT array_agg(record_key ORDER BY record_key) AS records FROM crowd_person GROUP BY person_id;
SELECT cmp_ok(count(*), '>', 500000::bigint, 'with memory enough all are kept') FROM crowd_before;
SET LOCAL maintenance_work_mem = '1MB';
CREATE TABLE crowd_memory AS SELECT * FROM clientele.linkage_memory('crowd');
CALL clientele.resolve('crowd');
SELECT bag_eq('SELECT * FROM crowd_pair', 'SELECT * FROM crowd_before WHERE match_weight > -7', 'with little the likeliest of them');
SELECT cmp_ok(count(*), '<', (1024 * 1024 / 72)::bigint, 'as many as have room') FROM crowd_pair;
SELECT cmp_ok(count(*), '>', 7000::bigint, 'and no fewer') FROM crowd_pair;
SELECT bag_eq('SELECT array_agg(record_key ORDER BY record_key) FROM crowd_person GROUP BY person_id', 'TABLE crowd_persons', 'the same persons');
CREATE TABLE crowd_little AS SELECT * FROM crowd_pair;
SET LOCAL max_parallel_maintenance_workers = 0;
CALL clientele.resolve('crowd');
SELECT bag_eq('SELECT * FROM crowd_pair', 'TABLE crowd_little', 'whoever saw which');
SET LOCAL maintenance_work_mem = '64MB';
SELECT cmp_ok(a.work_bytes - (SELECT b.work_bytes FROM crowd_memory b), '>', 110 * 1024 * 1024::bigint, 'linkage_memory counts them beside the pairs on their way') FROM clientele.linkage_memory('crowd') a;
RESET maintenance_work_mem;

SELECT is_empty('SELECT * FROM clientele.linkage_progress', 'no job is left in the view of progress');
SELECT is(clientele.linkage_progress_of(0), NULL, 'a handle of nothing');

SELECT * FROM finish();
