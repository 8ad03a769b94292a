/*
 * scan.c
 *		Frame of the set-returning functions, and their common arguments.
 *
 * In the select list rows are handed over one by one and nothing is piled up;
 * in FROM, where the executor keeps all rows anyway, they go straight into its
 * tuplestore, which spills to disk beyond work_mem.
 */
#include "postgres.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "parser/parse_coerce.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

#include "affinity/measures.h"
#include "affinity/scan.h"

static Datum
run_materialized(FunctionCallInfo fcinfo, AffScanStart start)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext per_query = rsinfo->econtext->ecxt_per_query_memory;
	MemoryContext old;
	MemoryContext row_cxt;
	AffScan		scan;
	Tuplestorestate *store;
	Datum		values[AFF_MAX_COLUMNS];
	bool		nulls[AFF_MAX_COLUMNS];
	uint32		row = 0;

	memset(&scan, 0, sizeof(scan));
	old = MemoryContextSwitchTo(per_query);
	scan.desc = CreateTupleDescCopy(clt_row_to_return(fcinfo));
	store = tuplestore_begin_heap((rsinfo->allowedModes & SFRM_Materialize_Random) != 0, false, work_mem);
	scan.cxt = AllocSetContextCreate(per_query, "affinity scan", ALLOCSET_DEFAULT_SIZES);
	row_cxt = AllocSetContextCreate(scan.cxt, "affinity row", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(scan.cxt);
	start(fcinfo, &scan);
	MemoryContextSwitchTo(row_cxt);
	for (;;)
	{
		memset(nulls, 0, sizeof(nulls));
		if (scan.next == NULL || !scan.next(&scan, values, nulls))
			break;
		tuplestore_putvalues(store, scan.desc, values, nulls);
		if ((++row & 0xFF) == 0)
		{
			MemoryContextReset(row_cxt);
			CHECK_FOR_INTERRUPTS();
		}
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(scan.cxt);
	rsinfo->returnMode = SFRM_Materialize;
	rsinfo->setResult = store;
	rsinfo->setDesc = scan.desc;
	return (Datum) 0;
}

static Datum
run_row_by_row(FunctionCallInfo fcinfo, AffScanStart start)
{
	FuncCallContext *call;
	AffScan    *scan;
	Datum		values[AFF_MAX_COLUMNS];
	bool		nulls[AFF_MAX_COLUMNS];

	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext old;

		call = SRF_FIRSTCALL_INIT();
		old = MemoryContextSwitchTo(call->multi_call_memory_ctx);
		scan = palloc0(sizeof(AffScan));
		scan->desc = clt_row_to_return(fcinfo);
		scan->cxt = call->multi_call_memory_ctx;
		start(fcinfo, scan);
		call->user_fctx = scan;
		MemoryContextSwitchTo(old);
	}
	call = SRF_PERCALL_SETUP();
	scan = call->user_fctx;
	CHECK_FOR_INTERRUPTS();
	memset(nulls, 0, sizeof(nulls));
	if (scan->next == NULL || !scan->next(scan, values, nulls))
		SRF_RETURN_DONE(call);
	SRF_RETURN_NEXT(call, HeapTupleGetDatum(heap_form_tuple(scan->desc, values, nulls)));
}

Datum
clt_scan_run(FunctionCallInfo fcinfo, AffScanStart start)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;

	if (rsinfo == NULL || !IsA(rsinfo, ReturnSetInfo))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("set-valued function called in context that cannot accept a set")));
	if ((rsinfo->allowedModes & SFRM_Materialize) != 0 &&
		(rsinfo->allowedModes & SFRM_Materialize_Preferred) != 0)
		return run_materialized(fcinfo, start);
	return run_row_by_row(fcinfo, start);
}

/* The type in which the caller wants items must be that of the items. */
void
clt_scan_check_type(FunctionCallInfo fcinfo, int arg, const AffKeySpec *spec)
{
	Oid			wanted = getBaseType(get_fn_expr_argtype(fcinfo->flinfo, arg));

	if (!OidIsValid(spec->type) || wanted == spec->type || IsBinaryCoercible(spec->type, wanted))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("affinity holds items of type %s, not %s", format_type_be(spec->type), format_type_be(wanted)),
			 errhint("Pass NULL::%s, or an item of that type.", format_type_be(spec->type))));
}

/* Refuses what the sequence functions collect. */
void
clt_scan_plain(const AffinityObject *o, const char *function)
{
	if (o->flags & AFFINITY_EVENTS)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("%s cannot read the events of sequence_agg", function)));
}

double
clt_scan_threshold(FunctionCallInfo fcinfo, int arg, const char *name, double low, double high)
{
	double		v;

	if (PG_ARGISNULL(arg))
		return low;
	v = PG_GETARG_FLOAT8(arg);
	if (!(v >= low && v <= high))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be between %g and %g", name, low, high)));
	return v;
}

/* The larger of a threshold by count and one by share, at least 1. */
uint32
clt_scan_min_count(FunctionCallInfo fcinfo, int count_arg, int support_arg, uint64 nbaskets)
{
	int64		count = PG_ARGISNULL(count_arg) ? 1 : PG_GETARG_INT64(count_arg);
	double		share = clt_scan_threshold(fcinfo, support_arg, "min_support", 0, 1);
	uint64		by_share = clt_count_from_share(share, nbaskets);

	if (count < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("min_count must not be negative"),
				 errhint("min_count is a number of baskets; for a share of them use min_support.")));
	count = Max(count, (int64) by_share);
	return (uint32) Min(Max(count, 1), PG_UINT32_MAX);
}

/* Items are numbered by falling frequency: the frequent ones are a prefix. */
uint32
clt_scan_frequent(const AffinityObject *o, uint32 min_count)
{
	uint32		low = 0,
				high = o->items.n;

	while (low < high)
	{
		uint32		mid = low + (high - low) / 2;

		if (o->frequency[mid] >= min_count)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/*
 * One flag an item from an array of items; NULL when there is no such filter.
 * chosen is the number of items with a flag; *unknown says that one of the
 * array is no item at all.
 */
bool	   *
clt_scan_item_filter(FunctionCallInfo fcinfo, int arg, AffinityObject *o, uint32 *chosen, bool *unknown)
{
	ArrayType  *array;
	Datum	   *element;
	bool	   *null;
	bool	   *keep;
	int			n,
				i;

	*chosen = o->items.n;
	if (arg < 0 || PG_ARGISNULL(arg))
		return NULL;
	array = PG_GETARG_ARRAYTYPE_P(arg);
	keep = palloc0(o->items.n + 1);
	*chosen = 0;
	if (!OidIsValid(o->items.spec.type))
	{
		if (unknown != NULL)
			*unknown = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array)) > 0;
		return keep;
	}
	deconstruct_array(array, ARR_ELEMTYPE(array), o->items.spec.len, o->items.spec.byval, o->items.spec.align,
					  &element, &null, &n);
	for (i = 0; i < n; i++)
	{
		uint32		number = null[i] ? AFFINITY_NOT_KEPT : clt_dict_find(&o->items, element[i]);

		if (number != AFFINITY_NOT_KEPT && !keep[number])
		{
			keep[number] = true;
			(*chosen)++;
		}
		if (number == AFFINITY_NOT_KEPT && unknown != NULL)
			*unknown = true;
	}
	return keep;
}

typedef struct TypeOrder
{
	const AffDict *dict;
	FmgrInfo   *compare;
	Oid			collation;
} TypeOrder;

static int
compare_by_type(const void *pa, const void *pb, void *arg)
{
	const TypeOrder *t = arg;
	Datum		a = t->dict->key[*(const uint32 *) pa];
	Datum		b = t->dict->key[*(const uint32 *) pb];
	int			cmp = 0;

	if (t->compare != NULL)
		cmp = DatumGetInt32(FunctionCall2Coll(t->compare, t->collation, a, b));
	return cmp != 0 ? cmp : clt_key_compare_image(&t->dict->spec, a, b);
}

/* place[number] of the first nitems items in the order of their type's btree class, or of their bytes. */
uint32	   *
clt_scan_type_order(AffinityObject *o, uint32 nitems)
{
	uint32	   *order = clt_huge_alloc(CurrentMemoryContext, nitems, uint32);
	uint32	   *place = clt_huge_alloc(CurrentMemoryContext, nitems, uint32);
	TypeOrder	t;
	uint32		i;

	for (i = 0; i < nitems; i++)
		order[i] = i;
	t.dict = &o->items;
	t.compare = NULL;
	if (nitems > 0 && OidIsValid(o->items.spec.tc->cmp_proc_finfo.fn_oid))
		t.compare = &o->items.spec.tc->cmp_proc_finfo;
	t.collation = nitems > 0 ? clt_collation_for(&o->items.spec) : InvalidOid;
	qsort_arg(order, nitems, sizeof(uint32), compare_by_type, &t);
	for (i = 0; i < nitems; i++)
		place[order[i]] = i;
	pfree(order);
	return place;
}

static void *
resize_in(void *context, void *block, size_t size)
{
	if (block == NULL)
		return MemoryContextAllocHuge((MemoryContext) context, Max(size, 1));
	return repalloc_huge(block, Max(size, 1));
}

CltMemory
clt_scan_memory(MemoryContext cxt)
{
	CltMemory	memory;

	memory.resize = resize_in;
	memory.context = cxt;
	return memory;
}

void
clt_scan_interrupts(void)
{
	CHECK_FOR_INTERRUPTS();
}

/* The index over the items that are kept of the first nitems, or over these. */
void
clt_scan_pair_index(AffScan *scan, CltPairIndex *index, uint32 nitems, const bool *keep)
{
	const CltBaskets *b = &scan->o->base;
	CltPairSizes sizes;
	bool		weighted = false;
	uint32		k;

	memset(index, 0, sizeof(*index));
	for (k = 0; k < b->nloose && !weighted; k++)
		weighted = b->mult[k] != 1;
	index->count = MemoryContextAllocHuge(scan->cxt, ((Size) nitems + 1) * sizeof(uint32));
	clt_pair_index_sizes(b, nitems, keep, index->count, &sizes);
	index->nitems = nitems;
	index->line = MemoryContextAllocHuge(scan->cxt, sizes.lines * sizeof(uint32));
	index->occ = MemoryContextAllocHuge(scan->cxt, Max(sizes.occurrences, 1) * sizeof(uint32));
	if (weighted)
		index->weight = MemoryContextAllocHuge(scan->cxt, Max(sizes.occurrences, 1) * sizeof(uint32));
	index->occ_start = MemoryContextAllocHuge(scan->cxt, ((Size) nitems + 1) * sizeof(uint32));
	index->found = MemoryContextAllocHuge(scan->cxt, ((Size) nitems + 1) * sizeof(uint32));
	index->found_count = MemoryContextAllocHuge(scan->cxt, ((Size) nitems + 1) * sizeof(uint32));
	clt_pair_index_build(index, b, keep);
}

void
clt_scan_pair_counts(const AffinityObject *o, uint32 x, uint32 y, uint32 both, CltPairCounts *c)
{
	c->n = o->nbaskets;
	c->nx = o->frequency[x];
	c->ny = o->frequency[y];
	c->nxy = both;
}
