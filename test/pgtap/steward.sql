-- Stewardship: decisions act at once, are remembered, contradict each other aloud; the queue and the path.
BEGIN;
SELECT no_plan();

-- persons 1..300; sixty of them a second time, thirty a third time
CREATE TABLE contact (id int PRIMARY KEY, first_name text, last_name text, email text, phone text, birth_date date, city text);
INSERT INTO contact
SELECT p, (ARRAY['Marko','Ana','Jelena','Petar','Milica','Ivan','Katarina','Luka','Sofija','Nikola','Teodora','Stefan'])[1 + p % 12],
       (ARRAY['Jovanović','Petrović','Nikolić','Horvat','Kovačević','Novak','Babić','Marić','Knežević','Zupančič','Krajnc'])[1 + p % 11] || (p / 132)::text,
       'p' || p || '@example.rs', '+381 64 ' || (1000000 + p * 7919), date '1950-01-01' + (p * 37 % 20000), 'Grad ' || p % 30
FROM generate_series(1, 300) p;
INSERT INTO contact
SELECT id + 1000, upper(first_name), CASE WHEN id % 3 = 1 THEN overlay(last_name placing 'x' from 3 for 1) ELSE last_name END,
       CASE WHEN id % 2 = 0 THEN email END, replace(phone, '+381 ', '0'), birth_date, city FROM contact WHERE id <= 60;
INSERT INTO contact SELECT id + 2000, first_name, last_name, email, NULL, birth_date, city FROM contact WHERE id <= 30;

SELECT throws_ok($$SELECT clientele.merge('contact', 1, 2)$$, '42704', NULL, 'no such model');
SELECT lives_ok($$SELECT clientele.create_model('early', 'contact')$$);
SELECT throws_ok($$SELECT clientele.merge('early', 1, 2)$$, '55000', NULL, 'no result yet');
SELECT throws_ok($$SELECT * FROM clientele.review_queue('early')$$, '55000', NULL, 'no result to review');
SELECT clientele.drop_model('early');
CALL clientele.dedupe('contact');

CREATE FUNCTION who(VARIADIC keys int[]) RETURNS bigint[] LANGUAGE sql AS
$$ SELECT array_agg(p.person_id ORDER BY k.o) FROM unnest(keys) WITH ORDINALITY k(key, o) LEFT JOIN public.contact_person p ON p.record_key = k.key $$;
SELECT is(who(1, 1001, 2001, 100, 101, 40, 1040), '{1,1,1,100,101,40,40}', 'what the machine found');

-- merge: the larger keeps its number, of equals the lower
SELECT is(clientele.merge('contact', 100, 1, 'same phone'), 1::bigint, 'merge returns the number that stays');
SELECT is(who(1, 1001, 2001, 100), '{1,1,1,1}', 'at once');
SELECT is((SELECT record_count FROM contact_golden WHERE person_id = 1), 4::bigint, 'the golden record knows');
SELECT is_empty('SELECT FROM contact_golden WHERE person_id = 100', 'and there is nobody else any more');
SELECT is(clientele.merge('contact', 201, 202), 201::bigint, 'of two single records the lower number stays');
SELECT is(clientele.merge('contact', 299, 1040), 40::bigint, 'a larger person keeps its number against a single record');
SELECT is(clientele.merge('contact', '100', '1'), 1::bigint, 'again, with literals');
SELECT is((SELECT count(*) FROM clientele.decisions('contact') WHERE '100' IN (left_key, right_key)), 1::bigint, 'what is decided is not decided twice');
SELECT is(clientele.merge('contact', 1, 1001::bigint), 1::bigint, 'integers of two sizes; one person already: it is remembered');
SELECT is(clientele.current_person('contact', 100), 1::bigint, 'the old number leads to the new one');
SELECT is(clientele.merge('contact', 101, 100), 1::bigint, 'a chain of merges');
SELECT is(clientele.merge('contact', 2, 1), 1::bigint, 'two persons of several records');
SELECT is(clientele.current_person('contact', 2), 1::bigint, 'redirected');
SELECT is(clientele.current_person('contact', 1), 1::bigint, 'a number that is in use is itself');
SELECT is(clientele.current_person('contact', 987654), NULL, 'a number that was never given is nobody');
SELECT is(clientele.current_person('contact', NULL), NULL, 'no number is nobody');

-- the next run remembers
CALL clientele.resolve('contact');
SELECT is(who(1, 1001, 2001, 100, 101, 2, 1002, 201, 202, 299, 40), '{1,1,1,1,1,1,1,201,201,40,40}', 'after resolve');
CALL clientele.dedupe('contact');
SELECT is(who(1, 1001, 2001, 100, 101, 2, 1002, 201, 202, 299, 40), '{1,1,1,1,1,1,1,201,201,40,40}', 'after dedupe');

-- the path
SELECT results_eq($$SELECT step, left_key, right_key, decision IS NOT NULL, reason FROM clientele.explain_path('contact', 1001, 101)$$,
    $$VALUES (1, '1001', '1', true, NULL), (2, '1', '100', true, 'same phone'), (3, '100', '101', true, NULL)$$, 'by way of decisions');
SELECT results_eq($$SELECT step, left_key, right_key, decision FROM clientele.explain_path('contact', 3, 2003)$$, $$VALUES (1, '3', '2003', NULL::bigint)$$, 'by evidence');
SELECT is((SELECT match_weight FROM clientele.explain_path('contact', 3, 2003)), (SELECT match_weight FROM contact_pair WHERE (left_key, right_key) = (3, 2003)), 'with its weight');
SELECT is((SELECT match_weight FROM clientele.explain_path('contact', 1001, 1)), (SELECT match_weight FROM contact_pair WHERE (left_key, right_key) = (1, 1001)),
          'a pair that was decided shows its weight too');
SELECT is_empty($$SELECT * FROM clientele.explain_path('contact', 3, 5)$$, 'two persons: no path');
SELECT is_empty($$SELECT * FROM clientele.explain_path('contact', 3, 3)$$, 'one record: no step');
SELECT throws_ok($$SELECT * FROM clientele.explain_path('contact', 3, 77777)$$, 'P0002', NULL, 'unknown key');
SELECT throws_ok($$SELECT * FROM clientele.explain_path('contact', 3, NULL)$$, '22004', NULL, 'NULL key');
-- against brute force: of all simple paths, the greatest smallest weight
SELECT is(min(p.match_weight), (
    WITH RECURSIVE e AS (SELECT left_key AS l, right_key AS r, match_weight AS w FROM contact_pair UNION ALL SELECT right_key, left_key, match_weight FROM contact_pair),
    walk(at, seen, w) AS (SELECT 4, ARRAY[4], 'infinity'::float8 UNION ALL
        SELECT e.r, seen || e.r, least(walk.w, e.w) FROM walk JOIN e ON e.l = walk.at JOIN contact_person q ON q.record_key = e.r AND q.person_id = 4 WHERE e.r <> ALL (seen))
    SELECT max(w) FROM walk WHERE at = 2004), 'the strongest path') FROM clientele.explain_path('contact', 4, 2004) p;

-- assert_different: takes back the merge of the two, cuts what hangs together
SELECT is(clientele.assert_different('contact', 100, 1, 'another birth date'), 1::bigint, 'assert_different returns the second record''s person');
SELECT is(who(1, 1001, 2, 100, 101), '{1,1,1,100,100}', 'who was merged last has his number back');
SELECT is(clientele.current_person('contact', 100), 100::bigint, 'which is alive again');
SELECT is(clientele.current_person('contact', 101), 100::bigint, 'and a number that went with it follows');
SELECT is((SELECT count(*) FROM clientele.decisions('contact') WHERE kind = 'same' AND NOT in_force AND undone_reason = 'another birth date'), 1::bigint, 'the history is kept');
SELECT throws_ok($$SELECT clientele.merge('contact', 101, 1002)$$, '55000', NULL, 'a merge around the decision is refused');
SELECT throws_like($$SELECT clientele.merge('contact', 101, 1002)$$, '%hold records 100 and 1, which were decided to be different people', 'and says why');
SELECT is(who(101, 1002), '{100,1}', 'nothing happened');
SELECT lives_ok($$SELECT clientele.assert_different('contact', 5, 1005, 'brothers')$$, 'a person of evidence alone');
SELECT isnt((who(5))[1], (who(1005))[1], 'is cut');
SELECT is((SELECT count(DISTINCT person_id) FROM contact_person WHERE record_key IN (5, 1005, 2005)), 2::bigint, 'into two, the third goes with one of them');
SELECT is(clientele.assert_different('contact', 7, 8), 8::bigint, 'two persons already: it is remembered');
SELECT throws_ok($$SELECT clientele.assert_different('contact', 201, 201)$$, '22023', NULL, 'with itself');
SELECT throws_ok($$SELECT clientele.merge('contact', 201, '201')$$, '22023', NULL, 'with itself');
-- 1 = 2 = 1002 by decisions and evidence; hold three by decisions, then ask for the ends to differ
SELECT clientele.merge('contact', 210, 211), clientele.merge('contact', 211, 212);
SELECT throws_ok($$SELECT clientele.assert_different('contact', 210, 212)$$, '55000', NULL, 'decisions hold them together');
SELECT is(who(210, 211, 212), '{210,210,210}', 'and nothing was changed');

-- unmerge: a new number, never used before
SELECT is(clientele.unmerge('contact', 2006, 'a son'), (SELECT greatest(m.next_person, max(p.person_id) + 1) FROM clientele.linkage_model m, contact_person p WHERE m.name = 'contact' GROUP BY m.next_person), 'unmerge gives a number never used before');
SELECT is((SELECT next_person FROM clientele.linkage_model WHERE name = 'contact'), (who(2006))[1] + 1, 'nor again');
SELECT is(who(6, 1006), '{6,6}', 'the others stay');
SELECT is(clientele.unmerge('contact', 2006), (who(2006))[1], 'alone already');
SELECT cmp_ok(clientele.unmerge('contact', 212), '>', (SELECT (who(2006))[1]), 'a record that was merged');
SELECT is(who(210, 211), '{210,210}', 'leaves the others together');
SELECT is(clientele.current_person('contact', 212), (who(212))[1], 'its number of before leads to it');
SELECT isnt(clientele.assert_different('contact', 210, 212), 210::bigint, 'and nothing holds it any more');

CREATE TEMP TABLE decided AS SELECT * FROM contact_person;
CALL clientele.resolve('contact');
SELECT bag_eq('SELECT * FROM contact_person', 'SELECT * FROM decided', 'the next run changes nothing of all this');
CALL clientele.dedupe('contact');
SELECT bag_eq('SELECT * FROM contact_person', 'SELECT * FROM decided', 'nor does a run that learns anew');

-- merging again takes an unmerge back
SELECT is(clientele.merge('contact', 2006, 6, 'the same after all'), 6::bigint, 'merged again');
SELECT is((SELECT count(*) FROM clientele.decisions('contact') WHERE kind = 'different' AND '2006' IN (left_key, right_key) AND in_force), 0::bigint, 'nothing keeps him apart');
-- undo
SELECT lives_ok(format('SELECT clientele.undo_decision(%L, %s, %L)', 'contact', decision, 'typo'), 'undo of a merge') FROM clientele.decisions('contact') WHERE (left_key, right_key) = ('201', '202');
SELECT is(who(201, 202), '{201,202}', 'both have their numbers back');
SELECT lives_ok(format('SELECT clientele.undo_decision(%L, %s)', 'contact', decision), 'undo of a difference') FROM clientele.decisions('contact') WHERE (left_key, right_key) = ('5', '1005');
SELECT is((SELECT count(DISTINCT person_id) FROM contact_person WHERE record_key IN (5, 1005, 2005)), 1::bigint, 'the person is whole again');
SELECT throws_ok(format('SELECT clientele.undo_decision(%L, %s)', 'contact', min(decision)), 'P0002', NULL, 'what is undone cannot be undone') FROM clientele.decisions('contact') WHERE NOT in_force;
SELECT throws_ok($$SELECT clientele.undo_decision('contact', 999999)$$, 'P0002', NULL, 'no such decision');
SELECT throws_ok($$SELECT clientele.undo_decision('contact', NULL)$$, '22004', NULL, 'no number');
CREATE TEMP TABLE undone AS SELECT * FROM contact_person;
CALL clientele.resolve('contact');
SELECT bag_eq('SELECT * FROM contact_person', 'SELECT * FROM undone', 'after undoing as well, the next run agrees');

-- numbers that a run itself gives up are redirected
DELETE FROM contact WHERE id = 1010;
UPDATE contact_person SET person_id = 500000 WHERE record_key = 2011;
CALL clientele.resolve('contact');
SELECT is(clientele.current_person('contact', 500000), 11::bigint, 'a number that a run gave up');
SELECT throws_ok($$SELECT clientele.unmerge('contact', 1010)$$, 'P0002', NULL, 'a record that is gone');
DELETE FROM contact WHERE id IN (210, 299);
SELECT lives_ok($$CALL clientele.resolve('contact')$$, 'decisions about records that are gone do no harm');

-- what is asked for
SELECT throws_ok($$SELECT clientele.merge(NULL, 1, 2)$$, '22004', NULL, 'merge: no model');
SELECT throws_ok($$SELECT clientele.merge('contact', NULL, 2)$$, '22004', NULL, 'merge: no a');
SELECT throws_ok($$SELECT clientele.merge('contact', 1, NULL)$$, '22004', NULL, 'merge: no b');
SELECT throws_ok($$SELECT clientele.unmerge('contact', NULL)$$, '22004', NULL, 'unmerge: no record');
SELECT throws_ok($$SELECT clientele.assert_different('contact', NULL, 1)$$, '22004', NULL, 'assert_different: no a');
SELECT throws_ok($$SELECT * FROM clientele.review_queue(NULL)$$, '22004', NULL, 'review_queue: no model');
SELECT throws_ok($$SELECT * FROM clientele.decisions(NULL)$$, '22004', NULL, 'decisions: no model');
SELECT throws_ok($$SELECT clientele.merge('contact', 1, 88888)$$, 'P0002', NULL, 'unknown key');
SELECT throws_ok($$SELECT clientele.merge('contact', '1', 'one')$$, '22P02', NULL, 'no key of that type');
SELECT throws_ok($$SELECT clientele.merge('contact', '1', '2'';DROP TABLE contact')$$, '22P02', NULL, 'a key is data');
SELECT lives_ok($q$SELECT clientele.merge('contact', 220, 221, $r$it's "him"; DROP TABLE contact; -- $$ \$r$)$q$, 'so is a reason');
SELECT is((SELECT reason FROM clientele.decisions('contact') WHERE left_key = '220'), $r$it's "him"; DROP TABLE contact; -- $$ \$r$, 'kept as it was');
SELECT throws_ok($$SELECT clientele.merge('contact', 1, 2, NULL, 'pg_class')$$, '22023', NULL, 'a table that the model does not have');
SELECT throws_ok($$SELECT * FROM clientele.review_queue('contact', -1)$$, '22023', NULL, 'a negative number of rows');

-- keys of other types, names that need quotes
CREATE SCHEMA "Odd Schema";
CREATE TABLE "Odd Schema"."Odd ""Table" ("the Key" uuid PRIMARY KEY, "First Name" text, "Last, Name" text, "e-mail" text);
INSERT INTO "Odd Schema"."Odd ""Table" SELECT md5(id::text)::uuid, first_name, last_name, email FROM contact;
CALL clientele.dedupe('"Odd Schema"."Odd ""Table"');
SELECT lives_ok($$SELECT clientele.merge('Odd "Table', md5('100')::uuid, upper(md5('101'))::uuid)$$, 'uuid keys');
SELECT lives_ok($$SELECT clientele.unmerge('Odd "Table', upper(md5('101')))$$, 'however they are written');
SELECT isnt_empty($$SELECT * FROM clientele.explain_path('Odd "Table', md5('1')::uuid, md5('2001')::uuid)$$, 'a path between them');
CALL clientele.resolve('Odd "Table');
CREATE TABLE text_key AS SELECT 'K ' || id || '''"' AS id, first_name, last_name, email, birth_date FROM contact;
ALTER TABLE text_key ADD PRIMARY KEY (id);
CALL clientele.dedupe('text_key');
SELECT lives_ok($$SELECT clientele.merge('text_key', 'K 100''"', 'K 101''"'), clientele.unmerge('text_key', 'K 2001''"'::text), clientele.assert_different('text_key', 'K 3''"', 'K 1003''"')$$, 'text keys');
CREATE TEMP TABLE text_decided AS SELECT * FROM text_key_person;
CALL clientele.resolve('text_key');
SELECT bag_eq('SELECT * FROM text_key_person', 'SELECT * FROM text_decided', 'text keys are remembered');
CREATE TABLE big_key AS SELECT 10000000000 + id AS id, first_name, last_name, email, birth_date FROM contact;
ALTER TABLE big_key ADD PRIMARY KEY (id);
CALL clientele.dedupe('big_key');
SELECT lives_ok($$SELECT clientele.merge('big_key', 10000000100, 10000000101), clientele.unmerge('big_key', 10000002001)$$, 'int8 keys');

-- the queue: nothing for sure cases, then what is uncertain, bridges, refused joins
UPDATE contact_pair SET match_probability = 0.6, match_weight = log(1.5) / log(2.0) WHERE (left_key, right_key) IN ((20, 1020), (20, 2020));
DELETE FROM contact_pair WHERE (left_key, right_key) = (1020, 2020);
UPDATE contact_person SET person_id = 1021 WHERE record_key = 1021;
INSERT INTO contact_pair VALUES (230, 231, log(0.25) / log(2.0), 0.2, 0, 0);
SELECT results_eq($$SELECT left_key, right_key, why, left_person = right_person, left_size, right_size FROM clientele.review_queue('contact') WHERE left_key IN ('20', '21', '230')
                    ORDER BY left_key, right_key$$,
    $$VALUES ('20', '1020', 'weak bridge', true, 3::bigint, 3::bigint), ('20', '2020', 'weak bridge', true, 3, 3), ('21', '1021', 'held apart', false, 2, 1),
             ('230', '231', 'uncertain', false, 1, 1)$$, 'why each is in the queue');
SELECT is((SELECT left_key FROM clientele.review_queue('contact', 1)), '21', 'where a decision is worth most comes first');
SELECT is((SELECT count(*) FROM clientele.review_queue('contact', 2)), 2::bigint, 'so many and no more');
SELECT clientele.merge('contact', 1021, 21), clientele.assert_different('contact', 230, 231);
SELECT is_empty($$SELECT * FROM clientele.review_queue('contact') WHERE left_key IN ('21', '230')$$, 'what is decided is not asked again');

-- whose model
CREATE ROLE steward_other;
GRANT USAGE ON SCHEMA clientele, tap, public TO steward_other;
SET LOCAL ROLE steward_other;
SELECT throws_ok($$SELECT clientele.merge('contact', 1, 2)$$, '42704', NULL, 'the models of others are not there');
SELECT is_empty($$SELECT * FROM clientele.linkage_decision$$, 'nor are decisions');
SELECT is_empty($$SELECT * FROM clientele.decisions('contact')$$, 'by the function either');
SELECT throws_ok($$INSERT INTO clientele.linkage_decision (decision, owner, model, kind, left_source, left_key, right_source, right_key)
                   VALUES (1, 'postgres', 'contact', 'same', 'pg_class', '1', 'pg_class', '2')$$, '42501', NULL, 'nobody decides for another');
SELECT throws_ok($$INSERT INTO clientele.linkage_decision (decision, model, kind, left_source, left_key, right_source, right_key, decided_by)
                   VALUES (1, 'contact', 'same', 'pg_class', '1', 'pg_class', '2', 'nobody')$$, '42501', NULL, 'or signs as another');
SELECT throws_ok($$UPDATE clientele.linkage_decision SET kind = 'same'$$, '42501', NULL, 'history is not changed');
SELECT throws_ok($$DELETE FROM clientele.linkage_decision$$, '42501', NULL, 'nor deleted');
RESET ROLE;
SELECT is((SELECT count(DISTINCT decided_by) FROM clientele.decisions('contact')), 1::bigint, 'decisions are signed');

-- results that are gone, a model that is made again
DROP VIEW contact_golden;
DROP TABLE contact_pair;
SELECT throws_ok($$SELECT * FROM clientele.review_queue('contact')$$, '55000', NULL, 'a result that was dropped');
SELECT throws_ok($$SELECT clientele.merge('contact', 1, 2)$$, '55000', NULL, 'no result to act on');
DROP TABLE contact_person;
SELECT clientele.drop_model('contact');
CALL clientele.dedupe('contact');
SELECT is((SELECT count(DISTINCT person_id) FROM contact_person WHERE record_key IN (220, 221)), 1::bigint, 'decisions outlive the model and its results');

-- a key whose equality is not the server's own
CREATE TABLE member AS SELECT ('e' || i % 280 || CASE WHEN i > 280 THEN '@b.example' ELSE '@a.example' END)::clientele.email AS login, 'F' || md5('f' || i % 40) AS first_name, 'L' || md5('l' || i % 90) AS last_name,
    '+48 5' || (10000000 + i % 280 * 73911) AS phone FROM generate_series(1, 300) i;
ALTER TABLE member ADD PRIMARY KEY (login);
CALL clientele.dedupe('member');
SELECT is(clientele.merge('member', 'e5@a.example', 'E77@A.example'), (SELECT person_id FROM member_person WHERE record_key = 'e5@a.example'), 'keys that are e-mails: merged');
SELECT isnt(clientele.unmerge('member', 'e77@a.example'), (SELECT person_id FROM member_person WHERE record_key = 'e5@a.example'), 'parted');
SELECT is((SELECT person_id FROM clientele.identify('member', 'e77@a.example'::clientele.email)), (SELECT person_id FROM member_person WHERE record_key = 'e77@a.example'), 'identified');
SELECT lives_ok($$SELECT * FROM clientele.review_queue('member')$$, 'a queue of them');
SELECT lives_ok($$SELECT * FROM clientele.explain_path('member', 'e6@a.example', 'e6@b.example')$$, 'and a path');
CREATE TABLE member_is AS SELECT login, split_part(login::text, '@', 1) AS who FROM member;
CREATE TABLE member_pair_is AS SELECT record_key AS left_key, replace(record_key::text, '@a', '@b')::clientele.email AS right_key FROM member_person WHERE record_key::text ~ '^e[1-9]@a';
CREATE TABLE member_text_is AS SELECT left_key::text, right_key::text, 1 AS is_match FROM member_pair_is;
SELECT is((SELECT (records, true_pairs)::text FROM clientele.evaluate('member', 'member_is')), '(300,20)', 'evaluated by persons');
SELECT is((SELECT true_pairs FROM clientele.evaluate('member', 'member_pair_is')), 9::bigint, 'by pairs');
SELECT is((SELECT true_pairs FROM clientele.evaluate('member', 'member_text_is')), 9::bigint, 'by pairs as texts');
SELECT is((SELECT true_pairs FROM clientele.evaluate_thresholds('member', 'member_is', '{0.5}')), 20::bigint, 'thresholds by persons');
SELECT is((SELECT true_pairs FROM clientele.evaluate_thresholds('member', 'member_pair_is', '{0.5}')), 9::bigint, 'by pairs');
SELECT is((SELECT max(true_pairs) FROM clientele.evaluate_blocking('member', 'member_is')), 20::bigint, 'rules by persons');
SELECT is((SELECT max(true_pairs) FROM clientele.evaluate_blocking('member', 'member_pair_is')), 9::bigint, 'by pairs');

-- the graph, against what it says about itself
SELECT is(clientele.steward_path(4, '{1,2,3,1}', '{2,3,4,4}', '{5,4,3,1}', 1, 4), '{1,2,3}', 'the detour is stronger');
SELECT is(clientele.steward_path(4, '{1,2,3,1}', '{2,3,4,4}', '{5,4,3,3}', 1, 4), '{4}', 'of equally strong paths the shorter');
SELECT is(clientele.steward_path(3, '{1}', '{2}', '{5}', 1, 3), '{}', 'no path');
SELECT is(clientele.steward_bridges(6, '{1,2,1,3,4,5}', '{2,3,3,4,5,6}'), '{0,0,0,9,8,5}', 'bridges, with the pairs that hang by them');
SELECT is(clientele.steward_bridges(2, '{1,1}', '{2,2}'), '{0,0}', 'two edges hold each other up');
SELECT is(clientele.steward_parts(5, '{1,2,3,4}', '{2,3,4,5}', '{9,1,8,7}', NULL, NULL, '{1}', '{5}'), '{1,1,3,3,3}', 'cut where it is weakest');
SELECT is(clientele.steward_parts(3, '{}', '{}', '{}', '{1}', '{3}', NULL, NULL), '{1,2,1}', 'joined without an edge');
SELECT is(clientele.steward_parts(0, NULL, NULL, NULL, NULL, NULL, NULL, NULL), '{}', 'nobody');
SELECT throws_ok($$SELECT clientele.steward_parts(2, '{1}', '{3}', '{1}', NULL, NULL, NULL, NULL)$$, '2202E', NULL, 'a record that is not there');
SELECT throws_ok($$SELECT clientele.steward_bridges(2, '{1,2}', '{2}')$$, '2202E', NULL, 'half an edge');
SELECT throws_ok($$SELECT clientele.steward_path(-1, NULL, NULL, NULL, 1, 2)$$, '22023', NULL, 'fewer than no records');

-- tables may be temporary ones, which only the leader of a parallel query sees
CREATE TEMP TABLE guests AS SELECT i AS id, 'Ana Novak' || i AS name, 'user' || i || '@example.com' AS email FROM generate_series(1, 200) i;
INSERT INTO guests SELECT id + 1000, name, email FROM guests WHERE id <= 20;
ALTER TABLE guests ADD PRIMARY KEY (id);
CALL clientele.dedupe('guests');
SELECT set_config(name, 'on', false) AS forced FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query') \gset
SELECT is((SELECT count(clientele.current_person('guests', person_id)) FROM guests_person), 220::bigint, 'current_person of temporary tables in a parallel query');
SELECT lives_ok($$SELECT * FROM clientele.review_queue('guests')$$, 'review_queue of them');
SELECT is((SELECT count(*) FROM clientele.explain_path('guests', 1, 1001)), 1::bigint, 'explain_path of them');
SELECT is((SELECT count(*) FROM clientele.decisions('guests')), 0::bigint, 'decisions about them');
SELECT set_config(name, 'off', false) AS forced FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query') \gset

SELECT * FROM finish();
ROLLBACK;
