# The consent ledger as ordinary data: made by the plain owner of a database, dumped, restored, and left behind by DROP EXTENSION.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE ROLE shop LOGIN; CREATE ROLE reader LOGIN; CREATE DATABASE shop OWNER shop; CREATE DATABASE restored OWNER shop');

sub sql { my ($db, $user, $sql) = @_; return $node->safe_psql($db, $sql, extra_params => [ '-U', $user ]); }
sub fails
{
	my ($db, $user, $sql) = @_;
	my ($rc, $out, $err) = $node->psql($db, $sql, extra_params => [ '-U', $user, '-v', 'VERBOSITY=default' ]);
	return $rc ? $err : 'no error';
}

# a plain owner of a database
sql('shop', 'shop', q{
    CREATE EXTENSION clientele;
    CREATE TABLE contact (id bigint PRIMARY KEY, name text);
    INSERT INTO contact SELECT i, 'name ' || i FROM generate_series(1, 6) i;
    CREATE TABLE contact_person (record_key bigint PRIMARY KEY, person_id bigint);
    INSERT INTO contact_person VALUES (1, 1), (2, 1), (3, 3), (4, 4), (5, 5);
    INSERT INTO clientele.purpose (purpose, parent, direct_marketing, since) VALUES ('marketing.events', 'marketing', true, '2020-01-01');
    INSERT INTO clientele.notice (notice, version, in_force_from) VALUES ('privacy', '1', '2020-01-01');
    SELECT clientele.register_subject(i::text, 'RS', '1980-01-01'), clientele.record_consent_event(i::text, 'given', purpose => 'marketing', channel => 'email', notice => 'privacy')
    FROM generate_series(1, 6) i;
    SELECT clientele.withdraw_consent('2');
    SELECT clientele.create_consent_view('contact_mail', 'contact', 'marketing.events', 'email');
});
is(sql('shop', 'shop', 'SELECT string_agg(id::text, $$,$$ ORDER BY id) FROM contact_mail'), '3,4,5,6', 'a plain owner of a database makes the ledger and a view');
like(fails('shop', 'shop', q{SELECT clientele.protect('contact')}), qr/may not create one.*HINT:.*CREATE ROLE clientele_views NOLOGIN; GRANT clientele_views TO shop/s,
	'and is told what an administrator has to do before protect()');
like(fails('shop', 'reader', q{SELECT clientele.register_subject('1')}), qr/permission denied/, 'a stranger cannot register');
$node->safe_psql('postgres', 'CREATE ROLE clientele_views NOLOGIN NOINHERIT; GRANT clientele_views TO shop');
sql('shop', 'shop', q{
    SELECT clientele.protect('contact');
    GRANT SELECT ON contact_mail TO reader;
    SELECT clientele.grant_purpose('reader', 'marketing');
});
is(sql('shop', 'reader', 'SELECT string_agg(id::text, $$,$$ ORDER BY id) FROM contact_mail'), '3,4,5,6', 'a reader sees the view');
is(sql('shop', 'shop', 'SELECT count(*) FROM contact'), '6', 'the owner the table');
is(sql('shop', 'shop', q{SELECT string_agg(problem, ',') FROM clientele.lint() WHERE severity = 'error'}), '', 'lint() finds no error');
like(fails('shop', 'shop', 'CREATE TABLE x(); SELECT clientele.create_consent_view($$v$$, $$x$$, $$marketing$$, $$email$$)'), qr/no primary key of one column.*HINT/s, 'errors come with advice');

# the stranger in a database without a ledger
$node->safe_psql('postgres', 'CREATE DATABASE empty');
$node->safe_psql('empty', 'CREATE EXTENSION clientele');
like(fails('empty', 'reader', q{SELECT clientele.give_consent('1', 'marketing')}), qr/may not create one.*HINT:.*create_ledger/s, 'who may not make the ledger is told who may');
is(sql('empty', 'reader', q{SELECT reason FROM clientele.decide('1', 'marketing', 'email')}), 'DENY_UNKNOWN_SUBJECT', 'but may ask');

# dump and restore
my $answers = q{SELECT string_agg(concat_ws(' ', s.subject, d.reason, d.deciding_event), ',' ORDER BY s.subject)
    FROM clientele_ledger.subject s, clientele.decide(s.subject, 'marketing.events', 'email') d};
my $before = sql('shop', 'shop', $answers);
my $dump = $node->basedir . '/dump.sql';
$node->command_ok([ 'pg_dump', '-f', $dump, '-d', $node->connstr('shop') ], 'it is dumped');
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', $dump, '-d', $node->connstr('restored') ], 'and restored');
is(sql('restored', 'shop', $answers), $before, 'the restored ledger decides the same');
is(sql('restored', 'reader', 'SELECT string_agg(id::text, $$,$$ ORDER BY id) FROM contact_mail'), '3,4,5,6', 'the restored view shows the same, with nothing refreshed');
is(sql('restored', 'shop', 'SELECT count(*) FROM clientele.verify_ledger()'), '0', 'the state is whole');
like(fails('restored', 'shop', 'DELETE FROM clientele_ledger.event'), qr/append-only/, 'it is still append-only');
is(sql('restored', 'shop', q{SELECT clientele.withdraw_consent('4') > 7}), 't', 'numbers go on');
is(sql('restored', 'reader', 'SELECT string_agg(id::text, $$,$$ ORDER BY id) FROM contact_mail'), '3,5,6', 'and a withdrawal hides');
# a restored copy of the source has row security too
$node->safe_psql('restored', 'GRANT SELECT ON contact TO reader');
is(sql('restored', 'reader', 'SELECT count(*) FROM contact'), '0', 'row security was restored');

# DROP EXTENSION
like(fails('shop', 'shop', 'DROP EXTENSION clientele'), qr/contact_mail depends on/, 'the extension is not dropped from under a view');
sql('shop', 'shop', 'DROP EXTENSION clientele CASCADE');
is(sql('shop', 'shop', 'SELECT count(*) FROM clientele_ledger.event'), '7', 'the ledger stays');
like(fails('shop', 'shop', 'TRUNCATE clientele_ledger.event'), qr/append-only/, 'and stays append-only');
like(fails('shop', 'shop', q{INSERT INTO clientele_ledger.event (subject, event, at) VALUES ('1', 'withdrawn', now())}), qr/ERROR/, 'what the views would not know of cannot be recorded');
like(fails('shop', 'reader', 'SELECT * FROM contact_mail'), qr/does not exist/, 'the views are gone');
sql('shop', 'shop', q{CREATE EXTENSION clientele;
    INSERT INTO clientele.purpose (purpose, parent, direct_marketing, since) VALUES ('marketing.events', 'marketing', true, '2020-01-01');
    INSERT INTO clientele.notice (notice, version, in_force_from) VALUES ('privacy', '1', '2020-01-01');});
is(sql('shop', 'shop', $answers), $before, 'created again, it decides the same from the ledger that stayed');

$node->stop;
done_testing();
