# What the TAP tests share: a catalogue signature and versions made for a test.
package CltTest;

use strict;
use warnings;
use Exporter 'import';
our @EXPORT_OK = qw(signature install_version extension_dir default_version read_script);

sub extension_dir { return "$ENV{CLT_SHAREDIR}/extension"; }

sub default_version
{
	open my $control, '<', "$ENV{CLT_TOP}/clientele.control" or die $!;
	my ($version) = map { /^default_version = '(.*)'/ ? $1 : () } <$control>;
	return $version;
}

sub read_script
{
	my ($version) = @_;
	open my $script, '<', extension_dir() . "/clientele--$version.sql" or die "$version: $!";
	local $/;
	return scalar <$script>;
}

# Writes a script into the staged extension folder.
sub install_version
{
	my ($name, $text) = @_;
	open my $script, '>', extension_dir() . "/clientele--$name.sql" or die "$name: $!";
	print $script $text;
	close $script;
	return;
}

# One line for every member with all that an upgrade script can forget: volatility, strictness, parallel mark, cost,
# configuration, rights, columns, comments, definitions.
sub signature
{
	my ($node, $database) = @_;
	return $node->safe_psql($database, <<'SQL');
SET search_path = pg_catalog;
WITH member AS (
    SELECT d.classid, d.objid, i.type, i.identity
    FROM pg_depend d JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
    CROSS JOIN LATERAL pg_identify_object(d.classid, d.objid, 0) i
    WHERE e.extname = 'clientele' AND d.deptype = 'e')
SELECT line FROM (
    SELECT type || ' ' || identity || ' ' || coalesce(obj_description(objid, classid::regclass::name), '') AS line FROM member
    UNION ALL
    SELECT concat_ws(' | ', 'function', identity, pg_get_function_arguments(p.oid), pg_get_function_result(p.oid), l.lanname,
           p.prokind, p.provolatile, p.proisstrict, p.proparallel, p.proleakproof, p.procost, p.prorows, p.prosecdef,
           p.proconfig, p.proacl, p.probin, md5(p.prosrc), p.prosupport)
    FROM member m JOIN pg_proc p ON m.classid = 'pg_proc'::regclass AND p.oid = m.objid JOIN pg_language l ON l.oid = p.prolang
    UNION ALL
    SELECT concat_ws(' | ', 'aggregate', identity, to_jsonb(a) - '{aggfnoid,aggtranstype,aggmtranstype,aggsortop}'::text[],
           a.aggtranstype::regtype, a.aggmtranstype::regtype, a.aggsortop::regoperator)
    FROM member m JOIN pg_aggregate a ON m.classid = 'pg_proc'::regclass AND a.aggfnoid = m.objid
    UNION ALL
    SELECT concat_ws(' | ', 'column', c.oid::regclass, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
           a.attcollation::regcollation, a.attstorage, pg_get_expr(d.adbin, d.adrelid), col_description(c.oid, a.attnum))
    FROM member m JOIN pg_class c ON m.classid = 'pg_class'::regclass AND c.oid = m.objid
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    UNION ALL
    SELECT concat_ws(' | ', 'relation', c.oid::regclass, c.relkind, c.relacl, c.reloptions, c.relrowsecurity, c.relforcerowsecurity,
           CASE WHEN c.relkind = 'v' THEN md5(pg_get_viewdef(c.oid)) END)
    FROM member m JOIN pg_class c ON m.classid = 'pg_class'::regclass AND c.oid = m.objid
    UNION ALL
    SELECT concat_ws(' | ', 'constraint', k.conrelid::regclass, k.conname, pg_get_constraintdef(k.oid))
    FROM member m JOIN pg_constraint k ON m.classid = 'pg_class'::regclass AND k.conrelid = m.objid
    UNION ALL
    SELECT concat_ws(' | ', 'index', pg_get_indexdef(x.indexrelid))
    FROM member m JOIN pg_index x ON m.classid = 'pg_class'::regclass AND x.indrelid = m.objid
    UNION ALL
    SELECT concat_ws(' | ', 'trigger', pg_get_triggerdef(t.oid))
    FROM member m JOIN pg_trigger t ON m.classid = 'pg_class'::regclass AND t.tgrelid = m.objid AND NOT t.tgisinternal
    UNION ALL
    SELECT concat_ws(' | ', 'type', identity, t.typlen, t.typbyval, t.typtype, t.typcategory, t.typispreferred, t.typinput, t.typoutput,
           t.typreceive, t.typsend, t.typmodin, t.typanalyze, t.typalign, t.typstorage, t.typacl)
    FROM member m JOIN pg_type t ON m.classid = 'pg_type'::regclass AND t.oid = m.objid
    UNION ALL
    SELECT concat_ws(' | ', 'operator', o.oid::regoperator, o.oprcode, o.oprrest, o.oprjoin, o.oprcanhash, o.oprcanmerge,
           o.oprcom::regoperator, o.oprnegate::regoperator)
    FROM member m JOIN pg_operator o ON m.classid = 'pg_operator'::regclass AND o.oid = m.objid
    UNION ALL
    SELECT concat_ws(' | ', 'opclass', identity, o.opcdefault, a.amopstrategy, a.amopopr::regoperator)
    FROM member m JOIN pg_opclass o ON m.classid = 'pg_opclass'::regclass AND o.oid = m.objid
    LEFT JOIN pg_amop a ON a.amopfamily = o.opcfamily
    UNION ALL
    SELECT concat_ws(' | ', 'opclass support', identity, p.amprocnum, p.amproc)
    FROM member m JOIN pg_opclass o ON m.classid = 'pg_opclass'::regclass AND o.oid = m.objid
    JOIN pg_amproc p ON p.amprocfamily = o.opcfamily
    UNION ALL
    SELECT concat_ws(' | ', 'cast', identity, c.castfunc::regprocedure, c.castcontext, c.castmethod)
    FROM member m JOIN pg_cast c ON m.classid = 'pg_cast'::regclass AND c.oid = m.objid
    UNION ALL
    SELECT concat_ws(' | ', 'config', c.table_name, c.condition)
    FROM pg_extension e, LATERAL (SELECT unnest(extconfig)::regclass AS table_name, unnest(extcondition) AS condition) c
    WHERE e.extname = 'clientele'
    UNION ALL
    SELECT concat_ws(' | ', 'schema', n.nspname, n.nspacl)
    FROM member m JOIN pg_namespace n ON m.classid = 'pg_namespace'::regclass AND n.oid = m.objid
) s ORDER BY 1;
SQL
}

1;
