/*
 * pairs.c
 *		Making the pairs of the blocking rules and comparing each once.
 *
 * Pairs are made rule by rule; a pair belongs to the first rule that makes it,
 * which takes one comparison of integers a rule and no memory.  What is kept of
 * it is its vector, the rules that find it and its term-frequency bits; training
 * works on the histogram of these, weights are looked up afterwards.
 *
 * Of very many pairs a model learns no more than of some.  The rules that make most of
 * them are then divided: one piece in a few is compared to the end, and each of its pairs
 * counts for as many.  When the model is trained the other pairs are made, and weighed at
 * once, so that most of them can be left as soon as sketches tell that they are nobody's.
 *
 * The records of a block are laid out eight side by side, once, and each of them is
 * then compared with eight others at a time (compare_eights.c).  A record lies anywhere in
 * memory, so those of the next blocks are asked for meanwhile.
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/memutils.h"

#include "core/clientele.h"
#include "linkage/crew.h"
#include "linkage/eights.h"
#include "linkage/engine.h"
#include "linkage/histogram.h"
#include "linkage/keep.h"
#include "linkage/pair_store.h"
#include "linkage/progress.h"

/* Pairs of a piece of work, more or less. */
#define PIECE_PAIRS 16384
/* Of a rule that makes many pairs one piece in so many teaches the model. */
#define LEARN_SHARE 8
/* Records that are laid out at a time: no block that makes pairs is larger. */
#define LAID_EIGHTS ((LINK_LARGE_RUN + CLT_EIGHT - 1) / CLT_EIGHT)
/* In blocks of so few records most lanes would be idle, so eights are made of pairs of several of them. */
#define FEW_RECORDS 4
/* So many of their pairs wait for their sketches. */
#define FEW_PAIRS (2 * CLT_EIGHT)
/* Records of the blocks to come whose codes are on their way. */
#define CODES_AHEAD 64

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
} PairOutcome;

/* Which pieces of the rules that are divided. */
typedef enum PieceChoice
{
	PIECES_TO_LEARN_FROM,
	OTHER_PIECES
} PieceChoice;

/* Records of a block side by side. */
typedef struct Layout
{
	const uint32 *row;
	uint32		n;
	CltEight   *eights;			/* of each eight records one for each column */
	CltLanes   *runs;			/* ... and one for each slot of keys */
} Layout;

typedef struct PairMaker
{
	LinkJob    *job;
	CltComparer *comparer;
	LinkPairStore *store;		/* NULL: nobody wants the pairs */
	LinkHistogram histogram;
	LinkKeeper *keeper;			/* the model is trained: weighs pairs at once,
								 * in place of these two */
	int64		made;
	uint32		keyed;			/* the rules that are not of identical records */
	bool		one_slot;		/* rule r has slot r, and no other */
	Layout		laid;
	CltEight   *left;			/* the record that is compared, eight times */
	CltCompared pair[CLT_EIGHT];
	/* pairs of small blocks, each of two records of their own */
	int			few;
	CltEight   *few_left;
	CltEight   *few_right;
	CltCompared few_pair[FEW_PAIRS];
	uint32		few_mask[FEW_PAIRS];
	uint32		asked;			/* records of the rule that were asked for */
} PairMaker;

/* ---- which pairs ---- */

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

/* rules_that_make returns the rules that bring two records together, as bits. */
static uint32
rules_that_make(const LinkJob *job, const uint32 *ra, const uint32 *rb)
{
	uint32		mask = 0;
	int			q;

	for (q = 0; q < job->nrules; q++)
		if (rule_makes(&job->rule[q], ra, rb))
			mask |= 1u << q;
	return mask;
}

/* made_by tells which rules make eight pairs if each has one slot. */
static inline void
made_by(const LinkJob *job, const uint32 *left, CltLanes * right, uint32 *mask)
{
	int			q;
	int			k;

	for (q = 0; q < job->nrules; q++)
		for (k = 0; left[q] && k < CLT_EIGHT; k++)
			mask[k] |= (uint32) (right[q][k] == left[q]) << q;
}

/* ---- blocks ---- */

/* lay_out puts records side by side. */
static void
lay_out(PairMaker *pm, const uint32 *row, uint32 n)
{
	const LinkJob *job = pm->job;
	Layout	   *laid = &pm->laid;
	uint32		i;
	int			q;

	laid->row = row;
	laid->n = n;
	for (i = 0; i < n; i++)
	{
		uint32		eight = i / CLT_EIGHT;
		const uint32 *runs = job->runs + (Size) row[i] * job->nslots;

		clt_eights_take(pm->comparer, laid->eights + (Size) eight * pm->comparer->width, (int) (i % CLT_EIGHT), row[i]);
		for (q = 0; pm->one_slot && q < job->nrules; q++)
			laid->runs[eight * (uint32) job->nrules + (uint32) q][i % CLT_EIGHT] = runs[q];
	}
}

/* keep_pair keeps of a compared pair what is to be kept. */
static inline void
keep_pair(PairMaker *pm, const CltCompared *compared, uint32 mask)
{
	/* what a pair of the rule that makes it counts for */
	int			share = pm->job->rule[__builtin_ctz(mask)].share;
	LinkPair	pair;

	pair.l = compared->l;
	pair.r = compared->r;
	pair.gamma = compared->gamma;
	pair.mask = mask;
	pair.tf_u = tf_fixed(compared->tf_u);
	pair.tf_h = tf_fixed(compared->tf_h);
	if (pm->keeper)
	{
		clt_link_keep_likely(pm->keeper, &pair, 1);
		return;
	}
	/* a model learns nothing from copies */
	if (mask & pm->keyed)
		clt_link_histogram_add(&pm->histogram, pair.gamma, mask, share, (int64) share * pair.tf_u, (int64) share * pair.tf_h);
	if (pm->store)
		*clt_link_store_place(pm->job, pm->store) = pair;
}

/* make_eight compares a record with those of eight that no earlier rule brings together with it. */
static void
make_eight(PairMaker *pm, int r, uint32 run, uint32 row, uint32 eight, uint32 lanes)
{
	LinkJob    *job = pm->job;
	const uint32 *other = pm->laid.row + eight * CLT_EIGHT;
	const uint32 *runs = job->runs + (Size) row * job->nslots;
	uint32		mask[CLT_EIGHT] = {0};
	uint32		earlier = (1u << r) - 1;
	uint32		todo = 0;
	uint32		k;

	if (pm->one_slot)
		made_by(job, runs, pm->laid.runs + (Size) eight * job->nrules, mask);
	for (; lanes; lanes &= lanes - 1)
	{
		k = (uint32) __builtin_ctz(lanes);
		if (!pm->one_slot)
		{
			const uint32 *others = job->runs + (Size) other[k] * job->nslots;

			if (!first_common(&job->rule[r], runs, others, run))
				continue;
			mask[k] = rules_that_make(job, runs, others);
		}
		if (mask[k] & earlier)
			continue;
		todo |= 1u << k;
		pm->pair[k].l = Min(row, other[k]);
		pm->pair[k].r = Max(row, other[k]);
	}
	if (!todo)
		return;
	pm->made += __builtin_popcount(todo);
	todo = clt_compare_eights(pm->comparer, pm->left, pm->laid.eights + (Size) eight * pm->comparer->width, todo, pm->pair);
	for (; todo; todo &= todo - 1)
	{
		k = (uint32) __builtin_ctz(todo);
		keep_pair(pm, &pm->pair[k], mask[k] | 1u << r);
	}
}

/* compare_few compares the pairs of small blocks that wait. */
static void
compare_few(PairMaker *pm)
{
	int			from;
	int			k;

	for (from = 0; from < pm->few; from += CLT_EIGHT)
	{
		int			n = Min(pm->few - from, CLT_EIGHT);
		uint32		done;

		for (k = 0; k < n; k++)
			clt_eights_take_two(pm->comparer, pm->few_left, pm->few_right, k, pm->few_pair[from + k].l, pm->few_pair[from + k].r);
		done = clt_compare_eights(pm->comparer, pm->few_left, pm->few_right, (1u << n) - 1, pm->few_pair + from);
		for (; done; done &= done - 1)
		{
			k = from + __builtin_ctz(done);
			keep_pair(pm, &pm->few_pair[k], pm->few_mask[k]);
		}
	}
	pm->made += pm->few;
	pm->few = 0;
}

/* make_few makes the pairs of a small block that no earlier rule makes. */
static void
make_few(PairMaker *pm, int r, uint32 run, const uint32 *rows, uint32 n)
{
	LinkJob    *job = pm->job;
	uint32		i;
	uint32		j;

	for (i = 0; i < n; i++)
		for (j = i + 1; j < n; j++)
		{
			const uint32 *ra = job->runs + (Size) rows[i] * job->nslots;
			const uint32 *rb = job->runs + (Size) rows[j] * job->nslots;
			uint32		mask;

			if (job->nsources > 1 && clt_link_source_of(job, rows[i]) == clt_link_source_of(job, rows[j]))
				continue;
			mask = rules_that_make(job, ra, rb);
			if ((mask & ((1u << r) - 1)) || !first_common(&job->rule[r], ra, rb, run))
				continue;
			pm->few_pair[pm->few].l = Min(rows[i], rows[j]);
			pm->few_pair[pm->few].r = Max(rows[i], rows[j]);
			pm->few_mask[pm->few] = mask | 1u << r;
			clt_eights_ask_two(pm->comparer, rows[i], rows[j]);
			if (++pm->few == FEW_PAIRS)
				compare_few(pm);
		}
}

/* make_with makes the pairs of a record with those laid out, from one on. */
static void
make_with(PairMaker *pm, int r, uint32 run, uint32 row, uint32 from)
{
	uint32		n = pm->laid.n;
	uint32		eight;

	clt_eights_spread(pm->comparer, pm->left, row);
	for (eight = from / CLT_EIGHT; eight * CLT_EIGHT < n; eight++)
	{
		uint32		begin = eight * CLT_EIGHT;
		uint32		lanes = n - begin >= CLT_EIGHT ? 0xff : (1u << (n - begin)) - 1;

		if (begin < from)
			lanes &= ~((1u << (from - begin)) - 1);
		make_eight(pm, r, run, row, eight, lanes);
	}
}

/*
 * make_block makes the pairs of a run: each record with those after it, and if there are several
 * tables, with those of later tables (records are ascending, those of one table together).
 */
static void
make_block(PairMaker *pm, int r, uint32 run)
{
	LinkJob    *job = pm->job;
	LinkRule   *rule = &job->rule[r];
	const uint32 *rows = rule->rows + rule->start[run];
	uint32		n = rule->start[run + 1] - rule->start[run];
	uint32		next = 0;
	uint32		i;

	Assert(n <= LINK_LARGE_RUN);
	if (n <= FEW_RECORDS)
	{
		make_few(pm, r, run + 1, rows, n);
		return;
	}
	lay_out(pm, rows, n);
	for (i = 0; i < n; i++)
	{
		if (job->nsources == 1)
			next = i + 1;
		else
		{
			uint32		last = job->in[clt_link_source_of(job, rows[i])].end;

			while (next < n && rows[next] < last)
				next++;
		}
		if (next >= n)
			break;
		make_with(pm, r, run + 1, rows[i], next);
	}
	CHECK_FOR_INTERRUPTS();
}

/* ask_for asks for the records of a block, and where the values of those after it are. */
static void
ask_for(PairMaker *pm, const LinkRule *rule, uint32 run)
{
	const LinkJob *job = pm->job;
	uint32		end = rule->start[rule->nruns];
	uint32		from = rule->start[run];
	uint32		to = rule->start[Min(run + 1, rule->nruns)];
	uint32		codes = Min(to + CODES_AHEAD, end);

	for (; pm->asked < codes; pm->asked++)
	{
		Size		row = rule->rows[pm->asked];

		__builtin_prefetch(job->runs + row * job->nslots);
		__builtin_prefetch(job->runs + (row + 1) * job->nslots - 1);
		__builtin_prefetch(job->codes + row * job->nfields);
		__builtin_prefetch(job->codes + (row + 1) * job->nfields - 1);
	}
	if (to - from > FEW_RECORDS)
		for (; from < to; from++)
			clt_eights_ask(pm->comparer, rule->rows[from]);
}

static void
make_piece(PairMaker *pm, const PairPiece *piece)
{
	const LinkRule *rule = &pm->job->rule[piece->rule];
	uint32		run;

	pm->asked = rule->start[piece->from];
	for (run = piece->from; run < piece->to; run++)
	{
		ask_for(pm, rule, run + 1);
		make_block(pm, piece->rule, run);
		if ((run & 255) == 0)
			CHECK_FOR_INTERRUPTS();
	}
}

/* ---- work ---- */

/* room_for returns memory for lanes, which must begin at a line of the processor's cache. */
static void *
room_for(LinkJob *job, Size size)
{
	return (void *) TYPEALIGN(64, MemoryContextAllocZero(job->context, size + 64));
}

static PairMaker *
maker_open(LinkJob *job)
{
	PairMaker  *pm = MemoryContextAllocZero(job->context, sizeof(PairMaker));

	pm->job = job;
	pm->keyed = (1u << clt_link_keyed_rules(job)) - 1;
	pm->one_slot = job->nslots == job->nrules;
	pm->comparer = MemoryContextAlloc(job->context, sizeof(CltComparer));
	clt_comparer_init(pm->comparer, job->kernel, job->memo, job->ncomparisons);
	pm->left = room_for(job, (Size) pm->comparer->width * sizeof(CltEight));
	pm->few_left = room_for(job, (Size) pm->comparer->width * sizeof(CltEight));
	pm->few_right = room_for(job, (Size) pm->comparer->width * sizeof(CltEight));
	pm->laid.eights = room_for(job, LAID_EIGHTS * (Size) pm->comparer->width * sizeof(CltEight));
	pm->laid.runs = room_for(job, LAID_EIGHTS * (Size) job->nrules * sizeof(CltLanes));
	return pm;
}

static void
do_pieces(PairMaker *pm, LinkWork *work)
{
	const PairPiece *piece = clt_link_at(pm->job, work->tasks);
	int64		task;

	while ((task = clt_link_next_task(work)) >= 0)
	{
		make_piece(pm, &piece[task]);
		clt_link_progress_more_pairs(pm->job, piece[task].pairs);
	}
	compare_few(pm);
}

/* clt_link_work_pairs is what each process does: one piece after another. */
void
clt_link_work_pairs(LinkJob *job, LinkWork *work)
{
	PairOutcome *outcome = (PairOutcome *) clt_link_at(job, work->results) + job->participant;
	PairMaker  *pm = maker_open(job);

	clt_link_histogram_open(&pm->histogram, job->context);
	if (!job->only_train)
		pm->store = clt_link_store_open(job, job->participant > 0 ? 0 : clt_link_budget(job) / (2 * sizeof(LinkPair)));
	do_pieces(pm, work);
	outcome->npairs = pm->made;
	outcome->ncells = clt_link_histogram_list(&pm->histogram, clt_link_shared_alloc(job, pm->histogram.n * sizeof(CltFsCell), &outcome->cells));
	if (job->participant == 0)
		job->store = pm->store;
	else if (pm->store)
	{
		clt_link_store_spill(job, pm->store);
		if (pm->store->file)
			BufFileClose(pm->store->file);
	}
	pfree(pm->histogram.cell);
}

/* has_levels: is there a comparison of which no bounds are known? */
static bool
has_levels(const LinkJob *job)
{
	int			i;

	for (i = 0; i < job->ncomparisons; i++)
		if (job->comparison[i].levels)
			return true;
	return false;
}

/* clt_link_work_other_pairs is the same for pairs that are weighed at once. */
void
clt_link_work_other_pairs(LinkJob *job, LinkWork *work)
{
	LinkKept   *kept = (LinkKept *) clt_link_at(job, work->results) + job->participant;
	PairMaker  *pm = maker_open(job);
	LinkKeeper	keeper;
	CltBounds	bounds;

	clt_link_keeper_open(&keeper, job, LINK_KEEP_WEIGHT);
	pm->keeper = &keeper;
	if (!has_levels(job))
	{
		clt_bounds_make(&bounds, pm->comparer, &job->score, LINK_KEEP_WEIGHT);
		clt_comparer_bound(pm->comparer, &bounds);
	}
	do_pieces(pm, work);
	kept->made = pm->made;
	clt_link_keeper_close(&keeper, kept);
}

/* piece_size is how many pairs a piece of a rule has, more or less: of a rule that is divided there are many. */
static int64
piece_size(const LinkJob *job, const LinkRule *rule)
{
	return rule->share > 1 ? (int64) Max(Min(job->learn_from / 1024, PIECE_PAIRS), 1) : PIECE_PAIRS;
}

/* choose_shares decides from which pairs the model learns. */
static void
choose_shares(LinkJob *job, uint64 pairs)
{
	int			r;

	job->others = job->trained;
	for (r = 0; r < job->nrules; r++)
	{
		LinkRule   *rule = &job->rule[r];
		bool		many = job->learn_from > 0 && pairs > job->learn_from && rule->stats.pairs > job->learn_from / LEARN_SHARE;

		rule->share = job->trained ? 0 : many ? LEARN_SHARE : 1;
		job->others |= many;
	}
	job->others &= !job->only_train;
}

/* is_chosen: is the n-th piece of a rule wanted? */
static bool
is_chosen(const LinkRule *rule, uint32 n, PieceChoice choice)
{
	return (rule->share > 0 && n % (uint32) rule->share == 0) == (choice == PIECES_TO_LEARN_FROM);
}

/* list_pieces divides the runs of all rules into pieces of like numbers of pairs, and lists those that are chosen. */
static uint32
list_pieces(LinkJob *job, PieceChoice choice, LinkRef *ref)
{
	PairPiece  *piece;
	uint32		cap = 0;
	uint32		n = 0;
	int			r;

	for (r = 0; r < job->nrules; r++)
		cap += (uint32) Min(job->rule[r].stats.pairs / piece_size(job, &job->rule[r]), job->rule[r].nruns) + 1;
	piece = clt_link_shared_alloc(job, cap * sizeof(PairPiece), ref);
	for (r = 0; r < job->nrules; r++)
	{
		LinkRule   *rule = &job->rule[r];
		int64		pairs = 0;
		uint32		from = 0;
		uint32		pieces = 0;
		uint32		run;

		for (run = 0; run < rule->nruns; run++)
		{
			LinkPairCount count = {0};
			uint32		i;

			for (i = rule->start[run]; i < rule->start[run + 1]; i++)
				clt_link_count(job, &count, rule->rows[i]);
			pairs += count.pairs;
			if (pairs < piece_size(job, rule) && run + 1 < rule->nruns)
				continue;
			if (is_chosen(rule, pieces++, choice))
			{
				piece[n].rule = r;
				piece[n].from = from;
				piece[n].pairs = pairs;
				piece[n++].to = run + 1;
			}
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
gather(LinkJob *job, const PairOutcome *outcome)
{
	LinkHistogram all;
	int64		i;
	int			p;

	clt_link_histogram_open(&all, job->context);
	job->npairs = 0;
	job->stored = palloc0(clt_link_participants(job) * sizeof(int64));
	for (p = 0; p < clt_link_participants(job); p++)
	{
		CltFsCell  *cells;

		if (!outcome[p].cells)
			continue;
		cells = clt_link_at(job, outcome[p].cells);
		for (i = 0; i < outcome[p].ncells; i++)
			clt_link_histogram_add(&all, cells[i].gamma, cells[i].mask, cells[i].n, cells[i].tf_u, cells[i].tf_h);
		clt_link_shared_free(job, outcome[p].cells);
		job->npairs += outcome[p].npairs;
		job->stored[p] = job->only_train ? 0 : outcome[p].npairs;
	}
	job->cells = all.cell;
	job->ncells = clt_link_histogram_list(&all, all.cell);
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

/* make_pairs has the pairs of all chosen pieces made, and returns what became of them. */
static LinkRef
make_pairs(LinkJob *job, LinkWorkKind kind, PieceChoice choice, Size outcome)
{
	LinkWork	work;
	LinkRef		pieces;

	clt_link_work_init(&work, kind, list_pieces(job, choice, &pieces));
	work.tasks = pieces;
	clt_link_shared_alloc(job, clt_link_participants(job) * outcome, &work.results);
	clt_link_crew_do(job, &work);
	clt_link_shared_free(job, work.tasks);
	return work.results;
}

/*
 * clt_link_pairs makes and compares the pairs of the blocking rules: all, or those that
 * the model learns from.
 */
void
clt_link_pairs(LinkJob *job)
{
	MemoryContext old = MemoryContextSwitchTo(job->context);
	uint64		pairs = pairs_to_make(job);
	LinkRef		outcome;

	rules_of_comparisons(job);
	choose_shares(job, pairs);
	clt_link_progress_pairs(job, pairs);
	clt_link_progress_phase(job, LINK_PHASE_COMPARING);
	clt_link_sketches(job);
	if (!job->trained)
	{
		outcome = make_pairs(job, LINK_WORK_PAIRS, PIECES_TO_LEARN_FROM, sizeof(PairOutcome));
		gather(job, clt_link_at(job, outcome));
		clt_link_shared_free(job, outcome);
	}
	MemoryContextSwitchTo(old);
}

/* clt_link_other_pairs makes those that are left when the model is trained, and keeps the likely ones. */
void
clt_link_other_pairs(LinkJob *job)
{
	MemoryContext old = MemoryContextSwitchTo(job->context);
	const LinkKept *kept;
	int			p;

	if (job->others)
	{
		clt_link_progress_phase(job, LINK_PHASE_COMPARING);
		clt_link_tally_start(job, LINK_KEEP_WEIGHT);
		job->others_kept = make_pairs(job, LINK_WORK_OTHER_PAIRS, OTHER_PIECES, sizeof(LinkKept));
		kept = clt_link_at(job, job->others_kept);
		for (p = 0; p < clt_link_participants(job); p++)
			job->npairs += kept[p].made;
	}
	MemoryContextSwitchTo(old);
}
