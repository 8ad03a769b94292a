-- ---- rfm -------------------------------------------------------------------

CREATE TYPE @extschema@.rfm_row AS (
    customer text, recency_days integer, frequency bigint, monetary numeric,
    r integer, f integer, m integer, score @extschema@.rfm_score, segment text, last_order_at timestamptz
);
COMMENT ON TYPE @extschema@.rfm_row IS
'What rfm() says of a customer; a customer who only returned things has no recency, classes, score and segment.';

CREATE FUNCTION @extschema@.rfm(orders regclass, customer name, at name, amount name,
    as_of timestamptz DEFAULT now(), bins integer DEFAULT 5, scheme text DEFAULT 'eleven',
    rule text DEFAULT 'low', nested boolean DEFAULT false, cuts @extschema@.rfm_bins DEFAULT NULL)
RETURNS SETOF @extschema@.rfm_row
LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 100000 COST 1000000
AS 'MODULE_PATHNAME', 'clt_rfm';
COMMENT ON FUNCTION @extschema@.rfm(regclass, name, name, name, timestamptz, integer, text, text, boolean, @extschema@.rfm_bins) IS
'One row a customer of a table of orders: recency, frequency, monetary value, score and segment.';

-- ---- history ---------------------------------------------------------------

CREATE FUNCTION @extschema@.psi(expected bigint[], actual bigint[]) RETURNS double precision
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    result double precision;
BEGIN
    IF cardinality(expected) <> cardinality(actual) OR cardinality(expected) = 0 THEN
        RAISE EXCEPTION 'psi needs two arrays of the same number of counts'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF EXISTS (SELECT FROM unnest(expected || actual) n WHERE n IS NULL OR n < 0) THEN
        RAISE EXCEPTION 'counts of psi must not be negative or null'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    -- against nobody there is no drift to tell
    IF 0 = ALL (expected) OR 0 = ALL (actual) THEN
        RETURN NULL;
    END IF;
    -- a share of nothing counts as one in ten thousand: the logarithm of zero says nothing
    SELECT sum((b - a) * ln(b / a)) INTO result
    FROM (SELECT greatest(e / sum(e) OVER (), 0.0001)::double precision AS a,
                 greatest(c / sum(c) OVER (), 0.0001)::double precision AS b
          FROM unnest(expected, actual) u (e, c)) x;
    RETURN result;
END
$$;
COMMENT ON FUNCTION @extschema@.psi(bigint[], bigint[]) IS
'Population stability index between two arrays of counts by class; under 0.1 no drift, over 0.25 much; NULL where one of them counts nobody.';

CREATE FUNCTION @extschema@.rfm_snapshot(history text, orders regclass, customer name, at name, amount name,
    as_of timestamptz DEFAULT now(), bins integer DEFAULT 5, scheme text DEFAULT 'eleven',
    rule text DEFAULT 'low', nested boolean DEFAULT false, cuts @extschema@.rfm_bins DEFAULT NULL)
RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    parts text[] := parse_ident(history);
    target text;
    written bigint;
BEGIN
    IF cardinality(parts) = 1 THEN
        SELECT n.nspname || parts INTO parts
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = orders;
    ELSIF cardinality(parts) > 2 THEN
        RAISE EXCEPTION 'improper name of a history table: "%"', history
            USING ERRCODE = 'syntax_error', HINT = 'Give a name, or a schema and a name.';
    END IF;
    target := format('%I.%I', parts[1], parts[2]);
    -- two who write the same history wait for one another: then the later one replaces the day of the earlier one
    PERFORM pg_advisory_xact_lock(hashtextextended('clientele.rfm_snapshot ' || target, 0));
    IF to_regclass(target) IS NULL THEN
        EXECUTE format('CREATE TABLE %s (as_of timestamptz, customer text, recency_days integer, frequency bigint,
            monetary numeric, score @extschema@.rfm_score, segment text, PRIMARY KEY (as_of, customer))', target);
    END IF;
    EXECUTE format('DELETE FROM %s h WHERE h.as_of = $1', target) USING as_of;
    EXECUTE format('INSERT INTO %s (as_of, customer, recency_days, frequency, monetary, score, segment)
        SELECT $5, x.customer, x.recency_days, x.frequency, x.monetary, x.score, x.segment
        FROM @extschema@.rfm($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) x', target)
        USING orders, customer, at, amount, as_of, bins, scheme, rule, nested, cuts;
    GET DIAGNOSTICS written = ROW_COUNT;
    RETURN written;
END
$$;
COMMENT ON FUNCTION @extschema@.rfm_snapshot(text, regclass, name, name, name, timestamptz, integer, text, text, boolean, @extschema@.rfm_bins) IS
'Writes what rfm() says of a day into a table of the caller, made when it is missing, beside the orders unless qualified; the same day again replaces it. Returns the number of customers.';

CREATE PROCEDURE @extschema@.keep_rfm_history(history text, orders regclass, customer name, at name, amount name,
    keep interval DEFAULT NULL, every text DEFAULT 'day', bins integer DEFAULT 5, scheme text DEFAULT 'eleven',
    rule text DEFAULT 'low', nested boolean DEFAULT false, cuts @extschema@.rfm_bins DEFAULT NULL)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    day timestamptz;
    target text;
BEGIN
    IF every IS NULL OR every NOT IN ('day', 'week', 'month') THEN
        RAISE EXCEPTION 'every must be day, week or month, not %', coalesce(every, 'null') USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF keep <= interval '0' THEN
        RAISE EXCEPTION 'keep must be longer than nothing' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    day := date_trunc(every, now());
    PERFORM @extschema@.rfm_snapshot(history, orders, customer, at, amount, day, bins, scheme, rule, nested, cuts);
    IF keep IS NOT NULL THEN
        SELECT CASE cardinality(p) WHEN 1 THEN format('%I.%I', n.nspname, p[1]) ELSE format('%I.%I', p[1], p[2]) END INTO target
        FROM parse_ident(history) p, pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = orders;
        EXECUTE format('DELETE FROM %s h WHERE h.as_of < $1', target) USING day - keep;
    END IF;
END
$$;
COMMENT ON PROCEDURE @extschema@.keep_rfm_history(text, regclass, name, name, name, interval, text, integer, text, text, boolean, @extschema@.rfm_bins) IS
'The job for any scheduler: the snapshot as of the beginning of today (or of the week or month), made once however often it is called, and older ones than keep deleted.';

CREATE FUNCTION @extschema@.rfm_migration(history regclass, from_as_of timestamptz, to_as_of timestamptz,
    OUT from_segment text, OUT to_segment text, OUT customers bigint, OUT monetary_change numeric) RETURNS SETOF record
LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED ROWS 100
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    day timestamptz;
    found_one boolean;
BEGIN
    FOREACH day IN ARRAY ARRAY[from_as_of, to_as_of] LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %s h WHERE h.as_of = $1)', history) INTO found_one USING day;
        IF NOT found_one THEN
            RAISE EXCEPTION 'there is no snapshot as of % in %', day, history
                USING ERRCODE = 'no_data_found', HINT = 'Days are listed by SELECT DISTINCT as_of.';
        END IF;
    END LOOP;
    RETURN QUERY EXECUTE format('
        SELECT a.segment, b.segment, count(*), sum(coalesce(b.monetary, 0) - coalesce(a.monetary, 0))
        FROM (SELECT * FROM %1$s WHERE as_of = $1) a
        FULL JOIN (SELECT * FROM %1$s WHERE as_of = $2) b USING (customer)
        GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2', history) USING from_as_of, to_as_of;
END
$$;
COMMENT ON FUNCTION @extschema@.rfm_migration(regclass, timestamptz, timestamptz) IS
'How many customers went from which segment to which between two snapshots; null on the left: new, on the right: gone.';

CREATE FUNCTION @extschema@.rfm_drift(history regclass, expected_as_of timestamptz, actual_as_of timestamptz,
    OUT dimension text, OUT psi double precision) RETURNS SETOF record
LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED ROWS 4
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY EXECUTE format('
        SELECT x.name, @extschema@.psi(array_agg(x.a ORDER BY x.class), array_agg(x.b ORDER BY x.class))
        FROM (SELECT v.n, v.name, v.class, count(*) FILTER (WHERE h.as_of = $1) AS a, count(*) FILTER (WHERE h.as_of = $2) AS b
              FROM %s h CROSS JOIN LATERAL (VALUES
                  (1, ''recency'', @extschema@.r(h.score)::text), (2, ''frequency'', @extschema@.f(h.score)::text),
                  (3, ''monetary'', @extschema@.m(h.score)::text), (4, ''segment'', h.segment)) v (n, name, class)
              WHERE h.as_of IN ($1, $2) AND v.class IS NOT NULL
              GROUP BY 1, 2, 3) x
        GROUP BY x.n, x.name ORDER BY x.n', history) USING expected_as_of, actual_as_of;
END
$$;
COMMENT ON FUNCTION @extschema@.rfm_drift(regclass, timestamptz, timestamptz) IS
'Population stability index of classes and segments between two snapshots, which were scored with the same cut points.';
