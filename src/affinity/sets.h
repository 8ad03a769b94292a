/*
 * sets.h
 *		What frequent_itemsets() and association_rules() share: the baskets that
 *		are searched, and arrays of items.
 */
#ifndef CLT_AFFINITY_SETS_H
#define CLT_AFFINITY_SETS_H

#include "affinity/scan.h"

/*
 * The baskets of an affinity as the search is to see them: frequent items
 * only, filters applied, items renumbered where that helps.
 */
typedef struct SetSource
{
	AffinityObject *o;
	CltBaskets	baskets;
	uint32		nitems;			/* numbers in the search */
	uint32	   *original;		/* the affinity's number of each; NULL: the
								 * same */
	uint32		total;			/* baskets that are searched */
} SetSource;

/* Item filters: NULL for none, else a flag for each item of the affinity. */
typedef struct SetFilter
{
	const bool *keep;			/* items of any interest */
	const bool *must;			/* baskets without all of these are left out */
	uint32		nmust;
	bool		drop_must;		/* and these items from the others */
	const bool *first;			/* items to be numbered before all others */
} SetFilter;

extern uint32 clt_set_source(SetSource *source, AffinityObject *o, uint32 nitems, const SetFilter *filter,
							 MemoryContext cxt);

static inline uint32
clt_set_original(const SetSource *source, uint32 item)
{
	return source->original == NULL ? item : source->original[item];
}

/* How sets of items become arrays: in the order of the items' type. */
typedef struct ArrayMaker
{
	const SetSource *source;
	uint32	   *place;			/* of an item of the affinity */
	uint32	   *by_place;
	uint32	   *sorted;			/* space for one set */
	Datum	   *element;
	Oid			type;
} ArrayMaker;

extern void clt_arrays_start(ArrayMaker *m, FunctionCallInfo fcinfo, const SetSource *source, uint32 nitems);
extern Datum clt_arrays_make(ArrayMaker *m, const uint32 *items, uint32 n, const uint32 *more, uint32 nmore);
extern uint32 clt_set_length_limit(FunctionCallInfo fcinfo, int arg, const char *name, int low);
pg_noreturn extern void clt_set_out_of_memory(void);

#endif							/* CLT_AFFINITY_SETS_H */
