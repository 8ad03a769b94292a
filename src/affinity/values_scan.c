/*
 * values_scan.c
 *		affinity_pair_values(): what pairs bought together are worth.
 */
#include "postgres.h"

#include "common/int.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

#include "affinity/scan.h"
#include "affinity/values.h"

typedef struct ValuesState
{
	CltValueIndex index;
	uint32		min_count;
	uint32		row;
	uint32		next;
	bool		reverse;
} ValuesState;

static void
out_of_range(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("sum of quantity or revenue out of range")));
}

static void
add_checked(int64 *sum, int64 v)
{
	if (pg_add_s64_overflow(*sum, v, sum))
		out_of_range();
}

/*
 * clt_value_index prepares rows of values over the first nitems items.
 */
void
clt_value_index(AffScan *scan, CltValueIndex *index, uint32 nitems)
{
	const CltBaskets *base = &scan->o->base;
	uint32		nbaskets = base->nkeyed + base->nloose;
	uint32		nlines = base->start[nbaskets];
	uint32		b,
				p,
				i;

	index->nitems = nitems;
	index->occ_start = MemoryContextAllocExtended(scan->cxt, ((Size) nitems + 2) * sizeof(uint32), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	index->occ = clt_huge_alloc(scan->cxt, nlines, uint32);
	index->basket = clt_huge_alloc(scan->cxt, nlines, uint32);
	index->value = MemoryContextAllocExtended(scan->cxt, ((Size) nitems + 1) * sizeof(CltPairValue), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	index->found = clt_huge_alloc(scan->cxt, nitems, uint32);
	index->nfound = 0;
	for (p = 0; p < nlines; p++)
		if (base->item[p] < nitems)
			index->occ_start[base->item[p] + 2]++;
	for (i = 2; i <= nitems; i++)
		index->occ_start[i] += index->occ_start[i - 1];
	for (b = 0; b < nbaskets; b++)
		for (p = base->start[b]; p < base->start[b + 1]; p++)
		{
			index->basket[p] = b;
			if (base->item[p] < nitems)
				index->occ[index->occ_start[base->item[p] + 1]++] = p;
		}
}

/*
 * clt_value_row sets index->value to what the row's item is worth with each
 * more frequent one, or (whole) with each other one of the index.
 */
void
clt_value_row(const AffinityObject *o, CltValueIndex *index, uint32 row, bool whole)
{
	const CltBaskets *base = &o->base;
	uint32		k,
				p;

	for (k = 0; k < index->nfound; k++)
		memset(&index->value[index->found[k]], 0, sizeof(CltPairValue));
	index->nfound = 0;
	for (k = index->occ_start[row]; k < index->occ_start[row + 1]; k++)
	{
		uint32		line = index->occ[k];
		uint32		b = index->basket[line];
		uint32		mult = b < base->nkeyed ? 1 : base->mult[b - base->nkeyed];
		uint32		end = whole ? base->start[b + 1] : line;

		for (p = base->start[b]; p < end && base->item[p] < index->nitems; p++)
		{
			CltPairValue *v = &index->value[base->item[p]];
			int64		quantity;

			if (p == line)
				continue;
			if (v->count == 0)
				index->found[index->nfound++] = base->item[p];
			v->count += mult;
			if (pg_mul_s64_overflow(Min(o->pay[0][p], o->pay[0][line]), mult, &quantity))
				out_of_range();
			add_checked(&v->quantity, quantity);
			add_checked(&v->row_revenue, o->pay[1][line]);
			add_checked(&v->other_revenue, o->pay[1][p]);
		}
	}
	CHECK_FOR_INTERRUPTS();
}

/* Revenue of both. */
int64
clt_value_revenue(const CltPairValue *v)
{
	int64		both = v->row_revenue;

	add_checked(&both, v->other_revenue);
	return both;
}

/* Values are there only where lines were taken with them. */
void
clt_value_check(const AffinityObject *o)
{
	if ((o->flags & AFFINITY_WEIGHTED) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("affinity holds no quantities"),
				 errhint("Make it with affinity_agg(basket, item, quantity, revenue).")));
}

static bool
values_next(AffScan *scan, Datum *values, bool *nulls)
{
	ValuesState *s = scan->state;
	const CltPairValue *v;
	uint32		x,
				y;

	(void) nulls;
	if (!s->reverse)
		for (;;)
		{
			while (s->next < s->index.nfound && s->index.value[s->index.found[s->next]].count < s->min_count)
				s->next++;
			if (s->next < s->index.nfound)
				break;
			if (++s->row >= s->index.nitems)
				return false;
			clt_value_row(scan->o, &s->index, s->row, false);
			s->next = 0;
		}
	x = s->index.found[s->next];
	y = s->row;
	v = &s->index.value[x];
	if (s->reverse)
	{
		x = s->row;
		y = s->index.found[s->next];
	}
	values[0] = scan->o->items.key[x];
	values[1] = scan->o->items.key[y];
	values[2] = Int64GetDatum((int64) v->count);
	values[3] = NumericGetDatum(int64_div_fast_to_numeric(v->quantity, 4));
	values[4] = NumericGetDatum(int64_div_fast_to_numeric(s->reverse ? v->row_revenue : v->other_revenue, 4));
	values[5] = NumericGetDatum(int64_div_fast_to_numeric(s->reverse ? v->other_revenue : v->row_revenue, 4));
	values[6] = NumericGetDatum(int64_div_fast_to_numeric(clt_value_revenue(v), 4));
	if (s->reverse)
		s->next++;
	s->reverse = !s->reverse;
	return true;
}

static void
values_start(FunctionCallInfo fcinfo, AffScan *scan)
{
	ValuesState *s;
	uint32		frequent;

	if (PG_ARGISNULL(0))
		return;
	scan->o = PG_GETARG_AFFINITY(0);
	clt_value_check(scan->o);
	clt_scan_check_type(fcinfo, 1, &scan->o->items.spec);
	s = palloc0(sizeof(ValuesState));
	scan->state = s;
	s->min_count = clt_scan_min_count(fcinfo, 2, 3, scan->o->nbaskets);
	frequent = clt_scan_frequent(scan->o, s->min_count);
	if (frequent < 2)
		return;
	scan->next = values_next;
	clt_value_index(scan, &s->index, frequent);
}

/* affinity_pair_values(a affinity, item_type anyelement, min_count bigint, min_support float8) */
CLT_FUNCTION_INFO_V1(clt_affinity_pair_values);
Datum
clt_affinity_pair_values(PG_FUNCTION_ARGS)
{
	return clt_scan_run(fcinfo, values_start);
}
