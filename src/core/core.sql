--
-- core
--

CREATE FUNCTION @extschema@.library_version() RETURNS text
LANGUAGE c STABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'clt_library_version';
COMMENT ON FUNCTION @extschema@.library_version() IS
'Version of the loaded clientele library; compare with pg_extension.extversion after an upgrade of the package.';
