-- Attack: functions and operators of the same names in front of the server's and ours.
\ir linkage_setup.psql
SET ROLE sec_attacker;
CREATE TABLE attacker.log (what text);
GRANT INSERT, SELECT ON attacker.log TO PUBLIC;
GRANT USAGE ON SCHEMA attacker TO PUBLIC;
CREATE FUNCTION attacker.eq(text, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN INSERT INTO attacker.log VALUES ('text = text'); RETURN true; END $$;
CREATE OPERATOR attacker.= (LEFTARG = text, RIGHTARG = text, FUNCTION = attacker.eq);
CREATE FUNCTION attacker.eq(int, int) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN INSERT INTO attacker.log VALUES ('int = int'); RETURN true; END $$;
CREATE OPERATOR attacker.= (LEFTARG = int, RIGHTARG = int, FUNCTION = attacker.eq);
CREATE FUNCTION attacker.ge(float8, float8) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN INSERT INTO attacker.log VALUES ('float >= float'); RETURN true; END $$;
CREATE OPERATOR attacker.>= (LEFTARG = float8, RIGHTARG = float8, FUNCTION = attacker.ge);
CREATE FUNCTION attacker.count() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN INSERT INTO attacker.log VALUES ('count'); RETURN 1; END $$;
CREATE FUNCTION attacker.jsonb_array_elements(jsonb) RETURNS SETOF jsonb LANGUAGE plpgsql AS $$ BEGIN INSERT INTO attacker.log VALUES ('jsonb_array_elements'); RETURN; END $$;
CREATE FUNCTION attacker.golden_value(anyelement) RETURNS anyelement LANGUAGE plpgsql AS $$ BEGIN INSERT INTO attacker.log VALUES ('golden_value'); RETURN $1; END $$;
CREATE FUNCTION attacker.linkage_result_table(name, text) RETURNS regclass LANGUAGE plpgsql AS $$ BEGIN INSERT INTO attacker.log VALUES ('linkage_result_table'); RETURN NULL; END $$;
CREATE TABLE attacker.linkage_model (owner name, name text);
CREATE TABLE attacker.linkage_decision (decision bigint);
CREATE TABLE attacker.contact (id int PRIMARY KEY, first_name text);
CREATE TABLE attacker.pg_class (oid oid);
RESET ROLE;
CREATE TABLE data.other AS SELECT id + 5000 AS id, first_name, last_name, email FROM data.contact WHERE id <= 150;
ALTER TABLE data.other ADD PRIMARY KEY (id);
CREATE TABLE data.third AS SELECT id + 7000 AS id, first_name, last_name, email FROM data.contact WHERE id <= 150;
ALTER TABLE data.third ADD PRIMARY KEY (id);
CREATE TABLE data.labels AS SELECT id, id % 1000 AS who FROM data.contact;
CREATE TABLE data.spread AS SELECT 1 AS nothing;
SET search_path = attacker, pg_catalog, pg_temp;
CALL clientele.dedupe('data.contact');
CALL clientele.link('data.contact', 'data.other', 'two', true);
CALL clientele.link_all('{data.contact,data.other,data.third}', 'three', true);
CALL clientele.train('contact');
CALL clientele.resolve('contact');
SELECT pg_catalog.count(*) FROM clientele.search('contact', '{"first_name": "x"}') \g /dev/null
SELECT clientele.identify('contact', 7) \g /dev/null
SELECT pg_catalog.count(*) FROM clientele.explain('contact', 7, 1007) \g /dev/null
SELECT clientele.merge('contact', 7, 100) \g /dev/null
SELECT clientele.unmerge('contact', 1003) \g /dev/null
SELECT clientele.assert_different('contact', 5, 1005) \g /dev/null
SELECT clientele.undo_decision('contact', decision) FROM clientele.decisions('contact') LIMIT 1 \g /dev/null
SELECT pg_catalog.count(*) FROM clientele.review_queue('contact') \g /dev/null
SELECT pg_catalog.count(*) FROM clientele.explain_path('contact', 9, 1009) \g /dev/null
SELECT clientele.current_person('contact', 100) \g /dev/null
SELECT pg_catalog.count(*) FROM clientele.decided_keys('contact') \g /dev/null
SELECT clientele.evaluate('contact', 'data.labels') \g /dev/null
SELECT pg_catalog.count(*) FROM clientele.evaluate_thresholds('contact', 'data.labels') \g /dev/null
SELECT pg_catalog.count(*) FROM clientele.evaluate_blocking('contact', 'data.labels') \g /dev/null
SELECT pg_catalog.count(*) FROM clientele.estimate_quality('contact') \g /dev/null
SELECT pg_catalog.count(*) FROM clientele.model_warnings('contact') \g /dev/null
SELECT pg_catalog.count(*) FROM clientele.linkage_progress \g /dev/null
SELECT pg_catalog.count(*) FROM data.contact_golden \g /dev/null
SELECT pg_catalog.count(*) FROM data.three_golden \g /dev/null
SELECT pg_catalog.md5(clientele.export_splink('contact')::pg_catalog.text) \g /dev/null
SET search_path = public, tap;
SELECT is_empty('SELECT what, pg_catalog.count(*) FROM attacker.log GROUP BY what', 'nothing of the attacker''s was called');
SELECT is((SELECT count(*) FROM data.contact_person), 360::bigint, 'and the results are those of the table that was meant');
SELECT cmp_ok((SELECT count(*) FROM data.three_person GROUP BY person_id ORDER BY 1 DESC LIMIT 1), '=', 3::bigint, 'of all three');
SELECT * FROM finish();
ROLLBACK;
