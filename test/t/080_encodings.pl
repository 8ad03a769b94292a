# Databases in other encodings than UTF-8: the same contacts are the same persons, for the same reasons, and come back as they were written.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# what psql sends and shows is UTF-8, whatever the database keeps
$ENV{PGCLIENTENCODING} = 'UTF8';
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
for my $encoding (qw(UTF8 LATIN2 WIN1250 WIN1251 EUC_JP SQL_ASCII))
{
	$node->safe_psql('postgres', "CREATE DATABASE \L$encoding\E TEMPLATE template0 ENCODING '$encoding' LC_COLLATE 'C' LC_CTYPE 'C'");
	$node->safe_psql(lc $encoding, 'CREATE EXTENSION clientele');
}

# people of central Europe, columns called in Czech; every third of the first three hundred once more, as somebody else typed it
my $latin = <<'SQL';
CREATE TABLE kontakt (id int PRIMARY KEY, "jméno" text, "příjmení" text, "e-mail" text, telefon text, ulice text, "město" text, "poznámka" text);
INSERT INTO kontakt
SELECT p, (ARRAY['Željko','Šárka','Łukasz','Ágnes','Jiří','Žofia','Đorđe','Zoë','Gábor','Dušan','Hřebíček','Świętosława'])[1 + p % 12],
       (ARRAY['Jovanović','Dvořáková','Nowák','Kovačević','Wójcik','Szűcs','Čermák','Živković','Łoś','Müllerová','Ďurica'])[1 + p % 11] || (ARRAY['','ný','ský','ová','ić','ek','ó'])[1 + p % 7],
       CASE WHEN p % 4 = 0 THEN 'šárka.' || p || '@příklad.cz' ELSE 'p' || p || '@example.cz' END, '+420 601 ' || (100000 + p * 791), (ARRAY['Žitná','Křížová','Świętokrzyska','Őrház utca'])[1 + p % 4] || ' ' || p % 97,
       (ARRAY['Brno','Łódź','Győr','Košice','Čačak','Plzeň'])[1 + p % 6], 'č. ' || md5(p::text)
FROM generate_series(1, 700) p;
INSERT INTO kontakt
SELECT id + 1000, CASE WHEN id % 2 = 0 THEN clientele.fold("jméno") ELSE replace("jméno", 'ž', 'Ž') END, CASE WHEN id % 5 = 0 THEN overlay("příjmení" placing 'ř' from 3 for 1) ELSE clientele.fold("příjmení") END,
       CASE WHEN id % 6 = 0 THEN "e-mail" END, replace(telefon, '+420 ', ''), ulice, replace("město", 'Ł', 'L'), NULL
FROM kontakt WHERE id <= 300 AND id % 3 = 0;
CREATE TABLE zakaznik (cislo text PRIMARY KEY, cele_jmeno text, mail text, tel text);
INSERT INTO zakaznik SELECT 'č' || id, upper("příjmení") || ' ' || "jméno", "e-mail", telefon FROM kontakt WHERE id BETWEEN 200 AND 320;
SQL
my $cyrillic = <<'SQL';
CREATE TABLE kontakt (id int PRIMARY KEY, "имя" text, "фамилия" text, "e-mail" text, "телефон" text, "город" text);
INSERT INTO kontakt
SELECT p, (ARRAY['Марко','Ђорђе','Наталья','Юрий','Јелена','Щука','Василий'])[1 + p % 7], (ARRAY['Јовановић','Петров','Ёлкин','Живковић','Чайковский'])[1 + p % 5] || (ARRAY['','ов','ин','ић','цев','ский','ук','ец'])[1 + p % 8],
       'p' || p || '@example.rs', '+381 64 ' || (1000000 + p * 7919), (ARRAY['Београд','Ниш','Москва'])[1 + p % 3]
FROM generate_series(1, 500) p;
INSERT INTO kontakt SELECT id + 1000, clientele.fold("имя"), "фамилия", CASE WHEN id % 2 = 0 THEN "e-mail" END, replace("телефон", '+381 ', '0'), "город" FROM kontakt WHERE id <= 150;
SQL
my $japanese = <<'SQL';
CREATE TABLE kontakt (id int PRIMARY KEY, last_name text, first_name text, email text, city text);
INSERT INTO kontakt SELECT p, (ARRAY['田中','佐藤','鈴木','高橋'])[1 + p % 4], (ARRAY['太郎','花子','一郎'])[1 + p % 3], 'p' || p || '@example.jp', (ARRAY['東京','大阪'])[1 + p % 2] FROM generate_series(1, 300) p;
INSERT INTO kontakt SELECT id + 1000, last_name, first_name, upper(email), city FROM kontakt WHERE id <= 100;
SQL

# all that a run says, but for what an encoding cannot write
my @said = (
	[ 'the proposed model', q{SELECT jsonb_pretty(clientele.suggest_model('kontakt'))} ],
	[ 'the parameters', q{SELECT p FROM clientele.model_parameters('kontakt') p} ],
	[ 'the pairs, with their weights', q{SELECT p FROM kontakt_pair p ORDER BY left_key, right_key} ],
	[ 'the persons', q{SELECT p FROM kontakt_person p ORDER BY record_key} ],
	[ 'golden records', q{SELECT g FROM kontakt_golden g ORDER BY person_id} ],
	[ 'explain', q{SELECT e FROM kontakt_pair p, clientele.explain('kontakt', p.left_key, p.right_key) e WHERE left_key % 9 = 0} ],
	[ 'blocking_report', q{SELECT b FROM clientele.blocking_report('kontakt') b} ],
	[ 'warnings', q{SELECT w FROM clientele.model_warnings('kontakt') w} ],
	[ 'search', q{SELECT k.id, s FROM kontakt k, clientele.search('kontakt', to_jsonb(k) - 'id', 3) s WHERE id % 11 = 0 ORDER BY k.id, s.match_weight DESC, s.record_key} ],
	[ 'linkage_record', q{SELECT md5(string_agg(clientele.linkage_record('kontakt', k)::text, ',' ORDER BY id)) FROM kontakt k} ],
	[ 'pairs where the records are', q{SELECT (e).* FROM (SELECT unnest(clientele.link_pairs_agg(r.record, b)) AS e
		FROM (SELECT clientele.linkage_record('kontakt', k) AS record FROM kontakt k) r, unnest(clientele.blocking_keys(r.record)) b GROUP BY b) x ORDER BY 1, 2} ],
	[ 'fold and keys', q{SELECT k::text, clientele.fold(k::text), clientele.fold_keys(k::text), clientele.family_name_key(k::text), clientele.name_variants(clientele.fold(k::text)) FROM kontakt k WHERE id % 50 = 1 ORDER BY id} ],
);
my $answers = sub {
	my ($database, $data, @more) = @_;
	$node->safe_psql($database, $data);
	$node->safe_psql($database, q{CALL clientele.dedupe('kontakt')});
	return { map { $_->[0] => $node->safe_psql($database, $_->[1]) } @said, @more };
};
my $same = sub {
	my ($database, $found, $expected) = @_;
	for my $what (sort keys %$expected)
	{
		ok($found->{$what} eq $expected->{$what}, "$database: $what as in UTF-8")
			or diag(first_difference($expected->{$what}, $found->{$what}));
	}
	return;
};

sub first_difference
{
	my @a = split /\n/, shift;
	my @b = split /\n/, shift;
	for my $i (0 .. ($#a > $#b ? $#a : $#b))
	{
		my ($x, $y) = ($a[$i] // '(end)', $b[$i] // '(end)');
		return "line $i\n  utf-8: " . substr($x, 0, 500) . "\n  here:  " . substr($y, 0, 500) if $x ne $y;
	}
	return 'none';
}

# levels of one's own, conditions in SQL and placeholders see what the table has
my @levels = (
	[ 'own levels, SQL and placeholders', q{
		SELECT clientele.create_model('vlastni', 'kontakt', '{"comparisons": [
			{"name": "příjmení", "kind": "levels", "columns": ["příjmení"], "levels": [{"exact": true}, {"jaro_winkler": 0.9}, {"sql": "left(l.příjmení, 1) = left(r.příjmení, 1) AND length(l.příjmení) > 3"}]},
			{"name": "město", "kind": "city", "columns": ["město"], "placeholders": ["Łódź"]}, {"name": "telefon", "kind": "phone", "columns": ["telefon"]}],
			"blocking": [{"keys": [{"column": "telefon"}]}, {"keys": [{"column": "příjmení"}]}]}');
		CALL clientele.train('vlastni');
		CALL clientele.resolve('vlastni');
		SELECT p FROM vlastni_pair p ORDER BY left_key, right_key;
		SELECT e FROM vlastni_pair p, clientele.explain('vlastni', p.left_key, p.right_key) e WHERE left_key % 9 = 0 } ],
	[ 'two tables, keys with letters of their own', q{
		CALL clientele.link('kontakt', 'zakaznik', 'oba');
		SELECT record_key, person_id FROM oba_person ORDER BY source::text, record_key;
		SELECT left_key, right_key, match_weight FROM oba_pair ORDER BY 1, 2;
		SELECT clientele.record_node(clientele.linkage_record('oba', z)) FROM zakaznik z ORDER BY 1;
		SELECT i FROM clientele.identify('oba', 'č205', 'zakaznik') i } ],
	[ 'e-mail addresses', q{
		SELECT "e-mail"::clientele.email, clientele.canonical("e-mail"::clientele.email), clientele.local_part("e-mail"::clientele.email), clientele.domain("e-mail"::clientele.email),
			clientele.try_parse_email('Šárka <' || "e-mail" || '>') FROM kontakt WHERE "e-mail" IS NOT NULL ORDER BY id;
		SELECT 'ŠÁRKA@příklad.cz'::clientele.email OPERATOR(clientele.=) 'šárka@PŘÍKLAD.cz'::clientele.email } ],
);
my $utf8 = $answers->('utf8', $latin, @levels);
cmp_ok(scalar(split /\n/, $utf8->{'the pairs, with their weights'}), '>', 90, 'there are pairs');
like($utf8->{'golden records'}, qr/Dvořáková/, 'and people of these names');
like($utf8->{'the proposed model'}, qr/příjmení/, 'and columns');
$same->('latin2', $answers->('latin2', $latin, @levels), $utf8);
$same->('win1250', $answers->('win1250', $latin, @levels), $utf8);
# where a character is a byte, some functions of the server answer otherwise: the rows come from elsewhere, and no condition counts characters
my $rows = $latin =~ s/^(INSERT|SELECT|FROM|       |\t).*\n//mgr;
for my $table ('kontakt', 'zakaznik')
{
	$rows .= "COPY $table FROM stdin;\n" . $node->safe_psql('utf8', "COPY $table TO stdout") . "\n\\.\n";
}
delete $utf8->{ $levels[0][0] };
$same->('sql_ascii', $answers->('sql_ascii', $rows, @levels[1, 2]), $utf8);

for my $other ([ 'win1251', $cyrillic ], [ 'euc_jp', $japanese ])
{
	$node->safe_psql('postgres', "CREATE DATABASE utf8_$other->[0] TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'");
	$node->safe_psql("utf8_$other->[0]", 'CREATE EXTENSION clientele');
	my $expected = $answers->("utf8_$other->[0]", $other->[1]);
	cmp_ok(scalar(split /\n/, $expected->{'the pairs, with their weights'}), '>', 90, "$other->[0]: there are pairs");
	$same->($other->[0], $answers->($other->[0], $other->[1]), $expected);
}

# with several processes, each converts what it encodes
for my $database ('utf8', 'latin2')
{
	$node->safe_psql($database, <<'SQL');
CREATE TABLE mnoho AS SELECT k.id * 100 + g AS id, k."jméno", k."příjmení" || (ARRAY['','ač','eš','ůj','ň'])[1 + g % 5] || g % 60 AS "příjmení", g || k."e-mail" AS "e-mail", g || k.telefon AS telefon, k."město"
FROM kontakt k, generate_series(1, 30) g;
ALTER TABLE mnoho ADD PRIMARY KEY (id);
ANALYZE mnoho;
CALL clientele.dedupe('mnoho');
SQL
}
is($node->safe_psql('latin2', 'SELECT md5(string_agg(p::text, E\'\n\' ORDER BY record_key)) FROM mnoho_person p'),
	$node->safe_psql('utf8', 'SELECT md5(string_agg(p::text, E\'\n\' ORDER BY record_key)) FROM mnoho_person p'), 'many records, encoded by several processes');

# bytes that mean nothing in an encoding do no harm
my ($strange, $strange_table) = ('', 'CREATE TABLE divny (id int PRIMARY KEY, last_name text, first_name text, email text);
	INSERT INTO divny SELECT i, %s || initcap(md5((i %% 150)::text)), initcap(md5((i %% 50)::text)), \'p\' || i %% 150 || \'@example.org\' FROM generate_series(1, 300) i');
$node->safe_psql('sql_ascii', sprintf($strange_table, 'chr(232)'));
$node->safe_psql('sql_ascii', q{CALL clientele.dedupe('divny')});
is($node->safe_psql('sql_ascii', 'SELECT count(DISTINCT person_id) FROM divny_person'), '150', 'SQL_ASCII: bytes that are no UTF-8 are passed over');
is($node->safe_psql('sql_ascii', q{SELECT count(*) FROM divny a JOIN divny b ON b.id = a.id + 150 AND clientele.value_level('surname', a.last_name, b.last_name) = 1}), '150', 'by the levels of an exported model, too');
my ($ret, $stdout, $stderr) = $node->psql('sql_ascii', q{SELECT (chr(232) || '@example.org')::clientele.email}, on_error_stop => 0);
like($stderr, qr/does not tell what they are|invalid byte sequence/, 'but make no e-mail address');
is($node->safe_psql('sql_ascii', q{SELECT clientele.try_parse_email(chr(232) || '@example.org') IS NULL}), 't', 'which is tried in vain');
$node->safe_psql('win1250', sprintf($strange_table, 'chr(129)'));
$node->safe_psql('win1250', q{CALL clientele.dedupe('divny')});
is($node->safe_psql('win1250', 'SELECT count(DISTINCT person_id) FROM divny_person'), '150', 'WIN1250: so are bytes that it has no character for');
is($node->safe_psql('win1250', q{SELECT count(*) FROM divny a JOIN divny b ON b.id = a.id + 150 AND clientele.value_level('surname', a.last_name, b.last_name) = 1}), '150', 'by the levels of an exported model, too');
is($node->safe_psql('win1250', q{SELECT count(*) FROM divny_pair p, clientele.explain('divny', p.left_key, p.right_key) e WHERE e.left_value IS NOT NULL}) > 0, 1, 'and explained');

# from one database to another: a record carries its letters with it
my $record = $node->safe_psql('latin2', q{SELECT clientele.linkage_record('oba', z) FROM zakaznik z WHERE cislo = 'č205'});
is($node->safe_psql('utf8', "SELECT clientele.record_node('$record')"), 'public.zakaznik č205', 'a linkage_record read in UTF-8');
is($node->safe_psql('win1250', "SELECT clientele.record_node('$record')"), 'public.zakaznik č205', 'and in WIN1250');
($ret, $stdout, $stderr) = $node->psql('win1251', "SELECT clientele.record_node('$record')");
like($stderr, qr/has no equivalent in encoding "WIN1251"/, 'where a letter has no place that is said');

$node->stop;
done_testing();
