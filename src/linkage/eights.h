/*
 * eights.h
 *		Comparing eight pairs of records at once.
 *
 * What the sketches of eight values say lies side by side, number by number, so that
 * the processor looks at eight of them with one instruction; where it cannot, the
 * compiler makes as many instructions of it as are needed, and the outcome is the same.
 * Whoever compares one record with many lays the many out once and spreads the one.
 *
 * Pure kernel.
 */
#ifndef CLT_LINKAGE_EIGHTS_H
#define CLT_LINKAGE_EIGHTS_H

#include "linkage/compare.h"
#include "linkage/sketch.h"

#define CLT_EIGHT 8
#define CLT_ALIGNED __attribute__((aligned(4 * CLT_EIGHT)))

/* A number of each of eight. */
typedef uint32_t CltLanes[CLT_EIGHT]
			CLT_ALIGNED;

/* The values of eight records in one column. */
typedef struct CltEight
{
	CltLanes	code;
	CltLanes	w[CLT_SK_SIZE];
} CltEight;

/* Columns that are compared, at most: each has a number below. */
#define CLT_EIGHT_COLUMNS 64

/* How a comparison is made. */
typedef enum CltManner
{
	CLT_BY_SKETCH,
	CLT_BY_PARTS,				/* an address */
	CLT_BY_ITSELF				/* pair by pair */
} CltManner;

#define CLT_ADDRESS_CASES (1 << (2 * CLT_ADDRESS_PARTS))

/*
 * What comparisons may still add to the weight of a pair: so pairs that are not kept in
 * any case are left before all is compared (bounds.c).
 */
typedef struct CltBounds
{
	float		start;			/* the prior, above the least weight that is
								 * kept */
	float		level[CLT_FS_MAX_COMPARISONS][16];	/* what a level adds,
													 * frequencies aside */
	float		same[CLT_FS_MAX_COMPARISONS];	/* ... any level of one value */
	float		other[CLT_FS_MAX_COMPARISONS];	/* ... of different values */
	float		apart[CLT_FS_MAX_COMPARISONS];	/* ... of values that are
												 * different for sure */
	/* where sketches have bits of frequencies (-1: nowhere), without these: */
	int			bits[CLT_FS_MAX_COMPARISONS];
	float		flawed[CLT_FS_MAX_COMPARISONS]; /* one value that does not
												 * count as such */
	float		near[CLT_FS_MAX_COMPARISONS];	/* names of nearly one writing */
	float		unlike[CLT_FS_MAX_COMPARISONS]; /* others in their places */
	float		any[CLT_FS_MAX_COMPARISONS];	/* ... of whatever is there */
	float		rest[CLT_FS_MAX_COMPARISONS + 1];	/* those from the n-th of
													 * CltComparer.order on */
	int			address;		/* the comparison that the next is of, or -1 */
	float		place[CLT_ADDRESS_CASES];	/* by levels of parts; 2: not
											 * known; without frequencies */
} CltBounds;

/* The comparisons of a model, made ready. */
typedef struct CltComparer
{
	const CltComparison *comparison;
	CltMemo    *const *memo;	/* NULL: nothing is remembered */
	int			n;
	CltManner	manner[CLT_FS_MAX_COMPARISONS];
	uint32_t	by_value;		/* a bit for each that is not made by itself */
	const CltColumn *column[CLT_EIGHT_COLUMNS]; /* whose sketches are looked
												 * at */
	int			fours[CLT_EIGHT_COLUMNS];	/* times four words of them */
	bool		apart_only[CLT_EIGHT_COLUMNS];	/* and only if the values are
												 * different */
	int			ncolumns;
	int			width;			/* eights that eight records take: one for
								 * each number of a column */
	/* addresses: level by the levels of the parts, two bits each */
	uint8_t		level[CLT_FS_MAX_COMPARISONS][CLT_ADDRESS_CASES];
	int			order[CLT_FS_MAX_COMPARISONS];	/* in which sketches are
												 * looked at */
	const CltBounds *bounds;	/* NULL: all pairs are compared */
} CltComparer;

/* What is known of eight pairs, and what is still to be looked at. */
typedef struct CltSeen
{
	CltLanes	gamma[2];		/* the lower half, the upper half */
	CltLanes	look;			/* a bit for each comparison that is not done */
	CltLanes	apart;			/* ... and whose values are different for sure */
	CltLanes	hopeless;		/* not 0: nothing can make it a pair that is
								 * kept */
	float		most[CLT_EIGHT] CLT_ALIGNED;	/* its weight at most */
	float		added[CLT_FS_MAX_COMPARISONS][CLT_EIGHT] CLT_ALIGNED;	/* of it, by each
																		 * comparison */
	CltLanes	part[CLT_FS_MAX_COMPARISONS];	/* addresses: levels of the
												 * parts, two bits each */
	CltLanes	unsure[CLT_FS_MAX_COMPARISONS]; /* a bit for each part that
												 * may be close, and
												 * CLT_ONE_LINE */
} CltSeen;

/* The streets may have one name. */
#define CLT_ONE_LINE (1u << CLT_ADDRESS_PARTS)

extern bool clt_address_by_cases(const CltComparison *cmp);
extern void clt_bounds_make(CltBounds *bounds, const CltComparer *comparer, const CltFsTable *table, double least);
extern void clt_comparer_bound(CltComparer *comparer, CltBounds *bounds);
extern void clt_comparer_init(CltComparer *comparer, const CltComparison *comparison, CltMemo *const *memo, int n);
extern void clt_eights_ask(const CltComparer *comparer, uint32_t row);
extern void clt_eights_take(const CltComparer *comparer, CltEight *eights, int lane, uint32_t row);
extern void clt_eights_ask_two(const CltComparer *comparer, uint32_t l, uint32_t r);
extern void clt_eights_take_two(const CltComparer *comparer, CltEight *left, CltEight *right, int lane, uint32_t l, uint32_t r);
extern void clt_eights_spread(const CltComparer *comparer, CltEight *eights, uint32_t row);
extern uint32_t clt_compare_eights(const CltComparer *comparer, const CltEight *left, const CltEight *right,
								   uint32_t lanes, CltCompared *pair);
extern void clt_see_eights_anywhere(const CltComparer *comparer, const CltEight *left, const CltEight *right, uint32_t lanes, CltSeen *seen);

/* Processors of this family may have wider registers: one library serves all of them. */
#if defined(__x86_64__) && defined(__linux__)
#define CLT_WIDE

/* clt_processor_is_widest: does this processor count the bits of eight numbers at once? */
static inline bool
clt_processor_is_widest(void)
{
	return __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
		__builtin_cpu_supports("avx512vpopcntdq") && __builtin_cpu_supports("bmi2");
}

extern void clt_see_eights_wide(const CltComparer *comparer, const CltEight *left, const CltEight *right, uint32_t lanes, CltSeen *seen);
extern void clt_see_eights_widest(const CltComparer *comparer, const CltEight *left, const CltEight *right, uint32_t lanes, CltSeen *seen);
#endif

#endif
