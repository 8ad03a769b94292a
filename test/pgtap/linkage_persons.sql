-- Which records one person may have: at most so many, one of each system, and of records equally likely none before the other.
BEGIN;
SELECT no_plan();

-- people in up to three systems, each of which knows some of them twice or by half of what there is to say
CREATE TABLE card (id int PRIMARY KEY, system text, first_name text, last_name text, birth_date date, email text, city text);
INSERT INTO card
SELECT p * 10 + m, (ARRAY['crm', 'shop', 'letter', NULL])[1 + m], CASE WHEN (p + m) % 5 = 0 THEN NULL ELSE (ARRAY['Marko','Ana','Marija','Petar','Milica','Ivan','Luka','Jovana'])[1 + p % 8] END,
       (ARRAY['Jovanović','Petrović','Nikolić','Horvat','Kovačević','Novak','Babić'])[1 + p % 7] || repeat('e', p / 56),
       CASE WHEN m < 2 OR p % 2 = 0 THEN date '1950-01-01' + (p * 41 % 18000) END, CASE WHEN (p + m) % 3 > 0 THEN 'p' || p || '@example.rs' END, 'Grad ' || p % 20
FROM generate_series(1, 400) p, generate_series(0, 3) m WHERE m < 2 OR p % 3 = 0;
INSERT INTO card SELECT id + 5000, system, first_name, last_name, NULL, email, city FROM card WHERE id % 7 = 0;

CREATE FUNCTION crowded(model text, column_name text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE n bigint;
BEGIN
    EXECUTE format('SELECT count(*) FROM (SELECT FROM %I p JOIN card c ON c.id = p.record_key WHERE c.%I IS NOT NULL GROUP BY p.person_id, c.%2$I HAVING count(*) > 1) x', model || '_person', column_name) INTO n;
    RETURN n;
END $$;
CREATE FUNCTION with_settings(model text, more jsonb) RETURNS void LANGUAGE sql AS $$
    SELECT clientele.create_model(model, 'card', clientele.suggest_model('card') || more);
$$;
SELECT with_settings('free', '{}');
SELECT with_settings('per_system', '{"one_per": "system"}');
SELECT with_settings('pairs_only', '{"largest_person": 2}');
CALL clientele.dedupe('card', 'free');
CALL clientele.dedupe('card', 'per_system');
CALL clientele.dedupe('card', 'pairs_only');
SELECT cmp_ok(crowded('free', 'system'), '>', 20::bigint, 'without limits a person has several records of one system');
SELECT is(crowded('per_system', 'system'), 0::bigint, 'one_per: a person has at most one of each');
SELECT cmp_ok((SELECT count(*) FROM per_system_person p JOIN card c ON c.id = p.record_key WHERE c.system IS NULL AND EXISTS (SELECT FROM per_system_person o WHERE o.person_id = p.person_id AND o.record_key <> p.record_key)),
    '>', 20::bigint, 'records of no system are not limited');
SELECT cmp_ok((SELECT count(DISTINCT record_key) - count(DISTINCT person_id) FROM per_system_person), '>', 200::bigint, 'and many are joined');
SELECT cmp_ok((SELECT max(n) FROM (SELECT count(*) AS n FROM free_person GROUP BY person_id) x), '>', 2::bigint, 'without limits a person has more than two records');
SELECT is((SELECT max(n) FROM (SELECT count(*) AS n FROM pairs_only_person GROUP BY person_id) x), 2::bigint, 'largest_person: no more than that');
SELECT is((SELECT count(*) FROM pairs_only_person a JOIN pairs_only_person b USING (person_id)
           WHERE a.record_key < b.record_key AND NOT EXISTS (SELECT FROM pairs_only_pair WHERE left_key = a.record_key AND right_key = b.record_key)), 0::bigint, 'whoever is left together has a pair');

-- what stewards say stands above the limits
SELECT clientele.merge('pairs_only', 10, 11, 'said so'), clientele.merge('pairs_only', 11, 20, 'said so');
CALL clientele.resolve('pairs_only');
SELECT is((SELECT count(DISTINCT person_id) FROM pairs_only_person WHERE record_key IN (10, 11, 20)), 1::bigint, 'three that were decided to be one are');
SELECT is((SELECT count(*) FROM pairs_only_person WHERE person_id = (SELECT person_id FROM pairs_only_person WHERE record_key = 10)), 3::bigint, 'and nobody else comes to them');

-- the same records under other keys, and in another order: the same persons
CREATE TABLE shuffled AS SELECT 100000 - id * 7 % 10007 AS id, system, first_name, last_name, birth_date, email, city FROM card ORDER BY md5(id::text);
ALTER TABLE shuffled ADD PRIMARY KEY (id);
SELECT clientele.create_model('elsewhere', 'shuffled', clientele.suggest_model('card') || '{"one_per": "system"}');
SELECT clientele.create_model('again', 'card', clientele.suggest_model('card') || '{"one_per": "system"}');
CALL clientele.dedupe('shuffled', 'elsewhere');
UPDATE clientele.linkage_model SET parameters = (SELECT parameters FROM clientele.linkage_model WHERE name = 'elsewhere') WHERE name = 'again';
CALL clientele.resolve('again');
SELECT bag_eq($$SELECT 100000 - a.record_key * 7 % 10007 AS l, 100000 - b.record_key * 7 % 10007 AS r FROM again_person a JOIN again_person b USING (person_id) WHERE a.record_key <> b.record_key$$,
    $$SELECT a.record_key AS l, b.record_key AS r FROM elsewhere_person a JOIN elsewhere_person b USING (person_id) WHERE a.record_key <> b.record_key$$, 'keys decide nothing');

-- the distributed path knows the limits, too
CREATE TABLE spread AS SELECT r.record, k AS blocking_key FROM (SELECT clientele.linkage_record('per_system', c) AS record FROM card c) r, unnest(clientele.blocking_keys(r.record)) k;
CREATE TABLE edge AS SELECT (e).* FROM (SELECT unnest(clientele.link_pairs_agg(record, blocking_key)) AS e FROM spread GROUP BY blocking_key) b;
CREATE TABLE component AS SELECT (m).* FROM (SELECT unnest(clientele.connected_components_agg(left_key, right_key)) AS m FROM edge WHERE match_probability >= 0.5) c;
CREATE TABLE person AS
SELECT (m).* FROM (SELECT unnest(clientele.link_persons_agg(s.record)) AS m FROM (SELECT DISTINCT ON (clientele.record_key(record)) record FROM spread) s
                   JOIN component c ON c.node = clientele.record_key(s.record) GROUP BY c.component) p;
SELECT bag_eq('SELECT node::int, min(node::int) OVER (PARTITION BY component) AS person FROM person',
    'SELECT record_key, min(record_key) OVER (PARTITION BY person_id) FROM per_system_person WHERE record_key::text IN (SELECT node FROM component)', 'persons made elsewhere are the same');

SELECT throws_like($$SELECT with_settings('bad', '{"one_per": "systems"}')$$, '%column "systems" of table "card" does not exist%', 'a column that is not there');
SELECT throws_like($$SELECT with_settings('bad', '{"largest_person": 2.5}')$$, '%invalid settings%', 'half a record');
SELECT throws_like($$SELECT with_settings('bad', '{"largest_person": 0}')$$, '%invalid settings%', 'no record');
SELECT throws_like($$SELECT with_settings('bad', '{"largest_person": "two"}')$$, '%invalid settings%', 'a word');

SELECT * FROM finish();
ROLLBACK;
