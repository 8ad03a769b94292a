-- A model told in settings: what it shows, and what its errors say.
SET client_min_messages = warning;
CREATE TABLE member (id int PRIMARY KEY, name text, born date, code text);
INSERT INTO member VALUES (1, 'Ana Novak', '1980-05-17', '33392005961'), (2, 'Ana Novak', '1980-05-20', 'HR 33392005961'), (3, 'Iva Horvat', '1991-01-02', '33392005962'), (4, 'Luka Babić', NULL, NULL);
SELECT clientele.create_model('told', 'member', '{"prior": 0.25, "household": false, "comparisons": [
    {"name": "name", "kind": "levels", "columns": ["name"], "levels": [{"exact": true}, {"jaro_winkler": 0.9}], "m": [0.9, 0.05, 0.05], "u": [0.1, 0.1, 0.8]},
    {"name": "born", "kind": "sql", "columns": ["born"], "levels": [{"sql": "l.born = r.born", "label": "the same day"}, {"sql": "abs(born_l - born_r) < 7", "label": "the same week"}], "m": [0.8, 0.15, 0.05], "u": [0.01, 0.05, 0.94], "veto": ["different"]},
    {"name": "code", "kind": "identifier", "columns": ["code"], "scheme": "oib", "m": [0.9, 0.08, 0.02], "u": [0.01, 0.01, 0.98], "weights": {"typing error": 1.5}, "term_frequency": false}],
    "blocking": [{"keys": [{"column": "name"}]}, {"keys": [{"column": "code"}]}]}');
SELECT comparison, level, label, m, u, round(weight::numeric, 3) AS weight FROM clientele.model_parameters('told');
SELECT comparison, level, label, left_value, right_value, round(weight::numeric, 3) AS weight, round(total::numeric, 3) AS total FROM clientele.explain('told', 1, 2);
SELECT comparison, level, label FROM clientele.explain('told', 1, 3) WHERE level IS NOT NULL;
CALL clientele.resolve('told');
SELECT person_id, array_agg(record_key ORDER BY record_key) AS records FROM told_person GROUP BY 1 ORDER BY 1;
SELECT * FROM clientele.model_warnings('told');
SELECT l ->> 'sql_condition' AS condition, l -> 'm_probability' AS m FROM jsonb_array_elements(clientele.export_splink('told') -> 'comparisons' -> 1 -> 'comparison_levels') l;

-- errors
SELECT clientele.create_model('told', 'member');
SELECT clientele.create_model('wrong', 'member', '{"comparisons": [{"kind": "surnam", "columns": ["name"]}]}');
SELECT clientele.create_model('wrong', 'member', '{"comparisons": [{"kind": "surname", "columns": ["nam"]}]}');
SELECT clientele.create_model('wrong', 'member', '{"comparisons": [{"kind": "surname", "columns": ["name"]}], "treshold": 0.9}');
SELECT clientele.create_model('wrong', 'member', '{"comparisons": [{"kind": "levels", "columns": ["name"], "levels": [{"jaro_winkler": 92}]}]}');
SELECT clientele.create_model('wrong', 'member', '{"comparisons": [{"kind": "sql", "columns": ["name"], "levels": [{"sql": "l.name = "}]}]}');
SELECT clientele.create_model('wrong', 'member', '{"comparisons": [{"kind": "sql", "columns": ["name"], "levels": [{"sql": "l.name = r.title"}]}]}');
SELECT clientele.create_model('wrong', 'member', '{"comparisons": [{"kind": "sql", "columns": ["name"], "levels": [{"sql": "random() < 0.5"}]}]}');
SELECT clientele.create_model('wrong', 'member', '{"comparisons": [{"kind": "surname", "columns": ["name"]}], "blocking": [{"keys": [{"column": "name", "form": "colour"}]}]}');
UPDATE clientele.linkage_model SET parameters = '{"comparisons": 7}' WHERE name = 'told';
CALL clientele.resolve('told');
SELECT clientele.drop_model('told');
DROP VIEW told_golden;
DROP TABLE told_person, told_pair, told_index;
DROP TABLE member;
