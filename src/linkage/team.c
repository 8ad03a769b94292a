/*
 * team.c
 *		Doing the pieces of a job in several processes.
 *
 * All that follows from the encoded source (blocks, pairs, the histogram of vectors) is
 * made of pieces that do not depend on one another.  Each process takes the next piece
 * until there is none, the leader like the rest.  What the pieces give is added up in
 * integers or sorted afterwards: the result is the same to the bit with any number of
 * workers, and the leader does all alone when none are to be had.
 *
 * A worker is a process that takes long to start and to be shown the records.  From the
 * reading to the pairs that are kept the leader runs no statement, so there it stays when
 * a work is done and waits for the next: what is to be done, and the job as it is by
 * then, stands on a board.  Nobody waits for a worker that has not begun.
 */
#include "postgres.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/condition_variable.h"
#include "storage/sharedfileset.h"
#include "storage/spin.h"
#include "utils/memutils.h"

#include "core/clientele.h"
#include "linkage/crew.h"
#include "linkage/engine.h"
#include "linkage/progress.h"

#define KEY_CREW 1
#define KEY_BOARD 2

/* What workers need to find their way: copied to each. */
typedef struct CrewHandles
{
	int			nworkers;
	dsa_handle	area;
	dsm_handle	files;
	dsm_handle	progress;
} CrewHandles;

/* Where workers look for something to do. */
typedef struct CrewBoard
{
	slock_t		mutex;			/* guards all but the last */
	uint32		number;			/* of the work, from 1 */
	LinkRef		orders;			/* what it is */
	bool		open;			/* whoever is free begins with it */
	bool		over;			/* there will be no other one */
	int			busy;			/* workers that are at it */
	ConditionVariable changed;
} CrewBoard;

/* A work, the job as it is by then, and what the job's struct only points to. */
typedef struct CrewOrders
{
	LinkWork	work;
	LinkJob		job;
	LinkField	element[LINK_MAX_FIELDS];
	CltLevels	levels[CLT_FS_MAX_COMPARISONS];
	LinkRef		sql;			/* conditions, where pairs are compared */
} CrewOrders;

struct LinkTeam
{
	LinkJob    *job;
	ParallelContext *pcxt;
	int			wanted;			/* workers asked for */
	CrewBoard  *board;
	LinkRef		orders_ref;
	CrewOrders *orders;
};

void
clt_link_work_init(LinkWork *work, LinkWorkKind kind, uint32 ntasks)
{
	memset(work, 0, sizeof(*work));
	work->kind = kind;
	work->ntasks = ntasks;
	pg_atomic_init_u32(&work->next, 0);
}

/* clt_link_next_task returns the number of a piece that nobody has taken, -1 if there is none. */
int64
clt_link_next_task(LinkWork *work)
{
	uint32		task;

	CHECK_FOR_INTERRUPTS();
	if (pg_atomic_read_u32(&work->next) >= work->ntasks)
		return -1;
	task = pg_atomic_fetch_add_u32(&work->next, 1);
	return task < work->ntasks ? (int64) task : -1;
}

static void
do_work(LinkJob *job, LinkWork *work)
{
	switch (work->kind)
	{
		case LINK_WORK_READING:
			clt_link_work_reading(job, work);
			break;
		case LINK_WORK_RUNS:
			clt_link_work_runs(job, work);
			break;
		case LINK_WORK_NUMBERS:
			clt_link_work_numbers(job, work);
			break;
		case LINK_WORK_SKETCHES:
			clt_link_work_sketches(job, work);
			break;
		case LINK_WORK_CHANCE:
			clt_link_work_chance(job, work);
			break;
		case LINK_WORK_KEEP:
			clt_link_work_keep(job, work);
			break;
		case LINK_WORK_PAIRS:
			clt_link_work_pairs(job, work);
			break;
		case LINK_WORK_OTHER_PAIRS:
			clt_link_work_other_pairs(job, work);
			break;
		case LINK_WORK_MEANWHILE:
			clt_link_work_meanwhile(job, work);
			break;
	}
}

/* compares tells whether pairs are compared in a kind of work. */
static bool
compares(LinkWorkKind kind)
{
	return kind == LINK_WORK_CHANCE || kind == LINK_WORK_PAIRS || kind == LINK_WORK_OTHER_PAIRS;
}

/* hire has workers start, who wait for orders. */
static LinkTeam *
hire(LinkJob *job, int nworkers)
{
	LinkTeam   *team = MemoryContextAlloc(job->context, sizeof(LinkTeam));
	ParallelContext *pcxt;
	CrewHandles *handles;

	EnterParallelMode();
	pcxt = CreateParallelContext("clientele", "clt_link_crew_main", nworkers);
	shm_toc_estimate_chunk(&pcxt->estimator, sizeof(CrewHandles));
	shm_toc_estimate_chunk(&pcxt->estimator, sizeof(CrewBoard));
	shm_toc_estimate_keys(&pcxt->estimator, 2);
	InitializeParallelDSM(pcxt);
	handles = shm_toc_allocate(pcxt->toc, sizeof(CrewHandles));
	handles->nworkers = job->crew->nworkers;
	handles->area = dsa_get_handle(job->crew->area);
	handles->files = dsm_segment_handle(job->crew->files);
	handles->progress = clt_link_progress_handle(job);
	shm_toc_insert(pcxt->toc, KEY_CREW, handles);
	team->board = shm_toc_allocate(pcxt->toc, sizeof(CrewBoard));
	memset(team->board, 0, sizeof(CrewBoard));
	SpinLockInit(&team->board->mutex);
	ConditionVariableInit(&team->board->changed);
	shm_toc_insert(pcxt->toc, KEY_BOARD, team->board);
	LaunchParallelWorkers(pcxt);
	team->job = job;
	team->pcxt = pcxt;
	team->wanted = nworkers;
	return team;
}

/* write_orders writes down what is to be done, where all see it. */
static void
write_orders(LinkTeam *team, const LinkWork *work)
{
	LinkJob    *job = team->job;
	CrewOrders *orders = clt_link_shared_room(job, sizeof(CrewOrders), &team->orders_ref);
	int			i;

	team->orders = orders;
	memcpy(&orders->work, work, sizeof(LinkWork));
	pg_atomic_init_u32(&orders->work.next, 0);
	memcpy(&orders->job, job, sizeof(LinkJob));
	for (i = 0; i < job->nfields; i++)
		if (job->field[i].element)
			orders->element[i] = *job->field[i].element;
	for (i = 0; i < job->ncomparisons; i++)
		if (job->comparison[i].levels)
			orders->levels[i] = *job->comparison[i].levels;
	orders->sql = 0;
	if (compares(work->kind))
	{
		char	   *sql = clt_link_write_sql(job);
		Size		size = strlen(sql) + 1;

		memcpy(clt_link_shared_room(job, size, &orders->sql), sql, size);
		pfree(sql);
	}
}

/* clt_link_crew_start has other processes begin with a work; what of it this one does is up to the caller. */
LinkTeam *
clt_link_crew_start(LinkJob *job, const LinkWork *work, int nworkers)
{
	LinkTeam   *team = job->crew->team;

	if (!team)
		team = job->crew->team = hire(job, job->workers_stay ? job->crew->nworkers : nworkers);
	write_orders(team, work);
	SpinLockAcquire(&team->board->mutex);
	team->board->number++;
	team->board->orders = team->orders_ref;
	team->board->open = true;
	SpinLockRelease(&team->board->mutex);
	ConditionVariableBroadcast(&team->board->changed);
	return team;
}

/* clt_link_team_size is how many processes were asked for and are, or will be, at work. */
int
clt_link_team_size(const LinkTeam *team)
{
	return team->pcxt->nworkers_launched;
}

/* busy_workers tells how many are at the work at hand. */
static int
busy_workers(CrewBoard *board)
{
	int			busy;

	SpinLockAcquire(&board->mutex);
	busy = board->busy;
	SpinLockRelease(&board->mutex);
	return busy;
}

/* send_home ends the workers of a team, and waits until they are gone. */
static void
send_home(LinkTeam *team)
{
	SpinLockAcquire(&team->board->mutex);
	team->board->over = true;
	SpinLockRelease(&team->board->mutex);
	ConditionVariableBroadcast(&team->board->changed);
	WaitForParallelWorkersToFinish(team->pcxt);
	DestroyParallelContext(team->pcxt);
	ExitParallelMode();
	team->job->crew->team = NULL;
	pfree(team);
}

/* clt_link_crew_send_home sends workers home, if there are any, before a statement is run; the next work calls for others. */
void
clt_link_crew_send_home(LinkJob *job)
{
	if (job->crew && job->crew->team)
		send_home(job->crew->team);
}

/* clt_link_crew_dismiss sends workers home, and those to come after each work. */
void
clt_link_crew_dismiss(LinkJob *job)
{
	job->workers_stay = false;
	clt_link_crew_send_home(job);
}

/*
 * clt_link_crew_finish waits for those who have begun.  They stay if they may, unless there are fewer than there
 * might be: next time there may be more to be had.
 */
void
clt_link_crew_finish(LinkTeam *team)
{
	LinkJob    *job = team->job;
	CrewBoard  *board = team->board;
	bool		stay = job->workers_stay && team->pcxt->nworkers_launched == team->wanted;

	SpinLockAcquire(&board->mutex);
	board->open = false;
	SpinLockRelease(&board->mutex);
	ConditionVariablePrepareToSleep(&board->changed);
	while (busy_workers(board) > 0)
		ConditionVariableSleep(&board->changed, PG_WAIT_EXTENSION);
	ConditionVariableCancelSleep();
	if (team->orders->sql)
		clt_link_shared_free(job, team->orders->sql);
	clt_link_shared_free(job, team->orders_ref);
	if (!stay)
		send_home(team);
}

/* clt_link_crew_do does all pieces of a work, with the workers that are to be had. */
void
clt_link_crew_do(LinkJob *job, LinkWork *work)
{
	LinkTeam   *team;

	if (!clt_link_crew_ready(job) || work->ntasks < 2 || (job->compares_alone && compares(work->kind)))
	{
		do_work(job, work);
		return;
	}
	team = clt_link_crew_start(job, work, Min(job->crew->nworkers, (int) work->ntasks - 1));
	do_work(job, &team->orders->work);
	clt_link_crew_finish(team);
}

/* find_way makes a worker's copy of the job point to where it sees the arrays; while records are read there are none. */
static void
find_way(LinkJob *job, CrewOrders *orders)
{
	int			i;

	for (i = 0; i < job->nfields; i++)
		if (job->field[i].element)
			job->field[i].element = memcpy(palloc(sizeof(LinkField)), &orders->element[i], sizeof(LinkField));
	if (orders->work.kind == LINK_WORK_READING)
		return;
	job->codes = clt_link_at(job, job->codes_ref);
	job->keys = NULL;
	job->runs = job->runs_ref ? clt_link_at(job, job->runs_ref) : NULL;
	job->copy = job->copy_ref ? clt_link_at(job, job->copy_ref) : NULL;
	for (i = 0; i < job->nfields; i++)
	{
		job->field[i].col.code = job->codes + i;
		clt_link_find_field(job, &job->field[i]);
	}
	for (i = 0; i < job->ncomparisons; i++)
		if (job->comparison[i].levels)
			job->comparison[i].levels = memcpy(palloc(sizeof(CltLevels)), &orders->levels[i], sizeof(CltLevels));
	for (i = 0; i < job->nrules; i++)
	{
		job->rule[i].rows = job->rule[i].rows_ref ? clt_link_at(job, job->rule[i].rows_ref) : NULL;
		job->rule[i].start = job->rule[i].start_ref ? clt_link_at(job, job->rule[i].start_ref) : NULL;
	}
	clt_link_see_sketches(job);
	clt_link_kernels(job);
	clt_link_memos(job);
}

/* follow does what is ordered, with memory of its own for each work; me is what a worker knows of itself. */
static void
follow(const LinkJob *me, CrewOrders *orders)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "clientele linkage work", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	LinkJob    *job = memcpy(palloc(sizeof(LinkJob)), &orders->job, sizeof(LinkJob));

	job->crew = me->crew;
	job->participant = me->participant;
	job->progress = me->progress;
	job->progress_segment = me->progress_segment;
	job->context = context;
	find_way(job, orders);
	if (orders->sql)
		clt_link_read_sql(job, clt_link_at(job, orders->sql));
	do_work(job, &orders->work);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
}

/* next_orders waits for a work that this worker has not seen, and begins with it; 0: there will be none. */
static LinkRef
next_orders(CrewBoard *board, uint32 *seen)
{
	LinkRef		orders = 0;
	bool		over;

	ConditionVariablePrepareToSleep(&board->changed);
	for (;;)
	{
		SpinLockAcquire(&board->mutex);
		over = board->over;
		if (!over && board->open && board->number != *seen)
		{
			orders = board->orders;
			*seen = board->number;
			board->busy++;
		}
		SpinLockRelease(&board->mutex);
		if (over || orders)
			break;
		ConditionVariableSleep(&board->changed, PG_WAIT_EXTENSION);
	}
	ConditionVariableCancelSleep();
	return orders;
}

/* clt_link_crew_main is where a worker begins. */
void
clt_link_crew_main(dsm_segment * seg, shm_toc * toc)
{
	CrewHandles *handles = shm_toc_lookup(toc, KEY_CREW, false);
	CrewBoard  *board = shm_toc_lookup(toc, KEY_BOARD, false);
	LinkJob    *me = palloc0(sizeof(LinkJob));
	LinkCrew   *crew = palloc0(sizeof(LinkCrew));
	uint32		seen = 0;
	LinkRef		orders;

	(void) seg;
	crew->nworkers = handles->nworkers;
	crew->area = dsa_attach(handles->area);
	crew->files = dsm_attach(handles->files);
	SharedFileSetAttach(dsm_segment_address(crew->files), crew->files);
	me->crew = crew;
	me->participant = ParallelWorkerNumber + 1;
	clt_link_progress_attach(me, handles->progress);
	while ((orders = next_orders(board, &seen)))
	{
		follow(me, clt_link_at(me, orders));
		SpinLockAcquire(&board->mutex);
		board->busy--;
		SpinLockRelease(&board->mutex);
		ConditionVariableBroadcast(&board->changed);
	}
	clt_link_progress_close(me);
	dsa_detach(crew->area);
	dsm_detach(crew->files);
}
