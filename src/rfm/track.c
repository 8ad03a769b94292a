/*-------------------------------------------------------------------------
 *
 * track.c
 *	  The trigger behind rfm_track(): when to add, when to count, and with
 *	  which plans.
 *
 * After an INSERT the trigger adds the new orders to their customers; after
 * an UPDATE or DELETE it counts the customers anew.  One statement may do
 * both (INSERT ... ON CONFLICT DO UPDATE, MERGE, WITH ... DELETE, a trigger
 * that changes the order just inserted), and the new count has seen the rows
 * that would then be added once more.  So whatever is inserted after a count
 * in the same transaction is counted, not added.
 *
 * The statements are written by rfm_follow_statements().  To plan them costs
 * ten times as much as to run them for one order, so the plans for few rows
 * are kept for the session.  The server makes them anew when the tables
 * change; names are in their text, so they are thrown away when the orders
 * or the trigger are no longer called what they were.  Where many rows have
 * changed the statements are planned for as many as there are.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/transam.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "core/clientele.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/rls.h"

#define MAX_STATEMENTS 3

/* Rows up to which a kept plan will do: an order's lines are added, one order is changed. */
#define FEW_TO_ADD 64
#define FEW_TO_COUNT 1

/* What the statements were written for. */
typedef struct FollowerNames
{
	NameData	schema;
	NameData	orders;
	char	   *arg;
} FollowerNames;

typedef struct FollowerKey
{
	Oid			trigger;
	bool		count;
} FollowerKey;

typedef struct Follower
{
	FollowerKey key;
	FollowerNames names;
	int			statement_count;
	SPIPlanPtr	plan[MAX_STATEMENTS];
} Follower;

static HTAB *followers = NULL;

/* The last transaction that counted; a savepoint rolled back does not matter. */
static TransactionId counted_in = InvalidTransactionId;

static bool
has_counted(void)
{
	return TransactionIdIsValid(counted_in) &&
		TransactionIdEquals(counted_in, GetTopTransactionIdIfAny());
}

static const char *
event_name(TriggerEvent event)
{
	return TRIGGER_FIRED_BY_INSERT(event) ? "INSERT" :
		TRIGGER_FIRED_BY_UPDATE(event) ? "UPDATE" :
		TRIGGER_FIRED_BY_DELETE(event) ? "DELETE" : "TRUNCATE";
}

static int64
rows_changed(const TriggerData * trigger)
{
	int64		rows = 0;

	if (trigger->tg_newtable != NULL)
		rows = tuplestore_tuple_count(trigger->tg_newtable);
	if (trigger->tg_oldtable != NULL)
		rows = Max(rows, tuplestore_tuple_count(trigger->tg_oldtable));
	return rows;
}

static void
require_statement(int code, int expected)
{
	if (code != expected)
		elog(ERROR, "a statement of rfm_follow_orders returned %s", SPI_result_code_string(code));
}

/* Asks rfm_follow_statements() for the texts, in memory of the SPI call. */
static int
write_statements(const TriggerData * trigger, bool count, char *texts[MAX_STATEMENTS])
{
	Oid			types[] = {REGCLASSOID, TEXTOID, BOOLOID, JSONOID};
	Datum		values[] = {
		ObjectIdGetDatum(RelationGetRelid(trigger->tg_relation)),
		CStringGetTextDatum(event_name(trigger->tg_event)),
		BoolGetDatum(count),
		CStringGetTextDatum(trigger->tg_trigger->tgargs[0])
	};
	Datum	   *elements;
	int			n;
	bool		null;

	require_statement(SPI_execute_with_args("SELECT clientele.rfm_follow_statements($1, $2, $3, $4)",
											4, types, values, NULL, false, 1), SPI_OK_SELECT);
	deconstruct_array(DatumGetArrayTypeP(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &null)),
					  TEXTOID, -1, false, TYPALIGN_INT, &elements, NULL, &n);
	if (n > MAX_STATEMENTS)
		elog(ERROR, "rfm_follow_statements wrote %d statements", n);
	for (int i = 0; i < n; i++)
		texts[i] = TextDatumGetCString(elements[i]);
	return n;
}

static void
forget(Follower *follower)
{
	for (int i = 0; i < follower->statement_count; i++)
		SPI_freeplan(follower->plan[i]);
	pfree(follower->names.arg);
	hash_search(followers, &follower->key, HASH_REMOVE, NULL);
}

/* Prepares the statements and keeps them for the session. */
static Follower *
remember(const TriggerData * trigger, FollowerKey *key, const FollowerNames *names)
{
	Follower	made = {.names = *names};
	Follower   *follower;
	char	   *texts[MAX_STATEMENTS];

	made.statement_count = write_statements(trigger, key->count, texts);
	for (int i = 0; i < made.statement_count; i++)
	{
		made.plan[i] = SPI_prepare(texts[i], 0, NULL);
		if (made.plan[i] == NULL)
			require_statement(SPI_result, 0);
	}

	/*
	 * From here on only memory can run out: then some of it stays with the
	 * session.
	 */
	made.names.arg = MemoryContextStrdup(TopMemoryContext, names->arg);
	for (int i = 0; i < made.statement_count; i++)
		SPI_keepplan(made.plan[i]);
	follower = hash_search(followers, key, HASH_ENTER, NULL);
	made.key = *key;
	*follower = made;
	return follower;
}

static bool
same_names(const FollowerNames *a, const FollowerNames *b)
{
	return strcmp(NameStr(a->schema), NameStr(b->schema)) == 0 &&
		strcmp(NameStr(a->orders), NameStr(b->orders)) == 0 &&
		strcmp(a->arg, b->arg) == 0;
}

static Follower *
find_follower(const TriggerData * trigger, bool count)
{
	FollowerKey key;
	FollowerNames names;
	Follower   *follower;
	char	   *schema = get_namespace_name(RelationGetNamespace(trigger->tg_relation));

	if (followers == NULL)
	{
		HASHCTL		ctl = {.keysize = sizeof(FollowerKey),.entrysize = sizeof(Follower)};

		followers = hash_create("clientele rfm followers", 16, &ctl, HASH_ELEM | HASH_BLOBS);
	}

	memset(&key, 0, sizeof(key));
	key.trigger = trigger->tg_trigger->tgoid;
	key.count = count;
	namestrcpy(&names.schema, schema);
	namestrcpy(&names.orders, RelationGetRelationName(trigger->tg_relation));
	names.arg = trigger->tg_trigger->tgargs[0];

	follower = hash_search(followers, &key, HASH_FIND, NULL);
	if (follower != NULL && !same_names(&follower->names, &names))
	{
		forget(follower);
		follower = NULL;
	}
	return follower != NULL ? follower : remember(trigger, &key, &names);
}

static void
run_kept(const TriggerData * trigger, bool count)
{
	Follower   *follower = find_follower(trigger, count);

	for (int i = 0; i < follower->statement_count; i++)
	{
		int			code = SPI_execute_plan(follower->plan[i], NULL, NULL, false, 0);

		if (code < 0)
			require_statement(code, 0);
	}
}

static void
run_once(const TriggerData * trigger, bool count)
{
	char	   *texts[MAX_STATEMENTS];
	int			n = write_statements(trigger, count, texts);

	for (int i = 0; i < n; i++)
	{
		int			code = SPI_execute(texts[i], false, 0);

		if (code < 0)
			require_statement(code, 0);
	}
}

/* A count that does not see all orders would be wrong for everybody. */
static void
require_all_rows(Relation orders)
{
	if (check_enable_rls(RelationGetRelid(orders), InvalidOid, true) == RLS_ENABLED)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("cannot count the orders of %s: row security hides some from role \"%s\"",
						RelationGetRelationName(orders), GetUserNameFromId(GetUserId(), false)),
				 errhint("Orders that are tracked are updated and deleted by a role that sees all of them.")));
}

CLT_FUNCTION_INFO_V1(clt_rfm_follow_orders);
Datum
clt_rfm_follow_orders(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	bool		count;
	int64		rows;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("rfm_follow_orders was not called by a trigger")));
	if (!TRIGGER_FIRED_AFTER(trigger->tg_event) || !TRIGGER_FIRED_FOR_STATEMENT(trigger->tg_event) ||
		trigger->tg_trigger->tgnargs != 1)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("rfm_follow_orders is for the triggers that rfm_track makes")));

	rows = rows_changed(trigger);
	if (rows == 0 && !TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event))
		return PointerGetDatum(NULL);
	count = !TRIGGER_FIRED_BY_INSERT(trigger->tg_event) || has_counted();
	if (count)
	{
		require_all_rows(trigger->tg_relation);
		counted_in = GetTopTransactionId();
	}

	SPI_connect();
	SPI_register_trigger_data(trigger);
	if (rows > (count ? FEW_TO_COUNT : FEW_TO_ADD) || TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event))
		run_once(trigger, count);
	else
		run_kept(trigger, count);
	SPI_finish();
	return PointerGetDatum(NULL);
}
