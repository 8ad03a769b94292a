/*
 * result_rows.c
 *		The rows of a result, and its indexes.
 *
 * A table is filled first and its indexes are built afterwards.  Whoever builds an index
 * reads the table again and sorts what it finds; of the texts that keys mostly are that
 * is the dearest part of writing.  But the rows are still in hand, and their orders are
 * known as integers: records are numbered in the order of their keys.  So the index's
 * access method gets them from here, in the order of its first column and with the
 * places where the table put them.  It sorts them nevertheless, which costs as many
 * comparisons as there are rows if they come sorted, so nothing depends on the order
 * but time.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/index.h"
#include "catalog/pg_am.h"
#include "catalog/storage.h"
#include "commands/defrem.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "core/clientele.h"
#include "linkage/bulk.h"
#include "linkage/result_rows.h"
#include "linkage/results.h"

/* So many rows ahead is told which will be wanted. */
#define ROWS_AHEAD 12

/* The table's access method, but for the scan that an index is built from. */
typedef struct Feed
{
	TableAmRoutine routine;		/* first */
	const LinkRows *rows;
} Feed;

/* clt_link_order_by returns the numbers of things in the order of their values, which are less than nvalues; equal ones stay as they are. */
uint32	   *
clt_link_order_by(LinkJob *job, const uint32 *value, uint32 n, uint32 nvalues)
{
	uint32	   *order = MemoryContextAllocHuge(job->context, Max(n, 1) * sizeof(uint32));
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

/* feed_index gives an index the rows instead of scanning the table. */
static double
feed_index(Relation rel, Relation index, IndexInfo *info, bool allow_sync, bool anyvisible, bool progress,
		   BlockNumber start, BlockNumber nblocks, IndexBuildCallback callback, void *state, TableScanDesc scan)
{
	const Feed *feed = (const Feed *) rel->rd_tableam;
	const LinkRows *rows = feed->rows;
	const uint32 *order = info->ii_IndexAttrNumbers[0] - 1 == rows->column ? rows->order : NULL;
	Datum		values[INDEX_MAX_KEYS];
	bool		isnull[INDEX_MAX_KEYS] = {0};
	uint32		k;

	(void) allow_sync;
	(void) anyvisible;
	(void) progress;
	(void) start;
	(void) nblocks;
	(void) scan;
	for (k = 0; k < rows->n; k++)
	{
		uint32		i = order ? order[k] : k;
		ItemPointerData place = rows->place[i];
		int			a;

		if ((k & 1023) == 0)
			CHECK_FOR_INTERRUPTS();
		for (a = 0; k + ROWS_AHEAD < rows->n && a < info->ii_NumIndexAttrs; a++)
			rows->ahead(rows, order ? order[k + ROWS_AHEAD] : k + ROWS_AHEAD, info->ii_IndexAttrNumbers[a] - 1);
		for (a = 0; a < info->ii_NumIndexAttrs; a++)
			values[a] = rows->value(rows, i, info->ii_IndexAttrNumbers[a] - 1);
		callback(index, &place, values, isnull, true, state);
	}
	return (double) rows->n;
}

/* may_feed tells whether an index is a B-tree over columns, as ours are. */
static bool
may_feed(Relation index, const IndexInfo *info)
{
	bool		good = index->rd_rel->relam == BTREE_AM_OID && info->ii_Predicate == NIL && info->ii_ExclusionOps == NULL;
	int			a;

	for (a = 0; good && a < info->ii_NumIndexAttrs; a++)
		good = info->ii_IndexAttrNumbers[a] > 0;
	return good;
}

/*
 * build_fed builds an index of rows in hand.  Should the server look the table up again
 * meanwhile and find its own access method, the index is built from the table.
 */
static void
build_fed(Relation rel, Relation index, IndexInfo *info, const LinkRows *rows)
{
	const TableAmRoutine *own = rel->rd_tableam;
	Feed		feed = {*own, rows};

	feed.routine.index_build_range_scan = feed_index;
	/* empty so far, and the file is this transaction's own */
	RelationTruncate(index, 0);
	rel->rd_tableam = &feed.routine;
	PG_TRY();
	{
		index_build(rel, index, info, true, false);
	}
	PG_FINALLY();
	{
		rel->rd_tableam = own;
	}
	PG_END_TRY();
}

/* clt_link_fill fills a table that this transaction made or emptied; its indexes lack the rows. */
void
clt_link_fill(Relation rel, LinkRows *rows)
{
	int			natts = RelationGetDescr(rel)->natts;
	LinkLoader	loader;
	uint32		i;
	int			a;

	rows->place = MemoryContextAllocHuge(rows->job->context, Max(rows->n, 1) * sizeof(ItemPointerData));
	clt_link_loader_open(&loader, rel, NULL);
	loader.place = rows->place;
	for (i = 0; i < rows->n; i++)
	{
		TupleTableSlot *slot = clt_link_loader_next(&loader);

		for (a = 0; i + ROWS_AHEAD < rows->n && a < natts; a++)
			rows->ahead(rows, i + ROWS_AHEAD, a);
		for (a = 0; a < natts; a++)
			slot->tts_values[a] = rows->value(rows, i, a);
		ExecStoreVirtualTuple(slot);
	}
	clt_link_loader_close(&loader);
}

/* clt_link_index_rows builds the indexes of a table that was filled in an earlier command. */
void
clt_link_index_rows(Relation rel, LinkRows *rows)
{
	List	   *indexes = RelationGetIndexList(rel);
	ListCell   *lc;

	foreach(lc, indexes)
	{
		Relation	index = index_open(lfirst_oid(lc), AccessExclusiveLock);
		IndexInfo  *info = BuildIndexInfo(index);
		bool		fed = may_feed(index, info);

		if (fed)
			build_fed(rel, index, info, rows);
		index_close(index, NoLock);
		if (!fed)
			clt_link_result_sql(psprintf("REINDEX INDEX %s",
										 quote_qualified_identifier(get_namespace_name(get_rel_namespace(lfirst_oid(lc))), get_rel_name(lfirst_oid(lc)))));
	}
	list_free(indexes);
	pfree(rows->order);
	pfree(rows->place);
}
