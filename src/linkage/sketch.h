/*
 * sketch.h
 *		What of a value tells, without a look at its text, that another is not like it.
 *
 * Most of the values that are compared have nothing to do with each other.  A sketch
 * is one line of the processor's cache; two of them answer "different" for sure, or
 * not at all, and then the values are compared (compare_values.c).  A sketch never
 * says "different" where the comparison would not: test_linkage.c holds it to that.
 *
 * Pure kernel.
 */
#ifndef CLT_LINKAGE_SKETCH_H
#define CLT_LINKAGE_SKETCH_H

#include "linkage/compare.h"

/* Letters of so many words are kept, the one that says most first. */
#define CLT_SKETCH_WORDS 3
#define CLT_SKETCH_MORE (CLT_SKETCH_WORDS + 1)

/* 64 bytes */
typedef struct CltSketch
{
	uint64_t	forms;			/* a bit for each other form; names: also for
								 * each word */
	uint64_t	names;			/* given names: a bit for each set of related
								 * names it is in; surnames and local parts of
								 * e-mails: for each three bytes in a row */
	uint32_t	letters;		/* clt_letters() of the text; 0: look at it */
	uint32_t	head;			/* its first four bytes, the first one lowest */
	uint32_t	tail;			/* its last four, the last one lowest */
	uint32_t	hash;
	uint32_t	sound;
	uint32_t	num;			/* of CltValue's; given names: sound of the
								 * family name that it may be */
	uint32_t	digits;			/* hash of the digits in it */
	uint32_t	word[CLT_SKETCH_WORDS]; /* clt_letters() of words; e-mail: of
										 * the local part */
	uint8_t		word_len[CLT_SKETCH_WORDS];
	uint8_t		nwords;			/* CLT_SKETCH_MORE: not told */
	uint16_t	len;
	uint16_t	flags;			/* CLT_VALUE_... */
} CltSketch;

extern void clt_sketch_make(const CltColumn *column, uint32_t code, CltSketch *sketch);
extern void clt_sketches_apart_anywhere(CltKind kind, bool close_only, const CltSketch *sketch,
										const uint32_t *a, const uint32_t *b, int n, bool *apart);
extern void clt_sketches_apart(CltKind kind, bool close_only, const CltSketch *sketch,
							   const uint32_t *a, const uint32_t *b, int n, bool *apart);

/* clt_sketch_other_form tells whether two values have no form in common for sure. */
static inline bool
clt_sketch_other_form(const CltSketch *a, const CltSketch *b)
{
	return (a->forms & b->forms) == 0 && (a->forms | b->forms) != 0;
}

/* clt_sketch_family: may a surname stand in a given name's column? */
static inline bool
clt_sketch_family(const CltSketch *given, const CltSketch *surname)
{
	return given->hash == surname->hash || given->num == surname->sound;
}

/* clt_sketch_not_in_local: does a surname not stand in the local part of an e-mail for sure? */
static inline bool
clt_sketch_not_in_local(const CltSketch *email, const CltSketch *surname)
{
	return (surname->names & ~email->names) != 0;
}

#endif
