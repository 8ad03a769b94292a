/*-------------------------------------------------------------------------
 *
 * damerau.h
 *		Unrestricted Damerau-Levenshtein distance.
 *
 * Insert, delete, replace and swap two neighbours, at unit cost each, where
 * what was swapped may be edited further: ca -> abc is 2 (OSA says 3).  This
 * one is a metric, and symmetric.  Bound and result are as in levenshtein.h.
 *
 * Time is the product of the lengths (a distance up to 2 is found by the
 * bit-parallel OSA, with which it then agrees), memory is linear.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CLT_SIMILARITY_DAMERAU_H
#define CLT_SIMILARITY_DAMERAU_H

#include "similarity/chars.h"

/* Bytes of scratch for strings of these lengths; never 0. */
extern size_t clt_damerau_scratch(size_t alen, size_t blen, bool wide);

extern uint32_t clt_damerau(CltChars a, CltChars b, uint32_t max_distance,
							void *scratch, CltTick tick);

#endif
