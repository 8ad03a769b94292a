--
-- golden: the best values of a person
--

CREATE FUNCTION @extschema@.golden_value_trans(internal, anyelement) RETURNS internal
LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5
AS 'MODULE_PATHNAME', 'clt_golden_value_trans';
COMMENT ON FUNCTION @extschema@.golden_value_trans(internal, anyelement) IS 'Machinery of golden_value(anyelement).';

CREATE FUNCTION @extschema@.golden_value_trans(internal, anyelement, timestamptz) RETURNS internal
LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5
AS 'MODULE_PATHNAME', 'clt_golden_value_trans';
COMMENT ON FUNCTION @extschema@.golden_value_trans(internal, anyelement, timestamptz) IS 'Machinery of golden_value(anyelement, timestamptz).';

CREATE FUNCTION @extschema@.golden_value_final(internal, anyelement) RETURNS anyelement
LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5
AS 'MODULE_PATHNAME', 'clt_golden_value_final';
COMMENT ON FUNCTION @extschema@.golden_value_final(internal, anyelement) IS 'Machinery of golden_value(anyelement).';

CREATE FUNCTION @extschema@.golden_value_final(internal, anyelement, timestamptz) RETURNS anyelement
LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5
AS 'MODULE_PATHNAME', 'clt_golden_value_final';
COMMENT ON FUNCTION @extschema@.golden_value_final(internal, anyelement, timestamptz) IS 'Machinery of golden_value(anyelement, timestamptz).';

CREATE AGGREGATE @extschema@.golden_value(value anyelement) (
    SFUNC = @extschema@.golden_value_trans,
    STYPE = internal,
    SSPACE = 256,
    FINALFUNC = @extschema@.golden_value_final,
    FINALFUNC_EXTRA,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.golden_value(anyelement) IS
'The value that survives: the most frequent (however it is spelt), then the most complete. An array of text is a unit, as the parts of an address are.';

CREATE AGGREGATE @extschema@.golden_value(value anyelement, at timestamptz) (
    SFUNC = @extschema@.golden_value_trans,
    STYPE = internal,
    SSPACE = 256,
    FINALFUNC = @extschema@.golden_value_final,
    FINALFUNC_EXTRA,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.golden_value(anyelement, timestamptz) IS
'The value that survives: the most frequent (however it is spelt), then the most complete, then the most recent.';
