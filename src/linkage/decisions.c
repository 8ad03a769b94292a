/*
 * decisions.c
 *		What people have decided about a model's records, brought to the clustering.
 *
 * Stewards say of two records that they are one person or that they are not
 * (src/steward).  Their word stands above the weights: the ones are joined
 * before any edge is looked at, the others never meet in a cluster.  Of records
 * that are gone nothing is said.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "core/clientele.h"
#include "linkage/engine.h"
#include "linkage/large.h"

/* ordinal finds the record of a key that is written as text; n if there is none. */
static uint32
ordinal(LinkJob *job, SortSupport ssup, HeapTuple tuple, TupleDesc desc, int column, Oid source)
{
	char	   *text = SPI_getvalue(tuple, desc, column);
	Oid			input;
	Oid			ioparam;

	int			of = clt_link_find_source(job, source);

	if (text == NULL || of < 0)
		return job->n;
	getTypeInputInfo(job->key_type, &input, &ioparam);
	return clt_link_find_key(job, ssup, of, OidInputFunctionCall(input, text, ioparam, -1));
}

/* clt_link_see_decisions tells how many decisions there are of the job's model, those taken back and their taking back too, and the last. */
LinkDecisionsSeen
clt_link_see_decisions(LinkJob *job)
{
	Oid			types[1] = {TEXTOID};
	Datum		values[1] = {CStringGetTextDatum(job->model)};
	LinkDecisionsSeen seen;
	bool		isnull;

	if (SPI_execute_with_args("SELECT count(*), coalesce(max(decision), 0) FROM clientele.linkage_decision WHERE owner = current_user AND model = $1",
							  1, types, values, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not count decisions");
	seen.n = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	seen.last = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2, &isnull));
	SPI_freetuptable(SPI_tuptable);
	return seen;
}

/* clt_link_decisions returns the decisions in force about records that are there. */
LinkDecided *
clt_link_decisions(LinkJob *job, int64 *n)
{
	Oid			types[1] = {TEXTOID};
	Datum		values[1] = {CStringGetTextDatum(job->model)};
	MemoryContext scratch = AllocSetContextCreate(job->context, "clientele decisions", ALLOCSET_DEFAULT_SIZES);
	SortSupportData ssup;
	LinkDecided *decided;
	uint64		i;

	/* before they are read: what comes in between is seen as new */
	job->decisions_seen = clt_link_see_decisions(job);
	if (SPI_execute_with_args("SELECT d.left_key, d.right_key, d.kind = 'same', d.left_source, d.right_source FROM clientele.linkage_decision d "
							  "WHERE d.owner = current_user AND d.model = $1 AND d.kind IN ('same', 'different') "
							  "AND NOT EXISTS (SELECT FROM clientele.linkage_decision u WHERE u.undoes = d.decision "
							  "AND u.owner = d.owner AND u.model = d.model) ORDER BY d.decision, d.line",
							  1, types, values, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read decisions");
	decided = clt_link_large(job->context, Max(SPI_processed, 1) * sizeof(LinkDecided));
	clt_link_key_order(job, &ssup);
	*n = 0;
	for (i = 0; i < SPI_processed; i++)
	{
		MemoryContext old = MemoryContextSwitchTo(scratch);
		HeapTuple	tuple = SPI_tuptable->vals[i];
		TupleDesc	desc = SPI_tuptable->tupdesc;
		LinkDecided *d = &decided[*n];
		bool		isnull;

		d->l = ordinal(job, &ssup, tuple, desc, 1, DatumGetObjectId(SPI_getbinval(tuple, desc, 4, &isnull)));
		d->r = ordinal(job, &ssup, tuple, desc, 2, DatumGetObjectId(SPI_getbinval(tuple, desc, 5, &isnull)));
		d->same = DatumGetBool(SPI_getbinval(tuple, desc, 3, &isnull));
		if (d->l != job->n && d->r != job->n && d->l != d->r)
			(*n)++;
		MemoryContextSwitchTo(old);
		if ((i & 1023) == 0)
		{
			MemoryContextReset(scratch);
			CHECK_FOR_INTERRUPTS();
		}
	}
	SPI_freetuptable(SPI_tuptable);
	MemoryContextDelete(scratch);
	return decided;
}

/* list_apart writes down with whom each record must not meet. */
static void
list_apart(LinkJob *job, CltClusters *clusters, const LinkDecided *decided, int64 n)
{
	uint32	   *from = MemoryContextAllocExtended(job->context, ((Size) job->n + 2) * sizeof(uint32),
												  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	uint32	   *with;
	uint32		total = 0;
	uint32		r;
	int64		i;

	for (i = 0; i < n; i++)
		if (!decided[i].same)
		{
			from[decided[i].l + 2]++;
			from[decided[i].r + 2]++;
			total += 2;
		}
	if (total == 0)
		return;
	with = clt_link_large(job->context, (Size) total * sizeof(uint32));
	for (r = 2; r <= job->n + 1; r++)
		from[r] += from[r - 1];

	/*
	 * from[r + 1] is where record r's list goes on; at the end it is where it
	 * ends
	 */
	for (i = 0; i < n; i++)
		if (!decided[i].same)
		{
			with[from[decided[i].l + 1]++] = decided[i].r;
			with[from[decided[i].r + 1]++] = decided[i].l;
		}
	clusters->apart_from = from;
	clusters->apart = with;
}

/*
 * clt_link_decide joins what was decided to be one person and keeps apart what
 * was decided not to be.  Two records that a person made one need not look alike,
 * so the evidence builds clusters of its own, heard as ever, and what was decided
 * holds these together.  Where decisions contradict each other, which the
 * functions that take them do not let happen, the joins win.
 */
void
clt_link_decide(LinkJob *job, CltClusters *clusters, const LinkDecided *decided, int64 n)
{
	CltClusters *whole;
	int64		i;
	int64		contrary = 0;

	if (n == 0)
		return;
	whole = palloc0(sizeof(CltClusters));
	whole->n = job->n;
	whole->parent = clt_link_large(job->context, job->n * sizeof(uint32));
	whole->next = clt_link_large(job->context, job->n * sizeof(uint32));
	whole->size = clt_link_large(job->context, job->n * sizeof(uint32));
	clt_clusters_init(whole);
	clusters->whole = whole;
	for (i = 0; i < n; i++)
		if (decided[i].same)
			clt_clusters_force(whole, decided[i].l, decided[i].r);
	list_apart(job, whole, decided, n);
	for (i = 0; i < n; i++)
		if (!decided[i].same &&
			clt_uf_find(whole->parent, decided[i].l) == clt_uf_find(whole->parent, decided[i].r))
			contrary++;
	if (contrary > 0)
		clt_link_warn(job, "contrary_decisions", NULL, 0,
					  psprintf("%lld pairs were decided to be different people and one person at once: they are one",
							   (long long) contrary));
}
