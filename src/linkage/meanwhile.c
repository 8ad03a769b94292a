/*
 * meanwhile.c
 *		What other processes do while the leader writes.
 *
 * Only the leader can write into tables, which takes it long.  Meanwhile the others do
 * what is not needed until later: one of them joins the records to persons while the
 * leader writes pairs, and they list for search who has which key of the rules that
 * search alone has.  Without them the leader does the same, one after the other.
 *
 * While others are at work the leader runs no statement and starts no command.
 */
#include "postgres.h"

#include <math.h>

#include "access/xact.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/condition_variable.h"
#include "utils/memutils.h"

#include "core/clientele.h"
#include "linkage/crew.h"
#include "linkage/engine.h"
#include "linkage/index.h"
#include "linkage/meanwhile.h"
#include "linkage/page_lists.h"
#include "linkage/sorted_keys.h"

/* What is to be done, and what came out. */
typedef struct MeanwhileTasks
{
	bool		join;			/* the first piece is to join the records */
	LinkRef		edges;			/* those that may join some, strongest first */
	int64		nedges;
	LinkRef		label;
	int64		refused;
	pg_atomic_uint32 joined;
	pg_atomic_uint32 there;		/* workers that have begun */
	ConditionVariable changed;
	int			nrules;			/* of search alone, a piece each */
	LinkRule	rule[LINK_MAX_SEARCH_RULES];
	LinkPageList postings[LINK_MAX_SEARCH_RULES];
} MeanwhileTasks;

struct LinkMeanwhile
{
	LinkJob    *job;
	LinkTeam   *team;			/* NULL: the leader is alone */
	LinkWork   *work;
	LinkWork	own;			/* the leader's, if it is alone */
	MeanwhileTasks *tasks;
};

/* ---- the pieces ---- */

/* join joins the records by the edges in shared memory. */
static void
join(LinkJob *job, MeanwhileTasks *tasks)
{
	CltEdge    *edges = job->edges;
	int64		nedges = job->nedges;

	job->edges = clt_link_at(job, tasks->edges);
	job->nedges = tasks->nedges;
	clt_link_join(job, NULL, 0);
	memcpy(clt_link_at(job, tasks->label), job->label, (Size) job->n * sizeof(uint32));
	tasks->refused = job->refused;
	pfree(job->label);
	job->label = NULL;
	job->edges = edges;
	job->nedges = nedges;
	pg_write_barrier();
	pg_atomic_write_u32(&tasks->joined, 1);
	ConditionVariableBroadcast(&tasks->changed);
}

/*
 * first_of_each takes the first records of a large block, of each table as many: what is looked for may be in
 * any of them.  Returns how many.
 */
static Size
first_of_each(LinkJob *job, const CltKeyRow *keys, Size n, CltKeyRow *taken)
{
	uint32		most = LINK_SEARCH_RUN / job->nsources;
	uint32		of[LINK_MAX_SOURCES] = {0};
	Size		m = 0;
	Size		k;

	for (k = 0; k < n; k++)
		if (of[clt_link_source_of(job, keys[k].row)]++ < most)
			taken[m++] = keys[k];
	return m;
}

/* list_keys lists who has which key of a rule; of large blocks the first records. */
static void
list_keys(LinkJob *job, LinkSortedKeys *sorted, LinkPageSpool *spool, const LinkRule *rule, LinkPageList *postings)
{
	int			bits = clt_link_posting_bits(job->n);
	LinkPageCutter *cutter;
	const CltKeyRow *keys;
	CltKeyRow	taken[LINK_SEARCH_RUN];
	Size		n;
	Size		from;
	Size		to;

	(void) clt_link_sorted_keys_make(sorted, rule, NULL);
	cutter = clt_link_spool_start(spool, postings);
	while ((n = clt_link_sorted_keys_next(sorted, &keys)) > 0)
		for (from = 0; from < n; from = to)
		{
			to = clt_link_block_end(keys, from, n);
			if (to - from > LINK_SEARCH_RUN && job->nsources > 1)
				clt_link_cut_posting(cutter, bits, taken, first_of_each(job, keys + from, to - from, taken));
			else
				clt_link_cut_posting(cutter, bits, keys + from, Min(to - from, LINK_SEARCH_RUN));
		}
	clt_link_cut_end(cutter);
}

/* clt_link_work_meanwhile is what each process does: one piece after another. */
void
clt_link_work_meanwhile(LinkJob *job, LinkWork *work)
{
	MeanwhileTasks *tasks = clt_link_at(job, work->tasks);
	LinkSortedKeys *sorted = NULL;
	LinkPageSpool *spool = NULL;
	int64		task;

	if (job->participant > 0)
		pg_atomic_fetch_add_u32(&tasks->there, 1);
	while ((task = clt_link_next_task(work)) >= 0)
	{
		if (tasks->join && task-- == 0)
		{
			join(job, tasks);
			continue;
		}
		if (!sorted)
		{
			sorted = clt_link_sorted_keys_open(job);
			spool = clt_link_spool_open(job, 1);
		}
		list_keys(job, sorted, spool, &tasks->rule[task], &tasks->postings[task]);
	}
	if (!sorted)
		return;
	clt_link_sorted_keys_close(sorted);
	clt_link_spool_close(spool);
}

/* ---- the leader ---- */

/* share_edges copies the edges that may join records to where all processes see them. */
static void
share_edges(LinkJob *job, MeanwhileTasks *tasks)
{
	double		threshold = log2(job->threshold / (1.0 - job->threshold));
	CltEdge    *edges;
	int64		n = 0;

	while (n < job->nedges && job->edges[n].weight >= threshold)
		n++;
	tasks->nedges = n;
	edges = clt_link_shared_alloc(job, n * sizeof(CltEdge), &tasks->edges);
	memcpy(edges, job->edges, n * sizeof(CltEdge));
	(void) clt_link_shared_alloc(job, (Size) job->n * sizeof(uint32), &tasks->label);
}

/* joins_alone tells whether only the leader can join: conditions in SQL go to workers that make pairs alone. */
static bool
joins_alone(const LinkJob *job)
{
	bool		alone = !clt_link_crew_ready(job);
	int			i;

	for (i = 0; i < job->ncomparisons; i++)
		alone |= job->comparison[i].levels && job->comparison[i].levels->judge;
	return alone;
}

/* clt_link_meanwhile_start has others begin, if there may be any, and the records joined unless they are. */
LinkMeanwhile *
clt_link_meanwhile_start(LinkJob *job)
{
	LinkMeanwhile *meanwhile = MemoryContextAllocZero(job->context, sizeof(LinkMeanwhile));
	LinkWork   *work = &meanwhile->own;
	MeanwhileTasks *tasks;

	meanwhile->job = job;
	meanwhile->work = work;
	clt_link_work_init(work, LINK_WORK_MEANWHILE, 0);
	meanwhile->tasks = tasks = clt_link_shared_alloc(job, sizeof(MeanwhileTasks), &work->tasks);
	pg_atomic_init_u32(&tasks->joined, 0);
	pg_atomic_init_u32(&tasks->there, 0);
	ConditionVariableInit(&tasks->changed);
	if (!job->label && joins_alone(job))
		clt_link_join(job, NULL, 0);
	tasks->join = !job->label;
	if (tasks->join)
		share_edges(job, tasks);
	else
		clt_link_forget_sketches(job);
	tasks->nrules = job->lists->nsearch;
	memcpy(tasks->rule, job->lists->search, tasks->nrules * sizeof(LinkRule));
	work->ntasks = tasks->join + tasks->nrules;
	if (work->ntasks == 0 || !clt_link_crew_ready(job))
		return meanwhile;

	/*
	 * what is written goes to a transaction and a command that have numbers
	 * by now
	 */
	(void) GetCurrentTransactionId();
	(void) GetCurrentCommandId(true);
	meanwhile->team = clt_link_crew_start(job, work, Min(clt_link_participants(job) - 1, (int) work->ntasks));
	meanwhile->work = clt_link_team_work(meanwhile->team);
	return meanwhile;
}

/* clt_link_meanwhile_joined waits until the records are joined; should nobody have begun with that, the leader does it. */
void
clt_link_meanwhile_joined(LinkMeanwhile *meanwhile)
{
	MeanwhileTasks *tasks = meanwhile->tasks;
	LinkJob    *job = meanwhile->job;
	uint32		first = 0;

	if (!tasks->join)
		return;
	if (pg_atomic_compare_exchange_u32(&meanwhile->work->next, &first, 1))
		join(job, tasks);
	ConditionVariablePrepareToSleep(&tasks->changed);
	while (!pg_atomic_read_u32(&tasks->joined))
		ConditionVariableSleep(&tasks->changed, PG_WAIT_EXTENSION);
	ConditionVariableCancelSleep();
	pg_read_barrier();
	job->label = clt_link_at(job, tasks->label);
	job->refused = tasks->refused;
	clt_link_shared_free(job, tasks->edges);
	/* a worker that is yet to begin looks where they are */
	if (!meanwhile->team || pg_atomic_read_u32(&tasks->there) == (uint32) clt_link_team_size(meanwhile->team))
		clt_link_forget_sketches(job);
}

/* clt_link_meanwhile_end does what is left, waits for the others and takes over what they did. */
void
clt_link_meanwhile_end(LinkMeanwhile *meanwhile)
{
	MeanwhileTasks *tasks = meanwhile->tasks;
	LinkJob    *job = meanwhile->job;

	clt_link_work_meanwhile(job, meanwhile->work);
	if (meanwhile->team)
		clt_link_crew_finish(meanwhile->team);
	clt_link_forget_sketches(job);
	memcpy(job->lists->search_postings, tasks->postings, tasks->nrules * sizeof(LinkPageList));
	clt_link_shared_free(job, meanwhile->own.tasks);
	pfree(meanwhile);
}
