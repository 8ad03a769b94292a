/*-------------------------------------------------------------------------
 *
 * vectors.c
 *		Cosine similarity of two vectors and Jaccard's coefficient of two sets,
 *		both given as arrays.
 *
 * One function each for all element types, by anycompatiblearray: a family of
 * float4[] and float8[] overloads would make ARRAY[0.5, 1.5], which is
 * numeric[], an ambiguous call.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <float.h>
#include <math.h>

#include "catalog/pg_type.h"
#include "core/clientele.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

static void
refuse_nulls(ArrayType *array)
{
	if (array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("vector must not contain null values")));
}

/* numbers_of is the array's elements as float8, in place if that is what they are. */
static const float8 *
numbers_of(ArrayType *array, int count)
{
	Oid			type = ARR_ELEMTYPE(array);
	float8	   *numbers;
	Datum	   *elements;
	int16		len;
	bool		byval;
	char		align;
	int			i;

	refuse_nulls(array);
	if (type == FLOAT8OID)
		return (const float8 *) ARR_DATA_PTR(array);
	numbers = palloc(Max(count, 1) * sizeof(float8));
	if (type == FLOAT4OID)
	{
		const		float4 *source = (const float4 *) ARR_DATA_PTR(array);

		for (i = 0; i < count; i++)
			numbers[i] = source[i];
		return numbers;
	}
	if (type != INT2OID && type != INT4OID && type != INT8OID && type != NUMERICOID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("vector must have numbers as elements, not values of type %s",
						format_type_be(type))));
	get_typlenbyvalalign(type, &len, &byval, &align);
	deconstruct_array(array, type, len, byval, align, &elements, NULL, &count);
	for (i = 0; i < count; i++)
		numbers[i] = type == INT2OID ? DatumGetInt16(elements[i]) :
			type == INT4OID ? DatumGetInt32(elements[i]) :
			type == INT8OID ? (float8) DatumGetInt64(elements[i]) :
			DatumGetFloat8(DirectFunctionCall1(numeric_float8, elements[i]));
	pfree(elements);
	return numbers;
}

CLT_FUNCTION_INFO_V1(clt_cosine_array);
Datum
clt_cosine_array(PG_FUNCTION_ARGS)
{
	ArrayType  *a = PG_GETARG_ARRAYTYPE_P(0);
	ArrayType  *b = PG_GETARG_ARRAYTYPE_P(1);
	int			count = ArrayGetNItems(ARR_NDIM(a), ARR_DIMS(a));
	int			b_count = ArrayGetNItems(ARR_NDIM(b), ARR_DIMS(b));
	const		float8 *x;
	const		float8 *y;
	float8		product = 0.0;
	float8		x_norm = 0.0;
	float8		y_norm = 0.0;
	float8		norms;
	float8		result;
	int			i;

	if (count != b_count)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("vectors must have the same number of elements, but have %d and %d",
						count, b_count)));
	x = numbers_of(a, count);
	y = numbers_of(b, count);
	for (i = 0; i < count; i++)
	{
		product += x[i] * y[i];
		x_norm += x[i] * x[i];
		y_norm += y[i] * y[i];
	}
	if (x_norm == 0.0 || y_norm == 0.0)
		PG_RETURN_NULL();		/* such a vector points nowhere */
	if (unlikely(isinf(x_norm) || isinf(y_norm)))
		float_overflow_error();

	/*
	 * one root makes parallel vectors of integers exactly 1, if the product
	 * fits
	 */
	norms = x_norm * y_norm;
	norms = isinf(norms) || norms < DBL_MIN ? sqrt(x_norm) * sqrt(y_norm) : sqrt(norms);
	result = product / norms;
	if (result > 1.0)
		result = 1.0;
	else if (result < -1.0)
		result = -1.0;
	PG_RETURN_FLOAT8(result);
}

typedef struct SetOrder
{
	FmgrInfo   *compare;
	Oid			collation;
} SetOrder;

static int
compare_elements(const void *a, const void *b, void *arg)
{
	SetOrder   *order = arg;

	CHECK_FOR_INTERRUPTS();
	return DatumGetInt32(FunctionCall2Coll(order->compare, order->collation,
										   *(const Datum *) a, *(const Datum *) b));
}

/* set_of is the array's elements sorted, each once, without nulls. */
static int
set_of(ArrayType *array, TypeCacheEntry *type, SetOrder *order, Datum **result)
{
	Datum	   *elements;
	bool	   *nulls;
	int			count;
	int			kept = 0;
	int			i;

	deconstruct_array(array, type->type_id, type->typlen, type->typbyval, type->typalign,
					  &elements, &nulls, &count);
	for (i = 0; i < count; i++)
		if (!nulls[i])
			elements[kept++] = elements[i];
	qsort_arg(elements, kept, sizeof(Datum), compare_elements, order);
	count = kept;
	kept = 0;
	for (i = 0; i < count; i++)
		if (kept == 0 || compare_elements(&elements[kept - 1], &elements[i], order) != 0)
			elements[kept++] = elements[i];
	*result = elements;
	return kept;
}

CLT_FUNCTION_INFO_V1(clt_jaccard_array);
Datum
clt_jaccard_array(PG_FUNCTION_ARGS)
{
	ArrayType  *a = PG_GETARG_ARRAYTYPE_P(0);
	ArrayType  *b = PG_GETARG_ARRAYTYPE_P(1);
	TypeCacheEntry *type = fcinfo->flinfo->fn_extra;
	SetOrder	order;
	Datum	   *x;
	Datum	   *y;
	int			x_count;
	int			y_count;
	int			common = 0;
	int			i = 0;
	int			j = 0;

	if (type == NULL || type->type_id != ARR_ELEMTYPE(a))
	{
		type = lookup_type_cache(ARR_ELEMTYPE(a), TYPECACHE_CMP_PROC_FINFO);
		if (!OidIsValid(type->cmp_proc_finfo.fn_oid))
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_FUNCTION),
					 errmsg("could not identify a comparison function for type %s",
							format_type_be(ARR_ELEMTYPE(a)))));
		fcinfo->flinfo->fn_extra = type;
	}
	order.compare = &type->cmp_proc_finfo;
	order.collation = PG_GET_COLLATION();
	x_count = set_of(a, type, &order, &x);
	y_count = set_of(b, type, &order, &y);
	if (x_count == 0 && y_count == 0)
		PG_RETURN_FLOAT8(1.0);
	while (i < x_count && j < y_count)
	{
		int			sign = compare_elements(&x[i], &y[j], &order);

		common += sign == 0;
		i += sign <= 0;
		j += sign >= 0;
	}
	PG_RETURN_FLOAT8((float8) common / (x_count + y_count - common));
}
