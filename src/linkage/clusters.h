/*
 * clusters.h
 *		Clusters that keep apart what speaks against itself.
 *
 * Pure kernel: the caller brings the arrays.
 */
#ifndef CLT_LINKAGE_CLUSTERS_H
#define CLT_LINKAGE_CLUSTERS_H

#include "linkage/union_find.h"

/* One pair of records across two clusters that may be joined; first of them or not; it counts for so many. */
typedef void (*CltHearFn) (void *arg, uint32_t a, uint32_t b, bool first, double times);

/* Whether what was heard speaks for joining. */
typedef bool (*CltVerdictFn) (void *arg);

typedef struct CltClusters
{
	uint32_t	n;
	uint32_t   *parent;			/* [n] */
	uint32_t   *next;			/* [n] ring of the members */
	uint32_t   *size;			/* [n] valid at roots */
	uint32_t	max_size;		/* 0: no limit */
	const uint32_t *group;		/* [n] of a group's records a cluster has at
								 * most one; 0: of no group; NULL: no groups */
	uint32_t   *holder;			/* [largest group + 1] of zeros, scratch for
								 * ties where there are groups */
	CltHearFn	hear;			/* NULL: plain components */
	CltVerdictFn verdict;
	bool		hear_all;		/* one pair may forbid a join, so none is
								 * passed over */
	void	   *arg;

	/*
	 * where all are heard and many say the same, one speaks for them:
	 * alike[r] tells records that say the same by the same number below n;
	 * NULL: nobody does.  Who speaks in a cluster stands in a ring of its
	 * own, from the root on.
	 */
	const uint32_t *alike;
	uint32_t   *voice;			/* [n] ring of those who speak */
	uint32_t   *times;			/* [n] for how many */
	uint32_t   *speaker;		/* [n] scratch, zeros */

	/*
	 * records that must not meet: those of record r are
	 * apart[apart_from[r]..apart_from[r + 1]), each pair in both lists; NULL:
	 * none
	 */
	const uint32_t *apart_from;
	const uint32_t *apart;
	uint32_t   *mark;			/* [n] of zeros, scratch for ties; NULL where
								 * neither groups nor max_size limit what is
								 * joined */

	/*
	 * clusters of these clusters, where records were made one by force: who
	 * lies there in one cluster with somebody else is not heard for him;
	 * max_size, group, apart and their scratch are then theirs; NULL: none
	 */
	struct CltClusters *whole;
	int64_t		refused;		/* joins that the members spoke against */
} CltClusters;

/* What clt_clusters_join_equal works with: an edge, and a cluster that an edge ends in. */
typedef struct CltTie
{
	uint32_t	l;
	uint32_t	r;
} CltTie;

typedef struct CltTied
{
	uint32_t	root;
	uint32_t	set;			/* place of the first of those that ties
								 * connect */
	uint32_t	next;			/* ring of them */
	bool		objects;
	bool		quarrel;		/* at the first of a set: somebody objects */
	bool		unheard;		/* ...: not each was heard against all others */
} CltTied;

extern void clt_clusters_init(CltClusters *c);
extern CltClusters *clt_clusters_persons(CltClusters *c);
extern bool clt_clusters_apart(CltClusters *c, uint32_t a, uint32_t b);
extern bool clt_clusters_agree(CltClusters *c, uint32_t a, const uint32_t *others, int n);
extern bool clt_clusters_may_join(CltClusters *c, uint32_t a, uint32_t b);
extern bool clt_clusters_force(CltClusters *c, uint32_t a, uint32_t b);
extern void clt_clusters_unite(CltClusters *c, uint32_t a, uint32_t b);
extern bool clt_clusters_join(CltClusters *c, const CltEdge *edge);
extern void clt_clusters_join_equal(CltClusters *c, const CltEdge *edges, size_t n, CltTie *ties, CltTied *tied);
extern void clt_clusters_labels(CltClusters *c, uint32_t *label);

#endif
