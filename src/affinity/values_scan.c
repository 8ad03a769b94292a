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

typedef struct PairValue
{
	uint32		count;
	int64		quantity;		/* of the scarcer of the two, basket by basket */
	int64		row_revenue;	/* of the row's item */
	int64		other_revenue;
} PairValue;

typedef struct ValuesState
{
	uint32		frequent;
	uint32		min_count;
	uint32	   *occ_start;
	uint32	   *occ;			/* line */
	uint32	   *basket;			/* of a line */
	PairValue  *value;			/* of the row, by item */
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

/* Values of the row's item with each more frequent one. */
static void
count_row(AffScan *scan, ValuesState *s)
{
	const AffinityObject *o = scan->o;
	uint32		k,
				p;

	memset(s->value, 0, ((Size) s->frequent + 1) * sizeof(PairValue));
	for (k = s->occ_start[s->row]; k < s->occ_start[s->row + 1]; k++)
	{
		uint32		line = s->occ[k];
		uint32		b = s->basket[line];
		uint32		mult = b < o->base.nkeyed ? 1 : o->base.mult[b - o->base.nkeyed];

		for (p = o->base.start[b]; p < line; p++)
		{
			PairValue  *v = &s->value[o->base.item[p]];
			int64		quantity;

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

static bool
values_next(AffScan *scan, Datum *values, bool *nulls)
{
	ValuesState *s = scan->state;
	const PairValue *v;
	uint32		x,
				y;
	int64		both;

	(void) nulls;
	if (!s->reverse)
		for (;;)
		{
			while (s->next < s->row && s->value[s->next].count < s->min_count)
				s->next++;
			if (s->next < s->row)
				break;
			if (++s->row >= s->frequent)
				return false;
			count_row(scan, s);
			s->next = 0;
		}
	v = &s->value[s->next];
	x = s->reverse ? s->row : s->next;
	y = s->reverse ? s->next : s->row;
	values[0] = scan->o->items.key[x];
	values[1] = scan->o->items.key[y];
	values[2] = Int64GetDatum((int64) v->count);
	values[3] = NumericGetDatum(int64_div_fast_to_numeric(v->quantity, 4));
	values[4] = NumericGetDatum(int64_div_fast_to_numeric(s->reverse ? v->row_revenue : v->other_revenue, 4));
	values[5] = NumericGetDatum(int64_div_fast_to_numeric(s->reverse ? v->other_revenue : v->row_revenue, 4));
	both = v->row_revenue;
	add_checked(&both, v->other_revenue);
	values[6] = NumericGetDatum(int64_div_fast_to_numeric(both, 4));
	if (s->reverse)
		s->next++;
	s->reverse = !s->reverse;
	return true;
}

static void
values_start(FunctionCallInfo fcinfo, AffScan *scan)
{
	ValuesState *s;
	uint32		nlines,
				nbaskets,
				b,
				p,
				i;

	if (PG_ARGISNULL(0))
		return;
	scan->o = PG_GETARG_AFFINITY(0);
	if ((scan->o->flags & AFFINITY_WEIGHTED) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("affinity holds no quantities"),
				 errhint("Make it with affinity_agg(basket, item, quantity, revenue).")));
	clt_scan_check_type(fcinfo, 1, &scan->o->items.spec);
	s = palloc0(sizeof(ValuesState));
	scan->state = s;
	s->min_count = clt_scan_min_count(fcinfo, 2, 3, scan->o->nbaskets);
	s->frequent = clt_scan_frequent(scan->o, s->min_count);
	if (s->frequent < 2)
		return;
	scan->next = values_next;
	nbaskets = scan->o->base.nkeyed + scan->o->base.nloose;
	nlines = scan->o->base.start[nbaskets];
	s->occ_start = MemoryContextAllocExtended(scan->cxt, ((Size) s->frequent + 2) * sizeof(uint32), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	s->occ = MemoryContextAllocHuge(scan->cxt, Max((Size) nlines, 1) * sizeof(uint32));
	s->basket = MemoryContextAllocHuge(scan->cxt, Max((Size) nlines, 1) * sizeof(uint32));
	s->value = MemoryContextAllocHuge(scan->cxt, ((Size) s->frequent + 1) * sizeof(PairValue));
	for (p = 0; p < nlines; p++)
		if (scan->o->base.item[p] < s->frequent)
			s->occ_start[scan->o->base.item[p] + 2]++;
	for (i = 2; i <= s->frequent; i++)
		s->occ_start[i] += s->occ_start[i - 1];
	for (b = 0; b < nbaskets; b++)
		for (p = scan->o->base.start[b]; p < scan->o->base.start[b + 1]; p++)
		{
			s->basket[p] = b;
			if (scan->o->base.item[p] < s->frequent)
				s->occ[s->occ_start[scan->o->base.item[p] + 1]++] = p;
		}
}

/* affinity_pair_values(a affinity, item_type anyelement, min_count bigint, min_support float8) */
CLT_FUNCTION_INFO_V1(clt_affinity_pair_values);
Datum
clt_affinity_pair_values(PG_FUNCTION_ARGS)
{
	return clt_scan_run(fcinfo, values_start);
}
