-- Consent views: whose rows they show, and that this is what decide() says.
BEGIN;
SELECT no_plan();
SET client_min_messages = warning;

CREATE TABLE contact (id bigint PRIMARY KEY, name text, email text, born date);
INSERT INTO contact SELECT i, 'name ' || i, 'e' || i || '@example.rs', '1980-01-01' FROM generate_series(1, 12) i;
-- three records of one person, two of another, the rest by themselves; 11 and 12 came after the last deduplication
CREATE TABLE contact_person (record_key bigint PRIMARY KEY, person_id bigint NOT NULL);
CREATE INDEX ON contact_person (person_id);
INSERT INTO contact_person VALUES (1, 1), (2, 1), (3, 1), (4, 4), (5, 4), (6, 6), (7, 7), (8, 8), (9, 9), (10, 10);
SELECT count(register_subject(i::text, 'RS')) FROM generate_series(1, 12) i;
SELECT give_consent('1', 'marketing', 'email');
SELECT give_consent('4', 'marketing', 'email');
SELECT give_consent('6', 'marketing', 'sms');
SELECT give_consent('11', 'marketing', 'email');

SELECT is(create_consent_view('contact_mail', 'contact', 'marketing', 'email')::text, 'contact_mail', 'a view is made');
CREATE FUNCTION pg_temp.ids() RETURNS bigint[] LANGUAGE sql AS $$ SELECT coalesce(array_agg(id ORDER BY id), '{}') FROM contact_mail $$;
SELECT is(pg_temp.ids(), '{1,2,3,4,5,11}', 'consent holds for every record of the person, and for records that are in no person yet');

SELECT withdraw_consent('3', 'marketing', 'email');
SELECT is(pg_temp.ids(), '{4,5,11}', 'a withdrawal through one duplicate hides them all from the next statement');
SELECT give_consent('1', 'marketing', 'email');
SELECT is(pg_temp.ids(), '{4,5,11}', 'another record does not override it');
SELECT give_consent('3', 'marketing', 'email');
SELECT is(pg_temp.ids(), '{1,2,3,4,5,11}', 'the record itself does');
SELECT withdraw_consent('2', 'marketing', 'email');
SELECT give_consent('1', 'marketing', 'email', whole_person => true);
SELECT is(pg_temp.ids(), '{1,2,3,4,5,11}', 'or the whole person');
SELECT is((SELECT count(*) FROM clientele_ledger.event WHERE event = 'given' AND subject IN ('1', '2', '3')), 6::bigint, 'written for each record of it');

-- deduplication is run again
SELECT withdraw_consent('5');
SELECT is(pg_temp.ids(), '{1,2,3,11}', '4 is hidden with 5');
UPDATE contact_person SET person_id = 5 WHERE record_key = 5;
SELECT is(pg_temp.ids(), '{1,2,3,4,11}', 'split: 4 speaks for itself');
INSERT INTO contact_person VALUES (11, 5);
SELECT is(pg_temp.ids(), '{1,2,3,4}', 'merged: 11 is hidden with 5');
TRUNCATE contact_person;
SELECT is(pg_temp.ids(), '{1,2,3,4,11}', 'no persons at all: each record by itself');
INSERT INTO contact_person SELECT i, 1 FROM generate_series(1, 12) i;
SELECT is(pg_temp.ids(), '{}', 'all are one person: the withdrawal of 5 hides them all');
TRUNCATE contact_person;
INSERT INTO contact_person VALUES (1, 1), (2, 1), (3, 1), (4, 4), (5, 4), (6, 6), (7, 7), (8, 8), (9, 9), (10, 10);

-- time
SELECT give_consent('7', 'marketing', 'email', at => now() - interval '2 days', expires_at => now() - interval '1 second');
SELECT is(pg_temp.ids(), '{1,2,3,11}', 'expired consent shows nothing');
SELECT give_consent('8', 'marketing', 'email', at => now() - interval '2 days', expires_at => now() + interval '1 hour');
SELECT is(pg_temp.ids(), '{1,2,3,8,11}', 'consent that will expire');
UPDATE clientele_ledger.allow_1 SET until = statement_timestamp() WHERE key = 8;
SELECT is(pg_temp.ids(), '{1,2,3,11}', 'is gone at that instant, with nothing run in between');

-- rules
INSERT INTO clientele.legal_rule (purpose, channel, bases) VALUES ('marketing', 'sms', '{}');
SELECT is(pg_temp.ids(), '{}', 'changed rules close every view');
SELECT cmp_ok(refresh_consent(), '>', 0::bigint, 'until the state is computed anew');
SELECT is(pg_temp.ids(), '{1,2,3,8,11}', 'and then it is as before');
SELECT is(refresh_consent(), 0::bigint, 'a second time there is nothing to do');
DELETE FROM clientele.legal_rule WHERE NOT builtin;
SELECT refresh_consent();

-- other people's keys, and subjects that are no key of this table
SELECT give_consent('007', 'marketing', 'email');
SELECT give_consent('9223372036854775808', 'marketing', 'email');
SELECT give_consent('x'' OR true --', 'marketing', 'email');
SELECT is(pg_temp.ids(), '{1,2,3,8,11}', 'a subject that is not exactly a key is nobody''s');

-- NULL keys and rows of nobody
CREATE TABLE lead (code text UNIQUE, name text);
INSERT INTO lead VALUES ('a', 'A'), ('b', 'B'), (NULL, 'N');
SELECT throws_ok($$ SELECT create_consent_view('lead_mail', 'lead', 'marketing', 'email') $$, '42P16', NULL, 'a table without a primary key');
SELECT protect('lead', key_column => 'code', subject_prefix => 'lead:', row_security => false);
SELECT register_subject('lead:a', 'RS'), give_consent('lead:a', 'marketing', 'email');
SELECT give_consent('b', 'marketing', 'email');
SELECT create_consent_view('lead_mail', 'lead', 'marketing', 'email', '["name"]');
SELECT results_eq('SELECT name FROM lead_mail', $$ VALUES ('A') $$, 'a row without a key, and a subject without the prefix, show nothing');

-- columns and masks
SELECT create_consent_view('contact_masked', 'contact', 'marketing', 'email',
    '{"id": "id", "who": {"column": "name", "mask": "initial"}, "email": {"mask": "email"}, "year": {"column": "born", "mask": "year"}, "name": {"mask": "hide"}}');
SELECT results_eq('SELECT id, who, email, year, name FROM contact_masked WHERE id = 1',
    $$ VALUES (1::bigint, 'n.', 'e***@example.rs', 1980::float8, NULL::text) $$, 'masks');
SELECT throws_ok($$ SELECT create_consent_view('v', 'contact', 'marketing', 'email', '["nothing"]') $$, '42703', NULL, 'unknown column');
SELECT throws_ok($$ SELECT create_consent_view('v', 'contact', 'marketing', 'email', '{"id": {"mask": "blur"}}') $$, '22023', NULL, 'unknown mask');
SELECT throws_ok($$ SELECT create_consent_view('v', 'contact', 'marketing', 'email', '[]') $$, '22023', NULL, 'no columns');
SELECT throws_ok($$ SELECT create_consent_view('v', 'contact', 'nothing', 'email') $$, '22023', NULL, 'unknown purpose');
SELECT throws_ok($$ SELECT create_consent_view('v', 'contact', 'marketing', 'pigeon') $$, '22023', NULL, 'unknown channel');
CREATE TABLE dated (d date PRIMARY KEY);
SELECT throws_ok($$ SELECT create_consent_view('v', 'dated', 'marketing', 'email') $$, '0A000', NULL, 'keys that are not supported');

-- a table of persons appears after the view was made
CREATE TABLE lead_person (record_key text PRIMARY KEY, person_id bigint);
INSERT INTO lead_person VALUES ('a', 1), ('b', 1);
SELECT throws_ok('SELECT * FROM lead_mail', '55000', NULL, 'a view that does not know of a table of persons says so');
SELECT is(rebuild_consent_views('lead'), 1, 'and is written anew');
SELECT results_eq('SELECT name FROM lead_mail ORDER BY 1', $$ VALUES ('A'), ('B') $$, 'with duplicates');

-- nothing can be written through a view
SELECT throws_ok($$ INSERT INTO contact_mail (id) VALUES (99) $$, '55000', NULL, 'no INSERT');
SELECT throws_ok($$ UPDATE contact_mail SET name = '' $$, '55000', NULL, 'no UPDATE');
SELECT throws_ok($$ DELETE FROM contact_mail $$, '55000', NULL, 'no DELETE');
CREATE TABLE alone (id int PRIMARY KEY);
SELECT create_consent_view('alone_mail', 'alone', 'marketing', 'email');
SELECT throws_ok($$ INSERT INTO alone_mail VALUES (99) $$, '55000', NULL, 'no INSERT without persons either');

-- the views and decide() agree
CREATE TABLE crowd (id int PRIMARY KEY);
INSERT INTO crowd SELECT generate_series(100001, 100300);
CREATE TABLE crowd_person AS SELECT id AS record_key, 100001 + (id * 7919) % 150 AS person_id FROM crowd WHERE id % 10 <> 0;
SELECT create_consent_view('crowd_mail', 'crowd', 'marketing.offers', 'email');
SELECT create_consent_view('crowd_post', 'crowd', 'marketing', 'post');
SELECT create_consent_view('crowd_service', 'crowd', 'service.delivery', 'phone');
SELECT create_consent_view('crowd_acme', 'crowd', 'share.partner', 'email', recipient => 'acme');
SELECT create_consent_view('crowd_shoes', 'crowd', 'marketing', 'email', product => 'shoes');
SELECT setseed(0.4);
SELECT count(register_subject(id::text, (ARRAY['RS', 'DE', 'HR', NULL])[1 + floor(random() * 4)::int],
    CASE WHEN random() < 0.2 THEN current_date - (365 * (13 + random() * 8))::int END)) FROM crowd WHERE random() < 0.9;
INSERT INTO clientele_ledger.event (subject, event, at, purpose, channel, recipient, basis, expires_at, notice, notice_version, product, guardian)
SELECT (100001 + floor(random() * 300)::int)::text, e, now() - random() * interval '20 days',
    (ARRAY[NULL, 'marketing', 'marketing.offers', 'service.delivery', 'share.partner'])[1 + floor(random() * 5)::int],
    (ARRAY[NULL, 'email', 'electronic', 'post'])[1 + floor(random() * 4)::int],
    CASE WHEN random() < 0.2 THEN 'acme' END,
    CASE WHEN e = 'relation_start' THEN (ARRAY['sale', 'contract'])[1 + floor(random() * 2)::int] END,
    CASE WHEN random() < 0.2 THEN now() + (random() - 0.5) * interval '20 days' END,
    CASE WHEN random() < 0.9 THEN 'default' END, '1', CASE WHEN random() < 0.5 THEN 'shoes' END, random() < 0.5
FROM (SELECT (ARRAY['given', 'given', 'given', 'given', 'confirmed', 'renewed', 'refused', 'withdrawn', 'objected', 'restricted', 'unrestricted',
    'notice_served', 'notice_served', 'relation_start', 'relation_start', 'relation_end', 'compelling', 'suppressed', 'unsuppressed'])[1 + floor(random() * 19)::int] AS e
    FROM generate_series(1, 700)) s;
INSERT INTO clientele_ledger.event (subject, event, at, purpose, recipient, notice, notice_version)
SELECT i::text, e, now() - d * interval '1 day', 'share.partner', 'acme', 'default', '1'
FROM generate_series(100001, 100030) i, (VALUES ('notice_served', 30), ('given', 25)) v(e, d);
CREATE FUNCTION pg_temp.differ(v text, purpose text, channel text, recipient text DEFAULT 'own', product text DEFAULT NULL) RETURNS TABLE (id int, seen boolean, reason text)
LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY EXECUTE format(
    'SELECT c.id, v.id IS NOT NULL, d.reason FROM crowd c LEFT JOIN %I v USING (id) CROSS JOIN LATERAL clientele.decide(c.id::text, %L, %L, %L, NULL, NULL, %L) d
     WHERE d.allow <> (v.id IS NOT NULL)', v, purpose, channel, recipient, product); END $$;
SELECT is_empty($$ SELECT * FROM pg_temp.differ('crowd_mail', 'marketing.offers', 'email') $$, 'view and decide() agree: offers by e-mail');
SELECT is_empty($$ SELECT * FROM pg_temp.differ('crowd_post', 'marketing', 'post') $$, 'marketing by post');
SELECT is_empty($$ SELECT * FROM pg_temp.differ('crowd_service', 'service.delivery', 'phone') $$, 'service');
SELECT is_empty($$ SELECT * FROM pg_temp.differ('crowd_acme', 'share.partner', 'email', 'acme') $$, 'sharing');
SELECT is_empty($$ SELECT * FROM pg_temp.differ('crowd_shoes', 'marketing', 'email', 'own', 'shoes') $$, 'soft opt-in by product');
SELECT cmp_ok((SELECT count(*) FROM crowd_mail), '>', 5::bigint, 'some are seen');
SELECT cmp_ok((SELECT count(*) FROM crowd_post), '>', 5::bigint, 'some are seen');
SELECT cmp_ok((SELECT count(*) FROM crowd_service), '>', 5::bigint, 'some are seen');
SELECT cmp_ok((SELECT count(*) FROM crowd_acme), '>', 0::bigint, 'some are seen');
SELECT is_empty($$ SELECT * FROM crowd_post EXCEPT SELECT * FROM crowd $$, 'nothing is invented');
SELECT is((SELECT count(*) FROM crowd_post), (SELECT count(DISTINCT id) FROM crowd_post), 'nor doubled');

SELECT * FROM finish();
ROLLBACK;
