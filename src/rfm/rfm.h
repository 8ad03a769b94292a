/*-------------------------------------------------------------------------
 *
 * rfm.h
 *	  What the server-side files of module rfm share.
 *
 * Include after postgres.h.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CLT_RFM_RFM_H
#define CLT_RFM_RFM_H

#include "datatype/timestamp.h"
#include "fmgr.h"
#include "utils/palloc.h"
#include "utils/varlena.h"

#include "core/compat.h"
#include "rfm/cuts.h"
#include "rfm/decimal.h"
#include "rfm/summary.h"

/* Dimensions, in the order of their letters. */
#define CLT_R 0
#define CLT_F 1
#define CLT_M 2

/* An rfm_score is an int4 by value: recency, frequency, monetary class in one byte each. */
typedef uint32 RfmScore;

#define CLT_RFM_SCORE(r, f, m) \
	((RfmScore) (((uint32) (r) << 16) | ((uint32) (f) << 8) | (uint32) (m)))
#define CLT_RFM_SCORE_R(s) ((int) (((s) >> 16) & 0xFF))
#define CLT_RFM_SCORE_F(s) ((int) (((s) >> 8) & 0xFF))
#define CLT_RFM_SCORE_M(s) ((int) ((s) & 0xFF))
#define CLT_RFM_SCORE_BUFSIZE 16

#define PG_GETARG_RFM_SUMMARY_P(n) ((RfmSummary *) PG_GETARG_POINTER(n))
#define PG_GETARG_RFM_SCORE(n) ((RfmScore) PG_GETARG_INT32(n))
#define PG_RETURN_RFM_SCORE(s) PG_RETURN_INT32((int32) (s))

/* The moment up to which orders count, on both clocks, and its local day. */
typedef struct RfmAsOf
{
	TimestampTz instant;
	Timestamp	wall;
	int64		day;
} RfmAsOf;

/* Cut points of the three dimensions; nested ones have a group per class above. */
typedef struct RfmCutSet
{
	RfmRule		rule;
	int			bins;
	bool		nested;
	int			scale[CLT_RFM_DIMENSIONS];
	CltInt128  *cuts[CLT_RFM_DIMENSIONS];	/* groups * (bins - 1) each */
} RfmCutSet;

/* A cut set made ready for values of one scale. */
typedef struct RfmScorer
{
	RfmCutSet	set;
	int			money_scale;	/* of the values; -1 before the first */
	CltInt128  *reach[CLT_RFM_DIMENSIONS];	/* value >= reach is above the cut */
} RfmScorer;

/* The values of a population, column by column. */
typedef struct RfmPopulation
{
	MemoryContext context;
	size_t		count;
	size_t		capacity;
	int			scale;			/* of money */
	int64	   *recency;		/* minus the days since the last order */
	int64	   *frequency;
	int64	   *money;			/* NULL once a value did not fit */
	CltInt128  *money_wide;
} RfmPopulation;

/* Which segment each score belongs to. */
typedef struct RfmScheme
{
	int			bins;
	int			count;			/* of segments */
	text	  **segment;
	int16		of_score[CLT_RFM_MAX_BINS * CLT_RFM_MAX_BINS * CLT_RFM_MAX_BINS];	/* -1: none */
} RfmScheme;

/* A value at which shares of the population are known (see bins.c). */
typedef struct RfmPoint
{
	RfmWide		value;
	uint32		below;			/* customers below value */
	uint32		upto;			/* customers not above it */
} RfmPoint;

/* The SQL type rfm_bins. */
typedef struct RfmBins
{
	int32		vl_len_;
	uint8		version;
	uint8		flags;			/* RFM_BINS_NESTED */
	uint16		reserved;		/* zero */
	uint8		rule;
	uint8		bins;
	uint8		scale[CLT_RFM_DIMENSIONS];
	uint8		npoints[CLT_RFM_DIMENSIONS];
	int64		customers;		/* 0: given by hand, no points */
	/* cut points of R, F, M, then points of R, F, M */
	RfmWide		data[FLEXIBLE_ARRAY_MEMBER];
} RfmBins;

#define RFM_BINS_NESTED 0x01
#define RFM_BINS_MAX_POINTS 32

#define PG_GETARG_RFM_BINS_P(n) ((RfmBins *) PG_DETOAST_DATUM(PG_GETARG_DATUM(n)))

/* days.c */
extern int64 clt_rfm_local_day(RfmClock clock, int64 at);
extern void clt_rfm_set_as_of(RfmAsOf *as_of, TimestampTz at);
extern int64 clt_rfm_days_since(const RfmSummary *s, const RfmAsOf *as_of);

/* summary_type.c */
pg_noreturn extern void clt_rfm_raise(RfmError error);
extern void clt_rfm_numeric_amount(Datum value, CltInt128 * amount, int *scale);
extern void clt_rfm_float_amount(double value, int digits, CltInt128 * amount, int *scale);
extern Datum clt_rfm_make_numeric(CltInt128 value, int scale);

/* score_type.c */
extern int	clt_rfm_score_print(char *buf, RfmScore score);

/* population.c */
extern RfmRule clt_rfm_rule_from_text(const text *name);
extern void clt_rfm_check_bins(int bins);
extern int	clt_rfm_groups(const RfmCutSet *set, int dimension);
extern RfmPopulation *clt_rfm_population_create(MemoryContext context, size_t expected);
extern void clt_rfm_population_reserve(RfmPopulation *p, size_t capacity);
extern void clt_rfm_population_add(RfmPopulation *p, int64 recency, int64 frequency,
								   CltInt128 money, int scale);
extern void clt_rfm_find_cuts(const RfmPopulation *p, RfmRule rule, int bins, bool nested,
							  RfmCutSet *set);
extern RfmScore *clt_rfm_score_ntile(const RfmPopulation *p, int bins, bool nested,
									 const size_t *tiebreak);
extern void clt_rfm_scorer_init(RfmScorer *scorer, const RfmCutSet *set);
extern void clt_rfm_scorer_set_scale(RfmScorer *scorer, int money_scale);
extern void clt_rfm_sorted_money(const RfmPopulation *p, RfmValues *values);
extern void clt_rfm_sorted_column(const int64 *column, size_t n, RfmValues *values);

/* bins.c */
extern RfmBins *clt_rfm_bins_of(const RfmPopulation *p, RfmRule rule, int bins, bool nested);
extern void clt_rfm_bins_unpack(const RfmBins *bins, RfmCutSet *set);

/* segment.c */
extern RfmScheme *clt_rfm_load_scheme(const char *name);
extern int	clt_rfm_segment_of(const RfmScheme *scheme, RfmScore score);

/* Scores one customer whose money has the scale set last. */
static inline RfmScore
clt_rfm_scorer_score(const RfmScorer *s, int64 recency, int64 frequency, CltInt128 money)
{
	int			bins = s->set.bins;
	int			cuts = bins - 1;
	int			r,
				f,
				m;

	r = clt_rfm_class(recency, s->reach[CLT_R], bins, false);
	if (!s->set.nested)
	{
		f = clt_rfm_class(frequency, s->reach[CLT_F], bins, false);
		m = clt_rfm_class(money, s->reach[CLT_M], bins, false);
	}
	else
	{
		f = clt_rfm_class(frequency, s->reach[CLT_F] + (r - 1) * cuts, bins, false);
		m = clt_rfm_class(money, s->reach[CLT_M] + ((r - 1) * bins + f - 1) * cuts, bins, false);
	}
	return CLT_RFM_SCORE(r, f, m);
}

#endif							/* CLT_RFM_RFM_H */
