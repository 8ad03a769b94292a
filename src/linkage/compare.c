/*
 * compare.c
 *		Comparisons: which level of agreement two encoded values reach.
 *
 * Each distinct value of a column is normalised once and known by its code, so
 * equality is a comparison of integers; a pair of different values is compared
 * once and remembered (names repeat, so most pairs of values do too).  Levels
 * are ordered, the first that holds is taken, 0 says that a value is missing.
 */
#include "linkage/compare.h"

#include <math.h>
#include <string.h>

#include "linkage/blocking.h"
#include "linkage/check_digits.h"
#include "linkage/levels.h"
#include "linkage/location.h"
#include "similarity/jaro.h"
#include "similarity/levenshtein.h"
#include "text/names.h"

const CltKindInfo clt_kind_info[CLT_NKINDS] = {
	[CLT_KIND_GIVEN] = {"given_name", 7, CLT_FS_PERSONAL, true, false, 0.12,
		{NULL, "exact", "variant", "close", "similar", "initial", "swapped with surname", "different"},
	{0, .72, .06, .09, .03, .03, .01, .06}, {0}},
	[CLT_KIND_MIDDLE] = {"middle_name", 6, CLT_FS_PERSONAL, true, false, 0.30,
		{NULL, "exact", "variant", "close", "similar", "initial", "different"},
	{0, .60, .05, .08, .03, .20, .04}, {0}},
	[CLT_KIND_SURNAME] = {"surname", 8, CLT_FS_SHARED, true, false, 0.15,
		{NULL, "exact", "family form or part", "close", "similar", "in the other's e-mail", "both are firms",
		"a firm and a person", "different"},
	{0, .75, .04, .09, .02, .01, .04, .002, .05}, {0, .70, .04, .02, .01, .0005, .0005, .08, .15}},
	[CLT_KIND_FULL_NAME] = {"full_name", 8, CLT_FS_SHARED, true, false, 0.08,
		{NULL, "exact", "same words", "close", "contained", "a word in common", "both are firms", "a firm and a person",
		"different"},
	{0, .60, .10, .14, .05, .06, .03, .001, .03}, {0, .010, .004, .010, .006, .75, .0005, .08, .14}},
	[CLT_KIND_COMPANY] = {"company", 6, CLT_FS_SHARED, true, false, 0.40,
		{NULL, "exact", "same words", "close", "contained", "similar", "different"},
	{0, .62, .10, .12, .06, .04, .06}, {0, .50, .05, .05, .05, .05, .30}},
	[CLT_KIND_EMAIL] = {"email", 6, CLT_FS_SHARED, true, true, 0.55,
		{NULL, "exact", "typing error in the domain", "typing error", "same local part", "similar local part", "different"},
	{0, .66, .03, .07, .04, .04, .16}, {0, .06, .01, .01, .01, .03, .88}},
	[CLT_KIND_PHONE] = {"phone", 4, CLT_FS_SHARED, true, true, 0.60,
		{NULL, "exact", "last seven digits", "typing error", "different"},
	{0, .68, .02, .06, .24}, {0, .40, .01, .01, .58}},
	[CLT_KIND_DATE] = {"date", 6, CLT_FS_PERSONAL, true, false, 0.12,
		{NULL, "exact", "day and month swapped", "typing error", "two parts agree", "same year", "different"},
	{0, .85, .02, .06, .03, .02, .02}, {0}},
	[CLT_KIND_STREET] = {"street", 4, CLT_FS_SHARED, true, true, 0.50,
		{NULL, "exact", "close", "similar", "different"},
	{0, .65, .12, .05, .18}, {0, .85, .05, .02, .08}},
	[CLT_KIND_HOUSE_NUMBER] = {"house_number", 3, CLT_FS_SHARED, false, true, 0.50,
		{NULL, "exact", "close", "different"},
	{0, .75, .05, .20}, {0, .90, .04, .06}},
	[CLT_KIND_POSTCODE] = {"postcode", 3, CLT_FS_SHARED, true, true, 0.50,
		{NULL, "exact", "typing error", "different"},
	{0, .75, .08, .17}, {0, .92, .03, .05}},
	[CLT_KIND_CITY] = {"city", 4, CLT_FS_SHARED, true, true, 0.40,
		{NULL, "exact", "close", "similar", "different"},
	{0, .75, .08, .03, .14}, {0, .92, .03, .01, .04}},
	[CLT_KIND_REGION] = {"region", 3, CLT_FS_SHARED, true, true, 0.30,
		{NULL, "exact", "close", "different"},
	{0, .88, .04, .08}, {0, .95, .02, .03}},
	[CLT_KIND_SEX] = {"sex", 2, CLT_FS_PERSONAL, false, false, 0.05,
		{NULL, "same", "different"},
	{0, .985, .015}, {0}},
	[CLT_KIND_IDENTIFIER] = {"identifier", 3, CLT_FS_PERSONAL, true, false, 0.25,
		{NULL, "exact", "typing error", "different"},
	{0, .88, .07, .05}, {0}},
	[CLT_KIND_NUMBER] = {"number", 3, CLT_FS_PERSONAL, true, false, 0.40,
		{NULL, "exact", "within a tenth", "different"},
	{0, .75, .10, .15}, {0}},
	[CLT_KIND_CATEGORY] = {"category", 3, CLT_FS_PERSONAL, true, false, 0.60,
		{NULL, "exact", "close", "different"},
	{0, .75, .05, .20}, {0}},
	[CLT_KIND_TEXT] = {"text", 6, CLT_FS_PERSONAL, true, false, 0.25,
		{NULL, "exact", "same words", "close", "contained", "similar", "different"},
	{0, .55, .10, .14, .08, .06, .07}, {0}},
	[CLT_KIND_ADDRESS] = {"address", 8, CLT_FS_SHARED, false, true, 0.50,
		{NULL, "same address", "same but for a detail", "same street", "same line, another place",
		"same postcode", "same town", "similar line or town", "different"},
	{0, .48, .16, .08, .04, .03, .05, .03, .13}, {0, .86, .06, .03, .01, .01, .01, .01, .01}},
	[CLT_KIND_LOCATION] = {"location", 6, CLT_FS_SHARED, false, true, 0.50,
		{NULL, "within 10 m", "within 100 m", "within 1 km", "within 10 km", "within 100 km", "farther"},
	{0, .50, .12, .08, .10, .08, .12}, {0, .86, .08, .02, .01, .01, .02}},
	[CLT_KIND_VERBATIM] = {"(verbatim)", 2, CLT_FS_PERSONAL, false, false, 0, {NULL, "exact", "different"}, {0, .8, .2}, {0}},
	[CLT_KIND_LEVELS] = {"levels", 2, CLT_FS_PERSONAL, false, false, 0, {NULL, "exact", "different"}, {0, .8, .2}, {0}},
};

/* clt_kind_by_name returns the kind or -1. */
int
clt_kind_by_name(const char *name, size_t len)
{
	int			i;

	for (i = 0; i < CLT_NKINDS; i++)
		if (strlen(clt_kind_info[i].name) == len && memcmp(clt_kind_info[i].name, name, len) == 0)
			return i;
	return -1;
}

/* ---- strings ---- */

#define MAX_BYTES CLT_COMPARED_BYTES
#define SCRATCH_WORDS (CLT_COMPARE_SCRATCH / sizeof(uint64_t))

/* clipped is the length of what is compared: whole characters. */
static uint32_t
clipped(const char *s, uint32_t len)
{
	if (len <= MAX_BYTES)
		return len;
	len = MAX_BYTES;
	while (len > 0 && ((unsigned char) s[len] & 0xC0) == 0x80)
		len--;
	return len;
}

/* clt_string_pair gives the similarity kernels the heads of two strings. */
void
clt_string_pair(CltStringPair *pair, const char *a, uint32_t na, const char *b, uint32_t nb, bool ascii)
{
	const uint8_t *ua = (const uint8_t *) a;
	const uint8_t *ub = (const uint8_t *) b;

	na = clipped(a, na);
	nb = clipped(b, nb);
	if (ascii)
	{
		pair->a = clt_chars(a, na, false);
		pair->b = clt_chars(b, nb, false);
	}
	else if (!clt_chars_pair_utf8(ua, na, ub, nb, (uint8_t *) pair->units[0], (uint8_t *) pair->units[1],
								  &pair->a, &pair->b, NULL))
	{
		pair->a = clt_chars(pair->units[0], clt_utf8_to_wide(ua, na, pair->units[0], NULL), true);
		pair->b = clt_chars(pair->units[1], clt_utf8_to_wide(ub, nb, pair->units[1], NULL), true);
	}
}

/* string_jaro_winkler: Jaro-Winkler of two strings, 0 when below cutoff; nothing is like nothing. */
static double
string_jaro_winkler(const char *a, uint32_t na, const char *b, uint32_t nb, bool ascii, double cutoff)
{
	uint64_t	scratch[SCRATCH_WORDS];
	CltStringPair pair;

	if (na == 0 || nb == 0)
		return 0;
	clt_string_pair(&pair, a, na, b, nb, ascii);
	return clt_jaro_winkler(pair.a, pair.b, cutoff, scratch, NULL);
}

/* string_osa: optimal string alignment distance of two strings, max + 1 if above max. */
static int
string_osa(const char *a, uint32_t na, const char *b, uint32_t nb, bool ascii, int max)
{
	uint64_t	scratch[SCRATCH_WORDS];
	CltStringPair pair;

	clt_string_pair(&pair, a, na, b, nb, ascii);
	return (int) clt_osa(pair.a, pair.b, (uint32_t) max, scratch, NULL);
}

/*
 * Most strings that are compared have nothing to do with each other, and which letters
 * occur in them tells so without a look at the text, which lies elsewhere in memory.
 * A set of letters has 27 bits for the letters and digits and 5 of the first one; 0
 * stands for a text that is not all ASCII, or is cut before it is compared.
 */
#define LETTER_BITS 27
#define LETTER_MASK ((1u << LETTER_BITS) - 1)

uint32_t
clt_letters(const char *s, size_t len)
{
	uint32_t	letters = 0;
	size_t		i;

	if (len == 0 || len > MAX_BYTES)
		return 0;
	for (i = 0; i < len; i++)
	{
		if ((unsigned char) s[i] >= 0x80)
			return 0;
		letters |= 1u << ((unsigned char) s[i] % LETTER_BITS);
	}
	return letters | (uint32_t) s[0] << LETTER_BITS;
}

static inline int
count_bits(uint32_t x)
{
	x -= x >> 1 & 0x55555555;
	x = (x & 0x33333333) + (x >> 2 & 0x33333333);
	x = (x + (x >> 4)) & 0x0f0f0f0f;
	return (int) (x * 0x01010101 >> 24);
}

/* letters_far: is the distance of two texts above max for sure?  An edit changes two bits at most. */
static inline bool
letters_far(uint32_t a, uint32_t na, uint32_t b, uint32_t nb, int max)
{
	if (!a || !b)
		return false;
	if (na > nb + (uint32_t) max || nb > na + (uint32_t) max)
		return true;
	return count_bits((a ^ b) & LETTER_MASK) > 2 * max;
}

/*
 * letters_unlike: is the Jaro-Winkler similarity below the cutoff for sure?  A letter
 * that the other text has not is not matched; without a common first letter there is
 * no boost, and with one at most four tenths of the rest.
 */
static inline bool
letters_unlike(uint32_t a, uint32_t na, uint32_t b, uint32_t nb, double cutoff)
{
	int			left;
	int			right;
	double		m;
	double		jaro;

	if (!a || !b)
		return false;
	left = (int) na - count_bits(a & ~b & LETTER_MASK);
	right = (int) nb - count_bits(b & ~a & LETTER_MASK);
	m = left < right ? left : right;
	if (m <= 0)
		return true;
	jaro = (m / na + m / nb + 1.0) / 3.0;
	if ((a ^ b) >> LETTER_BITS == 0)
		jaro += 0.4 * (1.0 - jaro);
	return jaro < cutoff - 1e-6;
}

/* clt_value_jaro_winkler compares two normalised values. */
double
clt_value_jaro_winkler(const CltValue *a, const CltValue *b, double cutoff)
{
	if (letters_unlike(a->letters, a->len, b->letters, b->len, cutoff))
		return 0;
	return string_jaro_winkler(clt_value_text(a), a->len, clt_value_text(b), b->len,
							   (a->flags & b->flags & CLT_VALUE_ASCII) != 0, cutoff);
}

/* clt_value_osa returns their optimal string alignment distance, max + 1 if above max. */
int
clt_value_osa(const CltValue *a, const CltValue *b, int max)
{
	if (letters_far(a->letters, a->len, b->letters, b->len, max))
		return max + 1;
	return string_osa(clt_value_text(a), a->len, clt_value_text(b), b->len,
					  (a->flags & b->flags & CLT_VALUE_ASCII) != 0, max);
}

/* ---- words ---- */

static bool
token_alike(const CltToken *x, const CltToken *y, float *share)
{
	const char *s = clt_token_text(x);
	const char *t = clt_token_text(y);
	bool		ascii = true;
	uint32_t	i;

	/* an initial for a word */
	if ((x->len == 1 || y->len == 1) && s[0] == t[0])
	{
		*share = 0.7f;
		return true;
	}
	if (x->len < 4 || y->len < 4)
		return false;
	/* neither an abbreviation nor like the other */
	if (letters_unlike(x->letters, x->len, y->letters, y->len, 0.92) &&
		letters_far(x->letters, x->len, y->letters, y->len, 1) &&
		(x->len < y->len ? x->letters & ~y->letters : y->letters & ~x->letters) & LETTER_MASK)
		return false;
	/* numbers are the same or not */
	if ((s[0] >= '0' && s[0] <= '9') || (t[0] >= '0' && t[0] <= '9'))
		return false;
	for (i = 0; ascii && i < x->len; i++)
		ascii = (unsigned char) s[i] < 0x80;
	for (i = 0; ascii && i < y->len; i++)
		ascii = (unsigned char) t[i] < 0x80;
	/* an abbreviation for a word */
	if ((x->len < y->len && memcmp(s, t, x->len) == 0) ||
		(y->len < x->len && memcmp(s, t, y->len) == 0))
	{
		*share = 0.9f;
		return true;
	}
	if ((ascii && string_osa(s, x->len, t, y->len, true, 1) <= 1) ||
		string_jaro_winkler(s, x->len, t, y->len, ascii, 0.92) >= 0.92)
	{
		*share = 0.95f;
		return true;
	}
	return false;
}

/* word_overlap: soft tf-idf; total weights of both sides and of what they share. */
static void
word_overlap(const CltColumn *column, const CltValue *a, const CltValue *b,
			 double *wa, double *wb, double *both, int *shared)
{
	const uint32_t *ta = column->token_ids + a->token;
	const uint32_t *tb = column->token_ids + b->token;
	uint32_t	used = 0;
	uint32_t	taken = 0;
	int			pass;
	int			i;
	int			j;

	*wa = *wb = *both = 0;
	*shared = 0;
	for (i = 0; i < a->ntokens; i++)
		*wa += column->tokens[ta[i]].idf;
	for (j = 0; j < b->ntokens; j++)
		*wb += column->tokens[tb[j]].idf;
	for (pass = 0; pass < 2; pass++)
		for (i = 0; i < a->ntokens; i++)
		{
			if (taken & (1u << i))
				continue;
			for (j = 0; j < b->ntokens; j++)
			{
				const CltToken *x = &column->tokens[ta[i]];
				const CltToken *y = &column->tokens[tb[j]];
				float		share = 1;

				if (used & (1u << j))
					continue;
				if (pass == 0 ? ta[i] != tb[j] : !token_alike(x, y, &share))
					continue;
				used |= 1u << j;
				taken |= 1u << i;

				/*
				 * the commoner word of the two says how much the agreement is
				 * worth
				 */
				*both += share * (x->idf < y->idf ? x->idf : y->idf);
				(*shared)++;
				break;
			}
		}
}

/* clt_value_tokens returns the soft Jaccard similarity of two values' words, by idf. */
double
clt_value_tokens(const CltColumn *column, const CltValue *a, const CltValue *b)
{
	double		wa;
	double		wb;
	double		both;
	int			shared;

	word_overlap(column, a, b, &wa, &wb, &both, &shared);
	return wa + wb - both <= 0 ? 0 : both / (wa + wb - both);
}

/* ---- kinds ---- */

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
 * both_names tells whether two names that look alike are two names, and not one with
 * a typing error: errors are rare and scatter, so what many have is no error.
 */
static bool
both_names(const CltValue *a, const CltValue *b)
{
	uint32_t	rarer = a->count < b->count ? a->count : b->count;
	uint32_t	commoner = a->count < b->count ? b->count : a->count;

	return rarer >= 5 && rarer >= commoner / 50;
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

/* words_level: firms and anything of several words; 2 to 6. */
static int
words_level(const CltColumn *column, const CltValue *a, const CltValue *b)
{
	double		wa;
	double		wb;
	double		both;
	double		jaccard;
	double		jw;
	int			shared;
	int			shorter = a->ntokens < b->ntokens ? a->ntokens : b->ntokens;
	int			longer = a->ntokens < b->ntokens ? b->ntokens : a->ntokens;

	if (share_form(a, b))
		return 2;
	word_overlap(column, a, b, &wa, &wb, &both, &shared);
	jaccard = wa + wb - both <= 0 ? 0 : both / (wa + wb - both);
	if (shared == longer && jaccard >= 0.98)
		return 2;
	jw = clt_value_jaro_winkler(a, b, 0.85);
	if (shared == longer || jaccard >= 0.80 || (jw >= 0.94 && longer == 1))
		return 3;
	if (shared == shorter && shared > 0 && (shorter >= 2 || both >= 0.45 * (wa > wb ? wa : wb)))
		return 4;
	if (jaccard >= 0.45)
		return 4;
	if (jaccard >= 0.25 || jw >= 0.90)
		return 5;
	return 6;
}

/* word_alike: may one word of a name stand for the other?  Also an initial or a pet form. */
static bool
word_alike(const CltToken *x, const CltToken *y)
{
	float		share;

	return token_alike(x, y, &share) ||
		clt_names_related(clt_token_text(x), x->len, clt_token_text(y), y->len);
}

/*
 * full_name_level: names of people in one field; 2 to 5, 8 when different.  Two words are enough for
 * two people of one household to share one, so what counts is whether words are
 * left over on both sides, and not how rare the shared ones are.
 */
static int
full_name_level(const CltColumn *column, const CltValue *a, const CltValue *b)
{
	uint32_t	used = 0;
	int			shared = 0;
	int			shorter = a->ntokens < b->ntokens ? a->ntokens : b->ntokens;
	int			longer = a->ntokens < b->ntokens ? b->ntokens : a->ntokens;
	int			pass;
	int			i;
	int			j;
	uint32_t	taken = 0;

	if (share_form(a, b))
		return 2;
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
				shared++;
			}
	if (shared == longer && shared > 0)
		return 3;
	if (clt_value_jaro_winkler(a, b, 0.94) >= 0.94 && longer - shared <= 1 && clt_value_osa(a, b, 2) <= 2)
		return 3;
	if (shared == shorter && shared >= 2)
		return 4;
	return shared > 0 ? 5 : 8;
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
		string_osa(clt_value_text(a) + a->num, a->len - (uint32_t) a->num, clt_value_text(b) + b->num,
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
		string_jaro_winkler(clt_value_text(a), (uint32_t) a->num, clt_value_text(b), (uint32_t) b->num,
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
	return 6;
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

				return level == 6 ? 7 : level;
			}
		case CLT_KIND_MIDDLE:
			return given_level(column, a, b);
		case CLT_KIND_SURNAME:
			return surname_level(column, a, b);
		case CLT_KIND_FULL_NAME:
			return full_name_level(column, a, b);
		case CLT_KIND_COMPANY:
		case CLT_KIND_TEXT:
			return words_level(column, a, b);
		case CLT_KIND_EMAIL:
			return email_level(a, b);
		case CLT_KIND_PHONE:
			return phone_level(a, b);
		case CLT_KIND_DATE:
			return date_level(a, b);
		case CLT_KIND_STREET:
			return street_level(column, a, b);
		case CLT_KIND_HOUSE_NUMBER:
			return house_number_level(a, b);
		case CLT_KIND_CITY:
			{
				int			level = street_level(column, a, b);

				return level;
			}
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

/* remembered looks a pair of values up and compares it at the first time. */
static int
remembered(CltMemo *memo, CltKind kind, const CltColumn *column, uint32_t a, uint32_t b)
{
	uint64_t	tag;
	uint64_t   *entry;

	if (a > b)
	{
		uint32_t	t = a;

		a = b;
		b = t;
	}
	if (!memo)
		return clt_compare_values(kind, column, a, b);
	if (b >> CLT_MEMO_CODE_BITS)
		return clt_compare_values(kind, column, a, b);

	/* the kind is part of it, as the parts of an address share a memo */
	tag = (((uint64_t) kind << CLT_MEMO_CODE_BITS | b) << CLT_MEMO_CODE_BITS | a) << 4;
	entry = &memo->entry[(tag * UINT64_C(0x9e3779b97f4a7c15)) >> (64 - CLT_MEMO_BITS)];
	if (*entry >> 4 != tag >> 4)
		*entry = tag | (uint64_t) clt_compare_values(kind, column, a, b);
	return (int) (*entry & 15);
}

/* ---- addresses ---- */

/* part_level: 0 missing, 1 equal, 2 close, 3 different. */
static int
part_level(const CltColumn *column, CltMemo *memo, uint32_t l, uint32_t r)
{
	uint32_t	a;
	uint32_t	b;
	int			level;

	if (!column)
		return 0;
	a = CLT_CODE(column, l);
	b = CLT_CODE(column, r);
	if (!a || !b)
		return 0;
	if (a == b)
		return 1;
	level = remembered(memo, column->kind, column, a, b);
	return level == 2 ? 2 : 3;
}

/* number_in_street: the level of house numbers that stand in the street's column. */
static int
number_in_street(const CltColumn *column, uint32_t l, uint32_t r)
{
	const CltValue *a = &column->values[CLT_CODE(column, l)];
	const CltValue *b = &column->values[CLT_CODE(column, r)];

	if (!a->alt[1] || !b->alt[1])
		return 0;
	if (a->alt[1] == b->alt[1])
		return 1;
	return a->num == b->num ? 2 : 3;
}

/* has_number: does one of two addresses have a house number? */
static bool
has_number(const CltComparison *cmp, uint32_t l, uint32_t r)
{
	const CltColumn *c = cmp->part[CLT_PART_NUMBER];

	if (c)
		return true;
	c = cmp->part[CLT_PART_STREET];
	return c->values[CLT_CODE(c, l)].alt[1] || c->values[CLT_CODE(c, r)].alt[1];
}

/* street_part: like part_level, the house number aside. */
static int
street_part(const CltColumn *column, CltMemo *memo, uint32_t l, uint32_t r)
{
	int			level = part_level(column, memo, l, r);

	if (level > 1 && column->values[CLT_CODE(column, l)].alt[0] == column->values[CLT_CODE(column, r)].alt[0])
		return 1;
	return level;
}

/*
 * address_level weighs all parts of an address as one piece of evidence.  A town
 * follows from its postcode and both from the street, so as comparisons of their
 * own they would be counted several times.
 */
static int
address_level(const CltComparison *cmp, CltMemo *memo, uint32_t l, uint32_t r)
{
	int			street = street_part(cmp->part[CLT_PART_STREET], memo, l, r);
	int			number = cmp->part[CLT_PART_NUMBER] ? part_level(cmp->part[CLT_PART_NUMBER], memo, l, r) :
	street ? number_in_street(cmp->part[CLT_PART_STREET], l, r) : 0;
	int			extra = part_level(cmp->part[CLT_PART_EXTRA], memo, l, r);
	int			postcode = part_level(cmp->part[CLT_PART_POSTCODE], memo, l, r);
	int			city = part_level(cmp->part[CLT_PART_CITY], memo, l, r);
	int			region = part_level(cmp->part[CLT_PART_REGION], memo, l, r);
	bool		somewhere = postcode || city;
	int			place;			/* 0 unknown, 1 same, 2 partly, 3 another */
	int			line;			/* 0 unknown, 1 same, 2 close, 3 street only,
								 * 4 another */

	/* one country says little, and what it says the names have said already */
	if (!street && !number && !extra && !postcode && !city)
		return region == 3 ? 8 : 0;

	if (!cmp->part[CLT_PART_POSTCODE] && !cmp->part[CLT_PART_CITY])
		place = street == 3 ? 3 : 1;	/* the street's column has all */
	else if (!somewhere)
		place = 0;
	else if (postcode == 1 && (city <= 2 || city == 0))
		place = 1;
	else if (postcode == 0)
		place = city == 3 ? 3 : 1;
	else if (city == 0)
		place = postcode == 2 ? 2 : 3;
	else if (postcode == 3 && city == 3)
		place = 3;
	else
		place = 2;

	if (street == 0)
		line = extra == 1 && number <= 1 ? 2 : number == 0 || number == 1 ? 0 : 4;
	else if (street == 3)
		line = extra == 1 && number == 1 ? 2 : 4;
	else if (number == 3)
		line = 3;
	else if (number == 0 && has_number(cmp, l, r))
		line = 3;
	else
		line = street == 1 && number <= 1 ? 1 : 2;

	switch (line)
	{
		case 1:
			return place == 1 ? 1 : place == 3 ? 4 : 2;
		case 2:
			return place == 3 ? 4 : 2;
		case 3:
			return place == 3 ? 7 : 3;
		default:
			break;
	}
	/* the line is unknown or another one */
	if (line == 0 && number == 1 && postcode == 1)
		return 2;
	if (postcode == 1)
		return 5;
	if (place == 1)
		return 6;
	if (place == 2)
		return city == 1 || city == 2 ? 6 : 7;
	if (place == 0 && line == 0)
		return number == 1 ? 7 : 0;
	return 8;
}

/* same_family: a surname in the given name's column is that surname, in any form. */
static bool
same_family(const CltValue *given, const CltValue *surname)
{
	return given->hash == surname->hash ||
		(given->len >= 4 && surname->len >= 4 && given->num != 0 && (uint64_t) given->num == surname->sound &&
		 clt_value_jaro_winkler(given, surname, 0.85) >= 0.85);
}

/* same_given: a given name in the surname's column is that given name, or may stand for it. */
static bool
same_given(const CltValue *given, const CltValue *surname)
{
	if (given->hash == surname->hash)
		return true;
	if ((given->flags & CLT_VALUE_INITIAL) || surname->len == 1)
		return clt_value_text(given)[0] == clt_value_text(surname)[0];
	return clt_value_jaro_winkler(given, surname, 0.88) >= 0.88 ||
		clt_names_related(clt_value_text(given), given->len, clt_value_text(surname), surname->len);
}

/*
 * swapped: first and last name in each other's column.  A surname where the given
 * name should be is rare; the given name on the other side need not be written
 * alike.
 */
static bool
swapped(const CltColumn *given, const CltColumn *surname, uint32_t l, uint32_t r)
{
	const CltValue *gl = &given->values[CLT_CODE(given, l)];
	const CltValue *gr = &given->values[CLT_CODE(given, r)];
	const CltValue *sl = &surname->values[CLT_CODE(surname, l)];
	const CltValue *sr = &surname->values[CLT_CODE(surname, r)];

	if (!CLT_CODE(given, l) || !CLT_CODE(given, r) || !CLT_CODE(surname, l) || !CLT_CODE(surname, r))
		return false;
	if (gl->hash == gr->hash || sl->hash == sr->hash)
		return false;
	return (same_family(gl, sr) && same_given(gr, sl)) || (same_family(gr, sl) && same_given(gl, sr));
}

/* is_firm: a company and no name of a person. */
static bool
is_firm(const CltComparison *cmp, uint32_t row)
{
	return !CLT_CODE(cmp->column, row) && !(cmp->partner && CLT_CODE(cmp->partner, row)) && CLT_CODE(cmp->company, row);
}

/* found_in returns where a name stands in a local part, or len. */
static uint32_t
found_in(const char *s, uint32_t len, const CltValue *v)
{
	uint32_t	i;

	for (i = 0; v->len >= 3 && i + v->len <= len; i++)
		if (memcmp(s + i, clt_value_text(v), v->len) == 0)
			return i;
	return len;
}

static bool
contains(const char *s, uint32_t len, const CltValue *v)
{
	return found_in(s, len, v) < len;
}

/* made_of returns the name that two records share and both their e-mails are made of, or NULL. */
static const CltValue *
made_of(const CltComparison *cmp, const CltColumn *names, uint32_t l, uint32_t r)
{
	const CltValue *a = &cmp->column->values[CLT_CODE(cmp->column, l)];
	const CltValue *b = &cmp->column->values[CLT_CODE(cmp->column, r)];
	const CltValue *v;

	if (!names || !CLT_CODE(names, l) || CLT_CODE(names, l) != CLT_CODE(names, r))
		return NULL;
	v = &names->values[CLT_CODE(names, l)];
	return contains(clt_value_text(a), (uint32_t) a->num, v) && contains(clt_value_text(b), (uint32_t) b->num, v) ? v : NULL;
}

/* without writes a local part without a name in it. */
static uint32_t
without(const CltValue *email, const CltValue *name, char *out)
{
	uint32_t	len = email->num < CLT_COMPARED_BYTES ? (uint32_t) email->num : CLT_COMPARED_BYTES;
	uint32_t	at = found_in(clt_value_text(email), len, name);
	uint32_t	n = 0;
	uint32_t	i;

	for (i = 0; i < len; i++)
		if (i < at || i >= at + name->len)
			out[n++] = clt_value_text(email)[i];
	return n;
}

/*
 * only_the_name tells whether two e-mails are alike for no other reason than that
 * both have the given name, or the surname, which the records share anyway.
 */
static bool
only_the_name(const CltComparison *cmp, uint32_t l, uint32_t r)
{
	const CltValue *a = &cmp->column->values[CLT_CODE(cmp->column, l)];
	const CltValue *b = &cmp->column->values[CLT_CODE(cmp->column, r)];
	const CltColumn *names[2];
	char		rest_a[CLT_COMPARED_BYTES];
	char		rest_b[CLT_COMPARED_BYTES];
	int			i;

	names[0] = cmp->given;
	names[1] = cmp->surname;
	for (i = 0; i < 2; i++)
	{
		const CltValue *v = made_of(cmp, names[i], l, r);
		uint32_t	na;
		uint32_t	nb;

		if (!v)
			continue;
		na = without(a, v, rest_a);
		nb = without(b, v, rest_b);
		if (string_jaro_winkler(rest_a, na, rest_b, nb, (a->flags & b->flags & CLT_VALUE_ASCII) != 0, 0.90) < 0.90)
			return true;
	}
	return false;
}

/* one_office: an office's mailbox beside that of somebody in it is no other address. */
static bool
one_office(const CltComparison *cmp, uint32_t a, uint32_t b)
{
	const CltValue *x = &cmp->column->values[a];
	const CltValue *y = &cmp->column->values[b];

	return ((x->flags | y->flags) & CLT_VALUE_WEAK) && x->num > 0 && y->num > 0 &&
		x->len - x->num == y->len - y->num &&
		memcmp(clt_value_text(x) + x->num, clt_value_text(y) + y->num, x->len - (size_t) x->num) == 0;
}

/*
 * in_email tells whether the e-mail of one record is made of its own given name and
 * the other's surname: the name before the wedding, or after.
 */
static bool
in_email(const CltComparison *cmp, uint32_t one, uint32_t other)
{
	uint32_t	mail = CLT_CODE(cmp->email, one);
	const CltValue *email = &cmp->email->values[mail];
	const CltValue *surname = &cmp->column->values[CLT_CODE(cmp->column, other)];
	const CltValue *given;
	uint32_t	at;

	if (!mail || email->num <= 0 || surname->len < 4 || !cmp->partner || !CLT_CODE(cmp->partner, one))
		return false;
	at = found_in(clt_value_text(email), (uint32_t) email->num, surname);
	if (at == (uint32_t) email->num)
		return false;
	given = &cmp->partner->values[CLT_CODE(cmp->partner, one)];
	return contains(clt_value_text(email), (uint32_t) email->num, given) ||
		(at <= 2 && at > 0 && clt_value_text(email)[0] == clt_value_text(given)[0]);
}

/* in_domain tells whether the domain of a record's e-mail is the name of the other's firm. */
static bool
in_domain(const CltComparison *cmp, uint32_t firm, uint32_t mailer)
{
	uint32_t	mail = CLT_CODE(cmp->email, mailer);
	const CltValue *email = &cmp->email->values[mail];
	const CltValue *company = &cmp->column->values[CLT_CODE(cmp->column, firm)];
	const char *domain = clt_value_text(email) + email->num + 1;
	uint32_t	len;
	uint32_t	i;
	uint32_t	n = 0;

	if (!mail || email->num <= 0 || email->num + 1 >= email->len)
		return false;
	len = email->len - (uint32_t) email->num - 1;
	for (i = 0; i < company->len; i++)
	{
		char		c = clt_value_text(company)[i];

		if (c == ' ')
			continue;
		while (n < len && domain[n] == '-')
			n++;
		if (n >= len || domain[n] == '.')
			break;
		if (domain[n] != c)
			return false;
		n++;
	}
	/* either may be the longer one */
	return n >= 6;
}

/*
 * several_level compares records with several values: the best of all pairs counts.
 * The value whose frequency matters is the rarest that both have.
 */
static int
several_level(const CltComparison *cmp, CltMemo *memo, uint32_t a, uint32_t b, uint32_t *tf_value)
{
	const CltColumn *column = cmp->column->element;
	const CltValue *va = &cmp->column->values[a];
	const CltValue *vb = &cmp->column->values[b];
	int			best = clt_kind_info[cmp->kind].nlevels;
	int			i;
	int			j;

	for (i = 0; i < va->ntokens; i++)
		for (j = 0; j < vb->ntokens; j++)
		{
			uint32_t	x = cmp->column->token_ids[va->token + i];
			uint32_t	y = cmp->column->token_ids[vb->token + j];
			int			level = x != y ? remembered(memo, cmp->kind, column, x, y) :
			column->values[x].flags & CLT_VALUE_WRONG ? 2 : 1;

			if (level < best)
				best = level;
			if (level == 1 && cmp->tf &&
				(*tf_value == 0 || column->values[x].count < column->values[*tf_value].count ||
				 (column->values[x].count == column->values[*tf_value].count &&
				  column->values[x].hash < column->values[*tf_value].hash)))
				*tf_value = x;
		}
	return best;
}

/*
 * clt_compare_records returns the level of one comparison for two records, and
 * the value whose frequency matters (0 if none does).
 */
int
clt_compare_records(const CltComparison *cmp, CltMemo *memo, uint32_t l, uint32_t r, uint32_t *tf_value)
{
	uint32_t	a;
	uint32_t	b;
	int			level;

	*tf_value = 0;
	if (cmp->kind == CLT_KIND_ADDRESS)
		return address_level(cmp, memo, l, r);
	a = CLT_CODE(cmp->column, l);
	b = CLT_CODE(cmp->column, r);
	if (cmp->company && (!a || !b))
	{
		bool		firm_l = is_firm(cmp, l);
		bool		firm_r = is_firm(cmp, r);

		return firm_l && firm_r ? 6 : firm_l || firm_r ? 7 : 0;
	}
	if (cmp->kind == CLT_KIND_COMPANY && cmp->email && (!a ^ !b))
		return in_domain(cmp, a ? l : r, a ? r : l) ? 3 : 0;
	if (!a || !b)
		return 0;
	if (cmp->column->element)
		return several_level(cmp, memo, a, b, tf_value);
	if (a == b)
	{
		/* a wrong number that was copied proves less than a right one */
		if (cmp->column->values[a].flags & CLT_VALUE_WRONG)
			return 2;
		if (cmp->tf)
			*tf_value = a;
		if (cmp->column->values[a].flags & CLT_VALUE_INITIAL && cmp->kind <= CLT_KIND_MIDDLE)
		{
			*tf_value = 0;
			return 5;
		}
		return 1;
	}
	level = remembered(memo, cmp->kind, cmp->column, a, b);
	if (cmp->kind == CLT_KIND_EMAIL && level == 5 && only_the_name(cmp, l, r))
		return 6;
	if (cmp->kind == CLT_KIND_EMAIL && level == 6 && one_office(cmp, a, b))
		return 0;
	if (cmp->partner && level >= 3)
	{
		bool		given = cmp->kind == CLT_KIND_GIVEN;

		/* the swap counts once, as the given name's */
		if (given ? swapped(cmp->column, cmp->partner, l, r) : swapped(cmp->partner, cmp->column, l, r))
			return given ? 6 : 0;
	}
	if (cmp->kind == CLT_KIND_SURNAME && level == 8 && cmp->email &&
		(in_email(cmp, l, r) || in_email(cmp, r, l)))
		return 5;
	return level;
}

/*
 * not_twice takes the names out of the evidence where the e-mails, which agree,
 * are made of them: strangers with like addresses have like names for sure.
 * Tells whether they were.
 */
static bool
not_twice(const CltComparison *cmp, uint32_t l, uint32_t r, float *tf_u)
{
	const CltValue *v = made_of(cmp, cmp->given, l, r);
	bool		made = v != NULL;

	if (v)
		*tf_u -= v->tf_u + cmp->given->log_u;
	v = made_of(cmp, cmp->surname, l, r);
	if (v)
		*tf_u -= v->tf_u + cmp->surname->log_u;
	return made || v != NULL;
}

/* An address with somebody's given name in it is shared so many bits less often than others. */
#define OWN_MAIL 4.0f

/* own_mail tells whether an e-mail that two records share has the given name of one of them in it. */
static bool
own_mail(const CltComparison *cmp, uint32_t l, uint32_t r)
{
	const CltValue *email = &cmp->column->values[CLT_CODE(cmp->column, l)];

	return cmp->given &&
		((CLT_CODE(cmp->given, l) && contains(clt_value_text(email), (uint32_t) email->num, &cmp->given->values[CLT_CODE(cmp->given, l)])) ||
		 (CLT_CODE(cmp->given, r) && contains(clt_value_text(email), (uint32_t) email->num, &cmp->given->values[CLT_CODE(cmp->given, r)])));
}

/* Names that are nearly equal: of what the frequency of the commoner one says, so much holds. */
#define NEAR_NAME 0.5f

/*
 * near_names returns the frequency bits of names that agree but for their writing:
 * there are more who are nearly called Novak than who are nearly called Nadinusic.
 */
static float
near_names(const CltComparison *cmp, int level, uint32_t l, uint32_t r)
{
	const CltValue *a = &cmp->column->values[CLT_CODE(cmp->column, l)];
	const CltValue *b = &cmp->column->values[CLT_CODE(cmp->column, r)];
	const CltValue *c;
	const CltValue *d;

	if (!cmp->tf)
		return 0;
	if (level == 2 || level == 3)
		return NEAR_NAME * (a->count >= b->count ? a->tf_u : b->tf_u);
	if (cmp->kind != CLT_KIND_GIVEN || level != 6)
		return 0;
	/* swapped: both names, as those have them who have them in their places */
	c = &cmp->partner->values[CLT_CODE(cmp->partner, l)];
	d = &cmp->partner->values[CLT_CODE(cmp->partner, r)];
	return (a->count >= b->count ? a->tf_u : b->tf_u) + (c->count >= d->count ? c->tf_u : d->tf_u);
}

/* clt_compare_vector compares two records: the packed levels and the frequency bits. */
uint64_t
clt_compare_vector(const CltComparison *comparisons, CltMemo *const *memos, int n,
				   uint32_t l, uint32_t r, float *tf_u, float *tf_h)
{
	uint64_t	gamma = 0;
	float		lift = 0;
	bool		one_family = false;
	bool		one_country = false;
	int			i;

	*tf_u = *tf_h = 0;
	for (i = 0; i < n; i++)
	{
		uint32_t	v;
		int			level;

		if (comparisons[i].levels)
		{
			float		bits;

			level = clt_levels_compare(comparisons[i].levels, memos ? memos[i] : NULL, l, r, &bits);
			gamma |= (uint64_t) level << (4 * i);
			*tf_u += bits;
			continue;
		}
		level = clt_compare_records(&comparisons[i], memos ? memos[i] : NULL, l, r, &v);
		gamma |= (uint64_t) level << (4 * i);
		if (comparisons[i].kind == CLT_KIND_EMAIL && level >= 1 && level <= 5)
		{
			one_country |= not_twice(&comparisons[i], l, r, tf_u);
			if (level == 1 && own_mail(&comparisons[i], l, r))
				*tf_h -= OWN_MAIL;
		}
		else if (comparisons[i].kind == CLT_KIND_GIVEN && level >= 1 && level <= 4)
			lift = level == 1 ? comparisons[i].column->values[v].lift : comparisons[i].column->lift;
		else if (comparisons[i].kind == CLT_KIND_SURNAME)
			one_family = level >= 1 && level <= 3;
		if (comparisons[i].kind == CLT_KIND_GIVEN || comparisons[i].kind == CLT_KIND_SURNAME ||
			comparisons[i].kind == CLT_KIND_FULL_NAME)
			*tf_u += near_names(&comparisons[i], level, l, r);
		if (v)
		{
			const CltColumn *column = comparisons[i].column->element ? comparisons[i].column->element : comparisons[i].column;

			*tf_u += column->values[v].tf_u;
			*tf_h += column->values[v].tf_h;
		}
	}

	/*
	 * who shares a family's name is a countryman, and so more likely to share
	 * a given name
	 */
	if (one_family && !one_country)
		*tf_u += lift;
	return gamma;
}
