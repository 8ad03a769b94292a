-- RFM: what a reader should see
SET search_path = public, clientele;
SET TimeZone = 'UTC';
CREATE TABLE orders (customer text, at date, amount numeric(10,2));
INSERT INTO orders VALUES
    ('Ana', '2024-05-30', 40), ('Ana', '2024-05-01', 35.50), ('Ana', '2024-03-02', 60), ('Ana', '2024-01-15', 20),
    ('Boris', '2024-01-03', 300), ('Boris', '2024-01-20', -120),
    ('Cveta', '2024-05-31', 5), ('Dunja', '2023-06-01', 80), ('Dunja', '2023-07-01', 90), ('Dunja', '2023-08-01', 95),
    ('Ema', '2024-04-01', 0), ('Fedor', '2024-02-01', -10), (NULL, '2024-02-01', 10), ('Goran', '2024-07-01', 10);
SELECT * FROM rfm('orders', 'customer', 'at', 'amount', as_of => '2024-06-01') ORDER BY customer;
SELECT customer, score FROM rfm('orders', 'customer', 'at', 'amount', '2024-06-01', bins => 10, scheme => NULL, rule => 'high') ORDER BY customer;
SELECT customer, rfm_agg(at, amount) FROM orders WHERE at < '2024-06-01' GROUP BY 1 ORDER BY 1;
SELECT rfm_bins_agg(s, '2024-06-01', 3) FROM (SELECT rfm_agg(at, amount) AS s FROM orders WHERE at < '2024-06-01' GROUP BY customer) x;
SELECT rfm_bins('{30,90}', '{2,5}', '{50,500.25}');
-- the stored forms
SELECT encode(rfm_summary_send('i:3:1:757382400000000:757400000000000:120.50:-10.00'), 'hex');
SELECT encode(rfm_score_send('543'), 'hex'), encode(rfm_bins_send(rfm_bins('{30}', '{2}', '{50}')), 'hex');
-- errors say what to do
SELECT recency(rfm_agg(at, amount), '2024-06-01') FROM orders;
SELECT * FROM rfm('orders', 'customer', 'at', 'amount', bins => 4, scheme => 'ten');
SELECT * FROM rfm('orders', 'customer', 'at', 'amount', rule => 'best');
SELECT * FROM rfm('orders', 'customer', 'at', 'customer');
SELECT rfm_segment('666');
SELECT '5x3'::rfm_score;
SELECT rfm_score('i:1:0:0:0:5:0'::rfm_summary, '2024-06-01');
-- the aggregates are parallel
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
CREATE TABLE many AS SELECT n % 7 AS customer, date '2024-01-01' + n % 100 AS at, n::numeric AS amount FROM generate_series(1, 5000) n;
ANALYZE many;
EXPLAIN (COSTS OFF) SELECT customer, rfm_agg(at, amount) FROM many GROUP BY customer;
RESET ALL;

-- customers that do not fit into memory wait in temporary files, which are gone afterwards
CREATE TABLE crowd AS SELECT i AS id, (i * 7919::bigint) % 300000 AS customer, timestamptz '2024-01-01' + (i % 500) * interval '1 day' AS at, 1::numeric(12,2) AS amount
FROM generate_series(1, 300000) i;
SET work_mem = '64kB';
SELECT count(*) FROM clientele.rfm('crowd', 'customer', 'at', 'amount', '2026-01-01');
