-- A run replaces its results under the same tables: what else hangs on them stays, and what lies in them is filled.
\set ON_ERROR_STOP 1
BEGIN;
SELECT plan(38);
SET client_min_messages = warning;
CREATE ROLE clt_swap_reader;
CREATE TABLE contact (id text PRIMARY KEY, first_name text, last_name text, email text, birth_date date);
INSERT INTO contact SELECT 'C' || i, 'Name' || md5(i::text), 'Sur' || md5('s' || i), md5('e' || i) || '@example.org', date '1950-01-01' + i * 31
    FROM generate_series(1, 100) i;
INSERT INTO contact SELECT 'D' || id, upper(first_name), last_name, email, birth_date FROM contact WHERE right(id, 1) = '7';
CALL clientele.dedupe('contact');
CREATE TABLE was AS SELECT * FROM contact_person;
CREATE TABLE was_pair AS SELECT * FROM contact_pair;

-- ---- what a user may have hung on the tables ----
GRANT SELECT ON contact_person TO clt_swap_reader;
GRANT SELECT (left_key) ON contact_pair TO clt_swap_reader;
COMMENT ON COLUMN contact_person.person_id IS 'the number on the card';
CREATE VIEW families AS SELECT person_id, count(*) AS n FROM contact_person GROUP BY 1;
CREATE MATERIALIZED VIEW kept AS SELECT * FROM contact_person;
CREATE INDEX own_hash ON contact_person USING hash (record_key);
CREATE INDEX own_part ON contact_person (person_id) WHERE person_id > 50;
CREATE INDEX own_expr ON contact_pair ((match_weight * 2));
CREATE INDEX own_brin ON contact_pair USING brin (match_weight);
CREATE UNIQUE INDEX own_unique ON contact_person (lower(record_key)) INCLUDE (person_id);
CREATE STATISTICS own_statistics ON record_key, person_id FROM contact_person;
ALTER TABLE contact_person SET (fillfactor = 60, autovacuum_enabled = false);
ALTER TABLE contact_pair REPLICA IDENTITY FULL;
ALTER TABLE contact_person ALTER COLUMN record_key SET STORAGE EXTERNAL;
ALTER TABLE contact_pair SET UNLOGGED;
CREATE PUBLICATION own_publication FOR TABLE contact_person;
CREATE FUNCTION readers_person() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT person_id FROM contact_person WHERE record_key = ''C1''';
SELECT readers_person();
PREPARE who(text) AS SELECT person_id FROM contact_person WHERE record_key = $1;
EXECUTE who('C1');

CREATE FUNCTION shape() RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(line, E'\n' ORDER BY line) FROM (
        SELECT concat_ws(' ', c.oid, c.relname, c.relkind, c.relowner, c.relpersistence, c.relam, c.reltablespace, c.reltoastrelid, c.relacl, c.reloptions, c.relreplident,
               c.relhasindex, c.relhasrules, obj_description(c.oid, 'pg_class')) AS line FROM pg_class c WHERE c.relname ~ '^(contact_|own_)' OR c.oid IN (SELECT reltoastrelid FROM pg_class WHERE relname = 'contact_person')
        UNION ALL SELECT concat_ws(' ', a.attrelid, a.attname, a.attstorage, a.attacl, col_description(a.attrelid, a.attnum)) FROM pg_attribute a
            WHERE a.attrelid IN ('contact_person'::regclass, 'contact_pair'::regclass)
        UNION ALL SELECT pg_get_indexdef(i.indexrelid) || i.indisvalid || i.indisready || i.indisclustered FROM pg_index i WHERE i.indrelid IN ('contact_person'::regclass, 'contact_pair'::regclass)
        UNION ALL SELECT pg_get_viewdef('families'::regclass)
        UNION ALL SELECT pg_get_statisticsobjdef(oid) FROM pg_statistic_ext
        UNION ALL SELECT pubname || schemaname || tablename FROM pg_publication_tables) s
$$;
CREATE FUNCTION files() RETURNS TABLE (name name, file oid) LANGUAGE sql AS
    $$ SELECT relname, relfilenode FROM pg_class WHERE relname ~ '^(contact_pair|contact_person|own_)' AND relkind IN ('r', 'i') $$;
CREATE TABLE shape_before AS SELECT shape() AS s;
CREATE TABLE files_before AS SELECT * FROM files();

INSERT INTO contact SELECT 'E' || id, first_name, last_name, email, birth_date FROM contact WHERE id IN ('C11', 'C12', 'C13');
CALL clientele.resolve('contact');

SELECT is(shape(), (SELECT s FROM shape_before), 'oids, owners, rights, comments, options, indexes, views, statistics, publications: all as before');
SELECT is_empty($$SELECT b.name FROM files_before b JOIN files() f USING (name, file)$$, 'every file is new');
SELECT bag_eq($$SELECT * FROM contact_person WHERE record_key NOT LIKE 'E%'$$, 'SELECT * FROM was', 'who was there is who he was');
SELECT is((SELECT count(*) FROM contact_person), 113::bigint, 'and who came is there');
SELECT is((SELECT sum(n) FROM families), 113::numeric, 'a view sees it');
SELECT is((SELECT count(*) FROM contact_golden), 100::bigint, 'and the golden one');
SELECT is(readers_person(), (SELECT person_id FROM was WHERE record_key = 'C1'), 'a function that has read before reads again');
SELECT results_eq($$EXECUTE who('EC11')$$, $$SELECT person_id FROM was WHERE record_key = 'C11'$$, 'so does a prepared statement');
SELECT is(has_table_privilege('clt_swap_reader', 'contact_person', 'SELECT'), true, 'who might read may read');

SELECT is((SELECT relallvisible FROM pg_class WHERE relname = 'contact_person'), (SELECT relpages FROM pg_class WHERE relname = 'contact_person'), 'all of them seen by everybody: nothing is left to VACUUM');

-- each index by itself: it holds the new rows, and the right ones
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SET LOCAL plan_cache_mode = force_custom_plan;
CREATE FUNCTION used(sql text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || sql LOOP
        RETURN NEXT substring(line FROM 'using (\w+)|on (own_brin)');
    END LOOP;
END $$;
SELECT is((SELECT max(u) FROM used($$SELECT * FROM contact_person WHERE record_key = 'EC12'$$) u) ~ 'own_hash|contact_person_pkey', true, 'an index is used');
DO $$ BEGIN ALTER TABLE contact_person DROP CONSTRAINT contact_person_pkey; END $$;
SELECT is((SELECT max(u) FROM used($$SELECT * FROM contact_person WHERE record_key = 'EC12'$$) u), 'own_hash', 'the hash index is used');
SELECT is((SELECT count(*) FROM contact_person WHERE record_key = 'EC12'), 1::bigint, 'and finds');
SELECT is((SELECT count(*) FROM contact_person WHERE lower(record_key) = 'ec12'), 1::bigint, 'the expression is found');
SELECT throws_ok($$INSERT INTO contact_person VALUES ('eC12', 1)$$, '23505', NULL, 'and is unique');
SELECT is((SELECT count(*) FROM contact_person WHERE person_id > 50), (SELECT count(*) FROM contact_person WHERE person_id + 0 > 50), 'the partial one holds its rows');
SELECT is((SELECT count(*) FROM contact_pair WHERE match_weight * 2 > 0), (SELECT count(*) FROM contact_pair WHERE match_weight > 0), 'that of an expression, too');
SET enable_bitmapscan = on;
SET enable_indexscan = off;
SELECT is((SELECT count(*) FROM contact_pair WHERE match_weight > 0), (SELECT count(*) FROM contact_pair), 'and BRIN');
RESET enable_seqscan;
RESET enable_indexscan;
ALTER TABLE contact_person ADD CONSTRAINT contact_person_pkey PRIMARY KEY (record_key);

-- ---- statistics are of what is there ----
SELECT is((SELECT reltuples::int FROM pg_class WHERE relname = 'contact_person'), 113, 'rows are counted');
SELECT is((SELECT relpages FROM pg_class WHERE relname = 'contact_person'), (pg_relation_size('contact_person') / current_setting('block_size')::int)::int, 'so are pages');
SELECT isnt_empty($$SELECT FROM pg_stats WHERE tablename = 'contact_person' AND attname = 'person_id' AND n_distinct < 0$$, 'columns have statistics');
SELECT isnt_empty($$SELECT FROM pg_stats_ext WHERE statistics_name = 'own_statistics' AND n_distinct IS NOT NULL$$, 'columns together, too');

-- ---- several runs in one transaction, and some of them undone ----
CREATE TABLE files_kept AS SELECT * FROM files();
SAVEPOINT before;
INSERT INTO contact SELECT 'F' || id, first_name, last_name, email, birth_date FROM contact WHERE id IN ('C21', 'C22');
CALL clientele.resolve('contact');
SELECT is((SELECT count(*) FROM contact_person), 115::bigint, 'a second run of a transaction');
CALL clientele.dedupe('contact');
SELECT is((SELECT count(*) FROM contact_person), 115::bigint, 'a third, which trains anew');
ROLLBACK TO before;
SELECT is((SELECT count(*) FROM contact_person), 113::bigint, 'undone with its savepoint');
SELECT set_eq('SELECT * FROM files()', 'SELECT * FROM files_kept', 'the files are those of before');
SELECT is((SELECT count(*) FROM contact_person WHERE record_key = 'EC12'), 1::bigint, 'and are read');
DO $$
BEGIN
    CALL clientele.resolve('contact');
    RAISE EXCEPTION 'never mind';
EXCEPTION WHEN raise_exception THEN
    NULL;
END $$;
SELECT set_eq('SELECT * FROM files()', 'SELECT * FROM files_kept', 'undone by an exception');
DO $$ BEGIN CALL clientele.resolve('contact'); END $$;
SELECT is((SELECT count(*) FROM contact_person p JOIN was w USING (record_key, person_id)), 110::bigint, 'a run after that');

-- ---- refused ----
DECLARE open_one CURSOR FOR SELECT * FROM contact_person;
FETCH open_one;
SELECT throws_ok($$CALL clientele.resolve('contact')$$, '55006', NULL, 'a cursor of this session reads the persons');
CLOSE open_one;
DECLARE open_one CURSOR FOR SELECT * FROM contact_pair;
FETCH open_one;
SELECT throws_ok($$CALL clientele.dedupe('contact')$$, '55006', NULL, 'or the pairs');
CLOSE open_one;
ALTER TABLE contact_person ENABLE ROW LEVEL SECURITY;
SELECT throws_ok($$CALL clientele.resolve('contact')$$, '55000', NULL, 'rows that not everybody sees');
ALTER TABLE contact_person DISABLE ROW LEVEL SECURITY;
CREATE TABLE refers (record_key text REFERENCES contact_person);
SELECT throws_ok($$CALL clientele.resolve('contact')$$, '55000', NULL, 'rows that others refer to');
DROP TABLE refers;
SELECT lives_ok($$CALL clientele.resolve('contact')$$, 'without them it runs');

-- ---- locks ----
SELECT set_eq($$SELECT DISTINCT relation::regclass::text FROM pg_locks WHERE pid = pg_backend_pid() AND mode = 'ExclusiveLock' AND relation::regclass::text ~ '^contact_p'$$,
    ARRAY['contact_person', 'contact_pair'], 'before the commit others read');
SELECT clientele.merge('contact', 'C31', 'C32');
SELECT is((SELECT count(DISTINCT person_id) FROM contact_person WHERE record_key IN ('C31', 'C32')), 1::bigint, 'a decision of the same transaction');
CALL clientele.resolve('contact');
SELECT is((SELECT count(DISTINCT person_id) FROM contact_person WHERE record_key IN ('C31', 'C32')), 1::bigint, 'stands after the next run');

-- values that are too long for a page lie where they belong
INSERT INTO contact SELECT 'L' || repeat(md5('x'), 70), 'Long', 'Key', 'long@example.org', '2000-01-01';
CALL clientele.resolve('contact');
SELECT is((SELECT octet_length(record_key) FROM contact_person WHERE record_key LIKE 'L%'), 2241, 'a long key');
SELECT * FROM finish();
ROLLBACK;
