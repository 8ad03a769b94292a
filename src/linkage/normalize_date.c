/*
 * normalize_date.c
 *		Dates, in the usual ways of writing them.
 */
#include "linkage/words.h"

#include <string.h>

/* clt_parse_date reads the usual ways of writing a date; day before month if unclear. */
bool
clt_parse_date(const char *s, size_t len, int *year, int *month, int *day)
{
	int			group[3] = {0, 0, 0};
	int			width[3] = {0, 0, 0};
	int			n = 0;
	size_t		i = 0;
	int			y;
	int			m;
	int			d;

	while (i < len && n < 3)
	{
		if (!clt_is_digit(s[i]))
		{
			if ((s[i] >= 'a' && s[i] <= 'z') || (s[i] >= 'A' && s[i] <= 'Z') || (unsigned char) s[i] >= 0x80)
			{
				if (n == 0 || s[i] != 'T')
					return false;
				break;
			}
			i++;
			continue;
		}
		while (i < len && clt_is_digit(s[i]) && width[n] < 9)
		{
			group[n] = group[n] * 10 + (s[i] - '0');
			width[n]++;
			i++;
		}
		n++;
	}
	if (n == 1 && width[0] == 8)
	{
		y = group[0] / 10000;
		m = group[0] / 100 % 100;
		d = group[0] % 100;
		if (y < 1800 || y > 2200 || m < 1 || m > 12 || d < 1 || d > 31)
		{
			d = group[0] / 1000000;
			m = group[0] / 10000 % 100;
			y = group[0] % 10000;
		}
	}
	else if (n == 3 && width[0] == 4)
	{
		y = group[0];
		m = group[1];
		d = group[2];
	}
	else if (n == 3 && (width[2] == 4 || width[2] == 2))
	{
		d = group[0];
		m = group[1];
		y = group[2];
		if (width[2] == 2)
			y += y <= 30 ? 2000 : 1900;
	}
	else
		return false;
	if (m > 12 && d <= 12)
	{
		int			t = m;

		m = d;
		d = t;
	}
	if (y < 1 || m < 1 || m > 12 || d < 1 || d > 31)
		return false;
	*year = y;
	*month = m;
	*day = d;
	return true;
}

/* clt_normalize_date encodes a date; days that stand for "unknown" are none. */
void
clt_normalize_date(int year, int month, int day, CltNormal *out)
{
	int64_t		v = (int64_t) year * 10000 + month * 100 + day;
	int			i;

	memset(out->alt, 0, sizeof(out->alt));
	out->flags = CLT_VALUE_ASCII;
	out->ntokens = 0;
	out->sound = 0;
	out->num = v;
	out->len = 0;
	if (v == 19000101 || v == 19700101 || v == 18991230 || v == 18991231 || year >= 9999 || year < 100)
		return;
	for (i = 7; i >= 0; i--)
	{
		out->s[i] = (char) ('0' + v % 10);
		v /= 10;
	}
	out->len = 8;
	if (month == 1 && day == 1)
		out->flags |= CLT_VALUE_WEAK;
}
