/*
 * pairs_scan.c
 *		affinity_pairs(), also_bought(), top_partners(), affinity_items(),
 *		affinity_info().
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

/* ---- the index over the frequent items ---------------------------------- */

static void
make_index(AffScan *scan, CltPairIndex *index, uint32 nitems, const bool *keep)
{
	const CltBaskets *b = &scan->o->base;
	CltPairSizes sizes;
	bool		weighted = false;
	uint32		k;

	memset(index, 0, sizeof(*index));
	for (k = 0; k < b->nloose && !weighted; k++)
		weighted = b->mult[k] != 1;
	index->count = MemoryContextAllocHuge(scan->cxt, ((Size) nitems + 1) * sizeof(uint32));
	clt_pair_index_sizes(b, nitems, keep, index->count, &sizes);
	index->nitems = nitems;
	index->line = MemoryContextAllocHuge(scan->cxt, sizes.lines * sizeof(uint32));
	index->occ = MemoryContextAllocHuge(scan->cxt, Max(sizes.occurrences, 1) * sizeof(uint32));
	if (weighted)
		index->weight = MemoryContextAllocHuge(scan->cxt, Max(sizes.occurrences, 1) * sizeof(uint32));
	index->occ_start = MemoryContextAllocHuge(scan->cxt, ((Size) nitems + 1) * sizeof(uint32));
	index->found = MemoryContextAllocHuge(scan->cxt, ((Size) nitems + 1) * sizeof(uint32));
	index->found_count = MemoryContextAllocHuge(scan->cxt, ((Size) nitems + 1) * sizeof(uint32));
	clt_pair_index_build(index, b, keep);
}

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

static void
pair_counts(const AffinityObject *o, uint32 x, uint32 y, uint32 both, CltPairCounts *c)
{
	c->n = o->nbaskets;
	c->nx = o->frequency[x];
	c->ny = o->frequency[y];
	c->nxy = both;
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
		pair_counts(scan->o, x, y, s->both, &c);
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
		pair_counts(scan->o, s->a, s->b, s->both, &c);
		pair_counts(scan->o, s->b, s->a, s->both, &back);
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
	make_index(scan, &s->index, s->frequent, keep);
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

/* ---- also_bought --------------------------------------------------------- */

typedef struct Partner
{
	uint32		item;
	uint32		both;
	double		score;
} Partner;

/* How partners are ranked: higher is better, except that p values are better low. */
typedef struct Ranking
{
	int			measure;
	double		sign;
	bool		positive_only;
	AffDict    *dict;
	FmgrInfo   *compare;
	Oid			collation;
} Ranking;

static void
set_ranking(Ranking *r, FunctionCallInfo fcinfo, int arg, AffDict *dict)
{
	char	   *name;

	if (PG_ARGISNULL(arg))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("measure must not be null")));
	name = text_to_cstring(PG_GETARG_TEXT_PP(arg));
	r->measure = clt_measure_by_name(name);
	if (r->measure < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown measure \"%s\"", name),
				 errhint("Known measures are pair_count, support, confidence, reverse_confidence, lift, leverage, conviction, zhang, jaccard, cosine, kulczynski, imbalance, phi, odds_ratio, log_likelihood_ratio, chi_squared, p_value and log10_p_value.")));
	r->sign = r->measure == CLT_M_P_VALUE || r->measure == CLT_M_LOG10_P_VALUE ? -1 : 1;

	/* These two are as high for items that avoid each other. */
	r->positive_only = r->measure == CLT_M_LOG_LIKELIHOOD_RATIO || r->measure == CLT_M_CHI_SQUARED;
	r->dict = dict;
	r->compare = NULL;
	if (dict->n > 0)
	{
		if (OidIsValid(dict->spec.tc->cmp_proc_finfo.fn_oid))
			r->compare = &dict->spec.tc->cmp_proc_finfo;
		r->collation = clt_collation_for(&dict->spec);
	}
}

/* Less than zero when a comes first: by score, count, then item. */
static int
compare_partners(const void *pa, const void *pb, void *arg)
{
	const Partner *a = pa;
	const Partner *b = pb;
	const Ranking *r = arg;
	int			cmp = 0;

	if (a->score != b->score)
		return (a->score > b->score) == (r->sign > 0) ? -1 : 1;
	if (a->both != b->both)
		return a->both > b->both ? -1 : 1;
	if (r->compare != NULL)
		cmp = DatumGetInt32(FunctionCall2Coll(r->compare, r->collation, r->dict->key[a->item], r->dict->key[b->item]));
	return cmp != 0 ? cmp : clt_key_compare_image(&r->dict->spec, r->dict->key[a->item], r->dict->key[b->item]);
}

/* Keeps the k best of a stream: a heap with the worst on top. */
typedef struct Best
{
	Ranking		ranking;
	Partner    *partner;
	uint32		n;
	uint32		k;
} Best;

static void
sink(Best *best, uint32 at)
{
	Partner		v = best->partner[at];

	for (;;)
	{
		uint32		child = 2 * at + 1;

		if (child >= best->n)
			break;
		if (child + 1 < best->n &&
			compare_partners(&best->partner[child + 1], &best->partner[child], &best->ranking) > 0)
			child++;
		if (compare_partners(&best->partner[child], &v, &best->ranking) <= 0)
			break;
		best->partner[at] = best->partner[child];
		at = child;
	}
	best->partner[at] = v;
}

static void
offer(Best *best, const CltPairCounts *c, uint32 item)
{
	Partner		p;
	uint32		i;

	if (best->ranking.positive_only &&
		(double) c->nxy * (double) c->n <= (double) c->nx * (double) c->ny)
		return;
	if (!clt_measure(best->ranking.measure, c, &p.score))
		return;
	p.item = item;
	p.both = (uint32) c->nxy;
	if (best->n < best->k)
	{
		best->partner[best->n++] = p;
		if (best->n == best->k)
			for (i = best->k / 2; i > 0; i--)
				sink(best, i - 1);
	}
	else if (compare_partners(&p, &best->partner[0], &best->ranking) < 0)
	{
		best->partner[0] = p;
		sink(best, 0);
	}
}

static void
sort_best(Best *best)
{
	qsort_arg(best->partner, best->n, sizeof(Partner), compare_partners, &best->ranking);
}

/* How many partners are asked for; NULL means all. */
static uint32
wanted(FunctionCallInfo fcinfo, int arg, uint32 nitems)
{
	int64		k;

	if (PG_ARGISNULL(arg))
		return nitems;
	k = PG_GETARG_INT32(arg);
	if (k < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("k must not be negative")));
	return (uint32) Min(k, (int64) nitems);
}

typedef struct AlsoState
{
	Best		best;
	uint32		next;
	AffDict		items;
	uint32	   *frequency;
	uint32	   *counts;
} AlsoState;

/* Partners' counts from a stored value, of which no more is fetched than needed. */
static uint32
partners_from_flat(FunctionCallInfo fcinfo, AffScan *scan, AlsoState *s, uint64 *nbaskets)
{
	AffinityFlat space;
	Size		size;
	Datum		value = PG_GETARG_DATUM(0);
	const AffinityFlat *head = clt_affinity_header(value, &size, &space);
	Size		want = (Size) head->names_len + head->items_len + head->lines_len;
	struct varlena *part;
	const uint8 *in;
	uint32		item;

	if (head->flags & AFFINITY_EVENTS)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("%s cannot read the events of sequence_agg", "also_bought")));
	part = PG_DETOAST_DATUM_SLICE(value, offsetof(AffinityFlat, data) - VARHDRSZ, want);
	if (VARSIZE_ANY_EXHDR(part) != want)
		clt_affinity_corrupt("it is cut short");
	in = (const uint8 *) VARDATA_ANY(part);
	*nbaskets = head->nbaskets;
	s->frequency = clt_affinity_read_items(&s->items, head, in);
	clt_scan_check_type(fcinfo, 1, &s->items.spec);
	item = clt_dict_find(&s->items, PG_GETARG_DATUM(1));
	s->counts = MemoryContextAllocExtended(scan->cxt, Max((Size) s->items.n, CLT_PARTNER_COUNTS) * sizeof(uint32),
										   MCXT_ALLOC_ZERO | MCXT_ALLOC_HUGE);
	if (item == AFFINITY_NOT_KEPT)
		return item;
	if (clt_baskets_partners(in + head->names_len + head->items_len, head->keyed_len, head->lines_len, head->nitems,
							 item, s->counts) != CLT_BASKETS_OK || s->counts[item] != s->frequency[item])
		clt_affinity_corrupt("the baskets cannot be read");
	return item;
}

static uint32
partners_from_object(FunctionCallInfo fcinfo, AffScan *scan, AlsoState *s, uint64 *nbaskets)
{
	AffinityObject *o = PG_GETARG_AFFINITY(0);
	const CltBaskets *b = &o->base;
	uint32		item,
				k,
				p;

	clt_scan_plain(o, "also_bought");
	clt_scan_check_type(fcinfo, 1, &o->items.spec);
	*nbaskets = o->nbaskets;
	s->items = o->items;
	s->frequency = o->frequency;
	item = clt_dict_find(&o->items, PG_GETARG_DATUM(1));
	s->items = o->items;		/* the hash table may have been made just now */
	s->counts = MemoryContextAllocExtended(scan->cxt, Max((Size) o->items.n, 1) * sizeof(uint32),
										   MCXT_ALLOC_ZERO | MCXT_ALLOC_HUGE);
	if (item == AFFINITY_NOT_KEPT)
		return item;
	for (k = 0; k < b->nkeyed + b->nloose; k++)
	{
		uint32		mult = k < b->nkeyed ? 1 : b->mult[k - b->nkeyed];

		for (p = b->start[k]; p < b->start[k + 1] && b->item[p] < item; p++)
			;
		if (p == b->start[k + 1] || b->item[p] != item)
			continue;
		for (p = b->start[k]; p < b->start[k + 1]; p++)
			s->counts[b->item[p]] += mult;
	}
	return item;
}

static bool
also_next(AffScan *scan, Datum *values, bool *nulls)
{
	AlsoState  *s = scan->state;
	const Partner *p;

	(void) nulls;
	if (s->next >= s->best.n)
		return false;
	p = &s->best.partner[s->next++];
	values[0] = s->items.key[p->item];
	values[1] = Float8GetDatum(p->score);
	values[2] = Int64GetDatum(p->both);
	return true;
}

static void
also_start(FunctionCallInfo fcinfo, AffScan *scan)
{
	AlsoState  *s;
	CltPairCounts c;
	uint32		item,
				min_count,
				i;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return;
	s = palloc0(sizeof(AlsoState));
	scan->state = s;
	scan->next = also_next;
	s->items.cxt = scan->cxt;
	item = clt_affinity_is_flat(PG_GETARG_DATUM(0)) ? partners_from_flat(fcinfo, scan, s, &c.n) :
		partners_from_object(fcinfo, scan, s, &c.n);
	set_ranking(&s->best.ranking, fcinfo, 3, &s->items);
	s->best.k = wanted(fcinfo, 2, s->items.n);
	min_count = PG_ARGISNULL(4) ? 1 : (uint32) Max(1, Min(PG_GETARG_INT64(4), PG_UINT32_MAX));
	if (item == AFFINITY_NOT_KEPT || s->best.k == 0)
		return;
	s->best.partner = MemoryContextAllocHuge(scan->cxt, (Size) s->best.k * sizeof(Partner));
	c.nx = s->frequency[item];
	for (i = 0; i < s->items.n; i++)
	{
		if (i == item || s->counts[i] < min_count)
			continue;
		c.ny = s->frequency[i];
		c.nxy = s->counts[i];
		offer(&s->best, &c, i);
	}
	sort_best(&s->best);
}

/* also_bought(a affinity, item anyelement, k integer, measure text, min_count bigint) */
CLT_FUNCTION_INFO_V1(clt_also_bought);
Datum
clt_also_bought(PG_FUNCTION_ARGS)
{
	return clt_scan_run(fcinfo, also_start);
}

/* ---- top_partners -------------------------------------------------------- */

typedef struct TopState
{
	CltPairIndex index;
	Best		best;
	uint32		frequent;
	uint32		min_count;
	uint32		row;
	uint32		next;
} TopState;

static bool
top_next(AffScan *scan, Datum *values, bool *nulls)
{
	TopState   *s = scan->state;
	const Partner *p;

	(void) nulls;
	while (s->next >= s->best.n)
	{
		uint32		n,
					i;

		if (s->row >= s->frequent)
			return false;
		s->best.n = s->next = 0;
		n = clt_pair_row(&s->index, s->row, true, s->min_count);
		for (i = 0; i < n; i++)
		{
			CltPairCounts c;

			pair_counts(scan->o, s->row, s->index.found[i], s->index.found_count[i], &c);
			offer(&s->best, &c, s->index.found[i]);
		}
		sort_best(&s->best);
		s->row++;
		CHECK_FOR_INTERRUPTS();
	}
	p = &s->best.partner[s->next++];
	values[0] = scan->o->items.key[s->row - 1];
	values[1] = scan->o->items.key[p->item];
	values[2] = Int32GetDatum((int32) s->next);
	values[3] = Float8GetDatum(p->score);
	values[4] = Int64GetDatum(p->both);
	return true;
}

static void
top_start(FunctionCallInfo fcinfo, AffScan *scan)
{
	TopState   *s;

	if (PG_ARGISNULL(0))
		return;
	scan->o = PG_GETARG_AFFINITY(0);
	clt_scan_plain(scan->o, "top_partners");
	clt_scan_check_type(fcinfo, 1, &scan->o->items.spec);
	s = palloc0(sizeof(TopState));
	scan->state = s;
	set_ranking(&s->best.ranking, fcinfo, 3, &scan->o->items);
	s->min_count = clt_scan_min_count(fcinfo, 4, 5, scan->o->nbaskets);
	s->frequent = clt_scan_frequent(scan->o, s->min_count);
	s->best.k = wanted(fcinfo, 2, s->frequent);
	if (s->best.k == 0)
		return;
	scan->next = top_next;
	s->best.partner = MemoryContextAllocHuge(scan->cxt, (Size) s->best.k * sizeof(Partner));
	make_index(scan, &s->index, s->frequent, NULL);
}

/* top_partners(a affinity, item_type anyelement, k integer, measure text, min_count bigint, min_support float8) */
CLT_FUNCTION_INFO_V1(clt_top_partners);
Datum
clt_top_partners(PG_FUNCTION_ARGS)
{
	return clt_scan_run(fcinfo, top_start);
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

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
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
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
}
