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

/* What is to be done, and what one process kept. */
typedef struct KeepOrder
{
	double		least;
	KeepPiece	piece[FLEXIBLE_ARRAY_MEMBER];
} KeepOrder;

typedef struct KeepOutcome
{
	LinkRef		kept;
	int64		n;
} KeepOutcome;

/* A likely pair with its weight. */
typedef struct KeptPair
{
	LinkPair	pair;
	float		weight;
} KeptPair;

typedef struct Keeper
{
	LinkJob    *job;
	double		least;
	int64		n;
	int64		cap;
	KeptPair   *kept;
} Keeper;

/* keep_likely keeps those of some pairs whose weight is at least the least. */
static void
keep_likely(Keeper *keeper, const LinkPair *pair, Size n)
{
	LinkJob    *job = keeper->job;
	Size		i;

	CHECK_FOR_INTERRUPTS();
	for (i = 0; i < n; i++)
	{
		double		w;

		if (clt_fs_below(&job->score, pair[i].gamma, pair[i].tf_u / CLT_FS_TF_UNIT, pair[i].tf_h / CLT_FS_TF_UNIT, keeper->least))
			continue;
		w = clt_link_pair_weight(job, &pair[i]);
		if (w < keeper->least)
			continue;
		if (keeper->n == keeper->cap)
		{
			keeper->cap *= 2;
			keeper->kept = repalloc_huge(keeper->kept, keeper->cap * sizeof(KeptPair));
		}
		keeper->kept[keeper->n].pair = pair[i];
		keeper->kept[keeper->n++].weight = (float) w;
	}
}

/* read_pairs goes through some of the pairs in a file. */
static void
read_pairs(Keeper *keeper, BufFile *file, int64 from, int64 n, LinkPair *buffer)
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
		keep_likely(keeper, buffer, want);
		n -= want;
	}
}

/* keep_own goes through the pairs that the leader made. */
static void
keep_own(Keeper *keeper, LinkPairStore *store, LinkPair *buffer)
{
	Size		i;

	for (i = 0; i < store->n; i += SPILL_PAIRS)
		keep_likely(keeper, store->pair + i, Min(SPILL_PAIRS, store->n - i));
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
	KeepOutcome *outcome = (KeepOutcome *) clt_link_at(job, work->results) + job->participant;
	LinkPair   *buffer = palloc(SPILL_PAIRS * sizeof(LinkPair));
	Keeper		keeper = {job, order->least, 0, 1024, NULL};
	BufFile    *file = NULL;
	int			opened = 0;
	int64		task;

	keeper.kept = palloc(keeper.cap * sizeof(KeptPair));
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
	memcpy(clt_link_shared_alloc(job, keeper.n * sizeof(KeptPair), &outcome->kept), keeper.kept, keeper.n * sizeof(KeptPair));
	outcome->n = keeper.n;
	pfree(keeper.kept);
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

/* take_kept makes edges of what the processes kept. */
static void
take_kept(LinkJob *job, const KeepOutcome *outcome)
{
	int64		n = 0;
	int64		i;
	int			p;

	for (p = 0; p < clt_link_participants(job); p++)
		n += outcome[p].n;
	if (n >= PG_UINT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("table \"%s\" has more than %u pairs that may be one person", job->table, PG_UINT32_MAX)));
	job->edges = MemoryContextAllocHuge(job->context, Max(n, 1) * sizeof(CltEdge));
	job->pairs = MemoryContextAllocHuge(job->context, Max(n, 1) * sizeof(LinkPair));
	job->nedges = 0;
	for (p = 0; p < clt_link_participants(job); p++)
	{
		const KeptPair *kept;

		if (!outcome[p].kept)
			continue;
		kept = clt_link_at(job, outcome[p].kept);
		for (i = 0; i < outcome[p].n; i++)
		{
			CltEdge    *edge = &job->edges[job->nedges];

			edge->l = kept[i].pair.l;
			edge->r = kept[i].pair.r;
			edge->weight = kept[i].weight;
			edge->ref = (uint32) job->nedges;
			job->pairs[job->nedges++] = kept[i].pair;
		}
		clt_link_shared_free(job, outcome[p].kept);
	}
}

/*
 * clt_link_keep_pairs weighs all pairs and keeps the likely ones as edges, strongest
 * first; the others are forgotten.
 */
void
clt_link_keep_pairs(LinkJob *job, double least)
{
	MemoryContext old = MemoryContextSwitchTo(job->context);
	LinkWork	work;
	LinkRef		order;
	CltEdge    *scratch;

	clt_link_work_init(&work, LINK_WORK_KEEP, list_stored(job, least, &order));
	work.tasks = order;
	clt_link_shared_alloc(job, clt_link_participants(job) * sizeof(KeepOutcome), &work.results);
	/* to start a process takes longer than to weigh a few pairs */
	if (job->npairs < PIECE_STORED)
		clt_link_work_keep(job, &work);
	else
		clt_link_crew_do(job, &work);
	pfree(job->store);
	job->store = NULL;
	take_kept(job, clt_link_at(job, work.results));
	clt_link_shared_free(job, work.tasks);
	clt_link_shared_free(job, work.results);
	scratch = MemoryContextAllocHuge(job->context, Max(job->nedges, 1) * sizeof(CltEdge));
	clt_edges_sort(job->edges, scratch, job->nedges, true);
	pfree(scratch);
	CHECK_FOR_INTERRUPTS();
	MemoryContextSwitchTo(old);
}
