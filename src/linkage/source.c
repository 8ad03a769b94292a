/*
 * source.c
 *		Reading the caller's table.
 *
 * Rows come straight from the executor into a receiver of ours: no copy of the
 * tuple, no text output function where the type is text, date or castable.  Texts
 * are gathered by column until there are some thousand rows; then each column is
 * encoded (encode.c), by this process or, of large tables, by several
 * (shared_reading.c).  The whole table thus becomes one array of integers, row by
 * row in the order of the key, and a dictionary a column.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "optimizer/clauses.h"
#include "tcop/dest.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/plancache.h"
#include "utils/snapmgr.h"

#include "core/clientele.h"
#include "linkage/engine.h"
#include "linkage/memory.h"
#include "linkage/progress.h"
#include "linkage/reading.h"

/* Rows that are encoded together, unless their texts are longer than so much. */
#define BATCH_ROWS 4096
#define BATCH_BYTES (1024 * 1024)

/* Fewer rows than this are read faster than another process is started. */
#define MANY_ROWS 20000

/* Values that a dictionary has room for at first. */
#define FIRST_ROOM 1024

/* Keys that are no plain values are kept in pieces of this size. */
#define KEY_POOL 65536

typedef struct LinkReceiver
{
	DestReceiver pub;
	LinkJob    *job;
	int			source;			/* rows are those of this table */
	LinkReading *reading;		/* NULL: this process encodes alone */
	CltNormal  *normals;
	MemoryContext scratch;
	uint32		rows;			/* gathered */
	uint32		most_rows;
	Size		bytes;
	uint32		codes_cap;
	LinkTexts	texts[LINK_MAX_FIELDS];
	char	   *key_pool;
	Size		key_left;
} LinkReceiver;

/* columns_in is a field with the columns that it has in a table; false if there is none, or one of a value that needs them all. */
static bool
columns_in(const LinkField *field, int source, LinkField *asked)
{
	int			n = 0;
	int			i;

	*asked = *field;
	if (field->in)
	{
		memcpy(asked->column, field->in[source].name, sizeof(asked->column));
		memcpy(asked->type, field->in[source].type, sizeof(asked->type));
	}
	for (i = 0; i < field->ncolumns; i++)
		if (asked->column[i])
		{
			asked->column[n] = asked->column[i];
			asked->type[n++] = asked->type[i];
		}
	if (n < field->ncolumns && !field->element)
		return false;
	asked->ncolumns = n;
	return n > 0;
}

/* comes_as_date tells whether a field's column is a date that is taken as it is. */
static bool
comes_as_date(const LinkField *field, int source)
{
	LinkField	asked;

	return field->kind == CLT_KIND_DATE && field->ncolumns == 1 && !field->element &&
		columns_in(field, source, &asked) && getBaseType(asked.type[0]) == DATEOID;
}

/* ---- gathering ---- */

static void
start_texts(LinkReceiver *r, LinkTexts *texts)
{
	texts->raw.end = palloc(r->most_rows * sizeof(uint32));
	texts->cap = (Size) r->most_rows * 16;
	texts->raw.bytes = palloc(texts->cap);
	texts->used = 0;
}

/* add_text adds the text of a row to those of its column. */
static inline void
add_text(LinkReceiver *r, LinkTexts *texts, Datum value)
{
	struct varlena *text = PG_DETOAST_DATUM_PACKED(value);
	Size		len = VARSIZE_ANY_EXHDR(text);

	if (unlikely(texts->used + len > texts->cap))
	{
		texts->cap = Max(texts->cap * 2, texts->used + len);
		texts->raw.bytes = clt_link_large_grow(texts->raw.bytes, texts->cap);
	}
	memcpy(texts->raw.bytes + texts->used, VARDATA_ANY(text), len);
	texts->used += len;
	r->bytes += len;
}

/* day_of_date is a date as a number yyyymmdd; 0: none that could be a person's. */
static uint32
day_of_date(DateADT date)
{
	int			y;
	int			m;
	int			day;

	if (DATE_NOT_FINITE(date))
		return 0;
	j2date(date + POSTGRES_EPOCH_JDATE, &y, &m, &day);
	return y < 1 || y > 9999 ? 0 : y * 10000 + m * 100 + day;
}

/* day_of_parts is the same of year, month and day in columns of their own. */
static uint32
day_of_parts(TupleTableSlot *slot, int att)
{
	int			part[3];
	int			i;

	for (i = 0; i < 3; i++)
	{
		struct varlena *text;
		char		buf[32];
		size_t		len;

		if (slot->tts_isnull[att + i])
			return 0;
		text = PG_DETOAST_DATUM_PACKED(slot->tts_values[att + i]);

		len = Min(VARSIZE_ANY_EXHDR(text), sizeof(buf) - 1);
		memcpy(buf, VARDATA_ANY(text), len);
		buf[len] = '\0';
		part[i] = atoi(buf);
	}
	if (part[0] < 1 || part[0] > 9999 || part[1] < 1 || part[1] > 12 || part[2] < 1 || part[2] > 31)
		return 0;
	return part[0] * 10000 + part[1] * 100 + part[2];
}

/* keep_key copies a key to where it stays. */
static Datum
keep_key(LinkReceiver *r, Datum key)
{
	LinkJob    *job = r->job;
	Pointer		from;
	Pointer		copy;
	Size		size;

	if (job->key_byval)
		return key;
	from = job->key_len == -1 ? (Pointer) PG_DETOAST_DATUM_PACKED(key) : DatumGetPointer(key);
	size = job->key_len == -1 ? VARSIZE_ANY(from) : job->key_len == -2 ? strlen(from) + 1 : (Size) job->key_len;
	if (MAXALIGN(size) > r->key_left)
	{
		r->key_left = Max(MAXALIGN(size), Min(KEY_POOL, (Size) r->most_rows * 64));
		r->key_pool = MemoryContextAlloc(job->key_pool, r->key_left);
	}
	job->key_bytes += MAXALIGN(size);
	copy = r->key_pool;
	memcpy(copy, from, size);
	r->key_pool += MAXALIGN(size);
	r->key_left -= MAXALIGN(size);
	return PointerGetDatum(copy);
}

/* add_key adds the key of a row. */
static void
add_key(LinkReceiver *r, Datum key, bool isnull)
{
	LinkJob    *job = r->job;
	uint32		row = job->n + r->rows;

	if (isnull && !job->key_optional)
		ereport(ERROR,
				(errcode(ERRCODE_NOT_NULL_VIOLATION),
				 errmsg("key column \"%s\" of \"%s\" contains null values", job->key_column, job->table)));
	if (row >= job->cap)
	{
		if (job->cap >= PG_UINT32_MAX / 2)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("table \"%s\" has more than %u records", job->table, job->cap)));
		job->cap *= 2;
		job->keys = clt_link_large_grow(job->keys, (Size) job->cap * sizeof(Datum));
	}
	if (isnull)
		job->keyless++;
	job->keys[row] = isnull ? (Datum) 0 : keep_key(r, key);
}

/* encode_alone encodes the rows gathered so far. */
static void
encode_alone(LinkReceiver *r)
{
	LinkJob    *job = r->job;
	int			i;

	if (job->n + r->rows > r->codes_cap)
	{
		while (job->n + r->rows > r->codes_cap)
			r->codes_cap *= 2;
		job->codes = clt_link_large_grow(job->codes, (Size) r->codes_cap * Max(job->nfields, 1) * sizeof(uint32));
	}
	for (i = 0; i < job->nfields; i++)
	{
		CHECK_FOR_INTERRUPTS();
		clt_link_encode(&job->field[i], &r->texts[i].raw, r->rows, job->codes + (Size) job->n * job->nfields + i,
						job->nfields, r->normals);
	}
}

/* flush encodes the rows gathered so far, or has them encoded, and begins anew. */
static void
flush(LinkReceiver *r)
{
	LinkJob    *job = r->job;
	int			i;

	if (r->rows == 0)
		return;
	if (r->reading)
		clt_link_reading_batch(r->reading, r->texts, r->rows);
	else
		encode_alone(r);
	for (i = 0; i < job->nfields; i++)
	{
		/* a row of the longest texts is not remembered by the memory it took */
		if (r->texts[i].cap > 2 * BATCH_BYTES)
		{
			pfree(r->texts[i].raw.bytes);
			r->texts[i].cap = BATCH_BYTES;
			r->texts[i].raw.bytes = MemoryContextAlloc(job->context, BATCH_BYTES);
		}
		r->texts[i].used = 0;
	}
	job->n += r->rows;
	r->rows = 0;
	r->bytes = 0;
	MemoryContextReset(r->scratch);
	clt_link_progress_records(job, job->n, 0);
	CHECK_FOR_INTERRUPTS();
}

/* ---- the receiver ---- */

static void
receiver_startup(DestReceiver *self, int operation, TupleDesc desc)
{
	LinkReceiver *r = (LinkReceiver *) self;
	LinkJob    *job = r->job;
	int			i;

	(void) operation;
	(void) desc;
	for (i = 0; i < job->nfields; i++)
		r->texts[i].raw.days = comes_as_date(&job->field[i], r->source) || LINK_FIELD_WIDTH(&job->field[i]) == 3;
}

static void
receiver_shutdown(DestReceiver *self)
{
	flush((LinkReceiver *) self);
}

static void
receiver_destroy(DestReceiver *self)
{
	(void) self;
}

static bool
receiver_slot(TupleTableSlot *slot, DestReceiver *self)
{
	LinkReceiver *r = (LinkReceiver *) self;
	LinkJob    *job = r->job;
	MemoryContext old = MemoryContextSwitchTo(r->scratch);
	int			att = 1;
	int			i;

	slot_getallattrs(slot);
	add_key(r, slot->tts_values[0], slot->tts_isnull[0]);
	for (i = 0; i < job->nfields; i++)
	{
		LinkField  *field = &job->field[i];
		LinkTexts  *texts = &r->texts[i];

		if (!texts->raw.days)
		{
			if (!slot->tts_isnull[att])
				add_text(r, texts, slot->tts_values[att]);
			texts->raw.end[r->rows] = (uint32) texts->used;
		}
		else if (LINK_FIELD_WIDTH(field) == 3)
			texts->raw.end[r->rows] = day_of_parts(slot, att);
		else
			texts->raw.end[r->rows] = slot->tts_isnull[att] ? 0 : day_of_date(DatumGetDateADT(slot->tts_values[att]));
		att += LINK_FIELD_WIDTH(field);
	}
	MemoryContextSwitchTo(old);
	if (++r->rows == r->most_rows || r->bytes > BATCH_BYTES)
		flush(r);
	return true;
}

/* ---- what is asked ---- */

/* column_expression is how a column is asked for where it is not a date: as it is if that is text. */
static void
column_expression(StringInfo sql, const char *column, Oid type)
{
	Oid			base = getBaseType(type);

	appendStringInfo(sql, ", %s", quote_identifier(column));
	if (base != TEXTOID && base != VARCHAROID)
		appendStringInfoString(sql, "::pg_catalog.text");
}

/* clt_link_select_list lists what is asked of a table: the key and the columns of the fields. */
char	   *
clt_link_select_list(LinkJob *job, int source)
{
	StringInfoData sql;
	int			i;
	int			j;

	initStringInfo(&sql);
	appendStringInfo(&sql, "%s%s", quote_identifier(job->in[source].key_column), job->key_as_text ? "::pg_catalog.text" : "");
	for (i = 0; i < job->nfields; i++)
	{
		LinkField	asked;

		if (!columns_in(&job->field[i], source, &asked))
		{
			for (j = 0; j < LINK_FIELD_WIDTH(&job->field[i]); j++)
				appendStringInfoString(&sql, ", NULL::pg_catalog.text");
			continue;
		}
		if (clt_link_field_expression(&sql, &asked))
			continue;
		if (comes_as_date(&job->field[i], source))
			appendStringInfo(&sql, ", %s", quote_identifier(asked.column[0]));
		else
			for (j = 0; j < asked.ncolumns; j++)
				column_expression(&sql, asked.column[j], asked.type[j]);
	}
	return sql.data;
}

/* start_receiver makes room for records of a receiver. */
static LinkReceiver *
start_receiver(LinkJob *job, uint32 room)
{
	MemoryContext old = MemoryContextSwitchTo(job->context);
	LinkReceiver *receiver = palloc0(sizeof(LinkReceiver));
	int			i;

	job->n = 0;
	job->keyless = 0;
	job->cap = room;
	job->keys = clt_link_large_zero(job->context, job->cap * sizeof(Datum));
	job->key_bytes = 0;
	job->key_pool = AllocSetContextCreate(job->context, "clientele linkage keys", ALLOCSET_DEFAULT_SIZES);
	receiver->pub.receiveSlot = receiver_slot;
	receiver->pub.rStartup = receiver_startup;
	receiver->pub.rShutdown = receiver_shutdown;
	receiver->pub.rDestroy = receiver_destroy;
	receiver->pub.mydest = DestNone;
	receiver->job = job;
	receiver->scratch = AllocSetContextCreate(job->context, "clientele linkage row", ALLOCSET_DEFAULT_SIZES);
	receiver->most_rows = Min(room, BATCH_ROWS);
	for (i = 0; i < job->nfields; i++)
		start_texts(receiver, &receiver->texts[i]);
	MemoryContextSwitchTo(old);
	return receiver;
}

/* start_alone gets a receiver ready to encode by itself. */
static void
start_alone(LinkReceiver *r, uint32 room)
{
	LinkJob    *job = r->job;
	int			i;

	for (i = 0; i < job->nfields; i++)
		clt_link_field_start(job, &job->field[i], room);
	r->codes_cap = room;
	job->codes = clt_link_large_zero(job->context, (Size) r->codes_cap * Max(job->nfields, 1) * sizeof(uint32));
	r->normals = MemoryContextAlloc(job->context, LINK_NORMALS * sizeof(CltNormal));
}

/* clt_link_receiver makes room for records and returns what encodes those that are sent to it. */
DestReceiver *
clt_link_receiver(LinkJob *job, uint32 room)
{
	LinkReceiver *receiver = start_receiver(job, room);

	start_alone(receiver, room);
	return (DestReceiver *) receiver;
}

/* clt_link_receive_from says which table the records that are sent to a receiver are of. */
void
clt_link_receive_from(DestReceiver *receiver, int source)
{
	((LinkReceiver *) receiver)->source = source;
}

/* ---- reading all ---- */

/* others_may_help tells whether other processes may be at work during a query: nothing in it is to be done only without them. */
static bool
others_may_help(SPIPlanPtr plan)
{
	CachedPlanSource *source = linitial(SPI_plan_get_plan_sources(plan));

	return list_length(source->query_list) == 1 &&
		max_parallel_hazard(linitial_node(Query, source->query_list)) == PROPARALLEL_SAFE;
}

/* expected_rows is how many rows the planner expects of a query. */
static double
expected_rows(SPIPlanPtr plan)
{
	CachedPlan *cached = SPI_plan_get_cached_plan(plan);
	double		rows;

	if (!cached)
		return 0;
	rows = linitial_node(PlannedStmt, cached->stmt_list)->planTree->plan_rows;
	ReleaseCachedPlan(cached, NULL);
	return rows;
}

static SPIPlanPtr
prepare_query(LinkJob *job, int source)
{
	char	   *sql = psprintf("SELECT %s FROM %s", clt_link_select_list(job, source), job->in[source].qualified);
	SPIPlanPtr	plan = SPI_prepare_cursor(sql, 0, NULL, CURSOR_OPT_PARALLEL_OK);

	if (!plan)
		elog(ERROR, "could not prepare: %s", sql);
	return plan;
}

/* read_rows sends the rows of a table to the receiver, as of the snapshot at hand. */
static void
read_rows(LinkReceiver *r, SPIPlanPtr plan, int source)
{
	SPIExecuteOptions options;

	r->source = source;
	memset(&options, 0, sizeof(options));
	options.read_only = true;
	options.dest = (DestReceiver *) r;
	if (SPI_execute_plan_extended(plan, &options) < 0)
		elog(ERROR, "could not read %s", r->job->in[source].qualified);
	r->job->in[source].end = r->job->n;
}

/* read_all reads and encodes the tables; false if it began with several processes and that cannot be done. */
static bool
read_all(LinkJob *job, const SPIPlanPtr *plan, LinkReading *reading)
{
	LinkReceiver *r = start_receiver(job, BATCH_ROWS);
	bool		moved = false;
	uint32	   *order;
	int			i;

	r->reading = reading;
	if (!reading)
		start_alone(r, FIRST_ROOM);
	for (i = 0; i < job->nsources; i++)
		read_rows(r, plan[i], i);
	clt_link_progress_records(job, job->n, job->n);
	if (reading)
		clt_link_reading_end(reading);
	order = clt_link_large(job->context, (Size) Max(job->n, 1) * sizeof(uint32));
	for (i = 0; i < job->nsources; i++)
		moved |= clt_link_sort_by_key(job, clt_link_begin(job, i), job->in[i].end, order, job->in[i].key_column, job->in[i].name);
	if (reading && !clt_link_reading_collect(reading, order))
		return false;
	if (!reading && moved)
		clt_link_move_codes(job, order);
	pfree(order);
	return true;
}

/* clt_link_expected_rows is how many rows the planner expects of all tables. */
double
clt_link_expected_rows(LinkJob *job)
{
	double		rows = 0;
	int			i;

	for (i = 0; i < job->nsources; i++)
	{
		SPIPlanPtr	plan = prepare_query(job, i);

		job->in[i].expected = expected_rows(plan);
		rows += job->in[i].expected;
		SPI_freeplan(plan);
	}
	return rows;
}

/* clt_link_read reads and encodes the fields of the job. */
void
clt_link_read(LinkJob *job)
{
	MemoryContext old = MemoryContextSwitchTo(job->context);
	SPIPlanPtr	plan[LINK_MAX_SOURCES];
	LinkReading *reading = NULL;
	double		rows = 0;
	bool		alone = false;
	int			i;

	clt_link_progress_phase(job, LINK_PHASE_READING);
	CommandCounterIncrement();
	PushCopiedSnapshot(GetTransactionSnapshot());
	UpdateActiveSnapshotCommandId();
	for (i = 0; i < job->nsources; i++)
	{
		plan[i] = prepare_query(job, i);
		job->in[i].expected = expected_rows(plan[i]);
		rows += job->in[i].expected;
		alone |= !others_may_help(plan[i]);
	}
	clt_link_check_memory(job);
	if (!alone && rows >= MANY_ROWS)
		reading = clt_link_reading_start(job, clt_link_record_memory(job));
	if (!read_all(job, plan, reading))
		(void) read_all(job, plan, NULL);
	for (i = 0; i < job->nsources; i++)
		SPI_freeplan(plan[i]);
	PopActiveSnapshot();
	clt_link_divide_by_table(job);
	clt_link_find_copies(job);
	clt_link_count_values(job);
	MemoryContextSwitchTo(old);
}
