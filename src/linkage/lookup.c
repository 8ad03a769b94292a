/*
 * lookup.c
 *		Reading <model>_index: the page of a list on which a key is, by the
 *		table's primary key, and what is on it.
 *
 * The index belongs to the caller, who may have written into it whatever he
 * likes: nothing in it is believed.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"

#include "linkage/lookup.h"

/* Words and values that a backend remembers of a model. */
#define MOST_KNOWN 65536

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

/* clt_link_known makes an empty memory of what was found. */
HTAB *
clt_link_known(MemoryContext context)
{
	HASHCTL		ctl;

	memset(&ctl, 0, sizeof(ctl));
	ctl.keysize = sizeof(KnownKey);
	ctl.entrysize = sizeof(Known);
	ctl.hcxt = context;
	return hash_create("clientele words and values", 1024, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/* clt_link_index_damaged says that what was read is not what a run wrote. */
void
clt_link_index_damaged(const char *model)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("index of linkage model \"%s\" is damaged", model),
			 errhint("CALL clientele.resolve('%s') writes it anew.", model)));
}

/* clt_link_open_key opens the key of the table if that still is what index.c made, else NULL. */
Relation
clt_link_open_key(Relation table)
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
 * clt_link_read_page returns a copy of the last page of a list that begins at or before a
 * key, NULL if there is none, and where it begins.
 */
bytea *
clt_link_read_page(LinkProbe *probe, int32 generation, char kind, int part, uint64 key, uint64 *first)
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

/* clt_link_list_page returns the page on which a key of a list would be; it lasts until the next call. */
LinkPage *
clt_link_list_page(LinkProbe *probe, char kind, int part, uint64 key, bool entries)
{
	LinkResolved *model = probe->model;
	uint64		list = clt_link_page_list(model->number, kind, part);
	LinkPage   *page = clt_link_cached_page(list, key);

	if (!page)
	{
		uint64		first = 0;
		bytea	   *read = clt_link_read_page(probe, model->generation, kind, part, key, &first);

		page = read ? clt_link_cache_page(list, key, first, VARDATA(read), VARSIZE(read) - VARHDRSZ, entries) :
			clt_link_cache_page(list, key, 0, "", 0, entries);
		if (!page)
			clt_link_index_damaged(model->name);
		if (read)
			pfree(read);
	}
	return page;
}

/* clt_link_seek_key opens the page of a key in a list shortly before it. */
void
clt_link_seek_key(LinkProbe *probe, char kind, int part, uint64 key, CltPageReader *reader)
{
	LinkPage   *page = clt_link_list_page(probe, kind, part, key, true);

	clt_page_open(reader, page->first, page->data, page->len);
	clt_page_seek(reader, page->data, page->stops, page->nstops, key);
}

/* clt_link_look_up finds the value of a key in a list. */
bool
clt_link_look_up(LinkProbe *probe, char kind, int part, uint64 key, uint64 *value)
{
	CltPageReader reader;
	int			rc;

	clt_link_seek_key(probe, kind, part, key, &reader);
	while ((rc = clt_page_next(&reader)) == 1 && reader.key < key)
		;
	*value = rc == 1 ? reader.value : 0;
	return rc == 1 && reader.key == key;
}

/* clt_link_look_up_known does so for what is asked for often: answers are kept. */
bool
clt_link_look_up_known(LinkProbe *probe, char kind, int part, uint64 key, uint64 *value)
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
	there = clt_link_look_up(probe, kind, part, key, value);
	if (hash_get_num_entries(model->known) < MOST_KNOWN)
	{
		known = hash_search(model->known, &known_key, HASH_ENTER, NULL);
		known->there = there;
		known->value = *value;
	}
	return there;
}
