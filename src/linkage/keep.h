/*
 * keep.h
 *		The likely pairs, as each process finds them.
 */
#ifndef CLT_LINKAGE_KEEP_H
#define CLT_LINKAGE_KEEP_H

#include "linkage/engine.h"

/* What one process kept. */
typedef struct LinkKept
{
	LinkRef		pairs;
	int64		n;
	int64		made;			/* of so many */
} LinkKept;

typedef struct LinkKeeper
{
	LinkJob    *job;
	double		least;
	int64		n;
	int64		cap;
	struct KeptPair *kept;
} LinkKeeper;

extern void clt_link_keeper_open(LinkKeeper *keeper, LinkJob *job, double least);
extern void clt_link_keep_likely(LinkKeeper *keeper, const LinkPair *pair, Size n);
extern void clt_link_keeper_close(LinkKeeper *keeper, LinkKept *out);

#endif
