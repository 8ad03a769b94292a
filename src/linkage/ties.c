/*
 * ties.c
 *		Edges that are equally strong.
 *
 * Which of them is joined first must not decide who becomes one person: a record
 * that might as well be the father as the son is neither.  So all clusters that
 * equal edges connect are looked at as one, and each is heard against the rest of
 * them.  Those that object lose their edges of this strength; what is left is
 * looked at again, until nobody objects.  Only where people have said that two are
 * not one, the third goes with the first of them: they see the outcome at once
 * (src/steward), and it is to stay.  So it does where a pair may forbid a join and
 * there are too many to hear each against all.
 */
#include <stdlib.h>

#include "linkage/clusters.h"

/* As many of the rest are heard against a cluster. */
#define REST 24
/* Who does not come to terms in so many rounds is not joined. */
#define ROUNDS 16

static int
compare_roots(const void *a, const void *b)
{
	const CltTied *x = (const CltTied *) a;
	const CltTied *y = (const CltTied *) b;

	return x->root < y->root ? -1 : x->root > y->root;
}

static uint32_t
place_of(uint32_t root, const CltTied *tied, size_t n)
{
	CltTied		key;

	key.root = root;
	return (uint32_t) ((const CltTied *) bsearch(&key, tied, n, sizeof(CltTied), compare_roots) - tied);
}

static uint32_t
set_of(CltTied *tied, uint32_t i)
{
	while (tied[i].set != i)
	{
		tied[i].set = tied[tied[i].set].set;
		i = tied[i].set;
	}
	return i;
}

/* list_tied lists the clusters that ties end in, each in the ring of those it is connected with; ties then name places. */
static size_t
list_tied(CltTie *ties, size_t nties, CltTied *tied)
{
	size_t		n = 0;
	size_t		i;

	for (i = 0; i < nties; i++)
	{
		tied[2 * i].root = ties[i].l;
		tied[2 * i + 1].root = ties[i].r;
	}
	qsort(tied, 2 * nties, sizeof(CltTied), compare_roots);
	for (i = 0; i < 2 * nties; i++)
		if (n == 0 || tied[i].root != tied[n - 1].root)
			tied[n++].root = tied[i].root;
	for (i = 0; i < n; i++)
	{
		tied[i].set = tied[i].next = (uint32_t) i;
		tied[i].objects = tied[i].quarrel = tied[i].unheard = false;
	}
	for (i = 0; i < nties; i++)
	{
		uint32_t	a;
		uint32_t	b;
		uint32_t	next;

		ties[i].l = place_of(ties[i].l, tied, n);
		ties[i].r = place_of(ties[i].r, tied, n);
		a = set_of(tied, ties[i].l);
		b = set_of(tied, ties[i].r);
		if (a == b)
			continue;
		tied[a > b ? a : b].set = a < b ? a : b;
		next = tied[a].next;
		tied[a].next = tied[b].next;
		tied[b].next = next;
	}
	return n;
}

static uint32_t
person_of(CltClusters *c, const CltTied *tied)
{
	CltClusters *persons = clt_clusters_persons(c);

	return clt_uf_find(persons->parent, tied->root);
}

/* What is marked of a person of a set that is looked at. */
enum
{
	MEMBER = 1,
	LOOKED_AT = 2,
	OBJECTS = 4
};

/* Stands for the person who has records of a group where several have. */
#define SEVERAL UINT32_MAX

/* mark_set marks the persons of a set and who has records of which group; returns how many records they have. */
static uint64_t
mark_set(CltClusters *c, const CltTied *tied, uint32_t first)
{
	CltClusters *persons = clt_clusters_persons(c);
	uint64_t	size = 0;
	uint32_t	i = first;

	do
	{
		uint32_t	person = person_of(c, &tied[i]);
		uint32_t	k = person;

		i = tied[i].next;
		/* clusters that were decided to be one person count once */
		if (persons->mark[person])
			continue;
		persons->mark[person] = MEMBER;
		size += persons->size[person];
		if (!persons->group)
			continue;
		do
		{
			uint32_t   *holder = &persons->holder[persons->group[k]];

			*holder = *holder == 0 || *holder == person + 1 ? person + 1 : SEVERAL;
			k = persons->next[k];
		} while (k != person);
	} while (i != first);
	return size;
}

/* unmark_set leaves zeros behind. */
static void
unmark_set(CltClusters *c, const CltTied *tied, uint32_t first)
{
	CltClusters *persons = clt_clusters_persons(c);
	uint32_t	i = first;

	do
	{
		uint32_t	person = person_of(c, &tied[i]);
		uint32_t	k = person;

		i = tied[i].next;
		if (!persons->mark[person])
			continue;
		persons->mark[person] = 0;
		if (!persons->group)
			continue;
		do
		{
			persons->holder[persons->group[k]] = 0;
			k = persons->next[k];
		} while (k != person);
	} while (i != first);
}

/* mark_objections marks who of a set has a record of a group that another of it has, too. */
static void
mark_objections(CltClusters *c, const CltTied *tied, uint32_t first)
{
	CltClusters *persons = clt_clusters_persons(c);
	uint32_t	from = first;

	do
	{
		uint32_t	person = person_of(c, &tied[from]);
		uint32_t	i = person;

		from = tied[from].next;
		if (persons->mark[person] & LOOKED_AT)
			continue;
		persons->mark[person] |= LOOKED_AT;
		do
		{
			if (persons->group[i] && persons->holder[persons->group[i]] == SEVERAL)
				persons->mark[person] |= OBJECTS;
			i = persons->next[i];
		} while (i != person && !(persons->mark[person] & OBJECTS));
	} while (from != first);
}

/* agrees tells whether a cluster is heard to be one with the rest of its set. */
static bool
agrees(CltClusters *c, const CltTied *tied, uint32_t which)
{
	uint32_t	rest[REST];
	int			n = 0;
	uint32_t	i;

	for (i = tied[which].next; i != which && n < REST; i = tied[i].next)
		rest[n++] = tied[i].root;
	return !c->hear || clt_clusters_agree(c, tied[which].root, rest, n);
}

/* look_at_set has each cluster of a set say whether it objects; that takes no longer than to go over their records. */
static void
look_at_set(CltClusters *c, CltTied *tied, uint32_t first)
{
	CltClusters *persons = clt_clusters_persons(c);
	bool		crowd = false;
	uint32_t	n = 0;
	uint32_t	i = first;

	/* of two clusters it is known that they may be joined */
	if (tied[tied[first].next].next == first)
		return;
	if (persons->mark)
	{
		uint64_t	size = mark_set(c, tied, first);

		crowd = persons->max_size > 0 && size > persons->max_size;
		if (!crowd && persons->group)
			mark_objections(c, tied, first);
	}
	do
	{
		tied[i].objects = crowd || (persons->mark && (persons->mark[person_of(c, &tied[i])] & OBJECTS)) ||
			!agrees(c, tied, i);
		tied[first].quarrel |= tied[i].objects;
		i = tied[i].next;
		n++;
	} while (i != first);
	tied[first].unheard = c->hear_all && n > REST + 1;
	if (persons->mark)
		unmark_set(c, tied, first);
}

/* join_ends joins the clusters of two ends, in whose set nobody objects to what was heard. */
static void
join_ends(CltClusters *c, uint32_t l, uint32_t r, bool unheard)
{
	CltEdge		edge = {l, r, 0, 0};

	if (unheard)
		(void) clt_clusters_join(c, &edge);
	else if (clt_clusters_apart(c, l, r))
		c->refused++;			/* somebody has said so */
	else
		clt_clusters_unite(c, l, r);
}

/* join_sets joins the sets in which nobody objects; returns how many ties of the others are left. */
static size_t
join_sets(CltClusters *c, CltTie *ties, size_t n, CltTied *tied)
{
	size_t		ntied = list_tied(ties, n, tied);
	size_t		left = 0;
	size_t		i;

	for (i = 0; i < ntied; i++)
		if (tied[i].set == i)
			look_at_set(c, tied, (uint32_t) i);
	for (i = 0; i < n; i++)
	{
		CltTied    *l = &tied[ties[i].l];
		CltTied    *r = &tied[ties[i].r];
		CltTied    *set = &tied[set_of(tied, ties[i].l)];

		if (l->objects || r->objects)
			c->refused++;
		else if (set->quarrel)
		{
			ties[left].l = l->root;
			ties[left++].r = r->root;
		}
		else
			join_ends(c, l->root, r->root, set->unheard);
	}
	return left;
}

/*
 * clt_clusters_join_equal joins the clusters of the ends of equally strong edges unless
 * their members object; ties has room for as many, tied for twice as many.
 */
void
clt_clusters_join_equal(CltClusters *c, const CltEdge *edges, size_t n, CltTie *ties, CltTied *tied)
{
	size_t		left = 0;
	size_t		i;
	int			round;

	if (n == 1)
	{
		clt_clusters_join(c, &edges[0]);
		return;
	}
	for (i = 0; i < n; i++)
	{
		ties[left].l = clt_uf_find(c->parent, edges[i].l);
		ties[left].r = clt_uf_find(c->parent, edges[i].r);
		if (ties[left].l == ties[left].r)
			continue;
		if (clt_clusters_may_join(c, ties[left].l, ties[left].r))
			left++;
		else
			c->refused++;
	}
	for (round = 0; left > 0 && round < ROUNDS; round++)
		left = join_sets(c, ties, left, tied);
	c->refused += (int64_t) left;
}
