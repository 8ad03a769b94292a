/*
 * clusters.h
 *		Clusters that keep apart what speaks against itself.
 *
 * Pure kernel: the caller brings the arrays.
 */
#ifndef CLT_LINKAGE_CLUSTERS_H
#define CLT_LINKAGE_CLUSTERS_H

#include "linkage/union_find.h"

/* One pair of records across two clusters that may be joined; first of them or not. */
typedef void (*CltHearFn) (void *arg, uint32_t a, uint32_t b, bool first);

/* Whether what was heard speaks for joining. */
typedef bool (*CltVerdictFn) (void *arg);

typedef struct CltClusters
{
	uint32_t	n;
	uint32_t   *parent;			/* [n] */
	uint32_t   *next;			/* [n] ring of the members */
	uint32_t   *size;			/* [n] valid at roots */
	uint32_t	max_size;		/* 0: no limit */
	CltHearFn	hear;			/* NULL: plain components */
	CltVerdictFn verdict;
	bool		hear_all;		/* one pair may forbid a join, so none is
								 * passed over */
	void	   *arg;

	/*
	 * records that must not meet: those of record r are
	 * apart[apart_from[r]..apart_from[r + 1]), each pair in both lists; NULL:
	 * none
	 */
	const uint32_t *apart_from;
	const uint32_t *apart;

	/*
	 * clusters of these clusters, where records were made one by force: who
	 * lies there in one cluster with somebody else is not heard for him;
	 * NULL: none
	 */
	struct CltClusters *whole;
	int64_t		refused;		/* joins that the members spoke against */
} CltClusters;

extern void clt_clusters_init(CltClusters *c);
extern bool clt_clusters_apart(CltClusters *c, uint32_t a, uint32_t b);
extern bool clt_clusters_force(CltClusters *c, uint32_t a, uint32_t b);
extern bool clt_clusters_join(CltClusters *c, const CltEdge *edge);
extern void clt_clusters_labels(CltClusters *c, uint32_t *label);

#endif
