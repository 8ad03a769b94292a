-- Indexes of results are written page by page: the server's own checker finds nothing in them, whatever the key, its order and what somebody added.
BEGIN;
SELECT no_plan();
SET LOCAL client_min_messages = warning;
SET LOCAL maintenance_work_mem = '64MB';
CREATE SCHEMA checker;
CREATE EXTENSION amcheck SCHEMA checker;

CREATE TABLE base AS
SELECT i, initcap(translate(substr(md5('f' || i % 311), 1, 6), '0123456789', 'ghijklmnop')) AS first_name,
       initcap(translate(substr(md5('l' || i % 1201), 1, 8), '0123456789', 'ghijklmnop')) AS last_name, date '1950-01-01' + (i * 37 % 9000) AS born,
       '+381 6' || (10000000 + i * 7919) AS phone
FROM generate_series(1, 6000) i;
INSERT INTO base SELECT i + 100000, upper(first_name), overlay(last_name placing 'x' from 3 for 1), born, phone FROM base WHERE i % 3 = 0;
INSERT INTO base SELECT i + 200000, first_name, last_name, born, NULL FROM base WHERE i % 9 = 0;
-- and somebody who is there very often: one key with a long list of places
INSERT INTO base SELECT 300000 + n, 'Marija', 'Petrović', date '1980-02-03', '+381 64 1234567' FROM generate_series(1, 2500) n;

-- people with a key of a type
CREATE FUNCTION people(name text, key text, type text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TABLE %I (id %s PRIMARY KEY, first_name text, last_name text, born date, phone text)', name, type);
    EXECUTE format('INSERT INTO %I SELECT %s, first_name, last_name, born, phone FROM base ORDER BY md5(i::text)', name, key);
    EXECUTE format('ANALYZE %I', name);
END $$;

-- runs a model and has its results' indexes checked: how many are right, and whether they find what the table holds
CREATE FUNCTION indexes_of(model text, workers int, statement text DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    i record;
    n int := 0;
    query text := format($q$SELECT md5(string_agg(p::text, ',' ORDER BY p::text)) FROM %1$I_person p
        WHERE record_key IN (SELECT left_key FROM %1$I_pair ORDER BY match_weight, left_key LIMIT 100) OR person_id < 300$q$, model);
    by_index text;
    by_table text;
BEGIN
    PERFORM set_config('max_parallel_maintenance_workers', workers::text, true);
    EXECUTE coalesce(statement, format('CALL clientele.dedupe(%L)', model));
    FOR i IN SELECT x.indexrelid, a.amname FROM pg_index x JOIN pg_class c ON c.oid = x.indexrelid JOIN pg_am a ON a.oid = c.relam
             WHERE x.indrelid IN (format('%I', model || '_pair')::regclass, format('%I', model || '_person')::regclass)
    LOOP
        IF i.amname = 'btree' THEN
            PERFORM checker.bt_index_parent_check(i.indexrelid, true, true);
        END IF;
        n := n + 1;
    END LOOP;
    PERFORM set_config('enable_seqscan', 'off', true);
    EXECUTE query INTO by_index;
    PERFORM set_config('enable_seqscan', 'on', true), set_config('enable_indexscan', 'off', true), set_config('enable_bitmapscan', 'off', true), set_config('enable_indexonlyscan', 'off', true);
    EXECUTE query INTO by_table;
    PERFORM set_config('enable_indexscan', 'on', true), set_config('enable_bitmapscan', 'on', true), set_config('enable_indexonlyscan', 'on', true);
    RETURN n || CASE WHEN by_index IS NOT DISTINCT FROM by_table THEN ' right' ELSE ' that find other rows' END;
END $$;

SELECT people('of_int', 'i', 'int'), people('of_bigint', 'i * 10000000000', 'bigint'), people('of_text', $$'K' || i$$, 'text'), people('of_uuid', 'md5(i::text)::uuid', 'uuid'),
       people('of_numeric', 'i / 7.0', 'numeric'), people('of_varchar', $$translate(md5(i::text), 'abc', 'AbČ')$$, 'varchar(40)'), people('of_long', $$repeat(md5(i::text), 20)$$, 'text'),
       people('of_name', $$'N' || i$$, 'name');
SELECT is(indexes_of(t, 2), '4 right', format('key %s, written by several processes', t)) FROM unnest(ARRAY['of_int', 'of_bigint', 'of_text', 'of_uuid', 'of_numeric', 'of_varchar', 'of_long', 'of_name']) t;
SELECT is(indexes_of(t, 0), '4 right', format('key %s, written again by one', t)) FROM unnest(ARRAY['of_int', 'of_text', 'of_long']) t;
SELECT cmp_ok((SELECT count(*) FROM of_int_person GROUP BY person_id ORDER BY 1 DESC LIMIT 1), '>', 2000::bigint, 'a person of very many records is among them');

-- what somebody made of the tables is kept up: other orders, more columns, other kinds of index
CREATE INDEX of_text_down ON of_text_person (record_key DESC, person_id);
CREATE INDEX of_text_more ON of_text_person (person_id DESC) INCLUDE (record_key);
CREATE INDEX of_text_some ON of_text_person (person_id) WHERE person_id < 100;
CREATE INDEX of_text_made ON of_text_person (lower(record_key));
CREATE INDEX of_text_hash ON of_text_person USING hash (record_key);
CREATE INDEX of_text_tight ON of_text_pair (right_key, match_weight) WITH (fillfactor = 50, deduplicate_items = off);
CREATE INDEX of_text_brin ON of_text_pair USING brin (match_weight);
SELECT is(indexes_of('of_text', w), '11 right', format('indexes that somebody added, %s workers', w)) FROM unnest(ARRAY[0, 2]) w;
DROP VIEW of_varchar_golden;
ALTER TABLE of_varchar_person ALTER record_key TYPE varchar(40) COLLATE "und-x-icu";
ALTER TABLE of_varchar_pair ALTER left_key TYPE varchar(40) COLLATE "und-x-icu", ALTER right_key TYPE varchar(40) COLLATE "und-x-icu";
SELECT is(indexes_of('of_varchar', w), '4 right', format('keys in another order than ours, %s workers', w)) FROM unnest(ARRAY[0, 2]) w;
ALTER TABLE of_uuid_person SET UNLOGGED;
SELECT is(indexes_of('of_uuid', 2), '4 right', 'a table that is not logged');

-- of several tables, whose records are numbered one table after another
CREATE TABLE half AS SELECT * FROM of_int WHERE id % 2 = 0;
CREATE TABLE other_half AS SELECT * FROM of_int WHERE id % 2 = 1 OR id % 10 = 0;
CREATE TABLE third AS SELECT * FROM of_int WHERE id % 3 = 0;
ALTER TABLE half ADD PRIMARY KEY (id);
ALTER TABLE other_half ADD PRIMARY KEY (id);
ALTER TABLE third ADD PRIMARY KEY (id);
SELECT is(indexes_of('two', w, $$CALL clientele.link('half', 'other_half', 'two')$$), '4 right', format('of two tables, %s workers', w)) FROM unnest(ARRAY[2, 0]) w;
SELECT is(indexes_of('three', w, $$CALL clientele.link_all(ARRAY['half', 'other_half', 'third']::regclass[], 'three')$$), '4 right', format('of three tables, %s workers', w)) FROM unnest(ARRAY[2, 0]) w;

-- nothing and next to nothing
CREATE TABLE nobody (id int PRIMARY KEY, first_name text, last_name text, born date);
SELECT is(indexes_of('nobody', 2), '4 right', 'of no rows');
INSERT INTO nobody VALUES (1, 'Ana', 'Anić', '1980-01-02'), (2, 'Ana', 'Anić', '1980-01-02'), (3, 'Petar', 'Perić', '1970-01-02');
SELECT is(indexes_of('nobody', 2), '4 right', 'of three');

-- what fits into no index is refused as the server does it
CREATE TABLE huge (id text PRIMARY KEY, first_name text, last_name text);
INSERT INTO huge SELECT i::text, 'Ana', 'A' || i FROM generate_series(1, 50) i;
CALL clientele.dedupe('huge');
ALTER TABLE huge DROP CONSTRAINT huge_pkey;
INSERT INTO huge SELECT string_agg(md5(i::text), ''), 'Ana', 'A1' FROM generate_series(1, 200) i;
SELECT throws_ok($$CALL clientele.resolve('huge')$$, '54000', NULL, 'a key that is too long for an index');

SELECT * FROM finish();
ROLLBACK;
