#!/usr/bin/perl
# Every relative link of the pages leads to a file, and every page of doc/ is on the map.
use strict;
use warnings;
use File::Basename qw(dirname basename);
use Test::More;

my $top = dirname(__FILE__) . '/../..';
my %linked;
for my $page (map { glob "$top/$_" } qw(*.md doc/*.md src/*.md demo/*/*.md))
{
	open my $in, '<', $page or die "$page: $!";
	my (@broken, $code);
	while (<$in>)
	{
		$code = !$code if /^```/;
		next if $code;
		while (/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)
		{
			my $link = $1;
			next if $link =~ /^[a-z]+:/;
			$linked{ basename($link) } = 1 if $page =~ m{doc/README.md$};
			push @broken, "line $.: $link" unless -e dirname($page) . "/$link";
		}
	}
	is("@broken", '', substr($page, length("$top/")) . ': links');
}
ok($linked{ basename($_) }, 'doc/README.md lists ' . basename($_)) for grep { !m{doc/README.md$} } glob "$top/doc/*.md";
done_testing();
