-- The linkage engine: a table nobody has described, its results, its reports, its errors.
BEGIN;
SELECT no_plan();

CREATE TABLE contact (id int PRIMARY KEY, first_name text, last_name text, email text, phone text, birth_date date, city text);
INSERT INTO contact
SELECT p, (ARRAY['Marko','Ana','Jelena','Petar','Milica','Ivan','Katarina','Luka','Sofija','Nikola','Teodora','Stefan'])[1 + p % 12],
       (ARRAY['Jovanović','Petrović','Nikolić','Horvat','Kovačević','Novak','Babić','Marić','Knežević','Zupančič','Krajnc'])[1 + p % 11] || (p / 132)::text,
       'p' || p || '@example.rs', '+381 64 ' || (1000000 + p * 7919), date '1950-01-01' + (p * 7919 % 20011), 'Grad ' || p % 31
FROM generate_series(1, 600) p;
-- sixty of them again: a typing error, the phone in another form, a missing birth date
INSERT INTO contact
SELECT id + 1000, CASE WHEN id % 3 = 0 THEN upper(first_name) ELSE first_name END,
       CASE WHEN id % 3 = 1 THEN overlay(last_name placing 'x' from 3 for 1) ELSE last_name END,
       CASE WHEN id % 2 = 0 THEN email END, replace(phone, '+381 ', '0'), CASE WHEN id % 4 <> 0 THEN birth_date END, city
FROM contact WHERE id <= 60;

SELECT lives_ok($$CALL clientele.dedupe('contact')$$, 'a table that was never seen');
SELECT has_table('contact_pair');
SELECT has_table('contact_person');
SELECT is((SELECT count(*) FROM contact_person), 660::bigint, 'each record has a person');
SELECT is((SELECT count(DISTINCT person_id) FROM contact_person), 600::bigint, 'sixty records are somebody''s second');
SELECT is_empty($$SELECT a.record_key FROM contact_person a JOIN contact_person b ON b.record_key = a.record_key + 1000
                  WHERE a.person_id <> b.person_id$$, 'each second record is with its first');
SELECT is_empty($$SELECT * FROM contact_pair WHERE left_key >= right_key$$, 'pairs are written once, smaller key first');
SELECT is_empty($$SELECT * FROM contact_pair WHERE match_probability NOT BETWEEN 0 AND 1$$, 'probabilities');
SELECT is_empty($$SELECT * FROM contact_pair WHERE abs(match_probability - 1 / (1 + 2 ^ (-match_weight))) > 1e-9$$,
                'probability and weight say the same');
SELECT col_type_is('contact_person', 'record_key', 'integer', 'the key has the source''s type');
SELECT col_is_pk('contact_person', 'record_key');

-- a second run changes nothing
CREATE TEMP TABLE before AS SELECT * FROM contact_person;
CREATE TEMP TABLE pairs_before AS SELECT * FROM contact_pair;
CALL clientele.dedupe('contact');
SELECT bag_eq('SELECT * FROM contact_person', 'SELECT * FROM before', 'persons keep their numbers');
SELECT bag_eq('SELECT * FROM contact_pair', 'SELECT * FROM pairs_before', 'the same data gives the same bits');

-- nor does the order of the rows
CREATE TABLE shuffled (LIKE contact INCLUDING ALL);
INSERT INTO shuffled SELECT * FROM contact ORDER BY md5(id::text);
CALL clientele.dedupe('shuffled');
SELECT bag_eq('SELECT * FROM shuffled_pair', 'SELECT * FROM contact_pair', 'the physical order does not matter');

-- a person who lost a record keeps its number; a new one gets a new number
DELETE FROM contact WHERE id = 1001;
INSERT INTO contact VALUES (5000, 'Zdravko', 'Čolić', 'z@c.ba', '+38733123456', '1951-05-30', 'Sarajevo');
CALL clientele.dedupe('contact');
SELECT is_empty($$SELECT b.* FROM before b JOIN contact_person p USING (record_key) WHERE p.person_id <> b.person_id$$,
                'numbers are stable');
SELECT is((SELECT person_id FROM contact_person WHERE record_key = 5000), 601::bigint, 'a new person has a number never given');

-- reports
SELECT is((SELECT count(*) FROM clientele.explain('contact', 2, 1002) WHERE comparison = 'last_name'), 1::bigint, 'one row a comparison');
SELECT is((SELECT round(total::numeric, 4) FROM clientele.explain('contact', 2, 1002) WHERE comparison = '(household)'),
          (SELECT round(match_weight::numeric, 4) FROM contact_pair WHERE left_key = 2 AND right_key = 1002),
          'the steps add up to the weight of the pair');
SELECT is((SELECT count(*) FROM clientele.explain('contact', '2', '1002')), (SELECT count(*) FROM clientele.explain('contact', 2, 1002)),
          'keys may be written as literals');
SELECT cmp_ok((SELECT count(*) FROM clientele.blocking_report('contact')), '>', 1::bigint, 'several blocking rules');
SELECT cmp_ok((SELECT weight FROM clientele.model_parameters('contact') WHERE comparison = 'birth_date' AND level = 1), '>', 5::float8,
              'an equal birth date is evidence');
SELECT cmp_ok((SELECT weight FROM clientele.model_parameters('contact') WHERE comparison = 'birth_date' ORDER BY level DESC LIMIT 1), '<', 0::float8,
              'another birth date is evidence against');
SELECT is((SELECT sum(m)::numeric(6,4) FROM clientele.model_parameters('contact') WHERE comparison = 'last_name'), 1::numeric, 'm adds up to one');
SELECT is(clientele.suggest_model('contact') #>> '{comparisons,0,kind}', 'given_name', 'the first name is recognised');

-- against known clusters: brute force over all pairs says the same
CREATE TABLE labels AS SELECT id, id % 1000 AS who FROM contact;
SELECT results_eq($$SELECT true_pairs, found_pairs, right_pairs FROM clientele.evaluate('contact', 'labels')$$,
    $$SELECT count(*) FILTER (WHERE x.who = y.who), count(*) FILTER (WHERE a.person_id = b.person_id),
             count(*) FILTER (WHERE x.who = y.who AND a.person_id = b.person_id)
      FROM labels x JOIN labels y ON x.id < y.id JOIN contact_person a ON a.record_key = x.id JOIN contact_person b ON b.record_key = y.id$$,
    'evaluate counts pairs like brute force');
SELECT cmp_ok((SELECT f1 FROM clientele.evaluate('contact', 'labels')), '>', 0.95::float8, 'evaluate: F1');
SELECT cmp_ok((SELECT b3_f1 FROM clientele.evaluate('contact', 'labels')), '>', 0.95::float8, 'evaluate: B-cubed');
SELECT throws_ok($$SELECT * FROM clientele.evaluate('none', 'labels')$$, '42704', NULL, 'evaluate: no such model');

-- train and resolve by hand
SELECT lives_ok($$SELECT clientele.create_model('by_hand', 'contact', clientele.suggest_model('contact'))$$, 'create_model');
SELECT throws_ok($$SELECT * FROM clientele.model_parameters('by_hand')$$, '55000', NULL, 'no parameters before training');
SELECT lives_ok($$CALL clientele.train('by_hand')$$, 'train');
SELECT lives_ok($$CALL clientele.resolve('by_hand')$$, 'resolve');
SELECT bag_eq('SELECT left_key, right_key, match_weight FROM by_hand_pair', 'SELECT left_key, right_key, match_weight FROM contact_pair',
              'in steps or at once, the same');
SELECT lives_ok($$SELECT clientele.drop_model('by_hand')$$, 'drop_model');
SELECT throws_ok($$SELECT clientele.drop_model('by_hand')$$, '42704', NULL, 'it is gone');

-- keys of other types, names that need quotes
CREATE SCHEMA "Odd Schema";
CREATE TABLE "Odd Schema"."Odd ""Table" ("the Key" uuid PRIMARY KEY, "First Name" text, "Last, Name" text, "e-mail" text);
INSERT INTO "Odd Schema"."Odd ""Table" SELECT md5(id::text)::uuid, first_name, last_name, email FROM contact;
SELECT lives_ok($$CALL clientele.dedupe('"Odd Schema"."Odd ""Table"')$$, 'odd names');
SELECT is((SELECT count(*) FROM "Odd Schema"."Odd ""Table_person"), 660::bigint, 'odd names: result');
CREATE TABLE text_key AS SELECT 'k' || id AS id, first_name, last_name, email, birth_date FROM contact;
ALTER TABLE text_key ADD PRIMARY KEY (id);
SELECT lives_ok($$CALL clientele.dedupe('text_key', model => 'other')$$, 'a text key, a name for the model');
SELECT col_type_is('other_person', 'record_key', 'text', 'the key has the source''s type');

-- a surname with the given name in it is the same name
CREATE TABLE one_field (id int PRIMARY KEY, first_name text, last_name text, birth_date date);
INSERT INTO one_field SELECT g, (ARRAY['Marko', 'Ana', 'Petar', 'Ivan', 'Jelena'])[1 + g % 5], initcap(translate(substr(md5('n' || g % 70), 1, 7), '0123456789', 'ghijklmnop')), date '1950-01-01' + (g * 7919) % 20000 FROM generate_series(1, 300) g;
INSERT INTO one_field SELECT 1000 + id, NULL, first_name || ' ' || last_name, birth_date FROM one_field WHERE id <= 60;
INSERT INTO one_field SELECT 2000 + id, NULL, last_name || ' ' || first_name, birth_date FROM one_field WHERE id BETWEEN 61 AND 120;
SELECT lives_ok($$CALL clientele.dedupe('one_field')$$, 'names in one field');
SELECT cmp_ok((SELECT count(*) FROM one_field_person a JOIN one_field_person b USING (person_id) WHERE b.record_key IN (1000 + a.record_key, 2000 + a.record_key)), '>=', 115::bigint, 'names in one field are found');

-- nothing to link, nothing to compare
CREATE TABLE nobody (id int PRIMARY KEY, first_name text, last_name text, email text);
SELECT lives_ok($$CALL clientele.dedupe('nobody')$$, 'an empty table');
SELECT is((SELECT count(*) FROM nobody_person), 0::bigint, 'an empty table: no persons');
INSERT INTO nobody VALUES (1, 'Ana', 'Novak', NULL);
SELECT lives_ok($$CALL clientele.dedupe('nobody')$$, 'one record');
SELECT is((SELECT count(*) FROM nobody_person), 1::bigint, 'one record: one person');
CREATE TABLE all_null AS SELECT g AS id, NULL::text AS first_name, NULL::text AS last_name, NULL::text AS email FROM generate_series(1, 50) g;
ALTER TABLE all_null ADD PRIMARY KEY (id);
INSERT INTO all_null SELECT 100 + g, 'n/a', 'nepoznato', 'test@test.com' FROM generate_series(1, 50) g;
SELECT lives_ok($$CALL clientele.dedupe('all_null')$$, 'nothing but NULL and placeholders');
SELECT is((SELECT count(DISTINCT person_id) FROM all_null_person), 100::bigint, 'missing values bring nobody together');

-- errors
CREATE TABLE no_key (first_name text, last_name text);
SELECT throws_ok($$CALL clientele.dedupe('no_key')$$, '55000', NULL, 'no primary key');
CREATE TABLE two_keys (a int, b int, first_name text, PRIMARY KEY (a, b));
SELECT throws_ok($$CALL clientele.dedupe('two_keys')$$, '0A000', NULL, 'a key of two columns');
CREATE TABLE by_region (id int, region text, first_name text, last_name text, born date, PRIMARY KEY (id, region)) PARTITION BY LIST (region);
CREATE TABLE by_region_n PARTITION OF by_region FOR VALUES IN ('north');
CREATE TABLE by_region_s PARTITION OF by_region FOR VALUES IN ('south');
INSERT INTO by_region SELECT g, CASE WHEN g % 2 = 0 THEN 'north' ELSE 'south' END, 'Ime' || chr(97 + g % 100 % 19), 'Prezime' || chr(97 + g % 100 % 23) || chr(97 + g % 100 % 7), date '1960-01-01' + g % 100 * 37 FROM generate_series(1, 150) g;
CALL clientele.dedupe('by_region');
SELECT is((SELECT count(*) FROM by_region_person a JOIN by_region_person b USING (person_id) WHERE b.record_key = a.record_key + 100), 50::bigint, 'a partitioned table, whose key must have two, is known by its id');
SELECT is((SELECT count(*) FROM clientele.search('by_region', '{"first_name": "Imeb", "last_name": "Prezimebb", "born": "1960-02-07"}') WHERE match_probability > 0.5), 2::bigint, 'and searched');
ALTER TABLE two_keys ADD number int NOT NULL UNIQUE, ADD id int, ADD last_name text;
INSERT INTO two_keys SELECT 1, g, 'Ime' || chr(97 + g % 19), g, 7, 'Prezime' || chr(97 + g % 23) FROM generate_series(1, 60) g;
CALL clientele.dedupe('two_keys');
SELECT is((SELECT count(DISTINCT record_key) FROM two_keys_person), 60::bigint, 'beside a key of two columns a unique one comes before an id');
ALTER TABLE two_keys DROP number CASCADE;
SELECT throws_ok($$CALL clientele.dedupe('two_keys')$$, '23505', NULL, 'which may repeat');
CREATE TABLE numbers (id int PRIMARY KEY, x float8);
SELECT throws_ok($$CALL clientele.dedupe('numbers')$$, '22000', NULL, 'nothing to compare');
SELECT throws_ok($$CALL clientele.dedupe('contact', threshold => 1.5)$$, '22023', NULL, 'a threshold is a probability');
SELECT throws_ok($$CALL clientele.dedupe('text_key', model => 'contact')$$, '42710', NULL, 'a model has one table');
SELECT throws_ok($$SELECT * FROM clientele.explain('contact', 1, 999999)$$, 'P0002', NULL, 'explain: no such record');
SELECT throws_ok($$SELECT * FROM clientele.blocking_report('none')$$, '42704', NULL, 'no such model');
CREATE TABLE clash (id int PRIMARY KEY, first_name text, last_name text, email text);
CREATE TABLE clash_person (mine int);
SELECT throws_ok($$CALL clientele.dedupe('clash')$$, '42P07', NULL, 'somebody else''s table is not touched');
-- a result whose columns somebody changed could not take the rows
SAVEPOINT before_change;
ALTER TABLE other_pair ALTER blocking_rules TYPE text;
SELECT throws_ok($$CALL clientele.resolve('other')$$, '55000', NULL, 'pairs with a column of another type');
ROLLBACK TO before_change;
DROP VIEW other_golden;
ALTER TABLE other_person ALTER person_id TYPE numeric;
SELECT throws_ok($$CALL clientele.resolve('other')$$, '55000', NULL, 'persons with a column of another type');
ROLLBACK TO before_change;
ALTER TABLE other_person ADD note text;
SELECT throws_ok($$CALL clientele.resolve('other')$$, '55000', NULL, 'persons with one column more');
ROLLBACK TO before_change;

-- as somebody without rights
CREATE ROLE linkage_reader;
GRANT USAGE ON SCHEMA clientele, tap, public TO linkage_reader;
SET LOCAL ROLE linkage_reader;
SELECT throws_ok($$CALL clientele.dedupe('contact', 'theirs')$$, '42501', NULL, 'who may not read may not link');
SELECT is_empty($$SELECT * FROM clientele.linkage_model$$, 'models of others are not seen');
RESET ROLE;

SELECT throws_ok($$SELECT clientele.create_model(NULL, 'pg_class')$$, '22004', NULL, 'a model needs a name');
SELECT throws_ok($$SELECT clientele.create_model('m', NULL)$$, '22004', NULL, 'and a table');
SELECT throws_ok($$CALL clientele.train(NULL)$$, '22004', NULL, 'train(NULL) is refused');
SELECT throws_ok($$CALL clientele.resolve(NULL)$$, '22004', NULL, 'resolve(NULL) is refused');
SELECT throws_ok($$CALL clientele.dedupe(4294967295::regclass)$$, '42P01', NULL, 'a table that is not there is said not to be there');

-- which model weighed the pairs
CREATE TABLE evidence (id int PRIMARY KEY, name text, born date);
INSERT INTO evidence SELECT g, (ARRAY['Ana ', 'Luka ', 'Vera '])[1 + g % 3] || md5((g % 90)::text), date '1970-01-01' + g % 90 * 31 FROM generate_series(1, 180) g;
CALL clientele.dedupe('evidence');
SELECT results_eq('SELECT DISTINCT model_version, m.version FROM evidence_pair, clientele.linkage_model m WHERE m.name = $$evidence$$', 'SELECT 1, 1', 'pairs tell the version of their model');
CALL clientele.resolve('evidence');
SELECT is((SELECT version FROM clientele.linkage_model WHERE name = 'evidence'), 1, 'a run with the same parameters makes no version');
CALL clientele.dedupe('evidence', threshold => 0.9);
SELECT results_eq('SELECT DISTINCT model_version, m.version FROM evidence_pair, clientele.linkage_model m WHERE m.name = $$evidence$$', 'SELECT 2, 2', 'other settings do');

SELECT * FROM finish();
ROLLBACK;
