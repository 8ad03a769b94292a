/*
 * prepare.c
 *		What is known of comparisons before any pair: how often each level is expected to be
 *		met, and how many pairs are likely one person.
 *
 * What a kind says of itself (kind_info.c) holds, but for what the other columns and what the records are about
 * (subject.c) say, and at last what the user says.
 */
#include "postgres.h"

#include "core/clientele.h"
#include "linkage/prepare.h"

/* Where twins and namesakes are classes of their own, two others of a household have one birth date at most so often. */
#define BORN_BY_CHANCE 0.002

/* Where families share what else there is, records of one person have two common names at most so often. */
#define OTHER_NAME 0.006

/* Where nobody has a name, two that share all else agree in what the record is about so often. */
#define ALIKE_BY_CHANCE 0.01

/* People move; of those firms do so many. */
#define FIRMS_MOVE 0.4

/* Records of one firm have another name, or one that is hardly alike, at most so often. */
static const CltFsBound firm_renamed = {0, .05};
static const CltFsBound firm_misnamed = {6, .08};

/* Nor have things, of which many say more or less. */
static const CltFsBound thing_renamed = {0, .10};
static const CltFsBound thing_misnamed = {6, .30};

/* A place does not move: the kilometre is a position that was guessed from a postcode. */
static const CltFsBound thing_moved = {4, .10};

/* Of two things of one maker so many have the same title (a song, and the song live), up to the level of one with typing errors. */
static const CltFsBound same_title = {3, .02};

/* How alike the names of two firms under one roof are expected to be: those of a group have a word in common. */
static const double firms_of_a_group[CLT_FS_MAX_LEVELS + 1] = {0, .01, .005, .02, .06, .15, .25, .505};

/* Where nothing says where in a town a firm is, two of one owner there are known by his name. */
static const double firms_of_an_owner[CLT_FS_MAX_LEVELS + 1] = {0, .005, .005, .02, .08, .25, .54, .10};

/* How alike the makers of two things of one maker are expected to be, and their albums, series and brands. */
static const double of_one_maker[CLT_FS_MAX_LEVELS + 1] = {0, .80, .05, .05, .03, .02, .02, .03};

/* How alike the titles of two things of one maker are expected to be. */
static const double called_otherwise[CLT_FS_MAX_LEVELS + 1] = {0, .002, .001, .005, .06, .15, .25, .532};

/* share_levels says what two of a household are expected to have in common. */
static void
share_levels(CltFsComparison *fs, const double *h0)
{
	fs->scope = CLT_FS_SHARED;
	memcpy(fs->h0, h0, sizeof(fs->h0));
}

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

/* address_levels takes out of the expectation what an address of these parts cannot show. */
static void
address_levels(const CltComparison *kernel, CltFsComparison *fs)
{
	int			last = kernel->part[CLT_PART_STREET] ? 0 : kernel->part[CLT_PART_POSTCODE] ? 4 : 5;

	pass_on(fs->m0, last);
	pass_on(fs->h0, last);
	if (last > 0)
		fs->m0[7] = fs->h0[7] = 0;
}

/* expect_of_kind takes over what is known about the kind of a comparison, as far as the columns can show it. */
static void
expect_of_kind(LinkJob *job, int i)
{
	const CltKindInfo *info = &clt_kind_info[job->comparison[i].kind];
	CltFsComparison *fs = &job->fs.c[i];
	const CltToldBy *told;

	fs->tf = job->kernel[i].tf;
	fs->scope = info->scope;
	memcpy(fs->m0, info->m0, sizeof(fs->m0));
	memcpy(fs->h0, info->h0, sizeof(fs->h0));
	fs->most = info->most;
	fs->loose = info->loose;
	fs->alike = info->alike;
	fs->never = info->never;
	fs->twin0 = info->twin;
	fs->twin_most = info->twin_most;
	for (told = info->told_by; told < info->told_by + CLT_MOST_TOLD_BY; told++)
		if (told->level > 0 && !clt_link_column_of(job, told->by))
			fs->m0[told->level] = 0;
	if (job->comparison[i].kind == CLT_KIND_ADDRESS)
		address_levels(&job->kernel[i], fs);
}

/* expect_of_relatives says what is expected where twins and namesakes are classes of their own. */
static void
expect_of_relatives(CltFsComparison *fs)
{
	if (fs->role == CLT_FS_BIRTH)
	{
		fs->twin0 = BORN_BY_CHANCE;
		fs->twin_most = 0;
	}
}

/* expect_of_people says what is expected of a comparison among people. */
static void
expect_of_people(LinkJob *job, int i)
{
	CltFsComparison *fs = &job->fs.c[i];

	/* the tax number of a firm is its people's together */
	if (job->comparison[i].kind == CLT_KIND_IDENTIFIER && clt_link_goes_with_company(job, job->kernel[i].column))
		share_levels(fs, clt_kind_info[CLT_KIND_POSTCODE].h0);
}

/* expect_of_text says what is expected of texts and firms, which without people are what records are called or of whom they are. */
static void
expect_of_text(LinkJob *job, const LinkSubject *subject, int i)
{
	CltFsComparison *fs = &job->fs.c[i];

	if (subject->makers & (1u << i))
		share_levels(fs, of_one_maker);
	else if (job->comparison[i].kind == CLT_KIND_COMPANY)
	{
		share_levels(fs, subject->of_owners ? firms_of_an_owner : firms_of_a_group);
		/* people change their employer, a firm its name hardly */
		fs->most = firm_renamed;
		fs->loose = firm_misnamed;
	}
	else if (subject->makers)
	{
		/* things of one maker have words in common, too */
		share_levels(fs, i == subject->title ? called_otherwise : firms_of_a_group);
		if (i == subject->title)
			fs->alike = same_title;
	}

	/*
	 * what a thing is called does not change altogether, where something else
	 * tells who it is, too
	 */
	if (i == subject->title && job->comparison[i].kind == CLT_KIND_TEXT)
	{
		fs->most = thing_renamed;
		fs->loose = thing_misnamed;
	}
}

/* expect_of_things says what is expected of a comparison where nobody has a name: of firms, and of things. */
static void
expect_of_things(LinkJob *job, const LinkSubject *subject, int i)
{
	CltFsComparison *fs = &job->fs.c[i];
	double		share;

	switch (job->comparison[i].kind)
	{
		case CLT_KIND_ADDRESS:
			fs->m0[fs->nlevels] *= FIRMS_MOVE;
			break;
		case CLT_KIND_LOCATION:
			fs->loose = thing_moved;
			break;
		case CLT_KIND_TEXT:
		case CLT_KIND_CATEGORY:
			fs->twin0 = ALIKE_BY_CHANCE;
			fs->twin_most = 0;
			break;
		default:
			break;
	}
	if (job->comparison[i].kind == CLT_KIND_TEXT || job->comparison[i].kind == CLT_KIND_COMPANY)
		expect_of_text(job, subject, i);
	else if (clt_link_goes_along(job, subject, i, &share))
	{
		fs->scope = CLT_FS_SHARED;
		fs->h0[1] = share;
		fs->h0[2] = 0.2 * (1.0 - share);
		fs->h0[3] = 0.8 * (1.0 - share);
	}
}

/* weigh_values finds what equal values of a comparison are worth. */
static void
weigh_values(LinkJob *job, const LinkSubject *subject, int i)
{
	CltFsComparison *fs = &job->fs.c[i];

	if (fs->tf)
		fs->rate[0] = clt_link_frequencies(job, i, subject->people, i == subject->title && subject->title_says_all);
	if (job->comparison[i].kind == CLT_KIND_ADDRESS)
		clt_link_place_frequencies(job, &job->comparison[i]);
}

/* expect_of_comparison says what is known of one comparison before any pair. */
static void
expect_of_comparison(LinkJob *job, const LinkSubject *subject, int i)
{
	CltFsComparison *fs = &job->fs.c[i];

	expect_of_kind(job, i);
	if (subject->families && fs->role == CLT_FS_GIVEN)
		fs->most.most = OTHER_NAME;
	if (subject->relatives)
		expect_of_relatives(fs);

	/*
	 * a firm in the column of names is what its people share, and a text
	 * beside them says who they are; else the class of households might take
	 * the pairs of one person for its own
	 */
	if (fs->role == CLT_FS_WHOLE && subject->texts)
		fs->alike.most = 0;
	if (subject->people)
		expect_of_people(job, i);
	else
		expect_of_things(job, subject, i);
	weigh_values(job, subject, i);
	if (job->comparison[i].levels)
		clt_link_prepare_levels(job, i);
	clt_link_apply_options(job, i);
}

/* partners_at_home is how many pairs of one household are expected for each record; 0: there are no households. */
static double
partners_at_home(LinkJob *job, const LinkSubject *subject)
{
	bool		together = subject->placed || subject->makers;

	if (job->no_household)
		return 0;

	/*
	 * families: people who share a surname, or have something else in common
	 * than a word of their names
	 */
	if (subject->people && (together || clt_link_column_of(job, CLT_KIND_SURNAME)))
		return 0.2;
	/* firms under one roof, things of one maker */
	if (together && (clt_link_column_of(job, CLT_KIND_COMPANY) || clt_link_column_of(job, CLT_KIND_TEXT)))
		return 0.2;
	return subject->of_owners ? 0.05 : 0;
}

/* expect_of_classes says how many pairs are expected to be one person, and of one household. */
static void
expect_of_classes(LinkJob *job, const LinkSubject *subject)
{
	CltFsModel *fs = &job->fs;
	double		records = job->n - job->ncopies;

	fs->total_pairs = Max((double) clt_link_all_pairs(job), 1.0);
	fs->prior_fixed = job->prior > 0;
	fs->prior = fs->prior_fixed ? job->prior : Min(0.05 * records / fs->total_pairs, 0.1);
	fs->household = Min(partners_at_home(job, subject) * records / fs->total_pairs, 0.1);
	fs->relatives = subject->relatives && fs->household > 0;
}

/* clt_link_prepare says of each comparison what is known before any pair. */
void
clt_link_prepare(LinkJob *job)
{
	MemoryContext old = MemoryContextSwitchTo(job->context);
	LinkSubject subject;
	int			i;

	memset(&job->fs, 0, sizeof(job->fs));
	job->fs.dwelling = -1;
	clt_link_kernels(job);
	clt_link_subject(job, &subject);
	for (i = 0; i < job->ncomparisons; i++)
		expect_of_comparison(job, &subject, i);
	clt_link_memos(job);
	clt_link_given_names(job);
	expect_of_classes(job, &subject);
	MemoryContextSwitchTo(old);
}
