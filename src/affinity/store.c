/*
 * store.c
 *		The expanded object behind type affinity.
 *
 * Lines are appended to a log as they come: four bytes each, and four more
 * where the basket changes. Nothing is counted and no pair is formed while
 * rows are read, because a parallel worker sees only part of a basket: a state
 * keeps baskets, and baskets of one id are joined when states are combined.
 *
 * "In order" is the canonical form: items numbered by falling frequency (ties
 * by their bytes), baskets by their id's bytes, items ascending within a
 * basket, equal baskets without id merged. It depends on the set of lines
 * alone, so that serial, parallel, partition-wise and incremental aggregation
 * give the same bytes. Putting a state in order changes nothing that can be
 * seen from outside and is therefore done in read-only objects, too.
 *
 * Lines with quantities whose sum in their basket is not above zero (returns)
 * are not present; they wait in entry[], in order as well, because a late line
 * may make them present.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "common/int.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "affinity/store.h"
#include "affinity/names.h"

AffinityObject *
clt_affinity_new(MemoryContext parent, uint8 flags)
{
	MemoryContext cxt = AllocSetContextCreate(parent, "affinity", ALLOCSET_START_SMALL_SIZES);
	AffinityObject *o = MemoryContextAllocZero(cxt, sizeof(AffinityObject));

	EOH_init_header(&o->hdr, &clt_affinity_methods, cxt);
	o->magic = AFFINITY_MAGIC;
	o->cxt = cxt;
	o->flags = flags;
	o->items.cxt = o->keys.cxt = cxt;
	o->open_basket = AFFINITY_NOT_KEPT;
	o->base.start = clt_huge_alloc(cxt, 1, uint32);
	o->base.start[0] = 0;
	o->in_order = true;
	return o;
}

void
clt_affinity_changed(AffinityObject *o)
{
	o->in_order = false;
	if (o->flat != NULL)
	{
		pfree(o->flat);
		o->flat = NULL;
	}
}

/* ---- taking lines ------------------------------------------------------- */

/* The bound counts what the object holds, not the passing needs of ordering it. */
void
clt_affinity_set_limit(AffinityObject *o, uint32 limit_mb)
{
	o->limit_mb = limit_mb;
	o->limit = limit_mb > 0 ? (Size) limit_mb * 1024 * 1024 :
		Max(get_hash_memory_limit(), (Size) 1024 * 1024 * 1024);
}

void
clt_affinity_check_memory(AffinityObject *o)
{
	if (o->limit != 0 && MemoryContextMemAllocated(o->cxt, false) > o->limit)
		o->over = true;
}

static const char *
type_name(const AffinityObject *o)
{
	return (o->flags & AFFINITY_EVENTS) ? "item_sequence" : "affinity";
}

/*
 * clt_affinity_relieve brings an object back under its bound: by putting it in
 * order, which drops repeated lines, and if that does not win a quarter, by
 * sampling when that is allowed.
 */
void
clt_affinity_relieve(AffinityObject *o)
{
	o->over = false;
	clt_affinity_order(o);
	if (MemoryContextMemAllocated(o->cxt, false) <= o->limit / 4 * 3)
		return;
	if ((o->flags & AFFINITY_MAY_SAMPLE) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%s needs more than the %zu MB it may use", type_name(o), o->limit / (1024 * 1024)),
				 errdetail("It holds %u lines of %u items in %llu baskets so far.",
						   o->base.start[o->base.nkeyed + o->base.nloose], o->items.n,
						   (unsigned long long) o->nbaskets),
				 (o->flags & AFFINITY_PAYLOAD) ? errhint("Aggregate by period, or raise work_mem.") :
				 errhint("Raise \"memory_mb\" in the aggregate's settings, aggregate by period, or let it sample baskets with \"over_memory\": \"sample\".")));
	while (MemoryContextMemAllocated(o->cxt, false) > o->limit / 4 * 3)
	{
		if (o->sample_bits >= 30 || o->base.nkeyed < 2)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("%s needs more than the %zu MB it may use", type_name(o), o->limit / (1024 * 1024)),
					 errdetail("Sampling one basket in %u did not help.", 1U << o->sample_bits)));
		clt_affinity_resample(o, o->sample_bits + 1);
	}
}

/* Is the basket among those that sampling keeps? The same in every worker. */
static inline bool
sampled_in(const AffinityObject *o, Datum key)
{
	return o->sample_bits == 0 || clt_key_hash(&o->keys.spec, key) >> (64 - o->sample_bits) == 0;
}

uint32
clt_affinity_basket(AffinityObject *o, Datum key)
{
	if (o->sample_bits > 0 && !sampled_in(o, key))
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
			if (o->sample_bits > 0 && !sampled_in(o, Int64GetDatum(last_key)))
				last_basket = AFFINITY_NOT_KEPT;
			else
				last_basket = clt_dict_intern_hashed(&o->keys, Int64GetDatum(last_key), bhash[i]);
		}
		clt_affinity_add_line(o, last_basket,
							  clt_dict_intern_hashed(&o->items, Int64GetDatum(o->pending[i].item), ihash[i]));
	}
}

void
clt_affinity_add_entry(AffinityObject *o, uint32 basket, uint32 item, int64 pay0, int64 pay1)
{
	AffEntry   *e;

	if (basket == AFFINITY_NOT_KEPT)
		return;
	if (o->nentries >= o->entry_capacity)
	{
		clt_affinity_check_memory(o);
		o->entry_capacity = o->entry_capacity == 0 ? 32 : o->entry_capacity * 2;
		if (o->entry == NULL)
			o->entry = clt_huge_alloc(o->cxt, o->entry_capacity, AffEntry);
		else
			o->entry = repalloc_huge(o->entry, o->entry_capacity * sizeof(AffEntry));
	}
	e = &o->entry[o->nentries++];
	e->basket = basket;
	e->item = item;
	e->pay[0] = pay0;
	e->pay[1] = pay1;
}

/*
 * Baskets without id stand in words: multiplicity, number of items, these,
 * and where lines have quantities the latter (of one of the equal baskets)
 * and the revenues (of all of them together).
 */
static inline uint64
loose_words(const AffinityObject *o, uint32 n)
{
	return 2 + (uint64) n + ((o->flags & AFFINITY_WEIGHTED) ? 4 * (uint64) n : 0);
}

static inline int64
loose_pay(const uint32 *basket, int column, uint32 i)
{
	int64		v;

	memcpy(&v, basket + 2 + basket[1] + 2 * ((Size) column * basket[1] + i), sizeof(v));
	return v;
}

static inline void
set_loose_pay(uint32 *basket, int column, uint32 i, int64 v)
{
	memcpy(basket + 2 + basket[1] + 2 * ((Size) column * basket[1] + i), &v, sizeof(v));
}

/* A whole basket without id; items are distinct. */
void
clt_affinity_add_loose(AffinityObject *o, const uint32 *items, uint32 n, uint32 mult,
					   const int64 *quantity, const int64 *revenue)
{
	uint64		words = loose_words(o, n);
	uint32	   *basket;
	uint32		i;

	if (o->nloose_words + words > o->loose_capacity)
	{
		clt_affinity_check_memory(o);
		o->loose_capacity = Max(o->loose_capacity * 2, o->nloose_words + words + 64);
		if (o->loose == NULL)
			o->loose = clt_huge_alloc(o->cxt, o->loose_capacity, uint32);
		else
			o->loose = repalloc_huge(o->loose, o->loose_capacity * sizeof(uint32));
	}
	basket = o->loose + o->nloose_words;
	basket[0] = mult;
	basket[1] = n;
	memcpy(basket + 2, items, n * sizeof(uint32));
	if (o->flags & AFFINITY_WEIGHTED)
		for (i = 0; i < n; i++)
		{
			set_loose_pay(basket, 0, i, quantity[i]);
			set_loose_pay(basket, 1, i, revenue[i]);
		}
	o->nloose_words += words;
	o->nloose_new++;
}

/* The first n items of another object's basket, as a basket without id. */
void
clt_affinity_copy_loose(AffinityObject *to, const AffinityObject *from, uint32 basket, uint32 n, uint32 mult,
						const uint32 *item_to)
{
	uint32		begin = from->base.start[basket];
	uint32	   *items = clt_huge_alloc(CurrentMemoryContext, n, uint32);
	uint32		i;

	for (i = 0; i < n; i++)
		items[i] = item_to == NULL ? from->base.item[begin + i] : item_to[from->base.item[begin + i]];
	if (from->flags & AFFINITY_WEIGHTED)
		clt_affinity_add_loose(to, items, n, mult, from->pay[0] + begin, from->pay[1] + begin);
	else
		clt_affinity_add_loose(to, items, n, mult, NULL, NULL);
	pfree(items);
}

/* ---- putting in order --------------------------------------------------- */

void
clt_affinity_too_many(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("an affinity holds at most %u order lines and as many baskets", PG_INT32_MAX)));
}

/* Lines of keyed baskets side by side, in numbers of arrival. */
typedef struct Gathered
{
	uint32	   *start;			/* keys.n + 1 */
	uint32	   *item;
} Gathered;

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
static void
gather(AffinityObject *o, Gathered *g)
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

static int
compare_entries(const void *pa, const void *pb)
{
	const AffEntry *a = pa;
	const AffEntry *b = pb;

	if (a->basket != b->basket)
		return a->basket < b->basket ? -1 : 1;
	if (a->item != b->item)
		return a->item < b->item ? -1 : 1;
	if (a->pay[0] != b->pay[0])
		return a->pay[0] < b->pay[0] ? -1 : 1;
	return a->pay[1] < b->pay[1] ? -1 : a->pay[1] > b->pay[1];
}

/* By time within the basket, for events. */
static int
compare_events(const void *pa, const void *pb)
{
	const AffEntry *a = pa;
	const AffEntry *b = pb;

	if (a->basket != b->basket)
		return a->basket < b->basket ? -1 : 1;
	if (a->pay[0] != b->pay[0])
		return a->pay[0] < b->pay[0] ? -1 : 1;
	return a->item < b->item ? -1 : a->item > b->item;
}

static void
add_amount(int64 *sum, int64 v)
{
	if (pg_add_s64_overflow(*sum, v, sum))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("sum of quantity or revenue out of range")));
}

/* Adds base's lines to the entries and joins those of one basket and item. */
static void
join_entries(AffinityObject *o)
{
	bool		events = (o->flags & AFFINITY_EVENTS) != 0;
	uint64		i,
				out = 0;
	uint32		b,
				p;

	for (b = 0; b < o->base.nkeyed; b++)
		for (p = o->base.start[b]; p < o->base.start[b + 1]; p++)
			clt_affinity_add_entry(o, b, o->base.item[p], o->pay[0][p], o->pay[1][p]);
	if (o->nentries > PG_INT32_MAX)
		clt_affinity_too_many();
	qsort(o->entry, o->nentries, sizeof(AffEntry), events ? compare_events : compare_entries);
	for (i = 0; i < o->nentries; i++)
	{
		AffEntry   *e = &o->entry[i];
		AffEntry   *last = out > 0 ? &o->entry[out - 1] : NULL;

		if (last == NULL || last->basket != e->basket || last->item != e->item ||
			(events && last->pay[0] != e->pay[0]))
			o->entry[out++] = *e;
		else if (!events)
		{
			add_amount(&last->pay[0], e->pay[0]);
			add_amount(&last->pay[1], e->pay[1]);
		}
	}
	o->nentries = out;
}

typedef struct RankContext
{
	const AffDict *dict;
	const uint32 *frequency;
} RankContext;

static int
compare_rank(const void *pa, const void *pb, void *arg)
{
	const RankContext *c = arg;
	uint32		a = *(const uint32 *) pa;
	uint32		b = *(const uint32 *) pb;

	if (c->frequency != NULL && c->frequency[a] != c->frequency[b])
		return c->frequency[a] > c->frequency[b] ? -1 : 1;
	return clt_key_compare_image(&c->dict->spec, c->dict->key[a], c->dict->key[b]);
}

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
		if (i > 0 && *identity && compare_rank(&order[i - 1], &order[i], &c) > 0)
			*identity = false;
	}
	if (!*identity)
		qsort_arg(order, dict->n, sizeof(uint32), compare_rank, &c);
	return order;
}

/* Loose baskets, old and new, as one list of words in the current numbering. */
static void
collect_loose(AffinityObject *o)
{
	uint32		k;

	for (k = 0; k < o->base.nloose; k++)
	{
		uint32		b = o->base.nkeyed + k;

		clt_affinity_copy_loose(o, o, b, o->base.start[b + 1] - o->base.start[b], o->base.mult[k], NULL);
	}
}

/* By items and, where there are, quantities. */
static int
compare_loose(const void *pa, const void *pb, void *arg)
{
	const AffinityObject *o = arg;
	const uint32 *a = *(uint32 *const *) pa;
	const uint32 *b = *(uint32 *const *) pb;
	uint32		n = Min(a[1], b[1]);
	uint32		i;

	for (i = 0; i < n; i++)
		if (a[2 + i] != b[2 + i])
			return a[2 + i] < b[2 + i] ? -1 : 1;
	if (a[1] != b[1])
		return a[1] < b[1] ? -1 : 1;
	if (o->flags & AFFINITY_WEIGHTED)
		for (i = 0; i < n; i++)
		{
			int64		qa = loose_pay(a, 0, i);
			int64		qb = loose_pay(b, 0, i);

			if (qa != qb)
				return qa < qb ? -1 : 1;
		}
	return 0;
}

/* Adds a basket to an equal one. */
static void
join_loose(const AffinityObject *o, uint32 *into, const uint32 *basket)
{
	uint32		i;

	if ((uint64) into[0] + basket[0] > PG_INT32_MAX)
		clt_affinity_too_many();
	into[0] += basket[0];
	if (o->flags & AFFINITY_WEIGHTED)
		for (i = 0; i < into[1]; i++)
		{
			int64		sum = loose_pay(into, 1, i);

			add_amount(&sum, loose_pay(basket, 1, i));
			set_loose_pay(into, 1, i, sum);
		}
}

/* Sorts the loose baskets and adds up equal ones; returns them as pointers. */
static uint32 **
sort_loose(AffinityObject *o, uint32 *nloose, uint64 *nlines)
{
	uint32	  **list = clt_huge_alloc(o->cxt, o->nloose_new, uint32 *);
	uint64		at = 0;
	uint32		k,
				out = 0;

	for (k = 0; k < o->nloose_new; k++)
	{
		list[k] = o->loose + at;
		at += loose_words(o, list[k][1]);
	}
	qsort_arg(list, o->nloose_new, sizeof(uint32 *), compare_loose, o);
	*nlines = 0;
	for (k = 0; k < o->nloose_new; k++)
	{
		if (out > 0 && compare_loose(&list[out - 1], &list[k], o) == 0)
		{
			join_loose(o, list[out - 1], list[k]);
			continue;
		}
		*nlines += list[k][1];
		list[out++] = list[k];
	}
	*nloose = out;
	return list;
}

/* How often each item is bought: once a basket. */
static uint32 *
count_items(AffinityObject *o, const Gathered *g)
{
	uint32	   *frequency = clt_huge_alloc(o->cxt, o->items.n, uint32);
	uint64		at;
	uint32		k,
				i;
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
	for (k = 0, at = 0; k < o->nloose_new; k++)
	{
		for (i = 0; i < o->loose[at + 1]; i++)
			frequency[o->loose[at + 2 + i]] += o->loose[at];
		at += loose_words(o, o->loose[at + 1]);
	}
	return frequency;
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

/* The keyed part of base from entries; those that are not present stay. */
static void
place_entries(AffinityObject *o, uint64 nloose_lines, uint32 nloose)
{
	bool		events = (o->flags & AFFINITY_EVENTS) != 0;
	uint32		nkeys = o->keys.n;
	uint64		e,
				absent = 0;
	uint32		line = 0,
				b = 0;

	qsort(o->entry, o->nentries, sizeof(AffEntry), events ? compare_events : compare_entries);
	o->base.start = clt_huge_alloc(o->cxt, (Size) nkeys + nloose + 1, uint32);
	o->base.item = clt_huge_alloc(o->cxt, o->nentries + nloose_lines, uint32);
	o->pay[0] = clt_huge_alloc(o->cxt, o->nentries + nloose_lines, int64);
	o->pay[1] = clt_huge_alloc(o->cxt, o->nentries + nloose_lines, int64);
	for (e = 0; e < o->nentries; e++)
	{
		AffEntry	x = o->entry[e];

		while (b <= x.basket)
			o->base.start[b++] = line;
		if (!events && x.pay[0] <= 0)
		{
			o->entry[absent++] = x;
			continue;
		}
		o->base.item[line] = x.item;
		o->pay[0][line] = x.pay[0];
		o->pay[1][line] = x.pay[1];
		line++;
	}
	while (b <= nkeys)
		o->base.start[b++] = line;
	o->nentries = o->nabsent = absent;
	if (absent == 0 && o->entry != NULL)
	{
		pfree(o->entry);
		o->entry = NULL;
		o->entry_capacity = 0;
	}
}

static void
place_loose(AffinityObject *o, uint32 **list, uint32 nloose)
{
	uint32		line = o->base.start[o->keys.n];
	uint32		k,
				i;

	o->base.mult = clt_huge_alloc(o->cxt, nloose, uint32);
	for (k = 0; k < nloose; k++)
	{
		memcpy(o->base.item + line, list[k] + 2, list[k][1] * sizeof(uint32));
		if (o->flags & AFFINITY_WEIGHTED)
			for (i = 0; i < list[k][1]; i++)
			{
				o->pay[0][line + i] = loose_pay(list[k], 0, i);
				o->pay[1][line + i] = loose_pay(list[k], 1, i);
			}
		line += list[k][1];
		o->base.start[o->keys.n + k + 1] = line;
		o->base.mult[k] = list[k][0];
	}
}

/* Sorts the items of a basket and takes their amounts along. */
static void
sort_loose_lines(uint32 *basket)
{
	uint32		n = basket[1];
	AffEntry   *line = clt_huge_alloc(CurrentMemoryContext, n, AffEntry);
	uint32		i;

	for (i = 0; i < n; i++)
	{
		line[i].basket = 0;
		line[i].item = basket[2 + i];
		line[i].pay[0] = loose_pay(basket, 0, i);
		line[i].pay[1] = loose_pay(basket, 1, i);
	}
	qsort(line, n, sizeof(AffEntry), compare_entries);
	for (i = 0; i < n; i++)
	{
		basket[2 + i] = line[i].item;
		set_loose_pay(basket, 0, i, line[i].pay[0]);
		set_loose_pay(basket, 1, i, line[i].pay[1]);
	}
	pfree(line);
}

static void
renumber_loose(AffinityObject *o, const uint32 *to)
{
	uint64		at = 0;
	uint32		k,
				i;

	for (k = 0; k < o->nloose_new; k++)
	{
		uint32	   *basket = o->loose + at;

		for (i = 0; i < basket[1]; i++)
			basket[2 + i] = to[basket[2 + i]];
		if (o->flags & AFFINITY_WEIGHTED)
			sort_loose_lines(basket);
		else
			clt_sort_distinct_u32(basket + 2, basket[1]);
		at += loose_words(o, basket[1]);
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

	collect_loose(o);
	if (payload)
		join_entries(o);
	else
		gather(o, &g);
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

	renumber_loose(o, item_to);
	list = sort_loose(o, &nloose, &nloose_lines);
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
		place_entries(o, nloose_lines, nloose);
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
	place_loose(o, list, nloose);
	if (!items_same)
		clt_dict_permute(&o->items, item_to);

	clt_free_if(o->frequency);
	o->frequency = clt_huge_alloc(o->cxt, o->items.n, uint32);
	for (i = 0; i < o->items.n; i++)
		o->frequency[i] = frequency[item_order[i]];
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

/* ---- values and objects -------------------------------------------------- */

bool
clt_affinity_is_flat(Datum value)
{
	return !VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(value));
}

static AffinityObject *
object_of(Datum value)
{
	AffinityObject *o = (AffinityObject *) DatumGetEOHP(value);

	if (o->magic != AFFINITY_MAGIC)
		elog(ERROR, "expanded object is not an affinity");
	return o;
}

/* To read, ids not needed: the object itself, or one made in the current context. */
AffinityObject *
clt_affinity_get(Datum value)
{
	AffinityObject *o;

	if (clt_affinity_is_flat(value))
		return clt_affinity_expand(value, CurrentMemoryContext, false);
	o = object_of(value);
	clt_affinity_order(o);
	return o;
}

/* To change: the object itself if it is ours, or a copy under parent. */
AffinityObject *
clt_affinity_writable(Datum value, MemoryContext parent)
{
	if (VARATT_IS_EXTERNAL_EXPANDED_RW(DatumGetPointer(value)) &&
		MemoryContextGetParent(object_of(value)->cxt) == parent)
		return object_of(value);
	if (clt_affinity_is_flat(value))
		return clt_affinity_expand(value, parent, true);
	return clt_affinity_expand(PointerGetDatum(clt_affinity_flatten(object_of(value))), parent, true);
}

/*
 * clt_affinity_resample keeps one basket in 2^bits, the same ones everywhere.
 */
void
clt_affinity_resample(AffinityObject *o, uint32 bits)
{
	uint32		k,
				kept = 0,
				line = 0,
				p;
	uint32		total_keys;

	if (bits <= o->sample_bits)
		return;
	clt_affinity_order(o);
	clt_affinity_changed(o);
	if (o->base.nloose > 0 || (o->flags & AFFINITY_PAYLOAD) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("only baskets with an id and without quantities can be sampled")));
	o->sample_bits = bits;
	total_keys = o->keys.n;
	for (k = 0; k < total_keys; k++)
	{
		uint32		from = o->base.start[k];
		uint32		to = o->base.start[k + 1];

		if (!sampled_in(o, o->keys.key[k]))
			continue;
		for (p = from; p < to; p++)
			o->base.item[line++] = o->base.item[p];
		o->keys.key[kept] = o->keys.key[k];
		o->base.start[++kept] = line;
	}
	o->keys.n = o->base.nkeyed = kept;
	if (o->keys.slot != NULL)
	{
		pfree(o->keys.slot);
		o->keys.slot = NULL;
	}
	if (kept > 0 && line > 0)
	{
		o->base.item = repalloc_huge(o->base.item, (Size) line * sizeof(uint32));
		o->keys.key = repalloc_huge(o->keys.key, (Size) kept * sizeof(Datum));
		o->keys.capacity = kept;
	}
	clt_affinity_order(o);
}
