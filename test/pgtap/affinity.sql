-- Affinities against counting by self-join: in any order, in parallel, by parts, through storage and back.
BEGIN;
SELECT no_plan();

CREATE TEMP TABLE line AS
SELECT (hashint4(i) % 2000 + 2000) / 2 AS basket,
       (power((hashint4(i + 7000000)::float8 / 4294967296 + 0.5), 2) * 60)::int AS item
FROM generate_series(1, 20000) i;
INSERT INTO line SELECT basket, item FROM line LIMIT 3000;                       -- repeated
INSERT INTO line VALUES (NULL, 3), (5000, NULL), (NULL, NULL);                   -- nobody's, of nothing
CREATE TEMP TABLE shuffled AS SELECT * FROM line ORDER BY hashint4(item * 7919 + coalesce(basket, 0)), basket;

CREATE TEMP TABLE brute AS
WITH d AS (SELECT DISTINCT basket, item FROM line WHERE basket IS NOT NULL AND item IS NOT NULL)
SELECT a.item AS x, b.item AS y, count(*) AS n FROM d a JOIN d b USING (basket) WHERE a.item <> b.item GROUP BY 1, 2;
CREATE TEMP TABLE state AS SELECT affinity_agg(basket, item) AS a FROM line;

-- counts
SELECT cmp_ok((SELECT count(*) FROM brute), '>', 3000::bigint, 'there are pairs to count');
SELECT set_eq('SELECT antecedent, consequent, pair_count FROM affinity_pairs((SELECT a FROM state), NULL::int)',
              'SELECT x, y, n FROM brute', 'pairs equal the self-join');
SELECT set_eq($$ SELECT antecedent, consequent, pair_count, antecedent_count, consequent_count, basket_count
                 FROM affinity_pairs((SELECT a FROM state), NULL::int, min_count => 40) $$,
              $$ WITH c AS (SELECT item, count(DISTINCT basket) c FROM line GROUP BY 1)
                 SELECT x, y, n, (SELECT c FROM c WHERE item = x) nx, (SELECT c FROM c WHERE item = y) ny,
                        (SELECT count(DISTINCT basket) FROM line WHERE item IS NOT NULL) nb
                 FROM brute WHERE n >= 40 $$, 'threshold by count, and the counts beside');
SELECT set_eq($$ SELECT antecedent, consequent FROM affinity_pairs((SELECT a FROM state), NULL::int, min_support => 0.05) $$,
              $$ SELECT x, y FROM brute WHERE n >= 0.05 * (SELECT baskets FROM affinity_info((SELECT a FROM state))) $$,
              'threshold by share');
SELECT set_eq($$ SELECT (p).antecedent, (p).consequent, (p).pair_count FROM (SELECT affinity_pairs(a, NULL::int, 30) p FROM state) q $$,
              'SELECT x, y, n FROM brute WHERE n >= 30', 'row by row in the select list');
SELECT set_eq($$ SELECT antecedent, consequent, pair_count FROM affinity_pairs((SELECT a FROM state), NULL::int,
                        antecedents => ARRAY[3, 5, 99], consequents => NULL) $$,
              'SELECT x, y, n FROM brute WHERE x IN (3, 5, 99)', 'only these antecedents');
SELECT set_eq($$ SELECT antecedent, consequent, pair_count FROM affinity_pairs((SELECT a FROM state), NULL::int,
                        antecedents => NULL, consequents => ARRAY[0, 40], min_count => 3) $$,
              'SELECT x, y, n FROM brute WHERE y IN (0, 40) AND n >= 3', 'only these consequents');
SELECT set_eq($$ SELECT antecedent, consequent, pair_count FROM affinity_pairs((SELECT a FROM state), NULL::int,
                        antecedents => ARRAY[0, 1, 2, 3], consequents => ARRAY[2, 3, 4]) $$,
              'SELECT x, y, n FROM brute WHERE x IN (0, 1, 2, 3) AND y IN (2, 3, 4)', 'both');
SELECT set_eq($$ SELECT item, item_count FROM affinity_items((SELECT a FROM state), NULL::int) $$,
              $$ SELECT item, count(DISTINCT basket) FROM line WHERE basket IS NOT NULL AND item IS NOT NULL GROUP BY 1 $$, 'items');
SELECT is_empty($$ SELECT * FROM affinity_pairs((SELECT a FROM state), NULL::int, min_confidence => 0.4)
                   WHERE confidence < 0.4 $$, 'threshold by confidence');
SELECT is((SELECT count(*) FROM affinity_pairs((SELECT a FROM state), NULL::int, min_lift => 1.05)),
          (SELECT count(*) FROM affinity_pairs((SELECT a FROM state), NULL::int) WHERE lift >= 1.05), 'threshold by lift');

-- the same bytes whatever the way
SELECT is((SELECT affinity_agg(basket, item)::text FROM shuffled), (SELECT a::text FROM state), 'order of rows does not matter');
SELECT is((SELECT rollup(a)::text FROM (SELECT affinity_agg(basket, item) a FROM line GROUP BY item % 7) s),
          (SELECT a::text FROM state), 'parts that cut baskets join to the whole');
SELECT is((SELECT rollup(a)::text FROM (SELECT affinity_agg(basket, item) a FROM shuffled GROUP BY basket % 5) s),
          (SELECT a::text FROM state), 'parts by basket too');
SELECT is((SELECT rollup(a ORDER BY part)::text FROM (SELECT affinity_agg(basket, item) a, part FROM (SELECT *, floor(log(2, 1 + (hashint4(item) & 1023)))::int part FROM shuffled) s GROUP BY part) q),
          (SELECT a::text FROM state), 'parts of very different size, the smallest first');
SELECT is((SELECT rollup(a ORDER BY part DESC)::text FROM (SELECT affinity_agg(basket, item) a, part FROM (SELECT *, floor(log(2, 1 + (hashint4(item) & 1023)))::int part FROM shuffled) s GROUP BY part) q),
          (SELECT a::text FROM state), 'and the largest first');
SELECT is((SELECT rollup(a)::text FROM (SELECT a FROM state UNION ALL SELECT a FROM state) s), (SELECT a::text FROM state), 'a state joined to itself is itself');
SELECT is((SELECT rollup(a)::text FROM (SELECT affinity_agg('order ' || basket, 'item ' || item) a FROM shuffled GROUP BY hashint4(item) % 3) s),
          (SELECT affinity_agg('order ' || basket, 'item ' || item)::text FROM line), 'parts of texts');
SELECT is((SELECT rollup(a)::text FROM (SELECT affinity_agg((basket || '.' || repeat('0', item % 3))::numeric, ('1.' || repeat('0', basket % 4) || item)::numeric) a FROM shuffled GROUP BY hashint4(item) % 3) s),
          (SELECT affinity_agg((basket || '.' || repeat('0', item % 3))::numeric, ('1.' || repeat('0', basket % 4) || item)::numeric)::text FROM line), 'parts of numbers that are equal and look different');
SELECT is((SELECT a::text::affinity::text FROM state), (SELECT a::text FROM state), 'text comes back');
SELECT is((SELECT affinity_agg(basket, item) FILTER (WHERE item > 10)::text FROM line),
          (SELECT affinity_agg(basket, item)::text FROM line WHERE item > 10), 'FILTER');
SELECT ok((SELECT affinity_agg(basket, item) FROM line WHERE false) IS NULL, 'nothing gives NULL');
SELECT ok((SELECT affinity_agg(basket, item) FROM line WHERE item IS NULL) IS NULL, 'nothing but nulls, too');
SELECT is((SELECT compact(a)::text FROM state),
          (SELECT affinity_agg(items)::text FROM (SELECT array_agg(item) items FROM line WHERE basket IS NOT NULL AND item IS NOT NULL GROUP BY basket) s),
          'compacted baskets are those given as arrays');
SELECT set_eq('SELECT antecedent, consequent, pair_count FROM affinity_pairs((SELECT compact(a) FROM state), NULL::int)',
              'SELECT x, y, n FROM brute', 'pairs of a compacted value');
SELECT set_eq($$ SELECT antecedent, consequent, pair_count FROM affinity_pairs((SELECT rollup(a) FROM (
                   SELECT compact(affinity_agg(basket, item)) a FROM line WHERE basket < 1000
                   UNION ALL SELECT affinity_agg(basket, item) FROM line WHERE basket >= 1000) s), NULL::int) $$,
              'SELECT x, y, n FROM brute', 'compacted and keyed parts together');
SELECT set_eq($$ SELECT w.n, p.pair_count FROM (SELECT basket, affinity_agg(basket, item) OVER (ORDER BY basket) a FROM line WHERE basket IS NOT NULL AND item IS NOT NULL) s
                 CROSS JOIN LATERAL affinity_pairs(s.a, NULL::int, ARRAY[0], ARRAY[1]) p
                 CROSS JOIN LATERAL (SELECT count(*) n FROM (SELECT l.basket FROM line l WHERE l.basket <= s.basket AND item IN (0, 1) GROUP BY l.basket HAVING count(DISTINCT item) = 2) q) w
                 WHERE s.basket IN (50, 60) GROUP BY 1, 2 $$,
              $$ SELECT n, n AS also FROM (SELECT (SELECT count(*) FROM (SELECT l.basket FROM line l WHERE l.basket <= b AND item IN (0, 1) GROUP BY l.basket HAVING count(DISTINCT item) = 2) q) n FROM (VALUES (50), (60)) v(b)) z $$,
              'a running affinity');

-- in parallel
CREATE TABLE public.affinity_line AS SELECT * FROM shuffled;
ALTER TABLE public.affinity_line SET (parallel_workers = 3);
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 3;
CREATE FUNCTION pg_temp.plan_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE r text; whole text := '';
BEGIN
    FOR r IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP whole := whole || r || E'\n'; END LOOP;
    RETURN whole;
END $$;
SELECT matches(pg_temp.plan_of('SELECT affinity_agg(basket, item) FROM public.affinity_line'), 'Partial Aggregate', 'the plan is parallel');
SELECT is((SELECT affinity_agg(basket, item)::text FROM public.affinity_line), (SELECT a::text FROM state), 'parallel equals serial to the byte');
SELECT is((SELECT affinity_agg(basket::text, item::text)::text FROM public.affinity_line),
          (SELECT affinity_agg(basket::text, item::text)::text FROM line), 'with text, too');
SELECT is((SELECT affinity_agg(basket::numeric, item::numeric / 10)::text FROM public.affinity_line),
          (SELECT affinity_agg(basket::numeric, item::numeric / 10)::text FROM line), 'and with numeric, whose equality is not that of bytes');
CREATE TABLE public.affinity_part (basket int, item int) PARTITION BY HASH (item);
CREATE TABLE public.affinity_part0 PARTITION OF public.affinity_part FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE public.affinity_part1 PARTITION OF public.affinity_part FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO public.affinity_part SELECT * FROM shuffled;
SET LOCAL enable_partitionwise_aggregate = on;
SELECT matches(pg_temp.plan_of('SELECT affinity_agg(basket, item) FROM public.affinity_part'), 'Partial Aggregate.*Partial Aggregate', 'a partition-wise plan');
SELECT is((SELECT affinity_agg(basket, item)::text FROM public.affinity_part), (SELECT a::text FROM state), 'partition-wise equals serial to the byte');
SET LOCAL enable_partitionwise_aggregate = off;
SET LOCAL max_parallel_workers_per_gather = 0;

-- other types
CREATE COLLATION public.affinity_ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
SELECT set_eq($$ SELECT antecedent, consequent, pair_count FROM affinity_pairs((SELECT affinity_agg(basket::text, md5(item::text)::uuid) FROM line), NULL::uuid) $$,
              'SELECT md5(x::text)::uuid a, md5(y::text)::uuid b, n FROM brute', 'uuid');
SELECT set_eq($$ SELECT antecedent, consequent, pair_count FROM affinity_pairs((SELECT affinity_agg(date '2020-01-01' + basket, item::float8 / 4) FROM line), NULL::float8) $$,
              'SELECT x::float8 / 4 a, y::float8 / 4 b, n FROM brute', 'float8 by date');
SELECT set_eq($$ SELECT antecedent, consequent, pair_count FROM affinity_pairs((SELECT affinity_agg(ARRAY[basket, 1], 'item ' || item) FROM line), NULL::text) $$,
              $$ SELECT 'item ' || x a, 'item ' || y b, n FROM brute $$, 'text by array');
SELECT results_eq($$ SELECT antecedent, consequent, pair_count FROM affinity_pairs((
                       SELECT affinity_agg(b, i COLLATE public.affinity_ci) FROM (VALUES (1, 'milk'), (1, 'Bread'), (2, 'MILK'), (2, 'bread'), (2, 'BREAD')) v(b, i)), NULL::text)
                     ORDER BY antecedent COLLATE "C" $$,
                  $$ VALUES ('BREAD'::text, 'MILK'::text, 2::bigint), ('MILK', 'BREAD', 2) $$, 'a case-insensitive collation');
SELECT is((SELECT affinity_agg(b, i COLLATE public.affinity_ci)::text::affinity::text FROM (VALUES (1, 'milk'), (1, 'Bread')) v(b, i)),
          (SELECT affinity_agg(b, i COLLATE public.affinity_ci)::text FROM (VALUES (1, 'milk'), (1, 'Bread')) v(b, i)), 'its name travels');
SELECT is((SELECT a::text FROM (SELECT affinity_agg(1, i) a FROM (VALUES (1.0), (1.00), (2)) v(i)) q),
          (SELECT a::text FROM (SELECT affinity_agg(1, i) a FROM (VALUES (2), (1.00), (1.0)) v(i)) q), 'of equal items one is kept, always the same');
SELECT is((SELECT string_agg(item::text, ' ' ORDER BY item) FROM affinity_items((SELECT affinity_agg(1, repeat(chr(65 + i), i * 4000)) FROM generate_series(1, 3) i), NULL::text)),
          repeat('B', 4000) || ' ' || repeat('C', 8000) || ' ' || repeat('D', 12000), 'long items');
SELECT throws_ok($$ SELECT affinity_agg(1, '{}'::json) $$, '42883', NULL, 'a type without hash opclass is refused');
SELECT throws_ok($$ SELECT * FROM affinity_pairs((SELECT a FROM state), NULL::text) $$, '42804', 'affinity holds items of type integer, not text', 'items are of their type');
SELECT throws_ok($$ SELECT rollup(a) FROM (SELECT a FROM state UNION ALL SELECT affinity_agg(1, 'x'::text)) s $$, '42804', NULL, 'types do not mix');

-- arrays
SELECT results_eq($$ SELECT baskets, lines, longest_basket FROM affinity_info((SELECT affinity_agg(i) FROM (VALUES (ARRAY[1, 2, 2, NULL]), ('{}'), (NULL), (ARRAY[NULL]::int[]), (ARRAY[2, 1])) v(i))) $$,
                  $$ VALUES (3::bigint, 2::bigint, 2) $$, 'repeated items count once; an empty array is a basket, nulls are not');

-- quantities
CREATE TEMP TABLE sale AS SELECT * FROM (VALUES (1, 'a', 2, 10.5), (1, 'b', 1, 3), (2, 'a', 1, 5.25), (2, 'b', 4, 12), (2, 'b', -4, -12), (3, 'a', -1, -5)) v(basket, item, quantity, revenue);
SELECT results_eq($$ SELECT baskets, lines, returned_lines FROM affinity_info((SELECT affinity_agg(basket, item, quantity, revenue) FROM sale)) $$,
                  $$ VALUES (2::bigint, 3::bigint, 2::bigint) $$, 'what is returned is not in the basket');
SELECT is((SELECT rollup(a)::text FROM (SELECT affinity_agg(basket, item, quantity, revenue) a FROM sale GROUP BY quantity) s),
          (SELECT affinity_agg(basket, item, quantity, revenue)::text FROM sale), 'returns find their basket when parts are joined');
SELECT is((SELECT affinity_agg(basket, item, quantity, revenue)::text::affinity::text FROM sale),
          (SELECT affinity_agg(basket, item, quantity, revenue)::text FROM sale), 'quantities come back from text');

-- partners
SELECT results_eq($$ SELECT item, score, pair_count FROM also_bought((SELECT a FROM state), 3, 5, 'confidence') $$,
                  $$ SELECT consequent, confidence, pair_count FROM affinity_pairs((SELECT a FROM state), NULL::int) WHERE antecedent = 3
                     ORDER BY confidence DESC, pair_count DESC, consequent LIMIT 5 $$, 'also_bought by confidence');
SELECT results_eq($$ SELECT item, score, pair_count FROM also_bought((SELECT a FROM state), 3, 60, 'lift') $$,
                  $$ SELECT consequent, lift, pair_count FROM affinity_pairs((SELECT a FROM state), NULL::int) WHERE antecedent = 3
                     ORDER BY lift DESC, pair_count DESC, consequent $$, 'by lift, all of them');
SELECT results_eq($$ SELECT item FROM also_bought((SELECT a FROM state), 3, 7, 'p_value') $$,
                  $$ SELECT consequent FROM affinity_pairs((SELECT a FROM state), NULL::int) WHERE antecedent = 3
                     ORDER BY p_value, pair_count DESC, consequent LIMIT 7 $$, 'by p value, the small ones first');
SELECT results_eq($$ SELECT item FROM also_bought((SELECT a FROM state), 3, 7) $$,
                  $$ SELECT consequent FROM affinity_pairs((SELECT a FROM state), NULL::int) WHERE antecedent = 3 AND leverage > 0
                     ORDER BY log_likelihood_ratio DESC, pair_count DESC, consequent LIMIT 7 $$, 'by log-likelihood ratio, what attracts only');
SELECT results_eq($$ SELECT item, pair_count FROM also_bought((SELECT affinity_agg(b, i) FROM (VALUES (1, 'bread'), (1, 'milk'), (2, 'bread'), (2, 'milk'), (3, 'beer')) v (b, i)), 'bread') $$,
                  $$ SELECT 'milk', 2::bigint $$, 'an item that is a bare literal is a text');
SELECT results_eq($$ SELECT item, score FROM also_bought((SELECT affinity_agg(basket, item) FROM line), 3, 5, 'jaccard') $$,
                  $$ SELECT item, score FROM also_bought((SELECT a FROM state), 3, 5, 'jaccard') $$, 'from a fresh aggregate as from a stored value');
SELECT results_eq($$ SELECT b.* FROM (SELECT affinity_agg(basket, item) a FROM line) s CROSS JOIN LATERAL also_bought(s.a, 3, 5, 'cosine') b $$,
                  $$ SELECT * FROM also_bought((SELECT compact(a) FROM state), 3, 5, 'cosine') $$, 'from an expanded object as from a compacted value');
SELECT is_empty($$ SELECT * FROM also_bought((SELECT a FROM state), 12345) $$, 'an unknown item has no partners');
SELECT set_eq($$ SELECT t.item, t.partner, t.score FROM top_partners((SELECT a FROM state), NULL::int, 3, 'cosine', min_count => 5) t $$,
              $$ SELECT x, y, cosine FROM (SELECT antecedent x, consequent y, cosine, row_number() OVER (PARTITION BY antecedent ORDER BY cosine DESC, pair_count DESC, consequent) r
                 FROM affinity_pairs((SELECT a FROM state), NULL::int, 5)) q WHERE r <= 3 $$, 'the best partners of every item');
SELECT throws_ok($$ SELECT * FROM also_bought((SELECT a FROM state), 3, 5, 'lft') $$, '22023', 'unknown measure "lft"', 'measures have names');

-- correction
CREATE TEMP TABLE tested AS SELECT antecedent x, consequent y, p_value p, adjusted_p_value q, 'bonferroni' c FROM affinity_pairs((SELECT a FROM state), NULL::int, 20, correction => 'bonferroni')
UNION ALL SELECT antecedent, consequent, p_value, adjusted_p_value, 'holm' FROM affinity_pairs((SELECT a FROM state), NULL::int, 20, correction => 'holm', tests => 'returned')
UNION ALL SELECT antecedent, consequent, p_value, adjusted_p_value, 'bh' FROM affinity_pairs((SELECT a FROM state), NULL::int, 20, correction => 'bh', tests => 'returned')
UNION ALL SELECT antecedent, consequent, p_value, adjusted_p_value, 'by' FROM affinity_pairs((SELECT a FROM state), NULL::int, 20, correction => 'by', tests => 'returned');
SELECT is_empty($$ SELECT * FROM tested, (SELECT count(*) f FROM affinity_items((SELECT a FROM state), NULL::int) WHERE item_count >= 20) i
                   WHERE c = 'bonferroni' AND abs(q - least(1, p * f * (f - 1) / 2)) > 1e-12 $$, 'Bonferroni over all pairs of frequent items');
SELECT is_empty($$ WITH r AS (SELECT p, q, row_number() OVER w i, count(*) OVER () m FROM tested WHERE c = 'holm' AND x < y WINDOW w AS (ORDER BY p)),
                        s AS (SELECT q, least(1, max(p * (m - i + 1)) OVER (ORDER BY i)) want FROM r)
                   SELECT * FROM s WHERE abs(q - want) > 1e-12 $$, 'Holm');
SELECT is_empty($$ WITH r AS (SELECT p, q, row_number() OVER w i, count(*) OVER () m FROM tested WHERE c = 'bh' AND x < y WINDOW w AS (ORDER BY p)),
                        s AS (SELECT q, least(1, min(p * m / i) OVER (ORDER BY i DESC)) want FROM r)
                   SELECT * FROM s WHERE abs(q - want) > 1e-12 $$, 'Benjamini-Hochberg');
SELECT is_empty($$ WITH r AS (SELECT p, q, row_number() OVER w i, count(*) OVER () m FROM tested WHERE c = 'by' AND x < y WINDOW w AS (ORDER BY p)),
                        h AS (SELECT sum(1.0::float8 / k) h FROM generate_series(1, (SELECT max(m) FROM r)) k),
                        s AS (SELECT q, least(1, min(p * m * h / i) OVER (ORDER BY i DESC)) want FROM r, h)
                   SELECT * FROM s WHERE abs(q - want) > 1e-12 $$, 'Benjamini-Yekutieli');
SELECT is((SELECT count(*) FROM affinity_pairs((SELECT a FROM state), NULL::int, antecedents => ARRAY[0,1,2,3,4], consequents => ARRAY[3,4,5,6], min_count => 1, correction => 'bonferroni')
           WHERE abs(adjusted_p_value - least(1, p_value * 17)) > 1e-12), 0::bigint, 'filters leave fewer tests');

-- memory
SELECT throws_ok($$ SELECT affinity_agg(i, i % 1000, '{"memory_mb": 1}') FROM generate_series(1, 300000) i $$, '54000', NULL, 'over its memory bound it stops');
SELECT cmp_ok((SELECT sample_fraction FROM affinity_info((SELECT affinity_agg(i / 4, i % 1000, '{"memory_mb": 2, "over_memory": "sample"}') FROM generate_series(1, 400000) i))), '<', 1::float8, 'or samples');
SELECT is((SELECT affinity_agg(basket, item, '{"memory_mb": 64}')::text = a::text FROM line, state GROUP BY a::text), false, 'settings are part of the value');
SELECT throws_ok($$ SELECT affinity_agg(1, 1, '{"memory": 1}') $$, '22023', 'unknown setting "memory" of affinity_agg', 'settings have names');
SELECT throws_ok(format('SELECT affinity_agg(1, 1, ''{"memory_mb%s": 1}'')', repeat('é', 40)), '22023', format('unknown setting "memory_mb%s" of affinity_agg', repeat('é', 40)), 'long ones, too');
CREATE TEMP TABLE big AS SELECT i / 5 basket, hashint4(i) & 511 item FROM generate_series(1, 400000) i;
SELECT cmp_ok((SELECT max(abs(s.support - f.support)) FROM affinity_items((SELECT affinity_agg(basket, item, '{"memory_mb": 2, "over_memory": "sample"}') FROM big), NULL::int) s
               JOIN affinity_items((SELECT affinity_agg(basket, item) FROM big), NULL::int) f USING (item)), '<',
              (SELECT support_error FROM affinity_info((SELECT affinity_agg(basket, item, '{"memory_mb": 2, "over_memory": "sample"}') FROM big))), 'within the stated error');
CREATE TEMP TABLE rate AS SELECT 'fine' AS part, affinity_agg(basket, item, '{"memory_mb": 16, "over_memory": "sample"}') AS a FROM big WHERE item % 2 = 0
                     UNION ALL SELECT 'coarse', affinity_agg(basket, item, '{"memory_mb": 1, "over_memory": "sample"}') FROM big WHERE item % 2 = 1;
SELECT cmp_ok((SELECT sample_fraction FROM rate, affinity_info(a) WHERE part = 'fine'), '>', (SELECT sample_fraction FROM rate, affinity_info(a) WHERE part = 'coarse'), 'parts sampled at two rates');
-- sampling gives the memory of long ids back, and the items that are left in no basket
CREATE TEMP TABLE lettered AS SELECT format('order %s of the year two thousand and twenty-six', i / 4) AS basket, i % 1000 AS item, 'item ' || i AS rare FROM generate_series(1, 400000) i;
SELECT cmp_ok((SELECT baskets FROM affinity_info((SELECT affinity_agg(basket, item, '{"memory_mb": 2, "over_memory": "sample"}') FROM lettered))), '>', 1000::bigint, 'baskets with long ids are sampled');
SELECT cmp_ok((SELECT baskets FROM affinity_info((SELECT affinity_agg(basket, rare, '{"memory_mb": 4, "over_memory": "sample"}') FROM lettered))), '>', 1000::bigint, 'and those of many items');
SELECT is_empty($$ SELECT * FROM affinity_items((SELECT affinity_agg(basket, rare, '{"memory_mb": 4, "over_memory": "sample"}') FROM lettered), NULL::text) WHERE item_count = 0 $$, 'what is listed is in a basket');
SELECT is_empty($$ SELECT * FROM affinity_items((SELECT affinity_agg(i / 4, i, '{"memory_mb": 4, "over_memory": "sample"}') FROM generate_series(1, 400000) i), NULL::int) WHERE item_count = 0 $$, 'of numbers, too');
SELECT set_eq($$ SELECT i.* FROM (SELECT rollup(a ORDER BY part) a FROM rate) r, affinity_items(r.a, NULL::int) i $$,
              $$ SELECT i.* FROM (SELECT rollup(a ORDER BY part DESC) a FROM rate) r, affinity_items(r.a, NULL::int) i $$, 'join at the coarser one, whichever comes first');
SELECT set_eq($$ SELECT l.item AS g, i.item, i.item_count FROM (SELECT DISTINCT item % 7 AS item FROM line) l, affinity_items((SELECT affinity_agg(basket, item) FROM line n WHERE n.item % 7 = l.item), NULL::int) i $$,
              $$ SELECT g, i.item, i.item_count FROM (SELECT item % 7 AS g, item > 20 AS high, affinity_agg(basket, item) a FROM line WHERE item IS NOT NULL GROUP BY CUBE (item % 7, item > 20)) q, affinity_items(a, NULL::int) i
                 WHERE g IS NOT NULL AND high IS NULL $$, 'GROUP BY CUBE');

-- damaged text
SELECT throws_ok(format('SELECT %L::affinity', t), NULL, NULL, 'refused: ' || left(t, 30)) FROM (VALUES (''), ('1'), ('2 0 "int4"'), ('2 0 "integer" "" "integer" "" 0 0 0 0 0 0 0 1 1 0 1 0 - - - - -')) v(t);
SELECT throws_ok(format('SELECT %L::affinity', replace(a::text, x, y)), code, NULL, format('%s for %s', y, x))
FROM (SELECT affinity_agg(basket, 'i' || item % 3) a FROM line WHERE basket < 3) s,
     (VALUES ('"pg_catalog.text"', '"pg_catalog.txet"', '42704'), ('"pg_catalog.text"', '"a.b.c.d"', '42704'), ('"pg_catalog.text"', '"25"', '42704'), ('"pg_catalog.text"', '"select x"', '42704'),
             ('"pg_catalog.text"', '"pg_catalog.json"', '42883'), ('"integer"', '"pg_catalog.record"', '42P18'), ('"integer"', '""', '22P02'), ('"i0"', '"i1"', '22P02'), ('2 0 ', '2 2 ', '22P02')) v(x, y, code);
SELECT is(affinity_agg(b, i)::text::affinity::text, affinity_agg(b, i)::text, 'types with long names come back') FROM (VALUES (timestamptz '2024-01-01 00:00+00', '{1,2}'::int[]), ('2024-01-02 00:00+00', '{3}')) v(b, i);
SELECT lives_ok($$ DO $do$ DECLARE t text := (SELECT affinity_agg(basket, 'i' || item)::text FROM line WHERE basket < 30); r text; n int := 0;
BEGIN
  FOR i IN 1 .. 400 LOOP
    r := overlay(t placing chr(33 + (hashint4(i) & 63)) from 1 + (hashint4(i + 1000) & 2147483647) % length(t) for 1);
    BEGIN PERFORM r::affinity::text::affinity; EXCEPTION WHEN data_exception OR undefined_object OR data_corrupted OR program_limit_exceeded OR datatype_mismatch OR feature_not_supported OR indeterminate_datatype OR undefined_function OR syntax_error OR invalid_name OR undefined_table OR invalid_schema_name THEN n := n + 1; END;
  END LOOP;
END $do$ $$, 'damaged text is refused or read, nothing worse');

SELECT throws_ok($$SELECT clientele.also_bought((SELECT clientele.affinity_agg(i % 3, 'item' || i % 5) FROM generate_series(1, 20) i), 1)$$,
                 '42804', NULL, 'also_bought takes no integer for an item of type text');

SELECT finish();
ROLLBACK;
