/*-------------------------------------------------------------------------
 *
 * pattern.h
 *		One string prepared for comparison with many.
 *
 * The bit-parallel kernels ask one thing of the pattern: at which positions
 * does this unit stand?  The answer is a 64-bit mask, found in a table of 256
 * for the units below 256 and in a chained hash table for the others.  To build
 * that costs about as much as two comparisons; whoever compares a value with
 * all others of its block builds it once:
 *
 *		CltPattern	pattern;
 *
 *		clt_pattern_prepare(&pattern, name);
 *		for (i = 0; i < n; i++)
 *			score[i] = clt_pattern_jaro_winkler(&pattern, other[i], 0.7, scratch);
 *
 * The texts may be narrow or wide whatever the pattern is, provided that all
 * of them are plain code points (clt_chars_pair_utf8's symbols mean something
 * only within their pair).  The pattern's characters are not copied: they have
 * to stay where they are as long as it is used.
 *
 * Above CLT_WORD units the same function works, without the advantage, and
 * needs scratch memory (clt_jaro_scratch); below, scratch may be NULL.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CLT_SIMILARITY_PATTERN_H
#define CLT_SIMILARITY_PATTERN_H

#include "similarity/chars.h"

#define CLT_WORD			64

typedef struct CltPattern
{
	CltChars	chars;
	bool		has_high;		/* some unit is 256 or more */
	uint32_t	start[4];		/* the first units, for Winkler's prefix */
	uint64_t	mask[256];
	uint8_t		high_head[256]; /* by low byte of the unit; 0 is none */
	uint8_t		high_next[CLT_WORD];
	uint8_t		high_used;
	uint32_t	high_unit[CLT_WORD];
	uint64_t	high_mask[CLT_WORD];
} CltPattern;

extern void clt_pattern_prepare(CltPattern *pattern, CltChars chars);

/* Similarity from 0 to 1; 0 where the true one is below the cutoff. */
extern double clt_pattern_jaro_winkler(const CltPattern *pattern, CltChars text,
									   double score_cutoff, void *scratch);

/* The positions at which a unit stands in the pattern. */
CLT_INLINE uint64_t
clt_pattern_mask(const CltPattern *pattern, uint32_t unit)
{
	uint32_t	i;

	if (unit < 256)
		return pattern->mask[unit];
	for (i = pattern->high_head[(unit ^ unit >> 8) & 0xFF]; i != 0; i = pattern->high_next[i - 1])
		if (pattern->high_unit[i - 1] == unit)
			return pattern->high_mask[i - 1];
	return 0;
}

/*
 * Masks of a narrow pattern for a single text: only the entries that will be
 * looked at are set to zero, which for two names is far less than all 256.
 */
CLT_INLINE void
clt_masks_once(uint64_t *mask, const uint8_t *pattern, uint32_t patlen,
			   const uint8_t *text, uint32_t textlen)
{
	uint32_t	i;

	if (textlen > 256)
		for (i = 0; i < 256; i++)
			mask[i] = 0;
	else
	{
		for (i = 0; i < textlen; i++)
			mask[text[i]] = 0;
		for (i = 0; i < patlen; i++)
			mask[pattern[i]] = 0;
	}
	for (i = 0; i < patlen; i++)
		mask[pattern[i]] |= UINT64_C(1) << i;
}

#endif
