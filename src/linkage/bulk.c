/*
 * bulk.c
 *		Filling a result in bulk, by the table access method's own way.
 *
 * Rows go past triggers, constraints and row security: whoever fills a table has made
 * sure that it has none.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/index.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "core/clientele.h"
#include "linkage/bulk.h"

/* clt_link_loader_open begins; key is an index over the table's first columns that is to be kept up, or NULL. */
void
clt_link_loader_open(LinkLoader *loader, Relation rel, Relation key)
{
	int			i;

	loader->rel = rel;
	loader->key = key;
	loader->key_info = key ? BuildIndexInfo(key) : NULL;
	loader->n = 0;
	loader->options = TABLE_INSERT_SKIP_FSM;
	loader->place = NULL;
	loader->cid = GetCurrentCommandId(true);
	loader->bistate = GetBulkInsertState();
	loader->batch = AllocSetContextCreate(CurrentMemoryContext, "clientele bulk insert", ALLOCSET_DEFAULT_SIZES);
	for (i = 0; i < LINK_INSERT_BATCH; i++)
		loader->slot[i] = table_slot_create(rel, NULL);
}

static void
flush(LinkLoader *loader)
{
	MemoryContext old = MemoryContextSwitchTo(loader->batch);
	int			i;

	if (loader->n > 0)
		table_multi_insert(loader->rel, loader->slot, loader->n, loader->cid, loader->options, loader->bistate);
	for (i = 0; loader->key && i < loader->n; i++)
		(void) index_insert(loader->key, loader->slot[i]->tts_values, loader->slot[i]->tts_isnull, &loader->slot[i]->tts_tid,
							loader->rel, UNIQUE_CHECK_YES, false, loader->key_info);
	for (i = 0; loader->place && i < loader->n; i++)
		*loader->place++ = loader->slot[i]->tts_tid;
	loader->n = 0;
	MemoryContextSwitchTo(old);
	MemoryContextReset(loader->batch);
	CHECK_FOR_INTERRUPTS();
}

/* clt_link_loader_next returns an empty slot to be filled. */
TupleTableSlot *
clt_link_loader_next(LinkLoader *loader)
{
	TupleTableSlot *slot;

	if (loader->n == LINK_INSERT_BATCH)
		flush(loader);
	slot = loader->slot[loader->n++];
	ExecClearTuple(slot);
	memset(slot->tts_isnull, 0, sizeof(bool) * RelationGetDescr(loader->rel)->natts);
	return slot;
}

void
clt_link_loader_close(LinkLoader *loader)
{
	int			i;

	flush(loader);
	for (i = 0; i < LINK_INSERT_BATCH; i++)
		ExecDropSingleTupleTableSlot(loader->slot[i]);
	FreeBulkInsertState(loader->bistate);
	table_finish_bulk_insert(loader->rel, loader->options);
	MemoryContextDelete(loader->batch);
}
