/*
 * result_tree.c
 *		Writing a B-tree of a result, page after page.
 *
 * Whoever builds an index reads the table again, sorts what is found, and does so in
 * one process that may do nothing else.  But the rows of a result are in hand, where
 * each lies in the table is known, and so is their order: records are numbered in the
 * order of their keys.  So the pages are written straight from the rows, the leaves
 * first and each level above them from the first keys of the pages below, by the leader
 * or by a worker: nothing is shared but the rows.
 *
 * That the order is the index's own is not believed but seen, row by row: another
 * collation or several tables have another.  Then the rows are sorted.
 *
 * Pages go past the server's buffers, as they do where it builds an index.  They are
 * logged one by one unless the file is to be made safe as a whole when the transaction
 * ends (wal_level minimal).
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/nbtree.h"
#include "access/xloginsert.h"
#include "catalog/index.h"
#include "catalog/storage.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "storage/smgr.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/sortsupport.h"

#include "core/clientele.h"
#include "linkage/large.h"
#include "linkage/result_tree.h"

/* Equal keys are one entry with a list of places, up to this size. */
#define LARGEST_LIST MAXALIGN_DOWN(BLCKSZ / 10 - sizeof(ItemIdData))

/* Larger entries no server takes: three of them must fit on a page. */
#define LARGEST_ENTRY \
	(MAXALIGN_DOWN((BLCKSZ - MAXALIGN(SizeOfPageHeaderData + 3 * sizeof(ItemIdData)) - MAXALIGN(sizeof(BTPageOpaqueData))) / 3) - \
	 MAXALIGN(sizeof(ItemPointerData)))

/* What the place of the last row may add to a key that divides pages. */
#define TIEBREAK MAXALIGN(sizeof(ItemPointerData))

/* So many rows ahead is told which will be wanted. */
#define ROWS_AHEAD 12

/* A page below another level: its block, and the least key on it. */
typedef struct Child
{
	IndexTuple	least;			/* NULL: the first of its level */
	BlockNumber block;
} Child;

typedef struct Children
{
	Child	   *item;
	Size		n;
	Size		cap;
} Children;

typedef struct TreeWriter
{
	Relation	index;
	MemoryContext context;
	bool		log;
	BlockNumber block;			/* of the page at hand */
	uint32		level;
	BlockNumber left;			/* the page before it on its level */
	Page		page;
	Size		full;			/* free bytes at which a page is */
	BTScanInsert key;			/* how keys are cut */
	Children	above;			/* pages of the level, so far */
} TreeWriter;

/* How rows follow one another in an index. */
typedef struct TreeOrder
{
	const LinkRows *rows;
	const IndexInfo *info;
	int			nkeys;
	SortSupportData sort[INDEX_MAX_KEYS];
} TreeOrder;

/* ---- the order ---- */

/* order_open finds the comparison of each column of an index. */
static void
order_open(TreeOrder *order, Relation index, const IndexInfo *info, const LinkRows *rows)
{
	int			a;

	memset(order, 0, sizeof(*order));
	order->rows = rows;
	order->info = info;
	order->nkeys = info->ii_NumIndexKeyAttrs;
	for (a = 0; a < order->nkeys; a++)
	{
		bool		down = (index->rd_indoption[a] & INDOPTION_DESC) != 0;
		Oid			type = index->rd_opcintype[a];

		order->sort[a].ssup_cxt = CurrentMemoryContext;
		order->sort[a].ssup_collation = index->rd_indcollation[a];
		order->sort[a].ssup_nulls_first = (index->rd_indoption[a] & INDOPTION_NULLS_FIRST) != 0;
		PrepareSortSupportFromOrderingOp(get_opfamily_member(index->rd_opfamily[a], type, type,
															 down ? BTGreaterStrategyNumber : BTLessStrategyNumber),
										 &order->sort[a]);
	}
}

static inline Datum
value_of(const TreeOrder *order, uint32 row, int a)
{
	return order->rows->value(order->rows, row, order->info->ii_IndexAttrNumbers[a] - 1);
}

/* compare_keys compares the keys of two rows. */
static inline int
compare_keys(TreeOrder *order, const Datum *x, const Datum *y)
{
	int			c = 0;
	int			a;

	for (a = 0; c == 0 && a < order->nkeys; a++)
		c = ApplySortComparator(x[a], false, y[a], false, &order->sort[a]);
	return c;
}

/* compare_rows does so and tells equal ones apart by where they are. */
static int
compare_rows(TreeOrder *order, uint32 x, uint32 y)
{
	int			c = 0;
	int			a;

	for (a = 0; c == 0 && a < order->nkeys; a++)
		c = ApplySortComparator(value_of(order, x, a), false, value_of(order, y, a), false, &order->sort[a]);
	return c ? c : ItemPointerCompare(&order->rows->place[x], &order->rows->place[y]);
}

#define ST_SORT sort_rows
#define ST_ELEMENT_TYPE uint32
#define ST_COMPARE(a, b, order) compare_rows(order, *(a), *(b))
#define ST_COMPARE_ARG_TYPE TreeOrder
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

/* ---- pages ---- */

static void
put_page(TreeWriter *tw, BlockNumber block, bool extends)
{
	if (tw->log)
		clt_log_newpage(tw->index, block, tw->page);
	PageSetChecksumInplace(tw->page, block);
	if (extends)
		smgrextend(RelationGetSmgr(tw->index), MAIN_FORKNUM, block, (char *) tw->page, true);
	else
		smgrwrite(RelationGetSmgr(tw->index), MAIN_FORKNUM, block, (char *) tw->page, true);
}

static void
start_page(TreeWriter *tw)
{
	BTPageOpaque opaque;

	_bt_pageinit(tw->page, BLCKSZ);
	opaque = BTPageGetOpaque(tw->page);
	opaque->btpo_prev = tw->left;
	opaque->btpo_next = P_NONE;
	opaque->btpo_level = tw->level;
	opaque->btpo_flags = tw->level == 0 ? BTP_LEAF : 0;
	opaque->btpo_cycleid = 0;
	/* room for the key that bounds the page */
	((PageHeader) tw->page)->pd_lower += sizeof(ItemIdData);
}

/* put_entry places an entry on the page, behind those that are there or as what bounds it. */
static void
put_entry(TreeWriter *tw, const IndexTupleData *entry, Size size, bool bound)
{
	PageHeader	head = (PageHeader) tw->page;
	ItemId		id = bound ? PageGetItemId(tw->page, P_HIKEY) : (ItemId) ((char *) head + head->pd_lower);

	if (!bound)
		head->pd_lower += sizeof(ItemIdData);
	head->pd_upper -= MAXALIGN(size);
	if (head->pd_upper < head->pd_lower)
		elog(ERROR, "no room on a page of index \"%s\"", RelationGetRelationName(tw->index));
	memcpy((char *) head + head->pd_upper, entry, size);
	ItemIdSetNormal(id, head->pd_upper, size);
}

/* end_page writes the page at hand, bounded by a key; NULL: it is the last of its level. */
static void
end_page(TreeWriter *tw, IndexTuple bound)
{
	PageHeader	head = (PageHeader) tw->page;
	BTPageOpaque opaque = BTPageGetOpaque(tw->page);

	CHECK_FOR_INTERRUPTS();
	if (bound)
	{
		put_entry(tw, bound, IndexTupleSize(bound), true);
		opaque->btpo_next = tw->block + 1;
	}
	else
	{
		memmove(head->pd_linp, head->pd_linp + 1, head->pd_lower - SizeOfPageHeaderData - sizeof(ItemIdData));
		head->pd_lower -= sizeof(ItemIdData);
		if (opaque->btpo_prev == P_NONE)
			opaque->btpo_flags |= BTP_ROOT;
	}
	put_page(tw, tw->block, true);
	tw->left = bound ? tw->block : P_NONE;
	tw->block++;
}

/* note_child notes for the level above a page that begins, the least key on it being the bound of the one before. */
static void
note_child(TreeWriter *tw, IndexTuple least)
{
	Children   *above = &tw->above;

	if (above->n == above->cap)
	{
		above->cap = Max(above->cap * 2, 256);
		above->item = above->item ? clt_link_large_grow(above->item, above->cap * sizeof(Child)) :
			MemoryContextAlloc(tw->context, above->cap * sizeof(Child));
	}
	above->item[above->n].least = least;
	above->item[above->n++].block = tw->block;
}

/* has_room tells whether the page takes an entry and afterwards a bound of at most so many bytes. */
static inline bool
has_room(const TreeWriter *tw, Size size, Size bound)
{
	const PageHeaderData *head = (const PageHeaderData *) tw->page;
	Size		left = head->pd_upper - head->pd_lower;

	return left >= MAXALIGN(size) + sizeof(ItemIdData) + MAXALIGN(bound) &&
		(left >= tw->full || head->pd_lower <= SizeOfPageHeaderData + 2 * sizeof(ItemIdData));
}

/* ---- leaves ---- */

/* The entry that goes onto the page when the one behind it is known. */
typedef struct Waiting
{
	IndexTuple	entry;			/* NULL: none */
	IndexTuple	last;			/* on the page; NULL: it is empty */
	ItemPointerData *places;	/* of rows with the key of the entry */
	int			nplaces;
	int			most;			/* that the entry may have */
} Waiting;

/* close_entry gives the waiting entry its places. */
static void
close_entry(Waiting *w)
{
	IndexTuple	list;

	if (w->nplaces < 2)
		return;
	list = _bt_form_posting(w->entry, w->places, w->nplaces);
	pfree(w->entry);
	w->entry = list;
}

/* place_entry puts the waiting entry onto a page, behind which one with a key of at most so many bytes will come. */
static void
place_entry(TreeWriter *tw, Waiting *w, Size next)
{
	if (!w->last || !has_room(tw, IndexTupleSize(w->entry), next + TIEBREAK))
	{
		IndexTuple	bound = NULL;

		if (w->last)
		{
			MemoryContext old = MemoryContextSwitchTo(tw->context);

			bound = _bt_truncate(tw->index, w->last, w->entry, tw->key);
			MemoryContextSwitchTo(old);
			end_page(tw, bound);
		}
		note_child(tw, bound);
		start_page(tw);
	}
	put_entry(tw, w->entry, IndexTupleSize(w->entry), false);
	if (w->last)
		pfree(w->last);
	w->last = w->entry;
	w->entry = NULL;
}

/* key_size is how much of an entry is not its list of places. */
static inline Size
key_size(IndexTuple entry)
{
	return BTreeTupleIsPosting(entry) ? BTreeTupleGetPostingOffset(entry) : IndexTupleSize(entry);
}

/* check_size refuses what fits on no page. */
static void
check_size(Relation index, IndexTuple entry)
{
	if (IndexTupleSize(entry) > LARGEST_ENTRY)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("key of %zu bytes is too long for index \"%s\", which takes %zu", IndexTupleSize(entry),
						RelationGetRelationName(index), (Size) LARGEST_ENTRY)));
}

/*
 * write_leaves writes the lowest level in the order given; NULL: in that of the rows.  False if that is not the order
 * of the index.
 */
static bool
write_leaves(TreeWriter *tw, TreeOrder *order, const uint32 *rows_in_order)
{
	const LinkRows *rows = order->rows;
	int			ncolumns = order->info->ii_NumIndexAttrs;
	bool		lists = tw->key->allequalimage && !tw->index->rd_index->indisunique && BTGetDeduplicateItems(tw->index);
	Waiting		w;
	Datum		values[2][INDEX_MAX_KEYS];
	bool		isnull[INDEX_MAX_KEYS] = {false};
	uint32		placed = 0;
	uint32		k;

	memset(&w, 0, sizeof(w));
	w.places = palloc(LARGEST_LIST);
	for (k = 0; k < rows->n; k++)
	{
		uint32		i = rows_in_order ? rows_in_order[k] : k;
		Datum	   *value = values[k & 1];
		IndexTuple	entry;
		int			c = -1;
		int			a;

		for (a = 0; k + ROWS_AHEAD < rows->n && a < ncolumns; a++)
			rows->ahead(rows, rows_in_order ? rows_in_order[k + ROWS_AHEAD] : k + ROWS_AHEAD, order->info->ii_IndexAttrNumbers[a] - 1);
		for (a = 0; a < ncolumns; a++)
			value[a] = value_of(order, i, a);
		if (i >= placed)
			placed = clt_link_rows_await(rows, i);
		if (k > 0)
			c = compare_keys(order, values[(k - 1) & 1], value);
		if (c > 0 || (c == 0 && ItemPointerCompare(&w.places[w.nplaces - 1], &rows->place[i]) >= 0))
			return false;
		if (c == 0 && tw->index->rd_index->indisunique)
			ereport(ERROR,
					(errcode(ERRCODE_UNIQUE_VIOLATION),
					 errmsg("two rows have one key in unique index \"%s\"", RelationGetRelationName(tw->index))));
		if (c == 0 && lists && w.nplaces < w.most)
		{
			w.places[w.nplaces++] = rows->place[i];
			continue;
		}
		entry = index_form_tuple(RelationGetDescr(tw->index), value, isnull);
		check_size(tw->index, entry);
		entry->t_tid = rows->place[i];
		if (w.entry)
		{
			close_entry(&w);
			place_entry(tw, &w, key_size(entry));
		}
		w.entry = entry;
		w.nplaces = 1;
		w.places[0] = rows->place[i];
		w.most = (int) ((LARGEST_LIST - Min(LARGEST_LIST, MAXALIGN(IndexTupleSize(entry)))) / sizeof(ItemPointerData));
	}
	if (!w.entry)
		return true;
	close_entry(&w);
	place_entry(tw, &w, 0);
	end_page(tw, NULL);
	return true;
}

/* ---- the levels above ---- */

/* write_level writes the level above some pages. */
static void
write_level(TreeWriter *tw, const Children *below)
{
	Size		k;

	tw->level++;
	tw->left = P_NONE;
	tw->full = BLCKSZ * (100 - BTREE_NONLEAF_FILLFACTOR) / 100;
	memset(&tw->above, 0, sizeof(tw->above));
	for (k = 0; k < below->n; k++)
	{
		const Child *child = &below->item[k];
		Size		next = k + 1 < below->n ? IndexTupleSize(below->item[k + 1].least) : 0;
		IndexTupleData no_key;

		if (k > 0 && has_room(tw, IndexTupleSize(child->least), next))
		{
			BTreeTupleSetDownLink(child->least, child->block);
			put_entry(tw, child->least, IndexTupleSize(child->least), false);
			continue;
		}

		/*
		 * the first entry of a page has no key: everything before the second
		 * is there
		 */
		if (k > 0)
			end_page(tw, child->least);
		note_child(tw, child->least);
		start_page(tw);
		no_key.t_info = sizeof(IndexTupleData);
		BTreeTupleSetDownLink(&no_key, child->block);
		BTreeTupleSetNAtts(&no_key, 0, false);
		put_entry(tw, &no_key, sizeof(no_key), false);
	}
	end_page(tw, NULL);
}

/* write_tree writes all pages; false if the rows are not in the order given. */
static bool
write_tree(TreeWriter *tw, TreeOrder *order, const uint32 *rows_in_order)
{
	/* the first page tells where the root is, and is written last */
	memset(tw->page, 0, BLCKSZ);
	smgrextend(RelationGetSmgr(tw->index), MAIN_FORKNUM, 0, (char *) tw->page, true);
	tw->block = 1;
	tw->level = 0;
	tw->left = P_NONE;
	tw->full = BTGetTargetPageFreeSpace(tw->index);
	memset(&tw->above, 0, sizeof(tw->above));
	if (!write_leaves(tw, order, rows_in_order))
		return false;
	while (tw->above.n > 1)
	{
		Children	below = tw->above;

		write_level(tw, &below);
	}
	_bt_initmetapage(tw->page, tw->above.n > 0 ? tw->above.item[0].block : P_NONE, tw->level, tw->key->allequalimage);
	put_page(tw, 0, false);
	return true;
}

/* sorted_rows sorts the rows as the index has them. */
static uint32 *
sorted_rows(TreeOrder *order)
{
	uint32		n = order->rows->n;
	uint32	   *result = clt_link_large(CurrentMemoryContext, Max(n, 1) * sizeof(uint32));
	uint32		i;

	for (i = 0; i < n; i++)
		result[i] = i;
	if (n > 0)
		(void) clt_link_rows_await(order->rows, n - 1);
	sort_rows(result, n, order);
	return result;
}

/* clt_link_may_write_tree tells whether an index is a B-tree over columns, as ours are. */
bool
clt_link_may_write_tree(Relation index)
{
	IndexInfo  *info = BuildIndexInfo(index);
	bool		good = index->rd_rel->relam == BTREE_AM_OID && info->ii_Predicate == NIL && info->ii_ExclusionOps == NULL &&
	index->rd_rel->relpersistence != RELPERSISTENCE_TEMP;
	int			a;

	for (a = 0; good && a < info->ii_NumIndexAttrs; a++)
		good = info->ii_IndexAttrNumbers[a] > 0;
	return good;
}

/* clt_link_write_tree writes the pages of an index whose file is empty. */
void
clt_link_write_tree(Relation index, const LinkRows *rows, bool log)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "clientele result index", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	IndexInfo  *info = BuildIndexInfo(index);
	TreeOrder	order;
	TreeWriter	tw;
	uint32	   *rows_in_order;
	char	   *page = palloc(BLCKSZ + 4096);

	memset(&tw, 0, sizeof(tw));
	tw.index = index;
	tw.context = context;
	tw.log = log;
	tw.page = (Page) TYPEALIGN(4096, page);
	tw.key = _bt_mkscankey(index, NULL);
	tw.key->allequalimage = _bt_allequalimage(index, false);
	order_open(&order, index, info, rows);
	rows_in_order = rows->order(rows, info->ii_IndexAttrNumbers[0] - 1);
	if (!write_tree(&tw, &order, rows_in_order))
	{
		RelationTruncate(index, 0);
		if (!write_tree(&tw, &order, sorted_rows(&order)))
			elog(ERROR, "rows of index \"%s\" have no order", RelationGetRelationName(index));
	}
	/* pages went past the buffers: no checkpoint makes them safe */
	if (log || index->rd_rel->relpersistence == RELPERSISTENCE_UNLOGGED)
		smgrimmedsync(RelationGetSmgr(index), MAIN_FORKNUM);
	if (rows_in_order)
		pfree(rows_in_order);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
}
