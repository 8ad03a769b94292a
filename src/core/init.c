/*-------------------------------------------------------------------------
 *
 * init.c
 *	  The library's magic block and its version.
 *
 * Types, functions and aggregates work without preload.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "core/clientele.h"
#include "utils/builtins.h"

#ifdef PG_MODULE_MAGIC_EXT
PG_MODULE_MAGIC_EXT(.name = "clientele",.version = CLT_VERSION);
#else
PG_MODULE_MAGIC;
#endif

/* clt_library_version tells which library is loaded: it may be newer than the SQL objects. */
CLT_FUNCTION_INFO_V1(clt_library_version);
Datum
clt_library_version(PG_FUNCTION_ARGS)
{
	(void) fcinfo;
	PG_RETURN_TEXT_P(cstring_to_text(CLT_VERSION));
}
