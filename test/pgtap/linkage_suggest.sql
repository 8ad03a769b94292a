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
SELECT set_eq($$SELECT c ->> 'column' FROM jsonb_array_elements(clientele.suggest_model('nameless') -> 'left_out') c WHERE c ->> 'why' <> ''$$, '{c7,c8,c9,c11}'::text[], 'what is left out is listed, with the reason');

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
SELECT is((SELECT kind || ': ' || why FROM pg_temp.said('firms')), 'company: 100% of the values have a firm''s legal form', 'legal forms tell firms');
CALL clientele.dedupe('firms');
SELECT is((SELECT count(*) FROM firms_person a JOIN firms_person b USING (person_id) WHERE a.record_key < b.record_key), 40::bigint, 'and a list of nothing but names of firms is joined by them');
SELECT is((SELECT count(*) FROM firms_person a JOIN firms_person b ON a.person_id = b.person_id AND b.record_key = a.record_key + 1000), 40::bigint, 'rightly');

SELECT * FROM finish();
ROLLBACK;
