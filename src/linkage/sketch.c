/*
 * sketch.c
 *		Drawing the sketch of a value.
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

/* form_of returns the hash of a kind's only other form; 0 if there is none. */
static uint32_t
form_of(uint64_t hash)
{
	return hash && folded(hash) == 0 ? 1 : folded(hash);
}

/* take_forms notes three forms, each in 16 bits that are 0 only if it is not there. */
static void
take_forms(CltSketch *sketch, const CltValue *v)
{
	int			i;

	for (i = 0; i < 3; i++)
	{
		uint32_t	hash = v->alt[i] ? (uint32_t) (clt_block_mix(v->alt[i]) >> 48) : 0;

		sketch->w[CLT_SK_FORMS + i / 2] |= (v->alt[i] && hash == 0 ? 1 : hash) << (16 * (i & 1));
	}
}

/* take_words_of_name notes a bit for each word of a name, of fifteen, and whether there are several. */
static void
take_words_of_name(CltSketch *sketch, const CltColumn *column, const CltValue *v)
{
	uint32_t	bits = v->ntokens > 1 ? CLT_SK_SEVERAL : 0;
	int			i;

	for (i = 0; i < v->ntokens; i++)
		bits |= 1u << (clt_block_mix((uint64_t) column->token_ids[v->token + i] + 1) >> 32) % 15;
	sketch->w[CLT_SK_FORMS + 1] |= bits << 16;
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
set_bits(uint32_t *two, uint64_t bits)
{
	two[0] |= (uint32_t) bits;
	two[1] |= (uint32_t) (bits >> 32);
}

static void
take_ends(CltSketch *sketch, const char *s, uint32_t len)
{
	uint32_t	n = len < 4 ? len : 4;
	uint32_t	i;

	for (i = 0; i < n; i++)
	{
		sketch->w[CLT_SK_HEAD] |= (uint32_t) (unsigned char) s[i] << (8 * i);
		sketch->w[CLT_SK_TAIL] |= (uint32_t) (unsigned char) s[len - 1 - i] << (8 * i);
	}
}

/* take_word notes a word of a value; nothing of a long one but that it is there. */
static void
take_word(CltSketch *sketch, int at, uint32_t letters, uint32_t len)
{
	bool		told = len < CLT_SK_FIVE && letters != 0;

	sketch->w[CLT_SK_WORD + at] = told ? letters : 0;
	sketch->w[CLT_SK_WORDS] |= (told ? len : CLT_SK_FIVE) << CLT_SK_WORD_LENGTH(at);
	sketch->w[CLT_SK_WORDS] |= (uint32_t) (told ? clt_count_bits(letters & CLT_LETTER_MASK) : 0) << CLT_SK_WORD_LETTERS(at);
}

static bool
has_twice(const uint32_t *id, int n)
{
	int			i;
	int			j;

	for (i = 1; i < n; i++)
		for (j = 0; j < i; j++)
			if (id[i] == id[j])
				return true;
	return false;
}

/* take_words notes the words of a value, the one that says most first; nothing of them if they are many or one is there twice. */
static void
take_words(CltSketch *sketch, const CltColumn *column, const CltValue *v)
{
	const uint32_t *id = column->token_ids + v->token;
	bool		told = v->ntokens <= CLT_SKETCH_WORDS && !has_twice(id, v->ntokens);
	int			words = v->ntokens < CLT_SKETCH_WORDS ? v->ntokens : CLT_SKETCH_WORDS;
	int			first = 0;
	int			n = 1;
	int			i;

	for (i = 1; i < words; i++)
		if (column->tokens[id[i]].idf > column->tokens[id[first]].idf)
			first = i;
	for (i = 0; i < words; i++)
	{
		const CltToken *token = &column->tokens[id[i]];

		take_word(sketch, i == first ? 0 : n++, told ? token->letters : 0, token->len);
	}
	sketch->w[CLT_SK_WORDS] |= (uint32_t) words << CLT_SK_WORD_COUNT;
}

/* clt_sketch_fours tells how many times four words of a kind's sketches are looked at. */
int
clt_sketch_fours(CltKind kind)
{
	switch (kind)
	{
		case CLT_KIND_SEX:
		case CLT_KIND_IDENTIFIER:
			return 1;
		case CLT_KIND_POSTCODE:
		case CLT_KIND_DATE:
		case CLT_KIND_HOUSE_NUMBER:
		case CLT_KIND_PHONE:
		case CLT_KIND_REGION:
		case CLT_KIND_CATEGORY:
			return 2;
		default:
			return 3;
	}
}

/* clt_sketch_make draws the sketch of a value. */
void
clt_sketch_make(const CltColumn *column, uint32_t code, CltSketch *sketch)
{
	const CltValue *v = &column->values[code];
	const char *text = clt_value_text(v);
	uint32_t   *w = sketch->w;

	memset(sketch, 0, sizeof(*sketch));
	w[CLT_SK_LETTERS] = v->letters;
	w[CLT_SK_LENGTH] = (v->len < UINT16_MAX ? v->len : UINT16_MAX) | (uint32_t) v->flags << CLT_SK_FLAGS |
		(uint32_t) clt_count_bits(v->letters & CLT_LETTER_MASK) << CLT_SK_LETTER_COUNT;
	w[CLT_SK_NUM] = (uint32_t) v->num;
	take_ends(sketch, text, v->len);
	switch (column->kind)
	{
		case CLT_KIND_GIVEN:
		case CLT_KIND_MIDDLE:
		case CLT_KIND_SURNAME:
			take_words_of_name(sketch, column, v);
			if (column->kind == CLT_KIND_SURNAME)
				set_bits(w + CLT_SK_NAMES, triples_of(text, v->len));
			else if (v->ntokens > 0)
			{
				const CltToken *token = &column->tokens[column->token_ids[v->token]];

				set_bits(w + CLT_SK_NAMES, clt_name_marks(clt_token_text(token), token->len));
			}
			w[CLT_SK_NUM] = folded((uint64_t) v->num);
			w[CLT_SK_HASH] = folded(v->hash);
			w[CLT_SK_SOUND] = folded(v->sound);
			/* FALLTHROUGH */
		case CLT_KIND_REGION:
		case CLT_KIND_CATEGORY:
			take_forms(sketch, v);
			break;
		case CLT_KIND_COMPANY:
		case CLT_KIND_TEXT:
			take_forms(sketch, v);
			take_words(sketch, column, v);
			break;
		case CLT_KIND_EMAIL:
			w[CLT_SK_FORMS] = form_of(v->alt[1]);
			w[CLT_SK_DIGITS] = digits_of(text, v->len);
			if (v->num > 0 && v->num <= v->len)
			{
				w[CLT_SK_WORD] = clt_letters(text, (size_t) v->num);
				w[CLT_SK_WORDS] = (uint32_t) clt_count_bits(w[CLT_SK_WORD] & CLT_LETTER_MASK) << CLT_SK_WORD_LETTERS(0);
				set_bits(w + CLT_SK_NAMES, triples_of(text, (uint32_t) v->num));
			}
			break;
		case CLT_KIND_DATE:
			w[CLT_SK_NUM] = (uint32_t) (v->num / 10000) << 16 | (uint32_t) (v->num % 10000);
			break;
		case CLT_KIND_STREET:
		case CLT_KIND_CITY:
			w[CLT_SK_FORMS] = form_of(v->alt[0]);
			w[CLT_SK_DIGITS] = digits_of(text, v->len);
			take_words(sketch, column, v);
			break;
		case CLT_KIND_PHONE:
			w[CLT_SK_FORMS] = form_of(v->alt[0]);
			break;
		default:
			break;
	}
	if (clt_sketch_bits(column->kind) != CLT_SK_NO_BITS)
		memcpy(&w[clt_sketch_bits(column->kind)], &v->tf_u, sizeof(uint32_t));
}
