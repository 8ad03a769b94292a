/*
 * clusters.c
 *		Clusters that keep apart what speaks against itself.
 *
 * Edges come strongest first (ties.c: those equally strong together), so what is
 * built is the maximum spanning forest.  Before two clusters are joined that are not both single
 * records, every pair across them is heard, and the caller decides: one lucky
 * edge between two families does not outvote the members who are clearly somebody
 * else.
 */
#include "linkage/clusters.h"

/* Pairs heard at one join are at most HEARD_SIDE squared, but for callers who must hear all. */
#define HEARD_SIDE 24

void
clt_clusters_init(CltClusters *c)
{
	uint32_t	i;

	for (i = 0; i < c->n; i++)
	{
		c->parent[i] = i;
		c->next[i] = i;
		c->size[i] = 1;
		if (c->alike)
		{
			c->voice[i] = i;
			c->times[i] = 1;
		}
	}
	c->refused = 0;
}

/* clt_clusters_agree hears the pairs of a cluster's members with those of others. */
bool
clt_clusters_agree(CltClusters *c, uint32_t a, const uint32_t *others, int n)
{
	const uint32_t *ring = c->alike ? c->voice : c->next;
	uint32_t	i = a;
	int			ni = 0;
	bool		first = true;

	do
	{
		int			nj = 0;
		int			k;

		for (k = 0; k < n; k++)
		{
			uint32_t	j = others[k];

			do
			{
				if (++nj > HEARD_SIDE && !c->hear_all)
					break;
				c->hear(c->arg, i, j, first, c->alike ? (double) c->times[i] * c->times[j] : 1);
				first = false;
				j = ring[j];
			} while (j != others[k]);
		}
		i = ring[i];
	} while (i != a && (++ni < HEARD_SIDE || c->hear_all));
	return c->verdict(c->arg);
}

/* apart tells whether a member of one cluster must not meet a member of another. */
static bool
apart(CltClusters *c, uint32_t a, uint32_t b)
{
	uint32_t	i;
	uint32_t	k;

	if (!c->apart)
		return false;
	/* each pair stands in both lists: the smaller cluster's will do */
	if (c->size[a] > c->size[b])
	{
		i = a;
		a = b;
		b = i;
	}
	i = a;
	do
	{
		for (k = c->apart_from[i]; k < c->apart_from[i + 1]; k++)
			if (clt_uf_find(c->parent, c->apart[k]) == b)
				return true;
		i = c->next[i];
	} while (i != a);
	return false;
}

/* share_group tells whether two clusters have records of one group. */
static bool
share_group(const CltClusters *c, uint32_t a, uint32_t b)
{
	uint32_t	i = a;

	if (!c->group)
		return false;
	do
	{
		uint32_t	j = b;

		if (c->group[i])
			do
			{
				if (c->group[j] == c->group[i])
					return true;
				j = c->next[j];
			} while (j != b);
		i = c->next[i];
	} while (i != a);
	return false;
}

/* clt_clusters_persons returns the clusters that records end up in. */
CltClusters *
clt_clusters_persons(CltClusters *c)
{
	return c->whole ? c->whole : c;
}

/* crowded tells whether two persons must not be one for their number or because they have records of one group. */
static bool
crowded(const CltClusters *persons, uint32_t a, uint32_t b)
{
	return share_group(persons, a, b) || (persons->max_size > 0 && persons->size[a] + persons->size[b] > persons->max_size);
}

/* clt_clusters_apart tells whether two records lie in persons that must not become one, whatever speaks for it. */
bool
clt_clusters_apart(CltClusters *c, uint32_t a, uint32_t b)
{
	c = clt_clusters_persons(c);
	a = clt_uf_find(c->parent, a);
	b = clt_uf_find(c->parent, b);
	return a != b && (apart(c, a, b) || crowded(c, a, b));
}

/*
 * join_voices makes one ring of the voices of two clusters: who says what somebody in
 * the first one says already falls silent.  That takes no longer than to hear them did.
 */
static void
join_voices(CltClusters *c, uint32_t a, uint32_t b)
{
	uint32_t	last = a;
	uint32_t	i = a;
	uint32_t	j = b;

	do
	{
		c->speaker[c->alike[i]] = i + 1;
		last = i;
		i = c->voice[i];
	} while (i != a);
	do
	{
		uint32_t	next = c->voice[j];
		uint32_t	same = c->speaker[c->alike[j]];

		if (same)
			c->times[same - 1] += c->times[j];
		else
		{
			c->voice[last] = j;
			last = j;
		}
		j = next;
	} while (j != b);
	c->voice[last] = a;
	do
	{
		c->speaker[c->alike[i]] = 0;
		i = c->voice[i];
	} while (i != a);
}

/* join_roots makes one cluster of two under the smaller root. */
static void
join_roots(CltClusters *c, uint32_t a, uint32_t b)
{
	uint32_t	t;

	if (b < a)
	{
		t = a;
		a = b;
		b = t;
	}
	if (c->alike)
		join_voices(c, a, b);
	c->parent[b] = a;
	c->size[a] += c->size[b];
	t = c->next[a];
	c->next[a] = c->next[b];
	c->next[b] = t;
}

/* clt_clusters_force makes two records one cluster whatever speaks against it; false if they were one. */
bool
clt_clusters_force(CltClusters *c, uint32_t a, uint32_t b)
{
	a = clt_uf_find(c->parent, a);
	b = clt_uf_find(c->parent, b);
	if (a == b)
		return false;
	join_roots(c, a, b);
	return true;
}

/* clt_clusters_may_join tells whether nothing speaks against making one cluster of two. */
bool
clt_clusters_may_join(CltClusters *c, uint32_t a, uint32_t b)
{
	return !clt_clusters_apart(c, a, b) &&
		(!c->hear || c->size[a] + c->size[b] == 2 || clt_clusters_agree(c, a, &b, 1));
}

/* clt_clusters_unite makes two records one cluster of one person. */
void
clt_clusters_unite(CltClusters *c, uint32_t a, uint32_t b)
{
	clt_clusters_force(c, a, b);
	if (c->whole)
		clt_clusters_force(c->whole, a, b);
}

/* clt_clusters_join joins the clusters of an edge's ends unless their members object. */
bool
clt_clusters_join(CltClusters *c, const CltEdge *edge)
{
	uint32_t	a = clt_uf_find(c->parent, edge->l);
	uint32_t	b = clt_uf_find(c->parent, edge->r);

	if (a == b)
		return false;
	if (!clt_clusters_may_join(c, a, b))
	{
		c->refused++;
		return false;
	}
	clt_clusters_unite(c, a, b);
	return true;
}

/* clt_clusters_labels gives each record the smallest ordinal of its cluster. */
void
clt_clusters_labels(CltClusters *c, uint32_t *label)
{
	uint32_t	i;

	c = clt_clusters_persons(c);
	for (i = 0; i < c->n; i++)
		label[i] = clt_uf_find(c->parent, i);
}
