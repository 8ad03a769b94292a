/*-------------------------------------------------------------------------
 *
 * email_lenient.c
 *	  Finds the address in what people put into an e-mail column.  No server
 *	  header.
 *
 * Handled: blanks and invisible characters around it, "Ana <ana@firm.rs>",
 * "mailto:ana@firm.rs?subject=x", several addresses separated by commas,
 * semicolons, bars or blanks (the first is taken), brackets, quotes and
 * punctuation left over from a sentence.  Nothing is repaired: what is found
 * is a run of bytes of the input, and the type's own rules decide about it.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "core/utf8.h"
#include "types/email_parse.h"

/* Does the character end an address in running text? */
static bool
is_separator(uint32_t c)
{
	return c <= ' ' || c == ',' || c == ';' || c == '|' || c == '<' || c == '>' ||
		(c >= 0x7F && c <= 0xA0) || c == 0xAD || (c >= 0x2000 && c <= 0x200B) ||
		c == 0x200E || c == 0x200F || (c >= 0x2028 && c <= 0x202F) ||
		(c >= 0x205F && c <= 0x206F) || c == 0x3000 || c == 0xFEFF;
}

static bool
starts_with_mailto(const char *s, size_t len)
{
	static const char scheme[] = "mailto:";
	size_t		i;

	if (len < sizeof(scheme) - 1)
		return false;
	for (i = 0; i < sizeof(scheme) - 1; i++)
	{
		char		c = s[i] >= 'A' && s[i] <= 'Z' ? (char) (s[i] + 32) : s[i];

		if (c != scheme[i])
			return false;
	}
	return true;
}

/* Narrows a token to the address in it. */
static void
trim_token(const char *s, size_t *off, size_t *len)
{
	const char *question;

	while (*len > 0 && strchr("([{'.:", s[*off]) != NULL)
		(*off)++, (*len)--;
	if (starts_with_mailto(s + *off, *len))
	{
		*off += 7;
		*len -= 7;
		question = memchr(s + *off, '?', *len);
		if (question != NULL)
			*len = question - (s + *off);
	}
	while (*len > 0 && strchr(")]}'\".:!?", s[*off + *len - 1]) != NULL)
		(*len)--;
	/* "ana@firm.rs" in quotes has lost the closing one above. */
	if (*len > 0 && s[*off] == '"' && memchr(s + *off + 1, '"', *len - 1) == NULL)
		(*off)++, (*len)--;
}

/*
 * The first token of s that has an '@' inside.  A quoted local part may hold
 * separators.  Returns false when there is none.
 */
bool
clt_email_find(const char *s, size_t len, size_t *off, size_t *found_len)
{
	const unsigned char *p = (const unsigned char *) s;
	const unsigned char *end = p + len;

	while (p < end)
	{
		const unsigned char *start;
		const unsigned char *at = NULL;
		int			step;

		if (is_separator(clt_utf8_decode(p, end, &step)))
		{
			p += step;
			continue;
		}
		start = p;
		if (*p == '"')
		{
			const unsigned char *q = p + 1;

			while (q < end && *q != '"')
				q += *q == '\\' && q + 1 < end ? 2 : 1;
			if (q + 1 < end && q[1] == '@')
				p = q + 1;
		}
		while (p < end)
		{
			uint32_t	c = clt_utf8_decode(p, end, &step);

			if (is_separator(c))
				break;
			if (c == '@' && at == NULL)
				at = p;
			p += step;
		}
		if (at != NULL && at > start && at + 1 < p)
		{
			*off = (const char *) start - s;
			*found_len = p - start;
			trim_token(s, off, found_len);
			return *found_len > 0;
		}
	}
	return false;
}
