-- Reading and encoding: the same bits whoever encodes, whatever the rows look like and wherever they come from.
BEGIN;
SELECT no_plan();

-- rows of many shapes: columns dropped, added with a default, generated, of a domain, arrays, long texts, NULLs
CREATE SEQUENCE ticks;
CREATE DOMAIN mailbox AS text CHECK (value <> '');
CREATE TABLE people (id bigint PRIMARY KEY, gone text, first_name text, last_name varchar(40), gone_too date, birth_date date,
                     email mailbox, phones text[], street text, remark text);
INSERT INTO people
SELECT p, 'x', (ARRAY['Marko','Ana','Jelena','Petar','Milica','Ivan','Luka','Sofija','Nikola','Stefan'])[1 + p % 10],
       (ARRAY['Jovanović','Petrović','Nikolić','Horvat','Novak','Babić','Marić'])[1 + p % 7] || chr(97 + p % 19) || chr(97 + p / 19 % 23), NULL,
       date '1950-01-01' + (p * 7919 % 20011), CASE WHEN p % 5 <> 0 THEN 'p' || p % 11000 || '@example.rs' END,
       CASE WHEN p % 3 = 0 THEN ARRAY['+381 64 ' || 1000000 + p * 7 % 70000, NULL, '064/' || 2000000 + p]
            WHEN p % 7 <> 0 THEN ARRAY['064 ' || 1000000 + p * 7 % 70000] END,
       'Ulica ' || p % 997 || ' ' || p % 60,
       CASE WHEN p % 4000 = 0 THEN (SELECT string_agg(md5(p::text || i), ' ') FROM generate_series(1, 300) i)
            WHEN p % 2 = 0 THEN '' WHEN p % 9 = 0 THEN 'remark ' || p % 100 END
FROM generate_series(1, 12000) p;
ALTER TABLE people DROP COLUMN gone;
ALTER TABLE people DROP COLUMN gone_too;
ALTER TABLE people ADD COLUMN city text DEFAULT 'Novi Sad';
ALTER TABLE people ADD COLUMN full_city text GENERATED ALWAYS AS (upper(city)) STORED;
INSERT INTO people (id, first_name, last_name, birth_date, email, phones, street, remark, city)
SELECT 50000 - p, first_name, CASE WHEN id % 3 = 0 THEN last_name || 'x' ELSE last_name END, birth_date, email, phones, street, remark, 'Niš'
FROM people CROSS JOIN LATERAL (SELECT id) p(p);

CREATE FUNCTION sums_of(source text, workers int) RETURNS TABLE (persons numeric, pairs numeric) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('max_parallel_maintenance_workers', workers::text, true);
    EXECUTE format('CALL clientele.dedupe(%L, model => %L)', source, 'm');
    RETURN QUERY EXECUTE format('SELECT (SELECT sum(hashtextextended(p::text, 0)) FROM %1$s_person p),
                                        (SELECT sum(hashtextextended(p::text, 0)) FROM %1$s_pair p)', 'm');
    DROP TABLE m_person, m_pair, m_index CASCADE;
    DELETE FROM clientele.linkage_model WHERE name = 'm';
END $$;

CREATE TEMP TABLE alone AS SELECT * FROM sums_of('people', 0);
SELECT is((SELECT count(*) FROM alone WHERE persons IS NOT NULL AND pairs IS NOT NULL), 1::bigint, 'a table of many shapes of rows');
SELECT results_eq('SELECT * FROM sums_of(''people'', 1)', 'SELECT * FROM alone', 'the same bits with one more process');
SELECT results_eq('SELECT * FROM sums_of(''people'', 2)', 'SELECT * FROM alone', 'the same bits with two more');

-- wherever the rows come from
ANALYZE people;
CREATE TABLE parted (LIKE people) PARTITION BY HASH (id);
CREATE TABLE parted_0 PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 1);
ALTER TABLE parted ADD PRIMARY KEY (id);
INSERT INTO parted SELECT * FROM people;
CREATE VIEW seen AS SELECT * FROM people;
CREATE VIEW restless AS SELECT *, clock_timestamp() AS at, nextval('ticks') AS tick FROM people;
CREATE TEMP TABLE passing (LIKE people);
ALTER TABLE passing ADD PRIMARY KEY (id);
INSERT INTO passing SELECT * FROM people;
CREATE FUNCTION persons_of(source text, workers int) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE result numeric;
BEGIN
    PERFORM set_config('max_parallel_maintenance_workers', workers::text, true);
    EXECUTE format('CALL clientele.dedupe(%L, model => %L)', source, 'm');
    SELECT sum(hashtextextended(p::text, 0)) INTO result FROM m_person p;
    DROP TABLE m_person, m_pair, m_index CASCADE;
    DELETE FROM clientele.linkage_model WHERE name = 'm';
    RETURN result;
END $$;
SELECT is(persons_of(source, workers), (SELECT persons FROM alone), format('%s, %s more processes', source, workers))
FROM unnest(ARRAY['parted', 'seen', 'passing']) source, unnest(ARRAY[0, 1]) workers;
SELECT is(persons_of('restless', 1), persons_of('restless', 0), 'a view with functions that only one process may call');

-- row security: the rows that the caller may see, and no others
CREATE ROLE clt_reader;
GRANT CREATE, USAGE ON SCHEMA public TO clt_reader;
GRANT SELECT ON people TO clt_reader;
ALTER TABLE people ENABLE ROW LEVEL SECURITY;
CREATE POLICY even ON people FOR SELECT TO clt_reader USING (id % 2 = 0);
SET LOCAL ROLE clt_reader;
SET LOCAL max_parallel_maintenance_workers = 1;
CALL clientele.dedupe('people', model => 'even');
RESET ROLE;
SELECT is((SELECT count(*) FROM even_person), (SELECT count(*) FROM people WHERE id % 2 = 0), 'row security holds while others help');
SELECT is_empty('SELECT * FROM even_person WHERE record_key % 2 = 1');

-- a record without key, a key twice
CREATE VIEW keyless AS SELECT CASE WHEN id = 777 THEN NULL ELSE id END AS id, first_name, last_name, email FROM people;
SELECT throws_ok($$CALL clientele.dedupe('keyless')$$, '23502', NULL, 'a record without a key');
CREATE VIEW twice AS SELECT CASE WHEN id = 777 THEN 778 ELSE id END AS id, first_name, last_name, email FROM people;
SELECT throws_ok($$CALL clientele.dedupe('twice')$$, '23505', NULL, 'a key that two records have');

-- keys of several types are put into order by what they are, not by how they are sorted
CREATE FUNCTION ordered(type text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE result bigint;
BEGIN
    EXECUTE format('CREATE TABLE keyed (id %s PRIMARY KEY, first_name text, last_name text, email text)', type);
    EXECUTE format('INSERT INTO keyed SELECT %s, first_name, last_name, email FROM people WHERE id <= 3000 ORDER BY md5(id::text)',
                   CASE type WHEN 'uuid' THEN 'md5(id::text)::uuid' WHEN 'date' THEN 'date ''2000-01-01'' + id::int'
                             WHEN 'text' THEN 'repeat(''x'', 9) || id' WHEN 'int' THEN 'id - 1500' WHEN 'smallint' THEN 'id - 1500' ELSE 'id - 1500' END);
    CALL clientele.dedupe('keyed');
    SELECT count(DISTINCT person_id) INTO result FROM keyed_person;
    -- persons are numbered by their first record
    IF type = 'text' THEN
        PERFORM 1 FROM keyed_person WHERE record_key = (SELECT min(record_key COLLATE "C") FROM keyed_person) AND person_id = 1;
    ELSIF type = 'uuid' THEN
        PERFORM 1 FROM keyed_person WHERE record_key = (SELECT record_key FROM keyed_person ORDER BY record_key LIMIT 1) AND person_id = 1;
    ELSE
        PERFORM 1 FROM keyed_person WHERE record_key = (SELECT min(record_key) FROM keyed_person) AND person_id = 1;
    END IF;
    IF NOT FOUND THEN result := -1; END IF;
    DROP TABLE keyed, keyed_person, keyed_pair, keyed_index CASCADE;
    DELETE FROM clientele.linkage_model WHERE name = 'keyed';
    RETURN result;
END $$;
SELECT cmp_ok(ordered(type), '>', 1000::bigint, 'keys of type ' || type)
FROM unnest(ARRAY['int', 'bigint', 'smallint', 'numeric', 'text', 'uuid', 'date']) type;

-- memory
SELECT is((SELECT verdict FROM clientele.linkage_memory('people')), 'fits', 'what it would take');
SELECT cmp_ok((SELECT record_bytes FROM clientele.linkage_memory('people')), '>', (SELECT 24000 * 50)::bigint, 'memory of records');
SELECT cmp_ok((SELECT record_bytes FROM clientele.linkage_memory('people')), '<', (SELECT 24000 * 5000)::bigint);
SELECT is((SELECT machine_bytes >= available_bytes FROM clientele.linkage_memory('people')), true, 'a part of the machine');
SELECT is(clientele.linkage_memory(NULL)::text, NULL);
CREATE VIEW endless AS SELECT g AS id, 'a' || g AS first_name, 'b' || g AS last_name, 'c' || g AS email, 'd' || g AS phone
FROM generate_series(1::bigint, 4000000000000) g;
SELECT throws_ok($$SELECT clientele.create_model('endless', 'endless', '{"comparisons": [{"kind": "surname", "columns": ["last_name"]},
                 {"kind": "email", "columns": ["email"]}, {"kind": "phone", "columns": ["phone"]}]}')$$,
                 '53200', 'linkage of "endless" does not fit into memory', 'a table that no machine holds is refused before it is read');
SELECT is((SELECT verdict FROM clientele.linkage_memory('endless', '{"comparisons": [{"kind": "email", "columns": ["email"]}]}')),
          'does not fit', 'and is told of without reading it');

SELECT * FROM finish();
ROLLBACK;
