/*
 * rule_settings.c
 *		Blocking rules of a model: from JSON into the job and back.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/json.h"

#include "linkage/engine.h"
#include "linkage/json.h"

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

/* folded_field finds the field of a column, or of the elements of an array, that is folded for keys alone; -1 if there is none. */
static int
folded_field(LinkJob *job, const char *column)
{
	int			i;

	for (i = 0; i < job->nfields; i++)
		if (job->field[i].kind == CLT_KIND_CATEGORY && job->field[i].ncolumns == 1 && strcmp(job->field[i].column[0], column) == 0)
			return i;
	return -1;
}

/* is_folded tells whether a key's column is to be folded. */
static bool
is_folded(JsonbContainer * key)
{
	return clt_link_bool_member(key, "folded", "a key of a blocking rule") == 1;
}

/* rule_keys returns the keys of a blocking rule. */
static JsonbContainer *
rule_keys(JsonbContainer * rule)
{
	static const char *const known[] = {"keys", "why", NULL};
	JsonbContainer *keys = rule ? clt_link_json_array(clt_link_json_member(rule, "keys")) : NULL;

	if (!keys || JsonContainerSize(keys) < 1 || JsonContainerSize(keys) > LINK_RULE_ATOMS)
		clt_link_bad_settings(psprintf("A blocking rule has no list of one to %d keys.", LINK_RULE_ATOMS));
	clt_link_check_keys(rule, known, "a blocking rule");
	return keys;
}

/* clt_link_blocking_columns adds the columns that blocking uses and no comparison does. */
void
clt_link_blocking_columns(LinkJob *job, JsonbContainer * array)
{
	int			i;
	int			j;

	for (i = 0; array && i < (int) JsonContainerSize(array); i++)
	{
		JsonbContainer *keys = rule_keys(clt_link_json_object(getIthJsonbValueFromContainer(array, i)));

		for (j = 0; j < (int) JsonContainerSize(keys); j++)
		{
			JsonbContainer *key = clt_link_json_object(getIthJsonbValueFromContainer(keys, j));
			char	   *column = key ? clt_link_string_member(key, "column", "a key of a blocking rule") : NULL;
			char	   *with = key ? clt_link_string_member(key, "with", "a key of a blocking rule") : NULL;

			if (column && is_folded(key))
			{
				if (folded_field(job, column) < 0)
					clt_link_add_field(job, CLT_KIND_CATEGORY, &column, clt_link_columns_in(job, &column, 1), 1, false);
				if (with && folded_field(job, with) < 0)
					clt_link_add_field(job, CLT_KIND_CATEGORY, &with, clt_link_columns_in(job, &with, 1), 1, false);
				continue;
			}
			if (column && field_of_column(job, column) < 0)
				clt_link_add_field(job, CLT_KIND_VERBATIM, &column, clt_link_columns_in(job, &column, 1), 1, false);
			if (with && field_of_column(job, with) < 0)
				clt_link_add_field(job, CLT_KIND_VERBATIM, &with, clt_link_columns_in(job, &with, 1), 1, false);
		}
	}
}

/* read_atom reads one key of a blocking rule. */
static void
read_atom(LinkJob *job, JsonbContainer * object, LinkAtom *atom)
{
	static const char *const known[] = {"column", "with", "form", "folded", NULL};
	char	   *column;
	char	   *with;
	char	   *form;
	CltKind		kind;
	int			k;

	if (!object)
		clt_link_bad_settings("A key of a blocking rule is not an object.");
	clt_link_check_keys(object, known, "a key of a blocking rule");
	column = clt_link_string_member(object, "column", "a key of a blocking rule");
	with = clt_link_string_member(object, "with", "a key of a blocking rule");
	form = clt_link_string_member(object, "form", "a key of a blocking rule");
	if (!column)
		clt_link_bad_settings("A key of a blocking rule names no column.");
	atom->field = is_folded(object) ? folded_field(job, column) : field_of_column(job, column);
	atom->second = !with ? -1 : is_folded(object) ? folded_field(job, with) : field_of_column(job, with);
	if (atom->field < 0 || (with && atom->second < 0))
		clt_link_bad_settings(psprintf("A blocking rule uses column \"%s\", which no comparison does.", atom->field < 0 ? column : with));
	k = form ? clt_link_transform_by_name(form) : LINK_VALUE;
	if (k < 0)
		clt_link_bad_settings(psprintf("There is no form \"%s\" of a key.", form));
	atom->transform = (LinkTransform) k;
	kind = job->field[atom->field].kind;
	if (atom->transform == LINK_EITHER_ORDER && atom->second < 0)
		clt_link_bad_settings("The form either_order needs a second column, \"with\".");
	if (with && atom->transform != LINK_EITHER_ORDER && atom->transform != LINK_LINE)
		clt_link_bad_settings("Only the forms either_order and line have a second column, \"with\".");
	if ((atom->transform == LINK_CELL) != (kind == CLT_KIND_LOCATION))
		clt_link_bad_settings("The form cell is for places, and places have no other.");
	if ((atom->transform == LINK_YEAR || atom->transform == LINK_MONTH_DAY || atom->transform == LINK_YEAR_MONTH) &&
		kind != CLT_KIND_DATE && kind != CLT_KIND_VERBATIM)
		clt_link_bad_settings(psprintf("The form %s is for dates.", form));
	if (job->field[atom->field].element && (atom->transform == LINK_EITHER_ORDER || atom->transform == LINK_LINE || atom->transform == LINK_WORDS))
		clt_link_bad_settings(psprintf("The form %s is not for columns with several values.", form));
}

/* clt_link_rules_apply takes the blocking rules of settings, if there are any. */
void
clt_link_rules_apply(LinkJob *job, Jsonb *settings)
{
	MemoryContext old = MemoryContextSwitchTo(job->context);
	JsonbContainer *array = clt_link_json_array(clt_link_json_member(&settings->root, "blocking"));
	int			i;
	int			j;

	for (i = 0; array && i < (int) JsonContainerSize(array); i++)
	{
		JsonbContainer *object = clt_link_json_object(getIthJsonbValueFromContainer(array, i));
		JsonbContainer *keys = rule_keys(object);
		LinkRule   *rule = &job->rule[job->nrules];
		int			several = 0;

		if (job->nrules >= LINK_MAX_RULES)
			clt_link_bad_settings(psprintf("There are more than %d blocking rules.", LINK_MAX_RULES));
		memset(rule, 0, sizeof(*rule));
		rule->split_of = -1;
		rule->why = clt_link_string_member(object, "why", "a blocking rule");
		for (j = 0; j < (int) JsonContainerSize(keys); j++)
		{
			LinkAtom   *atom = &rule->atom[rule->natoms++];

			read_atom(job, clt_link_json_object(getIthJsonbValueFromContainer(keys, j)), atom);
			several += job->field[atom->field].element != NULL || atom->transform == LINK_WORDS || atom->transform == LINK_CELL;
		}
		if (several > 1)
			clt_link_bad_settings("A blocking rule has two keys of which a record may have several.");
		clt_link_rule_name(job, rule);
		job->nrules++;
	}
	job->rules_given = job->nrules > 0;
	MemoryContextSwitchTo(old);
}

/* only_for_keys tells whether a folded field is there for blocking rules alone. */
static bool
only_for_keys(const LinkJob *job, int field)
{
	int			i;
	int			f;

	for (i = 0; i < job->ncomparisons; i++)
		for (f = 0; f < job->comparison[i].nfields; f++)
			if (job->comparison[i].field[f] == field)
				return false;
	return job->field[field].kind == CLT_KIND_CATEGORY;
}

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
			if (field_of_column(job, job->field[rule->atom[j].field].column[0]) != rule->atom[j].field ||
				only_for_keys(job, rule->atom[j].field))
				appendStringInfoString(&out, ", \"folded\": true");
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
