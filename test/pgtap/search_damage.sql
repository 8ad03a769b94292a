-- Searches while memory is short, while they are cancelled, and over an index or values that somebody has written into: an answer or an error, never a crash.
BEGIN;
SELECT no_plan();
SET LOCAL client_min_messages = warning;

CREATE TABLE contact (id int PRIMARY KEY, first_name text, last_name text, email text, phone text, birth_date date, street text, city text, company text);
INSERT INTO contact
SELECT p, initcap(substr(md5('f' || p % 150), 1, 6)), initcap(substr(md5('l' || p % 970), 1, 8)), md5('e' || p) || '@example.org', '+381 64 ' || (1000000 + p * 791), date '1950-01-01' + (p * 37 % 20000),
       initcap(substr(md5('s' || p % 300), 1, 9)) || ' ' || p % 70, 'Grad ' || md5('c' || p % 40), CASE WHEN p % 3 = 0 THEN 'Delta ' || md5('d' || p % 900) || ' d.o.o.' END
FROM generate_series(1, 5000) p;
INSERT INTO contact SELECT id + 10000, upper(first_name), last_name, CASE WHEN id % 2 = 0 THEN email END, replace(phone, '+381 ', '0'), birth_date, street, city, company FROM contact WHERE id <= 900;
CALL clientele.dedupe('contact');

-- pages that come and go
CREATE FUNCTION answers(every int) RETURNS TABLE (id int, record_key text, person_id bigint, match_weight float8) LANGUAGE sql
AS 'SELECT c.id, s.record_key, s.person_id, s.match_weight FROM public.contact c, clientele.search(''contact'', to_jsonb(c) - ''email'', 5) s WHERE c.id % $1 = 0';
CREATE TEMP TABLE with_room AS SELECT * FROM answers(11);
SELECT cmp_ok(pg_table_size('contact_index'), '>', 4 * 64 * 1024::bigint, 'the index has more pages than are kept in what follows');
SET LOCAL work_mem = '64kB';
ALTER TABLE contact_index SET (fillfactor = 99);
SELECT is_empty('(TABLE with_room EXCEPT ALL SELECT * FROM answers(11)) UNION ALL (SELECT * FROM answers(11) EXCEPT ALL TABLE with_room)', 'with room for few pages: the same answers');
SET LOCAL work_mem = '4MB';
SELECT is_empty('(TABLE with_room EXCEPT ALL SELECT * FROM answers(11)) UNION ALL (SELECT * FROM answers(11) EXCEPT ALL TABLE with_room)', 'and with room again');

-- cancelled
CREATE FUNCTION cancelled(ms int) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM count(*) FROM public.contact c, clientele.search('contact', to_jsonb(c), 100) s, pg_sleep(0.001);
    RETURN 'done';
EXCEPTION WHEN query_canceled THEN
    RETURN 'cancelled';
END $$;
SET LOCAL statement_timeout = 60;
SELECT cancelled(60) AS outcome \gset
RESET statement_timeout;
SELECT is(:'outcome'::text, 'cancelled', 'a search is cancelled');
SELECT is_empty('(TABLE with_room EXCEPT ALL SELECT * FROM answers(11)) UNION ALL (SELECT * FROM answers(11) EXCEPT ALL TABLE with_room)', 'and the next ones are right');

-- an index that somebody has written into
CREATE FUNCTION scratch(i int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    one record;
    said text;
BEGIN
    -- kinds of pages in turn, so that the few heads and directories get their share
    SELECT x.ctid, x.kind, x.page INTO one FROM public.contact_index x
    WHERE x.kind = (ARRAY['h', 'd', 'b', 'k', 'v', 'c', 't', 's', 'p', 'l', 'h', 'd'])[1 + i % 12]::"char" ORDER BY md5(i || '.' || x.part || '.' || x.first) LIMIT 1;
    IF NOT FOUND OR length(one.page) = 0 THEN
        RETURN 'none';
    END IF;
    BEGIN
        UPDATE public.contact_index SET page = CASE
            WHEN i % 7 = 0 THEN substr(page, 1, (random() * length(page))::int)
            WHEN i % 7 = 1 THEN page || page
            WHEN i % 7 = 2 THEN ''
            ELSE set_byte(page, (random() * (length(page) - 1))::int, (random() * 255)::int) END
        WHERE ctid = one.ctid;
        IF i % 50 = 3 THEN
            DELETE FROM public.contact_index x WHERE x.kind = one.kind;
        END IF;
        -- the server tells backends to forget what they know of the table
        ALTER TABLE public.contact_index SET (fillfactor = 98);
        PERFORM count(*) FROM public.contact c, clientele.search('contact', to_jsonb(c) - 'email', 20) s WHERE c.id % 10000 IN (i % 900, 899 - i % 900);
        PERFORM clientele.linkage_record('contact', c) FROM public.contact c WHERE c.id = 7;
        RAISE EXCEPTION 'nothing' USING ERRCODE = 'ZZ001';
    EXCEPTION WHEN OTHERS THEN
        RETURN SQLSTATE;
    END;
END $$;
SELECT setseed(0.42);
CREATE TEMP TABLE outcome AS SELECT i, scratch(i) AS state FROM generate_series(1, 600) i;
SELECT is_empty($$SELECT state, count(*), min(i) FROM outcome WHERE state = 'XX000' OR state = 'none' AND (ARRAY['h', 'd', 'b', 'k', 'v', 'c', 't', 's', 'p', 'l', 'h', 'd'])[1 + i % 12] NOT IN ('l', 't') GROUP BY 1$$, 'no answer that only a bug gives');
SELECT cmp_ok((SELECT count(*) FROM outcome WHERE state = 'XX001'), '>', 60::bigint, 'many are told to be damaged');
SELECT cmp_ok((SELECT count(*) FROM outcome WHERE state = 'ZZ001'), '>', 60::bigint, 'many do no harm');
SELECT is_empty('(TABLE with_room EXCEPT ALL SELECT * FROM answers(11)) UNION ALL (SELECT * FROM answers(11) EXCEPT ALL TABLE with_room)', 'put right again: the same answers');

-- values that somebody has written into
CREATE TEMP TABLE good AS SELECT clientele.linkage_record('contact', c) AS r FROM contact c WHERE id IN (7, 10007) ORDER BY id;
CREATE FUNCTION forge(i int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    t text := (SELECT r::text FROM good LIMIT 1);
    at int := 1 + (random() * (length(t) - 1))::int;
    forged clientele.linkage_record;
BEGIN
    t := CASE i % 5 WHEN 0 THEN left(t, at) WHEN 1 THEN overlay(t PLACING t FROM at) ELSE overlay(t PLACING substr('0123456789abcdef', 1 + (random() * 15)::int, 1) FROM at) END;
    forged := t::clientele.linkage_record;
    PERFORM clientele.blocking_keys(forged);
    PERFORM clientele.link_pairs_agg(r) FROM (SELECT r FROM good UNION ALL SELECT forged) x(r);
    RETURN '00000';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
END $$;
CREATE TEMP TABLE forged AS SELECT i, forge(i) AS state FROM generate_series(1, 3000) i;
SELECT is_empty($$SELECT state, count(*), min(i) FROM forged WHERE state NOT IN ('00000', '22P02', '22P03', '22023', '22021', 'XX001') GROUP BY 1$$, 'forged records: compared, or refused as input');
SELECT cmp_ok((SELECT count(*) FROM forged WHERE state <> '00000'), '>', 500::bigint, 'many are refused');
SELECT cmp_ok((SELECT count(*) FROM forged WHERE state = '00000'), '>', 100::bigint, 'many are not');

SELECT * FROM finish();
ROLLBACK;
