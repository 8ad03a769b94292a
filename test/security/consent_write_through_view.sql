-- Attack: reach hidden rows by writing through the view.
\ir consent_setup.psql
GRANT ALL ON contact_mail TO sec_reader;
SET ROLE sec_reader;
SELECT throws_ok($$ INSERT INTO contact_mail (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET name = 'x' RETURNING * $$, '55000', NULL, 'INSERT .. ON CONFLICT');
SELECT throws_ok($$ INSERT INTO contact_mail (id) VALUES (1) $$, '55000', NULL, 'INSERT, as an oracle of existence');
SELECT throws_ok($$ UPDATE contact_mail SET name = 'x' RETURNING * $$, '55000', NULL, 'UPDATE');
SELECT throws_ok($$ DELETE FROM contact_mail $$, '55000', NULL, 'DELETE');
RESET ROLE;
SELECT isnt_empty($$ SELECT FROM clientele.lint() WHERE problem = 'right to write through a consent view' $$, 'and lint() finds the right');
RESET ROLE;
SELECT * FROM finish();
ROLLBACK;
