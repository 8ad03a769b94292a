/*
 * keep.h
 *		The likely pairs, as each process finds them.
 */
#ifndef CLT_LINKAGE_KEEP_H
#define CLT_LINKAGE_KEEP_H

#include "port/atomics.h"

#include "linkage/engine.h"

/* Steps of weight from the least that is kept to the threshold. */
#define LINK_STEPS 1024

/* How likely the likely pairs are that all processes have seen, and how many there is room for. */
typedef struct LinkTally
{
	double		least;
	double		threshold;		/* what weighs so much is kept in any case */
	int64		most;
	pg_atomic_uint64 seen[LINK_STEPS + 1];	/* by step; the last has all from
											 * the threshold on */
} LinkTally;

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
	LinkTally  *tally;
	int			lowest;			/* step of which pairs are kept */
	int64		n;
	int64		cap;
	struct KeptPair *kept;
	uint64		seen[LINK_STEPS + 1];	/* that the others do not know of */
} LinkKeeper;

/* tally.c */
extern void clt_link_tally_start(LinkJob *job, double least);
extern int	clt_link_tally_lowest(LinkTally *tally, int64 *n);
extern void clt_link_tally_add(LinkTally *tally, uint64 *seen);
extern void clt_link_tally_warn(LinkJob *job, LinkTally *tally, int lowest, int64 kept);

static inline int
clt_link_step(const LinkTally *tally, float weight)
{
	double		place;

	if (weight >= tally->threshold)
		return LINK_STEPS;
	place = (weight - tally->least) / (tally->threshold - tally->least) * LINK_STEPS;
	return place < 0 ? 0 : place > LINK_STEPS - 1 ? LINK_STEPS - 1 : (int) place;
}

extern void clt_link_keeper_open(LinkKeeper *keeper, LinkJob *job, double least);
extern void clt_link_keep_likely(LinkKeeper *keeper, const LinkPair *pair, Size n);
extern void clt_link_keeper_close(LinkKeeper *keeper, LinkKept *out);

#endif
