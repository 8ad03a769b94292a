-- Attack: after DROP EXTENSION the triggers of the ledger are still there and run as its owner; take the place of what they call.
\ir consent_setup.psql
SET ROLE sec_recorder;
SELECT lives_ok($$ INSERT INTO clientele_ledger.event (subject, event, at, purpose, channel) VALUES ('7', 'withdrawn', now(), 'marketing', 'email') $$, 'an event is recorded');
RESET ROLE;
DROP EXTENSION clientele CASCADE;
CREATE SCHEMA clientele AUTHORIZATION sec_reader;
SET ROLE sec_reader;
CREATE TABLE attacker.caught (as_role name);
GRANT INSERT ON attacker.caught TO PUBLIC;
GRANT USAGE ON SCHEMA attacker, clientele TO PUBLIC;
CREATE FUNCTION clientele.apply_consent(subjects text[]) RETURNS void LANGUAGE sql AS $$ INSERT INTO attacker.caught VALUES (current_user) $$;
SET ROLE sec_recorder;
SELECT throws_ok($$ INSERT INTO clientele_ledger.event (subject, event, at, purpose, channel) VALUES ('8', 'withdrawn', now(), 'marketing', 'email') $$,
                 '55000', 'extension clientele is not installed', 'nothing is recorded without the extension');
RESET ROLE;
SELECT is_empty('SELECT * FROM attacker.caught', 'and nobody''s function ran in its place');
SELECT is(count(*), 201::bigint, 'what was recorded is still there') FROM clientele_ledger.event;
SELECT * FROM finish();
ROLLBACK;
