#!/usr/bin/env bash
# RFM over a table of orders: rfm(), the two-step form, and the same in plain SQL, all in one run.
#
# usage: test/bench/rfm.sh [ORDERS] [CUSTOMERS]     default 10000000 1000000
#
# Environment: CLT_ORDERS_CSV  a file "order_id,customer_id,at,amount" to load instead of making orders
#              CLT_ROUNDS      rounds of interleaved queries (3); the least of them counts
#              CLT_AMOUNT      type of the amounts (numeric(12,2))
# Prints seconds of the backend's processor time (utime + stime, no parallel workers, JIT off), which a busy
# machine disturbs less than the clock, then the clock, both as the least of the rounds.
set -euo pipefail
cd "$(dirname "$0")/../.."
orders=${1:-10000000}
customers=${2:-1000000}
if [ -z "${CLT_WORK:-}" ]; then
    CLT_CONF="${CLT_CONF:-}
shared_buffers = 2GB
max_parallel_workers_per_gather = 0
jit = off
autovacuum = off" exec tools/pg shell test/bench/rfm.sh "$@"
fi
rounds=${CLT_ROUNDS:-3}

psql -Xq <<SQL
CREATE TABLE orders (order_id bigint, customer_id bigint, at timestamptz, amount ${CLT_AMOUNT:-numeric(12,2)});
SQL
if [ -n "${CLT_ORDERS_CSV:-}" ]; then
    head -n "$orders" "$CLT_ORDERS_CSV" | psql -Xq -c '\copy orders FROM STDIN CSV'
else
    # in the order of time, so that customers come at random; a tenth of the customers buys half of the orders
    psql -Xq <<SQL
SELECT setseed(0.5);
INSERT INTO orders
SELECT n, 1 + floor($customers * CASE WHEN n <= $customers THEN ((n * 7919.0) % $customers) / $customers
                                      WHEN random() < 0.5 THEN random() / 10 ELSE random() END)::bigint,
       timestamptz '2021-01-01 00:00+00' + n * (interval '1000 days' / $orders),
       round((5 + 40 * random() + 100 * random() ^ 6)::numeric, 2)
FROM generate_series(1, $orders) n;
SQL
fi
psql -Xq -c 'VACUUM (ANALYZE, FREEZE) orders' -c "SELECT count(*) FROM orders" -At >/dev/null

as_of="timestamptz '2024-01-01 00:00+00'"
value='SELECT customer_id, max(at) AS last, count(*) AS n, sum(amount) AS total FROM orders GROUP BY customer_id'
declare -A query=(
    [scan]='SELECT count(*) FROM orders'
    [group_by]="SELECT count(*), max(last), max(n), max(total) FROM ($value) x"
    [ntile]="SELECT count(*), sum(r), sum(f), sum(m) FROM (SELECT customer_id, ntile(5) OVER (ORDER BY last) AS r, ntile(5) OVER (ORDER BY n) AS f, ntile(5) OVER (ORDER BY total) AS m FROM ($value) x) y"
    [rfm_agg]='SELECT count(*), max(clientele.frequency(s)) FROM (SELECT customer_id, clientele.rfm_agg(at, amount) AS s FROM orders GROUP BY customer_id) x'
    [two_step]="SELECT count(*), sum(clientele.r(score)), sum(clientele.f(score)), sum(clientele.m(score)) FROM (SELECT clientele.rfm_score(s, $as_of, 5) OVER () AS score FROM (SELECT customer_id, clientele.rfm_agg(at, amount) AS s FROM orders GROUP BY customer_id) x) y"
    [rfm]="SELECT count(*), sum(r), sum(f), sum(m) FROM clientele.rfm('orders', 'customer_id', 'at', 'amount', $as_of)"
    [rfm_default_memory]="SELECT count(*), sum(r), sum(f), sum(m) FROM clientele.rfm('orders', 'customer_id', 'at', 'amount', $as_of)"
    [rfm_view]="SELECT count(*), sum(r), sum(f), sum(m) FROM clientele.rfm('orders_view', 'customer_id', 'at', 'amount', $as_of)"
)
order=(scan group_by ntile rfm_agg two_step rfm rfm_default_memory rfm_view)
psql -Xq -c 'CREATE VIEW orders_view AS SELECT * FROM orders'
declare -A cpu wall result

# prints processor seconds, wall seconds, result
run() {
    local memory="SET work_mem = '1GB'; SET temp_buffers = '64MB';"
    [ "$1" != rfm_default_memory ] || memory=
    psql -XqAt -F' ' <<SQL
SET TimeZone = 'UTC'; $memory
CREATE FUNCTION pg_temp.cpu() RETURNS numeric LANGUAGE sql AS
\$\$ SELECT (split_part(s, ' ', 12)::numeric + split_part(s, ' ', 13)::numeric) / 100
    FROM regexp_replace(pg_read_file('/proc/self/stat'), '^.*\) ', '') s \$\$;
SELECT pg_temp.cpu() AS c, clock_timestamp() AS t \gset
${query[$1]} \g /dev/null
SELECT pg_temp.cpu() - :c, round(extract(epoch FROM clock_timestamp() - :'t'), 2);
SQL
}
least() { awk -v a="${1:-999999}" -v b="$2" 'BEGIN {print (b < a) ? b : a}'; }

for ((round = 1; round <= rounds; round++)); do
    for q in "${order[@]}"; do
        read -r c w <<<"$(run "$q")"
        cpu[$q]=$(least "${cpu[$q]:-}" "$c")
        wall[$q]=$(least "${wall[$q]:-}" "$w")
    done
done

echo "$orders orders of $customers customers, amounts ${CLT_AMOUNT:-numeric(12,2)}, least of $rounds rounds, no parallel workers, work_mem 1GB"
printf '%-34s %9s %9s %14s\n' query 'cpu s' 'wall s' 'x GROUP BY'
label() {
    case $1 in
        scan) echo 'count(*)' ;;
        group_by) echo 'GROUP BY: max, count, sum' ;;
        ntile) echo '  + ntile(5) three times' ;;
        rfm_agg) echo 'GROUP BY: rfm_agg' ;;
        two_step) echo '  + rfm_score OVER ()' ;;
        rfm) echo 'rfm()' ;;
        rfm_default_memory) echo 'rfm(), work_mem 4MB' ;;
        rfm_view) echo 'rfm() of a view' ;;
    esac
}
for q in "${order[@]}"; do
    printf '%-34s %9.2f %9.2f %14.2f\n' "$(label "$q")" "${cpu[$q]}" "${wall[$q]}" "$(awk -v a="${cpu[$q]}" -v b="${cpu[group_by]}" 'BEGIN {print a / b}')"
done
