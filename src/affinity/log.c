/*
 * log.c
 *		Lines of baskets with an id, as they come and brought together.
 *
 * Lines are appended to a log as they come: four bytes each, and four more
 * where the basket changes. Nothing is counted and no pair is formed while
 * rows are read, because a parallel worker sees only part of a basket: a state
 * keeps baskets, and baskets of one id are joined when states are combined.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "affinity/order.h"

uint32
clt_affinity_basket(AffinityObject *o, Datum key)
{
	if (o->sample_bits > 0 && !clt_affinity_sampled_in(o, key))
		return AFFINITY_NOT_KEPT;
	return clt_dict_intern(&o->keys, key);
}

static AffChunk *
new_chunk(AffinityObject *o)
{
	uint32		capacity = o->last == NULL ? 64 : Min(o->last->capacity * 2, 128 * 1024);
	AffChunk   *chunk;

	clt_affinity_check_memory(o);
	chunk = MemoryContextAlloc(o->cxt, offsetof(AffChunk, word) + capacity * sizeof(uint32));
	chunk->next = NULL;
	chunk->used = 0;
	chunk->capacity = capacity;
	if (o->last == NULL)
		o->first = chunk;
	else
		o->last->next = chunk;
	o->last = chunk;
	return chunk;
}

void
clt_affinity_add_line(AffinityObject *o, uint32 basket, uint32 item)
{
	AffChunk   *chunk = o->last;

	if (unlikely(basket == AFFINITY_NOT_KEPT))
		return;
	if (unlikely(chunk == NULL || chunk->used + 2 > chunk->capacity))
	{
		chunk = new_chunk(o);
		o->open_basket = AFFINITY_NOT_KEPT;
	}
	if (basket != o->open_basket)
	{
		chunk->word[chunk->used++] = basket | AFF_BASKET_MARK;
		o->open_basket = basket;
	}
	chunk->word[chunk->used++] = item;
	o->nlog++;
}

/* Integers are taken in batches, so that the hash tables' cache misses overlap. */
void
clt_affinity_add_pending(AffinityObject *o, int64 basket, int64 item)
{
	AffPending *p;

	if (unlikely(o->pending == NULL))
		o->pending = MemoryContextAlloc(o->cxt, AFF_BATCH * sizeof(AffPending));
	p = &o->pending[o->npending++];
	p->basket = basket;
	p->item = item;
	if (o->npending == AFF_BATCH)
		clt_affinity_flush(o);
}

void
clt_affinity_flush(AffinityObject *o)
{
	uint32		bhash[AFF_BATCH],
				ihash[AFF_BATCH];
	uint32		n = o->npending;
	int64		last_key = 0;
	uint32		last_basket = AFFINITY_NOT_KEPT;
	uint32		i;

	if (n == 0)
		return;
	o->npending = 0;
	clt_dict_reserve(&o->keys, n);
	clt_dict_reserve(&o->items, n);
	for (i = 0; i < n; i++)
	{
		bhash[i] = i > 0 && o->pending[i].basket == o->pending[i - 1].basket ? bhash[i - 1] :
			clt_dict_prefetch(&o->keys, Int64GetDatum(o->pending[i].basket));
		ihash[i] = clt_dict_prefetch(&o->items, Int64GetDatum(o->pending[i].item));
	}
	for (i = 0; i < n; i++)
	{
		if (i == 0 || o->pending[i].basket != last_key)
		{
			last_key = o->pending[i].basket;
			if (o->sample_bits > 0 && !clt_affinity_sampled_in(o, Int64GetDatum(last_key)))
				last_basket = AFFINITY_NOT_KEPT;
			else
				last_basket = clt_dict_intern_hashed(&o->keys, Int64GetDatum(last_key), bhash[i]);
		}
		if (last_basket != AFFINITY_NOT_KEPT)
			clt_affinity_add_line(o, last_basket,
								  clt_dict_intern_hashed(&o->items, Int64GetDatum(o->pending[i].item), ihash[i]));
	}
}

/* Counts lines per basket in the log, or puts them there. */
static void
walk_log(AffinityObject *o, uint32 *at, uint32 *item)
{
	AffChunk   *chunk;

	for (chunk = o->first; chunk != NULL; chunk = chunk->next)
	{
		uint32		basket = 0;
		uint32		i;

		CHECK_FOR_INTERRUPTS();
		for (i = 0; i < chunk->used; i++)
		{
			uint32		word = chunk->word[i];

			if (word & AFF_BASKET_MARK)
				basket = word & ~AFF_BASKET_MARK;
			else if (item == NULL)
				at[basket]++;
			else
				item[at[basket]++] = word;
		}
	}
}

static void
free_log(AffinityObject *o)
{
	while (o->first != NULL)
	{
		AffChunk   *next = o->first->next;

		pfree(o->first);
		o->first = next;
	}
	o->last = NULL;
	o->nlog = 0;
	o->open_basket = AFFINITY_NOT_KEPT;
}

/* Brings the lines of each basket together and drops repeated items. */
void
clt_log_gather(AffinityObject *o, Gathered *g)
{
	uint32		nkeys = o->keys.n;
	uint32	   *start = clt_huge_alloc(o->cxt, (Size) nkeys + 2, uint32);
	uint32	   *seen;
	uint64		total = o->nlog + o->base.start[o->base.nkeyed];
	uint32		b,
				p,
				out = 0,
				before = 0;

	if (total > PG_INT32_MAX)
		clt_affinity_too_many();

	/* start[b + 1] counts, then is where basket b is filled, then its end. */
	memset(start, 0, ((Size) nkeys + 2) * sizeof(uint32));
	for (b = 0; b < o->base.nkeyed; b++)
		start[b + 2] = o->base.start[b + 1] - o->base.start[b];
	walk_log(o, start + 2, NULL);
	for (b = 2; b <= nkeys; b++)
		start[b] += start[b - 1];
	g->item = clt_huge_alloc(o->cxt, total, uint32);
	for (b = 0; b < o->base.nkeyed; b++)
		for (p = o->base.start[b]; p < o->base.start[b + 1]; p++)
			g->item[start[b + 1]++] = o->base.item[p];
	walk_log(o, start + 1, g->item);
	free_log(o);

	seen = clt_huge_alloc(o->cxt, o->items.n, uint32);
	memset(seen, 0xFF, (Size) o->items.n * sizeof(uint32));
	for (b = 0; b < nkeys; b++)
	{
		uint32		end = start[b + 1];

		for (p = before; p < end; p++)
		{
			uint32		item = g->item[p];

			if (seen[item] != b)
			{
				seen[item] = b;
				g->item[out++] = item;
			}
		}
		before = end;
		start[b + 1] = out;
		if ((b & 0xFFFFF) == 0)
			CHECK_FOR_INTERRUPTS();
	}
	pfree(seen);
	g->start = start;
}
