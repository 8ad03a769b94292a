/*
 * resolved.c
 *		Resolved models in the memory of a backend.
 *
 * A model is read once a backend and kept until its index is written anew, one
 * of its tables changes or a schema does.  The index belongs to the caller, who may have written into
 * it whatever he likes: nothing in it is believed.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "core/clientele.h"
#include "linkage/lookup.h"
#include "linkage/registry.h"
#include "linkage/resolved.h"

/* Models that a backend remembers; the oldest goes. */
#define REMEMBERED 16

static LinkResolved *remembered[REMEMBERED];
static int	next_remembered = 0;	/* the oldest, once all places are taken */
static uint64 schema_changes = 0;

/* forget_changed is told by the server that a table has changed. */
static void
forget_changed(Datum arg, Oid relid)
{
	int			i;

	(void) arg;
	for (i = 0; i < REMEMBERED; i++)
		if (remembered[i] && (relid == InvalidOid || relid == remembered[i]->index || clt_link_is_table_of(&remembered[i]->tables, relid)))
			remembered[i]->valid = false;
}

/* forget_all is told that a schema has changed: names of tables, types and functions in what is asked begin with it. */
static void
forget_all(Datum arg, int cache, uint32 hash)
{
	(void) cache;
	(void) hash;
	schema_changes++;
	forget_changed(arg, InvalidOid);
}

static void
free_plans(SPIPlanPtr *plan, int n)
{
	while (n-- > 0)
		if (plan[n])
			SPI_freeplan(plan[n]);
}

static void
free_resolved(LinkResolved *model)
{
	SPIPlanPtr	plans[] = {model->persons, model->taken, model->changed, model->note};
	int			i;

	free_plans(plans, lengthof(plans));
	for (i = 0; i < LINK_MAX_SOURCES; i++)
	{
		const LinkAsked *asked = &model->asked[i];
		SPIPlanPtr	of_table[] = {asked->by_key, asked->cast, asked->by_json, asked->by_row, asked->inserted, asked->updated};

		free_plans(of_table, lengthof(of_table));
	}
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

/* clt_resolved_head reads which run the index of a call is of, once it is locked. */
LinkObstacle
clt_resolved_head(LinkProbe *probe, LinkIndexHead *head)
{
	bytea	   *page;

	probe->key = clt_link_open_key(probe->table);
	if (!probe->key)
		return LINK_OBSTACLE_SHAPE;
	page = clt_link_read_page(probe, 0, LINK_PAGE_HEAD, 0, 0);
	if (!page)
		return LINK_OBSTACLE_NO_INDEX;
	buffer_of(&head->rest, page);
	if (pq_getmsgbyte(&head->rest) != LINK_INDEX_VERSION)
		return LINK_OBSTACLE_VERSION;
	head->stamp = pq_getmsgint64(&head->rest);
	head->generation = pq_getmsgint(&head->rest, 4);
	return LINK_OBSTACLE_NONE;
}

/* read_places reads where the records of each table end in the order that all have. */
static void
read_places(LinkProbe *probe, StringInfo buf)
{
	LinkJob    *job = probe->model->job;
	uint32		end = 0;
	int			i;

	if (pq_getmsgbyte(buf) != job->nsources)
		clt_link_index_damaged(probe->model->name);
	for (i = 0; i < job->nsources; i++)
	{
		job->in[i].end = pq_getmsgint(buf, 4);
		if (job->in[i].end < end)
			clt_link_index_damaged(probe->model->name);
		end = job->in[i].end;
	}
	if (end != probe->model->n)
		clt_link_index_damaged(probe->model->name);
}

/* read_model fills in what is remembered of a model; the cursor stands behind the generation. */
static LinkObstacle
read_model(LinkProbe *probe, StringInfo buf)
{
	LinkResolved *model = probe->model;
	LinkJob    *job;
	int			f;
	int			r;
	int			i;

	model->n = pq_getmsgint(buf, 4);
	model->large = (Size) RelationGetNumberOfBlocks(probe->table) * BLCKSZ > clt_link_page_space();
	model->job = job = clt_link_job_open(model->tables.source, model->name);
	for (i = 0; i < model->tables.nmore; i++)
		clt_link_job_add(job, model->tables.more[i]);
	if ((int16) pq_getmsgint(buf, 2) != job->key_len || (pq_getmsgbyte(buf) != 0) != job->key_byval)
		return LINK_OBSTACLE_KEY;
	model->bits = pq_getmsgbyte(buf);
	if (model->bits < 1 || model->bits > 48)
		clt_link_index_damaged(model->name);
	read_places(probe, buf);
	job->key_optional = true;
	job->threshold = LINK_DEFAULT_THRESHOLD;
	model->settings = stored_json(probe, LINK_PAGE_SETTINGS);
	model->parameters = stored_json(probe, LINK_PAGE_PARAMETERS);
	clt_link_settings_apply(job, model->settings);
	clt_link_keep_plans(job);
	clt_link_kernels(job);
	for (i = 0; i < job->nsources; i++)
		model->asked[i].select_list = clt_link_select_list(job, i);
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
	return LINK_OBSTACLE_NONE;
}

/* start_model makes an empty memory of a model. */
static LinkResolved *
start_model(const char *name, const LinkModel *tables, Oid index)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "clientele resolved model", ALLOCSET_DEFAULT_SIZES);
	LinkResolved *model = MemoryContextAllocZero(context, sizeof(LinkResolved));

	model->context = context;
	model->name = MemoryContextStrdup(context, name);
	model->user = GetUserId();
	model->tables = *tables;
	model->tables.settings = model->tables.parameters = NULL;
	model->index = index;
	model->known = clt_link_known(context);
	model->valid = true;
	return model;
}

/* find_remembered returns the place of a model in the memory of the backend, or the one that is free or gives way. */
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
	return next_remembered;
}

/* remember_model reads a model into the memory of the backend. */
static LinkObstacle
remember_model(LinkProbe *probe, LinkResolved *made, StringInfo buf)
{
	MemoryContext old = MemoryContextSwitchTo(made->context);
	uint64		before = schema_changes;
	LinkObstacle why;
	bool		found;
	int			place;

	probe->model = made;
	why = read_model(probe, buf);
	MemoryContextSwitchTo(old);
	if (why != LINK_OBSTACLE_NONE)
		return why;
	/* names that were read before it changed are the old ones */
	made->valid = schema_changes == before;
	place = find_remembered(made->name, &found);

	/*
	 * one that is in use by a caller of ours is freed with that caller's
	 * memory, or never
	 */
	if (remembered[place] && remembered[place]->uses == 0)
		free_resolved(remembered[place]);
	MemoryContextSetParent(made->context, CacheMemoryContext);
	if (remembered[place] && !found)
		next_remembered = (place + 1) % REMEMBERED;
	remembered[place] = made;
	return LINK_OBSTACLE_NONE;
}

/* clt_resolved_find finds the model of an index in the memory of the backend, or reads it. */
LinkObstacle
clt_resolved_find(LinkProbe *probe, const char *name, const LinkModel *tables, Oid index, LinkIndexHead *head)
{
	static bool registered = false;
	LinkResolved *made;
	bool		found;
	int			place;

	if (!registered)
	{
		CacheRegisterRelcacheCallback(forget_changed, (Datum) 0);
		CacheRegisterSyscacheCallback(NAMESPACEOID, forget_all, (Datum) 0);
		registered = true;
	}
	place = find_remembered(name, &found);
	probe->model = remembered[place];
	if (found && probe->model->valid && probe->model->stamp == head->stamp &&
		probe->model->tables.source == tables->source && probe->model->index == index)
		return LINK_OBSTACLE_NONE;
	made = start_model(name, tables, index);
	made->stamp = head->stamp;
	made->generation = head->generation;
	return remember_model(probe, made, &head->rest);
}

/* clt_resolved_use keeps a model until the memory of the call goes. */
void
clt_resolved_use(LinkProbe *probe)
{
	MemoryContextCallback *callback = palloc0(sizeof(MemoryContextCallback));

	probe->model->uses++;
	callback->func = stop_using;
	callback->arg = probe->model;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, callback);
}
