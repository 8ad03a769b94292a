/*
 * partners_scan.c
 *		also_bought() and top_partners(): the best partners of one item, and of
 *		every item.
 */
#include "postgres.h"

#include "access/detoast.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "affinity/measures.h"
#include "affinity/pairs.h"
#include "affinity/scan.h"
#include "affinity/values.h"

/* ---- the k best ------------------------------------------------------------ */

typedef struct Partner
{
	uint32		item;
	uint32		both;
	double		score;
} Partner;

/* Beyond the measures of counts */
#define RANK_PAIR_QUANTITY	CLT_M_COUNT
#define RANK_PAIR_REVENUE	(CLT_M_COUNT + 1)

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

static int
ranking_by_name(const char *name)
{
	if (strcmp(name, "pair_quantity") == 0 || strcmp(name, "quantity") == 0)
		return RANK_PAIR_QUANTITY;
	if (strcmp(name, "pair_revenue") == 0 || strcmp(name, "revenue") == 0)
		return RANK_PAIR_REVENUE;
	return clt_measure_by_name(name);
}

static inline bool
ranks_values(const Ranking *r)
{
	return r->measure >= CLT_M_COUNT;
}

static void
set_ranking(Ranking *r, FunctionCallInfo fcinfo, int arg)
{
	char	   *name;

	name = TextDatumGetCString(clt_need_argument(fcinfo, arg, "measure"));
	r->measure = ranking_by_name(name);
	if (r->measure < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown measure \"%s\"", name),
				 errhint("Known measures are pair_count, support, confidence, reverse_confidence, lift, leverage, conviction, zhang, jaccard, cosine, kulczynski, imbalance, phi, odds_ratio, log_likelihood_ratio, chi_squared, p_value and log10_p_value, and where lines have amounts pair_quantity and pair_revenue.")));
	r->sign = r->measure == CLT_M_P_VALUE || r->measure == CLT_M_LOG10_P_VALUE ? -1 : 1;

	/* These two are as high for items that avoid each other. */
	r->positive_only = r->measure == CLT_M_LOG_LIKELIHOOD_RATIO || r->measure == CLT_M_CHI_SQUARED;
}

/* Ties are broken by the items themselves. */
static void
set_ties(Ranking *r, AffDict *dict)
{
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
offer_scored(Best *best, uint32 item, uint32 both, double score)
{
	Partner		p;
	uint32		i;

	p.item = item;
	p.both = both;
	p.score = score;
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
offer(Best *best, const CltPairCounts *c, uint32 item)
{
	double		score;

	if (best->ranking.positive_only &&
		(double) c->nxy * (double) c->n <= (double) c->nx * (double) c->ny)
		return;
	if (clt_measure(best->ranking.measure, c, &score))
		offer_scored(best, item, (uint32) c->nxy, score);
}

/* The partners of a row of counts. */
static void
offer_counts(Best *best, const AffinityObject *o, CltPairIndex *index, uint32 row, uint32 min_count)
{
	uint32		n = clt_pair_row(index, row, true, min_count);
	uint32		i;

	for (i = 0; i < n; i++)
	{
		CltPairCounts c;

		clt_scan_pair_counts(o, row, index->found[i], index->found_count[i], &c);
		offer(best, &c, index->found[i]);
	}
}

/* The partners of a row of values, by quantity or revenue. */
static void
offer_values(Best *best, const AffinityObject *o, CltValueIndex *index, uint32 row, uint32 min_count)
{
	uint32		i;

	clt_value_row(o, index, row, true);
	for (i = 0; i < index->nfound; i++)
	{
		const CltPairValue *v = &index->value[index->found[i]];

		if (v->count >= min_count)
			offer_scored(best, index->found[i], v->count,
						 (double) (best->ranking.measure == RANK_PAIR_QUANTITY ? v->quantity : clt_value_revenue(v)) / 10000);
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

/* Partners by a measure of the counts. */
static void
partners_by_counts(FunctionCallInfo fcinfo, AffScan *scan, AlsoState *s, uint32 min_count)
{
	CltPairCounts c;
	uint32		item = clt_affinity_is_flat(PG_GETARG_DATUM(0)) ? partners_from_flat(fcinfo, scan, s, &c.n) :
	partners_from_object(fcinfo, scan, s, &c.n);
	uint32		i;

	set_ties(&s->best.ranking, &s->items);
	s->best.k = wanted(fcinfo, 2, s->items.n);
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
}

/* Partners by quantity or revenue, for which all of a value is read. */
static void
partners_by_values(FunctionCallInfo fcinfo, AffScan *scan, AlsoState *s, uint32 min_count)
{
	AffinityObject *o = PG_GETARG_AFFINITY(0);
	CltValueIndex index;
	uint32		item;

	scan->o = o;
	clt_scan_plain(o, "also_bought");
	clt_value_check(o);
	clt_scan_check_type(fcinfo, 1, &o->items.spec);
	item = clt_dict_find(&o->items, PG_GETARG_DATUM(1));
	s->items = o->items;
	set_ties(&s->best.ranking, &s->items);
	s->best.k = wanted(fcinfo, 2, s->items.n);
	if (item == AFFINITY_NOT_KEPT || s->best.k == 0)
		return;
	s->best.partner = MemoryContextAllocHuge(scan->cxt, (Size) s->best.k * sizeof(Partner));
	clt_value_index(scan, &index, s->items.n);
	offer_values(&s->best, o, &index, item, min_count);
}

static void
also_start(FunctionCallInfo fcinfo, AffScan *scan)
{
	AlsoState  *s;
	uint32		min_count;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return;
	s = palloc0(sizeof(AlsoState));
	scan->state = s;
	scan->next = also_next;
	s->items.cxt = scan->cxt;
	set_ranking(&s->best.ranking, fcinfo, 3);
	min_count = PG_ARGISNULL(4) ? 1 : (uint32) Max(1, Min(PG_GETARG_INT64(4), PG_UINT32_MAX));
	if (ranks_values(&s->best.ranking))
		partners_by_values(fcinfo, scan, s, min_count);
	else
		partners_by_counts(fcinfo, scan, s, min_count);
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
	CltValueIndex values;
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
		if (s->row >= s->frequent)
			return false;
		s->best.n = s->next = 0;
		if (ranks_values(&s->best.ranking))
			offer_values(&s->best, scan->o, &s->values, s->row, s->min_count);
		else
			offer_counts(&s->best, scan->o, &s->index, s->row, s->min_count);
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
	set_ranking(&s->best.ranking, fcinfo, 3);
	set_ties(&s->best.ranking, &scan->o->items);
	if (ranks_values(&s->best.ranking))
		clt_value_check(scan->o);
	s->min_count = clt_scan_min_count(fcinfo, 4, 5, scan->o->nbaskets);
	s->frequent = clt_scan_frequent(scan->o, s->min_count);
	s->best.k = wanted(fcinfo, 2, s->frequent);
	if (s->best.k == 0)
		return;
	scan->next = top_next;
	s->best.partner = MemoryContextAllocHuge(scan->cxt, (Size) s->best.k * sizeof(Partner));
	if (ranks_values(&s->best.ranking))
		clt_value_index(scan, &s->values, s->frequent);
	else
		clt_scan_pair_index(scan, &s->index, s->frequent, NULL);
}

/* top_partners(a affinity, item_type anyelement, k integer, measure text, min_count bigint, min_support float8) */
CLT_FUNCTION_INFO_V1(clt_top_partners);
Datum
clt_top_partners(PG_FUNCTION_ARGS)
{
	return clt_scan_run(fcinfo, top_start);
}
