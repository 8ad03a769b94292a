-- affinity: a first look, the plan, complaints, and the stored format.
SET search_path = clientele, public;
CREATE TABLE order_line (order_id int, product text);
INSERT INTO order_line VALUES
  (1, 'bread'), (1, 'butter'), (1, 'milk'), (2, 'bread'), (2, 'butter'), (3, 'milk'), (3, 'bread'),
  (4, 'bread'), (4, 'butter'), (4, 'jam'), (5, 'milk'), (6, 'milk'), (6, 'jam');
SELECT antecedent, consequent, pair_count, round(support::numeric, 4) AS support, round(confidence::numeric, 4) AS confidence, round(lift::numeric, 4) AS lift,
       round(leverage::numeric, 4) AS leverage, conviction, round(p_value::numeric, 4) AS p_value
FROM affinity_pairs((SELECT affinity_agg(order_id, product) FROM order_line), NULL::text, min_count => 2) ORDER BY lift DESC, 1, 2;
SELECT item, round(score::numeric, 4) AS score, pair_count FROM also_bought((SELECT affinity_agg(order_id, product) FROM order_line), 'bread'::text, 2, 'cosine');
SELECT * FROM affinity_info((SELECT affinity_agg(order_id, product) FROM order_line)) \gx
SELECT items, item_count FROM frequent_itemsets((SELECT affinity_agg(order_id, product) FROM order_line), NULL::text, min_count => 2, kind => 'maximal') ORDER BY items;
SELECT antecedent, consequent, rule_count, confidence FROM association_rules((SELECT affinity_agg(order_id, product) FROM order_line), NULL::text, min_count => 2, min_confidence => 0.7) ORDER BY 1, 2;

-- the aggregate is part of a parallel plan
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
EXPLAIN (COSTS OFF) SELECT affinity_agg(order_id, product) FROM order_line;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;

-- the text form, and the bytes of the binary one: dumps and stored values depend on them
SELECT affinity_agg(order_id, product) FROM order_line;
SELECT affinity_agg(order_id, length(product)) FROM order_line;
SELECT compact(affinity_agg(order_id, product)) FROM order_line;
SELECT encode(affinity_send(affinity_agg(order_id, product)), 'hex') FROM order_line;
SELECT a::text = a::text::affinity::text FROM (SELECT affinity_agg(order_id, product) a FROM order_line) s;

-- complaints
SELECT ''::affinity;
SELECT '2 0 "text" "" "integer"'::affinity;
SELECT '1 0 "text" "" "integer"'::affinity;
SELECT * FROM affinity_pairs((SELECT affinity_agg(order_id, product) FROM order_line), NULL::int);
SELECT * FROM affinity_pairs((SELECT affinity_agg(order_id, product) FROM order_line), NULL::text, min_support => 2);
SELECT * FROM affinity_pairs((SELECT affinity_agg(order_id, product) FROM order_line), NULL::text, min_count => -2);
SELECT * FROM affinity_pairs((SELECT affinity_agg(order_id, product) FROM order_line), NULL::text, correction => 'sidak');
SELECT * FROM affinity_pairs((SELECT affinity_agg(order_id, product) FROM order_line), NULL::text, tests => 'some');
SELECT * FROM also_bought((SELECT affinity_agg(order_id, product) FROM order_line), 'bread'::text, 3, 'luck');
SELECT * FROM frequent_itemsets((SELECT affinity_agg(order_id, product) FROM order_line), NULL::text, kind => 'short');
SELECT affinity_agg(order_id, '{}'::json) FROM order_line;
SELECT affinity_agg(order_id, product, '{"memory": 3}') FROM order_line;
SELECT limit_baskets(affinity_agg(order_id, product), 2) FROM order_line;
SELECT affinity_trans(NULL, 1, 2);
DROP TABLE order_line;
