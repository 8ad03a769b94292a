-- What a model's last run learnt of its table, asked value by value: the levels that the bulk engine gave its pairs.
BEGIN;
SELECT no_plan();
SET LOCAL client_min_messages = warning;

-- names that are alike and common, of whom the table tells the sex; firms of common and of rare words; whole names
CREATE FUNCTION pg_temp.pick(list text[], n bigint) RETURNS text LANGUAGE sql IMMUTABLE RETURN list[1 + n % cardinality(list)];
CREATE TABLE staff (id int PRIMARY KEY, given text, family text, sex text, born date, city text, employer text, mails text[]);
INSERT INTO staff SELECT g, pg_temp.pick('{Marin,Marina,Martin,Martina,Milan,Milana,Mirko,Marko,Darko,Darka,Ivan,Ivana,Ivo,Iva}', g), pg_temp.pick('{Kovač,Horvat,Babić,Marić,Jurić,Novak,Knežević,Vuković,Marković,Petrović,Matić,Tomić}', g / 14),
    CASE WHEN pg_temp.pick('{Marin,Marina,Martin,Martina,Milan,Milana,Mirko,Marko,Darko,Darka,Ivan,Ivana,Ivo,Iva}', g) ~ '(ina|ana|ka|va)$' THEN 'F' ELSE 'M' END,
    date '1950-01-01' + (g * 7919 % 20000)::int, pg_temp.pick('{Zagreb,Split,Rijeka,Osijek,Zadar}', g / 3),
    pg_temp.pick('{Gradnja,Invest,Trgovina,Promet,Studio,Beton,Atelje}', g / 5) || ' ' || pg_temp.pick('{Adria,Jadran,Sava,Drava,Istra,Lika}', g / 35) || CASE WHEN g % 9 = 0 THEN ' Xaver' || g ELSE '' END,
    ARRAY['s' || g || '@example.org', 'n' || g % 300 || '@example.net']
FROM generate_series(1, 900) g;
-- the same people again, with errors; some of them are another common name
INSERT INTO staff SELECT id + 1000, CASE id % 6 WHEN 0 THEN left(given, -1) WHEN 1 THEN overlay(given PLACING 'e' FROM 2 FOR 1) WHEN 2 THEN given || 'a' WHEN 3 THEN left(given, 1) ELSE given END,
    CASE id % 5 WHEN 0 THEN family || 'a' ELSE family END, sex, born + CASE WHEN id % 7 = 0 THEN 1 ELSE 0 END, city,
    CASE id % 4 WHEN 0 THEN split_part(employer, ' ', 2) || ' ' || split_part(employer, ' ', 1) WHEN 1 THEN employer || ' Grupa' WHEN 2 THEN reverse(split_part(employer, ' ', 2)) || ' ' || split_part(employer, ' ', 3) ELSE employer END, mails[1:1]
FROM staff WHERE id <= 500;
CREATE TABLE member (id int PRIMARY KEY, name text, born date, city text);
INSERT INTO member SELECT id, CASE WHEN id % 40 = 0 THEN family || ' ' || given ELSE given || ' ' || CASE WHEN id % 3 = 0 THEN 'Zdenko ' ELSE '' END || family END, born, city FROM staff;
-- surnames that are given names, too, and given names that no list has
INSERT INTO member SELECT 5000 + g, pg_temp.pick('{Xelto,Yorvin,Zaphir,Qumela}', g) || ' ' || pg_temp.pick('{Marin,Kovač,Babić,Novak,Marić}', g / 4), date '1960-01-01' + (g % 40 * 400), pg_temp.pick('{Zagreb,Split}', g) FROM generate_series(1, 200) g;
SELECT clientele.create_model('staff', 'staff', '{"comparisons": [{"kind": "given_name", "columns": ["given"]}, {"kind": "surname", "columns": ["family"]}, {"kind": "sex", "columns": ["sex"]}, {"kind": "date", "columns": ["born"]},
    {"kind": "city", "columns": ["city"], "placeholders": ["Zadar"]}, {"name": "firm", "kind": "company", "columns": ["employer"]}, {"name": "mails", "kind": "email", "columns": ["mails"]}]}');
SELECT clientele.create_model('member', 'member', '{"comparisons": [{"name": "whole", "kind": "full_name", "columns": ["name"]}, {"kind": "date", "columns": ["born"]}, {"kind": "city", "columns": ["city"]}]}');
CALL clientele.train('staff');
CALL clientele.resolve('staff');
CALL clientele.train('member');
CALL clientele.resolve('member');

-- the levels of the kept pairs, which explain tells; its sum is the weight that the bulk engine wrote
CREATE TEMP TABLE kept AS
SELECT 'staff' AS model, left_key AS l, right_key AS r, match_weight FROM staff_pair UNION ALL SELECT 'member', left_key, right_key, match_weight FROM member_pair;
CREATE TEMP TABLE kernel AS SELECT k.model, k.l, k.r, k.match_weight, e.* FROM kept k, clientele.explain(k.model, k.l, k.r) e;
SELECT cmp_ok(count(*)::int, '>=', 300, format('%s: enough pairs are kept', model)) FROM kept GROUP BY model;
SELECT is(count(*), 0::bigint, 'the levels of explain make up the weights of the bulk engine') FROM kernel WHERE comparison = '(household)' AND abs(total - match_weight) > 1e-6;

-- value by value
CREATE TEMP TABLE told AS
SELECT k.model, k.comparison, k.level, plain, learnt FROM kernel k JOIN staff a ON a.id = k.l JOIN staff b ON b.id = k.r,
    LATERAL (SELECT CASE k.comparison WHEN 'given' THEN clientele.value_level('given_name', a.given, b.given, 'staff') WHEN 'city' THEN clientele.value_level('city', a.city, b.city, 'staff', 'city')
                        WHEN 'firm' THEN clientele.value_level('company', a.employer, b.employer, 'staff', 'firm') WHEN 'mails' THEN clientele.value_level('email', a.mails, b.mails, 'staff', 'mails') END AS learnt,
                    CASE k.comparison WHEN 'given' THEN clientele.value_level('given_name', a.given, b.given) WHEN 'city' THEN clientele.value_level('city', a.city, b.city)
                        WHEN 'firm' THEN clientele.value_level('company', a.employer, b.employer) WHEN 'mails' THEN clientele.value_level('email', a.mails, b.mails) END AS plain) x
WHERE k.model = 'staff' AND k.comparison IN ('given', 'city', 'firm', 'mails')
UNION ALL
SELECT k.model, k.comparison, k.level, clientele.value_level('full_name', a.name, b.name), clientele.value_level('full_name', a.name, b.name, 'member', 'whole')
FROM kernel k JOIN member a ON a.id = k.l JOIN member b ON b.id = k.r WHERE k.model = 'member' AND k.comparison = 'whole';
SELECT is(count(*) FILTER (WHERE learnt IS DISTINCT FROM level), 0::bigint, format('%s: each of %s pairs has the level of the bulk engine', comparison, count(*))) FROM told GROUP BY comparison ORDER BY comparison;
SELECT cmp_ok(count(*) FILTER (WHERE plain IS DISTINCT FROM level)::int, '>=', 5, format('%s: which nobody can tell who does not know the table', comparison)) FROM told WHERE comparison <> 'mails' GROUP BY comparison ORDER BY comparison;

-- and as an exported model asks for it
CREATE TEMP TABLE asked AS SELECT c ->> 'output_column_name' AS comparison,
    (SELECT string_agg(format(CASE WHEN l ->> 'sql_condition' = 'ELSE' THEN 'ELSE %2$L' ELSE 'WHEN %s THEN %L' END, l ->> 'sql_condition', CASE WHEN l ? 'is_null_level' THEN 'missing' ELSE l ->> 'label_for_charts' END), ' ' ORDER BY n)
     FROM jsonb_array_elements(c -> 'comparison_levels') WITH ORDINALITY x (l, n)) AS branches
FROM unnest('{staff,member}'::text[]) m, jsonb_array_elements(clientele.export_splink(m, learnt => true) -> 'comparisons') c WHERE m = 'staff' OR c ->> 'output_column_name' = 'whole';
CREATE FUNCTION pg_temp.labels(source regclass, comparison text, branches text) RETURNS TABLE (l int, r int, label text) LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE format('SELECT p.l, p.r, CASE %s END FROM (SELECT k.l, k.r, %s FROM pg_temp.kept k JOIN %s a ON a.id = k.l JOIN %3$s b ON b.id = k.r WHERE k.model = %4$L) p', branches,
        (SELECT string_agg(format('a.%1$I AS %2$I, b.%1$I AS %3$I', attname, attname || '_l', attname || '_r'), ', ') FROM pg_attribute WHERE attrelid = source AND attnum > 0), source, source::text);
END $$;
SELECT is((SELECT count(*) FROM pg_temp.labels(CASE a.comparison WHEN 'whole' THEN 'member' ELSE 'staff' END::regclass, a.comparison, a.branches) x
           JOIN kernel k ON k.model = CASE a.comparison WHEN 'whole' THEN 'member' ELSE 'staff' END AND k.comparison = a.comparison AND k.l = x.l AND k.r = x.r WHERE x.label IS DISTINCT FROM k.label),
          0::bigint, a.comparison || ': the exported condition tells the level of the bulk engine') FROM asked a ORDER BY a.comparison;
SELECT ok(bool_and(a.branches LIKE '%, ''staff'', ''%') FILTER (WHERE comparison <> 'whole'), 'all of them ask the model') FROM asked a;

-- more values than a place of a query remembers, and models in turn
SELECT is((SELECT count(*) FROM generate_series(1, 9000) g WHERE clientele.value_level('company', 'Gradnja ' || g, 'Gradnja ' || g, 'staff', 'firm') = 1), 9000::bigint, 'more values than are kept');
SELECT is((SELECT array_agg(clientele.value_level('city', 'Zadar', 'Zadar', m) ORDER BY n) FROM unnest('{staff,member,staff}'::text[]) WITH ORDINALITY x (m, n)), '{0,1,0}', 'what says nothing in one model does in another');
-- a run between two calls of one place
CREATE FUNCTION pg_temp.before_and_after() RETURNS int[] LANGUAGE plpgsql AS $$
DECLARE
    levels int[] := '{}';
BEGIN
    FOR i IN 1..2 LOOP
        levels := levels || clientele.value_level('given_name', 'Xelto', 'Xelta', 'staff');
        IF i = 1 THEN
            INSERT INTO staff SELECT 8000 + g, CASE WHEN g % 2 = 0 THEN 'Xelto' ELSE 'Xelta' END, 'Kralj' || g, 'M', date '1970-01-01' + g, 'Split', 'Neretva ' || g FROM generate_series(1, 60) g;
            CALL clientele.resolve('staff');
        END IF;
    END LOOP;
    RETURN levels;
END $$;
SELECT is(pg_temp.before_and_after(), '{3,4}', 'names that have become common between two calls are two names');

-- refused
SELECT is(clientele.value_level('city', NULL, 'Split', 'staff'), NULL, 'no value');
SELECT is(clientele.value_level('city', 'Split', 'Split', NULL), NULL, 'no model');
SELECT throws_ok($$SELECT clientele.value_level('city', 'a', 'b', 'nobody')$$, '42704', NULL, 'no such model');
SELECT throws_ok($$SELECT clientele.value_level('city', 'a', 'b', 'staff', 'nothing')$$, '42704', NULL, 'no such comparison');
SELECT throws_ok($$SELECT clientele.value_level('phone', 'a', 'b', 'staff')$$, '42704', NULL, 'no comparison of the kind');
SELECT throws_ok($$SELECT clientele.value_level('city', 'a', 'b', 'staff', 'firm')$$, '22023', NULL, 'a comparison of another kind');
SELECT throws_ok($$SELECT clientele.export_splink('staff', 'duckdb', true)$$, '0A000', NULL, 'DuckDB cannot ask');
SELECT clientele.create_model('unresolved', 'member', '{"comparisons": [{"kind": "city", "columns": ["city"]}, {"kind": "date", "columns": ["born"]}]}');
CALL clientele.train('unresolved');
SELECT throws_ok($$SELECT clientele.value_level('city', 'a', 'b', 'unresolved')$$, '55000', NULL, 'a model that was not resolved');
CREATE ROLE level_stranger;
GRANT USAGE ON SCHEMA clientele, tap TO level_stranger;
SET LOCAL ROLE level_stranger;
SELECT throws_ok($$SELECT clientele.value_level('city', 'a', 'b', 'staff')$$, '42704', NULL, 'somebody else''s model');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
