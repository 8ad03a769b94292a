/*
 * adjust.c
 *		Correction of p values for the number of tests.
 *
 * The family of tests is what the caller adds; how many tests it is taken for
 * may be more than that, because a pair or rule that never reached the
 * threshold was a possible finding, too.
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "affinity/adjust.h"

static Correction
correction_by_name(const char *name)
{
	if (pg_strcasecmp(name, "none") == 0)
		return CORRECTION_NONE;
	if (pg_strcasecmp(name, "bonferroni") == 0)
		return CORRECTION_BONFERRONI;
	if (pg_strcasecmp(name, "holm") == 0)
		return CORRECTION_HOLM;
	if (pg_strcasecmp(name, "bh") == 0)
		return CORRECTION_BH;
	if (pg_strcasecmp(name, "by") == 0)
		return CORRECTION_BY;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown correction \"%s\"", name),
			 errhint("Known corrections are none, bonferroni, holm, bh (Benjamini-Hochberg) and by (Benjamini-Yekutieli).")));
	return CORRECTION_NONE;		/* keep compiler quiet */
}

/*
 * clt_adjust_start reads the arguments correction and tests. Unless tests is a
 * number, the caller states it (TESTS_ELIGIBLE) or it is that of the values
 * added (TESTS_RETURNED).
 */
void
clt_adjust_start(Adjustment *a, FunctionCallInfo fcinfo, int correction_arg, int tests_arg, MemoryContext cxt)
{
	char	   *tests;
	char	   *end;

	memset(a, 0, sizeof(*a));
	a->cxt = cxt;
	a->kind = correction_by_name(TextDatumGetCString(clt_need_argument(fcinfo, correction_arg, "correction")));
	tests = TextDatumGetCString(clt_need_argument(fcinfo, tests_arg, "tests"));
	if (strcmp(tests, "eligible") == 0)
		a->tests_are = TESTS_ELIGIBLE;
	else if (strcmp(tests, "returned") == 0)
		a->tests_are = TESTS_RETURNED;
	else
	{
		a->tests_are = TESTS_GIVEN;
		a->tests = strtod(tests, &end);
		if (end == tests || *end != '\0' || !(a->tests >= 1) || isinf(a->tests))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("tests must be \"eligible\", \"returned\" or a number of at least 1"),
					 errdetail("It is the number of tests that the correction reckons with.")));
	}
}

/* Does the correction need the p values of the whole family, and not their number alone? */
bool
clt_adjust_keeps(const Adjustment *a)
{
	return a->kind != CORRECTION_NONE && a->kind != CORRECTION_BONFERRONI;
}

/* Adds a p value to the family. */
void
clt_adjust_add(Adjustment *a, double p)
{
	if (a->n >= a->capacity)
	{
		a->capacity = a->capacity == 0 ? 1024 : a->capacity * 2;
		if (a->capacity * sizeof(double) > Max(get_hash_memory_limit(), (Size) 1 << 30))
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("a correction for more than %zu tests needs more memory than it may use", a->n),
					 errhint("Raise min_count or min_support, or use the correction bonferroni, which keeps no p values.")));
		if (a->p == NULL)
			a->p = MemoryContextAllocHuge(a->cxt, a->capacity * sizeof(double));
		else
			a->p = repalloc_huge(a->p, a->capacity * sizeof(double));
	}
	a->p[a->n++] = p;
}

static int
compare_double(const void *pa, const void *pb)
{
	double		a = *(const double *) pa;
	double		b = *(const double *) pb;

	return a < b ? -1 : a > b;
}

/*
 * Adjusts the sorted p values. Where the family has more tests than values,
 * the rank of a value among the missing ones could only be higher, and the
 * adjusted value lower: the result errs on the safe side.
 */
void
clt_adjust_finish(Adjustment *a)
{
	double		m;
	double		harmonic = 1;
	double		running;
	Size		i;

	if (a->tests_are == TESTS_RETURNED)
		a->tests = a->counted;
	m = a->tests = Max(a->tests, (double) a->n);
	if (!clt_adjust_keeps(a))
		return;
	qsort(a->p, a->n, sizeof(double), compare_double);
	a->adjusted = MemoryContextAllocHuge(a->cxt, Max(a->n, 1) * sizeof(double));
	if (a->kind == CORRECTION_HOLM)
	{
		for (i = 0, running = 0; i < a->n; i++)
		{
			running = Max(running, a->p[i] * (m - (double) i));
			a->adjusted[i] = Min(running, 1);
		}
		return;
	}
	if (a->kind == CORRECTION_BY)
	{
		double		k;

		/*
		 * Exact up to a million terms, then the expansion of the harmonic
		 * number.
		 */
		for (k = 1, harmonic = 0; k <= Min(m, 1e6); k++)
			harmonic += 1 / k;
		if (m > 1e6)
			harmonic += log(m / 1e6) + 0.5 / m - 0.5 / 1e6;
	}
	for (i = a->n, running = 1; i > 0; i--)
	{
		running = Min(running, a->p[i - 1] * harmonic * m / (double) i);
		a->adjusted[i - 1] = running;
	}
}

double
clt_adjusted_p(const Adjustment *a, double p)
{
	Size		low = 0,
				high = a->n;

	if (a->kind == CORRECTION_NONE)
		return p;
	if (a->kind == CORRECTION_BONFERRONI)
		return Min(p * a->tests, 1);

	/* The last of equal values: Holm gives all of them the largest result. */
	while (low < high)
	{
		Size		mid = low + (high - low) / 2;

		if (a->p[mid] <= p)
			low = mid + 1;
		else
			high = mid;
	}
	return low > 0 ? a->adjusted[low - 1] : p;
}
