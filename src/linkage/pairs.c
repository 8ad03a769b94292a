/*
 * pairs.c
 *		Making the pairs of the blocking rules and comparing each once.
 *
 * Pairs are made rule by rule; a pair belongs to the first rule that makes it,
 * which takes one comparison of integers a rule and no memory.  What is kept of
 * it is its vector, the rules that find it and its term-frequency bits; training
 * works on the histogram of these, weights are looked up afterwards.
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/memutils.h"

#include "core/clientele.h"
#include "linkage/engine.h"

typedef struct PairMaker
{
	LinkJob    *job;
	int64		cells_cap;
	int64		ncells;
	CltFsCell  *table;
} PairMaker;

static void
cells_grow(PairMaker *pm)
{
	CltFsCell  *old = pm->table;
	int64		size = pm->cells_cap;
	int64		i;

	pm->cells_cap *= 2;
	pm->table = MemoryContextAllocExtended(pm->job->context, pm->cells_cap * sizeof(CltFsCell),
										   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (i = 0; i < size; i++)
	{
		uint64		slot;

		if (!old[i].n)
			continue;
		slot = clt_block_mix(old[i].gamma ^ (old[i].mask << 7)) & (pm->cells_cap - 1);
		while (pm->table[slot].n)
			slot = (slot + 1) & (pm->cells_cap - 1);
		pm->table[slot] = old[i];
	}
	pfree(old);
}

/* count_vector adds a pair to the histogram. */
static void
count_vector(PairMaker *pm, const LinkPair *pair)
{
	uint64		slot = clt_block_mix(pair->gamma ^ ((uint64) pair->mask << 7)) & (pm->cells_cap - 1);
	CltFsCell  *cell;

	while (pm->table[slot].n && !(pm->table[slot].gamma == pair->gamma && pm->table[slot].mask == pair->mask))
		slot = (slot + 1) & (pm->cells_cap - 1);
	cell = &pm->table[slot];
	if (!cell->n)
	{
		cell->gamma = pair->gamma;
		cell->mask = pair->mask;
		pm->ncells++;
	}
	cell->n++;
	cell->tf_u += pair->tf_u;
	cell->tf_h += pair->tf_h;
	if (pm->ncells * 2 > pm->cells_cap)
		cells_grow(pm);
}

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

static void
make_pair(PairMaker *pm, int r, uint32 a, uint32 b, uint32 run)
{
	LinkJob    *job = pm->job;
	const uint32 *ra = job->runs + (Size) a * job->nslots;
	const uint32 *rb = job->runs + (Size) b * job->nslots;
	LinkPair   *pair;
	int			q;

	for (q = 0; q < r; q++)
		if (rule_makes(&job->rule[q], ra, rb))
			return;
	if (!first_common(&job->rule[r], ra, rb, run))
		return;
	if (job->npairs >= job->pairs_cap)
	{
		job->pairs_cap *= 2;
		job->pairs = repalloc_huge(job->pairs, job->pairs_cap * sizeof(LinkPair));
	}
	pair = &job->pairs[job->npairs++];
	pair->l = Min(a, b);
	pair->r = Max(a, b);
	pair->mask = 1u << r;
	for (q = r + 1; q < job->nrules; q++)
		if (rule_makes(&job->rule[q], ra, rb))
			pair->mask |= 1u << q;
	clt_link_compare(job, pair);
	count_vector(pm, pair);
	job->rule[r].new_pairs++;
}

/* finish_cells packs the histogram and puts it into an order that is always the same. */
static void
finish_cells(PairMaker *pm)
{
	LinkJob    *job = pm->job;
	int64		i;

	job->cells = pm->table;
	job->ncells = 0;
	for (i = 0; i < pm->cells_cap; i++)
		if (pm->table[i].n)
			job->cells[job->ncells++] = pm->table[i];
	qsort(job->cells, job->ncells, sizeof(CltFsCell), clt_fs_cell_compare);
}

/* rules_of_comparisons marks which rules look at a comparison's columns. */
static void
rules_of_comparisons(LinkJob *job)
{
	int			i;
	int			r;
	int			a;
	int			f;

	job->fs.nrules = job->nrules;
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

/* clt_link_pairs makes and compares all pairs of the blocking rules. */
void
clt_link_pairs(LinkJob *job)
{
	MemoryContext old = MemoryContextSwitchTo(job->context);
	PairMaker	pm;
	int			r;

	memset(&pm, 0, sizeof(pm));
	pm.job = job;
	pm.cells_cap = 1 << 14;
	pm.table = MemoryContextAllocExtended(job->context, pm.cells_cap * sizeof(CltFsCell),
										  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	job->pairs_cap = 1 << 16;
	job->pairs = MemoryContextAllocHuge(job->context, job->pairs_cap * sizeof(LinkPair));
	job->npairs = 0;
	rules_of_comparisons(job);
	for (r = 0; r < job->nrules; r++)
	{
		LinkRule   *rule = &job->rule[r];
		uint32		run;

		rule->new_pairs = 0;
		for (run = 0; run < rule->nruns; run++)
		{
			uint32		from = rule->start[run];
			uint32		to = rule->start[run + 1];
			uint32		i;
			uint32		j;

			if ((run & 255) == 0)
				CHECK_FOR_INTERRUPTS();
			for (i = from; i < to; i++)
				for (j = i + 1; j < to; j++)
					make_pair(&pm, r, rule->rows[i], rule->rows[j], run + 1);
		}
	}
	finish_cells(&pm);
	MemoryContextSwitchTo(old);
}
