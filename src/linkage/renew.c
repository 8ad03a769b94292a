/*
 * renew.c
 *		New, empty files for a result whose old ones others go on reading.
 *
 * TRUNCATE gives a table new files and keeps everybody away from it until its transaction
 * ends, though nobody else can see them: which files a table has stands in
 * pg_class, where others find the old ones until the new row is committed.  What
 * must not be is that somebody still reads the old files when they are removed, which
 * happens at commit.  So a run does what TRUNCATE does under a lock that
 * keeps out only those who vacuum or change the table, and takes the exclusive one just
 * before its transaction commits (result_locks.c).
 *
 * Who writes into the old files meanwhile, writes for nothing: result_locks.c tells who
 * that may be, and what he wrote can be read here.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/heapam_xlog.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xloginsert.h"
#include "catalog/catalog.h"
#include "catalog/index.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "catalog/storage.h"
#include "commands/tablecmds.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/bufmgr.h"
#include "storage/smgr.h"
#include "utils/acl.h"
#include "utils/relcache.h"

#include "core/clientele.h"
#include "linkage/results.h"

/* clt_link_renew_index gives an index an empty file; the table is empty, too. */
void
clt_link_renew_index(Relation rel, Relation index)
{
	clt_set_new_file(index, index->rd_rel->relpersistence);
	if (index->rd_rel->relpersistence != RELPERSISTENCE_UNLOGGED)
		return;
	/* what it will be after a crash */
	index_build(rel, index, BuildIndexInfo(index), true, false);
	RelationTruncate(index, 0);
}

/* renew_toast does so for the values that were too long for the table. */
static void
renew_toast(Oid relid)
{
	Relation	toast = table_open(relid, LINK_RESULT_LOCK);
	List	   *indexes = RelationGetIndexList(toast);
	ListCell   *lc;

	clt_set_new_file(toast, toast->rd_rel->relpersistence);
	foreach(lc, indexes)
	{
		Relation	index = index_open(lfirst_oid(lc), LINK_RESULT_LOCK);

		clt_set_new_file(index, index->rd_rel->relpersistence);
		index_build(toast, index, BuildIndexInfo(index), true, false);
		index_close(index, NoLock);
	}
	list_free(indexes);
	clt_link_swap_at_commit(relid);
	table_close(toast, NoLock);
}

/* log_truncate tells those who get the table's changes by logical replication. */
static void
log_truncate(Relation rel)
{
	xl_heap_truncate record;
	Oid			relid = RelationGetRelid(rel);

	if (!RelationIsLogicallyLogged(rel))
		return;
	record.dbId = MyDatabaseId;
	record.nrelids = 1;
	record.flags = 0;
	XLogBeginInsert();
	XLogRegisterData((char *) &record, SizeOfHeapTruncate);
	XLogRegisterData((char *) &relid, sizeof(relid));
	XLogSetRecordFlags(XLOG_INCLUDE_ORIGIN);
	(void) XLogInsert(RM_HEAP_ID, XLOG_HEAP_TRUNCATE);
}

/* clt_link_renew empties a table for this transaction; the indexes still have their old files. */
void
clt_link_renew(Relation rel)
{
	Oid			relid = RelationGetRelid(rel);

	CheckTableNotInUse(rel, "replace");
	if (pg_class_aclcheck(relid, GetUserId(), ACL_TRUNCATE) != ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_TABLE, RelationGetRelationName(rel));
	clt_set_new_file(rel, rel->rd_rel->relpersistence);
	if (OidIsValid(rel->rd_rel->reltoastrelid))
		renew_toast(rel->rd_rel->reltoastrelid);
	log_truncate(rel);
	/* of what this transaction made nobody reads the old files */
	if (rel->rd_createSubid == InvalidSubTransactionId)
		clt_link_swap_at_commit(relid);
	pgstat_count_truncate(rel);
}

/* read_page reads the rows of a page that a snapshot sees. */
static void
read_page(Relation rel, Buffer buffer, Snapshot snapshot, LinkRowReader reader, void *arg)
{
	PGAlignedBlock copy;
	OffsetNumber seen[MaxHeapTuplesPerPage];
	Datum		values[MaxTupleAttributeNumber];
	bool		isnull[MaxTupleAttributeNumber];
	int			n = 0;
	int			i;
	OffsetNumber at;
	Page		page = BufferGetPage(buffer);
	HeapTupleData tuple;

	tuple.t_tableOid = RelationGetRelid(rel);
	LockBuffer(buffer, BUFFER_LOCK_SHARE);
	for (at = FirstOffsetNumber; at <= PageGetMaxOffsetNumber(page); at++)
	{
		ItemId		item = PageGetItemId(page, at);

		if (!ItemIdIsNormal(item))
			continue;
		tuple.t_data = (HeapTupleHeader) PageGetItem(page, item);
		tuple.t_len = ItemIdGetLength(item);
		ItemPointerSet(&tuple.t_self, BufferGetBlockNumber(buffer), at);
		if (HeapTupleSatisfiesVisibility(&tuple, snapshot, buffer))
			seen[n++] = at;
	}
	memcpy(copy.data, page, BLCKSZ);
	UnlockReleaseBuffer(buffer);
	for (i = 0; i < n; i++)
	{
		ItemId		item = PageGetItemId((Page) copy.data, seen[i]);
		int			a;

		tuple.t_data = (HeapTupleHeader) PageGetItem((Page) copy.data, item);
		tuple.t_len = ItemIdGetLength(item);
		ItemPointerSetInvalid(&tuple.t_self);
		heap_deform_tuple(&tuple, RelationGetDescr(rel), values, isnull);

		/*
		 * what is too long for the page lies in a file that we do not have
		 * any more
		 */
		for (a = 0; a < RelationGetDescr(rel)->natts; a++)
			isnull[a] |= TupleDescAttr(RelationGetDescr(rel), a)->attlen == -1 && !isnull[a] && VARATT_IS_EXTERNAL(DatumGetPointer(values[a]));
		reader(arg, values, isnull);
	}
}

/*
 * clt_link_read_file reads the rows that a table had before it was renewed, as others have written them since,
 * without going by the catalogue, which names the new file.  False if that cannot be done.
 */
bool
clt_link_read_file(Relation rel, clt_file file, Snapshot snapshot, LinkRowReader reader, void *arg)
{
	BlockNumber nblocks;
	BlockNumber block;

	if (rel->rd_rel->relam != HEAP_TABLE_AM_OID || rel->rd_rel->relpersistence == RELPERSISTENCE_TEMP)
		return false;
	nblocks = smgrnblocks(smgropen(file, clt_no_backend), MAIN_FORKNUM);
	for (block = 0; block < nblocks; block++)
	{
		CHECK_FOR_INTERRUPTS();
		read_page(rel, ReadBufferWithoutRelcache(file, MAIN_FORKNUM, block, RBM_NORMAL, NULL, rel->rd_rel->relpersistence == RELPERSISTENCE_PERMANENT),
				  snapshot, reader, arg);
	}
	return true;
}
