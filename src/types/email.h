/*-------------------------------------------------------------------------
 *
 * email.h
 *	  The type email for other modules of the extension.
 *
 * A value is a varlena, packed like text (it may have a 1-byte header and may
 * stand at any address), whose payload is
 *
 *		uint8	version		1
 *		uint8	flags
 *		uint8	local_len	bytes of the canonical local part
 *		uint8	domain_len	bytes of the canonical domain
 *		uint8	unicode		only with EMAIL_UNICODE: major version of Unicode
 *							that the canonical form was made with
 *		canonical form		local_len, '@', domain_len bytes
 *		written form		only with EMAIL_WRITTEN, to the end: the address as
 *							it was entered, when that is not the canonical form
 *
 * Two length bytes stand where other types have their reserved word: the
 * lengths cannot be larger (64 bytes of local part, folded, and 253 of domain
 * are checked on input), and every byte is paid for in each row of a customer
 * table.  A later format takes another version number.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CLT_EMAIL_H
#define CLT_EMAIL_H

#include "types/email_parse.h"

#define CLT_EMAIL_VERSION 1
#define CLT_EMAIL_WRITTEN 0x01
#define CLT_EMAIL_UNICODE 0x02
#define CLT_EMAIL_FLAGS (CLT_EMAIL_WRITTEN | CLT_EMAIL_UNICODE)

/* email_unicode.c */
extern EmailError clt_email_idna(const char *domain, size_t len, char *dst, size_t *dst_len);
extern EmailError clt_email_fold(const char *local, size_t len, char *dst, size_t dst_size,
								 size_t *dst_len, uint32_t *bad_char);
extern int	clt_email_unicode_version(void);

#endif							/* CLT_EMAIL_H */
