/*
 * normalize_date.c
 *		Dates, in the usual ways of writing them.
 */
#include "linkage/words.h"

#include <string.h>

#include "text/fold.h"

typedef struct MonthName
{
	const char *head;			/* folded; the first that fits is taken */
	int			month;
} MonthName;

/* Heads of the months' names in the languages of column names; listopad is November to all but Croats. */
static const MonthName month_names[] = {
	{"cervenec", 7}, {"cervenc", 7}, {"cerven", 6}, {"cervn", 6}, {"srpen", 8}, {"srpna", 8}, {"srp", 7},
	{"lipie", 7}, {"lipca", 7}, {"lip", 6}, {"marc", 3}, {"marz", 3}, {"maerz", 3}, {"mart", 3},
	{"jan", 1}, {"sij", 1}, {"led", 1}, {"sty", 1}, {"gen", 1}, {"ene", 1},
	{"feb", 2}, {"velj", 2}, {"uno", 2}, {"lut", 2}, {"fev", 2},
	{"mar", 3}, {"ozu", 3}, {"bre", 3}, {"mrz", 3},
	{"apr", 4}, {"tra", 4}, {"dub", 4}, {"kwi", 4}, {"avr", 4}, {"abr", 4},
	{"maj", 5}, {"may", 5}, {"mai", 5}, {"svi", 5}, {"kve", 5}, {"mag", 5},
	{"jun", 6}, {"juin", 6}, {"cze", 6}, {"giu", 6},
	{"jul", 7}, {"juil", 7}, {"lug", 7},
	{"aug", 8}, {"kol", 8}, {"sie", 8}, {"ago", 8}, {"aou", 8}, {"avg", 8},
	{"sep", 9}, {"ruj", 9}, {"zar", 9}, {"wrz", 9}, {"set", 9},
	{"okt", 10}, {"oct", 10}, {"rij", 10}, {"paz", 10}, {"ott", 10},
	{"nov", 11}, {"stu", 11}, {"lis", 11},
	{"dec", 12}, {"pro", 12}, {"gru", 12}, {"dez", 12}, {"dic", 12}
};

/* month_by_name returns the month that a folded word names, 0 if none. */
static int
month_by_name(const char *word, size_t len)
{
	size_t		i;

	for (i = 0; i < CLT_LENGTH(month_names); i++)
	{
		size_t		head = strlen(month_names[i].head);

		if (len >= head && len <= 11 && memcmp(word, month_names[i].head, head) == 0)
			return month_names[i].month;
	}
	return 0;
}

/*
 * spell_month writes a date whose month is a word ("3 July 1942", "Jul 3, 1942") with
 * numbers, year first; returns its length, 0 if it is none.
 */
static size_t
spell_month(const char *s, size_t len, char *out)
{
	char		folded[96];
	size_t		n = clt_fold_utf8(s, len, folded, sizeof(folded));
	int			number[2];
	int			width[2];
	int			count = 0;
	int			month = 0;
	size_t		i = 0;
	int			year;
	int			day;

	if (n > sizeof(folded))
		return 0;
	for (i = 0; i < n; i++)
		if (folded[i] >= 'A' && folded[i] <= 'Z')
			folded[i] += 'a' - 'A';
	i = 0;
	while (i < n && count < 3)
	{
		size_t		from = i;

		while (i < n && clt_is_digit(folded[i]))
			i++;
		if (i > from)
		{
			if (i - from > 4 || count == 2)
				return 0;
			width[count] = (int) (i - from);
			for (number[count] = 0; from < i; from++)
				number[count] = number[count] * 10 + (folded[from] - '0');
			if (++count == 2 && month)
				break;
			continue;
		}
		while (i < n && folded[i] >= 'a' && folded[i] <= 'z')
			i++;
		if (i == from)
		{
			if ((unsigned char) folded[i] >= 0x80)
				return 0;
			i++;
			continue;
		}
		if (clt_in_words(&clt_date_words, folded + from, i - from))
			continue;
		if (month || (month = month_by_name(folded + from, i - from)) == 0)
			return 0;
	}
	if (count != 2 || !month)
		return 0;
	year = width[0] == 4 ? 0 : 1;
	day = number[1 - year];
	year = width[year] <= 2 ? number[year] + (number[year] <= 30 ? 2000 : 1900) : number[year];
	if (day > 31 || year > 9999)
		return 0;
	for (i = 8; i-- > 0;)
	{
		int		   *part = i >= 6 ? &day : i >= 4 ? &month : &year;

		out[i] = (char) ('0' + *part % 10);
		*part /= 10;
	}
	return 8;
}

/* clt_parse_date reads the usual ways of writing a date; day before month if unclear. */
bool
clt_parse_date(const char *s, size_t len, int *year, int *month, int *day)
{
	int			group[3] = {0, 0, 0};
	int			width[3] = {0, 0, 0};
	char		spelt[8];
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
				if (n == 1 && width[0] == 8 && s[i] == 'T')
					break;
				len = len <= 32 ? spell_month(s, len, spelt) : 0;
				return len > 0 && clt_parse_date(spelt, len, year, month, day);
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
