/*-------------------------------------------------------------------------
 *
 * cuts.c
 *	  Cut points under each tie rule, and the sorting they need.
 *
 * With N values, #less(v) and #atmost(v) of them below and not above v, and
 * n classes:
 *
 *	low		1 + floor(n * #less(v) / (N - 1)): a value is as good as the share
 *			of the others that it beats; a lone value is in class 1
 *	high	ceil(n * #atmost(v) / N): ... that it beats or equals; a lone value
 *			is in class n
 *	disc	1 + how many of percentile_disc(1/n), (2/n) ... lie below v
 *	r		1 + how many of quantile(1/n) + 1 ... are <= v, quantiles of R's
 *			type 7; for recency on the days, the classes then reversed
 *
 * Each is a step function of v, so it has cut points, and equal values fall
 * into equal classes.  Under ntile they do not: it has no cut points.
 *
 *-------------------------------------------------------------------------
 */
#include "rfm/cuts.h"

#include <string.h>

static const char *const rule_names[CLT_RFM_RULES] = {
	"low", "high", "disc", "r", "ntile", "fixed"
};

const char *
clt_rfm_rule_name(RfmRule rule)
{
	return rule_names[rule];
}

bool
clt_rfm_rule_by_name(const char *name, size_t len, RfmRule *rule)
{
	for (int i = 0; i < CLT_RFM_RULES; i++)
	{
		if (strlen(rule_names[i]) == len && memcmp(rule_names[i], name, len) == 0)
		{
			*rule = (RfmRule) i;
			return true;
		}
	}
	return false;
}

#define RADIX_BITS 11
#define RADIX_SIZE (1 << RADIX_BITS)
#define RADIX_MASK (RADIX_SIZE - 1)

/* Below this, insertion sort. */
#define SMALL_SORT 24

/*
 * Radix sort from the least significant digit of what the values exceed the
 * least of them by: days and counts of orders mostly have one digit.
 */
#define DEFINE_RADIX_SORT(name, type, utype, bits) \
void \
name(type *values, type *scratch, size_t n) \
{ \
	type		least; \
	type		most; \
	utype		range; \
	type	   *from = values; \
	type	   *to = scratch; \
\
	if (n <= SMALL_SORT) \
	{ \
		for (size_t i = 1; i < n; i++) \
		{ \
			type		v = values[i]; \
			size_t		j = i; \
\
			for (; j > 0 && values[j - 1] > v; j--) \
				values[j] = values[j - 1]; \
			values[j] = v; \
		} \
		return; \
	} \
	least = most = values[0]; \
	for (size_t i = 1; i < n; i++) \
	{ \
		least = values[i] < least ? values[i] : least; \
		most = values[i] > most ? values[i] : most; \
	} \
	range = (utype) most - (utype) least; \
	for (int shift = 0; shift < (bits) && (range >> shift) != 0; shift += RADIX_BITS) \
	{ \
		size_t		start[RADIX_SIZE] = {0}; \
		size_t		total = 0; \
		type	   *swap; \
\
		for (size_t i = 0; i < n; i++) \
			start[(int) (((utype) from[i] - (utype) least) >> shift) & RADIX_MASK]++; \
		for (int d = 0; d < RADIX_SIZE; d++) \
		{ \
			size_t		count = start[d]; \
\
			start[d] = total; \
			total += count; \
		} \
		for (size_t i = 0; i < n; i++) \
			to[start[(int) (((utype) from[i] - (utype) least) >> shift) & RADIX_MASK]++] = from[i]; \
		swap = from; \
		from = to; \
		to = swap; \
	} \
	if (from != values) \
		memcpy(values, from, n * sizeof(type)); \
}

DEFINE_RADIX_SORT(clt_rfm_sort_narrow, int64_t, uint64_t, 64)
DEFINE_RADIX_SORT(clt_rfm_sort_wide, CltInt128, unsigned __int128, 128)

/* Merge sort by value; rows that are equal keep their order. */
void
clt_rfm_sort_placed(RfmPlaced *rows, RfmPlaced *scratch, size_t n)
{
	RfmPlaced  *from = rows;
	RfmPlaced  *to = scratch;

	for (size_t width = 1; width < n; width *= 2)
	{
		RfmPlaced  *swap;

		for (size_t left = 0; left < n; left += 2 * width)
		{
			size_t		middle = left + width < n ? left + width : n;
			size_t		right = left + 2 * width < n ? left + 2 * width : n;
			size_t		a = left;
			size_t		b = middle;

			for (size_t out = left; out < right; out++)
			{
				if (a < middle && (b >= right || from[a].value <= from[b].value))
					to[out] = from[a++];
				else
					to[out] = from[b++];
			}
		}
		swap = from;
		from = to;
		to = swap;
	}
	if (from != rows)
		memcpy(rows, from, n * sizeof(RfmPlaced));
}

/* The class of the row at a position (from 0), as SQL's ntile gives it. */
int
clt_rfm_ntile(size_t position, size_t count, int bins)
{
	size_t		size = count / (size_t) bins;
	size_t		larger = count % (size_t) bins;

	if (position < larger * (size + 1))
		return (int) (position / (size + 1)) + 1;
	return (int) ((position - larger) / size) + 1;
}

/* Decimal places that the rule's cut points need beyond those of the values. */
int
clt_rfm_cut_places(RfmRule rule)
{
	return rule == CLT_RFM_RULE_R ? CLT_RFM_CUT_PLACES : 0;
}

/* How many of the sorted values lie below value, or not above it. */
size_t
clt_rfm_count_below(const RfmValues *sorted, CltInt128 value, bool or_equal)
{
	size_t		low = 0;
	size_t		high = sorted->count;

	while (low < high)
	{
		size_t		middle = low + (high - low) / 2;
		CltInt128	v = clt_rfm_value(sorted, middle);

		if (or_equal ? v <= value : v < value)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* k * count / bins without overflow, and the remainder of that division. */
static size_t
share(size_t count, int k, int bins, int *rest)
{
	unsigned	__int128 product = (unsigned __int128) count * (unsigned) k;

	*rest = (int) (product % (unsigned) bins);
	return (size_t) (product / (unsigned) bins);
}

/*
 * R's quantile(v, k / bins), type 7, plus one unit, with CLT_RFM_CUT_PLACES
 * more places than the values.  Rounding up at that place is as good as the
 * exact fraction: no value lies between the two.
 */
static CltInt128
cut_r(const RfmValues *sorted, bool reversed, int k, int bins, int scale)
{
	int			rest;
	size_t		n = sorted->count;
	size_t		i = share(n - 1, k, bins, &rest);
	size_t		next = i + 1 < n ? i + 1 : i;
	CltInt128	low = clt_rfm_value(sorted, reversed ? n - 1 - i : i);
	CltInt128	high = clt_rfm_value(sorted, reversed ? n - 1 - next : next);
	CltInt128	unit = 1;
	CltInt128	part;

	if (reversed)
	{
		low = -low;
		high = -high;
	}
	part = high - low;
	if (!clt_decimal_shift(&unit, scale) ||
		__builtin_add_overflow(low, unit, &low) ||
		!clt_decimal_shift(&low, CLT_RFM_CUT_PLACES) ||
		!clt_decimal_shift(&part, CLT_RFM_CUT_PLACES) ||
		__builtin_mul_overflow(part, (CltInt128) rest, &part) ||
		__builtin_add_overflow(low, (part + bins - 1) / bins, &low))
		return CLT_RFM_NO_CUT;
	return low;
}

/*
 * Finds the bins - 1 cut points of the sorted values, ascending.  Their scale
 * is that of the values plus clt_rfm_cut_places(rule).  There must be at
 * least one value, and the rule must have cut points to find.
 */
void
clt_rfm_cut_points(const RfmValues *sorted, RfmRule rule, bool is_recency, int bins,
				   int scale, CltInt128 * cuts)
{
	size_t		n = sorted->count;

	for (int k = 1; k < bins; k++)
	{
		CltInt128	cut = CLT_RFM_NO_CUT;
		int			rest;
		size_t		i;

		switch (rule)
		{
			case CLT_RFM_RULE_LOW:
				/* the least v with bins * #less(v) >= k * (n - 1) */
				if (n == 1)
					break;
				i = share(n - 1, k, bins, &rest);
				if (rest > 0)
					i++;
				cut = clt_rfm_value(sorted, i);
				if (clt_rfm_value(sorted, i - 1) == cut)
				{
					/* in the middle of equal values: the next greater one */
					i = clt_rfm_count_below(sorted, cut, true);
					cut = i < n ? clt_rfm_value(sorted, i) : CLT_RFM_NO_CUT;
				}
				break;
			case CLT_RFM_RULE_HIGH:
				/* the least v with bins * #atmost(v) > k * n */
				cut = clt_rfm_value(sorted, share(n, k, bins, &rest));
				break;
			case CLT_RFM_RULE_DISC:
				i = share(n, k, bins, &rest);
				if (rest == 0)
					i--;
				cut = clt_rfm_value(sorted, i);
				break;
			case CLT_RFM_RULE_R:
				if (!is_recency)
					cut = cut_r(sorted, false, k, bins, scale);
				else
				{
					cut = cut_r(sorted, true, bins - k, bins, scale);
					if (cut != CLT_RFM_NO_CUT)
						cut = -cut;
				}
				break;
			case CLT_RFM_RULE_NTILE:
			case CLT_RFM_RULE_FIXED:
				break;
		}
		cuts[k - 1] = cut;
	}
}
