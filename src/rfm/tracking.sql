-- ---- tracking: summaries kept up to date by triggers -----------------------

CREATE FUNCTION @extschema@.rfm_tracking(orders regclass,
    OUT summaries text, OUT customer name, OUT at name, OUT amount name) RETURNS record
LANGUAGE plpgsql STABLE PARALLEL SAFE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    SELECT format('%I.%I', n.nspname, a.arg ->> 'summaries'), a.arg ->> 'customer', a.arg ->> 'at', a.arg ->> 'amount'
    INTO summaries, customer, at, amount
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL (SELECT convert_from(substr(t.tgargs, 1, length(t.tgargs) - 1), getdatabaseencoding())::jsonb) a (arg)
    WHERE t.tgrelid = orders AND t.tgfoid = '@extschema@.rfm_follow_orders()'::regprocedure
    LIMIT 1;
    IF NOT FOUND THEN
        RAISE EXCEPTION '% is not tracked', orders
            USING ERRCODE = 'undefined_object', HINT = 'clientele.rfm_track(orders, customer, at, amount) makes it so.';
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.rfm_tracking(regclass) IS
'Table of summaries and columns of a table of orders that rfm_track() tracks.';

CREATE FUNCTION @extschema@.rfm_follow_statements(orders regclass, event text, count boolean, arg json) RETURNS text[]
LANGUAGE plpgsql STABLE PARALLEL SAFE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    summaries CONSTANT text := format('%I.%I', n.nspname, arg ->> 'summaries')
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = orders;
    touched text;
    equal text;
BEGIN
    IF NOT count THEN
        -- by key, so that two who insert orders of the same customers wait in the same order
        RETURN ARRAY[format('
            INSERT INTO %1$s AS t (customer, summary)
            SELECT o.%2$I, @extschema@.rfm_agg(o.%3$I, o.%4$I) FROM new_orders o WHERE o.%2$I IS NOT NULL GROUP BY o.%2$I
            HAVING @extschema@.frequency(@extschema@.rfm_agg(o.%3$I, o.%4$I)) > 0
                OR @extschema@.refund_count(@extschema@.rfm_agg(o.%3$I, o.%4$I)) > 0
            ORDER BY o.%2$I
            ON CONFLICT (customer) DO UPDATE SET summary = t.summary OPERATOR(@extschema@.+) excluded.summary',
            summaries, arg ->> 'customer', arg ->> 'at', arg ->> 'amount')];
    ELSIF event = 'TRUNCATE' THEN
        RETURN ARRAY[format('DELETE FROM %s', summaries), format('
            INSERT INTO %1$s (customer, summary)
            SELECT o.%2$I, @extschema@.rfm_agg(o.%3$I, o.%4$I) FROM %5$s o WHERE o.%2$I IS NOT NULL GROUP BY o.%2$I
            HAVING @extschema@.frequency(@extschema@.rfm_agg(o.%3$I, o.%4$I)) > 0
                OR @extschema@.refund_count(@extschema@.rfm_agg(o.%3$I, o.%4$I)) > 0',
            summaries, arg ->> 'customer', arg ->> 'at', arg ->> 'amount', orders)];
    END IF;

    -- whose orders: for an update, of those for whom the old rows and the new ones come to something else
    IF event = 'UPDATE' THEN
        touched := format('
            SELECT u.customer
            FROM (SELECT o.%1$I AS customer, @extschema@.rfm_agg(o.%2$I, o.%3$I)::text AS before, NULL AS after
                  FROM old_orders o GROUP BY o.%1$I
                  UNION ALL
                  SELECT o.%1$I, NULL, @extschema@.rfm_agg(o.%2$I, o.%3$I)::text FROM new_orders o GROUP BY o.%1$I) u
            WHERE u.customer IS NOT NULL GROUP BY u.customer HAVING max(u.before) IS DISTINCT FROM max(u.after)',
            arg ->> 'customer', arg ->> 'at', arg ->> 'amount');
    ELSE
        touched := format('SELECT DISTINCT o.%1$I AS customer FROM %2$I o WHERE o.%1$I IS NOT NULL',
                          arg ->> 'customer', CASE event WHEN 'INSERT' THEN 'new_orders' ELSE 'old_orders' END);
    END IF;
    SELECT format('OPERATOR(%I.%s)', n.nspname, o.oprname) INTO STRICT equal
    FROM pg_index i JOIN pg_opclass c ON c.oid = i.indclass[0]
    JOIN pg_amop a ON a.amopfamily = c.opcfamily AND a.amoplefttype = c.opcintype AND a.amoprighttype = c.opcintype AND a.amopstrategy = 3
    JOIN pg_operator o ON o.oid = a.amopopr JOIN pg_namespace n ON n.oid = o.oprnamespace
    WHERE i.indrelid = summaries::regclass AND i.indisprimary;

    -- First lock, whether a customer is there or still comes with somebody else's transaction; then count, by what is
    -- visible once the lock is held; then remove who has nothing left.
    RETURN ARRAY[format('
        INSERT INTO %s AS t (customer, summary)
        SELECT k.customer, ''-:0:0:0:0:0:0'' FROM (%s) k ORDER BY k.customer
        ON CONFLICT (customer) DO UPDATE SET summary = excluded.summary WHERE false', summaries, touched), format('
        UPDATE %1$s t SET summary = coalesce(x.summary, ''-:0:0:0:0:0:0'')
        FROM (SELECT k.customer, @extschema@.rfm_agg(o.%2$I, o.%3$I) AS summary
              FROM (%4$s) k LEFT JOIN %5$s o ON o.%6$I %7$s k.customer GROUP BY k.customer) x
        WHERE t.customer %7$s x.customer',
        summaries, arg ->> 'at', arg ->> 'amount', touched, orders, arg ->> 'customer', equal), format('
        DELETE FROM %1$s t USING (%2$s) k
        WHERE t.customer %3$s k.customer AND @extschema@.frequency(t.summary) = 0 AND @extschema@.refund_count(t.summary) = 0',
        summaries, touched, equal)];
END
$$;
COMMENT ON FUNCTION @extschema@.rfm_follow_statements(regclass, text, boolean, json) IS
'What rfm_follow_orders() runs after an event: to add the orders inserted to their customers, or to count customers anew.';

CREATE FUNCTION @extschema@.rfm_follow_orders() RETURNS trigger
LANGUAGE c VOLATILE
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'clt_rfm_follow_orders';
COMMENT ON FUNCTION @extschema@.rfm_follow_orders() IS
'Trigger function behind rfm_track(): adds the orders inserted to their customers, counts customers anew whose orders were changed or deleted.';

CREATE FUNCTION @extschema@.rfm_track(orders regclass, customer name, at name, amount name, summaries name DEFAULT NULL) RETURNS regclass
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    kind "char";
    persistence "char";
    of_partition boolean;
    orders_schema name;
    orders_name text;
    target text;
    arg text;
BEGIN
    IF orders IS NULL OR customer IS NULL OR at IS NULL OR amount IS NULL THEN
        RAISE EXCEPTION 'orders, customer, at and amount must not be null' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    SELECT c.relkind, c.relpersistence, c.relispartition, n.nspname, c.relname
    INTO STRICT kind, persistence, of_partition, orders_schema, orders_name
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = orders;
    IF kind NOT IN ('r', 'p') OR of_partition
        OR kind = 'r' AND EXISTS (SELECT FROM pg_inherits i WHERE i.inhparent = orders) THEN
        RAISE EXCEPTION 'cannot track %', orders
            USING ERRCODE = 'wrong_object_type', DETAIL = 'Only plain and partitioned tables without inheritance tell of every change.';
    END IF;
    IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
        RAISE EXCEPTION 'rfm_track must run at isolation level read committed'
            USING ERRCODE = 'active_sql_transaction', DETAIL = 'An older snapshot may miss orders that no trigger has seen.';
    END IF;
    IF EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = orders AND t.tgfoid = '@extschema@.rfm_follow_orders()'::regprocedure) THEN
        RAISE EXCEPTION '% is tracked already', orders
            USING ERRCODE = 'duplicate_object', HINT = 'clientele.rfm_untrack(orders) ends that.';
    END IF;
    IF row_security_active(orders) THEN
        RAISE EXCEPTION 'cannot count the orders of %: row security hides some from role "%"', orders, current_user
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF summaries IS NULL THEN
        WHILE octet_length(orders_name) > 59 LOOP
            orders_name := left(orders_name, -1);
        END LOOP;
        summaries := orders_name || '_rfm';
    END IF;
    target := format('%I.%I', orders_schema, summaries);
    arg := jsonb_build_object('summaries', summaries, 'customer', customer, 'at', at, 'amount', amount);

    EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', orders);
    EXECUTE format('
        CREATE %6$s TABLE %1$s WITH (fillfactor = 80) AS
        SELECT o.%2$I AS customer, @extschema@.rfm_agg(o.%3$I, o.%4$I) AS summary
        FROM %5$s o WHERE o.%2$I IS NOT NULL GROUP BY o.%2$I
        HAVING @extschema@.frequency(@extschema@.rfm_agg(o.%3$I, o.%4$I)) > 0
            OR @extschema@.refund_count(@extschema@.rfm_agg(o.%3$I, o.%4$I)) > 0',
        target, customer, at, amount, orders, CASE persistence WHEN 'u' THEN 'UNLOGGED' ELSE '' END);
    EXECUTE format('ALTER TABLE %s ADD PRIMARY KEY (customer), ALTER summary SET NOT NULL', target);
    EXECUTE format('COMMENT ON TABLE %s IS %L', target, format('What rfm_track() keeps of the customers of %s.', orders));
    EXECUTE format('CREATE TRIGGER clientele_rfm_insert AFTER INSERT ON %s REFERENCING NEW TABLE AS new_orders
        FOR EACH STATEMENT EXECUTE FUNCTION @extschema@.rfm_follow_orders(%L)', orders, arg);
    EXECUTE format('CREATE TRIGGER clientele_rfm_update AFTER UPDATE ON %s REFERENCING OLD TABLE AS old_orders NEW TABLE AS new_orders
        FOR EACH STATEMENT EXECUTE FUNCTION @extschema@.rfm_follow_orders(%L)', orders, arg);
    EXECUTE format('CREATE TRIGGER clientele_rfm_delete AFTER DELETE ON %s REFERENCING OLD TABLE AS old_orders
        FOR EACH STATEMENT EXECUTE FUNCTION @extschema@.rfm_follow_orders(%L)', orders, arg);
    EXECUTE format('CREATE TRIGGER clientele_rfm_truncate AFTER TRUNCATE ON %s
        FOR EACH STATEMENT EXECUTE FUNCTION @extschema@.rfm_follow_orders(%L)', orders, arg);
    RETURN target::regclass;
END
$$;
COMMENT ON FUNCTION @extschema@.rfm_track(regclass, name, name, name, name) IS
'Keeps a summary of each customer, beside the orders, up to date from now on: table <orders>_rfm (customer, summary), by triggers on the orders.';

CREATE FUNCTION @extschema@.rfm_untrack(orders regclass) RETURNS void
LANGUAGE plpgsql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    target CONSTANT text := t.summaries FROM @extschema@.rfm_tracking(orders) t;
    follower name;
BEGIN
    FOR follower IN SELECT t.tgname FROM pg_trigger t
                    WHERE t.tgrelid = orders AND t.tgfoid = '@extschema@.rfm_follow_orders()'::regprocedure LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', follower, orders);
    END LOOP;
    EXECUTE format('DROP TABLE IF EXISTS %s', target);
END
$$;
COMMENT ON FUNCTION @extschema@.rfm_untrack(regclass) IS
'Ends what rfm_track() began: drops its triggers and its table.';

CREATE FUNCTION @extschema@.rfm_tracked(orders regclass, as_of timestamptz DEFAULT now(), bins integer DEFAULT 5, scheme text DEFAULT 'eleven',
    rule text DEFAULT 'low', nested boolean DEFAULT false, cuts @extschema@.rfm_bins DEFAULT NULL)
RETURNS SETOF @extschema@.rfm_row
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 100000 COST 100000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    target text;
    classes integer := CASE WHEN cuts IS NULL THEN bins ELSE @extschema@.bins(cuts) END;
    scheme_bins integer;
BEGIN
    IF orders IS NULL THEN
        RAISE EXCEPTION 'orders must not be null' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    SELECT t.summaries INTO target FROM @extschema@.rfm_tracking(orders) t;
    IF scheme IS NOT NULL THEN
        SELECT s.bins INTO scheme_bins FROM @extschema@.rfm_scheme s WHERE s.scheme = rfm_tracked.scheme;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'there is no RFM scheme "%"', scheme
                USING ERRCODE = 'undefined_object', HINT = 'Schemes are listed in clientele.rfm_scheme.';
        ELSIF scheme_bins <> classes AND scheme = 'eleven' THEN
            RAISE NOTICE 'scheme "%" is for % bins: with % there are no segments', scheme, scheme_bins, classes;
            scheme := NULL;
        ELSIF scheme_bins <> classes THEN
            RAISE EXCEPTION 'scheme "%" is for % bins, not %', scheme, scheme_bins, classes
                USING ERRCODE = 'invalid_parameter_value',
                    HINT = format('Name a scheme for %s bins, or say scheme => NULL to get scores without segments.', classes);
        END IF;
    END IF;
    RETURN QUERY EXECUTE format('
        SELECT x.customer::text, @extschema@.recency(x.summary, $1), @extschema@.frequency(x.summary), @extschema@.monetary(x.summary),
               @extschema@.r(x.score), @extschema@.f(x.score), @extschema@.m(x.score), x.score,
               @extschema@.rfm_segment(x.score, $2), @extschema@.last_order_at(x.summary)
        FROM (SELECT t.customer, t.summary, %s AS score FROM %s t) x',
        CASE WHEN cuts IS NOT NULL THEN '@extschema@.rfm_score($6, t.summary, $1)'
             WHEN rule = 'ntile' THEN '@extschema@.rfm_score(t.summary, $1, $3, $4, $5) OVER (ORDER BY t.customer)'
             ELSE '@extschema@.rfm_score(t.summary, $1, $3, $4, $5) OVER ()' END, target)
        USING as_of, scheme, bins, rule, nested, cuts;
END
$$;
COMMENT ON FUNCTION @extschema@.rfm_tracked(regclass, timestamptz, integer, text, text, boolean, @extschema@.rfm_bins) IS
'What rfm() says, read from the summaries that rfm_track() keeps; only as of a time when all orders tracked have been made.';
