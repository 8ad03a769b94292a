/*
 * prepare.h
 *		What the files that prepare comparisons share with one another.
 *
 * Kernels over columns (kernels.c), what equal values are worth (frequencies.c), what given
 * names tell (given_names.c), what records are about (subject.c), what is expected of each comparison (prepare.c).
 */
#ifndef CLT_LINKAGE_PREPARE_H
#define CLT_LINKAGE_PREPARE_H

#include "linkage/engine.h"

/* What the records of a job are about, as far as it decides what is expected of their comparisons. */
typedef struct LinkSubject
{
	bool		people;			/* some column has their names */
	bool		families;		/* people share more than a surname */
	bool		relatives;		/* twins and namesakes can be told */
	bool		placed;			/* something says where in a town they are */
	bool		texts;			/* there is a text, which may be another name */
	bool		of_owners;		/* firms, of which nothing says where in a
								 * town they are */
	int			title;			/* not people: the comparison of what they are
								 * called; -1: none */
	bool		title_says_all; /* and hardly anything else says who they are */
	uint32		makers;			/* bits of the comparisons of those whose
								 * things they are */
	int			maker;			/* the finest of these; -1: none */
} LinkSubject;

extern void clt_link_subject(LinkJob *job, LinkSubject *subject);
extern bool clt_link_goes_along(const LinkJob *job, const LinkSubject *subject, int comparison, double *share);
extern bool clt_link_goes_with_company(LinkJob *job, const CltColumn *col);
extern const CltColumn *clt_link_column_of(LinkJob *job, CltKind kind);
extern double clt_link_frequencies(LinkJob *job, int which, bool person, bool says_all);
extern void clt_link_place_frequencies(LinkJob *job, LinkComparison *cmp);
extern void clt_link_given_names(LinkJob *job);

#endif
