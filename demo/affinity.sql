-- What is bought together: one aggregate over the order lines answers every question about pairs. See doc/affinity.md.

-- @affinity
CREATE TABLE basket AS SELECT clientele.affinity_agg(order_id, sub_category) AS model FROM order_line;
\echo » 'SELECT affinity_agg(order_id, sub_category) AS model FROM order_line;'
\echo » 'SELECT * FROM affinity_pairs(model, NULL::text, min_count => 30) ORDER BY lift DESC;'
SELECT p.antecedent || ' + ' || p.consequent AS "bought together", p.pair_count AS orders,
       to_char(100 * p.support, '990.0') || ' %' AS "of all", to_char(100 * p.confidence, '990.0') || ' %' AS confidence,
       round(p.lift::numeric, 2) AS lift, round(p.p_value::numeric, 3) AS "p value"
FROM basket, clientele.affinity_pairs(model, NULL::text, min_count => 30) p
WHERE p.antecedent < p.consequent ORDER BY p.lift DESC, p.antecedent LIMIT 5;

\echo Partners of the three best sellers: ' also_bought(model, item, 3, ''lift'')':
SELECT b.item AS "best seller", b.revenue, min(a.text) FILTER (WHERE a.rank = 1) AS "first (orders, lift)",
       min(a.text) FILTER (WHERE a.rank = 2) AS second, min(a.text) FILTER (WHERE a.rank = 3) AS third
FROM (SELECT sub_category AS item, to_char(sum(sales), 'FM999,999') AS revenue, sum(sales) AS s FROM order_line GROUP BY 1 ORDER BY s DESC LIMIT 3) b,
     LATERAL (SELECT format('%s (%s, %s)', o.item, o.pair_count, round(o.score::numeric, 2)) AS text,
                     row_number() OVER (ORDER BY o.score DESC, o.item) AS rank
              FROM basket, clientele.also_bought(model, b.item, 3, 'lift', min_count => 30) o) a
GROUP BY b.item, b.revenue, b.s ORDER BY b.s DESC;
\echo A lift of 1 is what chance gives: customers here combine freely, and no p value is small.
