/*-------------------------------------------------------------------------
 *
 * customers.c
 *	  Sorting of customers by x, T, t_x.
 *
 * Numbers that are not negative are in the order of their bits.  So customers
 * are dealt out by the highest digit in which they differ, each heap by the
 * next one of its own, and heaps that are small are sorted by comparing: for
 * histories in days, two or three rounds.
 *
 *-------------------------------------------------------------------------
 */
#include "clv/customers.h"

#include <stdbool.h>
#include <string.h>

#define DIGIT_BITS 11

/* Heaps of at most so many are sorted by insertion. */
#define SMALL 24

/* Below this, dealing out costs more than it brings: fewer digits. */
#define LARGE 4096
#define SMALL_DIGIT_BITS 6

typedef enum Key
{
	KEY_X, KEY_T, KEY_T_X, KEYS
} Key;

static inline uint64_t
bits(const Customer *c, Key key)
{
	uint64_t	b;

	memcpy(&b, key == KEY_X ? &c->x : key == KEY_T ? &c->T : &c->t_x, sizeof(b));
	return b;
}

static inline bool
is_before(const Customer *a, const Customer *b)
{
	if (a->x != b->x)
		return a->x < b->x;
	if (a->T != b->T)
		return a->T < b->T;
	return a->t_x < b->t_x;
}

static void
insertion_sort(Customer *c, size_t n)
{
	for (size_t i = 1; i < n; i++)
	{
		Customer	moving = c[i];
		size_t		j = i;

		for (; j > 0 && is_before(&moving, &c[j - 1]); j--)
			c[j] = c[j - 1];
		c[j] = moving;
	}
}

/* Which bits of a key are not the same in all? */
static uint64_t
differing(const Customer *c, size_t n, Key key)
{
	uint64_t	first = bits(c, key);
	uint64_t	differ = 0;

	for (size_t i = 1; i < n; i++)
		differ |= bits(&c[i], key) ^ first;
	return differ;
}

static void sort_from(Customer *c, Customer *scratch, size_t n, Key key);

/*
 * Deals out by the highest digit of so many bits in which the customers
 * differ, then sorts each heap.  end[] is zeroed, and has a place a digit.  A
 * round settles at least one bit, so the depth is at most that of 192 bits.
 */
static inline void
deal_out(Customer *c, Customer *scratch, size_t n, Key key, uint64_t differ, int width, uint32_t *end)
{
	uint64_t	mask = ((uint64_t) 1 << width) - 1;
	int			shift = 64 - width - __builtin_clzll(differ);
	uint32_t	total = 0;

	shift = shift < 0 ? 0 : shift;
	for (size_t i = 0; i < n; i++)
		end[(bits(&c[i], key) >> shift) & mask]++;
	for (uint64_t d = 0; d <= mask; d++)
	{
		uint32_t	count = end[d];

		end[d] = total;
		total += count;
	}
	for (size_t i = 0; i < n; i++)
		scratch[end[(bits(&c[i], key) >> shift) & mask]++] = c[i];
	memcpy(c, scratch, n * sizeof(Customer));
	for (uint64_t d = 0; d <= mask; d++)
	{
		size_t		from = d == 0 ? 0 : end[d - 1];
		size_t		count = end[d] - from;

		if (count <= SMALL)
			insertion_sort(c + from, count);
		else
			sort_from(c + from, scratch + from, count, key);
	}
}

static void
deal_out_many(Customer *c, Customer *scratch, size_t n, Key key, uint64_t differ)
{
	uint32_t	end[1 << DIGIT_BITS] = {0};

	deal_out(c, scratch, n, key, differ, DIGIT_BITS, end);
}

static void
deal_out_few(Customer *c, Customer *scratch, size_t n, Key key, uint64_t differ)
{
	uint32_t	end[1 << SMALL_DIGIT_BITS] = {0};

	deal_out(c, scratch, n, key, differ, SMALL_DIGIT_BITS, end);
}

/* Sorts customers who have all keys before the given one in common. */
static void
sort_from(Customer *c, Customer *scratch, size_t n, Key key)
{
	for (; key < KEYS; key++)
	{
		uint64_t	differ = differing(c, n, key);

		if (differ == 0)
			continue;
		if (n < LARGE)
			deal_out_few(c, scratch, n, key, differ);
		else
			deal_out_many(c, scratch, n, key, differ);
		return;
	}
}

void
clt_customers_sort(Customer *customers, Customer *scratch, size_t n)
{
	if (n <= SMALL)
		insertion_sort(customers, n);
	else
		sort_from(customers, scratch, n, KEY_X);
}
