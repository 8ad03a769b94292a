/*
 * join.c
 *		Joining affinities: what parallel workers, days or shards have collected.
 *
 * Two states in order are merged as they stand, basket by basket: no basket id
 * is hashed. Into a state that is not, or is much larger, lines are added as
 * if they came from a table; it is put in order when all have been.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "affinity/names.h"
#include "affinity/store.h"

static void
check_spec(const AffKeySpec *a, const AffKeySpec *b, const char *role)
{
	if (!OidIsValid(a->type) || !OidIsValid(b->type))
		return;
	if (a->type != b->type || a->collation != b->collation)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("cannot join affinities whose %s types differ", role),
				 errdetail("One holds %s%s%s, the other %s%s%s.", format_type_be(a->type),
						   OidIsValid(a->collation) ? " COLLATE " : "", clt_collation_name(a->collation),
						   format_type_be(b->type),
						   OidIsValid(b->collation) ? " COLLATE " : "", clt_collation_name(b->collation))));
}

void
clt_affinity_same_kind(AffinityObject *a, uint8 flags, const AffKeySpec *item, const AffKeySpec *key)
{
	if ((a->flags & AFFINITY_PAYLOAD) != (flags & AFFINITY_PAYLOAD))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("cannot join an affinity with quantities and one without")));
	if (item != NULL)
		check_spec(&a->items.spec, item, "item");
	if (key != NULL)
		check_spec(&a->keys.spec, key, "basket");
}

/*
 * Can the two be merged as they stand? Merging moves all lines of both, so many
 * small states joined to a large one one after the other had better be added
 * to its log.
 */
static bool
both_in_order(const AffinityObject *into, const AffinityObject *from)
{
	return into->in_order && from->in_order && (into->flags & AFFINITY_PAYLOAD) == 0 &&
		into->base.nloose == 0 && from->base.nloose == 0 && into->base.nkeyed > 0 && from->base.nkeyed > 0 &&
		into->keys.spec.kind != AFF_KEY_GENERIC && into->sample_bits == from->sample_bits &&
		from->base.start[from->base.nkeyed] >= into->base.start[into->base.nkeyed] / 8;
}

/* The items of a basket in their new numbers. */
static void
place_basket(uint32 *out, const CltBaskets *b, uint32 basket, const uint32 *item_to)
{
	uint32		n = b->start[basket + 1] - b->start[basket];
	const uint32 *item = b->item + b->start[basket];
	uint32		i;

	for (i = 0; i < n; i++)
		out[i] = item_to[item[i]];
}

/*
 * Merges a state in order into another. Items' numbers follow from how often
 * they occur in both, which has to be known before lines can be placed: only
 * baskets that stand in both can hold an item twice.
 */
static void
merge_in_order(AffinityObject *into, AffinityObject *from)
{
	CltBaskets	a = into->base;
	const CltBaskets *b = &from->base;
	uint64		total = (uint64) a.start[a.nkeyed] + b->start[b->nkeyed];
	uint32		nold = into->items.n;
	uint32	   *a_to = clt_huge_alloc(into->cxt, a.nkeyed + 1, uint32);
	uint32	   *b_to = clt_huge_alloc(into->cxt, b->nkeyed + 1, uint32);
	uint32	   *b_item = clt_huge_alloc(into->cxt, from->items.n, uint32);
	uint32	   *frequency,
			   *item_order,
			   *a_final,
			   *seen;
	bool		items_same;
	uint32		nitems,
				i,
				j,
				k,
				p,
				line = 0;

	if (total > PG_INT32_MAX)
		clt_affinity_too_many();
	for (i = 0; i < from->items.n; i++)
		b_item[i] = clt_dict_intern(&into->items, from->items.key[i]);
	nitems = into->items.n;
	frequency = clt_huge_alloc(into->cxt, nitems, uint32);
	memset(frequency, 0, (Size) nitems * sizeof(uint32));
	memcpy(frequency, into->frequency, (Size) nold * sizeof(uint32));
	for (i = 0; i < from->items.n; i++)
		frequency[b_item[i]] += from->frequency[i];

	/* Where baskets go, and what the two states both know of one. */
	clt_dict_merge(&into->keys, &from->keys, a_to, b_to);
	a_to[a.nkeyed] = b_to[b->nkeyed] = AFFINITY_NOT_KEPT;
	seen = clt_huge_alloc(into->cxt, nitems, uint32);
	memset(seen, 0xFF, (Size) nitems * sizeof(uint32));
	for (i = j = 0; i < a.nkeyed && j < b->nkeyed;)
	{
		uint32		x = a_to[i];
		uint32		y = b_to[j];

		if (x == y)
		{
			for (p = a.start[i]; p < a.start[i + 1]; p++)
				seen[a.item[p]] = x;
			for (p = b->start[j]; p < b->start[j + 1]; p++)
				frequency[b_item[b->item[p]]] -= seen[b_item[b->item[p]]] == x;
		}
		i += x <= y;
		j += y <= x;
	}
	pfree(seen);

	item_order = clt_affinity_rank(into, &into->items, frequency, &items_same);
	a_final = clt_affinity_invert(into, item_order, nitems);
	for (i = 0; i < from->items.n; i++)
		b_item[i] = a_final[b_item[i]];

	into->base.item = clt_huge_alloc(into->cxt, total, uint32);
	into->base.start = clt_huge_alloc(into->cxt, (Size) into->keys.n + 1, uint32);
	into->base.start[0] = 0;
	for (i = j = k = 0; k < into->keys.n; k++)
	{
		uint32	   *out = into->base.item + line;
		uint32		n = 0;
		bool		twice = a_to[i] == b_to[j];

		if (a_to[i] == k)
		{
			place_basket(out, &a, i, a_final);
			n = a.start[i + 1] - a.start[i];
			i++;
		}
		if (b_to[j] == k)
		{
			place_basket(out + n, b, j, b_item);
			n += b->start[j + 1] - b->start[j];
			j++;
		}
		if (twice)
		{
			uint32		kept = 0;

			clt_sort_u32(out, n);
			for (p = 0; p < n; p++)
				if (kept == 0 || out[kept - 1] != out[p])
					out[kept++] = out[p];
			n = kept;
		}
		else
			clt_sort_distinct_u32(out, n);
		line += n;
		into->base.start[k + 1] = line;
		if ((k & 0xFFFFF) == 0)
			CHECK_FOR_INTERRUPTS();
	}

	if (!items_same)
		clt_dict_permute(&into->items, a_final);
	clt_free_if(into->frequency);
	into->frequency = clt_huge_alloc(into->cxt, nitems, uint32);
	for (i = 0; i < nitems; i++)
		into->frequency[i] = frequency[item_order[i]];
	into->base.nitems = nitems;
	into->base.nkeyed = into->keys.n;
	clt_affinity_count(into);
	into->in_order = true;
	pfree(a.item);
	pfree(a.start);
	pfree(a_to);
	pfree(b_to);
	pfree(b_item);
	pfree(frequency);
	pfree(item_order);
	pfree(a_final);
	clt_affinity_check_memory(into);
}

/* Adds all lines of one object to another. */
void
clt_affinity_merge(AffinityObject *into, AffinityObject *from)
{
	bool		payload = (into->flags & AFFINITY_PAYLOAD) != 0;
	bool		in_order;
	uint32	   *item_to;
	uint32	   *basket;
	uint32		i,
				k,
				p;
	uint64		e;

	clt_affinity_order(from);
	clt_affinity_flush(into);
	clt_affinity_same_kind(into, from->flags, &from->items.spec, &from->keys.spec);
	if (into->within_time != from->within_time || into->within_day != from->within_day ||
		into->within_month != from->within_month)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot join sequences collected within different intervals")));
	if (into->sample_bits < from->sample_bits)
		clt_affinity_resample(into, from->sample_bits);
	in_order = both_in_order(into, from);
	clt_affinity_changed(into);
	if (!OidIsValid(into->items.spec.type))
		into->items.spec = from->items.spec;
	if (!OidIsValid(into->keys.spec.type))
		into->keys.spec = from->keys.spec;
	into->nskipped += from->nskipped;
	into->ntruncated += from->ntruncated;
	/* The same whichever comes first. */
	if (from->limit_mb > into->limit_mb)
		clt_affinity_set_limit(into, from->limit_mb);
	into->flags |= from->flags & AFFINITY_MAY_SAMPLE;

	if (in_order)
	{
		merge_in_order(into, from);
		return;
	}
	item_to = clt_huge_alloc(CurrentMemoryContext, from->items.n, uint32);
	for (i = 0; i < from->items.n; i++)
		item_to[i] = clt_dict_intern(&into->items, from->items.key[i]);
	basket = clt_huge_alloc(CurrentMemoryContext, from->base.nkeyed, uint32);
	for (k = 0; k < from->base.nkeyed; k++)
	{
		basket[k] = clt_affinity_basket(into, from->keys.key[k]);
		for (p = from->base.start[k]; p < from->base.start[k + 1]; p++)
		{
			if (payload)
				clt_affinity_add_entry(into, basket[k], item_to[from->base.item[p]], from->pay[0][p], from->pay[1][p]);
			else
				clt_affinity_add_line(into, basket[k], item_to[from->base.item[p]]);
		}
		if ((k & 0xFFFF) == 0)
			CHECK_FOR_INTERRUPTS();
	}
	for (e = 0; e < from->nabsent; e++)
		clt_affinity_add_entry(into, basket[from->entry[e].basket], item_to[from->entry[e].item],
							   from->entry[e].pay[0], from->entry[e].pay[1]);
	for (k = 0; k < from->base.nloose; k++)
	{
		uint32		b = from->base.nkeyed + k;

		clt_affinity_copy_loose(into, from, b, from->base.start[b + 1] - from->base.start[b], from->base.mult[k], item_to);
	}
	pfree(item_to);
	pfree(basket);
}
