/*
 * distributed.c
 *		The SQL face of linkage_record, and the aggregates over it.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

#include "core/clientele.h"
#include "core/wire.h"
#include "linkage/registry.h"
#include "search/record.h"

/* Pairs whose weight is below this are not worth keeping, as in the bulk engine. */
#define KEEP_WEIGHT (-8.0)

#define PG_GETARG_RECORD_P(n) ((LinkageRecord *) PG_DETOAST_DATUM(PG_GETARG_DATUM(n)))

/* ---- the type ---- */

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

CLT_FUNCTION_INFO_V1(clt_linkage_record_in);
Datum
clt_linkage_record_in(PG_FUNCTION_ARGS)
{
	char	   *s = PG_GETARG_CSTRING(0);
	size_t		len = strlen(s);
	LinkageRecord *record;
	const char *bad = NULL;
	size_t		i;

	record = palloc0(VARHDRSZ + len / 2 + 8);
	SET_VARSIZE(record, VARHDRSZ + len / 2);
	if (len % 2 != 0 || len < 8)
		bad = "It is not a list of bytes in hexadecimal.";
	for (i = 0; i + 1 < len && !bad; i += 2)
	{
		int			hi = hex_digit(s[i]);
		int			lo = hex_digit(s[i + 1]);

		if (hi < 0 || lo < 0)
			bad = "It is not a list of bytes in hexadecimal.";
		else
			((char *) record)[VARHDRSZ + i / 2] = (char) (hi * 16 + lo);
	}
	if (!bad)
		bad = clt_record_check(record);
	if (bad)
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type %s", "linkage_record"),
				 errdetail_internal("%s", bad)));
	PG_RETURN_POINTER(record);
}

CLT_FUNCTION_INFO_V1(clt_linkage_record_out);
Datum
clt_linkage_record_out(PG_FUNCTION_ARGS)
{
	LinkageRecord *record = PG_GETARG_RECORD_P(0);
	Size		len = VARSIZE(record) - VARHDRSZ;
	char	   *out = palloc(len * 2 + 1);
	Size		i;

	for (i = 0; i < len; i++)
	{
		uint8		byte = ((uint8 *) record)[VARHDRSZ + i];

		out[2 * i] = "0123456789abcdef"[byte >> 4];
		out[2 * i + 1] = "0123456789abcdef"[byte & 15];
	}
	out[2 * len] = '\0';
	PG_RETURN_CSTRING(out);
}

CLT_FUNCTION_INFO_V1(clt_linkage_record_recv);
Datum
clt_linkage_record_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			len = buf->len - buf->cursor;
	LinkageRecord *record = palloc0(VARHDRSZ + len + 8);
	const char *bad;

	SET_VARSIZE(record, VARHDRSZ + len);
	memcpy((char *) record + VARHDRSZ, pq_getmsgbytes(buf, len), len);
	bad = clt_record_check(record);
	if (bad)
		clt_wire_error("linkage_record", bad);
	PG_RETURN_POINTER(record);
}

CLT_FUNCTION_INFO_V1(clt_linkage_record_send);
Datum
clt_linkage_record_send(PG_FUNCTION_ARGS)
{
	LinkageRecord *record = PG_GETARG_RECORD_P(0);
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendbytes(&buf, (char *) record + VARHDRSZ, VARSIZE(record) - VARHDRSZ);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

CLT_FUNCTION_INFO_V1(clt_linkage_record_make);
/* clt_linkage_record_make encodes a record given as JSON or as a row of the source. */
Datum
clt_linkage_record_make(PG_FUNCTION_ARGS)
{
	Oid			type = get_fn_expr_argtype(fcinfo->flinfo, 1);
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	Datum		argument = PG_GETARG_DATUM(1);
	LinkProbe  *probe;
	LinkJob    *few;
	LinkageRecord *record;
	LinkageRecord *result;

	if (type == UNKNOWNOID)
	{
		argument = DirectFunctionCall1(jsonb_in, argument);
		type = JSONBOID;
	}
	SPI_connect();
	probe = clt_probe_open(name, false);
	few = clt_probe_records(probe);
	if (type == JSONBOID)
		clt_probe_add_json(probe, DatumGetJsonbP(argument));
	else
		clt_probe_add_row(probe, type, argument);
	clt_probe_settle(probe, few);
	record = clt_record_make(probe, few);
	result = SPI_palloc(VARSIZE(record));
	memcpy(result, record, VARSIZE(record));
	clt_probe_close(probe);
	SPI_finish();
	PG_RETURN_POINTER(result);
}

CLT_FUNCTION_INFO_V1(clt_blocking_keys);
/* clt_blocking_keys returns the keys that a record shares with those it is compared with. */
Datum
clt_blocking_keys(PG_FUNCTION_ARGS)
{
	int			n;
	int64	   *keys = clt_record_keys(PG_GETARG_RECORD_P(0), &n);
	Datum	   *items = palloc(sizeof(Datum) * (n + 1));
	int			i;

	for (i = 0; i < n; i++)
		items[i] = Int64GetDatum(keys[i]);
	PG_RETURN_ARRAYTYPE_P(construct_array(items, n, INT8OID, 8, FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

/* ---- a growing list as aggregate state ---- */

/* Copies of what came, one after the other; begins with the key of the block, if one was told. */
typedef struct ListState
{
	MemoryContext context;
	bool		has_key;
	int64		key;
	int			n;
	int			cap;
	struct varlena **item;
} ListState;

static ListState *
list_state(FunctionCallInfo fcinfo, MemoryContext context)
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

static void
list_append(ListState *state, const struct varlena *value)
{
	if (state->n == state->cap)
	{
		state->cap *= 2;
		state->item = repalloc_huge(state->item, sizeof(struct varlena *) * state->cap);
	}
	state->item[state->n] = MemoryContextAlloc(state->context, VARSIZE(value));
	memcpy(state->item[state->n++], value, VARSIZE(value));
}

static MemoryContext
aggregate_context(FunctionCallInfo fcinfo, const char *name)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "%s called in non-aggregate context", name);
	return context;
}

CLT_FUNCTION_INFO_V1(clt_link_pairs_trans);
Datum
clt_link_pairs_trans(PG_FUNCTION_ARGS)
{
	MemoryContext context = aggregate_context(fcinfo, "link_pairs_agg");
	ListState  *state;

	if (PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_POINTER(PG_GETARG_POINTER(0));
	}
	state = list_state(fcinfo, context);
	if (PG_NARGS() > 2 && !PG_ARGISNULL(2))
	{
		if (state->has_key && state->key != PG_GETARG_INT64(2))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("link_pairs_agg was given two blocking keys in one group"),
					 errhint("Group by the blocking key.")));
		state->has_key = true;
		state->key = PG_GETARG_INT64(2);
	}
	list_append(state, PG_GETARG_VARLENA_P(1));
	PG_RETURN_POINTER(state);
}

CLT_FUNCTION_INFO_V1(clt_link_list_combine);
/* clt_link_list_combine puts two lists together. */
Datum
clt_link_list_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = aggregate_context(fcinfo, "combine of linkage");
	ListState  *other;
	ListState  *state;
	int			i;

	if (PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_POINTER(PG_GETARG_POINTER(0));
	}
	other = (ListState *) PG_GETARG_POINTER(1);
	state = list_state(fcinfo, context);
	if (other->has_key)
	{
		state->has_key = true;
		state->key = other->key;
	}
	for (i = 0; i < other->n; i++)
		list_append(state, other->item[i]);
	PG_RETURN_POINTER(state);
}

CLT_FUNCTION_INFO_V1(clt_link_list_serial);
Datum
clt_link_list_serial(PG_FUNCTION_ARGS)
{
	ListState  *state = (ListState *) PG_GETARG_POINTER(0);
	StringInfoData buf;
	int			i;

	aggregate_context(fcinfo, "serialize of linkage");
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

	aggregate_context(fcinfo, "deserialize of linkage");
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
		list_append(state, item);
		pfree(item);
	}
	pq_getmsgend(&buf);
	PG_RETURN_POINTER(state);
}

/* ---- pairs of a block ---- */

/* compare_texts orders keys of records as the bulk engine does: whole numbers by value, others by bytes. */
static int
compare_texts(const char *a, const char *b)
{
	char	   *end_a;
	char	   *end_b;
	long long	x;
	long long	y;

	if (!a || !b)
		return a ? 1 : b ? -1 : 0;
	x = strtoll(a, &end_a, 10);
	y = strtoll(b, &end_b, 10);
	if (*a && *b && !*end_a && !*end_b && x != y)
		return x < y ? -1 : 1;
	return strcmp(a, b);
}

/* emitted_here tells whether the block of a key is the first that two records share. */
static bool
emitted_here(const RecordSet *set, int a, int b, const ListState *state)
{
	int			i;
	int			j;

	for (i = 0; i < set->nkeys[a]; i++)
		for (j = 0; j < set->nkeys[b]; j++)
			if (set->keys[a][i] == set->keys[b][j])
				return !state->has_key || set->keys[a][i] == state->key;
	return false;
}

static ArrayType *
array_of_rows(Datum *rows, int n, Oid type)
{
	return construct_array(rows, n, type, -1, false, TYPALIGN_DOUBLE);
}

/* row_type_of_result is the composite type whose array an aggregate returns. */
static TupleDesc
row_type_of_result(FunctionCallInfo fcinfo, Oid *type)
{
	*type = get_element_type(get_fn_expr_rettype(fcinfo->flinfo));
	if (!OidIsValid(*type))
		elog(ERROR, "could not determine the type of the result");
	return lookup_rowtype_tupdesc_copy(*type, -1);
}

CLT_FUNCTION_INFO_V1(clt_link_pairs_final);
/* clt_link_pairs_final compares all pairs of a block that belong to it. */
Datum
clt_link_pairs_final(PG_FUNCTION_ARGS)
{
	ListState  *state;
	RecordSet  *set;
	TupleDesc	desc;
	Oid			type;
	Datum	   *rows;
	int			cap = 64;
	int			n = 0;
	int			i;
	int			j;

	aggregate_context(fcinfo, "link_pairs_agg");
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = (ListState *) PG_GETARG_POINTER(0);
	desc = row_type_of_result(fcinfo, &type);
	set = clt_record_set((LinkageRecord **) state->item, state->n);
	rows = palloc(sizeof(Datum) * cap);
	for (i = 0; i < state->n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		for (j = i + 1; j < state->n; j++)
		{
			LinkPair	pair;
			Datum		values[4];
			bool		nulls[4] = {false};
			double		weight;
			int			l;
			int			r;

			if (!emitted_here(set, i, j, state))
				continue;
			l = compare_texts(set->key[i], set->key[j]) <= 0 ? i : j;
			r = l == i ? j : i;
			memset(&pair, 0, sizeof(pair));
			pair.l = l;
			pair.r = r;
			clt_link_compare(set->job, &pair);
			weight = (float) clt_link_pair_weight(set->job, &pair);
			if (weight < KEEP_WEIGHT)
				continue;
			nulls[0] = set->key[l] == NULL;
			nulls[1] = set->key[r] == NULL;
			values[0] = nulls[0] ? (Datum) 0 : CStringGetTextDatum(set->key[l]);
			values[1] = nulls[1] ? (Datum) 0 : CStringGetTextDatum(set->key[r]);
			values[2] = Float8GetDatum(weight);
			values[3] = Float8GetDatum(clt_fs_probability(weight));
			if (n == cap)
			{
				cap *= 2;
				rows = repalloc_huge(rows, sizeof(Datum) * cap);
			}
			rows[n++] = HeapTupleGetDatum(heap_form_tuple(desc, values, nulls));
		}
	}
	PG_RETURN_ARRAYTYPE_P(array_of_rows(rows, n, type));
}

/* ---- connected components ---- */

CLT_FUNCTION_INFO_V1(clt_components_trans);
/* clt_components_trans notes an edge: the texts of its two ends. */
Datum
clt_components_trans(PG_FUNCTION_ARGS)
{
	MemoryContext context = aggregate_context(fcinfo, "connected_components_agg");
	FmgrInfo   *out = (FmgrInfo *) fcinfo->flinfo->fn_extra;
	ListState  *state;
	int			i;

	if (PG_ARGISNULL(1) && PG_ARGISNULL(2))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_POINTER(PG_GETARG_POINTER(0));
	}
	if (!out)
	{
		Oid			function;
		bool varlena;

		out = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, sizeof(FmgrInfo));
		getTypeOutputInfo(get_fn_expr_argtype(fcinfo->flinfo, 1), &function, &varlena);
		fmgr_info_cxt(function, out, fcinfo->flinfo->fn_mcxt);
		fcinfo->flinfo->fn_extra = out;
	}
	state = list_state(fcinfo, context);
	/* a node without an edge is its own component */
	for (i = 1; i <= 2; i++)
	{
		int			arg = PG_ARGISNULL(i) ? 3 - i : i;
		char	   *text = OutputFunctionCall(out, PG_GETARG_DATUM(arg));

		list_append(state, (struct varlena *) cstring_to_text(text));
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
	return compare_texts(((const GraphNode *) a)->name, ((const GraphNode *) b)->name);
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

	aggregate_context(fcinfo, "connected_components_agg");
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = (ListState *) PG_GETARG_POINTER(0);
	desc = row_type_of_result(fcinfo, &type);
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
	PG_RETURN_ARRAYTYPE_P(array_of_rows(rows, (int) distinct, type));
}
