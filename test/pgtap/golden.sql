-- The golden record: one row a person, the best value of each column.
BEGIN;
SELECT no_plan();

SELECT is(clientele.golden_value(v), 'Ana', 'the most frequent survives') FROM unnest(ARRAY['Ana', 'Ivana Marija', 'Ana']) v;
SELECT is(clientele.golden_value(v), 'Dimitrije', 'spellings vote together, capitals only if nobody wrote otherwise')
FROM unnest(ARRAY['DIMITRIJE', 'Petar Dimitrijević', 'Dimitrije', 'DIMITRIJE']) v;
SELECT is(clientele.golden_value(v), 'Kneza Miloša 12', 'then the most complete') FROM unnest(ARRAY['K. Miloša', 'Kneza Miloša 12']) v;
SELECT is(clientele.golden_value(v, t), 'b', 'then the most recent')
FROM (VALUES ('a', timestamptz '2020-01-01'), ('b', timestamptz '2021-01-01'), ('c', NULL)) x(v, t);
SELECT is(clientele.golden_value(v), 'Beograd', 'a placeholder does not survive') FROM unnest(ARRAY['nepoznato', 'nepoznato', 'Beograd']) v;
SELECT is(clientele.golden_value(v), 'n/a', 'unless there is nothing else') FROM unnest(ARRAY['n/a', NULL]) v;
SELECT is(clientele.golden_value(v), NULL, 'no value') FROM unnest(ARRAY[NULL, NULL]::text[]) v;
SELECT is(clientele.golden_value(v), 7, 'numbers') FROM unnest(ARRAY[3, 7, 7, 9]) v;
SELECT is(clientele.golden_value(v), date '1971-05-24', 'dates, ties by value') FROM unnest(ARRAY[date '1980-01-01', '1971-05-24']) v;
SELECT is(clientele.golden_value(ARRAY[s, c]), ARRAY['Nova 1', 'Niš'], 'an address is a unit: the fuller one')
FROM (VALUES ('Nova 1', 'Niš'), (NULL, 'Beograd')) x(s, c);
SELECT is((SELECT clientele.golden_value(v ORDER BY o) FROM (VALUES ('x', 1), ('y', 2), ('z', 3)) x(v, o)),
          (SELECT clientele.golden_value(v ORDER BY o DESC) FROM (VALUES ('x', 1), ('y', 2), ('z', 3)) x(v, o)), 'the order of rows does not matter');
SELECT is(count(*), 3::bigint, 'as a window function it may be called again and again')
FROM (SELECT clientele.golden_value(v) OVER (ORDER BY v) FROM unnest(ARRAY['a', 'b', 'c']) v) x;

CREATE TABLE contact (id int PRIMARY KEY, first_name varchar(40), last_name text, email text, birth_date date, street text, city text, person_id int,
                      updated_at timestamptz);
INSERT INTO contact
SELECT i, 'Name' || md5(i::text), 'Sur' || md5('s' || i), md5('e' || i) || '@example.org', date '1950-01-01' + i * 31,
       'Ulica ' || md5('u' || i % 90) || ' ' || i % 40, 'Grad ' || md5('c' || i % 20), 1, '2024-01-01'
FROM generate_series(1, 200) i;
INSERT INTO contact SELECT id + 1000, upper(first_name), last_name, email, birth_date, NULL, 'Drugi grad', 2, '2025-01-01' FROM contact WHERE id <= 20;
CALL clientele.dedupe('contact');
SELECT has_view('contact_golden');
SELECT is((SELECT count(*) FROM contact_golden), 200::bigint, 'one row a person');
SELECT is((SELECT sum(record_count) FROM contact_golden), 220::numeric, 'records are counted');
SELECT is((SELECT count(*) FROM contact_golden g JOIN contact_person p USING (person_id) JOIN contact c ON c.id = p.record_key
           WHERE c.id <= 20 AND (g.first_name, g.street, g.city) = (c.first_name, c.street, c.city)), 20::bigint,
          'street and city come from one record, the name is not in capitals');
SELECT col_type_is('contact_golden', 'first_name', 'character varying(40)', 'columns keep their types');
SELECT is((SELECT reloptions FROM pg_class WHERE relname = 'contact_golden'), ARRAY['security_invoker=true'], 'the view reads as whoever asks');
CREATE VIEW mine AS SELECT * FROM contact_golden;
SELECT lives_ok($$CALL clientele.dedupe('contact')$$, 'a later run leaves views on the view alone');

SELECT * FROM finish();
ROLLBACK;
