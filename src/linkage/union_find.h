/*
 * union_find.h
 *		Connected components, and clusters that keep apart what speaks against itself.
 *
 * Pure kernel: the caller brings the arrays.
 */
#ifndef CLT_LINKAGE_UNION_FIND_H
#define CLT_LINKAGE_UNION_FIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A scored pair, l < r, both ordinals of records. */
typedef struct CltEdge
{
	uint32_t	l;
	uint32_t	r;
	float		weight;			/* match weight: log2 of the odds */
	uint32_t	ref;			/* the caller's own */
} CltEdge;

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

extern void clt_uf_init(uint32_t *parent, uint32_t n);
extern uint32_t clt_uf_find(uint32_t *parent, uint32_t x);
extern bool clt_uf_union(uint32_t *parent, uint32_t a, uint32_t b);
extern int	clt_edge_compare(const void *a, const void *b);
extern void clt_edges_sort(CltEdge *edges, CltEdge *scratch, size_t n, bool by_weight);
extern void clt_clusters_init(CltClusters *c);
extern bool clt_clusters_apart(CltClusters *c, uint32_t a, uint32_t b);
extern bool clt_clusters_force(CltClusters *c, uint32_t a, uint32_t b);
extern bool clt_clusters_join(CltClusters *c, const CltEdge *edge);
extern void clt_clusters_labels(CltClusters *c, uint32_t *label);

#endif
