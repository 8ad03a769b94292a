/*-------------------------------------------------------------------------
 *
 * email_parse.c
 *	  Syntax of an e-mail address and its canonical form.  No server header.
 *
 * The grammar is Mailbox of RFC 5321 with the letters that RFC 6531 adds,
 * narrowed to what can be the address of a person or firm: a domain name of
 * two labels at least, no address literal, no comments, no obsolete syntax.
 *
 * Everything here is done on bytes and ASCII.  An address with other letters
 * passes through clt_email_split() too; folding those letters needs Unicode
 * tables and is done by email_unicode.c on top of it.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "core/utf8.h"
#include "types/email_parse.h"

static const char *const error_text[CLT_EMAIL_N_ERRORS] = {
	[CLT_EMAIL_OK] = "The address is valid.",
	[CLT_EMAIL_EMPTY] = "The address is empty.",
	[CLT_EMAIL_TOO_LONG] = "The address is longer than 254 bytes.",
	[CLT_EMAIL_FORBIDDEN] = "The address contains a control, invisible or unassigned character.",
	[CLT_EMAIL_NO_AT] = "The address has no \"@\".",
	[CLT_EMAIL_NO_LOCAL] = "There is nothing before the \"@\".",
	[CLT_EMAIL_LOCAL_TOO_LONG] = "The part before the \"@\" is longer than 64 bytes.",
	[CLT_EMAIL_LOCAL_DOT] = "The part before the \"@\" starts or ends with a dot or has two in a row.",
	[CLT_EMAIL_LOCAL_CHAR] = "The part before the \"@\" contains a character that is only allowed in quotes.",
	[CLT_EMAIL_QUOTE_OPEN] = "The quoted part before the \"@\" is not closed.",
	[CLT_EMAIL_QUOTE_CHAR] = "The quoted part before the \"@\" contains a character that is not allowed.",
	[CLT_EMAIL_QUOTE_TAIL] = "The closing quote is not followed by \"@\".",
	[CLT_EMAIL_NO_DOMAIN] = "There is nothing after the \"@\".",
	[CLT_EMAIL_LITERAL] = "An address literal in brackets is not accepted as a domain.",
	[CLT_EMAIL_TWO_AT] = "The address has more than one \"@\".",
	[CLT_EMAIL_DOMAIN_CHAR] = "The domain contains a character that is not allowed.",
	[CLT_EMAIL_LABEL_EMPTY] = "The domain starts or ends with a dot or has two in a row.",
	[CLT_EMAIL_LABEL_TOO_LONG] = "A label of the domain is longer than 63 bytes.",
	[CLT_EMAIL_LABEL_HYPHEN] = "A label of the domain starts or ends with a hyphen.",
	[CLT_EMAIL_DOMAIN_TOO_LONG] = "The domain is longer than 253 bytes.",
	[CLT_EMAIL_ONE_LABEL] = "The domain has no dot.",
	[CLT_EMAIL_TLD_NUMERIC] = "The last label of the domain is a number.",
	[CLT_EMAIL_BAD_IDN] = "The internationalized domain name breaks the rules of UTS #46.",
	[CLT_EMAIL_NEEDS_UTF8] = "Letters outside ASCII are not UTF-8, and the encoding SQL_ASCII does not tell what they are.",
};

const char *
clt_email_error_text(EmailError error)
{
	if ((unsigned) error >= CLT_EMAIL_N_ERRORS)
		return "The address is not valid.";
	return error_text[error];
}

/* What an ASCII character may be in an address. */
#define DIGIT 0x01
#define LETTER 0x02
#define SPECIAL 0x04			/* the rest of atext in RFC 5322 */
#define ALNUM (DIGIT | LETTER)
#define ATEXT (ALNUM | SPECIAL)

static const uint8_t char_class[256] = {
	['!'] = SPECIAL,['#'] = SPECIAL,['$'] = SPECIAL,['%'] = SPECIAL,['&'] = SPECIAL,
	['\''] = SPECIAL,['*'] = SPECIAL,['+'] = SPECIAL,['-'] = SPECIAL,['/'] = SPECIAL,
	['0'] = DIGIT,['1'] = DIGIT,['2'] = DIGIT,['3'] = DIGIT,['4'] = DIGIT,
	['5'] = DIGIT,['6'] = DIGIT,['7'] = DIGIT,['8'] = DIGIT,['9'] = DIGIT,
	['='] = SPECIAL,['?'] = SPECIAL,['^'] = SPECIAL,['_'] = SPECIAL,['`'] = SPECIAL,
	['{'] = SPECIAL,['|'] = SPECIAL,['}'] = SPECIAL,['~'] = SPECIAL,
	['A'] = LETTER,['B'] = LETTER,['C'] = LETTER,['D'] = LETTER,['E'] = LETTER,
	['F'] = LETTER,['G'] = LETTER,['H'] = LETTER,['I'] = LETTER,['J'] = LETTER,
	['K'] = LETTER,['L'] = LETTER,['M'] = LETTER,['N'] = LETTER,['O'] = LETTER,
	['P'] = LETTER,['Q'] = LETTER,['R'] = LETTER,['S'] = LETTER,['T'] = LETTER,
	['U'] = LETTER,['V'] = LETTER,['W'] = LETTER,['X'] = LETTER,['Y'] = LETTER,
	['Z'] = LETTER,
	['a'] = LETTER,['b'] = LETTER,['c'] = LETTER,['d'] = LETTER,['e'] = LETTER,
	['f'] = LETTER,['g'] = LETTER,['h'] = LETTER,['i'] = LETTER,['j'] = LETTER,
	['k'] = LETTER,['l'] = LETTER,['m'] = LETTER,['n'] = LETTER,['o'] = LETTER,
	['p'] = LETTER,['q'] = LETTER,['r'] = LETTER,['s'] = LETTER,['t'] = LETTER,
	['u'] = LETTER,['v'] = LETTER,['w'] = LETTER,['x'] = LETTER,['y'] = LETTER,
	['z'] = LETTER,
};

static inline bool
is_digit(unsigned char c)
{
	return (char_class[c] & DIGIT) != 0;
}

static inline unsigned char
to_lower(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? (unsigned char) (c + ('a' - 'A')) : c;
}

static inline bool
is_alnum(unsigned char c)
{
	return (char_class[c] & ALNUM) != 0;
}

/* What a local part may hold without quotes, besides dots. */
static inline bool
is_atext(unsigned char c)
{
	return (char_class[c] & ATEXT) != 0;
}

/*
 * Is a code point beyond ASCII never part of an address?  Controls, spaces
 * and what is invisible: these get into data by copy and paste, and two
 * addresses that look the same must not differ by them.
 */
static bool
is_forbidden(uint32_t c)
{
	return c < 0xA1 ||			/* C1 controls, no-break space */
		c == 0xAD ||			/* soft hyphen */
		c == 0x034F ||			/* combining grapheme joiner */
		c == 0x061C ||			/* Arabic letter mark */
		c == 0x1680 ||			/* Ogham space */
		c == 0x180E ||			/* Mongolian vowel separator */
		(c >= 0x2000 && c <= 0x200B) || /* spaces, zero width space */
		(c >= 0x200E && c <= 0x200F) || /* direction marks */
		(c >= 0x2028 && c <= 0x202F) || /* separators, embeddings, narrow
										 * space */
		(c >= 0x205F && c <= 0x206F) || /* invisible operators, isolates */
		c == 0x3000 ||			/* ideographic space */
		c == 0xFEFF ||			/* byte order mark */
		(c >= 0xFFF0 && c <= 0xFFFF) || /* specials, malformed UTF-8 */
		(c >= 0xFDD0 && c <= 0xFDEF) || /* noncharacters */
		(c & 0xFFFE) == 0xFFFE ||
		(c >= 0xE0000 && c <= 0xE0FFF); /* tags, variation selectors */
}

/*
 * Walks a quoted local part that starts at s.  Sets *used to the bytes up to
 * and with the closing quote.
 */
static EmailError
scan_quoted(const unsigned char *s, const unsigned char *end, size_t *used,
			EmailParts *parts)
{
	const unsigned char *p = s + 1;
	int			step;

	while (p < end && *p != '"')
	{
		if (*p == '\\')
		{
			p++;
			if (p == end)
				break;
		}
		if (*p < 0x20 || *p == 0x7F)
		{
			parts->bad_char = *p;
			return CLT_EMAIL_QUOTE_CHAR;
		}
		step = 1;
		if (*p >= 0x80)
		{
			uint32_t	c = clt_utf8_decode(p, end, &step);

			parts->local_ascii = false;
			if (is_forbidden(c))
			{
				parts->bad_char = c;
				return CLT_EMAIL_FORBIDDEN;
			}
		}
		p += step;
	}
	if (p >= end)
		return CLT_EMAIL_QUOTE_OPEN;
	p++;
	*used = p - s;
	if (*used == 2)
		return CLT_EMAIL_NO_LOCAL;
	if (p == end)
		return CLT_EMAIL_NO_AT;
	return *p == '@' ? CLT_EMAIL_OK : CLT_EMAIL_QUOTE_TAIL;
}

/* Walks an unquoted local part (dot-atom) up to the '@'. */
static EmailError
scan_atom(const unsigned char *s, const unsigned char *end, size_t *used,
		  EmailParts *parts)
{
	const unsigned char *p = s;
	bool		bad_dot = false;
	int			step;

	while (p < end && *p != '@')
	{
		step = 1;
		if (*p == '.')
			bad_dot |= p == s || p + 1 == end || p[1] == '.' || p[1] == '@';
		else if (*p >= 0x80)
		{
			uint32_t	c = clt_utf8_decode(p, end, &step);

			parts->local_ascii = false;
			if (is_forbidden(c))
			{
				parts->bad_char = c;
				return CLT_EMAIL_FORBIDDEN;
			}
		}
		else if (!is_atext(*p))
		{
			/* "Ana" has no '@' at all: say that rather than name a blank. */
			if (memchr(p, '@', end - p) == NULL)
				return CLT_EMAIL_NO_AT;
			parts->bad_char = *p;
			return CLT_EMAIL_LOCAL_CHAR;
		}
		p += step;
	}
	*used = p - s;
	if (p == end)
		return CLT_EMAIL_NO_AT;
	if (p == s)
		return CLT_EMAIL_NO_LOCAL;
	return bad_dot ? CLT_EMAIL_LOCAL_DOT : CLT_EMAIL_OK;
}

/*
 * Checks an ASCII domain name and writes it in lower case to dst, which has
 * room for len bytes.
 */
EmailError
clt_email_canonical_domain(const char *domain, size_t len, char *dst, uint32_t *bad_char)
{
	size_t		label = 0,		/* start of the label at hand */
				n_labels = 0,
				i;
	bool		numeric = true; /* the label at hand has digits only */

	if (len == 0)
		return CLT_EMAIL_NO_DOMAIN;
	if (domain[0] == '[')
		return CLT_EMAIL_LITERAL;
	for (i = 0; i <= len; i++)
	{
		unsigned char c = i < len ? (unsigned char) domain[i] : '.';

		if (c == '.')
		{
			if (i == label)
				return CLT_EMAIL_LABEL_EMPTY;
			if (i - label > CLT_EMAIL_MAX_LABEL)
				return CLT_EMAIL_LABEL_TOO_LONG;
			if (domain[label] == '-' || domain[i - 1] == '-')
				return CLT_EMAIL_LABEL_HYPHEN;
			n_labels++;
			label = i + 1;
			if (i < len)
				numeric = true;
		}
		else if (is_alnum(c) || c == '-')
			numeric &= is_digit(c);
		else
		{
			if (c == '@')
				return CLT_EMAIL_TWO_AT;
			*bad_char = c;
			return CLT_EMAIL_DOMAIN_CHAR;
		}
		if (i < len)
			dst[i] = (char) to_lower(c);
	}
	if (len > CLT_EMAIL_MAX_DOMAIN)
		return CLT_EMAIL_DOMAIN_TOO_LONG;
	if (n_labels < 2)
		return CLT_EMAIL_ONE_LABEL;
	return numeric ? CLT_EMAIL_TLD_NUMERIC : CLT_EMAIL_OK;
}

/* Has the canonical domain a label that starts with "xn--"? */
static bool
has_a_label(const char *domain, size_t len)
{
	const char *p = domain;
	const char *end = domain + len;

	while ((p = memchr(p, '-', (size_t) (end - p))) != NULL)
	{
		if (p - domain >= 2 && p + 1 < end && p[-2] == 'x' && p[-1] == 'n' && p[1] == '-' &&
			(p - domain == 2 || p[-3] == '.'))
			return true;
		p++;
	}
	return false;
}

/*
 * Checks an address of len bytes and finds its parts.
 *
 * When parts->domain_idna comes back true the domain has only been looked at
 * superficially: the caller converts it to ASCII and passes the result through
 * clt_email_canonical_domain().
 */
EmailError
clt_email_split(const char *s, size_t len, EmailParts *parts)
{
	const unsigned char *p = (const unsigned char *) s;
	const unsigned char *end = p + len;
	EmailError	error;
	size_t		used = 0;

	memset(parts, 0, offsetof(EmailParts, domain));
	parts->local_ascii = true;
	if (len == 0)
		return CLT_EMAIL_EMPTY;
	if (len > CLT_EMAIL_MAX)
		return CLT_EMAIL_TOO_LONG;
	parts->quoted = p[0] == '"';
	error = parts->quoted ? scan_quoted(p, end, &used, parts)
		: scan_atom(p, end, &used, parts);
	if (error != CLT_EMAIL_OK)
		return error;
	if (used > CLT_EMAIL_MAX_LOCAL)
		return CLT_EMAIL_LOCAL_TOO_LONG;
	parts->local_len = used;
	parts->domain_off = used + 1;
	parts->domain_len = len - used - 1;

	if (!clt_is_ascii(s + parts->domain_off, parts->domain_len))
	{
		parts->domain_idna = true;
		for (p += parts->domain_off; p < end;)
		{
			int			step;
			uint32_t	c = clt_utf8_decode(p, end, &step);

			if (c == '@')
				return CLT_EMAIL_TWO_AT;
			/* ZWNJ and ZWJ are for UTS #46 to judge. */
			if (c >= 0x80 ? is_forbidden(c) : !is_alnum((unsigned char) c) && c != '-' && c != '.')
			{
				parts->bad_char = c;
				return c >= 0x80 ? CLT_EMAIL_FORBIDDEN : CLT_EMAIL_DOMAIN_CHAR;
			}
			p += step;
		}
		return CLT_EMAIL_OK;
	}
	error = clt_email_canonical_domain(s + parts->domain_off, parts->domain_len, parts->domain,
									   &parts->bad_char);
	if (error == CLT_EMAIL_OK)
		parts->domain_idna = has_a_label(parts->domain, parts->domain_len);
	return error;
}

/* May the unescaped content of a quoted string stand without quotes? */
static bool
is_dot_atom(const char *s, size_t len)
{
	size_t		i;

	for (i = 0; i < len; i++)
	{
		unsigned char c = (unsigned char) s[i];

		if (c == '.')
		{
			if (i == 0 || i + 1 == len || s[i + 1] == '.')
				return false;
		}
		else if (c < 0x80 && !is_atext(c))
			return false;
	}
	return len > 0;
}

/*
 * Writes the canonical local part to dst, which has room for len bytes:
 * ASCII letters in lower case, quotes and backslashes only where the content
 * needs them.  RFC 5321 4.1.2 wants the quoted and the bare form of the same
 * string treated as equal.  Never longer than the input, because the escapes
 * kept are a subset of those that were there.  Returns the length.
 */
size_t
clt_email_canonical_local(const char *local, size_t len, bool quoted, char *dst)
{
	char		content[CLT_EMAIL_MAX_LOCAL];
	size_t		n = 0,
				used = 0,
				i;

	if (!quoted)
	{
		for (i = 0; i < len; i++)
			dst[i] = (char) to_lower((unsigned char) local[i]);
		return len;
	}
	for (i = 1; i + 1 < len && n < sizeof(content); i++)
	{
		if (local[i] == '\\' && i + 2 < len)
			i++;
		content[n++] = (char) to_lower((unsigned char) local[i]);
	}
	if (is_dot_atom(content, n))
	{
		memcpy(dst, content, n);
		return n;
	}
	dst[used++] = '"';
	for (i = 0; i < n; i++)
	{
		if (content[i] == '"' || content[i] == '\\')
			dst[used++] = '\\';
		dst[used++] = content[i];
	}
	dst[used++] = '"';
	return used;
}
