/*
 * linkage.c
 *		The SQL face of the linkage engine.
 *
 * Everything runs as the caller, in the caller's transaction, and reads the
 * source through an ordinary query, so privileges and row security hold.  The
 * registry of models is a table with row security; what it holds is settings
 * and parameters, never the caller's data.
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/sortsupport.h"
#include "utils/timestamp.h"

#include "core/clientele.h"
#include "linkage/engine.h"
#include "linkage/normalize.h"

#define DEFAULT_THRESHOLD 0.5

/* ---- the registry ---- */

typedef struct StoredModel
{
	Oid			source;
	Jsonb	   *settings;
	Jsonb	   *parameters;		/* NULL: not trained */
	int64		next_person;
} StoredModel;

/* run_with runs a statement with arguments; NULL Datums are given by nulls[i] = 'n'. */
static void
run_with(const char *sql, int nargs, Oid *types, Datum *values, const char *nulls, int expect)
{
	int			rc = SPI_execute_with_args(sql, nargs, types, values, nulls, false, 0);

	if (rc != expect)
		elog(ERROR, "statement failed with %s: %s", SPI_result_code_string(rc), sql);
}

/* find_model reads a model of the caller; false if there is none. */
static bool
find_model(const char *name, StoredModel *model, MemoryContext context)
{
	Oid			types[1] = {TEXTOID};
	Datum		values[1] = {CStringGetTextDatum(name)};
	HeapTuple	tuple;
	TupleDesc	desc;
	bool		isnull;
	Datum		d;
	MemoryContext old;

	memset(model, 0, sizeof(*model));
	run_with("SELECT source, settings, parameters, next_person FROM clientele.linkage_model "
			 "WHERE owner = current_user AND name = $1",
			 1, types, values, NULL, SPI_OK_SELECT);
	if (SPI_processed == 0)
		return false;
	tuple = SPI_tuptable->vals[0];
	desc = SPI_tuptable->tupdesc;
	model->source = DatumGetObjectId(SPI_getbinval(tuple, desc, 1, &isnull));
	old = MemoryContextSwitchTo(context);
	d = SPI_getbinval(tuple, desc, 2, &isnull);
	model->settings = (Jsonb *) PG_DETOAST_DATUM_COPY(d);
	d = SPI_getbinval(tuple, desc, 3, &isnull);
	model->parameters = isnull ? NULL : (Jsonb *) PG_DETOAST_DATUM_COPY(d);
	model->next_person = DatumGetInt64(SPI_getbinval(tuple, desc, 4, &isnull));
	MemoryContextSwitchTo(old);
	SPI_freetuptable(SPI_tuptable);
	return true;
}

static void
need_model(const char *name, StoredModel *model, MemoryContext context)
{
	if (!find_model(name, model, context))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("linkage model \"%s\" does not exist", name),
				 errhint("Models are made by clientele.dedupe() and clientele.create_model().")));
	if (get_rel_name(model->source) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("the table of linkage model \"%s\" does not exist any more", name)));
}

static void
store_model(const char *name, Oid source, Jsonb *settings, Jsonb *parameters, int64 next_person)
{
	Oid			types[5] = {TEXTOID, REGCLASSOID, JSONBOID, JSONBOID, INT8OID};
	Datum		values[5];
	char		nulls[6] = "     ";

	values[0] = CStringGetTextDatum(name);
	values[1] = ObjectIdGetDatum(source);
	values[2] = JsonbPGetDatum(settings);
	values[3] = parameters ? JsonbPGetDatum(parameters) : (Datum) 0;
	values[4] = Int64GetDatum(next_person);
	if (!parameters)
		nulls[3] = 'n';
	run_with("INSERT INTO clientele.linkage_model AS m (owner, name, source, settings, parameters, next_person) "
			 "VALUES (current_user, $1, $2, $3, $4, $5) "
			 "ON CONFLICT (owner, name) DO UPDATE SET source = excluded.source, settings = excluded.settings, "
			 "parameters = excluded.parameters, next_person = excluded.next_person, changed_at = now()",
			 5, types, values, nulls, SPI_OK_INSERT);
}

/* model_argument returns the first argument; procedures are called with NULL as well. */
static char *
model_argument(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"model\" must not be null")));
	return text_to_cstring(PG_GETARG_TEXT_PP(0));
}

/* ---- the stages of a job ---- */

/* with_threshold returns settings with the threshold in them. */
static Jsonb *
with_threshold(Jsonb *settings, double threshold)
{
	char	   *text = psprintf("{\"threshold\": %s}",
								DatumGetCString(DirectFunctionCall1(float8out, Float8GetDatum(threshold))));
	Jsonb	   *more = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(text)));

	return DatumGetJsonbP(DirectFunctionCall2(jsonb_concat, JsonbPGetDatum(settings), JsonbPGetDatum(more)));
}

/* load_records reads, encodes and prepares; settings decide what. */
static void
load_records(LinkJob *job, Jsonb *settings)
{
	job->threshold = DEFAULT_THRESHOLD;
	clt_link_settings_apply(job, settings);
	clt_link_read(job, 0);
	clt_link_prepare(job);

	/*
	 * a small table may be searched thoroughly, a large one has to be done in
	 * time
	 */
	job->pair_budget = Max(4.0e6, 6.0 * job->n);
	clt_link_rules_apply(job, settings);
	if (!job->rules_given)
		clt_link_rules_choose(job);
}

static void
run_pairs(LinkJob *job)
{
	clt_link_rules_build(job);
	clt_link_pairs(job);
}

static void
check_source(Oid source, const char *name, Oid known)
{
	if (known != source)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("linkage model \"%s\" is for another table, \"%s\"", name,
						get_rel_name(known) ? get_rel_name(known) : "(dropped)"),
				 errhint("Give this one another name, as in CALL clientele.dedupe('%s', model => 'another').",
						 get_rel_name(source))));
}

CLT_FUNCTION_INFO_V1(clt_linkage_dedupe);
/* clt_linkage_dedupe does the whole job: propose, train, score, cluster, write. */
Datum
clt_linkage_dedupe(PG_FUNCTION_ARGS)
{
	Oid			source;
	char	   *name = PG_ARGISNULL(1) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(1));
	LinkJob    *job;
	StoredModel stored;
	Jsonb	   *settings;
	bool		known;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"source\" must not be null")));
	source = PG_GETARG_OID(0);
	if (!PG_ARGISNULL(2) && !(PG_GETARG_FLOAT8(2) > 0 && PG_GETARG_FLOAT8(2) < 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("threshold must be between 0 and 1, not %g", PG_GETARG_FLOAT8(2))));
	SPI_connect();
	job = clt_link_job_open(source, name);
	known = find_model(job->model, &stored, job->context);
	if (known)
		check_source(source, job->model, stored.source);
	settings = known ? stored.settings : clt_link_suggest(job);
	if (!PG_ARGISNULL(2))
		settings = with_threshold(settings, PG_GETARG_FLOAT8(2));
	load_records(job, settings);
	if (!job->rules_given)
		settings = clt_link_settings_with_rules(job, settings);
	run_pairs(job);
	clt_link_train(job);
	clt_link_cluster(job);
	if (!known)
		stored.next_person = 1;
	clt_link_write(job, &stored.next_person);
	store_model(job->model, source, settings, clt_link_parameters_make(job), stored.next_person);
	clt_link_job_close(job);
	SPI_finish();
	PG_RETURN_VOID();
}

CLT_FUNCTION_INFO_V1(clt_linkage_suggest_model);
/* clt_linkage_suggest_model returns the settings that dedupe would use. */
Datum
clt_linkage_suggest_model(PG_FUNCTION_ARGS)
{
	LinkJob    *job;
	Jsonb	   *settings;
	Jsonb	   *result;

	SPI_connect();
	job = clt_link_job_open(PG_GETARG_OID(0), NULL);
	settings = clt_link_suggest(job);
	load_records(job, settings);
	settings = clt_link_settings_with_rules(job, settings);
	result = SPI_palloc(VARSIZE(settings));
	memcpy(result, settings, VARSIZE(settings));
	clt_link_job_close(job);
	SPI_finish();
	PG_RETURN_JSONB_P(result);
}

CLT_FUNCTION_INFO_V1(clt_linkage_create_model);
/* clt_linkage_create_model stores settings under a name, the suggested ones if none are given. */
Datum
clt_linkage_create_model(PG_FUNCTION_ARGS)
{
	char	   *name = model_argument(fcinfo);
	Oid			source;
	LinkJob    *job;
	StoredModel stored;
	Jsonb	   *settings;

	if (PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"source\" must not be null")));
	source = PG_GETARG_OID(1);
	SPI_connect();
	job = clt_link_job_open(source, name);
	if (find_model(name, &stored, job->context))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("linkage model \"%s\" already exists", name)));
	settings = PG_ARGISNULL(2) ? clt_link_suggest(job) : PG_GETARG_JSONB_P(2);
	load_records(job, settings);
	settings = clt_link_settings_with_rules(job, settings);
	store_model(name, source, settings, NULL, 1);
	clt_link_job_close(job);
	SPI_finish();
	PG_RETURN_VOID();
}

CLT_FUNCTION_INFO_V1(clt_linkage_drop_model);
/* clt_linkage_drop_model forgets a model; its results are the caller's and stay. */
Datum
clt_linkage_drop_model(PG_FUNCTION_ARGS)
{
	Oid			types[1] = {TEXTOID};
	Datum		values[1] = {PG_GETARG_DATUM(0)};
	char	   *name = model_argument(fcinfo);

	SPI_connect();
	run_with("DELETE FROM clientele.linkage_model WHERE owner = current_user AND name = $1",
			 1, types, values, NULL, SPI_OK_DELETE);
	if (SPI_processed == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("linkage model \"%s\" does not exist", name)));
	SPI_finish();
	PG_RETURN_VOID();
}

/* open_model opens the job of a stored model with its records loaded. */
static LinkJob *
open_model(const char *name, StoredModel *stored)
{
	LinkJob    *job;

	need_model(name, stored, CurrentMemoryContext);
	job = clt_link_job_open(stored->source, name);
	load_records(job, stored->settings);
	return job;
}

CLT_FUNCTION_INFO_V1(clt_linkage_train);
/* clt_linkage_train estimates the parameters of a model and stores them. */
Datum
clt_linkage_train(PG_FUNCTION_ARGS)
{
	char	   *name = model_argument(fcinfo);
	StoredModel stored;
	LinkJob    *job;

	SPI_connect();
	job = open_model(name, &stored);
	run_pairs(job);
	clt_link_train(job);
	store_model(name, stored.source, stored.settings, clt_link_parameters_make(job), stored.next_person);
	clt_link_job_close(job);
	SPI_finish();
	PG_RETURN_VOID();
}

CLT_FUNCTION_INFO_V1(clt_linkage_resolve);
/* clt_linkage_resolve scores and clusters with the parameters of the last training, and writes. */
Datum
clt_linkage_resolve(PG_FUNCTION_ARGS)
{
	char	   *name = model_argument(fcinfo);
	StoredModel stored;
	LinkJob    *job;

	SPI_connect();
	job = open_model(name, &stored);
	if (stored.parameters)
		clt_link_parameters_apply(job, stored.parameters);
	run_pairs(job);
	clt_link_train(job);
	clt_link_cluster(job);
	clt_link_write(job, &stored.next_person);
	store_model(name, stored.source, stored.settings,
				stored.parameters ? stored.parameters : clt_link_parameters_make(job), stored.next_person);
	clt_link_job_close(job);
	SPI_finish();
	PG_RETURN_VOID();
}

/* ---- reports ---- */

/* text_or_null sets a text column of a row. */
static void
set_text(Datum *values, bool *nulls, int i, const char *s)
{
	nulls[i] = s == NULL;
	values[i] = s ? CStringGetTextDatum(s) : (Datum) 0;
}

CLT_FUNCTION_INFO_V1(clt_linkage_blocking_report);
/* clt_linkage_blocking_report counts what each blocking rule of a model costs. */
Datum
clt_linkage_blocking_report(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	char	   *name = model_argument(fcinfo);
	StoredModel stored;
	LinkJob    *job;
	int			r;

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	job = open_model(name, &stored);
	clt_link_rules_build(job);
	for (r = 0; r < job->nrules; r++)
	{
		LinkRule   *rule = &job->rule[r];
		Datum		values[8];
		bool		nulls[8] = {false};

		values[0] = Int32GetDatum(r + 1);
		set_text(values, nulls, 1, rule->name);
		values[2] = Int64GetDatum(rule->stats.rows);
		values[3] = Int64GetDatum(rule->stats.runs);
		values[4] = Int64GetDatum(rule->stats.pairs);
		values[5] = Int64GetDatum(rule->stats.largest);
		values[6] = Int64GetDatum(rule->skipped_rows);
		set_text(values, nulls, 7, rule->why);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	clt_link_job_close(job);
	SPI_finish();
	PG_RETURN_VOID();
}

/* set_up_model prepares comparisons without reading records. */
static LinkJob *
set_up_model(const char *name, StoredModel *stored)
{
	LinkJob    *job;

	need_model(name, stored, CurrentMemoryContext);
	job = clt_link_job_open(stored->source, name);
	job->threshold = DEFAULT_THRESHOLD;
	clt_link_settings_apply(job, stored->settings);
	if (!stored->parameters)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("linkage model \"%s\" is not trained", name),
				 errhint("CALL clientele.train('%s').", name)));
	return job;
}

CLT_FUNCTION_INFO_V1(clt_linkage_model_parameters);
/* clt_linkage_model_parameters shows m, u and weight of each level, and warnings. */
Datum
clt_linkage_model_parameters(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	char	   *name = model_argument(fcinfo);
	StoredModel stored;
	LinkJob    *job;
	int			i;
	int			g;

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	job = set_up_model(name, &stored);
	for (i = 0; i < job->ncomparisons; i++)
		job->fs.c[i].nlevels = clt_kind_info[job->comparison[i].kind].nlevels;
	clt_link_parameters_apply(job, stored.parameters);
	for (i = 0; i < job->ncomparisons; i++)
		for (g = 1; g <= job->fs.c[i].nlevels; g++)
		{
			const CltFsComparison *c = &job->fs.c[i];
			Datum		values[8];
			bool		nulls[8] = {false};

			set_text(values, nulls, 0, job->comparison[i].name);
			values[1] = Int32GetDatum(g);
			set_text(values, nulls, 2, clt_kind_info[job->comparison[i].kind].label[g]);
			values[3] = Float8GetDatum(c->m[g]);
			values[4] = Float8GetDatum(c->u[g]);
			values[5] = Float8GetDatum(log2(c->m[g] / c->u[g]));
			values[6] = Float8GetDatum(c->h[g]);
			values[7] = Float8GetDatum(c->observed[g]);
			tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
		}
	clt_link_job_close(job);
	SPI_finish();
	PG_RETURN_VOID();
}

/* find_record finds a record by its key given as any type; n if it is not there. */
static uint32
find_record(LinkJob *job, FunctionCallInfo fcinfo, int arg)
{
	Oid			type = get_fn_expr_argtype(fcinfo->flinfo, arg);
	char	   *text;
	uint32		i;
	Oid			out;
	bool varlena;

	if (type == UNKNOWNOID)
		text = PG_GETARG_CSTRING(arg);

	else
	{
		getTypeOutputInfo(type, &out, &varlena);
		text = OidOutputFunctionCall(out, PG_GETARG_DATUM(arg));
	}
	getTypeOutputInfo(job->key_type, &out, &varlena);
	for (i = 0; i < job->n; i++)
	{
		char	   *key = OidOutputFunctionCall(out, job->keys[i]);
		bool		same = strcmp(key, text) == 0;

		pfree(key);
		if (same)
			return i;
		if ((i & 1023) == 0)
			CHECK_FOR_INTERRUPTS();
	}
	ereport(ERROR,
			(errcode(ERRCODE_NO_DATA_FOUND),
			 errmsg("\"%s\" has no record with key %s", job->table, text)));
	return 0;
}

static const char *
value_text(LinkJob *job, int comparison, uint32 row)
{
	LinkComparison *cmp = &job->comparison[comparison];
	StringInfoData out;
	int			i;

	initStringInfo(&out);
	for (i = 0; i < cmp->nfields; i++)
	{
		CltColumn  *col = &job->field[cmp->field[i]].col;
		uint32		code = CLT_CODE(col, row);

		if (!code)
			continue;
		appendStringInfo(&out, "%s%.*s", out.len ? ", " : "", (int) col->values[code].len, col->values[code].s);
		if (col->kind == CLT_KIND_STREET && col->values[code].num > 0 && cmp->kind == CLT_KIND_ADDRESS)
			appendStringInfo(&out, " " INT64_FORMAT, col->values[code].num);
	}
	return out.len ? out.data : NULL;
}

CLT_FUNCTION_INFO_V1(clt_linkage_explain);
/* clt_linkage_explain shows what each comparison contributes to the weight of a pair. */
Datum
clt_linkage_explain(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	char	   *name;
	StoredModel stored;
	LinkJob    *job;
	LinkPair	pair;
	CltFsScore	score;
	Datum		values[11];
	bool		nulls[11];
	double		total;
	double		running = 0;
	int			i;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("arguments of explain must not be null")));
	name = model_argument(fcinfo);
	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	need_model(name, &stored, CurrentMemoryContext);
	if (!stored.parameters)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("linkage model \"%s\" is not trained", name),
				 errhint("CALL clientele.train('%s').", name)));
	job = open_model(name, &stored);
	clt_link_parameters_apply(job, stored.parameters);
	clt_fs_table(&job->fs, &job->score);
	pair.l = find_record(job, fcinfo, 1);
	pair.r = find_record(job, fcinfo, 2);
	if (pair.l > pair.r)
	{
		uint32		t = pair.l;

		pair.l = pair.r;
		pair.r = t;
	}
	clt_link_compare(job, &pair);
	total = clt_fs_weight(&job->score, pair.gamma, pair.tf_u / CLT_FS_TF_UNIT, pair.tf_h / CLT_FS_TF_UNIT, &score);

	memset(nulls, true, sizeof(nulls));
	set_text(values, nulls, 0, "(prior)");
	set_text(values, nulls, 2, "how rare true pairs are");
	values[5] = Float8GetDatum(job->fs.prior);
	nulls[5] = false;
	running = job->score.lm0 - job->score.lu0;
	values[8] = Float8GetDatum(running);
	values[9] = Float8GetDatum(running);
	nulls[8] = nulls[9] = false;
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	for (i = 0; i < job->ncomparisons; i++)
	{
		int			g = CLT_FS_LEVEL(pair.gamma, i);
		uint32		v;
		double		tf = 0;
		double		weight = g ? job->score.lm[i][g] - job->score.lu[i][g] : 0;

		clt_compare_records(&job->kernel[i], NULL, pair.l, pair.r, &v);
		if (v)
			tf = -job->kernel[i].column->values[v].tf_u;
		running += weight + tf;
		memset(nulls, false, sizeof(nulls));
		set_text(values, nulls, 0, job->comparison[i].name);
		values[1] = Int32GetDatum(g);
		set_text(values, nulls, 2, g ? clt_kind_info[job->comparison[i].kind].label[g] : "missing");
		set_text(values, nulls, 3, value_text(job, i, pair.l));
		set_text(values, nulls, 4, value_text(job, i, pair.r));
		nulls[5] = nulls[6] = g == 0;
		values[5] = Float8GetDatum(job->fs.c[i].m[g]);
		values[6] = Float8GetDatum(job->fs.c[i].u[g]);
		values[7] = Float8GetDatum(tf);
		values[8] = Float8GetDatum(weight + tf);
		values[9] = Float8GetDatum(running);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}

	/*
	 * what shared addresses and surnames are not worth, because families have
	 * them
	 */
	memset(nulls, true, sizeof(nulls));
	set_text(values, nulls, 0, "(household)");
	set_text(values, nulls, 2, "what a family shares counts once");
	values[8] = Float8GetDatum(total - running);
	values[9] = Float8GetDatum(total);
	nulls[8] = nulls[9] = false;
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	clt_link_job_close(job);
	SPI_finish();
	PG_RETURN_VOID();
}
