/*
 * itemsets_scan.c
 *		frequent_itemsets(), and what it shares with association_rules().
 *
 * Itemsets come out of the search one at a time and are handed over at once.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "affinity/sets.h"

/* ---- what is searched ----------------------------------------------------- */

/* New numbers for the items of interest, those of filter->first in front; returns how many of these there are. */
static uint32
number_items(SetSource *source, uint32 nitems, const SetFilter *filter, uint32 *to)
{
	uint32		nfirst = 0;
	uint32		i;
	int			round;

	source->nitems = 0;
	for (i = 0; i < nitems; i++)
		to[i] = AFFINITY_NOT_KEPT;
	for (round = 0; round < 2; round++)
	{
		for (i = 0; i < nitems; i++)
		{
			if (to[i] != AFFINITY_NOT_KEPT || (filter->keep != NULL && !filter->keep[i]) ||
				(filter->drop_must && filter->must[i]) ||
				(round == 0 && (filter->first == NULL || !filter->first[i])))
				continue;
			source->original[source->nitems] = i;
			to[i] = source->nitems++;
		}
		if (round == 0)
			nfirst = source->nitems;
	}
	return nfirst;
}

/*
 * clt_set_source prepares the search over the first nitems (the frequent ones)
 * of an affinity; returns the number of items of filter->first among them.
 */
uint32
clt_set_source(SetSource *source, AffinityObject *o, uint32 nitems, const SetFilter *filter, MemoryContext cxt)
{
	const CltBaskets *from = &o->base;
	CltBaskets *to = &source->baskets;
	uint32		nbaskets = from->nkeyed + from->nloose;
	uint32	   *number;
	uint32		nfirst,
				at = 0,
				kept = 0,
				k,
				p;

	source->o = o;
	source->baskets = *from;
	source->nitems = nitems;
	source->original = NULL;
	source->total = (uint32) o->nbaskets;
	if (filter->keep == NULL && filter->must == NULL && filter->first == NULL)
		return 0;
	number = MemoryContextAllocHuge(cxt, ((Size) nitems + 1) * sizeof(uint32));
	source->original = MemoryContextAllocHuge(cxt, ((Size) nitems + 1) * sizeof(uint32));
	nfirst = number_items(source, nitems, filter, number);
	to->nitems = source->nitems;
	to->start = MemoryContextAllocHuge(cxt, ((Size) nbaskets + 1) * sizeof(uint32));
	to->item = MemoryContextAllocHuge(cxt, ((Size) from->start[nbaskets] + 1) * sizeof(uint32));
	to->mult = MemoryContextAllocHuge(cxt, ((Size) from->nloose + 1) * sizeof(uint32));
	if (filter->must != NULL)
		source->total = 0;
	for (k = 0; k < nbaskets; k++)
	{
		uint32		begin = at,
					have = 0;

		for (p = from->start[k]; p < from->start[k + 1] && from->item[p] < nitems; p++)
		{
			uint32		item = from->item[p];

			have += filter->must != NULL && filter->must[item];
			if (number[item] != AFFINITY_NOT_KEPT)
				to->item[at++] = number[item];
		}
		if (k == from->nkeyed)
			to->nkeyed = kept;
		if (have < filter->nmust)
		{
			at = begin;
			continue;
		}
		if (filter->first != NULL)
			clt_sort_distinct_u32(to->item + begin, at - begin);
		if (k >= from->nkeyed)
			to->mult[kept - to->nkeyed] = from->mult[k - from->nkeyed];
		if (filter->must != NULL)
			source->total += k < from->nkeyed ? 1 : from->mult[k - from->nkeyed];
		to->start[kept++] = begin;
		if ((k & 0xFFFFF) == 0)
			CHECK_FOR_INTERRUPTS();
	}
	if (from->nloose == 0)
		to->nkeyed = kept;
	to->nloose = kept - to->nkeyed;
	to->start[kept] = at;
	return nfirst;
}

/* ---- arrays --------------------------------------------------------------- */

void
clt_arrays_start(ArrayMaker *m, FunctionCallInfo fcinfo, const SetSource *source, uint32 nitems)
{
	uint32		i;

	m->source = source;
	m->type = get_fn_expr_argtype(fcinfo->flinfo, 1);
	m->place = clt_scan_type_order(source->o, nitems);
	m->by_place = clt_huge_alloc(CurrentMemoryContext, nitems, uint32);
	for (i = 0; i < nitems; i++)
		m->by_place[m->place[i]] = i;
	m->sorted = clt_huge_alloc(CurrentMemoryContext, nitems, uint32);
	m->element = clt_huge_alloc(CurrentMemoryContext, nitems, Datum);
}

/* Array of the items of a set, numbered as in the search, and more ones, numbered as in the affinity. */
Datum
clt_arrays_make(ArrayMaker *m, const uint32 *items, uint32 n, const uint32 *more, uint32 nmore)
{
	const AffKeySpec *spec = &m->source->o->items.spec;
	uint32		i;

	for (i = 0; i < n; i++)
		m->sorted[i] = m->place[clt_set_original(m->source, items[i])];
	for (i = 0; i < nmore; i++)
		m->sorted[n++] = m->place[more[i]];
	clt_sort_distinct_u32(m->sorted, n);
	for (i = 0; i < n; i++)
		m->element[i] = m->source->o->items.key[m->by_place[m->sorted[i]]];
	return PointerGetDatum(construct_array(m->element, (int) n, m->type, spec->len, spec->byval, spec->align));
}

uint32
clt_set_length_limit(FunctionCallInfo fcinfo, int arg, const char *name, int low)
{
	if (PG_ARGISNULL(arg))
		return PG_INT32_MAX;
	if (PG_GETARG_INT32(arg) < low)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be at least %d", name, low)));
	return (uint32) PG_GETARG_INT32(arg);
}

void
clt_set_out_of_memory(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_OUT_OF_MEMORY),
			 errmsg("out of memory")));
}

/* ---- frequent_itemsets ---------------------------------------------------- */

typedef struct SetsState
{
	SetSource	source;
	CltMiner   *miner;
	ArrayMaker	arrays;
	uint32	   *always;			/* items of every set, left out of the search */
	uint32		nalways;
	bool		alone_due;		/* these by themselves come first */
} SetsState;

static void
put_set(AffScan *scan, const CltItemset *set, Datum *values)
{
	SetsState  *s = scan->state;
	uint32		length = set->length + s->nalways;

	values[0] = clt_arrays_make(&s->arrays, set->item, set->length, s->always, s->nalways);
	values[1] = Int64GetDatum((int64) set->count);
	values[2] = Int32GetDatum((int32) length);
	values[3] = Float8GetDatum((double) set->count / (double) scan->o->nbaskets);
}

static bool
sets_next(AffScan *scan, Datum *values, bool *nulls)
{
	SetsState  *s = scan->state;
	CltItemset	set = {NULL, 0, s->source.total};
	int			result;

	(void) nulls;
	if (s->alone_due)
		s->alone_due = false;
	else
	{
		result = clt_miner_next(s->miner, &set);
		if (result < 0)
			clt_set_out_of_memory();
		if (result == 0)
			return false;
	}
	put_set(scan, &set, values);
	return true;
}

static CltItemsetKind
kind_by_name(const char *name)
{
	if (strcmp(name, "frequent") == 0)
		return CLT_ITEMSETS_FREQUENT;
	if (strcmp(name, "closed") == 0)
		return CLT_ITEMSETS_CLOSED;
	if (strcmp(name, "maximal") == 0)
		return CLT_ITEMSETS_MAXIMAL;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown kind of itemsets \"%s\"", name),
			 errhint("Known kinds are frequent, closed and maximal.")));
	return CLT_ITEMSETS_FREQUENT;	/* keep compiler quiet */
}

/*
 * Every set has to hold the items of filter->must. They are frequent, or there
 * is no set; closures take them in by themselves, being in all baskets left.
 */
static void
note_always(SetsState *s, const SetFilter *filter, uint32 nitems)
{
	uint32		i;

	if (filter->must == NULL || !filter->drop_must)
		return;
	s->always = palloc(((Size) filter->nmust + 1) * sizeof(uint32));
	for (i = 0; i < nitems; i++)
		if (filter->must[i])
			s->always[s->nalways++] = i;
}

static void
start_sets(FunctionCallInfo fcinfo, AffScan *scan, int among, int containing, int first)
{
	SetsState  *s;
	SetFilter	filter = {0};
	CltMemory	memory = clt_scan_memory(scan->cxt);
	CltItemsetKind kind;
	uint32		min_count,
				nitems,
				max_length,
				n,
				i;
	bool		unknown = false;

	if (PG_ARGISNULL(0))
		return;
	kind = kind_by_name(TextDatumGetCString(clt_need_argument(fcinfo, first + 3, "kind")));
	max_length = clt_set_length_limit(fcinfo, first + 2, "max_length", 1);
	scan->o = PG_GETARG_AFFINITY(0);
	clt_scan_plain(scan->o, "frequent_itemsets");
	clt_scan_check_type(fcinfo, 1, &scan->o->items.spec);
	min_count = clt_scan_min_count(fcinfo, first, first + 1, scan->o->nbaskets);
	nitems = clt_scan_frequent(scan->o, min_count);
	filter.keep = clt_scan_item_filter(fcinfo, among, scan->o, &n, NULL);
	filter.must = clt_scan_item_filter(fcinfo, containing, scan->o, &filter.nmust, &unknown);
	if (filter.must == NULL)
		filter.nmust = 0;
	for (i = 0; filter.must != NULL && i < scan->o->items.n; i++)
		unknown |= filter.must[i] && (i >= nitems || (filter.keep != NULL && !filter.keep[i]));
	if (unknown || filter.nmust > max_length)
		return;					/* no set can hold them all */
	if (filter.nmust == 0)
		filter.must = NULL;
	filter.drop_must = filter.must != NULL && kind == CLT_ITEMSETS_FREQUENT;

	s = palloc0(sizeof(SetsState));
	scan->state = s;
	(void) clt_set_source(&s->source, scan->o, nitems, &filter, scan->cxt);
	if (s->source.total < min_count)
		return;
	note_always(s, &filter, nitems);
	s->alone_due = s->nalways > 0;
	clt_arrays_start(&s->arrays, fcinfo, &s->source, nitems);
	s->miner = clt_miner_start(&memory, &s->source.baskets, s->source.nitems, 0, s->source.total, min_count,
							   max_length - s->nalways, kind, clt_scan_interrupts);
	if (s->miner == NULL)
		clt_set_out_of_memory();
	scan->next = sets_next;
}

static void
sets_start(FunctionCallInfo fcinfo, AffScan *scan)
{
	start_sets(fcinfo, scan, -1, -1, 2);
}

/* frequent_itemsets(a affinity, item_type anyelement, min_count, min_support, max_length, kind) */
CLT_FUNCTION_INFO_V1(clt_frequent_itemsets);
Datum
clt_frequent_itemsets(PG_FUNCTION_ARGS)
{
	return clt_scan_run(fcinfo, sets_start);
}

static void
sets_start_filtered(FunctionCallInfo fcinfo, AffScan *scan)
{
	start_sets(fcinfo, scan, 2, 3, 4);
}

/* frequent_itemsets(a affinity, item_type anyelement, among anyarray, containing anyarray, min_count, ...) */
CLT_FUNCTION_INFO_V1(clt_frequent_itemsets_filtered);
Datum
clt_frequent_itemsets_filtered(PG_FUNCTION_ARGS)
{
	return clt_scan_run(fcinfo, sets_start_filtered);
}
