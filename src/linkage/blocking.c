/*
 * blocking.c
 *		Blocking keys: sorting (key, row), runs of equal keys, exact pair counts.
 *
 * Keys are 64-bit hashes, so the order of two different keys means nothing;
 * all that is asked of the sort is that equal keys stand together and that rows
 * inside a run keep their order.  A few counting passes of eleven bits do that but
 * for keys that agree in all the bits looked at; these are put right by an
 * insertion sort, which meets a stray key now and then: so many bits are looked at
 * that there are several times as many cells as keys.
 */
#include "linkage/blocking.h"

#include <string.h>

#include "core/hash.h"

#define RADIX_BITS 11
#define RADIX_SIZE (1 << RADIX_BITS)
#define RADIX_PASSES 3			/* at most */

/* last_bytes is the rest of a text after its whole words, fewer than eight bytes, as a number. */
static inline uint64_t
last_bytes(const unsigned char *p, size_t n)
{
	if (n >= 4)
		return clt_load_le(p, 4) | clt_load_le(p + n - 4, 4) << (8 * (n - 4));
	return p[0] | (uint64_t) p[n >> 1] << (8 * (n >> 1)) | (uint64_t) p[n - 1] << (8 * (n - 1));
}

/* clt_block_hash hashes bytes the same way on every platform; never 0. */
uint64_t
clt_block_hash(const char *s, size_t len, uint64_t seed)
{
	const unsigned char *p = (const unsigned char *) s;
	uint64_t	h = clt_block_mix(seed + UINT64_C(0x9e3779b97f4a7c15) + len);

	for (; len >= 8; p += 8, len -= 8)
		h = clt_block_mix(h ^ clt_load_le(p, 8));
	if (len > 0)
		h = clt_block_mix(h ^ last_bytes(p, len));
	return h ? h : 1;
}

/* sort_passes is how many digits a list of so many keys is sorted by. */
static int
sort_passes(size_t n)
{
	return n <= RADIX_SIZE / 4 ? 1 : n <= (size_t) RADIX_SIZE * RADIX_SIZE / 4 ? 2 : RADIX_PASSES;
}

static void
radix_sort(CltKeyRow *a, CltKeyRow *tmp, size_t n, int passes)
{
	uint32_t	count[RADIX_PASSES][RADIX_SIZE];
	uint64_t	digits = (UINT64_C(1) << (passes * RADIX_BITS)) - 1;
	CltKeyRow  *from = a;
	CltKeyRow  *to = tmp;
	size_t		i;
	int			pass;

	if (n < 2)
		return;
	memset(count, 0, sizeof(count[0]) * (size_t) passes);
	for (i = 0; i < n; i++)
		for (pass = 0; pass < passes; pass++)
			count[pass][(a[i].key >> (pass * RADIX_BITS)) & (RADIX_SIZE - 1)]++;
	for (pass = 0; pass < passes; pass++)
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
		CltKeyRow	x;
		size_t		j = i;

		if (a[i - 1].key <= a[i].key || (a[i - 1].key & digits) != (a[i].key & digits))
			continue;
		x = a[i];
		while (j > 0 && a[j - 1].key > x.key && (a[j - 1].key & digits) == (x.key & digits))
		{
			a[j] = a[j - 1];
			j--;
		}
		a[j] = x;
	}
}

/* clt_block_sort brings equal keys together, rows ascending if they were given so. */
void
clt_block_sort(CltKeyRow *a, CltKeyRow *tmp, size_t n)
{
	radix_sort(a, tmp, n, sort_passes(n));
}

/* clt_block_order does so too, and puts the keys into the order of their last 33 bits, then of the others. */
void
clt_block_order(CltKeyRow *a, CltKeyRow *tmp, size_t n)
{
	radix_sort(a, tmp, n, RADIX_PASSES);
}

/*
 * clt_block_seen notes a key in two bitmaps of 2^bits bits, seen once and seen again;
 * clt_block_twice then tells whether it may have been noted twice.  Most keys of most
 * rules belong to one record: those need not be sorted to be known for alone.
 */
void
clt_block_seen(uint64_t *once, uint64_t *again, int bits, uint64_t key)
{
	uint64_t	at = (key * UINT64_C(0x9e3779b97f4a7c15)) >> (64 - bits);
	uint64_t	bit = UINT64_C(1) << (at & 63);

	again[at >> 6] |= once[at >> 6] & bit;
	once[at >> 6] |= bit;
}

bool
clt_block_twice(const uint64_t *again, int bits, uint64_t key)
{
	uint64_t	at = (key * UINT64_C(0x9e3779b97f4a7c15)) >> (64 - bits);

	return again[at >> 6] >> (at & 63) & 1;
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
