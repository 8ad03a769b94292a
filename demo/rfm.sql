-- Recency, frequency, monetary value per person: an order counts once, whichever of the person's records it hangs on.
-- See doc/rfm.md.

-- @rfm
CREATE VIEW person_order AS
SELECT o.order_id, p.person_id, o.ordered_on, sum(o.sales) AS amount
FROM order_line o JOIN contact_person p ON p.record_key = o.contact_id
GROUP BY o.order_id, p.person_id, o.ordered_on;
CREATE TABLE person_rfm AS
SELECT * FROM clientele.rfm('person_order', 'person_id', 'ordered_on', 'amount', as_of => '2018-01-01');
\echo » 'SELECT * FROM rfm(''person_order'', ''person_id'', ''ordered_on'', ''amount'', as_of => ''2018-01-01'');'
SELECT coalesce(segment, 'all') AS segment, to_char(count(*), 'FM999,999') AS persons, to_char(sum(frequency), 'FM999,999') AS orders,
       to_char(sum(monetary), 'FM9,999,990.00') AS revenue,
       to_char(100 * sum(monetary) / (SELECT sum(sales) FROM order_line), '990.0') || ' %' AS share,
       to_char(sum(monetary) / sum(frequency), 'FM999,990') AS "per order",
       round(avg(recency_days)) AS "days since last"
FROM person_rfm GROUP BY ROLLUP (segment) ORDER BY grouping(segment), sum(monetary) DESC;
\echo The truth has 793 customers: a missed duplicate counts as one of his own.
