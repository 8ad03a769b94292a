/*
 * pairs.h
 *		Counting pairs of items, one item after the other.
 *
 * Pure: no server header, no allocation, no error raised.
 */
#ifndef CLT_AFFINITY_PAIRS_H
#define CLT_AFFINITY_PAIRS_H

#include "affinity/baskets.h"

/*
 * Baskets with an index from item to its occurrences. A row of the counts is
 * made by walking, for each occurrence of the row's item, over the basket it
 * stands in. No table of pairs ever exists: memory is that of the lines.
 */
typedef struct CltPairIndex
{
	uint32_t	nitems;
	uint32_t   *line;			/* baskets' items, each basket closed by
								 * CLT_END_OF_BASKET */
	uint32_t   *occ_start;		/* nitems + 1 */
	uint32_t   *occ;			/* index into line */
	uint32_t   *weight;			/* per occurrence; NULL when all baskets count
								 * once */
	uint32_t   *count;			/* nitems: the row being counted, zero between
								 * rows */
	uint32_t   *found;			/* nitems + 1: the row's items, ascending */
	uint32_t   *found_count;	/* nitems + 1: and their counts */
} CltPairIndex;

#define CLT_END_OF_BASKET	UINT32_MAX

/*
 * Space the index over the items chosen by keep[] needs; keep NULL means the
 * first nitems. How often each occurs is left in count[nitems], which has to
 * be the index's when it is built.
 */
typedef struct CltPairSizes
{
	size_t		lines;			/* entries of line */
	size_t		occurrences;	/* entries of occ and weight */
} CltPairSizes;

extern void clt_pair_index_sizes(const CltBaskets *b, uint32_t nitems, const bool *keep, uint32_t *count,
								 CltPairSizes *sizes);

/* Fills the arrays, which the caller has allocated; index->weight stays NULL if the caller left it so. */
extern void clt_pair_index_build(CltPairIndex *index, const CltBaskets *b, const bool *keep);

/*
 * Counts the baskets that hold the row's item together with items of smaller
 * number (whole = false), or with any other item (whole = true). Returns how
 * many were found min_count times or more; they and their counts are in
 * found[] and found_count[] until the next row.
 */
extern uint32_t clt_pair_row(CltPairIndex *index, uint32_t item, bool whole, uint32_t min_count);

#endif
