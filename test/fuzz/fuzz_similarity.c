/*
 * The string kernels on arbitrary bytes: the first byte chooses where to cut
 * the rest in two. All ways to the same answer have to agree.
 */
#include <stdint.h>
#include <stdlib.h>

#include "similarity/damerau.h"
#include "similarity/jaro.h"
#include "similarity/levenshtein.h"
#include "similarity/pattern.h"
#include "similarity/tokens.h"

#define CHECK(condition) do { if (!(condition)) abort(); } while (0)

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t		alen,
				blen;
	uint32_t   *units;
	uint8_t    *bytes;
	void	   *scratch;
	size_t		need;
	CltChars	a,
				b,
				x,
				y;
	CltPattern	pattern;
	uint32_t	levenshtein,
				osa,
				damerau;
	double		winkler;

	if (size < 2)
		return 0;
	alen = (size - 1) * data[0] / 256;
	blen = size - 1 - alen;
	data++;
	units = malloc((alen + blen + 1) * sizeof(uint32_t));
	bytes = malloc(alen + blen + 1);
	a = clt_chars(units, clt_utf8_to_wide(data, alen, units, NULL), true);
	b = clt_chars(units + alen, clt_utf8_to_wide(data + alen, blen, units + alen, NULL), true);
	need = clt_damerau_scratch(a.len, b.len, true);
	if (clt_tokens_scratch(a.len, b.len, true) > need)
		need = clt_tokens_scratch(a.len, b.len, true);
	if (clt_jaro_scratch(a.len, b.len, true) > need)
		need = clt_jaro_scratch(a.len, b.len, true);
	scratch = malloc(need);

	levenshtein = clt_levenshtein(a, b, UINT32_MAX, scratch, NULL);
	osa = clt_osa(a, b, UINT32_MAX, scratch, NULL);
	damerau = clt_damerau(a, b, UINT32_MAX, scratch, NULL);
	winkler = clt_jaro_winkler(a, b, 0, scratch, NULL);
	CHECK(damerau <= osa && osa <= levenshtein && levenshtein <= (a.len > b.len ? a.len : b.len));
	CHECK(winkler >= 0 && winkler <= 1);
	CHECK(clt_levenshtein(b, a, 5, scratch, NULL) == (levenshtein <= 5 ? levenshtein : 6));
	CHECK(clt_osa(b, a, osa, scratch, NULL) == osa);
	CHECK(clt_jaro_winkler(b, a, winkler, scratch, NULL) == winkler);
	CHECK(clt_lcs(a, b, scratch, NULL) * 2 >= a.len + b.len - 2 * levenshtein ||
		  a.len + b.len < 2 * levenshtein);

	clt_pattern_prepare(&pattern, a);
	CHECK(clt_pattern_jaro_winkler(&pattern, b, 0, scratch) == winkler);

	CHECK(clt_monge_elkan(a, b, scratch, NULL) == clt_monge_elkan(b, a, scratch, NULL));
	CHECK(clt_token_set(a, b, scratch, NULL) == clt_token_set(b, a, scratch, NULL));
	CHECK(clt_cosine_words(a, b, scratch, NULL) == clt_cosine_words(b, a, scratch, NULL));
	CHECK(clt_jaccard_chars(a, b, scratch, NULL) == clt_jaccard_chars(b, a, scratch, NULL));

	/*
	 * narrow and wide agree on whatever is valid; malformed text only has to
	 * be survived
	 */
	if (clt_chars_pair_utf8(data, alen, data + alen, blen, bytes, bytes + alen, &x, &y, NULL))
	{
		uint32_t	i;
		bool		valid = x.len == a.len && y.len == b.len;

		for (i = 0; i < a.len; i++)
			valid = valid && units[i] != 0xFFFD;
		for (i = 0; i < b.len; i++)
			valid = valid && units[alen + i] != 0xFFFD;
		if (valid)
		{
			CHECK(clt_levenshtein(x, y, UINT32_MAX, scratch, NULL) == levenshtein);
			CHECK(clt_jaro_winkler(x, y, 0, scratch, NULL) == winkler);
		}
	}
	free(units);
	free(bytes);
	free(scratch);
	return 0;
}
