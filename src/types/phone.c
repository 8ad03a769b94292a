/*-------------------------------------------------------------------------
 *
 * phone.c
 *	  The type phone: input and output.
 *
 * Only E.164 goes in ("+" and digits) so that the type depends on no numbering
 * plan and is immutable; phone_meta.c turns other writing into it.
 *
 * Comparison, sorting and hashing are bigint's own functions: the packed form
 * is made so that they give the right answers (phone_parse.h).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "libpq/pqformat.h"
#include "utils/builtins.h"

#include "core/clientele.h"
#include "core/wire.h"
#include "types/phone.h"

/*
 * The constructor from text; what comes as a number (recv) passes
 * clt_phone_pack(), which this ends in as well.
 */
static Datum
phone_make(const char *s, size_t len, FunctionCallInfo fcinfo)
{
	int64		packed = 0;
	PhoneError	error = clt_phone_parse(s, len, &packed);

	if (error != CLT_PHONE_OK)
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type %s: \"%s\"", "phone",
						pnstrdup(s, len)),
				 errdetail_internal("%s", clt_phone_error_text(error)),
				 error == CLT_PHONE_NO_PLUS || error == CLT_PHONE_CHAR ?
				 errhint("Use parse_phone() to read numbers as people write them.") : 0));
	PG_RETURN_PHONE(packed);
}

CLT_FUNCTION_INFO_V1(clt_phone_in);
Datum
clt_phone_in(PG_FUNCTION_ARGS)
{
	char	   *s = PG_GETARG_CSTRING(0);

	return phone_make(s, strlen(s), fcinfo);
}

CLT_FUNCTION_INFO_V1(clt_phone_from_text);
Datum
clt_phone_from_text(PG_FUNCTION_ARGS)
{
	text	   *source = PG_GETARG_TEXT_PP(0);

	return phone_make(VARDATA_ANY(source), VARSIZE_ANY_EXHDR(source), fcinfo);
}

CLT_FUNCTION_INFO_V1(clt_phone_out);
Datum
clt_phone_out(PG_FUNCTION_ARGS)
{
	char	   *result = palloc(CLT_PHONE_TEXT_SIZE);

	clt_phone_text(PG_GETARG_PHONE(0), result);
	PG_RETURN_CSTRING(result);
}

CLT_FUNCTION_INFO_V1(clt_phone_to_text);
Datum
clt_phone_to_text(PG_FUNCTION_ARGS)
{
	char		buf[CLT_PHONE_TEXT_SIZE];
	size_t		len = clt_phone_text(PG_GETARG_PHONE(0), buf);

	PG_RETURN_TEXT_P(cstring_to_text_with_len(buf, (int) len));
}

/* On the wire a phone is its version and the digits as an integer. */
CLT_FUNCTION_INFO_V1(clt_phone_send);
Datum
clt_phone_send(PG_FUNCTION_ARGS)
{
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendbyte(&buf, CLT_PHONE_VERSION);
	pq_sendint64(&buf, clt_phone_number(PG_GETARG_PHONE(0)));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

CLT_FUNCTION_INFO_V1(clt_phone_recv);
Datum
clt_phone_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int64		packed = 0;
	PhoneError	error;

	clt_wire_expect_version(buf, CLT_PHONE_VERSION, "phone");
	error = clt_phone_pack((uint64) pq_getmsgint64(buf), &packed);
	if (error != CLT_PHONE_OK)
		clt_wire_error("phone", clt_phone_error_text(error));
	PG_RETURN_PHONE(packed);
}
