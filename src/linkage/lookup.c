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
#include "libpq/pqformat.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"

#include "linkage/lookup.h"

/* Words and values that a backend remembers of a model. */
#define MOST_KNOWN 65536

/* So many pages of a list are found by descending the key of the table before the list's directory is read. */
#define DESCENTS 8

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
HTAB	   *
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
			 errhint("CALL clientele.resolve(%s) writes it anew.", quote_literal_cstr(model))));
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

/* begin_scan looks for the rows of a list, of one page of it by its first key, or of those up to a key. */
static SysScanDesc
begin_scan(LinkProbe *probe, int32 generation, char kind, int part, StrategyNumber how, uint64 first)
{
	ScanKeyData skey[4];

	ScanKeyInit(&skey[0], 1, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(generation));
	ScanKeyInit(&skey[1], 2, BTEqualStrategyNumber, F_CHAREQ, CharGetDatum(kind));
	ScanKeyInit(&skey[2], 3, BTEqualStrategyNumber, F_INT2EQ, Int16GetDatum(part));
	if (how != InvalidStrategy)
		ScanKeyInit(&skey[3], 4, how, how == BTEqualStrategyNumber ? F_INT8EQ : F_INT8LE, Int64GetDatum(clt_link_index_first(first)));
	return systable_beginscan_ordered(probe->table, probe->key, probe->snapshot, how != InvalidStrategy ? 4 : 3, skey);
}

/* next_page returns a copy of the next page of a scan, NULL if there is none. */
static bytea *
next_page(LinkProbe *probe, SysScanDesc scan, ScanDirection direction, uint64 *first)
{
	TupleDesc	desc = RelationGetDescr(probe->table);
	HeapTuple	tuple = systable_getnext_ordered(scan, direction);
	bool		null_first;
	bool		null_page;
	Datum		d;
	Datum		p;

	if (!HeapTupleIsValid(tuple))
		return NULL;
	d = heap_getattr(tuple, 4, desc, &null_first);
	p = heap_getattr(tuple, 5, desc, &null_page);
	if (null_first || null_page)
		return NULL;
	if (first)
		*first = clt_link_index_key(DatumGetInt64(d));
	return DatumGetByteaPCopy(p);
}

/* clt_link_read_page returns a copy of the page of a list that has this first key, NULL if there is none. */
bytea	   *
clt_link_read_page(LinkProbe *probe, int32 generation, char kind, int part, uint64 first)
{
	SysScanDesc scan = begin_scan(probe, generation, kind, part, BTEqualStrategyNumber, first);
	bytea	   *page = next_page(probe, scan, ForwardScanDirection, NULL);

	systable_endscan_ordered(scan);
	return page;
}

/* add_firsts adds the first keys that a page of a directory has to those of a list. */
static void
add_firsts(LinkProbe *probe, LinkList *list, uint32 *cap, uint64 first, bytea *page)
{
	CltPageReader reader;
	int			rc;

	clt_page_open(&reader, first, (uint8 *) VARDATA(page), VARSIZE(page) - VARHDRSZ);
	while ((rc = clt_page_next(&reader)) == 1)
	{
		if (list->npages > 0 && reader.key <= list->first[list->npages - 1])
			clt_link_index_damaged(probe->model->name);
		if (list->npages == *cap)
		{
			*cap *= 2;
			list->first = repalloc_huge(list->first, sizeof(uint64) * *cap);
		}
		list->first[list->npages++] = reader.key;
	}
	if (rc < 0)
		clt_link_index_damaged(probe->model->name);
}

/* read_directory reads which pages a list has. */
static void
read_directory(LinkProbe *probe, LinkList *list, char kind, int part)
{
	MemoryContext old = MemoryContextSwitchTo(probe->model->context);
	SysScanDesc scan = begin_scan(probe, probe->model->generation, LINK_PAGE_DIRECTORY, clt_link_directory(kind, part), InvalidStrategy, 0);
	LinkList	made = *list;
	uint32		cap = 16;
	uint64		first = 0;
	bytea	   *page;

	made.first = palloc(sizeof(uint64) * cap);
	while ((page = next_page(probe, scan, ForwardScanDirection, &first)) != NULL)
	{
		add_firsts(probe, &made, &cap, first, page);
		pfree(page);
	}
	systable_endscan_ordered(scan);
	made.page = MemoryContextAllocExtended(CurrentMemoryContext, sizeof(LinkPage *) * Max(made.npages, 1),
										   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	/* whole, or not at all: it may be damaged */
	*list = made;
	MemoryContextSwitchTo(old);
}

/* list_of returns a list of the model. */
static LinkList *
list_of(LinkProbe *probe, char kind, int part)
{
	LinkList  **list = &probe->model->list[clt_link_list_number(kind, part)];

	if (!*list)
		*list = MemoryContextAllocZero(probe->model->context, sizeof(LinkList));
	return *list;
}

/* page_number returns which page of a list a key would be on, -1 if it would be before the first. */
static int64
page_number(const LinkList *list, uint64 key)
{
	uint32		low = 0;
	uint32		high = list->npages;

	while (low < high)
	{
		uint32		mid = low + (high - low) / 2;

		if (list->first[mid] <= key)
			low = mid + 1;
		else
			high = mid;
	}
	return (int64) low - 1;
}

/* read_list_page reads a page of a list into the memory of the caller. */
static LinkPage *
read_list_page(LinkProbe *probe, char kind, int part, uint64 first, bool entries)
{
	bytea	   *read = clt_link_read_page(probe, probe->model->generation, kind, part, first);
	LinkPage   *page = read ? clt_link_make_page(first, VARDATA(read), VARSIZE(read) - VARHDRSZ, entries) : NULL;

	if (!page)
		clt_link_index_damaged(probe->model->name);
	pfree(read);
	return page;
}

/*
 * descend finds the page on which a key of a list would be without the list's directory: the last one that begins no
 * later, by the key of the table.
 */
static LinkPage *
descend(LinkProbe *probe, char kind, int part, uint64 key, bool entries)
{
	SysScanDesc scan = begin_scan(probe, probe->model->generation, kind, part, BTLessEqualStrategyNumber, key);
	uint64		first = 0;
	bytea	   *read = next_page(probe, scan, BackwardScanDirection, &first);
	LinkPage   *page = NULL;

	systable_endscan_ordered(scan);
	if (read)
	{
		page = clt_link_make_page(first, VARDATA(read), VARSIZE(read) - VARHDRSZ, entries);
		if (!page)
			clt_link_index_damaged(probe->model->name);
		pfree(read);
	}
	return page;
}

/*
 * clt_link_list_page returns the page on which a key of a list would be, NULL if that would be before all
 * pages; it lasts until the next call.  Of a large index the lists of who has which key are not kept:
 * a search hardly needs one of their pages again.  Nor are the first few pages that are asked for: the first
 * search of a session does not wait for directories.
 */
LinkPage *
clt_link_list_page(LinkProbe *probe, char kind, int part, uint64 key, bool entries)
{
	LinkList   *list = list_of(probe, kind, part);
	LinkPage   *page;
	int64		i;

	if (list->descents < DESCENTS)
	{
		list->descents++;
		return descend(probe, kind, part, key, entries);
	}
	if (!list->page)
		read_directory(probe, list, kind, part);
	i = page_number(list, key);
	if (i < 0)
		return NULL;
	if (list->page[i])
	{
		clt_link_page_used(list->page[i]);
		return list->page[i];
	}
	if (kind == LINK_PAGE_POSTINGS && probe->model->large)
		return read_list_page(probe, kind, part, list->first[i], false);
	page = read_list_page(probe, kind, part, list->first[i], entries);
	clt_link_keep_page(page, &list->page[i]);
	pfree(page);
	return list->page[i];
}

/* clt_link_seek_key opens the page of a key in a list shortly before it. */
void
clt_link_seek_key(LinkProbe *probe, char kind, int part, uint64 key, CltPageReader *reader)
{
	LinkPage   *page = clt_link_list_page(probe, kind, part, key, true);

	if (!page)
	{
		clt_page_open(reader, 0, NULL, 0);
		return;
	}
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

/* ---- statistics of values ---- */

/* read_classes reads a page of distinct statistics of a field's values. */
static LinkValueClass *
read_classes(LinkProbe *probe, int part, uint32 page)
{
	LinkValueClass *classes = MemoryContextAllocZero(probe->model->context, sizeof(LinkValueClass) * LINK_CLASSES_A_PAGE);
	bytea	   *read = clt_link_read_page(probe, probe->model->generation, LINK_PAGE_VALUE_CLASSES, part, (uint64) page * LINK_CLASSES_A_PAGE);
	StringInfoData buf;
	int			i;

	if (!read)
		clt_link_index_damaged(probe->model->name);
	buf.data = VARDATA(read);
	buf.len = buf.maxlen = VARSIZE(read) - VARHDRSZ;
	buf.cursor = 0;
	for (i = 0; i < LINK_CLASSES_A_PAGE && buf.len - buf.cursor >= LINK_CLASS_BYTES; i++)
	{
		classes[i].count = pq_getmsgint(&buf, 4);
		classes[i].before = pq_getmsgint(&buf, 4);
		classes[i].tf_u = pq_getmsgfloat4(&buf);
		classes[i].tf_h = pq_getmsgfloat4(&buf);
		classes[i].lift = pq_getmsgfloat4(&buf);
		classes[i].flags = pq_getmsgint(&buf, 4);
	}
	pfree(read);
	return classes;
}

/* clt_link_value_class returns the statistics that values with a number of a field have. */
const LinkValueClass *
clt_link_value_class(LinkProbe *probe, int part, uint64 number)
{
	LinkFieldStats *stats = &probe->model->stats[part];
	uint32		page;

	/* a field has no more values than each record has at most */
	if (number >= (uint64) probe->model->n * LINK_MAX_ELEMENTS)
		clt_link_index_damaged(probe->model->name);
	page = (uint32) (number / LINK_CLASSES_A_PAGE);
	if (page >= stats->npages)
	{
		uint32		npages = Max(page + 1, stats->npages * 2);
		LinkValueClass **classes = MemoryContextAllocExtended(probe->model->context, sizeof(LinkValueClass *) * npages,
															  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);

		if (stats->npages > 0)
			memcpy(classes, stats->classes, sizeof(LinkValueClass *) * stats->npages);
		stats->classes = classes;
		stats->npages = npages;
	}
	if (!stats->classes[page])
		stats->classes[page] = read_classes(probe, part, page);
	return &stats->classes[page][number % LINK_CLASSES_A_PAGE];
}
