/*
 * values.h
 *		What an item is worth together with others: quantities and revenues of
 *		the baskets that hold both.
 */
#ifndef CLT_AFFINITY_VALUES_H
#define CLT_AFFINITY_VALUES_H

#include "affinity/scan.h"

/* In ten-thousandths, as in the store. */
typedef struct CltPairValue
{
	uint32		count;
	int64		quantity;		/* of the scarcer of the two, basket by basket */
	int64		row_revenue;	/* of the row's item */
	int64		other_revenue;
} CltPairValue;

typedef struct CltValueIndex
{
	uint32		nitems;
	uint32	   *occ_start;
	uint32	   *occ;			/* line */
	uint32	   *basket;			/* of a line */
	CltPairValue *value;		/* by item: of the row, zero for others */
	uint32	   *found;			/* the row's items, in no order */
	uint32		nfound;
} CltValueIndex;

extern void clt_value_check(const AffinityObject *o);
extern void clt_value_index(AffScan *scan, CltValueIndex *index, uint32 nitems);
extern void clt_value_row(const AffinityObject *o, CltValueIndex *index, uint32 row, bool whole);
extern int64 clt_value_revenue(const CltPairValue *v);

#endif							/* CLT_AFFINITY_VALUES_H */
