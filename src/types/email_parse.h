/*-------------------------------------------------------------------------
 *
 * email_parse.h
 *	  Syntax of an e-mail address (RFC 5321 Mailbox, RFC 6531) and the
 *	  canonical form by which addresses are compared.  No server header.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CLT_EMAIL_PARSE_H
#define CLT_EMAIL_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* RFC 5321 4.5.3.1, and erratum 1690 for the 254 of the whole. */
#define CLT_EMAIL_MAX_LOCAL 64
#define CLT_EMAIL_MAX_LABEL 63
#define CLT_EMAIL_MAX_DOMAIN 253
#define CLT_EMAIL_MAX 254

typedef enum EmailError
{
	CLT_EMAIL_OK = 0,
	CLT_EMAIL_EMPTY,
	CLT_EMAIL_TOO_LONG,
	CLT_EMAIL_FORBIDDEN,
	CLT_EMAIL_NO_AT,
	CLT_EMAIL_NO_LOCAL,
	CLT_EMAIL_LOCAL_TOO_LONG,
	CLT_EMAIL_LOCAL_DOT,
	CLT_EMAIL_LOCAL_CHAR,
	CLT_EMAIL_QUOTE_OPEN,
	CLT_EMAIL_QUOTE_CHAR,
	CLT_EMAIL_QUOTE_TAIL,
	CLT_EMAIL_NO_DOMAIN,
	CLT_EMAIL_LITERAL,
	CLT_EMAIL_TWO_AT,
	CLT_EMAIL_DOMAIN_CHAR,
	CLT_EMAIL_LABEL_EMPTY,
	CLT_EMAIL_LABEL_TOO_LONG,
	CLT_EMAIL_LABEL_HYPHEN,
	CLT_EMAIL_DOMAIN_TOO_LONG,
	CLT_EMAIL_ONE_LABEL,
	CLT_EMAIL_TLD_NUMERIC,
	CLT_EMAIL_BAD_IDN,
	CLT_EMAIL_NEEDS_UTF8,
	CLT_EMAIL_N_ERRORS
} EmailError;

/* What clt_email_split() found out about an address. */
typedef struct EmailParts
{
	size_t		local_len;		/* bytes before the '@', quotes included */
	size_t		domain_off;		/* where the domain starts */
	size_t		domain_len;
	bool		quoted;			/* the local part is a quoted string */
	bool		local_ascii;
	bool		domain_idna;	/* not ASCII, or has a label "xn--..." */
	uint32_t	bad_char;		/* the code point that broke the rule, or 0 */
	char		domain[CLT_EMAIL_MAX];	/* canonical domain, unless
										 * domain_idna */
} EmailParts;

extern EmailError clt_email_split(const char *s, size_t len, EmailParts *parts);
extern size_t clt_email_canonical_local(const char *local, size_t len,
										bool quoted, char *dst);
extern EmailError clt_email_canonical_domain(const char *domain, size_t len, char *dst,
											 uint32_t *bad_char);
extern const char *clt_email_error_text(EmailError error);

/* email_mailbox.c */
extern size_t clt_email_mailbox_key(const char *local, size_t local_len,
									const char *domain, size_t domain_len,
									char *dst);

/* email_lenient.c */
extern bool clt_email_find(const char *s, size_t len, size_t *off, size_t *found_len);

#endif							/* CLT_EMAIL_PARSE_H */
