/*
 * result_rows.h
 *		The rows of a result, and its indexes.
 */
#ifndef CLT_LINKAGE_RESULT_ROWS_H
#define CLT_LINKAGE_RESULT_ROWS_H

#include "port/atomics.h"
#include "storage/condition_variable.h"
#include "storage/itemptr.h"
#include "utils/rel.h"

#include "linkage/engine.h"

/* How many rows of a table that is being filled, the first ones, have their places. */
typedef struct LinkPlaced
{
	pg_atomic_uint32 n;
	ConditionVariable changed;
} LinkPlaced;

typedef struct LinkRows
{
	LinkJob    *job;
	uint32		n;
	Datum		(*value) (const struct LinkRows *rows, uint32 i, int column);	/* column, from 0, of
																				 * row i; never NULL */
	void		(*ahead) (const struct LinkRows *rows, uint32 i, int column);	/* it will be asked for
																				 * soon */
	uint32	   *(*order) (const struct LinkRows *rows, int column); /* the rows in the order
																	 * of a column; NULL:
																	 * their own */
	const int64 *person;		/* of each label; NULL: these are pairs */
	ItemPointerData *place;		/* of each in the table */
	LinkPlaced *placed;

	/* where others see them */
	LinkRef		place_ref;
	LinkRef		placed_ref;
	LinkRef		person_ref;
	LinkRef		label_ref;
	LinkRef		edges_ref;		/* pairs: the job's, in their order */
} LinkRows;

extern void clt_link_rows_start(LinkRows *rows);
extern void clt_link_rows_free(LinkRows *rows);
extern void clt_link_fill(Relation rel, LinkRows *rows);
extern uint32 clt_link_rows_await(const LinkRows *rows, uint32 row);
extern void clt_link_see_rows(LinkJob *job, const LinkRows *shown, LinkRows *rows);
extern uint32 *clt_link_order_by(LinkJob *job, const uint32 *value, uint32 n, uint32 nvalues);

/* what rows of each are: results.c, persons.c */
extern void clt_link_pair_rows(LinkJob *job, LinkRows *rows);
extern void clt_link_person_rows(LinkJob *job, LinkRows *rows);

#endif
