/*
 * compare_values.c
 *		Which level of agreement two different values of one kind reach.
 */
#include "linkage/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "linkage/check_digits.h"
#include "linkage/compare_parts.h"
#include "linkage/location.h"
#include "text/names.h"

static bool
share_form(const CltValue *a, const CltValue *b)
{
	int			i;
	int			j;

	for (i = 0; i < 3; i++)
		for (j = 0; a->alt[i] && j < 3; j++)
			if (a->alt[i] == b->alt[j])
				return true;
	return false;
}

static bool
has_word(const CltColumn *column, const CltValue *a, const CltValue *b)
{
	int			i;
	int			j;

	if (a->ntokens < 2 && b->ntokens < 2)
		return false;
	for (i = 0; i < a->ntokens; i++)
		for (j = 0; j < b->ntokens; j++)
			if (column->token_ids[a->token + i] == column->token_ids[b->token + j] &&
				column->tokens[column->token_ids[a->token + i]].len >= 3)
				return true;
	return false;
}

/* one_name: may one given name stand for the other, as Kasia for Katarzyna?  The first names decide. */
static bool
one_name(const CltColumn *column, const CltValue *a, const CltValue *b)
{
	const CltToken *x;
	const CltToken *y;

	if (!a->ntokens || !b->ntokens)
		return false;
	x = &column->tokens[column->token_ids[a->token]];
	y = &column->tokens[column->token_ids[b->token]];
	return clt_names_related(clt_token_text(x), x->len, clt_token_text(y), y->len);
}

/*
 * are_two tells whether two names that look alike are two names, and not one with
 * a typing error: errors are rare and scatter, so what many have is no error.
 */
static bool
are_two(uint32_t a, uint32_t b)
{
	uint32_t	rarer = a < b ? a : b;
	uint32_t	commoner = a < b ? b : a;

	return rarer >= 5 && rarer >= commoner / 50;
}

static bool
both_names(const CltValue *a, const CltValue *b)
{
	return are_two(a->count, b->count);
}

/* given_level: levels 1-5 of a given name, 6 when different. */
static int
given_level(const CltColumn *column, const CltValue *a, const CltValue *b)
{
	double		jw;

	if ((a->flags | b->flags) & CLT_VALUE_INITIAL)
		return clt_value_text(a)[0] == clt_value_text(b)[0] ? 5 : 6;
	/* Goran and Gordana */
	if (((a->flags | b->flags) & (CLT_VALUE_MAN | CLT_VALUE_WOMAN)) == (CLT_VALUE_MAN | CLT_VALUE_WOMAN))
		return 6;
	if (share_form(a, b) || has_word(column, a, b) || one_name(column, a, b))
		return 2;
	jw = clt_value_jaro_winkler(a, b, 0.80);
	if (jw >= 0.92 || (a->len >= 4 && b->len >= 4 && clt_value_osa(a, b, 1) <= 1))
		return both_names(a, b) ? 4 : 3;
	if (jw >= 0.80 || (a->len >= 3 && b->len >= 3 && a->sound == b->sound))
		return both_names(a, b) ? 6 : 4;
	return 6;
}

static int
surname_level(const CltColumn *column, const CltValue *a, const CltValue *b)
{
	double		jw;

	if (share_form(a, b) || has_word(column, a, b))
		return 2;
	jw = clt_value_jaro_winkler(a, b, 0.82);
	if (jw >= 0.92 || (a->len >= 4 && b->len >= 4 && clt_value_osa(a, b, 1) <= 1))
		return both_names(a, b) ? 4 : 3;
	if (jw >= 0.82)
		return 4;
	if (a->len >= 3 && b->len >= 3 && a->sound == b->sound)
		return 4;
	return 8;
}

/* A word that so many records have at most, and not more than two and one in a thousand, is rare: hardly two strangers share it. */
#define RARE_WORD 5

/* share_rare_word tells whether two values have a word in common that hardly any other has. */
static bool
share_rare_word(const CltColumn *column, const CltValue *a, const CltValue *b)
{
	uint32_t	most = column->filled < 1000 * (RARE_WORD - 2) ? 2 + (uint32_t) (column->filled / 1000) : RARE_WORD;
	int			i;
	int			j;

	for (i = 0; i < a->ntokens; i++)
	{
		uint32_t	id = column->token_ids[a->token + i];

		if (column->tokens[id].count > most || column->tokens[id].len < 3)
			continue;
		for (j = 0; j < b->ntokens; j++)
			if (column->token_ids[b->token + j] == id)
				return true;
	}
	return false;
}

/*
 * words_level: firms and anything of several words; 2 to 7.  Firms that have words left over on both sides (Kovac
 * Transport, Kovac Nekretnine) are two, however rare what they share.
 */
static int
words_level(const CltColumn *column, const CltValue *a, const CltValue *b, bool firms)
{
	double		wa;
	double		wb;
	double		both;
	double		jaccard;
	double		jw;
	int			shared;
	int			shorter = a->ntokens < b->ntokens ? a->ntokens : b->ntokens;
	int			longer = a->ntokens < b->ntokens ? b->ntokens : a->ntokens;
	bool		contained;

	if (share_form(a, b))
		return 2;
	clt_word_overlap(column, a, b, &wa, &wb, &both, &shared);
	jaccard = wa + wb - both <= 0 ? 0 : both / (wa + wb - both);
	if (shared == longer && jaccard >= 0.98)
		return 2;
	jw = clt_value_jaro_winkler(a, b, 0.85);
	if (shared == longer || jaccard >= 0.80 || (jw >= 0.94 && longer == 1))
		return 3;
	contained = shared == shorter && shared > 0 && (shorter >= 2 || both >= 0.45 * (wa > wb ? wa : wb));
	if (firms && shared < shorter)
		return jaccard >= 0.25 || jw >= 0.90 ? 6 : 7;
	if ((contained || jaccard >= 0.2) && share_rare_word(column, a, b))
		return 4;
	if (contained || jaccard >= 0.45)
		return 5;
	if (jaccard >= 0.25 || jw >= 0.90)
		return 6;
	return 7;
}

/*
 * word_alike: may one word of a name stand for the other?  Also an initial, a pet form or the
 * family's form; two given names that are known, or that many have, are two, however alike.
 */
static bool
word_alike(const CltToken *x, const CltToken *y)
{
	float		share;

	if (clt_names_related(clt_token_text(x), x->len, clt_token_text(y), y->len))
		return true;
	if (x->role == CLT_WORD_GIVEN && y->role == CLT_WORD_GIVEN)
		return clt_token_alike(x, y, &share) && !are_two(x->count, y->count) &&
			!(clt_name_marks(clt_token_text(x), x->len) && clt_name_marks(clt_token_text(y), y->len));
	return (x->family && x->family == y->family && x->role != CLT_WORD_GIVEN && y->role != CLT_WORD_GIVEN) || clt_token_alike(x, y, &share);
}

/* both_surnames tells whether two words that look alike are two names, as both_names does of values. */
static bool
both_surnames(const CltToken *x, const CltToken *y)
{
	return x->role != CLT_WORD_GIVEN && y->role != CLT_WORD_GIVEN && are_two(x->count, y->count);
}

/* A word that fewer have may be any word with an error in it. */
#define GIVEN_BEARERS 3

/* is_given tells whether a word of a name is the given name: by itself, or because the other one is the family's. */
static bool
is_given(const CltColumn *column, const CltValue *v, int i)
{
	const uint32_t *id = column->token_ids + v->token;
	CltWordRole role = column->tokens[id[i]].role;

	return role == CLT_WORD_GIVEN ||
		(role == CLT_WORD_EITHER && v->ntokens == 2 && column->tokens[id[i]].count >= GIVEN_BEARERS && column->tokens[id[1 - i]].role == CLT_WORD_FAMILY);
}

/* What is left of two names when the words are taken away that both have. */
typedef struct Leftover
{
	int			shared;			/* words that both have */
	bool		given;			/* one of these is a given name */
	const CltToken *a;			/* the last word that is left over */
	const CltToken *b;
	bool		given_a;		/* one of the words left over is a given name */
	bool		given_b;
} Leftover;

/* pair_words finds the words that two names have in common, the same ones first. */
static void
pair_words(const CltColumn *column, const CltValue *a, const CltValue *b, Leftover *left)
{
	uint32_t	used = 0;
	uint32_t	taken = 0;
	int			pass;
	int			i;
	int			j;

	memset(left, 0, sizeof(*left));
	for (pass = 0; pass < 2; pass++)
		for (i = 0; i < a->ntokens; i++)
			for (j = 0; j < b->ntokens && !(taken & (1u << i)); j++)
			{
				uint32_t	x = column->token_ids[a->token + i];
				uint32_t	y = column->token_ids[b->token + j];

				if ((used & (1u << j)) ||
					(pass == 0 ? x != y : !word_alike(&column->tokens[x], &column->tokens[y])))
					continue;
				used |= 1u << j;
				taken |= 1u << i;
				left->shared++;
				left->given |= is_given(column, a, i) || is_given(column, b, j);
			}
	for (i = 0; i < a->ntokens; i++)
		if (!(taken & (1u << i)))
		{
			left->a = &column->tokens[column->token_ids[a->token + i]];
			left->given_a |= left->a->len > 1 && is_given(column, a, i);
		}
	for (j = 0; j < b->ntokens; j++)
		if (!(used & (1u << j)))
		{
			left->b = &column->tokens[column->token_ids[b->token + j]];
			left->given_b |= left->b->len > 1 && is_given(column, b, j);
		}
}

/*
 * full_name_level: names of people in one field; 2 to 5, 8 when different, 9 when that is the given name.  Two words are enough for
 * two people of one household to share one, so what counts is whether words are
 * left over on both sides, and not how rare the shared ones are.
 */
static int
full_name_level(const CltColumn *column, const CltValue *a, const CltValue *b)
{
	int			shorter = a->ntokens < b->ntokens ? a->ntokens : b->ntokens;
	int			longer = a->ntokens < b->ntokens ? b->ntokens : a->ntokens;
	Leftover	left;
	float		share;

	if (share_form(a, b))
		return 2;
	pair_words(column, a, b, &left);
	if (left.shared == longer && left.shared > 0)
		return 3;
	/* Ana Kovač and Marko Kovač */
	if (left.given_a && left.given_b)
		return left.shared == 0 ? CLT_WHOLE_OTHER : left.given || clt_token_alike(left.a, left.b, &share) ? 5 : CLT_WHOLE_OTHER + 1;
	if (clt_value_jaro_winkler(a, b, 0.94) >= 0.94 && longer - left.shared <= 1 && clt_value_osa(a, b, 2) <= 2 &&
		!(left.a && left.b && both_surnames(left.a, left.b)))
		return 3;
	if (left.shared == shorter && left.shared >= 2)
		return 4;
	return left.shared > 0 ? 5 : CLT_WHOLE_OTHER;
}

/* same_digits: user12 and user13 are two users, not a typing error. */
static bool
same_digits(const CltValue *a, const CltValue *b)
{
	const char *s = clt_value_text(a);
	const char *t = clt_value_text(b);
	uint32_t	i = 0;
	uint32_t	j = 0;

	for (;;)
	{
		while (i < a->len && (s[i] < '0' || s[i] > '9'))
			i++;
		while (j < b->len && (t[j] < '0' || t[j] > '9'))
			j++;
		if (i == a->len || j == b->len)
			return i == a->len && j == b->len;
		if (s[i++] != t[j++])
			return false;
	}
}

static int
email_level(const CltValue *a, const CltValue *b)
{
	if (a->num > 0 && a->num == b->num && memcmp(clt_value_text(a), clt_value_text(b), (size_t) a->num) == 0 &&
		clt_text_osa(clt_value_text(a) + a->num, a->len - (uint32_t) a->num, clt_value_text(b) + b->num,
					 b->len - (uint32_t) b->num, (a->flags & b->flags & CLT_VALUE_ASCII) != 0, 1) <= 1)
		return 2;
	if (!same_digits(a, b))
		return a->alt[1] && a->alt[1] == b->alt[1] ? 4 : 6;
	if (clt_value_osa(a, b, 1) <= 1 || (a->len >= 12 && b->len >= 12 && clt_value_osa(a, b, 2) <= 2))
		return 3;
	if (a->alt[1] && a->alt[1] == b->alt[1])
		return 4;
	/* num holds the length of the local part */
	if (a->num >= 5 && b->num >= 5 &&
		clt_text_jaro_winkler(clt_value_text(a), (uint32_t) a->num, clt_value_text(b), (uint32_t) b->num,
							  (a->flags & b->flags & CLT_VALUE_ASCII) != 0, 0.90) >= 0.90)
		return 5;
	return 6;
}

static int
phone_level(const CltValue *a, const CltValue *b)
{
	if (a->alt[0] && a->alt[0] == b->alt[0])
		return 2;
	if (a->len >= 7 && b->len >= 7 && clt_value_osa(a, b, 1) <= 1)
		return 3;
	return 4;
}

/* Of dates that a form says in the place of one that is not known, the distance says nothing. */
static bool
a_generation_apart(const CltValue *a, const CltValue *b)
{
	return llabs(a->num / 10000 - b->num / 10000) >= CLT_GENERATION && !((a->flags | b->flags) & CLT_VALUE_WEAK);
}

/* clt_level_apart returns the level of two values that have nothing in common. */
int
clt_level_apart(CltKind kind, const CltValue *a, const CltValue *b)
{
	if (kind == CLT_KIND_GIVEN)
		return CLT_GIVEN_OTHER + ((a->flags & b->flags & CLT_VALUE_COMMON) != 0);
	if (kind == CLT_KIND_DATE)
		return CLT_DATE_OTHER + a_generation_apart(a, b);
	return clt_kind_info[kind].different;
}

static int
date_level(const CltValue *a, const CltValue *b)
{
	int			ya = (int) (a->num / 10000);
	int			ma = (int) (a->num / 100 % 100);
	int			da = (int) (a->num % 100);
	int			yb = (int) (b->num / 10000);
	int			mb = (int) (b->num / 100 % 100);
	int			db = (int) (b->num % 100);

	if (ya == yb && ma == db && da == mb)
		return 2;
	/* the year alone was known */
	if (ya == yb && ((ma == 1 && da == 1) || (mb == 1 && db == 1)))
		return 5;
	if (a->len == 8 && b->len == 8 && clt_value_osa(a, b, 1) <= 1)
		return 3;
	if ((ya == yb) + (ma == mb) + (da == db) == 2)
		return 4;
	if (ya == yb)
		return 5;
	return clt_level_apart(CLT_KIND_DATE, a, b);
}

/* words_within: does the longer of two values have all words of the shorter? */
static bool
words_within(const CltColumn *column, const CltValue *a, const CltValue *b)
{
	const CltValue *few = a->ntokens <= b->ntokens ? a : b;
	const CltValue *many = a->ntokens <= b->ntokens ? b : a;
	int			i;
	int			j;

	for (i = 0; i < few->ntokens; i++)
	{
		for (j = 0; j < many->ntokens; j++)
			if (column->token_ids[few->token + i] == column->token_ids[many->token + j])
				break;
		if (j == many->ntokens)
			return false;
	}
	return few->ntokens > 0;
}

static int
street_level(const CltColumn *column, const CltValue *a, const CltValue *b)
{
	double		jw;

	if ((a->alt[0] && a->alt[0] == b->alt[0]) || words_within(column, a, b))
		return 2;
	/* 51st Street and 61st Street are two streets, not a typing error */
	if (!same_digits(a, b))
		return 4;
	jw = clt_value_jaro_winkler(a, b, 0.85);
	if (jw >= 0.93 || clt_value_osa(a, b, 2) <= (a->len >= 8 && b->len >= 8 ? 2 : 1))
		return 2;
	if (a->ntokens && b->ntokens)
	{
		double		sim = clt_value_tokens(column, a, b);

		if (sim >= 0.7)
			return 2;
		if (sim >= 0.4)
			return 3;
	}
	return jw >= 0.87 ? 3 : 4;
}

static int
number_level(const CltValue *a, const CltValue *b)
{
	double		x = fabs((double) a->num);
	double		y = fabs((double) b->num);
	double		larger = x > y ? x : y;

	return fabs((double) a->num - (double) b->num) <= 0.1 * larger ? 2 : 3;
}

static int
house_number_level(const CltValue *a, const CltValue *b)
{
	/* 12 and 12a, 12/3 */
	if (a->num > 0 && a->num == b->num)
		return 2;
	return a->len >= 2 && b->len >= 2 && clt_value_osa(a, b, 1) <= 1 ? 2 : 3;
}

/* clt_compare_values returns the level of two different values of one column. */
int
clt_compare_values(CltKind kind, const CltColumn *column, uint32_t ca, uint32_t cb)
{
	const CltValue *a = &column->values[ca];
	const CltValue *b = &column->values[cb];

	/* codes depend on the order of reading; the order of hashes does not */
	if (a->hash > b->hash)
	{
		const CltValue *t = a;

		a = b;
		b = t;
	}
	switch (kind)
	{
		case CLT_KIND_GIVEN:
			{
				int			level = given_level(column, a, b);

				return level == 6 ? clt_level_apart(kind, a, b) : level;
			}
		case CLT_KIND_MIDDLE:
			return given_level(column, a, b);
		case CLT_KIND_SURNAME:
			return surname_level(column, a, b);
		case CLT_KIND_FULL_NAME:
			return full_name_level(column, a, b);
		case CLT_KIND_COMPANY:
		case CLT_KIND_TEXT:
			return words_level(column, a, b, kind == CLT_KIND_COMPANY);
		case CLT_KIND_EMAIL:
			return email_level(a, b);
		case CLT_KIND_PHONE:
			return phone_level(a, b);
		case CLT_KIND_DATE:
			return date_level(a, b);
		case CLT_KIND_STREET:
		case CLT_KIND_CITY:
			return street_level(column, a, b);
		case CLT_KIND_HOUSE_NUMBER:
			return house_number_level(a, b);
		case CLT_KIND_IDENTIFIER:
			return clt_identifier_level(a, b);
		case CLT_KIND_LOCATION:
			return clt_location_level(a, b);
		case CLT_KIND_POSTCODE:
			return a->len >= 4 && b->len >= 4 && clt_value_osa(a, b, 1) <= 1 ? 2 : 3;
		case CLT_KIND_REGION:
		case CLT_KIND_CATEGORY:
			return share_form(a, b) || (a->len >= 4 && b->len >= 4 &&
										(clt_value_osa(a, b, 1) <= 1 ||
										 clt_value_jaro_winkler(a, b, 0.92) >= 0.92)) ? 2 : 3;
		case CLT_KIND_NUMBER:
			return number_level(a, b);
		case CLT_KIND_SEX:
			return 2;
		default:
			return clt_kind_info[kind].nlevels;
	}
}

/* tag_of returns what two values, the lesser first, have in a memory; the column is part of it, as the parts of an address share one. */
static inline uint64_t
tag_of(const CltColumn *column, uint32_t a, uint32_t b)
{
	return (((uint64_t) column->number << CLT_MEMO_CODE_BITS | b) << CLT_MEMO_CODE_BITS | a) << 4;
}

static inline uint64_t *
entry_of(CltMemo *memo, uint64_t tag)
{
	return &memo->entry[(tag * UINT64_C(0x9e3779b97f4a7c15)) >> (64 - CLT_MEMO_BITS)];
}

/* clt_compare_ask asks for what clt_compare_remembered() will look at first. */
void
clt_compare_ask(CltMemo *memo, const CltColumn *column, uint32_t a, uint32_t b)
{
	if (memo)
		__builtin_prefetch(entry_of(memo, a < b ? tag_of(column, a, b) : tag_of(column, b, a)));
}

/* clt_compare_remembered looks a pair of values up and compares it at the first time. */
int
clt_compare_remembered(CltMemo *memo, CltKind kind, const CltColumn *column, uint32_t a, uint32_t b)
{
	uint64_t	tag;
	uint64_t   *entry;

	if (a > b)
	{
		uint32_t	t = a;

		a = b;
		b = t;
	}
	if (!memo || b >> CLT_MEMO_CODE_BITS)
		return clt_compare_values(kind, column, a, b);
	tag = tag_of(column, a, b);
	entry = entry_of(memo, tag);
	if (*entry >> 4 != tag >> 4)
		*entry = tag | (uint64_t) clt_compare_values(kind, column, a, b);
	return (int) (*entry & 15);
}
