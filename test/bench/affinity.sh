#!/usr/bin/env bash
# Affinity against self-joins in PostgreSQL and DuckDB, on generated order lines and on public data.
#
# usage: test/bench/affinity.sh
#   LINES=10000000   generated order lines (default 2 million)
#   SHARED=DIR       where bench/gen_baskets.py and data/basket lie (default ../shared)
#   PEER_SQL=0, PEER_DUCKDB=0   leave a peer out
#
# Seconds are wall time; beside them stands the processor time of the backend, which says more on a busy machine.
set -euo pipefail
cd "$(dirname "$0")/../.."
if [ -z "${CLT_WORK:-}" ]; then
    exec tools/pg shell test/bench/affinity.sh
fi
SHARED=${SHARED:-$(cd .. && pwd)/shared}
LINES=${LINES:-2000000}
tmp=$(mktemp -d /tmp/clt-bench-affinity.XXXXXX)
chmod 755 "$tmp"
trap 'rm -rf "$tmp"' EXIT
export PGOPTIONS='-c jit=off -c max_parallel_workers_per_gather=0 -c work_mem=256MB'

# run LABEL SQL: wall and processor seconds of one statement in a backend of its own, its peak of private memory, its result
declare -A wall
run() {
    local label=$1 sql=$2 out
    out=$(psql -XAtq -v ON_ERROR_STOP=1 2>&1 <<SQL
SELECT count(*) FROM ${3:-line} \\g /dev/null
SELECT pg_backend_pid() AS pid \\gset
\\setenv PID :pid
\\set ECHO none
\\! awk '{print "cpu0", (\$14 + \$15) / 100}' /proc/\$PID/stat
SELECT extract(epoch FROM clock_timestamp()) AS t0 \\gset
$sql;
SELECT 'wall', extract(epoch FROM clock_timestamp()) - :t0;
\\! awk '{print "cpu1", (\$14 + \$15) / 100}' /proc/\$PID/stat
\\! awk '/VmHWM|RssShmem/ {kb[\$1] = \$2} END {print "mem", (kb["VmHWM:"] - kb["RssShmem:"]) / 1024}' /proc/\$PID/status
SQL
)
    wall[$label]=$(sed -n 's/^wall|//p' <<<"$out")
    printf '%-58s %7.2f s  (cpu %6.2f s, %5.0f MB)   %s\n' "$label" "${wall[$label]}" \
        "$(awk '/^cpu0/ {a = $2} /^cpu1/ {b = $2} END {print b - a}' <<<"$out")" "$(awk '/^mem/ {print $2}' <<<"$out")" \
        "$(grep -vE '^(wall|cpu|mem)' <<<"$out" | tr '\n' ' ')"
}
ratio() { awk -v a="${wall[$1]}" -v b="${wall[$2]}" -v what="$3" 'BEGIN {printf "    %s: %.1f times\n", what, a / b}'; }

python=/usr/bin/python3
"$python" -c 'import numpy' 2>/dev/null || { echo "skipped: generated lines need Debian's python3-numpy"; exit 1; }
[ -r "$SHARED/bench/gen_baskets.py" ] || { echo "skipped: no $SHARED/bench/gen_baskets.py"; exit 1; }

echo "== $LINES generated order lines, pairs in 100 baskets or more"
"$python" "$SHARED/bench/gen_baskets.py" -n "$LINES" >"$tmp/lines.csv"
psql -Xq -c 'CREATE TABLE line (basket_id int, customer_id int, ordered_on date, item_id int, qty int)' \
    -c "\\copy line FROM '$tmp/lines.csv' CSV" -c 'VACUUM ANALYZE line'
run 'scan: sum(item_id)' 'SELECT sum(item_id) FROM line'
run 'affinity_agg' 'SELECT pg_size_pretty(pg_column_size(affinity_agg(basket_id, item_id))::bigint) FROM line'
pairs='SELECT count(*), sum(pair_count) FROM affinity_pairs((SELECT affinity_agg(basket_id, item_id) FROM line), NULL::int, min_count => 100)'
run 'affinity_pairs from the table' "$pairs"
ours='affinity_pairs from the table'
PGOPTIONS="$PGOPTIONS -c max_parallel_workers_per_gather=2 -c parallel_setup_cost=0 -c parallel_tuple_cost=0" run 'the same, parallel' "$pairs"
ratio "$ours" 'the same, parallel' 'parallel against serial'
psql -Xq -c 'CREATE TABLE shuffled AS SELECT * FROM line ORDER BY hashint4(item_id * 31 + basket_id)' -c 'VACUUM ANALYZE shuffled'
run 'affinity_pairs from a shuffled table' "${pairs/FROM line/FROM shuffled}" shuffled
psql -Xq -c 'CREATE TABLE state AS SELECT affinity_agg(basket_id, item_id) AS a FROM line' \
    -c 'CREATE TABLE day AS SELECT ordered_on, affinity_agg(basket_id, item_id) AS a FROM line GROUP BY 1'
run 'affinity_pairs from a stored state' 'SELECT count(*), sum(pair_count) FROM affinity_pairs((SELECT a FROM state), NULL::int, min_count => 100)' state
run 'rollup of 730 days' 'SELECT (affinity_info(rollup(a))).baskets FROM day' day
best=$(psql -XAtqc 'SELECT item FROM affinity_items((SELECT a FROM state), NULL::int) ORDER BY item_count DESC LIMIT 1')
run 'also_bought, most frequent item, stored state' "SELECT count(*) FROM also_bought((SELECT a FROM state), $best, 10)" state
usual=$(psql -XAtqc 'SELECT item FROM affinity_items((SELECT a FROM state), NULL::int) ORDER BY abs(item_count - 1000), item LIMIT 1')
run 'also_bought, an item of about 1,000 baskets' "SELECT count(*) FROM also_bought((SELECT a FROM state), $usual, 10)" state
for item in "$best" "$usual"; do
    psql -Xq -c '\timing on' -c "SELECT item, pair_count FROM also_bought((SELECT a FROM state), $item, 10)" -c "SELECT item, pair_count FROM also_bought((SELECT a FROM state), $item, 10)" |
        sed -n "s/^Time: /    also_bought, item $item, the same session's second call: /p" | tail -1
done
psql -Xq -c "CREATE TABLE partner AS SELECT * FROM top_partners((SELECT a FROM state), NULL::int, 10, min_count => 5)" -c 'CREATE INDEX ON partner (item, rank)' -c 'VACUUM ANALYZE partner'
psql -Xq -c '\timing on' -c "SELECT count(*) FROM partner WHERE item = $best" -c "SELECT count(*) FROM partner WHERE item = $best" | sed -n 's/^Time: /    top_partners table, one item, second call: /p' | tail -1
if [ "${PEER_SQL:-1}" = 1 ]; then
    run 'PostgreSQL, self-join' 'SELECT count(*) * 2, sum(n) * 2 FROM (SELECT a.item_id, b.item_id, count(*) n FROM line a JOIN line b USING (basket_id) WHERE a.item_id < b.item_id GROUP BY 1, 2 HAVING count(*) >= 100) q'
    ratio 'PostgreSQL, self-join' "$ours" 'self-join in PostgreSQL against ours'
fi
if [ "${PEER_DUCKDB:-1}" = 1 ]; then
    if (cd "$tmp" && HOME=$tmp npm install --silent --no-audit --no-fund @duckdb/node-api) >/dev/null 2>&1; then
        cat >"$tmp/duck.mjs" <<'JS'
import { DuckDBInstance } from '@duckdb/node-api';
const c = await (await DuckDBInstance.create(':memory:')).connect();
await c.run(`CREATE TABLE line AS SELECT * FROM read_csv('${process.argv[2]}', header = false, names = ['basket_id','customer_id','ordered_on','item_id','qty'])`);
const t = performance.now();
const r = await c.runAndReadAll(`SELECT count(*) * 2 AS n, sum(n) * 2 AS s FROM (SELECT a.item_id x, b.item_id y, count(*) n FROM line a JOIN line b USING (basket_id) WHERE a.item_id < b.item_id GROUP BY 1, 2 HAVING count(*) >= 100) q`);
console.log((performance.now() - t) / 1000, r.getRows()[0].join('|'));
JS
        read -r seconds result < <(cd "$tmp" && node duck.mjs "$tmp/lines.csv")
        wall[duckdb]=$seconds
        printf '%-58s %7.2f s   %s\n' 'DuckDB, self-join (all cores, table in memory)' "$seconds" "$result"
        ratio duckdb "$ours" 'DuckDB against ours, serial'
    else
        echo "DuckDB skipped: npm could not install @duckdb/node-api"
    fi
fi

[ -r "$SHARED/data/basket/t10i4d100k/T10I4D100K.dat.gz" ] || { echo "public data skipped: not in $SHARED/data"; exit 0; }
echo "== T10I4D100K and groceries: itemsets (whole statement from the table; from a stored state; the scan alone)"
load() {
    psql -Xq -c 'CREATE TEMP TABLE raw (n bigserial, l text)' -c "\\copy raw(l) FROM PROGRAM '$2'" -c "CREATE TABLE $1 (basket int, item int)" \
        -c "INSERT INTO $1 SELECT n, unnest(string_to_array(trim(l), ' ')::int[]) FROM raw" -c "VACUUM ANALYZE $1" \
        -c "CREATE TABLE $1_state AS SELECT affinity_agg(basket, item) AS a FROM $1"
}
load t10 "zcat $SHARED/data/basket/t10i4d100k/T10I4D100K.dat.gz"
load groceries "cat $SHARED/data/basket/groceries/groceries.dat"
for data in 't10 100' 'groceries 10'; do
    read -r table count <<<"$data"
    run "$table: scan" "SELECT count(item) FROM $table" "$table"
    run "$table at $count, from the table" "SELECT count(*) FROM frequent_itemsets((SELECT affinity_agg(basket, item) FROM $table), NULL::int, min_count => $count)" "$table"
    for kind in frequent closed maximal; do
        run "$table at $count, $kind, stored state" "SELECT count(*) FROM frequent_itemsets((SELECT a FROM ${table}_state), NULL::int, min_count => $count, kind => '$kind')" "$table"
    done
done
echo "Borgelt's eclat is not packaged in Debian and is not run here; measured elsewhere as a whole process: T10I4D100K at 100 in 0.18 s."
