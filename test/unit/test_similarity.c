/*
 * The string kernels: published vectors; equality with textbook
 * implementations on random strings over small alphabets, narrow and wide, of
 * lengths around the word and strip boundaries; symmetry; cutoffs; patterns
 * prepared once.
 */
#include "tap.h"

#include <stdint.h>

#include "core/utf8.h"
#include "similarity/chars.h"
#include "similarity/damerau.h"
#include "similarity/jaro.h"
#include "similarity/levenshtein.h"
#include "similarity/pattern.h"
#include "similarity/tokens.h"

#define MAX_LEN		1500

static uint64_t state = 42;

static uint32_t
random_below(uint32_t n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t) ((state >> 11) % n);
}

/* ---- textbook implementations, on code points ---- */

static int	table[MAX_LEN + 2][MAX_LEN + 2];

static int
min_int(int a, int b)
{
	return a < b ? a : b;
}

static int
slow_levenshtein(const uint32_t *a, int n, const uint32_t *b, int m, bool osa)
{
	int			i,
				j;

	for (i = 0; i <= n; i++)
		for (j = 0; j <= m; j++)
		{
			if (i == 0 || j == 0)
			{
				table[i][j] = i + j;
				continue;
			}
			table[i][j] = min_int(table[i - 1][j - 1] + (a[i - 1] != b[j - 1]),
								  min_int(table[i - 1][j], table[i][j - 1]) + 1);
			if (osa && i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				table[i][j] = min_int(table[i][j], table[i - 2][j - 2] + 1);
		}
	return table[n][m];
}

/* Lowrance and Wagner: every earlier pair of crossing characters is tried. */
static int
slow_damerau(const uint32_t *a, int n, const uint32_t *b, int m)
{
	int			i,
				j,
				k,
				l;

	for (i = 0; i <= n; i++)
		for (j = 0; j <= m; j++)
		{
			if (i == 0 || j == 0)
			{
				table[i][j] = i + j;
				continue;
			}
			table[i][j] = min_int(table[i - 1][j - 1] + (a[i - 1] != b[j - 1]),
								  min_int(table[i - 1][j], table[i][j - 1]) + 1);
			for (k = i - 1; k > 0 && a[k - 1] != b[j - 1]; k--)
				;
			for (l = j - 1; l > 0 && b[l - 1] != a[i - 1]; l--)
				;
			if (k > 0 && l > 0)
				table[i][j] = min_int(table[i][j],
									  table[k - 1][l - 1] + (i - k - 1) + 1 + (j - l - 1));
		}
	return table[n][m];
}

static int
slow_lcs(const uint32_t *a, int n, const uint32_t *b, int m)
{
	int			i,
				j;

	for (i = 0; i <= n; i++)
		for (j = 0; j <= m; j++)
			table[i][j] = i == 0 || j == 0 ? 0 :
				a[i - 1] == b[j - 1] ? table[i - 1][j - 1] + 1 :
				table[i - 1][j] > table[i][j - 1] ? table[i - 1][j] : table[i][j - 1];
	return table[n][m];
}

static double
slow_jaro(const uint32_t *a, int n, const uint32_t *b, int m)
{
	static bool a_taken[MAX_LEN],
				b_taken[MAX_LEN];
	int			window = (n > m ? n : m) / 2 - 1;
	int			matches = 0;
	int			out_of_order = 0;
	int			i,
				j;

	if (n == 0 || m == 0)
		return n == m;
	if (window < 0)
		window = 0;
	memset(a_taken, 0, sizeof(a_taken));
	memset(b_taken, 0, sizeof(b_taken));
	for (j = 0; j < m; j++)
		for (i = j - window < 0 ? 0 : j - window; i < n && i <= j + window; i++)
			if (!a_taken[i] && a[i] == b[j])
			{
				a_taken[i] = b_taken[j] = true;
				matches++;
				break;
			}
	if (matches == 0)
		return 0;
	for (i = 0, j = 0; i < n; i++)
		if (a_taken[i])
		{
			while (!b_taken[j])
				j++;
			out_of_order += a[i] != b[j++];
		}
	return ((double) matches / n + (double) matches / m +
			(double) (matches - out_of_order / 2) / matches) / 3;
}

static double
slow_winkler(const uint32_t *a, int n, const uint32_t *b, int m)
{
	double		jaro = slow_jaro(a, n, b, m);
	int			prefix = 0;

	while (prefix < 4 && prefix < n && prefix < m && a[prefix] == b[prefix])
		prefix++;
	return jaro > 0.7 ? jaro + prefix * 0.1 * (1 - jaro) : jaro;
}

/* ---- scratch memory of exactly the size asked for, so that ASAN sees more ---- */

typedef size_t (*ScratchSize) (size_t alen, size_t blen, bool wide);

static void *
scratch_for(ScratchSize size, CltChars a, CltChars b)
{
	size_t		bytes = size(a.len, b.len, a.wide || b.wide);

	return bytes == 0 ? NULL : malloc(bytes);
}

static double
similarity(double (*kernel) (CltChars, CltChars, double, void *, CltTick),
		   CltChars a, CltChars b, double cutoff)
{
	void	   *scratch = scratch_for(clt_jaro_scratch, a, b);
	double		result = kernel(a, b, cutoff, scratch, NULL);

	free(scratch);
	return result;
}

static uint32_t
distance(uint32_t (*kernel) (CltChars, CltChars, uint32_t, void *, CltTick),
		 CltChars a, CltChars b, uint32_t max)
{
	void	   *scratch = scratch_for(kernel == clt_damerau ? clt_damerau_scratch :
									  clt_levenshtein_scratch, a, b);
	uint32_t	result = kernel(a, b, max, scratch, NULL);

	free(scratch);
	return result;
}

static uint32_t
lcs(CltChars a, CltChars b)
{
	void	   *scratch = scratch_for(clt_levenshtein_scratch, a, b);
	uint32_t	result = clt_lcs(a, b, scratch, NULL);

	free(scratch);
	return result;
}

static double
words(double (*kernel) (CltChars, CltChars, void *, CltTick), CltChars a, CltChars b)
{
	void	   *scratch = scratch_for(clt_tokens_scratch, a, b);
	double		result = kernel(a, b, scratch, NULL);

	free(scratch);
	return result;
}

/* ---- published vectors ---- */

static uint32_t wide_buffer[2][256];

/* The code points of a literal. */
static CltChars
text(int which, const char *s)
{
	return clt_chars(wide_buffer[which],
					 clt_utf8_to_wide((const uint8_t *) s, strlen(s), wide_buffer[which], NULL),
					 true);
}

static void
check_winkler(const char *a, const char *b, double jaro, double winkler)
{
	uint8_t		x[256],
				y[256];
	CltChars	xs,
				ys;
	char		name[600];

	snprintf(name, sizeof(name), "jaro %s %s", a, b);
	is_near(similarity(clt_jaro, text(0, a), text(1, b), 0), jaro, 5e-5, name);
	snprintf(name, sizeof(name), "jaro-winkler %s %s", a, b);
	is_near(similarity(clt_jaro_winkler, text(0, a), text(1, b), 0), winkler, 5e-5, name);
	ok(clt_chars_pair_utf8((const uint8_t *) a, strlen(a), (const uint8_t *) b, strlen(b),
						   x, y, &xs, &ys, NULL) &&
	   similarity(clt_jaro_winkler, xs, ys, 0) ==
	   similarity(clt_jaro_winkler, text(0, a), text(1, b), 0),
	   "symbols of %s %s give the same", a, b);
}

static void
check_edit(const char *a, const char *b, int levenshtein, int osa, int damerau)
{
	char		name[600];

	snprintf(name, sizeof(name), "levenshtein %s %s", a, b);
	is_int(distance(clt_levenshtein, text(0, a), text(1, b), UINT32_MAX), levenshtein, name);
	snprintf(name, sizeof(name), "osa %s %s", a, b);
	is_int(distance(clt_osa, text(0, a), text(1, b), UINT32_MAX), osa, name);
	snprintf(name, sizeof(name), "damerau %s %s", a, b);
	is_int(distance(clt_damerau, text(0, a), text(1, b), UINT32_MAX), damerau, name);
}

static void
vectors(void)
{
	check_winkler("martha", "marhta", 0.944444, 0.961111);
	check_winkler("dixon", "dicksonx", 0.766667, 0.813333);
	check_winkler("abcvwxyz", "cabvwxyz", 0.958333, 0.958333);
	check_winkler("aleksandar", "magdalena", 0.730688, 0.730688);
	check_winkler("marko", "mara jovanović", 0.695238, 0.695238);
	check_winkler("милан", "марко", 0.466667, 0.466667);
	check_winkler("đorđe", "đurđa", 0.7333, 0.7600);
	check_winkler("łukasz", "lukasz", 0.888889, 0.888889);
	check_winkler("мирослав", "miroslav", 0.0, 0.0);
	check_winkler("novakova", "novak", 0.875, 0.925);
	check_winkler("mueller", "muller", 0.896825, 0.9175);
	check_winkler("dordevic", "djordjevic", 0.9333, 0.9400);
	check_winkler("", "", 1.0, 1.0);
	check_winkler("a", "", 0.0, 0.0);
	check_winkler("a", "a", 1.0, 1.0);
	check_winkler("a", "b", 0.0, 0.0);
	check_winkler("ab", "ba", 0.0, 0.0);
	check_edit("kitten", "sitting", 3, 3, 3);
	check_edit("ca", "abc", 3, 3, 2);
	check_edit("ca", "ac", 2, 1, 1);
	check_edit("ac", "abc", 1, 1, 1);
	check_edit("Ђорђе", "Ђорђо", 1, 1, 1);
	check_edit("мирослав", "мирсолав", 2, 1, 1);
	check_edit("", "", 0, 0, 0);
	check_edit("", "abc", 3, 3, 3);
	check_edit("日本語", "日语本", 2, 2, 2);

	is_near(words(clt_jaccard_chars, text(0, "duck"), text(1, "luck")), 0.6, 1e-12, "jaccard duck luck");
	is_near(words(clt_jaccard_chars, text(0, "милан"), text(1, "марко")), 0.25, 1e-12, "jaccard милан марко");
	is_near(words(clt_jaccard_chars, text(0, ""), text(1, "")), 1, 1e-12, "jaccard of nothing");
	is_near(words(clt_jaccard_chars, text(0, "a"), text(1, "")), 0, 1e-12, "jaccard with nothing");
	is_near(words(clt_token_set, text(0, "fuzzy was a bear"), text(1, "fuzzy fuzzy was a bear")), 1, 1e-12,
			"token set: repeated words don't count");
	is_near(words(clt_token_set, text(0, "new york mets"), text(1, "new york yankees")), 0.7619047619, 1e-9,
			"token set: what both have, against one of the two");
	is_near(words(clt_token_set, text(0, "mariners vs angels"), text(1, "los angeles angels at seattle mariners")),
			0.9090909091, 1e-9, "token set: mariners");
	is_near(words(clt_token_set, text(0, ""), text(1, "a")), 0, 1e-12, "token set with nothing");
	is_near(words(clt_token_set, text(0, " "), text(1, " ")), 0, 1e-12, "token set of nothing");
	is_near(words(clt_cosine_words, text(0, "a b b"), text(1, "b\xC2\xA0""c")), 2 / sqrt(5.0 * 2), 1e-12,
			"cosine counts words, a no-break space separates");
	is_near(words(clt_cosine_words, text(0, "x y"), text(1, "y  x ")), 1, 1e-15, "cosine knows no order");
	is_near(words(clt_monge_elkan, text(0, "jovan jovanović"), text(1, "jovanović jovan")), 1, 1e-12,
			"monge-elkan knows no order");
	is_near(words(clt_monge_elkan, text(0, "ana"), text(1, "ana marija")),
			(1 + (1 + similarity(clt_jaro_winkler, text(0, "ana"), text(1, "marija"), 0)) / 2) / 2, 1e-12,
			"monge-elkan is the mean of both directions");
}

/* ---- random pairs ---- */

static uint32_t points[2][MAX_LEN];
static uint8_t narrow[2][MAX_LEN];

/*
 * Fills both strings; alphabet kinds: 0 ASCII, 1 Latin and Cyrillic, 2 Chinese.
 * With likeness, the second one is the first one edited here and there.
 */
static void
random_pair(int len_a, int len_b, int letters, int kind, bool alike)
{
	static const uint32_t base[] = {'a', 0xF0, 0x4E00};
	int			which,
				i;

	for (which = 0; which < 2; which++)
		for (i = 0; i < (which == 0 ? len_a : len_b); i++)
		{
			uint32_t	c = random_below(letters);

			points[which][i] = kind == 1 && c % 2 == 1 ? 0x430 + c : base[kind] + c * (kind == 2 ? 37 : 1);
		}
	if (alike)
		for (i = 0; i < len_b && i < len_a; i++)
			if (random_below(12) != 0)
				points[1][i] = points[0][i];
	if (alike && len_b > 8 && random_below(2) == 0)
	{
		int			at = random_below(len_b - 4);

		memmove(&points[1][at], &points[1][at + 1], (len_b - at - 1) * sizeof(uint32_t));
	}
	if (kind == 0)
		for (which = 0; which < 2; which++)
			for (i = 0; i < MAX_LEN; i++)
				narrow[which][i] = (uint8_t) points[which][i];
}

typedef struct Tally
{
	int			pairs;
	int			jaro;
	int			winkler;
	int			cutoff;
	int			levenshtein;
	int			osa;
	int			damerau;
	int			bounded;
	int			lcs;
	int			asymmetric;
	int			pattern;
	int			symbols;
} Tally;

static uint32_t
bounded(uint32_t truth, uint32_t max)
{
	return truth <= max ? truth : max + 1;
}

static void
check_pair(Tally *wrong, CltChars a, CltChars b, int len_a, int len_b)
{
	const uint32_t *x = points[0];
	const uint32_t *y = points[1];
	double		jaro = slow_jaro(x, len_a, y, len_b);
	double		winkler = slow_winkler(x, len_a, y, len_b);
	uint32_t	levenshtein = slow_levenshtein(x, len_a, y, len_b, false);
	uint32_t	osa = slow_levenshtein(x, len_a, y, len_b, true);
	uint32_t	damerau = slow_damerau(x, len_a, y, len_b);
	double		cutoff = random_below(1001) / 1000.0;
	uint32_t	max = random_below(3) ? random_below(6) : random_below(len_a + len_b + 3);
	CltPattern	pattern;
	void	   *scratch;

	wrong->pairs++;
	wrong->jaro += similarity(clt_jaro, a, b, 0) != jaro;
	wrong->winkler += similarity(clt_jaro_winkler, a, b, 0) != winkler;
	wrong->cutoff += similarity(clt_jaro, a, b, cutoff) != (jaro >= cutoff ? jaro : 0);
	wrong->cutoff += similarity(clt_jaro_winkler, a, b, cutoff) != (winkler >= cutoff ? winkler : 0);
	wrong->cutoff += similarity(clt_jaro_winkler, a, b, winkler) != winkler;
	wrong->levenshtein += distance(clt_levenshtein, a, b, UINT32_MAX) != levenshtein;
	wrong->osa += distance(clt_osa, a, b, UINT32_MAX) != osa;
	wrong->damerau += distance(clt_damerau, a, b, UINT32_MAX) != damerau;
	wrong->bounded += distance(clt_levenshtein, a, b, max) != bounded(levenshtein, max);
	wrong->bounded += distance(clt_levenshtein, a, b, levenshtein) != levenshtein;
	wrong->bounded += levenshtein > 0 && distance(clt_levenshtein, a, b, levenshtein - 1) != levenshtein;
	wrong->bounded += distance(clt_osa, a, b, max) != bounded(osa, max);
	wrong->bounded += distance(clt_osa, a, b, osa) != osa;
	wrong->bounded += distance(clt_damerau, a, b, max) != bounded(damerau, max);
	wrong->bounded += distance(clt_damerau, a, b, damerau) != damerau;
	wrong->lcs += lcs(a, b) != (uint32_t) slow_lcs(x, len_a, y, len_b);

	wrong->asymmetric += similarity(clt_jaro_winkler, b, a, 0) != winkler;
	wrong->asymmetric += distance(clt_levenshtein, b, a, max) != bounded(levenshtein, max);
	wrong->asymmetric += distance(clt_osa, b, a, UINT32_MAX) != osa;
	wrong->asymmetric += distance(clt_damerau, b, a, UINT32_MAX) != damerau;
	wrong->asymmetric += words(clt_jaccard_chars, a, b) != words(clt_jaccard_chars, b, a);

	scratch = malloc(clt_jaro_scratch(a.len, b.len, a.wide || b.wide) + 1);
	clt_pattern_prepare(&pattern, a);
	wrong->pattern += clt_pattern_jaro_winkler(&pattern, b, cutoff, scratch) != (winkler >= cutoff ? winkler : 0);
	free(scratch);
}

static void
check_random(const char *what, const int *lengths, int count, int rounds, int kind)
{
	static const int alphabets[] = {1, 2, 3, 5, 26};
	Tally		wrong = {0};
	int			round,
				i,
				j;

	for (i = 0; i < count; i++)
		for (j = 0; j < count; j++)
			for (round = 0; round < rounds; round++)
			{
				int			len_a = lengths[i] + (lengths[i] > 3 ? (int) random_below(3) - 1 : 0);
				int			len_b = lengths[j];
				CltChars	a,
							b;

				random_pair(len_a, len_b, alphabets[random_below(5)], kind, random_below(2));
				a = clt_chars(points[0], len_a, true);
				b = clt_chars(points[1], len_b, true);
				if (kind == 0)
				{
					/* narrow, wide, or mixed */
					if (random_below(4) > 0)
						a = clt_chars(narrow[0], len_a, false);
					if (random_below(4) > 0)
						b = clt_chars(narrow[1], len_b, false);
				}
				check_pair(&wrong, a, b, len_a, len_b);
			}
#define NONE(field) ok(wrong.field == 0, "%s, %d pairs: %d wrong in " #field, what, wrong.pairs, wrong.field)
	NONE(jaro);
	NONE(winkler);
	NONE(cutoff);
	NONE(levenshtein);
	NONE(osa);
	NONE(damerau);
	NONE(bounded);
	NONE(lcs);
	NONE(asymmetric);
	NONE(pattern);
#undef NONE
}

/* The word measures are symmetric, and equal for narrow and wide strings. */
static void
check_words(void)
{
	double		(*kernels[]) (CltChars, CltChars, void *, CltTick) =
	{clt_monge_elkan, clt_token_set, clt_cosine_words, clt_jaccard_chars};
	int			asymmetric = 0;
	int			different = 0;
	int			outside = 0;
	int			round,
				i,
				k;

	for (round = 0; round < 20000; round++)
	{
		int			len[2];

		for (k = 0; k < 2; k++)
		{
			len[k] = random_below(round % 2000 == 0 ? 1000 : 30);
			for (i = 0; i < len[k]; i++)
			{
				points[k][i] = random_below(4) == 0 ? ' ' : 'a' + random_below(3);
				narrow[k][i] = (uint8_t) points[k][i];
			}
		}
		for (k = 0; k < 4; k++)
		{
			CltChars	a = clt_chars(points[0], len[0], true);
			CltChars	b = clt_chars(points[1], len[1], true);
			double		score = words(kernels[k], a, b);

			asymmetric += words(kernels[k], b, a) != score;
			different += words(kernels[k], clt_chars(narrow[0], len[0], false),
							   clt_chars(narrow[1], len[1], false)) != score;
			outside += !(score >= 0 && score <= 1);
		}
	}
	is_int(asymmetric, 0, "word measures are symmetric");
	is_int(different, 0, "word measures don't depend on the width");
	is_int(outside, 0, "word measures lie between 0 and 1");
}

static void
check_bytes(void)
{
	char		buffer[80];
	uint8_t		x[80],
				y[80];
	CltChars	a,
				b;
	int			wrong = 0;
	int			i,
				j;

	for (i = 0; i <= 70; i++)
		for (j = -1; j < i; j++)
		{
			memset(buffer, 'a', sizeof(buffer));
			buffer[i] = (char) 0xC4;	/* just behind the end */
			if (j >= 0)
				buffer[j] = (char) 0x80;
			wrong += clt_chars_ascii((const uint8_t *) buffer, i) != (j < 0);
		}
	is_int(wrong, 0, "clt_chars_ascii sees every byte and no other");
	ok(clt_chars_pair_utf8((const uint8_t *) "\xC4", 1, (const uint8_t *) "\xE2\x82", 2, x, y, &a, &b, NULL) &&
	   a.len == 1 && b.len == 2, "malformed UTF-8 is not followed past its end");

	/* a page, two pages, several scripts: the symbols are equal where the code points are */
	{
		static const char *const letters[] = {"a", "z", " ", "č", "ć", "đ", "š", "ž", "ł", "á", "ß", "ó", "ж", "љ", "Ђ", "я", "α", "日", "𝒳"};
		static const int first[] = {0, 0, 0, 12, 0}, last[] = {9, 12, 17, 16, 19};
		int			round,
					kind,
					which;

		wrong = 0;
		for (round = 0; round < 20000; round++)
		{
			char		s[2][200] = {"", ""};
			uint8_t		buf[2][200];

			kind = round % 5;
			for (which = 0; which < 2; which++)
				for (i = random_below(20); i > 0; i--)
					strcat(s[which], letters[first[kind] + random_below(last[kind] - first[kind])]);
			if (!clt_chars_pair_utf8((uint8_t *) s[0], strlen(s[0]), (uint8_t *) s[1], strlen(s[1]), buf[0], buf[1], &a, &b, NULL))
				wrong++;
			else
			{
				CltChars	x = text(0, s[0]),
							y = text(1, s[1]);
				uint32_t	k,
							l;

				wrong += a.len != x.len || b.len != y.len;
				for (k = 0; k < a.len; k++)
				{
					for (l = 0; l < b.len; l++)
						wrong += (buf[0][k] == buf[1][l]) != (wide_buffer[0][k] == wide_buffer[1][l]);
					for (l = 0; l < a.len; l++)
						wrong += (buf[0][k] == buf[0][l]) != (wide_buffer[0][k] == wide_buffer[0][l]);
				}
			}
		}
		is_int(wrong, 0, "units of UTF-8 pairs are equal where the code points are");
	}

	/* 129 different characters outside ASCII don't fit into bytes */
	{
		static unsigned char many[4 * 200];
		static uint8_t out[4 * 200];
		int			n = 0;

		for (i = 0; i < 128; i++)
			n += clt_utf8_encode(0x4E00 + i, many + n);
		ok(clt_chars_pair_utf8(many, n, many, n, out, out + n, &a, &b, NULL) && a.len == 128,
		   "128 symbols are enough for 128 characters");
		n += clt_utf8_encode(0x5000, many + n);
		ok(!clt_chars_pair_utf8(many, n, (const uint8_t *) "", 0, out, out + n, &a, &b, NULL),
		   "and no more");
	}
}

static int	ticks;

static void
count_tick(void)
{
	ticks++;
}

static void
check_ticks(void)
{
	uint32_t	len = 200000;
	uint8_t    *a = malloc(len);
	uint8_t    *b = malloc(len);
	CltChars	x = clt_chars(a, len, false);
	CltChars	y = clt_chars(b, len, false);
	void	   *scratch = malloc(clt_damerau_scratch(len, len, false));
	uint32_t	result;
	double		score;
	uint32_t	i;

	for (i = 0; i < len; i++)
	{
		a[i] = 'a' + random_below(26);
		b[i] = a[i];
	}
	b[1000] = '!';
	b[150000] = '!';
	b[170000] = b[170001] = '?';
	is_int(clt_levenshtein(x, y, UINT32_MAX, scratch, count_tick), 4, "long and alike: 4 edits in 200000 characters");
	ok(ticks > 100, "the caller is asked meanwhile (%d times)", ticks);
	is_int(clt_osa(x, y, UINT32_MAX, scratch, count_tick), 4, "the same by osa");
	ticks = 0;
	score = clt_jaro(x, y, 0, scratch, count_tick);
	ok(score > 0.6 && score < 1 && ticks > 2, "jaro too (%.3f, %d times)", score, ticks);
	ticks = 0;
	result = clt_damerau(x, clt_chars(b + 7, 500, false), UINT32_MAX, scratch, count_tick);
	ok(result >= 199500 && result <= 200000 && ticks > 100, "damerau too (%u, %d times)", result, ticks);
	free(a);
	free(b);
	free(scratch);
}

int
main(void)
{
	static const int shorts[] = {0, 1, 2, 3, 4, 5, 7, 8, 13, 20, 33};
	static const int words_at[] = {0, 1, 31, 62, 63, 64, 65, 66, 100, 127, 128, 129, 200};
	static const int strips[] = {60, 250, 256, 300, 511, 513, 700, 1100};

	vectors();
	check_bytes();
	check_random("short ASCII", shorts, 11, 150, 0);
	check_random("short Latin and Cyrillic", shorts, 11, 100, 1);
	check_random("short Chinese", shorts, 11, 50, 2);
	check_random("ASCII around a word", words_at, 13, 20, 0);
	check_random("Latin and Cyrillic around a word", words_at, 13, 10, 1);
	check_random("ASCII around a strip", strips, 8, 2, 0);
	check_random("Chinese around a strip", strips, 8, 1, 2);
	check_words();
	check_ticks();
	return done();
}
