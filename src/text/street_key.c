/*
 * street_key.c
 *	  One key for the ways in which a street and house are written.
 *
 * The key is the street, then the house number: "ul. Kneza Miloša 12/III/7"
 * and "Кнеза Милоша 12, stan 7" are "kneza milosa 12".  Words that only say
 * "street" go where a language leaves them out, and are shortened where they
 * tell streets apart (Main Street, Main Road).  Floor, flat and staircase are
 * not in the key, so neighbours of one house share it.
 *
 * A pure kernel: see keys.h.
 */
#include <stdbool.h>
#include <string.h>

#include "text/keys.h"

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

/* A text of more words is not a street, and is folded only. */
#define MAX_WORDS	24

typedef struct StreetWord
{
	const char *s;
	size_t		len;
	bool		used;			/* no part of the key */
} StreetWord;

/* A word for a kind of street and the one written for it; "" for none. */
typedef struct StreetType
{
	const char *word;
	const char *key;
} StreetType;

/* Sorted by bytes. */
static const StreetType types[] = {
	{"al", "al"}, {"aleja", "al"}, {"aleje", "al"}, {"alej", "al"}, {"allee", "allee"}, {"av", "ave"},
	{"avda", "ave"}, {"ave", "ave"}, {"avenida", "ave"}, {"avenija", "ave"}, {"avenue", "ave"},
	{"bd", "bul"}, {"blvd", "bul"}, {"boulevard", "bul"}, {"bul", "bul"}, {"bulevar", "bul"},
	{"bulevard", "bul"}, {"bulevardul", "bul"}, {"bulv", "bul"}, {"bulvar", "bul"},
	{"cl", "cl"}, {"close", "cl"}, {"court", "ct"}, {"cres", "cres"}, {"crescent", "cres"}, {"ct", "ct"},
	{"drive", "dr"}, {"gardens", "gdns"}, {"gdns", "gdns"}, {"grove", "gr"},
	{"highway", "hwy"}, {"hwy", "hwy"}, {"korut", "krt"}, {"krt", "krt"},
	{"lane", "ln"}, {"leof", "leof"}, {"leoforos", "leof"}, {"ln", "ln"},
	{"nabr", "nabr"}, {"nabrezi", "nabr"}, {"nabrezie", "nabr"}, {"nabrezje", "nabr"},
	{"nam", "nam"}, {"namesti", "nam"}, {"namestie", "nam"},
	{"odos", ""}, {"os", "os"}, {"osiedle", "os"}, {"park", "park"}, {"parkway", "pkwy"}, {"piazza", "pza"},
	{"pkwy", "pkwy"}, {"pl", "pl"}, {"plac", "pl"}, {"place", "pl"}, {"plateia", "pl"},
	{"platz", "pl"}, {"plaza", "pza"}, {"plz", "pza"}, {"pza", "pza"}, {"rd", "rd"}, {"road", "rd"},
	{"sq", "sq"}, {"square", "sq"}, {"terrace", "terr"}, {"terr", "terr"}, {"tr", "tr"}, {"trida", "tr"},
	{"ul", ""}, {"ulica", ""}, {"ulice", ""}, {"ulici", ""}, {"ulitsa", ""}, {"utca", "utca"}
};

/* Words for "street" that stand behind the name, and grow together with it. */
static const char *const street_words[] = {"st", "str", "strasse", "street", "strase", "strada"};

/* With what stands behind them: flat, floor, staircase, door. */
static const char *const units[] = {
	"apartman", "apartment", "app", "appt", "apt", "byt", "etage", "ep", "emelet", "fl", "flat", "floor", "kat", "lok",
	"lokal", "m", "mieszk", "mieszkanie", "nadstropje", "og", "patro", "poschodie", "postal", "prizemlje",
	"soba", "spr", "sprat", "stan", "ste", "stiege", "stg", "stubiste", "suite", "top", "tur", "ulaz",
	"unit", "vchod", "whg", "wohnung"
};

/* Words that announce the number. */
static const char *const number_words[] = {
	"br", "broj", "cp", "c", "cislo", "hausnummer", "kbr", "n", "no", "nr", "num", "numero", "popisne", "stev", "d", "dom"
};

/* What stands behind a number that belongs to the name: 27. marta 15 */
static const char *const date_words[] = {
	"aprila", "avgusta", "augusta", "april", "brezna", "brigade", "cervence", "cervna", "czerwca", "decembra", "de",
	"divizije", "dubna", "februara", "grudnia", "jula", "juna", "januara", "juli", "juna", "kaplara",
	"kolovoza", "krajiske", "kvetna", "kwietnia", "ledna", "lipca", "lipnja", "listopada", "listopadu",
	"lutego", "maggio", "mai", "maja", "marca", "marta", "mart", "novembra", "oktobra", "ozujka",
	"pazdziernika", "prosinca", "prosince", "proleterske", "rijna", "rujna", "septembra", "settembre",
	"sierpnia", "sijecnja", "srpna", "srpnja", "studenog", "studenoga", "stycznia", "svibnja", "travnja", "udarne",
	"unora", "veljace", "vojvodjanske", "wrzesnia", "zari", "slavonske", "dalmatinske", "armije", "novembar", "jul",
	"maj", "avgust", "oktobar", "decembar", "septembar", "juni"
};

static bool
word_is(const StreetWord *w, const char *text)
{
	return w->len > 0 && text[0] == w->s[0] && strncmp(text, w->s, w->len) == 0 &&
	text[w->len] == '\0';
}

static bool
word_is_one_of(const StreetWord *w, const char *const *list, size_t n)
{
	size_t		i;

	for (i = 0; i < n; i++)
	{
		if (word_is(w, list[i]))
			return true;
	}
	return false;
}

static const StreetType *
find_type(const StreetWord *w)
{
	size_t		i;

	for (i = 0; i < LENGTH(types); i++)
	{
		if (word_is(w, types[i].word))
			return &types[i];
	}
	return NULL;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Is it a house number: digits, and at most two letters (12a, 12ab)? */
static bool
is_number(const StreetWord *w)
{
	size_t		digits = 0;

	while (digits < w->len && is_digit(w->s[digits]))
		digits++;
	if (digits == 0 || w->len - digits > 2)
		return false;
	/* 5th Avenue */
	return !(w->len - digits == 2 &&
			 (memcmp(w->s + digits, "th", 2) == 0 || memcmp(w->s + digits, "st", 2) == 0 ||
			  memcmp(w->s + digits, "nd", 2) == 0 || memcmp(w->s + digits, "rd", 2) == 0));
}

static bool
is_roman(const StreetWord *w)
{
	size_t		i;

	for (i = 0; i < w->len; i++)
	{
		if (strchr("ivxlc", w->s[i]) == NULL)
			return false;
	}
	return w->len > 0;
}

static bool
ends_with(const StreetWord *w, const char *end, size_t stem)
{
	size_t		n = strlen(end);

	return w->len >= n + stem && memcmp(w->s + w->len - n, end, n) == 0;
}

/* Drops "flat 3", "stan 7", "2. sprat" and the like. */
static void
drop_units(StreetWord *word, int n)
{
	int			i;

	for (i = 0; i < n; i++)
	{
		if (!word_is_one_of(&word[i], units, LENGTH(units)))
			continue;
		if (i + 1 < n && (is_number(&word[i + 1]) || is_roman(&word[i + 1])) && n > 2)
		{
			word[i].used = true;
			word[i + 1].used = true;
		}
		else if (i > 1 && i + 1 == n && is_number(&word[i - 1]))
			word[i].used = true;
	}
}

/*
 * Finds the house number: the first number behind the name's first word, or
 * the one that leads ("12 Main Street") when there is no other.  Returns -1
 * for none.
 */
static int
find_number(const StreetWord *word, int n)
{
	int			lead = -1;
	bool		name = false;
	int			i;

	for (i = 0; i < n; i++)
	{
		const StreetWord *w = &word[i];

		if (w->used)
			continue;
		if (!is_number(w))
		{
			/* what announces a number is no name */
			if (!word_is_one_of(w, number_words, LENGTH(number_words)) || i + 1 == n)
				name = name || find_type(w) == NULL || find_type(w)->key[0] != '\0';
			continue;
		}
		if (i + 1 < n && word_is_one_of(&word[i + 1], date_words, LENGTH(date_words)))
		{
			name = true;
			if (lead < 0)
				lead = i;
			continue;
		}
		if (name)
			return i;
		if (lead < 0)
			lead = i;
	}
	/* a street named for a day, without a house number */
	if (lead >= 0 && lead + 1 < n &&
		word_is_one_of(&word[lead + 1], date_words, LENGTH(date_words)))
		return -1;
	return lead;
}

static size_t
put(char *dst, size_t o, const char *s, size_t len)
{
	if (len == 0)
		return o;
	if (o > 0)
		dst[o++] = ' ';
	memmove(dst + o, s, len);
	return o + len;
}

/* Writes the word of the street's name; last says that no other follows. */
static size_t
put_street_word(char *dst, size_t o, const StreetWord *w, bool first, bool last)
{
	const StreetType *type;

	if (word_is_one_of(w, street_words, LENGTH(street_words)))
	{
		if (last && !first)
		{
			/* Berliner Straße, Berlinerstr. */
			memcpy(dst + o, "str", 3);
			return o + 3;
		}
		if (first && !last && !word_is(w, "st"))
			return o;			/* Strada Unirii */
	}
	type = find_type(w);
	if (type != NULL && !(first && last))
		return put(dst, o, type->key, strlen(type->key));
	if (last && !first && word_is(w, "dr"))
		return put(dst, o, "dr", 2);
	if (ends_with(w, "strasse", 3))
		return put(dst, o, w->s, w->len - 4);
	if (ends_with(w, "strase", 3))
		return put(dst, o, w->s, w->len - 3);
	if (ends_with(w, "platz", 3))
		return put(dst, o, w->s, w->len - 3);
	return put(dst, o, w->s, w->len);
}

size_t
clt_street_key(const char *src, size_t len, char *dst, size_t dstcap)
{
	StreetWord	word[MAX_WORDS];
	char		copy[512];
	size_t		folded = clt_fold_utf8(src, len, dst, dstcap);
	size_t		i;
	size_t		o = 0;
	int			n = 0;
	int			number;
	int			first = -1;
	int			last = -1;
	int			k;
	bool		leads;

	if (folded > dstcap)
	{
		/* no word grows by more than a byte */
		size_t		need = folded + MAX_WORDS;

		return need < CLT_FOLD_BOUND(len) ? need : CLT_FOLD_BOUND(len);
	}
	/* a word may become a byte longer: Bd., Bul. */
	if (folded + MAX_WORDS + 8 > sizeof(copy))
		return folded;
	for (i = 0; i < folded; i++)
	{
		size_t		start = i;

		while (i < folded && dst[i] != ' ')
			i++;
		if (n == MAX_WORDS)
			return folded;
		word[n].s = dst + start;
		word[n].len = i - start;
		word[n].used = false;
		n++;
	}
	/* bb: no number */
	for (k = 1; k < n; k++)
	{
		if (word_is(&word[k], "bb") ||
			(k + 1 < n && word_is(&word[k], "b") && word_is(&word[k + 1], "b")))
		{
			n = k;
			break;
		}
	}
	drop_units(word, n);
	number = (k < n || (n > 0 && word_is(&word[n - 1], "bb"))) ? -1 : find_number(word, n);
	leads = (number >= 0);
	for (k = 0; k < number; k++)
	{
		if (!word[k].used && !word_is_one_of(&word[k], number_words, LENGTH(number_words)))
			leads = false;
	}
	if (number >= 2 && word_is(&word[number - 1], "st") &&
		(word_is(&word[number - 2], "cesta") || word_is(&word[number - 2], "ulica")))
		word[number - 1].used = true;	/* Slovenian: Dunajska cesta št. 5 */
	if (number >= 0)
	{
		/* "br. 12", "č. p. 12", "No. 5" */
		for (k = number - 1; k >= 1 && (word_is_one_of(&word[k], number_words, LENGTH(number_words)) ||
										word_is(&word[k], "p") || word_is(&word[k], "o")); k--)
			word[k].used = true;
		if (k == 0 && leads)
			word[0].used = true;
		word[number].used = true;
		/* nothing behind a trailing number counts, but a letter is its part */
		if (!leads)
		{
			for (k = number + 1; k < n; k++)
				word[k].used = true;
		}
		else if (number + 1 < n && (word[number + 1].len == 1 || word_is(&word[number + 1], "bis") ||
									word_is(&word[number + 1], "ter")) && number + 2 < n)
			word[number + 1].used = true;
	}
	for (k = 0; k < n; k++)
	{
		if (word[k].used)
			continue;
		if (first < 0)
			first = k;
		last = k;
	}
	for (k = 0; k < n; k++)
	{
		if (!word[k].used)
			o = put_street_word(copy, o, &word[k], k == first, k == last);
	}
	if (number >= 0)
	{
		size_t		zeros = 0;

		while (zeros + 1 < word[number].len && word[number].s[zeros] == '0' &&
			   is_digit(word[number].s[zeros + 1]))
			zeros++;
		o = put(copy, o, word[number].s + zeros, word[number].len - zeros);
		if (is_digit(word[number].s[word[number].len - 1]) && number + 1 < n &&
			word[number + 1].len == 1 && word[number + 1].s[0] >= 'a' && word[number + 1].used &&
			!(number + 2 < n && word[number + 1].s[0] == 'm'))
			copy[o++] = word[number + 1].s[0];
	}
	if (o > dstcap)
		return o;
	memcpy(dst, copy, o);
	return o;
}
