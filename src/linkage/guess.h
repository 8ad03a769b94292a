/*
 * guess.h
 *		What a column holds, judged by its name, its type and a sample of it.
 *
 * Pure kernel.
 */
#ifndef CLT_LINKAGE_GUESS_H
#define CLT_LINKAGE_GUESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "linkage/check_digits.h"

/* Beyond the kinds of compare.h: roles that only a name can tell. */
typedef enum CltRole
{
	CLT_ROLE_NONE,
	CLT_ROLE_IGNORE,
	CLT_ROLE_GIVEN,
	CLT_ROLE_MIDDLE,
	CLT_ROLE_SURNAME,
	CLT_ROLE_NAME,				/* of somebody or something */
	CLT_ROLE_COMPANY,
	CLT_ROLE_EMAIL,
	CLT_ROLE_PHONE,
	CLT_ROLE_BIRTH_DATE,
	CLT_ROLE_YEAR,
	CLT_ROLE_MONTH,
	CLT_ROLE_DAY,
	CLT_ROLE_STREET,
	CLT_ROLE_HOUSE_NUMBER,
	CLT_ROLE_POSTCODE,
	CLT_ROLE_CITY,
	CLT_ROLE_REGION,
	CLT_ROLE_SEX,
	CLT_ROLE_IDENTIFIER,
	CLT_ROLE_AGE,
	CLT_ROLE_DESCRIPTION,
	CLT_ROLE_WHOLE_NAME,		/* of a person */
	CLT_ROLE_RELATIVE,			/* of somebody else, the mother or the
								 * guardian */
	CLT_ROLE_AMOUNT,
	CLT_ROLE_LATITUDE,
	CLT_ROLE_LONGITUDE,
	CLT_ROLE_WEBSITE
} CltRole;

/* What a sample of a column looks like; shares are of the filled values. */
typedef struct CltColumnStats
{
	int64_t		filled;
	int64_t		distinct;
	double		length;			/* in bytes, of all together */
	double		words;			/* of all together */
	int64_t		at_sign;
	int64_t		dates;
	int64_t		numbers;
	int64_t		amounts;		/* a number, perhaps with a unit or currency */
	int64_t		phones;
	int64_t		men;			/* values that say a sex */
	int64_t		women;
	int64_t		with_digit;
	int64_t		single_words;	/* of letters */
	int64_t		given_names;	/* the first or last word is one */
	int64_t		postcodes;		/* what looks like one */
	int64_t		legal_forms;	/* names of firms */
	int64_t		lines;			/* words and a house number */
	int64_t		stems;			/* different values but for their digits */
	int64_t		codes;			/* one word with five digits or more in it */
	int64_t		two_to_four_words;
	int64_t		years;			/* whole numbers from 1500 to 2100 */
	int64_t		months;			/* from 1 to 12 */
	int64_t		days;			/* from 1 to 31 */
	int64_t		years_before_2010;	/* of the dates */
	int64_t		checked[CLT_MAX_SCHEMES];	/* values with the check digit of
											 * a scheme */
} CltColumnStats;

extern CltRole clt_role_by_name(const char *name, int *strength);
extern const char *clt_role_label(CltRole role);
extern void clt_stats_add(CltColumnStats *stats, const char *s, size_t len, int64_t times);

#endif
