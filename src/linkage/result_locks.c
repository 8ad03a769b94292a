/*
 * result_locks.c
 *		Whom a run keeps out, from when on, and in what order.
 *
 * Runs of one model wait for each other from the start, by an advisory lock.
 *
 * While a run writes, others read the old result and stewards decide about it; of what
 * they decide the run knows nothing yet.  So when it has written it takes the model and the
 * results from them, looks whether something was decided since it joined the records, and if
 * so joins and writes the persons again (results.c).  From then on nobody
 * decides, until the transaction ends.
 *
 * The old files go when the transaction commits (renew.c), and nobody may be reading them
 * then: others go on reading until then, and are kept out for that moment.
 *
 * Others take the same locks one after another, in whatever order their transaction comes
 * upon them: somebody reads persons and then merges two, somebody looks at pairs and
 * then at persons.  Whoever waits for one while he holds another may wait for somebody who
 * waits for him.  So all are taken or none: who wants them waits until those have ended who
 * hold a lock on one of them, with nothing in hand that they could want and without keeping
 * anybody else from reading meanwhile, and tries again whether all are free.
 *
 * Who reads results while they are locked against stewards, and then decides in the same
 * transaction, would wait for a run that waits for him when it commits: steward_open()
 * refuses that.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/relation.h"
#include "access/xact.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "storage/predicate.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

#include "core/clientele.h"
#include "linkage/results.h"

/* Where others never leave all of them free at once, it waits for one after the other in the end. */
#define MOST_TRIES 20

/* What is locked: tables, in this order, and a model. */
typedef struct Locks
{
	Oid		   *table;
	int			ntables;
	LOCKMODE	mode;
	LinkJob    *job;			/* of the model; NULL: only tables are locked */
	LinkModel  *model;
} Locks;

/* ---- taking all locks or none ---- */

/* unused tells whether no other transaction has as much as read a table. */
static bool
unused(Oid table)
{
	LOCKTAG		tag;
	int			n;

	SET_LOCKTAG_RELATION(tag, MyDatabaseId, table);
	pfree(GetLockConflicts(&tag, AccessExclusiveLock, &n));
	return n == 0;
}

/* wait_unused waits for those who have; others may begin meanwhile. */
static void
wait_unused(Oid table)
{
	LOCKTAG		tag;

	SET_LOCKTAG_RELATION(tag, MyDatabaseId, table);
	WaitForLockers(tag, AccessExclusiveLock, false);
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

/* try_table takes a table that nobody uses.  Those who wait for a lock that we hold already, to vacuum it or so, come after us. */
static bool
try_table(Oid table, LOCKMODE mode)
{
	if (!ConditionalLockRelationOid(table, mode))
	{
		if (!unused(table))
			return false;
		LockRelationOid(table, mode);
	}
	if (mode == AccessExclusiveLock || unused(table))
		return true;
	UnlockRelationOid(table, mode);
	return false;
}

/* try_all takes all locks; returns which one was not free, and none is taken; ntables is the model, and one more: all are taken. */
static int
try_all(Locks *locks)
{
	int			i;
	int			k;

	/*
	 * a standby keeps what was locked exclusively until the transaction ends,
	 * so none is locked in vain
	 */
	for (i = 0; i < locks->ntables; i++)
		if (!unused(locks->table[i]))
			return i;
	for (i = 0; i < locks->ntables; i++)
		if (!try_table(locks->table[i], locks->mode))
			break;
	if (i == locks->ntables && (!locks->job || clt_link_lock_model(locks->job->model, locks->model, false)))
		return i + 1;
	for (k = 0; k < i; k++)
		UnlockRelationOid(locks->table[k], locks->mode);
	return i;
}

/* take_all takes all locks, as long as it can without holding one while it waits for another. */
static void
take_all(Locks *locks)
{
	int			tries;
	int			i;

	for (tries = 0; tries < MOST_TRIES; tries++)
	{
		int			busy = try_all(locks);

		if (busy > locks->ntables)
			return;
		CHECK_FOR_INTERRUPTS();
		if (busy == locks->ntables)
			wait_for_model(locks);
		else
			wait_unused(locks->table[busy]);
	}
	for (i = 0; i < locks->ntables; i++)
		LockRelationOid(locks->table[i], locks->mode);
	if (locks->job)
		(void) clt_link_lock_model(locks->job->model, locks->model, true);
}

/* results_of lists the results of a job that are there, and room for them. */
static int
results_of(LinkJob *job, Oid table[2])
{
	int			n = 0;

	table[n] = clt_link_existing_result(job, clt_link_result_name(job, "person"));
	n += OidIsValid(table[n]);
	table[n] = clt_link_existing_result(job, clt_link_result_name(job, "pair"));
	n += OidIsValid(table[n]);
	return n;
}

/* clt_link_lock_results keeps stewards from deciding until the transaction ends, and whoever would write into the results. */
void
clt_link_lock_results(LinkJob *job, LinkModel *model)
{
	Oid			table[2];
	Locks		locks = {.table = table,.mode = ExclusiveLock,.job = job,.model = model};

	locks.ntables = results_of(job, table);
	take_all(&locks);
}

/* ---- one run of a model at a time ---- */

/* has_used tells whether this transaction has a lock on a result. */
static bool
has_used(LinkJob *job)
{
	Oid			table[2];
	int			n = results_of(job, table);
	bool		used = false;

	while (n-- > 0)
	{
		Relation	rel = RelationIdGetRelation(table[n]);

		if (!rel)
			continue;
		used |= CheckRelationLockedByMe(rel, AccessShareLock, true);
		RelationClose(rel);
	}
	return used;
}

/* run_lock says by which key sessions agree on who runs a model of the caller. */
static char *
run_lock(const char *model)
{
	return psprintf("pg_catalog.hashtextextended('clientele.linkage_model ' || current_user || ' ' || %s, 0)", quote_literal_cstr(model));
}

/* clt_link_wait_for_run waits until nobody runs a model of the caller, and keeps others from it until the transaction ends. */
void
clt_link_wait_for_run(const char *model)
{
	clt_link_run(psprintf("SELECT pg_catalog.pg_advisory_xact_lock(%s)", run_lock(model)), 0, NULL, NULL, NULL, SPI_OK_SELECT);
	SPI_freetuptable(SPI_tuptable);
}

/*
 * clt_link_lock_run keeps others from running the job's model until the transaction ends; true if it had
 * to wait for them.  Who has read results and not ended must not wait: the other
 * run will wait for him.
 */
bool
clt_link_lock_run(LinkJob *job)
{
	bool		isnull;
	bool		locked;

	clt_link_run(psprintf("SELECT pg_catalog.pg_try_advisory_xact_lock(%s)", run_lock(job->model)), 0, NULL, NULL, NULL, SPI_OK_SELECT);
	locked = DatumGetBool(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	SPI_freetuptable(SPI_tuptable);
	if (locked)
		return false;
	if (has_used(job))
		ereport(ERROR,
				(errcode(ERRCODE_LOCK_NOT_AVAILABLE),
				 errmsg("linkage model \"%s\" is being run by another session", job->model),
				 errdetail("It will wait for this transaction, which has used the model's results."),
				 errhint("End the transaction, and try again.")));
	clt_link_wait_for_run(job->model);
	return true;
}

/* ---- at commit ---- */

/* A table whose new files this transaction will commit. */
typedef struct Swap
{
	Oid			table;
	SubTransactionId subid;
} Swap;

static List *swaps = NIL;		/* in the transaction's memory */

/* swap keeps everybody out of the tables that have new files, for the moment that is left. */
static void
swap(void)
{
	ResourceOwner owner = CurrentResourceOwner;
	Locks		locks = {.mode = AccessExclusiveLock};
	ListCell   *lc;
	int			i;

	CurrentResourceOwner = TopTransactionResourceOwner;
	locks.table = palloc(sizeof(Oid) * list_length(swaps));
	foreach(lc, swaps)
		locks.table[locks.ntables++] = ((Swap *) lfirst(lc))->table;
	take_all(&locks);
	for (i = 0; i < locks.ntables; i++)
	{
		Relation	rel = try_relation_open(locks.table[i], NoLock);

		if (!rel)
			continue;
		/* who has read of it has read what is not there any more, or not yet */
		foreach(lc, RelationGetIndexList(rel))
		{
			Relation	index = index_open(lfirst_oid(lc), AccessShareLock);

			TransferPredicateLocksToHeapRelation(index);
			index_close(index, NoLock);
		}
		CheckTableForSerializableConflictIn(rel);
		relation_close(rel, NoLock);
	}
	pfree(locks.table);
	CurrentResourceOwner = owner;
}

static void
at_end(XactEvent event, void *arg)
{
	(void) arg;
	if (swaps == NIL)
		return;
	if (event == XACT_EVENT_PRE_COMMIT || event == XACT_EVENT_PRE_PREPARE)
		swap();
	else if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_PREPARE || event == XACT_EVENT_ABORT)
		swaps = NIL;
}

/* at_end_of_part: what a subtransaction swaps is its parent's, or nobody's. */
static void
at_end_of_part(SubXactEvent event, SubTransactionId mine, SubTransactionId parent, void *arg)
{
	ListCell   *lc;

	(void) arg;
	if (event != SUBXACT_EVENT_COMMIT_SUB && event != SUBXACT_EVENT_ABORT_SUB)
		return;
	foreach(lc, swaps)
	{
		Swap	   *one = (Swap *) lfirst(lc);

		if (one->subid != mine)
			continue;
		if (event == SUBXACT_EVENT_COMMIT_SUB)
			one->subid = parent;
		else
			swaps = foreach_delete_current(swaps, lc);
	}
}

/* clt_link_swap_at_commit has a table locked exclusively when the transaction commits. */
void
clt_link_swap_at_commit(Oid table)
{
	static bool registered = false;
	MemoryContext old = MemoryContextSwitchTo(TopTransactionContext);
	Swap	   *one = palloc(sizeof(Swap));

	if (!registered)
	{
		RegisterXactCallback(at_end, NULL);
		RegisterSubXactCallback(at_end_of_part, NULL);
		registered = true;
	}
	one->table = table;
	one->subid = GetCurrentSubTransactionId();
	swaps = lappend(swaps, one);
	MemoryContextSwitchTo(old);
}
