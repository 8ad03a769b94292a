/*
 * call.c
 *		What functions ask of the call that they are in.
 */
#include "postgres.h"

#include "core/clientele.h"
#include "funcapi.h"

/* clt_need_argument returns an argument, which must not be NULL; numbers begin with 0. */
Datum
clt_need_argument(FunctionCallInfo fcinfo, int arg, const char *name)
{
	if (PG_ARGISNULL(arg))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" must not be null", name)));
	return PG_GETARG_DATUM(arg);
}

/* clt_row_to_return is the row type that the query wants of a function, made ready for heap_form_tuple. */
TupleDesc
clt_row_to_return(FunctionCallInfo fcinfo)
{
	TupleDesc	desc;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	return BlessTupleDesc(desc);
}
