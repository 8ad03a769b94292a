/*
 * engine.c
 *		Scoring, training and clustering of a job whose records are encoded.
 *
 * Pairs are made rule by rule; a pair belongs to the first rule that makes it,
 * which takes one comparison of integers a rule and no memory.  Each pair is
 * compared once; what is kept of it is its vector, the rules that find it and
 * its term-frequency bits.  Training works on the histogram of these, weights
 * are looked up afterwards.
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/memutils.h"

#include "core/clientele.h"
#include "linkage/engine.h"

/* Random pairs compared to learn how often unrelated records agree. */
#define RANDOM_PAIRS 400000
/* Pairs whose weight is below this are forgotten: about one chance in 250. */
#define KEEP_WEIGHT (-8.0)
#define CLUSTER_CLAMP 8.0f

/* ---- comparisons ---- */

static const CltColumn *
column_of(LinkJob *job, CltKind kind)
{
	int			i;

	for (i = 0; i < job->nfields; i++)
		if (job->field[i].kind == kind)
			return &job->field[i].col;
	return NULL;
}

/* distinct_shares counts the values seen once and twice. */
static void
distinct_shares(const CltColumn *col, double *once, double *twice)
{
	uint32		i;

	*once = *twice = 0;
	for (i = 1; i < col->nvalues; i++)
	{
		*once += col->values[i].count == 1;
		*twice += col->values[i].count == 2;
	}
}

/*
 * value_frequencies sets the term-frequency bits of a column's values and
 * returns the share of pairs that agree exactly.  The two records of the pair
 * themselves do not count as evidence that the value is common; what a value
 * that nobody else has is worth follows from how many such values there are
 * (Chao's estimate of the unseen).
 */
static double
value_frequencies(CltColumn *col, CltFsScope scope, double strangers)
{
	double		n = (double) col->filled;
	double		same = 0;
	double		once;
	double		twice;
	double		rest;
	double		rate;
	uint32		i;

	if (n < 2)
		return 0;
	for (i = 1; i < col->nvalues; i++)
		same += (double) col->values[i].count * (col->values[i].count - 1.0);
	rate = (same + 1.0) / (n * (n - 1.0) + 2.0);
	distinct_shares(col, &once, &twice);
	rest = once > 0 ? 2.0 * twice / once : 1.0;
	rest = Max(Min(rest, 1.0), 0.05) * strangers;
	for (i = 1; i < col->nvalues; i++)
	{
		CltValue   *v = &col->values[i];
		double		unseen = col->kind == CLT_KIND_EMAIL && (v->flags & CLT_VALUE_WEAK) ? 1.0 : rest;
		double		p = (Max((double) v->count - 2.0, 0) + unseen) / n;

		v->tf_u = (float) log2(p / rate);
		col->log_u = (float) log2(rate);
		col->log_h = (float) log2(0.01 + 0.99 * rate);
		v->tf_h = scope == CLT_FS_SHARED ? 0 :
			(float) (log2(0.01 + 0.99 * p) - log2(0.01 + 0.99 * rate));
	}
	return rate;
}

/*
 * strangers_share estimates how many of those who share a value are strangers, by
 * how many of them have another surname: nearly none for an address with the full
 * name in it, a good part where addresses are made of a first name and a year.
 */
static double
strangers_share(LinkJob *job, const CltColumn *col)
{
	const CltColumn *surname = column_of(job, CLT_KIND_SURNAME);
	uint32	   *first;
	int64		seen = 0;
	int64		differ = 0;
	uint32		i;

	if (!surname)
		return 1.0;
	first = MemoryContextAllocExtended(job->context, (Size) col->nvalues * sizeof(uint32), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (i = 0; i < job->n; i++)
	{
		uint32		code = CLT_CODE(col, i);
		uint32		a;
		uint32		b;

		/* an office's mailbox says nothing about the others */
		if (!code || !CLT_CODE(surname, i) || (col->values[code].flags & CLT_VALUE_WEAK))
			continue;
		if (!first[code])
		{
			first[code] = i + 1;
			continue;
		}
		a = CLT_CODE(surname, first[code] - 1);
		b = CLT_CODE(surname, i);
		seen++;
		if (a != b && clt_compare_values(CLT_KIND_SURNAME, surname, a, b) == clt_kind_info[CLT_KIND_SURNAME].nlevels)
			differ++;
	}
	pfree(first);
	/* one person in ten has two surnames in the course of a table */
	return Max(Min(((double) differ + 1.0) / (seen + 10.0) - 0.1, 1.0) / 0.9, 0.02);
}

/* Names that so many have tell how given names depend on the country. */
#define COMMON_NAME 20

/*
 * country_lift finds how much commoner given names are among countrymen than in
 * the whole table.  Family names tell the country, so in a table of several
 * countries the two names of strangers agree together more often than the product
 * of their frequencies says.
 */
static void
country_lift(LinkJob *job)
{
	CltColumn  *given = (CltColumn *) column_of(job, CLT_KIND_GIVEN);
	const CltColumn *region = column_of(job, CLT_KIND_REGION);
	CltKeyRow  *keys;
	CltKeyRow  *tmp;
	double	   *share;
	double		weight = 0;
	double		sum = 0;
	double		n = 0;
	size_t		nkeys = 0;
	size_t		from;
	size_t		to;
	uint32		i;

	if (!given || !region || !column_of(job, CLT_KIND_SURNAME))
		return;
	keys = MemoryContextAllocHuge(job->context, sizeof(CltKeyRow) * ((Size) job->n + 1));
	tmp = MemoryContextAllocHuge(job->context, sizeof(CltKeyRow) * ((Size) job->n + 1));
	share = MemoryContextAllocExtended(job->context, (Size) given->nvalues * sizeof(double), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (i = 0; i < job->n; i++)
		if (CLT_CODE(given, i) && CLT_CODE(region, i))
		{
			keys[nkeys].key = ((uint64) CLT_CODE(given, i) << 32) | CLT_CODE(region, i);
			keys[nkeys].row = i;
			keys[nkeys++].slot = 0;
		}
	n = (double) region->filled;
	clt_block_sort(keys, tmp, nkeys);
	for (from = 0; from < nkeys; from = to)
	{
		double		same;

		for (to = from + 1; to < nkeys && keys[to].key == keys[from].key; to++)
			;
		same = (double) (to - from);
		/* two of them are the pair itself */
		share[keys[from].key >> 32] += same * Max(same - 2.0, 0) / region->values[(uint32) keys[from].key].count;
	}
	for (i = 1; i < given->nvalues; i++)
	{
		CltValue   *v = &given->values[i];
		double		count = v->count;

		if (count < COMMON_NAME)
			continue;
		v->lift = (float) log2(Max(Min(n * share[i] / (count * (count - 2.0)), 64.0), 1.0));
		weight += count;
		sum += count * v->lift;
	}
	given->lift = weight > 0 ? (float) (sum / weight) : 0;
	for (i = 1; i < given->nvalues; i++)
		if (given->values[i].count < COMMON_NAME)
			given->values[i].lift = given->lift;
	pfree(keys);
	pfree(tmp);
	pfree(share);
}

/* goes_with_company tells whether an identifier is there where a company is, and hardly elsewhere. */
static bool
goes_with_company(LinkJob *job, const CltColumn *col)
{
	const CltColumn *company = column_of(job, CLT_KIND_COMPANY);
	int64		with = 0;
	int64		without = 0;
	uint32		i;

	if (!company || company->filled == 0)
		return false;
	for (i = 0; i < job->n; i++)
		if (CLT_CODE(col, i))
		{
			if (CLT_CODE(company, i))
				with++;
			else
				without++;
		}
	return with > 9 * without;
}

/* set_up_address tells the kernel where each part of an address is. */
static void
set_up_address(LinkJob *job, LinkComparison *cmp, CltComparison *kernel)
{
	int			i;

	for (i = 0; i < cmp->nfields; i++)
		kernel->part[cmp->part[i]] = &job->field[cmp->field[i]].col;
}

/* clt_link_prepare builds the comparison kernels over the encoded columns. */
void
clt_link_prepare(LinkJob *job)
{
	MemoryContext old = MemoryContextSwitchTo(job->context);
	bool		person = column_of(job, CLT_KIND_GIVEN) || column_of(job, CLT_KIND_SURNAME) ||
	column_of(job, CLT_KIND_FULL_NAME);
	bool		address = false;
	int			i;

	memset(&job->fs, 0, sizeof(job->fs));
	job->fs.ncomparisons = job->ncomparisons;
	job->fs.dwelling = -1;
	for (i = 0; i < job->ncomparisons; i++)
	{
		LinkComparison *cmp = &job->comparison[i];
		CltComparison *kernel = &job->kernel[i];
		CltFsComparison *fs = &job->fs.c[i];
		const CltKindInfo *info = &clt_kind_info[cmp->kind];

		memset(kernel, 0, sizeof(*kernel));
		kernel->kind = cmp->kind;
		kernel->tf = info->tf;
		kernel->column = &job->field[cmp->field[0]].col;
		if (cmp->kind == CLT_KIND_ADDRESS)
		{
			set_up_address(job, cmp, kernel);
			address = true;
		}
		else if (cmp->kind == CLT_KIND_GIVEN)
			kernel->partner = column_of(job, CLT_KIND_SURNAME);
		else if (cmp->kind == CLT_KIND_EMAIL)
		{
			kernel->given = column_of(job, CLT_KIND_GIVEN);
			kernel->surname = column_of(job, CLT_KIND_SURNAME);
		}
		else if (cmp->kind == CLT_KIND_SURNAME)
		{
			kernel->partner = column_of(job, CLT_KIND_GIVEN);
			kernel->company = column_of(job, CLT_KIND_COMPANY);
		}
		job->memo[i] = MemoryContextAllocHuge(job->context, sizeof(CltMemo));
		memset(job->memo[i], 0xff, sizeof(CltMemo));

		fs->nlevels = info->nlevels;
		fs->scope = info->scope;
		/* without people in it, the firm is who the record is about */
		if (cmp->kind == CLT_KIND_COMPANY && !person)
			fs->scope = CLT_FS_PERSONAL;
		/* the tax number of a firm is its people's together */
		if (cmp->kind == CLT_KIND_IDENTIFIER && person && goes_with_company(job, kernel->column))
		{
			fs->scope = CLT_FS_SHARED;
			memcpy(fs->h0, clt_kind_info[CLT_KIND_POSTCODE].h0, sizeof(fs->h0));
		}
		fs->most = info->most;
		fs->tf = info->tf;
		memcpy(fs->m0, info->m0, sizeof(fs->m0));
		if (cmp->kind == CLT_KIND_SURNAME)
			fs->never = 6;
		if (cmp->kind == CLT_KIND_SURNAME && !kernel->company)
			fs->m0[5] = fs->m0[6] = 0;
		if (!(cmp->kind == CLT_KIND_IDENTIFIER && fs->scope == CLT_FS_SHARED))
			memcpy(fs->h0, info->h0, sizeof(fs->h0));
		if (fs->tf)
			fs->rate[0] = value_frequencies(&job->field[cmp->field[0]].col, fs->scope,
											cmp->kind == CLT_KIND_EMAIL ? strangers_share(job, kernel->column) : 1.0);
	}
	country_lift(job);
	job->fs.total_pairs = Max((double) job->n * (job->n - 1.0) / 2.0, 1.0);
	job->fs.prior = Min(0.05 * job->n / job->fs.total_pairs, 0.1);
	/* families: people with names at addresses or telephones */
	if (person && (address || column_of(job, CLT_KIND_PHONE)))
		job->fs.household = Min(0.2 * job->n / job->fs.total_pairs, 0.1);
	MemoryContextSwitchTo(old);
}

/* ---- chance agreement ---- */

typedef struct AddressKey
{
	uint64		key;
} AddressKey;

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
	CltBlockStats stats;
	size_t		n = 0;
	uint32		i;

	if (!street || !place)
		return -1;
	keys = MemoryContextAllocHuge(job->context, sizeof(CltKeyRow) * ((Size) job->n + 1));
	tmp = MemoryContextAllocHuge(job->context, sizeof(CltKeyRow) * ((Size) job->n + 1));
	for (i = 0; i < job->n; i++)
	{
		uint64		s = CLT_CODE(street, i);
		uint64		p = CLT_CODE(place, i);
		uint64		h = number ? CLT_CODE(number, i) : 1;

		if (!s || !p || !h)
			continue;
		keys[n].key = clt_block_combine(clt_block_combine(s, p + 1), h + 1);
		keys[n].row = i;
		keys[n++].slot = 0;
	}
	clt_block_sort(keys, tmp, n);
	clt_block_stats(keys, n, &stats);
	pfree(keys);
	pfree(tmp);
	if (n < 2)
		return -1;
	return (stats.pairs + 0.5) / ((double) n * (n - 1.0) / 2.0 + 1.0);
}

/* chance_rates compares random pairs and completes them by exact counts. */
static void
chance_rates(LinkJob *job)
{
	int64		count[CLT_FS_MAX_COMPARISONS][16];
	int64		npairs = RANDOM_PAIRS;
	uint64		seed = 42;
	int64		k;
	int			i;
	int			g;

	memset(count, 0, sizeof(count));
	if (job->fs.total_pairs < npairs)
		npairs = (int64) job->fs.total_pairs;
	for (k = 0; k < npairs && job->n > 1; k++)
	{
		uint32		l;
		uint32		r;
		float		tu;
		float		th;
		uint64		gamma;

		if ((k & 1023) == 0)
			CHECK_FOR_INTERRUPTS();
		seed += UINT64CONST(0x9e3779b97f4a7c15);
		l = (uint32) (clt_block_mix(seed) % job->n);
		r = (uint32) (clt_block_mix(seed ^ UINT64CONST(0xd1b54a32d192ed03)) % (job->n - 1));
		if (r >= l)
			r++;
		gamma = clt_compare_vector(job->kernel, job->memo, job->ncomparisons, Min(l, r), Max(l, r), &tu, &th);
		for (i = 0; i < job->ncomparisons; i++)
			count[i][CLT_FS_LEVEL(gamma, i)]++;
	}
	for (i = 0; i < job->ncomparisons; i++)
	{
		CltFsComparison *c = &job->fs.c[i];
		double		seen = 0;
		double		exact = c->tf ? c->rate[0] : -1;
		double		rest = 0;

		for (g = 1; g <= c->nlevels; g++)
			seen += count[i][g] + 0.4;
		for (g = 1; g <= c->nlevels; g++)
			c->rate[g] = (count[i][g] + 0.4) / seen;
		if (job->comparison[i].kind == CLT_KIND_ADDRESS)
		{
			exact = address_rate(job, &job->kernel[i]);
			if (exact >= 0)
				job->fs.dwelling = i;
		}
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

/* ---- pairs ---- */

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

/* ---- training ---- */

static void
warn(LinkJob *job, char *text)
{
	MemoryContext old = MemoryContextSwitchTo(job->context);

	job->warnings = lappend(job->warnings, pstrdup(text));
	MemoryContextSwitchTo(old);
}

/* look_for_trouble writes warnings about what training left doubtful. */
static void
look_for_trouble(LinkJob *job)
{
	int			i;
	int			g;

	if (job->fs.matches < 10)
		warn(job, psprintf("only %.1f true pairs are expected: parameters are mostly what was assumed before", job->fs.matches));
	if (job->fs.recall < 0.7)
		warn(job, psprintf("the blocking rules are estimated to find only %.0f%% of the true pairs", 100 * job->fs.recall));
	for (i = 0; i < job->ncomparisons; i++)
	{
		CltFsComparison *c = &job->fs.c[i];
		double		seen = 0;

		for (g = 1; g <= c->nlevels; g++)
			seen += c->observed[g];
		if (seen < 10)
			warn(job, psprintf("comparison \"%s\" is untrained: it is known for %.1f expected true pairs only",
							   job->comparison[i].name, seen));
		else if (c->m[1] < c->u[1])
			warn(job, psprintf("comparison \"%s\" speaks against a match when it agrees", job->comparison[i].name));
	}
}

/* clt_link_train estimates the model from the pairs. */
void
clt_link_train(LinkJob *job)
{
	chance_rates(job);
	if (!job->trained)
	{
		clt_fs_start(&job->fs);
		clt_fs_em(&job->fs, job->cells, job->ncells, 60);
		job->trained = true;
		look_for_trouble(job);
	}
	clt_fs_table(&job->fs, &job->score);
}

/* clt_link_pair_weight returns the match weight of a compared pair. */
double
clt_link_pair_weight(LinkJob *job, const LinkPair *pair)
{
	return clt_fs_weight(&job->score, pair->gamma, pair->tf_u / CLT_FS_TF_UNIT, pair->tf_h / CLT_FS_TF_UNIT, NULL);
}

/* ---- clusters ---- */

/* weight_of_records scores two records that no rule may have brought together. */
static float
weight_of_records(void *arg, uint32 a, uint32 b)
{
	LinkJob    *job = (LinkJob *) arg;
	LinkPair	pair;

	pair.l = Min(a, b);
	pair.r = Max(a, b);
	clt_link_compare(job, &pair);
	return (float) clt_link_pair_weight(job, &pair);
}

/* clt_link_cluster weighs all pairs, keeps the likely ones and joins records to persons. */
void
clt_link_cluster(LinkJob *job)
{
	MemoryContext old = MemoryContextSwitchTo(job->context);
	double		threshold = log2(job->threshold / (1.0 - job->threshold));
	CltClusters clusters;
	int64		kept = 0;
	int64		i;

	for (i = 0; i < job->npairs; i++)
		if (clt_link_pair_weight(job, &job->pairs[i]) >= KEEP_WEIGHT)
			kept++;
	job->edges = MemoryContextAllocHuge(job->context, Max(kept, 1) * sizeof(CltEdge));
	job->nedges = 0;
	for (i = 0; i < job->npairs; i++)
	{
		double		w = clt_link_pair_weight(job, &job->pairs[i]);

		if (w < KEEP_WEIGHT)
			continue;
		job->edges[job->nedges].l = job->pairs[i].l;
		job->edges[job->nedges].r = job->pairs[i].r;
		job->edges[job->nedges].weight = (float) w;
		job->edges[job->nedges].ref = (uint32) i;
		job->nedges++;
	}
	qsort(job->edges, job->nedges, sizeof(CltEdge), clt_edge_compare);
	CHECK_FOR_INTERRUPTS();

	memset(&clusters, 0, sizeof(clusters));
	clusters.n = job->n;
	clusters.parent = MemoryContextAllocHuge(job->context, Max(job->n, 1) * sizeof(uint32));
	clusters.next = MemoryContextAllocHuge(job->context, Max(job->n, 1) * sizeof(uint32));
	clusters.size = MemoryContextAllocHuge(job->context, Max(job->n, 1) * sizeof(uint32));
	clusters.clamp = CLUSTER_CLAMP;
	clusters.score = weight_of_records;
	clusters.arg = job;
	clt_clusters_init(&clusters);
	for (i = 0; i < job->nedges && job->edges[i].weight >= threshold; i++)
	{
		if ((i & 1023) == 0)
			CHECK_FOR_INTERRUPTS();
		clt_clusters_join(&clusters, &job->edges[i]);
	}
	job->label = MemoryContextAllocHuge(job->context, Max(job->n, 1) * sizeof(uint32));
	clt_clusters_labels(&clusters, job->label);
	job->refused = clusters.refused;
	MemoryContextSwitchTo(old);
}
