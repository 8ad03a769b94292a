--
-- metrics: what a table of orders says of a shop and its customers
--
-- All read the caller's table with the caller's rights, by a query made from
-- the names of its columns.  As in rfm(), an amount below zero is a refund: it
-- lowers revenue and is no order; rows without customer, time or amount do
-- not count.  Days and months are those of the session's TimeZone.
--

CREATE FUNCTION @extschema@.metrics_column(orders regclass, argument text, column_name name, kind text DEFAULT NULL) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    base oid;
    next_base oid;
BEGIN
    IF orders IS NULL OR column_name IS NULL THEN
        RAISE EXCEPTION '% must not be null', CASE WHEN orders IS NULL THEN 'the table' ELSE argument END
            USING ERRCODE = 'null_value_not_allowed';
    END IF;
    SELECT a.atttypid INTO next_base FROM pg_attribute a
    WHERE a.attrelid = orders AND a.attname = column_name AND a.attnum > 0 AND NOT a.attisdropped;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'column "%" of % does not exist', column_name, orders USING ERRCODE = 'undefined_column';
    END IF;
    WHILE next_base <> 0 LOOP
        base := next_base;
        SELECT t.typbasetype INTO next_base FROM pg_type t WHERE t.oid = base;
    END LOOP;
    IF kind = 'time' AND base NOT IN ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype) THEN
        RAISE EXCEPTION 'column "%" must be of type date, timestamp or timestamptz, not %', column_name, base::regtype
            USING ERRCODE = 'datatype_mismatch';
    ELSIF kind = 'number' AND base NOT IN ('numeric'::regtype, 'int2'::regtype, 'int4'::regtype, 'int8'::regtype, 'float4'::regtype,
                                           'float8'::regtype, 'money'::regtype) THEN
        RAISE EXCEPTION 'column "%" must be a number, not of type %', column_name, base::regtype USING ERRCODE = 'datatype_mismatch';
    END IF;
    RETURN quote_ident(column_name);
END
$$;
COMMENT ON FUNCTION @extschema@.metrics_column(regclass, text, name, text) IS
'The quoted name of a column that a metric reads, after a look at whether it is there and of a kind (time, number) that can be read.';

CREATE FUNCTION @extschema@.metrics_source(orders regclass, customer name, at name, amount name, of_customers boolean DEFAULT true) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN format('(SELECT %s::text AS customer, %s AS at, %s::numeric AS amount FROM %s) source',
                  CASE WHEN of_customers THEN @extschema@.metrics_column(orders, 'customer', customer) ELSE quote_literal('') END,
                  @extschema@.metrics_column(orders, 'at', at, 'time'), @extschema@.metrics_column(orders, 'amount', amount, 'number'), orders);
END
$$;
COMMENT ON FUNCTION @extschema@.metrics_source(regclass, name, name, name, boolean) IS
'The FROM item by which the metrics read a table of orders.';

CREATE FUNCTION @extschema@.metrics_step(period text) RETURNS interval
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF period IS NULL OR period NOT IN ('day', 'week', 'month', 'quarter', 'year') THEN
        RAISE EXCEPTION 'period must be day, week, month, quarter or year, not %', coalesce(period, 'null')
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN CASE period WHEN 'quarter' THEN interval '3 months' ELSE ('1 ' || period)::interval END;
END
$$;
COMMENT ON FUNCTION @extschema@.metrics_step(text) IS 'Length of a period of the metrics.';

CREATE FUNCTION @extschema@.order_metrics(orders regclass, customer name, at name, amount name, period text DEFAULT 'month',
    OUT starts date, OUT customers bigint, OUT order_count bigint, OUT revenue numeric, OUT arpu numeric,
    OUT orders_per_customer numeric, OUT average_order numeric, OUT new_customers bigint, OUT returning_customers bigint,
    OUT new_revenue numeric, OUT returning_revenue numeric, OUT growth numeric)
RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 1000
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY EXECUTE format($query$
        WITH o AS (SELECT customer, date_trunc($1, at)::date AS starts, amount
                   FROM %s WHERE customer IS NOT NULL AND isfinite(at) AND amount IS NOT NULL),
        first AS (SELECT customer, min(starts) AS starts FROM o WHERE amount >= 0 GROUP BY customer),
        p AS (SELECT o.starts, count(DISTINCT o.customer) FILTER (WHERE o.amount >= 0) AS customers,
                     count(*) FILTER (WHERE o.amount >= 0) AS orders, sum(o.amount) AS revenue,
                     sum(o.amount) FILTER (WHERE o.amount >= 0) AS sales,
                     count(DISTINCT o.customer) FILTER (WHERE o.amount >= 0 AND first.starts = o.starts) AS fresh,
                     coalesce(sum(o.amount) FILTER (WHERE first.starts = o.starts), 0) AS fresh_revenue
              FROM o LEFT JOIN first ON first.customer = o.customer GROUP BY o.starts),
        all_p AS (SELECT s::date AS starts, coalesce(customers, 0) AS customers, coalesce(orders, 0) AS orders,
                         coalesce(revenue, 0) AS revenue, sales, coalesce(fresh, 0) AS fresh, coalesce(fresh_revenue, 0) AS fresh_revenue
                  FROM generate_series((SELECT min(starts) FROM p)::timestamp, (SELECT max(starts) FROM p)::timestamp, $2) s
                  LEFT JOIN p ON p.starts = s::date)
        SELECT starts, customers, orders, revenue, round(revenue / nullif(customers, 0), 2), round(orders::numeric / nullif(customers, 0), 2),
               round(sales / nullif(orders, 0), 2), fresh, customers - fresh, fresh_revenue, revenue - fresh_revenue,
               round(revenue / nullif(lag(revenue) OVER (ORDER BY starts), 0) - 1, 4)
        FROM all_p ORDER BY starts
    $query$, @extschema@.metrics_source(orders, customer, at, amount)) USING period, @extschema@.metrics_step(period);
END
$$;
COMMENT ON FUNCTION @extschema@.order_metrics(regclass, name, name, name, text) IS
'A row a period, empty ones too: customers, orders, revenue, revenue a customer (ARPU), orders a customer, new against returning customers and their revenue, growth over the period before.';

CREATE FUNCTION @extschema@.cohort_metrics(orders regclass, customer name, at name, amount name, period text DEFAULT 'month',
    OUT cohort date, OUT age integer, OUT cohort_size bigint, OUT customers bigint, OUT retention numeric,
    OUT revenue numeric, OUT cumulative_revenue numeric, OUT revenue_per_member numeric)
RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 1000
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY EXECUTE format($query$
        WITH o AS (SELECT customer, date_trunc($1, at)::date AS starts, amount
                   FROM %s WHERE customer IS NOT NULL AND isfinite(at) AND amount IS NOT NULL),
        period AS (SELECT s::date AS starts, (row_number() OVER (ORDER BY s))::integer AS n
                   FROM generate_series((SELECT min(starts) FROM o)::timestamp, (SELECT max(starts) FROM o)::timestamp, $2) s),
        member AS (SELECT customer, min(starts) AS cohort FROM o WHERE amount >= 0 GROUP BY customer),
        size AS (SELECT cohort, count(*) AS members FROM member GROUP BY cohort),
        cell AS (SELECT m.cohort, o.starts, count(DISTINCT o.customer) FILTER (WHERE o.amount >= 0) AS customers, sum(o.amount) AS revenue
                 FROM o JOIN member m ON m.customer = o.customer AND o.starts >= m.cohort GROUP BY 1, 2)
        SELECT s.cohort, later.n - born.n, s.members, coalesce(c.customers, 0),
               round(coalesce(c.customers, 0)::numeric / s.members, 4), coalesce(c.revenue, 0),
               sum(coalesce(c.revenue, 0)) OVER w, round(sum(coalesce(c.revenue, 0)) OVER w / s.members, 2)
        FROM size s JOIN period born ON born.starts = s.cohort JOIN period later ON later.n >= born.n
        LEFT JOIN cell c ON c.cohort = s.cohort AND c.starts = later.starts
        WINDOW w AS (PARTITION BY s.cohort ORDER BY later.n)
        ORDER BY 1, 2
    $query$, @extschema@.metrics_source(orders, customer, at, amount)) USING period, @extschema@.metrics_step(period);
END
$$;
COMMENT ON FUNCTION @extschema@.cohort_metrics(regclass, name, name, name, text) IS
'A row a cohort (period of the first order) and age in periods: who ordered again, revenue, revenue so far, and that by member of the cohort.';

CREATE TYPE @extschema@.purchase_rhythm AS (
    customer text, order_days bigint, mean_days numeric, median_days numeric, sd_days numeric, regularity numeric, days_since_last integer, overdue numeric
);
COMMENT ON TYPE @extschema@.purchase_rhythm IS
'Rhythm of a customer: days between days with orders; regularity is the shape of a gamma distribution, 1: at random, more: regular, less: in clusters.';

CREATE FUNCTION @extschema@.purchase_rhythm(orders regclass, customer name, at name, amount name, as_of timestamptz DEFAULT now())
RETURNS SETOF @extschema@.purchase_rhythm
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 1000
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY EXECUTE format($query$
        WITH d AS (SELECT DISTINCT customer, at::date AS day FROM %s
                   WHERE customer IS NOT NULL AND isfinite(at) AND amount >= 0 AND at <= $1),
        gap AS (SELECT customer, day, day - lag(day) OVER (PARTITION BY customer ORDER BY day) AS gap FROM d),
        c AS (SELECT customer, count(*) AS days, avg(gap) AS mean, percentile_cont(0.5) WITHIN GROUP (ORDER BY gap) AS median,
                     stddev_samp(gap) AS sd, $1::date - max(day) AS since
              FROM gap GROUP BY customer)
        SELECT customer, days, round(mean, 2), round(median::numeric, 2), round(sd, 2), round((mean / nullif(sd, 0)) ^ 2, 3),
               since, round(since / mean, 2)
        FROM c ORDER BY customer
    $query$, @extschema@.metrics_source(orders, customer, at, amount)) USING coalesce(as_of, now());
END
$$;
COMMENT ON FUNCTION @extschema@.purchase_rhythm(regclass, name, name, name, timestamptz) IS
'A row a customer: days between orders (mean, median, deviation), regularity, and how many mean intervals the next order is away from the last.';

CREATE FUNCTION @extschema@.seasonality(orders regclass, at name, amount name,
    OUT month integer, OUT months bigint, OUT order_count bigint, OUT revenue numeric, OUT index numeric, OUT share numeric)
RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 1000
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY EXECUTE format($query$
        WITH o AS (SELECT date_trunc('month', at)::date AS starts, amount FROM %s WHERE isfinite(at) AND amount IS NOT NULL),
        p AS (SELECT s::date AS starts, count(amount) FILTER (WHERE amount >= 0) AS orders, coalesce(sum(amount), 0) AS revenue
              FROM generate_series((SELECT min(starts) FROM o)::timestamp, (SELECT max(starts) FROM o)::timestamp, interval '1 month') s
              LEFT JOIN o ON o.starts = s::date GROUP BY s),
        m AS (SELECT extract(month FROM starts)::integer AS month, count(*) AS months, sum(orders)::bigint AS orders,
                     sum(revenue) AS revenue, avg(revenue) AS mean FROM p GROUP BY 1)
        SELECT month, months, orders, revenue, round(mean / nullif(avg(mean) OVER (), 0), 4), round(revenue / nullif(sum(revenue) OVER (), 0), 4)
        FROM m ORDER BY month
    $query$, @extschema@.metrics_source(orders, NULL, at, amount, false));
END
$$;
COMMENT ON FUNCTION @extschema@.seasonality(regclass, name, name) IS
'A row a calendar month: how many of them there were, orders, revenue, mean revenue relative to the mean of all calendar months (1: an ordinary month), share of the revenue.';

CREATE TYPE @extschema@.off_season AS (
    customer text, revenue numeric, off_season_revenue numeric, off_season_share numeric
);
COMMENT ON TYPE @extschema@.off_season IS
'How much of what a customer buys is bought outside the season.';

CREATE FUNCTION @extschema@.off_season(orders regclass, customer name, at name, amount name, season integer[] DEFAULT NULL)
RETURNS SETOF @extschema@.off_season
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 1000
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF array_position(season, NULL) IS NOT NULL OR NOT season <@ ARRAY[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] THEN
        RAISE EXCEPTION 'season must be months from 1 to 12' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF season IS NULL THEN
        SELECT array_agg(s.month) INTO season FROM @extschema@.seasonality(orders, at, amount) s WHERE s.index >= 1;
    END IF;
    RETURN QUERY EXECUTE format($query$
        SELECT customer, sum(amount), coalesce(sum(amount) FILTER (WHERE NOT extract(month FROM at)::integer = ANY ($1)), 0),
               round(coalesce(sum(amount) FILTER (WHERE NOT extract(month FROM at)::integer = ANY ($1)), 0) / nullif(sum(amount), 0), 4)
        FROM %s WHERE customer IS NOT NULL AND isfinite(at) AND amount >= 0 GROUP BY customer ORDER BY customer
    $query$, @extschema@.metrics_source(orders, customer, at, amount)) USING coalesce(season, ARRAY[]::integer[]);
END
$$;
COMMENT ON FUNCTION @extschema@.off_season(regclass, name, name, name, integer[]) IS
'A row a customer: share of the sales outside the season, which is the months given, or else those with an index of 1 or more.';

CREATE TYPE @extschema@.price_band AS (
    customer text, purchases bigint, median_price numeric, lowest_price numeric, highest_price numeric, band integer
);
COMMENT ON TYPE @extschema@.price_band IS
'Prices a customer pays, and the class of the median among all customers.';

CREATE FUNCTION @extschema@.price_band(lines regclass, customer name, price name, bands integer DEFAULT 5)
RETURNS SETOF @extschema@.price_band
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 1000
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF bands IS NULL OR bands < 2 OR bands > 100 THEN
        RAISE EXCEPTION 'bands must be between 2 and 100' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN QUERY EXECUTE format($query$
        WITH c AS (SELECT %1$s::text AS customer, count(*) AS n, percentile_disc(0.5) WITHIN GROUP (ORDER BY %2$s::numeric) AS median,
                          min(%2$s::numeric) AS low, max(%2$s::numeric) AS high
                   FROM %3$s WHERE %1$s IS NOT NULL AND %2$s::numeric > 0 GROUP BY 1),
        ranked AS (SELECT c.*, rank() OVER (ORDER BY median) - 1 AS below, count(*) OVER () AS total FROM c)
        SELECT customer, n, median, low, high, least($1, 1 + $1 * below / greatest(total - 1, 1))::integer
        FROM ranked ORDER BY customer
    $query$, @extschema@.metrics_column(lines, 'customer', customer), @extschema@.metrics_column(lines, 'price', price, 'number'), lines) USING bands;
END
$$;
COMMENT ON FUNCTION @extschema@.price_band(regclass, name, name, integer) IS
'A row a customer: median, lowest and highest price paid, and the band of the median among all customers (1: cheapest), equal medians in equal bands.';

CREATE TYPE @extschema@.discount_share AS (
    customer text, purchases bigint, discounted bigint, discount_share numeric, amount numeric, discounted_amount numeric, amount_share numeric
);
COMMENT ON TYPE @extschema@.discount_share IS
'How much of what a customer buys is bought at a discount.';

CREATE FUNCTION @extschema@.discount_share(lines regclass, customer name, amount name, discount name)
RETURNS SETOF @extschema@.discount_share
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 1000
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY EXECUTE format($query$
        WITH l AS (SELECT %1$s::text AS customer, %2$s::numeric AS amount, coalesce(%3$s::numeric, 0) > 0 AS cheaper
                   FROM %4$s WHERE %1$s IS NOT NULL AND %2$s::numeric >= 0)
        SELECT customer, count(*), count(*) FILTER (WHERE cheaper), round((count(*) FILTER (WHERE cheaper))::numeric / count(*), 4),
               sum(amount), coalesce(sum(amount) FILTER (WHERE cheaper), 0),
               round(coalesce(sum(amount) FILTER (WHERE cheaper), 0) / nullif(sum(amount), 0), 4)
        FROM l GROUP BY customer ORDER BY customer
    $query$, @extschema@.metrics_column(lines, 'customer', customer), @extschema@.metrics_column(lines, 'amount', amount, 'number'),
        @extschema@.metrics_column(lines, 'discount', discount, 'number'), lines);
END
$$;
COMMENT ON FUNCTION @extschema@.discount_share(regclass, name, name, name) IS
'A row a customer: purchases and sales with a discount (a column that is above zero where there was one), and their shares.';

CREATE FUNCTION @extschema@.growth_anomaly(orders regclass, at name, amount name, period text DEFAULT 'month', threshold double precision DEFAULT 3.5,
    OUT starts date, OUT revenue numeric, OUT growth numeric, OUT score double precision, OUT anomaly boolean)
RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 1000
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF threshold IS NULL OR NOT threshold > 0 THEN
        RAISE EXCEPTION 'threshold must be greater than zero' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN QUERY EXECUTE format($query$
        WITH o AS (SELECT date_trunc($1, at)::date AS starts, amount FROM %s WHERE isfinite(at) AND amount IS NOT NULL),
        p AS (SELECT s::date AS starts, coalesce(sum(amount), 0) AS revenue
              FROM generate_series((SELECT min(starts) FROM o)::timestamp, (SELECT max(starts) FROM o)::timestamp, $2) s
              LEFT JOIN o ON o.starts = s::date GROUP BY s),
        g AS (SELECT *, lag(revenue) OVER (ORDER BY starts) AS before FROM p),
        l AS (SELECT *, CASE WHEN revenue > 0 AND before > 0 THEN ln(revenue / before)::double precision END AS change FROM g),
        centre AS (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY change) AS median FROM l),
        spread AS (SELECT median, percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(change - median)) AS mad FROM l, centre GROUP BY median)
        SELECT l.starts, l.revenue, round(l.revenue / nullif(l.before, 0) - 1, 4),
               0.6745 * (l.change - s.median) / nullif(s.mad, 0),
               coalesce(abs(0.6745 * (l.change - s.median) / nullif(s.mad, 0)) > $3, false)
        FROM l CROSS JOIN spread s ORDER BY l.starts
    $query$, @extschema@.metrics_source(orders, NULL, at, amount, false)) USING period, @extschema@.metrics_step(period), threshold;
END
$$;
COMMENT ON FUNCTION @extschema@.growth_anomaly(regclass, name, name, text, double precision) IS
'A row a period: revenue, growth, and how far its logarithm lies from the median of all, in robust deviations (0.6745 / MAD); beyond threshold it is an anomaly.';
