/*
 * result_rows.h
 *		The rows of a result, and its indexes.
 */
#ifndef CLT_LINKAGE_RESULT_ROWS_H
#define CLT_LINKAGE_RESULT_ROWS_H

#include "storage/itemptr.h"
#include "utils/rel.h"

#include "linkage/engine.h"

typedef struct LinkRows
{
	LinkJob    *job;
	uint32		n;
	Datum		(*value) (const struct LinkRows *rows, uint32 i, int column);	/* column, from 0, of
																				 * row i; never NULL */
	void		(*ahead) (const struct LinkRows *rows, uint32 i, int column);	/* it will be asked for
																				 * soon */
	const int64 *person;		/* of each label; NULL: these are pairs */

	/* another order than their own: the rows in that of a column's values */
	int			column;			/* from 0 */
	uint32	   *order;

	ItemPointerData *place;		/* of each in the table, since it was filled */
} LinkRows;

extern void clt_link_fill(Relation rel, LinkRows *rows);
extern void clt_link_index_rows(Relation rel, LinkRows *rows);
extern uint32 *clt_link_order_by(LinkJob *job, const uint32 *value, uint32 n, uint32 nvalues);

#endif
