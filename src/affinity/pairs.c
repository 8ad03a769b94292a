/*
 * pairs.c
 *		One dense counter row an item, filled through an inverted index.
 *
 * This is the sparse matrix product of the baskets with themselves, a row at
 * a time. Against a hash table of pairs it needs memory for the lines only and
 * its counters stay in cache: a row counts towards the more frequent items.
 */
#include <string.h>

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

/* Adds w to each item on one side of an occurrence, and notes those that were zero. */
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

static inline void
add_side_unnoted(uint32_t *count, const uint32_t *p, int step, uint32_t w)
{
	for (p += step; *p != CLT_END_OF_BASKET; p += step)
		count[*p] += w;
}

#define AHEAD	16				/* occurrences whose baskets are fetched early */
#define STRIDE	32				/* counts looked at together */

/* A row of few occurrences: the items it touches are noted. */
static uint32_t
sparse_row(CltPairIndex *index, uint32_t from, uint32_t to, bool whole, uint32_t min_count)
{
	uint32_t   *count = index->count;
	uint32_t   *found = index->found;
	uint32_t	n = 0,
				kept = 0,
				k;

	for (k = from; k < to; k++)
	{
		const uint32_t *p = index->line + index->occ[k];
		uint32_t	w = index->weight == NULL ? 1 : index->weight[k];

		__builtin_prefetch(index->line + index->occ[k + AHEAD < to ? k + AHEAD : k] - 1);
		n = add_side(count, found, n, p, -1, w);
		if (whole)
			n = add_side(count, found, n, p, 1, w);
	}
	for (k = 0; k < n; k++)
	{
		uint32_t	item = found[k];

		if (count[item] >= min_count)
			found[kept++] = item;
		else
			count[item] = 0;
	}
	clt_sort_distinct_u32(found, kept);
	for (k = 0; k < kept; k++)
	{
		index->found_count[k] = count[found[k]];
		count[found[k]] = 0;
	}
	return kept;
}

/* A row of many: all counts are looked through, which is less than noting them. */
static uint32_t
dense_row(CltPairIndex *index, uint32_t from, uint32_t to, uint32_t limit, bool whole, uint32_t min_count)
{
	uint32_t   *count = index->count;
	uint32_t	kept = 0,
				k,
				i;

	for (k = from; k < to; k++)
	{
		const uint32_t *p = index->line + index->occ[k];
		uint32_t	w = index->weight == NULL ? 1 : index->weight[k];

		__builtin_prefetch(index->line + index->occ[k + AHEAD < to ? k + AHEAD : k] - 1);
		add_side_unnoted(count, p, -1, w);
		if (whole)
			add_side_unnoted(count, p, 1, w);
	}
	for (k = 0; k < limit; k += STRIDE)
	{
		uint32_t	end = limit - k < STRIDE ? limit - k : STRIDE;
		uint32_t	most = 0;

		if (end == STRIDE)
			for (i = 0; i < STRIDE; i++)
				most |= count[k + i];
		else
			most = UINT32_MAX;
		/* No count is larger than the bits of all of them together. */
		if (most >= min_count)
			for (i = 0; i < end; i++)
			{
				index->found[kept] = k + i;
				index->found_count[kept] = count[k + i];
				kept += count[k + i] >= min_count;
			}
	}
	memset(count, 0, (size_t) limit * sizeof(uint32_t));
	return kept;
}

uint32_t
clt_pair_row(CltPairIndex *index, uint32_t item, bool whole, uint32_t min_count)
{
	uint32_t	from = index->occ_start[item];
	uint32_t	to = index->occ_start[item + 1];
	uint32_t	limit = whole ? index->nitems : item;

	if (min_count < 1)
		min_count = 1;
	if ((uint64_t) (to - from) * 64 < limit)
		return sparse_row(index, from, to, whole, min_count);
	return dense_row(index, from, to, limit, whole, min_count);
}
