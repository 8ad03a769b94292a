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

/* Pairs whose weight is below this are forgotten: about one chance in 250. */
#define KEEP_WEIGHT (-8.0)
#define CLUSTER_CLAMP 8.0f

/* weight_of_records scores two records that no rule may have brought together. */
static float
weight_of_records(void *arg, uint32 a, uint32 b)
{
	LinkJob    *job = (LinkJob *) arg;
	LinkPair	pair;

	pair.l = Min(a, b);
	pair.r = Max(a, b);
	clt_link_compare(job, &pair);
	return (float) clt_link_pair_weight(job, &pair);
}

/* clt_link_cluster weighs all pairs, keeps the likely ones and joins records to persons. */
void
clt_link_cluster(LinkJob *job)
{
	MemoryContext old = MemoryContextSwitchTo(job->context);
	double		threshold = log2(job->threshold / (1.0 - job->threshold));
	CltClusters clusters;
	int64		kept = 0;
	int64		i;

	for (i = 0; i < job->npairs; i++)
		if (clt_link_pair_weight(job, &job->pairs[i]) >= KEEP_WEIGHT)
			kept++;
	job->edges = MemoryContextAllocHuge(job->context, Max(kept, 1) * sizeof(CltEdge));
	job->nedges = 0;
	for (i = 0; i < job->npairs; i++)
	{
		double		w = clt_link_pair_weight(job, &job->pairs[i]);

		if (w < KEEP_WEIGHT)
			continue;
		job->edges[job->nedges].l = job->pairs[i].l;
		job->edges[job->nedges].r = job->pairs[i].r;
		job->edges[job->nedges].weight = (float) w;
		job->edges[job->nedges].ref = (uint32) i;
		job->nedges++;
	}
	qsort(job->edges, job->nedges, sizeof(CltEdge), clt_edge_compare);
	CHECK_FOR_INTERRUPTS();

	memset(&clusters, 0, sizeof(clusters));
	clusters.n = job->n;
	clusters.parent = MemoryContextAllocHuge(job->context, Max(job->n, 1) * sizeof(uint32));
	clusters.next = MemoryContextAllocHuge(job->context, Max(job->n, 1) * sizeof(uint32));
	clusters.size = MemoryContextAllocHuge(job->context, Max(job->n, 1) * sizeof(uint32));
	clusters.clamp = CLUSTER_CLAMP;
	clusters.score = weight_of_records;
	clusters.arg = job;
	clt_clusters_init(&clusters);
	for (i = 0; i < job->nedges && job->edges[i].weight >= threshold; i++)
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
