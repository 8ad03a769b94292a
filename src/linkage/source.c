/*
 * source.c
 *		Reading the caller's table and encoding each column once.
 *
 * Rows come straight from the executor into a receiver of ours: no copy of the
 * tuple, no text output function where the type is text, date or castable.
 * The whole table thus becomes one array of integers, row by row, and a
 * dictionary a column.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "tcop/dest.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "core/clientele.h"
#include "linkage/dictionary.h"
#include "linkage/engine.h"
#include "linkage/normalize.h"
#include "linkage/progress.h"

typedef struct LinkReceiver
{
	DestReceiver pub;
	LinkJob    *job;
	CltNormal  *normal;
	MemoryContext scratch;
	int64		rows;
} LinkReceiver;

/* A text of the row at hand. */
typedef struct RawText
{
	const char *s;
	size_t		len;
	uint64		hash;
} RawText;

/*
 * ask_for looks at the text of a field, if its value is one, and asks for where it is
 * looked up: the waits for all fields of a row pass together.
 */
static inline void
ask_for(LinkField *field, TupleTableSlot *slot, int att, RawText *raw)
{
	struct varlena *text;

	raw->s = NULL;
	if (slot->tts_isnull[att] || field->is_date || LINK_FIELD_WIDTH(field) == 3)
		return;
	text = PG_DETOAST_DATUM_PACKED(slot->tts_values[att]);

	raw->s = VARDATA_ANY(text);
	raw->len = VARSIZE_ANY_EXHDR(text);
	raw->hash = clt_link_raw_hash(raw->s, raw->len);
	__builtin_prefetch(&field->raw[(uint32) raw->hash & (field->raw_size - 1)]);
}

/* encode_attribute encodes the attribute(s) of a field in the slot. */
static uint32
encode_attribute(LinkReceiver *r, LinkField *field, TupleTableSlot *slot, int att, const RawText *raw)
{
	Datum		d = slot->tts_values[att];
	struct varlena *text;

	if (LINK_FIELD_WIDTH(field) == 3)
	{
		int			part[3];
		int			i;

		for (i = 0; i < 3; i++)
		{
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
		return clt_link_encode_day(field, part[0], part[1], part[2], r->normal);
	}
	if (raw->s)
		return clt_link_encode_hashed(field, raw->s, raw->len, raw->hash, r->normal);
	if (slot->tts_isnull[att])
		return 0;
	if (field->is_date)
	{
		DateADT		date = DatumGetDateADT(d);
		int			y;
		int			m;
		int			day;

		if (DATE_NOT_FINITE(date))
			return 0;
		j2date(date + POSTGRES_EPOCH_JDATE, &y, &m, &day);
		if (y < 1 || y > 9999)
			return 0;
		return clt_link_encode_day(field, y, m, day, r->normal);
	}
	return 0;
}

/* ---- the receiver ---- */

static void
receiver_startup(DestReceiver *self, int operation, TupleDesc desc)
{
	(void) self;
	(void) operation;
	(void) desc;
}

static void
receiver_nothing(DestReceiver *self)
{
	(void) self;
}

static bool
receiver_slot(TupleTableSlot *slot, DestReceiver *self)
{
	LinkReceiver *r = (LinkReceiver *) self;
	LinkJob    *job = r->job;
	MemoryContext old;
	uint32	   *codes;
	RawText		raw[LINK_MAX_FIELDS];
	int			att = 1;
	int			i;

	slot_getallattrs(slot);
	if (slot->tts_isnull[0] && !job->key_optional)
		ereport(ERROR,
				(errcode(ERRCODE_NOT_NULL_VIOLATION),
				 errmsg("key column \"%s\" of \"%s\" contains null values", job->key_column, job->table)));
	if (job->n >= job->cap)
	{
		if (job->cap >= PG_UINT32_MAX / 2)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("table \"%s\" has more than %u records", job->table, job->cap)));
		job->cap *= 2;
		job->keys = repalloc_huge(job->keys, (Size) job->cap * sizeof(Datum));
		job->codes = repalloc_huge(job->codes, (Size) job->cap * Max(job->nfields, 1) * sizeof(uint32));
	}
	if (slot->tts_isnull[0])
		job->keyless++;
	old = MemoryContextSwitchTo(job->context);
	job->keys[job->n] = slot->tts_isnull[0] ? (Datum) 0 : datumCopy(slot->tts_values[0], job->key_byval, job->key_len);
	MemoryContextSwitchTo(r->scratch);
	codes = job->codes + (Size) job->n * job->nfields;
	for (i = 0; i < job->nfields; i++)
	{
		ask_for(&job->field[i], slot, att, &raw[i]);
		att += LINK_FIELD_WIDTH(&job->field[i]);
	}
	att = 1;
	for (i = 0; i < job->nfields; i++)
	{
		codes[i] = encode_attribute(r, &job->field[i], slot, att, &raw[i]);
		att += LINK_FIELD_WIDTH(&job->field[i]);
	}
	MemoryContextSwitchTo(old);
	job->n++;
	if ((++r->rows & 1023) == 0)
	{
		clt_link_progress_records(job, job->n, 0);
		MemoryContextReset(r->scratch);
		CHECK_FOR_INTERRUPTS();
	}
	return true;
}

/* column_expression is how a column is asked for: as it is if that is text or a date. */
static void
column_expression(StringInfo sql, const char *column, Oid type, bool *is_date)
{
	Oid			base = getBaseType(type);

	*is_date = false;
	appendStringInfo(sql, ", %s", quote_identifier(column));
	if (base == DATEOID)
		*is_date = true;
	else if (base != TEXTOID && base != VARCHAROID)
		appendStringInfoString(sql, "::pg_catalog.text");
}

/* has_columns leaves in a field those of its columns that it has; false if there is none, or one of a value that needs them all. */
static bool
has_columns(LinkField *field)
{
	int			n = 0;
	int			i;

	for (i = 0; i < field->ncolumns; i++)
		if (field->column[i])
		{
			field->column[n] = field->column[i];
			field->type[n++] = field->type[i];
		}
	if (n < field->ncolumns && !field->element)
		return false;
	field->ncolumns = n;
	return n > 0;
}

/* select_list lists what is asked of a table: the key and the columns of the fields. */
static char *
select_list(LinkJob *job, int source)
{
	StringInfoData sql;
	int			i;
	int			j;

	initStringInfo(&sql);
	appendStringInfo(&sql, "%s%s", quote_identifier(job->in[source].key_column), job->key_as_text ? "::pg_catalog.text" : "");
	for (i = 0; i < job->nfields; i++)
	{
		LinkField  *field = &job->field[i];
		LinkField	asked = *field;

		if (field->in)
		{
			memcpy(asked.column, field->in[source].name, sizeof(asked.column));
			memcpy(asked.type, field->in[source].type, sizeof(asked.type));
		}
		if (!has_columns(&asked))
		{
			field->is_date = false;
			for (j = 0; j < LINK_FIELD_WIDTH(field); j++)
				appendStringInfoString(&sql, ", NULL::pg_catalog.text");
			continue;
		}
		if (clt_link_field_expression(&sql, &asked))
			continue;
		for (j = 0; j < field->ncolumns; j++)
		{
			bool		is_date;

			column_expression(&sql, asked.column[j], asked.type[j], &is_date);
			if (field->ncolumns == 1)
				field->is_date = is_date && field->kind == CLT_KIND_DATE;
			if (is_date && !field->is_date)
				appendStringInfoString(&sql, "::pg_catalog.text");
		}
	}
	return sql.data;
}

/* clt_link_select_list lists what is asked of the source. */
char	   *
clt_link_select_list(LinkJob *job)
{
	return select_list(job, 0);
}

/* clt_link_receiver makes room for records and returns what encodes those that are sent to it. */
DestReceiver *
clt_link_receiver(LinkJob *job, uint32 room)
{
	MemoryContext old = MemoryContextSwitchTo(job->context);
	LinkReceiver *receiver = palloc0(sizeof(LinkReceiver));
	int			i;

	for (i = 0; i < job->nfields; i++)
	{
		clt_link_field_start(job, &job->field[i], room);
		if (job->field[i].element)
			clt_link_field_start(job, job->field[i].element, room);
	}
	job->n = 0;
	job->cap = room;
	job->keys = clt_link_huge_alloc(job->context, job->cap * sizeof(Datum));
	job->codes = clt_link_huge_alloc(job->context, (Size) job->cap * Max(job->nfields, 1) * sizeof(uint32));
	receiver->pub.receiveSlot = receiver_slot;
	receiver->pub.rStartup = receiver_startup;
	receiver->pub.rShutdown = receiver_nothing;
	receiver->pub.rDestroy = receiver_nothing;
	receiver->pub.mydest = DestNone;
	receiver->job = job;
	receiver->normal = palloc(sizeof(CltNormal));
	receiver->scratch = AllocSetContextCreate(job->context, "clientele linkage row", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(old);
	return (DestReceiver *) receiver;
}

/* clt_link_read reads and encodes the fields of the job; row_limit 0 means all rows. */
void
clt_link_read(LinkJob *job, int64 row_limit)
{
	MemoryContext old = MemoryContextSwitchTo(job->context);
	SPIExecuteOptions options;
	int			i;

	clt_link_progress_phase(job, LINK_PHASE_READING);
	memset(&options, 0, sizeof(options));
	options.read_only = false;
	options.dest = clt_link_receiver(job, 1024);
	for (i = 0; i < job->nsources; i++)
	{
		LinkSource *source = &job->in[i];
		char	   *limit = row_limit > 0 ? psprintf(" ORDER BY 1 LIMIT " INT64_FORMAT, row_limit) : "";

		if (SPI_execute_extended(psprintf("SELECT %s FROM %s%s", select_list(job, i), source->qualified, limit), &options) < 0)
			elog(ERROR, "could not read %s", source->qualified);
		clt_link_progress_records(job, job->n, job->n);
		clt_link_sort_by_key(job, clt_link_begin(job, i), source->key_column, source->name);
		source->end = job->n;
	}
	clt_link_divide_by_table(job);
	clt_link_find_copies(job);
	for (i = 0; i < job->nfields; i++)
		clt_link_count_values(job, i);
	MemoryContextSwitchTo(old);
}
