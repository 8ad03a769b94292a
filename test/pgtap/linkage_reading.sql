-- Reading and encoding: the same bits whoever encodes, whatever the rows look like and wherever they come from.
BEGIN;
SELECT no_plan();

-- rows of many shapes: columns dropped, added with a default, generated, of a domain, arrays, long texts, NULLs
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

SELECT * FROM finish();
ROLLBACK;
