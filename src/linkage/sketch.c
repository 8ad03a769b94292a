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

#define ALWAYS_INLINE inline __attribute__((always_inline))

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

/* triples_of has a bit for each three bytes in a row. */
static uint64_t
triples_of(const char *s, uint32_t len)
{
	uint64_t	bits = 0;
	uint32_t	i;

	for (i = 0; i + 3 <= len; i++)
	{
		uint32_t	three = (uint32_t) (unsigned char) s[i] | (uint32_t) (unsigned char) s[i + 1] << 8 | (uint32_t) (unsigned char) s[i + 2] << 16;

		bits |= UINT64_C(1) << (three * UINT32_C(0x9e3779b1) >> 26);
	}
	return bits;
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
			if (column->kind == CLT_KIND_SURNAME)
				sketch->names = triples_of(text, v->len);
			else if (v->ntokens > 0)
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
			{
				sketch->word[0] = clt_letters(text, (size_t) v->num);
				sketch->names = triples_of(text, (uint32_t) v->num);
			}
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

/*
 * The conditions of a reason are all worked out and then combined with & and |: for most
 * pairs all of them must hold, and a processor that guesses wrong which one does not
 * loses more time than it takes to see.  So they are ints, 0 or 1.
 */

/* lowest_byte is where two heads begin to differ; 4: nowhere. */
static ALWAYS_INLINE uint32_t
lowest_byte(uint32_t x)
{
	return (uint32_t) __builtin_ctzll((uint64_t) x | UINT64_C(1) << 32) >> 3;
}

/* What the letters of two texts say. */
typedef struct Letters
{
	int			told;			/* are they known? */
	int			left;			/* letters that the other text has not */
	int			right;
} Letters;

/* letters_of compares the letters of two texts; counts: the processor counts bits itself. */
static ALWAYS_INLINE Letters
letters_of(bool counts, uint32_t x, uint32_t y)
{
	Letters		letters;

	letters.told = (x != 0) & (y != 0);
	if (counts)
	{
		letters.left = __builtin_popcount(x & ~y & CLT_LETTER_MASK);
		letters.right = __builtin_popcount(y & ~x & CLT_LETTER_MASK);
	}
	else
		clt_letters_lost(x, y, &letters.left, &letters.right);
	return letters;
}

/* below tells whether Jaro's similarity cannot reach what it must (clt_letters_unlike). */
static ALWAYS_INLINE int
below(Letters letters, uint32_t na, uint32_t nb, double reach)
{
	int			left = (int) na - letters.left;
	int			right = (int) nb - letters.right;

	left = right < left ? right : left;
	return letters.told & ((double) left * (na + nb) < reach * ((double) na * nb));
}

/* unlike is clt_letters_unlike, with the number of first letters in common known. */
static ALWAYS_INLINE int
unlike(const CltSketch *a, const CltSketch *b, Letters letters, const double *reach)
{
	return below(letters, a->len, b->len, reach[lowest_byte(a->head ^ b->head)]);
}

/* beyond is clt_letters_far, the letters being known. */
static ALWAYS_INLINE int
beyond(Letters letters, uint32_t na, uint32_t nb, int max)
{
	return (na > nb + (uint32_t) max) | (nb > na + (uint32_t) max) | (letters.left + letters.right > 2 * max);
}

/* one_edit tells whether one edit makes one of two texts of at most four letters of the other. */
static ALWAYS_INLINE int
one_edit(uint64_t s, uint32_t n, uint64_t t, uint32_t m)
{
	uint32_t	at = 8 * lowest_byte((uint32_t) (s ^ t));

	s >>= at;
	t >>= at;
	if (n != m)
		return n == m + 1 ? s >> 8 == t : m == n + 1 && t >> 8 == s;
	return s >> 8 == t >> 8 || (s >> 16 == t >> 16 && (s & 0xff) == (t >> 8 & 0xff) && (t & 0xff) == (s >> 8 & 0xff));
}

/* Of the ends of texts, the shorter of which has so many letters, what one edit leaves on one side. */
static const uint32_t left_whole[] = {0, 0, 0, 0xff, 0xff, 0xffff, 0xffff, 0xffffff, 0xffffff, UINT32_MAX};

/*
 * far: is the distance above max for sure?  One edit leaves a beginning and an end
 * that are together at most two letters shorter than the shorter text; so the half of
 * that, rounded up, is the same on one side.
 */
static ALWAYS_INLINE int
far(const CltSketch *a, const CltSketch *b, Letters letters, int max)
{
	uint32_t	na = a->len;
	uint32_t	nb = b->len;
	uint32_t	least = na < nb ? na : nb;
	uint32_t	whole = left_whole[least < 9 ? least : 9];
	bool		other = beyond(letters, na, nb, max);

	if (max == 1 && na <= 4 && nb <= 4)
		return letters.told & (other || !one_edit(a->head, na, b->head, nb));
	if (max == 1)
		other |= (((a->head ^ b->head) & whole) != 0) & (((a->tail ^ b->tail) & whole) != 0);
	return letters.told & other;
}

/* short_or_far: if both have so many letters, is the distance above one for sure? */
static ALWAYS_INLINE int
short_or_far(const CltSketch *a, const CltSketch *b, Letters letters, uint32_t least)
{
	return (a->len < least) | (b->len < least) | far(a, b, letters, 1);
}

static ALWAYS_INLINE int
no_common_form(const CltSketch *a, const CltSketch *b)
{
	return (a->forms & b->forms) == 0;
}

static ALWAYS_INLINE int
other_sound(const CltSketch *a, const CltSketch *b)
{
	return (a->len < 3) | (b->len < 3) | (a->sound != b->sound);
}

/* Whatever the first letters of words are: what Jaro's similarity must exceed without a common one, and with one. */
static const double reach_word[] = {REACH(0.92, 0), 3.0 * ((0.92 - 1e-6 - 0.4) / 0.6) - 1.0};

/* word_apart: can two words be neither the same nor alike (clt_token_alike)? */
static ALWAYS_INLINE int
word_apart(bool counts, const CltSketch *a, int i, const CltSketch *b, int j)
{
	uint32_t	x = a->word[i];
	uint32_t	y = b->word[j];
	uint32_t	nx = a->word_len[i];
	uint32_t	ny = b->word_len[j];
	bool		one_begin = (x ^ y) >> CLT_LETTER_BITS == 0;
	Letters		letters = letters_of(counts, x, y);

	if (nx < 4 || ny < 4)
		return letters.told && !((nx == 1 || ny == 1) && one_begin) && (x != y || nx != ny);
	return below(letters, nx, ny, reach_word[one_begin]) & beyond(letters, nx, ny, 1) & ((nx < ny ? letters.left : letters.right) != 0);
}

/* no_such_word: is no word of b like the i-th of a? */
static ALWAYS_INLINE int
no_such_word(bool counts, const CltSketch *a, int i, const CltSketch *b)
{
	int			j;

	for (j = 0; j < b->nwords; j++)
		if (!word_apart(counts, a, i, b, j))
			return false;
	return true;
}

static ALWAYS_INLINE int
no_common_word(bool counts, const CltSketch *a, const CltSketch *b)
{
	int			i;

	if (a->nwords == CLT_SKETCH_MORE || b->nwords == CLT_SKETCH_MORE)
		return false;
	for (i = 0; i < a->nwords; i++)
		if (!no_such_word(counts, a, i, b))
			return false;
	return true;
}

/*
 * other_words: is the word that says most of the value with fewer words not in the
 * other?  Then not all of its words are there (none of them is there twice, so with as
 * many words on both sides it does not matter whose it is); and as that word is a
 * third at least of what they say, at most two thirds are shared.
 */
static ALWAYS_INLINE int
other_words(bool counts, const CltSketch *a, const CltSketch *b)
{
	if (a->nwords == CLT_SKETCH_MORE || b->nwords == CLT_SKETCH_MORE)
		return false;
	if (a->nwords == 0 || b->nwords == 0)
		return true;
	return (a->nwords <= b->nwords && no_such_word(counts, a, 0, b)) || (b->nwords <= a->nwords && no_such_word(counts, b, 0, a));
}

/* ---- kinds ---- */

static ALWAYS_INLINE int
given_apart(bool counts, const CltSketch *a, const CltSketch *b)
{
	Letters		letters = letters_of(counts, a->letters, b->letters);
	uint16_t	flags = a->flags | b->flags;
	bool		both_sexes = (flags & (CLT_VALUE_MAN | CLT_VALUE_WOMAN)) == (CLT_VALUE_MAN | CLT_VALUE_WOMAN);

	return ((flags & CLT_VALUE_INITIAL) == 0) &
		(both_sexes | (no_common_form(a, b) & ((a->names & b->names) == 0) & unlike(a, b, letters, reach_80) &
					   short_or_far(a, b, letters, 4) & other_sound(a, b)));
}

static ALWAYS_INLINE int
surname_apart(bool counts, const CltSketch *a, const CltSketch *b)
{
	Letters		letters = letters_of(counts, a->letters, b->letters);

	return no_common_form(a, b) & unlike(a, b, letters, reach_82) & short_or_far(a, b, letters, 4) & other_sound(a, b);
}

static ALWAYS_INLINE int
words_apart(bool counts, const CltSketch *a, const CltSketch *b)
{
	Letters		letters = letters_of(counts, a->letters, b->letters);

	return no_common_form(a, b) && a->nwords > 0 && b->nwords > 0 && unlike(a, b, letters, reach_85) && no_common_word(counts, a, b);
}

static ALWAYS_INLINE int
email_apart(bool counts, const CltSketch *a, const CltSketch *b)
{
	Letters		letters = letters_of(counts, a->letters, b->letters);
	uint32_t	x = a->word[0];
	uint32_t	y = b->word[0];

	/* the local part is the same, or nearly */
	if (!(no_common_form(a, b) & (x != 0) & (y != 0) & (x != y)))
		return false;
	if (a->digits != b->digits)
		return true;
	return far(a, b, letters, 2) & ((a->num < 5) | (b->num < 5) | clt_letters_unlike(x, a->num, y, b->num, 0.90));
}

static ALWAYS_INLINE int
date_apart(bool counts, const CltSketch *a, const CltSketch *b)
{
	Letters		letters = letters_of(counts, a->letters, b->letters);

	return (a->num / 10000 != b->num / 10000) & (a->num % 10000 != b->num % 10000) &
		((a->len != 8) | (b->len != 8) | far(a, b, letters, 1));
}

static ALWAYS_INLINE int
street_apart(bool counts, const CltSketch *a, const CltSketch *b)
{
	Letters		letters = letters_of(counts, a->letters, b->letters);

	if (!no_common_form(a, b))
		return false;
	if (a->digits != b->digits)
		return other_words(counts, a, b);
	return unlike(a, b, letters, reach_85) && far(a, b, letters, 2) && no_common_word(counts, a, b);
}

static ALWAYS_INLINE int
phone_apart(bool counts, const CltSketch *a, const CltSketch *b)
{
	Letters		letters = letters_of(counts, a->letters, b->letters);

	return no_common_form(a, b) & short_or_far(a, b, letters, 7);
}

static ALWAYS_INLINE int
house_number_apart(bool counts, const CltSketch *a, const CltSketch *b)
{
	Letters		letters = letters_of(counts, a->letters, b->letters);

	return (a->num != b->num) & short_or_far(a, b, letters, 2);
}

static ALWAYS_INLINE int
postcode_apart(bool counts, const CltSketch *a, const CltSketch *b)
{
	Letters		letters = letters_of(counts, a->letters, b->letters);

	return short_or_far(a, b, letters, 4);
}

static ALWAYS_INLINE int
category_apart(bool counts, const CltSketch *a, const CltSketch *b)
{
	Letters		letters = letters_of(counts, a->letters, b->letters);

	return no_common_form(a, b) & ((a->len < 4) | (b->len < 4) | (far(a, b, letters, 1) & unlike(a, b, letters, reach_92)));
}

static ALWAYS_INLINE int
identifier_apart(bool counts, const CltSketch *a, const CltSketch *b)
{
	Letters		letters = letters_of(counts, a->letters, b->letters);

	return ((a->flags & b->flags & CLT_VALUE_CHECKED) != 0) | short_or_far(a, b, letters, 4);
}

static ALWAYS_INLINE int
sex_apart(bool counts, const CltSketch *a, const CltSketch *b)
{
	(void) counts;
	(void) a;
	(void) b;
	return true;
}

/* street_not_close: what an address wants to know of its street and its town. */
static ALWAYS_INLINE int
street_not_close(bool counts, const CltSketch *a, const CltSketch *b)
{
	Letters		letters = letters_of(counts, a->letters, b->letters);

	return no_common_form(a, b) && ((a->digits != b->digits) | (unlike(a, b, letters, reach_93) & far(a, b, letters, 2))) && other_words(counts, a, b);
}

/* One loop a kind, with the reasons in it. */
#define EACH(reason) \
	for (i = 0; i < n; i++) \
		apart[i] = reason(counts, &sketch[a[i]], &sketch[b[i]]); \
	break

static ALWAYS_INLINE void
sketches_apart(bool counts, CltKind kind, bool close_only, const CltSketch *sketch,
			   const uint32_t *a, const uint32_t *b, int n, bool *apart)
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

/* clt_sketches_apart_anywhere is clt_sketches_apart for any processor. */
void
clt_sketches_apart_anywhere(CltKind kind, bool close_only, const CltSketch *sketch, const uint32_t *a, const uint32_t *b, int n, bool *apart)
{
	sketches_apart(false, kind, close_only, sketch, a, b, n, apart);
}

/* The same with the instructions of the processor for counting bits, a fifth quicker. */
#if defined(__x86_64__) && defined(__linux__)
__attribute__((target("popcnt,bmi,bmi2,avx2")))
static void
counted_apart(CltKind kind, bool close_only, const CltSketch *sketch, const uint32_t *a, const uint32_t *b, int n, bool *apart)
{
	sketches_apart(true, kind, close_only, sketch, a, b, n, apart);
}

static bool
has_counts(void)
{
	return __builtin_cpu_supports("popcnt") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("avx2");
}
#endif

/*
 * clt_sketches_apart tells of pairs of two different codes, 0 not among them, whether
 * the level of the values is the last one for sure; close_only: that it is not 2, which is all that an
 * address asks of its parts.
 */
void
clt_sketches_apart(CltKind kind, bool close_only, const CltSketch *sketch, const uint32_t *a, const uint32_t *b, int n, bool *apart)
{
#if defined(__x86_64__) && defined(__linux__)
	if (has_counts())
	{
		counted_apart(kind, close_only, sketch, a, b, n, apart);
		return;
	}
#endif
	clt_sketches_apart_anywhere(kind, close_only, sketch, a, b, n, apart);
}
