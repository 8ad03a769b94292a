#!/usr/bin/perl
#
# make_name_tables.pl - writes src/text/name_tables.h
#
# usage: tools/make_name_tables.pl src/text/data/given_names.txt > src/text/name_tables.h
#
# Folds the names (they are Latin; fold() must leave the result alone, which a
# unit test checks), sorts them, and notes for each the lines it stands on.
use strict;
use warnings;
use utf8;
use Unicode::Normalize qw(NFKD);

my $file = shift or die "usage: $0 given_names.txt\n";
my (%lines, @groups);
open(my $in, '<:encoding(UTF-8)', $file) or die "$file: $!\n";
while (<$in>)
{
	next if /^#/ or /^\s*$/;
	my %seen;
	my @names = grep { !$seen{$_}++ } map { plain($_) } split ' ';
	next if @names < 2;
	push @groups, \@names;
	push @{ $lines{$_} }, $#groups for @names;
}
close $in;

sub plain
{
	my ($s) = @_;
	$s = lc $s;
	$s =~ s/đ/dj/g;
	$s =~ s/ł/l/g;
	$s =~ s/ß/ss/g;
	$s = NFKD($s);
	$s =~ s/\p{M}//g;
	$s =~ s/-/ /g;
	die "line $.: $s\n" if $s =~ /[^a-z ]/;
	return $s;
}

my @names = sort keys %lines;
my %number = map { $names[$_] => $_ } 0 .. $#names;
my $most = 0;
for my $n (@names)
{
	my %all = map { $_ => 1 } map { @{ $groups[$_] } } @{ $lines{$n} };
	$most = keys %all if keys %all > $most;
}

print <<'END';
/*
 * name_tables.h
 *	  Given names with their short forms.  Made by tools/make_name_tables.pl
 *	  from src/text/data/given_names.txt; do not edit.
 */
END
printf "#define NAMES_COUNT %d\n#define NAMES_MOST %d\n\n", scalar @names, $most;

sub numbers
{
	my ($decl, @v) = @_;
	print "$decl = {\n";
	my $line = '';
	for (@v)
	{
		if (length($line) + length($_) > 100) { print "\t$line\n"; $line = ''; }
		$line .= "$_,";
	}
	print "\t$line\n};\n\n";
}
print "/* sorted by bytes */\nstatic const char *const names[] = {\n";
print "\t\"$_\",\n" for @names;
print "};\n\n/* the lines of name i: name_lines[name_first[i]] up to name_first[i + 1] */\n";
my (@first, @lines, @gfirst, @members);
for (@names) { push @first, scalar @lines; push @lines, @{ $lines{$_} }; }
push @first, scalar @lines;
for my $g (@groups) { push @gfirst, scalar @members; push @members, map { $number{$_} } @$g; }
push @gfirst, scalar @members;
numbers('static const uint16_t name_first[]', @first);
numbers('static const uint16_t name_lines[]', @lines);
print "/* the names of line g, as numbers */\n";
numbers('static const uint16_t line_first[]', @gfirst);
numbers('static const uint16_t line_names[]', @members);
printf STDERR "%d names on %d lines, at most %d variants\n", scalar @names, scalar @groups, $most;
