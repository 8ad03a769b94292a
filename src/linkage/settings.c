/*
 * settings.c
 *		A model's settings and parameters: from JSON into the job and back.
 *
 * Settings say what is compared and by which keys pairs are made; parameters
 * are what training found.  Both are checked here, once, and nowhere else.
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

#include "core/clientele.h"
#include "linkage/check_digits.h"
#include "linkage/engine.h"

static const char *const part_name[CLT_ADDRESS_PARTS] =
{"street", "number", "extra", "postcode", "city", "region"};

static const CltKind part_kind[CLT_ADDRESS_PARTS] =
{CLT_KIND_STREET, CLT_KIND_HOUSE_NUMBER, CLT_KIND_STREET, CLT_KIND_POSTCODE, CLT_KIND_CITY, CLT_KIND_REGION};

/* ---- reading JSON ---- */

JsonbValue *
clt_link_json_member(JsonbContainer * object, const char *key)
{
	if (!JsonContainerIsObject(object))
		return NULL;
	return getKeyJsonValueFromContainer(object, key, (int) strlen(key), NULL);
}

/* clt_link_json_string returns the string of a JSON value, NULL if it is none. */
char	   *
clt_link_json_string(JsonbValue *value)
{
	if (!value || value->type != jbvString)
		return NULL;
	return pnstrdup(value->val.string.val, value->val.string.len);
}

/* json_number reads a number; false if it is none, or one that no float can hold. */
static bool
json_number(JsonbValue *value, double *out)
{
	char	   *text;
	char	   *end;

	if (!value || value->type != jbvNumeric)
		return false;
	text = DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(value->val.numeric)));

	*out = strtod(text, &end);
	return *end == '\0' && isfinite(*out);
}

static JsonbContainer *
array_of(JsonbValue *value)
{
	if (!value || value->type != jbvBinary || !JsonContainerIsArray(value->val.binary.data))
		return NULL;
	return value->val.binary.data;
}

static JsonbContainer *
object_of(JsonbValue *value)
{
	if (!value || value->type != jbvBinary || !JsonContainerIsObject(value->val.binary.data))
		return NULL;
	return value->val.binary.data;
}

static void
bad_settings(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid settings of a linkage model"),
			 errdetail_internal("%s", detail),
			 errhint("clientele.suggest_model() shows settings that are valid for a table.")));
}

/* bad_comparison is bad_settings for what is wrong with one comparison. */
static void
bad_comparison(const LinkComparison *cmp, const char *what)
{
	bad_settings(psprintf("Comparison \"%s\" %s.", cmp->name, what));
}

/* check_keys refuses an object with a key that nobody reads: it would be a typing error. */
static void
check_keys(JsonbContainer * object, const char *const *known, const char *where)
{
	JsonbIterator *it = JsonbIteratorInit(object);
	JsonbValue	v;
	JsonbIteratorToken token;

	while ((token = JsonbIteratorNext(&it, &v, true)) != WJB_DONE)
	{
		char	   *key;
		int			i;

		if (token != WJB_KEY)
			continue;
		key = pnstrdup(v.val.string.val, v.val.string.len);
		for (i = 0; known[i] && strcmp(known[i], key) != 0; i++)
			;
		if (!known[i])
			bad_settings(psprintf("There is no key \"%s\" in %s.", key, where));
	}
}

/* string_member returns a string, NULL if it is absent; anything else is an error. */
static char *
string_member(JsonbContainer * object, const char *key, const char *where)
{
	JsonbValue *v = clt_link_json_member(object, key);

	if (v && v->type != jbvString)
		bad_settings(psprintf("\"%s\" in %s is not a string.", key, where));
	return clt_link_json_string(v);
}

/* bool_member returns true or false, -1 if it is absent. */
static int
bool_member(JsonbContainer * object, const char *key, const char *where)
{
	JsonbValue *v = clt_link_json_member(object, key);

	if (!v)
		return -1;
	if (v->type != jbvBool)
		bad_settings(psprintf("\"%s\" in %s is neither true nor false.", key, where));
	return v->val.boolean;
}

/* number_member reads a number within bounds; false if it is absent. */
static bool
number_member(JsonbContainer * object, const char *key, double least, double most, const char *where, double *out)
{
	JsonbValue *v = clt_link_json_member(object, key);

	if (!v)
		return false;
	if (!json_number(v, out) || !(*out >= least && *out <= most))
		bad_settings(psprintf("\"%s\" in %s is not a number from %g to %g.", key, where, least, most));
	return true;
}

/* ---- settings: comparisons ---- */

static Oid
column_type(Oid table, const char *column)
{
	AttrNumber	att = get_attnum(table, column);

	if (att <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of table \"%s\" does not exist", column, get_rel_name(table))));
	return getBaseType(get_atttype(table, att));
}

/* holds_several tells whether a column is an array of values of a kind. */
static bool
holds_several(CltKind kind, Oid type)
{
	return OidIsValid(get_element_type(type)) && kind != CLT_KIND_VERBATIM && kind != CLT_KIND_LOCATION && kind != CLT_KIND_DATE;
}

/* add_field finds or adds the field of some columns, which in the right table of two may be called otherwise. */
static int
add_field(LinkJob *job, CltKind kind, char **columns, char **right, int ncolumns, bool several)
{
	LinkField  *field;
	int			i;
	int			j;

	for (i = 0; i < job->nfields; i++)
	{
		field = &job->field[i];
		for (j = 0; field->kind == kind && field->ncolumns == ncolumns && j < ncolumns; j++)
			if (strcmp(field->column[j], columns[j]) != 0 || strcmp(field->right_column[j], right[j]) != 0)
				break;
		if (field->kind == kind && field->ncolumns == ncolumns && j == ncolumns)
			return i;
	}
	if (job->nfields >= LINK_MAX_FIELDS)
		bad_settings(psprintf("There are more than %d columns.", LINK_MAX_FIELDS));
	field = &job->field[job->nfields];
	field->kind = kind;
	field->ncolumns = ncolumns;
	for (i = 0; i < ncolumns; i++)
	{
		field->column[i] = columns[i];
		field->type[i] = column_type(job->source, columns[i]);
		several |= holds_several(kind, field->type[i]);
		field->right_column[i] = right[i];
		if (!OidIsValid(job->right))
			continue;
		field->right_type[i] = column_type(job->right, right[i]);
		several |= holds_several(kind, field->right_type[i]);
	}
	if (several)
	{
		field->element = palloc0(sizeof(LinkField));
		field->element->kind = kind;
		field->element->ncolumns = 1;
		/* what a set of values means for these, nobody has said */
		if (kind == CLT_KIND_GIVEN || kind == CLT_KIND_SURNAME || kind == CLT_KIND_SEX || kind == CLT_KIND_STREET ||
			kind == CLT_KIND_HOUSE_NUMBER)
			bad_settings(psprintf("A record cannot have several values of kind \"%s\" (column \"%s\").",
								  clt_kind_info[kind].name, columns[0]));
	}
	return job->nfields++;
}

/* add_placeholders notes which values of a field say nothing. */
static void
add_placeholders(LinkField *field, JsonbContainer * array)
{
	CltNormal  *normal;
	int			n;
	int			i;

	if (!array)
		return;
	if (field->element)
		field = field->element;
	normal = palloc(sizeof(CltNormal));
	n = (int) JsonContainerSize(array);
	field->placeholder = field->placeholder ?
		repalloc(field->placeholder, sizeof(uint64) * (field->nplaceholders + n)) : palloc(sizeof(uint64) * Max(n, 1));
	for (i = 0; i < n; i++)
	{
		char	   *s = clt_link_json_string(getIthJsonbValueFromContainer(array, i));

		if (!s)
			bad_settings("A placeholder is not a string.");
		if (clt_normalize(field->kind, s, strlen(s), normal))
			field->placeholder[field->nplaceholders++] = clt_block_hash(normal->s, normal->len, 2);
	}
	pfree(normal);
}

/* column_number finds a column among those of a comparison. */
static int
column_number(const LinkComparison *cmp, char **columns, int n, const char *name)
{
	int			i;

	for (i = 0; i < n; i++)
		if (strcmp(columns[i], name) == 0)
			return i;
	bad_comparison(cmp, psprintf("has a level that uses column \"%s\", which is not among its columns", name));
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
	char	   *column = string_member(object, "column", "a level");
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
			bad_comparison(cmp, psprintf("has a level with an unknown test \"%s\"", key));
		if (test >= 0)
			bad_comparison(cmp, psprintf("has a level with two tests, \"%s\" and \"%s\"; several that must hold are listed under \"all\"",
										 clt_test_name((CltTest) test), key));
		test = this_one;
	}
	if (test < 0)
		bad_comparison(cmp, "has a level without a test");
	if (out->ntests >= CLT_LEVEL_TESTS)
		bad_comparison(cmp, psprintf("has a level of more than %d tests", CLT_LEVEL_TESTS));
	if (test == CLT_TEST_SQL)
	{
		cmp->sql[level] = string_member(object, "sql", "a level");
		if (out->ntests > 0)
			bad_comparison(cmp, "has a level of an SQL condition and other tests; write them into the condition");
	}
	else if (test == CLT_TEST_EXACT || test == CLT_TEST_LOCAL_PART || test == CLT_TEST_REVERSED || test == CLT_TEST_CROSSED)
	{
		if (bool_member(object, clt_test_name((CltTest) test), "a level") != 1)
			bad_comparison(cmp, psprintf("has a level whose \"%s\" is not true", clt_test_name((CltTest) test)));
	}
	else
	{
		bool		similarity = test == CLT_TEST_JARO_WINKLER || test == CLT_TEST_JARO || test == CLT_TEST_JACCARD ||
		test == CLT_TEST_LOCAL_JARO_WINKLER;

		number_member(object, clt_test_name((CltTest) test), test == CLT_TEST_PREFIX ? 1 : 0, similarity ? 1 : 1e12, "a level", &limit);
	}
	out->test[out->ntests].test = (CltTest) test;
	out->test[out->ntests].limit = limit;
	out->test[out->ntests].column = column ? column_number(cmp, columns, n, column) : 0;
	out->test[out->ntests].second = -1;
	if (test == CLT_TEST_REVERSED || test == CLT_TEST_CROSSED || test == CLT_TEST_KILOMETRES)
	{
		if (n < 2)
			bad_comparison(cmp, psprintf("needs two columns for \"%s\"", clt_test_name((CltTest) test)));
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
	JsonbContainer *how = object_of(v);
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
		bad_comparison(cmp, "has a level whose \"term_frequency\" is neither true nor false nor an object");
	check_keys(how, known, "\"term_frequency\"");
	column = string_member(how, "column", "\"term_frequency\"");
	if (column)
		level->tf_column = column_number(cmp, columns, n, column);
	if (number_member(how, "weight", 0, 1, "\"term_frequency\"", &number))
		level->tf_weight = (float) number;
	if (number_member(how, "floor", 0, 1, "\"term_frequency\"", &number) && number > 0)
		level->tf_floor = (float) log2(number);
}

/* read_levels_list reads the levels of a comparison whose levels are the user's own. */
static void
read_levels_list(LinkComparison *cmp, JsonbContainer * object, char **columns, int n)
{
	static const char *const of_all[] = {"all", "label", "term_frequency", NULL};
	static const char *const of_else[] = {"else", "label", NULL};
	JsonbContainer *list = array_of(clt_link_json_member(object, "levels"));
	char	   *missing = string_member(object, "missing", "a comparison");
	int			count = list ? (int) JsonContainerSize(list) : 0;
	bool		has_else = false;
	int			i;
	int			j;

	if (count == 0)
		bad_comparison(cmp, "has no list of levels");
	cmp->levels = palloc0(sizeof(CltLevels));
	cmp->levels->ncolumns = n;
	cmp->levels->missing = n > 1 ? CLT_MISSING_ALL : CLT_MISSING_ANY;
	if (missing && strcmp(missing, "any") == 0)
		cmp->levels->missing = CLT_MISSING_ANY;
	else if (missing && strcmp(missing, "all") == 0)
		cmp->levels->missing = CLT_MISSING_ALL;
	else if (missing && strcmp(missing, "never") == 0)
		cmp->levels->missing = CLT_MISSING_NEVER;
	else if (missing)
	{
		cmp->levels->missing = CLT_MISSING_SQL;
		cmp->sql[0] = missing;
	}
	for (i = 1; i <= count; i++)
	{
		JsonbContainer *entry = object_of(getIthJsonbValueFromContainer(list, i - 1));
		CltLevel   *level = &cmp->levels->level[i];
		JsonbContainer *all;

		if (!entry)
			bad_comparison(cmp, "has a level that is not an object");
		if (i > CLT_FS_MAX_LEVELS || has_else)
			bad_comparison(cmp, has_else ? "has a level after the last one, \"else\"" :
						   psprintf("has more than %d levels", CLT_FS_MAX_LEVELS));
		cmp->label[i] = string_member(entry, "label", "a level");
		level->tf_column = -1;
		cmp->levels->nlevels = i;
		if (clt_link_json_member(entry, "else"))
		{
			check_keys(entry, of_else, "the last level");
			has_else = true;
			continue;
		}
		if (clt_link_json_member(entry, "all"))
		{
			check_keys(entry, of_all, "a level");
			all = array_of(clt_link_json_member(entry, "all"));
			if (!all || JsonContainerSize(all) == 0)
				bad_comparison(cmp, "has a level whose \"all\" is not a list of tests");
			for (j = 0; j < (int) JsonContainerSize(all); j++)
			{
				JsonbContainer *test = object_of(getIthJsonbValueFromContainer(all, j));

				if (!test)
					bad_comparison(cmp, "has a test that is not an object");
				read_test(cmp, test, i, columns, n);
			}
			if (cmp->sql[i] && level->ntests > 1)
				bad_comparison(cmp, "has a level of an SQL condition and other tests; write them into the condition");
		}
		else
			read_test(cmp, entry, i, columns, n);
		read_level_frequency(cmp, entry, level, columns, n);
	}
	if (!has_else)
	{
		if (count >= CLT_FS_MAX_LEVELS)
			bad_comparison(cmp, psprintf("has more than %d levels", CLT_FS_MAX_LEVELS));
		cmp->levels->level[++cmp->levels->nlevels].tf_column = -1;
	}
	for (i = 1; i <= cmp->levels->nlevels; i++)
		if (!cmp->label[i])
			cmp->label[i] = i == cmp->levels->nlevels ? "different" :
				cmp->sql[i] ? cmp->sql[i] : psprintf("%s %g", clt_test_name(cmp->levels->level[i].test[0].test), cmp->levels->level[i].test[0].limit);
	for (i = 1; i < cmp->levels->nlevels; i++)
		if (cmp->levels->level[i].ntests == 1 && cmp->levels->level[i].test[0].limit == 0 && strcmp(cmp->label[i] + strlen(cmp->label[i]) - 2, " 0") == 0)
			cmp->label[i] = pstrdup(clt_test_name(cmp->levels->level[i].test[0].test));
}

/* read_probabilities reads one number a level; null says nothing of that one. */
static bool
read_probabilities(LinkComparison *cmp, JsonbContainer * object, const char *key, double *p, bool *complete)
{
	JsonbValue *v = clt_link_json_member(object, key);
	JsonbContainer *array = array_of(v);
	int			n = clt_link_nlevels(cmp);
	int			g;

	*complete = true;
	if (!v)
		return false;
	if (!array || (int) JsonContainerSize(array) != n)
		bad_comparison(cmp, psprintf("needs as many numbers under \"%s\" as it has levels, %d", key, n));
	for (g = 1; g <= n; g++)
	{
		JsonbValue *e = getIthJsonbValueFromContainer(array, g - 1);

		if (e->type == jbvNull)
			*complete = false;
		else if (!json_number(e, &p[g]) || !(p[g] > 0 && p[g] <= 1))
			bad_comparison(cmp, psprintf("has an \"%s\" that is not above 0 and at most 1", key));
	}
	return true;
}

/* level_number finds a level by its number or its label. */
static int
level_number(LinkComparison *cmp, JsonbValue *v)
{
	double		number;
	int			g;

	if (json_number(v, &number) && number >= 1 && number <= clt_link_nlevels(cmp) && number == floor(number))
		return (int) number;
	for (g = 1; v->type == jbvString && g <= clt_link_nlevels(cmp); g++)
		if (strlen(clt_link_label(cmp, g)) == (size_t) v->val.string.len &&
			memcmp(clt_link_label(cmp, g), v->val.string.val, v->val.string.len) == 0)
			return g;
	bad_comparison(cmp, "names a level that it does not have");
	return 0;
}

/* read_weights reads levels whose weight is given, and those that forbid a join. */
static void
read_weights(LinkComparison *cmp, JsonbContainer * object)
{
	JsonbValue *v = clt_link_json_member(object, "weights");
	JsonbContainer *list = object_of(v);
	JsonbContainer *veto;
	int			i;

	if (v && !list)
		bad_comparison(cmp, "has \"weights\" that are not an object");
	if (list)
	{
		JsonbIterator *it = JsonbIteratorInit(list);
		JsonbIteratorToken token;
		JsonbValue	e;

		while ((token = JsonbIteratorNext(&it, &e, true)) != WJB_DONE)
		{
			int			g;

			if (token != WJB_KEY)
				continue;
			g = level_number(cmp, &e);
			token = JsonbIteratorNext(&it, &e, true);
			if (!json_number(&e, &cmp->weight[g]) || fabs(cmp->weight[g]) > 100)
				bad_comparison(cmp, "has a weight that is not a number from -100 to 100");
			cmp->weight_set |= 1u << g;
		}
	}
	v = clt_link_json_member(object, "veto");
	if (!v || (v->type == jbvBool && !v->val.boolean))
		return;
	veto = array_of(v);
	if (!veto && v->type != jbvBool)
		bad_comparison(cmp, "has a \"veto\" that is neither true nor false nor a list of levels");
	for (i = 0; i < (veto ? (int) JsonContainerSize(veto) : 1); i++)
	{
		int			g = veto ? level_number(cmp, getIthJsonbValueFromContainer(veto, i)) : clt_link_nlevels(cmp);

		cmp->weight[g] = CLT_FS_VETO;
		cmp->weight_set |= 1u << g;
	}
}

/* read_frequency reads the term-frequency adjustment of a comparison of a kind. */
static void
read_frequency(LinkComparison *cmp, JsonbContainer * object)
{
	static const char *const known[] = {"weight", "floor", NULL};
	JsonbValue *v = clt_link_json_member(object, "term_frequency");
	JsonbContainer *how = object_of(v);

	cmp->tf = -1;
	cmp->tf_weight = 1;
	if (!v)
		return;
	if (cmp->kind == CLT_KIND_LEVELS || cmp->kind == CLT_KIND_ADDRESS || cmp->kind == CLT_KIND_LOCATION)
		bad_comparison(cmp, cmp->kind == CLT_KIND_LEVELS ? "says \"term_frequency\" of itself; its levels do" :
					   "is of a kind that has no term-frequency adjustment");
	if (v->type == jbvBool)
	{
		cmp->tf = v->val.boolean;
		return;
	}
	if (!how)
		bad_comparison(cmp, "has a \"term_frequency\" that is neither true nor false nor an object");
	check_keys(how, known, "\"term_frequency\"");
	cmp->tf = 1;
	number_member(how, "weight", 0, 1, "\"term_frequency\"", &cmp->tf_weight);
	number_member(how, "floor", 0, 1, "\"term_frequency\"", &cmp->tf_floor);
}

/* read_parameters reads what the user says of m and u. */
static void
read_parameters(LinkComparison *cmp, JsonbContainer * object)
{
	bool		complete;
	int			fixed = bool_member(object, "fixed", "a comparison");

	cmp->m_fixed = read_probabilities(cmp, object, "m", cmp->m, &complete) && complete && fixed != 0;
	if (fixed == 1 && !cmp->m_fixed)
		bad_comparison(cmp, "is \"fixed\" without an m for each level");
	cmp->u_fixed = read_probabilities(cmp, object, "u", cmp->u, &complete);
	if (!complete)
		bad_comparison(cmp, "needs a u for each level or none: those that are missing cannot be told from the others");
}

/* columns_fit checks how many columns a kind may have. */
static bool
columns_fit(LinkComparison *cmp, int n, bool *several)
{
	*several = false;
	switch (cmp->kind)
	{
		case CLT_KIND_DATE:
			return n == 1 || n == 3;
		case CLT_KIND_LOCATION:
			return n <= 2;
		case CLT_KIND_GIVEN:
		case CLT_KIND_SURNAME:
		case CLT_KIND_SEX:
		case CLT_KIND_STREET:
		case CLT_KIND_HOUSE_NUMBER:
		case CLT_KIND_NUMBER:
			return n == 1;
		default:
			*several = n > 1;
			return true;
	}
}

static void
add_address(LinkJob *job, LinkComparison *cmp, JsonbContainer * parts, char **columns, char **right, int n)
{
	uint32		seen = 0;
	int			i;

	if (!parts || (int) JsonContainerSize(parts) != n)
		bad_comparison(cmp, "does not say what part of the address each column is");
	for (i = 0; i < n; i++)
	{
		char	   *part = clt_link_json_string(getIthJsonbValueFromContainer(parts, i));
		int			p;

		for (p = 0; p < CLT_ADDRESS_PARTS; p++)
			if (part && strcmp(part, part_name[p]) == 0)
				break;
		if (p == CLT_ADDRESS_PARTS)
			bad_settings(psprintf("There is no part \"%s\" of an address.", part ? part : ""));
		if (seen & (1u << p))
			bad_comparison(cmp, psprintf("has two columns for the part \"%s\"", part));
		seen |= 1u << p;
		cmp->part[cmp->nfields] = p;
		cmp->field[cmp->nfields++] = add_field(job, part_kind[p], &columns[i], &right[i], 1, false);
		if (job->field[cmp->field[i]].element)
			bad_comparison(cmp, psprintf("has a column of an array, \"%s\"", columns[i]));
	}
}

static void
add_comparison(LinkJob *job, JsonbContainer * object)
{
	static const char *const known[] = {"name", "kind", "columns", "right_columns", "parts", "why", "levels", "missing", "m", "u", "fixed",
	"weights", "veto", "term_frequency", "scheme", "placeholders", "scope", NULL};
	LinkComparison *cmp;
	char	   *kind_name = string_member(object, "kind", "a comparison");
	char	   *columns[CLT_ADDRESS_PARTS];
	char	   *right[CLT_ADDRESS_PARTS];
	JsonbContainer *array = array_of(clt_link_json_member(object, "columns"));
	JsonbContainer *others = array_of(clt_link_json_member(object, "right_columns"));
	JsonbContainer *placeholders = array_of(clt_link_json_member(object, "placeholders"));
	char	   *scheme;
	char	   *scope;
	bool		several;
	int			n = 0;
	int			kind = -1;
	int			i;
	int			j;

	check_keys(object, known, "a comparison");
	if (job->ncomparisons >= CLT_FS_MAX_COMPARISONS)
		bad_settings(psprintf("There are more than %d comparisons.", CLT_FS_MAX_COMPARISONS));
	cmp = &job->comparison[job->ncomparisons];
	cmp->name = string_member(object, "name", "a comparison");
	cmp->why = string_member(object, "why", "a comparison");
	if (kind_name && strcmp(kind_name, "sql") == 0)
		kind = CLT_KIND_LEVELS;
	else if (kind_name)
		kind = clt_kind_by_name(kind_name, strlen(kind_name));
	if (kind < 0 || kind == CLT_KIND_VERBATIM)
		bad_settings(psprintf("There is no kind of comparison \"%s\".", kind_name ? kind_name : ""));
	cmp->kind = (CltKind) kind;
	if (!array || (n = JsonContainerSize(array)) < 1 || n > CLT_ADDRESS_PARTS)
		bad_settings(psprintf("A comparison has no list of one to %d columns.", CLT_ADDRESS_PARTS));
	if (clt_link_json_member(object, "right_columns") &&
		(!OidIsValid(job->right) || !others || (int) JsonContainerSize(others) != n))
		bad_settings("The columns of the right table are not as many as those of the left one, or there is no right table.");
	for (i = 0; i < n; i++)
	{
		columns[i] = clt_link_json_string(getIthJsonbValueFromContainer(array, i));
		right[i] = others ? clt_link_json_string(getIthJsonbValueFromContainer(others, i)) : columns[i];
		if (!columns[i] || !right[i])
			bad_settings("A column's name is not a string.");
		for (j = 0; j < i; j++)
			if (strcmp(columns[i], columns[j]) == 0)
				bad_settings(psprintf("A comparison has column \"%s\" twice.", columns[i]));
	}
	if (!cmp->name)
		cmp->name = columns[0];
	for (i = 0; i < job->ncomparisons; i++)
		if (strcmp(job->comparison[i].name, cmp->name) == 0)
			bad_settings(psprintf("There are two comparisons \"%s\".", cmp->name));
	if ((clt_link_json_member(object, "levels") || clt_link_json_member(object, "missing")) && cmp->kind != CLT_KIND_LEVELS)
		bad_comparison(cmp, "has levels of its own, which only kind \"levels\" may have");
	if (clt_link_json_member(object, "parts") && cmp->kind != CLT_KIND_ADDRESS)
		bad_comparison(cmp, "has parts, which only kind \"address\" may have");
	if (clt_link_json_member(object, "placeholders") && !placeholders)
		bad_comparison(cmp, "has placeholders that are not a list");
	if (!columns_fit(cmp, n, &several))
		bad_comparison(cmp, "has the wrong number of columns");
	if (cmp->kind == CLT_KIND_ADDRESS)
		add_address(job, cmp, array_of(clt_link_json_member(object, "parts")), columns, right, n);
	else if (cmp->kind == CLT_KIND_LEVELS)
		for (i = 0; i < n; i++)
			cmp->field[cmp->nfields++] = add_field(job, CLT_KIND_VERBATIM, &columns[i], &right[i], 1, false);
	else
	{
		cmp->nfields = 1;
		cmp->field[0] = add_field(job, cmp->kind, columns, right, n, several);
	}
	if (cmp->kind == CLT_KIND_LEVELS)
		read_levels_list(cmp, object, columns, n);
	for (i = 0; i < cmp->nfields; i++)
		add_placeholders(&job->field[cmp->field[i]], placeholders);
	scheme = string_member(object, "scheme", "a comparison");
	if (scheme)
	{
		LinkField  *field = &job->field[cmp->field[0]];

		if (field->element)
			field = field->element;
		field->scheme = clt_scheme_by_name(scheme, strlen(scheme));
		if (cmp->kind != CLT_KIND_IDENTIFIER || field->scheme == 0)
			bad_comparison(cmp, psprintf("has \"scheme\" \"%s\", which %s", scheme,
										 field->scheme ? "only kind \"identifier\" may have" : "is not known"));
	}
	scope = string_member(object, "scope", "a comparison");
	if (scope && strcmp(scope, "personal") != 0 && strcmp(scope, "shared") != 0)
		bad_comparison(cmp, "has a \"scope\" that is neither \"personal\" nor \"shared\"");
	cmp->scope = !scope ? -1 : scope[0] == 'p' ? CLT_FS_PERSONAL : CLT_FS_SHARED;
	read_frequency(cmp, object);
	read_parameters(cmp, object);
	read_weights(cmp, object);
	job->ncomparisons++;
}

/*
 * clt_link_is_complete tells whether the settings leave nothing to be estimated: a
 * model that was trained elsewhere.
 */
bool
clt_link_is_complete(const LinkJob *job)
{
	int			i;

	for (i = 0; i < job->ncomparisons; i++)
		if (!job->comparison[i].m_fixed || !job->comparison[i].u_fixed)
			return false;
	return job->prior > 0 && job->no_household;
}

/* ---- settings: blocking ---- */

/* field_of_column finds the field that a key of a blocking rule means. */
static int
field_of_column(LinkJob *job, const char *column)
{
	int			i;
	int			j;

	for (i = 0; i < job->nfields; i++)
		if (strcmp(job->field[i].column[0], column) == 0)
			return i;
	for (i = 0; i < job->nfields; i++)
		for (j = 1; j < job->field[i].ncolumns; j++)
			if (strcmp(job->field[i].column[j], column) == 0)
				return i;
	return -1;
}

/* rule_keys returns the keys of a blocking rule. */
static JsonbContainer *
rule_keys(JsonbContainer * rule)
{
	static const char *const known[] = {"keys", "why", NULL};
	JsonbContainer *keys = rule ? array_of(clt_link_json_member(rule, "keys")) : NULL;

	if (!keys || JsonContainerSize(keys) < 1 || JsonContainerSize(keys) > LINK_RULE_ATOMS)
		bad_settings(psprintf("A blocking rule has no list of one to %d keys.", LINK_RULE_ATOMS));
	check_keys(rule, known, "a blocking rule");
	return keys;
}

/* blocking_columns adds the columns that blocking uses and no comparison does. */
static void
blocking_columns(LinkJob *job, JsonbContainer * array)
{
	int			i;
	int			j;

	for (i = 0; array && i < (int) JsonContainerSize(array); i++)
	{
		JsonbContainer *keys = rule_keys(object_of(getIthJsonbValueFromContainer(array, i)));

		for (j = 0; j < (int) JsonContainerSize(keys); j++)
		{
			JsonbContainer *key = object_of(getIthJsonbValueFromContainer(keys, j));
			char	   *column = key ? string_member(key, "column", "a key of a blocking rule") : NULL;
			char	   *with = key ? string_member(key, "with", "a key of a blocking rule") : NULL;

			if (column && field_of_column(job, column) < 0)
				add_field(job, CLT_KIND_VERBATIM, &column, &column, 1, false);
			if (with && field_of_column(job, with) < 0)
				add_field(job, CLT_KIND_VERBATIM, &with, &with, 1, false);
		}
	}
}

/* clt_link_settings_apply sets the job up from settings. */
void
clt_link_settings_apply(LinkJob *job, Jsonb *settings)
{
	static const char *const known[] = {"key", "comparisons", "blocking", "left_out", "threshold", "prior", "household",
	"placeholders", "not_imported", "one_to_one", NULL};
	MemoryContext old = MemoryContextSwitchTo(job->context);
	JsonbContainer *array;
	JsonbContainer *placeholders;
	int			i;

	if (!JB_ROOT_IS_OBJECT(settings))
		bad_settings("The settings are not an object.");
	check_keys(&settings->root, known, "the settings");
	array = array_of(clt_link_json_member(&settings->root, "comparisons"));
	if (!array || JsonContainerSize(array) == 0)
		bad_settings("There is no list of comparisons.");
	for (i = 0; i < (int) JsonContainerSize(array); i++)
	{
		JsonbContainer *object = object_of(getIthJsonbValueFromContainer(array, i));

		if (!object)
			bad_settings("A comparison is not an object.");
		add_comparison(job, object);
	}
	placeholders = array_of(clt_link_json_member(&settings->root, "placeholders"));
	if (clt_link_json_member(&settings->root, "placeholders") && !placeholders)
		bad_settings("The placeholders are not a list.");
	for (i = 0; i < job->nfields; i++)
		add_placeholders(&job->field[i], placeholders);
	array = array_of(clt_link_json_member(&settings->root, "blocking"));
	if (clt_link_json_member(&settings->root, "blocking") && !array)
		bad_settings("The blocking rules are not a list.");
	blocking_columns(job, array);
	if (number_member(&settings->root, "threshold", 0, 1, "the settings", &job->threshold) &&
		(job->threshold == 0 || job->threshold == 1))
		bad_settings("The threshold is not between 0 and 1.");
	if (number_member(&settings->root, "prior", 0, 1, "the settings", &job->prior) && (job->prior == 0 || job->prior == 1))
		bad_settings("The prior is not between 0 and 1.");
	job->no_household = bool_member(&settings->root, "household", "the settings") == 0;
	job->one_to_one = bool_member(&settings->root, "one_to_one", "the settings") == 1;
	if (job->one_to_one && !OidIsValid(job->right))
		bad_settings("one_to_one needs two tables.");
	MemoryContextSwitchTo(old);
}

/* read_atom reads one key of a blocking rule. */
static void
read_atom(LinkJob *job, JsonbContainer * object, LinkAtom *atom)
{
	static const char *const known[] = {"column", "with", "form", NULL};
	char	   *column;
	char	   *with;
	char	   *form;
	CltKind		kind;
	int			k;

	if (!object)
		bad_settings("A key of a blocking rule is not an object.");
	check_keys(object, known, "a key of a blocking rule");
	column = string_member(object, "column", "a key of a blocking rule");
	with = string_member(object, "with", "a key of a blocking rule");
	form = string_member(object, "form", "a key of a blocking rule");
	if (!column)
		bad_settings("A key of a blocking rule names no column.");
	atom->field = field_of_column(job, column);
	atom->second = with ? field_of_column(job, with) : -1;
	if (atom->field < 0 || (with && atom->second < 0))
		bad_settings(psprintf("A blocking rule uses column \"%s\", which no comparison does.", atom->field < 0 ? column : with));
	k = form ? clt_link_transform_by_name(form) : LINK_VALUE;
	if (k < 0)
		bad_settings(psprintf("There is no form \"%s\" of a key.", form));
	atom->transform = (LinkTransform) k;
	kind = job->field[atom->field].kind;
	if (atom->transform == LINK_EITHER_ORDER && atom->second < 0)
		bad_settings("The form either_order needs a second column, \"with\".");
	if (with && atom->transform != LINK_EITHER_ORDER && atom->transform != LINK_LINE)
		bad_settings("Only the forms either_order and line have a second column, \"with\".");
	if ((atom->transform == LINK_CELL) != (kind == CLT_KIND_LOCATION))
		bad_settings("The form cell is for places, and places have no other.");
	if ((atom->transform == LINK_YEAR || atom->transform == LINK_MONTH_DAY || atom->transform == LINK_YEAR_MONTH) &&
		kind != CLT_KIND_DATE && kind != CLT_KIND_VERBATIM)
		bad_settings(psprintf("The form %s is for dates.", form));
	if (job->field[atom->field].element && (atom->transform == LINK_EITHER_ORDER || atom->transform == LINK_LINE || atom->transform == LINK_WORDS))
		bad_settings(psprintf("The form %s is not for columns with several values.", form));
}

/* clt_link_rules_apply takes the blocking rules of settings, if there are any. */
void
clt_link_rules_apply(LinkJob *job, Jsonb *settings)
{
	MemoryContext old = MemoryContextSwitchTo(job->context);
	JsonbContainer *array = array_of(clt_link_json_member(&settings->root, "blocking"));
	int			i;
	int			j;

	for (i = 0; array && i < (int) JsonContainerSize(array); i++)
	{
		JsonbContainer *object = object_of(getIthJsonbValueFromContainer(array, i));
		JsonbContainer *keys = rule_keys(object);
		LinkRule   *rule = &job->rule[job->nrules];
		int			several = 0;

		if (job->nrules >= LINK_MAX_RULES)
			bad_settings(psprintf("There are more than %d blocking rules.", LINK_MAX_RULES));
		memset(rule, 0, sizeof(*rule));
		rule->split_of = -1;
		rule->why = string_member(object, "why", "a blocking rule");
		for (j = 0; j < (int) JsonContainerSize(keys); j++)
		{
			LinkAtom   *atom = &rule->atom[rule->natoms++];

			read_atom(job, object_of(getIthJsonbValueFromContainer(keys, j)), atom);
			several += job->field[atom->field].element != NULL || atom->transform == LINK_WORDS || atom->transform == LINK_CELL;
		}
		if (several > 1)
			bad_settings("A blocking rule has two keys of which a record may have several.");
		clt_link_rule_name(job, rule);
		job->nrules++;
	}
	job->rules_given = job->nrules > 0;
	MemoryContextSwitchTo(old);
}

/* ---- writing JSON ---- */

/* clt_link_settings_with_rules returns the settings with the blocking rules of the job in them. */
Jsonb	   *
clt_link_settings_with_rules(LinkJob *job, Jsonb *settings)
{
	StringInfoData out;
	Jsonb	   *rules;
	int			i;
	int			j;

	initStringInfo(&out);
	appendStringInfoString(&out, "{\"blocking\": [");
	for (i = 0; i < job->nrules; i++)
	{
		LinkRule   *rule = &job->rule[i];

		if (rule->split_of >= 0)
			continue;
		appendStringInfo(&out, "%s{\"keys\": [", i ? ", " : "");
		for (j = 0; j < rule->natoms; j++)
		{
			appendStringInfo(&out, "%s{\"column\": ", j ? ", " : "");
			escape_json(&out, job->field[rule->atom[j].field].column[0]);
			if (rule->atom[j].second >= 0)
			{
				appendStringInfoString(&out, ", \"with\": ");
				escape_json(&out, job->field[rule->atom[j].second].column[0]);
			}
			if (rule->atom[j].transform != LINK_VALUE)
				appendStringInfo(&out, ", \"form\": \"%s\"", clt_link_transform_name(rule->atom[j].transform));
			appendStringInfoString(&out, "}");
		}
		appendStringInfoString(&out, "]");
		if (rule->why)
		{
			appendStringInfoString(&out, ", \"why\": ");
			escape_json(&out, rule->why);
		}
		appendStringInfoString(&out, "}");
	}
	appendStringInfoString(&out, "]}");
	rules = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(out.data)));
	return DatumGetJsonbP(DirectFunctionCall2(jsonb_concat, JsonbPGetDatum(settings), JsonbPGetDatum(rules)));
}

static void
append_levels(StringInfo out, const char *name, const double *p, int nlevels)
{
	int			g;

	appendStringInfo(out, ", \"%s\": [", name);
	for (g = 1; g <= nlevels; g++)
	{
		char	   *s = DatumGetCString(DirectFunctionCall1(float8out, Float8GetDatum(p[g])));

		appendStringInfo(out, "%s%s", g > 1 ? ", " : "", s);
	}
	appendStringInfoString(out, "]");
}

static char *
float_text(double v)
{
	return DatumGetCString(DirectFunctionCall1(float8out, Float8GetDatum(v)));
}

/* clt_link_parameters_make returns what training found. */
Jsonb	   *
clt_link_parameters_make(LinkJob *job)
{
	StringInfoData out;
	int			i;

	initStringInfo(&out);
	appendStringInfo(&out, "{\"prior\": %s, \"household\": %s, \"recall\": %s, \"matches\": %s, \"records\": %u, \"iterations\": %d, \"comparisons\": [",
					 float_text(job->fs.prior), float_text(job->fs.household), float_text(job->fs.recall),
					 float_text(job->fs.matches), job->n, job->fs.iterations);
	for (i = 0; i < job->ncomparisons; i++)
	{
		CltFsComparison *c = &job->fs.c[i];

		appendStringInfo(&out, "%s{\"name\": ", i ? ", " : "");
		escape_json(&out, job->comparison[i].name);
		append_levels(&out, "m", c->m, c->nlevels);
		append_levels(&out, "u", c->u, c->nlevels);
		append_levels(&out, "h", c->h, c->nlevels);
		append_levels(&out, "observed", c->observed, c->nlevels);
		appendStringInfoString(&out, "}");
	}
	appendStringInfoString(&out, "], \"warnings\": ");
	clt_link_warnings_json(job, &out);
	appendStringInfoString(&out, "}");
	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(out.data)));
}

/* bad_parameters says what is wrong with stored parameters: somebody wrote them by hand. */
static void
bad_parameters(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid parameters of a linkage model"),
			 errdetail_internal("%s", detail),
			 errhint("clientele.train() estimates them anew.")));
}

/* read_levels reads one number from least to most for each level. */
static void
read_levels(JsonbContainer * object, const char *name, double *p, int nlevels, double least, double most)
{
	JsonbContainer *array = array_of(clt_link_json_member(object, name));
	int			g;

	if (!array || (int) JsonContainerSize(array) != nlevels)
		bad_parameters(psprintf("They have no list \"%s\" of %d levels.", name, nlevels));
	for (g = 1; g <= nlevels; g++)
		if (!json_number(getIthJsonbValueFromContainer(array, g - 1), &p[g]) || !(p[g] >= least && p[g] <= most))
			bad_parameters(psprintf("A level of \"%s\" is not a number from %g to %g.", name, least, most));
}

/* read_number reads a number that must be there. */
static void
read_number(Jsonb *parameters, const char *name, double least, double most, double *out)
{
	if (!json_number(clt_link_json_member(&parameters->root, name), out) || !(*out >= least && *out <= most))
		bad_parameters(psprintf("\"%s\" is not a number from %g to %g.", name, least, most));
}

/* clt_link_parameters_apply takes trained parameters; comparisons must be set up already. */
void
clt_link_parameters_apply(LinkJob *job, Jsonb *parameters)
{
	JsonbContainer *array = array_of(clt_link_json_member(&parameters->root, "comparisons"));
	int			i;

	if (!array || (int) JsonContainerSize(array) != job->ncomparisons)
		bad_parameters("They are of another model: the comparisons are not so many.");
	read_number(parameters, "prior", 0, 1, &job->fs.prior);
	read_number(parameters, "household", 0, 1, &job->fs.household);
	read_number(parameters, "recall", 0, 1, &job->fs.recall);
	read_number(parameters, "matches", 0, 1e30, &job->fs.matches);
	for (i = 0; i < job->ncomparisons; i++)
	{
		JsonbContainer *object = object_of(getIthJsonbValueFromContainer(array, i));
		CltFsComparison *c = &job->fs.c[i];
		char	   *name = object ? clt_link_json_string(clt_link_json_member(object, "name")) : NULL;

		if (!name || strcmp(name, job->comparison[i].name) != 0)
			bad_parameters(psprintf("They are of another model: there is no comparison \"%s\".", job->comparison[i].name));
		read_levels(object, "m", c->m, c->nlevels, 0, 1);
		read_levels(object, "u", c->u, c->nlevels, 0, 1);
		read_levels(object, "h", c->h, c->nlevels, 0, 1);
		read_levels(object, "observed", c->observed, c->nlevels, 0, 1e30);
	}
	job->trained = true;
}
