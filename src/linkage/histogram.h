/*
 * histogram.h
 *		How many pairs have which vector and were made by which rules.
 */
#ifndef CLT_LINKAGE_HISTOGRAM_H
#define CLT_LINKAGE_HISTOGRAM_H

#include "linkage/engine.h"

typedef struct LinkHistogram
{
	MemoryContext context;
	int64		cap;
	int64		n;
	CltFsCell  *cell;			/* n of them used */
	CltFsCell  *last;			/* the one that was last added to */
} LinkHistogram;

extern void clt_link_histogram_open(LinkHistogram *histogram, MemoryContext context);
extern void clt_link_histogram_add(LinkHistogram *histogram, uint64 gamma, uint64 mask, int64 n, int64 tf_u, int64 tf_h);
extern int64 clt_link_histogram_list(const LinkHistogram *histogram, CltFsCell *out);

#endif
