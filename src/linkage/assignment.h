/*
 * assignment.h
 *		Who belongs to whom, if everybody has at most one partner on the other side.
 *
 * Pure kernel: the caller brings the arrays.
 */
#ifndef CLT_LINKAGE_ASSIGNMENT_H
#define CLT_LINKAGE_ASSIGNMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A possible link, left record l and right record r, each numbered from 0. */
typedef struct CltLink
{
	uint32_t	l;
	uint32_t	r;
	double		gain;			/* above 0 */
	uint32_t	ref;			/* the caller's own */
	bool		taken;			/* out: in every best assignment */
} CltLink;

/* What the best assignment may cost: beyond this the links are taken greedily. */
#define CLT_ASSIGN_MOST_ROWS 400
#define CLT_ASSIGN_MOST_CELLS 400000

extern bool clt_assign_exact(uint32_t nl, uint32_t nr);
extern size_t clt_assign_scratch(uint32_t nl, uint32_t nr);
extern void clt_assign(CltLink *links, size_t n, uint32_t nl, uint32_t nr, double *scratch);
extern int	clt_link_compare_gain(const void *a, const void *b);

#endif
