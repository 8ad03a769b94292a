/*-------------------------------------------------------------------------
 *
 * segment.c
 *	  Segments by score.  The schemes are rows of clientele.rfm_scheme and
 *	  clientele.rfm_scheme_rule, so that a firm can have its own.
 *
 * Of the rules that cover a score the one with the lowest position wins.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "core/clientele.h"
#include "executor/spi.h"
#include "rfm/rfm.h"
#include "storage/proc.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#define RULE_BOUNDS (2 * CLT_RFM_DIMENSIONS)

static int
score_index(int r, int f, int m)
{
	return ((r - 1) * CLT_RFM_MAX_BINS + (f - 1)) * CLT_RFM_MAX_BINS + m - 1;
}

/* Gives the rule's box to segment number n, except for scores that have one. */
static void
fill_box(RfmScheme *scheme, const int *bound, int n)
{
	for (int r = bound[0]; r <= bound[1]; r++)
	{
		for (int f = bound[2]; f <= bound[3]; f++)
		{
			for (int m = bound[4]; m <= bound[5]; m++)
			{
				int16	   *of = &scheme->of_score[score_index(r, f, m)];

				if (*of < 0)
					*of = (int16) n;
			}
		}
	}
}

static int
find_segment(RfmScheme *scheme, const text *name, MemoryContext context)
{
	for (int i = 0; i < scheme->count; i++)
	{
		if (VARSIZE(scheme->segment[i]) == VARSIZE(name) &&
			memcmp(scheme->segment[i], name, VARSIZE(name)) == 0)
			return i;
	}
	scheme->segment[scheme->count] = MemoryContextAlloc(context, VARSIZE(name));
	memcpy(scheme->segment[scheme->count], name, VARSIZE(name));
	return scheme->count++;
}

static void
read_rules(RfmScheme *scheme, MemoryContext context)
{
	uint64		rows = SPI_processed;
	TupleDesc	desc = SPI_tuptable->tupdesc;

	scheme->segment = MemoryContextAlloc(context, Max(rows, 1) * sizeof(text *));
	for (uint64 i = 0; i < rows; i++)
	{
		HeapTuple	row = SPI_tuptable->vals[i];
		int			bound[RULE_BOUNDS];
		bool		isnull;
		text	   *name = DatumGetTextP(SPI_getbinval(row, desc, 1, &isnull));

		for (int b = 0; b < RULE_BOUNDS; b++)
		{
			bound[b] = DatumGetInt32(SPI_getbinval(row, desc, b + 2, &isnull));
			/* the table's constraints say so too */
			if (bound[b] < 1 || bound[b] > CLT_RFM_MAX_BINS)
				elog(ERROR, "class %d in a rule is not between 1 and %d", bound[b], CLT_RFM_MAX_BINS);
		}
		fill_box(scheme, bound, find_segment(scheme, name, context));
	}
}

/* Reads a scheme into the current memory context. */
RfmScheme *
clt_rfm_load_scheme(const char *name)
{
	MemoryContext context = CurrentMemoryContext;
	RfmScheme  *scheme = palloc0(sizeof(RfmScheme));
	Oid			types[1] = {TEXTOID};
	Datum		args[1];
	bool		isnull;

	args[0] = CStringGetTextDatum(name);
	memset(scheme->of_score, -1, sizeof(scheme->of_score));
	SPI_connect();
	if (SPI_execute_with_args("SELECT s.bins FROM clientele.rfm_scheme s "
							  "WHERE s.scheme OPERATOR(pg_catalog.=) $1",
							  1, types, args, NULL, true, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not read clientele.rfm_scheme");
	if (SPI_processed == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("there is no RFM scheme \"%s\"", name),
				 errhint("Schemes are listed in clientele.rfm_scheme.")));
	scheme->bins = DatumGetInt32(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	if (SPI_execute_with_args("SELECT r.segment, r.r_min, r.r_max, r.f_min, r.f_max, r.m_min, r.m_max "
							  "FROM clientele.rfm_scheme_rule r "
							  "WHERE r.scheme OPERATOR(pg_catalog.=) $1 ORDER BY r.position",
							  1, types, args, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read clientele.rfm_scheme_rule");
	read_rules(scheme, context);
	SPI_finish();
	return scheme;
}

/* The number of a score's segment, or -1. */
int
clt_rfm_segment_of(const RfmScheme *scheme, RfmScore score)
{
	int			r = CLT_RFM_SCORE_R(score);
	int			f = CLT_RFM_SCORE_F(score);
	int			m = CLT_RFM_SCORE_M(score);

	if (r > scheme->bins || f > scheme->bins || m > scheme->bins)
	{
		char		buf[CLT_RFM_SCORE_BUFSIZE];

		clt_rfm_score_print(buf, score);
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("score %s does not belong to a scheme of %d classes", buf, scheme->bins),
				 errhint("Name a scheme for as many classes as the scores have.")));
	}
	return scheme->of_score[score_index(r, f, m)];
}

/* ---- rfm_segment ------------------------------------------------------- */

/* A scheme as one snapshot sees it. */
typedef struct SegmentCache
{
	MemoryContext context;
	RfmScheme  *scheme;
	char	   *name;
	TransactionId xmin;
	TransactionId xmax;
	CommandId	curcid;
	uint64		completed;
	LocalTransactionId lxid;
} SegmentCache;

/* Would reading the tables again with this snapshot show the same? */
static bool
cache_is_current(const SegmentCache *cache, const text *name)
{
	Snapshot	snapshot = GetActiveSnapshot();
	size_t		len = VARSIZE_ANY_EXHDR(name);

	return cache->scheme != NULL && strlen(cache->name) == len &&
		memcmp(cache->name, VARDATA_ANY(name), len) == 0 &&
		cache->lxid == clt_my_lxid() &&
		cache->xmin == snapshot->xmin && cache->xmax == snapshot->xmax &&
		cache->curcid == snapshot->curcid &&
		cache->completed == snapshot->snapXactCompletionCount;
}

static void
fill_cache(SegmentCache *cache, const text *name)
{
	Snapshot	snapshot = GetActiveSnapshot();
	MemoryContext old;

	cache->scheme = NULL;
	MemoryContextReset(cache->context);
	old = MemoryContextSwitchTo(cache->context);
	cache->name = text_to_cstring(name);
	cache->xmin = snapshot->xmin;
	cache->xmax = snapshot->xmax;
	cache->curcid = snapshot->curcid;
	cache->completed = snapshot->snapXactCompletionCount;
	cache->lxid = clt_my_lxid();
	cache->scheme = clt_rfm_load_scheme(cache->name);
	MemoryContextSwitchTo(old);
}

CLT_FUNCTION_INFO_V1(clt_rfm_segment);
Datum
clt_rfm_segment(PG_FUNCTION_ARGS)
{
	RfmScore	score = PG_GETARG_RFM_SCORE(0);
	text	   *name = PG_GETARG_TEXT_PP(1);
	SegmentCache *cache = fcinfo->flinfo->fn_extra;
	text	   *segment;
	int			n;

	if (cache == NULL)
	{
		cache = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(SegmentCache));
		cache->context = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt, "rfm_segment", ALLOCSET_SMALL_SIZES);
		fcinfo->flinfo->fn_extra = cache;
	}
	if (!cache_is_current(cache, name))
		fill_cache(cache, name);
	n = clt_rfm_segment_of(cache->scheme, score);
	if (n < 0)
		PG_RETURN_NULL();

	/* a copy: the cache may be refilled while the caller holds the result */
	segment = palloc(VARSIZE(cache->scheme->segment[n]));
	memcpy(segment, cache->scheme->segment[n], VARSIZE(cache->scheme->segment[n]));
	PG_RETURN_TEXT_P(segment);
}
