/*
 * list_state.h
 *		A growing list as the state of an aggregate, and the array that it returns.
 */
#ifndef CLT_SEARCH_LIST_STATE_H
#define CLT_SEARCH_LIST_STATE_H

#include "access/tupdesc.h"
#include "fmgr.h"
#include "utils/array.h"

/* Copies of what came, one after the other, and the key of the block, if one was told. */
typedef struct ListState
{
	MemoryContext context;
	bool		has_key;
	int64		key;
	int			n;
	int			cap;
	struct varlena **item;
} ListState;

extern MemoryContext clt_list_context(FunctionCallInfo fcinfo, const char *name);
extern ListState *clt_list_state(FunctionCallInfo fcinfo, MemoryContext context);
extern Datum clt_list_unchanged(FunctionCallInfo fcinfo);
extern void clt_list_append(ListState *state, const struct varlena *value);
extern TupleDesc clt_list_row_type(FunctionCallInfo fcinfo, Oid *type);
extern ArrayType *clt_list_of_rows(Datum *rows, int64 n, Oid type);

#endif
