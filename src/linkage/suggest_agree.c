/*
 * suggest_agree.c
 *		What records that agree in one column say of the others.
 *
 * Columns that nobody named may be evidence or not: the ward of a patient, the owner of a lead, how often somebody
 * logged in.  Records that have the same e-mail, telephone or name are more often of one person than others are, so
 * in what belongs to people they agree more often than any two records.  A column in which they do not is no evidence.
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"

#include "linkage/engine.h"
#include "linkage/suggest.h"

/* Groups of records with one value; larger ones are a switchboard. */
#define WITNESS_GROUP 10
/* So few pairs say nothing. */
#define WITNESS_PAIRS 50
/* So many of the records with a value have one in the other column, too. */
#define NEARLY_ALL 0.9
/* The share of agreement beyond chance (Cohen's kappa) below which a column is a stray, and from which on a number is none. */
#define STRAY 0.1
#define NO_STRAY 0.3

typedef struct Occurrence
{
	uint64		value;
	int64		row;
} Occurrence;

static int
compare_occurrences(const void *a, const void *b)
{
	const Occurrence *x = (const Occurrence *) a;
	const Occurrence *y = (const Occurrence *) b;

	if (x->value != y->value)
		return x->value < y->value ? -1 : 1;
	return x->row < y->row ? -1 : x->row > y->row;
}

/* is_witness tells whether two records with the same value in a column are likely to be one. */
static bool
is_witness(const LinkCandidate *c)
{
	switch (c->kind)
	{
		case CLT_KIND_EMAIL:
		case CLT_KIND_PHONE:
		case CLT_KIND_FULL_NAME:
		case CLT_KIND_IDENTIFIER:
			return true;
		case CLT_KIND_COMPANY:
		case CLT_KIND_TEXT:
		case CLT_KIND_STREET:
			return c->stats.distinct * 4 > c->stats.filled;
		default:
			return false;
	}
}

/* occurrences lists the records that have a value, of two columns if there is a second one, in the order of values. */
static Occurrence *
occurrences(const LinkCandidate *c, const LinkCandidate *second, int64 *n)
{
	Occurrence *list = palloc(sizeof(Occurrence) * (c->nvalues + 1));
	int64		row;

	*n = 0;
	for (row = 0; row < c->nvalues; row++)
	{
		if (!c->value[row] || (second && !second->value[row]))
			continue;
		list[*n].value = second ? clt_block_combine(c->value[row], second->value[row]) : c->value[row];
		list[(*n)++].row = row;
	}
	qsort(list, *n, sizeof(Occurrence), compare_occurrences);
	return list;
}

/* chance is how often any two records agree in a column. */
static double
chance(const LinkCandidate *c)
{
	int64		n;
	Occurrence *list = occurrences(c, NULL, &n);
	double		same = 0;
	int64		from;
	int64		to;

	for (from = 0; from < n; from = to)
	{
		for (to = from; to < n && list[to].value == list[from].value; to++)
			;
		same += (double) (to - from) * (double) (to - from - 1);
	}
	pfree(list);
	return n > 1 ? same / ((double) n * (n - 1)) : 0;
}

/* hear_witness counts, among pairs of records that agree in a column, those that have all others and those that agree in them. */
static void
hear_witness(LinkCandidate *cand, int n, const LinkCandidate *witness, const LinkCandidate *second, int64 *heard, int64 *agree)
{
	int64		rows;
	Occurrence *list = occurrences(witness, second, &rows);
	int64		from;
	int64		to;
	int64		k;
	int			i;

	for (from = 0; from < rows; from = to)
	{
		for (to = from; to < rows && list[to].value == list[from].value; to++)
			;
		if (to - from > WITNESS_GROUP)
			continue;
		for (k = from + 1; k < to; k++)
			for (i = 0; i < n; i++)
			{
				uint64		a = cand[i].value[list[k - 1].row];
				uint64		b = cand[i].value[list[k].row];

				if (&cand[i] == witness || &cand[i] == second || !a || !b)
					continue;
				heard[i]++;
				agree[i] += a == b;
			}
	}
	pfree(list);
}

/* In so many of the records must a town's region be the one that most of its records have. */
#define IMPLIED 0.95

/* implied_by tells whether a column follows from another one: of those who have a value there nearly all have one value here. */
static bool
implied_by(const LinkCandidate *c, const LinkCandidate *other)
{
	int64		rows;
	Occurrence *list = occurrences(other, NULL, &rows);
	int64		heard = 0;
	int64		same = 0;
	int64		filled = 0;
	int64		from;
	int64		to;
	int64		k;

	for (from = 0; from < rows; from = to)
	{
		uint64		last = 0;

		for (to = from; to < rows && list[to].value == list[from].value; to++)
		{
			uint64		value = c->value[list[to].row];

			if (!value)
				continue;
			filled++;
			if (last)
			{
				heard++;
				same += value == last;
			}
			last = value;
		}
	}
	pfree(list);
	for (k = 0, rows = 0; k < c->nvalues; k++)
		rows += c->value[k] != 0;
	return heard >= WITNESS_PAIRS && same >= IMPLIED * heard && filled >= NEARLY_ALL * rows;
}

/* clt_link_leave_out_implied leaves out the country that each town says, where they are not parts of one address anyway. */
void
clt_link_leave_out_implied(LinkCandidate *cand, int n)
{
	LinkCandidate *city = NULL;
	int			i;

	for (i = 0; i < n; i++)
	{
		if (cand[i].kind == CLT_KIND_STREET || cand[i].kind == CLT_KIND_POSTCODE)
			return;
		if (cand[i].kind == CLT_KIND_CITY && !city)
			city = &cand[i];
	}
	for (i = 0; i < n && city; i++)
		if (cand[i].kind == CLT_KIND_REGION && implied_by(&cand[i], city))
		{
			cand[i].kind = -1;
			cand[i].why = psprintf("follows from \"%s\"", city->name);
		}
}

/*
 * clt_link_contacts_of_firms: where a person is named beside a firm, the records are people, who work there, or firms,
 * which have somebody to talk to.  Of firms the records with one name have mostly one person, too.
 */
void
clt_link_contacts_of_firms(LinkCandidate *cand, int n)
{
	int64	   *heard;
	int64	   *agree;
	LinkCandidate *person = NULL;
	const LinkCandidate *firm = NULL;
	int			i;

	for (i = 0; i < n; i++)
		switch (cand[i].kind)
		{
			case CLT_KIND_GIVEN:
			case CLT_KIND_SURNAME:
			case CLT_KIND_DATE:
			case CLT_KIND_SEX:
				return;
			case CLT_KIND_FULL_NAME:
				person = &cand[i];
				break;
			case CLT_KIND_COMPANY:
				if (!firm)
					firm = &cand[i];
				break;
			default:
				break;
		}
	if (!person || !firm || firm->stats.filled < NEARLY_ALL * firm->nvalues)
		return;
	heard = palloc0(sizeof(int64) * n);
	agree = palloc0(sizeof(int64) * n);
	hear_witness(cand, n, firm, NULL, heard, agree);
	i = (int) (person - cand);
	if (heard[i] >= WITNESS_PAIRS && agree[i] * 2 > heard[i])
	{
		person->kind = CLT_KIND_TEXT;
		person->why = psprintf("whom to talk to at the firm: the same in %.0f%% of %s pairs of records with one \"%s\"",
							   100.0 * agree[i] / heard[i], psprintf(INT64_FORMAT, heard[i]), firm->name);
	}
	pfree(heard);
	pfree(agree);
}

/* of_people tells whether some column names people, or says where to write to them. */
static bool
of_people(const LinkCandidate *cand, int n)
{
	int			i;

	for (i = 0; i < n; i++)
		if (cand[i].kind == CLT_KIND_GIVEN || cand[i].kind == CLT_KIND_SURNAME || cand[i].kind == CLT_KIND_FULL_NAME ||
			cand[i].kind == CLT_KIND_EMAIL)
			return true;
	return false;
}

/*
 * may_stray: numbers, codes and words of which there are few, which nobody named; beside people's names texts, too.  What
 * things are called is hardly ever the same to the letter.
 */
static bool
may_stray(const LinkCandidate *c, bool people)
{
	if (c->scheme || (c->role != CLT_ROLE_NONE && c->role != CLT_ROLE_AMOUNT))
		return false;
	if (people && (c->kind == CLT_KIND_TEXT || c->kind == CLT_KIND_CATEGORY))
		return true;
	return c->kind == CLT_KIND_NUMBER || c->kind == CLT_KIND_POSTCODE || c->kind == CLT_KIND_IDENTIFIER ||
		c->kind == CLT_KIND_STREET || c->kind == CLT_KIND_CITY;
}

/*
 * clt_link_leave_out_strays leaves out columns in which records that agree elsewhere agree no more than others do.  In a
 * table that is to be linked with others everybody may be once, so it tells nothing.
 */
void
clt_link_leave_out_strays(LinkCandidate *cand, int n, bool alone)
{
	int64	   *heard = palloc0(sizeof(int64) * (n + 1));
	int64	   *agree = palloc0(sizeof(int64) * (n + 1));
	const LinkCandidate *given = NULL;
	const LinkCandidate *surname = NULL;
	bool		people = of_people(cand, n);
	int			i;

	for (i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (cand[i].kind == CLT_KIND_GIVEN && !given)
			given = &cand[i];
		if (cand[i].kind == CLT_KIND_SURNAME && !surname)
			surname = &cand[i];
		if (alone && is_witness(&cand[i]) && !cand[i].must_agree)
			hear_witness(cand, n, &cand[i], NULL, heard, agree);
	}
	if (alone && given && surname)
		hear_witness(cand, n, given, surname, heard, agree);
	for (i = 0; i < n; i++)
	{
		LinkCandidate *c = &cand[i];
		double		by_chance;
		double		kappa = 0;

		if (!may_stray(c, people))
			continue;
		if (heard[i] >= WITNESS_PAIRS)
		{
			by_chance = chance(c);
			kappa = by_chance < 1 ? ((double) agree[i] / heard[i] - by_chance) / (1 - by_chance) : 0;
			if (kappa >= (c->must_agree ? NO_STRAY : STRAY))
				continue;
			c->kind = -1;
			c->why = psprintf("records that agree elsewhere agree in it hardly more than others: %.0f%% of %s pairs, others %.0f%%",
							  100.0 * agree[i] / heard[i], psprintf(INT64_FORMAT, heard[i]), 100 * by_chance);
		}
		else if (c->must_agree)
		{
			c->kind = -1;
			c->why = "a number or date nobody named";
		}
	}
	pfree(heard);
	pfree(agree);
}
