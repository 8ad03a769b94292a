/* Install script of clientele; assembled from src/<module>/<module>.sql by the Makefile. */

-- complain if script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION clientele" to load this file. \quit

-- nothing below may be captured by an object of the database it is installed into
SET LOCAL search_path = pg_catalog, pg_temp;

--
-- The schema is made here and not by the control file's "schema": only so is
-- it a member of the extension, dropped with it, and a schema of that name
-- that somebody has prepared beforehand makes the installation fail instead of
-- being trusted.  The parts write @extschema@ for it, which the Makefile fills in.
--
CREATE SCHEMA @extschema@;
COMMENT ON SCHEMA @extschema@ IS 'clientele: customer data platform inside PostgreSQL';
GRANT USAGE ON SCHEMA @extschema@ TO PUBLIC;
