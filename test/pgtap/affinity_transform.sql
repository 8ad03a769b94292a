-- Baskets limited, items mapped to categories, and what pairs are worth, against plain SQL.
BEGIN;
SELECT no_plan();

CREATE TEMP TABLE line AS
SELECT DISTINCT (hashint4(i) & 2147483647) % 500 AS basket, (power((hashint4(i + 7000000)::float8 / 4294967296 + 0.5), 2) * 40)::int AS item
FROM generate_series(1, 5000) i;
CREATE TEMP TABLE state AS SELECT affinity_agg(basket, item) AS a FROM line;
CREATE TEMP TABLE long AS SELECT basket FROM line GROUP BY 1 HAVING count(*) > 9;

-- long baskets
SELECT results_eq($$ SELECT item, item_count FROM affinity_items((SELECT limit_baskets(affinity_agg(b, i), 2, 'skip') FROM (VALUES (1, 'a'), (1, 'b'), (2, 'a'), (2, 'b'), (2, 'rare')) t(b, i)), NULL::text) ORDER BY 1 $$,
                  $$ VALUES ('a', 1::bigint), ('b', 1) $$, 'an item that only skipped baskets hold is gone with them');
SELECT throws_ok($$ SELECT limit_baskets(a, 9) FROM state $$, '54000', format('%s baskets hold more than 9 items', (SELECT count(*) FROM long)), 'long baskets are an error');
SELECT is((SELECT limit_baskets(a, 40)::text FROM state), (SELECT a::text FROM state), 'unless there are none');
SELECT is((SELECT (affinity_info(limit_baskets(a, 9, 'skip'))).skipped_baskets FROM state), (SELECT count(*) FROM long), 'skipped ones are counted');
SELECT set_eq($$ SELECT antecedent, consequent, pair_count FROM affinity_pairs((SELECT limit_baskets(a, 9, 'skip') FROM state), NULL::int) $$,
              $$ SELECT a.item x, b.item y, count(*) FROM line a JOIN line b USING (basket) WHERE a.item <> b.item AND basket NOT IN (SELECT basket FROM long) GROUP BY 1, 2 $$, 'and not there');
SELECT results_eq($$ SELECT truncated_baskets, longest_basket, baskets FROM (SELECT limit_baskets(a, 9, 'truncate') l FROM state) s, affinity_info(l) $$,
                  $$ SELECT count(*), 9, (SELECT count(DISTINCT basket) FROM line) FROM long $$, 'truncated ones are counted');
SELECT set_eq($$ SELECT item, item_count FROM affinity_items((SELECT limit_baskets(a, 9, 'truncate') FROM state), NULL::int) $$,
              $$ SELECT item, count(*) FROM (SELECT item, row_number() OVER (PARTITION BY basket ORDER BY f DESC, item) r FROM line JOIN (SELECT item, count(*) f FROM line GROUP BY 1) q USING (item)) t WHERE r <= 9 GROUP BY 1 $$, 'they keep their most frequent items');
SELECT is((SELECT limit_baskets(compact(a), 9, 'skip')::text FROM state), (SELECT compact(limit_baskets(a, 9, 'skip'))::text FROM state), 'with ids or without');
SELECT throws_ok($$ SELECT limit_baskets(a, 9, 'drop') FROM state $$, '22023', NULL, 'policies have names');
SELECT is((SELECT skipped_baskets FROM affinity_info((SELECT rollup(limit_baskets(a, 9, 'skip')) FROM (SELECT affinity_agg(basket, item) a FROM line GROUP BY basket % 3) s))), (SELECT count(*) FROM long), 'rollup adds them up');

-- categories
SELECT is((SELECT map_items(a, ARRAY(SELECT generate_series(0, 30)), ARRAY(SELECT 'c' || i / 7 FROM generate_series(0, 30) i))::text FROM state),
          (SELECT affinity_agg(basket, 'c' || item / 7)::text FROM line WHERE item <= 30), 'items to categories');
SELECT is((SELECT map_items(a, ARRAY(SELECT generate_series(0, 30)), ARRAY(SELECT -1 - i / 7 FROM generate_series(0, 30) i), keep_items => true)::text FROM state),
          (SELECT affinity_agg(basket, i)::text FROM (SELECT basket, item i FROM line UNION ALL SELECT basket, -1 - item / 7 FROM line WHERE item <= 30) s), 'both levels at once');
SELECT is((SELECT map_items(a, ARRAY[0, 1], ARRAY[-1, -1], keep_unmapped => true)::text FROM state),
          (SELECT affinity_agg(basket, CASE WHEN item < 2 THEN -1 ELSE item END)::text FROM line), 'what has no category stays');
SELECT is((SELECT map_items(compact(a), ARRAY[0, 1, 2], ARRAY['x', 'x', 'y'])::text FROM state),
          (SELECT compact(affinity_agg(basket, CASE WHEN item < 2 THEN 'x' ELSE 'y' END))::text FROM line WHERE item < 3), 'without ids');
SELECT throws_ok($$ SELECT map_items(a, ARRAY[0, 0], ARRAY['x', 'y']) FROM state $$, '21000', NULL, 'one category an item');
SELECT throws_ok($$ SELECT map_items(a, ARRAY[0], ARRAY['x', 'y']) FROM state $$, '2202E', NULL, 'as many categories as items');
SELECT throws_ok($$ SELECT map_items(a, ARRAY['0'], ARRAY['x']) FROM state $$, '42804', NULL, 'items are of their type');

-- values
CREATE TEMP TABLE sale AS
SELECT basket, 'p' || item AS item, q AS quantity, round(q * (1 + item * 0.37), 2) AS revenue
FROM (SELECT basket, item, ((hashint4(basket * 100 + item + k * 77777) & 7) - 2)::numeric / 2 AS q FROM line, generate_series(1, 2) k) s;
CREATE TEMP TABLE net AS SELECT basket, item, sum(quantity) q, sum(revenue) r FROM sale GROUP BY 1, 2 HAVING sum(quantity) > 0;
CREATE TEMP TABLE valued AS SELECT affinity_agg(basket, item, quantity, revenue) AS a FROM sale;
SELECT set_eq($$ SELECT antecedent, consequent, pair_count, pair_quantity, antecedent_revenue, consequent_revenue, pair_revenue FROM affinity_pair_values((SELECT a FROM valued), NULL::text) $$,
              $$ SELECT a.item x, b.item y, count(*), sum(least(a.q, b.q)) q, sum(a.r) ra, sum(b.r) rb, sum(a.r + b.r) r FROM net a JOIN net b USING (basket) WHERE a.item <> b.item GROUP BY 1, 2 $$, 'values of pairs');
SELECT set_eq($$ SELECT antecedent, consequent, pair_count FROM affinity_pairs((SELECT a FROM valued), NULL::text) $$,
              $$ SELECT a.item x, b.item y, count(*) FROM net a JOIN net b USING (basket) WHERE a.item <> b.item GROUP BY 1, 2 $$, 'and their counts');
SELECT is((SELECT rollup(a)::text FROM (SELECT affinity_agg(basket, item, quantity, revenue) a FROM sale GROUP BY quantity > 0) s), (SELECT a::text FROM valued), 'returns come later');
SELECT set_eq($$ SELECT antecedent, consequent, pair_quantity, pair_revenue FROM affinity_pair_values((SELECT map_items(a, ARRAY['p0', 'p1', 'p2', 'p3'], ARRAY['c0', 'c0', 'c1', 'c1']) FROM valued), NULL::text) $$,
              $$ WITH n AS (SELECT basket, 'c' || substr(item, 2)::int / 2 c, sum(quantity) q, sum(revenue) r FROM sale WHERE item IN ('p0', 'p1', 'p2', 'p3') GROUP BY 1, 2 HAVING sum(quantity) > 0)
                 SELECT a.c x, b.c y, sum(least(a.q, b.q)) q, sum(a.r + b.r) r FROM n a JOIN n b USING (basket) WHERE a.c <> b.c GROUP BY 1, 2 $$, 'values of categories, returns netted within them');

CREATE TEMP TABLE only_bought AS SELECT affinity_agg(basket, item, quantity, revenue) AS a FROM sale WHERE quantity > 0;
-- without ids everything that can be asked of pairs is still there
CREATE TEMP TABLE twice AS SELECT affinity_agg(basket, item, quantity, revenue) AS a FROM (SELECT * FROM sale UNION ALL SELECT basket + 1000, item, quantity, revenue * 2 FROM sale) s;
CREATE TEMP TABLE short AS SELECT compact(a) AS a FROM twice;
SELECT set_eq($$ SELECT * FROM affinity_pair_values((SELECT a FROM short), NULL::text) $$, $$ SELECT * FROM affinity_pair_values((SELECT a FROM twice), NULL::text) $$, 'values of pairs of a compacted value');
SELECT set_eq($$ SELECT * FROM affinity_pairs((SELECT a FROM short), NULL::text) $$, $$ SELECT * FROM affinity_pairs((SELECT a FROM twice), NULL::text) $$, 'and their counts');
SELECT results_eq($$ SELECT baskets, keyed_baskets, returned_lines FROM affinity_info((SELECT a FROM short)) $$, $$ SELECT baskets, 0::bigint, 0::bigint FROM affinity_info((SELECT a FROM twice)) $$, 'no ids, as many baskets');
SELECT cmp_ok((SELECT compacted_baskets FROM affinity_info((SELECT a FROM short))), '<=', (SELECT baskets / 2 FROM affinity_info((SELECT a FROM short))), 'equal ones once');
SELECT is((SELECT a::text::affinity::text FROM short), (SELECT a::text FROM short), 'through text');
SELECT is((SELECT compact(rollup(c))::text FROM (SELECT compact(affinity_agg(basket, item, quantity, revenue)) c FROM (SELECT * FROM sale UNION ALL SELECT basket + 1000, item, quantity, revenue * 2 FROM sale) s GROUP BY basket % 3) q),
          (SELECT a::text FROM short), 'compacted parts join to the compacted whole');
SELECT is((SELECT rollup(c)::text FROM (SELECT affinity_agg(basket, item, quantity, revenue) c FROM sale WHERE basket < 250 UNION ALL SELECT compact(affinity_agg(basket, item, quantity, revenue)) FROM sale WHERE basket >= 250) q),
          (SELECT rollup(c)::text FROM (SELECT compact(affinity_agg(basket, item, quantity, revenue)) c FROM sale WHERE basket >= 250 UNION ALL SELECT affinity_agg(basket, item, quantity, revenue) FROM sale WHERE basket < 250) q), 'with and without ids together');
SELECT set_eq($$ SELECT * FROM affinity_pair_values((SELECT rollup(c) FROM (SELECT affinity_agg(basket, item, quantity, revenue) c FROM sale WHERE basket < 250 UNION ALL SELECT compact(affinity_agg(basket, item, quantity, revenue)) FROM sale WHERE basket >= 250) q), NULL::text) $$,
              $$ SELECT * FROM affinity_pair_values((SELECT a FROM valued), NULL::text) $$, 'and their values');
SELECT is((SELECT map_items(compact(a), ARRAY['p0', 'p1', 'p2', 'p3'], ARRAY['c0', 'c0', 'c1', 'c1'], keep_items => true)::text FROM only_bought),
          (SELECT compact(map_items(a, ARRAY['p0', 'p1', 'p2', 'p3'], ARRAY['c0', 'c0', 'c1', 'c1'], keep_items => true))::text FROM only_bought), 'categories of a compacted value')
FROM (SELECT 1) x;
SELECT is((SELECT limit_baskets(compact(a), 5, 'truncate')::text FROM valued), (SELECT compact(limit_baskets(a, 5, 'truncate'))::text FROM valued), 'truncated with ids or without');
SELECT results_eq($$ SELECT item, score, pair_count FROM also_bought((SELECT a FROM valued), 'p3'::text, 5, 'pair_revenue', 2) $$,
                  $$ SELECT consequent, pair_revenue::float8, pair_count FROM affinity_pair_values((SELECT a FROM valued), NULL::text, 2) WHERE antecedent = 'p3'
                     ORDER BY 2 DESC, 3 DESC, 1 LIMIT 5 $$, 'also_bought by revenue');
SELECT results_eq($$ SELECT item, score, pair_count FROM also_bought((SELECT a FROM valued), 'p3'::text, NULL, 'quantity') $$,
                  $$ SELECT consequent, pair_quantity::float8, pair_count FROM affinity_pair_values((SELECT a FROM valued), NULL::text) WHERE antecedent = 'p3'
                     ORDER BY 2 DESC, 3 DESC, 1 $$, 'also_bought by quantity, all');
SELECT results_eq($$ SELECT * FROM also_bought((SELECT a FROM short), 'p1'::text, 4, 'revenue') $$,
                  $$ SELECT * FROM also_bought((SELECT a FROM twice), 'p1'::text, 4, 'revenue') $$, 'of a compacted value as well');
SELECT is_empty($$ SELECT * FROM also_bought((SELECT a FROM valued), 'nothing'::text, 4, 'revenue') $$, 'an unknown item brings nothing');
SELECT set_eq($$ SELECT * FROM top_partners((SELECT a FROM valued), NULL::text, 3, 'pair_revenue', 2) $$,
              $$ SELECT * FROM (SELECT antecedent, consequent, row_number() OVER (PARTITION BY antecedent ORDER BY pair_revenue DESC, pair_count DESC, consequent)::int AS rank,
                                       pair_revenue::float8, pair_count FROM affinity_pair_values((SELECT a FROM valued), NULL::text, 2)) q WHERE rank <= 3 $$, 'top_partners by revenue');
SELECT set_eq($$ SELECT * FROM top_partners((SELECT a FROM valued), NULL::text, 2, 'quantity') $$,
              $$ SELECT i.item, b.item AS partner, b.ordinality::int, b.score, b.pair_count FROM affinity_items((SELECT a FROM valued), NULL::text) i,
                        LATERAL (SELECT row_number() OVER () AS ordinality, o.* FROM also_bought((SELECT a FROM valued), i.item, 2, 'pair_quantity') o) b $$, 'and by quantity as also_bought does');
SELECT throws_ok($$ SELECT * FROM also_bought((SELECT a FROM state), 3, 5, 'revenue') $$, '42804', 'affinity holds no quantities', 'a ranking by revenue needs amounts');
SELECT throws_ok($$ SELECT * FROM top_partners((SELECT a FROM state), NULL::int, 5, 'pair_quantity') $$, '42804', 'affinity holds no quantities', 'of every item, too');
SELECT throws_ok($$ SELECT * FROM affinity_pair_values((SELECT a FROM state), NULL::int) $$, '42804', 'affinity holds no quantities', 'values need quantities');

SELECT finish();
ROLLBACK;
