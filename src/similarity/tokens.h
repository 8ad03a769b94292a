/*-------------------------------------------------------------------------
 *
 * tokens.h
 *		Measures on the words of a string and on the set of its characters.
 *
 * Words are what stands between white space: Unicode's White_Space and the
 * four separators U+001C to U+001F in wide strings, as in Python's split();
 * in narrow ones what of this is ASCII.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CLT_SIMILARITY_TOKENS_H
#define CLT_SIMILARITY_TOKENS_H

#include "similarity/chars.h"

/* Bytes of scratch for each of these measures; wide if one of the two is. */
extern size_t clt_tokens_scratch(size_t alen, size_t blen, bool wide);

/*
 * The mean, over the words of one string, of the Jaro-Winkler similarity with
 * the most similar word of the other; of both directions the mean, for Monge
 * and Elkan's own measure is not symmetric.  1 if neither has a word, 0 if only
 * one has.
 */
extern double clt_monge_elkan(CltChars a, CltChars b, void *scratch, CltTick tick);

/* As rapidfuzz' token_set_ratio, divided by 100; 0 if one has no word. */
extern double clt_token_set(CltChars a, CltChars b, void *scratch, CltTick tick);

/*
 * The cosine of the angle between the vectors of word counts.  1 if neither has
 * a word, 0 if only one has.
 */
extern double clt_cosine_words(CltChars a, CltChars b, void *scratch, CltTick tick);

/*
 * Jaccard's coefficient of the sets of characters: common ones divided by all.
 * Two empty strings are equal: 1.  Takes symbols too.
 */
extern double clt_jaccard_chars(CltChars a, CltChars b, void *scratch, CltTick tick);

#endif
