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

/* clt_link_train estimates the model from the pairs. */
void
clt_link_train(LinkJob *job)
{
	clt_link_progress_phase(job, LINK_PHASE_TRAINING);
	if (!job->trained)
	{
		clt_link_chance_rates(job);
		clt_fs_start(&job->fs);
		clt_fs_em(&job->fs, job->cells, job->ncells, 60);
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
