-- One record at a time: what search finds, with which weight, for whom; and what it refuses.
BEGIN;
SELECT no_plan();

CREATE TABLE contact (id int PRIMARY KEY, first_name text, last_name text, email text, phone text, birth_date date, street text, city text, company varchar(80));
INSERT INTO contact
SELECT p, (ARRAY['Marko','Ana','Jelena','Petar','Milica','Ivan','Katarina','Luka','Sofija','Nikola','Teodora','Stefan'])[1 + p % 12],
       (ARRAY['Jovanović','Petrović','Nikolić','Horvat','Kovačević','Novak','Babić','Marić','Knežević','Zupančič','Krajnc'])[1 + p % 11] || repeat('a', p / 132),
       'p' || p || '@example.rs', '+381 64 ' || (1000000 + p * 7919), date '1950-01-01' + (p * 37 % 20000),
       (ARRAY['Knez Mihailova','Bulevar Oslobođenja','Nušićeva','Trg Republike'])[1 + p % 4] || ' ' || p % 40, 'Grad ' || p % 30,
       CASE WHEN p % 3 = 0 THEN (ARRAY['Delta','Sigma','Gama'])[1 + p % 3] || ' Trade ' || p % 50 || ' d.o.o.' END
FROM generate_series(1, 600) p;
-- some of them again: a typing error, the phone in another form, a missing birth date, both names in one column
INSERT INTO contact
SELECT id + 1000, CASE WHEN id % 5 = 0 THEN NULL WHEN id % 3 = 0 THEN upper(first_name) ELSE first_name END,
       CASE WHEN id % 35 = 0 THEN overlay(first_name placing 'q' from 3 for 0) || ' ' || last_name WHEN id % 5 = 0 THEN first_name || ' ' || last_name WHEN id % 3 = 1 THEN overlay(last_name placing 'x' from 3 for 1) ELSE last_name END,
       CASE WHEN id % 2 = 0 THEN email END, replace(phone, '+381 ', '0'), CASE WHEN id % 4 <> 0 THEN birth_date END, street, city, company
FROM contact WHERE id <= 120;
CALL clientele.dedupe('contact');

SELECT is((SELECT right_value FROM clientele.explain('contact', 35, 1035) WHERE comparison = 'first_name'), 'stqefan',
          'a word that nobody has as a name, beside a surname, is a given name');
-- the same weights as the pairs, and all of the pairs
CREATE FUNCTION pairs_by_search(source regclass, model text, OUT pairs bigint, OUT met bigint, OUT furthest float8) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format($q$SELECT count(*), count(s.record_key), max(abs(s.match_weight - p.match_weight))
        FROM %s_pair p JOIN %s c ON c.id = p.left_key
        LEFT JOIN LATERAL clientele.search(%L, to_jsonb(c), 250) s ON s.record_key = p.right_key::text$q$, model, source, model)
    INTO pairs, met, furthest;
END $$;
SELECT cmp_ok((SELECT pairs FROM pairs_by_search('contact', 'contact')), '>', 100::bigint, 'there are pairs');
SELECT is(pairs, met, 'search finds every pair from its left record') FROM pairs_by_search('contact', 'contact');
SELECT is(furthest, 0::float8, 'with the weight that the bulk engine gave it') FROM pairs_by_search('contact', 'contact');

CREATE TABLE by_text AS SELECT 'k' || id AS id, first_name, last_name, email, birth_date FROM contact;
ALTER TABLE by_text ADD PRIMARY KEY (id);
CREATE TABLE by_uuid AS SELECT md5(id::text)::uuid AS id, first_name || ' ' || last_name AS name, phone, street, city FROM contact;
ALTER TABLE by_uuid ADD PRIMARY KEY (id);
CREATE TABLE by_bigint AS SELECT id::bigint * -10000000000 AS id, company AS company_name, street, city, phone FROM contact;
ALTER TABLE by_bigint ADD PRIMARY KEY (id);
CREATE TABLE by_numeric AS SELECT id + 0.5 AS id, first_name, last_name, extract(year FROM birth_date)::int AS birth_year, extract(month FROM birth_date)::int AS birth_month,
       extract(day FROM birth_date)::int AS birth_day, replace(phone, '+381 ', '')::char(20) AS phone FROM contact;
ALTER TABLE by_numeric ADD PRIMARY KEY (id);
CALL clientele.dedupe('by_text');
CALL clientele.dedupe('by_uuid');
CALL clientele.dedupe('by_bigint');
CALL clientele.dedupe('by_numeric');
SELECT is(ROW(met, furthest)::text, ROW(pairs, 0::float8)::text, t || ': all pairs, same weights')
FROM unnest(ARRAY['by_text', 'by_uuid', 'by_bigint', 'by_numeric']) t, pairs_by_search(t::regclass, t);

-- names that one record has, of which the table tells the sex by their last letter
CREATE TABLE sexes (id int PRIMARY KEY, first_name text, last_name text, sex text, phone text);
INSERT INTO sexes SELECT g, initcap(translate(md5('s' || g / 2), '0123456789', 'ghijklmnop')::char(5)) || CASE WHEN g % 2 = 0 THEN 'o' ELSE 'a' END, initcap(translate(md5('n' || g / 2), '0123456789', 'ghijklmnop')::char(7)),
       CASE WHEN g % 10 < 2 THEN NULL WHEN g % 2 = 0 THEN 'm' ELSE 'f' END, '+381 64 ' || 1000000 + g / 2 * 7919 FROM generate_series(0, 599) g;
INSERT INTO sexes SELECT id + 1000, first_name, overlay(last_name placing 'x' from 3 for 1), sex, phone FROM sexes WHERE id < 120;
SELECT clientele.create_model('sexes', 'sexes', '{"comparisons": [{"kind": "given_name", "columns": ["first_name"]}, {"kind": "sex", "columns": ["sex"]}, {"kind": "phone", "columns": ["phone"]}, {"kind": "text", "columns": ["last_name"]}]}');
CALL clientele.dedupe('sexes', 'sexes');
SELECT cmp_ok((SELECT count(*) FROM sexes_pair WHERE right_key = left_key + 1 AND left_key BETWEEN 120 AND 999), '>', 20::bigint, 'brothers and sisters are compared');
SELECT is(ROW(met, furthest)::text, ROW(pairs, 0::float8)::text, 'names that tell a sex: all pairs, same weights') FROM pairs_by_search('sexes', 'sexes');

-- blocks too large for their rule: what divides them, what is left out
CREATE TABLE crowd (id int PRIMARY KEY, first_name text, last_name text, birth_date date, email text);
INSERT INTO crowd SELECT g, 'Ana', 'Novak', date '1980-01-01' + g % 150, 'office@firm' || g % 3 || '.example' FROM generate_series(1, 900) g;
INSERT INTO crowd SELECT 1000 + g, md5('f' || g % 40), md5('l' || g), date '1950-01-01' + g * 13, md5('e' || g) || '@x.example' FROM generate_series(1, 600) g;
SELECT clientele.create_model('crowd', 'crowd', jsonb_set(clientele.suggest_model('crowd'), '{blocking}',
    '[{"keys": [{"column": "last_name", "form": "form"}]}, {"keys": [{"column": "first_name", "form": "form"}, {"column": "email", "form": "form"}]}]'));
CALL clientele.train('crowd');
CALL clientele.resolve('crowd');
SELECT cmp_ok((SELECT sum(left_out) FROM clientele.blocking_report('crowd')), '>', 0::numeric, 'there are large blocks');
SELECT is(ROW(met, furthest)::text, ROW(pairs, 0::float8)::text, 'large blocks: all pairs, same weights') FROM pairs_by_search('crowd', 'crowd');

-- explain looks two records up; without the index it reads the whole table, and says the same
CREATE FUNCTION steps_of_pairs(source regclass, model text, most int) RETURNS TABLE (a text, b text, step bigint, said text, total float8) LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE format($q$SELECT k.a::text, k.b::text, e.n, (e.comparison, e.level, e.label, e.left_value, e.right_value, e.m, e.u, e.term_frequency, e.weight, e.total)::text, e.total
        FROM ((SELECT left_key AS a, right_key AS b FROM %1$s_pair ORDER BY 1, 2 LIMIT %3$s)
              UNION (SELECT x.id, y.id FROM (SELECT id, row_number() OVER (ORDER BY md5(id::text)) AS n FROM %2$s) x
                     JOIN (SELECT id, row_number() OVER (ORDER BY md5(id::text || 'y')) AS n FROM %2$s) y USING (n) WHERE n <= 25)
              UNION SELECT min(id::text COLLATE "C")::%5$s, min(id::text COLLATE "C")::%5$s FROM %2$s) k
        CROSS JOIN LATERAL clientele.explain(%4$L, k.a, k.b) WITH ORDINALITY e(comparison, level, label, left_value, right_value, m, u, term_frequency, weight, total, n)$q$,
        model, source, most, model, (SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = source AND attname = 'id'));
END $$;
CREATE FUNCTION both_ways(source regclass, model text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    DROP TABLE IF EXISTS quick, thorough;
    CREATE TEMP TABLE quick AS SELECT * FROM steps_of_pairs(source, model, 60);
    EXECUTE format('ALTER TABLE %I_index RENAME TO hidden', model);
    CREATE TEMP TABLE thorough AS SELECT * FROM steps_of_pairs(source, model, 60);
    EXECUTE format('ALTER TABLE hidden RENAME TO %I_index', model);
    SELECT format('%s of %s differ', count(*) FILTER (WHERE q.said IS DISTINCT FROM t.said), CASE WHEN count(*) > 150 THEN 'many' ELSE count(*)::text END)
    INTO answer FROM quick q FULL JOIN thorough t USING (a, b, step);
    RETURN answer;
END $$;
CREATE FUNCTION totals(model text, condition text DEFAULT 'true') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    EXECUTE format($q$SELECT format('%%s of %%s differ', count(*) FILTER (WHERE e.total::real IS DISTINCT FROM p.match_weight::real),
                                    CASE WHEN count(*) > 50 THEN 'many' ELSE count(*)::text END)
        FROM (SELECT * FROM %I_pair WHERE %s) p
        CROSS JOIN LATERAL (SELECT x.total FROM clientele.explain(%L, p.left_key, p.right_key) x WHERE x.comparison = '(household)') e$q$,
        model, condition, model) INTO answer;
    RETURN answer;
END $$;
CREATE TABLE several (id int PRIMARY KEY, first_name text, last_name text, emails text[], birth_date date, lat float8, lon float8, city text);
INSERT INTO several SELECT id, first_name, last_name, ARRAY[email, 'home' || id % 1000 || '@example.com'], birth_date, 44 + id % 50 * 0.01, 20, city FROM contact WHERE id % 1000 <= 300;
SELECT clientele.create_model('several', 'several', '{"comparisons": [
    {"columns": ["first_name"], "kind": "given_name"}, {"columns": ["last_name"], "kind": "surname"}, {"columns": ["emails"], "kind": "email"},
    {"columns": ["birth_date"], "kind": "levels", "levels": [{"sql": "birth_date_l = birth_date_r", "label": "same"}, {"sql": "abs(birth_date_l - birth_date_r) < 40"}]},
    {"columns": ["lat", "lon"], "kind": "location"},
    {"columns": ["city"], "kind": "levels", "levels": [{"exact": true, "term_frequency": {"weight": 0.5, "floor": 0.001}}, {"jaro_winkler": 0.8}]}]}');
CALL clientele.train('several');
CALL clientele.resolve('several');
CREATE TABLE lists AS
SELECT id, ARRAY[first_name || ' ' || last_name, last_name] AS names, ARRAY[email, 'home' || id % 1000 / 3 || '@example.com'] AS emails, ARRAY[phone, '+381 11 22233' || id % 10] AS phones,
       CASE WHEN id % 7 = 0 THEN ARRAY[company, 'Alfa ' || id % 20] ELSE ARRAY[upper(company)] END AS firms, ARRAY[city, 'Beograd'] AS cities, ARRAY['12345' || id % 77, (id % 5)::text] AS numbers, birth_date
FROM contact WHERE id % 1000 <= 300;
ALTER TABLE lists ADD PRIMARY KEY (id);
SELECT clientele.create_model('lists', 'lists', '{"comparisons": [
    {"columns": ["names"], "kind": "full_name"}, {"columns": ["emails"], "kind": "email"}, {"columns": ["phones"], "kind": "phone"}, {"columns": ["firms"], "kind": "company"},
    {"columns": ["cities"], "kind": "city"}, {"columns": ["numbers"], "kind": "identifier"}, {"columns": ["birth_date"], "kind": "date"}]}');
CALL clientele.train('lists');
CALL clientele.resolve('lists');
SELECT is(ROW(met, furthest)::text, ROW(pairs, 0::float8)::text, t || ': several values a record: all pairs, same weights') FROM unnest(ARRAY['several', 'lists']) t, pairs_by_search(t::regclass, t);
SELECT is(both_ways(t::regclass, t), '0 of many differ', t || ': explain says the same of two records and of the whole table')
FROM unnest(ARRAY['contact', 'by_text', 'by_uuid', 'by_bigint', 'by_numeric', 'crowd', 'several']) t;
SELECT is(totals(t), '0 of many differ', t || ': explain adds up to the weight of every pair')
FROM unnest(ARRAY['contact', 'by_text', 'by_uuid', 'by_bigint', 'by_numeric', 'several', 'lists']) t;

ALTER TABLE several_index RENAME TO hidden;
SELECT is(totals('several'), '0 of many differ', 'and so it does without the index');
ALTER TABLE hidden RENAME TO several_index;

-- which of the two it does: statistics are those of the run as long as its parameters are the model's
SAVEPOINT before_more;
INSERT INTO by_text SELECT 'm' || g, 'Ana', 'Novak', NULL, date '1980-01-01' + g FROM generate_series(1, 1200) g;
SELECT is(totals('by_text'), '0 of many differ', 'what was inserted since the run changes no weight');
SELECT is((SELECT match_weight FROM clientele.search('by_text', (SELECT to_jsonb(t) FROM by_text t WHERE id = 'm7'), 1000) WHERE record_key = 'k1'),
          (SELECT total::real::float8 FROM clientele.explain('by_text', 'm7', 'k1') WHERE comparison = '(household)'), 'records inserted since the run: as search weighs them');
ALTER TABLE by_text_index RENAME TO hidden;
SELECT isnt(totals('by_text'), '0 of many differ', 'without the index statistics are those of the table as it is');
ALTER TABLE hidden RENAME TO by_text_index;
SELECT is(totals('by_text'), '0 of many differ', 'with it again those of the run');
CALL clientele.train('by_text');
SELECT is_empty($$SELECT e.* FROM clientele.explain('by_text', 'k14', 'k1014') e JOIN clientele.model_parameters('by_text') p USING (comparison, level) WHERE (e.m, e.u) <> (p.m, p.u)$$,
                'trained anew: the parameters of the model');
SELECT isnt(totals('by_text'), '0 of many differ', 'not those of the last run');
CALL clientele.resolve('by_text');
SELECT is(totals('by_text', $$left_key COLLATE "C" < 'k2'$$), '0 of many differ', 'resolved anew: those of the pairs');
SELECT is(both_ways('by_text', 'by_text'), '0 of many differ', 'and both ways the same again');
ROLLBACK TO before_more;
SELECT results_eq($$SELECT * FROM clientele.explain('contact', 1014, 14)$$, $$SELECT * FROM clientele.explain('contact', 14, 1014)$$, 'explain: in either order');
SELECT results_eq($$SELECT * FROM clientele.explain('contact', '1014', 14::numeric)$$, $$SELECT * FROM clientele.explain('contact', 14, 1014)$$, 'explain: keys of any type');
CREATE FUNCTION explain_unknown() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    t text[];
BEGIN
    FOREACH t SLICE 1 IN ARRAY ARRAY[['contact', '999999'], ['by_text', 'K14'], ['by_text', 'k14 '], ['by_uuid', md5('none')], ['by_numeric', '14'], ['by_bigint', '-0']] LOOP
        BEGIN
            EXECUTE format('SELECT FROM clientele.explain(%L, %L, %L)', t[1], t[2], t[2]);
            RETURN NEXT t[1] || ' has ' || t[2];
        EXCEPTION WHEN no_data_found THEN
            IF SQLERRM <> format('"%s" has no record with key %s', t[1], t[2]) THEN
                RETURN NEXT SQLERRM;
            END IF;
        END;
    END LOOP;
END $$;
SELECT is_empty($$SELECT explain_unknown()$$, 'explain: keys that no record has');
SELECT throws_ok(format('SELECT FROM clientele.explain(%L, %L, %L)', v.model, v.key, v.key), v.code, NULL, format('explain: %s is no key of %s', v.key, v.model))
FROM (VALUES ('contact', 'x', '22P02'), ('contact', '', '22P02'), ('contact', '-', '22P02'), ('contact', '99999999999999999999', '22003'), ('contact', '2147483648', '22003'), ('contact', '-2147483649', '22003'),
             ('by_bigint', '9223372036854775808', '22003'), ('by_bigint', '1e3', '22P02'), ('by_uuid', 'x', '22P02'), ('by_uuid', '--------------------------------1234', '22P02')) v(model, key, code);
SELECT results_eq(format('SELECT * FROM clientele.explain(%L, %L, %L)', v.model, v.written, v.other), format('SELECT * FROM clientele.explain(%L, %L, %L)', v.model, v.key, v.other), format('explain: %s is %s', v.written, v.key))
FROM (VALUES ('contact', '014', '14', '1014'), ('contact', ' 14', '14', '1014'), ('by_numeric', '14.50', '14.5', '1014.5'), ('by_uuid', upper(md5('14')), md5('14'), md5('1014'))) v(model, written, key, other);

-- what it returns
SELECT results_eq($$SELECT record_key FROM clientele.search('contact', (SELECT to_jsonb(c) FROM contact c WHERE id = 12), 1)$$, ARRAY['1012'],
                  'the best is the other record of the person');
SELECT is_empty($$SELECT s.record_key FROM clientele.search('contact', (SELECT to_jsonb(c) FROM contact c WHERE id = 12), 100) s WHERE s.record_key = '12'$$,
                'a record given with its key is not its own answer');
SELECT results_eq($$SELECT record_key FROM clientele.search('contact', (SELECT to_jsonb(c) - 'id' FROM contact c WHERE id = 13), 1)$$, ARRAY['13'],
                  'without its key it is');
SELECT is((SELECT person_id FROM clientele.search('contact', '{"email": "P40@example.rs"}', 1)), (SELECT person_id FROM contact_person WHERE record_key = 40),
          'one column is enough; the person is told');
SELECT is((SELECT array_agg(DISTINCT c.last_name) FROM clientele.search('contact', '{"last_name": "BABIC"}', 5) s JOIN contact c ON c.id::text = s.record_key),
          ARRAY['Babić'], 'a surname alone finds its bearers');
SELECT is((SELECT count(*) FROM clientele.search('contact', '{"last_name": "Babić"}')), 10::bigint, 'ten unless told otherwise');
SELECT is((SELECT count(*) FROM clientele.search('contact', '{"last_name": "Babić"}', 0)), 0::bigint, 'none');
SELECT is_empty($$SELECT * FROM clientele.search('contact', '{}')$$, 'of nothing there is no like');
SELECT is_empty($$SELECT * FROM clientele.search('contact', '{"first_name": null, "last_name": "n/a"}')$$, 'nor of placeholders');
SELECT ok(bool_and(match_weight <= before), 'best first')
FROM (SELECT match_weight, lag(match_weight, 1, 'infinity') OVER () AS before FROM clientele.search('contact', '{"first_name": "Ana", "city": "Grad 3"}', 50)) x;
SELECT is((SELECT count(*) FROM clientele.search('contact', '{"last_name": "Babić"}') WHERE abs(match_probability - 1 / (1 + 2 ^ (-match_weight))) > 1e-9), 0::bigint,
          'probability and weight say the same');

-- rows as they are now
DELETE FROM contact WHERE id = 1013;
SELECT is_empty($$SELECT s.* FROM clientele.search('contact', (SELECT to_jsonb(c) FROM contact c WHERE id = 13)) s WHERE s.record_key = '1013'$$, 'a deleted record is not found');
UPDATE contact SET first_name = 'Zdravko', last_name = 'Čolić', email = NULL, phone = NULL WHERE id = 1012;
SELECT cmp_ok((SELECT match_weight FROM clientele.search('contact', (SELECT to_jsonb(c) FROM contact c WHERE id = 12), 100) WHERE record_key = '1012'), '<', 0::float8,
              'a changed record is compared as it is now');

-- identify
SELECT is((SELECT person_id FROM clientele.identify('contact', 14)), (SELECT person_id FROM contact_person WHERE record_key = 14), 'a resolved record');
SELECT is((SELECT matched_key FROM clientele.identify('contact', 14)), '1014', 'and the record that says so');
SELECT is((SELECT match_weight FROM clientele.identify('contact', 14)), (SELECT match_weight FROM contact_pair WHERE left_key = 14 AND right_key = 1014), 'with its weight');
INSERT INTO contact SELECT 7000, lower(first_name), last_name, email, NULL, birth_date FROM contact WHERE id = 300;
SELECT is((SELECT person_id FROM clientele.identify('contact', 7000)), (SELECT person_id FROM contact_person WHERE record_key = 300), 'one inserted a moment ago');
INSERT INTO contact VALUES (7001, 'Zorica', 'Brunclik', 'zb@example.com', NULL, '1955-07-30');
SELECT is((SELECT i::text FROM clientele.identify('contact', 7001) i), '(,,,,)', 'a person never seen');
SELECT is((SELECT person_id FROM clientele.identify('by_text', 'k14'::text)), (SELECT person_id FROM by_text_person WHERE record_key = 'k14'), 'a text key');
SELECT is((SELECT person_id FROM clientele.identify('contact', '14')), (SELECT person_id FROM contact_person WHERE record_key = 14), 'keys may be written as literals');
CREATE TEMP TABLE seen (id int, person_id bigint);
CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO seen SELECT NEW.id, i.person_id FROM clientele.identify('contact', NEW.id) i;
    RETURN NULL;
END $$;
CREATE TRIGGER see AFTER INSERT ON contact FOR EACH ROW EXECUTE FUNCTION see();
INSERT INTO contact SELECT 7010 + id, first_name, last_name, email, phone, birth_date FROM contact WHERE id BETWEEN 201 AND 205;
SELECT results_eq('SELECT person_id FROM seen ORDER BY id', 'SELECT person_id FROM contact_person WHERE record_key BETWEEN 201 AND 205 ORDER BY record_key',
                  'a trigger knows the person of the row that is being inserted');
DROP TRIGGER see ON contact;

-- whoever is alike is told in the order of keys, wherever the rows lie
CREATE TABLE copies (id text PRIMARY KEY, first_name text, last_name text, email text);
INSERT INTO copies SELECT 'k' || lpad((g * 37 % 60)::text, 3, '0'), 'Ana', 'Novak', 'ana@example.rs' FROM generate_series(1, 59) g;
INSERT INTO copies SELECT 'x' || g, 'Name' || g % 40, 'Sur' || md5(g::text), md5(g::text) || '@example.org' FROM generate_series(1, 300) g;
CALL clientele.dedupe('copies');
CREATE FUNCTION alike(max_results int) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(record_key, ' ' ORDER BY n) FROM clientele.search('copies', '{"first_name": "Ana", "last_name": "Novak", "email": "ana@example.rs"}', max_results)
        WITH ORDINALITY s(record_key, person_id, match_weight, match_probability, source, n)
$$;
SELECT is(alike(12), (SELECT string_agg('k' || lpad(g::text, 3, '0'), ' ' ORDER BY g) FROM generate_series(1, 12) g), 'identical records: those with the first keys');
UPDATE copies SET first_name = first_name WHERE id < 'k010';
SELECT is(alike(12), (SELECT string_agg('k' || lpad(g::text, 3, '0'), ' ' ORDER BY g) FROM generate_series(1, 12) g), 'also when their rows are written anew');
CREATE INDEX copies_order ON copies (md5(id));
CLUSTER copies USING copies_order;
SELECT is(alike(12), (SELECT string_agg('k' || lpad(g::text, 3, '0'), ' ' ORDER BY g) FROM generate_series(1, 12) g), 'or the table is in another order');
SELECT is((SELECT matched_key FROM clientele.identify('copies', 'k030')), 'k001', 'identify: the first of them');

-- a schema under another name
CREATE SCHEMA moving;
CREATE TABLE moving.contact AS SELECT id, first_name, last_name, email, birth_date FROM contact;
ALTER TABLE moving.contact ADD PRIMARY KEY (id);
CALL clientele.dedupe('moving.contact', 'moved');
CALL clientele.track_model('moved');
SELECT is((SELECT record_key FROM clientele.search('moved', (SELECT to_jsonb(c) FROM moving.contact c WHERE id = 20), 1)), '1020', 'in a schema');
INSERT INTO moving.contact VALUES (9001, 'Prva', 'Prvić', 'prva@example.rs');
ALTER SCHEMA moving RENAME TO removed;
SELECT is((SELECT record_key FROM clientele.search('moved', (SELECT to_jsonb(c) FROM removed.contact c WHERE id = 20), 1)), '1020', 'the schema renamed');
SELECT lives_ok($$INSERT INTO removed.contact VALUES (9002, 'Druga', 'Drugić', 'druga@example.rs')$$, 'its table tracked still');
SELECT is((SELECT record_key FROM clientele.search('moved', '{"email": "druga@example.rs"}', 1)), '9002', 'and what came is found');

-- a backend remembers sixteen models; any of them gives way when more are asked
CREATE TABLE few AS SELECT id, first_name, last_name, email FROM contact WHERE id <= 40;
ALTER TABLE few ADD PRIMARY KEY (id);
CREATE FUNCTION ask_models(first int, last int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    n bigint := 0;
BEGIN
    FOR i IN first..last LOOP
        BEGIN
            PERFORM clientele.search('model' || i, '{"last_name": "Novak"}');
            n := n + 1;
        EXCEPTION WHEN data_corrupted THEN
            NULL;
        END;
    END LOOP;
    RETURN n;
END $$;
DO $$
BEGIN
    FOR i IN 1..32 LOOP
        CALL clientele.dedupe('few', 'model' || i);
    END LOOP;
END $$;
SELECT is(ask_models(1, 32), 32::bigint, 'thirty-two models');
DO $$
BEGIN
    FOR i IN 1..32 LOOP
        EXECUTE format('DELETE FROM %I WHERE kind = ''s''', 'model' || i || '_index');
    END LOOP;
END $$;
SELECT is(ask_models(17, 32), 16::bigint, 'the last sixteen are remembered: what their indexes lack is not read');
SELECT is(ask_models(1, 16), 0::bigint, 'none of the first is');

-- what is refused, and how
SELECT throws_ok($$SELECT * FROM clientele.search(NULL, '{}')$$, '22004', NULL, 'search: NULL model');
SELECT throws_ok($$SELECT * FROM clientele.search('contact', NULL)$$, '22004', NULL, 'search: NULL record');
SELECT throws_ok($$SELECT * FROM clientele.search('contact', '{}', NULL)$$, '22004', NULL, 'search: NULL max_results');
SELECT throws_ok($$SELECT * FROM clientele.search('contact', '{}', -1)$$, '22023', NULL, 'search: less than none');
SELECT throws_ok($$SELECT * FROM clientele.search('contact', '{}', 1000000)$$, '22023', NULL, 'search: too many');
SELECT throws_ok($$SELECT * FROM clientele.search('contact', '[1]')$$, '22023', NULL, 'search: an array');
SELECT throws_ok($$SELECT * FROM clientele.search('contact', '"x"')$$, '22023', NULL, 'search: a string');
SELECT throws_ok($$SELECT * FROM clientele.search('contact', '{"shoe_size": 44}')$$, '42703', 'column "shoe_size" of table "contact" does not exist', 'search: unknown column');
SELECT throws_ok($$SELECT * FROM clientele.search('contact', '{"ctid": "(0,1)"}')$$, '42703', NULL, 'search: system column');
SELECT throws_ok($$SELECT * FROM clientele.search('contact', '{"first_name": ["Ana"]}')$$, '22023', NULL, 'search: an array for a text');
SELECT throws_ok($$SELECT * FROM clientele.search('contact', '{"first_name": {"a": {"b": 1}}}')$$, '22023', NULL, 'search: an object for a text');
SELECT throws_ok($$SELECT * FROM clientele.search('contact', '{"birth_date": "soon"}')$$, '22007', NULL, 'search: no date');
SELECT throws_ok($$SELECT * FROM clientele.search('contact', '{"id": "x"}')$$, '22P02', NULL, 'search: no key');
SELECT throws_ok(format('SELECT * FROM clientele.search(%L, %L)', 'contact', jsonb_build_object(repeat('x', 100000), 1)), '42703', NULL, 'search: a long name of a column');
SELECT lives_ok(format('SELECT * FROM clientele.search(%L, %L)', 'contact', jsonb_build_object('last_name', repeat('Ж', 1000000), 'street', repeat('a b ', 100000))), 'search: long values');
SELECT lives_ok($$SELECT * FROM clientele.search('contact', '{"last_name": 12, "email": true, "phone": 381641234567}')$$, 'search: numbers for texts');
SELECT lives_ok($$SELECT * FROM clientele.search('contact', jsonb_build_object('last_name', E'\u0001\uFFFF\\', 'email', '@@@', 'phone', '++++'))$$, 'search: odd characters');
SELECT throws_ok($$SELECT * FROM clientele.search('none', '{}')$$, '42704', NULL, 'search: no such model');
SELECT clientele.create_model('by_hand', 'contact', clientele.suggest_model('contact'));
SELECT throws_ok($$SELECT * FROM clientele.search('by_hand', '{}')$$, '55000', NULL, 'search: not trained');
CALL clientele.train('by_hand');
SELECT throws_ok($$SELECT * FROM clientele.search('by_hand', '{}')$$, '55000', NULL, 'search: not resolved');
SELECT throws_ok($$SELECT * FROM clientele.identify('contact', 999999)$$, 'P0002', NULL, 'identify: no such record');
SELECT throws_ok($$SELECT * FROM clientele.identify('contact', NULL::int)$$, '22004', NULL, 'identify: NULL key');
SELECT throws_ok($$SELECT * FROM clientele.identify(NULL, 1)$$, '22004', NULL, 'identify: NULL model');
SELECT throws_ok($$SELECT * FROM clientele.identify('contact', 'x')$$, '22P02', NULL, 'identify: not a key');

-- what a table asks of its own rows is not asked of what one looks for
CREATE DOMAIN must AS text NOT NULL CHECK (VALUE ~ '@');
CREATE TYPE size AS (width int, height must);
CREATE TABLE strict AS SELECT id, last_name, email::must AS email, first_name, ROW(1, '@')::size AS box, email::must AS login FROM contact WHERE email ~ '@';
ALTER TABLE strict ADD PRIMARY KEY (id);
CALL clientele.dedupe('strict');
SELECT is((SELECT r.record_key FROM strict s, clientele.search('strict', jsonb_build_object('first_name', s.first_name, 'last_name', s.last_name, 'login', 'none', 'box', '{"width": 2}'::jsonb), 1) r
           ORDER BY s.id LIMIT 1) IS NOT NULL, true, 'a record without what a domain wants');
SELECT lives_ok($$SELECT * FROM clientele.search('strict', '{"last_name": "Novak", "email": "half of an e-mai"}')$$, 'nor is half a value refused');

-- the index is its owner's: nothing in it is believed
CREATE TABLE kept AS SELECT * FROM contact_index;
CREATE FUNCTION harm(what text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    harmless int := 0;
    refused int := 0;
    k "char";
    state text;
BEGIN
    FOREACH k IN ARRAY '{h,s,p,k,c,v,t,b,l}'::"char"[] LOOP
        EXECUTE format('UPDATE contact_index SET page = %s WHERE kind = %L', what, k);
        FOR i IN 1..12 LOOP
            BEGIN
                PERFORM clientele.search('contact', (SELECT to_jsonb(c) FROM contact c WHERE id = i * 10));
                PERFORM clientele.explain('contact', i * 10, i * 10 + 1000);
                harmless := harmless + 1;
            EXCEPTION WHEN OTHERS THEN
                refused := refused + 1;
            END;
        END LOOP;
        DELETE FROM contact_index;
        INSERT INTO contact_index SELECT * FROM kept;
    END LOOP;
    RETURN 'survived ' || harmless + refused;
END $$;
SELECT is(harm($$''::bytea$$), 'survived 108', 'empty pages');
SELECT is(harm($$'\xffffffffffffffffffffffffffffffff'::bytea$$), 'survived 108', 'pages of ones');
SELECT is(harm($$substr(page, 1, length(page) / 2)$$), 'survived 108', 'cut pages');
SELECT is(harm($$set_byte(page, length(page) / 3, 255)$$), 'survived 108', 'a wrong byte');
SELECT is(harm($$set_byte(page, length(page) / 2, 0)$$), 'survived 108', 'another');
SELECT is(harm($$page || page$$), 'survived 108', 'pages twice');
SELECT lives_ok($$SELECT * FROM clientele.search('contact', '{"last_name": "Babić"}')$$, 'all is well again');
ALTER TABLE contact_index ADD extra int;
SELECT throws_ok($$SELECT * FROM clientele.search('contact', '{"last_name": "Babić"}')$$, '55000', NULL, 'an index of another shape is refused');
SELECT isnt_empty($$SELECT * FROM clientele.explain('contact', 14, 1014)$$, 'explain does without');
DROP TABLE contact_index;
SELECT isnt_empty($$SELECT * FROM clientele.explain('contact', 14, 1014)$$, 'explain: and without any');
SELECT throws_ok($$SELECT * FROM clientele.search('contact', '{"last_name": "Babić"}')$$, '55000', NULL, 'and one that is gone missed');
CALL clientele.resolve('contact');
SELECT isnt_empty($$SELECT * FROM clientele.search('contact', '{"last_name": "Babić"}')$$, 'resolve makes it anew');

-- the source changes under a model in memory
DROP VIEW contact_golden;
ALTER TABLE contact ALTER birth_date TYPE text;
SELECT is((SELECT record_key FROM clientele.search('contact', (SELECT to_jsonb(c) FROM contact c WHERE id = 20), 1)), '1020', 'a column of another type');
ALTER TABLE contact RENAME last_name TO family_name;
SELECT throws_ok($$SELECT * FROM clientele.search('contact', '{}')$$, '42703', NULL, 'a column that is gone');
ALTER TABLE contact RENAME family_name TO last_name;

-- as somebody else
CREATE ROLE search_owner;
CREATE ROLE search_other;
GRANT USAGE ON SCHEMA clientele, tap, public TO search_owner, search_other;
GRANT CREATE ON SCHEMA public TO search_owner;
CREATE TABLE secret AS SELECT * FROM contact;
ALTER TABLE secret ADD PRIMARY KEY (id);
ALTER TABLE secret OWNER TO search_owner;
SET LOCAL ROLE search_owner;
CALL clientele.dedupe('secret');
SELECT isnt_empty($$SELECT * FROM clientele.search('secret', '{"last_name": "Babić"}')$$, 'the owner of a model searches');
ALTER TABLE secret ENABLE ROW LEVEL SECURITY;
ALTER TABLE secret FORCE ROW LEVEL SECURITY;
CREATE POLICY half ON secret USING (id % 2 = 0);
SELECT is((SELECT count(*) FROM clientele.search('secret', '{"last_name": "Babić"}', 100) WHERE record_key::int % 2 = 1), 0::bigint, 'rows that row security hides are not found');
SELECT isnt_empty($$SELECT * FROM clientele.search('secret', '{"last_name": "Babić"}', 100)$$, 'the others are');
SELECT throws_ok($$SELECT * FROM clientele.identify('secret', 13)$$, 'P0002', NULL, 'nor identified');
SELECT throws_ok($$SELECT * FROM clientele.explain('secret', 14, 13)$$, 'P0002', '"secret" has no record with key 13', 'nor explained');
SELECT isnt_empty($$SELECT * FROM clientele.explain('secret', 14, 1014)$$, 'explain: those that are seen');
REVOKE SELECT ON secret FROM search_owner;
SELECT throws_ok($$SELECT * FROM clientele.explain('secret', 14, 1014)$$, '42501', NULL, 'explain: without the right to read there is nothing');
SELECT throws_ok($$SELECT * FROM clientele.search('secret', '{"last_name": "Babić"}')$$, '42501', NULL, 'without the right to read there is nothing');
GRANT SELECT (id, first_name) ON secret TO search_owner;
SELECT throws_ok($$SELECT * FROM clientele.search('secret', '{"last_name": "Babić"}')$$, '42501', NULL, 'nor with the right to some columns');
SELECT throws_ok($$SELECT * FROM clientele.explain('secret', 14, 1014)$$, '42501', NULL, 'explain: nor with the right to some columns');
GRANT SELECT ON secret TO search_owner;
REVOKE SELECT ON secret_index FROM search_owner;
SELECT isnt_empty($$SELECT * FROM clientele.explain('secret', 14, 1014)$$, 'explain needs no right to the index');
SELECT throws_ok($$SELECT * FROM clientele.search('secret', '{"last_name": "Babić"}')$$, '42501', NULL, 'nor without the right to the index');
RESET ROLE;
SET LOCAL ROLE search_other;
SELECT throws_ok($$SELECT * FROM clientele.search('contact', '{}')$$, '42704', NULL, 'a model of somebody else is not there');
RESET ROLE;

-- a run that is undone
SAVEPOINT before_run;
INSERT INTO contact SELECT 8000 + id, first_name, last_name, email, phone, birth_date, street, city, company FROM contact WHERE id <= 50;
CALL clientele.resolve('contact');
SELECT isnt_empty($$SELECT s.* FROM clientele.search('contact', (SELECT to_jsonb(c) FROM contact c WHERE id = 20)) s WHERE record_key = '8020'$$, 'a new run is searched at once');
ROLLBACK TO before_run;
SELECT is((SELECT record_key FROM clientele.search('contact', (SELECT to_jsonb(c) FROM contact c WHERE id = 20), 1)), '1020', 'and when it is undone, the old one');

-- small tables
CREATE TABLE nobody (id int PRIMARY KEY, first_name text, last_name text, email text);
CALL clientele.dedupe('nobody');
SELECT is_empty($$SELECT * FROM clientele.search('nobody', '{"last_name": "Novak"}')$$, 'in an empty table nobody is found');
INSERT INTO nobody VALUES (1, 'Ana', 'Novak', 'ana@novak.example');
SELECT is((SELECT i::text FROM clientele.identify('nobody', 1) i), '(,,,,)', 'nor is the first to come anybody known');
CALL clientele.resolve('nobody');
SELECT results_eq($$SELECT record_key FROM clientele.search('nobody', '{"email": "ana@novak.example"}')$$, ARRAY['1'], 'one record');

-- an index outlives its model; a model of the same name and settings has none until it is resolved
CREATE TABLE forgotten AS SELECT settings FROM clientele.linkage_model WHERE name = 'contact';
SELECT clientele.drop_model('contact');
SELECT clientele.create_model('contact', 'contact', settings) FROM forgotten;
CALL clientele.train('contact');
SELECT throws_ok($$SELECT * FROM clientele.search('contact', '{"last_name": "Novak"}')$$, '55000', 'linkage model "contact" has no index to search by', 'the index of a model that was dropped is of no other');
SELECT isnt_empty($$SELECT * FROM clientele.explain('contact', 20, 1020)$$, 'explain does without');
CALL clientele.resolve('contact');
SELECT is((SELECT record_key FROM clientele.search('contact', (SELECT to_jsonb(c) FROM contact c WHERE id = 20), 1)), '1020', 'resolved, it has its own');

SELECT * FROM finish();
ROLLBACK;
