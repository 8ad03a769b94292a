/*
 * prepare.c
 *		What is known of comparisons before any pair: kernels over the columns, and how
 *		often unrelated records agree.
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/memutils.h"

#include "core/clientele.h"
#include "linkage/crew.h"
#include "linkage/engine.h"

/* Random pairs compared to learn how often unrelated records agree. */
#define RANDOM_PAIRS 400000
#define RANDOM_PIECE 4096

static const CltColumn *
column_of(LinkJob *job, CltKind kind)
{
	int			i;

	for (i = 0; i < job->nfields; i++)
		if (job->field[i].kind == kind && !job->field[i].element)
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

/* Values are told apart by how many records have them: two, three, up to five, up to nine, more. */
#define COUNT_CLASSES 5

static int
count_class(uint32 count)
{
	return count <= 2 ? 0 : count == 3 ? 1 : count <= 5 ? 2 : count <= 9 ? 3 : 4;
}

/* equal_across returns the share of pairs of records of two tables that have the same value. */
static double
equal_across(LinkJob *job, const CltColumn *col)
{
	uint32	   *before = MemoryContextAllocExtended(job->context, (Size) col->nvalues * 2 * sizeof(uint32), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	uint32	   *here = before + col->nvalues;
	double		filled_before = 0;
	double		pairs = 0;
	double		same = 0;
	uint32		i;
	int			s;

	for (s = 0; s < job->nsources; s++)
	{
		double		filled = 0;

		for (i = clt_link_begin(job, s); i < job->in[s].end; i++)
			if (CLT_CODE(col, i))
			{
				here[CLT_CODE(col, i)]++;
				filled++;
			}
		for (i = 1; i < col->nvalues; i++)
		{
			same += (double) before[i] * here[i];
			before[i] += here[i];
			here[i] = 0;
		}
		pairs += filled_before * filled;
		filled_before += filled;
	}
	pfree(before);
	return (same + 0.5) / (pairs + 1.0);
}

/* Of values that so few records have the bits are worked out once. */
#define FEW_COUNT 64

/*
 * value_frequencies sets the term-frequency bits of a column's values and
 * returns the share of pairs that agree exactly.  The two records of the pair
 * themselves do not count as evidence that the value is common, and of the
 * others only those who are likely to be somebody else; what a value that nobody
 * else has is worth follows from how many such values there are (Chao's
 * estimate of the unseen).
 */
static double
value_frequencies(LinkJob *job, CltColumn *col, CltFsScope scope, double twin, const double *strangers)
{
	double		n = (double) col->filled;
	double		same = 0;
	double		once;
	double		twice;
	double		rest;
	double		rate;
	const CltValue *alike[FEW_COUNT + 1] = {NULL};	/* a value that so many
													 * records have */
	uint32		i;

	if (n < 2)
		return 0;
	for (i = 1; i < col->nvalues; i++)
		same += (double) col->values[i].count * (col->values[i].count - 1.0);
	rate = (same + 1.0) / (n * (n - 1.0) + 2.0);
	if (job->nsources > 1 && col->code)
		rate = equal_across(job, col);
	distinct_shares(col, &once, &twice);
	rest = once > 0 ? 2.0 * twice / once : 1.0;
	rest = Max(Min(rest, 1.0), 0.05);
	col->log_u = (float) log2(rate);
	col->log_h = (float) log2(twin + (1.0 - twin) * rate);
	for (i = 1; i < col->nvalues; i++)
	{
		CltValue   *v = &col->values[i];
		bool		office = col->kind == CLT_KIND_EMAIL && (v->flags & CLT_VALUE_WEAK);
		double		others = Max((double) v->count - 2.0, 0);
		double		p;

		/* most values are as common as another one before them */
		if (!office && v->count <= FEW_COUNT && alike[v->count])
		{
			v->tf_u = alike[v->count]->tf_u;
			v->tf_h = alike[v->count]->tf_h;
			continue;
		}
		p = (office ? others + 1.0 : (others + rest) * strangers[count_class(v->count)]) / n;
		v->tf_u = (float) log2(p / rate);
		v->tf_h = scope == CLT_FS_SHARED ? 0 :
			(float) (log2(twin + (1.0 - twin) * p) - log2(twin + (1.0 - twin) * rate));
		if (!office && v->count <= FEW_COUNT)
			alike[v->count] = v;
	}
	return rate;
}

/* place_frequencies sets the term-frequency bits of an address's postcodes and towns. */
static void
place_frequencies(LinkJob *job, LinkComparison *cmp)
{
	static const double anybody[COUNT_CLASSES] = {1.0, 1.0, 1.0, 1.0, 1.0};
	int			i;

	for (i = 0; i < cmp->nfields; i++)
		if (cmp->part[i] == CLT_PART_POSTCODE || cmp->part[i] == CLT_PART_CITY)
			value_frequencies(job, &job->field[cmp->field[i]].col, CLT_FS_SHARED, 0, anybody);
}

/* pass_on gives what was expected of the levels up to last, which cannot be reached, to the one behind them. */
static void
pass_on(double *p, int last)
{
	int			g;

	for (g = 1; g <= last; g++)
	{
		p[last + 1] += p[g];
		p[g] = 0;
	}
}

/* reachable_levels takes out of the expectation what an address of these parts cannot show. */
static void
reachable_levels(const CltComparison *kernel, CltFsComparison *fs)
{
	int			last = kernel->part[CLT_PART_STREET] ? 0 : kernel->part[CLT_PART_POSTCODE] ? 4 : 5;

	pass_on(fs->m0, last);
	pass_on(fs->h0, last);
	if (last > 0)
		fs->m0[7] = fs->h0[7] = 0;
}

/* name_of_records returns the column that tells best whether two records are of strangers. */
static const CltColumn *
name_of_records(LinkJob *job)
{
	static const CltKind by[] = {CLT_KIND_SURNAME, CLT_KIND_FULL_NAME, CLT_KIND_COMPANY};
	int			i;

	for (i = 0; i < (int) lengthof(by); i++)
		if (column_of(job, by[i]))
			return column_of(job, by[i]);
	return NULL;
}

/*
 * strangers_shares estimates how many of those who share a value are strangers, by
 * how many of them have another name: nearly none for an address with the full
 * name in it, a good part where addresses are made of a first name and a year,
 * most where twenty have it.
 */
static void
strangers_shares(LinkJob *job, const CltColumn *col, double *share)
{
	const CltColumn *name = name_of_records(job);
	static const double usual[COUNT_CLASSES] = {0.05, 0.06, 0.10, 0.20, 1.0};
	double		seen[COUNT_CLASSES] = {0};
	double		differ[COUNT_CLASSES] = {0};
	uint32	   *first;
	uint32		i;
	int			k;

	if (!name || name == col)
	{
		/* nothing tells strangers apart: what is usual with such columns */
		for (k = 0; k < COUNT_CLASSES; k++)
			share[k] = usual[k] * (col->kind == CLT_KIND_PHONE ? 3.0 : 1.0);
		share[COUNT_CLASSES - 1] = 1.0;
		return;
	}
	first = MemoryContextAllocExtended(job->context, (Size) col->nvalues * sizeof(uint32), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (i = 0; i < job->n; i++)
	{
		uint32		code = CLT_CODE(col, i);
		uint32		a;
		uint32		b;

		if (!code || !CLT_CODE(name, i))
			continue;
		if (!first[code])
		{
			first[code] = i + 1;
			continue;
		}
		/* an office's mailbox says nothing about the others */
		if (col->kind == CLT_KIND_EMAIL && (col->values[code].flags & CLT_VALUE_WEAK))
			continue;
		a = CLT_CODE(name, first[code] - 1);
		b = CLT_CODE(name, i);
		k = count_class(col->values[code].count);
		seen[k]++;
		if (a != b && clt_compare_values(name->kind, name, a, b) == clt_kind_info[name->kind].nlevels)
			differ[k]++;
	}
	pfree(first);
	for (k = 0; k < COUNT_CLASSES; k++)
	{
		double		before = k > 0 ? share[k - 1] * 0.9 + 0.1 : 0.1;

		/* one person in ten has two names in the course of a table */
		share[k] = Max(Min((differ[k] + 10.0 * before) / (seen[k] + 10.0) - 0.1, 0.9) / 0.9, 0.02);
	}
}

/* Names that so many have tell how given names depend on the country. */
#define COMMON_NAME 20

static int
compare_codes(const void *a, const void *b)
{
	uint32		x = *(const uint32 *) a;
	uint32		y = *(const uint32 *) b;

	return x < y ? -1 : x > y;
}

/* shared_by returns what the bearers of a name in a region add to its lift, and counts them no more. */
static double
shared_by(const CltColumn *region, uint32 *bearers, uint32 r)
{
	double		same = bearers[r];

	bearers[r] = 0;
	/* two of them are the pair itself */
	return same > 2 ? same * (same - 2.0) / region->values[r].count : 0;
}

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
	uint32	   *end;
	uint32	   *where;
	uint32	   *bearers;
	double	   *share;
	double		weight = 0;
	double		sum = 0;
	double		n = 0;
	uint32		from = 0;
	uint32		r;
	uint32		i;

	if (!given || !region || !column_of(job, CLT_KIND_SURNAME))
		return;
	/* the regions of those who have a name, name after name */
	end = MemoryContextAllocExtended(job->context, ((Size) given->nvalues + 1) * sizeof(uint32), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	where = MemoryContextAllocHuge(job->context, ((Size) job->n + 1) * sizeof(uint32));
	bearers = MemoryContextAllocExtended(job->context, ((Size) region->nvalues + 1) * sizeof(uint32), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	share = MemoryContextAllocExtended(job->context, (Size) given->nvalues * sizeof(double), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (i = 0; i < job->n; i++)
		if (CLT_CODE(given, i) && CLT_CODE(region, i))
			end[CLT_CODE(given, i) + 1]++;
	for (i = 1; i <= given->nvalues; i++)
		end[i] += end[i - 1];
	for (i = 0; i < job->n; i++)
		if (CLT_CODE(given, i) && CLT_CODE(region, i))
			where[end[CLT_CODE(given, i)]++] = CLT_CODE(region, i);
	n = (double) region->filled;
	for (i = 1; i < given->nvalues; from = end[i++])
	{
		if ((i & 0xfff) == 0)
			CHECK_FOR_INTERRUPTS();
		/* the lift of rarer names is not their own */
		if (given->values[i].count < COMMON_NAME)
			continue;
		for (r = from; r < end[i]; r++)
			bearers[where[r]]++;

		/*
		 * sums of fractions have an order, regions ascending; each is met
		 * once
		 */
		if (end[i] - from < region->nvalues)
			qsort(where + from, end[i] - from, sizeof(uint32), compare_codes);
		for (r = from; r < end[i] && end[i] - from < region->nvalues; r++)
			share[i] += shared_by(region, bearers, where[r]);
		for (r = 1; r < region->nvalues && end[i] - from >= region->nvalues; r++)
			share[i] += shared_by(region, bearers, r);
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
	pfree(end);
	pfree(where);
	pfree(bearers);
	pfree(share);
}

/* A name tells the sex when so many bearers of it, or of its last letter, are of one. */
#define ONE_SEX 0.97

/* mark_sex notes the sex that a name's bearers have, if nearly all have one. */
static uint16
mark_sex(double men, double women, double least)
{
	if (men + women < least)
		return 0;
	if (men >= ONE_SEX * (men + women))
		return CLT_VALUE_MAN;
	return women >= ONE_SEX * (men + women) ? CLT_VALUE_WOMAN : 0;
}

/*
 * sex_of_names learns which sex given names tell, from the records that say it; names
 * that too few bear are judged by their last letter, where that tells it in this table.
 */
static void
sex_of_names(LinkJob *job)
{
	CltColumn  *given = (CltColumn *) column_of(job, CLT_KIND_GIVEN);
	const CltColumn *sex = column_of(job, CLT_KIND_SEX);
	double	   *men;
	double	   *women;
	double		letter_men[256] = {0};
	double		letter_women[256] = {0};
	uint32		i;

	if (!given || !sex)
		return;
	men = MemoryContextAllocExtended(job->context, (Size) given->nvalues * sizeof(double), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	women = MemoryContextAllocExtended(job->context, (Size) given->nvalues * sizeof(double), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (i = 0; i < job->n; i++)
	{
		uint32		code = CLT_CODE(given, i);

		if (!code || !CLT_CODE(sex, i))
			continue;
		if (clt_value_text(&sex->values[CLT_CODE(sex, i)])[0] == 'm')
			men[code]++;
		else if (clt_value_text(&sex->values[CLT_CODE(sex, i)])[0] == 'f')
			women[code]++;
	}
	for (i = 1; i < given->nvalues; i++)
	{
		const CltValue *v = &given->values[i];
		uint8		last = (uint8) clt_value_text(v)[v->len - 1];

		letter_men[last] += men[i];
		letter_women[last] += women[i];
	}
	for (i = 1; i < given->nvalues; i++)
	{
		CltValue   *v = &given->values[i];
		uint8		last = (uint8) clt_value_text(v)[v->len - 1];

		v->flags &= (uint16) ~(CLT_VALUE_MAN | CLT_VALUE_WOMAN);
		if (v->flags & CLT_VALUE_INITIAL)
			continue;
		v->flags |= men[i] + women[i] >= 5 ? mark_sex(men[i], women[i], 5) :
			mark_sex(men[i] + letter_men[last], women[i] + letter_women[last], 50);
	}
	pfree(men);
	pfree(women);
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

/* clt_link_kernels tells each comparison which encoded columns it looks at. */
void
clt_link_kernels(LinkJob *job)
{
	int			i;

	job->fs.ncomparisons = job->ncomparisons;
	for (i = 0; i < job->ncomparisons; i++)
	{
		LinkComparison *cmp = &job->comparison[i];
		CltComparison *kernel = &job->kernel[i];

		memset(kernel, 0, sizeof(*kernel));
		kernel->kind = cmp->kind;
		kernel->tf = cmp->tf < 0 ? clt_kind_info[cmp->kind].tf : cmp->tf == 1;
		kernel->column = &job->field[cmp->field[0]].col;
		job->fs.c[i].nlevels = clt_link_nlevels(cmp);
		clt_link_kernel_of_kind(job, i);
		if (cmp->kind == CLT_KIND_ADDRESS)
			set_up_address(job, cmp, kernel);
		else if (cmp->kind == CLT_KIND_GIVEN)
			kernel->partner = column_of(job, CLT_KIND_SURNAME);
		else if (cmp->kind == CLT_KIND_EMAIL)
		{
			kernel->given = column_of(job, CLT_KIND_GIVEN);
			kernel->surname = column_of(job, CLT_KIND_SURNAME);
			kernel->whole = column_of(job, CLT_KIND_FULL_NAME);
		}
		else if (cmp->kind == CLT_KIND_SURNAME)
		{
			kernel->partner = column_of(job, CLT_KIND_GIVEN);
			kernel->company = column_of(job, CLT_KIND_COMPANY);
			kernel->email = column_of(job, CLT_KIND_EMAIL);
		}
		else if (cmp->kind == CLT_KIND_FULL_NAME)
			kernel->company = column_of(job, CLT_KIND_COMPANY);
		else if (cmp->kind == CLT_KIND_COMPANY)
			kernel->email = column_of(job, CLT_KIND_EMAIL);
	}
}

/*
 * clt_link_memos gives each comparison a memory of pairs of values it has seen; where
 * hardly a value repeats there is nothing to remember.
 */
void
clt_link_memos(LinkJob *job)
{
	int			i;

	for (i = 0; i < job->ncomparisons; i++)
	{
		const CltColumn *col = job->kernel[i].column;

		job->memo[i] = NULL;
		if (job->comparison[i].kind != CLT_KIND_ADDRESS && (int64) col->nvalues * 2 > col->filled)
			continue;
		job->memo[i] = MemoryContextAllocHuge(job->context, sizeof(CltMemo));
		memset(job->memo[i], 0, sizeof(CltMemo));
	}
}

/* clt_link_is_one_text tells whether records are nothing but a text: a list of firms, of works. */
bool
clt_link_is_one_text(const LinkJob *job)
{
	return job->ncomparisons == 1 && (job->comparison[0].kind == CLT_KIND_COMPANY || job->comparison[0].kind == CLT_KIND_TEXT);
}

/* clt_link_prepare builds the comparison kernels over the encoded columns. */
void
clt_link_prepare(LinkJob *job)
{
	MemoryContext old = MemoryContextSwitchTo(job->context);
	bool		person = column_of(job, CLT_KIND_GIVEN) || column_of(job, CLT_KIND_SURNAME) ||
	column_of(job, CLT_KIND_FULL_NAME);
	bool		home = false;
	int			i;
	int			g;

	memset(&job->fs, 0, sizeof(job->fs));
	job->fs.dwelling = -1;
	clt_link_kernels(job);
	for (i = 0; i < job->ncomparisons; i++)
	{
		LinkComparison *cmp = &job->comparison[i];
		CltComparison *kernel = &job->kernel[i];
		CltFsComparison *fs = &job->fs.c[i];
		const CltKindInfo *info = &clt_kind_info[cmp->kind];

		home |= cmp->kind == CLT_KIND_ADDRESS || cmp->kind == CLT_KIND_PHONE || cmp->kind == CLT_KIND_STREET ||
			cmp->kind == CLT_KIND_POSTCODE || cmp->kind == CLT_KIND_LOCATION;
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
		fs->loose = info->loose;
		fs->most_loose = info->most_loose;
		fs->tf = kernel->tf;
		fs->several = info->several;
		fs->twin0 = info->twin;
		fs->twin_most = info->twin_most;
		/* where nobody has a name, these are what the record is about */
		if (!person && (cmp->kind == CLT_KIND_TEXT || cmp->kind == CLT_KIND_CATEGORY))
		{
			fs->twin0 = 0.01;
			fs->twin_most = 0;
		}
		memcpy(fs->m0, info->m0, sizeof(fs->m0));
		/* people move, firms hardly do */
		if (cmp->kind == CLT_KIND_ADDRESS && !person)
			fs->m0[info->nlevels] *= 0.4;
		if (cmp->kind == CLT_KIND_SURNAME || cmp->kind == CLT_KIND_FULL_NAME)
			fs->never = 7;
		if ((cmp->kind == CLT_KIND_SURNAME || cmp->kind == CLT_KIND_FULL_NAME) && !kernel->company)
			fs->m0[6] = fs->m0[7] = 0;
		if (cmp->kind == CLT_KIND_SURNAME && !kernel->email)
			fs->m0[5] = 0;
		if (!(cmp->kind == CLT_KIND_IDENTIFIER && fs->scope == CLT_FS_SHARED))
			memcpy(fs->h0, info->h0, sizeof(fs->h0));
		if (fs->tf)
		{
			double		strangers[COUNT_CLASSES] = {1.0, 1.0, 1.0, 1.0, 1.0};

			if (cmp->kind == CLT_KIND_EMAIL || cmp->kind == CLT_KIND_PHONE || cmp->kind == CLT_KIND_IDENTIFIER ||
				(cmp->kind == CLT_KIND_COMPANY && !person))
				strangers_shares(job, kernel->column, strangers);
			if (clt_link_is_one_text(job))
				for (g = 0; g < COUNT_CLASSES; g++)
					strangers[g] = 1.0 - CLT_LINK_SAME_TEXT;
			fs->rate[0] = value_frequencies(job, clt_link_single_values(&job->field[cmp->field[0]]), fs->scope, fs->twin0, strangers);
		}
		if (cmp->kind == CLT_KIND_ADDRESS)
		{
			reachable_levels(kernel, fs);
			place_frequencies(job, cmp);
		}
		if (cmp->levels)
			clt_link_prepare_levels(job, i);
		clt_link_apply_options(job, i);
	}
	clt_link_memos(job);
	country_lift(job);
	sex_of_names(job);
	job->fs.total_pairs = Max((double) clt_link_all_pairs(job), 1.0);
	job->fs.prior = Min(0.05 * (job->n - job->ncopies) / job->fs.total_pairs, 0.1);

	/*
	 * families: people with names share at least the surname; firms under one
	 * roof
	 */
	if (person || ((column_of(job, CLT_KIND_COMPANY) || column_of(job, CLT_KIND_TEXT)) && home))
		job->fs.household = Min(0.2 * (job->n - job->ncopies) / job->fs.total_pairs, 0.1);
	if (job->no_household)
		job->fs.household = 0;
	if (job->prior > 0)
		job->fs.prior = job->prior;
	job->fs.prior_fixed = job->prior > 0;
	MemoryContextSwitchTo(old);
}

/* ---- chance agreement ---- */

typedef struct AddressKey
{
	uint64		key;
} AddressKey;

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
	keys = MemoryContextAllocHuge(job->context, sizeof(CltKeyRow) * ((Size) job->n + 1));
	tmp = MemoryContextAllocHuge(job->context, sizeof(CltKeyRow) * ((Size) job->n + 1));
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

/* compare_by_chance compares some random pairs and counts their levels. */
static void
compare_by_chance(LinkJob *job, CltMemo **memo, ChanceCounts *counts, CltCompared *pair, int n)
{
	int			i;
	int			k;

	for (k = 0; k < n; k++)
		clt_link_prefetch(job, pair[k].l, pair[k].r);
	clt_compare_pairs(job->kernel, memo, job->ncomparisons, pair, n);
	for (k = 0; k < n; k++)
		for (i = 0; i < job->ncomparisons; i++)
		{
			int			level = CLT_FS_LEVEL(pair[k].gamma, i);

			counts->count[i][level]++;
			if (level && !job->comparison[i].levels)
				counts->count[i][COMPLETE] += complete(&job->kernel[i], pair[k].l, pair[k].r);
		}
}

/* clt_link_work_chance is what each process does: a thousand random pairs, and again. */
void
clt_link_work_chance(LinkJob *job, LinkWork *work)
{
	int64		npairs = *(int64 *) clt_link_at(job, work->tasks);
	ChanceCounts *counts = (ChanceCounts *) clt_link_at(job, work->results) + job->participant;
	CltMemo    *memo[CLT_FS_MAX_COMPARISONS];
	CltCompared pair[CLT_COMPARED_PAIRS];
	int64		task;
	int			i;

	for (i = 0; i < job->ncomparisons; i++)
		memo[i] = job->comparison[i].kind != CLT_KIND_ADDRESS && job->kernel[i].column->nvalues <= FEW_VALUES ?
			job->memo[i] : NULL;
	while ((task = clt_link_next_task(work)) >= 0)
	{
		int64		last = Min(npairs, (task + 1) * RANDOM_PIECE);
		int64		k;
		int			n = 0;

		for (k = task * RANDOM_PIECE; k < last; k++)
		{
			random_pair(job, k, &pair[n].l, &pair[n].r);
			if (clt_link_is_copy(job, pair[n].l) || clt_link_is_copy(job, pair[n].r))
				continue;
			__builtin_prefetch(job->codes + (Size) pair[n].l * job->nfields);
			__builtin_prefetch(job->codes + (Size) pair[n].r * job->nfields);
			if (++n < CLT_COMPARED_PAIRS)
				continue;
			compare_by_chance(job, memo, counts, pair, n);
			n = 0;
		}
		compare_by_chance(job, memo, counts, pair, n);
	}
}

/* count_chance counts the levels of random pairs. */
static void
count_chance(LinkJob *job, int64 count[CLT_FS_MAX_COMPARISONS][16])
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
				count[i][g] += counts[p].count[i][g];
	clt_link_shared_free(job, work.tasks);
	clt_link_shared_free(job, work.results);
}

/* clt_link_chance_rates compares random pairs and completes them by exact counts. */
void
clt_link_chance_rates(LinkJob *job)
{
	int64		count[CLT_FS_MAX_COMPARISONS][16];
	int			i;
	int			g;

	memset(count, 0, sizeof(count));
	count_chance(job, count);
	for (i = 0; i < job->ncomparisons; i++)
	{
		CltFsComparison *c = &job->fs.c[i];
		double		seen = 0;
		double		exact = c->tf ? c->rate[0] : -1;
		double		rest = 0;
		double		compared = 0;

		for (g = 1; g <= c->nlevels; g++)
		{
			seen += count[i][g] + 0.4;
			compared += count[i][g];
		}
		for (g = 1; g <= c->nlevels; g++)
			c->rate[g] = (count[i][g] + 0.4) / seen;
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
			exact *= count[i][COMPLETE] / compared;
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
