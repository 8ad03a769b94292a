/*-------------------------------------------------------------------------
 *
 * levenshtein.c
 *		Levenshtein, OSA and longest common subsequence by bit-parallelism.
 *
 * A column of the table of distances is kept as its vertical differences, one
 * bit each for +1 and -1 (Myers 1999, in the form of Hyyro 2003, who also gives
 * the transposition term of OSA).  64 rows then cost some fifteen operations.
 *
 * Order of attempts: lengths differ by too much; common affixes; for a bound
 * up to 3 the few edit scripts there are ("mbleven"); a single word if one
 * string has at most 64 units; else strips.
 *
 * A strip is a band of STRIP_WORDS * 64 rows, taken over all columns before
 * the next strip begins.  What goes from one strip to the next is the
 * horizontal difference under each column, a byte per column: that makes the
 * memory linear and keeps the strip's masks in the first-level cache, however
 * long the strings are.  A strip only visits the columns that a script within
 * the bound can touch.
 *
 * Why the parts outside may be left out: a script of cost k that passes the
 * cell (i, j) has made |j - i| insertions or deletions so far and needs
 * |(n - m) - (j - i)| more, so its diagonal d = j - i lies between
 * -(k - (n - m)) / 2 and (k + (n - m)) / 2.  Cells at the border of that region
 * are given the value of a straight way in from a neighbour, which is the cost
 * of some script, therefore never too small; and every script of cost up to k
 * stays inside, where all its cells are computed.  So a result up to k is
 * exact and a larger one only says "more than k".
 *
 * Without a bound, long strings are tried with small bounds first, doubling:
 * texts that are alike take time in proportion to their difference.
 *
 *-------------------------------------------------------------------------
 */
#include "similarity/levenshtein.h"

#include <string.h>

#include "similarity/pattern.h"

#define STRIP_WORDS			4
#define STRIP_ROWS			(STRIP_WORDS * 64)
#define TICK_COLUMNS		0x8000
#define FIRST_BOUND			256

/* What a column hands down from one strip to the next, a bit each. */
#define CARRY_PLUS			0	/* horizontal difference +1 */
#define CARRY_MINUS			1	/* horizontal difference -1 */
#define CARRY_SWAP			2	/* the first half of a transposition */

typedef enum EditKind
{
	EDIT_LEVENSHTEIN,
	EDIT_OSA
} EditKind;

/*
 * edit_scripts tries all scripts of at most max operations, max being 1 to 3.
 * a is the longer one, neither is empty, and they share no affix, so every
 * script begins with an operation.  Operations are two bits: 1 skips in a, 2 in
 * b, 3 in both.  A script has as many more 1s than 2s as a is longer than b.
 */
CLT_INLINE uint32_t
edit_scripts(const void *a, uint32_t alen, const void *b, uint32_t blen, bool wide, uint32_t max)
{
	static const uint8_t scripts[9][7] = {
		/* max 1, longer by 0, 1 */
		{0x03}, {0x01},
		/* max 2, longer by 0, 1, 2 */
		{0x0F, 0x09, 0x06}, {0x0D, 0x07}, {0x05},
		/* max 3, longer by 0, 1, 2, 3 */
		{0x3F, 0x39, 0x2D, 0x36, 0x1E, 0x27, 0x1B},
		{0x3D, 0x37, 0x1F, 0x25, 0x19, 0x16},
		{0x35, 0x1D, 0x17},
		{0x15}
	};
	const uint8_t *script = scripts[(max + max * max) / 2 - 1 + (alen - blen)];
	uint32_t	best = max + 1;
	int			k;

	for (k = 0; k < 7 && script[k] != 0; k++)
	{
		uint32_t	operations = script[k];
		uint32_t	i = 0;
		uint32_t	j = 0;
		uint32_t	cost = 0;

		while (i < alen && j < blen)
		{
			if (CLT_UNIT(a, i, wide) == CLT_UNIT(b, j, wide))
			{
				i++;
				j++;
				continue;
			}
			cost++;
			if (operations == 0)
				break;
			i += operations & 1;
			j += operations >> 1 & 1;
			operations >>= 2;
		}
		cost += (alen - i) + (blen - j);
		if (cost < best)
			best = cost;
	}
	return best;
}

/*
 * edit_word computes the distance for a pattern of 1 to 64 units.  The last
 * row of each column gives the change of the score; it is off the critical
 * path, so that counting at the end would not be faster.
 */
CLT_INLINE uint32_t
edit_word(const uint8_t *pattern, uint32_t patlen, const uint8_t *text, uint32_t textlen,
		  EditKind kind)
{
	uint64_t	masks[256];
	uint64_t	plus = ~UINT64_C(0);
	uint64_t	minus = 0;
	uint64_t	diagonal = 0;
	uint64_t	previous = 0;
	uint32_t	last = patlen - 1;
	uint32_t	score = patlen;
	uint32_t	j;

	clt_masks_once(masks, pattern, patlen, text, textlen);
	for (j = 0; j < textlen; j++)
	{
		uint64_t	mask = masks[text[j]];
		uint64_t	swap = kind == EDIT_OSA ? ((~diagonal & mask) << 1) & previous : 0;
		uint64_t	across_plus;
		uint64_t	across_minus;

		diagonal = (((mask & plus) + plus) ^ plus) | mask | minus | swap;
		across_plus = minus | ~(diagonal | plus);
		across_minus = diagonal & plus;
		score += across_plus >> last & 1;
		score -= across_minus >> last & 1;
		across_plus = across_plus << 1 | 1;
		across_minus <<= 1;
		plus = across_minus | ~(diagonal | across_plus);
		minus = across_plus & diagonal;
		previous = mask;
	}
	return score;
}

/* Bytes for the carries of the columns and the masks of a strip. */
static size_t
strip_bytes(size_t columns, size_t symbols)
{
	return symbols * STRIP_WORDS * sizeof(uint64_t) + columns;
}

/* strip_masks sets (or takes back) the masks of the rows of a strip. */
CLT_INLINE void
strip_masks(uint64_t *masks, const void *a, uint32_t row, uint32_t rows, bool wide, bool set)
{
	uint32_t	i;

	for (i = 0; i < rows; i++)
	{
		uint64_t   *mask = &masks[(size_t) CLT_UNIT(a, row + i, wide) * STRIP_WORDS + i / 64];

		if (set)
			*mask |= UINT64_C(1) << i % 64;
		else
			*mask = 0;
	}
}

/* What it takes at least to edit so many units into so many. */
CLT_INLINE int64_t
least_rest(int64_t columns, int64_t rows)
{
	return columns > rows ? columns - rows : rows - columns;
}

/*
 * edit_strips computes the distance of any two strings, a being the shorter
 * one and max at least the difference of the lengths.
 */
CLT_INLINE uint32_t
edit_strips(const void *a, uint32_t alen, const void *b, uint32_t blen, bool wide,
			uint32_t symbols, uint32_t max, EditKind kind, void *scratch, CltTick tick)
{
	uint64_t   *masks = scratch;
	uint8_t    *carries = (uint8_t *) (masks + (size_t) symbols * STRIP_WORDS);
	uint32_t	longer = blen - alen;
	int64_t		left;
	int64_t		right;
	uint32_t	row;
	uint32_t	begin = 0;		/* the column whose values are given */
	int64_t		corner = 0;		/* the value at (row, begin) */

	if (max > blen)
		max = blen;
	left = -((int64_t) (max - longer) / 2);
	right = ((int64_t) max + longer) / 2;
	memset(masks, 0, (size_t) symbols * STRIP_WORDS * sizeof(uint64_t));
	memset(carries, 1 << CARRY_PLUS, blen);

	for (row = 0; row < alen; row += STRIP_ROWS)
	{
		uint64_t	plus[STRIP_WORDS];
		uint64_t	minus[STRIP_WORDS];
		uint64_t	diagonal[STRIP_WORDS];
		uint64_t	previous[STRIP_WORDS];
		uint32_t	rows = alen - row < STRIP_ROWS ? alen - row : STRIP_ROWS;
		uint32_t	words = (rows + 63) / 64;
		uint32_t	last = (rows - 1) % 64;
		int64_t		bottom_row = (int64_t) row + rows;
		uint32_t	end;
		uint32_t	next_begin;
		int64_t		next_corner;
		int64_t		value;
		int64_t		least;
		uint32_t	j;
		uint32_t	w;

		strip_masks(masks, a, row, rows, wide, true);
		for (w = 0; w < words; w++)
		{
			plus[w] = ~UINT64_C(0);
			minus[w] = 0;
			diagonal[w] = 0;
			previous[w] = 0;
		}
		end = bottom_row + right < blen ? (uint32_t) (bottom_row + right) : blen;
		next_begin = bottom_row + left > 0 ? (uint32_t) (bottom_row + left) : 0;
		if (bottom_row == alen)
			next_begin = blen;
		value = corner + rows;
		next_corner = value;
		least = value + least_rest((int64_t) blen - begin, (int64_t) alen - bottom_row);

		for (j = begin; j < end; j++)
		{
			const uint64_t *mask_of = &masks[(size_t) CLT_UNIT(b, j, wide) * STRIP_WORDS];
			uint64_t	plus_in = carries[j] >> CARRY_PLUS & 1;
			uint64_t	minus_in = carries[j] >> CARRY_MINUS & 1;
			uint64_t	swap_in = carries[j] >> CARRY_SWAP & 1;
			int64_t		cost;

			if ((j - begin) % TICK_COLUMNS == TICK_COLUMNS - 1 && tick)
				tick();
			for (w = 0; w < words; w++)
			{
				uint64_t	mask = mask_of[w];
				uint64_t	swap = 0;
				uint64_t	down;
				uint64_t	across_plus;
				uint64_t	across_minus;
				uint32_t	bottom = w == words - 1 ? last : 63;

				if (kind == EDIT_OSA)
				{
					uint64_t	first_half = ~diagonal[w] & mask;

					swap = (first_half << 1 | swap_in) & previous[w];
					swap_in = first_half >> 63;
					previous[w] = mask;
				}
				mask |= minus_in;
				down = (((mask & plus[w]) + plus[w]) ^ plus[w]) | mask | minus[w] | swap;
				across_plus = minus[w] | ~(down | plus[w]);
				across_minus = down & plus[w];
				diagonal[w] = down;
				{
					uint64_t	plus_out = across_plus >> bottom & 1;
					uint64_t	minus_out = across_minus >> bottom & 1;

					across_plus = across_plus << 1 | plus_in;
					across_minus = across_minus << 1 | minus_in;
					plus_in = plus_out;
					minus_in = minus_out;
				}
				plus[w] = across_minus | ~(down | across_plus);
				minus[w] = across_plus & down;
			}
			carries[j] = (uint8_t) (plus_in << CARRY_PLUS | minus_in << CARRY_MINUS | swap_in << CARRY_SWAP);
			value += (int64_t) plus_in - (int64_t) minus_in;
			if (j + 1 == next_begin)
				next_corner = value;
			/* the least that a script through this cell will cost in the end */
			cost = value + least_rest((int64_t) blen - (j + 1), (int64_t) alen - bottom_row);
			if (cost < least)
				least = cost;
		}
		strip_masks(masks, a, row, rows, wide, false);
		if (tick)
			tick();
		if (bottom_row == alen)
			return value <= max ? (uint32_t) value : max + 1;
		if (least > max)
			return max + 1;
		begin = next_begin;
		corner = next_corner;
	}
	return max + 1;				/* not reached, for a is not empty */
}

size_t
clt_levenshtein_scratch(size_t alen, size_t blen, bool wide)
{
	size_t		columns = alen > blen ? alen : blen;
	size_t		symbols = alen + blen + 1;

	if (!wide)
		return alen <= CLT_WORD || blen <= CLT_WORD ? 0 : strip_bytes(columns, 256);
	if (symbols > CLT_MAX_SYMBOLS)
		symbols = CLT_MAX_SYMBOLS;
	/* eight to spare: the masks are aligned behind the symbols */
	return clt_symbols_scratch(alen, blen) + 8 + strip_bytes(columns, symbols);
}

/* Wide strings become symbols, in front of the scratch memory, which shrinks. */
static uint32_t
make_symbols(CltChars *a, CltChars *b, void **scratch, CltTick tick)
{
	size_t		used = clt_symbols_scratch(a->len, b->len);
	uint32_t	symbols;

	if (!a->wide && !b->wide)
		return 256;
	symbols = clt_symbols(a, b, *scratch, tick);
	*scratch = (char *) *scratch + ((used + 7) & ~(size_t) 7);
	return symbols;
}

static uint32_t
edit_long(CltChars a, CltChars b, uint32_t max, EditKind kind, void *scratch, CltTick tick)
{
	uint32_t	symbols = make_symbols(&a, &b, &scratch, tick);
	uint32_t	bound;
	uint32_t	result;

	/*
	 * kind and width are made constants, so that each loop is made for its
	 * case
	 */
#define STRIPS(bound) \
	(a.wide ? \
	 (kind == EDIT_OSA ? \
	  edit_strips(a.data, a.len, b.data, b.len, true, symbols, bound, EDIT_OSA, scratch, tick) : \
	  edit_strips(a.data, a.len, b.data, b.len, true, symbols, bound, EDIT_LEVENSHTEIN, scratch, tick)) : \
	 (kind == EDIT_OSA ? \
	  edit_strips(a.data, a.len, b.data, b.len, false, symbols, bound, EDIT_OSA, scratch, tick) : \
	  edit_strips(a.data, a.len, b.data, b.len, false, symbols, bound, EDIT_LEVENSHTEIN, scratch, tick)))
	if (a.len > 2 * STRIP_ROWS)
		for (bound = FIRST_BOUND; bound < max && bound < a.len / 2; bound *= 2)
		{
			if (bound < b.len - a.len)
				continue;
			result = STRIPS(bound);
			if (result <= bound)
				return result;
		}
	return STRIPS(max);
#undef STRIPS
}

CLT_INLINE uint32_t
edit_distance(CltChars a, CltChars b, uint32_t max_distance, EditKind kind,
			  void *scratch, CltTick tick)
{
	uint32_t	result;
	uint32_t	max;

	if (a.len > b.len)
	{
		CltChars	longer = a;

		a = b;
		b = longer;
	}
	if (b.len - a.len > max_distance)
		return max_distance + 1;
	clt_strip_affixes(&a, &b);
	max = max_distance < b.len ? max_distance : b.len;
	if (a.len == 0)
		return b.len <= max_distance ? b.len : max_distance + 1;
	if (max == 0)
		return max_distance + 1;
	if (kind == EDIT_LEVENSHTEIN && max <= 3 && a.wide == b.wide)
		result = a.wide ?
			edit_scripts(b.data, b.len, a.data, a.len, true, max) :
			edit_scripts(b.data, b.len, a.data, a.len, false, max);
	else if (a.wide || b.wide || a.len > CLT_WORD)
		result = edit_long(a, b, max, kind, scratch, tick);
	else if (b.len <= CLT_WORD)
		result = edit_word(b.data, b.len, a.data, a.len, kind);
	else
		result = edit_word(a.data, a.len, b.data, b.len, kind);
	return result <= max_distance ? result : max_distance + 1;
}

uint32_t
clt_levenshtein(CltChars a, CltChars b, uint32_t max_distance, void *scratch, CltTick tick)
{
	return edit_distance(a, b, max_distance, EDIT_LEVENSHTEIN, scratch, tick);
}

uint32_t
clt_osa(CltChars a, CltChars b, uint32_t max_distance, void *scratch, CltTick tick)
{
	return edit_distance(a, b, max_distance, EDIT_OSA, scratch, tick);
}

/*
 * lcs_strips counts, strip by strip, the rows whose bit became zero: each is a
 * pair of the longest common subsequence (Hyyro 2004).  Between strips goes the
 * carry of the addition.
 */
CLT_INLINE uint32_t
lcs_strips(const void *a, uint32_t alen, const void *b, uint32_t blen, bool wide,
		   uint32_t symbols, void *scratch, CltTick tick)
{
	uint64_t   *masks = scratch;
	uint8_t    *carries = (uint8_t *) (masks + (size_t) symbols * STRIP_WORDS);
	uint32_t	result = 0;
	uint32_t	row;

	memset(masks, 0, (size_t) symbols * STRIP_WORDS * sizeof(uint64_t));
	memset(carries, 0, blen);
	for (row = 0; row < alen; row += STRIP_ROWS)
	{
		uint64_t	free_rows[STRIP_WORDS];
		uint32_t	rows = alen - row < STRIP_ROWS ? alen - row : STRIP_ROWS;
		uint32_t	words = (rows + 63) / 64;
		uint32_t	i;
		uint32_t	j;
		uint32_t	w;

		strip_masks(masks, a, row, rows, wide, true);
		for (w = 0; w < words; w++)
			free_rows[w] = ~UINT64_C(0);
		for (j = 0; j < blen; j++)
		{
			const uint64_t *mask_of = &masks[(size_t) CLT_UNIT(b, j, wide) * STRIP_WORDS];
			uint64_t	carry = carries[j];

			if (j % TICK_COLUMNS == TICK_COLUMNS - 1 && tick)
				tick();
			for (w = 0; w < words; w++)
			{
				uint64_t	here = free_rows[w] & mask_of[w];
				uint64_t	half = free_rows[w] + carry;
				uint64_t	sum = half + here;

				carry = (half < carry) | (sum < here);
				free_rows[w] = sum | (free_rows[w] - here);
			}
			carries[j] = (uint8_t) carry;
		}
		strip_masks(masks, a, row, rows, wide, false);
		for (i = 0; i < rows; i++)
			result += ~free_rows[i / 64] >> i % 64 & 1;
		if (tick)
			tick();
	}
	return result;
}

static uint32_t
lcs_word(const uint8_t *pattern, uint32_t patlen, const uint8_t *text, uint32_t textlen)
{
	uint64_t	masks[256];
	uint64_t	free_rows = ~UINT64_C(0);
	uint32_t	result = 0;
	uint32_t	i;

	clt_masks_once(masks, pattern, patlen, text, textlen);
	for (i = 0; i < textlen; i++)
	{
		uint64_t	here = free_rows & masks[text[i]];

		free_rows = (free_rows + here) | (free_rows - here);
	}
	for (i = 0; i < patlen; i++)
		result += ~free_rows >> i & 1;
	return result;
}

uint32_t
clt_lcs(CltChars a, CltChars b, void *scratch, CltTick tick)
{
	uint32_t	longest = a.len;
	uint32_t	symbols;

	clt_strip_affixes(&a, &b);
	longest -= a.len;
	if (a.len == 0 || b.len == 0)
		return longest;
	if (a.len > b.len)
	{
		CltChars	longer = a;

		a = b;
		b = longer;
	}
	if (!a.wide && !b.wide && a.len <= CLT_WORD)
		return longest + lcs_word(a.data, a.len, b.data, b.len);
	symbols = make_symbols(&a, &b, &scratch, tick);
	return longest + (a.wide ?
					  lcs_strips(a.data, a.len, b.data, b.len, true, symbols, scratch, tick) :
					  lcs_strips(a.data, a.len, b.data, b.len, false, symbols, scratch, tick));
}
