-- Attack: be there first, with a table or a view under the name of another's result.
\ir linkage_setup.psql
SET ROLE sec_attacker;
CREATE TABLE attacker.log (who name);
GRANT INSERT ON attacker.log TO PUBLIC;
GRANT USAGE ON SCHEMA attacker TO PUBLIC;
CREATE FUNCTION attacker.trap() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN INSERT INTO attacker.log VALUES (current_user); RETURN 1; END $$;
CREATE TABLE data.contact_person (record_key int, person_id bigint);
COMMENT ON TABLE data.contact_person IS 'clientele: which person each record of contact is (model contact)';
GRANT ALL ON data.contact_person TO PUBLIC;
RESET ROLE;
SELECT throws_ok($$CALL clientele.dedupe('data.contact')$$, '42P07', NULL, 'a superuser does not write into a table that is not his');
SET ROLE sec_owner;
SELECT throws_ok($$CALL clientele.dedupe('data.contact')$$, '42P07', NULL, 'nor does the owner of the data');
RESET ROLE;
SELECT is_empty('SELECT FROM data.contact_person', 'nothing went there');
DROP TABLE data.contact_person;
SET ROLE sec_attacker;
CREATE VIEW data.contact_person AS SELECT 1 AS record_key, attacker.trap() AS person_id;
COMMENT ON VIEW data.contact_person IS 'clientele: which person each record of contact is (model contact)';
CREATE VIEW data.contact_pair AS SELECT 1 AS left_key, 2 AS right_key, 1.0::float8 AS match_weight, attacker.trap()::float8 AS match_probability;
COMMENT ON VIEW data.contact_pair IS 'clientele: pairs';
CREATE VIEW data.contact_golden AS SELECT attacker.trap() AS person_id;
COMMENT ON VIEW data.contact_golden IS 'clientele: the best values of each person';
GRANT SELECT ON data.contact_person, data.contact_pair, data.contact_golden TO PUBLIC;
RESET ROLE;
SELECT clientele.create_model('contact', 'data.contact');
CALL clientele.train('contact');
SELECT throws_ok($$CALL clientele.resolve('contact')$$, '42P07', NULL, 'a view is no result');
SELECT throws_ok(q, '55000', NULL, q) FROM unnest(ARRAY[
    $$SELECT * FROM clientele.review_queue('contact')$$, $$SELECT clientele.merge('contact', 1, 2)$$, $$SELECT clientele.current_person('contact', 1)$$, $$SELECT * FROM clientele.explain_path('contact', 1, 2)$$,
    $$SELECT * FROM clientele.estimate_quality('contact')$$, $$SELECT * FROM clientele.search('contact', '{}')$$]) q;
SELECT is_empty('SELECT FROM attacker.log', 'and nobody called a function of the attacker''s');
DROP VIEW data.contact_person, data.contact_pair;
SELECT throws_ok($$CALL clientele.resolve('contact')$$, '42P07', NULL, 'a view of golden records that is another''s is not taken for ours');
DROP VIEW data.contact_golden;
CALL clientele.resolve('contact');
-- after a run: the persons are exchanged for a view
ALTER TABLE data.contact_person RENAME TO kept;
SET ROLE sec_attacker;
CREATE VIEW data.contact_person AS SELECT id AS record_key, attacker.trap() AS person_id FROM generate_series(1, 3000) id;
COMMENT ON VIEW data.contact_person IS 'clientele: which person each record of contact is (model contact)';
GRANT SELECT ON data.contact_person TO PUBLIC;
RESET ROLE;
SELECT throws_ok($$SELECT * FROM clientele.search('contact', (SELECT to_jsonb(c) FROM data.contact c WHERE id = 7))$$, '55000', NULL, 'search does not read it');
SELECT throws_ok($$SELECT clientele.identify('contact', 7)$$, '55000', NULL, 'nor does identify');
SELECT is_empty('SELECT FROM attacker.log', 'still nobody');
SELECT * FROM finish();
ROLLBACK;
