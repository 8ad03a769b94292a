/*-------------------------------------------------------------------------
 *
 * jaro.h
 *		Jaro and Jaro-Winkler similarity.
 *
 * As rapidfuzz and DuckDB define them: characters match within a window of
 * max(|a|, |b|) / 2 - 1, each text character takes the first free one of the
 * pattern; half of the matches out of order, rounded down, are transpositions;
 * Winkler's bonus of a tenth per common leading character, at most four, is
 * given only where Jaro exceeds 0.7.  Two empty strings are equal: 1.
 *
 * The result is symmetric.  For each character by itself, taking "the first
 * free position inside of a window that only moves forward" is a merge of two
 * sorted lists of positions, and a merge does not care which list is called
 * the first; the formula doesn't either.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CLT_SIMILARITY_JARO_H
#define CLT_SIMILARITY_JARO_H

#include "similarity/chars.h"

/*
 * Bytes of scratch for strings of these lengths: 0 if both are narrow and one
 * is no longer than 64.  Time and memory are linear in the lengths.
 */
extern size_t clt_jaro_scratch(size_t alen, size_t blen, bool wide);

/* 0 where the similarity is below score_cutoff. */
extern double clt_jaro(CltChars a, CltChars b, double score_cutoff,
					   void *scratch, CltTick tick);
extern double clt_jaro_winkler(CltChars a, CltChars b, double score_cutoff,
							   void *scratch, CltTick tick);

#endif
