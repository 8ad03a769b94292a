/*-------------------------------------------------------------------------
 *
 * wire.c
 *	  Readers for recv functions.  See wire.h.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "core/clientele.h"
#include "core/wire.h"
#include "libpq/pqformat.h"

void
clt_wire_error(const char *type_name, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("invalid binary representation of type %s", type_name),
			 errdetail("%s", detail)));
}

void
clt_wire_expect_version(StringInfo buf, uint8 version, const char *type_name)
{
	uint8		got = (uint8) pq_getmsgbyte(buf);

	if (got != version)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("unsupported format %u of type %s", got, type_name),
				 errdetail("This version of clientele reads format %u.", version)));
}

uint32
clt_wire_count(StringInfo buf, Size element_size, const char *type_name)
{
	uint32		count = pq_getmsgint(buf, 4);

	if (count > (Size) (buf->len - buf->cursor) / element_size)
		clt_wire_error(type_name, "A count is larger than the message that carries it.");
	return count;
}
