/*
 * apart.h
 *		Telling from two sketches that values are different: of eight pairs at once.
 *
 * Each kind has its reasons to call two different values alike (compare_values.c).
 * Here stands what each of them needs, in terms of the sketch: a common form has its
 * bit in both; a similarity is bounded by the letters; and of two texts that one edit
 * makes equal, the beginning or the end is the same.  What is left of all pairs of
 * values, a few in a hundred, is compared.
 *
 * All conditions are worked out and then combined.  A condition is a number in each
 * lane, all bits of which are set where it holds.  These functions become part of the
 * one that calls them (see_eights.h), which is made for several processors.
 */
#ifndef CLT_LINKAGE_APART_H
#define CLT_LINKAGE_APART_H

#include <string.h>
#if LANES == 8
#include <immintrin.h>
#endif

#include "linkage/eights.h"

#define ALWAYS_INLINE LANES_TARGET inline __attribute__((always_inline))

typedef uint32_t Lanes __attribute__((vector_size(4 * LANES), may_alias));
typedef int32_t Ints __attribute__((vector_size(4 * LANES), may_alias));
typedef uint16_t Halves __attribute__((vector_size(4 * LANES), may_alias));
typedef float Floats __attribute__((vector_size(4 * LANES), may_alias));

/* What of eight values is looked at: a pointer to one of their words leads to all. */
#define STEP (CLT_EIGHT / LANES)

#define SPREAD(x) ((Lanes) {0} + (uint32_t) (x))
#define IF(condition) ((Lanes) (condition))
/* The bits of a float in each lane. */
#define BITS(x) ((Lanes) ((Floats) {0} + (x)))
#define WORD(w, i) ((w)[(i) * STEP])

static ALWAYS_INLINE Lanes
choose(Lanes condition, Lanes x, Lanes y)
{
	return (x & condition) | (y & ~condition);
}

static ALWAYS_INLINE Floats
floats(Lanes x)
{
	return __builtin_convertvector((Ints) x, Floats);
}

/* count_bits counts those of each number. */
static ALWAYS_INLINE Lanes
count_bits(Lanes x)
{
#ifdef LANES_COUNT_BITS
	return (Lanes) _mm256_popcnt_epi32((__m256i) x);
#else
	x -= x >> 1 & 0x55555555;
	x = (x & 0x33333333) + (x >> 2 & 0x33333333);
	x = (x + (x >> 4)) & 0x0f0f0f0f;
	x += x >> 8;
	return (x + (x >> 16)) & 0x3f;
#endif
}

static ALWAYS_INLINE Lanes
length_of(const Lanes * w)
{
	return WORD(w, CLT_SK_LENGTH) & 0xffff;
}

/* shorter_than: lengths are small, so their sign does not matter. */
static ALWAYS_INLINE Lanes
shorter_than(Lanes a, Lanes b)
{
	return IF((Ints) a < (Ints) b);
}

static ALWAYS_INLINE Lanes
lesser(Lanes a, Lanes b)
{
	return choose(shorter_than(a, b), a, b);
}

/* ---- letters ---- */

/* What Jaro's similarity of two texts must exceed, times 3, less 1, by how many first letters they have in common. */
#define REACH(cutoff, n) ((float) (3.0 * (((cutoff) - 1e-6 - 0.1 * (n)) / (1.0 - 0.1 * (n))) - 1.0))

/* What the letters of two texts say. */
typedef struct Letters
{
	Lanes		told;			/* are they known? */
	Lanes		left;			/* letters that the other text has not */
	Lanes		right;
	Lanes		one_begin;		/* the first letter is the same */
} Letters;

/* letters_of compares sets of letters of so many. */
static ALWAYS_INLINE Letters
letters_of(Lanes x, Lanes nx, Lanes y, Lanes ny)
{
	Lanes		both = count_bits(x & y & CLT_LETTER_MASK);
	Letters		letters;

	letters.told = IF(x != 0) & IF(y != 0);
	letters.left = nx - both;
	letters.right = ny - both;
	letters.one_begin = IF((x ^ y) >> CLT_LETTER_BITS == 0);
	return letters;
}

static ALWAYS_INLINE Letters
letters_of_texts(const Lanes * a, const Lanes * b)
{
	return letters_of(WORD(a, CLT_SK_LETTERS), WORD(a, CLT_SK_LENGTH) >> CLT_SK_LETTER_COUNT,
					  WORD(b, CLT_SK_LETTERS), WORD(b, CLT_SK_LENGTH) >> CLT_SK_LETTER_COUNT);
}

static ALWAYS_INLINE Letters
letters_of_words(const Lanes * a, int i, const Lanes * b, int j)
{
	return letters_of(WORD(a, CLT_SK_WORD + i), WORD(a, CLT_SK_WORDS) >> CLT_SK_WORD_LETTERS(i) & CLT_SK_FIVE,
					  WORD(b, CLT_SK_WORD + j), WORD(b, CLT_SK_WORDS) >> CLT_SK_WORD_LETTERS(j) & CLT_SK_FIVE);
}

/* below tells whether Jaro's similarity cannot reach what it must (clt_letters_unlike). */
static ALWAYS_INLINE Lanes
below(Letters letters, Lanes na, Lanes nb, Floats reach)
{
	Lanes		matched = lesser(na - letters.left, nb - letters.right);

	return letters.told & IF(floats(matched) * floats(na + nb) < reach * (floats(na) * floats(nb)));
}

/* reach_of is what must be exceeded, by the first letters in common. */
static ALWAYS_INLINE Floats
reach_of(float none, float one, float two, float three, float four, Lanes head)
{
	Lanes		reach = BITS(none);

	reach = choose(IF((head & 0xff) == 0), BITS(one), reach);
	reach = choose(IF((head & 0xffff) == 0), BITS(two), reach);
	reach = choose(IF((head & 0xffffff) == 0), BITS(three), reach);
	return (Floats) choose(IF(head == 0), BITS(four), reach);
}

/* UNLIKE is clt_letters_unlike, with the number of first letters in common known. */
#define UNLIKE(a, b, letters, cutoff) \
	below((letters), length_of(a), length_of(b), \
		  reach_of(REACH(cutoff, 0), REACH(cutoff, 1), REACH(cutoff, 2), REACH(cutoff, 3), REACH(cutoff, 4), \
				   WORD(a, CLT_SK_HEAD) ^ WORD(b, CLT_SK_HEAD)))

/* ---- edits ---- */

/* beyond is clt_letters_far, the letters being known. */
static ALWAYS_INLINE Lanes
beyond(Letters letters, Lanes na, Lanes nb, uint32_t max)
{
	return shorter_than(nb + max, na) | shorter_than(na + max, nb) |
		shorter_than(SPREAD(2 * max), letters.left + letters.right);
}

/* one_edit: does one edit make one of two texts of at most four letters of the other? */
static ALWAYS_INLINE Lanes
one_edit(Lanes s, Lanes n, Lanes t, Lanes m)
{
	Lanes		x = s ^ t;
	Lanes		same = IF(x == 0);
	Lanes		at = (IF((x & 0xff) == 0) & 8) + (IF((x & 0xffff) == 0) & 8) + (IF((x & 0xffffff) == 0) & 8);
	Lanes		edit;

	s >>= at;
	t >>= at;
	edit = IF(n == m) & (IF(s >> 8 == t >> 8) |
						 (IF(s >> 16 == t >> 16) & IF((s & 0xff) == (t >> 8 & 0xff)) & IF((t & 0xff) == (s >> 8 & 0xff))));
	edit |= IF(n == m + 1) & IF(s >> 8 == t);
	edit |= IF(m == n + 1) & IF(t >> 8 == s);
	return same | edit;
}

/*
 * other_ends: of two texts that one edit makes equal, a beginning and an end are left
 * that are together at most two letters shorter than the shorter text; so the half of
 * that, rounded up, is the same on one side.
 */
static ALWAYS_INLINE Lanes
other_ends(const Lanes * a, const Lanes * b, Lanes least)
{
	Lanes		whole = (IF((Ints) least > 2) & 0xff) | (IF((Ints) least > 4) & 0xff00) |
	(IF((Ints) least > 6) & 0xff0000) | (IF((Ints) least > 8) & 0xff000000);

	return IF(((WORD(a, CLT_SK_HEAD) ^ WORD(b, CLT_SK_HEAD)) & whole) != 0) & IF(((WORD(a, CLT_SK_TAIL) ^ WORD(b, CLT_SK_TAIL)) & whole) != 0);
}

/* two_edits_apart: is the distance above one for sure? */
static ALWAYS_INLINE Lanes
two_edits_apart(const Lanes * a, const Lanes * b, Letters letters)
{
	Lanes		na = length_of(a);
	Lanes		nb = length_of(b);
	Lanes		few = shorter_than(na, SPREAD(5)) & shorter_than(nb, SPREAD(5));

	return letters.told & (beyond(letters, na, nb, 1) |
						   choose(few, ~one_edit(WORD(a, CLT_SK_HEAD), na, WORD(b, CLT_SK_HEAD), nb), other_ends(a, b, lesser(na, nb))));
}

/* three_edits_apart: is the distance above two for sure? */
static ALWAYS_INLINE Lanes
three_edits_apart(const Lanes * a, const Lanes * b, Letters letters)
{
	return letters.told & beyond(letters, length_of(a), length_of(b), 2);
}

/* short_or_far: if both have so many letters, is the distance above one for sure? */
static ALWAYS_INLINE Lanes
short_or_far(const Lanes * a, const Lanes * b, Letters letters, uint32_t least)
{
	return shorter_than(lesser(length_of(a), length_of(b)), SPREAD(least)) | two_edits_apart(a, b, letters);
}

/* ---- forms, sounds, words ---- */

static ALWAYS_INLINE Lanes
no_common_bit(const Lanes * a, const Lanes * b, int set)
{
	return IF(((WORD(a, set) & WORD(b, set)) | (WORD(a, set + 1) & WORD(b, set + 1))) == 0);
}

/* no_common_form: of kinds that have one other form. */
static ALWAYS_INLINE Lanes
no_common_form(const Lanes * a, const Lanes * b)
{
	return IF(WORD(a, CLT_SK_FORMS) != WORD(b, CLT_SK_FORMS)) | IF(WORD(a, CLT_SK_FORMS) == 0);
}

/* EQUAL_HALVES: of which halves are both the same? */
#define EQUAL_HALVES(x, y) ((Lanes) ((Halves) (x) == (Halves) (y)))

/* no_common_forms: of kinds that have three. */
static ALWAYS_INLINE Lanes
no_common_forms(const Lanes * a, const Lanes * b)
{
	Lanes		x = WORD(a, CLT_SK_FORMS);
	Lanes		y = WORD(b, CLT_SK_FORMS);
	Lanes		third = WORD(a, CLT_SK_FORMS + 1) & 0xffff;
	Lanes		other_third = WORD(b, CLT_SK_FORMS + 1) & 0xffff;
	Lanes		of_two = EQUAL_HALVES(x, y) | EQUAL_HALVES(x, y << 16 | y >> 16) | EQUAL_HALVES(x, other_third << 16 | other_third);
	Lanes		of_third = EQUAL_HALVES(third << 16 | third, y);

	of_two &= ~EQUAL_HALVES(x, SPREAD(0));
	of_third &= ~EQUAL_HALVES(y, SPREAD(0));
	return IF((of_two | of_third) == 0) & (IF(third != other_third) | IF(third == 0));
}

/* no_common_word_of_name: has none of two names several words, or are all of them different? */
static ALWAYS_INLINE Lanes
no_common_word_of_name(const Lanes * a, const Lanes * b)
{
	Lanes		x = WORD(a, CLT_SK_FORMS + 1) >> 16;
	Lanes		y = WORD(b, CLT_SK_FORMS + 1) >> 16;

	return IF(((x | y) & CLT_SK_SEVERAL) == 0) | IF((x & y & (CLT_SK_SEVERAL - 1)) == 0);
}

static ALWAYS_INLINE Lanes
other_sound(const Lanes * a, const Lanes * b)
{
	return shorter_than(lesser(length_of(a), length_of(b)), SPREAD(3)) | IF(WORD(a, CLT_SK_SOUND) != WORD(b, CLT_SK_SOUND));
}

static ALWAYS_INLINE Lanes
word_length(const Lanes * w, int i)
{
	return WORD(w, CLT_SK_WORDS) >> CLT_SK_WORD_LENGTH(i) & CLT_SK_FIVE;
}

static ALWAYS_INLINE Lanes
word_count(const Lanes * w)
{
	return WORD(w, CLT_SK_WORDS) >> CLT_SK_WORD_COUNT;
}

/* word_apart: can two words be neither the same nor alike (clt_token_alike)? */
static ALWAYS_INLINE Lanes
word_apart(const Lanes * a, int i, const Lanes * b, int j)
{
	Lanes		x = WORD(a, CLT_SK_WORD + i);
	Lanes		y = WORD(b, CLT_SK_WORD + j);
	Lanes		nx = word_length(a, i);
	Lanes		ny = word_length(b, j);
	Letters		letters = letters_of_words(a, i, b, j);
	Lanes		initial = (IF(nx == 1) | IF(ny == 1)) & letters.one_begin;
	Lanes		other = letters.told & ~initial & (IF(x != y) | IF(nx != ny));
	Lanes		unlike = below(letters, nx, ny, (Floats) choose(letters.one_begin,
																BITS(REACH(0.92, 4)),
																BITS(REACH(0.92, 0))));

	unlike &= beyond(letters, nx, ny, 1) & IF(choose(shorter_than(nx, ny), letters.left, letters.right) != 0);
	return choose(shorter_than(lesser(nx, ny), SPREAD(4)), other, unlike);
}

/* any: is there a lane with anything in it? */
static ALWAYS_INLINE bool
any(Lanes x)
{
#if LANES == 8
	return !_mm256_testz_si256((__m256i) x, (__m256i) x);
#else
	uint64_t	two[LANES / 2];
	uint64_t	all = 0;
	int			i;

	memcpy(two, &x, sizeof(x));
	for (i = 0; i < LANES / 2; i++)
		all |= two[i];
	return all != 0;
#endif
}

/* no_such_word: is no word of b like the i-th of a? */
static ALWAYS_INLINE Lanes
no_such_word(const Lanes * a, int i, const Lanes * b)
{
	Lanes		n = word_count(b);
	Lanes		none = SPREAD(UINT32_MAX);
	int			j;

	for (j = 0; j < CLT_SKETCH_WORDS && any(IF((Ints) n > j)); j++)
		none &= IF((Ints) n <= j) | word_apart(a, i, b, j);
	return none;
}

static ALWAYS_INLINE Lanes
no_common_word(const Lanes * a, const Lanes * b)
{
	Lanes		n = word_count(a);
	Lanes		none = SPREAD(UINT32_MAX);
	int			i;

	for (i = 0; i < CLT_SKETCH_WORDS && any(IF((Ints) n > i)); i++)
		none &= IF((Ints) n <= i) | no_such_word(a, i, b);
	return none;
}

/*
 * other_words: is the word that says most of the value with fewer words not in the
 * other?  Then not all of its words are there (none of them is there twice, so with as
 * many words on both sides it does not matter whose it is); and as that word is a
 * third at least of what they say, at most two thirds are shared.
 */
static ALWAYS_INLINE Lanes
other_words(const Lanes * a, const Lanes * b)
{
	Lanes		na = word_count(a);
	Lanes		nb = word_count(b);

	return (IF(na == 0) | IF(nb == 0) | (~shorter_than(nb, na) & no_such_word(a, 0, b)) | (~shorter_than(na, nb) & no_such_word(b, 0, a)));
}

/* ---- kinds ---- */

static ALWAYS_INLINE Lanes
given_apart(const Lanes * a, const Lanes * b)
{
	Letters		letters = letters_of_texts(a, b);
	Lanes		flags = (WORD(a, CLT_SK_LENGTH) | WORD(b, CLT_SK_LENGTH)) >> CLT_SK_FLAGS;
	Lanes		both_sexes = IF((flags & (CLT_VALUE_MAN | CLT_VALUE_WOMAN)) == (CLT_VALUE_MAN | CLT_VALUE_WOMAN));

	/* an initial stands for all names that begin so, and for no other */
	return choose(IF((flags & CLT_VALUE_INITIAL) != 0), IF(((WORD(a, CLT_SK_HEAD) ^ WORD(b, CLT_SK_HEAD)) & 0xff) != 0),
				  both_sexes | (no_common_forms(a, b) & no_common_word_of_name(a, b) & no_common_bit(a, b, CLT_SK_NAMES) &
								UNLIKE(a, b, letters, 0.80) & short_or_far(a, b, letters, 4) & other_sound(a, b)));
}

static ALWAYS_INLINE Lanes
surname_apart(const Lanes * a, const Lanes * b)
{
	Letters		letters = letters_of_texts(a, b);

	return no_common_forms(a, b) & no_common_word_of_name(a, b) & UNLIKE(a, b, letters, 0.82) & short_or_far(a, b, letters, 4) & other_sound(a, b);
}

static ALWAYS_INLINE Lanes
words_apart(const Lanes * a, const Lanes * b)
{
	Letters		letters = letters_of_texts(a, b);

	return no_common_forms(a, b) & IF(word_count(a) != 0) & IF(word_count(b) != 0) &
		UNLIKE(a, b, letters, 0.85) & no_common_word(a, b);
}

static ALWAYS_INLINE Lanes
email_apart(const Lanes * a, const Lanes * b)
{
	Letters		letters = letters_of_texts(a, b);
	Lanes		x = WORD(a, CLT_SK_WORD);
	Lanes		y = WORD(b, CLT_SK_WORD);
	Lanes		nx = WORD(a, CLT_SK_NUM);
	Lanes		ny = WORD(b, CLT_SK_NUM);
	Letters		local = letters_of_words(a, 0, b, 0);
	Lanes		unlike = below(local, nx, ny, (Floats) choose(local.one_begin,
															  BITS(REACH(0.90, 4)),
															  BITS(REACH(0.90, 0))));

	/* the local part is the same, or nearly */
	return no_common_form(a, b) & local.told & IF(x != y) &
		(IF(WORD(a, CLT_SK_DIGITS) != WORD(b, CLT_SK_DIGITS)) |
		 (three_edits_apart(a, b, letters) & (shorter_than(lesser(nx, ny), SPREAD(5)) | unlike)));
}

static ALWAYS_INLINE Lanes
date_apart(const Lanes * a, const Lanes * b)
{
	Letters		letters = letters_of_texts(a, b);
	Lanes		x = WORD(a, CLT_SK_NUM) ^ WORD(b, CLT_SK_NUM);

	return IF(x >> 16 != 0) & IF((x & 0xffff) != 0) &
		(IF(length_of(a) != 8) | IF(length_of(b) != 8) | two_edits_apart(a, b, letters));
}

static ALWAYS_INLINE Lanes
street_apart(const Lanes * a, const Lanes * b)
{
	Letters		letters = letters_of_texts(a, b);

	return no_common_form(a, b) &
		choose(IF(WORD(a, CLT_SK_DIGITS) != WORD(b, CLT_SK_DIGITS)), other_words(a, b),
			   UNLIKE(a, b, letters, 0.85) & three_edits_apart(a, b, letters) & no_common_word(a, b));
}

/* street_not_close: what an address wants to know of its street and its town. */
static ALWAYS_INLINE Lanes
street_not_close(const Lanes * a, const Lanes * b)
{
	Letters		letters = letters_of_texts(a, b);

	return no_common_form(a, b) & other_words(a, b) &
		(IF(WORD(a, CLT_SK_DIGITS) != WORD(b, CLT_SK_DIGITS)) | (UNLIKE(a, b, letters, 0.93) & three_edits_apart(a, b, letters)));
}

static ALWAYS_INLINE Lanes
phone_apart(const Lanes * a, const Lanes * b)
{
	return no_common_form(a, b) & short_or_far(a, b, letters_of_texts(a, b), 7);
}

static ALWAYS_INLINE Lanes
house_number_apart(const Lanes * a, const Lanes * b)
{
	return IF(WORD(a, CLT_SK_NUM) != WORD(b, CLT_SK_NUM)) & short_or_far(a, b, letters_of_texts(a, b), 2);
}

static ALWAYS_INLINE Lanes
category_apart(const Lanes * a, const Lanes * b)
{
	Letters		letters = letters_of_texts(a, b);

	return no_common_forms(a, b) &
		(shorter_than(lesser(length_of(a), length_of(b)), SPREAD(4)) | (two_edits_apart(a, b, letters) & UNLIKE(a, b, letters, 0.92)));
}

static ALWAYS_INLINE Lanes
identifier_apart(const Lanes * a, const Lanes * b)
{
	return IF((WORD(a, CLT_SK_LENGTH) & WORD(b, CLT_SK_LENGTH) & ((uint32_t) CLT_VALUE_CHECKED << 16)) != 0) |
		short_or_far(a, b, letters_of_texts(a, b), 4);
}

/*
 * apart_by_kind tells of eight pairs of different values which have the last level of
 * their kind for sure; close_only: which have not level 2, which is all that an
 * address asks of its parts.
 */
static ALWAYS_INLINE Lanes
apart_by_kind(CltKind kind, bool close_only, const Lanes * a, const Lanes * b)
{
	switch (kind)
	{
		case CLT_KIND_GIVEN:
		case CLT_KIND_MIDDLE:
			return given_apart(a, b);
		case CLT_KIND_SURNAME:
			return surname_apart(a, b);
		case CLT_KIND_COMPANY:
		case CLT_KIND_TEXT:
			return words_apart(a, b);
		case CLT_KIND_EMAIL:
			return email_apart(a, b);
		case CLT_KIND_PHONE:
			return phone_apart(a, b);
		case CLT_KIND_DATE:
			return date_apart(a, b);
		case CLT_KIND_STREET:
		case CLT_KIND_CITY:
			return close_only ? street_not_close(a, b) : street_apart(a, b);
		case CLT_KIND_HOUSE_NUMBER:
			return house_number_apart(a, b);
		case CLT_KIND_POSTCODE:
			return short_or_far(a, b, letters_of_texts(a, b), 4);
		case CLT_KIND_REGION:
		case CLT_KIND_CATEGORY:
			return category_apart(a, b);
		case CLT_KIND_IDENTIFIER:
			return identifier_apart(a, b);
		case CLT_KIND_SEX:
			return SPREAD(UINT32_MAX);
		default:
			return SPREAD(0);
	}
}

#endif
