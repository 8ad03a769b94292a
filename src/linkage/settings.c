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

static bool
json_number(JsonbValue *value, double *out)
{
	if (!value || value->type != jbvNumeric)
		return false;
	*out = DatumGetFloat8(DirectFunctionCall1(numeric_float8, NumericGetDatum(value->val.numeric)));
	return true;
}

static JsonbContainer *
json_array(JsonbValue *value)
{
	if (!value || value->type != jbvBinary || !JsonContainerIsArray(value->val.binary.data))
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

/* ---- settings ---- */

static int
add_field(LinkJob *job, CltKind kind, char **columns, int ncolumns)
{
	LinkField  *field;
	int			i;

	for (i = 0; i < job->nfields; i++)
		if (job->field[i].kind == kind && strcmp(job->field[i].column[0], columns[0]) == 0)
			return i;
	if (job->nfields >= LINK_MAX_FIELDS)
		bad_settings("There are too many columns.");
	field = &job->field[job->nfields];
	field->kind = kind;
	field->ncolumns = ncolumns;
	for (i = 0; i < ncolumns; i++)
	{
		AttrNumber	att = get_attnum(job->source, columns[i]);

		if (att <= 0)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("column \"%s\" of table \"%s\" does not exist", columns[i], job->table)));
		field->column[i] = columns[i];
		field->type[i] = get_atttype(job->source, att);
	}
	return job->nfields++;
}

static void
add_comparison(LinkJob *job, JsonbContainer * object)
{
	LinkComparison *cmp;
	char	   *kind_name = clt_link_json_string(clt_link_json_member(object, "kind"));
	char	   *columns[CLT_ADDRESS_PARTS];
	JsonbContainer *array = json_array(clt_link_json_member(object, "columns"));
	JsonbContainer *parts = json_array(clt_link_json_member(object, "parts"));
	int			n = 0;
	int			kind = -1;
	int			i;

	if (job->ncomparisons >= CLT_FS_MAX_COMPARISONS)
		bad_settings(psprintf("There are more than %d comparisons.", CLT_FS_MAX_COMPARISONS));
	cmp = &job->comparison[job->ncomparisons];
	cmp->name = clt_link_json_string(clt_link_json_member(object, "name"));
	cmp->why = clt_link_json_string(clt_link_json_member(object, "why"));
	if (!kind_name || (kind = clt_kind_by_name(kind_name, strlen(kind_name))) < 0)
		bad_settings(psprintf("There is no kind of comparison \"%s\".", kind_name ? kind_name : ""));
	cmp->kind = (CltKind) kind;
	if (!array || (n = JsonContainerSize(array)) < 1 || n > CLT_ADDRESS_PARTS)
		bad_settings("A comparison has no list of columns.");
	for (i = 0; i < n; i++)
	{
		columns[i] = clt_link_json_string(getIthJsonbValueFromContainer(array, i));
		if (!columns[i])
			bad_settings("A column's name is not a string.");
	}
	if (!cmp->name)
		cmp->name = columns[0];
	if (cmp->kind != CLT_KIND_ADDRESS)
	{
		if (n != 1 && !(n == 3 && cmp->kind == CLT_KIND_DATE))
			bad_settings(psprintf("Comparison \"%s\" has the wrong number of columns.", cmp->name));
		cmp->nfields = 1;
		cmp->field[0] = add_field(job, cmp->kind, columns, n);
		job->ncomparisons++;
		return;
	}
	if (!parts || (int) JsonContainerSize(parts) != n)
		bad_settings(psprintf("Comparison \"%s\" does not say what part of the address each column is.", cmp->name));
	for (i = 0; i < n; i++)
	{
		char	   *part = clt_link_json_string(getIthJsonbValueFromContainer(parts, i));
		int			p;

		for (p = 0; p < CLT_ADDRESS_PARTS; p++)
			if (part && strcmp(part, part_name[p]) == 0)
				break;
		if (p == CLT_ADDRESS_PARTS)
			bad_settings(psprintf("There is no part \"%s\" of an address.", part ? part : ""));
		cmp->part[cmp->nfields] = p;
		cmp->field[cmp->nfields++] = add_field(job, part_kind[p], &columns[i], 1);
	}
	job->ncomparisons++;
}

/* clt_link_settings_apply sets the job up from settings. */
void
clt_link_settings_apply(LinkJob *job, Jsonb *settings)
{
	MemoryContext old = MemoryContextSwitchTo(job->context);
	JsonbContainer *array;
	double		number;
	int			i;

	if (!JB_ROOT_IS_OBJECT(settings))
		bad_settings("The settings are not an object.");
	array = json_array(clt_link_json_member(&settings->root, "comparisons"));
	if (!array || JsonContainerSize(array) == 0)
		bad_settings("There is no list of comparisons.");
	for (i = 0; i < (int) JsonContainerSize(array); i++)
	{
		JsonbValue *v = getIthJsonbValueFromContainer(array, i);

		if (v->type != jbvBinary || !JsonContainerIsObject(v->val.binary.data))
			bad_settings("A comparison is not an object.");
		add_comparison(job, v->val.binary.data);
	}
	if (json_number(clt_link_json_member(&settings->root, "threshold"), &number))
	{
		if (!(number > 0 && number < 1))
			bad_settings("The threshold is not between 0 and 1.");
		job->threshold = number;
	}
	MemoryContextSwitchTo(old);
}

/* clt_link_rules_apply takes the blocking rules of settings, if there are any. */
void
clt_link_rules_apply(LinkJob *job, Jsonb *settings)
{
	MemoryContext old = MemoryContextSwitchTo(job->context);
	JsonbContainer *array = json_array(clt_link_json_member(&settings->root, "blocking"));
	int			i;
	int			j;
	int			k;

	if (!array)
		return;
	for (i = 0; i < (int) JsonContainerSize(array) && job->nrules < LINK_MAX_RULES; i++)
	{
		JsonbValue *v = getIthJsonbValueFromContainer(array, i);
		JsonbContainer *keys = v->type == jbvBinary ? json_array(clt_link_json_member(v->val.binary.data, "keys")) : NULL;
		LinkRule   *rule = &job->rule[job->nrules];

		if (!keys || JsonContainerSize(keys) < 1 || JsonContainerSize(keys) > LINK_RULE_ATOMS)
			bad_settings(psprintf("A blocking rule has no list of one to %d keys.", LINK_RULE_ATOMS));
		memset(rule, 0, sizeof(*rule));
		rule->split_of = -1;
		rule->why = clt_link_json_string(clt_link_json_member(v->val.binary.data, "why"));
		for (j = 0; j < (int) JsonContainerSize(keys); j++)
		{
			JsonbValue *kv = getIthJsonbValueFromContainer(keys, j);
			char	   *column;
			char	   *with;
			char	   *form;
			LinkAtom   *atom = &rule->atom[rule->natoms++];

			if (kv->type != jbvBinary)
				bad_settings("A key of a blocking rule is not an object.");
			column = clt_link_json_string(clt_link_json_member(kv->val.binary.data, "column"));
			with = clt_link_json_string(clt_link_json_member(kv->val.binary.data, "with"));
			form = clt_link_json_string(clt_link_json_member(kv->val.binary.data, "form"));
			atom->field = atom->second = -1;
			for (k = 0; k < job->nfields; k++)
			{
				if (column && strcmp(job->field[k].column[0], column) == 0)
					atom->field = k;
				if (with && strcmp(job->field[k].column[0], with) == 0)
					atom->second = k;
			}
			if (atom->field < 0)
				bad_settings(psprintf("A blocking rule uses column \"%s\", which no comparison does.", column ? column : ""));
			k = form ? clt_link_transform_by_name(form) : LINK_VALUE;
			if (k < 0)
				bad_settings(psprintf("There is no form \"%s\" of a key.", form));
			atom->transform = (LinkTransform) k;
			if (atom->transform == LINK_EITHER_ORDER && atom->second < 0)
				bad_settings("The form either_order needs a second column, \"with\".");
		}
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
	ListCell   *lc;
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
	appendStringInfoString(&out, "], \"warnings\": [");
	i = 0;
	foreach(lc, job->warnings)
	{
		appendStringInfoString(&out, i++ ? ", " : "");
		escape_json(&out, (char *) lfirst(lc));
	}
	appendStringInfoString(&out, "]}");
	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(out.data)));
}

static void
read_levels(JsonbContainer * object, const char *name, double *p, int nlevels)
{
	JsonbContainer *array = json_array(clt_link_json_member(object, name));
	int			g;

	if (!array || (int) JsonContainerSize(array) != nlevels)
		bad_settings(psprintf("The parameters have no list \"%s\" of %d levels.", name, nlevels));
	for (g = 1; g <= nlevels; g++)
		if (!json_number(getIthJsonbValueFromContainer(array, g - 1), &p[g]))
			bad_settings(psprintf("A level of \"%s\" is not a number.", name));
}

/* clt_link_parameters_apply takes trained parameters; comparisons must be set up already. */
void
clt_link_parameters_apply(LinkJob *job, Jsonb *parameters)
{
	JsonbContainer *array = json_array(clt_link_json_member(&parameters->root, "comparisons"));
	int			i;

	if (!array || (int) JsonContainerSize(array) != job->ncomparisons)
		bad_settings("The parameters are of another model.");
	json_number(clt_link_json_member(&parameters->root, "prior"), &job->fs.prior);
	json_number(clt_link_json_member(&parameters->root, "household"), &job->fs.household);
	json_number(clt_link_json_member(&parameters->root, "recall"), &job->fs.recall);
	json_number(clt_link_json_member(&parameters->root, "matches"), &job->fs.matches);
	for (i = 0; i < job->ncomparisons; i++)
	{
		JsonbValue *v = getIthJsonbValueFromContainer(array, i);
		CltFsComparison *c = &job->fs.c[i];

		if (v->type != jbvBinary)
			bad_settings("The parameters of a comparison are not an object.");
		read_levels(v->val.binary.data, "m", c->m, c->nlevels);
		read_levels(v->val.binary.data, "u", c->u, c->nlevels);
		read_levels(v->val.binary.data, "h", c->h, c->nlevels);
		read_levels(v->val.binary.data, "observed", c->observed, c->nlevels);
	}
	job->trained = true;
}
