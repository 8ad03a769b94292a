--
-- Who may see what: row security, rights, and checks of both
--

CREATE FUNCTION @extschema@.grant_purpose(role regrole, purpose text, on_request boolean DEFAULT false) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 10000
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    IF @extschema@.purpose_path(grant_purpose.purpose) IS NULL THEN
        RAISE EXCEPTION 'unknown purpose "%"', grant_purpose.purpose USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Purposes are rows of clientele.purpose.';
    END IF;
    PERFORM @extschema@.create_ledger();
    INSERT INTO clientele_ledger.purpose_grant AS g (role_name, purpose, on_request)
    SELECT r.rolname, grant_purpose.purpose, grant_purpose.on_request FROM pg_roles r WHERE r.oid = grant_purpose.role
    ON CONFLICT (role_name, purpose) DO UPDATE SET on_request = excluded.on_request, granted_at = clock_timestamp(), granted_by = session_user;
END
$$;
COMMENT ON FUNCTION @extschema@.grant_purpose(regrole, text, boolean) IS 'Lets a role (and its members) read consent views for a purpose and those below it. on_request: only in transactions that say so by set_purpose().';

CREATE FUNCTION @extschema@.revoke_purpose(role regrole, purpose text) RETURNS boolean
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 10000
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF to_regclass('clientele_ledger.purpose_grant') IS NULL THEN
        RETURN false;
    END IF;
    DELETE FROM clientele_ledger.purpose_grant g USING pg_roles r
    WHERE r.oid = revoke_purpose.role AND g.role_name = r.rolname AND g.purpose = revoke_purpose.purpose;
    RETURN FOUND;
END
$$;
COMMENT ON FUNCTION @extschema@.revoke_purpose(regrole, text) IS 'Takes a purpose from a role; effective for the next statement. False if it did not hold it.';

CREATE FUNCTION @extschema@.set_purpose(purpose text) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- a cursor keeps the purpose of its first fetch
    IF EXISTS (SELECT FROM pg_cursors c WHERE c.name <> '') THEN
        RAISE EXCEPTION 'the purpose cannot be changed while cursors are open' USING ERRCODE = 'object_in_use';
    END IF;
    IF coalesce(purpose, '') <> '' AND @extschema@.purpose_path(purpose) IS NULL THEN
        RAISE EXCEPTION 'unknown purpose "%"', purpose USING ERRCODE = 'invalid_parameter_value', HINT = 'Purposes are rows of clientele.purpose.';
    END IF;
    PERFORM set_config('clientele.purpose', coalesce(purpose, ''), true);
END
$$;
COMMENT ON FUNCTION @extschema@.set_purpose(text) IS 'Says for what the rest of this transaction reads. It chooses among the purposes the role was granted and gives none.';

CREATE FUNCTION @extschema@.protect(source regclass, key_column name DEFAULT NULL, person regclass DEFAULT NULL, subject_prefix text DEFAULT NULL,
    row_security boolean DEFAULT true, view_owner name DEFAULT 'clientele_views', writers name[] DEFAULT '{}') RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    src integer;
    owner_role record;
    part record;
    v record;
    writer name;
BEGIN
    src := @extschema@.consent_source(protect.source, protect.key_column, protect.person, protect.subject_prefix);
    IF NOT row_security THEN
        RETURN;
    END IF;
    IF (SELECT c.relkind NOT IN ('r', 'p') FROM pg_class c WHERE c.oid = protect.source) THEN
        RAISE EXCEPTION '% is not a table: it can have no row security', protect.source
            USING ERRCODE = 'wrong_object_type', HINT = 'protect(..., row_security => false) only makes it known to the ledger.';
    END IF;

    SELECT r.* INTO owner_role FROM pg_roles r WHERE r.rolname = view_owner;
    IF NOT FOUND THEN
        IF NOT (SELECT r.rolsuper OR r.rolcreaterole FROM pg_roles r WHERE r.rolname = current_user) THEN
            RAISE EXCEPTION 'there is no role "%" to own the consent views, and % may not create one', view_owner, current_user
                USING ERRCODE = 'insufficient_privilege',
                      HINT = format('Let an administrator run: CREATE ROLE %1$I NOLOGIN; GRANT %1$I TO %2$I;', view_owner, current_user);
        END IF;
        EXECUTE format('CREATE ROLE %I NOLOGIN NOINHERIT', view_owner);
    ELSIF owner_role.rolsuper OR owner_role.rolbypassrls OR owner_role.rolcanlogin THEN
        RAISE EXCEPTION 'role "%" cannot own consent views: it may log in, or passes by row security', view_owner
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Name a role without LOGIN, SUPERUSER and BYPASSRLS.';
    END IF;
    IF NOT pg_has_role(current_user, view_owner, 'MEMBER') THEN
        BEGIN
            EXECUTE format('GRANT %I TO %I', view_owner, current_user);
        EXCEPTION WHEN insufficient_privilege THEN
            RAISE EXCEPTION '% is not a member of role "%" and cannot hand views over to it', current_user, view_owner
                USING ERRCODE = 'insufficient_privilege',
                      HINT = format('Let an administrator run: GRANT %I TO %I;', view_owner, current_user);
        END;
    END IF;

    -- a partition read by its own name does not know its parent's policies
    FOR part IN
        SELECT c.oid::regclass AS relation, @extschema@.relation_name(c.oid) AS name, pg_get_userbyid(c.relowner) AS owner
        FROM pg_class c WHERE c.oid = protect.source OR c.oid IN (SELECT t.relid FROM pg_partition_tree(protect.source) t)
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', part.name);
        EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', part.name);
        EXECUTE format('DROP POLICY IF EXISTS clientele_views ON %s', part.name);
        EXECUTE format('CREATE POLICY clientele_views ON %s FOR SELECT TO %I USING (true)', part.name, view_owner);
        EXECUTE format('DROP POLICY IF EXISTS clientele_owner ON %s', part.name);
        EXECUTE format('CREATE POLICY clientele_owner ON %s TO %I USING (true) WITH CHECK (true)', part.name, part.owner);
        EXECUTE format('DROP POLICY IF EXISTS clientele_writers ON %s', part.name);
        IF cardinality(writers) > 0 THEN
            EXECUTE format('CREATE POLICY clientele_writers ON %s TO %s USING (true) WITH CHECK (true)', part.name,
                           (SELECT string_agg(quote_ident(w), ', ') FROM unnest(writers) w));
        END IF;
    END LOOP;

    UPDATE clientele_ledger.source s SET view_owner = protect.view_owner, protected = true WHERE s.source = src;
    FOR v IN SELECT w.view FROM clientele_ledger.consent_view w WHERE w.source = src AND EXISTS (SELECT FROM pg_class c WHERE c.oid = w.view) LOOP
        PERFORM @extschema@.give_view_to_owner(v.view, src);
    END LOOP;
END
$$;
COMMENT ON FUNCTION @extschema@.protect(regclass, name, regclass, text, boolean, name, name[]) IS 'Makes a table known to the ledger and closes it: row security that is forced also on its owner''s views, with policies for its owner, for the writers named, and for a role without login that owns the consent views. Everybody else sees no row of it.';

CREATE FUNCTION @extschema@.grant_ledger(role regrole, may_record boolean DEFAULT false) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 10000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    who name := (SELECT r.rolname FROM pg_roles r WHERE r.oid = role);
BEGIN
    PERFORM @extschema@.create_ledger();
    EXECUTE format('GRANT USAGE ON SCHEMA clientele_ledger TO %I', who);
    EXECUTE format('GRANT SELECT ON clientele_ledger.event, clientele_ledger.source TO %I', who);
    EXECUTE format('GRANT SELECT (subject, jurisdiction, born, erased_at, registered_at) ON clientele_ledger.subject TO %I', who);
    IF may_record THEN
        EXECUTE format('GRANT INSERT (subject, event, at, recorded_at, purpose, channel, recipient, basis, expires_at, notice, notice_version, product, contact_point, guardian, explicit, source, language) ON clientele_ledger.event TO %I', who);
        EXECUTE format('GRANT INSERT (subject, jurisdiction, born), UPDATE (jurisdiction, born) ON clientele_ledger.subject TO %I', who);
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.grant_ledger(regrole, boolean) IS 'Lets a role ask decide(), and with may_record also register subjects and record events. It can neither change what is recorded nor the state behind the views, nor choose who and when. Where persons are known the role also needs SELECT on the table of persons.';

CREATE FUNCTION @extschema@.verify_ledger() RETURNS TABLE (problem text, subject text, detail text)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000000 ROWS 10
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    src record;
    digest text;
BEGIN
    IF to_regclass('clientele_ledger.event') IS NULL THEN
        RETURN;
    END IF;
    SELECT r.stamp INTO digest FROM @extschema@.rule_stamp r;
    RETURN QUERY SELECT 'rules have changed', NULL::text, format('question %s: %s by %s', k.slot, k.purpose, k.channel) FROM clientele_ledger.slot k WHERE k.stamp <> digest;
    RETURN QUERY SELECT 'guard is missing', NULL::text, w.name FROM unnest('{append_only,stamp_entry,apply_event}'::text[]) w(name)
        WHERE NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = 'clientele_ledger.event'::regclass AND t.tgname = w.name AND t.tgenabled IN ('O', 'A'));
    RETURN QUERY SELECT 'guard is missing', NULL::text, w.name FROM unnest('{keep_subject,apply_new,apply_changed}'::text[]) w(name)
        WHERE NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = 'clientele_ledger.subject'::regclass AND t.tgname = w.name AND t.tgenabled IN ('O', 'A'));
    RETURN QUERY SELECT 'event of a subject that is not registered', e.subject, 'event ' || e.seq FROM clientele_ledger.event e
        WHERE NOT EXISTS (SELECT FROM clientele_ledger.subject s WHERE s.subject = e.subject);
    RETURN QUERY SELECT 'event names what is in no table', e.subject, format('event %s: purpose %s, channel %s', e.seq, e.purpose, e.channel) FROM clientele_ledger.event e
        WHERE (e.purpose IS NOT NULL AND NOT EXISTS (SELECT FROM @extschema@.purpose p WHERE p.purpose = e.purpose))
           OR (e.channel IS NOT NULL AND NOT EXISTS (SELECT FROM @extschema@.channel c WHERE c.channel = e.channel));
    FOR src IN SELECT s.source, replace(s.subject_key, '$1', 'n.subject') AS key, s.relation FROM clientele_ledger.source s ORDER BY s.source LOOP
        -- what the views show, compared with what the ledger says now
        RETURN QUERY EXECUTE format($q$
            WITH says AS (SELECT %1$s AS key, n.* FROM clientele.consent_state(NULL) n WHERE %1$s IS NOT NULL)
            SELECT 'view shows more than the ledger allows', a.key::text, format('%%s, question %%s', %3$L::text, a.slot) FROM clientele_ledger.allow_%2$s a
            WHERE a.until > statement_timestamp() AND NOT EXISTS (SELECT FROM says n WHERE n.key = a.key AND n.slot = a.slot AND n.basis = a.basis AND n.until >= a.until)
            UNION ALL
            SELECT 'view lacks a denial', n.subject, format('%%s, question %%s', %3$L::text, n.slot) FROM says n
            WHERE n.deny <> 0 AND NOT EXISTS (SELECT FROM clientele_ledger.deny_%2$s d WHERE d.key = n.key AND d.slot = n.slot AND d.bases & n.deny = n.deny)
            UNION ALL
            SELECT 'view shows less than the ledger allows', n.subject, format('%%s, question %%s', %3$L::text, n.slot) FROM says n
            WHERE n.basis <> 0 AND NOT EXISTS (SELECT FROM clientele_ledger.allow_%2$s a WHERE n.key = a.key AND n.slot = a.slot AND n.basis = a.basis)
            $q$, src.key, src.source, src.relation);
    END LOOP;
END
$$;
COMMENT ON FUNCTION @extschema@.verify_ledger() IS 'Computes the state behind the consent views anew and compares; one row a difference, a missing guard, or an event that names what no longer exists. No row: all is well.';

CREATE FUNCTION @extschema@.lint() RETURNS TABLE (severity text, problem text, object text, advice text)
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 100000 ROWS 10
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    major integer := current_setting('server_version_num')::integer / 10000;
    minor integer := current_setting('server_version_num')::integer % 10000;
    least_minor integer;
BEGIN
    -- INSERT .. ON CONFLICT DO UPDATE reads rows that row security and barrier views hide (CVE-2026-120154) below these
    least_minor := CASE major WHEN 15 THEN 20 WHEN 16 THEN 16 WHEN 17 THEN 12 WHEN 18 THEN 7 ELSE 0 END;
    IF minor < least_minor THEN
        RETURN QUERY SELECT 'warning', 'server has known holes in row security', current_setting('server_version'),
            format('Update to %s.%s or later, and grant no INSERT or UPDATE on consent views and protected tables.', major, least_minor);
    END IF;
    IF to_regclass('clientele_ledger.consent_view') IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY
        SELECT 'error', 'consent view is no barrier', v.view::text, 'Somebody has replaced it: drop it and call create_consent_view() again.'
        FROM clientele_ledger.consent_view v JOIN pg_class c ON c.oid = v.view
        WHERE NOT coalesce('security_barrier=true' = ANY (c.reloptions) OR 'security_barrier=on' = ANY (c.reloptions), false);
    RETURN QUERY
        SELECT 'warning', 'consent view belongs to a role that passes by row security', v.view::text, 'Call protect() on its source.'
        FROM clientele_ledger.consent_view v JOIN pg_class c ON c.oid = v.view JOIN pg_roles r ON r.oid = c.relowner
        WHERE r.rolsuper OR r.rolbypassrls;
    RETURN QUERY
        SELECT 'error', 'right to write through a consent view', format('%s: %s to %s', v.view, a.privilege_type, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee) END), 'Revoke it.'
        FROM clientele_ledger.consent_view v JOIN pg_class c ON c.oid = v.view CROSS JOIN aclexplode(c.relacl) a
        WHERE a.privilege_type <> 'SELECT' AND a.grantee <> c.relowner;
    RETURN QUERY
        SELECT 'error', 'right that runs code of its holder as whoever writes', format('%s: TRIGGER to %s', s.relation, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee) END), 'Revoke it.'
        FROM clientele_ledger.source s JOIN pg_class c ON c.oid = s.relation CROSS JOIN aclexplode(c.relacl) a
        WHERE a.privilege_type = 'TRIGGER' AND a.grantee <> c.relowner;
    RETURN QUERY
        SELECT CASE WHEN s.protected THEN 'warning' ELSE 'notice' END, 'source can be read past its consent views', format('%s: %s to %s', s.relation, a.privilege_type, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee) END),
            CASE WHEN s.protected THEN 'Row security still hides every row; revoke the right to be clear.' ELSE 'Revoke it, or call protect().' END
        FROM clientele_ledger.source s JOIN pg_class c ON c.oid = s.relation CROSS JOIN aclexplode(c.relacl) a
        WHERE a.privilege_type = 'SELECT' AND a.grantee <> c.relowner AND a.grantee <> coalesce((SELECT r.oid FROM pg_roles r WHERE r.rolname = s.view_owner), 0);
    RETURN QUERY
        SELECT 'error', 'row security of a protected table is off', t.relid::text, 'Call protect() again.'
        FROM clientele_ledger.source s
        CROSS JOIN LATERAL (SELECT s.relation AS relid UNION SELECT p.relid FROM pg_partition_tree(s.relation) p WHERE p.relid IS NOT NULL) t
        JOIN pg_class c ON c.oid = t.relid
        WHERE s.protected AND NOT (c.relrowsecurity AND c.relforcerowsecurity);
    RETURN QUERY
        SELECT 'error', 'materialized view over a protected table', d.oid::regclass::text, 'It shows people who have withdrawn: drop it, or refresh it and put a consent view over it.'
        FROM clientele_ledger.source s
        JOIN pg_depend p ON p.refobjid = s.relation AND p.classid = 'pg_rewrite'::regclass
        JOIN pg_rewrite w ON w.oid = p.objid JOIN pg_class d ON d.oid = w.ev_class AND d.relkind = 'm'
        GROUP BY d.oid;
    RETURN QUERY
        SELECT 'warning', 'view over a protected table that is no barrier', d.oid::regclass::text, 'Rows that it hides can be spied out: make it WITH (security_barrier), or a consent view.'
        FROM clientele_ledger.source s
        JOIN pg_depend p ON p.refobjid = s.relation AND p.classid = 'pg_rewrite'::regclass
        JOIN pg_rewrite w ON w.oid = p.objid JOIN pg_class d ON d.oid = w.ev_class AND d.relkind = 'v'
        WHERE NOT coalesce('security_barrier=true' = ANY (d.reloptions) OR 'security_barrier=on' = ANY (d.reloptions) OR 'security_invoker=true' = ANY (d.reloptions) OR 'security_invoker=on' = ANY (d.reloptions), false)
        GROUP BY d.oid;
    RETURN QUERY
        SELECT 'warning', 'purpose granted to a role that does not exist', format('%s for %s', g.role_name, g.purpose), 'A new role of that name would inherit it: delete the row from clientele_ledger.purpose_grant.'
        FROM clientele_ledger.purpose_grant g WHERE NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = g.role_name);
    IF major = 15 THEN
        RETURN QUERY
            SELECT 'warning', 'role may make itself a member of any other', r.rolname::text, 'Before PostgreSQL 16 CREATEROLE is as good as superuser for what consent views protect.'
            FROM pg_roles r WHERE r.rolcreaterole AND NOT r.rolsuper;
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.lint() IS 'What in this database could show a row past its consent views: server version, owners, rights, other views, missing row security. No row: nothing found.';
