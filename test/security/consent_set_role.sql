-- Attack: become somebody else.
\ir consent_setup.psql
SET SESSION AUTHORIZATION sec_reader;
SELECT throws_ok('SET ROLE sec_views', '42501', NULL, 'the owner of the views');
SELECT throws_ok('SET ROLE sec_owner', '42501', NULL, 'the owner of the table');
RESET SESSION AUTHORIZATION;
SELECT is((SELECT rolcanlogin OR rolsuper OR rolbypassrls FROM pg_roles WHERE oid = (SELECT relowner FROM pg_class WHERE oid = 'contact_mail'::regclass)),
    false, 'the owner of the view can neither log in nor pass by row security');
SELECT is((SELECT has_schema_privilege('sec_views', 'public', 'CREATE')), false, 'nor create anything beside it');
CREATE ROLE sec_superfluous LOGIN BYPASSRLS;
SET ROLE sec_owner;
SELECT throws_ok($$ SELECT clientele.protect('contact', view_owner => 'sec_superfluous') $$, '22023', NULL, 'a role that passes by row security cannot own them');
SELECT throws_ok($$ SELECT clientele.protect('contact', view_owner => 'sec_nobody') $$, '42501', NULL, 'and a plain owner is told that he cannot create roles');
RESET ROLE;
SELECT * FROM finish();
ROLLBACK;
