/*
 * train.c
 *		Estimating the model from the histogram of comparison vectors, and what is
 *		doubtful about it.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "core/clientele.h"
#include "linkage/engine.h"
#include "linkage/progress.h"

static void
warn(LinkJob *job, char *text)
{
	MemoryContext old = MemoryContextSwitchTo(job->context);

	job->warnings = lappend(job->warnings, pstrdup(text));
	MemoryContextSwitchTo(old);
}

/* look_for_trouble writes warnings about what training left doubtful. */
static void
look_for_trouble(LinkJob *job)
{
	int			i;
	int			g;

	if (job->fs.matches < 10)
		warn(job, psprintf("only %.1f true pairs are expected: parameters are mostly what was assumed before", job->fs.matches));
	if (job->fs.recall < 0.7)
		warn(job, psprintf("the blocking rules are estimated to find only %.0f%% of the true pairs", 100 * job->fs.recall));
	for (i = 0; i < job->ncomparisons; i++)
	{
		CltFsComparison *c = &job->fs.c[i];
		double		seen = 0;

		for (g = 1; g <= c->nlevels; g++)
			seen += c->observed[g];
		if (seen < 10)
			warn(job, psprintf("comparison \"%s\" is untrained: it is known for %.1f expected true pairs only",
							   job->comparison[i].name, seen));
		else if (c->m[1] < c->u[1])
			warn(job, psprintf("comparison \"%s\" speaks against a match when it agrees", job->comparison[i].name));
	}
}

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
		look_for_trouble(job);
	}
	clt_fs_table(&job->fs, &job->score);
}

/* clt_link_pair_weight returns the match weight of a compared pair. */
double
clt_link_pair_weight(LinkJob *job, const LinkPair *pair)
{
	return clt_fs_weight(&job->score, pair->gamma, pair->tf_u / CLT_FS_TF_UNIT, pair->tf_h / CLT_FS_TF_UNIT, NULL);
}
