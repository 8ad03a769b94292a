/*
 * letters.h
 *		Which letters occur in a text, and what that says of two texts.
 *
 * Most strings that are compared have nothing to do with each other, and which letters
 * occur in them tells so without a look at the text, which lies elsewhere in memory.
 * A set of letters has 27 bits for the letters and digits and 5 of the first one; 0
 * stands for a text that is not all ASCII, or is cut before it is compared.
 *
 * Pure.
 */
#ifndef CLT_LINKAGE_LETTERS_H
#define CLT_LINKAGE_LETTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLT_LETTER_BITS 27
#define CLT_LETTER_MASK ((1u << CLT_LETTER_BITS) - 1)

extern uint32_t clt_letters(const char *s, size_t len);

static inline int
clt_count_bits(uint32_t x)
{
	x -= x >> 1 & 0x55555555;
	x = (x & 0x33333333) + (x >> 2 & 0x33333333);
	x = (x + (x >> 4)) & 0x0f0f0f0f;
	return (int) (x * 0x01010101 >> 24);
}

/* clt_letters_lost counts the letters of each of two texts that the other has not. */
static inline void
clt_letters_lost(uint32_t a, uint32_t b, int *of_a, int *of_b)
{
	uint64_t	x = (uint64_t) (a & ~b & CLT_LETTER_MASK) | (uint64_t) (b & ~a & CLT_LETTER_MASK) << 32;

	x -= x >> 1 & UINT64_C(0x5555555555555555);
	x = (x & UINT64_C(0x3333333333333333)) + (x >> 2 & UINT64_C(0x3333333333333333));
	x = (x + (x >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
	*of_a = (int) ((uint32_t) x * 0x01010101 >> 24);
	*of_b = (int) ((uint32_t) (x >> 32) * 0x01010101 >> 24);
}

/* clt_letters_far: is the distance of two texts above max for sure?  An edit changes two bits at most. */
static inline bool
clt_letters_far(uint32_t a, uint32_t na, uint32_t b, uint32_t nb, int max)
{
	if (!a || !b)
		return false;
	if (na > nb + (uint32_t) max || nb > na + (uint32_t) max)
		return true;
	return clt_count_bits((a ^ b) & CLT_LETTER_MASK) > 2 * max;
}

/*
 * clt_letters_unlike: is the Jaro-Winkler similarity below the cutoff for sure?  A letter
 * that the other text has not is not matched; without a common first letter there is
 * no boost, and with one at most four tenths of the rest.  So with m letters matched
 * Jaro's similarity is at most (m/na + m/nb + 1) / 3, and has to reach the cutoff, or
 * what the boost raises to it; both sides are multiplied by 3 na nb.
 */
static inline bool
clt_letters_unlike(uint32_t a, uint32_t na, uint32_t b, uint32_t nb, double cutoff)
{
	double		least = 3.0 * (cutoff - 1e-6) - 1.0;
	double		boosted = 3.0 * ((cutoff - 1e-6 - 0.4) / 0.6) - 1.0;
	int			left;
	int			right;

	if (!a || !b)
		return false;
	clt_letters_lost(a, b, &left, &right);
	left = (int) na - left;
	right = (int) nb - right;
	if (right < left)
		left = right;
	return (double) left * (na + nb) < ((a ^ b) >> CLT_LETTER_BITS == 0 ? boosted : least) * ((double) na * nb);
}

#endif
