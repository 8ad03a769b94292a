-- Attack: an expression that fails on a hidden row prints its value.
\ir consent_setup.psql
SET ROLE sec_reader;
SELECT lives_ok($$ SELECT count(*) FROM contact_mail WHERE CASE WHEN email LIKE 'hidden%' THEN (email || '')::int > 0 ELSE true END $$, 'no cast is tried on a hidden row');
SELECT lives_ok($$ SELECT count(*) FROM contact_mail WHERE 1 / (CASE WHEN email LIKE 'hidden%' THEN 0 ELSE 1 END) = 1 $$, 'nor a division');
RESET ROLE;
SELECT * FROM finish();
ROLLBACK;
