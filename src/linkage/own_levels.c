/*
 * own_levels.c
 *		A comparison whose levels are the user's own: from JSON.
 */
#include "postgres.h"

#include <math.h>

#include "utils/builtins.h"

#include "linkage/engine.h"
#include "linkage/json.h"

/* column_number finds a column among those of a comparison. */
static int
column_number(const LinkComparison *cmp, char **columns, int n, const char *name)
{
	int			i;

	for (i = 0; i < n; i++)
		if (strcmp(columns[i], name) == 0)
			return i;
	clt_link_bad_comparison(cmp, psprintf("has a level that uses column \"%s\", which is not among its columns", name));
	return 0;
}

/* read_test reads {"jaro_winkler": 0.9, "column": "name"} or {"sql": "..."}. */
static void
read_test(LinkComparison *cmp, JsonbContainer * object, int level, char **columns, int n)
{
	CltLevel   *out = &cmp->levels->level[level];
	JsonbIterator *it = JsonbIteratorInit(object);
	JsonbIteratorToken token;
	JsonbValue	v;
	char	   *column = clt_link_string_member(object, "column", "a level");
	int			test = -1;
	double		limit = 0;

	while ((token = JsonbIteratorNext(&it, &v, true)) != WJB_DONE)
	{
		char	   *key;
		int			this_one;

		if (token != WJB_KEY)
			continue;
		key = pnstrdup(v.val.string.val, v.val.string.len);
		if (strcmp(key, "column") == 0 || strcmp(key, "label") == 0 || strcmp(key, "term_frequency") == 0)
			continue;
		this_one = clt_test_by_name(key, strlen(key));
		if (this_one < 0)
			clt_link_bad_comparison(cmp, psprintf("has a level with an unknown test \"%s\"", key));
		if (test >= 0)
			clt_link_bad_comparison(cmp, psprintf("has a level with two tests, \"%s\" and \"%s\"; several that must hold are listed under \"all\"",
												  clt_test_name((CltTest) test), key));
		test = this_one;
	}
	if (test < 0)
		clt_link_bad_comparison(cmp, "has a level without a test");
	if (out->ntests >= CLT_LEVEL_TESTS)
		clt_link_bad_comparison(cmp, psprintf("has a level of more than %d tests", CLT_LEVEL_TESTS));
	if (test == CLT_TEST_SQL)
	{
		cmp->sql[level] = clt_link_string_member(object, "sql", "a level");
		if (out->ntests > 0)
			clt_link_bad_comparison(cmp, "has a level of an SQL condition and other tests; write them into the condition");
	}
	else if (test == CLT_TEST_EXACT || test == CLT_TEST_LOCAL_PART || test == CLT_TEST_REVERSED || test == CLT_TEST_CROSSED)
	{
		if (clt_link_bool_member(object, clt_test_name((CltTest) test), "a level") != 1)
			clt_link_bad_comparison(cmp, psprintf("has a level whose \"%s\" is not true", clt_test_name((CltTest) test)));
	}
	else
	{
		bool		similarity = test == CLT_TEST_JARO_WINKLER || test == CLT_TEST_JARO || test == CLT_TEST_JACCARD ||
		test == CLT_TEST_LOCAL_JARO_WINKLER;

		clt_link_number_member(object, clt_test_name((CltTest) test), test == CLT_TEST_PREFIX ? 1 : 0, similarity ? 1 : 1e12, "a level", &limit);
	}
	out->test[out->ntests].test = (CltTest) test;
	out->test[out->ntests].limit = limit;
	out->test[out->ntests].column = column ? column_number(cmp, columns, n, column) : 0;
	out->test[out->ntests].second = -1;
	if (test == CLT_TEST_REVERSED || test == CLT_TEST_CROSSED || test == CLT_TEST_KILOMETRES)
	{
		if (n < 2)
			clt_link_bad_comparison(cmp, psprintf("needs two columns for \"%s\"", clt_test_name((CltTest) test)));
		out->test[out->ntests].second = out->test[out->ntests].column == 0 ? 1 : 0;
	}
	out->ntests++;
}

/* read_level_frequency reads the term-frequency adjustment of one level. */
static void
read_level_frequency(LinkComparison *cmp, JsonbContainer * object, CltLevel *level, char **columns, int n)
{
	static const char *const known[] = {"column", "weight", "floor", NULL};
	JsonbValue *v = clt_link_json_member(object, "term_frequency");
	JsonbContainer *how = clt_link_json_object(v);
	double		number;
	char	   *column;

	level->tf_column = -1;
	level->tf_weight = 1;
	level->tf_floor = -100;
	if (!v || (v->type == jbvBool && !v->val.boolean))
		return;
	level->tf_column = level->ntests > 0 ? level->test[0].column : 0;
	if (v->type == jbvBool)
		return;
	if (!how)
		clt_link_bad_comparison(cmp, "has a level whose \"term_frequency\" is neither true nor false nor an object");
	clt_link_check_keys(how, known, "\"term_frequency\"");
	column = clt_link_string_member(how, "column", "\"term_frequency\"");
	if (column)
		level->tf_column = column_number(cmp, columns, n, column);
	if (clt_link_number_member(how, "weight", 0, 1, "\"term_frequency\"", &number))
		level->tf_weight = (float) number;
	if (clt_link_number_member(how, "floor", 0, 1, "\"term_frequency\"", &number) && number > 0)
		level->tf_floor = (float) log2(number);
}

/* read_missing reads of which records a comparison has nothing to say. */
static void
read_missing(LinkComparison *cmp, JsonbContainer * object, int n)
{
	char	   *missing = clt_link_string_member(object, "missing", "a comparison");

	if (!missing)
		cmp->levels->missing = n > 1 ? CLT_MISSING_ALL : CLT_MISSING_ANY;
	else if (strcmp(missing, "any") == 0)
		cmp->levels->missing = CLT_MISSING_ANY;
	else if (strcmp(missing, "all") == 0)
		cmp->levels->missing = CLT_MISSING_ALL;
	else if (strcmp(missing, "never") == 0)
		cmp->levels->missing = CLT_MISSING_NEVER;
	else
	{
		cmp->levels->missing = CLT_MISSING_SQL;
		cmp->sql[0] = missing;
	}
}

/* read_tests reads what level i asks of two records: one test, or all of a list. */
static void
read_tests(LinkComparison *cmp, JsonbContainer * entry, int i, char **columns, int n)
{
	static const char *const of_all[] = {"all", "label", "term_frequency", NULL};
	JsonbContainer *all;
	int			j;

	if (!clt_link_json_member(entry, "all"))
	{
		read_test(cmp, entry, i, columns, n);
		return;
	}
	clt_link_check_keys(entry, of_all, "a level");
	all = clt_link_json_array(clt_link_json_member(entry, "all"));
	if (!all || JsonContainerSize(all) == 0)
		clt_link_bad_comparison(cmp, "has a level whose \"all\" is not a list of tests");
	for (j = 0; j < (int) JsonContainerSize(all); j++)
	{
		JsonbContainer *test = clt_link_json_object(getIthJsonbValueFromContainer(all, j));

		if (!test)
			clt_link_bad_comparison(cmp, "has a test that is not an object");
		read_test(cmp, test, i, columns, n);
	}
	if (cmp->sql[i] && cmp->levels->level[i].ntests > 1)
		clt_link_bad_comparison(cmp, "has a level of an SQL condition and other tests; write them into the condition");
}

/* label_of_level is what a level is called that was given no label: by its condition or its first test. */
static char *
label_of_level(const LinkComparison *cmp, int i)
{
	const CltLevel *level = &cmp->levels->level[i];
	const char *test;

	if (i == cmp->levels->nlevels)
		return "different";
	if (cmp->sql[i])
		return cmp->sql[i];
	test = clt_test_name(level->test[0].test);
	if (level->ntests == 1 && level->test[0].limit == 0)
		return pstrdup(test);
	return psprintf("%s %g", test, level->test[0].limit);
}

/* clt_link_read_levels reads the levels of a comparison whose levels are the user's own. */
void
clt_link_read_levels(LinkComparison *cmp, JsonbContainer * object, char **columns, int n)
{
	static const char *const of_else[] = {"else", "label", NULL};
	JsonbContainer *list = clt_link_json_array(clt_link_json_member(object, "levels"));
	int			count = list ? (int) JsonContainerSize(list) : 0;
	bool		has_else = false;
	int			i;

	if (count == 0)
		clt_link_bad_comparison(cmp, "has no list of levels");
	cmp->levels = palloc0(sizeof(CltLevels));
	cmp->levels->ncolumns = n;
	read_missing(cmp, object, n);
	for (i = 1; i <= count; i++)
	{
		JsonbContainer *entry = clt_link_json_object(getIthJsonbValueFromContainer(list, i - 1));
		CltLevel   *level = &cmp->levels->level[i];

		if (!entry)
			clt_link_bad_comparison(cmp, "has a level that is not an object");
		if (has_else)
			clt_link_bad_comparison(cmp, "has a level after the last one, \"else\"");
		if (i > CLT_FS_MAX_LEVELS)
			clt_link_bad_comparison(cmp, psprintf("has more than %d levels", CLT_FS_MAX_LEVELS));
		cmp->label[i] = clt_link_string_member(entry, "label", "a level");
		level->tf_column = -1;
		cmp->levels->nlevels = i;
		if (clt_link_json_member(entry, "else"))
		{
			clt_link_check_keys(entry, of_else, "the last level");
			has_else = true;
			continue;
		}
		read_tests(cmp, entry, i, columns, n);
		read_level_frequency(cmp, entry, level, columns, n);
	}
	if (!has_else)
	{
		if (count >= CLT_FS_MAX_LEVELS)
			clt_link_bad_comparison(cmp, psprintf("has more than %d levels", CLT_FS_MAX_LEVELS));
		cmp->levels->level[++cmp->levels->nlevels].tf_column = -1;
	}
	for (i = 1; i <= cmp->levels->nlevels; i++)
		if (!cmp->label[i])
			cmp->label[i] = label_of_level(cmp, i);
}
