/*
 * probe.c
 *		Opening a resolved model for one call.
 *
 * Every call asks the registry, as the caller, whether the model is still there, locks
 * what it will read and reads the head of the index; the rest of the model is remembered
 * (resolved.c).  Nothing is written, so all of it works on a standby.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "core/clientele.h"
#include "linkage/registry.h"
#include "linkage/resolved.h"
#include "linkage/results.h"

pg_noreturn static void refuse(LinkObstacle why, const char *model, Oid source, Oid index);

static void
refuse(LinkObstacle why, const char *model, Oid source, Oid index)
{
	if (why == LINK_OBSTACLE_NO_RIGHT)
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_TABLE, get_rel_name(index));
	if (why == LINK_OBSTACLE_SHAPE)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table \"%s\" no longer has the columns that clientele gave it", get_rel_name(index)),
				 errhint("Drop it; CALL clientele.resolve(%s) makes it anew.", quote_literal_cstr(model))));
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 why == LINK_OBSTACLE_NO_INDEX ? errmsg("linkage model \"%s\" has no index to search by", model) :
			 why == LINK_OBSTACLE_VERSION ? errmsg("index of linkage model \"%s\" was written by another version of clientele", model) :
			 errmsg("key of table \"%s\" has changed since linkage model \"%s\" was resolved", get_rel_name(source), model),
			 errhint("CALL clientele.resolve(%s).", quote_literal_cstr(model))));
}

/* column_of reads a column of a row of the registry. */
static Datum
column_of(HeapTuple row, TupleDesc desc, const char *column, bool *isnull)
{
	int			att = SPI_fnumber(desc, column);

	if (att <= 0)
		elog(ERROR, "registry of linkage models has no column \"%s\"", column);
	return heap_getattr(row, att, desc, isnull);
}

static void
read_tables(HeapTuple row, TupleDesc desc, LinkModel *tables, bool *trained, uint64 *run)
{
	bool		isnull;
	Datum		further;

	memset(tables, 0, sizeof(*tables));
	tables->source = DatumGetObjectId(column_of(row, desc, "source", &isnull));
	further = column_of(row, desc, "further_sources", &isnull);
	if (!isnull)
		clt_link_read_further(further, tables);
	*run = (uint64) DatumGetInt64(column_of(row, desc, "run", &isnull));
	if (isnull)
		*run = 0;
	(void) column_of(row, desc, "parameters", &isnull);
	*trained = !isnull;
}

/*
 * find_tables asks the registry, as the caller, for the tables of a model; false if there is no such model.  Its key is
 * read past the planner, which would take longer than all else that a first search reads; a row whose owner is not the
 * caller, which row security would hide, is not asked for.
 */
static bool
find_tables(const char *name, LinkModel *tables, bool *trained, uint64 *run)
{
	Relation	registry = table_open(get_relname_relid("linkage_model", get_namespace_oid("clientele", false)), AccessShareLock);
	Relation	key;
	SysScanDesc scan;
	ScanKeyData skey[2];
	NameData	owner;
	HeapTuple	row;

	if (pg_class_aclcheck(RelationGetRelid(registry), GetUserId(), ACL_SELECT) != ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_TABLE, RelationGetRelationName(registry));
	list_free(RelationGetIndexList(registry));
	key = index_open(registry->rd_pkindex, AccessShareLock);
	namestrcpy(&owner, GetUserNameFromId(GetUserId(), false));
	ScanKeyEntryInitialize(&skey[0], 0, 1, BTEqualStrategyNumber, InvalidOid, key->rd_indcollation[0], F_NAMEEQ, NameGetDatum(&owner));
	ScanKeyEntryInitialize(&skey[1], 0, 2, BTEqualStrategyNumber, InvalidOid, key->rd_indcollation[1], F_TEXTEQ, CStringGetTextDatum(name));
	scan = systable_beginscan_ordered(registry, key, GetActiveSnapshot(), 2, skey);
	row = systable_getnext_ordered(scan, ForwardScanDirection);
	if (HeapTupleIsValid(row))
		read_tables(row, RelationGetDescr(registry), tables, trained, run);
	systable_endscan_ordered(scan);
	index_close(key, NoLock);
	table_close(registry, NoLock);
	return HeapTupleIsValid(row);
}

/*
 * is_of_run tells whether an index is of the model's last run: one that outlived its
 * model is not.  What the registry said before may be older than what we see now.
 */
static bool
is_of_run(const char *name, uint64 stamp, uint64 run)
{
	LinkModel	tables;
	bool		trained;

	return stamp == run || (find_tables(name, &tables, &trained, &run) && stamp == run);
}

/* need_tables finds the tables of a model that is trained; run, what its last run is known by. */
static void
need_tables(const char *name, LinkModel *tables, uint64 *run)
{
	bool		trained;

	if (!find_tables(name, tables, &trained, run))
		clt_link_no_model(name);
	clt_link_need_trained(name, trained);
}

/*
 * clt_probe_lock_result locks the table that is a result of a model under a name; InvalidOid if there is none.  What is
 * there but is no result of the caller's is not locked, and must not be named in a statement: policies, triggers and
 * rules would run as the caller.  Once it is locked, nobody exchanges it for another.
 */
Oid
clt_probe_lock_result(Oid schema, const char *name, bool *result)
{
	for (;;)
	{
		Oid			relid = get_relname_relid(name, schema);

		*result = OidIsValid(relid) && clt_link_is_result(relid, RELKIND_RELATION);
		if (!*result)
			return relid;
		LockRelationOid(relid, AccessShareLock);
		if (get_relname_relid(name, schema) == relid && clt_link_is_result(relid, RELKIND_RELATION))
			return relid;
		UnlockRelationOid(relid, AccessShareLock);
	}
}

/* lock_index locks what a call reads first, before it takes its snapshot. */
static LinkObstacle
lock_index(const char *name, Oid source, Oid *index)
{
	bool		result;

	*index = clt_probe_lock_result(get_rel_namespace(source), psprintf("%s_index", name), &result);
	if (!OidIsValid(*index))
		return LINK_OBSTACLE_NO_INDEX;
	if (pg_class_aclcheck(*index, GetUserId(), ACL_SELECT) != ACLCHECK_OK)
		return LINK_OBSTACLE_NO_RIGHT;
	return result ? LINK_OBSTACLE_NONE : LINK_OBSTACLE_SHAPE;
}

static void
lock_source(const char *name, Oid source)
{
	LockRelationOid(source, AccessShareLock);
	if (get_rel_name(source) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("the table of linkage model \"%s\" does not exist any more", name)));
}

static void
lock_sources(const char *name, const LinkModel *tables)
{
	int			i;

	lock_source(name, tables->source);
	for (i = 0; i < tables->nmore; i++)
		lock_source(name, tables->more[i]);
}

static void
lock_persons(const char *name, Oid source)
{
	char	   *persons = psprintf("%s_person", name);
	bool		result;
	Oid			relid = clt_probe_lock_result(get_rel_namespace(source), persons, &result);

	if (!OidIsValid(relid))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("linkage model \"%s\" has no table \"%s\"", name, persons),
				 errhint("CALL clientele.resolve(%s).", quote_literal_cstr(name))));
	if (!result)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table \"%s\" is no result of linkage model \"%s\"", persons, name)));
}

/* find_model finds the model of an index that is locked; run: what the last one was when the registry was asked. */
static LinkObstacle
find_model(LinkProbe *probe, const char *name, const LinkModel *tables, Oid index, uint64 run)
{
	LinkIndexHead head;
	LinkObstacle why;

	probe->table = table_open(index, NoLock);
	why = clt_resolved_head(probe, &head);
	if (why != LINK_OBSTACLE_NONE)
		return why;
	if (!is_of_run(name, head.stamp, run))
		return LINK_OBSTACLE_NO_INDEX;
	return clt_resolved_find(probe, name, tables, index, &head);
}

static LinkProbe *
start_probe(bool fresh)
{
	LinkProbe  *probe = palloc0(sizeof(LinkProbe));

	if (fresh)
		PushActiveSnapshot(GetTransactionSnapshot());
	probe->pushed = fresh;
	probe->snapshot = GetActiveSnapshot();
	probe->apart = -1;
	return probe;
}

/*
 * clt_probe_open opens a resolved model; SPI is connected.  A fresh snapshot is
 * for callers that are not bound to that of their statement: a run that ends
 * while they wait for its locks is then seen.
 */
LinkProbe *
clt_probe_open(const char *model, bool fresh)
{
	LinkProbe  *probe;
	LinkModel	tables;
	uint64		run;
	Oid			index;
	LinkObstacle why;

	need_tables(model, &tables, &run);
	lock_sources(model, &tables);
	why = lock_index(model, tables.source, &index);
	if (why != LINK_OBSTACLE_NONE)
		refuse(why, model, tables.source, index);
	lock_persons(model, tables.source);
	probe = start_probe(fresh);
	why = find_model(probe, model, &tables, index, run);
	if (why != LINK_OBSTACLE_NONE)
		refuse(why, model, tables.source, index);
	clt_resolved_use(probe);
	return probe;
}

static bool
same_json(Jsonb *a, Jsonb *b)
{
	return compareJsonbContainers(&a->root, &b->root) == 0;
}

/*
 * clt_probe_open_present opens a model for a caller who can do without an index:
 * NULL if there is none that he may read, of the settings and parameters that the
 * registry has.
 */
LinkProbe *
clt_probe_open_present(const char *model, const LinkModel *stored)
{
	LinkProbe  *probe;
	Oid			index;

	if (!stored->parameters)
		return NULL;
	lock_sources(model, stored);
	if (lock_index(model, stored->source, &index) != LINK_OBSTACLE_NONE)
		return NULL;
	probe = start_probe(true);
	if (find_model(probe, model, stored, index, 0) == LINK_OBSTACLE_NONE &&
		same_json(probe->model->settings, stored->settings) && same_json(probe->model->parameters, stored->parameters))
	{
		clt_resolved_use(probe);
		return probe;
	}
	clt_probe_close(probe);
	return NULL;
}

/* may_read_all tells whether all tables of a model are there and the caller may read them. */
static bool
may_read_all(const LinkModel *tables)
{
	int			i;

	for (i = -1; i < tables->nmore; i++)
	{
		Oid			table = i < 0 ? tables->source : tables->more[i];

		if (get_rel_name(table) == NULL || pg_class_aclcheck(table, GetUserId(), ACL_SELECT) != ACLCHECK_OK)
			return false;
	}
	return true;
}

/*
 * clt_probe_open_followed opens a model whose table is being written to: NULL if there is no such model, or no
 * index, of this table.  Nobody waits for a run that is about to end.
 */
LinkProbe *
clt_probe_open_followed(const char *model, Oid source)
{
	LinkProbe  *probe;
	LinkModel	tables;
	Oid			index;
	bool		trained;
	uint64		run;

	if (!find_tables(model, &tables, &trained, &run) || !clt_link_is_table_of(&tables, source) || !may_read_all(&tables) ||
		lock_index(model, tables.source, &index) != LINK_OBSTACLE_NONE)
		return NULL;
	probe = start_probe(true);
	if (find_model(probe, model, &tables, index, run) == LINK_OBSTACLE_NONE)
	{
		probe->followed = clt_link_find_source(probe->model->job, source);
		clt_resolved_use(probe);
		return probe;
	}
	clt_probe_close(probe);
	return NULL;
}

void
clt_probe_close(LinkProbe *probe)
{
	if (probe->key)
		index_close(probe->key, NoLock);
	table_close(probe->table, NoLock);
	if (probe->pushed)
		PopActiveSnapshot();
}
