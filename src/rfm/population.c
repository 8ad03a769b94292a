/*-------------------------------------------------------------------------
 *
 * population.c
 *	  The values of all customers that are scored against each other, and
 *	  the cut points found in them.
 *
 * rfm_bins_agg, the window function rfm_score and rfm() all end here, so that
 * they cannot disagree.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "core/clientele.h"
#include "miscadmin.h"
#include "rfm/rfm.h"
#include "utils/memutils.h"

RfmRule
clt_rfm_rule_from_text(const text *name)
{
	RfmRule		rule;

	if (!clt_rfm_rule_by_name(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name), &rule) ||
		rule == CLT_RFM_RULE_FIXED)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown tie rule: \"%.*s\"", (int) VARSIZE_ANY_EXHDR(name), VARDATA_ANY(name)),
				 errhint("The rules are low, high, disc, r and ntile.")));
	return rule;
}

void
clt_rfm_check_bins(int bins)
{
	if (bins < CLT_RFM_MIN_BINS || bins > CLT_RFM_MAX_BINS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("bins must be between %d and %d, not %d",
						CLT_RFM_MIN_BINS, CLT_RFM_MAX_BINS, bins)));
}

/* How many groups of cut points a dimension has. */
int
clt_rfm_groups(const RfmCutSet *set, int dimension)
{
	if (!set->nested || dimension == CLT_R)
		return 1;
	return dimension == CLT_F ? set->bins : set->bins * set->bins;
}

/* ---- collecting -------------------------------------------------------- */

RfmPopulation *
clt_rfm_population_create(MemoryContext context, size_t expected)
{
	RfmPopulation *p = MemoryContextAllocZero(context, sizeof(RfmPopulation));

	p->context = context;
	p->capacity = Max(expected, 64);
	p->recency = MemoryContextAllocHuge(context, p->capacity * sizeof(int64));
	p->frequency = MemoryContextAllocHuge(context, p->capacity * sizeof(int64));
	p->money = MemoryContextAllocHuge(context, p->capacity * sizeof(int64));
	return p;
}

/* Makes room for so many customers in all. */
void
clt_rfm_population_reserve(RfmPopulation *p, size_t capacity)
{
	if (capacity <= p->capacity)
		return;
	p->capacity = capacity;
	p->recency = repalloc_huge(p->recency, p->capacity * sizeof(int64));
	p->frequency = repalloc_huge(p->frequency, p->capacity * sizeof(int64));
	if (p->money)
		p->money = repalloc_huge(p->money, p->capacity * sizeof(int64));
	else
		p->money_wide = repalloc_huge(p->money_wide, p->capacity * sizeof(CltInt128));
}

/* Goes over to 128 bits a value. */
static void
widen_money(RfmPopulation *p)
{
	if (p->money_wide)
		return;
	p->money_wide = MemoryContextAllocHuge(p->context, p->capacity * sizeof(CltInt128));
	for (size_t i = 0; i < p->count; i++)
		p->money_wide[i] = p->money[i];
	pfree(p->money);
	p->money = NULL;
}

static void
rescale_money(RfmPopulation *p, int scale)
{
	widen_money(p);
	for (size_t i = 0; i < p->count; i++)
	{
		if (!clt_decimal_shift(&p->money_wide[i], scale - p->scale))
			clt_rfm_raise(CLT_RFM_SUM_RANGE);
	}
	p->scale = scale;
}

/* Adds one customer; recency is minus the days, so that more is better. */
void
clt_rfm_population_add(RfmPopulation *p, int64 recency, int64 frequency, CltInt128 money, int scale)
{
	if (p->count == 0)
		p->scale = scale;
	else if (scale > p->scale)
		rescale_money(p, scale);
	else if (scale < p->scale && !clt_decimal_shift(&money, p->scale - scale))
		clt_rfm_raise(CLT_RFM_SUM_RANGE);

	if (p->count == p->capacity)
		clt_rfm_population_reserve(p, p->capacity * 2);
	if (p->money && (money < PG_INT64_MIN || money > PG_INT64_MAX))
		widen_money(p);
	p->recency[p->count] = recency;
	p->frequency[p->count] = frequency;
	if (p->money)
		p->money[p->count] = (int64) money;
	else
		p->money_wide[p->count] = money;
	p->count++;
}

/* ---- cut points -------------------------------------------------------- */

/* Sorts a copy of a column into values, in the current memory context. */
void
clt_rfm_sorted_column(const int64 *column, size_t n, RfmValues *values)
{
	int64	   *scratch = MemoryContextAllocHuge(CurrentMemoryContext, Max(n, 1) * sizeof(int64));

	values->count = n;
	values->wide = NULL;
	values->narrow = MemoryContextAllocHuge(CurrentMemoryContext, Max(n, 1) * sizeof(int64));
	memcpy(values->narrow, column, n * sizeof(int64));
	clt_rfm_sort_narrow(values->narrow, scratch, n);
	pfree(scratch);
	CHECK_FOR_INTERRUPTS();
}

void
clt_rfm_sorted_money(const RfmPopulation *p, RfmValues *values)
{
	size_t		n = p->count;
	CltInt128  *scratch;

	if (p->money)
	{
		clt_rfm_sorted_column(p->money, n, values);
		return;
	}
	scratch = MemoryContextAllocHuge(CurrentMemoryContext, Max(n, 1) * sizeof(CltInt128));
	values->count = n;
	values->narrow = NULL;
	values->wide = MemoryContextAllocHuge(CurrentMemoryContext, Max(n, 1) * sizeof(CltInt128));
	memcpy(values->wide, p->money_wide, n * sizeof(CltInt128));
	clt_rfm_sort_wide(values->wide, scratch, n);
	pfree(scratch);
	CHECK_FOR_INTERRUPTS();
}

static void
free_values(RfmValues *values)
{
	if (values->narrow)
		pfree(values->narrow);
	else
		pfree(values->wide);
}

/* Cut points of a sorted dimension; a group without members gets none that can be reached. */
static void
cut_dimension(const RfmValues *sorted, const RfmCutSet *set, int dimension, int scale, CltInt128 * cuts)
{
	if (sorted->count > 0)
		clt_rfm_cut_points(sorted, set->rule, dimension == CLT_R, set->bins, scale, cuts);
	else
	{
		for (int i = 0; i < set->bins - 1; i++)
			cuts[i] = CLT_RFM_NO_CUT;
	}
}

/*
 * Drops decimal places that interpolation did not need, so that 255.800000
 * reads 255.8; never below the places of the values themselves.
 */
static void
trim_scale(RfmCutSet *set, int dimension, int least)
{
	int			n = clt_rfm_groups(set, dimension) * (set->bins - 1);
	CltInt128  *cuts = set->cuts[dimension];

	while (set->scale[dimension] > least)
	{
		for (int i = 0; i < n; i++)
		{
			if (cuts[i] != CLT_RFM_NO_CUT && cuts[i] % 10 != 0)
				return;
		}
		for (int i = 0; i < n; i++)
		{
			if (cuts[i] != CLT_RFM_NO_CUT)
				cuts[i] /= 10;
		}
		set->scale[dimension]--;
	}
}

/*
 * Nested: a customer's frequency is compared with those of the same recency
 * class only, and the amount with those of the same two classes.
 */
static void
find_nested_cuts(const RfmPopulation *p, RfmCutSet *set)
{
	RfmPopulation part = *p;
	RfmScorer	scorer;
	uint8	   *r = MemoryContextAllocHuge(CurrentMemoryContext, Max(p->count, 1));
	uint8	   *rf = MemoryContextAllocHuge(CurrentMemoryContext, Max(p->count, 1));
	int			cuts = set->bins - 1;
	RfmValues	sorted;

	part.frequency = MemoryContextAllocHuge(CurrentMemoryContext, Max(p->count, 1) * sizeof(int64));
	if (p->money)
		part.money = MemoryContextAllocHuge(CurrentMemoryContext, Max(p->count, 1) * sizeof(int64));
	else
		part.money_wide = MemoryContextAllocHuge(CurrentMemoryContext, Max(p->count, 1) * sizeof(CltInt128));

	clt_rfm_scorer_init(&scorer, set);
	for (size_t i = 0; i < p->count; i++)
		r[i] = (uint8) (clt_rfm_class(p->recency[i], scorer.reach[CLT_R], set->bins, false) - 1);
	for (int group = 0; group < set->bins; group++)
	{
		CHECK_FOR_INTERRUPTS();
		part.count = 0;
		for (size_t i = 0; i < p->count; i++)
		{
			if (r[i] == group)
				part.frequency[part.count++] = p->frequency[i];
		}
		clt_rfm_sorted_column(part.frequency, part.count, &sorted);
		cut_dimension(&sorted, set, CLT_F, 0, set->cuts[CLT_F] + group * cuts);
		free_values(&sorted);
	}

	clt_rfm_scorer_init(&scorer, set);
	for (size_t i = 0; i < p->count; i++)
		rf[i] = (uint8) (r[i] * set->bins +
						 clt_rfm_class(p->frequency[i], scorer.reach[CLT_F] + r[i] * cuts, set->bins, false) - 1);
	for (int group = 0; group < set->bins * set->bins; group++)
	{
		CHECK_FOR_INTERRUPTS();
		part.count = 0;
		for (size_t i = 0; i < p->count; i++)
		{
			if (rf[i] != group)
				continue;
			if (p->money)
				part.money[part.count++] = p->money[i];
			else
				part.money_wide[part.count++] = p->money_wide[i];
		}
		clt_rfm_sorted_money(&part, &sorted);
		cut_dimension(&sorted, set, CLT_M, p->scale, set->cuts[CLT_M] + group * cuts);
		free_values(&sorted);
	}
}

/* Finds the cut points of a population under a rule; not for ntile, which has none. */
void
clt_rfm_find_cuts(const RfmPopulation *p, RfmRule rule, int bins, bool nested, RfmCutSet *set)
{
	int			places = clt_rfm_cut_places(rule);
	RfmValues	sorted;

	set->rule = rule;
	set->bins = bins;
	set->nested = nested;
	for (int d = 0; d < CLT_RFM_DIMENSIONS; d++)
	{
		int			n = clt_rfm_groups(set, d) * (bins - 1);

		set->scale[d] = (d == CLT_M ? p->scale : 0) + places;
		if (set->scale[d] > CLT_DECIMAL_MOST_PLACES)
			clt_rfm_raise(CLT_RFM_SUM_RANGE);
		set->cuts[d] = palloc(n * sizeof(CltInt128));
		for (int i = 0; i < n; i++)
			set->cuts[d][i] = CLT_RFM_NO_CUT;
	}

	clt_rfm_sorted_column(p->recency, p->count, &sorted);
	cut_dimension(&sorted, set, CLT_R, 0, set->cuts[CLT_R]);
	free_values(&sorted);
	if (nested)
		find_nested_cuts(p, set);
	else
	{
		clt_rfm_sorted_column(p->frequency, p->count, &sorted);
		cut_dimension(&sorted, set, CLT_F, 0, set->cuts[CLT_F]);
		free_values(&sorted);
		clt_rfm_sorted_money(p, &sorted);
		cut_dimension(&sorted, set, CLT_M, p->scale, set->cuts[CLT_M]);
		free_values(&sorted);
	}
	for (int d = 0; d < CLT_RFM_DIMENSIONS; d++)
		trim_scale(set, d, d == CLT_M ? p->scale : 0);
}

/* ---- scoring ----------------------------------------------------------- */

/*
 * What a value of the given scale must reach to be above a cut point: the cut
 * point rounded up, or for a strict rule the next value after it.
 */
static void
make_reach(RfmScorer *scorer, int dimension, int scale)
{
	RfmCutSet  *set = &scorer->set;
	bool		strict = clt_rfm_cut_is_strict(set->rule, dimension == CLT_R);
	int			n = clt_rfm_groups(set, dimension) * (set->bins - 1);

	for (int i = 0; i < n; i++)
	{
		CltInt128	cut = set->cuts[dimension][i];

		if (cut != CLT_RFM_NO_CUT)
		{
			cut = clt_decimal_rescale(cut, set->scale[dimension], scale, !strict);
			if (strict && cut != CLT_INT128_MAX)
				cut++;
		}
		scorer->reach[dimension][i] = cut;
	}
}

/* Makes a cut set ready for scoring; the set must live as long. */
void
clt_rfm_scorer_init(RfmScorer *scorer, const RfmCutSet *set)
{
	scorer->set = *set;
	for (int d = 0; d < CLT_RFM_DIMENSIONS; d++)
		scorer->reach[d] = palloc(clt_rfm_groups(set, d) * (set->bins - 1) * sizeof(CltInt128));
	make_reach(scorer, CLT_R, 0);
	make_reach(scorer, CLT_F, 0);
	scorer->money_scale = -1;
}

/* The scale of the money that will be scored next. */
void
clt_rfm_scorer_set_scale(RfmScorer *scorer, int money_scale)
{
	if (scorer->money_scale == money_scale)
		return;
	make_reach(scorer, CLT_M, money_scale);
	scorer->money_scale = money_scale;
}

/* ---- ntile ------------------------------------------------------------- */

/* Classes by position within each group; rows come in the order that breaks ties. */
static void
ntile_dimension(RfmPlaced *rows, RfmPlaced *scratch, size_t n, int bins, uint8 *class)
{
	clt_rfm_sort_placed(rows, scratch, n);
	for (size_t i = 0; i < n; i++)
		class[rows[i].row] = (uint8) clt_rfm_ntile(i, n, bins);
	CHECK_FOR_INTERRUPTS();
}

/*
 * Scores of all rows of a population under ntile, in the order in which they
 * were added.  Of equal values the one that comes first in tiebreak (row
 * numbers; NULL: as added) gets the lower class.
 */
RfmScore *
clt_rfm_score_ntile(const RfmPopulation *p, int bins, bool nested, const size_t *tiebreak)
{
	size_t		n = p->count;
	RfmPlaced  *rows = MemoryContextAllocHuge(CurrentMemoryContext, Max(n, 1) * sizeof(RfmPlaced));
	RfmPlaced  *scratch = MemoryContextAllocHuge(CurrentMemoryContext, Max(n, 1) * sizeof(RfmPlaced));
	RfmScore   *scores = MemoryContextAllocHuge(CurrentMemoryContext, Max(n, 1) * sizeof(RfmScore));
	uint8	   *class[CLT_RFM_DIMENSIONS];

	for (int d = 0; d < CLT_RFM_DIMENSIONS; d++)
	{
		int			groups = !nested || d == CLT_R ? 1 : d == CLT_F ? bins : bins * bins;

		class[d] = MemoryContextAllocHuge(CurrentMemoryContext, Max(n, 1));
		for (int group = 0; group < groups; group++)
		{
			size_t		members = 0;

			for (size_t i = 0; i < n; i++)
			{
				size_t		row = tiebreak ? tiebreak[i] : i;

				if (groups > 1 && group != (d == CLT_F ? class[CLT_R][row] - 1 :
											(class[CLT_R][row] - 1) * bins + class[CLT_F][row] - 1))
					continue;
				rows[members].row = row;
				rows[members++].value = d == CLT_R ? p->recency[row] :
					d == CLT_F ? p->frequency[row] :
					p->money ? p->money[row] : p->money_wide[row];
			}
			ntile_dimension(rows, scratch, members, bins, class[d]);
		}
	}
	for (size_t i = 0; i < n; i++)
		scores[i] = CLT_RFM_SCORE(class[CLT_R][i], class[CLT_F][i], class[CLT_M][i]);
	pfree(rows);
	pfree(scratch);
	for (int d = 0; d < CLT_RFM_DIMENSIONS; d++)
		pfree(class[d]);
	return scores;
}
