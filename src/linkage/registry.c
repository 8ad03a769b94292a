/*
 * registry.c
 *		The registry of models: reading, keeping, and opening the job of one.
 *
 * The registry is a table with row security; what it holds is settings and
 * parameters, never the caller's data.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "core/clientele.h"
#include "linkage/engine.h"
#include "linkage/progress.h"
#include "linkage/registry.h"

/* clt_link_run runs a statement with arguments; NULL Datums are given by nulls[i] = 'n'. */
void
clt_link_run(const char *sql, int nargs, Oid *types, Datum *values, const char *nulls, int expect)
{
	int			rc = SPI_execute_with_args(sql, nargs, types, values, nulls, false, 0);

	if (rc != expect)
		elog(ERROR, "statement failed with %s: %s", SPI_result_code_string(rc), sql);
}

/* clt_link_read_further reads the tables of a model that come after the first. */
void
clt_link_read_further(Datum array, LinkModel *model)
{
	Datum	   *table;
	bool	   *null;
	int			n;
	int			i;

	deconstruct_array(DatumGetArrayTypeP(array), REGCLASSOID, sizeof(Oid), true, TYPALIGN_INT, &table, &null, &n);
	if (n >= LINK_MAX_SOURCES)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("a linkage model has more than %d tables", LINK_MAX_SOURCES)));
	for (i = 0; i < n; i++)
		model->more[i] = null[i] ? InvalidOid : DatumGetObjectId(table[i]);
	model->nmore = n;
}

/* clt_link_is_table_of tells whether a table is one of a model's. */
bool
clt_link_is_table_of(const LinkModel *model, Oid table)
{
	int			i;

	for (i = 0; i < model->nmore && model->more[i] != table; i++)
		;
	return model->source == table || i < model->nmore;
}

/* find_model reads a model of the caller; false if there is none. */
static bool
find_model(const char *name, LinkModel *model, MemoryContext context)
{
	Oid			types[1] = {TEXTOID};
	Datum		values[1] = {CStringGetTextDatum(name)};
	HeapTuple	tuple;
	TupleDesc	desc;
	bool		isnull;
	Datum		d;
	MemoryContext old;

	memset(model, 0, sizeof(*model));
	model->next_person = 1;
	clt_link_run("SELECT source, settings, parameters, next_person, further_sources, version FROM clientele.linkage_model "
				 "WHERE owner = current_user AND name = $1",
				 1, types, values, NULL, SPI_OK_SELECT);
	if (SPI_processed == 0)
		return false;
	tuple = SPI_tuptable->vals[0];
	desc = SPI_tuptable->tupdesc;
	model->source = DatumGetObjectId(SPI_getbinval(tuple, desc, 1, &isnull));
	d = SPI_getbinval(tuple, desc, 5, &isnull);
	if (!isnull)
		clt_link_read_further(d, model);
	old = MemoryContextSwitchTo(context);
	d = SPI_getbinval(tuple, desc, 2, &isnull);
	model->settings = (Jsonb *) PG_DETOAST_DATUM_COPY(d);
	d = SPI_getbinval(tuple, desc, 3, &isnull);
	model->parameters = isnull ? NULL : (Jsonb *) PG_DETOAST_DATUM_COPY(d);
	model->next_person = DatumGetInt64(SPI_getbinval(tuple, desc, 4, &isnull));
	model->version = DatumGetInt32(SPI_getbinval(tuple, desc, 6, &isnull));
	MemoryContextSwitchTo(old);
	SPI_freetuptable(SPI_tuptable);
	return true;
}

/* lacks_table tells whether a table of a model was dropped. */
static bool
lacks_table(const LinkModel *model)
{
	int			i;

	for (i = 0; i < model->nmore && get_rel_name(model->more[i]); i++)
		;
	return i < model->nmore || get_rel_name(model->source) == NULL;
}

/* clt_link_no_model refuses the name of a model that the caller has none of. */
void
clt_link_no_model(const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("linkage model \"%s\" does not exist", name),
			 errhint("Models are made by clientele.dedupe() and clientele.create_model().")));
}

/* clt_link_need_trained refuses a model that nothing was estimated for. */
void
clt_link_need_trained(const char *name, bool trained)
{
	if (!trained)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("linkage model \"%s\" is not trained", name),
				 errhint("CALL clientele.train(%s).", quote_literal_cstr(name))));
}

/* clt_link_need_model reads a model of the caller, whose tables must still be there. */
void
clt_link_need_model(const char *name, LinkModel *model, MemoryContext context)
{
	if (!find_model(name, model, context))
		clt_link_no_model(name);
	if (lacks_table(model))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("the table of linkage model \"%s\" does not exist any more", name),
				 errhint("Where it was made anew, clientele.dedupe() and link() make the model anew, too.")));
}

/*
 * clt_link_find_usable reads a model of the caller for who would make one of that name.  One whose table was dropped
 * is none: it went with the table, and only the numbers of persons go on.
 */
bool
clt_link_find_usable(const char *name, LinkModel *model, MemoryContext context)
{
	Oid			types[1] = {TEXTOID};
	Datum		values[1] = {CStringGetTextDatum(name)};
	int64		next_person;

	if (!find_model(name, model, context))
		return false;
	if (!lacks_table(model))
		return true;
	clt_link_run("UPDATE clientele.linkage_model SET further_sources = NULL, parameters = NULL, run = NULL WHERE owner = current_user AND name = $1",
				 1, types, values, NULL, SPI_OK_UPDATE);
	next_person = model->next_person;
	memset(model, 0, sizeof(*model));
	model->next_person = next_person;
	return false;
}

/* clt_link_read_next_person reads how far numbers of persons have gone. */
void
clt_link_read_next_person(const char *name, LinkModel *model)
{
	Oid			types[1] = {TEXTOID};
	Datum		values[1] = {CStringGetTextDatum(name)};
	bool		isnull;

	clt_link_run("SELECT next_person FROM clientele.linkage_model WHERE owner = current_user AND name = $1", 1, types, values, NULL, SPI_OK_SELECT);
	if (SPI_processed > 0)
		model->next_person = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	SPI_freetuptable(SPI_tuptable);
}

/* clt_link_next_version tells which version a stored model will be with these settings and parameters, 0 if it is not there. */
int32
clt_link_next_version(const char *name, Jsonb *settings, Jsonb *parameters)
{
	Oid			types[3] = {TEXTOID, JSONBOID, JSONBOID};
	Datum		values[3] = {CStringGetTextDatum(name), JsonbPGetDatum(settings), JsonbPGetDatum(parameters)};
	int32		version = 0;
	bool		isnull;

	clt_link_run("SELECT version + ((settings, parameters) IS DISTINCT FROM ($2, $3))::int4 FROM clientele.linkage_model WHERE owner = current_user AND name = $1",
				 3, types, values, NULL, SPI_OK_SELECT);
	if (SPI_processed > 0)
		version = DatumGetInt32(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	SPI_freetuptable(SPI_tuptable);
	return version;
}

/*
 * clt_link_lock_model keeps others from changing a model and its persons, and reads
 * how far numbers have gone.  Without wait, returns false if somebody else does so.
 */
bool
clt_link_lock_model(const char *name, LinkModel *model, bool wait)
{
	Oid			types[1] = {TEXTOID};
	Datum		values[1] = {CStringGetTextDatum(name)};
	bool		isnull;
	bool		locked;

	clt_link_run(psprintf("SELECT next_person FROM clientele.linkage_model WHERE owner = current_user AND name = $1 FOR UPDATE %s",
						  wait ? "" : "SKIP LOCKED"),
				 1, types, values, NULL, SPI_OK_SELECT);
	locked = SPI_processed > 0;
	if (locked)
		model->next_person = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	SPI_freetuptable(SPI_tuptable);
	if (locked || wait)
		return locked;
	/* one that is not there, nobody holds */
	clt_link_run("SELECT FROM clientele.linkage_model WHERE owner = current_user AND name = $1", 1, types, values, NULL, SPI_OK_SELECT);
	SPI_freetuptable(SPI_tuptable);
	return SPI_processed == 0;
}

/* clt_link_store_model stores a model; returns its version, which is the next one if anything about it has changed. */
int32
clt_link_store_model(const char *name, Oid source, Jsonb *settings, Jsonb *parameters, int64 next_person)
{
	Oid			types[5] = {TEXTOID, REGCLASSOID, JSONBOID, JSONBOID, INT8OID};
	Datum		values[5];
	char		nulls[6] = "     ";
	int32		version;
	bool		isnull;

	values[0] = CStringGetTextDatum(name);
	values[1] = ObjectIdGetDatum(source);
	values[2] = JsonbPGetDatum(settings);
	values[3] = parameters ? JsonbPGetDatum(parameters) : (Datum) 0;
	values[4] = Int64GetDatum(next_person);
	if (!parameters)
		nulls[3] = 'n';
	clt_link_run("INSERT INTO clientele.linkage_model AS m (owner, name, source, settings, parameters, next_person) "
				 "VALUES (current_user, $1, $2, $3, $4, $5) "
				 "ON CONFLICT (owner, name) DO UPDATE SET source = excluded.source, settings = excluded.settings, "
				 "parameters = excluded.parameters, next_person = greatest(m.next_person, excluded.next_person), changed_at = now(), version = m.version + "
				 "((m.settings, m.parameters) IS DISTINCT FROM (excluded.settings, excluded.parameters))::int4 RETURNING version",
				 5, types, values, nulls, SPI_OK_INSERT_RETURNING);
	version = DatumGetInt32(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	SPI_freetuptable(SPI_tuptable);
	return version;
}

/* clt_link_store_run notes which search index is the model's, and how far numbers of persons have gone. */
void
clt_link_store_run(const char *name, int64 run, int64 next_person)
{
	Oid			types[3] = {TEXTOID, INT8OID, INT8OID};
	Datum		values[3] = {CStringGetTextDatum(name), Int64GetDatum(run), Int64GetDatum(next_person)};

	clt_link_run("UPDATE clientele.linkage_model SET run = $2, next_person = greatest(next_person, $3), changed_at = now() WHERE owner = current_user AND name = $1",
				 3, types, values, NULL, SPI_OK_UPDATE);
}

/* clt_link_store_sources makes a stored model one of the tables of a job. */
void
clt_link_store_sources(const char *name, const LinkJob *job)
{
	Oid			types[2] = {TEXTOID, REGCLASSARRAYOID};
	Datum		further[LINK_MAX_SOURCES];
	Datum		values[2];
	int			s;

	for (s = 1; s < job->nsources; s++)
		further[s - 1] = ObjectIdGetDatum(job->in[s].table);
	values[0] = CStringGetTextDatum(name);
	values[1] = PointerGetDatum(construct_array(further, job->nsources - 1, REGCLASSOID, sizeof(Oid), true, TYPALIGN_INT));
	clt_link_run("UPDATE clientele.linkage_model SET further_sources = $2 WHERE owner = current_user AND name = $1",
				 2, types, values, NULL, SPI_OK_UPDATE);
}

/* clt_link_model_argument returns the first argument; procedures are called with NULL as well. */
char	   *
clt_link_model_argument(FunctionCallInfo fcinfo)
{
	clt_need_argument(fcinfo, 0, "model");
	return text_to_cstring(PG_GETARG_TEXT_PP(0));
}

/* clt_link_load reads, encodes and prepares; settings decide what. */
void
clt_link_load(LinkJob *job, Jsonb *settings)
{
	job->threshold = LINK_DEFAULT_THRESHOLD;
	clt_link_progress_open(job);
	clt_link_settings_apply(job, settings);
	clt_link_read(job);
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

/* clt_link_open_job opens the job of a stored model; nothing is set up or read yet. */
LinkJob *
clt_link_open_job(const char *name, LinkModel *stored)
{
	LinkJob    *job;
	int			i;

	clt_link_need_model(name, stored, CurrentMemoryContext);
	job = clt_link_job_open(stored->source, name);
	for (i = 0; i < stored->nmore; i++)
		clt_link_job_add(job, stored->more[i]);
	return job;
}

/* clt_link_open_model opens the job of a stored model with its records loaded. */
LinkJob *
clt_link_open_model(const char *name, LinkModel *stored)
{
	LinkJob    *job = clt_link_open_job(name, stored);

	clt_link_load(job, stored->settings);
	return job;
}
