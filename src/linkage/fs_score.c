/*
 * fs_score.c
 *		What a pair of records weighs, given a Fellegi-Sunter model.
 *
 * Three classes of pairs instead of two.  Two records of one person (m), two
 * unrelated people (u), and two different people of one household (h), who
 * share surname, street, town and landline as surely as one person does and
 * nothing else.  With two classes the shared fields count as independent
 * evidence, five times over, and families become one person; with the third
 * class their joint weight is capped by how common households are:
 *
 *		W = log2 P(match) - log2 (P(unrelated) + P(household))
 *
 * Two kinds of relatives share more than a household does and are classes beside it
 * where they can be told: twins (t), and a parent and a child of one name (n).
 */
#include "linkage/fs_model.h"

#include <math.h>
#include <string.h>

/* clt_log2_add returns log2(2^a + 2^b) without leaving the range. */
double
clt_log2_add(double a, double b)
{
	double		hi = a > b ? a : b;
	double		lo = a > b ? b : a;

	if (hi - lo > 60)
		return hi;
	return hi + log2(1.0 + exp2(lo - hi));
}

/* clt_fs_probability turns log2 odds into a probability on both sides of zero. */
double
clt_fs_probability(double weight)
{
	if (weight >= 0)
		return 1.0 / (1.0 + exp2(-weight));
	return exp2(weight) / (1.0 + exp2(weight));
}

/* clt_fs_vetoes tells whether a level of some comparison forbids a join. */
bool
clt_fs_vetoes(const CltFsTable *table)
{
	int			i;
	int			g;

	for (i = 0; i < table->ncomparisons; i++)
		for (g = 1; g <= CLT_FS_MAX_LEVELS; g++)
			if (table->lm[i][g] - table->lu[i][g] <= CLT_FS_VETO / 2)
				return true;
	return false;
}

/* Of the birth dates of a parent and a child so many are a generation apart; the others are wrong. */
#define GENERATIONS 0.95

/*
 * clt_fs_table_relatives sets what twins and namesakes show at the levels of a comparison
 * that has its other rows: both are of one family, twins were born on one day and have
 * two names, and a parent and a child of one name are a generation apart.  All else is as
 * in any household.
 */
void
clt_fs_table_relatives(CltFsTable *table, int comparison, CltFsRole role, int nlevels)
{
	const float *lm = table->lm[comparison];
	const float *lu = table->lu[comparison];
	const float *lh = table->lh[comparison];
	float	   *lt = table->lt[comparison];
	float	   *ln = table->ln[comparison];
	int			g;

	for (g = 1; g <= nlevels; g++)
	{
		/* children have their parents' telephone, adults their own */
		double		home = clt_log2_add(lm[g], lh[g]) - 1;

		switch (role)
		{
			case CLT_FS_GIVEN:
				lt[g] = lu[g];
				ln[g] = lm[g];
				break;
			case CLT_FS_BIRTH:
				lt[g] = lm[g];
				ln[g] = g == nlevels ? (float) log2(GENERATIONS) : lu[g] + (float) log2(1.0 - GENERATIONS);
				break;
			case CLT_FS_FAMILY:
				lt[g] = ln[g] = lm[g];
				break;
			case CLT_FS_WHOLE:
				lt[g] = lh[g];
				ln[g] = lm[g];
				break;
			case CLT_FS_FURTHER:
				lt[g] = (float) clt_log2_add(lm[g], lu[g]) - 1;
				ln[g] = lh[g];
				break;
			case CLT_FS_HOME:
				lt[g] = ln[g] = (float) home;
				break;
			default:
				lt[g] = ln[g] = lh[g];
		}
	}
}

/* clt_fs_table turns probabilities into the tables that scoring reads. */
void
clt_fs_table(const CltFsModel *model, CltFsTable *table)
{
	int			i;
	int			g;

	memset(table, 0, sizeof(*table));
	table->ncomparisons = model->ncomparisons;
	table->household = model->household > 0;
	table->lm0 = log2(clt_fs_clamp(model->prior));
	table->lu0 = log2(clt_fs_clamp(1.0 - model->prior - model->household));
	table->lh0 = model->household > 0 ? log2(model->household) : -1000;
	table->relatives = model->relatives;
	table->lt0 = log2(clt_fs_clamp(model->twins));
	table->ln0 = log2(clt_fs_clamp(model->namesakes));
	for (i = 0; i < model->ncomparisons; i++)
	{
		const CltFsComparison *c = &model->c[i];

		table->several[i] = c->several;
		for (g = 1; g <= c->nlevels; g++)
		{
			table->lm[i][g] = (float) log2(clt_fs_clamp(c->m[g]));
			table->lu[i][g] = (float) log2(clt_fs_clamp(c->u[g]));
			table->lh[i][g] = (float) log2(clt_fs_clamp(c->h[g]));
			if (c->weight_set & (1u << g))
				table->lm[i][g] = table->lu[i][g] + (float) c->weight[g];
		}
		if (table->relatives)
			clt_fs_table_relatives(table, i, c->role, c->nlevels);
	}
}

/* add_up sums the likelihoods of a vector. */
static void
add_up(const CltFsTable *table, uint64_t gamma, double tf_u, double tf_h, CltFsScore *score)
{
	double		m = table->lm0;
	double		u = table->lu0 + tf_u;
	double		h = table->lh0 + tf_h;
	double		t = table->lt0;
	double		n = table->ln0;
	int			i;

	for (i = 0; i < table->ncomparisons; i++)
	{
		int			g = CLT_FS_LEVEL(gamma, i);

		m += table->lm[i][g];
		u += table->lu[i][g];
		h += table->lh[i][g];
		t += table->lt[i][g];
		n += table->ln[i][g];
	}
	score->match = m;
	score->unrelated = u;
	score->household = h;
	score->twins = t;
	score->namesakes = n;
}

/* clt_fs_of_family returns the likelihood of all who are related. */
double
clt_fs_of_family(const CltFsTable *table, const CltFsScore *s)
{
	if (!table->relatives)
		return s->household;
	return clt_log2_add(clt_log2_add(s->twins, s->namesakes), s->household);
}

/* odds returns the match weight that likelihoods come to. */
static double
odds(const CltFsTable *table, const CltFsScore *s)
{
	if (!table->household)
		return s->match - s->unrelated;
	return s->match - clt_log2_add(s->unrelated, clt_fs_of_family(table, s));
}

/*
 * clt_fs_weight returns the match weight of a vector: log2 of the odds, prior
 * included.  tf_u and tf_h are the term-frequency bits to be added to the
 * unrelated and the household likelihood.
 */
double
clt_fs_weight(const CltFsTable *table, uint64_t gamma, double tf_u, double tf_h, CltFsScore *score)
{
	CltFsScore	s;

	add_up(table, gamma, tf_u, tf_h, &s);
	if (score)
		*score = s;
	return odds(table, &s);
}

/*
 * clt_fs_below tells whether the weight of a vector is below the least for sure, without
 * a logarithm: a sum is not less than the larger part of it.
 */
bool
clt_fs_below(const CltFsTable *table, uint64_t gamma, double tf_u, double tf_h, double least)
{
	CltFsScore	s;

	add_up(table, gamma, tf_u, tf_h, &s);
	return s.match - (table->household && s.household > s.unrelated ? s.household : s.unrelated) < least;
}

/*
 * clt_fs_hear adds one pair, or so many that say the same, to what two groups of
 * records say about being one person.  What people have several of (addresses,
 * telephones) need agree once; of what they have one of (names, birth date) all
 * pairs' voices count the same.  A pair that lacks a value has no voice in it, and
 * the prior counts once.
 */
void
clt_fs_hear(const CltFsTable *table, CltFsHearing *hearing, uint64_t gamma, double tf_u, double tf_h, double times)
{
	double		weight = clt_fs_weight(table, gamma, tf_u, tf_h, NULL);
	bool		first = true;
	int			i;

	for (i = 0; i < table->ncomparisons; i++)
	{
		int			g = CLT_FS_LEVEL(gamma, i);
		CltFsScore *sum = &hearing->sum[i];

		if (hearing->n[i] > 0)
			first = false;
		if (g == 0)
			continue;
		if (table->lm[i][g] - table->lu[i][g] <= CLT_FS_VETO / 2)
			hearing->veto = true;
		if (table->several[i])
		{
			if (hearing->n[i] > 0 && table->lm[i][g] - table->lu[i][g] <= sum->match - sum->unrelated)
				continue;
			sum->match = table->lm[i][g];
			sum->unrelated = table->lu[i][g];
			sum->household = table->lh[i][g];
			sum->twins = table->lt[i][g];
			sum->namesakes = table->ln[i][g];
			hearing->n[i] = 1;
			continue;
		}
		sum->match += times * table->lm[i][g];
		sum->unrelated += times * table->lu[i][g];
		sum->household += times * table->lh[i][g];
		sum->twins += times * table->lt[i][g];
		sum->namesakes += times * table->ln[i][g];
		hearing->n[i] += times;
	}
	if (first || weight > hearing->best)
	{
		hearing->best = weight;
		hearing->tf_u = tf_u;
		hearing->tf_h = tf_h;
	}
}

/* clt_fs_verdict returns the weight of all that was heard. */
double
clt_fs_verdict(const CltFsTable *table, const CltFsHearing *hearing)
{
	CltFsScore	all = {table->lm0, table->lu0 + hearing->tf_u, table->lh0 + hearing->tf_h, table->lt0, table->ln0};
	int			i;

	if (hearing->veto)
		return CLT_FS_VETO;
	for (i = 0; i < table->ncomparisons; i++)
	{
		if (hearing->n[i] == 0)
			continue;
		all.match += hearing->sum[i].match / hearing->n[i];
		all.unrelated += hearing->sum[i].unrelated / hearing->n[i];
		all.household += hearing->sum[i].household / hearing->n[i];
		all.twins += hearing->sum[i].twins / hearing->n[i];
		all.namesakes += hearing->sum[i].namesakes / hearing->n[i];
	}
	return odds(table, &all);
}
