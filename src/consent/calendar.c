/*
 * calendar.c
 *		Days, years and birthdays, in UTC and in the proleptic Gregorian calendar.
 */
#include "consent/decision.h"

/* Adds whole days to an instant and stops at the end of time. */
int64_t
clt_consent_add_days(int64_t at, int64_t days)
{
	int64_t		span = days * CLT_USECS_PER_DAY;

	if (at == CLT_TIME_MAX || at > CLT_TIME_MAX - span)
		return CLT_TIME_MAX;
	return at + span;
}

/*
 * Days since 2000-01-01 of a date in the proleptic Gregorian calendar.  Years
 * are counted from March, so that the leap day is the last of its year; an era
 * is the 400 years after which the calendar repeats.
 */
static int64_t
civil_to_days(int64_t y, int m, int d)
{
	int64_t		era;
	int64_t		yoe;
	int64_t		doy;

	if (m <= 2)
		y--;
	era = (y >= 0 ? y : y - 399) / 400;
	yoe = y - era * 400;
	doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 730425;
}

static void
days_to_civil(int64_t days, int64_t *y, int *m, int *d)
{
	int64_t		z = days + 730425;
	int64_t		era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t		doe = z - era * 146097;
	int64_t		yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t		doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t		mp = (5 * doy + 2) / 153;

	*d = (int) (doy - (153 * mp + 2) / 5 + 1);
	*m = (int) (mp < 10 ? mp + 3 : mp - 9);
	*y = yoe + era * 400 + (*m <= 2 ? 1 : 0);
}

/* 29 February plus a year is 1 March: nobody gets older, nothing ends, early. */
static int64_t
days_add_years(int64_t days, int years)
{
	int64_t		y;
	int			m;
	int			d;

	days_to_civil(days, &y, &m, &d);
	y += years;
	if (m == 2 && d == 29 && !((y % 4 == 0 && y % 100 != 0) || y % 400 == 0))
	{
		m = 3;
		d = 1;
	}
	return civil_to_days(y, m, d);
}

/* The beginning of a day; a date may lie beyond all instants. */
static int64_t
instant(int64_t days)
{
	if (days >= CLT_TIME_MAX / CLT_USECS_PER_DAY)
		return CLT_TIME_MAX;
	if (days <= CLT_TIME_MIN / CLT_USECS_PER_DAY)
		return CLT_TIME_MIN;
	return days * CLT_USECS_PER_DAY;
}

int64_t
clt_consent_add_years(int64_t at, int years)
{
	int64_t		days;
	int64_t		rest;

	if (at == CLT_TIME_MAX || at == CLT_TIME_MIN)
		return at;
	days = at / CLT_USECS_PER_DAY;
	rest = at % CLT_USECS_PER_DAY;
	if (rest < 0)
	{
		days--;
		rest += CLT_USECS_PER_DAY;
	}
	at = instant(days_add_years(days, years));
	return at == CLT_TIME_MAX ? at : at + rest;
}

/* The instant (UTC) at which somebody born on that day has lived so long. */
int64_t
clt_consent_birthday(int32_t born, int years)
{
	return instant(days_add_years(born, years));
}
