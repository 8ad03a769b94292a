/*-------------------------------------------------------------------------
 *
 * phone_read.c
 *	  From what people type into a telephone column to one E.164 number.  No
 *	  server header.
 *
 * Two steps.  clt_phone_simplify() knows habits of writing and no numbering
 * plan: it turns digits of any script into ASCII, finds the first number of a
 * field, leaves out labels, extensions and remarks, undoes what spreadsheets
 * do, and drops the "(0)" of "+381 (0)64".  clt_phone_read() asks
 * libphonenumber about the few ways in which the rest can be read and takes
 * the first that is a valid number, failing that the first that is possible.
 *
 * What is lost is refused and not guessed: 6.4E+08 has no last digits, a
 * number without area code belongs to no place.
 *
 *-------------------------------------------------------------------------
 */
#include <stdbool.h>
#include <string.h>

#include "core/utf8.h"
#include "types/phone_read.h"

#define SIMPLE_SIZE 256			/* of a field, this much is looked at */
#define LETTER '?'				/* stands for any letter outside ASCII */

/* A local number has fewer digits than this, a complete national one as many. */
#define NATIONAL_DIGITS 8

static const char *const status_text[CLT_PHONE_READ_N] = {
	[CLT_PHONE_READ_OK] = "The number is valid.",
	[CLT_PHONE_READ_NOTHING] = "There is no number in it.",
	[CLT_PHONE_READ_ROUNDED] = "A spreadsheet has rounded the number: its last digits are lost.",
	[CLT_PHONE_READ_NO_REGION] = "The number has no country calling code and no region was given.",
	[CLT_PHONE_READ_LOCAL] = "The area code is missing.",
	[CLT_PHONE_READ_SHORT] = "The number has too few digits.",
	[CLT_PHONE_READ_LONG] = "The number has too many digits.",
	[CLT_PHONE_READ_COUNTRY] = "There is no such country calling code.",
	[CLT_PHONE_READ_NONE] = "It is not a telephone number.",
	[CLT_PHONE_READ_OUT_OF_MEMORY] = "Out of memory.",
};

const char *
clt_phone_status_text(PhoneStatus status)
{
	if ((unsigned) status >= CLT_PHONE_READ_N)
		return status_text[CLT_PHONE_READ_NONE];
	return status_text[status];
}

static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || c == LETTER;
}

/* ---------- one character ---------- */

/* Where blocks of ten decimal digits start (Unicode category Nd). */
static const uint32_t digit_zero[] = {
	0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6,
	0x0C66, 0x0CE6, 0x0D66, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x17E0, 0x1810
};

/*
 * The ASCII character that stands for a code point: a digit, a small letter,
 * one of "+()/.-,;#*" or a blank; 0 for what is invisible.
 */
static char
simple_char(uint32_t c)
{
	size_t		i;

	if (c >= 0xFF01 && c <= 0xFF5E) /* full-width forms */
		c -= 0xFEE0;
	if (c < 0x80)
	{
		if (c >= 'A' && c <= 'Z')
			return (char) (c + 32);
		if (c == '\n' || c == '\r' || c == '|' || c == '&')
			return ';';
		if (c == '[' || c == '{')
			return '(';
		if (c == ']' || c == '}')
			return ')';
		if (c == '\\')
			return '/';
		if (c > ' ' && (is_digit((char) c) || (c >= 'a' && c <= 'z') ||
						strchr("+()/.-,;#*", (int) c) != NULL))
			return (char) c;
		return ' ';
	}
	for (i = 0; i < sizeof(digit_zero) / sizeof(digit_zero[0]); i++)
	{
		if (c >= digit_zero[i] && c <= digit_zero[i] + 9)
			return (char) ('0' + (c - digit_zero[i]));
	}
	if (c == 0xAD || (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) ||
		(c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || (c >= 0x0300 && c <= 0x036F))
		return 0;				/* pasted from a telephone's contact list */
	if ((c >= 0x2010 && c <= 0x2015) || c == 0x2212 || c == 0xFE58 || c == 0xFE63)
		return '-';
	if (c == 0x2028 || c == 0x2029 || c == 0x3001 || c == 0x3002)
		return ';';
	if (c == 0x2044 || c == 0x2215)
		return '/';
	if ((c >= 0xC0 && c != 0xD7 && c != 0xF7 && c < 0x2000) || (c >= 0x2C00 && c < 0xFE00 && c != 0x3000))
		return LETTER;
	return ' ';
}

/* Writes s in the characters of simple_char() to dst; returns the length. */
static int
simple_text(const char *s, size_t len, char *dst)
{
	const unsigned char *p = (const unsigned char *) s;
	const unsigned char *end = p + len;
	int			n = 0;
	int			step;

	while (p < end && n < SIMPLE_SIZE - 1)
	{
		char		c = simple_char(clt_utf8_decode(p, end, &step));

		p += step;
		if (c != 0 && !(c == ' ' && (n == 0 || dst[n - 1] == ' ')))
			dst[n++] = c;
	}
	while (n > 0 && dst[n - 1] == ' ')
		n--;
	dst[n] = '\0';
	return n;
}

/* ---------- spreadsheets ---------- */

/*
 * Undoes what a spreadsheet does to a number: "641234567.0" becomes
 * "641234567", and "6.41234567e+08" too, where the mantissa has all digits.
 * Returns false if digits are lost.
 */
static bool
undo_spreadsheet(char *s, int *len)
{
	int			i = 0,
				n_int,
				n_frac = 0,
				exponent = 0;

	while (is_digit(s[i]))
		i++;
	n_int = i;
	if (n_int == 0)
		return true;
	if (s[i] == '.' || s[i] == ',')
	{
		for (i++; is_digit(s[i]); i++)
			n_frac++;
	}
	if (s[i] == '\0')
	{
		/*
		 * A number with a fraction of zeros: it has lost its leading zero as
		 * well.
		 */
		if (n_int >= 7 && s[0] != '0' && (n_frac == 1 || n_frac == 2) &&
			strspn(s + n_int + 1, "0") == (size_t) n_frac)
		{
			*len = n_int;
			s[n_int] = '\0';
		}
		return true;
	}
	if (n_int != 1 || s[i] != 'e')
		return true;
	i++;
	if (s[i] == '+')
		i++;
	if (!is_digit(s[i]))
		return true;
	for (; is_digit(s[i]); i++)
	{
		if (exponent < 100)
			exponent = exponent * 10 + (s[i] - '0');
	}
	if (s[i] != '\0')
		return true;
	if (exponent != n_frac || exponent < 6)
		return false;
	memmove(s + 1, s + 2, (size_t) n_frac);
	*len = n_frac + 1;
	s[*len] = '\0';
	return true;
}

/* ---------- one number of a field ---------- */

/* Length of "(0)" at s, blanks inside allowed, or 0. */
static int
bracketed_zero(const char *s)
{
	int			i = 1;

	if (s[0] != '(')
		return 0;
	while (s[i] == ' ')
		i++;
	if (s[i] != '0')
		return 0;
	i++;
	while (s[i] == ' ')
		i++;
	return s[i] == ')' ? i + 1 : 0;
}

/* How many of the digits so far can belong to the national number. */
static int
national_digits(const PhoneDigits *d)
{
	if (d->international)
		return d->n - 3;
	if (d->n >= 2 && d->text[0] == '0' && d->text[1] == '0')
		return d->n - 5;
	return d->n;
}

/* Do the digits so far say Italy or San Marino, where the zero is dialled from abroad too? */
static bool
keeps_zero(const PhoneDigits *d)
{
	const char *cc = d->text +(d->international ? 1 : 0);

	if (strncmp(cc, "00", 2) == 0)
		cc += 2;
	return strcmp(cc, "39") == 0 || strcmp(cc, "378") == 0;
}

/* Can the digits so far be a whole number?  An international one has 1 to 3 of calling code. */
static bool
may_be_complete(const PhoneDigits *d)
{
	return national_digits(d) >= (d->international ? NATIONAL_DIGITS - 2 : NATIONAL_DIGITS);
}

static void
add_char(PhoneDigits *d, char c)
{
	if (d->n >= CLT_PHONE_MAX_RAW)
		return;
	d->text[d->n + d->international] = c;
	d->n++;
	d->text[d->n + d->international] = '\0';
}

static void
add_gap(PhoneDigits *d)
{
	if (d->n > 0 && d->n_groups < CLT_PHONE_MAX_GROUPS &&
		(d->n_groups == 0 || d->groups[d->n_groups - 1] != d->n))
		d->groups[d->n_groups++] = d->n;
}

/*
 * Takes "(0)": written for callers from abroad and from inside at once.  After
 * a calling code it goes, and says that it is one if there was no '+';
 * elsewhere it is a zero.
 */
static void
take_bracketed_zero(PhoneDigits *d)
{
	bool		with_00 = !d->international && strncmp(d->text, "00", 2) == 0;
	int			cc_digits = d->n - (with_00 ? 2 : 0);
	bool		keep = keeps_zero(d);

	if (cc_digits < 1 || cc_digits > 3 || (!with_00 && d->text[d->international] == '0'))
	{
		add_char(d, '0');
		return;
	}
	if (!d->international && !with_00)
	{
		memmove(d->text +1, d->text, (size_t) d->n + 1);
		d->text[0] = '+';
		d->international = 1;
	}
	if (keep)
		add_char(d, '0');
}

/*
 * Does a slash at s stand between two numbers?  Where it follows a complete
 * number, or what follows it starts as one.
 */
static bool
slash_means_or(const PhoneDigits *d, const char *s)
{
	int			national = national_digits(d);
	const char *next = s + 1 + strspn(s + 1, " (");

	return national >= NATIONAL_DIGITS || (national >= 5 && *next == '0');
}

/*
 * Does the number end at character c?  Everything after it is an extension, a
 * remark or another number.
 */
static bool
ends_number(const PhoneDigits *d, char c)
{
	if (is_letter(c))
	{
		/* After fewer digits the letters may be dialled, 1-800-FLOWERS. */
		return d->n >= 6 && is_digit(d->text[d->n + d->international - 1]);
	}
	if (c == '#' || c == '*')
		return d->n >= 6;
	if (c == ';')
		return d->n >= 5;
	if (c == ',')
		return may_be_complete(d);
	if (c == '+')
		return d->n >= 5;
	if (c == '(')
		return national_digits(d) >= NATIONAL_DIGITS;
	return false;
}

/* Finds where the first number of simple text starts; -1 if there is none. */
static int
find_start(const char *s)
{
	int			i;

	for (i = 0; s[i] != '\0'; i++)
	{
		if (is_digit(s[i]))
			return i;
		if (s[i] == '+' && (is_digit(s[i + 1]) || strchr(" +(", s[i + 1]) != NULL))
			return i;
		if (bracketed_zero(s + i))
			return i;
	}
	return -1;
}

/* Step one: the first number of the field, as digits. */
PhoneStatus
clt_phone_simplify(const char *s, size_t len, PhoneDigits *d)
{
	char		simple[SIMPLE_SIZE];
	int			n,
				i;

	memset(d, 0, sizeof(*d));
	n = simple_text(s, len, simple);
	if (!undo_spreadsheet(simple, &n))
		return CLT_PHONE_READ_ROUNDED;
	i = find_start(simple);
	if (i < 0)
		return CLT_PHONE_READ_NOTHING;
	for (; i < n; i++)
	{
		char		c = simple[i];
		int			skip = bracketed_zero(simple + i);

		if (skip > 0 && national_digits(d) < NATIONAL_DIGITS)
		{
			take_bracketed_zero(d);
			i += skip - 1;
			continue;
		}
		if (ends_number(d, c))
			break;
		if (is_digit(c))
			add_char(d, c);
		else if (c == '+' && d->n == 0)
		{
			d->international = 1;
			d->text[0] = '+';
		}
		else if (c >= 'a' && c <= 'z' && d->n > 0)
			add_char(d, c);
		else
		{
			add_gap(d);
			if (c == '/' && d->cut == 0 && slash_means_or(d, simple + i))
				d->cut = d->n;
		}
	}
	return d->n > 0 ? CLT_PHONE_READ_OK : CLT_PHONE_READ_NOTHING;
}

/* ---------- asking libphonenumber ---------- */

/* What has been learnt about one field. */
typedef struct Search
{
	const PhoneApi *api;
	const char *region;
	PhoneReading best;			/* the first possible one, or why there is
								 * none */
	bool		asked;
} Search;

/*
 * Writes the first n digits to dst as they would be dialled from the region:
 * with a '+' instead of leading "00", without a '+' before a single zero.
 */
static void
dialled(const PhoneDigits *d, int n, char *dst)
{
	const char *digits = d->text +d->international;
	int			zeros = 0;
	bool		plus = d->international;

	while (zeros < n && digits[zeros] == '0')
		zeros++;
	if (zeros >= 2)
		plus = true;
	else if (zeros == 1 && plus)
		plus = false;
	if (zeros >= 2)
	{
		digits += zeros;
		n -= zeros;
	}
	if (plus)
		*dst++ = '+';
	memcpy(dst, digits, (size_t) n);
	dst[n] = '\0';
}

/* Asks about one text; true if the answer is a valid number. */
static bool
ask(Search *search, const char *text, bool only_valid)
{
	PhoneReading reading;

	search->api->read(text, search->region, &reading);
	if (reading.kind == CLT_READING_VALID)
	{
		search->best = reading;
		return true;
	}

	/*
	 * Numbering plans grow, so a number in no known range is taken as it is,
	 * but a few digits without prefix are a local number: "222-333" exists in
	 * every town.
	 */
	if (reading.kind == CLT_READING_POSSIBLE && text[0] != '+' && text[0] != '0' &&
		strlen(text) < NATIONAL_DIGITS)
		reading.kind = CLT_READING_LOCAL;
	if (only_valid)
		return false;
	if (!search->asked ||
		(reading.kind == CLT_READING_POSSIBLE && search->best.kind != CLT_READING_POSSIBLE))
		search->best = reading;
	search->asked = true;
	return false;
}

/* Asks about the first n digits; true if the answer is a valid number. */
static bool
ask_prefix(Search *search, const PhoneDigits *d, int n, bool only_valid)
{
	char text[	CLT_PHONE_MAX_RAW + 3];

	dialled(d, n, text +1);
	if (ask(search, text +1, only_valid))
		return true;
	/* 4420... typed without its '+': long enough not to be a guess. */
	if (text[1] == '+' || text[1] == '0' || n < 11 || strcmp(search->region, "ZZ") == 0)
		return false;
	text[		0] = '+';

	return ask(search, text, true);
}

static PhoneStatus
status_of(const PhoneReading *reading)
{
	switch (reading->kind)
	{
		case CLT_READING_VALID:
		case CLT_READING_POSSIBLE:
			return CLT_PHONE_READ_OK;
		case CLT_READING_LOCAL:
			return CLT_PHONE_READ_LOCAL;
		case CLT_READING_SHORT:
			return CLT_PHONE_READ_SHORT;
		case CLT_READING_LONG:
			return CLT_PHONE_READ_LONG;
		case CLT_READING_COUNTRY:
			return CLT_PHONE_READ_COUNTRY;
		case CLT_READING_OUT_OF_MEMORY:
			return CLT_PHONE_READ_OUT_OF_MEMORY;
		case CLT_READING_NONE:
			break;
	}
	return CLT_PHONE_READ_NONE;
}

/*
 * Step two: reads s as a number of the region ("ZZ" for none) and writes it to
 * e164 in the form "+381641234567".
 */
PhoneStatus
clt_phone_read(const char *s, size_t len, const char *region, const PhoneApi *api,
			   char *e164, size_t size)
{
	Search		search;
	PhoneDigits digits;
	PhoneStatus status;
	char text[	CLT_PHONE_MAX_RAW + 3];
	bool		valid = false;
	int			i;

	status = clt_phone_simplify(s, len, &digits);
	if (status != CLT_PHONE_READ_OK)
		return status;
	dialled(&digits, digits.n, text);
	if (text[0] != '+' && strcmp(region, "ZZ") == 0)
		return CLT_PHONE_READ_NO_REGION;

	memset(&search, 0, sizeof(search));
	search.api = api;
	search.region = region;
	if (digits.cut > 0)
		valid = ask_prefix(&search, &digits, digits.cut, false);
	if (!valid)
		valid = ask_prefix(&search, &digits, digits.n, false);
	/* Two numbers with nothing but a gap between them: the first that is one. */
	for (i = 0; !valid && search.best.kind == CLT_READING_LONG && i < digits.n_groups; i++)
	{
		PhoneDigits prefix = digits;

		prefix.n = digits.groups[i];
		if (prefix.n < digits.n && may_be_complete(&prefix))
			valid = ask_prefix(&search, &digits, prefix.n, true);
	}

	status = status_of(&search.best);
	if (status != CLT_PHONE_READ_OK)
		return status;
	if (strlen(search.best.e164) >= size)
		return CLT_PHONE_READ_LONG;
	strcpy(e164, search.best.e164);
	return CLT_PHONE_READ_OK;
}
