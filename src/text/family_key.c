/*
 * family_key.c
 *	  One key for the forms that a family name takes in one family.
 *
 * The key is a stem: Novák, Nováková -> novak; Kowalski, Kowalska -> kowalsk.
 * From "Svobodová" nobody can tell whether the husband is called Svoboda or
 * Svobod, nor from "Hájková" that he is Hájek, so the masculine form gives up
 * the same ending and the same fleeting vowel as the feminine one would.  That
 * makes the two meet always; the price is that names which differ in nothing
 * else (Marek and Mark) meet as well.  Hence: a key to look for candidates
 * with and a loose level of comparison, not a proof.
 *
 * A pure kernel: see keys.h.
 */
#include "text/keys.h"

#include <stdbool.h>
#include <string.h>

/* No stem is cut shorter than this. */
#define MIN_STEM		3

/* Names of more parts than this keep the order of the parts. */
#define MAX_PARTS		8
#define MAX_SORTED		128

/* Words that are no part of the name. */
static const char *const particles[] = {
	"af", "al", "av", "bin", "da", "das", "de", "degli", "dei", "del", "dela",
	"della", "den", "der", "des", "di", "do", "dos", "du", "el", "het", "ibn",
	"la", "las", "le", "los", "op", "ten", "ter", "t", "van", "vom", "von", "vonder",
	"vander", "z", "zu", "zum", "zur"
};

static const char *const titles[] = {
	"dipl", "doc", "dr", "ing", "mag", "mgr", "mr", "mrs", "ms", "mudr",
	"judr", "rndr", "phdr", "prim", "prof"
};

static const char *const suffixes[] = {
	"ii", "iii", "iv", "jr", "jun", "junior", "ml", "mladsi", "mladi", "mladji",
	"phd", "csc", "mba", "sen", "senior", "sr", "starsi", "stariji"
};

/* Names that end like a wife's name and are not one. */
static const char *const whole_names[] = {
	"bova", "canova", "casanova", "cordova", "genova", "kordova", "padova",
	"salanova", "terranova", "vilanova", "villanova"
};

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

static bool
is_one_of(const char *const *list, size_t n, const char *s, size_t len)
{
	size_t		i;

	for (i = 0; i < n; i++)
	{
		if (len > 0 && list[i][0] == s[0] && strncmp(list[i], s, len) == 0 &&
			list[i][len] == '\0')
			return true;
	}
	return false;
}

static bool
ends_with(const char *s, size_t len, const char *end)
{
	size_t		n = strlen(end);

	return len >= n + MIN_STEM && memcmp(s + len - n, end, n) == 0;
}

static bool
is_vowel(char c)
{
	return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u' || c == 'y';
}

static bool
is_letter(char c)
{
	return c >= 'a' && c <= 'z';
}

/*
 * Takes off what marks the wife or the daughter, or the same ending of the
 * husband.  Longer endings come first.
 */
static size_t
cut_ending(const char *s, size_t len)
{
	static const struct
	{
		const char *ending;
		size_t		cut;
		char		last;		/* of the ending */
	}			adjectives[] = {
		/* Russian: -skij, -skaja in the spellings met in Latin */
		{"skaja", 3, 'a'}, {"skaya", 3, 'a'}, {"skaia", 3, 'a'}, {"ckaja", 3, 'a'}, {"ckaya", 3, 'a'},
		{"skij", 2, 'j'}, {"skiy", 2, 'y'}, {"skii", 2, 'i'}, {"ckij", 2, 'j'}, {"ckiy", 2, 'y'},
		/* -ski, -ska, -sky; -cki, -cka; with them -dzki, -dzka */
		{"ski", 1, 'i'}, {"ska", 1, 'a'}, {"sky", 1, 'y'}, {"cki", 1, 'i'}, {"cka", 1, 'a'}, {"cky", 1, 'y'},
		{"dzki", 1, 'i'}, {"dzka", 1, 'a'}, {"dzky", 1, 'y'}
	};
	size_t		i;

	if (ends_with(s, len, "vicka")) /* Petrovićka */
		return len - 2;
	for (i = 0; len > 0 && i < LENGTH(adjectives); i++)
	{
		size_t		n;

		if (s[len - 1] != adjectives[i].last)
			continue;
		n = strlen(adjectives[i].ending);
		if (len >= n + 1 && memcmp(s + len - n, adjectives[i].ending, n) == 0 &&
			len - adjectives[i].cut >= MIN_STEM)
			return len - adjectives[i].cut;
	}
	if (ends_with(s, len, "owna") || ends_with(s, len, "ovna"))
		len -= 4;				/* Polish daughter */
	else if (ends_with(s, len, "ova") || ends_with(s, len, "owa"))
		len -= 3;
	else if (ends_with(s, len, "ov"))	/* Ivanov, whose wife is Ivanova */
		len -= 2;
	else if (ends_with(s, len, "poulou"))	/* Greek: -opoulos, -opoulou */
		return len - 1;
	else if (ends_with(s, len, "poulos"))
		return len - 1;

	/* Svoboda, Novotný, Novotná, Krajčo: after a consonant only */
	if (len > MIN_STEM && (s[len - 1] == 'a' || s[len - 1] == 'o' || s[len - 1] == 'y') &&
		is_letter(s[len - 2]) && !is_vowel(s[len - 2]))
		return len - 1;
	return len;
}

/*
 * Drops the e that comes and goes: Hájek, Hájkova; Němec, Němcova; Havel,
 * Havlova; and Slovak o: Piatok, Piatková.  Daniel keeps it: there the vowel
 * before it holds it.
 */
static size_t
drop_fleeting(char *s, size_t len)
{
	char		last;
	char		before;

	if (len < MIN_STEM + 1)
		return len;
	last = s[len - 1];
	before = s[len - 3];
	if (!is_letter(before) || is_vowel(before))
		return len;
	if ((s[len - 2] == 'e' && (last == 'k' || last == 'c' || last == 'l')) ||
		(s[len - 2] == 'o' && last == 'k' && len > MIN_STEM + 2))
	{
		s[len - 2] = last;
		return len - 1;
	}
	return len;
}

/* The key of one part, in place; returns its length. */
static size_t
part_key(char *s, size_t len)
{
	size_t		n;

	if (is_one_of(whole_names, LENGTH(whole_names), s, len))
		return len;
	n = cut_ending(s, len);
	return drop_fleeting(s, n);
}

static int
compare_parts(const char *buf, CltSpan a, CltSpan b)
{
	size_t		len = a.len < b.len ? a.len : b.len;
	int			cmp = memcmp(buf + a.off, buf + b.off, len);

	if (cmp != 0)
		return cmp;
	return (a.len > b.len) - (a.len < b.len);
}

/* Puts the parts in byte order, each once, and closes the gaps. */
static size_t
sort_parts(char *buf, size_t total, CltSpan *parts, int n)
{
	char		copy[MAX_SORTED];
	size_t		o = 0;
	int			i;
	int			j;

	memcpy(copy, buf, total);
	for (i = 1; i < n; i++)
	{
		CltSpan		part = parts[i];

		for (j = i; j > 0 && compare_parts(copy, part, parts[j - 1]) < 0; j--)
			parts[j] = parts[j - 1];
		parts[j] = part;
	}
	for (i = 0; i < n; i++)
	{
		if (i > 0 && compare_parts(copy, parts[i], parts[i - 1]) == 0)
			continue;
		if (o > 0)
			buf[o++] = ' ';
		memcpy(buf + o, copy + parts[i].off, parts[i].len);
		o += parts[i].len;
	}
	return o;
}

size_t
clt_family_name_key_folded(char *buf, size_t len)
{
	CltSpan		parts[MAX_PARTS];
	int			n = 0;
	int			count = 0;
	size_t		i = 0;
	size_t		o = 0;

	while (i < len)
	{
		size_t		start = i;
		size_t		end;
		size_t		plen;
		bool		last;

		while (i < len && buf[i] != ' ')
			i++;
		end = i;
		if (i < len)
			i++;
		last = (end >= len);
		plen = end - start;

		/* a particle or a title goes unless it is all there is */
		if (!last && (is_one_of(particles, LENGTH(particles), buf + start, plen) ||
					  is_one_of(titles, LENGTH(titles), buf + start, plen)))
			continue;
		if (count > 0 && is_one_of(suffixes, LENGTH(suffixes), buf + start, plen))
			continue;

		/* Mc Donald, O Brien, D Angelo: the name goes on */
		if (!last && ((plen == 2 && memcmp(buf + start, "mc", 2) == 0) ||
					  (plen == 3 && memcmp(buf + start, "mac", 3) == 0) ||
					  (plen == 1 && (buf[start] == 'o' || buf[start] == 'd'))))
		{
			memmove(buf + end, buf + end + 1, len - end - 1);
			len--;
			i = end;
			while (i < len && buf[i] != ' ')
				i++;
			plen = i - start;
			if (i < len)
				i++;
		}
		plen = part_key(buf + start, plen);
		if (o > 0)
			buf[o++] = ' ';
		memmove(buf + o, buf + start, plen);
		if (n < MAX_PARTS)
		{
			parts[n].off = o;
			parts[n].len = plen;
			n++;
		}
		o += plen;
		count++;
	}
	if (n == count && n > 1 && o <= MAX_SORTED)
		return sort_parts(buf, o, parts, n);
	return o;
}

size_t
clt_family_name_key(const char *src, size_t len, char *dst, size_t dstcap)
{
	size_t		n = clt_fold_utf8(src, len, dst, dstcap);

	if (n > dstcap)
		return n;
	return clt_family_name_key_folded(dst, n);
}
