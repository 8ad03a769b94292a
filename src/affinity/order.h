/*
 * order.h
 *		How lines of each kind get into the canonical order: for the files that
 *		make or change an affinity.
 */
#ifndef CLT_AFFINITY_ORDER_H
#define CLT_AFFINITY_ORDER_H

#include "affinity/store.h"

/* Lines of keyed baskets side by side, in numbers of arrival. */
typedef struct Gathered
{
	uint32	   *start;			/* keys.n + 1 */
	uint32	   *item;
} Gathered;

extern void clt_log_gather(AffinityObject *o, Gathered *g);

extern void clt_entries_sort(AffEntry *entry, uint64 n, bool events);
extern void clt_affinity_add_amount(int64 *sum, int64 v);
extern void clt_entries_join(AffinityObject *o);
extern void clt_entries_place(AffinityObject *o, uint64 nloose_lines, uint32 nloose);

extern void clt_loose_collect(AffinityObject *o);
extern void clt_loose_count(const AffinityObject *o, uint32 *frequency);
extern void clt_loose_renumber(AffinityObject *o, const uint32 *to);
extern uint32 **clt_loose_sort(AffinityObject *o, uint32 *nloose, uint64 *nlines);
extern void clt_loose_place(AffinityObject *o, uint32 **list, uint32 nloose);

#endif							/* CLT_AFFINITY_ORDER_H */
