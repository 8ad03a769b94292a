--
-- footer: the schema is ours and readable by all; what acts for another role
-- has been revoked from PUBLIC beside its definition.
--

COMMENT ON SCHEMA @extschema@ IS 'clientele: customer data platform inside PostgreSQL';
GRANT USAGE ON SCHEMA @extschema@ TO PUBLIC;
