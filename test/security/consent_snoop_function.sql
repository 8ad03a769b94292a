-- Attack: a cheap function of the reader, pushed below the filter, writes down every row it is shown.
\ir consent_setup.psql
SET ROLE sec_reader;
CREATE TEMP TABLE seen (email text);
CREATE FUNCTION attacker.snoop(text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS
$$ BEGIN INSERT INTO pg_temp.seen VALUES ($1); RETURN true; END $$;
SELECT is((SELECT count(*) FROM contact_mail WHERE attacker.snoop(email)), 200::bigint, 'the visible rows');
SELECT is((SELECT count(*) FROM seen), 200::bigint, 'the function has seen those');
SELECT is_empty($$ SELECT * FROM seen WHERE email LIKE 'hidden%' $$, 'and no other in WHERE');
TRUNCATE seen;
SELECT count(*) FROM contact_mail a JOIN contact_mail b ON attacker.snoop(a.email) AND a.id = b.id;
SELECT count(*) FROM (SELECT city FROM contact_mail GROUP BY city HAVING bool_or(attacker.snoop(city))) h;
SELECT count(*) FROM (SELECT 1 FROM contact_mail ORDER BY attacker.snoop(email)) o;
SELECT is_empty($$ SELECT * FROM seen WHERE email LIKE 'hidden%' $$, 'nor in ON, HAVING, ORDER BY');
SELECT throws_ok('ALTER FUNCTION attacker.snoop(text) LEAKPROOF', '42501', NULL, 'nor can it be called leakproof');
RESET ROLE;
SELECT * FROM finish();
ROLLBACK;
