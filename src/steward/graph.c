/*
 * graph.c
 *		The strongest path between two records, and the edges a person hangs by.
 *
 * The strongest path has the greatest smallest weight.  Edges taken strongest
 * first join the two records at the moment that smallest weight is reached
 * (the maximum spanning tree has a widest path between any two nodes); among all
 * paths over edges that are at least as strong, breadth first finds a shortest.
 *
 * A bridge is an edge without which its two ends fall apart.  Depth first, an
 * edge down to a node is one if nothing below that node reaches back above it
 * (Tarjan 1974); parallel edges hold each other up.  Without recursion: a person
 * may be a chain of a hundred thousand records.
 */
#include "steward/graph.h"

#include <string.h>

#include "linkage/union_find.h"

#define NONE UINT32_MAX

/* clt_graph_edge_compare orders edges strongest first, then by their ends. */
int
clt_graph_edge_compare(const void *x, const void *y)
{
	const CltGraphEdge *e = (const CltGraphEdge *) x;
	const CltGraphEdge *f = (const CltGraphEdge *) y;

	if (e->weight != f->weight)
		return e->weight > f->weight ? -1 : 1;
	if (e->a != f->a)
		return e->a < f->a ? -1 : 1;
	if (e->b != f->b)
		return e->b < f->b ? -1 : 1;
	return e->ref < f->ref ? -1 : e->ref > f->ref;
}

/* list_edges makes the list of edges of each node: those of v are at[v]..at[v + 1], in the order of the edges. */
static void
list_edges(const CltGraphEdge *edges, size_t m, uint32_t n, uint32_t *at, uint32_t *list)
{
	size_t		i;
	uint32_t	v;

	memset(at, 0, ((size_t) n + 2) * sizeof(uint32_t));
	for (i = 0; i < m; i++)
	{
		at[edges[i].a + 2]++;
		at[edges[i].b + 2]++;
	}
	for (v = 2; v <= n + 1; v++)
		at[v] += at[v - 1];
	for (i = 0; i < m; i++)
	{
		list[at[edges[i].a + 1]++] = (uint32_t) i;
		list[at[edges[i].b + 1]++] = (uint32_t) i;
	}
}

/*
 * clt_graph_widest_path finds the strongest path from a to z over edges sorted by
 * clt_graph_edge_compare.  Writes the places of its edges into path, which has
 * room for n, and returns how many there are; 0 if there is no path.
 */
size_t
clt_graph_widest_path(CltGraphEdge *edges, size_t m, uint32_t n, uint32_t a, uint32_t z,
					  uint32_t *path, uint32_t *scratch)
{
	uint32_t   *parent = scratch;
	uint32_t   *at = parent + n;
	uint32_t   *list = at + n + 2;
	uint32_t   *by = list + 2 * m;
	uint32_t   *queue = by + n;
	size_t		used;
	size_t		steps = 0;
	size_t		i;
	uint32_t	head = 0;
	uint32_t	tail = 0;
	uint32_t	v;

	if (a == z)
		return 0;
	clt_uf_init(parent, n);
	for (used = 0; used < m; used++)
	{
		clt_uf_union(parent, edges[used].a, edges[used].b);
		if (clt_uf_find(parent, a) == clt_uf_find(parent, z))
			break;
	}
	if (used == m)
		return 0;
	/* all edges as strong as the one that joined them */
	for (used++; used < m && edges[used].weight == edges[used - 1].weight; used++)
		;
	list_edges(edges, used, n, at, list);
	for (v = 0; v < n; v++)
		by[v] = NONE;
	queue[tail++] = a;
	by[a] = 0;
	while (head < tail && by[z] == NONE)
	{
		v = queue[head++];
		for (i = at[v]; i < at[v + 1]; i++)
		{
			uint32_t	e = list[i];
			uint32_t	w = edges[e].a == v ? edges[e].b : edges[e].a;

			if (by[w] != NONE || w == a)
				continue;
			by[w] = e;
			queue[tail++] = w;
		}
	}
	for (v = z; v != a; v = edges[by[v]].a == v ? edges[by[v]].b : edges[by[v]].a)
		path[steps++] = by[v];
	for (i = 0; i < steps / 2; i++)
	{
		uint32_t	t = path[i];

		path[i] = path[steps - 1 - i];
		path[steps - 1 - i] = t;
	}
	return steps;
}

/*
 * clt_graph_bridges tells of each edge how many records lie on its smaller side
 * and how many on the other, if it is a bridge; 0 and 0 if it is none.
 */
void
clt_graph_bridges(const CltGraphEdge *edges, size_t m, uint32_t n, uint32_t *side, uint32_t *rest,
				  uint32_t *scratch)
{
	uint32_t   *at = scratch;
	uint32_t   *list = at + n + 2;
	uint32_t   *when = list + 2 * m;	/* order of discovery, from 1 */
	uint32_t   *low = when + n;
	uint32_t   *size = low + n;
	uint32_t   *by = size + n;	/* the edge by which a node was found */
	uint32_t   *next = by + n;	/* place in its list; n + 2 words are left for
								 * it */
	uint32_t	clock = 0;
	uint32_t	root;
	size_t		i;

	list_edges(edges, m, n, at, list);
	memset(side, 0, m * sizeof(uint32_t));
	memset(rest, 0, m * sizeof(uint32_t));
	memset(when, 0, n * sizeof(uint32_t));
	for (root = 0; root < n; root++)
	{
		uint32_t	v = root;

		if (when[root])
			continue;
		when[v] = low[v] = ++clock;
		size[v] = 1;
		by[v] = NONE;
		next[v] = at[v];
		for (;;)
		{
			if (next[v] < at[v + 1])
			{
				uint32_t	e = list[next[v]++];
				uint32_t	w = edges[e].a == v ? edges[e].b : edges[e].a;

				if (e == by[v] || w == v)
					continue;
				if (when[w])
				{
					if (when[w] < low[v])
						low[v] = when[w];
					continue;
				}
				when[w] = low[w] = ++clock;
				size[w] = 1;
				by[w] = e;
				next[w] = at[w];
				v = w;
			}
			else if (by[v] != NONE)
			{
				uint32_t	e = by[v];
				uint32_t	up = edges[e].a == v ? edges[e].b : edges[e].a;

				if (low[v] > when[up])
					side[e] = size[v];
				if (low[v] < low[up])
					low[up] = low[v];
				size[up] += size[v];
				v = up;
			}
			else
				break;
		}
	}

	/*
	 * in the order of discovery every node lies in the component of the root
	 * before it, whose size it counted
	 */
	for (root = 0; root < n; root++)
		low[when[root] - 1] = root;
	for (i = 0; i < n; i++)
	{
		uint32_t	v = low[i];

		next[v] = by[v] == NONE ? size[v] : next[low[i - 1]];
	}
	for (i = 0; i < m; i++)
		if (side[i])
		{
			uint32_t	other = next[edges[i].a] - side[i];

			rest[i] = side[i] < other ? other : side[i];
			side[i] = side[i] < other ? side[i] : other;
		}
}
