-- Lifetime value: the published fits to CDNOW, to all printed digits. The data are not part of this project: a folder
-- shared/data beside the checkout, or the one that CLT_DATA names, has them in rfm/cdnow.
BEGIN;
SET TimeZone = 'UTC';
SELECT no_plan();
\set data `for d in "${CLT_DATA:-}" ../shared/data ../../shared/data; do test -r "$d/rfm/cdnow/cdnow_customers_summary_with_transactions.csv" && echo "$d" && break; done`
\setenv CLT_RFM_DATA :data
SELECT :'data' <> '' AS found \gset
\if :found
\set rows `tail -n +2 "$CLT_RFM_DATA/rfm/cdnow/cdnow_customers_summary_with_transactions.csv" | tr -d '\r'`
\set orders `gunzip -c "$CLT_RFM_DATA/rfm/cdnow/CDNOW_sample.txt.gz" | tr -s ' ' ',' | sed 's/^,//' | tr -d '\r'`
CREATE TABLE history AS
SELECT split_part(line, ',', 1) AS id, split_part(line, ',', 2)::float8 AS x, split_part(line, ',', 3)::float8 AS t_x,
       split_part(line, ',', 4)::float8 AS t, split_part(line, ',', 5)::float8 AS m
FROM string_to_table(:'rows', E'\n') line WHERE line <> '';
SELECT is(count(*), 2357::bigint, 'customers of the sample') FROM history;
CREATE FUNCTION digits(model_values float8[], places int) RETURNS text LANGUAGE sql
RETURN (SELECT string_agg(round(v::numeric, places)::text, ' ' ORDER BY n) FROM unnest(model_values) WITH ORDINALITY u(v, n));

-- the histories of the summary file, which has two places, from the raw orders
CREATE TABLE orders AS
SELECT split_part(line, ',', 2) AS id, to_date(split_part(line, ',', 3), 'YYYYMMDD') AS at, split_part(line, ',', 5)::numeric AS amount
FROM string_to_table(:'orders', E'\n') line WHERE split_part(line, ',', 3) ~ '^[0-9]{8}$';
SELECT is(count(DISTINCT id), 2357::bigint, 'the same customers in the orders') FROM orders;
CREATE TABLE summed AS
SELECT id, frequency(s, '1997-09-30') AS x, recency(s, '1997-09-30', 'week') AS t_x, age(s, '1997-09-30', 'week') AS t, mean_value(s, '1997-09-30') AS m
FROM (SELECT id, clv_summary_agg(at, amount) AS s FROM orders GROUP BY id) q;
SELECT results_eq($$ SELECT id::int, x::int, round(t_x::numeric, 2), round(t::numeric, 2), round(coalesce(m, 0)::numeric, 2) FROM summed ORDER BY 1 $$,
    $$ SELECT row_number() OVER (ORDER BY id::int)::int, x::int, round(t_x::numeric, 2), round(t::numeric, 2), round(m::numeric, 2) FROM history ORDER BY id::int $$, 'histories from raw orders');
-- weeks of exactly seven days, which two places are not: what the papers fitted
CREATE TABLE model AS
SELECT bg_nbd_agg(x, t_x, t) AS bg, mbg_nbd_agg(x, t_x, t) AS mbg, pareto_nbd_agg(x, t_x, t) AS pareto, gamma_gamma_agg(x, m) AS gg FROM summed;

-- Fader, Hardie & Lee, Marketing Science 24(2), 2005, table 2
SELECT is(digits(parameters(bg), 3), '0.243 4.414 0.793 2.426', 'BG/NBD: parameters as published'),
       is(round(log_likelihood(bg)::numeric, 1), -9582.4, 'BG/NBD: log-likelihood as published'),
       ok(converged(bg), 'BG/NBD: converged') FROM model;
-- Hardie's spreadsheet and CLVTools print more of it
SELECT is(digits(parameters(bg), 6), '0.242595 4.413602 0.792922 2.425907', 'BG/NBD: to six places'),
       is(round(log_likelihood(bg)::numeric, 3), -9582.429, 'BG/NBD: log-likelihood to three'),
       is(digits(standard_errors(bg), 3), '0.013 0.378 0.186 0.705', 'BG/NBD: standard errors') FROM model;
-- Fader, Hardie & Lee, note 025 (Gamma-Gamma)
SELECT is(digits(parameters(gg), 2), '6.25 3.74 15.44', 'Gamma-Gamma: parameters as published'),
       is(round(log_likelihood(gg)::numeric, 3), -4055.918, 'Gamma-Gamma: log-likelihood'),
       is(customers(gg), 946::bigint, 'Gamma-Gamma: of those who came back'),
       is(digits(standard_errors(gg), 3), '1.190 0.290 4.159', 'Gamma-Gamma: standard errors') FROM model;
-- the same paper on Pareto/NBD
SELECT is(digits(parameters(pareto), 3), '0.553 10.578 0.606 11.669', 'Pareto/NBD: parameters as published'),
       is(round(log_likelihood(pareto)::numeric, 1), -9595.0, 'Pareto/NBD: log-likelihood as published') FROM model;
-- predictions of the published model
SELECT is(round(expected_purchases(bg, 39, 2, 30.43, 38.86)::numeric, 3), 1.226, 'BG/NBD: expected purchases of customer 1 in 39 weeks') FROM model;

-- what lifetimes fits to the rounded file
SELECT is(digits((parameters(bg_nbd_agg(x, t_x, t)))[1:3], 6), '0.242593 4.413532 0.792886', 'BG/NBD of the rounded histories') FROM history;
\else
SELECT skip('no folder with CDNOW: neither ../shared/data nor CLT_DATA', 1);
\endif
SELECT * FROM finish();
ROLLBACK;
