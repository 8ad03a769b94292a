/*-------------------------------------------------------------------------
 *
 * levenshtein.h
 *		Edit distances with unit costs, and the longest common subsequence.
 *
 * Levenshtein: insert, delete, replace.  OSA ("optimal string alignment", also
 * called restricted Damerau-Levenshtein): the same and swapping two neighbours,
 * nothing being edited twice; ca -> abc is 3.  It is no metric: ca -> ac is 1
 * and ac -> abc is 1.  The unrestricted distance is in damerau.h.
 *
 * All are symmetric.  A distance above max_distance is reported as
 * max_distance + 1, and found to be so early; UINT32_MAX for no bound.
 * Memory is linear in the lengths; time is lengths multiplied, divided by 64,
 * or less where the distance or the bound is small.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CLT_SIMILARITY_LEVENSHTEIN_H
#define CLT_SIMILARITY_LEVENSHTEIN_H

#include "similarity/chars.h"

/*
 * Bytes of scratch for strings of these lengths: 0 if both are narrow and one
 * is no longer than 64.
 */
extern size_t clt_levenshtein_scratch(size_t alen, size_t blen, bool wide);

extern uint32_t clt_levenshtein(CltChars a, CltChars b, uint32_t max_distance,
								void *scratch, CltTick tick);
extern uint32_t clt_osa(CltChars a, CltChars b, uint32_t max_distance,
						void *scratch, CltTick tick);

/* Length of the longest common subsequence; the same scratch. */
extern uint32_t clt_lcs(CltChars a, CltChars b, void *scratch, CltTick tick);

#endif
