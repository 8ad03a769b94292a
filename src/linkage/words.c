/*
 * words.c
 *		A value as folded words, and what words say nothing.
 */
#include "linkage/words.h"

#include <string.h>

#include "linkage/blocking.h"
#include "text/fold.h"

static bool
is_word_char(char c)
{
	return (c >= 'a' && c <= 'z') || clt_is_digit(c) || (unsigned char) c >= 0x80;
}

/* clt_is_placeholder tells whether folded words stand for "we do not know". */
bool
clt_is_placeholder(const char *s, size_t len)
{
	size_t		i;
	bool		same = true;

	if (len == 0)
		return true;
	if (clt_in_words(&clt_placeholders, s, len))
		return true;
	/* 0, 000000, 999999 */
	for (i = 1; i < len && same; i++)
		same = s[i] == s[0];
	if (same && len >= 4 && clt_is_digit(s[0]))
		return true;
	return same && s[0] == '0';
}

/*
 * clt_sound_key hashes the skeleton of a folded name: the first letter's class
 * and the consonants, with those merged that are written for one another in
 * European languages.  Vowels, doubled letters and h do not count.
 */
uint64_t
clt_sound_key(const char *s, size_t len)
{
	char		out[16];
	size_t		n = 0;
	size_t		i;
	char		last = 0;

	for (i = 0; i < len && n < sizeof(out); i++)
	{
		char		c = s[i];
		char		next = i + 1 < len ? s[i + 1] : 0;

		if (clt_is_digit(c) || (unsigned char) c >= 0x80)
		{
			out[n++] = c;
			last = c;
			continue;
		}
		switch (c)
		{
			case 'a':
			case 'e':
			case 'i':
			case 'o':
			case 'u':
			case 'y':
				c = n == 0 ? 'a' : 0;
				break;
			case 'h':
			case 'w':
			case 'v':
				c = c == 'h' ? 0 : 'v';
				break;
			case 'f':
				c = 'v';
				break;
			case 'p':
				c = next == 'h' ? 'v' : 'p';
				break;
			case 'b':
				c = 'p';
				break;
			case 'd':
			case 't':
				c = 't';
				break;
			case 'c':
				c = (next == 'e' || next == 'i' || next == 'y' || next == 'z' || next == 'h') ? 's' : 'k';
				break;
			case 'k':
			case 'q':
			case 'g':
				c = 'k';
				break;
			case 'x':
			case 's':
			case 'z':
				c = 's';
				break;
			case 'j':
				c = n == 0 ? 'j' : 0;
				break;
			case 'm':
			case 'n':
				c = 'n';
				break;
			default:
				if (c < 'a' || c > 'z')
					c = 0;
				break;
		}
		if (c == 0)
		{
			last = 0;
			continue;
		}
		if (c != last)
			out[n++] = c;
		last = c;
	}
	return n == 0 ? 0 : clt_block_hash(out, n, 77);
}

/* clt_fold_words folds and leaves words with one space between; returns the length. */
size_t
clt_fold_words(const char *src, size_t len, char *dst)
{
	size_t		need = clt_fold_utf8(src, len, dst, CLT_NORMAL_CAP);
	size_t		n = 0;
	size_t		i;

	if (need > CLT_NORMAL_CAP)
		need = 0;
	for (i = 0; i < need; i++)
	{
		char		c = dst[i];

		if (c >= 'A' && c <= 'Z')
			c += 'a' - 'A';
		if (is_word_char(c))
			dst[n++] = c;
		else if (c == '\'' || c == '`')
			continue;
		else if (n > 0 && dst[n - 1] != ' ')
			dst[n++] = ' ';
	}
	while (n > 0 && dst[n - 1] == ' ')
		n--;
	return n;
}

void
clt_split_words(CltNormal *out)
{
	uint32_t	i = 0;

	out->ntokens = 0;
	while (i < out->len && out->ntokens < CLT_NORMAL_TOKENS)
	{
		uint32_t	j = i;

		while (j < out->len && out->s[j] != ' ')
			j++;
		if (j > i)
		{
			out->token_off[out->ntokens] = i;
			out->token_len[out->ntokens++] = j - i;
		}
		i = j + 1;
	}
}

/* clt_keep_words rewrites s with the tokens for which keep is set. */
void
clt_keep_words(CltNormal *out, const bool *keep)
{
	uint32_t	n = 0;
	int			i;

	for (i = 0; i < out->ntokens; i++)
	{
		if (!keep[i])
			continue;
		if (n > 0)
			out->s[n++] = ' ';
		memmove(out->s + n, out->s + out->token_off[i], out->token_len[i]);
		n += out->token_len[i];
	}
	out->len = n;
	clt_split_words(out);
}

uint64_t
clt_joined_hash(const CltNormal *out)
{
	uint64_t	h;
	char		joined[CLT_NORMAL_INPUT];
	size_t		n = 0;
	uint32_t	i;

	for (i = 0; i < out->len && n < sizeof(joined); i++)
		if (out->s[i] != ' ')
			joined[n++] = out->s[i];
	h = clt_block_hash(joined, n, 11);
	return h;
}

/* clt_fold_name folds a column's name; the size convention of fold.h. */
size_t
clt_fold_name(const char *src, size_t len, char *dst, size_t cap)
{
	return clt_fold_utf8(src, len, dst, cap);
}
