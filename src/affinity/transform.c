/*
 * transform.c
 *		limit_baskets() and map_items(): an affinity made from another one.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "affinity/order.h"
#include "affinity/scan.h"

/* The argument with basket ids, in order. */
static AffinityObject *
source_of(FunctionCallInfo fcinfo, const char *function)
{
	Datum		value = PG_GETARG_DATUM(0);
	AffinityObject *o;

	if (clt_affinity_is_flat(value))
		o = clt_affinity_expand(value, CurrentMemoryContext, true);
	else
	{
		o = (AffinityObject *) DatumGetEOHP(value);
		clt_affinity_order(o);
	}
	clt_scan_plain(o, function);
	return o;
}

/* An empty affinity with everything of another but items and baskets. */
static AffinityObject *
empty_like(const AffinityObject *from)
{
	AffinityObject *to = clt_affinity_new(CurrentMemoryContext, from->flags);

	to->items.spec = from->items.spec;
	to->keys.spec = from->keys.spec;
	to->limit_mb = from->limit_mb;
	to->sample_bits = from->sample_bits;
	to->nskipped = from->nskipped;
	to->ntruncated = from->ntruncated;
	clt_affinity_changed(to);
	return to;
}

static inline uint64
basket_times(const AffinityObject *o, uint32 k)
{
	return k < o->base.nkeyed ? 1 : o->base.mult[k - o->base.nkeyed];
}

/* What to do with a basket of too many items. */
typedef enum LongBasket
{
	LONG_ERROR,
	LONG_SKIP,
	LONG_TRUNCATE
} LongBasket;

static LongBasket
policy_by_name(const char *name)
{
	if (strcmp(name, "error") == 0)
		return LONG_ERROR;
	if (strcmp(name, "skip") == 0)
		return LONG_SKIP;
	if (strcmp(name, "truncate") == 0)
		return LONG_TRUNCATE;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown policy \"%s\" for long baskets", name),
			 errhint("Known policies are error, skip and truncate.")));
	return LONG_ERROR;			/* keep compiler quiet */
}

/* Copies the first n items of a basket. */
static void
copy_basket(AffinityObject *to, const AffinityObject *from, uint32 k, uint32 n, const uint32 *item_to)
{
	uint32		begin = from->base.start[k];
	uint32		basket,
				p;

	if (k >= from->base.nkeyed)
	{
		clt_affinity_copy_loose(to, from, k, n, from->base.mult[k - from->base.nkeyed], item_to);
		return;
	}
	basket = clt_affinity_basket(to, from->keys.key[k]);
	for (p = begin; p < begin + n; p++)
	{
		if (from->flags & AFFINITY_WEIGHTED)
			clt_affinity_add_entry(to, basket, item_to[from->base.item[p]], from->pay[0][p], from->pay[1][p]);
		else
			clt_affinity_add_line(to, basket, item_to[from->base.item[p]]);
	}
}

/* limit_baskets(a affinity, max_items integer, long_basket text) */
CLT_FUNCTION_INFO_V1(clt_limit_baskets);
Datum
clt_limit_baskets(PG_FUNCTION_ARGS)
{
	AffinityObject *from = source_of(fcinfo, "limit_baskets");
	int32		max_items = PG_GETARG_INT32(1);
	LongBasket	policy = policy_by_name(text_to_cstring(PG_GETARG_TEXT_PP(2)));
	AffinityObject *to;
	uint32	   *item_to;
	uint32		i,
				k;
	uint64		e;
	uint64		too_long = 0;

	if (max_items < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("max_items must be at least 1")));
	for (k = 0; k < from->base.nkeyed + from->base.nloose; k++)
		if (from->base.start[k + 1] - from->base.start[k] > (uint32) max_items)
			too_long += basket_times(from, k);
	if (policy == LONG_ERROR && too_long > 0)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%llu baskets hold more than %d items", (unsigned long long) too_long, max_items),
				 errdetail("The longest holds %u.", from->longest),
				 errhint("Leave them out with \"skip\", or keep their most frequent items with \"truncate\".")));

	to = empty_like(from);
	item_to = palloc(Max((Size) from->items.n, 1) * sizeof(uint32));
	for (i = 0; i < from->items.n; i++)
		item_to[i] = clt_dict_intern(&to->items, from->items.key[i]);
	for (k = 0; k < from->base.nkeyed + from->base.nloose; k++)
	{
		uint32		n = from->base.start[k + 1] - from->base.start[k];

		if (n > (uint32) max_items)
		{
			if (policy == LONG_SKIP)
				continue;
			n = max_items;		/* items stand in order of frequency */
		}
		copy_basket(to, from, k, n, item_to);
		if ((k & 0xFFFF) == 0)
			CHECK_FOR_INTERRUPTS();
	}
	for (e = 0; e < from->nabsent; e++)
		clt_affinity_add_entry(to, clt_affinity_basket(to, from->keys.key[from->entry[e].basket]),
							   item_to[from->entry[e].item], from->entry[e].pay[0], from->entry[e].pay[1]);
	if (policy == LONG_SKIP)
		to->nskipped += too_long;
	else
		to->ntruncated += too_long;
	clt_affinity_order(to);
	return AffinityGetDatum(to);
}

/* Items of the old value to items of the new one. */
typedef struct Mapping
{
	uint32	   *to;				/* AFFINITY_NOT_KEPT: none */
	uint32	   *itself;			/* the item itself, when it is kept as well */
} Mapping;

static void
read_mapping(FunctionCallInfo fcinfo, AffinityObject *from, AffinityObject *to, bool keep_items, bool keep_unmapped,
			 Mapping *map)
{
	ArrayType  *items = PG_GETARG_ARRAYTYPE_P(1);
	ArrayType  *categories = PG_GETARG_ARRAYTYPE_P(2);
	AffKeySpec	category;
	Datum	   *item_datum,
			   *category_datum;
	bool	   *item_null,
			   *category_null;
	int			nitems,
				ncategories;
	int			i;

	(void) clt_key_spec(&category, ARR_ELEMTYPE(categories), PG_GET_COLLATION(), "category", NULL);
	if (getBaseType(ARR_ELEMTYPE(items)) != from->items.spec.type)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("affinity holds items of type %s, not %s", format_type_be(from->items.spec.type),
						format_type_be(ARR_ELEMTYPE(items)))));
	if ((keep_items || keep_unmapped) && category.type != from->items.spec.type)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("items of type %s cannot be kept among categories of type %s",
						format_type_be(from->items.spec.type), format_type_be(category.type))));
	deconstruct_array(items, ARR_ELEMTYPE(items), from->items.spec.len, from->items.spec.byval, from->items.spec.align,
					  &item_datum, &item_null, &nitems);
	deconstruct_array(categories, ARR_ELEMTYPE(categories), category.len, category.byval, category.align,
					  &category_datum, &category_null, &ncategories);
	if (nitems != ncategories)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("there are %d items but %d categories", nitems, ncategories)));
	to->items.spec = category;
	map->to = palloc(Max((Size) from->items.n, 1) * sizeof(uint32));
	map->itself = palloc(Max((Size) from->items.n, 1) * sizeof(uint32));
	memset(map->to, 0xFF, (Size) from->items.n * sizeof(uint32));
	memset(map->itself, 0xFF, (Size) from->items.n * sizeof(uint32));
	for (i = 0; i < nitems; i++)
	{
		uint32		number = item_null[i] ? AFFINITY_NOT_KEPT : clt_dict_find(&from->items, item_datum[i]);
		uint32		target;

		if (number == AFFINITY_NOT_KEPT || category_null[i])
			continue;
		target = clt_dict_intern(&to->items, category_datum[i]);
		if (map->to[number] != AFFINITY_NOT_KEPT && map->to[number] != target)
			ereport(ERROR,
					(errcode(ERRCODE_CARDINALITY_VIOLATION),
					 errmsg("an item is mapped to two categories")));
		map->to[number] = target;
	}
	for (i = 0; i < (int) from->items.n; i++)
		if (keep_items || (keep_unmapped && map->to[i] == AFFINITY_NOT_KEPT))
			map->itself[i] = clt_dict_intern(&to->items, from->items.key[i]);
}

static void
map_line(AffinityObject *to, const Mapping *map, uint32 basket, uint32 item, int64 pay0, int64 pay1)
{
	if (map->to[item] != AFFINITY_NOT_KEPT)
		clt_affinity_add_entry(to, basket, map->to[item], pay0, pay1);
	if (map->itself[item] != AFFINITY_NOT_KEPT)
		clt_affinity_add_entry(to, basket, map->itself[item], pay0, pay1);
}

/* A basket without id and with amounts: those of one category are added up. */
static void
map_loose(AffinityObject *to, const AffinityObject *from, const Mapping *map, uint32 k)
{
	uint32		begin = from->base.start[k];
	Size		most = 2 * (Size) (from->base.start[k + 1] - begin);
	AffEntry   *line = clt_huge_alloc(CurrentMemoryContext, most, AffEntry);
	uint32	   *items = clt_huge_alloc(CurrentMemoryContext, most, uint32);
	int64	   *quantity = clt_huge_alloc(CurrentMemoryContext, most, int64);
	int64	   *revenue = clt_huge_alloc(CurrentMemoryContext, most, int64);
	uint32		nlines = 0,
				n = 0,
				p,
				i;

	for (p = begin; p < from->base.start[k + 1]; p++)
	{
		uint32		target[2] = {map->to[from->base.item[p]], map->itself[from->base.item[p]]};

		for (i = 0; i < 2; i++)
			if (target[i] != AFFINITY_NOT_KEPT)
			{
				line[nlines].basket = 0;
				line[nlines].item = target[i];
				line[nlines].pay[0] = from->pay[0][p];
				line[nlines++].pay[1] = from->pay[1][p];
			}
	}
	clt_entries_sort(line, nlines, false);
	for (i = 0; i < nlines; i++)
	{
		if (n == 0 || items[n - 1] != line[i].item)
		{
			items[n] = line[i].item;
			quantity[n] = revenue[n] = 0;
			n++;
		}
		clt_affinity_add_amount(&quantity[n - 1], line[i].pay[0]);
		clt_affinity_add_amount(&revenue[n - 1], line[i].pay[1]);
	}
	if (n > 0)
		clt_affinity_add_loose(to, items, n, from->base.mult[k - from->base.nkeyed], quantity, revenue);
	pfree(line);
	pfree(items);
	pfree(quantity);
	pfree(revenue);
}

/* map_items(a affinity, items anyarray, categories anycompatiblearray, keep_items boolean, keep_unmapped boolean) */
CLT_FUNCTION_INFO_V1(clt_map_items);
Datum
clt_map_items(PG_FUNCTION_ARGS)
{
	AffinityObject *from = source_of(fcinfo, "map_items");
	AffinityObject *to = empty_like(from);
	bool		weighted = (from->flags & AFFINITY_WEIGHTED) != 0;
	Mapping		map;
	uint32	   *items = palloc(((Size) from->longest * 2 + 1) * sizeof(uint32));
	uint32		k,
				p,
				i;
	uint64		e;

	read_mapping(fcinfo, from, to, PG_GETARG_BOOL(3), PG_GETARG_BOOL(4), &map);
	for (k = 0; k < from->base.nkeyed + from->base.nloose; k++)
	{
		bool		keyed = k < from->base.nkeyed;
		uint32		basket = keyed && weighted ? clt_affinity_basket(to, from->keys.key[k]) : 0;
		uint32		n = 0,
					distinct = 0;

		if (weighted && !keyed)
		{
			map_loose(to, from, &map, k);
			continue;
		}
		for (p = from->base.start[k]; p < from->base.start[k + 1]; p++)
		{
			uint32		item = from->base.item[p];

			if (weighted)
			{
				map_line(to, &map, basket, item, from->pay[0][p], from->pay[1][p]);
				continue;
			}
			if (map.to[item] != AFFINITY_NOT_KEPT)
				items[n++] = map.to[item];
			if (map.itself[item] != AFFINITY_NOT_KEPT)
				items[n++] = map.itself[item];
		}
		if ((k & 0xFFFF) == 0)
			CHECK_FOR_INTERRUPTS();
		if (weighted)
			continue;
		clt_sort_u32(items, n);
		for (i = 0; i < n; i++)
			if (distinct == 0 || items[distinct - 1] != items[i])
				items[distinct++] = items[i];

		/*
		 * A basket of which nothing is left is gone; one that was empty
		 * stays.
		 */
		if (distinct == 0 && from->base.start[k] < from->base.start[k + 1])
			continue;
		if (!keyed)
			clt_affinity_add_loose(to, items, distinct, from->base.mult[k - from->base.nkeyed], NULL, NULL);
		else
		{
			basket = clt_affinity_basket(to, from->keys.key[k]);
			for (i = 0; i < distinct; i++)
				clt_affinity_add_line(to, basket, items[i]);
		}
	}
	for (e = 0; e < from->nabsent; e++)
		map_line(to, &map, clt_affinity_basket(to, from->keys.key[from->entry[e].basket]), from->entry[e].item,
				 from->entry[e].pay[0], from->entry[e].pay[1]);
	clt_affinity_order(to);
	return AffinityGetDatum(to);
}
