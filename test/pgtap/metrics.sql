-- metrics: a shop small enough to count by hand, and identities on a larger one.
BEGIN;
SET TimeZone = 'UTC';
SELECT no_plan();

CREATE TABLE shop (who text, day date, amount numeric, discount numeric);
INSERT INTO shop VALUES
    ('ana', '2024-01-10', 10, 0), ('ana', '2024-02-10', 20, 0.1), ('ana', '2024-04-10', 30, NULL), ('ana', '2024-04-10', 6, 0),
    ('boris', '2024-01-31', 100, 0.5), ('boris', '2024-02-01', -40, 0),
    ('cveta', '2024-04-01', 8, 0), (NULL, '2024-04-01', 999, 0), ('dunja', 'infinity', 999, 0), ('ema', '2024-04-02', NULL, 0);

SELECT results_eq($$ SELECT * FROM order_metrics('shop', 'who', 'day', 'amount') $$, $$ VALUES
    (date '2024-01-01', 2::bigint, 2::bigint, 110::numeric, 55.00, 1.00, 55.00, 2::bigint, 0::bigint, 110::numeric, 0::numeric, NULL::numeric),
    ('2024-02-01', 1, 1, -20, -20.00, 1.00, 20.00, 0, 1, 0, -20, -1.1818),
    ('2024-03-01', 0, 0, 0, NULL, NULL, NULL, 0, 0, 0, 0, -1.0000),
    ('2024-04-01', 2, 3, 44, 22.00, 1.50, 14.67, 1, 1, 8, 36, NULL) $$, 'order_metrics: by hand, with an empty month');
SELECT results_eq($$ SELECT * FROM cohort_metrics('shop', 'who', 'day', 'amount') $$, $$ VALUES
    (date '2024-01-01', 0, 2::bigint, 2::bigint, 1.0000, 110::numeric, 110::numeric, 55.00),
    ('2024-01-01', 1, 2, 1, 0.5000, -20, 90, 45.00), ('2024-01-01', 2, 2, 0, 0.0000, 0, 90, 45.00), ('2024-01-01', 3, 2, 1, 0.5000, 36, 126, 63.00),
    ('2024-04-01', 0, 1, 1, 1.0000, 8, 8, 8.00) $$, 'cohort_metrics: by hand');
SELECT results_eq($$ SELECT * FROM purchase_rhythm('shop', 'who', 'day', 'amount', '2024-05-10 12:00') $$, $$ VALUES
    ('ana', 3::bigint, 45.50, 45.50, 20.51, 4.923, 30, 0.66), ('boris', 1, NULL, NULL, NULL, NULL, 100, NULL), ('cveta', 1, NULL, NULL, NULL, NULL, 39, NULL) $$,
    'purchase_rhythm: by hand; two orders of a day are one');
SELECT results_eq($$ SELECT order_days FROM purchase_rhythm('shop', 'who', 'day', 'amount', '2024-02-28') WHERE customer = 'ana' $$, $$ VALUES (2::bigint) $$, 'purchase_rhythm: as_of cuts off');
SELECT results_eq($$ SELECT customer, revenue, off_season_revenue, off_season_share FROM off_season('shop', 'who', 'day', 'amount', '{4}') $$, $$ VALUES
    ('ana', 66::numeric, 30::numeric, 0.4545), ('boris', 100, 100, 1.0000), ('cveta', 8, 0, 0.0000) $$, 'off_season: by hand');
SELECT results_eq($$ SELECT customer, median_price, band FROM price_band('shop', 'who', 'amount', 3) WHERE customer < 'd' $$, $$ VALUES ('ana', 10::numeric, 2), ('boris', 100, 3), ('cveta', 8, 1) $$, 'price_band: by hand');
SELECT results_eq($$ SELECT customer, purchases, discounted, discount_share, discounted_amount FROM discount_share('shop', 'who', 'amount', 'discount') WHERE customer < 'c' $$,
    $$ VALUES ('ana', 4::bigint, 1::bigint, 0.2500, 20::numeric), ('boris', 1, 1, 1.0000, 100) $$, 'discount_share: by hand');

CREATE TABLE orders AS
SELECT (n * n) % 211 AS customer, timestamptz '2021-01-05' + n * interval '11 hours' AS at, ((n % 50) - 3)::numeric / 4 AS amount FROM generate_series(1, 2000) n;
SELECT is((SELECT sum(revenue) FROM order_metrics('orders', 'customer', 'at', 'amount', p)), (SELECT sum(amount) FROM orders), 'order_metrics: revenue is complete by ' || p)
FROM unnest('{day,week,month,quarter,year}'::text[]) p;
SELECT is((SELECT sum(new_customers) FROM order_metrics('orders', 'customer', 'at', 'amount', p)), (SELECT count(DISTINCT customer) FROM orders WHERE amount >= 0)::numeric, 'everybody is new once, by ' || p)
FROM unnest('{day,week,month,quarter,year}'::text[]) p;
SELECT is_empty($$ SELECT 1 FROM order_metrics('orders', 'customer', 'at', 'amount') WHERE new_customers + returning_customers <> customers OR new_revenue + returning_revenue <> revenue $$, 'new + returning = all');
SELECT is((SELECT sum(cohort_size) FROM cohort_metrics('orders', 'customer', 'at', 'amount') WHERE age = 0), (SELECT count(DISTINCT customer) FROM orders WHERE amount >= 0)::numeric, 'cohorts: everybody in one');
SELECT is_empty($$ SELECT 1 FROM cohort_metrics('orders', 'customer', 'at', 'amount') WHERE age = 0 AND retention <> 1 OR customers > cohort_size $$, 'cohorts: all of them at age 0');
SELECT is((SELECT sum(order_count) FROM seasonality('orders', 'at', 'amount')), (SELECT count(*) FROM orders WHERE amount >= 0)::numeric, 'seasonality: all orders');
SELECT is((SELECT round(avg(index), 3) FROM seasonality('orders', 'at', 'amount')), 1.000, 'seasonality: the mean month is 1');
SELECT bag_eq($$ SELECT customer FROM off_season('orders', 'customer', 'at', 'amount') WHERE off_season_share BETWEEN 0 AND 1 $$, $$ SELECT DISTINCT customer::text FROM orders WHERE amount > 0 UNION SELECT DISTINCT customer::text FROM orders WHERE amount = 0 $$, 'off_season: the season is found');

CREATE TABLE steady AS SELECT date '2020-01-01' + n * interval '1 month' AS at, 100 * 1.02 ^ n * (1 + 0.02 * sin(n * 1.7)::numeric) * CASE WHEN n = 20 THEN 2 ELSE 1 END AS amount FROM generate_series(0, 35) n;
SELECT results_eq($$ SELECT starts FROM growth_anomaly('steady', 'at', 'amount') WHERE anomaly $$, $$ VALUES (date '2021-09-01'), ('2021-10-01') $$, 'growth_anomaly: the leap and the fall after it');
CREATE TABLE nothing (who int, day date, amount int, discount int);
SELECT is_empty($$ SELECT starts FROM order_metrics('nothing', 'who', 'day', 'amount') $$, 'order_metrics of nothing');
SELECT is_empty($$ SELECT cohort FROM cohort_metrics('nothing', 'who', 'day', 'amount') $$, 'cohort_metrics of nothing');
SELECT is_empty($$ SELECT customer FROM purchase_rhythm('nothing', 'who', 'day', 'amount') $$, 'purchase_rhythm of nothing');
SELECT is_empty($$ SELECT month FROM seasonality('nothing', 'day', 'amount') $$, 'seasonality of nothing');
SELECT is_empty($$ SELECT customer FROM off_season('nothing', 'who', 'day', 'amount') $$, 'off_season of nothing');
SELECT is_empty($$ SELECT customer FROM price_band('nothing', 'who', 'amount') $$, 'price_band of nothing');
SELECT is_empty($$ SELECT customer FROM discount_share('nothing', 'who', 'amount', 'discount') $$, 'discount_share of nothing');
SELECT is_empty($$ SELECT starts FROM growth_anomaly('nothing', 'day', 'amount') $$, 'growth_anomaly of nothing');
SELECT throws_ok($$ SELECT * FROM order_metrics('nothing', 'who', 'day', 'amount', 'fortnight') $$, '22023', NULL, 'no such period');
SELECT throws_ok($$ SELECT * FROM order_metrics('nothing', 'who"; DROP TABLE nothing; --', 'day', 'amount') $$, '42703', NULL, 'a name is a name, whatever it says');
-- ---- what cannot be read is said before it is read --------------------------
CREATE DOMAIN moment AS timestamptz;
CREATE DOMAIN late_moment AS moment;
CREATE TABLE "Odd Orders" ("The Customer" text, "At" late_moment, "Amount; --" money, "select" text);
INSERT INTO "Odd Orders" VALUES ('a', '2024-01-05', 10, 'x'), ('a', '2024-02-05', 20, 'y'), ('b', '2024-02-07', 5, NULL);
CREATE TEMP TABLE calls AS
SELECT format(f, o, c, a, m) AS call, f, what, state
FROM (VALUES ('order_metrics(%1$L, %2$L, %3$L, %4$L)'), ('cohort_metrics(%1$L, %2$L, %3$L, %4$L)'), ('purchase_rhythm(%1$L, %2$L, %3$L, %4$L)'),
             ('seasonality(%1$L, %3$L, %4$L)'), ('off_season(%1$L, %2$L, %3$L, %4$L)'), ('growth_anomaly(%1$L, %3$L, %4$L)'),
             ('price_band(%1$L, %2$L, %4$L)'), ('discount_share(%1$L, %2$L, %4$L, %4$L)')) fs (f),
     (VALUES ('"Odd Orders"', 'The Customer', 'At', 'Amount; --', 'odd names', NULL),
             (NULL, 'The Customer', 'At', 'Amount; --', 'no table', '22004'), ('"Odd Orders"', NULL, 'At', 'Amount; --', 'no customer', '22004'),
             ('"Odd Orders"', 'The Customer', NULL, 'Amount; --', 'no time', '22004'), ('"Odd Orders"', 'The Customer', 'At', NULL, 'no amount', '22004'),
             ('"Odd Orders"', 'the customer', 'At', 'Amount; --', 'unknown customer', '42703'), ('"Odd Orders"', 'The Customer', 'at', 'Amount; --', 'unknown time', '42703'),
             ('"Odd Orders"', 'The Customer', 'At', 'Amount', 'unknown amount', '42703'), ('"Odd Orders"', 'The Customer', 'select', 'Amount; --', 'a text as time', '42804'),
             ('"Odd Orders"', 'The Customer', 'At', 'select', 'a text as amount', '42804'), ('"Odd Orders"', 'xmin', 'At', 'Amount; --', 'a system column', '42703')) w (o, c, a, m, what, state);
SELECT CASE WHEN state IS NULL THEN lives_ok('SELECT * FROM ' || call, call)
            ELSE throws_ok('SELECT * FROM ' || call, state, NULL, what || ': ' || call) END
FROM calls
WHERE (what NOT LIKE '%customer' AND what <> 'a system column' OR f LIKE '%$2%') AND (what NOT LIKE '%time' OR f LIKE '%$3%');
SELECT results_eq($$ SELECT starts, customers, revenue FROM order_metrics('"Odd Orders"', 'The Customer', 'At', 'Amount; --') $$,
    $$ VALUES (date '2024-01-01', 1::bigint, 10.00), ('2024-02-01', 2, 25.00) $$, 'odd names, a domain of a domain and money are read');
CREATE TABLE empty_orders (c int, at date, amount int);
SELECT is_empty('SELECT * FROM ' || format(f, 'empty_orders', 'c', 'at', 'amount'), 'of no orders, no rows: ' || f) FROM (SELECT DISTINCT f FROM calls) x;
SELECT throws_ok($$ SELECT * FROM growth_anomaly('"Odd Orders"', 'At', 'Amount; --', threshold => NULL) $$, '22023', NULL, 'a threshold is needed');
SELECT throws_ok($$ SELECT * FROM off_season('"Odd Orders"', 'The Customer', 'At', 'Amount; --', '{0,13}') $$, '22023', NULL, 'a season is of months');
SELECT throws_ok($$ SELECT * FROM off_season('"Odd Orders"', 'The Customer', 'At', 'Amount; --', '{1,NULL}') $$, '22023', NULL, 'known months');

SELECT * FROM finish();
ROLLBACK;
