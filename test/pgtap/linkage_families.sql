-- Families agree in what their columns' kinds do not tell: the flat's number, the father's name. They stay several people.
BEGIN;
SELECT no_plan();
SET client_min_messages = warning;

CREATE FUNCTION dice(what text, sides int) RETURNS int IMMUTABLE LANGUAGE sql RETURN (('x' || substr(md5(what), 1, 7))::bit(28)::int) % sides;
CREATE FUNCTION word(n int) RETURNS text IMMUTABLE LANGUAGE sql AS $$
    SELECT initcap(string_agg(substr('bdgjklmnprstvz', 1 + dice(n || 'c' || i, 14), 1) || substr('aeiou', 1 + dice(n || 'v' || i, 5), 1), '')) FROM generate_series(1, 3) i
$$;
CREATE FUNCTION given(n int) RETURNS text IMMUTABLE LANGUAGE sql RETURN
    (ARRAY['Marko','Ana','Marija','Petar','Ivana','Ivan','Luka','Josip','Katarina','Tomislav','Nikola','Jelena','Martina','Stjepan','Lucija','Ante','Filip','Petra','Mirjana','Zoran'])[1 + n % 20];

-- one record in four again, one letter lost in some
CREATE FUNCTION wrongly_joined(tab text, OUT wrong bigint, OUT missed bigint, OUT everybody bigint) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SELECT count(*) FILTER (WHERE a.person_id = b.person_id AND l.who <> r.who), count(*) FILTER (WHERE a.person_id <> b.person_id AND l.who = r.who), count(*) FILTER (WHERE l.who = r.who)
        FROM %1$I_truth l JOIN %1$I_truth r ON l.family = r.family AND l.id < r.id JOIN %1$I_person a ON a.record_key = l.id JOIN %1$I_person b ON b.record_key = r.id', tab) INTO wrong, missed, everybody;
END $$;

-- customers at addresses whose flats have a column of their own
CREATE TABLE customer (id int PRIMARY KEY, ime text, prezime text, e_posta text, telefon text, ulica text, kucni_broj text, stan text, grad text);
CREATE TABLE customer_truth AS
SELECT row_number() OVER (ORDER BY md5(f || '/' || p || '/' || copy))::int AS id, f * 10 + p AS who, f AS family, p, copy
FROM generate_series(1, 600) f, generate_series(0, 2) p, generate_series(0, 1) copy
WHERE p <= dice('size' || f, 3) AND (copy = 0 OR dice('again' || f || p, 4) = 0);
INSERT INTO customer
SELECT id, given(p * 7 + dice('first' || family, 20)), CASE WHEN copy = 1 AND dice('slip' || who, 8) = 0 THEN overlay(word(family % 300) placing '' from 4 for 1) ELSE word(family % 300) END,
       CASE WHEN dice('mail' || id, 3) > 0 THEN lower(given(p * 7 + dice('first' || family, 20))) || '.' || lower(word(family % 300)) || CASE WHEN copy = 1 AND dice('new' || who, 3) = 0 THEN '7' ELSE '' END || '@example.hr' END,
       CASE WHEN dice('phone' || id, 2) = 0 THEN '09' || (10000000 + dice('number' || who, 89999999)) END,
       'Ulica ' || word(1000 + dice('street' || family, 80)), 1 + dice('house' || family, 90), 1 + dice('flat' || family, 40), word(2000 + dice('town' || family, 12))
FROM customer_truth;
CALL clientele.dedupe('customer');
SELECT cmp_ok((SELECT wrong::numeric / everybody FROM wrongly_joined('customer')), '<', 0.12, 'families in one flat are hardly joined');
SELECT cmp_ok((SELECT missed::numeric / everybody FROM wrongly_joined('customer')), '<', 0.13, 'and people are found');

-- a register of baptisms: no address at all, brothers and sisters share surname, parents and village
CREATE TABLE baptism (id int PRIMARY KEY, ime text, prezime text, otac text, majka text, godina_rodjenja text, mjesto text);
CREATE TABLE baptism_truth AS
SELECT row_number() OVER (ORDER BY md5(f || '/' || p || '/' || copy))::int AS id, f * 10 + p AS who, f AS family, p, copy
FROM generate_series(1, 400) f, generate_series(0, 5) p, generate_series(0, 1) copy
WHERE p <= dice('size' || f, 6) AND (copy = 0 OR dice('again' || f || p, 3) = 0);
INSERT INTO baptism
SELECT id, given(p * 3 + dice('first' || family, 20)), CASE WHEN copy = 1 AND dice('slip' || who, 10) = 0 THEN overlay(word(family % 150) placing '' from 3 for 1) ELSE word(family % 150) END,
       CASE WHEN dice('f' || id, 10) > 0 THEN given(dice('father' || family, 20)) END, CASE WHEN dice('m' || id, 4) > 0 THEN given(dice('mother' || family, 20)) END,
       1810 + dice('year' || family, 60) + 3 * p, word(3000 + family % 150 / 20)
FROM baptism_truth;
SELECT is((SELECT array_agg(c ->> 'kind' ORDER BY c -> 'columns' ->> 0) FROM jsonb_array_elements(clientele.suggest_model('baptism') -> 'comparisons') c WHERE c -> 'columns' ->> 0 IN ('otac', 'majka', 'godina_rodjenja')),
    ARRAY['category', 'middle_name', 'middle_name'], 'parents have given names, and are no towns; births long ago have years');
CALL clientele.dedupe('baptism');
SELECT cmp_ok((SELECT wrong::numeric / everybody FROM wrongly_joined('baptism')), '<', 0.06, 'brothers and sisters are hardly joined');
SELECT cmp_ok((SELECT missed::numeric / everybody FROM wrongly_joined('baptism')), '<', 0.06, 'and people are found');

-- a street and its number in a column that is named after both
CREATE TABLE beteg (id int PRIMARY KEY, "név" text, "utca és házszám" text);
INSERT INTO beteg SELECT i, 'Kovács ' || given(i), word(i % 50) || ' utca ' || 1 + i % 90 || '.' FROM generate_series(1, 300) i;
SELECT is((SELECT c ->> 'kind' FROM jsonb_array_elements(clientele.suggest_model('beteg') -> 'comparisons') c WHERE c -> 'columns' ? 'utca és házszám'), 'street', 'a street with its number is no number');

-- a name in one column and a town: no family is made of those who have a given name and a town in common
CREATE TABLE guest (id int PRIMARY KEY, name text, town text);
INSERT INTO guest SELECT g, initcap(translate(substr(md5('f' || g % 40), 1, 6), '0123456789', 'ghijklmnop')) || ' ' || initcap(translate(substr(md5('l' || g % 701), 1, 8), '0123456789', 'ghijklmnop')), 'Town' || g % 25 FROM generate_series(1, 1400) g WHERE g % 701 <> 0;
INSERT INTO guest SELECT id + 5000, overlay(name placing 'x' from 9 for 1), town FROM guest WHERE id <= 300;
CALL clientele.dedupe('guest');
SELECT cmp_ok((SELECT count(*) FROM guest_person a JOIN guest_person b USING (person_id) WHERE b.record_key = a.record_key + 5000), '>', 150::bigint, 'guests with a typing error in their names are found');
SELECT cmp_ok((SELECT count(*) FROM guest_person a JOIN guest_person b USING (person_id) WHERE a.record_key < b.record_key AND b.record_key <> a.record_key + 5000), '<', 30::bigint, 'and hardly anybody else');

-- twins, and fathers and sons of one name, share all but their names or birth dates
CREATE TABLE relative (id int PRIMARY KEY, first_name text, last_name text, birth_date date, email text, phone text, street text, city text);
CREATE TABLE relative_truth AS
SELECT row_number() OVER (ORDER BY md5(f || '/' || p || '/' || copy))::int AS id, f * 10 + p AS who, f AS family, p, copy, f % 8 AS sort
FROM generate_series(1, 600) f, generate_series(0, 2) p, generate_series(0, 1) copy
WHERE p <= CASE WHEN f % 8 IN (0, 1) THEN 1 ELSE dice('size' || f, 3) END AND (copy = 0 OR dice('again' || f || p, 3) = 0);
INSERT INTO relative
SELECT id, given(CASE WHEN sort = 0 THEN 0 ELSE p * 7 END + dice('first' || family, 20)), CASE WHEN copy = 1 AND dice('slip' || who, 8) = 0 THEN overlay(word(family % 200) placing '' from 4 for 1) ELSE word(family % 200) END,
       CASE WHEN dice('no' || id, 12) > 0 THEN date '1940-01-01' + dice('born' || family, 12000) + CASE WHEN sort = 1 THEN 0 ELSE p * (7500 + dice('later' || who, 3000)) END END,
       CASE WHEN dice('mail' || id, 4) > 0 THEN CASE WHEN dice('ours' || family, 3) = 0 THEN lower(word(family % 200)) || family ELSE lower(word(who)) || dice('box' || who, 90) END || '@example.org' END,
       CASE WHEN dice('phone' || id, 4) > 0 THEN '09' || (10000000 + dice('number' || CASE WHEN dice('line' || family, 2) = 0 THEN family ELSE who END, 89999999)) END,
       'Ulica ' || word(1000 + dice('street' || family, 80)) || ' ' || 1 + dice('house' || family, 90), word(2000 + dice('town' || family, 12))
FROM relative_truth;
CALL clientele.dedupe('relative');
SELECT cmp_ok((SELECT count(*) FILTER (WHERE a.person_id = b.person_id)::numeric / count(*) FROM relative_truth l JOIN relative_truth r ON l.family = r.family AND l.who < r.who JOIN relative_person a ON a.record_key = l.id JOIN relative_person b ON b.record_key = r.id WHERE l.sort = 1),
    '<', 0.12, 'twins are hardly joined');
SELECT cmp_ok((SELECT count(*) FILTER (WHERE a.person_id = b.person_id)::numeric / count(*) FROM relative_truth l JOIN relative_truth r ON l.family = r.family AND l.who < r.who JOIN relative_person a ON a.record_key = l.id JOIN relative_person b ON b.record_key = r.id WHERE l.sort = 0),
    '<', 0.25, 'nor fathers and sons of one name');
SELECT cmp_ok((SELECT missed::numeric / everybody FROM wrongly_joined('relative')), '<', 0.05, 'and people are found');

-- customers known by their whole name, an e-mail and a telephone, in a country whose names nobody listed: families share the telephone and the surname
CREATE FUNCTION rare_given(n int) RETURNS text IMMUTABLE LANGUAGE sql RETURN word(9000 + n % 60);
CREATE TABLE thin (id int PRIMARY KEY, name text, email text, phone text, city text);
CREATE TABLE thin_truth AS
SELECT row_number() OVER (ORDER BY md5(f || '/' || p || '/' || copy))::int AS id, f * 10 + p AS who, f AS family, p, copy
FROM generate_series(1, 700) f, generate_series(0, 2) p, generate_series(0, 1) copy
WHERE p <= dice('size' || f, 3) AND (copy = 0 OR dice('again' || f || p, 3) = 0);
INSERT INTO thin
SELECT id, CASE WHEN dice('order' || id, 8) = 0 THEN word(family % 250) || ' ' || rare_given(p * 7 + dice('first' || family, 60)) ELSE rare_given(p * 7 + dice('first' || family, 60)) || ' ' || word(family % 250) END,
       CASE WHEN dice('mail' || id, 2) > 0 THEN lower(word(who)) || dice('box' || who, 90) || '@example.org' END,
       CASE WHEN dice('phone' || id, 6) > 0 THEN '09' || (10000000 + dice('number' || CASE WHEN dice('line' || family, 2) = 0 THEN family ELSE who END, 89999999)) END,
       word(2000 + dice('town' || family, 12))
FROM thin_truth;
SELECT clientele.create_model('thin', 'thin', '{"comparisons": [{"kind": "full_name", "columns": ["name"]}, {"kind": "email", "columns": ["email"]}, {"kind": "phone", "columns": ["phone"]}, {"kind": "city", "columns": ["city"]}]}');
CALL clientele.train('thin');
CALL clientele.resolve('thin');
SELECT cmp_ok((SELECT wrong::numeric / everybody FROM wrongly_joined('thin')), '<', 0.05, 'families known by whole names and one telephone are hardly joined');
SELECT cmp_ok((SELECT missed::numeric / everybody FROM wrongly_joined('thin')), '<', 0.10, 'and people are found');
SELECT cmp_ok((SELECT count(*) FILTER (WHERE label = 'another given name')::numeric / count(*) FROM (SELECT label FROM thin_truth l JOIN thin_truth r ON l.family = r.family AND l.who < r.who, LATERAL clientele.explain('thin', l.id, r.id) WHERE comparison = 'name' LIMIT 60) x),
    '>', 0.9, 'that they have two given names is seen, though the names are in no list');

-- couples with one e-mail and telephone, of whom no birth date is known: they are no reason to believe that people change their names
CREATE TABLE donor (id int PRIMARY KEY, first_name text, last_name text, email text, phone text, street text, city text);
INSERT INTO donor SELECT 10 * c + 2 * p + r,
       CASE WHEN p = 0 THEN (ARRAY['Wolfgang','Uwe','Klaus','Thomas','Markus','Lukas','Stefan','Peter'])[1 + (c * 7 + c / 8) % 8]
            ELSE (ARRAY['Monika','Andrea','Birgit','Katrin','Anna','Petra','Sabine','Ursula'])[1 + (c * 5 + c / 8) % 8] END,
       initcap(translate(md5('n' || c % 180), '0123456789', 'ghijklmnop')::char(6)), CASE WHEN (c + p + r) % 5 > 0 THEN 'mail' || md5('e' || c)::char(6) || '@web.de' END,
       CASE WHEN (c + p + r) % 3 = 0 THEN '+49 171 ' || 1000000 + c * 7919 WHEN (c + r) % 3 = 1 THEN '+49 160 ' || 1000000 + (2 * c + p) * 3571 END,
       CASE WHEN (c + r) % 4 > 0 THEN 'Gartenweg ' || c % 90 + 1 END, (ARRAY['Hamburg','Berlin','Köln','Leipzig'])[1 + c % 4]
FROM generate_series(1, 400) c, generate_series(0, 1) p, generate_series(0, 1) r;
CALL clientele.dedupe('donor');
SELECT cmp_ok((SELECT m FROM clientele.model_parameters('donor') WHERE comparison = 'first_name' AND label = 'another common name'), '<=', 0.0061::float8,
              'records of one person hardly have two common given names, birth dates or none');
SELECT is((SELECT count(*) FROM donor_person a JOIN donor_person b ON a.person_id = b.person_id AND a.record_key / 2 < b.record_key / 2), 0::bigint, 'no couple is one person');
SELECT cmp_ok((SELECT count(*) FROM donor_person a JOIN donor_person b ON a.person_id = b.person_id AND a.record_key < b.record_key), '>', 600::bigint, 'people are');
SELECT * FROM finish();
ROLLBACK;
