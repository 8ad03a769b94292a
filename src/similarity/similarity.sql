/*
 * similarity: how alike two texts are
 *
 * COST: make bench-text, in units of texteq; for arrays an estimate.
 */

CREATE FUNCTION @extschema@.jaro_similarity(a text, b text) RETURNS float8
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 6
	AS 'MODULE_PATHNAME', 'clt_jaro_similarity';
COMMENT ON FUNCTION @extschema@.jaro_similarity(text, text) IS
	'Jaro similarity of two texts, 0 to 1';

CREATE FUNCTION @extschema@.jaro_similarity(a text, b text, score_cutoff float8) RETURNS float8
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 6
	AS 'MODULE_PATHNAME', 'clt_jaro_similarity_cutoff';
COMMENT ON FUNCTION @extschema@.jaro_similarity(text, text, float8) IS
	'Jaro similarity of two texts, 0 where it is below the cutoff';

CREATE FUNCTION @extschema@.jaro_winkler_similarity(a text, b text) RETURNS float8
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 6
	AS 'MODULE_PATHNAME', 'clt_jaro_winkler_similarity';
COMMENT ON FUNCTION @extschema@.jaro_winkler_similarity(text, text) IS
	'Jaro-Winkler similarity of two texts, 0 to 1';

CREATE FUNCTION @extschema@.jaro_winkler_similarity(a text, b text, score_cutoff float8) RETURNS float8
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 6
	AS 'MODULE_PATHNAME', 'clt_jaro_winkler_similarity_cutoff';
COMMENT ON FUNCTION @extschema@.jaro_winkler_similarity(text, text, float8) IS
	'Jaro-Winkler similarity of two texts, 0 where it is below the cutoff';

CREATE FUNCTION @extschema@.levenshtein(a text, b text) RETURNS int
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 6
	AS 'MODULE_PATHNAME', 'clt_levenshtein_distance';
COMMENT ON FUNCTION @extschema@.levenshtein(text, text) IS
	'Levenshtein distance: characters to insert, delete or replace';

CREATE FUNCTION @extschema@.levenshtein(a text, b text, max_distance int) RETURNS int
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 6
	AS 'MODULE_PATHNAME', 'clt_levenshtein_distance_max';
COMMENT ON FUNCTION @extschema@.levenshtein(text, text, int) IS
	'Levenshtein distance, max_distance + 1 where it is more than that';

CREATE FUNCTION @extschema@.osa_distance(a text, b text) RETURNS int
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 6
	AS 'MODULE_PATHNAME', 'clt_osa_distance';
COMMENT ON FUNCTION @extschema@.osa_distance(text, text) IS
	'Levenshtein distance with swaps of neighbours, nothing edited twice (restricted Damerau-Levenshtein)';

CREATE FUNCTION @extschema@.osa_distance(a text, b text, max_distance int) RETURNS int
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 6
	AS 'MODULE_PATHNAME', 'clt_osa_distance_max';
COMMENT ON FUNCTION @extschema@.osa_distance(text, text, int) IS
	'Restricted Damerau-Levenshtein distance, max_distance + 1 where it is more than that';

CREATE FUNCTION @extschema@.damerau_levenshtein(a text, b text) RETURNS int
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 35
	AS 'MODULE_PATHNAME', 'clt_damerau_distance';
COMMENT ON FUNCTION @extschema@.damerau_levenshtein(text, text) IS
	'Unrestricted Damerau-Levenshtein distance: insert, delete, replace, swap neighbours';

CREATE FUNCTION @extschema@.damerau_levenshtein(a text, b text, max_distance int) RETURNS int
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 35
	AS 'MODULE_PATHNAME', 'clt_damerau_distance_max';
COMMENT ON FUNCTION @extschema@.damerau_levenshtein(text, text, int) IS
	'Unrestricted Damerau-Levenshtein distance, max_distance + 1 where it is more than that';

CREATE FUNCTION @extschema@.jaccard(a text, b text) RETURNS float8
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 6
	AS 'MODULE_PATHNAME', 'clt_jaccard_text';
COMMENT ON FUNCTION @extschema@.jaccard(text, text) IS
	'Jaccard similarity of the sets of characters of two texts, 0 to 1';

CREATE FUNCTION @extschema@.jaccard(a anycompatiblearray, b anycompatiblearray) RETURNS float8
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50
	AS 'MODULE_PATHNAME', 'clt_jaccard_array';
COMMENT ON FUNCTION @extschema@.jaccard(anycompatiblearray, anycompatiblearray) IS
	'Jaccard similarity of two arrays as sets of their elements, 0 to 1';

CREATE FUNCTION @extschema@.cosine_similarity(a text, b text) RETURNS float8
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 35
	AS 'MODULE_PATHNAME', 'clt_cosine_text';
COMMENT ON FUNCTION @extschema@.cosine_similarity(text, text) IS
	'Cosine similarity of the word counts of two texts, 0 to 1';

CREATE FUNCTION @extschema@.cosine_similarity(a anycompatiblearray, b anycompatiblearray) RETURNS float8
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20
	AS 'MODULE_PATHNAME', 'clt_cosine_array';
COMMENT ON FUNCTION @extschema@.cosine_similarity(anycompatiblearray, anycompatiblearray) IS
	'Cosine similarity of two vectors of numbers, -1 to 1; null if one is all zeros';

CREATE FUNCTION @extschema@.monge_elkan(a text, b text) RETURNS float8
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 65
	AS 'MODULE_PATHNAME', 'clt_monge_elkan_similarity';
COMMENT ON FUNCTION @extschema@.monge_elkan(text, text) IS
	'Mean Jaro-Winkler similarity of each word with its best partner, both directions averaged';

CREATE FUNCTION @extschema@.token_set_similarity(a text, b text) RETURNS float8
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 35
	AS 'MODULE_PATHNAME', 'clt_token_set_similarity';
COMMENT ON FUNCTION @extschema@.token_set_similarity(text, text) IS
	'Similarity of two texts as sets of words, 0 to 1: 1 where one has all words of the other';
