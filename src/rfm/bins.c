/*
 * bins.c
 *	  rfm_bins made by hand or found in a population, read, and scored with.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "core/clientele.h"
#include "rfm/bins.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* The profile divides the customers into this many equal parts. */
#define PROFILE_PARTS 16

/* ---- made by hand ------------------------------------------------------ */

static int
fixed_bins(ArrayType *array, const char *name)
{
	int			n = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));

	if (ARR_NDIM(array) > 1 || array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("%s thresholds must be a one-dimensional array without nulls", name)));
	clt_rfm_check_bins(n + 1);
	return n + 1;
}

static void
require_ascending(const CltInt128 * cuts, int n, const char *name)
{
	for (int i = 1; i < n; i++)
	{
		if (cuts[i] <= cuts[i - 1])
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("%s thresholds must ascend", name)));
	}
}

/* clt_rfm_bins_fixed takes thresholds: at most so many days, at least so many orders, at least so much. */
CLT_FUNCTION_INFO_V1(clt_rfm_bins_fixed);
Datum
clt_rfm_bins_fixed(PG_FUNCTION_ARGS)
{
	ArrayType  *days = PG_GETARG_ARRAYTYPE_P(0);
	ArrayType  *orders = PG_GETARG_ARRAYTYPE_P(1);
	ArrayType  *money = PG_GETARG_ARRAYTYPE_P(2);
	int			bins = fixed_bins(days, "recency");
	int			n = bins - 1;
	BinsParts	parts;
	CltInt128  *ascending;
	Datum	   *value;
	int			scale[CLT_RFM_MAX_BINS];

	if (fixed_bins(orders, "frequency") != bins || fixed_bins(money, "monetary") != bins)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("recency, frequency and monetary must have the same number of thresholds")));
	memset(&parts, 0, sizeof(parts));
	parts.set.rule = CLT_RFM_RULE_FIXED;
	parts.set.bins = bins;
	for (int d = 0; d < CLT_RFM_DIMENSIONS; d++)
		parts.set.cuts[d] = palloc(n * sizeof(CltInt128));
	ascending = palloc(n * sizeof(CltInt128));

	for (int i = 0; i < n; i++)
	{
		ascending[i] = ((int32 *) ARR_DATA_PTR(days))[i];
		parts.set.cuts[CLT_R][n - 1 - i] = -ascending[i];
		parts.set.cuts[CLT_F][i] = ((int64 *) ARR_DATA_PTR(orders))[i];
	}
	require_ascending(ascending, n, "recency");
	require_ascending(parts.set.cuts[CLT_F], n, "frequency");

	deconstruct_array(money, NUMERICOID, -1, false, TYPALIGN_INT, &value, NULL, &n);
	for (int i = 0; i < n; i++)
	{
		clt_rfm_numeric_amount(value[i], &parts.set.cuts[CLT_M][i], &scale[i]);
		parts.set.scale[CLT_M] = Max(parts.set.scale[CLT_M], scale[i]);
	}
	for (int i = 0; i < n; i++)
	{
		if (!clt_decimal_shift(&parts.set.cuts[CLT_M][i], parts.set.scale[CLT_M] - scale[i]))
			clt_rfm_raise(CLT_RFM_SUM_RANGE);
	}
	require_ascending(parts.set.cuts[CLT_M], n, "monetary");
	PG_RETURN_POINTER(clt_rfm_bins_pack(&parts));
}

/* ---- found in a population --------------------------------------------- */

/* Adds a point at value unless it is there or no customer has it. */
static void
add_point(const RfmValues *sorted, CltInt128 value, int shift, BinsParts *parts, int d)
{
	size_t		below = clt_rfm_count_below(sorted, value, false);
	size_t		upto = clt_rfm_count_below(sorted, value, true);
	RfmPoint   *points = parts->points[d];
	int			n = parts->npoints[d];
	int			i = n;

	if (below == upto || n == RFM_BINS_MAX_POINTS || !clt_decimal_shift(&value, shift))
		return;
	while (i > 0 && clt_rfm_wide_get(&points[i - 1].value) > value)
		i--;
	if (i > 0 && clt_rfm_wide_get(&points[i - 1].value) == value)
		return;
	memmove(points + i + 1, points + i, (n - i) * sizeof(RfmPoint));
	clt_rfm_wide_set(&points[i].value, value);
	points[i].below = (uint32) below;
	points[i].upto = (uint32) upto;
	parts->npoints[d]++;
}

/* Notes down the distribution of one dimension. */
static void
add_profile(const RfmValues *sorted, int scale, BinsParts *parts, int d)
{
	int			shift = parts->set.scale[d] - scale;

	for (int part = 0; part <= PROFILE_PARTS; part++)
		add_point(sorted, clt_rfm_value(sorted, (sorted->count - 1) * part / PROFILE_PARTS), shift, parts, d);
	if (parts->set.nested)
		return;
	for (int i = 0; i < parts->set.bins - 1; i++)
	{
		CltInt128	cut = parts->set.cuts[d][i];

		if (cut != CLT_RFM_NO_CUT)
			add_point(sorted, clt_decimal_rescale(cut, parts->set.scale[d], scale, true), shift, parts, d);
	}
}

/* The cut points and the distribution of a population of at least one customer. */
RfmBins *
clt_rfm_bins_of(const RfmPopulation *p, RfmRule rule, int bins, bool nested)
{
	MemoryContext work = AllocSetContextCreate(CurrentMemoryContext, "rfm_bins", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old;
	BinsParts	parts;
	RfmValues	sorted;
	RfmBins    *result;

	if (p->count > PG_UINT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("rfm_bins_agg got %zu customers, at most %u are possible", p->count, PG_UINT32_MAX)));
	old = MemoryContextSwitchTo(work);
	memset(&parts, 0, sizeof(parts));
	clt_rfm_find_cuts(p, rule, bins, nested, &parts.set);
	parts.customers = (int64) p->count;
	clt_rfm_sorted_column(p->recency, p->count, &sorted);
	add_profile(&sorted, 0, &parts, CLT_R);
	clt_rfm_sorted_column(p->frequency, p->count, &sorted);
	add_profile(&sorted, 0, &parts, CLT_F);
	clt_rfm_sorted_money(p, &sorted);
	add_profile(&sorted, p->scale, &parts, CLT_M);
	Assert(clt_rfm_bins_broken(&parts) == NULL);
	MemoryContextSwitchTo(old);
	result = clt_rfm_bins_pack(&parts);
	MemoryContextDelete(work);
	return result;
}

/* ---- scoring with stored cut points ------------------------------------ */

typedef struct ScoreCache
{
	RfmBins    *bins;
	RfmScorer	scorer;
	bool		dated;			/* the two below are set */
	TimestampTz at;
	RfmAsOf		as_of;
	MemoryContext context;
} ScoreCache;

static ScoreCache *
prepare_scorer(FunctionCallInfo fcinfo, const RfmBins *bins)
{
	ScoreCache *cache = fcinfo->flinfo->fn_extra;
	MemoryContext old;
	RfmCutSet	set;

	if (cache != NULL && VARSIZE(cache->bins) == VARSIZE(bins) &&
		memcmp(cache->bins, bins, VARSIZE(bins)) == 0)
		return cache;
	if (cache == NULL)
	{
		cache = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(ScoreCache));
		cache->context = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt, "rfm_score", ALLOCSET_SMALL_SIZES);
	}
	fcinfo->flinfo->fn_extra = NULL;	/* in case of an error below */
	MemoryContextReset(cache->context);
	old = MemoryContextSwitchTo(cache->context);
	cache->bins = palloc(VARSIZE(bins));
	memcpy(cache->bins, bins, VARSIZE(bins));
	clt_rfm_bins_unpack(bins, &set);
	clt_rfm_scorer_init(&cache->scorer, &set);
	MemoryContextSwitchTo(old);
	fcinfo->flinfo->fn_extra = cache;
	return cache;
}

CLT_FUNCTION_INFO_V1(clt_rfm_score_bins);
Datum
clt_rfm_score_bins(PG_FUNCTION_ARGS)
{
	RfmBins    *bins = PG_GETARG_RFM_BINS_P(0);
	RfmSummary *s = PG_GETARG_RFM_SUMMARY_P(1);
	TimestampTz at = PG_GETARG_TIMESTAMPTZ(2);
	ScoreCache *cache;

	if (s->orders == 0)
		PG_RETURN_NULL();
	cache = prepare_scorer(fcinfo, bins);
	if (!cache->dated || cache->at != at)
	{
		clt_rfm_set_as_of(&cache->as_of, at);
		cache->at = at;
		cache->dated = true;
	}
	clt_rfm_scorer_set_scale(&cache->scorer, s->scale);
	PG_RETURN_RFM_SCORE(clt_rfm_scorer_score(&cache->scorer, -clt_rfm_days_since(s, &cache->as_of),
											 s->orders, clt_rfm_summary_net(s)));
}

/* ---- accessors --------------------------------------------------------- */

CLT_FUNCTION_INFO_V1(clt_rfm_bins_count);
Datum
clt_rfm_bins_count(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(PG_GETARG_RFM_BINS_P(0)->bins);
}

CLT_FUNCTION_INFO_V1(clt_rfm_bins_customers);
Datum
clt_rfm_bins_customers(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(PG_GETARG_RFM_BINS_P(0)->customers);
}

CLT_FUNCTION_INFO_V1(clt_rfm_bins_rule);
Datum
clt_rfm_bins_rule(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(clt_rfm_rule_name((RfmRule) PG_GETARG_RFM_BINS_P(0)->rule)));
}

CLT_FUNCTION_INFO_V1(clt_rfm_bins_nested);
Datum
clt_rfm_bins_nested(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL((PG_GETARG_RFM_BINS_P(0)->flags & RFM_BINS_NESTED) != 0);
}

/* clt_rfm_bins_cuts returns the cut points of one dimension as numeric[], a row a group if nested. */
CLT_FUNCTION_INFO_V1(clt_rfm_bins_cuts);
Datum
clt_rfm_bins_cuts(PG_FUNCTION_ARGS)
{
	RfmBins    *bins = PG_GETARG_RFM_BINS_P(0);
	int			d = PG_GETARG_INT32(1);
	RfmCutSet	set;
	int			dims[2];
	int			bounds[2] = {1, 1};
	int			n;
	Datum	   *value;
	bool	   *isnull;

	if (d < CLT_R || d > CLT_M)
		elog(ERROR, "no dimension %d", d);
	clt_rfm_bins_unpack(bins, &set);
	dims[0] = clt_rfm_groups(&set, d);
	dims[1] = set.bins - 1;
	n = dims[0] * dims[1];
	value = palloc(n * sizeof(Datum));
	isnull = palloc0(n * sizeof(bool));
	for (int i = 0; i < n; i++)
	{
		CltInt128	cut = set.cuts[d][i];

		if (cut == CLT_RFM_NO_CUT)
			isnull[i] = true;
		else
			value[i] = clt_rfm_make_numeric(d == CLT_R ? -cut : cut, set.scale[d]);
	}
	PG_RETURN_ARRAYTYPE_P(construct_md_array(value, isnull, dims[0] > 1 ? 2 : 1,
											 dims[0] > 1 ? dims : dims + 1, bounds,
											 NUMERICOID, -1, false, TYPALIGN_INT));
}
