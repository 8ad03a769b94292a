--
-- rfm: recency, frequency and monetary value of customers
--

-- ---- rfm_score -------------------------------------------------------------

CREATE TYPE @extschema@.rfm_score;

CREATE FUNCTION @extschema@.rfm_score_in(cstring) RETURNS @extschema@.rfm_score
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_score_in';
COMMENT ON FUNCTION @extschema@.rfm_score_in(cstring) IS
'Input function of type rfm_score.';

CREATE FUNCTION @extschema@.rfm_score_out(@extschema@.rfm_score) RETURNS cstring
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_score_out';
COMMENT ON FUNCTION @extschema@.rfm_score_out(@extschema@.rfm_score) IS
'Output function of type rfm_score.';

CREATE FUNCTION @extschema@.rfm_score_recv(internal) RETURNS @extschema@.rfm_score
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_score_recv';
COMMENT ON FUNCTION @extschema@.rfm_score_recv(internal) IS
'Binary input function of type rfm_score.';

CREATE FUNCTION @extschema@.rfm_score_send(@extschema@.rfm_score) RETURNS bytea
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_score_send';
COMMENT ON FUNCTION @extschema@.rfm_score_send(@extschema@.rfm_score) IS
'Binary output function of type rfm_score.';

CREATE TYPE @extschema@.rfm_score (
    INPUT = @extschema@.rfm_score_in, OUTPUT = @extschema@.rfm_score_out,
    RECEIVE = @extschema@.rfm_score_recv, SEND = @extschema@.rfm_score_send,
    INTERNALLENGTH = 4, PASSEDBYVALUE, ALIGNMENT = int4, STORAGE = plain
);
COMMENT ON TYPE @extschema@.rfm_score IS
'Classes of a customer by recency, frequency and monetary value, best last: 543, or 10-4-3 with ten classes.';

CREATE FUNCTION @extschema@.rfm_score(r integer, f integer, m integer) RETURNS @extschema@.rfm_score
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_score_make';
COMMENT ON FUNCTION @extschema@.rfm_score(integer, integer, integer) IS
'The score with these three classes, each from 1 to 10.';

CREATE FUNCTION @extschema@.r(@extschema@.rfm_score) RETURNS integer
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_score_r';
COMMENT ON FUNCTION @extschema@.r(@extschema@.rfm_score) IS
'Class of recency in a score; more is better.';

CREATE FUNCTION @extschema@.f(@extschema@.rfm_score) RETURNS integer
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_score_f';
COMMENT ON FUNCTION @extschema@.f(@extschema@.rfm_score) IS
'Class of frequency in a score; more is better.';

CREATE FUNCTION @extschema@.m(@extschema@.rfm_score) RETURNS integer
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_score_m';
COMMENT ON FUNCTION @extschema@.m(@extschema@.rfm_score) IS
'Class of monetary value in a score; more is better.';

CREATE FUNCTION @extschema@.rfm_score_lt(@extschema@.rfm_score, @extschema@.rfm_score) RETURNS boolean
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_score_lt';
COMMENT ON FUNCTION @extschema@.rfm_score_lt(@extschema@.rfm_score, @extschema@.rfm_score) IS
'Implementation of operator < on rfm_score.';

CREATE FUNCTION @extschema@.rfm_score_le(@extschema@.rfm_score, @extschema@.rfm_score) RETURNS boolean
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_score_le';
COMMENT ON FUNCTION @extschema@.rfm_score_le(@extschema@.rfm_score, @extschema@.rfm_score) IS
'Implementation of operator <= on rfm_score.';

CREATE FUNCTION @extschema@.rfm_score_eq(@extschema@.rfm_score, @extschema@.rfm_score) RETURNS boolean
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_score_eq';
COMMENT ON FUNCTION @extschema@.rfm_score_eq(@extschema@.rfm_score, @extschema@.rfm_score) IS
'Implementation of operator = on rfm_score.';

CREATE FUNCTION @extschema@.rfm_score_ne(@extschema@.rfm_score, @extschema@.rfm_score) RETURNS boolean
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_score_ne';
COMMENT ON FUNCTION @extschema@.rfm_score_ne(@extschema@.rfm_score, @extschema@.rfm_score) IS
'Implementation of operator <> on rfm_score.';

CREATE FUNCTION @extschema@.rfm_score_ge(@extschema@.rfm_score, @extschema@.rfm_score) RETURNS boolean
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_score_ge';
COMMENT ON FUNCTION @extschema@.rfm_score_ge(@extschema@.rfm_score, @extschema@.rfm_score) IS
'Implementation of operator >= on rfm_score.';

CREATE FUNCTION @extschema@.rfm_score_gt(@extschema@.rfm_score, @extschema@.rfm_score) RETURNS boolean
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_score_gt';
COMMENT ON FUNCTION @extschema@.rfm_score_gt(@extschema@.rfm_score, @extschema@.rfm_score) IS
'Implementation of operator > on rfm_score.';

CREATE FUNCTION @extschema@.rfm_score_cmp(@extschema@.rfm_score, @extschema@.rfm_score) RETURNS integer
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_score_cmp';
COMMENT ON FUNCTION @extschema@.rfm_score_cmp(@extschema@.rfm_score, @extschema@.rfm_score) IS
'Btree comparison of rfm_score: by recency, then frequency, then monetary value.';

CREATE FUNCTION @extschema@.rfm_score_hash(@extschema@.rfm_score) RETURNS integer
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_score_hash';
COMMENT ON FUNCTION @extschema@.rfm_score_hash(@extschema@.rfm_score) IS
'Hash of an rfm_score.';

CREATE FUNCTION @extschema@.rfm_score_hash_extended(@extschema@.rfm_score, bigint) RETURNS bigint
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_score_hash_extended';
COMMENT ON FUNCTION @extschema@.rfm_score_hash_extended(@extschema@.rfm_score, bigint) IS
'Hash of an rfm_score with a seed.';

CREATE OPERATOR @extschema@.< (
    FUNCTION = @extschema@.rfm_score_lt, LEFTARG = @extschema@.rfm_score, RIGHTARG = @extschema@.rfm_score,
    COMMUTATOR = OPERATOR(@extschema@.>), NEGATOR = OPERATOR(@extschema@.>=), RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR @extschema@.< (@extschema@.rfm_score, @extschema@.rfm_score) IS 'less than';

CREATE OPERATOR @extschema@.<= (
    FUNCTION = @extschema@.rfm_score_le, LEFTARG = @extschema@.rfm_score, RIGHTARG = @extschema@.rfm_score,
    COMMUTATOR = OPERATOR(@extschema@.>=), NEGATOR = OPERATOR(@extschema@.>), RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR @extschema@.<= (@extschema@.rfm_score, @extschema@.rfm_score) IS 'less than or equal';

CREATE OPERATOR @extschema@.= (
    FUNCTION = @extschema@.rfm_score_eq, LEFTARG = @extschema@.rfm_score, RIGHTARG = @extschema@.rfm_score,
    COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>), RESTRICT = eqsel, JOIN = eqjoinsel,
    HASHES, MERGES
);
COMMENT ON OPERATOR @extschema@.= (@extschema@.rfm_score, @extschema@.rfm_score) IS 'equal';

CREATE OPERATOR @extschema@.<> (
    FUNCTION = @extschema@.rfm_score_ne, LEFTARG = @extschema@.rfm_score, RIGHTARG = @extschema@.rfm_score,
    COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=), RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.rfm_score, @extschema@.rfm_score) IS 'not equal';

CREATE OPERATOR @extschema@.>= (
    FUNCTION = @extschema@.rfm_score_ge, LEFTARG = @extschema@.rfm_score, RIGHTARG = @extschema@.rfm_score,
    COMMUTATOR = OPERATOR(@extschema@.<=), NEGATOR = OPERATOR(@extschema@.<), RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR @extschema@.>= (@extschema@.rfm_score, @extschema@.rfm_score) IS 'greater than or equal';

CREATE OPERATOR @extschema@.> (
    FUNCTION = @extschema@.rfm_score_gt, LEFTARG = @extschema@.rfm_score, RIGHTARG = @extschema@.rfm_score,
    COMMUTATOR = OPERATOR(@extschema@.<), NEGATOR = OPERATOR(@extschema@.<=), RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR @extschema@.> (@extschema@.rfm_score, @extschema@.rfm_score) IS 'greater than';

CREATE OPERATOR CLASS @extschema@.rfm_score_ops DEFAULT FOR TYPE @extschema@.rfm_score USING btree AS
    OPERATOR 1 @extschema@.<, OPERATOR 2 @extschema@.<=, OPERATOR 3 @extschema@.=, OPERATOR 4 @extschema@.>=, OPERATOR 5 @extschema@.>,
    FUNCTION 1 @extschema@.rfm_score_cmp(@extschema@.rfm_score, @extschema@.rfm_score);
COMMENT ON OPERATOR CLASS @extschema@.rfm_score_ops USING btree IS 'order of scores: recency, then frequency, then monetary value';

CREATE OPERATOR CLASS @extschema@.rfm_score_hash_ops DEFAULT FOR TYPE @extschema@.rfm_score USING hash AS
    OPERATOR 1 @extschema@.=,
    FUNCTION 1 @extschema@.rfm_score_hash(@extschema@.rfm_score),
    FUNCTION 2 @extschema@.rfm_score_hash_extended(@extschema@.rfm_score, bigint);
COMMENT ON OPERATOR CLASS @extschema@.rfm_score_hash_ops USING hash IS 'hashing of scores';

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

-- ---- rfm_bins --------------------------------------------------------------

CREATE TYPE @extschema@.rfm_bins;

CREATE FUNCTION @extschema@.rfm_bins_in(cstring) RETURNS @extschema@.rfm_bins
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_bins_in';
COMMENT ON FUNCTION @extschema@.rfm_bins_in(cstring) IS
'Input function of type rfm_bins.';

CREATE FUNCTION @extschema@.rfm_bins_out(@extschema@.rfm_bins) RETURNS cstring
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_bins_out';
COMMENT ON FUNCTION @extschema@.rfm_bins_out(@extschema@.rfm_bins) IS
'Output function of type rfm_bins.';

CREATE FUNCTION @extschema@.rfm_bins_recv(internal) RETURNS @extschema@.rfm_bins
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_bins_recv';
COMMENT ON FUNCTION @extschema@.rfm_bins_recv(internal) IS
'Binary input function of type rfm_bins.';

CREATE FUNCTION @extschema@.rfm_bins_send(@extschema@.rfm_bins) RETURNS bytea
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_bins_send';
COMMENT ON FUNCTION @extschema@.rfm_bins_send(@extschema@.rfm_bins) IS
'Binary output function of type rfm_bins.';

CREATE TYPE @extschema@.rfm_bins (
    INPUT = @extschema@.rfm_bins_in, OUTPUT = @extschema@.rfm_bins_out,
    RECEIVE = @extschema@.rfm_bins_recv, SEND = @extschema@.rfm_bins_send,
    INTERNALLENGTH = VARIABLE, ALIGNMENT = double, STORAGE = external
);
COMMENT ON TYPE @extschema@.rfm_bins IS
'Cut points between the classes of recency, frequency and monetary value, found by rfm_bins_agg or given by hand, with what psi needs.';

CREATE FUNCTION @extschema@.rfm_bins(recency integer[], frequency bigint[], monetary numeric[]) RETURNS @extschema@.rfm_bins
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_bins_fixed';
COMMENT ON FUNCTION @extschema@.rfm_bins(integer[], bigint[], numeric[]) IS
'Cut points by hand, each ascending: at most so many days, at least so many orders, at least so much money.';

CREATE FUNCTION @extschema@.bins(bins @extschema@.rfm_bins) RETURNS integer
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_bins_count';
COMMENT ON FUNCTION @extschema@.bins(@extschema@.rfm_bins) IS
'Number of classes.';

CREATE FUNCTION @extschema@.customers(bins @extschema@.rfm_bins) RETURNS bigint
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_bins_customers';
COMMENT ON FUNCTION @extschema@.customers(@extschema@.rfm_bins) IS
'Number of customers in which the cut points were found; zero if given by hand.';

CREATE FUNCTION @extschema@.rule(bins @extschema@.rfm_bins) RETURNS text
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_bins_rule';
COMMENT ON FUNCTION @extschema@.rule(@extschema@.rfm_bins) IS
'Tie rule of the cut points: low, high, disc, r or fixed.';

CREATE FUNCTION @extschema@.is_nested(bins @extschema@.rfm_bins) RETURNS boolean
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_bins_nested';
COMMENT ON FUNCTION @extschema@.is_nested(@extschema@.rfm_bins) IS
'Are frequency and monetary value cut within the classes above them?';

CREATE FUNCTION @extschema@.rfm_bins_cuts(@extschema@.rfm_bins, integer) RETURNS numeric[]
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_bins_cuts';
COMMENT ON FUNCTION @extschema@.rfm_bins_cuts(@extschema@.rfm_bins, integer) IS
'Cut points of dimension 0, 1 or 2; behind recency_cuts, frequency_cuts and monetary_cuts.';

CREATE FUNCTION @extschema@.recency_cuts(bins @extschema@.rfm_bins) RETURNS numeric[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN @extschema@.rfm_bins_cuts(bins, 0);
COMMENT ON FUNCTION @extschema@.recency_cuts(@extschema@.rfm_bins) IS
'Days since the last order at which the classes begin, worst first; null where no customer gets that far.';

CREATE FUNCTION @extschema@.frequency_cuts(bins @extschema@.rfm_bins) RETURNS numeric[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN @extschema@.rfm_bins_cuts(bins, 1);
COMMENT ON FUNCTION @extschema@.frequency_cuts(@extschema@.rfm_bins) IS
'Numbers of orders at which the classes begin; null where no customer gets that far. Nested bins have one row a recency class.';

CREATE FUNCTION @extschema@.monetary_cuts(bins @extschema@.rfm_bins) RETURNS numeric[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN @extschema@.rfm_bins_cuts(bins, 2);
COMMENT ON FUNCTION @extschema@.monetary_cuts(@extschema@.rfm_bins) IS
'Amounts at which the classes begin; null where no customer gets that far. Nested bins have one row a pair of classes.';

CREATE TYPE @extschema@.rfm_population;

CREATE FUNCTION @extschema@.rfm_population_in(cstring) RETURNS @extschema@.rfm_population
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_population_in';
COMMENT ON FUNCTION @extschema@.rfm_population_in(cstring) IS
'Input function of type rfm_population.';

CREATE FUNCTION @extschema@.rfm_population_out(@extschema@.rfm_population) RETURNS cstring
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_population_out';
COMMENT ON FUNCTION @extschema@.rfm_population_out(@extschema@.rfm_population) IS
'Output function of type rfm_population.';

CREATE FUNCTION @extschema@.rfm_population_recv(internal) RETURNS @extschema@.rfm_population
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_population_recv';
COMMENT ON FUNCTION @extschema@.rfm_population_recv(internal) IS
'Binary input function of type rfm_population.';

CREATE FUNCTION @extschema@.rfm_population_send(@extschema@.rfm_population) RETURNS bytea
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_population_send';
COMMENT ON FUNCTION @extschema@.rfm_population_send(@extschema@.rfm_population) IS
'Binary output function of type rfm_population.';

CREATE TYPE @extschema@.rfm_population (
    INPUT = @extschema@.rfm_population_in, OUTPUT = @extschema@.rfm_population_out,
    RECEIVE = @extschema@.rfm_population_recv, SEND = @extschema@.rfm_population_send,
    INTERNALLENGTH = VARIABLE, ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE @extschema@.rfm_population IS
'State of rfm_bins_agg: the values of all customers, and the cut points asked for.';

CREATE FUNCTION @extschema@.rfm_bins_agg_trans(@extschema@.rfm_population, @extschema@.rfm_summary, timestamptz, integer) RETURNS @extschema@.rfm_population
LANGUAGE c STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'clt_rfm_bins_agg_trans';
COMMENT ON FUNCTION @extschema@.rfm_bins_agg_trans(@extschema@.rfm_population, @extschema@.rfm_summary, timestamptz, integer) IS
'Transition function of rfm_bins_agg.';

CREATE FUNCTION @extschema@.rfm_bins_agg_trans(@extschema@.rfm_population, @extschema@.rfm_summary, timestamptz, integer, text) RETURNS @extschema@.rfm_population
LANGUAGE c STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'clt_rfm_bins_agg_trans';
COMMENT ON FUNCTION @extschema@.rfm_bins_agg_trans(@extschema@.rfm_population, @extschema@.rfm_summary, timestamptz, integer, text) IS
'Transition function of rfm_bins_agg.';

CREATE FUNCTION @extschema@.rfm_bins_agg_trans(@extschema@.rfm_population, @extschema@.rfm_summary, timestamptz, integer, text, boolean) RETURNS @extschema@.rfm_population
LANGUAGE c STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'clt_rfm_bins_agg_trans';
COMMENT ON FUNCTION @extschema@.rfm_bins_agg_trans(@extschema@.rfm_population, @extschema@.rfm_summary, timestamptz, integer, text, boolean) IS
'Transition function of rfm_bins_agg.';

CREATE FUNCTION @extschema@.rfm_population_combine(@extschema@.rfm_population, @extschema@.rfm_population) RETURNS @extschema@.rfm_population
LANGUAGE c STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'clt_rfm_population_combine';
COMMENT ON FUNCTION @extschema@.rfm_population_combine(@extschema@.rfm_population, @extschema@.rfm_population) IS
'Combine function of rfm_bins_agg.';

CREATE FUNCTION @extschema@.rfm_bins_agg_final(@extschema@.rfm_population) RETURNS @extschema@.rfm_bins
LANGUAGE c STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'clt_rfm_bins_agg_final';
COMMENT ON FUNCTION @extschema@.rfm_bins_agg_final(@extschema@.rfm_population) IS
'Final function of rfm_bins_agg.';

CREATE AGGREGATE @extschema@.rfm_bins_agg(summary @extschema@.rfm_summary, as_of timestamptz, bins integer) (
    SFUNC = @extschema@.rfm_bins_agg_trans, STYPE = @extschema@.rfm_population, SSPACE = 65536,
    COMBINEFUNC = @extschema@.rfm_population_combine,
    FINALFUNC = @extschema@.rfm_bins_agg_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rfm_bins_agg(@extschema@.rfm_summary, timestamptz, integer) IS
'Finds the cut points between classes of customers, one row a customer, under tie rule low.';

CREATE AGGREGATE @extschema@.rfm_bins_agg(summary @extschema@.rfm_summary, as_of timestamptz, bins integer, rule text) (
    SFUNC = @extschema@.rfm_bins_agg_trans, STYPE = @extschema@.rfm_population, SSPACE = 65536,
    COMBINEFUNC = @extschema@.rfm_population_combine,
    FINALFUNC = @extschema@.rfm_bins_agg_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rfm_bins_agg(@extschema@.rfm_summary, timestamptz, integer, text) IS
'Finds the cut points between classes of customers, one row a customer.';

CREATE AGGREGATE @extschema@.rfm_bins_agg(summary @extschema@.rfm_summary, as_of timestamptz, bins integer, rule text, nested boolean) (
    SFUNC = @extschema@.rfm_bins_agg_trans, STYPE = @extschema@.rfm_population, SSPACE = 65536,
    COMBINEFUNC = @extschema@.rfm_population_combine,
    FINALFUNC = @extschema@.rfm_bins_agg_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rfm_bins_agg(@extschema@.rfm_summary, timestamptz, integer, text, boolean) IS
'Finds the cut points between classes of customers, one row a customer.';

CREATE AGGREGATE @extschema@.rfm_population_agg(summary @extschema@.rfm_summary, as_of timestamptz, bins integer, rule text, nested boolean) (
    SFUNC = @extschema@.rfm_bins_agg_trans, STYPE = @extschema@.rfm_population, SSPACE = 65536,
    COMBINEFUNC = @extschema@.rfm_population_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rfm_population_agg(@extschema@.rfm_summary, timestamptz, integer, text, boolean) IS
'What rfm_bins_agg would find cut points in, as a value: of a shard or a day, to be rolled up.';

CREATE AGGREGATE @extschema@.rollup(population @extschema@.rfm_population) (
    SFUNC = @extschema@.rfm_population_combine, STYPE = @extschema@.rfm_population, SSPACE = 65536,
    COMBINEFUNC = @extschema@.rfm_population_combine,
    FINALFUNC = @extschema@.rfm_bins_agg_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.rollup(@extschema@.rfm_population) IS
'Cut points of several populations taken together.';

CREATE FUNCTION @extschema@.rfm_score(bins @extschema@.rfm_bins, summary @extschema@.rfm_summary, as_of timestamptz) RETURNS @extschema@.rfm_score
LANGUAGE c STABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_score_bins';
COMMENT ON FUNCTION @extschema@.rfm_score(@extschema@.rfm_bins, @extschema@.rfm_summary, timestamptz) IS
'Score of a customer by given cut points; null without orders.';

CREATE FUNCTION @extschema@.rfm_score(summary @extschema@.rfm_summary, as_of timestamptz, bins integer DEFAULT 5,
    rule text DEFAULT 'low', nested boolean DEFAULT false) RETURNS @extschema@.rfm_score
LANGUAGE c WINDOW STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'clt_rfm_score_window';
COMMENT ON FUNCTION @extschema@.rfm_score(@extschema@.rfm_summary, timestamptz, integer, text, boolean) IS
'Window function: score of a customer among those of the same partition; null without orders.';

CREATE FUNCTION @extschema@.psi(expected @extschema@.rfm_bins, actual @extschema@.rfm_bins,
    OUT recency double precision, OUT frequency double precision, OUT monetary double precision)
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_rfm_bins_psi';
COMMENT ON FUNCTION @extschema@.psi(@extschema@.rfm_bins, @extschema@.rfm_bins) IS
'Population stability index of each dimension between the customers of two bins, by the classes of the first.';

-- ---- segments --------------------------------------------------------------

CREATE TABLE @extschema@.rfm_scheme (
    scheme text PRIMARY KEY,
    bins integer NOT NULL CHECK (bins BETWEEN 2 AND 10),
    description text,
    builtin boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE @extschema@.rfm_scheme IS 'Segment schemes; add your own, its rules in rfm_scheme_rule.';
COMMENT ON COLUMN @extschema@.rfm_scheme.scheme IS 'name, for rfm_segment() and rfm()';
COMMENT ON COLUMN @extschema@.rfm_scheme.bins IS 'classes of the scores it is for';
COMMENT ON COLUMN @extschema@.rfm_scheme.description IS 'what it is';
COMMENT ON COLUMN @extschema@.rfm_scheme.builtin IS 'came with the extension: not dumped, renewed by upgrades';

CREATE TABLE @extschema@.rfm_scheme_rule (
    scheme text NOT NULL REFERENCES @extschema@.rfm_scheme ON UPDATE CASCADE ON DELETE CASCADE,
    position integer NOT NULL,
    segment text NOT NULL,
    r_min integer NOT NULL DEFAULT 1 CHECK (r_min >= 1),
    r_max integer NOT NULL DEFAULT 10 CHECK (r_max <= 10),
    f_min integer NOT NULL DEFAULT 1 CHECK (f_min >= 1),
    f_max integer NOT NULL DEFAULT 10 CHECK (f_max <= 10),
    m_min integer NOT NULL DEFAULT 1 CHECK (m_min >= 1),
    m_max integer NOT NULL DEFAULT 10 CHECK (m_max <= 10),
    builtin boolean NOT NULL DEFAULT false,
    PRIMARY KEY (scheme, position),
    CHECK (r_min <= r_max AND f_min <= f_max AND m_min <= m_max)
);
COMMENT ON TABLE @extschema@.rfm_scheme_rule IS 'Which scores make which segment: boxes of classes; where they overlap the lowest position wins.';
COMMENT ON COLUMN @extschema@.rfm_scheme_rule.scheme IS 'the scheme it belongs to';
COMMENT ON COLUMN @extschema@.rfm_scheme_rule.position IS 'order within the scheme';
COMMENT ON COLUMN @extschema@.rfm_scheme_rule.segment IS 'name of the segment';
COMMENT ON COLUMN @extschema@.rfm_scheme_rule.r_min IS 'lowest class of recency';
COMMENT ON COLUMN @extschema@.rfm_scheme_rule.r_max IS 'highest class of recency';
COMMENT ON COLUMN @extschema@.rfm_scheme_rule.f_min IS 'lowest class of frequency';
COMMENT ON COLUMN @extschema@.rfm_scheme_rule.f_max IS 'highest class of frequency';
COMMENT ON COLUMN @extschema@.rfm_scheme_rule.m_min IS 'lowest class of monetary value';
COMMENT ON COLUMN @extschema@.rfm_scheme_rule.m_max IS 'highest class of monetary value';
COMMENT ON COLUMN @extschema@.rfm_scheme_rule.builtin IS 'came with the extension: not dumped, renewed by upgrades';

SELECT pg_extension_config_dump('@extschema@.rfm_scheme', 'WHERE NOT builtin');
SELECT pg_extension_config_dump('@extschema@.rfm_scheme_rule', 'WHERE NOT builtin');
GRANT SELECT ON @extschema@.rfm_scheme, @extschema@.rfm_scheme_rule TO PUBLIC;

INSERT INTO @extschema@.rfm_scheme VALUES
    ('eleven', 5, 'Eleven segments over all 125 scores, each score in exactly one.', true),
    ('ten', 5, 'Ten segments by recency and frequency; monetary value plays no part.', true);

INSERT INTO @extschema@.rfm_scheme_rule
SELECT 'eleven', row_number() OVER (ORDER BY s.n, c.code DESC), s.segment,
    left(c.code, 1)::integer, left(c.code, 1)::integer, substr(c.code, 2, 1)::integer, substr(c.code, 2, 1)::integer,
    right(c.code, 1)::integer, right(c.code, 1)::integer, true
FROM (VALUES
    (1, 'Champions', '555 554 545 544 455 454 445'),
    (2, 'Loyal', '543 444 435 355 354 345 344 335'),
    (3, 'Potential Loyalist', '553 552 551 542 541 533 532 531 453 452 451 442 441 433 432 431 423 353 352 351 342 341 333 323'),
    (4, 'New Customers', '512 511 422 421 412 411 311'),
    (5, 'Promising', '525 524 523 522 521 515 514 513 425 424 415 414 413 315 314 313'),
    (6, 'Need Attention', '535 534 443 434 343 334 325 324'),
    (7, 'About To Sleep', '331 321 312 251 241 231 221 213'),
    (8, 'At Risk', '255 254 253 252 245 244 243 242 235 234 225 224 153 152 145 143 142 135 134 133 125 124'),
    (9, 'Cannot Lose Them', '215 214 155 154 144 115 114 113'),
    (10, 'Hibernating customers', '332 322 233 232 223 222 212 211 132 123 122'),
    (11, 'Lost customers', '151 141 131 121 112 111')
) AS s (n, segment, codes)
CROSS JOIN LATERAL string_to_table(s.codes, ' ') AS c (code);

INSERT INTO @extschema@.rfm_scheme_rule (scheme, position, segment, r_min, r_max, f_min, f_max, m_min, m_max, builtin)
VALUES
    ('ten', 1, 'Champions', 5, 5, 4, 5, 1, 5, true),
    ('ten', 2, 'Loyal', 3, 4, 4, 5, 1, 5, true),
    ('ten', 3, 'Potential Loyalist', 4, 5, 2, 3, 1, 5, true),
    ('ten', 4, 'New Customers', 5, 5, 1, 1, 1, 5, true),
    ('ten', 5, 'Promising', 4, 4, 1, 1, 1, 5, true),
    ('ten', 6, 'Need Attention', 3, 3, 3, 3, 1, 5, true),
    ('ten', 7, 'About To Sleep', 3, 3, 1, 2, 1, 5, true),
    ('ten', 8, 'Cannot Lose Them', 1, 2, 5, 5, 1, 5, true),
    ('ten', 9, 'At Risk', 1, 2, 3, 4, 1, 5, true),
    ('ten', 10, 'Hibernating customers', 1, 2, 1, 2, 1, 5, true);

CREATE FUNCTION @extschema@.rfm_segment(score @extschema@.rfm_score, scheme text DEFAULT 'eleven') RETURNS text
LANGUAGE c STABLE PARALLEL SAFE STRICT COST 10
AS 'MODULE_PATHNAME', 'clt_rfm_segment';
COMMENT ON FUNCTION @extschema@.rfm_segment(@extschema@.rfm_score, text) IS
'Segment of a score under a scheme of rfm_scheme; null if no rule covers it.';

CREATE FUNCTION @extschema@.check_rfm_scheme(scheme text,
    OUT score @extschema@.rfm_score, OUT problem text, OUT segments text[]) RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL SAFE STRICT ROWS 20
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    classes integer;
BEGIN
    SELECT s.bins INTO classes FROM @extschema@.rfm_scheme s WHERE s.scheme = check_rfm_scheme.scheme;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no RFM scheme "%"', scheme
            USING ERRCODE = 'undefined_object', HINT = 'Schemes are listed in clientele.rfm_scheme.';
    END IF;
    RETURN QUERY
    SELECT @extschema@.rfm_score(c.r, c.f, c.m), CASE WHEN c.names IS NULL THEN 'left out' ELSE 'overlap' END,
           coalesce(c.names, ARRAY[]::text[])
    FROM (SELECT r, f, m, array_agg(u.segment ORDER BY u.position) FILTER (WHERE u.segment IS NOT NULL) AS names
          FROM generate_series(1, classes) r
          CROSS JOIN generate_series(1, classes) f
          CROSS JOIN generate_series(1, classes) m
          LEFT JOIN @extschema@.rfm_scheme_rule u ON u.scheme = check_rfm_scheme.scheme
               AND r BETWEEN u.r_min AND u.r_max AND f BETWEEN u.f_min AND u.f_max AND m BETWEEN u.m_min AND u.m_max
          GROUP BY r, f, m) c
    WHERE c.names IS NULL OR cardinality(c.names) > 1
    ORDER BY c.r, c.f, c.m;
END
$$;
COMMENT ON FUNCTION @extschema@.check_rfm_scheme(text) IS
'Scores that no rule of a scheme covers, or several; no rows mean that every score has exactly one segment.';

-- ---- rfm -------------------------------------------------------------------

CREATE TYPE @extschema@.rfm_row AS (
    customer text, recency_days integer, frequency bigint, monetary numeric,
    r integer, f integer, m integer, score @extschema@.rfm_score, segment text, last_order_at timestamptz
);
COMMENT ON TYPE @extschema@.rfm_row IS
'What rfm() says of a customer; a customer who only returned things has no recency, classes, score and segment.';

CREATE FUNCTION @extschema@.rfm(orders regclass, customer name, at name, amount name,
    as_of timestamptz DEFAULT now(), bins integer DEFAULT 5, scheme text DEFAULT 'eleven',
    rule text DEFAULT 'low', nested boolean DEFAULT false, cuts @extschema@.rfm_bins DEFAULT NULL)
RETURNS SETOF @extschema@.rfm_row
LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 100000 COST 1000000
AS 'MODULE_PATHNAME', 'clt_rfm';
COMMENT ON FUNCTION @extschema@.rfm(regclass, name, name, name, timestamptz, integer, text, text, boolean, @extschema@.rfm_bins) IS
'One row a customer of a table of orders: recency, frequency, monetary value, score and segment.';

-- ---- history ---------------------------------------------------------------

CREATE FUNCTION @extschema@.psi(expected bigint[], actual bigint[]) RETURNS double precision
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    result double precision;
BEGIN
    IF cardinality(expected) <> cardinality(actual) OR cardinality(expected) = 0 THEN
        RAISE EXCEPTION 'psi needs two arrays of the same number of counts'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF EXISTS (SELECT FROM unnest(expected || actual) n WHERE n IS NULL OR n < 0) THEN
        RAISE EXCEPTION 'counts of psi must not be negative or null'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    -- against nobody there is no drift to tell
    IF 0 = ALL (expected) OR 0 = ALL (actual) THEN
        RETURN NULL;
    END IF;
    -- a share of nothing counts as one in ten thousand: the logarithm of zero says nothing
    SELECT sum((b - a) * ln(b / a)) INTO result
    FROM (SELECT greatest(e / sum(e) OVER (), 0.0001)::double precision AS a,
                 greatest(c / sum(c) OVER (), 0.0001)::double precision AS b
          FROM unnest(expected, actual) u (e, c)) x;
    RETURN result;
END
$$;
COMMENT ON FUNCTION @extschema@.psi(bigint[], bigint[]) IS
'Population stability index between two arrays of counts by class; under 0.1 no drift, over 0.25 much; NULL where one of them counts nobody.';

CREATE FUNCTION @extschema@.rfm_snapshot(history text, orders regclass, customer name, at name, amount name,
    as_of timestamptz DEFAULT now(), bins integer DEFAULT 5, scheme text DEFAULT 'eleven',
    rule text DEFAULT 'low', nested boolean DEFAULT false, cuts @extschema@.rfm_bins DEFAULT NULL)
RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    parts text[] := parse_ident(history);
    target text;
    written bigint;
BEGIN
    IF cardinality(parts) = 1 THEN
        SELECT n.nspname || parts INTO parts
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = orders;
    ELSIF cardinality(parts) > 2 THEN
        RAISE EXCEPTION 'improper name of a history table: "%"', history
            USING ERRCODE = 'syntax_error', HINT = 'Give a name, or a schema and a name.';
    END IF;
    target := format('%I.%I', parts[1], parts[2]);
    -- two who write the same history wait for one another: then the later one replaces the day of the earlier one
    PERFORM pg_advisory_xact_lock(hashtextextended('clientele.rfm_snapshot ' || target, 0));
    IF to_regclass(target) IS NULL THEN
        EXECUTE format('CREATE TABLE %s (as_of timestamptz, customer text, recency_days integer, frequency bigint,
            monetary numeric, score @extschema@.rfm_score, segment text, PRIMARY KEY (as_of, customer))', target);
    END IF;
    EXECUTE format('DELETE FROM %s h WHERE h.as_of = $1', target) USING as_of;
    EXECUTE format('INSERT INTO %s (as_of, customer, recency_days, frequency, monetary, score, segment)
        SELECT $5, x.customer, x.recency_days, x.frequency, x.monetary, x.score, x.segment
        FROM @extschema@.rfm($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) x', target)
        USING orders, customer, at, amount, as_of, bins, scheme, rule, nested, cuts;
    GET DIAGNOSTICS written = ROW_COUNT;
    RETURN written;
END
$$;
COMMENT ON FUNCTION @extschema@.rfm_snapshot(text, regclass, name, name, name, timestamptz, integer, text, text, boolean, @extschema@.rfm_bins) IS
'Writes what rfm() says of a day into a table of the caller, made when it is missing, beside the orders unless qualified; the same day again replaces it. Returns the number of customers.';

CREATE PROCEDURE @extschema@.keep_rfm_history(history text, orders regclass, customer name, at name, amount name,
    keep interval DEFAULT NULL, every text DEFAULT 'day', bins integer DEFAULT 5, scheme text DEFAULT 'eleven',
    rule text DEFAULT 'low', nested boolean DEFAULT false, cuts @extschema@.rfm_bins DEFAULT NULL)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    day timestamptz;
    target text;
BEGIN
    IF every IS NULL OR every NOT IN ('day', 'week', 'month') THEN
        RAISE EXCEPTION 'every must be day, week or month, not %', coalesce(every, 'null') USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF keep <= interval '0' THEN
        RAISE EXCEPTION 'keep must be longer than nothing' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    day := date_trunc(every, now());
    PERFORM @extschema@.rfm_snapshot(history, orders, customer, at, amount, day, bins, scheme, rule, nested, cuts);
    IF keep IS NOT NULL THEN
        SELECT CASE cardinality(p) WHEN 1 THEN format('%I.%I', n.nspname, p[1]) ELSE format('%I.%I', p[1], p[2]) END INTO target
        FROM parse_ident(history) p, pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = orders;
        EXECUTE format('DELETE FROM %s h WHERE h.as_of < $1', target) USING day - keep;
    END IF;
END
$$;
COMMENT ON PROCEDURE @extschema@.keep_rfm_history(text, regclass, name, name, name, interval, text, integer, text, text, boolean, @extschema@.rfm_bins) IS
'The job for any scheduler: the snapshot as of the beginning of today (or of the week or month), made once however often it is called, and older ones than keep deleted.';

CREATE FUNCTION @extschema@.rfm_migration(history regclass, from_as_of timestamptz, to_as_of timestamptz,
    OUT from_segment text, OUT to_segment text, OUT customers bigint, OUT monetary_change numeric) RETURNS SETOF record
LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED ROWS 100
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    day timestamptz;
    found_one boolean;
BEGIN
    FOREACH day IN ARRAY ARRAY[from_as_of, to_as_of] LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %s h WHERE h.as_of = $1)', history) INTO found_one USING day;
        IF NOT found_one THEN
            RAISE EXCEPTION 'there is no snapshot as of % in %', day, history
                USING ERRCODE = 'no_data_found', HINT = 'Days are listed by SELECT DISTINCT as_of.';
        END IF;
    END LOOP;
    RETURN QUERY EXECUTE format('
        SELECT a.segment, b.segment, count(*), sum(coalesce(b.monetary, 0) - coalesce(a.monetary, 0))
        FROM (SELECT * FROM %1$s WHERE as_of = $1) a
        FULL JOIN (SELECT * FROM %1$s WHERE as_of = $2) b USING (customer)
        GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2', history) USING from_as_of, to_as_of;
END
$$;
COMMENT ON FUNCTION @extschema@.rfm_migration(regclass, timestamptz, timestamptz) IS
'How many customers went from which segment to which between two snapshots; null on the left: new, on the right: gone.';

CREATE FUNCTION @extschema@.rfm_drift(history regclass, expected_as_of timestamptz, actual_as_of timestamptz,
    OUT dimension text, OUT psi double precision) RETURNS SETOF record
LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED ROWS 4
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY EXECUTE format('
        SELECT x.name, @extschema@.psi(array_agg(x.a ORDER BY x.class), array_agg(x.b ORDER BY x.class))
        FROM (SELECT v.n, v.name, v.class, count(*) FILTER (WHERE h.as_of = $1) AS a, count(*) FILTER (WHERE h.as_of = $2) AS b
              FROM %s h CROSS JOIN LATERAL (VALUES
                  (1, ''recency'', @extschema@.r(h.score)::text), (2, ''frequency'', @extschema@.f(h.score)::text),
                  (3, ''monetary'', @extschema@.m(h.score)::text), (4, ''segment'', h.segment)) v (n, name, class)
              WHERE h.as_of IN ($1, $2) AND v.class IS NOT NULL
              GROUP BY 1, 2, 3) x
        GROUP BY x.n, x.name ORDER BY x.n', history) USING expected_as_of, actual_as_of;
END
$$;
COMMENT ON FUNCTION @extschema@.rfm_drift(regclass, timestamptz, timestamptz) IS
'Population stability index of classes and segments between two snapshots, which were scored with the same cut points.';

-- ---- tracking: summaries kept up to date by triggers -----------------------

CREATE FUNCTION @extschema@.rfm_tracking(orders regclass,
    OUT summaries text, OUT customer name, OUT at name, OUT amount name) RETURNS record
LANGUAGE plpgsql STABLE PARALLEL SAFE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    SELECT format('%I.%I', n.nspname, a.arg ->> 'summaries'), a.arg ->> 'customer', a.arg ->> 'at', a.arg ->> 'amount'
    INTO summaries, customer, at, amount
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL (SELECT convert_from(substr(t.tgargs, 1, length(t.tgargs) - 1), getdatabaseencoding())::jsonb) a (arg)
    WHERE t.tgrelid = orders AND t.tgfoid = '@extschema@.rfm_follow_orders()'::regprocedure
    LIMIT 1;
    IF NOT FOUND THEN
        RAISE EXCEPTION '% is not tracked', orders
            USING ERRCODE = 'undefined_object', HINT = 'clientele.rfm_track(orders, customer, at, amount) makes it so.';
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.rfm_tracking(regclass) IS
'Table of summaries and columns of a table of orders that rfm_track() tracks.';

CREATE FUNCTION @extschema@.rfm_follow_statements(orders regclass, event text, count boolean, arg json) RETURNS text[]
LANGUAGE plpgsql STABLE PARALLEL SAFE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    summaries CONSTANT text := format('%I.%I', n.nspname, arg ->> 'summaries')
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = orders;
    touched text;
    equal text;
BEGIN
    IF NOT count THEN
        -- by key, so that two who insert orders of the same customers wait in the same order
        RETURN ARRAY[format('
            INSERT INTO %1$s AS t (customer, summary)
            SELECT o.%2$I, @extschema@.rfm_agg(o.%3$I, o.%4$I) FROM new_orders o WHERE o.%2$I IS NOT NULL GROUP BY o.%2$I
            HAVING @extschema@.frequency(@extschema@.rfm_agg(o.%3$I, o.%4$I)) > 0
                OR @extschema@.refund_count(@extschema@.rfm_agg(o.%3$I, o.%4$I)) > 0
            ORDER BY o.%2$I
            ON CONFLICT (customer) DO UPDATE SET summary = t.summary OPERATOR(@extschema@.+) excluded.summary',
            summaries, arg ->> 'customer', arg ->> 'at', arg ->> 'amount')];
    ELSIF event = 'TRUNCATE' THEN
        RETURN ARRAY[format('DELETE FROM %s', summaries), format('
            INSERT INTO %1$s (customer, summary)
            SELECT o.%2$I, @extschema@.rfm_agg(o.%3$I, o.%4$I) FROM %5$s o WHERE o.%2$I IS NOT NULL GROUP BY o.%2$I
            HAVING @extschema@.frequency(@extschema@.rfm_agg(o.%3$I, o.%4$I)) > 0
                OR @extschema@.refund_count(@extschema@.rfm_agg(o.%3$I, o.%4$I)) > 0',
            summaries, arg ->> 'customer', arg ->> 'at', arg ->> 'amount', orders)];
    END IF;

    -- whose orders: for an update, of those for whom the old rows and the new ones come to something else
    IF event = 'UPDATE' THEN
        touched := format('
            SELECT u.customer
            FROM (SELECT o.%1$I AS customer, @extschema@.rfm_agg(o.%2$I, o.%3$I)::text AS before, NULL AS after
                  FROM old_orders o GROUP BY o.%1$I
                  UNION ALL
                  SELECT o.%1$I, NULL, @extschema@.rfm_agg(o.%2$I, o.%3$I)::text FROM new_orders o GROUP BY o.%1$I) u
            WHERE u.customer IS NOT NULL GROUP BY u.customer HAVING max(u.before) IS DISTINCT FROM max(u.after)',
            arg ->> 'customer', arg ->> 'at', arg ->> 'amount');
    ELSE
        touched := format('SELECT DISTINCT o.%1$I AS customer FROM %2$I o WHERE o.%1$I IS NOT NULL',
                          arg ->> 'customer', CASE event WHEN 'INSERT' THEN 'new_orders' ELSE 'old_orders' END);
    END IF;
    SELECT format('OPERATOR(%I.%s)', n.nspname, o.oprname) INTO STRICT equal
    FROM pg_index i JOIN pg_opclass c ON c.oid = i.indclass[0]
    JOIN pg_amop a ON a.amopfamily = c.opcfamily AND a.amoplefttype = c.opcintype AND a.amoprighttype = c.opcintype AND a.amopstrategy = 3
    JOIN pg_operator o ON o.oid = a.amopopr JOIN pg_namespace n ON n.oid = o.oprnamespace
    WHERE i.indrelid = summaries::regclass AND i.indisprimary;

    -- First lock, whether a customer is there or still comes with somebody else's transaction; then count, by what is
    -- visible once the lock is held; then remove who has nothing left.
    RETURN ARRAY[format('
        INSERT INTO %s AS t (customer, summary)
        SELECT k.customer, ''-:0:0:0:0:0:0'' FROM (%s) k ORDER BY k.customer
        ON CONFLICT (customer) DO UPDATE SET summary = excluded.summary WHERE false', summaries, touched), format('
        UPDATE %1$s t SET summary = coalesce(x.summary, ''-:0:0:0:0:0:0'')
        FROM (SELECT k.customer, @extschema@.rfm_agg(o.%2$I, o.%3$I) AS summary
              FROM (%4$s) k LEFT JOIN %5$s o ON o.%6$I %7$s k.customer GROUP BY k.customer) x
        WHERE t.customer %7$s x.customer',
        summaries, arg ->> 'at', arg ->> 'amount', touched, orders, arg ->> 'customer', equal), format('
        DELETE FROM %1$s t USING (%2$s) k
        WHERE t.customer %3$s k.customer AND @extschema@.frequency(t.summary) = 0 AND @extschema@.refund_count(t.summary) = 0',
        summaries, touched, equal)];
END
$$;
COMMENT ON FUNCTION @extschema@.rfm_follow_statements(regclass, text, boolean, json) IS
'What rfm_follow_orders() runs after an event: to add the orders inserted to their customers, or to count customers anew.';

CREATE FUNCTION @extschema@.rfm_follow_orders() RETURNS trigger
LANGUAGE c VOLATILE
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'clt_rfm_follow_orders';
COMMENT ON FUNCTION @extschema@.rfm_follow_orders() IS
'Trigger function behind rfm_track(): adds the orders inserted to their customers, counts customers anew whose orders were changed or deleted.';

CREATE FUNCTION @extschema@.rfm_track(orders regclass, customer name, at name, amount name, summaries name DEFAULT NULL) RETURNS regclass
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    kind "char";
    persistence "char";
    of_partition boolean;
    orders_schema name;
    orders_name text;
    target text;
    arg text;
BEGIN
    IF orders IS NULL OR customer IS NULL OR at IS NULL OR amount IS NULL THEN
        RAISE EXCEPTION 'orders, customer, at and amount must not be null' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    SELECT c.relkind, c.relpersistence, c.relispartition, n.nspname, c.relname
    INTO STRICT kind, persistence, of_partition, orders_schema, orders_name
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = orders;
    IF kind NOT IN ('r', 'p') OR of_partition
        OR kind = 'r' AND EXISTS (SELECT FROM pg_inherits i WHERE i.inhparent = orders) THEN
        RAISE EXCEPTION 'cannot track %', orders
            USING ERRCODE = 'wrong_object_type', DETAIL = 'Only plain and partitioned tables without inheritance tell of every change.';
    END IF;
    IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
        RAISE EXCEPTION 'rfm_track must run at isolation level read committed'
            USING ERRCODE = 'active_sql_transaction', DETAIL = 'An older snapshot may miss orders that no trigger has seen.';
    END IF;
    IF EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = orders AND t.tgfoid = '@extschema@.rfm_follow_orders()'::regprocedure) THEN
        RAISE EXCEPTION '% is tracked already', orders
            USING ERRCODE = 'duplicate_object', HINT = 'clientele.rfm_untrack(orders) ends that.';
    END IF;
    IF row_security_active(orders) THEN
        RAISE EXCEPTION 'cannot count the orders of %: row security hides some from role "%"', orders, current_user
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF summaries IS NULL THEN
        WHILE octet_length(orders_name) > 59 LOOP
            orders_name := left(orders_name, -1);
        END LOOP;
        summaries := orders_name || '_rfm';
    END IF;
    target := format('%I.%I', orders_schema, summaries);
    arg := jsonb_build_object('summaries', summaries, 'customer', customer, 'at', at, 'amount', amount);

    EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', orders);
    EXECUTE format('
        CREATE %6$s TABLE %1$s WITH (fillfactor = 80) AS
        SELECT o.%2$I AS customer, @extschema@.rfm_agg(o.%3$I, o.%4$I) AS summary
        FROM %5$s o WHERE o.%2$I IS NOT NULL GROUP BY o.%2$I
        HAVING @extschema@.frequency(@extschema@.rfm_agg(o.%3$I, o.%4$I)) > 0
            OR @extschema@.refund_count(@extschema@.rfm_agg(o.%3$I, o.%4$I)) > 0',
        target, customer, at, amount, orders, CASE persistence WHEN 'u' THEN 'UNLOGGED' ELSE '' END);
    EXECUTE format('ALTER TABLE %s ADD PRIMARY KEY (customer), ALTER summary SET NOT NULL', target);
    EXECUTE format('COMMENT ON TABLE %s IS %L', target, format('What rfm_track() keeps of the customers of %s.', orders));
    EXECUTE format('CREATE TRIGGER clientele_rfm_insert AFTER INSERT ON %s REFERENCING NEW TABLE AS new_orders
        FOR EACH STATEMENT EXECUTE FUNCTION @extschema@.rfm_follow_orders(%L)', orders, arg);
    EXECUTE format('CREATE TRIGGER clientele_rfm_update AFTER UPDATE ON %s REFERENCING OLD TABLE AS old_orders NEW TABLE AS new_orders
        FOR EACH STATEMENT EXECUTE FUNCTION @extschema@.rfm_follow_orders(%L)', orders, arg);
    EXECUTE format('CREATE TRIGGER clientele_rfm_delete AFTER DELETE ON %s REFERENCING OLD TABLE AS old_orders
        FOR EACH STATEMENT EXECUTE FUNCTION @extschema@.rfm_follow_orders(%L)', orders, arg);
    EXECUTE format('CREATE TRIGGER clientele_rfm_truncate AFTER TRUNCATE ON %s
        FOR EACH STATEMENT EXECUTE FUNCTION @extschema@.rfm_follow_orders(%L)', orders, arg);
    RETURN target::regclass;
END
$$;
COMMENT ON FUNCTION @extschema@.rfm_track(regclass, name, name, name, name) IS
'Keeps a summary of each customer, beside the orders, up to date from now on: table <orders>_rfm (customer, summary), by triggers on the orders.';

CREATE FUNCTION @extschema@.rfm_untrack(orders regclass) RETURNS void
LANGUAGE plpgsql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    target CONSTANT text := t.summaries FROM @extschema@.rfm_tracking(orders) t;
    follower name;
BEGIN
    FOR follower IN SELECT t.tgname FROM pg_trigger t
                    WHERE t.tgrelid = orders AND t.tgfoid = '@extschema@.rfm_follow_orders()'::regprocedure LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', follower, orders);
    END LOOP;
    EXECUTE format('DROP TABLE IF EXISTS %s', target);
END
$$;
COMMENT ON FUNCTION @extschema@.rfm_untrack(regclass) IS
'Ends what rfm_track() began: drops its triggers and its table.';

CREATE FUNCTION @extschema@.rfm_tracked(orders regclass, as_of timestamptz DEFAULT now(), bins integer DEFAULT 5, scheme text DEFAULT 'eleven',
    rule text DEFAULT 'low', nested boolean DEFAULT false, cuts @extschema@.rfm_bins DEFAULT NULL)
RETURNS SETOF @extschema@.rfm_row
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 100000 COST 100000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    target text;
    classes integer := CASE WHEN cuts IS NULL THEN bins ELSE @extschema@.bins(cuts) END;
    scheme_bins integer;
BEGIN
    IF orders IS NULL THEN
        RAISE EXCEPTION 'orders must not be null' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    SELECT t.summaries INTO target FROM @extschema@.rfm_tracking(orders) t;
    IF scheme IS NOT NULL THEN
        SELECT s.bins INTO scheme_bins FROM @extschema@.rfm_scheme s WHERE s.scheme = rfm_tracked.scheme;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'there is no RFM scheme "%"', scheme
                USING ERRCODE = 'undefined_object', HINT = 'Schemes are listed in clientele.rfm_scheme.';
        ELSIF scheme_bins <> classes THEN
            RAISE EXCEPTION 'scheme "%" is for % bins, not %', scheme, scheme_bins, classes
                USING ERRCODE = 'invalid_parameter_value',
                    HINT = format('Name a scheme for %s bins, or say scheme => NULL to get scores without segments.', classes);
        END IF;
    END IF;
    RETURN QUERY EXECUTE format('
        SELECT x.customer::text, @extschema@.recency(x.summary, $1), @extschema@.frequency(x.summary), @extschema@.monetary(x.summary),
               @extschema@.r(x.score), @extschema@.f(x.score), @extschema@.m(x.score), x.score,
               @extschema@.rfm_segment(x.score, $2), @extschema@.last_order_at(x.summary)
        FROM (SELECT t.customer, t.summary, %s AS score FROM %s t) x',
        CASE WHEN cuts IS NOT NULL THEN '@extschema@.rfm_score($6, t.summary, $1)'
             WHEN rule = 'ntile' THEN '@extschema@.rfm_score(t.summary, $1, $3, $4, $5) OVER (ORDER BY t.customer)'
             ELSE '@extschema@.rfm_score(t.summary, $1, $3, $4, $5) OVER ()' END, target)
        USING as_of, scheme, bins, rule, nested, cuts;
END
$$;
COMMENT ON FUNCTION @extschema@.rfm_tracked(regclass, timestamptz, integer, text, text, boolean, @extschema@.rfm_bins) IS
'What rfm() says, read from the summaries that rfm_track() keeps; only as of a time when all orders tracked have been made.';
