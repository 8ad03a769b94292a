/*
 * histogram.c
 *		How many pairs have which vector and were made by which rules.
 *
 * All that training wants of the pairs.  Each process counts its own; sums are of
 * integers, so it does not matter who counted what.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "core/clientele.h"
#include "linkage/histogram.h"

static void
make_room(LinkHistogram *histogram, int64 cap)
{
	histogram->cap = cap;
	histogram->cell = MemoryContextAllocExtended(histogram->context, cap * sizeof(CltFsCell),
												 MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
}

void
clt_link_histogram_open(LinkHistogram *histogram, MemoryContext context)
{
	histogram->context = context;
	histogram->n = 0;
	make_room(histogram, 1 << 14);
	histogram->last = histogram->cell;
}

static CltFsCell *
cell_of(LinkHistogram *histogram, uint64 gamma, uint64 mask)
{
	uint64		slot = clt_block_mix(gamma ^ (mask << 7)) & (histogram->cap - 1);

	while (histogram->cell[slot].n && !(histogram->cell[slot].gamma == gamma && histogram->cell[slot].mask == mask))
		slot = (slot + 1) & (histogram->cap - 1);
	return &histogram->cell[slot];
}

static void
grow(LinkHistogram *histogram)
{
	CltFsCell  *old = histogram->cell;
	int64		cap = histogram->cap;
	int64		i;

	make_room(histogram, cap * 2);
	for (i = 0; i < cap; i++)
		if (old[i].n)
			*cell_of(histogram, old[i].gamma, old[i].mask) = old[i];
	pfree(old);
}

/* clt_link_histogram_add adds pairs of one vector and one set of rules. */
void
clt_link_histogram_add(LinkHistogram *histogram, uint64 gamma, uint64 mask, int64 n, int64 tf_u, int64 tf_h)
{
	CltFsCell  *cell = histogram->last;

	if (!cell->n || cell->gamma != gamma || cell->mask != mask)
	{
		if (histogram->n * 2 >= histogram->cap)
			grow(histogram);
		cell = histogram->last = cell_of(histogram, gamma, mask);
		histogram->n += cell->n == 0;
		cell->gamma = gamma;
		cell->mask = mask;
	}
	cell->n += n;
	cell->tf_u += tf_u;
	cell->tf_h += tf_h;
}

/* clt_link_histogram_list lists the cells in use, in any order, and returns how many there are. */
int64
clt_link_histogram_list(const LinkHistogram *histogram, CltFsCell *out)
{
	int64		n = 0;
	int64		i;

	for (i = 0; i < histogram->cap; i++)
		if (histogram->cell[i].n)
			out[n++] = histogram->cell[i];
	return n;
}
