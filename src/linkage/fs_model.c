/*
 * fs_model.c
 *		The Fellegi-Sunter model: its levels, m, u and classes, and their estimation.
 *
 * The universe is all n(n-1)/2 pairs.  Blocking shows only some of them, but
 * the rest are certain non-matches but for what blocking misses, so the priors
 * are estimated over the universe, with the recall of the blocking rules
 * estimated by how often true pairs are found by one rule only and by two
 * (Chao's lower bound).  For the m of a comparison only pairs count that some
 * rule found without looking at its columns: the round robin, in one fit.
 *
 * u is the share of the level among all pairs (sampled, or exact from term
 * frequencies) less what the true pairs contribute to it.
 *
 * Everything is summed in the order of the cells, which the caller sorts: the
 * same data gives the same bits.
 */
#include "linkage/fs_model.h"

#include <math.h>
#include <string.h>

/* The expectation before data counts as so many matches. */
#define M_PSEUDO 40.0
/* Three comparisons barely determine the classes; from so many on they do so well. */
#define ENOUGH_COMPARISONS 6
#define H_PSEUDO 60.0
/* So many rounds the expectations stand and only the priors move. */
#define WARM_UP 4
/* From so many comparisons on whose m is at its bound the class of matches is another one. */
#define WANDERED 3
/* m is at its bound from so much of it on. */
#define NEARLY 0.98
/* Where more of all pairs than this have one address it is no household's. */
#define MOST_SHARING 0.2
/* Nor where so many records share one on average: it is a town's. */
#define MOST_DWELLERS 50.0
/* No more of all pairs are one person, or of one household. */
#define MOST_OF_A_CLASS 0.4
/* Blocking finds so many of the true pairs at least. */
#define LEAST_RECALL 0.5
/* Of the observed rate of an agreement, so much at least is chance. */
#define CHANCE_FLOOR 0.02
/* What a sample of pairs does not show may still happen so many times in it. */
#define CHANCE_UNSEEN 0.25

/*
 * bound_levels keeps the share of the levels from one to another below its bound: without
 * it the class of matches may wander off to whatever else is correlated.
 */
static void
bound_levels(double *p, int from, int to, int nlevels, double most)
{
	double		within = 0;
	double		rest = 0;
	int			g;

	for (g = 1; g <= nlevels; g++)
		if (g < from || g > to)
			rest += p[g];
		else
			within += p[g];
	if (within <= most || rest <= 0)
		return;
	for (g = 1; g <= nlevels; g++)
		p[g] *= g < from || g > to ? (1.0 - most) / rest : most / within;
}

static void
normalise(double *p, int nlevels)
{
	double		sum = 0;
	int			g;

	for (g = 1; g <= nlevels; g++)
	{
		p[g] = clt_fs_clamp(p[g]);
		sum += p[g];
	}
	for (g = 1; g <= nlevels; g++)
		p[g] /= sum;
}

/* or_last returns a level, where none is said the last one. */
static int
or_last(const CltFsComparison *c, int level)
{
	return level > 0 ? level : c->nlevels;
}

/* no_error is the level from which on values are hardly errors of one another. */
static int
no_error(const CltFsComparison *c)
{
	return or_last(c, c->most.level);
}

/* share_from sums the m of the levels from one on. */
static double
share_from(const CltFsComparison *c, int from)
{
	double		sum = 0;
	int			g;

	for (g = from; g <= c->nlevels; g++)
		sum += c->m[g];
	return sum;
}

/* sampled_matches is how many of the true pairs are among those that a comparison's rates come from. */
static double
sampled_matches(const CltFsModel *model, const CltFsComparison *c)
{
	double		none = 1;
	int			i;

	if (!c->apart)
		return 1;
	for (i = 0; i < model->ncomparisons; i++)
		if (&model->c[i] != c)
			none *= 1.0 - model->c[i].both * share_from(&model->c[i], no_error(&model->c[i]));
	return 1.0 - none;
}

/* chance_levels sets u: the rate of each level less the share of true pairs. */
static void
chance_levels(const CltFsModel *model, CltFsComparison *c)
{
	double		matches = model->prior * sampled_matches(model, c);
	double		rest = 1.0 - model->prior - model->household;
	double		unseen = c->sampled > 0 ? CHANCE_UNSEEN / c->sampled : 0;
	int			g;

	if (c->u_fixed)
		return;
	for (g = 1; g <= c->nlevels; g++)
	{
		double		u = c->rate[g] - matches * c->m[g];

		/* the frequency of each value takes the place of this correction */
		if (g == 1 && c->tf)
		{
			c->u[g] = c->rate[g] / rest;
			continue;
		}

		if (c->scope == CLT_FS_SHARED)
			u -= model->household * c->h[g];
		if (u < c->rate[g] * CHANCE_FLOOR)
			u = c->rate[g] * CHANCE_FLOOR;
		if (u < unseen)
			u = c->rate[g] < unseen ? c->rate[g] : unseen;
		c->u[g] = u / rest;
	}
	normalise(c->u, c->nlevels);
}

/* personal_household sets h of a personal comparison: chance, but for twins and namesakes, who agree as one person does. */
static void
personal_household(CltFsComparison *c)
{
	int			g;

	for (g = 1; g <= c->nlevels; g++)
		c->h[g] = (1.0 - c->twin) * c->u[g] + c->twin * c->m[g];
	normalise(c->h, c->nlevels);
}

/*
 * learn_twins finds how often two of a household agree in a personal comparison as one
 * person does: the flat's number, the father's name and the class at school have kinds
 * that do not tell whether a family shares them.
 */
static void
learn_twins(CltFsComparison *c, const double *count)
{
	double		twins = H_PSEUDO * c->twin0;
	double		all = H_PSEUDO;
	int			g;

	if (c->twin_most <= 0)
		return;
	for (g = 1; g <= c->nlevels; g++)
	{
		double		as_one = c->twin * c->m[g];

		all += count[g];
		twins += count[g] * as_one / (as_one + (1.0 - c->twin) * c->u[g]);
	}
	c->twin = fmin(fmax(twins / all, c->twin0), c->twin_most);
}

/* Twins, and namesakes, are expected to be so many of the pairs of a household. */
#define RELATIVES 0.05

/* clt_fs_start sets m, u and h to what is expected before any pair is seen. */
void
clt_fs_start(CltFsModel *model)
{
	int			i;
	int			g;

	for (i = 0; i < model->ncomparisons; i++)
	{
		CltFsComparison *c = &model->c[i];

		normalise(c->m0, c->nlevels);
		c->twin = c->twin0;
		if (!c->m_fixed)
			memcpy(c->m, c->m0, sizeof(c->m));
		if (!c->u_fixed)
		{
			for (g = 1; g <= c->nlevels; g++)
				c->u[g] = c->rate[g];
			normalise(c->u, c->nlevels);
		}
		if (c->scope == CLT_FS_SHARED)
		{
			normalise(c->h0, c->nlevels);
			memcpy(c->h, c->h0, sizeof(c->h));
		}
		else
			personal_household(c);
	}
	for (i = 0; i < model->ncomparisons; i++)
		chance_levels(model, &model->c[i]);
	model->twins = model->namesakes = model->relatives ? RELATIVES * model->household : 0;
	model->iterations = 0;
}

int
clt_fs_cell_compare(const void *a, const void *b)
{
	const CltFsCell *x = (const CltFsCell *) a;
	const CltFsCell *y = (const CltFsCell *) b;

	if (x->gamma != y->gamma)
		return x->gamma < y->gamma ? -1 : 1;
	if (x->mask != y->mask)
		return x->mask < y->mask ? -1 : 1;
	return 0;
}

/* take_over moves one comparison to its new values; returns the largest step. */
static double
take_over(double *p, const double *count, const double *p0, double pseudo, int nlevels)
{
	double		sum = pseudo;
	double		change = 0;
	int			g;

	for (g = 1; g <= nlevels; g++)
		sum += count[g];
	for (g = 1; g <= nlevels; g++)
	{
		double		q = (count[g] + pseudo * p0[g]) / sum;

		if (fabs(q - p[g]) > change)
			change = fabs(q - p[g]);
		p[g] = q;
	}
	normalise(p, nlevels);
	return change;
}

/*
 * expectation_weight says how many matches the expectation of m counts for.  With
 * few comparisons EM takes any two that are correlated for a class of its own
 * (restaurants of one cuisine with one word in their names), so the fewer there
 * are, the more is believed beforehand.
 */
static double
expectation_weight(const CltFsModel *model)
{
	double		weight = M_PSEUDO;
	int			i;

	for (i = model->ncomparisons < 3 ? 3 : model->ncomparisons; i < ENOUGH_COMPARISONS; i++)
		weight *= 2;
	return weight;
}

/* Of the pairs of a household so many at least are twins, and so many namesakes, and so many at most. */
#define RELATIVES_LEAST 0.001
#define RELATIVES_MOST 0.25

static double
share_of_family(const CltFsModel *model, double share)
{
	return fmin(fmax(share, RELATIVES_LEAST * model->household), RELATIVES_MOST * model->household);
}

/* What the pairs say of a model as it stands: how many of each class are expected among them, and at which levels. */
typedef struct Expected
{
	double		m[CLT_FS_MAX_COMPARISONS][CLT_FS_MAX_LEVELS + 1];
	double		h[CLT_FS_MAX_COMPARISONS][CLT_FS_MAX_LEVELS + 1];
	double		matches;
	double		households;		/* without relatives */
	double		twins;
	double		namesakes;
	double		dated;			/* of all these, pairs of two birth dates */
	double		sure;			/* pairs of two birth dates that are matches
								 * without them */
	double		sure_apart;		/* of these, those with two different ones */
	double		found_once;		/* matches that one rule makes */
	double		found_twice;
} Expected;

/* A pair of so many bits is a match for sure; so many pairs stand for what is believed of dates before any is seen; */
#define SURE 7.0
#define SURE_PSEUDO 20.0

/* and others may differ so many times as often, or in so many cases at least. */
#define LESS_SURE 2.0
#define LEAST_LOOSE 0.02

/* birth_date returns the comparison of birth dates, by which twins and namesakes are told. */
static int
birth_date(const CltFsModel *model)
{
	int			birth = 0;
	int			i;

	for (i = 0; i < model->ncomparisons; i++)
		if (model->c[i].role == CLT_FS_BIRTH)
			birth = i;
	return birth;
}

/* expect_sure adds the pairs of a cell to those that are matches whatever their birth dates say. */
static void
expect_sure(const CltFsModel *model, const CltFsTable *table, const CltFsCell *cell, int birth, Expected *e)
{
	const CltFsComparison *c = &model->c[birth];
	int			g = CLT_FS_LEVEL(cell->gamma, birth);
	double		weight;

	if (c->role != CLT_FS_BIRTH || g == 0 || (cell->mask & ~c->rules) == 0)
		return;
	weight = clt_fs_weight(table, cell->gamma & ~(UINT64_C(15) << (4 * birth)),
						   cell->tf_u / (CLT_FS_TF_UNIT * cell->n),
						   cell->tf_h / (CLT_FS_TF_UNIT * cell->n), NULL);
	if (weight < SURE)
		return;
	e->sure += cell->n;
	if (g >= c->loose.level)
		e->sure_apart += cell->n;
}

/* expect_cell adds the pairs of a cell to what is expected. */
static void
expect_cell(const CltFsModel *model, const CltFsTable *table, const CltFsCell *cell, int birth, Expected *e)
{
	CltFsScore	s;
	double		weight = clt_fs_weight(table, cell->gamma,
									   cell->tf_u / (CLT_FS_TF_UNIT * cell->n),
									   cell->tf_h / (CLT_FS_TF_UNIT * cell->n), &s);
	double		pm = clt_fs_probability(weight);
	double		ph = table->household ? (1.0 - pm) * clt_fs_probability(clt_fs_of_family(table, &s) - s.unrelated) : 0;
	double		pt = 0;
	double		pn = 0;
	int			i;

	pm *= cell->n;
	ph *= cell->n;
	if (table->relatives)
	{
		double		all = clt_fs_of_family(table, &s);

		pt = ph * exp2(s.twins - all);
		pn = ph * exp2(s.namesakes - all);
		ph -= pt + pn;
		/* without dates namesakes are as likely one person */
		if (CLT_FS_LEVEL(cell->gamma, birth) != 0)
		{
			e->twins += pt;
			e->namesakes += pn;
			e->dated += pm + ph + pt + pn;
		}
	}
	expect_sure(model, table, cell, birth, e);
	e->matches += pm;
	e->households += ph;
	if (cell->mask && (cell->mask & (cell->mask - 1)) == 0)
		e->found_once += pm;
	else if (__builtin_popcountll(cell->mask) == 2)
		e->found_twice += pm;
	for (i = 0; i < model->ncomparisons; i++)
	{
		int			g = CLT_FS_LEVEL(cell->gamma, i);

		if (g == 0)
			continue;

		/*
		 * found without this comparison's help, so its level is not biased
		 */
		if ((cell->mask & ~model->c[i].rules) == 0)
			continue;
		e->m[i][g] += pm;
		/* what relatives share beyond their names a household does */
		e->h[i][g] += ph + (model->c[i].role == CLT_FS_PLAIN ? pt + pn : 0);
	}
}

/* expect_cells finds what is expected of all pairs. */
static void
expect_cells(const CltFsModel *model, const CltFsCell *cells, size_t ncells, Expected *e)
{
	int			birth = birth_date(model);
	CltFsTable	table;
	size_t		k;

	memset(e, 0, sizeof(*e));
	clt_fs_table(model, &table);
	for (k = 0; k < ncells; k++)
	{
		if ((k & 0xfff) == 0 && model->breathe)
			model->breathe();
		expect_cell(model, &table, &cells[k], birth, e);
	}
}

/*
 * loosest returns how often the values of one person are believed to be as different as those of strangers.  Where many
 * are of one name, those of another birth date pass for one person's records with a wrong date; so dates are believed to
 * be wrong hardly more often than they are in records that are one person's for sure without them.
 */
static double
loosest(const CltFsComparison *c, const Expected *e)
{
	double		share;

	if (c->role != CLT_FS_BIRTH)
		return c->loose.most;
	share = (e->sure_apart + SURE_PSEUDO * c->loose.most) / (e->sure + SURE_PSEUDO);
	return fmin(c->loose.most, fmax(LESS_SURE * share, LEAST_LOOSE));
}

/* learn_m moves the m of a comparison to what was expected of matches, within its bounds; returns the largest step. */
static double
learn_m(const CltFsModel *model, CltFsComparison *c, const Expected *e)
{
	double		step = take_over(c->m, e->m[c - model->c], c->m0, expectation_weight(model), c->nlevels);

	if (c->most.most > 0)
		bound_levels(c->m, no_error(c), c->nlevels, c->nlevels, c->most.most);
	if (c->loose.most > 0)
		bound_levels(c->m, c->loose.level, c->nlevels, c->nlevels, loosest(c, e));
	return step;
}

/* learn_h moves what two of a household have in common to what was expected of them. */
static void
learn_h(CltFsComparison *c, const double *count)
{
	if (c->scope != CLT_FS_SHARED)
	{
		learn_twins(c, count);
		return;
	}
	take_over(c->h, count, c->h0, H_PSEUDO, c->nlevels);
	if (c->alike.most > 0)
		bound_levels(c->h, 1, c->alike.level, c->nlevels, c->alike.most);
}

/* learn_levels moves m and h of all comparisons; returns the largest change of an m. */
static double
learn_levels(CltFsModel *model, Expected *e)
{
	double		change = 0;
	int			i;

	for (i = 0; i < model->ncomparisons; i++)
	{
		CltFsComparison *c = &model->c[i];

		if (c->never > 0)
			e->m[i][c->never] = 0;
		memcpy(c->observed, e->m[i], sizeof(c->observed));
		if (model->iterations < WARM_UP)
		{
			change = 1;
			continue;
		}
		if (!c->m_fixed && !model->held)
			change = fmax(change, learn_m(model, c, e));
		learn_h(c, e->h[i]);
	}
	return change;
}

/* learn_recall estimates how many of the true pairs blocking finds, by how many one rule finds and two do. */
static void
learn_recall(CltFsModel *model, const Expected *e)
{
	if (model->nrules >= 3 && e->found_twice > 0)
	{
		double		missed = e->found_once * e->found_once / (2.0 * e->found_twice);

		model->recall = fmax(e->matches / (e->matches + missed), LEAST_RECALL);
	}
	else
		model->recall = model->nrules == 0 ? 1.0 : 0.9;
}

/*
 * sharing_address is how many of all pairs share an address and are not one person: blocking finds few pairs of a
 * household; these were counted over all pairs.  0 where everybody shares one, in an office.
 */
static double
sharing_address(const CltFsModel *model)
{
	const CltFsComparison *c;
	double		sharing;

	if (model->dwelling < 0)
		return 0;
	c = &model->c[model->dwelling];
	sharing = (c->rate[1] - model->prior * c->m[1]) / c->h[1];
	return sharing < MOST_SHARING && sharing * sqrt(2.0 * model->total_pairs) < MOST_DWELLERS ? sharing : 0;
}

/* learn_priors moves the shares of the classes among all pairs. */
static void
learn_priors(CltFsModel *model, const Expected *e)
{
	if (!model->prior_fixed)
		model->prior = fmin((e->matches + 0.5) / model->recall / model->total_pairs, MOST_OF_A_CLASS);
	if (model->household > 0)
	{
		model->household = (e->households + 0.5) / model->total_pairs;
		model->household = fmin(fmax(model->household, sharing_address(model)), MOST_OF_A_CLASS);
	}
	if (model->relatives && e->dated > 0)
	{
		double		shown = (e->matches + e->households + e->twins + e->namesakes) / e->dated / model->total_pairs;

		model->twins = share_of_family(model, e->twins * shown);
		model->namesakes = share_of_family(model, e->namesakes * shown);
	}
}

/*
 * clt_fs_em_step makes one round of expectation and maximisation over the
 * histogram of comparison vectors and returns the largest change of an m.
 */
double
clt_fs_em_step(CltFsModel *model, const CltFsCell *cells, size_t ncells)
{
	Expected	e;
	double		change;
	int			i;

	expect_cells(model, cells, ncells, &e);
	change = learn_levels(model, &e);
	model->matches = e.matches;
	learn_recall(model, &e);
	learn_priors(model, &e);
	for (i = 0; i < model->ncomparisons; i++)
	{
		chance_levels(model, &model->c[i]);
		if (model->c[i].scope == CLT_FS_PERSONAL)
			personal_household(&model->c[i]);
	}
	model->iterations++;
	return change;
}

/*
 * bound_unseen raises u of levels that training knows nothing of.  Where all records
 * have one town, nobody was seen to differ, neither a true pair nor a random one: what
 * is assumed of the one over nearly nothing of the other would make the difference of
 * a record to come the strongest evidence of all, for a match.  So a level that neither
 * have counts no more than the best one above it, and one that says "different", at
 * which no true pair was seen, nothing.
 */
static void
bound_unseen(CltFsComparison *c)
{
	double		best = 0;
	bool		raised = false;
	int			g;

	if (c->u_fixed || c->m_fixed || c->sampled <= 0)
		return;
	for (g = 1; g <= c->nlevels; g++)
	{
		if (c->observed[g] < 1 && g > 1 && !(c->weight_set & (1u << g)))
		{
			bool		differs = g >= or_last(c, c->different);
			double		least = c->m[g];

			if (!differs)
				least = c->rate[g] * c->sampled < 1 && best > 0 ? c->m[g] / best : 0;
			if (c->u[g] < least)
			{
				c->u[g] = least;
				raised = true;
			}
		}
		if (c->m[g] > best * c->u[g])
			best = c->m[g] / c->u[g];
	}
	normalise(c->u, c->nlevels);
	/* what two of a household have in common by chance is what strangers have */
	if (raised && c->scope == CLT_FS_PERSONAL)
		personal_household(c);
}

/*
 * wandered tells whether the class of matches has become another one: of people who have a word of their names in
 * common, of firms in one town.  Of one person's records some column may differ as often as is thinkable, not several.
 */
static bool
wandered(const CltFsModel *model)
{
	int			n = 0;
	int			i;

	for (i = 0; i < model->ncomparisons; i++)
	{
		const CltFsComparison *c = &model->c[i];

		/*
		 * the bound of two common given names in families is too narrow to
		 * tell anything
		 */
		bool		narrow = c->role == CLT_FS_GIVEN && c->most.most < c->loose.most;

		if ((c->most.most > 0 && !narrow && share_from(c, no_error(c)) >= NEARLY * c->most.most) ||
			(c->loose.most > 0 && share_from(c, c->loose.level) >= NEARLY * c->loose.most))
			n++;
	}
	return n >= WANDERED;
}

/* repeat_steps does so until nothing moves; returns the number of steps. */
static int
repeat_steps(CltFsModel *model, const CltFsCell *cells, size_t ncells, int max_iterations)
{
	int			i;

	for (i = 0; i < max_iterations; i++)
	{
		double		prior = model->prior;
		double		change = clt_fs_em_step(model, cells, ncells);

		if (change < 1e-4 && fabs(model->prior - prior) <= 1e-3 * model->prior)
			return i + 1;
	}
	return max_iterations;
}

/*
 * clt_fs_em estimates the model and returns the number of steps.  Other starts (priors a hundred times larger and
 * smaller, columns that differ half of the time) end in the same place nearly always, so there is one.  Where that
 * place is not believable, the expectations of m stand and only the priors and what households share are learnt.
 */
int
clt_fs_em(CltFsModel *model, const CltFsCell *cells, size_t ncells, int max_iterations)
{
	CltFsModel	start = *model;
	int			steps = repeat_steps(model, cells, ncells, max_iterations);
	int			k;

	if (wandered(model))
	{
		*model = start;
		model->held = true;
		steps += repeat_steps(model, cells, ncells, max_iterations);
	}
	for (k = 0; k < model->ncomparisons; k++)
		bound_unseen(&model->c[k]);
	return steps;
}
