-- Consent: ledger, decisions, views.
BEGIN;
SELECT no_plan();
SET client_min_messages = warning;

-- decisions through SQL: the cases of the decision model that need trees, rules and notices
CREATE FUNCTION pg_temp.why(subject text, purpose text, channel text, recipient text DEFAULT 'own', at timestamptz DEFAULT NULL,
    known timestamptz DEFAULT NULL, product text DEFAULT NULL) RETURNS text LANGUAGE sql AS
$$ SELECT reason FROM clientele.decide(subject, purpose, channel, recipient, at, known, product) $$;

SELECT is(pg_temp.why('nobody', 'marketing', 'email'), 'DENY_UNKNOWN_SUBJECT', 'without a ledger everybody is unknown');
SELECT is(revoke_purpose(current_user::regrole, 'marketing'), false, 'nobody holds a purpose');
SELECT is(rebuild_consent_views(), 0, 'and there are no views');
SELECT hasnt_schema('clientele_ledger', 'asking makes no ledger');

SELECT register_subject('1', 'RS');
SELECT has_table('clientele_ledger'::name, 'event'::name, 'the first subject makes the ledger');
SELECT is(pg_temp.why('1', 'marketing', 'email'), 'DENY_NO_BASIS', 'a subject without events');
SELECT is(pg_temp.why('1', 'no such purpose', 'email'), 'DENY_NO_RULE', 'unknown purpose');
SELECT is(pg_temp.why('1', 'marketing', 'pigeon'), 'DENY_NO_RULE', 'unknown channel');
SELECT is(pg_temp.why('1', NULL, NULL), 'DENY_NO_RULE', 'no purpose');
SELECT is(pg_temp.why(NULL, 'marketing', 'email'), 'DENY_UNKNOWN_SUBJECT', 'NULL is nobody');
SELECT throws_ok($$ SELECT pg_temp.why('1', 'marketing', 'email', at => 'infinity') $$, '22023', 'a decision needs a finite time', 'at the end of time there is no answer');
SELECT register_subject('not yet', 'RS', '5874897-12-31');
SELECT record_consent_event('not yet', 'given', purpose => 'marketing', channel => 'email');
SELECT is(pg_temp.why('not yet', 'marketing', 'email'), 'DENY_MINOR', 'who is not born yet is a child');

SELECT record_consent_event('1', 'given', '2025-07-01', purpose => 'marketing', channel => 'email');
SELECT record_consent_event('1', 'withdrawn', '2025-08-01');
SELECT is(pg_temp.why('1', 'marketing', 'email', at => '2025-07-15'), 'ALLOW_CONSENT', '5: at 15 July');
SELECT is(pg_temp.why('1', 'marketing', 'email'), 'DENY_WITHDRAWN', '5: now');
SELECT record_consent_event('1', 'given', '2025-09-01', purpose => 'marketing.newsletter', channel => 'email');
SELECT is(pg_temp.why('1', 'marketing.newsletter', 'email'), 'ALLOW_CONSENT', '6: newsletter again');
SELECT is(pg_temp.why('1', 'marketing.offers', 'email'), 'DENY_WITHDRAWN', '7: offers not');
SELECT is(pg_temp.why('1', 'marketing', 'email'), 'DENY_WITHDRAWN', 'nor the whole');

SELECT register_subject('2', 'HR');
SELECT give_consent('2', 'marketing', 'electronic', at => '2025-01-01');
SELECT record_consent_event('2', 'refused', '2025-02-01', purpose => 'marketing.offers', channel => 'sms');
SELECT is(pg_temp.why('2', 'marketing.offers', 'sms'), 'DENY_REFUSED', '9');
SELECT is(pg_temp.why('2', 'marketing.offers', 'email'), 'ALLOW_CONSENT', '10');
SELECT is(pg_temp.why('2', 'marketing', 'post'), 'DENY_NO_BASIS', 'electronic is not post');
SELECT results_eq($$ SELECT obligations, basis, deciding_event IS NOT NULL, valid_until FROM clientele.decide('2', 'marketing', 'email') $$,
    $$ VALUES ('{include_unsubscribe,offer_objection,identify_sender}'::text[], 'consent', true, 'infinity'::timestamptz) $$, 'duties come with it');

SELECT register_subject('3', 'si');
SELECT record_consent_event('3', 'notice_served', '2025-01-01');
SELECT is(pg_temp.why('3', 'marketing', 'post'), 'ALLOW_LEGITIMATE_INTEREST', '14');
SELECT is(pg_temp.why('3', 'marketing', 'email'), 'DENY_NO_BASIS', '15');
SELECT is(pg_temp.why('3', 'profiling.marketing', 'none'), 'ALLOW_LEGITIMATE_INTEREST', 'profiling rests on the same notice');
SELECT object_to('3', 'marketing');
SELECT is(pg_temp.why('3', 'marketing', 'post'), 'DENY_OBJECTED', 'objection');
SELECT is(pg_temp.why('3', 'profiling.marketing', 'none'), 'DENY_OBJECTED', 'profiling dies with the marketing objection');
SELECT is(pg_temp.why('3', 'analytics', 'none'), 'ALLOW_LEGITIMATE_INTEREST', 'analytics does not');
SELECT give_consent('3', 'marketing', 'email');
SELECT is(pg_temp.why('3', 'marketing', 'email'), 'ALLOW_CONSENT', '19');
SELECT is(pg_temp.why('3', 'marketing', 'post'), 'DENY_OBJECTED', '20');

SELECT register_subject('4', 'DE');
SELECT give_consent('4', 'marketing', 'email', at => '2025-06-01');
SELECT is(pg_temp.why('4', 'marketing', 'email'), 'DENY_UNCONFIRMED', '22: double opt-in in Germany');
SELECT record_consent_event('4', 'confirmed', '2025-06-02', purpose => 'marketing', channel => 'email');
SELECT is(pg_temp.why('4', 'marketing', 'email'), 'ALLOW_CONSENT', '23');
SELECT is(pg_temp.why('4', 'marketing', 'email', at => '2025-06-01 12:00'), 'DENY_UNCONFIRMED', '23: not before');
SELECT give_consent('4', 'marketing', 'phone', at => '2025-06-01');
SELECT is(pg_temp.why('4', 'marketing', 'phone'), 'ALLOW_CONSENT', 'only for electronic channels');
SELECT give_consent('5', 'marketing', 'email', at => '2025-06-01');
SELECT is(pg_temp.why('5', 'marketing', 'email'), 'DENY_UNCONFIRMED', '27: unknown country, strictest rule');
SELECT is((SELECT jurisdiction FROM clientele_ledger.subject WHERE subject = '5'), NULL, 'an event registers its subject, country unknown');
SELECT register_subject('5', 'RS');
SELECT is(pg_temp.why('5', 'marketing', 'email'), 'ALLOW_CONSENT', 'until it is known');

SELECT register_subject('6', 'PL');
SELECT record_consent_event('6', 'relation_start', '2025-06-01', basis => 'sale', product => 'shoes');
SELECT is(pg_temp.why('6', 'marketing', 'email', at => '2025-07-01', product => 'shoes'), 'ALLOW_SOFT_OPT_IN', '33: similar goods');
SELECT is(pg_temp.why('6', 'marketing', 'email', at => '2025-07-01', product => 'insurance'), 'DENY_NO_BASIS', '34: other goods');
SELECT is(pg_temp.why('6', 'marketing', 'email', at => '2025-07-01'), 'DENY_NO_BASIS', '34: goods not named');
SELECT is(pg_temp.why('6', 'marketing', 'phone', at => '2025-07-01', product => 'shoes'), 'DENY_NO_BASIS', '35: phone');
SELECT is(pg_temp.why('6', 'marketing', 'email', 'acme', '2025-07-01', product => 'shoes'), 'DENY_NO_BASIS', '36: third party');
SELECT is(pg_temp.why('6', 'marketing', 'email', at => '2027-07-01', product => 'shoes'), 'DENY_NO_BASIS', '39: too long ago');
SELECT withdraw_consent('6', 'marketing', 'email', at => '2025-08-01');
SELECT is(pg_temp.why('6', 'marketing', 'email', at => '2025-09-01', product => 'shoes'), 'DENY_WITHDRAWN', '41: unsubscribed');

SELECT register_subject('7', 'RS');
SELECT record_consent_event('7', 'relation_start', '2025-01-01', basis => 'contract');
SELECT record_consent_event('7', 'relation_end', '2025-12-31', basis => 'contract');
SELECT is(pg_temp.why('7', 'service.delivery', 'email', at => '2025-06-01'), 'ALLOW_CONTRACT', '45');
SELECT is(pg_temp.why('7', 'service.delivery', 'email', at => '2026-01-15'), 'DENY_NO_BASIS', '46');
SELECT is(pg_temp.why('7', 'invoice.retention', 'none', at => '2026-01-15'), 'ALLOW_LEGAL_OBLIGATION', '47');
SELECT is(pg_temp.why('7', 'invoice.retention', 'none', at => '2037-01-15'), 'DENY_NO_BASIS', '47: not for ever');

SELECT register_subject('8', 'RS');
SELECT record_consent_event('8', 'given', '2025-03-02', purpose => 'share.partner', recipient => 'acme');
SELECT is(pg_temp.why('8', 'share.partner', 'email', 'acme'), 'DENY_NO_PRIOR_NOTICE', '48');
SELECT record_consent_event('8', 'notice_served', '2025-03-01', recipient => 'acme');
SELECT is(pg_temp.why('8', 'share.partner', 'email', 'acme'), 'ALLOW_CONSENT', '49');
SELECT is(pg_temp.why('8', 'share.partner', 'email', 'zeta'), 'DENY_NO_BASIS', '50');

SELECT register_subject('9', 'RS');
SELECT record_consent_event('9', 'relation_start', '2025-01-01', basis => 'contract');
SELECT give_consent('9', 'marketing', 'email');
SELECT restrict_processing('9');
SELECT is(pg_temp.why('9', 'marketing', 'email'), 'DENY_RESTRICTED', '51');
SELECT is(pg_temp.why('9', 'service.delivery', 'email'), 'ALLOW_CONTRACT', '52');

SELECT register_subject('10', 'RS');
SELECT record_consent_event('10', 'given', '2025-07-01', purpose => 'marketing', channel => 'email', recorded_at => '2025-07-01');
SELECT record_consent_event('10', 'withdrawn', '2025-08-01', recorded_at => '2025-08-05');
SELECT is(pg_temp.why('10', 'marketing', 'email', at => '2025-08-02', known => '2025-08-03'), 'ALLOW_CONSENT', '63');
SELECT is(pg_temp.why('10', 'marketing', 'email', at => '2025-08-02'), 'DENY_WITHDRAWN', '64');

SELECT register_subject('11', 'RS', '2012-01-01');
SELECT give_consent('11', 'marketing', 'email', at => '2025-01-01');
SELECT is(pg_temp.why('11', 'marketing', 'email'), 'DENY_MINOR', 'a child of 13');
SELECT record_consent_event('11', 'given', '2025-01-02', purpose => 'marketing', channel => 'email', guardian => true);
SELECT is(pg_temp.why('11', 'marketing', 'email'), 'ALLOW_CONSENT', 'its guardian');

SELECT register_subject('12', 'RS');
SELECT give_consent('12', 'health', at => '2025-01-01');
SELECT is(pg_temp.why('12', 'health', 'email'), 'DENY_NOT_EXPLICIT', 'health needs explicit consent');
SELECT record_consent_event('12', 'given', '2025-01-02', purpose => 'health', explicit => true);
SELECT is(pg_temp.why('12', 'health', 'email'), 'ALLOW_CONSENT', 'explicit consent');

-- notices
SELECT register_subject('13', 'RS');
SELECT record_consent_event('13', 'given', '2025-01-02', purpose => 'marketing', channel => 'email', notice => 'no such notice');
SELECT is(pg_temp.why('13', 'marketing', 'email'), 'DENY_NO_NOTICE', 'a notice that nobody knows');
SELECT record_consent_event('13', 'given', '2025-01-03', purpose => 'marketing', channel => 'email', notice => NULL);
SELECT is(pg_temp.why('13', 'marketing', 'email'), 'DENY_NO_NOTICE', 'no notice');
INSERT INTO clientele.notice (notice, version, in_force_from) VALUES ('privacy', '1', '2024-01-01'), ('privacy', '2', '2025-02-01');
SELECT record_consent_event('13', 'given', '2025-01-04', purpose => 'marketing', channel => 'email', notice => 'privacy');
SELECT is((SELECT notice_version FROM clientele_ledger.event ORDER BY seq DESC LIMIT 1), '1', 'the version of that day is written');
SELECT is(pg_temp.why('13', 'marketing', 'email'), 'ALLOW_CONSENT', 'a later version changes nothing by itself');
INSERT INTO clientele.notice (notice, version, in_force_from, reconsent) VALUES ('privacy', '3', '2025-03-01', true);
SELECT is(pg_temp.why('13', 'marketing', 'email', at => '2025-02-28'), 'ALLOW_CONSENT', 'nor does one that is not yet in force');
SELECT is(pg_temp.why('13', 'marketing', 'email'), 'DENY_NOTICE_SUPERSEDED', 'one that asks for consent anew does');

-- a purpose added later is not covered by consent to the whole; a withdrawal of the whole covers it
SELECT register_subject('14', 'RS');
SELECT give_consent('14', 'marketing', 'email', at => '2025-01-01');
INSERT INTO clientele.purpose (purpose, parent, direct_marketing, since) VALUES ('marketing.events', 'marketing', true, '2025-06-01');
SELECT is(pg_temp.why('14', 'marketing.events', 'email'), 'DENY_NO_BASIS', 'consent does not reach a purpose added later');
SELECT give_consent('14', 'marketing', 'email', at => '2025-07-01');
SELECT is(pg_temp.why('14', 'marketing.events', 'email'), 'ALLOW_CONSENT', 'later consent does');

-- a rule of one's own in place of a builtin one
INSERT INTO clientele.legal_rule (purpose, channel, jurisdiction, bases) VALUES ('marketing', 'electronic', 'RS', '{}');
SELECT is(pg_temp.why('14', 'marketing', 'email'), 'DENY_NO_BASIS', 'a row without bases closes');
DELETE FROM clientele.legal_rule WHERE NOT builtin;
SELECT is(pg_temp.why('14', 'marketing', 'email'), 'ALLOW_CONSENT', 'and its removal opens again');
SELECT throws_ok($$ UPDATE clientele.legal_rule SET bases = '{legitimate_interest}' $$, '55000', NULL, 'builtin rules are not edited');
SELECT throws_ok($$ DELETE FROM clientele.jurisdiction WHERE jurisdiction = 'ZZ' $$, '55000', NULL, 'nor removed');
SELECT throws_ok($$ INSERT INTO clientele.channel (channel, builtin) VALUES ('fax', true) $$, '55000', NULL, 'nor added');

-- refused input
SELECT throws_ok($$ SELECT record_consent_event('1', 'agreed') $$, '22023', NULL, 'unknown event');
SELECT throws_ok($$ SELECT record_consent_event('1', 'given', purpose => 'nothing') $$, '22023', NULL, 'unknown purpose');
SELECT throws_ok($$ SELECT record_consent_event('1', 'given', channel => 'pigeon') $$, '22023', NULL, 'unknown channel');
SELECT throws_ok($$ SELECT record_consent_event('1', 'given', '2999-01-01', purpose => 'marketing') $$, '22023', NULL, 'consent in advance');
SELECT throws_ok($$ SELECT record_consent_event('1', 'withdrawn', recorded_at => '2999-01-01') $$, '23514', NULL, 'recorded in the future');
SELECT throws_ok($$ SELECT record_consent_event('1', 'relation_start') $$, '22004', NULL, 'a relation without a basis');
SELECT throws_ok($$ SELECT record_consent_event(NULL, 'given') $$, '22004', NULL, 'nobody');
SELECT throws_ok($$ SELECT register_subject('') $$, '22004', NULL, 'an empty key');

-- append-only
SELECT throws_ok($$ UPDATE clientele_ledger.event SET event = 'given' $$, '55000', NULL, 'no UPDATE');
SELECT throws_ok($$ DELETE FROM clientele_ledger.event $$, '55000', NULL, 'no DELETE');
SELECT throws_ok($$ TRUNCATE clientele_ledger.event $$, '55000', NULL, 'no TRUNCATE');
SELECT throws_ok($$ DELETE FROM clientele_ledger.subject $$, '55000', NULL, 'subjects stay');
SELECT record_consent_event('1', 'given', purpose => 'marketing', channel => 'email', contact_point => 'Ana@Example.rs');
SELECT matches((SELECT contact_point FROM clientele_ledger.event ORDER BY seq DESC LIMIT 1), '^[0-9a-f]{64}$', 'a contact point is kept as a digest');
SELECT isnt_empty($$ SELECT FROM clientele_ledger.event WHERE entered_by = session_user AND entered_at >= recorded_at $$, 'who and when are written');

-- nothing for PUBLIC
SELECT is_empty($$ SELECT c.relname, a.privilege_type FROM pg_class c, aclexplode(c.relacl) a
    WHERE c.relnamespace = 'clientele_ledger'::regnamespace AND a.grantee = 0 $$, 'PUBLIC has no right on the ledger');
SELECT is_empty($$ SELECT p.proname FROM pg_proc p WHERE p.pronamespace = 'clientele_ledger'::regnamespace
    AND has_function_privilege('public', p.oid, 'EXECUTE') $$, 'nor on its functions');

SELECT * FROM finish();
ROLLBACK;
