/*
 * progress.c
 *		How far a job is, for other sessions to see.
 *
 * The counters lie in a small piece of shared memory of the job's own, into which the
 * leader and its workers write.  Others find it without anything being preloaded: its
 * handle stands in an advisory lock of a sort that no SQL function takes (sub-id 3),
 * which pg_locks shows together with the process that holds it.  Both vanish with the
 * job, however it ends.
 */
#include "postgres.h"

#include <sys/resource.h>

#include "access/htup_details.h"
#include "catalog/pg_authid.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "port/atomics.h"
#include "storage/lock.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "core/clientele.h"
#include "linkage/progress.h"

/* Class of the lock and first word of the memory: "clt!". */
#define PROGRESS_MAGIC 0x21746c63
#define PROGRESS_SUBID 3

static const char *const phase_name[] = {
	[LINK_PHASE_STARTING] = "starting",
	[LINK_PHASE_READING] = "reading records",
	[LINK_PHASE_CHOOSING] = "choosing blocking rules",
	[LINK_PHASE_BLOCKING] = "building blocks",
	[LINK_PHASE_COMPARING] = "comparing pairs",
	[LINK_PHASE_TRAINING] = "training",
	[LINK_PHASE_JOINING] = "joining records",
	[LINK_PHASE_WRITING_PAIRS] = "writing pairs",
	[LINK_PHASE_WRITING_INDEX] = "writing the search index",
	[LINK_PHASE_WRITING_PERSONS] = "writing persons",
	[LINK_PHASE_INDEXING] = "indexing results"
};

struct LinkProgress
{
	uint32		magic;
	Oid			role;
	Oid			source;
	TimestampTz started;
	char		model[NAMEDATALEN];
	pg_atomic_uint32 phase;
	pg_atomic_uint64 records_done;
	pg_atomic_uint64 records_total; /* 0: not known yet */
	pg_atomic_uint64 pairs_done;
	pg_atomic_uint64 pairs_total;
};

static void
progress_lock(LOCKTAG * tag, dsm_handle handle)
{
	SET_LOCKTAG_ADVISORY(*tag, MyDatabaseId, PROGRESS_MAGIC, handle, PROGRESS_SUBID);
}

/* clt_link_progress_open shows a job to the others. */
void
clt_link_progress_open(LinkJob *job)
{
	struct LinkProgress *progress;
	LOCKTAG		tag;

	if (job->progress)
		return;
	job->progress_segment = dsm_create(sizeof(struct LinkProgress), DSM_CREATE_NULL_IF_MAXSEGMENTS);
	if (!job->progress_segment)
		return;
	progress = dsm_segment_address(job->progress_segment);
	memset(progress, 0, sizeof(*progress));
	progress->role = GetUserId();
	progress->source = job->source;
	progress->started = GetCurrentTimestamp();
	snprintf(progress->model, NAMEDATALEN, "%s", job->model);
	pg_atomic_init_u32(&progress->phase, LINK_PHASE_STARTING);
	pg_atomic_init_u64(&progress->records_done, 0);
	pg_atomic_init_u64(&progress->records_total, 0);
	pg_atomic_init_u64(&progress->pairs_done, 0);
	pg_atomic_init_u64(&progress->pairs_total, 0);
	pg_write_barrier();
	progress->magic = PROGRESS_MAGIC;
	progress_lock(&tag, dsm_segment_handle(job->progress_segment));
	(void) LockAcquire(&tag, ExclusiveLock, false, true);
	job->progress = progress;
}

/* clt_link_progress_attach lets a worker write into the leader's counters. */
void
clt_link_progress_attach(LinkJob *job, dsm_handle handle)
{
	job->progress = NULL;
	job->progress_segment = handle == DSM_HANDLE_INVALID ? NULL : dsm_attach(handle);
	if (job->progress_segment)
		job->progress = dsm_segment_address(job->progress_segment);
}

dsm_handle
clt_link_progress_handle(const LinkJob *job)
{
	return job->progress_segment ? dsm_segment_handle(job->progress_segment) : DSM_HANDLE_INVALID;
}

/* tell_time says how long the job took so far, to whoever debugs or measures. */
static void
tell_time(LinkJob *job, const char *what)
{
	struct rusage used;

	if (job->participant > 0 || getrusage(RUSAGE_SELF, &used) != 0)
		return;
	ereport(DEBUG1,
			(errmsg_internal("linkage model \"%s\" after %.3f s, processor at %.3f s: %s, " INT64_FORMAT " pairs", job->model,
							 (GetCurrentTimestamp() - job->progress->started) / 1e6,
							 used.ru_utime.tv_sec + used.ru_stime.tv_sec + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6,
							 what, job->npairs)));
}

void
clt_link_progress_close(LinkJob *job)
{
	LOCKTAG		tag;

	if (!job->progress)
		return;
	if (job->participant == 0)
	{
		tell_time(job, "done");
		progress_lock(&tag, dsm_segment_handle(job->progress_segment));
		(void) LockRelease(&tag, ExclusiveLock, false);
	}
	dsm_detach(job->progress_segment);
	job->progress_segment = NULL;
	job->progress = NULL;
}

/* clt_link_progress_phase begins a phase. */
void
clt_link_progress_phase(LinkJob *job, LinkPhase phase)
{
	if (!job->progress)
		return;
	pg_atomic_write_u32(&job->progress->phase, phase);
	tell_time(job, phase_name[phase]);
}

/* clt_link_progress_records sets how many records the phase has done, of how many. */
void
clt_link_progress_records(LinkJob *job, uint64 done, uint64 total)
{
	if (!job->progress)
		return;
	pg_atomic_write_u64(&job->progress->records_done, done);
	pg_atomic_write_u64(&job->progress->records_total, total);
}

void
clt_link_progress_pairs(LinkJob *job, uint64 total)
{
	if (!job->progress)
		return;
	pg_atomic_write_u64(&job->progress->pairs_done, 0);
	pg_atomic_write_u64(&job->progress->pairs_total, total);
}

void
clt_link_progress_more_pairs(LinkJob *job, uint64 more)
{
	if (job->progress)
		pg_atomic_fetch_add_u64(&job->progress->pairs_done, more);
}

CLT_FUNCTION_INFO_V1(clt_linkage_progress_of);
/*
 * clt_linkage_progress_of reads the counters behind a lock; NULL if the job has ended
 * meanwhile.  What is read is only ever such counters, whatever number is given.
 */
Datum
clt_linkage_progress_of(PG_FUNCTION_ARGS)
{
	dsm_handle	handle = (dsm_handle) PG_GETARG_OID(0);
	dsm_segment *mapped;
	dsm_segment *segment;
	TupleDesc	desc;
	Datum		values[8];
	bool		nulls[8] = {false};
	struct LinkProgress *progress;
	struct LinkProgress seen;
	uint32		phase;

	desc = clt_row_to_return(fcinfo);
	if (handle == DSM_HANDLE_INVALID)
		PG_RETURN_NULL();
	mapped = dsm_find_mapping(handle);
	segment = mapped ? mapped : dsm_attach(handle);
	if (!segment)
		PG_RETURN_NULL();
	progress = dsm_segment_address(segment);
	if (dsm_segment_map_length(segment) < sizeof(struct LinkProgress) || progress->magic != PROGRESS_MAGIC)
	{
		if (!mapped)
			dsm_detach(segment);
		PG_RETURN_NULL();
	}
	pg_read_barrier();
	seen = *progress;
	seen.model[NAMEDATALEN - 1] = '\0';
	phase = pg_atomic_read_u32(&progress->phase);
	values[3] = Int64GetDatum((int64) pg_atomic_read_u64(&progress->records_done));
	values[4] = Int64GetDatum((int64) pg_atomic_read_u64(&progress->records_total));
	values[5] = Int64GetDatum((int64) pg_atomic_read_u64(&progress->pairs_done));
	values[6] = Int64GetDatum((int64) pg_atomic_read_u64(&progress->pairs_total));
	if (!mapped)
		dsm_detach(segment);

	/*
	 * what a model is called and looks at is for those to know who may see
	 * its owner's statistics
	 */
	nulls[0] = nulls[1] = !has_privs_of_role(GetUserId(), seen.role) &&
		!has_privs_of_role(GetUserId(), ROLE_PG_READ_ALL_STATS);
	values[0] = nulls[0] ? (Datum) 0 : CStringGetTextDatum(seen.model);
	values[1] = ObjectIdGetDatum(seen.source);
	nulls[2] = phase >= lengthof(phase_name);
	values[2] = nulls[2] ? (Datum) 0 : CStringGetTextDatum(phase_name[phase]);
	nulls[4] = DatumGetInt64(values[4]) == 0;
	nulls[6] = DatumGetInt64(values[6]) == 0;
	values[7] = TimestampTzGetDatum(seen.started);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(desc, values, nulls)));
}
