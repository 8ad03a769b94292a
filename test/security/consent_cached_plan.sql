-- Attack: keep a plan, a cursor or a statement across the loss of the right.
\ir consent_setup.psql
SET plan_cache_mode = force_generic_plan;
SET ROLE sec_reader;
PREPARE q AS SELECT count(*) FROM contact_mail;
CREATE TEMP TABLE counted AS EXECUTE q;
SELECT is((SELECT count FROM counted), 200::bigint, 'a prepared statement');
RESET ROLE;
SELECT clientele.withdraw_consent('2');
SET ROLE sec_reader;
DROP TABLE counted; CREATE TEMP TABLE counted AS EXECUTE q;
SELECT is((SELECT count FROM counted), 199::bigint, 'sees a withdrawal');
RESET ROLE;
SELECT clientele.revoke_purpose('sec_reader', 'marketing');
SET ROLE sec_reader;
DROP TABLE counted; CREATE TEMP TABLE counted AS EXECUTE q;
SELECT is((SELECT count FROM counted), 0::bigint, 'and the loss of the purpose');
RESET ROLE;
SELECT clientele.grant_purpose('sec_reader', 'marketing');
REVOKE SELECT ON contact_mail FROM sec_reader;
SET ROLE sec_reader;
SELECT throws_ok('EXECUTE q', '42501', NULL, 'and of the right on the view');
RESET ROLE;
GRANT SELECT ON contact_mail TO sec_reader;
SET ROLE sec_reader;
DECLARE c CURSOR FOR SELECT * FROM contact_mail;
FETCH 1 FROM c \gset c_
SELECT throws_ok($$ SELECT clientele.set_purpose('analytics') $$, '55006', NULL, 'the purpose does not change under an open cursor');
CLOSE c;
SELECT lives_ok($$ SELECT clientele.set_purpose('analytics') $$, 'without one it does');
RESET ROLE;
SELECT * FROM finish();
ROLLBACK;
