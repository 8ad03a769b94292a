/*
 * entries.c
 *		Lines with a payload: quantities and revenues, or times.
 *
 * Lines with quantities whose sum in their basket is not above zero (returns)
 * are not present; they wait in entry[], in order as well, because a late line
 * may make them present.
 */
#include "postgres.h"

#include "common/int.h"
#include "miscadmin.h"

#include "affinity/order.h"

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

static inline int
compare_entries(const AffEntry *a, const AffEntry *b)
{
	if (a->basket != b->basket)
		return a->basket < b->basket ? -1 : 1;
	if (a->item != b->item)
		return a->item < b->item ? -1 : 1;
	if (a->pay[0] != b->pay[0])
		return a->pay[0] < b->pay[0] ? -1 : 1;
	return a->pay[1] < b->pay[1] ? -1 : a->pay[1] > b->pay[1];
}

/* By time within the basket. */
static inline int
compare_events(const AffEntry *a, const AffEntry *b)
{
	if (a->basket != b->basket)
		return a->basket < b->basket ? -1 : 1;
	if (a->pay[0] != b->pay[0])
		return a->pay[0] < b->pay[0] ? -1 : 1;
	return a->item < b->item ? -1 : a->item > b->item;
}

#define ST_SORT sort_entries
#define ST_ELEMENT_TYPE AffEntry
#define ST_COMPARE(a, b) compare_entries(a, b)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

#define ST_SORT sort_events
#define ST_ELEMENT_TYPE AffEntry
#define ST_COMPARE(a, b) compare_events(a, b)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

void
clt_entries_sort(AffEntry *entry, uint64 n, bool events)
{
	if (events)
		sort_events(entry, n);
	else
		sort_entries(entry, n);
}

void
clt_affinity_add_amount(int64 *sum, int64 v)
{
	if (pg_add_s64_overflow(*sum, v, sum))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("sum of quantity or revenue out of range")));
}

/* Adds base's lines to the entries and joins those of one basket and item. */
void
clt_entries_join(AffinityObject *o)
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
	clt_entries_sort(o->entry, o->nentries, events);
	for (i = 0; i < o->nentries; i++)
	{
		AffEntry   *e = &o->entry[i];
		AffEntry   *last = out > 0 ? &o->entry[out - 1] : NULL;

		if (last == NULL || last->basket != e->basket || last->item != e->item ||
			(events && last->pay[0] != e->pay[0]))
			o->entry[out++] = *e;
		else if (!events)
		{
			clt_affinity_add_amount(&last->pay[0], e->pay[0]);
			clt_affinity_add_amount(&last->pay[1], e->pay[1]);
		}
	}
	o->nentries = out;
}

/* The keyed part of base from entries; those that are not present stay. */
void
clt_entries_place(AffinityObject *o, uint64 nloose_lines, uint32 nloose)
{
	bool		events = (o->flags & AFFINITY_EVENTS) != 0;
	uint32		nkeys = o->keys.n;
	uint64		e,
				absent = 0;
	uint32		line = 0,
				b = 0;

	clt_entries_sort(o->entry, o->nentries, events);
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
