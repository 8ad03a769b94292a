-- Every function of the extension, called with values at and beyond the edges of what its arguments can be: it may
-- refuse, but by an error of its own, never by an internal one, and the session survives.
BEGIN;
SELECT no_plan();
SET LOCAL statement_timeout = '300s';

CREATE TABLE public.edge_orders AS
SELECT i AS id, 'c' || i % 5 AS name, 'item' || i % 3 AS item, timestamptz '2024-01-01' + i * interval '1 day' AS at, i::numeric AS amount
FROM generate_series(1, 60) i;
CREATE TABLE public.edge_empty (LIKE public.edge_orders);

CREATE TEMP TABLE edge (type regtype, value text, PRIMARY KEY (type, value));
INSERT INTO edge
SELECT type::regtype, unnest(texts) FROM (VALUES
    ('text', ARRAY[$$''$$, $$'a'$$, $$'name'$$, $$'public.edge_orders'$$, $$'"'$$, $$'.'$$, $$'a.b.c'$$, $$E'\x01\U0010ffff'$$, $$'e'||U&'\0301'$$,
                   $$repeat('ab c', 5000)$$, $$repeat('é', 3000)$$, $$'month'$$, $$''';--'$$, $$'clv, %s %I %L'$$]),
    ('name', ARRAY[$$''$$, $$'name'$$, $$'at'$$, $$'amount'$$, $$'ctid'$$, $$'"; x'$$]),
    ('integer', ARRAY['0', '1', '-1', '100', '2147483647', '-2147483648']),
    ('bigint', ARRAY['0', '-1', '9223372036854775807', '-9223372036854775808']),
    ('real', ARRAY['0', $$'NaN'$$, $$'Infinity'$$, '-1e38', '1e-45']),
    ('double precision', ARRAY['0', '1', '-1', '0.5', $$'NaN'$$, $$'Infinity'$$, $$'-Infinity'$$, '1e308', '5e-324']),
    ('numeric', ARRAY['0', '-1', '1e130000', '1e-16000', $$'NaN'$$, $$'Infinity'$$, $$'-Infinity'$$]),
    ('boolean', ARRAY['true', 'false']),
    ('date', ARRAY[$$'2024-02-29'$$, $$'infinity'$$, $$'-infinity'$$, $$'4713-01-01 BC'$$, $$'5874897-12-31'$$]),
    ('timestamptz', ARRAY[$$'2024-02-29'$$, $$'infinity'$$, $$'-infinity'$$, $$'4713-01-01 BC'$$, $$'294276-12-31'$$]),
    ('timestamp', ARRAY[$$'2024-02-29'$$, $$'infinity'$$, $$'-infinity'$$, $$'4713-01-01 BC'$$, $$'294276-12-31'$$]),
    ('interval', ARRAY[$$'0'$$, $$'1 day'$$, $$'-1 year'$$, $$'178000000 years'$$, $$'-178000000 years'$$, $$'1 us'$$]),
    ('jsonb', ARRAY[$$'{}'$$, $$'[]'$$, $$'null'$$, $$'"x"'$$, $$'-1'$$, $$'{"a": null, "b": [1, {}]}'$$, $$'["name", {"name": 1}, [2]]'$$, $$'{"max_items": 1e400}'$$]),
    ('text[]', ARRAY[$$'{}'$$, $$'{NULL}'$$, $$'{""}'$$, $$'{{a,b},{c,d}}'$$, $$'[-3:-2]={a,b}'$$, $$array_fill('x'::text, ARRAY[3000])$$, $$array_fill(NULL::text, ARRAY[2,2])$$]),
    ('name[]', ARRAY[$$'{}'$$, $$'{NULL}'$$, $$'{name,at}'$$, $$'{{a},{b}}'$$]),
    ('integer[]', ARRAY[$$'{}'$$, $$'{NULL}'$$, $$'{{1,2},{3,4}}'$$, $$'[-3:-2]={1,2}'$$, $$'{2147483647,-2147483648}'$$]),
    ('bigint[]', ARRAY[$$'{}'$$, $$'{NULL}'$$, $$'{0}'$$, $$'{{1,2},{3,4}}'$$, $$'{9223372036854775807,9223372036854775807}'$$]),
    ('numeric[]', ARRAY[$$'{}'$$, $$'{NULL}'$$, $$'{NaN}'$$, $$'{1e100000,-Infinity}'$$, $$'{{1,2},{3,4}}'$$]),
    ('double precision[]', ARRAY[$$'{}'$$, $$'{NULL}'$$, $$'{NaN,Infinity}'$$, $$'{{1,2},{3,4}}'$$]),
    ('regclass', ARRAY[$$'public.edge_orders'$$, $$'public.edge_empty'$$, $$'pg_class'$$, $$'pg_class_oid_index'$$, '0', '4294967295']),
    ('regtype', ARRAY[$$'text'$$, $$'integer'$$, $$'record'$$, '0', '4294967295']),
    ('regrole', ARRAY[$$'postgres'$$, '0', '4294967295']),
    ('oid', ARRAY['0', '4294967295']),
    ('bytea', ARRAY[$$''$$, $$'\x00'$$, $$decode(repeat('ff', 300), 'hex')$$]),
    ('clientele.email', ARRAY[$$'a@example.org'$$]),
    ('clientele.phone', ARRAY[$$'+16502530000'$$]),
    ('clientele.rfm_score', ARRAY[$$(SELECT clientele.rfm_score(clientele.rfm_agg(at, amount), (SELECT clientele.rfm_bins_agg(s, now()) FROM (SELECT clientele.rfm_agg(at, amount) s FROM public.edge_orders GROUP BY name) x), now()) FROM public.edge_orders)$$])
) v (type, texts);
-- the types of the extension that are made by aggregates: of rows, and of none
INSERT INTO edge VALUES
    ('clientele.rfm_summary', '(SELECT clientele.rfm_agg(at, amount) FROM public.edge_orders)'),
    ('clientele.affinity', '(SELECT clientele.affinity_agg(name, item) FROM public.edge_orders)'),
    ('clientele.item_sequence', '(SELECT clientele.sequence_agg(name, at, item, interval ''60 days'') FROM public.edge_orders)'),
    ('clientele.clv_summary', '(SELECT clientele.clv_summary_agg(at, amount) FROM public.edge_orders)');
DELETE FROM edge WHERE type = 'clientele.rfm_score'::regtype;
INSERT INTO edge SELECT DISTINCT type, 'NULL' FROM edge;

-- candidates for an argument of a type; the pseudotypes have several
CREATE FUNCTION pg_temp.candidates(type regtype) RETURNS text[] LANGUAGE sql AS $$
    SELECT CASE
        WHEN type = 'internal'::regtype THEN ARRAY['NULL']
        WHEN type = 'cstring'::regtype THEN ARRAY[$q$''::cstring$q$, $q$'[1, 2, NaN]'$q$, $q$'{"a": 1e999}'$q$, $q$'(((,'$q$, 'NULL', $q$repeat('x', 9000)::cstring$q$]
        WHEN type = ANY ('{"\"any\"",anyelement,anycompatible,anynonarray}'::regtype[]) THEN
            ARRAY['NULL', $q$'x'$q$, $q$'x'::text$q$, '1', '1.5', $q$'{}'::text[]$q$, 'ROW(1, 2)', $q$now()$q$, $q$'NaN'::float8$q$, $q$'x'::"char"$q$, $q$'{"a":1}'::json$q$]
        WHEN type = ANY ('{anyarray,anycompatiblearray}'::regtype[]) THEN
            ARRAY['NULL', $q$'{}'::text[]$q$, $q$'{NULL}'::text[]$q$, $q$'{{a,b},{c,d}}'::text[]$q$, $q$ARRAY[1, 2, 2147483647]$q$, $q$ARRAY[ROW(1)]$q$,
                  $q$ARRAY['{}'::json]$q$, $q$'{NaN,1}'::float8[]$q$, $q$array_fill(1, ARRAY[3000])$q$]
        ELSE coalesce((SELECT array_agg(format('%s::%s', value, e.type) ORDER BY value) FROM edge e WHERE e.type = candidates.type), ARRAY['NULL::' || type::text])
    END
$$;

CREATE TEMP TABLE call (function regprocedure, statement text, state text, message text);

-- tries one statement and keeps how it ended
CREATE FUNCTION pg_temp.attempt(f oid, statement text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    state text := '00000';
    said text;
BEGIN
    BEGIN
        EXECUTE statement;
        RAISE EXCEPTION USING ERRCODE = 'CLTOK';        -- what it did is undone
    EXCEPTION WHEN OTHERS OR assert_failure THEN
        GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, said = MESSAGE_TEXT;
    END;
    INSERT INTO call VALUES (f, statement, state, said);
END
$$;

-- For each argument its candidates in turn, with the others at an ordinary value and then at NULL; and all at once, in steps.
CREATE FUNCTION pg_temp.try_function(f pg_proc) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    types oid[] := f.proargtypes::oid[];
    n integer := f.pronargs;
    choice text[][];
    args text[];
    base text[];
    from_clause text;
    c text[];
    k integer;
    form text;
BEGIN
    form := CASE WHEN f.prokind = 'p' THEN 'CALL %s(%s)' WHEN f.prokind = 'w' THEN 'SELECT %s(%s) OVER () FROM generate_series(1, 3)'
                 WHEN f.proretset THEN 'SELECT * FROM %s(%s) LIMIT 3' ELSE 'SELECT %s(%s) FROM generate_series(1, 2)' END;
    IF n = 0 THEN
        RETURN;
    END IF;
    SELECT array_agg((pg_temp.candidates(types[i - 1]))[CASE WHEN types[i - 1] = ANY ('{23,701,20}'::oid[]) THEN 3 ELSE 1 END] ORDER BY i) INTO base
    FROM generate_series(1, n) i;
    FOR i IN 1..n LOOP
        c := pg_temp.candidates(types[i - 1]);
        FOR j IN 1..cardinality(c) LOOP
            args := base;
            args[i] := c[j];
            PERFORM pg_temp.attempt(f.oid, format(form, f.oid::regproc, array_to_string(args, ', ')));
            -- all of them together, each from another place of its list
            FOR a IN 1..n LOOP
                c := pg_temp.candidates(types[a - 1]);
                args[a] := c[1 + (j * (a + 2) + a * i) % cardinality(c)];
            END LOOP;
            PERFORM pg_temp.attempt(f.oid, format(form, f.oid::regproc, array_to_string(args, ', ')));
            IF f.proretset THEN
                PERFORM pg_temp.attempt(f.oid, format('SELECT %s(%s) LIMIT 1', f.oid::regproc, array_to_string(args, ', ')));
            END IF;
            c := pg_temp.candidates(types[i - 1]);
        END LOOP;
    END LOOP;
END
$$;

CREATE TEMP VIEW ours AS
SELECT p.* FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND e.extname = 'clientele';

SET LOCAL client_min_messages = error;
DO $$
DECLARE
    f pg_proc;
BEGIN
    FOR f IN SELECT p.* FROM pg_proc p JOIN ours o ON o.oid = p.oid ORDER BY p.proname, p.oid LOOP
        PERFORM pg_temp.try_function(f);
    END LOOP;
END
$$;

SELECT cmp_ok((SELECT count(*) FROM call), '>', 5000::bigint, 'thousands of calls were made');
SELECT cmp_ok((SELECT count(*) FROM call WHERE state = 'CLTOK'), '>', 1000::bigint, 'many of them were accepted');
SELECT is(count(*) FILTER (WHERE c.state ~ '^(XX|58|57014|53)'), 0::bigint, format('%s(%s): no internal error', o.proname, pg_get_function_identity_arguments(o.oid)))
    || coalesce(E'\n' || string_agg(format('# %s %s: %s', c.state, left(c.message, 100), left(c.statement, 200)), E'\n')
                         FILTER (WHERE c.state ~ '^(XX|58|57014|53)'), '')
FROM ours o JOIN call c ON c.function = o.oid GROUP BY o.oid, o.proname ORDER BY o.proname, o.oid;

SELECT * FROM finish();
ROLLBACK;
