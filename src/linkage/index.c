/*
 * index.c
 *		Writing <model>_index at the end of a run.
 *
 * What is kept of each column: its totals, the statistics of every value that
 * more than one record has (values that one record has share the statistics of
 * their kind), the counts of words.  Of each blocking rule: the keys of its
 * blocks that were too large, and for every other key the records that have it.
 * Records are known by their place in the order of keys; one more list says
 * which key that is.  Hashes are cut to as many bits as tell them apart with one
 * mistake in a thousand; a mistaken candidate costs one comparison and no more.
 *
 * Beside the rules of the model, by which pairs were made, there are rules for
 * search alone: single columns, so that an incomplete record finds something.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "core/clientele.h"
#include "core/varint.h"
#include "linkage/engine.h"
#include "linkage/index.h"
#include "linkage/pages.h"
#include "linkage/progress.h"
#include "linkage/results.h"

#define BATCH 256

/* Rows on their way into the table. */
typedef struct IndexWriter
{
	LinkJob    *job;
	MemoryContext batch;
	char	   *insert;
	int32		generation;
	int			n;
	Datum		kind[BATCH];
	Datum		part[BATCH];
	Datum		first[BATCH];
	Datum		page[BATCH];
	/* the page being filled */
	char		page_kind;
	int			page_part;
	CltPageWriter writer;
	uint8		buf[CLT_PAGE_BYTES];
	/* first keys of the pages of its list */
	uint64	   *firsts;
	uint32		nfirsts;
	uint32		firsts_cap;
} IndexWriter;

static void
flush_rows(IndexWriter *iw)
{
	Oid			types[5] = {INT4OID, CHARARRAYOID, INT2ARRAYOID, INT8ARRAYOID, BYTEAARRAYOID};
	Datum		values[5];
	MemoryContext old = MemoryContextSwitchTo(iw->batch);

	CHECK_FOR_INTERRUPTS();
	if (iw->n > 0)
	{
		values[0] = Int32GetDatum(iw->generation);
		values[1] = PointerGetDatum(construct_array(iw->kind, iw->n, CHAROID, 1, true, TYPALIGN_CHAR));
		values[2] = PointerGetDatum(construct_array(iw->part, iw->n, INT2OID, 2, true, TYPALIGN_SHORT));
		values[3] = PointerGetDatum(construct_array(iw->first, iw->n, INT8OID, 8, FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
		values[4] = PointerGetDatum(construct_array(iw->page, iw->n, BYTEAOID, -1, false, TYPALIGN_INT));
		if (SPI_execute_with_args(iw->insert, 5, types, values, NULL, false, 0) != SPI_OK_INSERT)
			elog(ERROR, "could not write the index of linkage model \"%s\"", iw->job->model);
	}
	iw->n = 0;
	MemoryContextSwitchTo(old);
	MemoryContextReset(iw->batch);
}

static void
write_row(IndexWriter *iw, char kind, int part, uint64 first, const void *data, size_t len)
{
	MemoryContext old;
	bytea	   *page;

	if (iw->n == BATCH)
		flush_rows(iw);
	old = MemoryContextSwitchTo(iw->batch);
	page = palloc(VARHDRSZ + len);
	SET_VARSIZE(page, VARHDRSZ + len);
	memcpy(VARDATA(page), data, len);
	iw->kind[iw->n] = CharGetDatum(kind);
	iw->part[iw->n] = Int16GetDatum(part);
	iw->first[iw->n] = Int64GetDatum(clt_link_index_first(first));
	iw->page[iw->n++] = PointerGetDatum(page);
	MemoryContextSwitchTo(old);
}

/* ---- lists cut into pages ---- */

static void
list_start(IndexWriter *iw, char kind, int part)
{
	iw->page_kind = kind;
	iw->page_part = part;
	iw->nfirsts = 0;
	clt_page_start(&iw->writer, iw->buf, sizeof(iw->buf));
}

/* list_page writes a page of the list, whatever is on it. */
static void
list_page(IndexWriter *iw, uint64 first, const void *data, size_t len)
{
	if (iw->nfirsts == iw->firsts_cap)
	{
		iw->firsts_cap *= 2;
		iw->firsts = repalloc_huge(iw->firsts, sizeof(uint64) * iw->firsts_cap);
	}
	iw->firsts[iw->nfirsts++] = first;
	write_row(iw, iw->page_kind, iw->page_part, first, data, len);
}

static void
list_flush(IndexWriter *iw)
{
	if (iw->writer.entries > 0)
		list_page(iw, iw->writer.first, iw->buf, iw->writer.len);
	clt_page_start(&iw->writer, iw->buf, sizeof(iw->buf));
}

/* list_end writes the last page of a list, and its directory. */
static void
list_end(IndexWriter *iw)
{
	int			part = clt_link_directory(iw->page_kind, iw->page_part);
	CltPageWriter *w = &iw->writer;
	uint32		i;

	list_flush(iw);
	for (i = 0; i < iw->nfirsts; i++)
		if (!clt_page_add(w, iw->firsts[i], 0))
		{
			write_row(iw, LINK_PAGE_DIRECTORY, part, w->first, w->buf, w->len);
			clt_page_start(w, iw->buf, sizeof(iw->buf));
			clt_page_add(w, iw->firsts[i], 0);
		}
	if (w->entries > 0)
		write_row(iw, LINK_PAGE_DIRECTORY, part, w->first, w->buf, w->len);
}

static void
list_add(IndexWriter *iw, uint64 key, uint64 value)
{
	if (clt_page_add(&iw->writer, key, value))
		return;
	list_flush(iw);
	clt_page_add(&iw->writer, key, value);
}

/* list_room starts a new page unless so many more bytes go onto this one: entries of one key lie on one page. */
static void
list_room(IndexWriter *iw, size_t bytes)
{
	if (iw->writer.entries > 0 && iw->writer.len + bytes > iw->writer.cap)
		list_flush(iw);
}

/* ---- sorting ---- */

/* The sort orders by the last 33 bits first: with the first 33 bits there the order is the numeric one. */
static uint64
turned(uint64 key)
{
	return (key >> 31) | (key << 33);
}

static uint64
turned_back(uint64 key)
{
	return (key << 31) | (key >> 33);
}

/* ---- statistics ---- */

/* Distinct statistics, found by hashing. */
typedef struct ClassTable
{
	char	   *items;
	Size		item_size;
	uint32		n;
	uint32		cap;
	uint32	   *slot;
	uint32		slots;
} ClassTable;

static void
class_table_start(ClassTable *t, Size item_size)
{
	t->item_size = item_size;
	t->n = 0;
	t->cap = 256;
	t->slots = 1024;
	t->items = palloc(t->cap * item_size);
	t->slot = palloc0(t->slots * sizeof(uint32));
}

static uint32
class_slot(ClassTable *t, const void *item)
{
	uint32		s = (uint32) clt_block_hash(item, t->item_size, 7) & (t->slots - 1);

	while (t->slot[s] && memcmp(t->items + (t->slot[s] - 1) * t->item_size, item, t->item_size) != 0)
		s = (s + 1) & (t->slots - 1);
	return s;
}

/* class_number returns the number of an item, a new one if it is new. */
static uint32
class_number(ClassTable *t, const void *item)
{
	uint32		s = class_slot(t, item);
	uint32		i;

	if (t->slot[s])
		return t->slot[s] - 1;
	if (t->n == t->cap)
	{
		t->cap *= 2;
		t->items = repalloc_huge(t->items, t->cap * t->item_size);
	}
	memcpy(t->items + t->n * t->item_size, item, t->item_size);
	t->slot[s] = ++t->n;
	if (t->n * 2 > t->slots)
	{
		t->slots *= 2;
		t->slot = MemoryContextAllocExtended(CurrentMemoryContext, t->slots * sizeof(uint32), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
		for (i = 0; i < t->n; i++)
			t->slot[class_slot(t, t->items + i * t->item_size)] = i + 1;
	}
	return t->n - 1;
}

/* write_classes writes the distinct statistics of a field, some of them a row. */
static void
write_classes(IndexWriter *iw, int part, ClassTable *t)
{
	StringInfoData out;
	uint32		first = 0;
	uint32		i;

	initStringInfo(&out);
	for (i = 0; i < t->n; i++)
	{
		const LinkValueClass *c = (const LinkValueClass *) (t->items + i * t->item_size);

		pq_sendint32(&out, c->count);
		pq_sendint32(&out, c->before);
		pq_sendfloat4(&out, c->tf_u);
		pq_sendfloat4(&out, c->tf_h);
		pq_sendfloat4(&out, c->lift);
		pq_sendint32(&out, c->flags);
		if (out.len + 24 > CLT_PAGE_BYTES || i + 1 == t->n)
		{
			write_row(iw, LINK_PAGE_VALUE_CLASSES, part, first, out.data, out.len);
			resetStringInfo(&out);
			first = i + 1;
		}
	}
	pfree(out.data);
}

static void
class_of_value(const LinkField *field, uint32 code, LinkValueClass *class)
{
	const CltValue *v = &field->col.values[code];

	memset(class, 0, sizeof(*class));
	class->count = v->count;
	class->before = code < field->nbefore ? field->before[code] : 0;
	class->tf_u = v->tf_u;
	class->tf_h = v->tf_h;
	class->lift = v->lift;
	class->flags = v->flags;
}

/* Of values that one record has: their statistics, by their flags. */
#define MAX_SINGLES 8
typedef struct Singles
{
	int			n;
	LinkValueClass class[MAX_SINGLES];
} Singles;

/* is_single tells whether a value has just the statistics of a value of one record; the first of its flags says which. */
static bool
is_single(Singles *singles, const LinkValueClass *class)
{
	int			i;

	if (class->count != 1)
		return false;
	for (i = 0; i < singles->n; i++)
		if (singles->class[i].flags == class->flags)
			return memcmp(&singles->class[i], class, sizeof(*class)) == 0;
	if (singles->n == MAX_SINGLES)
		return false;
	singles->class[singles->n++] = *class;
	return true;
}

/* write_values writes the statistics of the values of a field. */
static void
write_values(IndexWriter *iw, const LinkField *field, int f, Singles *singles)
{
	const CltColumn *col = &field->col;
	CltKeyRow  *keys = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(CltKeyRow) * ((Size) col->nvalues + 1));
	CltKeyRow  *tmp = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(CltKeyRow) * ((Size) col->nvalues + 1));
	ClassTable	classes;
	size_t		n = 0;
	size_t		k;
	uint32		i;

	class_table_start(&classes, sizeof(LinkValueClass));
	singles->n = 0;
	for (i = 1; i < col->nvalues; i++)
	{
		LinkValueClass class;

		class_of_value(field, i, &class);

		/*
		 * which of two words is the given name, their mere presence may
		 * decide
		 */
		if (class.count + class.before == 0 || (is_single(singles, &class) && !field->before))
			continue;
		keys[n].key = turned(col->values[i].hash);
		keys[n].row = class_number(&classes, &class);
		keys[n++].slot = 0;
	}
	clt_block_order(keys, tmp, n);
	write_classes(iw, f, &classes);
	list_start(iw, LINK_PAGE_VALUES, f);
	for (k = 0; k < n; k++)
		list_add(iw, turned_back(keys[k].key) >> (64 - LINK_VALUE_BITS), keys[k].row);
	list_end(iw);
	pfree(keys);
	pfree(tmp);
}

/* write_tokens writes how common words are; a word that is not there, one record has. */
static void
write_tokens(IndexWriter *iw, const CltColumn *col, int f)
{
	CltKeyRow  *keys = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(CltKeyRow) * ((Size) col->ntokens + 1));
	CltKeyRow  *tmp = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(CltKeyRow) * ((Size) col->ntokens + 1));
	size_t		n = 0;
	size_t		k;
	uint32		i;

	for (i = 0; i < col->ntokens; i++)
	{
		const CltToken *t = &col->tokens[i];

		if (t->count < 2)
			continue;
		keys[n].key = turned(clt_block_hash(clt_token_text(t), t->len, 3));
		keys[n].row = t->count;
		keys[n++].slot = 0;
	}
	clt_block_order(keys, tmp, n);
	list_start(iw, LINK_PAGE_TOKENS, f);
	for (k = 0; k < n; k++)
		list_add(iw, turned_back(keys[k].key) >> (64 - LINK_VALUE_BITS), keys[k].row);
	list_end(iw);
	pfree(keys);
	pfree(tmp);
}

/* ---- postings ---- */

/* Records whose keys are made at a time. */
#define KEY_BATCH 256

static size_t
collect(LinkJob *job, LinkKeyMaker *maker, const LinkRule *rule, const uint8 *only, CltKeyRow *keys)
{
	int			slots = clt_link_rule_slots(job, rule);
	uint64		batch[KEY_BATCH * LINK_WORD_SLOTS];
	size_t		n = 0;
	uint32		row;

	for (row = 0; row < job->n; row += KEY_BATCH)
	{
		uint32		count = Min(KEY_BATCH, job->n - row);
		uint32		i;

		CHECK_FOR_INTERRUPTS();
		clt_link_make_keys(maker, rule, row, count, batch);
		for (i = 0; i < count * slots; i++)
		{
			if (batch[i] == 0 || (only && !only[row + i / slots]) || clt_link_is_copy(job, row + i / slots))
				continue;
			keys[n].key = turned(batch[i]);
			keys[n].row = row + i / slots;
			keys[n++].slot = 0;
		}
	}
	return n;
}

/*
 * write_postings writes who has which key; records of large blocks are marked, or the first of
 * them written.  Returns the number of large blocks.
 */
static size_t
write_postings(IndexWriter *iw, int part, const CltKeyRow *keys, size_t n, int bits, uint8 *large, bool cut)
{
	uint64	   *too_large;
	size_t		nlarge = 0;
	size_t		i;
	size_t		j;

	too_large = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(uint64) * (n / LINK_LARGE_RUN + 1));
	list_start(iw, LINK_PAGE_POSTINGS, part);
	for (i = 0; i < n; i = j)
	{
		uint64		key = turned_back(keys[i].key) >> (64 - bits);
		size_t		last;
		size_t		k;

		for (j = i + 1; j < n && keys[j].key == keys[i].key; j++)
			;
		last = j;
		if (!cut && j - i > LINK_LARGE_RUN)
		{
			too_large[nlarge++] = turned_back(keys[i].key);
			for (k = i; large && k < j; k++)
				large[keys[k].row] = 1;
			continue;
		}
		if (last - i > LINK_SEARCH_RUN)
			last = i + LINK_SEARCH_RUN;
		list_room(iw, (last - i) * 6 + 10);
		for (k = i; k < last; k++)
			list_add(iw, key, keys[k].row);
	}
	list_end(iw);
	list_start(iw, LINK_PAGE_LARGE, part);
	for (i = 0; i < nlarge; i++)
		list_add(iw, too_large[i], 0);
	list_end(iw);
	pfree(too_large);
	return nlarge;
}

/* posting_bits is how many bits of a key are kept for so many records. */
static int
posting_bits(uint32 n)
{
	int			bits = 11;

	while (n > 1)
	{
		n >>= 1;
		bits++;
	}
	return Min(bits, 48);
}

static void
write_rules(IndexWriter *iw, const LinkRule *search, int nsearch, int bits, bool *has_large)
{
	LinkJob    *job = iw->job;
	Size		cap = (Size) job->n * LINK_WORD_SLOTS + 1;
	CltKeyRow  *keys = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(CltKeyRow) * cap);
	CltKeyRow  *tmp = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(CltKeyRow) * cap);
	uint8	   *large = MemoryContextAllocHuge(CurrentMemoryContext, (Size) job->n + 1);
	LinkKeyMaker *maker = clt_link_key_maker(job);
	size_t		n;
	int			r;
	int			p;

	for (r = 0; r < clt_link_keyed_rules(job); r++)
	{
		if (job->rule[r].split_of >= 0)
			continue;
		memset(large, 0, job->n);
		n = collect(job, maker, &job->rule[r], NULL, keys);
		clt_block_order(keys, tmp, n);
		has_large[r] = write_postings(iw, r, keys, n, bits, large, false) > 0;
		for (p = 0; p < clt_link_keyed_rules(job); p++)
			if (job->rule[p].split_of == r)
			{
				n = collect(job, maker, &job->rule[p], large, keys);
				clt_block_order(keys, tmp, n);
				has_large[p] = write_postings(iw, p, keys, n, bits, NULL, false) > 0;
			}
	}
	for (r = 0; r < nsearch; r++)
	{
		n = collect(job, maker, &search[r], NULL, keys);
		clt_block_order(keys, tmp, n);
		write_postings(iw, clt_link_keyed_rules(job) + r, keys, n, bits, NULL, true);
	}
	clt_link_key_maker_free(maker);
	pfree(keys);
	pfree(tmp);
	pfree(large);
}

/* add_search_rule adds a rule of one or two atoms unless the model or search has it. */
static void
add_search_rule(LinkJob *job, LinkRule *search, int *n, LinkAtom a, LinkAtom b)
{
	LinkRule	rule;
	int			i;

	if (a.field < 0 || (b.transform != LINK_NTRANSFORMS && b.field < 0))
		return;
	memset(&rule, 0, sizeof(rule));
	rule.split_of = -1;
	rule.atom[rule.natoms++] = a;
	if (b.transform != LINK_NTRANSFORMS)
		rule.atom[rule.natoms++] = b;
	for (i = 0; i < clt_link_keyed_rules(job) + *n; i++)
	{
		const LinkRule *other = i < clt_link_keyed_rules(job) ? &job->rule[i] : &search[i - clt_link_keyed_rules(job)];

		if (other->split_of < 0 && other->natoms == rule.natoms &&
			memcmp(other->atom, rule.atom, sizeof(LinkAtom) * rule.natoms) == 0)
			return;
	}
	if (*n < LINK_MAX_SEARCH_RULES)
		search[(*n)++] = rule;
}

static LinkAtom
atom(int field, int second, LinkTransform transform)
{
	LinkAtom	a;

	memset(&a, 0, sizeof(a));
	a.field = field;
	a.second = second;
	a.transform = transform;
	return a;
}

/* search_rules lists the keys by which an incomplete record looks for its like. */
static int
search_rules(LinkJob *job, LinkRule *search)
{
	LinkAtom	none = atom(-1, -1, LINK_NTRANSFORMS);
	int			given = clt_link_field_of_kind(job, CLT_KIND_GIVEN);
	int			surname = clt_link_field_of_kind(job, CLT_KIND_SURNAME);
	int			city = clt_link_field_of_kind(job, CLT_KIND_CITY);
	int			date = clt_link_field_of_kind(job, CLT_KIND_DATE);
	int			number = clt_link_field_of_kind(job, CLT_KIND_HOUSE_NUMBER);
	int			n = 0;
	int			f;

	if (given >= 0 && surname >= 0)
	{
		add_search_rule(job, search, &n, atom(given, surname, LINK_EITHER_ORDER), none);
		add_search_rule(job, search, &n, atom(given, -1, LINK_SOUND), atom(surname, -1, LINK_SOUND));
	}
	add_search_rule(job, search, &n, atom(surname, -1, LINK_SOUND), atom(city, -1, LINK_SOUND));
	add_search_rule(job, search, &n, atom(surname, -1, LINK_SOUND), atom(date, -1, LINK_YEAR));
	for (f = 0; f < job->nfields; f++)
		switch (job->field[f].kind)
		{
			case CLT_KIND_SURNAME:
				add_search_rule(job, search, &n, atom(f, -1, LINK_FORM), none);
				add_search_rule(job, search, &n, atom(f, -1, LINK_SOUND), none);
				break;
			case CLT_KIND_GIVEN:
			case CLT_KIND_EMAIL:
				add_search_rule(job, search, &n, atom(f, -1, LINK_FORM), none);
				break;
			case CLT_KIND_FULL_NAME:
			case CLT_KIND_COMPANY:
			case CLT_KIND_TEXT:
				add_search_rule(job, search, &n, atom(f, -1, LINK_FORM), none);
				add_search_rule(job, search, &n, atom(f, -1, LINK_WORDS), none);
				break;
			case CLT_KIND_PHONE:
				add_search_rule(job, search, &n, atom(f, -1, LINK_TAIL), none);
				break;
			case CLT_KIND_STREET:
				add_search_rule(job, search, &n, atom(f, number, LINK_LINE), none);
				break;
			case CLT_KIND_DATE:
			case CLT_KIND_IDENTIFIER:
			case CLT_KIND_NUMBER:
				add_search_rule(job, search, &n, atom(f, -1, LINK_VALUE), none);
				break;
			default:
				break;
		}
	return n;
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
write_keys(IndexWriter *iw)
{
	LinkJob    *job = iw->job;
	LinkKeyForm form = clt_link_key_form(job);
	StringInfoData page;
	uint32		first = 0;
	uint32		i;
	Oid			out;
	bool varlena;

	list_start(iw, LINK_PAGE_KEYS, 0);
	if (form == LINK_KEY_WORD)
	{
		/* a page has one key: the place of its first record */
		for (i = 0; i < job->n; i = first)
		{
			while (first < job->n && clt_page_add(&iw->writer, i, (uint64) job->keys[first]))
				first++;
			list_flush(iw);
		}
		list_end(iw);
		return;
	}
	getTypeOutputInfo(job->key_type, &out, &varlena);
	initStringInfo(&page);
	for (i = 0; i < job->n; i++)
	{
		Size		len;
		const char *data = key_bytes(job, form, out, job->keys[i], &len);
		uint8		number[CLT_VARINT_MAX];

		if (page.len > 0 && page.len + len + sizeof(number) > CLT_PAGE_BYTES)
		{
			list_page(iw, first, page.data, page.len);
			resetStringInfo(&page);
			first = i;
		}
		appendBinaryStringInfo(&page, (char *) number, (int) clt_varint_put(number, len));
		appendBinaryStringInfo(&page, data, (int) len);
	}
	if (page.len > 0)
		list_page(iw, first, page.data, page.len);
	list_end(iw);
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
send_field(StringInfo out, const LinkField *field, const Singles *singles)
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

static void
write_head(IndexWriter *iw, const Singles *singles, const LinkRule *search, int nsearch, int bits,
		   const bool *has_large)
{
	LinkJob    *job = iw->job;
	StringInfoData out;
	uint64		stamp;
	int			i;
	int			f;

	if (!pg_strong_random(&stamp, sizeof(stamp)))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not generate random values")));
	initStringInfo(&out);
	pq_sendbyte(&out, LINK_INDEX_VERSION);
	pq_sendint64(&out, stamp);
	pq_sendint32(&out, iw->generation);
	pq_sendint32(&out, job->n);
	pq_sendint16(&out, (uint16) job->key_len);
	pq_sendbyte(&out, job->key_byval);
	pq_sendbyte(&out, bits);
	pq_sendbyte(&out, job->nfields);
	for (f = 0; f < job->nfields; f++)
	{
		send_field(&out, &job->field[f], &singles[f]);
		if (job->field[f].element)
			send_field(&out, job->field[f].element, &singles[LINK_ELEMENT_PART(f)]);
	}
	/* chances of equal values, of comparisons with levels of the user's own */
	for (i = 0; i < job->ncomparisons; i++)
		for (f = 0; job->comparison[i].levels && f < job->comparison[i].nfields; f++)
			pq_sendfloat4(&out, job->comparison[i].levels->log_u[f]);
	pq_sendbyte(&out, clt_link_keyed_rules(job) + nsearch);
	for (i = 0; i < clt_link_keyed_rules(job); i++)
		send_rule(&out, &job->rule[i], false, has_large[i]);
	for (i = 0; i < nsearch; i++)
		send_rule(&out, &search[i], true, false);
	flush_rows(iw);
	iw->generation = 0;
	write_row(iw, LINK_PAGE_HEAD, 0, 0, out.data, out.len);
	flush_rows(iw);
}

static void
write_json(IndexWriter *iw, char kind, Jsonb *json)
{
	char	   *text = JsonbToCString(NULL, &json->root, VARSIZE(json));

	write_row(iw, kind, 0, 0, text, strlen(text));
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

/* clt_link_write_index writes what search needs; the results are written already. */
void
clt_link_write_index(LinkJob *job, Jsonb *settings, Jsonb *parameters)
{
	MemoryContext work = AllocSetContextCreate(job->context, "clientele search index", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(work);
	char	   *name = clt_link_index_name(job);
	char	   *qualified = quote_qualified_identifier(job->schema, name);
	IndexWriter *iw = palloc0(sizeof(IndexWriter));
	LinkRule   *search = palloc(sizeof(LinkRule) * LINK_MAX_SEARCH_RULES);
	Singles    *singles = palloc0(sizeof(Singles) * LINK_PARTS);
	bool		has_large[LINK_MAX_RULES] = {false};
	int			nsearch;
	int			bits = posting_bits(job->n);
	int			f;

	clt_link_progress_phase(job, LINK_PHASE_WRITING_INDEX);
	if (!OidIsValid(clt_link_existing_result(job, name)))
	{
		clt_link_result_sql(psprintf("CREATE TABLE %s (generation pg_catalog.int4, kind pg_catalog.\"char\", part pg_catalog.int2, "
									 "first pg_catalog.int8, page pg_catalog.bytea NOT NULL, PRIMARY KEY (generation, kind, part, first))", qualified));
		clt_link_result_sql(psprintf("ALTER TABLE %s ALTER COLUMN page SET STORAGE EXTERNAL", qualified));
		clt_link_result_sql(psprintf("COMMENT ON TABLE %s IS %s", qualified,
									 quote_literal_cstr(psprintf("clientele: what search knows of %s (model %s)", job->table, job->model))));
	}
	iw->job = job;
	iw->batch = AllocSetContextCreate(work, "clientele search index rows", ALLOCSET_DEFAULT_SIZES);
	iw->firsts_cap = 1024;
	iw->firsts = palloc(sizeof(uint64) * iw->firsts_cap);
	iw->generation = next_generation(qualified);
	iw->insert = psprintf("INSERT INTO %s (generation, kind, part, first, page) "
						  "SELECT $1, u.* FROM unnest($2, $3, $4, $5) u", qualified);
	clt_link_result_sql(psprintf("DELETE FROM %s", qualified));
	write_json(iw, LINK_PAGE_SETTINGS, settings);
	write_json(iw, LINK_PAGE_PARAMETERS, parameters);
	for (f = 0; f < job->nfields; f++)
	{
		LinkField  *field = &job->field[f];

		write_values(iw, field, f, &singles[f]);
		write_tokens(iw, &field->col, f);
		if (field->element)
		{
			write_values(iw, field->element, LINK_ELEMENT_PART(f), &singles[LINK_ELEMENT_PART(f)]);
			write_tokens(iw, &field->element->col, LINK_ELEMENT_PART(f));
		}
	}
	nsearch = search_rules(job, search);
	write_rules(iw, search, nsearch, bits, has_large);
	write_keys(iw);
	write_head(iw, singles, search, nsearch, bits, has_large);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(work);
}
