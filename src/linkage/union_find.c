/*
 * union_find.c
 *		Connected components, and edges in the order of their strength.
 */
#include <string.h>

#include "linkage/union_find.h"

void
clt_uf_init(uint32_t *parent, uint32_t n)
{
	uint32_t	i;

	for (i = 0; i < n; i++)
		parent[i] = i;
}

/* clt_uf_find returns the root of x, halving the path on the way. */
uint32_t
clt_uf_find(uint32_t *parent, uint32_t x)
{
	while (parent[x] != x)
	{
		parent[x] = parent[parent[x]];
		x = parent[x];
	}
	return x;
}

/* clt_uf_union joins two sets under the smaller root; false if they were one. */
bool
clt_uf_union(uint32_t *parent, uint32_t a, uint32_t b)
{
	a = clt_uf_find(parent, a);
	b = clt_uf_find(parent, b);
	if (a == b)
		return false;
	if (a < b)
		parent[b] = a;
	else
		parent[a] = b;
	return true;
}

/* clt_edge_compare orders edges strongest first, then by ordinals. */
int
clt_edge_compare(const void *a, const void *b)
{
	const CltEdge *x = (const CltEdge *) a;
	const CltEdge *y = (const CltEdge *) b;

	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	if (x->l != y->l)
		return x->l < y->l ? -1 : 1;
	if (x->r != y->r)
		return x->r < y->r ? -1 : 1;
	return 0;
}

/* A key is sorted by so many bits at a time. */
#define DIGIT_BITS 11
#define DIGITS 3				/* of 32 bits */
#define DIGIT_VALUES (1 << DIGIT_BITS)

/* strength is a number that is the smaller the greater a weight is. */
static uint32_t
strength(float weight)
{
	uint32_t	bits;

	weight += 0.0f;				/* no negative zero */
	memcpy(&bits, &weight, sizeof(bits));
	return bits & 0x80000000 ? bits : ~(bits | 0x80000000);
}

/* digit is a part of an edge's key: right end, left end and weight, three digits each and the lowest first. */
static uint32_t
digit(const CltEdge *edge, int which)
{
	uint32_t	word = which < DIGITS ? edge->r : which < 2 * DIGITS ? edge->l : strength(edge->weight);

	return (word >> (which % DIGITS * DIGIT_BITS)) & (DIGIT_VALUES - 1);
}

/* clt_edges_sort sorts edges as clt_edge_compare orders them, or by their ordinals only; scratch has room for as many. */
void
clt_edges_sort(CltEdge *edges, CltEdge *scratch, size_t n, bool by_weight)
{
	CltEdge    *from = edges;
	CltEdge    *to = scratch;
	int			which;

	for (which = 0; n > 1 && which < (by_weight ? 3 : 2) * DIGITS; which++)
	{
		size_t		start[DIGIT_VALUES] = {0};
		CltEdge    *swap = from;
		size_t		sum = 0;
		size_t		i;
		int			d;

		for (i = 0; i < n; i++)
			start[digit(&from[i], which)]++;
		if (start[digit(&from[0], which)] == n)
			continue;
		for (d = 0; d < DIGIT_VALUES; d++)
		{
			size_t		count = start[d];

			start[d] = sum;
			sum += count;
		}
		for (i = 0; i < n; i++)
			to[start[digit(&from[i], which)]++] = from[i];
		from = to;
		to = swap;
	}
	if (from != edges)
		memcpy(edges, from, n * sizeof(CltEdge));
}
