#!/usr/bin/env bash
# How good and how fast dedupe() is without any configuration, against figures measured for Splink 4.0.16 on DuckDB 1.5
# with models written by hand (best threshold that labels could choose).
#
# usage: test/bench/dedupe.sh [SET ...]     sets: febrl1 febrl3 fake_1000 rldata10000 pl_sim_10k restaurant affiliations
#                                           peopleN contactsN (N records; contacts are central European)
# The public sets are read from $CLT_DATA (default ../shared/data/dedupe beside this checkout); absent ones are skipped.
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
if [ -z "${CLT_BENCH_INSIDE:-}" ]; then
    export CLT_BENCH_INSIDE=1
    exec "$top/tools/pg" shell "$0" "$@"
fi
shared=${CLT_SHARED:-$(cd "$top/.." && pwd)/shared}
[ -d "$shared" ] || shared=/work/shared
data=${CLT_DATA:-$shared/data/dedupe}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
declare -A best=([febrl3]=.998 [fake_1000]=.925 [rldata10000]=.951 [pl_sim_10k]=.784 [restaurant]=.852 [people1000000]=.92)
declare -A default=([febrl3]=.995 [fake_1000]=.836 [rldata10000]=.865 [pl_sim_10k]=.732 [restaurant]=.852 [people1000000]=.76)
[ $# -gt 0 ] || set -- febrl1 febrl3 fake_1000 rldata10000 pl_sim_10k restaurant people10000 people50000 contacts10000 contacts50000

# load NAME FILE: a table of the CSV's columns, all text but the key; the truth goes into a table of its own
load() {
    local header columns
    header=$(head -1 "$2")
    columns=$(echo "$header" | tr -d '\r' | sed 's/,/\n/g' | sed 's/.*/"&" text/' | paste -sd,)
    psql -qX -v ON_ERROR_STOP=1 <<SQL
CREATE TABLE $1 ($columns);
\copy $1 FROM '$2' CSV HEADER
CREATE TABLE truth_$1 AS SELECT id, cluster_id FROM $1;
ALTER TABLE $1 DROP COLUMN cluster_id;
ALTER TABLE $1 ADD PRIMARY KEY (id);
ANALYZE $1;
SQL
}

# load_with_truth NAME FOLDER: the contacts of tools/gen_contacts, in the types such a table has
load_with_truth() {
    local columns
    columns=$(head -1 "$2/contacts.csv" | tr -d '\r' | sed 's/,/\n/g' | sed 's/.*/"&" text/' | paste -sd,)
    psql -qX -v ON_ERROR_STOP=1 <<SQL
CREATE TABLE $1 ($columns);
\copy $1 FROM '$2/contacts.csv' CSV HEADER
ALTER TABLE $1 ALTER id TYPE bigint USING id::bigint, ALTER birth_date TYPE date USING birth_date::date;
CREATE TABLE truth_$1 (id bigint, cluster_id text, kind text, household_id text, errors text);
\copy truth_$1 FROM '$2/truth.csv' CSV HEADER
ALTER TABLE $1 ADD PRIMARY KEY (id);
ANALYZE $1;
SQL
}

quality() {
    psql -qXtA -F ' ' <<SQL
WITH j AS (SELECT p.person_id AS f, t.cluster_id AS t FROM $1_person p JOIN truth_$1 t ON t.id = p.record_key),
f AS (SELECT sum(n * (n - 1) / 2) AS s FROM (SELECT count(*) AS n FROM j GROUP BY f) x),
t AS (SELECT sum(n * (n - 1) / 2) AS s FROM (SELECT count(*) AS n FROM j GROUP BY t) x),
b AS (SELECT sum(n * (n - 1) / 2) AS s FROM (SELECT count(*) AS n FROM j GROUP BY f, t) x)
SELECT (SELECT count(*) FROM j), t.s, f.s, b.s, round(b.s / greatest(f.s, 1), 4), round(b.s / t.s, 4), round(2 * b.s / (f.s + t.s), 4),
       (SELECT count(*) FROM $1_pair)
FROM f, t, b;
SQL
}

printf '%-14s %8s %8s %8s %8s %9s %7s %7s %7s %9s %9s\n' set records "true" joined right precision recall F1 seconds "peer best" "peer .95"
for set in "$@"; do
    case $set in
        people*)
            [ -f "$shared/bench/gen_people.py" ] || { echo "SKIP $set: no $shared/bench/gen_people.py" >&2; continue; }
            python3 "$shared/bench/gen_people.py" "${set#people}" 42 "$tmp/$set.csv" ;;
        contacts*)
            make -s -C "$top" tools/gen_contacts >/dev/null
            mkdir -p "$tmp/$set"
            "$top/tools/gen_contacts" --rows "${set#contacts}" --seed 42 --out "$tmp/$set" >/dev/null
            cp "$tmp/$set/contacts.csv" "$tmp/$set.csv" ;;
        *)
            [ -d "$data/$set" ] || { echo "SKIP $set: no $data/$set" >&2; continue; }
            if [ -f "$data/$set/records.csv.gz" ]; then zcat "$data/$set/records.csv.gz" >"$tmp/$set.csv"
            else cp "$data/$set/records.csv" "$tmp/$set.csv"; fi ;;
    esac
    if [ -f "$tmp/$set/truth.csv" ]; then load_with_truth "$set" "$tmp/$set"; else load "$set" "$tmp/$set.csv"; fi
    start=$(date +%s.%N)
    psql -qX -v ON_ERROR_STOP=1 -c "CALL clientele.dedupe('$set')"
    seconds=$(echo "$(date +%s.%N) - $start" | bc)
    read -r n t f b p r f1 pairs <<<"$(quality "$set")"
    printf '%-14s %8s %8s %8s %8s %9s %7s %7s %7.2f %9s %9s\n' "$set" "$n" "$t" "$f" "$b" "$p" "$r" "$f1" "$seconds" "${best[$set]:--}" "${default[$set]:--}"
    if [ -n "${CLT_BENCH_SQL:-}" ]; then psql -X -v set="$set" -f "$CLT_BENCH_SQL"; fi
done

# How fast: people of the generator, once without workers (so that the backend's processor time is all there is) and once
# with those that the server allows. Peak memory is that of the backend, shared memory that it touched included.
# CLT_BENCH_SPEED= leaves this out; the default leaves out 5000000, which takes minutes. CLT_BENCH_LOOSE=1000000 adds people blocked
# as loosely as Splink's users block, by single columns (26.7 million pairs at a million), and then the same with a model that learns
# from every pair, each of which is so compared to the end.
sizes=${CLT_BENCH_SPEED-10000 100000 1000000}
loose=${CLT_BENCH_LOOSE-}
[ -n "$sizes$loose" ] && [ -f "$shared/bench/gen_people.py" ] || exit 0
declare -A splink=([100000]='26 to 32' [1000000]='31 to 55' ['1000000 loose']=96 ['1000000 to the end']=96)
printf '\n%18s %7s %8s %8s %8s %9s %11s %14s\n' records workers 'wall, s' 'cpu, s' 'peak, MB' pairs 'pairs/cpu s' 'Splink, wall s'

# the phases tell at what processor time of the backend each began
phase() { sed -n "s/.*after [0-9.]* s, processor at \([0-9.]*\) s: $1, \([0-9]*\) pairs.*/\1 \2/p" "$tmp/phases"; }

# timed NAME WORKERS CALL: one job and what it took
timed() {
    local compare train pairs cpu peak wall
    psql -qXtA -v ON_ERROR_STOP=1 >"$tmp/speed" 2>"$tmp/phases" <<SQL
SET max_parallel_maintenance_workers = $2;
SELECT pg_backend_pid() AS pid \gset
\setenv PID :pid
SET client_min_messages = debug1;
$3;
SET client_min_messages = warning;
\! cat /proc/\$PID/stat | awk '{print "cpu", (\$14 + \$15) / 100}'
\! awk '/VmHWM/ {print "peak", \$2 / 1024}' /proc/\$PID/status
SQL
    read -r compare _ <<<"$(phase 'comparing pairs')"
    read -r train pairs <<<"$(phase training)"
    cpu=$(awk '/^cpu/ {print $2}' "$tmp/speed") peak=$(awk '/^peak/ {print $2}' "$tmp/speed")
    wall=$(sed -n 's/.*after \([0-9.]*\) s, .*: done.*/\1/p' "$tmp/phases")
    printf '%18s %7s %8.2f %8s %8.0f %9s %11s %14s\n' "$1" "$2" "$wall" "$([ "$2" = 0 ] && printf %.2f "$cpu" || echo -)" \
        "$peak" "$pairs" "$([ "$2" = 0 ] && echo "$pairs / ($train - $compare + 0.001)" | bc || echo -)" "${splink[$1]:--}"
}

people() {
    [ -f "$tmp/people$1.csv" ] || python3 "$shared/bench/gen_people.py" "$1" 42 "$tmp/people$1.csv"
    load "speed$1" "$tmp/people$1.csv"
    rm -f "$tmp/people$1.csv"
}

forget() {
    psql -qX -c "DROP TABLE IF EXISTS $1_pair, $1_person, $1_index CASCADE" -c "DELETE FROM clientele.linkage_model" 2>/dev/null
}

for n in $sizes; do
    people "$n"
    for workers in 0 2; do
        forget "speed$n"
        timed "$n" "$workers" "CALL clientele.dedupe('speed$n')"
    done
    forget "speed$n"
    psql -qX -c "DROP TABLE speed$n, truth_speed$n"
done
for n in $loose; do
    people "$n"
    for settings in '{}' '{"learn_from": 0}'; do
        name="$n loose"
        [ "$settings" = '{}' ] || name="$n to the end"
        for workers in 0 2; do
            forget loose
            psql -qXtA -v ON_ERROR_STOP=1 >/dev/null <<SQL
SELECT clientele.create_model('loose', 'speed$n', jsonb_set(clientele.suggest_model('speed$n'), '{blocking}',
    '[{"keys": [{"column": "dob"}]}, {"keys": [{"column": "postcode"}]}, {"keys": [{"column": "phone"}]}, {"keys": [{"column": "email"}]},
      {"keys": [{"column": "first_name"}, {"column": "surname"}]}, {"keys": [{"column": "surname"}, {"column": "dob", "form": "year"}]}]') || '$settings');
SQL
            timed "$name" "$workers" "CALL clientele.dedupe('speed$n', 'loose')"
        done
    done
    forget loose
    psql -qX -c "DROP TABLE speed$n, truth_speed$n"
done
echo 'Splink 4.0.16 on DuckDB 1.5: quoted, measured elsewhere on two cores of the same kind, not in this run (train, predict and cluster).'
