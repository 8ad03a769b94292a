/*
 * normalize.c
 *		From what people typed to what is compared: one value, by its kind.
 *
 * Called once for each distinct value of a column, so it may take its time.
 * What says nothing (empty, "n/a", "nepoznato", 000000, test@test.com) leaves
 * with length 0 and is no evidence from then on.
 */
#include "linkage/normalize.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "linkage/blocking.h"
#include "linkage/levels.h"
#include "linkage/location.h"
#include "linkage/words.h"
#include "text/fold.h"
#include "text/keys.h"
#include "text/names.h"

/* clt_is_title tells whether a folded word stands before names: dr, frau, mag. */
bool
clt_is_title(const char *s, size_t len)
{
	return clt_in_words(&clt_titles, s, len);
}

static void
drop_titles(CltNormal *out)
{
	bool		keep[CLT_NORMAL_TOKENS];
	int			kept = 0;
	int			i;

	for (i = 0; i < out->ntokens; i++)
	{
		keep[i] = !clt_is_title(out->s + out->token_off[i], out->token_len[i]);
		kept += keep[i];
	}
	if (kept > 0 && kept < out->ntokens)
		clt_keep_words(out, keep);
}

/* drop_monsieur takes M. for a title where given name and surname stand behind it. */
static void
drop_monsieur(CltNormal *out)
{
	bool		keep[CLT_NORMAL_TOKENS];
	int			i;

	if (out->ntokens < 3 || out->token_len[0] != 1 || out->s[out->token_off[0]] != 'm')
		return;
	for (i = 0; i < out->ntokens; i++)
	{
		keep[i] = i > 0;
		if (i > 0 && out->token_len[i] < 2)
			return;
	}
	clt_keep_words(out, keep);
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
		clt_keep_words(out, keep);
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
	out->alt[1] = clt_joined_hash(out);
	out->sound = family_sound(out);
}

/* full_name_keys: the words in any order, each in its family form unless it is a given name: Jan is not Jana. */
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
		sum += clt_block_mix(clt_name_marks(t, out->token_len[i]) ? clt_block_hash(t, out->token_len[i], 12) :
							 family_hash(out, t, out->token_len[i]));
		sounds += clt_block_mix(clt_sound_key(t, out->token_len[i]));
	}
	out->alt[0] = sum;
	out->alt[1] = clt_joined_hash(out);
	out->sound = sounds;
}

/* sex_letter returns m or f for a word that says so in one of many languages, be it a way to address somebody, else 0. */
static char
sex_letter(const char *s, size_t len)
{
	if (clt_in_words(&clt_male, s, len))
		return 'm';
	if (clt_in_words(&clt_female, s, len))
		return 'f';
	return 0;
}

/*
 * sex_of returns the sex that a folded value says, as a whole or by its first word that says one: Frau Dr., M.
 * Of several words one of a letter says none: k. A. is "keine Angabe".
 */
static char
sex_of(const char *s, size_t len)
{
	char		letter = sex_letter(s, len);
	size_t		from;
	size_t		to;

	for (from = 0; letter == 0 && from < len; from = to + 1)
	{
		for (to = from; to < len && s[to] != ' '; to++)
			;
		if (to - from > 1)
			letter = sex_letter(s + from, to - from);
	}
	return letter;
}

static bool
normalize_sex(CltNormal *out)
{
	char		letter = sex_of(out->s, out->len);

	if (letter)
	{
		out->s[0] = letter;
		out->len = 1;
		return true;
	}
	return out->len > 0 && !clt_is_placeholder(out->s, out->len) && out->s[0] != 'u' && out->s[0] != 'd';
}

/* clt_sex_said returns m or f if a value says a sex, else 0. */
char
clt_sex_said(const char *s, size_t len)
{
	char		folded[64];
	size_t		n = clt_fold_utf8(s, len, folded, sizeof(folded));

	return n <= sizeof(folded) ? sex_of(folded, n) : 0;
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A currency or unit is not longer. */
#define UNIT_LENGTH 8
#define CURRENCY_LENGTH 3

/*
 * clt_read_amount reads the one number of "$1,299.00", "1.299,00 EUR", "-5,5 %": the last point or comma that not
 * exactly three digits follow begins the fraction, and so does a point that stands alone.
 */
bool
clt_read_amount(const char *s, size_t len, double *value)
{
	char		plain[64];
	size_t		n = 0;
	size_t		other = 0;
	size_t		point = 0;		/* 1 + where the fraction begins in plain */
	int			points = 0;
	int			commas = 0;
	bool		begun = false;
	bool		ended = false;
	size_t		i;

	for (i = 0; i < len; i++)
	{
		char		c = s[i];
		bool		digit_next = i + 1 < len && clt_is_digit(s[i + 1]);

		if (clt_is_digit(c))
		{
			if (ended || n + 1 >= sizeof(plain))
				return false;
			/* A12 is no number, BG-123 none either, nor is Deal 12 */
			if (!begun && ((i > 0 && is_letter(s[i - 1])) || other > CURRENCY_LENGTH))
				return false;
			if (!begun && i > 0 && s[i - 1] == '-')
			{
				if (i > 1 && s[i - 2] != ' ')
					return false;
				plain[n++] = '-';
			}
			begun = true;
			plain[n++] = c;
			continue;
		}
		if (begun && !ended && digit_next && (c == '.' || c == ','))
		{
			points += c == '.';
			commas += c == ',';
			point = n + 1;
			continue;
		}
		if (begun && !ended && c == '\'' && digit_next)
			continue;
		if (begun)
			ended = true;
		if (c != ' ' && c != '-' && ++other > UNIT_LENGTH)
			return false;
	}
	if (!begun)
		return false;
	/* 1,299 and 1.299.000 are whole numbers */
	if (point > 0 && ((n + 1 - point == 3 && points + commas == 1 && commas == 1) || points > 1 || (commas > 1 && points == 0)))
		point = 0;
	plain[n] = 0;
	*value = strtod(plain, NULL);
	for (; point > 0 && point <= n; point++)
		*value /= 10;
	return true;
}

static bool
normalize_number(CltNormal *out, const char *src, size_t len)
{
	char		buf[64];
	char	   *end;
	double		v;

	if (len == 0 || len >= sizeof(buf))
		return false;
	memcpy(buf, src, len);
	buf[len] = 0;

	v = strtod(buf, &end);
	if (end == buf || *end != 0)
	{
		if (!clt_read_amount(src, len, &v))
			return false;
	}
	if (!(v > -1e15 && v < 1e15))
		return false;
	out->num = (int64_t) (v * 100 + (v < 0 ? -0.5 : 0.5));
	/* however it was written */
	out->len = (uint32_t) snprintf(out->s, sizeof(buf), "%s%lld.%02d", out->num < 0 ? "-" : "", llabs(out->num) / 100, (int) (llabs(out->num) % 100));
	return true;
}

/*
 * Forms that are one and the same in several languages.  A firm in Bienne is a GmbH and a Sàrl, one in Novi Sad d.o.o. at
 * home and Ltd abroad; which country it is of its address says.
 */
static const char *const one_form[][22] = {
	{"GmbH", "Sarl", "Sagl", "d.o.o.", "d.o.o.e.l.", "s.r.o.", "sp. z o.o.", "S.r.l.", "Kft.", "Ltd", "LLC", "B.V.", "SPRL", "S.L.", "Lda", "OOD", "E.P.E.", "OOO", "TOV", NULL},
	{"AG", "S.A.", "a.d.", "d.d.", "a.s.", "S.p.A.", "PLC", "N.V.", "Rt.", "Zrt.", "Nyrt.", "EAD", "A.E.", "AO", NULL},
};

/* in_one_language returns the first name of a form. */
static const char *
in_one_language(const char *form)
{
	size_t		i;
	size_t		k;

	for (i = 0; i < CLT_LENGTH(one_form); i++)
		for (k = 0; one_form[i][k]; k++)
			if (strcmp(one_form[i][k], form) == 0)
				return one_form[i][0];
	return form;
}

/* normalize_legal_form keeps of a firm's name what it says of its form; many say nothing. */
static bool
normalize_legal_form(CltNormal *out, const char *src, size_t len)
{
	CltLegalForm form = CLT_LEGAL_NONE;
	const char *name;

	clt_company_name_key(src, len, out->work, CLT_NORMAL_CAP, &form);
	name = clt_legal_form_name(form);
	if (!name)
		return false;
	name = in_one_language(name);
	out->len = (uint32_t) strlen(name);
	memcpy(out->s, name, out->len);
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

/* Digits of a postcode that a town may stand beside, at least, and letters of such a town. */
#define POSTCODE_DIGITS 4
#define TOWN_LETTERS 3

/* drop_town leaves the postcode of "8016 Zürich" or "110 00 Praha 1": a word is not of the postcode, nor is what stands behind both. */
static void
drop_town(CltNormal *out)
{
	bool		keep[CLT_NORMAL_TOKENS];
	uint32_t	digits = 0;
	bool		behind = false;
	int			kept = 0;
	int			i;

	clt_split_words(out);
	for (i = 0; i < out->ntokens; i++)
	{
		const char *t = out->s + out->token_off[i];
		uint32_t	of_word = 0;
		uint32_t	k;

		for (k = 0; k < out->token_len[i]; k++)
			of_word += clt_is_digit(t[k]);
		behind |= digits >= POSTCODE_DIGITS && of_word == 0 && out->token_len[i] >= TOWN_LETTERS;
		digits += of_word;
		keep[i] = !behind && (of_word > 0 || out->token_len[i] < TOWN_LETTERS);
		kept += keep[i];
	}
	if (digits >= POSTCODE_DIGITS && kept > 0 && kept < out->ntokens)
		clt_keep_words(out, keep);
}

/* drop_country leaves the number of "DE123456789": the two letters come and go. */
static void
drop_country(CltNormal *out)
{
	uint32_t	i;

	if (out->len < 8 || clt_is_digit(out->s[0]) || clt_is_digit(out->s[1]))
		return;
	for (i = 2; i < out->len; i++)
		if (!clt_is_digit(out->s[i]))
			return;
	out->len -= 2;
	memmove(out->s, out->s + 2, out->len);
}

static bool
normalize_words(CltKind kind, CltNormal *out)
{
	clt_split_words(out);
	if (kind <= CLT_KIND_FULL_NAME)
		drop_titles(out);
	if (kind == CLT_KIND_FULL_NAME)
		drop_monsieur(out);
	if (kind == CLT_KIND_GIVEN)
		drop_initials(out);
	if (clt_is_placeholder(out->s, out->len))
	{
		/* one letter is an initial, even an x */
		if (!(kind <= CLT_KIND_MIDDLE && out->len == 1 && out->s[0] >= 'a'))
			return false;
	}
	if (kind == CLT_KIND_GIVEN && clt_in_words(&clt_unnamed, out->s, out->len))
		return false;
	switch (kind)
	{
		case CLT_KIND_GIVEN:
		case CLT_KIND_MIDDLE:
			if (out->len == 1)
				out->flags |= CLT_VALUE_INITIAL;
			out->sound = clt_sound_key(out->s, out->ntokens ? out->token_len[0] : out->len);
			out->alt[0] = clt_joined_hash(out);
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
			out->alt[0] = clt_joined_hash(out);
			out->sound = out->ntokens ? clt_sound_key(out->s + out->token_off[0], out->token_len[0]) : 0;
			break;
		case CLT_KIND_CITY:
		case CLT_KIND_REGION:
		case CLT_KIND_CATEGORY:
			out->alt[0] = clt_joined_hash(out);
			out->sound = clt_sound_key(out->s, out->len);
			break;
		default:
			break;
	}
	return out->len > 0;
}

/* join_codes writes TS-730W as TS730W: hyphens between letters and digits come and go. */
static size_t
join_codes(const char *src, size_t len, char *dst)
{
	size_t		n = 0;
	size_t		i;

	for (i = 0; i < len; i++)
	{
		if (src[i] == '-' && i > 0 && i + 1 < len &&
			((clt_is_digit(src[i - 1]) && is_letter(src[i + 1])) || (is_letter(src[i - 1]) && clt_is_digit(src[i + 1]))))
			continue;
		dst[n++] = src[i];
	}
	return n;
}

/* clip_url leaves of the address of a website the host, without www. */
static const char *
clip_url(const char *src, size_t *len)
{
	size_t		n = *len;
	bool		is_url = false;
	size_t		i;

	if (n > 7 && strncasecmp(src, "http", 4) == 0 && (memcmp(src + 4, "://", 3) == 0 || (n > 8 && memcmp(src + 5, "://", 3) == 0)))
	{
		size_t		scheme = src[4] == ':' ? 7 : 8;

		src += scheme;
		n -= scheme;
		is_url = true;
	}
	if (n > 4 && strncasecmp(src, "www.", 4) == 0)
	{
		src += 4;
		n -= 4;
		is_url = true;
	}
	for (i = 0; is_url && i < n; i++)
		if (src[i] == '/' || src[i] == '?' || src[i] == '#')
			n = i;
	*len = n;
	return src;
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

/* trim drops the space before a value, and what is too long of it, between two characters. */
static const char *
trim(const char *src, size_t *len)
{
	size_t		n = *len;

	while (n > 0 && (*src == ' ' || *src == '\t' || *src == '\n'))
	{
		src++;
		n--;
	}
	if (n > CLT_NORMAL_INPUT)
	{
		n = CLT_NORMAL_INPUT;
		while (n > 0 && ((unsigned char) src[n] & 0xc0) == 0x80)
			n--;
	}
	*len = n;
	return src;
}

/* normalize_date writes a date that is written in one of many ways. */
static bool
normalize_date(CltNormal *out, const char *src, size_t len)
{
	int			y;
	int			m;
	int			d;

	if (!clt_parse_date(src, len, &y, &m, &d))
		return false;
	clt_normalize_date(y, m, d, out);
	return out->len > 0;
}

/* normalize_code writes what is compared without its spaces: a postcode or an identifier. */
static bool
normalize_code(CltKind kind, CltNormal *out, const char *src, size_t len)
{
	out->len = (uint32_t) clt_fold_words(src, len, out->s);
	if (kind == CLT_KIND_POSTCODE)
		drop_town(out);
	strip_spaces(out);
	if (kind == CLT_KIND_IDENTIFIER)
		drop_country(out);
	return !clt_is_placeholder(out->s, out->len) && !(out->len == 9 && memcmp(out->s, "123456789", 9) == 0);
}

/* normalize_as writes what a kind makes of a text that is not empty; false when that is no evidence. */
static bool
normalize_as(CltKind kind, CltNormal *out, const char *src, size_t len)
{
	switch (kind)
	{
		case CLT_KIND_EMAIL:
			return clt_normalize_email(out, src, len);
		case CLT_KIND_PHONE:
			return clt_normalize_phone(out, src, len);
		case CLT_KIND_STREET:
			return clt_normalize_street(out, src, len);
		case CLT_KIND_HOUSE_NUMBER:
			return clt_normalize_house_number(out, src, len);
		case CLT_KIND_NUMBER:
			return normalize_number(out, src, len);
		case CLT_KIND_LOCATION:
			return clt_normalize_location(out, src, len);
		case CLT_KIND_COMPANY:
			out->len = (uint32_t) clt_company_name_key(src, len, out->s, CLT_NORMAL_CAP, NULL);
			return out->len <= CLT_NORMAL_CAP && normalize_words(kind, out);
		case CLT_KIND_LEGAL_FORM:
			return normalize_legal_form(out, src, len);
		case CLT_KIND_SEX:
			out->len = (uint32_t) clt_fold_words(src, len, out->s);
			return normalize_sex(out);
		case CLT_KIND_POSTCODE:
		case CLT_KIND_IDENTIFIER:
			return normalize_code(kind, out, src, len);
		case CLT_KIND_TEXT:
			src = clip_url(src, &len);
			len = join_codes(src, len, out->work);
			out->len = (uint32_t) clt_fold_words(out->work, len, out->s);
			return normalize_words(kind, out);
		default:
			out->len = (uint32_t) clt_fold_words(src, len, out->s);
			return normalize_words(kind, out);
	}
}

/* clt_normalize encodes one value; false when it is no evidence. */
bool
clt_normalize(CltKind kind, const char *src, size_t len, CltNormal *out)
{
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
	src = trim(src, &len);
	if (len == 0)
		return false;
	if (kind == CLT_KIND_DATE)
		return normalize_date(out, src, len);
	if (!normalize_as(kind, out, src, len))
	{
		out->len = 0;
		return false;
	}
	return finish(out);
}
