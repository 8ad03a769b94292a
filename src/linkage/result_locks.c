/*
 * result_locks.c
 *		Whom a run shuts out before it writes, and in what order.
 *
 * A run empties the results that it fills again, for which nobody may read them, and
 * keeps stewards from deciding.  Others take the same locks one after another, in
 * whatever order their transaction comes upon them: somebody reads persons and then
 * merges two, somebody looks at pairs and then at persons.  Whoever waits for one
 * while he holds another may wait for somebody who waits for him.  So a run takes
 * all of them or none: it waits for one at a time, with no other in hand, and tries
 * whether the others are free.
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/resowner.h"

#include "core/clientele.h"
#include "linkage/results.h"

/* Where others never leave all of them free at once, it waits for one after the other in the end. */
#define MOST_TRIES 20

/* What is locked: the results, in this order, and the model. */
enum
{
	LOCK_PERSONS,
	LOCK_PAIRS,
	LOCK_MODEL,
	NLOCKS
};

typedef struct Locks
{
	LinkJob    *job;
	LinkModel  *model;
	Oid			table[LOCK_MODEL];	/* InvalidOid: there is none yet */
} Locks;

static void
find_tables(Locks *locks)
{
	locks->table[LOCK_PERSONS] = clt_link_existing_result(locks->job, clt_link_result_name(locks->job, "person"));
	locks->table[LOCK_PAIRS] = clt_link_existing_result(locks->job, clt_link_result_name(locks->job, "pair"));
}

/* wait_for_model waits until nobody decides, and lets those who come next do so: only a subtransaction's end takes a row's lock back. */
static void
wait_for_model(Locks *locks)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	LinkModel	seen;

	BeginInternalSubTransaction(NULL);
	(void) clt_link_lock_model(locks->job->model, &seen, true);
	RollbackAndReleaseCurrentSubTransaction();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
}

/* try_lock takes a lock if it is free. */
static bool
try_lock(Locks *locks, int which)
{
	if (which == LOCK_MODEL)
		return clt_link_lock_model(locks->job->model, locks->model, false);
	return !OidIsValid(locks->table[which]) || ConditionalLockRelationOid(locks->table[which], AccessExclusiveLock);
}

/* unlock_tables gives back the locks that were taken: all before the one that was not, and the one that was waited for. */
static void
unlock_tables(Locks *locks, int until, int waited)
{
	int			i;

	for (i = 0; i < LOCK_MODEL; i++)
		if ((i < until || i == waited) && OidIsValid(locks->table[i]))
			UnlockRelationOid(locks->table[i], AccessExclusiveLock);
}

/* try_all takes all locks, waiting for one of them alone (-1: for none); returns NLOCKS, or which one was not free. */
static int
try_all(Locks *locks, int waited)
{
	int			i;

	if (waited == LOCK_MODEL)
		wait_for_model(locks);
	else if (waited >= 0)
		LockRelationOid(locks->table[waited], AccessExclusiveLock);
	for (i = 0; i < NLOCKS; i++)
		if ((i != waited || i == LOCK_MODEL) && !try_lock(locks, i))
		{
			unlock_tables(locks, i, waited);
			break;
		}
	return i;
}

/* clt_link_lock_results shuts out readers of the results and stewards until the transaction ends. */
void
clt_link_lock_results(LinkJob *job, LinkModel *model)
{
	Locks		locks = {.job = job,.model = model};
	int			waited = -1;
	int			tries;
	int			i;

	for (tries = 0; tries < MOST_TRIES; tries++)
	{
		Oid			person;
		Oid			pair;

		CHECK_FOR_INTERRUPTS();
		find_tables(&locks);
		if (waited >= 0 && waited < LOCK_MODEL && !OidIsValid(locks.table[waited]))
			waited = -1;
		person = locks.table[LOCK_PERSONS];
		pair = locks.table[LOCK_PAIRS];
		waited = try_all(&locks, waited);
		if (waited < NLOCKS)
			continue;
		/* dropped while we waited, or made */
		find_tables(&locks);
		if (locks.table[LOCK_PERSONS] == person && locks.table[LOCK_PAIRS] == pair)
			return;
		waited = -1;
	}
	for (i = 0; i < LOCK_MODEL; i++)
		if (OidIsValid(locks.table[i]))
			LockRelationOid(locks.table[i], AccessExclusiveLock);
	(void) clt_link_lock_model(job->model, model, true);
}
