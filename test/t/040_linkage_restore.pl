# A database with models, results and decisions, dumped and restored: everything goes on where it stood.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE firm; CREATE DATABASE restored; CREATE ROLE analyst LOGIN; GRANT CREATE ON DATABASE firm TO analyst');
$node->safe_psql('firm', q{
    CREATE EXTENSION clientele;
    CREATE SCHEMA "My Data";
    CREATE TABLE "My Data"."Con'tact" (id int PRIMARY KEY, first_name text, last_name text, email text, birth_date date);
    INSERT INTO "My Data"."Con'tact" SELECT i, initcap(substr(md5('f' || i % 60), 1, 6)), initcap(substr(md5('l' || i % 97), 1, 8)), md5('e' || i) || '@example.org', date '1950-01-01' + (i * 7919) % 20000
    FROM generate_series(1, 400) i;
    INSERT INTO "My Data"."Con'tact" SELECT id + 1000, upper(first_name), last_name, email, birth_date FROM "My Data"."Con'tact" WHERE id <= 60;
    CREATE TABLE shop AS SELECT 'S' || id AS no, first_name AS vorname, last_name AS nachname, email AS mail FROM "My Data"."Con'tact" WHERE id BETWEEN 100 AND 300;
    ALTER TABLE shop ADD PRIMARY KEY (no);
    CREATE TABLE letter AS SELECT id + 7 AS id, first_name, last_name AS surname, email FROM "My Data"."Con'tact" WHERE id BETWEEN 200 AND 390;
    ALTER TABLE letter ADD PRIMARY KEY (id);
    CALL clientele.dedupe('"My Data"."Con''tact"', 'people');
    CALL clientele.link_all(ARRAY['"My Data"."Con''tact"', 'shop', 'letter']::regclass[], 'every', true);
    SELECT clientele.merge('people', 7, 100, 'phoned'), clientele.unmerge('people', 1003, 'his son'), clientele.assert_different('people', 5, 1005, 'twins');
    SELECT clientele.merge('people', 200, 201, 'by mistake');
    SELECT clientele.undo_decision('people', max(decision), 'it was one') FROM clientele.decisions('people');
    SELECT clientele.assert_different('every', '250', 'S250', 'no', a_source => '"My Data"."Con''tact"');
});
$node->safe_psql('firm', q{
    CREATE SCHEMA AUTHORIZATION analyst;
    CREATE TABLE analyst.lead (id int PRIMARY KEY, first_name text, last_name text, birth_date date);
    INSERT INTO analyst.lead SELECT i, 'Name' || md5(i::text), 'Sur' || md5('s' || i), date '1950-01-01' + i FROM generate_series(1, 200) i;
    INSERT INTO analyst.lead SELECT id + 1000, first_name, last_name, birth_date FROM analyst.lead WHERE id <= 20;
    ALTER TABLE analyst.lead OWNER TO analyst;
    GRANT USAGE ON SCHEMA clientele TO analyst;
});
$node->safe_psql('firm', q{CALL clientele.dedupe('analyst.lead'); SELECT clientele.merge('lead', 100, 101, 'hers')}, extra_params => [ '-U', 'analyst' ]);

my %query = (
	persons => q{SELECT md5(string_agg(p::text, ',' ORDER BY record_key)) FROM "My Data".people_person p},
	pairs => q{SELECT md5(string_agg(p::text, ',' ORDER BY left_key, right_key)) FROM "My Data".people_pair p},
	golden => q{SELECT md5(string_agg(g::text, ',' ORDER BY person_id)) FROM "My Data".people_golden g},
	linked => q{SELECT md5(string_agg(p::text, ',' ORDER BY source::text, record_key)) FROM "My Data".every_person p},
	decisions => q{SELECT md5(string_agg(concat_ws(' ', d.decision, d.kind, d.left_source, d.left_key, d.right_source, d.right_key, d.in_force, d.reason, d.decided_by, d.undone_reason), ',' ORDER BY d.decision, d.left_key, d.right_key))
                   FROM clientele.decisions('people') d},
	decided => q{SELECT md5(string_agg(d::text, ',' ORDER BY decision)) FROM clientele.decisions('every') d},
	current => q{SELECT clientele.current_person('people', 100)},
	path => q{SELECT string_agg(e::text, ',') FROM clientele.explain_path('people', 1007, 100) e},
	explained => q{SELECT string_agg(e::text, ',') FROM clientele.explain('people', 9, 1009) e},
	search => q{SELECT string_agg(s::text, ',') FROM clientele.search('people', (SELECT to_jsonb(c) FROM "My Data"."Con'tact" c WHERE id = 11), 3) s},
	identify => q{SELECT clientele.identify('people', 1012)},
	queue => q{SELECT md5(coalesce(string_agg(q::text, ','), '')) FROM clientele.review_queue('people') q},
	parameters => q{SELECT md5(string_agg(p::text, ',')) FROM clientele.model_parameters('people') p});
my %before = map { $_ => $node->safe_psql('firm', $query{$_}) } keys %query;
my $hers = q{SELECT md5(string_agg(p::text, ',' ORDER BY record_key)) || (SELECT count(*) FROM clientele.decisions('lead')) FROM analyst.lead_person p};
my $her_before = $node->safe_psql('firm', $hers, extra_params => [ '-U', 'analyst' ]);

my $dump = $node->basedir . '/dump.sql';
$node->command_ok([ 'pg_dump', '--no-sync', '-p', $node->port, '-h', $node->host, '-f', $dump, 'firm' ], 'the database is dumped');
$node->safe_psql('restored', 'CREATE TABLE first (a int)');
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-p', $node->port, '-h', $node->host, '-f', $dump, 'restored' ], 'and restored');
isnt($node->safe_psql('restored', q{SELECT '"My Data"."Con''tact"'::regclass::oid}), $node->safe_psql('firm', q{SELECT '"My Data"."Con''tact"'::regclass::oid}), 'where tables have other oids');
for my $what (sort keys %query)
{
	ok(length($before{$what}) > 0, "$what: there is something to compare");
	is($node->safe_psql('restored', $query{$what}), $before{$what}, "$what: the same");
}
is($node->safe_psql('restored', $hers, extra_params => [ '-U', 'analyst' ]), $her_before, q{another's model and decision are hers});
is($node->safe_psql('restored', q{SELECT count(*) FROM clientele.linkage_model}, extra_params => [ '-U', 'analyst' ]), '1', 'and she sees no other');

# the next runs: numbers and decisions hold
$node->safe_psql('restored', q{CALL clientele.resolve('people'); CALL clientele.resolve('every')});
for my $what (qw(persons pairs linked decisions current))
{
	is($node->safe_psql('restored', $query{$what}), $before{$what}, "$what: the same after the next run");
}
# and from the beginning: what was decided is remembered
$node->safe_psql('restored', q{CALL clientele.dedupe('"My Data"."Con''tact"', 'people')});
is($node->safe_psql('restored', $query{persons}), $before{persons}, 'persons: the same after training anew');
# new decisions get new numbers
$node->safe_psql('restored', q{SELECT clientele.merge('people', 300, 301, 'new')});
is($node->safe_psql('restored', q{SELECT max(decision) FILTER (WHERE reason = 'new') > max(decision) FILTER (WHERE reason IS DISTINCT FROM 'new') FROM clientele.linkage_decision}), 't',
	'the numbers of decisions go on');
my $highest = $node->safe_psql('restored', q{SELECT max(person_id) FROM "My Data".people_person});
cmp_ok($node->safe_psql('restored', q{SELECT clientele.unmerge('people', 1020, 'new')}), '>', $highest, 'and those of persons');
$node->stop;
done_testing();
