/* The user's own levels: each test at and beside its limit, what is missing, frequencies; places and days. */
#include "linkage/levels.h"

#include <math.h>
#include <string.h>

#include "linkage/blocking.h"
#include "linkage/location.h"
#include "similarity/damerau.h"
#include "similarity/jaro.h"
#include "similarity/levenshtein.h"
#include "similarity/tokens.h"
#include "tap.h"

#define VALUES 16

static CltNormal normal;
static CltValue values[2][VALUES];
static uint32_t codes[2][2];	/* row 0 and 1 of each column */
static CltColumn columns[2];
static char texts[2][VALUES][256];
static CltLevels levels;

/* set gives both records a value of a column; NULL is none. */
static void
set(int column, const char *left, const char *right)
{
	const char *s[2] = {left, right};
	int			i;

	columns[column].kind = CLT_KIND_VERBATIM;
	columns[column].values = values[column];
	columns[column].code = codes[column];
	columns[column].stride = 1;
	columns[column].nvalues = 3;
	for (i = 0; i < 2; i++)
	{
		CltValue   *v = &values[column][i + 1];

		codes[column][i] = 0;
		if (!s[i])
			continue;
		memset(v, 0, sizeof(*v));
		codes[column][i] = i == 1 && left && strcmp(left, right) == 0 ? 1 : (uint32_t) i + 1;
		if (!clt_normalize(CLT_KIND_VERBATIM, s[i], strlen(s[i]), &normal))
			continue;
		memcpy(texts[column][i], normal.s, normal.len);
		clt_value_set_text(v, texts[column][i]);
		v->len = normal.len;
		v->hash = clt_block_hash(normal.s, normal.len, 2);
		v->num = normal.num;
		v->sound = normal.sound;
		v->flags = normal.flags;
		memcpy(v->alt, normal.alt, sizeof(v->alt));
	}
}

/* one is the level of the two records under one test: 1, 2 or 0. */
static int
one(CltTest test, double limit)
{
	float		bits;

	memset(&levels, 0, sizeof(levels));
	levels.ncolumns = test == CLT_TEST_REVERSED || test == CLT_TEST_CROSSED || test == CLT_TEST_KILOMETRES ? 2 : 1;
	levels.column[0] = &columns[0];
	levels.column[1] = &columns[1];
	levels.nlevels = 2;
	levels.level[1].ntests = 1;
	levels.level[1].test[0].test = test;
	levels.level[1].test[0].limit = limit;
	levels.level[1].test[0].second = levels.ncolumns == 2 ? 1 : -1;
	levels.level[1].tf_column = levels.level[2].tf_column = -1;
	return clt_levels_compare(&levels, NULL, 0, 1, &bits);
}

static bool
judge(void *arg, int level, uint32_t l, uint32_t r)
{
	(void) l;
	(void) r;
	return *(int *) arg == level;
}

int
main(void)
{
	float		bits;
	int			which = 1;
	int			i;

	set(0, "martha", "marhta");
	is_int(one(CLT_TEST_EXACT, 0), 2, "exact: no");
	is_int(one(CLT_TEST_JARO_WINKLER, 0.961), 1, "Jaro-Winkler .9611 >= .961");
	is_int(one(CLT_TEST_JARO_WINKLER, 0.962), 2, "but not .962");
	is_int(one(CLT_TEST_JARO, 0.944), 1, "Jaro .9444");
	is_int(one(CLT_TEST_JARO, 0.945), 2, "but not .945");
	is_int(one(CLT_TEST_LEVENSHTEIN, 1), 2, "Levenshtein is 2");
	is_int(one(CLT_TEST_LEVENSHTEIN, 2), 1, "not more");
	is_int(one(CLT_TEST_OSA, 1), 1, "OSA is 1");
	is_int(one(CLT_TEST_DAMERAU, 1), 1, "Damerau-Levenshtein is 1");
	is_int(one(CLT_TEST_PREFIX, 3), 1, "three characters are equal");
	is_int(one(CLT_TEST_PREFIX, 4), 2, "four are not");
	is_int(one(CLT_TEST_JACCARD, 1), 1, "the same characters");
	set(0, "ca", "abc");
	is_int(one(CLT_TEST_OSA, 2), 2, "OSA of ca and abc is 3");
	is_int(one(CLT_TEST_DAMERAU, 2), 1, "Damerau-Levenshtein is 2");
	set(0, "Đorđe", "Đorđić");
	is_int(one(CLT_TEST_PREFIX, 4), 1, "characters, not bytes");
	is_int(one(CLT_TEST_PREFIX, 5), 2, "the fifth differs");
	is_int(one(CLT_TEST_LEVENSHTEIN, 2), 1, "two edits of code points");
	set(0, "ab", "ab");
	is_int(one(CLT_TEST_PREFIX, 3), 2, "there is no third character");
	is_int(one(CLT_TEST_EXACT, 0), 1, "exact");
	is_int(one(CLT_TEST_JARO_WINKLER, 1), 1, "equal strings are wholly similar");
	set(0, "Ab", "ab");
	is_int(one(CLT_TEST_EXACT, 0), 2, "nothing is folded");

	set(0, "ana@a.rs", "ana@b.rs");
	is_int(one(CLT_TEST_LOCAL_PART, 0), 1, "local parts");
	is_int(one(CLT_TEST_LOCAL_JARO_WINKLER, 1), 1, "are similar");
	set(0, "ana@a.rs", "anna@b.rs");
	is_int(one(CLT_TEST_LOCAL_PART, 0), 2, "differ");
	is_int(one(CLT_TEST_LOCAL_JARO_WINKLER, 0.9), 1, "and are still similar");
	set(0, "ana", "ana.b");
	is_int(one(CLT_TEST_LOCAL_PART, 0), 2, "no @, no local part");

	set(0, "2024-02-28", "2024-03-01");
	is_int(one(CLT_TEST_DAYS, 2), 1, "two days over a leap day");
	is_int(one(CLT_TEST_DAYS, 1), 2, "not one");
	set(0, "nonsense", "2024-03-01");
	is_int(one(CLT_TEST_DAYS, 1e9), 2, "no date is near nothing");
	set(0, "10", "12.5");
	is_int(one(CLT_TEST_DIFFERENCE, 2.5), 1, "difference");
	is_int(one(CLT_TEST_DIFFERENCE, 2.4), 2, "difference exceeded");
	is_int(one(CLT_TEST_PERCENT, 0.2), 2, "a fifth of the larger is not less than a fifth");
	is_int(one(CLT_TEST_PERCENT, 0.21), 1, "but less than .21");
	set(0, "0", "0.0");
	is_int(one(CLT_TEST_PERCENT, 0.1), 1, "nothing and nothing");
	set(0, "x10", "10");
	is_int(one(CLT_TEST_DIFFERENCE, 1e9), 2, "no number is near nothing");

	/* Belgrade and Novi Sad, 68.6 km apart */
	set(0, "44.8176", "45.2517");
	set(1, "20.4569", "19.8369");
	is_int(one(CLT_TEST_KILOMETRES, 68), 2, "farther than 68 km");
	is_int(one(CLT_TEST_KILOMETRES, 69), 1, "within 69 km");
	is_near(clt_kilometres(0, 0, 0, 1), 6371 * 3.14159265358979 / 180, 1e-6, "a degree on the equator");
	is_near(clt_kilometres(90, 0, -90, 77), 6371 * 3.14159265358979, 1e-6, "from pole to pole");
	is_near(clt_kilometres(51, 7, 51, 7), 0, 1e-12, "no way at all");

	set(0, "Ana", "Novak");
	set(1, "Novak", "Ana");
	is_int(one(CLT_TEST_REVERSED, 0), 1, "swapped");
	is_int(one(CLT_TEST_CROSSED, 0), 1, "crossed");
	set(1, "Novi", "Ana");
	is_int(one(CLT_TEST_REVERSED, 0), 2, "one way only");
	is_int(one(CLT_TEST_CROSSED, 0), 1, "which is enough for crossed");

	/* missing values */
	set(0, "x", NULL);
	is_int(one(CLT_TEST_EXACT, 0), 0, "missing");
	levels.missing = CLT_MISSING_NEVER;
	is_int(clt_levels_compare(&levels, NULL, 0, 1, &bits), 2, "never missing: the last level");
	set(1, "y", "y");
	levels.missing = CLT_MISSING_ALL;
	levels.ncolumns = 2;
	is_int(clt_levels_compare(&levels, NULL, 0, 1, &bits), 2, "one of two is there");
	levels.missing = CLT_MISSING_ANY;
	is_int(clt_levels_compare(&levels, NULL, 0, 1, &bits), 0, "one of two is missing");

	/* conditions of the server's */
	set(0, "x", "y");
	one(CLT_TEST_SQL, 0);
	is_int(clt_levels_compare(&levels, NULL, 0, 1, &bits), 2, "nobody judges: does not hold");
	levels.judge = judge;
	levels.arg = &which;
	is_int(clt_levels_compare(&levels, NULL, 0, 1, &bits), 1, "the judge says so");
	levels.missing = CLT_MISSING_SQL;
	which = 0;
	is_int(clt_levels_compare(&levels, NULL, 0, 1, &bits), 0, "the judge says that it is missing");

	/* frequencies */
	set(0, "x", "x");
	values[0][1].tf_u = log2f(0.001f);
	one(CLT_TEST_EXACT, 0);
	levels.level[1].tf_column = 0;
	levels.level[1].tf_weight = 1;
	levels.level[1].tf_floor = -100;
	levels.log_u[0] = log2f(0.01f);
	is_int(clt_levels_compare(&levels, NULL, 0, 1, &bits), 1, "equal");
	is_near(bits, log2(0.001 / 0.01), 1e-5, "a value ten times as rare as its column says so");
	levels.level[1].tf_floor = log2f(0.005f);
	clt_levels_compare(&levels, NULL, 0, 1, &bits);
	is_near(bits, log2(0.005 / 0.01), 1e-5, "but not rarer than the floor");
	levels.level[1].tf_weight = 0.5;
	clt_levels_compare(&levels, NULL, 0, 1, &bits);
	is_near(bits, 0.5 * log2(0.005 / 0.01), 1e-5, "with half the weight half of it");

	/*
	 * the longest strings that are compared need no more scratch memory than
	 * there is
	 */
	for (i = 0; i < 2; i++)
	{
		size_t		room = 12288 * sizeof(uint64_t);

		ok(clt_damerau_scratch(256, 256, i) <= room && clt_jaro_scratch(256, 256, i) <= room &&
		   clt_levenshtein_scratch(256, 256, i) <= room && clt_tokens_scratch(256, 256, i) <= room, "scratch memory, wide %d", i);
	}
	{
		char		a[256];
		char		b[256];

		for (i = 0; i < 250; i++)
		{
			a[i] = (char) ('a' + i % 26);
			b[i] = (char) ('z' - i % 23);
		}
		a[250] = b[250] = '\0';
		set(0, a, b);
		is_int(one(CLT_TEST_DAMERAU, 200), 2, "long strings: not near");
		is_int(one(CLT_TEST_DAMERAU, 250), 1, "long strings: never farther than they are long");
	}

	/* days */
	is_int(clt_day_number(1970, 1, 1) - clt_day_number(1969, 12, 31), 1, "days over a year's end");
	is_int(clt_day_number(2000, 3, 1) - clt_day_number(2000, 2, 28), 2, "2000 was a leap year");
	is_int(clt_day_number(1900, 3, 1) - clt_day_number(1900, 2, 28), 1, "1900 was none");
	is_int(clt_day_number(2400, 1, 1) - clt_day_number(2000, 1, 1), 146097, "four hundred years");

	/* places */
	ok(clt_normalize(CLT_KIND_LOCATION, "44.8176 20.4569", 15, &normal), "a place");
	{
		int64_t		here = normal.num;
		int64_t		there;
		int			shared = 0;
		int			k;

		ok(clt_normalize(CLT_KIND_LOCATION, "(44.8199, 20.4601)", 18, &normal), "another way of writing it");
		there = normal.num;
		for (i = 0; i < 4; i++)
			for (k = 0; k < 4; k++)
				shared += clt_location_corner(here, i) == clt_location_corner(there, k);
		ok(shared > 0, "neighbours across a line share a corner");
		ok(clt_normalize(CLT_KIND_LOCATION, "46 20.4569", 10, &normal), "a place far away");
		shared = 0;
		for (i = 0; i < 4; i++)
			for (k = 0; k < 4; k++)
				shared += clt_location_corner(here, i) == clt_location_corner(normal.num, k);
		is_int(shared, 0, "shares none");
	}
	ok(!clt_normalize(CLT_KIND_LOCATION, "91 20", 5, &normal), "no such latitude");
	ok(!clt_normalize(CLT_KIND_LOCATION, "44", 2, &normal), "half a place");
	ok(!clt_normalize(CLT_KIND_LOCATION, "0 0", 3, &normal), "nobody lives there");
	ok(!clt_normalize(CLT_KIND_LOCATION, "north south", 11, &normal), "no numbers");
	return done();
}
