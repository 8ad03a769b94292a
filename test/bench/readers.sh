#!/usr/bin/env bash
# How long somebody who reads the persons of a model waits while it is run again, beside the ways in which PostgreSQL replaces the same
# rows with the same indexes by itself: TRUNCATE and INSERT, REFRESH MATERIALIZED VIEW, and REFRESH MATERIALIZED VIEW CONCURRENTLY.
#
# usage: test/bench/readers.sh     N=300000 records of the generator of contacts; a read every 5 ms
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
if [ -z "${CLT_BENCH_INSIDE:-}" ]; then
    export CLT_BENCH_INSIDE=1
    exec "$top/tools/pg" shell "$0" "$@"
fi
N=${N:-300000}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
make -s -C "$top" tools/gen_contacts >/dev/null
"$top/tools/gen_contacts" --rows "$N" --seed 42 --out "$tmp" >/dev/null
columns=$(head -1 "$tmp/contacts.csv" | tr -d '\r' | sed 's/,/\n/g' | sed 's/.*/"&" text/' | paste -sd,)
psql -qX -v ON_ERROR_STOP=1 <<SQL
SET client_min_messages = warning;
CREATE TABLE contact ($columns);
\copy contact FROM '$tmp/contacts.csv' CSV HEADER
ALTER TABLE contact ADD PRIMARY KEY (id);
VACUUM ANALYZE contact;
CALL clientele.dedupe('contact');
CREATE TABLE persons AS TABLE contact_person;
CREATE TABLE truncated (LIKE contact_person INCLUDING ALL);
INSERT INTO truncated TABLE persons;
CREATE MATERIALIZED VIEW refreshed AS TABLE persons;
CREATE UNIQUE INDEX ON refreshed (record_key);
CREATE INDEX ON refreshed (person_id);
VACUUM ANALYZE persons, truncated, refreshed;
CREATE TABLE over (i int);
CREATE TABLE reading (n bigint, longest float8);
CREATE PROCEDURE read_on(what regclass, query text) LANGUAGE plpgsql AS \$\$
DECLARE
    n bigint := 0;
    longest float8 := 0;
    found bigint;
    began timestamptz;
BEGIN
    LOOP
        began := clock_timestamp();
        EXECUTE query INTO found USING (random() * 1000)::bigint;
        longest := greatest(longest, extract(epoch FROM clock_timestamp() - began) * 1000);
        n := n + 1;
        COMMIT;
        PERFORM pg_sleep(0.005);
        EXIT WHEN EXISTS (SELECT FROM over);
        COMMIT;
    END LOOP;
    DELETE FROM reading;
    INSERT INTO reading VALUES (n, longest);
END \$\$;
SQL

# while_running TABLE WHAT SQL: reads the table every 5 ms while a statement runs; prints how long that took, and the longest read
while_running() {
    local took reader
    psql -qX -c 'DELETE FROM over' -c CHECKPOINT
    psql -qXtA -v ON_ERROR_STOP=1 -c "CALL read_on('$1', 'SELECT count(*) FROM $1 WHERE person_id = \$1')" -c 'SELECT * FROM reading' >"$tmp/reading" &
    reader=$!
    sleep 1
    took=$(psql -qXtA -v ON_ERROR_STOP=1 -c 'SET client_min_messages = warning' -c '\timing on' -c "$3" | sed -nE 's/^Time: ([0-9.]+) ms.*/\1/p' | tail -1)
    psql -qX -c 'INSERT INTO over VALUES (1)'
    wait $reader
    awk -F'|' -v what="$2" -v took="$took" '{printf "%-42s took %8.0f ms; of %6d reads the longest %8.1f ms\n", what, took, $1, $2}' "$tmp/reading"
}
echo "$N records, load average $(cut -d' ' -f1 /proc/loadavg):"
while_running contact_person "CALL clientele.resolve (ours)" "CALL clientele.resolve('contact')"
while_running truncated "TRUNCATE and INSERT" "BEGIN; TRUNCATE truncated; INSERT INTO truncated TABLE persons; COMMIT"
while_running refreshed "REFRESH MATERIALIZED VIEW" "REFRESH MATERIALIZED VIEW refreshed"
while_running refreshed "REFRESH MATERIALIZED VIEW CONCURRENTLY" "REFRESH MATERIALIZED VIEW CONCURRENTLY refreshed"
