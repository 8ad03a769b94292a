/*
 * bulk.h
 *		Filling a result in bulk.
 */
#ifndef CLT_LINKAGE_BULK_H
#define CLT_LINKAGE_BULK_H

#include "executor/tuptable.h"
#include "nodes/execnodes.h"
#include "utils/rel.h"

#define LINK_INSERT_BATCH 1000

typedef struct LinkLoader
{
	Relation	rel;
	Relation	key;			/* index over the first columns, kept up while
								 * rows go in; NULL: none */
	IndexInfo  *key_info;
	TupleTableSlot *slot[LINK_INSERT_BATCH];
	int			n;
	int			options;		/* of table_multi_insert */
	ItemPointerData *place;		/* where the next rows' places in the table
								 * are noted; NULL: nowhere */
	CommandId	cid;
	struct BulkInsertStateData *bistate;
	MemoryContext batch;		/* for what the rows at hand point to */
} LinkLoader;

extern void clt_link_loader_open(LinkLoader *loader, Relation rel, Relation key);
extern TupleTableSlot *clt_link_loader_next(LinkLoader *loader);
extern void clt_link_loader_close(LinkLoader *loader);

#endif
