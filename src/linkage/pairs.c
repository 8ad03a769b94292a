/*
 * pairs.c
 *		Making the pairs of the blocking rules and comparing each once.
 *
 * Pairs are made rule by rule; a pair belongs to the first rule that makes it,
 * which takes one comparison of integers a rule and no memory.  What is kept of
 * it is its vector, the rules that find it and its term-frequency bits; training
 * works on the histogram of these, weights are looked up afterwards.
 *
 * Pairs are compared some at a time, after the values they need have been asked
 * for: a record lies anywhere in memory, and waiting for one at a time takes longer
 * than comparing.  Those that do not fit into the memory of the job go to a file.
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/memutils.h"

#include "core/clientele.h"
#include "linkage/crew.h"
#include "linkage/engine.h"
#include "linkage/progress.h"
#include "linkage/sketch.h"

/* Pairs of a piece of work, more or less. */
#define PIECE_PAIRS 65536
/* Pairs written to a file at a time. */
#define SPILL_PAIRS 8192

/* Some runs of a rule. */
typedef struct PairPiece
{
	int			rule;
	uint32		from;
	uint32		to;
	int64		pairs;			/* those of earlier rules among them */
} PairPiece;

/* What became of the pieces that one process did. */
typedef struct PairOutcome
{
	int64		npairs;
	int64		ncells;
	LinkRef		cells;
	int64		new_pairs[LINK_ALL_RULES];
} PairOutcome;

/* The pairs that a process made: in memory, and what did not fit in a file. */
typedef struct LinkPairStore
{
	LinkPair   *pair;
	Size		n;
	Size		cap;
	Size		most;			/* and no more in memory */
	BufFile    *file;
	int64		spilled;
} LinkPairStore;

/* Pairs that are compared together. */
typedef struct PairBatch
{
	int			n;
	CltCompared pair[CLT_COMPARED_PAIRS];
	uint32		mask[CLT_COMPARED_PAIRS];
	bool		fetched[CLT_COMPARED_PAIRS];	/* compared with others before */
} PairBatch;

typedef struct PairMaker
{
	LinkJob    *job;
	LinkPairStore *store;		/* NULL: nobody wants the pairs */
	int64		made;
	int64		new_pairs[LINK_ALL_RULES];
	bool		one_slot;		/* rule r has slot r, and no other */
	PairBatch	batch[2];
	PairBatch  *waiting;		/* that is being filled */
	PairBatch  *asked;			/* the one before it, whose values are on
								 * their way */
	int64		cells_cap;
	int64		ncells;
	CltFsCell  *table;
} PairMaker;

/* ---- the histogram ---- */

static CltFsCell *
cell_of(PairMaker *pm, uint64 gamma, uint64 mask)
{
	uint64		slot = clt_block_mix(gamma ^ (mask << 7)) & (pm->cells_cap - 1);

	while (pm->table[slot].n && !(pm->table[slot].gamma == gamma && pm->table[slot].mask == mask))
		slot = (slot + 1) & (pm->cells_cap - 1);
	return &pm->table[slot];
}

static void
cells_open(PairMaker *pm, int64 size)
{
	pm->cells_cap = size;
	pm->table = MemoryContextAllocExtended(pm->job->context, pm->cells_cap * sizeof(CltFsCell),
										   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
}

static void
cells_grow(PairMaker *pm)
{
	CltFsCell  *old = pm->table;
	int64		size = pm->cells_cap;
	int64		i;

	cells_open(pm, size * 2);
	for (i = 0; i < size; i++)
		if (old[i].n)
			*cell_of(pm, old[i].gamma, old[i].mask) = old[i];
	pfree(old);
}

/* add_cell adds pairs of one vector and one set of rules to the histogram. */
static void
add_cell(PairMaker *pm, uint64 gamma, uint64 mask, int64 n, int64 tf_u, int64 tf_h)
{
	CltFsCell  *cell = cell_of(pm, gamma, mask);

	if (!cell->n)
	{
		cell->gamma = gamma;
		cell->mask = mask;
		pm->ncells++;
	}
	cell->n += n;
	cell->tf_u += tf_u;
	cell->tf_h += tf_h;
	if (pm->ncells * 2 > pm->cells_cap)
		cells_grow(pm);
}

/* ---- the store ---- */

static LinkPairStore *
store_open(LinkJob *job, Size most)
{
	LinkPairStore *store = MemoryContextAllocZero(job->context, sizeof(LinkPairStore));

	store->most = Max(most, SPILL_PAIRS);
	store->cap = SPILL_PAIRS;
	store->pair = MemoryContextAllocHuge(job->context, store->cap * sizeof(LinkPair));
	return store;
}

/* store_spill writes the pairs in memory to the file, which a worker shares. */
static void
store_spill(LinkJob *job, LinkPairStore *store)
{
	if (store->n == 0)
		return;
	if (!store->file)
	{
		MemoryContext old = MemoryContextSwitchTo(job->context);

		store->file = job->participant > 0 ? clt_link_crew_file(job, "pairs", job->participant, true) : BufFileCreateTemp(false);
		MemoryContextSwitchTo(old);
	}
	BufFileWrite(store->file, store->pair, store->n * sizeof(LinkPair));
	store->spilled += store->n;
	store->n = 0;
}

static void
store_add(LinkJob *job, LinkPairStore *store, const LinkPair *pair)
{
	if (store->n == store->cap)
	{
		if (store->cap < store->most)
		{
			store->cap = Min(store->cap * 2, store->most);
			store->pair = repalloc_huge(store->pair, store->cap * sizeof(LinkPair));
		}
		else
			store_spill(job, store);
	}
	store->pair[store->n++] = *pair;
}

/* ---- making ---- */

/* rule_makes tells whether a rule makes a pair: one key in common. */
static inline bool
rule_makes(const LinkRule *rule, const uint32 *a, const uint32 *b)
{
	int			s;
	int			t;

	if (rule->nslots == 1)
		return a[rule->slot0] && a[rule->slot0] == b[rule->slot0];
	for (s = rule->slot0; s < rule->slot0 + rule->nslots; s++)
		for (t = rule->slot0; a[s] && t < rule->slot0 + rule->nslots; t++)
			if (a[s] == b[t])
				return true;
	return false;
}

/* clt_link_rule_makes tells whether a rule brings two records together, its blocks being built. */
bool
clt_link_rule_makes(const LinkJob *job, int r, uint32 a, uint32 b)
{
	if (job->rule[r].natoms == 0)
		return clt_link_same_original(job, a, b);
	return rule_makes(&job->rule[r], job->runs + (Size) a * job->nslots, job->runs + (Size) b * job->nslots);
}

/* first_common tells whether a run is the first that two records share in a rule of several keys. */
static bool
first_common(const LinkRule *rule, const uint32 *a, const uint32 *b, uint32 run)
{
	int			s;
	int			t;
	uint32		first = 0;

	if (rule->nslots == 1)
		return true;
	for (s = rule->slot0; s < rule->slot0 + rule->nslots; s++)
		for (t = rule->slot0; a[s] && t < rule->slot0 + rule->nslots; t++)
			if (a[s] == b[t] && (first == 0 || a[s] < first))
				first = a[s];
	return first == run;
}

static int16
tf_fixed(float bits)
{
	double		v = rint(bits * CLT_FS_TF_UNIT);

	return (int16) Max(Min(v, 32000), -32000);
}

/* clt_link_compare compares two records: vector and term-frequency bits. */
void
clt_link_compare(LinkJob *job, LinkPair *pair)
{
	float		tu;
	float		th;

	pair->gamma = clt_compare_vector(job->kernel, job->memo, job->ncomparisons, pair->l, pair->r, &tu, &th);
	pair->tf_u = tf_fixed(tu);
	pair->tf_h = tf_fixed(th);
}

/* clt_link_prefetch asks for what is compared first of two records: sketches, and values that are the same. */
void
clt_link_prefetch(const LinkJob *job, uint32 l, uint32 r)
{
	const uint32 *left = job->codes + (Size) l * job->nfields;
	const uint32 *right = job->codes + (Size) r * job->nfields;
	int			f;

	for (f = 0; f < job->nfields; f++)
	{
		const CltColumn *col = &job->field[f].col;

		if (!left[f] || !right[f])
			continue;
		if (left[f] != right[f] && col->sketch)
		{
			__builtin_prefetch(&col->sketch[left[f]]);
			__builtin_prefetch(&col->sketch[right[f]]);
			continue;
		}
		__builtin_prefetch(&col->values[left[f]]);
		__builtin_prefetch((const char *) (&col->values[left[f]] + 1) - 1);
		if (left[f] != right[f])
			__builtin_prefetch(&col->values[right[f]]);
	}
}

/* compare_asked compares the pairs whose values were asked for, and keeps what is to be kept. */
static void
compare_asked(PairMaker *pm)
{
	LinkJob    *job = pm->job;
	PairBatch  *batch = pm->asked;
	uint32		keyed = (1u << clt_link_keyed_rules(job)) - 1;
	int			i;

	clt_compare_pairs(job->kernel, job->memo, job->ncomparisons, batch->pair, batch->n);
	for (i = 0; i < batch->n; i++)
	{
		LinkPair	pair;

		pair.l = batch->pair[i].l;
		pair.r = batch->pair[i].r;
		pair.gamma = batch->pair[i].gamma;
		pair.mask = batch->mask[i];
		pair.tf_u = tf_fixed(batch->pair[i].tf_u);
		pair.tf_h = tf_fixed(batch->pair[i].tf_h);
		/* a model learns nothing from copies */
		if (pair.mask & keyed)
			add_cell(pm, pair.gamma, pair.mask, 1, pair.tf_u, pair.tf_h);
		if (pm->store)
			store_add(job, pm->store, &pair);
	}
	pm->made += batch->n;
	batch->n = 0;
	CHECK_FOR_INTERRUPTS();
}

/* next_batch asks for the values of the pairs that wait, and compares those before them. */
static void
next_batch(PairMaker *pm)
{
	PairBatch  *batch = pm->waiting;
	int			i;

	for (i = 0; i < batch->n; i++)
		if (!batch->fetched[i])
			clt_link_prefetch(pm->job, batch->pair[i].l, batch->pair[i].r);
	compare_asked(pm);
	pm->waiting = pm->asked;
	pm->asked = batch;
}

/* rules_that_make returns the rules that bring two records together, as bits. */
static inline uint32
rules_that_make(const PairMaker *pm, const uint32 *ra, const uint32 *rb)
{
	const LinkJob *job = pm->job;
	uint32		mask = 0;
	int			q;

	if (pm->one_slot)
	{
		for (q = 0; q < job->nrules; q++)
			mask |= (uint32) ((ra[q] == rb[q]) & (ra[q] != 0)) << q;
		return mask;
	}
	for (q = 0; q < job->nrules; q++)
		if (rule_makes(&job->rule[q], ra, rb))
			mask |= 1u << q;
	return mask;
}

/* make_pair takes a pair that no earlier rule makes; fetched: its records were in a pair just now. */
static inline void
make_pair(PairMaker *pm, int r, uint32 a, uint32 b, uint32 run, bool fetched)
{
	LinkJob    *job = pm->job;
	const uint32 *ra = job->runs + (Size) a * job->nslots;
	const uint32 *rb = job->runs + (Size) b * job->nslots;
	uint32		mask = rules_that_make(pm, ra, rb);
	PairBatch  *batch = pm->waiting;
	CltCompared *pair;

	if ((mask & ((1u << r) - 1)) || !first_common(&job->rule[r], ra, rb, run))
		return;
	batch->mask[batch->n] = mask | 1u << r;
	batch->fetched[batch->n] = fetched;
	pair = &batch->pair[batch->n++];
	pair->l = Min(a, b);
	pair->r = Max(a, b);
	if (!fetched)
	{
		__builtin_prefetch(job->codes + (Size) a * job->nfields);
		__builtin_prefetch(job->codes + (Size) b * job->nfields);
	}
	pm->new_pairs[r]++;
	if (batch->n == CLT_COMPARED_PAIRS)
		next_batch(pm);
}

/* ask_for_run asks for the table of runs of a run's records. */
static void
ask_for_run(const LinkJob *job, const LinkRule *rule, uint32 run)
{
	uint32		i;

	if (run >= rule->nruns)
		return;
	for (i = rule->start[run]; i < rule->start[run + 1]; i++)
	{
		const uint32 *row = job->runs + (Size) rule->rows[i] * job->nslots;

		__builtin_prefetch(row);
		__builtin_prefetch(row + job->nslots - 1);
	}
}

/* make_crossing makes the pairs of a run whose records are in two tables: they are ascending, those of one table together. */
static void
make_crossing(PairMaker *pm, int r, uint32 run)
{
	LinkRule   *rule = &pm->job->rule[r];
	uint32		to = rule->start[run + 1];
	uint32		next = rule->start[run];
	uint32		i;
	uint32		j;

	for (i = next; i < to; i++)
	{
		uint32		end = pm->job->in[clt_link_source_of(pm->job, rule->rows[i])].end;

		while (next < to && rule->rows[next] < end)
			next++;
		for (j = next; j < to; j++)
			make_pair(pm, r, rule->rows[i], rule->rows[j], run + 1, i > rule->start[run]);
	}
}

static void
make_piece(PairMaker *pm, const PairPiece *piece)
{
	LinkRule   *rule = &pm->job->rule[piece->rule];
	uint32		run;

	for (run = piece->from; run < piece->to; run++)
	{
		uint32		from = rule->start[run];
		uint32		to = rule->start[run + 1];
		uint32		i;
		uint32		j;

		ask_for_run(pm->job, rule, run + 4);
		if ((run & 255) == 0)
			CHECK_FOR_INTERRUPTS();
		if (pm->job->nsources > 1)
		{
			make_crossing(pm, piece->rule, run);
			continue;
		}
		for (i = from; i < to; i++)
			for (j = i + 1; j < to; j++)
				make_pair(pm, piece->rule, rule->rows[i], rule->rows[j], run + 1, i > from);
	}
}

/* clt_link_work_pairs is what each process does: one piece after another. */
void
clt_link_work_pairs(LinkJob *job, LinkWork *work)
{
	const PairPiece *piece = clt_link_at(job, work->tasks);
	PairOutcome *outcome = (PairOutcome *) clt_link_at(job, work->results) + job->participant;
	PairMaker  *pm = MemoryContextAllocZero(job->context, sizeof(PairMaker));
	CltFsCell  *cells;
	int64		task;
	int64		i;

	pm->job = job;
	pm->waiting = &pm->batch[0];
	pm->asked = &pm->batch[1];
	pm->one_slot = job->nslots == job->nrules;
	cells_open(pm, 1 << 14);
	if (!job->only_train)
		pm->store = store_open(job, job->participant > 0 ? 0 : clt_link_budget(job) / (2 * sizeof(LinkPair)));
	while ((task = clt_link_next_task(work)) >= 0)
	{
		make_piece(pm, &piece[task]);
		clt_link_progress_more_pairs(job, piece[task].pairs);
	}
	next_batch(pm);
	next_batch(pm);

	outcome->npairs = pm->made;
	memcpy(outcome->new_pairs, pm->new_pairs, sizeof(pm->new_pairs));
	cells = clt_link_shared_alloc(job, pm->ncells * sizeof(CltFsCell), &outcome->cells);
	for (i = 0; i < pm->cells_cap; i++)
		if (pm->table[i].n)
			cells[outcome->ncells++] = pm->table[i];
	pfree(pm->table);
	if (job->participant == 0)
		job->store = pm->store;
	else if (pm->store)
	{
		store_spill(job, pm->store);
		if (pm->store->file)
			BufFileClose(pm->store->file);
	}
	pfree(pm);
}

/* list_pieces divides the runs of all rules into pieces of like numbers of pairs. */
static uint32
list_pieces(LinkJob *job, LinkRef *ref)
{
	PairPiece  *piece;
	uint32		cap = 0;
	uint32		n = 0;
	int			r;

	for (r = 0; r < job->nrules; r++)
		cap += (uint32) (job->rule[r].stats.pairs / PIECE_PAIRS) + 1;
	piece = clt_link_shared_alloc(job, cap * sizeof(PairPiece), ref);
	for (r = 0; r < job->nrules; r++)
	{
		LinkRule   *rule = &job->rule[r];
		int64		pairs = 0;
		uint32		from = 0;
		uint32		run;

		for (run = 0; run < rule->nruns; run++)
		{
			LinkPairCount count = {0};
			uint32		i;

			for (i = rule->start[run]; i < rule->start[run + 1]; i++)
				clt_link_count(job, &count, rule->rows[i]);
			pairs += count.pairs;
			if (pairs < PIECE_PAIRS && run + 1 < rule->nruns)
				continue;
			piece[n].rule = r;
			piece[n].from = from;
			piece[n].pairs = pairs;
			piece[n++].to = run + 1;
			from = run + 1;
			pairs = 0;
		}
	}
	return n;
}

/* rules_of_comparisons marks which rules look at a comparison's columns. */
static void
rules_of_comparisons(LinkJob *job)
{
	int			i;
	int			r;
	int			a;
	int			f;

	job->fs.nrules = clt_link_keyed_rules(job);
	for (i = 0; i < job->ncomparisons; i++)
	{
		job->fs.c[i].rules = 0;
		for (r = 0; r < job->nrules; r++)
			for (a = 0; a < job->rule[r].natoms; a++)
				for (f = 0; f < job->comparison[i].nfields; f++)
					if (job->rule[r].atom[a].field == job->comparison[i].field[f] ||
						job->rule[r].atom[a].second == job->comparison[i].field[f])
						job->fs.c[i].rules |= UINT64CONST(1) << r;
	}
}

/* gather adds up what the processes found and puts the histogram into an order that is always the same. */
static void
gather(LinkJob *job, const LinkWork *work)
{
	PairOutcome *outcome = clt_link_at(job, work->results);
	PairMaker	pm;
	int64		i;
	int			p;
	int			r;

	memset(&pm, 0, sizeof(pm));
	pm.job = job;
	cells_open(&pm, 1 << 14);
	job->npairs = 0;
	job->stored = palloc0(clt_link_participants(job) * sizeof(int64));
	for (r = 0; r < job->nrules; r++)
		job->rule[r].new_pairs = 0;
	for (p = 0; p < clt_link_participants(job); p++)
	{
		CltFsCell  *cells;

		if (!outcome[p].cells)
			continue;
		cells = clt_link_at(job, outcome[p].cells);
		for (i = 0; i < outcome[p].ncells; i++)
			add_cell(&pm, cells[i].gamma, cells[i].mask, cells[i].n, cells[i].tf_u, cells[i].tf_h);
		clt_link_shared_free(job, outcome[p].cells);
		job->npairs += outcome[p].npairs;
		job->stored[p] = job->only_train ? 0 : outcome[p].npairs;
		for (r = 0; r < job->nrules; r++)
			job->rule[r].new_pairs += outcome[p].new_pairs[r];
	}
	job->cells = pm.table;
	job->ncells = 0;
	for (i = 0; i < pm.cells_cap; i++)
		if (pm.table[i].n)
			job->cells[job->ncells++] = pm.table[i];
	qsort(job->cells, job->ncells, sizeof(CltFsCell), clt_fs_cell_compare);
}

static uint64
pairs_to_make(const LinkJob *job)
{
	uint64		pairs = 0;
	int			r;

	for (r = 0; r < job->nrules; r++)
		pairs += job->rule[r].stats.pairs;
	return pairs;
}

/* clt_link_pairs makes and compares all pairs of the blocking rules. */
void
clt_link_pairs(LinkJob *job)
{
	MemoryContext old = MemoryContextSwitchTo(job->context);
	LinkWork	work;
	LinkRef		pieces;

	rules_of_comparisons(job);
	clt_link_progress_pairs(job, pairs_to_make(job));
	clt_link_progress_phase(job, LINK_PHASE_COMPARING);
	clt_link_sketches(job);
	clt_link_work_init(&work, LINK_WORK_PAIRS, list_pieces(job, &pieces));
	work.tasks = pieces;
	clt_link_shared_alloc(job, clt_link_participants(job) * sizeof(PairOutcome), &work.results);
	clt_link_crew_do(job, &work);
	gather(job, &work);
	clt_link_shared_free(job, work.tasks);
	clt_link_shared_free(job, work.results);
	MemoryContextSwitchTo(old);
}

/* ---- keeping the likely ones ---- */

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
