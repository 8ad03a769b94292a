/*
 * union_find.h
 *		Connected components, and edges in the order of their strength.
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

extern void clt_uf_init(uint32_t *parent, uint32_t n);
extern uint32_t clt_uf_find(uint32_t *parent, uint32_t x);
extern bool clt_uf_union(uint32_t *parent, uint32_t a, uint32_t b);
extern int	clt_edge_compare(const void *a, const void *b);
extern void clt_edges_sort(CltEdge *edges, CltEdge *scratch, size_t n, bool by_weight);

#endif
