/*
 * keep.c
 *		Weighing all pairs and keeping the likely ones.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "core/clientele.h"
#include "linkage/crew.h"
#include "linkage/engine.h"
#include "linkage/keep.h"
#include "linkage/large.h"
#include "linkage/pair_store.h"

/* Pairs of a file that are a piece of work. */
#define PIECE_STORED 524288

/* Some pairs of the file of a process. */
typedef struct KeepPiece
{
	int			participant;
	int64		from;
	int64		n;
} KeepPiece;

/* What is to be done. */
typedef struct KeepOrder
{
	double		least;
	KeepPiece	piece[FLEXIBLE_ARRAY_MEMBER];
} KeepOrder;

/* A likely pair with its weight. */
typedef struct KeptPair
{
	LinkPair	pair;
	float		weight;
} KeptPair;

void
clt_link_keeper_open(LinkKeeper *keeper, LinkJob *job, double least)
{
	memset(keeper, 0, sizeof(*keeper));
	keeper->job = job;
	keeper->least = least;
	keeper->tally = clt_link_at(job, job->tally);
	keeper->cap = 1024;
	keeper->kept = MemoryContextAlloc(job->context, keeper->cap * sizeof(KeptPair));
}

/* make_room forgets pairs that there is no room for among all, or else takes more memory. */
static void
make_room(LinkKeeper *keeper)
{
	int64		all;
	int64		n = 0;
	int64		i;

	clt_link_tally_add(keeper->tally, keeper->seen);
	keeper->lowest = clt_link_tally_lowest(keeper->tally, &all);
	for (i = 0; keeper->lowest > 0 && i < keeper->n; i++)
		if (clt_link_step(keeper->tally, keeper->kept[i].weight) >= keeper->lowest)
			keeper->kept[n++] = keeper->kept[i];
	if (keeper->lowest > 0)
		keeper->n = n;
	if (keeper->n <= keeper->cap / 4 * 3)
		return;
	keeper->cap *= 2;
	keeper->kept = clt_link_large_grow(keeper->kept, keeper->cap * sizeof(KeptPair));
}

/* clt_link_keep_likely keeps those of some pairs whose weight is at least the least. */
void
clt_link_keep_likely(LinkKeeper *keeper, const LinkPair *pair, Size n)
{
	LinkJob    *job = keeper->job;
	Size		i;

	for (i = 0; i < n; i++)
	{
		double		w;
		int			step;

		if (clt_fs_below(&job->score, pair[i].gamma, pair[i].tf_u / CLT_FS_TF_UNIT, pair[i].tf_h / CLT_FS_TF_UNIT, keeper->least))
			continue;
		w = clt_link_pair_weight(job, &pair[i]);
		if (w < keeper->least)
			continue;
		step = clt_link_step(keeper->tally, (float) w);
		keeper->seen[step]++;
		if (step < keeper->lowest)
			continue;
		if (keeper->n == keeper->cap)
			make_room(keeper);
		keeper->kept[keeper->n].pair = pair[i];
		keeper->kept[keeper->n++].weight = (float) w;
	}
}

/* clt_link_keeper_close leaves what was kept where all processes see it. */
void
clt_link_keeper_close(LinkKeeper *keeper, LinkKept *out)
{
	clt_link_tally_add(keeper->tally, keeper->seen);
	memcpy(clt_link_shared_alloc(keeper->job, keeper->n * sizeof(KeptPair), &out->pairs), keeper->kept, keeper->n * sizeof(KeptPair));
	out->n = keeper->n;
	pfree(keeper->kept);
}

/* read_pairs goes through some of the pairs in a file. */
static void
read_pairs(LinkKeeper *keeper, BufFile *file, int64 from, int64 n, LinkPair *buffer)
{
	if (BufFileSeek(file, 0, (off_t) from * sizeof(LinkPair), SEEK_SET) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not seek in a temporary file of linkage pairs")));
	while (n > 0)
	{
		Size		want = Min(n, SPILL_PAIRS);

		if (BufFileRead(file, buffer, want * sizeof(LinkPair)) != want * sizeof(LinkPair))
			ereport(ERROR,
					(errcode_for_file_access(),
					 errmsg("could not read from a temporary file of linkage pairs")));
		CHECK_FOR_INTERRUPTS();
		clt_link_keep_likely(keeper, buffer, want);
		n -= want;
	}
}

/* keep_own goes through the pairs that the leader made. */
static void
keep_own(LinkKeeper *keeper, LinkPairStore *store, LinkPair *buffer)
{
	Size		i;

	for (i = 0; i < store->n; i += SPILL_PAIRS)
	{
		CHECK_FOR_INTERRUPTS();
		clt_link_keep_likely(keeper, store->pair + i, Min(SPILL_PAIRS, store->n - i));
	}
	pfree(store->pair);
	if (store->file)
	{
		read_pairs(keeper, store->file, 0, store->spilled, buffer);
		BufFileClose(store->file);
	}
}

/* clt_link_work_keep is what each process does: some pairs of a file, and again; the leader begins with its own. */
void
clt_link_work_keep(LinkJob *job, LinkWork *work)
{
	const KeepOrder *order = clt_link_at(job, work->tasks);
	LinkPair   *buffer = palloc(SPILL_PAIRS * sizeof(LinkPair));
	LinkKeeper	keeper;
	BufFile    *file = NULL;
	int			opened = 0;
	int64		task;

	clt_link_keeper_open(&keeper, job, order->least);
	if (job->participant == 0)
		keep_own(&keeper, job->store, buffer);
	while ((task = clt_link_next_task(work)) >= 0)
	{
		const KeepPiece *piece = &order->piece[task];

		if (opened != piece->participant)
		{
			if (file)
				BufFileClose(file);
			file = clt_link_crew_file(job, "pairs", piece->participant, false);
			opened = piece->participant;
		}
		read_pairs(&keeper, file, piece->from, piece->n, buffer);
	}
	if (file)
		BufFileClose(file);
	clt_link_keeper_close(&keeper, (LinkKept *) clt_link_at(job, work->results) + job->participant);
	pfree(buffer);
}

/* list_stored lists what the workers put into their files. */
static uint32
list_stored(LinkJob *job, double least, LinkRef *ref)
{
	KeepOrder  *order;
	uint32		n = 0;
	int			p;

	for (p = 1; p < clt_link_participants(job); p++)
		n += (uint32) (job->stored[p] / PIECE_STORED + 1);
	order = clt_link_shared_alloc(job, offsetof(KeepOrder, piece) + n * sizeof(KeepPiece), ref);
	order->least = least;
	n = 0;
	for (p = 1; p < clt_link_participants(job); p++)
	{
		int64		from;

		for (from = 0; from < job->stored[p]; from += PIECE_STORED)
		{
			order->piece[n].participant = p;
			order->piece[n].from = from;
			order->piece[n++].n = Min(PIECE_STORED, job->stored[p] - from);
		}
	}
	return n;
}

/* take_kept makes edges of what the processes kept, of those from a step on. */
static void
take_kept(LinkJob *job, LinkRef ref, int lowest)
{
	const LinkTally *tally = clt_link_at(job, job->tally);
	const LinkKept *kept = clt_link_at(job, ref);
	int64		i;
	int			p;

	for (p = 0; p < clt_link_participants(job); p++)
	{
		const KeptPair *pair;

		if (!kept[p].pairs)
			continue;
		pair = clt_link_at(job, kept[p].pairs);
		for (i = 0; i < kept[p].n; i++)
		{
			CltEdge    *edge = &job->edges[job->nedges];

			if (clt_link_step(tally, pair[i].weight) < lowest)
				continue;
			edge->l = pair[i].pair.l;
			edge->r = pair[i].pair.r;
			edge->weight = pair[i].weight;
			edge->ref = (uint32) job->nedges;
			job->pairs[job->nedges++] = pair[i].pair;
		}
		clt_link_shared_free(job, kept[p].pairs);
	}
	clt_link_shared_free(job, ref);
}

/* keep_stored weighs the pairs that were made before the model was trained. */
static LinkRef
keep_stored(LinkJob *job, double least)
{
	LinkWork	work;
	LinkRef		order;
	int64		n = 0;
	int			p;

	for (p = 0; p < clt_link_participants(job); p++)
		n += job->stored[p];
	clt_link_work_init(&work, LINK_WORK_KEEP, list_stored(job, least, &order));
	work.tasks = order;
	clt_link_shared_alloc(job, clt_link_participants(job) * sizeof(LinkKept), &work.results);
	/* to start a process takes longer than to weigh a few pairs */
	if (n < PIECE_STORED)
		clt_link_work_keep(job, &work);
	else
		clt_link_crew_do(job, &work);
	pfree(job->store);
	job->store = NULL;
	clt_link_shared_free(job, work.tasks);
	return work.results;
}

/*
 * clt_link_keep_pairs weighs all pairs that are not yet weighed and keeps the likely ones
 * as edges, strongest first; the others are forgotten.
 */
void
clt_link_keep_pairs(LinkJob *job, double least)
{
	MemoryContext old = MemoryContextSwitchTo(job->context);
	LinkRef		stored;
	int64		n;
	int			lowest;
	CltEdge    *scratch;

	clt_link_tally_start(job, least);
	stored = job->store ? keep_stored(job, least) : 0;
	lowest = clt_link_tally_lowest(clt_link_at(job, job->tally), &n);
	clt_link_tally_warn(job, clt_link_at(job, job->tally), lowest, n);
	if (n >= PG_UINT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("table \"%s\" has more than %u pairs that may be one person", job->table, PG_UINT32_MAX)));
	job->edges = clt_link_large(job->context, Max(n, 1) * sizeof(CltEdge));
	job->pairs = clt_link_large(job->context, Max(n, 1) * sizeof(LinkPair));
	job->nedges = 0;
	if (stored)
		take_kept(job, stored, lowest);
	if (job->others_kept)
		take_kept(job, job->others_kept, lowest);
	job->others_kept = 0;
	clt_link_shared_free(job, job->tally);
	job->tally = 0;
	scratch = clt_link_large(job->context, Max(job->nedges, 1) * sizeof(CltEdge));
	clt_edges_sort(job->edges, scratch, job->nedges, true);
	pfree(scratch);
	CHECK_FOR_INTERRUPTS();
	MemoryContextSwitchTo(old);
}
