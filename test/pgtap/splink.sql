-- Models of Splink in and out: a complete settings file as Splink 4 saves it.
BEGIN;
SELECT no_plan();

CREATE TABLE people (unique_id int PRIMARY KEY, first_name text, surname text, dob text, city text, email text, postcode text, lat float8, long float8, income numeric, aliases text[]);
INSERT INTO people
SELECT g, (ARRAY['Marko', 'Ana', 'Jelena', 'Petar', 'Milica', 'Ivan'])[1 + g % 6], initcap(translate(substr(md5('n' || g % 97), 1, 7), '0123456789', 'ghijklmnop')),
       (date '1950-01-01' + (g * 37 % 20000))::text, (ARRAY['Beograd', 'Zagreb', 'Split', 'Osijek'])[1 + g % 4], 'user' || g || '@example.org',
       'SW' || g % 20 || 'A ' || g % 9 || 'AA', 44 + g * 0.01, 20 + g * 0.01, 1000 + g, ARRAY['a' || g, 'b' || g]
FROM generate_series(1, 400) g;
INSERT INTO people
SELECT unique_id + 1000, CASE WHEN unique_id % 5 = 0 THEN surname ELSE first_name END, CASE WHEN unique_id % 5 = 0 THEN first_name ELSE surname END,
       CASE WHEN unique_id % 4 = 0 THEN overlay(dob PLACING '9' FROM 10) ELSE dob END, city, CASE WHEN unique_id % 3 = 0 THEN 'user' || unique_id || '@example.com' ELSE email END,
       postcode, lat, long + 0.001, income + 1, ARRAY['b' || unique_id, 'c']
FROM people WHERE unique_id <= 80;

CREATE TEMP TABLE file AS SELECT $json${
  "link_type": "dedupe_only", "probability_two_random_records_match": 0.00035, "retain_matching_columns": true, "retain_intermediate_calculation_columns": false,
  "additional_columns_to_retain": [], "sql_dialect": "duckdb", "linker_uid": "a1b2c3d4", "em_convergence": 0.0001, "max_iterations": 25, "bayes_factor_column_prefix": "bf_",
  "term_frequency_adjustment_column_prefix": "tf_", "comparison_vector_value_column_prefix": "gamma_", "unique_id_column_name": "unique_id", "source_dataset_column_name": "source_dataset",
  "blocking_rules_to_generate_predictions": [
    {"blocking_rule": "(l.\"first_name\" = r.\"first_name\") AND (l.\"surname\" = r.\"surname\")", "sql_dialect": "duckdb"},
    {"blocking_rule": "l.\"dob\" = r.\"dob\"", "sql_dialect": "duckdb"},
    {"blocking_rule": "l.\"email\" = r.\"email\" AND substr(l.\"surname\", 1, 3) = substr(r.\"surname\", 1, 3)", "sql_dialect": "duckdb"},
    "l.postcode = r.postcode and l.city = r.city",
    {"blocking_rule": "levenshtein(l.surname, r.surname) < 2", "sql_dialect": "duckdb"}],
  "comparisons": [
    {"output_column_name": "first_name_surname", "comparison_description": "ForenameSurnameComparison", "comparison_levels": [
      {"sql_condition": "(\"first_name_l\" IS NULL OR \"first_name_r\" IS NULL) AND (\"surname_l\" IS NULL OR \"surname_r\" IS NULL)", "label_for_charts": "Null", "is_null_level": true},
      {"sql_condition": "(\"first_name_l\" = \"first_name_r\") AND (\"surname_l\" = \"surname_r\")", "label_for_charts": "Both", "m_probability": 0.60, "u_probability": 0.0015},
      {"sql_condition": "\"first_name_l\" = \"surname_r\" AND \"first_name_r\" = \"surname_l\"", "label_for_charts": "Reversed", "m_probability": 0.05, "u_probability": 0.00001},
      {"sql_condition": "(jaro_winkler_similarity(\"first_name_l\", \"first_name_r\") >= 0.92) AND (jaro_winkler_similarity(\"surname_l\", \"surname_r\") >= 0.92)", "label_for_charts": "JW both", "m_probability": 0.15, "u_probability": 0.0005},
      {"sql_condition": "\"surname_l\" = \"surname_r\"", "label_for_charts": "Surname", "m_probability": 0.1, "u_probability": 0.009, "tf_adjustment_column": "surname", "tf_adjustment_weight": 1.0},
      {"sql_condition": "ELSE", "label_for_charts": "Else", "m_probability": 0.1, "u_probability": 0.98899}]},
    {"output_column_name": "surname", "comparison_description": "NameComparison", "comparison_levels": [
      {"sql_condition": "\"surname_l\" IS NULL OR \"surname_r\" IS NULL", "label_for_charts": "surname is NULL", "is_null_level": true},
      {"sql_condition": "\"surname_l\" = \"surname_r\"", "label_for_charts": "Exact match on surname", "m_probability": 0.7, "u_probability": 0.01, "tf_adjustment_column": "surname", "tf_adjustment_weight": 0.5, "tf_minimum_u_value": 0.001},
      {"sql_condition": "jaro_winkler_similarity(\"surname_l\", \"surname_r\") >= 0.92", "label_for_charts": "Jaro-Winkler distance of surname >= 0.92", "m_probability": 0.1, "u_probability": 0.002},
      {"sql_condition": "jaro_winkler_similarity(\"surname_l\", \"surname_r\") >= 0.7", "label_for_charts": "Jaro-Winkler distance of surname >= 0.7", "m_probability": 0.05, "u_probability": 0.02},
      {"sql_condition": "ELSE", "label_for_charts": "All other comparisons", "m_probability": 0.15, "u_probability": 0.968}]},
    {"output_column_name": "dob", "comparison_description": "DateOfBirthComparison", "comparison_levels": [
      {"sql_condition": "\"dob_l\" IS NULL OR \"dob_r\" IS NULL", "is_null_level": true, "label_for_charts": "dob is NULL"},
      {"sql_condition": "\"dob_l\" = \"dob_r\"", "label_for_charts": "Exact match", "m_probability": 0.85, "u_probability": 0.0001},
      {"sql_condition": "damerau_levenshtein(\"dob_l\", \"dob_r\") <= 1", "label_for_charts": "DamerauLevenshtein <= 1", "m_probability": 0.08, "u_probability": 0.002},
      {"sql_condition": "ABS(EPOCH(try_strptime(\"dob_l\", '%Y-%m-%d')) - EPOCH(try_strptime(\"dob_r\", '%Y-%m-%d'))) <= 2629800.0", "label_for_charts": "within a month", "m_probability": 0.03, "u_probability": 0.003},
      {"sql_condition": "ABS(EPOCH(try_strptime(\"dob_l\", '%Y-%m-%d')) - EPOCH(try_strptime(\"dob_r\", '%Y-%m-%d'))) <= 31557600.0", "label_for_charts": "within a year", "m_probability": 0.02, "u_probability": 0.03},
      {"sql_condition": "ELSE", "label_for_charts": "Else", "m_probability": 0.02, "u_probability": 0.9649}]},
    {"output_column_name": "email", "comparison_description": "EmailComparison", "comparison_levels": [
      {"sql_condition": "\"email_l\" IS NULL OR \"email_r\" IS NULL", "is_null_level": true, "label_for_charts": "email is NULL"},
      {"sql_condition": "\"email_l\" = \"email_r\"", "label_for_charts": "Exact match on email", "m_probability": 0.6, "u_probability": 0.00002, "tf_adjustment_column": "email", "tf_adjustment_weight": 1.0},
      {"sql_condition": "NULLIF(regexp_extract(\"email_l\", '^[^@]+', 0), '') = NULLIF(regexp_extract(\"email_r\", '^[^@]+', 0), '')", "label_for_charts": "Exact match on username", "m_probability": 0.25, "u_probability": 0.00003},
      {"sql_condition": "jaro_winkler_similarity(\"email_l\", \"email_r\") >= 0.88", "label_for_charts": "Jaro-Winkler", "m_probability": 0.05, "u_probability": 0.3},
      {"sql_condition": "jaro_winkler_similarity(NULLIF(regexp_extract(\"email_l\", '^[^@]+', 0), ''), NULLIF(regexp_extract(\"email_r\", '^[^@]+', 0), '')) >= 0.88", "label_for_charts": "Jaro-Winkler of username", "m_probability": 0.03, "u_probability": 0.1},
      {"sql_condition": "ELSE", "label_for_charts": "Else", "m_probability": 0.07, "u_probability": 0.59995}]},
    {"output_column_name": "postcode", "comparison_description": "PostcodeComparison", "comparison_levels": [
      {"sql_condition": "\"postcode_l\" IS NULL OR \"postcode_r\" IS NULL", "is_null_level": true, "label_for_charts": "postcode is NULL"},
      {"sql_condition": "\"postcode_l\" = \"postcode_r\"", "label_for_charts": "Exact", "m_probability": 0.8, "u_probability": 0.005},
      {"sql_condition": "NULLIF(regexp_extract(\"postcode_l\", '^[A-Za-z]{1,2}[0-9][A-Za-z0-9]?', 0), '') = NULLIF(regexp_extract(\"postcode_r\", '^[A-Za-z]{1,2}[0-9][A-Za-z0-9]?', 0), '')", "label_for_charts": "District", "m_probability": 0.1, "u_probability": 0.05},
      {"sql_condition": "cast(acos(case when (sin( radians(\"lat_l\") ) * sin( radians(\"lat_r\") ) + cos( radians(\"lat_l\") ) * cos( radians(\"lat_r\") ) * cos( radians(\"long_r\" - \"long_l\") )) > 1 then 1 else (sin( radians(\"lat_l\") ) * sin( radians(\"lat_r\") ) + cos( radians(\"lat_l\") ) * cos( radians(\"lat_r\") ) * cos( radians(\"long_r\" - \"long_l\") )) end ) * 6371 as float) <= 10", "label_for_charts": "10 km", "m_probability": 0.05, "u_probability": 0.03},
      {"sql_condition": "ELSE", "label_for_charts": "Else", "m_probability": 0.05, "u_probability": 0.915}]},
    {"output_column_name": "income", "comparison_description": "Custom", "comparison_levels": [
      {"sql_condition": "income_l IS NULL OR income_r IS NULL", "is_null_level": true, "label_for_charts": "Null"},
      {"sql_condition": "abs(income_l - income_r) <= 1", "label_for_charts": "within 1", "m_probability": 0.8, "u_probability": 0.01},
      {"sql_condition": "income_l > 0 AND income_r > 0 AND income_l / income_r BETWEEN 0.9 AND 1.1", "label_for_charts": "a tenth", "m_probability": 0.1, "u_probability": 0.3},
      {"sql_condition": "ELSE", "label_for_charts": "Else", "m_probability": 0.1, "u_probability": 0.69}]},
    {"output_column_name": "aliases", "comparison_description": "ArrayIntersectAtSizes", "comparison_levels": [
      {"sql_condition": "\"aliases_l\" IS NULL OR \"aliases_r\" IS NULL", "is_null_level": true, "label_for_charts": "Null"},
      {"sql_condition": "array_length(list_intersect(\"aliases_l\", \"aliases_r\")) >= 1", "label_for_charts": "one in common", "m_probability": 0.9, "u_probability": 0.001},
      {"sql_condition": "ELSE", "label_for_charts": "Else", "m_probability": 0.1, "u_probability": 0.999}]}]
}$json$::jsonb AS settings;

-- levels of Splink's libraries are recognised by their SQL
SELECT is(clientele.splink_level(condition), level::jsonb, condition) FROM (VALUES
    ('"a_l" = "a_r"', '{"exact": true, "column": "a"}'), ('a_l = a_r', '{"exact": true, "column": "a"}'), ('"a_l" = "b_r"', '{"crossed": true, "column": "a"}'),
    ('a_l = a_l', '{"sql": "a_l = a_l"}'),
    ('levenshtein("a_l", "a_r") <= 2', '{"levenshtein": 2, "column": "a"}'), ('damerau_levenshtein("a_l", "a_r") <= 1', '{"damerau_levenshtein": 1, "column": "a"}'),
    ('jaro_similarity("a_l", "a_r") >= 0.9', '{"jaro": 0.9, "column": "a"}'), ('jaro_winkler("a_l", "a_r") >= 0.9', '{"jaro_winkler": 0.9, "column": "a"}'),
    ('jaccard("a_l", "a_r") >= 0.9', '{"jaccard": 0.9, "column": "a"}'), ('substr("a_l", 1, 4) = substr("a_r", 1, 4)', '{"prefix": 4, "column": "a"}'),
    ('jaro_winkler_similarity("a_l", "a_r") <= 0.9', '{"sql": "jaro_winkler_similarity(\"a_l\", \"a_r\") <= 0.9"}'),
    ('abs("a_l" - "a_r") <= 10', '{"difference": 10, "column": "a"}'),
    ('(ABS("a_l" - "a_r") / (CASE WHEN "a_r" > "a_l" THEN "a_r" ELSE "a_l" END)) < 0.1', '{"percent": 0.1, "column": "a"}'),
    ('abs(date_diff(''day'', "a_l", "a_r")) <= 30', '{"days": 30, "column": "a"}'),
    ('("a_l" = "a_r") AND ("b_l" = "b_r")', '{"all": [{"exact": true, "column": "a"}, {"exact": true, "column": "b"}]}'),
    ('("a_l" = "a_r") OR ("b_l" = "b_r")', '{"sql": "(\"a_l\" = \"a_r\") OR (\"b_l\" = \"b_r\")"}'),
    ('abs(epoch(strptime("a_l", ''%d/%m/%Y'')) - epoch(strptime("a_r", ''%d/%m/%Y''))) <= 86400',
     '{"sql": "abs(extract(epoch from try_cast_timestamp(\"a_l\", ''%d/%m/%Y'')) - extract(epoch from try_cast_timestamp(\"a_r\", ''%d/%m/%Y''))) <= 86400"}'),
    ('abs(date_diff(''year'', a_l, a_r)) <= 1', '{"sql": "abs((date_part(''year'', (a_r)::date) - date_part(''year'', (a_l)::date))) <= 1"}'),
    ('abs(datediff(a_l, a_r)) <= 3 OR false', '{"sql": "abs(((a_l)::date - (a_r)::date)) <= 3 OR false"}'),
    ('regexp_extract(lower(a_l), ''^(a|b)+'', 0) = regexp_extract(lower(a_r), ''(x)y'', 1)', '{"sql": "regexp_substr(lower(a_l), ''^(a|b)+'') = (regexp_match(lower(a_r), ''(x)y''))[1]"}'),
    ('LEN(LIST_INTERSECT("a_l", "a_r")) = LEAST(LEN("a_l"), LEN("a_r"))', '{"sql": "cardinality(array_intersect(\"a_l\", \"a_r\")) = LEAST(cardinality(\"a_l\"), cardinality(\"a_r\"))"}'),
    ('len(a_l) == len(a_r)', '{"sql": "length(a_l) = length(a_r)"}'), ('array_cosine_similarity(a_l, a_r) >= 0.9', '{"sql": "cosine_similarity(a_l, a_r) >= 0.9"}'),
    ('a_l IN (''x AND y'') AND a_r = ''('' ', '{"sql": "a_l IN (''x AND y'') AND a_r = ''('' "}')) v (condition, level);
SELECT is(clientele.splink_keys(rule), keys::jsonb, rule) FROM (VALUES
    ('l.a = r.a', '[{"column": "a"}]'), ('(l."a b" = r."a b") AND (l.c = r.c)', '[{"column": "a b"}, {"column": "c"}]'),
    ('substr(l.a, 1, 3) = substr(r.a, 1, 3)', '[{"column": "a", "form": "prefix"}]'), ('l.a = r.b', NULL), ('l.a = r.a OR l.b = r.b', NULL), ('substr(l.a, 1, 5) = substr(r.a, 1, 5)', '[{"column": "a", "form": "prefix", "coarser": true}]'),
    ('r.a = l.a', '[{"column": "a"}]'), ('l.a == r.a', '[{"column": "a"}]'), ('l.a = l.a', NULL), ('left(l.a, 3) = left(r.a, 3)', '[{"column": "a", "form": "prefix"}]'), ('left(l.a, 2) = left(r.a, 2)', NULL),
    ('"l"."a" = "r"."a"', NULL), ('l.a[:4] = r.a[:4]', '[{"column": "a", "form": "prefix", "coarser": true}]'), ('substring(l.a from 1 for 3) = substring(r.a from 1 for 3)', '[{"column": "a", "form": "prefix"}]'),
    ('substr(l.a, 2, 3) = substr(r.a, 2, 3)', NULL), ('substr(l.a, 1, 3) = substr(r.a, 1, 4)', NULL), ('lower(l.a) = lower(r.a)', '[{"column": "a", "folded": true}]'), ('lower(l.a) = r.a', NULL),
    ('upper(substr(l.a, 1, 3)) = upper(substr(r.a, 1, 3))', '[{"column": "a", "form": "prefix", "folded": true}]'), ('CAST(l.a AS VARCHAR) = r.a::text', '[{"column": "a"}]'),
    ('strftime(l.d, ''%Y'') = strftime(r.d, ''%Y'')', '[{"column": "d", "form": "year"}]'), ('year(l.d) = year(r.d) AND l.c = r.c', '[{"column": "d", "form": "year"}, {"column": "c"}]'),
    ('extract(year from l.d) = extract(year from r.d)', '[{"column": "d", "form": "year"}]'), ('date_part(''year'', CAST(l.d AS DATE)) = date_part(''year'', CAST(r.d AS DATE))', '[{"column": "d", "form": "year"}]'),
    ('strftime(try_strptime(l.d, ''%Y-%m-%d''), ''%Y-%m'') = strftime(try_strptime(r.d, ''%Y-%m-%d''), ''%Y-%m'')', '[{"column": "d", "form": "year_month"}]'),
    ('to_char(l.d, ''MMDD'') = to_char(r.d, ''MMDD'')', '[{"column": "d", "form": "month_day"}]'), ('date_trunc(''month'', l.d) = date_trunc(''month'', r.d)', '[{"column": "d", "form": "year_month"}]'),
    ('split_part(l.a, ''@'', 1) = split_part(r.a, ''@'', 1)', '[{"column": "a", "form": "local_part"}]'), ('split_part(lower(l.a), ''@'', 1) = split_part(lower(r.a), ''@'', 1)', NULL),
    ('right(regexp_replace(l.a::text, ''[^0-9]'', '''', ''g''), 7) = right(regexp_replace(r.a::text, ''[^0-9]'', '''', ''g''), 7)', '[{"column": "a", "form": "tail"}]'), ('right(l.a, 7) = right(r.a, 7)', NULL),
    ('l.a = r.b AND l.b = r.a AND l.c = r.c', '[{"column": "a", "with": "b", "form": "either_order"}, {"column": "c"}]'), ('r.b = l.a AND r.a = l.b', '[{"column": "a", "with": "b", "form": "either_order"}]'),
    ('l.a = r.b AND l.b = r.c', NULL), ('l.a = r.b AND l.a = r.b', NULL), ('fold(l.a) = clientele.fold(r.b) AND fold(l.b) = fold(r.a)', '[{"column": "a", "with": "b", "form": "either_order", "folded": true}]'),
    ('month(l.d) = month(r.d)', NULL), ('strftime(l.d, ''%m'') = strftime(r.d, ''%m'')', NULL), ('l.a = r.a AND l.b <> r.b', NULL), ('l.a >= r.a', NULL), ('l.a = ''='' AND r.a = ''x''', NULL), ('', NULL), ('((l.a) = (r.a))', '[{"column": "a"}]')) v (rule, keys);
-- each of them makes the pairs that it makes in SQL, and those that are said to be coarser some more
CREATE TABLE keyed (unique_id int PRIMARY KEY, a text, b text, mail text, phone text, d date, tags text[]);
INSERT INTO keyed (unique_id, b, mail, phone, a, d, tags)
SELECT g, CASE WHEN g % 2 = 0 THEN 'Zadar' || g % 5 ELSE 'x' END, CASE WHEN g % 9 = 0 THEN 'ana' || g % 4 ELSE 'ana' || g % 4 || '@x' || g END, CASE g % 3 WHEN 0 THEN '+381 ' WHEN 1 THEN '0' ELSE '' END || '64/' || 1000000 + g % 8, CASE g % 3 WHEN 0 THEN 'Čakovec' WHEN 1 THEN 'čakovec' ELSE 'Zadar' END || g % 5, date '1990-01-01' + g * 97 % 1000, ARRAY['t' || g % 11, 'u' || g % 7] FROM generate_series(1, 60) g;
CREATE FUNCTION pairs_made(rule jsonb) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    made bigint;
BEGIN
    PERFORM clientele.import_splink(jsonb_build_object('link_type', 'dedupe_only', 'probability_two_random_records_match', 0.01, 'blocking_rules_to_generate_predictions', jsonb_build_array(rule), 'comparisons',
        '[{"output_column_name": "a", "comparison_levels": [{"sql_condition": "a_l IS NULL OR a_r IS NULL", "is_null_level": true},
           {"sql_condition": "a_l = a_r", "m_probability": 0.9, "u_probability": 0.1}, {"sql_condition": "ELSE", "m_probability": 0.1, "u_probability": 0.9}]}]'::jsonb), 'keyed', 'keyed');
    SELECT sum(pairs) INTO made FROM clientele.blocking_report('keyed');
    PERFORM clientele.drop_model('keyed');
    RETURN made;
END $$;
CREATE FUNCTION pairs_true(condition text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    n bigint;
BEGIN
    EXECUTE format('SELECT count(*) FROM keyed l JOIN keyed r ON l.unique_id < r.unique_id AND (%s)', condition) INTO n;
    RETURN n;
END $$;
SELECT is(pairs_made(jsonb_build_object('blocking_rule', rule)), pairs_true(rule), rule || ': the pairs that SQL makes')
FROM unnest(ARRAY['l.a = r.a', 'lower(l.a) = lower(r.a)', 'extract(year from l.d) = extract(year from r.d)', 'to_char(l.d, ''YYYY-MM'') = to_char(r.d, ''YYYY-MM'')',
    'to_char(l.d, ''MM-DD'') = to_char(r.d, ''MM-DD'') AND upper(l.a) = upper(r.a)', 'left(lower(l.a), 3) = left(lower(r.a), 3)']) rule;
SELECT is(pairs_made(jsonb_build_object('blocking_rule', rule)), pairs_true(rule), rule || ': the pairs that SQL makes')
FROM unnest(ARRAY['split_part(l.mail, ''@'', 1) = split_part(r.mail, ''@'', 1)', 'right(regexp_replace(l.phone, ''[^0-9]'', '''', ''g''), 7) = right(regexp_replace(r.phone, ''[^0-9]'', '''', ''g''), 7)']) rule;
SELECT is(pairs_made('{"blocking_rule": "l.a = r.b AND l.b = r.a"}'), pairs_true('l.a = r.b AND l.b = r.a OR l.a = r.a AND l.b = r.b'), 'swapped or not: both orders');
SELECT cmp_ok(pairs_made('{"blocking_rule": "substr(l.a, 1, 6) = substr(r.a, 1, 6)"}'), '>=', pairs_true('substr(l.a, 1, 6) = substr(r.a, 1, 6)'), 'a coarser key: no fewer');
SELECT is(pairs_made('{"blocking_rule": "l.tags = r.tags", "arrays_to_explode": ["tags"]}'), pairs_true('l.tags && r.tags'), 'elements of an array: those that have one in common')
    FROM (SELECT 1) x WHERE pairs_true('cardinality(clientele.array_intersect(l.tags, r.tags)) > 1') = 0;
SELECT is(clientele.import_splink(jsonb_set((SELECT settings FROM file), '{blocking_rules_to_generate_predictions}', '[{"blocking_rule": "l.a = r.a", "arrays_to_explode": ["b"]}]')) #>> '{not_imported,0,why}',
          'elements of two arrays, or of one that the rule does not look at', 'an array that the rule does not look at');
SELECT is(clientele.import_splink(jsonb_set((SELECT settings FROM file), '{blocking_rules_to_generate_predictions}', '[{"blocking_rule": "substr(l.a, 1, 6) = substr(r.a, 1, 6)"}]')) #>> '{not_imported,0,why}',
          'more than three characters: the first three are used, which find the same pairs and more', 'what is coarser is said');
SELECT is(clientele.array_intersect(ARRAY['b', 'a', 'b'], ARRAY['b', 'c', 'a']), ARRAY['b', 'a'], 'array_intersect');

-- what Splink's libraries write beside levels: null levels of dates as text and of postcodes that are none
SELECT is(clientele.splink_comparison(jsonb_build_object('output_column_name', 'x', 'comparison_levels', jsonb_build_array(jsonb_build_object('sql_condition', condition, 'is_null_level', true),
    '{"sql_condition": "\"dob_l\" = \"dob_r\""}'::jsonb))) ->> 'missing', missing, condition) FROM (VALUES
    ('try_strptime("dob_l", ''%Y-%m-%d'') IS NULL OR try_strptime("dob_r", ''%Y-%m-%d'') IS NULL', 'try_cast_timestamp("dob_l", ''%Y-%m-%d'') IS NULL OR try_cast_timestamp("dob_r", ''%Y-%m-%d'') IS NULL'),
    ('NULLIF(regexp_extract("dob_l", ''^[A-Z]+$'', 0), '''') IS NULL OR NULLIF(regexp_extract("dob_r", ''^[A-Z]+$'', 0), '''') IS NULL',
     'NULLIF(regexp_substr("dob_l", ''^[A-Z]+$''), '''') IS NULL OR NULLIF(regexp_substr("dob_r", ''^[A-Z]+$''), '''') IS NULL')) v (condition, missing);
SELECT is(clientele.try_cast_timestamp(v, f), t::timestamp, f || ': ' || v) FROM (VALUES ('2020-02-29', '%Y-%m-%d', '2020-02-29'), ('2021-02-29', '%Y-%m-%d', NULL), (' 29.2.2020', 'DD.MM.YYYY', '2020-02-29'),
    ('20200229', 'YYYYMMDD', '2020-02-29'), ('2020-13-01', 'YYYY-MM-DD', NULL), ('n/a', 'yyyy-MM-dd', NULL), ('2020-01-02T03:04:05', '%Y-%m-%dT%H:%M:%S', '2020-01-02 03:04:05'),
    ('2020-01-02 03:59:05', 'yyyy-MM-dd HH:mm:ss', '2020-01-02 03:59:05'), ('0000-01-01', '%Y-%m-%d', NULL), ('2020-01-02 24:00:00', 'YYYY-MM-DD HH24:MI:SS', NULL)) x (v, f, t);
SELECT is(clientele.try_cast_date('2020-02-29', 'YYYY-MM-DD'), date '2020-02-29', 'a date');
SELECT throws_ok($$SELECT clientele.try_cast_date('1 Feb', '%d %b')$$, '22023', NULL, 'a format that is not known');

-- nothing within quotes is rewritten, and comments are none of it
SELECT is(clientele.splink_sql(condition), made, condition) FROM (VALUES
    ('l.x == ''a==b'' and len(r.x) == 3', 'l.x = ''a==b'' and length(r.x) = 3'), ('"len(x)_l" == "a==b_r"', '"len(x)_l" = "a==b_r"'), ('a_l == ''it''''s == epoch(x)''', 'a_l = ''it''''s == epoch(x)'''),
    ('a_l == 1 -- len(a_l) == ''x\n  AND b_l == ''--''', 'a_l = 1 -- len(a_l) == ''x\n  AND b_l == ''--'''), ('len(a_l) /* == '' */ == 2', 'length(a_l) = 2'), (E'a_l == 1 -- it''s len(a_l)\n and b_l == ''/* as string) */''', 'a_l = 1 and b_l = ''/* as string) */'''),
    ('abs(date_diff(''day'', strptime(a_l, ''ifnull(%Y'')::date, a_r)) == 3', 'abs(((a_r)::date - (try_cast_timestamp(a_l, ''ifnull(%Y'')::date)::date)) = 3'),
    ('regexp_extract(a_l, ''len(a)=="x"'', 0) == ''#2''', 'regexp_substr(a_l, ''len(a)=="x"'') = ''#2'''), ('a_l - b_l / 2 == -1', 'a_l - b_l / 2 = -1')) v (condition, made)
WHERE condition NOT LIKE '%\n  AND%';
SELECT is(clientele.splink_unwrapped(E'( a_l = ''x  (y'' -- and\n  AND\tb_l = 1 )'), 'a_l = ''x  (y'' AND b_l = 1', 'spaces within quotes stay');
SELECT is(clientele.splink_conjuncts('a_l = '' and '' /* and */ AND b_l = " or _l"'), ARRAY['a_l = '' and ''', 'b_l = " or _l"'], 'AND within quotes joins nothing');
SELECT is(clientele.splink_condition('{"sql": "l.a = ''l.a'' AND \"r\".b = r.\"b c\" AND r.a == l.ab"}', '{a,b c}', 'postgres'), '"a_l" = ''l.a'' AND "r".b = "b c_r" AND "a_r" == l.ab', 'columns within quotes are none, on the way out');
CREATE TEMP TABLE literal AS SELECT jsonb_set(settings, '{comparisons,5,comparison_levels,2,sql_condition}', to_jsonb('income_l::text = ''a==b  len(x)'' OR "first_name_l" == ''-- x'' OR income_l == income_r'::text)) AS settings FROM file;
SELECT lives_ok($$SELECT clientele.import_splink(settings, 'literal', 'people') FROM literal$$, 'literals with operators in them');
CREATE TEMP TABLE literal_gone AS SELECT clientele.export_splink('literal') AS settings;
SELECT is(settings #>> '{comparisons,5,comparison_levels,2,sql_condition}', 'income_l::text = ''a==b  len(x)'' OR "first_name_l" = ''-- x'' OR income_l = income_r', 'and out as they came') FROM literal_gone;
SELECT is(clientele.import_splink(g.settings) - 'not_imported', clientele.import_splink(l.settings) - 'not_imported', 'import of export: the same levels, m, u, prior and rules') FROM literal_gone g, literal l;
SELECT lives_ok($$SELECT clientele.import_splink(settings, 'again', 'people') FROM literal_gone$$, 'once more');
SELECT is(clientele.export_splink('again'), settings, 'export of import of export: the same to the letter') FROM literal_gone;
SELECT clientele.drop_model('literal'), clientele.drop_model('again');

-- one argument: the settings, nothing is stored
SELECT is((SELECT jsonb_array_length(clientele.import_splink(settings) -> 'comparisons') FROM file), 7, 'all comparisons come across');
SELECT is((SELECT clientele.import_splink(settings) -> 'not_imported' FROM file),
    '[{"blocking_rule": "levenshtein(l.surname, r.surname) < 2", "why": "not made of equalities of columns, of their first three or more characters, of years, months with years, or days with months of dates, whatever the case of letters"}]'::jsonb, 'what does not is said');
SELECT is((SELECT jsonb_array_length(clientele.import_splink(settings) -> 'blocking') FROM file), 4, 'the other four rules do');
SELECT is((SELECT count(*) FROM file, jsonb_path_query(clientele.import_splink(settings), '$.comparisons[*].levels[*] ? (exists(@.sql))') q), 3::bigint, 'three conditions stay SQL');
SELECT is((SELECT jsonb_path_query_array(clientele.import_splink(settings), '$.comparisons[*].missing') FROM file),
    '["all", "any", "any", "any", "\"postcode_l\" IS NULL OR \"postcode_r\" IS NULL", "any", "any"]'::jsonb, 'what is missing');
SELECT is_empty('SELECT * FROM clientele.linkage_model', 'and nothing is stored');

-- with a table: a model, trained as it came
SELECT lives_ok($$SELECT clientele.import_splink(settings, 'came', 'people') FROM file$$, 'import with a table');
SELECT is((SELECT (parameters ->> 'prior')::numeric FROM clientele.linkage_model WHERE name = 'came'), 0.00035, 'the prior');
SELECT results_eq($$SELECT m::numeric, u::numeric FROM clientele.model_parameters('came')$$,
    $$SELECT (l ->> 'm_probability')::numeric, (l ->> 'u_probability')::numeric FROM file, jsonb_array_elements(settings -> 'comparisons') WITH ORDINALITY c (c, i),
      jsonb_array_elements(c -> 'comparison_levels') WITH ORDINALITY x (l, j) WHERE NOT l ? 'is_null_level' ORDER BY i, j$$, 'm and u are Splink''s');
SELECT lives_ok($$CALL clientele.resolve('came')$$, 'it resolves without training');
SELECT is((SELECT count(*) FROM came_person a JOIN came_person b USING (person_id) WHERE b.record_key = a.record_key + 1000), 80::bigint, 'and finds its pairs');
SELECT is((SELECT jsonb_agg(level ORDER BY o) FROM (SELECT level, row_number() OVER () AS o FROM clientele.explain('came', 15, 1015)) x WHERE level IS NOT NULL), '[2, 4, 1, 2, 1, 1, 1]'::jsonb,
    'levels of a pair: names reversed, surnames different, the user''s name');
-- weights as Splink adds them: prior, bits, term frequency of the surname with half its weight and of the e-mail
SELECT cmp_ok(abs((SELECT match_weight::numeric FROM came_pair WHERE left_key = 1 AND right_key = 1001)
    - (log(2.0, 0.00035 / 0.99965) + log(2.0, 0.60 / 0.0015) + log(2.0, 0.7 / 0.01)
        + 0.5 * log(2.0, 0.01 / greatest(0.001, (SELECT count(*) FROM people p WHERE p.surname = (SELECT surname FROM people WHERE unique_id = 1))::numeric / 480))
        + log(2.0, 0.85 / 0.0001) + log(2.0, 0.6 / 0.00002) + log(2.0, 0.00002 / (2 / 480.0)) + log(2.0, 0.8 / 0.005) + log(2.0, 0.8 / 0.01) + log(2.0, 0.9 / 0.001))), '<', 0.01, 'a pair weighs what it does in Splink');

-- and out again
CREATE TEMP TABLE gone AS SELECT clientele.export_splink('came') AS settings;
SELECT is(g.settings -> k, f.settings -> k, 'round trip: ' || k) FROM gone g, file f, unnest(ARRAY['link_type', 'unique_id_column_name', 'probability_two_random_records_match']) k;
SELECT results_eq($$SELECT l -> 'm_probability', l -> 'u_probability', l ->> 'label_for_charts', l ->> 'tf_adjustment_column', (l ->> 'tf_adjustment_weight')::numeric, l ->> 'tf_minimum_u_value' FROM gone, jsonb_array_elements(settings -> 'comparisons') WITH ORDINALITY c (c, i),
      jsonb_array_elements(c -> 'comparison_levels') WITH ORDINALITY x (l, j) WHERE NOT l ? 'is_null_level' ORDER BY i, j$$,
    $$SELECT l -> 'm_probability', l -> 'u_probability', l ->> 'label_for_charts', l ->> 'tf_adjustment_column', (l ->> 'tf_adjustment_weight')::numeric, l ->> 'tf_minimum_u_value' FROM file, jsonb_array_elements(settings -> 'comparisons') WITH ORDINALITY c (c, i),
      jsonb_array_elements(c -> 'comparison_levels') WITH ORDINALITY x (l, j) WHERE NOT l ? 'is_null_level' ORDER BY i, j$$, 'round trip: m, u, labels and frequencies of every level');
SELECT ok((SELECT bool_and(c -> 'comparison_levels' -> -1 ->> 'sql_condition' = 'ELSE' AND c -> 'comparison_levels' -> 0 -> 'is_null_level' = 'true') FROM gone, jsonb_array_elements(settings -> 'comparisons') c),
    'the null level comes first and ELSE last');
SELECT is((SELECT jsonb_path_query_array(clientele.import_splink(g.settings), '$.comparisons') FROM gone g), (SELECT jsonb_path_query_array(clientele.import_splink(f.settings), '$.comparisons') FROM file f),
    'importing the export gives the same comparisons, thresholds and all');
SELECT is((SELECT clientele.import_splink(g.settings) -> 'blocking' FROM gone g), (SELECT clientele.import_splink(f.settings) -> 'blocking' FROM file f), 'and the same blocking');

-- the exported SQL is PostgreSQL: every condition of every level runs, and the levels are those of the kernels
CREATE FUNCTION pg_temp.levels_of(comparison jsonb, a int, b int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    level int;
    columns text;
BEGIN
    SELECT string_agg(format('l.%1$I AS %2$I, r.%1$I AS %3$I', attname, attname || '_l', attname || '_r'), ', ') INTO columns FROM pg_attribute WHERE attrelid = 'people'::regclass AND attnum > 0;
    EXECUTE format('SELECT CASE %s END FROM (SELECT %s FROM people l, people r WHERE l.unique_id = $1 AND r.unique_id = $2) p',
        (SELECT string_agg(CASE WHEN l ->> 'sql_condition' = 'ELSE' THEN 'ELSE ' ELSE 'WHEN ' || (l ->> 'sql_condition') || ' THEN ' END || (n - CASE WHEN comparison -> 'comparison_levels' -> 0 ? 'is_null_level' THEN 1 ELSE 0 END), ' ' ORDER BY n)
         FROM jsonb_array_elements(comparison -> 'comparison_levels') WITH ORDINALITY x (l, n)), columns) INTO level USING a, b;
    RETURN level;
END $$;
SELECT is((SELECT jsonb_agg(pg_temp.levels_of(c, p.left_key, p.right_key) ORDER BY i) FROM gone, jsonb_array_elements(settings -> 'comparisons') WITH ORDINALITY x (c, i)),
    (SELECT jsonb_agg(level ORDER BY o) FROM (SELECT level, row_number() OVER () AS o FROM clientele.explain('came', p.left_key, p.right_key)) x WHERE level IS NOT NULL),
    format('levels in SQL and in the kernels: %s and %s', p.left_key, p.right_key))
FROM (SELECT left_key, right_key FROM came_pair ORDER BY md5(left_key || ' ' || right_key) LIMIT 12) p;

CREATE FUNCTION pg_temp.plans(query text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'EXPLAIN ' || query; END $$;
-- a model of our own kinds goes out, too
SELECT clientele.create_model('ours', 'people');
CALL clientele.train('ours');
SELECT lives_ok($$CREATE TEMP TABLE ours AS SELECT clientele.export_splink('ours') AS settings$$, 'export of a suggested model');
SELECT ok(pg_temp.levels_of(c, 1, 1001) = 1, format('%s: the SQL of its kind runs and finds two equal values', c ->> 'output_column_name'))
FROM ours, jsonb_array_elements(settings -> 'comparisons') c WHERE c ->> 'output_column_name' IN ('first_name', 'surname', 'dob', 'city', 'email', 'postcode');
SELECT ok(pg_temp.levels_of(c, 1, 2) BETWEEN 0 AND 12, format('%s: runs on two different records', c ->> 'output_column_name')) FROM ours, jsonb_array_elements(settings -> 'comparisons') c;

SELECT is((SELECT clientele.import_splink(settings) -> 'not_imported' FROM ours), NULL, 'and comes back with all its blocking rules');
SELECT is((SELECT count(*) FROM ours, jsonb_array_elements(settings -> 'blocking_rules_to_generate_predictions') r,
          LATERAL (SELECT pg_temp.plans(format('SELECT FROM people l, people r WHERE %s', r ->> 'blocking_rule'))) p), (SELECT jsonb_array_length(settings -> 'blocking_rules_to_generate_predictions')::bigint FROM ours),
    'which are PostgreSQL');

-- every kind goes out as a level of its own for each dialect, and PostgreSQL finds the levels that the kernels find
CREATE TABLE everything (id int PRIMARY KEY, given text, middle text, family text, mail text, phone text, mobile text, born date, street text, nr text, zip text, town text, country text, tax_id text, firm text, form text,
                         amount numeric, lat float8, long float8, mails text[], note text, colour text, sex text, seen timestamp);
INSERT INTO everything
SELECT g, (ARRAY['Marko', 'Katarzyna', 'Jelena', 'Peter', 'Milica', 'Ivan', 'William', 'Zoë'])[1 + (h * 7 + 3) % 8], CASE WHEN h % 3 = 0 THEN (ARRAY['Ana', 'Josip'])[1 + h % 2] END,
       initcap(translate(substr(md5('n' || h % 97), 1, 7), '0123456789', 'ghijklmnop')), 'user.' || substr(md5(h::text), 1, 6) || '@example.org', '+381 64 ' || 1000000 + h * 733 % 899999, '063/' || 200000 + h * 37,
       date '1950-01-02' + h * 37 % 20000, (ARRAY['Knez Mihailova', 'Bulevar kralja Aleksandra', 'High Street', 'Nemanjina ulica'])[1 + h % 4], (1 + h % 60)::text, (11000 + h % 50)::text,
       (ARRAY['Beograd', 'Novi Sad', 'Zagreb', 'Split'])[1 + h % 4], (ARRAY['Serbia', 'Croatia'])[1 + h % 2], (100000000 + h * 7919)::text, 'Firma ' || substr(md5('f' || h % 60), 1, 6) || ' Trade d.o.o.',
       'Acme ' || (ARRAY['GmbH', 'AG', 'KG'])[1 + h % 3], 1000 + h * 10, 44 + h * 0.01, 20 + h * 0.01, ARRAY['a' || h || '@x.org', 'b' || h || '@y.org'], 'red chair ' || h % 40 || ' with arms model ' || substr(md5('m' || h), 1, 5),
       (ARRAY['dark red', 'green', 'blue'])[1 + h % 3], (ARRAY['male', 'F'])[1 + h % 2], timestamp '2020-01-01' + h * interval '1 day'
FROM generate_series(1, 300) g, LATERAL (SELECT g % 150) x (h);
UPDATE everything SET given = CASE id % 7 WHEN 0 THEN left(given, 1) WHEN 1 THEN family WHEN 2 THEN overlay(given PLACING 'x' FROM 3 FOR 1) WHEN 3 THEN 'Bill' ELSE given END,
       family = CASE id % 7 WHEN 1 THEN given WHEN 4 THEN family || '-Novak' WHEN 5 THEN overlay(family PLACING 'q' FROM 4 FOR 1) ELSE family END,
       mail = CASE id % 6 WHEN 0 THEN replace(mail, '.org', '.or') WHEN 1 THEN replace(mail, 'user', 'usr') WHEN 2 THEN replace(mail, '@example.org', '@gmail.com') WHEN 3 THEN 'n/a' ELSE mail END,
       phone = CASE id % 5 WHEN 0 THEN mobile WHEN 1 THEN replace(phone, '+381 ', '0') WHEN 2 THEN overlay(phone PLACING '9' FROM 12 FOR 1) WHEN 3 THEN '000' ELSE phone END, mobile = CASE id % 5 WHEN 0 THEN phone ELSE mobile END,
       born = CASE id % 6 WHEN 0 THEN born + 1 WHEN 1 THEN born + 365 WHEN 2 THEN date_trunc('year', born) WHEN 3 THEN '1900-01-01' ELSE born END,
       street = CASE id % 5 WHEN 0 THEN replace(street, 'ihailova', 'ihajlova') WHEN 1 THEN street || ' ' || nr WHEN 2 THEN NULL ELSE street END, nr = CASE id % 4 WHEN 0 THEN nr || 'a' WHEN 1 THEN NULL ELSE nr END,
       zip = CASE id % 5 WHEN 0 THEN overlay(zip PLACING '7' FROM 5) WHEN 1 THEN NULL ELSE zip END, town = CASE id % 6 WHEN 0 THEN 'Belgrade' WHEN 1 THEN NULL ELSE town END,
       tax_id = CASE id % 4 WHEN 0 THEN overlay(tax_id PLACING '5' FROM 4) WHEN 1 THEN 'DE' || tax_id ELSE tax_id END, firm = CASE id % 4 WHEN 0 THEN replace(firm, ' Trade', '') WHEN 1 THEN upper(replace(firm, 'd.o.o.', 'DOO')) ELSE firm END,
       amount = amount * (1 + id % 4 * 0.04), long = long + CASE id % 5 WHEN 0 THEN 0.0005 WHEN 1 THEN 0.05 WHEN 2 THEN 1 ELSE 0 END, mails = CASE id % 3 WHEN 0 THEN ARRAY[mails[2], 'c@z.net'] WHEN 1 THEN NULL ELSE mails END,
       note = CASE id % 4 WHEN 0 THEN replace(note, 'chair', 'chairs') WHEN 1 THEN replace(note, ' with arms', '') ELSE note END, colour = CASE id % 4 WHEN 0 THEN replace(colour, 'dark', 'drak') WHEN 1 THEN '' ELSE colour END,
       sex = CASE id % 5 WHEN 0 THEN left(sex, 1) WHEN 1 THEN 'unknown' ELSE sex END
WHERE id > 150;
UPDATE everything SET given = NULL, middle = NULL, family = NULL WHERE id % 23 = 0;
SELECT clientele.create_model('kinds', 'everything', '{"household": false, "blocking": [{"keys": [{"column": "tax_id"}]}, {"keys": [{"column": "born"}]}, {"keys": [{"column": "family", "form": "sound"}, {"column": "given", "form": "prefix"}]},
        {"keys": [{"column": "phone", "form": "tail"}]}, {"keys": [{"column": "mail", "form": "local_part"}]}, {"keys": [{"column": "town"}, {"column": "note", "form": "word"}]}], "comparisons": [
    {"kind": "given_name", "columns": ["given"]}, {"kind": "middle_name", "columns": ["middle"]}, {"kind": "surname", "columns": ["family"]}, {"kind": "email", "columns": ["mail"]}, {"kind": "phone", "columns": ["phone", "mobile"]},
    {"kind": "date", "columns": ["born"]}, {"kind": "address", "columns": ["street", "nr", "zip", "town"], "parts": ["street", "number", "postcode", "city"]}, {"kind": "identifier", "columns": ["tax_id"]},
    {"kind": "company", "columns": ["firm"]}, {"kind": "number", "columns": ["amount"]}, {"kind": "location", "columns": ["lat", "long"]}, {"name": "mails", "kind": "email", "columns": ["mails"]},
    {"kind": "text", "columns": ["note"]}, {"kind": "category", "columns": ["colour"]}, {"kind": "sex", "columns": ["sex"]}]}');
CALL clientele.resolve('kinds');
SELECT clientele.create_model('parts', 'everything', '{"household": false, "comparisons": [
    {"name": "name", "kind": "full_name", "columns": ["family"]}, {"kind": "street", "columns": ["street"]}, {"kind": "house_number", "columns": ["nr"]}, {"kind": "postcode", "columns": ["zip"]}, {"kind": "city", "columns": ["town"]},
    {"kind": "region", "columns": ["country"]}, {"kind": "legal_form", "columns": ["form"]}, {"kind": "date", "columns": ["seen"]}, {"kind": "identifier", "columns": ["tax_id"]}]}');
CALL clientele.resolve('parts');
CREATE TEMP TABLE looked AS SELECT id AS a, 150 + id AS b FROM everything WHERE id <= 100 UNION SELECT id, 1 + id * 17 % 299 FROM everything WHERE id <= 100 AND id <> 1 + id * 17 % 299;
-- the label of the level that a comparison's conditions give two records; what DuckDB has and PostgreSQL has not comes from a schema of the same names
CREATE FUNCTION pg_temp.labels_of(source regclass, comparison jsonb, path text DEFAULT 'public') RETURNS TABLE (a int, b int, label text) LANGUAGE plpgsql AS $$
DECLARE
    columns text;
    paths text := current_setting('search_path');
BEGIN
    SELECT string_agg(format('l.%1$I AS %2$I, r.%1$I AS %3$I', attname, attname || '_l', attname || '_r'), ', ') INTO columns FROM pg_attribute WHERE attrelid = source AND attnum > 0;
    PERFORM set_config('search_path', path, true);
    RETURN QUERY EXECUTE format('SELECT p.a, p.b, CASE %s END FROM (SELECT k.a, k.b, %s FROM pg_temp.looked k JOIN %s l ON l.id = k.a JOIN %3$s r ON r.id = k.b) p',
        (SELECT string_agg(format(CASE WHEN l ->> 'sql_condition' = 'ELSE' THEN 'ELSE %2$L' ELSE 'WHEN %s THEN %L' END, l ->> 'sql_condition', CASE WHEN l ? 'is_null_level' THEN NULL ELSE l ->> 'label_for_charts' END), ' ' ORDER BY n)
         FROM jsonb_array_elements(comparison -> 'comparison_levels') WITH ORDINALITY x (l, n)), columns, source);
    PERFORM set_config('search_path', paths, true);
END $$;
CREATE TEMP TABLE kernel AS SELECT x.model, a, b, e.comparison, CASE e.label WHEN 'another common name' THEN 'different' ELSE e.label END AS label FROM unnest(ARRAY['kinds', 'parts']) x (model), looked, clientele.explain(x.model, a, b) e;
CREATE TEMP TABLE exported AS SELECT m AS model, d AS dialect, c ->> 'output_column_name' AS comparison, c FROM unnest(ARRAY['kinds', 'parts']) m, unnest(ARRAY['postgres', 'duckdb']) d,
    jsonb_array_elements(clientele.export_splink(m, d) -> 'comparisons') c;
-- what DuckDB has by these names
CREATE SCHEMA duck;
CREATE FUNCTION duck.strip_accents(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT RETURN translate($1, 'ČĆŠŽčćšžëéü', 'CCSZccszeeu');
CREATE FUNCTION duck.string_split(text, text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT RETURN string_to_array($1, $2);
CREATE FUNCTION duck.list_sort(text[]) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT RETURN (SELECT array_agg(x ORDER BY x) FROM unnest($1) x);
CREATE FUNCTION duck.list_has_all(text[], text[]) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT RETURN $1 @> $2;
CREATE FUNCTION duck.list_has_any(text[], text[]) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT RETURN $1 && $2;
CREATE FUNCTION duck.regexp_extract(text, text, integer DEFAULT 0) RETURNS text LANGUAGE sql IMMUTABLE STRICT RETURN coalesce(regexp_substr($1, $2), '');
CREATE FUNCTION duck.try_strptime(text, text) RETURNS timestamp LANGUAGE sql IMMUTABLE STRICT RETURN clientele.try_cast_timestamp($1, $2);
CREATE FUNCTION duck.strftime(timestamp, text) RETURNS text LANGUAGE sql IMMUTABLE STRICT RETURN to_char($1, replace(replace(replace($2, '%Y', 'YYYY'), '%m', 'MM'), '%d', 'DD'));
CREATE TEMP TABLE said AS SELECT x.model, x.dialect, x.comparison, l.* FROM exported x, LATERAL pg_temp.labels_of('everything', x.c, CASE x.dialect WHEN 'duckdb' THEN 'duck, clientele, public' ELSE 'public' END) l;
CREATE TEMP TABLE agreed AS SELECT dialect, comparison, round(100.0 * count(*) FILTER (WHERE l.label IS NOT DISTINCT FROM nullif(k.label, 'missing')) / count(*)) AS percent, count(*) AS pairs
    FROM said l JOIN kernel k USING (model, comparison, a, b) GROUP BY dialect, model, comparison;
-- of what only the table tells, how rare a word is, nothing is known there: firms and texts are approximated
SELECT is(percent::int, 100, format('%s: SQL for PostgreSQL finds the level of the kernel for each of %s pairs', comparison, pairs)) FROM agreed WHERE dialect = 'postgres' AND comparison NOT IN ('firm', 'note') ORDER BY comparison;
SELECT cmp_ok(percent::int, '>=', CASE comparison WHEN 'form' THEN 30 WHEN 'street' THEN 55 WHEN 'firm' THEN 35 WHEN 'note' THEN 35 WHEN 'family' THEN 75 ELSE 80 END, format('%s for %s: for most of %s pairs', comparison, dialect, pairs))
FROM agreed WHERE dialect = 'duckdb' OR comparison IN ('firm', 'note') ORDER BY dialect, comparison;
SELECT is((SELECT count(*) FROM agreed), 48::bigint, 'all comparisons of both models in both dialects');
SELECT cmp_ok(count(DISTINCT label)::int, '>=', 2, format('%s: several levels are reached', comparison)) FROM kernel WHERE comparison NOT LIKE '(%' GROUP BY comparison ORDER BY comparison;
SELECT ok(bool_and(c -> 'comparison_levels' -> 0 -> 'is_null_level' = 'true' AND c -> 'comparison_levels' -> -1 ->> 'sql_condition' = 'ELSE'
        AND NOT EXISTS (SELECT FROM jsonb_array_elements(c -> 'comparison_levels') l WHERE l ->> 'sql_condition' IS NULL OR l ->> 'sql_condition' LIKE '%#%' OR (NOT l ? 'is_null_level' AND NOT l ?& '{m_probability,u_probability,label_for_charts}'))),
    format('%s: null level first, ELSE last, all have a condition, m, u and a label', dialect)) FROM exported GROUP BY dialect;
SELECT is(clientele.splink_kind_condition('house_number', 1, '{"no#Bank % #L"}', NULL, '{"no#Bank % #L": "text"}'),
          $$trim(regexp_replace(lower(strip_accents("no#Bank % #L_l")), '[^a-z0-9]+', ' ', 'g')) = trim(regexp_replace(lower(strip_accents("no#Bank % #L_r")), '[^a-z0-9]+', ' ', 'g'))$$,
          'nothing within a name is taken for a place of ours');
SELECT is(clientele.splink_kind_condition('address', 1, '{street,"City OR Town #L",zip}', '{street,city,postcode}', '{"street": "text"}') LIKE '% AND (("City OR Town #L_l" = "City OR Town #L_r") AND ("zip_l" = "zip_r"))', true, 'nor in an address');
SELECT ok(NOT bool_or(c::text ~ 'clientele|osa_distance|to_char'), 'what goes to DuckDB calls none of our functions') FROM exported WHERE dialect = 'duckdb';
SELECT is((SELECT jsonb_agg(jsonb_build_array(l -> 'label_for_charts', l -> 'tf_adjustment_weight')) FROM exported x, jsonb_array_elements(c -> 'comparison_levels') l WHERE dialect = 'postgres' AND comparison = 'given' AND l ? 'tf_adjustment_column'),
    '[["exact", 1.0], ["variant", 0.5], ["close", 0.5]]'::jsonb, 'names that are nearly equal count half of their frequency');
SELECT is((SELECT count(*) FROM exported x, jsonb_array_elements(c -> 'comparison_levels') l WHERE dialect = 'postgres' AND comparison IN ('mails', 'phone', 'lat') AND l ? 'tf_adjustment_column'), 0::bigint, 'arrays and several columns have no frequency in Splink');
SELECT is((SELECT jsonb_array_length(clientele.export_splink('kinds', d) -> 'blocking_rules_to_generate_predictions')), n, d || ': blocking rules') FROM (VALUES ('postgres', 6), ('duckdb', 5)) v (d, n);
SELECT lives_ok(format('SELECT count(*) FROM everything l, everything r WHERE %s', r ->> 'blocking_rule'), r ->> 'blocking_rule') FROM jsonb_array_elements(clientele.export_splink('kinds') -> 'blocking_rules_to_generate_predictions') r;
SELECT throws_ok($$SELECT clientele.export_splink('kinds', 'spark')$$, '22023', NULL, 'a dialect that is not written');
-- a weight that the user has set is told by m
SELECT clientele.create_model('weighed', 'everything', '{"comparisons": [{"kind": "surname", "columns": ["family"]}, {"kind": "sex", "columns": ["sex"], "veto": true}, {"kind": "date", "columns": ["born"], "weights": {"exact": 7}}]}');
CALL clientele.train('weighed');
SELECT is((SELECT array_agg(round(ln((l ->> 'm_probability')::float8 / (l ->> 'u_probability')::float8) / ln(2))::int ORDER BY l ->> 'label_for_charts' DESC) FROM jsonb_array_elements(clientele.export_splink('weighed') -> 'comparisons') c, jsonb_array_elements(c -> 'comparison_levels') l
           WHERE (c ->> 'output_column_name', l ->> 'label_for_charts') IN (('sex', 'different'), ('born', 'exact'))), '{7,-100}', 'weights and vetoes');

-- the levels of values and of addresses
SELECT is(clientele.value_level(kind, a, b), level, format('%s: %s and %s', kind, a, b)) FROM (VALUES ('given_name', 'Kasia', 'Katarzyna', 2), ('given_name', 'Ana', 'ANA', 1), ('given_name', 'A.', 'Ana', 5), ('surname', 'Smith', 'Smyth', 3),
    ('surname', 'Smith', 'Novak', 8), ('email', 'a.b@x.org', 'A.B@x.org', 1), ('email', 'ana.anic@x.org', 'ana.anic@y.net', 4), ('email', 'test@test.com', 'ana@x.org', 0), ('date', '1990-02-01', '01.02.1990', 1), ('date', '1990-02-01', '1990-01-02', 2), ('number', '1000', '1,050.00', 2),
    ('location', '44.8 20.4', '44.8 20.40001', 1), ('sex', 'male', 'F', 2), ('surname', '', 'x', 0), ('surname', NULL, 'x', NULL)) v (kind, a, b, level);
SELECT is(clientele.value_level('phone', ARRAY['063 111 222', NULL, '+381 64 1234567'], ARRAY['064 1234567']), 1, 'the nearest of several');
SELECT is(clientele.value_level('phone', ARRAY[]::text[], ARRAY['064 1234567']), 0, 'none of several');
SELECT is(clientele.address_level('{street,number,city}', ARRAY['Knez Mihailova', '12', 'Beograd'], ARRAY['Knez Mihailova', n, c]), level, format('number %s in %s', n, c)) FROM (VALUES ('12', 'Beograd', 1), ('12a', 'Beograd', 2), ('40', 'Beograd', 3), ('12', 'Niš', 4), (NULL, NULL, 3)) v (n, c, level);
SELECT throws_ok(format('SELECT clientele.value_level(%L, %L, %L)', k, 'a', 'b'), '22023', NULL, k || ' is no kind of values') FROM unnest('{address,levels,nonesuch}'::text[]) k;
SELECT throws_ok($$SELECT clientele.address_level('{street,planet}', '{a,b}', '{a,b}')$$, '22023', NULL, 'no part of an address');
SELECT throws_ok($$SELECT clientele.address_level('{street}', '{a,b}', '{a,b}')$$, '2202E', NULL, 'more values than parts');
SELECT throws_ok($$SELECT clientele.address_level('{street,NULL}', '{a,b}', '{a,b}')$$, '22004', NULL, 'a part without a name');
SELECT throws_ok($$SELECT clientele.value_level('phone', '{{a,b}}'::text[], '{a}'::text[])$$, '2202E', NULL, 'values in two dimensions');
-- what a place of a query remembers is begun anew: another kind, and more values than it keeps
SELECT is((SELECT array_agg(clientele.value_level(k, 'Anna', 'Ana') ORDER BY n) FROM unnest('{given_name,surname,given_name,city}'::text[]) WITH ORDINALITY x (k, n)), ARRAY[clientele.value_level('given_name', 'Anna', 'Ana'), clientele.value_level('surname', 'Anna', 'Ana'), clientele.value_level('given_name', 'Anna', 'Ana'), clientele.value_level('city', 'Anna', 'Ana')], 'kinds in turn');
SELECT is((SELECT count(*) FROM generate_series(1, 20000) g WHERE clientele.value_level('identifier', 'AB' || 2000000 + g * 7, 'ab' || 2000000 + g * 7) = 1), 20000::bigint, 'more values than are kept');

-- refused
SELECT throws_ok($$SELECT clientele.import_splink(NULL)$$, '22004', NULL, 'no settings');
SELECT throws_ok($$SELECT clientele.import_splink('[]')$$, '22023', NULL, 'not an object');
SELECT throws_ok($$SELECT clientele.import_splink('{"comparisons": [{}]}')$$, '22023', NULL, 'no levels');
SELECT throws_ok($$SELECT clientele.import_splink('{"comparisons": [{"comparison_levels": [{"sql_condition": "ELSE"}]}]}')$$, '22023', NULL, 'no columns');
SELECT throws_ok($$SELECT clientele.import_splink('{"comparisons": [{"comparison_levels": [1]}]}')$$, '22023', NULL, 'a level that is none');
SELECT throws_ok($$SELECT clientele.import_splink('{"comparisons": []}', 'x')$$, '22023', NULL, 'a model without a table');
SELECT throws_ok($$SELECT clientele.import_splink('{"comparisons": [{"comparison_levels": [{"sql_condition": "nonesuch(surname_l) = nonesuch(surname_r)"}]}]}', 'x', 'people')$$, '42883', NULL,
    'a function that there is not');
SELECT throws_ok($$SELECT clientele.export_splink('none')$$, '42704', NULL, 'no such model');
SELECT clientele.create_model('untrained', 'people');
SELECT throws_ok($$SELECT clientele.export_splink('untrained')$$, '55000', NULL, 'an untrained model');

SELECT * FROM finish();
ROLLBACK;
