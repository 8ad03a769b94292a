/*-------------------------------------------------------------------------
 *
 * text.c
 *	  SQL functions of the text kernels.
 *
 * The kernels read and write UTF-8.  In a database of another encoding the
 * argument is converted before and the result after; a result that has no
 * place in that encoding is the server's own conversion error.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "text/fold.h"
#include "text/keys.h"
#include "text/names.h"
#include "text/phonetic.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "core/clientele.h"
#include "core/encoding.h"

/* An argument in UTF-8. */
typedef struct Utf8Arg
{
	const char *s;
	size_t		len;
} Utf8Arg;

typedef size_t (*TextKernel) (const char *src, size_t len, char *dst, size_t dstcap);

static Utf8Arg
get_utf8_arg(text *arg)
{
	Utf8Arg		utf8;

	utf8.s = VARDATA_ANY(arg);
	utf8.len = VARSIZE_ANY_EXHDR(arg);
	utf8.s = clt_to_utf8(utf8.s, &utf8.len);
	return utf8;
}

static text *
utf8_to_text(const char *s, size_t len)
{
	s = clt_from_utf8(s, &len);
	return cstring_to_text_with_len(s, (int) len);
}

static void
check_size(size_t size)
{
	if (size > MaxAllocSize - VARHDRSZ)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("text is too long to be folded"),
				 errdetail("The result would need %zu bytes, the limit is %zu bytes.",
						   size, (size_t) (MaxAllocSize - VARHDRSZ))));
}

/*
 * Runs a kernel straight into the result; once more when twice the length of
 * the argument was not enough.
 */
static text *
run_kernel(TextKernel kernel, text *arg)
{
	Utf8Arg		utf8 = get_utf8_arg(arg);
	size_t		cap = Min(utf8.len * 2 + 16, MaxAllocSize - VARHDRSZ);
	text	   *result = (text *) palloc(VARHDRSZ + cap);
	size_t		n = kernel(utf8.s, utf8.len, VARDATA(result), cap);

	if (n > cap)
	{
		check_size(n);
		pfree(result);
		cap = n;
		result = (text *) palloc(VARHDRSZ + cap);
		n = kernel(utf8.s, utf8.len, VARDATA(result), cap);
		Assert(n <= cap);
	}
	if (GetDatabaseEncoding() != PG_UTF8)
		return utf8_to_text(VARDATA(result), n);
	SET_VARSIZE(result, VARHDRSZ + n);
	return result;
}

CLT_FUNCTION_INFO_V1(clt_fold);
Datum
clt_fold(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(run_kernel(clt_fold_utf8, PG_GETARG_TEXT_PP(0)));
}

CLT_FUNCTION_INFO_V1(clt_fold_version);
Datum
clt_fold_version(PG_FUNCTION_ARGS)
{
	(void) fcinfo;
	PG_RETURN_INT32(CLT_FOLD_VERSION);
}

CLT_FUNCTION_INFO_V1(clt_fold_keys);
Datum
clt_fold_keys(PG_FUNCTION_ARGS)
{
	Utf8Arg		utf8 = get_utf8_arg(PG_GETARG_TEXT_PP(0));
	CltSpan		keys[CLT_FOLD_KEYS_MAX];
	Datum		values[CLT_FOLD_KEYS_MAX];
	size_t		cap = utf8.len * 8 + 256;
	size_t		need;
	char	   *buf;
	int			n;
	int			i;

	check_size(cap);
	buf = palloc(cap);
	n = clt_fold_keys_utf8(utf8.s, utf8.len, buf, cap, &need, keys);
	while (n < 0)
	{
		check_size(need);
		pfree(buf);
		cap = need;
		buf = palloc(cap);
		n = clt_fold_keys_utf8(utf8.s, utf8.len, buf, cap, &need, keys);
	}
	for (i = 0; i < n; i++)
		values[i] = PointerGetDatum(utf8_to_text(buf + keys[i].off, keys[i].len));
	PG_RETURN_ARRAYTYPE_P(construct_array(values, n, TEXTOID, -1, false, TYPALIGN_INT));
}

CLT_FUNCTION_INFO_V1(clt_family_name_key_sql);
Datum
clt_family_name_key_sql(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(run_kernel(clt_family_name_key, PG_GETARG_TEXT_PP(0)));
}

static size_t
company_key(const char *src, size_t len, char *dst, size_t dstcap)
{
	return clt_company_name_key(src, len, dst, dstcap, NULL);
}

CLT_FUNCTION_INFO_V1(clt_company_name_key_sql);
Datum
clt_company_name_key_sql(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(run_kernel(company_key, PG_GETARG_TEXT_PP(0)));
}

CLT_FUNCTION_INFO_V1(clt_legal_form);
Datum
clt_legal_form(PG_FUNCTION_ARGS)
{
	Utf8Arg		utf8 = get_utf8_arg(PG_GETARG_TEXT_PP(0));
	size_t		cap = utf8.len * 2 + 16;
	CltLegalForm form;
	const char *name;

	for (;;)
	{
		char	   *buf;
		size_t		n;

		check_size(cap);
		buf = palloc(cap);
		n = clt_company_name_key(utf8.s, utf8.len, buf, cap, &form);
		pfree(buf);
		if (n <= cap)
			break;
		cap = n;
	}
	name = clt_legal_form_name(form);
	if (name == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(name));
}

CLT_FUNCTION_INFO_V1(clt_street_key_sql);
Datum
clt_street_key_sql(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(run_kernel(clt_street_key, PG_GETARG_TEXT_PP(0)));
}

/* Builds an array of strings that are ASCII, whatever the encoding. */
static ArrayType *
ascii_array(const char **strings, int n)
{
	Datum	   *values = palloc(sizeof(Datum) * (size_t) Max(n, 1));
	int			i;

	for (i = 0; i < n; i++)
		values[i] = CStringGetTextDatum(strings[i]);
	return construct_array(values, n, TEXTOID, -1, false, TYPALIGN_INT);
}

CLT_FUNCTION_INFO_V1(clt_name_variants_sql);
Datum
clt_name_variants_sql(PG_FUNCTION_ARGS)
{
	const char *variants[CLT_NAME_VARIANTS_MAX];
	text	   *folded = run_kernel(clt_fold_utf8, PG_GETARG_TEXT_PP(0));
	int			n = clt_name_variants(VARDATA(folded), VARSIZE(folded) - VARHDRSZ, variants);

	if (n == 0)
	{
		Datum		value = PointerGetDatum(folded);

		PG_RETURN_ARRAYTYPE_P(construct_array(&value, 1, TEXTOID, -1, false, TYPALIGN_INT));
	}
	PG_RETURN_ARRAYTYPE_P(ascii_array(variants, n));
}

CLT_FUNCTION_INFO_V1(clt_daitch_mokotoff_sql);
Datum
clt_daitch_mokotoff_sql(PG_FUNCTION_ARGS)
{
	Utf8Arg		utf8 = get_utf8_arg(PG_GETARG_TEXT_PP(0));
	char		codes[CLT_DM_MAX][CLT_DM_LENGTH + 1];
	const char *strings[CLT_DM_MAX];
	int			n = clt_daitch_mokotoff(utf8.s, utf8.len, codes);
	int			i;

	for (i = 0; i < n; i++)
		strings[i] = codes[i];
	PG_RETURN_ARRAYTYPE_P(ascii_array(strings, n));
}

CLT_FUNCTION_INFO_V1(clt_double_metaphone_sql);
Datum
clt_double_metaphone_sql(PG_FUNCTION_ARGS)
{
	Utf8Arg		utf8 = get_utf8_arg(PG_GETARG_TEXT_PP(0));
	char		primary[CLT_METAPHONE_LENGTH + 1];
	char		secondary[CLT_METAPHONE_LENGTH + 1];
	const char *strings[2];
	int			n = 0;

	clt_double_metaphone(utf8.s, utf8.len, primary, secondary);
	if (primary[0] != '\0')
		strings[n++] = primary;
	if (secondary[0] != '\0' && strcmp(primary, secondary) != 0)
		strings[n++] = secondary;
	PG_RETURN_ARRAYTYPE_P(ascii_array(strings, n));
}
