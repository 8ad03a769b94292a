/*-------------------------------------------------------------------------
 *
 * phone_meta.c
 *	  Functions on phone numbers that need numbering plans: parse_phone(),
 *	  country(), national(), line_type().
 *
 * The plans are libphonenumber's, in the library clientele_phone, which is
 * loaded by the first call of a backend; see phone/shim.h.  They change with
 * every release of libphonenumber, so these functions are STABLE and must not
 * stand in an index; their result may be stored, a phone never changes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "core/clientele.h"
#include "phone/shim.h"
#include "types/phone.h"
#include "types/phone_read.h"

#define NO_REGION "ZZ"

static const char *const line_type_name[CLT_LINE_N_TYPES] = {
	[CLT_LINE_FIXED] = "fixed_line",
	[CLT_LINE_MOBILE] = "mobile",
	[CLT_LINE_FIXED_OR_MOBILE] = "fixed_line_or_mobile",
	[CLT_LINE_TOLL_FREE] = "toll_free",
	[CLT_LINE_PREMIUM_RATE] = "premium_rate",
	[CLT_LINE_SHARED_COST] = "shared_cost",
	[CLT_LINE_VOIP] = "voip",
	[CLT_LINE_PERSONAL] = "personal_number",
	[CLT_LINE_PAGER] = "pager",
	[CLT_LINE_UAN] = "uan",
	[CLT_LINE_VOICEMAIL] = "voicemail",
	[CLT_LINE_UNKNOWN] = "unknown",
};

/* The functions of clientele_phone, which the first call loads. */
static const PhoneApi *
phone_api(void)
{
	static const PhoneApi *api = NULL;

	if (api == NULL)
	{
		const PhoneApi *(*get_api) (void);
		const PhoneApi *loaded;

		get_api = (const PhoneApi *(*) (void))
			load_external_function("$libdir/clientele_phone", "clt_phone_api", true, NULL);
		loaded = get_api();
		if (loaded->version != CLT_PHONE_API_VERSION || loaded->size != sizeof(PhoneApi))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
					 errmsg("library \"clientele_phone\" is of another version than library \"clientele\""),
					 errhint("Install both libraries of the same release, then reconnect.")));
		api = loaded;
	}
	return api;
}

/*
 * Writes the code by which libphonenumber knows a region to dst.  Small
 * letters are accepted, and the two codes that are common though not ISO's.
 */
static bool
get_region(text *source, const PhoneApi *api, char dst[3])
{
	const char *s = VARDATA_ANY(source);

	if (VARSIZE_ANY_EXHDR(source) != 2)
		return false;
	dst[0] = pg_ascii_toupper((unsigned char) s[0]);
	dst[1] = pg_ascii_toupper((unsigned char) s[1]);
	dst[2] = '\0';
	if (strcmp(dst, "UK") == 0)
		strcpy(dst, "GB");
	else if (strcmp(dst, "EL") == 0)
		strcpy(dst, "GR");
	return api->knows_region(dst);
}

/* The work of both forms of parse_phone(); raise says which. */
static Datum
parse_phone(FunctionCallInfo fcinfo, bool raise)
{
	text	   *source;
	char		region[3] = NO_REGION;
	char		e164[CLT_PHONE_TEXT_SIZE + 4];
	const PhoneApi *api;
	PhoneStatus status;
	int64		packed = 0;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	source = PG_GETARG_TEXT_PP(0);
	api = phone_api();
	if (!PG_ARGISNULL(1) && !get_region(PG_GETARG_TEXT_PP(1), api, region))
	{
		if (raise)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("unknown region \"%s\"", text_to_cstring(PG_GETARG_TEXT_PP(1))),
					 errhint("Use the two letters of ISO 3166-1, such as RS, DE or GB.")));
		strcpy(region, NO_REGION);
	}

	status = clt_phone_read(VARDATA_ANY(source), VARSIZE_ANY_EXHDR(source), region, api,
							e164, sizeof(e164));
	if (status == CLT_PHONE_READ_OUT_OF_MEMORY)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory")));
	if (status == CLT_PHONE_READ_OK)
	{
		PhoneError	error = clt_phone_parse(e164, strlen(e164), &packed);

		/* libphonenumber knows numbers that are too short or long for E.164. */
		if (error == CLT_PHONE_OK)
			PG_RETURN_PHONE(packed);
		status = error == CLT_PHONE_TOO_LONG ? CLT_PHONE_READ_LONG : CLT_PHONE_READ_SHORT;
	}
	if (raise)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type %s: \"%s\"", "phone",
						text_to_cstring(source)),
				 errdetail_internal("%s", clt_phone_status_text(status))));
	PG_RETURN_NULL();
}

CLT_FUNCTION_INFO_V1(clt_phone_parse_text);
Datum
clt_phone_parse_text(PG_FUNCTION_ARGS)
{
	return parse_phone(fcinfo, true);
}

CLT_FUNCTION_INFO_V1(clt_phone_try_parse_text);
Datum
clt_phone_try_parse_text(PG_FUNCTION_ARGS)
{
	return parse_phone(fcinfo, false);
}

/* Raises if libphonenumber ran out of memory, the only failure it has here. */
static bool
check_answer(int answer)
{
	if (answer < 0)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory")));
	return answer > 0;
}

CLT_FUNCTION_INFO_V1(clt_phone_country);
Datum
clt_phone_country(PG_FUNCTION_ARGS)
{
	char		e164[CLT_PHONE_TEXT_SIZE];
	char		region[8];

	clt_phone_text(PG_GETARG_PHONE(0), e164);
	if (!check_answer(phone_api()->region(e164, region, sizeof(region))))
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(region));
}

CLT_FUNCTION_INFO_V1(clt_phone_national);
Datum
clt_phone_national(PG_FUNCTION_ARGS)
{
	char		e164[CLT_PHONE_TEXT_SIZE];
	char		formatted[64];

	clt_phone_text(PG_GETARG_PHONE(0), e164);
	if (!check_answer(phone_api()->national(e164, formatted, sizeof(formatted))))
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(formatted));
}

CLT_FUNCTION_INFO_V1(clt_phone_line_type);
Datum
clt_phone_line_type(PG_FUNCTION_ARGS)
{
	char		e164[CLT_PHONE_TEXT_SIZE];
	PhoneLineType type;

	clt_phone_text(PG_GETARG_PHONE(0), e164);
	type = phone_api()->line_type(e164);
	if ((unsigned) type >= CLT_LINE_N_TYPES)
		type = CLT_LINE_UNKNOWN;
	PG_RETURN_TEXT_P(cstring_to_text(line_type_name[type]));
}
