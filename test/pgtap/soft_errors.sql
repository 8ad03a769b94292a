-- Input functions complain softly: pg_input_is_valid() answers false where a cast raises, for every type of the extension. From PostgreSQL 16.
SELECT current_setting('server_version_num')::int < 160000 AS before_16 \gset
\if :before_16
SELECT plan(1);
SELECT skip('soft errors came with PostgreSQL 16', 1);
\else
SELECT no_plan();
CREATE TABLE good (type text, value text);
INSERT INTO good VALUES
    ('email', 'ana.marić+x@münchen.de'), ('email', '"a b"@x.rs'), ('phone', '+381641234567'), ('rfm_score', '10-4-3'), ('rfm_score', '543'),
    ('bg_nbd', bg_nbd(0.25, 4.5, 0.75, 2.5)::text), ('mbg_nbd', mbg_nbd(0.25, 4.5, 0.75, 2.5)::text),
    ('pareto_nbd', pareto_nbd(0.5, 10.5, 0.6, 11.5)::text), ('gamma_gamma', gamma_gamma(6.25, 3.75, 15.5)::text);
CREATE TABLE bought AS SELECT c % 3 AS customer, date '2024-01-01' + c * 7 AS at, 'item' || c % 4 AS item, (c * 1.25)::numeric AS amount FROM generate_series(1, 9) c;
INSERT INTO good
    SELECT 'rfm_summary', rfm_agg(at, amount)::text FROM bought UNION ALL
    SELECT 'rfm_bins', rfm_bins_agg(s, '2025-01-01', 2, 'low')::text FROM (SELECT rfm_agg(at, amount) AS s FROM bought GROUP BY customer) x UNION ALL
    SELECT 'rfm_population', rfm_population_agg(s, '2025-01-01', 2, 'low', false)::text FROM (SELECT rfm_agg(at, amount) AS s FROM bought GROUP BY customer) x UNION ALL
    SELECT 'clv_summary', clv_summary_agg(at, amount)::text FROM bought UNION ALL
    SELECT 'clv_sample', '{1,1.5,2.25,3}' UNION ALL
    SELECT 'affinity', affinity_agg(at, item)::text FROM bought UNION ALL
    SELECT 'item_sequence', sequence_agg(customer, at::timestamptz, item, '30 days')::text FROM bought;

CREATE TABLE clerk AS SELECT i AS id, initcap(substr(md5('f' || i % 40), 1, 6)) AS first_name, initcap(substr(md5('l' || i % 97), 1, 8)) AS last_name,
    md5('e' || i) || '@example.org' AS email FROM generate_series(1, 300) i;
ALTER TABLE clerk ADD PRIMARY KEY (id);
CALL dedupe('clerk');
INSERT INTO good SELECT 'linkage_record', linkage_record('clerk', c)::text FROM clerk c WHERE id = 1;

-- what input functions there are, so that a new type is not forgotten here
SELECT is_empty($$ SELECT t.typname FROM pg_type t JOIN pg_depend d ON d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e'
    JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND e.extname = 'clientele'
    WHERE t.typtype = 'b' AND t.typcategory <> 'A' AND t.typname NOT IN (SELECT type FROM good) $$, 'every base type is tried');
SELECT ok(pg_input_is_valid(value, type), format('%s: %s', type, left(value, 60))) FROM good;

-- every beginning, every character lost, every character another
CREATE TABLE bad AS
SELECT DISTINCT type, m.value FROM good, generate_series(0, least(length(value), 300)) n,
    LATERAL (VALUES (left(value, n)), (left(value, n) || substr(value, n + 2)), (left(value, n) || 'x' || substr(value, n + 2)),
                    (left(value, n) || ' ' || substr(value, n + 1)), (left(value, n) || '99999999999999999999' || substr(value, n + 2))) m(value);
-- softly: valid or the error's code and message; hard: what the cast does
CREATE FUNCTION softly(type text, value text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT coalesce(sql_error_code || ' ' || message, 'valid') FROM pg_input_error_info(value, type));
EXCEPTION WHEN OTHERS THEN RETURN 'raised ' || SQLERRM;
END $$;
CREATE FUNCTION hard(type text, value text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SELECT %L::%s', value, type);
    RETURN 'valid';
EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
SELECT cmp_ok((SELECT count(*) FROM bad), '>', 1000::bigint, 'many broken values');
CREATE TABLE answer AS SELECT type, value, softly(type, value) AS soft, hard(type, value) AS hard FROM bad;
SELECT is((SELECT format('%s: %s: %s', value, soft, hard) FROM answer a WHERE a.type = g.type AND soft <> hard ORDER BY value LIMIT 1), NULL,
    g.type || ': the same answer softly') FROM (SELECT DISTINCT type FROM good) g ORDER BY type;
SELECT cmp_ok((SELECT count(*) FROM answer a WHERE a.type = g.type AND soft <> 'valid'), '>', 5::bigint, g.type || ': some are refused')
FROM (SELECT DISTINCT type FROM good) g ORDER BY type;
\endif
SELECT * FROM finish();
