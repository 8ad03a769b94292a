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
