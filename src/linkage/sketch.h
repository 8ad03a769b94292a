/*
 * sketch.h
 *		What of a value tells, without a look at its text, that another is not like it.
 *
 * Most of the values that are compared have nothing to do with each other.  A sketch
 * is one line of the processor's cache; two of them answer "different" for sure, or
 * not at all, and then the values are compared (compare_values.c).  A sketch never
 * says "different" where the comparison would not: test_linkage.c holds it to that.
 *
 * A sketch is words of one size, so that those of eight values can be laid side by side
 * and compared at once (eights.h, apart.h).
 *
 * Pure kernel.
 */
#ifndef CLT_LINKAGE_SKETCH_H
#define CLT_LINKAGE_SKETCH_H

#include "linkage/compare.h"

/* Letters of so many words are kept, the one that says most first. */
#define CLT_SKETCH_WORDS 3

/*
 * How numbers share a word of a sketch: lengths of words, of which nothing is told if
 * they are longer, and sets of letters have five bits.
 */
#define CLT_SK_FIVE 31
#define CLT_SK_WORD_LENGTH(i) (10 * (i))
#define CLT_SK_WORD_LETTERS(i) (10 * (i) + 5)
#define CLT_SK_WORD_COUNT 30
#define CLT_SK_FLAGS 16
#define CLT_SK_LETTER_COUNT 27

/*
 * What is in it.  What a kind does not need has another's place, so that of most kinds
 * the first few words are all there is.
 */
enum
{
	CLT_SK_LENGTH,				/* of the text, CLT_VALUE_... and how many
								 * letters it has */
	CLT_SK_LETTERS,				/* clt_letters() of the text; 0: look at it */
	CLT_SK_HEAD,				/* its first four bytes, the first one lowest */
	CLT_SK_TAIL,				/* its last four, the last one lowest */
	CLT_SK_NUM,					/* of CltValue's; given names: sound of the
								 * family name that it may be; dates: the
								 * year, and below it the day of the year */
	CLT_SK_FORMS,				/* two; kinds of one other form: its hash;
								 * others: three of 16 bits, and names 16 bits
								 * of their words (CLT_SK_SEVERAL) */
	CLT_SK_OWN = CLT_SK_FORMS + 2,
	/* names */
	CLT_SK_SOUND = CLT_SK_OWN,
	CLT_SK_HASH,
	/* what has words, or digits among letters */
	CLT_SK_DIGITS = CLT_SK_OWN, /* hash of the digits in it */
	CLT_SK_WORDS,				/* lengths of words and how many letters they
								 * have, and how many words there are */
	CLT_SK_WORD,				/* as many as words are kept: clt_letters() of
								 * each; e-mail: of the local part */
	/* names and e-mails */
	CLT_SK_NAMES = CLT_SK_WORD + 1, /* two; given names: a bit for each set of
									 * related names it is in; surnames and
									 * local parts of e-mails: for each three
									 * bytes in a row */
	CLT_SK_SIZE = CLT_SK_WORD + CLT_SKETCH_WORDS
};

/* Of the bits of a name's words: it has several. */
#define CLT_SK_SEVERAL 0x8000

/*
 * Where a kind keeps the value's tf_u, as a float, if it is looked at: in the place of
 * something that the kind does not need.
 */
#define CLT_SK_NO_BITS (-1)
static inline int
clt_sketch_bits(CltKind kind)
{
	switch (kind)
	{
		case CLT_KIND_GIVEN:
		case CLT_KIND_MIDDLE:
		case CLT_KIND_SURNAME:
			return CLT_SK_WORD;
		case CLT_KIND_EMAIL:
			return CLT_SK_HEAD;
		case CLT_KIND_POSTCODE:
		case CLT_KIND_CITY:
			return CLT_SK_NUM;
		case CLT_KIND_DATE:
		case CLT_KIND_PHONE:
			return CLT_SK_OWN;
		default:
			return CLT_SK_NO_BITS;
	}
}

/* A line of the processor's cache, not all of it in use. */
typedef struct CltSketch
{
	uint32_t	w[64 / sizeof(uint32_t)];
} CltSketch;

extern int	clt_sketch_fours(CltKind kind);
extern void clt_sketch_make(const CltColumn *column, uint32_t code, CltSketch *sketch);

/* clt_sketch_other_form tells whether two values of a kind of one other form have not the same for sure, nor both none. */
static inline bool
clt_sketch_other_form(const CltSketch *a, const CltSketch *b)
{
	return a->w[CLT_SK_FORMS] != b->w[CLT_SK_FORMS];
}

/* clt_sketch_family: may a surname stand in a given name's column? */
static inline bool
clt_sketch_family(const CltSketch *given, const CltSketch *surname)
{
	return given->w[CLT_SK_HASH] == surname->w[CLT_SK_HASH] || given->w[CLT_SK_NUM] == surname->w[CLT_SK_SOUND];
}

/* clt_sketch_not_in_local: does a surname not stand in the local part of an e-mail for sure? */
static inline bool
clt_sketch_not_in_local(const CltSketch *email, const CltSketch *surname)
{
	const uint32_t *all = email->w + CLT_SK_NAMES;
	const uint32_t *some = surname->w + CLT_SK_NAMES;

	return ((some[0] & ~all[0]) | (some[1] & ~all[1])) != 0;
}

#endif
