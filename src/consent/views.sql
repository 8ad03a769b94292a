--
-- Consent views: the rows of a source that their persons allow for a purpose
--

CREATE FUNCTION @extschema@.purpose_path(purpose text) RETURNS text[]
LANGUAGE sql STABLE PARALLEL SAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
    WITH RECURSIVE tree AS (
        SELECT DISTINCT ON (p.purpose) p.purpose, p.parent FROM @extschema@.purpose p ORDER BY p.purpose, p.builtin),
    up AS (
        SELECT t.purpose, t.parent, 1 AS level FROM tree t WHERE t.purpose = purpose_path.purpose
        UNION ALL
        SELECT t.purpose, t.parent, u.level + 1 FROM up u JOIN tree t ON t.purpose = u.parent WHERE u.level < 64)
    SELECT array_agg(u.purpose ORDER BY u.level) FROM up u
$$;
COMMENT ON FUNCTION @extschema@.purpose_path(text) IS 'A purpose and those above it in the tree; NULL if there is none of that name.';

CREATE FUNCTION @extschema@.consent_view_is_stale(view_name text, person text) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION 'consent view % was made before % said which records are one person', view_name, person
        USING ERRCODE = 'object_not_in_prerequisite_state',
              HINT = 'Let its owner run SELECT clientele.rebuild_consent_views().';
END
$$;
COMMENT ON FUNCTION @extschema@.consent_view_is_stale(text, text) IS 'Raises the error of a view that does not know of a person''s other records.';

CREATE FUNCTION @extschema@.consent_column(expression text, mask text, type regtype) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- every mask is a total function: an error would print the value that it hides
    CASE mask
        WHEN 'hide' THEN RETURN format('NULL::%s', type);
        WHEN 'initial' THEN RETURN format('pg_catalog."left"(%1$s::pg_catalog.text, 1) OPERATOR(pg_catalog.||) ''.''::pg_catalog.text', expression);
        WHEN 'email' THEN RETURN format('pg_catalog."left"(%1$s::pg_catalog.text, 1) OPERATOR(pg_catalog.||) ''***@''::pg_catalog.text OPERATOR(pg_catalog.||) pg_catalog.split_part(%1$s::pg_catalog.text, ''@'', 2)', expression);
        WHEN 'phone' THEN RETURN format('''***''::pg_catalog.text OPERATOR(pg_catalog.||) pg_catalog."right"(%1$s::pg_catalog.text, 2)', expression);
        WHEN 'year' THEN
            IF type NOT IN (1082, 1114, 1184) THEN
                RAISE EXCEPTION 'mask "year" is for dates, not for %', type USING ERRCODE = 'datatype_mismatch';
            END IF;
            RETURN format('pg_catalog.date_part(''year'', %s)', expression);
        ELSE
            RAISE EXCEPTION 'unknown mask "%"', mask USING ERRCODE = 'invalid_parameter_value', HINT = 'Masks are hide, initial, email, phone, year.';
    END CASE;
END
$$;
COMMENT ON FUNCTION @extschema@.consent_column(text, text, regtype) IS 'SQL expression that shows only so much of a column as the mask lets through.';

CREATE FUNCTION @extschema@.consent_columns(source regclass, columns jsonb) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 10000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    result text[] := '{}';
    item record;
    col text;
    mask text;
    col_type regtype;
BEGIN
    IF columns IS NULL THEN
        SELECT array_agg(format('s.%I', a.attname) ORDER BY a.attnum) INTO result
        FROM pg_attribute a WHERE a.attrelid = source AND a.attnum > 0 AND NOT a.attisdropped;
        RETURN array_to_string(result, ', ');
    END IF;
    IF jsonb_typeof(columns) NOT IN ('array', 'object') OR columns IN ('[]', '{}') THEN
        RAISE EXCEPTION 'columns must be an array of names or an object' USING ERRCODE = 'invalid_parameter_value',
            HINT = 'For example ["id", "name"], or {"id": "id", "mail": {"column": "email", "mask": "email"}}.';
    END IF;
    FOR item IN
        SELECT e.value #>> '{}' AS name, e.value, e.i FROM jsonb_array_elements(CASE WHEN jsonb_typeof(columns) = 'array' THEN columns END) WITH ORDINALITY e(value, i)
        UNION ALL
        SELECT o.key, o.value, o.i FROM jsonb_each(CASE WHEN jsonb_typeof(columns) = 'object' THEN columns END) WITH ORDINALITY o(key, value, i)
        ORDER BY 3
    LOOP
        IF jsonb_typeof(item.value) = 'object' THEN
            col := coalesce(item.value ->> 'column', item.name);
            mask := item.value ->> 'mask';
        ELSE
            col := item.value #>> '{}';
            mask := NULL;
        END IF;
        SELECT a.atttypid::regtype INTO col_type FROM pg_attribute a
        WHERE a.attrelid = source AND a.attname = col AND a.attnum > 0 AND NOT a.attisdropped;
        IF col_type IS NULL THEN
            RAISE EXCEPTION '% has no column "%"', source, col USING ERRCODE = 'undefined_column';
        END IF;
        result := result || format('%s AS %I', CASE WHEN mask IS NULL THEN format('s.%I', col)
                                                    ELSE @extschema@.consent_column(format('s.%I', col), mask, col_type) END, item.name);
    END LOOP;
    RETURN array_to_string(result, ', ');
END
$$;
COMMENT ON FUNCTION @extschema@.consent_columns(regclass, jsonb) IS 'The select list of a consent view.';

CREATE FUNCTION @extschema@.consent_view_query(view_name text, source integer, slot integer, columns jsonb) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 10000
SET search_path = pg_catalog, pg_temp
AS $fn$
DECLARE
    src clientele_ledger.source;
    question clientele_ledger.slot;
    gate text;
    list text;
    rel text;
    key text;
    per text;
    schema_name name;
    person_name name;
BEGIN
    SELECT * INTO src FROM clientele_ledger.source s WHERE s.source = consent_view_query.source;
    SELECT * INTO question FROM clientele_ledger.slot k WHERE k.slot = consent_view_query.slot;
    list := @extschema@.consent_columns(src.relation, columns);
    rel := @extschema@.relation_name(src.relation);
    key := format('s.%I', src.key_column);

    -- Evaluated once a statement: the rules are those under which the state was computed, and the reader holds the purpose.
    gate := format($q$(SELECT EXISTS (
        SELECT 1 FROM clientele_ledger.slot k
        JOIN @extschema@.rule_stamp r ON r.stamp OPERATOR(pg_catalog.=) k.stamp
        CROSS JOIN clientele_ledger.purpose_grant g
        JOIN pg_catalog.pg_roles o ON o.rolname OPERATOR(pg_catalog.=) g.role_name
        WHERE k.slot OPERATOR(pg_catalog.=) %1$s
          AND g.purpose OPERATOR(pg_catalog.=) ANY (%2$L::pg_catalog.text[])
          AND pg_catalog.pg_has_role(o.oid, 'USAGE')
          AND CASE WHEN coalesce(pg_catalog.current_setting('clientele.purpose', true), '') OPERATOR(pg_catalog.=) '' THEN NOT g.on_request
                   ELSE pg_catalog.current_setting('clientele.purpose', true) OPERATOR(pg_catalog.=) ANY (%2$L::pg_catalog.text[]) END))$q$,
        slot, @extschema@.purpose_path(question.purpose));

    IF src.person IS NULL THEN
        SELECT n.nspname, left(c.relname, 56) || '_person' INTO schema_name, person_name
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = src.relation;
        gate := gate || format($q$
    AND (SELECT CASE WHEN EXISTS (
            SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
            WHERE c.relname OPERATOR(pg_catalog.=) %1$L AND n.nspname OPERATOR(pg_catalog.=) %2$L AND c.relkind OPERATOR(pg_catalog.<>) 'c')
        THEN @extschema@.consent_view_is_stale(%3$L, %4$L) ELSE true END)$q$,
            person_name, schema_name, view_name, format('%I.%I', schema_name, person_name));
        RETURN format($q$SELECT %1$s
FROM %2$s s CROSS JOIN (SELECT 1) read_only(one)
WHERE %3$s
    AND %4$s IN (
        SELECT a.key FROM clientele_ledger.allow_%5$s a
        WHERE a.slot OPERATOR(pg_catalog.=) %6$s AND a.until OPERATOR(pg_catalog.>) pg_catalog.statement_timestamp())$q$,
            list, rel, gate, key, src.source, slot);
    END IF;

    per := @extschema@.relation_name(src.person);
    -- The UNION ALL must not be the view's outermost operation: the planner flattens such a view although it is a
    -- barrier, and shows hidden rows to the reader's functions (test/security/consent_snoop_function.sql).
    RETURN format($q$SELECT * FROM (
SELECT %1$s
FROM %2$s s
WHERE %3$s
    AND %4$s IN (
        SELECT p.record_key FROM %7$s p
        WHERE p.person_id IN (
            SELECT q.person_id FROM %7$s q
            JOIN clientele_ledger.allow_%5$s a ON a.key OPERATOR(pg_catalog.=) q.record_key
            WHERE a.slot OPERATOR(pg_catalog.=) %6$s AND a.until OPERATOR(pg_catalog.>) pg_catalog.statement_timestamp()
              AND NOT EXISTS (
                SELECT 1 FROM %7$s r JOIN clientele_ledger.deny_%5$s d ON d.key OPERATOR(pg_catalog.=) r.record_key
                WHERE r.person_id OPERATOR(pg_catalog.=) q.person_id AND d.slot OPERATOR(pg_catalog.=) %6$s
                  AND d.bases OPERATOR(pg_catalog.&) a.basis OPERATOR(pg_catalog.<>) 0::pg_catalog.int2)))
UNION ALL
SELECT %1$s
FROM %2$s s
WHERE %3$s
    AND %4$s IN (
        SELECT a.key FROM clientele_ledger.allow_%5$s a
        WHERE a.slot OPERATOR(pg_catalog.=) %6$s AND a.until OPERATOR(pg_catalog.>) pg_catalog.statement_timestamp())
    AND NOT EXISTS (SELECT 1 FROM %7$s p WHERE p.record_key OPERATOR(pg_catalog.=) %4$s)) shown$q$,
        list, rel, gate, key, src.source, slot, per);
END
$fn$;
COMMENT ON FUNCTION @extschema@.consent_view_query(text, integer, integer, jsonb) IS 'The query of a consent view.';

CREATE FUNCTION @extschema@.relation_name(relation regclass) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE STRICT COST 10
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = relation
$$;
COMMENT ON FUNCTION @extschema@.relation_name(regclass) IS 'Name of a relation with its schema, quoted.';

CREATE FUNCTION @extschema@.create_consent_view(view_name text, source regclass, purpose text, channel text, columns jsonb DEFAULT NULL,
    recipient text DEFAULT 'own', product text DEFAULT NULL) RETURNS regclass
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
<<fn>>
DECLARE
    src integer;
    a_slot integer;
    a_stamp text;
    parts text[] := parse_ident(view_name);
    target text;
    view_owner name;
    made regclass;
BEGIN
    IF @extschema@.purpose_path(create_consent_view.purpose) IS NULL THEN
        RAISE EXCEPTION 'unknown purpose "%"', create_consent_view.purpose USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Purposes are rows of clientele.purpose.';
    END IF;
    IF NOT EXISTS (SELECT FROM @extschema@.channel c WHERE c.channel = create_consent_view.channel) THEN
        RAISE EXCEPTION 'unknown channel "%"', create_consent_view.channel USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Channels are rows of clientele.channel.';
    END IF;
    IF cardinality(parts) > 2 THEN
        RAISE EXCEPTION 'invalid view name "%"', view_name USING ERRCODE = 'invalid_name';
    END IF;
    -- a name without a schema goes beside the source
    target := CASE cardinality(parts) WHEN 2 THEN format('%I.%I', parts[1], parts[2])
              ELSE format('%I.%I', (SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = create_consent_view.source), parts[1]) END;

    src := @extschema@.consent_source(create_consent_view.source);
    SELECT r.stamp INTO a_stamp FROM @extschema@.rule_stamp r;
    IF EXISTS (SELECT FROM clientele_ledger.slot k WHERE k.stamp <> a_stamp) THEN
        PERFORM @extschema@.refresh_consent();
    END IF;
    SELECT k.slot INTO a_slot FROM clientele_ledger.slot k
    WHERE (k.purpose, k.channel, k.recipient) = (create_consent_view.purpose, create_consent_view.channel, create_consent_view.recipient)
      AND k.product IS NOT DISTINCT FROM create_consent_view.product;
    IF NOT FOUND OR NOT EXISTS (SELECT FROM clientele_ledger.consent_view v WHERE v.source = src AND v.slot = a_slot) THEN
        -- no event may slip in between the state and the ledger it is computed from
        LOCK TABLE clientele_ledger.subject, clientele_ledger.event, clientele_ledger.subject_state IN SHARE ROW EXCLUSIVE MODE;
        IF a_slot IS NULL THEN
            INSERT INTO clientele_ledger.slot (purpose, channel, recipient, product, stamp)
            VALUES (create_consent_view.purpose, create_consent_view.channel, create_consent_view.recipient, create_consent_view.product, a_stamp)
            RETURNING slot INTO a_slot;
        END IF;
        PERFORM @extschema@.apply_consent(NULL);
        EXECUTE format('ANALYZE clientele_ledger.allow_%1$s, clientele_ledger.deny_%1$s', src);
    END IF;

    EXECUTE format('CREATE VIEW %s WITH (security_barrier) AS %s', target, @extschema@.consent_view_query(target, src, a_slot, columns));
    made := target::regclass;
    EXECUTE format('COMMENT ON VIEW %s IS %L', target, format('Rows of %s that may be used for %s by %s', create_consent_view.source, create_consent_view.purpose, create_consent_view.channel));
    INSERT INTO clientele_ledger.consent_view (view, source, slot, columns) VALUES (made, src, a_slot, create_consent_view.columns);
    PERFORM @extschema@.give_view_to_owner(made, src);
    -- whoever makes the view could grant himself the purpose; the others need grant_purpose()
    INSERT INTO clientele_ledger.purpose_grant (role_name, purpose) VALUES (current_user, create_consent_view.purpose) ON CONFLICT DO NOTHING;
    RETURN made;
END
$$;
COMMENT ON FUNCTION @extschema@.create_consent_view(text, regclass, text, text, jsonb, text, text) IS 'Makes a view of those rows of a table whose persons may be contacted for this purpose on this channel. A withdrawal hides the rows of the person, all duplicates of it, from the next statement. columns: an array of names, or an object of names with masks.';

CREATE FUNCTION @extschema@.give_view_to_owner(view regclass, source integer) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 10000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    src clientele_ledger.source;
    table_owner name;
    new_owner name;
    schema_name name;
BEGIN
    SELECT s.* INTO src FROM clientele_ledger.source s WHERE s.source = give_view_to_owner.source;
    SELECT pg_get_userbyid(c.relowner) INTO table_owner FROM pg_class c WHERE c.oid = src.relation;
    SELECT n.nspname INTO schema_name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = view;
    new_owner := src.view_owner;
    IF new_owner IS NULL THEN
        RETURN;
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA clientele_ledger TO %I', new_owner);
    EXECUTE format('GRANT SELECT ON clientele_ledger.slot, clientele_ledger.purpose_grant, clientele_ledger.allow_%1$s, clientele_ledger.deny_%1$s TO %2$I', src.source, new_owner);
    EXECUTE format('GRANT SELECT ON %s TO %I', @extschema@.relation_name(src.relation), new_owner);
    IF src.person IS NOT NULL THEN
        EXECUTE format('GRANT SELECT ON %s TO %I', @extschema@.relation_name(src.person), new_owner);
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', (SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = src.relation), new_owner);
    -- an owner must be able to create in the schema when he is given something in it, and at no other time
    IF has_schema_privilege(new_owner, schema_name, 'CREATE') THEN
        EXECUTE format('ALTER VIEW %s OWNER TO %I', @extschema@.relation_name(view), new_owner);
    ELSE
        EXECUTE format('GRANT CREATE ON SCHEMA %I TO %I', schema_name, new_owner);
        EXECUTE format('ALTER VIEW %s OWNER TO %I', @extschema@.relation_name(view), new_owner);
        EXECUTE format('REVOKE CREATE ON SCHEMA %I FROM %I', schema_name, new_owner);
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.give_view_to_owner(regclass, integer) IS 'Hands a consent view over to the role that protect() chose, with the rights it needs and no more.';

CREATE FUNCTION @extschema@.rebuild_consent_views(source regclass DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v record;
    n integer := 0;
BEGIN
    IF to_regclass('clientele_ledger.consent_view') IS NULL THEN
        RETURN 0;
    END IF;
    FOR v IN
        SELECT w.view, w.slot, w.columns, w.source, s.relation FROM clientele_ledger.consent_view w JOIN clientele_ledger.source s ON s.source = w.source
        WHERE (rebuild_consent_views.source IS NULL OR s.relation = rebuild_consent_views.source)
          AND EXISTS (SELECT FROM pg_class c WHERE c.oid = w.view)
        ORDER BY w.view
    LOOP
        PERFORM @extschema@.consent_source(v.relation);
        EXECUTE format('CREATE %1$s VIEW %2$s WITH (security_barrier) AS %3$s', 'OR REPLACE',
            @extschema@.relation_name(v.view), @extschema@.consent_view_query(@extschema@.relation_name(v.view), v.source, v.slot, v.columns));
        PERFORM @extschema@.give_view_to_owner(v.view, v.source);
        n := n + 1;
    END LOOP;
    RETURN n;
END
$$;
COMMENT ON FUNCTION @extschema@.rebuild_consent_views(regclass) IS 'Writes consent views anew after a table that says which records are one person has appeared or been replaced; how many. Their readers keep their rights.';
