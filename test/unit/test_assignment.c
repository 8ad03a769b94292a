/*
 * test_assignment.c
 *		One-to-one links against all assignments there are; graphs of persons against brute force.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "linkage/assignment.h"
#include "linkage/blocking.h"
#include "linkage/clusters.h"
#include "steward/graph.h"
#include "tap.h"

static uint64_t state = 11;

static uint32_t
below(uint32_t n)
{
	state += UINT64_C(0x9e3779b97f4a7c15);
	return (uint32_t) (clt_block_mix(state) % n);
}

/* What brute force knows: the best total, and which links every best assignment has. */
static double best;
static uint32_t common;

static void
try_all(const CltLink *links, int n, int k, uint32_t used_l, uint32_t used_r, uint32_t taken, double total)
{
	if (k == n)
	{
		if (total > best + 1e-9)
		{
			best = total;
			common = taken;
		}
		else if (total > best - 1e-9)
			common &= taken;
		return;
	}
	try_all(links, n, k + 1, used_l, used_r, taken, total);
	if (!(used_l & (1u << links[k].l)) && !(used_r & (1u << links[k].r)))
		try_all(links, n, k + 1, used_l | (1u << links[k].l), used_r | (1u << links[k].r),
				taken | (1u << links[k].ref), total + links[k].gain);
}

static void
test_oracle(void)
{
	int			wrong = 0;
	int			ties = 0;
	int			round;

	for (round = 0; round < 20000; round++)
	{
		CltLink		links[16];
		uint32_t	nl = 1 + below(5);
		uint32_t	nr = 1 + below(5);
		double		scratch[400];
		uint32_t	mask = 0;
		uint32_t	l;
		uint32_t	r;
		int			n = 0;
		int			k;

		/* few distinct gains, so that ties are many */
		for (l = 0; l < nl; l++)
			for (r = 0; r < nr && n < 12; r++)
				if (below(3))
				{
					links[n].l = l;
					links[n].r = r;
					links[n].gain = 0.5 * (1 + below(round % 2 ? 4 : 1000));
					links[n].ref = (uint32_t) n;
					n++;
				}
		best = -1;
		common = 0;
		try_all(links, n, 0, 0, 0, 0, 0);
		clt_assign(links, (size_t) n, nl, nr, scratch);
		for (k = 0; k < n; k++)
			if (links[k].taken)
				mask |= 1u << links[k].ref;
		wrong += mask != common;
		ties += round % 2 && common == 0;
	}
	ok(wrong == 0, "assignment: what every best assignment has, and no more (%d of 20000 differ)", wrong);
	ok(ties > 0, "assignment: some have nothing in common");
}

/* Groups too large for the best assignment: nobody twice, ties cut, order of links of no matter. */
static void
test_greedy(void)
{
	enum
	{
		N = 3000
	};
	static CltLink links[N];
	static CltLink again[N];
	static bool used[2][600];
	static double scratch[2000];
	int			twice = 0;
	int			differ = 0;
	int			taken = 0;
	int			k;

	for (k = 0; k < N; k++)
	{
		links[k].l = (uint32_t) (k % 600);
		links[k].r = (uint32_t) ((k + (uint32_t) k / 600 * 7) % 600);
		links[k].gain = 1 + below(50);
		links[k].ref = (uint32_t) k;
		again[N - 1 - k] = links[k];
	}
	ok(!clt_assign_exact(600, 600), "a group of 600 and 600 is too large");
	ok(clt_assign_scratch(600, 600) <= 2000, "and wants little memory");
	clt_assign(links, N, 600, 600, scratch);
	clt_assign(again, N, 600, 600, scratch);
	for (k = 0; k < N; k++)
	{
		differ += links[k].ref != again[k].ref || links[k].taken != again[k].taken;
		if (!links[k].taken)
			continue;
		taken++;
		twice += used[0][links[k].l] || used[1][links[k].r];
		used[0][links[k].l] = used[1][links[k].r] = true;
	}
	is_int(twice, 0, "greedy: nobody twice");
	is_int(differ, 0, "greedy: the order of links does not matter");
	ok(taken > 200, "greedy: %d of 600 have a partner", taken);
}

/* Strongest path by brute force: the least weight that still connects, then breadth first. */
static void
test_path(void)
{
	int			wrong = 0;
	int			round;

	for (round = 0; round < 3000; round++)
	{
		CltGraphEdge edges[20];
		uint32_t	n = 2 + below(7);
		uint32_t	m = below(20);
		uint32_t	path[10];
		uint32_t	scratch[CLT_GRAPH_SCRATCH(10, 20)];
		double		widest[10][10];
		int			hops[10];
		double		least = HUGE_VAL;
		size_t		steps;
		uint32_t	at = 0;
		uint32_t	i;
		uint32_t	j;
		uint32_t	k;
		int			h;

		for (i = 0; i < n; i++)
			for (j = 0; j < n; j++)
				widest[i][j] = i == j ? HUGE_VAL : -HUGE_VAL;
		for (i = 0; i < m; i++)
		{
			edges[i].a = below(n);
			edges[i].b = below(n);
			edges[i].weight = below(6);
			edges[i].ref = i;
			if (edges[i].weight > widest[edges[i].a][edges[i].b])
				widest[edges[i].a][edges[i].b] = widest[edges[i].b][edges[i].a] = edges[i].weight;
		}
		for (k = 0; k < n; k++)
			for (i = 0; i < n; i++)
				for (j = 0; j < n; j++)
				{
					double		w = widest[i][k] < widest[k][j] ? widest[i][k] : widest[k][j];

					if (w > widest[i][j])
						widest[i][j] = w;
				}
		for (i = 0; i < n; i++)
			hops[i] = i == 0 ? 0 : 99;
		for (h = 0; h < (int) n; h++)
			for (i = 0; i < m; i++)
				if (edges[i].weight >= widest[0][n - 1])
				{
					if (hops[edges[i].a] + 1 < hops[edges[i].b])
						hops[edges[i].b] = hops[edges[i].a] + 1;
					if (hops[edges[i].b] + 1 < hops[edges[i].a])
						hops[edges[i].a] = hops[edges[i].b] + 1;
				}
		qsort(edges, m, sizeof(CltGraphEdge), clt_graph_edge_compare);
		steps = clt_graph_widest_path(edges, m, n, 0, n - 1, path, scratch);
		for (i = 0; i < steps; i++)
		{
			if (edges[path[i]].weight < least)
				least = edges[path[i]].weight;
			wrong += edges[path[i]].a != at && edges[path[i]].b != at;
			at = edges[path[i]].a == at ? edges[path[i]].b : edges[path[i]].a;
		}
		if (widest[0][n - 1] == -HUGE_VAL)
			wrong += steps != 0;
		else
			wrong += least != widest[0][n - 1] || at != n - 1 || (int) steps != hops[n - 1];
	}
	is_int(wrong, 0, "the strongest path is as strong as can be, and no longer than it must");
}

/* Bridges by brute force: take each edge away and count. */
static void
test_bridges(void)
{
	int			wrong = 0;
	int			round;

	for (round = 0; round < 3000; round++)
	{
		CltGraphEdge edges[16];
		uint32_t	n = 1 + below(9);
		uint32_t	m = below(16);
		uint32_t	side[16];
		uint32_t	rest[16];
		uint32_t	scratch[CLT_GRAPH_SCRATCH(10, 16)];
		uint32_t	i;
		uint32_t	e;

		for (i = 0; i < m; i++)
		{
			edges[i].a = below(n);
			edges[i].b = below(n);
		}
		clt_graph_bridges(edges, m, n, side, rest, scratch);
		for (e = 0; e < m; e++)
		{
			uint32_t	parent[10];
			uint32_t	na = 0;
			uint32_t	nb = 0;

			clt_uf_init(parent, n);
			for (i = 0; i < m; i++)
				if (i != e)
					clt_uf_union(parent, edges[i].a, edges[i].b);
			for (i = 0; i < n; i++)
			{
				na += clt_uf_find(parent, i) == clt_uf_find(parent, edges[e].a);
				nb += clt_uf_find(parent, i) == clt_uf_find(parent, edges[e].b);
			}
			if (clt_uf_find(parent, edges[e].a) == clt_uf_find(parent, edges[e].b))
				wrong += side[e] != 0 || rest[e] != 0;
			else
				wrong += side[e] != (na < nb ? na : nb) || rest[e] != (na < nb ? nb : na);
		}
	}
	is_int(wrong, 0, "bridges and what hangs by them");
}

/* Records kept apart never meet, records made one are one, whatever the edges say. */
static void
test_decided(void)
{
	uint32_t	parent[2][6];
	uint32_t	next[2][6];
	uint32_t	size[2][6];
	uint32_t	label[6];

	/* 0 and 3 must not meet */
	uint32_t	from[8] = {0, 1, 1, 1, 2, 2, 2, 2};
	uint32_t	with[2] = {3, 0};
	CltClusters whole;
	CltClusters c;
	CltEdge		edge[] = {{0, 1, 9, 0}, {2, 3, 8, 0}, {1, 2, 7, 0}, {4, 5, 6, 0}, {3, 5, 5, 0}};
	bool		joined[5];
	int			i;

	memset(&c, 0, sizeof(c));
	memset(&whole, 0, sizeof(whole));
	c.n = whole.n = 6;
	c.parent = parent[0];
	c.next = next[0];
	c.size = size[0];
	whole.parent = parent[1];
	whole.next = next[1];
	whole.size = size[1];
	whole.apart_from = from;
	whole.apart = with;
	c.whole = &whole;
	clt_clusters_init(&c);
	clt_clusters_init(&whole);
	ok(clt_clusters_force(&whole, 1, 4), "1 and 4 were decided to be one");
	ok(!clt_clusters_force(&whole, 4, 1), "once");
	for (i = 0; i < 5; i++)
		joined[i] = clt_clusters_join(&c, &edge[i]);
	ok(joined[0] && joined[1] && !joined[2] && joined[3] && !joined[4], "the chain from 0 to 3 is cut, by way of 4 as well");
	is_int(c.refused, 2, "refused joins are counted");
	clt_clusters_labels(&c, label);
	ok(label[0] == 0 && label[1] == 0 && label[4] == 0 && label[5] == 0 && label[2] == 2 && label[3] == 2, "two persons");
}

int
main(void)
{
	test_oracle();
	test_greedy();
	test_path();
	test_bridges();
	test_decided();
	return done();
}
