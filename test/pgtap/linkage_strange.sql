-- Tables that nobody would call a table of contacts: dedupe does what can be done, or says why it does nothing.
BEGIN;
SELECT no_plan();

CREATE FUNCTION pg_temp.outcome(source text, OUT persons bigint, OUT doubles_found bigint) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CALL clientele.dedupe(%L)', source);
    EXECUTE format('SELECT count(DISTINCT person_id), (SELECT count(*) FROM %1$I a JOIN %1$I b ON b.record_key = a.record_key + 1000 AND a.person_id = b.person_id) FROM %1$I',
                   source || '_person') INTO persons, doubles_found;
END $$;

-- nothing about anybody
CREATE TABLE numbers AS SELECT i AS id, i % 7 AS a, i * 0.37::float8 AS b FROM generate_series(1, 500) i;
ALTER TABLE numbers ADD PRIMARY KEY (id);
SELECT throws_ok($$CALL clientele.dedupe('numbers')$$, '22000', NULL, 'numbers tell nobody apart, and it is said');

-- one column only: who writes the same e-mail, telephone or firm is the same
CREATE TABLE mail AS SELECT i AS id, 'user' || i || '@example.com' AS email FROM generate_series(1, 800) i;
INSERT INTO mail SELECT id + 1000, upper(email) FROM mail WHERE id % 10 = 0;
ALTER TABLE mail ADD PRIMARY KEY (id);
SELECT results_eq($$SELECT * FROM pg_temp.outcome('mail')$$, 'VALUES (800::bigint, 80::bigint)', 'nothing but e-mails');
CREATE TABLE telephone AS SELECT i AS id, '+38164' || (1000000 + i * 7919) AS telefon FROM generate_series(1, 800) i;
INSERT INTO telephone SELECT id + 1000, replace(telefon, '+381', '0') FROM telephone WHERE id % 10 = 0;
ALTER TABLE telephone ADD PRIMARY KEY (id);
SELECT results_eq($$SELECT * FROM pg_temp.outcome('telephone')$$, 'VALUES (800::bigint, 80::bigint)', 'nothing but telephones');
CREATE TABLE firm AS
SELECT i AS id, (ARRAY['Alfa','Beta','Gama','Delta','Sigma','Omega','Zeta'])[1 + i % 7] || ' ' ||
       (ARRAY['Trade','Promet','Invest','Metal','Agrar','Soft','Plast','Lines','Print','Food','Auto'])[1 + i / 7 % 11] || ' ' ||
       substr(md5((i / 77)::text), 1, 4) || ' d.o.o.' AS firma
FROM generate_series(1, 800) i;
INSERT INTO firm SELECT id + 1000, upper(replace(firma, 'd.o.o.', 'doo')) FROM firm WHERE id % 10 = 0;
ALTER TABLE firm ADD PRIMARY KEY (id);
SELECT results_eq($$SELECT * FROM pg_temp.outcome('firm')$$, 'VALUES (800::bigint, 80::bigint)', 'nothing but firms');

-- other alphabets, other languages
CREATE TABLE greek AS
SELECT i AS id, (ARRAY['Γιώργος','Μαρία','Ελένη','Νίκος','Δημήτρης','Κατερίνα','Σοφία','Ανδρέας'])[1 + i % 8] AS "Όνομα",
       (ARRAY['Παπαδόπουλος','Γεωργίου','Νικολάου','Οικονόμου','Κωνσταντίνου','Βασιλείου','Αθανασίου'])[1 + i / 8 % 7] AS "Επώνυμο",
       (ARRAY['Αθήνα','Πάτρα','Βόλος'])[1 + i % 3] AS "Πόλη", '210' || (1000000 + i * 7919) AS "Τηλέφωνο"
FROM generate_series(1, 600) i;
INSERT INTO greek SELECT id + 1000, upper("Όνομα"), upper("Επώνυμο"), "Πόλη", "Τηλέφωνο" FROM greek WHERE id % 10 = 0;
ALTER TABLE greek ADD PRIMARY KEY (id);
SELECT results_eq($$SELECT * FROM pg_temp.outcome('greek')$$, 'VALUES (600::bigint, 60::bigint)', 'Greek');
CREATE TABLE chinese AS
SELECT i AS id, (ARRAY['王','李','张','刘','陈','杨','赵','黄'])[1 + i % 8] || (ARRAY['小明','建国','丽华','伟','芳','秀英','强','敏','静','磊'])[1 + i / 8 % 10] AS "姓名",
       '138' || (10000000 + i * 7919) AS "电话", '北京市朝阳区' || i % 90 || '号' AS "地址"
FROM generate_series(1, 600) i;
INSERT INTO chinese SELECT id + 1000, "姓名", "电话", "地址" FROM chinese WHERE id % 10 = 0;
ALTER TABLE chinese ADD PRIMARY KEY (id);
SELECT results_eq($$SELECT * FROM pg_temp.outcome('chinese')$$, 'VALUES (600::bigint, 60::bigint)', 'Chinese');
CREATE TABLE hungarian AS
SELECT i AS id, (ARRAY['László','Zoltán','Éva','Katalin','István','Gábor'])[1 + i % 6] AS keresztnev,
       (ARRAY['Nagy','Kovács','Tóth','Szabó','Horváth','Varga','Kiss'])[1 + i / 6 % 7] AS vezeteknev,
       date '1950-01-01' + i * 7919 % 20011 AS szuletesi_datum, (1000 + i % 80)::text AS iranyitoszam, 'Város' || i % 80 AS varos,
       'Kossuth Lajos utca ' || i % 150 AS utca
FROM generate_series(1, 500) i;
INSERT INTO hungarian SELECT id + 1000, upper(keresztnev), vezeteknev, szuletesi_datum, iranyitoszam, varos, utca FROM hungarian WHERE id % 10 = 0;
ALTER TABLE hungarian ADD PRIMARY KEY (id);
SELECT results_eq($$SELECT * FROM pg_temp.outcome('hungarian')$$, 'VALUES (500::bigint, 50::bigint)', 'Hungarian');

-- next to nothing in it
CREATE TABLE nobody (id int PRIMARY KEY, first_name text, last_name text);
SELECT lives_ok($$CALL clientele.dedupe('nobody')$$, 'no record');
INSERT INTO nobody VALUES (1, 'Ana', 'Kovač');
SELECT lives_ok($$CALL clientele.dedupe('nobody')$$, 'one record');
CREATE TABLE two (id int PRIMARY KEY, first_name text, last_name text, email text);
INSERT INTO two VALUES (1, 'Ana', 'Kovač', 'ana@kovac.hr'), (2, 'ANA', 'KOVAČ', 'ana@kovac.hr');
SELECT is((SELECT persons FROM pg_temp.outcome('two')), 1::bigint, 'two records of one person');
CREATE TABLE void AS SELECT i AS id, NULL::text AS first_name, NULL::text AS last_name, NULL::text AS email FROM generate_series(1, 300) i;
ALTER TABLE void ADD PRIMARY KEY (id);
SELECT is((SELECT persons FROM pg_temp.outcome('void')), 300::bigint, 'records without a value are of nobody else');

-- a form entered one customer three thousand times: alone, and among others of whom it must not change a thing
CREATE TABLE copied AS SELECT i AS id, 'Marko' AS first_name, 'Jovanović' AS last_name, 'marko.j@example.rs' AS email, '+381641234567' AS phone,
    date '1980-03-04' AS birth_date FROM generate_series(1, 3000) i;
ALTER TABLE copied ADD PRIMARY KEY (id);
SELECT is((SELECT persons FROM pg_temp.outcome('copied')), 1::bigint, 'three thousand copies of one record are one person');
CREATE TABLE others AS SELECT 10000 + i AS id, initcap(substr(md5('f' || i % 60), 1, 6)) AS first_name, initcap(substr(md5('l' || i % 97), 1, 8)) AS last_name,
    md5('e' || i) || '@example.org' AS email, '+4850' || (1000000 + i * 7391) AS phone, date '1950-01-01' + (i * 7919) % 20000 AS birth_date FROM generate_series(1, 600) i;
INSERT INTO others SELECT id + 10000, upper(first_name), last_name, email, NULL, birth_date FROM others WHERE id % 4 = 0;
INSERT INTO others VALUES (1, 'Marko', 'Jovanović', 'marko.j@example.rs', '+381641234567', '1980-03-04'), (2, 'Markо', 'Jovanovic', 'marko.j@example.rs', NULL, '1980-03-04');
INSERT INTO others SELECT id + 100000, first_name, last_name, email, phone, birth_date FROM copied;
ALTER TABLE others ADD PRIMARY KEY (id);
CALL clientele.dedupe('others');
SELECT is((SELECT count(DISTINCT person_id) FROM others_person), 601::bigint, 'among others they are one person as well');
SELECT is((SELECT count(DISTINCT person_id) FROM others_person WHERE record_key > 100000 OR record_key IN (1, 2)), 1::bigint, 'with the record that has a variant of the name');
SELECT ok((SELECT left_out = 0 AND pairs = 8996 FROM clientele.blocking_report('others') WHERE keys = 'identical records'), 'a rule of their own joins them');
SELECT is((SELECT count(*) FROM clientele.blocking_report('others') WHERE left_out > 0), 0::bigint, 'and no block is too large because of them');
-- how often strangers agree is counted without the copies, in a column of several values too
CREATE TABLE several AS SELECT id, first_name, last_name, email, ARRAY[phone] AS phones, birth_date FROM others WHERE id < 100000;
CREATE TABLE several_copied AS SELECT * FROM several UNION ALL SELECT 200000 + i, s.first_name, s.last_name, s.email, s.phones, s.birth_date FROM several s, generate_series(1, 1000) i WHERE s.id = 1;
ALTER TABLE several ADD PRIMARY KEY (id);
ALTER TABLE several_copied ADD PRIMARY KEY (id);
CALL clientele.dedupe('several');
CALL clientele.dedupe('several_copied');
SELECT ok(bool_and(b.u < 1.5 * a.u + 1e-5), 'a thousand copies of a record make no value more usual: ' || a.comparison)
FROM clientele.model_parameters('several') a JOIN clientele.model_parameters('several_copied') b USING (comparison, level)
WHERE a.level = 1 GROUP BY a.comparison ORDER BY a.comparison;

-- taken out by hand, the first of them, or any: the others stay one person at the next run
SELECT unmerge('others', 1);
SELECT unmerge('others', 100500);
CALL clientele.resolve('others');
SELECT results_eq($$SELECT count(DISTINCT person_id) FILTER (WHERE record_key NOT IN (1, 100500)), count(DISTINCT person_id) FROM others_person
                    WHERE record_key > 100000 OR record_key IN (1, 2)$$, 'VALUES (1::bigint, 3::bigint)', 'copies hold together without those that a person took out');

-- two people of one household: twins, and a brother and a sister of nearly one name
CREATE TABLE family (id int PRIMARY KEY, first_name text, last_name text, sex text, birth_date date, phone text, street text, postcode text, city text);
INSERT INTO family
SELECT p * 10 + k, (CASE WHEN k % 2 = 0 THEN ARRAY['Goran','Ivan','Marko','Petar','Luka'] ELSE ARRAY['Gordana','Ivana','Marija','Petra','Lucija'] END)[1 + p % 5],
       'Prezime' || substr(md5(p::text), 1, 5), CASE k % 2 WHEN 0 THEN 'M' ELSE 'F' END,
       date '1950-01-01' + (p * 7919 + k * 3000) % 20011, '01' || (1000000 + p * 7919), 'Ulica ' || substr(md5('s' || p % 300), 1, 6) || ' ' || p % 60,
       (10000 + p % 40)::text, 'Grad' || p % 40
FROM generate_series(1, 400) p, generate_series(0, 1) k;
INSERT INTO family SELECT id + 1000000, upper(first_name), last_name, NULL, birth_date, NULL, street, postcode, city FROM family WHERE id % 3 = 0;
CALL clientele.dedupe('family');
SELECT is_empty($$SELECT a.record_key FROM family_person a JOIN family_person b ON b.person_id = a.person_id
                  WHERE a.record_key / 10 % 100000 = b.record_key / 10 % 100000 AND a.record_key % 10 < b.record_key % 10$$,
                'brother and sister stay two');
SELECT is((SELECT count(*) FROM family_person a JOIN family_person b ON b.record_key = a.record_key + 1000000 AND b.person_id = a.person_id),
          (SELECT count(*) FROM family WHERE id > 1000000), 'and each keeps their second record');

-- indexes of results are built from memory; those that the owner added are built, too, whatever they are
CREATE INDEX family_lower ON family_person (lower(record_key::text));
CREATE INDEX family_few ON family_person (person_id) WHERE person_id > 100;
CREATE INDEX family_weight ON family_pair (match_weight DESC) INCLUDE (right_key);
CREATE TEMP TABLE family_before AS SELECT record_key, person_id FROM family_person;
CALL clientele.dedupe('family');
SELECT results_eq('SELECT record_key, person_id FROM family_person ORDER BY 1', 'SELECT record_key, person_id FROM family_before ORDER BY 1', 'a later run gives the same persons');
CREATE TEMP TABLE family_scanned AS SELECT left_key, right_key, match_weight FROM family_pair;
SET LOCAL enable_seqscan = off;
SET LOCAL enable_bitmapscan = off;
SET LOCAL enable_sort = off;
SELECT results_eq('SELECT record_key FROM family_person ORDER BY record_key', 'SELECT record_key FROM family_before ORDER BY 1', 'persons by the index of keys');
SELECT results_eq('SELECT person_id FROM family_person ORDER BY person_id', 'SELECT person_id FROM family_before ORDER BY 1', 'persons by the index of numbers');
SELECT is((SELECT count(*) FROM family_person WHERE person_id > 100), (SELECT count(*) FROM family_before WHERE person_id > 100), 'persons by a partial index');
SELECT is((SELECT count(*) FROM family_before b JOIN family_person p ON lower(p.record_key::text) = b.record_key::text), (SELECT count(*) FROM family_before), 'persons by an index of expressions');
SELECT results_eq('SELECT left_key, right_key FROM family_pair ORDER BY 1, 2', 'SELECT left_key, right_key FROM family_scanned ORDER BY 1, 2', 'pairs by both keys');
SELECT results_eq('SELECT right_key FROM family_pair ORDER BY 1', 'SELECT right_key FROM family_scanned ORDER BY 1', 'pairs by the right key');
SELECT results_eq('SELECT match_weight FROM family_pair ORDER BY 1 DESC', 'SELECT match_weight FROM family_scanned ORDER BY 1 DESC', 'pairs by an index of the owner''s');

-- what an error tells to call can be called, whatever things are named
CREATE FUNCTION pg_temp.hint(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    said text;
BEGIN
    EXECUTE statement;
    RETURN 'no error';
EXCEPTION WHEN others THEN
    GET STACKED DIAGNOSTICS said = PG_EXCEPTION_HINT;
    RETURN said;
END $$;
CREATE TABLE "O'Brien" AS SELECT i AS id, 'user' || i || '@example.com' AS email FROM generate_series(1, 20) i;
ALTER TABLE "O'Brien" ADD PRIMARY KEY (id);
SELECT is(pg_temp.hint($$CALL clientele.link_all(ARRAY['"O''Brien"', '"O''Brien"']::regclass[], 'brien')$$),
          $$CALL clientele.dedupe('public."O''Brien"') finds who stands in it twice.$$, 'a table with a quote in its name');
SELECT clientele.create_model('o''brien', '"O''Brien"');
SELECT is(pg_temp.hint($$SELECT * FROM clientele.explain('o''brien', 1, 2)$$), $$CALL clientele.train('o''brien').$$, 'and a model');
SELECT throws_ok($$SELECT * FROM clientele.explain('o''brien', NULL::int, 2)$$, '22004', 'argument "a" must not be null', 'which argument must not be null');
CALL clientele.train('o''brien');
SELECT throws_ok($$SELECT * FROM clientele.explain('o''brien', 1, 2, 4000000000::oid)$$, '42P01', 'relation with OID 4000000000 does not exist', 'a table that is not there');

SELECT * FROM finish();
ROLLBACK;
