-- Damaged values of the types of RFM and lifetime value: refused with an error of their own, or sound. Every bit of a binary value is
-- flipped, and characters of a literal are replaced, dropped and doubled; what is then accepted must be written and read back the same.
BEGIN;
SET TimeZone = 'UTC';
SELECT no_plan();

CREATE FUNCTION file_name() RETURNS text LANGUAGE sql RETURN current_setting('data_directory') || '/clientele_flip';

-- 'ok' if COPY BINARY reads these bytes as a value, else the SQLSTATE: a bytea is sent as the bytes that it holds
CREATE FUNCTION receive(message bytea) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('COPY (SELECT %L::bytea) TO %L BINARY', message, file_name());
    DELETE FROM received;
    EXECUTE format('COPY received FROM %L BINARY', file_name());
    RETURN 'ok';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
END $$;

CREATE FUNCTION flip(type text, literal text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    message bytea;
    state text;
    wrong text[] := '{}';
    accepted int := 0;
    refused int := 0;
    same boolean;
BEGIN
    DROP TABLE IF EXISTS received;
    EXECUTE format('CREATE TEMP TABLE received (v %s)', type);
    EXECUTE format('SELECT %1$s_send(%2$L::%1$s)', type, literal) INTO message;
    FOR bit IN 0 .. length(message) * 8 - 1 LOOP
        CONTINUE WHEN bit > 40 * 8 AND bit % 7 <> 0;
        state := receive(set_bit(message, bit, 1 - get_bit(message, bit)));
        IF state = 'ok' THEN
            accepted := accepted + 1;
            BEGIN
                EXECUTE format('SELECT v::text::%1$s::text = v::text AND %1$s_send(v::text::%1$s) = %1$s_send(v) FROM received', type) INTO same;
            EXCEPTION WHEN OTHERS THEN
                same := false;
            END;
            IF NOT same THEN
                wrong := wrong || format('bit %s is not read back', bit);
            END IF;
        ELSIF state = ANY ('{22P03,22P02,08P01,54000,22023}') THEN
            refused := refused + 1;
        ELSE
            wrong := wrong || format('bit %s: %s', bit, state);
        END IF;
    END LOOP;
    RETURN NEXT is(wrong, '{}', format('%s: flipped bits (%s accepted, %s refused)', type, accepted, refused));
    RETURN NEXT cmp_ok(refused, '>', 0, type || ': some were refused');
    -- cut off at each length, and with a byte too many
    wrong := '{}';
    FOR n IN 0 .. length(message) - 1 LOOP
        CONTINUE WHEN n > 60 AND n % 13 <> 0;
        state := receive(substr(message, 1, n));
        IF state = 'ok' OR state <> ALL ('{22P03,22P02,08P01}') THEN
            wrong := wrong || format('%s bytes: %s', n, state);
        END IF;
    END LOOP;
    IF receive(message || '\x00') = 'ok' THEN
        wrong := wrong || '{one too many}'::text[];
    END IF;
    RETURN NEXT is(wrong, '{}', type || ': cut off, or too long');
END $$;

CREATE FUNCTION mutate(type text, literal text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    alphabet CONSTANT text := '0199-+.,:;@*{}[]"eEnuxi ' || chr(233);
    candidate text;
    wrong text[] := '{}';
    same boolean;
    refused int := 0;
BEGIN
    FOR place IN 1 .. length(literal) LOOP
        CONTINUE WHEN length(literal) > 200 AND place % 5 <> 0;
        FOR c IN 1 .. length(alphabet) + 2 LOOP
            candidate := CASE c WHEN 1 THEN overlay(literal PLACING '' FROM place FOR 1)
                                WHEN 2 THEN overlay(literal PLACING substr(literal, place, 1) || substr(literal, place, 1) FROM place FOR 1)
                                ELSE overlay(literal PLACING substr(alphabet, c - 2, 1) FROM place FOR 1) END;
            BEGIN
                EXECUTE format('SELECT v::text::%1$s::text = v::text AND %1$s_send(v::text::%1$s) = %1$s_send(v) FROM (SELECT $1::%1$s AS v) x', type) INTO same USING candidate;
                IF NOT same THEN
                    wrong := wrong || candidate;
                END IF;
            EXCEPTION WHEN invalid_text_representation THEN
                refused := refused + 1;
            WHEN OTHERS THEN
                wrong := wrong || (SQLSTATE || ': ' || candidate);
            END;
        END LOOP;
    END LOOP;
    RETURN NEXT is(wrong, '{}', format('%s: damaged literals (%s refused)', type, refused));
    RETURN NEXT cmp_ok(refused, '>', 0, type || ': some literals were refused');
END $$;

CREATE TABLE sample (type text, literal text);
INSERT INTO sample VALUES ('rfm_score', '543'), ('rfm_summary', '-:0:0:0:0:0:0'),
    ('bg_nbd', '{"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}'), ('pareto_nbd', '{"r": 0.5, "alpha": 10.6, "s": 0.6, "beta": 11.7}'),
    ('mbg_nbd', '{"r": 0.1, "alpha": 1e-300, "a": 3, "b": 0.3, "se": [1, null, 2.5, 3], "log_likelihood": -12.5, "customers": 7, "evaluations": 3, "status": "boundary"}'),
    ('gamma_gamma', '{"p": 6.25, "q": 3.74, "v": 15.44, "se": [1, 2, 2.5], "log_likelihood": -12.5, "customers": 7, "evaluations": 3, "status": "converged"}'),
    ('clv_sample', '{0,0,30,2;2,10,30,1;3,3.5,7,9}');
INSERT INTO sample SELECT 'rfm_summary', rfm_agg(timestamptz '2024-01-01' + n * interval '1 day', n - 2.50)::text FROM generate_series(2, 3) n;
INSERT INTO sample SELECT 'rfm_bins', rfm_bins('{30,90,180}', '{2,3,5}', '{50,100,250.50}')::text;
INSERT INTO sample
SELECT 'rfm_bins', rfm_bins_agg(s, '2024-12-01', 4, 'r')::text
FROM (SELECT rfm_agg(timestamptz '2024-01-01' + n * n % 97 * interval '1 day', n % 13 + 0.5) AS s FROM generate_series(1, 90) n GROUP BY n % 29) x;
INSERT INTO sample
SELECT 'rfm_bins', rfm_bins_agg(s, '2024-12-01', 2, 'low', true)::text
FROM (SELECT rfm_agg(timestamptz '2024-01-01' + n * n % 97 * interval '1 day', n % 13 + 0.5) AS s FROM generate_series(1, 90) n GROUP BY n % 29) x;
INSERT INTO sample
SELECT 'rfm_population', rfm_population_agg(s, '2024-12-01', 3, 'disc', true)::text
FROM (SELECT rfm_agg(timestamptz '2024-01-01' + n * n % 97 * interval '1 day', n % 13 - 0.5) AS s FROM generate_series(1, 20) n GROUP BY n % 4) x;
INSERT INTO sample
SELECT 'clv_summary', clv_summary_agg(timestamptz '2024-01-01' + n * n % 97 * interval '1 day', n % 13 - 1)::text FROM generate_series(1, 9) n;

SELECT f FROM sample, flip(type, literal) f;
SELECT m FROM sample, mutate(type, literal) m;

-- ---- rules that in and recv share --------------------------------------------
SELECT throws_ok(format('SELECT %L::rfm_summary', bad), '22P02', NULL, why)
FROM (VALUES ('w:1:0:0:0:100000000000000000000000000000000000000:0', '39 digits'), ('w:1:1:0:0:1:-100000000000000000000000000000000000000', '39 digits of refunds'),
             ('w:1:0:9223371331200000000:9223371331200000000:1:0', 'later than any timestamp'), ('w:1:0:-211813488000000001:0:1:0', 'earlier than any'),
             ('i:1:0:1:0:1:0', 'first after last'), ('-:1:0:0:0:1:0', 'orders without a clock'), ('i:0:0:0:0:0:0', 'a clock without orders')) x (bad, why);
SELECT lives_ok(format('SELECT %L::rfm_summary', good), why)
FROM (VALUES ('w:1:0:0:0:99999999999999999999999999999999999999:0', '38 digits'), ('w:1:0:-211813488000000000:9223371331199999999:1:0', 'all of time')) x (good, why);
SELECT throws_ok($$ SELECT rfm_agg(now(), 9e37) FROM generate_series(1, 2) $$, '22003', NULL, 'a sum of 39 digits is refused, as its text would be');
SELECT lives_ok($$ SELECT rfm_agg(now(), 9e37)::text::rfm_summary $$, 'one of 38 is read back');

-- ---- comparing summaries -----------------------------------------------------
SELECT ok('w:1:0:0:0:1.50:0.00'::rfm_summary = 'w:1:0:0:0:1.5:0.0'::rfm_summary AND rfm_summary_hash('w:1:0:0:0:1.50:0.00') = rfm_summary_hash('w:1:0:0:0:1.5:0.0'),
          'how many places a sum is written with does not matter');
CREATE TABLE kept AS
SELECT n, rfm_agg(timestamptz '2024-01-01' + k * interval '1 day', (n + k) % 7 - 1) AS s FROM generate_series(1, 40) n, generate_series(0, n % 4) k GROUP BY n;
INSERT INTO kept SELECT n + 100, s::text::rfm_summary FROM kept;
SELECT is((SELECT count(DISTINCT s) FROM kept), (SELECT count(DISTINCT s::text) FROM kept), 'DISTINCT by sorting');
SELECT is((SELECT count(*) FROM (SELECT s FROM kept GROUP BY s) g), (SELECT count(DISTINCT s::text) FROM kept), 'GROUP BY');
SELECT is_empty('SELECT s FROM kept WHERE n < 100 EXCEPT SELECT s FROM kept WHERE n > 100', 'EXCEPT');
SELECT is((SELECT count(*) FROM kept a JOIN kept b USING (s)), (SELECT count(*) FROM kept a JOIN kept b ON a.s::text = b.s::text), 'joined by hash or merge');
SELECT bool_and((a.s < b.s)::int + (a.s = b.s)::int + (a.s > b.s)::int = 1 AND (a.s <= b.s) = NOT a.s > b.s AND (a.s >= b.s) = NOT a.s < b.s AND (a.s <> b.s) = NOT a.s = b.s
                AND rfm_summary_cmp(a.s, b.s) = -rfm_summary_cmp(b.s, a.s)) AS ordered,
       bool_and(a.s <> b.s OR rfm_summary_hash(a.s) = rfm_summary_hash(b.s) AND rfm_summary_hash_extended(a.s, 5) = rfm_summary_hash_extended(b.s, 5)) AS hashed
FROM kept a, kept b \gset
SELECT ok(:'ordered', 'one of less, equal, greater'), ok(:'hashed', 'equal ones have equal hashes');

SELECT * FROM finish();
ROLLBACK;
