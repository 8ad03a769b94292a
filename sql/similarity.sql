-- How alike two texts are: what a reader of the manual would try first.
SET search_path = clientele, public;
SET extra_float_digits = -9;
SELECT a, b, jaro_similarity(a, b) AS jaro, jaro_winkler_similarity(a, b) AS winkler, levenshtein(a, b) AS lev,
       osa_distance(a, b) AS osa, damerau_levenshtein(a, b) AS damerau
FROM (VALUES (1, 'martha', 'marhta'), (2, 'ca', 'abc'), (3, 'милан', 'марко'), (4, 'đorđe', 'đurđa'), (5, '', '')) v (n, a, b) ORDER BY n;
SELECT jaccard('duck', 'luck'), monge_elkan('jovan jovanović', 'jovanović j.') AS monge_elkan,
       token_set_similarity('delta doo beograd', 'delta beograd') AS token_set, cosine_similarity('delta doo beograd', 'delta beograd') AS cosine;
SELECT levenshtein('kitten', 'sitting', 2) AS above_bound, jaro_winkler_similarity('martha', 'marhta', 0.97) AS below_cutoff;
SELECT jaccard(ARRAY[1, 2, 3], ARRAY[2, 3, 4]), cosine_similarity(ARRAY[1, 1], ARRAY[1, 0.5]) AS cosine;
-- A bound is a constant like any other: the condition is strict, and folded when it can be.
EXPLAIN (COSTS OFF, VERBOSE) SELECT levenshtein('milan', 'milena') <= 2;
SELECT levenshtein('a', 'b', -1);
SELECT cosine_similarity(ARRAY[1, 2], ARRAY[1]);
SELECT cosine_similarity(ARRAY['a'], ARRAY['b']);
