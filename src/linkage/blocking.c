/*
 * blocking.c
 *		Blocking keys: sorting (key, row), runs of equal keys, exact pair counts.
 *
 * Keys are 64-bit hashes, so the order of two different keys means nothing;
 * all that is asked of the sort is that equal keys stand together and that rows
 * inside a run keep their order.  Three counting passes of eleven bits do that
 * but for keys that agree in 33 bits, and those are put right by an insertion
 * sort that meets a stray key about once in ten thousand.
 */
#include "linkage/blocking.h"

#include <string.h>

#define RADIX_BITS 11
#define RADIX_SIZE (1 << RADIX_BITS)
#define RADIX_PASSES 3

/* clt_block_mix finishes a hash so that each bit depends on each (Stafford's mix 13). */
uint64_t
clt_block_mix(uint64_t h)
{
	h ^= h >> 30;
	h *= UINT64_C(0xbf58476d1ce4e5b9);
	h ^= h >> 27;
	h *= UINT64_C(0x94d049bb133111eb);
	h ^= h >> 31;
	return h;
}

/* clt_block_combine makes one key of two; 0, "no key", wins over everything. */
uint64_t
clt_block_combine(uint64_t a, uint64_t b)
{
	uint64_t	h;

	if (a == 0 || b == 0)
		return 0;
	h = clt_block_mix(a + UINT64_C(0x9e3779b97f4a7c15) * (b | 1)) ^ clt_block_mix(b);
	return h ? h : 1;
}

/* clt_block_hash hashes bytes the same way on every platform; never 0. */
uint64_t
clt_block_hash(const char *s, size_t len, uint64_t seed)
{
	uint64_t	h = clt_block_mix(seed + UINT64_C(0x9e3779b97f4a7c15) + len);

	while (len >= 8)
	{
		uint64_t	w = 0;
		int			i;

		for (i = 7; i >= 0; i--)
			w = (w << 8) | (unsigned char) s[i];
		h = clt_block_mix(h ^ w);
		s += 8;
		len -= 8;
	}
	if (len > 0)
	{
		uint64_t	w = 0;

		while (len > 0)
			w = (w << 8) | (unsigned char) s[--len];
		h = clt_block_mix(h ^ w);
	}
	return h ? h : 1;
}

/* clt_block_sort brings equal keys together, rows ascending if they were given so. */
void
clt_block_sort(CltKeyRow *a, CltKeyRow *tmp, size_t n)
{
	uint32_t	count[RADIX_PASSES][RADIX_SIZE];
	CltKeyRow  *from = a;
	CltKeyRow  *to = tmp;
	size_t		i;
	int			pass;

	if (n < 2)
		return;
	memset(count, 0, sizeof(count));
	for (i = 0; i < n; i++)
		for (pass = 0; pass < RADIX_PASSES; pass++)
			count[pass][(a[i].key >> (pass * RADIX_BITS)) & (RADIX_SIZE - 1)]++;
	for (pass = 0; pass < RADIX_PASSES; pass++)
	{
		uint32_t	sum = 0;
		CltKeyRow  *swap;
		int			j;

		for (j = 0; j < RADIX_SIZE; j++)
		{
			uint32_t	c = count[pass][j];

			count[pass][j] = sum;
			sum += c;
		}
		for (i = 0; i < n; i++)
			to[count[pass][(from[i].key >> (pass * RADIX_BITS)) & (RADIX_SIZE - 1)]++] = from[i];
		swap = from;
		from = to;
		to = swap;
	}
	if (from != a)
		memcpy(a, from, n * sizeof(CltKeyRow));
	for (i = 1; i < n; i++)
	{
		CltKeyRow	x = a[i];
		size_t		j = i;
		uint64_t	low = x.key & ((UINT64_C(1) << (RADIX_PASSES * RADIX_BITS)) - 1);

		while (j > 0 && a[j - 1].key > x.key &&
			   (a[j - 1].key & ((UINT64_C(1) << (RADIX_PASSES * RADIX_BITS)) - 1)) == low)
		{
			a[j] = a[j - 1];
			j--;
		}
		a[j] = x;
	}
}

/* clt_block_stats counts the pairs that a sorted list of keys would make. */
void
clt_block_stats(const CltKeyRow *a, size_t n, CltBlockStats *stats)
{
	size_t		i = 0;

	memset(stats, 0, sizeof(*stats));
	stats->rows = (int64_t) n;
	while (i < n)
	{
		size_t		j = i + 1;
		int64_t		len;

		while (j < n && a[j].key == a[i].key)
			j++;
		len = (int64_t) (j - i);
		if (len > 1)
		{
			stats->runs++;
			stats->pairs += len * (len - 1) / 2;
			if (len > stats->largest)
				stats->largest = len;
		}
		i = j;
	}
}

/* clt_block_row_compare orders by row, then slot: a qsort comparator. */
int
clt_block_row_compare(const void *a, const void *b)
{
	const CltKeyRow *x = (const CltKeyRow *) a;
	const CltKeyRow *y = (const CltKeyRow *) b;

	if (x->row != y->row)
		return x->row < y->row ? -1 : 1;
	if (x->slot != y->slot)
		return x->slot < y->slot ? -1 : 1;
	return 0;
}
