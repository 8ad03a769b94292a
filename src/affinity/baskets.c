/*
 * baskets.c
 *		Compressed form of baskets.
 *
 * Each basket is its item numbers plus one, ascending, as little-endian
 * base-128 numbers, and a zero byte; a loose basket has its multiplicity in
 * front. Because items are numbered by falling frequency, most numbers take
 * one or two bytes: about 1.7 bytes an order line.
 *
 * No number holds a zero byte, and none ends but in a byte below 128. So the
 * baskets of one item are found as a string is found in a text, without
 * reading the others, and a reader that knows the last byte to be zero need
 * not look where the bytes end. Gaps in place of the numbers would save a
 * tenth of the bytes, and cost a search that reads all of them.
 */
#include <string.h>

#include "affinity/baskets.h"

/* Sorts ascending: insertion for the usual short basket, heap for the long one. */
void
clt_sort_u32(uint32_t *a, size_t n)
{
	size_t		i,
				end;

	if (n <= 40)
	{
		for (i = 1; i < n; i++)
		{
			uint32_t	v = a[i];
			size_t		j = i;

			for (; j > 0 && a[j - 1] > v; j--)
				a[j] = a[j - 1];
			a[j] = v;
		}
		return;
	}
	for (end = n, i = n / 2; end > 1;)
	{
		size_t		parent,
					child;
		uint32_t	v;

		if (i > 0)
			v = a[--i];
		else
		{
			v = a[--end];
			a[end] = a[0];
		}
		for (parent = i; (child = 2 * parent + 1) < end; parent = child)
		{
			if (child + 1 < end && a[child + 1] > a[child])
				child++;
			if (a[child] <= v)
				break;
			a[parent] = a[child];
		}
		a[parent] = v;
	}
}

/*
 * Sorts numbers below 2^31 of which none occurs twice. The place of a number
 * among a few others is how many are smaller: comparisons without a branch,
 * several at a time.
 */
void
clt_sort_distinct_u32(uint32_t *a, size_t n)
{
	int32_t		v[16];
	size_t		i;
	int			j;

	if (n > 16)
	{
		clt_sort_u32(a, n);
		return;
	}
	for (i = 0; i < 16; i++)
		v[i] = INT32_MAX;
	memcpy(v, a, n * sizeof(uint32_t));
	for (i = 0; i < n; i++)
	{
		int32_t		x = v[i];
		int			smaller = 0;

		if (n <= 8)
			for (j = 0; j < 8; j++)
				smaller += v[j] < x;
		else
			for (j = 0; j < 16; j++)
				smaller += v[j] < x;
		a[smaller] = (uint32_t) x;
	}
}

/* No less than the encoded form takes, from the largest numbers alone. */
size_t
clt_baskets_encoded_bound(const CltBaskets *b)
{
	size_t		nbaskets = (size_t) b->nkeyed + b->nloose;

	return (size_t) b->start[nbaskets] * clt_varint_size(b->nitems) + nbaskets + (size_t) b->nloose * 5;
}

static inline uint8_t *
put(uint8_t *out, uint32_t value)
{
	while (value >= 0x80)
	{
		*out++ = (uint8_t) (value | 0x80);
		value >>= 7;
	}
	*out++ = (uint8_t) value;
	return out;
}

size_t
clt_baskets_encode(const CltBaskets *b, uint8_t *out, size_t *keyed_len)
{
	uint8_t    *o = out;
	uint32_t	k,
				p;

	*keyed_len = 0;
	for (k = 0; k < b->nkeyed + b->nloose; k++)
	{
		if (k >= b->nkeyed)
			o = put(o, b->mult[k - b->nkeyed]);
		for (p = b->start[k]; p < b->start[k + 1]; p++)
			o = put(o, b->item[p] + 1);
		*o++ = 0;
		if (k + 1 == b->nkeyed)
			*keyed_len = (size_t) (o - out);
	}
	return (size_t) (o - out);
}

/*
 * Reads one number of at most 32 bits; *bad is set when it is none or not in
 * its shortest form. Stops at a zero byte at the latest.
 */
static inline uint32_t
get(const uint8_t **in, bool *bad)
{
	const uint8_t *p = *in;
	uint32_t	v = *p++;
	uint32_t	byte;
	int			shift;

	if (v >= 0x80)
	{
		v &= 0x7F;
		for (shift = 7;; shift += 7)
		{
			byte = *p++;
			if (shift == 28 && byte > 0x0F)
			{
				*bad = true;
				*in = p;
				return v;
			}
			v |= (byte & 0x7F) << shift;
			if (byte < 0x80)
				break;
		}
		*bad |= byte == 0;
	}
	*in = p;
	return v;
}

CltBasketsError
clt_baskets_decode(CltBaskets *b, uint32_t nlines, const uint8_t *in, size_t len)
{
	const uint8_t *end = in + len;
	uint32_t	nbaskets = b->nkeyed + b->nloose;
	uint32_t	nitems = b->nitems;
	uint32_t   *item = b->item;
	uint32_t	line = 0;
	bool		bad = false;
	uint32_t	k;

	b->start[0] = 0;
	if (len > 0 && end[-1] != 0)
		return CLT_BASKETS_TRUNCATED;
	for (k = 0; k < nbaskets; k++)
	{
		uint32_t	before = 0;
		uint32_t	v;

		if (in == end)
			return CLT_BASKETS_TRUNCATED;
		if (k >= b->nkeyed)
		{
			b->mult[k - b->nkeyed] = get(&in, &bad);
			if (bad)
				return CLT_BASKETS_BAD_NUMBER;
			if (b->mult[k - b->nkeyed] == 0)
				return CLT_BASKETS_BAD_COUNT;
		}
		while ((v = get(&in, &bad)) != 0)
		{
			if (bad)
				return CLT_BASKETS_BAD_NUMBER;
			if (v <= before || v > nitems)
				return CLT_BASKETS_BAD_ITEM;
			if (line >= nlines)
				return CLT_BASKETS_BAD_COUNT;
			before = v;
			item[line++] = v - 1;
		}
		if (bad)
			return CLT_BASKETS_BAD_NUMBER;
		b->start[k + 1] = line;
	}
	if (line != nlines)
		return CLT_BASKETS_BAD_COUNT;
	return in == end ? CLT_BASKETS_OK : CLT_BASKETS_TRAILING;
}

/* Next place in [p, end) where the number stands, or NULL. */
static inline const uint8_t *
find_number(const uint8_t *p, const uint8_t *begin, const uint8_t *end, const uint8_t *number, size_t n)
{
	while (p < end)
	{
		p = memchr(p, number[0], (size_t) (end - p));
		if (p == NULL || (size_t) (end - p) < n)
			return NULL;
		if ((p == begin || p[-1] < 0x80) && (n == 1 || memcmp(p, number, n) == 0))
			return p;
		p++;
	}
	return NULL;
}

/*
 * Adds mult to the counts of a basket's items and passes over its end. Items
 * ascend, so numbers of one byte come before those of two and those before
 * longer ones: a loop for each is left once, which a processor foresees better
 * than the length of every number. Of one and two bytes there are no more
 * than CLT_PARTNER_COUNTS. False when the basket cannot be read.
 */
static inline bool
count_basket(const uint8_t **in, uint32_t nitems, uint32_t mult, uint32_t *counts)
{
	const uint8_t *p = *in;
	uint32_t	v;
	bool		bad = false;

	while (*p < 0x80)
	{
		v = *p++;
		if (v == 0)
		{
			*in = p;
			return true;
		}
		counts[v - 1] += mult;
	}
	while (p[1] < 0x80)
	{
		v = (p[0] & 0x7F) | (uint32_t) p[1] << 7;
		if (v < 0x80)
			return false;
		counts[v - 1] += mult;
		p += 2;
		if (*p < 0x80)
		{
			*in = p + 1;
			return *p == 0;
		}
	}
	while ((v = get(&p, &bad)) != 0)
	{
		/* a number that is none may have taken the last zero with it */
		if (bad || v > nitems)
			return false;
		counts[v - 1] += mult;
	}
	*in = p;
	return !bad;
}

CltBasketsError
clt_baskets_partners(const uint8_t *in, size_t keyed_len, size_t len, uint32_t nitems, uint32_t item, uint32_t *counts)
{
	const uint8_t *end = in + len;
	const uint8_t *loose = in + keyed_len;
	const uint8_t *at;
	uint8_t		number[CLT_VARINT_MAX];
	size_t		n = (size_t) (put(number, item + 1) - number);

	if (len > 0 && end[-1] != 0)
		return CLT_BASKETS_TRUNCATED;
	for (at = find_number(in, in, end, number, n); at != NULL; at = find_number(at, in, end, number, n))
	{
		const uint8_t *p = at;
		uint32_t	mult = 1;

		while (p > in && p[-1] != 0)
			p--;
		if (p >= loose)
		{
			bool		bad = false;

			mult = get(&p, &bad);
			if (p > at)
			{
				/* That was the multiplicity. */
				at = p;
				continue;
			}
		}
		if (!count_basket(&p, nitems, mult, counts))
			return CLT_BASKETS_BAD_NUMBER;
		at = p;
	}
	return CLT_BASKETS_OK;
}
