-- SQL conditions of a model are planned once a session: what changes in the functions they call, or in the right to call them, is noticed all the same.
BEGIN;
SELECT no_plan();

CREATE TABLE person (id int PRIMARY KEY, last_name text, email text, born date);
INSERT INTO person SELECT i, initcap(substr(md5('l' || i), 1, 8)), 'p' || i || '@example.rs', date '1950-01-01' + i * 17 FROM generate_series(1, 300) i;
INSERT INTO person SELECT id + 1000, CASE WHEN id % 2 = 0 THEN last_name ELSE left(last_name, 4) || 'xxxx' END, email, born + id % 3 FROM person WHERE id <= 100;
CREATE FUNCTION near(a text, b text) RETURNS boolean IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$ SELECT left(a, 4) = left(b, 4) $$;
CREATE FUNCTION close_to(a date, b date) RETURNS boolean IMMUTABLE PARALLEL SAFE LANGUAGE plpgsql AS $$ BEGIN RETURN abs(a - b) < 3; END $$;
SELECT clientele.create_model('person', 'person', '{"comparisons": [
    {"name": "last", "kind": "levels", "columns": ["last_name"], "levels": [{"exact": true}, {"sql": "public.near(l.last_name, r.last_name)"}, {"sql": "left(last_name_l, 1) = left(last_name_r, 1)"}]},
    {"name": "born", "kind": "levels", "columns": ["born"], "missing": "l.born IS NULL OR r.born IS NULL", "levels": [{"exact": true}, {"sql": "public.close_to(l.born, r.born)"}]},
    {"name": "email", "kind": "levels", "columns": ["email"], "levels": [{"exact": true}]}],
    "blocking": [{"keys": [{"column": "email"}]}]}');
CALL clientele.train('person');
CALL clientele.resolve('person');
CREATE FUNCTION weight() RETURNS float8 LANGUAGE sql AS $$ SELECT match_weight FROM clientele.search('person', (SELECT to_jsonb(p) FROM person p WHERE id = 7), 1) $$;
CREATE FUNCTION of_pair() RETURNS float8 LANGUAGE sql AS $$ SELECT match_weight FROM person_pair WHERE (left_key, right_key) = (7, 1007) $$;
SELECT is((SELECT count(*) FROM person_pair p, clientele.search('person', (SELECT to_jsonb(x) FROM person x WHERE id = p.left_key), 300) s
           WHERE s.record_key = p.right_key::text AND s.match_weight = p.match_weight), (SELECT count(*) FROM person_pair), 'the weights of the pairs, again and again');
SELECT is(weight(), of_pair(), 'that of one');

-- another body: one function is a part of the plan, the other is called
SAVEPOINT redefined;
CREATE OR REPLACE FUNCTION near(a text, b text) RETURNS boolean IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$ SELECT a = b || 'never' $$;
SELECT cmp_ok(weight(), '<', of_pair(), 'a function in SQL that says something else');
ROLLBACK TO redefined;
SELECT is(weight(), of_pair(), 'or what it said before');
CREATE OR REPLACE FUNCTION close_to(a date, b date) RETURNS boolean IMMUTABLE PARALLEL SAFE LANGUAGE plpgsql AS $$ BEGIN RETURN false; END $$;
SELECT cmp_ok(weight(), '<', of_pair(), 'one in another language');
ROLLBACK TO redefined;
SELECT is(weight(), of_pair(), 'and back');
ALTER FUNCTION close_to(date, date) VOLATILE;
SELECT throws_ok('SELECT weight()', '0A000', NULL, 'one that is volatile now');
ROLLBACK TO redefined;
DROP FUNCTION near(text, text);
SELECT throws_ok('SELECT weight()', '42883', NULL, 'one that is dropped');
ROLLBACK TO redefined;
SELECT is(weight(), of_pair(), 'errors leave nothing behind');
CREATE FUNCTION pg_temp.left(text, int) RETURNS text IMMUTABLE LANGUAGE sql AS $$ SELECT 'x'::text $$;
SET LOCAL search_path = pg_temp, public, clientele, tap;
SELECT is(weight(), of_pair(), 'names are not those of the caller');
ROLLBACK TO redefined;
DROP VIEW person_golden;
ALTER TABLE person ALTER last_name TYPE varchar(40);
SELECT is(weight(), of_pair(), 'a column of another type');
ROLLBACK TO redefined;

-- the right to call them
CREATE ROLE conditions_owner;
GRANT USAGE, CREATE ON SCHEMA public TO conditions_owner;
GRANT USAGE ON SCHEMA clientele, tap TO conditions_owner;
CREATE TABLE others AS TABLE person;
ALTER TABLE others ADD PRIMARY KEY (id);
ALTER TABLE others OWNER TO conditions_owner;
CREATE TABLE wanted AS SELECT settings FROM clientele.linkage_model WHERE name = 'person';
GRANT SELECT ON wanted TO conditions_owner;
SET LOCAL ROLE conditions_owner;
SELECT clientele.create_model('others', 'others', (SELECT settings FROM wanted));
CALL clientele.train('others');
CALL clientele.resolve('others');
SELECT isnt_empty($$SELECT * FROM clientele.search('others', '{"email": "p7@example.rs", "last_name": "x"}')$$, 'who may call them');
RESET ROLE;
REVOKE EXECUTE ON FUNCTION close_to(date, date) FROM PUBLIC;
SET LOCAL ROLE conditions_owner;
SELECT throws_ok($$SELECT * FROM clientele.search('others', '{"email": "p7@example.rs"}')$$, '42501', NULL, 'may no longer');
RESET ROLE;
SELECT is(weight(), of_pair(), 'another still may');
GRANT EXECUTE ON FUNCTION close_to(date, date) TO PUBLIC;
REVOKE EXECUTE ON FUNCTION near(text, text) FROM PUBLIC;
SET LOCAL ROLE conditions_owner;
SELECT throws_ok($$SELECT * FROM clientele.search('others', '{"email": "p7@example.rs"}')$$, '42501', NULL, 'nor one that was a part of the plan');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
