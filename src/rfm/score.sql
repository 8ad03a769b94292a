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
