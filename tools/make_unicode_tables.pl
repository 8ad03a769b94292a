#!/usr/bin/perl
#
# make_unicode_tables.pl - writes src/text/fold_tables.h
#
# usage: tools/make_unicode_tables.pl src/text/data/letters.txt > src/text/fold_tables.h
#
# Takes decompositions, case folding, combining classes and categories from the
# Unicode data that come with perl, and the transliteration from letters.txt.
# The result is kept in the repository, so building needs neither perl nor its
# Unicode version; run this again when letters.txt or the Unicode version
# changes, and raise CLT_FOLD_VERSION when a result changes with it.
use strict;
use warnings;
use utf8;
use feature 'fc';
use Unicode::Normalize qw(NFKD NFD NFC getCombinClass getComposite);
use Unicode::UCD ();

my $file = shift or die "usage: $0 letters.txt\n";
binmode STDOUT, ':encoding(UTF-8)';

# ---- kinds of code points; the same numbers stand in fold*.c through the header
my %K = (OTHER => 0, BREAK => 1, DROP => 2, MARK => 3, LETTER => 4, DIGIT => 5, WORD => 6, DECOMP => 7);
my %SCRIPT = (latin => 1, greek => 2, cyrillic => 3);

# ---- letters.txt
my (@letters, %letter);
for my $l ('a' .. 'z')
{
	$letter{$l} = @letters;
	push @letters, [ 1, $l, $l, $l, $l ];
}
open(my $in, '<:encoding(UTF-8)', $file) or die "$file: $!\n";
my $script = 0;
my %composed;    # letters of the table that Unicode decomposes
while (<$in>)
{
	chomp;
	next if /^#/ or /^\s*$/;
	if (/^\[(\w+)\]$/) { $script = $SCRIPT{$1} or die "unknown script $1\n"; next; }
	my ($c, @f) = map { s/^\s+|\s+$//gr } split /\|/, $_, -1;
	die "line $.: $_\n" unless length($c) == 1 and @f == 3;
	$f[1] = $f[0] if $f[1] eq '';
	$f[2] = $f[0] if $f[2] eq '';
	for (@f) { $_ = '' if $_ eq '-'; die "line $.: too long\n" if length > 4; die "line $.: not ASCII\n" if /[^a-z]/; }
	die "line $.: $c twice\n" if exists $letter{$c};
	$letter{$c} = @letters;
	push @letters, [ $script, $c, @f ];
	$composed{$c} = 1 if NFKD($c) ne $c;
}
close $in;

# ---- what is dropped without breaking a word: apostrophes, primes, the Catalan dot
my %drop = map { $_ => 1 } map { chr } (
	0x27, 0x60, 0xB4, 0xB7, 0x2018, 0x2019, 0x201B, 0x2032, 0x2035, 0x02B9, 0x02BA, 0x02BB, 0x02BC,
	0x02BD, 0x02BE, 0x02BF, 0x02C8, 0x02EE, 0x0374, 0x0384, 0x1FBD, 0x1FBF, 0x1FEF, 0x1FFD, 0x1FFE,
	0x055A, 0xFF07, 0xFF40, 0xA78B, 0xA78C);

sub decomp
{
	my ($c) = @_;
	my $s = $c;
	for (;;)
	{
		my $t = NFKD(fc(NFKD($s)));
		last if $t eq $s;
		$s = $t;
	}
	# digits of every script are numbers people read aloud alike
	$s =~ s/(\p{Nd})/Unicode::UCD::num($1)/ge;
	$s =~ s/\p{DI}//g;
	return $s;
}

my $LAST = 0x2FA1F;    # beyond: OTHER, except the ignorable E0000..E0FFF
my (@entry, %pool, $pool, %atomkind);
$pool = '';

sub atom_entry
{
	my ($c) = @_;
	return $K{DROP} if $drop{$c};
	return $K{LETTER} | ($letter{$c} << 8) if exists $letter{$c} and !$composed{$c};
	return $K{DIGIT} | (ord($c) << 8) if $c =~ /^[0-9]$/;
	return $K{WORD} | (ord($c) << 8) if $c eq '&' or $c eq '+';
	if ($c =~ /^\p{M}$/)
	{
		my $ccc = getCombinClass(ord $c);
		my $strip = $c =~ /^[\p{sc=Zinh}\p{sc=Zyyy}\p{sc=Latn}\p{sc=Grek}\p{sc=Cyrl}]$/;
		return ($strip ? $K{MARK} : $K{OTHER}) | ($ccc << 8);
	}
	return $K{OTHER} if $c =~ /^[\p{L}\p{N}\p{Co}\p{Cn}]$/ or (ord $c >= 0x2800 and ord $c <= 0x28FF);
	return $K{BREAK};
}

for my $o (0 .. $LAST)
{
	if ($o >= 0xD800 and $o <= 0xDFFF) { $entry[$o] = $K{BREAK}; next; }
	if ($o >= 0xAC00 and $o <= 0xD7A3) { $entry[$o] = $K{OTHER}; next; }    # composed by arithmetic
	no warnings 'utf8';
	my $c = chr $o;
	if ($drop{$c}) { $entry[$o] = $K{DROP}; next; }
	my $d = decomp($c);
	if ($d eq $c) { $entry[$o] = atom_entry($c); next; }
	if ($d eq '') { $entry[$o] = $K{DROP}; next; }
	my $u = $d;
	utf8::encode($u);
	if (length($d) == 1 and $d =~ /^[0-9a-z&+]$/ or length($d) == 1 and exists $letter{$d} and !$composed{$d})
	{
		# a capital or a compatibility form of one known letter: no detour
		$entry[$o] = atom_entry($d);
		next;
	}
	if (!exists $pool{$u})
	{
		die "decomposition too long\n" if length($u) > 255;
		$pool{$u} = length $pool;
		$pool .= chr(length $u) . $u;
	}
	$entry[$o] = $K{DECOMP} | ($pool{$u} << 8);
}

# ---- compositions that can still happen: the first part is not a known letter
my @comp;
for my $o (0x80 .. $LAST)
{
	next if $o >= 0xAC00 and $o <= 0xDFFF;
	no warnings 'utf8';
	my $c = chr $o;
	my $d = NFD($c);
	next if $d eq $c or NFC($c) ne $c or length($d) < 2;
	my $last = substr($d, -1);
	my $first = NFC(substr($d, 0, -1));
	die sprintf("U+%04X\n", $o) unless length($first) == 1 and getComposite(ord $first, ord $last) == $o;
	my $base = substr($d, 0, 1);
	my $e = atom_entry($base);
	next unless ($e & 7) == $K{OTHER} and decomp($c) eq $d;
	push @comp, [ ord $first, ord $last, $o ];
}
@comp = sort { $a->[0] <=> $b->[0] or $a->[1] <=> $b->[1] } @comp;

# ---- trie with blocks of 64
my (@index, %block, @blocks);
for (my $b = 0; $b <= $LAST; $b += 64)
{
	my @v = map { $_ <= $LAST ? $entry[$_] : $K{OTHER} } $b .. $b + 63;
	my $key = join ',', @v;
	if (!exists $block{$key})
	{
		$block{$key} = @blocks;
		push @blocks, \@v;
	}
	push @index, $block{$key};
}

# ---- finished answers for the letters Latin text is made of
sub latin
{
	my ($o) = @_;
	my $c = chr $o;
	return [ 0x40, 0, '' ] if $o == 0xD0;    # at the start of a word it is a mistyped Đ
	my $e = $entry[$o];
	my @atoms = ($c);
	my $kind = $e & 7;
	return [ 0x80, 0, '' ] if $kind == $K{BREAK};
	return [ 0, 0, '' ] if $kind == $K{DROP};
	if ($kind == $K{DECOMP})
	{
		@atoms = split //, decomp($c);
	}
	my $out = '';
	my $feat = 0;
	$feat |= 2 if $o == 0xDF or $o == 0x1E9E;
	for my $a (@atoms)
	{
		my $ae = $entry[ord $a];
		my $ak = $ae & 7;
		if ($ak == $K{LETTER} and $letters[ $ae >> 8 ][0] == 1)
		{
			my $l = $letters[ $ae >> 8 ];
			$out .= $l->[2];
			$feat |= 1 if $l->[3] ne $l->[2];
			$feat |= 2 if $l->[4] ne $l->[2];
		}
		elsif ($ak == $K{DIGIT}) { $out .= chr($ae >> 8); }
		elsif ($ak == $K{MARK})
		{
			$feat |= 1 if $a eq "\x{308}" and $out =~ /[aou]$/ or $a eq "\x{30A}" and $out =~ /a$/;
		}
		elsif ($ak == $K{DROP}) { }
		else { return [ 0x40, 0, '' ]; }
	}
	return [ 0x40, 0, '' ] if length $out > 6;
	return [ length $out, $feat, $out ];
}

my $ver = Unicode::UCD::UnicodeVersion();
print <<"END";
/*
 * fold_tables.h
 *	  Letter tables of fold*.c.  Made by tools/make_unicode_tables.pl from
 *	  Unicode $ver and src/text/data/letters.txt; do not edit.
 */
END
printf "#define FOLD_KIND_%-8s %d\n", $_, $K{$_} for sort { $K{$a} <=> $K{$b} } keys %K;
print "\n";
printf "#define FOLD_SCRIPT_%-8s %d\n", uc $_, $SCRIPT{$_} for sort { $SCRIPT{$a} <=> $SCRIPT{$b} } keys %SCRIPT;
printf "\n#define FOLD_LAST_CODE 0x%X\n", $LAST;

print "\n/* what a letter is written as: strict, second, third form */\n";
print "static const FoldLetter fold_letters[] = {\n";
for my $l (@letters)
{
	printf "\t{%d, {%d, %d, %d}, {\"%s\", \"%s\", \"%s\"}},\t/* %s */\n", $l->[0],
	  (map { length $l->[$_] } 2 .. 4), $l->[2], $l->[3], $l->[4], $l->[1];
}
print "};\n";
for my $l (grep { ord $_->[1] > 0x7F and $_->[0] > 1 } @letters)
{
	printf "#define FOLD_LETTER_%04X %d\n", ord $l->[1], $letter{ $l->[1] };
}

sub numbers
{
	my ($decl, $fmt, @v) = @_;
	print "\n$decl = {\n";
	my $line = '';
	for (@v)
	{
		my $n = sprintf($fmt, $_) . ',';
		if (length($line) + length($n) > 110) { print "\t$line\n"; $line = ''; }
		$line .= $n;
	}
	print "\t$line\n};\n";
}

numbers('static const uint16_t fold_index[]', '%d', @index);
numbers('static const uint32_t fold_blocks[]', '0x%X', map { @$_ } @blocks);
numbers('static const unsigned char fold_pool[]', '%d', map { ord } split //, $pool);

print "\n/* canonical compositions of letters that stay: first, second, composed */\n";
print "static const uint32_t fold_compose[][3] = {\n";
printf "\t{0x%X, 0x%X, 0x%X},\n", @$_ for @comp;
print "};\n";

for my $r ([ 'fold_latin', 0x80, 0x24F ], [ 'fold_latin_more', 0x1E00, 0x1EFF ])
{
	print "\n/* finished answers for U+", sprintf('%04X', $r->[1]), " to U+", sprintf('%04X', $r->[2]), " */\n";
	print "static const FoldDone $r->[0]\[] = {\n";
	for my $o ($r->[1] .. $r->[2])
	{
		my $l = latin($o);
		my $cat = chr($o) =~ /^\p{L}$/ ? chr $o : '';
		printf "\t{%d, %d, \"%s\"},%s\n", $l->[0], $l->[1], $l->[2], $cat ne '' ? "\t/* $cat */" : '';
	}
	print "};\n";
}

print STDERR scalar(@blocks), " blocks, pool ", length $pool, " bytes, ", scalar(@comp), " compositions, ",
  scalar(@letters), " letters\n";
