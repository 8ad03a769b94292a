/*
 * index_values.c
 *		What the search index keeps of columns: the statistics of every value that more
 *		than one record has (values that one record has share the statistics of their
 *		kind), and the counts of words.
 */
#include "postgres.h"

#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "core/clientele.h"
#include "linkage/engine.h"
#include "linkage/index.h"
#include "linkage/index_writer.h"
#include "linkage/large.h"

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
		t->items = clt_link_large_grow(t->items, t->cap * t->item_size);
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
write_classes(LinkIndexWriter *iw, int part, ClassTable *t)
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
		if (out.len + LINK_CLASS_BYTES > CLT_PAGE_BYTES || i + 1 == t->n)
		{
			clt_link_index_row(iw, LINK_PAGE_VALUE_CLASSES, part, first, out.data, out.len);
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

/*
 * is_single tells whether a value has just the statistics of a value of one record; the first of its flags says which.
 * Who looks for a value knows the flags that its text says, and no others.
 */
static bool
is_single(LinkSingles *singles, const LinkValueClass *class)
{
	int			i;

	if (class->count != 1 || class->flags & CLT_VALUE_LEARNT)
		return false;
	for (i = 0; i < singles->n; i++)
		if (singles->class[i].flags == class->flags)
			return memcmp(&singles->class[i], class, sizeof(*class)) == 0;
	if (singles->n == LINK_MAX_SINGLES)
		return false;
	singles->class[singles->n++] = *class;
	return true;
}

/* write_values writes the statistics of the values of a field. */
static void
write_values(LinkIndexWriter *iw, const LinkField *field, int f, LinkSingles *singles)
{
	const CltColumn *col = &field->col;
	CltKeyRow  *keys = clt_link_large(CurrentMemoryContext, sizeof(CltKeyRow) * ((Size) col->nvalues + 1));
	CltKeyRow  *tmp = clt_link_large(CurrentMemoryContext, sizeof(CltKeyRow) * ((Size) col->nvalues + 1));
	LinkPageCutter *cutter;
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
		keys[n].key = col->values[i].hash;
		keys[n].row = class_number(&classes, &class);
		keys[n++].slot = 0;
	}
	clt_block_sort(keys, tmp, n);
	write_classes(iw, f, &classes);
	cutter = clt_link_index_list(iw, LINK_PAGE_VALUES, f);
	for (k = 0; k < n; k++)
		clt_link_cut_add(cutter, keys[k].key >> (64 - LINK_VALUE_BITS), keys[k].row);
	clt_link_index_list_end(iw);
	pfree(keys);
	pfree(tmp);
}

/* write_tokens writes how common words are; a word that is not there, one record has. */
static void
write_tokens(LinkIndexWriter *iw, const CltColumn *col, int f)
{
	CltKeyRow  *keys = clt_link_large(CurrentMemoryContext, sizeof(CltKeyRow) * ((Size) col->ntokens + 1));
	CltKeyRow  *tmp = clt_link_large(CurrentMemoryContext, sizeof(CltKeyRow) * ((Size) col->ntokens + 1));
	LinkPageCutter *cutter;
	size_t		n = 0;
	size_t		k;
	uint32		i;

	for (i = 0; i < col->ntokens; i++)
	{
		const CltToken *t = &col->tokens[i];

		if (t->count < 2)
			continue;
		keys[n].key = clt_block_hash(clt_token_text(t), t->len, 3);
		/* what a word of names is takes two bits */
		keys[n].row = Min(t->count, PG_UINT32_MAX >> 2) << 2 | (uint32) t->role;
		keys[n++].slot = 0;
	}
	clt_block_sort(keys, tmp, n);
	cutter = clt_link_index_list(iw, LINK_PAGE_TOKENS, f);
	for (k = 0; k < n; k++)
		clt_link_cut_add(cutter, keys[k].key >> (64 - LINK_VALUE_BITS), keys[k].row);
	clt_link_index_list_end(iw);
	pfree(keys);
	pfree(tmp);
}

/* clt_link_index_values writes what is kept of a column; values that one record has share singles. */
void
clt_link_index_values(LinkIndexWriter *iw, const LinkField *field, int part, LinkSingles *singles)
{
	write_values(iw, field, part, singles);
	write_tokens(iw, &field->col, part);
}
