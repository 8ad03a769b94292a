/*
 * levels.h
 *		Comparisons whose levels the user wrote: ordered tests on the values as they are.
 *
 * Pure kernel.  A level is one test or several that must all hold; the first level
 * that holds is taken, the last one holds always.  A test that needs the server (an
 * SQL condition) is asked through a function of the caller's.
 */
#ifndef CLT_LINKAGE_LEVELS_H
#define CLT_LINKAGE_LEVELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "linkage/compare.h"
#include "linkage/normalize.h"

typedef enum CltTest
{
	CLT_TEST_EXACT,
	CLT_TEST_JARO_WINKLER,		/* at least */
	CLT_TEST_JARO,
	CLT_TEST_JACCARD,
	CLT_TEST_LEVENSHTEIN,		/* at most */
	CLT_TEST_OSA,
	CLT_TEST_DAMERAU,
	CLT_TEST_PREFIX,			/* so many characters at the head are equal */
	CLT_TEST_LOCAL_PART,		/* what stands before the @ is equal */
	CLT_TEST_LOCAL_JARO_WINKLER,	/* ... is so similar at least */
	CLT_TEST_REVERSED,			/* two columns, each other's value */
	CLT_TEST_CROSSED,			/* left one's first column is right one's
								 * second */
	CLT_TEST_DAYS,				/* dates so many days apart at most */
	CLT_TEST_DIFFERENCE,		/* numbers so far apart at most */
	CLT_TEST_PERCENT,			/* ... by a share of the larger, less than */
	CLT_TEST_KILOMETRES,		/* two columns, latitude and longitude */
	CLT_TEST_SQL,
	CLT_NTESTS
} CltTest;

#define CLT_LEVEL_TESTS 4

/* How many columns a comparison of levels looks at. */
#define CLT_LEVEL_COLUMNS CLT_ADDRESS_PARTS

typedef struct CltLevelTest
{
	CltTest		test;
	int			column;			/* which of the comparison's columns */
	int			second;			/* the other one of two; -1 */
	double		limit;
} CltLevelTest;

typedef struct CltLevel
{
	int			ntests;			/* 0: holds always */
	CltLevelTest test[CLT_LEVEL_TESTS];
	int			tf_column;		/* whose frequency adjusts the weight; -1 */
	float		tf_weight;
	float		tf_floor;		/* log2 of the smallest frequency counted */
} CltLevel;

/* When nothing can be said. */
typedef enum CltMissing
{
	CLT_MISSING_ANY,			/* one of the columns is missing on one side */
	CLT_MISSING_ALL,			/* each column is missing on one side or the
								 * other */
	CLT_MISSING_NEVER,			/* the levels see to it */
	CLT_MISSING_SQL
} CltMissing;

/* Does an SQL condition hold?  level 0 is the condition of what is missing. */
typedef bool (*CltJudge) (void *arg, int level, uint32_t l, uint32_t r);

typedef struct CltLevels
{
	int			ncolumns;
	const CltColumn *column[CLT_LEVEL_COLUMNS];
	CltMissing	missing;
	int			nlevels;
	CltLevel	level[CLT_FS_MAX_LEVELS + 1];	/* from 1 */
	float		log_u[CLT_LEVEL_COLUMNS];	/* log2 of the chance that the
											 * column's values are equal */
	CltJudge	judge;
	void	   *arg;
} CltLevels;

extern const char *clt_test_name(CltTest test);
extern int	clt_test_by_name(const char *name, size_t len);
extern int	clt_levels_compare(const CltLevels *levels, CltMemo *memo, uint32_t l, uint32_t r,
							   float *tf_bits);
extern double clt_kilometres(double lat1, double lon1, double lat2, double lon2);
extern bool clt_number_of(const char *s, size_t len, double *v);
extern int64_t clt_day_number(int year, int month, int day);
extern void clt_verbatim(const char *src, size_t len, CltNormal *out);

#endif
