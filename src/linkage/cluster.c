/*
 * cluster.c
 *		From weighed pairs to persons.
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/memutils.h"

#include "core/clientele.h"
#include "linkage/engine.h"
#include "linkage/progress.h"

typedef struct Hearing
{
	LinkJob    *job;
	double		threshold;
	CltFsHearing said;
} Hearing;

/* hear compares two records that no rule may have brought together. */
static void
hear(void *arg, uint32_t a, uint32_t b, bool first)
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
	clt_fs_hear(&hearing->job->score, &hearing->said, pair.gamma, pair.tf_u / CLT_FS_TF_UNIT, pair.tf_h / CLT_FS_TF_UNIT);
}

static bool
verdict(void *arg)
{
	Hearing    *hearing = (Hearing *) arg;

	return clt_fs_verdict(&hearing->job->score, &hearing->said) >= hearing->threshold;
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
	Hearing		hearing;
	int64		i;

	memset(&hearing, 0, sizeof(hearing));
	hearing.job = job;
	hearing.threshold = threshold;
	memset(&clusters, 0, sizeof(clusters));
	clusters.n = job->n;
	clusters.parent = MemoryContextAllocHuge(job->context, Max(job->n, 1) * sizeof(uint32));
	clusters.next = MemoryContextAllocHuge(job->context, Max(job->n, 1) * sizeof(uint32));
	clusters.size = MemoryContextAllocHuge(job->context, Max(job->n, 1) * sizeof(uint32));
	clusters.hear = hear;
	clusters.verdict = verdict;
	clusters.arg = &hearing;
	clusters.hear_all = clt_fs_vetoes(&job->score);
	clt_clusters_init(&clusters);
	clt_link_decide(job, &clusters, decided, ndecided);
	if (job->one_to_one)
		clt_link_assign(job, &clusters, threshold);
	for (i = 0; !job->one_to_one && i < job->nedges && job->edges[i].weight >= threshold; i++)
	{
		if ((i & 1023) == 0)
			CHECK_FOR_INTERRUPTS();
		clt_clusters_join(&clusters, &job->edges[i]);
	}
	job->label = MemoryContextAllocHuge(job->context, Max(job->n, 1) * sizeof(uint32));
	clt_clusters_labels(&clusters, job->label);
	job->refused = clusters.refused;
	MemoryContextSwitchTo(old);
}

/* clt_link_cluster weighs all pairs, keeps the likely ones and joins records to persons. */
void
clt_link_cluster(LinkJob *job)
{
	LinkDecided *decided;
	int64		ndecided;

	clt_link_progress_phase(job, LINK_PHASE_JOINING);
	clt_link_keep_pairs(job, LINK_KEEP_WEIGHT);
	decided = clt_link_decisions(job, &ndecided);
	clt_link_join(job, decided, ndecided);
	clt_link_forget_sketches(job);
	pfree(decided);
}
