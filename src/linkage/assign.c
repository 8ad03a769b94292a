/*
 * assign.c
 *		Persons of at most one record a table.
 *
 * For each two tables, of each group that edges above the threshold connect, the
 * assignment of greatest total weight is taken, and of that the links that are in
 * every such assignment (assignment.c).  With two tables these are the persons.
 * With more they are what persons are made of, as edges are (clusters.c, ties.c),
 * with the tables as the groups of which a person has one record.  So nothing
 * depends on the order of tables or records.
 *
 * What people have decided comes first: records that were made one stand as one in
 * the assignment, and links that were ruled out are not there.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "core/clientele.h"
#include "linkage/assignment.h"
#include "linkage/engine.h"
#include "linkage/large.h"

/* A link at the threshold gains this much over none. */
#define LEAST_GAIN 1e-6

/* A link between two records or what stands for them, the tables it is of and the group it is in. */
typedef struct GroupLink
{
	int			pair;			/* of tables */
	uint32		group;
	uint32		l;
	uint32		r;
	double		gain;
	const CltEdge *edge;
} GroupLink;

typedef struct Assigner
{
	LinkJob    *job;
	CltClusters *persons;		/* the clusters, or what holds them together */
	CltEdge    *taken;			/* links of the best assignments */
	int64		ntaken;
} Assigner;

static int
compare_links(const void *a, const void *b)
{
	const GroupLink *x = (const GroupLink *) a;
	const GroupLink *y = (const GroupLink *) b;

	if (x->pair != y->pair)
		return x->pair < y->pair ? -1 : 1;
	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	if (x->l != y->l)
		return x->l < y->l ? -1 : 1;
	if (x->r != y->r)
		return x->r < y->r ? -1 : 1;
	if (x->gain != y->gain)
		return x->gain > y->gain ? -1 : 1;
	return x->edge < y->edge ? -1 : x->edge > y->edge;
}

static int
compare_uint32(const void *a, const void *b)
{
	uint32		x = *(const uint32 *) a;
	uint32		y = *(const uint32 *) b;

	return x < y ? -1 : x > y;
}

/* list_links lists the links that are open, group by group of each two tables. */
static GroupLink *
list_links(Assigner *as, double threshold, int64 *n)
{
	LinkJob    *job = as->job;
	uint32	   *group = clt_link_large(job->context, Max(job->n, 1) * sizeof(uint32));
	GroupLink  *links;
	int64		i;
	int64		k;
	int64		from;
	int64		to;

	for (k = 0; k < job->nedges && job->edges[k].weight >= threshold; k++)
		;
	links = clt_link_large(job->context, Max(k, 1) * sizeof(GroupLink));
	*n = 0;
	for (i = 0; i < k; i++)
	{
		const CltEdge *edge = &job->edges[i];
		GroupLink  *link = &links[*n];

		if ((i & 1023) == 0)
			CHECK_FOR_INTERRUPTS();
		link->l = clt_uf_find(as->persons->parent, edge->l);
		link->r = clt_uf_find(as->persons->parent, edge->r);

		/*
		 * a person that has a record of the other's table already needs
		 * nobody
		 */
		if (link->l == link->r || clt_clusters_apart(as->persons, link->l, link->r))
			continue;
		link->pair = clt_link_source_of(job, edge->l) * LINK_MAX_SOURCES + clt_link_source_of(job, edge->r);
		link->group = 0;
		link->gain = edge->weight - threshold + LEAST_GAIN;
		link->edge = edge;
		(*n)++;
	}
	qsort(links, *n, sizeof(GroupLink), compare_links);
	for (from = 0; from < *n; from = to)
	{
		clt_uf_init(group, job->n);
		for (to = from; to < *n && links[to].pair == links[from].pair; to++)
			clt_uf_union(group, links[to].l, links[to].r);
		for (i = from; i < to; i++)
			links[i].group = clt_uf_find(group, links[i].l);
		CHECK_FOR_INTERRUPTS();
	}
	qsort(links, *n, sizeof(GroupLink), compare_links);
	pfree(group);
	return links;
}

/* number_ends numbers the ends of a group's links from 0; returns how many there are. */
static uint32
number_ends(const GroupLink *links, int64 n, bool right, uint32 *ends)
{
	uint32		count = 0;
	int64		i;

	for (i = 0; i < n; i++)
		ends[i] = right ? links[i].r : links[i].l;
	qsort(ends, n, sizeof(uint32), compare_uint32);
	for (i = 0; i < n; i++)
		if (i == 0 || ends[i] != ends[i - 1])
			ends[count++] = ends[i];
	return count;
}

static uint32
place_of(uint32 end, const uint32 *ends, uint32 n)
{
	return (uint32) ((uint32 *) bsearch(&end, ends, n, sizeof(uint32), compare_uint32) - ends);
}

/* assign_group takes the links of the best assignment of one group. */
static void
assign_group(Assigner *as, const GroupLink *links, int64 n)
{
	CltLink    *link = clt_link_large(CurrentMemoryContext, n * sizeof(CltLink));
	uint32	   *left = clt_link_large(CurrentMemoryContext, n * sizeof(uint32));
	uint32	   *right = clt_link_large(CurrentMemoryContext, n * sizeof(uint32));
	uint32		nl = number_ends(links, n, false, left);
	uint32		nr = number_ends(links, n, true, right);
	double	   *scratch = clt_link_large(CurrentMemoryContext, clt_assign_scratch(nl, nr) * sizeof(double));
	int64		m = 0;
	int64		i;

	for (i = 0; i < n; i++)
	{
		/* of records that stand for several, the strongest link */
		if (i > 0 && links[i].l == links[i - 1].l && links[i].r == links[i - 1].r)
			continue;
		link[m].l = place_of(links[i].l, left, nl);
		link[m].r = place_of(links[i].r, right, nr);
		link[m].gain = links[i].gain;
		link[m++].ref = (uint32) i;
	}
	clt_assign(link, m, nl, nr, scratch);
	for (i = 0; i < m; i++)
		if (link[i].taken)
			as->taken[as->ntaken++] = *links[link[i].ref].edge;
}

/* assign_pairs finds the best assignments of each two tables. */
static void
assign_pairs(Assigner *as, double threshold)
{
	MemoryContext work = AllocSetContextCreate(as->job->context, "clientele assignment", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old;
	int64		n;
	int64		from;
	int64		to;
	GroupLink  *links = list_links(as, threshold, &n);

	as->taken = clt_link_large(as->job->context, Max(n, 1) * sizeof(CltEdge));
	as->ntaken = 0;
	old = MemoryContextSwitchTo(work);
	for (from = 0; from < n; from = to)
	{
		for (to = from + 1; to < n && links[to].pair == links[from].pair && links[to].group == links[from].group; to++)
			;
		if (to == from + 1)
			as->taken[as->ntaken++] = *links[from].edge;
		else
			assign_group(as, links + from, to - from);
		CHECK_FOR_INTERRUPTS();
		MemoryContextReset(work);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(work);
	pfree(links);
}

/* clt_link_assign joins records of several tables one to one. */
void
clt_link_assign(LinkJob *job, CltClusters *clusters, double threshold)
{
	Assigner	as;
	int64		i;

	memset(&as, 0, sizeof(as));
	as.job = job;
	as.persons = clt_clusters_persons(clusters);
	assign_pairs(&as, threshold);
	if (job->nsources > 2)
	{
		qsort(as.taken, as.ntaken, sizeof(CltEdge), clt_edge_compare);
		clt_link_join_edges(job, clusters, as.taken, as.ntaken);
	}
	else
		for (i = 0; i < as.ntaken; i++)
			clt_clusters_force(as.persons, as.taken[i].l, as.taken[i].r);
	pfree(as.taken);
}
