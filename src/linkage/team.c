/*
 * team.c
 *		Doing the pieces of a job in several processes.
 *
 * All that follows from the encoded source (blocks, pairs, the histogram of vectors) is
 * made of pieces that do not depend on one another.  Each process takes the next piece
 * until there is none, the leader like the rest.  What the pieces give is added up in
 * integers or sorted afterwards: the result is the same to the bit with any number of
 * workers, and the leader does all alone when none are to be had.
 */
#include "postgres.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "storage/sharedfileset.h"
#include "utils/memutils.h"

#include "core/clientele.h"
#include "linkage/crew.h"
#include "linkage/engine.h"
#include "linkage/progress.h"

#define KEY_JOB 1
#define KEY_WORK 2
#define KEY_CREW 3
#define KEY_PARTS 4
#define KEY_SQL 5

/* What workers need to find their way: copied to each. */
typedef struct CrewHandles
{
	int			nworkers;
	dsa_handle	area;
	dsm_handle	files;
	dsm_handle	progress;
} CrewHandles;

/* What the job's struct only points to. */
typedef struct JobParts
{
	LinkField	element[LINK_MAX_FIELDS];
	CltLevels	levels[CLT_FS_MAX_COMPARISONS];
} JobParts;

struct LinkTeam
{
	ParallelContext *pcxt;
	LinkWork   *work;			/* where all see it */
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

/* clt_link_crew_start has other processes begin with a work; what of it this one does is up to the caller. */
LinkTeam *
clt_link_crew_start(LinkJob *job, const LinkWork *work, int nworkers)
{
	LinkTeam   *team = MemoryContextAlloc(job->context, sizeof(LinkTeam));
	ParallelContext *pcxt;
	CrewHandles *handles;
	LinkJob    *copy;
	JobParts   *parts;
	char	   *sql = compares(work->kind) ? clt_link_write_sql(job) : NULL;
	int			i;

	EnterParallelMode();
	pcxt = CreateParallelContext("clientele", "clt_link_crew_main", nworkers);
	shm_toc_estimate_chunk(&pcxt->estimator, sizeof(LinkJob));
	shm_toc_estimate_chunk(&pcxt->estimator, sizeof(LinkWork));
	shm_toc_estimate_chunk(&pcxt->estimator, sizeof(CrewHandles));
	shm_toc_estimate_chunk(&pcxt->estimator, sizeof(JobParts));
	if (sql)
		shm_toc_estimate_chunk(&pcxt->estimator, strlen(sql) + 1);
	shm_toc_estimate_keys(&pcxt->estimator, sql ? 5 : 4);
	InitializeParallelDSM(pcxt);
	copy = shm_toc_allocate(pcxt->toc, sizeof(LinkJob));
	memcpy(copy, job, sizeof(LinkJob));
	shm_toc_insert(pcxt->toc, KEY_JOB, copy);
	parts = shm_toc_allocate(pcxt->toc, sizeof(JobParts));
	for (i = 0; i < job->nfields; i++)
		if (job->field[i].element)
			parts->element[i] = *job->field[i].element;
	for (i = 0; i < job->ncomparisons; i++)
		if (job->comparison[i].levels)
			parts->levels[i] = *job->comparison[i].levels;
	shm_toc_insert(pcxt->toc, KEY_PARTS, parts);
	team->work = shm_toc_allocate(pcxt->toc, sizeof(LinkWork));
	memcpy(team->work, work, sizeof(LinkWork));
	pg_atomic_init_u32(&team->work->next, 0);
	shm_toc_insert(pcxt->toc, KEY_WORK, team->work);
	handles = shm_toc_allocate(pcxt->toc, sizeof(CrewHandles));
	handles->nworkers = job->crew->nworkers;
	handles->area = dsa_get_handle(job->crew->area);
	handles->files = dsm_segment_handle(job->crew->files);
	handles->progress = clt_link_progress_handle(job);
	shm_toc_insert(pcxt->toc, KEY_CREW, handles);
	if (sql)
		shm_toc_insert(pcxt->toc, KEY_SQL, strcpy(shm_toc_allocate(pcxt->toc, strlen(sql) + 1), sql));
	LaunchParallelWorkers(pcxt);
	team->pcxt = pcxt;
	return team;
}

/* clt_link_team_work is the work where all see it. */
LinkWork *
clt_link_team_work(LinkTeam *team)
{
	return team->work;
}

/* clt_link_team_size is how many processes were asked for and are, or will be, at work. */
int
clt_link_team_size(const LinkTeam *team)
{
	return team->pcxt->nworkers_launched;
}

/* clt_link_crew_finish waits for the others and sends them home. */
void
clt_link_crew_finish(LinkTeam *team)
{
	WaitForParallelWorkersToFinish(team->pcxt);
	DestroyParallelContext(team->pcxt);
	ExitParallelMode();
	pfree(team);
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
	do_work(job, team->work);
	clt_link_crew_finish(team);
}

/* find_elements does what is to be done of that before there are any arrays. */
static void
find_elements(LinkJob *job, JobParts *parts)
{
	int			i;

	for (i = 0; i < job->nfields; i++)
		if (job->field[i].element)
			job->field[i].element = &parts->element[i];
}

/* find_way makes a worker's copy of the job point to where it sees the arrays. */
static void
find_way(LinkJob *job, JobParts *parts)
{
	int			i;

	job->codes = clt_link_at(job, job->codes_ref);
	job->keys = NULL;
	job->runs = job->runs_ref ? clt_link_at(job, job->runs_ref) : NULL;
	job->copy = job->copy_ref ? clt_link_at(job, job->copy_ref) : NULL;
	for (i = 0; i < job->nfields; i++)
	{
		LinkField  *field = &job->field[i];

		field->col.code = job->codes + i;
		if (field->element)
			field->element = &parts->element[i];
		clt_link_find_field(job, field);
	}
	for (i = 0; i < job->ncomparisons; i++)
		if (job->comparison[i].levels)
			job->comparison[i].levels = &parts->levels[i];
	for (i = 0; i < job->nrules; i++)
	{
		job->rule[i].rows = job->rule[i].rows_ref ? clt_link_at(job, job->rule[i].rows_ref) : NULL;
		job->rule[i].start = job->rule[i].start_ref ? clt_link_at(job, job->rule[i].start_ref) : NULL;
	}
	clt_link_see_sketches(job);
	clt_link_kernels(job);
	clt_link_memos(job);
}

/* clt_link_crew_main is where a worker begins. */
void
clt_link_crew_main(dsm_segment * seg, shm_toc * toc)
{
	CrewHandles *handles = shm_toc_lookup(toc, KEY_CREW, false);
	LinkWork   *work = shm_toc_lookup(toc, KEY_WORK, false);
	LinkJob    *job = palloc(sizeof(LinkJob));
	LinkCrew   *crew = palloc0(sizeof(LinkCrew));
	JobParts   *parts = palloc(sizeof(JobParts));

	(void) seg;
	memcpy(job, shm_toc_lookup(toc, KEY_JOB, false), sizeof(LinkJob));
	crew->nworkers = handles->nworkers;
	crew->area = dsa_attach(handles->area);
	crew->files = dsm_attach(handles->files);
	SharedFileSetAttach(dsm_segment_address(crew->files), crew->files);
	job->crew = crew;
	job->participant = ParallelWorkerNumber + 1;
	job->context = CurrentMemoryContext;
	clt_link_progress_attach(job, handles->progress);
	memcpy(parts, shm_toc_lookup(toc, KEY_PARTS, false), sizeof(JobParts));
	if (work->kind == LINK_WORK_READING)
		find_elements(job, parts);
	else
		find_way(job, parts);
	if (compares(work->kind))
		clt_link_read_sql(job, shm_toc_lookup(toc, KEY_SQL, false));
	do_work(job, work);
	clt_link_progress_close(job);
	dsa_detach(crew->area);
	dsm_detach(crew->files);
}
