-- Attack: learn of rows that row security hides by linking, searching and explaining.
\ir linkage_setup.psql
SET ROLE sec_analyst;
CALL clientele.dedupe('data.contact');
SELECT is((SELECT count(*) FROM data.contact_person), 180::bigint, 'a run reads what its caller may see');
SELECT is_empty('SELECT FROM data.contact_person WHERE record_key % 2 = 0', 'and no hidden record');
SELECT is_empty('SELECT FROM data.contact_pair WHERE left_key % 2 = 0 OR right_key % 2 = 0', 'in no pair');
SELECT is((SELECT count(*) FROM data.contact_golden), (SELECT count(DISTINCT person_id) FROM data.contact_person), 'golden records are of what is seen');
RESET ROLE;
SELECT to_jsonb(c)::text AS hidden FROM data.contact c WHERE id = 8 \gset
SET ROLE sec_analyst;
SELECT is_empty(format('SELECT FROM clientele.search(%L, %L::jsonb) WHERE record_key::int %% 2 = 0 OR match_probability > 0.5', 'contact', :'hidden'::jsonb - 'id'), 'search finds no hidden record');
SELECT throws_ok($$SELECT clientele.identify('contact', 8)$$, 'P0002', NULL, 'identify: it does not exist');
SELECT throws_ok($$SELECT * FROM clientele.explain('contact', 7, 8)$$, 'P0002', NULL, 'explain: nor here');
SELECT throws_ok($$SELECT clientele.merge('contact', 7, 8)$$, 'P0002', NULL, 'merge: nor here');
RESET ROLE;
-- a row that is hidden later is not found any more, whatever the index has of it
UPDATE data.contact SET secret = true WHERE id = 1007;
SET ROLE sec_analyst;
SELECT is_empty($$SELECT FROM clientele.search('contact', (SELECT to_jsonb(c) FROM data.contact c WHERE id = 7)) WHERE record_key = '1007'$$, 'hidden since the last run: not found');
SELECT throws_ok($$SELECT * FROM clientele.explain('contact', 7, 1007)$$, 'P0002', NULL, 'nor explained');
RESET ROLE;
REVOKE SELECT ON data.contact FROM sec_analyst;
SET ROLE sec_analyst;
SELECT throws_ok($$SELECT * FROM clientele.search('contact', '{"first_name": "x"}')$$, '42501', NULL, 'who may read no more searches no more');
SELECT throws_ok($$CALL clientele.resolve('contact')$$, '42501', NULL, 'nor runs');
RESET ROLE;
SELECT * FROM finish();
ROLLBACK;
