-- Sequences against a self-join by customer and time.
BEGIN;
SELECT no_plan();

CREATE TEMP TABLE bought AS
SELECT (hashint4(i) & 2147483647) % 300 AS customer,
       timestamptz '2024-01-01 00:00+00' + make_interval(hours => (hashint4(i + 5000000) & 2147483647) % 8760) AS at,
       'i' || (power((hashint4(i + 7000000)::float8 / 4294967296 + 0.5), 2) * 12)::int AS item
FROM generate_series(1, 4000) i;
INSERT INTO bought SELECT * FROM bought LIMIT 200;
INSERT INTO bought SELECT customer, at, 'i0' FROM bought LIMIT 300;       -- at the same time
INSERT INTO bought VALUES (NULL, now(), 'i1'), (1, NULL, 'i1'), (1, now(), NULL);
CREATE TEMP TABLE state AS SELECT sequence_agg(customer, at, item, interval '30 days') AS s FROM bought;
CREATE TEMP TABLE one AS SELECT DISTINCT * FROM bought WHERE customer IS NOT NULL AND at IS NOT NULL AND item IS NOT NULL;
CREATE TEMP TABLE follows AS
SELECT a.customer, a.item AS x, b.item AS y, a.at, min(b.at) - a.at AS gap,
       a.at + interval '720 hours' <= (SELECT max(at) FROM one) AS followed
FROM one a JOIN one b ON a.customer = b.customer AND b.at > a.at AND b.at <= a.at + interval '720 hours'
GROUP BY a.customer, a.item, b.item, a.at;

SELECT set_eq($$ SELECT antecedent, consequent, sequence_count, followed_sequence_count FROM sequence_rules((SELECT s FROM state), NULL::text) $$,
              $$ SELECT x, y, count(DISTINCT customer) a, count(DISTINCT customer) FILTER (WHERE followed) b FROM follows GROUP BY 1, 2 $$, 'sequences, by customers');
SELECT set_eq($$ SELECT DISTINCT antecedent, antecedent_count, followed_count, customer_count FROM sequence_rules((SELECT s FROM state), NULL::text) $$,
              $$ SELECT item, count(DISTINCT customer) a, count(DISTINCT customer) FILTER (WHERE at + interval '720 hours' <= (SELECT max(at) FROM one)) b, (SELECT count(DISTINCT customer) FROM one) c FROM one WHERE item IN (SELECT x FROM follows) GROUP BY 1 $$,
              'customers of the antecedent, and those followed to the end');
SELECT is_empty($$ SELECT * FROM sequence_rules((SELECT s FROM state), NULL::text, min_count => 20) r
                   FULL JOIN (SELECT x, y, percentile_cont(0.5) WITHIN GROUP (ORDER BY gap) m FROM
                        (SELECT DISTINCT ON (customer, x, y) customer, x, y, extract(epoch FROM gap)::float8 AS gap FROM follows ORDER BY customer, x, y, at) q
                        GROUP BY 1, 2 HAVING count(*) >= 20) w ON r.antecedent = w.x AND r.consequent = w.y
                   WHERE abs(extract(epoch FROM r.gap_median) - w.m) > 0.001 IS NOT FALSE $$, 'median gap');
SELECT is_empty($$ SELECT * FROM sequence_rules((SELECT s FROM state), NULL::text, min_confidence => 0.2) WHERE confidence < 0.2 OR abs(confidence - followed_sequence_count::float8 / followed_count) > 1e-12 $$, 'confidence');
SELECT is((SELECT max(followed_count) FROM sequence_rules((SELECT s FROM state), NULL::text, as_of => '2024-01-10')), 0::bigint, 'nobody is followed to the end when the end comes too early');
SELECT is((SELECT rollup(s)::text FROM (SELECT sequence_agg(customer, at, item, interval '30 days') s FROM bought GROUP BY extract(month FROM at)) q), (SELECT s::text FROM state), 'months join to the year');
SELECT is((SELECT s::text::item_sequence::text FROM state), (SELECT s::text FROM state), 'text comes back');
SELECT is((SELECT sequence_agg(customer, at, item, interval '30 days')::text FROM (SELECT * FROM bought ORDER BY hashtext(item || at), customer) q), (SELECT s::text FROM state), 'order of rows does not matter');
CREATE TABLE public.sequence_bought AS SELECT * FROM bought ORDER BY hashtext(item || at);
ALTER TABLE public.sequence_bought SET (parallel_workers = 3);
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SELECT is((SELECT sequence_agg(customer, at, item, interval '30 days')::text FROM public.sequence_bought), (SELECT s::text FROM state), 'parallel equals serial');
SELECT set_eq($$ SELECT antecedent, consequent, sequence_count FROM sequence_rules((SELECT sequence_agg(customer, at, item, interval '1 month') FROM one), NULL::text) $$,
              $$ SELECT a.item, b.item AS then, count(DISTINCT a.customer) FROM one a JOIN one b ON a.customer = b.customer AND b.at > a.at AND b.at AT TIME ZONE 'UTC' <= a.at AT TIME ZONE 'UTC' + interval '1 month' GROUP BY 1, 2 $$, 'months are those of the calendar');
SELECT throws_ok($$ SELECT sequence_agg(1, now(), 1, interval '0') $$, '22023', 'within must be a positive interval', 'an interval of nothing is refused');
SELECT throws_ok($$ SELECT sequence_agg(i, now(), 1, make_interval(days => i)) FROM generate_series(1, 2) i $$, '22023', NULL, 'one interval a group');
SELECT throws_ok($$ SELECT rollup(s) FROM (SELECT sequence_agg(i, now(), 1, make_interval(days => i)) s FROM generate_series(1, 2) i GROUP BY i) q $$, '22023', NULL, 'and a rollup');
SELECT throws_ok($$ SELECT s::text::affinity FROM state $$, '22P02', NULL, 'a sequence is no affinity');
SELECT throws_ok($$ SELECT affinity_agg(1, 1)::text::item_sequence $$, '22P02', NULL, 'nor the other way round');
SELECT set_eq($$ SELECT item, customer_count, repeating_count, gap_count FROM repeat_purchases((SELECT s FROM state), NULL::text) $$,
              $$ SELECT item, count(DISTINCT customer) a, count(DISTINCT customer) FILTER (WHERE gap IS NOT NULL) b, count(gap) c
                 FROM (SELECT *, at - lag(at) OVER (PARTITION BY customer, item ORDER BY at) gap FROM one) q GROUP BY 1 HAVING count(gap) > 0 $$, 'repeat purchases');
SELECT results_eq($$ SELECT customer, item, purchase_count, last_at, expected_at, by_own_habit FROM running_low((SELECT sequence_agg(c, t::timestamptz, i, interval '1 year') FROM (VALUES
                     ('ann', 'coffee', '2024-01-01 UTC'), ('ann', 'coffee', '2024-01-11 UTC'), ('ann', 'coffee', '2024-01-31 UTC'), ('bob', 'coffee', '2024-02-01 UTC'), ('bob', 'tea', '2024-02-01 UTC')) v(c, i, t)), NULL::text, NULL::text) ORDER BY 1 $$,
                  $$ VALUES ('ann', 'coffee', 3::bigint, timestamptz '2024-01-31 UTC', timestamptz '2024-02-15 UTC', true), ('bob', 'coffee', 1, '2024-02-01 UTC', '2024-02-16 UTC', false) $$, 'running low');

SELECT finish();
ROLLBACK;
