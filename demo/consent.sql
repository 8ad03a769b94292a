-- Consent: the ledger holds what people said, record by record; a view shows the rows whose persons may be contacted for one
-- purpose on one channel, decided anew in every statement. See doc/consent.md.

-- @ledger
SELECT clientele.create_ledger();
-- What was said is as old as the contacts; the ledger is judged now. All of it is moved so that now is the midnight after
-- the last day in the shop's books, and the figures are the same on every day and at every hour.
CREATE FUNCTION import.moved(at timestamptz) RETURNS timestamptz LANGUAGE sql STABLE
AS $$ SELECT at + (now() - timestamptz '2018-01-01 00:00:00+00') $$;

-- The text people were shown. It names the partner, without which nobody could agree to be passed on to him.
INSERT INTO clientele.notice (notice, version, in_force_from, offers_opt_out, recipients) VALUES ('shop', '1', '-infinity', true, '{partner}');

-- The views come first: what is entered later reaches them in the same statement.
SELECT clientele.create_consent_view('may_email', 'contact', 'marketing', 'email', columns => '["id", "first_name", "last_name", "email"]');
SELECT clientele.create_consent_view('may_phone', 'contact', 'marketing', 'phone', columns => '["id", "first_name", "last_name", "phone"]');
SELECT clientele.create_consent_view('may_write', 'contact', 'marketing', 'post',
                                     columns => '["id", "first_name", "last_name", "street", "house_number", "postcode", "city", "country"]');
SELECT clientele.create_consent_view('may_profile', 'contact', 'profiling.marketing', 'none', columns => '["id"]');
SELECT clientele.create_consent_view('may_analyse', 'contact', 'analytics', 'none', columns => '["id", "birth_date", "sex", "city", "country"]');
SELECT clientele.create_consent_view('may_share', 'contact', 'share.partner', 'email', columns => '["id", "email"]', recipient => 'partner');
INSERT INTO clientele_ledger.subject (subject, jurisdiction, born)
SELECT id::text, country, CASE WHEN birth_date > '1900-01-01' THEN birth_date END FROM contact;

INSERT INTO clientele_ledger.event (subject, event, at, recorded_at, purpose, channel, recipient, basis, expires_at, notice, notice_version, source)
SELECT * FROM (
    SELECT e.contact_id::text, e.event, import.moved(e.at), import.moved(e.at), e.purpose, e.channel, e.recipient, NULL::text,
           import.moved(e.expires_at), 'shop', '1', e.source
    FROM import.consent e
    UNION ALL
    -- whoever bought may be sent offers of the like, until he objects
    SELECT o.contact_id::text, 'relation_start', import.moved(o.ordered_on::timestamptz), import.moved(o.ordered_on::timestamptz), NULL, NULL, NULL, 'sale', NULL, 'shop', '1', 'orders'
    FROM order_line o GROUP BY o.contact_id, o.order_id, o.ordered_on) e(subject, event, at)
ORDER BY e.at, e.subject;

DROP FUNCTION import.moved;

CREATE VIEW truth.visible AS
SELECT 1 AS n, 'marketing' AS purpose, 'email' AS channel, 'may_email' AS view, id FROM may_email
UNION ALL SELECT 2, 'marketing', 'phone', 'may_phone', id FROM may_phone
UNION ALL SELECT 3, 'marketing', 'post', 'may_write', id FROM may_write
UNION ALL SELECT 4, 'profiling.marketing', 'none', 'may_profile', id FROM may_profile
UNION ALL SELECT 5, 'analytics', 'none', 'may_analyse', id FROM may_analyse
UNION ALL SELECT 6, 'share.partner', 'email', 'may_share', id FROM may_share;
CREATE TABLE truth.before AS
SELECT v.n, v.purpose, v.channel, v.view, count(*) AS rows, count(DISTINCT p.person_id) AS persons
FROM truth.visible v JOIN contact_person p ON p.record_key = v.id GROUP BY 1, 2, 3, 4;

-- @before
\echo ''
SELECT view, purpose, channel, to_char(rows, 'FM999,999') AS rows, to_char(persons, 'FM999,999') AS persons,
       to_char(100.0 * rows / (SELECT count(*) FROM contact), '990.0') || ' %' AS "of all rows"
FROM truth.before ORDER BY n;

-- @withdraw
-- Somebody with three records or more in the e-mail view; one of his records says stop.
SELECT p.person_id AS who, min(p.record_key) AS one, count(*) AS records
FROM contact_person p JOIN may_email e ON e.id = p.record_key JOIN truth.record t ON t.id = p.record_key
GROUP BY 1 HAVING count(*) >= 3 AND count(DISTINCT t.person_id) = 1 AND min(t.kind) = 'person'
ORDER BY count(*) DESC, min(p.record_key) LIMIT 1 \gset
SELECT concat_ws(' ', first_name, last_name) AS name, source FROM contact WHERE id = :one \gset
\echo :name', one person in ':records' records, clicks "unsubscribe" in a mail to record ':one:
\echo » 'SELECT withdraw_consent(':'one'', ''marketing'', ''email'');'
SELECT clientele.withdraw_consent(:'one', 'marketing', 'email') \g /dev/null
CREATE TABLE truth.withdrawn AS
SELECT b.n, b.view, b.rows AS rows_before, count(v.id) AS rows_now, b.persons AS persons_before, count(DISTINCT p.person_id) AS persons_now,
       :who AS person_id, :records AS records
FROM truth.before b LEFT JOIN truth.visible v USING (n) LEFT JOIN contact_person p ON p.record_key = v.id GROUP BY b.n, b.view, b.rows, b.persons;
SELECT view, to_char(rows_before, 'FM999,999') AS "rows before", to_char(rows_now, 'FM999,999') AS "rows now", rows_now - rows_before AS change,
       to_char(persons_before, 'FM999,999') AS "persons before", to_char(persons_now, 'FM999,999') AS "persons now",
       persons_now - persons_before AS "change "
FROM truth.withdrawn ORDER BY n;
SELECT d.allow, d.reason, count(*) AS records
FROM contact_person p CROSS JOIN LATERAL clientele.decide(p.record_key::text, 'marketing', 'email') d
WHERE p.person_id = :who GROUP BY 1, 2 \gset
\echo All :records records are gone from may_email with one statement: :reason
