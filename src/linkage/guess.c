/*
 * guess.c
 *		What a sample of a column looks like: e-mails, dates, names, numbers ...
 */
#include "linkage/guess.h"

#include <stdlib.h>
#include <string.h>

#include "linkage/normalize.h"
#include "text/fold.h"
#include "text/keys.h"
#include "text/names.h"

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* like_postcode: 11000, 15-002, 110 00, 1016 AB, SW1A 1AA; nothing longer, no word. */
static bool
like_postcode(const char *s, size_t len, size_t digits)
{
	size_t		letters = 0;
	size_t		i;

	if (len < 4 || len > 8 || digits < 2)
		return false;
	for (i = 0; i < len; i++)
	{
		if (is_letter(s[i]))
			letters++;
		else if (!is_digit(s[i]) && !((s[i] == ' ' || s[i] == '-') && i > 0 && i + 1 < len))
			return false;
	}
	if (letters == 0)
		return digits >= 4 && digits <= 6;
	if (letters == 2 && digits == 4)
		return is_digit(s[0]) && is_letter(s[len - 1]);
	return letters <= 4 && digits <= 3 && is_letter(s[0]) && is_digit(s[len - 3]) && is_letter(s[len - 2]) && is_letter(s[len - 1]);
}

/* like_year: 2010 and something behind it. */
static bool
like_year(const char *s, size_t len)
{
	return len > 4 && ((s[0] == '1' && s[1] == '9') || (s[0] == '2' && s[1] == '0')) && is_digit(s[2]) && is_digit(s[3]) && !is_digit(s[4]);
}

/* letters_in counts letters, those beyond ASCII as several. */
static size_t
letters_in(const char *s, size_t len)
{
	size_t		n = 0;
	size_t		i;

	for (i = 0; i < len; i++)
		n += is_letter(s[i]) || (unsigned char) s[i] >= 0x80;
	return n;
}

/* behind_titles returns where a name begins behind Herr Dr. and the like, and takes these off the number of words. */
static size_t
behind_titles(const char *s, size_t n, int *words)
{
	size_t		from = 0;

	for (;;)
	{
		size_t		to;

		for (to = from; to < n && s[to] != ' '; to++)
			;
		if (to >= n || !clt_is_title(s + from, to - from))
			return from;
		from = to + 1;
		(*words)--;
	}
}

/* Marks that stand between the parts of a name in messages of hospitals and airlines: SMITH^JOHN, SMITH/JOHN MR, SMITH<<JOHN. */
static bool
between_names(char c)
{
	return c == '^' || c == '/' || c == '<' || c == '|';
}

/* one_of_names_ends tells whether the first word of a folded text is a given name that is known, or the last that is neither an initial nor a title. */
static bool
one_of_names_ends(char *s, size_t n)
{
	const char *variant[CLT_NAME_VARIANTS_MAX];
	size_t		from;
	size_t		to;
	size_t		i;

	for (i = 0; i < n; i++)
		if (between_names(s[i]) || s[i] == '.')
			s[i] = ' ';
	for (to = 0; to < n && s[to] != ' '; to++)
		;
	if (clt_name_variants(s, to, variant) > 0)
		return true;
	for (i = n; i > to; i = from - 1)
	{
		for (from = i; from > 0 && s[from - 1] != ' '; from--)
			;
		if (i - from > 1 && !clt_is_title(s + from, i - from))
			return clt_name_variants(s + from, i - from, variant) > 0;
		if (from == 0)
			break;
	}
	return false;
}

/* look_at_words tells names, postcodes and lines of addresses by their look. */
static void
look_at_words(CltColumnStats *stats, const char *s, size_t len, size_t digits, int words, int64_t times)
{
	char		folded[256];
	char		key[256];
	CltLegalForm form = CLT_LEGAL_NONE;
	size_t		n;
	size_t		from;
	size_t		i;

	if (len > 64)
		return;
	stats->postcodes += like_postcode(s, len, digits) ? times : 0;
	clt_company_name_key(s, len, key, sizeof(key), &form);
	stats->legal_forms += form != CLT_LEGAL_NONE ? times : 0;
	if (digits > 0)
	{
		/* Bulevar 12a, 12 High Street */
		bool		ends = false;

		for (i = len; i > 0 && s[i - 1] != ' '; i--)
			ends |= s[i - 1] >= '0' && s[i - 1] <= '9';
		/* and not 2010 Brown Records, nor 5.6 % */
		if (words >= 2 && digits <= 6 && (ends || (is_digit(s[0]) && !like_year(s, len))) && letters_in(s, len) >= 3 &&
			!like_postcode(s, len, digits))
			stats->lines += times;
		return;
	}
	stats->single_words += words == 1 ? times : 0;
	n = clt_fold_utf8(s, len, folded, sizeof(folded));
	if (n > sizeof(folded))
		return;
	from = behind_titles(folded, n, &words);
	if (words > 4)
		return;
	stats->given_names += one_of_names_ends(folded + from, n - from) ? times : 0;
}

/* clt_stats_add looks at a value that so many records of the sample have (distinct is the caller's to count). */
void
clt_stats_add(CltColumnStats *stats, const char *s, size_t len, int64_t times)
{
	size_t		i;
	size_t		digits = 0;
	size_t		others = 0;
	int			words = 0;
	bool		at = false;
	bool		in_word = false;
	int			y;
	int			m;
	int			d;
	char	   *end;
	char		number[64];

	if (len == 0)
		return;
	stats->filled += times;
	stats->length += (double) len * (double) times;
	for (i = 0; i < len; i++)
	{
		char		c = s[i];

		if (c == '@')
			at = true;
		if (c >= '0' && c <= '9')
			digits++;
		else if (!strchr("+-()/ .", c))
			others++;
		if (c == ' ' || c == ',' || c == ';' || (between_names(c) && i + 1 < len && is_letter(s[i + 1])))
			in_word = false;
		else if (!in_word)
		{
			in_word = true;
			words++;
		}
	}
	stats->words += (double) words * (double) times;
	stats->at_sign += at ? times : 0;
	stats->with_digit += digits > 0 ? times : 0;
	stats->two_to_four_words += words >= 2 && words <= 4 && digits == 0 ? times : 0;
	stats->codes += words == 1 && digits >= 5 && len <= 40 && !at ? times : 0;
	stats->phones += digits >= 6 && digits <= 15 && others == 0 ? times : 0;
	if (len <= 32 && clt_parse_date(s, len, &y, &m, &d) && y >= 1500 && y <= 2100)
	{
		stats->dates += times;
		stats->years_before_2010 += y < 2010 ? times : 0;
	}
	if (len < sizeof(number))
	{
		double		v;

		memcpy(number, s, len);
		number[len] = 0;
		v = strtod(number, &end);
		if (end != number && *end == 0)
		{
			stats->years += v >= 1500 && v <= 2100 && v == (int) v ? times : 0;
			stats->months += v >= 1 && v <= 12 && v == (int) v ? times : 0;
			stats->days += v >= 1 && v <= 31 && v == (int) v ? times : 0;
			stats->numbers += times;
		}
	}
	{
		double		amount;

		stats->amounts += clt_read_amount(s, len, &amount) ? times : 0;
	}
	look_at_words(stats, s, len, digits, words, times);
	if (digits >= 7 && len <= 48)
	{
		uint32_t	schemes = clt_schemes_of(s, len);
		int			k;

		for (k = 1; schemes >> k; k++)
			stats->checked[k] += (schemes >> k) & 1 ? times : 0;
	}
	if (len <= 12)
	{
		char		sex = clt_sex_said(s, len);

		stats->men += sex == 'm' ? times : 0;
		stats->women += sex == 'f' ? times : 0;
	}
}
