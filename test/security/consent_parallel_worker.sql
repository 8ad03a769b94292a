-- Attack (or accident): a parallel worker that knows another purpose than its leader.
\ir consent_setup.psql
SET min_parallel_table_scan_size = 0; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET max_parallel_workers_per_gather = 2;
SET ROLE sec_reader;
SELECT is((SELECT count(*) FROM contact_mail), 200::bigint, 'parallel and serial agree');
SELECT clientele.set_purpose('analytics');
SELECT is((SELECT count(*) FROM contact_mail), 0::bigint, 'without the purpose');
SELECT clientele.set_purpose('marketing');
SELECT is((SELECT count(DISTINCT email) FROM contact_mail WHERE email LIKE 'hidden%'), 0::bigint, 'with it');
CREATE FUNCTION attacker.plan(text) RETURNS SETOF text LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY EXECUTE 'EXPLAIN ' || $1; END $$;
SELECT isnt_empty($$ SELECT * FROM attacker.plan('SELECT count(*) FROM contact_mail') p WHERE p ~ 'Gather|Parallel' $$, 'workers are used');
RESET ROLE;
SELECT * FROM finish();
ROLLBACK;
