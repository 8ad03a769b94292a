#!/usr/bin/env bash
# How good dedupe() and link() are without any configuration on tables of many shapes (test/bench/tables.py): voters, firms,
# mailing lists, works and authors, products, history, Cyrillic, columns without names, nobody twice ...
#
# usage: test/bench/tables.sh [TABLE ...]     SEED=2 makes other people. Needs python3.
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
if [ -z "${CLT_BENCH_INSIDE:-}" ]; then
    export CLT_BENCH_INSIDE=1
    exec "$top/tools/pg" shell "$0" "$@"
fi
command -v python3 >/dev/null || { echo 'SKIP: no python3' >&2; exit 0; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
make -s -C "$top" tools/gen_contacts >/dev/null
python3 "$top/test/bench/tables.py" "$tmp" "${SEED:-1}" "$@"
export PGOPTIONS='-c client_min_messages=warning'

# load TABLE FILE: all columns are text, as in a file that somebody sent
load() {
    local columns
    columns=$(head -1 "$2" | tr -d '\r' | sed 's/,/\n/g' | sed 's/.*/"&" text/' | paste -sd,)
    psql -qX -v ON_ERROR_STOP=1 <<SQL
CREATE TABLE $1 ($columns);
CREATE TABLE $1_truth (id bigint, who text);
\copy $1 FROM '$2' CSV HEADER
\copy $1_truth FROM '${2%.csv}.truth.csv' CSV
ALTER TABLE $1 ALTER id TYPE bigint USING id::bigint, ADD PRIMARY KEY (id);
ANALYZE $1;
SQL
}

# quality TABLE: of the pairs, those of one table or those across two
quality() {
    local of="SELECT person_id AS found, who, 1 AS a, 1 AS b FROM $1_person JOIN $1_truth ON id = record_key" pairs='sum(a) * (sum(a) - 1) / 2'
    if [ -f "$tmp/$1.a.csv" ]; then
        of="SELECT person_id AS found, who, (side = 'a')::int AS a, (side = 'b')::int AS b FROM $1_person JOIN (SELECT 'a' AS side, * FROM $1_a_truth
            UNION ALL SELECT 'b', * FROM $1_b_truth) t ON id = record_key AND side = right(source::text, 1)"
        pairs='sum(a) * sum(b)'
    fi
    psql -qXtA -F ' ' <<SQL
WITH r AS ($of),
f AS (SELECT sum(n) AS n FROM (SELECT $pairs AS n FROM r GROUP BY found) x),
t AS (SELECT sum(n) AS n FROM (SELECT $pairs AS n FROM r GROUP BY who) x),
g AS (SELECT sum(n) AS n FROM (SELECT $pairs AS n FROM r GROUP BY found, who) x)
SELECT (SELECT count(*) FROM r), t.n, f.n, g.n, round(g.n / greatest(f.n, 1), 4), round(g.n / greatest(t.n, 1), 4), round(2 * g.n / greatest(f.n + t.n, 1), 4) FROM f, t, g;
SQL
}

printf '%-16s %8s %8s %8s %8s %9s %7s %7s %8s\n' table records "true" joined right precision recall F1 seconds
for table in $(ls "$tmp" | sed -n 's/\(\.[ab]\)\?\.truth\.csv$//p' | sort -u); do
    if [ -f "$tmp/$table.a.csv" ]; then
        load "${table}_a" "$tmp/$table.a.csv"
        load "${table}_b" "$tmp/$table.b.csv"
        call="clientele.link('${table}_a', '${table}_b', '$table')"
    else
        load "$table" "$tmp/$table.csv"
        call="clientele.dedupe('$table')"
    fi
    start=$(date +%s.%N)
    psql -qX -v ON_ERROR_STOP=1 -c "CALL $call"
    seconds=$(echo "$(date +%s.%N) - $start" | bc)
    read -r n t f g p r f1 <<<"$(quality "$table")"
    printf '%-16s %8s %8s %8s %8s %9s %7s %7s %8.2f\n' "$table" "$n" "$t" "$f" "$g" "$p" "$r" "$f1" "$seconds"
done
