/*
 * compare_parts.h
 *		What the files that compare records share with one another.
 *
 * Texts and words (compare_text.c), two values of one kind (compare_values.c), addresses
 * (compare_address.c), whole records (compare.c).
 */
#ifndef CLT_LINKAGE_COMPARE_PARTS_H
#define CLT_LINKAGE_COMPARE_PARTS_H

#include "linkage/compare.h"
#include "linkage/sketch.h"

extern double clt_text_jaro_winkler(const char *a, uint32_t na, const char *b, uint32_t nb, bool ascii, double cutoff);
extern int	clt_text_osa(const char *a, uint32_t na, const char *b, uint32_t nb, bool ascii, int max);
extern bool clt_token_alike(const CltToken *x, const CltToken *y, float *share);
extern void clt_word_overlap(const CltColumn *column, const CltValue *a, const CltValue *b,
							 double *wa, double *wb, double *both, int *shared);
extern int	clt_compare_remembered(CltMemo *memo, CltKind kind, const CltColumn *column, uint32_t a, uint32_t b);
extern int	clt_address_level(const CltComparison *cmp, CltMemo *memo, uint32_t l, uint32_t r);
extern void clt_address_levels(const CltComparison *cmp, CltMemo *memo, const CltCompared *pair, int n, uint8_t *level);

#endif
