/*
 * encoding.h
 *		Between the database's encoding and UTF-8, in which all kernels read and write.
 *
 * Each function returns its argument if there is nothing to convert, else a copy in
 * the current memory context.
 */
#ifndef CLT_ENCODING_H
#define CLT_ENCODING_H

#include "mb/pg_wchar.h"

/* those that raise the server's error at a character that has no place in the other encoding */
extern const char *clt_to_utf8(const char *s, size_t *len);
extern const char *clt_from_utf8(const char *s, size_t *len);

/* those that do not: what cannot be read is U+FFFD, what cannot be shown a question mark */
extern const char *clt_convert_to_utf8(const char *s, size_t *len);
extern const char *clt_convert_from_utf8(const char *s, size_t *len);

/* clt_read_as_utf8 is for what is only compared: in most databases it is UTF-8 already. */
static inline const char *
clt_read_as_utf8(const char *s, size_t *len)
{
	return likely(GetDatabaseEncoding() == PG_UTF8) ? s : clt_convert_to_utf8(s, len);
}

/* clt_show_utf8 is for what was read so. */
static inline const char *
clt_show_utf8(const char *s, size_t *len)
{
	return likely(GetDatabaseEncoding() == PG_UTF8) ? s : clt_convert_from_utf8(s, len);
}

#endif
