/*
 * aggregate.c
 *		affinity_agg(), rollup(), compact(): order lines into affinities.
 *
 * The transition state is the SQL type itself, an expanded object under the
 * aggregate's context: no serial function to keep right, partial states travel
 * like any value, and stored ones join by the same combine function.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"

#include "affinity/store.h"

/* What a call site knows about its arguments. */
typedef struct CallCache
{
	AffKeySpec	basket;
	AffKeySpec	item;
	bool		integers;		/* both are taken in batches */
} CallCache;

static CallCache *
call_cache(FunctionCallInfo fcinfo, int basket_arg, int item_arg)
{
	CallCache  *c = fcinfo->flinfo->fn_extra;

	if (likely(c != NULL))
		return c;
	c = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(CallCache));
	(void) clt_key_spec(&c->item, get_fn_expr_argtype(fcinfo->flinfo, item_arg), PG_GET_COLLATION(), "item", NULL);
	if (basket_arg >= 0)
	{
		(void) clt_key_spec(&c->basket, get_fn_expr_argtype(fcinfo->flinfo, basket_arg), PG_GET_COLLATION(), "basket", NULL);
		c->integers = c->basket.kind == AFF_KEY_INT && c->item.kind == AFF_KEY_INT;
	}
	fcinfo->flinfo->fn_extra = c;
	return c;
}

static MemoryContext
aggregate_context(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("affinity transition function called outside an aggregate")));
	return context;
}

/* A number among the settings, in a range. */
static uint32
setting_number(const char *name, JsonbValue *v, uint32 low, uint32 high)
{
	int64		n;

	if (v->type != jbvNumeric)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("setting \"%s\" of affinity_agg must be a number", name)));
	n = DatumGetInt64(DirectFunctionCall1(numeric_int8, NumericGetDatum(v->val.numeric)));
	if (n < low || n > high)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("setting \"%s\" of affinity_agg must be between %u and %u", name, low, high)));
	return (uint32) n;
}

static bool
is_string(const JsonbValue *v, const char *s)
{
	return v->type == jbvString && v->val.string.len == (int) strlen(s) &&
		memcmp(v->val.string.val, s, v->val.string.len) == 0;
}

/* {"memory_mb": 512, "over_memory": "error" | "sample"} */
static void
apply_settings(AffinityObject *o, Jsonb *settings)
{
	JsonbIterator *it = JsonbIteratorInit(&settings->root);
	JsonbIteratorToken token;
	JsonbValue	v;
	char	   *name = NULL;
	uint32		limit_mb = 0;

	if (!JB_ROOT_IS_OBJECT(settings))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("settings of affinity_agg must be a JSON object")));
	while ((token = JsonbIteratorNext(&it, &v, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			name = pnstrdup(v.val.string.val, v.val.string.len);
		else if (token != WJB_VALUE)
			continue;
		else if (strcmp(name, "memory_mb") == 0)
			limit_mb = setting_number(name, &v, 1, 1024 * 1024);
		else if (strcmp(name, "over_memory") == 0)
		{
			if (is_string(&v, "sample"))
				o->flags |= AFFINITY_MAY_SAMPLE;
			else if (!is_string(&v, "error"))
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						 errmsg("setting \"over_memory\" of affinity_agg must be \"error\" or \"sample\"")));
		}
		else
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("unknown setting \"%s\" of affinity_agg", name),
					 errhint("Known settings are \"memory_mb\" and \"over_memory\".")));
	}
	clt_affinity_set_limit(o, limit_mb);
}

/* The state to add to, made at the first row. */
static AffinityObject *
state_of(FunctionCallInfo fcinfo, uint8 flags, int basket_arg, int item_arg, int settings_arg)
{
	CallCache  *c = call_cache(fcinfo, basket_arg, item_arg);
	AffinityObject *o;

	if (likely(!PG_ARGISNULL(0) && VARATT_IS_EXTERNAL_EXPANDED_RW(PG_GETARG_POINTER(0))))
	{
		o = (AffinityObject *) DatumGetEOHP(PG_GETARG_DATUM(0));
		if (unlikely(o->over))
			clt_affinity_relieve(o);
		if (unlikely(!OidIsValid(o->keys.spec.type)))
			o->keys.spec = c->basket;
		return o;
	}
	if (PG_ARGISNULL(0))
	{
		o = clt_affinity_new(aggregate_context(fcinfo), flags);
		if (settings_arg >= 0 && !PG_ARGISNULL(settings_arg))
			apply_settings(o, PG_GETARG_JSONB_P(settings_arg));
		else
			clt_affinity_set_limit(o, 0);
		o->items.spec = c->item;
		o->keys.spec = c->basket;
		return o;
	}
	o = clt_affinity_writable(PG_GETARG_DATUM(0), aggregate_context(fcinfo));
	clt_affinity_set_limit(o, o->limit_mb);
	clt_affinity_same_kind(o, flags, &c->item, &c->basket);
	if (!OidIsValid(o->keys.spec.type))
		o->keys.spec = c->basket;
	return o;
}

static Datum
state_result(FunctionCallInfo fcinfo, AffinityObject *o)
{
	if (!PG_ARGISNULL(0) && DatumGetPointer(PG_GETARG_DATUM(0)) == o->hdr.eoh_rw_ptr)
		return PG_GETARG_DATUM(0);
	return AffinityGetDatum(o);
}

/* A line that is nobody's, or of nothing, says nothing; the state stays. */
static Datum
state_unchanged(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	return PG_GETARG_DATUM(0);
}

static inline Datum
add_line(FunctionCallInfo fcinfo, int settings_arg)
{
	AffinityObject *o;
	CallCache  *c;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return state_unchanged(fcinfo);
	o = state_of(fcinfo, 0, 1, 2, settings_arg);
	c = fcinfo->flinfo->fn_extra;
	if (unlikely(o->in_order))
		clt_affinity_changed(o);
	if (c->integers)
	{
		int64		basket = c->basket.len == 8 ? DatumGetInt64(PG_GETARG_DATUM(1)) :
		clt_int_image(c->basket.len, PG_GETARG_DATUM(1));
		int64		item = c->item.len == 4 ? (int64) DatumGetInt32(PG_GETARG_DATUM(2)) :
		clt_int_image(c->item.len, PG_GETARG_DATUM(2));

		clt_affinity_add_pending(o, basket, item);
	}
	else
	{
		uint32		basket = clt_affinity_basket(o, PG_GETARG_DATUM(1));

		if (basket != AFFINITY_NOT_KEPT)
			clt_affinity_add_line(o, basket, clt_dict_intern(&o->items, PG_GETARG_DATUM(2)));
	}
	return state_result(fcinfo, o);
}

/* affinity_trans(affinity, basket "any", item "any") */
CLT_FUNCTION_INFO_V1(clt_affinity_trans);
Datum
clt_affinity_trans(PG_FUNCTION_ARGS)
{
	return add_line(fcinfo, -1);
}

/* affinity_trans(affinity, basket "any", item "any", settings jsonb) */
CLT_FUNCTION_INFO_V1(clt_affinity_trans_settings);
Datum
clt_affinity_trans_settings(PG_FUNCTION_ARGS)
{
	return add_line(fcinfo, 3);
}

/* Ten-thousandths of a number, as bigint. */
static int64
fixed_point(Numeric n, const char *what)
{
	static const int32 ten_thousand = 10000;
	Datum		scaled;

	if (numeric_is_nan(n) || numeric_is_inf(n))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("%s must be a finite number", what)));
	scaled = DirectFunctionCall2(numeric_mul, NumericGetDatum(n),
								 NumericGetDatum(int64_to_numeric(ten_thousand)));
	return DatumGetInt64(DirectFunctionCall1(numeric_int8, scaled));
}

/* affinity_trans(affinity, basket "any", item "any", quantity numeric, revenue numeric) */
CLT_FUNCTION_INFO_V1(clt_affinity_trans_weighted);
Datum
clt_affinity_trans_weighted(PG_FUNCTION_ARGS)
{
	AffinityObject *o;
	uint32		basket;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
		return state_unchanged(fcinfo);
	o = state_of(fcinfo, AFFINITY_WEIGHTED, 1, 2, -1);
	clt_affinity_changed(o);
	basket = clt_affinity_basket(o, PG_GETARG_DATUM(1));
	clt_affinity_add_entry(o, basket, clt_dict_intern(&o->items, PG_GETARG_DATUM(2)),
						   fixed_point(PG_GETARG_NUMERIC(3), "quantity"),
						   PG_ARGISNULL(4) ? 0 : fixed_point(PG_GETARG_NUMERIC(4), "revenue"));
	return state_result(fcinfo, o);
}

/* affinity_trans(affinity, items anyarray): a whole basket */
CLT_FUNCTION_INFO_V1(clt_affinity_trans_array);
Datum
clt_affinity_trans_array(PG_FUNCTION_ARGS)
{
	CallCache  *c = fcinfo->flinfo->fn_extra;
	AffinityObject *o;
	ArrayType  *array;
	Datum	   *element;
	bool	   *null;
	int			n,
				i;
	uint32	   *number;
	uint32		kept = 0,
				distinct = 0;

	if (PG_ARGISNULL(1))
		return state_unchanged(fcinfo);
	array = PG_GETARG_ARRAYTYPE_P(1);
	if (c == NULL)
	{
		c = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(CallCache));
		(void) clt_key_spec(&c->item, ARR_ELEMTYPE(array), PG_GET_COLLATION(), "item", NULL);
		fcinfo->flinfo->fn_extra = c;
	}
	deconstruct_array(array, ARR_ELEMTYPE(array), c->item.len, c->item.byval, c->item.align, &element, &null, &n);
	o = state_of(fcinfo, 0, -1, 1, -1);
	number = palloc(Max(n, 1) * sizeof(uint32));
	for (i = 0; i < n; i++)
		if (!null[i])
			number[kept++] = clt_dict_intern(&o->items, element[i]);
	if (n > 0 && kept == 0)
		return state_result(fcinfo, o); /* only nulls: not a basket */
	clt_affinity_changed(o);
	clt_sort_u32(number, kept);
	for (i = 0; i < (int) kept; i++)
		if (distinct == 0 || number[distinct - 1] != number[i])
			number[distinct++] = number[i];
	clt_affinity_add_loose(o, number, distinct, 1, NULL, NULL);
	return state_result(fcinfo, o);
}

/* affinity_combine(affinity, affinity): joins states and stored values alike */
CLT_FUNCTION_INFO_V1(clt_affinity_combine);
Datum
clt_affinity_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = aggregate_context(fcinfo);
	AffinityObject *into;
	AffinityObject *from;

	if (PG_ARGISNULL(1))
		return state_unchanged(fcinfo);
	if (PG_ARGISNULL(0))
	{
		/* A deep copy: the value belongs to somebody else. */
		if (clt_affinity_is_flat(PG_GETARG_DATUM(1)))
			into = clt_affinity_expand(PG_GETARG_DATUM(1), context, true);
		else
			into = clt_affinity_expand(PointerGetDatum(clt_affinity_flatten((AffinityObject *)
																			DatumGetEOHP(PG_GETARG_DATUM(1)))),
									   context, true);
		clt_affinity_set_limit(into, into->limit_mb);
		return AffinityGetDatum(into);
	}
	into = clt_affinity_writable(PG_GETARG_DATUM(0), context);
	if (clt_affinity_is_flat(PG_GETARG_DATUM(1)))
		from = clt_affinity_expand(PG_GETARG_DATUM(1), CurrentMemoryContext, true);
	else
		from = (AffinityObject *) DatumGetEOHP(PG_GETARG_DATUM(1));
	clt_affinity_merge(into, from);
	if (into->over)
		clt_affinity_relieve(into);
	if (clt_affinity_is_flat(PG_GETARG_DATUM(1)))
		DeleteExpandedObject(AffinityGetDatum(from));
	return state_result(fcinfo, into);
}

/*
 * compact(affinity): baskets are complete, forget their ids. With quantities,
 * equal means of equal quantities, too, so that everything that can be asked
 * of pairs remains; revenues are added up, and returned lines are gone.
 */
CLT_FUNCTION_INFO_V1(clt_affinity_compact);
Datum
clt_affinity_compact(PG_FUNCTION_ARGS)
{
	AffinityObject *from = PG_GETARG_AFFINITY(0);
	AffinityObject *to;
	uint32		k,
				i;

	to = clt_affinity_new(CurrentMemoryContext, from->flags);
	to->items.spec = from->items.spec;
	to->nskipped = from->nskipped;
	to->ntruncated = from->ntruncated;
	to->sample_bits = from->sample_bits;
	to->limit_mb = from->limit_mb;
	clt_affinity_changed(to);
	for (i = 0; i < from->items.n; i++)
		(void) clt_dict_intern(&to->items, from->items.key[i]);
	for (k = 0; k < from->base.nkeyed + from->base.nloose; k++)
	{
		uint32		n = from->base.start[k + 1] - from->base.start[k];

		if (k >= from->base.nkeyed)
			clt_affinity_copy_loose(to, from, k, n, from->base.mult[k - from->base.nkeyed], NULL);
		else if (n > 0)
			clt_affinity_copy_loose(to, from, k, n, 1, NULL);
	}
	clt_affinity_order(to);
	return AffinityGetDatum(to);
}
