#!/usr/bin/perl
# The order lines of the demo: complete, clean, and what its NOTE says.
use strict;
use warnings;
use File::Basename qw(dirname);
use Test::More;

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

my $dir = dirname(__FILE__) . '/../../demo/superstore';
open my $in, '-|:encoding(UTF-8)', 'gzip', '-dc', "$dir/order_line.csv.gz" or die $!;
chomp(my $head = <$in>);
my @names = split /,/, $head;
is("@names", 'line_id order_id ordered_on customer_id customer_name segment city state region product_id product_name '
	  . 'category sub_category sales quantity discount profit', 'columns');

my (%distinct, $lines, @bad, %one_customer, %one_date);
my %decimals = (sales => 0, profit => 0, discount => 0, quantity => 0);
while (my $line = <$in>)
{
	chomp $line;
	my @f = fields($line);
	push @bad, $line if @f != @names;
	my %v;
	@v{@names} = @f;
	$lines++;
	$distinct{$_}{ $v{$_} }++ for qw(order_id customer_id customer_name product_id segment sub_category category);
	$one_customer{ $v{order_id} }{ $v{customer_id} }++;
	$one_date{ $v{order_id} }{ $v{ordered_on} }++;
	push @bad, $line
	  if $line =~ /[\x{80}-\x{a0}\x{fffd}\x00-\x1f]|\x{c3}[\x{80}-\x{bf}]/    # mojibake, no-break spaces, control codes
	  || $v{ordered_on} !~ /^201[4-7]-\d\d-\d\d$/
	  || grep { $v{$_} !~ /^-?\d+(\.\d{1,4})?$/ } keys %decimals;
	# exact, in ten-thousandths
	for (keys %decimals)
	{
		my ($sign, $int, $frac) = $v{$_} =~ /^(-?)(\d+)(?:\.(\d+))?/;
		$decimals{$_} += ($sign ? -1 : 1) * ($int * 10000 + substr(($frac // '') . '0000', 0, 4));
	}
}
is($lines, 9994, 'order lines');
is(scalar keys %{ $distinct{order_id} }, 5009, 'orders');
is(scalar keys %{ $distinct{customer_id} }, 793, 'customers');
is(scalar keys %{ $distinct{customer_name} }, 793, 'named customers');
is(scalar keys %{ $distinct{product_id} }, 1862, 'products');
is(scalar keys %{ $distinct{sub_category} }, 17, 'sub-categories');
is(join(' ', sort keys %{ $distinct{segment} }), 'Consumer Corporate Home Office', 'segments');
is($decimals{sales}, 22972008603, 'revenue is 2,297,200.8603');
is($decimals{quantity}, 378730000, '37,873 pieces');
is(scalar(grep { keys %$_ > 1 } values %one_customer), 0, 'an order belongs to one customer');
is(scalar(grep { keys %$_ > 1 } values %one_date), 0, 'an order has one date');
is(scalar @bad, 0, 'every line is clean') or diag join "\n", @bad[ 0 .. ($#bad < 4 ? $#bad : 4) ];
ok(-s "$dir/LICENSE", 'the licence is there');
done_testing();
