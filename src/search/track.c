/*
 * track.c
 *		The trigger behind track_model(): notes which records were inserted or
 *		changed since the last run, so that search finds them at once; and the
 *		locks by which two sessions do not insert one person at the same time.
 *
 * The rows of a statement are encoded as search encodes a record, and their keys
 * are written into <model>_changed (linkage/changes.c), in the same transaction.
 * Who writes into the source needs no right to model, index or changes for that:
 * the trigger acts as the owner of the source, as foreign keys do, and only for a
 * model that this owner has of this very table.  So whoever may make a trigger on
 * the table wins nothing by it.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/jsonb.h"
#include "utils/rel.h"
#include "utils/tuplestore.h"

#include "core/clientele.h"
#include "linkage/engine.h"
#include "linkage/probe.h"
#include "linkage/registry.h"
#include "linkage/results.h"

/* So many records are encoded at a time. */
#define BATCH 500

/* note_rows notes the rows of the table that is followed that a plan returns. */
static void
note_rows(LinkProbe *probe, SPIPlanPtr plan)
{
	Portal		portal = SPI_cursor_open(NULL, plan, NULL, NULL, true);
	TupleTableSlot *slot = NULL;

	for (;;)
	{
		LinkJob    *few;
		uint64		i;

		SPI_cursor_fetch(portal, true, BATCH);
		if (SPI_processed == 0)
			break;
		CHECK_FOR_INTERRUPTS();
		few = clt_probe_records(probe);
		if (!slot)
			slot = MakeSingleTupleTableSlot(CreateTupleDescCopy(SPI_tuptable->tupdesc), &TTSOpsHeapTuple);
		clt_link_receive_from(probe->receiver, probe->followed);
		probe->receiver->rStartup(probe->receiver, CMD_SELECT, slot->tts_tupleDescriptor);
		for (i = 0; i < SPI_processed; i++)
		{
			ExecStoreHeapTuple(SPI_tuptable->vals[i], slot, false);
			probe->receiver->receiveSlot(slot, probe->receiver);
		}
		probe->receiver->rShutdown(probe->receiver);
		ExecClearTuple(slot);
		SPI_freetuptable(SPI_tuptable);
		clt_probe_settle(probe, few);
		clt_probe_note(probe, few);
	}
	SPI_cursor_close(portal);
}

/* follow_plan returns the plan that asks for the rows of a statement that may have other keys than before. */
static SPIPlanPtr
follow_plan(LinkProbe *probe, bool inserted)
{
	LinkAsked  *asked = &probe->model->asked[probe->followed];
	SPIPlanPtr *plan = inserted ? &asked->inserted : &asked->updated;

	if (!*plan)
	{
		*plan = SPI_prepare(psprintf(inserted ? "SELECT %s FROM new_records" : "SELECT %1$s FROM new_records EXCEPT SELECT %1$s FROM old_records",
									 asked->select_list), 0, NULL);
		if (!*plan)
			elog(ERROR, "could not prepare to follow linkage model \"%s\"", probe->model->name);
		SPI_keepplan(*plan);
	}
	return *plan;
}

/* follow notes the rows of a statement, as the owner of the source. */
static void
follow(TriggerData * trigger)
{
	LinkProbe  *probe;

	SPI_connect();
	SPI_register_trigger_data(trigger);
	probe = clt_probe_open_followed(trigger->tg_trigger->tgargs[0], RelationGetRelid(trigger->tg_relation));
	if (probe)
	{
		note_rows(probe, follow_plan(probe, TRIGGER_FIRED_BY_INSERT(trigger->tg_event)));
		clt_probe_close(probe);
	}
	SPI_finish();
}

CLT_FUNCTION_INFO_V1(clt_follow_records);
/* clt_follow_records is the trigger function. */
Datum
clt_follow_records(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	Oid			user;
	int			security;
	int			guc;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("follow_records was not called by a trigger")));
	if (!TRIGGER_FIRED_AFTER(trigger->tg_event) || !TRIGGER_FIRED_FOR_STATEMENT(trigger->tg_event) ||
		trigger->tg_newtable == NULL || (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) && trigger->tg_oldtable == NULL) ||
		trigger->tg_trigger->tgnargs != 1)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("follow_records is for the triggers that track_model makes")));
	if (tuplestore_tuple_count(trigger->tg_newtable) == 0)
		return PointerGetDatum(NULL);
	GetUserIdAndSecContext(&user, &security);
	SetUserIdAndSecContext(trigger->tg_relation->rd_rel->relowner, security | SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION);
	guc = NewGUCNestLevel();
	follow(trigger);
	AtEOXact_GUC(false, guc);
	SetUserIdAndSecContext(user, security);
	return PointerGetDatum(NULL);
}

/* note_new notes the records of a table that the last run did not know. */
static void
note_new(LinkProbe *probe)
{
	LinkJob    *job = probe->model->job;
	const LinkSource *in = &job->in[probe->followed];
	char	   *of_table = job->nsources > 1 ? psprintf(" AND p.source OPERATOR(pg_catalog.=) %u", in->table) : "";
	SPIPlanPtr	plan = SPI_prepare(psprintf("SELECT %s FROM %s s WHERE NOT EXISTS (SELECT FROM %s p WHERE p.record_key %s s.%s%s%s)",
											probe->model->asked[probe->followed].select_list, in->qualified,
											quote_qualified_identifier(job->schema, clt_link_result_name(job, "person")),
											clt_probe_key_equals(job, job->key_type), quote_identifier(in->key_column),
											job->key_as_text ? "::pg_catalog.text" : "", of_table), 0, NULL);

	if (!plan)
		elog(ERROR, "could not prepare to note the new records of linkage model \"%s\"", job->model);
	note_rows(probe, plan);
}

CLT_FUNCTION_INFO_V1(clt_note_new_records);
/* clt_note_new_records notes the records that the last run did not know. */
Datum
clt_note_new_records(PG_FUNCTION_ARGS)
{
	char	   *name = clt_link_model_argument(fcinfo);
	LinkProbe  *probe;

	SPI_connect();
	probe = clt_probe_open(name, true);
	for (probe->followed = 0; probe->followed < probe->model->job->nsources; probe->followed++)
		note_new(probe);
	clt_probe_close(probe);
	SPI_finish();
	PG_RETURN_VOID();
}

static int
compare_keys(const void *a, const void *b)
{
	int64		x = *(const int64 *) a;
	int64		y = *(const int64 *) b;

	return x < y ? -1 : x > y;
}

CLT_FUNCTION_INFO_V1(clt_lock_alike);
/* clt_lock_alike takes a lock on each key of a record until the transaction ends. */
Datum
clt_lock_alike(PG_FUNCTION_ARGS)
{
	LinkKey    *keys = palloc(sizeof(LinkKey) * LINK_MAX_KEYS);
	int64	   *locks = palloc(sizeof(int64) * LINK_MAX_KEYS);
	LinkProbe  *probe;
	LinkJob    *few;
	int			nkeys;
	int			i;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	SPI_connect();
	probe = clt_probe_open(text_to_cstring(PG_GETARG_TEXT_PP(0)), false);
	few = clt_probe_records(probe);
	clt_probe_add_json(probe, few, PG_GETARG_JSONB_P(1), clt_probe_source(probe, PG_ARGISNULL(2) ? InvalidOid : PG_GETARG_OID(2)));
	clt_probe_settle(probe, few);
	nkeys = clt_probe_keys(probe, few, 0, false, keys);
	for (i = 0; i < nkeys; i++)
		locks[i] = (int64) clt_block_combine(clt_block_combine(keys[i].key, probe->model->rule[keys[i].rule].id), few->source);
	clt_probe_close(probe);
	SPI_finish();
	/* in one order, so that two sessions do not wait for each other */
	qsort(locks, nkeys, sizeof(int64), compare_keys);
	for (i = 0; i < nkeys; i++)
		DirectFunctionCall1(pg_advisory_xact_lock_int8, Int64GetDatum(locks[i]));
	PG_RETURN_INT32(nkeys);
}
