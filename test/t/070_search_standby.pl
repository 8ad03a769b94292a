# Search on a standby: nothing is written, a run on the primary is followed, and so are records that it tracks; all of it survives a dump.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = PostgreSQL::Test::Cluster->new('primary');
$primary->init(allows_streaming => 1);
$primary->start;
$primary->safe_psql('postgres', <<'SQL');
CREATE EXTENSION clientele;
CREATE TABLE contact (id int PRIMARY KEY, first_name text, last_name text, email text, birth_date date);
INSERT INTO contact SELECT i, initcap(substr(md5('f' || i % 60), 1, 6)), initcap(substr(md5('l' || i % 97), 1, 8)), md5('e' || i) || '@example.org', date '1950-01-01' + (i * 7919) % 20000
FROM generate_series(1, 400) i;
INSERT INTO contact SELECT id + 1000, upper(first_name), last_name, email, birth_date FROM contact WHERE id <= 60;
CALL clientele.dedupe('contact');
CREATE TABLE by_day AS SELECT date '2020-01-01' + id AS id, first_name, last_name, email, birth_date FROM contact WHERE id <= 60;
ALTER TABLE by_day ADD PRIMARY KEY (id);
CALL clientele.link('contact', 'by_day', 'both');
SQL
$primary->backup('copy');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'copy', has_streaming => 1);
$standby->start;

my $search = "SELECT record_key, person_id, match_weight FROM clientele.search('contact', (SELECT to_jsonb(c) FROM contact c WHERE id = 7), 3)";
my $found = $primary->safe_psql('postgres', $search);
like($found, qr/^1007\|/, 'the primary finds the other record of the person');
is($standby->safe_psql('postgres', $search), $found, 'a standby finds the same');
is($standby->safe_psql('postgres', "SELECT person_id FROM clientele.identify('contact', 1008)"), $primary->safe_psql('postgres', 'SELECT person_id FROM contact_person WHERE record_key = 8'),
	'and identifies');
is($standby->safe_psql('postgres', "SELECT person_id FROM clientele.identify('both', '2020-01-09')"), $primary->safe_psql('postgres', "SELECT person_id FROM both_person WHERE record_key = '8'"),
	'by a key that only one of two tables can have, too');

$primary->safe_psql('postgres', "INSERT INTO contact SELECT 2007, first_name, last_name, email, birth_date FROM contact WHERE id = 7; CALL clientele.resolve('contact')");
$primary->wait_for_catchup($standby);
like($standby->safe_psql('postgres', $search), qr/2007\|/, 'a run on the primary is followed');
is($standby->safe_psql('postgres', "SELECT count(*) FROM clientele.linkage_record('contact', '{\"last_name\": \"x\"}') r"), '1', 'records are encoded there, too');

$primary->safe_psql('postgres', "CALL clientele.track_model('contact'); INSERT INTO contact VALUES (3000, 'Nova', 'Novak', 'nova\@novak.example', '1977-07-07'); UPDATE contact SET first_name = 'Drago', last_name = 'Dragić' WHERE id = 300");
$primary->wait_for_catchup($standby);
my $new = "SELECT record_key FROM clientele.search('contact', '{\"last_name\": \"Novak\", \"email\": \"nova\@novak.example\"}', 1) UNION ALL SELECT record_key FROM clientele.search('contact', '{\"first_name\": \"drago\", \"last_name\": \"dragic\"}', 1)";
is($standby->safe_psql('postgres', $new), "3000\n300", 'records tracked on the primary are found there');
$standby->stop;

# dump and restore: model, index, what was tracked, and the tracking itself
my $dump = PostgreSQL::Test::Utils::tempdir() . '/dump.sql';
$primary->command_ok(['pg_dump', '-f', $dump, '-d', $primary->connstr('postgres')], 'dump');
$primary->safe_psql('postgres', 'CREATE DATABASE restored');
$primary->command_ok(['psql', '-X', '-v', 'ON_ERROR_STOP=1', '-f', $dump, '-d', $primary->connstr('restored')], 'restore');
is($primary->safe_psql('restored', $new), "3000\n300", 'restored: tracked records are found');
is($primary->safe_psql('restored', "INSERT INTO contact VALUES (3001, 'Zoran', 'Zukić', 'zz\@example.rs'); SELECT record_key FROM clientele.search('contact', '{\"email\": \"zz\@example.rs\"}', 1)"),
	'3001', 'and tracking goes on');
is($primary->safe_psql('restored', $search), $primary->safe_psql('postgres', $search), 'with the answers of before');
$primary->stop;
done_testing();
