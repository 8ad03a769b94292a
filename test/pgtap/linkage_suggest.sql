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

SELECT * FROM finish();
ROLLBACK;
