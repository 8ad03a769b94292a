/* Install script of clientele; assembled from src/<module>/<module>.sql by the Makefile. */

-- complain if script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION clientele" to load this file. \quit

-- nothing below may be captured by an object of the database it is installed into
SET LOCAL search_path = pg_catalog, pg_temp;
