-- Attack: names and keys that are SQL.
\ir consent_setup.psql
SET ROLE sec_owner;
CREATE TABLE "we ird""; DROP TABLE contact; --" ("k'; --" text PRIMARY KEY, "a ""b" text);
INSERT INTO "we ird""; DROP TABLE contact; --" VALUES ('x'' OR true --', '1'), ('y', '2');
SELECT lives_ok($$ SELECT clientele.create_consent_view('"v""; --"', '"we ird""; DROP TABLE contact; --"', 'marketing', 'email', '{"o''ne \" --": "a \"b"}') $$, 'names');
SELECT clientele.register_subject('x'' OR true --', 'RS'), clientele.give_consent('x'' OR true --', 'marketing', 'email');
SELECT results_eq('SELECT * FROM "v""; --"', $$ VALUES ('1') $$, 'keys');
SELECT lives_ok($$ SELECT clientele.protect('"we ird""; DROP TABLE contact; --"', view_owner => 'sec_views') $$, 'protect()');
SELECT throws_ok($$ SELECT clientele.create_consent_view('a; DROP TABLE contact', 'contact', 'marketing', 'email') $$, '22023', NULL, 'a view name that is none');
SELECT is((SELECT count(*) FROM contact), 400::bigint, 'the table is still there');
SELECT is_empty($$ SELECT * FROM clientele.verify_ledger() $$, 'and the ledger is whole');
RESET ROLE;
SELECT * FROM finish();
ROLLBACK;
