#!/usr/bin/env bash
# How long search() takes for one record, beside pg_trgm's similarity search for its names by GIN and by GiST.
#
# usage: test/bench/search.sh      N=100000 records of the generator of contacts, Q=1000 of them looked for (a twentieth of them by trigrams)
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
if [ -z "${CLT_BENCH_INSIDE:-}" ]; then
    export CLT_BENCH_INSIDE=1
    exec "$top/tools/pg" shell "$0" "$@"
fi
N=${N:-100000} Q=${Q:-1000}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
make -s -C "$top" tools/gen_contacts >/dev/null
"$top/tools/gen_contacts" --rows "$N" --seed 42 --out "$tmp" >/dev/null
columns=$(head -1 "$tmp/contacts.csv" | tr -d '\r' | sed 's/,/\n/g' | sed 's/.*/"&" text/' | paste -sd,)
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
CREATE FUNCTION latencies(query text, asked int, OUT p50 text, OUT p95 text, OUT p99 text, OUT most text) LANGUAGE plpgsql AS \$\$
DECLARE
    t timestamptz;
    took float8[];
    w wanted;
BEGIN
    FOR w IN SELECT * FROM wanted ORDER BY i LIMIT 10 LOOP
        EXECUTE query USING w.whole, w.part, w.name;
    END LOOP;
    FOR w IN SELECT * FROM wanted ORDER BY i LIMIT asked LOOP
        t := clock_timestamp();
        EXECUTE query USING w.whole, w.part, w.name;
        took := took || extract(epoch FROM clock_timestamp() - t)::float8 * 1000;
    END LOOP;
    SELECT to_char(percentile_cont(0.5) WITHIN GROUP (ORDER BY x), '99990.999'), to_char(percentile_cont(0.95) WITHIN GROUP (ORDER BY x), '99990.999'),
           to_char(percentile_cont(0.99) WITHIN GROUP (ORDER BY x), '99990.999'), to_char(max(x), '99990.999')
    INTO p50, p95, p99, most FROM unnest(took) x;
END \$\$;
\timing on
\echo dedupe, all of it:
CALL clientele.dedupe('contact');
\echo trigram indexes, GIN then GiST:
CREATE INDEX trgm_gin ON contact USING gin (name_of(contact) gin_trgm_ops);
CREATE INDEX trgm_gist ON contact USING gist (name_of(contact) gist_trgm_ops);
\timing off
VACUUM ANALYZE contact;
SELECT pg_size_pretty(pg_total_relation_size('contact_index')) AS "search index", round(pg_total_relation_size('contact_index') / $N.0) AS "bytes a record",
       pg_size_pretty(pg_relation_size('trgm_gin')) AS "trigrams, GIN", pg_size_pretty(pg_relation_size('trgm_gist')) AS "trigrams, GiST";
SELECT what, l.*
FROM (VALUES (1, 'search(), whole record', 'SELECT count(*) FROM clientele.search(''contact'', \$1)'),
             (2, 'search(), names and birth date', 'SELECT count(*) FROM clientele.search(''contact'', \$2)'),
             (3, 'pg_trgm GIN, names', 'SELECT count(*) FROM (SELECT id FROM contact WHERE name_of(contact) % \$3 ORDER BY similarity(name_of(contact), \$3) DESC LIMIT 10) x'),
             (4, 'pg_trgm GiST, names', 'SELECT count(*) FROM (SELECT id FROM contact ORDER BY name_of(contact) <-> \$3 LIMIT 10) x')) v(i, what, query),
     latencies(query, CASE WHEN i <= 2 THEN $Q ELSE $Q / 20 END) l
ORDER BY i;
SQL
