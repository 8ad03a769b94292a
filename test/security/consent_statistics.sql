-- Attack: read the values from the statistics.
\ir consent_setup.psql
SET ROLE sec_reader;
SELECT is_empty($$ SELECT FROM pg_stats WHERE tablename = 'contact' $$, 'pg_stats');
SELECT throws_ok('SELECT * FROM pg_statistic', '42501', NULL, 'pg_statistic');
SELECT is_empty($$ SELECT FROM pg_stats WHERE schemaname = 'clientele_ledger' $$, 'of the ledger');
RESET ROLE;
GRANT SELECT ON contact TO sec_reader;
SET ROLE sec_reader;
SELECT is_empty($$ SELECT FROM pg_stats WHERE tablename = 'contact' $$, 'not even with a stray right on the table');
RESET ROLE;
SELECT * FROM finish();
ROLLBACK;
