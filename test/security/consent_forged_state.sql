-- Attack: whoever may record events forges the past, the author, or the state behind the views.
\ir consent_setup.psql
SET ROLE sec_recorder;
SELECT lives_ok($$ SELECT clientele.record_consent_event('1', 'given', purpose => 'marketing', channel => 'email') $$, 'recording works with these rights alone');
SELECT lives_ok($$ SELECT clientele.register_subject('401', 'HR', '1990-01-01') $$, 'registering too');
SELECT lives_ok($$ SELECT clientele.record_consent_event('401', 'given', purpose => 'marketing', channel => 'email', contact_point => 'a@example.hr', whole_person => true) $$, 'with everything');
SELECT is((clientele.decide('1', 'marketing', 'email')).allow, true, 'and deciding');
SELECT throws_ok($$ INSERT INTO clientele_ledger.allow_1 VALUES (3, 1, 1, 'infinity') $$, '42501', NULL, 'the state cannot be written');
SELECT throws_ok($$ DELETE FROM clientele_ledger.deny_1 $$, '42501', NULL, 'nor cleared');
SELECT throws_ok($$ SELECT clientele_ledger.apply_1(NULL) $$, '42501', NULL, 'nor computed at will');
SELECT throws_ok($$ UPDATE clientele_ledger.event SET event = 'given' $$, '42501', NULL, 'an event cannot be changed');
SELECT throws_ok($$ INSERT INTO clientele_ledger.event (subject, event, at, entered_by) VALUES ('1', 'withdrawn', now(), 'somebody') $$, '42501', NULL, 'the author cannot be chosen');
SELECT throws_ok($$ INSERT INTO clientele_ledger.event (subject, event, at, entered_at) VALUES ('1', 'withdrawn', now(), '1999-01-01') $$, '42501', NULL, 'nor the time of entry');
SELECT throws_ok($$ UPDATE clientele_ledger.subject SET erased_at = now() $$, '42501', NULL, 'nobody is erased');
SELECT throws_ok($$ SELECT salt FROM clientele_ledger.subject $$, '42501', NULL, 'the salts cannot be read');
SELECT throws_ok($$ SELECT clientele.refresh_consent(), clientele.rebuild_consent_views() $$, '42501', NULL, 'nor views rebuilt');
RESET ROLE;
SELECT throws_ok($$ UPDATE clientele_ledger.event SET event = 'given' $$, '55000', NULL, 'not even by the owner');
RESET ROLE;
SELECT * FROM finish();
ROLLBACK;
