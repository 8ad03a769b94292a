/*
 * Fuzzer of src/text: any bytes, any buffer. The first byte chooses how much
 * smaller than needed the buffer is.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/fold.h"
#include "text/keys.h"
#include "text/names.h"
#include "text/phonetic.h"

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(int good, const char *what)
{
	if (!good)
	{
		fprintf(stderr, "broken: %s\n", what);
		abort();
	}
}

static size_t
company_key(const char *src, size_t len, char *dst, size_t dstcap)
{
	CltLegalForm form;
	size_t		n = clt_company_name_key(src, len, dst, dstcap, &form);

	if (n <= dstcap)
		check(form == CLT_LEGAL_NONE || clt_legal_form_name(form) != NULL, "legal form has a name");
	return n;
}

/* A kernel in a buffer of the exact size, so that the sanitizer sees a byte too many. */
static void
run(size_t (*kernel) (const char *, size_t, char *, size_t), const char *s, size_t len, size_t cap)
{
	char	   *dst = malloc(cap > 0 ? cap : 1);
	size_t		n = kernel(s, len, dst, cap);

	check(n <= CLT_FOLD_BOUND(len), "result within the bound");
	if (n > cap)
	{
		dst = realloc(dst, n);
		check(kernel(s, len, dst, n) <= n, "what it asked for is enough");
	}
	free(dst);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char codes[CLT_DM_MAX][CLT_DM_LENGTH + 1];
	char		primary[CLT_METAPHONE_LENGTH + 1],
				secondary[CLT_METAPHONE_LENGTH + 1];
	const char *variants[CLT_NAME_VARIANTS_MAX];
	CltSpan		keys[CLT_FOLD_KEYS_MAX];
	size_t		len,
				cap,
				need;
	char	   *s,
			   *folded,
			   *again,
			   *loose;
	size_t		n;
	int			count;

	if (size == 0)
		return 0;
	len = size - 1;
	s = malloc(len > 0 ? len : 1);
	memcpy(s, data + 1, len);
	cap = len * 3 * data[0] / 255;
	run(clt_fold_utf8, s, len, cap);
	run(clt_family_name_key, s, len, cap);
	run(company_key, s, len, cap);
	run(clt_street_key, s, len, cap);

	folded = malloc(CLT_FOLD_BOUND(len));
	n = clt_fold_utf8(s, len, folded, CLT_FOLD_BOUND(len));
	again = malloc(CLT_FOLD_BOUND(n));
	check(clt_fold_utf8(folded, n, again, CLT_FOLD_BOUND(n)) == n && memcmp(folded, again, n) == 0,
		  "what is folded stays");
	count = clt_name_variants(folded, n, variants);
	check(count >= 0 && count <= CLT_NAME_VARIANTS_MAX, "number of variants");
	check(clt_names_related(folded, n, again, n), "a name is related to itself");
	check(clt_family_name_key_folded(again, n) <= n, "family key is no longer than the name");

	loose = malloc(cap > 0 ? cap : 1);
	count = clt_fold_keys_utf8(s, len, loose, cap, &need, keys);
	if (count < 0)
	{
		loose = realloc(loose, need);
		cap = need;
		count = clt_fold_keys_utf8(s, len, loose, cap, &need, keys);
		if (count < 0)
		{
			loose = realloc(loose, need);
			count = clt_fold_keys_utf8(s, len, loose, need, &need, keys);
		}
	}
	check(count >= 1 && count <= CLT_FOLD_KEYS_MAX, "number of loose forms");

	count = clt_daitch_mokotoff(s, len, codes);
	check(count >= 0 && count <= CLT_DM_MAX, "number of codes");
	for (int i = 0; i < count; i++)
		check(strspn(codes[i], "0123456789") == CLT_DM_LENGTH, "a code is six digits");
	clt_double_metaphone(s, len, primary, secondary);
	check(strlen(primary) <= CLT_METAPHONE_LENGTH && strlen(secondary) <= CLT_METAPHONE_LENGTH, "length of metaphone");

	free(s);
	free(folded);
	free(again);
	free(loose);
	return 0;
}
