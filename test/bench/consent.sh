#!/usr/bin/env bash
# What a consent view costs over the bare scan, against the ways people write it by hand; and decisions and events a second.
# ROWS=200000 contacts, every tenth a duplicate, half with consent, a fourteenth refusing.
set -euo pipefail
cd "$(dirname "$0")/../.."
[ -n "${CLT_WORK:-}" ] || exec tools/pg shell test/bench/consent.sh
psql -Xqt -v ON_ERROR_STOP=1 -v rows="${ROWS:-200000}" <<'SQL'
SET client_min_messages = warning;
CREATE TABLE contact (id bigint PRIMARY KEY, name text, email text);
INSERT INTO contact SELECT i, 'name ' || i, 'e' || i || '@example.rs' FROM generate_series(1, :rows) i;
CREATE INDEX ON contact (email);
CREATE TABLE contact_person (record_key bigint PRIMARY KEY, person_id bigint NOT NULL);
INSERT INTO contact_person SELECT i, i - (i % 10 = 0)::int FROM generate_series(1, :rows) i;
CREATE INDEX ON contact_person (person_id);
SELECT create_ledger() \g /dev/null
INSERT INTO clientele_ledger.subject (subject, jurisdiction) SELECT id::text, 'RS' FROM contact;
SELECT create_consent_view('contact_mail', 'contact', 'marketing', 'email') \g /dev/null
\timing on
\echo events in bulk, with state:
INSERT INTO clientele_ledger.event (subject, event, at, purpose, channel, notice, notice_version)
SELECT id::text, CASE WHEN id % 14 = 0 THEN 'refused' ELSE 'given' END, now(), 'marketing', 'email', 'default', '1' FROM contact WHERE id % 2 = 0;
\timing off
CREATE TABLE alone AS SELECT * FROM contact;
ALTER TABLE alone ADD PRIMARY KEY (id);
SELECT create_consent_view('alone_mail', 'alone', 'marketing', 'email') \g /dev/null
-- by hand: the latest row of the ledger for each subject, per row and as a join
CREATE FUNCTION latest(subject text) RETURNS boolean LANGUAGE plpgsql STABLE AS
$$ BEGIN RETURN (SELECT e.event = 'given' FROM clientele_ledger.event e WHERE e.subject = latest.subject AND e.purpose = 'marketing' ORDER BY e.at DESC LIMIT 1); END $$;
CREATE VIEW hand_function WITH (security_barrier) AS SELECT c.* FROM contact c
WHERE (SELECT bool_and(coalesce(latest(q.record_key::text), q.record_key <> c.id)) FROM contact_person p JOIN contact_person q USING (person_id) WHERE p.record_key = c.id);
CREATE VIEW hand_join WITH (security_barrier) AS
WITH said AS (SELECT DISTINCT ON (e.subject) e.subject::bigint AS id, e.event FROM clientele_ledger.event e WHERE e.purpose = 'marketing' ORDER BY e.subject, e.at DESC)
SELECT c.* FROM contact c JOIN contact_person p ON p.record_key = c.id
WHERE p.person_id IN (SELECT q.person_id FROM contact_person q JOIN said s ON s.id = q.record_key GROUP BY q.person_id HAVING bool_and(s.event = 'given'));
VACUUM ANALYZE contact, alone, contact_person, clientele_ledger.event, clientele_ledger.subject, clientele_ledger.allow_1, clientele_ledger.deny_1, clientele_ledger.allow_2;
SET max_parallel_workers_per_gather = 0; SET jit = off; SET work_mem = '64MB';
CREATE TEMP TABLE figure (n serial, what text, ms float8);
CREATE PROCEDURE measure(what text, query text, times int DEFAULT 5) LANGUAGE plpgsql AS $$
DECLARE t timestamptz; best float8 := 'infinity';
BEGIN
    FOR i IN 1 .. times LOOP t := clock_timestamp(); EXECUTE query; best := least(best, 1000 * extract(epoch FROM clock_timestamp() - t)); END LOOP;
    INSERT INTO figure (what, ms) VALUES (measure.what, best);
END $$;
CALL measure('bare scan', 'SELECT count(email) FROM contact');
CALL measure('consent view, no persons', 'SELECT count(email) FROM alone_mail');
CALL measure('consent view, with persons', 'SELECT count(email) FROM contact_mail');
CALL measure('by hand: join to the latest event', 'SELECT count(email) FROM hand_join');
CALL measure('by hand: function a row', 'SELECT count(email) FROM hand_function', 1);
CALL measure('consent view, no purpose held', $q$SELECT count(email) FROM contact_mail WHERE set_config('clientele.purpose', 'analytics', true) <> '' $q$);
\echo
\pset format aligned
SELECT what, round(ms) AS ms, round((ms - (SELECT ms FROM figure WHERE n = 1)) * 1e6 / :rows) AS "ns a row over the scan",
       round((ms / (SELECT ms FROM figure WHERE what = 'consent view, with persons'))::numeric, 2) AS "ratio to ours" FROM figure WHERE what NOT LIKE '%no purpose%' ORDER BY n;
TRUNCATE figure;
CALL measure('one contact by e-mail, bare', $q$SELECT * FROM contact WHERE email = 'e20@example.rs'$q$, 50);
CALL measure('one contact by e-mail, consent view', $q$SELECT * FROM contact_mail WHERE email = 'e20@example.rs'$q$, 50);
CALL measure('1000 x decide()', $q$SELECT count(allow) FROM generate_series(1, 1000) i, decide(i::text, 'marketing', 'email')$q$, 3);
CALL measure('1000 x record_consent_event()', $q$SELECT count(give_consent(i::text, 'marketing', 'email')) FROM generate_series(1, 1000) i$q$, 3);
SELECT what, round(ms::numeric, 3) AS ms FROM figure ORDER BY n;
SQL
