-- How alike two texts are: the SQL functions, on top of what the unit tests hold of the kernels.
BEGIN;
SELECT no_plan();

-- Jaro-Winkler as rapidfuzz and DuckDB define it, on code points
SELECT is(round(jaro_winkler_similarity(a, b)::numeric, 6), w, format('jaro_winkler_similarity(%s, %s)', a, b))
FROM (VALUES
    ('martha', 'marhta', 0.961111), ('dixon', 'dicksonx', 0.813333), ('abcvwxyz', 'cabvwxyz', 0.958333),
    ('aleksandar', 'magdalena', 0.730688), ('marko', 'mara jovanović', 0.695238), ('милан', 'марко', 0.466667),
    ('đorđe', 'đurđa', 0.760000), ('łukasz', 'lukasz', 0.888889), ('мирослав', 'miroslav', 0.000000),
    ('novakova', 'novak', 0.925000), ('mueller', 'muller', 0.917460), ('dordevic', 'djordjevic', 0.940000),
    ('', '', 1.000000), ('', 'a', 0.000000), ('a', 'a', 1.000000)) v (a, b, w);
SELECT is(round(jaro_similarity('martha', 'marhta')::numeric, 6), 0.944444, 'jaro_similarity');

-- Edit distances, the variant named
SELECT results_eq(
    $$ SELECT levenshtein(a, b), osa_distance(a, b), damerau_levenshtein(a, b)
       FROM (VALUES (1, 'ca', 'abc'), (2, 'ca', 'ac'), (3, 'kitten', 'sitting'), (4, 'Ђорђе', 'Ђођре'),
                    (5, 'straße', 'strasse'), (6, '𝒳y', 'y𝒳'), (7, '', 'čć')) v (n, a, b) ORDER BY n $$,
    $$ VALUES (3, 3, 2), (2, 1, 1), (3, 3, 3), (2, 1, 1), (2, 2, 2), (2, 1, 1), (2, 2, 2) $$,
    'levenshtein, osa_distance, damerau_levenshtein');

-- The bound
SELECT is(levenshtein('kitten', 'sitting', 3), 3, 'a bound that is not exceeded changes nothing');
SELECT is(levenshtein('kitten', 'sitting', 2), 3, 'above the bound: bound + 1');
SELECT is(levenshtein('kitten', 'sitting', 0), 1, 'bound 0 asks for equality');
SELECT is(levenshtein('kitten', 'kitten', max_distance => 0), 0, 'which may be');
SELECT is(osa_distance('abcdef', 'badcfe', 2), 3, 'osa_distance is bounded too');
SELECT is(damerau_levenshtein('abcdef', 'badcfe', 2), 3, 'damerau_levenshtein is bounded too');
SELECT is(damerau_levenshtein('abac', 'acb', 2), 2, 'damerau_levenshtein may be within a bound that osa_distance exceeds');
SELECT throws_ok($$ SELECT levenshtein('a', 'b', -1) $$, '22023', 'max_distance must not be negative, but is -1');
SELECT is(levenshtein('a', 'b', 2147483647), 1, 'the largest bound is none');
SELECT is(jaro_winkler_similarity('martha', 'marhta', 0.9), jaro_winkler_similarity('martha', 'marhta'), 'at or above the cutoff');
SELECT is(jaro_winkler_similarity('martha', 'marhta', score_cutoff => 0.97), 0::float8, 'below the cutoff: 0');
SELECT is(jaro_similarity('martha', 'marhta', 0.95), 0::float8, 'jaro_similarity has a cutoff too');
SELECT is(jaro_similarity('martha', 'marhta', 'NaN'), 0::float8, 'nothing reaches NaN');

-- Sets and words
SELECT is(jaccard('duck', 'luck'), 0.6::float8, 'jaccard is about sets of characters');
SELECT is(jaccard('милан', 'марко'), 0.25::float8, 'characters, not bytes');
SELECT is(jaccard('', ''), 1::float8, 'nothing equals nothing');
SELECT is(jaccard('', 'a'), 0::float8, 'and nothing else');
SELECT is(jaccard(ARRAY['a', 'b', 'b', NULL], ARRAY['c', 'b']), 1 / 3::float8, 'jaccard of arrays: sets without nulls');
SELECT is(jaccard(ARRAY[1, 2], ARRAY[2, 1]::numeric[]), 1::float8, 'of any type that can be sorted');
SELECT is(jaccard('{}'::int[], '{}'::int[]), 1::float8, 'empty sets are equal');
SELECT throws_ok($$ SELECT jaccard(ARRAY[point(1, 2)], ARRAY[point(1, 2)]) $$, '42883', NULL, 'others are refused');
SELECT is(cosine_similarity('a b', 'b c'), 0.5::float8, 'cosine_similarity of texts counts words');
SELECT is(cosine_similarity('a b', 'a c a'), 2 / sqrt(2 * 5), 'each as often as it stands there');
SELECT is(cosine_similarity('', ' '), 1::float8, 'no words equal no words');
SELECT is(cosine_similarity(ARRAY[1, 0], ARRAY[0.6, 0.8]), 0.6::float8, 'cosine_similarity of vectors, whatever the numbers are');
SELECT is(cosine_similarity(ARRAY[3, 4]::real[], ARRAY[-3, -4]::real[]), -1::float8, 'opposite vectors');
SELECT is(cosine_similarity(ARRAY[1, 2]::bigint[], ARRAY[2, 4]::float8[]), 1::float8, 'parallel vectors');
SELECT is(cosine_similarity(ARRAY[0, 0], ARRAY[1, 1]), NULL, 'a vector of zeros points nowhere');
SELECT throws_ok($$ SELECT cosine_similarity(ARRAY[1, 2], ARRAY[1]) $$, '22000',
                 'vectors must have the same number of elements, but have 2 and 1');
SELECT throws_ok($$ SELECT cosine_similarity(ARRAY[1, NULL], ARRAY[1, 2]) $$, '22004', 'vector must not contain null values');
SELECT throws_ok($$ SELECT cosine_similarity(ARRAY['a'], ARRAY['b']) $$, '42804', NULL, 'vectors of texts are refused');
SELECT throws_ok($$ SELECT cosine_similarity(ARRAY[1e200], ARRAY[1e200]::float8[]) $$, '22003', NULL, 'overflow is said');
SELECT is(monge_elkan('jovan jovanović', 'jovanović jovan'), 1::float8, 'monge_elkan knows no order of words');
SELECT is(round(monge_elkan('ana', 'ana marija')::numeric, 6),
          round(((1 + (1 + jaro_winkler_similarity('ana', 'marija')) / 2) / 2)::numeric, 6), 'and is the mean of both directions');
SELECT is(monge_elkan('', ''), 1::float8, 'monge_elkan: nothing equals nothing');
SELECT is(token_set_similarity('fuzzy was a bear', 'fuzzy fuzzy was a bear'), 1::float8, 'token_set_similarity: repetition does not count');
SELECT is(round(token_set_similarity('new york mets', 'new york yankees')::numeric, 6), 0.761905, 'the best of three comparisons');
SELECT is(round(token_set_similarity('petar petrović', 'петар петровић')::numeric, 6), 0.071429, 'nothing is folded');
SELECT is(token_set_similarity('', ''), 0::float8, 'no words: 0, as in rapidfuzz');

-- On random texts of every kind: symmetric, in range, one when equal
CREATE TEMP TABLE pair AS
SELECT a.s AS a, b.s AS b
FROM (SELECT i, string_agg(substr('ab čđж日𝒳', 1 + (hashint4(i * 100 + k) & 7), 1), '' ORDER BY k) AS s
      FROM generate_series(1, 60) i, generate_series(1, 1 + i * i / 18) k GROUP BY i) a,
     (SELECT i, string_agg(substr('ab čđж日𝒳', 1 + (hashint4(i * 101 + k) & 7), 1), '' ORDER BY k) AS s
      FROM generate_series(1, 60) i, generate_series(1, 1 + i * i / 18) k GROUP BY i) b;
SELECT is_empty(format($$ SELECT a, b FROM pair WHERE %1$I(a, b) IS DISTINCT FROM %1$I(b, a) $$, f), f || ' is symmetric')
FROM unnest(ARRAY['jaro_similarity', 'jaro_winkler_similarity', 'levenshtein', 'osa_distance', 'damerau_levenshtein', 'jaccard',
                  'cosine_similarity', 'monge_elkan', 'token_set_similarity']) f;
SELECT is_empty(format($$ SELECT a, b FROM pair WHERE %1$I(a, b) NOT BETWEEN 0 AND 1 OR round(%1$I(a, a)::numeric, 12) <> 1 $$, f),
                f || ' lies between 0 and 1, which equal texts have')
FROM unnest(ARRAY['jaro_similarity', 'jaro_winkler_similarity', 'jaccard', 'cosine_similarity', 'monge_elkan']) f;
SELECT is_empty($$ SELECT a, b FROM pair WHERE NOT (levenshtein(a, b) >= osa_distance(a, b) AND osa_distance(a, b) >= damerau_levenshtein(a, b)
                   AND levenshtein(a, b) BETWEEN abs(length(a) - length(b)) AND greatest(length(a), length(b))) $$,
                'levenshtein >= osa_distance >= damerau_levenshtein, all within what the lengths allow');
SELECT is_empty(format($$ SELECT a, b, d FROM pair, unnest(ARRAY[0, 1, 2, 3, 10, 60]) d WHERE %1$I(a, b, d) <> least(%1$I(a, b), d + 1) $$, f),
                f || ' within a bound is the bounded distance')
FROM unnest(ARRAY['levenshtein', 'osa_distance', 'damerau_levenshtein']) f;

-- Strict, and declared as they are
SELECT is_empty($$ SELECT p.oid::regprocedure FROM pg_proc p
                   WHERE pronamespace = 'clientele'::regnamespace
                     AND proname IN ('jaro_similarity', 'jaro_winkler_similarity', 'levenshtein', 'osa_distance', 'damerau_levenshtein',
                                     'jaccard', 'cosine_similarity', 'monge_elkan', 'token_set_similarity')
                     AND NOT (proisstrict AND provolatile = 'i' AND proparallel = 's' AND NOT proleakproof) $$,
                'strict, immutable, parallel safe, not leakproof');
SELECT is(levenshtein('a', NULL), NULL, 'null in, null out');
SELECT is(jaro_winkler_similarity(NULL, 'a', 0.9), NULL, 'with a cutoff too');

-- Any length: in line, compressed, out of line; narrow and wide; linear memory
SELECT is(levenshtein(repeat('a', 100000), repeat('ab', 50000)), 50000, 'levenshtein of 100,000 characters');
SELECT is(levenshtein(repeat('č', 1000000), repeat('č', 999999) || 'ć'), 1, 'one replacement in a million characters');
SELECT is(osa_distance(repeat('ab', 5000), repeat('ba', 5000)), 2, 'osa_distance of 10,000 characters');
SELECT is(damerau_levenshtein(repeat('ab', 1000), repeat('ba', 1000)), 2, 'damerau_levenshtein of 2,000 characters');
SELECT is(jaro_similarity(repeat('ab', 1000000), repeat('ab', 1000000)), 1::float8, 'jaro_similarity of two million characters');
SELECT is(levenshtein((SELECT string_agg(chr(19968 + i), '') FROM generate_series(1, 5000) i),
                      (SELECT string_agg(chr(19968 + i), '') FROM generate_series(11, 5010) i)), 20, '5,000 different characters');
SELECT is(jaccard((SELECT string_agg(chr(19968 + i), '') FROM generate_series(1, 3000) i),
                  (SELECT string_agg(chr(19968 + i), '') FROM generate_series(1001, 4000) i)), 0.5::float8, '4,000 different characters as a set');
CREATE TEMP TABLE stored (plain text, compressed text, external text);
ALTER TABLE stored ALTER plain SET STORAGE plain, ALTER compressed SET STORAGE main, ALTER external SET STORAGE external;
INSERT INTO stored SELECT s, s, s FROM (SELECT repeat('milan ', 900)) t (s);
SELECT results_eq($$ SELECT levenshtein(plain, compressed), levenshtein(compressed, external), token_set_similarity(external, 'milan') FROM stored $$,
                  $$ VALUES (0, 0, 1::float8) $$, 'wherever the text is stored');

-- Long work can be cancelled: the timer starts with each statement, and what it ends is told from what ends by itself
CREATE TEMP TABLE long AS
SELECT string_agg(md5(i::text), '') AS a, string_agg(md5((-i)::text), '') AS b,
       string_agg(translate(md5(i::text), '0123', 'čćšž'), '') AS wide
FROM generate_series(1, 300000) i;
CREATE FUNCTION pg_temp.cancelled(call text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    began timestamptz := clock_timestamp();
BEGIN
    EXECUTE format('SELECT %s FROM pg_temp.long', call);
    RETURN false;
EXCEPTION WHEN query_canceled THEN
    RETURN clock_timestamp() - began < '5 s';
END $$;
SET LOCAL statement_timeout = '300ms';
SELECT ok(pg_temp.cancelled('levenshtein(a, b)'), 'ten million characters: levenshtein(a, b) is cancelled');
SELECT ok(pg_temp.cancelled('osa_distance(a, b)'), 'ten million characters: osa_distance(a, b) is cancelled');
SELECT ok(pg_temp.cancelled('damerau_levenshtein(a, b)'), 'ten million characters: damerau_levenshtein(a, b) is cancelled');
SELECT ok(pg_temp.cancelled('levenshtein(wide, b)'), 'ten million characters: levenshtein(wide, b) is cancelled');
SELECT ok(pg_temp.cancelled('damerau_levenshtein(wide, b, 5000000)'), 'ten million characters: damerau_levenshtein(wide, b, 5000000) is cancelled');
SELECT ok(pg_temp.cancelled('token_set_similarity(a, b)'), 'ten million characters: token_set_similarity(a, b) is cancelled');
SELECT ok(pg_temp.cancelled('monge_elkan(translate(a, ''0'', '' ''), translate(b, ''0'', '' ''))'), 'ten million characters: monge_elkan(translate(a, ''0'', '' ''), translate(b, ''0'', '' '')) is cancelled');
SET LOCAL statement_timeout = 0;

-- Splink: what its PostgreSQL dialect and its function levels write, in a search path as its other_schemas_to_search makes it.
-- Splink puts helpers of its own into its schema; ours must neither be needed for them nor stand in their way.
CREATE SCHEMA splink;
CREATE FUNCTION splink.log2(n float8) RETURNS float8 LANGUAGE sql IMMUTABLE RETURN ln(n) / ln(2::float8);
CREATE FUNCTION splink.array_intersect(x anyarray, y anyarray) RETURNS anyarray LANGUAGE sql IMMUTABLE
    AS 'SELECT ARRAY(SELECT unnest(x) INTERSECT SELECT unnest(y))';
CREATE TEMP TABLE blocked AS
SELECT 'Marko'::varchar(40) AS name_l, 'Mirko'::varchar(40) AS name_r, 'x'::bpchar AS flag_l, 'x'::bpchar AS flag_r,
       ARRAY['a', 'b'] AS tags_l, ARRAY['b'] AS tags_r, ARRAY[1, 0]::real[] AS v_l, ARRAY[1, 0]::real[] AS v_r;
SET LOCAL search_path = splink, clientele, public, tap;
SELECT lives_ok(format('SELECT CASE WHEN %s THEN 1 ELSE 0 END FROM blocked', condition), condition)
FROM unnest(ARRAY[
    'levenshtein("name_l", "name_r") <= 2',
    'damerau_levenshtein("name_l", "name_r") <= 1',
    'jaro_winkler_similarity("name_l", "name_r") >= 0.92',
    'jaro_similarity("name_l", "name_r") >= 0.92',
    'jaccard("name_l", "name_r") >= 0.9',
    'levenshtein(lower("name_l"), substring("name_r" from ''(.*)'')) <= 2',
    'jaro_winkler_similarity("flag_l", "flag_r") >= 0.9',
    'cosine_similarity("v_l", "v_r") >= 0.9',
    'jaccard("tags_l", "tags_r") >= 0.5',
    'CARDINALITY(ARRAY_INTERSECT("tags_l", "tags_r")) >= 1',
    'log2(cast(levenshtein("name_l", "name_r") as float8)) >= 0',
    'levenshtein(''a'', ''b'') = 1 AND jaccard(''a'', ''b'') = 0 AND cosine_similarity(''a'', ''b'') = 0']) condition;

SELECT * FROM finish();
ROLLBACK;
