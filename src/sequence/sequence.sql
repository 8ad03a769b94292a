--
-- sequence: what is bought next, and when
--

CREATE TYPE @extschema@.item_sequence;

CREATE FUNCTION @extschema@.item_sequence_in(cstring) RETURNS @extschema@.item_sequence
LANGUAGE c STABLE PARALLEL SAFE STRICT COST 1000
AS 'MODULE_PATHNAME', 'clt_sequence_in';
COMMENT ON FUNCTION @extschema@.item_sequence_in(cstring) IS 'text input of type item_sequence';

CREATE FUNCTION @extschema@.item_sequence_out(@extschema@.item_sequence) RETURNS cstring
LANGUAGE c STABLE PARALLEL SAFE STRICT COST 1000
AS 'MODULE_PATHNAME', 'clt_affinity_out';
COMMENT ON FUNCTION @extschema@.item_sequence_out(@extschema@.item_sequence) IS 'text output of type item_sequence';

CREATE FUNCTION @extschema@.item_sequence_recv(internal) RETURNS @extschema@.item_sequence
LANGUAGE c STABLE PARALLEL SAFE STRICT COST 1000
AS 'MODULE_PATHNAME', 'clt_sequence_recv';
COMMENT ON FUNCTION @extschema@.item_sequence_recv(internal) IS 'binary input of type item_sequence';

CREATE FUNCTION @extschema@.item_sequence_send(@extschema@.item_sequence) RETURNS bytea
LANGUAGE c STABLE PARALLEL SAFE STRICT COST 1000
AS 'MODULE_PATHNAME', 'clt_affinity_send';
COMMENT ON FUNCTION @extschema@.item_sequence_send(@extschema@.item_sequence) IS 'binary output of type item_sequence';

CREATE TYPE @extschema@.item_sequence (
	INPUT = @extschema@.item_sequence_in,
	OUTPUT = @extschema@.item_sequence_out,
	RECEIVE = @extschema@.item_sequence_recv,
	SEND = @extschema@.item_sequence_send,
	INTERNALLENGTH = VARIABLE,
	ALIGNMENT = double,
	STORAGE = external
);
COMMENT ON TYPE @extschema@.item_sequence IS
'purchases of customers in order of time: made by sequence_agg, joined by rollup, asked by sequence_rules, repeat_purchases and running_low';

CREATE FUNCTION @extschema@.sequence_trans(@extschema@.item_sequence, "any", timestamptz, "any", interval) RETURNS @extschema@.item_sequence
LANGUAGE c IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'clt_sequence_trans';
COMMENT ON FUNCTION @extschema@.sequence_trans(@extschema@.item_sequence, "any", timestamptz, "any", interval) IS 'transition function of sequence_agg';

CREATE FUNCTION @extschema@.sequence_combine(@extschema@.item_sequence, @extschema@.item_sequence) RETURNS @extschema@.item_sequence
LANGUAGE c STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'clt_affinity_combine';
COMMENT ON FUNCTION @extschema@.sequence_combine(@extschema@.item_sequence, @extschema@.item_sequence) IS 'joins two states of the sequence aggregates, or a state and a stored value';

CREATE AGGREGATE @extschema@.sequence_agg(customer "any", at timestamptz, item "any", within interval) (
	SFUNC = @extschema@.sequence_trans,
	STYPE = @extschema@.item_sequence,
	SSPACE = 8192,
	COMBINEFUNC = @extschema@.sequence_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.sequence_agg("any", timestamptz, "any", interval) IS
'purchases of customers, in any order of rows; within is how long after a purchase another one still follows it';

CREATE AGGREGATE @extschema@.rollup(@extschema@.item_sequence) (
	SFUNC = @extschema@.sequence_combine,
	STYPE = @extschema@.item_sequence,
	SSPACE = 8192,
	COMBINEFUNC = @extschema@.sequence_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rollup(@extschema@.item_sequence) IS
'joins stored purchases of customers, as by day';

CREATE FUNCTION @extschema@.sequence_rules(
	s @extschema@.item_sequence,
	item_type anyelement,
	min_count bigint DEFAULT NULL,
	min_support float8 DEFAULT NULL,
	min_confidence float8 DEFAULT NULL,
	as_of timestamptz DEFAULT NULL,
	OUT antecedent anyelement,
	OUT consequent anyelement,
	OUT sequence_count bigint,
	OUT antecedent_count bigint,
	OUT consequent_count bigint,
	OUT customer_count bigint,
	OUT followed_count bigint,
	OUT followed_sequence_count bigint,
	OUT support float8,
	OUT confidence float8,
	OUT lift float8,
	OUT gap_first_quartile interval,
	OUT gap_median interval,
	OUT gap_third_quartile interval)
RETURNS SETOF record
LANGUAGE c STABLE PARALLEL SAFE COST 1000000 ROWS 10000
AS 'MODULE_PATHNAME', 'clt_sequence_rules';
COMMENT ON FUNCTION @extschema@.sequence_rules(@extschema@.item_sequence, anyelement, bigint, float8, float8, timestamptz) IS
'pairs "first this, then that within the interval", counted by customers; confidence is among those followed to the end of the interval before as_of (default: the last purchase)';

CREATE FUNCTION @extschema@.repeat_purchases(
	s @extschema@.item_sequence,
	item_type anyelement,
	min_count bigint DEFAULT NULL,
	OUT item anyelement,
	OUT customer_count bigint,
	OUT repeating_count bigint,
	OUT gap_count bigint,
	OUT gap_first_quartile interval,
	OUT gap_median interval,
	OUT gap_third_quartile interval)
RETURNS SETOF record
LANGUAGE c STABLE PARALLEL SAFE COST 100000 ROWS 1000
AS 'MODULE_PATHNAME', 'clt_repeat_purchases';
COMMENT ON FUNCTION @extschema@.repeat_purchases(@extschema@.item_sequence, anyelement, bigint) IS
'items that customers buy again, and after how long; min_count is a number of customers who did';

CREATE FUNCTION @extschema@.running_low(
	s @extschema@.item_sequence,
	customer_type anyelement,
	item_type anycompatible,
	min_count bigint DEFAULT NULL,
	OUT customer anyelement,
	OUT item anycompatible,
	OUT purchase_count bigint,
	OUT last_at timestamptz,
	OUT expected_gap interval,
	OUT expected_at timestamptz,
	OUT by_own_habit boolean)
RETURNS SETOF record
LANGUAGE c STABLE PARALLEL SAFE COST 100000 ROWS 10000
AS 'MODULE_PATHNAME', 'clt_running_low';
COMMENT ON FUNCTION @extschema@.running_low(@extschema@.item_sequence, anyelement, anycompatible, bigint) IS
'when each customer is expected to buy an item again: by the median of the customer''s own gaps if there are two or more, else by that of all customers';
