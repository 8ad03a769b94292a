-- Known counts of public data, which lie beside the checkout and not in it; skipped, loudly, where they do not.
\getenv shared CLT_SHARED
\if :{?shared}
\else
\set shared ../shared
\endif
\setenv CLT_DATA :shared/data/basket
BEGIN;
SELECT no_plan();
CREATE TEMP TABLE raw (n bigserial, l text);
CREATE TEMP TABLE reference (l text);
\set there `test -r "$CLT_DATA/groceries/groceries.dat" && echo 1 || echo 0`
\if :there
\copy raw(l) FROM PROGRAM 'cat "$CLT_DATA/groceries/groceries.dat"'
CREATE TEMP TABLE groceries AS SELECT affinity_agg(n, i) AS a FROM raw, unnest(string_to_array(trim(l), ' ')::int[]) i;
SELECT results_eq($$ SELECT baskets, lines, items, longest_basket FROM groceries, affinity_info(a) $$, $$ VALUES (9835::bigint, 43367::bigint, 169::bigint, 32) $$, 'groceries');
SELECT results_eq($$ SELECT c, (SELECT count(*) FROM frequent_itemsets((SELECT a FROM groceries), NULL::int, c)) FROM unnest(ARRAY[984, 492, 197, 99, 98, 60, 50, 10, 5]) c $$,
                  $$ VALUES (984, 8::bigint), (492, 31), (197, 122), (99, 333), (98, 341), (60, 747), (50, 1001), (10, 13492), (5, 49580) $$, 'frequent itemsets');
SELECT is((SELECT count(*) FROM frequent_itemsets((SELECT a FROM groceries), NULL::int, min_support => 0.01)), 333::bigint, 'a share rounds up');
SELECT is((SELECT count(*) FROM frequent_itemsets((SELECT a FROM groceries), NULL::int, 10, kind => 'closed')), 13464::bigint, 'closed');
SELECT is((SELECT count(*) FROM frequent_itemsets((SELECT a FROM groceries), NULL::int, 10, kind => 'maximal')), 7794::bigint, 'maximal');
SELECT is((SELECT count(*) FROM association_rules((SELECT a FROM groceries), NULL::int, min_support => 0.006, min_confidence => 0.25)), 463::bigint, 'rules');
SELECT is((SELECT count(*) FROM association_rules((SELECT a FROM groceries), NULL::int, min_support => 0.001, min_confidence => 0.8)), 410::bigint, 'rules of high confidence');
SELECT is((SELECT count(*) FROM association_rules((SELECT a FROM groceries), NULL::int, min_count => 10, min_confidence => 0.5, max_consequent => 10)), 5829::bigint, 'rules to several items');
SELECT is((SELECT count(*) FROM association_rules((SELECT a FROM groceries), NULL::int, min_count => 10, min_confidence => 1, max_consequent => 10)), 28::bigint, 'rules that never fail');
SELECT results_eq($$ SELECT count(*), sum(pair_count)::bigint FROM affinity_pairs((SELECT a FROM groceries), NULL::int) $$, $$ VALUES (2 * 9636::bigint, 2 * 137278::bigint) $$, 'all pairs');
SELECT results_eq($$ SELECT count(*) FILTER (WHERE p_value <= 0.01), count(*) FILTER (WHERE 5962 / 2.0 * p_value * 2 <= 0.01) FROM affinity_pairs((SELECT a FROM groceries), NULL::int, 10) $$,
                  $$ VALUES (2906::bigint, 746::bigint) $$, 'exact tests, with and without Bonferroni over 5,962 tests');
SELECT results_eq($$ SELECT (SELECT count(*) FROM affinity_pairs((SELECT a FROM groceries), NULL::int, 10, correction => c, tests => '5962') WHERE adjusted_p_value <= 0.01) FROM unnest(ARRAY['bonferroni']) c $$,
                  $$ VALUES (746::bigint) $$, 'the same by argument');
SELECT is((SELECT count(*) FROM affinity_pairs((SELECT a FROM groceries), NULL::int, 10, correction => 'bh', tests => 'returned') WHERE adjusted_p_value <= 0.01), 2518::bigint, 'Benjamini-Hochberg');
\copy reference FROM PROGRAM 'zcat "$CLT_DATA/groceries/ref/pairs_count10_all_measures.csv.gz" | tail -n +2'
CREATE TEMP TABLE want AS SELECT v FROM (SELECT string_to_array(l, ',')::float8[] v FROM reference) q;
SELECT is((SELECT count(*) FROM want), 2981::bigint, 'reference measures are there');
SELECT is_empty($$ SELECT v[1], v[2] FROM want LEFT JOIN affinity_pairs((SELECT a FROM groceries), NULL::int, 10) p ON p.antecedent = v[1] AND p.consequent = v[2]
                   WHERE (p.pair_count = v[6] AND p.antecedent_count = v[4] AND abs(p.support / v[7] - 1) < 1e-12 AND abs(p.confidence / v[8] - 1) < 1e-12 AND abs(p.lift / v[10] - 1) < 1e-12
                     AND abs(p.leverage - v[11]) < 1e-15 AND abs(p.conviction / v[12] - 1) < 1e-12 AND abs(p.zhang - v[14]) < 1e-12 AND abs(p.jaccard / v[16] - 1) < 1e-12
                     AND abs(p.cosine / v[17] - 1) < 1e-12 AND abs(p.kulczynski / v[18] - 1) < 1e-12 AND abs(p.imbalance - v[19]) < 1e-12 AND abs(p.phi - v[20]) < 1e-12
                     AND abs(p.odds_ratio / v[21] - 1) < 1e-12 AND abs(p.chi_squared - v[22]) < 1e-9 * greatest(1, v[22]) AND abs(p.log_likelihood_ratio - v[24]) < 1e-9 * greatest(1, v[24])
                     AND abs(p.p_value / v[30] - 1) < 1e-9 AND abs(p.log10_p_value - v[31]) < 1e-9 * greatest(1, abs(v[31]))) IS NOT TRUE $$, 'all measures of 2,981 pairs equal those of scipy');
TRUNCATE raw;
\copy raw(l) FROM PROGRAM 'zcat "$CLT_DATA/t10i4d100k/T10I4D100K.dat.gz"'
CREATE TEMP TABLE t10 AS SELECT affinity_agg(n, i) AS a FROM raw, unnest(string_to_array(trim(l), ' ')::int[]) i;
SELECT results_eq($$ SELECT length, count(*) FROM frequent_itemsets((SELECT a FROM t10), NULL::int, 100) GROUP BY 1 ORDER BY 1 $$,
                  $$ VALUES (1, 797::bigint), (2, 8831), (3, 7130), (4, 5499), (5, 3188), (6, 1429), (7, 503), (8, 130), (9, 23), (10, 2) $$, 'T10I4D100K, by length');
SELECT is((SELECT count(*) FROM frequent_itemsets((SELECT a FROM t10), NULL::int, 100, kind => 'closed')), 26806::bigint, 'closed');
SELECT is((SELECT count(*) FROM frequent_itemsets((SELECT a FROM t10), NULL::int, 100, kind => 'maximal')), 4054::bigint, 'maximal');
SELECT is((SELECT count(*) FROM association_rules((SELECT a FROM t10), NULL::int, min_count => 100, min_confidence => 0.5)), 72054::bigint, 'rules');
SELECT is((SELECT count(*) FROM affinity_pairs((SELECT a FROM t10), NULL::int, 100)), 2 * 8831::bigint, 'pairs');
TRUNCATE raw;
\copy raw(l) FROM PROGRAM 'zcat "$CLT_DATA/mushroom/mushroom.dat.gz"'
CREATE TEMP TABLE mushroom AS SELECT affinity_agg(n, i) AS a FROM raw, unnest(string_to_array(trim(l), ' ')::int[]) i;
SELECT results_eq($$ SELECT kind, (SELECT count(*) FROM frequent_itemsets((SELECT a FROM mushroom), NULL::int, 1625, kind => kind)) FROM unnest(ARRAY['frequent', 'closed', 'maximal']) kind $$,
                  $$ VALUES ('frequent', 53583::bigint), ('closed', 1197), ('maximal', 158) $$, 'mushroom, which is dense');
SELECT results_eq($$ SELECT kind, min_count, (SELECT count(*) FROM frequent_itemsets((SELECT a FROM mushroom), NULL::int, min_count, kind => kind))
                     FROM unnest(ARRAY['closed', 'maximal']) kind, unnest(ARRAY[2437, 813, 407]) min_count ORDER BY kind, min_count $$,
                  $$ VALUES ('closed', 407, 12843::bigint), ('closed', 813, 4885), ('closed', 2437, 427), ('maximal', 407, 1442), ('maximal', 813, 547), ('maximal', 2437, 63) $$,
                  'mushroom, further down');
SELECT is((SELECT count(*) FROM affinity_pairs((SELECT a FROM mushroom), NULL::int) WHERE 85 IN (antecedent, consequent) AND (phi IS NOT NULL OR chi_squared IS NOT NULL)), 0::bigint, 'nothing correlates with what is everywhere');
\else
SELECT skip('public data: not found beside the checkout', 24);
\endif
SELECT finish();
ROLLBACK;
