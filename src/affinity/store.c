/*
 * store.c
 *		The expanded object behind type affinity, and the memory it may use.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "affinity/store.h"

AffinityObject *
clt_affinity_new(MemoryContext parent, uint8 flags)
{
	MemoryContext cxt = AllocSetContextCreate(parent, "affinity", ALLOCSET_START_SMALL_SIZES);
	AffinityObject *o = MemoryContextAllocZero(cxt, sizeof(AffinityObject));

	EOH_init_header(&o->hdr, &clt_affinity_methods, cxt);
	o->magic = AFFINITY_MAGIC;
	o->cxt = cxt;
	o->flags = flags;
	o->items.cxt = o->keys.cxt = cxt;
	o->open_basket = AFFINITY_NOT_KEPT;
	o->base.start = clt_huge_alloc(cxt, 1, uint32);
	o->base.start[0] = 0;
	o->in_order = true;
	return o;
}

void
clt_affinity_changed(AffinityObject *o)
{
	o->in_order = false;
	if (o->flat != NULL)
	{
		pfree(o->flat);
		o->flat = NULL;
	}
}

bool
clt_affinity_is_flat(Datum value)
{
	return !VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(value));
}

static AffinityObject *
object_of(Datum value)
{
	AffinityObject *o = (AffinityObject *) DatumGetEOHP(value);

	if (o->magic != AFFINITY_MAGIC)
		elog(ERROR, "expanded object is not an affinity");
	return o;
}

/* To read, ids not needed: the object itself, or one made in the current context. */
AffinityObject *
clt_affinity_get(Datum value)
{
	AffinityObject *o;

	if (clt_affinity_is_flat(value))
		return clt_affinity_expand(value, CurrentMemoryContext, false);
	o = object_of(value);
	clt_affinity_order(o);
	return o;
}

/* To change: the object itself if it is ours, or a copy under parent. */
AffinityObject *
clt_affinity_writable(Datum value, MemoryContext parent)
{
	if (VARATT_IS_EXTERNAL_EXPANDED_RW(DatumGetPointer(value)) &&
		MemoryContextGetParent(object_of(value)->cxt) == parent)
		return object_of(value);
	if (clt_affinity_is_flat(value))
		return clt_affinity_expand(value, parent, true);
	return clt_affinity_expand(PointerGetDatum(clt_affinity_flatten(object_of(value))), parent, true);
}

/* ---- the memory bound ------------------------------------------------------ */

/* The bound counts what the object holds, not the passing needs of ordering it. */
void
clt_affinity_set_limit(AffinityObject *o, uint32 limit_mb)
{
	o->limit_mb = limit_mb;
	o->limit = limit_mb > 0 ? (Size) limit_mb * 1024 * 1024 :
		Max(get_hash_memory_limit(), (Size) 1024 * 1024 * 1024);
}

void
clt_affinity_check_memory(AffinityObject *o)
{
	if (o->limit != 0 && MemoryContextMemAllocated(o->cxt, false) > o->limit)
		o->over = true;
}

static const char *
type_name(const AffinityObject *o)
{
	return (o->flags & AFFINITY_EVENTS) ? "item_sequence" : "affinity";
}

/*
 * clt_affinity_relieve brings an object back under its bound: by putting it in
 * order, which drops repeated lines, and if that does not win a quarter, by
 * sampling when that is allowed.
 */
void
clt_affinity_relieve(AffinityObject *o)
{
	o->over = false;
	clt_affinity_order(o);
	if (MemoryContextMemAllocated(o->cxt, false) <= o->limit / 4 * 3)
		return;
	if ((o->flags & AFFINITY_MAY_SAMPLE) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%s needs more than the %zu MB it may use", type_name(o), o->limit / (1024 * 1024)),
				 errdetail("It holds %u lines of %u items in %llu baskets so far.",
						   o->base.start[o->base.nkeyed + o->base.nloose], o->items.n,
						   (unsigned long long) o->nbaskets),
				 (o->flags & AFFINITY_PAYLOAD) ? errhint("Aggregate by period, or raise work_mem.") :
				 errhint("Raise \"memory_mb\" in the aggregate's settings, aggregate by period, or let it sample baskets with \"over_memory\": \"sample\".")));
	while (MemoryContextMemAllocated(o->cxt, false) > o->limit / 4 * 3)
	{
		if (o->sample_bits >= 30 || o->base.nkeyed < 2)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("%s needs more than the %zu MB it may use", type_name(o), o->limit / (1024 * 1024)),
					 errdetail("Sampling one basket in %u did not help.", 1U << o->sample_bits)));
		clt_affinity_resample(o, o->sample_bits + 1);
	}
}

/*
 * clt_affinity_resample keeps one basket in 2^bits, the same ones everywhere.
 */
void
clt_affinity_resample(AffinityObject *o, uint32 bits)
{
	uint32		k,
				kept = 0,
				line = 0,
				p;
	uint32		total_keys;

	if (bits <= o->sample_bits)
		return;
	clt_affinity_order(o);
	clt_affinity_changed(o);
	if (o->base.nloose > 0 || (o->flags & AFFINITY_PAYLOAD) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("only baskets with an id and without quantities can be sampled")));
	o->sample_bits = bits;
	total_keys = o->keys.n;
	for (k = 0; k < total_keys; k++)
	{
		uint32		from = o->base.start[k];
		uint32		to = o->base.start[k + 1];

		if ((k & 0xFFFFF) == 0)
			CHECK_FOR_INTERRUPTS();
		if (!clt_affinity_sampled_in(o, o->keys.key[k]))
			continue;
		for (p = from; p < to; p++)
			o->base.item[line++] = o->base.item[p];
		o->keys.key[kept] = o->keys.key[k];
		o->base.start[++kept] = line;
	}
	o->base.nkeyed = kept;
	clt_dict_truncate(&o->keys, kept);
	if (o->base.item != NULL)
		o->base.item = repalloc_huge(o->base.item, Max((Size) line, 1) * sizeof(uint32));
	clt_affinity_order(o);
}
