/*
 * adjust.h
 *		Correction of p values for the number of tests.
 */
#ifndef CLT_AFFINITY_ADJUST_H
#define CLT_AFFINITY_ADJUST_H

#include "core/clientele.h"

typedef enum Correction
{
	CORRECTION_NONE,
	CORRECTION_BONFERRONI,
	CORRECTION_HOLM,
	CORRECTION_BH,
	CORRECTION_BY
} Correction;

typedef enum TestsAre
{
	TESTS_ELIGIBLE,				/* all that could be found: the caller counts */
	TESTS_RETURNED,				/* what is found */
	TESTS_GIVEN
} TestsAre;

/* p values of the family, ascending once finished, and what they become. */
typedef struct Adjustment
{
	Correction	kind;
	TestsAre	tests_are;
	double		tests;
	double		counted;		/* members of the family, whether kept or not */
	double	   *p;
	double	   *adjusted;
	Size		n;
	Size		capacity;
	MemoryContext cxt;
} Adjustment;

extern void clt_adjust_start(Adjustment *a, FunctionCallInfo fcinfo, int correction_arg, int tests_arg,
							 MemoryContext cxt);
extern bool clt_adjust_keeps(const Adjustment *a);
extern void clt_adjust_add(Adjustment *a, double p);
extern void clt_adjust_finish(Adjustment *a);
extern double clt_adjusted_p(const Adjustment *a, double p);

#endif							/* CLT_AFFINITY_ADJUST_H */
