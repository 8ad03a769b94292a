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
'the k best partners of an item by a measure (where lines have amounts also pair_quantity or pair_revenue), ties by count and then by item';

-- a literal has no type yet: it is a text, so that also_bought(a, 'bread') needs no cast
CREATE FUNCTION @extschema@.also_bought(
	a @extschema@.affinity,
	item text,
	k integer DEFAULT 10,
	measure text DEFAULT 'log_likelihood_ratio',
	min_count bigint DEFAULT NULL,
	OUT item text,
	OUT score float8,
	OUT pair_count bigint)
RETURNS SETOF record
LANGUAGE c STABLE PARALLEL SAFE COST 100000 ROWS 10
AS 'MODULE_PATHNAME', 'clt_also_bought';
COMMENT ON FUNCTION @extschema@.also_bought(@extschema@.affinity, text, integer, text, bigint) IS
'also_bought for items of type text, given as a literal or not';

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

-- ---- a state a day, refreshed where lines changed ---------------------------

CREATE FUNCTION @extschema@.affinity_tracking(lines regclass,
	OUT states text, OUT changed text, OUT period_of text, OUT states_of text, OUT about jsonb) RETURNS record
LANGUAGE plpgsql STABLE PARALLEL SAFE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	stamp text;
BEGIN
	SELECT format('%I.%I', n.nspname, a.arg ->> 'states'), format('%I.%I', n.nspname, a.arg ->> 'changed'), a.arg
	INTO states, changed, about
	FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
	CROSS JOIN LATERAL (SELECT convert_from(substr(t.tgargs, 1, length(t.tgargs) - 1), getdatabaseencoding())::jsonb) a (arg)
	WHERE t.tgrelid = lines AND t.tgfoid = '@extschema@.affinity_follow_lines()'::regprocedure
	LIMIT 1;
	IF NOT FOUND THEN
		RAISE EXCEPTION '% is not tracked', lines
			USING ERRCODE = 'undefined_object', HINT = 'clientele.affinity_track(lines, basket, item, at) makes it so.';
	END IF;
	stamp := format('l.%I', about ->> 'at');
	IF about ->> 'time_zone' IS NOT NULL THEN
		stamp := format('(%s AT TIME ZONE %L)', stamp, about ->> 'time_zone');
	END IF;
	-- an infinite time is in no period
	period_of := format('CASE WHEN isfinite(l.%I) THEN date_trunc(%L, %s::timestamp)::date END', about ->> 'at', about ->> 'period', stamp);
	states_of := format('@extschema@.affinity_agg(l.%I, l.%I%s)', about ->> 'basket', about ->> 'item',
		CASE WHEN about ->> 'quantity' IS NOT NULL
			 THEN format(', l.%I::numeric, %s', about ->> 'quantity', coalesce(format('l.%I::numeric', about ->> 'revenue'), 'NULL::numeric'))
			 ELSE '' END);
END
$$;
COMMENT ON FUNCTION @extschema@.affinity_tracking(regclass) IS
'What affinity_track() keeps of a table of order lines: its tables, and the expressions of period and state.';

CREATE FUNCTION @extschema@.affinity_follow_lines() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	t record;
	line text;
BEGIN
	SELECT * INTO t FROM @extschema@.affinity_tracking(TG_RELID);
	IF TG_OP = 'TRUNCATE' THEN
		EXECUTE format('INSERT INTO %s (period) SELECT s.period FROM %s s', t.changed, t.states);
		RETURN NULL;
	END IF;
	IF TG_OP = 'UPDATE' THEN
		-- lines that are the same before and after, as far as a state sees them, change no period
		line := (SELECT string_agg(format('l.%I', a.value), ', ') FROM jsonb_each_text(t.about) a
				 WHERE a.key IN ('basket', 'item', 'quantity', 'revenue') AND a.value IS NOT NULL);
		line := format('SELECT %s AS period, ROW(%s)::text AS line FROM ', t.period_of, line);
		EXECUTE format('
			INSERT INTO %1$s (period)
			SELECT DISTINCT c.period
			FROM ((%2$s old_lines l EXCEPT ALL %2$s new_lines l) UNION ALL (%2$s new_lines l EXCEPT ALL %2$s old_lines l)) c
			WHERE c.period IS NOT NULL', t.changed, line);
	ELSE
		EXECUTE format('INSERT INTO %1$s (period) SELECT DISTINCT c.period FROM (SELECT %2$s AS period FROM %3$I l) c WHERE c.period IS NOT NULL',
			t.changed, t.period_of, CASE TG_OP WHEN 'INSERT' THEN 'new_lines' ELSE 'old_lines' END);
	END IF;
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION @extschema@.affinity_follow_lines() IS
'Behind affinity_track(): notes of which periods lines were inserted, changed or deleted.';

CREATE FUNCTION @extschema@.affinity_track(lines regclass, basket name, item name, at name, quantity name DEFAULT NULL, revenue name DEFAULT NULL,
	period text DEFAULT 'day', time_zone text DEFAULT NULL, states name DEFAULT NULL) RETURNS regclass
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	kind "char";
	persistence "char";
	of_partition boolean;
	lines_schema name;
	lines_name text;
	at_type oid;
	target text;
	changed text;
	t record;
	arg text;
	event text;
BEGIN
	IF lines IS NULL OR basket IS NULL OR item IS NULL OR at IS NULL OR period IS NULL THEN
		RAISE EXCEPTION 'lines, basket, item, at and period must not be null' USING ERRCODE = 'null_value_not_allowed';
	END IF;
	IF revenue IS NOT NULL AND quantity IS NULL THEN
		RAISE EXCEPTION 'revenue needs a quantity' USING ERRCODE = 'invalid_parameter_value';
	END IF;
	IF period NOT IN ('day', 'week', 'month', 'quarter', 'year') THEN
		RAISE EXCEPTION 'unknown period "%"', period
			USING ERRCODE = 'invalid_parameter_value', HINT = 'Known periods are day, week, month, quarter and year.';
	END IF;
	SELECT c.relkind, c.relpersistence, c.relispartition, n.nspname, c.relname
	INTO STRICT kind, persistence, of_partition, lines_schema, lines_name
	FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = lines;
	IF kind NOT IN ('r', 'p') OR of_partition OR kind = 'r' AND EXISTS (SELECT FROM pg_inherits i WHERE i.inhparent = lines) THEN
		RAISE EXCEPTION 'cannot track %', lines
			USING ERRCODE = 'wrong_object_type', DETAIL = 'Only plain and partitioned tables without inheritance tell of every change.';
	END IF;
	IF EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = lines AND g.tgfoid = '@extschema@.affinity_follow_lines()'::regprocedure) THEN
		RAISE EXCEPTION '% is tracked already', lines
			USING ERRCODE = 'duplicate_object', HINT = 'clientele.affinity_untrack(lines) ends that.';
	END IF;
	SELECT coalesce(nullif(y.typbasetype, 0), y.oid) INTO at_type
	FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid WHERE a.attrelid = lines AND a.attname = at AND a.attnum > 0 AND NOT a.attisdropped;
	IF at_type IS NULL THEN
		RAISE EXCEPTION '% has no column "%"', lines, at USING ERRCODE = 'undefined_column';
	ELSIF at_type NOT IN ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype) THEN
		RAISE EXCEPTION 'column "%" of % is of type %', at, lines, at_type::regtype
			USING ERRCODE = 'datatype_mismatch', HINT = 'Periods are made of date, timestamp or timestamp with time zone.';
	END IF;
	IF at_type = 'timestamptz'::regtype THEN
		-- the day of a time depends on the place; it must be the same in every session
		time_zone := coalesce(time_zone, current_setting('TimeZone'));
		PERFORM now() AT TIME ZONE time_zone;
	ELSIF time_zone IS NOT NULL THEN
		RAISE EXCEPTION 'column "%" of % has no time zone', at, lines USING ERRCODE = 'invalid_parameter_value';
	END IF;
	IF states IS NULL THEN
		WHILE octet_length(lines_name) > 46 LOOP
			lines_name := left(lines_name, -1);
		END LOOP;
		states := lines_name || '_affinity';
	END IF;
	target := format('%I.%I', lines_schema, states);
	changed := left(states::text, 50) || '_changed';
	arg := jsonb_strip_nulls(jsonb_build_object('states', states, 'changed', changed, 'basket', basket, 'item', item, 'at', at, 'quantity', quantity,
		'revenue', revenue, 'period', period, 'time_zone', time_zone));
	changed := format('%I.%I', lines_schema, changed);

	EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', lines);
	EXECUTE format('CREATE %s TABLE %s (period date PRIMARY KEY, state @extschema@.affinity NOT NULL, refreshed_at timestamptz NOT NULL)',
		CASE persistence WHEN 'u' THEN 'UNLOGGED' ELSE '' END, target);
	EXECUTE format('COMMENT ON TABLE %s IS %L', target, format('A state a %s of the order lines in %s, kept by affinity_refresh().', period, lines));
	EXECUTE format('CREATE %s TABLE %s (period date NOT NULL)', CASE persistence WHEN 'u' THEN 'UNLOGGED' ELSE '' END, changed);
	EXECUTE format('COMMENT ON TABLE %s IS %L', changed, format('Periods whose order lines in %s changed since affinity_refresh().', lines));
	FOREACH event IN ARRAY ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'] LOOP
		EXECUTE format('CREATE TRIGGER clientele_affinity_%1$s AFTER %2$s ON %3$s %4$s FOR EACH STATEMENT EXECUTE FUNCTION @extschema@.affinity_follow_lines(%5$L)',
			lower(event), event, lines,
			CASE event WHEN 'INSERT' THEN 'REFERENCING NEW TABLE AS new_lines'
				WHEN 'UPDATE' THEN 'REFERENCING OLD TABLE AS old_lines NEW TABLE AS new_lines'
				WHEN 'DELETE' THEN 'REFERENCING OLD TABLE AS old_lines' ELSE '' END, arg);
	END LOOP;
	SELECT * INTO t FROM @extschema@.affinity_tracking(lines);
	EXECUTE format('INSERT INTO %s (period) SELECT DISTINCT c.period FROM (SELECT %s AS period FROM %s l) c WHERE c.period IS NOT NULL',
		t.changed, t.period_of, lines);
	RETURN target::regclass;
END
$$;
COMMENT ON FUNCTION @extschema@.affinity_track(regclass, name, name, name, name, name, text, text, name) IS
'Notes from now on which periods of a table of order lines change, for affinity_refresh(), which keeps a state of each: table <lines>_affinity (period, state, refreshed_at). All periods there are count as changed at first.';

CREATE FUNCTION @extschema@.affinity_untrack(lines regclass) RETURNS void
LANGUAGE plpgsql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	t record;
	follower name;
BEGIN
	SELECT * INTO t FROM @extschema@.affinity_tracking(lines);
	FOR follower IN SELECT g.tgname FROM pg_trigger g
					WHERE g.tgrelid = lines AND g.tgfoid = '@extschema@.affinity_follow_lines()'::regprocedure LOOP
		EXECUTE format('DROP TRIGGER %I ON %s', follower, lines);
	END LOOP;
	EXECUTE format('DROP TABLE IF EXISTS %s, %s', t.states, t.changed);
END
$$;
COMMENT ON FUNCTION @extschema@.affinity_untrack(regclass) IS
'Ends what affinity_track() began: drops its triggers and its tables.';

CREATE PROCEDURE @extschema@.affinity_refresh(lines regclass, periods date[] DEFAULT NULL)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	t record;
	todo date[];
	slice date[];
	span interval;
	upsert text;
	at_column text;
BEGIN
	IF lines IS NULL THEN
		RAISE EXCEPTION 'lines must not be null' USING ERRCODE = 'null_value_not_allowed';
	END IF;
	SELECT * INTO t FROM @extschema@.affinity_tracking(lines);
	IF row_security_active(lines) THEN
		RAISE EXCEPTION 'cannot make states of %: row security hides some lines from role "%"', lines, current_user
			USING ERRCODE = 'insufficient_privilege';
	END IF;
	-- one refresh at a time; readers and writers of lines go on
	EXECUTE format('LOCK TABLE %s IN SHARE UPDATE EXCLUSIVE MODE', t.states);
	/*
	 * Notes are taken first and lines are read after, by a later snapshot: whoever commits in between
	 * is either seen or leaves a note for the next time, or both.
	 */
	EXECUTE format('WITH gone AS (DELETE FROM %s RETURNING period) SELECT array_agg(DISTINCT g.period ORDER BY g.period) FROM
		(SELECT period FROM gone UNION ALL SELECT date_trunc(%L, p::timestamp)::date FROM unnest($1) p WHERE isfinite(p)) g', t.changed, t.about ->> 'period')
		INTO todo USING periods;
	at_column := format('l.%I', t.about ->> 'at');
	span := ('1 ' || (t.about ->> 'period'))::interval;
	-- the bounds let an index or partitions be used, and are wider than any time zone; the period itself decides
	upsert := format('
		INSERT INTO %1$s AS s (period, state, refreshed_at)
		SELECT q.period, q.state, clock_timestamp()
		FROM (SELECT %2$s AS period, %3$s AS state FROM %4$s l
			  WHERE %5$s >= ($1)[1] - 2 AND %5$s <= (($1)[cardinality($1)] + $2)::date + 2 AND %2$s = ANY ($1) GROUP BY 1) q
		WHERE q.state IS NOT NULL
		ON CONFLICT (period) DO UPDATE SET state = excluded.state, refreshed_at = excluded.refreshed_at',
		t.states, t.period_of, t.states_of, lines, at_column);
	-- few periods one by one, each by its own bounds; many in one scan
	WHILE cardinality(todo) > 0 LOOP
		slice := CASE WHEN cardinality(todo) > 16 THEN todo ELSE todo[1:1] END;
		EXECUTE format('DELETE FROM %1$s s WHERE s.period = ANY ($1)
			AND NOT EXISTS (SELECT FROM %2$s l WHERE %3$s >= s.period - 2 AND %3$s <= (s.period + $2)::date + 2 AND %4$s = s.period AND l.%5$I IS NOT NULL AND l.%6$I IS NOT NULL %7$s)',
			t.states, lines, at_column, t.period_of, t.about ->> 'basket', t.about ->> 'item',
			CASE WHEN t.about ->> 'quantity' IS NOT NULL THEN format('AND l.%I IS NOT NULL', t.about ->> 'quantity') ELSE '' END) USING slice, span;
		EXECUTE upsert USING slice, span;
		todo := todo[cardinality(slice) + 1:];
	END LOOP;
END
$$;
COMMENT ON PROCEDURE @extschema@.affinity_refresh(regclass, date[]) IS
'Makes the states of those periods anew whose lines changed since the last time, or that are named; one that runs at the same time waits.';
