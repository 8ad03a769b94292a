-- Linking tables of which one has people's names in one column and the other in two.
BEGIN;
SELECT no_plan();

CREATE TABLE person AS
SELECT i, (ARRAY['James', 'Mary', 'Thomas', 'Anna', 'Robert', 'Helen', 'George', 'Laura', 'Peter', 'Alice', 'Martin', 'Julia', 'Henry', 'Clara', 'Paul', 'Emma', 'Frank', 'Irene', 'Oscar', 'Nora'])[1 + i % 20] AS g,
       (ARRAY['Smith', 'James', 'Thomas', 'Van Dyke', 'Kowalski', 'O''Hara', 'Martin', 'Brown', 'Nguyen', 'Fischer', 'Moreau', 'Rossi', 'Lindgren', 'Papadakis', 'Horvat', 'Novak', 'Taylor'])[1 + i % 17]
           || CASE WHEN i % 3 = 0 THEN (ARRAY['son', 'ton', 'ham', 'by', 'er'])[1 + i % 5] ELSE '' END AS s,
       date '1940-01-01' + (i * 7919) % 22000 AS born, substr('ABCDEFGHJKLM', 1 + i % 12, 1) AS m
FROM generate_series(1, 600) i;
CREATE TABLE staff (id int PRIMARY KEY, first_name text, last_name text, birth_date date);
CREATE TABLE payroll (emp_no text PRIMARY KEY, employee text, dob text, salary int);
INSERT INTO staff SELECT i, g, s, born FROM person WHERE i <= 450;
INSERT INTO payroll SELECT 'E' || i, CASE i % 4 WHEN 0 THEN upper(s || ', ' || g) WHEN 1 THEN s || ', ' || g || ' ' || m || '.' WHEN 2 THEN g || ' ' || s ELSE g || ' ' || m || '. ' || s END,
    to_char(born, 'DD.MM.YYYY'), i FROM person WHERE i > 200;
SELECT lives_ok($$CALL clientele.link('staff', 'payroll', 'right_whole')$$, 'names in two columns and in one');
CREATE VIEW found AS SELECT a.record_key::text AS l, b.record_key::text AS r FROM right_whole_person a JOIN right_whole_person b USING (person_id) WHERE a.source = 'staff'::regclass AND b.source = 'payroll'::regclass;
SELECT cmp_ok((SELECT count(*) FROM found WHERE r = 'E' || l), '>=', 248::bigint, 'the same people, whichever of the names stands first, and with initials');
SELECT cmp_ok((SELECT count(*) FROM found WHERE r <> 'E' || l), '<=', 1::bigint, 'and hardly others');
SELECT set_eq($$SELECT c ->> 'kind' AS kind, c -> 'columns' AS l, c -> 'right_columns' AS r FROM clientele.linkage_model, jsonb_array_elements(settings -> 'comparisons') c$$,
    $$VALUES ('surname', '["last_name"]'::jsonb, '["employee"]'::jsonb), ('given_name', '["first_name"]', 'null'), ('date', '["birth_date"]', '["dob"]')$$, 'whole names are divided');
-- a search reads the record alone and divides it alike
SELECT is_empty($$SELECT FROM right_whole_pair p WHERE left_key::int % 9 = 0
    AND abs(match_weight - (SELECT total FROM clientele.explain('right_whole', p.left_key, p.right_key) WHERE comparison = '(household)')) > 1e-4$$, 'explain weighs as the run did');
SELECT cmp_ok((SELECT count(*) FROM payroll p, LATERAL (SELECT record_key FROM clientele.search('right_whole', to_jsonb(p), 5) WHERE source = 'staff'::regclass LIMIT 1) s
               WHERE s.record_key = substr(emp_no, 2) AND emp_no::text < 'E300'), '>=', 95::bigint, 'search finds staff for a whole name');

-- the other way round
SELECT lives_ok($$CALL clientele.link('payroll', 'staff', 'left_whole', one_to_one => true)$$, 'the whole names first');
SELECT cmp_ok((SELECT count(*) FROM left_whole_person a JOIN left_whole_person b USING (person_id) WHERE a.source = 'staff'::regclass AND b.record_key = 'E' || a.record_key), '>=', 248::bigint, 'the same people');

-- messages of a laboratory, and a list that knows some by their given name alone
CREATE TABLE lab (accession int PRIMARY KEY, patient_name text, patient_dob text);
CREATE TABLE letter (id int PRIMARY KEY, name text, birthday text, subscribed date);
INSERT INTO lab SELECT i, s || '^' || g || '^' || m, to_char(born, 'YYYYMMDD') FROM person WHERE i > 300;
INSERT INTO letter SELECT i, CASE WHEN i % 2 = 0 THEN g ELSE g || ' ' || s END, to_char(born, 'MM/DD/YYYY'), '2026-01-01' FROM person WHERE i % 2 = 0;
SELECT lives_ok($$CALL clientele.link_all('{staff,lab,letter}', 'three', one_to_one => true)$$, 'three tables');
SELECT cmp_ok((SELECT count(*) FROM three_person a JOIN three_person b USING (person_id, record_key) WHERE a.source = 'staff'::regclass AND b.source = 'lab'::regclass), '>=', 148::bigint, 'patients');
SELECT cmp_ok((SELECT count(*) FROM three_person a JOIN three_person b USING (person_id, record_key) WHERE a.source = 'staff'::regclass AND b.source = 'letter'::regclass), '>=', 220::bigint, 'by the given name alone');

-- headings of an authority file: the name, and years behind it
CREATE TABLE heading (no text PRIMARY KEY, heading text);
INSERT INTO heading SELECT 'n' || i, s || ', ' || g || ' ' || m || '., ' || extract(year FROM born) || '-' FROM person WHERE i > 300;
CREATE TABLE writer (id int PRIMARY KEY, forename text, family_name text, trade text);
INSERT INTO writer SELECT i, g, s, 'writer' FROM person WHERE i <= 450;
SELECT lives_ok($$CALL clientele.link('writer', 'heading', 'written')$$, 'a text that holds the names of the other table');
SELECT set_eq($$SELECT c ->> 'kind' AS kind, c -> 'columns' AS l, c -> 'right_columns' AS r FROM clientele.linkage_model, jsonb_array_elements(settings -> 'comparisons') c WHERE name = 'written'$$,
    $$VALUES ('surname', '["family_name"]'::jsonb, '["heading"]'::jsonb), ('given_name', '["forename"]', 'null')$$, 'is a whole name');

SELECT * FROM finish();
ROLLBACK;
