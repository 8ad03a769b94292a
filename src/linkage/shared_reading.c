/*
 * shared_reading.c
 *		Encoding columns in several processes while the leader reads.
 *
 * Only the leader looks at the table, as it would alone, so that whatever can be read
 * by one process can be read with the help of others.  It puts the texts of some
 * thousand rows at a time into shared memory.  Each column is encoded, batch after
 * batch, by one process: the codes depend on the order of the rows and on nothing
 * else.  A process that has nothing to do takes the next column that nobody has,
 * those first that are likely to take longest; the leader does so while there are
 * enough batches to go on with.  Texts are given back when all columns of a batch are
 * encoded, and the leader does not read further while there are too many of them.
 *
 * A process encodes with dictionaries of its own and moves them into shared memory
 * when it is done.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "pgstat.h"
#include "port/atomics.h"
#include "storage/condition_variable.h"
#include "storage/spin.h"
#include "utils/memutils.h"

#include "core/clientele.h"
#include "linkage/crew.h"
#include "linkage/engine.h"
#include "linkage/large.h"
#include "linkage/reading.h"

/* Texts that may wait to be encoded. */
#define MOST_WAITING ((uint64) 32 * 1024 * 1024)

/* Values that a dictionary has room for at first. */
#define FIRST_ROOM 1024

/* Rows on their way; what is shared of them after their encoding is their codes. */
typedef struct SharedBatch
{
	LinkRef		next;			/* 0 unless one more is published */
	uint32		rows;
	pg_atomic_uint32 left;		/* columns that are not encoded */
	LinkRef		codes;			/* row by row */
	LinkRef		texts;			/* of all columns */
	uint64		size;
	bool		days[LINK_MAX_FIELDS];
	Size		at[LINK_MAX_FIELDS];	/* where in the texts a column begins:
										 * ends, then bytes */
} SharedBatch;

/* What the processes tell one another. */
typedef struct SharedReading
{
	slock_t		mutex;			/* guards owner */
	ConditionVariable changed;
	pg_atomic_uint32 published; /* batches */
	pg_atomic_uint32 ended;		/* there will be no more */
	pg_atomic_uint32 lacking;	/* there is too little memory for this */
	pg_atomic_uint64 waiting;	/* bytes of texts not given back */
	LinkRef		first;			/* batch */
	int			nfields;
	int			order[LINK_MAX_FIELDS];
	int			owner[LINK_MAX_FIELDS]; /* process; -1 nobody yet */
	char		column[LINK_MAX_FIELDS][NAMEDATALEN];
	LinkRef		placeholders[LINK_MAX_FIELDS];
	LinkRef		element_placeholders[LINK_MAX_FIELDS];
	/* what came out, by the owners */
	LinkField	field[LINK_MAX_FIELDS];
	LinkField	element[LINK_MAX_FIELDS];
} SharedReading;

/* A process's view. */
struct LinkReading
{
	LinkJob    *job;
	SharedReading *shared;
	LinkRef		shared_ref;
	LinkTeam   *team;			/* the leader's */
	CltNormal  *normals;
	SharedBatch *last;			/* the leader's: published */
	uint32		done[LINK_MAX_FIELDS];	/* of own fields: batches encoded */
	SharedBatch *batch[LINK_MAX_FIELDS];	/* ... and the last of them */
};

/* ---- encoding ---- */

static void
column_context(void *arg)
{
	errcontext("encoding column \"%s\"", (const char *) arg);
}

/* own_field makes a field this process's. */
static void
own_field(LinkReading *reading, int f)
{
	reading->done[f] = 0;
	reading->batch[f] = NULL;
	clt_link_field_start(reading->job, &reading->job->field[f], FIRST_ROOM);
}

/* claim_field takes a field that nobody has; -1 if there is none. */
static int
claim_field(LinkReading *reading)
{
	SharedReading *shared = reading->shared;
	int			result = -1;
	int			i;

	SpinLockAcquire(&shared->mutex);
	for (i = 0; i < shared->nfields && result < 0; i++)
		if (shared->owner[shared->order[i]] < 0)
		{
			result = shared->order[i];
			shared->owner[result] = reading->job->participant;
		}
	SpinLockRelease(&shared->mutex);
	if (result >= 0)
		own_field(reading, result);
	return result;
}

/* behind returns the own field that is furthest behind; -1 if there is nothing to be encoded. */
static int
behind(LinkReading *reading, uint32 published)
{
	SharedReading *shared = reading->shared;
	int			result = -1;
	int			f;

	for (f = 0; f < shared->nfields; f++)
		if (shared->owner[f] == reading->job->participant && reading->done[f] < published &&
			(result < 0 || reading->done[f] < reading->done[result]))
			result = f;
	return result;
}

/* encode_next encodes a column of the next batch. */
static void
encode_next(LinkReading *reading, int f)
{
	LinkJob    *job = reading->job;
	SharedReading *shared = reading->shared;
	SharedBatch *batch = clt_link_at(job, reading->batch[f] ? reading->batch[f]->next : shared->first);
	uint32	   *codes = clt_link_at(job, batch->codes);
	char	   *column = (char *) clt_link_at(job, batch->texts) + batch->at[f];
	LinkRaw		raw;
	ErrorContextCallback context;

	context.callback = column_context;
	context.arg = shared->column[f];
	context.previous = error_context_stack;
	error_context_stack = &context;
	raw.days = batch->days[f];
	raw.end = (uint32 *) column;
	raw.bytes = column + batch->rows * sizeof(uint32);
	clt_link_encode(&job->field[f], &raw, batch->rows, codes + f, shared->nfields, reading->normals);
	error_context_stack = context.previous;
	reading->batch[f] = batch;
	reading->done[f]++;
	if (pg_atomic_sub_fetch_u32(&batch->left, 1) > 0)
		return;
	clt_link_shared_free(job, batch->texts);
	pg_atomic_sub_fetch_u64(&shared->waiting, batch->size);
	ConditionVariableBroadcast(&shared->changed);
}

/* encode_some encodes a column of a batch, if there is one to be encoded. */
static bool
encode_some(LinkReading *reading)
{
	uint32		published = pg_atomic_read_u32(&reading->shared->published);
	int			f;

	CHECK_FOR_INTERRUPTS();
	if (published == 0 || pg_atomic_read_u32(&reading->shared->lacking))
		return false;
	pg_read_barrier();
	f = behind(reading, published);
	if (f < 0)
		f = claim_field(reading);
	if (f < 0)
		return false;
	encode_next(reading, f);
	return true;
}

/* ---- workers ---- */

/* put_away moves what this process has encoded to where the leader sees it. */
static void
put_away(LinkReading *reading)
{
	LinkJob    *job = reading->job;
	SharedReading *shared = reading->shared;
	int			f;

	for (f = 0; f < shared->nfields; f++)
	{
		LinkField  *field = &job->field[f];

		CHECK_FOR_INTERRUPTS();
		if (shared->owner[f] != job->participant)
			continue;
		clt_link_forget_maps(field);
		if (field->element)
			clt_link_forget_maps(field->element);
		if (pg_atomic_read_u32(&shared->lacking) || clt_link_shared_memory_lacks(clt_link_field_size(field)))
		{
			pg_atomic_write_u32(&shared->lacking, 1);
			return;
		}
		clt_link_move_field(job, field);
		shared->field[f] = *field;
		if (field->element)
			shared->element[f] = *field->element;
	}
}

/* clt_link_work_reading is what workers do: encode until there is nothing more. */
void
clt_link_work_reading(LinkJob *job, LinkWork *work)
{
	LinkReading reading = {.job = job};
	SharedReading *shared = clt_link_at(job, work->tasks);
	int			f;

	reading.shared = shared;
	reading.normals = palloc(LINK_NORMALS * sizeof(CltNormal));
	for (f = 0; f < shared->nfields; f++)
	{
		job->field[f].placeholder = clt_link_at(job, shared->placeholders[f]);
		if (job->field[f].element)
			job->field[f].element->placeholder = clt_link_at(job, shared->element_placeholders[f]);
	}
	for (;;)
	{
		bool		ended;

		while (encode_some(&reading))
			;
		ConditionVariablePrepareToSleep(&shared->changed);
		ended = pg_atomic_read_u32(&shared->ended) != 0;
		pg_read_barrier();
		if (encode_some(&reading))
			continue;
		if (ended)
			break;
		ConditionVariableSleep(&shared->changed, PG_WAIT_EXTENSION);
	}
	ConditionVariableCancelSleep();
	put_away(&reading);
}

/* ---- the leader ---- */

/* share_placeholders copies the values of a field that say nothing. */
static LinkRef
share_placeholders(LinkJob *job, const LinkField *field)
{
	LinkRef		ref;
	Size		size = field->nplaceholders * sizeof(uint64);
	void	   *copy = clt_link_shared_alloc(job, size, &ref);

	if (size > 0)
		memcpy(copy, field->placeholder, size);
	return ref;
}

/* effort is how long a column takes, more or less: many different values, much to be normalised. */
static int
effort(const LinkField *field)
{
	int			result;

	switch (field->kind)
	{
		case CLT_KIND_FULL_NAME:
		case CLT_KIND_COMPANY:
		case CLT_KIND_TEXT:
			result = 9;
			break;
		case CLT_KIND_EMAIL:
			result = 8;
			break;
		case CLT_KIND_PHONE:
		case CLT_KIND_VERBATIM:
		case CLT_KIND_IDENTIFIER:
			result = 7;
			break;
		case CLT_KIND_STREET:
		case CLT_KIND_LOCATION:
			result = 5;
			break;
		case CLT_KIND_POSTCODE:
		case CLT_KIND_DATE:
		case CLT_KIND_NUMBER:
			result = 4;
			break;
		case CLT_KIND_SEX:
		case CLT_KIND_REGION:
		case CLT_KIND_CATEGORY:
			result = 1;
			break;
		default:
			result = 2;
	}
	return field->element ? result * 2 : result;
}

/* order_fields puts the fields that take longest first. */
static void
order_fields(LinkJob *job, SharedReading *shared)
{
	int			i;
	int			j;

	for (i = 0; i < job->nfields; i++)
	{
		for (j = i; j > 0 && effort(&job->field[shared->order[j - 1]]) < effort(&job->field[i]); j--)
			shared->order[j] = shared->order[j - 1];
		shared->order[j] = i;
	}
}

/* clt_link_reading_start has other processes get ready to encode records of about so many bytes; NULL if there can be none. */
LinkReading *
clt_link_reading_start(LinkJob *job, double bytes)
{
	LinkReading *reading;
	SharedReading *shared;
	LinkField  *given;
	LinkField  *surname;
	LinkWork	work;
	int			f;

	if (job->nfields < 2 || !clt_link_crew_open(job, (Size) (bytes + 2 * MOST_WAITING)))
		return NULL;
	reading = palloc0(sizeof(LinkReading));
	reading->job = job;
	reading->normals = palloc(LINK_NORMALS * sizeof(CltNormal));
	reading->shared = shared = clt_link_shared_alloc(job, sizeof(SharedReading), &reading->shared_ref);
	SpinLockInit(&shared->mutex);
	ConditionVariableInit(&shared->changed);
	pg_atomic_init_u32(&shared->published, 0);
	pg_atomic_init_u32(&shared->ended, 0);
	pg_atomic_init_u32(&shared->lacking, 0);
	pg_atomic_init_u64(&shared->waiting, 0);
	shared->nfields = job->nfields;
	order_fields(job, shared);
	for (f = 0; f < job->nfields; f++)
	{
		LinkField  *field = &job->field[f];

		shared->owner[f] = -1;
		snprintf(shared->column[f], NAMEDATALEN, "%s", field->column[0]);
		shared->placeholders[f] = share_placeholders(job, field);
		if (field->element)
			shared->element_placeholders[f] = share_placeholders(job, field->element);
	}
	/* names are looked at once more when all are there */
	if (clt_link_names_of(job, &given, &surname))
	{
		shared->owner[given - job->field] = shared->owner[surname - job->field] = 0;
		own_field(reading, (int) (given - job->field));
		own_field(reading, (int) (surname - job->field));
	}
	clt_link_work_init(&work, LINK_WORK_READING, 0);
	work.tasks = reading->shared_ref;
	reading->team = clt_link_crew_start(job, &work, clt_link_participants(job) - 1);
	return reading;
}

/* wait_for_room encodes, or lets others encode, while there are too many texts. */
static void
wait_for_room(LinkReading *reading, uint64 most)
{
	SharedReading *shared = reading->shared;

	while (pg_atomic_read_u64(&shared->waiting) > most && !pg_atomic_read_u32(&shared->lacking))
	{
		if (encode_some(reading))
			continue;
		ConditionVariablePrepareToSleep(&shared->changed);
		if (pg_atomic_read_u64(&shared->waiting) > most)
			ConditionVariableSleep(&shared->changed, PG_WAIT_EXTENSION);
		ConditionVariableCancelSleep();
	}
}

/* clt_link_reading_batch gives some rows to be encoded. */
void
clt_link_reading_batch(LinkReading *reading, const LinkTexts *texts, uint32 rows)
{
	LinkJob    *job = reading->job;
	SharedReading *shared = reading->shared;
	LinkRef		ref;
	SharedBatch *batch;
	char	   *at;
	Size		size = 0;
	int			f;

	if (pg_atomic_read_u64(&shared->waiting) > MOST_WAITING)
		wait_for_room(reading, MOST_WAITING / 2);
	for (f = 0; f < job->nfields; f++)
		size += rows * sizeof(uint32) + MAXALIGN(texts[f].used);
	if (clt_link_shared_memory_lacks(size + (Size) rows * job->nfields * sizeof(uint32)))
		pg_atomic_write_u32(&shared->lacking, 1);
	if (pg_atomic_read_u32(&shared->lacking))
		return;
	batch = clt_link_shared_alloc(job, sizeof(SharedBatch), &ref);
	(void) clt_link_shared_room(job, (Size) rows * job->nfields * sizeof(uint32), &batch->codes);
	at = clt_link_shared_room(job, size, &batch->texts);
	batch->rows = rows;
	batch->size = size;
	pg_atomic_init_u32(&batch->left, job->nfields);
	size = 0;
	for (f = 0; f < job->nfields; f++)
	{
		batch->days[f] = texts[f].raw.days;
		batch->at[f] = size;
		memcpy(at + size, texts[f].raw.end, rows * sizeof(uint32));
		size += rows * sizeof(uint32);
		if (texts[f].used > 0)
			memcpy(at + size, texts[f].raw.bytes, texts[f].used);
		size += MAXALIGN(texts[f].used);
	}
	if (reading->last)
		reading->last->next = ref;
	else
		shared->first = ref;
	reading->last = batch;
	pg_atomic_fetch_add_u64(&shared->waiting, batch->size);
	pg_write_barrier();
	pg_atomic_fetch_add_u32(&shared->published, 1);
	ConditionVariableBroadcast(&shared->changed);
}

/* clt_link_reading_end says that all rows are read, and encodes what is left to this process. */
void
clt_link_reading_end(LinkReading *reading)
{
	pg_write_barrier();
	pg_atomic_write_u32(&reading->shared->ended, 1);
	ConditionVariableBroadcast(&reading->shared->changed);
	while (encode_some(reading))
		;
}

/* fetch_fields takes over what others have encoded. */
static void
fetch_fields(LinkReading *reading)
{
	LinkJob    *job = reading->job;
	SharedReading *shared = reading->shared;
	int			f;

	for (f = 0; f < job->nfields; f++)
	{
		LinkField  *field = &job->field[f];
		const LinkField *other = &shared->field[f];

		if (shared->owner[f] < 0)
			clt_link_field_start(job, field, 2);
		if (shared->owner[f] <= 0)
			continue;
		clt_link_take_field(field, other);
		if (field->element)
			clt_link_take_field(field->element, &shared->element[f]);
		clt_link_find_field(job, field);
		clt_link_populate(field->col.values, field->col.nvalues * sizeof(CltValue));
	}
}

/* fetch_codes brings the codes of all batches into the order of the keys. */
static void
fetch_codes(LinkReading *reading, const uint32 *order)
{
	LinkJob    *job = reading->job;
	Size		width = job->nfields * sizeof(uint32);
	const uint32 **codes = clt_link_large(job->context, (Size) Max(job->n, 1) * sizeof(uint32 *));
	SharedBatch *batch;
	LinkRef		ref;
	LinkRef		next;
	uint32		n = 0;
	uint32		i;

	for (ref = reading->shared->first; ref; ref = batch->next)
	{
		batch = clt_link_at(job, ref);
		for (i = 0; i < batch->rows; i++)
			codes[n++] = (uint32 *) clt_link_at(job, batch->codes) + (Size) i * job->nfields;
	}
	job->codes = clt_link_shared_room(job, (Size) job->n * width, &job->codes_ref);
	for (i = 0; i < job->n; i++)
		memcpy(job->codes + (Size) i * job->nfields, codes[order[i]], width);
	pfree(codes);
	for (ref = reading->shared->first; ref; ref = next)
	{
		batch = clt_link_at(job, ref);
		next = batch->next;
		clt_link_shared_free(job, batch->codes);
		clt_link_shared_free(job, ref);
	}
}

/* clt_link_reading_collect takes over what all have encoded; false if there was too little memory to share. */
bool
clt_link_reading_collect(LinkReading *reading, const uint32 *order)
{
	LinkJob    *job = reading->job;

	clt_link_crew_finish(reading->team);
	if (pg_atomic_read_u32(&reading->shared->lacking))
	{
		clt_link_crew_close(job);
		return false;
	}
	fetch_fields(reading);
	fetch_codes(reading, order);
	clt_link_shared_free(job, reading->shared_ref);
	pfree(reading->normals);
	pfree(reading);
	return true;
}
