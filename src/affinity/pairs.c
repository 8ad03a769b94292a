/*
 * pairs.c
 *		One dense counter row an item, filled through an inverted index.
 *
 * This is the sparse matrix product of the baskets with themselves, a row at
 * a time. Against a hash table of pairs it needs memory for the lines only and
 * its counters stay in cache: a row counts towards the more frequent items.
 */
#include "affinity/pairs.h"

void
clt_pair_index_sizes(const CltBaskets *b, uint32_t nitems, const bool *keep, uint32_t *count, CltPairSizes *sizes)
{
	uint32_t	nbaskets = b->nkeyed + b->nloose;
	uint32_t	nlines = b->start[nbaskets];
	uint32_t	p,
				i;

	for (i = 0; i < nitems; i++)
		count[i] = 0;
	for (p = 0; p < nlines; p++)
		if (b->item[p] < nitems)
			count[b->item[p]]++;
	sizes->occurrences = 0;
	for (i = 0; i < nitems; i++)
	{
		if (keep != NULL && !keep[i])
			count[i] = 0;
		sizes->occurrences += count[i];
	}
	sizes->lines = sizes->occurrences + nbaskets + 1;
}

void
clt_pair_index_build(CltPairIndex *index, const CltBaskets *b, const bool *keep)
{
	uint32_t	nbaskets = b->nkeyed + b->nloose;
	uint32_t	nitems = index->nitems;
	uint32_t	at = 0;
	uint32_t	k,
				p,
				i;
	uint32_t   *next = index->count;	/* borrowed, zeroed again below */

	index->occ_start[0] = 0;
	for (i = 0; i < nitems; i++)
	{
		index->occ_start[i + 1] = index->occ_start[i] + next[i];
		next[i] = index->occ_start[i];
	}

	index->line[at++] = CLT_END_OF_BASKET;
	for (k = 0; k < nbaskets; k++)
	{
		uint32_t	first = at;

		for (p = b->start[k]; p < b->start[k + 1] && b->item[p] < nitems; p++)
		{
			uint32_t	item = b->item[p];

			if (keep != NULL && !keep[item])
				continue;
			if (index->weight != NULL)
				index->weight[next[item]] = k < b->nkeyed ? 1 : b->mult[k - b->nkeyed];
			index->occ[next[item]++] = at;
			index->line[at++] = item;
		}
		if (at > first)
			index->line[at++] = CLT_END_OF_BASKET;
	}
	for (i = 0; i < nitems; i++)
		index->count[i] = 0;
}

/* Adds w to each item on one side of an occurrence. */
static inline uint32_t
add_side(uint32_t *count, uint32_t *touched, uint32_t n, const uint32_t *p, int step, uint32_t w)
{
	for (p += step; *p != CLT_END_OF_BASKET; p += step)
	{
		touched[n] = *p;
		n += count[*p] == 0;
		count[*p] += w;
	}
	return n;
}

uint32_t
clt_pair_row(CltPairIndex *index, uint32_t item, bool whole)
{
	const uint32_t *line = index->line;
	const uint32_t *occ = index->occ;
	uint32_t   *count = index->count;
	uint32_t   *touched = index->touched;
	uint32_t	from = index->occ_start[item];
	uint32_t	to = index->occ_start[item + 1];
	uint32_t	limit = whole ? index->nitems : item;
	uint32_t	n = 0;
	uint32_t	k;

	for (k = from; k < to; k++)
	{
		uint32_t	w = index->weight == NULL ? 1 : index->weight[k];

		__builtin_prefetch(line + occ[k + 12 < to ? k + 12 : k], 0, 1);
		n = add_side(count, touched, n, line + occ[k], -1, w);
		if (whole)
			n = add_side(count, touched, n, line + occ[k], 1, w);
	}

	/* Ascending order: sort the few, or collect again from the many. */
	if (n > limit / 16)
	{
		n = 0;
		for (k = 0; k < limit; k++)
		{
			touched[n] = k;
			n += count[k] != 0;
		}
	}
	else
		clt_sort_u32(touched, n);
	return n;
}

void
clt_pair_row_clear(CltPairIndex *index, uint32_t ntouched)
{
	uint32_t	i;

	for (i = 0; i < ntouched; i++)
		index->count[index->touched[i]] = 0;
}
