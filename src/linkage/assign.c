/*
 * assign.c
 *		Persons of at most one record a table.
 *
 * For each two tables, of each group that edges above the threshold connect, the
 * assignment of greatest total weight is taken, and of that the links that are in
 * every such assignment (assignment.c).  With two tables these are the persons.
 * With more they are what persons are made of: strongest first, two that have no
 * table in common are joined, if their members do not object; links equally strong
 * are taken together, those of them that would bring two records of one table
 * together are not taken.  So nothing depends on the order of tables or records.
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

/* A link at the threshold gains this much over none. */
#define LEAST_GAIN 1e-6
/* Marks a group of links that would bring two records of one table together. */
#define CONTESTED (1u << LINK_MAX_SOURCES)

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
	CltClusters *clusters;
	CltClusters *persons;		/* the clusters, or what holds them together */
	uint32	   *tables;			/* by person: a bit for each table that it has
								 * a record of */
	const CltEdge **taken;		/* links of the best assignments */
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

/* tables_of tells which tables have a record in each person. */
static uint32 *
tables_of(LinkJob *job, CltClusters *persons)
{
	uint32	   *tables = MemoryContextAllocExtended(job->context, Max(job->n, 1) * sizeof(uint32), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	uint32		i;

	for (i = 0; i < job->n; i++)
		tables[clt_uf_find(persons->parent, i)] |= 1u << clt_link_source_of(job, i);
	return tables;
}

/* list_links lists the links that are open, group by group of each two tables. */
static GroupLink *
list_links(Assigner *as, double threshold, int64 *n)
{
	LinkJob    *job = as->job;
	uint32	   *group = MemoryContextAllocHuge(job->context, Max(job->n, 1) * sizeof(uint32));
	GroupLink  *links;
	int64		i;
	int64		k;
	int64		from;
	int64		to;

	for (k = 0; k < job->nedges && job->edges[k].weight >= threshold; k++)
		;
	links = MemoryContextAllocHuge(job->context, Max(k, 1) * sizeof(GroupLink));
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
		if (link->l == link->r || (as->tables[link->l] & as->tables[link->r]) || clt_clusters_apart(as->persons, link->l, link->r))
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
			as->taken[as->ntaken++] = links[link[i].ref].edge;
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

	as->taken = MemoryContextAllocHuge(as->job->context, Max(n, 1) * sizeof(CltEdge *));
	as->ntaken = 0;
	old = MemoryContextSwitchTo(work);
	for (from = 0; from < n; from = to)
	{
		for (to = from + 1; to < n && links[to].pair == links[from].pair && links[to].group == links[from].group; to++)
			;
		if (to == from + 1)
			as->taken[as->ntaken++] = links[from].edge;
		else
			assign_group(as, links + from, to - from);
		CHECK_FOR_INTERRUPTS();
		MemoryContextReset(work);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(work);
	pfree(links);
}

/* ---- more than two tables ---- */

static int
compare_taken(const void *a, const void *b)
{
	return clt_edge_compare(*(const CltEdge *const *) a, *(const CltEdge *const *) b);
}

/* join_person joins the persons of a link. */
static void
join_person(Assigner *as, const CltEdge *edge)
{
	uint32		l = clt_uf_find(as->persons->parent, edge->l);
	uint32		r = clt_uf_find(as->persons->parent, edge->r);
	uint32		tables = as->tables[l] | as->tables[r];

	if (l == r || (as->tables[l] & as->tables[r]) || !clt_clusters_join(as->clusters, edge))
		return;
	as->tables[clt_uf_find(as->persons->parent, l)] = tables;
}

/*
 * join_equal joins the persons of links that are equally strong.  Where together
 * they would bring two records of one table into one person, none of that group is
 * taken: which it should be, nothing tells.
 */
static void
join_equal(Assigner *as, const CltEdge **edge, int64 n, uint32 *group, uint32 *tables)
{
	int64		i;
	int64		k;

	if (n == 1)
	{
		join_person(as, edge[0]);
		return;
	}
	/* only those that each by itself could be joined compete */
	for (i = k = 0; i < n; i++)
	{
		uint32		l = clt_uf_find(as->persons->parent, edge[i]->l);
		uint32		r = clt_uf_find(as->persons->parent, edge[i]->r);

		if (l == r || (as->tables[l] & as->tables[r]) || clt_clusters_apart(as->persons, l, r))
			continue;
		group[l] = l;
		group[r] = r;
		tables[l] = as->tables[l];
		tables[r] = as->tables[r];
		edge[k++] = edge[i];
	}
	n = k;
	for (i = 0; i < n; i++)
	{
		uint32		l = clt_uf_find(group, clt_uf_find(as->persons->parent, edge[i]->l));
		uint32		r = clt_uf_find(group, clt_uf_find(as->persons->parent, edge[i]->r));
		uint32		both;

		if (l == r)
			continue;

		/*
		 * the mark of a group that is not to be taken is a bit that no table
		 * has
		 */
		both = tables[l] | tables[r] | (tables[l] & tables[r] ? CONTESTED : 0);
		clt_uf_union(group, l, r);
		tables[Min(l, r)] = both;
	}
	for (i = k = 0; i < n; i++)
		if (!(tables[clt_uf_find(group, clt_uf_find(as->persons->parent, edge[i]->l))] & CONTESTED))
			edge[k++] = edge[i];
	for (i = 0; i < k; i++)
		join_person(as, edge[i]);
}

/* join_persons makes persons of links between each two tables, strongest first. */
static void
join_persons(Assigner *as)
{
	uint32	   *group = MemoryContextAllocHuge(as->job->context, Max(as->job->n, 1) * 2 * sizeof(uint32));
	int64		from;
	int64		to;

	qsort(as->taken, as->ntaken, sizeof(CltEdge *), compare_taken);
	for (from = 0; from < as->ntaken; from = to)
	{
		for (to = from + 1; to < as->ntaken && as->taken[to]->weight == as->taken[from]->weight; to++)
			;
		join_equal(as, as->taken + from, to - from, group, group + as->job->n);
		CHECK_FOR_INTERRUPTS();
	}
	pfree(group);
}

/* clt_link_assign joins records of several tables one to one. */
void
clt_link_assign(LinkJob *job, CltClusters *clusters, double threshold)
{
	Assigner	as;
	int64		i;

	memset(&as, 0, sizeof(as));
	as.job = job;
	as.clusters = clusters;
	as.persons = clusters->whole ? clusters->whole : clusters;
	as.tables = tables_of(job, as.persons);
	assign_pairs(&as, threshold);
	if (job->nsources > 2)
		join_persons(&as);
	else
		for (i = 0; i < as.ntaken; i++)
			clt_clusters_force(as.persons, as.taken[i]->l, as.taken[i]->r);
	pfree(as.taken);
	pfree(as.tables);
}
