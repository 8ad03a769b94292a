# A stored affinity whose items are of a type of the user's own, dumped and restored into another database, where types have other oids.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE shop; CREATE DATABASE restored');
$node->safe_psql('shop', q{
    CREATE EXTENSION clientele;
    CREATE SCHEMA "My Shop";
    CREATE TYPE "My Shop"."Size" AS ENUM ('S', 'M', 'L', 'quote " and \ in it');
    CREATE TYPE "My Shop"."Article" AS (name text, size "My Shop"."Size");
    CREATE TABLE state (id int, a clientele.affinity, s clientele.item_sequence);
    INSERT INTO state
    SELECT 1, clientele.affinity_agg(i / 4, ((enum_range(NULL::"My Shop"."Size"))[1 + i * i % 7 % 4])),
           clientele.sequence_agg(i / 4, timestamptz '2024-01-01 00:00+00' + make_interval(days => i), ((enum_range(NULL::"My Shop"."Size"))[1 + i * i % 7 % 4]), interval '9 days')
    FROM generate_series(1, 200) i;
    INSERT INTO state
    SELECT 2, clientele.affinity_agg(('{b' || i / 3 || ',"x y"}')::text[], ROW('it,em "' || i * i % 11, 'M')::"My Shop"."Article"), NULL
    FROM generate_series(1, 200) i;
});
my %query = (
	pairs => q{SELECT string_agg(concat_ws(' ', antecedent, consequent, pair_count), ',' ORDER BY antecedent, consequent)
               FROM clientele.affinity_pairs((SELECT a FROM state WHERE id = 1), NULL::"My Shop"."Size")},
	rows => q{SELECT string_agg(concat_ws(' ', antecedent, consequent, pair_count), ',' ORDER BY antecedent, consequent)
              FROM clientele.affinity_pairs((SELECT a FROM state WHERE id = 2), NULL::"My Shop"."Article")},
	sequences => q{SELECT string_agg(concat_ws(' ', antecedent, consequent, sequence_count), ',' ORDER BY antecedent, consequent)
                   FROM clientele.sequence_rules((SELECT s FROM state WHERE id = 1), NULL::"My Shop"."Size")},
	text => 'SELECT md5(string_agg(a::text || s::text, chr(10) ORDER BY id)) FROM state');
my %before = map { $_ => $node->safe_psql('shop', $query{$_}) } keys %query;
my $dump = $node->basedir . '/dump.sql';
my $copy = $node->basedir . '/state.bin';
$node->command_ok([ 'pg_dump', '--no-sync', '-p', $node->port, '-h', $node->host, '-f', $dump, 'shop' ], 'the shop is dumped');

# oids differ in the other database
$node->safe_psql('restored', 'CREATE TYPE first AS ENUM (); CREATE TYPE second AS (a int)');
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-p', $node->port, '-h', $node->host, '-f', $dump, 'restored' ], 'and restored');
isnt($node->safe_psql('restored', q{SELECT '"My Shop"."Size"'::regtype::oid}), $node->safe_psql('shop', q{SELECT '"My Shop"."Size"'::regtype::oid}),
	'where the type of the items has another oid');
for my $what (sort keys %query)
{
	ok(length($before{$what}) > 20, "$what: there is something to compare");
	is($node->safe_psql('restored', $query{$what}), $before{$what}, "$what: the same answers");
}

# and in binary, which names types as well
$node->safe_psql('shop', "COPY state TO '$copy' (FORMAT binary)");
$node->safe_psql('restored', "TRUNCATE state; COPY state FROM '$copy' (FORMAT binary)");
is($node->safe_psql('restored', $query{pairs}), $before{pairs}, 'COPY in binary brings them over, too');

# damaged bytes: an error or a value that can be written again, never a lost server
$node->safe_psql('shop', q{
    CREATE TABLE small (a clientele.affinity);
    INSERT INTO small SELECT clientele.affinity_agg(i / 3, 'item ' || i * i % 7) FROM generate_series(1, 30) i;
});
$node->safe_psql('shop', "COPY small TO '$copy' (FORMAT binary)");
my $bytes = slurp_file($copy);
my $size = length($bytes);
my $script = $node->basedir . '/flips.sql';
my $flips = 0;
my $psql = "CREATE TEMP TABLE damaged (a clientele.affinity);\n";
# after the signature, flags, header extension, number of columns and length: 11 + 4 + 4 + 2 + 4
for my $at (25 .. $size - 3)
{
	for my $bit (0, 3, 7)
	{
		my $wrong = $bytes;
		substr($wrong, $at, 1) = chr(ord(substr($bytes, $at, 1)) ^ (1 << $bit));
		my $file = $node->basedir . "/flip$flips.bin";
		open(my $out, '>:raw', $file) or die $!;
		print $out $wrong;
		close($out);
		$flips++;
		$psql .= "COPY damaged FROM '$file' (FORMAT binary);\n";
	}
}
$psql .= "SELECT 'kept', count(*), bool_and(a::text = a::text::clientele.affinity::text) FROM damaged;\n";
open(my $out, '>', $script) or die $!;
print $out $psql;
close($out);
my ($stdout, $stderr) = run_command([ 'psql', '-X', '-q', '-At', '-p', $node->port, '-h', $node->host, '-f', $script, 'shop' ]);
my $errors = () = $stderr =~ /ERROR:/g;
like($stdout, qr/^kept\|\d+\|t?$/m, 'values that are taken in spite of a flipped bit are sound');
my ($kept) = $stdout =~ /^kept\|(\d+)/m;
is($errors + ($kept // 0), $flips, "every one of $flips flipped bits gave an error or a value");
ok($errors > $flips / 2, "most gave an error ($errors)");
unlike($stderr, qr/terminat|server closed|XX000|internal error/i, 'and none took the server down');

$node->stop;
done_testing();
