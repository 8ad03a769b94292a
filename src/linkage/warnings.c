/*
 * warnings.c
 *		What is doubtful about a model: rows, stored with its parameters.
 */
#include "postgres.h"

#include <math.h>

#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/memutils.h"

#include "core/clientele.h"
#include "linkage/engine.h"

/* Fewer expected true pairs say nothing of a parameter. */
#define FEW 10.0
/* So many bits a weaker agreement may weigh more than a stronger one: that is within what such numbers vary. */
#define SLACK 1.0

typedef struct LinkWarning
{
	const char *code;
	const char *comparison;		/* NULL: the model as a whole */
	int			level;			/* 0: none */
	char	   *detail;
} LinkWarning;

/* clt_link_warn notes what is doubtful; detail is made by psprintf. */
void
clt_link_warn(LinkJob *job, const char *code, const char *comparison, int level, const char *detail)
{
	MemoryContext old = MemoryContextSwitchTo(job->context);
	LinkWarning *w = palloc(sizeof(LinkWarning));

	w->code = code;
	w->comparison = comparison;
	w->level = level;
	w->detail = pstrdup(detail);
	job->warnings = lappend(job->warnings, w);
	MemoryContextSwitchTo(old);
}

/* clt_link_warnings_json appends the warnings as a list. */
void
clt_link_warnings_json(LinkJob *job, StringInfo out)
{
	ListCell   *lc;

	appendStringInfoChar(out, '[');
	foreach(lc, job->warnings)
	{
		LinkWarning *w = (LinkWarning *) lfirst(lc);

		appendStringInfo(out, "%s{\"code\": \"%s\"", lc == list_head(job->warnings) ? "" : ", ", w->code);
		if (w->comparison)
		{
			appendStringInfoString(out, ", \"comparison\": ");
			escape_json(out, w->comparison);
		}
		if (w->level)
			appendStringInfo(out, ", \"level\": %d", w->level);
		appendStringInfoString(out, ", \"detail\": ");
		escape_json(out, w->detail);
		appendStringInfoChar(out, '}');
	}
	appendStringInfoChar(out, ']');
}

/* ordered_levels is how many levels from the first on are each a weaker agreement than the one before. */
static int
ordered_levels(const LinkComparison *cmp)
{
	switch (cmp->kind)
	{
		case CLT_KIND_GIVEN:
		case CLT_KIND_MIDDLE:
		case CLT_KIND_SURNAME:
			return 4;
		case CLT_KIND_ADDRESS:
			return 2;
		default:
			return clt_link_nlevels(cmp);
	}
}

static double
weight_of(const CltFsComparison *c, int g)
{
	return log2(Max(c->m[g], 1e-12) / Max(c->u[g], 1e-12));
}

static void
look_at_comparison(LinkJob *job, int i)
{
	LinkComparison *cmp = &job->comparison[i];
	CltFsComparison *c = &job->fs.c[i];
	double		seen = 0;
	int			last = 0;
	int			g;

	if (c->m_fixed && c->u_fixed)
		return;
	for (g = 1; g <= c->nlevels; g++)
		seen += c->observed[g];
	if (seen < FEW && !c->m_fixed)
	{
		clt_link_warn(job, "untrained_comparison", cmp->name, 0,
					  psprintf("known for %.1f expected true pairs only: its m is what was assumed before", seen));
		return;
	}
	if (c->m[1] < c->u[1])
		clt_link_warn(job, "speaks_against", cmp->name, 1, "speaks against a match when it agrees");
	for (g = 1; g <= c->nlevels; g++)
	{
		if (c->weight_set & (1u << g))
			continue;

		/*
		 * a true pair was hardly ever seen at it, and chance says that there
		 * is something to see
		 */
		if (c->observed[g] < 1 && c->m[g] > 0.01 && !c->m_fixed && !job->fs.held)
			clt_link_warn(job, "untrained_level", cmp->name, g,
						  psprintf("level \"%s\": %.1f expected true pairs were seen at it, its m of %.3f is what was assumed before",
								   clt_link_label(cmp, g), c->observed[g], c->m[g]));
		if (g > ordered_levels(cmp) || (c->observed[g] < FEW && !c->m_fixed))
			continue;
		if (last > 0 && weight_of(c, g) > weight_of(c, last) + SLACK)
			clt_link_warn(job, "not_monotone", cmp->name, g,
						  psprintf("level \"%s\" weighs %.1f bits, more than the stronger agreement \"%s\" with %.1f",
								   clt_link_label(cmp, g), weight_of(c, g), clt_link_label(cmp, last), weight_of(c, last)));
		last = g;
	}
}

/* strongest is the most that a comparison can weigh: at its best level, for a value that hardly anybody has. */
static double
strongest(const LinkJob *job, int i)
{
	const CltFsComparison *c = &job->fs.c[i];
	double		best = 0;
	int			g;

	for (g = 1; g <= c->nlevels; g++)
		best = Max(best, c->weight_set & (1u << g) ? c->weight[g] : weight_of(c, g));
	if (c->tf && job->n > 0 && !(c->weight_set & (1u << 1)))
		best = Max(best, log2(c->m[1] * job->n));
	return best;
}

/* look_at_all tells when even records that agree in everything would be taken for strangers. */
static void
look_at_all(LinkJob *job)
{
	double		weight = log2(job->fs.prior / (1.0 - job->fs.prior));
	int			i;

	for (i = 0; i < job->ncomparisons; i++)
		weight += strongest(job, i);
	if (weight < 0)
		clt_link_warn(job, "nothing_tells_apart", NULL, 0,
					  psprintf("records that agree in all that is compared are one person with a probability of %.2f at most: no column tells people apart", 1.0 / (1.0 + exp2(-weight))));
}

/* clt_link_look_for_trouble writes warnings about what training left doubtful. */
void
clt_link_look_for_trouble(LinkJob *job)
{
	int			i;
	int			r;

	if (job->fs.matches < FEW)
		clt_link_warn(job, "few_matches", NULL, 0,
					  psprintf("only %.1f true pairs are expected: parameters are mostly what was assumed before", job->fs.matches));
	if (job->fs.held)
		clt_link_warn(job, "expectations_held", NULL, 0,
					  "what the pairs say of one person's records is not believable: three comparisons or more would differ as often as is thinkable, so m is what was assumed before");
	if (job->fs.recall < 0.7)
		clt_link_warn(job, "poor_recall", NULL, 0,
					  psprintf("the blocking rules are estimated to find only %.0f%% of the true pairs", 100 * job->fs.recall));
	if (job->fs.prior_fixed && job->fs.matches >= FEW)
	{
		double		estimated = job->fs.matches / Max(job->fs.recall, 0.1) / job->fs.total_pairs;

		if (estimated > 10 * job->fs.prior || estimated < 0.1 * job->fs.prior)
			clt_link_warn(job, "unfit_prior", NULL, 0,
						  psprintf("the prior is given as %g, the pairs say %g", job->fs.prior, estimated));
	}
	else if (!job->fs.prior_fixed && job->fs.prior >= 0.4)
		clt_link_warn(job, "unfit_prior", NULL, 0, "nearly every second pair would be one person: the prior was held at 0.4");
	for (r = 0; r < job->nrules; r++)
	{
		LinkRule   *rule = &job->rule[r];

		if (rule->skipped_rows > 0)
			clt_link_warn(job, "blocks_left_out", NULL, 0,
						  psprintf("blocking rule \"%s\": " INT64_FORMAT " records are in blocks of more than %d, which this rule leaves out",
								   rule->name, rule->skipped_rows, LINK_LARGE_RUN));
	}
	for (i = 0; i < job->ncomparisons; i++)
		look_at_comparison(job, i);
	look_at_all(job);
}
