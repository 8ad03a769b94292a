/*
 * crew.c
 *		What all processes of a job see.
 *
 * Once the source is encoded it does not change, so it is moved into shared memory
 * and the server's parallel workers (team.c) look at it there.
 *
 * Shared arrays are known by reference.  Without workers a reference is the address
 * itself and nothing is moved.
 */
#include "postgres.h"

#include <math.h>
#ifdef __linux__
#include <sys/statvfs.h>
#endif

#include "access/xact.h"
#include "miscadmin.h"
#include "optimizer/cost.h"
#include "storage/dsm_impl.h"
#include "storage/lwlock.h"
#include "storage/sharedfileset.h"
#include "utils/datum.h"
#include "utils/memutils.h"

#include "core/clientele.h"
#include "linkage/crew.h"
#include "linkage/engine.h"
#include "linkage/large.h"
#include "linkage/results.h"

/* Starting a process costs more than so few records. */
#define FEW_RECORDS 4000

/* So many keys ahead is told which will be wanted. */
#define KEYS_AHEAD 16

/* ---- references ---- */

/* clt_link_shared_room returns memory that all processes of the job see, whatever is in it. */
void	   *
clt_link_shared_room(LinkJob *job, Size size, LinkRef *ref)
{
	void	   *p;

	size = Max(size, 1);
	if (job->crew)
	{
		*ref = dsa_allocate_extended(job->crew->area, size, DSA_ALLOC_HUGE);
		p = dsa_get_address(job->crew->area, *ref);
		clt_link_populate(p, size);
		return p;
	}
	p = clt_link_large(job->context, size);
	*ref = (LinkRef) (uintptr_t) p;
	return p;
}

/* clt_link_shared_alloc returns memory of zeros that all processes of the job see. */
void	   *
clt_link_shared_alloc(LinkJob *job, Size size, LinkRef *ref)
{
	return memset(clt_link_shared_room(job, size, ref), 0, Max(size, 1));
}

void	   *
clt_link_at(const LinkJob *job, LinkRef ref)
{
	if (job->crew)
		return dsa_get_address(job->crew->area, ref);
	return (void *) (uintptr_t) ref;
}

void
clt_link_shared_free(LinkJob *job, LinkRef ref)
{
	if (job->crew)
		dsa_free(job->crew->area, ref);
	else
		pfree((void *) (uintptr_t) ref);
}

/* clt_link_budget is the memory that one process may use for what can be done in parts. */
Size
clt_link_budget(const LinkJob *job)
{
	return (Size) maintenance_work_mem * 1024 / clt_link_participants(job);
}

/* clt_link_participants is how many processes there may be, the leader among them. */
int
clt_link_participants(const LinkJob *job)
{
	return job->crew ? job->crew->nworkers + 1 : 1;
}

/* clt_link_crew_file makes or opens a temporary file of a worker. */
BufFile *
clt_link_crew_file(LinkJob *job, const char *what, int participant, bool create)
{
	SharedFileSet *set = dsm_segment_address(job->crew->files);
	char		name[32];

	snprintf(name, sizeof(name), "%s.%d", what, participant);
	if (create)
		return BufFileCreateFileSet(&set->fs, name);
	return BufFileOpenFileSet(&set->fs, name, O_RDONLY, true);
}

/* ---- moving in ---- */

/* How a dictionary lies in its piece of shared memory: values, words, words of values, texts. */
static Size
values_end(const CltColumn *col)
{
	return (Size) col->nvalues * sizeof(CltValue);
}

static Size
tokens_end(const CltColumn *col)
{
	return values_end(col) + (Size) col->ntokens * sizeof(CltToken);
}

static Size
token_ids_end(const LinkField *field)
{
	return tokens_end(&field->col) + (Size) field->token_ids_used * sizeof(uint32);
}

static Size
column_size(const LinkField *field)
{
	const CltColumn *col = &field->col;
	Size		size = token_ids_end(field);
	uint32		i;

	for (i = 1; i < col->nvalues; i++)
		size += col->values[i].len;
	for (i = 0; i < col->ntokens; i++)
		size += col->tokens[i].len;
	return size;
}

/* lay_out tells a column where the parts of its dictionary are. */
static void
lay_out(LinkField *field, char *at)
{
	CltColumn  *col = &field->col;

	col->values = (CltValue *) at;
	col->tokens = (CltToken *) (at + values_end(col));
	col->token_ids = (uint32 *) (at + tokens_end(col));
}

/* move_column moves a dictionary in one piece: texts are known by their distance. */
static void
move_column(LinkJob *job, LinkField *field)
{
	CltColumn  *col = &field->col;
	CltValue   *values = col->values;
	CltToken   *tokens = col->tokens;
	uint32	   *ids = col->token_ids;
	char	   *at = clt_link_shared_room(job, column_size(field), &field->dictionary);
	char	   *text = at + token_ids_end(field);
	uint32		i;

	lay_out(field, at);
	memcpy(col->values, values, values_end(col));
	memcpy(col->tokens, tokens, (Size) col->ntokens * sizeof(CltToken));
	memcpy(col->token_ids, ids, (Size) field->token_ids_used * sizeof(uint32));
	for (i = 1; i < col->nvalues; i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		memcpy(text, clt_value_text(&values[i]), values[i].len);
		clt_value_set_text(&col->values[i], text);
		text	  +=values[i].len;
	}
	for (i = 0; i < col->ntokens; i++)
	{
		memcpy(text, clt_token_text(&tokens[i]), tokens[i].len);
		clt_token_set_text(&col->tokens[i], text);
		text	  +=tokens[i].len;
	}
	pfree(values);
	pfree(tokens);
	pfree(ids);
	MemoryContextDelete(field->text);
	field->text = NULL;
}

/* clt_link_move_field moves the dictionaries of a field to where all processes see them, if they are not there. */
void
clt_link_move_field(LinkJob *job, LinkField *field)
{
	if (field->dictionary)
		return;
	move_column(job, field);
	if (field->element)
		move_column(job, field->element);
}

/* clt_link_field_size is what its dictionaries take there. */
Size
clt_link_field_size(const LinkField *field)
{
	return column_size(field) + (field->element ? column_size(field->element) : 0);
}

/* clt_link_take_field notes of a dictionary that another process moved how large it is and where. */
void
clt_link_take_field(LinkField *field, const LinkField *other)
{
	memset(&field->col, 0, sizeof(field->col));
	field->col.kind = field->kind;
	field->col.nvalues = other->col.nvalues;
	field->col.ntokens = other->col.ntokens;
	field->token_ids_used = other->token_ids_used;
	field->dictionary = other->dictionary;
	field->text = NULL;
	field->raw = NULL;
	field->norm = NULL;
	field->token_map = NULL;
	field->before = NULL;
	field->nbefore = 0;
}

/* clt_link_find_field looks a field's dictionaries up where another process moved them. */
void
clt_link_find_field(const LinkJob *job, LinkField *field)
{
	lay_out(field, clt_link_at(job, field->dictionary));
	if (!field->element)
		return;
	lay_out(field->element, clt_link_at(job, field->element->dictionary));
	field->col.element = &field->element->col;
}

/*
 * clt_link_shared_memory_lacks tells whether there is too little shared memory: in containers
 * /dev/shm is often small, and running out of it there is an error, not a refusal.
 */
bool
clt_link_shared_memory_lacks(Size size)
{
#ifdef __linux__
	struct statvfs fs;

	if (dynamic_shared_memory_type == DSM_IMPL_POSIX && statvfs("/dev/shm", &fs) == 0 &&
		(double) fs.f_bavail * fs.f_frsize < 1.3 * size + 64.0 * 1024 * 1024)
		return true;
#else
	(void) size;
#endif
	return false;
}

/*
 * clt_link_crew_open gets ready for other processes, if there may be any: memory and
 * files that they see, with room for so many bytes.
 */
bool
clt_link_crew_open(LinkJob *job, Size size)
{
	int			nworkers = Min(Min(max_parallel_maintenance_workers, max_parallel_workers), LINK_MAX_WORKERS);
	MemoryContext old;
	LinkCrew   *crew;

	if (job->crew)
		return true;
	if (nworkers <= 0 || dynamic_shared_memory_type == 0 || IsInParallelMode() ||
		clt_link_shared_memory_lacks(size))
		return false;
	old = MemoryContextSwitchTo(job->context);
	crew = palloc0(sizeof(LinkCrew));
	crew->nworkers = nworkers;
	crew->area = dsa_create(LWTRANCHE_PARALLEL_QUERY_DSA);
	crew->files = dsm_create(sizeof(SharedFileSet), 0);
	SharedFileSetInit(dsm_segment_address(crew->files), crew->files);
	job->crew = crew;
	MemoryContextSwitchTo(old);
	return true;
}

/* move_keys moves the keys of all records to where all processes see them, in their order. */
static void
move_keys(LinkJob *job)
{
	Size		size;
	char	   *at;
	uint32		i;

	if (job->keys_ref)
		return;
	if (job->key_byval)
	{
		Datum	   *keys = job->keys;

		job->keys = clt_link_shared_room(job, (Size) job->n * sizeof(Datum), &job->keys_ref);
		memcpy(job->keys, keys, (Size) job->n * sizeof(Datum));
		pfree(keys);
		return;
	}
	at = clt_link_shared_room(job, job->key_bytes, &job->keys_ref);
	for (i = 0; i < job->n; i++)
	{
		if (i + KEYS_AHEAD < job->n)
			clt_link_key_ahead(job, i + KEYS_AHEAD);
		size = datumGetSize(job->keys[i], false, job->key_len);
		memcpy(at, DatumGetPointer(job->keys[i]), size);
		job->keys[i] = PointerGetDatum(at);
		at += MAXALIGN(size);
	}
	MemoryContextDelete(job->key_pool);
	job->key_pool = NULL;
}

/* clt_link_see_keys finds the keys in a worker. */
void
clt_link_see_keys(LinkJob *job)
{
	char	   *at = clt_link_at(job, job->keys_ref);
	uint32		i;

	if (job->key_byval)
	{
		job->keys = (Datum *) at;
		return;
	}
	if (job->keys)
		return;
	job->keys = clt_link_large(job->context, (Size) Max(job->n, 1) * sizeof(Datum));
	for (i = 0; i < job->n; i++)
	{
		job->keys[i] = PointerGetDatum(at);
		at += MAXALIGN(datumGetSize(job->keys[i], false, job->key_len));
	}
}

/* clt_link_share gets the encoded source ready for workers, if there may be any. */
void
clt_link_share(LinkJob *job)
{
	Size		size = (Size) job->n * ((job->nfields + 20) * sizeof(uint32) + (job->copy ? sizeof(LinkCopy) : 0));
	uint32	   *codes = job->codes;
	int			i;

	if (job->n < FEW_RECORDS)
		return;
	for (i = 0; i < job->nfields; i++)
		if (!job->field[i].dictionary)
			size += clt_link_field_size(&job->field[i]);
	if (!clt_link_crew_open(job, size))
		return;
	if (!job->codes_ref)
	{
		job->codes = clt_link_shared_room(job, (Size) job->n * job->nfields * sizeof(uint32), &job->codes_ref);
		memcpy(job->codes, codes, (Size) job->n * job->nfields * sizeof(uint32));
		pfree(codes);
	}
	if (job->copy)
	{
		LinkCopy   *copy = job->copy;

		job->copy = clt_link_shared_room(job, (Size) job->n * sizeof(LinkCopy), &job->copy_ref);
		memcpy(job->copy, copy, (Size) job->n * sizeof(LinkCopy));
		pfree(copy);
	}
	for (i = 0; i < job->nfields; i++)
	{
		job->field[i].col.code = job->codes + i;
		clt_link_move_field(job, &job->field[i]);
	}
	move_keys(job);
	job->crew->ready = true;
}

/* clt_link_crew_ready tells whether other processes may see what is encoded. */
bool
clt_link_crew_ready(const LinkJob *job)
{
	return job->crew && job->crew->ready;
}

/* clt_link_crew_close gives the shared memory back; after an error the server does. */
void
clt_link_crew_close(LinkJob *job)
{
	if (!job->crew)
		return;
	clt_link_crew_dismiss(job);
	dsa_detach(job->crew->area);
	dsm_detach(job->crew->files);
	job->crew = NULL;
}
