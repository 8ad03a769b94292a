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

/* add_json adds a record given as JSON; which of several tables it is of must be told. */
static void
add_json(LinkProbe *probe, LinkJob *few, Jsonb *record, Oid table)
{
	int			source = clt_probe_source(probe, table);

	if (source < 0)
		ereport(ERROR,
				(errcode(ERRCODE_AMBIGUOUS_PARAMETER),
				 errmsg("linkage model \"%s\" links several tables", few->model),
				 errhint("Say which table the record is of, as source.")));
	clt_probe_add_json(probe, few, record, source);
}

/* add_row adds a record given as a row of one of the tables, which may be told, too. */
static void
add_row(LinkProbe *probe, LinkJob *few, Oid type, Datum row, Oid table)
{
	clt_probe_add_row(probe, few, type, row);
	if (OidIsValid(table) && clt_probe_source(probe, table) != probe->of_row[0])
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("a row of table \"%s\" is no record of table \"%s\"", few->in[probe->of_row[0]].name, get_rel_name(table))));
}

CLT_FUNCTION_INFO_V1(clt_linkage_record_make);
/* clt_linkage_record_make encodes a record given as JSON or as a row of the source. */
Datum
clt_linkage_record_make(PG_FUNCTION_ARGS)
{
	Oid			type = get_fn_expr_argtype(fcinfo->flinfo, 1);
	Oid			table = PG_ARGISNULL(2) ? InvalidOid : PG_GETARG_OID(2);
	char	   *name;
	Datum		argument;
	LinkProbe  *probe;
	LinkJob    *few;
	LinkageRecord *record;
	LinkageRecord *result;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	argument = PG_GETARG_DATUM(1);
	if (type == UNKNOWNOID)
	{
		argument = DirectFunctionCall1(jsonb_in, argument);
		type = JSONBOID;
	}
	SPI_connect();
	probe = clt_probe_open(name, false);
	few = clt_probe_records(probe);
	if (type == JSONBOID)
		add_json(probe, few, DatumGetJsonbP(argument), table);
	else
		add_row(probe, few, type, argument, table);
	clt_probe_settle(probe, few);
	record = clt_record_make(probe, few);
	result = SPI_palloc(VARSIZE(record));
	memcpy(result, record, VARSIZE(record));
	clt_probe_close(probe);
	SPI_finish();
	PG_RETURN_POINTER(result);
}

static Datum
text_or_null(FunctionCallInfo fcinfo, const char *s)
{
	if (!s)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(s));
}

CLT_FUNCTION_INFO_V1(clt_linkage_record_key);
/* clt_linkage_record_key returns the key of a record as text. */
Datum
clt_linkage_record_key(PG_FUNCTION_ARGS)
{
	RecordSet	set;

	clt_record_read(PG_GETARG_RECORD_P(0), &set);
	return text_or_null(fcinfo, set.key[0]);
}

CLT_FUNCTION_INFO_V1(clt_linkage_record_source);
/* clt_linkage_record_source returns the table of a record, if the model has several. */
Datum
clt_linkage_record_source(PG_FUNCTION_ARGS)
{
	RecordSet	set;

	clt_record_read(PG_GETARG_RECORD_P(0), &set);
	return text_or_null(fcinfo, clt_record_source(&set, 0));
}

CLT_FUNCTION_INFO_V1(clt_linkage_record_node);
/* clt_linkage_record_node returns what a record is called among all of the model. */
Datum
clt_linkage_record_node(PG_FUNCTION_ARGS)
{
	RecordSet	set;

	clt_record_read(PG_GETARG_RECORD_P(0), &set);
	return text_or_null(fcinfo, clt_record_node(&set, 0));
}

CLT_FUNCTION_INFO_V1(clt_blocking_keys);
/* clt_blocking_keys returns the keys that a record shares with those it is compared with. */
Datum
clt_blocking_keys(PG_FUNCTION_ARGS)
{
	RecordSet	set;
	Datum	   *items;
	int			i;

	clt_record_read(PG_GETARG_RECORD_P(0), &set);
	items = palloc(sizeof(Datum) * (set.nkeys[0] + 1));
	for (i = 0; i < set.nkeys[0]; i++)
		items[i] = Int64GetDatum(set.keys[0][i]);
	PG_RETURN_ARRAYTYPE_P(construct_array(items, set.nkeys[0], INT8OID, 8, FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

/* ---- a growing list as aggregate state ---- */

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

/* unchanged returns the state as it is. */
static Datum
unchanged(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_POINTER(PG_GETARG_POINTER(0));
}

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
		return unchanged(fcinfo);
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
		return unchanged(fcinfo);
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

/* emitted_here tells whether the block of a key is the first that two records share. */
static bool
emitted_here(const RecordSet *set, uint32 a, uint32 b, const ListState *state)
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

/* list_set makes the records of a list, every so many of its items, ready to be compared. */
static RecordSet *
list_set(const ListState *state, int step)
{
	LinkageRecord **record = palloc(sizeof(LinkageRecord *) * (state->n + 1));
	RecordSet  *set;
	int			n = 0;
	int			i;

	for (i = 0; i < state->n; i += step)
		record[n++] = (LinkageRecord *) state->item[i];
	set = clt_record_set(record, n);
	clt_record_sort(set);
	clt_link_find_copies(set->job);
	return set;
}

/* may_be_pair tells whether a pair is made: of two tables if there are several; copies of a record are compared with the two that stand for them. */
static bool
may_be_pair(const RecordSet *set, uint32 l, uint32 r)
{
	const LinkJob *job = set->job;
	uint32		copy = Max(l, r);

	if (job->nsources > 1 && set->source[l] == set->source[r])
		return false;
	/* of two copies, the first stands before the other */
	if (clt_link_is_copy(job, Min(l, r)) && !clt_link_is_copy(job, copy))
		return false;
	return !clt_link_is_copy(job, copy) || clt_link_meets_copy(job, copy, Min(l, r));
}

/* make_edges compares the pairs of a set, in the order of their keys: of a block, those that are emitted there. */
static void
make_edges(RecordSet *set, const ListState *state, double least)
{
	LinkJob    *job = set->job;
	int64		cap = 64;
	uint32		l;
	uint32		r;

	job->edges = palloc(sizeof(CltEdge) * cap);
	job->nedges = 0;
	for (l = 0; l < job->n; l++)
	{
		CHECK_FOR_INTERRUPTS();
		for (r = l + 1; r < job->n; r++)
		{
			LinkPair	pair;
			float		weight;

			if (!may_be_pair(set, l, r) || !emitted_here(set, l, r, state))
				continue;
			memset(&pair, 0, sizeof(pair));
			pair.l = l;
			pair.r = r;
			clt_link_compare(job, &pair);
			weight = (float) clt_link_pair_weight(job, &pair);
			if (weight < least)
				continue;
			if (job->nedges == cap)
			{
				cap *= 2;
				job->edges = repalloc_huge(job->edges, sizeof(CltEdge) * cap);
			}
			job->edges[job->nedges].l = l;
			job->edges[job->nedges].r = r;
			job->edges[job->nedges].ref = 0;
			job->edges[job->nedges++].weight = weight;
		}
	}
}

static void
set_text(Datum *values, bool *nulls, int i, const char *s)
{
	nulls[i] = s == NULL;
	values[i] = s ? CStringGetTextDatum(s) : (Datum) 0;
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
	int64		i;

	aggregate_context(fcinfo, "link_pairs_agg");
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = (ListState *) PG_GETARG_POINTER(0);
	desc = row_type_of_result(fcinfo, &type);
	set = list_set(state, 1);
	make_edges(set, state, LINK_KEEP_WEIGHT);
	rows = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(Datum) * (set->job->nedges + 1));
	for (i = 0; i < set->job->nedges; i++)
	{
		const CltEdge *edge = &set->job->edges[i];
		Datum		values[6];
		bool		nulls[6] = {false};

		set_text(values, nulls, 0, set->key[edge->l]);
		set_text(values, nulls, 1, set->key[edge->r]);
		values[2] = Float8GetDatum((double) edge->weight);
		values[3] = Float8GetDatum(clt_fs_probability(edge->weight));
		set_text(values, nulls, 4, clt_record_source(set, edge->l));
		set_text(values, nulls, 5, clt_record_source(set, edge->r));
		rows[i] = HeapTupleGetDatum(heap_form_tuple(desc, values, nulls));
	}
	PG_RETURN_ARRAYTYPE_P(array_of_rows(rows, (int) set->job->nedges, type));
}

/* ---- persons of a component ---- */

/* Items of a list for each record: itself, and what those are called it was decided to be one with, or not. */
#define PERSON_ITEMS 3

CLT_FUNCTION_INFO_V1(clt_link_persons_trans);
Datum
clt_link_persons_trans(PG_FUNCTION_ARGS)
{
	MemoryContext context = aggregate_context(fcinfo, "link_persons_agg");
	ListState  *state;
	int			i;

	if (PG_ARGISNULL(1))
		return unchanged(fcinfo);
	state = list_state(fcinfo, context);
	list_append(state, PG_GETARG_VARLENA_P(1));
	for (i = 2; i <= PERSON_ITEMS; i++)
	{
		if (PG_NARGS() > i && !PG_ARGISNULL(i))
			list_append(state, PG_GETARG_VARLENA_P(i));
		else
			list_append(state, (struct varlena *) construct_empty_array(TEXTOID));
	}
	PG_RETURN_POINTER(state);
}

/* told_decisions lists what was decided about the records of a set. */
static LinkDecided *
told_decisions(const ListState *state, const RecordSet *set, int64 *n)
{
	int64		cap = 16;
	LinkDecided *decided = palloc(sizeof(LinkDecided) * cap);
	int			i;
	int			k;

	*n = 0;
	for (i = 0; i < state->n; i++)
	{
		Datum	   *key;
		bool	   *null;
		int			nkeys;
		RecordSet	one;
		int			l;

		if (i % PERSON_ITEMS == 0)
			continue;
		deconstruct_array((ArrayType *) state->item[i], TEXTOID, -1, false, TYPALIGN_INT, &key, &null, &nkeys);
		if (nkeys == 0)
			continue;
		clt_record_read((LinkageRecord *) state->item[i - i % PERSON_ITEMS], &one);
		l = clt_record_find(set, clt_record_node(&one, 0));
		for (k = 0; k < nkeys; k++)
		{
			int			r = null[k] ? -1 : clt_record_find(set, TextDatumGetCString(key[k]));

			if (r < 0 || r == l)
				continue;
			if (*n == cap)
			{
				cap *= 2;
				decided = repalloc_huge(decided, sizeof(LinkDecided) * cap);
			}
			decided[*n].l = Min(l, r);
			decided[*n].r = Max(l, r);
			decided[(*n)++].same = i % PERSON_ITEMS == 1;
		}
	}
	return decided;
}

CLT_FUNCTION_INFO_V1(clt_link_persons_final);
/* clt_link_persons_final joins the records of a component to persons, as the bulk engine does. */
Datum
clt_link_persons_final(PG_FUNCTION_ARGS)
{
	ListState  *state;
	RecordSet  *set;
	LinkJob    *job;
	LinkDecided *decided;
	TupleDesc	desc;
	Oid			type;
	Datum	   *rows;
	int64		ndecided;
	uint32		i;

	aggregate_context(fcinfo, "link_persons_agg");
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = (ListState *) PG_GETARG_POINTER(0);
	desc = row_type_of_result(fcinfo, &type);
	set = list_set(state, PERSON_ITEMS);
	job = set->job;
	for (i = 0; i < job->n; i++)
		if (!set->key[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("link_persons_agg was given a record without a key")));
	make_edges(set, state, log2(job->threshold / (1.0 - job->threshold)));
	qsort(job->edges, job->nedges, sizeof(CltEdge), clt_edge_compare);
	decided = told_decisions(state, set, &ndecided);
	clt_link_join(job, decided, ndecided);
	rows = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(Datum) * (job->n + 1));
	for (i = 0; i < job->n; i++)
	{
		Datum		values[2];
		bool		nulls[2] = {false};

		values[0] = CStringGetTextDatum(clt_record_node(set, (int) i));
		values[1] = CStringGetTextDatum(clt_record_node(set, (int) job->label[i]));
		rows[i] = HeapTupleGetDatum(heap_form_tuple(desc, values, nulls));
	}
	PG_RETURN_ARRAYTYPE_P(array_of_rows(rows, (int) job->n, type));
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
		return unchanged(fcinfo);
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
