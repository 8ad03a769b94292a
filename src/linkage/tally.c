/*
 * tally.c
 *		How many likely pairs are kept.
 *
 * Those above the threshold make persons and are all kept.  Of the others, which are
 * only shown, so many are kept as there is memory for, the likeliest: all processes
 * count the weights they see in steps, and each forgets what lies below the lowest step
 * that there is room for.  That step only rises, and what it is in the end depends on
 * the weights alone, so the same pairs are kept whoever saw which.
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/guc.h"

#include "linkage/crew.h"
#include "linkage/keep.h"

/* A kept pair as it takes most: with its weight on the way to the leader, and as an edge. */
#define KEPT_BYTES (sizeof(LinkPair) + 8 + sizeof(CltEdge) + sizeof(LinkPair))

/* most_kept is how many pairs there is room for: as maintenance_work_mem says, or one a record. */
static int64
most_kept(double records)
{
	return (int64) Max(maintenance_work_mem * 1024.0 / KEPT_BYTES, records);
}

/* clt_link_kept_memory is what they take. */
double
clt_link_kept_memory(double records)
{
	return (double) most_kept(records) * KEPT_BYTES;
}

/* clt_link_tally_start has the processes of a job begin to count, unless they have begun. */
void
clt_link_tally_start(LinkJob *job, double least)
{
	LinkTally  *tally;
	int			step;

	if (job->tally)
		return;
	tally = clt_link_shared_alloc(job, sizeof(LinkTally), &job->tally);
	tally->least = least;
	tally->threshold = Max(log2(job->threshold / (1.0 - job->threshold)), least);
	tally->most = most_kept(job->n);
	for (step = 0; step <= LINK_STEPS; step++)
		pg_atomic_init_u64(&tally->seen[step], 0);
}

/* clt_link_tally_add adds what a process has seen. */
void
clt_link_tally_add(LinkTally *tally, uint64 *seen)
{
	int			step;

	for (step = 0; step <= LINK_STEPS; step++)
		if (seen[step] > 0)
		{
			pg_atomic_fetch_add_u64(&tally->seen[step], seen[step]);
			seen[step] = 0;
		}
}

/* clt_link_tally_lowest returns the lowest step of which pairs have room, and how many there are from it on. */
int
clt_link_tally_lowest(LinkTally *tally, int64 *n)
{
	int			step;

	*n = (int64) pg_atomic_read_u64(&tally->seen[LINK_STEPS]);
	for (step = LINK_STEPS; step > 0; step--)
	{
		int64		more = (int64) pg_atomic_read_u64(&tally->seen[step - 1]);

		if (more > 0 && *n + more > tally->most)
			break;
		*n += more;
	}
	return step;
}

/* clt_link_tally_warn says how many pairs there was no room for. */
void
clt_link_tally_warn(LinkJob *job, LinkTally *tally, int lowest, int64 kept)
{
	double		least = clt_fs_probability(tally->least + (tally->threshold - tally->least) * lowest / LINK_STEPS);
	long long	forgotten = 0;
	int			step;

	for (step = 0; step < lowest; step++)
		forgotten += (long long) pg_atomic_read_u64(&tally->seen[step]);
	if (forgotten == 0)
		return;
	clt_link_warn(job, "pairs_left_out", NULL, 0,
				  psprintf("%lld pairs with a match probability below %.4g were not kept: maintenance_work_mem had no room for them", forgotten, least));
	ereport(WARNING,
			(errmsg("%lld unlikely pairs of \"%s\" are not kept, for want of memory", forgotten, job->table),
			 errdetail("Kept are %lld pairs, those with a match probability of %.4g or more. Persons are the same: all pairs above the threshold are kept.", (long long) kept, least),
			 errhint("With a larger maintenance_work_mem than %s more are kept.", GetConfigOptionByName("maintenance_work_mem", NULL, false))));
}
