/*-------------------------------------------------------------------------
 *
 * jaro.c
 *		Jaro and Jaro-Winkler similarity: one machine word, or queues.
 *
 * If one of the strings has at most 64 units, the free positions of the other
 * one's partners are bits of a word (Jaro_impl.hpp of rapidfuzz shows the idea;
 * here the masks of the matched units are kept in order, so that counting the
 * transpositions needs neither the text again nor a second word).
 *
 * Above that the bit-parallel form costs |a| * window / 64 steps.  It is not
 * needed: the window's lower edge never moves back, so a position that was
 * passed over for a unit will never be taken later, and for each unit a queue
 * of its positions suffices.  That is linear, and so megabytes cost
 * milliseconds.
 *
 *-------------------------------------------------------------------------
 */
#include "similarity/jaro.h"

#include <string.h>

#include "similarity/pattern.h"

#define WINKLER_THRESHOLD	0.7
#define WINKLER_WEIGHT		0.1
#define WINKLER_PREFIX		4

/* More than any rounding error of the formulas below. */
#define SLACK				1e-9

#define TICK_UNITS			0x10000

#define NONE				UINT32_MAX

CLT_INLINE uint32_t
jaro_window(uint32_t alen, uint32_t blen)
{
	uint32_t	half = (alen > blen ? alen : blen) / 2;

	return half > 0 ? half - 1 : 0;
}

/* The formula, its operations in rapidfuzz' order so that the last bit agrees. */
CLT_INLINE double
jaro_formula(uint32_t alen, uint32_t blen, uint32_t matches, uint32_t out_of_order)
{
	double		m = matches;

	if (matches == 0)
		return 0.0;
	return (m / alen + m / blen + (m - out_of_order / 2) / m) / 3.0;
}

CLT_INLINE double
winkler_bonus(double jaro, uint32_t prefix)
{
	if (jaro > WINKLER_THRESHOLD)
	{
		jaro += prefix * WINKLER_WEIGHT * (1.0 - jaro);
		if (jaro > 1.0)
			jaro = 1.0;
	}
	return jaro;
}

/*
 * out_of_reach tells whether the cutoff is out of reach for strings of these
 * lengths, even if the whole of the shorter one matches in order.
 */
CLT_INLINE bool
out_of_reach(uint32_t alen, uint32_t blen, uint32_t prefix, double score_cutoff)
{
	uint32_t	least = alen < blen ? alen : blen;

	return winkler_bonus(jaro_formula(alen, blen, least, 0), prefix) + SLACK < score_cutoff;
}

/*
 * JARO_WORD compares when the pattern has 1 to 64 units.  MASK(j) is the mask
 * of the text's unit j; the macro makes one loop for each kind of lookup.
 */
#define JARO_WORD(result, patlen, textlen, MASK) \
do { \
	uint64_t	matched[CLT_WORD + 1]; \
	uint32_t	window = jaro_window(patlen, textlen); \
	uint32_t	end = (textlen) - (patlen) < window || (textlen) < (patlen) ? \
		(textlen) : (patlen) + window; \
	uint64_t	bound = window >= CLT_WORD - 1 ? ~UINT64_C(0) : (UINT64_C(2) << window) - 1; \
	uint64_t	taken = 0; \
	uint32_t	matches = 0; \
	uint32_t	out_of_order = 0; \
	uint32_t	j; \
	for (j = 0; j < end; j++) \
	{ \
		uint64_t	mask = MASK(j); \
		uint64_t	free_here = mask & bound & ~taken; \
		matched[matches] = mask;	/* kept if it is a match */ \
		matches += free_here != 0; \
		taken |= free_here & -free_here; \
		bound = bound << 1 | (j < window); \
	} \
	for (j = 0; j < matches; j++) \
	{ \
		out_of_order += (matched[j] & taken & -taken) == 0; \
		taken &= taken - 1; \
	} \
	(result) = jaro_formula(patlen, textlen, matches, out_of_order); \
} while (0)

static double
jaro_word_once(const uint8_t *pattern, uint32_t patlen, const uint8_t *text, uint32_t textlen)
{
	uint64_t	masks[256];
	double		result;

	clt_masks_once(masks, pattern, patlen, text, textlen);
#define MASK(j)		masks[text[j]]
	JARO_WORD(result, patlen, textlen, MASK);
#undef MASK
	return result;
}

static double
jaro_word_prepared(const CltPattern *pattern, CltChars text)
{
	const uint8_t *narrow = text.data;
	const uint32_t *wide = text.data;
	uint32_t	patlen = pattern->chars.len;
	double		result;

	if (!text.wide)
	{
#define MASK(j)		pattern->mask[narrow[j]]
		JARO_WORD(result, patlen, text.len, MASK);
#undef MASK
	}
	else if (!pattern->has_high)
	{
#define MASK(j)		(wide[j] < 256 ? pattern->mask[wide[j]] : 0)
		JARO_WORD(result, patlen, text.len, MASK);
#undef MASK
	}
	else
	{
#define MASK(j)		clt_pattern_mask(pattern, wide[j])
		JARO_WORD(result, patlen, text.len, MASK);
#undef MASK
	}
	return result;
}

/* Bytes for jaro_queues: queue heads, links, and the partner of each unit. */
static size_t
queue_bytes(size_t alen, size_t blen, size_t symbols)
{
	return (symbols + alen) * sizeof(uint32_t) + alen + blen;
}

/*
 * jaro_queues compares strings of any length.  Units are below "symbols".
 */
CLT_INLINE double
jaro_queues(const void *a, uint32_t alen, const void *b, uint32_t blen, bool wide,
			uint32_t symbols, void *scratch, CltTick tick)
{
	uint32_t   *head = scratch;
	uint32_t   *next = head + symbols;
	uint8_t    *a_taken = (uint8_t *) (next + alen);
	uint8_t    *b_taken = a_taken + alen;
	uint32_t	window = jaro_window(alen, blen);
	uint32_t	matches = 0;
	uint32_t	out_of_order = 0;
	uint32_t	i;
	uint32_t	j;

	memset(head, 0xFF, symbols * sizeof(uint32_t));
	memset(a_taken, 0, (size_t) alen + blen);
	for (i = alen; i-- > 0;)
	{
		uint32_t	unit = CLT_UNIT(a, i, wide);

		next[i] = head[unit];
		head[unit] = i;
	}
	for (j = 0; j < blen; j++)
	{
		uint32_t	unit = CLT_UNIT(b, j, wide);
		uint32_t	low = j > window ? j - window : 0;

		if (j % TICK_UNITS == 0 && tick)
			tick();
		i = head[unit];
		while (i != NONE && i < low)
			i = next[i];
		if (i != NONE && i <= j + window)
		{
			a_taken[i] = 1;
			b_taken[j] = 1;
			matches++;
			i = next[i];
		}
		head[unit] = i;
	}
	for (i = 0, j = 0; i < alen; i++)
	{
		if (!a_taken[i])
			continue;
		while (!b_taken[j])
			j++;
		out_of_order += CLT_UNIT(a, i, wide) != CLT_UNIT(b, j, wide);
		j++;
	}
	return jaro_formula(alen, blen, matches, out_of_order);
}

size_t
clt_jaro_scratch(size_t alen, size_t blen, bool wide)
{
	size_t		symbols = alen + blen + 1;

	if (!wide)
		return alen <= CLT_WORD || blen <= CLT_WORD ? 0 : queue_bytes(alen, blen, 256);
	if (symbols > CLT_MAX_SYMBOLS)
		symbols = CLT_MAX_SYMBOLS;
	return clt_symbols_scratch(alen, blen) + queue_bytes(alen, blen, symbols);
}

static double
jaro_long(CltChars a, CltChars b, void *scratch, CltTick tick)
{
	uint32_t	symbols;

	if (!a.wide && !b.wide)
		return jaro_queues(a.data, a.len, b.data, b.len, false, 256, scratch, tick);
	symbols = clt_symbols(&a, &b, scratch, tick);
	scratch = (char *) scratch + clt_symbols_scratch(a.len, b.len);
	return jaro_queues(a.data, a.len, b.data, b.len, true, symbols, scratch, tick);
}

/* jaro_core is Jaro's similarity of two strings that are not empty. */
CLT_INLINE double
jaro_core(CltChars a, CltChars b, void *scratch, CltTick tick)
{
	if (!a.wide && !b.wide)
	{
		CltChars	shorter = a.len < b.len ? a : b;
		CltChars	longer = a.len < b.len ? b : a;

		/* a step for each unit of the text: let that be the shorter one */
		if (longer.len <= CLT_WORD)
			return jaro_word_once(longer.data, longer.len, shorter.data, shorter.len);
		if (shorter.len <= CLT_WORD)
			return jaro_word_once(shorter.data, shorter.len, longer.data, longer.len);
	}
	return jaro_long(a, b, scratch, tick);
}

double
clt_jaro(CltChars a, CltChars b, double score_cutoff, void *scratch, CltTick tick)
{
	double		result;

	if (a.len == 0 || b.len == 0)
		result = a.len == b.len ? 1.0 : 0.0;
	else if (score_cutoff > 0 && out_of_reach(a.len, b.len, 0, score_cutoff))
		return 0.0;
	else
		result = jaro_core(a, b, scratch, tick);
	return result >= score_cutoff ? result : 0.0;
}

double
clt_jaro_winkler(CltChars a, CltChars b, double score_cutoff, void *scratch, CltTick tick)
{
	uint32_t	most = a.len < b.len ? a.len : b.len;
	uint32_t	prefix = 0;
	double		result;

	if (most > WINKLER_PREFIX)
		most = WINKLER_PREFIX;
	while (prefix < most &&
		   CLT_UNIT(a.data, prefix, a.wide) == CLT_UNIT(b.data, prefix, b.wide))
		prefix++;
	if (a.len == 0 || b.len == 0)
		result = a.len == b.len ? 1.0 : 0.0;
	else if (score_cutoff > 0 && out_of_reach(a.len, b.len, prefix, score_cutoff))
		return 0.0;
	else
		result = winkler_bonus(jaro_core(a, b, scratch, tick), prefix);
	return result >= score_cutoff ? result : 0.0;
}

CLT_INLINE double
pattern_core(const CltPattern *pattern, CltChars text, void *scratch)
{
	if (pattern->chars.len <= CLT_WORD)
		return jaro_word_prepared(pattern, text);
	return jaro_core(pattern->chars, text, scratch, NULL);
}

double
clt_pattern_jaro_winkler(const CltPattern *pattern, CltChars text, double score_cutoff,
						 void *scratch)
{
	uint32_t	patlen = pattern->chars.len;
	uint32_t	most = patlen < text.len ? patlen : text.len;
	uint32_t	prefix = 0;
	double		result;

	if (most > WINKLER_PREFIX)
		most = WINKLER_PREFIX;
	while (prefix < most && pattern->start[prefix] == CLT_UNIT(text.data, prefix, text.wide))
		prefix++;
	if (patlen == 0 || text.len == 0)
		result = patlen == text.len ? 1.0 : 0.0;

	else if (score_cutoff > 0 && out_of_reach(patlen, text.len, prefix, score_cutoff))
		return 0.0;
	else
		result = winkler_bonus(pattern_core(pattern, text, scratch), prefix);
	return result >= score_cutoff ? result : 0.0;
}
