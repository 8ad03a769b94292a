/*
 * prepare.h
 *		What the files that prepare comparisons share with one another.
 *
 * Kernels over columns (kernels.c), what equal values are worth (frequencies.c), what given
 * names tell (given_names.c), what is expected of each comparison (prepare.c).
 */
#ifndef CLT_LINKAGE_PREPARE_H
#define CLT_LINKAGE_PREPARE_H

#include "linkage/engine.h"

extern const CltColumn *clt_link_column_of(LinkJob *job, CltKind kind);
extern double clt_link_frequencies(LinkJob *job, int which, bool person, bool says_all);
extern void clt_link_place_frequencies(LinkJob *job, LinkComparison *cmp);
extern void clt_link_given_names(LinkJob *job);

#endif
