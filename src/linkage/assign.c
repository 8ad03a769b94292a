/*
 * assign.c
 *		Persons of at most one record a table: the best assignment of each group.
 *
 * Groups are what the edges above the threshold connect.  What people have decided
 * comes first: records that were made one stand as one in the assignment, and
 * links that were ruled out are not there.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "core/clientele.h"
#include "linkage/assignment.h"
#include "linkage/engine.h"

/* A link at the threshold gains this much over none. */
#define LEAST_GAIN 1e-6

/* A link between two records or what stands for them, and the group it is in. */
typedef struct GroupLink
{
	uint32		group;
	uint32		l;
	uint32		r;
	double		gain;
} GroupLink;

static int
compare_links(const void *a, const void *b)
{
	const GroupLink *x = (const GroupLink *) a;
	const GroupLink *y = (const GroupLink *) b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	if (x->l != y->l)
		return x->l < y->l ? -1 : 1;
	if (x->r != y->r)
		return x->r < y->r ? -1 : 1;
	return x->gain > y->gain ? -1 : x->gain < y->gain;
}

static int
compare_uint32(const void *a, const void *b)
{
	uint32		x = *(const uint32 *) a;
	uint32		y = *(const uint32 *) b;

	return x < y ? -1 : x > y;
}

/* sides_of tells which tables have a record in each cluster: 1 the left, 2 the right. */
static uint8 *
sides_of(LinkJob *job, CltClusters *persons)
{
	uint8	   *sides = MemoryContextAllocExtended(job->context, Max(job->n, 1), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	uint32		i;

	for (i = 0; i < job->n; i++)
		sides[clt_uf_find(persons->parent, i)] |= i < job->nleft ? 1 : 2;
	return sides;
}

/* list_links lists the links that are open, group by group. */
static GroupLink *
list_links(LinkJob *job, CltClusters *persons, double threshold, int64 *n)
{
	uint8	   *sides = sides_of(job, persons);
	uint32	   *group = MemoryContextAllocHuge(job->context, Max(job->n, 1) * sizeof(uint32));
	GroupLink  *links;
	int64		i;
	int64		k;

	clt_uf_init(group, job->n);
	for (k = 0; k < job->nedges && job->edges[k].weight >= threshold; k++)
		;
	links = MemoryContextAllocHuge(job->context, Max(k, 1) * sizeof(GroupLink));
	*n = 0;
	for (i = 0; i < k; i++)
	{
		uint32		l = clt_uf_find(persons->parent, job->edges[i].l);
		uint32		r = clt_uf_find(persons->parent, job->edges[i].r);

		if ((i & 1023) == 0)
			CHECK_FOR_INTERRUPTS();
		/* a person that has both already needs nobody */
		if (l == r || sides[l] != 1 || sides[r] != 2 || clt_clusters_apart(persons, l, r))
			continue;
		links[*n].l = l;
		links[*n].r = r;
		links[(*n)++].gain = job->edges[i].weight - threshold + LEAST_GAIN;
		clt_uf_union(group, l, r);
	}
	for (i = 0; i < *n; i++)
		links[i].group = clt_uf_find(group, links[i].l);
	qsort(links, *n, sizeof(GroupLink), compare_links);
	pfree(group);
	pfree(sides);
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

/* assign_group links the records of one group. */
static void
assign_group(CltClusters *persons, const GroupLink *links, int64 n)
{
	CltLink    *link = MemoryContextAllocHuge(CurrentMemoryContext, n * sizeof(CltLink));
	uint32	   *left = MemoryContextAllocHuge(CurrentMemoryContext, n * sizeof(uint32));
	uint32	   *right = MemoryContextAllocHuge(CurrentMemoryContext, n * sizeof(uint32));
	uint32		nl = number_ends(links, n, false, left);
	uint32		nr = number_ends(links, n, true, right);
	double	   *scratch = MemoryContextAllocHuge(CurrentMemoryContext, clt_assign_scratch(nl, nr) * sizeof(double));
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
			clt_clusters_force(persons, links[link[i].ref].l, links[link[i].ref].r);
}

/* clt_link_assign joins records of the two tables one to one. */
void
clt_link_assign(LinkJob *job, CltClusters *clusters, double threshold)
{
	CltClusters *persons = clusters->whole ? clusters->whole : clusters;
	MemoryContext work = AllocSetContextCreate(job->context, "clientele assignment", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old;
	int64		n;
	int64		from;
	int64		to;
	GroupLink  *links = list_links(job, persons, threshold, &n);

	old = MemoryContextSwitchTo(work);
	for (from = 0; from < n; from = to)
	{
		for (to = from + 1; to < n && links[to].group == links[from].group; to++)
			;
		if (to == from + 1)
			clt_clusters_force(persons, links[from].l, links[from].r);
		else
			assign_group(persons, links + from, to - from);
		CHECK_FOR_INTERRUPTS();
		MemoryContextReset(work);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(work);
	pfree(links);
}
