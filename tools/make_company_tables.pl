#!/usr/bin/perl
#
# make_company_tables.pl - writes src/text/company_tables.h
#
# usage: tools/make_company_tables.pl src/text/data > src/text/company_tables.h
#
# Sorts the spellings of legal_forms.txt and the words of generic_words.txt for
# binary search.  Dies when one spelling stands for two forms.
use strict;
use warnings;

my $dir = shift or die "usage: $0 directory\n";
my %flag = (l => 1, m => 2);
my (@forms, %spelling);

open(my $in, '<', "$dir/legal_forms.txt") or die "$dir/legal_forms.txt: $!\n";
while (<$in>)
{
	chomp;
	next if /^#/ or /^\s*$/;
	my ($name, $where, @spellings) = map { s/^\s+|\s+$//gr } split /\|/;
	die "line $.: no spelling\n" unless @spellings;
	my $flags = 0;
	for (split //, $where) { $flags |= $flag{$_} // die "line $.: unknown flag $_\n"; }
	push @forms, $name;
	for my $s (@spellings)
	{
		my $key = lc $s =~ s/[^A-Za-z0-9]//gr;
		die "line $.: not ASCII: $s\n" if $s =~ /[^ -~]/ or $key eq '';
		die "line $.: $s also stands for $forms[$spelling{$key}[0] - 1]\n"
		  if exists $spelling{$key} and $spelling{$key}[0] != @forms;
		$spelling{$key} = [ scalar @forms, $flags ];
	}
}
close $in;

my %generic;
open($in, '<', "$dir/generic_words.txt") or die "$dir/generic_words.txt: $!\n";
while (<$in>)
{
	next if /^#/;
	for (split ' ')
	{
		die "line $.: not folded: $_\n" if /[^a-z]/;
		$generic{$_} = 1;
	}
}
close $in;

print <<'END';
/*
 * company_tables.h
 *	  Legal forms and words of trade.  Made by tools/make_company_tables.pl
 *	  from src/text/data/legal_forms.txt and generic_words.txt; do not edit.
 */
END
print "static const char *const legal_names[] = {\n\tNULL,\n";
print "\t", ($_ eq '-' ? 'NULL' : "\"$_\""), ",\n" for @forms;
print "};\n\n#define LEGAL_LEADS 1\n#define LEGAL_MIDDLE 2\n\n/* sorted by bytes */\n";
print "static const LegalSpelling legal_spellings[] = {\n";
my $longest = 0;
for (sort keys %spelling)
{
	printf "\t{\"%s\", %d, %d},\n", $_, @{ $spelling{$_} };
	$longest = length if length > $longest;
}
print "};\n\n#define LEGAL_LONGEST $longest\n\n";
print "static const char *const generic_words[] = {\n";
print "\t\"$_\",\n" for sort keys %generic;
print "};\n";
