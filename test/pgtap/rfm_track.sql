-- rfm_track: whatever happens to the orders, the summaries are those of rfm_agg from scratch.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
SELECT no_plan();

CREATE SCHEMA "the Shop";
CREATE TABLE "the Shop"."Order's" (id int PRIMARY KEY, "who?" bigint, "at" timestamptz, "a%mount" numeric, note text);
SELECT setseed(0.7);
INSERT INTO "the Shop"."Order's"
SELECT i, nullif((random() ^ 2 * 40)::bigint, 7), CASE WHEN random() < 0.05 THEN NULL WHEN random() < 0.05 THEN 'infinity' ELSE timestamptz '2024-01-01' + (random() * 300)::int * interval '1 day' END,
       CASE WHEN random() < 0.05 THEN NULL ELSE round((random() * 60 - 8)::numeric, (random() * 2)::int) END
FROM generate_series(1, 400) i;
SELECT is(rfm_track('"the Shop"."Order''s"', 'who?', 'at', 'a%mount')::text, '"the Shop"."Order''s_rfm"', 'rfm_track names the table it made');
SELECT col_is_pk('the Shop', 'Order''s_rfm', 'customer', 'keyed by customer');
SELECT col_type_is('the Shop', 'Order''s_rfm', 'customer', 'bigint', 'in the customer''s own type');

CREATE VIEW "the Shop".scratch AS
SELECT "who?" AS customer, rfm_agg("at", "a%mount")::text AS summary FROM "the Shop"."Order's"
WHERE "who?" IS NOT NULL GROUP BY 1 HAVING count(*) FILTER (WHERE isfinite("at") AND "a%mount" IS NOT NULL) > 0;
CREATE FUNCTION "the Shop".wrong() RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM (SELECT customer, summary::text FROM "the Shop"."Order's_rfm") a FULL JOIN "the Shop".scratch b USING (customer)
    WHERE a.summary IS DISTINCT FROM b.summary $$;
SELECT cmp_ok((SELECT count(*) FROM "the Shop".scratch), '>', 30::bigint, 'there are customers');
SELECT is("the Shop".wrong(), 0::bigint, 'filled from the orders');

-- random statements, one or several a transaction, some rolled back
CREATE TABLE "the Shop".failed (what text);
DO $$
DECLARE
    n int := 1000; what int;
BEGIN
    FOR step IN 1..300 LOOP
        what := (random() * 9)::int;
        CASE what
            WHEN 0, 1, 2 THEN
                INSERT INTO "the Shop"."Order's" SELECT n + i, (random() ^ 2 * 50)::bigint, timestamptz '2024-01-01' + random() * 300 * interval '1 day',
                    round((random() * 60 - 8)::numeric, (random() * 2)::int) FROM generate_series(1, (random() * 6)::int) i;
            WHEN 3 THEN
                DELETE FROM "the Shop"."Order's" WHERE id % 37 = step % 37;
            WHEN 4 THEN
                UPDATE "the Shop"."Order's" SET "a%mount" = "a%mount" * 2 WHERE id % 41 = step % 41;
            WHEN 5 THEN
                UPDATE "the Shop"."Order's" SET "who?" = nullif("who?" + (random() * 4)::int, 12), "at" = "at" - interval '1 day' WHERE id % 29 = step % 29;
            WHEN 6 THEN
                INSERT INTO "the Shop"."Order's" SELECT i, (random() * 50)::bigint, timestamptz '2024-05-05', 9.9 FROM generate_series(n - 14, n + 4) i
                ON CONFLICT (id) DO UPDATE SET "a%mount" = 5.25, "who?" = excluded."who?";
            WHEN 7 THEN
                WITH gone AS (DELETE FROM "the Shop"."Order's" WHERE id % 31 = step % 31 RETURNING *)
                INSERT INTO "the Shop"."Order's" SELECT id + 100000 + n, "who?", "at", "a%mount" + 1 FROM gone;
            WHEN 8 THEN
                MERGE INTO "the Shop"."Order's" o USING (SELECT generate_series(n - 13, n + 3) AS i) s ON o.id = s.i
                WHEN MATCHED AND s.i % 2 = 0 THEN DELETE
                WHEN MATCHED THEN UPDATE SET "a%mount" = 3
                WHEN NOT MATCHED THEN INSERT VALUES (s.i, s.i % 50, '2024-06-06', -2);
            ELSE
                UPDATE "the Shop"."Order's" SET note = 'seen';
        END CASE;
        n := n + 10;
        IF "the Shop".wrong() > 0 THEN
            INSERT INTO "the Shop".failed VALUES (format('statement %s of kind %s', step, what));
            COMMIT;
            EXIT;
        END IF;
        IF random() < 0.15 THEN
            ROLLBACK;
        ELSIF random() < 0.6 THEN
            COMMIT;
        END IF;
    END LOOP;
END $$;
SELECT is_empty('SELECT * FROM "the Shop".failed', 'random statements: as from scratch after each');
SELECT is("the Shop".wrong(), 0::bigint, 'and after the last transaction');
SELECT cmp_ok((SELECT count(*) FROM "the Shop".scratch), '>', 30::bigint, 'and customers are left');

BEGIN;
CREATE EXTENSION IF NOT EXISTS citext;

-- who may what
CREATE ROLE clt_track_clerk; CREATE ROLE clt_track_owner; CREATE ROLE clt_track_tenant;
GRANT USAGE ON SCHEMA clientele TO PUBLIC;
CREATE SCHEMA s AUTHORIZATION clt_track_owner;
GRANT USAGE ON SCHEMA s TO PUBLIC;
SET ROLE clt_track_owner;
CREATE TABLE s.orders (who int, at timestamptz, amount numeric);
GRANT SELECT, INSERT, UPDATE, DELETE ON s.orders TO clt_track_clerk, clt_track_tenant;
SELECT clientele.rfm_track('s.orders', 'who', 'at', 'amount') \g /dev/null
RESET ROLE;
SELECT table_owner_is('s', 'orders_rfm', 'clt_track_owner', 'the table belongs to who asked for it');
CREATE FUNCTION pg_temp.as_role(who name, stmt text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('role', who, true);
    EXECUTE stmt;
    PERFORM set_config('role', 'none', true);
    RETURN 'ok';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
SELECT is(pg_temp.as_role('clt_track_clerk', 'INSERT INTO s.orders VALUES (1, now(), 5)'), '42501 permission denied for table orders_rfm', 'who writes orders needs rights on the summaries');
GRANT SELECT, INSERT, UPDATE, DELETE ON s.orders_rfm TO clt_track_clerk, clt_track_tenant;
SELECT is(pg_temp.as_role('clt_track_clerk', 'INSERT INTO s.orders VALUES (1, now(), 5), (1, now(), 6), (2, now(), 6)'), 'ok', 'and with them writes');
ALTER TABLE s.orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON s.orders TO clt_track_tenant USING (amount < 10);
SELECT is(pg_temp.as_role('clt_track_tenant', 'INSERT INTO s.orders VALUES (1, now(), 9)'), 'ok', 'row security does not stand in the way of an insert');
SELECT is(left(pg_temp.as_role('clt_track_tenant', 'DELETE FROM s.orders WHERE amount = 9'), 5), '42501', 'but of a count of half the orders');
ALTER TABLE s.orders DISABLE ROW LEVEL SECURITY;
SELECT is(pg_temp.as_role('clt_track_clerk', 'DELETE FROM s.orders WHERE amount = 5'), 'ok', 'who sees all orders deletes');
SELECT results_eq($$ SELECT customer, summary::text FROM s.orders_rfm ORDER BY 1 $$, $$ SELECT who, rfm_agg(at, amount)::text FROM s.orders GROUP BY 1 ORDER BY 1 $$, 'nothing is lost');

-- scores are those of rfm()
SELECT set_eq($$ SELECT * FROM rfm_tracked('"the Shop"."Order''s"', '2025-06-01') $$,
    $$ SELECT * FROM rfm('"the Shop"."Order''s"', 'who?', 'at', 'a%mount', '2025-06-01') $$, 'rfm_tracked says what rfm says');
SELECT set_eq(format($$ SELECT * FROM rfm_tracked('"the Shop"."Order''s"', '2025-06-01', 4, NULL, %L, %L) $$, rule, nested),
    format($$ SELECT * FROM rfm('"the Shop"."Order''s"', 'who?', 'at', 'a%%mount', '2025-06-01', 4, NULL, %L, %L) $$, rule, nested),
    format('rule %s, nested %s', rule, nested))
FROM unnest(ARRAY['low', 'high', 'disc', 'r', 'ntile']) rule, unnest(ARRAY[false, true]) nested;
SELECT set_eq($$ SELECT * FROM rfm_tracked('"the Shop"."Order''s"', '2025-06-01', cuts => rfm_bins('{30,90,180,365}', '{2,3,5,10}', '{50,100,250,1000}')) $$,
    $$ SELECT * FROM rfm('"the Shop"."Order''s"', 'who?', 'at', 'a%mount', '2025-06-01', cuts => rfm_bins('{30,90,180,365}', '{2,3,5,10}', '{50,100,250,1000}')) $$,
    'with cut points');
SELECT throws_ok($$ SELECT * FROM rfm_tracked('"the Shop"."Order''s"', '2024-03-01') $$, '22023', 'rfm_summary holds orders later than as_of', 'no look back');
SELECT throws_ok($$ SELECT * FROM rfm_tracked('"the Shop"."Order''s"', '2025-06-01', 4, 'ten') $$, '22023', 'scheme "ten" is for 5 bins, not 4', 'scheme and bins');
SELECT is_empty($$ SELECT FROM rfm_tracked('"the Shop"."Order''s"', '2025-06-01', 4) WHERE segment IS NOT NULL $$, 'four bins and no scheme: no segments');
SELECT throws_ok($$ SELECT * FROM rfm_tracked('"the Shop"."Order''s"', '2025-06-01', scheme => 'none') $$, '42704', NULL, 'no such scheme');
SELECT throws_ok($$ SELECT rfm_track('"the Shop"."Order''s"', 'who?', 'at', 'a%mount') $$, '42710', NULL, 'not twice');
SELECT throws_ok($$ INSERT INTO "the Shop"."Order's" VALUES (-1, 1, now(), 'NaN') $$, '22003', NULL, 'an amount that cannot be summed is refused');

-- a trigger of the shop's own that changes and deletes what was just inserted
CREATE FUNCTION tax() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE "the Shop"."Order's" SET "a%mount" = "a%mount" * 1.2 WHERE id = NEW.id;
    DELETE FROM "the Shop"."Order's" WHERE "who?" = 3;
    RETURN NULL;
END $$;
CREATE TRIGGER tax AFTER INSERT ON "the Shop"."Order's" FOR EACH ROW EXECUTE FUNCTION tax();
INSERT INTO "the Shop"."Order's" SELECT -i, i % 9, '2024-02-02', 10.5 FROM generate_series(1, 30) i;
SELECT is("the Shop".wrong(), 0::bigint, 'orders changed by a trigger of the table');
DROP TRIGGER tax ON "the Shop"."Order's";

TRUNCATE "the Shop"."Order's";
SELECT is_empty($$ SELECT * FROM "the Shop"."Order's_rfm" $$, 'TRUNCATE leaves nothing');
INSERT INTO "the Shop"."Order's" VALUES (1, 1, '2024-01-01', 5), (2, NULL, '2024-01-01', 5), (3, 2, NULL, 5), (4, 2, '2024-01-01', NULL), (5, 3, '-infinity', 4);
SELECT results_eq($$ SELECT customer, summary::text FROM "the Shop"."Order's_rfm" $$, $$ SELECT * FROM "the Shop".scratch $$, 'NULLs and infinite times are left out');
SELECT is((SELECT count(*) FROM "the Shop"."Order's_rfm"), 1::bigint, 'one customer');
UPDATE "the Shop"."Order's" SET "who?" = NULL;
SELECT is_empty($$ SELECT * FROM "the Shop"."Order's_rfm" $$, 'orders that lose their customer');

SELECT lives_ok($$ SELECT rfm_untrack('"the Shop"."Order''s"') $$, 'rfm_untrack');
SELECT hasnt_table('the Shop', 'Order''s_rfm', 'the table is gone');
SELECT hasnt_trigger('the Shop', 'Order''s', 'clientele_rfm_insert', 'and the triggers');
SELECT throws_ok($$ SELECT rfm_untrack('"the Shop"."Order''s"') $$, '42704', NULL, 'nothing to end twice');
SELECT throws_ok($$ SELECT * FROM rfm_tracked('"the Shop"."Order''s"') $$, '42704', NULL, 'nothing to read');

-- customers whose equality is not that of their text; a wall clock; whole amounts
CREATE TABLE visit (who citext, at date, amount int);
INSERT INTO visit VALUES ('Ana', '2024-01-01', 5), ('ANA', '2024-01-02', 6), ('Jova', '2024-01-01', 1);
SELECT is(rfm_track('visit', 'who', 'at', 'amount', 'seen')::text, 'seen', 'a name of one''s own');
INSERT INTO visit VALUES ('aNA', '2024-01-03', 7);
DELETE FROM visit WHERE at = '2024-01-02';
UPDATE visit SET amount = 2 WHERE who = 'jova';
SELECT results_eq($$ SELECT customer::text, monetary(summary), frequency(summary) FROM seen ORDER BY customer $$,
    $$ VALUES ('Ana', 12::numeric, 2::bigint), ('Jova', 2, 1) $$, 'citext');

-- partitions, rows moving between them
CREATE TABLE part (who int, at timestamptz, amount numeric) PARTITION BY RANGE (at);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
CREATE TABLE part_2 PARTITION OF part FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');
SELECT lives_ok($$ SELECT rfm_track('part', 'who', 'at', 'amount') $$, 'a partitioned table');
INSERT INTO part SELECT i % 5, timestamptz '2024-01-01' + i * interval '1 day', i FROM generate_series(0, 50) i;
UPDATE part SET at = at + interval '20 days' WHERE at < '2024-02-05';
DELETE FROM part WHERE at > '2024-02-15';
SELECT results_eq($$ SELECT customer, summary::text FROM part_rfm ORDER BY 1 $$, $$ SELECT who, rfm_agg(at, amount)::text FROM part GROUP BY 1 ORDER BY 1 $$, 'is followed');
SELECT throws_ok($$ SELECT rfm_track('part_1', 'who', 'at', 'amount') $$, '42809', NULL, 'a partition by itself is not');
CREATE VIEW v AS SELECT * FROM visit;
SELECT throws_ok($$ SELECT rfm_track('v', 'who', 'at', 'amount') $$, '42809', NULL, 'nor is a view');
SELECT throws_ok($$ SELECT rfm_track('part', NULL, 'at', 'amount') $$, '22004', NULL, 'NULL');

-- plans are kept for the session: the tables may change under them
CREATE TABLE moved (id int PRIMARY KEY, who int, at timestamptz, amount int);
CREATE FUNCTION pg_temp.moved_as_counted() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    orders regclass := (SELECT oid FROM pg_class WHERE relkind = 'r' AND relname LIKE 'moved%' AND relname NOT LIKE '%rfm');
    wrong bigint;
BEGIN
    EXECUTE format('SELECT count(*) FROM %s s FULL JOIN (SELECT who AS customer, clientele.rfm_agg(at, amount) AS summary FROM %s GROUP BY who) o USING (customer)
                    WHERE s.summary IS DISTINCT FROM o.summary', (clientele.rfm_tracking(orders)).summaries, orders) INTO wrong;
    RETURN wrong = 0;
END $$;
SELECT rfm_track('moved', 'who', 'at', 'amount') \g /dev/null
INSERT INTO moved VALUES (1, 1, '2024-01-01', 5);
INSERT INTO moved VALUES (2, 1, '2024-01-02', 5);
ALTER TABLE moved ALTER amount TYPE numeric USING amount + 0.5;
INSERT INTO moved VALUES (3, 1, '2024-01-03', 0.25);
UPDATE moved SET amount = amount + 0.25 WHERE id = 1;
SELECT ok(pg_temp.moved_as_counted(), 'another type of amount');
ALTER TABLE moved ADD note text; ALTER TABLE moved DROP COLUMN id; ALTER TABLE moved ADD id int; UPDATE moved SET id = 9;
INSERT INTO moved VALUES (1, '2024-01-04', 7);
DELETE FROM moved WHERE at = '2024-01-02';
SELECT ok(pg_temp.moved_as_counted(), 'columns come and go');
ALTER TABLE moved ALTER who TYPE bigint; ALTER TABLE moved_rfm ALTER customer TYPE bigint;
INSERT INTO moved VALUES (5000000000, '2024-01-05', 7);
DELETE FROM moved WHERE at = '2024-01-04';
SELECT ok(pg_temp.moved_as_counted(), 'another type of customer');
ALTER TABLE moved RENAME TO moved_on;
UPDATE moved_on SET amount = 3 WHERE who > 1;
INSERT INTO moved_on VALUES (1, '2024-01-06', 7);
SELECT ok(pg_temp.moved_as_counted(), 'another name');
CREATE TABLE moved (who int, at timestamptz, amount int); -- of another shop: not to be counted
ALTER TABLE moved RENAME TO elsewhere;
ALTER TABLE moved_on SET SCHEMA s; ALTER TABLE moved_rfm SET SCHEMA s;
INSERT INTO s.moved_on VALUES (2, '2024-01-06', 7);
DELETE FROM s.moved_on WHERE who = 5000000000;
SELECT ok(pg_temp.moved_as_counted(), 'another schema');
CREATE OR REPLACE TRIGGER clientele_rfm_insert AFTER INSERT ON s.moved_on REFERENCING NEW TABLE AS new_orders FOR EACH STATEMENT
EXECUTE FUNCTION rfm_follow_orders('{"summaries": "moved_rfm", "customer": "who", "at": "at", "amount": "id"}');
INSERT INTO s.moved_on (who, at, amount, id) VALUES (77, '2024-01-06', 7, 12);
SELECT is((SELECT monetary(summary) FROM s.moved_rfm WHERE customer = 77), 12::numeric, 'other arguments');
SAVEPOINT gone;
ALTER TABLE s.moved_on DROP COLUMN id;
SELECT throws_ok($$ INSERT INTO s.moved_on VALUES (1, '2024-01-07', 7) $$, '42703', NULL, 'a column that is gone');
ROLLBACK TO gone;
INSERT INTO s.moved_on (who, at, amount, id) VALUES (78, '2024-01-06', 1, 13);
SELECT is((SELECT monetary(summary) FROM s.moved_rfm WHERE customer = 78), 13::numeric, 'and back again');
SELECT rfm_untrack('s.moved_on') \g /dev/null
SELECT rfm_track('s.moved_on', 'who', 'at', 'amount') \g /dev/null
INSERT INTO s.moved_on VALUES (79, '2024-01-06', 13);
SELECT ok(pg_temp.moved_as_counted(), 'tracked again');

-- a statement that changes nothing counts nothing, and what comes after it is added
CREATE TABLE once (id int PRIMARY KEY, who int, at date, amount int);
SELECT rfm_track('once', 'who', 'at', 'amount') \g /dev/null
INSERT INTO once VALUES (1, 1, '2024-01-01', 5) ON CONFLICT (id) DO UPDATE SET amount = 100;
INSERT INTO once VALUES (1, 1, '2024-01-01', 5), (2, 1, '2024-01-02', 6) ON CONFLICT (id) DO UPDATE SET amount = 100;
UPDATE once SET amount = 0 WHERE false;
INSERT INTO once SELECT i, i % 3, '2024-01-03', i FROM generate_series(3, 300) i ON CONFLICT (id) DO UPDATE SET amount = 100;
SELECT results_eq($$ SELECT customer, summary::text FROM once_rfm ORDER BY 1 $$, $$ SELECT who, rfm_agg(at, amount)::text FROM once GROUP BY 1 ORDER BY 1 $$, 'upserts');

-- the trigger function is for those triggers only
SELECT throws_ok($$ SELECT rfm_follow_orders() $$, '39P01', NULL, 'not by hand');
CREATE TRIGGER mine AFTER INSERT ON once FOR EACH ROW EXECUTE FUNCTION rfm_follow_orders('{}');
SELECT throws_ok($$ INSERT INTO once VALUES (1000, 1, '2024-01-01', 1) $$, '39P01', NULL, 'nor for each row');
DROP TRIGGER mine ON once;
CREATE TRIGGER mine AFTER INSERT ON once FOR EACH STATEMENT EXECUTE FUNCTION rfm_follow_orders();
SELECT throws_ok($$ INSERT INTO once VALUES (1000, 1, '2024-01-01', 1) $$, '39P01', NULL, 'nor without arguments');

SELECT * FROM finish();
ROLLBACK;
DROP SCHEMA "the Shop" CASCADE;
