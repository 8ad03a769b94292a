-- Models of several tables, one record at a time: what search finds in which table, who a record is whose key several tables have, and what is tracked.
BEGIN;
SELECT no_plan();

\ir link_people.psql
-- no telephone, no date of birth; keys that the first table has too
CREATE TABLE letter (id int PRIMARY KEY, first_name text, surname text, e_mail text, city text);
INSERT INTO letter SELECT id - 100, first_name, last_name, CASE WHEN id % 2 = 0 THEN upper(email) ELSE email END, city FROM crm WHERE id BETWEEN 101 AND 300;
CALL clientele.link('crm', 'shop', 'both');
CALL clientele.link_all('{crm,shop,letter}', 'three');

-- search from either end of a pair finds the other one, with the weight of the pair
CREATE FUNCTION pairs_by_search(model text, tables regclass[], OUT pairs bigint, OUT met bigint, OUT differ bigint) LANGUAGE plpgsql AS $$
DECLARE
    t regclass;
    key text;
    found record;
    sides text := CASE WHEN cardinality(tables) > 2 THEN format('TABLE %I', model || '_pair')
        ELSE format('SELECT *, %s::oid::regclass AS left_source, %s::oid::regclass AS right_source FROM %I', tables[1]::oid, tables[2]::oid, model || '_pair') END;
BEGIN
    pairs := 0;
    met := 0;
    differ := 0;
    FOREACH t IN ARRAY tables LOOP
        SELECT attname INTO key FROM pg_attribute WHERE attrelid = t AND attnum = 1;
        EXECUTE format($q$SELECT count(*) AS pairs, count(s.record_key) AS met, count(*) FILTER (WHERE s.match_weight <> p.match_weight) AS differ
            FROM (SELECT left_source AS a, left_key::text AS a_key, right_source AS b, right_key::text AS b_key, match_weight FROM (%1$s) x
                  UNION ALL SELECT right_source, right_key::text, left_source, left_key::text, match_weight FROM (%1$s) y) p
            JOIN %2$s c ON c.%3$I::text = p.a_key
            LEFT JOIN LATERAL clientele.search(%4$L, to_jsonb(c), 250, %2$L) s ON s.record_key = p.b_key AND s.source = p.b
            WHERE p.a = %2$L::regclass$q$, sides, t, key, model) INTO found;
        pairs := pairs + found.pairs;
        met := met + found.met;
        differ := differ + found.differ;
    END LOOP;
END $$;
SELECT cmp_ok((SELECT pairs FROM pairs_by_search('both', '{crm,shop}')), '>=', 400::bigint, 'there are pairs of two tables');
SELECT is(ROW(met, differ)::text, ROW(pairs, 0)::text, 'two tables, keys of two types: all pairs from both ends, same weights') FROM pairs_by_search('both', '{crm,shop}');
SELECT cmp_ok((SELECT pairs FROM pairs_by_search('three', '{crm,shop,letter}')), '>', 1000::bigint, 'and of three');
SELECT is(ROW(met, differ)::text, ROW(pairs, 0)::text, 'three tables: the same') FROM pairs_by_search('three', '{crm,shop,letter}');

-- keys of one type, which both tables have
CREATE TABLE a (id int PRIMARY KEY, first_name text, last_name text, birth_date date, email text);
CREATE TABLE b (id int PRIMARY KEY, first_name text, last_name text, birth_date date, email text);
INSERT INTO a SELECT i, 'Name' || md5(i::text), 'Sur' || md5('s' || i), date '1950-01-01' + i * 31, md5('e' || i) || '@example.org' FROM generate_series(1, 200) i;
INSERT INTO b SELECT id + 50, first_name, last_name, birth_date, email FROM a WHERE id <= 100;
CALL clientele.link('a', 'b', 'ab', true);
SELECT is(ROW(met, differ)::text, ROW(pairs, 0)::text, 'keys of one type: the same') FROM pairs_by_search('ab', '{a,b}');

-- other types of keys, one of them a view of which only the owner of a key knows how it is written
CREATE TABLE by_uuid AS SELECT md5(id::text)::uuid AS id, first_name, last_name, birth_date, email FROM a;
ALTER TABLE by_uuid ADD PRIMARY KEY (id);
CREATE TABLE by_day AS SELECT date '2000-01-01' + id AS id, first_name, last_name, birth_date, email FROM b;
ALTER TABLE by_day ADD PRIMARY KEY (id);
CREATE TABLE by_numeric (id numeric PRIMARY KEY, first_name text, last_name text, birth_date date, email text);
INSERT INTO by_numeric SELECT id + 0.50, first_name, last_name, birth_date, email FROM b;
CREATE VIEW by_view AS SELECT id::char(10) AS id, first_name, last_name, email FROM a;
CALL clientele.link_all('{by_uuid,by_day,by_numeric,by_view}', 'odd');
SELECT is(ROW(met, differ)::text, ROW(pairs, 0)::text, 'uuid, date, numeric, char in a view: the same') FROM pairs_by_search('odd', '{by_uuid,by_day,by_numeric,by_view}');
SELECT is((SELECT person_id FROM clientele.identify('odd', 51.50)), (SELECT person_id FROM odd_person WHERE source = 'by_numeric'::regclass AND record_key = '51.50'), 'identify: a key as text is that of whoever can have it');
SELECT is((SELECT person_id FROM clientele.identify('odd', md5('1')::uuid)), (SELECT person_id FROM odd_person WHERE record_key = md5('1')::uuid::text), 'or as it is');
SELECT is((SELECT person_id FROM clientele.identify('odd', '2000-02-21', 'by_day')), (SELECT person_id FROM odd_person WHERE source = 'by_day'::regclass AND record_key = '2000-02-21'), 'a date, with its table');
SELECT throws_ok($$SELECT * FROM clientele.identify('odd', 'soon', 'by_day')$$, '22007', NULL, 'what is none, with its table');

-- a key is looked for in every table, whatever its type, if none is told
CREATE FUNCTION who(model text, key anyelement) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN (clientele.identify(model, key)).person_id; EXCEPTION WHEN OTHERS THEN RETURN SQLERRM; END $$;
SELECT is(who('odd', p.record_key), p.person_id::text, 'identify: ' || p.source || ', of no table told')
FROM (SELECT source, min(record_key) AS record_key FROM odd_person GROUP BY source) o JOIN odd_person p USING (source, record_key) ORDER BY p.source::text;
SELECT is(who('odd', date '2000-02-21'), (SELECT person_id::text FROM odd_person WHERE source = 'by_day'::regclass AND record_key = '2000-02-21'), 'a date as it is');
SELECT is(who('odd', '17'::char(10)), (SELECT person_id::text FROM odd_person WHERE source = 'by_view'::regclass AND record_key = '17'), 'char(10), too');
SELECT is(who('odd', upper(md5('1')::uuid::text)), (SELECT person_id::text FROM odd_person WHERE record_key = md5('1')::uuid::text), 'a uuid however its type reads it');
SELECT throws_ok($$SELECT * FROM clientele.identify('odd', '17        longer')$$, 'P0002', NULL, 'what is longer than char(10) is nobody');
SELECT throws_ok($$SELECT * FROM clientele.identify('odd', 'soon')$$, 'P0002', NULL, 'nobody has that');
CREATE TYPE mood AS ENUM ('calm', 'wild', '2000-02-21');
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE TABLE by_mood (id mood PRIMARY KEY, first_name text, last_name text, birth_date date, email text);
INSERT INTO by_mood SELECT m, first_name, last_name, birth_date, email FROM unnest(enum_range(NULL::mood)) WITH ORDINALITY u(m, i) JOIN a ON a.id = u.i;
CREATE TABLE by_domain (id positive PRIMARY KEY, first_name text, last_name text, birth_date date, email text);
INSERT INTO by_domain SELECT * FROM a;
CALL clientele.link_all('{by_mood,by_domain,by_day}', 'odder');
SELECT is(who('odder', 'wild'::text), (SELECT person_id::text FROM odder_person WHERE record_key = 'wild'), 'one of an enum');
SELECT is(who('odder', '17'::text), (SELECT person_id::text FROM odder_person WHERE record_key = '17'), 'of a domain');
SELECT throws_ok($$SELECT * FROM clientele.identify('odder', '2000-02-21')$$, '42P08', NULL, 'a key that two such tables have');
SELECT throws_ok($$SELECT * FROM clientele.identify('odder', -17)$$, 'P0002', NULL, 'nobody: what a domain refuses');

-- of no table: everybody; of a table: the others
SELECT is((SELECT array_agg(source::text || ' ' || record_key ORDER BY source::text) FROM clientele.search('three', '{"first_name": "Petar", "email": "p291@example.rs", "phone": "064 3304429"}', 3) WHERE match_probability > 0.5),
          ARRAY['crm 291', 'letter 191', 'shop S291'], 'a record that is of no table is looked for in all');
SELECT is((SELECT array_agg(DISTINCT source::text ORDER BY source::text) FROM clientele.search('three', (SELECT to_jsonb(c) FROM crm c WHERE id = 292), 100, 'crm')), ARRAY['letter', 'shop'], 'one of a table in the others');
SELECT is((SELECT source::text || ' ' || record_key FROM clientele.search('three', (SELECT to_jsonb(s) FROM shop s WHERE customer_no = 'S292'), 1, 'shop')), 'crm 292', 'from any of them');
SELECT is((SELECT count(*) FROM clientele.search('three', (SELECT to_jsonb(c) FROM crm c WHERE id = 292), 100) WHERE source = 'crm'::regclass AND record_key = '292'), 1::bigint, 'of no table it is found itself');
SELECT is((SELECT array_agg(record_key ORDER BY record_key) FROM clientele.search('three', '{"telefon": "064-3439052", "mail": "p308@example.rs"}', 5) WHERE match_probability > 0.5), '{308,S308}', 'the columns say how it is written');
SELECT is((SELECT array_agg(DISTINCT source::text ORDER BY source::text) FROM clientele.search('three', '{"city": "Grad 3"}', 100)), ARRAY['crm', 'letter', 'shop'], 'a column alone, in all tables');
SELECT is((SELECT array_agg(DISTINCT source::text ORDER BY source::text) FROM clientele.search('three', '{"city": "Grad 3"}', 100, 'letter')), ARRAY['crm', 'shop'], 'or all but one');
SELECT is((SELECT person_id FROM clientele.search('three', '{"email": "p293@example.rs"}', 1)), (SELECT person_id FROM three_person WHERE source = 'crm'::regclass AND record_key = '293'), 'the person is told');
SELECT is((SELECT count(*) FROM (SELECT person_id FROM three_person p WHERE (SELECT person_id FROM clientele.search('three', (SELECT to_jsonb(l) FROM letter l WHERE l.id::text = p.record_key), 1, 'letter') WHERE match_weight >= 0) IS DISTINCT FROM p.person_id
    AND p.source = 'letter'::regclass AND p.record_key::int <= 200) x), 0::bigint, 'of the table that it is of, though another has the key');
SELECT is((SELECT source FROM clientele.search('ab', (SELECT to_jsonb(b) FROM b WHERE id = 60), 1, source => 'b')), 'a'::regclass, 'by name');
CREATE TABLE alone AS SELECT * FROM a;
ALTER TABLE alone ADD PRIMARY KEY (id);
INSERT INTO alone SELECT id + 1000, first_name, last_name, birth_date, email FROM a WHERE id <= 50;
CALL clientele.dedupe('alone');
SELECT is((SELECT ROW(record_key, source)::text FROM clientele.search('alone', (SELECT to_jsonb(x) FROM alone x WHERE id = 7), 1)), '(1007,alone)', 'of one table the answer says so');
SELECT is((SELECT record_key FROM clientele.search('alone', (SELECT to_jsonb(x) FROM alone x WHERE id = 7), 1, 'alone')), '1007', 'and naming it changes nothing');

-- identify
SELECT is((SELECT ROW(person_id, matched_key, matched_source)::text FROM clientele.identify('three', 'S295')), (SELECT format('(%s,295,crm)', person_id) FROM three_person WHERE record_key = 'S295'), 'identify: by a key that one table has');
SELECT throws_ok($$SELECT * FROM clientele.identify('three', 150)$$, '42P08', NULL, 'identify: by one that two have');
SELECT is((SELECT person_id FROM clientele.identify('three', 150, 'crm')), (SELECT person_id FROM three_person WHERE source = 'crm'::regclass AND record_key = '150'), 'identify: with its table');
SELECT is((SELECT person_id FROM clientele.identify('three', '150', source => 'letter')), (SELECT person_id FROM three_person WHERE source = 'letter'::regclass AND record_key = '150'), 'and with the other');
SELECT is((SELECT count(*) FROM three_person p, clientele.identify('three', p.record_key, p.source) i WHERE i.person_id IS DISTINCT FROM p.person_id), 0::bigint, 'identify: everybody is who he is');
SELECT throws_ok($$SELECT * FROM clientele.identify('three', 'S150', 'shop')$$, 'P0002', '"shop" has no record with that key', 'identify: nobody');
SELECT throws_ok($$SELECT * FROM clientele.identify('three', 'nobody')$$, 'P0002', NULL, 'identify: nobody anywhere');
SELECT throws_ok($$SELECT * FROM clientele.identify('three', 1, 'a')$$, '22023', NULL, 'identify: a table of another model');
SELECT throws_ok($$SELECT * FROM clientele.identify('three', 'x', 'letter')$$, '22P02', NULL, 'identify: no key of that table');

-- explain looks two records up, and says what it said of the whole tables
CREATE FUNCTION explained(most int) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT p.left_key || ' ' || p.right_key || ' ' || e::text FROM (SELECT * FROM three_pair ORDER BY left_key, right_key, left_source LIMIT $1) p, clientele.explain('three', p.left_key, p.right_key, p.left_source, p.right_source) e
$$;
CREATE TEMP TABLE quick AS SELECT * FROM explained(25) AS said;
SAVEPOINT no_index;
DROP TABLE three_index;
SELECT bag_eq('TABLE quick', 'SELECT * FROM explained(25)', 'explain says the same of two records and of the whole tables');
ROLLBACK TO no_index;
SELECT throws_ok($$SELECT * FROM clientele.explain('three', 150, 'S250'::text)$$, '42P08', NULL, 'explain: a key that two tables have');
SELECT is((SELECT round(total::numeric, 4) FROM clientele.explain('ab', 10, 60) WHERE comparison = '(household)'), (SELECT round(match_weight::numeric, 4) FROM ab_pair WHERE (left_key, right_key) = (10, 60)), 'explain: of two tables first the left key');
SELECT is((SELECT round(total::numeric, 4) FROM clientele.explain('ab', 60, 10, 'b', 'a') WHERE comparison = '(household)'), (SELECT round(match_weight::numeric, 4) FROM ab_pair WHERE (left_key, right_key) = (10, 60)), 'explain: or with their tables');
SELECT throws_ok($$SELECT * FROM clientele.explain('ab', 1, 1)$$, 'P0002', '"b" has no record with key 1', 'explain: the right one is not there');

-- records that came since, of whatever table; nothing within a table, nobody twice where a person has one record a table
INSERT INTO letter VALUES (9001, 'Teodora', 'Krajnc2', 'p10@example.rs', 'Grad 10'), (9002, 'Nobody', 'Unheard', 'nobody@nowhere.example', 'Grad 99');
SELECT is((SELECT ROW(person_id, matched_key, matched_source)::text FROM clientele.identify('three', 9001)), (SELECT format('(%s,10,crm)', person_id) FROM three_person WHERE source = 'crm'::regclass AND record_key = '10'), 'identify: a record that came since');
SELECT is((SELECT i::text FROM clientele.identify('three', 9002) i), '(,,,,)', 'identify: nobody known');
INSERT INTO letter SELECT 9003, first_name, surname, e_mail, city FROM letter WHERE id = 191;
SELECT isnt((SELECT matched_source FROM clientele.identify('three', 9003)), 'letter'::regclass, 'identify: by records of other tables');
INSERT INTO a SELECT id + 700, first_name, last_name, birth_date, email FROM a WHERE id IN (5, 150);
SELECT is((SELECT i::text FROM clientele.identify('ab', 705) i), '(,,,,)', 'one to one: somebody else has that person');
CALL clientele.link('a', 'b', 'ab', false);
DELETE FROM a WHERE id > 700;
INSERT INTO a SELECT id + 800, first_name, last_name, birth_date, email FROM a WHERE id IN (5, 150);
SELECT is((SELECT person_id FROM clientele.identify('ab', 805)), (SELECT person_id FROM ab_person WHERE source = 'a'::regclass AND record_key = 5), 'else it is one more of him');

-- tracked
CREATE FUNCTION noted(model text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    n text;
BEGIN
    EXECUTE format('SELECT string_agg(DISTINCT source::text || '' '' || record_key, '', '' ORDER BY source::text || '' '' || record_key) FROM %I', model || '_changed') INTO n;
    RETURN n;
END $$;
SELECT is_empty($$SELECT * FROM clientele.search('three', '{"email": "nobody@nowhere.example"}', 10) WHERE record_key = '9002'$$, 'not tracked, a new record is not found');
CALL clientele.track_model('three');
SELECT columns_are('three_changed', ARRAY['key', 'source', 'record_key'], 'what is noted says of which table');
SELECT is(noted('three'), 'letter 9001, letter 9002, letter 9003', 'tracked: what came since the run');
SELECT is((SELECT ROW(record_key, source)::text FROM clientele.search('three', '{"email": "nobody@nowhere.example"}', 1)), '(9002,letter)', 'is found');
INSERT INTO crm VALUES (9002, 'Nova', 'Noviković', 'nova@example.rs', '+381 64 5550001', '1971-02-03', NULL, 'Beograd');
INSERT INTO shop VALUES ('N1', 'Nova', 'Novikovic', 'nova@example.rs', NULL, '03.02.1971', 'Beograd', 0), ('N2', 'Stara', 'Starić', 'stara@example.rs', '064 5550002', NULL, 'Niš', 0);
SELECT is((SELECT array_agg(source::text || ' ' || record_key ORDER BY source::text) FROM clientele.search('three', '{"first_name": "nova", "email": "nova@example.rs"}', 5) WHERE match_probability > 0.5), ARRAY['crm 9002', 'shop N1'], 'in each table');
SELECT is((SELECT array_agg(source::text || ' ' || record_key) FROM clientele.search('three', (SELECT to_jsonb(s) FROM shop s WHERE customer_no = 'N1'), 5, 'shop') WHERE match_probability > 0.5), ARRAY['crm 9002'], 'not in its own');
SELECT is((SELECT ROW(person_id, matched_key, matched_source)::text FROM clientele.identify('three', 'N1')), '(,9002,crm)', 'identify: both came since');
SELECT throws_ok($$SELECT * FROM clientele.identify('three', 9002)$$, '42P08', NULL, 'identify: a new key that two have');
UPDATE letter SET e_mail = 'moved@example.rs', surname = 'Moved' WHERE id = 5;
SELECT is((SELECT ROW(record_key, source)::text FROM clientele.search('three', '{"last_name": "moved", "email": "moved@example.rs"}', 1)), '(5,letter)', 'a changed one');
UPDATE shop SET points = points + 1;
SELECT is(noted('three'), 'crm 9002, letter 5, letter 9001, letter 9002, letter 9003, shop N1, shop N2', 'what nobody looks at is not noted');
SELECT throws_ok($$CALL clientele.track_model('three')$$, '42710', NULL, 'tracked already');
CALL clientele.track_model('both');
INSERT INTO crm VALUES (9004, 'Dvaput', 'Dvaputić', 'dvaput@example.rs', NULL, NULL, NULL, NULL);
SELECT is((SELECT record_key FROM clientele.search('both', '{"email": "dvaput@example.rs"}', 1)), '9004', 'a table of two models: both note it');
SELECT is((SELECT record_key FROM clientele.search('three', '{"e_mail": "dvaput@example.rs"}', 1)), '9004', 'and this one');
CALL clientele.untrack_model('both');
SELECT hasnt_table('both_changed');
CALL clientele.resolve('three');
SELECT is(noted('three'), NULL, 'a run forgets what was noted');
SELECT is((SELECT count(DISTINCT person_id) FROM three_person WHERE record_key IN ('N1') OR source = 'crm'::regclass AND record_key = '9002'), 1::bigint, 'and knows who they are');
INSERT INTO letter VALUES (9005, 'Posle', 'Poslić', 'posle@example.rs', NULL);
SELECT is(noted('three'), 'letter 9005', 'and it goes on');
SAVEPOINT again;
CALL clientele.link_all('{crm,shop,letter}', 'three');
SELECT is(noted('three'), NULL, 'link_all forgets it, too');
ROLLBACK TO again;

-- locks: whoever inserts the same person, into whichever table
SELECT cmp_ok(clientele.lock_alike('three', (SELECT to_jsonb(c) FROM crm c WHERE id = 294)), '>=', 2, 'locks on the keys of a record');
CREATE TEMP TABLE held AS SELECT count(*) AS n FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid();
SELECT cmp_ok(clientele.lock_alike('three', (SELECT to_jsonb(s) FROM letter s WHERE id = 194), 'letter'), '>=', 2, 'as many for a record of another table');
SELECT is((SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()), (SELECT n FROM held), 'the same ones');
SELECT is(clientele.lock_alike('three', NULL), NULL, 'no record, no locks');

-- a table that is dropped or given away leaves the triggers of the others without effect
SAVEPOINT given_away;
CREATE ROLE several_other;
ALTER TABLE shop OWNER TO several_other;
CREATE ROLE several_owner;
GRANT USAGE ON SCHEMA clientele, tap, public TO several_owner;
ALTER TABLE crm OWNER TO several_owner;
SELECT lives_ok($$INSERT INTO crm (id, last_name) VALUES (9100, 'Moj')$$, 'a table of another owner takes records still');
ROLLBACK TO given_away;
CALL clientele.untrack_model('three');
SELECT is_empty($$SELECT FROM pg_trigger WHERE tgfoid = 'clientele.follow_records'::regproc$$, 'untracked: no trigger is left on any table');
SELECT throws_ok($$CALL clientele.untrack_model('three')$$, '42704', NULL, 'not tracked any more');
SELECT throws_ok($$CALL clientele.track_model('odd')$$, '42809', NULL, 'a model with a view among its tables');

-- what is refused
SELECT throws_ok($$SELECT * FROM clientele.search('three', '{"shoe_size": 44}')$$, '42703', 'no table of linkage model "three" has all columns of the record', 'a column that no table has');
SELECT throws_ok($$SELECT * FROM clientele.search('three', '{"first_name": "Ana", "nachname": "Novak"}')$$, '42703', NULL, 'columns of two tables');
SELECT throws_ok($$SELECT * FROM clientele.search('three', '{"first_name": "Ana"}', 10, 'shop')$$, '42703', 'column "first_name" of table "shop" does not exist', 'columns of another table');
SELECT throws_ok($$SELECT * FROM clientele.search('three', '{"first_name": "Ana"}', 10, 'a')$$, '22023', 'linkage model "three" has no table "a"', 'a table of another model');
SELECT throws_ok($$SELECT * FROM clientele.search('alone', '{"first_name": "Ana"}', 10, 'a')$$, '22023', NULL, 'also of a model of one');
SELECT throws_ok($$SELECT * FROM clientele.search('three', '[1]')$$, '22023', NULL, 'an array');
SELECT throws_ok($$SELECT * FROM clientele.search('three', '{"first_name": ["Ana"]}')$$, '22023', NULL, 'an array for a text');

-- models that were made anew, runs undone, indexes of others
SAVEPOINT renewed;
CALL clientele.resolve('three');
CREATE TEMP TABLE before AS SELECT s.* FROM crm c, clientele.search('three', to_jsonb(c), 5, 'crm') s WHERE c.id % 40 = 0;
CALL clientele.resolve('three');
SELECT bag_eq('SELECT s.* FROM crm c, clientele.search(''three'', to_jsonb(c), 5, ''crm'') s WHERE c.id % 40 = 0', 'TABLE before', 'a new run: the same answers');
SELECT clientele.drop_model('three');
SELECT throws_ok($$SELECT * FROM clientele.search('three', '{}')$$, '42704', NULL, 'a model that was dropped');
SELECT clientele.create_link_all_model('three', '{letter,shop,crm}');
CALL clientele.train('three');
SELECT throws_ok($$SELECT * FROM clientele.search('three', '{}')$$, '55000', NULL, 'one of that name that was not resolved');
ROLLBACK TO renewed;
SELECT isnt_empty($$SELECT * FROM clientele.search('three', '{"city": "Grad 3"}')$$, 'and all is as before');
SELECT clientele.create_link_all_model('later', '{letter,shop,crm}');
CALL clientele.train('later');
SELECT throws_ok($$SELECT * FROM clientele.search('later', '{}')$$, '55000', NULL, 'not resolved yet');
CALL clientele.resolve('later');
SELECT is(ROW(met, differ)::text, ROW(pairs, 0)::text, 'resolved: all pairs, same weights') FROM pairs_by_search('later', '{letter,shop,crm}');

-- who may read all tables searches
CREATE ROLE several_reader;
GRANT USAGE, CREATE ON SCHEMA public TO several_reader;
GRANT USAGE ON SCHEMA clientele, tap TO several_reader;
CREATE TABLE own_a AS SELECT * FROM a;
ALTER TABLE own_a ADD PRIMARY KEY (id);
ALTER TABLE own_a OWNER TO several_reader;
GRANT SELECT ON b TO several_reader;
SET LOCAL ROLE several_reader;
CALL clientele.link('own_a', 'b', 'readers');
SELECT isnt_empty($$SELECT * FROM clientele.search('readers', (SELECT to_jsonb(x) FROM own_a x WHERE id = 8), 5, 'own_a')$$, 'reading both is enough');
SELECT throws_ok($$CALL clientele.track_model('readers')$$, '42501', NULL, 'but not to track them');
RESET ROLE;
ALTER TABLE b ENABLE ROW LEVEL SECURITY;
CREATE POLICY half ON b USING (id % 2 = 0);
SET LOCAL ROLE several_reader;
SELECT is_empty($$SELECT * FROM clientele.search('readers', (SELECT to_jsonb(x) FROM own_a x WHERE id = 9), 50, 'own_a') WHERE record_key::int % 2 = 1$$, 'rows that row security hides in one of them are not found');
SELECT throws_ok($$SELECT * FROM clientele.identify('readers', 59, 'b')$$, 'P0002', NULL, 'nor identified');
RESET ROLE;
REVOKE SELECT ON b FROM several_reader;
SET LOCAL ROLE several_reader;
SELECT throws_ok($$SELECT * FROM clientele.search('readers', '{"last_name": "x"}')$$, '42501', NULL, 'who may not read one of them may not search');
SELECT throws_ok($$SELECT * FROM clientele.identify('readers', 8, 'own_a')$$, '42501', NULL, 'nor identify');
RESET ROLE;
DROP VIEW ab_golden, readers_golden;
DROP TABLE b;
SELECT throws_ok($$SELECT * FROM clientele.search('ab', '{}')$$, '42P01', NULL, 'a table that was dropped');

SELECT * FROM finish();
ROLLBACK;
