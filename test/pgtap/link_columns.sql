-- Which columns of two tables go together: those that hold the same values, whatever they are called and in whatever order they come.
BEGIN;
SELECT no_plan();

CREATE FUNCTION a_word(i int) RETURNS text LANGUAGE sql AS $$SELECT initcap(translate(substr(md5(i::text), 1, 7), '0123456789', 'klmnoprstu'))$$;
CREATE TABLE work AS
SELECT i, a_word(i % 120) || ' ' || a_word(1000 + i % 37) AS artist, a_word(i + 5000) || ' ' || a_word(i % 90 + 9000) || ' ' || a_word(i + 20000) AS title, (ARRAY['red', 'green', 'blue', 'grey'])[1 + i % 4] AS colour, i % 5 AS level
FROM generate_series(1, 600) i;
CREATE TABLE shop (no int PRIMARY KEY, artist text, title text, colour text, bin text);
CREATE TABLE list (no int PRIMARY KEY, album text, performer text, size text, tone text);
INSERT INTO shop SELECT i, artist, title, colour, 'box ' || level FROM work WHERE i <= 400;
INSERT INTO list SELECT 1000 + i, upper(title), artist, (ARRAY['small', 'large', 'huge'])[1 + i % 3], upper(colour) FROM work WHERE i > 250;
CALL clientele.link('shop', 'list', 'works');
SELECT set_eq($$SELECT c #>> '{columns,0}' AS l, c #>> '{right_columns,0}' AS r FROM clientele.linkage_model, jsonb_array_elements(settings -> 'comparisons') c WHERE name = 'works'$$,
    $$VALUES ('artist', 'performer'), ('title', 'album'), ('colour', 'tone')$$, 'by their values; the bin and the size share none');
SELECT is((SELECT count(*) FROM works_person a JOIN works_person b USING (person_id) WHERE b.record_key = a.record_key + 1000), 150::bigint, 'all are found');
SELECT is((SELECT count(*) FROM works_person a JOIN works_person b USING (person_id) WHERE a.source <> b.source AND a.record_key < 1000 AND b.record_key <> a.record_key + 1000), 0::bigint, 'and nothing else');
SELECT ok(NOT (SELECT settings::text LIKE '%"like"%' FROM clientele.linkage_model WHERE name = 'works'), 'what they were told by is not kept');

-- codes here and words there never agree, so they are no evidence against anybody
CREATE TABLE guest (no int PRIMARY KEY, first_name text, last_name text, email text, nationality text);
CREATE TABLE member (no int PRIMARY KEY, first_name text, last_name text, email text, country text);
INSERT INTO guest SELECT i, a_word(i % 50), a_word(300 + i % 80), md5(i::text) || '@example.org', (ARRAY['DE', 'IT', 'FR'])[1 + i % 3] FROM generate_series(1, 300) i;
INSERT INTO member SELECT i, a_word(i % 50), a_word(300 + i % 80), md5(i::text) || '@example.org', (ARRAY['Germany', 'Italy', 'France'])[1 + i % 3] FROM generate_series(200, 500) i;
CALL clientele.link('guest', 'member', 'guests');
SELECT set_eq($$SELECT c #>> '{columns,0}' FROM clientele.linkage_model, jsonb_array_elements(settings -> 'comparisons') c WHERE name = 'guests'$$, ARRAY['first_name', 'last_name', 'email'], 'codes of countries are not compared with their names');
-- an agreement in words is one
UPDATE member SET country = CASE country WHEN 'Germany' THEN 'DE (Germany)' WHEN 'Italy' THEN 'IT (Italy)' ELSE 'FR (France)' END;
CALL clientele.link('guest', 'member', 'guests2');
SELECT set_eq($$SELECT c #>> '{columns,0}' FROM clientele.linkage_model, jsonb_array_elements(settings -> 'comparisons') c WHERE name = 'guests2'$$, ARRAY['first_name', 'last_name', 'email', 'nationality'], 'but where words are the same they are');

-- hotels of one chain and town are two where they stand a kilometre apart: a place does not move
CREATE FUNCTION anything(i int, what text) RETURNS float8 LANGUAGE sql AS $$SELECT ('x' || substr(md5(what || i), 1, 8))::bit(32)::bigint / 4294967296.0$$;
CREATE TABLE hotel AS
SELECT i, (ARRAY['Ibis', 'Novotel', 'Mercure', 'Hilton', 'Radisson', 'Melia', 'Astoria', 'Bristol', 'Europa', 'Central'])[1 + (anything(i, 'c') * 10)::int % 10] || ' ' || town || ' ' ||
       (ARRAY['City', 'Messe', 'Airport', 'Ost', 'West'])[1 + (anything(i, 'd') * 5)::int % 5] AS name, town,
       48 + t + .16 * (anything(i, 'a') + anything(i, 'e') - 1) AS lat, 16 - t + .16 * (anything(i, 'o') + anything(i, 'f') - 1) AS lng
FROM (SELECT i, (i % 5) * .7 AS t, (ARRAY['Wien', 'Berlin', 'Praha', 'Zürich', 'Milano'])[1 + i % 5] AS town FROM generate_series(1, 1400) i) x;
CREATE TABLE booking (no int PRIMARY KEY, hotel_name text, city text, lat numeric, lng numeric);
CREATE TABLE map (osm_id int PRIMARY KEY, name text, latitude numeric, longitude numeric);
INSERT INTO booking SELECT i, name, town, round(lat::numeric, 5), round(lng::numeric, 5) FROM hotel WHERE i <= 1000;
INSERT INTO map SELECT 5000 + i, CASE i % 4 WHEN 0 THEN 'Hotel ' || name WHEN 1 THEN replace(name, ' ' || town, '') ELSE name END,
    round((lat + .0004 * (anything(i, 'g') - .5))::numeric, 6), round((lng + .0004 * (anything(i, 'h') - .5))::numeric, 6) FROM hotel WHERE i > 400;
CALL clientele.link('booking', 'map', 'hotels');
SELECT cmp_ok((SELECT count(*) FROM hotels_person a JOIN hotels_person b USING (person_id) WHERE b.record_key = a.record_key + 5000), '>=', 580::bigint, 'hotels are found');
SELECT cmp_ok((SELECT count(*) FROM hotels_person a JOIN hotels_person b USING (person_id) WHERE a.source <> b.source AND a.record_key < 5000 AND b.record_key <> a.record_key + 5000), '<=', 60::bigint,
              'and hardly another one of the chain');

SELECT * FROM finish();
ROLLBACK;
