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
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
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
	LinkModel	stored;

	if (why == LINK_OBSTACLE_NO_INDEX && clt_link_find_model(model, &stored, CurrentMemoryContext) && stored.nmore > 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("linkage model \"%s\" links several tables", model),
				 errdetail("Only models of one table have an index to search by.")));
	if (why == LINK_OBSTACLE_NO_RIGHT)
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_TABLE, get_rel_name(index));
	if (why == LINK_OBSTACLE_SHAPE)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table \"%s\" no longer has the columns that clientele gave it", get_rel_name(index)),
				 errhint("Drop it; CALL clientele.resolve('%s') makes it anew.", model)));
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 why == LINK_OBSTACLE_NO_INDEX ? errmsg("linkage model \"%s\" has no index to search by", model) :
			 why == LINK_OBSTACLE_VERSION ? errmsg("index of linkage model \"%s\" was written by another version of clientele", model) :
			 errmsg("key of table \"%s\" has changed since linkage model \"%s\" was resolved", get_rel_name(source), model),
			 errhint("CALL clientele.resolve('%s').", model)));
}

/* find_source asks the registry, as the caller; false if there is no such model. */
static bool
find_source(const char *name, Oid *source, bool *trained, uint64 *run)
{
	static SPIPlanPtr plan = NULL;
	Oid			types[1] = {TEXTOID};
	Datum		values[1] = {CStringGetTextDatum(name)};
	bool		isnull;

	if (!plan)
	{
		plan = SPI_prepare("SELECT source, parameters IS NOT NULL, run FROM clientele.linkage_model "
						   "WHERE owner OPERATOR(pg_catalog.=) current_user AND name OPERATOR(pg_catalog.=) $1", 1, types);
		SPI_keepplan(plan);
	}
	if (SPI_execute_plan(plan, values, NULL, true, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not read the registry of linkage models");
	if (SPI_processed == 0)
		return false;
	*source = DatumGetObjectId(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	*trained = DatumGetBool(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2, &isnull));
	*run = (uint64) DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 3, &isnull));
	SPI_freetuptable(SPI_tuptable);
	return true;
}

/*
 * is_of_run tells whether an index is of the model's last run: one that outlived its
 * model is not.  What the registry said before may be older than what we see now.
 */
static bool
is_of_run(const char *name, uint64 stamp, uint64 run)
{
	Oid			source;
	bool		trained;

	return stamp == run || (find_source(name, &source, &trained, &run) && stamp == run);
}

/* source_of_model returns the table of a model that is trained; run, what its last run is known by. */
static Oid
source_of_model(const char *name, uint64 *run)
{
	Oid			source;
	bool		trained;

	if (!find_source(name, &source, &trained, run))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("linkage model \"%s\" does not exist", name),
				 errhint("Models are made by clientele.dedupe() and clientele.create_model().")));
	if (!trained)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("linkage model \"%s\" is not trained", name),
				 errhint("CALL clientele.train('%s').", name)));
	return source;
}

/* lock_index locks what a call reads first, before it takes its snapshot. */
static LinkObstacle
lock_index(const char *name, Oid source, Oid *index)
{
	*index = get_relname_relid(psprintf("%s_index", name), get_rel_namespace(source));
	if (!OidIsValid(*index))
		return LINK_OBSTACLE_NO_INDEX;
	if (pg_class_aclcheck(*index, GetUserId(), ACL_SELECT) != ACLCHECK_OK)
		return LINK_OBSTACLE_NO_RIGHT;
	if (!clt_link_is_result(*index, RELKIND_RELATION))
		return LINK_OBSTACLE_SHAPE;
	LockRelationOid(*index, AccessShareLock);
	return LINK_OBSTACLE_NONE;
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
lock_persons(const char *name, Oid source)
{
	Oid			person = get_relname_relid(psprintf("%s_person", name), get_rel_namespace(source));

	if (!OidIsValid(person))
		return;
	LockRelationOid(person, AccessShareLock);
	if (!clt_link_is_result(person, RELKIND_RELATION))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table \"%s\" is no result of linkage model \"%s\"", get_rel_name(person), name)));
}

/* find_model finds the model of an index that is locked; run: what the last one was when the registry was asked. */
static LinkObstacle
find_model(LinkProbe *probe, const char *name, Oid source, Oid index, uint64 run)
{
	LinkIndexHead head;
	LinkObstacle why;

	probe->table = table_open(index, NoLock);
	why = clt_resolved_head(probe, &head);
	if (why != LINK_OBSTACLE_NONE)
		return why;
	if (!is_of_run(name, head.stamp, run))
		return LINK_OBSTACLE_NO_INDEX;
	return clt_resolved_find(probe, name, source, index, &head);
}

static LinkProbe *
start_probe(bool fresh)
{
	LinkProbe  *probe = palloc0(sizeof(LinkProbe));

	if (fresh)
		PushActiveSnapshot(GetTransactionSnapshot());
	probe->pushed = fresh;
	probe->snapshot = GetActiveSnapshot();
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
	uint64		run;
	Oid			source = source_of_model(model, &run);
	Oid			index;
	LinkObstacle why;

	lock_source(model, source);
	why = lock_index(model, source, &index);
	if (why != LINK_OBSTACLE_NONE)
		refuse(why, model, source, index);
	lock_persons(model, source);
	probe = start_probe(fresh);
	why = find_model(probe, model, source, index, run);
	if (why != LINK_OBSTACLE_NONE)
		refuse(why, model, source, index);
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

	if (stored->nmore > 0 || !stored->parameters)
		return NULL;
	lock_source(model, stored->source);
	if (lock_index(model, stored->source, &index) != LINK_OBSTACLE_NONE)
		return NULL;
	probe = start_probe(true);
	if (find_model(probe, model, stored->source, index, 0) == LINK_OBSTACLE_NONE &&
		same_json(probe->model->settings, stored->settings) && same_json(probe->model->parameters, stored->parameters))
	{
		clt_resolved_use(probe);
		return probe;
	}
	clt_probe_close(probe);
	return NULL;
}

/*
 * clt_probe_open_followed opens a model whose table is being written to: NULL if there is no such model, or no
 * index, of this table.  Nobody waits for a run that is about to end.
 */
LinkProbe *
clt_probe_open_followed(const char *model, Oid source)
{
	LinkProbe  *probe;
	Oid			of_model;
	Oid			index;
	bool		trained;
	uint64		run;

	if (!find_source(model, &of_model, &trained, &run) || of_model != source || lock_index(model, source, &index) != LINK_OBSTACLE_NONE)
		return NULL;
	probe = start_probe(true);
	if (find_model(probe, model, source, index, run) == LINK_OBSTACLE_NONE)
	{
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
