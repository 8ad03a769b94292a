/*
 * cluster.c
 *		From weighed pairs to persons.
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/memutils.h"

#include "core/clientele.h"
#include "linkage/crew.h"
#include "linkage/engine.h"
#include "linkage/large.h"
#include "linkage/progress.h"

typedef struct Hearing
{
	LinkJob    *job;
	double		threshold;
	CltFsHearing said;
} Hearing;

/* hear compares two records that no rule may have brought together. */
static void
hear(void *arg, uint32_t a, uint32_t b, bool first, double times)
{
	Hearing    *hearing = (Hearing *) arg;
	LinkPair	pair;

	if (first)
	{
		memset(&hearing->said, 0, sizeof(hearing->said));
		CHECK_FOR_INTERRUPTS();
	}
	pair.l = Min(a, b);
	pair.r = Max(a, b);
	clt_link_compare(hearing->job, &pair);
	clt_fs_hear(&hearing->job->score, &hearing->said, pair.gamma, pair.tf_u / CLT_FS_TF_UNIT, pair.tf_h / CLT_FS_TF_UNIT, times);
}

static bool
verdict(void *arg)
{
	Hearing    *hearing = (Hearing *) arg;

	return clt_fs_verdict(&hearing->job->score, &hearing->said) >= hearing->threshold;
}

/* clt_link_join_edges joins the ends of edges, given strongest first, those equally strong together. */
void
clt_link_join_edges(LinkJob *job, CltClusters *clusters, const CltEdge *edges, int64 n)
{
	int64		most = 1;
	CltTie	   *ties;
	CltTied    *tied;
	int64		from;
	int64		to;

	for (from = 0; from < n; from = to)
	{
		for (to = from + 1; to < n && edges[to].weight == edges[from].weight; to++)
			;
		most = Max(most, to - from);
	}
	ties = clt_link_large(job->context, most * sizeof(CltTie));
	tied = clt_link_large(job->context, most * 2 * sizeof(CltTied));
	for (from = 0; from < n; from = to)
	{
		for (to = from + 1; to < n && edges[to].weight == edges[from].weight; to++)
			;
		CHECK_FOR_INTERRUPTS();
		clt_clusters_join_equal(clusters, edges + from, to - from, ties, tied);
	}
	pfree(ties);
	pfree(tied);
}

static uint32 *
zeros(LinkJob *job, uint32 n)
{
	return MemoryContextAllocExtended(job->context, Max((Size) n, 1) * sizeof(uint32), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
}

/* set_groups tells of which records a person has one at most: those of a table, or of a value of a column. */
static void
set_groups(LinkJob *job, CltClusters *persons)
{
	const CltColumn *col = job->one_per ? &job->field[job->one_per - 1].col : NULL;
	uint32	   *group;
	uint32		i;

	if (!job->one_to_one && !job->one_per)
		return;
	group = clt_link_large(job->context, Max(job->n, 1) * sizeof(uint32));
	for (i = 0; i < job->n; i++)
		group[i] = job->one_to_one ? (uint32) clt_link_source_of(job, i) + 1 : CLT_CODE(col, i);
	persons->group = group;
	persons->holder = zeros(job, job->one_to_one ? (uint32) job->nsources + 1 : col->nvalues);
}

/*
 * let_one_speak has one record speak for those that are the same, if all members of
 * clusters are heard: ten thousand of one record would be heard fifty million times.
 */
static void
let_one_speak(LinkJob *job, CltClusters *clusters)
{
	uint32	   *alike;
	uint32		i;

	if (!clusters->hear_all || !job->copy)
		return;
	alike = clt_link_large(job->context, (Size) job->n * sizeof(uint32));
	for (i = 0; i < job->n; i++)
		alike[i] = clt_link_original(job, i);
	clusters->alike = alike;
	clusters->voice = clt_link_large(job->context, (Size) job->n * sizeof(uint32));
	clusters->times = clt_link_large(job->context, (Size) job->n * sizeof(uint32));
	clusters->speaker = zeros(job, job->n);
}

/*
 * clt_link_join joins the records of a job to persons, given its edges strongest first
 * and what was decided about the records.  Whoever has the records that edges connect
 * and no others gets the same persons of them as who has all.
 */
void
clt_link_join(LinkJob *job, const LinkDecided *decided, int64 ndecided)
{
	MemoryContext old = MemoryContextSwitchTo(job->context);
	double		threshold = log2(job->threshold / (1.0 - job->threshold));
	CltClusters clusters;
	CltClusters *persons;
	Hearing		hearing;
	int64		n;

	memset(&hearing, 0, sizeof(hearing));
	hearing.job = job;
	hearing.threshold = threshold;
	memset(&clusters, 0, sizeof(clusters));
	clusters.n = job->n;
	clusters.parent = clt_link_large(job->context, Max(job->n, 1) * sizeof(uint32));
	clusters.next = clt_link_large(job->context, Max(job->n, 1) * sizeof(uint32));
	clusters.size = clt_link_large(job->context, Max(job->n, 1) * sizeof(uint32));
	clusters.hear = hear;
	clusters.verdict = verdict;
	clusters.arg = &hearing;
	clusters.hear_all = clt_fs_vetoes(&job->score);
	let_one_speak(job, &clusters);
	clt_clusters_init(&clusters);
	clt_link_decide(job, &clusters, decided, ndecided);
	persons = clt_clusters_persons(&clusters);
	set_groups(job, persons);
	persons->max_size = job->largest_person;
	if (persons->group || persons->max_size > 0)
		persons->mark = zeros(job, job->n);
	if (job->one_to_one)
		clt_link_assign(job, &clusters, threshold);
	else
	{
		for (n = 0; n < job->nedges && job->edges[n].weight >= threshold; n++)
			;
		clt_link_join_edges(job, &clusters, job->edges, n);
	}
	job->label = clt_link_large(job->context, Max(job->n, 1) * sizeof(uint32));
	clt_clusters_labels(&clusters, job->label);
	job->refused = clusters.refused;
	MemoryContextSwitchTo(old);
}

/*
 * clt_link_cluster weighs all pairs and keeps the likely ones.  It joins records to
 * persons if something was decided about them; else that is done while pairs are
 * written (meanwhile.c).
 */
void
clt_link_cluster(LinkJob *job)
{
	LinkDecided *decided;
	int64		ndecided;

	clt_link_progress_phase(job, LINK_PHASE_JOINING);
	clt_link_forget_runs(job);
	clt_link_keep_pairs(job, LINK_KEEP_WEIGHT);
	clt_link_crew_dismiss(job);
	decided = clt_link_decisions(job, &ndecided);
	if (ndecided > 0 || job->one_to_one)
		clt_link_join(job, decided, ndecided);
	pfree(decided);
}

/* clt_link_join_again joins the records anew, as decisions stand now. */
void
clt_link_join_again(LinkJob *job)
{
	CltEdge    *scratch = clt_link_large(job->context, Max(job->nedges, 1) * sizeof(CltEdge));
	LinkDecided *decided;
	int64		ndecided;

	clt_link_progress_phase(job, LINK_PHASE_JOINING);
	/* they were written in the order of their keys */
	clt_edges_sort(job->edges, scratch, job->nedges, true);
	pfree(scratch);
	decided = clt_link_decisions(job, &ndecided);
	clt_link_join(job, decided, ndecided);
	pfree(decided);
}
