/*-------------------------------------------------------------------------
 *
 * orders.c
 *	  The orders of rfm(): what their columns are, and how they are read.
 *
 * A plain table is scanned directly, when that cannot show the caller a row
 * or column that a query would not; everything else (views, partitions,
 * foreign tables, row security) is read through a query whose receiver is the
 * same.  Of a heap, only the three columns are looked at, where they lie in
 * its pages.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <float.h>

#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/tableam.h"
#include "catalog/pg_class.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "core/clientele.h"
#include "core/hash.h"
#include "executor/spi.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "rfm/job.h"
#include "storage/bufmgr.h"
#include "storage/predicate.h"
#include "tcop/dest.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

/* Where a column lies in the data of a row. */
typedef struct ColumnPlace
{
	Size		offset;
	int16		length;			/* -1: it has one of its own */
	bool		by_value;
	char		align;
} ColumnPlace;

/* ---- reading a row ------------------------------------------------------ */

/* Equality of keys whose bytes differ, as the type defines it. */
static bool
same_any_key(void *arg, const AccountKey *a, const AccountKey *b)
{
	OrderSource *source = arg;

	return DatumGetBool(FunctionCall2Coll(&source->key_cache->eq_opr_finfo, source->key_collation,
										  clt_rfm_key_datum(source, a), clt_rfm_key_datum(source, b)));
}

static void
read_text_key(RfmJob *job, AccountRow *row, Datum value)
{
	struct varlena *s = PG_DETOAST_DATUM_PACKED(value);
	const char *bytes = VARDATA_ANY(s);
	uint32		length = VARSIZE_ANY_EXHDR(s);
	AccountKey *key;

	if (job->source.key_type == BPCHAROID)
	{
		while (length > 0 && bytes[length - 1] == ' ')
			length--;
	}
	key = clt_rfm_batch_key(job, bytes, length);
	row->hash = clt_hash_bytes(bytes, length, 0);
	key->hash = (uint32) row->hash;
	row->key = (uint64) (uintptr_t) key;
	if ((Pointer) s != DatumGetPointer(value))
		pfree(s);
}

static void
read_any_key(RfmJob *job, AccountRow *row, Datum value)
{
	OrderSource *source = &job->source;
	AccountKey *key;
	Datum		plain = value;

	if (source->key_by_value)
		key = clt_rfm_batch_key(job, (const char *) &value, sizeof(Datum));
	else if (source->key_length > 0)
		key = clt_rfm_batch_key(job, DatumGetPointer(value), source->key_length);
	else
	{
		plain = PointerGetDatum(PG_DETOAST_DATUM(value));
		key = clt_rfm_batch_key(job, DatumGetPointer(plain), VARSIZE(DatumGetPointer(plain)));
	}
	row->hash = DatumGetUInt64(FunctionCall2Coll(&source->key_cache->hash_extended_proc_finfo,
												 source->key_collation, clt_rfm_key_datum(source, key),
												 Int64GetDatum(0)));
	key->hash = (uint32) row->hash;
	row->key = (uint64) (uintptr_t) key;
	if (plain != value)
		pfree(DatumGetPointer(plain));
}

static inline void
read_key(RfmJob *job, AccountRow *row, Datum value)
{
	switch (job->source.key_kind)
	{
		case KEY_INTEGER:
			row->key = job->source.key_type == INT8OID ? (uint64) DatumGetInt64(value) :
				job->source.key_type == INT4OID ? (uint64) (int64) DatumGetInt32(value) :
				job->source.key_type == INT2OID ? (uint64) (int64) DatumGetInt16(value) :
				(uint64) DatumGetObjectId(value);
			row->hash = clt_hash_u64(row->key, 0);
			break;
		case KEY_TEXT:
			read_text_key(job, row, value);
			break;
		case KEY_UUID:
			{
				AccountKey *key = clt_rfm_batch_key(job, DatumGetPointer(value), UUID_LEN);

				row->hash = clt_hash_bytes(key->bytes, UUID_LEN, 0);
				key->hash = (uint32) row->hash;
				row->key = (uint64) (uintptr_t) key;
			}
			break;
		case KEY_ANY:
			read_any_key(job, row, value);
			break;
	}
}

static inline CltInt128
read_amount(RfmJob *job, Datum value)
{
	CltInt128	amount = 0;
	int			scale = 0;

	switch (job->source.amount_type)
	{
		case NUMERICOID:
			if (VARATT_IS_SHORT(DatumGetPointer(value)))
			{
				const unsigned char *data = (unsigned char *) VARDATA_SHORT(DatumGetPointer(value));
				int64		small;

				if (likely(clt_decimal_from_short_numeric(data, VARSIZE_SHORT(DatumGetPointer(value)) - VARHDRSZ_SHORT,
														  &small, &scale)))
				{
					amount = small;
					break;
				}
			}
			clt_rfm_numeric_amount(value, &amount, &scale);
			break;
		case INT8OID:
			amount = DatumGetInt64(value);
			break;
		case INT4OID:
			amount = DatumGetInt32(value);
			break;
		case INT2OID:
			amount = DatumGetInt16(value);
			break;
		case FLOAT8OID:
			clt_rfm_float_amount(DatumGetFloat8(value), DBL_DIG, &amount, &scale);
			break;
		case FLOAT4OID:
			clt_rfm_float_amount(DatumGetFloat4(value), FLT_DIG, &amount, &scale);
			break;
	}
	if (likely(scale == job->scale))
		return amount;
	return clt_rfm_to_job_scale(job, amount, scale);
}

/* Takes one order. */
static inline void
take_order(RfmJob *job, const Datum *value, const bool *isnull)
{
	AccountRow *row;
	int64		at;
	CltInt128	amount;

	if (isnull[0] || isnull[1] || isnull[2])
		return;
	if (job->source.at_type == DATEOID)
	{
		DateADT		date = DatumGetDateADT(value[1]);

		if (DATE_NOT_FINITE(date))
			return;
		if (date >= TIMESTAMP_END_JULIAN - POSTGRES_EPOCH_JDATE)
			return;				/* later than any timestamp, so than any as_of */
		at = (int64) date * USECS_PER_DAY;
	}
	else
	{
		at = DatumGetTimestamp(value[1]);
		if (TIMESTAMP_NOT_FINITE(at))
			return;
	}
	if (at > job->at_limit)
		return;
	amount = read_amount(job, value[2]);
	row = clt_rfm_next_row(job);
	row->at = at;
	row->amount = amount;
	read_key(job, row, value[0]);
	clt_rfm_take_row(job);
}

/* ---- reading the orders ------------------------------------------------ */

/* Type and number of a column. */
static AttrNumber
find_column(Relation rel, const char *name, Oid *type, Oid *collation)
{
	TupleDesc	desc = RelationGetDescr(rel);

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (!att->attisdropped && strcmp(NameStr(att->attname), name) == 0)
		{
			*type = getBaseType(att->atttypid);
			*collation = att->attcollation;
			return att->attnum;
		}
	}
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("column \"%s\" of \"%s\" does not exist", name, RelationGetRelationName(rel))));
	return InvalidAttrNumber;
}

static void
look_at_key(OrderSource *source, Oid type, Oid collation)
{
	source->key_type = type;
	source->key_collation = collation;
	get_typlenbyval(type, &source->key_length, &source->key_by_value);
	switch (type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case OIDOID:
			source->key_kind = KEY_INTEGER;
			return;
		case UUIDOID:
			source->key_kind = KEY_UUID;
			return;
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
			if (!OidIsValid(collation) || get_collation_isdeterministic(collation))
			{
				source->key_kind = KEY_TEXT;
				return;
			}
			break;
	}
	source->key_kind = KEY_ANY;
	source->key_cache = lookup_type_cache(type, TYPECACHE_HASH_EXTENDED_PROC_FINFO | TYPECACHE_EQ_OPR_FINFO);
	if (!OidIsValid(source->key_cache->hash_extended_proc_finfo.fn_oid) ||
		!OidIsValid(source->key_cache->eq_opr_finfo.fn_oid) || source->key_length == -2)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("customers of type %s cannot be told apart by hashing", format_type_be(type)),
				 errhint("Cast the column to text in a view and name the view.")));
}

void
clt_rfm_look_at_source(RfmJob *job, Relation rel)
{
	OrderSource *source = &job->source;
	Oid			type,
				collation;

	source->column[0] = find_column(rel, source->name[0], &type, &collation);
	look_at_key(source, type, collation);
	source->column[1] = find_column(rel, source->name[1], &source->at_type, &collation);
	if (source->at_type != TIMESTAMPTZOID && source->at_type != TIMESTAMPOID && source->at_type != DATEOID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" must be of type date, timestamp or timestamptz, not %s",
						source->name[1], format_type_be(source->at_type))));
	source->column[2] = find_column(rel, source->name[2], &source->amount_type, &collation);
	switch (source->amount_type)
	{
		case NUMERICOID:
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case FLOAT4OID:
		case FLOAT8OID:
			break;
		case MONEYOID:
			source->amount_type = NUMERICOID;
			source->amount_cast = true;
			break;
		default:
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("column \"%s\" must be a number, not of type %s",
							source->name[2], format_type_be(source->amount_type))));
	}
	job->clock = source->at_type == TIMESTAMPTZOID ? CLT_RFM_INSTANT : CLT_RFM_WALL;
	job->at_limit = job->clock == CLT_RFM_INSTANT ? job->as_of.instant : job->as_of.wall;
	job->accounts.by_bytes = source->key_kind != KEY_INTEGER;
	if (source->key_kind == KEY_ANY)
	{
		job->accounts.same = same_any_key;
		job->accounts.same_arg = source;
	}
}

/*
 * May the table be scanned without the executor?  Only if it is a heap, and a
 * query could do nothing else: no rows to add or hide, no column to compute, all of them
 * readable by the caller.  Whatever is doubtful goes through the query, which
 * then also raises the server's own errors.
 */
static bool
can_scan_directly(Relation rel, const OrderSource *source)
{
	Oid			relid = RelationGetRelid(rel);
	bool		all_columns;

	if ((rel->rd_rel->relkind != RELKIND_RELATION && rel->rd_rel->relkind != RELKIND_MATVIEW) ||
		rel->rd_rel->relhassubclass || !RelationIsScannable(rel) ||
		RELATION_IS_OTHER_TEMP(rel) || rel->rd_tableam != GetHeapamTableAmRoutine() || source->amount_cast)
		return false;
	if (check_enable_rls(relid, InvalidOid, false) == RLS_ENABLED)
		return false;
	all_columns = pg_class_aclcheck(relid, GetUserId(), ACL_SELECT) == ACLCHECK_OK;
	for (int i = 0; i < 3; i++)
	{
		if (TupleDescAttr(RelationGetDescr(rel), source->column[i] - 1)->attgenerated != '\0')
			return false;
		if (!all_columns &&
			pg_attribute_aclcheck(relid, source->column[i], GetUserId(), ACL_SELECT) != ACLCHECK_OK)
			return false;
	}
	return true;
}

/* Where the three columns lie in a row without NULLs; false if that differs from row to row. */
static bool
find_places(TupleDesc desc, const AttrNumber *column, int last, ColumnPlace *place)
{
	Size		offset = 0;

	for (int i = 0; i < last; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		bool		varying = att->attlen < 0;

		/*
		 * one with a length of its own is aligned only if it is not short,
		 * and nothing after it has a place
		 */
		if (varying && i + 1 < last)
			return false;
		if (!varying)
			offset = att_align_nominal(offset, att->attalign);
		for (int k = 0; k < 3; k++)
		{
			if (column[k] == i + 1)
				place[k] = (ColumnPlace)
			{
				offset, att->attlen, att->attbyval, att->attalign
			};
		}
		if (!varying)
			offset += att->attlen;
	}
	return true;
}

static inline Datum
column_datum(const ColumnPlace *place, char *data)
{
	if (place->by_value)
		return fetch_att(data + place->offset, true, place->length);
	if (place->length > 0)
		return PointerGetDatum(data + place->offset);
	return PointerGetDatum(data + att_align_pointer(place->offset, place->align, -1, data + place->offset));
}

/* The rows of a page that the snapshot sees: their line pointers. */
static int
visible_rows(Relation rel, Snapshot snapshot, Buffer buffer, OffsetNumber * visible)
{
	Page		page;
	OffsetNumber lines;
	bool		all_visible;
	bool		check_conflicts = CheckForSerializableConflictOutNeeded(rel, snapshot);
	int			n = 0;
	HeapTupleData row;

	LockBuffer(buffer, BUFFER_LOCK_SHARE);
	page = BufferGetPage(buffer);
	clt_test_for_old_snapshot(snapshot, rel, page);
	lines = PageGetMaxOffsetNumber(page);
	/* on a standby the bit may be ahead of the snapshot */
	all_visible = PageIsAllVisible(page) && !snapshot->takenDuringRecovery;
	row.t_tableOid = RelationGetRelid(rel);
	for (OffsetNumber line = FirstOffsetNumber; line <= lines; line++)
	{
		ItemId		id = PageGetItemId(page, line);

		if (!ItemIdIsNormal(id))
			continue;
		if (!all_visible || check_conflicts)
		{
			bool		valid;

			row.t_data = (HeapTupleHeader) PageGetItem(page, id);
			row.t_len = ItemIdGetLength(id);
			ItemPointerSet(&row.t_self, BufferGetBlockNumber(buffer), line);
			valid = all_visible || HeapTupleSatisfiesVisibility(&row, snapshot, buffer);
			if (check_conflicts)
				HeapCheckForSerializableConflictOut(valid, rel, &row, buffer, snapshot);
			if (!valid)
				continue;
		}
		visible[n++] = line;
	}
	LockBuffer(buffer, BUFFER_LOCK_UNLOCK);
	return n;
}

/*
 * Reads a heap page by page, as a sequential scan does (heapgetpage() and
 * heap_getnextslot() of heapam.c), but takes the three columns from where
 * they lie: half of the cost of a scan is in making a row of each tuple.
 */
static void
scan_heap(RfmJob *job, Relation rel)
{
	const AttrNumber *column = job->source.column;
	int			last = Max(column[0], Max(column[1], column[2]));
	Snapshot	snapshot = GetActiveSnapshot();
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	BlockNumber blocks = RelationGetNumberOfBlocks(rel);
	BufferAccessStrategy strategy = NULL;
	ColumnPlace place[3];
	bool		placed = find_places(RelationGetDescr(rel), column, last, place);
	OffsetNumber visible[MaxHeapTuplesPerPage];
	HeapTupleData row;

	/* as for any large table: its pages must not drive out the others */
	if (!RelationUsesLocalBuffers(rel) && blocks > (BlockNumber) NBuffers / 4)
		strategy = GetAccessStrategy(BAS_BULKREAD);
	PredicateLockRelation(rel, snapshot);
	pgstat_count_heap_scan(rel);
	row.t_tableOid = RelationGetRelid(rel);
	for (BlockNumber block = 0; block < blocks; block++)
	{
		Buffer		buffer;
		Page		page;
		int			rows;

		CHECK_FOR_INTERRUPTS();
		buffer = ReadBufferExtended(rel, MAIN_FORKNUM, block, RBM_NORMAL, strategy);
		rows = visible_rows(rel, snapshot, buffer, visible);
		page = BufferGetPage(buffer);
		for (int i = 0; i < rows; i++)
		{
			ItemId		id = PageGetItemId(page, visible[i]);
			Datum		value[3];
			bool		isnull[3] = {false, false, false};

			pgstat_count_heap_getnext(rel);
			row.t_data = (HeapTupleHeader) PageGetItem(page, id);
			if (placed && HeapTupleHeaderGetNatts(row.t_data) >= last && !(row.t_data->t_infomask & HEAP_HASNULL))
			{
				char	   *data = (char *) row.t_data + row.t_data->t_hoff;

				for (int k = 0; k < 3; k++)
					value[k] = column_datum(&place[k], data);
			}
			else
			{
				row.t_len = ItemIdGetLength(id);
				ItemPointerSet(&row.t_self, block, visible[i]);
				ExecStoreBufferHeapTuple(&row, slot, buffer);
				slot_getsomeattrs(slot, last);
				for (int k = 0; k < 3; k++)
				{
					value[k] = slot->tts_values[column[k] - 1];
					isnull[k] = slot->tts_isnull[column[k] - 1];
				}
			}
			take_order(job, value, isnull);
		}
		ExecClearTuple(slot);
		ReleaseBuffer(buffer);
	}
	if (strategy)
		FreeAccessStrategy(strategy);
	ExecDropSingleTupleTableSlot(slot);
}

typedef struct OrderReceiver
{
	DestReceiver pub;
	RfmJob	   *job;
} OrderReceiver;

static bool
receive_order(TupleTableSlot *slot, DestReceiver *self)
{
	slot_getallattrs(slot);
	take_order(((OrderReceiver *) self)->job, slot->tts_values, slot->tts_isnull);
	return true;
}

static void
receiver_startup(DestReceiver *self, int operation, TupleDesc desc)
{
	(void) self;
	(void) operation;
	(void) desc;
}

static void
receiver_done(DestReceiver *self)
{
	(void) self;
}

/* Streams the orders through a query with the caller's own rights. */
static void
scan_by_query(RfmJob *job, Relation rel)
{
	OrderSource *source = &job->source;
	OrderReceiver receiver;
	SPIExecuteOptions options;
	StringInfoData query;
	char	   *schema = get_namespace_name(RelationGetNamespace(rel));

	initStringInfo(&query);
	appendStringInfo(&query, "SELECT %s, ", quote_identifier(source->name[0]));
	appendStringInfo(&query, "%s, ", quote_identifier(source->name[1]));
	appendStringInfo(&query, "%s%s FROM %s", quote_identifier(source->name[2]),
					 source->amount_cast ? "::pg_catalog.numeric" : "",
					 quote_qualified_identifier(schema, RelationGetRelationName(rel)));

	memset(&receiver, 0, sizeof(receiver));
	receiver.pub.receiveSlot = receive_order;
	receiver.pub.rStartup = receiver_startup;
	receiver.pub.rShutdown = receiver_done;
	receiver.pub.rDestroy = receiver_done;
	receiver.pub.mydest = DestNone;
	receiver.job = job;
	memset(&options, 0, sizeof(options));
	options.read_only = true;
	options.dest = &receiver.pub;
	SPI_connect();
	if (SPI_execute_extended(query.data, &options) < 0)
		elog(ERROR, "could not read the orders");
	SPI_finish();
}

void
clt_rfm_read_orders(RfmJob *job, Relation rel)
{
	if (can_scan_directly(rel, &job->source))
		scan_heap(job, rel);
	else
		scan_by_query(job, rel);
	clt_rfm_post_batch(job, 0);
}
