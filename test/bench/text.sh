#!/usr/bin/env bash
# Text similarity: our functions and the peers' from one run, as nanoseconds per pair net of the scan.
#
# Peers: pg_similarity, fuzzystrmatch and pg_trgm in the same private server; DuckDB, if npm can fetch it.
# PAIRS=n and ROUNDS=n change the size; the rounds are interleaved and the median counts.
set -euo pipefail
cd "$(dirname "$0")/../.."
pairs=${PAIRS:-1000000} rounds=${ROUNDS:-7}
major=$("${PG_CONFIG:-pg_config}" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')

if [ -z "${CLT_WORK:-}" ]; then
    if [ ! -f "/usr/share/postgresql/$major/extension/pg_similarity.control" ] ||
        [ ! -f "/usr/share/postgresql/$major/extension/fuzzystrmatch.control" ]; then
        apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends --no-upgrade \
            "postgresql-$major" "postgresql-$major-similarity"
    fi
    exec tools/pg shell "$0"
fi

run() { psql -XqAt -v ON_ERROR_STOP=1 "$@"; }

run <<SQL
SET client_min_messages = error;
CREATE SCHEMA peer;
CREATE EXTENSION pg_similarity SCHEMA peer;
CREATE EXTENSION fuzzystrmatch SCHEMA peer;
CREATE EXTENSION pg_trgm SCHEMA peer;
-- 8,000 surnames made of syllables, the same in every run: the hash of the row number chooses
CREATE TABLE surname AS
SELECT i, (ARRAY['mar','pet','jov','nik','sto','vla','kow','nov','hor','wag','mul','sch','har','wil','dra','bla'])[1 + (h & 15)]
       || (ARRAY['a','o','i','an','ov','el','in','er'])[1 + (h >> 4 & 7)]
       || (ARRAY['','','k','l','n','v','s','m'])[1 + (h >> 7 & 7)]
       || (ARRAY['ic','ski','ak','a','ek','er','son','ova','','man','is','ar'])[1 + (h >> 10 & 1023) % 12] AS name
FROM (SELECT i, hashint4(i) & 1073741823 AS h FROM generate_series(1, 8000) i) s;
CREATE TABLE pair AS
SELECT a.name AS a, b.name AS b, translate(a.name, 'csz', 'čšž') AS la, translate(b.name, 'csz', 'čšž') AS lb,
       translate(a.name, 'abcdefghijklmnoprstuvwxyz', 'абцдефгхијклмнопрстувwxyз') AS ca,
       translate(b.name, 'abcdefghijklmnoprstuvwxyz', 'абцдефгхијклмнопрстувwxyз') AS cb,
       a.name || ' ' || c.name || ' ' || b.name AS wa, b.name || ' ' || a.name || ' doo' AS wb
FROM generate_series(1, $pairs) n
JOIN surname a ON a.i = 1 + (hashint4(n) & 1073741823) % 8000
JOIN surname b ON b.i = 1 + (hashint4(-n) & 1073741823) % 8000
JOIN surname c ON c.i = 1 + (hashint4(n * 3) & 1073741823) % 8000;
VACUUM (ANALYZE, FREEZE) pair;
SQL

# what | ours | peer | the peer's call
cases=$(cat <<'CASES'
texteq, for scale|texteq(a, b)||
jaro|clientele.jaro_similarity(a, b)|pg_similarity|peer.jaro(a, b)
jaro-winkler|clientele.jaro_winkler_similarity(a, b)|pg_similarity|peer.jarowinkler(a, b)
jaro-winkler, cutoff .92|clientele.jaro_winkler_similarity(a, b, 0.92)||
jaro-winkler, Latin|clientele.jaro_winkler_similarity(la, lb)|pg_similarity|peer.jarowinkler(la, lb)
jaro-winkler, Cyrillic|clientele.jaro_winkler_similarity(ca, cb)|pg_similarity|peer.jarowinkler(ca, cb)
levenshtein|clientele.levenshtein(a, b)|pg_similarity|peer.lev(a, b)
levenshtein|clientele.levenshtein(a, b)|fuzzystrmatch|peer.levenshtein(a, b)
levenshtein <= 2|clientele.levenshtein(a, b, 2)|fuzzystrmatch|peer.levenshtein_less_equal(a, b, 2)
levenshtein, Cyrillic|clientele.levenshtein(ca, cb)|fuzzystrmatch|peer.levenshtein(ca, cb)
osa|clientele.osa_distance(a, b)||
damerau-levenshtein|clientele.damerau_levenshtein(a, b)||
jaccard (characters)|clientele.jaccard(a, b)|pg_similarity (words)|peer.jaccard(a, b)
trigrams, for scale|clientele.jaro_winkler_similarity(a, b)|pg_trgm similarity|peer.similarity(a, b)
cosine of words|clientele.cosine_similarity(wa, wb)|pg_similarity|peer.cosine(wa, wb)
monge-elkan|clientele.monge_elkan(wa, wb)|pg_similarity|peer.mongeelkan(wa, wb)
token set|clientele.token_set_similarity(wa, wb)||
CASES
)

# The scan reads the same two columns: count() of a function that gives not null, against count() of the columns.
{
    echo "SET max_parallel_workers_per_gather = 0; SET jit = off; SET work_mem = '64MB';"
    echo "\\timing off"
    echo "CREATE TEMP TABLE timing (call text, round int, ms float8);"
    cat <<'SQL'
-- time on the processor, so that others on the machine count less; off Linux the clock
CREATE FUNCTION pg_temp.spent() RETURNS float8 LANGUAGE plpgsql AS $$
BEGIN
    RETURN split_part(pg_read_file('/proc/self/schedstat'), ' ', 1)::float8 / 1e6;
EXCEPTION WHEN OTHERS THEN
    RETURN extract(epoch FROM clock_timestamp()) * 1000;
END $$;
CREATE FUNCTION pg_temp.measure(call text, round int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    began float8;
BEGIN
    began := pg_temp.spent();
    EXECUTE format('SELECT count(%s) FROM pair', call);
    INSERT INTO timing VALUES (call, round, pg_temp.spent() - began);
END $$;
SQL
    for round in $(seq 0 "$rounds"); do
        for columns in 'a, b' 'la, lb' 'ca, cb' 'wa, wb'; do
            # texts of a row as the executor gets them, touched by the cheapest strict two-argument call
            echo "SELECT pg_temp.measure('($columns) IS NULL', $round);"
        done
        while IFS='|' read -r _ ours _ peer; do
            for call in "$ours" "$peer"; do
                [ -z "$call" ] || echo "SELECT pg_temp.measure('$call', $round);"
            done
        done <<<"$cases" | awk '!seen[$0]++'
    done
    echo "CREATE TEMP TABLE result AS SELECT call, percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) * 1e6 / $pairs AS ns FROM timing WHERE round > 0 GROUP BY call;"
    echo "\\pset format unaligned"
    while IFS='|' read -r what ours peer call; do
        columns=$(sed -n 's/.*(\([a-z]*\), \([a-z]*\).*/\1, \2/p' <<<"$ours")
        [ -n "$columns" ] || columns='a, b'
        echo "SELECT format('%-26s %8s %8s %7s  %s', '$what', round((o.ns - s.ns)::numeric, 0), coalesce(round((p.ns - s.ns)::numeric, 0)::text, '-'), coalesce(round(((p.ns - s.ns) / (o.ns - s.ns))::numeric, 1)::text, '-'), '$peer')
              FROM result o JOIN result s ON s.call = '($columns) IS NULL' LEFT JOIN result p ON p.call = '$call' WHERE o.call = '$ours';"
    done <<<"$cases"
} >"$CLT_WORK/bench.sql"

echo "nanoseconds per pair, net of the scan, one core, $(run -c 'SELECT count(*) FROM pair') pairs of surnames, median of $rounds rounds"
printf '%-26s %8s %8s %7s  %s\n' measure ours peer ratio peer
run -f "$CLT_WORK/bench.sql" | grep -v '^$'

kernels=$CLT_WORK/similarity_kernels
cc -O2 -ffp-contract=off -Isrc -o "$kernels" test/bench/similarity_kernels.c \
    src/similarity/{chars,jaro,levenshtein,damerau,tokens,pattern}.c -lm
echo "the kernels alone, 4,000 different surnames"
run -c 'SELECT DISTINCT name FROM surname ORDER BY name LIMIT 4000' | "$kernels"

# DuckDB on the same pairs, one thread, net of its scan
duck=$CLT_WORK/duck
mkdir -p "$duck"
if (cd "$duck" && command -v npm && npm init -y && npm install --no-audit --no-fund @duckdb/node-api) >"$CLT_WORK/npm.log" 2>&1; then
    run -c "COPY (SELECT a, b FROM pair) TO STDOUT CSV HEADER" >"$duck/pair.csv"
    cat >"$duck/bench.mjs" <<'JS'
import { DuckDBInstance } from '@duckdb/node-api';
const db = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();
await db.run("CREATE TABLE pair AS SELECT * FROM read_csv('pair.csv', header = true, all_varchar = true)");
const rows = Number((await db.runAndReadAll('SELECT count(*) FROM pair')).getRows()[0][0]);
const spent = () => { const u = process.cpuUsage(); return (u.user + u.system) * 1000; };
async function measure(call) {
    const times = [];
    for (let i = 0; i < 7; i++) {
        const began = spent();
        await db.runAndReadAll(`SELECT sum(${call}) FROM pair`);
        times.push((spent() - began) / rows);
    }
    return times.sort((x, y) => x - y)[3];
}
const scan = await measure('length(a) + length(b)');
console.log('DuckDB, one thread, net of the scan');
for (const f of ['jaro_similarity', 'jaro_winkler_similarity', 'levenshtein', 'damerau_levenshtein', 'jaccard'])
    console.log(f.padEnd(26), String(Math.round(await measure(`${f}(a, b)`) - scan)).padStart(8));
JS
    (cd "$duck" && node bench.mjs)
else
    echo "DuckDB: not measured, npm could not install @duckdb/node-api"
fi
