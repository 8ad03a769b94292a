/*
 * train.c
 *		Estimating the model from the histogram of comparison vectors.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "core/clientele.h"
#include "linkage/engine.h"
#include "linkage/progress.h"

/*
 * prior_of_texts sets the prior of a model of one text.  With one comparison nothing in
 * the pairs tells what agreement is worth, so the firms (or works) that agree in all
 * their words are taken for the same, as whoever keeps such a list does; expectation
 * and maximisation would lower it round by round.  Tells whether it did.
 */
static bool
prior_of_texts(LinkJob *job)
{
	CltFsComparison *c = &job->fs.c[0];

	if (!clt_link_is_one_text(job) || job->fs.prior_fixed)
		return false;
	job->fs.prior = Max(job->fs.prior, Min(CLT_LINK_SAME_TEXT * (c->rate[1] + c->rate[2]) / (c->m0[1] + c->m0[2]), 0.1));
	return true;
}

static void
breathe(void)
{
	CHECK_FOR_INTERRUPTS();
}

/* clt_link_train estimates the model from the pairs. */
void
clt_link_train(LinkJob *job)
{
	bool		held;

	clt_link_progress_phase(job, LINK_PHASE_TRAINING);
	if (!job->trained)
	{
		clt_link_chance_rates(job);
		held = prior_of_texts(job);
		job->fs.prior_fixed |= held;
		clt_fs_start(&job->fs);
		job->fs.breathe = breathe;
		clt_fs_em(&job->fs, job->cells, job->ncells, 60);
		job->fs.breathe = NULL;
		job->fs.prior_fixed &= !held;
		job->trained = true;
		clt_link_look_for_trouble(job);
	}
	clt_fs_table(&job->fs, &job->score);
}

/* clt_link_pair_weight returns the match weight of a compared pair. */
double
clt_link_pair_weight(LinkJob *job, const LinkPair *pair)
{
	return clt_fs_weight(&job->score, pair->gamma, pair->tf_u / CLT_FS_TF_UNIT, pair->tf_h / CLT_FS_TF_UNIT, NULL);
}
