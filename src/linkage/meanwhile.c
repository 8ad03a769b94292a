/*
 * meanwhile.c
 *		What other processes do while the leader writes.
 *
 * Only the leader can write into tables, which takes it long.  Meanwhile the others do
 * what is not needed until later: one of them joins the records to persons while the
 * leader writes pairs; they list for search who has which key of the rules that
 * search alone has; and they write the indexes of what the leader fills, while it
 * goes on, at last with those lists.  Without them the leader does the same, one
 * after the other.
 *
 * While others are at work the leader runs no statement and starts no command.
 */
#include "postgres.h"

#include <math.h>

#include "access/genam.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/condition_variable.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "core/clientele.h"
#include "linkage/crew.h"
#include "linkage/engine.h"
#include "linkage/index.h"
#include "linkage/meanwhile.h"
#include "linkage/page_lists.h"
#include "linkage/result_tree.h"
#include "linkage/results.h"
#include "linkage/sorted_keys.h"

/* What is to be done piece by piece. */
typedef enum PieceKind
{
	PIECE_JOIN,					/* the records */
	PIECE_LIST,					/* keys of a rule of search alone */
	PIECE_TREE					/* an index of a result */
} PieceKind;

#define ALL_KINDS (1u << PIECE_JOIN | 1u << PIECE_LIST | 1u << PIECE_TREE)

/* How far a piece is. */
enum
{
	PIECE_LATER,				/* what it needs is not there */
	PIECE_READY,
	PIECE_TAKEN
};

typedef struct Piece
{
	PieceKind	kind;
	pg_atomic_uint32 state;
	int			rule;
	/* an index */
	Oid			index;
	bool		of_persons;
	bool		log;
} Piece;

/* All pieces, and what came out. */
typedef struct MeanwhileTasks
{
	bool		join;			/* the first piece is to join the records */
	LinkRef		edges;			/* those that may join some, strongest first */
	int64		nedges;
	LinkRef		label;
	int64		refused;
	pg_atomic_uint32 joined;
	pg_atomic_uint32 listed;	/* rules of search alone */
	pg_atomic_uint32 there;		/* workers that have begun */
	ConditionVariable changed;
	LinkRows	pairs;			/* when their indexes are ready to be written */
	LinkRows	persons;
	int			nlists;			/* of rules of search alone */
	LinkRule	rule[LINK_MAX_SEARCH_RULES];
	LinkPageList postings[LINK_MAX_SEARCH_RULES];
	uint32		npieces;
	Piece		piece[FLEXIBLE_ARRAY_MEMBER];
} MeanwhileTasks;

struct LinkMeanwhile
{
	LinkJob    *job;
	LinkTeam   *team;			/* NULL: the leader is alone */
	LinkWork	work;
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

/* list_keys lists who has which key of a rule of search alone; of large blocks the first records. */
static void
list_keys(LinkJob *job, LinkSortedKeys *sorted, MeanwhileTasks *tasks, int rule)
{
	LinkPageSpool *spool = clt_link_spool_open(job, LINK_LIST_FILE(job, rule));
	int			bits = clt_link_posting_bits(job->n);
	LinkPageCutter *cutter;
	const CltKeyRow *keys;
	CltKeyRow	taken[LINK_SEARCH_RUN];
	Size		n;
	Size		from;
	Size		to;

	(void) clt_link_sorted_keys_make(sorted, &tasks->rule[rule], NULL);
	cutter = clt_link_spool_start(spool, &tasks->postings[rule]);
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
	clt_link_spool_close(spool);
	pg_write_barrier();
	pg_atomic_fetch_add_u32(&tasks->listed, 1);
	ConditionVariableBroadcast(&tasks->changed);
}

/* write_index writes an index of a table from its rows. */
static void
write_index(LinkJob *job, MeanwhileTasks *tasks, const Piece *piece)
{
	Relation	index = index_open(piece->index, RowExclusiveLock);
	LinkRows	rows;

	clt_link_see_rows(job, piece->of_persons ? &tasks->persons : &tasks->pairs, &rows);
	clt_link_write_tree(index, &rows, piece->log);
	index_close(index, NoLock);
}

/* take takes a piece of some kinds that is ready; NULL if there is none, and then whether there will be one. */
static Piece *
take(MeanwhileTasks *tasks, uint32 kinds, bool *later)
{
	uint32		i;

	*later = false;
	for (i = 0; i < tasks->npieces; i++)
	{
		Piece	   *piece = &tasks->piece[i];
		uint32		ready = PIECE_READY;

		if (!(kinds & (1u << piece->kind)))
			continue;
		if (pg_atomic_compare_exchange_u32(&piece->state, &ready, PIECE_TAKEN))
			return piece;
		*later |= ready == PIECE_LATER;
	}
	return NULL;
}

/* do_pieces does one piece of some kinds after another. */
static void
do_pieces(LinkJob *job, MeanwhileTasks *tasks, uint32 kinds)
{
	LinkSortedKeys *sorted = NULL;
	bool		later;

	ConditionVariablePrepareToSleep(&tasks->changed);
	for (;;)
	{
		Piece	   *piece = take(tasks, kinds, &later);

		if (!piece && !later)
			break;
		if (!piece)
		{
			ConditionVariableSleep(&tasks->changed, PG_WAIT_EXTENSION);
			continue;
		}
		pg_read_barrier();
		if (piece->kind == PIECE_JOIN)
			join(job, tasks);
		else if (piece->kind == PIECE_TREE)
			write_index(job, tasks, piece);
		else
		{
			if (!sorted)
				sorted = clt_link_sorted_keys_open(job);
			list_keys(job, sorted, tasks, piece->rule);
		}
	}
	ConditionVariableCancelSleep();
	if (sorted)
		clt_link_sorted_keys_close(sorted);
}

/* clt_link_work_meanwhile is what each process does: all pieces that nobody else does. */
void
clt_link_work_meanwhile(LinkJob *job, LinkWork *work)
{
	MeanwhileTasks *tasks = clt_link_at(job, work->tasks);

	if (job->participant > 0)
		pg_atomic_fetch_add_u32(&tasks->there, 1);
	do_pieces(job, tasks, ALL_KINDS);
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
	edges = clt_link_shared_room(job, n * sizeof(CltEdge), &tasks->edges);
	memcpy(edges, job->edges, n * sizeof(CltEdge));
	(void) clt_link_shared_room(job, (Size) job->n * sizeof(uint32), &tasks->label);
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

static Piece *
add_piece(MeanwhileTasks *tasks, PieceKind kind, uint32 state)
{
	Piece	   *piece = &tasks->piece[tasks->npieces++];

	piece->kind = kind;
	pg_atomic_init_u32(&piece->state, state);
	return piece;
}

/* add_indexes adds the indexes of a result that are written from its rows, with files of their own. */
static void
add_indexes(MeanwhileTasks *tasks, Relation rel, List *indexes, bool of_persons)
{
	ListCell   *lc;

	foreach(lc, indexes)
	{
		Relation	index = index_open(lfirst_oid(lc), LINK_RESULT_LOCK);

		if (clt_link_may_write_tree(index))
		{
			Piece	   *piece = add_piece(tasks, PIECE_TREE, PIECE_LATER);

			piece->index = lfirst_oid(lc);
			piece->of_persons = of_persons;
			clt_link_renew_index(rel, index);
			piece->log = RelationNeedsWAL(index);
		}
		index_close(index, NoLock);
	}
}

/* see_label shows the labels to all. */
static void
see_label(LinkJob *job, MeanwhileTasks *tasks)
{
	uint32	   *label = job->label;

	job->label = clt_link_shared_room(job, (Size) job->n * sizeof(uint32), &tasks->label);
	memcpy(job->label, label, (Size) job->n * sizeof(uint32));
	pfree(label);
}

/*
 * clt_link_meanwhile_start has others begin, if there may be any, and the records joined unless they are.  Without
 * pairs only persons are written, once more.
 */
LinkMeanwhile *
clt_link_meanwhile_start(LinkJob *job, Relation pairs, Relation persons)
{
	LinkMeanwhile *meanwhile = MemoryContextAllocZero(job->context, sizeof(LinkMeanwhile));
	List	   *pair_indexes = pairs ? RelationGetIndexList(pairs) : NIL;
	List	   *person_indexes = RelationGetIndexList(persons);
	int			nsearch = pairs ? job->lists->nsearch : 0;
	int			most = 1 + nsearch + list_length(pair_indexes) + list_length(person_indexes);
	MeanwhileTasks *tasks;
	int			r;

	meanwhile->job = job;
	clt_link_work_init(&meanwhile->work, LINK_WORK_MEANWHILE, 0);
	meanwhile->tasks = tasks = clt_link_shared_alloc(job, offsetof(MeanwhileTasks, piece) + most * sizeof(Piece), &meanwhile->work.tasks);
	tasks->nlists = nsearch;
	pg_atomic_init_u32(&tasks->joined, 0);
	pg_atomic_init_u32(&tasks->listed, 0);
	pg_atomic_init_u32(&tasks->there, 0);
	ConditionVariableInit(&tasks->changed);
	if (!job->label && joins_alone(job))
		clt_link_join(job, NULL, 0);
	tasks->join = !job->label;
	if (tasks->join)
	{
		(void) add_piece(tasks, PIECE_JOIN, PIECE_READY);
		share_edges(job, tasks);
	}
	else
	{
		clt_link_forget_sketches(job);
		see_label(job, tasks);
	}
	add_indexes(tasks, pairs, pair_indexes, false);
	for (r = 0; r < nsearch; r++)
	{
		tasks->rule[r] = job->lists->search[r];
		add_piece(tasks, PIECE_LIST, PIECE_READY)->rule = r;
	}
	add_indexes(tasks, persons, person_indexes, true);
	if (!clt_link_crew_ready(job))
		return meanwhile;

	/*
	 * what is written goes to a transaction and a command that have numbers
	 * by now
	 */
	(void) GetCurrentTransactionId();
	(void) GetCurrentCommandId(true);
	meanwhile->team = clt_link_crew_start(job, &meanwhile->work, Min(clt_link_participants(job) - 1, (int) tasks->npieces));
	return meanwhile;
}

/* clt_link_meanwhile_show shows the rows of a table that is filled, or about to be, so that its indexes can be written. */
void
clt_link_meanwhile_show(LinkMeanwhile *meanwhile, const LinkRows *rows)
{
	MeanwhileTasks *tasks = meanwhile->tasks;
	LinkRows   *shown = rows->person ? &tasks->persons : &tasks->pairs;
	uint32		i;

	*shown = *rows;
	shown->label_ref = tasks->label;
	pg_write_barrier();
	for (i = 0; i < tasks->npieces; i++)
		if (tasks->piece[i].kind == PIECE_TREE && tasks->piece[i].of_persons == (rows->person != NULL))
			pg_atomic_write_u32(&tasks->piece[i].state, PIECE_READY);
	ConditionVariableBroadcast(&tasks->changed);
}

/* clt_link_meanwhile_joined waits until the records are joined; should nobody have begun with that, the leader does it. */
void
clt_link_meanwhile_joined(LinkMeanwhile *meanwhile)
{
	MeanwhileTasks *tasks = meanwhile->tasks;
	LinkJob    *job = meanwhile->job;
	uint32		ready = PIECE_READY;

	if (!tasks->join)
		return;
	if (pg_atomic_compare_exchange_u32(&tasks->piece[0].state, &ready, PIECE_TAKEN))
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

/* clt_link_meanwhile_listed waits until the lists of search alone are made, and makes those that nobody has begun with. */
void
clt_link_meanwhile_listed(LinkMeanwhile *meanwhile)
{
	MeanwhileTasks *tasks = meanwhile->tasks;
	LinkJob    *job = meanwhile->job;

	do_pieces(job, tasks, 1u << PIECE_LIST);
	ConditionVariablePrepareToSleep(&tasks->changed);
	while (pg_atomic_read_u32(&tasks->listed) < (uint32) tasks->nlists)
		ConditionVariableSleep(&tasks->changed, PG_WAIT_EXTENSION);
	ConditionVariableCancelSleep();
	pg_read_barrier();
	memcpy(job->lists->search_postings, tasks->postings, tasks->nlists * sizeof(LinkPageList));
}

/* clt_link_meanwhile_end does what is left, waits for the others and takes over what they did. */
void
clt_link_meanwhile_end(LinkMeanwhile *meanwhile)
{
	LinkJob    *job = meanwhile->job;

	clt_link_work_meanwhile(job, &meanwhile->work);
	if (meanwhile->team)
		clt_link_crew_finish(meanwhile->team);
	clt_link_forget_sketches(job);
	clt_link_shared_free(job, meanwhile->work.tasks);
	pfree(meanwhile);
}
