/*
 * consent.c
 *		Asks the decision kernel: for the state behind the views, and for decide().
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "consent/ledger.h"
#include "core/clientele.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"

/* ---- consent_state -------------------------------------------------------- */

typedef struct StateOutput
{
	Question   *slots;
	int			nslots;
	TimestampTz now;
	Tuplestorestate *store;
	TupleDesc	desc;
} StateOutput;

static void
put_state(StateOutput *out, const char *subject, int slot, int deny, int basis, TimestampTz until,
		  TimestampTz next_change)
{
	Datum		values[6];
	bool		nulls[6] = {0};

	values[0] = CStringGetTextDatum(subject);
	values[1] = Int32GetDatum(slot);
	values[2] = Int16GetDatum((int16) deny);
	values[3] = Int16GetDatum((int16) basis);
	values[4] = TimestampTzGetDatum(until);
	values[5] = TimestampTzGetDatum(next_change);
	nulls[4] = basis == 0;
	nulls[5] = next_change == DT_NOEND;
	tuplestore_putvalues(out->store, out->desc, values, nulls);
}

static void
put_record_state(const RuleBase *rb, Record *rec, void *arg)
{
	StateOutput *out = arg;

	for (int s = 0; s < out->nslots; s++)
	{
		ConsentEval eval;
		TimestampTz next;

		clt_scope_evaluate(rb, &out->slots[s], rec, out->now, DT_NOEND, &eval);
		/* a basis that runs out is a change too */
		next = eval.next_change;
		for (int b = 0; b < CLT_BASES; b++)
		{
			if (eval.pass & CLT_BASIS_BIT(b))
				next = Min(next, eval.until[b]);
		}
		if (eval.deny != 0 || (eval.pass == 0 && next != DT_NOEND))
			put_state(out, rec->name, out->slots[s].slot, eval.deny, 0, DT_NOEND, next);
		for (int b = 0; b < CLT_BASES; b++)
		{
			if (eval.pass & CLT_BASIS_BIT(b))
				put_state(out, rec->name, out->slots[s].slot, 0, CLT_BASIS_BIT(b), eval.until[b], next);
		}
	}
}

static void
read_slots(const RuleBase *rb, StateOutput *out)
{
	clt_consent_query("SELECT slot, purpose, channel, recipient, product FROM clientele_ledger.slot ORDER BY slot");
	out->nslots = (int) SPI_processed;
	out->slots = palloc0(sizeof(Question) * (out->nslots + 1));
	for (int i = 0; i < out->nslots; i++)
	{
		HeapTuple	t = SPI_tuptable->vals[i];
		TupleDesc	d = SPI_tuptable->tupdesc;
		Question   *q = &out->slots[i];
		char	   *recipient = SPI_getvalue(t, d, 4);

		q->slot = column_int(t, d, 1);
		q->purpose = clt_tree_find(&rb->purposes, SPI_getvalue(t, d, 2));
		q->channel = clt_tree_find(&rb->channels, SPI_getvalue(t, d, 3));
		q->recipient = strcmp(recipient, "own") == 0 ? NULL : recipient;
		q->product = SPI_getvalue(t, d, 5);
	}
}

/* clt_consent_state answers the questions of all views, record by record. */
CLT_FUNCTION_INFO_V1(clt_consent_state);
Datum
clt_consent_state(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	StateOutput out;
	const RuleBase *rb;

	InitMaterializedSRF(fcinfo, 0);
	if (!clt_ledger_exists())
		return (Datum) 0;
	out.store = rsinfo->setResult;
	out.desc = rsinfo->setDesc;
	out.now = GetCurrentTimestamp();

	SPI_connect();
	rb = clt_consent_rules();
	read_slots(rb, &out);
	if (out.nslots > 0)
		clt_ledger_read(rb, PG_ARGISNULL(0) ? (Datum) 0 : PG_GETARG_DATUM(0), PG_ARGISNULL(0),
						put_record_state, &out);
	SPI_finish();
	return (Datum) 0;
}

/* ---- decide --------------------------------------------------------------- */

typedef struct DecideInput
{
	Question	query;
	TimestampTz at;
	TimestampTz known;
	char	  **names;
	int			n;
	ConsentEval *evals;
	const RuleRow **rows;
} DecideInput;

static void
decide_record(const RuleBase *rb, Record *rec, void *arg)
{
	DecideInput *in = arg;

	for (int i = 0; i < in->n; i++)
	{
		if (in->names[i] != NULL && strcmp(in->names[i], rec->name) == 0)
		{
			const Jurisdiction *j = clt_scope_jurisdiction(rb, rec->jurisdiction);

			in->rows[i] = clt_scope_rule(rb, &in->query, j ? j->code : NULL);
			clt_scope_evaluate(rb, &in->query, rec, in->at, in->known, &in->evals[i]);
		}
	}
}

static char *
arg_text(FunctionCallInfo fcinfo, int n)
{
	return PG_ARGISNULL(n) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(n));
}

/* clt_decide_records decides for one person, given as his records. */
CLT_FUNCTION_INFO_V1(clt_decide_records);
Datum
clt_decide_records(PG_FUNCTION_ARGS)
{
	DecideInput in;
	ConsentDecision decision;
	TupleDesc	desc;
	Datum		values[6] = {0};
	bool		isnull[6] = {0};
	Datum	   *elems;
	bool	   *elem_nulls;
	char	   *purpose = arg_text(fcinfo, 1);
	char	   *channel = arg_text(fcinfo, 2);
	char	   *recipient = arg_text(fcinfo, 3);
	ArrayType  *obligations = NULL;
	const RuleBase *rb;
	ConsentSubject nobody = {0};
	ConsentRule rule;
	MemoryContext caller = CurrentMemoryContext;	/* what SPI allocates is
													 * gone at its end */

	desc = clt_row_to_return(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();

	deconstruct_array(PG_GETARG_ARRAYTYPE_P(0), TEXTOID, -1, false, TYPALIGN_INT, &elems, &elem_nulls, &in.n);
	in.names = palloc0(sizeof(char *) * (in.n + 1));
	in.evals = palloc0(sizeof(ConsentEval) * (in.n + 1));
	in.rows = palloc0(sizeof(RuleRow *) * (in.n + 1));
	for (int i = 0; i < in.n; i++)
		in.names[i] = elem_nulls[i] ? NULL : TextDatumGetCString(elems[i]);
	in.at = PG_ARGISNULL(4) ? GetCurrentTimestamp() : PG_GETARG_TIMESTAMPTZ(4);
	in.known = PG_ARGISNULL(5) ? DT_NOEND : PG_GETARG_TIMESTAMPTZ(5);
	if (TIMESTAMP_NOT_FINITE(in.at))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a decision needs a finite time"),
				 errhint("Leave out \"at\" to ask about now.")));
	in.query.slot = 0;
	in.query.recipient = recipient != NULL && strcmp(recipient, "own") != 0 ? recipient : NULL;
	in.query.product = arg_text(fcinfo, 6);

	SPI_connect();
	rb = clt_consent_rules();
	in.query.purpose = purpose ? clt_tree_find(&rb->purposes, purpose) : SCOPE_UNKNOWN;
	in.query.channel = channel ? clt_tree_find(&rb->channels, channel) : SCOPE_UNKNOWN;
	memset(&rule, 0, sizeof(rule));
	for (int i = 0; i < in.n; i++)
		clt_consent_evaluate(NULL, 0, &rule, &nobody, in.at, in.known, &in.evals[i]);
	if (clt_ledger_exists())
		clt_ledger_read(rb, PG_GETARG_DATUM(0), false, decide_record, &in);
	clt_consent_combine(in.evals, in.n, &decision);
	if (decision.allow)
	{
		/* the duties are those of the rule under which a record passed */
		for (int i = 0; i < in.n && obligations == NULL; i++)
		{
			if (in.rows[i] != NULL && (in.evals[i].pass & CLT_BASIS_BIT(decision.basis)) != 0)
			{
				MemoryContext old = MemoryContextSwitchTo(caller);

				obligations = DatumGetArrayTypePCopy(PointerGetDatum(in.rows[i]->obligations));
				MemoryContextSwitchTo(old);
			}
		}
	}
	SPI_finish();

	values[0] = BoolGetDatum(decision.allow);
	values[1] = CStringGetTextDatum(clt_consent_reason_names[decision.reason]);
	if (decision.allow)
		values[2] = CStringGetTextDatum(clt_consent_basis_names[decision.basis]);
	isnull[2] = !decision.allow;
	values[3] = Int64GetDatum(decision.seq);
	isnull[3] = decision.seq == 0;
	values[4] = PointerGetDatum(obligations ? obligations : construct_empty_array(TEXTOID));
	values[5] = TimestampTzGetDatum(decision.valid_until);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(desc, values, isnull)));
}
