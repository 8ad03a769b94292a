#!/usr/bin/env bash
# Folding, net of the scan: ours beside unaccent(lower()) and the server's normalize().
# usage: make bench-fold [ROWS=200000]
set -euo pipefail
cd "$(dirname "$0")/../.."
[ -n "${CLT_WORK:-}" ] || exec tools/pg shell test/bench/fold.sh
rows=${ROWS:-200000}
psql -Xq -v rows="$rows" <<'SQL'
\set ON_ERROR_STOP 1
CREATE EXTENSION IF NOT EXISTS unaccent SCHEMA public;
SET client_min_messages = error;
SET max_parallel_workers_per_gather = 0;
SET jit = off;
SET search_path = public, clientele;
CREATE TEMP TABLE bench_name AS
SELECT v[1 + i % 8] || ' ' || w[1 + (i / 8) % 8] AS latin, c[1 + i % 8] || ' ' || d[1 + (i / 8) % 8] AS cyrillic,
       a[1 + i % 8] || ' ' || b[1 + (i / 8) % 8] AS ascii, s[1 + i % 8] || ' ' || (i % 200) AS street, f[1 + i % 8] AS firm
FROM generate_series(1, :rows) i,
(SELECT ARRAY['Đorđe','Željko','Łukasz','Müller','Jiří','Anežka','Stanisław','Krešimir'] v, ARRAY['Petrović','Nováková','Wiśniewski','Schröder','Šćepanović','Dvořák','Kőszegi','Đurđević'] w,
  ARRAY['Ђорђе','Жељко','Љубица','Милош','Ненад','Душан','Стеван','Јелена'] c, ARRAY['Петровић','Јовановић','Ђурђевић','Николић','Марковић','Стојановић','Шћепановић','Живковић'] d,
  ARRAY['John','William','Margaret','Robert','Elizabeth','Thomas','Christopher','Ann'] a, ARRAY['Smith','Johnson','Williams','O''Brien','Taylor-Brown','Davies','Robinson','Wright'] b,
  ARRAY['ul. Kneza Miloša','Bulevar kralja Aleksandra','Hauptstraße','náměstí Republiky','al. Jana Pawła II','Main Street','Trg Republike','Dunajska cesta'] s,
  ARRAY['Delta d.o.o. Beograd','Müller & Söhne GmbH & Co. KG','Alfa Sp. z o.o.','Škoda Auto a.s.','Acme Ltd','PR Marko Marković, Frizerski salon','JKP Beogradske elektrane','Siemens AG'] f) t;
VACUUM ANALYZE bench_name;
CREATE FUNCTION pg_temp.ns(expression text) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE t timestamptz; best float8 := 1e9; took float8;
BEGIN
  FOR i IN 1..5 LOOP
    t := clock_timestamp();
    EXECUTE format('SELECT count(%s) FROM bench_name', expression);
    took := extract(epoch FROM clock_timestamp() - t);
    best := least(best, took);
  END LOOP;
  RETURN best * 1e9 / (SELECT count(*) FROM bench_name);
END $$;
CREATE TEMP TABLE result AS
SELECT what, round(pg_temp.ns(ours) - pg_temp.ns(base)) AS ours_ns, peer, CASE WHEN peer IS NOT NULL THEN round(pg_temp.ns(peer) - pg_temp.ns(base)) END AS peer_ns
FROM (VALUES
  ('fold, ASCII names', 'fold(ascii)', 'ascii', 'unaccent(lower(ascii))'),
  ('fold, Latin names', 'fold(latin)', 'latin', 'unaccent(lower(latin))'),
  ('fold, Cyrillic names', 'fold(cyrillic)', 'cyrillic', 'unaccent(lower(cyrillic))'),
  ('fold, Latin names', 'fold(latin)', 'latin', 'lower(normalize(latin, NFKC))'),
  ('fold_keys, Latin names', 'fold_keys(latin)', 'latin', NULL),
  ('family_name_key, Latin', 'family_name_key(latin)', 'latin', NULL),
  ('company_name_key', 'company_name_key(firm)', 'firm', NULL),
  ('street_key', 'street_key(street)', 'street', NULL),
  ('name_variants', 'name_variants(ascii)', 'ascii', NULL),
  ('daitch_mokotoff', 'daitch_mokotoff(ascii)', 'ascii', NULL)) v(what, ours, base, peer);
\pset border 2
\echo 'nanoseconds a call, net of the scan, best of five'
SELECT what, ours_ns, peer, peer_ns, round(peer_ns / nullif(ours_ns, 0), 1) AS ratio FROM result;
SQL
