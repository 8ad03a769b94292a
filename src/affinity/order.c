/*
 * order.c
 *		The canonical form of an affinity.
 *
 * "In order" is the canonical form: items numbered by falling frequency (ties
 * by their bytes), baskets by their id's bytes, items ascending within a
 * basket, equal baskets without id merged. It depends on the set of lines
 * alone, so that serial, parallel, partition-wise and incremental aggregation
 * give the same bytes. Putting a state in order changes nothing that can be
 * seen from outside and is therefore done in read-only objects, too.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "affinity/order.h"

void
clt_affinity_too_many(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("an affinity holds at most %u order lines and as many baskets", PG_INT32_MAX)));
}

typedef struct RankContext
{
	const AffDict *dict;
	const uint32 *frequency;
} RankContext;

static inline int
compare_rank(uint32 a, uint32 b, const RankContext *c)
{
	if (c->frequency != NULL && c->frequency[a] != c->frequency[b])
		return c->frequency[a] > c->frequency[b] ? -1 : 1;
	return clt_key_compare_image(&c->dict->spec, c->dict->key[a], c->dict->key[b]);
}

#define ST_SORT sort_by_rank
#define ST_ELEMENT_TYPE uint32
#define ST_COMPARE(a, b, c) compare_rank(*(a), *(b), c)
#define ST_COMPARE_ARG_TYPE const RankContext
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

/*
 * clt_affinity_rank: order[new number] = old number; *identity when they are
 * the same.
 */
uint32	   *
clt_affinity_rank(AffinityObject *o, const AffDict *dict, const uint32 *frequency, bool *identity)
{
	uint32	   *order = clt_huge_alloc(o->cxt, dict->n, uint32);
	RankContext c;
	uint32		i;

	c.dict = dict;
	c.frequency = frequency;
	*identity = true;
	for (i = 0; i < dict->n; i++)
	{
		order[i] = i;
		if (i > 0 && *identity && compare_rank(i - 1, i, &c) > 0)
			*identity = false;
	}
	if (!*identity)
		sort_by_rank(order, dict->n, &c);
	return order;
}

/* What permutation takes an order back. */
uint32	   *
clt_affinity_invert(AffinityObject *o, const uint32 *order, uint32 n)
{
	uint32	   *to = clt_huge_alloc(o->cxt, n, uint32);
	uint32		i;

	for (i = 0; i < n; i++)
		to[order[i]] = i;
	return to;
}

/* How often each item is bought: once a basket. */
static uint32 *
count_items(AffinityObject *o, const Gathered *g)
{
	uint32	   *frequency = clt_huge_alloc(o->cxt, o->items.n, uint32);
	uint32		k;
	uint64		e;

	memset(frequency, 0, (Size) o->items.n * sizeof(uint32));
	if (g != NULL)
		for (k = 0; k < g->start[o->keys.n]; k++)
			frequency[g->item[k]]++;
	for (e = 0; e < o->nentries; e++)
	{
		if (o->flags & AFFINITY_WEIGHTED)
			frequency[o->entry[e].item] += o->entry[e].pay[0] > 0;
		else
			frequency[o->entry[e].item]++;
	}
	clt_loose_count(o, frequency);
	return frequency;
}

/* The keyed part of base from gathered lines: renumbered, reordered. */
static void
place_gathered(AffinityObject *o, Gathered *g, const uint32 *item_to, const uint32 *key_order, bool keys_same,
			   uint64 nloose_lines, uint32 nloose)
{
	uint32		nkeys = o->keys.n;
	uint32		nlines = g->start[nkeys];
	uint32	   *start,
			   *item;
	uint32		b,
				p;

	if (keys_same)
	{
		item = g->item;
		start = g->start;
		for (p = 0; p < nlines; p++)
			item[p] = item_to[item[p]];
		item = repalloc_huge(item, Max(nlines + nloose_lines, 1) * sizeof(uint32));
		start = repalloc_huge(start, ((Size) nkeys + nloose + 1) * sizeof(uint32));
	}
	else
	{
		item = clt_huge_alloc(o->cxt, nlines + nloose_lines, uint32);
		start = clt_huge_alloc(o->cxt, (Size) nkeys + nloose + 1, uint32);
		start[0] = 0;
		for (b = 0; b < nkeys; b++)
		{
			uint32		from = g->start[key_order[b]];
			uint32		n = g->start[key_order[b] + 1] - from;

			for (p = 0; p < n; p++)
				item[start[b] + p] = item_to[g->item[from + p]];
			start[b + 1] = start[b] + n;
			if ((b & 0xFFFFF) == 0)
				CHECK_FOR_INTERRUPTS();
		}
		pfree(g->item);
		pfree(g->start);
	}
	o->base.item = item;
	o->base.start = start;
	for (b = 0; b < nkeys; b++)
	{
		clt_sort_distinct_u32(item + start[b], start[b + 1] - start[b]);
		if ((b & 0xFFFFF) == 0)
			CHECK_FOR_INTERRUPTS();
	}
}

/* Figures that the header of the stored form states. */
void
clt_affinity_count(AffinityObject *o)
{
	uint32		k;

	o->nbaskets = 0;
	o->longest = 0;
	for (k = 0; k < o->base.nkeyed + o->base.nloose; k++)
	{
		uint32		length = o->base.start[k + 1] - o->base.start[k];

		if (k >= o->base.nkeyed)
			o->nbaskets += o->base.mult[k - o->base.nkeyed];
		else
			o->nbaskets += length > 0;
		o->longest = Max(o->longest, length);
	}
	if (o->nbaskets > PG_INT32_MAX)
		clt_affinity_too_many();
}

/*
 * clt_affinity_order brings the object into its canonical form.
 */
void
clt_affinity_order(AffinityObject *o)
{
	bool		payload = (o->flags & AFFINITY_PAYLOAD) != 0;
	Gathered	g;
	uint32	   *frequency,
			   *item_order,
			   *item_to,
			   *key_order;
	bool		items_same,
				keys_same;
	uint32	  **list;
	uint32		nloose,
				i;
	uint64		nloose_lines,
				e;
	CltBaskets	old = o->base;

	clt_affinity_flush(o);
	if (o->in_order)
		return;

	clt_loose_collect(o);
	if (payload)
		clt_entries_join(o);
	else
		clt_log_gather(o, &g);
	clt_free_if(old.item);
	clt_free_if(old.start);
	clt_free_if(old.mult);
	clt_free_if(o->pay[0]);
	clt_free_if(o->pay[1]);
	o->pay[0] = o->pay[1] = NULL;

	frequency = count_items(o, payload ? NULL : &g);
	item_order = clt_affinity_rank(o, &o->items, frequency, &items_same);
	item_to = clt_affinity_invert(o, item_order, o->items.n);
	key_order = clt_affinity_rank(o, &o->keys, NULL, &keys_same);

	clt_loose_renumber(o, item_to);
	list = clt_loose_sort(o, &nloose, &nloose_lines);
	if (nloose_lines + (payload ? o->nentries : g.start[o->keys.n]) > PG_INT32_MAX)
		clt_affinity_too_many();
	if (payload)
	{
		uint32	   *key_to = clt_affinity_invert(o, key_order, o->keys.n);

		for (e = 0; e < o->nentries; e++)
		{
			o->entry[e].item = item_to[o->entry[e].item];
			o->entry[e].basket = key_to[o->entry[e].basket];
		}
		clt_entries_place(o, nloose_lines, nloose);
		if (!keys_same)
			clt_dict_permute(&o->keys, key_to);
		pfree(key_to);
	}
	else
	{
		place_gathered(o, &g, item_to, key_order, keys_same, nloose_lines, nloose);
		if (!keys_same)
		{
			uint32	   *key_to = clt_affinity_invert(o, key_order, o->keys.n);

			clt_dict_permute(&o->keys, key_to);
			pfree(key_to);
		}
	}
	clt_loose_place(o, list, nloose);
	if (!items_same)
		clt_dict_permute(&o->items, item_to);

	clt_free_if(o->frequency);
	o->frequency = clt_huge_alloc(o->cxt, o->items.n, uint32);
	for (i = 0; i < o->items.n; i++)
		o->frequency[i] = frequency[item_order[i]];

	/*
	 * Items in no basket, left by filters and by sampling, stand last. They
	 * go, unless returned lines may name them.
	 */
	for (i = o->items.n; i > 0 && o->nabsent == 0 && o->frequency[i - 1] == 0; i--)
		;
	if (i < o->items.n)
		clt_dict_truncate(&o->items, i);
	o->base.nitems = o->items.n;
	o->base.nkeyed = o->keys.n;
	o->base.nloose = nloose;
	clt_affinity_count(o);

	clt_free_if(o->loose);
	o->loose = NULL;
	o->nloose_words = o->loose_capacity = 0;
	o->nloose_new = 0;
	pfree(list);
	pfree(frequency);
	pfree(item_order);
	pfree(item_to);
	pfree(key_order);
	o->in_order = true;
}
