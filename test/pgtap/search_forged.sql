-- Values of linkage_record whose bytes somebody has written: refused when they are received, or sound for whatever reads them. Bits are flipped,
-- bytes replaced by those that are most often wrong, texts by longer and other ones; of two records alike, so that a forged model is compared by, too.
BEGIN;
SELECT no_plan();

CREATE TABLE contact (id int PRIMARY KEY, first_name text, last_name text, email text, phone text, birth_date date, street text, postcode text, city text, company text);
INSERT INTO contact
SELECT p, (ARRAY['Marko','Ana','Jelena','Petar','Milica','Ivan'])[1 + p % 6], (ARRAY['Jovanović','Petrović','Nikolić','Horvat','Novak'])[1 + p % 5] || chr(97 + p % 23), 'p' || p || '@example.rs',
       '+381 64 ' || (1000000 + p * 7919), date '1950-01-01' + p * 37 % 20000, 'Bulevar Oslobođenja ' || p % 40, (11000 + p % 50)::text, 'Grad ' || p % 30, 'Delta Sigma ' || p % 50 || ' d.o.o.'
FROM generate_series(1, 300) p;
INSERT INTO contact SELECT id + 1000, first_name, last_name, email, phone, birth_date, street, postcode, city, company FROM contact WHERE id <= 60;
CALL clientele.dedupe('contact');
CREATE TABLE shop AS SELECT 'S' || id AS no, first_name, last_name, email, phone, city FROM contact WHERE id <= 200;
ALTER TABLE shop ADD PRIMARY KEY (no);
CALL clientele.link('contact', 'shop', 'both', true);
CREATE TEMP TABLE good AS
SELECT 'of one table' AS what, clientele.linkage_record_send(clientele.linkage_record('contact', a)) AS a, clientele.linkage_record_send(clientele.linkage_record('contact', b)) AS b
FROM contact a, contact b WHERE a.id = 7 AND b.id = 1007
UNION ALL
SELECT 'of two', clientele.linkage_record_send(clientele.linkage_record('both', a)), clientele.linkage_record_send(clientele.linkage_record('both', b))
FROM contact a, shop b WHERE a.id = 7 AND b.no = 'S7';
-- the head, the length of the model, the model
CREATE FUNCTION model_end(m bytea) RETURNS int LANGUAGE sql AS $$ SELECT 8 + get_byte(m, 4) * 16777216 + get_byte(m, 5) * 65536 + get_byte(m, 6) * 256 + get_byte(m, 7) $$;
SELECT is(substr(a, 1, model_end(a)), substr(b, 1, model_end(b)), what || ': the model is the same in both') FROM good;

CREATE TEMP TABLE received (n serial PRIMARY KEY, v clientele.linkage_record);
SET LOCAL enable_seqscan = off;
CREATE FUNCTION file_name() RETURNS text LANGUAGE sql RETURN current_setting('data_directory') || '/clientele_forged';
-- what reading values from these bytes, and whatever there is to do with them, ends with; a bytea is sent as the bytes that it holds
CREATE FUNCTION use(VARIADIC messages bytea[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    at text := 'received ';
    last int := nextval('received_n_seq');
    read clientele.linkage_record[];
BEGIN
    EXECUTE format('COPY (SELECT unnest(%L::bytea[])) TO %L BINARY', messages, file_name());
    EXECUTE format('COPY received (v) FROM %L BINARY', file_name());
    at := 'used ';
    read := ARRAY(SELECT v FROM received WHERE n > last ORDER BY n);
    IF EXISTS (SELECT FROM unnest(read, messages) u(v, message) WHERE v::text::clientele.linkage_record::text <> v::text OR clientele.linkage_record_send(v) <> message) THEN
        RETURN 'not read back';
    END IF;
    PERFORM clientele.record_key(v), clientele.record_source(v), clientele.record_node(v), clientele.blocking_keys(v) FROM unnest(read) v;
    PERFORM clientele.link_pairs_agg(v) FROM unnest(read) v;
    PERFORM clientele.link_pairs_agg(v, (clientele.blocking_keys(v))[1]) FROM unnest(read) v GROUP BY (clientele.blocking_keys(v))[1];
    PERFORM clientele.link_persons_agg(v) FROM unnest(read) v;
    PERFORM clientele.link_persons_agg(v, ARRAY['7', (SELECT max(clientele.record_node(v)) FROM unnest(read) v)], ARRAY[clientele.record_node(v), '1007']) FROM unnest(read) v;
    RETURN 'sound';
EXCEPTION WHEN OTHERS THEN
    RETURN at || SQLSTATE;
END $$;
SELECT is(use(a, b), 'sound', what || ': as they are') FROM good;

CREATE TEMP TABLE outcome (what text, how text, at int, state text);
-- one bit, in the model of both or in one record
INSERT INTO outcome
SELECT what, 'bit', bit, use(set_bit(a, bit, 1 - get_bit(a, bit)), CASE WHEN bit / 8 < model_end(a) THEN set_bit(b, bit, 1 - get_bit(b, bit)) ELSE b END)
FROM good, generate_series(0, length(a) * 8 - 1) bit WHERE bit < 64 OR bit % 11 = 0;
-- bytes that are often wrong, one or several
INSERT INTO outcome
SELECT what, 'byte ' || byte, at, use(set_byte(a, at, byte), CASE WHEN at < model_end(a) THEN set_byte(b, at, byte) ELSE b END)
FROM good, unnest('{0,1,127,128,255}'::int[]) byte, generate_series(0, length(a) - 1) at WHERE at % 17 = byte % 17;
INSERT INTO outcome
SELECT what, 'bytes', at, use(overlay(a PLACING forged FROM at + 1), CASE WHEN at + length(forged) <= model_end(a) THEN overlay(b PLACING forged FROM at + 1) ELSE b END)
FROM good, unnest(ARRAY['\x7fffffff', '\xffffffff', '\x80000000', '\x7fc00000', '\x7ff0000000000000', '\x8000000000000000', '\x0000000000000000']::bytea[]) forged, generate_series(8, length(a) - 9) at
WHERE at % 17 = get_byte(forged, 0) % 17;
-- cut off, and longer
INSERT INTO outcome SELECT what, 'cut', n, use(substr(a, 1, n)) FROM good, generate_series(0, length(a) - 1) n WHERE n < 40 OR n % 11 = 0;
INSERT INTO outcome SELECT what, 'longer', 0, use(a || '\x00') FROM good;
-- another text in the place of one: a length of two bytes and so many letters
CREATE TEMP TABLE texts AS
SELECT what, a, b, at, n FROM (SELECT what, a, b, at, get_byte(a, at) * 256 + get_byte(a, at + 1) AS n FROM good, generate_series(model_end(a), length(a) - 3) at) x
WHERE n BETWEEN 2 AND 60 AND at + 2 + n <= length(a) AND encode(substr(a, at + 3, n), 'escape') ~ '^[a-z0-9 @.+-]+$';
SELECT cmp_ok(count(*), '>=', 6::bigint, 'texts are found') FROM texts;
INSERT INTO outcome
SELECT what, format('text of %s', length(said)), at, use(substr(a, 1, at) || set_byte(set_byte('\x0000', 0, length(said) / 256), 1, length(said) % 256) || said || substr(a, at + 3 + n), b)
FROM texts, LATERAL (SELECT convert_to(substr(repeat(part, many), 1, many), 'UTF8') AS said FROM unnest(ARRAY['a', 'ab ', '9', 'x@', ' ', chr(1078)]) part, unnest('{1,2,31,32,33,63,64,65,127,128,255,256,257,511,513,4096,8192,8193}'::int[]) many) s
WHERE length(said) < 65536 AND (at + length(said)) % 5 = 0;

SELECT is((SELECT string_agg(DISTINCT format('%s, %s at %s: %s', what, how, at, state), '; ') FROM outcome WHERE state NOT IN ('sound', 'received 22P03', 'received 22021', 'used 22023', 'used 22004')), NULL,
          'refused when they are received, or sound');
SELECT is_empty($$SELECT FROM outcome WHERE how IN ('cut', 'longer') AND state NOT LIKE 'received %'$$, 'none is shorter or longer than it says');
SELECT cmp_ok((SELECT count(*) FROM outcome WHERE how = h AND state LIKE 'received %'), '>', 20::bigint, h || ': many are refused') FROM unnest('{bit,byte 255,bytes,cut}'::text[]) h;
SELECT cmp_ok((SELECT count(*) FROM outcome WHERE how LIKE h AND state = 'sound'), '>', 50::bigint, h || ': many are not') FROM unnest('{bit,byte 0,bytes,text%}'::text[]) h;
SELECT is(use(a, b), 'sound', what || ': nothing was left behind') FROM good;

SELECT * FROM finish();
ROLLBACK;
