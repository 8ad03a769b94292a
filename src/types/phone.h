/*-------------------------------------------------------------------------
 *
 * phone.h
 *	  The type phone for other modules of the extension: a bigint in the
 *	  layout of phone_parse.h, by value where bigint is.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CLT_PHONE_H
#define CLT_PHONE_H

#include "fmgr.h"

#include "types/phone_parse.h"

#define DatumGetPhone(x) DatumGetInt64(x)
#define PhoneGetDatum(x) Int64GetDatum(x)
#define PG_GETARG_PHONE(n) DatumGetPhone(PG_GETARG_DATUM(n))
#define PG_RETURN_PHONE(x) return PhoneGetDatum(x)

#endif							/* CLT_PHONE_H */
