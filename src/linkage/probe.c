/*
 * probe.c
 *		A resolved model in the memory of a backend.
 *
 * A model is read once a backend and kept until its index is written anew or one
 * of its tables changes; every call asks the registry, as the caller, whether the
 * model is still there, and reads the head of the index.  Nothing is written, so
 * all of it works on a standby.  The index belongs to the caller, who may have
 * written into it whatever he likes: nothing in it is believed.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "core/clientele.h"
#include "linkage/engine.h"
#include "linkage/index.h"
#include "linkage/lookup.h"
#include "linkage/probe.h"
#include "linkage/registry.h"
#include "linkage/results.h"

/* Models that a backend remembers; the oldest goes. */
#define REMEMBERED 16

static LinkResolved *remembered[REMEMBERED];
static int	next_remembered = 0;

/* Why a model cannot be opened. */
typedef enum Obstacle
{
	OBSTACLE_NONE,
	OBSTACLE_NO_INDEX,
	OBSTACLE_NO_RIGHT,
	OBSTACLE_SHAPE,
	OBSTACLE_VERSION,
	OBSTACLE_KEY
} Obstacle;

pg_noreturn static void refuse(Obstacle why, const char *model, Oid source, Oid index);

static void
refuse(Obstacle why, const char *model, Oid source, Oid index)
{
	LinkModel	stored;

	if (why == OBSTACLE_NO_INDEX && clt_link_find_model(model, &stored, CurrentMemoryContext) && stored.nmore > 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("linkage model \"%s\" links several tables", model),
				 errdetail("Only models of one table have an index to search by.")));
	if (why == OBSTACLE_NO_RIGHT)
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_TABLE, get_rel_name(index));
	if (why == OBSTACLE_SHAPE)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table \"%s\" no longer has the columns that clientele gave it", get_rel_name(index)),
				 errhint("Drop it; CALL clientele.resolve('%s') makes it anew.", model)));
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 why == OBSTACLE_NO_INDEX ? errmsg("linkage model \"%s\" has no index to search by", model) :
			 why == OBSTACLE_VERSION ? errmsg("index of linkage model \"%s\" was written by another version of clientele", model) :
			 errmsg("key of table \"%s\" has changed since linkage model \"%s\" was resolved", get_rel_name(source), model),
			 errhint("CALL clientele.resolve('%s').", model)));
}

/* ---- remembering a model ---- */

/* forget_changed is told by the server that a table has changed. */
static void
forget_changed(Datum arg, Oid relid)
{
	int			i;

	(void) arg;
	for (i = 0; i < REMEMBERED; i++)
		if (remembered[i] && (relid == InvalidOid || relid == remembered[i]->source || relid == remembered[i]->index))
			remembered[i]->valid = false;
}

static void
free_resolved(LinkResolved *model)
{
	SPIPlanPtr	plans[] = {model->by_key, model->by_json, model->by_row, model->persons, model->changed, model->note, model->inserted, model->updated};
	int			i;

	for (i = 0; i < (int) lengthof(plans); i++)
		if (plans[i])
			SPI_freeplan(plans[i]);
	for (i = 0; i < LINK_LISTS; i++)
		if (model->list[i])
			clt_link_forget_list(model->list[i]);
	MemoryContextDelete(model->context);
}

/* stop_using runs when the memory of a call goes, be it by an error. */
static void
stop_using(void *arg)
{
	((LinkResolved *) arg)->uses--;
}

static Jsonb *
stored_json(LinkProbe *probe, char kind)
{
	bytea	   *page = clt_link_read_page(probe, probe->model->generation, kind, 0, 0);

	if (!page)
		clt_link_index_damaged(probe->model->name);
	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(pnstrdup(VARDATA(page), VARSIZE(page) - VARHDRSZ))));
}

static void
buffer_of(StringInfo buf, bytea *page)
{
	buf->data = VARDATA(page);
	buf->len = buf->maxlen = VARSIZE(page) - VARHDRSZ;
	buf->cursor = 0;
}

/* read_classes reads the distinct statistics of a field's values. */
static void
read_classes(LinkProbe *probe, int f)
{
	LinkFieldStats *stats = &probe->model->stats[f];
	uint32		cap = 64;

	stats->classes = palloc(cap * sizeof(LinkValueClass));
	for (;;)
	{
		StringInfoData buf;
		bytea	   *page = clt_link_read_page(probe, probe->model->generation, LINK_PAGE_VALUE_CLASSES, f, stats->nclasses);

		/* pages follow each other without a gap */
		if (!page || VARSIZE(page) - VARHDRSZ < 24)
			return;
		buffer_of(&buf, page);
		while (buf.len - buf.cursor >= 24)
		{
			LinkValueClass *c;

			if (stats->nclasses == cap)
			{
				cap *= 2;
				stats->classes = repalloc_huge(stats->classes, cap * sizeof(LinkValueClass));
			}
			c = &stats->classes[stats->nclasses++];
			c->count = pq_getmsgint(&buf, 4);
			c->before = pq_getmsgint(&buf, 4);
			c->tf_u = pq_getmsgfloat4(&buf);
			c->tf_h = pq_getmsgfloat4(&buf);
			c->lift = pq_getmsgfloat4(&buf);
			c->flags = pq_getmsgint(&buf, 4);
		}
		pfree(page);
	}
}

static void
read_field(LinkProbe *probe, StringInfo buf, const LinkField *field, int part)
{
	LinkResolved *model = probe->model;
	LinkFieldStats *stats = &model->stats[part];
	int			i;

	if (pq_getmsgbyte(buf) != (int) field->kind)
		clt_link_index_damaged(model->name);
	stats->filled = pq_getmsgint64(buf);
	stats->log_u = pq_getmsgfloat4(buf);
	stats->log_h = pq_getmsgfloat4(buf);
	stats->lift = pq_getmsgfloat4(buf);
	stats->nsingles = pq_getmsgbyte(buf);
	stats->single = palloc0(Max(stats->nsingles, 1) * sizeof(LinkValueClass));
	for (i = 0; i < stats->nsingles; i++)
	{
		stats->single[i].count = 1;
		stats->single[i].flags = pq_getmsgint(buf, 4);
		stats->single[i].tf_u = pq_getmsgfloat4(buf);
		stats->single[i].tf_h = pq_getmsgfloat4(buf);
		stats->single[i].lift = pq_getmsgfloat4(buf);
	}
	read_classes(probe, part);
}

/* rule_id is a number of what a rule is made of. */
static uint64
rule_id(LinkJob *job, const LinkRule *rule)
{
	uint64		id = (uint64) rule->natoms + 1;
	int			a;
	int			i;

	for (a = 0; a < rule->natoms; a++)
	{
		const LinkAtom *atom = &rule->atom[a];
		int			field[2] = {atom->field, atom->second};

		id = clt_block_combine(id, (uint64) atom->transform + 1);
		for (i = 0; i < 2; i++)
		{
			const char *column = field[i] < 0 ? "" : job->field[field[i]].column[0];

			id = clt_block_combine(id, clt_block_hash(column, strlen(column), 5));
		}
	}
	return id;
}

static void
read_rule(LinkProbe *probe, StringInfo buf, int r)
{
	LinkResolved *model = probe->model;
	LinkProbeRule *pr = &model->rule[r];
	int			a;

	pr->rule.natoms = pq_getmsgbyte(buf);
	pr->rule.split_of = pq_getmsgbyte(buf) - 1;
	pr->search = pq_getmsgbyte(buf) != 0;
	pr->has_large = pq_getmsgbyte(buf) != 0;
	if (pr->rule.natoms < 1 || pr->rule.natoms > LINK_RULE_ATOMS || pr->rule.split_of >= r)
		clt_link_index_damaged(model->name);
	for (a = 0; a < pr->rule.natoms; a++)
	{
		LinkAtom   *atom = &pr->rule.atom[a];

		atom->field = pq_getmsgbyte(buf);
		atom->second = pq_getmsgbyte(buf) - 1;
		atom->transform = (LinkTransform) pq_getmsgbyte(buf);
		if (atom->field >= model->job->nfields || atom->second >= model->job->nfields ||
			(int) atom->transform >= LINK_NTRANSFORMS || (atom->transform == LINK_EITHER_ORDER && atom->second < 0))
			clt_link_index_damaged(model->name);
	}
	pr->id = rule_id(model->job, &pr->rule);
}

/* read_head reads the part of the head that says which run the index is of; leaves the cursor behind it. */
static Obstacle
read_head(LinkProbe *probe, StringInfo buf, uint64 *stamp, int32 *generation)
{
	bytea	   *page = clt_link_read_page(probe, 0, LINK_PAGE_HEAD, 0, 0);

	if (!page)
		return OBSTACLE_NO_INDEX;
	buffer_of(buf, page);
	if (pq_getmsgbyte(buf) != LINK_INDEX_VERSION)
		return OBSTACLE_VERSION;
	*stamp = pq_getmsgint64(buf);
	*generation = pq_getmsgint(buf, 4);
	return OBSTACLE_NONE;
}

/* read_model fills in what is remembered of a model; the cursor stands behind the generation. */
static Obstacle
read_model(LinkProbe *probe, StringInfo buf)
{
	LinkResolved *model = probe->model;
	LinkJob    *job;
	int			f;
	int			r;
	int			i;

	model->n = pq_getmsgint(buf, 4);
	model->large = (Size) RelationGetNumberOfBlocks(probe->table) * BLCKSZ > clt_link_page_space();
	model->job = job = clt_link_job_open(model->source, model->name);
	if ((int16) pq_getmsgint(buf, 2) != job->key_len || (pq_getmsgbyte(buf) != 0) != job->key_byval)
		return OBSTACLE_KEY;
	model->bits = pq_getmsgbyte(buf);
	if (model->bits < 1 || model->bits > 48)
		clt_link_index_damaged(model->name);
	job->key_optional = true;
	job->threshold = LINK_DEFAULT_THRESHOLD;
	model->settings = stored_json(probe, LINK_PAGE_SETTINGS);
	model->parameters = stored_json(probe, LINK_PAGE_PARAMETERS);
	clt_link_settings_apply(job, model->settings);
	clt_link_kernels(job);
	model->select_list = clt_link_select_list(job);
	for (i = 0; i < job->ncomparisons; i++)
		clt_link_apply_options(job, i);
	clt_link_parameters_apply(job, model->parameters);
	clt_fs_table(&job->fs, &job->score);
	if (pq_getmsgbyte(buf) != job->nfields)
		clt_link_index_damaged(model->name);
	for (f = 0; f < job->nfields; f++)
	{
		read_field(probe, buf, &job->field[f], f);
		if (job->field[f].element)
			read_field(probe, buf, job->field[f].element, LINK_ELEMENT_PART(f));
	}
	for (i = 0; i < job->ncomparisons; i++)
		for (f = 0; job->comparison[i].levels && f < job->comparison[i].nfields; f++)
			job->comparison[i].levels->log_u[f] = pq_getmsgfloat4(buf);
	model->nrules = pq_getmsgbyte(buf);
	if (model->nrules > LINK_PROBE_RULES)
		clt_link_index_damaged(model->name);
	for (r = 0; r < model->nrules; r++)
		read_rule(probe, buf, r);
	pq_getmsgend(buf);
	return OBSTACLE_NONE;
}

/* start_model makes an empty memory of a model. */
static LinkResolved *
start_model(const char *name, Oid source, Oid index)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "clientele resolved model", ALLOCSET_DEFAULT_SIZES);
	LinkResolved *model = MemoryContextAllocZero(context, sizeof(LinkResolved));

	model->context = context;
	model->name = MemoryContextStrdup(context, name);
	model->user = GetUserId();
	model->source = source;
	model->index = index;
	model->known = clt_link_known(context);
	model->valid = true;
	return model;
}

/* find_remembered returns the place of a model in the memory of the backend, or of the one that gives way. */
static int
find_remembered(const char *name, bool *found)
{
	int			i;

	for (i = 0; i < REMEMBERED; i++)
		if (remembered[i] && remembered[i]->user == GetUserId() && strcmp(remembered[i]->name, name) == 0)
		{
			*found = true;
			return i;
		}
	*found = false;
	for (i = 0; i < REMEMBERED; i++)
		if (!remembered[i])
			return i;
	next_remembered = (next_remembered + 1) % REMEMBERED;
	return next_remembered;
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
static Obstacle
lock_index(const char *name, Oid source, Oid *index)
{
	*index = get_relname_relid(psprintf("%s_index", name), get_rel_namespace(source));
	if (!OidIsValid(*index))
		return OBSTACLE_NO_INDEX;
	if (pg_class_aclcheck(*index, GetUserId(), ACL_SELECT) != ACLCHECK_OK)
		return OBSTACLE_NO_RIGHT;
	if (!clt_link_is_result(*index, RELKIND_RELATION))
		return OBSTACLE_SHAPE;
	LockRelationOid(*index, AccessShareLock);
	return OBSTACLE_NONE;
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

/* remember_model reads a model into the memory of the backend. */
static Obstacle
remember_model(LinkProbe *probe, LinkResolved *made, StringInfo buf)
{
	MemoryContext old = MemoryContextSwitchTo(made->context);
	Obstacle	why;
	bool		found;
	int			place;

	probe->model = made;
	why = read_model(probe, buf);
	MemoryContextSwitchTo(old);
	if (why != OBSTACLE_NONE)
		return why;
	place = find_remembered(made->name, &found);

	/*
	 * one that is in use by a caller of ours is freed with that caller's
	 * memory, or never
	 */
	if (remembered[place] && remembered[place]->uses == 0)
		free_resolved(remembered[place]);
	MemoryContextSetParent(made->context, CacheMemoryContext);
	remembered[place] = made;
	return OBSTACLE_NONE;
}

/* find_model finds the model of an index that is locked in the memory of the backend, or reads it. */
static Obstacle
find_model(LinkProbe *probe, const char *name, Oid source, Oid index, uint64 run)
{
	static bool registered = false;
	StringInfoData buf;
	Obstacle	why;
	uint64		stamp;
	int32		generation;
	bool		found;
	int			place;

	if (!registered)
	{
		CacheRegisterRelcacheCallback(forget_changed, (Datum) 0);
		registered = true;
	}
	probe->table = table_open(index, NoLock);
	probe->key = clt_link_open_key(probe->table);
	if (!probe->key)
		return OBSTACLE_SHAPE;
	why = read_head(probe, &buf, &stamp, &generation);
	if (why != OBSTACLE_NONE)
		return why;
	if (!is_of_run(name, stamp, run))
		return OBSTACLE_NO_INDEX;
	place = find_remembered(name, &found);
	probe->model = remembered[place];
	if (!found || !probe->model->valid || probe->model->stamp != stamp || probe->model->source != source ||
		probe->model->index != index)
	{
		LinkResolved *made = start_model(name, source, index);

		made->stamp = stamp;
		made->generation = generation;
		return remember_model(probe, made, &buf);
	}
	return OBSTACLE_NONE;
}

/* use_model keeps a model until the memory of the call goes. */
static void
use_model(LinkProbe *probe)
{
	MemoryContextCallback *callback = palloc0(sizeof(MemoryContextCallback));

	probe->model->uses++;
	callback->func = stop_using;
	callback->arg = probe->model;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, callback);
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
	Obstacle	why;

	lock_source(model, source);
	why = lock_index(model, source, &index);
	if (why != OBSTACLE_NONE)
		refuse(why, model, source, index);
	lock_persons(model, source);
	probe = start_probe(fresh);
	why = find_model(probe, model, source, index, run);
	if (why != OBSTACLE_NONE)
		refuse(why, model, source, index);
	use_model(probe);
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
	if (lock_index(model, stored->source, &index) != OBSTACLE_NONE)
		return NULL;
	probe = start_probe(true);
	if (find_model(probe, model, stored->source, index, 0) == OBSTACLE_NONE &&
		same_json(probe->model->settings, stored->settings) && same_json(probe->model->parameters, stored->parameters))
	{
		use_model(probe);
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

	if (!find_source(model, &of_model, &trained, &run) || of_model != source || lock_index(model, source, &index) != OBSTACLE_NONE)
		return NULL;
	probe = start_probe(true);
	if (find_model(probe, model, source, index, run) == OBSTACLE_NONE)
	{
		use_model(probe);
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
