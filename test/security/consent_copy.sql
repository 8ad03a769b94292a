-- Attack: COPY.
\ir consent_setup.psql
GRANT pg_write_server_files TO sec_reader;
SET ROLE sec_reader;
SELECT throws_ok('COPY contact TO ''/dev/null''', '42501', NULL, 'the table');
SELECT throws_ok('COPY contact_mail TO ''/dev/null''', '42809', NULL, 'the view by name');
SELECT throws_ok($$ COPY (SELECT * FROM contact_mail) TO PROGRAM 'cat' $$, '42501', NULL, 'to a program');
SELECT is_empty($$ SELECT FROM contact_mail WHERE email LIKE 'hidden%' $$, 'a query over the view is filtered');
RESET ROLE;
SELECT * FROM finish();
ROLLBACK;
