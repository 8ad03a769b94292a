/*-------------------------------------------------------------------------
 *
 * clientele.h
 *	  What every file of the extension that talks to the server includes
 *	  after postgres.h.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CLT_CLIENTELE_H
#define CLT_CLIENTELE_H

#include "access/tupdesc.h"
#include "fmgr.h"
#include "utils/builtins.h"

#include "core/compat.h"

/* Version of the library; the Makefile takes it from clientele.control. */
#ifndef CLT_VERSION
#error "CLT_VERSION comes from the Makefile"
#endif

/*
 * Declares a SQL-callable function.  Stands directly above the function.
 * The prototype carries PGDLLEXPORT for 15, where PG_FUNCTION_INFO_V1 does
 * not, so that builds with hidden visibility keep working.
 */
#define CLT_FUNCTION_INFO_V1(fn) \
	PGDLLEXPORT Datum fn(PG_FUNCTION_ARGS); \
	PG_FUNCTION_INFO_V1(fn)

/* call.c */
extern Datum clt_need_argument(FunctionCallInfo fcinfo, int arg, const char *name);
extern TupleDesc clt_row_to_return(FunctionCallInfo fcinfo);

/* message.c */
extern const char *clt_beginning(const char *text);

/* clt_set_text sets a text column of a row, to NULL if there is none. */
static inline void
clt_set_text(Datum *values, bool *nulls, int i, const char *s)
{
	nulls[i] = s == NULL;
	values[i] = s ? CStringGetTextDatum(s) : (Datum) 0;
}

#endif							/* CLT_CLIENTELE_H */
