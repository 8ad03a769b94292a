-- What somebody who has only read the manual would try, and what he would call wrong.
BEGIN;
SELECT no_plan();

CREATE TABLE folk (id int PRIMARY KEY, first_name text, last_name text, email text, born date, city text, sex text);
INSERT INTO folk
SELECT g, (ARRAY['Marko', 'Ana', 'Petar', 'Jelena', 'Milica', 'Ivan', 'Luka'])[1 + g * 7919 % 7], (ARRAY['Ilić', 'Babić', 'Kovač', 'Horvat', 'Novák', 'Zupan', 'Krajnc', 'Tóth', 'Varga', 'Đurić', 'Savić'])[1 + g * 104729 % 11],
       'user' || g || '@example.org', date '1950-01-01' + g * 7877 % 18000, 'Beograd', 'M' FROM generate_series(1, 900) g;
INSERT INTO folk SELECT id + 1000, upper(first_name), last_name, CASE WHEN id % 3 > 0 THEN email END, CASE WHEN id % 4 > 0 THEN born END, city, sex FROM folk WHERE id <= 200;
CREATE TABLE truth AS SELECT id, id % 1000 AS who FROM folk;
CALL clientele.dedupe('folk');

-- a difference that nobody has shown yet is no evidence for a match: all of them are men of one town
SELECT is_empty($$SELECT comparison, level, weight FROM clientele.model_parameters('folk') WHERE label = 'different' AND weight > 0.1$$, 'to differ never speaks for being one person');
SELECT is_empty($$SELECT p.comparison, p.level, p.weight FROM clientele.model_parameters('folk') p JOIN clientele.model_parameters('folk') b ON b.comparison = p.comparison AND b.level = 1
                  WHERE p.comparison IN ('city', 'sex') AND p.weight > b.weight + 0.1$$, 'nor does a likeness of what all have in common');
SELECT cmp_ok((SELECT match_weight FROM clientele.search('folk', '{"first_name": "Ana", "last_name": "Savić", "city": "Zagreb", "sex": "F"}', 1)), '<=',
              (SELECT match_weight + 0.1 FROM clientele.search('folk', '{"first_name": "Ana", "last_name": "Savić", "city": "Beograd", "sex": "M"}', 1)), 'a stranger from elsewhere is no better a match than one from here');
SELECT cmp_ok((SELECT f1 FROM clientele.evaluate('folk', 'truth')), '>=', 0.9::float8, 'and the job itself is well done: one in twelve has neither e-mail nor birth date left');

-- the steps of an explanation add up to the weight that the pair has, and in a model without households theirs is nothing
SELECT clientele.create_model('two', 'folk', (clientele.suggest_model('folk') - 'blocking') || '{"household": false}');
CALL clientele.resolve('two');
SELECT is_empty(format($$SELECT p.left_key, p.right_key FROM (SELECT * FROM %I_pair ORDER BY match_weight DESC LIMIT 60) p, LATERAL (SELECT sum(weight) AS weight FROM clientele.explain(%L, p.left_key, p.right_key)) e
                         WHERE abs(p.match_weight - e.weight) > 0.00001$$, model, model), model || ': weights of the steps add up') FROM unnest(ARRAY['folk', 'two']) model;
SELECT is((SELECT round(weight::numeric, 4) FROM clientele.explain('two', 1, 1001) WHERE comparison = '(household)'), 0.0000, 'no household where there is none');
SELECT is_empty($$SELECT comparison FROM clientele.explain('folk', 1, 1001) WHERE term_frequency::text = '-0' OR weight::text = '-0'$$, 'nothing is minus nothing');
-- people have several addresses and telephones: a list of them is proposed like one, and is never passed over in silence
CREATE TABLE listed AS SELECT id, first_name, last_name, ARRAY['old' || id || '@example.org', email] AS emails, ARRAY['a', 'b' || id] AS tags FROM folk;
ALTER TABLE listed ADD PRIMARY KEY (id);
SELECT is(jsonb_path_query_array(clientele.suggest_model('listed'), '$.comparisons[*].kind'), '["given_name", "surname", "email"]', 'a list of e-mails is a comparison');
SELECT ok(clientele.suggest_model('listed') @? '$.left_out[*] ? (@.column == "tags")', 'a list of something else is left out, and that is said');
CALL clientele.dedupe('listed');
SELECT is((SELECT count(*) FROM listed_person a JOIN listed_person b USING (person_id) WHERE b.record_key = a.record_key + 1000 AND a.record_key % 3 > 0), 134::bigint, 'and brings together who has one in common');

-- settings and arguments that cannot be meant
SELECT throws_ok($$SELECT clientele.create_model('', 'folk')$$, '42602', NULL, 'a model without a name');
SELECT throws_ok($$SELECT clientele.create_model(repeat('x', 60), 'folk')$$, '42622', NULL, 'a model whose results no table could be called by');
SELECT throws_ok($$CALL clientele.dedupe('folk', threshold => 1)$$, '22023', 'threshold must be above 0 and below 1, not 1', 'a threshold that nothing reaches');
SET TRANSACTION READ ONLY;
SELECT throws_ok($$CALL clientele.dedupe('folk')$$, '25006', 'cannot execute dedupe() in a read-only transaction', 'nothing is written in a read-only transaction');
SELECT throws_ok($$CALL clientele.resolve('folk')$$, '25006', NULL, 'nor by resolve');
SELECT throws_ok($$CALL clientele.train('folk')$$, '25006', NULL, 'nor by train');
SELECT cmp_ok((SELECT count(*) FROM clientele.search('folk', '{"first_name": "Ana", "last_name": "Savić"}')), '>', 0::bigint, 'but searched');

SELECT * FROM finish();
ROLLBACK;
