/*
 * compare.h
 *		Comparisons: what a kind of value looks like when encoded, and which
 *		level of agreement two of them reach.
 *
 * Pure kernel.
 */
#ifndef CLT_LINKAGE_COMPARE_H
#define CLT_LINKAGE_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "linkage/fs_model.h"
#include "linkage/letters.h"
#include "similarity/chars.h"

/* What a column holds. */
typedef enum CltKind
{
	CLT_KIND_GIVEN,
	CLT_KIND_MIDDLE,
	CLT_KIND_SURNAME,
	CLT_KIND_FULL_NAME,
	CLT_KIND_COMPANY,
	CLT_KIND_EMAIL,
	CLT_KIND_PHONE,
	CLT_KIND_DATE,
	CLT_KIND_STREET,
	CLT_KIND_HOUSE_NUMBER,
	CLT_KIND_POSTCODE,
	CLT_KIND_CITY,
	CLT_KIND_REGION,
	CLT_KIND_SEX,
	CLT_KIND_IDENTIFIER,
	CLT_KIND_NUMBER,
	CLT_KIND_CATEGORY,
	CLT_KIND_TEXT,
	CLT_KIND_ADDRESS,			/* only as a comparison: all address columns
								 * as one */
	CLT_KIND_LOCATION,			/* latitude and longitude */
	CLT_KIND_VERBATIM,			/* only as a column: the value as it is */
	CLT_KIND_LEVELS,			/* only as a comparison: the user's own
								 * levels, see levels.h */
	CLT_KIND_LEGAL_FORM,		/* of a firm, as its name shows it */
	CLT_NKINDS
} CltKind;

#define CLT_VALUE_ASCII 1
#define CLT_VALUE_INITIAL 2		/* one letter standing for a name */
#define CLT_VALUE_WEAK 4		/* a role mailbox, a year's first day: agrees,
								 * proves little */
#define CLT_VALUE_MAN 8			/* a given name whose bearers are of this sex */
#define CLT_VALUE_WOMAN 16
#define CLT_VALUE_DATE 32		/* verbatim: num is a date, yyyymmdd */
#define CLT_VALUE_NUMBER 64		/* verbatim: sound has the bits of a number */
#define CLT_VALUE_CHECKED 128	/* an identifier with the right check digit */
#define CLT_VALUE_WRONG 256		/* ... with a wrong one */
#define CLT_VALUE_COMMON 512	/* a given name that many have, so that it is
								 * no error for another */

/* What the table taught of a value; the others its text says. */
#define CLT_VALUE_LEARNT (CLT_VALUE_MAN | CLT_VALUE_WOMAN | CLT_VALUE_COMMON)

/*
 * A distinct normalised value of a column.  Its text is said by the distance from
 * the struct, so that values and text may lie in memory that several processes see
 * at different addresses.  The struct must not be copied: clt_value_text() of the
 * copy would lead nowhere.
 */
typedef struct CltValue
{
	ptrdiff_t text;
	uint32_t	len;
	uint32_t	count;			/* records that have it */
	uint64_t	hash;
	uint64_t	alt[3];			/* other forms by which it is the same; 0:
								 * none */
	uint64_t	sound;			/* loose key for blocking */
	int64_t		num;			/* yyyymmdd, or the number, or its digits */
	uint32_t	token;			/* first of its tokens in the column's list */
	uint16_t	ntokens;
	uint16_t	flags;
	float		tf_u;			/* term-frequency bits, unrelated people */
	float		tf_h;			/* the same, members of one household */
	float		lift;			/* given name: bits by which it is commoner
								 * among its countrymen */
	uint32_t	letters;		/* clt_letters() of the text */
} CltValue;

/* What a word of people's whole names is. */
typedef enum CltWordRole
{
	CLT_WORD_EITHER,			/* not known, or both */
	CLT_WORD_GIVEN,
	CLT_WORD_FAMILY
} CltWordRole;

/* A word of values; its text as in CltValue. */
typedef struct CltToken
{
	ptrdiff_t text;
	uint32_t	len;
	uint32_t	count;			/* records whose value has it */
	float		idf;
	uint32_t	letters;
	uint32_t	family;			/* of names: what its forms for a man and for
								 * a woman have in common; 0: it has none */
	CltWordRole role;			/* of whole names */
} CltToken;

static inline const char *
clt_value_text(const CltValue *v)
{
	return (const char *) v + v->text;
}

static inline void
clt_value_set_text(CltValue *v, const char *s)
{
	v->text = s - (const char *) v;
}

static inline const char *
clt_token_text(const CltToken *t)
{
	return (const char *) t + t->text;
}

static inline void
clt_token_set_text(CltToken *t, const char *s)
{
	t->text = s - (const char *) t;
}

/* An encoded column: code 0 is "no evidence", otherwise values[code]. */
typedef struct CltColumn
{
	CltKind		kind;
	uint32_t   *code;			/* of row r: code[r * stride] */
	uint32_t	stride;
	uint32_t	number;			/* tells the columns of a record apart; below
								 * 64 */
	CltValue   *values;
	uint32_t	nvalues;		/* including the unused 0 */
	uint32_t   *token_ids;		/* values' tokens, by CltValue.token */
	CltToken   *tokens;
	uint32_t	ntokens;
	int64_t		filled;			/* records with a value */
	float		log_u;			/* log2 of the share of pairs that agree
								 * exactly */
	float		log_h;			/* the same within a household */
	float		lift;			/* given names: bits by which they are
								 * commoner among countrymen */
	float		least_u;		/* the least tf_u of its values, at most 0;
								 * known where there are sketches */
	const struct CltSketch *sketch; /* of each value (sketch.h), or NULL */
	const struct CltColumn *element;	/* records have several values: a
										 * value's "tokens" are those of this
										 * column; else NULL */
} CltColumn;

#define CLT_CODE(column, row) ((column)->code[(size_t) (row) * (column)->stride])

#define CLT_ADDRESS_PARTS 6
enum
{
	CLT_PART_STREET,
	CLT_PART_NUMBER,
	CLT_PART_EXTRA,
	CLT_PART_POSTCODE,
	CLT_PART_CITY,
	CLT_PART_REGION
};

/* One comparison: its kind and the columns it looks at (NULL: not there). */
typedef struct CltComparison
{
	CltKind		kind;
	const CltColumn *column;
	const CltColumn *partner;	/* given name: the surname it may be swapped
								 * with */
	const CltColumn *company;	/* surname: a record with a company and no
								 * name is a firm */
	const CltColumn *given;		/* e-mail: names that it may be made of */
	const CltColumn *surname;
	const CltColumn *whole;		/* ... in one column */
	const CltColumn *email;		/* surname, company: where they may stand, too */
	const CltColumn *part[CLT_ADDRESS_PARTS];
	bool		tf;				/* term-frequency adjustment at level 1 */
	const struct CltLevels *levels; /* CLT_KIND_LEVELS */
} CltComparison;

/* A level that can be told only where the record has a column of another kind, too. */
typedef struct CltToldBy
{
	int			level;			/* 0: no such level */
	CltKind		by;
} CltToldBy;

#define CLT_MOST_TOLD_BY 3

/* What is known about a kind before any data. */
typedef struct CltKindInfo
{
	const char *name;
	int			nlevels;
	int			different;		/* the first level at which values are
								 * different */
	CltFsScope	scope;
	CltFsRole	role;
	bool		tf;				/* level 1 is adjusted by the frequency of the
								 * value */
	bool		several;		/* a person has several in the course of time */
	const char *label[CLT_FS_MAX_LEVELS + 1];
	double		m0[CLT_FS_MAX_LEVELS + 1];
	double		h0[CLT_FS_MAX_LEVELS + 1];
	CltFsBound	most;			/* see CltFsComparison for these */
	CltFsBound	loose;
	CltFsBound	alike;
	int			never;
	double		twin;
	double		twin_most;
	CltToldBy	told_by[CLT_MOST_TOLD_BY];
} CltKindInfo;

/* Levels of pairs of values that were compared before: column, codes and level in one word. */
#define CLT_MEMO_BITS 15
#define CLT_MEMO_CODE_BITS 27
typedef struct CltMemo
{
	uint64_t	entry[1 << CLT_MEMO_BITS];	/* 0: free */
} CltMemo;

/*
 * The first level at which given names, dates and whole names are different.  The one behind it says that it is hardly an
 * error: two common names, a generation apart, another given name beside the family's.
 */
#define CLT_GIVEN_OTHER 7
#define CLT_DATE_OTHER 6
#define CLT_WHOLE_OTHER 8

/* Years between a parent and a child. */
#define CLT_GENERATION 16

extern const CltKindInfo clt_kind_info[CLT_NKINDS];

extern int	clt_kind_by_name(const char *name, size_t len);

/* Of longer strings the first so many bytes are compared. */
#define CLT_COMPARED_BYTES 256
/* What the similarity kernels want for strings of that length, whatever is in them. */
#define CLT_COMPARE_SCRATCH 32768

/* Two strings as the similarity kernels want them. */
typedef struct CltStringPair
{
	CltChars	a;
	CltChars	b;
	uint32_t	units[2][CLT_COMPARED_BYTES];
} CltStringPair;

extern void clt_string_pair(CltStringPair *pair, const char *a, uint32_t na, const char *b, uint32_t nb, bool ascii);
extern double clt_value_jaro_winkler(const CltValue *a, const CltValue *b, double cutoff);
extern int	clt_value_osa(const CltValue *a, const CltValue *b, int max);
extern void clt_token_of_name(CltToken *token);
extern double clt_value_tokens(const CltColumn *column, const CltValue *a, const CltValue *b);

extern int	clt_level_apart(CltKind kind, const CltValue *a, const CltValue *b);
extern int	clt_compare_values(CltKind kind, const CltColumn *column, uint32_t a, uint32_t b);
extern int	clt_compare_records(const CltComparison *comparison, CltMemo *memo,
								uint32_t l, uint32_t r, uint32_t *tf_value);
extern float clt_address_frequency(const CltComparison *cmp, int level, uint32_t l, uint32_t r);

/* Two records, and what comparing them gives: the packed levels and the frequency bits. */
typedef struct CltCompared
{
	uint32_t	l;
	uint32_t	r;
	uint64_t	gamma;
	float		tf_u;
	float		tf_h;
	float		lift;			/* if they are countrymen */
	bool		one_family;
	bool		one_country;
} CltCompared;

extern uint64_t clt_compare_vector(const CltComparison *comparisons, CltMemo *const *memos,
								   int n, uint32_t l, uint32_t r, float *tf_u, float *tf_h);

#endif
