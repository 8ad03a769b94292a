/*
 * chance.c
 *		How often unrelated records agree: random pairs, completed by exact counts.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "core/clientele.h"
#include "linkage/crew.h"
#include "linkage/eights.h"
#include "linkage/engine.h"
#include "linkage/large.h"

/* Random pairs compared to learn how often unrelated records agree. */
#define RANDOM_PAIRS 400000
#define RANDOM_PIECE 4096

/* pairs_of_keys counts the pairs that have a key in common, keys being sorted. */
static int64
pairs_of_keys(LinkJob *job, const CltKeyRow *keys, size_t n)
{
	int64		pairs = 0;
	size_t		from;
	size_t		to;

	for (from = 0; from < n; from = to)
	{
		LinkPairCount count = {0};

		for (to = from; to < n && keys[to].key == keys[from].key; to++)
			clt_link_count(job, &count, keys[to].row);
		pairs += count.pairs;
	}
	return pairs;
}

/* address_rate returns the share of pairs that have the very same address. */
static double
address_rate(LinkJob *job, const CltComparison *kernel)
{
	const CltColumn *street = kernel->part[CLT_PART_STREET];
	const CltColumn *number = kernel->part[CLT_PART_NUMBER];
	const CltColumn *place = kernel->part[CLT_PART_POSTCODE] ? kernel->part[CLT_PART_POSTCODE] :
	kernel->part[CLT_PART_CITY];
	CltKeyRow  *keys;
	CltKeyRow  *tmp;
	LinkPairCount all = {0};
	int64		same;
	size_t		n = 0;
	uint32		i;

	if (!street)
		return -1;
	keys = clt_link_large(job->context, sizeof(CltKeyRow) * ((Size) job->n + 1));
	tmp = clt_link_large(job->context, sizeof(CltKeyRow) * ((Size) job->n + 1));
	for (i = 0; i < job->n; i++)
	{
		uint64		s = CLT_CODE(street, i);
		uint64		p = place ? CLT_CODE(place, i) : 1;
		uint64		h = number ? CLT_CODE(number, i) : 1;

		if (!s || !p || !h || clt_link_is_copy(job, i))
			continue;
		keys[n].key = clt_block_combine(clt_block_combine(s, p + 1), h + 1);
		keys[n].row = i;
		keys[n++].slot = 0;
		clt_link_count(job, &all, i);
	}
	clt_block_sort(keys, tmp, n);
	same = pairs_of_keys(job, keys, n);
	pfree(keys);
	pfree(tmp);
	if (n < 2)
		return -1;
	return (same + 0.5) / ((double) all.pairs + 1.0);
}

/* How often each level was seen by one process. */
typedef struct ChanceCounts
{
	int64		count[CLT_FS_MAX_COMPARISONS][16];
	int64		apart[CLT_FS_MAX_COMPARISONS][16];	/* of pairs that differ in
													 * something else */
} ChanceCounts;

/* random_pair draws the k-th random pair, always the same one. */
static void
random_pair(const LinkJob *job, int64 k, uint32 *l, uint32 *r)
{
	uint64		seed = 42 + (uint64) (k + 1) * UINT64CONST(0x9e3779b97f4a7c15);
	uint32		a = (uint32) (clt_block_mix(seed) % job->n);
	uint32		b = (uint32) (clt_block_mix(seed ^ UINT64CONST(0xd1b54a32d192ed03)) % (job->n - 1));

	if (job->nsources > 1)
	{
		/* a pair of tables by how many pairs it makes */
		int64		at = (int64) (clt_block_mix(seed ^ UINT64CONST(0x9fb21c651e98df25)) % clt_link_all_pairs(job));
		int			s = 1;

		for (; at >= (int64) clt_link_begin(job, s) * (job->in[s].end - clt_link_begin(job, s)); s++)
			at -= (int64) clt_link_begin(job, s) * (job->in[s].end - clt_link_begin(job, s));
		*l = a % clt_link_begin(job, s);
		*r = clt_link_begin(job, s) + b % (job->in[s].end - clt_link_begin(job, s));
		return;
	}
	if (b >= a)
		b++;
	*l = Min(a, b);
	*r = Max(a, b);
}

/* Of columns with more values than this, random pairs hardly meet the same two again. */
#define FEW_VALUES 1000

/* Where pairs are counted that may agree exactly: behind the levels. */
#define COMPLETE 15

/* complete tells whether two records have all that exact agreement looks at. */
static bool
complete(const CltComparison *kernel, uint32 l, uint32 r)
{
	static const int places[] = {CLT_PART_POSTCODE, CLT_PART_CITY};
	int			i;

	if (kernel->kind != CLT_KIND_ADDRESS)
		return CLT_CODE(kernel->column, l) && CLT_CODE(kernel->column, r);
	for (i = CLT_PART_STREET; i <= CLT_PART_NUMBER; i++)
		if (kernel->part[i] && !(CLT_CODE(kernel->part[i], l) && CLT_CODE(kernel->part[i], r)))
			return false;
	for (i = 0; i < (int) lengthof(places); i++)
		if (kernel->part[places[i]])
			return CLT_CODE(kernel->part[places[i]], l) && CLT_CODE(kernel->part[places[i]], r);
	return true;
}

/* Random pairs whose records are asked for together. */
#define CHANCE_PAIRS (4 * CLT_EIGHT)

/* What compares random pairs. */
typedef struct ChanceComparer
{
	CltComparer comparer;
	CltEight   *left;
	CltEight   *right;
	CltCompared pair[CHANCE_PAIRS];
	int			n;
} ChanceComparer;

static ChanceComparer *
chance_comparer(LinkJob *job, CltMemo **memo)
{
	ChanceComparer *chance = palloc0(sizeof(ChanceComparer));
	char	   *room;

	clt_comparer_init(&chance->comparer, job->kernel, memo, job->ncomparisons);
	room = palloc0((2 * (Size) chance->comparer.width + 1) * sizeof(CltEight));
	chance->left = (CltEight *) TYPEALIGN(64, room);
	chance->right = chance->left + chance->comparer.width;
	return chance;
}

/* compare_by_chance compares some random pairs and counts their levels. */
static void
compare_by_chance(LinkJob *job, ChanceComparer *chance, ChanceCounts *counts)
{
	CltCompared *pair = chance->pair;
	int			n = chance->n;
	int			from;
	int			i;
	int			k;

	for (k = 0; k < n; k++)
		clt_eights_ask_two(&chance->comparer, pair[k].l, pair[k].r);
	for (from = 0; from < n; from += CLT_EIGHT)
	{
		int			m = Min(n - from, CLT_EIGHT);

		for (k = 0; k < m; k++)
			clt_eights_take_two(&chance->comparer, chance->left, chance->right, k, pair[from + k].l, pair[from + k].r);
		clt_compare_eights(&chance->comparer, chance->left, chance->right, (1u << m) - 1, pair + from);
	}
	for (k = 0; k < n; k++)
	{
		uint32		differ = 0;

		for (i = 0; i < job->ncomparisons; i++)
			if (job->comparison[i].kind != CLT_KIND_TEXT && CLT_FS_LEVEL(pair[k].gamma, i) >= clt_link_different(&job->comparison[i]))
				differ |= 1u << i;
		for (i = 0; i < job->ncomparisons; i++)
		{
			int			level = CLT_FS_LEVEL(pair[k].gamma, i);

			counts->count[i][level]++;
			if (differ & ~(1u << i))
				counts->apart[i][level]++;
			if (level && !job->comparison[i].levels)
				counts->count[i][COMPLETE] += complete(&job->kernel[i], pair[k].l, pair[k].r);
		}
	}
	chance->n = 0;
}

/* clt_link_work_chance is what each process does: a piece of the random pairs, and again. */
void
clt_link_work_chance(LinkJob *job, LinkWork *work)
{
	int64		npairs = *(int64 *) clt_link_at(job, work->tasks);
	ChanceCounts *counts = (ChanceCounts *) clt_link_at(job, work->results) + job->participant;
	CltMemo    *memo[CLT_FS_MAX_COMPARISONS];
	ChanceComparer *chance;
	int64		task;
	int			i;

	for (i = 0; i < job->ncomparisons; i++)
		memo[i] = job->comparison[i].kind != CLT_KIND_ADDRESS && job->kernel[i].column->nvalues <= FEW_VALUES ?
			job->memo[i] : NULL;
	chance = chance_comparer(job, memo);
	while ((task = clt_link_next_task(work)) >= 0)
	{
		int64		last = Min(npairs, (task + 1) * RANDOM_PIECE);
		int64		k;

		for (k = task * RANDOM_PIECE; k < last; k++)
		{
			CltCompared *pair = &chance->pair[chance->n];

			random_pair(job, k, &pair->l, &pair->r);
			if (clt_link_is_copy(job, pair->l) || clt_link_is_copy(job, pair->r))
				continue;
			__builtin_prefetch(job->codes + (Size) pair->l * job->nfields);
			__builtin_prefetch(job->codes + (Size) pair->r * job->nfields);
			if (++chance->n == CHANCE_PAIRS)
				compare_by_chance(job, chance, counts);
		}
		compare_by_chance(job, chance, counts);
	}
}

/* count_chance counts the levels of random pairs. */
static void
count_chance(LinkJob *job, ChanceCounts *all)
{
	int64		npairs = (int64) Min(job->fs.total_pairs, RANDOM_PAIRS);
	ChanceCounts *counts;
	LinkWork	work;
	int			p;
	int			i;
	int			g;

	if (job->n < 2 || clt_link_all_pairs(job) == 0)
		return;
	clt_link_work_init(&work, LINK_WORK_CHANCE, (uint32) ((npairs + RANDOM_PIECE - 1) / RANDOM_PIECE));
	*(int64 *) clt_link_shared_alloc(job, sizeof(int64), &work.tasks) = npairs;
	counts = clt_link_shared_alloc(job, sizeof(ChanceCounts) * clt_link_participants(job), &work.results);
	clt_link_crew_do(job, &work);
	for (p = 0; p < clt_link_participants(job); p++)
		for (i = 0; i < job->ncomparisons; i++)
			for (g = 0; g < 16; g++)
			{
				all->count[i][g] += counts[p].count[i][g];
				all->apart[i][g] += counts[p].apart[i][g];
			}
	clt_link_shared_free(job, work.tasks);
	clt_link_shared_free(job, work.results);
}

/* Of the pairs that both have a value, so many at least differ in something else. */
#define ENOUGH_APART 0.25

/* clt_link_chance_rates compares random pairs and completes them by exact counts. */
void
clt_link_chance_rates(LinkJob *job)
{
	ChanceCounts all;
	int			i;
	int			g;

	memset(&all, 0, sizeof(all));
	count_chance(job, &all);
	for (i = 0; i < job->ncomparisons; i++)
	{
		CltFsComparison *c = &job->fs.c[i];
		double		seen = 0;
		double		exact = c->tf ? c->rate[0] : -1;
		double		rest = 0;
		double		compared = 0;
		double		apart = 0;
		const int64 *count = all.count[i];

		for (g = 1; g <= c->nlevels; g++)
		{
			compared += all.count[i][g];
			apart += all.apart[i][g];
		}

		/*
		 * in a small table some of the random pairs are one person; few of
		 * those that differ in something else are.  Texts of one sort are
		 * alike in several things at once.
		 */
		c->apart = compared > 0 && job->comparison[i].kind != CLT_KIND_TEXT && apart >= ENOUGH_APART * compared;
		c->both = compared / Max(compared + all.count[i][0], 1);
		if (c->apart)
			count = all.apart[i];
		for (g = 1; g <= c->nlevels; g++)
			seen += count[g] + 0.4;
		for (g = 1; g <= c->nlevels; g++)
			c->rate[g] = (count[g] + 0.4) / seen;
		c->sampled = seen;
		if (job->comparison[i].kind == CLT_KIND_ADDRESS)
		{
			exact = address_rate(job, &job->kernel[i]);
			if (exact >= 0)
				job->fs.dwelling = i;
		}

		/*
		 * counted among records that have all of it; others reach weaker
		 * levels only
		 */
		if (exact >= 0 && compared > 0 && !job->comparison[i].levels)
			exact *= all.count[i][COMPLETE] / compared;
		if (exact >= 0 && exact < 1)
		{
			for (g = 2; g <= c->nlevels; g++)
				rest += c->rate[g];
			for (g = 2; g <= c->nlevels; g++)
				c->rate[g] *= (1.0 - exact) / rest;
			c->rate[1] = exact;
		}
	}
}
