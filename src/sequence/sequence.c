/*
 * sequence.c
 *		sequence_agg(), sequence_rules(), repeat_purchases(), running_low():
 *		who bought this, what does he buy next, and when.
 *
 * The state is that of module affinity with events in place of lines: a basket
 * is a customer, an event has a time, and events keep their order in time. An
 * event of the antecedent opens a window that ends "within" later; whatever
 * comes strictly later in it follows. A customer counts once a pair.
 *
 * A window that ends after the observation does is censored: that nothing
 * followed in it says nothing yet. Confidence is therefore the share among
 * customers with at least one window that was observed to its end, of those
 * in whom the consequent fell into such a window.
 */
#include "postgres.h"

#include "affinity/measures.h"
#include "affinity/scan.h"
#include "common/int.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* ---- aggregation --------------------------------------------------------- */

typedef struct SequenceCall
{
	AffKeySpec	customer;
	AffKeySpec	item;
} SequenceCall;

static SequenceCall *
sequence_call(FunctionCallInfo fcinfo)
{
	SequenceCall *c = fcinfo->flinfo->fn_extra;

	if (c == NULL)
	{
		c = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(SequenceCall));
		(void) clt_key_spec(&c->customer, get_fn_expr_argtype(fcinfo->flinfo, 1), PG_GET_COLLATION(), "customer", NULL);
		(void) clt_key_spec(&c->item, get_fn_expr_argtype(fcinfo->flinfo, 3), PG_GET_COLLATION(), "item", NULL);
		fcinfo->flinfo->fn_extra = c;
	}
	return c;
}

static void
check_within(const Interval *within)
{
	if (within->month < 0 || within->day < 0 || within->time < 0 ||
		(within->month == 0 && within->day == 0 && within->time == 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("within must be a positive interval")));
}

static AffinityObject *
sequence_state(FunctionCallInfo fcinfo, const Interval *within)
{
	SequenceCall *c = sequence_call(fcinfo);
	MemoryContext context;
	AffinityObject *o;

	if (!AggCheckCallContext(fcinfo, &context))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("sequence transition function called outside an aggregate")));
	if (!PG_ARGISNULL(0))
	{
		o = clt_affinity_writable(PG_GETARG_DATUM(0), context);
		if (o->over)
			clt_affinity_relieve(o);
	}
	else
	{
		check_within(within);
		o = clt_affinity_new(context, AFFINITY_EVENTS);
		clt_affinity_set_limit(o, 0);
		o->items.spec = c->item;
		o->keys.spec = c->customer;
		o->within_time = within->time;
		o->within_day = within->day;
		o->within_month = within->month;
	}
	if (o->within_time != within->time || o->within_day != within->day || o->within_month != within->month)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("within must be the same for all rows of a group")));
	return o;
}

/* sequence_trans(item_sequence, customer "any", at timestamptz, item "any", within interval) */
CLT_FUNCTION_INFO_V1(clt_sequence_trans);
Datum
clt_sequence_trans(PG_FUNCTION_ARGS)
{
	AffinityObject *o;
	uint32		customer;

	clt_need_argument(fcinfo, 4, "within");
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		return PG_GETARG_DATUM(0);
	}
	if (TIMESTAMP_NOT_FINITE(PG_GETARG_TIMESTAMPTZ(2)))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("at must be a finite time")));
	o = sequence_state(fcinfo, PG_GETARG_INTERVAL_P(4));
	clt_affinity_changed(o);
	customer = clt_affinity_basket(o, PG_GETARG_DATUM(1));
	clt_affinity_add_entry(o, customer, clt_dict_intern(&o->items, PG_GETARG_DATUM(3)), PG_GETARG_TIMESTAMPTZ(2), 0);
	return AffinityGetDatum(o);
}

CLT_FUNCTION_INFO_V1(clt_sequence_in);
Datum
clt_sequence_in(PG_FUNCTION_ARGS)
{
	return clt_affinity_input(PG_GETARG_CSTRING(0), "item_sequence", true, fcinfo->context);
}

CLT_FUNCTION_INFO_V1(clt_sequence_recv);
Datum
clt_sequence_recv(PG_FUNCTION_ARGS)
{
	return clt_affinity_receive((StringInfo) PG_GETARG_POINTER(0), "item_sequence", true);
}

/* ---- time ---------------------------------------------------------------- */

/* End of the window that an event opens. Days are of 24 hours, months those of UTC. */
static int64
window_end(const AffinityObject *o, int64 at)
{
	int64		end;

	if (o->within_month != 0)
	{
		Interval	months = {0};

		months.month = o->within_month;
		at = DatumGetTimestamp(DirectFunctionCall2(timestamp_pl_interval, TimestampGetDatum(at),
												   IntervalPGetDatum(&months)));
	}
	if (pg_mul_s64_overflow(o->within_day, USECS_PER_DAY, &end) ||
		pg_add_s64_overflow(end, o->within_time, &end) || pg_add_s64_overflow(end, at, &end))
		return PG_INT64_MAX;
	return end;
}

/* A length of time, in days and the rest of a day. */
static Datum
gap_datum(int64 gap)
{
	Interval   *i = palloc0(sizeof(Interval));

	i->day = (int32) (gap / USECS_PER_DAY);
	i->time = gap % USECS_PER_DAY;
	return IntervalPGetDatum(i);
}

/* Quantile q of n sorted gaps, interpolated as percentile_cont does. */
static int64
quantile(const int64 *gap, Size n, double q)
{
	double		at = q * (double) (n - 1);
	Size		below = (Size) at;

	if (below + 1 >= n)
		return gap[n - 1];
	return gap[below] + (int64) ((double) (gap[below + 1] - gap[below]) * (at - (double) below));
}

static int
compare_int64(const void *pa, const void *pb)
{
	int64		a = *(const int64 *) pa;
	int64		b = *(const int64 *) pb;

	return a < b ? -1 : a > b;
}

static int64
last_event(const AffinityObject *o)
{
	int64		last = PG_INT64_MIN;
	uint32		p;

	for (p = 0; p < o->base.start[o->base.nkeyed]; p++)
		last = Max(last, o->pay[0][p]);
	return last;
}

/* Occurrences of each item, and the customer of each event. */
typedef struct EventIndex
{
	uint32	   *start;			/* items + 1 */
	uint32	   *event;
	uint32	   *customer;		/* of an event */
	uint32	   *buyers;			/* customers of an item */
} EventIndex;

static void
index_events(EventIndex *x, const AffinityObject *o, MemoryContext cxt)
{
	uint32		nitems = o->items.n;
	uint32		nevents = o->base.start[o->base.nkeyed];
	uint32	   *last;
	uint32		b,
				p,
				i;

	x->start = MemoryContextAllocExtended(cxt, ((Size) nitems + 2) * sizeof(uint32), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	x->event = MemoryContextAllocHuge(cxt, Max((Size) nevents, 1) * sizeof(uint32));
	x->customer = MemoryContextAllocHuge(cxt, Max((Size) nevents, 1) * sizeof(uint32));
	x->buyers = MemoryContextAllocExtended(cxt, ((Size) nitems + 1) * sizeof(uint32), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	last = MemoryContextAllocHuge(cxt, ((Size) nitems + 1) * sizeof(uint32));
	memset(last, 0xFF, ((Size) nitems + 1) * sizeof(uint32));
	for (p = 0; p < nevents; p++)
		x->start[o->base.item[p] + 2]++;
	for (i = 2; i <= nitems; i++)
		x->start[i] += x->start[i - 1];
	for (b = 0; b < o->base.nkeyed; b++)
		for (p = o->base.start[b]; p < o->base.start[b + 1]; p++)
		{
			uint32		item = o->base.item[p];

			x->customer[p] = b;
			x->event[x->start[item + 1]++] = p;
			if (last[item] != b)
				x->buyers[item]++;
			last[item] = b;
		}
	pfree(last);
}

static AffinityObject *
events_of(FunctionCallInfo fcinfo, const char *function)
{
	AffinityObject *o = clt_affinity_is_flat(PG_GETARG_DATUM(0)) ?
	clt_affinity_expand(PG_GETARG_DATUM(0), CurrentMemoryContext, true) : PG_GETARG_AFFINITY(0);

	if ((o->flags & AFFINITY_EVENTS) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("%s reads the events of sequence_agg only", function)));
	return o;
}

/* ---- sequence_rules ------------------------------------------------------ */

/* One customer in whom an item followed the row's item. */
typedef struct Follow
{
	uint32		item;
	bool		followed;		/* in a window observed to its end */
	int64		gap;
} Follow;

typedef struct SequenceState
{
	EventIndex	index;
	uint32		min_count;
	double		min_confidence;
	int64		observed;		/* end of observation */
	uint32		row;
	uint32		followed;		/* customers of the row with a window observed
								 * to its end */
	Follow	   *follow;
	Size		nfollow;
	Size		capacity;
	Size		at;
	uint32	   *seen_by;		/* last customer in whom an item followed */
	Size	   *seen_at;		/* and its entry */
	int64	   *gap;
	Size		gap_capacity;
} SequenceState;

static int
compare_follow(const void *pa, const void *pb)
{
	const Follow *a = pa;
	const Follow *b = pb;

	if (a->item != b->item)
		return a->item < b->item ? -1 : 1;
	return a->gap < b->gap ? -1 : a->gap > b->gap;
}

/* Collects what follows events of the row's item. */
static void
collect_row(AffScan *scan, SequenceState *s)
{
	const AffinityObject *o = scan->o;
	uint32		k,
				q;
	uint32		last_followed = PG_UINT32_MAX;

	s->nfollow = s->at = 0;
	s->followed = 0;
	memset(s->seen_by, 0xFF, ((Size) o->items.n + 1) * sizeof(uint32));
	for (k = s->index.start[s->row]; k < s->index.start[s->row + 1]; k++)
	{
		uint32		p = s->index.event[k];
		uint32		customer = s->index.customer[p];
		int64		at = o->pay[0][p];
		int64		end = window_end(o, at);
		bool		followed = end <= s->observed;

		if (followed && last_followed != customer)
		{
			s->followed++;
			last_followed = customer;
		}
		for (q = p + 1; q < o->base.start[customer + 1] && o->pay[0][q] <= end; q++)
		{
			uint32		item = o->base.item[q];

			if (o->pay[0][q] == at)
				continue;
			if (s->seen_by[item] != customer)
			{
				if (s->nfollow >= s->capacity)
				{
					s->capacity = s->capacity == 0 ? 1024 : s->capacity * 2;
					if (s->follow == NULL)
						s->follow = MemoryContextAllocHuge(scan->cxt, s->capacity * sizeof(Follow));
					else
						s->follow = repalloc_huge(s->follow, s->capacity * sizeof(Follow));
				}
				s->seen_by[item] = customer;
				s->seen_at[item] = s->nfollow;
				s->follow[s->nfollow].item = item;
				s->follow[s->nfollow].followed = false;
				s->follow[s->nfollow].gap = o->pay[0][q] - at;
				s->nfollow++;
			}
			s->follow[s->seen_at[item]].followed |= followed;
		}
		if ((k & 0xFFF) == 0)
			CHECK_FOR_INTERRUPTS();
	}
	qsort(s->follow, s->nfollow, sizeof(Follow), compare_follow);
}

static void
put_gaps(AffScan *scan, SequenceState *s, Size from, Size n, Datum *values)
{
	Size		i;

	if (n > s->gap_capacity)
	{
		s->gap_capacity = n * 2;
		if (s->gap != NULL)
			pfree(s->gap);
		s->gap = MemoryContextAllocHuge(scan->cxt, s->gap_capacity * sizeof(int64));
	}
	for (i = 0; i < n; i++)
		s->gap[i] = s->follow[from + i].gap;
	values[11] = gap_datum(quantile(s->gap, n, 0.25));
	values[12] = gap_datum(quantile(s->gap, n, 0.5));
	values[13] = gap_datum(quantile(s->gap, n, 0.75));
}

static bool
sequence_next(AffScan *scan, Datum *values, bool *nulls)
{
	SequenceState *s = scan->state;
	const AffinityObject *o = scan->o;
	double		customers = (double) o->nbaskets;

	for (;;)
	{
		Size		from = s->at;
		Size		n = 0,
					followed = 0;
		uint32		item;
		double		confidence;

		if (from >= s->nfollow)
		{
			do
				s->row++;
			while (s->row < o->items.n && s->index.buyers[s->row] < s->min_count);
			if (s->row >= o->items.n)
				return false;
			collect_row(scan, s);
			continue;
		}
		item = s->follow[from].item;
		for (; s->at < s->nfollow && s->follow[s->at].item == item; s->at++)
		{
			n++;
			followed += s->follow[s->at].followed;
		}
		if (n < s->min_count)
			continue;
		confidence = s->followed > 0 ? (double) followed / (double) s->followed : 0;
		if (confidence < s->min_confidence * (1 - 1e-12) || (s->followed == 0 && s->min_confidence > 0))
			continue;
		values[0] = o->items.key[s->row];
		values[1] = o->items.key[item];
		values[2] = Int64GetDatum((int64) n);
		values[3] = Int64GetDatum((int64) s->index.buyers[s->row]);
		values[4] = Int64GetDatum((int64) s->index.buyers[item]);
		values[5] = Int64GetDatum((int64) o->nbaskets);
		values[6] = Int64GetDatum((int64) s->followed);
		values[7] = Int64GetDatum((int64) followed);
		values[8] = Float8GetDatum((double) n / customers);
		values[9] = Float8GetDatum(confidence);
		values[10] = Float8GetDatum(confidence / ((double) s->index.buyers[item] / customers));
		nulls[9] = nulls[10] = s->followed == 0;
		put_gaps(scan, s, from, n, values);
		return true;
	}
}

static void
sequence_start(FunctionCallInfo fcinfo, AffScan *scan)
{
	SequenceState *s;

	if (PG_ARGISNULL(0))
		return;
	scan->o = events_of(fcinfo, "sequence_rules");
	clt_scan_check_type(fcinfo, 1, &scan->o->items.spec);
	s = palloc0(sizeof(SequenceState));
	scan->state = s;
	scan->next = sequence_next;
	s->min_count = clt_scan_min_count(fcinfo, 2, 3, scan->o->nbaskets);
	s->min_confidence = clt_scan_threshold(fcinfo, 4, "min_confidence", 0, 1);
	s->observed = PG_ARGISNULL(5) ? last_event(scan->o) : PG_GETARG_TIMESTAMPTZ(5);
	index_events(&s->index, scan->o, scan->cxt);
	s->seen_by = MemoryContextAllocHuge(scan->cxt, ((Size) scan->o->items.n + 1) * sizeof(uint32));
	s->seen_at = MemoryContextAllocHuge(scan->cxt, ((Size) scan->o->items.n + 1) * sizeof(Size));
	s->row = PG_UINT32_MAX;		/* one before the first */
}

/* sequence_rules(s item_sequence, item_type anyelement, min_count, min_support, min_confidence, as_of) */
CLT_FUNCTION_INFO_V1(clt_sequence_rules);
Datum
clt_sequence_rules(PG_FUNCTION_ARGS)
{
	return clt_scan_run(fcinfo, sequence_start);
}

/* ---- repeat purchases ---------------------------------------------------- */

typedef struct RepeatState
{
	EventIndex	index;
	uint32		min_count;
	uint32		item;
	int64	   *gap;			/* of the item, in order of customer and time */
	Size		ngaps;
	int64	   *sorted;
	int64		median;			/* of the item, -1 when nobody came back */
	uint32		repeating;		/* customers who did */
	/* running_low: position among the item's events */
	uint32		k;
} RepeatState;

static uint32
most_events(const EventIndex *x, uint32 nitems)
{
	uint32		most = 0,
				i;

	for (i = 0; i < nitems; i++)
		most = Max(most, x->start[i + 1] - x->start[i]);
	return most;
}

/* Gaps between purchases of one item, all customers. */
static void
collect_gaps(AffScan *scan, RepeatState *s)
{
	uint32		k;
	uint32		counted = PG_UINT32_MAX;

	s->ngaps = 0;
	s->repeating = 0;
	for (k = s->index.start[s->item] + 1; k < s->index.start[s->item + 1]; k++)
	{
		uint32		before = s->index.event[k - 1];
		uint32		now = s->index.event[k];
		uint32		customer = s->index.customer[now];

		if (customer != s->index.customer[before])
			continue;
		s->gap[s->ngaps++] = scan->o->pay[0][now] - scan->o->pay[0][before];
		if (counted != customer)
			s->repeating++;
		counted = customer;
	}
	memcpy(s->sorted, s->gap, s->ngaps * sizeof(int64));
	qsort(s->sorted, s->ngaps, sizeof(int64), compare_int64);
	s->median = s->ngaps > 0 ? quantile(s->sorted, s->ngaps, 0.5) : -1;
	CHECK_FOR_INTERRUPTS();
}

static RepeatState *
start_repeat(FunctionCallInfo fcinfo, AffScan *scan, int count_arg)
{
	RepeatState *s = palloc0(sizeof(RepeatState));
	uint32		most;

	s->min_count = PG_ARGISNULL(count_arg) ? 1 : (uint32) Max(1, Min(PG_GETARG_INT64(count_arg), PG_UINT32_MAX));
	index_events(&s->index, scan->o, scan->cxt);
	most = most_events(&s->index, scan->o->items.n);
	s->gap = MemoryContextAllocHuge(scan->cxt, Max((Size) most, 1) * sizeof(int64));
	s->sorted = MemoryContextAllocHuge(scan->cxt, Max((Size) most, 1) * sizeof(int64));
	return s;
}

static bool
repeat_next(AffScan *scan, Datum *values, bool *nulls)
{
	RepeatState *s = scan->state;

	(void) nulls;
	for (; s->item < scan->o->items.n; s->item++)
	{
		collect_gaps(scan, s);
		if (s->repeating < s->min_count)
			continue;
		values[0] = scan->o->items.key[s->item];
		values[1] = Int64GetDatum((int64) s->index.buyers[s->item]);
		values[2] = Int64GetDatum((int64) s->repeating);
		values[3] = Int64GetDatum((int64) s->ngaps);
		values[4] = gap_datum(quantile(s->sorted, s->ngaps, 0.25));
		values[5] = gap_datum(s->median);
		values[6] = gap_datum(quantile(s->sorted, s->ngaps, 0.75));
		s->item++;
		return true;
	}
	return false;
}

static void
repeat_start(FunctionCallInfo fcinfo, AffScan *scan)
{
	if (PG_ARGISNULL(0))
		return;
	scan->o = events_of(fcinfo, "repeat_purchases");
	clt_scan_check_type(fcinfo, 1, &scan->o->items.spec);
	scan->state = start_repeat(fcinfo, scan, 2);
	scan->next = repeat_next;
}

/* repeat_purchases(s item_sequence, item_type anyelement, min_count bigint) */
CLT_FUNCTION_INFO_V1(clt_repeat_purchases);
Datum
clt_repeat_purchases(PG_FUNCTION_ARGS)
{
	return clt_scan_run(fcinfo, repeat_start);
}

/* A customer's purchases of the item: the customer's own gaps if there are two or more. */
static bool
low_next(AffScan *scan, Datum *values, bool *nulls)
{
	RepeatState *s = scan->state;
	const AffinityObject *o = scan->o;

	(void) nulls;
	for (; s->item < o->items.n; s->item++, s->k = 0)
	{
		uint32		end = s->index.start[s->item + 1];
		uint32		first,
					customer,
					n,
					i;
		int64		last,
					expected;
		bool		own;

		if (s->k == 0)
		{
			s->k = s->index.start[s->item];
			collect_gaps(scan, s);
		}
		if (s->repeating < s->min_count || s->k >= end)
			continue;
		first = s->k;
		customer = s->index.customer[s->index.event[first]];
		while (s->k < end && s->index.customer[s->index.event[s->k]] == customer)
			s->k++;
		n = s->k - first;
		last = o->pay[0][s->index.event[s->k - 1]];
		own = n >= 3;
		for (i = 1; own && i < n; i++)
			s->gap[i - 1] = o->pay[0][s->index.event[first + i]] - o->pay[0][s->index.event[first + i - 1]];
		if (own)
			qsort(s->gap, n - 1, sizeof(int64), compare_int64);
		expected = own ? quantile(s->gap, n - 1, 0.5) : s->median;
		values[0] = o->keys.key[customer];
		values[1] = o->items.key[s->item];
		values[2] = Int64GetDatum((int64) n);
		values[3] = TimestampTzGetDatum(last);
		values[4] = gap_datum(expected);
		values[5] = TimestampTzGetDatum(last + expected);
		values[6] = BoolGetDatum(own);
		return true;
	}
	return false;
}

static void
low_start(FunctionCallInfo fcinfo, AffScan *scan)
{
	Oid			wanted;

	if (PG_ARGISNULL(0))
		return;
	scan->o = events_of(fcinfo, "running_low");
	wanted = getBaseType(get_fn_expr_argtype(fcinfo->flinfo, 1));
	if (wanted != scan->o->keys.spec.type)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("item_sequence holds customers of type %s, not %s", format_type_be(scan->o->keys.spec.type),
						format_type_be(wanted)),
				 errhint("Pass NULL::%s.", format_type_be(scan->o->keys.spec.type))));
	clt_scan_check_type(fcinfo, 2, &scan->o->items.spec);
	scan->state = start_repeat(fcinfo, scan, 3);
	scan->next = low_next;
}

/* running_low(s item_sequence, customer_type anyelement, item_type anycompatible, min_count bigint) */
CLT_FUNCTION_INFO_V1(clt_running_low);
Datum
clt_running_low(PG_FUNCTION_ARGS)
{
	return clt_scan_run(fcinfo, low_start);
}
