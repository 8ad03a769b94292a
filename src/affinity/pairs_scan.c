/*
 * pairs_scan.c
 *		affinity_pairs(), affinity_items(), affinity_info().
 */
#include "postgres.h"

#include <math.h>

#include "access/detoast.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "affinity/adjust.h"
#include "affinity/measures.h"
#include "affinity/pairs.h"
#include "affinity/scan.h"

/* ---- affinity_pairs ------------------------------------------------------ */

/*
 * SQL has no default for a polymorphic array, so the filters come in overloads
 * of their own, in front of the optional arguments.
 */
enum
{
	PAIRS_MIN_COUNT,
	PAIRS_MIN_SUPPORT,
	PAIRS_MIN_CONFIDENCE,
	PAIRS_MIN_LIFT,
	PAIRS_CORRECTION,
	PAIRS_TESTS
};

typedef struct PairsState
{
	CltPairIndex index;
	uint32		frequent;
	uint32		min_count;
	double		min_confidence;
	double		min_lift;
	bool	   *antecedent;		/* item filters, NULL for none */
	bool	   *consequent;
	bool		whole;			/* rows over one side only */
	bool		rows_are_consequents;
	Adjustment	adjust;
	/* position */
	uint32		row;
	uint32		nfound;
	uint32		next;
	bool		reverse;		/* the other direction of the current pair
								 * comes */
	uint32		a,
				b;
	uint32		both;
	double		log_p;
} PairsState;

static inline bool
is_row(const PairsState *s, uint32 item)
{
	if (!s->whole)
		return true;
	return s->rows_are_consequents ? s->consequent[item] : s->antecedent[item];
}

static inline bool
allowed(const PairsState *s, uint32 x, uint32 y)
{
	return (s->antecedent == NULL || s->antecedent[x]) && (s->consequent == NULL || s->consequent[y]);
}

/* Moves to the next pair that is frequent; a and b are set, b the row's item. */
static bool
next_pair(PairsState *s)
{
	for (;;)
	{
		if (s->next < s->nfound)
		{
			s->a = s->index.found[s->next];
			s->b = s->row - 1;
			s->both = s->index.found_count[s->next++];
			return true;
		}
		s->nfound = s->next = 0;
		while (s->row < s->frequent && !is_row(s, s->row))
			s->row++;
		if (s->row >= s->frequent)
			return false;
		s->nfound = clt_pair_row(&s->index, s->row++, s->whole, s->min_count);
		CHECK_FOR_INTERRUPTS();
	}
}

static inline void
put_measure(int measure, const CltPairCounts *c, Datum *value, bool *null)
{
	double		v;

	if (clt_measure(measure, c, &v))
		*value = Float8GetDatum(v);
	else
		*null = true;
}

#define PAIRS_FIRST_MEASURE 6

static void
put_pair(AffScan *scan, const PairsState *s, uint32 x, uint32 y, const CltPairCounts *c, Datum *values, bool *nulls)
{
	double		p = exp(s->log_p);
	int			col = PAIRS_FIRST_MEASURE;
	int			m;

	values[0] = scan->o->items.key[x];
	values[1] = scan->o->items.key[y];
	values[2] = Int64GetDatum(c->nxy);
	values[3] = Int64GetDatum(c->nx);
	values[4] = Int64GetDatum(c->ny);
	values[5] = Int64GetDatum(c->n);
	for (m = CLT_M_SUPPORT; m <= CLT_M_CHI_SQUARED; m++, col++)
		put_measure(m, c, &values[col], &nulls[col]);
	values[col++] = Float8GetDatum(p);
	values[col++] = Float8GetDatum(s->log_p / 2.302585092994045684018);
	values[col++] = Float8GetDatum(clt_adjusted_p(&s->adjust, p));
}

static bool
passes(const PairsState *s, const CltPairCounts *c)
{
	if ((double) c->nxy < s->min_confidence * (double) c->nx * (1 - 1e-12))
		return false;
	return (double) c->nxy * (double) c->n >= s->min_lift * (double) c->nx * (double) c->ny * (1 - 1e-12);
}

static bool
pairs_next(AffScan *scan, Datum *values, bool *nulls)
{
	PairsState *s = scan->state;
	CltPairCounts c;
	uint32		x,
				y;

	for (;;)
	{
		if (s->reverse)
		{
			s->reverse = false;
			x = s->b;
			y = s->a;
		}
		else
		{
			if (!next_pair(s))
				return false;
			x = s->whole && !s->rows_are_consequents ? s->b : s->a;
			y = s->whole && !s->rows_are_consequents ? s->a : s->b;
			s->reverse = !s->whole;
			s->log_p = 1;		/* not known yet */
		}
		if (!allowed(s, x, y))
			continue;
		clt_scan_pair_counts(scan->o, x, y, s->both, &c);
		if (!passes(s, &c))
			continue;
		if (s->log_p > 0)
			s->log_p = clt_log_p_greater(&c);
		put_pair(scan, s, x, y, &c, values, nulls);
		return true;
	}
}

/* Unordered pairs that the filters admit, both items being frequent. */
static double
eligible_pairs(const PairsState *s)
{
	double		na = 0,
				nc = 0,
				both = 0;
	uint32		i;

	for (i = 0; i < s->frequent; i++)
	{
		bool		a = s->antecedent == NULL || s->antecedent[i];
		bool		c = s->consequent == NULL || s->consequent[i];

		na += a;
		nc += c;
		both += a && c;
	}
	return na * nc - both - both * (both - 1) / 2;
}

/*
 * First pass, where the correction needs the p values or the number of all
 * pairs: those that are frequent, or (returned) those of which a row is given.
 */
static void
survey_pairs(AffScan *scan, PairsState *s)
{
	CltPairCounts c,
				back;

	while (next_pair(s))
	{
		/* A pair that both directions admit stands in two whole rows. */
		if (s->whole && s->a > s->b && allowed(s, s->a, s->b) && allowed(s, s->b, s->a))
			continue;
		clt_scan_pair_counts(scan->o, s->a, s->b, s->both, &c);
		clt_scan_pair_counts(scan->o, s->b, s->a, s->both, &back);
		if (s->adjust.tests_are == TESTS_RETURNED && !(allowed(s, s->a, s->b) && passes(s, &c)) &&
			!(allowed(s, s->b, s->a) && passes(s, &back)))
			continue;
		s->adjust.counted++;
		if (clt_adjust_keeps(&s->adjust))
			clt_adjust_add(&s->adjust, exp(clt_log_p_greater(&c)));
	}
	s->row = s->next = s->nfound = 0;
}

static void
start_pairs(FunctionCallInfo fcinfo, AffScan *scan, int antecedents, int consequents, int first)
{
	PairsState *s;
	bool	   *keep = NULL;
	uint32		na,
				nc,
				i;

	if (PG_ARGISNULL(0))
		return;
	scan->o = PG_GETARG_AFFINITY(0);
	clt_scan_plain(scan->o, "affinity_pairs");
	clt_scan_check_type(fcinfo, 1, &scan->o->items.spec);
	s = palloc0(sizeof(PairsState));
	scan->state = s;
	scan->next = pairs_next;
	s->min_count = clt_scan_min_count(fcinfo, first + PAIRS_MIN_COUNT, first + PAIRS_MIN_SUPPORT, scan->o->nbaskets);
	s->min_confidence = clt_scan_threshold(fcinfo, first + PAIRS_MIN_CONFIDENCE, "min_confidence", 0, 1);
	s->min_lift = clt_scan_threshold(fcinfo, first + PAIRS_MIN_LIFT, "min_lift", 0, INFINITY);
	clt_adjust_start(&s->adjust, fcinfo, first + PAIRS_CORRECTION, first + PAIRS_TESTS, scan->cxt);
	s->frequent = clt_scan_frequent(scan->o, s->min_count);
	s->antecedent = clt_scan_item_filter(fcinfo, antecedents, scan->o, &na, NULL);
	s->consequent = clt_scan_item_filter(fcinfo, consequents, scan->o, &nc, NULL);

	/* With a filter only the rows of its items are counted, on both sides. */
	s->whole = s->antecedent != NULL || s->consequent != NULL;
	s->rows_are_consequents = s->antecedent == NULL || (s->consequent != NULL && nc < na);
	if (s->antecedent != NULL && s->consequent != NULL)
	{
		keep = palloc(scan->o->items.n + 1);
		for (i = 0; i < scan->o->items.n; i++)
			keep[i] = s->antecedent[i] || s->consequent[i];
	}
	clt_scan_pair_index(scan, &s->index, s->frequent, keep);
	if (s->adjust.tests_are == TESTS_ELIGIBLE)
		s->adjust.tests = eligible_pairs(s);
	if (clt_adjust_keeps(&s->adjust) ||
		(s->adjust.kind != CORRECTION_NONE && s->adjust.tests_are == TESTS_RETURNED))
		survey_pairs(scan, s);
	clt_adjust_finish(&s->adjust);
}

static void
pairs_start(FunctionCallInfo fcinfo, AffScan *scan)
{
	start_pairs(fcinfo, scan, -1, -1, 2);
}

/* affinity_pairs(a affinity, item_type anyelement, ...) */
CLT_FUNCTION_INFO_V1(clt_affinity_pairs);
Datum
clt_affinity_pairs(PG_FUNCTION_ARGS)
{
	return clt_scan_run(fcinfo, pairs_start);
}

static void
pairs_start_filtered(FunctionCallInfo fcinfo, AffScan *scan)
{
	start_pairs(fcinfo, scan, 2, 3, 4);
}

/* affinity_pairs(a affinity, item_type anyelement, antecedents anyarray, consequents anyarray, ...) */
CLT_FUNCTION_INFO_V1(clt_affinity_pairs_filtered);
Datum
clt_affinity_pairs_filtered(PG_FUNCTION_ARGS)
{
	return clt_scan_run(fcinfo, pairs_start_filtered);
}

/* ---- affinity_items, affinity_info --------------------------------------- */

static bool
items_next(AffScan *scan, Datum *values, bool *nulls)
{
	uint32	   *next = scan->state;

	(void) nulls;
	if (*next >= scan->o->items.n)
		return false;
	values[0] = scan->o->items.key[*next];
	values[1] = Int64GetDatum(scan->o->frequency[*next]);
	values[2] = Float8GetDatum(scan->o->nbaskets > 0 ?
							   (double) scan->o->frequency[*next] / (double) scan->o->nbaskets : 0);
	(*next)++;
	return true;
}

static void
items_start(FunctionCallInfo fcinfo, AffScan *scan)
{
	if (PG_ARGISNULL(0))
		return;
	scan->o = PG_GETARG_AFFINITY(0);
	clt_scan_check_type(fcinfo, 1, &scan->o->items.spec);
	scan->state = palloc0(sizeof(uint32));
	scan->next = items_next;
}

/* affinity_items(a affinity, item_type anyelement) */
CLT_FUNCTION_INFO_V1(clt_affinity_items);
Datum
clt_affinity_items(PG_FUNCTION_ARGS)
{
	return clt_scan_run(fcinfo, items_start);
}

/* affinity_info(affinity): what a value holds, from its header alone */
CLT_FUNCTION_INFO_V1(clt_affinity_info);
Datum
clt_affinity_info(PG_FUNCTION_ARGS)
{
	AffinityFlat space;
	Size		size;
	const AffinityFlat *f = clt_affinity_header(PG_GETARG_DATUM(0), &size, &space);
	TupleDesc	desc;
	Datum		values[14];
	bool		nulls[14] = {false};
	double		fraction = ldexp(1, -(int) f->sample_bits);

	desc = clt_row_to_return(fcinfo);
	values[0] = Int64GetDatum((int64) f->nbaskets);
	values[1] = Int64GetDatum((int64) f->nlines);
	values[2] = Int64GetDatum((int64) f->nitems);
	values[3] = Int64GetDatum((int64) f->nkeyed);
	values[4] = Int64GetDatum((int64) f->nloose);
	values[5] = Int64GetDatum((int64) f->nabsent);
	values[6] = Int32GetDatum((int32) f->longest);
	values[7] = Int64GetDatum((int64) f->nskipped);
	values[8] = Int64GetDatum((int64) f->ntruncated);
	values[9] = Float8GetDatum(fraction);

	/*
	 * Hoeffding: P(|error of a support| > e) <= 2 exp(-2 n e^2), at 95 per
	 * cent.
	 */
	values[10] = Float8GetDatum(f->sample_bits == 0 ? 0 :
								f->nbaskets == 0 ? 1 : Min(1, sqrt(log(2 / 0.05) / (2 * (double) f->nbaskets))));
	values[11] = ObjectIdGetDatum(f->item_type);
	values[12] = ObjectIdGetDatum(f->basket_type);
	nulls[11] = !OidIsValid(f->item_type);
	nulls[12] = !OidIsValid(f->basket_type);
	values[13] = Int64GetDatum((int64) size);
	return HeapTupleGetDatum(heap_form_tuple(desc, values, nulls));
}
