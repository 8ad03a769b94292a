-- Attack: read the table itself, with a stray right on it, and as pg_read_all_data.
\ir consent_setup.psql
SET ROLE sec_reader;
SELECT throws_ok('SELECT * FROM contact', '42501', NULL, 'no right on the table');
SELECT throws_ok('SELECT * FROM contact_person', '42501', NULL, 'nor on the persons');
SELECT throws_ok('SELECT * FROM clientele_ledger.event', '42501', NULL, 'nor on the ledger');
SELECT throws_ok('SELECT * FROM clientele_ledger.allow_1', '42501', NULL, 'nor on the state');
RESET ROLE;
GRANT SELECT ON contact TO sec_reader;
SET ROLE sec_reader;
SELECT is((SELECT count(*) FROM contact), 0::bigint, 'a stray GRANT shows no row');
SELECT isnt_empty('SELECT FROM contact_mail', 'the view still works');
RESET ROLE;
SELECT isnt_empty($$ SELECT FROM clientele.lint() WHERE problem = 'source can be read past its consent views' $$, 'and lint() finds it');
REVOKE SELECT ON contact FROM sec_reader;
GRANT pg_read_all_data TO sec_reader;
SET ROLE sec_reader;
SELECT is((SELECT count(*) FROM contact), 0::bigint, 'nor does pg_read_all_data');
RESET ROLE;
SET ROLE sec_owner;
SELECT is((SELECT count(*) FROM contact), 400::bigint, 'the owner of the table sees all');
RESET ROLE;
SELECT * FROM finish();
ROLLBACK;
