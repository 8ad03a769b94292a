-- Linkage: how good is the result? The truth is known here because the contacts are made; see doc/linkage.md for
-- what to do where it is not.

-- @result
CREATE VIEW truth.quality AS
WITH found AS (SELECT person_id, count(*) AS n FROM contact_person GROUP BY 1),
     really AS (SELECT person_id, count(*) AS n FROM truth.record GROUP BY 1),
     both_say AS (SELECT count(*) AS n FROM contact_person c JOIN truth.record t ON t.id = c.record_key GROUP BY c.person_id, t.person_id),
     pairs AS (SELECT (SELECT sum(n * (n - 1) / 2) FROM found) AS found, (SELECT sum(n * (n - 1) / 2) FROM really) AS really,
                      (SELECT sum(n * (n - 1) / 2) FROM both_say) AS right)
SELECT (SELECT sum(n) FROM found) AS records, (SELECT count(*) FROM found) AS persons, (SELECT count(*) FROM really) AS true_persons,
       p.found AS pairs, p.really AS true_pairs, p.right AS right_pairs, p.right / p.found AS precision, p.right / p.really AS recall,
       2 * p.right / (p.found + p.really) AS f1
FROM pairs p;

SELECT to_char(records, 'FM999,999,999') AS records, to_char(persons, 'FM999,999,999') AS persons,
       to_char(true_persons, 'FM999,999,999') AS truly, to_char(pairs, 'FM999,999,999') AS "pairs joined",
       to_char(right_pairs, 'FM999,999,999') AS right, to_char(true_pairs, 'FM999,999,999') AS "true ones",
       round(precision, 4) AS precision, round(recall, 4) AS recall, round(f1, 4) AS "F1"
FROM truth.quality;


-- Where it went wrong: pairs joined that are not one person, and true ones that were missed.
WITH joined AS (
    SELECT x.household_id = y.household_id AS house
    FROM contact_person a JOIN contact_person b ON b.person_id = a.person_id AND b.record_key > a.record_key
    JOIN truth.record x ON x.id = a.record_key JOIN truth.record y ON y.id = b.record_key
    WHERE x.person_id <> y.person_id)
SELECT to_char(count(*), 'FM999,999') AS wrong, to_char(count(*) FILTER (WHERE house), 'FM999,999') AS house FROM joined \gset
WITH missed AS (
    SELECT concat_ws(' ', x.errors, y.errors) AS why,
           u.email IS NULL AND u.phone IS NULL AND u.street IS NULL OR v.email IS NULL AND v.phone IS NULL AND v.street IS NULL AS bare
    FROM truth.record x JOIN truth.record y ON y.person_id = x.person_id AND y.id > x.id
    JOIN contact_person a ON a.record_key = x.id JOIN contact_person b ON b.record_key = y.id
    JOIN contact u ON u.id = x.id JOIN contact v ON v.id = y.id
    WHERE a.person_id <> b.person_id)
SELECT to_char(count(*), 'FM999,999') AS missed, to_char(count(*) FILTER (WHERE bare), 'FM999,999') AS bare,
       to_char(count(*) FILTER (WHERE why LIKE '%moved%' AND NOT bare), 'FM999,999') AS moved FROM missed \gset
\echo Wrongly joined: :wrong pairs, :house of them members of one household or firm.
\echo Missed: :missed pairs; in :bare a record has no address, phone or e-mail; in :moved an old address.

-- @example
-- Somebody who stands in the table in two scripts or under a short name, and the two records of his that differ most.
CREATE TABLE truth.example AS
SELECT p.person_id, r.left_key AS a, r.right_key AS b
FROM contact_pair r JOIN contact_person p ON p.record_key = r.left_key JOIN contact_person q ON q.record_key = r.right_key AND q.person_id = p.person_id
JOIN truth.record x ON x.id = r.left_key JOIN truth.record y ON y.id = r.right_key AND y.person_id = x.person_id
JOIN (SELECT c.person_id FROM contact_person c JOIN truth.record t ON t.id = c.record_key GROUP BY 1
      HAVING count(*) BETWEEN 3 AND 4 AND count(DISTINCT t.person_id) = 1 AND min(t.kind) = 'person') w ON w.person_id = p.person_id,
LATERAL (SELECT concat(x.errors, ' ', y.errors) AS errors,
                (coalesce(x.errors, '') LIKE '%cyrillic%') <> (coalesce(y.errors, '') LIKE '%cyrillic%') AS scripts) e
ORDER BY e.scripts DESC, e.errors LIKE '%nickname%' DESC, e.errors LIKE '%maiden%' DESC, e.errors LIKE '%typo%' DESC, length(e.errors) DESC,
         r.left_key, r.right_key LIMIT 1;
\echo ''
\echo One person, as the systems have him or her:
SELECT f.field AS " ", c.id || ' ' || c.source AS record, left(f.value, 21) AS value
FROM contact c JOIN contact_person p ON p.record_key = c.id JOIN truth.example USING (person_id),
LATERAL (VALUES (1, 'name', concat_ws(' ', c.first_name, c.last_name)), (2, 'born', c.birth_date::text), (3, 'email', c.email), (4, 'phone', c.phone),
                (5, 'street', concat_ws(' ', c.street, c.house_number)), (6, 'city', concat_ws(' ', c.postcode, c.city))) f(n, field, value)
ORDER BY c.id, f.n \crosstabview " " record value

-- @explain
-- Weights are in bits: each doubles or halves the odds.
SELECT a, b, 'record ' || a AS ra, 'record ' || b AS rb FROM truth.example \gset
\echo » 'SELECT * FROM explain(''contact'', ':a', ':b');'
CREATE TEMP TABLE why AS SELECT row_number() OVER () AS n, e.* FROM clientele.explain('contact', :a::bigint, :b::bigint) e;
SELECT comparison, left(left_value, 16) AS :"ra", left(right_value, 16) AS :"rb", left(label, 24) AS agreement,
       to_char(weight, 'S990.0') AS bits, repeat(CASE WHEN weight < 0 THEN '░' ELSE '█' END, least(6, round(abs(weight) / 2))::int) AS " "
FROM why WHERE abs(weight) >= 0.05 ORDER BY n;
SELECT to_char(sum(weight), 'FMS990.0') AS bits, round((1 - 1 / (1 + power(2::numeric, sum(weight)::numeric))), 5) AS probability FROM why \gset
\echo Together :bits bits: a probability of :probability that they are one person.
