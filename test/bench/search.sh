#!/usr/bin/env bash
# How long search() takes for one record, beside pg_trgm's similarity search for its names by GIN and by GiST: in a session that
# has searched before, and as the first call of a new one; and what it costs to insert into a table that is tracked.
#
# usage: test/bench/search.sh      N=100000 records of the generator of contacts, Q=1000 of them looked for (a fiftieth of them by trigrams;
#                                  TRGM=0 leaves these out; STANDBY=1 asks a streaming standby, too)
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
if [ -z "${CLT_BENCH_INSIDE:-}" ]; then
    export CLT_BENCH_INSIDE=1
    exec "$top/tools/pg" shell "$0" "$@"
fi
N=${N:-100000} Q=${Q:-1000} TRGM=${TRGM:-1} STANDBY=${STANDBY:-0}
tmp=$(mktemp -d)
as_server() {
    if [ "$(id -u)" -eq 0 ]; then (cd "$CLT_WORK" && runuser -u postgres -- env -u HOME "$@"); else "$@"; fi
}
stop_standby() {
    [ ! -f "$CLT_WORK/standby/postmaster.pid" ] || as_server "$CLT_BIN/pg_ctl" -D "$CLT_WORK/standby" -s -m immediate stop
}
trap 'stop_standby; rm -rf "$tmp"' EXIT
make -s -C "$top" tools/gen_contacts >/dev/null
"$top/tools/gen_contacts" --rows "$N" --seed 42 --out "$tmp" >/dev/null
columns=$(head -1 "$tmp/contacts.csv" | tr -d '\r' | sed 's/,/\n/g' | sed 's/.*/"&" text/' | paste -sd,)
# ask times the first searches of a session, and then many.
ask() {
    psql -qX -v ON_ERROR_STOP=1 <<SQL
\echo first search of a session, then the second:
\timing on
SELECT count(*) FROM clientele.search('contact', (SELECT whole FROM wanted WHERE i = 1));
SELECT count(*) FROM clientele.search('contact', (SELECT whole FROM wanted WHERE i = 2));
\timing off
SELECT what, l.*
FROM (VALUES (1, 'search(), whole record', 'SELECT count(*) FROM clientele.search(''contact'', \$1)'),
             (2, 'search(), names and birth date', 'SELECT count(*) FROM clientele.search(''contact'', \$2)')) v(i, what, query),
     latencies(query, $Q) l
ORDER BY i;
SQL
}
psql -qX -v ON_ERROR_STOP=1 <<SQL
CREATE TABLE contact ($columns);
\copy contact FROM '$tmp/contacts.csv' CSV HEADER
ALTER TABLE contact ALTER id TYPE bigint USING id::bigint, ALTER birth_date TYPE date USING birth_date::date;
ALTER TABLE contact ADD PRIMARY KEY (id);
VACUUM ANALYZE contact;
CREATE EXTENSION pg_trgm;
CREATE FUNCTION name_of(contact) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT lower(coalesce(\$1.first_name, '''') || '' '' || coalesce(\$1.last_name, ''''))';
-- looked for: records as they are, and with the name and one more thing only, as a clerk would type them
CREATE TABLE wanted AS
SELECT row_number() OVER () AS i, to_jsonb(c) - 'id' AS whole, name_of(c) AS name,
       jsonb_build_object('first_name', lower(first_name), 'last_name', last_name, 'birth_date', birth_date) AS part
FROM (SELECT c.* FROM contact c WHERE first_name IS NOT NULL AND last_name IS NOT NULL ORDER BY hashint8(id) LIMIT $Q) c;
-- as seen, and the best of three passes over all of them: what it takes where nobody else wants the processor
CREATE FUNCTION latencies(query text, asked int, OUT p50 text, OUT p95 text, OUT p99 text, OUT most text, OUT best_p50 text, OUT best_p95 text, OUT best_p99 text, OUT best_most text)
LANGUAGE plpgsql AS \$\$
DECLARE
    t timestamptz;
    took float8;
    seen float8[];
    best float8[];
    w wanted;
BEGIN
    FOR pass IN 0 .. 3 LOOP
        FOR w IN SELECT * FROM wanted ORDER BY i LIMIT asked LOOP
            t := clock_timestamp();
            EXECUTE query USING w.whole, w.part, w.name;
            took := extract(epoch FROM clock_timestamp() - t)::float8 * 1000;
            IF pass > 0 THEN
                seen := seen || took;
                best[w.i] := least(best[w.i], took);
            END IF;
            EXIT WHEN pass = 0 AND w.i >= 10;
        END LOOP;
    END LOOP;
    SELECT to_char(percentile_cont(0.5) WITHIN GROUP (ORDER BY x), '99990.999'), to_char(percentile_cont(0.95) WITHIN GROUP (ORDER BY x), '99990.999'),
           to_char(percentile_cont(0.99) WITHIN GROUP (ORDER BY x), '99990.999'), to_char(max(x), '99990.999')
    INTO p50, p95, p99, most FROM unnest(seen) x;
    SELECT to_char(percentile_cont(0.5) WITHIN GROUP (ORDER BY x), '99990.999'), to_char(percentile_cont(0.95) WITHIN GROUP (ORDER BY x), '99990.999'),
           to_char(percentile_cont(0.99) WITHIN GROUP (ORDER BY x), '99990.999'), to_char(max(x), '99990.999')
    INTO best_p50, best_p95, best_p99, best_most FROM unnest(best) x;
END \$\$;
\timing on
\echo dedupe, all of it:
CALL clientele.dedupe('contact');
\timing off
VACUUM contact_index;
SELECT pg_size_pretty(pg_total_relation_size('contact_index')) AS "search index", round(pg_total_relation_size('contact_index') / $N.0) AS "bytes a record";
SQL
printf 'on the primary\n'
ask
psql -qX -v ON_ERROR_STOP=1 <<SQL
\echo own levels, by tests and by seven SQL conditions, 20,000 of the records:
CREATE TABLE sample AS SELECT * FROM contact ORDER BY hashint8(id) LIMIT 20000;
ALTER TABLE sample ADD PRIMARY KEY (id);
CREATE FUNCTION of_levels(model text, last text, first text, born text, mail text) RETURNS void LANGUAGE sql AS \$\$
    SELECT clientele.create_model(model, 'sample', format('{"comparisons": [
        {"name": "last", "kind": "levels", "columns": ["last_name"], "levels": [{"exact": true}, %s]}, {"name": "first", "kind": "levels", "columns": ["first_name"], "levels": [{"exact": true}, %s]},
        {"name": "born", "kind": "levels", "columns": ["birth_date"], "levels": [{"exact": true}, %s]}, {"name": "mail", "kind": "levels", "columns": ["email"], "levels": [{"exact": true}, %s]}],
        "blocking": [{"keys": [{"column": "last_name"}, {"column": "birth_date"}]}, {"keys": [{"column": "email"}]}]}', last, first, born, mail)::jsonb)
\$\$;
SELECT of_levels('tests', '{"prefix": 4}, {"jaro_winkler": 0.8}', '{"prefix": 4}, {"jaro_winkler": 0.8}', '{"days": 5}, {"days": 365}', '{"prefix": 5}') \gset
SELECT of_levels('conditions', '{"sql": "left(l.last_name, 4) = left(r.last_name, 4)"}, {"sql": "jaro_winkler_similarity(l.last_name, r.last_name) >= 0.8"}',
    '{"sql": "left(l.first_name, 4) = left(r.first_name, 4)"}, {"sql": "jaro_winkler_similarity(l.first_name, r.first_name) >= 0.8"}',
    '{"sql": "abs(l.birth_date - r.birth_date) <= 5"}, {"sql": "abs(l.birth_date - r.birth_date) <= 365"}', '{"sql": "left(l.email, 5) = left(r.email, 5)"}') \gset
CALL clientele.train('tests');
CALL clientele.resolve('tests');
CALL clientele.train('conditions');
CALL clientele.resolve('conditions');
SELECT what, l.* FROM unnest('{tests,conditions}'::text[]) what, latencies(format('SELECT count(*) FROM clientele.search(%L, \$1)', what), $Q) l;
SQL
if [ "$STANDBY" = 1 ]; then
    as_server "$CLT_BIN/pg_basebackup" -h "$PGHOST" -U postgres -D "$CLT_WORK/standby" -R -X stream -c fast
    as_server "$CLT_BIN/pg_ctl" -D "$CLT_WORK/standby" -w -s -l "$CLT_WORK/standby.log" -o "-p 5499 -c unix_socket_directories=$PGHOST -c listen_addresses=" start
    printf 'on a standby\n'
    PGPORT=5499 ask
    stop_standby
fi
psql -qX -v ON_ERROR_STOP=1 <<SQL
\if $TRGM
\timing on
\echo trigram indexes, GIN then GiST:
CREATE INDEX trgm_gin ON contact USING gin (name_of(contact) gin_trgm_ops);
CREATE INDEX trgm_gist ON contact USING gist (name_of(contact) gist_trgm_ops);
\timing off
VACUUM ANALYZE contact;
SELECT pg_size_pretty(pg_relation_size('trgm_gin')) AS "trigrams, GIN", pg_size_pretty(pg_relation_size('trgm_gist')) AS "trigrams, GiST";
SELECT what, l.*
FROM (VALUES (3, 'pg_trgm GIN, names', 'SELECT count(*) FROM (SELECT id FROM contact WHERE name_of(contact) % \$3 ORDER BY similarity(name_of(contact), \$3) DESC LIMIT 10) x'),
             (4, 'pg_trgm GiST, names', 'SELECT count(*) FROM (SELECT id FROM contact ORDER BY name_of(contact) <-> \$3 LIMIT 10) x')) v(i, what, query),
     latencies(query, $Q / 50) l
ORDER BY i;
DROP INDEX trgm_gin, trgm_gist;
\endif
\echo rows inserted one by one, then with the model tracked, then looked for in the transaction that inserts them:
CREATE TABLE more AS SELECT row_number() OVER () AS i, to_jsonb(c) || jsonb_build_object('id', c.id + 1000000000) AS r FROM contact c ORDER BY hashint8(id) LIMIT 500;
CREATE FUNCTION inserting(again bigint, look boolean, OUT p50 text, OUT p95 text, OUT p99 text, OUT most text) LANGUAGE plpgsql AS \$\$
DECLARE
    t timestamptz;
    took float8[];
    m record;
BEGIN
    FOR m IN SELECT r || jsonb_build_object('id', (r->>'id')::bigint + again) AS r FROM more ORDER BY i LOOP
        t := clock_timestamp();
        INSERT INTO contact SELECT * FROM jsonb_populate_record(NULL::contact, m.r);
        IF look THEN
            PERFORM count(*) FROM clientele.search('contact', m.r);
        END IF;
        took := took || extract(epoch FROM clock_timestamp() - t)::float8 * 1000;
    END LOOP;
    SELECT to_char(percentile_cont(0.5) WITHIN GROUP (ORDER BY x), '99990.999'), to_char(percentile_cont(0.95) WITHIN GROUP (ORDER BY x), '99990.999'),
           to_char(percentile_cont(0.99) WITHIN GROUP (ORDER BY x), '99990.999'), to_char(max(x), '99990.999')
    INTO p50, p95, p99, most FROM unnest(took) x;
END \$\$;
SELECT * FROM inserting(0, false);
CALL clientele.track_model('contact');
SELECT * FROM inserting(1000000000, false);
SELECT * FROM inserting(2000000000, true);
SQL
