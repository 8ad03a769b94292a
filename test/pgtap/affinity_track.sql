-- affinity_track and affinity_refresh: whatever happens to the lines, the states are those of affinity_agg from scratch, and no more is done than needed.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
SELECT no_plan();

CREATE SCHEMA "the Shop";
CREATE TABLE "the Shop"."Line's" (id int PRIMARY KEY, "order?" bigint, "pro%duct" text, "at" timestamptz, n numeric, money numeric, note text);
SELECT setseed(0.3);
INSERT INTO "the Shop"."Line's"
SELECT i, nullif(i / 4, 9), nullif('p' || (random() * 9)::int, 'p7'), CASE WHEN random() < 0.03 THEN NULL WHEN random() < 0.03 THEN 'infinity' ELSE timestamptz '2024-03-25' + i * interval '23 minutes' END, (random() * 4 - 1)::int, i
FROM generate_series(1, 600) i;
SELECT is(affinity_track('"the Shop"."Line''s"', 'order?', 'pro%duct', 'at', 'n', 'money', time_zone => 'Europe/Belgrade')::text, '"the Shop"."Line''s_affinity"', 'affinity_track names the table it made');
SELECT is_empty('SELECT * FROM "the Shop"."Line''s_affinity"', 'which is empty');
SELECT lives_ok($$ CALL affinity_refresh('"the Shop"."Line''s"') $$, 'until it is refreshed');
CREATE VIEW "the Shop".scratch AS
SELECT ("at" AT TIME ZONE 'Europe/Belgrade')::date AS period, affinity_agg("order?", "pro%duct", n, money) AS state
FROM "the Shop"."Line's" WHERE isfinite("at") GROUP BY 1;
CREATE FUNCTION "the Shop".wrong() RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM "the Shop"."Line's_affinity" a FULL JOIN (SELECT * FROM "the Shop".scratch WHERE state IS NOT NULL) b USING (period) WHERE a.state::text IS DISTINCT FROM b.state::text $$;
SELECT cmp_ok((SELECT count(*) FROM "the Shop".scratch), '>', 8::bigint, 'there are days');
SELECT is("the Shop".wrong(), 0::bigint, 'a state a day, of the given time zone');

-- random statements, some rolled back, refreshed now and then, in sessions of other time zones
CREATE TABLE "the Shop".failed (what text);
DO $$
DECLARE
    k int := 1000; what int; done text := '';
BEGIN
    FOR step IN 1..120 LOOP
        what := (random() * 6)::int;
        PERFORM set_config('TimeZone', (ARRAY['UTC', 'Asia/Tokyo', 'America/Los_Angeles'])[1 + step % 3], false);
        CASE what
            WHEN 0, 1 THEN
                INSERT INTO "the Shop"."Line's" SELECT k + i, (random() * 150)::int, 'p' || (random() * 9)::int, timestamptz '2024-03-25' + random() * 12 * interval '1 day', 1, 2 FROM generate_series(1, (random() * 5)::int) i;
            WHEN 2 THEN DELETE FROM "the Shop"."Line's" WHERE id % 53 = step % 53;
            WHEN 3 THEN UPDATE "the Shop"."Line's" SET "at" = "at" + interval '1 day' WHERE id % 41 = step % 41;
            WHEN 4 THEN
                INSERT INTO "the Shop"."Line's" SELECT i, 5, 'px', timestamptz '2024-04-10', 1, 1 FROM generate_series(k - 14, k + 4) i
                ON CONFLICT (id) DO UPDATE SET n = 3, "pro%duct" = excluded."pro%duct";
            WHEN 5 THEN DELETE FROM "the Shop"."Line's" WHERE "at"::date = date '2024-03-25' + step % 15;
            ELSE UPDATE "the Shop"."Line's" SET note = 'seen';
        END CASE;
        done := done || what;
        k := k + 10;
        IF random() < 0.4 THEN
            CALL affinity_refresh('"the Shop"."Line''s"');
            IF "the Shop".wrong() > 0 THEN
                INSERT INTO "the Shop".failed VALUES (format('after %s', done));
                COMMIT;
                EXIT;
            END IF;
        END IF;
        IF random() < 0.3 THEN ROLLBACK; ELSIF random() < 0.7 THEN COMMIT; END IF;
    END LOOP;
END $$;
SET TimeZone = 'UTC';
SELECT is_empty('SELECT * FROM "the Shop".failed', 'random statements: as from scratch after each refresh');
CALL affinity_refresh('"the Shop"."Line''s"');
SELECT is("the Shop".wrong(), 0::bigint, 'and after the last');
SELECT cmp_ok((SELECT count(*) FROM "the Shop"."Line's_affinity"), '>', 5::bigint, 'and days are left');
SELECT is((SELECT rollup(state)::text FROM "the Shop"."Line's_affinity"), (SELECT affinity_agg("order?", "pro%duct", n, money)::text FROM "the Shop"."Line's" WHERE isfinite("at")), 'the days roll up to the whole');

BEGIN;
CREATE TEMP TABLE other (basket int, item int, at date);
CREATE EXTENSION IF NOT EXISTS citext;
-- only what changed is done again
CREATE TABLE line (basket int, item citext, at date, note text) PARTITION BY RANGE (at);
CREATE TABLE line_1 PARTITION OF line FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
CREATE TABLE line_2 PARTITION OF line FOR VALUES FROM ('2024-02-01') TO ('2024-04-01');
INSERT INTO line SELECT i / 3, 'Item' || i % 5, date '2024-01-20' + i % 30 FROM generate_series(1, 300) i;
SELECT is(affinity_track('line', 'basket', 'item', 'at')::text, 'line_affinity', 'a partitioned table');
CALL affinity_refresh('line');
SELECT is((SELECT count(*) FROM line_affinity), 30::bigint, 'thirty days');
CREATE FUNCTION pg_temp.refreshed(change text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE days text;
BEGIN
    UPDATE line_affinity SET refreshed_at = '2000-01-01';
    EXECUTE change;
    CALL affinity_refresh('line');
    SELECT string_agg(period::text, ' ' ORDER BY period) INTO days FROM line_affinity WHERE refreshed_at > '2000-01-01';
    RETURN days;
END $$;
SELECT is(pg_temp.refreshed(change), days, change) FROM (VALUES
    ('SELECT 1', NULL),
    ($$ INSERT INTO line VALUES (1, 'late', '2024-01-21'), (1, 'late', '2024-02-03') $$, '2024-01-21 2024-02-03'),
    ($$ UPDATE line SET note = 'x', item = item $$, NULL),
    ($$ UPDATE line SET item = upper(item::text) WHERE at = '2024-01-25' $$, '2024-01-25'),
    ($$ UPDATE line SET at = '2024-02-02' WHERE at = '2024-01-26' $$, '2024-02-02'),
    ($$ DELETE FROM line WHERE item = 'LATE' $$, '2024-01-21 2024-02-03'),
    ($$ INSERT INTO line VALUES (NULL, 'x', '2024-03-01') $$, NULL)) v(change, days);
SELECT ok(NOT EXISTS (SELECT FROM line_affinity WHERE period = '2024-01-26'), 'a day that lost its lines is gone');
SELECT is((SELECT rollup(state)::text FROM line_affinity), (SELECT affinity_agg(basket, item)::text FROM line), 'citext: as from scratch');
SELECT set_eq($$ SELECT antecedent, consequent, pair_count FROM affinity_pairs((SELECT rollup(state) FROM line_affinity WHERE period < '2024-02-01'), NULL::citext) $$,
    $$ SELECT antecedent, consequent, pair_count FROM affinity_pairs((SELECT affinity_agg(basket, item) FROM line WHERE at < '2024-02-01'), NULL::citext) $$, 'the month from its days');
INSERT INTO line_1 VALUES (7, 'aside', '2024-01-22');
CALL affinity_refresh('line');
SELECT isnt((SELECT rollup(state)::text FROM line_affinity), (SELECT affinity_agg(basket, item)::text FROM line), 'what is written to a partition by its own name is not seen');
CALL affinity_refresh('line', ARRAY['2024-01-22']::date[]);
SELECT is((SELECT rollup(state)::text FROM line_affinity), (SELECT affinity_agg(basket, item)::text FROM line), 'but its day can be named');
TRUNCATE line;
CALL affinity_refresh('line');
SELECT is_empty('SELECT * FROM line_affinity', 'TRUNCATE leaves nothing');
INSERT INTO line VALUES (1, 'a', '2024-01-05'), (1, 'b', '2024-01-05');
SAVEPOINT s;
INSERT INTO line VALUES (1, 'c', '2024-01-06');
CALL affinity_refresh('line');
SELECT is((SELECT count(*) FROM line_affinity), 2::bigint, 'in the transaction that wrote');
ROLLBACK TO s;
CALL affinity_refresh('line');
SELECT is((SELECT string_agg(period::text, ' ') FROM line_affinity), '2024-01-05', 'and what was rolled back is not there');

-- months
CREATE TABLE monthly (basket text, item uuid, at timestamp, price money);
INSERT INTO monthly SELECT 'b' || i / 2, md5((i % 5)::text)::uuid, timestamp '2023-12-31 12:00' + i * interval '1 hour' FROM generate_series(1, 2000) i;
SELECT is(affinity_track('monthly', 'basket', 'item', 'at', period => 'month', states => 'my states')::text, '"my states"', 'a name of one''s own');
CALL affinity_refresh('monthly');
SELECT set_eq('SELECT period, state::text FROM "my states"', $$ SELECT date_trunc('month', at)::date, affinity_agg(basket, item)::text FROM monthly GROUP BY 1 $$, 'a state a month');

-- who may what
CREATE ROLE clt_affinity_clerk;
GRANT USAGE ON SCHEMA clientele TO clt_affinity_clerk;
GRANT SELECT, INSERT, UPDATE, DELETE ON line TO clt_affinity_clerk;
CREATE FUNCTION pg_temp.as_clerk(stmt text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    SET LOCAL ROLE clt_affinity_clerk;
    EXECUTE stmt;
    RESET ROLE;
    RETURN 'ok';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
SELECT is(pg_temp.as_clerk($$ INSERT INTO line VALUES (2, 'a', '2024-01-05') $$), '42501 permission denied for table line_affinity_changed', 'who writes lines needs the right to note it');
GRANT INSERT ON line_affinity_changed TO clt_affinity_clerk;
SELECT is(pg_temp.as_clerk($$ INSERT INTO line VALUES (2, 'a', '2024-01-05') $$), 'ok', 'and no more than that');
SELECT is(left(pg_temp.as_clerk($$ CALL clientele.affinity_refresh('line') $$), 5), '42501', 'but does not refresh');

-- complaints
CREATE VIEW v AS SELECT * FROM line;
SELECT throws_ok(q, code, NULL, q) FROM (VALUES
    ($$ SELECT affinity_track('line', 'basket', 'item', 'at') $$, '42710'),
    ($$ SELECT affinity_track('line_1', 'basket', 'item', 'at') $$, '42809'),
    ($$ SELECT affinity_track('v', 'basket', 'item', 'at') $$, '42809'),
    ($$ SELECT affinity_track('pg_class', NULL, 'item', 'at') $$, '22004'),
    ($$ SELECT affinity_track('pg_temp.other', 'basket', 'item', 'day') $$, '42703'),
    ($$ SELECT affinity_track('pg_temp.other', 'basket', 'item', 'basket') $$, '42804'),
    ($$ SELECT affinity_track('pg_temp.other', 'basket', 'item', 'at', period => 'hour') $$, '22023'),
    ($$ SELECT affinity_track('pg_temp.other', 'basket', 'item', 'at', revenue => 'item') $$, '22023'),
    ($$ SELECT affinity_track('pg_temp.other', 'basket', 'item', 'at', time_zone => 'UTC') $$, '22023'),
    ($$ CALL affinity_refresh('pg_temp.other') $$, '42704'),
    ($$ CALL affinity_refresh(NULL) $$, '22004'),
    ($$ SELECT affinity_untrack('pg_temp.other') $$, '42704')) w(q, code);
SELECT lives_ok($$ SELECT affinity_untrack('line') $$, 'affinity_untrack');
SELECT hasnt_table('line_affinity', 'the states are gone');
SELECT hasnt_table('line_affinity_changed', 'and the notes');
SELECT hasnt_trigger('line', 'clientele_affinity_insert', 'and the triggers');

SELECT * FROM finish();
ROLLBACK;
DROP SCHEMA "the Shop" CASCADE;
