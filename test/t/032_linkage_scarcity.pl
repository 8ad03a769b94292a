# Linkage where something is wanting: no workers, no shared memory, little memory. The result is the same, or an error says what is missing.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "log_min_messages = debug1\nmax_parallel_workers = 4\nmax_parallel_maintenance_workers = 2\nmax_worker_processes = 8");
$node->start;
$node->safe_psql('postgres', q{
    CREATE EXTENSION clientele;
    CREATE TABLE contact (id int PRIMARY KEY, first_name text, last_name text, email text, phone text, birth_date date, city text);
    INSERT INTO contact
    SELECT p, initcap(translate(substr(md5('f' || p % 311), 1, 6), '0123456789', 'ghijklmnop')),
           initcap(translate(substr(md5('l' || p % 2903), 1, 8), '0123456789', 'ghijklmnop')),
           'p' || p || '@example.rs', '+381 6' || (10000000 + p * 7919), date '1950-01-01' + (p * 37 % 20000),
           initcap(translate(substr(md5('c' || p % 53), 1, 7), '0123456789', 'ghijklmnop'))
    FROM generate_series(1, 18000) p;
    INSERT INTO contact
    SELECT id + 100000, CASE WHEN id % 3 = 0 THEN upper(first_name) ELSE first_name END, CASE WHEN id % 3 = 1 THEN overlay(last_name placing 'x' from 3 for 1) ELSE last_name END,
           CASE WHEN id % 2 = 0 THEN email END, replace(phone, '+381 ', '0'), CASE WHEN id % 4 <> 0 THEN birth_date END, city
    FROM contact WHERE id <= 4000;
    ANALYZE contact;
    SELECT clientele.create_model('conditions', 'contact', '{"comparisons": [
        {"columns": ["first_name"], "kind": "levels", "levels": [{"exact": true}, {"sql": "lower(l.first_name) = lower(r.first_name)"}]},
        {"columns": ["last_name"], "kind": "surname"}, {"columns": ["birth_date"], "kind": "date"}, {"columns": ["phone"], "kind": "phone"}],
        "blocking": [{"keys": [{"column": "phone"}]}, {"keys": [{"column": "last_name"}]}]}');
});

# results: of a job from nothing, and how many workers the log tells of
sub results
{
	my $from = -s $node->logfile;
	$node->safe_psql('postgres', q{
        DO $$ BEGIN PERFORM clientele.drop_model('contact'); EXCEPTION WHEN undefined_object THEN END $$;
        DROP TABLE IF EXISTS contact_pair, contact_person, contact_index CASCADE;
        DROP TABLE IF EXISTS conditions_pair, conditions_person, conditions_index CASCADE;
        CALL clientele.dedupe('contact');
        CALL clientele.resolve('conditions')});
	my $workers = () = slurp_file($node->logfile, $from) =~ /starting background worker process "parallel worker/g;
	return ($node->safe_psql('postgres', q{
        SELECT (SELECT md5(string_agg(p::text, ',' ORDER BY left_key, right_key)) FROM contact_pair p) ||
               (SELECT md5(string_agg(p::text, ',' ORDER BY record_key)) FROM contact_person p) ||
               (SELECT md5(string_agg(p::text, ',' ORDER BY left_key, right_key)) FROM conditions_pair p) ||
               (SELECT md5(string_agg(first::text, ',' ORDER BY record_key)) FROM (SELECT record_key, min(record_key) OVER (PARTITION BY person_id) AS first FROM conditions_person) p)}), $workers);
}

my ($full, $workers) = results();
cmp_ok($workers, '>', 0, 'workers help where they are to be had');
cmp_ok($node->safe_psql('postgres', 'SELECT count(*) FROM contact_person a JOIN contact_person b USING (person_id) WHERE b.record_key = a.record_key + 100000'),
	'>', 3500, 'and the result is a good one');

# ---- no workers ----

foreach my $setting ('max_parallel_maintenance_workers = 0', 'max_parallel_workers = 0')
{
	$node->safe_psql('postgres', "ALTER SYSTEM SET $setting");
	$node->reload;
	my ($same, $none) = results();
	is($same, $full, "$setting: the same");
	is($none, 0, 'done by one process');
	$node->safe_psql('postgres', 'ALTER SYSTEM RESET ALL');
	$node->reload;
}
$node->append_conf('postgresql.conf', 'max_worker_processes = 0');
$node->restart;
my ($same, $none) = results();
is($same, $full, 'max_worker_processes = 0: asked for, and not to be had: the same');
is($none, 0, 'done by one process');
$node->append_conf('postgresql.conf', 'max_worker_processes = 8');

# as many workers as there are serve somebody else, so those asked for never come
$node->append_conf('postgresql.conf', "max_worker_processes = 1");
$node->restart;
($same) = results();
is($same, $full, 'room for a single process beside the launcher: the same');
$node->append_conf('postgresql.conf', "max_worker_processes = 8");

# ---- no shared memory ----

$node->append_conf('postgresql.conf', "dynamic_shared_memory_type = mmap");
$node->restart;
($same, $workers) = results();
is($same, $full, 'shared memory of another kind: the same');
cmp_ok($workers, '>', 0, 'with workers');
$node->append_conf('postgresql.conf', "dynamic_shared_memory_type = posix\nmin_dynamic_shared_memory = 8MB");
$node->restart;
($same, $workers) = results();
is($same, $full, 'some of it from the start: the same');
cmp_ok($workers, '>', 0, 'with workers');
$node->append_conf('postgresql.conf', 'min_dynamic_shared_memory = 0');

# the server sees a /dev/shm of its own, as in a container
sub start_with_little
{
	my ($size) = @_;
	my $options = sprintf '-D %s -l %s', $node->data_dir, $node->logfile;
	$node->stop;
	return system("unshare --user --map-current-user --keep-caps --mount sh -c 'mount -t tmpfs -o size=$size tmpfs /dev/shm && exec pg_ctl -w $options start' >/dev/null 2>&1") == 0;
}
SKIP:
{
	if (!start_with_little('32m'))
	{
		$node->start;
		skip 'no private /dev/shm to be had here', 5;
	}
	($same, $workers) = results();
	is($same, $full, 'hardly any /dev/shm: the same');
	is($workers, 0, 'done by one process');
	system('pg_ctl', '-s', '-D', $node->data_dir, '-m', 'fast', 'stop');
	$node->start;

	# enough to begin with, by far too little for the pairs' way: an error, and nothing is left of it
	if (start_with_little('84m'))
	{
		my ($rc, $out, $err) = $node->psql('postgres', q{
            CREATE TABLE crowd AS SELECT p AS id, repeat(translate(md5('f' || p), '0123456789', 'ghijklmnop'), 12) AS first_name,
                repeat(translate(md5('l' || p), '0123456789', 'ghijklmnop'), 12) AS last_name, md5('e' || p) || '@example.org' AS email FROM generate_series(1, 60000) p;
            ALTER TABLE crowd ADD PRIMARY KEY (id);
            ANALYZE crowd;
            CALL clientele.dedupe('crowd');});
		ok($rc == 0 || $err =~ /could not resize shared memory segment|No space left|out of memory/i, 'little /dev/shm: done, or it says what is missing');
		note($err);
		is($node->safe_psql('postgres', q{SELECT count(*) FROM clientele.linkage_progress}), '0', 'no job is left');
		($same) = results();
		is($same, $full, 'and the next one is as ever');
		system('pg_ctl', '-s', '-D', $node->data_dir, '-m', 'fast', 'stop');
		$node->start;
	}
}

# ---- little memory ----

# a view of which the planner expects more rows than fit, half of which would fit
my $settings = '{"comparisons": [{"kind": "surname", "columns": ["last_name"]}, {"kind": "email", "columns": ["email"]}, {"kind": "phone", "columns": ["phone"]}]}';
sub expect
{
	my ($rows) = @_;
	$node->safe_psql('postgres', qq{CREATE OR REPLACE VIEW crowded AS SELECT c.* FROM contact c, generate_series(1::bigint, $rows) g WHERE g = 1});
	return split /\|/, $node->safe_psql('postgres', qq{SELECT record_bytes + work_bytes, machine_bytes, verdict FROM clientele.linkage_memory('crowded', '$settings')});
}
my ($needed, $machine, $verdict) = expect(100000);
($needed, $machine, $verdict) = expect(int(100000 * 1.2 * $machine / $needed)) if defined $machine && $machine ne '';
SKIP:
{
	skip 'nobody knows how much memory there is', 3 if !defined $machine || $machine eq '';
	is($verdict, 'may not fit', 'more is expected than the machine has, half of it would fit');
	my ($rc, $out, $err) = $node->psql('postgres', qq{SELECT clientele.create_model('crowded', 'crowded', '$settings')});
	like($err, qr/WARNING:  linkage of "crowded" may not fit into memory\nDETAIL:  About \d+ records are expected to take \d+ MB; \d+ MB are to be had now\.\nHINT:  SELECT \* FROM clientele\.linkage_memory/,
		'and whoever begins nevertheless is warned');
	is($rc, 0, 'there were fewer records');
}

$node->stop;
done_testing();
