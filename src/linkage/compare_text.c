/*
 * compare_text.c
 *		How alike the texts of two values are: as strings, and as sets of words.
 */
#include "linkage/compare.h"

#include <string.h>

#include "linkage/blocking.h"
#include "linkage/compare_parts.h"
#include "linkage/letters.h"
#include "linkage/words.h"
#include "similarity/jaro.h"
#include "similarity/levenshtein.h"
#include "text/keys.h"
#include "text/names.h"

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

/* clt_text_jaro_winkler: Jaro-Winkler of two strings, 0 when below cutoff; nothing is like nothing. */
double
clt_text_jaro_winkler(const char *a, uint32_t na, const char *b, uint32_t nb, bool ascii, double cutoff)
{
	uint64_t	scratch[SCRATCH_WORDS];
	CltStringPair pair;

	if (na == 0 || nb == 0)
		return 0;
	clt_string_pair(&pair, a, na, b, nb, ascii);
	return clt_jaro_winkler(pair.a, pair.b, cutoff, scratch, NULL);
}

/* clt_text_osa: optimal string alignment distance of two strings, max + 1 if above max. */
int
clt_text_osa(const char *a, uint32_t na, const char *b, uint32_t nb, bool ascii, int max)
{
	uint64_t	scratch[SCRATCH_WORDS];
	CltStringPair pair;

	clt_string_pair(&pair, a, na, b, nb, ascii);
	return (int) clt_osa(pair.a, pair.b, (uint32_t) max, scratch, NULL);
}

/* clt_letters returns the set of a text's letters (letters.h). */
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
		letters |= 1u << ((unsigned char) s[i] % CLT_LETTER_BITS);
	}
	return letters | (uint32_t) s[0] << CLT_LETTER_BITS;
}

/* clt_value_jaro_winkler compares two normalised values. */
double
clt_value_jaro_winkler(const CltValue *a, const CltValue *b, double cutoff)
{
	if (clt_letters_unlike(a->letters, a->len, b->letters, b->len, cutoff))
		return 0;
	return clt_text_jaro_winkler(clt_value_text(a), a->len, clt_value_text(b), b->len,
								 (a->flags & b->flags & CLT_VALUE_ASCII) != 0, cutoff);
}

/* clt_value_osa returns their optimal string alignment distance, max + 1 if above max. */
int
clt_value_osa(const CltValue *a, const CltValue *b, int max)
{
	if (clt_letters_far(a->letters, a->len, b->letters, b->len, max))
		return max + 1;
	return clt_text_osa(clt_value_text(a), a->len, clt_value_text(b), b->len,
						(a->flags & b->flags & CLT_VALUE_ASCII) != 0, max);
}

/* ---- words ---- */

/* clt_token_of_name notes what is known of a word of a person's whole name; which one is given, the table may tell better. */
void
clt_token_of_name(CltToken *token)
{
	char		stem[CLT_COMPARED_BYTES];

	token->role = clt_name_marks(clt_token_text(token), token->len) ? CLT_WORD_GIVEN : CLT_WORD_EITHER;
	token->family = 0;
	if (token->len < 3 || token->len > sizeof(stem))
		return;
	memcpy(stem, clt_token_text(token), token->len);
	token->family = (uint32_t) clt_block_hash(stem, clt_family_name_key_folded(stem, token->len), 12);
}

/* numbered tells whether a word is a number or a model's: it begins with a digit, or has two. */
static bool
numbered(const CltToken *t)
{
	const char *s = clt_token_text(t);
	int			digits = 0;
	uint32_t	i;

	for (i = 0; i < t->len; i++)
		digits += clt_is_digit(s[i]);
	return clt_is_digit(s[0]) || digits > 1;
}

/* clt_token_alike tells whether two words may be one, and for how much that counts. */
bool
clt_token_alike(const CltToken *x, const CltToken *y, float *share)
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
	if (clt_letters_unlike(x->letters, x->len, y->letters, y->len, 0.92) &&
		clt_letters_far(x->letters, x->len, y->letters, y->len, 1) &&
		(x->len < y->len ? x->letters & ~y->letters : y->letters & ~x->letters) & CLT_LETTER_MASK)
		return false;

	/*
	 * numbers are the same or not, those of models, too; one digit in a word
	 * may be a slip of the finger
	 */
	if (numbered(x) || numbered(y))
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
	if ((ascii && clt_text_osa(s, x->len, t, y->len, true, 1) <= 1) ||
		clt_text_jaro_winkler(s, x->len, t, y->len, ascii, 0.92) >= 0.92)
	{
		*share = 0.95f;
		return true;
	}
	return false;
}

/* clt_word_overlap: soft tf-idf; total weights of both sides and of what they share. */
void
clt_word_overlap(const CltColumn *column, const CltValue *a, const CltValue *b,
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
				if (pass == 0 ? ta[i] != tb[j] : !clt_token_alike(x, y, &share))
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

	clt_word_overlap(column, a, b, &wa, &wb, &both, &shared);
	return wa + wb - both <= 0 ? 0 : both / (wa + wb - both);
}
