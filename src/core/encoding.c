/*
 * encoding.c
 *		Between the database's encoding and UTF-8.
 *
 * SQL_ASCII says nothing about its bytes: those that are UTF-8 are read as such.
 * What is only compared must not fail for one strange byte in a million records, so
 * there are conversions that replace what they cannot convert.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "utils/memutils.h"

#include "core/clientele.h"
#include "core/encoding.h"
#include "core/utf8.h"

/* clt_to_utf8 converts a text; an error if it is none. */
const char *
clt_to_utf8(const char *s, size_t *len)
{
	const char *converted;

	if (GetDatabaseEncoding() == PG_UTF8 || clt_is_ascii(s, *len))
		return s;
	converted = pg_server_to_any(s, (int) *len, PG_UTF8);
	if (converted != s)
		*len = strlen(converted);
	return converted;
}

/* clt_from_utf8 converts a text back; an error if it has no place in the database's encoding. */
const char *
clt_from_utf8(const char *s, size_t *len)
{
	const char *converted;

	if (GetDatabaseEncoding() == PG_UTF8 || clt_is_ascii(s, *len))
		return s;
	converted = pg_any_to_server(s, (int) *len, PG_UTF8);
	if (converted != s)
		*len = strlen(converted);
	return converted;
}

/* convert converts as much as can be, with something else in the place of each character that cannot. */
static const char *
convert(const char *s, size_t *len, int from, int to, const char *instead)
{
	Oid			function;
	size_t		room = *len * MAX_CONVERSION_GROWTH + MAX_CONVERSION_GROWTH + 2;
	char	   *out;
	size_t		n = 0;
	int			left = (int) *len;

	/*
	 * of SQL_ASCII nothing is known, and where there is no conversion,
	 * neither
	 */
	if (from == PG_SQL_ASCII || to == PG_SQL_ASCII || clt_is_ascii(s, *len) || *len > MaxAllocSize / MAX_CONVERSION_GROWTH - 16)
		return s;
	function = FindDefaultConversionProc(from, to);
	if (!OidIsValid(function))
		return s;
	out = palloc(room);
	while (left > 0)
	{
		int			done = pg_do_encoding_conversion_buf(function, from, to, (unsigned char *) s, left, (unsigned char *) out + n, (int) (room - n), true);
		int			skip;

		n += strlen(out + n);
		s += done;
		left -= done;
		if (left == 0)
			break;
		skip = Min(pg_encoding_mblen(from, s), left);
		s += skip;
		left -= skip;
		memcpy(out + n, instead, strlen(instead));
		n += strlen(instead);
	}
	out[n] = '\0';
	*len = n;
	return out;
}

const char *
clt_convert_to_utf8(const char *s, size_t *len)
{
	return convert(s, len, GetDatabaseEncoding(), PG_UTF8, "\xef\xbf\xbd");
}

const char *
clt_convert_from_utf8(const char *s, size_t *len)
{
	return convert(s, len, PG_UTF8, GetDatabaseEncoding(), "?");
}
