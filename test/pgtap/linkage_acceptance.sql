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

SELECT * FROM finish();
ROLLBACK;
