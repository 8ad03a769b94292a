-- Attack: objects of the same names in front of ours.
\ir consent_setup.psql
SET ROLE sec_reader;
CREATE TABLE attacker.rule_stamp (stamp text);
CREATE TABLE attacker.purpose_grant (role_name name, purpose text, on_request boolean);
CREATE FUNCTION attacker.pg_has_role(oid, text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE FUNCTION attacker.statement_timestamp() RETURNS timestamptz LANGUAGE sql AS $$ SELECT timestamptz '-infinity' $$;
CREATE FUNCTION attacker.eq(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE OPERATOR attacker.= (LEFTARG = text, RIGHTARG = text, FUNCTION = attacker.eq);
CREATE FUNCTION attacker.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS $$ SELECT timestamptz '1999-01-01' $$;
CREATE TEMP TABLE event (seq bigint);
CREATE TEMP TABLE purpose (purpose text);
CREATE TEMP TABLE pg_roles (rolname name, oid oid);
SET search_path = attacker, pg_temp, public, pg_catalog, tap;
SELECT count(*) AS hidden FROM public.contact_mail WHERE email LIKE 'hidden%' \gset
SELECT count(*) AS visible FROM public.contact_mail \gset
SET search_path = public, clientele, tap;
SELECT is(:hidden, 0, 'the view is not fooled');
SELECT is(:visible, 200, 'nor broken');
RESET ROLE;
GRANT USAGE ON SCHEMA attacker TO PUBLIC;
GRANT ALL ON ALL TABLES IN SCHEMA attacker TO PUBLIC;
SET ROLE sec_recorder;
SET search_path = attacker, pg_temp, public, pg_catalog, tap;
SELECT clientele.withdraw_consent('2');
SELECT reason FROM clientele.decide('2', 'marketing', 'email') \gset
SET search_path = public, clientele, tap;
SELECT is(:'reason'::text, 'DENY_WITHDRAWN', 'recording and deciding are not either');
RESET ROLE;
SELECT tap.cmp_ok((SELECT max(at) FROM clientele_ledger.event), '>', timestamptz '2020-01-01', 'the time is the real one');
SET search_path = public, clientele, tap;
RESET ROLE;
SELECT * FROM finish();
ROLLBACK;
