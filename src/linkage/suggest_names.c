/*
 * suggest_names.c
 *		Which columns name somebody, and whether these are people or firms.
 */
#include "postgres.h"

#include "core/clientele.h"
#include "linkage/engine.h"
#include "linkage/suggest.h"

/* Of so many values the word is a given name that somebody is known to have. */
#define GIVEN_SHARE 0.35
/* Of so many names a legal form is more than an accident. */
#define SOME_FIRMS 0.05

/* Of names of so many records at least it is told whether their words are combined anew. */
#define COMBINED_NAMES 100
/* A word at one end of a name is a name of its own when so many different words are at the other end. */
#define PARTNERS 3
/* People have more given names and surnames than a town has chains of hotels. */
#define DIFFERENT_ENDS 16

/* A word at one end of a name, and the word at its other end. */
typedef struct NameEnd
{
	uint64		word;
	uint64		other;
} NameEnd;

static int
compare_ends(const void *a, const void *b)
{
	const NameEnd *x = (const NameEnd *) a;
	const NameEnd *y = (const NameEnd *) b;

	if (x->word != y->word)
		return x->word < y->word ? -1 : 1;
	return x->other < y->other ? -1 : x->other > y->other;
}

static int
count_words(const uint64 *words)
{
	int			n = 0;

	while (n < LINK_ROW_WORDS && words[n])
		n++;
	return n;
}

/* has_partners tells whether enough different words are at the other end of names with a word at one end; ends are sorted. */
static bool
has_partners(const NameEnd *ends, int n, uint64 word)
{
	int			low = 0;
	int			high = n;
	int			partners = 0;
	int			i;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (ends[middle].word < word)
			low = middle + 1;
		else
			high = middle;
	}
	for (i = low; i < n && ends[i].word == word && partners < PARTNERS; i++)
		partners += i == low || ends[i].other != ends[i - 1].other;
	return partners == PARTNERS;
}

/* different_words counts the words that names begin with, or end with, up to as many as matter; names are put in their order. */
static int
different_words(NameEnd *names, int n, bool at_end)
{
	int			different = 0;
	int			i;

	for (i = 0; at_end && i < n; i++)
	{
		uint64		first = names[i].word;

		names[i].word = names[i].other;
		names[i].other = first;
	}
	pg_qsort(names, n, sizeof(NameEnd), compare_ends);
	for (i = 0; i < n && different < DIFFERENT_ENDS; i++)
		different += i == 0 || names[i].word != names[i - 1].word;
	return different;
}

/*
 * combines_names tells whether values look like names of people in any language: nearly all
 * have the same number of words, two or three, and of half of them the first word stands
 * before other last words and the last one behind other first words, too.  Firms, pubs and
 * products have names of one word to five, and words that nobody else has.
 */
static bool
combines_names(const LinkCandidate *c)
{
	int			with[LINK_ROW_WORDS + 1] = {0};
	NameEnd    *ends;
	NameEnd    *names;
	int			filled;
	int			usual;
	int			different = 0;
	int			combined = 0;
	int			n = 0;
	int			r;

	if (!c->words)
		return false;
	ends = palloc(sizeof(NameEnd) * 2 * LINK_WORD_ROWS);
	names = palloc(sizeof(NameEnd) * LINK_WORD_ROWS);
	for (r = 0; r < LINK_WORD_ROWS; r++)
	{
		int			words = count_words(c->words[r]);

		with[words]++;
		if (words < 2)
			continue;
		names[n].word = ends[2 * n].word = ends[2 * n + 1].other = c->words[r][0];
		names[n].other = ends[2 * n].other = ends[2 * n + 1].word = c->words[r][words - 1];
		n++;
	}
	filled = n + with[1];
	usual = Max(with[2], with[3]);
	if (n >= COMBINED_NAMES && usual > 0.8 * filled && with[1] < 0.02 * filled &&
		different_words(names, n, false) == DIFFERENT_ENDS && different_words(names, n, true) == DIFFERENT_ENDS)
	{
		pg_qsort(ends, 2 * n, sizeof(NameEnd), compare_ends);
		for (r = 0; r < n; r++)
		{
			if (r > 0 && compare_ends(&names[r], &names[r - 1]) == 0)
				continue;
			different++;
			combined += has_partners(ends, 2 * n, names[r].word) && has_partners(ends, 2 * n, names[r].other);
		}
	}
	pfree(ends);
	pfree(names);
	return different > 0 && combined > 0.45 * different;
}

/*
 * names_persons: of people's names most have a given name that is known; where they are of
 * a country whose names are not, they are combined as such names are, or other columns
 * tell that the table is about people.
 */
static bool
names_persons(LinkCandidate *cand, int n, const LinkCandidate *c)
{
	int			i;

	if (SHARE(c, two_to_four_words) > (c->role == CLT_ROLE_WHOLE_NAME ? 0.5 : 0.65) && SHARE(c, given_names) > GIVEN_SHARE)
		return true;
	if (SHARE(c, two_to_four_words) < 0.8 || SHARE(c, legal_forms) > SOME_FIRMS)
		return false;
	for (i = 0; i < n; i++)
		if (cand[i].kind == CLT_KIND_SEX || cand[i].kind == CLT_KIND_DATE)
			return true;
	if (c->role == CLT_ROLE_WHOLE_NAME)
		return true;
	/* what stands somewhere for good is no person */
	for (i = 0; i < n; i++)
		if (cand[i].kind == CLT_KIND_LOCATION || cand[i].role == CLT_ROLE_LATITUDE || cand[i].role == CLT_ROLE_LONGITUDE)
			return false;
	return combines_names(c);
}

/* clt_link_person_or_firm decides what a column called "name" names. */
void
clt_link_person_or_firm(LinkCandidate *cand, int n, LinkCandidate *c)
{
	bool		surname = false;
	bool		given = false;
	bool		alone = true;
	int			i;

	for (i = 0; i < n; i++)
	{
		surname |= cand[i].kind == CLT_KIND_SURNAME;
		given |= cand[i].kind == CLT_KIND_GIVEN;
		alone &= cand[i].kind < 0 || &cand[i] == c;
	}
	if (!clt_link_is_text(c->type) || c->stats.filled == 0)
		return;
	if (surname && !given && c->stats.words / c->stats.filled < 1.6)
	{
		c->kind = CLT_KIND_GIVEN;
		c->why = "a name beside a surname";
	}
	else if (alone && SHARE(c, legal_forms) > LINK_FIRM_SHARE)
	{
		/*
		 * a list of firms; beside other columns the legal form is evidence,
		 * too, and stays
		 */
		c->kind = CLT_KIND_COMPANY;
		c->why = psprintf("%.0f%% of the values have a firm's legal form", 100 * SHARE(c, legal_forms));
	}
	else if (!surname && !given && names_persons(cand, n, c))
	{
		c->kind = CLT_KIND_FULL_NAME;
		c->why = "names of two to four words";
	}
	else if (!surname && !given && SHARE(c, legal_forms) > SOME_FIRMS)
	{
		c->kind = CLT_KIND_COMPANY;
		c->why = psprintf("%.0f%% of the values have a firm's legal form, %.0f%% a given name", 100 * SHARE(c, legal_forms), 100 * SHARE(c, given_names));
	}
	else if (surname && given && SHARE(c, given_names) > GIVEN_SHARE)
	{
		c->kind = CLT_KIND_MIDDLE;
		c->why = "given names beside a person's name";
	}
	else if (surname || given)
	{
		c->kind = CLT_KIND_COMPANY;
		c->why = "a name beside a person's name";
	}
	else
	{
		c->kind = CLT_KIND_TEXT;
		c->why = "names of persons or firms";
	}
}

/*
 * clt_link_name_by_content finds names in columns whose own name says nothing: given names are
 * known, the surname is the column of single words beside them with most different
 * values, a town one with few.
 */
void
clt_link_name_by_content(LinkCandidate *cand, int n)
{
	LinkCandidate *given = NULL;
	LinkCandidate *surname = NULL;
	bool		named = false;
	int			i;

	for (i = 0; i < n; i++)
	{
		named |= cand[i].kind == CLT_KIND_SURNAME;
		if (cand[i].kind == CLT_KIND_GIVEN)
			given = &cand[i];
	}
	for (i = 0; i < n; i++)
	{
		LinkCandidate *c = &cand[i];

		if (c->role != CLT_ROLE_NONE || (c->kind != CLT_KIND_TEXT && c->kind != CLT_KIND_CATEGORY) || c->stats.distinct < 20)
			continue;
		if (SHARE(c, two_to_four_words) > 0.8 && SHARE(c, given_names) > GIVEN_SHARE && !given && !named)
		{
			c->kind = CLT_KIND_FULL_NAME;
			c->why = "names of two to four words, given names among them";
		}
		else if (!given && SHARE(c, single_words) > 0.7 && SHARE(c, given_names) > GIVEN_SHARE)
		{
			c->kind = CLT_KIND_GIVEN;
			c->why = "holds given names";
			given = c;
		}
	}
	if (!given)
		return;
	for (i = 0; i < n && !named; i++)
	{
		LinkCandidate *c = &cand[i];

		if (c->role == CLT_ROLE_NONE && (c->kind == CLT_KIND_TEXT || c->kind == CLT_KIND_CATEGORY) && SHARE(c, single_words) > 0.7 &&
			c->stats.distinct > given->stats.distinct / 2 && (!surname || c->stats.distinct > surname->stats.distinct))
			surname = c;
	}
	if (surname)
	{
		surname->kind = CLT_KIND_SURNAME;
		surname->why = "single words beside given names, more different ones than in other columns";
	}
	for (i = 0; i < n; i++)
	{
		LinkCandidate *c = &cand[i];

		if (c->role != CLT_ROLE_NONE || (c->kind != CLT_KIND_TEXT && c->kind != CLT_KIND_CATEGORY) || c->stats.distinct < 20)
			continue;
		/* the father's name, the name day, the name one goes by */
		if (SHARE(c, single_words) > 0.7 && SHARE(c, given_names) > GIVEN_SHARE)
		{
			c->kind = CLT_KIND_MIDDLE;
			c->why = "given names beside a person's name";
		}
		else if (c->stats.distinct * 5 < c->stats.filled && SHARE(c, with_digit) < 0.1 && c->stats.words < 2.0 * c->stats.filled)
		{
			c->kind = CLT_KIND_CITY;
			c->why = "words that many records share, beside people's names";
		}
	}
}
