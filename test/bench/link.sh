#!/usr/bin/env bash
# How right link is: a set with known persons is dealt out to two tables (of each person's records the odd ones left, the
# even ones right), and the pairs across are counted for dedupe of the whole and for link; then the first record of each
# person and the second, for link with and without one to one.
#
# usage: test/bench/link.sh [SET...]     sets of ../shared/data/dedupe, or people<n> for the generator there
set -euo pipefail
cd "$(dirname "$0")/../.."
top=$PWD
if [ -z "${CLT_WORK:-}" ]; then
    exec tools/pg shell test/bench/link.sh "$@"
fi
shared=${CLT_SHARED:-$top/../shared}
data=$shared/data/dedupe
tmp=$(mktemp -d /tmp/clt-link.XXXXXX)
trap 'rm -rf "$tmp"' EXIT
psql -qX -c 'SET client_min_messages = warning' -c 'CREATE EXTENSION IF NOT EXISTS clientele'
[ $# -gt 0 ] || set -- febrl3 fake_1000 rldata10000 pl_sim_10k people10000

# across NAME: precision, recall and F1 of the pairs across, by the persons of a model
across() {
    psql -qXtA -F ' ' <<SQL
WITH j AS (SELECT p.person_id AS f, t.cluster_id AS t, t.side FROM $1_person p JOIN truth t ON t.id = p.record_key),
s AS (SELECT (SELECT sum(l * r) FROM (SELECT count(*) FILTER (WHERE side = 1) AS l, count(*) FILTER (WHERE side = 2) AS r FROM j GROUP BY f) x) AS f,
             (SELECT sum(l * r) FROM (SELECT count(*) FILTER (WHERE side = 1) AS l, count(*) FILTER (WHERE side = 2) AS r FROM j GROUP BY t) x) AS t,
             (SELECT sum(l * r) FROM (SELECT count(*) FILTER (WHERE side = 1) AS l, count(*) FILTER (WHERE side = 2) AS r FROM j GROUP BY f, t) x) AS b)
SELECT round(b / greatest(f, 1), 4), round(b / greatest(t, 1), 4), round(2 * b / greatest(f + t, 1), 4) FROM s;
SQL
}

printf '%-12s %-12s %9s %7s %7s %8s\n' set job precision recall F1 seconds
for set in "$@"; do
    case $set in
        people*)
            [ -f "$shared/bench/gen_people.py" ] || { echo "SKIP $set: no $shared/bench/gen_people.py" >&2; continue; }
            python3 "$shared/bench/gen_people.py" "${set#people}" 42 "$tmp/$set.csv" ;;
        *)
            [ -d "$data/$set" ] || { echo "SKIP $set: no $data/$set" >&2; continue; }
            if [ -f "$data/$set/records.csv.gz" ]; then zcat "$data/$set/records.csv.gz" >"$tmp/$set.csv"
            else cp "$data/$set/records.csv" "$tmp/$set.csv"; fi ;;
    esac
    columns=$(head -1 "$tmp/$set.csv" | tr -d '\r' | sed 's/,/\n/g' | sed 's/.*/"&" text/' | paste -sd,)
    psql -qX -v ON_ERROR_STOP=1 <<SQL
CREATE TABLE whole ($columns);
\copy whole FROM '$tmp/$set.csv' CSV HEADER
CREATE TABLE truth AS SELECT id, cluster_id, n, 1 + (n - 1) % 2 AS side
    FROM (SELECT id, cluster_id, row_number() OVER (PARTITION BY cluster_id ORDER BY md5(id)) AS n FROM whole) x;
ALTER TABLE whole DROP COLUMN cluster_id;
ALTER TABLE whole ADD PRIMARY KEY (id);
CREATE TABLE odd AS SELECT w.* FROM whole w JOIN truth t USING (id) WHERE t.side = 1;
CREATE TABLE even AS SELECT w.* FROM whole w JOIN truth t USING (id) WHERE t.side = 2;
CREATE TABLE first AS SELECT w.* FROM whole w JOIN truth t USING (id) WHERE t.n = 1;
CREATE TABLE second AS SELECT w.* FROM whole w JOIN truth t USING (id) WHERE t.n = 2;
ALTER TABLE first ADD PRIMARY KEY (id);
ALTER TABLE second ADD PRIMARY KEY (id);
ALTER TABLE odd ADD PRIMARY KEY (id);
ALTER TABLE even ADD PRIMARY KEY (id);
ANALYZE;
SQL
    for job in dedupe link first_second one_to_one; do
        case $job in
            dedupe) call="CALL clientele.dedupe('whole')" model=whole ;;
            link) call="CALL clientele.link('odd', 'even', 'both')" model=both ;;
            first_second) call="CALL clientele.link('first', 'second', 'two')" model=two ;;
            one_to_one) call="CALL clientele.link('first', 'second', 'two', true)" model=two ;;
        esac
        start=$(date +%s.%N)
        psql -qX -v ON_ERROR_STOP=1 -c "$call"
        seconds=$(echo "$(date +%s.%N) - $start" | bc)
        read -r p r f1 <<<"$(across $model)"
        printf '%-12s %-12s %9s %7s %7s %8.2f\n' "$set" "$job" "$p" "$r" "$f1" "$seconds"
    done
    psql -qX -c 'SET client_min_messages = warning' -c 'DROP TABLE whole, odd, even, first, second, truth, whole_pair, whole_person, both_pair, both_person, two_pair, two_person CASCADE' \
        -c 'DROP TABLE IF EXISTS whole_index, whole_redirect, both_redirect, two_redirect' -c "SELECT clientele.drop_model('whole'), clientele.drop_model('both'), clientele.drop_model('two')" >/dev/null
done
