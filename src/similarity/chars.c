/*-------------------------------------------------------------------------
 *
 * chars.c
 *		From bytes to units, and from code points to small dense symbols.
 *
 * The kernels index tables by unit.  Code points are too sparse for that, so a
 * pair that is not pure ASCII is first renumbered: ASCII keeps its value, every
 * other code point gets the next free number from 128 on.  With at most 128 of
 * those, which two strings in any alphabet have, a unit fits into a byte and
 * the same kernels serve all scripts.  Most pairs don't even need numbers.
 *
 *-------------------------------------------------------------------------
 */
#include "similarity/chars.h"

#include <string.h>

#include "core/utf8.h"

#define HIGH_BITS			UINT64_C(0x8080808080808080)
#define TICK_UNITS			0x10000
#define PAGE_BYTES			1024	/* try a single page for pairs up to this */

static inline uint64_t
load64(const uint8_t *p)
{
	uint64_t	v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline uint32_t
load32(const uint8_t *p)
{
	uint32_t	v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/*
 * clt_chars_ascii tells whether no byte has its top bit set.  It never reads
 * outside of the string, for a tuple may end where the mapped memory ends.
 */
bool
clt_chars_ascii(const uint8_t *s, size_t len)
{
	const uint8_t *end = s + len;

	if (len >= 8)
	{
		uint64_t	seen = load64(end - 8);

		for (; end - s > 32; s += 32)
		{
			seen |= load64(s) | load64(s + 8) | load64(s + 16) | load64(s + 24);
			if (seen & HIGH_BITS)
				return false;
		}
		for (; end - s > 8; s += 8)
			seen |= load64(s);
		return (seen & HIGH_BITS) == 0;
	}
	if (len >= 4)
		return ((load32(s) | load32(end - 4)) & (uint32_t) HIGH_BITS) == 0;
	if (len == 0)
		return true;
	return ((s[0] | s[len / 2] | s[len - 1]) & 0x80) == 0;
}

CLT_INLINE uint32_t
next_code_point(const uint8_t **s, const uint8_t *end)
{
	uint32_t	c = **s;
	int			len = 1;

	if (c >= 0x80)
		c = clt_utf8_decode(*s, end, &len);
	*s += len;
	return c;
}

/* clt_utf8_to_wide writes the code points of s, at most len of them. */
size_t
clt_utf8_to_wide(const uint8_t *s, size_t len, uint32_t *out, CltTick tick)
{
	const uint8_t *end = s + len;
	size_t		n = 0;

	while (s < end)
	{
		out[n++] = next_code_point(&s, end);
		if (n % TICK_UNITS == 0 && tick)
			tick();
	}
	return n;
}

/*
 * page_encode makes units of a string whose characters outside ASCII all have
 * two bytes and lie in one page of 128 code points: basic Cyrillic, Greek, or
 * Latin Extended-A, which holds what most of Central Europe writes beyond
 * ASCII.  Within a page the low seven bits tell a code point, so there is no
 * table, and no branch to be guessed wrong at each letter with a mark.
 *
 * *either and *both collect the bits of the lead bytes, the last bit aside; the
 * page is the same throughout if they agree.
 */
CLT_INLINE uint32_t
page_encode(const uint8_t *s, size_t len, uint8_t *out, uint32_t *either, uint32_t *both)
{
	uint32_t	lead = 0;
	uint32_t	n = 0;
	size_t		i;

	for (i = 0; i < len; i++)
	{
		uint32_t	byte = s[i];
		uint32_t	is_lead = byte >= 0xC0;
		uint32_t	is_tail = byte >> 7 & ~is_lead;

		/* a tail loses its second bit to the last bit of the lead */
		out[n] = (uint8_t) (is_tail ? (byte & 0xBF) | (lead & 1) << 6 : byte);
		n += !is_lead;
		*either |= is_lead ? byte & 0xFE : 0;
		*both &= is_lead ? byte & 0xFE : 0xFF;
		lead = byte;
	}
	return n;
}

/*
 * Symbols of a pair with at most 128 characters outside ASCII: a chained hash
 * table whose links are bytes, so that it is made ready by clearing 256 bytes.
 */
typedef struct SmallSymbols
{
	uint8_t		head[256];		/* by low byte of the code point; 0 is none */
	uint8_t		next[128];
	uint32_t	key[128];
	uint32_t	used;
} SmallSymbols;

CLT_INLINE bool
small_symbols_encode(SmallSymbols *table, const uint8_t *s, size_t len,
					 uint8_t *out, uint32_t *outlen, CltTick tick)
{
	const uint8_t *end = s + len;
	uint32_t	n = 0;

	while (s < end)
	{
		uint32_t	c = next_code_point(&s, end);

		if (c >= 0x80)
		{
			uint32_t	slot = (c ^ c >> 8) & 0xFF;
			uint32_t	i = table->head[slot];

			while (i != 0 && table->key[i - 128] != c)
				i = table->next[i - 128];
			if (i == 0)
			{
				if (table->used == 128)
					return false;
				i = 128 + table->used++;
				table->key[i - 128] = c;
				table->next[i - 128] = table->head[slot];
				table->head[slot] = (uint8_t) i;
			}
			c = i;
		}
		out[n++] = (uint8_t) c;
		if (n % TICK_UNITS == 0 && tick)
			tick();
	}
	*outlen = n;
	return true;
}

/*
 * clt_chars_pair_utf8 makes narrow strings of a pair of UTF-8 strings, into
 * buffers as long as those.  False if it takes more than 128 symbols: then the
 * caller goes by way of clt_utf8_to_wide.
 */
bool
clt_chars_pair_utf8(const uint8_t *a, size_t alen, const uint8_t *b, size_t blen,
					uint8_t *abuf, uint8_t *bbuf,
					CltChars *achars, CltChars *bchars, CltTick tick)
{
	SmallSymbols table;

	achars->data = abuf;
	achars->wide = false;
	bchars->data = bbuf;
	bchars->wide = false;
	if (alen + blen <= PAGE_BYTES)
	{
		uint32_t	either = 0;
		uint32_t	both = 0xFF;

		achars->len = page_encode(a, alen, abuf, &either, &both);
		bchars->len = page_encode(b, blen, bbuf, &either, &both);
		if (either == both && either < 0xE0)
			return true;
	}
	memset(table.head, 0, sizeof(table.head));
	table.used = 0;
	return small_symbols_encode(&table, a, alen, abuf, &achars->len, tick) &&
		small_symbols_encode(&table, b, blen, bbuf, &bchars->len, tick);
}

CLT_INLINE bool
same_unit(const CltChars *a, uint32_t i, const CltChars *b, uint32_t j)
{
	return CLT_UNIT(a->data, i, a->wide) == CLT_UNIT(b->data, j, b->wide);
}

/*
 * clt_strip_affixes drops what both strings begin and end with.  No edit
 * distance changes by that.
 */
void
clt_strip_affixes(CltChars *a, CltChars *b)
{
	uint32_t	least = a->len < b->len ? a->len : b->len;
	uint32_t	front = 0;
	uint32_t	back = 0;

	while (front < least && same_unit(a, front, b, front))
		front++;
	least -= front;
	while (back < least && same_unit(a, a->len - 1 - back, b, b->len - 1 - back))
		back++;
	*a = clt_chars_slice(a, front, a->len - front - back);
	*b = clt_chars_slice(b, front, b->len - front - back);
}

/* Slots of the table of clt_symbols: a power of two, at least half empty. */
static size_t
symbol_slots(size_t units)
{
	size_t		slots = 16;
	size_t		distinct = units < CLT_MAX_SYMBOLS ? units : CLT_MAX_SYMBOLS;

	while (slots < 2 * distinct)
		slots *= 2;
	return slots;
}

/* Bytes that clt_symbols needs: both strings again, and its table. */
size_t
clt_symbols_scratch(size_t alen, size_t blen)
{
	return (alen + blen) * sizeof(uint32_t) +
		symbol_slots(alen + blen) * 2 * sizeof(uint32_t);
}

static void
symbols_of(CltChars *chars, uint32_t *out, uint32_t *keys, uint32_t *values,
		   size_t slots, uint32_t *used, CltTick tick)
{
	uint32_t	i;

	for (i = 0; i < chars->len; i++)
	{
		uint32_t	c = CLT_UNIT(chars->data, i, chars->wide);
		size_t		slot = (size_t) (((uint64_t) c * UINT64_C(0x9E3779B97F4A7C15)) >> 40) & (slots - 1);

		if (i % TICK_UNITS == 0 && tick)
			tick();
		while (values[slot] != 0 && keys[slot] != c)
			slot = (slot + 1) & (slots - 1);
		if (values[slot] == 0)
		{
			/* only malformed text can run out; its surplus shares a symbol */
			if (*used < CLT_MAX_SYMBOLS - 1)
				++* used;
			else
			{
				out[i] = *used;
				continue;
			}
			keys[slot] = c;
			values[slot] = *used;
		}
		out[i] = values[slot];
	}
	chars->data = out;
	chars->wide = true;
}

/*
 * clt_symbols renumbers the units of a pair from 1 on, in the order in which
 * they appear, and returns how many numbers there are, zero included.  The
 * scratch memory holds the renumbered strings and must live as long as they.
 */
uint32_t
clt_symbols(CltChars *a, CltChars *b, void *scratch, CltTick tick)
{
	size_t		slots = symbol_slots((size_t) a->len + b->len);
	uint32_t   *aout = scratch;
	uint32_t   *bout = aout + a->len;
	uint32_t   *keys = bout + b->len;
	uint32_t   *values = keys + slots;
	uint32_t	used = 0;

	memset(values, 0, slots * sizeof(uint32_t));
	symbols_of(a, aout, keys, values, slots, &used, tick);
	symbols_of(b, bout, keys, values, slots, &used, tick);
	return used + 1;
}
