/*
 * pair_store.c
 *		Keeping the pairs that one process made until they are weighed.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "core/clientele.h"
#include "linkage/crew.h"
#include "linkage/large.h"
#include "linkage/pair_store.h"

LinkPairStore *
clt_link_store_open(LinkJob *job, Size most)
{
	LinkPairStore *store = MemoryContextAllocZero(job->context, sizeof(LinkPairStore));

	store->most = Max(most, SPILL_PAIRS);
	store->cap = SPILL_PAIRS;
	store->pair = clt_link_large(job->context, store->cap * sizeof(LinkPair));
	return store;
}

/* clt_link_store_spill writes the pairs in memory to the file, which a worker shares. */
void
clt_link_store_spill(LinkJob *job, LinkPairStore *store)
{
	if (store->n == 0)
		return;
	if (!store->file)
	{
		MemoryContext old = MemoryContextSwitchTo(job->context);

		store->file = job->participant > 0 ? clt_link_crew_file(job, "pairs", job->participant, true) : BufFileCreateTemp(false);
		MemoryContextSwitchTo(old);
	}
	BufFileWrite(store->file, store->pair, store->n * sizeof(LinkPair));
	store->spilled += store->n;
	store->n = 0;
}

/* clt_link_store_grow makes room for one more pair. */
void
clt_link_store_grow(LinkJob *job, LinkPairStore *store)
{
	if (store->cap >= store->most)
	{
		clt_link_store_spill(job, store);
		return;
	}
	store->cap = Min(store->cap * 2, store->most);
	store->pair = clt_link_large_grow(store->pair, store->cap * sizeof(LinkPair));
}
