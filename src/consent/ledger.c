/*
 * ledger.c
 *		Reads the ledger record by record, with the rights of the caller.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "consent/ledger.h"
#include "miscadmin.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#define CURSOR_ROWS 5000

bool
clt_ledger_exists(void)
{
	Oid			nsp = get_namespace_oid("clientele_ledger", true);

	return OidIsValid(nsp) && OidIsValid(get_relname_relid("event", nsp));
}

#define LEDGER_QUERY \
	"SELECT s.subject, s.jurisdiction, s.born, s.erased_at, e.seq, e.event, e.at, e.recorded_at, e.purpose, e.channel, " \
	"e.recipient, e.basis, e.expires_at, e.notice, e.notice_version, e.product, e.guardian, e.explicit " \
	"FROM clientele_ledger.subject s LEFT JOIN clientele_ledger.event e ON e.subject OPERATOR(pg_catalog.=) s.subject "

static SPIPlanPtr
ledger_plan(bool all)
{
	static SPIPlanPtr plans[2];
	SPIPlanPtr	plan = plans[all];
	Oid			argtypes[1] = {TEXTARRAYOID};

	if (plan != NULL && SPI_plan_is_valid(plan))
		return plan;
	if (plan != NULL)
		SPI_freeplan(plan);
	plans[all] = NULL;
	plan = SPI_prepare_cursor(all ? LEDGER_QUERY "ORDER BY s.subject"
							  : LEDGER_QUERY "WHERE s.subject OPERATOR(pg_catalog.=) ANY ($1) ORDER BY s.subject",
							  all ? 0 : 1, argtypes, 0);
	if (plan == NULL)
		elog(ERROR, "preparing to read the consent ledger failed: %s", SPI_result_code_string(SPI_result));
	SPI_keepplan(plan);
	plans[all] = plan;
	return plan;
}

static void
read_subject(HeapTuple t, TupleDesc d, Record *rec)
{
	bool		isnull;
	Datum		born = SPI_getbinval(t, d, 3, &isnull);

	rec->name = SPI_getvalue(t, d, 1);
	rec->jurisdiction = SPI_getvalue(t, d, 2);
	rec->subject.known = true;
	rec->subject.born = isnull || DATE_NOT_FINITE(DatumGetDateADT(born)) ? CLT_DATE_UNKNOWN : DatumGetDateADT(born);
	rec->subject.erased_at = column_time(t, d, 4, DT_NOEND);
	rec->nevents = 0;
}

static int
resolve(const Tree *tree, const char *name)
{
	return name == NULL ? SCOPE_ALL : clt_tree_find(tree, name);
}

static void
read_event(const RuleBase *rb, HeapTuple t, TupleDesc d, Record *rec)
{
	bool		isnull;
	Datum		seq = SPI_getbinval(t, d, 5, &isnull);
	char	   *basis;
	char	   *notice;
	LedgerEvent *ev;

	if (isnull)
		return;
	if (rec->nevents == rec->capacity)
	{
		rec->capacity = Max(16, rec->capacity * 2);
		rec->events = rec->events ? repalloc(rec->events, sizeof(LedgerEvent) * rec->capacity)
			: palloc(sizeof(LedgerEvent) * rec->capacity);
		rec->facts = rec->facts ? repalloc(rec->facts, sizeof(ConsentEvent) * rec->capacity)
			: palloc(sizeof(ConsentEvent) * rec->capacity);
	}
	ev = &rec->events[rec->nevents];
	memset(ev, 0, sizeof(*ev));
	ev->e.seq = DatumGetInt64(seq);
	ev->e.kind = (int8) clt_consent_event_code(SPI_getvalue(t, d, 6));
	ev->e.at = column_time(t, d, 7, DT_NOEND);
	ev->e.recorded_at = column_time(t, d, 8, DT_NOEND);
	ev->purpose = resolve(&rb->purposes, SPI_getvalue(t, d, 9));
	ev->channel = resolve(&rb->channels, SPI_getvalue(t, d, 10));
	ev->recipient = SPI_getvalue(t, d, 11);
	basis = SPI_getvalue(t, d, 12);
	ev->e.basis = basis ? (int8) clt_consent_basis_code(basis) : CLT_BASIS_NONE;
	ev->e.expires_at = column_time(t, d, 13, DT_NOEND);
	notice = SPI_getvalue(t, d, 14);
	ev->notice = clt_scope_notice(rb, notice, SPI_getvalue(t, d, 15), ev->e.at);
	ev->e.superseded_at = DT_NOEND;
	if (ev->notice != NULL)
	{
		ev->e.flags |= CLT_EF_NOTICE;
		if (ev->notice->offers_opt_out)
			ev->e.flags |= CLT_EF_OPT_OUT;
		ev->e.superseded_at = ev->notice->superseded_at;
	}
	ev->product = SPI_getvalue(t, d, 16);
	ev->e.product = clt_scope_product(rec, ev->product);
	if (column_bool(t, d, 17))
		ev->e.flags |= CLT_EF_GUARDIAN;
	if (column_bool(t, d, 18))
		ev->e.flags |= CLT_EF_EXPLICIT;
	rec->nevents++;
}

/* Reads the records asked for, or all of them, and calls back for each. */
void
clt_ledger_read(const RuleBase *rb, Datum subjects, bool all, RecordCallback callback, void *arg)
{
	Portal		portal;
	Record		rec;
	bool		open = false;
	MemoryContext record_context = AllocSetContextCreate(CurrentMemoryContext, "clientele consent record",
														 ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = CurrentMemoryContext;
	char		nulls[1] = {' '};

	memset(&rec, 0, sizeof(rec));
	portal = SPI_cursor_open(NULL, ledger_plan(all), all ? NULL : &subjects, all ? NULL : nulls, true);
	for (;;)
	{
		SPI_cursor_fetch(portal, true, CURSOR_ROWS);
		if (SPI_processed == 0)
			break;
		for (uint64 i = 0; i < SPI_processed; i++)
		{
			HeapTuple	t = SPI_tuptable->vals[i];
			TupleDesc	d = SPI_tuptable->tupdesc;
			char	   *name = SPI_getvalue(t, d, 1);

			CHECK_FOR_INTERRUPTS();
			if (!open || strcmp(name, rec.name) != 0)
			{
				if (open)
				{
					MemoryContextSwitchTo(record_context);
					callback(rb, &rec, arg);
					MemoryContextSwitchTo(caller);
				}
				MemoryContextReset(record_context);
				memset(&rec, 0, sizeof(rec));
				MemoryContextSwitchTo(record_context);
				read_subject(t, d, &rec);
				MemoryContextSwitchTo(caller);
				open = true;
			}
			MemoryContextSwitchTo(record_context);
			read_event(rb, t, d, &rec);
			MemoryContextSwitchTo(caller);
			pfree(name);
		}
		SPI_freetuptable(SPI_tuptable);
	}
	if (open)
	{
		MemoryContextSwitchTo(record_context);
		callback(rb, &rec, arg);
		MemoryContextSwitchTo(caller);
	}
	SPI_cursor_close(portal);
	MemoryContextDelete(record_context);
}
