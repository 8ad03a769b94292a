-- Attack: read, use and decide about the model of another.
\ir linkage_setup.psql
SET ROLE sec_owner;
CALL clientele.dedupe('data.contact');
SELECT clientele.merge('contact', 7, 100, 'a secret reason') AS decided \gset
CREATE TEMP TABLE before AS SELECT * FROM data.contact_person;
RESET ROLE;
GRANT SELECT ON data.contact TO sec_attacker;
CREATE POLICY all_of_it ON data.contact FOR SELECT TO sec_attacker USING (true);
SET ROLE sec_attacker;
SELECT is_empty('SELECT FROM clientele.linkage_model', 'the model is not seen');
SELECT is_empty('SELECT FROM clientele.linkage_decision', 'nor what was decided');
SELECT is_empty($$SELECT FROM clientele.decisions('contact')$$, 'by whatever way');
SELECT throws_ok(q, '42704', NULL, q) FROM unnest(ARRAY[
    $$SELECT clientele.merge('contact', 1, 2)$$, $$SELECT clientele.unmerge('contact', 7)$$, $$SELECT clientele.assert_different('contact', 1, 1001)$$, $$SELECT clientele.undo_decision('contact', 1)$$,
    $$SELECT * FROM clientele.review_queue('contact')$$, $$SELECT * FROM clientele.explain_path('contact', 7, 100)$$, $$SELECT clientele.current_person('contact', 1)$$, $$SELECT * FROM clientele.decided_keys('contact')$$,
    $$SELECT * FROM clientele.search('contact', '{}')$$, $$SELECT clientele.identify('contact', 7)$$, $$SELECT clientele.linkage_record('contact', '{}')$$, $$SELECT * FROM clientele.explain('contact', 1, 2)$$,
    $$SELECT * FROM clientele.model_parameters('contact')$$, $$SELECT * FROM clientele.model_warnings('contact')$$, $$SELECT * FROM clientele.blocking_report('contact')$$, $$SELECT * FROM clientele.estimate_quality('contact')$$,
    $$SELECT clientele.export_splink('contact')$$, $$SELECT clientele.drop_model('contact')$$, $$CALL clientele.train('contact')$$, $$CALL clientele.resolve('contact')$$]) q;
SELECT throws_ok('SELECT FROM data.contact_person', '42501', NULL, 'results are the owner''s');
SELECT throws_ok('SELECT FROM data.contact_index', '42501', NULL, 'the index, too');
SELECT throws_ok($$INSERT INTO clientele.linkage_model (owner, name, source, settings) VALUES ('sec_owner', 'forged', 'data.contact', '{}')$$, '42501', NULL, 'no model for another');
SELECT throws_ok($$INSERT INTO clientele.linkage_decision (decision, owner, model, kind, left_source, left_key, right_source, right_key)
                   VALUES (1000, 'sec_owner', 'contact', 'same', 'data.contact', '1', 'data.contact', '2')$$, '42501', NULL, 'no decision for another');
SELECT throws_ok($$INSERT INTO clientele.linkage_decision (decision, model, kind, left_source, left_key, right_source, right_key, decided_by)
                   VALUES (1000, 'contact', 'same', 'data.contact', '1', 'data.contact', '2', 'sec_owner')$$, '42501', NULL, 'nor in another''s name');
SELECT throws_ok('DELETE FROM clientele.linkage_decision', '42501', NULL, 'history is not deleted');
SELECT throws_ok('UPDATE clientele.linkage_decision SET reason = NULL', '42501', NULL, 'nor changed');
-- a model of the same name over the same table: his results do not go where the owner's are
SELECT throws_ok($$CALL clientele.dedupe('data.contact')$$, '42P07', NULL, 'the name of the results is taken');
SELECT lives_ok($$CALL clientele.dedupe('data.contact', 'mine')$$, 'under another one he works for himself');
SELECT lives_ok($$INSERT INTO clientele.linkage_decision (decision, model, kind, left_source, left_key, right_source, right_key) VALUES (1000, 'contact', 'same', 'data.contact', '1', 'data.contact', '2')$$,
                'a decision about a model of that name of his own');
SELECT throws_ok($$INSERT INTO clientele.linkage_decision (decision, model, kind, undoes) VALUES (1, 'contact', 'undone', 1)$$, '23505', NULL, 'numbers are taken');
SELECT lives_ok($$INSERT INTO clientele.linkage_decision (decision, model, kind, undoes) SELECT 1001, 'contact', 'undone', d FROM generate_series(1, 1) d$$, 'taking back what he does not own');
RESET ROLE;
SET ROLE sec_owner;
SELECT is((SELECT count(*) FROM clientele.decisions('contact') WHERE in_force AND reason = 'a secret reason'), 1::bigint, 'changes nothing of the owner''s');
CALL clientele.resolve('contact');
SELECT set_eq('SELECT record_key, person_id FROM data.contact_person', 'SELECT record_key, person_id FROM before', 'nor do the owner''s runs see it');
RESET ROLE;
SELECT * FROM finish();
ROLLBACK;
