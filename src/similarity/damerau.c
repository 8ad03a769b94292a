/*-------------------------------------------------------------------------
 *
 * damerau.c
 *		Unrestricted Damerau-Levenshtein distance in linear memory.
 *
 * The textbook algorithm (Lowrance and Wagner 1975) keeps the whole table,
 * because a transposition looks back to where both characters last occurred.
 * Zhao and Sahni (2019) observe that an optimal script only needs those whose
 * two characters are neighbours in at least one of the strings.  So of all the
 * earlier cells two kinds suffice: one per column, remembered when the column's
 * character last matched, and one per row.
 *
 * OSA differs only where something is edited between or after a swap, which
 * costs at least 2 and saves it at least 1: a distance of 3 by OSA may be 2
 * here, but 0, 1 and 2 are the same.  The bit-parallel OSA is tried first, for
 * pairs that are alike are what people look for.
 *
 *-------------------------------------------------------------------------
 */
#include "similarity/damerau.h"

#include <string.h>

#include "similarity/levenshtein.h"

#define SAME_AS_OSA			2
#define TICK_CELLS			0x40000

static size_t
table_bytes(size_t columns, size_t symbols)
{
	return (3 * (columns + 2) + symbols) * sizeof(int32_t);
}

size_t
clt_damerau_scratch(size_t alen, size_t blen, bool wide)
{
	size_t		least = alen < blen ? alen : blen;
	size_t		symbols = alen + blen + 1;
	size_t		osa = clt_levenshtein_scratch(alen, blen, wide);
	size_t		table;

	if (symbols > CLT_MAX_SYMBOLS)
		symbols = CLT_MAX_SYMBOLS;
	table = wide ? clt_symbols_scratch(alen, blen) + table_bytes(least, symbols) :
		table_bytes(least, 256);
	return table > osa ? table : osa;
}

/*
 * damerau_table goes through the table row by row; b, across, should be the
 * shorter one.  Rows and columns count from 1, as in the literature.
 */
CLT_INLINE int32_t
damerau_table(const void *a, int32_t alen, const void *b, int32_t blen, bool wide,
			  uint32_t symbols, int32_t max, void *scratch, CltTick tick)
{
	int32_t		infinite = (alen > blen ? alen : blen) + 1;
	int32_t    *row_of = scratch;	/* last row of each symbol of a, or -1 */
	int32_t    *current = row_of + symbols + 1; /* [-1 .. blen] */
	int32_t    *before = current + blen + 2;
	int32_t    *swapped = before + blen + 2;	/* cell before the last match
												 * in a column */
	uint32_t	cells = 0;
	int32_t		i;
	int32_t		j;

	memset(row_of, 0xFF, symbols * sizeof(int32_t));
	for (j = -1; j <= blen; j++)
	{
		current[j] = j < 0 ? infinite : j;
		before[j] = infinite;
		swapped[j] = infinite;
	}
	for (i = 1; i <= alen; i++)
	{
		uint32_t	unit = CLT_UNIT(a, i - 1, wide);
		int32_t    *other = before;
		int32_t		match_column = -1;	/* last column of this row with its
										 * unit */
		int32_t		at_match = infinite;	/* cell two rows up, left of that
											 * column */
		int32_t		two_up;		/* cell two rows up in the column to the left */
		int32_t		least = i;
		int32_t		left = i;

		before = current;
		current = other;
		two_up = current[0];
		current[0] = i;
		for (j = 1; j <= blen; j++)
		{
			uint32_t	across = CLT_UNIT(b, j - 1, wide);
			int32_t		here = before[j - 1] + (unit != across);
			int32_t		up = before[j] + 1;

			if (up < here)
				here = up;
			if (left + 1 < here)
				here = left + 1;
			if (unit == across)
			{
				match_column = j;
				swapped[j] = before[j - 2];
				at_match = two_up;
			}
			else
			{
				int32_t		rows = i - row_of[across];
				int32_t		columns = j - match_column;
				int32_t		swap = infinite;

				if (columns == 1)
					swap = swapped[j] + rows;
				else if (rows == 1)
					swap = at_match + columns;
				if (swap < here)
					here = swap;
			}
			two_up = current[j];
			current[j] = here;
			left = here;
			if (here < least)
				least = here;
		}
		row_of[unit] = i;

		/*
		 * Scripts that step on this row cost at least that.  So do those that
		 * swap across it: a swap from row r to row s costs s - r - 1 or more,
		 * and the cell below its beginning at most one per row.
		 */
		if (least > max)
			return max + 1;
		cells += (uint32_t) blen;
		if (cells >= TICK_CELLS && tick)
		{
			cells = 0;
			tick();
		}
	}
	return current[blen];
}

uint32_t
clt_damerau(CltChars a, CltChars b, uint32_t max_distance, void *scratch, CltTick tick)
{
	uint32_t	symbols = 256;
	uint32_t	result;
	uint32_t	max;

	if (a.len < b.len)
	{
		CltChars	longer = b;

		b = a;
		a = longer;
	}
	if (a.len - b.len > max_distance)
		return max_distance + 1;
	clt_strip_affixes(&a, &b);
	if (b.len == 0)
		return a.len <= max_distance ? a.len : max_distance + 1;
	if (a.len - b.len <= SAME_AS_OSA)
	{
		result = clt_osa(a, b, SAME_AS_OSA, scratch, tick);
		if (result <= SAME_AS_OSA || max_distance < SAME_AS_OSA)
			return result <= max_distance ? result : max_distance + 1;
	}
	max = max_distance < a.len ? max_distance : a.len;
	if (a.wide || b.wide)
	{
		size_t		used = clt_symbols_scratch(a.len, b.len);

		symbols = clt_symbols(&a, &b, scratch, tick);
		scratch = (char *) scratch + used;
	}
	result = (uint32_t) (a.wide ?
						 damerau_table(a.data, (int32_t) a.len, b.data, (int32_t) b.len, true,
									   symbols, (int32_t) max, scratch, tick) :
						 damerau_table(a.data, (int32_t) a.len, b.data, (int32_t) b.len, false,
									   symbols, (int32_t) max, scratch, tick));
	return result <= max_distance ? result : max_distance + 1;
}
