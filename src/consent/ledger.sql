--
-- The ledger: tables of whoever called create_ledger(), and what guards them
--

CREATE FUNCTION @extschema@.create_ledger() RETURNS boolean
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 10000
SET search_path = pg_catalog, pg_temp
SET client_min_messages = warning
AS $fn$
BEGIN
    IF to_regclass('clientele_ledger.event') IS NOT NULL THEN
        RETURN false;
    END IF;
    -- two sessions may get here at once: the second waits and finds it made
    PERFORM pg_advisory_xact_lock(4811003372571164005);
    -- by a query: what to_regclass() remembers is not refreshed by waiting for an advisory lock
    IF EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'clientele_ledger' AND c.relname = 'event') THEN
        RETURN false;
    END IF;
    IF EXISTS (SELECT FROM pg_namespace WHERE nspname = 'clientele_ledger') THEN
        IF NOT has_schema_privilege('clientele_ledger', 'CREATE') OR
           EXISTS (SELECT FROM pg_class WHERE relnamespace = 'clientele_ledger'::regnamespace) THEN
            RAISE EXCEPTION 'schema clientele_ledger exists and is not a consent ledger'
                USING ERRCODE = 'duplicate_schema', HINT = 'Drop or rename it; the ledger makes its own.';
        END IF;
    ELSIF NOT has_database_privilege(current_database(), 'CREATE') THEN
        RAISE EXCEPTION 'there is no consent ledger yet, and % may not create one', current_user
            USING ERRCODE = 'insufficient_privilege',
                  HINT = format('Let the owner of the database call clientele.create_ledger(), or GRANT CREATE ON DATABASE %I TO %I.', current_database(), current_user);
    ELSE
        CREATE SCHEMA clientele_ledger;
    END IF;
    COMMENT ON SCHEMA clientele_ledger IS 'clientele: what people allowed and forbade. Data of the owner of this schema; stays when the extension is dropped.';

    CREATE TABLE clientele_ledger.subject (
        subject text PRIMARY KEY CHECK (subject <> ''),
        jurisdiction text,
        born date,
        erased_at timestamptz,
        registered_at timestamptz NOT NULL DEFAULT now(),
        salt uuid DEFAULT gen_random_uuid()
    );
    COMMENT ON TABLE clientele_ledger.subject IS 'One row a subject, that is, a record''s key as text; salt keys the digests of its contact points';

    CREATE TABLE clientele_ledger.subject_state (
        subject text PRIMARY KEY,
        revision bigint NOT NULL DEFAULT 1,
        next_change timestamptz
    );
    COMMENT ON TABLE clientele_ledger.subject_state IS 'revision counts what happened to a subject, so that concurrent writers wait for each other, or fail under REPEATABLE READ; at next_change something already known takes effect';
    CREATE INDEX ON clientele_ledger.subject_state (next_change) WHERE next_change IS NOT NULL;

    CREATE TABLE clientele_ledger.event (
        seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        subject text NOT NULL CHECK (subject <> ''),
        event text NOT NULL CHECK (event IN ('requested', 'given', 'confirmed', 'renewed', 'refused', 'withdrawn', 'objected', 'revoked',
            'invalidated', 'restricted', 'unrestricted', 'notice_served', 'relation_start', 'relation_end', 'enquiry', 'compelling',
            'suppressed', 'unsuppressed')),
        at timestamptz NOT NULL,
        recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        purpose text,
        channel text,
        recipient text,
        basis text CHECK (basis IN ('consent', 'contract', 'legal_obligation', 'vital', 'public_task', 'legitimate_interest', 'enquiry',
            'soft_opt_in', 'sale')),
        expires_at timestamptz,
        notice text,
        notice_version text,
        product text,
        contact_point text,
        guardian boolean NOT NULL DEFAULT false,
        explicit boolean NOT NULL DEFAULT false,
        source text,
        language text,
        entered_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        entered_by name NOT NULL DEFAULT session_user,
        CONSTRAINT event_not_from_the_future CHECK (recorded_at <= entered_at),
        CONSTRAINT event_no_grant_in_advance CHECK (event NOT IN ('given', 'confirmed', 'renewed') OR at <= recorded_at),
        CONSTRAINT event_relation_has_basis CHECK (event <> 'relation_start' OR basis IS NOT NULL)
    );
    COMMENT ON TABLE clientele_ledger.event IS 'The ledger: what was said or happened, when it took effect (at), when we knew (recorded_at) and when the row was written (entered_at, entered_by). Append-only. NULL purpose, channel: all.';
    CREATE INDEX ON clientele_ledger.event (subject, seq);

    CREATE TABLE clientele_ledger.slot (
        slot integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        purpose text NOT NULL,
        channel text NOT NULL,
        recipient text NOT NULL,
        product text,
        stamp text NOT NULL
    );
    CREATE UNIQUE INDEX ON clientele_ledger.slot (purpose, channel, recipient, (coalesce(product, '')));
    COMMENT ON TABLE clientele_ledger.slot IS 'The questions that consent views ask, with the digest of the rules under which the answers were computed';

    CREATE TABLE clientele_ledger.source (
        source integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        relation regclass NOT NULL UNIQUE,
        key_column name NOT NULL,
        key_type regtype NOT NULL,
        subject_prefix text NOT NULL,
        subject_key text NOT NULL,
        person regclass,
        view_owner name,
        protected boolean NOT NULL DEFAULT false
    );
    COMMENT ON TABLE clientele_ledger.source IS 'The tables whose rows are people''s records: a row''s subject is subject_prefix and its key as text, and subject_key turns it back';

    CREATE TABLE clientele_ledger.consent_view (
        view regclass PRIMARY KEY,
        source integer NOT NULL REFERENCES clientele_ledger.source,
        slot integer NOT NULL REFERENCES clientele_ledger.slot,
        columns jsonb
    );
    COMMENT ON TABLE clientele_ledger.consent_view IS 'The views made by create_consent_view()';

    CREATE TABLE clientele_ledger.purpose_grant (
        role_name name NOT NULL,
        purpose text NOT NULL,
        on_request boolean NOT NULL DEFAULT false,
        granted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        granted_by name NOT NULL DEFAULT session_user,
        PRIMARY KEY (role_name, purpose)
    );
    COMMENT ON TABLE clientele_ledger.purpose_grant IS 'Which role reads for which purpose; on_request: only after set_purpose()';

    -- These functions belong to the ledger and not to the extension: the guard must outlive it.
    CREATE FUNCTION clientele_ledger.refuse_change() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp AS $body$
    BEGIN
        RAISE EXCEPTION 'the consent ledger is append-only: % on %.% refused', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = 'Record a further event instead, such as invalidated.';
    END
    $body$;

    -- Whoever may append must not be able to write the state behind the views, nor read the salts: only these three do.
    CREATE FUNCTION clientele_ledger.stamp_entry() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER -- definer: the owner of the ledger, not of the extension; writers hold INSERT on event and nothing else
    SET search_path = pg_catalog, pg_temp AS $body$
    BEGIN
        NEW.entered_at := clock_timestamp();
        NEW.entered_by := session_user;
        IF NEW.contact_point IS NOT NULL THEN
            INSERT INTO clientele_ledger.subject (subject) VALUES (NEW.subject) ON CONFLICT DO NOTHING;
            SELECT encode(sha256(convert_to(s.salt::text || lower(NEW.contact_point), 'UTF8')), 'hex') INTO NEW.contact_point
            FROM clientele_ledger.subject s WHERE s.subject = NEW.subject;
        END IF;
        RETURN NEW;
    END
    $body$;
    COMMENT ON FUNCTION clientele_ledger.stamp_entry() IS 'Trigger: who wrote and when cannot be chosen; the contact point is kept as a digest under the subject''s salt';

    -- The functions below outlive DROP EXTENSION, schema clientele does not: whoever makes one of that name must not be called as the owner of the ledger.
    CREATE FUNCTION clientele_ledger.require_extension() RETURNS void LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp AS $body$
    BEGIN
        IF NOT EXISTS (SELECT FROM pg_depend d JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
                       WHERE d.classid = 'pg_namespace'::regclass AND d.objid = to_regnamespace('clientele') AND d.deptype = 'e' AND e.extname = 'clientele') THEN
            RAISE EXCEPTION 'extension clientele is not installed'
                USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'The ledger can be read, but nothing can be added to it without the extension: CREATE EXTENSION clientele.';
        END IF;
    END
    $body$;
    COMMENT ON FUNCTION clientele_ledger.require_extension() IS 'Raises unless schema clientele is that of the extension';

    CREATE FUNCTION clientele_ledger.apply_event() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER -- definer: as above
    SET search_path = pg_catalog, pg_temp AS $body$
    DECLARE
        who text[];
    BEGIN
        SELECT array_agg(DISTINCT n.subject ORDER BY n.subject) INTO who FROM new_row n;
        IF who IS NOT NULL THEN
            INSERT INTO clientele_ledger.subject (subject) SELECT unnest(who) ON CONFLICT DO NOTHING;
            PERFORM clientele_ledger.require_extension();
            PERFORM clientele.apply_consent(who);
        END IF;
        RETURN NULL;
    END
    $body$;
    COMMENT ON FUNCTION clientele_ledger.apply_event() IS 'Trigger: brings the state behind the consent views up to date, in the transaction that writes the event';

    CREATE FUNCTION clientele_ledger.apply_subject() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER -- definer: as above
    SET search_path = pg_catalog, pg_temp AS $body$
    DECLARE
        who text[];
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            -- EXCEPT and not a join: the planner knows nothing of transition tables and would join them by a nested loop
            SELECT array_agg(c.subject) INTO who
            FROM (SELECT n.subject, n.jurisdiction, n.born, n.erased_at FROM new_row n
                  EXCEPT SELECT o.subject, o.jurisdiction, o.born, o.erased_at FROM old_row o) c;
        ELSIF pg_trigger_depth() = 1 THEN
            SELECT array_agg(n.subject) INTO who FROM new_row n;
        END IF;
        IF who IS NOT NULL THEN
            PERFORM clientele_ledger.require_extension();
            PERFORM clientele.apply_consent(who);
        END IF;
        RETURN NULL;
    END
    $body$;
    COMMENT ON FUNCTION clientele_ledger.apply_subject() IS 'Trigger: a changed country, birth date or erasure changes the state behind the consent views';
    COMMENT ON FUNCTION clientele_ledger.refuse_change() IS 'Trigger: the ledger is append-only';

    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON clientele_ledger.event FOR EACH STATEMENT EXECUTE FUNCTION clientele_ledger.refuse_change();
    CREATE TRIGGER stamp_entry BEFORE INSERT ON clientele_ledger.event FOR EACH ROW EXECUTE FUNCTION clientele_ledger.stamp_entry();
    CREATE TRIGGER apply_event AFTER INSERT ON clientele_ledger.event REFERENCING NEW TABLE AS new_row FOR EACH STATEMENT EXECUTE FUNCTION clientele_ledger.apply_event();
    CREATE TRIGGER keep_subject BEFORE DELETE OR TRUNCATE ON clientele_ledger.subject FOR EACH STATEMENT EXECUTE FUNCTION clientele_ledger.refuse_change();
    CREATE TRIGGER apply_new AFTER INSERT ON clientele_ledger.subject REFERENCING NEW TABLE AS new_row FOR EACH STATEMENT EXECUTE FUNCTION clientele_ledger.apply_subject();
    CREATE TRIGGER apply_changed AFTER UPDATE ON clientele_ledger.subject REFERENCING OLD TABLE AS old_row NEW TABLE AS new_row FOR EACH STATEMENT EXECUTE FUNCTION clientele_ledger.apply_subject();

    REVOKE ALL ON FUNCTION clientele_ledger.refuse_change(), clientele_ledger.stamp_entry(), clientele_ledger.apply_event(),
        clientele_ledger.apply_subject(), clientele_ledger.require_extension() FROM PUBLIC;
    REVOKE ALL ON ALL TABLES IN SCHEMA clientele_ledger FROM PUBLIC;
    RETURN true;
END
$fn$;
COMMENT ON FUNCTION @extschema@.create_ledger() IS 'Makes the consent ledger in schema clientele_ledger, owned by the caller, if there is none; true if it was made. Called by whatever needs it.';
