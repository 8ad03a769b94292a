# Linkage jobs as an administrator meets them: workers, memory, progress, cancelling, and processes that die in the middle.
use strict;
use warnings;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time usleep);

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "restart_after_crash = on\nlog_min_messages = debug1\nmax_parallel_workers = 4\nmax_worker_processes = 8\nlog_temp_files = 0");
$node->start;
$node->safe_psql('postgres', q{
    CREATE EXTENSION clientele;
    CREATE TABLE contact (id int PRIMARY KEY, first_name text, last_name text, email text, phone text, birth_date date, street text, city text);
    INSERT INTO contact
    SELECT p, initcap(translate(substr(md5('f' || p % 311), 1, 6), '0123456789', 'ghijklmnop')),
           initcap(translate(substr(md5('l' || p % 2903), 1, 8), '0123456789', 'ghijklmnop')),
           'p' || p || '@' || translate(substr(md5('d' || p % 7), 1, 5), '0123456789', 'ghijklmnop') || '.rs',
           '+381 6' || (10000000 + p * 7919), date '1950-01-01' + (p * 37 % 20000),
           initcap(translate(substr(md5('s' || p % 401), 1, 9), '0123456789', 'ghijklmnop')) || ' ' || p % 90,
           initcap(translate(substr(md5('c' || p % 53), 1, 7), '0123456789', 'ghijklmnop'))
    FROM generate_series(1, 24000) p;
    INSERT INTO contact
    SELECT id + 100000, CASE WHEN id % 3 = 0 THEN upper(first_name) ELSE first_name END,
           CASE WHEN id % 3 = 1 THEN overlay(last_name placing 'x' from 3 for 1) ELSE last_name END,
           CASE WHEN id % 2 = 0 THEN email END, replace(phone, '+381 ', '0'), CASE WHEN id % 4 <> 0 THEN birth_date END, street, city
    FROM contact WHERE id <= 6000;
    ANALYZE contact;
});

# ---- workers and memory: the same result ----

my $result = q{SELECT (SELECT md5(string_agg(p::text, ',' ORDER BY left_key, right_key)) FROM contact_pair p) ||
    (SELECT md5(string_agg(p::text, ',' ORDER BY record_key)) FROM contact_person p) ||
    (SELECT md5(parameters::text || settings::text) FROM clientele.linkage_model WHERE name = 'contact')};

# run SETTINGS: a job from nothing; returns what it gave and how many workers the log tells of
sub run
{
	my ($settings) = @_;
	my $from = -s $node->logfile;
	$node->safe_psql('postgres', q{DO $$ BEGIN PERFORM clientele.drop_model('contact'); EXCEPTION WHEN undefined_object THEN END $$;
        DROP TABLE IF EXISTS contact_pair, contact_person, contact_index CASCADE});
	$node->safe_psql('postgres', "$settings; CALL clientele.dedupe('contact')");
	my $log = slurp_file($node->logfile, $from);
	my $workers = () = $log =~ /starting background worker process "parallel worker/g;
	my $files = () = $log =~ /temporary file: path/g;
	return ($node->safe_psql('postgres', $result), $workers, $files);
}

my ($serial, $none) = run('SET max_parallel_maintenance_workers = 0');
is($none, 0, 'no workers when none are allowed');
cmp_ok($node->safe_psql('postgres', 'SELECT count(*) FROM contact_pair'), '>=', 6000, 'there is a result');
foreach my $n (1, 2, 3)
{
	my ($same, $workers) = run("SET max_parallel_maintenance_workers = $n");
	is($same, $serial, "with $n workers the same result");
	cmp_ok($workers, '>=', $n, "with $n workers: they were there");
	cmp_ok($workers, '<=', 2 * $n, "with $n workers: started for reading to weighing, and for writing, not for each phase");
}
my ($nobody) = run('SET max_parallel_maintenance_workers = 2; SET max_parallel_workers = 0');
is($nobody, $serial, 'with none to be had the same result');
my ($small, undef, $files) = run(q{SET max_parallel_maintenance_workers = 0; SET maintenance_work_mem = '1MB'});
is($small, $serial, 'with little memory the same result');
cmp_ok($files, '>', 0, 'pairs went to a temporary file');
($small) = run(q{SET max_parallel_maintenance_workers = 2; SET maintenance_work_mem = '1MB'});
is($small, $serial, 'with little memory and two workers the same result');

# a million pairs of eight thousand strangers: what is held of them until a model is trained follows maintenance_work_mem; afterwards each is weighed at once
$node->safe_psql('postgres', q{
    CREATE TABLE crowd AS SELECT p AS id, translate(md5('f' || p), '0123456789', 'ghijklmnop') AS first_name,
        translate(md5('l' || p), '0123456789', 'ghijklmnop') AS last_name, date '1930-01-01' + p AS birth_date, 'town' || p % 32 AS city
    FROM generate_series(1, 8000) p;
    ALTER TABLE crowd ADD PRIMARY KEY (id);
    CREATE TABLE plan AS SELECT jsonb_set(clientele.suggest_model('crowd'), '{blocking}', '[{"keys": [{"column": "city"}]}]') AS settings;
});
my (%peak, %trained);
my $resolve = q{SET max_parallel_maintenance_workers = 0; CALL clientele.resolve('crowd'); SELECT substring(pg_read_file('/proc/self/status') FROM 'VmHWM:\s+(\d+)')};
foreach my $memory ('1MB', '256MB')
{
	$node->safe_psql('postgres', q{SELECT clientele.create_model('crowd', 'crowd', settings) FROM plan});
	$peak{$memory} = $node->safe_psql('postgres', "SET maintenance_work_mem = '$memory'; $resolve");
	$trained{$memory} = $node->safe_psql('postgres', "SET maintenance_work_mem = '$memory'; $resolve");
	$node->safe_psql('postgres', q{SELECT clientele.drop_model('crowd'); DROP TABLE IF EXISTS crowd_pair, crowd_person, crowd_index CASCADE});
}
cmp_ok($peak{'256MB'} - $peak{'1MB'}, '>', 12 * 1024, 'a million pairs in memory, or not');
cmp_ok($trained{'256MB'} - $trained{'1MB'}, '<', 6 * 1024, 'by a trained model none are held');
note("peak memory: $peak{'1MB'} kB and $peak{'256MB'} kB");

# fields of several values lie in dictionaries of their own
$node->safe_psql('postgres', q{
    CREATE TABLE several (id int PRIMARY KEY, first_name text, last_name text, phones text[], birth_date date);
    INSERT INTO several SELECT id, first_name, last_name, CASE WHEN id % 3 = 0 THEN ARRAY[phone, '+381 11 ' || 2000000 + id] ELSE ARRAY[phone] END, birth_date
    FROM contact WHERE id <= 5000 OR id > 103000;
});
my @several = map {
	$node->safe_psql('postgres', qq{SET max_parallel_maintenance_workers = $_; CALL clientele.dedupe('several');
        SELECT md5(string_agg(p::text, ',' ORDER BY left_key, right_key)) FROM several_pair p})
} (0, 2);
is($several[1], $several[0], 'several values: with two workers the same result');
cmp_ok($node->safe_psql('postgres', q{SELECT count(*) FROM several_person a JOIN several_person b USING (person_id) WHERE b.record_key = a.record_key + 100000}),
	'>', 1500, 'and a good one');

# ---- a job in the background ----

my $temporary = $node->data_dir . '/base/pgsql_tmp';
sub start
{
	my ($sql) = @_;
	my $job = { out => '', err => '' };
	$job->{run} = IPC::Run::start([ 'psql', '-XqAt', '-v', 'VERBOSITY=verbose', '-d', $node->connstr('postgres'), '-c', $sql ],
		'<', \undef, '>', \$job->{out}, '2>', \$job->{err});
	return $job;
}
sub finish
{
	my ($job) = @_;
	$job->{run}->finish;
	return $job->{err};
}

# catch PHASE DEED: waits for a job to be in a phase and does something to its process; nothing, if the job is over before it is seen in the phase
sub catch
{
	my ($phase, $deed) = @_;
	return $node->safe_psql('postgres', qq{
        DO \$\$
        DECLARE job int; now_in text; begun boolean := false;
        BEGIN
            FOR i IN 1 .. 60000 LOOP
                SELECT pid, phase INTO job, now_in FROM clientele.linkage_progress;
                EXIT WHEN now_in = '$phase';
                IF begun AND job IS NULL THEN RETURN; END IF;
                begun := begun OR job IS NOT NULL;
                PERFORM pg_sleep(0.0005);
            END LOOP;
            IF now_in IS DISTINCT FROM '$phase' THEN RAISE EXCEPTION 'never in phase $phase'; END IF;
            $deed
        END \$\$});
}

sub nothing_left
{
	my ($what) = @_;
	is($node->safe_psql('postgres', $result), $serial, "$what: the old result is whole");
	is($node->safe_psql('postgres', 'SELECT count(*) FROM clientele.linkage_progress'), '0', "$what: no job is shown");
	is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'parallel worker'}), '0', "$what: no worker is left");
	my @files = -d $temporary ? slurp_dir($temporary) : ();
	is(scalar(grep { !/^\.\.?$/ } @files), 0, "$what: no temporary file is left");
	return;
}

# ---- progress ----

my $job;
$node->safe_psql('postgres', q{CREATE TABLE seen (model text, source regclass, phase text, records_done bigint, records_total bigint, pairs_done bigint, pairs_total bigint)});
$node->safe_psql('postgres', q{CREATE ROLE stranger LOGIN});
my $hidden = '';
# a short phase may be over before it is seen: another try
for (1 .. 20)
{
	finish($job) if $job;
	$job = start(q{SET max_parallel_maintenance_workers = 1; CALL clientele.dedupe('contact')});
	catch('comparing pairs', q{
        FOR i IN 1 .. 2000 LOOP
            INSERT INTO seen SELECT model, source, phase, records_done, records_total, pairs_done, pairs_total FROM clientele.linkage_progress WHERE pairs_total > 0;
            EXIT WHEN FOUND;
            PERFORM pg_sleep(0.0005);
        END LOOP;});
	$hidden = $node->safe_psql('postgres', 'SELECT count(*), count(model), count(source), count(phase) FROM clientele.linkage_progress',
		extra_params => [ '-U', 'stranger' ]);
	last if $node->safe_psql('postgres', 'SELECT count(*) FROM seen') > 0 && $hidden ne '0|0|0|0';
	$node->safe_psql('postgres', 'TRUNCATE seen');
}
is($node->safe_psql('postgres', 'SELECT model, source, records_done, records_total, pairs_total >= pairs_done AND pairs_total > 6000 FROM seen'),
	'contact|contact|30000|30000|t', 'another session sees how far a job is');
is(finish($job), '', 'the job ends well');
is($hidden, '1|0|0|1', 'a stranger sees that there is one, not what it is about');
is($node->safe_psql('postgres', 'SELECT count(*) FROM clientele.linkage_progress'), '0', 'and is shown no longer');
is($node->safe_psql('postgres', q{SELECT count(*) FROM generate_series(0, 40) h WHERE clientele.linkage_progress_of(h::oid) IS NOT NULL}), '0',
	'other numbers lead nowhere');

# ---- cancelling ----

foreach my $workers (0, 2)
{
	foreach my $phase ('reading records', 'choosing blocking rules', 'building blocks', 'comparing pairs', 'training',
		'joining records', 'writing pairs', 'writing the search index', 'writing persons', 'indexing results')
	{
		# a given model has its rules already
		next if $phase eq 'choosing blocking rules';
		my ($error, $then);
		# a short phase may be over before it is seen, or before the signal is there: another try
		for (1 .. 20)
		{
			$job = start("SET max_parallel_maintenance_workers = $workers; CALL clientele.dedupe('contact')");
			catch($phase, 'PERFORM pg_cancel_backend(job);');
			$then = time;
			$error = finish($job);
			last if $error;
		}
		like($error, qr/57014.*canceling statement due to user request/, "cancelled while $phase, $workers workers");
		cmp_ok(time - $then, '<', 5, 'soon');
	}
	nothing_left("cancelled with $workers workers");
}
my ($rc, $out, $err) = $node->psql('postgres', q{SET statement_timeout = '200ms'; CALL clientele.dedupe('contact')});
like($err, qr/statement timeout/, 'statement_timeout is heeded');
nothing_left('after a timeout');

# inside an exception block of the caller's transaction
is($node->safe_psql('postgres', q{
    SET statement_timeout = '200ms';
    CREATE TABLE caught (what text);
    DO $$ BEGIN
        BEGIN CALL clientele.dedupe('contact'); EXCEPTION WHEN query_canceled THEN INSERT INTO caught VALUES ('yes'); END;
    END $$;
    SELECT count(*) FROM caught, (SELECT count(*) FROM clientele.linkage_progress) p WHERE p.count = 0}), '1', 'a caller may catch it and go on');

# ---- decisions while a run waits for who reads its results ----

# waiting DEED: somebody reads persons and does something as soon as a run has written and waits for him
sub waiting
{
	my ($deed) = @_;
	return start(qq{BEGIN; SELECT count(*) FROM contact_person;
        DO \$\$
        BEGIN
            FOR i IN 1 .. 6000 LOOP
                PERFORM pg_stat_clear_snapshot();
                EXIT WHEN EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ~ 'resolve' AND pid <> pg_backend_pid());
                PERFORM pg_sleep(0.01);
            END LOOP;
        END \$\$;
        $deed; COMMIT});
}
$node->safe_psql('postgres', 'CREATE EXTENSION amcheck');
foreach my $workers (0, 2)
{
	my ($one, $other) = (700 + $workers, 800 + $workers);
	my $reader = waiting(qq{SELECT clientele.merge('contact', $one, $other); SELECT clientele.unmerge('contact', 100000 + $one);
        CREATE TABLE new_number_$workers AS SELECT person_id FROM contact_person WHERE record_key = 100000 + $one});
	usleep(300_000);
	$job = start(qq{SET max_parallel_maintenance_workers = $workers; SET client_min_messages = debug1; CALL clientele.resolve('contact')});
	is(finish($reader), '', "decided while a run waits, $workers workers");
	like(finish($job), qr/persons are written once more/, 'the run hears it');
	is($node->safe_psql('postgres', qq{SELECT count(DISTINCT person_id), count(*) FROM contact_person WHERE record_key IN ($one, $other)}), '1|2', 'two are one');
	is($node->safe_psql('postgres', qq{SELECT count(*) FROM contact_person JOIN new_number_$workers USING (person_id) WHERE record_key = 100000 + $one}), '1',
		'and who was taken out of a person keeps the number that he got');
	is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_class c, LATERAL bt_index_parent_check(c.oid, true, true) WHERE relkind = 'i' AND relname ~ '^contact_(pair|person)_'}), '4',
		'the indexes hold all rows');
	is($node->safe_psql('postgres', q{SELECT count(*) FROM contact_person}), $node->safe_psql('postgres', q{SELECT count(*) FROM contact}), 'all are there');
}
my $old_files = $node->safe_psql('postgres', q{SELECT string_agg(relfilenode::text, ',' ORDER BY relname) FROM pg_class WHERE relname ~ '^contact_(pair|person)'});
my $reader = waiting(q{SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query ~ 'resolve' AND pid <> pg_backend_pid()});
usleep(300_000);
$job = start(q{CALL clientele.resolve('contact')});
finish($reader);
like(finish($job), qr/57014/, 'a run that waits for readers can be cancelled');
is($node->safe_psql('postgres', q{SELECT string_agg(relfilenode::text, ',' ORDER BY relname) FROM pg_class WHERE relname ~ '^contact_(pair|person)'}), $old_files, 'and the old files are those of the tables');
$node->safe_psql('postgres', q{DELETE FROM clientele.linkage_decision; DROP TABLE contact_redirect});
my ($anew) = run('SET max_parallel_maintenance_workers = 2');
is($anew, $serial, 'without decisions the result is what it was');

# ---- an error in a worker ----

my $error = '';
# in the last of these phases workers wait for the leader, too
foreach my $phase ('reading records', 'comparing pairs', 'training')
{
	for (1 .. 40)
	{
		$job = start(q{SET max_parallel_maintenance_workers = 2; CALL clientele.dedupe('contact')});
		catch($phase, q{PERFORM pg_terminate_backend(w.pid) FROM pg_stat_activity w WHERE w.backend_type = 'parallel worker' AND w.leader_pid = job;});
		$error = finish($job);
		last if $error;
	}
	like($error, qr/ERROR:  57P01: terminating .* due to administrator command/, "a worker that is sent away while $phase ends the job");
	nothing_left("a worker sent away while $phase");
}

# ---- death ----

sub wait_for_server
{
	for (1 .. 600)
	{
		my ($rc) = $node->psql('postgres', 'SELECT 1');
		return if $rc == 0;
		usleep(100_000);
	}
	die 'the server did not come back';
}

# a worker may have done its part before it is hit: another try
foreach my $victim ('the backend', 'a worker')
{
	my $error = '';
	for (1 .. 20)
	{
		$job = start(q{SET max_parallel_maintenance_workers = 2; CALL clientele.dedupe('contact')});
		my $pid = '';
		for (1 .. 500)
		{
			$pid = $node->safe_psql('postgres', $victim eq 'a worker' ? q{SELECT max(pid) FROM pg_stat_activity WHERE backend_type = 'parallel worker'}
				: q{SELECT max(pid) FROM clientele.linkage_progress WHERE phase IN ('comparing pairs', 'training', 'writing pairs')});
			last if $pid ne '';
		}
		kill 'KILL', $pid if $pid ne '';
		$error = finish($job);
		last if $error;
	}
	like($error, qr/terminat|closed the connection|crash/, "$victim is killed");
	wait_for_server();
	nothing_left("$victim killed");
}
my ($again) = run('SET max_parallel_maintenance_workers = 2');
is($again, $serial, 'and the next job does it all');

$node->stop;
done_testing();
