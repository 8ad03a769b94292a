/*
 * measures.h
 *		What the number of baskets with A, with B and with both says about A and B.
 *
 * Pure: no server header, no allocation, no error raised.
 */
#ifndef CLT_AFFINITY_MEASURES_H
#define CLT_AFFINITY_MEASURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The four counts every measure is made of. */
typedef struct CltPairCounts
{
	uint64_t	n;				/* baskets */
	uint64_t	nx;				/* with the antecedent */
	uint64_t	ny;				/* with the consequent */
	uint64_t	nxy;			/* with both */
} CltPairCounts;

typedef enum CltMeasure
{
	CLT_M_PAIR_COUNT,
	CLT_M_SUPPORT,
	CLT_M_CONFIDENCE,
	CLT_M_REVERSE_CONFIDENCE,
	CLT_M_LIFT,
	CLT_M_LEVERAGE,
	CLT_M_CONVICTION,
	CLT_M_ZHANG,
	CLT_M_JACCARD,
	CLT_M_COSINE,
	CLT_M_KULCZYNSKI,
	CLT_M_IMBALANCE,
	CLT_M_PHI,
	CLT_M_ODDS_RATIO,
	CLT_M_LOG_LIKELIHOOD_RATIO,
	CLT_M_CHI_SQUARED,
	CLT_M_P_VALUE,
	CLT_M_LOG10_P_VALUE,
	CLT_M_COUNT
} CltMeasure;

/* -1 when no measure has that name. */
extern int	clt_measure_by_name(const char *name);

/* False means undefined (SQL NULL); true and *value otherwise, which may be infinite. */
extern bool clt_measure(int measure, const CltPairCounts *c, double *value);

/* ln P(H >= nxy), H hypergeometric: Fisher's exact test, one-sided "greater". */
extern double clt_log_p_greater(const CltPairCounts *c);

/* Smallest count that is a share of n: rounds up, but not for a rounding error. */
extern uint64_t clt_count_from_share(double share, uint64_t n);

#endif
