/*-------------------------------------------------------------------------
 *
 * summary.c
 *	  Adding to and merging what is kept of one customer's orders.
 *
 * Adding and merging commute and associate, results and errors alike, so a
 * parallel plan, a shard or yesterday's total give what one pass would give.
 *
 *-------------------------------------------------------------------------
 */
#include "rfm/summary.h"

#include "core/hash.h"

/* What a timestamp holds, from 4713 BC to 294276 AD, in microseconds since 2000. */
#define LEAST_TIME INT64_C(-211813488000000000)
#define END_TIME INT64_C(9223371331200000000)

static bool
is_in_range(CltInt128 sum)
{
	return sum > -CLT_DECIMAL_LIMIT && sum < CLT_DECIMAL_LIMIT;
}

/* Brings both sums to more decimal places. */
static bool
widen_scale(RfmSummary *s, int scale)
{
	CltInt128	sales = clt_rfm_wide_get(&s->sales);
	CltInt128	refunded = clt_rfm_wide_get(&s->refunded);

	if (!clt_decimal_shift(&sales, scale - s->scale) ||
		!clt_decimal_shift(&refunded, scale - s->scale) ||
		!is_in_range(sales) || !is_in_range(refunded))
		return false;
	clt_rfm_wide_set(&s->sales, sales);
	clt_rfm_wide_set(&s->refunded, refunded);
	s->scale = (uint8_t) scale;
	return true;
}

static RfmError
add_to_sum(RfmSummary *s, RfmWide *sum, CltInt128 amount, int scale)
{
	CltInt128	total;

	if (scale < s->scale)
	{
		if (!clt_decimal_shift(&amount, s->scale - scale))
			return CLT_RFM_SUM_RANGE;
	}
	else if (scale > s->scale)
	{
		if (!widen_scale(s, scale))
			return CLT_RFM_SUM_RANGE;
	}
	total = clt_rfm_wide_get(sum);
	if (__builtin_add_overflow(total, amount, &total) || !is_in_range(total))
		return CLT_RFM_SUM_RANGE;
	clt_rfm_wide_set(sum, total);
	return CLT_RFM_OK;
}

/*
 * Adds one row.  An amount below zero is a refund: it lowers what the
 * customer has brought in, but is no order and no sign of life.
 */
RfmError
clt_rfm_summary_add(RfmSummary *s, RfmClock clock, int64_t at, CltInt128 amount, int scale)
{
	if (s->clock != (uint8_t) clock)
	{
		if (s->clock != CLT_RFM_NO_CLOCK)
			return CLT_RFM_MIXED_CLOCKS;
		s->clock = (uint8_t) clock;
	}
	if (amount < 0)
	{
		if (s->refunds == UINT32_MAX)
			return CLT_RFM_COUNT_RANGE;
		s->refunds++;
		return add_to_sum(s, &s->refunded, amount, scale);
	}
	if (s->orders == 0)
		s->first_at = s->last_at = at;
	else if (at > s->last_at)
		s->last_at = at;
	else if (at < s->first_at)
		s->first_at = at;
	if (s->orders == INT64_MAX)
		return CLT_RFM_COUNT_RANGE;
	s->orders++;
	return add_to_sum(s, &s->sales, amount, scale);
}

/* Adds what another summary holds. */
RfmError
clt_rfm_summary_merge(RfmSummary *into, const RfmSummary *other)
{
	RfmError	error;

	if (other->clock == CLT_RFM_NO_CLOCK)
		return CLT_RFM_OK;
	if (into->clock == CLT_RFM_NO_CLOCK)
		into->clock = other->clock;
	else if (into->clock != other->clock)
		return CLT_RFM_MIXED_CLOCKS;

	if (other->orders > 0)
	{
		if (into->orders == 0)
		{
			into->first_at = other->first_at;
			into->last_at = other->last_at;
		}
		else
		{
			if (other->first_at < into->first_at)
				into->first_at = other->first_at;
			if (other->last_at > into->last_at)
				into->last_at = other->last_at;
		}
	}
	if (__builtin_add_overflow(into->orders, other->orders, &into->orders) ||
		__builtin_add_overflow(into->refunds, other->refunds, &into->refunds))
		return CLT_RFM_COUNT_RANGE;
	error = add_to_sum(into, &into->sales, clt_rfm_wide_get(&other->sales), other->scale);
	if (error == CLT_RFM_OK)
		error = add_to_sum(into, &into->refunded, clt_rfm_wide_get(&other->refunded), other->scale);
	return error;
}

/* The rule that a summary breaks, or NULL if it is sound. */
const char *
clt_rfm_summary_broken(const RfmSummary *s)
{
	CltInt128	sales = clt_rfm_wide_get(&s->sales);
	CltInt128	refunded = clt_rfm_wide_get(&s->refunded);

	if (s->version != CLT_RFM_VERSION || s->reserved != 0)
		return "The format is not known.";
	if (s->clock > CLT_RFM_WALL)
		return "The clock must be none, instant or wall.";
	if (s->scale > CLT_DECIMAL_MAX_SCALE)
		return "There are too many decimal places.";
	if (s->orders < 0)
		return "The number of orders must not be negative.";
	if (s->first_at > s->last_at)
		return "The first order must not be later than the last.";
	if (s->orders == 0 && (s->first_at != 0 || s->last_at != 0 || sales != 0))
		return "Without orders there can be neither times nor sales.";
	if (s->orders > 0 && (s->first_at < LEAST_TIME || s->last_at >= END_TIME))
		return "Times must be finite, and those of a timestamp.";
	if (!is_in_range(sales) || !is_in_range(refunded))
		return "Sums have at most 38 digits.";
	if (sales < 0)
		return "Sales must not be negative.";
	if (refunded > 0 || (refunded == 0) != (s->refunds == 0))
		return "Refunds must be below zero if there are any.";
	if ((s->clock == CLT_RFM_NO_CLOCK) != (s->orders == 0 && s->refunds == 0))
		return "The clock must be given if and only if there are orders or refunds.";
	return NULL;
}

/* Sales less refunds: of opposite signs, so this cannot overflow. */
CltInt128
clt_rfm_summary_net(const RfmSummary *s)
{
	return clt_rfm_wide_get(&s->sales) + clt_rfm_wide_get(&s->refunded);
}

/* Less, equal, greater: -1, 0, 1.  What the same sum is written with, 1.5 or 1.50, does not matter. */
int
clt_rfm_summary_compare(const RfmSummary *a, const RfmSummary *b)
{
	if (a->clock != b->clock)
		return a->clock < b->clock ? -1 : 1;
	if (a->last_at != b->last_at)
		return a->last_at < b->last_at ? -1 : 1;
	if (a->orders != b->orders)
		return a->orders < b->orders ? -1 : 1;
	if (a->first_at != b->first_at)
		return a->first_at < b->first_at ? -1 : 1;
	if (a->refunds != b->refunds)
		return a->refunds < b->refunds ? -1 : 1;
	return clt_decimal_compare(clt_rfm_wide_get(&a->sales), a->scale, clt_rfm_wide_get(&b->sales), b->scale) * 2 +
		clt_decimal_compare(clt_rfm_wide_get(&a->refunded), a->scale, clt_rfm_wide_get(&b->refunded), b->scale);
}

static uint64_t
hash_sum(const RfmWide *sum, int scale, uint64_t seed)
{
	CltInt128	v = clt_rfm_wide_get(sum);

	/* the same for 1.5 and 1.50 */
	for (; scale > 0 && v % 10 == 0 && v != 0; scale--)
		v /= 10;
	return v == 0 ? clt_hash_u64(0, seed) :
		clt_hash_u64((uint64_t) v, clt_hash_u64((uint64_t) (v >> 64), seed ^ (uint64_t) scale));
}

/* Equal summaries have equal hashes. */
uint64_t
clt_rfm_summary_hash(const RfmSummary *s, uint64_t seed)
{
	uint64_t	h = clt_hash_u64((uint64_t) s->last_at, seed ^ s->clock);

	h = clt_hash_u64((uint64_t) s->first_at, h);
	h = clt_hash_u64((uint64_t) s->orders, h);
	h = clt_hash_u64(s->refunds, h);
	h = hash_sum(&s->sales, s->scale, h);
	return hash_sum(&s->refunded, s->scale, h);
}
