/*
 * prepare.c
 *		What is known of comparisons before any pair: how often each level is expected to be
 *		met, and how many pairs are likely one person.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "core/clientele.h"
#include "linkage/engine.h"
#include "linkage/prepare.h"

/* pass_on gives what was expected of the levels up to last, which cannot be reached, to the one behind them. */
static void
pass_on(double *p, int last)
{
	int			g;

	for (g = 1; g <= last; g++)
	{
		p[last + 1] += p[g];
		p[g] = 0;
	}
}

/* reachable_levels takes out of the expectation what an address of these parts cannot show. */
static void
reachable_levels(const CltComparison *kernel, CltFsComparison *fs)
{
	int			last = kernel->part[CLT_PART_STREET] ? 0 : kernel->part[CLT_PART_POSTCODE] ? 4 : 5;

	pass_on(fs->m0, last);
	pass_on(fs->h0, last);
	if (last > 0)
		fs->m0[7] = fs->h0[7] = 0;
}

/* goes_with_company tells whether an identifier is there where a company is, and hardly elsewhere. */
static bool
goes_with_company(LinkJob *job, const CltColumn *col)
{
	const CltColumn *company = clt_link_column_of(job, CLT_KIND_COMPANY);
	int64		with = 0;
	int64		without = 0;
	uint32		i;

	if (!company || company->filled == 0)
		return false;
	for (i = 0; i < job->n; i++)
		if (CLT_CODE(col, i) && !clt_link_is_copy(job, i))
		{
			if (CLT_CODE(company, i))
				with++;
			else
				without++;
		}
	return with > 9 * without;
}

/* clt_link_is_one_text tells whether records are nothing but a text: a list of firms, of works. */
bool
clt_link_is_one_text(const LinkJob *job)
{
	return (job->ncomparisons == 1 || (job->ncomparisons == 2 && job->comparison[1].kind == CLT_KIND_LEGAL_FORM)) &&
		(job->comparison[0].kind == CLT_KIND_COMPANY || job->comparison[0].kind == CLT_KIND_TEXT);
}

/* Records of one firm have another name, or one that is hardly alike, at most so often. */
#define FIRM_RENAMED 0.05
#define FIRM_MISNAMED 0.08

/* Nor have things, of which many say more or less. */
#define THING_RENAMED 0.10
#define THING_MISNAMED 0.30

/* Of two people of one household so many have the same whole name (father and son), up to the level of one that holds the other. */
#define NAMESAKES 0.10
#define NAMED_ALIKE 4

/* How alike the names of two firms under one roof are expected to be: those of a group have a word in common. */
static const double firms_of_a_group[CLT_FS_MAX_LEVELS + 1] = {0, .01, .005, .02, .06, .15, .25, .505};

/* Where nothing says where in a town a firm is, two of one owner there are known by his name. */
static const double firms_of_an_owner[CLT_FS_MAX_LEVELS + 1] = {0, .005, .005, .02, .08, .25, .54, .10};

/* How alike the makers of two things of one maker are expected to be, and their albums, series and brands. */
static const double of_one_maker[CLT_FS_MAX_LEVELS + 1] = {0, .80, .05, .05, .03, .02, .02, .03};

/* How alike the titles of two things of one maker are expected to be. */
static const double called_otherwise[CLT_FS_MAX_LEVELS + 1] = {0, .002, .001, .005, .06, .15, .25, .532};

/* Of two things of one maker so many have the same title (a song, and the song live), up to the level of one with typing errors. */
#define SAME_TITLE 0.02
#define TITLED_ALIKE 3

/* So few pairs of records say nothing of their makers. */
#define MAKERS_SEEN 50

/* own_text returns the comparison of texts, or of firms, that has most different ones: what the records are called; -1 for none. */
static int
own_text(LinkJob *job)
{
	int			own = -1;
	int			i;

	for (i = 0; i < job->ncomparisons; i++)
		if ((job->comparison[i].kind == CLT_KIND_TEXT || job->comparison[i].kind == CLT_KIND_COMPANY) && !job->field[job->comparison[i].field[0]].element &&
			(own < 0 || job->kernel[i].column->nvalues > job->kernel[own].column->nvalues))
			own = i;
	return own;
}

/*
 * names_makers tells whether the texts of a column are not those of the records but of what several of them belong to:
 * the brewery of beers, the artist of songs.  Most records that have one of them in common are called otherwise.
 */
static bool
names_makers(LinkJob *job, int comparison)
{
	int			by = own_text(job);
	const CltColumn *col = job->kernel[comparison].column;
	const CltColumn *own;
	uint32	   *before;
	int64		seen = 0;
	int64		differ = 0;
	uint32		i;

	if ((job->comparison[comparison].kind != CLT_KIND_COMPANY && job->comparison[comparison].kind != CLT_KIND_TEXT) ||
		by < 0 || by == comparison || job->field[job->comparison[comparison].field[0]].element)
		return false;
	own = job->kernel[by].column;
	before = MemoryContextAllocExtended(job->context, (Size) col->nvalues * sizeof(uint32), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (i = 0; i < job->n; i++)
	{
		uint32		code = CLT_CODE(col, i);
		uint32		a;

		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		if (!code || !CLT_CODE(own, i) || clt_link_is_copy(job, i))
			continue;
		a = before[code];
		before[code] = CLT_CODE(own, i);
		if (!a)
			continue;
		seen++;
		/* hardly alike or not at all */
		differ += a != CLT_CODE(own, i) && clt_compare_values(own->kind, own, a, CLT_CODE(own, i)) >= clt_kind_info[own->kind].nlevels - 1;
	}
	pfree(before);
	return seen >= MAKERS_SEEN && differ * 2 > seen;
}

/* Of the things of one album so many have the same year: more than half, or it is each thing's own. */
#define GOES_ALONG 0.5

/*
 * goes_along tells whether a column says what makers and what they make have in common: the year of an album, which all
 * its songs have.  Of records of one maker that are called otherwise most agree in it.
 */
static bool
goes_along(LinkJob *job, int comparison, int maker, int own, double *share)
{
	const CltColumn *col = job->kernel[comparison].column;
	const CltColumn *by = job->kernel[maker].column;
	const CltColumn *name = job->kernel[own].column;
	uint32	   *before;
	int64		seen = 0;
	int64		same = 0;
	uint32		i;

	if (job->comparison[comparison].kind != CLT_KIND_CATEGORY && job->comparison[comparison].kind != CLT_KIND_NUMBER)
		return false;
	before = MemoryContextAllocExtended(job->context, (Size) by->nvalues * sizeof(uint32), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (i = 0; i < job->n; i++)
	{
		uint32		code = CLT_CODE(by, i);
		uint32		last;

		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		if (!code || !CLT_CODE(col, i) || clt_link_is_copy(job, i))
			continue;
		last = before[code];
		before[code] = i + 1;
		if (!last || CLT_CODE(name, i) == CLT_CODE(name, last - 1))
			continue;
		seen++;
		same += CLT_CODE(col, i) == CLT_CODE(col, last - 1);
	}
	pfree(before);
	*share = (double) same / Max(seen, 1);
	return seen >= MAKERS_SEEN && *share > GOES_ALONG;
}

/*
 * says_all tells whether hardly anything but what things are called says who they are: beside it are categories, numbers
 * and codes, which many have or few.
 */
static bool
says_all(const LinkJob *job, int own)
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
				if (i != own)
					return false;
		}
	return own >= 0;
}

/* has_text tells whether there is a text, which may be another name. */
static bool
has_text(const LinkJob *job)
{
	int			i;

	for (i = 0; i < job->ncomparisons; i++)
		if (job->comparison[i].kind == CLT_KIND_TEXT || job->comparison[i].kind == CLT_KIND_COMPANY)
			return true;
	return false;
}

/*
 * Where twins are a class of their own, two others of a household have one birth date, and
 * records of one person two common names, at most so often.
 */
#define BORN_BY_CHANCE 0.002
#define OTHER_NAME 0.01

/* names_home tells whether something says where in a town somebody is, or how to call him there. */
static bool
names_home(const LinkJob *job)
{
	int			i;

	for (i = 0; i < job->ncomparisons; i++)
		switch (job->comparison[i].kind)
		{
			case CLT_KIND_ADDRESS:
			case CLT_KIND_PHONE:
			case CLT_KIND_STREET:
			case CLT_KIND_POSTCODE:
			case CLT_KIND_LOCATION:
				return true;
			default:
				break;
		}
	return false;
}

/*
 * has_relatives tells whether twins, and a parent and a child of one name, can be told: by
 * given name and birth date, among people who share more than a surname.  Whoever shares an
 * e-mail address alone is of one family only by his surname.
 */
static bool
has_relatives(LinkJob *job)
{
	static const CltKind home[] = {CLT_KIND_ADDRESS, CLT_KIND_STREET, CLT_KIND_POSTCODE, CLT_KIND_PHONE};
	bool		named = false;
	bool		dated = false;
	bool		surname = clt_link_column_of(job, CLT_KIND_SURNAME) || clt_link_column_of(job, CLT_KIND_FULL_NAME);
	bool		shared = false;
	int			i;
	int			k;

	for (i = 0; i < job->ncomparisons; i++)
	{
		CltKind		kind = job->comparison[i].kind;

		named |= kind == CLT_KIND_GIVEN || kind == CLT_KIND_FULL_NAME;
		dated |= kind == CLT_KIND_DATE;
		shared |= kind == CLT_KIND_EMAIL && surname;
		for (k = 0; k < (int) lengthof(home); k++)
			shared |= kind == home[k];
	}
	return named && dated && shared && !job->no_household;
}

/* clt_link_prepare says of each comparison what is known before any pair. */
void
clt_link_prepare(LinkJob *job)
{
	MemoryContext old = MemoryContextSwitchTo(job->context);
	bool		person = clt_link_column_of(job, CLT_KIND_GIVEN) || clt_link_column_of(job, CLT_KIND_SURNAME) ||
	clt_link_column_of(job, CLT_KIND_FULL_NAME);
	bool		relatives = has_relatives(job);
	bool		home = names_home(job);
	bool		of_owners = !person && clt_link_column_of(job, CLT_KIND_COMPANY) && clt_link_column_of(job, CLT_KIND_CITY) && !home;
	uint32		makers = 0;		/* a bit for each comparison of them */
	int			finest = -1;	/* the one of them of whom there are most */
	int			own;
	double		share;
	int			i;

	memset(&job->fs, 0, sizeof(job->fs));
	job->fs.dwelling = -1;
	clt_link_kernels(job);
	for (i = 0; i < job->ncomparisons && !person; i++)
		if (names_makers(job, i))
		{
			makers |= 1u << i;
			if (finest < 0 || job->kernel[i].column->nvalues > job->kernel[finest].column->nvalues)
				finest = i;
		}
	own = person ? -1 : own_text(job);
	for (i = 0; i < job->ncomparisons; i++)
	{
		LinkComparison *cmp = &job->comparison[i];
		CltComparison *kernel = &job->kernel[i];
		CltFsComparison *fs = &job->fs.c[i];
		const CltKindInfo *info = &clt_kind_info[cmp->kind];

		fs->scope = info->scope;
		/* the tax number of a firm is its people's together */
		if (cmp->kind == CLT_KIND_IDENTIFIER && person && goes_with_company(job, kernel->column))
		{
			fs->scope = CLT_FS_SHARED;
			memcpy(fs->h0, clt_kind_info[CLT_KIND_POSTCODE].h0, sizeof(fs->h0));
		}
		fs->most = info->most;
		fs->different = cmp->kind == CLT_KIND_FULL_NAME ? CLT_WHOLE_OTHER : 0;
		fs->loose = info->loose;
		fs->most_loose = info->most_loose;
		fs->tf = kernel->tf;
		fs->twin0 = info->twin;
		fs->twin_most = info->twin_most;
		/* where nobody has a name, these are what the record is about */
		if (!person && (cmp->kind == CLT_KIND_TEXT || cmp->kind == CLT_KIND_CATEGORY))
		{
			fs->twin0 = 0.01;
			fs->twin_most = 0;
		}

		/*
		 * what a thing is called does not change altogether, where something
		 * else tells who it is, too
		 */
		if (i == own && cmp->kind == CLT_KIND_TEXT)
		{
			fs->most = THING_RENAMED;
			fs->most_loose = THING_MISNAMED;
		}
		/* twins and namesakes are classes of their own */
		if (relatives && cmp->kind == CLT_KIND_GIVEN)
			fs->most = OTHER_NAME;
		if (relatives && cmp->kind == CLT_KIND_DATE)
		{
			fs->twin0 = BORN_BY_CHANCE;
			fs->twin_most = 0;
		}
		memcpy(fs->m0, info->m0, sizeof(fs->m0));
		/* people move, firms hardly do */
		if (cmp->kind == CLT_KIND_ADDRESS && !person)
			fs->m0[info->nlevels] *= 0.4;
		if (cmp->kind == CLT_KIND_SURNAME || cmp->kind == CLT_KIND_FULL_NAME)
			fs->never = 7;
		if ((cmp->kind == CLT_KIND_SURNAME || cmp->kind == CLT_KIND_FULL_NAME) && !kernel->company)
			fs->m0[6] = fs->m0[7] = 0;
		if (cmp->kind == CLT_KIND_SURNAME && !kernel->email)
			fs->m0[5] = 0;

		/*
		 * else the class of households might take the pairs of one person for
		 * its own; a firm in the same column is what its people share, and a
		 * text beside it says who they are
		 */
		if (cmp->kind == CLT_KIND_FULL_NAME && !has_text(job))
		{
			fs->alike = NAMED_ALIKE;
			fs->most_alike = NAMESAKES;
		}
		if (!(cmp->kind == CLT_KIND_IDENTIFIER && fs->scope == CLT_FS_SHARED))
			memcpy(fs->h0, info->h0, sizeof(fs->h0));

		/*
		 * without people in it, the firm is who the record is about, and
		 * firms of one group share a word
		 */
		if (makers & (1u << i))
		{
			fs->scope = CLT_FS_SHARED;
			memcpy(fs->h0, of_one_maker, sizeof(fs->h0));
			home = true;
		}
		else if (finest >= 0 && goes_along(job, i, finest, own, &share))
		{
			fs->scope = CLT_FS_SHARED;
			fs->h0[1] = share;
			fs->h0[2] = 0.2 * (1.0 - share);
			fs->h0[3] = 0.8 * (1.0 - share);
		}
		else if (cmp->kind == CLT_KIND_TEXT && makers)
		{
			/* things of one maker have words in common, too */
			fs->scope = CLT_FS_SHARED;
			memcpy(fs->h0, firms_of_a_group, sizeof(fs->h0));
			if (i == own)
			{
				memcpy(fs->h0, called_otherwise, sizeof(fs->h0));
				fs->alike = TITLED_ALIKE;
				fs->most_alike = SAME_TITLE;
			}
		}
		else if (cmp->kind == CLT_KIND_COMPANY && !person)
		{
			memcpy(fs->h0, of_owners ? firms_of_an_owner : firms_of_a_group, sizeof(fs->h0));
			/* people change their employer, a firm its name hardly */
			fs->most = FIRM_RENAMED;
			fs->most_loose = FIRM_MISNAMED;
		}
		if (fs->tf)
			fs->rate[0] = clt_link_frequencies(job, i, person, i == own && says_all(job, own));
		if (cmp->kind == CLT_KIND_ADDRESS)
		{
			reachable_levels(kernel, fs);
			clt_link_place_frequencies(job, cmp);
		}
		if (cmp->levels)
			clt_link_prepare_levels(job, i);
		clt_link_apply_options(job, i);
	}
	clt_link_memos(job);
	clt_link_given_names(job);
	job->fs.total_pairs = Max((double) clt_link_all_pairs(job), 1.0);
	job->fs.prior = Min(0.05 * (job->n - job->ncopies) / job->fs.total_pairs, 0.1);

	/*
	 * families: people who share a surname, or have something else in common
	 * than a word of their names; firms under one roof
	 */
	if ((person && (home || clt_link_column_of(job, CLT_KIND_SURNAME))) ||
		((clt_link_column_of(job, CLT_KIND_COMPANY) || clt_link_column_of(job, CLT_KIND_TEXT)) && home))
		job->fs.household = Min(0.2 * (job->n - job->ncopies) / job->fs.total_pairs, 0.1);
	else if (of_owners)
		job->fs.household = Min(0.05 * (job->n - job->ncopies) / job->fs.total_pairs, 0.1);
	if (job->no_household)
		job->fs.household = 0;
	job->fs.relatives = relatives && job->fs.household > 0;
	if (job->prior > 0)
		job->fs.prior = job->prior;
	job->fs.prior_fixed = job->prior > 0;
	MemoryContextSwitchTo(old);
}
