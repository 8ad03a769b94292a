/*
 * parameters.c
 *		What training found: from the job into JSON and back.
 *
 * Stored parameters are checked here, once: somebody may have written them by hand.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/json.h"

#include "linkage/engine.h"
#include "linkage/json.h"

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
	appendStringInfo(&out, "{\"prior\": %s, \"household\": %s, \"twins\": %s, \"namesakes\": %s, \"recall\": %s, \"matches\": %s, \"records\": %u, \"iterations\": %d, \"comparisons\": [",
					 float_text(job->fs.prior), float_text(job->fs.household), float_text(job->fs.twins), float_text(job->fs.namesakes), float_text(job->fs.recall),
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
	JsonbContainer *array = clt_link_json_array(clt_link_json_member(object, name));
	int			g;

	if (!array || (int) JsonContainerSize(array) != nlevels)
		bad_parameters(psprintf("They have no list \"%s\" of %d levels.", name, nlevels));
	for (g = 1; g <= nlevels; g++)
		if (!clt_link_json_number(getIthJsonbValueFromContainer(array, g - 1), &p[g]) || !(p[g] >= least && p[g] <= most))
			bad_parameters(psprintf("A level of \"%s\" is not a number from %g to %g.", name, least, most));
}

/* read_number reads a number that must be there. */
static void
read_number(Jsonb *parameters, const char *name, double least, double most, double *out)
{
	if (!clt_link_json_number(clt_link_json_member(&parameters->root, name), out) || !(*out >= least && *out <= most))
		bad_parameters(psprintf("\"%s\" is not a number from %g to %g.", name, least, most));
}

/* clt_link_parameters_apply takes trained parameters; comparisons must be set up already. */
void
clt_link_parameters_apply(LinkJob *job, Jsonb *parameters)
{
	JsonbContainer *array = clt_link_json_array(clt_link_json_member(&parameters->root, "comparisons"));
	int			i;

	if (!array || (int) JsonContainerSize(array) != job->ncomparisons)
		bad_parameters("They are of another model: the comparisons are not so many.");
	read_number(parameters, "prior", 0, 1, &job->fs.prior);
	read_number(parameters, "household", 0, 1, &job->fs.household);
	read_number(parameters, "twins", 0, 1, &job->fs.twins);
	read_number(parameters, "namesakes", 0, 1, &job->fs.namesakes);
	job->fs.relatives = job->fs.twins > 0;
	read_number(parameters, "recall", 0, 1, &job->fs.recall);
	read_number(parameters, "matches", 0, 1e30, &job->fs.matches);
	for (i = 0; i < job->ncomparisons; i++)
	{
		JsonbContainer *object = clt_link_json_object(getIthJsonbValueFromContainer(array, i));
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
