/*
 * ledger.h
 *		Rules and ledger, read through SPI.
 */
#ifndef CLT_CONSENT_LEDGER_H
#define CLT_CONSENT_LEDGER_H

#include "consent/scope.h"
#include "executor/spi.h"
#include "utils/timestamp.h"

static inline int
column_int(HeapTuple tuple, TupleDesc desc, int col)
{
	bool		isnull;
	Datum		d = SPI_getbinval(tuple, desc, col, &isnull);

	return isnull ? 0 : DatumGetInt32(d);
}

static inline bool
column_bool(HeapTuple tuple, TupleDesc desc, int col)
{
	bool		isnull;
	Datum		d = SPI_getbinval(tuple, desc, col, &isnull);

	return !isnull && DatumGetBool(d);
}

static inline TimestampTz
column_time(HeapTuple tuple, TupleDesc desc, int col, TimestampTz if_null)
{
	bool		isnull;
	Datum		d = SPI_getbinval(tuple, desc, col, &isnull);

	return isnull ? if_null : DatumGetTimestampTz(d);
}

extern void clt_consent_query(const char *sql);
extern const RuleBase *clt_consent_rules(void);

typedef void (*RecordCallback) (const RuleBase *rb, Record *rec, void *arg);

extern bool clt_ledger_exists(void);
extern void clt_ledger_read(const RuleBase *rb, Datum subjects, bool all, RecordCallback callback, void *arg);

#endif
