-- What a job is expected to take, of one table and of several, beside what it took.
BEGIN;
SELECT no_plan();

CREATE TABLE crm AS
SELECT i AS id, initcap(substr(md5('f' || i % 4000), 1, 8)) AS first_name, initcap(substr(md5('l' || i % 30000), 1, 9)) AS last_name, md5('e' || i) || '@example.org' AS email,
       '+48 5' || (10000000 + i * 7391) AS phone, date '1950-01-01' + (i * 7919) % 20000 AS birth_date, initcap(substr(md5('s' || i % 9000), 1, 12)) || ' ' || i % 90 AS street
FROM generate_series(1, 50000) i;
CREATE TABLE shop AS SELECT 'S' || id AS customer_no, upper(first_name) AS vorname, last_name AS nachname, email AS mail, replace(phone, '+48 ', '0048') AS telefon FROM crm WHERE id > 20000;
INSERT INTO shop SELECT 'X' || i, initcap(substr(md5('g' || i % 3000), 1, 8)), initcap(substr(md5('m' || i), 1, 9)), md5('x' || i) || '@example.com', '+48 6' || (10000000 + i * 91) FROM generate_series(1, 30000) i;
ALTER TABLE crm ADD PRIMARY KEY (id);
ALTER TABLE shop ADD PRIMARY KEY (customer_no);
ANALYZE crm;
ANALYZE shop;

SELECT is((SELECT records FROM clientele.linkage_memory_all('{crm,shop}')), 110000::bigint, 'records of all tables');
SELECT cmp_ok((SELECT record_bytes FROM clientele.linkage_memory_all('{crm,shop}')), '>', (SELECT record_bytes * 3 / 2 FROM clientele.linkage_memory('crm')), 'and their values');
SELECT is(clientele.linkage_memory_all(NULL)::text, NULL);
SELECT throws_ok($$SELECT * FROM clientele.linkage_memory_all('{crm}')$$, '22023', NULL, 'one table');
SELECT throws_ok($$SELECT * FROM clientele.linkage_memory_all('{crm,NULL}')$$, '22004', NULL, 'NULL for a table');
-- a second table of whose columns nobody knows anything, and one with long values
CREATE TABLE wide AS SELECT customer_no, vorname, nachname, mail || repeat(md5(mail), 8) AS mail, telefon FROM shop;
ALTER TABLE wide ADD PRIMARY KEY (customer_no);
ANALYZE wide;
SELECT cmp_ok((SELECT record_bytes FROM clientele.linkage_memory_all('{crm,wide}')), '>', (SELECT record_bytes + 60000 * 200 FROM clientele.linkage_memory_all('{crm,shop}')), 'values of every table by its own statistics');

-- what it took: the most that this process had at once, without pages of tables
CREATE FUNCTION resident(what text) RETURNS bigint LANGUAGE sql AS $$ SELECT substring(pg_read_file('/proc/self/status') FROM what || ':\s+(\d+)')::bigint * 1024 $$;
CREATE FUNCTION peak_of(job text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    before bigint;
BEGIN
    COPY (SELECT 5) TO '/proc/self/clear_refs';
    before := resident('RssAnon') + resident('RssFile');
    EXECUTE job;
    RETURN resident('VmHWM') - resident('RssShmem') - before;
END $$;
SET LOCAL max_parallel_maintenance_workers = 0;
SET LOCAL maintenance_work_mem = '8MB';
SET LOCAL client_min_messages = warning;
CREATE TEMP TABLE told AS SELECT record_bytes + work_bytes AS bytes FROM clientele.linkage_memory_all('{crm,shop}');
-- the first job of the session: what one leaves to the next is not asked of the system again
CREATE TEMP TABLE took AS SELECT peak_of($$CALL clientele.link('crm', 'shop', 'both')$$) AS bytes;
SELECT ok(told.bytes BETWEEN took.bytes * 0.8 AND took.bytes * 4, format('told %s MB, took %s MB', told.bytes >> 20, took.bytes >> 20)) FROM told, took;
SELECT cmp_ok((SELECT bytes FROM took), '>', 10000000::bigint, 'which is something');
-- documents beside the columns that tell a person: each is looked at and let go
CREATE TABLE filed (id int PRIMARY KEY, first_name text, last_name text, document text);
INSERT INTO filed SELECT g, 'Ime' || chr(97 + g % 23), 'Prezime' || chr(97 + g % 19), repeat('word ' || g || ' ', 60000) FROM generate_series(1, 600) g;
SELECT cmp_ok(peak_of($$SELECT clientele.suggest_model('filed')$$), '<', 100000000::bigint, 'six hundred documents of half a megabyte are not held at once');

SELECT * FROM finish();
ROLLBACK;
