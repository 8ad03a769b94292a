-- Itemsets and rules against enumeration of all subsets, and the known counts of public data.
BEGIN;
SELECT no_plan();

CREATE TEMP TABLE line AS
SELECT DISTINCT (hashint4(i) & 2147483647) % 400 AS basket, (power((hashint4(i + 7000000)::float8 / 4294967296 + 0.5), 2) * 12)::int AS item
FROM generate_series(1, 2200) i;
CREATE TEMP TABLE state AS SELECT affinity_agg(basket, item) AS a FROM line;
CREATE TEMP TABLE mask AS SELECT basket, sum(1 << item)::int AS m FROM line GROUP BY 1;
CREATE TEMP TABLE sets AS SELECT s, (SELECT count(*) FROM mask WHERE m & s = s) AS n FROM generate_series(1, 8191) s;
CREATE TEMP TABLE freq AS SELECT s, n, ARRAY(SELECT i FROM generate_series(0, 12) i WHERE s & (1 << i) <> 0) AS items FROM sets WHERE n >= 8;

SELECT cmp_ok((SELECT count(*) FROM freq WHERE cardinality(items) > 2), '>', 100::bigint, 'there are sets to find');
SELECT set_eq($$ SELECT items, item_count, length FROM frequent_itemsets((SELECT a FROM state), NULL::int, min_count => 8) $$,
              $$ SELECT items, n, cardinality(items) FROM freq $$, 'frequent itemsets');
SELECT set_eq($$ SELECT items, item_count FROM frequent_itemsets((SELECT compact(a) FROM state), NULL::int, min_count => 8) $$,
              $$ SELECT items, n FROM freq $$, 'of a compacted value');
SELECT set_eq($$ SELECT items, item_count FROM frequent_itemsets((SELECT a FROM state), NULL::int, min_count => 8, max_length => 2) $$,
              $$ SELECT items, n FROM freq WHERE cardinality(items) <= 2 $$, 'of two items at most');
SELECT set_eq($$ SELECT items FROM frequent_itemsets((SELECT a FROM state), NULL::int, min_support => 0.1) $$,
              $$ SELECT items FROM freq WHERE n >= 0.1 * (SELECT count(*) FROM mask) $$, 'by share of baskets');
SELECT set_eq($$ SELECT items, item_count FROM frequent_itemsets((SELECT a FROM state), NULL::int, min_count => 8, kind => 'closed') $$,
              $$ SELECT items, n FROM freq f WHERE NOT EXISTS (SELECT FROM freq g WHERE g.s & f.s = f.s AND g.s <> f.s AND g.n = f.n) $$, 'closed');
SELECT set_eq($$ SELECT items, item_count FROM frequent_itemsets((SELECT a FROM state), NULL::int, min_count => 8, kind => 'maximal') $$,
              $$ SELECT items, n FROM freq f WHERE NOT EXISTS (SELECT FROM freq g WHERE g.s & f.s = f.s AND g.s <> f.s) $$, 'maximal');
SELECT throws_ok($$ SELECT * FROM frequent_itemsets((SELECT a FROM state), NULL::int, kind => 'free') $$, '22023', NULL, 'kinds have names');
SELECT throws_ok($$ SELECT * FROM frequent_itemsets((SELECT a FROM state), NULL::int, min_count => -1) $$, '22023', NULL, 'counts are not negative');
SELECT throws_ok($$ SELECT * FROM frequent_itemsets((SELECT a FROM state), NULL::int, min_support => 10) $$, '22023', NULL, 'a share is no count');

CREATE TEMP TABLE rule AS
SELECT z.items AS z, x.items AS x, y.items AS y, z.n AS nxy, x.n AS nx, y.n AS ny
FROM freq z JOIN freq x ON x.s & z.s = x.s AND x.s <> z.s JOIN freq y ON y.s = z.s - x.s;
SELECT set_eq($$ SELECT antecedent, consequent, rule_count, antecedent_count, consequent_count FROM association_rules((SELECT a FROM state), NULL::int, min_count => 8) $$,
              $$ SELECT x, y, nxy, nx, ny FROM rule WHERE cardinality(y) = 1 $$, 'rules to one item');
SELECT set_eq($$ SELECT antecedent, consequent FROM association_rules((SELECT a FROM state), NULL::int, min_count => 8, max_consequent => 3, min_confidence => 0.5, min_lift => 1.1) $$,
              $$ SELECT x, y FROM rule WHERE cardinality(y) <= 3 AND nxy >= 0.5 * nx AND nxy * (SELECT count(*) FROM mask) >= 1.1 * nx * ny $$, 'to more, and thresholds');
SELECT set_eq($$ SELECT antecedent, consequent FROM association_rules((SELECT a FROM state), NULL::int, antecedents => ARRAY[0, 1, 2, 3, 4], consequents => ARRAY[5, 6], min_count => 8) $$,
              $$ SELECT x, y FROM rule WHERE x <@ ARRAY[0, 1, 2, 3, 4] AND y <@ ARRAY[5, 6] AND cardinality(y) = 1 $$, 'of some items only');
SELECT set_eq($$ SELECT antecedent, consequent FROM association_rules((SELECT a FROM state), NULL::int, min_count => 8, redundant => false) $$,
              $$ SELECT x, y FROM rule r WHERE cardinality(y) = 1
                 AND nxy * (SELECT count(*) FROM mask) > nx * ny                                            -- better than no condition
                 AND NOT EXISTS (SELECT FROM rule s WHERE s.y = r.y AND s.x <@ r.x AND s.x <> r.x AND s.nxy * r.nx >= r.nxy * s.nx) $$, 'redundant rules dropped');
SELECT is_empty($$ SELECT * FROM association_rules((SELECT a FROM state), NULL::int, min_count => 8) r JOIN affinity_pairs((SELECT a FROM state), NULL::int, 8) p
                   ON r.antecedent = ARRAY[p.antecedent] AND r.consequent = ARRAY[p.consequent]
                   WHERE (r.lift, r.leverage, r.p_value, r.chi_squared) IS DISTINCT FROM (p.lift, p.leverage, p.p_value, p.chi_squared) $$, 'measures as for pairs');

SELECT finish();
ROLLBACK;
