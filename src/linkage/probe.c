/*
 * probe.c
 *		A resolved model in the memory of a backend, and a few records encoded
 *		with it as the whole table would encode them.
 *
 * The records go through the code that encodes a table (source.c), into
 * dictionaries of their own; what the dictionaries of the whole table would say
 * of their values is looked up in <model>_index.  So weights are those of the
 * last run, whatever was inserted since.
 *
 * A model is read once a backend and kept until its index is written anew or one
 * of its tables changes; every call asks the registry, as the caller, whether the
 * model is still there, and reads the head of the index.  Nothing is written, so
 * all of it works on a standby.  The index belongs to the caller, who may have
 * written into it whatever he likes: nothing in it is believed.
 */
#include "postgres.h"

#include <math.h>

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/typcache.h"

#include "core/clientele.h"
#include "core/varint.h"
#include "linkage/engine.h"
#include "linkage/index.h"
#include "linkage/page_cache.h"
#include "linkage/probe.h"
#include "linkage/registry.h"
#include "linkage/results.h"

/* Models that a backend remembers; the oldest goes. */
#define REMEMBERED 16
/* Words and values that it remembers of one. */
#define MOST_KNOWN 65536

static LinkResolved *remembered[REMEMBERED];
static int	next_remembered = 0;

/* What was found under a key of a list. */
typedef struct KnownKey
{
	uint64		hash;
	uint32		kind;
	uint32		part;
} KnownKey;

typedef struct Known
{
	KnownKey	key;
	bool		there;
	uint64		value;
} Known;

pg_noreturn static void damaged(const char *model);

static void
damaged(const char *model)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("index of linkage model \"%s\" is damaged", model),
			 errhint("CALL clientele.resolve('%s') writes it anew.", model)));
}

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

/* ---- reading the index ---- */

/* open_key opens the key of the table if that still is what index.c made, else NULL. */
static Relation
open_key(Relation table)
{
	static const Oid type[] = {INT4OID, CHAROID, INT2OID, INT8OID, BYTEAOID};
	TupleDesc	desc = RelationGetDescr(table);
	Relation	key;
	bool		good = table->rd_rel->relkind == RELKIND_RELATION && desc->natts == (int) lengthof(type);
	int			i;

	for (i = 0; good && i < (int) lengthof(type); i++)
		good = !TupleDescAttr(desc, i)->attisdropped && TupleDescAttr(desc, i)->atttypid == type[i];
	list_free(RelationGetIndexList(table));
	if (!good || !OidIsValid(table->rd_pkindex))
		return NULL;
	key = index_open(table->rd_pkindex, AccessShareLock);
	good = key->rd_index->indnkeyatts == 4;
	for (i = 0; good && i < 4; i++)
		good = key->rd_index->indkey.values[i] == i + 1;
	if (good)
		return key;
	index_close(key, NoLock);
	return NULL;
}

/*
 * read_page returns a copy of the last page of a list that begins at or before a
 * key, NULL if there is none, and where it begins.
 */
static bytea *
read_page(LinkProbe *probe, int32 generation, char kind, int part, uint64 key, uint64 *first)
{
	ScanKeyData skey[4];
	SysScanDesc scan;
	HeapTuple	tuple;
	bytea	   *page = NULL;

	ScanKeyInit(&skey[0], 1, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(generation));
	ScanKeyInit(&skey[1], 2, BTEqualStrategyNumber, F_CHAREQ, CharGetDatum(kind));
	ScanKeyInit(&skey[2], 3, BTEqualStrategyNumber, F_INT2EQ, Int16GetDatum(part));
	ScanKeyInit(&skey[3], 4, BTLessEqualStrategyNumber, F_INT8LE, Int64GetDatum(clt_link_index_first(key)));
	scan = systable_beginscan_ordered(probe->table, probe->key, probe->snapshot, 4, skey);
	tuple = systable_getnext_ordered(scan, BackwardScanDirection);
	if (HeapTupleIsValid(tuple))
	{
		bool		null_first;
		bool		null_page;
		Datum		d = heap_getattr(tuple, 4, RelationGetDescr(probe->table), &null_first);
		Datum		p = heap_getattr(tuple, 5, RelationGetDescr(probe->table), &null_page);

		if (!null_first && !null_page)
		{
			*first = clt_link_index_key(DatumGetInt64(d));
			page = DatumGetByteaPCopy(p);
		}
	}
	systable_endscan_ordered(scan);
	return page;
}

/* list_page returns the page on which a key of a list would be; it lasts until the next call. */
static LinkPage *
list_page(LinkProbe *probe, char kind, int part, uint64 key, bool entries)
{
	LinkResolved *model = probe->model;
	uint64		list = clt_link_page_list(model->number, kind, part);
	LinkPage   *page = clt_link_cached_page(list, key);

	if (!page)
	{
		uint64		first = 0;
		bytea	   *read = read_page(probe, model->generation, kind, part, key, &first);

		page = read ? clt_link_cache_page(list, key, first, VARDATA(read), VARSIZE(read) - VARHDRSZ, entries) :
			clt_link_cache_page(list, key, 0, "", 0, entries);
		if (!page)
			damaged(model->name);
		if (read)
			pfree(read);
	}
	return page;
}

/* seek_key opens the page of a key in a list shortly before it. */
static void
seek_key(LinkProbe *probe, char kind, int part, uint64 key, CltPageReader *reader)
{
	LinkPage   *page = list_page(probe, kind, part, key, true);

	clt_page_open(reader, page->first, page->data, page->len);
	clt_page_seek(reader, page->data, page->stops, page->nstops, key);
}

/* look_up finds the value of a key in a list. */
static bool
look_up(LinkProbe *probe, char kind, int part, uint64 key, uint64 *value)
{
	CltPageReader reader;
	int			rc;

	seek_key(probe, kind, part, key, &reader);
	while ((rc = clt_page_next(&reader)) == 1 && reader.key < key)
		;
	*value = rc == 1 ? reader.value : 0;
	return rc == 1 && reader.key == key;
}

/* look_up_known does so for what is asked for often: answers are kept. */
static bool
look_up_known(LinkProbe *probe, char kind, int part, uint64 key, uint64 *value)
{
	LinkResolved *model = probe->model;
	KnownKey	known_key = {key, (uint32) kind, (uint32) part};
	Known	   *known = hash_search(model->known, &known_key, HASH_FIND, NULL);
	bool		there;

	if (known)
	{
		*value = known->value;
		return known->there;
	}
	there = look_up(probe, kind, part, key, value);
	if (hash_get_num_entries(model->known) < MOST_KNOWN)
	{
		known = hash_search(model->known, &known_key, HASH_ENTER, NULL);
		known->there = there;
		known->value = *value;
	}
	return there;
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
	SPIPlanPtr	plans[4] = {model->by_key, model->by_json, model->by_row, model->persons};
	int			i;

	for (i = 0; i < 4; i++)
		if (plans[i])
			SPI_freeplan(plans[i]);
	clt_link_forget_pages(model->number);
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
	uint64		first;
	bytea	   *page = read_page(probe, probe->model->generation, kind, 0, 0, &first);

	if (!page)
		damaged(probe->model->name);
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
		uint64		first;
		bytea	   *page = read_page(probe, probe->model->generation, LINK_PAGE_VALUE_CLASSES, f, stats->nclasses, &first);

		/* pages follow each other without a gap */
		if (!page || first != stats->nclasses || VARSIZE(page) - VARHDRSZ < 24)
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
		damaged(model->name);
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
		damaged(model->name);
	for (a = 0; a < pr->rule.natoms; a++)
	{
		LinkAtom   *atom = &pr->rule.atom[a];

		atom->field = pq_getmsgbyte(buf);
		atom->second = pq_getmsgbyte(buf) - 1;
		atom->transform = (LinkTransform) pq_getmsgbyte(buf);
		if (atom->field >= model->job->nfields || atom->second >= model->job->nfields ||
			(int) atom->transform >= LINK_NTRANSFORMS || (atom->transform == LINK_EITHER_ORDER && atom->second < 0))
			damaged(model->name);
	}
}

/* read_head reads the part of the head that says which run the index is of; leaves the cursor behind it. */
static Obstacle
read_head(LinkProbe *probe, StringInfo buf, uint64 *stamp, int32 *generation)
{
	uint64		first;
	bytea	   *page = read_page(probe, 0, LINK_PAGE_HEAD, 0, 0, &first);

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
	model->job = job = clt_link_job_open(model->source, model->name);
	if ((int16) pq_getmsgint(buf, 2) != job->key_len || (pq_getmsgbyte(buf) != 0) != job->key_byval)
		return OBSTACLE_KEY;
	model->bits = pq_getmsgbyte(buf);
	if (model->bits < 1 || model->bits > 48)
		damaged(model->name);
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
		damaged(model->name);
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
		damaged(model->name);
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
	static uint32 numbers = 0;
	HASHCTL		ctl;

	memset(&ctl, 0, sizeof(ctl));
	ctl.keysize = sizeof(KnownKey);
	ctl.entrysize = sizeof(Known);
	ctl.hcxt = context;
	model->context = context;
	model->number = ++numbers;
	model->name = MemoryContextStrdup(context, name);
	model->user = GetUserId();
	model->source = source;
	model->index = index;
	model->known = hash_create("clientele words and values", 1024, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
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

/* source_of_model asks the registry, as the caller. */
static Oid
source_of_model(const char *name)
{
	static SPIPlanPtr plan = NULL;
	Oid			types[1] = {TEXTOID};
	Datum		values[1] = {CStringGetTextDatum(name)};
	Oid			source;
	bool		trained;
	bool		isnull;

	if (!plan)
	{
		plan = SPI_prepare("SELECT source, parameters IS NOT NULL FROM clientele.linkage_model "
						   "WHERE owner OPERATOR(pg_catalog.=) current_user AND name OPERATOR(pg_catalog.=) $1", 1, types);
		SPI_keepplan(plan);
	}
	if (SPI_execute_plan(plan, values, NULL, true, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not read the registry of linkage models");
	if (SPI_processed == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("linkage model \"%s\" does not exist", name),
				 errhint("Models are made by clientele.dedupe() and clientele.create_model().")));
	source = DatumGetObjectId(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	trained = DatumGetBool(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2, &isnull));
	SPI_freetuptable(SPI_tuptable);
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
	if (get_rel_relkind(*index) != RELKIND_RELATION)
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

	if (OidIsValid(person))
		LockRelationOid(person, AccessShareLock);
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
find_model(LinkProbe *probe, const char *name, Oid source, Oid index)
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
	probe->key = open_key(probe->table);
	if (!probe->key)
		return OBSTACLE_SHAPE;
	why = read_head(probe, &buf, &stamp, &generation);
	if (why != OBSTACLE_NONE)
		return why;
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
	Oid			source = source_of_model(model);
	Oid			index;
	Obstacle	why;

	lock_source(model, source);
	why = lock_index(model, source, &index);
	if (why != OBSTACLE_NONE)
		refuse(why, model, source, index);
	lock_persons(model, source);
	probe = start_probe(fresh);
	why = find_model(probe, model, source, index);
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

	if (OidIsValid(stored->right_source) || !stored->parameters)
		return NULL;
	lock_source(model, stored->source);
	if (lock_index(model, stored->source, &index) != OBSTACLE_NONE)
		return NULL;
	probe = start_probe(true);
	if (find_model(probe, model, stored->source, index) == OBSTACLE_NONE &&
		same_json(probe->model->settings, stored->settings) && same_json(probe->model->parameters, stored->parameters))
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

/* ---- records ---- */

/* clt_probe_records returns an empty job of the model; records are added to it. */
LinkJob *
clt_probe_records(LinkProbe *probe)
{
	LinkJob    *few = palloc(sizeof(LinkJob));
	MemoryContext old;
	int			i;

	*few = *probe->model->job;
	few->context = AllocSetContextCreate(CurrentMemoryContext, "clientele few records", ALLOCSET_DEFAULT_SIZES);
	few->probe = probe;
	old = MemoryContextSwitchTo(few->context);
	for (i = 0; i < few->nfields; i++)
		if (few->field[i].element)
		{
			LinkField  *element = few->field[i].element;

			few->field[i].element = palloc(sizeof(LinkField));
			*few->field[i].element = *element;
		}
	for (i = 0; i < few->ncomparisons; i++)
		if (few->comparison[i].levels)
		{
			CltLevels  *levels = few->comparison[i].levels;

			few->comparison[i].levels = palloc(sizeof(CltLevels));
			*few->comparison[i].levels = *levels;
		}
	clt_link_kernels(few);
	MemoryContextSwitchTo(old);
	probe->receiver = clt_link_receiver(few, 64);
	return few;
}

/* clt_probe_run runs a plan of one argument as of the snapshot of the call. */
void
clt_probe_run(LinkProbe *probe, SPIPlanPtr plan, Oid type, Datum argument, DestReceiver *dest)
{
	SPIExecuteOptions options;
	ParamListInfo params = makeParamList(1);

	params->params[0].value = argument;
	params->params[0].isnull = false;
	params->params[0].pflags = PARAM_FLAG_CONST;
	params->params[0].ptype = type;
	memset(&options, 0, sizeof(options));
	options.params = params;
	options.read_only = true;
	options.dest = dest;
	if (SPI_execute_plan_extended(plan, &options) < 0)
		elog(ERROR, "could not read the records of linkage model \"%s\"", probe->model->name);
}

static SPIPlanPtr
keep_plan(const char *sql, Oid type)
{
	/* planned once: the best plan does not depend on which keys are asked for */
	SPIPlanPtr	plan = SPI_prepare_cursor(sql, 1, &type, CURSOR_OPT_GENERIC_PLAN);

	if (!plan)
		elog(ERROR, "could not prepare: %s", sql);
	SPI_keepplan(plan);
	return plan;
}

/* equals_any writes the condition that a key is one of an array, whatever the search path is. */
static char *
equals_any(LinkJob *job, const char *column)
{
	TypeCacheEntry *type = lookup_type_cache(job->key_type, TYPECACHE_EQ_OPR);

	if (!OidIsValid(type->eq_opr) || !OidIsValid(get_array_type(job->key_type)))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("records cannot be found by key column \"%s\" of type %s", job->key_column, job->key_type_name)));
	return psprintf("%s OPERATOR(%s.%s) ANY ($1)", quote_identifier(column),
					quote_identifier(get_namespace_name(get_func_namespace(get_opcode(type->eq_opr)))),
					get_opname(type->eq_opr));
}

/* clt_probe_key_array makes an array of keys. */
Datum
clt_probe_key_array(LinkJob *job, const Datum *keys, int n)
{
	int16		len;
	bool		byval;
	char		align;

	get_typlenbyvalalign(job->key_type, &len, &byval, &align);
	return PointerGetDatum(construct_array((Datum *) keys, n, job->key_type, job->key_len, job->key_byval, align));
}

/* clt_probe_add_keys adds the records with these keys that the caller may see. */
void
clt_probe_add_keys(LinkProbe *probe, const Datum *keys, int n)
{
	LinkResolved *model = probe->model;
	LinkJob    *job = model->job;

	if (!model->by_key)
		model->by_key = keep_plan(psprintf("SELECT %s FROM %s WHERE %s", model->select_list, job->qualified,
										   equals_any(job, job->key_column)), get_array_type(job->key_type));
	clt_probe_run(probe, model->by_key, get_array_type(job->key_type), clt_probe_key_array(job, keys, n), probe->receiver);
}

/* clt_probe_persons returns the plan that asks for the persons of records by their keys. */
SPIPlanPtr
clt_probe_persons(LinkProbe *probe)
{
	LinkResolved *model = probe->model;
	LinkJob    *job = model->job;

	if (!model->persons)
		model->persons = keep_plan(psprintf("SELECT record_key, person_id FROM %s WHERE %s",
											quote_qualified_identifier(job->schema, clt_link_result_name(job, "person")),
											equals_any(job, "record_key")), get_array_type(job->key_type));
	return model->persons;
}

/* check_json refuses what cannot be a record of the source. */
static void
check_json(LinkJob *job, Jsonb *record)
{
	JsonbIterator *it;
	JsonbIteratorToken token;
	JsonbValue	v;

	if (!JB_ROOT_IS_OBJECT(record))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a record must be a JSON object"),
				 errhint("For instance {\"first_name\": \"Ana\", \"last_name\": \"Novak\"}.")));
	it = JsonbIteratorInit(&record->root);
	while ((token = JsonbIteratorNext(&it, &v, true)) != WJB_DONE)
	{
		char	   *name;
		AttrNumber	att;

		if (token != WJB_KEY)
			continue;
		name = pnstrdup(v.val.string.val, v.val.string.len);
		att = strlen(name) < NAMEDATALEN ? get_attnum(job->source, name) : InvalidAttrNumber;
		if (att <= 0)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("column \"%s\" of table \"%s\" does not exist", name, job->table)));
		if (JsonbIteratorNext(&it, &v, true) == WJB_VALUE && v.type == jbvBinary)
		{
			char		category;
			bool		preferred;

			get_type_category_preferred(getBaseType(get_atttype(job->source, att)), &category, &preferred);
			if (category != TYPCATEGORY_ARRAY && category != TYPCATEGORY_COMPOSITE && category != TYPCATEGORY_USER)
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						 errmsg("value of column \"%s\" must not be a JSON array or object", name)));
		}
		pfree(name);
	}
}

/* clt_probe_add_json adds a record given as JSON; the columns' own types read it. */
void
clt_probe_add_json(LinkProbe *probe, Jsonb *record)
{
	LinkResolved *model = probe->model;
	LinkJob    *job = model->job;

	check_json(job, record);
	if (!model->by_json)
		model->by_json = keep_plan(psprintf("SELECT %s FROM pg_catalog.jsonb_populate_record(NULL::%s, $1)",
											model->select_list, job->qualified), JSONBOID);
	clt_probe_run(probe, model->by_json, JSONBOID, JsonbPGetDatum(record), probe->receiver);
}

/* clt_probe_add_row adds a record given as a row of the source's type. */
void
clt_probe_add_row(LinkProbe *probe, Oid type, Datum row)
{
	LinkResolved *model = probe->model;
	LinkJob    *job = model->job;

	if (get_typ_typrelid(type) != model->source)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("a record of linkage model \"%s\" must be jsonb or a row of table \"%s\", not %s",
						model->name, job->table, format_type_be(type))));
	if (!model->by_row)
		model->by_row = keep_plan(psprintf("SELECT %s FROM (SELECT ($1).*) r", model->select_list), type);
	clt_probe_run(probe, model->by_row, type, row, probe->receiver);
}

/* ---- what the whole table says ---- */

/* class_of_value looks the statistics of a value up. */
static void
class_of_value(LinkProbe *probe, int part, const CltValue *v, bool often, LinkValueClass *class)
{
	LinkFieldStats *stats = &probe->model->stats[part];
	uint64		key = v->hash >> (64 - LINK_VALUE_BITS);
	uint64		number;
	int			i;

	if (often ? look_up_known(probe, LINK_PAGE_VALUES, part, key, &number) : look_up(probe, LINK_PAGE_VALUES, part, key, &number))
	{
		if (number >= stats->nclasses)
			damaged(probe->model->name);
		*class = stats->classes[number];
		return;
	}
	for (i = 0; i < stats->nsingles; i++)
		if (stats->single[i].flags == v->flags)
		{
			*class = stats->single[i];
			return;
		}
	memset(class, 0, sizeof(*class));
	if (stats->nsingles > 0)
		*class = stats->single[0];
	class->flags = v->flags;
}

/* had_before tells how many records had a name before names were divided. */
static uint32
had_before(LinkJob *job, LinkField *field, const char *s, uint32 len)
{
	int			part = (int) (field - job->field);
	LinkFieldStats *stats = &job->probe->model->stats[part];
	uint64		number;

	if (!look_up_known(job->probe, LINK_PAGE_VALUES, part, clt_block_hash(s, len, 2) >> (64 - LINK_VALUE_BITS), &number))
		return 0;
	if (number >= stats->nclasses)
		damaged(job->probe->model->name);
	return stats->classes[number].before;
}

/* word_count tells how many records have a word; one that is not in the index, one has. */
static uint32
word_count(LinkProbe *probe, int part, const char *s, uint32 len)
{
	uint64		count;

	if (!look_up_known(probe, LINK_PAGE_TOKENS, part, clt_block_hash(s, len, 3) >> (64 - LINK_VALUE_BITS), &count))
		return 1;
	return (uint32) Min(count, PG_UINT32_MAX);
}

/* counts_words tells whether a kind of value is compared by the weights of its words. */
static bool
counts_words(CltKind kind)
{
	return kind != CLT_KIND_GIVEN && kind != CLT_KIND_MIDDLE && kind != CLT_KIND_SURNAME;
}

/* counts_unequal tells whether statistics of values matter that do not agree: names that nearly do, levels of the user's. */
static bool
counts_unequal(CltKind kind)
{
	return kind == CLT_KIND_GIVEN || kind == CLT_KIND_MIDDLE || kind == CLT_KIND_SURNAME || kind == CLT_KIND_FULL_NAME ||
		kind == CLT_KIND_VERBATIM;
}

/* asked_for marks the values whose statistics matter: those on which two records agree, and all of the first record. */
static uint8 *
asked_for(LinkJob *few, const CltColumn *col)
{
	uint8	   *times = palloc0(col->nvalues);
	uint32		i;

	for (i = 0; i < few->n; i++)
	{
		uint32		code = CLT_CODE(col, i);

		if (code && times[code] < 2)
			times[code] += i == 0 ? 2 : 1;
	}
	return times;
}

/* settle_values gives the values and words of a column what the whole table says of them. */
static void
settle_values(LinkProbe *probe, LinkJob *few, CltColumn *col, int part)
{
	LinkFieldStats *stats = &probe->model->stats[part];

	bool		all = col->code == NULL || counts_unequal(col->kind);
	uint8	   *times = all ? NULL : asked_for(few, col);
	uint32		i;

	col->filled = stats->filled;
	col->log_u = stats->log_u;
	col->log_h = stats->log_h;
	col->lift = stats->lift;
	for (i = 1; i < col->nvalues; i++)
	{
		CltValue   *v = &col->values[i];
		LinkValueClass class;

		if (v->count > 0 || (!all && times[i] < 2))
			continue;
		class_of_value(probe, part, v, all, &class);
		v->count = Max(class.count, 1);
		v->tf_u = class.tf_u;
		v->tf_h = class.tf_h;
		v->lift = class.lift;
		v->flags = (uint16) class.flags;
	}
	for (i = 0; counts_words(col->kind) && i < col->ntokens; i++)
	{
		CltToken   *t = &col->tokens[i];

		if (t->count > 0)
			continue;
		t->count = word_count(probe, part, clt_token_text(t), t->len);
		t->idf = clt_link_word_weight(col->filled, t->count);
	}
	if (times)
		pfree(times);
}

static void
settle_field(LinkProbe *probe, LinkJob *few, int f)
{
	LinkField  *field = &few->field[f];

	field->col.code = few->codes + f;
	field->col.stride = (uint32) few->nfields;
	field->col.element = NULL;
	settle_values(probe, few, &field->col, f);
	if (field->element)
	{
		field->element->col.code = NULL;
		settle_values(probe, few, &field->element->col, LINK_ELEMENT_PART(f));
		field->col.element = &field->element->col;
	}
}

/* clt_probe_settle makes the records added so far ready to be compared. */
void
clt_probe_settle(LinkProbe *probe, LinkJob *few)
{
	int			f;

	clt_link_divide_names(few, had_before);
	for (f = 0; f < few->nfields; f++)
		settle_field(probe, few, f);
}

/* ---- keys and candidates ---- */

static void
add_key(LinkKey *keys, int *n, int rule, uint64 key)
{
	int			i;

	if (key == 0)
		return;
	for (i = *n - 1; i >= 0 && keys[i].rule == rule; i--)
		if (keys[i].key == key)
			return;
	keys[*n].rule = rule;
	keys[(*n)++].key = key;
}

/* is_large tells whether the block of a key was too large when the table was resolved. */
static bool
is_large(LinkProbe *probe, int rule, uint64 key)
{
	uint64		nothing;

	return key && probe->model->rule[rule].has_large && look_up(probe, LINK_PAGE_LARGE, rule, key, &nothing);
}

/* clt_probe_keys lists the keys by which a record is brought together with others; search has more. */
int
clt_probe_keys(LinkProbe *probe, LinkJob *few, uint32 row, bool search, LinkKey *keys)
{
	LinkResolved *model = probe->model;
	int			n = 0;
	int			r;
	int			p;
	int			s;

	for (r = 0; r < model->nrules; r++)
	{
		const LinkProbeRule *pr = &model->rule[r];
		bool		large = false;

		if (pr->rule.split_of >= 0 || (pr->search && !search))
			continue;
		for (s = 0; s < clt_link_rule_slots(few, &pr->rule); s++)
		{
			uint64		key = clt_link_rule_key(few, &pr->rule, row, s);

			if (is_large(probe, r, key))
				large = true;
			else
				add_key(keys, &n, r, key);
		}
		/* the block was divided by another key */
		for (p = r + 1; large && p < model->nrules; p++)
			if (model->rule[p].rule.split_of == r)
			{
				uint64		key = clt_link_rule_key(few, &model->rule[p].rule, row, 0);

				if (!is_large(probe, p, key))
					add_key(keys, &n, p, key);
			}
	}
	return n;
}

/* The records of one key. */
typedef struct Posting
{
	uint32		n;
	float		worth;
	bool		search;
	uint32		ordinal[LINK_LARGE_RUN];
} Posting;

static void
read_posting(LinkProbe *probe, const LinkKey *key, Posting *posting)
{
	LinkResolved *model = probe->model;
	uint64		cut = key->key >> (64 - model->bits);
	CltPageReader reader;

	seek_key(probe, LINK_PAGE_POSTINGS, key->rule, cut, &reader);
	posting->n = 0;
	posting->search = model->rule[key->rule].search;
	while (clt_page_next(&reader) == 1 && reader.key <= cut)
		if (reader.key == cut && reader.value < model->n && posting->n < lengthof(posting->ordinal))
			posting->ordinal[posting->n++] = (uint32) reader.value;
	posting->worth = posting->n ? (float) log2((double) (model->n + 1) / posting->n) : 0;
}

static int
compare_ordinals(const void *a, const void *b)
{
	const LinkCandidate *x = (const LinkCandidate *) a;
	const LinkCandidate *y = (const LinkCandidate *) b;

	return x->ordinal < y->ordinal ? -1 : x->ordinal > y->ordinal;
}

static int
compare_worth(const void *a, const void *b)
{
	const LinkCandidate *x = (const LinkCandidate *) a;
	const LinkCandidate *y = (const LinkCandidate *) b;

	if (x->worth != y->worth)
		return x->worth > y->worth ? -1 : 1;
	return compare_ordinals(a, b);
}

static int
compare_postings(const void *a, const void *b)
{
	const Posting *x = *(const Posting *const *) a;
	const Posting *y = *(const Posting *const *) b;

	if (x->search != y->search)
		return x->search ? 1 : -1;
	return x->n < y->n ? -1 : x->n > y->n;
}

/* merge makes one candidate of each record. */
static int
merge(LinkCandidate *list, int n)
{
	int			kept = 0;
	int			i;

	qsort(list, n, sizeof(LinkCandidate), compare_ordinals);
	for (i = 0; i < n; i++)
		if (kept > 0 && list[kept - 1].ordinal == list[i].ordinal)
			list[kept - 1].worth += list[i].worth;
		else
			list[kept++] = list[i];
	return kept;
}

/*
 * clt_probe_candidates returns records that share keys.  The model's own keys count
 * first; single columns only until there are enough, the rarest before the others.
 * If there are more than enough, they come in the order of how rare the shared keys
 * are, and no more of them than can be compared.
 */
LinkCandidate *
clt_probe_candidates(LinkProbe *probe, const LinkKey *keys, int nkeys, int enough, int most, int *n)
{
	Posting   **postings = palloc(sizeof(Posting *) * (nkeys + 1));
	LinkCandidate *list;
	int			total = 0;
	int			i;
	uint32		k;

	for (i = 0; i < nkeys; i++)
	{
		postings[i] = palloc(sizeof(Posting));
		read_posting(probe, &keys[i], postings[i]);
		total += postings[i]->n;
	}
	qsort(postings, nkeys, sizeof(Posting *), compare_postings);
	list = palloc(sizeof(LinkCandidate) * (total + 1));
	*n = 0;
	for (i = 0; i < nkeys; i++)
	{
		if (postings[i]->search && *n >= enough)
			break;
		for (k = 0; k < postings[i]->n; k++)
		{
			list[*n].ordinal = postings[i]->ordinal[k];
			list[(*n)++].worth = postings[i]->worth;
		}
		if (i + 1 == nkeys || postings[i + 1]->search)
			*n = merge(list, *n);
	}
	*n = merge(list, *n);
	if (*n > enough)
		qsort(list, *n, sizeof(LinkCandidate), compare_worth);
	*n = Min(*n, most);
	return list;
}

/* ---- keys of records ---- */

/* datum_of_bytes makes a key of what was kept of it. */
static Datum
datum_of_bytes(LinkProbe *probe, LinkKeyForm form, const uint8 *data, uint64 len)
{
	LinkJob    *job = probe->model->job;
	char	   *copy;

	if (form == LINK_KEY_BYTES)
		return PointerGetDatum(cstring_to_text_with_len((const char *) data, (int) len));
	if (form == LINK_KEY_TEXT)
	{
		Oid			in;
		Oid			param;

		getTypeInputInfo(job->key_type, &in, &param);
		return OidInputFunctionCall(in, pnstrdup((const char *) data, len), param, -1);
	}
	if (len != (uint64) job->key_len)
		damaged(probe->model->name);
	copy = palloc(len);
	memcpy(copy, data, len);
	return PointerGetDatum(copy);
}

/* key_on_page returns the key of the record that stands so many places after the first of a page. */
static Datum
key_on_page(LinkProbe *probe, LinkKeyForm form, const LinkPage *page, uint64 place)
{
	const uint8 *at = page->data;
	const uint8 *end = at + page->len;
	CltPageReader reader;

	if (form == LINK_KEY_WORD)
	{
		clt_page_open(&reader, page->first, page->data, page->len);
		clt_page_seek_entry(&reader, page->data, page->stops, page->nstops, place);
		if (clt_page_next(&reader) != 1)
			damaged(probe->model->name);
		return (Datum) reader.value;
	}
	for (;;)
	{
		uint64		len = 0;
		size_t		used = clt_varint_get(at, (size_t) (end - at), &len);

		if (used == 0 || len > (uint64) (end - at - used))
			damaged(probe->model->name);
		at += used;
		if (place-- == 0)
			return datum_of_bytes(probe, form, at, len);
		at += len;
	}
}

/* clt_probe_keys_of returns the keys of candidates. */
Datum	   *
clt_probe_keys_of(LinkProbe *probe, const LinkCandidate *candidates, int n)
{
	LinkKeyForm form = clt_link_key_form(probe->model->job);
	Datum	   *keys = palloc(sizeof(Datum) * (n + 1));
	int			i;

	for (i = 0; i < n; i++)
	{
		uint64		ordinal = candidates[i].ordinal;
		LinkPage   *page = list_page(probe, LINK_PAGE_KEYS, 0, ordinal, form == LINK_KEY_WORD);

		keys[i] = key_on_page(probe, form, page, ordinal - page->first);
	}
	return keys;
}

/* clt_probe_key_argument turns an argument of any type into a key of the source. */
Datum
clt_probe_key_argument(LinkProbe *probe, Oid type, Datum value)
{
	LinkJob    *job = probe->model->job;
	char	   *text;
	Oid			in;
	Oid			param;

	if (type == job->key_type)
		return value;
	if (type == UNKNOWNOID)
		text = DatumGetCString(value);

	else
	{
		Oid			out;
		bool varlena;

		getTypeOutputInfo(type, &out, &varlena);
		text = OidOutputFunctionCall(out, value);
	}
	getTypeInputInfo(job->key_type, &in, &param);
	return OidInputFunctionCall(in, text, param, -1);
}

/* is_uuid tells whether a text is a uuid as the server writes it. */
static bool
is_uuid(const char *text)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	int			i;

	for (i = 0; form[i]; i++)
		if (text[i] == '\0' || (form[i] == '-' ? text[i] != '-' : !strchr("0123456789abcdef", text[i])))
			return false;
	return text[i] == '\0';
}

/* is_number tells whether a text is digits, with or without a minus. */
static bool
is_number(const char *text)
{
	const char *digits = text[0] == '-' ? text +1 : text;
	size_t		n = strspn(digits, "0123456789");

	return n > 0 && n <= 100 && digits[n] == '\0';
}

/* is_integer tells whether a text is an integer of so many bits. */
static bool
is_integer(const char *text, int bits)
{
	int64		value;

	if (!is_number(text))
		return false;
	errno = 0;
	value = strtoi64(text, NULL, 10);
	return errno == 0 && value >> (bits - 1) == (value < 0 ? -1 : 0);
}

/*
 * clt_probe_key_of_text makes a key of its text where that cannot fail: false if
 * the text may be none of the key's type, or the type is one that only its input
 * function knows.
 */
bool
clt_probe_key_of_text(LinkProbe *probe, const char *text, Datum *key)
{
	bool		plain;

	switch (probe->model->job->key_type)
	{
		case INT2OID:
			plain = is_integer(text, 16);
			break;
		case INT4OID:
			plain = is_integer(text, 32);
			break;
		case INT8OID:
			plain = is_integer(text, 64);
			break;
		case NUMERICOID:
			plain = is_number(text);
			break;
		case UUIDOID:
			plain = is_uuid(text);
			break;
		case TEXTOID:
		case VARCHAROID:
			plain = true;
			break;
		default:
			plain = false;
	}
	if (plain)
		*key = clt_probe_key_argument(probe, UNKNOWNOID, CStringGetDatum(text));
	return plain;
}
