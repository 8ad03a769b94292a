/*-------------------------------------------------------------------------
 *
 * phone_read.h
 *	  From what people type into a telephone column to one E.164 number.  No
 *	  server header; libphonenumber is reached through the table of shim.h.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CLT_PHONE_READ_H
#define CLT_PHONE_READ_H

#include <stddef.h>

#include "phone/shim.h"

/* Why a text is not a number. */
typedef enum PhoneStatus
{
	CLT_PHONE_READ_OK = 0,
	CLT_PHONE_READ_NOTHING,
	CLT_PHONE_READ_ROUNDED,
	CLT_PHONE_READ_NO_REGION,
	CLT_PHONE_READ_LOCAL,
	CLT_PHONE_READ_SHORT,
	CLT_PHONE_READ_LONG,
	CLT_PHONE_READ_COUNTRY,
	CLT_PHONE_READ_NONE,
	CLT_PHONE_READ_OUT_OF_MEMORY,
	CLT_PHONE_READ_N
} PhoneStatus;

#define CLT_PHONE_MAX_RAW 40	/* digits looked at, of any field */
#define CLT_PHONE_MAX_GROUPS 24

/* The digits of a field, as clt_phone_simplify() leaves them. */
typedef struct PhoneDigits
{
	int			n;
	int			cut;			/* digits before a slash that looks like "or",
								 * or 0 */
	int			n_groups;
	int			groups[CLT_PHONE_MAX_GROUPS];	/* digits before each gap */
	int			international;	/* text starts with '+' */
	char text[	CLT_PHONE_MAX_RAW + 2]; /* '+' if international, digits, 0 */
} PhoneDigits;

extern PhoneStatus clt_phone_simplify(const char *s, size_t len, PhoneDigits *digits);
extern PhoneStatus clt_phone_read(const char *s, size_t len, const char *region,
								  const PhoneApi *api, char *e164, size_t size);
extern const char *clt_phone_status_text(PhoneStatus status);

#endif							/* CLT_PHONE_READ_H */
