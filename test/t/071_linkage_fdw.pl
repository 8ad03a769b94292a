# Linkage where the records are: two servers that each hold a part of the blocks, asked through postgres_fdw; edges and persons are those of one server.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# each server makes the pairs of its blocks and the persons of its components: a view over what it holds
my $hub = PostgreSQL::Test::Cluster->new('hub');
my $shard = PostgreSQL::Test::Cluster->new('shard');
for my $node ($hub, $shard)
{
	$node->init;
	$node->start;
	$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION clientele;
CREATE TABLE encoded_here (blocking_key bigint, record clientele.linkage_record);
CREATE TABLE member_here (component text, record clientele.linkage_record);
CREATE VIEW edge_here AS SELECT (e).* FROM (SELECT unnest(clientele.link_pairs_agg(record, blocking_key)) AS e FROM encoded_here GROUP BY blocking_key) b;
CREATE VIEW person_here AS SELECT (m).node, (m).component FROM (SELECT unnest(clientele.link_persons_agg(record)) AS m FROM member_here GROUP BY component) p;
SQL
}

# the model is learnt on the hub; each block goes to the server that its key says, each component to that of its name
my ($host, $port) = ($shard->host, $shard->port);
$hub->safe_psql('postgres', <<"SQL");
CREATE EXTENSION postgres_fdw;
CREATE TABLE contact (id int PRIMARY KEY, first_name text, last_name text, email text, birth_date date, city text);
INSERT INTO contact SELECT i, initcap(substr(md5('f' || i % 60), 1, 6)), initcap(substr(md5('l' || i % 97), 1, 8)), md5('e' || i) || '\@example.org', date '1950-01-01' + (i * 7919) % 20000, 'Grad ' || i % 20
FROM generate_series(1, 1500) i;
INSERT INTO contact SELECT id + 10000, upper(first_name), last_name, CASE WHEN id % 2 = 0 THEN email END, birth_date, city FROM contact WHERE id <= 400;
CALL clientele.dedupe('contact');
CREATE SERVER shard FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '$host', port '$port', dbname 'postgres', fetch_size '10000', async_capable 'true');
CREATE USER MAPPING FOR PUBLIC SERVER shard;
CREATE TABLE encoded (blocking_key bigint, record clientele.linkage_record) PARTITION BY HASH (blocking_key);
ALTER TABLE encoded ATTACH PARTITION encoded_here FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE FOREIGN TABLE encoded_there PARTITION OF encoded FOR VALUES WITH (MODULUS 2, REMAINDER 1) SERVER shard OPTIONS (table_name 'encoded_here');
CREATE TABLE member (component text, record clientele.linkage_record) PARTITION BY HASH (component);
ALTER TABLE member ATTACH PARTITION member_here FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE FOREIGN TABLE member_there PARTITION OF member FOR VALUES WITH (MODULUS 2, REMAINDER 1) SERVER shard OPTIONS (table_name 'member_here');
CREATE FOREIGN TABLE edge_there (left_key text, right_key text, match_weight float8, match_probability float8, left_source text, right_source text) SERVER shard OPTIONS (table_name 'edge_here');
CREATE FOREIGN TABLE person_there (node text, component text) SERVER shard OPTIONS (table_name 'person_here');
CREATE VIEW edge AS TABLE edge_here UNION ALL TABLE edge_there;
CREATE VIEW person AS TABLE person_here UNION ALL TABLE person_there;
INSERT INTO encoded SELECT k, r.record FROM (SELECT clientele.linkage_record('contact', c) AS record FROM contact c) r, unnest(clientele.blocking_keys(r.record)) k;
SQL
cmp_ok($shard->safe_psql('postgres', 'SELECT count(*) FROM encoded_here'), '>', 1000, 'the shard has its part of the blocks');
like($hub->safe_psql('postgres', 'EXPLAIN (VERBOSE, COSTS OFF) TABLE edge'), qr/Remote SQL: SELECT left_key, right_key, match_weight, match_probability, left_source, right_source FROM public\.edge_here/, 'edges travel, not records');
cmp_ok($shard->safe_psql('postgres', 'SELECT count(*) FROM edge_here'), '>', 50, 'the shard makes its share');
my $differ = sub {
	my ($a, $b) = @_;
	return $hub->safe_psql('postgres', "SELECT count(*) FROM (($a EXCEPT ALL $b) UNION ALL ($b EXCEPT ALL $a)) x");
};
cmp_ok($hub->safe_psql('postgres', 'SELECT count(*) FROM edge'), '>', 350, 'there are edges');
is($differ->('SELECT left_key, right_key, match_weight FROM edge', 'SELECT left_key::text, right_key::text, match_weight FROM contact_pair'), '0', 'the edges of the bulk engine, to the bit');

$hub->safe_psql('postgres', <<'SQL');
CREATE TABLE component AS SELECT (c.m).* FROM (SELECT unnest(clientele.connected_components_agg(left_key, right_key)) AS m FROM edge WHERE match_probability >= 0.5) c;
INSERT INTO member SELECT c.component, e.record
FROM component c JOIN (SELECT DISTINCT ON (clientele.record_key(record)) record FROM encoded ORDER BY clientele.record_key(record)) e ON clientele.record_key(e.record) = c.node;
SQL
cmp_ok($shard->safe_psql('postgres', 'SELECT count(*) FROM member_here'), '>', 100, 'the shard has its part of the components');
cmp_ok($shard->safe_psql('postgres', 'SELECT count(*) FROM person_here'), '>', 100, 'and makes their persons');
is($differ->('SELECT node, component FROM person', "SELECT p.record_key::text, min(p.record_key) OVER (PARTITION BY p.person_id)::text FROM contact_person p WHERE record_key::text IN (SELECT node FROM component)"),
	'0', 'the persons of the bulk engine');

# the aggregates over both parts at once: records travel, the answer is the same
my $whole = 'SELECT (e).left_key, (e).right_key, (e).match_weight FROM (SELECT unnest(clientele.link_pairs_agg(record, blocking_key)) AS e FROM encoded GROUP BY blocking_key) b';
is($differ->($whole, 'SELECT left_key::text, right_key::text, match_weight FROM contact_pair'), '0', 'the same where the hub makes all pairs');
$hub->stop;
$shard->stop;
done_testing();
