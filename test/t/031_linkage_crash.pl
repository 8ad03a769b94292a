# A server that dies in the middle of a linkage job, and a standby that takes its place: the old result is whole, and the next job does it all.
use strict;
use warnings;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);

my $primary = PostgreSQL::Test::Cluster->new('primary');
$primary->init(allows_streaming => 1);
$primary->append_conf('postgresql.conf', "max_parallel_workers = 4\nmax_worker_processes = 8");
$primary->start;
$primary->safe_psql('postgres', q{
    CREATE EXTENSION clientele;
    CREATE EXTENSION amcheck;
    CREATE TABLE contact (id int PRIMARY KEY, first_name text, last_name text, email text, phone text, birth_date date, city text);
    INSERT INTO contact
    SELECT p, initcap(translate(substr(md5('f' || p % 311), 1, 6), '0123456789', 'ghijklmnop')), initcap(translate(substr(md5('l' || p % 2903), 1, 8), '0123456789', 'ghijklmnop')),
           'p' || p || '@example.rs', '+381 6' || (10000000 + p * 7919), date '1950-01-01' + (p * 37 % 20000), initcap(translate(substr(md5('c' || p % 53), 1, 7), '0123456789', 'ghijklmnop'))
    FROM generate_series(1, 16000) p;
    INSERT INTO contact SELECT id + 100000, upper(first_name), last_name, CASE WHEN id % 2 = 0 THEN email END, phone, birth_date, city FROM contact WHERE id <= 4000;
    CALL clientele.dedupe('contact');
    SELECT clientele.merge('contact', 1, 2, 'said so');
    SELECT clientele.assert_different('contact', 3, 100003, 'said so');
});
my $result = q{SELECT (SELECT md5(string_agg(p::text, ',' ORDER BY left_key, right_key)) FROM contact_pair p) ||
    (SELECT md5(string_agg(p::text, ',' ORDER BY record_key)) FROM contact_person p) || (SELECT md5(string_agg(i::text, ',' ORDER BY i::text)) FROM contact_index i) ||
    (SELECT md5(parameters::text || settings::text || next_person) FROM clientele.linkage_model WHERE name = 'contact') || (SELECT count(*) FROM clientele.decisions('contact'))};
$primary->backup('copy');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'copy', has_streaming => 1);
$standby->start;
my $before = $primary->safe_psql('postgres', $result);

# the indexes of results were written past the server's buffers: each has all rows, in order
my $indexes = q{SELECT string_agg(relname || bt_index_parent_check(oid, true, true)::text, ' ' ORDER BY relname) FROM pg_class WHERE relkind = 'i' AND relname ~ '^contact_(pair|person)_'};
my $all_indexes = 'contact_pair_pkey contact_pair_right_key_idx contact_person_person_id_idx contact_person_pkey';

# during PHASE DEED: calls the deed when a job is seen in a phase; false, if it was over before that
sub during
{
	my ($node, $phase, $deed) = @_;
	# more people, so that a result that is written would be another one
	my $sql = q{BEGIN; INSERT INTO contact SELECT id + 200000, first_name, last_name, email, phone, birth_date, city FROM contact WHERE id <= 1000; CALL clientele.resolve('contact'); COMMIT};
	my ($out, $err) = ('', '');
	my $job = IPC::Run::start([ 'psql', '-XqAt', '-d', $node->connstr('postgres'), '-c', $sql ], '<', \undef, '>', \$out, '2>', \$err);
	my $seen = $node->safe_psql('postgres', qq{
        DO \$\$
        DECLARE now_in text; begun boolean := false;
        BEGIN
            FOR i IN 1 .. 60000 LOOP
                SELECT phase INTO now_in FROM clientele.linkage_progress;
                EXIT WHEN now_in = '$phase' OR (begun AND now_in IS NULL);
                begun := begun OR now_in IS NOT NULL;
                PERFORM pg_sleep(0.0005);
            END LOOP;
            PERFORM set_config('clientele_test.seen', coalesce(now_in, ''), false);
        END \$\$;
        SELECT current_setting('clientele_test.seen')});
	$deed->() if $seen eq $phase;
	$job->finish;
	return $seen eq $phase;
}

sub left_behind
{
	my ($node) = @_;
	my @files = map { my $dir = $node->data_dir . "/$_"; -d $dir ? grep { !/^\.\.?$/ } slurp_dir($dir) : () } ('base/pgsql_tmp', 'pg_dynshmem');
	return join(' ', grep { !/^mmap\./ } @files);
}

foreach my $phase ('comparing pairs', 'joining records', 'writing persons', 'writing pairs', 'indexing results')
{
	my $hit = 0;
	# a short phase may be over before it is seen: another try, from the state before
	for (1 .. 10)
	{
		$hit = during($primary, $phase, sub { $primary->stop('immediate'); });
		last if $hit;
		$primary->safe_psql('postgres', q{DELETE FROM contact WHERE id > 200000; CALL clientele.resolve('contact')});
	}
  SKIP:
	{
		skip "$phase was never seen", 5 unless $hit;
		$primary->start;
		is($primary->safe_psql('postgres', $result), $before, "$phase: after the server died the old result is whole");
		is($primary->safe_psql('postgres', 'SELECT count(*) FROM contact WHERE id > 200000'), '0', "$phase: as are the records");
		is($primary->safe_psql('postgres', 'SELECT count(*) FROM clientele.linkage_progress'), '0', "$phase: no job is shown");
		is($primary->safe_psql('postgres', $indexes), $all_indexes, "$phase: its indexes, too");
		is(left_behind($primary), '', "$phase: no temporary file is left");
	}
}

# the server dies as soon as a job has ended: what it wrote is there
$primary->safe_psql('postgres', q{DELETE FROM contact WHERE id > 200000; CALL clientele.resolve('contact')});
$before = $primary->safe_psql('postgres', $result);
$primary->stop('immediate');
$primary->start;
is($primary->safe_psql('postgres', $result), $before, 'after a crash the new result is whole');
is($primary->safe_psql('postgres', $indexes), $all_indexes, 'and its indexes');

# the primary dies for good in the middle of a job; the standby takes its place
$primary->safe_psql('postgres', q{DELETE FROM contact WHERE id > 200000; CALL clientele.resolve('contact')});
$before = $primary->safe_psql('postgres', $result);
$primary->wait_for_catchup($standby);
my $hit = 0;
for (1 .. 10)
{
	$hit = during($primary, 'writing pairs', sub { $primary->stop('immediate'); });
	last if $hit;
	$primary->safe_psql('postgres', q{DELETE FROM contact WHERE id > 200000; CALL clientele.resolve('contact')});
	$before = $primary->safe_psql('postgres', $result);
	$primary->wait_for_catchup($standby);
}
ok($hit, 'the primary died while a job was writing');
$standby->promote;
is($standby->safe_psql('postgres', $result), $before, 'the standby that was promoted has the old result, whole');
is($standby->safe_psql('postgres', $indexes), $all_indexes, 'and its indexes');
like($standby->safe_psql('postgres', q{SELECT record_key FROM clientele.search('contact', (SELECT to_jsonb(c) FROM contact c WHERE id = 7), 1)}), qr/^100007$/, 'and searches');
is($standby->safe_psql('postgres', q{SELECT clientele.merge('contact', 5, 6, 'on the new primary') = person_id FROM contact_person WHERE record_key = 5}), 't', 'stewards decide');
$standby->safe_psql('postgres', q{CALL clientele.resolve('contact')});
is($standby->safe_psql('postgres', q{SELECT count(DISTINCT person_id) FROM contact_person WHERE record_key IN (1, 2, 3, 5, 6, 100003)}), '4', 'and the next job keeps all that was decided');
$standby->stop;

# where a new file is not logged but made safe at the end: as a whole, or its pages logged if they are few
my $minimal = PostgreSQL::Test::Cluster->new('minimal');
$minimal->init;
$minimal->append_conf('postgresql.conf', "wal_level = minimal\nmax_wal_senders = 0");
$minimal->start;
foreach my $few ('0', '1GB')
{
	$minimal->safe_psql('postgres', qq{
        SET wal_skip_threshold = '$few';
        DROP TABLE IF EXISTS contact, contact_pair, contact_person, contact_index CASCADE;
        CREATE EXTENSION IF NOT EXISTS clientele;
        CREATE EXTENSION IF NOT EXISTS amcheck;
        DELETE FROM clientele.linkage_model;
        CREATE TABLE contact (id int PRIMARY KEY, first_name text, last_name text, email text);
        INSERT INTO contact SELECT p, 'Ana', initcap(translate(substr(md5('l' || p % 5003), 1, 8), '0123456789', 'ghijklmnop')), 'p' || p % 7001 || '\@example.rs' FROM generate_series(1, 12000) p;
        CALL clientele.dedupe('contact')});
	$minimal->stop('immediate');
	$minimal->start;
	is($minimal->safe_psql('postgres', $indexes), $all_indexes, "wal_level minimal, wal_skip_threshold $few: the indexes are whole after a crash");
	is($minimal->safe_psql('postgres', 'SELECT count(*) FROM contact_person'), '12000', 'and the table');
}
$minimal->stop;
done_testing();
