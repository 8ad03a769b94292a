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
	const char *read_as;		/* the name in UTF-8 */
	Oid			type;			/* of an array, that of its elements */
	bool		several;		/* an array */
	CltColumnStats stats;
	CltRole		role;
	int			strength;
	int			kind;			/* -1: leave alone */
	bool		form;			/* legal forms are evidence, too */
	int			scheme;			/* of an identifier's check digit; 0: none */
	char	   *why;
	bool		used;
	bool		must_agree;		/* evidence only if records that agree
								 * elsewhere agree in it */
	int			scope;			/* what members of one group have in common,
								 * or only one of them: CltFsScope; -1: as
								 * usual with the kind */
	uint64		(*words)[LINK_ROW_WORDS];	/* their hashes, by record; 0
											 * behind the last */
	int64		nvalues;		/* records of the sample */
	uint64	   *value;			/* a hash of the folded value, by record of
								 * the sample; 0: none */
	/* of a table that is linked with others */
	uint64	   *set;			/* the different ones of these, in order */
	int			nset;
	int			like;			/* columns of one number hold the same values;
								 * 0: not known; -1: no other table has them */
} LinkCandidate;

/* The columns of a table, and what they were taken for. */
typedef struct LinkTableSeen
{
	LinkJob    *job;
	LinkCandidate *cand;
	int			n;
} LinkTableSeen;

/* Share of the filled values of a sample. */
#define SHARE(c, what) ((c)->stats.filled ? (double) (c)->stats.what / (c)->stats.filled : 0.0)

/* Of so many values a legal form says that they name firms. */
#define LINK_FIRM_SHARE 0.35

/* suggest_sample.c */
extern LinkCandidate *clt_link_readable_columns(LinkJob *job, int *count);
extern void clt_link_look_at_sample(LinkJob *job, LinkCandidate *cand, int n);

extern bool clt_link_is_text(Oid type);

/* suggest_agree.c */
extern void clt_link_leave_out_strays(LinkCandidate *cand, int n, bool alone);

/* suggest_kinds.c */
extern void clt_link_tell_kinds(LinkCandidate *cand, int n, bool alone);

/* suggest_tables.c */
extern void clt_link_match_tables(LinkTableSeen *tables, int n);

/* suggest.c */
extern void clt_link_see_table(LinkTableSeen *seen, bool alone);
extern Jsonb *clt_link_write_down(const LinkTableSeen *seen);

/* suggest_names.c */
extern void clt_link_person_or_firm(LinkCandidate *cand, int n, LinkCandidate *c);
extern void clt_link_name_by_content(LinkCandidate *cand, int n);

/* repeats.c */
extern void clt_link_note_words(LinkCandidate *c, int64 row, const char *s, size_t len);
extern void clt_link_leave_out_repeats(LinkCandidate *cand, int n);
extern void clt_link_contacts_of_firms(LinkCandidate *cand, int n);
extern void clt_link_leave_out_implied(LinkCandidate *cand, int n);

#endif
