/*
 * settings.c
 *		A model's settings: from JSON into the job.
 *
 * Settings say what is compared (here, own_levels.c) and by which keys pairs are
 * made (rule_settings.c).  They are checked while they are read, and nowhere else.
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "core/clientele.h"
#include "core/encoding.h"
#include "linkage/check_digits.h"
#include "linkage/engine.h"
#include "linkage/json.h"

const char *const clt_part_name[CLT_ADDRESS_PARTS] =
{"street", "number", "extra", "postcode", "city", "region"};

const CltKind clt_part_kind[CLT_ADDRESS_PARTS] =
{CLT_KIND_STREET, CLT_KIND_HOUSE_NUMBER, CLT_KIND_STREET, CLT_KIND_POSTCODE, CLT_KIND_CITY, CLT_KIND_REGION};

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

/* clt_link_columns_in says that columns are called the same in all tables. */
LinkColumns *
clt_link_columns_in(LinkJob *job, char **columns, int n)
{
	LinkColumns *in = palloc0(sizeof(LinkColumns) * job->nsources);
	int			s;

	for (s = 0; s < job->nsources; s++)
		memcpy(in[s].name, columns, sizeof(char *) * n);
	return in;
}

/* column_in says what one column of several is called in each table. */
static LinkColumns *
column_in(LinkJob *job, const LinkColumns *in, int column)
{
	LinkColumns *one = palloc0(sizeof(LinkColumns) * job->nsources);
	int			s;

	for (s = 0; s < job->nsources; s++)
		one[s].name[0] = in[s].name[column];
	return one;
}

/* same_name compares names of columns, which may not be there. */
static bool
same_name(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* is_field tells whether a field is that of some columns. */
static bool
is_field(const LinkJob *job, const LinkField *field, CltKind kind, const LinkColumns *in, int ncolumns)
{
	int			s;
	int			i;

	if (field->kind != kind || field->ncolumns != ncolumns || !field->in)
		return false;
	for (s = 0; s < job->nsources; s++)
		for (i = 0; i < ncolumns; i++)
			if (!same_name(field->in[s].name[i], in[s].name[i]))
				return false;
	return true;
}

/* clt_link_add_field finds or adds the field of some columns, which the model calls by names of its own and each table by its. */
int
clt_link_add_field(LinkJob *job, CltKind kind, char **columns, const LinkColumns *in, int ncolumns, bool several)
{
	LinkField  *field;
	int			i;
	int			s;

	for (i = 0; i < job->nfields; i++)
		if (is_field(job, &job->field[i], kind, in, ncolumns))
			return i;
	if (job->nfields >= LINK_MAX_FIELDS)
		clt_link_bad_settings(psprintf("There are more than %d columns.", LINK_MAX_FIELDS));
	field = &job->field[job->nfields];
	field->kind = kind;
	field->ncolumns = ncolumns;
	field->in = palloc0(sizeof(LinkColumns) * job->nsources);
	for (i = 0; i < ncolumns; i++)
	{
		field->column[i] = columns[i];
		for (s = 0; s < job->nsources; s++)
		{
			if (!in[s].name[i])
				continue;
			field->in[s].name[i] = in[s].name[i];
			field->in[s].type[i] = column_type(job->in[s].table, in[s].name[i]);
			several |= holds_several(kind, field->in[s].type[i]);
			if (!OidIsValid(field->type[i]))
				field->type[i] = field->in[s].type[i];
		}
		if (!OidIsValid(field->type[i]))
			clt_link_bad_settings(psprintf("No table has column \"%s\".", columns[i]));
	}
	if (several)
	{
		field->element = palloc0(sizeof(LinkField));
		field->element->kind = kind;
		field->element->ncolumns = 1;
		/* what a set of values means for these, nobody has said */
		if (kind == CLT_KIND_GIVEN || kind == CLT_KIND_SURNAME || kind == CLT_KIND_SEX || kind == CLT_KIND_STREET ||
			kind == CLT_KIND_HOUSE_NUMBER || kind == CLT_KIND_LEGAL_FORM)
			clt_link_bad_settings(psprintf("A record cannot have several values of kind \"%s\" (column \"%s\").",
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
		const char *s = clt_link_json_string(getIthJsonbValueFromContainer(array, i));
		size_t		len;

		if (!s)
			clt_link_bad_settings("A placeholder is not a string.");
		len = strlen(s);
		s = clt_read_as_utf8(s, &len);
		if (clt_normalize(field->kind, s, len, normal))
			field->placeholder[field->nplaceholders++] = clt_block_hash(normal->s, normal->len, 2);
	}
	pfree(normal);
}

/* read_probabilities reads one number a level; null says nothing of that one. */
static bool
read_probabilities(LinkComparison *cmp, JsonbContainer * object, const char *key, double *p, bool *complete)
{
	JsonbValue *v = clt_link_json_member(object, key);
	JsonbContainer *array = clt_link_json_array(v);
	int			n = clt_link_nlevels(cmp);
	int			g;

	*complete = true;
	if (!v)
		return false;
	if (!array || (int) JsonContainerSize(array) != n)
		clt_link_bad_comparison(cmp, psprintf("needs as many numbers under \"%s\" as it has levels, %d", key, n));
	for (g = 1; g <= n; g++)
	{
		JsonbValue *e = getIthJsonbValueFromContainer(array, g - 1);

		if (e->type == jbvNull)
			*complete = false;
		else if (!clt_link_json_number(e, &p[g]) || !(p[g] > 0 && p[g] <= 1))
			clt_link_bad_comparison(cmp, psprintf("has an \"%s\" that is not above 0 and at most 1", key));
	}
	return true;
}

/* level_number finds a level by its number or its label. */
static int
level_number(LinkComparison *cmp, JsonbValue *v)
{
	double		number;
	int			g;

	if (clt_link_json_number(v, &number) && number >= 1 && number <= clt_link_nlevels(cmp) && number == floor(number))
		return (int) number;
	for (g = 1; v->type == jbvString && g <= clt_link_nlevels(cmp); g++)
		if (strlen(clt_link_label(cmp, g)) == (size_t) v->val.string.len &&
			memcmp(clt_link_label(cmp, g), v->val.string.val, v->val.string.len) == 0)
			return g;
	clt_link_bad_comparison(cmp, "names a level that it does not have");
	return 0;
}

/*
 * set_weight gives a level its weight.  What holds for different values holds for those that are
 * more so, too, unless these are among the levels named themselves.
 */
static void
set_weight(LinkComparison *cmp, int level, double weight, uint32 *named)
{
	int			last = level == clt_link_different(cmp) ? clt_link_nlevels(cmp) : level;
	int			g;

	for (g = level; g <= last; g++)
		if (g == level || !(*named & 1u << g))
		{
			cmp->weight[g] = weight;
			cmp->weight_set |= 1u << g;
		}
	*named |= 1u << level;
}

/* read_weights reads levels whose weight is given, and those that forbid a join. */
static void
read_weights(LinkComparison *cmp, JsonbContainer * object)
{
	JsonbValue *v = clt_link_json_member(object, "weights");
	JsonbContainer *list = clt_link_json_object(v);
	JsonbContainer *veto;
	double		weight;
	uint32		named = 0;
	int			i;

	if (v && !list)
		clt_link_bad_comparison(cmp, "has \"weights\" that are not an object");
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
			if (!clt_link_json_number(&e, &weight) || fabs(weight) > 100)
				clt_link_bad_comparison(cmp, "has a weight that is not a number from -100 to 100");
			set_weight(cmp, g, weight, &named);
		}
	}
	v = clt_link_json_member(object, "veto");
	if (!v || (v->type == jbvBool && !v->val.boolean))
		return;
	veto = clt_link_json_array(v);
	if (!veto && v->type != jbvBool)
		clt_link_bad_comparison(cmp, "has a \"veto\" that is neither true nor false nor a list of levels");
	if (!veto)
		set_weight(cmp, clt_link_different(cmp), CLT_FS_VETO, &named);
	for (i = 0; veto && i < (int) JsonContainerSize(veto); i++)
		set_weight(cmp, level_number(cmp, getIthJsonbValueFromContainer(veto, i)), CLT_FS_VETO, &named);
}

/* read_frequency reads the term-frequency adjustment of a comparison of a kind. */
static void
read_frequency(LinkComparison *cmp, JsonbContainer * object)
{
	static const char *const known[] = {"weight", "floor", NULL};
	JsonbValue *v = clt_link_json_member(object, "term_frequency");
	JsonbContainer *how = clt_link_json_object(v);

	cmp->tf = -1;
	cmp->tf_weight = 1;
	if (!v)
		return;
	if (cmp->kind == CLT_KIND_LEVELS || cmp->kind == CLT_KIND_ADDRESS || cmp->kind == CLT_KIND_LOCATION)
		clt_link_bad_comparison(cmp, cmp->kind == CLT_KIND_LEVELS ? "says \"term_frequency\" of itself; its levels do" :
								"is of a kind that has no term-frequency adjustment");
	if (v->type == jbvBool)
	{
		cmp->tf = v->val.boolean;
		return;
	}
	if (!how)
		clt_link_bad_comparison(cmp, "has a \"term_frequency\" that is neither true nor false nor an object");
	clt_link_check_keys(how, known, "\"term_frequency\"");
	cmp->tf = 1;
	clt_link_number_member(how, "weight", 0, 1, "\"term_frequency\"", &cmp->tf_weight);
	clt_link_number_member(how, "floor", 0, 1, "\"term_frequency\"", &cmp->tf_floor);
}

/* read_parameters reads what the user says of m and u. */
static void
read_parameters(LinkComparison *cmp, JsonbContainer * object)
{
	bool		complete;
	int			fixed = clt_link_bool_member(object, "fixed", "a comparison");

	cmp->m_fixed = read_probabilities(cmp, object, "m", cmp->m, &complete) && complete && fixed != 0;
	if (fixed == 1 && !cmp->m_fixed)
		clt_link_bad_comparison(cmp, "is \"fixed\" without an m for each level");
	cmp->u_fixed = read_probabilities(cmp, object, "u", cmp->u, &complete);
	if (!complete)
		clt_link_bad_comparison(cmp, "needs a u for each level or none: those that are missing cannot be told from the others");
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
		case CLT_KIND_LEGAL_FORM:
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
add_address(LinkJob *job, LinkComparison *cmp, JsonbContainer * parts, char **columns, const LinkColumns *in, int n)
{
	uint32		seen = 0;
	int			i;

	if (!parts || (int) JsonContainerSize(parts) != n)
		clt_link_bad_comparison(cmp, "does not say what part of the address each column is");
	for (i = 0; i < n; i++)
	{
		char	   *part = clt_link_json_string(getIthJsonbValueFromContainer(parts, i));
		int			p;

		for (p = 0; p < CLT_ADDRESS_PARTS; p++)
			if (part && strcmp(part, clt_part_name[p]) == 0)
				break;
		if (p == CLT_ADDRESS_PARTS)
			clt_link_bad_settings(psprintf("There is no part \"%s\" of an address.", part ? part : ""));
		if (seen & (1u << p))
			clt_link_bad_comparison(cmp, psprintf("has two columns for the part \"%s\"", part));
		seen |= 1u << p;
		cmp->part[cmp->nfields] = p;
		cmp->field[cmp->nfields++] = clt_link_add_field(job, clt_part_kind[p], &columns[i], column_in(job, in, i), 1, false);
		if (job->field[cmp->field[i]].element)
			clt_link_bad_comparison(cmp, psprintf("has a column of an array, \"%s\"", columns[i]));
	}
}

/* read_table_names reads what columns are called in one table; null: it has no such column. */
static void
read_table_names(JsonbValue *v, LinkColumns *in, int n)
{
	JsonbContainer *names = clt_link_json_array(v);
	int			i;

	memset(in, 0, sizeof(*in));
	if (v && v->type == jbvNull)
		return;
	if (!names || (int) JsonContainerSize(names) != n)
		clt_link_bad_settings("The columns of one table are not as many as those of another.");
	for (i = 0; i < n; i++)
	{
		JsonbValue *name = getIthJsonbValueFromContainer(names, i);

		in->name[i] = clt_link_json_string(name);
		if (!in->name[i] && name->type != jbvNull)
			clt_link_bad_settings("A column's name is not a string.");
	}
}

/* read_names reads what the columns of a comparison are called in each of several tables. */
static void
read_names(LinkJob *job, JsonbContainer * object, LinkColumns *in, int n)
{
	JsonbValue *right = clt_link_json_member(object, "right_columns");
	JsonbValue *all = clt_link_json_member(object, "columns_of");
	int			s;

	if (right && (all || job->nsources != 2))
		clt_link_bad_settings("right_columns is for models of two tables; of more, columns_of has a list for each.");
	if (right)
		read_table_names(right, &in[1], n);
	if (!all)
		return;
	if (!clt_link_json_array(all) || (int) JsonContainerSize(clt_link_json_array(all)) != job->nsources)
		clt_link_bad_settings("columns_of does not have one list of columns for each table.");
	for (s = 0; s < job->nsources; s++)
		read_table_names(getIthJsonbValueFromContainer(clt_link_json_array(all), s), &in[s], n);
}

/* read_kind reads what a comparison takes its columns for. */
static CltKind
read_kind(JsonbContainer * object)
{
	char	   *name = clt_link_string_member(object, "kind", "a comparison");
	int			kind = -1;

	if (name && strcmp(name, "sql") == 0)
		kind = CLT_KIND_LEVELS;
	else if (name)
		kind = clt_kind_by_name(name, strlen(name));
	if (kind < 0 || kind == CLT_KIND_VERBATIM)
		clt_link_bad_settings(psprintf("There is no kind of comparison \"%s\".", name ? name : ""));
	return (CltKind) kind;
}

/* read_columns reads the columns that a comparison looks at, and returns how many there are. */
static int
read_columns(JsonbContainer * object, char **columns)
{
	JsonbContainer *array = clt_link_json_array(clt_link_json_member(object, "columns"));
	int			n = array ? (int) JsonContainerSize(array) : 0;
	int			i;
	int			j;

	if (n < 1 || n > CLT_ADDRESS_PARTS)
		clt_link_bad_settings(psprintf("A comparison has no list of one to %d columns.", CLT_ADDRESS_PARTS));
	for (i = 0; i < n; i++)
	{
		columns[i] = clt_link_json_string(getIthJsonbValueFromContainer(array, i));
		if (!columns[i])
			clt_link_bad_settings("A column's name is not a string.");
		for (j = 0; j < i; j++)
			if (strcmp(columns[i], columns[j]) == 0)
				clt_link_bad_settings(psprintf("A comparison has column \"%s\" twice.", columns[i]));
	}
	return n;
}

/* check_name refuses the name of a comparison that there is already. */
static void
check_name(const LinkJob *job, const char *name)
{
	int			i;

	for (i = 0; i < job->ncomparisons; i++)
		if (strcmp(job->comparison[i].name, name) == 0)
			clt_link_bad_settings(psprintf("There are two comparisons \"%s\".", name));
}

/* check_members refuses what only comparisons of other kinds may have. */
static void
check_members(const LinkComparison *cmp, JsonbContainer * object)
{
	if ((clt_link_json_member(object, "levels") || clt_link_json_member(object, "missing")) && cmp->kind != CLT_KIND_LEVELS)
		clt_link_bad_comparison(cmp, "has levels of its own, which only kind \"levels\" may have");
	if (clt_link_json_member(object, "parts") && cmp->kind != CLT_KIND_ADDRESS)
		clt_link_bad_comparison(cmp, "has parts, which only kind \"address\" may have");
}

/* add_fields adds what a comparison reads of its n columns; in says what they are called in each table. */
static void
add_fields(LinkJob *job, LinkComparison *cmp, JsonbContainer * object, char **columns, LinkColumns *in, int n)
{
	bool		several;
	int			i;

	if (!columns_fit(cmp, n, &several))
		clt_link_bad_comparison(cmp, "has the wrong number of columns");
	if (cmp->kind == CLT_KIND_ADDRESS)
		add_address(job, cmp, clt_link_json_array(clt_link_json_member(object, "parts")), columns, in, n);
	else if (cmp->kind == CLT_KIND_LEVELS)
	{
		for (i = 0; i < n; i++)
			cmp->field[cmp->nfields++] = clt_link_add_field(job, CLT_KIND_VERBATIM, &columns[i], column_in(job, in, i), 1, false);
		clt_link_read_levels(cmp, object, columns, n);
	}
	else
	{
		cmp->nfields = 1;
		cmp->field[0] = clt_link_add_field(job, cmp->kind, columns, in, n, several);
	}
}

/* read_placeholders reads what stands in the columns where nothing is known. */
static void
read_placeholders(LinkJob *job, LinkComparison *cmp, JsonbContainer * object)
{
	JsonbContainer *placeholders = clt_link_json_array(clt_link_json_member(object, "placeholders"));
	int			i;

	if (clt_link_json_member(object, "placeholders") && !placeholders)
		clt_link_bad_comparison(cmp, "has placeholders that are not a list");
	for (i = 0; i < cmp->nfields; i++)
		add_placeholders(&job->field[cmp->field[i]], placeholders);
}

/* read_scheme reads which check digits an identifier has. */
static void
read_scheme(LinkJob *job, LinkComparison *cmp, JsonbContainer * object)
{
	char	   *scheme = clt_link_string_member(object, "scheme", "a comparison");
	LinkField  *field = &job->field[cmp->field[0]];

	if (!scheme)
		return;
	if (field->element)
		field = field->element;
	field->scheme = clt_scheme_by_name(scheme, strlen(scheme));
	if (cmp->kind != CLT_KIND_IDENTIFIER || field->scheme == 0)
		clt_link_bad_comparison(cmp, psprintf("has \"scheme\" \"%s\", which %s", scheme,
											  field->scheme ? "only kind \"identifier\" may have" : "is not known"));
}

/* read_scope reads whose values are: a person's own, or those of all who live together. */
static void
read_scope(LinkComparison *cmp, JsonbContainer * object)
{
	char	   *scope = clt_link_string_member(object, "scope", "a comparison");

	cmp->scope = -1;
	if (!scope)
		return;
	if (strcmp(scope, "personal") == 0)
		cmp->scope = CLT_FS_PERSONAL;
	else if (strcmp(scope, "shared") == 0)
		cmp->scope = CLT_FS_SHARED;
	else
		clt_link_bad_comparison(cmp, "has a \"scope\" that is neither \"personal\" nor \"shared\"");
}

/* add_comparison adds the comparison that an object of the settings describes. */
static void
add_comparison(LinkJob *job, JsonbContainer * object)
{
	static const char *const known[] = {"name", "kind", "columns", "right_columns", "columns_of", "parts", "why", "levels", "missing", "m", "u", "fixed",
	"weights", "veto", "term_frequency", "scheme", "placeholders", "scope", NULL};
	LinkComparison *cmp;
	char	   *columns[CLT_ADDRESS_PARTS];
	LinkColumns *in;
	int			n;

	clt_link_check_keys(object, known, "a comparison");
	if (job->ncomparisons >= CLT_FS_MAX_COMPARISONS)
		clt_link_bad_settings(psprintf("There are more than %d comparisons.", CLT_FS_MAX_COMPARISONS));
	cmp = &job->comparison[job->ncomparisons];
	cmp->name = clt_link_string_member(object, "name", "a comparison");
	cmp->why = clt_link_string_member(object, "why", "a comparison");
	cmp->kind = read_kind(object);
	n = read_columns(object, columns);
	in = clt_link_columns_in(job, columns, n);
	read_names(job, object, in, n);
	if (!cmp->name)
		cmp->name = columns[0];
	check_name(job, cmp->name);
	check_members(cmp, object);
	add_fields(job, cmp, object, columns, in, n);
	read_placeholders(job, cmp, object);
	read_scheme(job, cmp, object);
	read_scope(cmp, object);
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

/* limit_persons reads what records a person may have. */
static void
limit_persons(LinkJob *job, JsonbContainer * settings)
{
	char	   *column = clt_link_string_member(settings, "one_per", "the settings");
	double		largest = 0;

	job->one_to_one = clt_link_bool_member(settings, "one_to_one", "the settings") == 1;
	if (job->one_to_one && job->nsources == 1)
		clt_link_bad_settings("one_to_one needs two tables or more.");
	if (column && job->one_to_one)
		clt_link_bad_settings("A person has one record of each table or one_per value of a column, not both.");
	if (column)
		job->one_per = clt_link_add_field(job, CLT_KIND_VERBATIM, &column, clt_link_columns_in(job, &column, 1), 1, false) + 1;
	if (clt_link_number_member(settings, "largest_person", 1, PG_INT32_MAX, "the settings", &largest) && largest != floor(largest))
		clt_link_bad_settings("largest_person is not a whole number.");
	job->largest_person = (uint32) largest;
}

/* clt_link_settings_apply sets the job up from settings. */
void
clt_link_settings_apply(LinkJob *job, Jsonb *settings)
{
	static const char *const known[] = {"key", "comparisons", "blocking", "left_out", "threshold", "prior", "household",
	"placeholders", "not_imported", "one_to_one", "one_per", "largest_person", "learn_from", "suggested_for", NULL};
	MemoryContext old = MemoryContextSwitchTo(job->context);
	JsonbContainer *array;
	JsonbContainer *placeholders;
	int			i;

	if (!JB_ROOT_IS_OBJECT(settings))
		clt_link_bad_settings("The settings are not an object.");
	clt_link_check_keys(&settings->root, known, "the settings");
	array = clt_link_json_array(clt_link_json_member(&settings->root, "comparisons"));
	if (!array || JsonContainerSize(array) == 0)
		clt_link_bad_settings("There is no list of comparisons.");
	for (i = 0; i < (int) JsonContainerSize(array); i++)
	{
		JsonbContainer *object = clt_link_json_object(getIthJsonbValueFromContainer(array, i));

		if (!object)
			clt_link_bad_settings("A comparison is not an object.");
		add_comparison(job, object);
	}
	placeholders = clt_link_json_array(clt_link_json_member(&settings->root, "placeholders"));
	if (clt_link_json_member(&settings->root, "placeholders") && !placeholders)
		clt_link_bad_settings("The placeholders are not a list.");
	for (i = 0; i < job->nfields; i++)
		add_placeholders(&job->field[i], placeholders);
	array = clt_link_json_array(clt_link_json_member(&settings->root, "blocking"));
	if (clt_link_json_member(&settings->root, "blocking") && !array)
		clt_link_bad_settings("The blocking rules are not a list.");
	clt_link_blocking_columns(job, array);
	if (clt_link_number_member(&settings->root, "threshold", 0, 1, "the settings", &job->threshold) &&
		(job->threshold == 0 || job->threshold == 1))
		clt_link_bad_settings("The threshold is not between 0 and 1.");
	if (clt_link_number_member(&settings->root, "prior", 0, 1, "the settings", &job->prior) && (job->prior == 0 || job->prior == 1))
		clt_link_bad_settings("The prior is not between 0 and 1.");
	job->learn_from = LINK_LEARN_FROM;
	(void) clt_link_number_member(&settings->root, "learn_from", 0, 1e15, "the settings", &job->learn_from);
	job->no_household = clt_link_bool_member(&settings->root, "household", "the settings") == 0;
	limit_persons(job, &settings->root);
	MemoryContextSwitchTo(old);
}
