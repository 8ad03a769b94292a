/*
 * suggest.h
 *		What is known of the columns of a table that nobody has described.
 */
#ifndef CLT_LINKAGE_SUGGEST_H
#define CLT_LINKAGE_SUGGEST_H

#include "linkage/engine.h"
#include "linkage/guess.h"

/* Of so many records of the sample the words are kept, to see which column repeats another. */
#define LINK_WORD_ROWS 2000
#define LINK_ROW_WORDS 8

typedef struct LinkCandidate
{
	char	   *name;
	Oid			type;			/* of an array, that of its elements */
	bool		several;		/* an array */
	CltColumnStats stats;
	CltRole		role;
	int			strength;
	int			kind;			/* -1: leave alone */
	int			scheme;			/* of an identifier's check digit; 0: none */
	char	   *why;
	bool		used;
	uint64		(*words)[LINK_ROW_WORDS];	/* their hashes, by record; 0
											 * behind the last */
} LinkCandidate;

/* Share of the filled values of a sample. */
#define SHARE(c, what) ((c)->stats.filled ? (double) (c)->stats.what / (c)->stats.filled : 0.0)

/* suggest_sample.c */
extern LinkCandidate *clt_link_readable_columns(LinkJob *job, int *count);
extern void clt_link_look_at_sample(LinkJob *job, LinkCandidate *cand, int n);

/* suggest_kinds.c */
extern void clt_link_tell_kinds(LinkCandidate *cand, int n);

/* repeats.c */
extern void clt_link_note_words(LinkCandidate *c, int64 row, const char *s, size_t len);
extern void clt_link_leave_out_repeats(LinkCandidate *cand, int n);

#endif
