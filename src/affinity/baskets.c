/*
 * baskets.c
 *		Compressed form of baskets.
 *
 * Each basket is its length, its smallest item number, and then the gaps to
 * the next ones less one, all as little-endian base-128 numbers; a loose basket
 * has its multiplicity in front. Because items are numbered by falling
 * frequency, most numbers take one byte: about 1.5 bytes an order line.
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

/* No less than the encoded form takes, from the largest numbers alone. */
size_t
clt_baskets_encoded_bound(const CltBaskets *b, uint32_t longest)
{
	size_t		nbaskets = (size_t) b->nkeyed + b->nloose;

	return (size_t) b->start[nbaskets] * clt_varint_size(b->nitems) + nbaskets * clt_varint_size(longest) +
		(size_t) b->nloose * 5;
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
clt_baskets_encode(const CltBaskets *b, uint8_t *out)
{
	uint8_t    *o = out;
	uint32_t	k,
				p;

	for (k = 0; k < b->nkeyed + b->nloose; k++)
	{
		uint32_t	expected = 0;

		if (k >= b->nkeyed)
			o = put(o, b->mult[k - b->nkeyed]);
		o = put(o, b->start[k + 1] - b->start[k]);
		for (p = b->start[k]; p < b->start[k + 1]; p++)
		{
			o = put(o, b->item[p] - expected);
			expected = b->item[p] + 1;
		}
	}
	return (size_t) (o - out);
}

/* Reads one number of at most 32 bits; sets *error and returns 0 on failure. */
static inline uint32_t
get(const uint8_t **in, const uint8_t *end, CltBasketsError *error)
{
	const uint8_t *p = *in;
	uint32_t	v;
	int			shift;

	if (p >= end)
	{
		*error = CLT_BASKETS_TRUNCATED;
		return 0;
	}
	v = *p++;
	if (v >= 0x80)
	{
		v &= 0x7F;
		for (shift = 7;; shift += 7)
		{
			uint32_t	byte;

			if (p >= end)
			{
				*error = CLT_BASKETS_TRUNCATED;
				return 0;
			}
			byte = *p++;
			if (shift == 28 && byte > 0x0F)
			{
				*error = CLT_BASKETS_BAD_NUMBER;
				return 0;
			}
			v |= (byte & 0x7F) << shift;
			if (byte < 0x80)
			{
				if (byte == 0)
					*error = CLT_BASKETS_BAD_NUMBER;
				break;
			}
		}
	}
	*in = p;
	return v;
}

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LAST_BYTES	UINT64_C(0x8080808080808080)

/*
 * Passes over n numbers, eight bytes at a time; NULL when a number is too
 * long. Eight bytes are read for each number at most, and eight more.
 */
static inline const uint8_t *
skip_numbers(const uint8_t *p, uint32_t n)
{
	while (n > 0)
	{
		uint64_t	word,
					last;
		uint32_t	ends;

		memcpy(&word, p, 8);
		last = ~word & LAST_BYTES;
		ends = (uint32_t) (((last >> 7) * UINT64_C(0x0101010101010101)) >> 56);
		if (ends == 0)
			return NULL;
		if (ends < n)
		{
			n -= ends;
			p += 8 - __builtin_clzll(last) / 8;
			continue;
		}
		while (--n > 0)
			last &= last - 1;
		p += __builtin_ctzll(last) / 8 + 1;
	}
	return p;
}
#endif

/*
 * Reads one basket of known length into items[]. Far from the end of the bytes
 * nothing has to be checked number by number: at most five bytes are taken for
 * each, and as items ascend, the last one is out of range if any is.
 */
static inline void
get_basket(const uint8_t **in, const uint8_t *end, uint32_t length, uint32_t nitems, uint32_t *items,
		   CltBasketsError *error)
{
	uint64_t	next = 0;
	uint32_t	i;

	if ((size_t) (end - *in) / 5 >= length)
	{
		const uint8_t *p = *in;
		bool		longer = false;

		for (i = 0; i < length; i++)
		{
			uint32_t	v = *p++;

			if (v >= 0x80)
			{
				uint32_t	byte = *p++;

				v = (v & 0x7F) | (byte & 0x7F) << 7;
				if (byte >= 0x80)
				{
					byte = *p++;
					v |= (byte & 0x7F) << 14;
					if (byte >= 0x80)
					{
						byte = *p++;
						v |= (byte & 0x7F) << 21;
						if (byte >= 0x80)
						{
							byte = *p++;
							longer |= byte > 0x0F;
							v |= byte << 28;
						}
					}
				}
				longer |= byte == 0;
			}
			next += v;
			items[i] = (uint32_t) next;
			next++;
		}
		*in = p;
		if (longer)
			*error = CLT_BASKETS_BAD_NUMBER;
		else if (next > nitems)
			*error = CLT_BASKETS_BAD_ITEM;
		return;
	}
	for (i = 0; i < length; i++)
	{
		next += get(in, end, error);
		if (next >= nitems || *error != CLT_BASKETS_OK)
		{
			if (*error == CLT_BASKETS_OK)
				*error = CLT_BASKETS_BAD_ITEM;
			return;
		}
		items[i] = (uint32_t) next;
		next++;
	}
}

CltBasketsError
clt_baskets_decode(CltBaskets *b, uint32_t nlines, const uint8_t *in, size_t len)
{
	const uint8_t *end = in + len;
	CltBasketsError error = CLT_BASKETS_OK;
	uint32_t	line = 0;
	uint32_t	k;

	for (k = 0; k < b->nkeyed + b->nloose; k++)
	{
		uint32_t	length;

		if (k >= b->nkeyed)
		{
			b->mult[k - b->nkeyed] = get(&in, end, &error);
			if (error == CLT_BASKETS_OK && b->mult[k - b->nkeyed] == 0)
				error = CLT_BASKETS_BAD_COUNT;
		}
		length = get(&in, end, &error);
		if (error != CLT_BASKETS_OK)
			return error;
		if (length > nlines - line)
			return CLT_BASKETS_BAD_COUNT;
		b->start[k] = line;
		get_basket(&in, end, length, b->nitems, b->item + line, &error);
		if (error != CLT_BASKETS_OK)
			return error;
		line += length;
	}
	b->start[k] = line;
	if (line != nlines)
		return CLT_BASKETS_BAD_COUNT;
	return in == end ? CLT_BASKETS_OK : CLT_BASKETS_TRAILING;
}

#ifdef LAST_BYTES
/*
 * The same as get_basket, for those who want the basket only if it holds an
 * item: as items ascend, it is known early whether it does. Returns whether it
 * does; *in is left alone when the basket cannot be read this way, as with
 * numbers of more than three bytes.
 */
static inline bool
get_basket_with(const uint8_t **in, uint32_t length, uint32_t nitems, uint32_t item, uint32_t *items, bool *done)
{
	const uint8_t *p = *in;
	uint64_t	next = 0;
	bool		found = false,
				longer = false;
	uint32_t	i;

	*done = false;
	for (i = 0; i < length; i++)
	{
		uint32_t	v = *p++;

		if (v >= 0x80)
		{
			uint32_t	byte = *p++;

			v = (v & 0x7F) | (byte & 0x7F) << 7;
			if (byte >= 0x80)
			{
				byte = *p++;
				v |= byte << 14;
				if (byte >= 0x80)
					return false;
			}
			longer |= byte == 0;
		}
		next += v;
		items[i] = (uint32_t) next;
		if (next >= item && !found)
		{
			if (next > item)
			{
				p = skip_numbers(p, length - i - 1);
				if (p == NULL)
					return false;
				break;
			}
			found = true;
		}
		next++;
	}
	if (longer || (found && next > nitems))
		return false;
	*in = p;
	*done = true;
	return found;
}
#endif

CltBasketsError
clt_baskets_partners(const uint8_t *in, size_t len, const CltBaskets *shape, uint32_t item,
					 uint32_t *buffer, uint32_t buffer_len, uint32_t *counts)
{
	const uint8_t *end = in + len;
	CltBasketsError error = CLT_BASKETS_OK;
	uint32_t	k;

	for (k = 0; k < shape->nkeyed + shape->nloose; k++)
	{
		uint32_t	mult = 1;
		uint32_t	length;
		uint32_t	i;
		bool		found = false;

		if (k >= shape->nkeyed)
			mult = get(&in, end, &error);
		length = get(&in, end, &error);
		if (error != CLT_BASKETS_OK)
			return error;
		if (length > buffer_len)
			return CLT_BASKETS_BAD_COUNT;
#ifdef LAST_BYTES
		if ((size_t) (end - in) / 8 > (size_t) length + 1)
		{
			bool		done;

			found = get_basket_with(&in, length, shape->nitems, item, buffer, &done);
			if (done)
			{
				if (found)
					for (i = 0; i < length; i++)
						counts[buffer[i]] += mult;
				continue;
			}
			found = false;
		}
#endif
		get_basket(&in, end, length, shape->nitems, buffer, &error);
		if (error != CLT_BASKETS_OK)
			return error;
		for (i = 0; i < length; i++)
			found |= (buffer[i] == item);
		if (found)
			for (i = 0; i < length; i++)
				counts[buffer[i]] += mult;
	}
	return in == end ? CLT_BASKETS_OK : CLT_BASKETS_TRAILING;
}
