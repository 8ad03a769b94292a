/*
 * pair_store.h
 *		The pairs that one process made and compared: in memory, and what did not fit
 *		in a file.
 */
#ifndef CLT_LINKAGE_PAIR_STORE_H
#define CLT_LINKAGE_PAIR_STORE_H

#include "storage/buffile.h"

#include "linkage/engine.h"

/* Pairs written to a file at a time. */
#define SPILL_PAIRS 8192

typedef struct LinkPairStore
{
	LinkPair   *pair;
	Size		n;
	Size		cap;
	Size		most;			/* and no more in memory */
	BufFile    *file;
	int64		spilled;
} LinkPairStore;

extern LinkPairStore *clt_link_store_open(LinkJob *job, Size most);
extern void clt_link_store_spill(LinkJob *job, LinkPairStore *store);

extern void clt_link_store_grow(LinkJob *job, LinkPairStore *store);

/* clt_link_store_place returns where the next pair is to be put. */
static inline LinkPair *
clt_link_store_place(LinkJob *job, LinkPairStore *store)
{
	if (store->n == store->cap)
		clt_link_store_grow(job, store);
	return &store->pair[store->n++];
}

#endif
