-- What test/suites/smith lets sqlsmith loose on: a table with a column of every type that functions of the extension
-- take, boundary values among them, and views that hide the server's own functions, tables and operators from it, so
-- that nearly every call it makes up is one of ours.
\set ON_ERROR_STOP on
CREATE SCHEMA smith;
CREATE TABLE smith.orders AS
SELECT i AS id, 'c' || i % 11 AS name, timestamptz '2024-01-01' + i * interval '1 day' AS at, i::numeric AS amount FROM generate_series(1, 200) i;
CREATE TABLE smith.contact AS
SELECT i AS id, (ARRAY[0, 1, -1, 7, 40, NULL, 2147483647, -2147483648])[i] AS n,
       (ARRAY[0, 1, -1, 7, NULL, 9007199254740993, 9223372036854775807, -9223372036854775808])[i] AS big,
       (ARRAY[0, 0.5, -1, 'NaN', 'Infinity', '-Infinity', 1e308, NULL])[i]::float8 AS score,
       (ARRAY['0', '12.50', '-3', 'NaN', 'Infinity', '1e-30', '1e300', NULL])[i]::numeric AS amount,
       name, name::name AS ident, convert_to(name, 'UTF8') AS bytes, i % 2 = 0 AS flag,
       ('user' || i || '@example.org')::clientele.email AS mail, ('+1650253000' || i)::clientele.phone AS phone,
       (ARRAY['2024-01-01', '2024-02-29', '-infinity', 'infinity', NULL, '0001-01-01 BC', '294276-12-31', '2025-06-01'])[i]::timestamptz AS at,
       (ARRAY['2024-01-01', '2024-02-29', '-infinity', 'infinity', NULL, '0001-01-01 BC', '5874897-12-31', '2025-06-01'])[i]::date AS day,
       (ARRAY['0', '1 day', '-1 mon', '178000000 years', NULL, '1 us', '1 year', '1 hour'])[i]::interval AS span,
       (ARRAY['{}', '{1}', '{NULL}', '{{1,2},{3,4}}', '[5:6]={5,6}', NULL, '{2147483647,-2147483648}', '{3,2,1}'])[i]::integer[] AS ints,
       (ARRAY['{}', '{1}', '{NULL}', '{{1,2},{3,4}}', '[5:6]={5,6}', NULL, '{9223372036854775807,-1}', '{3,2,1}'])[i]::bigint[] AS bigs,
       (ARRAY['{}', '{1}', '{NULL}', '{{1,2},{3,4}}', '{NaN}', NULL, '{Infinity}', '{0.1,0.2,0.3}'])[i]::numeric[] AS amounts,
       (ARRAY['{}', '{a}', '{NULL}', '{{a,b},{c,d}}', '[5:6]={x,y}', NULL, '{"",""}', '{a,a,b}'])[i]::text[] AS texts,
       (ARRAY['{}', '[]', '{"a": 1}', 'null', NULL, '{"name": "hide"}', '[1, "x", null]', '"text"'])[i]::jsonb AS settings,
       ('{smith.orders,pg_class,smith.orders,0,NULL,4294967295,smith.orders,pg_class}'::regclass[])[i] AS relation,
       ('{text,integer,0,4294967295,NULL,uuid,record,numeric}'::regtype[])[i] AS type
FROM generate_series(1, 8) i,
LATERAL (SELECT (ARRAY['Anna Müller', '', 'ООО Ромашка', 'at', NULL, '!', repeat('ab ', 2000), 'name'])[i] AS name) n;
CREATE TABLE smith.built AS
SELECT c.day % 2 AS half, clientele.affinity_agg(c.buyer, c.item) AS affinity, clientele.rfm_agg(c.at, c.amount) AS rfm,
       clientele.sequence_agg(c.buyer, c.at, c.item, interval '60 days') AS sequence, clientele.clv_summary_agg(c.at::date) AS clv
FROM (SELECT i AS day, i % 11 AS buyer, 'item' || i % 7 AS item, i::numeric AS amount, timestamptz '2024-01-01' + i * interval '1 day' AS at
      FROM generate_series(1, 200) i) c GROUP BY 1;

CREATE VIEW smith.pg_proc AS
SELECT * FROM pg_catalog.pg_proc
WHERE pronamespace = 'clientele'::regnamespace OR oid IN ('unnest(anyarray)'::regprocedure, 'array_agg(anynonarray)'::regprocedure);
CREATE ROLE smith LOGIN;
GRANT USAGE ON SCHEMA smith TO smith;
GRANT SELECT ON ALL TABLES IN SCHEMA smith TO smith;
