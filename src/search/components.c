/*
 * components.c
 *		connected_components_agg: which nodes of a graph edges connect.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "core/clientele.h"
#include "linkage/union_find.h"
#include "search/list_state.h"
#include "search/record.h"

CLT_FUNCTION_INFO_V1(clt_components_trans);
/* clt_components_trans notes an edge: the texts of its two ends. */
Datum
clt_components_trans(PG_FUNCTION_ARGS)
{
	MemoryContext context = clt_list_context(fcinfo, "connected_components_agg");
	FmgrInfo   *out = (FmgrInfo *) fcinfo->flinfo->fn_extra;
	ListState  *state;
	int			i;

	if (PG_ARGISNULL(1) && PG_ARGISNULL(2))
		return clt_list_unchanged(fcinfo);
	if (!out)
	{
		Oid			function;
		bool varlena;

		out = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, sizeof(FmgrInfo));
		getTypeOutputInfo(get_fn_expr_argtype(fcinfo->flinfo, 1), &function, &varlena);
		fmgr_info_cxt(function, out, fcinfo->flinfo->fn_mcxt);
		fcinfo->flinfo->fn_extra = out;
	}
	state = clt_list_state(fcinfo, context);
	/* a node without an edge is its own component */
	for (i = 1; i <= 2; i++)
	{
		int			arg = PG_ARGISNULL(i) ? 3 - i : i;
		char	   *text = OutputFunctionCall(out, PG_GETARG_DATUM(arg));

		clt_list_append(state, (struct varlena *) cstring_to_text(text));
		pfree(text);
	}
	PG_RETURN_POINTER(state);
}

typedef struct GraphNode
{
	const char *name;
	int			place;
} GraphNode;

static int
compare_nodes(const void *a, const void *b)
{
	return clt_record_compare_keys(((const GraphNode *) a)->name, ((const GraphNode *) b)->name, true);
}

CLT_FUNCTION_INFO_V1(clt_components_final);
/* clt_components_final names each node's component by its smallest node. */
Datum
clt_components_final(PG_FUNCTION_ARGS)
{
	ListState  *state;
	TupleDesc	desc;
	Oid			type;
	GraphNode  *nodes;
	uint32	   *number;
	uint32	   *parent;
	const char **name;
	Datum	   *rows;
	uint32		distinct = 0;
	uint32		i;
	int			k;

	clt_list_context(fcinfo, "connected_components_agg");
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = (ListState *) PG_GETARG_POINTER(0);
	desc = clt_list_row_type(fcinfo, &type);
	nodes = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(GraphNode) * state->n);
	number = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(uint32) * state->n);
	name = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(char *) * state->n);
	for (k = 0; k < state->n; k++)
	{
		nodes[k].name = text_to_cstring((text *) state->item[k]);
		nodes[k].place = k;
	}
	qsort(nodes, state->n, sizeof(GraphNode), compare_nodes);
	for (k = 0; k < state->n; k++)
	{
		if (k == 0 || compare_nodes(&nodes[k - 1], &nodes[k]) != 0)
			name[distinct++] = nodes[k].name;
		number[nodes[k].place] = distinct - 1;
	}
	parent = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(uint32) * distinct);
	clt_uf_init(parent, distinct);
	for (k = 0; k < state->n; k += 2)
		clt_uf_union(parent, number[k], number[k + 1]);
	rows = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(Datum) * distinct);
	for (i = 0; i < distinct; i++)
	{
		Datum		values[2];
		bool		nulls[2] = {false};

		CHECK_FOR_INTERRUPTS();
		values[0] = CStringGetTextDatum(name[i]);
		values[1] = CStringGetTextDatum(name[clt_uf_find(parent, i)]);
		rows[i] = HeapTupleGetDatum(heap_form_tuple(desc, values, nulls));
	}
	PG_RETURN_ARRAYTYPE_P(clt_list_of_rows(rows, distinct, type));
}
