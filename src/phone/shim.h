/*-------------------------------------------------------------------------
 *
 * shim.h
 *	  The C face of clientele_phone, the library that holds libphonenumber.
 *	  No server header: both sides of the face include it.
 *
 * clientele_phone exports one function, clt_phone_api(), which returns a
 * table of functions.  None of them raises, throws, or keeps a pointer.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CLT_PHONE_SHIM_H
#define CLT_PHONE_SHIM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C"
{
#endif

/* Changes with every change of this file: the two libraries are installed together. */
#define CLT_PHONE_API_VERSION 1

/* What libphonenumber says about a text read as a number of a region. */
typedef enum PhoneReadingKind
{
	CLT_READING_VALID = 0,		/* in a range that is assigned */
	CLT_READING_POSSIBLE,		/* of a possible length, in no range known */
	CLT_READING_LOCAL,			/* the area code is missing */
	CLT_READING_SHORT,
	CLT_READING_LONG,
	CLT_READING_COUNTRY,		/* no such country calling code, or none at all */
	CLT_READING_NONE,			/* not a telephone number */
	CLT_READING_OUT_OF_MEMORY
} PhoneReadingKind;

typedef struct PhoneReading
{
	PhoneReadingKind kind;
	char		e164[20];		/* with VALID and POSSIBLE: "+381641234567" */
} PhoneReading;

typedef enum PhoneLineType
{
	CLT_LINE_FIXED = 0,
	CLT_LINE_MOBILE,
	CLT_LINE_FIXED_OR_MOBILE,
	CLT_LINE_TOLL_FREE,
	CLT_LINE_PREMIUM_RATE,
	CLT_LINE_SHARED_COST,
	CLT_LINE_VOIP,
	CLT_LINE_PERSONAL,
	CLT_LINE_PAGER,
	CLT_LINE_UAN,
	CLT_LINE_VOICEMAIL,
	CLT_LINE_UNKNOWN,
	CLT_LINE_N_TYPES
} PhoneLineType;

typedef struct PhoneApi
{
	uint32_t	version;
	uint32_t	size;			/* of this struct */
	/* Reads text; region is "RS", or "ZZ" for none. */
	void		(*read) (const char *text, const char *region, PhoneReading *reading);
	/* Is there metadata for the region? */
	int			(*knows_region) (const char *region);
	/* Writes the region of "+..." to dst; 0 if there is none, -1 on failure. */
	int			(*region) (const char *e164, char *dst, size_t size);
	/* Writes the number as it is written inside its country; likewise. */
	int			(*national) (const char *e164, char *dst, size_t size);
	PhoneLineType (*line_type) (const char *e164);
} PhoneApi;

extern const PhoneApi *clt_phone_api(void);

#ifdef __cplusplus
}
#endif

#endif							/* CLT_PHONE_SHIM_H */
