-- Records inserted and changed since the last run: found in the transaction that writes them, by whoever writes them.
BEGIN;
SELECT no_plan();

CREATE ROLE track_owner;
CREATE ROLE track_clerk;
GRANT USAGE ON SCHEMA clientele, tap, public TO track_owner, track_clerk;
GRANT CREATE ON SCHEMA public TO track_owner;
SET LOCAL ROLE track_owner;

CREATE TABLE contact (id int PRIMARY KEY, first_name text, last_name text, email text, phone text, birth_date date, city text, seen timestamptz);
INSERT INTO contact
SELECT i, initcap(substr(md5('f' || i % 60), 1, 6)), initcap(substr(md5('l' || i % 97), 1, 8)), md5('e' || i) || '@example.org',
       '+48 5' || (10000000 + i * 73911), date '1950-01-01' + (i * 7919) % 20000, initcap(substr(md5('c' || i % 9), 1, 7))
FROM generate_series(1, 300) i;
INSERT INTO contact SELECT id + 1000, upper(first_name), last_name, email, replace(phone, '+48 ', '0048'), birth_date, city FROM contact WHERE id <= 60;
SELECT throws_ok($$CALL clientele.track_model('contact')$$, '42704', 'linkage model "contact" does not exist', 'a model that is not there');
SELECT throws_ok($$CALL clientele.track_model(NULL)$$, '22004', NULL, 'NULL');
SELECT throws_ok($$CALL clientele.untrack_model('contact')$$, '42704', 'linkage model "contact" is not tracked', 'nothing to end');
SELECT clientele.create_model('contact', 'contact');
SELECT throws_ok($$CALL clientele.track_model('contact')$$, '55000', NULL, 'a model that was not resolved');
CALL clientele.dedupe('contact');
INSERT INTO contact VALUES (399, 'Petar', 'Petrović', 'pp@example.rs');
SELECT is_empty($$SELECT * FROM clientele.search('contact', '{"last_name": "Petrovic", "email": "pp@example.rs"}')$$, 'untracked: what came since the run is not found');
CALL clientele.track_model('contact');
SELECT throws_ok($$CALL clientele.track_model('contact')$$, '42710', NULL, 'once');
SELECT is((SELECT record_key FROM clientele.search('contact', '{"last_name": "Petrovic", "email": "pp@example.rs"}', 1)), '399', 'tracked: what came before that is');

-- inserted, by the same transaction
INSERT INTO contact VALUES (400, 'Marko', 'Jovanović', 'marko.jovanovic@example.rs', '+381 64 123-4567', '1980-03-04', 'Beograd');
SELECT results_eq($$SELECT record_key, person_id FROM clientele.search('contact', '{"first_name": "Марко", "last_name": "Jovanovic", "phone": "064 1234567"}', 1)$$,
                  $$VALUES ('400', NULL::bigint)$$, 'found at once; nobody yet');
INSERT INTO contact VALUES (401, 'marko', 'Jovanovic', 'Marko.Jovanovic@example.rs', NULL, '1980-03-04', 'Belgrade');
SELECT results_eq($$SELECT person_id, matched_key FROM clientele.identify('contact', 401)$$, $$VALUES (NULL::bigint, '400')$$, 'two that came: the same, whoever that is');
INSERT INTO contact SELECT 402, first_name, last_name, email, NULL, birth_date, NULL FROM contact WHERE id = 77;
SELECT is((SELECT person_id FROM clientele.identify('contact', 402)), (SELECT person_id FROM contact_person WHERE record_key = 77), 'one that came, of a person that is known');
SELECT is((SELECT record_key FROM clientele.search('contact', (SELECT to_jsonb(c) FROM contact c WHERE id = 77), 1)), '402', 'and it is found from the other side');
SELECT is((SELECT match_weight FROM clientele.search('contact', (SELECT to_jsonb(c) FROM contact c WHERE id = 77)) WHERE record_key = '402'),
          (SELECT total::real::float8 FROM clientele.explain('contact', 77, 402) WHERE comparison = '(household)'), 'with the weight that explain says');
SELECT is_empty($$SELECT record_key FROM clientele.search('contact', (SELECT to_jsonb(c) FROM contact c WHERE id = 77), 100) GROUP BY 1 HAVING count(*) > 1$$, 'nobody is found twice');

-- rolled back
SAVEPOINT before;
INSERT INTO contact VALUES (500, 'Zoran', 'Zukić', 'zz@example.rs');
SELECT isnt_empty($$SELECT * FROM clientele.search('contact', '{"email": "zz@example.rs"}')$$, 'there');
ROLLBACK TO before;
SELECT is_empty($$SELECT * FROM clientele.search('contact', '{"email": "zz@example.rs"}')$$, 'rolled back, gone');

-- changed
CREATE FUNCTION noted() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM public.contact_changed';
CREATE TEMP TABLE had AS SELECT noted() AS n;
UPDATE contact SET seen = now();
UPDATE contact SET last_name = last_name WHERE id < 100;
SELECT is(noted(), n, 'a change of what the model does not look at is no change') FROM had;
UPDATE contact SET first_name = 'Bo', last_name = 'Zzyzx', email = 'bz@example.org', phone = NULL WHERE id = 5;
SELECT is((SELECT record_key FROM clientele.search('contact', '{"first_name": "Bo", "last_name": "Zzyzx"}', 1)), '5', 'a changed record is found as it is now');
UPDATE contact SET id = 6000 WHERE id = 6;
SELECT is((SELECT record_key FROM clientele.search('contact', (SELECT to_jsonb(c) FROM contact c WHERE id = 1006), 1)), '6000', 'and under a new key');
DELETE FROM contact WHERE id = 400;
SELECT is_empty($$SELECT * FROM clientele.search('contact', '{"phone": "064 1234567"}', 100) WHERE record_key = '400'$$, 'a deleted one is not');
INSERT INTO contact VALUES (5, 'Upsert', 'Upsertić') ON CONFLICT (id) DO UPDATE SET first_name = excluded.first_name, last_name = excluded.last_name, email = NULL;
SELECT is((SELECT record_key FROM clientele.search('contact', '{"first_name": "Upsert", "last_name": "Upsertic"}', 1)), '5', 'INSERT that became UPDATE');

-- many at once, more than are encoded together
INSERT INTO contact SELECT 10000 + g, 'Given' || g % 50, 'Surname' || g, 'mass' || g || '@example.com' FROM generate_series(1, 1700) g;
SELECT is((SELECT record_key FROM clientele.search('contact', '{"email": "mass1699@example.com"}', 1)), '11699', 'one of many');
SELECT is((SELECT count(DISTINCT record_key) FROM contact_changed WHERE record_key > 10000), 1700::bigint, 'all of them are noted');
DELETE FROM contact WHERE id > 10000;

-- a run takes them in
CALL clientele.resolve('contact');
SELECT is(noted(), 0::bigint, 'a run forgets what was noted');
SELECT isnt((SELECT person_id FROM clientele.search('contact', '{"last_name": "Jovanovic", "email": "marko.jovanovic@example.rs"}', 1)), NULL, 'and knows who they are');
INSERT INTO contact VALUES (403, 'Nova', 'Novaković', 'nova@example.rs');
SELECT is((SELECT record_key FROM clientele.search('contact', '{"email": "nova@example.rs"}', 1)), '403', 'and it goes on after it');
SAVEPOINT before_run;
CALL clientele.dedupe('contact');
SELECT is(noted(), 0::bigint, 'dedupe does so, too');
ROLLBACK TO before_run;
SELECT is((SELECT record_key FROM clientele.search('contact', '{"email": "nova@example.rs"}', 1)), '403', 'a run undone: noted still');

-- more records of one key than are looked at: those with the first keys, wherever the rows of the table lie; one that changed often counts once
SAVEPOINT before_many;
INSERT INTO contact SELECT 20000 + g * 377 % 500, 'Zlatan', 'Zlatanović', 'zlatan@example.rs' FROM generate_series(1, 499) g;
CREATE TEMP TABLE first_of_many AS SELECT * FROM clientele.search('contact', '{"first_name": "Zlatan", "last_name": "Zlatanovic", "email": "zlatan@example.rs"}', 20);
SELECT is((SELECT array_agg(record_key::int) FROM first_of_many), ARRAY(SELECT 20000 + generate_series(1, 20)), 'the first of many that came');
CREATE INDEX physically ON contact_changed (record_key DESC);
CLUSTER contact_changed USING physically;
SELECT results_eq($$SELECT * FROM clientele.search('contact', '{"first_name": "Zlatan", "last_name": "Zlatanovic", "email": "zlatan@example.rs"}', 20)$$, 'TABLE first_of_many', 'also when the table of changes is in another order');
DO $$
BEGIN
    FOR i IN 1..310 LOOP
        UPDATE contact SET city = 'Grad ' || i WHERE id = 20001;
    END LOOP;
END $$;
SELECT results_eq($$SELECT record_key FROM clientele.search('contact', '{"first_name": "Zlatan", "last_name": "Zlatanovic", "email": "zlatan@example.rs"}', 20)$$, 'SELECT record_key FROM first_of_many', 'nor does one that changed often hide the others');
ROLLBACK TO before_many;

-- locks
SELECT count(*) AS held FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() \gset
SELECT cmp_ok(clientele.lock_alike('contact', (SELECT to_jsonb(c) FROM contact c WHERE id = 7)), '>=', 3, 'locks on the keys of a record');
SELECT is((SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()) - :held, clientele.lock_alike('contact', (SELECT to_jsonb(c) FROM contact c WHERE id = 1007))::bigint,
          'another record of the person has the same');
SELECT is(clientele.lock_alike('contact', '{}'), 0, 'of nothing there is nothing to lock');

-- the check before a row is inserted, as documented
CREATE FUNCTION refuse_duplicate() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    twin record;
BEGIN
    PERFORM clientele.lock_alike('contact', to_jsonb(NEW));
    SELECT * INTO twin FROM clientele.search('contact', to_jsonb(NEW), 1) WHERE match_probability > 0.99;
    IF FOUND THEN
        RAISE EXCEPTION 'this is record %', twin.record_key USING ERRCODE = 'unique_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refuse_duplicate BEFORE INSERT ON contact FOR EACH ROW EXECUTE FUNCTION refuse_duplicate();
SELECT throws_ok($$INSERT INTO contact SELECT 700, first_name, last_name, email, phone, birth_date FROM contact WHERE id = 8$$, '23505', NULL, 'a duplicate is refused');
SELECT lives_ok($$INSERT INTO contact VALUES (701, 'Sasha', 'Unheard-Of', 'sasha@unheard.example', '+48 600 700 800', '1999-09-09')$$, 'another is not');
SELECT throws_ok($$INSERT INTO contact VALUES (702, 'SASHA', 'Unheard Of', 'sasha@unheard.example', '0048600700800', '1999-09-09')$$, '23505', 'this is record 701', 'nor is a second one of that');
DROP TRIGGER refuse_duplicate ON contact;

-- who writes needs no right to anything else, and wins none
GRANT INSERT, UPDATE, SELECT ON contact TO track_clerk;
RESET ROLE;
SET LOCAL ROLE track_clerk;
SELECT lives_ok($$INSERT INTO contact VALUES (800, 'Klerk', 'Klerković', 'klerk@example.rs')$$, 'somebody else inserts');
SELECT lives_ok($$UPDATE contact SET city = 'Novi Sad' WHERE id = 800$$, 'and changes');
SELECT is(current_user::text, 'track_clerk', 'and is who he was');
SELECT throws_ok($$SELECT * FROM contact_changed$$, '42501', NULL, 'what is noted he does not see');
SELECT throws_ok($$CALL clientele.track_model('contact')$$, '42704', NULL, 'nor the model');
CREATE TEMP TABLE trap (id int, first_name text);
SELECT lives_ok($$CREATE TRIGGER t AFTER INSERT ON trap REFERENCING NEW TABLE AS new_records FOR EACH STATEMENT EXECUTE FUNCTION clientele.follow_records('contact')$$, 'a trigger on a table of his own');
SELECT lives_ok($$INSERT INTO trap VALUES (12345, 'x')$$, 'does nothing');
CREATE TEMP TABLE wrong (id int);
CREATE TRIGGER t BEFORE INSERT ON wrong FOR EACH ROW EXECUTE FUNCTION clientele.follow_records('contact');
SELECT throws_ok($$INSERT INTO wrong VALUES (1)$$, '39P01', NULL, 'not as a trigger of another kind');
RESET ROLE;
SELECT is_empty($$SELECT * FROM contact_changed WHERE record_key = 12345$$, 'and notes nothing');
SET LOCAL ROLE track_owner;
SELECT is((SELECT record_key FROM clientele.search('contact', '{"email": "klerk@example.rs"}', 1)), '800', 'the owner finds what the clerk wrote');

-- a superuser's table, a model of somebody else on it
RESET ROLE;
CREATE TABLE super AS SELECT id, first_name, last_name, email FROM contact;
ALTER TABLE super ADD PRIMARY KEY (id);
GRANT SELECT, TRIGGER ON super TO track_owner;
SET LOCAL ROLE track_owner;
CALL clientele.dedupe('super');
SELECT throws_ok($$CALL clientele.track_model('super')$$, '42501', NULL, 'only of a table of one''s own');

-- emptied, model dropped, ended
TRUNCATE contact;
SELECT is_empty($$SELECT * FROM clientele.search('contact', '{"email": "klerk@example.rs"}')$$, 'nothing in an empty table');
INSERT INTO contact VALUES (1, 'Prvi', 'Prvić', 'prvi@example.rs');
SELECT is((SELECT record_key FROM clientele.search('contact', '{"email": "prvi@example.rs"}', 1)), '1', 'the first one after');
SAVEPOINT before_drop;
SELECT clientele.drop_model('contact');
SELECT lives_ok($$INSERT INTO contact VALUES (2, 'Drugi', 'Drugić', 'drugi@example.rs')$$, 'without its model the trigger does nothing');
ROLLBACK TO before_drop;
CALL clientele.untrack_model('contact');
SELECT hasnt_table('contact_changed');
SELECT is_empty($$SELECT * FROM pg_trigger WHERE tgrelid = 'contact'::regclass AND NOT tgisinternal$$, 'ended: no trigger is left');
SELECT lives_ok($$INSERT INTO contact VALUES (3, 'Treći', 'Trećić', 'treci@example.rs')$$, 'and rows are inserted');
RESET ROLE;

-- a partitioned table
CREATE TABLE people (id uuid PRIMARY KEY, first_name text, last_name text, email text) PARTITION BY HASH (id);
CREATE TABLE people_0 PARTITION OF people FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE people_1 PARTITION OF people FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO people SELECT md5(g::text)::uuid, 'F' || md5('f' || g % 40), 'L' || md5('l' || g % 90), 'e' || g % 280 || '@example.org' FROM generate_series(1, 300) g;
CALL clientele.dedupe('people');
CALL clientele.track_model('people');
INSERT INTO people VALUES (md5('new')::uuid, 'Nova', 'Novaković', 'nova@example.rs');
SELECT is((SELECT record_key FROM clientele.search('people', '{"email": "nova@example.rs"}', 1)), md5('new')::uuid::text, 'what came into a partition');

-- a key that is a row
CREATE TYPE branch_number AS (branch text, number int);
CREATE TABLE member AS SELECT ROW('b' || i % 3, i)::branch_number AS id, 'F' || md5('f' || i % 40) AS first_name, 'L' || md5('l' || i % 90) AS last_name, 'e' || i % 280 || '@example.org' AS email
FROM generate_series(1, 300) i;
ALTER TABLE member ADD PRIMARY KEY (id);
CALL clientele.dedupe('member');
CALL clientele.track_model('member');
INSERT INTO member VALUES (('b"1', 400), 'Nova', 'Novaković', 'nova@example.rs');
SELECT is((SELECT record_key FROM clientele.search('member', '{"email": "nova@example.rs"}', 1)), ROW('b"1', 400)::branch_number::text, 'a key that is a row');

SELECT * FROM finish();
ROLLBACK;
