/*
 * result_rows.c
 *		The rows of a result.
 *
 * A table is filled by the leader; its indexes are written from the rows in hand
 * (result_tree.c), which all processes see: when it is filled, or meanwhile, each row as
 * soon as it has its place.
 */
#include "postgres.h"

#include "access/tableam.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "utils/memutils.h"

#include "core/clientele.h"
#include "linkage/bulk.h"
#include "linkage/crew.h"
#include "linkage/large.h"
#include "linkage/result_rows.h"
#include "linkage/results.h"

/* So many rows ahead is told which will be wanted. */
#define ROWS_AHEAD 12

/* clt_link_order_by returns the numbers of things in the order of their values, which are less than nvalues; equal ones stay as they are. */
uint32	   *
clt_link_order_by(LinkJob *job, const uint32 *value, uint32 n, uint32 nvalues)
{
	uint32	   *order = clt_link_large(job->context, Max(n, 1) * sizeof(uint32));
	uint32	   *next = MemoryContextAllocExtended(job->context, ((Size) nvalues + 1) * sizeof(uint32), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	uint32		i;

	for (i = 0; i < n; i++)
		next[value[i] + 1]++;
	for (i = 0; i < nvalues; i++)
		next[i + 1] += next[i];
	CHECK_FOR_INTERRUPTS();
	for (i = 0; i < n; i++)
		order[next[value[i]]++] = i;
	pfree(next);
	return order;
}

/* clt_link_rows_start makes room for the places of rows, which all processes see. */
void
clt_link_rows_start(LinkRows *rows)
{
	rows->place = clt_link_shared_room(rows->job, Max(rows->n, 1) * sizeof(ItemPointerData), &rows->place_ref);
	rows->placed = clt_link_shared_room(rows->job, sizeof(LinkPlaced), &rows->placed_ref);
	pg_atomic_init_u32(&rows->placed->n, 0);
	ConditionVariableInit(&rows->placed->changed);
}

void
clt_link_rows_free(LinkRows *rows)
{
	clt_link_shared_free(rows->job, rows->place_ref);
	clt_link_shared_free(rows->job, rows->placed_ref);
}

/* tell_placed says how many rows have their places by now. */
static void
tell_placed(LinkRows *rows, uint32 n)
{
	pg_write_barrier();
	pg_atomic_write_u32(&rows->placed->n, n);
	ConditionVariableBroadcast(&rows->placed->changed);
}

/* clt_link_rows_await waits until a row has its place, and returns how many have. */
uint32
clt_link_rows_await(const LinkRows *rows, uint32 row)
{
	uint32		n;

	if (pg_atomic_read_u32(&rows->placed->n) <= row)
	{
		ConditionVariablePrepareToSleep(&rows->placed->changed);
		while (pg_atomic_read_u32(&rows->placed->n) <= row)
			ConditionVariableSleep(&rows->placed->changed, PG_WAIT_EXTENSION);
		ConditionVariableCancelSleep();
	}
	n = pg_atomic_read_u32(&rows->placed->n);
	pg_read_barrier();
	return n;
}

/*
 * clt_link_fill fills a table that was just renewed; its indexes lack the rows, whose places all processes see.  Its
 * files are nobody else's before this transaction is committed, so everybody may see the rows as soon as he sees
 * the files: to a snapshot taken before that the table must not look empty.
 */
void
clt_link_fill(Relation rel, LinkRows *rows)
{
	int			natts = RelationGetDescr(rel)->natts;
	LinkLoader	loader;
	uint32		i;
	int			a;

	clt_link_loader_open(&loader, rel, NULL);
	loader.options |= TABLE_INSERT_FROZEN;
	loader.place = rows->place;
	for (i = 0; i < rows->n; i++)
	{
		TupleTableSlot *slot = clt_link_loader_next(&loader);

		if (loader.n == 1)
			tell_placed(rows, i);
		for (a = 0; i + ROWS_AHEAD < rows->n && a < natts; a++)
			rows->ahead(rows, i + ROWS_AHEAD, a);
		for (a = 0; a < natts; a++)
			slot->tts_values[a] = rows->value(rows, i, a);
		ExecStoreVirtualTuple(slot);
	}
	clt_link_loader_close(&loader);
	tell_placed(rows, rows->n);
}

/* clt_link_see_rows finds rows that another process filled a table with. */
void
clt_link_see_rows(LinkJob *job, const LinkRows *shown, LinkRows *rows)
{
	*rows = *shown;
	if (job->participant == 0)
		return;
	if (shown->person_ref)
	{
		clt_link_person_rows(job, rows);
		rows->person = clt_link_at(job, shown->person_ref);
		job->label = clt_link_at(job, shown->label_ref);
	}
	else
	{
		clt_link_pair_rows(job, rows);
		job->edges = clt_link_at(job, shown->edges_ref);
	}
	rows->place = clt_link_at(job, shown->place_ref);
	rows->placed = clt_link_at(job, shown->placed_ref);
	clt_link_see_keys(job);
}
