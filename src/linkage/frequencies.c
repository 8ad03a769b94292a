/*
 * frequencies.c
 *		What equal values are worth: how common each one is, and whether those who share it are
 *		strangers.
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/memutils.h"

#include "core/clientele.h"
#include "linkage/engine.h"
#include "linkage/prepare.h"

/* look_at_counts counts the pairs of records, both ways round, that have the same value, and the values seen once and twice. */
static void
look_at_counts(const CltColumn *col, double *same, double *once, double *twice)
{
	uint32		i;

	*same = *once = *twice = 0;
	for (i = 1; i < col->nvalues; i++)
	{
		uint32		count = col->values[i].count;

		*same += (double) count * (count - 1.0);
		*once += count == 1;
		*twice += count == 2;
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
	double		same;
	double		once;
	double		twice;
	double		rest;
	double		rate;
	const CltValue *alike[FEW_COUNT + 1] = {NULL};	/* a value that so many
													 * records have */
	uint32		i;

	if (n < 2)
		return 0;
	look_at_counts(col, &same, &once, &twice);
	rate = (same + 1.0) / (n * (n - 1.0) + 2.0);
	if (job->nsources > 1 && col->code)
		rate = equal_across(job, col);
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

/* name_of_records returns the column that tells best whether two records are of strangers. */
static const CltColumn *
name_of_records(LinkJob *job)
{
	static const CltKind by[] = {CLT_KIND_SURNAME, CLT_KIND_FULL_NAME, CLT_KIND_COMPANY};
	int			i;

	for (i = 0; i < (int) lengthof(by); i++)
		if (clt_link_column_of(job, by[i]))
			return clt_link_column_of(job, by[i]);
	return NULL;
}

/*
 * strangers_shares estimates how many of those who share a value are strangers, by
 * how many of them have another name: nearly none for an address with the full
 * name in it, a good part where addresses are made of a first name and a year,
 * most where twenty have it.
 */
static void
strangers_shares(LinkJob *job, const CltColumn *col, const CltColumn *name, double *share)
{
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

		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		if (!code || !CLT_CODE(name, i) || clt_link_is_copy(job, i))
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
		if (a != b && clt_compare_values(name->kind, name, a, b) == clt_kind_info[name->kind].different)
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

/*
 * clt_link_frequencies sets the term-frequency bits of a comparison's values and returns how often they agree by chance.
 * Where what things are called says all that is known of them, the same is hardly ever two of them.
 */
double
clt_link_frequencies(LinkJob *job, int which, bool person, bool says_all)
{
	const LinkComparison *cmp = &job->comparison[which];
	const CltFsComparison *fs = &job->fs.c[which];
	double		strangers[COUNT_CLASSES] = {1.0, 1.0, 1.0, 1.0, 1.0};
	int			k;

	if (cmp->kind == CLT_KIND_EMAIL || cmp->kind == CLT_KIND_PHONE || cmp->kind == CLT_KIND_IDENTIFIER ||
		(cmp->kind == CLT_KIND_COMPANY && !person))
		strangers_shares(job, job->kernel[which].column, name_of_records(job), strangers);
	else if (says_all)
		strangers_shares(job, job->kernel[which].column, NULL, strangers);
	if (clt_link_is_one_text(job))
		for (k = 0; k < COUNT_CLASSES; k++)
			strangers[k] = 1.0 - CLT_LINK_SAME_TEXT;
	return value_frequencies(job, clt_link_single_values(&job->field[cmp->field[0]]), fs->scope, fs->twin0, strangers);
}

/* clt_link_place_frequencies sets the term-frequency bits of an address's postcodes and towns. */
void
clt_link_place_frequencies(LinkJob *job, LinkComparison *cmp)
{
	static const double anybody[COUNT_CLASSES] = {1.0, 1.0, 1.0, 1.0, 1.0};
	int			i;

	for (i = 0; i < cmp->nfields; i++)
		if (cmp->part[i] == CLT_PART_POSTCODE || cmp->part[i] == CLT_PART_CITY)
			value_frequencies(job, &job->field[cmp->field[i]].col, CLT_FS_SHARED, 0, anybody);
}
