/*
 * loose.c
 *		Baskets without id: whole from the start, equal ones counted.
 *
 * They stand one behind the other in words: multiplicity, number of items,
 * these, and where lines have quantities the latter (of one of the equal
 * baskets) and the revenues (of all of them together).
 */
#include "postgres.h"

#include "miscadmin.h"

#include "affinity/order.h"

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

/* Loose baskets, old and new, as one list of words in the current numbering. */
void
clt_loose_collect(AffinityObject *o)
{
	uint32		k;

	for (k = 0; k < o->base.nloose; k++)
	{
		uint32		b = o->base.nkeyed + k;

		clt_affinity_copy_loose(o, o, b, o->base.start[b + 1] - o->base.start[b], o->base.mult[k], NULL);
	}
}

/* Adds, for each item, the baskets it is in. */
void
clt_loose_count(const AffinityObject *o, uint32 *frequency)
{
	uint64		at = 0;
	uint32		k,
				i;

	for (k = 0; k < o->nloose_new; k++)
	{
		for (i = 0; i < o->loose[at + 1]; i++)
			frequency[o->loose[at + 2 + i]] += o->loose[at];
		at += loose_words(o, o->loose[at + 1]);
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
	clt_entries_sort(line, n, false);
	for (i = 0; i < n; i++)
	{
		basket[2 + i] = line[i].item;
		set_loose_pay(basket, 0, i, line[i].pay[0]);
		set_loose_pay(basket, 1, i, line[i].pay[1]);
	}
	pfree(line);
}

void
clt_loose_renumber(AffinityObject *o, const uint32 *to)
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

/* By items and, where there are, quantities. */
static inline int
compare_loose(const uint32 *a, const uint32 *b, const AffinityObject *o)
{
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

typedef uint32 *LooseBasket;

#define ST_SORT sort_baskets
#define ST_ELEMENT_TYPE LooseBasket
#define ST_COMPARE(a, b, o) compare_loose(*(a), *(b), o)
#define ST_COMPARE_ARG_TYPE const AffinityObject
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

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

			clt_affinity_add_amount(&sum, loose_pay(basket, 1, i));
			set_loose_pay(into, 1, i, sum);
		}
}

/* Sorts the loose baskets and adds up equal ones; returns them as pointers. */
uint32	  **
clt_loose_sort(AffinityObject *o, uint32 *nloose, uint64 *nlines)
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
	sort_baskets(list, o->nloose_new, o);
	*nlines = 0;
	for (k = 0; k < o->nloose_new; k++)
	{
		if (out > 0 && compare_loose(list[out - 1], list[k], o) == 0)
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

void
clt_loose_place(AffinityObject *o, uint32 **list, uint32 nloose)
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
