#!/usr/bin/perl
# The generator of contacts: the same bytes from two compilers, valid UTF-8 and check digits, errors at the rates
# that its comments promise, and the hard cases present.
use strict;
use warnings;
use utf8;
use Digest::SHA;
use Encode qw(decode FB_CROAK);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use Test::More;

my $top = dirname(__FILE__) . '/../..';
my $tmp = tempdir(CLEANUP => 1);

sub build { my ($name, @cc) = @_; system(@cc, '-Wall', '-Wextra', '-Werror', '-o', "$tmp/$name", "$top/tools/gen_contacts.c") == 0 or BAIL_OUT("@cc"); }

sub run
{
	my ($name, $dir, @options) = @_;
	mkdir "$tmp/$dir";
	my $said = qx($tmp/$name --data $top/tools/gen_contacts_data --out $tmp/$dir @options);
	is($?, 0, "$name @options");
	return $said;
}

sub sum { return Digest::SHA->new(256)->addfile("$tmp/$_[0]")->hexdigest; }

sub fields
{
	my ($line, @f) = @_;
	while ($line =~ /\G(?:"((?:[^"]|"")*)"|([^,"]*))(,|$)/g)
	{
		my ($quoted, $plain, $more) = ($1, $2, $3);
		push @f, defined $quoted ? $quoted =~ s/""/"/gr : $plain;
		last if $more eq '';
	}
	return @f;
}

sub table
{
	my ($file) = @_;
	open my $in, '<', "$tmp/$file" or die "$file: $!";
	my (@names, @rows);
	while (my $line = <$in>)
	{
		chomp $line;
		my @f = fields(decode('UTF-8', $line, FB_CROAK));
		if (!@names) { @names = @f; next; }
		@f == @names or die "$file line $.: " . @f . ' fields';
		my %r;
		@r{@names} = @f;
		push @rows, \%r;
	}
	return @rows;
}

# Two compilers, one of them with the sanitizers on, and a sum from another day.
build('plain', 'cc', '-O2');
build('checked', 'clang', '-O1', '-fsanitize=address,undefined', '-fno-sanitize-recover=all');
my $said = run('plain', 'a', '--rows 40000 --seed 42 --consent');
is(run('checked', 'b', '--rows 40000 --seed 42 --consent'), $said, 'and both say the same');
is(sum("b/$_.csv"), sum("a/$_.csv"), "$_.csv is the same from both") for qw(contacts truth consent);
is(sum('a/contacts.csv'), 'b4cd2b7e7880bf4c7d71d5d591f16f0a72d63c7c074e6f4b01bf49e014b350d0', 'contacts of seed 42 are what they have always been');
is(sum('a/truth.csv'), 'ad91521dff1f2f5ec3570815c1a55a931b4a247d2be181055acf4089a1b2f145', 'and their truth');
run('plain', 'c', '--rows 1000 --seed 43');
isnt((table('c/contacts.csv'))[0]{last_name}, (table('a/contacts.csv'))[0]{last_name}, 'another seed makes other people');
run('plain', 'd', '--persons 1000');
{
	my %p = map { $_->{person_id} => 1 } table('d/truth.csv');
	is(scalar keys %p, 1000, '--persons makes that many');
}
system("$tmp/plain --rows x >/dev/null 2>&1");
isnt($?, 0, 'a bad option is refused');

# Customers of an order table
open my $c, '>', "$tmp/customers" or die;
print $c "C$_," . ('Consumer', 'Corporate', 'Home Office')[ $_ % 3 ] . "\n" for 1 .. 300;
close $c;
run('plain', 'e', "--rows 3000 --customers $tmp/customers");
my @map = table('e/customers.csv');
{
	my (%person, %records, %kind);
	$kind{ $_->{person_id} } = $_->{kind} for table('e/truth.csv');
	for (@map) { $person{ $_->{customer_id} }{ $_->{person_id} } = 1; $records{ $_->{contact_id} }++; }
	is(scalar keys %person, 300, 'every customer has records');
	is(scalar(grep { keys %$_ != 1 } values %person), 0, 'all of one person');
	is(scalar(grep { $_ != 1 } values %records), 0, 'a record belongs to one customer');
	cmp_ok(scalar @map, '>', 540, 'two records a customer and more');
	is(scalar(grep { my ($n) = $_ =~ /(\d+)/; ($kind{ (keys %{ $person{$_} })[0] } eq 'contact') != ($n % 3 == 1) } keys %person),
		0, 'a corporate customer is somebody at a firm');
}

my @contacts = table('a/contacts.csv');
my @truth    = table('a/truth.csv');
is(scalar @contacts, 40000, 'records');
is(scalar @truth,    40000, 'and as many true answers');
my (%persons, %kinds, %rate, %bad, %by_person, %member_of);
for my $i (0 .. $#contacts)
{
	my ($r, $t) = ($contacts[$i], $truth[$i]);
	$bad{id}++ if $r->{id} != $i + 1 || $t->{id} != $i + 1;
	push @{ $by_person{ $t->{person_id} } }, $i;
	$member_of{ $t->{household_id} }{ $t->{person_id} } = 1;
	$kinds{ $t->{kind} }++;
	$rate{$_}++ for split / /, $t->{errors};
	$bad{date}++  if $r->{birth_date} && $r->{birth_date} !~ /^(19[0-9]\d|200\d)-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
	$bad{time}++  if $r->{created_at} !~ /^201[2-7]-\d\d-\d\d \d\d:\d\d:\d\d\+00$/ || $r->{updated_at} lt $r->{created_at};
	$bad{nobody}++ if $r->{first_name} . $r->{last_name} . $r->{company} eq '';
	$bad{control}++ if join('', values %$r) =~ /[\x00-\x1f\x7f-\x9f\x{fffd}]/;
	$bad{email}++ if $r->{email} && $r->{email} !~ /^[A-Za-z0-9._+]+@[A-Za-z0-9.-]+\.[A-Za-z]+$/;
	$bad{cyrillic}++ if !!($t->{errors} =~ /cyrillic/) ne !!("$r->{first_name}$r->{last_name}$r->{company}" =~ /\p{Cyrillic}/);
}
is($bad{$_} // 0, 0, "no record has a bad $_") for qw(id date time nobody control email cyrillic);
is_deeply([ sort keys %kinds ], [qw(contact firm person)], 'kinds');

# Check digits, each by the formula of its country
my %digits = (
	mod11_10 => sub { my $p = 10; for (split //, substr($_[0], 0, -1)) { $p = ($p + $_) % 10 || 10; $p = $p * 2 % 11; } ($p + substr($_[0], -1)) % 10 == 1 },
	weights  => sub { my ($s, @w) = @_; my $x = 0; $x += $w[$_] * substr($s, $_, 1) for 0 .. $#w; $x });
my %valid = (
	RS => sub { length $_[0] == 9  && $digits{mod11_10}->($_[0]) },
	HR => sub { length $_[0] == 11 && $digits{mod11_10}->($_[0]) },
	DE => sub { length $_[0] == 9  && $digits{mod11_10}->($_[0]) },
	SI => sub { my $c = 11 - $digits{weights}->($_[0], 8, 7, 6, 5, 4, 3, 2) % 11; length $_[0] == 8 && $c < 11 && $c % 10 == substr($_[0], -1) },
	PL => sub { length $_[0] == 10 && $digits{weights}->($_[0], 6, 5, 7, 2, 3, 4, 5, 6, 7) % 11 == substr($_[0], -1) },
	CZ => sub { length $_[0] == 8 && (11 - $digits{weights}->($_[0], 8, 7, 6, 5, 4, 3, 2) % 11) % 10 == substr($_[0], -1) },
	GB => sub { length $_[0] == 9 && ($digits{weights}->($_[0], 8, 7, 6, 5, 4, 3, 2) + substr($_[0], -2)) % 97 == 0 });
$valid{SK} = $valid{CZ};
my %taxed;
for my $r (grep { $_->{tax_number} } @contacts)
{
	(my $n = $r->{tax_number}) =~ s/^[A-Z]{2}|[ -]//g;
	$taxed{ $r->{country} }[ $valid{ $r->{country} }->($n) ? 0 : 1 ]++;
}
for my $c (sort keys %valid)
{
	is($taxed{$c}[1] // 0, 0, "tax numbers of $c have the right check digit");
	cmp_ok($taxed{$c}[0], '>', 100, "and there are some in $c");
}

# Rates of what is done to records, in a thousand, from and to
my %bounds = (
	no_diacritics => [ 160, 220 ], cyrillic => [ 45, 70 ],  nickname => [ 55, 85 ],  moved => [ 75, 105 ], typo_first => [ 20, 35 ],
	typo_last => [ 27, 42 ], swapped => [ 15, 28 ], ocr => [ 8, 16 ], maiden_name => [ 9, 17 ], dob_typo => [ 15, 27 ], dob_swapped => [ 2, 7 ],
	dob_placeholder => [ 3, 8 ], email_shared => [ 11, 24 ], email_typo_domain => [ 8, 16 ], email_tag => [ 10, 19 ], email_role => [ 5, 13 ],
	email_other => [ 30, 50 ], phone_shared => [ 100, 140 ], phone_switchboard => [ 28, 48 ], phone_typo => [ 8, 16 ], placeholder => [ 5, 12 ],
	one_field => [ 5, 11 ], half_of_double_name => [ 1, 6 ], no_legal_form => [ 12, 24 ]);
for my $what (sort keys %bounds)
{
	my $per_mille = ($rate{$what} // 0) / 40;
	ok($per_mille >= $bounds{$what}[0] && $per_mille <= $bounds{$what}[1], "$what: $bounds{$what}[0] to $bounds{$what}[1] in a thousand")
	  or diag $per_mille;
}
my $share = (40000 - keys %by_person) / 40000;
ok($share > .28 && $share < .37, 'a third of the records are further records of somebody') or diag $share;

# The hard negatives: a son of his father's name at one address, twins, namesakes in one town, one landline for several.
{
	my (%name_at, %born_at, %phone, %namesakes, %short, %woman);
	for my $i (0 .. $#contacts)
	{
		my ($r, $t) = ($contacts[$i], $truth[$i]);
		next if $t->{kind} ne 'person' || $t->{errors} =~ /cyrillic|diacritics|typo|swapped|moved|ocr|placeholder|year_only/;
		my $name = lc "$r->{first_name} $r->{last_name}";
		$name_at{"$t->{household_id} $name"}{ $t->{person_id} } = 1;
		$born_at{"$t->{household_id} $r->{birth_date}"}{ $t->{person_id} } = 1 if $r->{birth_date};
		$phone{ $r->{phone} }{ $t->{person_id} } = 1 if $r->{phone};
		$namesakes{"$name $r->{city}"}{ $t->{household_id} } = 1 if $r->{city};
		push @{ $woman{ $r->{country} } }, $r->{last_name} if $r->{sex} eq 'F';
	}
	my $several = sub { scalar grep { keys %$_ > 1 } values %{ $_[0] } };
	cmp_ok($several->(\%name_at), '>', 20, 'fathers and sons of one name');
	cmp_ok($several->(\%born_at), '>', 10, 'twins');
	cmp_ok($several->(\%phone), '>', 50, 'people behind one telephone');
	cmp_ok($several->(\%namesakes), '>', 15, 'namesakes in one town');
	my $part = sub { my ($c, $re) = @_; my @w = @{ $woman{$c} }; return (grep { /$re/ } @w) / @w };
	cmp_ok($part->('CZ', qr/(ová|á|í)\b/i), '>', .9, 'Czech women have women\'s surnames');
	cmp_ok($part->('PL', qr/(ski|cki)\b/i), '<', .01, 'Polish women are not -ski');
	cmp_ok($part->('PL', qr/(ska|cka)\b/i), '>', .3, 'but -ska');
	my %distinct = map { lc $_->{last_name} => 1 } @contacts;
	cmp_ok(scalar keys %distinct, '>', 9000, 'not everybody is a namesake') or diag scalar keys %distinct;
}

# Consent
{
	my (%what, $before);
	for my $e (table('a/consent.csv'))
	{
		$what{ $e->{event} }++;
		$before++ if $e->{at} lt substr($contacts[ $e->{contact_id} - 1 ]{created_at}, 0, 19);
	}
	is($before // 0, 0, 'nobody said anything before there was a record');
	is(join(' ', sort keys %what), 'confirmed given notice_served objected requested restricted withdrawn', 'all kinds of events');
}
done_testing();
