/*
 * graph.h
 *		The graph of one person's records: the strongest path, and the edges it hangs by.
 *
 * Pure kernel: the caller brings the arrays.  Records are 0..n-1.
 */
#ifndef CLT_STEWARD_GRAPH_H
#define CLT_STEWARD_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct CltGraphEdge
{
	uint32_t	a;
	uint32_t	b;
	double		weight;
	uint32_t	ref;			/* the caller's own */
} CltGraphEdge;

extern int	clt_graph_edge_compare(const void *x, const void *y);

/* 32-bit words of scratch memory that the functions want for n records and m edges. */
#define CLT_GRAPH_SCRATCH(n, m) (6 * (size_t) (n) + 2 * (size_t) (m) + 8)

extern size_t clt_graph_widest_path(CltGraphEdge *edges, size_t m, uint32_t n, uint32_t a, uint32_t z,
									uint32_t *path, uint32_t *scratch);
extern void clt_graph_bridges(const CltGraphEdge *edges, size_t m, uint32_t n, uint32_t *side, uint32_t *rest,
							  uint32_t *scratch);

#endif
