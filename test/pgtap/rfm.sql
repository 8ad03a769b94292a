-- rfm: scores against brute force in SQL, and every way to a score against every other.
BEGIN;
SET TimeZone = 'UTC';
SELECT no_plan();

-- ---- a population with many ties, refunds, several scales of money ---------
CREATE TABLE orders (customer bigint, at timestamptz, amount numeric, country text);
SELECT setseed(0.42);
INSERT INTO orders
SELECT (random() ^ 2 * 300)::bigint, timestamptz '2024-01-01' + (random() * 40)::int * interval '1 day' + random() * interval '20 hours',
       round((random() * 6)::numeric, (random() * 2)::int) * CASE WHEN random() < 0.1 THEN -1 ELSE 1 END,
       (ARRAY['RS', 'PL', 'CZ'])[1 + (random() * 2)::int]
FROM generate_series(1, 3000);

CREATE VIEW summary AS
SELECT customer, min(country) AS country, rfm_agg(at, amount) AS s FROM orders GROUP BY customer;
CREATE VIEW value AS
SELECT customer, country, date '2024-03-01' - max(at) FILTER (WHERE amount >= 0)::date AS days,
       count(*) FILTER (WHERE amount >= 0) AS n, sum(amount) AS net
FROM (SELECT customer, at, amount, min(country) OVER (PARTITION BY customer) AS country FROM orders) o
GROUP BY customer, country;

SELECT results_eq(
    $$ SELECT customer, recency(s, '2024-03-01'), frequency(s), monetary(s) FROM summary ORDER BY 1 $$,
    $$ SELECT customer, days, n, net FROM value ORDER BY 1 $$, 'summary: recency, frequency and monetary value');
SELECT results_eq(
    $$ SELECT customer, sales(s), refunded(s), refund_count(s), first_order_at(s), last_order_at(s) FROM summary ORDER BY 1 $$,
    $$ SELECT customer, coalesce(sum(amount) FILTER (WHERE amount >= 0), 0), coalesce(sum(amount) FILTER (WHERE amount < 0), 0),
              count(*) FILTER (WHERE amount < 0), min(at) FILTER (WHERE amount >= 0), max(at) FILTER (WHERE amount >= 0)
       FROM orders GROUP BY 1 ORDER BY 1 $$, 'summary: sales, refunds, times');

-- ---- the tie rules, each from its definition -------------------------------
CREATE FUNCTION oracle(rule text, n int, grp text DEFAULT NULL) RETURNS TABLE (customer bigint, r int, f int, m int)
LANGUAGE sql AS $$
    WITH v AS (SELECT * FROM value WHERE n > 0 AND (grp IS NULL OR country = grp)),
    v2 AS (SELECT v.*, count(*) OVER () AS total FROM v),
    low AS (SELECT v2.customer,
        least(oracle.n, 1 + oracle.n * (rank() OVER (ORDER BY days DESC) - 1) / greatest(total - 1, 1))::int,
        least(oracle.n, 1 + oracle.n * (rank() OVER (ORDER BY v2.n) - 1) / greatest(total - 1, 1))::int,
        least(oracle.n, 1 + oracle.n * (rank() OVER (ORDER BY net) - 1) / greatest(total - 1, 1))::int FROM v2),
    high AS (SELECT v2.customer,
        ceil(oracle.n * count(*) OVER (ORDER BY days DESC) / total::numeric)::int,
        ceil(oracle.n * count(*) OVER (ORDER BY v2.n) / total::numeric)::int,
        ceil(oracle.n * count(*) OVER (ORDER BY net) / total::numeric)::int FROM v2),
    k AS (SELECT generate_series(1, oracle.n - 1) AS k),
    cut AS (SELECT k, (array_agg(-days ORDER BY -days))[ceil(k * count(*) / oracle.n::numeric)] AS dr,
                   (array_agg(v.n ORDER BY v.n))[ceil(k * count(*) / oracle.n::numeric)] AS df,
                   (array_agg(net ORDER BY net))[ceil(k * count(*) / oracle.n::numeric)] AS dm,
                   percentile_cont(k / oracle.n::float8) WITHIN GROUP (ORDER BY days) + 1 AS rr,
                   percentile_cont(k / oracle.n::float8) WITHIN GROUP (ORDER BY v.n) + 1 AS rf,
                   percentile_cont(k / oracle.n::float8) WITHIN GROUP (ORDER BY net) + 1 AS rm
            FROM k, v GROUP BY k),
    disc AS (SELECT v.customer, (1 + count(*) FILTER (WHERE dr < -days))::int, (1 + count(*) FILTER (WHERE df < v.n))::int,
                    (1 + count(*) FILTER (WHERE dm < net))::int FROM v, cut GROUP BY v.customer),
    -- the package's bins(): [lower, upper) of quantile() + 1; a whisker for binary fractions
    r AS (SELECT v.customer, (oracle.n - count(*) FILTER (WHERE rr <= days + 1e-9))::int,
                 (1 + count(*) FILTER (WHERE rf <= v.n + 1e-9))::int, (1 + count(*) FILTER (WHERE rm <= net + 1e-9))::int
          FROM v, cut GROUP BY v.customer),
    nt AS (SELECT v.customer, ntile(oracle.n) OVER (ORDER BY days DESC, v.customer),
                  ntile(oracle.n) OVER (ORDER BY v.n, v.customer), ntile(oracle.n) OVER (ORDER BY net, v.customer) FROM v)
    SELECT * FROM low WHERE rule = 'low' UNION ALL SELECT * FROM high WHERE rule = 'high'
    UNION ALL SELECT * FROM disc WHERE rule = 'disc' UNION ALL SELECT * FROM r WHERE rule = 'r'
    UNION ALL SELECT * FROM nt WHERE rule = 'ntile'
$$;

SELECT results_eq(
    format($$ SELECT customer::bigint, r, f, m FROM rfm('orders', 'customer', 'at', 'amount', '2024-03-01',
              bins => %s, rule => %L, scheme => NULL) WHERE score IS NOT NULL ORDER BY 1 $$, n, rule),
    format($$ SELECT * FROM oracle(%L, %s) ORDER BY 1 $$, rule, n),
    format('rfm(): rule %s, %s bins, as defined', rule, n))
FROM unnest(ARRAY['low', 'high', 'disc', 'r', 'ntile']) rule, unnest(ARRAY[2, 3, 5, 7, 10]) n;

SELECT results_eq(
    format($$ SELECT customer, r(score), f(score), m(score) FROM
              (SELECT customer, rfm_score(s, '2024-03-01', %s, %L) OVER (ORDER BY customer) AS score FROM summary) x
              WHERE score IS NOT NULL ORDER BY 1 $$, n, rule),
    format($$ SELECT * FROM oracle(%L, %s) ORDER BY 1 $$, rule, n),
    format('window function: rule %s, %s bins, as defined', rule, n))
FROM unnest(ARRAY['low', 'high', 'disc', 'r', 'ntile']) rule, unnest(ARRAY[2, 5, 10]) n;

SELECT results_eq(
    format($$ SELECT customer, r(score), f(score), m(score) FROM
              (SELECT customer, rfm_score(b, s, '2024-03-01') AS score
               FROM summary, (SELECT rfm_bins_agg(s, '2024-03-01', %s, %L) AS b FROM summary) x) y
              WHERE score IS NOT NULL ORDER BY 1 $$, n, rule),
    format($$ SELECT * FROM oracle(%L, %s) ORDER BY 1 $$, rule, n),
    format('bins as a value: rule %s, %s bins, as defined', rule, n))
FROM unnest(ARRAY['low', 'high', 'disc', 'r']) rule, unnest(ARRAY[2, 3, 5, 9]) n;

SELECT results_eq(
    $$ SELECT country, customer, r(score), f(score), m(score) FROM
       (SELECT country, customer, rfm_score(s, '2024-03-01') OVER (PARTITION BY country) AS score FROM summary) x
       WHERE score IS NOT NULL ORDER BY 1, 2 $$,
    $$ SELECT c, o.* FROM (SELECT DISTINCT country AS c FROM value) x, oracle('low', 5, c) o ORDER BY 1, 2 $$,
    'window function: PARTITION BY scores each group by itself');

-- nested: the window over the classes above is the definition
SELECT results_eq(
    format($$ SELECT customer::bigint, r, f, m FROM rfm('orders', 'customer', 'at', 'amount', '2024-03-01',
              bins => 3, nested => true, rule => %L, scheme => NULL) WHERE score IS NOT NULL ORDER BY 1 $$, rule),
    format($$ WITH a AS (SELECT customer, s, r(rfm_score(s, '2024-03-01', 3, %1$L) OVER (ORDER BY customer)) AS r FROM summary WHERE frequency(s) > 0),
         b AS (SELECT *, f(rfm_score(s, '2024-03-01', 3, %1$L) OVER (PARTITION BY r ORDER BY customer)) AS f FROM a)
       SELECT customer, r, f, m(rfm_score(s, '2024-03-01', 3, %1$L) OVER (PARTITION BY r, f ORDER BY customer)) FROM b ORDER BY 1 $$, rule),
    format('nested binning, rule %s', rule))
FROM unnest(ARRAY['low', 'high', 'disc', 'r', 'ntile']) rule;
SELECT results_eq(
    $$ SELECT customer, rfm_score(b, s, '2024-03-01') FROM summary, (SELECT rfm_bins_agg(s, '2024-03-01', 4, 'high', true) AS b FROM summary) x ORDER BY 1 $$,
    $$ SELECT customer, rfm_score(s, '2024-03-01', 4, 'high', true) OVER () FROM summary ORDER BY 1 $$,
    'nested binning: stored bins and window agree');

-- ---- as of a past day ------------------------------------------------------
SELECT results_eq(
    $$ SELECT customer, recency_days, frequency, monetary, score::text FROM rfm('orders', 'customer', 'at', 'amount', '2024-01-15 12:00') ORDER BY 1 $$,
    $$ SELECT customer::text, recency(s, '2024-01-15 12:00'), frequency(s), monetary(s), (rfm_score(s, '2024-01-15 12:00') OVER ())::text
       FROM (SELECT customer, rfm_agg(at, amount) AS s FROM orders WHERE at <= '2024-01-15 12:00' GROUP BY 1) x ORDER BY customer::text $$,
    'as_of cuts later orders off');
SELECT throws_ok($$ SELECT recency(s, '2024-01-02') FROM summary $$, '22023', 'rfm_summary holds orders later than as_of', 'a summary does not look into the future');

-- ---- serial, parallel, partition-wise, window frame ------------------------
CREATE TEMP TABLE serial AS SELECT customer, s::text FROM summary;
CREATE TEMP TABLE serial_bins AS SELECT rfm_bins_agg(s, '2024-03-01', 5, 'low')::text AS b FROM summary;
SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0; SET LOCAL min_parallel_table_scan_size = 0;
-- 16 renamed it
SELECT set_config(name, 'on', true) AS forced FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query') \gset
SELECT results_eq($$ SELECT customer, s::text FROM summary ORDER BY 1 $$, $$ SELECT * FROM serial ORDER BY 1 $$, 'parallel = serial');
CREATE TABLE summaries AS SELECT * FROM summary;
ANALYZE summaries; ANALYZE orders;
SELECT results_eq($$ SELECT rfm_bins_agg(s, '2024-03-01', 5, 'low')::text FROM summaries $$, $$ SELECT b FROM serial_bins $$, 'bins: parallel = serial');
SELECT set_config(name, 'off', true) AS forced FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query') \gset
SELECT results_eq($$ SELECT customer, rollup(s)::text FROM (SELECT customer, at::date, rfm_agg(at, amount) AS s FROM orders GROUP BY 1, 2) x GROUP BY 1 ORDER BY 1 $$,
    $$ SELECT * FROM serial ORDER BY 1 $$, 'rollup of days = all at once');
SELECT results_eq($$ SELECT customer, (a + b)::text FROM
       (SELECT customer, rfm_agg(at, amount) FILTER (WHERE at < '2024-01-20') AS a, rfm_agg(at, amount) FILTER (WHERE at >= '2024-01-20') AS b FROM orders GROUP BY 1) x ORDER BY 1 $$,
    $$ SELECT * FROM serial ORDER BY 1 $$, 'yesterday + today = all at once');
CREATE TABLE parted (LIKE orders) PARTITION BY HASH (customer);
CREATE TABLE parted0 PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE parted1 PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO parted SELECT * FROM orders;
SET LOCAL enable_partitionwise_aggregate = on;
SELECT results_eq($$ SELECT customer, rfm_agg(at, amount)::text FROM parted GROUP BY 1 ORDER BY 1 $$, $$ SELECT * FROM serial ORDER BY 1 $$, 'partition-wise = serial');
SELECT results_eq($$ SELECT customer, rfm_agg(at, amount)::text FROM parted GROUP BY ROLLUP (customer) ORDER BY 1 LIMIT 200 $$, $$ SELECT * FROM serial ORDER BY 1 LIMIT 200 $$, 'grouping sets');
SELECT is_empty($$
    SELECT 1 FROM (SELECT customer, at, rfm_agg(at, amount) OVER (PARTITION BY customer ORDER BY at, ctid)::text AS w FROM orders WHERE customer < 20) a
    JOIN LATERAL (SELECT rfm_agg(at, amount)::text AS s FROM orders o WHERE o.customer = a.customer AND o.at <= a.at) b ON w <> s $$,
    'window frame = what came before');
SELECT bag_eq(
    $$ SELECT * FROM rfm('parted', 'customer', 'at', 'amount', '2024-03-01') $$,
    $$ SELECT * FROM rfm('orders', 'customer', 'at', 'amount', '2024-03-01') $$, 'a partitioned table = a plain one');

-- ---- empty, null, one row, infinite, overflow ------------------------------
CREATE TABLE none (customer int, at date, amount float8);
SELECT is_empty($$ SELECT * FROM rfm('none', 'customer', 'at', 'amount') $$, 'no orders, no customers');
SELECT is(rfm_agg(at, amount)::text, '-:0:0:0:0:0:0', 'rfm_agg of nothing') FROM none;
SELECT is(recency(rfm_agg(at, amount), '2024-01-01'), NULL, 'no recency without orders') FROM none;
SELECT ok(rollup(NULL::rfm_summary) IS NULL, 'rollup of nothing') FROM none;
SELECT ok(rfm_bins_agg(NULL::rfm_summary, '2024-01-01', 5) IS NULL, 'bins of nothing') FROM none;
INSERT INTO none VALUES (NULL, '2024-01-01', 1), (1, NULL, 1), (1, '2024-01-01', NULL), (2, 'infinity', 5), (2, '-infinity', 5), (2, '5000000-01-01', 5);
SELECT is_empty($$ SELECT * FROM rfm('none', 'customer', 'at', 'amount') $$, 'what lacks customer, time or amount is no order');
INSERT INTO none VALUES (3, '2024-01-01', 0.1), (3, '2024-01-02', 0.2);
SELECT results_eq($$ SELECT customer, recency_days, frequency, monetary, score::text, segment, last_order_at FROM rfm('none', 'customer', 'at', 'amount', '2024-01-10') $$,
    $$ VALUES ('3', 8, 2::bigint, 0.30::numeric, '111', 'Lost customers', timestamptz '2024-01-02') $$, 'one customer, rule low; floats are the decimals they were written as');
SELECT results_eq($$ SELECT score::text FROM rfm('none', 'customer', 'at', 'amount', '2024-01-10', rule => 'high') $$, $$ VALUES ('555') $$, 'one customer, rule high');
INSERT INTO none VALUES (4, '2024-01-05', -7.5);
SELECT results_eq($$ SELECT customer, recency_days, frequency, monetary, score, segment FROM rfm('none', 'customer', 'at', 'amount', '2024-01-10') WHERE customer = '4' $$,
    $$ VALUES ('4', NULL::int, 0::bigint, -7.50::numeric, NULL::rfm_score, NULL::text) $$, 'a refund is no order');
SELECT throws_ok($$ SELECT rfm_agg(current_date, 'NaN'::float8) $$, '22003', 'amount must be a finite number', 'NaN');
SELECT throws_ok($$ SELECT rfm_agg(current_date, 'infinity'::numeric) $$, '22003', 'amount must be a finite number', 'infinite amount');
SELECT is(monetary(rfm_agg(current_date, x)), sum(x), '37 digits') FROM unnest('{12345678901234567890123456789012345.67,-0.01,99999999999999999999.5}'::numeric[]) x;
SELECT throws_ok($$ SELECT rfm_agg(current_date, 99999999999999999999999999999999999999::numeric) FROM generate_series(1, 2) $$, '22003', 'sum of amounts needs more than 38 digits', 'sum out of range');
SELECT is(monetary(rfm_agg(current_date, x)), 3 * 9223372036854775807.0, 'beyond int8') FROM unnest(array_fill(9223372036854775807, ARRAY[3])) x;
CREATE TABLE large AS SELECT 1 AS customer, current_date AS at, x AS amount FROM unnest('{9223372036854775807,9223372036854775807,-5,0.125,100000000000000000000}'::numeric[]) x;
SELECT results_eq($$ SELECT monetary FROM rfm('large', 'customer', 'at', 'amount') $$, $$ SELECT sum(amount) FROM large $$, 'rfm(): beyond int8 and over scales');
SELECT throws_ok($$ SELECT rfm_agg(now(), 1) + rfm_agg(current_date, 1) $$, '42804', NULL, 'instants and wall clocks do not mix');

-- ---- the R package ---------------------------------------------------------
-- (the package's own results are compared in test/bench; here its one-unit shift)
SELECT results_eq($$ SELECT (rfm_score(rfm_agg(date '2024-01-01', a::numeric), '2024-02-01', 2, 'r') OVER (ORDER BY a))::text FROM unnest('{10.0,10.4,10.8,11.6}'::numeric[]) a GROUP BY a ORDER BY a $$,
    $$ VALUES ('211'), ('211'), ('211'), ('212') $$, 'rule r: the package adds one unit to each quantile');

-- ---- bins: text, wire, thresholds, drift -----------------------------------
SELECT is(b::text::rfm_bins::text, b::text, 'bins: in(out(x)) = x, ' || rule || n || nested)
FROM unnest(ARRAY['low', 'high', 'disc', 'r']) rule, unnest(ARRAY[2, 5, 10]) n, unnest(ARRAY[true, false]) nested,
     LATERAL (SELECT rfm_bins_agg(s, '2024-03-01', n, rule, nested) AS b FROM summary) x;
SELECT results_eq($$ SELECT rfm_score(rfm_bins('{30,90}', '{2,10}', '{100,1000.50}'), s, '2024-06-01')::text FROM
       (SELECT i, rfm_agg(d::date, m) AS s FROM (VALUES (1, '2024-05-02', 1, 100.0), (2, '2024-05-01', 2, 49.995), (3, '2024-03-02', 9, 1), (4, '2024-03-03', 10, 100.05)) v(i, d, n, m),
        generate_series(1, n) GROUP BY i) x ORDER BY i $$,
    $$ VALUES ('312'), ('221'), ('121'), ('233') $$, 'fixed thresholds: at most so many days, at least so many orders, so much money');
SELECT throws_ok($$ SELECT rfm_bins('{30,20}', '{2,10}', '{1,2}') $$, '22023', 'recency thresholds must ascend', 'thresholds must ascend');
SELECT throws_ok($$ SELECT rfm_bins('{30,20}', '{2}', '{1,2}') $$, '22023', NULL, 'thresholds of one length');
SELECT is(round((psi(b, b)).frequency::numeric, 9), 0.000000000, 'psi of a population with itself') FROM (SELECT rfm_bins_agg(s, '2024-03-01', 5) AS b FROM summary) x;
SELECT cmp_ok((psi(a, b)).recency, '>', 0.25::float8, 'psi sees a shift') FROM (SELECT rfm_bins_agg(s, '2024-03-01', 5) AS a, rfm_bins_agg(s, '2024-03-21', 5) AS b FROM summary) x;

-- ---- days and zones --------------------------------------------------------
CREATE FUNCTION days(tz text, at timestamptz, as_of timestamptz) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('TimeZone', tz, true);
    RETURN recency(rfm_agg(at, 1), as_of);
END $$;
SELECT is(days('UTC', '2024-05-01 23:30+00', '2024-05-02 12:00+00'), 1, 'UTC: yesterday');
SELECT is(days('Europe/Prague', '2024-05-01 23:30+00', '2024-05-02 12:00+00'), 0, 'Prague: 23:30 in London is today');
SELECT is(days('Europe/Belgrade', '2024-03-30 00:00+01', '2024-04-01 00:00+02'), 2, 'a day of 23 hours is a day');
SELECT is(days('Europe/Belgrade', '2024-10-26 00:00+02', '2024-10-28 00:00+01'), 2, 'a day of 25 hours is a day');
SELECT is(days('America/New_York', '1850-01-01 00:00+00', '2024-01-01 00:00+00'), ('2024-01-01 00:00+00'::timestamptz AT TIME ZONE 'America/New_York')::date - ('1850-01-01 00:00+00'::timestamptz AT TIME ZONE 'America/New_York')::date, 'before the table of offsets');
SELECT is_empty(format($q$ SELECT t FROM (SELECT timestamptz '1895-01-01 00:00+00' + n * interval '217 hours 17 minutes 11 seconds' AS t FROM generate_series(1, 8500) n) x
    WHERE days(%1$L, t, '2120-01-01') <> ('2120-01-01'::timestamptz AT TIME ZONE %1$L)::date - (t AT TIME ZONE %1$L)::date $q$, tz), 'days = the server''s calendar from 1895 to 2105 in ' || tz)
FROM unnest('{UTC,Europe/Prague,America/Sao_Paulo,Asia/Kolkata,Africa/Casablanca,Pacific/Apia}'::text[]) tz;
SET TimeZone = 'UTC';
SELECT is(recency(rfm_agg(d, 1), '2024-05-02 12:00+00'), 1, 'dates') FROM (SELECT date '2024-05-01' AS d) x;
SELECT is(recency(rfm_agg(d, 1), '2024-05-02 12:00+00'), 1, 'timestamps') FROM (SELECT timestamp '2024-05-01 23:59' AS d) x;

-- ---- text and wire ---------------------------------------------------------
CREATE TABLE kept AS SELECT s, rfm_score(s, '2024-03-01') OVER () AS score, (SELECT rfm_bins_agg(s, '2024-03-01', 5, 'r') FROM summary) AS b FROM summary;
SELECT is_empty($$ SELECT s FROM kept WHERE s::text::rfm_summary::text <> s::text $$, 'summaries: in(out(x)) = x');
CREATE TABLE sent (LIKE kept);
SELECT current_setting('data_directory') || '/rfm_wire.bin' AS file \gset
COPY kept TO :'file' (FORMAT binary);
COPY sent FROM :'file' (FORMAT binary);
SELECT bag_eq($$ SELECT s::text, score, b::text FROM sent $$, $$ SELECT s::text, score, b::text FROM kept $$, 'binary out and in');
SELECT throws_ok(format('SELECT %L::rfm_summary', x), '22P02', NULL, 'not a summary: ' || x)
FROM unnest('{"",i:1,i:1:0:0:0:5:0:0,x:1:0:0:0:5:0,i:1:0:5:4:5:0,i:1:0:0:0:-5:0,i:1:0:0:0:5:-1,-:1:0:0:0:5:0,i:0:0:0:0:5:0,i:1:0:0:0:5.0:0,i:9223372036854775808:0:0:0:5:0}'::text[]) x;
SELECT throws_ok($$ SELECT 'low:2:3;10;1;5.0;20@0-1,*@1-3;1@0-3;5.0@0-3'::rfm_bins $$, '22P02', NULL, 'a point of a distribution has a value');
SELECT lives_ok($$ SELECT 'low:2:3;10;1;5.0;20@0-1,10@1-3;1@0-3;5.0@0-3'::rfm_bins $$, 'and then it is one');
SELECT throws_ok(format('SELECT rfm_score(rfm_bins_agg(s, ''2024-06-01'', 2), (SELECT rfm_agg(date ''1999-05-05'', 3)), %L) FROM (SELECT rfm_agg(date ''1998-01-01'' + c, 3) AS s FROM generate_series(1, 4) c GROUP BY c) x', at), '22008', 'as_of must be finite', 'no score as of ' || at)
FROM (VALUES ('-infinity'), ('infinity')) v(at);
SELECT throws_ok(format('SELECT %L::rfm_bins', x), '22P02', NULL, 'not bins: ' || x)
FROM unnest(ARRAY['', 'low:5', 'ntile:2:0;1;1;1;;;', 'low:2:0;1;1;1;;', 'low:2:0;1;1;1;;;;', 'low:3:0;1,2;1,2;1,2;;;', 'low:3:0;2,1;2,1;1,2;;;', 'low:2:5;1;1;1;;;', 'low:2:1;1;1;1;1@0-2;1@0-1;1@0-1', 'low:11:0;1;1;1;;;']) x;

-- ---- scores ----------------------------------------------------------------
SELECT is(x::rfm_score::text, x, 'score ' || x) FROM unnest('{543,111,999,10-4-3,1-10-1,10-10-10}'::text[]) x;
SELECT throws_ok(format('SELECT %L::rfm_score', x), '22P02', NULL, 'not a score: ' || x) FROM unnest('{"",54,5434,504,a43,10-4,11-1-1,10-4-3-,1-2-0}'::text[]) x;
SELECT is('5-4-3'::rfm_score::text, '543', 'dashes are read');
SELECT results_eq($$ SELECT x::text AS y FROM unnest('{543,10-1-1,111,154}'::rfm_score[]) x ORDER BY x $$, $$ VALUES ('111'), ('154'), ('543'), ('10-1-1') $$, 'order of scores');

-- ---- segments --------------------------------------------------------------
SELECT is_empty($$ SELECT * FROM check_rfm_scheme('eleven') $$, 'eleven: 125 codes, no gap, no overlap');
SELECT is_empty($$ SELECT * FROM check_rfm_scheme('ten') $$, 'ten: no gap, no overlap');
SELECT results_eq($$ SELECT rfm_segment(rfm_score(r, f, m)), count(*)::int FROM generate_series(1, 5) r, generate_series(1, 5) f, generate_series(1, 5) m GROUP BY 1 ORDER BY 2, 1 $$,
    $$ VALUES ('Lost customers', 6), ('Champions', 7), ('New Customers', 7), ('About To Sleep', 8), ('Cannot Lose Them', 8), ('Loyal', 8), ('Need Attention', 8),
              ('Hibernating customers', 11), ('Promising', 16), ('At Risk', 22), ('Potential Loyalist', 24) $$, 'eleven: the published sizes');
SELECT is(rfm_segment(x::rfm_score, 'ten'), y, 'ten: ' || x) FROM (VALUES ('551', 'Champions'), ('155', 'Cannot Lose Them'), ('331', 'Need Attention'), ('415', 'Promising')) v(x, y);
SELECT throws_ok($$ SELECT rfm_segment('777') $$, '22023', NULL, 'a score beyond the scheme');
SELECT throws_ok($$ SELECT rfm_segment('111', 'nope') $$, '42704', NULL, 'an unknown scheme');
INSERT INTO rfm_scheme VALUES ('mine', 2, 'two by two');
INSERT INTO rfm_scheme_rule VALUES ('mine', 1, 'good', 2, 2, 1, 2, 1, 2), ('mine', 2, 'rich', 1, 2, 1, 2, 2, 2);
SELECT results_eq($$ SELECT score::text, problem, segments FROM check_rfm_scheme('mine') $$,
    $$ VALUES ('111', 'left out', '{}'::text[]), ('121', 'left out', '{}'), ('212', 'overlap', '{good,rich}'), ('222', 'overlap', '{good,rich}') $$, 'a scheme with gaps and overlaps');
SELECT is(rfm_segment('212', 'mine'), 'good', 'the first rule wins');
SELECT is(rfm_segment('111', 'mine'), NULL, 'no rule, no segment');
UPDATE rfm_scheme_rule SET segment = 'excellent' WHERE segment = 'good';
SELECT is(rfm_segment('212', 'mine'), 'excellent', 'a changed rule is seen by the next statement');

-- ---- other sources and types of customers ----------------------------------
CREATE TABLE typed AS SELECT customer::int AS i, customer::smallint AS si, customer::text AS t, customer::numeric + 0.50 AS n,
    md5(customer::text)::uuid AS u, rpad(customer::text, 8)::char(8) AS c, (customer || ' years')::interval AS iv, at, at AT TIME ZONE 'UTC' AS wall, amount, amount::float8 AS a8, (amount * 100)::int AS cents FROM orders;
SELECT results_eq(
    format($$ SELECT recency_days, frequency, monetary, score FROM rfm('typed', %L, %L, %L, '2024-03-01') ORDER BY 1, 2, 3 $$, key, t, a),
    $$ SELECT recency_days, frequency, monetary, score FROM rfm('orders', 'customer', 'at', 'amount', '2024-03-01') ORDER BY 1, 2, 3 $$,
    format('customers of column %s, times %s, amounts %s', key, t, a))
FROM (VALUES ('i', 'at', 'amount'), ('si', 'at', 'a8'), ('t', 'wall', 'amount'), ('n', 'at', 'amount'), ('u', 'at', 'a8'), ('c', 'at', 'amount'), ('iv', 'wall', 'amount')) v(key, t, a);
SELECT set_eq($$ SELECT customer FROM rfm('typed', 'n', 'at', 'amount') $$, $$ SELECT DISTINCT n::text FROM typed $$, 'customers in text: numeric');
SELECT set_eq($$ SELECT customer FROM rfm('typed', 'c', 'at', 'amount') $$, $$ SELECT DISTINCT c::text FROM typed $$, 'customers in text: char');
SELECT set_eq($$ SELECT customer FROM rfm('typed', 'u', 'at', 'amount') $$, $$ SELECT DISTINCT u::text FROM typed $$, 'customers in text: uuid');
CREATE VIEW seen AS SELECT * FROM orders;
SELECT bag_eq($$ SELECT * FROM rfm('seen', 'customer', 'at', 'amount', '2024-03-01') $$,
    $$ SELECT * FROM rfm('orders', 'customer', 'at', 'amount', '2024-03-01') $$, 'a view = its table');
SELECT throws_ok($$ SELECT * FROM rfm('orders', 'nobody', 'at', 'amount') $$, '42703', NULL, 'no such column');
SELECT throws_ok($$ SELECT * FROM rfm('orders', 'customer', 'country', 'amount') $$, '42804', NULL, 'at must be a time');
SELECT throws_ok($$ SELECT * FROM rfm('orders', 'customer', 'at', 'country') $$, '42804', NULL, 'amount must be a number');
SELECT throws_ok($$ SELECT * FROM rfm('orders', 'customer', 'at', 'amount', bins => 11) $$, '22023', NULL, 'at most 10 bins');
SELECT throws_ok($$ SELECT * FROM rfm('orders', 'customer', 'at', 'amount', bins => 4, scheme => 'ten') $$, '22023', NULL, 'bins and scheme must agree');
SELECT bag_eq(format($$ SELECT customer, score, segment FROM rfm('orders', 'customer', 'at', 'amount', '2024-06-01', %s) $$, n), format($$ SELECT customer, score, NULL::text FROM rfm('orders', 'customer', 'at', 'amount', '2024-06-01', %s, NULL) $$, n),
    n || ' bins and no scheme: scores without segments') FROM generate_series(2, 10, 4) n;
SELECT throws_ok($$ SELECT * FROM rfm('orders', 'customer', 'at', 'amount', rule => 'best') $$, '22023', NULL, 'no such rule');

-- ---- rights ----------------------------------------------------------------
CREATE ROLE rfm_clerk;
GRANT USAGE ON SCHEMA public TO rfm_clerk;
-- the number of customers that the clerk gets, or the error's code
CREATE FUNCTION as_clerk(source text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    n text;
BEGIN
    SET LOCAL ROLE rfm_clerk;
    EXECUTE format('SELECT count(*)::text FROM rfm(%L, ''customer'', ''at'', ''amount'')', source) INTO n;
    RESET ROLE;
    RETURN n;
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
END $$;
SELECT is(as_clerk('orders'), '42501', 'no right, no result');
GRANT SELECT (customer, at) ON orders TO rfm_clerk;
SELECT is(as_clerk('orders'), '42501', 'no right on one of the columns, no result');
GRANT SELECT (amount) ON orders TO rfm_clerk;
SELECT is(as_clerk('orders'), (SELECT count(DISTINCT customer)::text FROM orders), 'rights on the columns suffice');
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
SELECT is(as_clerk('orders'), '0', 'row security without a policy shows nothing');
CREATE POLICY few ON orders TO rfm_clerk USING (customer < 10);
SELECT is(as_clerk('orders'), (SELECT count(DISTINCT customer)::text FROM orders WHERE customer < 10), 'row security shows what the policy allows');
SELECT is(as_clerk('seen'), '42501', 'no right on the view');
GRANT SELECT ON seen TO rfm_clerk;
SELECT is(as_clerk('seen'), (SELECT count(DISTINCT customer)::text FROM orders), 'a view shows what its owner sees');

-- ---- history ---------------------------------------------------------------
SELECT cmp_ok(rfm_snapshot('rfm_history', 'parted', 'customer', 'at', 'amount', '2024-01-20'), '>', 100::bigint, 'snapshot of a day');
SELECT is(rfm_snapshot('rfm_history', 'parted', 'customer', 'at', 'amount', '2024-02-05'), (SELECT count(*) FROM value), 'snapshot of another');
SELECT is(rfm_snapshot('rfm_history', 'parted', 'customer', 'at', 'amount', '2024-02-05'), (SELECT count(*) FROM value), 'the same again');
SELECT throws_ok($$ SELECT rfm_snapshot('a.b.c', 'parted', 'customer', 'at', 'amount', '2024-02-05') $$, '42601', 'improper name of a history table: "a.b.c"', 'a name of three parts');
SELECT results_eq($$ SELECT as_of, count(*) > 100, count(DISTINCT customer) = count(*) FROM rfm_history GROUP BY 1 ORDER BY 1 $$,
    $$ VALUES (timestamptz '2024-01-20', true, true), ('2024-02-05', true, true) $$, 'one row a customer and day, also after the repetition');
SELECT bag_eq($$ SELECT from_segment, to_segment, customers FROM rfm_migration('rfm_history', '2024-01-20', '2024-02-05') $$,
    $$ SELECT a.segment AS a, b.segment AS b, count(*) FROM rfm('parted', 'customer', 'at', 'amount', '2024-01-20') a
       FULL JOIN rfm('parted', 'customer', 'at', 'amount', '2024-02-05') b USING (customer) GROUP BY 1, 2 $$, 'migration');
SELECT is(sum(customers), (SELECT count(*) FROM value)::numeric, 'everybody migrates once') FROM rfm_migration('rfm_history', '2024-01-20', '2024-02-05');
SELECT results_eq($$ SELECT dimension, psi = 0 FROM rfm_drift('rfm_history', '2024-02-05', '2024-02-05') $$,
    $$ VALUES ('recency', true), ('frequency', true), ('monetary', true), ('segment', true) $$, 'no drift from a day to itself');
SELECT cmp_ok(psi(ARRAY[10,20,30], ARRAY[10,20,30]), '=', 0::float8, 'psi of equals');
SELECT is(round(psi(ARRAY[50,50], ARRAY[25,75])::numeric, 6), round((-0.25 * ln(0.5) + 0.25 * ln(1.5))::numeric, 6), 'psi by hand');
SELECT throws_ok($$ SELECT psi(ARRAY[1,2], ARRAY[1]) $$, '22023', NULL, 'psi of unequal lengths');
SELECT throws_ok($$ SELECT psi(ARRAY[-1,2], ARRAY[1,1]) $$, '22023', NULL, 'psi of fewer than none');
SELECT throws_ok($$ SELECT psi(ARRAY[1,2], ARRAY[1,NULL]) $$, '22023', NULL, 'psi of unknown counts');
SELECT is(psi(ARRAY[0,0], ARRAY[1,1]), NULL, 'psi of nobody');
SELECT throws_ok($$ SELECT * FROM rfm_migration('rfm_history', '2024-01-20', '2020-01-01') $$, 'P0002', NULL, 'no such day');

-- ---- little memory ---------------------------------------------------------
CREATE TABLE many AS SELECT (i * 7919) % 30011 AS customer, 'c' || (i * 7919) % 30011 AS name, date '2024-01-01' + i % 50 AS at, (i % 977)::numeric / 100 AS amount FROM generate_series(1, 90000) i;
SET LOCAL work_mem = '64MB';
CREATE TEMP TABLE roomy AS SELECT * FROM rfm('many', 'customer', 'at', 'amount', '2024-03-01');
CREATE TEMP TABLE roomy_names AS SELECT * FROM rfm('many', 'name', 'at', 'amount', '2024-03-01', rule => 'ntile');
SET LOCAL work_mem = '64kB'; SET LOCAL hash_mem_multiplier = 1;
SELECT bag_eq($$ SELECT * FROM rfm('many', 'customer', 'at', 'amount', '2024-03-01') $$, $$ TABLE roomy $$, 'integers: temporary files change nothing');
SELECT bag_eq($$ SELECT * FROM rfm('many', 'name', 'at', 'amount', '2024-03-01', rule => 'ntile') $$, $$ TABLE roomy_names $$, 'texts: temporary files change nothing');

-- ---- the history job -----------------------------------------------------------
CREATE TABLE past AS SELECT customer, now() - (at - timestamptz '2024-01-01') AS at, amount FROM orders;
CALL keep_rfm_history('daily', 'past', 'customer', 'at', 'amount');
CREATE TEMP TABLE once AS TABLE daily;
CALL keep_rfm_history('daily', 'past', 'customer', 'at', 'amount');
SELECT bag_eq('TABLE daily', 'TABLE once', 'the job is done once a day, however often it is called');
SELECT is((SELECT array_agg(DISTINCT as_of) FROM daily), ARRAY[date_trunc('day', now())], 'as of the beginning of today');
SELECT bag_eq($$ SELECT customer, score, segment FROM daily $$, $$ SELECT customer, score, segment FROM rfm('past', 'customer', 'at', 'amount', date_trunc('day', now())) $$, 'what rfm() says of it');
INSERT INTO daily (as_of, customer) SELECT date_trunc('day', now()) - n * interval '1 day', 'x' FROM generate_series(1, 10) n;
CALL keep_rfm_history('public.daily', 'past', 'customer', 'at', 'amount', keep => '3 days');
SELECT is((SELECT count(DISTINCT as_of) FROM daily), 4::bigint, 'three days and today are kept');
CALL keep_rfm_history('monthly', 'past', 'customer', 'at', 'amount', every => 'month', rule => 'high');
SELECT is((SELECT array_agg(DISTINCT as_of) FROM monthly), ARRAY[date_trunc('month', now())], 'or that of the month');
SELECT throws_ok($$ CALL keep_rfm_history('daily', 'past', 'customer', 'at', 'amount', every => 'hour') $$, '22023', NULL, 'not by the hour');
SELECT throws_ok($$ CALL keep_rfm_history('daily', 'past', 'customer', 'at', 'amount', keep => '-1 day') $$, '22023', NULL, 'nothing is kept for less than nothing');

-- ---- populations: partitions, shards, windows ---------------------------------
CREATE TABLE by_country (country text, s rfm_summary) PARTITION BY LIST (country);
CREATE TABLE by_country_rs PARTITION OF by_country FOR VALUES IN ('RS');
CREATE TABLE by_country_rest PARTITION OF by_country DEFAULT;
INSERT INTO by_country SELECT country, s FROM summary;
CREATE TEMP TABLE of_each AS SELECT country, rule, nested, rfm_bins_agg(s, '2024-03-01', 4, rule, nested)::text AS b
FROM by_country, unnest(ARRAY['low', 'high', 'disc', 'r']) rule, (VALUES (false), (true)) n (nested) GROUP BY 1, 2, 3;
SET LOCAL enable_partitionwise_aggregate = on;
SELECT results_eq($$ SELECT country, rfm_bins_agg(s, '2024-03-01', 4, 'r', true)::text FROM by_country GROUP BY 1 ORDER BY 1 $$,
                  $$ SELECT country, b FROM of_each WHERE rule = 'r' AND nested ORDER BY 1 $$, 'bins: partition-wise = serial');
SELECT is((SELECT rfm_bins_agg(s, '2024-03-01', 5, 'low')::text FROM by_country), (SELECT b FROM serial_bins), 'bins: partial aggregates of partitions = serial');
SELECT is((SELECT rollup(p)::text FROM (SELECT rfm_population_agg(s, '2024-03-01', 5, 'low', false)::text::rfm_population AS p FROM by_country GROUP BY country) x),
          (SELECT b FROM serial_bins), 'bins: rolled up from shards, sent as text');
SELECT is((SELECT rfm_bins_agg(s, '2024-03-01', 5, 'low') OVER ()::text FROM by_country LIMIT 1), (SELECT b FROM serial_bins), 'bins: in a window');
CREATE TEMP TABLE shards AS SELECT country, rfm_population_agg(s, '2024-03-01', 5, 'low', false) AS p FROM by_country GROUP BY country;
SELECT is((SELECT rollup(p ORDER BY country DESC)::text FROM shards), (SELECT b FROM serial_bins), 'bins: rolled up from a table, in another order');
SELECT throws_ok($$ SELECT rollup(p) FROM (SELECT p FROM shards UNION ALL SELECT rfm_population_agg(s, '2024-03-02', 5, 'low', false) FROM by_country) x $$,
                 '22023', NULL, 'populations as of different days are not rolled up');
SELECT throws_ok($$ SELECT rfm_bins_agg(s, '2024-03-01', 5, CASE WHEN country = 'RS' THEN 'low' ELSE 'r' END) FROM summary $$, '22023', NULL, 'one rule for all rows');
SELECT is((SELECT rollup(p)::text FROM shards WHERE false), NULL, 'rolled up from nothing');

SELECT * FROM finish();
ROLLBACK;
