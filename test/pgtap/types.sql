-- email and phone: equality, order, indexes, casts, wire format.
BEGIN;
SELECT no_plan();

-- in(out(x)) = x, whatever is accepted
CREATE TEMP TABLE written (t text);
INSERT INTO written VALUES ('ana@x.rs'), ('Ana@X.RS'), ('"Ana"@x.rs'), ('"a b"@x.rs'), ('"a\"\\b"@x.rs'), ('ana@münchen.de'),
    ('ana@XN--MNCHEN-3YA.de'), ('ЈОВА@пример.срб'), ('jovа@x.rs'), ('STRASSE@x.rs'), ('straße@x.rs'), ('ÅSA@x.se'), (E'A\u030Asa@x.se'),
    ('o''neil@x.ie'), ('a+b@x.rs'), ('用户@例子.公司'), (repeat('a', 64) || '@x.rs'), ('a@' || repeat('abcde.', 41) || 'rs');
SELECT is_empty($$ SELECT t, t::email::text FROM written WHERE t::email::text IS DISTINCT FROM t $$, 'email keeps what was written');
SELECT is_empty($$ SELECT t FROM written WHERE email_in(email_out(t::email)) <> t::email $$, 'email: in(out(x)) = x');
SELECT is_empty($$ SELECT t FROM written WHERE canonical(t::email)::email <> t::email $$, 'the canonical form is an equal address');
SELECT is_empty($$ SELECT t FROM written WHERE canonical(canonical(t::email)::email) <> canonical(t::email) $$, 'and its own canonical form');
SELECT is_empty($$ SELECT t FROM written WHERE canonical(t::email) <> local_part(t::email) || '@' || domain(t::email) $$,
    'local part and domain make the canonical form');

SELECT is(a::email = b::email, same, format('%s %s %s', a, CASE WHEN same THEN '=' ELSE '<>' END, b))
FROM (VALUES ('ana@x.rs', 'ANA@X.RS', true), ('"ana"@x.rs', 'ana@x.rs', true), ('"a\na"@x.rs', 'ana@x.rs', true),
             ('ana@münchen.de', 'ana@XN--mnchen-3ya.DE', true), ('ana@MÜNCHEN.de', 'ana@mu' || U&'\0308' || 'nchen.de', true),
             ('ana@faß.de', 'ana@fass.de', false), ('straße@x.rs', 'STRASSE@x.rs', true), ('ЈОВА@x.rs', 'јова@x.rs', true),
             ('åsa@x.se', U&'A\030ASA@x.se', true), ('ana@x。rs', 'ana@x.rs', true), ('ana@ＸＹ.rs', 'ana@xy.rs', true),
             ('ａna@x.rs', 'ana@x.rs', false), ('ana@x.rs', 'ana@x.rss', false), ('a.na@gmail.com', 'ana@gmail.com', false),
             ('jova@x.rs', 'јова@x.rs', false), ('ana@x.rs', 'ana@y.rs', false)) v(a, b, same);

SELECT throws_ok(format('SELECT %L::email', t), state, NULL, format('%L raises %s', t, state))
FROM (VALUES ('', '22P02'), ('ana', '22P02'), ('ana@x', '22P02'), (' ana@x.rs', '22P02'), ('ana@x.rs ', '22P02'), ('ana@x.rs.', '22P02'),
             ('a@[1.2.3.4]', '22P02'), ('a@xn--a.rs', '22P02'), ('a@' || U&'\0378' || '.rs', '22P02'), (U&'\0378@x.rs', '22P02'),
             (U&'a\00A0@x.rs', '22P02'), (U&'a\FEFF@x.rs', '22P02'), (U&'\E000@x.rs', '22P02'), ('a@' || repeat('ж', 64) || '.rs', '22P02')) v(t, state);
SELECT throws_ok(format('SELECT %L::phone', t), '22P02', NULL, format('%L is no phone', t))
FROM unnest(ARRAY['', '+', '381641234567', '+381 641234567', '+0381641234567', '+123456', '+1234567890123456', '+38164123456a', ' +381641234567']) t;
SELECT throws_ok($$ SELECT parse_phone('064 123', 'XX') $$, '22023', 'unknown region "XX"', 'an unknown region');
SELECT throws_ok($$ SELECT parse_phone('nema', 'RS') $$, '22P02', NULL, 'text without a number');
SELECT lives_ok($$ SELECT try_parse_phone(t, r) FROM unnest(ARRAY['nema', '', '6.4E+08', repeat('9', 5000), U&'\0660']) t,
    unnest(ARRAY['RS', 'XX', '', 'Serbia', NULL]) r $$, 'try_parse_phone raises nothing');
SELECT lives_ok($$ SELECT try_parse_email(t) FROM unnest(ARRAY['nema', '', '@', 'a@b', '"', '"@', U&'\0378@x.rs', 'a@xn--a.rs', repeat('a@', 5000)]) t $$,
    'try_parse_email raises nothing');
SELECT is_empty($$ SELECT t FROM written WHERE try_parse_email(t) IS DISTINCT FROM t::email OR parse_email(t)::text <> t $$,
    'the lenient forms read strict addresses as they are');

-- order: sorting, indexes and operators agree with the text they stand for
CREATE TEMP TABLE address AS
SELECT (CASE i % 3 WHEN 0 THEN upper(t) ELSE t END)::email AS e
FROM (SELECT i, substr(md5(i::text), 1, 1 + i % 12) || '@' || substr(md5((i % 7)::text), 1, 3) || 'x.rs' FROM generate_series(1, 30000) i
      UNION ALL SELECT i, 'customer' || i || '@example.rs' FROM generate_series(1, 20000) i) v(i, t);
CREATE TEMP TABLE number AS
SELECT ('+' || (1 + abs(hashint8(i)) % 9) || substr((abs(hashint8extended(i, 7)) + 1e15)::text, 2, 6 + i % 9))::phone AS p FROM generate_series(1, 20000) i;
SELECT is((SELECT array_agg(canonical(e) ORDER BY e) FROM address), (SELECT array_agg(canonical(e) ORDER BY canonical(e) COLLATE "C") FROM address),
    'email sorts as its canonical text');
SELECT is((SELECT array_agg(p::text ORDER BY p) FROM number), (SELECT array_agg(p::text ORDER BY p::text COLLATE "C") FROM number),
    'phone sorts as its text');
SELECT is((SELECT count(*) FROM (SELECT e FROM address GROUP BY e) g), (SELECT count(DISTINCT canonical(e)) FROM address), 'email groups by its canonical text');
SELECT is((SELECT count(DISTINCT p) FROM number), (SELECT count(DISTINCT p::text) FROM number), 'phone groups by its text');

CREATE INDEX address_btree ON address (e);
CREATE INDEX address_hash ON address USING hash (e);
CREATE INDEX number_btree ON number (p);
CREATE INDEX number_hash ON number USING hash (p);
ANALYZE address; ANALYZE number;
CREATE FUNCTION pg_temp.agree(tab text, col text, typ text, idx text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    probe text; op text; by_index bigint; by_scan bigint; bad int := 0; tried int := 0;
BEGIN
    FOR probe IN EXECUTE format('SELECT %I::text FROM (SELECT %I, row_number() OVER () n FROM %I) q WHERE n %% 997 = 0', col, col, tab) LOOP
        FOREACH op IN ARRAY CASE WHEN idx ~ 'hash' THEN ARRAY['='] ELSE ARRAY['<', '<=', '=', '>=', '>'] END LOOP
            PERFORM set_config('enable_seqscan', 'off', true), set_config('enable_indexscan', 'on', true), set_config('enable_bitmapscan', 'on', true);
            EXECUTE format('SELECT count(*) FROM %I WHERE %I %s %L::%I', tab, col, op, probe, typ) INTO by_index;
            PERFORM set_config('enable_seqscan', 'on', true), set_config('enable_indexscan', 'off', true), set_config('enable_bitmapscan', 'off', true),
                set_config('enable_indexonlyscan', 'off', true);
            EXECUTE format('SELECT count(*) FROM %I WHERE %I %s %L::%I', tab, col, op, probe, typ) INTO by_scan;
            PERFORM set_config('enable_indexonlyscan', 'on', true);
            tried := tried + 1;
            bad := bad + (by_index <> by_scan OR by_scan IS NULL)::int;
        END LOOP;
    END LOOP;
    RETURN NEXT is(bad, 0, format('%s agrees with the sequential answer', idx));
    RETURN NEXT cmp_ok(tried, '>', 10, 'and was asked often enough');
END $$;
DROP INDEX address_hash, number_hash;
SELECT * FROM pg_temp.agree('address', 'e', 'email', 'address_btree');
SELECT * FROM pg_temp.agree('number', 'p', 'phone', 'number_btree');
DROP INDEX address_btree, number_btree;
CREATE INDEX address_hash ON address USING hash (e);
CREATE INDEX number_hash ON number USING hash (p);
SELECT * FROM pg_temp.agree('address', 'e', 'email', 'address_hash');
SELECT * FROM pg_temp.agree('number', 'p', 'phone', 'number_hash');
SELECT set_config('enable_seqscan', 'on', true), set_config('enable_indexscan', 'on', true), set_config('enable_bitmapscan', 'on', true) \g /dev/null

SELECT is((SELECT count(*) FROM address WHERE (e < 'm@m.rs')::int + (e = 'm@m.rs')::int + (e > 'm@m.rs')::int <> 1), 0::bigint, 'email: exactly one of < = >');
SELECT is((SELECT count(*) FROM address WHERE (e <= 'm@m.rs') <> NOT (e > 'm@m.rs') OR (e >= 'm@m.rs') <> NOT (e < 'm@m.rs') OR (e = 'm@m.rs') <> NOT (e <> 'm@m.rs')),
    0::bigint, 'email: operators and their negators');
SELECT is((SELECT count(*) FROM number WHERE (p < '+5123456')::int + (p = '+5123456')::int + (p > '+5123456')::int <> 1), 0::bigint, 'phone: exactly one of < = >');
SELECT is((SELECT count(*) FROM address a JOIN written w ON a.e = w.t::email AND email_hash(a.e) <> email_hash(w.t::email)), 0::bigint, 'equal addresses have equal hashes');
SELECT is(email_hash_extended('Ana@x.rs', 42), email_hash_extended('ANA@x.rs', 42), 'with a seed too');
SELECT is((email_hash_extended('Ana@x.rs', 0) & 4294967295)::bit(32), email_hash('Ana@x.rs')::bit(32), 'seed 0 gives the plain hash');
SELECT is(min(e)::text, 'Ana@x.rs', 'min of email') FROM unnest(ARRAY['Ana@x.rs', 'b@x.rs']::email[]) e;
CREATE TEMP TABLE u (e email PRIMARY KEY);
INSERT INTO u VALUES ('ana@x.rs');
SELECT throws_ok($$ INSERT INTO u VALUES ('ANA@x.rs') $$, '23505', NULL, 'a unique index holds addresses equal that differ in case');

-- amcheck-like: no btree of email may claim that equal values are interchangeable
SELECT is((SELECT count(*)::int FROM pg_amproc p JOIN pg_opfamily f ON f.oid = p.amprocfamily
           WHERE p.amproclefttype = 'email'::regtype AND p.amprocnum = 4), 0, 'email has no equalimage');
SELECT is((SELECT count(*)::int FROM pg_amproc p JOIN pg_opfamily f ON f.oid = p.amprocfamily
           WHERE p.amproclefttype = 'phone'::regtype AND p.amprocnum = 4), 1, 'phone has');

-- wire format: byte by byte through COPY BINARY, as a client would send it
CREATE TEMP TABLE wire_email (v email);
CREATE TEMP TABLE wire_phone (v phone);
CREATE FUNCTION pg_temp.receive(typ text, payload bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    file text := current_setting('data_directory') || '/clientele_wire_' || pg_backend_pid();
    lo oid; back bytea;
BEGIN
    lo := lo_from_bytea(0, '\x5047434f50590aff0d0a00' || int4send(0) || int4send(0) || int2send(1::int2) || int4send(length(payload)) || payload || int2send((-1)::int2));
    PERFORM lo_export(lo, file);
    PERFORM lo_unlink(lo);
    EXECUTE format('TRUNCATE wire_%s', typ);
    EXECUTE format('COPY wire_%s FROM %L (FORMAT binary)', typ, file);
    EXECUTE format('SELECT clientele.%s_send(v) FROM wire_%s', typ, typ) INTO back;
    RETURN CASE WHEN back = payload THEN 'ok' ELSE 'changed' END;
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
END $$;
SELECT is_empty($$ SELECT t FROM written WHERE pg_temp.receive('email', email_send(t::email)) <> 'ok' $$, 'every email passes the wire unchanged');
SELECT is(pg_temp.receive('phone', phone_send('+381641234567')), 'ok', 'so does a phone');
SELECT is(phone_send('+381641234567'), '\x0100000058db971887'::bytea, 'a phone is sent as its number');
SELECT is(email_send('A@b.rs'), '\x0141' || '\x40622e7273'::bytea, 'an email is sent as it was written');
SELECT is(pg_temp.receive(typ, payload), state, format('%s %s gives %s', typ, payload, state))
FROM (VALUES ('email', '\x'::bytea, '08P01'), ('email', '\x01', '22P02'), ('email', '\x0061406263', '22P03'), ('email', '\x0261402e6263', '22P03'),
             ('email', '\x01614062', '22P02'), ('email', '\x0161ff4062', '22021'), ('email', '\x01610040622e7273', '22021'),
             ('phone', '\x'::bytea, '08P01'), ('phone', '\x01', '08P01'), ('phone', '\x0000000058db971887', '22P03'), ('phone', '\x010000000000000000', '22P03'),
             ('phone', '\x0100000000000f423f', '22P03'), ('phone', '\x01ffffffffffffffff', '22P03'), ('phone', '\x01' || int8send(1000000000000000), '22P03'),
             ('phone', '\x0100000058db97188700', '22P03')) v(typ, payload, state);
SELECT is_empty($$
    SELECT typ, set_bit(payload, b, 1 - get_bit(payload, b)), r
    FROM (SELECT 'email' AS typ, email_send(t::email) AS payload FROM written WHERE length(t) < 20 UNION ALL
          SELECT 'phone', phone_send(p) FROM unnest(ARRAY['+381641234567', '+1234567', '+999999999999999']::phone[]) p) v
    CROSS JOIN LATERAL generate_series(0, 8 * length(payload) - 1) b
    CROSS JOIN LATERAL pg_temp.receive(typ, set_bit(payload, b, 1 - get_bit(payload, b))) r
    WHERE r NOT IN ('ok', '22P02', '22P03', '22021', '08P01') $$, 'each bit flipped: received unchanged or refused');

-- stored bytes flipped: read as something or refused, never followed outside
CREATE CAST (email AS bytea) WITHOUT FUNCTION;
CREATE CAST (bytea AS email) WITHOUT FUNCTION;
CREATE FUNCTION pg_temp.survive(b bytea) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM b::email < 'm@m.rs', email_hash(b::email), email_send(b::email), mailbox_key(b::email), domain(b::email);
    RETURN 'ok';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
END $$;
SELECT is_empty($$
    SELECT s, b, r FROM (SELECT t::email::bytea AS s FROM written) v CROSS JOIN LATERAL generate_series(0, least(8 * length(s), 400) - 1) b
    CROSS JOIN LATERAL pg_temp.survive(set_bit(s, b, 1 - get_bit(s, b))) r
    WHERE r NOT IN ('ok', 'XX001') $$, 'stored bytes flipped');

-- casts
SELECT is_empty($$ SELECT 1 FROM pg_cast WHERE castcontext = 'i' AND ('email'::regtype IN (castsource, casttarget) OR 'phone'::regtype IN (castsource, casttarget)) $$,
    'no cast is implicit');
SELECT throws_ok($$ SELECT 'ana@x.rs'::email = 'ana@x.rs'::text $$, '42883', NULL, 'email and text are not compared by accident');
SELECT is('Ana@x.rs'::varchar::email::varchar(3), 'Ana', 'to and from varchar');
SELECT is('+381641234567'::text::phone::text, '+381641234567', 'phone to and from text');

SELECT * FROM finish();
ROLLBACK;
