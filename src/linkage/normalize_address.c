/*
 * normalize_address.c
 *		Streets, with the house number and the town that may stand in one line, and house numbers.
 */
#include "linkage/words.h"

#include <string.h>

#include "linkage/blocking.h"
#include "text/keys.h"

static const char *const ordinals[] = {"first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
"eleventh", "twelfth"};

/* house_number: the leading number, and the whole without spaces. */
bool
clt_normalize_house_number(CltNormal *out, const char *src, size_t len)
{
	size_t		n = clt_fold_words(src, len, out->s);
	size_t		m = 0;
	size_t		i;

	for (i = 0; i < n; i++)
		if (out->s[i] != ' ')
			out->s[m++] = out->s[i];
	out->len = (uint32_t) m;
	out->num = 0;
	for (i = 0; i < m && !clt_is_digit(out->s[i]); i++)
		;
	for (; i < m && clt_is_digit(out->s[i]) && out->num < 100000; i++)
		out->num = out->num * 10 + (out->s[i] - '0');
	return m > 0 && !clt_is_placeholder(out->s, m);
}

/* is_house_number: 12, 12a, 12/3 written as one word; not 5th or 2nd. */
static bool
is_house_number(const char *s, uint32_t len)
{
	uint32_t	i = 0;

	while (i < len && clt_is_digit(s[i]))
		i++;
	return i > 0 && len - i <= 1;
}

/* cut_hints leaves "between 5th and 6th" out and writes "fifth avenue" as "5th avenue". */
static void
cut_hints(CltNormal *out)
{
	bool		keep[CLT_NORMAL_TOKENS];
	char		buf[CLT_NORMAL_INPUT];
	size_t		n = 0;
	bool		cut = false;
	int			i;
	size_t		k;

	for (i = 0; i < out->ntokens; i++)
	{
		const char *t = out->s + out->token_off[i];
		uint32_t	len = out->token_len[i];

		cut |= i >= 2 && clt_in_words(&clt_hints, t, len);
		keep[i] = !cut;
	}
	if (cut)
		clt_keep_words(out, keep);
	if (out->len >= sizeof(buf) - 16)
		return;
	for (i = 0; i < out->ntokens; i++)
	{
		const char *t = out->s + out->token_off[i];
		uint32_t	len = out->token_len[i];

		if (i > 0)
			buf[n++] = ' ';

		for (k = 0; k < CLT_LENGTH(ordinals) && i + 1 < out->ntokens; k++)
			if (strlen(ordinals[k]) == len && memcmp(ordinals[k], t, len) == 0)
				break;
		if (k < CLT_LENGTH(ordinals) && i + 1 < out->ntokens && n + 8 < sizeof(buf))
		{
			if (k >= 9)
				buf[n++] = '1';
			buf[n++] = (char) ('0' + (k + 1) % 10);

			memcpy(buf + n, k == 0 ? "st" : k == 1 ? "nd" : k == 2 ? "rd" : "th", 2);
			n += 2;
		}
		else if (n + len < sizeof(buf))
		{
			memcpy(buf + n, t, len);
			n += len;
		}
	}
	memcpy(out->s, buf, n);
	out->len = (uint32_t) n;
}

/* take_number notes a house number: itself, and its digits. */
static void
take_number(CltNormal *out, const char *s, uint32_t len)
{
	uint32_t	k;

	out->alt[1] = clt_block_hash(s, len, 16);
	for (k = 0; k < len && clt_is_digit(s[k]) && out->num < 100000; k++)
		out->num = out->num * 10 + (s[k] - '0');
}

/* town_behind copies what stands behind a postcode, where a whole address is in one line. */
static size_t
town_behind(const CltNormal *out, char *town, size_t cap)
{
	uint32_t	from;
	int			i;

	for (i = out->ntokens - 2; i > 0; i--)
	{
		const char *t = out->s + out->token_off[i];

		/* 4220 Skofja Loka, 15-002 Bialystok, 110 00 Praha */
		if (out->token_len[i] >= 2 && clt_is_digit(t[0]) && clt_is_digit(t[out->token_len[i] - 1]) &&
			out->token_len[i] + (clt_is_digit(t[-2]) ? out->token_len[i - 1] : 0) >= 4)
			break;
	}
	if (i <= 0)
		return 0;
	from = out->token_off[i + 1];
	if (out->len - from >= cap || clt_is_digit(out->s[from]))
		return 0;
	memcpy(town, out->s + from, out->len - from);
	return out->len - from;
}

/* clt_normalize_street takes the house number out, should it be in there. */
bool
clt_normalize_street(CltNormal *out, const char *src, size_t len)
{
	char		town[96];
	size_t		ntown;
	size_t		n;
	int			last;

	out->len = (uint32_t) clt_fold_words(src, len, out->s);
	clt_split_words(out);
	cut_hints(out);
	clt_split_words(out);
	ntown = town_behind(out, town, sizeof(town));
	memcpy(out->work, out->s, out->len);
	n = clt_street_key(out->work, out->len, out->s, CLT_NORMAL_CAP);
	if (n > CLT_NORMAL_CAP)
		return false;
	out->len = (uint32_t) n;
	clt_split_words(out);
	/* the key has the house number at its end */
	last = out->ntokens - 1;
	if (last >= 0 && is_house_number(out->s + out->token_off[last], out->token_len[last]))
	{
		take_number(out, out->s + out->token_off[last], out->token_len[last]);
		if (last == 0)
			return false;
		out->len = out->token_off[last] - 1;
	}
	if (ntown > 0)
	{
		out->s[out->len++] = ' ';
		memcpy(out->s + out->len, town, ntown);
		out->len += (uint32_t) ntown;
	}
	clt_split_words(out);
	if (clt_is_placeholder(out->s, out->len))
		return false;
	out->alt[0] = clt_joined_hash(out);
	out->sound = out->ntokens ? clt_sound_key(out->s + out->token_off[out->ntokens - 1],
											  out->token_len[out->ntokens - 1]) : 0;
	return true;
}
