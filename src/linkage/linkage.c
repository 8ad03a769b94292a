/*
 * linkage.c
 *		The SQL face of the linkage engine.
 *
 * Everything runs as the caller, in the caller's transaction, and reads the
 * source through an ordinary query, so privileges and row security hold.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "tcop/utility.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"

#include "core/clientele.h"
#include "linkage/crew.h"
#include "linkage/engine.h"
#include "linkage/index.h"
#include "linkage/json.h"
#include "linkage/registry.h"
#include "linkage/results.h"
#include "linkage/suggest.h"

/* A model that dedupe made of so many records is made anew when there are ten times as many: rules and kinds were chosen for few. */
#define SUGGESTED_FOR "suggested_for"
#define OUTGROWN(records) (10 * (records) + 10)

/* with_number returns settings with a number in them. */
static Jsonb *
with_number(Jsonb *settings, const char *key, double number)
{
	char	   *text = psprintf("{\"%s\": %s}", key,
								DatumGetCString(DirectFunctionCall1(float8out, Float8GetDatum(number))));
	Jsonb	   *more = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(text)));

	return DatumGetJsonbP(DirectFunctionCall2(jsonb_concat, JsonbPGetDatum(settings), JsonbPGetDatum(more)));
}

static void
run_pairs(LinkJob *job)
{
	clt_link_rules_build(job);
	clt_link_pairs(job);
}

/* table_literal names a table as one writes it in a call. */
static char *
table_literal(Oid table)
{
	return quote_literal_cstr(quote_qualified_identifier(get_namespace_name(get_rel_namespace(table)), get_rel_name(table)));
}

/* check_source refuses to run a model that is known to be for another table. */
static void
check_source(Oid source, const char *name, Oid known)
{
	const char *schema = get_namespace_name(get_rel_namespace(source));
	const char *table = get_rel_name(source);

	if (known != source)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("linkage model \"%s\" is for another table, \"%s.%s\"", name,
						get_namespace_name(get_rel_namespace(known)), get_rel_name(known)),
				 errhint("Give this one another name, as in CALL clientele.dedupe(%s, model => %s).",
						 table_literal(source),
						 quote_literal_cstr(psprintf("%s_%s", schema, table)))));
}

/* store stores what a run has learned; the version is the job's, which its pairs have. */
static void
store(LinkJob *job, const LinkModel *model, Jsonb *settings, Jsonb *parameters)
{
	int32		version = clt_link_store_model(job->model, job->source, settings, parameters, model->next_person);

	if (job->version != 0 && job->version != version)
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("linkage model \"%s\" was changed while it was run", job->model)));
	job->version = version;
	if (job->nsources > 1)
		clt_link_store_sources(job->model, job);
}

/*
 * run_result clusters and writes; parameters NULL: the model is stored with those of the job.
 * What stewards decide meanwhile is seen; from the end of writing to the end of the transaction
 * they wait (result_locks.c).  So a model that is there already is stored only then.
 */
static void
run_result(LinkJob *job, LinkModel *stored, Jsonb *settings, Jsonb *parameters)
{
	bool		learned = parameters == NULL;
	int64		run;

	clt_link_cluster(job);

	/*
	 * a model that only did what it says is not stored: it may have been
	 * trained anew meanwhile
	 */
	job->version = stored->version;
	if (learned)
	{
		parameters = clt_link_parameters_make(job);
		job->version = clt_link_next_version(job->model, settings, parameters);
		if (job->version == 0)
		{
			store(job, stored, settings, parameters);
			learned = false;
		}
	}
	PushActiveSnapshot(GetTransactionSnapshot());
	run = clt_link_write(job, stored, settings, parameters);
	PopActiveSnapshot();
	if (learned)
		store(job, stored, settings, parameters);
	clt_link_store_run(job->model, run, stored->next_person);
}

/* open_to_run opens the job of a stored model that nobody else runs. */
static LinkJob *
open_to_run(const char *name, LinkModel *stored)
{
	LinkJob    *job = clt_link_open_job(name, stored);

	/* who was waited for may have changed it */
	return clt_link_lock_run(job) ? clt_link_open_job(name, stored) : job;
}

/* begin_run gets ready for a run of which results will be written. */
static void
begin_run(LinkJob *job, Jsonb *settings)
{
	clt_link_forget_changes(job);
	clt_link_check_results(job);
	job->workers_stay = true;
	clt_link_load(job, settings);
	job->wants_index = true;
}

/* has_outgrown tells whether dedupe made settings of a table that was much smaller. */
static bool
has_outgrown(LinkJob *job, Jsonb *settings)
{
	double		records;
	bool		isnull;
	bool		outgrown;

	/* what was looked at in so many records is known well enough */
	if (!clt_link_json_number(clt_link_json_member(&settings->root, SUGGESTED_FOR), &records) || !(records >= 0 && records <= 100000))
		return false;
	clt_link_run(psprintf("SELECT count(*) >= %.0f FROM (SELECT FROM %s LIMIT %.0f) r", OUTGROWN(records),
						  quote_qualified_identifier(job->schema, get_rel_name(job->source)), OUTGROWN(records)),
				 0, NULL, NULL, NULL, SPI_OK_SELECT);
	outgrown = DatumGetBool(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	SPI_freetuptable(SPI_tuptable);
	return outgrown;
}

/* suggest_again proposes anew, and keeps the threshold. */
static Jsonb *
suggest_again(LinkJob *job, Jsonb *settings)
{
	double		threshold;
	bool		given = clt_link_json_number(clt_link_json_member(&settings->root, "threshold"), &threshold);
	Jsonb	   *suggested = clt_link_suggest(job);

	return given ? with_number(suggested, "threshold", threshold) : suggested;
}

/* run_whole does the whole job with some settings, and closes it. */
static void
run_whole(LinkJob *job, LinkModel *stored, Jsonb *settings, bool suggested)
{
	begin_run(job, settings);
	if (suggested)
		settings = with_number(settings, SUGGESTED_FOR, job->n);
	if (!job->rules_given)
		settings = clt_link_settings_with_rules(job, settings);
	run_pairs(job);
	clt_link_train(job);
	clt_link_other_pairs(job);
	run_result(job, stored, settings, NULL);
	clt_link_job_close(job);
}

CLT_FUNCTION_INFO_V1(clt_linkage_dedupe);
/* clt_linkage_dedupe does the whole job: propose, train, score, cluster, write. */
Datum
clt_linkage_dedupe(PG_FUNCTION_ARGS)
{
	Oid			source;
	char	   *name = PG_ARGISNULL(1) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(1));
	LinkJob    *job;
	LinkModel	stored;
	Jsonb	   *settings;
	bool		known;
	bool		suggested;

	clt_need_argument(fcinfo, 0, "source");
	source = PG_GETARG_OID(0);
	PreventCommandIfReadOnly("dedupe()");
	if (!PG_ARGISNULL(2) && !(PG_GETARG_FLOAT8(2) > 0 && PG_GETARG_FLOAT8(2) < 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("threshold must be above 0 and below 1, not %g", PG_GETARG_FLOAT8(2))));
	SPI_connect();
	job = clt_link_job_open(source, name);
	(void) clt_link_lock_run(job);
	known = clt_link_find_usable(job->model, &stored, job->context);
	if (known)
	{
		check_source(source, job->model, stored.source);
		if (stored.nmore > 0)
			ereport(ERROR,
					(errcode(ERRCODE_DUPLICATE_OBJECT),
					 errmsg("linkage model \"%s\" links several tables", job->model),
					 errhint("CALL clientele.resolve(%s), or give this one another name.", quote_literal_cstr(job->model))));
	}
	suggested = !known || has_outgrown(job, stored.settings);
	settings = !known ? clt_link_suggest(job) : suggested ? suggest_again(job, stored.settings) : stored.settings;
	if (!PG_ARGISNULL(2))
		settings = with_number(settings, "threshold", PG_GETARG_FLOAT8(2));
	run_whole(job, &stored, settings, suggested);
	SPI_finish();
	PG_RETURN_VOID();
}

/* clt_link_suggest_tables proposes settings for several tables: what is proposed for each, matched by meaning. */
Jsonb	   *
clt_link_suggest_tables(LinkJob *job)
{
	Oid			types[1] = {JSONBARRAYOID};
	Datum		suggested[LINK_MAX_SOURCES];
	Datum		values[1];
	LinkTableSeen seen[LINK_MAX_SOURCES];
	Jsonb	   *settings;
	bool		isnull;
	int			s;

	for (s = 0; s < job->nsources; s++)
	{
		seen[s].job = clt_link_job_open(job->in[s].table, NULL);
		clt_link_see_table(&seen[s], false);
	}
	clt_link_match_tables(seen, job->nsources);
	for (s = 0; s < job->nsources; s++)
	{
		suggested[s] = datumCopy(JsonbPGetDatum(clt_link_write_down(&seen[s])), false, -1);
		clt_link_job_close(seen[s].job);
	}
	values[0] = PointerGetDatum(construct_array(suggested, job->nsources, JSONBOID, -1, false, TYPALIGN_INT));
	clt_link_run("SELECT clientele.link_settings($1)", 1, types, values, NULL, SPI_OK_SELECT);
	settings = (Jsonb *) PG_DETOAST_DATUM_COPY(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	return settings;
}

/* with_one_to_one returns settings that say whether a person has at most one record a table. */
static Jsonb *
with_one_to_one(Jsonb *settings, bool one_to_one)
{
	Jsonb	   *more = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(one_to_one ? "{\"one_to_one\": true}" : "{\"one_to_one\": false}")));

	return DatumGetJsonbP(DirectFunctionCall2(jsonb_concat, JsonbPGetDatum(settings), JsonbPGetDatum(more)));
}

/* clt_link_open_tables opens a job of several tables. */
LinkJob *
clt_link_open_tables(const Oid *table, int n, const char *name)
{
	LinkJob    *job;
	int			i;

	if (n < 2)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("linking needs two tables or more"),
				 errhint("CALL clientele.dedupe() finds who stands in one table twice.")));
	job = clt_link_job_open(table[0], name);
	for (i = 1; i < n; i++)
	{
		if (clt_link_find_source(job, table[i]) >= 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("a table cannot be linked with itself"),
					 errhint("CALL clientele.dedupe(%s) finds who stands in it twice.", table_literal(table[i]))));
		clt_link_job_add(job, table[i]);
	}
	return job;
}

/* same_tables tells whether a stored model is one of the job's tables. */
static bool
same_tables(const LinkModel *stored, const LinkJob *job)
{
	int			s;

	if (stored->source != job->source || stored->nmore != job->nsources - 1)
		return false;
	for (s = 1; s < job->nsources && stored->more[s - 1] == job->in[s].table; s++)
		;
	return s == job->nsources;
}

/* link_tables does the whole job for several tables. */
static void
link_tables(const Oid *table, int n, const char *name, bool one_to_one)
{
	LinkJob    *job;
	LinkModel	stored;
	Jsonb	   *settings;
	bool		known;

	PreventCommandIfReadOnly("link()");
	SPI_connect();
	job = clt_link_open_tables(table, n, name);
	(void) clt_link_lock_run(job);
	known = clt_link_find_usable(name, &stored, job->context);
	if (known && !same_tables(&stored, job))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("linkage model \"%s\" is for other tables", name),
				 errhint("Give this one another name.")));
	settings = known ? stored.settings : clt_link_suggest_tables(job);
	settings = with_one_to_one(settings, one_to_one);
	run_whole(job, &stored, settings, false);
	SPI_finish();
}

/* check_new refuses a model that is there, or whose results could not be called by its name: now, not when it is resolved. */
static void
check_new(LinkJob *job)
{
	LinkModel	stored;

	if (clt_link_find_usable(job->model, &stored, job->context))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("linkage model \"%s\" already exists", job->model)));
	/* the longest of their names */
	(void) clt_link_result_name(job, "redirect");
}

/* create_link_model stores a model of several tables. */
static void
create_link_model(const Oid *table, int n, const char *name, Jsonb *settings)
{
	LinkJob    *job;

	PreventCommandIfReadOnly("create_link_model()");
	SPI_connect();
	job = clt_link_open_tables(table, n, name);
	check_new(job);
	if (!settings)
		settings = clt_link_suggest_tables(job);
	clt_link_load(job, settings);
	settings = clt_link_settings_with_rules(job, settings);
	clt_link_store_model(name, job->source, settings, NULL, 1);
	clt_link_store_sources(name, job);
	clt_link_job_close(job);
	SPI_finish();
}

/* clt_link_tables_argument reads an array of tables. */
Oid		   *
clt_link_tables_argument(FunctionCallInfo fcinfo, int arg, int *n)
{
	Datum	   *item;
	bool	   *null;
	Oid		   *table;
	int			i;

	clt_need_argument(fcinfo, arg, "sources");
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(arg), REGCLASSOID, sizeof(Oid), true, TYPALIGN_INT, &item, &null, n);
	table = palloc(sizeof(Oid) * (*n + 1));
	for (i = 0; i < *n; i++)
	{
		if (null[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("argument \"sources\" must not contain null values")));
		table[i] = DatumGetObjectId(item[i]);
	}
	return table;
}

CLT_FUNCTION_INFO_V1(clt_linkage_link);
/* clt_linkage_link links two tables. */
Datum
clt_linkage_link(PG_FUNCTION_ARGS)
{
	Oid			table[2];

	clt_need_argument(fcinfo, 0, "left_source");
	clt_need_argument(fcinfo, 1, "right_source");
	clt_need_argument(fcinfo, 2, "model");
	clt_need_argument(fcinfo, 3, "one_to_one");
	table[0] = PG_GETARG_OID(0);
	table[1] = PG_GETARG_OID(1);
	link_tables(table, 2, text_to_cstring(PG_GETARG_TEXT_PP(2)), PG_GETARG_BOOL(3));
	PG_RETURN_VOID();
}

CLT_FUNCTION_INFO_V1(clt_linkage_link_all);
/* clt_linkage_link_all links tables. */
Datum
clt_linkage_link_all(PG_FUNCTION_ARGS)
{
	int			n;
	Oid		   *table = clt_link_tables_argument(fcinfo, 0, &n);

	clt_need_argument(fcinfo, 1, "model");
	clt_need_argument(fcinfo, 2, "one_to_one");
	link_tables(table, n, text_to_cstring(PG_GETARG_TEXT_PP(1)), PG_GETARG_BOOL(2));
	PG_RETURN_VOID();
}

CLT_FUNCTION_INFO_V1(clt_linkage_create_link_model);
/* clt_linkage_create_link_model stores settings for two tables, the suggested ones if none are given. */
Datum
clt_linkage_create_link_model(PG_FUNCTION_ARGS)
{
	char	   *name = clt_link_model_argument(fcinfo);
	Oid			table[2];

	clt_need_argument(fcinfo, 1, "left_source");
	clt_need_argument(fcinfo, 2, "right_source");
	table[0] = PG_GETARG_OID(1);
	table[1] = PG_GETARG_OID(2);
	create_link_model(table, 2, name, PG_ARGISNULL(3) ? NULL : PG_GETARG_JSONB_P(3));
	PG_RETURN_VOID();
}

CLT_FUNCTION_INFO_V1(clt_linkage_create_link_all_model);
/* clt_linkage_create_link_all_model does the same for tables. */
Datum
clt_linkage_create_link_all_model(PG_FUNCTION_ARGS)
{
	char	   *name = clt_link_model_argument(fcinfo);
	int			n;
	Oid		   *table = clt_link_tables_argument(fcinfo, 1, &n);

	create_link_model(table, n, name, PG_ARGISNULL(2) ? NULL : PG_GETARG_JSONB_P(2));
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
	clt_link_load(job, settings);
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
	char	   *name = clt_link_model_argument(fcinfo);
	Oid			source;
	LinkJob    *job;
	Jsonb	   *settings;

	clt_need_argument(fcinfo, 1, "source");
	source = PG_GETARG_OID(1);
	PreventCommandIfReadOnly("create_model()");
	SPI_connect();
	job = clt_link_job_open(source, name);
	check_new(job);
	settings = PG_ARGISNULL(2) ? clt_link_suggest(job) : PG_GETARG_JSONB_P(2);
	/* what somebody chose himself stays, whatever the table will be */
	if (JB_ROOT_IS_OBJECT(settings))
		settings = DatumGetJsonbP(DirectFunctionCall2(jsonb_delete, JsonbPGetDatum(settings), CStringGetTextDatum(SUGGESTED_FOR)));
	clt_link_load(job, settings);
	settings = clt_link_settings_with_rules(job, settings);
	/* a model that was trained elsewhere needs no training here */
	if (clt_link_is_complete(job))
		clt_fs_start(&job->fs);
	clt_link_store_model(name, source, settings, clt_link_is_complete(job) ? clt_link_parameters_make(job) : NULL, 1);
	clt_link_job_close(job);
	SPI_finish();
	PG_RETURN_VOID();
}

CLT_FUNCTION_INFO_V1(clt_linkage_drop_model);
/* clt_linkage_drop_model forgets a model, which nobody runs then; its results are the caller's and stay. */
Datum
clt_linkage_drop_model(PG_FUNCTION_ARGS)
{
	Oid			types[1] = {TEXTOID};
	Datum		values[1] = {PG_GETARG_DATUM(0)};
	char	   *name = clt_link_model_argument(fcinfo);

	SPI_connect();
	clt_link_wait_for_run(name);
	clt_link_run("DELETE FROM clientele.linkage_model WHERE owner = current_user AND name = $1",
				 1, types, values, NULL, SPI_OK_DELETE);
	if (SPI_processed == 0)
		clt_link_no_model(name);
	SPI_finish();
	PG_RETURN_VOID();
}

CLT_FUNCTION_INFO_V1(clt_linkage_train);
/* clt_linkage_train estimates the parameters of a model and stores them. */
Datum
clt_linkage_train(PG_FUNCTION_ARGS)
{
	char	   *name = clt_link_model_argument(fcinfo);
	LinkModel	stored;
	LinkJob    *job;

	PreventCommandIfReadOnly("train()");
	SPI_connect();
	job = open_to_run(name, &stored);
	job->workers_stay = true;
	clt_link_load(job, stored.settings);
	job->only_train = true;
	run_pairs(job);
	clt_link_train(job);
	clt_link_crew_dismiss(job);
	clt_link_store_model(name, stored.source, stored.settings, clt_link_parameters_make(job), stored.next_person);
	clt_link_job_close(job);
	SPI_finish();
	PG_RETURN_VOID();
}

CLT_FUNCTION_INFO_V1(clt_linkage_resolve);
/* clt_linkage_resolve scores and clusters with the parameters of the last training, and writes. */
Datum
clt_linkage_resolve(PG_FUNCTION_ARGS)
{
	char	   *name = clt_link_model_argument(fcinfo);
	LinkModel	stored;
	LinkJob    *job;

	PreventCommandIfReadOnly("resolve()");
	SPI_connect();
	job = open_to_run(name, &stored);
	begin_run(job, stored.settings);
	if (stored.parameters)
		clt_link_parameters_apply(job, stored.parameters);
	run_pairs(job);
	clt_link_train(job);
	clt_link_other_pairs(job);
	run_result(job, &stored, stored.settings, stored.parameters);
	clt_link_job_close(job);
	SPI_finish();
	PG_RETURN_VOID();
}
