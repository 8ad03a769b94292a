/*
 * company_key.c
 *	  One key for the ways in which a firm's name is written.
 *
 * The name is folded and cut into words.  The legal form is looked for at the
 * end, then in the middle with a place behind it, then at the beginning; the
 * words of it are compared run together, so that dots and blanks in "d. o.o."
 * do not matter.  What is left, less the words for "and", is the key.
 *
 * A trade is known by its owner in some countries ("PR Marko Marković,
 * Frizerski salon").  The owner is cut off when the rest tells firms apart,
 * and goes behind the rest when it says only what is done there.
 *
 * A pure kernel: see keys.h.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "text/keys.h"

/* A spelling of a legal form: number of the form, where it may stand. */
typedef struct LegalSpelling
{
	const char *text;
	unsigned char form;
	unsigned char flags;
} LegalSpelling;

#include "text/company_tables.h"

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

/* A text of more words is not a name, and is folded only. */
#define MAX_WORDS		40
/* So many words at most make a place behind a legal form. */
#define MAX_PLACE		4

typedef struct CompanyWord
{
	const char *s;
	size_t		len;
	bool		gap;			/* a comma or bracket stands before it */
	bool		quoted;
	bool		used;			/* no part of the key */
} CompanyWord;

typedef struct CompanyName
{
	CompanyWord word[MAX_WORDS];
	int			n;
	CltLegalForm form;
} CompanyName;

/* A place in a name where a legal form stands. */
typedef struct LegalMatch
{
	int			start;
	int			end;
	const LegalSpelling *spelling;
} LegalMatch;

const char *
clt_legal_form_name(CltLegalForm form)
{
	if (form <= CLT_LEGAL_NONE || (size_t) form >= LENGTH(legal_names))
		return NULL;
	return legal_names[form];
}

static const LegalSpelling *
find_spelling(const char *s, size_t len)
{
	int			lo = 0;
	int			hi = (int) LENGTH(legal_spellings) - 1;

	while (lo <= hi)
	{
		int			mid = (lo + hi) / 2;
		const char *text = legal_spellings[mid].text;
		int			cmp = strncmp(text, s, len);

		if (cmp == 0 && text[len] == '\0')
			return &legal_spellings[mid];
		if (cmp < 0)
			lo = mid + 1;
		else
			hi = mid - 1;
	}
	return NULL;
}

static bool
is_generic(const CompanyWord *w)
{
	int			lo = 0;
	int			hi = (int) LENGTH(generic_words) - 1;

	while (lo <= hi)
	{
		int			mid = (lo + hi) / 2;
		const char *text = generic_words[mid];
		int			cmp = strncmp(text, w->s, w->len);

		if (cmp == 0 && text[w->len] == '\0')
			return true;
		if (cmp < 0)
			lo = mid + 1;
		else
			hi = mid - 1;
	}
	return false;
}

static bool
word_is(const CompanyWord *w, const char *text)
{
	return text[0] == w->s[0] && strncmp(text, w->s, w->len) == 0 && text[w->len] == '\0';
}

static bool
word_is_one_of(const CompanyWord *w, const char *const *list, size_t n)
{
	size_t		i;

	for (i = 0; i < n; i++)
	{
		if (word_is(w, list[i]))
			return true;
	}
	return false;
}

/* ---- cutting into words ---- */

/*
 * Length of the separator at p, if there is one: 0 otherwise.  *quote is set
 * for quotation marks.
 */
static int
separator(const unsigned char *p, const unsigned char *end, bool *quote)
{
	*quote = false;
	switch (p[0])
	{
		case ',':
		case ';':
		case '(':
		case ')':
		case '|':
		case '\n':
			return 1;
		case '"':
			*quote = true;
			return 1;
		case 0xC2:				/* guillemets */
			if (end - p >= 2 && (p[1] == 0xAB || p[1] == 0xBB))
			{
				*quote = true;
				return 2;
			}
			return 0;
		case 0xE2:				/* U+2013, U+2014; U+201A, U+201C to U+201F;
								 * U+2039, U+203A */
			if (end - p < 3 || p[1] != 0x80)
				return 0;
			if (p[2] == 0x93 || p[2] == 0x94)
				return 3;
			if (p[2] == 0x9A || (p[2] >= 0x9C && p[2] <= 0x9F) || p[2] == 0xB9 || p[2] == 0xBA)
			{
				*quote = true;
				return 3;
			}
			return 0;
		default:
			return 0;
	}
}

/*
 * Folds src into dst piece by piece and notes the words.  Returns the bytes
 * needed; the words are worth nothing when that is more than dstcap.  name->n
 * passes MAX_WORDS when there are too many.
 */
static size_t
cut_words(const char *src, size_t len, char *dst, size_t dstcap, CompanyName *name)
{
	const unsigned char *p = (const unsigned char *) src;
	const unsigned char *end = p + len;
	size_t		used = 0;
	bool		gap = false;
	bool		quoted = false;

	name->n = 0;
	name->form = CLT_LEGAL_NONE;
	while (p < end)
	{
		const unsigned char *piece = p;
		bool		quote = false;
		int			sep = 0;
		size_t		at;
		size_t		n;
		size_t		i;

		while (p < end && (sep = separator(p, end, &quote)) == 0)
			p++;
		at = used > 0 ? used + 1 : 0;
		n = clt_fold_utf8((const char *) piece, (size_t) (p - piece),
						  at < dstcap ? dst + at : dst, at < dstcap ? dstcap - at : 0);
		if (n > 0)
		{
			if (at + n > dstcap)
				return CLT_FOLD_BOUND(len);
			if (at > 0)
				dst[used] = ' ';
			for (i = 0; i < n; i++)
			{
				size_t		start = i;

				while (i < n && dst[at + i] != ' ')
					i++;
				if (name->n < MAX_WORDS)
				{
					CompanyWord *w = &name->word[name->n];

					w->s = dst + at + start;
					w->len = i - start;
					w->gap = gap;
					w->quoted = quoted;
					w->used = false;
				}
				name->n++;
				gap = false;
			}
			used = at + n;
		}
		if (sep > 0)
			gap = true;
		if (quote)
			quoted = !quoted;
		p += sep;
	}
	return used;
}

/* ---- legal forms ---- */

static bool
is_and_sign(const CompanyWord *w)
{
	return word_is(w, "&") || word_is(w, "+");
}

/*
 * The longest legal form that begins at a word and ends before stop; stands
 * says whether it has to reach to stop.
 */
static bool
match_form(const CompanyName *name, int start, int stop, bool reach, LegalMatch *match)
{
	char		joined[LEGAL_LONGEST];
	size_t		len = 0;
	bool		found = false;
	int			i;

	for (i = start; i < stop; i++)
	{
		const CompanyWord *w = &name->word[i];
		const LegalSpelling *spelling;

		if (is_and_sign(w))
		{
			if (i == start)
				return false;
			continue;
		}
		if (len + w->len > sizeof(joined))
			break;
		memcpy(joined + len, w->s, w->len);
		len += w->len;
		if (reach && i + 1 < stop)
			continue;
		spelling = find_spelling(joined, len);
		if (spelling != NULL)
		{
			match->start = start;
			match->end = i + 1;
			match->spelling = spelling;
			found = true;
		}
	}
	return found;
}

/* Was the form written letter by letter, as "a. d."? */
static bool
is_spaced(const CompanyName *name, const LegalMatch *match)
{
	int			i;

	if (match->end - match->start < 2)
		return false;
	for (i = match->start; i < match->end; i++)
	{
		if (name->word[i].len != 1)
			return false;
	}
	return true;
}

static void
use_words(CompanyName *name, int start, int end)
{
	int			i;

	for (i = start; i < end; i++)
		name->word[i].used = true;
}

static bool
is_owner_form(CltLegalForm form)
{
	const char *text = clt_legal_form_name(form);

	return text !=NULL &&
				(strcmp(text, "PR") == 0 || strcmp(text, "s.p.") == 0 || strcmp(text, "obrt") == 0 ||
				 strcmp(text, "SZR") == 0 || strcmp(text, "STR") == 0 || strcmp(text, "SUR") == 0);
}

/* Takes what stands for a legal form out of words first..last - 1. */
static void
take_forms(CompanyName *name, int *first, int *last, LegalMatch *where)
{
	LegalMatch	match;
	LegalMatch	lead;
	bool		again = true;
	int			i;

	memset(&lead, 0, sizeof(lead));
	memset(where, 0, sizeof(*where));

	/*
	 * at the end; the longest first, and what may follow it ("in
	 * liquidation")
	 */
	while (again)
	{
		again = false;
		for (i = *first + 1; i < *last; i++)
		{
			if (!match_form(name, i, *last, true, &match))
				continue;
			use_words(name, match.start, match.end);
			*last = match.start;
			if (clt_legal_form_name(match.spelling->form) != NULL)
			{
				name->form = match.spelling->form;
				*where = match;
			}
			else
				again = true;
			break;
		}
	}

	/* at the beginning; it names the form only when no other does */
	if (match_form(name, *first, *last - 1, false, &match) &&
		(match.spelling->flags & LEGAL_LEADS) != 0)
	{
		use_words(name, match.start, match.end);
		*first = match.end;
		if (clt_legal_form_name(match.spelling->form) != NULL)
			lead = match;
	}

	/* in the middle, with a place behind it */
	for (i = *first + 1; name->form == CLT_LEGAL_NONE && i < *last; i++)
	{
		if (!match_form(name, i, *last, false, &match) ||
			clt_legal_form_name(match.spelling->form) == NULL)
			continue;
		if ((match.spelling->flags & LEGAL_MIDDLE) == 0 && !is_spaced(name, &match))
			continue;
		name->form = match.spelling->form;
		*where = match;
		use_words(name, match.start, match.end);
		if (*last - match.end <= MAX_PLACE && !is_owner_form(name->form))
		{
			use_words(name, match.end, *last);
			*last = match.start;
		}
	}

	if (name->form == CLT_LEGAL_NONE && lead.spelling != NULL)
	{
		name->form = lead.spelling->form;
		*where = lead;
	}
}

/* ---- owners ---- */

/* Words of the name that are left in first..last - 1. */
static int
count_left(const CompanyName *name, int first, int last)
{
	int			n = 0;
	int			i;

	for (i = first; i < last; i++)
		n += !name->word[i].used;
	return n;
}

/*
 * Finds the words of the owner of a trade whose form stands at where.  Returns
 * false when there is none or nobody else to be told.
 */
static bool
find_owner(const CompanyName *name, const LegalMatch *where, int *first, int *last)
{
	int			i;
	const char *form = clt_legal_form_name(name->form);

	if (strcmp(form, "PR") != 0)
	{
		/* "Frizerski salon, vl. Ivan Horvat"; "Salon Metka, Metka Novak s.p." */
		for (i = 1; i < name->n; i++)
		{
			if (name->word[i - 1].used || !(word_is(&name->word[i], "vl") || word_is(&name->word[i], "vlasnik") ||
											word_is(&name->word[i], "vlasnica")))
				continue;
			*first = i;
			*last = name->n;
			return true;
		}
		if (strcmp(form, "s.p.") != 0)
			return false;
		for (i = where->start - 1; i > 0; i--)
		{
			if (name->word[i].gap)
			{
				*first = i;
				*last = where->start;
				return *last - *first <= 4;
			}
		}
		return false;
	}

	if (where->start == 0)
	{
		/* PR Marko Marković, Frizerski salon */
		*first = where->end;
		for (i = *first + 1; i < name->n; i++)
		{
			if (name->word[i].gap)
				break;
		}
		if (i == name->n)
			i = *first + 2;
		*last = i;
		return *last < name->n;
	}
	if (where->end < name->n && where->start <= 3)
	{
		/* Marko Marković PR Frizerski salon */
		*first = 0;
		*last = where->start;
		return true;
	}
	/* Frizerski salon Lepota, Marko Marković PR */
	for (i = where->start - 1; i > 0; i--)
	{
		if (name->word[i].gap)
			break;
	}
	if (i == 0 && where->start >= 4)
		i = where->start - 2;
	*first = i;
	*last = where->start;
	return i > 0;
}

/* ---- the key ---- */

/* "Preduzeće za trgovinu „Delta“": is what is quoted the name? */
static bool
is_description(const CompanyName *name)
{
	static const char *const words[] = {
		"preduzece", "poduzece", "drustvo", "privredno", "trgovacko", "podjetje", "druzba",
		"agencija", "akcionarsko", "kompanija", "firma", "spolka", "przedsiebiorstwo",
		"spolecnost", "spolocnost", "pretprijatie", "trgovsko", "trgovinsko"
	};

	return name->n > 0 && !name->word[0].quoted &&
		word_is_one_of(&name->word[0], words, LENGTH(words));
}

static bool
is_connector(const CompanyWord *w)
{
	static const char *const words[] = {
		"&", "+", "and", "und", "i", "a", "et", "y", "e", "oraz", "in", "es", "si", "kai",
		"en", "u", "og"
	};

	return word_is_one_of(w, words, LENGTH(words));
}

/* Writes words first..last - 1 at dst + o, from the front to the back. */
static size_t
put_words(const CompanyName *name, int first, int last, char *dst, size_t o)
{
	const CompanyWord *before = NULL;
	int			i;

	for (i = first; i < last; i++)
	{
		const CompanyWord *w = &name->word[i];

		if (w->used)
			continue;
		/* letters written apart are one word: I. B. M. */
		if (o > 0 && !(before != NULL && before->len == 1 && w->len == 1 &&
					   before->s[0] >= 'a' && w->s[0] >= 'a'))
			dst[o++] = ' ';
		memmove(dst + o, w->s, w->len);
		o += w->len;
		before = w;
	}
	return o;
}

size_t
clt_company_name_key(const char *src, size_t len, char *dst, size_t dstcap,
					 CltLegalForm *form)
{
	CompanyName name;
	LegalMatch	where;
	size_t		used;
	int			first = 0;
	int			last;
	int			owner_first = 0;
	int			owner_last = 0;
	int			i;
	bool		generic = true;

	if (form != NULL)
		*form = CLT_LEGAL_NONE;
	used = cut_words(src, len, dst, dstcap, &name);
	if (used > dstcap)
		return used;
	if (name.n == 0 || name.n > MAX_WORDS)
		return clt_fold_utf8(src, len, dst, dstcap);
	last = name.n;

	take_forms(&name, &first, &last, &where);
	if (form != NULL)
		*form = name.form;
	if (count_left(&name, 0, name.n) == 0)
		return clt_fold_utf8(src, len, dst, dstcap);

	if (is_description(&name))
	{
		int			quoted = 0;

		for (i = 0; i < name.n; i++)
			quoted += name.word[i].quoted && !name.word[i].used;
		for (i = 0; i < name.n && quoted > 0; i++)
			name.word[i].used |= !name.word[i].quoted;
	}

	if (where.spelling != NULL && is_owner_form(name.form) &&
		find_owner(&name, &where, &owner_first, &owner_last))
	{
		for (i = 0; i < name.n; i++)
		{
			if (!name.word[i].used && (i < owner_first || i >= owner_last))
				generic &= is_generic(&name.word[i]);
		}
	}
	else
		owner_first = owner_last = 0;

	for (i = 1; i + 1 < name.n; i++)
	{
		const CompanyWord *w = &name.word[i];

		if (w->used || !is_connector(w))
			continue;
		/* the A of "J. A. Meier" is a name */
		if (w->len == 1 && w->s[0] >= 'a' &&
			(name.word[i - 1].len == 1 || name.word[i + 1].len == 1))
			continue;
		name.word[i].used = true;
	}

	if (owner_last > owner_first)
	{
		char		copy[512];
		size_t		n;

		if (count_left(&name, 0, owner_first) + count_left(&name, owner_last, name.n) == 0)
			return put_words(&name, owner_first, owner_last, dst, 0);
		if (used > sizeof(copy) / 2)
			return put_words(&name, 0, name.n, dst, 0);
		n = put_words(&name, 0, owner_first, copy, 0);
		n = put_words(&name, owner_last, name.n, copy, n);
		if (generic)
			n = put_words(&name, owner_first, owner_last, copy, n);
		memcpy(dst, copy, n);
		return n;
	}
	used = put_words(&name, 0, name.n, dst, 0);
	return used > 0 ? used : clt_fold_utf8(src, len, dst, dstcap);
}
