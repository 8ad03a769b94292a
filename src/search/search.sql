--
-- search: one record at a time, and linkage where the records are
--

CREATE FUNCTION @extschema@.search(model text, record jsonb, max_results integer DEFAULT 10, source regclass DEFAULT NULL,
    OUT record_key text, OUT person_id bigint, OUT match_weight double precision, OUT match_probability double precision, OUT source regclass) RETURNS SETOF record
LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000 ROWS 10
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'clt_search';
COMMENT ON FUNCTION @extschema@.search(text, jsonb, integer, regclass) IS
'The records of a resolved model that are most like one given as JSON, columns may be missing: best first, each with its person, its match weight and its table. A record of one of several tables, which source names, is looked for in the others.';

CREATE FUNCTION @extschema@.identify(model text, record_key "any", source regclass DEFAULT NULL,
    OUT person_id bigint, OUT match_weight double precision, OUT match_probability double precision, OUT matched_key text, OUT matched_source regclass) RETURNS record
LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'clt_identify';
COMMENT ON FUNCTION @extschema@.identify(text, "any", regclass) IS
'The person that a record belongs to, also one inserted since the model was resolved; NULL if it would be a new person. The match is the record that says so. Source: which of several tables the record is in.';

CREATE FUNCTION @extschema@.follow_records() RETURNS trigger
LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'clt_follow_records';
COMMENT ON FUNCTION @extschema@.follow_records() IS
'Behind track_model(): notes which records were inserted or changed. Acts as the owner of the table, for the models that owner has of it.';

CREATE FUNCTION @extschema@.note_new_records(model text) RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE STRICT COST 100000
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'clt_note_new_records';
COMMENT ON FUNCTION @extschema@.note_new_records(text) IS
'Behind track_model(): notes the records that the last run of a model did not know.';

CREATE FUNCTION @extschema@.lock_alike(model text, record jsonb, source regclass DEFAULT NULL) RETURNS integer
LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'clt_lock_alike';
COMMENT ON FUNCTION @extschema@.lock_alike(text, jsonb, regclass) IS
'Takes advisory locks on the keys of a record until the end of the transaction: who wants to insert one that may be the same person waits. Returns how many.';

CREATE FUNCTION @extschema@.tracking_triggers(source regclass, model text, OUT tgname name) RETURNS SETOF name
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT t.tgname FROM pg_trigger t
    WHERE t.tgrelid = source AND t.tgfoid = '@extschema@.follow_records()'::regprocedure
        AND t.tgargs = convert_to(model, getdatabaseencoding()) || '\x00'::bytea
$$;
COMMENT ON FUNCTION @extschema@.tracking_triggers(regclass, text) IS
'The triggers by which track_model() follows a table for a model.';

CREATE FUNCTION @extschema@.trackable_tables(model text, OUT place bigint, OUT source regclass, OUT unlogged boolean) RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000 ROWS 2
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    t record;
BEGIN
    FOR t IN
        SELECT s.place, s.source, c.relkind, c.relispartition, c.relowner, c.relpersistence = 'u' AS unlogged
        FROM @extschema@.linkage_model l CROSS JOIN LATERAL unnest(l.source || l.further_sources) WITH ORDINALITY s(source, place) JOIN pg_class c ON c.oid = s.source
        WHERE l.owner = current_user AND l.name = model
        ORDER BY s.place
    LOOP
        IF t.relkind NOT IN ('r', 'p') OR t.relispartition OR t.relkind = 'r' AND EXISTS (SELECT FROM pg_inherits i WHERE i.inhparent = t.source) THEN
            RAISE EXCEPTION 'cannot track %', t.source
                USING ERRCODE = 'wrong_object_type', DETAIL = 'Only plain and partitioned tables without inheritance tell of every change.';
        END IF;
        IF pg_get_userbyid(t.relowner) <> current_user THEN
            RAISE EXCEPTION 'must be owner of table %', t.source
                USING ERRCODE = 'insufficient_privilege', HINT = 'Changes are noted as the owner of the table, who must have the model.';
        END IF;
        place := t.place;
        source := t.source;
        unlogged := t.unlogged;
        RETURN NEXT;
    END LOOP;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'linkage model "%" does not exist', model
            USING ERRCODE = 'undefined_object', HINT = 'Models are made by clientele.dedupe() and clientele.create_model().';
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.trackable_tables(text) IS
'The tables of a model in order, for track_model(); refuses those that cannot be tracked.';

CREATE PROCEDURE @extschema@.track_model(model text)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    sources regclass[];
    source regclass;
    unlogged boolean;
    nsp name;
    changed text;
    key_type text;
BEGIN
    IF model IS NULL THEN
        RAISE EXCEPTION 'argument "model" must not be null' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    SELECT array_agg(t.source ORDER BY t.place), bool_and(t.unlogged) INTO sources, unlogged FROM @extschema@.trackable_tables(model) t;
    IF EXISTS (SELECT FROM unnest(sources) u(source), @extschema@.tracking_triggers(u.source, model)) THEN
        RAISE EXCEPTION 'linkage model "%" is tracked already', model
            USING ERRCODE = 'duplicate_object', HINT = 'clientele.untrack_model(model) ends that.';
    END IF;
    SELECT n.nspname INTO STRICT nsp FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = sources[1];
    IF to_regclass(format('%I.%I', nsp, model || '_person')) IS NULL THEN
        RAISE EXCEPTION 'linkage model "%" was not resolved', model
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = format('CALL clientele.resolve(%L).', model);
    END IF;
    EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', array_to_string(sources, ', '));
    SELECT format_type(a.atttypid, a.atttypmod) INTO STRICT key_type
    FROM pg_attribute a WHERE a.attrelid = to_regclass(format('%I.%I', nsp, model || '_person')) AND a.attname = 'record_key';
    changed := format('%I.%I', nsp, model || '_changed');
    -- left over from a table that was dropped with its triggers
    IF @extschema@.linkage_result_table(nsp, model || '_changed') IS NOT NULL THEN
        EXECUTE format('DROP TABLE %s', changed);
    END IF;
    EXECUTE format('CREATE %s TABLE %s (key bigint NOT NULL, %srecord_key %s NOT NULL)', CASE WHEN unlogged THEN 'UNLOGGED' ELSE '' END, changed,
        CASE WHEN cardinality(sources) > 1 THEN 'source regclass NOT NULL, ' ELSE '' END, key_type);
    EXECUTE format('COMMENT ON TABLE %s IS %L', changed, format('clientele: records of %s inserted or changed since the last run (model %s)',
        (SELECT string_agg(c.relname, ', ' ORDER BY u.place) FROM unnest(sources) WITH ORDINALITY u(source, place) JOIN pg_class c ON c.oid = u.source), model));
    -- records of one key are read in their order
    EXECUTE format('CREATE INDEX ON %s (key, record_key%s)', changed, CASE WHEN cardinality(sources) > 1 THEN ', source' ELSE '' END);
    FOREACH source IN ARRAY sources LOOP
        EXECUTE format('CREATE TRIGGER %I AFTER INSERT ON %s REFERENCING NEW TABLE AS new_records FOR EACH STATEMENT EXECUTE FUNCTION @extschema@.follow_records(%L)',
            'clientele_insert_' || model, source, model);
        EXECUTE format('CREATE TRIGGER %I AFTER UPDATE ON %s REFERENCING OLD TABLE AS old_records NEW TABLE AS new_records FOR EACH STATEMENT EXECUTE FUNCTION @extschema@.follow_records(%L)',
            'clientele_update_' || model, source, model);
    END LOOP;
    PERFORM @extschema@.note_new_records(model);
END
$$;
COMMENT ON PROCEDURE @extschema@.track_model(text) IS
'Lets search and identify find records that were inserted or changed since the last run of a model, in the transaction that writes them: by triggers on its tables and the table <model>_changed.';

CREATE PROCEDURE @extschema@.untrack_model(model text)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    nsp name;
    follower record;
    n integer := 0;
BEGIN
    FOR follower IN
        SELECT u.source, t.tgname
        FROM @extschema@.linkage_model l CROSS JOIN LATERAL unnest(l.source || l.further_sources) u(source), @extschema@.tracking_triggers(u.source, model) t
        WHERE l.owner = current_user AND l.name = model
    LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', follower.tgname, follower.source);
        n := n + 1;
    END LOOP;
    IF n = 0 THEN
        RAISE EXCEPTION 'linkage model "%" is not tracked', model USING ERRCODE = 'undefined_object';
    END IF;
    SELECT s.nspname INTO nsp
    FROM @extschema@.linkage_model l JOIN pg_class c ON c.oid = l.source JOIN pg_namespace s ON s.oid = c.relnamespace
    WHERE l.owner = current_user AND l.name = model;
    EXECUTE format('DROP TABLE IF EXISTS %I.%I', nsp, model || '_changed');
END
$$;
COMMENT ON PROCEDURE @extschema@.untrack_model(text) IS
'Ends what track_model() began: drops its triggers and its table.';

CREATE TYPE @extschema@.linkage_record;
CREATE FUNCTION @extschema@.linkage_record_in(cstring) RETURNS @extschema@.linkage_record
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT COST 10
AS 'MODULE_PATHNAME', 'clt_linkage_record_in';
COMMENT ON FUNCTION @extschema@.linkage_record_in(cstring) IS 'Text to linkage_record.';
CREATE FUNCTION @extschema@.linkage_record_out(@extschema@.linkage_record) RETURNS cstring
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT COST 10
AS 'MODULE_PATHNAME', 'clt_linkage_record_out';
COMMENT ON FUNCTION @extschema@.linkage_record_out(@extschema@.linkage_record) IS 'linkage_record to text.';
CREATE FUNCTION @extschema@.linkage_record_recv(internal) RETURNS @extschema@.linkage_record
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT COST 10
AS 'MODULE_PATHNAME', 'clt_linkage_record_recv';
COMMENT ON FUNCTION @extschema@.linkage_record_recv(internal) IS 'Binary to linkage_record.';
CREATE FUNCTION @extschema@.linkage_record_send(@extschema@.linkage_record) RETURNS bytea
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT COST 10
AS 'MODULE_PATHNAME', 'clt_linkage_record_send';
COMMENT ON FUNCTION @extschema@.linkage_record_send(@extschema@.linkage_record) IS 'linkage_record to binary.';
CREATE TYPE @extschema@.linkage_record (
    INPUT = @extschema@.linkage_record_in, OUTPUT = @extschema@.linkage_record_out,
    RECEIVE = @extschema@.linkage_record_recv, SEND = @extschema@.linkage_record_send,
    STORAGE = extended, ALIGNMENT = int4
);
COMMENT ON TYPE @extschema@.linkage_record IS
'A record encoded once by a resolved model, with all that it takes to compare it where neither table nor model is.';

CREATE TYPE @extschema@.linkage_edge AS (left_key text, right_key text, match_weight double precision, match_probability double precision,
    left_source text, right_source text);
COMMENT ON TYPE @extschema@.linkage_edge IS 'A pair of records that may be one person; of a model of several tables with the tables they are of.';
CREATE TYPE @extschema@.linkage_member AS (node text, component text);
COMMENT ON TYPE @extschema@.linkage_member IS 'A node and its component or person, which is called by its smallest node.';

CREATE FUNCTION @extschema@.linkage_record(model text, record "any", source regclass DEFAULT NULL) RETURNS @extschema@.linkage_record
LANGUAGE c STABLE PARALLEL RESTRICTED COST 1000
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'clt_linkage_record_make';
COMMENT ON FUNCTION @extschema@.linkage_record(text, "any", regclass) IS
'Encodes a record, a row of the model''s table or JSON, as the last run of the model would. Source: which of several tables a record given as JSON is of.';

CREATE FUNCTION @extschema@.record_key(@extschema@.linkage_record) RETURNS text
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT COST 20
AS 'MODULE_PATHNAME', 'clt_linkage_record_key';
COMMENT ON FUNCTION @extschema@.record_key(@extschema@.linkage_record) IS
'The key of a record, as text; NULL if it was encoded without one.';

CREATE FUNCTION @extschema@.record_source(@extschema@.linkage_record) RETURNS text
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT COST 20
AS 'MODULE_PATHNAME', 'clt_linkage_record_source';
COMMENT ON FUNCTION @extschema@.record_source(@extschema@.linkage_record) IS
'The table of a record, with its schema; NULL if the model has one table only.';

CREATE FUNCTION @extschema@.record_node(@extschema@.linkage_record) RETURNS text
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT COST 20
AS 'MODULE_PATHNAME', 'clt_linkage_record_node';
COMMENT ON FUNCTION @extschema@.record_node(@extschema@.linkage_record) IS
'What a record is called among all of its model: its key, and in a model of several tables its table before it.';
CREATE FUNCTION @extschema@.record_node(source text, record_key text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1
/* qualified: stays inlinable */
RETURN CASE WHEN source IS NULL THEN record_key ELSE source OPERATOR(pg_catalog.||) ' ' OPERATOR(pg_catalog.||) record_key END;
COMMENT ON FUNCTION @extschema@.record_node(text, text) IS
'What a record is called among all of its model, by its table (NULL if the model has one) and its key.';

CREATE FUNCTION @extschema@.blocking_keys(@extschema@.linkage_record) RETURNS bigint[]
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT COST 20
AS 'MODULE_PATHNAME', 'clt_blocking_keys';
COMMENT ON FUNCTION @extschema@.blocking_keys(@extschema@.linkage_record) IS
'The keys of a record: two records are compared if they have one in common.';

CREATE FUNCTION @extschema@.link_pairs_trans(internal, @extschema@.linkage_record) RETURNS internal
LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5
AS 'MODULE_PATHNAME', 'clt_link_pairs_trans';
COMMENT ON FUNCTION @extschema@.link_pairs_trans(internal, @extschema@.linkage_record) IS 'Machinery of link_pairs_agg.';
CREATE FUNCTION @extschema@.link_pairs_trans(internal, @extschema@.linkage_record, bigint) RETURNS internal
LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5
AS 'MODULE_PATHNAME', 'clt_link_pairs_trans';
COMMENT ON FUNCTION @extschema@.link_pairs_trans(internal, @extschema@.linkage_record, bigint) IS 'Machinery of link_pairs_agg.';
CREATE FUNCTION @extschema@.link_list_combine(internal, internal) RETURNS internal
LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5
AS 'MODULE_PATHNAME', 'clt_link_list_combine';
COMMENT ON FUNCTION @extschema@.link_list_combine(internal, internal) IS 'Machinery of link_pairs_agg and connected_components_agg.';
CREATE FUNCTION @extschema@.link_list_serial(internal) RETURNS bytea
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT COST 5
AS 'MODULE_PATHNAME', 'clt_link_list_serial';
COMMENT ON FUNCTION @extschema@.link_list_serial(internal) IS 'Machinery of link_pairs_agg and connected_components_agg.';
CREATE FUNCTION @extschema@.link_list_deserial(bytea, internal) RETURNS internal
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT COST 5
AS 'MODULE_PATHNAME', 'clt_link_list_deserial';
COMMENT ON FUNCTION @extschema@.link_list_deserial(bytea, internal) IS 'Machinery of link_pairs_agg and connected_components_agg.';
CREATE FUNCTION @extschema@.link_pairs_final(internal) RETURNS @extschema@.linkage_edge[]
LANGUAGE c IMMUTABLE PARALLEL SAFE COST 1000
AS 'MODULE_PATHNAME', 'clt_link_pairs_final';
COMMENT ON FUNCTION @extschema@.link_pairs_final(internal) IS 'Machinery of link_pairs_agg.';
CREATE AGGREGATE @extschema@.link_pairs_agg(record @extschema@.linkage_record) (
    SFUNC = @extschema@.link_pairs_trans, STYPE = internal, FINALFUNC = @extschema@.link_pairs_final,
    COMBINEFUNC = @extschema@.link_list_combine, SERIALFUNC = @extschema@.link_list_serial, DESERIALFUNC = @extschema@.link_list_deserial,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.link_pairs_agg(@extschema@.linkage_record) IS
'The pairs of a block, compared: group by a blocking key. A pair with several keys in common is returned by each of their blocks.';
CREATE AGGREGATE @extschema@.link_pairs_agg(record @extschema@.linkage_record, blocking_key bigint) (
    SFUNC = @extschema@.link_pairs_trans, STYPE = internal, FINALFUNC = @extschema@.link_pairs_final,
    COMBINEFUNC = @extschema@.link_list_combine, SERIALFUNC = @extschema@.link_list_serial, DESERIALFUNC = @extschema@.link_list_deserial,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.link_pairs_agg(@extschema@.linkage_record, bigint) IS
'The pairs of the block of a blocking key, compared, each pair by its first common key only.';

CREATE FUNCTION @extschema@.link_persons_trans(internal, @extschema@.linkage_record) RETURNS internal
LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5
AS 'MODULE_PATHNAME', 'clt_link_persons_trans';
COMMENT ON FUNCTION @extschema@.link_persons_trans(internal, @extschema@.linkage_record) IS 'Machinery of link_persons_agg.';
CREATE FUNCTION @extschema@.link_persons_trans(internal, @extschema@.linkage_record, text[], text[]) RETURNS internal
LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5
AS 'MODULE_PATHNAME', 'clt_link_persons_trans';
COMMENT ON FUNCTION @extschema@.link_persons_trans(internal, @extschema@.linkage_record, text[], text[]) IS 'Machinery of link_persons_agg.';
CREATE FUNCTION @extschema@.link_persons_final(internal) RETURNS @extschema@.linkage_member[]
LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10000
AS 'MODULE_PATHNAME', 'clt_link_persons_final';
COMMENT ON FUNCTION @extschema@.link_persons_final(internal) IS 'Machinery of link_persons_agg.';
CREATE AGGREGATE @extschema@.link_persons_agg(record @extschema@.linkage_record) (
    SFUNC = @extschema@.link_persons_trans, STYPE = internal, FINALFUNC = @extschema@.link_persons_final,
    COMBINEFUNC = @extschema@.link_list_combine, SERIALFUNC = @extschema@.link_list_serial, DESERIALFUNC = @extschema@.link_list_deserial,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.link_persons_agg(@extschema@.linkage_record) IS
'The persons of a component of records, as the bulk engine makes them: group by component. Each node with the smallest key of its person.';
CREATE AGGREGATE @extschema@.link_persons_agg(record @extschema@.linkage_record, same text[], different text[]) (
    SFUNC = @extschema@.link_persons_trans, STYPE = internal, FINALFUNC = @extschema@.link_persons_final,
    COMBINEFUNC = @extschema@.link_list_combine, SERIALFUNC = @extschema@.link_list_serial, DESERIALFUNC = @extschema@.link_list_deserial,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.link_persons_agg(@extschema@.linkage_record, text[], text[]) IS
'The persons of a component of records, given with each the keys of those it was decided to be one person with and of those it was decided not to be.';

CREATE FUNCTION @extschema@.connected_components_trans(internal, anyelement, anyelement) RETURNS internal
LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5
AS 'MODULE_PATHNAME', 'clt_components_trans';
COMMENT ON FUNCTION @extschema@.connected_components_trans(internal, anyelement, anyelement) IS 'Machinery of connected_components_agg.';
CREATE FUNCTION @extschema@.connected_components_final(internal) RETURNS @extschema@.linkage_member[]
LANGUAGE c IMMUTABLE PARALLEL SAFE COST 1000
AS 'MODULE_PATHNAME', 'clt_components_final';
COMMENT ON FUNCTION @extschema@.connected_components_final(internal) IS 'Machinery of connected_components_agg.';
CREATE AGGREGATE @extschema@.connected_components_agg(a anyelement, b anyelement) (
    SFUNC = @extschema@.connected_components_trans, STYPE = internal, FINALFUNC = @extschema@.connected_components_final,
    COMBINEFUNC = @extschema@.link_list_combine, SERIALFUNC = @extschema@.link_list_serial, DESERIALFUNC = @extschema@.link_list_deserial,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.connected_components_agg(anyelement, anyelement) IS
'The connected components of a graph given by its edges: each node with the smallest node of its component; an edge with one end is a node.';
