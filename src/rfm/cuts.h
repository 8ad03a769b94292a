/*-------------------------------------------------------------------------
 *
 * cuts.h
 *	  Where the classes of recency, frequency and monetary value begin.
 *	  No server header.
 *
 * Every dimension is turned so that more is better: recency enters as minus
 * the days since the last order.  bins classes have bins - 1 cut points in
 * ascending order, and a value's class is 1 + how many it has reached.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CLT_RFM_CUTS_H
#define CLT_RFM_CUTS_H

#include "rfm/decimal.h"

#define CLT_RFM_MIN_BINS 2
#define CLT_RFM_MAX_BINS 10
#define CLT_RFM_DIMENSIONS 3

/* Decimal places that interpolated cut points get beyond those of the values. */
#define CLT_RFM_CUT_PLACES 6

/* A cut point that no value reaches. */
#define CLT_RFM_NO_CUT CLT_INT128_MAX

typedef enum RfmRule
{
	CLT_RFM_RULE_LOW,			/* 1 + floor(bins * percent_rank) */
	CLT_RFM_RULE_HIGH,			/* ceil(bins * cume_dist) */
	CLT_RFM_RULE_DISC,			/* classes end at percentile_disc */
	CLT_RFM_RULE_R,				/* classes of the R package rfm */
	CLT_RFM_RULE_NTILE,			/* equally full classes, equal values split */
	CLT_RFM_RULE_FIXED			/* cut points given by hand */
} RfmRule;

#define CLT_RFM_RULES 6

/* Values of one dimension: 64 bits wide unless one of them does not fit. */
typedef struct RfmValues
{
	size_t		count;
	int64_t    *narrow;			/* either this */
	CltInt128  *wide;			/* or this */
} RfmValues;

/* A value and where its row stands in the order that breaks ties. */
typedef struct RfmPlaced
{
	CltInt128	value;
	size_t		row;
} RfmPlaced;

extern const char *clt_rfm_rule_name(RfmRule rule);
extern bool clt_rfm_rule_by_name(const char *name, size_t len, RfmRule *rule);
extern void clt_rfm_sort_narrow(int64_t *values, int64_t *scratch, size_t n);
extern void clt_rfm_sort_wide(CltInt128 * values, CltInt128 * scratch, size_t n);
extern void clt_rfm_sort_placed(RfmPlaced *rows, RfmPlaced *scratch, size_t n);
extern int	clt_rfm_ntile(size_t position, size_t count, int bins);
extern int	clt_rfm_cut_places(RfmRule rule);
extern void clt_rfm_cut_points(const RfmValues *sorted, RfmRule rule, bool is_recency, int bins,
							   int scale, CltInt128 * cuts);
extern size_t clt_rfm_count_below(const RfmValues *sorted, CltInt128 value, bool or_equal);

static inline CltInt128
clt_rfm_value(const RfmValues *v, size_t i)
{
	return v->wide ? v->wide[i] : (CltInt128) v->narrow[i];
}

/* Does a value have to exceed a cut point to be above it, or only to reach it? */
static inline bool
clt_rfm_cut_is_strict(RfmRule rule, bool is_recency)
{
	return rule == CLT_RFM_RULE_DISC || (rule == CLT_RFM_RULE_R && is_recency);
}

/* The class, 1..bins, of a value of the same scale as the cut points. */
static inline int
clt_rfm_class(CltInt128 value, const CltInt128 * cuts, int bins, bool strict)
{
	int			result = 1;

	for (int i = 0; i < bins - 1; i++)
		result += strict ? value > cuts[i] : value >= cuts[i];
	return result;
}

#endif							/* CLT_RFM_CUTS_H */
