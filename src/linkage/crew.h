/*
 * crew.h
 *		Doing the pieces of a job in several processes (team.c), and what they all see (crew.c).
 */
#ifndef CLT_LINKAGE_CREW_H
#define CLT_LINKAGE_CREW_H

#include "port/atomics.h"
#include "storage/buffile.h"
#include "storage/dsm.h"
#include "storage/shm_toc.h"
#include "utils/dsa.h"

#include "linkage/engine.h"

/* Workers that a job has at most. */
#define LINK_MAX_WORKERS 32

struct LinkCrew
{
	int			nworkers;		/* asked for */
	bool		ready;			/* all that is encoded lies in shared memory */
	dsa_area   *area;
	dsm_segment *files;			/* holds the set of spilled files */
	struct LinkTeam *team;		/* workers there are, if any */
};

/* What is done piece by piece. */
typedef enum LinkWorkKind
{
	LINK_WORK_READING,			/* encoding columns while the leader reads */
	LINK_WORK_RUNS,				/* a piece: the runs of one blocking rule */
	LINK_WORK_NUMBERS,			/* entering a rule's runs into the table of
								 * runs */
	LINK_WORK_SKETCHES,			/* the sketches of some values */
	LINK_WORK_CHANCE,			/* some random pairs */
	LINK_WORK_PAIRS,			/* some runs of a rule */
	LINK_WORK_OTHER_PAIRS,		/* the same, the model being trained */
	LINK_WORK_KEEP,				/* some pairs in a file */
	LINK_WORK_MEANWHILE			/* what is done while the leader writes */
} LinkWorkKind;

typedef struct LinkWork
{
	LinkWorkKind kind;
	uint32		ntasks;
	pg_atomic_uint32 next;
	LinkRef		tasks;			/* what and how depends on the kind */
	LinkRef		results;
} LinkWork;

/* Processes at work. */
typedef struct LinkTeam LinkTeam;

/* crew.c */
extern bool clt_link_crew_open(LinkJob *job, Size size);
extern void clt_link_share(LinkJob *job);
extern void clt_link_see_keys(LinkJob *job);
extern bool clt_link_crew_ready(const LinkJob *job);
extern bool clt_link_shared_memory_lacks(Size size);
extern Size clt_link_field_size(const LinkField *field);
extern void clt_link_take_field(LinkField *field, const LinkField *other);
extern void clt_link_move_field(LinkJob *job, LinkField *field);
extern void clt_link_find_field(const LinkJob *job, LinkField *field);
extern int	clt_link_participants(const LinkJob *job);
extern Size clt_link_budget(const LinkJob *job);
extern void *clt_link_shared_room(LinkJob *job, Size size, LinkRef *ref);
extern void *clt_link_shared_alloc(LinkJob *job, Size size, LinkRef *ref);
extern void clt_link_shared_free(LinkJob *job, LinkRef ref);
extern void *clt_link_at(const LinkJob *job, LinkRef ref);
extern BufFile *clt_link_crew_file(LinkJob *job, const char *what, int participant, bool create);
extern void clt_link_crew_close(LinkJob *job);

/* team.c */
extern void clt_link_work_init(LinkWork *work, LinkWorkKind kind, uint32 ntasks);
extern int64 clt_link_next_task(LinkWork *work);
extern LinkTeam *clt_link_crew_start(LinkJob *job, const LinkWork *work, int nworkers);
extern int	clt_link_team_size(const LinkTeam *team);
extern void clt_link_crew_finish(LinkTeam *team);
extern void clt_link_crew_send_home(LinkJob *job);
extern void clt_link_crew_dismiss(LinkJob *job);
extern void clt_link_crew_do(LinkJob *job, LinkWork *work);

/* the kinds of work, each in the file it belongs to */
extern void clt_link_work_reading(LinkJob *job, LinkWork *work);
extern void clt_link_work_runs(LinkJob *job, LinkWork *work);
extern void clt_link_work_numbers(LinkJob *job, LinkWork *work);
extern void clt_link_work_sketches(LinkJob *job, LinkWork *work);
extern void clt_link_work_chance(LinkJob *job, LinkWork *work);
extern void clt_link_work_pairs(LinkJob *job, LinkWork *work);
extern void clt_link_work_other_pairs(LinkJob *job, LinkWork *work);
extern void clt_link_work_keep(LinkJob *job, LinkWork *work);
extern void clt_link_work_meanwhile(LinkJob *job, LinkWork *work);

extern PGDLLEXPORT void clt_link_crew_main(dsm_segment * seg, shm_toc * toc);

#endif
