/*
 * suggest_kinds.c
 *		What each column of a table is taken for: its name, its type and what stands in it
 *		must agree before it is believed to be what its name says.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/lsyscache.h"

#include "core/clientele.h"
#include "linkage/check_digits.h"
#include "linkage/engine.h"
#include "linkage/normalize.h"
#include "linkage/suggest.h"
#include "text/fold.h"

static char *
by_name(LinkCandidate *c)
{
	const char *label = clt_role_label(c->role);

	return psprintf("named like %s %s", strchr("aei", label[0]) ? "an" : "a", label);
}

/* like_streets: the words in front of the house numbers differ. */
static bool
like_streets(const LinkCandidate *c)
{
	return SHARE(c, lines) > 0.6 && c->stats.stems >= 10;
}

/* Ways to say a sex in one column, at most. */
#define SEX_WORDS 16

/* like_sexes: both sexes are said.  A column of languages says sr and hr, too. */
static bool
like_sexes(const LinkCandidate *c)
{
	return c->stats.distinct <= SEX_WORDS && SHARE(c, men) + SHARE(c, women) > 0.8 && SHARE(c, men) > 0.1 && SHARE(c, women) > 0.1;
}

/* kind_by_role believes the name where the content does not contradict it. */
static void
kind_by_role(LinkCandidate *c)
{
	bool text = clt_link_is_text(c->type);

	c->kind = -1;
	/* email_address is no address, and a name that is an e-mail no name */
	if (text &&c->role != CLT_ROLE_EMAIL && SHARE(c, at_sign) > 0.6)
	{
		c->kind = CLT_KIND_EMAIL;
		c->why = "holds e-mail addresses";
		return;
	}
	switch (c->role)
	{
		case CLT_ROLE_GIVEN:
		case CLT_ROLE_MIDDLE:
		case CLT_ROLE_SURNAME:
			if (text &&(SHARE(c, with_digit) < 0.3 || c->strength == 3) && SHARE(c, at_sign) < 0.3)
				c->kind = c->role == CLT_ROLE_GIVEN ? CLT_KIND_GIVEN :
					c->role == CLT_ROLE_MIDDLE ? CLT_KIND_MIDDLE : CLT_KIND_SURNAME;
			break;
		case CLT_ROLE_COMPANY:
			if (text &&SHARE(c, phones) < 0.5)
				c->kind = CLT_KIND_COMPANY;
			break;
		case CLT_ROLE_EMAIL:
			if (SHARE(c, at_sign) > 0.3 || c->stats.filled == 0)
				c->kind = CLT_KIND_EMAIL;
			break;
		case CLT_ROLE_PHONE:
			if ((SHARE(c, with_digit) > 0.5 && SHARE(c, lines) < 0.6) || c->stats.filled == 0)
				c->kind = CLT_KIND_PHONE;
			break;
		case CLT_ROLE_BIRTH_DATE:
			if (SHARE(c, dates) > 0.5 || c->stats.filled == 0)
				c->kind = CLT_KIND_DATE;
			break;
		case CLT_ROLE_YEAR:
			if (SHARE(c, years) > 0.95 || (SHARE(c, amounts) > 0.9 && c->stats.distinct < 1000))
				c->kind = CLT_KIND_CATEGORY;
			break;
		case CLT_ROLE_AGE:
			if (SHARE(c, numbers) > 0.95)
				c->kind = CLT_KIND_NUMBER;
			break;
		case CLT_ROLE_STREET:
			if (text &&SHARE(c, phones) < 0.5)
				c->kind = CLT_KIND_STREET;
			break;
		case CLT_ROLE_HOUSE_NUMBER:
			/* street and number in one, whatever the name says */
			if (SHARE(c, lines) > 0.6)
				c->kind = CLT_KIND_STREET;
			else if (SHARE(c, with_digit) > 0.5)
				c->kind = CLT_KIND_HOUSE_NUMBER;
			break;
		case CLT_ROLE_POSTCODE:
			if (SHARE(c, with_digit) > 0.5)
				c->kind = CLT_KIND_POSTCODE;
			break;
		case CLT_ROLE_CITY:
			if (text &&!like_streets(c) && SHARE(c, phones) < 0.5)
				c->kind = CLT_KIND_CITY;
			break;
		case CLT_ROLE_REGION:
			if ((text &&!like_streets(c)) ||c->stats.distinct < 1000)
				c->kind = CLT_KIND_REGION;
			break;
		case CLT_ROLE_SEX:
			if (c->stats.distinct <= SEX_WORDS)
				c->kind = CLT_KIND_SEX;
			break;
		case CLT_ROLE_IDENTIFIER:
			if (c->type != TIMESTAMPOID && c->type != TIMESTAMPTZOID && c->type != DATEOID)
				c->kind = CLT_KIND_IDENTIFIER;
			break;
		case CLT_ROLE_AMOUNT:
			if (SHARE(c, amounts) > 0.9)
				c->kind = CLT_KIND_NUMBER;
			c->must_agree = true;
			break;
		default:
			break;
	}
	if (c->kind >= 0)
		c->why = by_name(c);
}

/* Fewer values say nothing about whether they repeat. */
#define ENOUGH_VALUES 50

/* is_serial: numbers of which each record has another one are given out by somebody, one a record. */
static bool
is_serial(const LinkCandidate *c)
{
	return c->stats.filled >= ENOUGH_VALUES && c->stats.distinct == c->stats.filled && (SHARE(c, numbers) > 0.9 || SHARE(c, codes) > 0.9);
}

/* People are born in at most so many different years. */
#define BIRTH_YEARS 130

/* like_postcodes: short numbers that many share; those with letters in them are of a street each.  Years are none. */
static bool
like_postcodes(const LinkCandidate *c)
{
	if (SHARE(c, years) > 0.95 && c->stats.distinct <= BIRTH_YEARS)
		return false;
	return SHARE(c, postcodes) > 0.9 && c->stats.distinct >= 20 && (c->stats.distinct * 2 <= c->stats.filled || SHARE(c, numbers) < 0.5);
}

/* kind_by_content judges a column whose name says nothing. */
static void
kind_by_content(LinkCandidate *c)
{
	bool text = clt_link_is_text(c->type);

	c->kind = -1;
	if (c->stats.filled == 0)
		c->why = "empty";
	else if (SHARE(c, at_sign) > 0.6)
	{
		c->kind = CLT_KIND_EMAIL;
		c->why = "holds e-mail addresses";
	}
	else if (c->type == POINTOID)
	{
		c->kind = CLT_KIND_LOCATION;
		c->why = "a point";
	}
	else if ((text ||c->type == DATEOID || c->type == TIMESTAMPOID || c->type == TIMESTAMPTZOID) &&SHARE(c, dates) > 0.8 && !(SHARE(c, numbers) > 0.9 && is_serial(c)))
	{
		if (SHARE(c, years_before_2010) > 0.6)
		{
			c->kind = CLT_KIND_DATE;
			c->why = "holds dates, most of them before 2010";
		}
		else
			c->why = "holds recent dates";
	}
	else if (is_serial(c))
		c->why = "a number or code of which each record has another one";
	else if (text &&SHARE(c, phones) > 0.7 && c->stats.distinct * 4 > c->stats.filled)
	{
		c->kind = SHARE(c, numbers) > 0.95 ? CLT_KIND_IDENTIFIER : CLT_KIND_PHONE;
		c->why = "holds long numbers";
	}
	else if (text &&like_sexes(c))
	{
		c->kind = CLT_KIND_SEX;
		c->why = "holds words for a sex";
	}
	else if (text &&SHARE(c, codes) > 0.8 && c->stats.distinct * 4 > c->stats.filled && SHARE(c, amounts) < 0.5)
	{
		c->kind = CLT_KIND_IDENTIFIER;
		c->why = "holds codes";
	}
	else if (SHARE(c, amounts) > 0.9 && c->stats.distinct > 8 && !(text &&like_postcodes(c)))
	{
		c->kind = CLT_KIND_NUMBER;
		c->why = "numbers";
		c->must_agree = true;
	}
	else if (!text)
		c->why = "a number or date nobody named";
	else if (c->stats.length / c->stats.filled > 120)
		c->why = "long text";
	else if (like_postcodes(c))
	{
		c->kind = CLT_KIND_POSTCODE;
		c->why = "looks like postcodes";
	}
	else if (like_streets(c))
	{
		c->kind = CLT_KIND_STREET;
		c->why = "looks like streets with house numbers";
	}
	else if (c->stats.distinct < 2)
		c->why = "always the same";
	else if (SHARE(c, legal_forms) > LINK_FIRM_SHARE)
	{
		c->kind = CLT_KIND_COMPANY;
		c->why = psprintf("%.0f%% of the values have a firm's legal form", 100 * SHARE(c, legal_forms));
	}
	else if (c->stats.distinct <= 100 || c->stats.distinct * 50 < c->stats.filled)
	{
		c->kind = CLT_KIND_CATEGORY;
		c->why = "few different values";
	}
	else
	{
		c->kind = CLT_KIND_TEXT;
		c->why = "text";
	}
}

/* Numbers of chance have a right check digit one time in ten. */
#define CHECKED_SHARE 0.9
#define CHECKED_VALUES 20

/* scheme_of finds the scheme whose check digit the values of a column have; 0: none. */
static int
scheme_of(const LinkCandidate *c)
{
	char		folded[512];
	size_t		n = clt_fold_name(c->read_as, strlen(c->read_as), folded, sizeof(folded) - 1);
	int			best = 0;
	int			k;

	if (c->stats.filled < CHECKED_VALUES || c->stats.distinct * 2 < c->stats.filled)
		return 0;
	folded[n < sizeof(folded) ? n : 0] = '\0';
	for (k = clt_scheme_count(); k > 0; k--)
	{
		if (c->stats.checked[k] < CHECKED_SHARE * c->stats.filled)
			continue;
		/* of several with one rule the one that the column is named after */
		if (strstr(folded, clt_scheme_name(k)))
			return k;
		best = k;
	}
	return best;
}

/* town_among_regions: kraj is a country to some and a town to others; beside another region the finer one is a town. */
static void
town_among_regions(LinkCandidate *cand, int n)
{
	LinkCandidate *finer = NULL;
	LinkCandidate *coarser = NULL;
	int			i;

	for (i = 0; i < n; i++)
	{
		LinkCandidate *c = &cand[i];

		if (c->kind == CLT_KIND_CITY)
			return;
		if (c->kind != CLT_KIND_REGION)
			continue;
		if (!finer || c->stats.distinct > finer->stats.distinct)
		{
			coarser = finer;
			finer = c;
		}
		else
			coarser = c;
	}
	if (!coarser || finer->stats.distinct < 4 * coarser->stats.distinct)
		return;
	finer->kind = CLT_KIND_CITY;
	finer->why = psprintf("the finer of two regions, \"%s\" being the other", coarser->name);
}

/* second_of_a_kind: a second given name is a middle name, and so on. */
static void
second_of_a_kind(LinkCandidate *cand, int n)
{
	int			seen[CLT_NKINDS] = {0};
	int			i;

	for (i = 0; i < n; i++)
	{
		if (cand[i].kind < 0)
			continue;
		if (seen[cand[i].kind]++ == 0)
			continue;
		switch (cand[i].kind)
		{
			case CLT_KIND_GIVEN:
			case CLT_KIND_SURNAME:
				cand[i].kind = CLT_KIND_MIDDLE;
				cand[i].why = psprintf("a further %s", clt_role_label(cand[i].role));
				break;
			case CLT_KIND_FULL_NAME:
				cand[i].kind = CLT_KIND_TEXT;
				break;
			default:
				break;
		}
	}
}

/* describe_what_else_is_not_known: descriptions are about what a record is, where hardly anything else tells. */
static void
describe_what_else_is_not_known(LinkCandidate *cand, int n)
{
	int			known = 0;
	int			i;

	for (i = 0; i < n; i++)
		known += cand[i].kind >= 0 && !cand[i].must_agree;
	for (i = 0; i < n && known < 2; i++)
		if (cand[i].role == CLT_ROLE_DESCRIPTION)
		{
			kind_by_content(&cand[i]);
			if (cand[i].kind >= 0)
				cand[i].why = "a description, where hardly anything else is told";
		}
}

/* leave_lists_out leaves arrays alone but of what people have several of: addresses of mail, telephones, numbers. */
static void
leave_lists_out(LinkCandidate *cand, int n)
{
	int			i;

	for (i = 0; i < n; i++)
		if (cand[i].several && cand[i].kind >= 0 && cand[i].kind != CLT_KIND_EMAIL && cand[i].kind != CLT_KIND_PHONE &&
			cand[i].kind != CLT_KIND_IDENTIFIER)
		{
			cand[i].kind = -1;
			cand[i].why = "a list of something that people have one of";
		}
}

/* waits_for_others: what these are, the other columns tell. */
static bool
waits_for_others(CltRole role)
{
	return role == CLT_ROLE_IGNORE || role == CLT_ROLE_DESCRIPTION || role == CLT_ROLE_NAME || role == CLT_ROLE_WHOLE_NAME ||
		role == CLT_ROLE_RELATIVE || role == CLT_ROLE_LATITUDE || role == CLT_ROLE_LONGITUDE || role == CLT_ROLE_WEBSITE;
}

/* somebody_else: the mother's name is a text that brothers and sisters have in common. */
static void
somebody_else(LinkCandidate *c)
{
	if (!clt_link_is_text(c->type) || c->stats.distinct < 20 || SHARE(c, dates) > 0.5)
	{
		c->why = "about somebody else";
		return;
	}
	c->kind = CLT_KIND_TEXT;
	/* the given name alone is known by what stands in it */
	if (SHARE(c, single_words) > 0.7)
	{
		c->role = CLT_ROLE_NONE;
		c->why = "text";
		return;
	}
	c->scope = CLT_FS_SHARED;
	c->why = "about somebody else, whom brothers and sisters have in common";
}

/* drop_prices_of_people: prices tell things apart, not people. */
static void
drop_prices_of_people(LinkCandidate *cand, int n)
{
	int			i;

	for (i = 0; i < n; i++)
		if (cand[i].kind == CLT_KIND_GIVEN || cand[i].kind == CLT_KIND_SURNAME || cand[i].kind == CLT_KIND_FULL_NAME)
			break;
	if (i == n)
		return;
	for (i = 0; i < n; i++)
		if (cand[i].role == CLT_ROLE_AMOUNT && cand[i].kind >= 0)
		{
			cand[i].kind = -1;
			cand[i].why = "not about the person";
		}
}

/* of_people: columns that only tables of people (or of firms) have. */
static bool
of_people(int kind)
{
	return kind == CLT_KIND_GIVEN || kind == CLT_KIND_SURNAME || kind == CLT_KIND_EMAIL || kind == CLT_KIND_PHONE || kind == CLT_KIND_DATE ||
		kind == CLT_KIND_SEX || kind == CLT_KIND_STREET || kind == CLT_KIND_HOUSE_NUMBER || kind == CLT_KIND_POSTCODE || kind == CLT_KIND_CITY ||
		kind == CLT_KIND_COMPANY;
}

/*
 * names_of_makers: where nothing speaks of people but names, and another text has more different ones, the records are
 * songs or books, and the names are those of who made them.
 */
static void
names_of_makers(LinkCandidate *cand, int n)
{
	LinkCandidate *name = NULL;
	LinkCandidate *thing = NULL;
	int			i;

	for (i = 0; i < n; i++)
	{
		if (of_people(cand[i].kind))
			return;
		if (cand[i].kind == CLT_KIND_FULL_NAME && !name)
			name = &cand[i];
		if (cand[i].kind == CLT_KIND_TEXT && cand[i].stats.words > cand[i].stats.filled && (!thing || cand[i].stats.distinct > thing->stats.distinct))
			thing = &cand[i];
	}
	if (!name || !thing || thing->stats.distinct <= name->stats.distinct)
		return;
	name->kind = CLT_KIND_TEXT;
	name->why = psprintf("names of people who have to do with what \"%s\" says", thing->name);
}

/* tell_by_form: a table about firms, most of which say their legal form, tells them apart by it, too. */
static void
tell_by_form(LinkCandidate *cand, int n)
{
	LinkCandidate *firm = NULL;
	int			i;

	for (i = 0; i < n; i++)
	{
		if (cand[i].kind == CLT_KIND_GIVEN || cand[i].kind == CLT_KIND_SURNAME || cand[i].kind == CLT_KIND_FULL_NAME)
			return;
		if (cand[i].kind == CLT_KIND_COMPANY && !firm)
			firm = &cand[i];
	}
	if (firm)
		firm->form = SHARE(firm, legal_forms) > LINK_FIRM_SHARE;
}

/* websites_of_firms: a firm has one; people have one in a hundred tables, and there it is their employer's. */
static void
websites_of_firms(LinkCandidate *cand, int n)
{
	bool		firms = false;
	int			i;

	for (i = 0; i < n; i++)
	{
		if (cand[i].kind == CLT_KIND_GIVEN || cand[i].kind == CLT_KIND_SURNAME || cand[i].kind == CLT_KIND_FULL_NAME)
			return;
		firms |= cand[i].kind == CLT_KIND_COMPANY;
	}
	for (i = 0; i < n && firms; i++)
		if (cand[i].role == CLT_ROLE_WEBSITE && cand[i].kind < 0 && clt_link_is_text(cand[i].type) && cand[i].stats.distinct > 1)
		{
			cand[i].kind = CLT_KIND_TEXT;
			cand[i].why = "a firm's website";
		}
}

/* clt_link_tell_kinds decides what each column is taken for, and why; alone: in a table that is linked with no other. */
void
clt_link_tell_kinds(LinkCandidate *cand, int n, bool alone)
{
	int			i;

	for (i = 0; i < n; i++)
	{
		LinkCandidate *c = &cand[i];

		c->role = clt_role_by_name(c->read_as, &c->strength);
		c->kind = -1;
		c->scope = -1;
		c->why = "not about the person";
		if (SHARE(c, at_sign) > 0.6)
		{
			/* a name that says nothing of the kind may still hold addresses */
			kind_by_content(c);
			continue;
		}
		if (c->role == CLT_ROLE_RELATIVE)
			somebody_else(c);
		if (waits_for_others(c->role))
			continue;
		if (c->role != CLT_ROLE_NONE)
			kind_by_role(c);

		/*
		 * what stands in a column is believed before its name: mob may be a
		 * telephone, too
		 */
		if (c->kind < 0 && !(c->role == CLT_ROLE_MONTH && SHARE(c, months) > 0.95) && !(c->role == CLT_ROLE_DAY && SHARE(c, days) > 0.95))
		{
			if (c->stats.filled > 0)
				c->role = CLT_ROLE_NONE;
			kind_by_content(c);
		}
	}
	for (i = 0; i < n; i++)
	{
		LinkCandidate *c = &cand[i];

		if (c->kind != CLT_KIND_IDENTIFIER && (c->role != CLT_ROLE_NONE || (c->kind >= 0 && c->kind != CLT_KIND_PHONE && c->kind != CLT_KIND_TEXT && c->kind != CLT_KIND_CATEGORY)))
			continue;
		c->scheme = scheme_of(c);
		if (c->scheme == 0)
			continue;
		c->kind = CLT_KIND_IDENTIFIER;
		c->why = psprintf("%.0f%% of the values have the check digit of %s", 100 * SHARE(c, checked[c->scheme]), clt_scheme_name(c->scheme));
	}
	leave_lists_out(cand, n);
	for (i = 0; i < n; i++)
		if (cand[i].kind < 0 && (cand[i].role == CLT_ROLE_NAME || cand[i].role == CLT_ROLE_WHOLE_NAME))
			clt_link_person_or_firm(cand, n, &cand[i]);
	describe_what_else_is_not_known(cand, n);
	clt_link_name_by_content(cand, n);
	town_among_regions(cand, n);
	second_of_a_kind(cand, n);
	leave_lists_out(cand, n);
	names_of_makers(cand, n);
	clt_link_contacts_of_firms(cand, n);
	websites_of_firms(cand, n);
	drop_prices_of_people(cand, n);
	tell_by_form(cand, n);
	clt_link_leave_out_repeats(cand, n);
	clt_link_leave_out_implied(cand, n);
	clt_link_leave_out_strays(cand, n, alone);
}
