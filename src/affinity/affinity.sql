--
-- affinity: what is bought together
--

CREATE TYPE @extschema@.affinity;

CREATE FUNCTION @extschema@.affinity_in(cstring) RETURNS @extschema@.affinity
LANGUAGE c STABLE PARALLEL SAFE STRICT COST 1000
AS 'MODULE_PATHNAME', 'clt_affinity_in';
COMMENT ON FUNCTION @extschema@.affinity_in(cstring) IS 'text input of type affinity';

CREATE FUNCTION @extschema@.affinity_out(@extschema@.affinity) RETURNS cstring
LANGUAGE c STABLE PARALLEL SAFE STRICT COST 1000
AS 'MODULE_PATHNAME', 'clt_affinity_out';
COMMENT ON FUNCTION @extschema@.affinity_out(@extschema@.affinity) IS 'text output of type affinity';

CREATE FUNCTION @extschema@.affinity_recv(internal) RETURNS @extschema@.affinity
LANGUAGE c STABLE PARALLEL SAFE STRICT COST 1000
AS 'MODULE_PATHNAME', 'clt_affinity_recv';
COMMENT ON FUNCTION @extschema@.affinity_recv(internal) IS 'binary input of type affinity';

CREATE FUNCTION @extschema@.affinity_send(@extschema@.affinity) RETURNS bytea
LANGUAGE c STABLE PARALLEL SAFE STRICT COST 1000
AS 'MODULE_PATHNAME', 'clt_affinity_send';
COMMENT ON FUNCTION @extschema@.affinity_send(@extschema@.affinity) IS 'binary output of type affinity';

-- The value compresses itself: kept out of line as it is, parts of it can be fetched alone.
CREATE TYPE @extschema@.affinity (
	INPUT = @extschema@.affinity_in,
	OUTPUT = @extschema@.affinity_out,
	RECEIVE = @extschema@.affinity_recv,
	SEND = @extschema@.affinity_send,
	INTERNALLENGTH = VARIABLE,
	ALIGNMENT = double,
	STORAGE = external
);
COMMENT ON TYPE @extschema@.affinity IS
'baskets of items, compressed: made by affinity_agg, joined by rollup, asked by affinity_pairs, also_bought, frequent_itemsets and association_rules';

CREATE FUNCTION @extschema@.affinity_trans(@extschema@.affinity, "any", "any") RETURNS @extschema@.affinity
LANGUAGE c IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'clt_affinity_trans';
COMMENT ON FUNCTION @extschema@.affinity_trans(@extschema@.affinity, "any", "any") IS
'transition function of affinity_agg(basket, item)';

CREATE FUNCTION @extschema@.affinity_trans(@extschema@.affinity, "any", "any", jsonb) RETURNS @extschema@.affinity
LANGUAGE c IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'clt_affinity_trans_settings';
COMMENT ON FUNCTION @extschema@.affinity_trans(@extschema@.affinity, "any", "any", jsonb) IS
'transition function of affinity_agg(basket, item, settings)';

CREATE FUNCTION @extschema@.affinity_trans(@extschema@.affinity, "any", "any", numeric, numeric) RETURNS @extschema@.affinity
LANGUAGE c IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'clt_affinity_trans_weighted';
COMMENT ON FUNCTION @extschema@.affinity_trans(@extschema@.affinity, "any", "any", numeric, numeric) IS
'transition function of affinity_agg(basket, item, quantity, revenue)';

CREATE FUNCTION @extschema@.affinity_trans(@extschema@.affinity, anyarray) RETURNS @extschema@.affinity
LANGUAGE c IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'clt_affinity_trans_array';
COMMENT ON FUNCTION @extschema@.affinity_trans(@extschema@.affinity, anyarray) IS
'transition function of affinity_agg(items)';

CREATE FUNCTION @extschema@.affinity_combine(@extschema@.affinity, @extschema@.affinity) RETURNS @extschema@.affinity
LANGUAGE c STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'clt_affinity_combine';
COMMENT ON FUNCTION @extschema@.affinity_combine(@extschema@.affinity, @extschema@.affinity) IS
'joins two states of the affinity aggregates, or a state and a stored value';

CREATE AGGREGATE @extschema@.affinity_agg(basket "any", item "any") (
	SFUNC = @extschema@.affinity_trans,
	STYPE = @extschema@.affinity,
	SSPACE = 8192,
	COMBINEFUNC = @extschema@.affinity_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.affinity_agg("any", "any") IS
'the baskets of order lines, in any order; lines without basket or item are left out, repeated ones count once';

CREATE AGGREGATE @extschema@.affinity_agg(basket "any", item "any", settings jsonb) (
	SFUNC = @extschema@.affinity_trans,
	STYPE = @extschema@.affinity,
	SSPACE = 8192,
	COMBINEFUNC = @extschema@.affinity_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.affinity_agg("any", "any", jsonb) IS
'the baskets of order lines within a memory bound: {"memory_mb": n, "over_memory": "error" or "sample"}';

CREATE AGGREGATE @extschema@.affinity_agg(basket "any", item "any", quantity numeric, revenue numeric) (
	SFUNC = @extschema@.affinity_trans,
	STYPE = @extschema@.affinity,
	SSPACE = 8192,
	COMBINEFUNC = @extschema@.affinity_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.affinity_agg("any", "any", numeric, numeric) IS
'the baskets of order lines with quantity and revenue; an item whose quantity in a basket does not sum to more than zero (returned) is not in it';

CREATE AGGREGATE @extschema@.affinity_agg(items anyarray) (
	SFUNC = @extschema@.affinity_trans,
	STYPE = @extschema@.affinity,
	SSPACE = 8192,
	COMBINEFUNC = @extschema@.affinity_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.affinity_agg(anyarray) IS
'baskets given whole, one an array; equal ones are kept once with their number';

CREATE AGGREGATE @extschema@.rollup(@extschema@.affinity) (
	SFUNC = @extschema@.affinity_combine,
	STYPE = @extschema@.affinity,
	SSPACE = 8192,
	COMBINEFUNC = @extschema@.affinity_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rollup(@extschema@.affinity) IS
'joins stored affinities: days to a month, stores to a country; lines of one basket meet again as long as its id is kept';

CREATE FUNCTION @extschema@.compact(a @extschema@.affinity) RETURNS @extschema@.affinity
LANGUAGE c STABLE PARALLEL SAFE STRICT COST 100000
AS 'MODULE_PATHNAME', 'clt_affinity_compact';
COMMENT ON FUNCTION @extschema@.compact(@extschema@.affinity) IS
'forgets basket ids and keeps equal baskets once with their number: smaller, but late lines can no longer join their basket';

CREATE FUNCTION @extschema@.affinity_info(
	a @extschema@.affinity,
	OUT baskets bigint,
	OUT lines bigint,
	OUT items bigint,
	OUT keyed_baskets bigint,
	OUT compacted_baskets bigint,
	OUT returned_lines bigint,
	OUT longest_basket integer,
	OUT skipped_baskets bigint,
	OUT truncated_baskets bigint,
	OUT sample_fraction float8,
	OUT support_error float8,
	OUT item_type regtype,
	OUT basket_type regtype,
	OUT bytes bigint)
LANGUAGE c STABLE PARALLEL SAFE STRICT COST 10
AS 'MODULE_PATHNAME', 'clt_affinity_info';
COMMENT ON FUNCTION @extschema@.affinity_info(@extschema@.affinity) IS
'what an affinity holds and how large it is; support_error is the bound, at 95 per cent, of what sampling may have cost a support';

CREATE FUNCTION @extschema@.affinity_items(
	a @extschema@.affinity,
	item_type anyelement,
	OUT item anyelement,
	OUT item_count bigint,
	OUT support float8)
RETURNS SETOF record
LANGUAGE c STABLE PARALLEL SAFE COST 10000 ROWS 1000
AS 'MODULE_PATHNAME', 'clt_affinity_items';
COMMENT ON FUNCTION @extschema@.affinity_items(@extschema@.affinity, anyelement) IS
'the items of an affinity with the number of baskets each is in';

CREATE FUNCTION @extschema@.affinity_pairs(
	a @extschema@.affinity,
	item_type anyelement,
	min_count bigint DEFAULT NULL,
	min_support float8 DEFAULT NULL,
	min_confidence float8 DEFAULT NULL,
	min_lift float8 DEFAULT NULL,
	correction text DEFAULT 'none',
	tests text DEFAULT 'eligible',
	OUT antecedent anyelement,
	OUT consequent anyelement,
	OUT pair_count bigint,
	OUT antecedent_count bigint,
	OUT consequent_count bigint,
	OUT basket_count bigint,
	OUT support float8,
	OUT confidence float8,
	OUT reverse_confidence float8,
	OUT lift float8,
	OUT leverage float8,
	OUT conviction float8,
	OUT zhang float8,
	OUT jaccard float8,
	OUT cosine float8,
	OUT kulczynski float8,
	OUT imbalance float8,
	OUT phi float8,
	OUT odds_ratio float8,
	OUT log_likelihood_ratio float8,
	OUT chi_squared float8,
	OUT p_value float8,
	OUT log10_p_value float8,
	OUT adjusted_p_value float8)
RETURNS SETOF record
LANGUAGE c STABLE PARALLEL SAFE COST 1000000 ROWS 100000
AS 'MODULE_PATHNAME', 'clt_affinity_pairs';
COMMENT ON FUNCTION @extschema@.affinity_pairs(@extschema@.affinity, anyelement, bigint, float8, float8, float8, text, text) IS
'pairs of items bought together, a row each way, with all measures; min_count is a number of baskets, min_support a share of them';

CREATE FUNCTION @extschema@.affinity_pairs(
	a @extschema@.affinity,
	item_type anyelement,
	antecedents anyarray,
	consequents anyarray,
	min_count bigint DEFAULT NULL,
	min_support float8 DEFAULT NULL,
	min_confidence float8 DEFAULT NULL,
	min_lift float8 DEFAULT NULL,
	correction text DEFAULT 'none',
	tests text DEFAULT 'eligible',
	OUT antecedent anyelement,
	OUT consequent anyelement,
	OUT pair_count bigint,
	OUT antecedent_count bigint,
	OUT consequent_count bigint,
	OUT basket_count bigint,
	OUT support float8,
	OUT confidence float8,
	OUT reverse_confidence float8,
	OUT lift float8,
	OUT leverage float8,
	OUT conviction float8,
	OUT zhang float8,
	OUT jaccard float8,
	OUT cosine float8,
	OUT kulczynski float8,
	OUT imbalance float8,
	OUT phi float8,
	OUT odds_ratio float8,
	OUT log_likelihood_ratio float8,
	OUT chi_squared float8,
	OUT p_value float8,
	OUT log10_p_value float8,
	OUT adjusted_p_value float8)
RETURNS SETOF record
LANGUAGE c STABLE PARALLEL SAFE COST 1000000 ROWS 100000
AS 'MODULE_PATHNAME', 'clt_affinity_pairs_filtered';
COMMENT ON FUNCTION @extschema@.affinity_pairs(@extschema@.affinity, anyelement, anyarray, anyarray, bigint, float8, float8, float8, text, text) IS
'pairs of items bought together, a row each way, with all measures; min_count is a number of baskets, min_support a share of them; only from these antecedents to these consequents (null: any), counted for them alone';

CREATE FUNCTION @extschema@.also_bought(
	a @extschema@.affinity,
	item anyelement,
	k integer DEFAULT 10,
	measure text DEFAULT 'log_likelihood_ratio',
	min_count bigint DEFAULT NULL,
	OUT item anyelement,
	OUT score float8,
	OUT pair_count bigint)
RETURNS SETOF record
LANGUAGE c STABLE PARALLEL SAFE COST 100000 ROWS 10
AS 'MODULE_PATHNAME', 'clt_also_bought';
COMMENT ON FUNCTION @extschema@.also_bought(@extschema@.affinity, anyelement, integer, text, bigint) IS
'the k best partners of an item by a measure, ties by count and then by item';

CREATE FUNCTION @extschema@.top_partners(
	a @extschema@.affinity,
	item_type anyelement,
	k integer DEFAULT 10,
	measure text DEFAULT 'log_likelihood_ratio',
	min_count bigint DEFAULT NULL,
	min_support float8 DEFAULT NULL,
	OUT item anyelement,
	OUT partner anyelement,
	OUT rank integer,
	OUT score float8,
	OUT pair_count bigint)
RETURNS SETOF record
LANGUAGE c STABLE PARALLEL SAFE COST 1000000 ROWS 10000
AS 'MODULE_PATHNAME', 'clt_top_partners';
COMMENT ON FUNCTION @extschema@.top_partners(@extschema@.affinity, anyelement, integer, text, bigint, float8) IS
'the k best partners of every item in one pass, to be kept in a table with an index on the item';

CREATE FUNCTION @extschema@.frequent_itemsets(
	a @extschema@.affinity,
	item_type anyelement,
	min_count bigint DEFAULT NULL,
	min_support float8 DEFAULT NULL,
	max_length integer DEFAULT NULL,
	kind text DEFAULT 'frequent',
	OUT items anyarray,
	OUT item_count bigint,
	OUT length integer,
	OUT support float8)
RETURNS SETOF record
LANGUAGE c STABLE PARALLEL SAFE COST 1000000 ROWS 10000
AS 'MODULE_PATHNAME', 'clt_frequent_itemsets';
COMMENT ON FUNCTION @extschema@.frequent_itemsets(@extschema@.affinity, anyelement, bigint, float8, integer, text) IS
'sets of one or more items with item_count, the number of baskets that hold all of them; kind is frequent, closed (no larger set is in as many) or maximal (no larger set is frequent)';

CREATE FUNCTION @extschema@.frequent_itemsets(
	a @extschema@.affinity,
	item_type anyelement,
	among anyarray,
	containing anyarray,
	min_count bigint DEFAULT NULL,
	min_support float8 DEFAULT NULL,
	max_length integer DEFAULT NULL,
	kind text DEFAULT 'frequent',
	OUT items anyarray,
	OUT item_count bigint,
	OUT length integer,
	OUT support float8)
RETURNS SETOF record
LANGUAGE c STABLE PARALLEL SAFE COST 1000000 ROWS 10000
AS 'MODULE_PATHNAME', 'clt_frequent_itemsets_filtered';
COMMENT ON FUNCTION @extschema@.frequent_itemsets(@extschema@.affinity, anyelement, anyarray, anyarray, bigint, float8, integer, text) IS
'sets of items, of these items only (among; null: any) and with all of those (containing; null: none), searched in the baskets that hold them; closed and maximal are meant among these sets';

CREATE FUNCTION @extschema@.association_rules(
	a @extschema@.affinity,
	item_type anyelement,
	min_count bigint DEFAULT NULL,
	min_support float8 DEFAULT NULL,
	min_confidence float8 DEFAULT NULL,
	min_lift float8 DEFAULT NULL,
	max_length integer DEFAULT NULL,
	max_consequent integer DEFAULT 1,
	redundant boolean DEFAULT true,
	correction text DEFAULT 'none',
	tests text DEFAULT 'eligible',
	OUT antecedent anyarray,
	OUT consequent anyarray,
	OUT rule_count bigint,
	OUT antecedent_count bigint,
	OUT consequent_count bigint,
	OUT basket_count bigint,
	OUT support float8,
	OUT confidence float8,
	OUT reverse_confidence float8,
	OUT lift float8,
	OUT leverage float8,
	OUT conviction float8,
	OUT zhang float8,
	OUT jaccard float8,
	OUT cosine float8,
	OUT kulczynski float8,
	OUT imbalance float8,
	OUT phi float8,
	OUT odds_ratio float8,
	OUT log_likelihood_ratio float8,
	OUT chi_squared float8,
	OUT p_value float8,
	OUT log10_p_value float8,
	OUT adjusted_p_value float8)
RETURNS SETOF record
LANGUAGE c STABLE PARALLEL SAFE COST 1000000 ROWS 10000
AS 'MODULE_PATHNAME', 'clt_association_rules';
COMMENT ON FUNCTION @extschema@.association_rules(@extschema@.affinity, anyelement, bigint, float8, float8, float8, integer, integer, boolean, text, text) IS
'rules "who buys these also buys that" from itemsets of two or more; redundant => false drops rules that a shorter one says as well';

CREATE FUNCTION @extschema@.association_rules(
	a @extschema@.affinity,
	item_type anyelement,
	antecedents anyarray,
	consequents anyarray,
	min_count bigint DEFAULT NULL,
	min_support float8 DEFAULT NULL,
	min_confidence float8 DEFAULT NULL,
	min_lift float8 DEFAULT NULL,
	max_length integer DEFAULT NULL,
	max_consequent integer DEFAULT 1,
	redundant boolean DEFAULT true,
	correction text DEFAULT 'none',
	tests text DEFAULT 'eligible',
	OUT antecedent anyarray,
	OUT consequent anyarray,
	OUT rule_count bigint,
	OUT antecedent_count bigint,
	OUT consequent_count bigint,
	OUT basket_count bigint,
	OUT support float8,
	OUT confidence float8,
	OUT reverse_confidence float8,
	OUT lift float8,
	OUT leverage float8,
	OUT conviction float8,
	OUT zhang float8,
	OUT jaccard float8,
	OUT cosine float8,
	OUT kulczynski float8,
	OUT imbalance float8,
	OUT phi float8,
	OUT odds_ratio float8,
	OUT log_likelihood_ratio float8,
	OUT chi_squared float8,
	OUT p_value float8,
	OUT log10_p_value float8,
	OUT adjusted_p_value float8)
RETURNS SETOF record
LANGUAGE c STABLE PARALLEL SAFE COST 1000000 ROWS 10000
AS 'MODULE_PATHNAME', 'clt_association_rules_filtered';
COMMENT ON FUNCTION @extschema@.association_rules(@extschema@.affinity, anyelement, anyarray, anyarray, bigint, float8, float8, float8, integer, integer, boolean, text, text) IS
'rules "who buys these also buys that" from itemsets of two or more, of these items only (null: any); redundant => false drops rules that a shorter one says as well';

CREATE FUNCTION @extschema@.affinity_pair_values(
	a @extschema@.affinity,
	item_type anyelement,
	min_count bigint DEFAULT NULL,
	min_support float8 DEFAULT NULL,
	OUT antecedent anyelement,
	OUT consequent anyelement,
	OUT pair_count bigint,
	OUT pair_quantity numeric,
	OUT antecedent_revenue numeric,
	OUT consequent_revenue numeric,
	OUT pair_revenue numeric)
RETURNS SETOF record
LANGUAGE c STABLE PARALLEL SAFE COST 1000000 ROWS 100000
AS 'MODULE_PATHNAME', 'clt_affinity_pair_values';
COMMENT ON FUNCTION @extschema@.affinity_pair_values(@extschema@.affinity, anyelement, bigint, float8) IS
'what pairs are worth in the baskets that hold both: pair_quantity is the sum of the smaller of the two quantities, revenues are sums';

CREATE FUNCTION @extschema@.limit_baskets(a @extschema@.affinity, max_items integer, long_basket text DEFAULT 'error') RETURNS @extschema@.affinity
LANGUAGE c STABLE PARALLEL SAFE STRICT COST 100000
AS 'MODULE_PATHNAME', 'clt_limit_baskets';
COMMENT ON FUNCTION @extschema@.limit_baskets(@extschema@.affinity, integer, text) IS
'baskets of more than max_items items: error, skip (leave them out) or truncate (keep their most frequent items); affinity_info tells how many';

CREATE FUNCTION @extschema@.map_items(
	a @extschema@.affinity,
	items anyarray,
	categories anycompatiblearray,
	keep_items boolean DEFAULT false,
	keep_unmapped boolean DEFAULT false) RETURNS @extschema@.affinity
LANGUAGE c STABLE PARALLEL SAFE STRICT COST 100000
AS 'MODULE_PATHNAME', 'clt_map_items';
COMMENT ON FUNCTION @extschema@.map_items(@extschema@.affinity, anyarray, anycompatiblearray, boolean, boolean) IS
'the same baskets with categories in place of items, or (keep_items) beside them; items without a category are dropped unless keep_unmapped';
