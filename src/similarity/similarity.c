/*-------------------------------------------------------------------------
 *
 * similarity.c
 *		The SQL functions that compare two texts.
 *
 * What two surnames cost is decided here as much as in the kernels.  ASCII
 * goes to the kernel as it lies in the tuple: nothing is copied, converted or
 * allocated.  Everything else is a call away, so that its buffers don't weigh
 * on the short way.
 *
 * Encodings: in UTF-8 the units are code points.  In a single-byte encoding
 * they are the bytes, in the other multibyte encodings a character's bytes
 * packed into a number; nothing is converted, for equality is all that the
 * measures ask, and in every encoding a character has one form.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "core/clientele.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "similarity/chars.h"
#include "similarity/damerau.h"
#include "similarity/jaro.h"
#include "similarity/levenshtein.h"
#include "similarity/tokens.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

/* Up to this, buffers are on the stack: names and addresses, not articles. */
#define STACK_TEXT		512
#define STACK_SCRATCH	12288

/* Where scratch memory isn't needed if one string is ASCII and this short. */
#define SHORT_TEXT		64
#define SHORT_UTF8		128

typedef double (*SimilarityKernel) (CltChars a, CltChars b, double score_cutoff,
									void *scratch, CltTick tick);
typedef uint32 (*DistanceKernel) (CltChars a, CltChars b, uint32 max_distance,
								  void *scratch, CltTick tick);
typedef double (*WordsKernel) (CltChars a, CltChars b, void *scratch, CltTick tick);
typedef size_t (*ScratchSize) (size_t alen, size_t blen, bool wide);

static void
check_interrupts(void)
{
	CHECK_FOR_INTERRUPTS();
}

/* The bytes of a text argument; only what is compressed or elsewhere is copied. */
static inline CltChars
text_bytes(Datum value)
{
	struct varlena *text = (struct varlena *) DatumGetPointer(value);

	if (unlikely(VARATT_IS_EXTERNAL(text) || VARATT_IS_COMPRESSED(text)))
		text = pg_detoast_datum_packed(text);

	return clt_chars(VARDATA_ANY(text), VARSIZE_ANY_EXHDR(text), false);
}

/*
 * Can the kernel have these bytes as they are, and without scratch memory?
 */
static inline bool
short_and_ascii(const CltChars *a, const CltChars *b)
{
	return (a->len <= SHORT_TEXT || b->len <= SHORT_TEXT) &&
		clt_chars_ascii(a->data, a->len) && clt_chars_ascii(b->data, b->len);
}

/*
 * short_utf8 makes units of two names with letters outside ASCII, in buffers of
 * SHORT_UTF8 bytes.  False if that isn't the case, or needs scratch memory.
 */
static inline bool
short_utf8(CltChars *a, CltChars *b, uint8 *abuf, uint8 *bbuf)
{
	CltChars	achars;
	CltChars	bchars;

	if (a->len > SHORT_UTF8 || b->len > SHORT_UTF8 || GetDatabaseEncoding() != PG_UTF8 ||
		!clt_chars_pair_utf8(a->data, a->len, b->data, b->len, abuf, bbuf,
							 &achars, &bchars, NULL) ||
		(achars.len > SHORT_TEXT && bchars.len > SHORT_TEXT))
		return false;
	*a = achars;
	*b = bchars;
	return true;
}

/* A pair of texts made ready for a kernel, and the memory for that. */
typedef struct Pair
{
	CltChars	a;
	CltChars	b;
	void	   *units;			/* to free, or NULL */
	void	   *scratch;
	void	   *allocated;		/* the scratch memory, if to free */
	union
	{
		uint8		narrow[2 * STACK_TEXT];
		uint32		wide[2 * STACK_TEXT];
	}			stack_units;
	union
	{
		char		bytes[STACK_SCRATCH];
		uint64		align;
	}			stack_scratch;
} Pair;

static void *
allocate(size_t size)
{
	return MemoryContextAllocHuge(CurrentMemoryContext, size);
}

/* pack_characters is for multibyte encodings that are not UTF-8. */
static size_t
pack_characters(const CltChars *bytes, uint32 *out)
{
	const unsigned char *s = bytes->data;
	const unsigned char *end = s + bytes->len;
	int			encoding = GetDatabaseEncoding();
	size_t		n = 0;

	while (s < end)
	{
		int			len = pg_encoding_mblen(encoding, (const char *) s);
		uint32		unit = 0;

		while (len-- > 0 && s < end)
			unit = unit << 8 | *s++;
		out[n++] = unit;
		if (n % 65536 == 0)
			CHECK_FOR_INTERRUPTS();
	}
	return n;
}

static size_t
to_wide(const CltChars *bytes, uint32 *out)
{
	if (GetDatabaseEncoding() == PG_UTF8)
		return clt_utf8_to_wide(bytes->data, bytes->len, out, check_interrupts);
	return pack_characters(bytes, out);
}

/*
 * pair_init makes units of the bytes in pair->a and pair->b and provides the
 * scratch memory.  Kernels that sort can't be given symbols.
 */
static void
pair_init(Pair *pair, ScratchSize scratch_size, bool sorts)
{
	size_t		alen = pair->a.len;
	size_t		blen = pair->b.len;
	size_t		size;

	pair->units = NULL;
	pair->allocated = NULL;
	if (pg_database_encoding_max_length() > 1 &&
		!(clt_chars_ascii(pair->a.data, alen) && clt_chars_ascii(pair->b.data, blen)))
	{
		CltChars	a;
		CltChars	b;
		uint8	   *narrow = pair->stack_units.narrow;
		uint32	   *wide = pair->stack_units.wide;
		bool		done = false;

		if (GetDatabaseEncoding() == PG_UTF8 && !sorts)
		{
			if (alen + blen > sizeof(pair->stack_units.narrow))
				narrow = pair->units = allocate(alen + blen);
			done = clt_chars_pair_utf8(pair->a.data, alen, pair->b.data, blen,
									   narrow, narrow + alen, &a, &b, check_interrupts);
		}
		if (!done)
		{
			size_t		n;

			if (pair->units)
				pfree(pair->units);
			pair->units = NULL;
			if (alen + blen > lengthof(pair->stack_units.wide))
				wide = pair->units = allocate((alen + blen) * sizeof(uint32));
			n = to_wide(&pair->a, wide);
			a = clt_chars(wide, n, true);
			b = clt_chars(wide + n, to_wide(&pair->b, wide + n), true);
		}
		pair->a = a;
		pair->b = b;
	}
	size = scratch_size(pair->a.len, pair->b.len, pair->a.wide);
	pair->scratch = &pair->stack_scratch;
	if (size > sizeof(pair->stack_scratch))
		pair->scratch = pair->allocated = allocate(size);
}

static void
pair_free(Pair *pair)
{
	if (pair->units)
		pfree(pair->units);
	if (pair->allocated)
		pfree(pair->allocated);
}

static pg_noinline double
general_similarity(CltChars a, CltChars b, double score_cutoff,
				   SimilarityKernel kernel, ScratchSize scratch_size)
{
	Pair		pair;
	double		result;

	pair.a = a;
	pair.b = b;
	pair_init(&pair, scratch_size, false);
	result = kernel(pair.a, pair.b, score_cutoff, pair.scratch, check_interrupts);
	pair_free(&pair);
	return result;
}

static pg_noinline uint32
general_distance(CltChars a, CltChars b, uint32 max_distance,
				 DistanceKernel kernel, ScratchSize scratch_size)
{
	Pair		pair;
	uint32		result;

	pair.a = a;
	pair.b = b;
	pair_init(&pair, scratch_size, false);
	result = kernel(pair.a, pair.b, max_distance, pair.scratch, check_interrupts);
	pair_free(&pair);
	return result;
}

static Datum
words_similarity(FunctionCallInfo fcinfo, WordsKernel kernel, bool sorts)
{
	Pair		pair;
	double		result;

	pair.a = text_bytes(PG_GETARG_DATUM(0));
	pair.b = text_bytes(PG_GETARG_DATUM(1));
	pair_init(&pair, clt_tokens_scratch, sorts);
	result = kernel(pair.a, pair.b, pair.scratch, check_interrupts);
	pair_free(&pair);
	PG_RETURN_FLOAT8(result);
}

static pg_attribute_always_inline Datum
similarity(FunctionCallInfo fcinfo, double score_cutoff, SimilarityKernel kernel)
{
	CltChars	a = text_bytes(PG_GETARG_DATUM(0));
	CltChars	b = text_bytes(PG_GETARG_DATUM(1));

	uint8		abuf[SHORT_UTF8];
	uint8		bbuf[SHORT_UTF8];

	if (likely(short_and_ascii(&a, &b)) || short_utf8(&a, &b, abuf, bbuf))
		PG_RETURN_FLOAT8(kernel(a, b, score_cutoff, NULL, NULL));
	PG_RETURN_FLOAT8(general_similarity(a, b, score_cutoff, kernel, clt_jaro_scratch));
}

static pg_attribute_always_inline Datum
distance(FunctionCallInfo fcinfo, uint32 max_distance, DistanceKernel kernel)
{
	CltChars	a = text_bytes(PG_GETARG_DATUM(0));
	CltChars	b = text_bytes(PG_GETARG_DATUM(1));

	uint8		abuf[SHORT_UTF8];
	uint8		bbuf[SHORT_UTF8];

	if (likely(short_and_ascii(&a, &b)) || short_utf8(&a, &b, abuf, bbuf))
		PG_RETURN_INT32((int32) kernel(a, b, max_distance, NULL, NULL));
	PG_RETURN_INT32((int32) general_distance(a, b, max_distance, kernel,
											 clt_levenshtein_scratch));
}

/* The bound, which is a user's to get wrong. */
static uint32
get_max_distance(FunctionCallInfo fcinfo)
{
	int32		max_distance = PG_GETARG_INT32(2);

	if (max_distance < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("max_distance must not be negative, but is %d", max_distance)));
	return (uint32) max_distance;
}

CLT_FUNCTION_INFO_V1(clt_jaro_similarity);
Datum
clt_jaro_similarity(PG_FUNCTION_ARGS)
{
	return similarity(fcinfo, 0.0, clt_jaro);
}

CLT_FUNCTION_INFO_V1(clt_jaro_similarity_cutoff);
Datum
clt_jaro_similarity_cutoff(PG_FUNCTION_ARGS)
{
	return similarity(fcinfo, PG_GETARG_FLOAT8(2), clt_jaro);
}

CLT_FUNCTION_INFO_V1(clt_jaro_winkler_similarity);
Datum
clt_jaro_winkler_similarity(PG_FUNCTION_ARGS)
{
	return similarity(fcinfo, 0.0, clt_jaro_winkler);
}

CLT_FUNCTION_INFO_V1(clt_jaro_winkler_similarity_cutoff);
Datum
clt_jaro_winkler_similarity_cutoff(PG_FUNCTION_ARGS)
{
	return similarity(fcinfo, PG_GETARG_FLOAT8(2), clt_jaro_winkler);
}

CLT_FUNCTION_INFO_V1(clt_levenshtein_distance);
Datum
clt_levenshtein_distance(PG_FUNCTION_ARGS)
{
	return distance(fcinfo, PG_UINT32_MAX, clt_levenshtein);
}

CLT_FUNCTION_INFO_V1(clt_levenshtein_distance_max);
Datum
clt_levenshtein_distance_max(PG_FUNCTION_ARGS)
{
	return distance(fcinfo, get_max_distance(fcinfo), clt_levenshtein);
}

CLT_FUNCTION_INFO_V1(clt_osa_distance);
Datum
clt_osa_distance(PG_FUNCTION_ARGS)
{
	return distance(fcinfo, PG_UINT32_MAX, clt_osa);
}

CLT_FUNCTION_INFO_V1(clt_osa_distance_max);
Datum
clt_osa_distance_max(PG_FUNCTION_ARGS)
{
	return distance(fcinfo, get_max_distance(fcinfo), clt_osa);
}

/* Damerau-Levenshtein always needs scratch memory, so there is one way only. */
CLT_FUNCTION_INFO_V1(clt_damerau_distance);
Datum
clt_damerau_distance(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32((int32) general_distance(text_bytes(PG_GETARG_DATUM(0)),
											 text_bytes(PG_GETARG_DATUM(1)),
											 PG_UINT32_MAX, clt_damerau, clt_damerau_scratch));
}

CLT_FUNCTION_INFO_V1(clt_damerau_distance_max);
Datum
clt_damerau_distance_max(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32((int32) general_distance(text_bytes(PG_GETARG_DATUM(0)),
											 text_bytes(PG_GETARG_DATUM(1)),
											 get_max_distance(fcinfo),
											 clt_damerau, clt_damerau_scratch));
}

CLT_FUNCTION_INFO_V1(clt_jaccard_text);
Datum
clt_jaccard_text(PG_FUNCTION_ARGS)
{
	return words_similarity(fcinfo, clt_jaccard_chars, false);
}

CLT_FUNCTION_INFO_V1(clt_cosine_text);
Datum
clt_cosine_text(PG_FUNCTION_ARGS)
{
	return words_similarity(fcinfo, clt_cosine_words, true);
}

CLT_FUNCTION_INFO_V1(clt_monge_elkan_similarity);
Datum
clt_monge_elkan_similarity(PG_FUNCTION_ARGS)
{
	return words_similarity(fcinfo, clt_monge_elkan, true);
}

CLT_FUNCTION_INFO_V1(clt_token_set_similarity);
Datum
clt_token_set_similarity(PG_FUNCTION_ARGS)
{
	return words_similarity(fcinfo, clt_token_set, true);
}
