-- ---- rfm_summary -----------------------------------------------------------

CREATE TYPE @extschema@.rfm_summary;

CREATE FUNCTION @extschema@.rfm_summary_in(cstring) RETURNS @extschema@.rfm_summary
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_summary_in';
COMMENT ON FUNCTION @extschema@.rfm_summary_in(cstring) IS
'Input function of type rfm_summary.';

CREATE FUNCTION @extschema@.rfm_summary_out(@extschema@.rfm_summary) RETURNS cstring
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_summary_out';
COMMENT ON FUNCTION @extschema@.rfm_summary_out(@extschema@.rfm_summary) IS
'Output function of type rfm_summary.';

CREATE FUNCTION @extschema@.rfm_summary_recv(internal) RETURNS @extschema@.rfm_summary
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_summary_recv';
COMMENT ON FUNCTION @extschema@.rfm_summary_recv(internal) IS
'Binary input function of type rfm_summary.';

CREATE FUNCTION @extschema@.rfm_summary_send(@extschema@.rfm_summary) RETURNS bytea
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_summary_send';
COMMENT ON FUNCTION @extschema@.rfm_summary_send(@extschema@.rfm_summary) IS
'Binary output function of type rfm_summary.';

CREATE TYPE @extschema@.rfm_summary (
    INPUT = @extschema@.rfm_summary_in, OUTPUT = @extschema@.rfm_summary_out,
    RECEIVE = @extschema@.rfm_summary_recv, SEND = @extschema@.rfm_summary_send,
    INTERNALLENGTH = 64, ALIGNMENT = double, STORAGE = plain
);
COMMENT ON TYPE @extschema@.rfm_summary IS
'What is kept of one customer: number, first and last time and sum of the orders, number and sum of the refunds.';

CREATE FUNCTION @extschema@.rfm_summary_lt(@extschema@.rfm_summary, @extschema@.rfm_summary) RETURNS boolean
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_summary_lt';
COMMENT ON FUNCTION @extschema@.rfm_summary_lt(@extschema@.rfm_summary, @extschema@.rfm_summary) IS
'Implementation of operator < on rfm_summary.';

CREATE FUNCTION @extschema@.rfm_summary_le(@extschema@.rfm_summary, @extschema@.rfm_summary) RETURNS boolean
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_summary_le';
COMMENT ON FUNCTION @extschema@.rfm_summary_le(@extschema@.rfm_summary, @extschema@.rfm_summary) IS
'Implementation of operator <= on rfm_summary.';

CREATE FUNCTION @extschema@.rfm_summary_eq(@extschema@.rfm_summary, @extschema@.rfm_summary) RETURNS boolean
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_summary_eq';
COMMENT ON FUNCTION @extschema@.rfm_summary_eq(@extschema@.rfm_summary, @extschema@.rfm_summary) IS
'Implementation of operator = on rfm_summary.';

CREATE FUNCTION @extschema@.rfm_summary_ne(@extschema@.rfm_summary, @extschema@.rfm_summary) RETURNS boolean
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_summary_ne';
COMMENT ON FUNCTION @extschema@.rfm_summary_ne(@extschema@.rfm_summary, @extschema@.rfm_summary) IS
'Implementation of operator <> on rfm_summary.';

CREATE FUNCTION @extschema@.rfm_summary_ge(@extschema@.rfm_summary, @extschema@.rfm_summary) RETURNS boolean
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_summary_ge';
COMMENT ON FUNCTION @extschema@.rfm_summary_ge(@extschema@.rfm_summary, @extschema@.rfm_summary) IS
'Implementation of operator >= on rfm_summary.';

CREATE FUNCTION @extschema@.rfm_summary_gt(@extschema@.rfm_summary, @extschema@.rfm_summary) RETURNS boolean
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_summary_gt';
COMMENT ON FUNCTION @extschema@.rfm_summary_gt(@extschema@.rfm_summary, @extschema@.rfm_summary) IS
'Implementation of operator > on rfm_summary.';

CREATE FUNCTION @extschema@.rfm_summary_cmp(@extschema@.rfm_summary, @extschema@.rfm_summary) RETURNS integer
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_summary_cmp';
COMMENT ON FUNCTION @extschema@.rfm_summary_cmp(@extschema@.rfm_summary, @extschema@.rfm_summary) IS
'Btree comparison of rfm_summary: by the time of the last order, then all else that is in it.';

CREATE FUNCTION @extschema@.rfm_summary_hash(@extschema@.rfm_summary) RETURNS integer
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_summary_hash_int4';
COMMENT ON FUNCTION @extschema@.rfm_summary_hash(@extschema@.rfm_summary) IS
'Hash of an rfm_summary.';

CREATE FUNCTION @extschema@.rfm_summary_hash_extended(@extschema@.rfm_summary, bigint) RETURNS bigint
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_summary_hash_extended';
COMMENT ON FUNCTION @extschema@.rfm_summary_hash_extended(@extschema@.rfm_summary, bigint) IS
'Hash of an rfm_summary with a seed.';

CREATE OPERATOR @extschema@.< (
    FUNCTION = @extschema@.rfm_summary_lt, LEFTARG = @extschema@.rfm_summary, RIGHTARG = @extschema@.rfm_summary,
    COMMUTATOR = OPERATOR(@extschema@.>), NEGATOR = OPERATOR(@extschema@.>=), RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR @extschema@.< (@extschema@.rfm_summary, @extschema@.rfm_summary) IS 'less than';

CREATE OPERATOR @extschema@.<= (
    FUNCTION = @extschema@.rfm_summary_le, LEFTARG = @extschema@.rfm_summary, RIGHTARG = @extschema@.rfm_summary,
    COMMUTATOR = OPERATOR(@extschema@.>=), NEGATOR = OPERATOR(@extschema@.>), RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR @extschema@.<= (@extschema@.rfm_summary, @extschema@.rfm_summary) IS 'less than or equal';

CREATE OPERATOR @extschema@.= (
    FUNCTION = @extschema@.rfm_summary_eq, LEFTARG = @extschema@.rfm_summary, RIGHTARG = @extschema@.rfm_summary,
    COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>), RESTRICT = eqsel, JOIN = eqjoinsel,
    HASHES, MERGES
);
COMMENT ON OPERATOR @extschema@.= (@extschema@.rfm_summary, @extschema@.rfm_summary) IS 'equal';

CREATE OPERATOR @extschema@.<> (
    FUNCTION = @extschema@.rfm_summary_ne, LEFTARG = @extschema@.rfm_summary, RIGHTARG = @extschema@.rfm_summary,
    COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=), RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.rfm_summary, @extschema@.rfm_summary) IS 'not equal';

CREATE OPERATOR @extschema@.>= (
    FUNCTION = @extschema@.rfm_summary_ge, LEFTARG = @extschema@.rfm_summary, RIGHTARG = @extschema@.rfm_summary,
    COMMUTATOR = OPERATOR(@extschema@.<=), NEGATOR = OPERATOR(@extschema@.<), RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR @extschema@.>= (@extschema@.rfm_summary, @extschema@.rfm_summary) IS 'greater than or equal';

CREATE OPERATOR @extschema@.> (
    FUNCTION = @extschema@.rfm_summary_gt, LEFTARG = @extschema@.rfm_summary, RIGHTARG = @extschema@.rfm_summary,
    COMMUTATOR = OPERATOR(@extschema@.<), NEGATOR = OPERATOR(@extschema@.<=), RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR @extschema@.> (@extschema@.rfm_summary, @extschema@.rfm_summary) IS 'greater than';

CREATE OPERATOR CLASS @extschema@.rfm_summary_ops DEFAULT FOR TYPE @extschema@.rfm_summary USING btree AS
    OPERATOR 1 @extschema@.<, OPERATOR 2 @extschema@.<=, OPERATOR 3 @extschema@.=, OPERATOR 4 @extschema@.>=, OPERATOR 5 @extschema@.>,
    FUNCTION 1 @extschema@.rfm_summary_cmp(@extschema@.rfm_summary, @extschema@.rfm_summary);
COMMENT ON OPERATOR CLASS @extschema@.rfm_summary_ops USING btree IS 'order of summaries, for sorting and merging';

CREATE OPERATOR CLASS @extschema@.rfm_summary_hash_ops DEFAULT FOR TYPE @extschema@.rfm_summary USING hash AS
    OPERATOR 1 @extschema@.=,
    FUNCTION 1 @extschema@.rfm_summary_hash(@extschema@.rfm_summary),
    FUNCTION 2 @extschema@.rfm_summary_hash_extended(@extschema@.rfm_summary, bigint);
COMMENT ON OPERATOR CLASS @extschema@.rfm_summary_hash_ops USING hash IS 'hashing of summaries';

CREATE FUNCTION @extschema@.rfm_summary_combine(@extschema@.rfm_summary, @extschema@.rfm_summary) RETURNS @extschema@.rfm_summary
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_summary_combine';
COMMENT ON FUNCTION @extschema@.rfm_summary_combine(@extschema@.rfm_summary, @extschema@.rfm_summary) IS
'Both summaries in one; behind rollup(rfm_summary), parallel plans and the operator +.';

CREATE OPERATOR @extschema@.+ (
    FUNCTION = @extschema@.rfm_summary_combine, LEFTARG = @extschema@.rfm_summary, RIGHTARG = @extschema@.rfm_summary,
    COMMUTATOR = OPERATOR(@extschema@.+)
);
COMMENT ON OPERATOR @extschema@.+ (@extschema@.rfm_summary, @extschema@.rfm_summary) IS 'both summaries in one: the total up to yesterday and the orders of today';

CREATE FUNCTION @extschema@.rfm_agg_trans(@extschema@.rfm_summary, timestamptz, numeric) RETURNS @extschema@.rfm_summary
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_agg_trans_instant_numeric';
COMMENT ON FUNCTION @extschema@.rfm_agg_trans(@extschema@.rfm_summary, timestamptz, numeric) IS
'Transition function of rfm_agg.';

CREATE FUNCTION @extschema@.rfm_agg_trans(@extschema@.rfm_summary, timestamptz, bigint) RETURNS @extschema@.rfm_summary
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_agg_trans_instant_int8';
COMMENT ON FUNCTION @extschema@.rfm_agg_trans(@extschema@.rfm_summary, timestamptz, bigint) IS
'Transition function of rfm_agg.';

CREATE FUNCTION @extschema@.rfm_agg_trans(@extschema@.rfm_summary, timestamptz, integer) RETURNS @extschema@.rfm_summary
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_agg_trans_instant_int4';
COMMENT ON FUNCTION @extschema@.rfm_agg_trans(@extschema@.rfm_summary, timestamptz, integer) IS
'Transition function of rfm_agg.';

CREATE FUNCTION @extschema@.rfm_agg_trans(@extschema@.rfm_summary, timestamptz, double precision) RETURNS @extschema@.rfm_summary
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_agg_trans_instant_float8';
COMMENT ON FUNCTION @extschema@.rfm_agg_trans(@extschema@.rfm_summary, timestamptz, double precision) IS
'Transition function of rfm_agg.';

CREATE FUNCTION @extschema@.rfm_agg_trans(@extschema@.rfm_summary, timestamptz, real) RETURNS @extschema@.rfm_summary
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_agg_trans_instant_float4';
COMMENT ON FUNCTION @extschema@.rfm_agg_trans(@extschema@.rfm_summary, timestamptz, real) IS
'Transition function of rfm_agg.';

CREATE FUNCTION @extschema@.rfm_agg_trans(@extschema@.rfm_summary, timestamp, numeric) RETURNS @extschema@.rfm_summary
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_agg_trans_wall_numeric';
COMMENT ON FUNCTION @extschema@.rfm_agg_trans(@extschema@.rfm_summary, timestamp, numeric) IS
'Transition function of rfm_agg.';

CREATE FUNCTION @extschema@.rfm_agg_trans(@extschema@.rfm_summary, timestamp, bigint) RETURNS @extschema@.rfm_summary
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_agg_trans_wall_int8';
COMMENT ON FUNCTION @extschema@.rfm_agg_trans(@extschema@.rfm_summary, timestamp, bigint) IS
'Transition function of rfm_agg.';

CREATE FUNCTION @extschema@.rfm_agg_trans(@extschema@.rfm_summary, timestamp, integer) RETURNS @extschema@.rfm_summary
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_agg_trans_wall_int4';
COMMENT ON FUNCTION @extschema@.rfm_agg_trans(@extschema@.rfm_summary, timestamp, integer) IS
'Transition function of rfm_agg.';

CREATE FUNCTION @extschema@.rfm_agg_trans(@extschema@.rfm_summary, timestamp, double precision) RETURNS @extschema@.rfm_summary
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_agg_trans_wall_float8';
COMMENT ON FUNCTION @extschema@.rfm_agg_trans(@extschema@.rfm_summary, timestamp, double precision) IS
'Transition function of rfm_agg.';

CREATE FUNCTION @extschema@.rfm_agg_trans(@extschema@.rfm_summary, timestamp, real) RETURNS @extschema@.rfm_summary
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_agg_trans_wall_float4';
COMMENT ON FUNCTION @extschema@.rfm_agg_trans(@extschema@.rfm_summary, timestamp, real) IS
'Transition function of rfm_agg.';

CREATE FUNCTION @extschema@.rfm_agg_trans(@extschema@.rfm_summary, date, numeric) RETURNS @extschema@.rfm_summary
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_agg_trans_date_numeric';
COMMENT ON FUNCTION @extschema@.rfm_agg_trans(@extschema@.rfm_summary, date, numeric) IS
'Transition function of rfm_agg.';

CREATE FUNCTION @extschema@.rfm_agg_trans(@extschema@.rfm_summary, date, bigint) RETURNS @extschema@.rfm_summary
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_agg_trans_date_int8';
COMMENT ON FUNCTION @extschema@.rfm_agg_trans(@extschema@.rfm_summary, date, bigint) IS
'Transition function of rfm_agg.';

CREATE FUNCTION @extschema@.rfm_agg_trans(@extschema@.rfm_summary, date, integer) RETURNS @extschema@.rfm_summary
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_agg_trans_date_int4';
COMMENT ON FUNCTION @extschema@.rfm_agg_trans(@extschema@.rfm_summary, date, integer) IS
'Transition function of rfm_agg.';

CREATE FUNCTION @extschema@.rfm_agg_trans(@extschema@.rfm_summary, date, double precision) RETURNS @extschema@.rfm_summary
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_agg_trans_date_float8';
COMMENT ON FUNCTION @extschema@.rfm_agg_trans(@extschema@.rfm_summary, date, double precision) IS
'Transition function of rfm_agg.';

CREATE FUNCTION @extschema@.rfm_agg_trans(@extschema@.rfm_summary, date, real) RETURNS @extschema@.rfm_summary
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_agg_trans_date_float4';
COMMENT ON FUNCTION @extschema@.rfm_agg_trans(@extschema@.rfm_summary, date, real) IS
'Transition function of rfm_agg.';

CREATE AGGREGATE @extschema@.rfm_agg(at timestamptz, amount numeric) (
    SFUNC = @extschema@.rfm_agg_trans, STYPE = @extschema@.rfm_summary, SSPACE = 64, INITCOND = '-:0:0:0:0:0:0',
    COMBINEFUNC = @extschema@.rfm_summary_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rfm_agg(timestamptz, numeric) IS
'Sums up the orders of a customer; an amount below zero is a refund.';

CREATE AGGREGATE @extschema@.rfm_agg(at timestamptz, amount bigint) (
    SFUNC = @extschema@.rfm_agg_trans, STYPE = @extschema@.rfm_summary, SSPACE = 64, INITCOND = '-:0:0:0:0:0:0',
    COMBINEFUNC = @extschema@.rfm_summary_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rfm_agg(timestamptz, bigint) IS
'Sums up the orders of a customer; an amount below zero is a refund.';

CREATE AGGREGATE @extschema@.rfm_agg(at timestamptz, amount integer) (
    SFUNC = @extschema@.rfm_agg_trans, STYPE = @extschema@.rfm_summary, SSPACE = 64, INITCOND = '-:0:0:0:0:0:0',
    COMBINEFUNC = @extschema@.rfm_summary_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rfm_agg(timestamptz, integer) IS
'Sums up the orders of a customer; an amount below zero is a refund.';

CREATE AGGREGATE @extschema@.rfm_agg(at timestamptz, amount double precision) (
    SFUNC = @extschema@.rfm_agg_trans, STYPE = @extschema@.rfm_summary, SSPACE = 64, INITCOND = '-:0:0:0:0:0:0',
    COMBINEFUNC = @extschema@.rfm_summary_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rfm_agg(timestamptz, double precision) IS
'Sums up the orders of a customer; an amount below zero is a refund.';

CREATE AGGREGATE @extschema@.rfm_agg(at timestamptz, amount real) (
    SFUNC = @extschema@.rfm_agg_trans, STYPE = @extschema@.rfm_summary, SSPACE = 64, INITCOND = '-:0:0:0:0:0:0',
    COMBINEFUNC = @extschema@.rfm_summary_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rfm_agg(timestamptz, real) IS
'Sums up the orders of a customer; an amount below zero is a refund.';

CREATE AGGREGATE @extschema@.rfm_agg(at timestamp, amount numeric) (
    SFUNC = @extschema@.rfm_agg_trans, STYPE = @extschema@.rfm_summary, SSPACE = 64, INITCOND = '-:0:0:0:0:0:0',
    COMBINEFUNC = @extschema@.rfm_summary_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rfm_agg(timestamp, numeric) IS
'Sums up the orders of a customer; an amount below zero is a refund.';

CREATE AGGREGATE @extschema@.rfm_agg(at timestamp, amount bigint) (
    SFUNC = @extschema@.rfm_agg_trans, STYPE = @extschema@.rfm_summary, SSPACE = 64, INITCOND = '-:0:0:0:0:0:0',
    COMBINEFUNC = @extschema@.rfm_summary_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rfm_agg(timestamp, bigint) IS
'Sums up the orders of a customer; an amount below zero is a refund.';

CREATE AGGREGATE @extschema@.rfm_agg(at timestamp, amount integer) (
    SFUNC = @extschema@.rfm_agg_trans, STYPE = @extschema@.rfm_summary, SSPACE = 64, INITCOND = '-:0:0:0:0:0:0',
    COMBINEFUNC = @extschema@.rfm_summary_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rfm_agg(timestamp, integer) IS
'Sums up the orders of a customer; an amount below zero is a refund.';

CREATE AGGREGATE @extschema@.rfm_agg(at timestamp, amount double precision) (
    SFUNC = @extschema@.rfm_agg_trans, STYPE = @extschema@.rfm_summary, SSPACE = 64, INITCOND = '-:0:0:0:0:0:0',
    COMBINEFUNC = @extschema@.rfm_summary_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rfm_agg(timestamp, double precision) IS
'Sums up the orders of a customer; an amount below zero is a refund.';

CREATE AGGREGATE @extschema@.rfm_agg(at timestamp, amount real) (
    SFUNC = @extschema@.rfm_agg_trans, STYPE = @extschema@.rfm_summary, SSPACE = 64, INITCOND = '-:0:0:0:0:0:0',
    COMBINEFUNC = @extschema@.rfm_summary_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rfm_agg(timestamp, real) IS
'Sums up the orders of a customer; an amount below zero is a refund.';

CREATE AGGREGATE @extschema@.rfm_agg(at date, amount numeric) (
    SFUNC = @extschema@.rfm_agg_trans, STYPE = @extschema@.rfm_summary, SSPACE = 64, INITCOND = '-:0:0:0:0:0:0',
    COMBINEFUNC = @extschema@.rfm_summary_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rfm_agg(date, numeric) IS
'Sums up the orders of a customer; an amount below zero is a refund.';

CREATE AGGREGATE @extschema@.rfm_agg(at date, amount bigint) (
    SFUNC = @extschema@.rfm_agg_trans, STYPE = @extschema@.rfm_summary, SSPACE = 64, INITCOND = '-:0:0:0:0:0:0',
    COMBINEFUNC = @extschema@.rfm_summary_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rfm_agg(date, bigint) IS
'Sums up the orders of a customer; an amount below zero is a refund.';

CREATE AGGREGATE @extschema@.rfm_agg(at date, amount integer) (
    SFUNC = @extschema@.rfm_agg_trans, STYPE = @extschema@.rfm_summary, SSPACE = 64, INITCOND = '-:0:0:0:0:0:0',
    COMBINEFUNC = @extschema@.rfm_summary_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rfm_agg(date, integer) IS
'Sums up the orders of a customer; an amount below zero is a refund.';

CREATE AGGREGATE @extschema@.rfm_agg(at date, amount double precision) (
    SFUNC = @extschema@.rfm_agg_trans, STYPE = @extschema@.rfm_summary, SSPACE = 64, INITCOND = '-:0:0:0:0:0:0',
    COMBINEFUNC = @extschema@.rfm_summary_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rfm_agg(date, double precision) IS
'Sums up the orders of a customer; an amount below zero is a refund.';

CREATE AGGREGATE @extschema@.rfm_agg(at date, amount real) (
    SFUNC = @extschema@.rfm_agg_trans, STYPE = @extschema@.rfm_summary, SSPACE = 64, INITCOND = '-:0:0:0:0:0:0',
    COMBINEFUNC = @extschema@.rfm_summary_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rfm_agg(date, real) IS
'Sums up the orders of a customer; an amount below zero is a refund.';

CREATE AGGREGATE @extschema@.rollup(summary @extschema@.rfm_summary) (
    SFUNC = @extschema@.rfm_summary_combine, STYPE = @extschema@.rfm_summary, SSPACE = 64,
    COMBINEFUNC = @extschema@.rfm_summary_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rollup(@extschema@.rfm_summary) IS
'Sums up summaries: of days, shops, shards or merged customers.';

CREATE FUNCTION @extschema@.recency(summary @extschema@.rfm_summary, as_of timestamptz) RETURNS integer
LANGUAGE c STABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_recency';
COMMENT ON FUNCTION @extschema@.recency(@extschema@.rfm_summary, timestamptz) IS
'Whole days from the last order to the day of as_of, by the calendar of the session''s TimeZone; null without orders, an error if there are later ones.';

CREATE FUNCTION @extschema@.frequency(summary @extschema@.rfm_summary) RETURNS bigint
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_frequency';
COMMENT ON FUNCTION @extschema@.frequency(@extschema@.rfm_summary) IS
'Number of orders; refunds are none.';

CREATE FUNCTION @extschema@.monetary(summary @extschema@.rfm_summary) RETURNS numeric
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_monetary';
COMMENT ON FUNCTION @extschema@.monetary(@extschema@.rfm_summary) IS
'Sum of the orders less refunds.';

CREATE FUNCTION @extschema@.sales(summary @extschema@.rfm_summary) RETURNS numeric
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_sales';
COMMENT ON FUNCTION @extschema@.sales(@extschema@.rfm_summary) IS
'Sum of the orders without the refunds.';

CREATE FUNCTION @extschema@.refunded(summary @extschema@.rfm_summary) RETURNS numeric
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_refunded';
COMMENT ON FUNCTION @extschema@.refunded(@extschema@.rfm_summary) IS
'Sum of the refunds, zero or less.';

CREATE FUNCTION @extschema@.refund_count(summary @extschema@.rfm_summary) RETURNS bigint
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_refund_count';
COMMENT ON FUNCTION @extschema@.refund_count(@extschema@.rfm_summary) IS
'Number of refunds.';

CREATE FUNCTION @extschema@.first_order_at(summary @extschema@.rfm_summary) RETURNS timestamptz
LANGUAGE c STABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_first_order_at';
COMMENT ON FUNCTION @extschema@.first_order_at(@extschema@.rfm_summary) IS
'Time of the first order.';

CREATE FUNCTION @extschema@.last_order_at(summary @extschema@.rfm_summary) RETURNS timestamptz
LANGUAGE c STABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_last_order_at';
COMMENT ON FUNCTION @extschema@.last_order_at(@extschema@.rfm_summary) IS
'Time of the last order.';
