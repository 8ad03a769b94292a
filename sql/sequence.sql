-- sequence: a first look, complaints, and the stored format.
SET search_path = clientele, public;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
CREATE TABLE bought (customer int, at timestamptz, item text);
INSERT INTO bought VALUES
  (1, '2024-01-01', 'printer'), (1, '2024-01-10', 'ink'), (1, '2024-02-10', 'ink'), (1, '2024-03-10', 'ink'),
  (2, '2024-01-05', 'printer'), (2, '2024-01-25', 'ink'), (2, '2024-03-01', 'paper'),
  (3, '2024-02-01', 'printer'), (3, '2024-03-12', 'ink'), (4, '2024-03-12', 'printer');
SELECT antecedent, consequent, sequence_count, followed_count, followed_sequence_count, confidence, gap_median
FROM sequence_rules((SELECT sequence_agg(customer, at, item, interval '30 days') FROM bought), NULL::text) ORDER BY 1, 2;
SELECT * FROM repeat_purchases((SELECT sequence_agg(customer, at, item, interval '30 days') FROM bought), NULL::text);
SELECT * FROM running_low((SELECT sequence_agg(customer, at, item, interval '30 days') FROM bought), NULL::int, NULL::text) ORDER BY 1, 2;

-- the text form, and the bytes of the binary one
SELECT sequence_agg(customer, at, item, interval '30 days') FROM bought;
SELECT encode(item_sequence_send(sequence_agg(customer, at, item, interval '30 days')), 'hex') FROM bought;
SELECT s::text = s::text::item_sequence::text FROM (SELECT sequence_agg(customer, at, item, interval '30 days') s FROM bought) q;

-- complaints
SELECT ''::item_sequence;
SELECT * FROM sequence_rules((SELECT sequence_agg(customer, at, item, interval '30 days') FROM bought), NULL::int);
SELECT sequence_agg(customer, at, item, interval '-1 day') FROM bought;
SELECT rollup(s) FROM (SELECT sequence_agg(customer, at, item, make_interval(days => customer)) s FROM bought GROUP BY customer) q;
DROP TABLE bought;
