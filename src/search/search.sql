--
-- search: one record at a time, and linkage where the records are
--

CREATE FUNCTION @extschema@.search(model text, record jsonb, max_results integer DEFAULT 10,
    OUT record_key text, OUT person_id bigint, OUT match_weight double precision, OUT match_probability double precision) RETURNS SETOF record
LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000 ROWS 10
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'clt_search';
COMMENT ON FUNCTION @extschema@.search(text, jsonb, integer) IS
'The records of a resolved model that are most like one given as JSON, columns may be missing: best first, each with its person and its match weight.';

CREATE FUNCTION @extschema@.identify(model text, record_key "any",
    OUT person_id bigint, OUT match_weight double precision, OUT match_probability double precision, OUT matched_key text) RETURNS record
LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'clt_identify';
COMMENT ON FUNCTION @extschema@.identify(text, "any") IS
'The person that a record belongs to, also one inserted since the model was resolved; NULL if it would be a new person. The match is the record that says so.';
