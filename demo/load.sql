-- The tables of the demo: contacts as four systems hold them, real order lines that hang on the contacts' records, and,
-- in a schema of its own that nothing but the measurement reads, the truth about who is who.

-- @tables
CREATE TABLE contact (
    id bigint PRIMARY KEY,
    source text NOT NULL,
    first_name text,
    last_name text,
    company text,
    tax_number text,
    sex text,
    birth_date date,
    email text,
    phone text,
    street text,
    house_number text,
    postcode text,
    city text,
    country text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE TABLE order_line (
    line_id int PRIMARY KEY,
    order_id text NOT NULL,
    ordered_on date NOT NULL,
    contact_id bigint NOT NULL REFERENCES contact,
    product_id text NOT NULL,
    product_name text NOT NULL,
    category text NOT NULL,
    sub_category text NOT NULL,
    sales numeric NOT NULL,
    quantity int NOT NULL,
    discount numeric NOT NULL,
    profit numeric NOT NULL
);
CREATE SCHEMA truth;
CREATE TABLE truth.record (id bigint PRIMARY KEY, person_id bigint NOT NULL, kind text NOT NULL, household_id bigint NOT NULL, errors text);
CREATE TABLE import.customer (customer_id text, contact_id bigint, person_id bigint);
CREATE TABLE import.consent (contact_id bigint, event text, at timestamptz, purpose text, channel text, recipient text,
                             expires_at timestamptz, source text);

-- @orders
-- A customer's orders are spread over his records in turn: the third order came by the web shop, the fourth by telephone.
INSERT INTO order_line
SELECT l.line_id, l.order_id, l.ordered_on, c.contact_id, l.product_id, l.product_name, l.category, l.sub_category,
       l.sales, l.quantity, l.discount, l.profit
FROM (SELECT *, dense_rank() OVER (PARTITION BY customer_id ORDER BY ordered_on, order_id COLLATE "C") - 1 AS nth FROM import.line) l
JOIN (SELECT *, row_number() OVER (PARTITION BY customer_id ORDER BY contact_id) - 1 AS which,
             count(*) OVER (PARTITION BY customer_id) AS records FROM import.customer) c
  ON c.customer_id = l.customer_id AND c.which = l.nth % c.records
ORDER BY l.line_id;
CREATE INDEX ON order_line (contact_id);
ANALYZE;

-- @shown
SELECT to_char(count(*), 'FM999,999,999') AS contacts, string_agg(DISTINCT source, ', ') AS written_by
FROM contact \gset x_
SELECT to_char(count(*), 'FM999,999') AS lines, to_char(count(DISTINCT order_id), 'FM999,999') AS orders,
       to_char(sum(sales), 'FM9,999,999.00') AS revenue, to_char(count(DISTINCT contact_id), 'FM999,999') AS records,
       min(ordered_on) AS first, max(ordered_on) AS last, to_char(count(DISTINCT product_id), 'FM999,999') AS products FROM order_line \gset o_
\echo ''
\echo contact     :x_contacts records by :x_written_by, in eight countries and two scripts
\echo '            (made by tools/gen_contacts, so that the truth about duplicates is known)'
\echo order_line ' ':o_lines lines of :o_orders orders, :o_revenue in revenue, :o_first to :o_last
\echo '            (real: Superstore, 793 customers; each order hangs on one of its customer''s records)'
\echo '            ':o_records records have ordered. But how many people is that?
