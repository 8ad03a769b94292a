/*
 * compare_parts.h
 *		What the files that compare records share with one another.
 *
 * Texts and words (compare_text.c), two values of one kind (compare_values.c), addresses
 * (compare_address.c), whole records (compare.c), eight pairs of them (compare_eights.c).
 */
#ifndef CLT_LINKAGE_COMPARE_PARTS_H
#define CLT_LINKAGE_COMPARE_PARTS_H

#include "linkage/compare.h"
#include "linkage/sketch.h"

/* Names that are nearly equal: of what the frequency of the commoner one says, so much holds. */
#define CLT_NEAR_NAME 0.5f

/* clt_near_name tells whether a level says that names agree but for their writing, or their length. */
static inline bool
clt_near_name(CltKind kind, int level)
{
	return level == 2 || level == 3 || (level == 4 && kind == CLT_KIND_FULL_NAME);
}

extern double clt_text_jaro_winkler(const char *a, uint32_t na, const char *b, uint32_t nb, bool ascii, double cutoff);
extern int	clt_text_osa(const char *a, uint32_t na, const char *b, uint32_t nb, bool ascii, int max);
extern bool clt_token_alike(const CltToken *x, const CltToken *y, float *share);
extern void clt_word_overlap(const CltColumn *column, const CltValue *a, const CltValue *b,
							 double *wa, double *wb, double *both, int *shared);
extern void clt_compare_ask(CltMemo *memo, const CltColumn *column, uint32_t a, uint32_t b);
extern int	clt_compare_remembered(CltMemo *memo, CltKind kind, const CltColumn *column, uint32_t a, uint32_t b);
extern int	clt_part_level(const CltColumn *column, CltMemo *memo, uint32_t l, uint32_t r);
extern int	clt_weigh_parts(const CltComparison *cmp, const uint8_t *part, int street, int number, bool numbered);
extern int	clt_level_of_parts(const CltComparison *cmp, uint32_t l, uint32_t r, const uint8_t *part);
extern int	clt_address_level(const CltComparison *cmp, CltMemo *memo, uint32_t l, uint32_t r);
extern int	clt_level_of_records(const CltComparison *cmp, int level, uint32_t l, uint32_t r);
extern void clt_note_level(const CltComparison *cmp, int i, CltCompared *pair, int level, uint32_t v);
extern void clt_note_end(CltCompared *pair);
extern void clt_compare_one(const CltComparison *cmp, CltMemo *memo, int i, CltCompared *pair);

/* clt_tells_more: is there more to note of two records with the same value than its level? */
static inline bool
clt_tells_more(const CltComparison *cmp)
{
	return cmp->tf || cmp->kind == CLT_KIND_GIVEN || cmp->kind == CLT_KIND_SURNAME || cmp->kind == CLT_KIND_FULL_NAME ||
		cmp->kind == CLT_KIND_EMAIL;
}

#endif
