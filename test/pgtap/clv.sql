-- Lifetime value: models as values, fits, predictions, summaries of raw orders.
BEGIN;
SELECT no_plan();

-- models as values --------------------------------------------------------------------------
SELECT is(bg_nbd(.243, 4.414, .793, 2.426)::text, '{"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}', 'a model of given parameters');
SELECT is(bg_nbd(.243, 4.414, .793, 2.426)::text::bg_nbd::text, bg_nbd(.243, 4.414, .793, 2.426)::text, 'text is read back');
SELECT is(parameters(gamma_gamma(6.25, 3.74, 15.44)), '{6.25,3.74,15.44}'::float8[], 'parameters in the order of the constructor');
SELECT is(parameters(pareto_nbd(1, 2, 3, 4)), '{1,2,3,4}'::float8[], 'parameters of pareto_nbd');
SELECT is(log_likelihood(mbg_nbd(1, 2, 3, 4)), NULL::float8, 'a given model has no likelihood');
SELECT is(converged(mbg_nbd(1, 2, 3, 4)), NULL::boolean, 'nor did it converge');
SELECT is(fit_status(mbg_nbd(1, 2, 3, 4)), 'given', 'it was given');
SELECT throws_ok($$ SELECT bg_nbd(0, 1, 1, 1) $$, '22023', 'invalid parameters of model bg_nbd', 'parameters are greater than zero');
SELECT throws_ok($$ SELECT bg_nbd('NaN', 1, 1, 1) $$, '22023', NULL, 'and not NaN');
SELECT throws_ok($$ SELECT gamma_gamma('Infinity', 1, 1) $$, '22023', NULL, 'and finite');
SELECT throws_ok(format('SELECT %L::bg_nbd', bad), '22P02', NULL, 'refused: ' || bad)
FROM unnest(ARRAY['', '{}', '{"r": 1, "alpha": 1, "a": 1}', '{"r": 1, "alpha": 1, "a": 1, "b": -1}', '{"r": 1, "alpha": 1, "a": 1, "b": 1} x',
    '{"r": 1, "alpha": 1, "a": 1, "b": null}', '{"r": 1, "alpha": 1, "a": 1, "b": inf}', '{"r": 0x10, "alpha": 1, "a": 1, "b": 1}',
    '{"r": 1, "alpha": 1, "a": 1, "b": 1, "status": "fine"}', '{"r": 1, "alpha": 1, "a": 1, "b": 1, "customers": -1}',
    '{"r": 1, "alpha": 1, "a": 1, "b": 1, "se": [1,2,3]}', '{"r": 1, "alpha": 1, "a": 1, "b": 1, "log_likelihood": 1e999}']) bad;
CREATE TEMP TABLE roundtrip AS
SELECT '{"r": 0.1, "alpha": 1e-300, "a": 3, "b": 0.30000000000000004, "se": [1, null, 2.5, 3], "log_likelihood": -12.5, "customers": 7, "evaluations": 3, "status": "boundary"}'::bg_nbd AS m;
SELECT is(m::text::bg_nbd::text, m::text, 'all fields are read back') FROM roundtrip;
SELECT is(bg_nbd_send(m), bg_nbd_send(m::text::bg_nbd), 'and the same in binary') FROM roundtrip;

-- published values --------------------------------------------------------------------------
SELECT is(round(expected_purchases(bg_nbd(.243, 4.414, .793, 2.426), 39, 2, 30.43, 38.86)::numeric, 6), 1.226028, 'E[Y(39)] of customer 1 of CDNOW');
SELECT is(p_alive(bg_nbd(.243, 4.414, .793, 2.426), 0, 0, 38.86), 1::float8, 'BG/NBD: who never came back is alive');
SELECT cmp_ok(p_alive(mbg_nbd(.5, 6, .9, 1.6), 0, 0, 38.86), '<', 1::float8, 'MBG/NBD: not for certain');
SELECT is(round(expected_value(gamma_gamma(6.249572, 3.744225, 15.44352), 2, 22.35)::numeric, 2), 24.66, 'E[M] of customer 1');
SELECT is(round(expected_value(gamma_gamma(6.25, 3.74, 15.44))::numeric, 1), 35.2, 'E[M] of a new customer');
SELECT is(expected_value(gamma_gamma(6, .9, 15)), 'Infinity'::float8, 'a population without a mean says so');

-- predictions fit each other ----------------------------------------------------------------
SELECT ok(abs(sum(n * probability_of_purchases(bg_nbd(.243, 4.414, .793, 2.426), n, 39, 2, 30.43, 38.86))
              / expected_purchases(bg_nbd(.243, 4.414, .793, 2.426), 39, 2, 30.43, 38.86) - 1) < 1e-6,
          'mean of the probabilities = expectation') FROM generate_series(0, 300) n;
SELECT ok(abs(probability_of_purchases(m, 0, next_purchase(m, .4, 2, 30.43, 38.86), 2, 30.43, 38.86) - .6) < 1e-12,
          'next_purchase inverts the probability of none')
FROM (SELECT mbg_nbd(.5, 6, .9, 1.6) AS m) x;
SELECT is(next_purchase(bg_nbd(.243, 4.414, .793, 2.426), .999, 2, 3, 38.86), 'Infinity'::float8, 'never, with that probability');
SELECT is(clv(m, g, 39, 2, 30.43, 38.86, 22.35), expected_purchases(m, 39, 2, 30.43, 38.86) * expected_value(g, 2, 22.35), 'clv without discount')
FROM (SELECT bg_nbd(.243, 4.414, .793, 2.426) AS m, gamma_gamma(6.25, 3.74, 15.44) AS g) x;
SELECT ok(abs(clv(m, g, 3, 2, 30.43, 38.86, 22.35, .01) / (expected_value(g, 2, 22.35) *
    (SELECT sum((expected_purchases(m, j, 2, 30.43, 38.86) - expected_purchases(m, j - 1, 2, 30.43, 38.86)) / 1.01 ^ j) FROM generate_series(1, 3) j)) - 1) < 1e-12,
    'clv with discount')
FROM (SELECT bg_nbd(.243, 4.414, .793, 2.426) AS m, gamma_gamma(6.25, 3.74, 15.44) AS g) x;
SELECT cmp_ok(discounted_purchases(m, .01, 2, 30.43, 38.86), '<', expected_purchases(m, 10000, 2, 30.43, 38.86), 'discounted less than for ever')
FROM (SELECT pareto_nbd(.55, 10.6, .6, 11.7) AS m) x;

SELECT is_empty(format($$
    SELECT * FROM (VALUES (1e-3), (.5), (1), (1 + 1e-9), (30)) a(a), (VALUES (1e-2), (.5), (1), (25)) b(b), (VALUES (0.05), (3)) r(r),
        (VALUES (0, 0, 0.5), (1, 0, 9), (1, 9, 9), (3000, 99, 100)) h(x, t_x, t), (VALUES (0), (1e-9), (39), (1e6)) z(z)
    WHERE NOT expected_purchases(%s(r, 3, a, b), z, x, t_x, t) BETWEEN 0 AND 1e12 OR NOT p_alive(%s(r, 3, a, b), x, t_x, t) BETWEEN 0 AND 1 $$, model, model),
    model || ': no NaN, no infinity, nothing negative in the corners') FROM unnest(ARRAY['bg_nbd', 'mbg_nbd', 'pareto_nbd']) model;

-- bad input ---------------------------------------------------------------------------------
SELECT throws_ok(format('SELECT p_alive(bg_nbd(1, 1, 1, 1), %s)', h), '22023', 'invalid purchase history', 'refused: ' || h)
FROM unnest(ARRAY['-1, 0, 1', '1.5, 0, 1', '1, 3, 2', '1, -1, 2', '0, 1, 2', '1, 1, ''NaN''', '1, 1, ''Infinity''', '''NaN'', 1, 2']) h;
SELECT throws_ok($$ SELECT expected_purchases(bg_nbd(1, 1, 1, 1), -1) $$, '22023', NULL, 'negative horizon');
SELECT throws_ok($$ SELECT next_purchase(bg_nbd(1, 1, 1, 1), 1, 0, 0, 1) $$, '22023', NULL, 'probability 1');
SELECT throws_ok($$ SELECT discounted_purchases(bg_nbd(1, 1, 1, 1), 0, 0, 0, 1) $$, '22023', NULL, 'discount rate 0');
SELECT throws_ok($$ SELECT probability_of_purchases(bg_nbd(1, 1, 1, 1), -1, 1) $$, '22023', NULL, 'minus one purchases');
SELECT throws_ok($$ SELECT clv(bg_nbd(1, 1, 1, 1), gamma_gamma(2, 2, 2), 10, 0, 0, 1, 0, .01, 1e-9) $$, '22023', NULL, 'period too short');
SELECT is(p_alive(NULL::bg_nbd, 1, 1, 1), NULL::float8, 'NULL model');
SELECT is(p_alive(bg_nbd(1, 1, 1, 1), NULL, 1, 1), NULL::float8, 'NULL history');

-- fits --------------------------------------------------------------------------------------
SELECT is(bg_nbd_agg(x, t_x, t)::text, NULL, 'nothing to fit to') FROM (SELECT 0::float8 x, 0::float8 t_x, 0::float8 t WHERE false) s;
SELECT is(bg_nbd_agg(NULL, 1, 1)::text, NULL, 'only NULLs');
SELECT is(bg_nbd_agg(0, 0, 0)::text, NULL, 'no time has passed');
SELECT throws_ok($$ SELECT bg_nbd_agg(1, 5, 3) $$, '22023', NULL, 'a bad row is refused');
SELECT isnt(converged(bg_nbd_agg(0, 0, 10)), true, 'one customer without repeats is no good fit');
SELECT isnt(converged(bg_nbd_agg(5, 10, 10)), true, 'nor are many, all alike, who never leave') FROM generate_series(1, 100);
SELECT isnt(converged(gamma_gamma_agg(3, 10)), true, 'nor values that do not vary') FROM generate_series(1, 100);

-- 5,000 customers who follow the model: r = 1, alpha = 5, a = 1, b = 4
CREATE FUNCTION simulate(n int) RETURNS TABLE (customer int, x float8, t_x float8, t float8, spend float8) LANGUAGE plpgsql AS $$
DECLARE lambda float8; p float8; at float8;
BEGIN
    PERFORM setseed(0.5);
    FOR i IN 1 .. n LOOP
        lambda := -ln(1 - random()) / 5; p := 1 - (1 - random()) ^ (1 / 4.0);
        customer := i; x := 0; t_x := 0; t := 30 + i % 9; at := 0;
        spend := round((20 * -ln(1 - random()) - 20 * ln(1 - random()) + 1)::numeric, 2);
        LOOP
            at := at - ln(1 - random()) / lambda;
            EXIT WHEN at > t;
            x := x + 1; t_x := round(at::numeric, 1);
            EXIT WHEN random() < p;
        END LOOP;
        t_x := least(t_x, t);
        RETURN NEXT;
    END LOOP;
END $$;
CREATE TABLE history AS SELECT * FROM simulate(5000);
CREATE TEMP TABLE serial AS SELECT bg_nbd_agg(x, t_x, t)::text AS bg, mbg_nbd_agg(x, t_x, t)::text AS mbg, pareto_nbd_agg(x, t_x, t)::text AS pareto, gamma_gamma_agg(x, spend)::text AS gg FROM history;
SELECT ok(converged(bg::bg_nbd), 'converged: ' || bg), ok(converged(mbg::mbg_nbd), 'converged: ' || mbg), is(fit_status(pareto::pareto_nbd), 'boundary', 'where s and beta run off together, the fit says so'), is(customers(bg::bg_nbd), 5000::bigint, 'customers are counted'), is(cardinality(standard_errors(bg::bg_nbd)), 4, 'with standard errors') FROM serial;
SELECT ok(abs(p[1] - 1) < 4 * e[1] AND abs(p[2] - 5) < 4 * e[2] AND abs(p[3] - 1) < 4 * e[3] AND abs(p[4] - 4) < 4 * e[4], 'the parameters drawn from are found, within four standard errors')
FROM (SELECT parameters(bg::bg_nbd) AS p, standard_errors(bg::bg_nbd) AS e FROM serial) q;
SELECT is(bg_nbd_agg(x, t_x, t)::text, (SELECT bg FROM serial), 'the order of rows does not matter, to the last bit') FROM (SELECT * FROM history ORDER BY hashint4(customer)) s;
SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0; SET LOCAL min_parallel_table_scan_size = 0; SET LOCAL max_parallel_workers_per_gather = 2;
ALTER TABLE history SET (parallel_workers = 2);
CREATE FUNCTION plan_of(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY EXECUTE 'EXPLAIN (COSTS OFF) ' || query; END $$;
SELECT ok(string_agg(p, '') LIKE '%Partial Aggregate%', 'fits run in parallel') FROM plan_of('SELECT bg_nbd_agg(x, t_x, t) FROM history') p;
SELECT is(ROW(bg_nbd_agg(x, t_x, t)::text, mbg_nbd_agg(x, t_x, t)::text, pareto_nbd_agg(x, t_x, t)::text, gamma_gamma_agg(x, spend)::text)::text, (SELECT s::text FROM serial s), 'parallel = serial, to the last bit') FROM history;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT is(bg_nbd_agg(x, t_x, t)::text, (SELECT (bg::bg_nbd)::text FROM serial), 'FILTER') FROM (SELECT * FROM history UNION ALL SELECT -1, 1, 1, 99, 1) s WHERE customer > 0;
SELECT ok(abs((SELECT log_likelihood(bg_nbd_agg(x, t_x / 7, t / 7)) FROM history) - log_likelihood(bg::bg_nbd) - (SELECT sum(x) * ln(7) FROM history)) < 1e-4,
          'the likelihood is on the scale of the data') FROM serial;

-- so many histories that a part of them finds the neighbourhood: twelve of each, a hair apart, are the same sample
CREATE TABLE many AS SELECT x, t_x, t * (1 + k * 1e-12) AS t, spend * (1 + k * 1e-12) AS spend FROM history, generate_series(0, 11) k;
CREATE TEMP TABLE of_many AS SELECT bg_nbd_agg(x, t_x, t) AS bg, mbg_nbd_agg(x, t_x, t) AS mbg, gamma_gamma_agg(x, spend) AS gg FROM many;
SELECT ok(abs(a / b - 1) < 1e-6, 'a large sample is fitted as well as a small one: ' || what)
FROM serial, of_many, LATERAL (
    SELECT 'BG/NBD', unnest(parameters(of_many.bg)), unnest(parameters(serial.bg::bg_nbd))
    UNION ALL SELECT 'MBG/NBD', unnest(parameters(of_many.mbg)), unnest(parameters(serial.mbg::mbg_nbd))
    UNION ALL SELECT 'Gamma-Gamma', unnest(parameters(of_many.gg)), unnest(parameters(serial.gg::gamma_gamma))
    UNION ALL SELECT 'standard error', unnest(standard_errors(of_many.bg)) * sqrt(12), unnest(standard_errors(serial.bg::bg_nbd))
    UNION ALL SELECT 'likelihood', log_likelihood(of_many.bg) / 12, log_likelihood(serial.bg::bg_nbd)) c (what, a, b);
SELECT ok((substring(bg::text FROM '"evaluations": (\d+)'))::int < 10, 'and in fewer evaluations') FROM of_many;
SELECT isnt(converged(bg_nbd_agg(5, 10 + k * 1e-9, 10 + k * 1e-9)), true, 'many, nearly alike, who never leave, are still no good fit') FROM generate_series(1, 40000) k;

-- raw orders --------------------------------------------------------------------------------
CREATE TABLE orders AS
SELECT 1 + (i * 7919 % 300) AS customer, timestamptz '2024-01-01 00:00 UTC' + i * 104729 % 31536000 * interval '1 second' AS at,
       (CASE WHEN i % 17 = 0 THEN -1 ELSE 1 END * (i * 31 % 9000) / 100.0)::numeric(10,2) AS amount
FROM generate_series(1, 3000) i;
INSERT INTO orders VALUES (NULL, '2024-05-05', 1), (1, NULL, 5), (1, '2024-05-05', NULL);
SET LOCAL timezone = 'UTC';
CREATE TEMP VIEW by_sql AS
WITH day AS (
    SELECT customer, at::date AS day, sum(amount) AS amount, count(*) FILTER (WHERE amount >= 0) AS purchases
    FROM orders WHERE at IS NOT NULL AND amount IS NOT NULL AND at < '2024-10-01' GROUP BY 1, 2),
first AS (SELECT customer, min(day) FILTER (WHERE purchases > 0) AS first FROM day GROUP BY 1)
SELECT customer, count(*) FILTER (WHERE purchases > 0) - 1 AS x, (max(day) FILTER (WHERE purchases > 0) - first) / 7.0::float8 AS t_x,
       (date '2024-09-30' - first) / 7.0::float8 AS t,
       (sum(amount) FILTER (WHERE day > first))::float8 / nullif(count(*) FILTER (WHERE purchases > 0) - 1, 0) AS m
FROM day JOIN first USING (customer) WHERE first IS NOT NULL GROUP BY customer, first;
SELECT results_eq(
    $$ SELECT customer, frequency(s, '2024-09-30'), recency(s, '2024-09-30', 'week'), age(s, '2024-09-30', 'week'), round(mean_value(s, '2024-09-30')::numeric, 6)
       FROM (SELECT customer, clv_summary_agg(at, amount) AS s FROM orders GROUP BY customer) q
       WHERE frequency(s, '2024-09-30') IS NOT NULL AND customer IS NOT NULL ORDER BY customer $$,
    $$ SELECT customer, x::int, t_x, t, round(m::numeric, 6) FROM by_sql WHERE customer IS NOT NULL ORDER BY customer $$,
    'frequency, recency, age, mean value = SQL, later orders cut off');
SELECT is((SELECT clv_summary_agg(at, amount)::text FROM (SELECT * FROM orders ORDER BY at DESC) o WHERE customer = 7),
          (SELECT clv_summary_agg(at, amount)::text FROM (SELECT * FROM orders ORDER BY at) o WHERE customer = 7), 'the order of rows does not matter');
SELECT is(rollup(s)::text, (SELECT clv_summary_agg(at, amount)::text FROM orders WHERE customer = 7), 'rollup of months = the whole')
FROM (SELECT clv_summary_agg(at, amount) AS s FROM orders WHERE customer = 7 GROUP BY date_trunc('month', at)) m;
SELECT is(clv_summary_agg(at, amount::float8)::text, clv_summary_agg(at, amount)::text, 'float8 amounts of two decimals = numeric') FROM orders;
SELECT is(clv_summary_agg(at, amount)::text::clv_summary::text, clv_summary_agg(at, amount)::text, 'text is read back') FROM orders;
SELECT is(frequency(clv_summary_agg(d)), 2, 'without amounts; several orders of a day are one purchase') FROM unnest('{2024-01-01,2024-01-01,2024-01-05,2024-01-03}'::date[]) d;
SELECT is(frequency(clv_summary_agg(d, a)), 1, 'a refund is no purchase'), is(mean_value(clv_summary_agg(d, a)), 15::float8, 'and reduces the total')
FROM (VALUES (date '2024-01-01', 10), ('2024-02-01', 20), ('2024-03-01', -5)) o(d, a);
SELECT is(frequency(clv_summary_agg(date '2024-01-01', -5)), NULL::int, 'nothing but a refund is no customer yet');
SELECT is(clv_summary_agg(NULL::date, 5)::text, NULL, 'NULL time');
SET LOCAL timezone = 'Europe/Belgrade';
SELECT is(frequency(clv_summary_agg(t)), 0, 'days are those of the session time zone') FROM unnest('{2024-01-01 23:30+00,2024-01-02 10:00+00}'::timestamptz[]) t;
SELECT throws_ok($$ SELECT clv_summary_agg('infinity'::timestamptz, 5) $$, '22008', NULL, 'infinite time');
SELECT throws_ok($$ SELECT clv_summary_agg(current_date, 'NaN'::numeric) $$, '22003', NULL, 'NaN');
SELECT throws_ok($$ SELECT clv_summary_agg(current_date, 1e30::float8) $$, '22003', NULL, 'too much');
SELECT throws_ok($$ SELECT clv_summary_agg(current_date, a) FROM unnest('{9e12,9e12}'::numeric[]) a $$, '22003', 'total amount out of range', 'overflow of the sum');
SELECT throws_ok($$ SELECT clv_summary_agg('x'::text, 5) $$, '42804', NULL, 'text is no time');
SELECT throws_ok($$ SELECT clv_summary_agg(current_date, true) $$, '42804', NULL, 'boolean is no amount');
SELECT throws_ok($$ SELECT age(clv_summary_agg(current_date), current_date, 'fortnight') $$, '22023', 'unknown unit of time "fortnight"', 'unknown unit');
SELECT throws_ok(format('SELECT %L::clv_summary', bad), '22P02', NULL, 'refused: ' || bad)
FROM unnest(ARRAY['', '{', '{1 1}', '{2 1 5;1 1 5}', '{1 1 5;1 1 5}', '{1 -1 5}', '{1 1 5;}', '{1 1 5} ', '{99999999999 1 5}']) bad;
SELECT throws_ok(format('SELECT %L::clv_sample', bad), '22P02', NULL, 'refused: ' || bad)
FROM unnest(ARRAY['', '{1,1,1}', '{1,1,1,0}', '{-1,1,1,1}', '{1.5,1,1,1}', '{1,nan,1,1}', '{1,1,1,1;}', '{1,1,1,1}}']) bad;

-- CDNOW, where the shared data lie beside the checkout --------------------------------------
\set cdnow `for f in ../shared/data/rfm/cdnow /work/shared/data/rfm/cdnow; do [ -d $f ] && echo $f && break; done`
SELECT :'cdnow' <> '' AS have_cdnow \gset
\if :have_cdnow
CREATE TEMP TABLE raw (line text);
CREATE TEMP TABLE cdnow_order (customer int, day date, dollars numeric);
\set copy 'INSERT INTO raw SELECT regexp_split_to_table($q$' `for f in ../shared/data/rfm/cdnow /work/shared/data/rfm/cdnow; do [ -d $f ] && gzip -dc $f/CDNOW_sample.txt.gz && break; done` '$q$, E''\\n'')'
:copy;
INSERT INTO cdnow_order SELECT f[3]::int, to_date(f[4], 'YYYYMMDD'), f[6]::numeric FROM (SELECT regexp_split_to_array(line, '\s+') AS f FROM raw WHERE line ~ '\d') x;
SELECT is(count(*), 6919::bigint, 'CDNOW: 6,919 orders'), is(count(DISTINCT customer), 2357::bigint, 'of 2,357 customers') FROM cdnow_order;
CREATE TEMP TABLE cbs AS
SELECT customer, frequency(s, '1997-09-30') AS x, recency(s, '1997-09-30', 'week') AS t_x, age(s, '1997-09-30', 'week') AS t, mean_value(s, '1997-09-30') AS m
FROM (SELECT customer, clv_summary_agg(day, dollars) AS s FROM cdnow_order GROUP BY customer) q;
SELECT is(count(*) FILTER (WHERE x > 0), 946::bigint, '946 of them came back') FROM cbs;
SELECT is(ARRAY(SELECT round(p::numeric, 3) FROM unnest(parameters(f)) p), '{.243,4.414,.793,2.426}'::numeric[], 'BG/NBD: Fader, Hardie & Lee 2005, table 2'),
       is(ARRAY(SELECT round(p::numeric, 4) FROM unnest(parameters(f)) p), '{.2426,4.4136,.7929,2.4259}'::numeric[], 'and as CLVTools prints it'),
       is(round(log_likelihood(f)::numeric, 3), -9582.429, 'and the log-likelihood'),
       is(ARRAY(SELECT round(p::numeric, 3) FROM unnest(standard_errors(f)) p), '{.013,.378,.186,.705}'::numeric[], 'and the standard errors'),
       ok(converged(f), 'converged')
FROM (SELECT bg_nbd_agg(x, t_x, t) AS f FROM cbs) q;
SELECT is(ARRAY(SELECT round(p::numeric, 2) FROM unnest(parameters(f)) p), '{6.25,3.74,15.44}'::numeric[], 'Gamma-Gamma: note 025'),
       is(round(log_likelihood(f)::numeric, 4), -4055.9177, 'and the log-likelihood')
FROM (SELECT gamma_gamma_agg(x, m) AS f FROM cbs) q;
SELECT is(ARRAY(SELECT round(p::numeric, 3) FROM unnest(parameters(f)) p), '{.553,10.578,.606,11.669}'::numeric[], 'Pareto/NBD: Fader & Hardie, note 008'),
       is(round(log_likelihood(f)::numeric, 1), -9595.0, 'and the log-likelihood')
FROM (SELECT pareto_nbd_agg(x, t_x, t) AS f FROM cbs) q;
\else
SELECT skip('the CDNOW data are not beside this checkout', 1);
\endif

SELECT throws_ok($$SELECT clientele.clv_summary_combine(NULL, NULL)$$, '0A000', NULL, 'support functions are for the aggregates only: clv_summary');
SELECT throws_ok($$SELECT clientele.clv_sample_combine(NULL, NULL)$$, '0A000', NULL, 'clv_sample');

SELECT * FROM finish();
ROLLBACK;
