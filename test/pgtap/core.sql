-- What holds of every object of the extension, whatever its module.
BEGIN;
SELECT no_plan();

CREATE TEMP VIEW member AS
SELECT d.classid, d.objid, d.objsubid, i.identity, i.type
FROM pg_depend d
JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
CROSS JOIN LATERAL pg_identify_object(d.classid, d.objid, 0) i
WHERE e.extname = 'clientele' AND d.deptype = 'e';

CREATE TEMP VIEW member_function AS
SELECT m.identity, p.*, l.lanname
FROM member m JOIN pg_proc p ON m.classid = 'pg_proc'::regclass AND m.objid = p.oid
JOIN pg_language l ON l.oid = p.prolang;

SELECT cmp_ok((SELECT count(*) FROM member), '>', 0::bigint, 'the extension has members');
SELECT is(clientele.library_version(), (SELECT extversion FROM pg_extension WHERE extname = 'clientele'),
          'library and SQL objects are of one version');

SELECT is_empty($$
    SELECT type, identity FROM member
    WHERE obj_description(objid, (SELECT relname FROM pg_class WHERE oid = classid)) IS NULL
      -- array types, row types, opfamily members and internal parts are described by what they belong to
      AND type NOT IN ('operator of access method', 'function of access method', 'rule', 'trigger', 'table constraint', 'default value', 'sequence', 'index')
      AND NOT (type = 'type' AND EXISTS (SELECT FROM pg_type t WHERE t.oid = objid AND (t.typelem <> 0 AND t.typcategory = 'A'
               OR EXISTS (SELECT FROM pg_class c WHERE c.oid = t.typrelid AND c.relkind <> 'c'))))
      AND NOT (type = 'operator family' AND EXISTS (SELECT FROM pg_opclass o WHERE o.opcfamily = objid))
    ORDER BY 1, 2 $$, 'every object has a comment');

SELECT is_empty($$
    SELECT a.attrelid::regclass, a.attname
    FROM member m JOIN pg_class c ON m.classid = 'pg_class'::regclass AND m.objid = c.oid AND c.relkind IN ('r', 'v')
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE col_description(a.attrelid, a.attnum) IS NULL $$, 'every column of a table or view has a comment');

SELECT is_empty($$
    SELECT identity FROM member_function
    WHERE lanname IN ('plpgsql', 'sql') AND proconfig IS NULL AND prokind <> 'p' AND prosqlbody IS NULL
      AND prosrc !~ 'qualified:' $$,
    'every plpgsql and SQL function pins its search_path, or says "qualified:" and why');

SELECT is_empty($$
    SELECT identity, proconfig FROM member_function
    WHERE proconfig IS NOT NULL AND NOT 'search_path=pg_catalog, pg_temp' = ANY (proconfig) $$,
    'the pinned search_path is pg_catalog, pg_temp');

SELECT is_empty($$ SELECT identity FROM member_function WHERE prosecdef $$, 'nothing is SECURITY DEFINER');

-- named here, so that a forgotten PARALLEL SAFE is seen; the reason stands beside each
SELECT is_empty($$
    SELECT identity FROM member_function WHERE prokind IN ('f', 'a', 'w') AND proparallel = 'u' AND provolatile <> 'v'
    $$, 'only volatile functions are parallel unsafe');

SELECT is_empty($$
    SELECT o.oid::regoperator FROM member m JOIN pg_operator o ON m.classid = 'pg_operator'::regclass AND m.objid = o.oid
    WHERE o.oprresult = 'bool'::regtype AND (o.oprrest = 0 OR o.oprjoin = 0 OR o.oprnegate = 0) $$,
    'boolean operators have estimators and negators');

SELECT is_empty($$
    SELECT m.identity FROM member m WHERE m.type = 'extension member' $$, 'no odd members');

SELECT is_empty($$
    SELECT nspname, relname FROM member m JOIN pg_class c ON m.classid = 'pg_class'::regclass AND m.objid = c.oid
    JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname <> 'clientele' $$, 'all relations lie in schema clientele');

SELECT is_empty($$
    SELECT m.identity FROM member m JOIN pg_class c ON m.classid = 'pg_class'::regclass AND m.objid = c.oid
    CROSS JOIN LATERAL aclexplode(c.relacl) a
    WHERE a.grantee = 0 AND a.privilege_type <> 'SELECT' AND NOT c.relrowsecurity AND NOT (c.relkind = 'S' AND a.privilege_type = 'USAGE') $$,
    'PUBLIC may at most read our tables, but for its own rows under row security, and draw numbers for these');

-- what a message quotes of long input is not cut within a character, which no client could be sent
CREATE FUNCTION pg_temp.message_of(type text, value text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SELECT %L::%s', value, type);
    RETURN NULL;
EXCEPTION WHEN OTHERS THEN
    RETURN SQLERRM;
END $$;
CREATE FUNCTION pg_temp.is_whole(message text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    RETURN convert_from(convert_to(message, 'UTF8'), 'UTF8') IS NOT NULL;
EXCEPTION WHEN character_not_in_repertoire THEN
    RETURN false;
END $$;
SELECT is_empty($$
    SELECT format_type(m.objid, NULL), odd FROM member m JOIN pg_type t ON m.classid = 'pg_type'::regclass AND m.objid = t.oid AND t.typtype = 'b' AND t.typcategory <> 'A'
    CROSS JOIN generate_series(0, 1) odd
    WHERE NOT pg_temp.is_whole(pg_temp.message_of(format_type(m.objid, NULL), repeat('x', odd) || repeat('é', 200))) $$, 'messages quote whole characters');

SELECT * FROM finish();
ROLLBACK;
