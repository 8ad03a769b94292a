/*-------------------------------------------------------------------------
 *
 * window.c
 *	  rfm_score(rfm_summary, as_of, bins, rule, nested) OVER (PARTITION BY ...):
 *	  every customer scored against the others of the same partition.
 *
 * The whole partition is read and scored at its first row.  The window's
 * ORDER BY plays no part but to break ties under ntile.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "core/clientele.h"
#include "miscadmin.h"
#include "rfm/rfm.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "windowapi.h"

/* Lives as long as the partition. */
typedef struct WindowScores
{
	RfmScore   *score;			/* by position; 0: none */
} WindowScores;

static Datum
constant_argument(WindowObject window, int argno, const char *name)
{
	bool		isnull;
	Datum		value = WinGetFuncArgCurrent(window, argno, &isnull);

	if (isnull)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" must not be null", name)));
	return value;
}

static RfmScore *
score_partition(WindowObject window, MemoryContext partition)
{
	int64		rows = WinGetPartitionRowCount(window);
	RfmScore   *result = MemoryContextAllocHuge(partition, Max(rows, 1) * sizeof(RfmScore));
	MemoryContext work = AllocSetContextCreate(partition, "rfm_score partition", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(work);
	RfmPopulation *p = clt_rfm_population_create(work, rows);
	int			bins = DatumGetInt32(constant_argument(window, 2, "bins"));
	RfmRule		rule = clt_rfm_rule_from_text(DatumGetTextPP(constant_argument(window, 3, "rule")));
	bool		nested = DatumGetBool(constant_argument(window, 4, "nested"));
	RfmAsOf		as_of;
	size_t		member = 0;

	clt_rfm_check_bins(bins);
	clt_rfm_set_as_of(&as_of, DatumGetTimestampTz(constant_argument(window, 1, "as_of")));
	for (int64 i = 0; i < rows; i++)
	{
		bool		isnull,
					isout;
		Datum		value = WinGetFuncArgInPartition(window, 0, (int) i, WINDOW_SEEK_HEAD, false, &isnull, &isout);
		const RfmSummary *s = (const RfmSummary *) DatumGetPointer(value);

		CHECK_FOR_INTERRUPTS();
		result[i] = 0;
		if (isnull || s->orders == 0)
			continue;
		clt_rfm_population_add(p, -clt_rfm_days_since(s, &as_of), s->orders,
							   clt_rfm_summary_net(s), s->scale);
		result[i] = 1;			/* to be scored */
	}
	if (p->count > 0 && rule == CLT_RFM_RULE_NTILE)
	{
		RfmScore   *scores = clt_rfm_score_ntile(p, bins, nested, NULL);

		for (int64 i = 0; i < rows; i++)
		{
			if (result[i])
				result[i] = scores[member++];
		}
	}
	else if (p->count > 0)
	{
		RfmCutSet	set;
		RfmScorer	scorer;

		clt_rfm_find_cuts(p, rule, bins, nested, &set);
		clt_rfm_scorer_init(&scorer, &set);
		clt_rfm_scorer_set_scale(&scorer, p->scale);
		for (int64 i = 0; i < rows; i++)
		{
			if (!result[i])
				continue;
			result[i] = clt_rfm_scorer_score(&scorer, p->recency[member], p->frequency[member],
											 p->money ? p->money[member] : p->money_wide[member]);
			member++;
		}
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(work);
	return result;
}

CLT_FUNCTION_INFO_V1(clt_rfm_score_window);
Datum
clt_rfm_score_window(PG_FUNCTION_ARGS)
{
	WindowObject window = PG_WINDOW_OBJECT();
	WindowScores *state;
	RfmScore	score;

	if (!WindowObjectIsValid(window))
		ereport(ERROR,
				(errcode(ERRCODE_WINDOWING_ERROR),
				 errmsg("rfm_score over a population must be called as a window function"),
				 errhint("Write rfm_score(summary, as_of, bins) OVER ().")));
	state = WinGetPartitionLocalMemory(window, sizeof(WindowScores));
	if (state->score == NULL)
		state->score = score_partition(window, GetMemoryChunkContext(state));
	score = state->score[WinGetCurrentPosition(window)];
	if (score == 0)
		PG_RETURN_NULL();
	PG_RETURN_RFM_SCORE(score);
}
