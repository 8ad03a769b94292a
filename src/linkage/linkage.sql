--
-- linkage: which records are one person
--

-- The registry of models: settings and parameters, never the caller's data.  Everybody sees and changes his own.
CREATE TABLE @extschema@.linkage_model (
    owner name NOT NULL DEFAULT current_user,
    name text NOT NULL,
    source regclass NOT NULL,
    further_sources regclass[],
    settings jsonb NOT NULL,
    parameters jsonb,
    version integer NOT NULL DEFAULT 1,
    next_person bigint NOT NULL DEFAULT 1,
    run bigint,
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (owner, name)
);
COMMENT ON TABLE @extschema@.linkage_model IS
'Linkage models: what is compared, by which keys pairs are made, and the parameters that training found; one row a model, seen by its owner.';
COMMENT ON COLUMN @extschema@.linkage_model.owner IS 'Role that made the model and alone sees it.';
COMMENT ON COLUMN @extschema@.linkage_model.name IS 'Name of the model; its results are <name>_pair, <name>_person and <name>_golden.';
COMMENT ON COLUMN @extschema@.linkage_model.source IS 'Table whose records are linked.';
COMMENT ON COLUMN @extschema@.linkage_model.further_sources IS 'Further tables of a model that links several, in order; NULL: the records of source are compared among themselves.';
COMMENT ON COLUMN @extschema@.linkage_model.settings IS 'Comparisons, blocking rules, threshold.';
COMMENT ON COLUMN @extschema@.linkage_model.parameters IS 'What training found: prior, m, u, warnings; NULL before training.';
COMMENT ON COLUMN @extschema@.linkage_model.version IS 'One more each time that training or a run stores other settings or parameters; <name>_pair has it beside each pair as model_version.';
COMMENT ON COLUMN @extschema@.linkage_model.next_person IS 'First person_id that was never given.';
COMMENT ON COLUMN @extschema@.linkage_model.run IS 'Which search index is of the model: the number in its head; NULL: none.';
COMMENT ON COLUMN @extschema@.linkage_model.changed_at IS 'When the model was last written.';
ALTER TABLE @extschema@.linkage_model ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_models ON @extschema@.linkage_model
    USING (owner OPERATOR(pg_catalog.=) current_user) WITH CHECK (owner OPERATOR(pg_catalog.=) current_user);
COMMENT ON POLICY own_models ON @extschema@.linkage_model IS 'A role works with its own models.';
GRANT SELECT, INSERT, UPDATE, DELETE ON @extschema@.linkage_model TO PUBLIC;
SELECT pg_catalog.pg_extension_config_dump('@extschema@.linkage_model', '');

CREATE PROCEDURE @extschema@.dedupe(source regclass, model text DEFAULT NULL, threshold double precision DEFAULT NULL)
LANGUAGE c
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'clt_linkage_dedupe';
COMMENT ON PROCEDURE @extschema@.dedupe(regclass, text, double precision) IS
'Finds the records of a table that are one person: looks at the columns, trains a model, scores, clusters, and writes <model>_pair, <model>_person and <model>_golden beside the table.';

CREATE PROCEDURE @extschema@.link(left_source regclass, right_source regclass, model text, one_to_one boolean DEFAULT false)
LANGUAGE c
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'clt_linkage_link';
COMMENT ON PROCEDURE @extschema@.link(regclass, regclass, text, boolean) IS
'Finds the records of two tables that are one person: matches the columns by meaning, trains a model, scores pairs across, clusters or assigns one to one, and writes the results beside the left table.';

CREATE PROCEDURE @extschema@.link_all(sources regclass[], model text, one_to_one boolean DEFAULT false)
LANGUAGE c
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'clt_linkage_link_all';
COMMENT ON PROCEDURE @extschema@.link_all(regclass[], text, boolean) IS
'Finds the records of two tables or more that are one person, as link does for two; one to one: a person has at most one record a table. The results lie beside the first table.';

CREATE FUNCTION @extschema@.link_settings(settings jsonb[]) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    tables CONSTANT integer := cardinality(settings);
    part_kind CONSTANT jsonb := '{"street": "street", "extra": "street", "number": "house_number", "postcode": "postcode", "city": "city", "region": "region"}';
    nowhere CONSTANT jsonb[] := array_fill('null'::jsonb, ARRAY[tables]);
    side jsonb[];
    address jsonb[];
    whole boolean[];
    -- tables with people's names in one column, while others have them in two
    undivided boolean[] := '{}';
    parts text[];
    -- the comparisons, and of each what its columns are in each table
    comparison jsonb[] := '{}';
    place jsonb[] := '{}';
    used boolean[];
    taken text[] := '{}';
    result jsonb := '[]';
    names text[];
    here jsonb[];
    c jsonb;
    pass integer;
    p integer;
BEGIN
    FOR t IN 1..tables LOOP
        undivided[t] := (SELECT bool_or(a.value ->> 'kind' = 'full_name') AND NOT bool_or(a.value ->> 'kind' IN ('given_name', 'surname')) FROM jsonb_array_elements(settings[t] -> 'comparisons') a)
            AND EXISTS (SELECT FROM unnest(settings) o WHERE o -> 'comparisons' @> '[{"kind": "given_name"}, {"kind": "surname"}]');
        address[t] := (SELECT a.value FROM jsonb_array_elements(settings[t] -> 'comparisons') a WHERE a.value ->> 'kind' = 'address' LIMIT 1);
        whole[t] := coalesce(address[t] -> 'parts' ? 'street', false);
    END LOOP;
    -- an address as a whole, of the parts that two tables have, if the street is one of them; else its parts are columns like others
    IF (SELECT count(*) FROM unnest(whole) w WHERE w) >= 2 THEN
        parts := ARRAY(SELECT x.part FROM unnest(address, whole) WITH ORDINALITY a(c, whole, t), jsonb_array_elements_text(a.c -> 'parts') WITH ORDINALITY x(part, n)
                       WHERE a.whole GROUP BY x.part HAVING count(*) >= 2 ORDER BY min(a.t * 100 + x.n));
        here := nowhere;
        FOR t IN 1..tables LOOP
            IF whole[t] THEN
                c := coalesce(c, address[t]);
                here[t] := (SELECT jsonb_agg(address[t] -> 'columns' -> (x.n::integer - 1) ORDER BY y.n) FROM unnest(parts) WITH ORDINALITY y(part, n)
                            LEFT JOIN jsonb_array_elements_text(address[t] -> 'parts') WITH ORDINALITY x(part, n) USING (part));
            END IF;
        END LOOP;
        comparison := ARRAY[c || jsonb_build_object('parts', parts)];
        place := ARRAY[to_jsonb(here)];
    ELSE
        whole := array_fill(false, ARRAY[tables]);
    END IF;
    FOR t IN 1..tables LOOP
        side := ARRAY(
            SELECT x.c FROM (
                -- whole names are divided like those of the other tables when they are read
                SELECT CASE WHEN undivided[t] AND c.value ->> 'kind' = 'full_name' THEN c.value || '{"kind": "surname"}' ELSE c.value END AS c, c.n, 0 AS m
                FROM jsonb_array_elements(settings[t] -> 'comparisons') WITH ORDINALITY c(value, n) WHERE c.value ->> 'kind' <> 'address'
                UNION ALL
                SELECT jsonb_build_object('name', address[t] #> ARRAY['columns', (p.n - 1)::text], 'kind', part_kind -> p.part,
                                          'columns', jsonb_build_array(address[t] #> ARRAY['columns', (p.n - 1)::text]), 'why', 'a part of the address'), 0, p.n
                FROM jsonb_array_elements_text(address[t] -> 'parts') WITH ORDINALITY p(part, n) WHERE NOT whole[t]) x
            ORDER BY x.n, x.m);
        used := ARRAY(SELECT coalesce((s.value ->> 'like')::integer < 0, false) FROM unnest(side) s(value));
        -- what other tables have as a part of an address
        FOR i IN 1..cardinality(side) LOOP
            p := (SELECT x.n FROM unnest(parts) WITH ORDINALITY x(part, n) WHERE NOT whole[t] AND part_kind ->> x.part = side[i] ->> 'kind' AND x.part <> 'extra');
            CONTINUE WHEN p IS NULL OR used[i];
            used[i] := true;
            IF place[1] -> (t - 1) = 'null' THEN
                place[1] := jsonb_set(place[1], ARRAY[(t - 1)::text], to_jsonb(array_fill(NULL::text, ARRAY[cardinality(parts)])));
            END IF;
            IF place[1] -> (t - 1) -> (p - 1) = 'null' THEN
                place[1] := jsonb_set(place[1], ARRAY[(t - 1)::text, (p - 1)::text], side[i] #> '{columns,0}');
            END IF;
        END LOOP;
        -- of columns of one kind those that hold the same, of the others those of one name, then in order; dates of one column or of three go with their like
        FOR pass IN 1..3 LOOP
            FOR k IN 1..cardinality(comparison) LOOP
                CONTINUE WHEN place[k] -> (t - 1) <> 'null';
                p := (SELECT min(x.n) FROM unnest(side, used) WITH ORDINALITY x(c, used, n)
                      WHERE NOT x.used AND x.c ->> 'kind' = comparison[k] ->> 'kind' AND jsonb_array_length(x.c -> 'columns') = jsonb_array_length(comparison[k] -> 'columns')
                        AND CASE WHEN pass = 1 THEN x.c -> 'like' = comparison[k] -> 'like' ELSE NOT (x.c ? 'like' AND comparison[k] ? 'like') END
                        AND (pass <> 2 OR EXISTS (SELECT FROM jsonb_array_elements(place[k]) o WHERE lower(o.value ->> 0) = lower(x.c #>> '{columns,0}'))));
                CONTINUE WHEN p IS NULL;
                used[p] := true;
                place[k] := jsonb_set(place[k], ARRAY[(t - 1)::text], side[p] -> 'columns');
            END LOOP;
        END LOOP;
        FOR i IN 1..cardinality(side) LOOP
            CONTINUE WHEN used[i];
            comparison := comparison || side[i];
            place := place || jsonb_set(to_jsonb(nowhere), ARRAY[(t - 1)::text], side[i] -> 'columns');
        END LOOP;
    END LOOP;
    -- what one table alone has is left out; what the first has not is called as the next that has it calls it, with that one's number if the name is taken
    FOR k IN 1..cardinality(comparison) LOOP
        CONTINUE WHEN (SELECT count(*) FROM jsonb_array_elements(place[k]) o WHERE o.value <> 'null') < 2
            AND NOT (comparison[k] ->> 'kind' = 'given_name' AND true = ANY (undivided));
        c := comparison[k] - 'like';
        IF tables = 2 AND place[k] -> 0 <> 'null' THEN
            c := c || jsonb_build_object('columns', place[k] -> 0, 'right_columns', place[k] -> 1);
        ELSE
            names := ARRAY(SELECT DISTINCT ON (x.i) CASE WHEN o.t > 1 AND (o.value ->> (x.i - 1) = ANY (taken) OR EXISTS (
                               SELECT FROM unnest(place) q, jsonb_array_elements_text(CASE WHEN q -> 0 <> 'null' THEN q -> 0 ELSE '[]' END) f WHERE f.value = o.value ->> (x.i - 1)))
                           THEN format('%s (%s)', o.value ->> (x.i - 1), o.t) ELSE o.value ->> (x.i - 1) END
                           FROM generate_series(1, (SELECT max(jsonb_array_length(o.value)) FROM jsonb_array_elements(place[k]) o WHERE o.value <> 'null')) x(i),
                                jsonb_array_elements(place[k]) WITH ORDINALITY o(value, t)
                           WHERE o.value <> 'null' AND o.value ->> (x.i - 1) IS NOT NULL ORDER BY x.i, o.t);
            c := c || jsonb_build_object('columns', names, 'columns_of', place[k]);
            taken := taken || names;
        END IF;
        IF EXISTS (SELECT FROM jsonb_array_elements(result) o WHERE o.value ->> 'name' = c ->> 'name') THEN
            c := c || jsonb_build_object('name', format('%s (%s)', c ->> 'name', k));
        END IF;
        result := result || jsonb_build_array(c);
    END LOOP;
    IF result = '[]' THEN
        RAISE EXCEPTION 'the tables have no column of one meaning'
            USING ERRCODE = 'data_exception', HINT = 'Name the columns with clientele.create_link_model().';
    END IF;
    RETURN (settings[1] - 'left_out') || jsonb_build_object('comparisons', result);
END $$;
COMMENT ON FUNCTION @extschema@.link_settings(jsonb[]) IS
'Settings for several tables from those of each: comparisons of one kind go together, of one name if there are several; what only one table has is left out.';

CREATE FUNCTION @extschema@.link_settings(left_settings jsonb, right_settings jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT COST 1000
SET search_path = pg_catalog, pg_temp
AS $$ SELECT @extschema@.link_settings(ARRAY[left_settings, right_settings]) $$;
COMMENT ON FUNCTION @extschema@.link_settings(jsonb, jsonb) IS
'Settings for two tables from those of each.';

CREATE FUNCTION @extschema@.suggest_model(source regclass) RETURNS jsonb
LANGUAGE c VOLATILE PARALLEL UNSAFE STRICT COST 100000
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'clt_linkage_suggest_model';
COMMENT ON FUNCTION @extschema@.suggest_model(regclass) IS
'The comparisons and blocking rules that dedupe would choose for a table, each with the reason.';

CREATE FUNCTION @extschema@.create_model(model text, source regclass, settings jsonb DEFAULT NULL) RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE COST 100000
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'clt_linkage_create_model';
COMMENT ON FUNCTION @extschema@.create_model(text, regclass, jsonb) IS
'Stores a linkage model for a table; without settings the suggested ones.';

CREATE FUNCTION @extschema@.create_link_model(model text, left_source regclass, right_source regclass, settings jsonb DEFAULT NULL) RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE COST 100000
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'clt_linkage_create_link_model';
COMMENT ON FUNCTION @extschema@.create_link_model(text, regclass, regclass, jsonb) IS
'Stores a linkage model for two tables; a comparison names columns of the left table in columns and, where they are called otherwise, of the right one in right_columns.';

CREATE FUNCTION @extschema@.create_link_all_model(model text, sources regclass[], settings jsonb DEFAULT NULL) RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE COST 100000
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'clt_linkage_create_link_all_model';
COMMENT ON FUNCTION @extschema@.create_link_all_model(text, regclass[], jsonb) IS
'Stores a linkage model for two tables or more; a comparison says what its columns are called in each table in columns_of: a list of columns a table, null if it has none.';

CREATE FUNCTION @extschema@.drop_model(model text) RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE STRICT COST 1000
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'clt_linkage_drop_model';
COMMENT ON FUNCTION @extschema@.drop_model(text) IS
'Forgets a linkage model. The tables with its results belong to the caller and stay.';

CREATE PROCEDURE @extschema@.train(model text)
LANGUAGE c
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'clt_linkage_train';
COMMENT ON PROCEDURE @extschema@.train(text) IS
'Estimates m, u and the prior of a linkage model from its table.';

CREATE PROCEDURE @extschema@.resolve(model text)
LANGUAGE c
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'clt_linkage_resolve';
COMMENT ON PROCEDURE @extschema@.resolve(text) IS
'Scores and clusters the table of a linkage model with the parameters of its last training and writes the results.';

CREATE FUNCTION @extschema@.blocking_report(model text,
    OUT rule integer, OUT keys text, OUT records bigint, OUT blocks bigint, OUT pairs bigint,
    OUT largest_block bigint, OUT left_out bigint, OUT why text) RETURNS SETOF record
LANGUAGE c VOLATILE PARALLEL UNSAFE STRICT COST 100000 ROWS 20
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'clt_linkage_blocking_report';
COMMENT ON FUNCTION @extschema@.blocking_report(text) IS
'What each blocking rule of a model costs, counted before any pair is made; left_out counts records in blocks that were too large for the rule.';

CREATE FUNCTION @extschema@.linkage_memory(source regclass, settings jsonb DEFAULT NULL,
    OUT records bigint, OUT record_bytes bigint, OUT work_bytes bigint, OUT available_bytes bigint,
    OUT machine_bytes bigint, OUT verdict text) RETURNS record
LANGUAGE c VOLATILE PARALLEL UNSAFE COST 100000
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'clt_linkage_memory';
COMMENT ON FUNCTION @extschema@.linkage_memory(regclass, jsonb) IS
'What memory dedupe of a table would take, estimated before it is read: encoded records, what works on them, what is to be had.';

CREATE FUNCTION @extschema@.linkage_memory_all(sources regclass[], settings jsonb DEFAULT NULL,
    OUT records bigint, OUT record_bytes bigint, OUT work_bytes bigint, OUT available_bytes bigint,
    OUT machine_bytes bigint, OUT verdict text) RETURNS record
LANGUAGE c VOLATILE PARALLEL UNSAFE COST 100000
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'clt_linkage_memory_all';
COMMENT ON FUNCTION @extschema@.linkage_memory_all(regclass[], jsonb) IS
'What memory link_all of these tables would take, as linkage_memory tells it of one.';

CREATE FUNCTION @extschema@.model_parameters(model text,
    OUT comparison text, OUT level integer, OUT label text, OUT m double precision, OUT u double precision,
    OUT weight double precision, OUT household double precision, OUT observed double precision) RETURNS SETOF record
LANGUAGE c VOLATILE PARALLEL UNSAFE STRICT COST 1000 ROWS 50
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'clt_linkage_model_parameters';
COMMENT ON FUNCTION @extschema@.model_parameters(text) IS
'The trained parameters of a model: how often true pairs (m), unrelated pairs (u) and members of a household reach each level, and its weight in bits.';

CREATE FUNCTION @extschema@.explain(model text, a "any", b "any", a_source regclass DEFAULT NULL, b_source regclass DEFAULT NULL,
    OUT comparison text, OUT level integer, OUT label text, OUT left_value text, OUT right_value text,
    OUT m double precision, OUT u double precision, OUT term_frequency double precision,
    OUT weight double precision, OUT total double precision) RETURNS SETOF record
LANGUAGE c VOLATILE PARALLEL UNSAFE COST 100000 ROWS 12
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'clt_linkage_explain';
COMMENT ON FUNCTION @extschema@.explain(text, "any", "any", regclass, regclass) IS
'Why two records are or are not one person: one row a comparison, with what it adds to the match weight.';

CREATE FUNCTION @extschema@.linkage_progress_of(handle oid,
    OUT model text, OUT source oid, OUT phase text, OUT records_done bigint, OUT records_total bigint,
    OUT pairs_done bigint, OUT pairs_total bigint, OUT started_at timestamptz) RETURNS record
LANGUAGE c VOLATILE PARALLEL RESTRICTED STRICT COST 100
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'clt_linkage_progress_of';
COMMENT ON FUNCTION @extschema@.linkage_progress_of(oid) IS
'The counters of a running linkage job, by the handle of its shared memory; behind the view linkage_progress.';

-- A job holds an advisory lock of class 0x21746c63 and sub-id 3, which no SQL function takes; its object is the handle of the counters.
CREATE VIEW @extschema@.linkage_progress AS
SELECT l.pid, l.database AS datid, p.model, p.source::pg_catalog.regclass AS source, p.phase, p.records_done, p.records_total,
       p.pairs_done, p.pairs_total, p.started_at
FROM pg_catalog.pg_locks l CROSS JOIN LATERAL @extschema@.linkage_progress_of(l.objid) p
WHERE l.locktype OPERATOR(pg_catalog.=) 'advisory' AND l.classid OPERATOR(pg_catalog.=) 561278051::pg_catalog.oid
    AND l.objsubid OPERATOR(pg_catalog.=) 3 AND l.granted AND p.phase IS NOT NULL
    AND l.database OPERATOR(pg_catalog.=) (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database());
COMMENT ON VIEW @extschema@.linkage_progress IS
'The linkage jobs that run in this database: what each is doing, the records it has read and the pairs it has compared. Model and source are shown to the job''s role and to readers of all statistics.';
COMMENT ON COLUMN @extschema@.linkage_progress.pid IS 'Process that runs the job.';
COMMENT ON COLUMN @extschema@.linkage_progress.datid IS 'Database in which it runs.';
COMMENT ON COLUMN @extschema@.linkage_progress.model IS 'Name of the model.';
COMMENT ON COLUMN @extschema@.linkage_progress.source IS 'Table whose records are linked.';
COMMENT ON COLUMN @extschema@.linkage_progress.phase IS 'What is being done.';
COMMENT ON COLUMN @extschema@.linkage_progress.records_done IS 'Records read.';
COMMENT ON COLUMN @extschema@.linkage_progress.records_total IS 'Records of the table; NULL until all are read.';
COMMENT ON COLUMN @extschema@.linkage_progress.pairs_done IS 'Pairs of the blocking rules gone through, those that several rules make several times.';
COMMENT ON COLUMN @extschema@.linkage_progress.pairs_total IS 'Pairs to go through; NULL until the blocks are known.';
COMMENT ON COLUMN @extschema@.linkage_progress.started_at IS 'When the job began.';
GRANT SELECT ON @extschema@.linkage_progress TO PUBLIC;

CREATE FUNCTION @extschema@.model_warnings(model text,
    OUT code text, OUT comparison text, OUT level integer, OUT detail text) RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL SAFE STRICT COST 1000 ROWS 10
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    list jsonb;
BEGIN
    SELECT m.parameters -> 'warnings' INTO list FROM @extschema@.linkage_model m WHERE m.owner = current_user AND m.name = model_warnings.model;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'linkage model "%" does not exist', model USING ERRCODE = 'undefined_object';
    END IF;
    RETURN QUERY SELECT w ->> 'code', w ->> 'comparison', CASE WHEN w ->> 'level' ~ '^[0-9]{1,2}$' THEN (w ->> 'level')::integer END, coalesce(w ->> 'detail', w #>> '{}')
        FROM jsonb_array_elements(CASE WHEN jsonb_typeof(list) = 'array' THEN list ELSE '[]' END) WITH ORDINALITY x (w, n) ORDER BY n;
END $$;
COMMENT ON FUNCTION @extschema@.model_warnings(text) IS
'What the last training of a model left doubtful, a row each: levels and comparisons that are untrained, weights that do not fall with the agreement, a prior that does not fit, poor recall, blocks left out.';

-- What kind of labels a table has: columns left_key, right_key, is_match, or a key and who it is. Pairs without is_match are all the true ones.
CREATE FUNCTION @extschema@.linkage_labels(model text, labels regclass, OUT of_pairs boolean, OUT all_true boolean, OUT pairs text,
    OUT listed text, OUT as_text text,
    OUT source_column name, OUT key_column name, OUT cluster_column name) RETURNS record
LANGUAGE plpgsql STABLE PARALLEL SAFE STRICT COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    columns name[] := ARRAY(SELECT attname FROM pg_attribute WHERE attrelid = labels AND attnum > 0 AND NOT attisdropped ORDER BY attnum);
    told boolean := columns @> '{left_source,right_source}';
    tables integer;
    key_type oid;
    cast_of jsonb;
BEGIN
    SELECT 1 + coalesce(cardinality(m.further_sources), 0) INTO tables FROM @extschema@.linkage_model m WHERE m.owner = current_user AND m.name = linkage_labels.model;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'linkage model "%" does not exist', model USING ERRCODE = 'undefined_object';
    END IF;
    -- keys that came as texts, say from a file, become keys of the model, and numbers become truth
    SELECT a.atttypid INTO key_type
    FROM @extschema@.linkage_model m JOIN pg_class c ON c.oid = m.source JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = @extschema@.linkage_result_table(n.nspname, m.name || '_person') AND a.attname = 'record_key'
    WHERE m.owner = current_user AND m.name = linkage_labels.model;
    -- those that are not equal by an operator of the server's own are compared as they are written
    as_text := CASE WHEN NOT @extschema@.linkage_equality(key_type) ^@ 'OPERATOR(pg_catalog.' THEN '::text' ELSE '' END;
    SELECT jsonb_object_agg(a.attname, CASE
        WHEN a.attname = 'is_match' THEN CASE t.typcategory WHEN 'N' THEN '(is_match <> 0)' WHEN 'S' THEN 'is_match::boolean' ELSE 'is_match' END
        WHEN t.typcategory <> k.typcategory OR as_text <> '' THEN format('%I::text::%s%s', a.attname, format_type(key_type, -1), as_text)
        ELSE quote_ident(a.attname) END) INTO cast_of
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_type k ON k.oid = key_type
    WHERE a.attrelid = labels AND a.attnum > 0 AND NOT a.attisdropped;
    of_pairs := columns @> '{left_key,right_key}';
    all_true := of_pairs AND NOT columns @> '{is_match}';
    IF of_pairs THEN
        IF all_true AND EXISTS (SELECT FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid WHERE attrelid = labels AND attnum > 0 AND NOT attisdropped
                                AND attname NOT IN ('left_key', 'right_key', 'left_source', 'right_source') AND t.typcategory IN ('B', 'N')) THEN
            RAISE EXCEPTION 'table "%" has pairs and no column "is_match"', labels
                USING ERRCODE = 'invalid_parameter_value', HINT = 'The column that says which pairs are one person is called is_match; without any, all pairs are.';
        END IF;
        listed := format('(SELECT %s AS left_key, %s AS right_key%s%s FROM %s)', cast_of ->> 'left_key', cast_of ->> 'right_key',
            CASE WHEN told THEN ', left_source, right_source' END, CASE WHEN NOT all_true THEN format(', %s AS is_match', cast_of ->> 'is_match') END, labels);
        -- a true pair is one, however often and whichever way round it is listed
        pairs := CASE WHEN NOT all_true THEN format('%s p', listed)
            WHEN told THEN format('(SELECT DISTINCT CASE WHEN turned THEN r ELSE l END AS left_source, CASE WHEN turned THEN right_key ELSE left_key END AS left_key,
                                    CASE WHEN turned THEN l ELSE r END AS right_source, CASE WHEN turned THEN left_key ELSE right_key END AS right_key, true AS is_match
                                    FROM (SELECT l, left_key, r, right_key, (r::oid, right_key) < (l::oid, left_key) AS turned
                                          FROM (SELECT left_source::regclass AS l, left_key, right_source::regclass AS r, right_key FROM %s p) t
                                          WHERE (l::oid, left_key) <> (r::oid, right_key)) t) p', listed)
            WHEN tables = 1 THEN format('(SELECT DISTINCT least(left_key, right_key) AS left_key, greatest(left_key, right_key) AS right_key, true AS is_match
                                          FROM %s p WHERE left_key <> right_key) p', listed)
            ELSE format('(SELECT DISTINCT left_key, right_key, true AS is_match FROM %s p) p', listed) END;
        IF tables > 2 AND NOT told THEN
            RAISE EXCEPTION 'table "%" does not say which tables its records are in', labels
                USING ERRCODE = 'invalid_parameter_value', HINT = 'Labels of pairs of more than two tables have the columns left_source and right_source.';
        END IF;
        RETURN;
    END IF;
    -- of several tables, the labels say first which one a record is in
    IF tables > 1 THEN
        source_column := columns[1];
        columns := columns[2:];
    END IF;
    key_column := columns[1];
    cluster_column := columns[2];
    IF cluster_column IS NULL THEN
        RAISE EXCEPTION 'table "%" has no labels', labels
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = CASE WHEN tables > 1 THEN 'Its first column is the table of a record, its second the key, its third the person it really is; or it has the columns left_key, right_key and is_match.'
                         ELSE 'Its first column is the key of a record, its second the person it really is; or it has the columns left_key, right_key and is_match.' END;
    END IF;
    -- a record that is listed twice is one
    listed := format('(SELECT DISTINCT %s%s AS %I, %I FROM %s)', CASE WHEN tables > 1 THEN format('%I, ', source_column) END,
                     cast_of ->> key_column, key_column, cluster_column, labels);
END $$;
COMMENT ON FUNCTION @extschema@.linkage_labels(text, regclass) IS 'Machinery of evaluate: which columns of a table are the labels.';

CREATE FUNCTION @extschema@.linkage_result_table(schema name, name text) RETURNS regclass
LANGUAGE c STABLE PARALLEL SAFE STRICT COST 10
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'clt_linkage_result_table';
COMMENT ON FUNCTION @extschema@.linkage_result_table(name, text) IS 'Machinery of linkage: a table that a run of the caller made and that is his; NULL if there is none.';

CREATE FUNCTION @extschema@.linkage_equality(key_type oid) RETURNS text
LANGUAGE c STABLE PARALLEL SAFE STRICT COST 10
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'clt_linkage_equality';
COMMENT ON FUNCTION @extschema@.linkage_equality(oid) IS 'Machinery of linkage: the operator by which keys of a type are equal, with its schema, whatever the search path is.';

-- The caller's table with results of a model.
CREATE FUNCTION @extschema@.linkage_result(model text, kind text) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE STRICT COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    result regclass;
BEGIN
    PERFORM FROM @extschema@.linkage_model m WHERE m.owner = current_user AND m.name = linkage_result.model;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'linkage model "%" does not exist', model USING ERRCODE = 'undefined_object';
    END IF;
    SELECT @extschema@.linkage_result_table(n.nspname, model || '_' || kind) INTO result
    FROM @extschema@.linkage_model m JOIN pg_class c ON c.oid = m.source JOIN pg_namespace n ON n.oid = c.relnamespace WHERE m.owner = current_user AND m.name = linkage_result.model;
    IF result IS NULL THEN
        RAISE EXCEPTION 'linkage model "%" has no results', model USING ERRCODE = 'object_not_in_prerequisite_state', HINT = format('CALL clientele.resolve(%L).', model);
    END IF;
    RETURN result;
END $$;
COMMENT ON FUNCTION @extschema@.linkage_result(text, text) IS 'Machinery of evaluate: the table with the pairs or persons of a model.';

-- Tables of the records in results and labels, as expressions: of one table and of two nothing says it but the place of the key.
CREATE FUNCTION @extschema@.linkage_places(model text, labels regclass,
    OUT person text, OUT pair_left text, OUT pair_right text, OUT label_left text, OUT label_right text, OUT across boolean) RETURNS record
LANGUAGE plpgsql STABLE PARALLEL SAFE STRICT COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    tables regclass[];
    told boolean := (SELECT count(*) = 2 FROM pg_attribute WHERE attrelid = labels AND attname IN ('left_source', 'right_source') AND NOT attisdropped);
BEGIN
    SELECT m.source || coalesce(m.further_sources, '{}') INTO tables FROM @extschema@.linkage_model m WHERE m.owner = current_user AND m.name = linkage_places.model;
    person := CASE cardinality(tables) WHEN 1 THEN format('%s::oid', tables[1]::oid) ELSE 'source::oid' END;
    pair_left := CASE WHEN cardinality(tables) <= 2 THEN format('%s::oid', tables[1]::oid) ELSE 'left_source::oid' END;
    pair_right := CASE WHEN cardinality(tables) <= 2 THEN format('%s::oid', tables[cardinality(tables)]::oid) ELSE 'right_source::oid' END;
    label_left := CASE WHEN told THEN 'left_source::regclass::oid' WHEN cardinality(tables) <= 2 THEN pair_left END;
    label_right := CASE WHEN told THEN 'right_source::regclass::oid' WHEN cardinality(tables) <= 2 THEN pair_right END;
    -- labels that do not say it cannot name a pair within one of two tables
    across := cardinality(tables) = 2 AND NOT told;
END $$;
COMMENT ON FUNCTION @extschema@.linkage_places(text, regclass) IS 'Machinery of evaluate: how results and labels of a model say which table a record is in.';

CREATE FUNCTION @extschema@.evaluate(model text, labels regclass,
    OUT records bigint, OUT true_pairs bigint, OUT found_pairs bigint, OUT right_pairs bigint,
    OUT "precision" double precision, OUT recall double precision, OUT f1 double precision,
    OUT b3_precision double precision, OUT b3_recall double precision, OUT b3_f1 double precision) RETURNS record
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE STRICT COST 100000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    persons text := @extschema@.linkage_result(model, 'person');
    label record := @extschema@.linkage_labels(model, labels);
    place record := @extschema@.linkage_places(model, labels);
BEGIN
    IF label.of_pairs THEN
        EXECUTE format($q$
            WITH person AS (SELECT %3$s AS s, record_key%6$s AS k, person_id FROM %1$s),
            label AS (SELECT %4$s AS ls, left_key AS lk, %5$s AS rs, right_key AS rk, is_match FROM %2$s WHERE is_match IS NOT NULL),
            j AS (SELECT t.is_match, l.person_id = r.person_id AS joined, t.ls, t.lk, t.rs, t.rk
                  FROM label t JOIN person l ON l.s = t.ls AND l.k = t.lk JOIN person r ON r.s = t.rs AND r.k = t.rk)
            SELECT (SELECT count(*) FROM (SELECT ls, lk FROM j UNION SELECT rs, rk FROM j) k), count(*) FILTER (WHERE is_match), count(*) FILTER (WHERE joined),
                   count(*) FILTER (WHERE is_match AND joined) FROM j $q$, persons, label.pairs, place.person, place.label_left, place.label_right, label.as_text)
        INTO records, true_pairs, found_pairs, right_pairs;
        IF label.all_true THEN
            EXECUTE format($q$
                SELECT coalesce(sum(n), 0), coalesce(sum(n * (n - 1) / 2 - within), 0)
                FROM (SELECT sum(n) AS n, CASE WHEN %3$L THEN sum(n * (n - 1) / 2) ELSE 0 END AS within
                      FROM (SELECT person_id, %2$s AS s, count(*) AS n FROM %1$s GROUP BY person_id, s) t GROUP BY person_id) p $q$, persons, place.person, place.across)
            INTO records, found_pairs;
        END IF;
        "precision" := right_pairs::float8 / nullif(found_pairs, 0);
        recall := right_pairs::float8 / nullif(true_pairs, 0);
        f1 := 2 * right_pairs::float8 / nullif(found_pairs + true_pairs, 0);
        RETURN;
    END IF;
    EXECUTE format($q$
        WITH j AS (SELECT p.person_id AS found, t.%2$I AS real FROM %1$s p JOIN %4$s t ON t.%3$I = p.record_key%6$s %5$s WHERE t.%2$I IS NOT NULL),
        cell AS (SELECT found, real, count(*)::numeric AS n FROM j GROUP BY found, real),
        f AS (SELECT found, sum(n) AS size FROM cell GROUP BY found),
        r AS (SELECT real, sum(n) AS size FROM cell GROUP BY real),
        b AS (SELECT sum(c.n * c.n / f.size) AS bp, sum(c.n * c.n / r.size) AS br FROM cell c JOIN f USING (found) JOIN r USING (real)),
        s AS (SELECT coalesce((SELECT sum(n) FROM cell), 0) AS records, coalesce((SELECT sum(size * (size - 1) / 2) FROM r), 0) AS really,
                     coalesce((SELECT sum(size * (size - 1) / 2) FROM f), 0) AS joined, coalesce((SELECT sum(n * (n - 1) / 2) FROM cell), 0) AS both_say)
        SELECT s.records::bigint, s.really::bigint, s.joined::bigint, s.both_say::bigint, s.both_say / nullif(s.joined, 0), s.both_say / nullif(s.really, 0),
               2 * s.both_say / nullif(s.joined + s.really, 0), b.bp / nullif(s.records, 0), b.br / nullif(s.records, 0),
               2 * b.bp * b.br / nullif(s.records * (b.bp + b.br), 0)
        FROM s, b $q$, persons, label.cluster_column, label.key_column, label.listed,
        CASE WHEN label.source_column IS NOT NULL THEN format('AND t.%I::regclass = p.source', label.source_column) END, label.as_text)
    INTO records, true_pairs, found_pairs, right_pairs, "precision", recall, f1, b3_precision, b3_recall, b3_f1;
END $$;
COMMENT ON FUNCTION @extschema@.evaluate(text, regclass) IS
'How right the last result of a model is: pairwise and B-cubed precision, recall and F1 of its persons against labels, a table whose first column is the key of a record and whose second says who it really is, or one of pairs with left_key, right_key and is_match, without which all pairs are true and all others are not (of two tables, the labels begin with the table a record is in).';

CREATE FUNCTION @extschema@.evaluate_thresholds(model text, labels regclass,
    thresholds double precision[] DEFAULT '{0.01,0.05,0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9,0.95,0.99,0.999}',
    OUT threshold double precision, OUT true_pairs bigint, OUT found_pairs bigint, OUT right_pairs bigint,
    OUT "precision" double precision, OUT recall double precision, OUT f1 double precision) RETURNS SETOF record
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE STRICT COST 100000 ROWS 14
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    pairs text := @extschema@.linkage_result(model, 'pair');
    persons text := @extschema@.linkage_result(model, 'person');
    label record := @extschema@.linkage_labels(model, labels);
    place record := @extschema@.linkage_places(model, labels);
    found text;
BEGIN
    -- records and pairs with the tables they are in
    found := format($q$
        person AS (SELECT %1$s AS s, record_key%6$s AS k FROM %2$s),
        pair AS (SELECT %3$s AS ls, left_key%6$s AS lk, %4$s AS rs, right_key%6$s AS rk, match_probability AS p FROM %5$s),$q$,
        place.person, persons, place.pair_left, place.pair_right, pairs, label.as_text);
    IF label.all_true THEN
        found := found || format($q$
            label AS (SELECT l.s AS ls, l.k AS lk, r.s AS rs, r.k AS rk FROM (SELECT %2$s AS ls, left_key AS lk, %3$s AS rs, right_key AS rk FROM %1$s) t
                      JOIN person l ON l.s = t.ls AND l.k = t.lk JOIN person r ON r.s = t.rs AND r.k = t.rk),
            either AS (SELECT * FROM label UNION SELECT rs, rk, ls, lk FROM label),
            found AS (SELECT t.lk IS NOT NULL AS is_match, p.p FROM pair p LEFT JOIN either t USING (ls, lk, rs, rk)),
            really AS (SELECT count(*) AS n FROM label)$q$, label.pairs, place.label_left, place.label_right);
    ELSIF label.of_pairs THEN
        -- a pair may be labelled either way round; one that the model did not keep is found at no threshold
        found := found || format($q$
            label AS (SELECT %2$s AS ls, left_key AS lk, %3$s AS rs, right_key AS rk, is_match FROM %1$s WHERE is_match IS NOT NULL),
            found AS (SELECT t.is_match, coalesce(p.p, q.p, -1) AS p FROM label t JOIN person l ON l.s = t.ls AND l.k = t.lk JOIN person r ON r.s = t.rs AND r.k = t.rk
                      LEFT JOIN pair p ON p.ls = t.ls AND p.lk = t.lk AND p.rs = t.rs AND p.rk = t.rk LEFT JOIN pair q ON q.ls = t.rs AND q.lk = t.rk AND q.rs = t.ls AND q.rk = t.lk),
            really AS (SELECT count(*) AS n FROM found WHERE is_match)$q$, label.pairs, place.label_left, place.label_right);
    ELSE
        -- of several tables, pairs are those across
        found := found || format($q$
            label AS (SELECT t.s, t.k, t.who FROM (SELECT %2$s AS s, %3$I AS k, %4$I AS who FROM %1$s l) t WHERE t.who IS NOT NULL),
            found AS (SELECT l.who = r.who AS is_match, p.p FROM pair p JOIN label l ON l.s = p.ls AND l.k = p.lk JOIN label r ON r.s = p.rs AND r.k = p.rk),
            counted_by_table AS (SELECT t.who, t.s, count(*) AS c FROM label t JOIN person k USING (s, k) GROUP BY t.who, t.s),
            really AS (SELECT (coalesce(sum(c * (c - 1) / 2), 0) - coalesce(sum(within), 0))::bigint AS n FROM (
                SELECT sum(c) AS c, CASE WHEN %5$L THEN sum(c * (c - 1) / 2) ELSE 0 END AS within FROM counted_by_table GROUP BY who) g)$q$,
            label.listed, coalesce(quote_ident(label.source_column) || '::regclass::oid', place.person), label.key_column, label.cluster_column, label.source_column IS NOT NULL);
    END IF;
    RETURN QUERY EXECUTE format($q$
        WITH %s,
        counted AS (SELECT t AS threshold, count(*) FILTER (WHERE p >= t) AS found, count(*) FILTER (WHERE p >= t AND is_match) AS matches
                    FROM unnest($1) t LEFT JOIN found ON true GROUP BY t)
        SELECT c.threshold, r.n, c.found, c.matches, c.matches / nullif(c.found, 0)::float8, c.matches / nullif(r.n, 0)::float8,
               2 * c.matches / nullif(c.found + r.n, 0)::float8 FROM counted c, really r ORDER BY 1 $q$, found) USING thresholds;
END $$;
COMMENT ON FUNCTION @extschema@.evaluate_thresholds(text, regclass, double precision[]) IS
'Precision, recall and F1 of a model''s pairs at each threshold of the match probability, against labels of records or of pairs.';

CREATE FUNCTION @extschema@.linkage_rules_find(model text, left_sources oid[], left_keys text[], right_sources oid[], right_keys text[],
    OUT rule integer, OUT keys text, OUT found bigint, OUT new bigint) RETURNS SETOF record
LANGUAGE c VOLATILE PARALLEL UNSAFE STRICT COST 100000 ROWS 20
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'clt_linkage_rules_find';
COMMENT ON FUNCTION @extschema@.linkage_rules_find(text, oid[], text[], oid[], text[]) IS
'Machinery of evaluate_blocking: how many of the given pairs each blocking rule makes, and how many of these no rule before it.';

CREATE FUNCTION @extschema@.evaluate_blocking(model text, labels regclass,
    OUT rule integer, OUT keys text, OUT true_pairs bigint, OUT found bigint, OUT new bigint, OUT recall double precision, OUT total_recall double precision) RETURNS SETOF record
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE STRICT COST 100000 ROWS 20
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    label record := @extschema@.linkage_labels(model, labels);
    place record := @extschema@.linkage_places(model, labels);
    pairs record;
BEGIN
    EXECUTE CASE WHEN label.of_pairs
        THEN format('SELECT array_agg(%2$s) AS ls, array_agg(left_key::text) AS lk, array_agg(%3$s) AS rs, array_agg(right_key::text) AS rk FROM %1$s
                     WHERE is_match AND left_key IS NOT NULL AND right_key IS NOT NULL', label.pairs, place.label_left, place.label_right)
        ELSE format('WITH label AS (SELECT %2$s AS s, %3$I AS k, %4$I AS who FROM %1$s l)
                     SELECT array_agg(l.s) AS ls, array_agg(l.k::text) AS lk, array_agg(r.s) AS rs, array_agg(r.k::text) AS rk
                     FROM label l JOIN label r ON l.who = r.who AND %5$s', label.listed,
                    coalesce(quote_ident(label.source_column) || '::regclass::oid', place.person), label.key_column, label.cluster_column,
                    CASE WHEN label.source_column IS NULL THEN 'l.k < r.k' ELSE 'l.s < r.s' END) END
    INTO pairs;
    RETURN QUERY SELECT f.rule, f.keys, coalesce(cardinality(pairs.lk), 0)::bigint, f.found, f.new, f.found / nullif(cardinality(pairs.lk), 0)::float8,
            sum(f.new) OVER (ORDER BY f.rule) / nullif(cardinality(pairs.lk), 0)::float8
        FROM @extschema@.linkage_rules_find(evaluate_blocking.model, coalesce(pairs.ls, '{}'), coalesce(pairs.lk, '{}'), coalesce(pairs.rs, '{}'), coalesce(pairs.rk, '{}')) f ORDER BY f.rule;
END $$;
COMMENT ON FUNCTION @extschema@.evaluate_blocking(text, regclass) IS
'What share of the true pairs the blocking rules of a model make: of each rule alone, and of it with those before it; labels as for evaluate.';

CREATE FUNCTION @extschema@.estimate_quality(model text,
    thresholds double precision[] DEFAULT '{0.01,0.05,0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9,0.95,0.99,0.999}',
    OUT threshold double precision, OUT pairs bigint, OUT expected_right double precision, OUT expected_wrong double precision, OUT expected_missed double precision,
    OUT false_discovery_rate double precision, OUT miss_rate double precision) RETURNS SETOF record
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE STRICT COST 100000 ROWS 14
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    table_of_pairs text := @extschema@.linkage_result(model, 'pair');
    expected double precision;
    found_by_rules double precision;
BEGIN
    SELECT (m.parameters ->> 'matches')::double precision, nullif((m.parameters ->> 'recall')::double precision, 0) INTO expected, found_by_rules
    FROM @extschema@.linkage_model m WHERE m.owner = current_user AND m.name = estimate_quality.model;
    RETURN QUERY EXECUTE format($q$
        WITH total AS (SELECT greatest(coalesce(sum(match_probability), 0), $2) / $3 AS n FROM %1$s),
        counted AS (SELECT t AS threshold, count(p.match_probability) AS pairs, coalesce(sum(p.match_probability), 0) AS yes, coalesce(sum(1 - p.match_probability), 0) AS no
                    FROM unnest($1) t LEFT JOIN %1$s p ON p.match_probability >= t GROUP BY t)
        SELECT threshold, pairs, yes, no, greatest(n - yes, 0), no / nullif(pairs, 0), greatest(n - yes, 0) / nullif(n, 0) FROM counted, total ORDER BY 1 $q$, table_of_pairs)
    USING thresholds, coalesce(expected, 0), coalesce(found_by_rules, 1);
END $$;
COMMENT ON FUNCTION @extschema@.estimate_quality(text, double precision[]) IS
'What the match probabilities themselves say of a model''s pairs, without labels: how many of those above each threshold are expected to be wrong, and how many true pairs to be missed, those among them that blocking does not make.';

-- Decisions are remembered as rows that are only ever added: taking one back is a row as well.
CREATE TABLE @extschema@.linkage_decision (
    decision bigint NOT NULL,
    line integer NOT NULL DEFAULT 1,
    owner name NOT NULL DEFAULT current_user,
    model text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('same', 'different', 'undone')),
    left_source regclass,
    left_key text,
    left_person bigint,
    right_source regclass,
    right_key text,
    right_person bigint,
    undoes bigint,
    reason text,
    decided_by name NOT NULL DEFAULT session_user,
    decided_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (decision, line),
    CHECK ((kind = 'undone') = (undoes IS NOT NULL)),
    CHECK ((kind = 'undone') = (left_key IS NULL) AND (left_key IS NULL) = (right_key IS NULL)
           AND (left_key IS NULL) = (left_source IS NULL) AND (right_key IS NULL) = (right_source IS NULL))
);
COMMENT ON TABLE @extschema@.linkage_decision IS
'What stewards decided: which records are one person and which are not; rows are added and never changed, a decision is taken back by a row of kind undone.';
COMMENT ON COLUMN @extschema@.linkage_decision.decision IS 'Number of the decision.';
COMMENT ON COLUMN @extschema@.linkage_decision.line IS 'A record taken out of a person is decided to be different from each of the others: one line each.';
COMMENT ON COLUMN @extschema@.linkage_decision.owner IS 'Role that owns the model and alone sees the decision.';
COMMENT ON COLUMN @extschema@.linkage_decision.model IS 'Linkage model.';
COMMENT ON COLUMN @extschema@.linkage_decision.kind IS 'same: one person; different: not one person; undone: an earlier decision is taken back.';
COMMENT ON COLUMN @extschema@.linkage_decision.left_source IS 'Table of the first record.';
COMMENT ON COLUMN @extschema@.linkage_decision.left_key IS 'Key of the first record, as text.';
COMMENT ON COLUMN @extschema@.linkage_decision.left_person IS 'Person of the first record before the decision.';
COMMENT ON COLUMN @extschema@.linkage_decision.right_source IS 'Table of the second record.';
COMMENT ON COLUMN @extschema@.linkage_decision.right_key IS 'Key of the second record, as text.';
COMMENT ON COLUMN @extschema@.linkage_decision.right_person IS 'Person of the second record before the decision.';
COMMENT ON COLUMN @extschema@.linkage_decision.undoes IS 'The decision that is taken back.';
COMMENT ON COLUMN @extschema@.linkage_decision.reason IS 'Why, in the words of the steward.';
COMMENT ON COLUMN @extschema@.linkage_decision.decided_by IS 'Role that logged in.';
COMMENT ON COLUMN @extschema@.linkage_decision.decided_at IS 'When it was decided.';
-- Stewards' functions turn sequential scans off: their plans are kept from when the table was small.
CREATE INDEX linkage_decision_left ON @extschema@.linkage_decision (left_key, model, owner) WHERE left_key IS NOT NULL;
CREATE INDEX linkage_decision_right ON @extschema@.linkage_decision (right_key, model, owner) WHERE right_key IS NOT NULL;
CREATE INDEX linkage_decision_undoes ON @extschema@.linkage_decision (undoes);
CREATE SEQUENCE @extschema@.linkage_decision_number OWNED BY @extschema@.linkage_decision.decision;
COMMENT ON SEQUENCE @extschema@.linkage_decision_number IS 'Numbers of decisions.';
ALTER TABLE @extschema@.linkage_decision ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_decisions ON @extschema@.linkage_decision
    USING (owner OPERATOR(pg_catalog.=) current_user)
    WITH CHECK (owner OPERATOR(pg_catalog.=) current_user AND decided_by OPERATOR(pg_catalog.=) session_user);
COMMENT ON POLICY own_decisions ON @extschema@.linkage_decision IS 'A role sees the decisions about its own models; nobody signs for somebody else.';
-- neither UPDATE nor DELETE: history is added to
GRANT SELECT, INSERT ON @extschema@.linkage_decision TO PUBLIC;
GRANT USAGE ON SEQUENCE @extschema@.linkage_decision_number TO PUBLIC;
SELECT pg_catalog.pg_extension_config_dump('@extschema@.linkage_decision', '');
SELECT pg_catalog.pg_extension_config_dump('@extschema@.linkage_decision_number', '');
