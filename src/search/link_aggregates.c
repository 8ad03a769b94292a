/*
 * link_aggregates.c
 *		link_pairs_agg, the pairs of a block, and link_persons_agg, the persons of a
 *		component.
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "core/clientele.h"
#include "search/list_state.h"
#include "search/record.h"

/* ---- pairs of a block ---- */

CLT_FUNCTION_INFO_V1(clt_link_pairs_trans);
Datum
clt_link_pairs_trans(PG_FUNCTION_ARGS)
{
	MemoryContext context = clt_list_context(fcinfo, "link_pairs_agg");
	ListState  *state;

	if (PG_ARGISNULL(1))
		return clt_list_unchanged(fcinfo);
	state = clt_list_state(fcinfo, context);
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
	clt_list_append(state, PG_GETARG_VARLENA_P(1));
	PG_RETURN_POINTER(state);
}

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

	clt_list_context(fcinfo, "link_pairs_agg");
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = (ListState *) PG_GETARG_POINTER(0);
	desc = clt_list_row_type(fcinfo, &type);
	/* most keys are one record's */
	if (state->n < 2)
		PG_RETURN_ARRAYTYPE_P(construct_empty_array(type));
	set = list_set(state, 1);
	make_edges(set, state, LINK_KEEP_WEIGHT);
	rows = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(Datum) * (set->job->nedges + 1));
	for (i = 0; i < set->job->nedges; i++)
	{
		const CltEdge *edge = &set->job->edges[i];
		Datum		values[6];
		bool		nulls[6] = {false};

		clt_set_text(values, nulls, 0, set->key[edge->l]);
		clt_set_text(values, nulls, 1, set->key[edge->r]);
		values[2] = Float8GetDatum((double) edge->weight);
		values[3] = Float8GetDatum(clt_fs_probability(edge->weight));
		clt_set_text(values, nulls, 4, clt_record_source(set, edge->l));
		clt_set_text(values, nulls, 5, clt_record_source(set, edge->r));
		rows[i] = HeapTupleGetDatum(heap_form_tuple(desc, values, nulls));
	}
	PG_RETURN_ARRAYTYPE_P(clt_list_of_rows(rows, set->job->nedges, type));
}

/* ---- persons of a component ---- */

/* Items of a list for each record: itself, and what those are called it was decided to be one with, or not. */
#define PERSON_ITEMS 3

CLT_FUNCTION_INFO_V1(clt_link_persons_trans);
Datum
clt_link_persons_trans(PG_FUNCTION_ARGS)
{
	MemoryContext context = clt_list_context(fcinfo, "link_persons_agg");
	ListState  *state;
	int			i;

	if (PG_ARGISNULL(1))
		return clt_list_unchanged(fcinfo);
	state = clt_list_state(fcinfo, context);
	clt_list_append(state, PG_GETARG_VARLENA_P(1));
	for (i = 2; i <= PERSON_ITEMS; i++)
	{
		if (PG_NARGS() > i && !PG_ARGISNULL(i))
			clt_list_append(state, PG_GETARG_VARLENA_P(i));
		else
			clt_list_append(state, (struct varlena *) construct_empty_array(TEXTOID));
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

	clt_list_context(fcinfo, "link_persons_agg");
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = (ListState *) PG_GETARG_POINTER(0);
	desc = clt_list_row_type(fcinfo, &type);
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
	PG_RETURN_ARRAYTYPE_P(clt_list_of_rows(rows, job->n, type));
}
