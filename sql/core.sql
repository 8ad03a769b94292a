-- The versions of library and SQL objects.
SELECT clientele.library_version() = extversion AS same_version FROM pg_extension WHERE extname = 'clientele';
