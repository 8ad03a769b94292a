-- What suggest_model takes columns for: by their names in ten languages, and by their content where the names say nothing.
BEGIN;
SELECT no_plan();

CREATE FUNCTION pg_temp.kinds(names text[]) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    result jsonb;
BEGIN
    EXECUTE format('CREATE TABLE suggested (id int PRIMARY KEY, %I text, %I text, %I text, %I text, %I date, %I text, %I text)', VARIADIC names);
    INSERT INTO suggested SELECT g, (ARRAY['Marko', 'Ana', 'Jelena', 'Petar', 'Milica', 'Ivan', 'Katarina'])[1 + g % 7], 'Prezime' || chr(97 + g % 23) || chr(97 + g % 19), 'ime' || g || '@primer.rs',
        '+381 64 ' || 1000000 + g * 7919, date '1950-01-01' + (g * 37) % 15000, 'Ulica ' || chr(97 + g % 17) || ' ' || g % 90, 'Grad' || chr(97 + g % 9) FROM generate_series(1, 300) g;
    SELECT jsonb_object_agg(c ->> 'name', c ->> 'kind') INTO result FROM jsonb_array_elements(clientele.suggest_model('suggested') -> 'comparisons') c;
    DROP TABLE suggested;
    RETURN jsonb_build_array(result -> names[1], result -> names[2], result -> names[3], result -> names[4], result -> names[5], result -> 'address');
END $$;
SELECT is(pg_temp.kinds(names::text[]), '["given_name", "surname", "email", "phone", "date", "address"]'::jsonb, language) FROM (VALUES
    ('English', '{first_name,last_name,email,phone,date_of_birth,street,city}'), ('Serbian', '{ime,prezime,"e-pošta",telefon,"datum rođenja",ulica,grad}'),
    ('Croatian', '{Ime,Prezime,"e-mail",mobitel,datum_rodjenja,adresa,mjesto}'), ('Slovenian', '{ime,priimek,eposta,telefon,datum_rojstva,naslov,mesto}'),
    ('Polish', '{"imię",nazwisko,email,telefon,data_urodzenia,ulica,miasto}'), ('Czech', '{"jméno","příjmení",email,telefon,"datum narození",ulice,obec}'),
    ('Slovak', '{meno,priezvisko,email,mobil,"dátum narodenia",ulica,obec}'), ('German', '{Vorname,Nachname,"E-Mail",Telefon,Geburtsdatum,"Straße",Ort}'),
    ('French', '{"prénom",nom,email,"téléphone",date_naissance,rue,ville}'), ('Italian', '{nome,cognome,email,cellulare,data_nascita,indirizzo,"città"}'),
    ('Spanish', '{nombre,apellidos,correo,celular,fecha_nacimiento,calle,ciudad}'), ('Hungarian', '{"keresztnév","vezetéknév",email,telefon,"születési_dátum",utca,"város"}')) v (language, names);

-- names that say nothing
CREATE TABLE nameless (id int PRIMARY KEY, c1 text, c2 text, c3 text, c4 text, c5 text, c6 text, c7 text, c8 text, c9 bigint, c10 timestamptz, c11 text, c12 text);
INSERT INTO nameless SELECT g, 'Prezime' || chr(97 + g % 23) || chr(97 + g % 19) || chr(97 + g % 11), 'ime' || g || '@primer.rs', '+381 64 ' || 1000000 + g * 7919, (date '1950-01-01' + (g * 37) % 15000)::text,
    (ARRAY['m', 'f'])[1 + g % 2], (ARRAY['red', 'green', 'blue'])[1 + g % 3], NULL, repeat('long text ', 20) || g, g * 1000, now(), 'always the same', NULL FROM generate_series(1, 300) g;
-- numbers with the check digit of a Croatian OIB (ISO 7064, MOD 11,10)
UPDATE nameless SET c12 = (SELECT string_agg(d, '' ORDER BY i) || (11 - p) % 10 FROM (
    WITH RECURSIVE s AS (SELECT 0 AS i, 10 AS p, NULL::text AS d UNION ALL
        SELECT i + 1, CASE WHEN (p + n) % 10 = 0 THEN 10 ELSE (p + n) % 10 END * 2 % 11, n::text FROM s CROSS JOIN LATERAL (SELECT substr(lpad((id * 7654321::bigint)::text, 10, '1'), i + 1, 1)::int AS n) x WHERE i < 10)
    SELECT i, d, (SELECT p FROM s WHERE i = 10) AS p FROM s WHERE i > 0) y GROUP BY p);
CREATE TEMP TABLE said AS SELECT c ->> 'name' AS name, c ->> 'kind' AS kind, c ->> 'why' AS why, c ->> 'scheme' AS scheme FROM jsonb_array_elements(clientele.suggest_model('nameless') -> 'comparisons') c;
SELECT results_eq('SELECT name, kind FROM said ORDER BY substr(name, 2)::int', $$VALUES ('c1', 'text'), ('c2', 'email'), ('c3', 'phone'), ('c4', 'date'), ('c5', 'sex'), ('c6', 'category'), ('c12', 'identifier')$$,
    'content tells e-mails, phones, dates, sexes, words and checked numbers');
SELECT is((SELECT scheme || ': ' || why FROM said WHERE name = 'c12'), 'oib: 100% of the values have the check digit of oib', 'a check digit is known by content, and why is said');
SELECT is((SELECT count(*) FROM said WHERE coalesce(why, '') = ''), 0::bigint, 'each choice has a reason');
SELECT set_eq($$SELECT c ->> 'column' FROM jsonb_array_elements(clientele.suggest_model('nameless') -> 'left_out') c WHERE c ->> 'why' <> ''$$, '{c7,c8,c9,c10,c11}'::text[], 'what is left out is listed, with the reason');

-- people in columns whose names say nothing at all
CREATE FUNCTION pg_temp.said(tab regclass) RETURNS TABLE (col text, kind text, why text) LANGUAGE sql AS $$
    SELECT x.col, CASE WHEN c ->> 'kind' = 'address' THEN c -> 'parts' ->> (x.n::int - 1) ELSE c ->> 'kind' END, c ->> 'why'
    FROM jsonb_array_elements(clientele.suggest_model(tab) -> 'comparisons') c, jsonb_array_elements_text(c -> 'columns') WITH ORDINALITY x (col, n)
    UNION ALL SELECT c ->> 'column', NULL, c ->> 'why' FROM jsonb_array_elements(clientele.suggest_model(tab) -> 'left_out') c $$;
CREATE TABLE unnamed (id int PRIMARY KEY, a text, b text, c text, d text, e text);
INSERT INTO unnamed SELECT g, (ARRAY['Marko', 'Ana', 'Jelena', 'Petar', 'Milica', 'Ivan', 'Katarina', 'Stefan', 'Marija', 'Nikola', 'Jovana', 'Luka', 'Sara', 'Filip', 'Teodora', 'Vuk', 'Dragana', 'Milan', 'Zoran', 'Goran', 'Vesna', 'Lazar'])[1 + g % 22],
    initcap(translate(md5((g % 300)::text), '0123456789', 'ghijklmnop')), 'Ulica ' || chr(97 + g % 17) || 'etra ' || 1 + g % 90, 'Grad' || chr(97 + g % 24), (11000 + g % 60)::text FROM generate_series(1, 600) g;
SELECT results_eq($$SELECT col, kind FROM pg_temp.said('unnamed') ORDER BY 1$$, $$VALUES ('a', 'given_name'), ('b', 'surname'), ('c', 'street'), ('d', 'city'), ('e', 'postcode')$$,
    'given names, surnames, streets, towns and postcodes are told by content alone');
-- what is said twice counts once
CREATE TABLE twice (id int PRIMARY KEY, first_name text, last_name text, display_name text, born date, birth_year text, email_address text, first_and_surname text);
INSERT INTO twice SELECT g, 'Ime' || chr(97 + g % 20), 'Prez' || chr(97 + g % 23) || chr(97 + g % 11), 'Ime' || chr(97 + g % 20) || ' Prez' || chr(97 + g % 23) || chr(97 + g % 11), date '1950-01-01' + g * 17,
    extract(year FROM date '1950-01-01' + g * 17)::text, 'u' || g || '@primer.rs', 'Prez' || chr(97 + g % 23) || chr(97 + g % 11) || ' Ime' || chr(97 + g % 20) FROM generate_series(1, 200) g;
SELECT results_eq($$SELECT col, kind FROM pg_temp.said('twice') ORDER BY 1$$, $$VALUES ('birth_year', NULL), ('born', 'date'), ('display_name', NULL), ('email_address', 'email'), ('first_and_surname', NULL), ('first_name', 'given_name'), ('last_name', 'surname')$$,
    'a whole name beside its parts, and a year beside the date, are left out; an address that holds e-mails is none');
SELECT is((SELECT count(*) FROM pg_temp.said('twice') WHERE why ~ '^what it says stands in "(first_name|born)", too$'), 3::bigint, 'and why');
ALTER TABLE twice DROP COLUMN first_name, DROP COLUMN last_name, DROP COLUMN display_name;
SELECT is((SELECT kind FROM pg_temp.said('twice') WHERE col = 'first_and_surname'), 'full_name', 'a column named after both names holds both');
-- a list of firms
CREATE TABLE firms (id int PRIMARY KEY, naziv text);
INSERT INTO firms SELECT g, initcap(left(translate(md5(g::text), '0123456789', 'ghijklmnop'), 9)) || ' ' || initcap(left(translate(md5('x' || g), '0123456789', 'ghijklmnop'), 7)) || ' d.o.o.' FROM generate_series(1, 300) g;
INSERT INTO firms SELECT id + 1000, upper(replace(naziv, 'd.o.o.', 'doo')) FROM firms WHERE id <= 40;
SELECT is((SELECT kind || ': ' || why FROM pg_temp.said('firms') WHERE kind <> 'legal_form'), 'company: 100% of the values have a firm''s legal form', 'legal forms tell firms');
CALL clientele.dedupe('firms');
SELECT is((SELECT count(*) FROM firms_person a JOIN firms_person b USING (person_id) WHERE a.record_key < b.record_key), 40::bigint, 'and a list of nothing but names of firms is joined by them');
SELECT is((SELECT count(*) FROM firms_person a JOIN firms_person b ON a.person_id = b.person_id AND b.record_key = a.record_key + 1000), 40::bigint, 'rightly');

-- one column of a table, 300 records, the second hundred of them the first again
CREATE FUNCTION pg_temp.told(col text, type text, example text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    EXECUTE format('CREATE TABLE told (id int PRIMARY KEY, person_email text, born date, %I %s)', col, type);
    EXECUTE format('INSERT INTO told SELECT n, ''u'' || g || ''@primer.rs'', date ''1950-01-01'' + g * 17, (%s)::%s FROM (SELECT n, CASE WHEN n BETWEEN 101 AND 200 THEN n - 100 ELSE n END AS g FROM generate_series(1, 300) n) x', example, type);
    SELECT coalesce(min(kind) FILTER (WHERE s.col = told.col), 'nothing') INTO result FROM pg_temp.said('told') s;
    DROP TABLE told;
    RETURN result;
END $$;
SELECT is(pg_temp.told(col, type, example), kind, format('%s %s: %s', col, type, what)) FROM (VALUES
    ('bornAt', 'timestamptz', $$date '1950-01-01' + (g * 37) % 15000$$, 'date', 'a birth date with a time is one'),
    ('mobile', 'bigint', '381640000000 + g * 7919', 'phone', 'telephones may be numbers'),
    ('emails', 'text[]', $$ARRAY['a' || g || '@example.org', 'b' || g || '@example.org']$$, 'email', 'lists of e-mails are e-mails'),
    ('tags', 'text[]', $$ARRAY['a', 'b']$$, 'nothing', 'other lists are nothing'),
    ('home', 'point', 'point(g * 0.01, 45)', 'location', 'a point is a place'),
    ('klantnummer', 'text', '100000 + n', 'nothing', 'a number that each record has of its own is nothing of the person'),
    ('mrn', 'bigint', 'n * 17', 'nothing', 'in no type'),
    ('pageviews', 'int', '(n * 7919) % 91', 'nothing', 'records that agree elsewhere do not agree in it'),
    ('pages', 'int', '(g * 7919) % 911', 'number', 'they do in this one'),
    ('deal', 'text', $$'Deal ' || (g * 7919) % 97$$, 'category', 'one word and a number is no street'),
    ('mileage', 'text', '1000 + (n * 7919) % 89000', 'nothing', 'short numbers are no postcodes unless they repeat'),
    ('phone', 'text', $$'Ulica ' || chr(97 + g % 17) || ' ' || g % 90$$, 'street', 'what stands in a column is believed before its name'),
    ('Default Address City', 'text', $$'Grad' || chr(97 + g % 23)$$, 'city', 'the town of an address is no street'),
    ('Address Phone', 'text', $$'+381 64 ' || 1000000 + g * 7919$$, 'phone', 'nor is its telephone'),
    ('STCEG', 'text', $$'DE' || 100000000 + g * 7919$$, 'identifier', 'the names that SAP gives'),
    ('woonplaats', 'text', $$'Plaats' || chr(97 + g % 23)$$, 'city', 'Dutch'), ('Apelido', 'text', $$'Silva' || chr(97 + g % 23) || chr(97 + g % 19)$$, 'surname', 'Portuguese'),
    ('raison sociale', 'text', $$'Maison ' || md5(g::text)$$, 'company', 'French'), ('poblaci' || U&'\00F3' || 'n', 'text', $$'Villa' || chr(97 + g % 23)$$, 'city', 'Spanish'),
    ('title', 'text', $$(ARRAY['Mr', 'Mrs.', 'Herr Dr.', 'Frau', 'pani', 'gospo' || U&'\0111' || 'a', 'MS'])[1 + g % 7]$$, 'sex', 'ways to address somebody tell the sex'),
    ('jezik', 'text', $$(ARRAY['sr', 'hr'])[1 + g % 2]$$, 'category', 'one sex alone is none: these are languages'),
    ('title', 'text', $$'Chapter ' || md5(g::text)$$, 'text', 'titles of works do not'),
    ('mob', 'text', $$'064/1' || 100000 + g * 791$$, 'phone', 'mob is a telephone, if it holds some'), ('mob', 'text', '1 + g % 12', 'nothing', 'and else the month of birth'),
    ('coupon', 'text', $$(ARRAY['red', 'green', 'blue'])[1 + (n * 7919) % 97 % 3]$$, 'nothing', 'words that records of one person do not share are nothing of the person'),
    ('last search', 'text', $$'shoes ' || md5((n * 7)::text)$$, 'nothing', 'nor are such texts'), ('club', 'text', $$(ARRAY['red', 'green', 'blue'])[1 + g % 3]$$, 'category', 'words that they share are'),
    ('soyad', 'text', $$'Y' || md5((g % 211)::text)$$, 'surname', 'Turkish'), ('ad', 'text', $$'Ay' || chr(97 + g % 23)$$, 'given_name', 'the same'), ('ad_group', 'text', $$'group' || chr(97 + (n * 7919) % 97 % 23)$$, 'nothing', 'English'),
    ('data nasterii', 'text', $$to_char(date '1950-01-01' + g * 37 % 9000, 'DD.MM.YYYY')$$, 'date', 'Romanian'), ('efternamn', 'text', $$'Sten' || chr(97 + g % 23) || chr(97 + g % 19)$$, 'surname', 'Swedish'),
    (U&'\0444\0430\043C\0438\043B\0438\044F', 'text', $$'Petrov' || chr(97 + g % 23) || chr(97 + g % 19)$$, 'surname', 'Russian, as it is written'), (U&'\0395\03A0\03A9\039D\03A5\039C\039F', 'text', $$'Pappas' || chr(97 + g % 23) || chr(97 + g % 19)$$, 'surname', 'Greek'),
    ('anyja neve', 'text', $$'Nagy ' || md5(g::text)$$, 'text', 'the mother is somebody else'), ('username', 'text', $$'user' || md5(g::text)$$, 'identifier', 'a code, and no column of SAP''s')) v (col, type, example, kind, what);
-- names behind titles
CREATE TABLE titled (id int PRIMARY KEY, kunde text, ort text);
INSERT INTO titled SELECT g, (ARRAY['Herr ', 'Frau Dr. ', ''])[1 + g % 3] || (ARRAY['Marko', 'Ana', 'Jelena', 'Petar', 'Milica', 'Ivan'])[1 + g % 6] || ' ' || initcap(left(translate(md5((g % 250)::text), '0123456789', 'ghijklmnop'), 8)), 'Ort' || chr(97 + g % 23) FROM generate_series(1, 300) g;
SELECT is((SELECT kind FROM pg_temp.said('titled') WHERE col = 'kunde'), 'full_name', 'names behind titles are names of people');
-- brothers and sisters
CREATE TABLE pupils (id int PRIMARY KEY, "Ime" text, "Priimek" text, "Ime matere" text);
INSERT INTO pupils SELECT g, 'Ime' || chr(97 + g % 20), 'Prez' || chr(97 + g % 23) || chr(97 + g % 11), 'Ana Prez' || chr(97 + g % 23) || chr(97 + g % 11) FROM generate_series(1, 200) g;
SELECT results_eq($$SELECT col, kind FROM pg_temp.said('pupils') ORDER BY 1$$, $$VALUES ('Ime', 'given_name'), ('Ime matere', 'text'), ('Priimek', 'surname')$$, 'a surname that stands in the mother''s name, too, stays the surname');
SELECT is((SELECT c ->> 'scope' FROM jsonb_array_elements(clientele.suggest_model('pupils') -> 'comparisons') c WHERE c ->> 'name' = 'Ime matere'), 'shared', 'whose name brothers and sisters share');
-- places
CREATE TABLE places (id int PRIMARY KEY, name text, lat float8, lng float8);
INSERT INTO places SELECT g, 'Place ' || md5((g % 200)::text), 45 + (g % 200) * 0.01, 15 + (g % 200) * 0.02 FROM generate_series(1, 300) g;
SELECT results_eq($$SELECT col, kind FROM pg_temp.said('places') ORDER BY 1$$, $$VALUES ('lat', 'location'), ('lng', 'location'), ('name', 'text')$$, 'latitude and longitude are one place');
-- names of firms, of which not all say a legal form, are no names of people
CREATE TABLE suppliers (id int PRIMARY KEY, name1 text, land1 text);
INSERT INTO suppliers SELECT g, initcap(left(translate(md5((g % 250)::text), '0123456789', 'ghijklmnop'), 9)) || ' Trade' || CASE g % 5 WHEN 0 THEN ' GmbH' WHEN 1 THEN ' AG' ELSE '' END, (ARRAY['DE', 'AT'])[1 + g % 2] FROM generate_series(1, 300) g;
SELECT results_eq($$SELECT col, kind FROM pg_temp.said('suppliers') ORDER BY 1, 2$$, $$VALUES ('land1', 'region'), ('name1', 'company'), ('name1', 'legal_form')$$, 'names of firms and their legal forms');
-- nothing that tells people apart
CREATE TABLE faceless (id int PRIMARY KEY, sex text, country text);
INSERT INTO faceless SELECT g, (ARRAY['m', 'f'])[1 + g % 2], (ARRAY['RS', 'HR', 'SI'])[1 + g % 3] FROM generate_series(1, 400) g;
CALL clientele.dedupe('faceless');
SELECT is((SELECT count(DISTINCT person_id) FROM faceless_person), 400::bigint, 'a table without any column that tells people apart joins nobody');
SELECT is((SELECT count(*) FROM clientele.model_warnings('faceless') WHERE code = 'nothing_tells_apart'), 1::bigint, 'and says why');
-- songs of artists
CREATE TABLE songs (id int PRIMARY KEY, song_name text, artist_name text);
INSERT INTO songs SELECT g, initcap(left(translate(md5(g::text), '0123456789', 'ghijklmnop'), 6)) || ' ' || initcap(left(translate(md5('x' || g), '0123456789', 'ghijklmnop'), 5)),
    (ARRAY['Marko', 'Ana', 'Jelena', 'Petar'])[1 + g % 4] || ' Prezime' || chr(97 + g % 23) FROM generate_series(1, 300) g;
SELECT results_eq($$SELECT col, kind FROM pg_temp.said('songs') ORDER BY 1$$, $$VALUES ('artist_name', 'text'), ('song_name', 'text')$$, 'a song is not its singer');
-- two firms may have one name
CREATE TABLE register (id int PRIMARY KEY, firm text, town text);
INSERT INTO register SELECT g, initcap(left(translate(md5((g % 400)::text), '0123456789', 'ghijklmnop'), 9)) || ' ' || initcap(left(translate(md5('x' || g % 400), '0123456789', 'ghijklmnop'), 7)) ||
    (ARRAY[' d.o.o.', ' d.d.', ' j.d.o.o.'])[1 + g % 400 % 3], 'Grad' || chr(97 + g % 400 % 23) FROM generate_series(1, 600) g;
INSERT INTO register VALUES (1001, 'Alfa Gradnja d.o.o.', 'Grada'), (1002, 'ALFA GRADNJA doo', 'Grada'), (1003, 'Alfa Gradnja d.d.', 'Grada'), (1004, 'Alfa Gradnja', 'Grada');
SET client_min_messages = warning;
CALL clientele.dedupe('register');
SELECT is((SELECT count(DISTINCT person_id) FROM register_person WHERE record_key IN (1001, 1002)), 1::bigint, 'd.o.o. and doo are one form');
SELECT is((SELECT count(*) FROM clientele.model_warnings('register') WHERE code = 'nothing_tells_apart'), 0::bigint, 'a table of firms has such a column');
SELECT cmp_ok((SELECT weight FROM clientele.explain('register', 1001, 1003) WHERE comparison = 'legal_form'), '<', -3.0::float8, 'd.o.o. and d.d. speak for two firms of one name');
SELECT is((SELECT label FROM clientele.explain('register', 1001, 1003) WHERE comparison = 'legal_form'), 'different', 'and explain says so');
SELECT is((SELECT label FROM clientele.explain('register', 1001, 1004) WHERE comparison = 'legal_form'), 'missing', 'who does not say a form says nothing of it');

-- firms with nothing but a town: the country follows from it, and what is left over on both sides of two names speaks
CREATE TABLE in_towns (id int PRIMARY KEY, company text, city text, country text);
INSERT INTO in_towns SELECT g, initcap(left(translate(md5((CASE WHEN g % 400 < 60 THEN g % 400 / 2 ELSE g % 400 END)::text), '0123456789', 'ghijklmnop'), 9)) || (ARRAY[' Trade', ' Invest', ' Bau', ' Servis'])[1 + g % 4] || (ARRAY[' GmbH', ''])[1 + g % 3 / 2], 'Ort' || chr(97 + g % 400 / 2 % 23), (ARRAY['DE', 'AT'])[1 + g % 400 / 2 % 23 % 2] FROM generate_series(1, 600) g;
INSERT INTO in_towns VALUES (1001, 'Mikolan Trade GmbH', 'Orta', 'DE'), (1002, 'Mikolan Servis GmbH', 'Orta', 'DE'), (1003, 'MIKOLAN TRADE', 'Orta', 'DE');
SELECT results_eq($$SELECT col, kind FROM pg_temp.said('in_towns') WHERE kind IS NOT NULL ORDER BY 1, 2$$, $$VALUES ('city', 'city'), ('company', 'company'), ('company', 'legal_form')$$, 'a country that follows from the town is no further evidence');
CALL clientele.dedupe('in_towns');
SELECT results_eq($$SELECT array_agg(record_key ORDER BY record_key) FROM in_towns_person WHERE record_key > 1000 GROUP BY person_id ORDER BY 1$$, $$VALUES ('{1001,1003}'::int[]), ('{1002}')$$,
    'two firms of one owner in one town are two');
SELECT is((SELECT label FROM clientele.explain('in_towns', 1001, 1002) WHERE comparison = 'company'), 'similar', 'with other words on both sides names are similar, however rare what they share');
-- whom to talk to at a firm, and who works at one
CREATE TABLE accounts_of_firms (id int PRIMARY KEY, company text, contact_person text, phone text, website text);
INSERT INTO accounts_of_firms SELECT g, initcap(left(translate(md5((g % 200)::text), '0123456789', 'ghijklmnop'), 9)) || ' d.o.o.', (ARRAY['Marko', 'Ana', 'Jelena', 'Petar'])[1 + g % 200 % 4] || ' Prezime' || chr(97 + g % 200 % 23), '+381 11 ' || 1000000 + g % 200 * 7919,
    (ARRAY['http://www.', '', 'https://'])[1 + g % 3] || left(md5((g % 200)::text), 9) || '.rs' || (ARRAY['/', ''])[1 + g % 2] FROM generate_series(1, 300) g;
SELECT results_eq($$SELECT col, kind FROM pg_temp.said('accounts_of_firms') ORDER BY 1, 2$$, $$VALUES ('company', 'company'), ('company', 'legal_form'), ('contact_person', 'text'), ('phone', 'phone'), ('website', 'text')$$,
    'where one firm has one contact person the records are firms');
UPDATE accounts_of_firms SET contact_person = (ARRAY['Marko', 'Ana', 'Jelena', 'Petar'])[1 + id % 4] || ' Prezime' || chr(97 + id % 23);
SELECT is((SELECT kind FROM pg_temp.said('accounts_of_firms') WHERE col = 'contact_person'), 'full_name', 'where it has several they are people');
SELECT is((SELECT count(kind) FROM pg_temp.said('accounts_of_firms') WHERE col = 'website'), 0::bigint, 'whose website is their employer''s');
-- names of people whom no list knows: a given name stands before many surnames, a surname behind many given names
CREATE FUNCTION pg_temp.word(of text, n int) RETURNS text LANGUAGE sql IMMUTABLE AS
    $$SELECT initcap(left(translate(md5(of || n), '0123456789', 'ghijklmnop'), 6))$$;
CREATE TABLE strangers (id int PRIMARY KEY, name text, phone text, address text);
INSERT INTO strangers SELECT g, pg_temp.word('given', h % 23) || ' ' || pg_temp.word('family', h % 61), '+90 5' || 320000000 + h % 900 * 7919, pg_temp.word('street', h % 900 / 2 % 40) || ' ' || h % 900 / 2
    FROM (SELECT g, hashint4(g % 500) & 65535 AS h FROM generate_series(1, 700) g) x;
SELECT is((SELECT kind FROM pg_temp.said('strangers') WHERE col = 'name'), 'full_name', 'names that combine the same words anew are names of people, known or not');
CREATE TABLE pubs AS SELECT id, pg_temp.word('owner', id % 500) || (ARRAY[' Arms', ' Inn', ' and Crown', ''])[1 + id % 4] AS name, phone, address FROM strangers;
ALTER TABLE pubs ADD PRIMARY KEY (id);
SELECT is((SELECT kind FROM pg_temp.said('pubs') WHERE col = 'name'), 'text', 'where each has a word of its own they may be anything''s');
UPDATE pubs p SET name = s.name || (ARRAY[' Arms', ' Inn', ' House of Beer', ''])[1 + p.id % 4] FROM strangers s WHERE s.id = p.id;
SELECT is((SELECT kind FROM pg_temp.said('pubs') WHERE col = 'name'), 'text', 'so they may where one name has two words and the next five');
UPDATE pubs SET name = (ARRAY['Rost', 'Kanno', 'Velmar', 'Tirgo', 'Ostra', 'Pelim'])[1 + id % 6] || ' ' || (ARRAY['Nova', 'Brod', 'Lug', 'Polje', 'Gaj'])[1 + id % 5] || ' ' || (ARRAY['Ost', 'West', 'Nord', 'City', 'Park', 'Messe', 'Airport'])[1 + id % 7];
SELECT is((SELECT kind FROM pg_temp.said('pubs') WHERE col = 'name'), 'text', 'and where few words make all of them, as in names of chains');
-- things of which hardly more than the name is known
CREATE TABLE articles (id int PRIMARY KEY, article text, unit text);
INSERT INTO articles SELECT g, initcap(left(translate(md5((g % 500)::text), '0123456789', 'ghijklmnop'), 7)) || ' ' || (ARRAY['milk', 'juice', 'beer', 'water', 'bread'])[1 + g % 5] || ' ' || (ARRAY['light', 'bio', 'classic'])[1 + g % 500 % 3], (ARRAY['pc', 'box'])[1 + g % 2] FROM generate_series(1, 700) g;
CALL clientele.dedupe('articles');
SELECT is((SELECT count(DISTINCT person_id) FROM articles_person), 500::bigint, 'articles of one name are one, whatever the unit');
-- songs of one album have its year in common
CREATE TABLE tracks (id int PRIMARY KEY, title text, artist text, album text, year int);
INSERT INTO tracks SELECT g, initcap(left(translate(md5((g % 1600)::text), '0123456789', 'ghijklmnop'), 6)) || ' ' || (ARRAY['Love', 'Night', 'Rain'])[1 + g % 1600 % 3], initcap(left(translate(md5('a' || g % 1600 / 10), '0123456789', 'ghijklmnop'), 8)) || ' Band',
    initcap(left(translate(md5('b' || g % 1600 / 10), '0123456789', 'ghijklmnop'), 6)) || ' Songs', CASE WHEN g % 3 > 0 THEN 1960 + g % 1600 / 10 * 7 % 50 END FROM generate_series(1, 2000) g;
CALL clientele.dedupe('tracks');
SELECT cmp_ok((SELECT count(DISTINCT person_id) FROM tracks_person), '>=', 1600::bigint, 'the songs of an album are not one song');

SELECT * FROM finish();
ROLLBACK;
