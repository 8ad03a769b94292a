-- rfm, rule r: the results that the R package rfm 0.3.0 publishes for its own example. They are not part of this
-- project: a folder shared/data beside the checkout, or the one that CLT_DATA names, has them in rfm/rfm_r and rfm/segment_maps.
BEGIN;
SET TimeZone = 'UTC';
SELECT no_plan();
\set data `for d in "${CLT_DATA:-}" ../shared/data ../../shared/data; do test -r "$d/rfm/rfm_r/rfm_data_orders.csv" && echo "$d" && break; done`
\setenv CLT_RFM_DATA :data
SELECT :'data' <> '' AS found \gset
\if :found
\set orders `cat "$CLT_RFM_DATA/rfm/rfm_r/rfm_data_orders.csv"`
\set expected `cat "$CLT_RFM_DATA/rfm/rfm_r/expected_rfm_table_order.csv"`
\set cuts `tail -n +2 "$CLT_RFM_DATA/rfm/rfm_r/expected_cuts_orders.csv"`
\set map `tail -n +2 "$CLT_RFM_DATA/rfm/segment_maps/grid125.csv"`
\set summary `tail -n +2 "$CLT_RFM_DATA/rfm/rfm_r/expected_segment_summary.csv"`
CREATE TABLE orders AS
SELECT trim(x[1], '"') AS customer, x[2]::date AS at, x[3]::int AS amount
FROM (SELECT regexp_match(line, '^("[^"]*"|[^,]*),([^,]*),([^,]*)$') AS x FROM string_to_table(:'orders', E'\n') WITH ORDINALITY l(line, n) WHERE n > 1) y;
CREATE TABLE expected AS
SELECT trim(x[1], '"') AS customer, x[2]::int AS recency, x[3]::int AS frequency, x[4]::numeric AS monetary, x[5]::int AS r, x[6]::int AS f, x[7]::int AS m, trim(x[9], '"') AS segment
FROM (SELECT regexp_match(line, '^("[^"]*"|[^,]*),([^,]*),([^,]*),([^,]*),([^,]*),([^,]*),([^,]*),([^,]*),(.*)$') AS x
      FROM string_to_table(:'expected', E'\n') WITH ORDINALITY l(line, n) WHERE n > 1) y;
SELECT is(count(*), 995::bigint, 'customers of the package') FROM expected;
SELECT bag_eq($$ SELECT customer, recency_days, frequency::int, monetary, r, f, m FROM rfm('orders', 'customer', 'at', 'amount', '2006-12-31', rule => 'r') $$,
    $$ SELECT customer, recency, frequency, monetary, r, f, m FROM expected $$, 'all 995 customers as in the package');
SELECT results_eq($$ SELECT c::numeric FROM (SELECT rfm_bins_agg(s, '2006-12-31', 5, 'r') AS b FROM (SELECT rfm_agg(at, amount) AS s FROM orders GROUP BY customer) x) y,
           unnest(recency_cuts(b) || frequency_cuts(b) || monetary_cuts(b)) WITH ORDINALITY u(c, n) ORDER BY n $$,
    format($$ SELECT c::numeric FROM (SELECT split_part(line, ',', d) AS c, d, CASE WHEN d = 1 THEN -n ELSE n END AS n
           FROM string_to_table(%L, E'\n') WITH ORDINALITY l(line, n), generate_series(1, 3) d) x ORDER BY d, n $$, :'cuts'),
    'cut points as published');
INSERT INTO rfm_scheme VALUES ('package', 5, 'the map of its README');
INSERT INTO rfm_scheme_rule
SELECT 'package', n, split_part(line, ',', 3), left(line, 1)::int, left(line, 1)::int, substr(line, 2, 1)::int, substr(line, 2, 1)::int, substr(line, 3, 1)::int, substr(line, 3, 1)::int
FROM string_to_table(:'map', E'\n') WITH ORDINALITY l(line, n);
SELECT bag_eq($$ SELECT segment, count(*)::int AS c, sum(frequency)::int AS n, sum(monetary)::int AS total FROM rfm('orders', 'customer', 'at', 'amount', '2006-12-31', rule => 'r', scheme => 'package') GROUP BY 1 $$,
    format($$ SELECT trim(x[1], '"'), x[2]::int AS c, x[3]::int AS n, x[4]::int AS total FROM (SELECT regexp_match(line, '^("[^"]*"),(\d+),(\d+),(\d+),') AS x FROM string_to_table(%L, E'\n') line) y $$, :'summary'),
    'segments as published');
\else
SELECT skip('no folder with the results of the R package: neither ../shared/data nor CLT_DATA', 1);
\endif
SELECT * FROM finish();
ROLLBACK;
