-- rfm() reads heap pages itself: it must see what a query sees, whatever the rows look like and whoever wrote them.
BEGIN;
SET TimeZone = 'UTC';
SELECT no_plan();

CREATE FUNCTION same_as_query(orders text, why text, customer text DEFAULT 'customer') RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE OR REPLACE TEMP VIEW by_query AS SELECT %I AS customer, at, amount FROM %s', customer, orders);
    RETURN NEXT ok((SELECT count(*) FROM rfm(orders::regclass, customer, 'at', 'amount', '2024-06-01')) > 0, why || ': there are rows');
    RETURN NEXT bag_eq(format('SELECT * FROM rfm(%L, %L, ''at'', ''amount'', ''2024-06-01'')', orders, customer),
                       $q$ SELECT * FROM rfm('by_query', 'customer', 'at', 'amount', '2024-06-01') $q$, why);
    EXECUTE 'DROP VIEW by_query';
END $$;

-- every size of numeric, signs, places, short and long headers
CREATE TABLE plain (id int, customer int, at timestamptz, amount numeric);
INSERT INTO plain
SELECT n, n % 97, timestamptz '2024-01-01' + n * interval '3 hours',
       (ARRAY[0, 0.00, 1, -1, 10, 10.00, 100000, 9999, 10000, 0.0001, 0.00012, -12.5, 12.345, 1234.5678, 99999999.99, 123456789012,
              1234567890123456789, 1e20, 1e-9, -1e20, 0.1234567, 1000000.000000, 0.10, 5000, 50000000, 0.5, 7e6])[1 + n % 27]
FROM generate_series(1, 3000) n;
SELECT same_as_query('plain', 'a plain table');
UPDATE plain SET at = NULL WHERE id % 13 = 0;
UPDATE plain SET customer = NULL WHERE id % 17 = 0;
UPDATE plain SET amount = NULL WHERE id % 19 = 0;
SELECT same_as_query('plain', 'with NULLs');
DELETE FROM plain WHERE id % 5 = 0;
SELECT same_as_query('plain', 'deleted and updated in this transaction');
SAVEPOINT a;
INSERT INTO plain SELECT 1, 1, '2024-05-30', 1 FROM generate_series(1, 100);
ROLLBACK TO a;
SELECT same_as_query('plain', 'rolled back');
ALTER TABLE plain ADD COLUMN note text DEFAULT 'x';
SELECT same_as_query('plain', 'a column after ours');
ALTER TABLE plain DROP COLUMN id;
SELECT same_as_query('plain', 'a column before ours is dropped');
INSERT INTO plain (customer, at, amount) SELECT n, '2024-05-01', 3 FROM generate_series(1, 50) n;
SELECT same_as_query('plain', 'and rows written since then');

-- columns that old rows do not have
CREATE TABLE later (customer smallint, at date);
INSERT INTO later SELECT n % 11, date '2024-01-01' + n FROM generate_series(1, 100) n;
ALTER TABLE later ADD COLUMN amount numeric(12,2) DEFAULT 12.50;
INSERT INTO later SELECT n % 7, date '2024-02-01' + n, n FROM generate_series(1, 100) n;
SELECT same_as_query('later', 'old rows without the amount');

-- columns of varying length before, between and after ours
CREATE TABLE varying (customer text, filler text, at timestamp, amount float8, tail text);
INSERT INTO varying
SELECT 'c' || n % 31, repeat('x', n % 200), timestamp '2024-01-01' + n * interval '1 hour', n % 10 + 0.25, NULLIF(repeat('y', n % 5), '')
FROM generate_series(1, 2000) n;
SELECT same_as_query('varying', 'text before ours');
CREATE TABLE swapped (amount numeric, customer uuid, at timestamptz);
INSERT INTO swapped
SELECT n % 50 - 2.5, md5((n % 41)::text)::uuid, timestamptz '2024-01-01' + n * interval '2 hours' FROM generate_series(1, 2000) n;
SELECT same_as_query('swapped', 'the amount first');
CREATE TABLE odd (flag bool, customer bigint, small "char", at timestamptz, amount smallint);
INSERT INTO odd SELECT n % 2 = 0, n % 23, 'a', timestamptz '2024-01-01' + n * interval '1 hour', n % 300 FROM generate_series(1, 2000) n;
SELECT same_as_query('odd', 'fixed lengths and padding');

-- a long numeric, out of line
CREATE TABLE wide (customer text, at timestamptz, amount numeric);
ALTER TABLE wide ALTER customer SET STORAGE external;
INSERT INTO wide SELECT repeat(chr(65 + n % 5), 5000), timestamptz '2024-01-01' + n * interval '1 day', n FROM generate_series(1, 40) n;
SELECT same_as_query('wide', 'customers out of line');

-- other tables that are heaps
CREATE TEMP TABLE here AS SELECT * FROM swapped;
SELECT same_as_query('here', 'temporary');
CREATE UNLOGGED TABLE unlogged AS SELECT * FROM swapped;
SELECT same_as_query('unlogged', 'unlogged');
CREATE MATERIALIZED VIEW frozen AS SELECT * FROM swapped;
SELECT same_as_query('frozen', 'materialised');
CREATE ACCESS METHOD another_heap TYPE TABLE HANDLER heap_tableam_handler;
CREATE TABLE of_another (customer int, at timestamptz, amount int) USING another_heap;
INSERT INTO of_another SELECT n % 9, timestamptz '2024-01-01' + n * interval '1 day', n FROM generate_series(1, 100) n;
SELECT same_as_query('of_another', 'under another name of the access method');

-- an older snapshot
CREATE FUNCTION count_orders() RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT sum(frequency)::bigint FROM rfm('of_another', 'customer', 'at', 'amount', '2024-06-01') $$;
CREATE FUNCTION count_while_writing(OUT before bigint, OUT meanwhile bigint, OUT later bigint) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    c CURSOR FOR SELECT sum(frequency) FROM rfm('of_another', 'customer', 'at', 'amount', '2024-06-01');
BEGIN
    before := count_orders();
    OPEN c;
    INSERT INTO of_another VALUES (1, '2024-02-02', 1);
    DELETE FROM of_another WHERE customer = 2;
    FETCH c INTO meanwhile;
    CLOSE c;
    later := (SELECT count(*) FROM of_another);
END $$;
SELECT is((SELECT before = meanwhile AND later <> before FROM count_while_writing()), true, 'the snapshot of the statement decides');

SELECT * FROM finish();
ROLLBACK;
