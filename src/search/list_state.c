/*
 * list_state.c
 *		A growing list as the state of an aggregate.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "libpq/pqformat.h"
#include "utils/array.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

#include "core/clientele.h"
#include "core/wire.h"
#include "search/list_state.h"

/* clt_list_unchanged returns the state as it is. */
Datum
clt_list_unchanged(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_POINTER(PG_GETARG_POINTER(0));
}

/* clt_list_state returns the state, a new one if there is none yet. */
ListState *
clt_list_state(FunctionCallInfo fcinfo, MemoryContext context)
{
	ListState  *state;

	if (!PG_ARGISNULL(0))
		return (ListState *) PG_GETARG_POINTER(0);
	state = MemoryContextAllocZero(context, sizeof(ListState));
	state->context = context;
	state->cap = 4;
	state->item = MemoryContextAlloc(context, sizeof(struct varlena *) * state->cap);
	return state;
}

/* clt_list_append appends a copy of a value. */
void
clt_list_append(ListState *state, const struct varlena *value)
{
	if (state->n == state->cap)
	{
		state->cap *= 2;
		state->item = repalloc_huge(state->item, sizeof(struct varlena *) * state->cap);
	}
	state->item[state->n] = MemoryContextAlloc(state->context, VARSIZE(value));
	memcpy(state->item[state->n++], value, VARSIZE(value));
}

/* clt_list_context returns where states of an aggregate live. */
MemoryContext
clt_list_context(FunctionCallInfo fcinfo, const char *name)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "%s called in non-aggregate context", name);
	return context;
}

CLT_FUNCTION_INFO_V1(clt_link_list_combine);
/* clt_link_list_combine puts two lists together. */
Datum
clt_link_list_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = clt_list_context(fcinfo, "combine of linkage");
	ListState  *other;
	ListState  *state;
	int			i;

	if (PG_ARGISNULL(1))
		return clt_list_unchanged(fcinfo);
	other = (ListState *) PG_GETARG_POINTER(1);
	state = clt_list_state(fcinfo, context);
	if (other->has_key)
	{
		state->has_key = true;
		state->key = other->key;
	}
	for (i = 0; i < other->n; i++)
		clt_list_append(state, other->item[i]);
	PG_RETURN_POINTER(state);
}

CLT_FUNCTION_INFO_V1(clt_link_list_serial);
Datum
clt_link_list_serial(PG_FUNCTION_ARGS)
{
	ListState  *state = (ListState *) PG_GETARG_POINTER(0);
	StringInfoData buf;
	int			i;

	clt_list_context(fcinfo, "serialize of linkage");
	pq_begintypsend(&buf);
	pq_sendbyte(&buf, state->has_key);
	pq_sendint64(&buf, state->key);
	pq_sendint32(&buf, state->n);
	for (i = 0; i < state->n; i++)
	{
		pq_sendint32(&buf, VARSIZE(state->item[i]) - VARHDRSZ);
		pq_sendbytes(&buf, (char *) state->item[i] + VARHDRSZ, VARSIZE(state->item[i]) - VARHDRSZ);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

CLT_FUNCTION_INFO_V1(clt_link_list_deserial);
Datum
clt_link_list_deserial(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	ListState  *state;
	StringInfoData buf;
	int			n;

	clt_list_context(fcinfo, "deserialize of linkage");
	initStringInfo(&buf);
	appendBinaryStringInfo(&buf, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
	state = palloc0(sizeof(ListState));
	state->context = CurrentMemoryContext;
	state->cap = 4;
	state->item = palloc(sizeof(struct varlena *) * state->cap);
	state->has_key = pq_getmsgbyte(&buf) != 0;
	state->key = pq_getmsgint64(&buf);
	n = (int) clt_wire_count(&buf, 4, "linkage state");
	while (n-- > 0)
	{
		uint32		len = clt_wire_count(&buf, 1, "linkage state");
		struct varlena *item = palloc(VARHDRSZ + len);

		SET_VARSIZE(item, VARHDRSZ + len);
		memcpy((char *) item + VARHDRSZ, pq_getmsgbytes(&buf, len), len);
		clt_list_append(state, item);
		pfree(item);
	}
	pq_getmsgend(&buf);
	PG_RETURN_POINTER(state);
}

/* clt_list_of_rows returns an array of rows. */
ArrayType *
clt_list_of_rows(Datum *rows, int64 n, Oid type)
{
	/*
	 * construct_array would say so of more than fit into a value; of more
	 * than it can count it cannot
	 */
	if (n > INT_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("result of %lld rows exceeds the size of an array", (long long) n)));
	return construct_array(rows, (int) n, type, -1, false, TYPALIGN_DOUBLE);
}

/* clt_list_row_type is the composite type whose array an aggregate returns. */
TupleDesc
clt_list_row_type(FunctionCallInfo fcinfo, Oid *type)
{
	*type = get_element_type(get_fn_expr_rettype(fcinfo->flinfo));
	if (!OidIsValid(*type))
		elog(ERROR, "could not determine the type of the result");
	return lookup_rowtype_tupdesc_copy(*type, -1);
}
