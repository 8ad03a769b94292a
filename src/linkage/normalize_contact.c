/*
 * normalize_contact.c
 *		E-mail addresses and telephone numbers.
 */
#include "linkage/words.h"

#include <string.h>

#include "linkage/blocking.h"

/* Country calling codes that are looked for at the head of an international number. */
static const char *const calling_codes[] = {
	"1", "7", "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47", "48",
	"49", "51", "52", "54", "55", "56", "57", "60", "61", "62", "63", "64", "65", "66", "81", "82", "84", "86", "90",
	"91", "92", "98", "212", "213", "216", "351", "352", "353", "354", "355", "356", "357", "358", "359", "370",
	"371", "372", "373", "374", "375", "376", "377", "380", "381", "382", "383", "385", "386", "387", "389", "420",
	"421", "423", "971", "972"
};

/* local_hash hashes a local part without its dots, which come and go. */
static uint64_t
local_hash(const char *s, size_t len)
{
	char		bare[CLT_NORMAL_INPUT];
	size_t		n = 0;
	size_t		i;

	for (i = 0; i < len && n < sizeof(bare); i++)
		if (s[i] != '.' && s[i] != '_' && s[i] != '-')
			bare[n++] = s[i];
	return n ? clt_block_hash(bare, n, 14) : 0;
}

bool
clt_normalize_email(CltNormal *out, const char *src, size_t len)
{
	size_t		n;
	size_t		i;
	size_t		j = 0;
	size_t		at = 0;
	size_t		local;
	size_t		m = 0;
	bool		gmail;

	/* not folded: the signs of an address are part of it */
	for (i = 0; i < len; i++)
	{
		char		c = src[i];

		if (c >= 'A' && c <= 'Z')
			c += 'a' - 'A';
		if (c == ' ' || c == '<' || c == '>' || c == ',' || c == ';')
			continue;
		if (c == '\0')
			break;
		out->s[j++] = c;
	}
	n = j;
	for (i = 0; i < n; i++)
		if (out->s[i] == '@')
			at = i;
	out->len = (uint32_t) n;
	if (at == 0 || at + 1 >= n)
	{
		/* not an address; still the same string twice */
		out->num = 0;
		return n >= 3 && !clt_is_placeholder(out->s, n);
	}
	local = at;
	for (i = 0; i < local; i++)
		if (out->s[i] == '+')
			break;
	local = i;
	if (local == 0)
		local = at;
	if (clt_is_placeholder(out->s, local) || memcmp(out->s + at + 1, "test.", 5) == 0 ||
		(n - at - 1 == local && memcmp(out->s, out->s + at + 1, local) == 0))
		return false;
	gmail = (n - at - 1 == 9 && memcmp(out->s + at + 1, "gmail.com", 9) == 0) ||
		(n - at - 1 == 14 && memcmp(out->s + at + 1, "googlemail.com", 14) == 0);
	for (i = 0; i < local; i++)
		if (!(gmail && out->s[i] == '.'))
			out->work[m++] = out->s[i];
	if (clt_in_words(&clt_role_mailboxes, out->work, m))
		out->flags |= CLT_VALUE_WEAK;
	else if (m >= 4)
		out->alt[1] = local_hash(out->work, m);

	/*
	 * the mailbox is the value: tags and the dots that a provider ignores are
	 * none of it
	 */
	at = gmail ? at : at + 1;
	memmove(out->s + m + 1, gmail ? "gmail.com" : out->s + at, gmail ? 9 : n - at);
	memcpy(out->s, out->work, m);
	out->s[m] = '@';
	out->len = (uint32_t) (m + 1 + (gmail ? 9 : n - at));
	out->alt[0] = clt_block_hash(out->s, out->len, 13);
	out->num = (int64_t) m;
	return true;
}

/*
 * clt_normalize_phone leaves the national significant number as far as it can be
 * known without the country: the calling code goes when the number says that it
 * is international, otherwise the trunk zeros.
 */
bool
clt_normalize_phone(CltNormal *out, const char *src, size_t len)
{
	size_t		n = 0;
	size_t		i;
	bool		international = false;
	size_t		skip = 0;
	bool		all_same = true;

	for (i = 0; i < len; i++)
	{
		char		c = src[i];

		if (clt_is_digit(c))
		{
			if (n < 24)
				out->s[n++] = c;
		}
		else if (c == '+' && n == 0)
			international = true;
		else if (c == '(' && i + 2 < len && src[i + 1] == '0' && src[i + 2] == ')' && n > 0)
			i += 2;
		else if (((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) && n >= 5)
			break;				/* an extension */
		else if ((c == ',' || c == ';') && n >= 6)
			break;				/* a second number */
	}
	if (n >= 2 && out->s[0] == '0' && out->s[1] == '0')
	{
		international = true;
		skip = 2;
	}
	else if (!international && n > 0 && out->s[0] == '0')
	{
		while (skip < n && out->s[skip] == '0')
			skip++;
	}
	else if (!international && n >= 11)
		international = true;
	if (international)
	{
		for (i = 0; i < CLT_LENGTH(calling_codes); i++)
		{
			size_t		cl = strlen(calling_codes[i]);

			if (n - skip > cl + 5 && memcmp(out->s + skip, calling_codes[i], cl) == 0)
			{
				skip += cl;
				break;
			}
		}
		while (skip < n && out->s[skip] == '0')
			skip++;
	}
	n -= skip;
	memmove(out->s, out->s + skip, n);
	out->len = (uint32_t) n;
	if (n < 5)
		return false;
	for (i = 1; i < n && all_same; i++)
		all_same = out->s[i] == out->s[0];
	if (all_same || (n >= 6 && memcmp(out->s, "123456", 6) == 0))
		return false;
	out->num = 0;
	for (i = 0; i < n && i < 18; i++)
		out->num = out->num * 10 + (out->s[i] - '0');
	if (n >= 8)
		out->alt[0] = clt_block_hash(out->s + n - 7, 7, 15);
	return true;
}
