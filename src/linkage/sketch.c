/*
 * sketch.c
 *		Telling from two sketches that values are different.
 *
 * Each kind has its reasons to call two different values alike (compare_values.c).
 * Here stands what each of them needs, in terms of the sketch: a common form has its
 * bit in both; a similarity is bounded by the letters; and of two texts that one edit
 * makes equal, the beginning or the end is the same.  What is left of all pairs of
 * values, a few in a hundred, is compared.
 */
#include "linkage/sketch.h"

#include <string.h>

#include "linkage/blocking.h"
#include "text/names.h"

static uint32_t
folded(uint64_t hash)
{
	return (uint32_t) (hash ^ hash >> 32);
}

static uint64_t
bit_of(uint64_t hash)
{
	return hash ? UINT64_C(1) << (clt_block_mix(hash) >> 58) : 0;
}

/* digits_of hashes the digits of a text in their order. */
static uint32_t
digits_of(const char *s, uint32_t len)
{
	uint32_t	hash = 0;
	uint32_t	i;

	for (i = 0; i < len; i++)
		if (s[i] >= '0' && s[i] <= '9')
			hash = (hash + (uint32_t) (s[i] - '0') + 1) * UINT32_C(0x9e3779b1);
	return hash;
}

static void
take_ends(CltSketch *sketch, const char *s, uint32_t len)
{
	uint32_t	n = len < 4 ? len : 4;
	uint32_t	i;

	for (i = 0; i < n; i++)
	{
		sketch->head |= (uint32_t) (unsigned char) s[i] << (8 * i);
		sketch->tail |= (uint32_t) (unsigned char) s[len - 1 - i] << (8 * i);
	}
}

/* take_words notes the words of a value, the one that says most first; not if one is there twice. */
static void
take_words(CltSketch *sketch, const CltColumn *column, const CltValue *v)
{
	const uint32_t *id = column->token_ids + v->token;
	int			first = 0;
	int			n = 1;
	int			i;

	if (v->ntokens == 0)
		return;
	if (v->ntokens > CLT_SKETCH_WORDS)
	{
		sketch->nwords = CLT_SKETCH_MORE;
		return;
	}
	for (i = 1; i < v->ntokens; i++)
	{
		int			j;

		for (j = 0; j < i; j++)
			if (id[i] == id[j])
			{
				sketch->nwords = CLT_SKETCH_MORE;
				return;
			}
		if (column->tokens[id[i]].idf > column->tokens[id[first]].idf)
			first = i;
	}
	for (i = 0; i < v->ntokens; i++)
	{
		const CltToken *token = &column->tokens[id[i]];
		int			at = i == first ? 0 : n++;

		sketch->word[at] = token->letters;
		sketch->word_len[at] = (uint8_t) (token->len < 255 ? token->len : 255);
		/* too long to be told by a byte: look at it */
		if (token->len >= 255)
			sketch->word[at] = 0;
	}
	sketch->nwords = (uint8_t) v->ntokens;
}

/* clt_sketch_make draws the sketch of a value. */
void
clt_sketch_make(const CltColumn *column, uint32_t code, CltSketch *sketch)
{
	const CltValue *v = &column->values[code];
	const char *text = clt_value_text(v);
	int			i;

	memset(sketch, 0, sizeof(*sketch));
	sketch->letters = v->letters;
	sketch->len = (uint16_t) (v->len < UINT16_MAX ? v->len : UINT16_MAX);
	sketch->flags = v->flags;
	sketch->hash = folded(v->hash);
	sketch->sound = folded(v->sound);
	sketch->num = (uint32_t) v->num;
	take_ends(sketch, text, v->len);
	switch (column->kind)
	{
		case CLT_KIND_GIVEN:
		case CLT_KIND_MIDDLE:
		case CLT_KIND_SURNAME:
			for (i = 0; i < v->ntokens; i++)
				sketch->forms |= bit_of(column->token_ids[v->token + i] + 1);
			if (column->kind != CLT_KIND_SURNAME && v->ntokens > 0)
			{
				const CltToken *token = &column->tokens[column->token_ids[v->token]];

				sketch->names = clt_name_marks(clt_token_text(token), token->len);
			}
			sketch->num = folded((uint64_t) v->num);
			/* FALLTHROUGH */
		case CLT_KIND_REGION:
		case CLT_KIND_CATEGORY:
			for (i = 0; i < 3; i++)
				sketch->forms |= bit_of(v->alt[i]);
			break;
		case CLT_KIND_COMPANY:
		case CLT_KIND_TEXT:
			for (i = 0; i < 3; i++)
				sketch->forms |= bit_of(v->alt[i]);
			take_words(sketch, column, v);
			break;
		case CLT_KIND_EMAIL:
			sketch->forms = bit_of(v->alt[1]);
			sketch->digits = digits_of(text, v->len);
			if (v->num > 0 && v->num <= v->len)
				sketch->word[0] = clt_letters(text, (size_t) v->num);
			break;
		case CLT_KIND_STREET:
		case CLT_KIND_CITY:
			sketch->forms = bit_of(v->alt[0]);
			sketch->digits = digits_of(text, v->len);
			take_words(sketch, column, v);
			break;
		case CLT_KIND_PHONE:
			sketch->forms = bit_of(v->alt[0]);
			break;
		default:
			break;
	}
}

/* ---- one reason each ---- */

/* What Jaro's similarity of two texts must exceed, times 3, less 1, by how many first letters they have in common. */
#define REACH(cutoff, n) (3.0 * (((cutoff) - 1e-6 - 0.1 * (n)) / (1.0 - 0.1 * (n))) - 1.0)
#define REACHES(cutoff) {REACH(cutoff, 0), REACH(cutoff, 1), REACH(cutoff, 2), REACH(cutoff, 3), REACH(cutoff, 4)}
static const double reach_80[] = REACHES(0.80);
static const double reach_82[] = REACHES(0.82);
static const double reach_85[] = REACHES(0.85);
static const double reach_92[] = REACHES(0.92);
static const double reach_93[] = REACHES(0.93);

/* lowest_byte is where two heads begin to differ; 4: nowhere. */
static inline uint32_t
lowest_byte(uint32_t x)
{
	return x & 0xff ? 0 : x & 0xff00 ? 1 : x & 0xff0000 ? 2 : x ? 3 : 4;
}

/* unlike is clt_letters_unlike, with the number of first letters in common known. */
static inline bool
unlike(const CltSketch *a, const CltSketch *b, const double *reach)
{
	int			left;
	int			right;
	uint32_t	na = a->len;
	uint32_t	nb = b->len;

	if (!a->letters || !b->letters)
		return false;
	clt_letters_lost(a->letters, b->letters, &left, &right);
	left = (int) na - left;
	right = (int) nb - right;
	if (right < left)
		left = right;
	return (double) left * (na + nb) < reach[lowest_byte(a->head ^ b->head)] * ((double) na * nb);
}

/* one_edit tells whether one edit makes one of two texts of at most four letters of the other. */
static inline bool
one_edit(uint64_t s, uint32_t n, uint64_t t, uint32_t m)
{
	uint32_t	at = 8 * lowest_byte((uint32_t) (s ^ t));

	s >>= at;
	t >>= at;
	if (n != m)
		return n == m + 1 ? s >> 8 == t : m == n + 1 && t >> 8 == s;
	return s >> 8 == t >> 8 || (s >> 16 == t >> 16 && (s & 0xff) == (t >> 8 & 0xff) && (t & 0xff) == (s >> 8 & 0xff));
}

/*
 * far: is the distance above max for sure?  One edit leaves a beginning and an end
 * that are together at most two letters shorter than the shorter text; so the half of
 * that, rounded up, is the same on one side.
 */
static inline bool
far(const CltSketch *a, const CltSketch *b, int max)
{
	uint32_t	least = a->len < b->len ? a->len : b->len;
	uint32_t	mask;

	if (clt_letters_far(a->letters, a->len, b->letters, b->len, max))
		return true;
	if (max != 1 || !a->letters || !b->letters)
		return false;
	if (a->len <= 4 && b->len <= 4)
		return !one_edit(a->head, a->len, b->head, b->len);
	if (least < 3)
		return false;
	mask = least >= 9 ? UINT32_MAX : (UINT32_C(1) << 8 * ((least - 1) / 2)) - 1;
	return ((a->head ^ b->head) & mask) != 0 && ((a->tail ^ b->tail) & mask) != 0;
}

/* word_apart: can two words be neither the same nor alike (clt_token_alike)? */
static inline bool
word_apart(const CltSketch *a, int i, const CltSketch *b, int j)
{
	uint32_t	x = a->word[i];
	uint32_t	y = b->word[j];
	uint32_t	nx = a->word_len[i];
	uint32_t	ny = b->word_len[j];

	if (!x || !y)
		return false;
	if ((nx == 1 || ny == 1) && (x ^ y) >> CLT_LETTER_BITS == 0)
		return false;
	if (nx < 4 || ny < 4)
		return x != y || nx != ny;
	return clt_letters_unlike(x, nx, y, ny, 0.92) && clt_letters_far(x, nx, y, ny, 1) &&
		((nx < ny ? x & ~y : y & ~x) & CLT_LETTER_MASK) != 0;
}

/* no_such_word: is no word of b like the i-th of a? */
static inline bool
no_such_word(const CltSketch *a, int i, const CltSketch *b)
{
	int			j;

	for (j = 0; j < b->nwords; j++)
		if (!word_apart(a, i, b, j))
			return false;
	return true;
}

static inline bool
no_common_word(const CltSketch *a, const CltSketch *b)
{
	int			i;

	if (a->nwords == CLT_SKETCH_MORE || b->nwords == CLT_SKETCH_MORE)
		return false;
	for (i = 0; i < a->nwords; i++)
		if (!no_such_word(a, i, b))
			return false;
	return true;
}

/*
 * other_words: is the word that says most of the value with fewer words not in the
 * other?  Then not all of its words are there (none of them is there twice, so with as
 * many words on both sides it does not matter whose it is); and as that word is a
 * third at least of what they say, at most two thirds are shared.
 */
static inline bool
other_words(const CltSketch *a, const CltSketch *b)
{
	if (a->nwords == CLT_SKETCH_MORE || b->nwords == CLT_SKETCH_MORE)
		return false;
	if (a->nwords == 0 || b->nwords == 0)
		return true;
	return (a->nwords <= b->nwords && no_such_word(a, 0, b)) || (b->nwords <= a->nwords && no_such_word(b, 0, a));
}

/* ---- kinds ---- */

static inline bool
given_apart(const CltSketch *a, const CltSketch *b)
{
	uint16_t	flags = a->flags | b->flags;

	if (flags & CLT_VALUE_INITIAL)
		return false;
	if ((flags & (CLT_VALUE_MAN | CLT_VALUE_WOMAN)) == (CLT_VALUE_MAN | CLT_VALUE_WOMAN))
		return true;
	return (a->forms & b->forms) == 0 && (a->names & b->names) == 0 && unlike(a, b, reach_80) &&
		(a->len < 4 || b->len < 4 || far(a, b, 1)) &&
		(a->len < 3 || b->len < 3 || a->sound != b->sound);
}

static inline bool
surname_apart(const CltSketch *a, const CltSketch *b)
{
	return (a->forms & b->forms) == 0 && unlike(a, b, reach_82) && (a->len < 4 || b->len < 4 || far(a, b, 1)) &&
		(a->len < 3 || b->len < 3 || a->sound != b->sound);
}

static inline bool
words_apart(const CltSketch *a, const CltSketch *b)
{
	return (a->forms & b->forms) == 0 && a->nwords > 0 && b->nwords > 0 && unlike(a, b, reach_85) && no_common_word(a, b);
}

static inline bool
email_apart(const CltSketch *a, const CltSketch *b)
{
	/* the local part is the same, or nearly */
	if ((a->forms & b->forms) != 0 || !a->word[0] || !b->word[0] || a->word[0] == b->word[0])
		return false;
	if (a->digits != b->digits)
		return true;
	return far(a, b, 2) && (a->num < 5 || b->num < 5 || clt_letters_unlike(a->word[0], a->num, b->word[0], b->num, 0.90));
}

static inline bool
date_apart(const CltSketch *a, const CltSketch *b)
{
	return a->num / 10000 != b->num / 10000 && a->num % 10000 != b->num % 10000 &&
		(a->len != 8 || b->len != 8 || far(a, b, 1));
}

static inline bool
street_apart(const CltSketch *a, const CltSketch *b)
{
	if ((a->forms & b->forms) != 0)
		return false;
	if (a->digits != b->digits)
		return other_words(a, b);
	return unlike(a, b, reach_85) && far(a, b, 2) && no_common_word(a, b);
}

static inline bool
phone_apart(const CltSketch *a, const CltSketch *b)
{
	return (a->forms & b->forms) == 0 && (a->len < 7 || b->len < 7 || far(a, b, 1));
}

static inline bool
house_number_apart(const CltSketch *a, const CltSketch *b)
{
	return a->num != b->num && (a->len < 2 || b->len < 2 || far(a, b, 1));
}

static inline bool
postcode_apart(const CltSketch *a, const CltSketch *b)
{
	return a->len < 4 || b->len < 4 || far(a, b, 1);
}

static inline bool
category_apart(const CltSketch *a, const CltSketch *b)
{
	return (a->forms & b->forms) == 0 && (a->len < 4 || b->len < 4 || (far(a, b, 1) && unlike(a, b, reach_92)));
}

static inline bool
identifier_apart(const CltSketch *a, const CltSketch *b)
{
	return (a->flags & b->flags & CLT_VALUE_CHECKED) || a->len < 4 || b->len < 4 || far(a, b, 1);
}

static inline bool
sex_apart(const CltSketch *a, const CltSketch *b)
{
	(void) a;
	(void) b;
	return true;
}

/* street_not_close: what an address wants to know of its street and its town. */
static inline bool
street_not_close(const CltSketch *a, const CltSketch *b)
{
	return (a->forms & b->forms) == 0 && other_words(a, b) &&
		(a->digits != b->digits || (unlike(a, b, reach_93) && far(a, b, 2)));
}

/* One loop a kind, with the reasons in it. */
#define EACH(reason) \
	for (i = 0; i < n; i++) \
		apart[i] = a[i] && b[i] && a[i] != b[i] && reason(&sketch[a[i]], &sketch[b[i]]); \
	break

/*
 * clt_sketches_apart tells of pairs of codes whether the values are different and their
 * level is the last one for sure; close_only: that it is not 2, which is all that an
 * address asks of its parts.
 */
void
clt_sketches_apart(CltKind kind, bool close_only, const CltSketch *sketch, const uint32_t *a, const uint32_t *b, int n, bool *apart)
{
	int			i;

	switch (kind)
	{
		case CLT_KIND_GIVEN:
		case CLT_KIND_MIDDLE:
			EACH(given_apart);
		case CLT_KIND_SURNAME:
			EACH(surname_apart);
		case CLT_KIND_COMPANY:
		case CLT_KIND_TEXT:
			EACH(words_apart);
		case CLT_KIND_EMAIL:
			EACH(email_apart);
		case CLT_KIND_PHONE:
			EACH(phone_apart);
		case CLT_KIND_DATE:
			EACH(date_apart);
		case CLT_KIND_STREET:
		case CLT_KIND_CITY:
			if (close_only)
			{
				EACH(street_not_close);
			}
			EACH(street_apart);
		case CLT_KIND_HOUSE_NUMBER:
			EACH(house_number_apart);
		case CLT_KIND_POSTCODE:
			EACH(postcode_apart);
		case CLT_KIND_REGION:
		case CLT_KIND_CATEGORY:
			EACH(category_apart);
		case CLT_KIND_IDENTIFIER:
			EACH(identifier_apart);
		case CLT_KIND_SEX:
			EACH(sex_apart);
		default:
			memset(apart, 0, (size_t) n * sizeof(bool));
	}
}
