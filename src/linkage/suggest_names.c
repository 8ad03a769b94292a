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

/*
 * names_persons: of people's names most have a given name that is known; where they are of a country whose names are
 * not, other columns tell that the table is about people.
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
	return c->role == CLT_ROLE_WHOLE_NAME;
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
