/*-------------------------------------------------------------------------
 *
 * summary.h
 *	  What is kept of one customer's orders.  No server header.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CLT_RFM_SUMMARY_H
#define CLT_RFM_SUMMARY_H

#include "rfm/decimal.h"

#define CLT_RFM_VERSION 1

/* Which clock the times of a summary were read from. */
typedef enum RfmClock
{
	CLT_RFM_NO_CLOCK = 0,		/* no order seen yet */
	CLT_RFM_INSTANT = 1,		/* timestamptz: an instant */
	CLT_RFM_WALL = 2			/* timestamp or date: what a wall clock showed */
} RfmClock;

/* A 128-bit number that may lie at an address divisible by 8 only. */
typedef struct RfmWide
{
	uint64_t	low;
	int64_t		high;
} RfmWide;

/*
 * The SQL type rfm_summary: 64 bytes, passed by reference, changed in place
 * by its aggregates.  Sales and refunds are summed apart: each sum only moves
 * away from zero, so whether one overflows does not depend on the order.
 */
typedef struct RfmSummary
{
	uint8_t		version;
	uint8_t		clock;			/* RfmClock */
	uint8_t		scale;			/* decimal places of both sums */
	uint8_t		reserved;		/* zero */
	uint32_t	refunds;		/* rows with an amount below zero */
	int64_t		orders;			/* the other rows */
	int64_t		first_at;		/* of the orders: microseconds since 2000; 0
								 * if none */
	int64_t		last_at;
	RfmWide		sales;			/* >= 0 */
	RfmWide		refunded;		/* <= 0 */
} RfmSummary;

typedef enum RfmError
{
	CLT_RFM_OK = 0,
	CLT_RFM_SUM_RANGE,			/* a sum needs more than 38 digits */
	CLT_RFM_COUNT_RANGE,
	CLT_RFM_MIXED_CLOCKS
} RfmError;

static inline CltInt128
clt_rfm_wide_get(const RfmWide *w)
{
	return (CltInt128) (((unsigned __int128) (uint64_t) w->high << 64) | w->low);
}

static inline void
clt_rfm_wide_set(RfmWide *w, CltInt128 v)
{
	w->low = (uint64_t) v;
	w->high = (int64_t) (v >> 64);
}

extern RfmError clt_rfm_summary_add(RfmSummary *s, RfmClock clock, int64_t at, CltInt128 amount, int scale);
extern RfmError clt_rfm_summary_merge(RfmSummary *into, const RfmSummary *other);
extern const char *clt_rfm_summary_broken(const RfmSummary *s);
extern int	clt_rfm_summary_compare(const RfmSummary *a, const RfmSummary *b);
extern uint64_t clt_rfm_summary_hash(const RfmSummary *s, uint64_t seed);
extern CltInt128 clt_rfm_summary_net(const RfmSummary *s);

#endif							/* CLT_RFM_SUMMARY_H */
