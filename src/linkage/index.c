/*
 * index.c
 *		Writing <model>_index at the end of a run.
 *
 * What is kept of each column stands in index_values.c.  Of each blocking rule: the
 * keys of its blocks that were too large, and for every other key the records that
 * have it; these lists were made with the blocks (runs.c), those of rules that search alone has afterwards (meanwhile.c), and lie in temporary files.
 * Records are known by their place in the order of keys; one more list says which
 * key that is.  Hashes are cut to as many bits as tell them apart with one mistake in
 * a thousand; a mistaken candidate costs one comparison and no more.
 *
 * Rows go in past the executor, which would take longer than making them, list after
 * list and each in the order of its key.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "core/clientele.h"
#include "core/varint.h"
#include "linkage/bulk.h"
#include "linkage/engine.h"
#include "linkage/index.h"
#include "linkage/index_writer.h"
#include "linkage/large.h"
#include "linkage/progress.h"
#include "linkage/results.h"

#define INDEX_COLUMNS 5
#define INDEX_KEY_COLUMNS 4

struct LinkIndexWriter
{
	LinkJob    *job;
	MemoryContext context;
	Relation	rel;
	Relation	key;
	LinkLoader	loader;
	int32		generation;
	LinkSingles singles[LINK_PARTS];
	/* the list being written, and the first keys of its pages */
	char		list_kind;
	int			list_part;
	LinkPageCutter cutter;
	uint64	   *firsts;
	uint32		nfirsts;
	uint32		firsts_cap;
};

/* clt_link_index_row writes a row. */
void
clt_link_index_row(LinkIndexWriter *iw, char kind, int part, uint64 first, const void *data, Size len)
{
	TupleTableSlot *slot = clt_link_loader_next(&iw->loader);
	bytea	   *page = MemoryContextAlloc(iw->loader.batch, VARHDRSZ + len);

	SET_VARSIZE(page, VARHDRSZ + len);
	memcpy(VARDATA(page), data, len);
	slot->tts_values[0] = Int32GetDatum(iw->generation);
	slot->tts_values[1] = CharGetDatum(kind);
	slot->tts_values[2] = Int16GetDatum(part);
	slot->tts_values[3] = Int64GetDatum(clt_link_index_first(first));
	slot->tts_values[4] = PointerGetDatum(page);
	ExecStoreVirtualTuple(slot);
}

/* ---- lists cut into pages ---- */

static void
start_list(LinkIndexWriter *iw, char kind, int part)
{
	iw->list_kind = kind;
	iw->list_part = part;
	iw->nfirsts = 0;
}

/* list_page writes a page of the list, whatever is on it. */
static void
list_page(void *arg, uint64 first, const uint8 *page, Size len)
{
	LinkIndexWriter *iw = (LinkIndexWriter *) arg;

	if (iw->nfirsts == iw->firsts_cap)
	{
		iw->firsts_cap *= 2;
		iw->firsts = clt_link_large_grow(iw->firsts, sizeof(uint64) * iw->firsts_cap);
	}
	iw->firsts[iw->nfirsts++] = first;
	clt_link_index_row(iw, iw->list_kind, iw->list_part, first, page, len);
}

static void
directory_page(void *arg, uint64 first, const uint8 *page, Size len)
{
	LinkIndexWriter *iw = (LinkIndexWriter *) arg;

	clt_link_index_row(iw, LINK_PAGE_DIRECTORY, clt_link_directory(iw->list_kind, iw->list_part), first, page, len);
}

/* write_directory writes which pages the list has. */
static void
write_directory(LinkIndexWriter *iw)
{
	uint32		i;

	clt_link_cut_start(&iw->cutter, directory_page, iw);
	for (i = 0; i < iw->nfirsts; i++)
		clt_link_cut_add(&iw->cutter, iw->firsts[i], 0);
	clt_link_cut_end(&iw->cutter);
}

/* clt_link_index_list begins a list of a part; entries go to the cutter. */
LinkPageCutter *
clt_link_index_list(LinkIndexWriter *iw, char kind, int part)
{
	start_list(iw, kind, part);
	clt_link_cut_start(&iw->cutter, list_page, iw);
	return &iw->cutter;
}

void
clt_link_index_list_end(LinkIndexWriter *iw)
{
	clt_link_cut_end(&iw->cutter);
	write_directory(iw);
}

/* write_list writes a list that was made with the blocks. */
static void
write_list(LinkIndexWriter *iw, char kind, int part, const LinkPageList *list)
{
	start_list(iw, kind, part);
	clt_link_spool_read(iw->job, list, list_page, iw);
	write_directory(iw);
}

/* ---- keys ---- */

/* clt_link_key_form says how the keys of a job's records are kept. */
LinkKeyForm
clt_link_key_form(LinkJob *job)
{
	Oid			type = getBaseType(job->key_type);

	if (job->key_byval)
		return LINK_KEY_WORD;
	if (type == TEXTOID || type == VARCHAROID || type == BYTEAOID)
		return LINK_KEY_BYTES;
	return type == UUIDOID ? LINK_KEY_UUID : LINK_KEY_TEXT;
}

/* key_bytes returns the bytes of a key that are kept. */
static const char *
key_bytes(LinkJob *job, LinkKeyForm form, Oid out, Datum key, Size *len)
{
	const char *data = DatumGetPointer(key);

	if (form == LINK_KEY_BYTES)
	{
		*len = VARSIZE_ANY_EXHDR(data);
		return VARDATA_ANY(data);
	}
	if (form == LINK_KEY_TEXT)
	{
		data = OidOutputFunctionCall(out, key);
		*len = strlen(data);
		return data;
	}
	*len = (Size) job->key_len;
	return data;
}

/* write_keys writes which record stands where in the order of keys. */
static void
write_keys(LinkIndexWriter *iw)
{
	LinkJob    *job = iw->job;
	LinkKeyForm form = clt_link_key_form(job);
	StringInfoData page;
	uint32		first = 0;
	uint32		i;
	Oid			out;
	bool varlena;

	if (form == LINK_KEY_WORD)
	{
		LinkPageCutter *cutter = clt_link_index_list(iw, LINK_PAGE_KEYS, 0);

		/* a page has one key: the place of its first record */
		for (i = 0; i < job->n; i = first)
		{
			while (first < job->n && clt_page_add(&cutter->writer, i, (uint64) job->keys[first]))
				first++;
			clt_link_cut_end(cutter);
		}
		clt_link_index_list_end(iw);
		return;
	}
	getTypeOutputInfo(job->key_type, &out, &varlena);
	initStringInfo(&page);
	start_list(iw, LINK_PAGE_KEYS, 0);
	for (i = 0; i < job->n; i++)
	{
		Size		len;
		const char *data = key_bytes(job, form, out, job->keys[i], &len);
		uint8		number[CLT_VARINT_MAX];

		if (page.len > 0 && page.len + len + sizeof(number) > CLT_PAGE_BYTES)
		{
			list_page(iw, first, (uint8 *) page.data, page.len);
			resetStringInfo(&page);
			first = i;
		}
		appendBinaryStringInfo(&page, (char *) number, (int) clt_varint_put(number, len));
		appendBinaryStringInfo(&page, data, (int) len);
	}
	if (page.len > 0)
		list_page(iw, first, (uint8 *) page.data, page.len);
	write_directory(iw);
}

/* ---- the head ---- */

static void
send_rule(StringInfo out, const LinkRule *rule, bool search, bool has_large)
{
	int			a;

	pq_sendbyte(out, rule->natoms);
	pq_sendbyte(out, (uint8) (rule->split_of + 1));
	pq_sendbyte(out, search);
	pq_sendbyte(out, has_large);
	for (a = 0; a < rule->natoms; a++)
	{
		pq_sendbyte(out, rule->atom[a].field);
		pq_sendbyte(out, (uint8) (rule->atom[a].second + 1));
		pq_sendbyte(out, rule->atom[a].transform);
	}
}

static void
send_field(StringInfo out, const LinkField *field, const LinkSingles *singles)
{
	const CltColumn *col = &field->col;
	int			i;

	pq_sendbyte(out, field->kind);
	pq_sendint64(out, col->filled);
	pq_sendfloat4(out, col->log_u);
	pq_sendfloat4(out, col->log_h);
	pq_sendfloat4(out, col->lift);
	pq_sendbyte(out, singles->n);
	for (i = 0; i < singles->n; i++)
	{
		pq_sendint32(out, singles->class[i].flags);
		pq_sendfloat4(out, singles->class[i].tf_u);
		pq_sendfloat4(out, singles->class[i].tf_h);
		pq_sendfloat4(out, singles->class[i].lift);
	}
}

/* write_head writes what is read first; stamp is a number that this run alone has. */
static void
write_head(LinkIndexWriter *iw, uint64 stamp)
{
	LinkJob    *job = iw->job;
	LinkIndexLists *lists = job->lists;
	int			nrules = clt_link_keyed_rules(job);
	StringInfoData out;
	int			i;
	int			f;

	initStringInfo(&out);
	pq_sendbyte(&out, LINK_INDEX_VERSION);
	pq_sendint64(&out, stamp);
	pq_sendint32(&out, iw->generation);
	pq_sendint32(&out, job->n);
	pq_sendint16(&out, (uint16) job->key_len);
	pq_sendbyte(&out, job->key_byval);
	pq_sendbyte(&out, clt_link_posting_bits(job->n));
	pq_sendbyte(&out, job->nsources);
	for (i = 0; i < job->nsources; i++)
		pq_sendint32(&out, job->in[i].end);
	pq_sendbyte(&out, job->nfields);
	for (f = 0; f < job->nfields; f++)
	{
		send_field(&out, &job->field[f], &iw->singles[f]);
		if (job->field[f].element)
			send_field(&out, job->field[f].element, &iw->singles[LINK_ELEMENT_PART(f)]);
	}
	/* chances of equal values, of comparisons with levels of the user's own */
	for (i = 0; i < job->ncomparisons; i++)
		for (f = 0; job->comparison[i].levels && f < job->comparison[i].nfields; f++)
			pq_sendfloat4(&out, job->comparison[i].levels->log_u[f]);
	pq_sendbyte(&out, nrules + lists->nsearch);
	for (i = 0; i < nrules; i++)
		send_rule(&out, &job->rule[i], false, lists->large[i].pages > 0);
	for (i = 0; i < lists->nsearch; i++)
		send_rule(&out, &lists->search[i], true, false);
	iw->generation = 0;
	clt_link_index_row(iw, LINK_PAGE_HEAD, 0, 0, out.data, out.len);
}

static void
write_json(LinkIndexWriter *iw, char kind, Jsonb *json)
{
	char	   *text = JsonbToCString(NULL, &json->root, VARSIZE(json));

	clt_link_index_row(iw, kind, 0, 0, text, strlen(text));
}

/* ---- the whole ---- */

char	   *
clt_link_index_name(LinkJob *job)
{
	return clt_link_result_name(job, "index");
}

/* next_generation returns the number after that of the run before. */
static int32
next_generation(const char *qualified)
{
	bool		isnull;
	Datum		d;

	if (SPI_execute(psprintf("SELECT coalesce(max(generation), 0) FROM %s", qualified), false, 1) != SPI_OK_SELECT ||
		SPI_processed != 1)
		elog(ERROR, "could not read %s", qualified);
	d = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	return DatumGetInt32(d) % (PG_INT32_MAX - 1) + 1;
}

/* open_key opens the primary key of the table, which must be all that hangs on it. */
static Relation
open_key(Relation rel)
{
	static const Oid types[INDEX_COLUMNS] = {INT4OID, CHAROID, INT2OID, INT8OID, BYTEAOID};
	TupleDesc	desc = RelationGetDescr(rel);
	List	   *indexes = RelationGetIndexList(rel);
	Relation	key = list_length(indexes) == 1 ? index_open(linitial_oid(indexes), RowExclusiveLock) : NULL;
	bool		good = key && key->rd_index->indisprimary && key->rd_index->indnatts == INDEX_KEY_COLUMNS && desc->natts == INDEX_COLUMNS &&
	!rel->trigdesc && !rel->rd_rel->relrowsecurity;
	int			i;

	for (i = 0; good && i < INDEX_COLUMNS; i++)
		good = TupleDescAttr(desc, i)->atttypid == types[i] && (i >= INDEX_KEY_COLUMNS || key->rd_index->indkey.values[i] == i + 1);
	if (!good)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table \"%s\" no longer has the columns that clientele gave it, and its primary key alone", RelationGetRelationName(rel)),
				 errhint("Drop it; it will be made anew.")));
	if (pg_class_aclcheck(RelationGetRelid(rel), GetUserId(), ACL_INSERT) != ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_TABLE, RelationGetRelationName(rel));
	return key;
}

/* empty_or_make makes the table if there is none, and deletes the rows of the run before. */
static Oid
empty_or_make(LinkJob *job, const char *name, const char *qualified, int32 *generation)
{
	Oid			relid = clt_link_existing_result(job, name);

	if (!OidIsValid(relid))
	{
		clt_link_result_sql(psprintf("CREATE TABLE %s (generation pg_catalog.int4, kind pg_catalog.\"char\", part pg_catalog.int2, "
									 "first pg_catalog.int8, page pg_catalog.bytea NOT NULL, PRIMARY KEY (generation, kind, part, first))", qualified));
		clt_link_result_sql(psprintf("ALTER TABLE %s ALTER COLUMN page SET STORAGE EXTERNAL", qualified));
		clt_link_result_sql(psprintf("COMMENT ON TABLE %s IS %s", qualified,
									 quote_literal_cstr(psprintf("clientele: what search knows of %s (model %s)", job->table, job->model))));
		CommandCounterIncrement();
		relid = clt_link_existing_result(job, name);
	}
	*generation = next_generation(qualified);
	clt_link_result_sql(psprintf("DELETE FROM %s", qualified));
	CommandCounterIncrement();
	return relid;
}

/* clt_link_index_open makes the table or empties it; no statement is needed from here to its end. */
LinkIndexWriter *
clt_link_index_open(LinkJob *job)
{
	MemoryContext context = AllocSetContextCreate(job->context, "clientele search index", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	LinkIndexWriter *iw = palloc0(sizeof(LinkIndexWriter));
	char	   *name = clt_link_index_name(job);

	iw->job = job;
	iw->context = context;
	iw->firsts_cap = 1024;
	iw->firsts = palloc(sizeof(uint64) * iw->firsts_cap);
	iw->rel = table_open(empty_or_make(job, name, quote_qualified_identifier(job->schema, name), &iw->generation), RowExclusiveLock);
	iw->key = open_key(iw->rel);
	MemoryContextSwitchTo(old);
	return iw;
}

/* clt_link_index_fill writes all rows but those of the lists that search alone has, and the head. */
void
clt_link_index_fill(LinkIndexWriter *iw, Jsonb *settings, Jsonb *parameters)
{
	MemoryContext old = MemoryContextSwitchTo(iw->context);
	LinkJob    *job = iw->job;
	int			nrules = clt_link_keyed_rules(job);
	int			r;
	int			f;

	clt_link_progress_phase(job, LINK_PHASE_WRITING_INDEX);
	clt_link_loader_open(&iw->loader, iw->rel, iw->key);
	for (r = 0; r < nrules; r++)
		write_list(iw, LINK_PAGE_POSTINGS, r, &job->lists->postings[r]);
	write_keys(iw);
	for (r = 0; r < nrules; r++)
		write_list(iw, LINK_PAGE_LARGE, r, &job->lists->large[r]);
	write_json(iw, LINK_PAGE_PARAMETERS, parameters);
	write_json(iw, LINK_PAGE_SETTINGS, settings);
	for (f = 0; f < job->nfields; f++)
	{
		clt_link_index_values(iw, &job->field[f], f, &iw->singles[f]);
		if (job->field[f].element)
			clt_link_index_values(iw, job->field[f].element, LINK_ELEMENT_PART(f), &iw->singles[LINK_ELEMENT_PART(f)]);
	}
	MemoryContextSwitchTo(old);
}

/* clt_link_index_end writes the rest, and returns what the run is to be known by. */
int64
clt_link_index_end(LinkIndexWriter *iw)
{
	MemoryContext old = MemoryContextSwitchTo(iw->context);
	LinkJob    *job = iw->job;
	int			nrules = clt_link_keyed_rules(job);
	uint64		stamp;
	int			r;

	if (!pg_strong_random(&stamp, sizeof(stamp)))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not generate random values")));
	stamp |= 1;					/* 0 is none */
	for (r = 0; r < job->lists->nsearch; r++)
		write_list(iw, LINK_PAGE_POSTINGS, nrules + r, &job->lists->search_postings[r]);
	write_head(iw, stamp);
	clt_link_loader_close(&iw->loader);
	clt_link_spools_close(job);
	index_close(iw->key, NoLock);
	table_close(iw->rel, NoLock);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(iw->context);
	return (int64) stamp;
}
