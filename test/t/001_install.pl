# Installing, upgrading, dropping; in clean and in hostile databases, as superuser and as plain owner of a database.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use CltTest qw(signature install_version extension_dir default_version read_script);

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
my $version = default_version();

# fresh
$node->safe_psql('postgres', 'CREATE DATABASE fresh');
$node->safe_psql('fresh', 'CREATE EXTENSION clientele');
my $fresh = signature($node, 'fresh');
cmp_ok(scalar(split /\n/, $fresh), '>=', 3, 'a fresh install has a signature');

# DROP EXTENSION leaves nothing behind
my $everything = q{
    SELECT 'p', oid::regprocedure::text FROM pg_proc UNION ALL SELECT 't', oid::regtype::text FROM pg_type
    UNION ALL SELECT 'c', oid::regclass::text FROM pg_class WHERE relnamespace <> 'pg_toast'::regnamespace
    UNION ALL SELECT 'n', nspname FROM pg_namespace
    UNION ALL SELECT 'o', oid::regoperator::text FROM pg_operator UNION ALL SELECT 'k', oid::text FROM pg_cast WHERE oid >= 16384
    UNION ALL SELECT 'r', rolname FROM pg_roles UNION ALL SELECT 'e', evtname FROM pg_event_trigger
    ORDER BY 1, 2};
$node->safe_psql('postgres', 'CREATE DATABASE dropped');
my $before = $node->safe_psql('dropped', $everything);
$node->safe_psql('dropped', 'CREATE EXTENSION clientele');
isnt($node->safe_psql('dropped', $everything), $before, 'CREATE EXTENSION makes objects');
$node->safe_psql('dropped', 'DROP EXTENSION clientele');
is($node->safe_psql('dropped', $everything), $before, 'DROP EXTENSION leaves nothing behind');
$node->safe_psql('dropped', 'CREATE EXTENSION clientele');
is(signature($node, 'dropped'), $fresh, 'and it can be created again');

# every frozen version updates to what a fresh install is
my @frozen = map { /clientele--([0-9.]+)\.sql$/ ? $1 : () } glob(extension_dir() . '/clientele--*.sql');
for my $old (grep { $_ ne $version } @frozen)
{
	(my $db = "from_$old") =~ tr/./_/;
	$node->safe_psql('postgres', "CREATE DATABASE $db");
	$node->safe_psql($db, "CREATE EXTENSION clientele VERSION '$old'");
	$node->safe_psql($db, "ALTER EXTENSION clientele UPDATE TO '$version'");
	is(signature($node, $db), $fresh, "upgraded from $old = fresh");
}

# The comparison itself must be able to fail: an "older version" whose upgrade forgets one mark of one function.
{
	my $script = read_script($version);
	my $mutated = $script;
	ok($mutated =~ s/LANGUAGE c STABLE PARALLEL SAFE STRICT\nAS 'MODULE_PATHNAME', 'clt_library_version'/LANGUAGE c STABLE PARALLEL SAFE\nAS 'MODULE_PATHNAME', 'clt_library_version'/,
		'the script has the function that is mutated');
	install_version('0.0.0', $mutated);
	install_version("0.0.0--$version", "/* no SQL changes */\n");
	$node->safe_psql('postgres', 'CREATE DATABASE mutated');
	$node->safe_psql('mutated', "CREATE EXTENSION clientele VERSION '0.0.0'");
	$node->safe_psql('mutated', "ALTER EXTENSION clientele UPDATE TO '$version'");
	isnt(signature($node, 'mutated'), $fresh, 'a forgotten STRICT shows in the signature');

	install_version('0.0.1', $mutated);
	install_version("0.0.1--$version", "ALTER FUNCTION clientele.library_version() STRICT;\n");
	$node->safe_psql('postgres', 'CREATE DATABASE mended');
	$node->safe_psql('mended', "CREATE EXTENSION clientele VERSION '0.0.1'");
	$node->safe_psql('mended', "ALTER EXTENSION clientele UPDATE TO '$version'");
	is(signature($node, 'mended'), $fresh, 'an upgrade script that repairs it gives a fresh install');
	unlink map { extension_dir() . "/clientele--$_.sql" } '0.0.0', "0.0.0--$version", '0.0.1', "0.0.1--$version";
}

# dump and restore
$node->safe_psql('postgres', 'CREATE DATABASE restored');
my $dump = $node->basedir . '/fresh.sql';
$node->command_ok([ 'pg_dump', '-f', $dump, $node->connstr('fresh') ], 'pg_dump');
$node->command_ok([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-f', $dump, $node->connstr('restored') ], 'restore');
is(signature($node, 'restored'), $fresh, 'a restored database is as the dumped one');

# hostile objects in public, in search_path first
$node->safe_psql('postgres', 'CREATE DATABASE hostile');
$node->safe_psql('hostile', <<'SQL');
CREATE TABLE public.victim (what text);
CREATE FUNCTION public.trap(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.victim VALUES ($1); RETURN $1; END $$;
CREATE FUNCTION public.lower(text) RETURNS text LANGUAGE sql AS $$ SELECT public.trap('lower') $$;
CREATE FUNCTION public.format(text, VARIADIC text[]) RETURNS text LANGUAGE sql AS $$ SELECT public.trap('format') $$;
CREATE FUNCTION public.pg_extension_config_dump(regclass, text) RETURNS text LANGUAGE sql AS $$ SELECT public.trap('config_dump') $$;
CREATE FUNCTION public.trapeq(text, text) RETURNS bool LANGUAGE sql AS $$ SELECT public.trap('=') IS NULL $$;
CREATE OPERATOR public.= (LEFTARG = text, RIGHTARG = text, FUNCTION = public.trapeq);
CREATE DOMAIN public.text AS pg_catalog.int4;
CREATE TYPE public.float8 AS ENUM ('hijacked');
ALTER DATABASE hostile SET search_path = public, pg_catalog;
SQL
$node->safe_psql('hostile', 'CREATE EXTENSION clientele');
is(signature($node, 'hostile'), $fresh, 'hostile objects in public do not change what is installed');
is($node->safe_psql('hostile', 'SELECT pg_catalog.count(*) FROM public.victim'), '0', 'and none of them ran');

# a schema of our name that somebody has prepared is not trusted
$node->safe_psql('postgres', 'CREATE DATABASE squatted');
$node->safe_psql('squatted', 'CREATE SCHEMA clientele');
my ($status, $out, $err) = $node->psql('squatted', 'CREATE EXTENSION clientele');
isnt($status, 0, 'a prepared schema makes the installation fail');
like($err, qr/schema "clientele" already exists/, 'and says so');

# a trusted install by the plain owner of a database
$node->safe_psql('postgres', 'CREATE ROLE shop LOGIN; CREATE DATABASE owned OWNER shop');
($status, $out, $err) = $node->psql('owned', 'CREATE EXTENSION clientele', extra_params => [ '-U', 'shop' ]);
is($status, 0, 'the owner of a database may install it') or diag $err;
is($node->safe_psql('owned', 'SELECT clientele.library_version()', extra_params => [ '-U', 'shop' ]), $version, 'and use it');
($status, $out, $err) = $node->psql('owned', 'DROP EXTENSION clientele', extra_params => [ '-U', 'shop' ]);
is($status, 0, 'and drop it') or diag $err;

$node->stop;
done_testing();
