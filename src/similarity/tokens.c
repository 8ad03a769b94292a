/*-------------------------------------------------------------------------
 *
 * tokens.c
 *		Monge-Elkan, token set, cosine of words, Jaccard of characters.
 *
 * Words are found, sorted by code point (which is what rapidfuzz does, and
 * what makes joined words comparable) and then merged like sorted lists.  The
 * sort is ours, for the C library's may allocate and cannot be interrupted.
 *
 *-------------------------------------------------------------------------
 */
#include "similarity/tokens.h"

#include <math.h>
#include <string.h>

#include "similarity/jaro.h"
#include "similarity/levenshtein.h"
#include "similarity/pattern.h"

#define TICK_TOKENS			0x1000

typedef struct Token
{
	uint32_t	start;
	uint32_t	len;
} Token;

typedef struct Words
{
	CltChars	chars;
	Token	   *tokens;
	uint32_t	count;
} Words;

static bool
is_space(uint32_t c)
{
	if (c < 0x80)
		return c == ' ' || (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x1F);
	return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) ||
		c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

/* The most words that a string can have. */
static size_t
most_words(size_t len)
{
	return len / 2 + 1;
}

static size_t
rounded(size_t bytes)
{
	return (bytes + 7) & ~(size_t) 7;
}

/* Takes bytes from the front of the scratch memory. */
static void *
take(void **scratch, size_t bytes)
{
	void	   *result = *scratch;

	*scratch = (char *) *scratch + rounded(bytes);
	return result;
}

/*
 * Words of both strings, a number per word of one of them, both strings joined
 * anew, and what the kernels underneath want.
 */
size_t
clt_tokens_scratch(size_t alen, size_t blen, bool wide)
{
	size_t		unit = wide ? 4 : 1;
	size_t		jaro = clt_jaro_scratch(alen, blen, wide);
	size_t		edit = clt_levenshtein_scratch(alen, blen, wide);

	return rounded(most_words(alen) * sizeof(Token)) +
		rounded(most_words(blen) * sizeof(Token)) +
		rounded(most_words(blen) * sizeof(double)) +
		rounded(alen * unit) + rounded(blen * unit) +
		rounded(jaro > edit ? jaro : edit);
}

static Words
find_words(CltChars chars, void **scratch)
{
	Words		words;
	uint32_t	i = 0;

	words.chars = chars;
	words.tokens = take(scratch, most_words(chars.len) * sizeof(Token));
	words.count = 0;
	for (;;)
	{
		uint32_t	start;

#define SPACE_AT(i) \
		(chars.wide ? is_space(((const uint32_t *) chars.data)[i]) : \
		 ((const uint8_t *) chars.data)[i] < 0x80 && is_space(((const uint8_t *) chars.data)[i]))
		while (i < chars.len && SPACE_AT(i))
			i++;
		if (i == chars.len)
			return words;
		start = i;
		while (i < chars.len && !SPACE_AT(i))
			i++;
#undef SPACE_AT
		words.tokens[words.count].start = start;
		words.tokens[words.count++].len = i - start;
	}
}

static CltChars
word_chars(const Words *words, uint32_t i)
{
	return clt_chars_slice(&words->chars, words->tokens[i].start, words->tokens[i].len);
}

static int
compare_words(const Words *a, uint32_t i, const Words *b, uint32_t j)
{
	CltChars	x = word_chars(a, i);
	CltChars	y = word_chars(b, j);
	uint32_t	least = x.len < y.len ? x.len : y.len;
	uint32_t	k;

	for (k = 0; k < least; k++)
	{
		uint32_t	c = CLT_UNIT(x.data, k, x.wide);
		uint32_t	d = CLT_UNIT(y.data, k, y.wide);

		if (c != d)
			return c < d ? -1 : 1;
	}
	return (x.len > y.len) - (x.len < y.len);
}

static void
swap_words(Words *words, uint32_t i, uint32_t j)
{
	Token		token = words->tokens[i];

	words->tokens[i] = words->tokens[j];
	words->tokens[j] = token;
}

/* sift_down restores the heap of the first count words below place i. */
static void
sift_down(Words *words, uint32_t i, uint32_t count)
{
	for (;;)
	{
		uint32_t	child = 2 * i + 1;

		if (child >= count)
			return;
		if (child + 1 < count && compare_words(words, child, words, child + 1) < 0)
			child++;
		if (compare_words(words, i, words, child) >= 0)
			return;
		swap_words(words, i, child);
		i = child;
	}
}

static void
sort_words(Words *words, CltTick tick)
{
	uint32_t	i;
	uint32_t	j;

	if (words->count <= 16)
	{
		for (i = 1; i < words->count; i++)
			for (j = i; j > 0 && compare_words(words, j - 1, words, j) > 0; j--)
				swap_words(words, j - 1, j);
		return;
	}
	for (i = words->count / 2; i-- > 0;)
	{
		if (i % TICK_TOKENS == 0 && tick)
			tick();
		sift_down(words, i, words->count);
	}
	for (i = words->count - 1; i > 0; i--)
	{
		if (i % TICK_TOKENS == 0 && tick)
			tick();
		swap_words(words, 0, i);
		sift_down(words, 0, i);
	}
}

/* How often the sorted words have the word at place i, counted from there. */
static uint32_t
run_length(const Words *words, uint32_t i)
{
	uint32_t	j = i + 1;

	while (j < words->count && compare_words(words, i, words, j) == 0)
		j++;
	return j - i;
}

double
clt_monge_elkan(CltChars a, CltChars b, void *scratch, CltTick tick)
{
	Words		a_words = find_words(a, &scratch);
	Words		b_words = find_words(b, &scratch);
	double	   *b_best = take(&scratch, most_words(b.len) * sizeof(double));
	double		a_sum = 0.0;
	double		b_sum = 0.0;
	uint32_t	i;
	uint32_t	j;

	if (a_words.count == 0 || b_words.count == 0)
		return a_words.count == b_words.count ? 1.0 : 0.0;
	for (j = 0; j < b_words.count; j++)
		b_best[j] = 0.0;
	for (i = 0; i < a_words.count; i++)
	{
		CltPattern	pattern;
		double		best = 0.0;
		bool		many = b_words.count > 4 || a.wide;

		if (many)
			clt_pattern_prepare(&pattern, word_chars(&a_words, i));
		for (j = 0; j < b_words.count; j++)
		{
			double		score = many ?
			clt_pattern_jaro_winkler(&pattern, word_chars(&b_words, j), 0.0, scratch) :
			clt_jaro_winkler(word_chars(&a_words, i), word_chars(&b_words, j), 0.0,
							 scratch, tick);

			if (j % TICK_TOKENS == TICK_TOKENS - 1 && tick)
				tick();
			if (score > best)
				best = score;
			if (score > b_best[j])
				b_best[j] = score;
		}
		if (tick)
			tick();
		a_sum += best;
	}
	for (j = 0; j < b_words.count; j++)
		b_sum += b_best[j];
	/* divided before they are added: swapping a and b swaps two summands */
	return (a_sum / a_words.count + b_sum / b_words.count) / 2.0;
}

/* Appends a word to a string under construction, behind a space if not first. */
static void
append_word(void *out, uint32_t *len, const Words *words, uint32_t i)
{
	CltChars	word = word_chars(words, i);
	size_t		unit = word.wide ? 4 : 1;

	if (*len > 0)
	{
		if (word.wide)
			((uint32_t *) out)[*len] = ' ';
		else
			((uint8_t *) out)[*len] = ' ';
		++*len;
	}
	memcpy((char *) out + *len * unit, word.data, word.len * unit);
	*len += word.len;
}

static double
indel_similarity(double distance, double both_lengths)
{
	return both_lengths > 0 ? 1.0 - distance / both_lengths : 1.0;
}

/*
 * clt_token_set: the words that both have are taken once; S is their length,
 * joined by spaces.  Compared by insertions and deletions are S with S and what
 * only a has, S with S and what only b has, and the latter two with each other;
 * the best counts.  The first two need no comparison, one being the beginning
 * of the other.
 */
double
clt_token_set(CltChars a, CltChars b, void *scratch, CltTick tick)
{
	Words		a_words = find_words(a, &scratch);
	Words		b_words = find_words(b, &scratch);
	size_t		unit = a.wide || b.wide ? 4 : 1;
	void	   *a_only = take(&scratch, a.len * unit);
	void	   *b_only = take(&scratch, b.len * unit);
	uint32_t	a_len = 0;
	uint32_t	b_len = 0;
	uint32_t	common = 0;
	uint32_t	gap;
	uint32_t	i = 0;
	uint32_t	j = 0;
	double		best;
	double		score;

	if (a_words.count == 0 || b_words.count == 0)
		return 0.0;
	sort_words(&a_words, tick);
	sort_words(&b_words, tick);
	while (i < a_words.count || j < b_words.count)
	{
		int			order = i == a_words.count ? 1 : j == b_words.count ? -1 :
		compare_words(&a_words, i, &b_words, j);

		if (order < 0)
			append_word(a_only, &a_len, &a_words, i);
		else if (order > 0)
			append_word(b_only, &b_len, &b_words, j);
		else
			common += a_words.tokens[i].len + (common > 0);
		if (order <= 0)
			i += run_length(&a_words, i);
		if (order >= 0)
			j += run_length(&b_words, j);
	}
	if (common > 0 && (a_len == 0 || b_len == 0))
		return 1.0;
	gap = common > 0;
	best = indel_similarity((double) a_len + b_len -
							2.0 * clt_lcs(clt_chars(a_only, a_len, a.wide),
										  clt_chars(b_only, b_len, b.wide), scratch, tick),
							2.0 * (common + gap) + a_len + b_len);
	if (common == 0)
		return best;
	score = indel_similarity((double) gap + a_len, 2.0 * common + gap + a_len);
	if (score > best)
		best = score;
	score = indel_similarity((double) gap + b_len, 2.0 * common + gap + b_len);
	return score > best ? score : best;
}

double
clt_cosine_words(CltChars a, CltChars b, void *scratch, CltTick tick)
{
	Words		a_words = find_words(a, &scratch);
	Words		b_words = find_words(b, &scratch);
	double		a_norm = 0.0;
	double		b_norm = 0.0;
	double		product = 0.0;
	uint32_t	i = 0;
	uint32_t	j = 0;

	if (a_words.count == 0 || b_words.count == 0)
		return a_words.count == b_words.count ? 1.0 : 0.0;
	sort_words(&a_words, tick);
	sort_words(&b_words, tick);
	while (i < a_words.count || j < b_words.count)
	{
		int			order = i == a_words.count ? 1 : j == b_words.count ? -1 :
		compare_words(&a_words, i, &b_words, j);
		double		in_a = order <= 0 ? run_length(&a_words, i) : 0;
		double		in_b = order >= 0 ? run_length(&b_words, j) : 0;

		a_norm += in_a * in_a;
		b_norm += in_b * in_b;
		product += in_a * in_b;
		i += (uint32_t) in_a;
		j += (uint32_t) in_b;
	}
	return product / sqrt(a_norm * b_norm);
}

/* The set of the characters of a narrow string, as bits. */
static void
narrow_set(uint64_t *set, const uint8_t *s, uint32_t len)
{
	uint32_t	i;

	for (i = 0; i < len; i++)
		set[s[i] >> 6] |= UINT64_C(1) << (s[i] & 63);
}

static uint32_t
count_bits(uint64_t x)
{
	x = x - (x >> 1 & UINT64_C(0x5555555555555555));
	x = (x & UINT64_C(0x3333333333333333)) + (x >> 2 & UINT64_C(0x3333333333333333));
	x = (x + (x >> 4)) & UINT64_C(0x0F0F0F0F0F0F0F0F);
	return (uint32_t) (x * UINT64_C(0x0101010101010101) >> 56);
}

static double
jaccard_narrow(CltChars a, CltChars b)
{
	uint64_t	a_set[4] = {0};
	uint64_t	b_set[4] = {0};
	uint32_t	common = 0;
	uint32_t	all = 0;
	int			i;

	narrow_set(a_set, a.data, a.len);
	narrow_set(b_set, b.data, b.len);
	for (i = 0; i < 4; i++)
	{
		common += count_bits(a_set[i] & b_set[i]);
		all += count_bits(a_set[i] | b_set[i]);
	}
	return (double) common / all;
}

double
clt_jaccard_chars(CltChars a, CltChars b, void *scratch, CltTick tick)
{
	uint8_t    *in;
	uint32_t	symbols;
	uint32_t	common = 0;
	uint32_t	all = 0;
	uint32_t	i;

	if (a.len == 0 || b.len == 0)
		return a.len == b.len ? 1.0 : 0.0;
	if (!a.wide && !b.wide)
		return jaccard_narrow(a, b);
	symbols = clt_symbols(&a, &b, scratch, tick);
	in = (uint8_t *) scratch + clt_symbols_scratch(a.len, b.len);
	memset(in, 0, symbols);
	for (i = 0; i < a.len; i++)
		in[((const uint32_t *) a.data)[i]] |= 1;
	for (i = 0; i < b.len; i++)
		in[((const uint32_t *) b.data)[i]] |= 2;
	for (i = 1; i < symbols; i++)
	{
		all += in[i] != 0;
		common += in[i] == 3;
	}
	return (double) common / all;
}
