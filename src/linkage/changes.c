/*
 * changes.c
 *		Records inserted or changed since the last run, beside the index of that run.
 *
 * Who tracks a model (src/search/track.c) has a table <model>_changed (key, record_key), of several
 * tables (key, source, record_key): a row a key of each such record.  The keys are those by which the lists of the index are
 * searched, each mixed with what its rule is made of, so that they outlive a run that numbers
 * the rules otherwise.  Whether a block is too large is asked when a record is looked for:
 * a record is noted under the keys of all rules.  What is noted may be out of date, then it
 * costs a comparison and no more.
 *
 * A run forgets what was noted before it reads the source.  What is noted while it reads
 * stays noted, though the run may have seen it.
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "core/clientele.h"
#include "linkage/engine.h"
#include "linkage/probe.h"
#include "linkage/results.h"

/* So many records of one key are looked at, those with the first keys, and so many together. */
#define MOST_OF_KEY 300
#define MOST_CHANGED 250

/* clt_link_forget_changes empties the table of changes, if there is one. */
void
clt_link_forget_changes(LinkJob *job)
{
	char	   *name = clt_link_result_name(job, "changed");

	if (OidIsValid(clt_link_existing_result(job, name)))
		clt_link_result_sql(psprintf("DELETE FROM %s", quote_qualified_identifier(job->schema, name)));
}

/* changed_table returns the table of changes, NULL if there is none that is a result of the model or nothing in it. */
static char *
changed_table(LinkProbe *probe)
{
	LinkJob    *job = probe->model->job;
	char	   *name = clt_link_result_name(job, "changed");
	bool		result;
	Oid			relid = clt_probe_lock_result(get_namespace_oid(job->schema, false), name, &result);
	Relation	rel;
	bool		empty;

	if (!result)
		return NULL;
	if (pg_class_aclcheck(relid, GetUserId(), ACL_SELECT) != ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_TABLE, name);
	rel = table_open(relid, NoLock);
	empty = RelationGetNumberOfBlocks(rel) == 0;
	table_close(rel, NoLock);
	return empty ? NULL : quote_qualified_identifier(job->schema, name);
}

/* need_changed_table returns the table of changes, into which something is to be written. */
static char *
need_changed_table(LinkJob *job)
{
	char	   *name = clt_link_result_name(job, "changed");
	bool		result;
	Oid			relid = clt_probe_lock_result(get_namespace_oid(job->schema, false), name, &result);

	if (!result)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 OidIsValid(relid) ? errmsg("table \"%s\" is no result of linkage model \"%s\"", name, job->model) :
				 errmsg("linkage model \"%s\" is tracked, but table \"%s\" is gone", job->model, name),
				 errhint("CALL clientele.untrack_model(%1$s) and clientele.track_model(%1$s).", quote_literal_cstr(job->model))));
	return quote_qualified_identifier(job->schema, name);
}

/* mixed_keys makes an array of keys as they are noted. */
static Datum
mixed_keys(LinkProbe *probe, const LinkKey *keys, int nkeys, bool search)
{
	Datum	   *mixed = palloc(sizeof(Datum) * (nkeys + 1));
	int			n = 0;
	int			i;

	for (i = 0; i < nkeys; i++)
	{
		const LinkProbeRule *rule = &probe->model->rule[keys[i].rule];

		if (rule->search == search)
			mixed[n++] = Int64GetDatum((int64) clt_block_combine(keys[i].key, rule->id));
	}
	return PointerGetDatum(construct_array(mixed, n, INT8OID, 8, FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

/* changed_plan returns the plan that asks for changed records by an array of keys, of several tables by which is left out, too. */
static SPIPlanPtr
changed_plan(LinkProbe *probe, const char *table)
{
	LinkResolved *model = probe->model;
	bool		several = model->job->nsources > 1;
	const char *source = several ? ", source" : "";
	Oid			types[2] = {INT8ARRAYOID, OIDOID};

	if (!model->changed)
		model->changed = clt_probe_keep_plan(psprintf("SELECT x.record_key%1$s FROM (SELECT d.* FROM pg_catalog.unnest($1) k(key) "
													  "CROSS JOIN LATERAL (SELECT DISTINCT c.record_key%1$s FROM %2$s c WHERE c.key OPERATOR(pg_catalog.=) k.key%3$s "
													  "ORDER BY c.record_key%1$s LIMIT %4$d) d) x "
													  "GROUP BY x.record_key%1$s ORDER BY pg_catalog.count(*) DESC, x.record_key%1$s LIMIT %5$d",
													  source, table, several ? " AND c.source OPERATOR(pg_catalog.<>) $2" : "",
													  MOST_OF_KEY, MOST_CHANGED), several ? 2 : 1, types);
	return model->changed;
}

/*
 * clt_probe_changed returns the keys of changed records that share keys of the model with one, or those that
 * share only keys of search; those that share most come first.
 */
LinkRecordKey *
clt_probe_changed(LinkProbe *probe, const LinkKey *keys, int nkeys, bool search, int *n)
{
	LinkJob    *job = probe->model->job;
	char	   *table = changed_table(probe);
	Oid			types[2] = {INT8ARRAYOID, OIDOID};
	Datum		values[2];
	LinkRecordKey *found;
	uint64		row;

	*n = 0;
	if (!table)
		return NULL;
	values[0] = mixed_keys(probe, keys, nkeys, search);
	values[1] = ObjectIdGetDatum(probe->apart < 0 ? InvalidOid : job->in[probe->apart].table);
	clt_probe_run(probe, changed_plan(probe, table), job->nsources > 1 ? 2 : 1, types, values, NULL);
	found = palloc(sizeof(LinkRecordKey) * (SPI_processed + 1));
	for (row = 0; row < SPI_processed; row++)
	{
		bool		no_key;
		bool		no_source = false;
		Datum		key = SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, 1, &no_key);

		found[*n].source = 0;
		if (job->nsources > 1)
			found[*n].source = clt_link_find_source(job, DatumGetObjectId(SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, 2, &no_source)));
		if (!no_key && !no_source && found[*n].source >= 0)
			found[(*n)++].key = datumCopy(key, job->key_byval, job->key_len);
	}
	SPI_freetuptable(SPI_tuptable);
	return found;
}

/* clt_probe_note notes the records of a job under their keys. */
void
clt_probe_note(LinkProbe *probe, LinkJob *few)
{
	LinkResolved *model = probe->model;
	uint64	   *keys = palloc(sizeof(uint64) * LINK_MAX_KEYS);
	Size		cap = (Size) few->n * 32 + 64;
	Datum	   *mixed = palloc(sizeof(Datum) * cap);
	Datum	   *records = palloc(sizeof(Datum) * cap);
	Datum		values[3];
	char	   *table = need_changed_table(few);
	Size		n = 0;
	uint32		row;

	for (row = 0; row < few->n; row++)
	{
		int			nkeys = clt_probe_all_keys(probe, few, row, keys);
		int			i;

		if (n + nkeys > cap)
		{
			cap = cap * 2 + nkeys;
			mixed = repalloc_huge(mixed, sizeof(Datum) * cap);
			records = repalloc_huge(records, sizeof(Datum) * cap);
		}
		for (i = 0; i < nkeys; i++)
		{
			mixed[n] = Int64GetDatum((int64) keys[i]);
			records[n++] = few->keys[row];
		}
	}
	if (n == 0)
		return;
	if (!model->note)
	{
		Oid			types[3] = {INT8ARRAYOID, get_array_type(few->key_type), OIDOID};

		/* in the target list, where a key that is a row stays one */
		const char *sql = few->nsources > 1 ? "INSERT INTO %s (key, record_key, source) SELECT pg_catalog.unnest($1), pg_catalog.unnest($2), $3" :
		"INSERT INTO %s (key, record_key) SELECT pg_catalog.unnest($1), pg_catalog.unnest($2)";

		model->note = SPI_prepare(psprintf(sql, table), few->nsources > 1 ? 3 : 2, types);
		if (!model->note)
			elog(ERROR, "could not prepare to note changes of linkage model \"%s\"", model->name);
		SPI_keepplan(model->note);
	}
	values[0] = PointerGetDatum(construct_array(mixed, (int) n, INT8OID, 8, FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
	values[1] = clt_probe_key_array(few, records, (int) n);
	values[2] = ObjectIdGetDatum(few->in[probe->followed].table);
	if (SPI_execute_plan(model->note, values, NULL, false, 0) != SPI_OK_INSERT)
		elog(ERROR, "could not note changes of linkage model \"%s\"", model->name);
	pfree(keys);
	pfree(mixed);
	pfree(records);
}
