--
-- consent: who may be contacted, for what, on which channel; and views that
-- show nobody else.
--
-- Rules are rows of the tables below and belong to the extension.  What people
-- said is the caller's data: the ledger lies in schema clientele_ledger, made
-- on first use by create_ledger() and owned by whoever called it.
--

CREATE TABLE @extschema@.purpose (
    purpose text NOT NULL,
    parent text,
    follows text,
    direct_marketing boolean NOT NULL DEFAULT false,
    survives_restriction boolean NOT NULL DEFAULT false,
    special_category boolean NOT NULL DEFAULT false,
    min_age integer CHECK (min_age BETWEEN 1 AND 120),
    since timestamptz NOT NULL DEFAULT pg_catalog.now(),
    description text,
    builtin boolean NOT NULL DEFAULT false,
    PRIMARY KEY (purpose, builtin)
);
COMMENT ON TABLE @extschema@.purpose IS 'What personal data is used for: a tree. A row of your own with the name of a builtin one replaces it.';
COMMENT ON COLUMN @extschema@.purpose.purpose IS 'Name; by custom the path in the tree, as in marketing.newsletter';
COMMENT ON COLUMN @extschema@.purpose.parent IS 'The wider purpose of which this is a part; what was said about it holds here too';
COMMENT ON COLUMN @extschema@.purpose.follows IS 'An objection to that purpose is an objection to this one';
COMMENT ON COLUMN @extschema@.purpose.direct_marketing IS 'An objection is absolute, and suppression lists apply';
COMMENT ON COLUMN @extschema@.purpose.survives_restriction IS 'Goes on while processing is restricted (Art. 18)';
COMMENT ON COLUMN @extschema@.purpose.special_category IS 'Needs explicit consent (Art. 9)';
COMMENT ON COLUMN @extschema@.purpose.min_age IS 'Never for younger persons, nor for those whose age is unknown; NULL: no such limit';
COMMENT ON COLUMN @extschema@.purpose.since IS 'Consent to the parent given earlier than this does not reach here';
COMMENT ON COLUMN @extschema@.purpose.description IS 'In words';
COMMENT ON COLUMN @extschema@.purpose.builtin IS 'Came with the extension';

CREATE TABLE @extschema@.channel (
    channel text NOT NULL,
    parent text,
    description text,
    builtin boolean NOT NULL DEFAULT false,
    PRIMARY KEY (channel, builtin)
);
COMMENT ON TABLE @extschema@.channel IS 'By what means: a tree under "*"; "none" is use without a message';
COMMENT ON COLUMN @extschema@.channel.channel IS 'Name';
COMMENT ON COLUMN @extschema@.channel.parent IS 'The wider channel; what was said about it holds here too';
COMMENT ON COLUMN @extschema@.channel.description IS 'In words';
COMMENT ON COLUMN @extschema@.channel.builtin IS 'Came with the extension';

CREATE TABLE @extschema@.jurisdiction (
    jurisdiction text NOT NULL,
    name text NOT NULL,
    digital_age integer NOT NULL DEFAULT 16 CHECK (digital_age BETWEEN 0 AND 21),
    double_opt_in boolean NOT NULL DEFAULT true,
    confirm_days integer NOT NULL DEFAULT 7 CHECK (confirm_days BETWEEN 1 AND 3650),
    consent_days integer NOT NULL DEFAULT 0 CHECK (consent_days BETWEEN 0 AND 36500),
    soft_opt_in_days integer NOT NULL DEFAULT 0 CHECK (soft_opt_in_days BETWEEN 0 AND 36500),
    enquiry_days integer NOT NULL DEFAULT 90 CHECK (enquiry_days BETWEEN 0 AND 36500),
    retention_years integer NOT NULL DEFAULT 0 CHECK (retention_years BETWEEN 0 AND 100),
    builtin boolean NOT NULL DEFAULT false,
    PRIMARY KEY (jurisdiction, builtin)
);
COMMENT ON TABLE @extschema@.jurisdiction IS 'What differs by country. Defaults of engineers, to be confirmed by counsel; ZZ, the strictest, stands for every unknown one.';
COMMENT ON COLUMN @extschema@.jurisdiction.jurisdiction IS 'ISO 3166 code of the country, or ZZ';
COMMENT ON COLUMN @extschema@.jurisdiction.name IS 'Country';
COMMENT ON COLUMN @extschema@.jurisdiction.digital_age IS 'From this age a child consents without a guardian (Art. 8); 0: no such rule';
COMMENT ON COLUMN @extschema@.jurisdiction.double_opt_in IS 'Consent to electronic channels must be confirmed';
COMMENT ON COLUMN @extschema@.jurisdiction.confirm_days IS 'So many days after consent a confirmation still counts';
COMMENT ON COLUMN @extschema@.jurisdiction.consent_days IS 'Consent fades after so many days unless renewed; 0: never';
COMMENT ON COLUMN @extschema@.jurisdiction.soft_opt_in_days IS 'A sale allows own similar offers for so many days; 0: never';
COMMENT ON COLUMN @extschema@.jurisdiction.enquiry_days IS 'An enquiry may be answered for so many days';
COMMENT ON COLUMN @extschema@.jurisdiction.retention_years IS 'Papers are kept so many years after a sale or the end of a contract; 0: no end';
COMMENT ON COLUMN @extschema@.jurisdiction.builtin IS 'Came with the extension';

CREATE TABLE @extschema@.legal_rule (
    purpose text NOT NULL,
    channel text NOT NULL DEFAULT '*',
    jurisdiction text NOT NULL DEFAULT '*',
    bases text[] NOT NULL CHECK (bases <@ ARRAY['consent', 'contract', 'legal_obligation', 'vital', 'public_task',
                                                'legitimate_interest', 'enquiry', 'soft_opt_in']
                                 AND array_position(bases, NULL) IS NULL AND cardinality(bases) <= 8),
    obligations text[] NOT NULL DEFAULT '{}',
    builtin boolean NOT NULL DEFAULT false,
    PRIMARY KEY (purpose, channel, jurisdiction, builtin)
);
COMMENT ON TABLE @extschema@.legal_rule IS 'On which legal bases a purpose may rest. The row nearest in the purpose tree applies, then in the channel tree, then that of the country; no row, or no bases: never.';
COMMENT ON COLUMN @extschema@.legal_rule.purpose IS 'For this purpose and those below it';
COMMENT ON COLUMN @extschema@.legal_rule.channel IS 'On this channel and those below it';
COMMENT ON COLUMN @extschema@.legal_rule.jurisdiction IS 'In this country; *: wherever there is no row of its own';
COMMENT ON COLUMN @extschema@.legal_rule.bases IS 'Bases in the order in which they are tried';
COMMENT ON COLUMN @extschema@.legal_rule.obligations IS 'What whoever makes use of the permission has to do';
COMMENT ON COLUMN @extschema@.legal_rule.builtin IS 'Came with the extension';

CREATE TABLE @extschema@.notice (
    notice text NOT NULL,
    version text NOT NULL,
    in_force_from timestamptz NOT NULL DEFAULT pg_catalog.now(),
    reconsent boolean NOT NULL DEFAULT false,
    offers_opt_out boolean NOT NULL DEFAULT false,
    recipients text[] NOT NULL DEFAULT '{}',
    language text,
    location text,
    builtin boolean NOT NULL DEFAULT false,
    PRIMARY KEY (notice, version, builtin)
);
COMMENT ON TABLE @extschema@.notice IS 'The texts people were shown, by version. Notice "default" version "1" stands for a text kept elsewhere.';
COMMENT ON COLUMN @extschema@.notice.notice IS 'Name of the text';
COMMENT ON COLUMN @extschema@.notice.version IS 'Its version';
COMMENT ON COLUMN @extschema@.notice.in_force_from IS 'Shown from then on';
COMMENT ON COLUMN @extschema@.notice.reconsent IS 'Consent given under an earlier version ends when this one comes into force';
COMMENT ON COLUMN @extschema@.notice.offers_opt_out IS 'Told the customer that he can refuse offers, which a soft opt-in needs';
COMMENT ON COLUMN @extschema@.notice.recipients IS 'Third parties that it names';
COMMENT ON COLUMN @extschema@.notice.language IS 'Language of the text';
COMMENT ON COLUMN @extschema@.notice.location IS 'Where the text is kept';
COMMENT ON COLUMN @extschema@.notice.builtin IS 'Came with the extension';

CREATE TABLE @extschema@.rule_stamp (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    stamp text NOT NULL
);
COMMENT ON TABLE @extschema@.rule_stamp IS 'Digest of all rules. Consent views compare it with that under which their state was computed.';
COMMENT ON COLUMN @extschema@.rule_stamp.only_row IS 'There is one row';
COMMENT ON COLUMN @extschema@.rule_stamp.stamp IS 'Digest of the rules in force';

INSERT INTO @extschema@.purpose (purpose, parent, follows, direct_marketing, survives_restriction, special_category, since, description, builtin) VALUES
    ('service', NULL, NULL, false, true, false, '-infinity', 'What was ordered', true),
    ('service.delivery', 'service', NULL, false, true, false, '-infinity', 'Deliver, install, repair, inform about the order', true),
    ('invoice', NULL, NULL, false, true, false, '-infinity', 'Invoices and payments', true),
    ('invoice.retention', 'invoice', NULL, false, true, false, '-infinity', 'Keep the papers as the law demands', true),
    ('enquiry', NULL, NULL, false, false, false, '-infinity', 'Questions before a contract', true),
    ('enquiry.response', 'enquiry', NULL, false, false, false, '-infinity', 'Answer a question', true),
    ('marketing', NULL, NULL, true, false, false, '-infinity', 'Offers and news of our own', true),
    ('marketing.newsletter', 'marketing', NULL, true, false, false, '-infinity', 'Regular news', true),
    ('marketing.offers', 'marketing', NULL, true, false, false, '-infinity', 'Offers', true),
    ('profiling', NULL, NULL, false, false, false, '-infinity', 'Conclusions about a person', true),
    ('profiling.marketing', 'profiling', 'marketing', true, false, false, '-infinity', 'Scores and segments for marketing', true),
    ('analytics', NULL, NULL, false, false, false, '-infinity', 'Figures about the business', true),
    ('share', NULL, NULL, false, false, false, '-infinity', 'Give to others', true),
    ('share.partner', 'share', 'marketing', true, false, false, '-infinity', 'Give to a named partner', true),
    ('health', NULL, NULL, false, false, true, '-infinity', 'Data about health', true);

INSERT INTO @extschema@.channel (channel, parent, description, builtin) VALUES
    ('*', NULL, 'Any', true),
    ('none', '*', 'Use without a message', true),
    ('electronic', '*', 'Electronic messages', true),
    ('email', 'electronic', 'E-mail', true),
    ('sms', 'electronic', 'Text messages', true),
    ('push', 'electronic', 'Notifications of an app', true),
    ('messenger', 'electronic', 'Messengers', true),
    ('autocall', 'electronic', 'Calls by a machine', true),
    ('phone', '*', 'Calls by a human being', true),
    ('post', '*', 'Letters', true),
    ('in_person', '*', 'Face to face', true);

INSERT INTO @extschema@.jurisdiction (jurisdiction, name, digital_age, double_opt_in, consent_days, soft_opt_in_days, retention_years, builtin) VALUES
    ('ZZ', 'unknown', 16, true, 0, 0, 0, true),
    ('AT', 'Austria', 14, true, 0, 730, 7, true),
    ('BA', 'Bosnia and Herzegovina', 16, false, 0, 730, 11, true),
    ('BE', 'Belgium', 13, false, 0, 730, 10, true),
    ('BG', 'Bulgaria', 14, false, 0, 730, 10, true),
    ('CH', 'Switzerland', 16, false, 0, 730, 10, true),
    ('CY', 'Cyprus', 14, false, 0, 730, 6, true),
    ('CZ', 'Czechia', 15, false, 0, 730, 10, true),
    ('DE', 'Germany', 16, true, 0, 730, 8, true),
    ('DK', 'Denmark', 15, false, 0, 730, 5, true),
    ('EE', 'Estonia', 13, false, 0, 730, 7, true),
    ('ES', 'Spain', 14, false, 0, 730, 6, true),
    ('FI', 'Finland', 13, false, 0, 730, 6, true),
    ('FR', 'France', 15, false, 1095, 1095, 10, true),
    ('GB', 'United Kingdom', 13, false, 0, 730, 6, true),
    ('GR', 'Greece', 15, false, 0, 730, 5, true),
    ('HR', 'Croatia', 16, false, 0, 730, 11, true),
    ('HU', 'Hungary', 16, false, 0, 730, 8, true),
    ('IE', 'Ireland', 16, false, 0, 365, 6, true),
    ('IT', 'Italy', 14, false, 0, 730, 10, true),
    ('LT', 'Lithuania', 14, false, 0, 730, 10, true),
    ('LU', 'Luxembourg', 16, false, 0, 730, 10, true),
    ('LV', 'Latvia', 13, false, 0, 730, 10, true),
    ('ME', 'Montenegro', 16, false, 0, 730, 10, true),
    ('MK', 'North Macedonia', 16, false, 0, 730, 10, true),
    ('MT', 'Malta', 13, false, 0, 730, 9, true),
    ('NL', 'Netherlands', 16, false, 0, 730, 7, true),
    ('NO', 'Norway', 13, false, 0, 730, 5, true),
    ('PL', 'Poland', 16, false, 0, 730, 5, true),
    ('PT', 'Portugal', 13, false, 0, 730, 10, true),
    ('RO', 'Romania', 16, false, 0, 730, 10, true),
    ('RS', 'Serbia', 15, false, 0, 730, 10, true),
    ('SE', 'Sweden', 13, false, 0, 730, 7, true),
    ('SI', 'Slovenia', 15, false, 0, 730, 10, true),
    ('SK', 'Slovakia', 16, false, 0, 730, 10, true),
    ('US', 'United States', 13, false, 0, 730, 7, true);

INSERT INTO @extschema@.legal_rule (purpose, channel, jurisdiction, bases, obligations, builtin) VALUES
    ('service', '*', '*', '{contract}', '{}', true),
    ('invoice', '*', '*', '{contract}', '{}', true),
    ('invoice.retention', 'none', '*', '{legal_obligation}', '{}', true),
    ('enquiry', '*', '*', '{enquiry}', '{}', true),
    ('marketing', 'post', '*', '{legitimate_interest,consent}', '{offer_objection}', true),
    ('marketing', 'in_person', '*', '{legitimate_interest,consent}', '{offer_objection}', true),
    ('marketing', 'electronic', '*', '{consent,soft_opt_in}', '{include_unsubscribe,offer_objection,identify_sender}', true),
    ('marketing', 'autocall', '*', '{consent}', '{identify_sender,offer_objection}', true),
    ('marketing', 'phone', '*', '{consent}', '{identify_sender,offer_objection}', true),
    ('marketing', 'phone', 'BE', '{consent,legitimate_interest}', '{identify_sender,offer_objection,check_register}', true),
    ('marketing', 'phone', 'DK', '{consent}', '{identify_sender,offer_objection}', true),
    ('marketing', 'phone', 'FI', '{consent,legitimate_interest}', '{identify_sender,offer_objection,check_register}', true),
    ('marketing', 'phone', 'GB', '{consent,legitimate_interest}', '{identify_sender,offer_objection,check_register}', true),
    ('marketing', 'phone', 'HR', '{consent,legitimate_interest}', '{identify_sender,offer_objection,check_register}', true),
    ('marketing', 'phone', 'IE', '{consent,legitimate_interest}', '{identify_sender,offer_objection,check_register}', true),
    ('marketing', 'phone', 'IT', '{consent,legitimate_interest}', '{identify_sender,offer_objection,check_register}', true),
    ('marketing', 'phone', 'NO', '{consent,legitimate_interest}', '{identify_sender,offer_objection,check_register}', true),
    ('marketing', 'phone', 'SE', '{consent,legitimate_interest}', '{identify_sender,offer_objection,check_register}', true),
    ('marketing', 'phone', 'US', '{consent,legitimate_interest}', '{identify_sender,offer_objection,check_register}', true),
    ('profiling.marketing', 'none', '*', '{consent,legitimate_interest}', '{offer_objection}', true),
    ('analytics', 'none', '*', '{legitimate_interest,consent}', '{offer_objection}', true),
    ('share.partner', '*', '*', '{consent}', '{name_recipient,offer_objection}', true),
    ('health', '*', '*', '{consent}', '{}', true);

INSERT INTO @extschema@.notice (notice, version, in_force_from, offers_opt_out, location, builtin) VALUES
    ('default', '1', '-infinity', true, 'kept outside the database', true);

CREATE FUNCTION @extschema@.rule_digest() RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE COST 1000
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO, YMD'
AS $$
    SELECT md5(concat_ws(chr(10),
        (SELECT string_agg(p::text, chr(10) ORDER BY p.purpose COLLATE "C", p.builtin) FROM @extschema@.purpose p),
        (SELECT string_agg(c::text, chr(10) ORDER BY c.channel COLLATE "C", c.builtin) FROM @extschema@.channel c),
        (SELECT string_agg(j::text, chr(10) ORDER BY j.jurisdiction COLLATE "C", j.builtin) FROM @extschema@.jurisdiction j),
        (SELECT string_agg(r::text, chr(10) ORDER BY r.purpose COLLATE "C", r.channel COLLATE "C", r.jurisdiction COLLATE "C", r.builtin)
         FROM @extschema@.legal_rule r),
        (SELECT string_agg(n::text, chr(10) ORDER BY n.notice COLLATE "C", n.version COLLATE "C", n.builtin) FROM @extschema@.notice n)))
$$;
COMMENT ON FUNCTION @extschema@.rule_digest() IS 'Digest of the rules as they are now; the same for the same rows on every server.';

INSERT INTO @extschema@.rule_stamp (stamp) VALUES (@extschema@.rule_digest());

CREATE FUNCTION @extschema@.guard_builtin_rule() RETURNS trigger
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF (TG_OP <> 'INSERT' AND OLD.builtin) OR (TG_OP <> 'DELETE' AND NEW.builtin) THEN
        RAISE EXCEPTION 'builtin rows of %.% cannot be changed', TG_TABLE_SCHEMA, TG_TABLE_NAME
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = 'Insert a row of your own with the same name: it takes the place of the builtin one.';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION @extschema@.guard_builtin_rule() IS 'Trigger: what came with the extension is replaced by rows of one''s own and never edited, so that dump and upgrade keep both.';

CREATE FUNCTION @extschema@.stamp_rules() RETURNS trigger
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    digest text := @extschema@.rule_digest();
BEGIN
    UPDATE @extschema@.rule_stamp SET stamp = digest WHERE stamp <> digest;
    IF FOUND AND to_regclass('clientele_ledger.slot') IS NOT NULL THEN
        RAISE NOTICE 'the rules of consent have changed: consent views show nothing until SELECT clientele.refresh_consent() has been run';
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION @extschema@.stamp_rules() IS 'Trigger: a change of the rules closes every consent view until its state has been computed anew.';

CREATE TRIGGER guard_builtin BEFORE INSERT OR UPDATE OR DELETE ON @extschema@.purpose FOR EACH ROW EXECUTE FUNCTION @extschema@.guard_builtin_rule();
CREATE TRIGGER stamp_rules AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON @extschema@.purpose FOR EACH STATEMENT EXECUTE FUNCTION @extschema@.stamp_rules();
CREATE TRIGGER guard_builtin BEFORE INSERT OR UPDATE OR DELETE ON @extschema@.channel FOR EACH ROW EXECUTE FUNCTION @extschema@.guard_builtin_rule();
CREATE TRIGGER stamp_rules AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON @extschema@.channel FOR EACH STATEMENT EXECUTE FUNCTION @extschema@.stamp_rules();
CREATE TRIGGER guard_builtin BEFORE INSERT OR UPDATE OR DELETE ON @extschema@.jurisdiction FOR EACH ROW EXECUTE FUNCTION @extschema@.guard_builtin_rule();
CREATE TRIGGER stamp_rules AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON @extschema@.jurisdiction FOR EACH STATEMENT EXECUTE FUNCTION @extschema@.stamp_rules();
CREATE TRIGGER guard_builtin BEFORE INSERT OR UPDATE OR DELETE ON @extschema@.legal_rule FOR EACH ROW EXECUTE FUNCTION @extschema@.guard_builtin_rule();
CREATE TRIGGER stamp_rules AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON @extschema@.legal_rule FOR EACH STATEMENT EXECUTE FUNCTION @extschema@.stamp_rules();
CREATE TRIGGER guard_builtin BEFORE INSERT OR UPDATE OR DELETE ON @extschema@.notice FOR EACH ROW EXECUTE FUNCTION @extschema@.guard_builtin_rule();
CREATE TRIGGER stamp_rules AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON @extschema@.notice FOR EACH STATEMENT EXECUTE FUNCTION @extschema@.stamp_rules();

SELECT pg_catalog.pg_extension_config_dump('@extschema@.purpose', 'WHERE NOT builtin');
SELECT pg_catalog.pg_extension_config_dump('@extschema@.channel', 'WHERE NOT builtin');
SELECT pg_catalog.pg_extension_config_dump('@extschema@.jurisdiction', 'WHERE NOT builtin');
SELECT pg_catalog.pg_extension_config_dump('@extschema@.legal_rule', 'WHERE NOT builtin');
SELECT pg_catalog.pg_extension_config_dump('@extschema@.notice', 'WHERE NOT builtin');

-- in a trusted install the owner of the extension does not own its tables
GRANT SELECT, INSERT, UPDATE, DELETE ON @extschema@.purpose, @extschema@.channel, @extschema@.jurisdiction, @extschema@.legal_rule,
    @extschema@.notice, @extschema@.rule_stamp TO @extowner@;
-- the rules are no secret; decide() reads them as its caller
GRANT SELECT ON @extschema@.purpose, @extschema@.channel, @extschema@.jurisdiction, @extschema@.legal_rule, @extschema@.notice,
    @extschema@.rule_stamp TO PUBLIC;

--
-- The ledger
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

CREATE FUNCTION @extschema@.consent_state(subjects text[], OUT subject text, OUT slot integer, OUT deny smallint, OUT basis smallint,
    OUT until timestamptz, OUT next_change timestamptz) RETURNS SETOF record
LANGUAGE c STABLE PARALLEL RESTRICTED COST 10000 ROWS 1000
AS 'MODULE_PATHNAME', 'clt_consent_state';
COMMENT ON FUNCTION @extschema@.consent_state(text[]) IS 'The answers to the questions of all consent views for these subjects (NULL: for all), each record by itself: a row a basis that holds, a row for those closed.';

CREATE FUNCTION @extschema@.decide_records(subjects text[], purpose text, channel text, recipient text, at timestamptz, known timestamptz,
    product text, OUT allow boolean, OUT reason text, OUT basis text, OUT deciding_event bigint, OUT obligations text[],
    OUT valid_until timestamptz) RETURNS record
LANGUAGE c STABLE PARALLEL RESTRICTED COST 10000
AS 'MODULE_PATHNAME', 'clt_decide_records';
COMMENT ON FUNCTION @extschema@.decide_records(text[], text, text, text, timestamptz, timestamptz, text) IS 'The decision for one person given as the subjects of all his records, the one asked about first.';

CREATE FUNCTION @extschema@.person_table(source regclass, person regclass) RETURNS regclass
LANGUAGE sql STABLE PARALLEL SAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce((SELECT p.oid FROM pg_class p WHERE p.oid = person),
                    (SELECT p.oid FROM pg_class p JOIN pg_class c ON p.relnamespace = c.relnamespace AND p.relname = (left(c.relname, 56) || '_person')::name
                     WHERE c.oid = source AND p.relkind IN ('r', 'p', 'v', 'm')))::regclass
$$;
COMMENT ON FUNCTION @extschema@.person_table(regclass, regclass) IS 'The table that says which records of a source are one person: the given one if it still exists, else <source>_person beside it.';

CREATE FUNCTION @extschema@.subject_key(subject text, prefix text, key_type regtype) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 10
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE key_type::oid
        WHEN 20 THEN format('CASE WHEN starts_with(%1$s, %2$L) AND substr(%1$s, %3$s) ~ ''^(0|-?[1-9][0-9]{0,18})$'' AND substr(%1$s, %3$s)::numeric BETWEEN -9223372036854775808 AND 9223372036854775807 THEN substr(%1$s, %3$s)::bigint END', subject, prefix, length(prefix) + 1)
        WHEN 23 THEN format('CASE WHEN starts_with(%1$s, %2$L) AND substr(%1$s, %3$s) ~ ''^(0|-?[1-9][0-9]{0,9})$'' AND substr(%1$s, %3$s)::numeric BETWEEN -2147483648 AND 2147483647 THEN substr(%1$s, %3$s)::integer END', subject, prefix, length(prefix) + 1)
        WHEN 21 THEN format('CASE WHEN starts_with(%1$s, %2$L) AND substr(%1$s, %3$s) ~ ''^(0|-?[1-9][0-9]{0,4})$'' AND substr(%1$s, %3$s)::numeric BETWEEN -32768 AND 32767 THEN substr(%1$s, %3$s)::smallint END', subject, prefix, length(prefix) + 1)
        WHEN 2950 THEN format('CASE WHEN starts_with(%1$s, %2$L) AND substr(%1$s, %3$s) ~ ''^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$'' THEN substr(%1$s, %3$s)::uuid END', subject, prefix, length(prefix) + 1)
        WHEN 25 THEN format('CASE WHEN starts_with(%1$s, %2$L) THEN substr(%1$s, %3$s) END', subject, prefix, length(prefix) + 1)
        WHEN 1043 THEN format('CASE WHEN starts_with(%1$s, %2$L) THEN substr(%1$s, %3$s)::varchar END', subject, prefix, length(prefix) + 1)
    END
$$;
COMMENT ON FUNCTION @extschema@.subject_key(text, text, regtype) IS 'SQL expression that turns a subject (an SQL expression) into the key of its source, or into NULL where it is none of that source; NULL for key types that are not supported.';

CREATE FUNCTION @extschema@.apply_consent(subjects text[]) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 10000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    src integer;
BEGIN
    IF subjects IS NOT NULL THEN
        -- Whoever writes about a subject comes after whoever wrote before: the statements below see his events.
        INSERT INTO clientele_ledger.subject_state AS s (subject) SELECT u.subject FROM unnest(subjects) u(subject) ORDER BY u.subject
        ON CONFLICT (subject) DO UPDATE SET revision = s.revision + 1;
    END IF;
    FOR src IN SELECT s.source FROM clientele_ledger.source s ORDER BY s.source LOOP
        EXECUTE format('SELECT clientele_ledger.apply_%s($1)', src) USING subjects;
    END LOOP;
END
$$;
COMMENT ON FUNCTION @extschema@.apply_consent(text[]) IS 'Writes the state behind the consent views for these subjects (NULL: for all) from the ledger. Acts with the rights of its caller: the owner of the ledger, through its triggers.';

CREATE FUNCTION @extschema@.refresh_consent() RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    who text[];
    digest text;
BEGIN
    IF to_regclass('clientele_ledger.event') IS NULL THEN
        RETURN 0;
    END IF;
    SELECT r.stamp INTO digest FROM @extschema@.rule_stamp r;
    IF EXISTS (SELECT FROM clientele_ledger.slot k WHERE k.stamp <> digest) THEN
        -- nobody may record an event while all state is computed anew
        LOCK TABLE clientele_ledger.subject, clientele_ledger.event, clientele_ledger.subject_state IN SHARE ROW EXCLUSIVE MODE;
        UPDATE clientele_ledger.slot SET stamp = digest WHERE stamp <> digest;
        PERFORM @extschema@.apply_consent(NULL);
        RETURN (SELECT count(*) FROM clientele_ledger.subject);
    END IF;
    SELECT array_agg(s.subject ORDER BY s.subject) INTO who FROM clientele_ledger.subject_state s WHERE s.next_change <= clock_timestamp();
    IF who IS NOT NULL THEN
        PERFORM @extschema@.apply_consent(who);
    END IF;
    RETURN coalesce(cardinality(who), 0);
END
$$;
COMMENT ON FUNCTION @extschema@.refresh_consent() IS 'Brings the state behind consent views up to date after a change of the rules, and for whom something known has meanwhile taken effect; the number of subjects looked at. Run it after changing rules and now and then: without it views show fewer rows, never more.';

CREATE FUNCTION @extschema@.register_subject(subject text, jurisdiction text DEFAULT NULL, born date DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 10000
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    IF register_subject.subject IS NULL OR register_subject.subject = '' THEN
        RAISE EXCEPTION 'a subject needs a key' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    PERFORM @extschema@.create_ledger();
    INSERT INTO clientele_ledger.subject AS s (subject, jurisdiction, born)
    VALUES (register_subject.subject, upper(register_subject.jurisdiction), register_subject.born)
    ON CONFLICT (subject) DO UPDATE
    SET jurisdiction = coalesce(excluded.jurisdiction, s.jurisdiction), born = coalesce(excluded.born, s.born)
    WHERE (s.jurisdiction, s.born) IS DISTINCT FROM (coalesce(excluded.jurisdiction, s.jurisdiction), coalesce(excluded.born, s.born));
END
$$;
COMMENT ON FUNCTION @extschema@.register_subject(text, text, date) IS 'Enters a record into the ledger by its key, with country and birth date; called again, it fills in or corrects what is given.';

CREATE FUNCTION @extschema@.record_consent_event(subject text, event text, at timestamptz DEFAULT NULL, purpose text DEFAULT NULL,
    channel text DEFAULT NULL, recipient text DEFAULT NULL, basis text DEFAULT NULL, expires_at timestamptz DEFAULT NULL,
    notice text DEFAULT 'default', notice_version text DEFAULT NULL, product text DEFAULT NULL, contact_point text DEFAULT NULL,
    guardian boolean DEFAULT false, explicit boolean DEFAULT false, recorded_at timestamptz DEFAULT NULL, source text DEFAULT NULL,
    language text DEFAULT NULL, whole_person boolean DEFAULT false) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 10000
SET search_path = pg_catalog, pg_temp
AS $$
<<fn>>
DECLARE
    a_purpose text := nullif(record_consent_event.purpose, '*');
    a_channel text := nullif(record_consent_event.channel, '*');
    a_version text := record_consent_event.notice_version;
    a_at timestamptz := coalesce(record_consent_event.at, clock_timestamp());
    who text[];
    result bigint;
BEGIN
    IF record_consent_event.subject IS NULL OR record_consent_event.subject = '' OR record_consent_event.event IS NULL THEN
        RAISE EXCEPTION 'an event needs a subject and a kind' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    IF NOT record_consent_event.event = ANY ('{requested,given,confirmed,renewed,refused,withdrawn,objected,revoked,invalidated,restricted,unrestricted,notice_served,relation_start,relation_end,enquiry,compelling,suppressed,unsuppressed}') THEN
        RAISE EXCEPTION 'unknown consent event "%"', record_consent_event.event USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Events are requested, given, confirmed, renewed, refused, withdrawn, objected, revoked, invalidated, restricted, unrestricted, notice_served, relation_start, relation_end, enquiry, compelling, suppressed, unsuppressed.';
    END IF;
    IF fn.a_purpose IS NOT NULL AND NOT EXISTS (SELECT FROM @extschema@.purpose p WHERE p.purpose = fn.a_purpose) THEN
        RAISE EXCEPTION 'unknown purpose "%"', fn.a_purpose USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Purposes are rows of clientele.purpose; insert it there first.';
    END IF;
    IF fn.a_channel IS NOT NULL AND NOT EXISTS (SELECT FROM @extschema@.channel c WHERE c.channel = fn.a_channel) THEN
        RAISE EXCEPTION 'unknown channel "%"', fn.a_channel USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Channels are rows of clientele.channel; insert it there first.';
    END IF;
    IF record_consent_event.event = 'relation_start' AND record_consent_event.basis IS NULL THEN
        RAISE EXCEPTION 'relation_start needs a basis' USING ERRCODE = 'null_value_not_allowed',
            HINT = 'basis => ''sale'' or basis => ''contract''';
    END IF;
    IF record_consent_event.event IN ('given', 'confirmed', 'renewed') AND fn.a_at > coalesce(record_consent_event.recorded_at, clock_timestamp()) THEN
        RAISE EXCEPTION 'consent cannot be given in advance: it takes effect at %, after it was recorded', fn.a_at
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF fn.a_version IS NULL AND record_consent_event.notice IS NOT NULL THEN
        -- the version that was shown on that day
        SELECT n.version INTO fn.a_version FROM @extschema@.notice n
        WHERE n.notice = record_consent_event.notice AND n.in_force_from <= fn.a_at
        ORDER BY n.in_force_from DESC, n.builtin, n.version DESC LIMIT 1;
    END IF;

    PERFORM @extschema@.create_ledger();
    who := CASE WHEN whole_person THEN @extschema@.person_records(record_consent_event.subject) ELSE ARRAY[record_consent_event.subject] END;
    WITH entered AS (
        INSERT INTO clientele_ledger.event (subject, event, at, recorded_at, purpose, channel, recipient, basis, expires_at, notice,
            notice_version, product, contact_point, guardian, explicit, source, language)
        SELECT w.subject, record_consent_event.event, fn.a_at, coalesce(record_consent_event.recorded_at, clock_timestamp()), fn.a_purpose,
            fn.a_channel, nullif(record_consent_event.recipient, 'own'), record_consent_event.basis, record_consent_event.expires_at,
            record_consent_event.notice, fn.a_version, record_consent_event.product, record_consent_event.contact_point,
            coalesce(record_consent_event.guardian, false), coalesce(record_consent_event.explicit, false), record_consent_event.source,
            record_consent_event.language
        FROM unnest(who) WITH ORDINALITY w(subject, i) ORDER BY w.i
        RETURNING seq)
    SELECT min(e.seq) INTO result FROM entered e;
    RETURN result;
END
$$;
COMMENT ON FUNCTION @extschema@.record_consent_event(text, text, timestamptz, text, text, text, text, timestamptz, text, text, text, text, boolean, boolean, timestamptz, text, text, boolean)
IS 'Appends what was said or happened to the ledger; effective for the next statement. at: when it took effect (now). No purpose, no channel: all. whole_person: write it for every record the person has today.';

CREATE FUNCTION @extschema@.give_consent(subject text, purpose text, channel text DEFAULT NULL, at timestamptz DEFAULT NULL,
    expires_at timestamptz DEFAULT NULL, notice text DEFAULT 'default', whole_person boolean DEFAULT false) RETURNS bigint
LANGUAGE sql VOLATILE PARALLEL UNSAFE COST 10000
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT @extschema@.record_consent_event(subject, 'given', at, purpose, channel, expires_at => expires_at, notice => notice, whole_person => whole_person)
$$;
COMMENT ON FUNCTION @extschema@.give_consent(text, text, text, timestamptz, timestamptz, text, boolean) IS 'Short for record_consent_event(''given'').';

CREATE FUNCTION @extschema@.withdraw_consent(subject text, purpose text DEFAULT NULL, channel text DEFAULT NULL, at timestamptz DEFAULT NULL) RETURNS bigint
LANGUAGE sql VOLATILE PARALLEL UNSAFE COST 10000
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT @extschema@.record_consent_event(subject, 'withdrawn', at, purpose, channel)
$$;
COMMENT ON FUNCTION @extschema@.withdraw_consent(text, text, text, timestamptz) IS 'Short for record_consent_event(''withdrawn''): Art. 7(3). Without purpose and channel: all consent.';

CREATE FUNCTION @extschema@.object_to(subject text, purpose text DEFAULT NULL, channel text DEFAULT NULL, at timestamptz DEFAULT NULL) RETURNS bigint
LANGUAGE sql VOLATILE PARALLEL UNSAFE COST 10000
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT @extschema@.record_consent_event(subject, 'objected', at, purpose, channel)
$$;
COMMENT ON FUNCTION @extschema@.object_to(text, text, text, timestamptz) IS 'Short for record_consent_event(''objected''): Art. 21. Without purpose and channel: to everything that may be objected to.';

CREATE FUNCTION @extschema@.restrict_processing(subject text, at timestamptz DEFAULT NULL) RETURNS bigint
LANGUAGE sql VOLATILE PARALLEL UNSAFE COST 10000
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT @extschema@.record_consent_event(subject, 'restricted', at)
$$;
COMMENT ON FUNCTION @extschema@.restrict_processing(text, timestamptz) IS 'Short for record_consent_event(''restricted''): Art. 18; ended by the event unrestricted.';

CREATE FUNCTION @extschema@.person_records(subject text) RETURNS text[]
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 10000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    who text[] := ARRAY[subject];
    more text[];
    src record;
BEGIN
    IF to_regclass('clientele_ledger.source') IS NULL THEN
        RETURN who;
    END IF;
    FOR src IN
        -- person_table() said in place: this runs with every decision
        SELECT s.subject_prefix, s.subject_key AS key, coalesce(p.oid, d.oid)::regclass AS person
        FROM clientele_ledger.source s
        JOIN pg_class c ON c.oid = s.relation
        LEFT JOIN pg_class p ON p.oid = s.person
        LEFT JOIN pg_class d ON d.relnamespace = c.relnamespace AND d.relname = (left(c.relname, 56) || '_person')::name AND d.relkind IN ('r', 'p', 'v', 'm')
        WHERE starts_with(subject, s.subject_prefix) ORDER BY s.source
    LOOP
        CONTINUE WHEN src.person IS NULL;
        EXECUTE format('SELECT array_agg(DISTINCT %L || q.record_key::text) FROM %s p JOIN %s q ON q.person_id = p.person_id WHERE p.record_key = (%s)',
                       src.subject_prefix, src.person, src.person, src.key) INTO more USING subject;
        who := who || array_remove(more, subject);
    END LOOP;
    RETURN who;
END
$$;
COMMENT ON FUNCTION @extschema@.person_records(text) IS 'The subjects of all records of the person to whom this record belongs, itself first.';

CREATE FUNCTION @extschema@.decide(subject text, purpose text, channel text DEFAULT 'none', recipient text DEFAULT 'own',
    at timestamptz DEFAULT NULL, known timestamptz DEFAULT NULL, product text DEFAULT NULL,
    OUT allow boolean, OUT reason text, OUT basis text, OUT deciding_event bigint, OUT obligations text[], OUT valid_until timestamptz) RETURNS record
LANGUAGE sql STABLE PARALLEL RESTRICTED COST 20000
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT * FROM @extschema@.decide_records(@extschema@.person_records(subject), purpose, channel, recipient, at, known, product)
$$;
COMMENT ON FUNCTION @extschema@.decide(text, text, text, text, timestamptz, timestamptz, text) IS 'May this record, and with it the person, be used for this purpose on this channel? With the reason, the event it rests on, the duties that come with it, and until when the answer stands. at: on that day (now); known: with what we knew then (all).';

CREATE FUNCTION @extschema@.may_contact(subject text, purpose text, channel text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL RESTRICTED COST 20000
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT d.allow FROM @extschema@.decide_records(@extschema@.person_records(subject), purpose, channel, 'own', NULL, NULL, NULL) d
$$;
COMMENT ON FUNCTION @extschema@.may_contact(text, text, text) IS 'The yes or no of decide(), now.';

--
-- Views
--

CREATE FUNCTION @extschema@.consent_source(source regclass, key_column name DEFAULT NULL, person regclass DEFAULT NULL,
    subject_prefix text DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 10000
SET search_path = pg_catalog, pg_temp
AS $$
<<fn>>
DECLARE
    existing clientele_ledger.source;
    a_key name := consent_source.key_column;
    a_type regtype;
    a_person regclass;
    kind "char";
    keys name[];
    result integer;
BEGIN
    PERFORM @extschema@.create_ledger();
    SELECT s.* INTO existing FROM clientele_ledger.source s WHERE s.relation = consent_source.source;
    IF FOUND THEN
        IF (a_key IS NOT NULL AND a_key <> existing.key_column) OR
           (consent_source.subject_prefix IS NOT NULL AND consent_source.subject_prefix <> existing.subject_prefix) THEN
            RAISE EXCEPTION '% is already known with key "%" and subject prefix "%"', consent_source.source, existing.key_column, existing.subject_prefix
                USING ERRCODE = 'object_not_in_prerequisite_state';
        END IF;
        a_person := @extschema@.person_table(consent_source.source, coalesce(consent_source.person, existing.person));
        IF a_person IS DISTINCT FROM existing.person THEN
            PERFORM @extschema@.check_person_table(a_person, existing.key_type);
            UPDATE clientele_ledger.source s SET person = a_person WHERE s.source = existing.source;
        END IF;
        RETURN existing.source;
    END IF;

    SELECT c.relkind INTO kind FROM pg_class c WHERE c.oid = consent_source.source;
    IF kind NOT IN ('r', 'p', 'f', 'v', 'm') THEN
        RAISE EXCEPTION '% is not a table', consent_source.source USING ERRCODE = 'wrong_object_type';
    END IF;
    IF a_key IS NULL THEN
        SELECT array_agg(a.attname) INTO keys
        FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
        WHERE i.indrelid = consent_source.source AND i.indisprimary;
        IF coalesce(cardinality(keys), 0) <> 1 THEN
            RAISE EXCEPTION '% has no primary key of one column', consent_source.source
                USING ERRCODE = 'invalid_table_definition', HINT = 'Name the column that identifies a record: protect(source, key_column => ''...'').';
        END IF;
        a_key := keys[1];
    END IF;
    SELECT CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END::regtype INTO a_type
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    WHERE a.attrelid = consent_source.source AND a.attname = a_key AND a.attnum > 0 AND NOT a.attisdropped;
    IF a_type IS NULL THEN
        RAISE EXCEPTION '% has no column "%"', consent_source.source, a_key USING ERRCODE = 'undefined_column';
    END IF;
    IF @extschema@.subject_key('x', '', a_type) IS NULL THEN
        RAISE EXCEPTION 'keys of type % are not supported for consent', a_type
            USING ERRCODE = 'feature_not_supported', HINT = 'Keys may be smallint, integer, bigint, uuid, text or varchar.';
    END IF;
    a_person := @extschema@.person_table(consent_source.source, consent_source.person);
    IF a_person IS NOT NULL THEN
        PERFORM @extschema@.check_person_table(a_person, a_type);
    END IF;

    -- the prefix becomes a literal in a dollar-quoted body
    IF consent_source.subject_prefix LIKE '%$%' THEN
        RAISE EXCEPTION 'a subject prefix must not contain "$"' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    INSERT INTO clientele_ledger.source (relation, key_column, key_type, subject_prefix, subject_key, person)
    VALUES (consent_source.source, a_key, a_type, coalesce(consent_source.subject_prefix, ''),
            @extschema@.subject_key('$1', coalesce(consent_source.subject_prefix, ''), a_type), a_person)
    RETURNING clientele_ledger.source.source INTO result;
    EXECUTE format('CREATE TABLE clientele_ledger.allow_%s (key %s, slot integer, basis smallint, until timestamptz NOT NULL, PRIMARY KEY (key, slot, basis))', result, a_type);
    EXECUTE format('CREATE INDEX ON clientele_ledger.allow_%s (slot, key) INCLUDE (until, basis)', result);
    EXECUTE format('COMMENT ON TABLE clientele_ledger.allow_%s IS %L', result, 'State behind consent views of ' || consent_source.source || ': which basis (a bit) holds for which record, and until when');
    EXECUTE format('CREATE TABLE clientele_ledger.deny_%s (key %s, slot integer, bases smallint NOT NULL, PRIMARY KEY (key, slot))', result, a_type);
    EXECUTE format('CREATE INDEX ON clientele_ledger.deny_%s (slot, key) INCLUDE (bases)', result);
    EXECUTE format('COMMENT ON TABLE clientele_ledger.deny_%s IS %L', result, 'State behind consent views of ' || consent_source.source || ': which bases (bits) a record closes for the whole person');
    EXECUTE format('REVOKE ALL ON clientele_ledger.allow_%1$s, clientele_ledger.deny_%1$s FROM PUBLIC', result);
    -- a function of its own, so that its plans are kept
    EXECUTE format($q$CREATE FUNCTION clientele_ledger.apply_%2$s(subjects text[]) RETURNS void LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp AS $body$
    BEGIN
        IF subjects IS NULL OR cardinality(subjects) > 1000 THEN
            CREATE TEMP TABLE clientele_new ON COMMIT DROP AS
                SELECT n.subject, %1$s AS key, n.slot, n.deny, n.basis, n.until, n.next_change FROM @extschema@.consent_state(subjects) n;
            ANALYZE pg_temp.clientele_new;
            CREATE TEMP TABLE clientele_asked ON COMMIT DROP AS SELECT n.subject, %1$s AS key FROM unnest(subjects) n(subject);
            ANALYZE pg_temp.clientele_asked;
            DELETE FROM clientele_ledger.allow_%2$s a
            WHERE (subjects IS NULL OR a.key IN (SELECT k.key FROM pg_temp.clientele_asked k))
              AND NOT EXISTS (SELECT FROM pg_temp.clientele_new n WHERE n.key = a.key AND n.slot = a.slot AND n.basis = a.basis);
            DELETE FROM clientele_ledger.deny_%2$s d
            WHERE (subjects IS NULL OR d.key IN (SELECT k.key FROM pg_temp.clientele_asked k))
              AND NOT EXISTS (SELECT FROM pg_temp.clientele_new n WHERE n.key = d.key AND n.slot = d.slot AND n.deny <> 0);
            INSERT INTO clientele_ledger.deny_%2$s AS d (key, slot, bases)
                SELECT n.key, n.slot, n.deny FROM pg_temp.clientele_new n WHERE n.deny <> 0 AND n.key IS NOT NULL
                ON CONFLICT (key, slot) DO UPDATE SET bases = excluded.bases WHERE d.bases <> excluded.bases;
            INSERT INTO clientele_ledger.allow_%2$s AS a (key, slot, basis, until)
                SELECT n.key, n.slot, n.basis, n.until FROM pg_temp.clientele_new n WHERE n.basis <> 0 AND n.key IS NOT NULL
                ON CONFLICT (key, slot, basis) DO UPDATE SET until = excluded.until WHERE a.until <> excluded.until;
            INSERT INTO clientele_ledger.subject_state AS s (subject, next_change)
                SELECT n.subject, min(n.next_change) FROM pg_temp.clientele_new n WHERE n.next_change IS NOT NULL GROUP BY n.subject
                ON CONFLICT (subject) DO UPDATE SET next_change = excluded.next_change WHERE s.next_change IS DISTINCT FROM excluded.next_change;
            UPDATE clientele_ledger.subject_state s SET next_change = NULL
            WHERE s.next_change IS NOT NULL
              AND (subjects IS NULL OR s.subject IN (SELECT k.subject FROM pg_temp.clientele_asked k))
              AND NOT EXISTS (SELECT FROM pg_temp.clientele_new n WHERE n.subject = s.subject AND n.next_change IS NOT NULL);
            DROP TABLE pg_temp.clientele_new, pg_temp.clientele_asked;
            RETURN;
        END IF;
        WITH new AS MATERIALIZED (
            SELECT n.subject, %1$s AS key, n.slot, n.deny, n.basis, n.until, n.next_change FROM @extschema@.consent_state(subjects) n),
        gone AS (
            DELETE FROM clientele_ledger.allow_%2$s a
            WHERE a.key = ANY (ARRAY(SELECT %1$s FROM unnest(subjects) n(subject)))
              AND NOT EXISTS (SELECT FROM new WHERE new.key = a.key AND new.slot = a.slot AND new.basis = a.basis)),
        gone_deny AS (
            DELETE FROM clientele_ledger.deny_%2$s d
            WHERE d.key = ANY (ARRAY(SELECT %1$s FROM unnest(subjects) n(subject)))
              AND NOT EXISTS (SELECT FROM new WHERE new.key = d.key AND new.slot = d.slot AND new.deny <> 0)),
        closed AS (
            INSERT INTO clientele_ledger.deny_%2$s AS d (key, slot, bases)
            SELECT n.key, n.slot, n.deny FROM new n WHERE n.deny <> 0 AND n.key IS NOT NULL
            ON CONFLICT (key, slot) DO UPDATE SET bases = excluded.bases WHERE d.bases <> excluded.bases),
        opened AS (
            INSERT INTO clientele_ledger.allow_%2$s AS a (key, slot, basis, until)
            SELECT n.key, n.slot, n.basis, n.until FROM new n WHERE n.basis <> 0 AND n.key IS NOT NULL
            ON CONFLICT (key, slot, basis) DO UPDATE SET until = excluded.until WHERE a.until <> excluded.until)
        UPDATE clientele_ledger.subject_state s
        SET next_change = (SELECT min(n.next_change) FROM new n WHERE n.subject = s.subject)
        WHERE s.subject = ANY (subjects)
          AND s.next_change IS DISTINCT FROM (SELECT min(n.next_change) FROM new n WHERE n.subject = s.subject);
    END
    $body$
    $q$, @extschema@.subject_key('n.subject', coalesce(consent_source.subject_prefix, ''), a_type), result);
    EXECUTE format('COMMENT ON FUNCTION clientele_ledger.apply_%s(text[]) IS %L', result, 'Writes the state behind consent views of ' || consent_source.source);
    EXECUTE format('REVOKE ALL ON FUNCTION clientele_ledger.apply_%s(text[]) FROM PUBLIC', result);
    RETURN result;
END
$$;
COMMENT ON FUNCTION @extschema@.consent_source(regclass, name, regclass, text) IS 'Makes a table known to the ledger as one whose rows are people''s records; its number.';

CREATE FUNCTION @extschema@.check_person_table(person regclass, key_type regtype) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    has regtype;
BEGIN
    SELECT CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END::regtype INTO has
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    WHERE a.attrelid = person AND a.attname = 'record_key' AND NOT a.attisdropped;
    IF has IS NULL OR NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = person AND a.attname = 'person_id' AND NOT a.attisdropped) THEN
        RAISE EXCEPTION '% has no columns record_key and person_id', person
            USING ERRCODE = 'undefined_column', HINT = 'Name the table that says which records are one person: protect(source, person => ...).';
    END IF;
    IF has <> key_type AND NOT (has IN (25, 1043) AND key_type IN (25, 1043)) THEN
        RAISE EXCEPTION '%.record_key is of type %, the key of the source is of type %', person, has, key_type
            USING ERRCODE = 'datatype_mismatch';
    END IF;
    IF EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = person AND a.attname = 'source' AND NOT a.attisdropped) THEN
        RAISE EXCEPTION '% spans several sources, which consent views do not support yet', person USING ERRCODE = 'feature_not_supported';
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.check_person_table(regclass, regtype) IS 'Raises an error unless the table says which records are one person in a way that consent views can use.';

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

CREATE FUNCTION @extschema@.rebuild_consent_views(source regclass DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v record;
    n integer := 0;
BEGIN
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
