/*
 * normalize.c
 *		From what people typed to what is compared: one value, by its kind.
 *
 * Called once for each distinct value of a column, so it may take its time.
 * What says nothing (empty, "n/a", "nepoznato", 000000, test@test.com) leaves
 * with length 0 and is no evidence from then on.
 */
#include "linkage/normalize.h"

#include <stdlib.h>
#include <string.h>

#include "linkage/blocking.h"
#include "linkage/levels.h"
#include "linkage/location.h"
#include "text/fold.h"
#include "text/keys.h"

/* Written where a value was demanded and none was known; folded, sorted. */
static const char *const placeholders[] = {
	"", "?", "anonim", "anonymous", "anonymus", "asdf", "bez", "bez podatka", "brak", "brak danych",
	"desconocido", "empty", "inconnu", "inserire", "ismeretlen", "jane doe", "john doe", "k a", "keine",
	"keine angabe", "leer", "missing", "n a", "n n", "na", "nan", "ne zna se", "neuveden", "neuvedeno",
	"neuvedene", "neznam", "neznamy", "neznama", "nezname", "neznano", "nema", "nema podataka", "nema podatka",
	"nepoznat", "nepoznata", "nepoznato", "ni podatka", "nicht angegeben", "nic", "nie dotyczy", "nie podano",
	"nieznana", "nieznany", "nil", "no", "no name", "none", "not applicable", "not available", "not known",
	"not provided", "null", "o a", "ohne", "proba", "sconosciuto", "tba", "tbd", "test", "test test", "tester",
	"unbekannt", "undefined", "unknown", "x", "xx", "xxx", "xxxx", "xxxxx", "zadny"
};

static const char *const titles[] = {
	"mr", "mrs", "ms", "miss", "mx", "dr", "prof", "sir", "dipl", "ing", "mgr", "mudr", "judr", "phdr", "rndr",
	"bc", "phd", "mba", "herr", "frau", "pan", "pani", "gdin", "gosp", "gospodin", "gospodja", "gospa", "gdja",
	"mag", "jr", "sr", "ii", "iii"
};

static const char *const role_mailboxes[] = {
	"admin", "administracija", "biuro", "contact", "hello", "info", "kancelarija", "kontakt", "mail", "marketing",
	"noreply", "office", "post", "posta", "poczta", "podrska", "prodaja", "prodej", "recepcija", "reception",
	"sales", "sekretariat", "service", "shop", "support", "team", "uprava", "vertrieb", "webmaster"
};

/* What stands behind these says where to look for the house, not what its address is. */
static const char *const hints[] = {"between", "near", "opposite", "off", "at", "blizu", "pored", "preko", "naspram", "gegenuber"};

static const char *const ordinals[] = {"first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
"eleventh", "twelfth"};

/* Country calling codes that are looked for at the head of an international number. */
static const char *const calling_codes[] = {
	"1", "7", "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47", "48",
	"49", "51", "52", "54", "55", "56", "57", "60", "61", "62", "63", "64", "65", "66", "81", "82", "84", "86", "90",
	"91", "92", "98", "212", "213", "216", "351", "352", "353", "354", "355", "356", "357", "358", "359", "370",
	"371", "372", "373", "374", "375", "376", "377", "380", "381", "382", "383", "385", "386", "387", "389", "420",
	"421", "423", "971", "972"
};

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

static bool
in_list(const char *const *list, size_t n, const char *s, size_t len)
{
	size_t		i;

	for (i = 0; i < n; i++)
		if (list[i][0] == (len > 0 ? s[0] : '\0') && strlen(list[i]) == len && memcmp(list[i], s, len) == 0)
			return true;
	return false;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_word_char(char c)
{
	return (c >= 'a' && c <= 'z') || is_digit(c) || (unsigned char) c >= 0x80;
}

/* clt_is_placeholder tells whether folded words stand for "we do not know". */
bool
clt_is_placeholder(const char *s, size_t len)
{
	size_t		i;
	bool		same = true;

	if (len == 0)
		return true;
	if (in_list(placeholders, LENGTH(placeholders), s, len))
		return true;
	/* 0, 000000, 999999 */
	for (i = 1; i < len && same; i++)
		same = s[i] == s[0];
	if (same && len >= 4 && is_digit(s[0]))
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

		if (is_digit(c) || (unsigned char) c >= 0x80)
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

/* fold_words folds and leaves words with one space between; returns the length. */
static size_t
fold_words(const char *src, size_t len, char *dst)
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

static void
split_tokens(CltNormal *out)
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

/* keep_tokens rewrites s with the tokens for which keep is set. */
static void
keep_tokens(CltNormal *out, const bool *keep)
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
	split_tokens(out);
}

static uint64_t
joined_hash(const CltNormal *out)
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

static void
drop_titles(CltNormal *out)
{
	bool		keep[CLT_NORMAL_TOKENS];
	int			kept = 0;
	int			i;

	for (i = 0; i < out->ntokens; i++)
	{
		keep[i] = !in_list(titles, LENGTH(titles), out->s + out->token_off[i], out->token_len[i]);
		kept += keep[i];
	}
	if (kept > 0 && kept < out->ntokens)
		keep_tokens(out, keep);
}

static void
drop_initials(CltNormal *out)
{
	bool		keep[CLT_NORMAL_TOKENS];
	int			kept = 0;
	int			i;

	for (i = 0; i < out->ntokens; i++)
	{
		keep[i] = out->token_len[i] > 1;
		kept += keep[i];
	}
	if (kept > 0 && kept < out->ntokens)
		keep_tokens(out, keep);
}

/* family_hash hashes the family form of s[off .. off + len). */
static uint64_t
family_hash(CltNormal *out, const char *s, size_t len)
{
	size_t		n;

	memcpy(out->work, s, len);
	n = clt_family_name_key_folded(out->work, len);
	return clt_block_hash(out->work, n, 12);
}

/* family_sound hashes the sound of the family form. */
static uint64_t
family_sound(CltNormal *out)
{
	memcpy(out->work, out->s, out->len);
	return clt_sound_key(out->work, clt_family_name_key_folded(out->work, out->len));
}

static void
surname_keys(CltNormal *out)
{
	out->alt[0] = family_hash(out, out->s, out->len);
	out->alt[1] = joined_hash(out);
	out->sound = family_sound(out);
}

/* full_name_keys: the words in any order, each in its family form. */
static void
full_name_keys(CltNormal *out)
{
	uint64_t	sum = 0;
	uint64_t	sounds = 0;
	int			i;

	for (i = 0; i < out->ntokens; i++)
	{
		const char *t = out->s + out->token_off[i];

		if (out->token_len[i] < 2)
			continue;
		sum += clt_block_mix(family_hash(out, t, out->token_len[i]));
		sounds += clt_block_mix(clt_sound_key(t, out->token_len[i]));
	}
	out->alt[0] = sum;
	out->alt[1] = joined_hash(out);
	out->sound = sounds;
}

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

static bool
normalize_email(CltNormal *out, const char *src, size_t len)
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
	if (in_list(role_mailboxes, LENGTH(role_mailboxes), out->work, m))
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
 * normalize_phone leaves the national significant number as far as it can be
 * known without the country: the calling code goes when the number says that it
 * is international, otherwise the trunk zeros.
 */
static bool
normalize_phone(CltNormal *out, const char *src, size_t len)
{
	size_t		n = 0;
	size_t		i;
	bool		international = false;
	size_t		skip = 0;
	bool		all_same = true;

	for (i = 0; i < len; i++)
	{
		char		c = src[i];

		if (is_digit(c))
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
		for (i = 0; i < LENGTH(calling_codes); i++)
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
		if (!is_digit(s[i]))
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
		while (i < len && is_digit(s[i]) && width[n] < 9)
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

/* house_number: the leading number, and the whole without spaces. */
static bool
normalize_house_number(CltNormal *out, const char *src, size_t len)
{
	size_t		n = fold_words(src, len, out->s);
	size_t		m = 0;
	size_t		i;

	for (i = 0; i < n; i++)
		if (out->s[i] != ' ')
			out->s[m++] = out->s[i];
	out->len = (uint32_t) m;
	out->num = 0;
	for (i = 0; i < m && !is_digit(out->s[i]); i++)
		;
	for (; i < m && is_digit(out->s[i]) && out->num < 100000; i++)
		out->num = out->num * 10 + (out->s[i] - '0');
	return m > 0 && !clt_is_placeholder(out->s, m);
}

/* is_house_number: 12, 12a, 12/3 written as one word; not 5th or 2nd. */
static bool
is_house_number(const char *s, uint32_t len)
{
	uint32_t	i = 0;

	while (i < len && is_digit(s[i]))
		i++;
	return i > 0 && len - i <= 1;
}

/* cut_hints leaves "between 5th and 6th" out and writes "fifth avenue" as "5th avenue". */
static void
cut_hints(CltNormal *out)
{
	bool		keep[CLT_NORMAL_TOKENS];
	char text[	CLT_NORMAL_INPUT];
	size_t		n = 0;
	bool		cut = false;
	int			i;
	size_t		k;

	for (i = 0; i < out->ntokens; i++)
	{
		const char *t = out->s + out->token_off[i];
		uint32_t	len = out->token_len[i];

		cut |= i >= 2 && in_list(hints, LENGTH(hints), t, len);
		keep[i] = !cut;
	}
	if (cut)
		keep_tokens(out, keep);
	if (out->len >= sizeof(text) - 16)
		return;
	for (i = 0; i < out->ntokens; i++)
	{
		const char *t = out->s + out->token_off[i];
		uint32_t	len = out->token_len[i];

		if (i > 0)
			text[		n++] = ' ';

		for (k = 0; k < LENGTH(ordinals) && i + 1 < out->ntokens; k++)
			if (strlen(ordinals[k]) == len && memcmp(ordinals[k], t, len) == 0)
				break;
		if (k < LENGTH(ordinals) && i + 1 < out->ntokens && n + 8 < sizeof(text))
		{
			if (k >= 9)
				text[		n++] = '1';
			text[		n++] = (char) ('0' + (k + 1) % 10);

			memcpy(text +n, k == 0 ? "st" : k == 1 ? "nd" : k == 2 ? "rd" : "th", 2);
			n += 2;
		}
		else if (n + len < sizeof(text))
		{
			memcpy(text +n, t, len);
			n += len;
		}
	}
	memcpy(out->s, text, n);
	out->len = (uint32_t) n;
}

/* take_number notes a house number: itself, and its digits. */
static void
take_number(CltNormal *out, const char *s, uint32_t len)
{
	uint32_t	k;

	out->alt[1] = clt_block_hash(s, len, 16);
	for (k = 0; k < len && is_digit(s[k]) && out->num < 100000; k++)
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
		if (out->token_len[i] >= 2 && is_digit(t[0]) && is_digit(t[out->token_len[i] - 1]) &&
			out->token_len[i] + (is_digit(t[-2]) ? out->token_len[i - 1] : 0) >= 4)
			break;
	}
	if (i <= 0)
		return 0;
	from = out->token_off[i + 1];
	if (out->len - from >= cap || is_digit(out->s[from]))
		return 0;
	memcpy(town, out->s + from, out->len - from);
	return out->len - from;
}

/* normalize_street takes the house number out, should it be in there. */
static bool
normalize_street(CltNormal *out, const char *src, size_t len)
{
	char		town[96];
	size_t		ntown;
	size_t		n;
	int			last;

	out->len = (uint32_t) fold_words(src, len, out->s);
	split_tokens(out);
	cut_hints(out);
	split_tokens(out);
	ntown = town_behind(out, town, sizeof(town));
	memcpy(out->work, out->s, out->len);
	n = clt_street_key(out->work, out->len, out->s, CLT_NORMAL_CAP);
	if (n > CLT_NORMAL_CAP)
		return false;
	out->len = (uint32_t) n;
	split_tokens(out);
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
	split_tokens(out);
	if (clt_is_placeholder(out->s, out->len))
		return false;
	out->alt[0] = joined_hash(out);
	out->sound = out->ntokens ? clt_sound_key(out->s + out->token_off[out->ntokens - 1],
											  out->token_len[out->ntokens - 1]) : 0;
	return true;
}

/* sex_letter returns m or f for a word that says so in one of many languages, else 0. */
static char
sex_letter(const char *s, size_t len)
{
	static const char *const male[] = {"m", "male", "man", "mann", "mannlich", "maennlich", "muski", "musko", "muz",
	"mezczyzna", "mez", "mr", "herr", "moski", "muzsky", "h", "hombre", "masculino", "homme", "maschio", "ferfi"};
	static const char *const female[] = {"f", "female", "woman", "w", "weiblich", "frau", "zenski", "zensko", "z",
	"zena", "k", "kobieta", "mrs", "ms", "miss", "zenska", "zensky", "mujer", "femenino", "femme", "femmina"};

	if (in_list(male, LENGTH(male), s, len))
		return 'm';
	if (in_list(female, LENGTH(female), s, len))
		return 'f';
	return 0;
}

static bool
normalize_sex(CltNormal *out)
{
	char		letter = sex_letter(out->s, out->len);

	if (letter)
	{
		out->s[0] = letter;
		out->len = 1;
		return true;
	}
	return out->len > 0 && !clt_is_placeholder(out->s, out->len) && out->s[0] != 'u' && out->s[0] != 'd';
}

/* clt_is_sex tells whether a value names a sex. */
bool
clt_is_sex(const char *s, size_t len)
{
	char		folded[64];
	size_t		n = clt_fold_utf8(s, len, folded, sizeof(folded));

	while (n > 0 && n <= sizeof(folded) && folded[n - 1] == '.')
		n--;
	return n <= sizeof(folded) && sex_letter(folded, n) != 0;
}

/* clt_fold_name folds a column's name; the size convention of fold.h. */
size_t
clt_fold_name(const char *src, size_t len, char *dst, size_t cap)
{
	return clt_fold_utf8(src, len, dst, cap);
}

static bool
normalize_number(CltNormal *out, const char *src, size_t len)
{
	char text[	64];
	char	   *end;
	double		v;

	if (len == 0 || len >= sizeof(text))
		return false;
	memcpy(text, src, len);
	text[		len] = 0;

	v = strtod(text, &end);
	if (end == text ||!(v > -1e15 && v < 1e15))
		return false;
	out->num = (int64_t) (v * 100 + (v < 0 ? -0.5 : 0.5));
	memcpy(out->s, src, len);
	out->len = (uint32_t) len;
	return true;
}

/* strip_spaces joins the words. */
static void
strip_spaces(CltNormal *out)
{
	uint32_t	n = 0;
	uint32_t	i;

	for (i = 0; i < out->len; i++)
		if (out->s[i] != ' ')
			out->s[n++] = out->s[i];
	out->len = n;
}

/* drop_country leaves the number of "DE123456789": the two letters come and go. */
static void
drop_country(CltNormal *out)
{
	uint32_t	i;

	if (out->len < 8 || is_digit(out->s[0]) || is_digit(out->s[1]))
		return;
	for (i = 2; i < out->len; i++)
		if (!is_digit(out->s[i]))
			return;
	out->len -= 2;
	memmove(out->s, out->s + 2, out->len);
}

static bool
normalize_words(CltKind kind, CltNormal *out)
{
	split_tokens(out);
	if (kind <= CLT_KIND_FULL_NAME)
		drop_titles(out);
	if (kind == CLT_KIND_GIVEN)
		drop_initials(out);
	if (clt_is_placeholder(out->s, out->len))
	{
		/* one letter is an initial, even an x */
		if (!(kind <= CLT_KIND_MIDDLE && out->len == 1 && out->s[0] >= 'a'))
			return false;
	}
	switch (kind)
	{
		case CLT_KIND_GIVEN:
		case CLT_KIND_MIDDLE:
			if (out->len == 1)
				out->flags |= CLT_VALUE_INITIAL;
			out->sound = clt_sound_key(out->s, out->ntokens ? out->token_len[0] : out->len);
			out->alt[0] = joined_hash(out);
			/* should it be a surname: what that would sound like */
			out->num = (int64_t) family_sound(out);
			break;
		case CLT_KIND_SURNAME:
			surname_keys(out);
			break;
		case CLT_KIND_FULL_NAME:
			full_name_keys(out);
			break;
		case CLT_KIND_COMPANY:
		case CLT_KIND_TEXT:
			out->alt[0] = joined_hash(out);
			out->sound = out->ntokens ? clt_sound_key(out->s + out->token_off[0], out->token_len[0]) : 0;
			break;
		case CLT_KIND_CITY:
		case CLT_KIND_REGION:
		case CLT_KIND_CATEGORY:
			out->alt[0] = joined_hash(out);
			out->sound = clt_sound_key(out->s, out->len);
			break;
		default:
			break;
	}
	return out->len > 0;
}

/* finish marks what is plain ASCII; false if nothing is there. */
static bool
finish(CltNormal *out)
{
	uint32_t	i;

	out->flags |= CLT_VALUE_ASCII;
	for (i = 0; i < out->len; i++)
		if ((unsigned char) out->s[i] >= 0x80)
		{
			out->flags &= (uint16_t) ~CLT_VALUE_ASCII;
			break;
		}
	return out->len > 0;
}

/* clt_normalize encodes one value; false when it is no evidence. */
bool
clt_normalize(CltKind kind, const char *src, size_t len, CltNormal *out)
{
	bool		good;

	out->len = 0;
	out->sound = 0;
	out->num = 0;
	out->flags = 0;
	out->ntokens = 0;
	memset(out->alt, 0, sizeof(out->alt));
	if (kind == CLT_KIND_VERBATIM)
	{
		clt_verbatim(src, len, out);
		return finish(out);
	}
	while (len > 0 && (*src == ' ' || *src == '\t' || *src == '\n'))
	{
		src++;
		len--;
	}
	if (len > CLT_NORMAL_INPUT)
	{
		len = CLT_NORMAL_INPUT;
		while (len > 0 && ((unsigned char) src[len] & 0xc0) == 0x80)
			len--;
	}
	if (len == 0)
		return false;
	switch (kind)
	{
		case CLT_KIND_EMAIL:
			good = normalize_email(out, src, len);
			break;
		case CLT_KIND_PHONE:
			good = normalize_phone(out, src, len);
			break;
		case CLT_KIND_DATE:
			{
				int			y;
				int			m;
				int			d;

				if (!clt_parse_date(src, len, &y, &m, &d))
					return false;
				clt_normalize_date(y, m, d, out);
				return out->len > 0;
			}
		case CLT_KIND_STREET:
			good = normalize_street(out, src, len);
			break;
		case CLT_KIND_HOUSE_NUMBER:
			good = normalize_house_number(out, src, len);
			break;
		case CLT_KIND_NUMBER:
			good = normalize_number(out, src, len);
			break;
		case CLT_KIND_LOCATION:
			good = clt_normalize_location(out, src, len);
			break;
		case CLT_KIND_COMPANY:
			out->len = (uint32_t) clt_company_name_key(src, len, out->s, CLT_NORMAL_CAP, NULL);
			if (out->len > CLT_NORMAL_CAP)
				return false;
			good = normalize_words(kind, out);
			break;
		case CLT_KIND_SEX:
			out->len = (uint32_t) fold_words(src, len, out->s);
			good = normalize_sex(out);
			break;
		case CLT_KIND_POSTCODE:
		case CLT_KIND_IDENTIFIER:
			out->len = (uint32_t) fold_words(src, len, out->s);
			strip_spaces(out);
			if (kind == CLT_KIND_IDENTIFIER)
				drop_country(out);
			good = !clt_is_placeholder(out->s, out->len) && !(out->len == 9 && memcmp(out->s, "123456789", 9) == 0);
			break;
		default:
			out->len = (uint32_t) fold_words(src, len, out->s);
			good = normalize_words(kind, out);
			break;
	}
	if (!good)
	{
		out->len = 0;
		return false;
	}
	return finish(out);
}
