/*-------------------------------------------------------------------------
 *
 * table.c
 *	  rfm(orders, customer, at, amount, ...): from a table of orders to scored
 *	  and named customers in one call.
 *
 * What makes GROUP BY over many customers slow is neither the scan nor the
 * arithmetic but the executor's hash table, which misses the cache several
 * times a row.  So the rows go into one of our own (accounts.h).  A plain
 * table is scanned directly, when that cannot show the caller a row or column
 * that a query would not; everything else (views, partitions, foreign tables,
 * row security) is read through a query whose receiver is the same.
 *
 * The hash table keeps to work_mem * hash_mem_multiplier.  When it is full,
 * rows of further customers go to temporary files by parts of the hash, and
 * each file is worked off in a pass of its own.  Not bounded by it: 24 bytes
 * a customer for finding the cut points, and as much again while sorting.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <float.h>
#include <sys/mman.h>

#include "access/htup_details.h"
#include "access/relation.h"
#include "access/tableam.h"
#include "catalog/pg_class.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "commands/tablespace.h"
#include "core/clientele.h"
#include "core/hash.h"
#include "executor/spi.h"
#include "executor/tuptable.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "rfm/accounts.h"
#include "rfm/rfm.h"
#include "storage/buffile.h"
#include "tcop/dest.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"
#include "utils/typcache.h"
#include "utils/uuid.h"

/* Slots to begin with. */
#define FIRST_SLOTS 4096

/* From this size on the slots are mapped by themselves, on huge pages if there are any. */
#define MAPPED_FROM ((Size) 4 * 1024 * 1024)

/* The hash table gets this much even if work_mem says less. */
#define LEAST_MEMORY ((Size) 256 * 1024)

/* Temporary files a pass can write, by this many bits of the hash. */
#define SPILL_BITS 5
#define SPILL_FILES (1 << SPILL_BITS)
#define SPILL_LEVELS 6

/* Keys are copied into blocks of this size. */
#define KEY_BLOCK ((Size) 256 * 1024)

/* Result rows between two resets of their memory context. */
#define ROWS_PER_RESET 256

typedef enum KeyKind
{
	KEY_INTEGER,				/* int2, int4, int8, oid */
	KEY_TEXT,					/* text and varchar whose equality is that of
								 * bytes; bpchar, trimmed */
	KEY_UUID,
	KEY_ANY						/* whatever has a hash operator class */
} KeyKind;

/* The orders: where they come from and how their columns are read. */
typedef struct OrderSource
{
	Oid			relid;
	AttrNumber	column[3];		/* customer, at, amount */
	char	   *name[3];
	KeyKind		key_kind;
	Oid			key_type;
	int16		key_length;
	bool		key_by_value;
	Oid			key_collation;
	TypeCacheEntry *key_cache;	/* KEY_ANY */
	Oid			at_type;
	Oid			amount_type;	/* as read, see amount_cast */
	bool		amount_cast;	/* the query casts the amount to numeric */
} OrderSource;

/* A block of keys that stay until the pass is over. */
typedef struct KeyArena
{
	MemoryContext context;
	char	   *next;
	Size		left;
	Size		used;
} KeyArena;

typedef struct SlotMemory
{
	Account    *slots;
	Size		mapped;			/* bytes, 0: palloc'd */
	MemoryContextCallback unmap;
} SlotMemory;

typedef struct RfmJob
{
	OrderSource source;
	RfmAsOf		as_of;
	RfmClock	clock;
	int64		at_limit;		/* later orders are not seen */
	MemoryContext context;

	AccountTable accounts;
	SlotMemory *slot_memory;
	KeyArena	arena;
	Size		memory_limit;
	int			scale;			/* of the sums */

	AccountRow	batch[CLT_ACCOUNT_BATCH];
	AccountKey *batch_key[CLT_ACCOUNT_BATCH];
	uint32		batch_key_size[CLT_ACCOUNT_BATCH];
	int			batched;

	BufFile    *spill[SPILL_FILES]; /* of the running pass */
	int			level;
	BufFile    *finished;		/* customers of passes that are over */
	RfmPopulation *population;
} RfmJob;

/* Head of a row or customer in a temporary file; the bytes of its key follow. */
typedef struct FileRow
{
	uint64		key;			/* if an integer */
	int64		at;
	CltInt128	amount;
	uint32		orders;
	int32		scale;
	uint32		key_hash;
	uint32		key_length;
} FileRow;

/* ---- the hash table's memory ------------------------------------------- */

static void
unmap_slots(void *arg)
{
	SlotMemory *memory = arg;

	if (memory->mapped > 0)
		munmap(memory->slots, memory->mapped);
	memory->mapped = 0;
}

static SlotMemory *
allocate_slots(MemoryContext context, size_t count)
{
	SlotMemory *memory = MemoryContextAllocZero(context, sizeof(SlotMemory));
	Size		size = count * sizeof(Account);

	if (size >= MAPPED_FROM)
	{
		void	   *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			ereport(ERROR,
					(errcode(ERRCODE_OUT_OF_MEMORY),
					 errmsg("out of memory"),
					 errdetail("Failed on request of size %zu for the accounts of rfm().", size)));
#ifdef MADV_HUGEPAGE
		(void) madvise(p, size, MADV_HUGEPAGE);
#endif
		memory->slots = p;
		memory->mapped = size;
		memory->unmap.func = unmap_slots;
		memory->unmap.arg = memory;
		MemoryContextRegisterResetCallback(context, &memory->unmap);
	}
	else
		memory->slots = MemoryContextAllocZero(context, size);
	return memory;
}

static void
release_slots(SlotMemory *memory)
{
	if (memory->mapped > 0)
		unmap_slots(memory);	/* the callback then finds nothing to do */
	else
		pfree(memory->slots);
}

static void
start_pass(RfmJob *job)
{
	if (job->slot_memory == NULL)
		job->slot_memory = allocate_slots(job->context, FIRST_SLOTS);
	else
		memset(job->slot_memory->slots, 0, (job->accounts.mask + 1) * sizeof(Account));
	job->accounts.slots = job->slot_memory->slots;
	job->accounts.mask = Max(job->accounts.mask, FIRST_SLOTS - 1);
	job->accounts.used = 0;
	job->accounts.wide_used = 0;
	MemoryContextReset(job->arena.context);
	job->arena.left = 0;
	job->arena.used = 0;
	memset(job->spill, 0, sizeof(job->spill));
}

static Size
memory_used(const RfmJob *job)
{
	return (job->accounts.mask + 1) * sizeof(Account) + job->arena.used +
		job->accounts.wide_size * sizeof(CltInt128);
}

/* Enlarges the table if memory allows; false if it does not. */
static bool
grow(RfmJob *job)
{
	size_t		old = job->accounts.mask + 1;
	SlotMemory *memory;
	int			factor = 4;

	for (; factor > 1; factor /= 2)
	{
		if (memory_used(job) + (factor - 1) * old * sizeof(Account) <= job->memory_limit)
			break;
	}
	if (factor == 1)
		return false;
	memory = allocate_slots(job->context, old * factor);
	clt_account_move(&job->accounts, memory->slots, old * factor);
	release_slots(job->slot_memory);
	job->slot_memory = memory;
	return true;
}

static void
reserve_wide(RfmJob *job, size_t more)
{
	AccountTable *t = &job->accounts;
	size_t		size = Max(t->wide_used + more, 2 * t->wide_size);

	if (t->wide_used + more <= t->wide_size)
		return;
	if (t->wide == NULL)
		t->wide = MemoryContextAllocHuge(job->context, size * sizeof(CltInt128));
	else
		t->wide = repalloc_huge(t->wide, size * sizeof(CltInt128));
	t->wide_size = size;
}

static AccountKey *
keep_key(RfmJob *job, const AccountKey *key)
{
	Size		size = MAXALIGN(offsetof(AccountKey, bytes) + key->length);
	KeyArena   *arena = &job->arena;
	AccountKey *copy;

	if (size > arena->left)
	{
		Size		block = Max(size, KEY_BLOCK);

		arena->next = MemoryContextAllocHuge(arena->context, block);
		arena->left = block;
		arena->used += block;
	}
	copy = (AccountKey *) arena->next;
	memcpy(copy, key, offsetof(AccountKey, bytes) + key->length);
	arena->next += size;
	arena->left -= size;
	return copy;
}

/* ---- temporary files --------------------------------------------------- */

static void
write_file(BufFile *file, FileRow *head, const AccountKey *key)
{
	head->key_hash = key ? key->hash : 0;
	head->key_length = key ? key->length : 0;
	BufFileWrite(file, head, sizeof(FileRow));
	if (key && key->length > 0)
		BufFileWrite(file, (void *) key->bytes, key->length);
}

/* Reads a row; its key goes to *key, which grows as needed. */
static bool
read_file(RfmJob *job, BufFile *file, FileRow *head, AccountKey **key, uint32 *key_size)
{
	size_t		got = BufFileRead(file, head, sizeof(FileRow));

	if (got == 0)
		return false;
	if (got == sizeof(FileRow) && job->accounts.by_bytes)
	{
		if (*key == NULL || head->key_length > *key_size)
		{
			if (*key)
				pfree(*key);
			*key_size = Max(head->key_length * 2, 64);
			*key = MemoryContextAllocHuge(job->context, offsetof(AccountKey, bytes) + *key_size);
		}
		(*key)->length = head->key_length;
		(*key)->hash = head->key_hash;
		if (head->key_length > 0)
			got = BufFileRead(file, (*key)->bytes, head->key_length) == head->key_length ? got : 0;
	}
	if (got != sizeof(FileRow))
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not read from a temporary file of rfm()")));
	return true;
}

static BufFile *
create_file(RfmJob *job)
{
	MemoryContext old = MemoryContextSwitchTo(job->context);
	BufFile    *file;

	PrepareTempTablespaces();
	file = BufFileCreateTemp(false);
	MemoryContextSwitchTo(old);
	return file;
}

static void
spill_row(RfmJob *job, const AccountRow *row)
{
	int			part = (int) (row->hash >> (64 - SPILL_BITS * (job->level + 1))) & (SPILL_FILES - 1);
	FileRow		head;

	if (job->level >= SPILL_LEVELS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("rfm() cannot divide its customers any further"),
				 errhint("Raise work_mem.")));
	if (job->spill[part] == NULL)
		job->spill[part] = create_file(job);
	memset(&head, 0, sizeof(head));
	head.key = row->key;
	head.at = row->at;
	head.amount = row->amount;
	head.scale = job->scale;
	write_file(job->spill[part], &head,
			   job->accounts.by_bytes ? (AccountKey *) (uintptr_t) row->key : NULL);
}

/* ---- rows into accounts ------------------------------------------------ */

static void
raise_result(AccountResult result)
{
	if (result == CLT_ACCOUNT_COUNT_RANGE)
		clt_rfm_raise(CLT_RFM_COUNT_RANGE);
	clt_rfm_raise(CLT_RFM_SUM_RANGE);
}

/* Opens an account for a row's customer; false if there is no memory for it. */
static bool
open_account(RfmJob *job, AccountRow *row, Account *slot, AccountResult *result)
{
	if (!clt_account_has_room(&job->accounts))
	{
		if (!grow(job))
			return false;
		*result = CLT_ACCOUNT_NEEDS_WIDE;	/* look again */
		return true;
	}
	if (job->accounts.by_bytes)
	{
		AccountKey *key = (AccountKey *) (uintptr_t) row->key;

		/* one key at least, however long */
		if (key->length > job->arena.left && job->accounts.used > 0 &&
			memory_used(job) + Max(key->length, KEY_BLOCK) > job->memory_limit)
			return false;
		row->key = (uint64) (uintptr_t) keep_key(job, key);
	}
	*result = clt_account_open(&job->accounts, row, slot);
	return true;
}

static void
post_row(RfmJob *job, AccountRow *row)
{
	for (;;)
	{
		Account    *slot;
		AccountResult result = clt_account_post(&job->accounts, row, &slot);

		if (likely(result == CLT_ACCOUNT_DONE))
			return;
		if (result == CLT_ACCOUNT_UNKNOWN && !open_account(job, row, slot, &result))
		{
			spill_row(job, row);
			return;
		}
		if (result == CLT_ACCOUNT_DONE)
			return;
		if (result != CLT_ACCOUNT_NEEDS_WIDE)
			raise_result(result);
		if (job->accounts.wide_used == job->accounts.wide_size)
			reserve_wide(job, 64);
	}
}

static void
post_batch(RfmJob *job)
{
	CHECK_FOR_INTERRUPTS();
	for (int i = 0; i < job->batched; i++)
		clt_account_prefetch(&job->accounts, job->batch[i].hash);
	for (int i = 0; i < job->batched; i++)
		post_row(job, &job->batch[i]);
	job->batched = 0;
}

/* Brings an amount to the scale of the sums, or the sums to that of the amount. */
static CltInt128
to_job_scale(RfmJob *job, CltInt128 amount, int scale)
{
	if (scale > job->scale)
	{
		post_batch(job);
		reserve_wide(job, job->accounts.used);
		if (!clt_account_rescale(&job->accounts, scale - job->scale))
			clt_rfm_raise(CLT_RFM_SUM_RANGE);
		job->scale = scale;
	}
	else if (!clt_decimal_shift(&amount, job->scale - scale))
		clt_rfm_raise(CLT_RFM_SUM_RANGE);
	return amount;
}

/* Copies the bytes of a key into the batch. */
static AccountKey *
batch_key(RfmJob *job, const char *bytes, uint32 length)
{
	int			i = job->batched;
	AccountKey *key = job->batch_key[i];

	if (key == NULL || length > job->batch_key_size[i])
	{
		if (key)
			pfree(key);
		job->batch_key_size[i] = Max(length * 2, 64);
		key = MemoryContextAllocHuge(job->context, offsetof(AccountKey, bytes) + (Size) job->batch_key_size[i]);
		job->batch_key[i] = key;
	}
	memcpy(key->bytes, bytes, length);
	key->length = length;
	return key;
}

static Datum
key_datum(const OrderSource *source, const AccountKey *key)
{
	if (source->key_by_value)
		return *(const Datum *) key->bytes;
	return PointerGetDatum(key->bytes);
}

/* Equality of keys whose bytes differ, as the type defines it. */
static bool
same_any_key(void *arg, const AccountKey *a, const AccountKey *b)
{
	OrderSource *source = arg;

	return DatumGetBool(FunctionCall2Coll(&source->key_cache->eq_opr_finfo, source->key_collation,
										  key_datum(source, a), key_datum(source, b)));
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
	key = batch_key(job, bytes, length);
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
		key = batch_key(job, (const char *) &value, sizeof(Datum));
	else if (source->key_length > 0)
		key = batch_key(job, DatumGetPointer(value), source->key_length);
	else
	{
		plain = PointerGetDatum(PG_DETOAST_DATUM(value));
		key = batch_key(job, DatumGetPointer(plain), VARSIZE(DatumGetPointer(plain)));
	}
	row->hash = DatumGetUInt64(FunctionCall2Coll(&source->key_cache->hash_extended_proc_finfo,
												 source->key_collation, key_datum(source, key),
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
				AccountKey *key = batch_key(job, DatumGetPointer(value), UUID_LEN);

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
	return to_job_scale(job, amount, scale);
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
	row = &job->batch[job->batched];
	row->at = at;
	row->amount = amount;
	read_key(job, row, value[0]);
	if (++job->batched == CLT_ACCOUNT_BATCH)
		post_batch(job);
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

static void
look_at_source(RfmJob *job, Relation rel)
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
 * May the table be scanned without the executor?  Only if a query could do
 * nothing else: no rows to add or hide, no column to compute, all of them
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
		RELATION_IS_OTHER_TEMP(rel) || rel->rd_tableam == NULL || source->amount_cast)
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

static void
scan_directly(RfmJob *job, Relation rel)
{
	const AttrNumber *column = job->source.column;
	int			last = Max(column[0], Max(column[1], column[2]));
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	TableScanDesc scan = table_beginscan(rel, GetActiveSnapshot(), 0, NULL);

	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		Datum		value[3];
		bool		isnull[3];

		slot_getsomeattrs(slot, last);
		for (int i = 0; i < 3; i++)
		{
			value[i] = slot->tts_values[column[i] - 1];
			isnull[i] = slot->tts_isnull[column[i] - 1];
		}
		take_order(job, value, isnull);
	}
	table_endscan(scan);
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

static void
read_orders(RfmJob *job, Relation rel)
{
	if (can_scan_directly(rel, &job->source))
		scan_directly(job, rel);
	else
		scan_by_query(job, rel);
	post_batch(job);
}

/* ---- further passes ---------------------------------------------------- */

/* Hands the accounts of a pass to the population, and to a file if more passes follow. */
static void
close_pass(RfmJob *job, bool keep_in_file)
{
	AccountTable *t = &job->accounts;

	for (size_t i = 0; i <= t->mask; i++)
	{
		const Account *a = &t->slots[i];
		FileRow		head;

		if (!(a->tag & CLT_ACCOUNT_USED))
			continue;
		if ((i & 0xFFF) == 0)
			CHECK_FOR_INTERRUPTS();
		if (a->orders > 0)
			clt_rfm_population_add(job->population,
								   clt_rfm_local_day(job->clock, a->last_at) - job->as_of.day,
								   a->orders, clt_account_sum(t, a), job->scale);
		if (!keep_in_file)
			continue;
		memset(&head, 0, sizeof(head));
		head.key = a->key;
		head.at = a->last_at;
		head.amount = clt_account_sum(t, a);
		head.orders = a->orders;
		head.scale = job->scale;
		write_file(job->finished, &head, t->by_bytes ? (AccountKey *) (uintptr_t) a->key : NULL);
	}
}

/* Works off one temporary file, which may need files of its own. */
static void
pass_over_file(RfmJob *job, BufFile *file, int level)
{
	BufFile    *rest[SPILL_FILES];
	AccountKey *key = NULL;
	uint32		key_size = 0;
	FileRow		head;

	start_pass(job);
	job->level = level;
	if (BufFileSeek(file, 0, 0, SEEK_SET) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not rewind a temporary file of rfm()")));
	while (read_file(job, file, &head, &key, &key_size))
	{
		AccountRow *row;
		CltInt128	amount = to_job_scale(job, head.amount, head.scale);

		row = &job->batch[job->batched];
		row->at = head.at;
		row->amount = amount;
		if (!job->accounts.by_bytes)
		{
			row->key = head.key;
			row->hash = clt_hash_u64(head.key, 0);
		}
		else if (job->source.key_kind == KEY_ANY)
			read_any_key(job, row, key_datum(&job->source, key));
		else
		{
			AccountKey *copy = batch_key(job, key->bytes, key->length);

			row->hash = clt_hash_bytes(key->bytes, key->length, 0);
			copy->hash = (uint32) row->hash;
			row->key = (uint64) (uintptr_t) copy;
		}
		if (++job->batched == CLT_ACCOUNT_BATCH)
			post_batch(job);
	}
	post_batch(job);
	BufFileClose(file);
	if (key)
		pfree(key);
	close_pass(job, true);
	memcpy(rest, job->spill, sizeof(rest));
	for (int i = 0; i < SPILL_FILES; i++)
	{
		if (rest[i])
			pass_over_file(job, rest[i], level + 1);
	}
}

/* Finishes what did not fit into memory; the accounts in memory stand if all did. */
static void
finish_passes(RfmJob *job)
{
	BufFile    *rest[SPILL_FILES];
	bool		spilled = false;

	memcpy(rest, job->spill, sizeof(rest));
	for (int i = 0; i < SPILL_FILES; i++)
		spilled |= rest[i] != NULL;
	if (spilled)
		job->finished = create_file(job);
	close_pass(job, spilled);
	for (int i = 0; i < SPILL_FILES; i++)
	{
		if (rest[i])
			pass_over_file(job, rest[i], 1);
	}
}

/* ---- results ----------------------------------------------------------- */

enum
{
	OUT_CUSTOMER, OUT_RECENCY, OUT_FREQUENCY, OUT_MONETARY, OUT_R, OUT_F, OUT_M,
	OUT_SCORE, OUT_SEGMENT, OUT_LAST, OUT_COLUMNS
};

typedef struct RfmOutput
{
	RfmJob	   *job;
	ReturnSetInfo *rsinfo;
	MemoryContext row_context;
	const RfmScheme *scheme;	/* may be NULL */
	const RfmScorer *scorer;	/* or */
	const RfmScore *scores;
	FmgrInfo	key_out;		/* KEY_ANY */
	size_t		member;			/* of the population */
	size_t		rows;
} RfmOutput;

static Datum
customer_text(RfmOutput *out, uint64 integer, const AccountKey *key)
{
	OrderSource *source = &out->job->source;
	char		buf[32];

	switch (source->key_kind)
	{
		case KEY_INTEGER:
			return PointerGetDatum(cstring_to_text_with_len(buf, pg_lltoa((int64) integer, buf)));
		case KEY_TEXT:
			return PointerGetDatum(cstring_to_text_with_len(key->bytes, (int) key->length));
		case KEY_UUID:
			return CStringGetTextDatum(DatumGetCString(DirectFunctionCall1(uuid_out, PointerGetDatum(key->bytes))));
		case KEY_ANY:
			break;
	}
	return CStringGetTextDatum(OutputFunctionCall(&out->key_out, key_datum(source, key)));
}

static void
put_customer(RfmOutput *out, uint64 integer, const AccountKey *key, int64 last_at, uint32 orders,
			 CltInt128 sum, int scale)
{
	RfmJob	   *job = out->job;
	Datum		values[OUT_COLUMNS];
	bool		nulls[OUT_COLUMNS] = {false};

	values[OUT_CUSTOMER] = customer_text(out, integer, key);
	values[OUT_FREQUENCY] = Int64GetDatum(orders);
	values[OUT_MONETARY] = clt_rfm_make_numeric(sum, scale);
	if (orders == 0)
	{
		nulls[OUT_RECENCY] = nulls[OUT_R] = nulls[OUT_F] = nulls[OUT_M] = true;
		nulls[OUT_SCORE] = nulls[OUT_SEGMENT] = nulls[OUT_LAST] = true;
	}
	else
	{
		RfmPopulation *p = job->population;
		size_t		i = out->member++;
		RfmScore	score = out->scores ? out->scores[i] :
		clt_rfm_scorer_score(out->scorer, p->recency[i], p->frequency[i],
							 p->money ? p->money[i] : p->money_wide[i]);
		int			segment = out->scheme ? clt_rfm_segment_of(out->scheme, score) : -1;

		values[OUT_RECENCY] = Int32GetDatum((int32) -p->recency[i]);
		values[OUT_R] = Int32GetDatum(CLT_RFM_SCORE_R(score));
		values[OUT_F] = Int32GetDatum(CLT_RFM_SCORE_F(score));
		values[OUT_M] = Int32GetDatum(CLT_RFM_SCORE_M(score));
		values[OUT_SCORE] = Int32GetDatum((int32) score);
		if (segment < 0)
			nulls[OUT_SEGMENT] = true;
		else
			values[OUT_SEGMENT] = PointerGetDatum(out->scheme->segment[segment]);
		values[OUT_LAST] = job->clock == CLT_RFM_INSTANT ? TimestampTzGetDatum(last_at) :
			DirectFunctionCall1(timestamp_timestamptz, TimestampGetDatum(last_at));
	}
	tuplestore_putvalues(out->rsinfo->setResult, out->rsinfo->setDesc, values, nulls);
	if (++out->rows % ROWS_PER_RESET == 0)
	{
		MemoryContextReset(out->row_context);
		CHECK_FOR_INTERRUPTS();
	}
}

/* Puts out all customers, in the order in which the population got them. */
static void
put_all(RfmOutput *out)
{
	RfmJob	   *job = out->job;
	AccountTable *t = &job->accounts;
	MemoryContext old = MemoryContextSwitchTo(out->row_context);

	if (job->finished)
	{
		AccountKey *key = NULL;
		uint32		key_size = 0;
		FileRow		head;

		if (BufFileSeek(job->finished, 0, 0, SEEK_SET) != 0)
			ereport(ERROR,
					(errcode_for_file_access(),
					 errmsg("could not rewind a temporary file of rfm()")));
		while (read_file(job, job->finished, &head, &key, &key_size))
			put_customer(out, head.key, key, head.at, head.orders, head.amount, head.scale);
		BufFileClose(job->finished);
	}
	else
	{
		for (size_t i = 0; i <= t->mask; i++)
		{
			const Account *a = &t->slots[i];

			if (a->tag & CLT_ACCOUNT_USED)
				put_customer(out, a->key, t->by_bytes ? (const AccountKey *) (uintptr_t) a->key : NULL,
							 a->last_at, a->orders, clt_account_sum(t, a), job->scale);
		}
	}
	MemoryContextSwitchTo(old);
}

/* ---- ntile's tie-break ------------------------------------------------- */

typedef struct KeyPlace
{
	int64		integer;
	const AccountKey *key;
	size_t		row;
} KeyPlace;

static int
compare_places(const void *a, const void *b)
{
	const KeyPlace *x = a;
	const KeyPlace *y = b;

	if (x->key == NULL)
		return (x->integer > y->integer) - (x->integer < y->integer);
	else
	{
		uint32		n = Min(x->key->length, y->key->length);
		int			order = memcmp(x->key->bytes, y->key->bytes, n);

		return order ? order : (x->key->length > y->key->length) - (x->key->length < y->key->length);
	}
}

static void
add_place(KeyPlace *places, size_t *n, uint64 integer, const AccountKey *key)
{
	places[*n].integer = (int64) integer;
	places[*n].key = key;
	places[*n].row = *n;
	(*n)++;
}

/* The members of the population in the order of their keys: numbers, else bytes. */
static size_t *
order_by_key(RfmJob *job)
{
	size_t		count = job->population->count;
	KeyPlace   *places = MemoryContextAllocHuge(CurrentMemoryContext, Max(count, 1) * sizeof(KeyPlace));
	size_t	   *order = MemoryContextAllocHuge(CurrentMemoryContext, Max(count, 1) * sizeof(size_t));
	AccountTable *t = &job->accounts;
	size_t		n = 0;

	if (job->finished)
	{
		AccountKey *key = NULL;
		uint32		key_size = 0;
		FileRow		head;

		/* a new key each time: all of them are kept */
		if (BufFileSeek(job->finished, 0, 0, SEEK_SET) != 0)
			ereport(ERROR,
					(errcode_for_file_access(),
					 errmsg("could not rewind a temporary file of rfm()")));
		while (read_file(job, job->finished, &head, &key, &key_size))
		{
			if (head.orders == 0)
				continue;
			add_place(places, &n, head.key, key);
			key = NULL;
		}
	}
	else
	{
		for (size_t i = 0; i <= t->mask; i++)
		{
			const Account *a = &t->slots[i];

			if ((a->tag & CLT_ACCOUNT_USED) && a->orders > 0)
				add_place(places, &n, a->key, t->by_bytes ? (const AccountKey *) (uintptr_t) a->key : NULL);
		}
	}
	qsort(places, n, sizeof(KeyPlace), compare_places);
	for (size_t i = 0; i < n; i++)
		order[i] = places[i].row;
	pfree(places);
	return order;
}

/* ---- the function ------------------------------------------------------ */

static Datum
required(FunctionCallInfo fcinfo, int argno, const char *name)
{
	if (PG_ARGISNULL(argno))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", name)));
	return PG_GETARG_DATUM(argno);
}

static RfmJob *
create_job(FunctionCallInfo fcinfo)
{
	RfmJob	   *job = palloc0(sizeof(RfmJob));

	job->context = CurrentMemoryContext;
	job->source.relid = DatumGetObjectId(required(fcinfo, 0, "orders"));
	job->source.name[0] = NameStr(*DatumGetName(required(fcinfo, 1, "customer")));
	job->source.name[1] = NameStr(*DatumGetName(required(fcinfo, 2, "at")));
	job->source.name[2] = NameStr(*DatumGetName(required(fcinfo, 3, "amount")));
	clt_rfm_set_as_of(&job->as_of, PG_ARGISNULL(4) ? GetCurrentTransactionStartTimestamp() :
					  PG_GETARG_TIMESTAMPTZ(4));
	job->memory_limit = Max(get_hash_memory_limit(), LEAST_MEMORY);
	job->arena.context = AllocSetContextCreate(job->context, "rfm keys", ALLOCSET_DEFAULT_SIZES);
	job->population = clt_rfm_population_create(job->context, FIRST_SLOTS);
	return job;
}

/* Scores the population: either by cut points, or row by row under ntile. */
static void
score_population(FunctionCallInfo fcinfo, RfmJob *job, RfmOutput *out, int bins, RfmCutSet *given)
{
	RfmRule		rule = clt_rfm_rule_from_text(DatumGetTextPP(required(fcinfo, 7, "rule")));
	bool		nested = DatumGetBool(required(fcinfo, 8, "nested"));
	RfmPopulation *p = job->population;
	RfmCutSet  *set = given;
	RfmScorer  *scorer;

	if (set == NULL && rule == CLT_RFM_RULE_NTILE)
	{
		out->scores = clt_rfm_score_ntile(p, bins, nested, order_by_key(job));
		return;
	}
	if (set == NULL)
	{
		set = palloc0(sizeof(RfmCutSet));
		clt_rfm_find_cuts(p, rule, bins, nested, set);
	}
	scorer = palloc0(sizeof(RfmScorer));
	clt_rfm_scorer_init(scorer, set);
	clt_rfm_scorer_set_scale(scorer, p->scale);
	out->scorer = scorer;
}

/* clt_rfm(orders, customer, at, amount, as_of, bins, scheme, rule, nested, cuts) */
CLT_FUNCTION_INFO_V1(clt_rfm);
Datum
clt_rfm(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext work = AllocSetContextCreate(CurrentMemoryContext, "rfm", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old;
	RfmCutSet	given;
	RfmOutput	out;
	RfmJob	   *job;
	Relation	rel;
	int			bins;

	InitMaterializedSRF(fcinfo, 0);
	old = MemoryContextSwitchTo(work);
	memset(&out, 0, sizeof(out));
	bins = DatumGetInt32(required(fcinfo, 5, "bins"));
	if (!PG_ARGISNULL(9))
	{
		clt_rfm_bins_unpack(PG_GETARG_RFM_BINS_P(9), &given);
		bins = given.bins;
	}
	clt_rfm_check_bins(bins);
	(void) clt_rfm_rule_from_text(DatumGetTextPP(required(fcinfo, 7, "rule")));
	if (!PG_ARGISNULL(6))
	{
		char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(6));
		RfmScheme  *scheme = clt_rfm_load_scheme(name);

		if (scheme->bins != bins)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("scheme \"%s\" is for %d bins, not %d", name, scheme->bins, bins),
					 errhint("Name a scheme for %d bins, or say scheme => NULL to get scores without segments.", bins)));
		out.scheme = scheme;
	}

	job = create_job(fcinfo);
	rel = relation_open(job->source.relid, AccessShareLock);
	look_at_source(job, rel);
	start_pass(job);
	read_orders(job, rel);
	finish_passes(job);

	out.job = job;
	out.rsinfo = rsinfo;
	out.row_context = AllocSetContextCreate(work, "rfm row", ALLOCSET_DEFAULT_SIZES);
	if (job->source.key_kind == KEY_ANY)
	{
		Oid			function;
		bool varlena;

		getTypeOutputInfo(job->source.key_type, &function, &varlena);
		fmgr_info(function, &out.key_out);
	}
	score_population(fcinfo, job, &out, bins, PG_ARGISNULL(9) ? NULL : &given);
	put_all(&out);

	relation_close(rel, NoLock);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(work);
	return (Datum) 0;
}
