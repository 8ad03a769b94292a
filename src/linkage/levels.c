/*
 * levels.c
 *		Comparisons whose levels the user wrote: ordered tests on the values as they are.
 *
 * Values are compared as they stand in the table, nothing folded, so that a model that
 * was trained elsewhere finds the levels it was trained with.  A test on a value that is
 * missing, or that is no date or number where one is asked for, does not hold.
 */
#include "linkage/levels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "linkage/blocking.h"
#include "linkage/normalize.h"
#include "similarity/damerau.h"
#include "similarity/jaro.h"
#include "similarity/levenshtein.h"
#include "similarity/tokens.h"

/* Radius of the sphere on which distances are measured, in kilometres. */
#define EARTH_RADIUS 6371.0
#define DEGREE (3.14159265358979323846 / 180.0)

/* What the similarity kernels want for CLT_COMPARED_BYTES characters a side, whatever is in them. */
#define SCRATCH_WORDS 12288

static const char *const test_name[CLT_NTESTS] = {
	"exact", "jaro_winkler", "jaro", "jaccard", "levenshtein", "osa", "damerau_levenshtein", "prefix", "local_part",
	"local_part_jaro_winkler", "reversed", "crossed", "days", "difference", "percent", "kilometres", "sql"
};

const char *
clt_test_name(CltTest test)
{
	return test_name[test];
}

/* clt_test_by_name returns the test or -1. */
int
clt_test_by_name(const char *name, size_t len)
{
	int			i;

	for (i = 0; i < CLT_NTESTS; i++)
		if (strlen(test_name[i]) == len && memcmp(test_name[i], name, len) == 0)
			return i;
	return -1;
}

/* clt_day_number counts days of the Gregorian calendar from a day long ago. */
int64_t
clt_day_number(int year, int month, int day)
{
	int64_t		y = year - (month <= 2);
	int64_t		era = (y >= 0 ? y : y - 399) / 400;
	int64_t		of_era = y - era * 400;
	int64_t		of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year;
}

/* clt_number_of reads a whole string as a number; false if it is none. */
bool
clt_number_of(const char *s, size_t len, double *v)
{
	char		buf[64];
	char	   *end;
	size_t		i;

	while (len > 0 && s[len - 1] == ' ')
		len--;
	while (len > 0 && *s == ' ')
	{
		s++;
		len--;
	}
	if (len == 0 || len >= sizeof(buf))
		return false;
	/* no hexadecimal, no infinity */
	for (i = 0; i < len; i++)
		if (!strchr("0123456789+-.eE", s[i]) || s[i] == '\0')
			return false;
	memcpy(buf, s, len);
	buf[len] = '\0';
	*v = strtod(buf, &end);
	return end == buf + len && fabs(*v) < 1e300;
}

/* clt_kilometres is the length of the great circle between two places, by haversines. */
double
clt_kilometres(double lat1, double lon1, double lat2, double lon2)
{
	double		dlat = sin((lat2 - lat1) * DEGREE / 2);
	double		dlon = sin((lon2 - lon1) * DEGREE / 2);
	double		h = dlat * dlat + cos(lat1 * DEGREE) * cos(lat2 * DEGREE) * dlon * dlon;

	return 2 * EARTH_RADIUS * asin(sqrt(h > 1 ? 1 : h));
}

/*
 * clt_verbatim encodes a value as it is.  Beside the text it keeps the date and the
 * number that the text may be, and hashes of its last seven digits and of what stands
 * before an @, all of it if there is none.
 */
void
clt_verbatim(const char *src, size_t len, CltNormal *out)
{
	int			y;
	int			m;
	int			d;
	double		v;
	const char *at;
	char		tail[7];
	size_t		i;
	int			n = 0;

	if (len > CLT_NORMAL_CAP)
	{
		len = CLT_NORMAL_CAP;
		while (len > 0 && ((unsigned char) src[len] & 0xc0) == 0x80)
			len--;
	}
	memcpy(out->s, src, len);
	out->len = (uint32_t) len;
	if (len >= 8 && len <= 40 && clt_parse_date(src, len, &y, &m, &d))
	{
		out->num = (int64_t) y * 10000 + m * 100 + d;
		out->flags |= CLT_VALUE_DATE;
	}
	if (clt_number_of(src, len, &v))
	{
		memcpy(&out->sound, &v, sizeof(v));
		out->flags |= CLT_VALUE_NUMBER;
	}
	for (i = len; i > 0 && n < 7; i--)
		if (src[i - 1] >= '0' && src[i - 1] <= '9')
			tail[n++] = src[i - 1];
	if (n > 0)
		out->alt[0] = clt_block_hash(tail, (size_t) n, 23);
	at = memchr(src, '@', len);
	if (at != src && len > 0)
		out->alt[1] = clt_block_hash(src, at ? (size_t) (at - src) : len, 14);
}

static const CltValue *
value_of(const CltLevels *levels, int column, uint32_t row)
{
	uint32_t	code = CLT_CODE(levels->column[column], row);

	return code ? &levels->column[column]->values[code] : NULL;
}

static bool
same_value(const CltValue *a, const CltValue *b)
{
	return a == b || (a->hash == b->hash && a->len == b->len && memcmp(clt_value_text(a), clt_value_text(b), a->len) == 0);
}

static double
number_of(const CltValue *v)
{
	double		d;

	memcpy(&d, &v->sound, sizeof(d));
	return d;
}

static int64_t
day_of(const CltValue *v)
{
	return clt_day_number((int) (v->num / 10000), (int) (v->num / 100 % 100), (int) (v->num % 100));
}

/* local_length is the length of what stands before the @. */
static uint32_t
local_length(const CltValue *v)
{
	const char *s = clt_value_text(v);
	const char *at = memchr(s, '@', v->len);

	return at ? (uint32_t) (at - s) : v->len;
}

/* head_length is the length in bytes of the first n characters; more than there are: 0. */
static uint32_t
head_length(const CltValue *v, double n)
{
	const char *s = clt_value_text(v);
	uint32_t	i;

	for (i = 0; i < v->len; i++)
		if (((unsigned char) s[i] & 0xc0) != 0x80 && n-- < 1)
			return i;
	return n < 1 ? v->len : 0;
}

/* string_test compares two different strings by a similarity kernel. */
static bool
string_test(CltTest test, double limit, const CltValue *a, uint32_t alen, const CltValue *b, uint32_t blen)
{
	uint64_t	scratch[SCRATCH_WORDS];
	CltStringPair pair;
	uint32_t	max = limit > 1000 ? 1000 : (uint32_t) limit;

	clt_string_pair(&pair, clt_value_text(a), alen, clt_value_text(b), blen, (a->flags & b->flags & CLT_VALUE_ASCII) != 0);
	switch (test)
	{
		case CLT_TEST_JARO_WINKLER:
			return clt_jaro_winkler(pair.a, pair.b, limit, scratch, NULL) >= limit;
		case CLT_TEST_JARO:
			return clt_jaro(pair.a, pair.b, limit, scratch, NULL) >= limit;
		case CLT_TEST_JACCARD:
			return clt_jaccard_chars(pair.a, pair.b, scratch, NULL) >= limit;
		case CLT_TEST_LEVENSHTEIN:
			return clt_levenshtein(pair.a, pair.b, max, scratch, NULL) <= max;
		case CLT_TEST_OSA:
			return clt_osa(pair.a, pair.b, max, scratch, NULL) <= max;
		case CLT_TEST_DAMERAU:
			return clt_damerau(pair.a, pair.b, max, scratch, NULL) <= max;
		default:
			return false;
	}
}

/* place reads latitude and longitude of a record. */
static bool
place(const CltLevels *levels, const CltLevelTest *t, uint32_t row, double *lat, double *lon)
{
	const CltValue *a = value_of(levels, t->column, row);
	const CltValue *b = t->second >= 0 ? value_of(levels, t->second, row) : NULL;

	if (!a || !b || !(a->flags & b->flags & CLT_VALUE_NUMBER))
		return false;
	*lat = number_of(a);
	*lon = number_of(b);
	return true;
}

/* two_columns makes the tests that look at two columns of both records. */
static bool
two_columns(const CltLevels *levels, const CltLevelTest *t, uint32_t l, uint32_t r)
{
	double		lat1;
	double		lon1;
	double		lat2;
	double		lon2;
	const CltValue *al;
	const CltValue *ar;
	const CltValue *bl;
	const CltValue *br;

	if (t->test == CLT_TEST_KILOMETRES)
		return place(levels, t, l, &lat1, &lon1) && place(levels, t, r, &lat2, &lon2) &&
			clt_kilometres(lat1, lon1, lat2, lon2) <= t->limit;
	if (t->second < 0)
		return false;
	al = value_of(levels, t->column, l);
	br = value_of(levels, t->second, r);
	if (!al || !br || !same_value(al, br))
		return false;
	if (t->test == CLT_TEST_CROSSED)
		return true;
	ar = value_of(levels, t->column, r);
	bl = value_of(levels, t->second, l);
	return ar && bl && same_value(ar, bl);
}

/* holds makes one test. */
static bool
holds(const CltLevels *levels, const CltLevelTest *t, int level, uint32_t l, uint32_t r)
{
	const CltValue *a;
	const CltValue *b;
	double		x;
	double		y;

	if (t->test == CLT_TEST_SQL)
		return levels->judge && levels->judge(levels->arg, level, l, r);
	if (t->test == CLT_TEST_KILOMETRES || t->test == CLT_TEST_REVERSED || t->test == CLT_TEST_CROSSED)
		return two_columns(levels, t, l, r);
	a = value_of(levels, t->column, l);
	b = value_of(levels, t->column, r);
	if (!a || !b)
		return false;
	switch (t->test)
	{
		case CLT_TEST_EXACT:
			return a == b;
		case CLT_TEST_PREFIX:
			{
				uint32_t	na = head_length(a, t->limit);

				return na > 0 && na == head_length(b, t->limit) && memcmp(clt_value_text(a), clt_value_text(b), na) == 0;
			}
		case CLT_TEST_LOCAL_PART:
			return a->alt[1] && a->alt[1] == b->alt[1];
		case CLT_TEST_LOCAL_JARO_WINKLER:
			return local_length(a) > 0 && local_length(b) > 0 &&
				string_test(CLT_TEST_JARO_WINKLER, t->limit, a, local_length(a), b, local_length(b));
		case CLT_TEST_DAYS:
			return (a->flags & b->flags & CLT_VALUE_DATE) && llabs(day_of(a) - day_of(b)) <= t->limit;
		case CLT_TEST_DIFFERENCE:
		case CLT_TEST_PERCENT:
			if (!(a->flags & b->flags & CLT_VALUE_NUMBER))
				return false;
			x = number_of(a);
			y = number_of(b);
			if (t->test == CLT_TEST_DIFFERENCE)
				return fabs(x - y) <= t->limit;
			return x == y || fabs(x - y) / fmax(fabs(x), fabs(y)) < t->limit;
		default:
			return a == b ? t->limit <= 1 || t->test >= CLT_TEST_LEVENSHTEIN : string_test(t->test, t->limit, a, a->len, b, b->len);
	}
}

/* is_missing tells whether nothing can be said of two records. */
static bool
is_missing(const CltLevels *levels, uint32_t l, uint32_t r)
{
	bool		any = false;
	bool		all = true;
	int			i;

	if (levels->missing == CLT_MISSING_NEVER)
		return false;
	if (levels->missing == CLT_MISSING_SQL)
		return levels->judge && levels->judge(levels->arg, 0, l, r);
	for (i = 0; i < levels->ncolumns; i++)
	{
		bool		missing = !CLT_CODE(levels->column[i], l) || !CLT_CODE(levels->column[i], r);

		any |= missing;
		all &= missing;
	}
	return levels->missing == CLT_MISSING_ANY ? any : all;
}

static int
find_level(const CltLevels *levels, uint32_t l, uint32_t r)
{
	int			g;
	int			i;

	if (is_missing(levels, l, r))
		return 0;
	for (g = 1; g < levels->nlevels; g++)
	{
		const CltLevel *level = &levels->level[g];

		for (i = 0; i < level->ntests && holds(levels, &level->test[i], g, l, r); i++)
			;
		if (i == level->ntests)
			return g;
	}
	return levels->nlevels;
}

/* frequency_bits is the adjustment of a level for two records, to be added to the unrelated likelihood. */
static float
frequency_bits(const CltLevels *levels, const CltLevel *level, uint32_t l, uint32_t r)
{
	const CltValue *a = value_of(levels, level->tf_column, l);
	const CltValue *b = value_of(levels, level->tf_column, r);
	float		share;

	if (!a && !b)
		return 0;
	/* the commoner of the two, as far as they are known */
	share = !a ? b->tf_u : !b ? a->tf_u : a->tf_u > b->tf_u ? a->tf_u : b->tf_u;
	if (share < level->tf_floor)
		share = level->tf_floor;
	return level->tf_weight * (share - levels->log_u[level->tf_column]);
}

/*
 * clt_levels_compare returns the level of two records and the bits by which the
 * frequency of the value changes its weight.  Left and right are told apart, for a
 * condition of the user's may do so.
 */
int
clt_levels_compare(const CltLevels *levels, CltMemo *memo, uint32_t l, uint32_t r, float *tf_bits)
{
	int			g;

	*tf_bits = 0;
	if (memo && levels->ncolumns == 1 &&
		!((CLT_CODE(levels->column[0], l) | CLT_CODE(levels->column[0], r)) >> CLT_MEMO_CODE_BITS))
	{
		uint64_t	tag = (((uint64_t) CLT_KIND_LEVELS << CLT_MEMO_CODE_BITS | CLT_CODE(levels->column[0], l))
						   << CLT_MEMO_CODE_BITS | CLT_CODE(levels->column[0], r)) << 4;
		uint64_t   *entry = &memo->entry[(tag * UINT64_C(0x9e3779b97f4a7c15)) >> (64 - CLT_MEMO_BITS)];

		if (*entry >> 4 != tag >> 4)
			*entry = tag | (uint64_t) find_level(levels, l, r);
		g = (int) (*entry & 15);
	}
	else
		g = find_level(levels, l, r);
	if (g > 0 && levels->level[g].tf_column >= 0)
		*tf_bits = frequency_bits(levels, &levels->level[g], l, r);
	return g;
}
