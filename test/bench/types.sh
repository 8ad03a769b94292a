#!/usr/bin/env bash
# email against text and citext, phone against text and bigint, parse_phone() and what loading its library costs a backend.
# usage: make bench-types        ROWS=n for another size (default 300000)
set -euo pipefail
cd "$(dirname "$0")/../.."
if [ -z "${CLT_WORK:-}" ]; then
    exec tools/pg shell test/bench/types.sh
fi
rows=${ROWS:-300000}
createdb bench_types
psql -Xq -d bench_types -v rows="$rows" <<'SQL'
SET client_min_messages = warning;
SET search_path = public, clientele;
CREATE EXTENSION citext;
CREATE EXTENSION clientele;
CREATE FUNCTION best_ms(query text, runs int DEFAULT 3) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE t timestamptz; best float8 := 1e9;
BEGIN
    FOR i IN 1 .. runs LOOP
        t := clock_timestamp();
        EXECUTE query;
        best := least(best, 1000 * extract(epoch FROM clock_timestamp() - t));
    END LOOP;
    RETURN best;
END $$;
CREATE TABLE raw AS
SELECT CASE i % 4 WHEN 0 THEN upper(m) ELSE m END AS mail, '+3816' || lpad((hashint8(i)::bigint & 16777215)::text, 8, '0') AS tel,
       '06' || lpad((hashint8(i)::bigint & 16777215)::text, 8, '0') AS typed
FROM (SELECT i, substr(md5(i::text), 1, 4 + i % 9) || '.' || substr(md5((i % 5000)::text), 1, 6) || '@'
             || (ARRAY['gmail.com', 'yahoo.com', 'firma' || i % 1000 || '.rs', 'outlook.com'])[1 + i % 4] AS m
      FROM generate_series(1, :rows) i) g;
CREATE TABLE kept AS
SELECT mail, mail::clientele.email AS e, mail::citext AS c, lower(mail) AS l, lower(mail) COLLATE "C" AS lc,
       tel AS t, tel::clientele.phone AS p, substr(tel, 2)::bigint AS b FROM raw;
VACUUM ANALYZE raw; VACUUM ANALYZE kept;
SET max_parallel_workers_per_gather = 0;
SET work_mem = '512MB';
SET jit = off;
\pset footer off
\echo '== nanoseconds a row, the scan taken off'
CREATE TEMP TABLE figure (id int, what text, ours text, ours_sql text, peer text, peer_sql text);
INSERT INTO figure VALUES
    (1, 'input', 'text::email', 'SELECT count(mail::clientele.email) FROM raw', 'lower(text)', 'SELECT count(lower(mail)) FROM raw'),
    (2, 'input', 'text::email', 'SELECT count(mail::clientele.email) FROM raw', 'text ~ regular expression',
        $$SELECT count(mail ~* '^[a-z0-9.!#$%&''*+/=?^_`{|}~-]+@[a-z0-9-]+(\.[a-z0-9-]+)+$') FROM raw$$),
    (3, 'equal', 'email', $$SELECT count(e = 'ana.babic@gmail.com') FROM kept$$, 'citext', $$SELECT count(c = 'ana.babic@gmail.com') FROM kept$$),
    (4, 'less', 'email', $$SELECT count(e < 'mana.babic@gmail.com') FROM kept$$, 'citext', $$SELECT count(c < 'mana.babic@gmail.com') FROM kept$$),
    (5, 'less', 'email', $$SELECT count(e < 'mana.babic@gmail.com') FROM kept$$, 'text COLLATE "C"', $$SELECT count(lc < 'mana.babic@gmail.com') FROM kept$$),
    (6, 'sort', 'email', 'SELECT e FROM kept ORDER BY e OFFSET 1e9', 'citext', 'SELECT c FROM kept ORDER BY c OFFSET 1e9'),
    (7, 'sort', 'email', 'SELECT e FROM kept ORDER BY e OFFSET 1e9', 'text COLLATE "en-x-icu"', 'SELECT l FROM kept ORDER BY l COLLATE "en-x-icu" OFFSET 1e9'),
    (8, 'sort', 'email', 'SELECT e FROM kept ORDER BY e OFFSET 1e9', 'text COLLATE "C"', 'SELECT lc FROM kept ORDER BY lc OFFSET 1e9'),
    (9, 'group', 'email', 'SELECT count(*) FROM (SELECT e FROM kept GROUP BY e OFFSET 0) q', 'citext', 'SELECT count(*) FROM (SELECT c FROM kept GROUP BY c OFFSET 0) q'),
    (10, 'key', 'mailbox_key(email)', 'SELECT count(clientele.mailbox_key(e)) FROM kept', 'regexp_replace',
        $$SELECT count(regexp_replace(l, '\+[^@]*', '')) FROM kept$$),
    (11, 'input', 'text::phone', 'SELECT count(tel::clientele.phone) FROM raw', 'text::bigint', 'SELECT count(substr(tel, 2)::bigint) FROM raw'),
    (12, 'sort', 'phone', 'SELECT p FROM kept ORDER BY p OFFSET 1e9', 'bigint', 'SELECT b FROM kept ORDER BY b OFFSET 1e9'),
    (13, 'sort', 'phone', 'SELECT p FROM kept ORDER BY p OFFSET 1e9', 'text COLLATE "C"', 'SELECT t COLLATE "C" FROM kept ORDER BY t COLLATE "C" OFFSET 1e9'),
    (14, 'group', 'phone', 'SELECT count(*) FROM (SELECT p FROM kept GROUP BY p OFFSET 0) q', 'text', 'SELECT count(*) FROM (SELECT t FROM kept GROUP BY t OFFSET 0) q');
CREATE TEMP TABLE base AS SELECT best_ms('SELECT count(mail) FROM raw') AS raw, best_ms('SELECT count(e) FROM kept') AS kept;
SELECT what, ours, round(o) AS ns, peer, round(p) AS peer_ns, round((p / o)::numeric, 2) AS peer_by_ours
FROM (SELECT *, 1e6 / :rows * (best_ms(ours_sql) - CASE WHEN ours_sql ~ 'raw' THEN raw ELSE kept END) AS o,
                1e6 / :rows * (best_ms(peer_sql) - CASE WHEN peer_sql ~ 'raw' THEN raw ELSE kept END) AS p FROM figure, base) f ORDER BY id;
\echo '== bytes a value, and of a B-tree'
CREATE INDEX kept_e ON kept (e);
CREATE INDEX kept_c ON kept (c);
CREATE INDEX kept_p ON kept (p);
CREATE INDEX kept_t ON kept (t);
SELECT round(avg(pg_column_size(mail)), 1) AS text, round(avg(pg_column_size(e)) FILTER (WHERE mail = lower(mail)), 1) AS "email, small letters",
       round(avg(pg_column_size(e)) FILTER (WHERE mail <> lower(mail)), 1) AS "email, others", round(avg(pg_column_size(t)), 1) AS "phone as text",
       round(avg(pg_column_size(p)), 1) AS phone, pg_relation_size('kept_c') AS index_citext, pg_relation_size('kept_e') AS index_email,
       pg_relation_size('kept_t') AS index_text, pg_relation_size('kept_p') AS index_phone FROM kept;
\echo '== microseconds a call of libphonenumber (20000 rows)'
CREATE TEMP TABLE few AS SELECT r.typed, k.p FROM raw r JOIN kept k ON k.mail = r.mail LIMIT 20000;
SELECT clientele.parse_phone('0641234567', 'RS') \g /dev/null
SELECT round((best_ms($$SELECT count(clientele.try_parse_phone(typed, 'RS')) FROM few$$, 2) / 20)::numeric, 2) AS parse_phone,
       round((best_ms('SELECT count(clientele.country(p)) FROM few', 2) / 20)::numeric, 2) AS country,
       round((best_ms('SELECT count(clientele.national(p)) FROM few', 2) / 20)::numeric, 2) AS national,
       round((best_ms('SELECT count(clientele.line_type(p)) FROM few', 2) / 20)::numeric, 2) AS line_type,
       round((best_ms('SELECT count(p::text::clientele.phone) FROM few', 2) / 20)::numeric, 2) AS "text::phone";
SQL
echo '== loading libphonenumber: a new backend each time'
for i in 1 2 3 4 5; do
    psql -XqAt -d bench_types <<'SQL'
CREATE FUNCTION pg_temp.rss(field text) RETURNS int LANGUAGE sql AS $$
    SELECT substring(pg_read_file('/proc/self/status') FROM field || ':\s+(\d+)')::int $$;
SELECT '+381641234567'::clientele.phone, pg_temp.rss('VmRSS') \g /dev/null
SELECT pg_temp.rss('VmRSS') AS rss, pg_temp.rss('RssAnon') AS anon, clock_timestamp() AS t \gset
SELECT clientele.parse_phone('064/123-4567', 'RS') \g /dev/null
SELECT extract(epoch FROM clock_timestamp() - :'t') * 1000 AS ms, pg_temp.rss('VmRSS') - :rss AS rss2, pg_temp.rss('RssAnon') - :anon AS anon2 \gset
SELECT clock_timestamp() AS t \gset
SELECT clientele.parse_phone('065/123-4567', 'RS') \g /dev/null
SELECT format('first call %s ms (second %s ms), resident memory +%s kB, of it private %s kB', round(:ms, 1),
              round((extract(epoch FROM clock_timestamp() - :'t') * 1000)::numeric, 2), :rss2, :anon2);
SQL
done
