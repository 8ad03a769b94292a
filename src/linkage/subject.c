/*
 * subject.c
 *		What the records of a job are about: people, firms, or things that somebody makes.
 *
 * The kinds of the columns tell most of it.  What a text is to the records (what they are called, or who made them) the
 * table tells.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "core/clientele.h"
#include "linkage/prepare.h"

/* So few pairs of records say nothing of their makers. */
#define MAKERS_SEEN 50

/* Of the things of one album so many have the same year: more than half, or it is each thing's own. */
#define GOES_ALONG 0.5

/* clt_link_is_one_text tells whether records are nothing but a text: a list of firms, of works. */
bool
clt_link_is_one_text(const LinkJob *job)
{
	return (job->ncomparisons == 1 || (job->ncomparisons == 2 && job->comparison[1].kind == CLT_KIND_LEGAL_FORM)) &&
		(job->comparison[0].kind == CLT_KIND_COMPANY || job->comparison[0].kind == CLT_KIND_TEXT);
}

/* compares_kind tells whether one of the comparisons is of one of some kinds. */
static bool
compares_kind(const LinkJob *job, const CltKind *kind, int n)
{
	int			i;
	int			k;

	for (i = 0; i < job->ncomparisons; i++)
		for (k = 0; k < n; k++)
			if (job->comparison[i].kind == kind[k])
				return true;
	return false;
}

/* is_name tells whether a comparison is of texts that may be what records are called, or who made them. */
static bool
is_name(const LinkJob *job, int comparison)
{
	const LinkComparison *cmp = &job->comparison[comparison];

	return (cmp->kind == CLT_KIND_TEXT || cmp->kind == CLT_KIND_COMPANY) && !job->field[cmp->field[0]].element;
}

/* most_values returns the comparison of whose column there are more different values; the first one may be -1. */
static int
most_values(const LinkJob *job, int a, int b)
{
	return a < 0 || job->kernel[b].column->nvalues > job->kernel[a].column->nvalues ? b : a;
}

/* find_title returns the comparison of what records are called: the texts of which there are most; -1 for none. */
static int
find_title(const LinkJob *job)
{
	int			title = -1;
	int			i;

	for (i = 0; i < job->ncomparisons; i++)
		if (is_name(job, i))
			title = most_values(job, title, i);
	return title;
}

/* Records met one after the other that have the same value of a column. */
typedef struct Neighbours
{
	const LinkJob *job;
	const CltColumn *same;
	const CltColumn *filled;	/* and some value of this one */
	uint32	   *last;			/* the record met last that has the value,
								 * plus one */
	uint32		row;			/* the next one to be met */
} Neighbours;

static void
neighbours_init(Neighbours *it, const LinkJob *job, const CltColumn *same, const CltColumn *filled)
{
	it->job = job;
	it->same = same;
	it->filled = filled;
	it->last = MemoryContextAllocExtended(job->context, (Size) same->nvalues * sizeof(uint32), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	it->row = 0;
}

/* next_neighbours finds two more of them; at the end it returns false and frees what it had. */
static bool
next_neighbours(Neighbours *it, uint32 *a, uint32 *b)
{
	while (it->row < it->job->n)
	{
		uint32		row = it->row++;
		uint32		code = CLT_CODE(it->same, row);
		uint32		last;

		if ((row & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		if (!code || !CLT_CODE(it->filled, row) || clt_link_is_copy(it->job, row))
			continue;
		last = it->last[code];
		it->last[code] = row + 1;
		if (!last)
			continue;
		*a = last - 1;
		*b = row;
		return true;
	}
	pfree(it->last);
	return false;
}

/*
 * names_makers tells whether the texts of a column are not those of the records but of what several of them belong to:
 * the brewery of beers, the artist of songs.  Most records that have one of them in common are called otherwise.
 */
static bool
names_makers(const LinkJob *job, int comparison, int title)
{
	const CltColumn *called = job->kernel[title].column;
	int			unlike = clt_kind_info[called->kind].nlevels - 1;	/* hardly alike */
	Neighbours	it;
	int64		seen = 0;
	int64		differ = 0;
	uint32		a;
	uint32		b;

	neighbours_init(&it, job, job->kernel[comparison].column, called);
	while (next_neighbours(&it, &a, &b))
	{
		uint32		x = CLT_CODE(called, a);
		uint32		y = CLT_CODE(called, b);

		seen++;
		differ += x != y && clt_compare_values(called->kind, called, x, y) >= unlike;
	}
	return seen >= MAKERS_SEEN && differ * 2 > seen;
}

/* find_makers finds the comparisons of makers, and among them that of the finest ones. */
static void
find_makers(const LinkJob *job, LinkSubject *subject)
{
	int			i;

	subject->maker = -1;
	if (subject->title < 0)
		return;
	for (i = 0; i < job->ncomparisons; i++)
		if (i != subject->title && is_name(job, i) && names_makers(job, i, subject->title))
		{
			subject->makers |= 1u << i;
			subject->maker = most_values(job, subject->maker, i);
		}
}

/*
 * clt_link_goes_along tells whether a column says what makers and what they make have in common: the year of an album,
 * which all its songs have.  Of records of one maker that are called otherwise most agree in it: the share of them.
 */
bool
clt_link_goes_along(const LinkJob *job, const LinkSubject *subject, int comparison, double *share)
{
	const CltColumn *col = job->kernel[comparison].column;
	const CltColumn *called;
	Neighbours	it;
	int64		seen = 0;
	int64		same = 0;
	uint32		a;
	uint32		b;

	if (subject->maker < 0 || (job->comparison[comparison].kind != CLT_KIND_CATEGORY && job->comparison[comparison].kind != CLT_KIND_NUMBER))
		return false;
	called = job->kernel[subject->title].column;
	neighbours_init(&it, job, job->kernel[subject->maker].column, col);
	while (next_neighbours(&it, &a, &b))
		if (CLT_CODE(called, a) != CLT_CODE(called, b))
		{
			seen++;
			same += CLT_CODE(col, a) == CLT_CODE(col, b);
		}
	*share = (double) same / Max(seen, 1);
	return seen >= MAKERS_SEEN && *share > GOES_ALONG;
}

/* clt_link_goes_with_company tells whether a column is filled where a company is, and hardly elsewhere. */
bool
clt_link_goes_with_company(LinkJob *job, const CltColumn *col)
{
	const CltColumn *company = clt_link_column_of(job, CLT_KIND_COMPANY);
	int64		with = 0;
	int64		without = 0;
	uint32		i;

	if (!company || company->filled == 0)
		return false;
	for (i = 0; i < job->n; i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		if (!CLT_CODE(col, i) || clt_link_is_copy(job, i))
			continue;
		if (CLT_CODE(company, i))
			with++;
		else
			without++;
	}
	return with > 9 * without;
}

/*
 * title_says_all tells whether hardly anything but what things are called says who they are: beside it are categories,
 * numbers and codes, which many have or few.
 */
static bool
title_says_all(const LinkJob *job, int title)
{
	int			i;

	for (i = 0; i < job->ncomparisons; i++)
		switch (job->comparison[i].kind)
		{
			case CLT_KIND_CATEGORY:
			case CLT_KIND_NUMBER:
			case CLT_KIND_IDENTIFIER:
			case CLT_KIND_REGION:
			case CLT_KIND_LEGAL_FORM:
				break;
			default:
				if (i != title)
					return false;
		}
	return title >= 0;
}

/*
 * shares_home tells whether families can be told, for people share more than a surname.  Whoever shares an e-mail
 * address alone is of one family only by his surname.
 */
static bool
shares_home(LinkJob *job)
{
	static const CltKind mailed[] = {CLT_KIND_EMAIL};
	static const CltKind home[] = {CLT_KIND_ADDRESS, CLT_KIND_STREET, CLT_KIND_POSTCODE, CLT_KIND_PHONE};
	bool		surname = clt_link_column_of(job, CLT_KIND_SURNAME) || clt_link_column_of(job, CLT_KIND_FULL_NAME);

	return !job->no_household && (compares_kind(job, home, lengthof(home)) || (surname && compares_kind(job, mailed, lengthof(mailed))));
}

/* has_relatives tells whether in families twins, and a parent and a child of one name, can be told: by given name and birth date. */
static bool
has_relatives(LinkJob *job)
{
	static const CltKind named[] = {CLT_KIND_GIVEN, CLT_KIND_FULL_NAME};
	static const CltKind dated[] = {CLT_KIND_DATE};

	return compares_kind(job, named, lengthof(named)) && compares_kind(job, dated, lengthof(dated));
}

/* clt_link_subject finds out what records are about; the kernels must be set up. */
void
clt_link_subject(LinkJob *job, LinkSubject *subject)
{
	/* what says where in a town somebody is, or how to call him there */
	static const CltKind place[] = {CLT_KIND_ADDRESS, CLT_KIND_PHONE, CLT_KIND_STREET, CLT_KIND_POSTCODE, CLT_KIND_LOCATION};
	static const CltKind text[] = {CLT_KIND_TEXT, CLT_KIND_COMPANY};

	memset(subject, 0, sizeof(*subject));
	subject->people = clt_link_column_of(job, CLT_KIND_GIVEN) || clt_link_column_of(job, CLT_KIND_SURNAME) ||
		clt_link_column_of(job, CLT_KIND_FULL_NAME);
	subject->families = shares_home(job);
	subject->relatives = subject->families && has_relatives(job);
	subject->placed = compares_kind(job, place, lengthof(place));
	subject->texts = compares_kind(job, text, lengthof(text));
	subject->of_owners = !subject->people && !subject->placed &&
		clt_link_column_of(job, CLT_KIND_COMPANY) && clt_link_column_of(job, CLT_KIND_CITY);
	subject->title = subject->people ? -1 : find_title(job);
	subject->title_says_all = title_says_all(job, subject->title);
	find_makers(job, subject);
}
