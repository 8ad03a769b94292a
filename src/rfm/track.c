/*-------------------------------------------------------------------------
 *
 * track.c
 *	  What the trigger behind rfm_track() has to remember between two calls.
 *
 * After an INSERT the trigger adds the new orders to their customers; after
 * an UPDATE or DELETE it counts the customers anew.  One statement may do
 * both (INSERT ... ON CONFLICT DO UPDATE, MERGE, WITH ... DELETE, a trigger
 * that changes the order just inserted), and the new count has seen the rows
 * that would then be added once more.  So whatever is inserted after a count
 * in the same transaction is counted, not added.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/transam.h"
#include "access/xact.h"
#include "core/clientele.h"

/* The last transaction that counted; a savepoint rolled back does not matter. */
static TransactionId counted_in = InvalidTransactionId;

CLT_FUNCTION_INFO_V1(clt_rfm_counted);
Datum
clt_rfm_counted(PG_FUNCTION_ARGS)
{
	if (PG_GETARG_BOOL(0))
		counted_in = GetTopTransactionId();
	PG_RETURN_BOOL(TransactionIdIsValid(counted_in) &&
				   TransactionIdEquals(counted_in, GetTopTransactionIdIfAny()));
}
