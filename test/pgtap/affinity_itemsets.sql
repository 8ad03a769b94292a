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

-- filters are used in the search, and change nothing but what is left out
SELECT set_eq(format($$ SELECT antecedent, consequent, rule_count, antecedent_count, consequent_count, lift FROM association_rules((SELECT a FROM state), NULL::int, antecedents => %L::int[], consequents => %L::int[], min_count => 8, max_consequent => %s, redundant => %L) $$, a, c, m, r),
              format($$ SELECT antecedent, consequent, rule_count, antecedent_count, consequent_count, lift FROM association_rules((SELECT a FROM state), NULL::int, min_count => 8, max_consequent => %s, redundant => %L)
                        WHERE coalesce(antecedent <@ %L::int[], true) AND coalesce(consequent <@ %L::int[], true) $$, m, r, a, c),
              format('rules from %s to %s, at most %s, redundant %s', a, c, m, r))
FROM (VALUES (NULL, '{5,6}'), ('{0,1,2}', NULL), ('{3}', '{3,4}'), (NULL, '{2}'), ('{11,12,1}', '{0,1,2,3,4,5,6,7,8,9,10,11,12}')) v(a, c), (VALUES (1), (3)) w(m), (VALUES (true), (false)) x(r);
SELECT is_empty($$ SELECT * FROM association_rules((SELECT a FROM state), NULL::int, NULL, ARRAY[99], min_count => 1) $$, 'no rule to what nobody bought');
SELECT is_empty($$ SELECT * FROM association_rules((SELECT a FROM state), NULL::int, '{}', NULL, min_count => 1) $$, 'none from nothing');
SELECT set_eq(format($$ SELECT items, item_count FROM frequent_itemsets((SELECT a FROM %s), NULL::int, among => %L::int[], containing => %L::int[], min_count => 8, max_length => %s) $$, state, a, c, m),
              format($$ SELECT items, n FROM freq WHERE coalesce(items <@ %L::int[], true) AND items @> coalesce(%L, '{}')::int[] AND cardinality(items) <= %s $$, a, c, m),
              format('itemsets of %s among %s with %s', state, a, c))
FROM (VALUES (NULL, '{5}'), ('{0,1,2,3,4,5,6}', NULL), ('{0,1,2,3,4,5,6}', '{2,3}'), (NULL, '{0,1,2}'), ('{3}', '{4}'), (NULL, '{4,99}'), ('{}', NULL), (NULL, '{}'), (NULL, '{12,11,10,9}')) v(a, c),
     (VALUES ('state'), ('(SELECT compact(a) a FROM state) z')) w(state), (VALUES (100), (3)) x(m);
SELECT set_eq(format($$ SELECT items, item_count FROM frequent_itemsets((SELECT a FROM state), NULL::int, among => %L::int[], containing => %L::int[], min_count => 8, kind => %L) $$, a, c, k),
              format($$ WITH f AS (SELECT * FROM freq WHERE coalesce(items <@ %L::int[], true) AND items @> coalesce(%L, '{}')::int[])
                        SELECT items, n FROM f WHERE NOT EXISTS (SELECT FROM f g WHERE g.s & f.s = f.s AND g.s <> f.s AND (%L = 'maximal' OR g.n = f.n)) $$, a, c, k),
              format('%s itemsets among %s with %s', k, a, c))
FROM (VALUES (NULL, '{5}'), ('{0,1,2,3,4,5,6}', NULL), ('{0,1,2,3,4,5,6}', '{2,3}'), (NULL, '{0,1,2}'), (NULL, '{4,99}')) v(a, c), (VALUES ('closed'), ('maximal')) w(k);

-- many tests: the family is every rule that frequent sets allow
CREATE TEMP TABLE raw_rule AS SELECT row_number() OVER (ORDER BY p_value) AS i, * FROM association_rules((SELECT a FROM state), NULL::int, min_count => 8, max_consequent => 2);
SELECT is_empty($$ SELECT r.antecedent FROM association_rules((SELECT a FROM state), NULL::int, min_count => 8, max_consequent => 2, min_confidence => 0.3, correction => 'bonferroni') r
                   WHERE abs(adjusted_p_value - least(1, p_value * (SELECT count(*) FROM raw_rule))) > 1e-12 $$, 'Bonferroni reckons with all of them, not with those given');
CREATE TEMP TABLE adjusted AS
SELECT antecedent, consequent, max(p_value * (m - i + 1)) OVER (ORDER BY p_value) AS holm, min(p_value * m / i) OVER (ORDER BY i DESC) AS bh
FROM raw_rule, (SELECT count(*) m FROM raw_rule) c;
SELECT is_empty($$ SELECT * FROM association_rules((SELECT a FROM state), NULL::int, min_count => 8, max_consequent => 2, min_lift => 1, correction => 'holm') r JOIN adjusted USING (antecedent, consequent)
                   WHERE abs(adjusted_p_value - least(1, holm)) > 1e-12 $$, 'Holm');
SELECT is_empty($$ SELECT * FROM association_rules((SELECT a FROM state), NULL::int, min_count => 8, max_consequent => 2, min_lift => 1, correction => 'bh') r JOIN adjusted USING (antecedent, consequent)
                   WHERE adjusted_p_value > least(1, bh) + 1e-12 $$, 'Benjamini-Hochberg');
SELECT is_empty($$ SELECT * FROM association_rules((SELECT a FROM state), NULL::int, min_count => 8, max_consequent => 2, correction => 'by') r JOIN association_rules((SELECT a FROM state), NULL::int, min_count => 8, max_consequent => 2, correction => 'bh') s USING (antecedent, consequent)
                   WHERE abs(r.adjusted_p_value - least(1, s.adjusted_p_value * (SELECT sum(1.0 / k) FROM generate_series(1, (SELECT count(*) FROM raw_rule)) k))) > 1e-9 AND s.adjusted_p_value < 1 $$, 'Benjamini-Yekutieli');
SELECT is_empty($$ SELECT * FROM association_rules((SELECT a FROM state), NULL::int, min_count => 8, min_confidence => 0.4, correction => 'bonferroni', tests => 'returned')
                   WHERE abs(adjusted_p_value - least(1, p_value * (SELECT count(*) FROM association_rules((SELECT a FROM state), NULL::int, min_count => 8, min_confidence => 0.4)))) > 1e-12 $$, 'or with those given, when told so');
SELECT is_empty($$ SELECT * FROM association_rules((SELECT a FROM state), NULL::int, min_count => 8, correction => 'bonferroni', tests => '1000') WHERE abs(adjusted_p_value - least(1, p_value * 1000)) > 1e-12 $$, 'or with a number');
SELECT is_empty($$ SELECT * FROM association_rules((SELECT a FROM state), NULL::int, min_count => 8) WHERE adjusted_p_value IS DISTINCT FROM p_value $$, 'no correction, no change');
SELECT is_empty($$ SELECT * FROM association_rules((SELECT a FROM state), NULL::int, ARRAY[1, 2, 3], ARRAY[4], min_count => 8, correction => 'bonferroni')
                   WHERE abs(adjusted_p_value - least(1, p_value * (SELECT count(*) FROM rule WHERE x <@ ARRAY[1, 2, 3] AND y = ARRAY[4]))) > 1e-12 $$, 'a filter makes fewer tests');
SELECT throws_ok($$ SELECT * FROM association_rules((SELECT a FROM state), NULL::int, correction => 'sidak') $$, '22023', NULL, 'corrections have names');
SELECT throws_ok($$ SELECT * FROM association_rules((SELECT a FROM state), NULL::int, tests => NULL) $$, '22004', NULL, 'tests must not be null');
SELECT is_empty($$ SELECT * FROM affinity_pairs((SELECT a FROM state), NULL::int, min_count => 8, min_lift => 1.2, correction => 'bonferroni', tests => 'returned')
                   WHERE abs(adjusted_p_value - least(1, p_value * (SELECT count(*) / 2 FROM affinity_pairs((SELECT a FROM state), NULL::int, min_count => 8, min_lift => 1.2)))) > 1e-12 $$, 'of pairs, a pair is one test');

SELECT finish();
ROLLBACK;
