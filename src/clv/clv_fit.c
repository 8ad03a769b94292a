/*-------------------------------------------------------------------------
 *
 * clv_fit.c
 *	  Aggregates that fit the lifetime-value models by maximum likelihood.
 *
 * Time is scaled so that the longest observation is 10, money so that the mean
 * is 1: then logarithms of parameters start at 0 and are of the order of 1 for
 * any unit.  The log-likelihood is returned on the scale of the data.
 *
 * An optimum is not accepted as good when a parameter has run off (such as a
 * or s going to 0: nobody ever leaves; r going to infinity: all buy alike), or
 * when the curvature there is not that of a maximum: the model then says
 * "boundary", and gives no standard errors where there are none.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "clv/buy_till_die.h"
#include "clv/clv_model.h"
#include "clv/clv_sample.h"
#include "clv/gamma_gamma.h"
#include "clv/minimise.h"
#include "clv/pareto_nbd.h"
#include "core/clientele.h"
#include "miscadmin.h"

#define MAX_EVALUATIONS 500
#define GRADIENT_TOLERANCE 1e-9 /* of the mean log-likelihood per customer */
#define LOOSE_TOLERANCE 1e-6	/* good enough where rounding ends the search */
#define BOUND 25				/* of the logarithm of a scaled parameter */
#define SLICE 1024				/* customers summed at a time */
#define RUN_OFF 11				/* one that has gone so far will not come back */

/* From this many distinct histories on, a part of them finds the neighbourhood of the optimum. */
#define PART_FROM 32768
#define PART_OF 16
#define PART_TOLERANCE 1e-6

typedef struct Fit
{
	ClvKind		kind;
	Customer   *customer;
	size_t		count;
	double		total_weight;
} Fit;

/* Where a fit ended, in logarithms of scaled parameters. */
typedef struct Optimum
{
	double		x[CLV_MAX_PARAMETERS];
	double		inverse[CLT_MAX_DIMENSIONS * CLT_MAX_DIMENSIONS];
	MinimiseResult result;
	bool		run_off;
	bool		proper;			/* the curvature is that of a maximum */
} Optimum;

/* The log-likelihood of some customers, and its gradient. */
static double
log_likelihood(ClvKind kind, const double *p, const Customer *customer, size_t count, double *gradient)
{
	BuyTillDie	btd = {p[0], p[1], p[2], p[3], kind == CLV_MBG_NBD};
	ParetoNbd	pareto = {p[0], p[1], p[2], p[3]};
	GammaGamma	gg = {p[0], p[1], p[2]};

	switch (kind)
	{
		case CLV_PARETO_NBD:
			return clt_pareto_log_likelihood(&pareto, customer, count, gradient);
		case CLV_GAMMA_GAMMA:
			return clt_gamma_gamma_log_likelihood(&gg, customer, count, gradient);
		default:
			return clt_btd_log_likelihood(&btd, customer, count, gradient);
	}
}

/*
 * Minus the mean log-likelihood at these logarithms of parameters.  Summed in
 * slices: so the fit can be cancelled, and the rounding error of a million
 * terms is that of a thousand.
 */
static double
objective(const double *log_parameter, double *gradient, void *arg)
{
	const Fit  *fit = arg;
	double		p[CLV_MAX_PARAMETERS] = {0};
	double		g[CLV_MAX_PARAMETERS] = {0};
	double		likelihood = 0;
	int			n = clt_clv_parameter_count(fit->kind);

	for (int i = 0; i < n; i++)
		p[i] = exp(log_parameter[i]);
	for (size_t at = 0; at < fit->count; at += SLICE)
	{
		double		slice[CLV_MAX_PARAMETERS] = {0};

		CHECK_FOR_INTERRUPTS();
		likelihood += log_likelihood(fit->kind, p, fit->customer + at, Min(SLICE, fit->count - at), slice);
		for (int i = 0; i < n; i++)
			g[i] += slice[i];
	}
	for (int i = 0; i < n; i++)
		gradient[i] = -g[i] / fit->total_weight;
	return -likelihood / fit->total_weight;
}

/* The Hessian of the objective: analytic where there are many customers to a second. */
static void
hessian_at(Fit *fit, const double *x, double *hessian)
{
	int			n = clt_clv_parameter_count(fit->kind);
	double		p[CLV_MAX_PARAMETERS] = {0};
	double		sum4[4][4] = {{0}};
	double		sum3[3][3] = {{0}};
	BuyTillDie	btd;
	GammaGamma	gg;

	if (fit->kind == CLV_PARETO_NBD)
	{
		clt_hessian(objective, fit, n, x, hessian);
		return;
	}
	for (int i = 0; i < n; i++)
		p[i] = exp(x[i]);
	btd = (BuyTillDie)
	{
		p[0], p[1], p[2], p[3], fit->kind == CLV_MBG_NBD
	};
	gg = (GammaGamma)
	{
		p[0], p[1], p[2]
	};
	for (size_t at = 0; at < fit->count; at += SLICE)
	{
		size_t		slice = Min(SLICE, fit->count - at);

		CHECK_FOR_INTERRUPTS();
		if (fit->kind == CLV_GAMMA_GAMMA)
			clt_gamma_gamma_hessian(&gg, fit->customer + at, slice, sum3);
		else
			clt_btd_hessian(&btd, fit->customer + at, slice, sum4);
	}
	for (int i = 0; i < n; i++)
		for (int j = 0; j < n; j++)
			hessian[i * n + j] = -(n == 3 ? sum3[i][j] : sum4[i][j]) / fit->total_weight;
}

/* Minimises from o->x, with o->inverse if it is proper. */
static void
search(Fit *fit, Optimum *o, double tolerance)
{
	int			n = clt_clv_parameter_count(fit->kind);
	int			before = o->result.evaluations;

	o->result = clt_minimise(objective, fit, n, o->x, o->proper ? o->inverse : NULL, BOUND, tolerance, MAX_EVALUATIONS);
	o->result.evaluations += before;
	o->run_off = false;
	for (int i = 0; i < n; i++)
		o->run_off = o->run_off || fabs(o->x[i]) > RUN_OFF;
	o->proper = false;
	if (!o->run_off && (o->result.converged || o->result.gradient < LOOSE_TOLERANCE))
	{
		hessian_at(fit, o->x, o->inverse);
		o->proper = clt_invert_spd(o->inverse, n);
	}
}

/* Every so manieth of the histories, which are sorted: a fair part of them. */
static Fit
part_of(const Fit *fit)
{
	Fit			part = {.kind = fit->kind};

	part.customer = MemoryContextAllocHuge(CurrentMemoryContext, (fit->count / PART_OF + 1) * sizeof(Customer));
	for (size_t i = PART_OF / 2; i < fit->count; i += PART_OF)
	{
		part.customer[part.count++] = fit->customer[i];
		part.total_weight += (double) fit->customer[i].weight;
	}
	return part;
}

/*
 * Finds the optimum.  The evaluations of many customers are what a fit costs:
 * from the optimum of a part of them, and the curvature there, it takes four
 * instead of twenty.  Where the part has no proper optimum, or leads astray,
 * the search begins where it always does.
 */
static void
optimise(Fit *fit, Optimum *o)
{
	if (fit->count >= PART_FROM)
	{
		Fit			part = part_of(fit);

		memset(o, 0, sizeof(Optimum));
		search(&part, o, PART_TOLERANCE);
		pfree(part.customer);
		o->result.evaluations = 0;
		if (o->proper)
		{
			search(fit, o, GRADIENT_TOLERANCE);
			if (o->proper)
				return;
		}
	}
	memset(o, 0, sizeof(Optimum));
	search(fit, o, GRADIENT_TOLERANCE);
}

/* Copies the sample, scaled; *unit gets what a scaled one is of the data's units. */
static void
load(Fit *fit, ClvSample *s, double *unit)
{
	double		longest = 0,
				money = 0;
	bool		spend = fit->kind == CLV_GAMMA_GAMMA;

	clt_clv_sample_settle(s);
	fit->count = s->count;
	fit->total_weight = 0;
	fit->customer = MemoryContextAllocHuge(CurrentMemoryContext, s->count * sizeof(Customer));
	for (int64 i = 0; i < s->count; i++)
	{
		fit->total_weight += s->customer[i].weight;
		longest = Max(longest, s->customer[i].T);
		money += s->customer[i].t_x * s->customer[i].weight;
	}
	*unit = spend ? money / fit->total_weight : longest / 10;
	for (int64 i = 0; i < s->count; i++)
	{
		fit->customer[i] = s->customer[i];
		fit->customer[i].t_x /= *unit;
		fit->customer[i].T /= *unit;
	}
}

/*
 * clt_clv_fit: the model of this kind that fits the sample best.  NULL for a
 * sample from which nothing can be learnt: no time has passed in it.
 */
static ClvModel *
clv_fit(ClvSample *s, ClvKind kind)
{
	Fit			fit = {.kind = kind};
	double		parameter[CLV_MAX_PARAMETERS];
	double		unit,
				rescale = 0;
	int			n = clt_clv_parameter_count(kind);
	Optimum		o;
	ClvModel   *m;

	load(&fit, s, &unit);
	if (!(unit > 0))
		return NULL;

	optimise(&fit, &o);
	for (int i = 0; i < n; i++)
		parameter[i] = exp(o.x[i]);
	/* parameters that have the unit of the data */
	if (kind == CLV_GAMMA_GAMMA)
		parameter[2] *= unit;
	else
		parameter[1] *= unit;
	if (kind == CLV_PARETO_NBD)
		parameter[3] *= unit;

	m = clt_clv_make(kind, parameter);
	m->evaluations = o.result.evaluations;
	m->customers = (int64) fit.total_weight;

	/* densities of x purchase times, or of one mean value, carry their unit */
	for (size_t i = 0; i < fit.count; i++)
		rescale += fit.customer[i].weight * (kind == CLV_GAMMA_GAMMA ? 1 : fit.customer[i].x);
	m->log_likelihood = -o.result.value * fit.total_weight - rescale * log(unit);

	/*
	 * a valley that leads away for ever has no end for the gradient to vanish
	 * at
	 */
	if (o.run_off)
		m->status = CLV_BOUNDARY;
	else if (!(o.result.converged || o.result.gradient < LOOSE_TOLERANCE))
		m->status = CLV_NOT_CONVERGED;
	else if (!o.proper)
		m->status = CLV_BOUNDARY;
	else if (kind == CLV_GAMMA_GAMMA && parameter[1] <= 1)
		m->status = CLV_INFINITE_MEAN;
	else
		m->status = CLV_CONVERGED;

	/* by the delta method from the logarithms */
	for (int i = 0; o.proper && i < n; i++)
		m->error[i] = m->parameter[i] * sqrt(o.inverse[i * n + i] / fit.total_weight);
	pfree(fit.customer);
	return m;
}

static Datum
fit_final(FunctionCallInfo fcinfo, ClvKind kind)
{
	ClvModel   *m;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	m = clv_fit(clt_clv_sample_get(PG_GETARG_DATUM(0), CurrentMemoryContext), kind);
	if (m == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(m);
}

#define FINAL_FUNCTION(name, kind) \
CLT_FUNCTION_INFO_V1(name); \
Datum name(PG_FUNCTION_ARGS) { return fit_final(fcinfo, kind); }

FINAL_FUNCTION(clt_bg_nbd_final, CLV_BG_NBD)
FINAL_FUNCTION(clt_mbg_nbd_final, CLV_MBG_NBD)
FINAL_FUNCTION(clt_pareto_nbd_final, CLV_PARETO_NBD)
FINAL_FUNCTION(clt_gamma_gamma_final, CLV_GAMMA_GAMMA)

static ClvSample *
transition_state(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("transition function of a model called outside of an aggregate")));
	return PG_ARGISNULL(0) ? clt_clv_sample_new(context) : clt_clv_sample_get(PG_GETARG_DATUM(0), context);
}

/*
 * clt_purchases_trans adds a customer's frequency, recency and age.  A row with
 * a NULL in it is left out.
 */
CLT_FUNCTION_INFO_V1(clt_purchases_trans);
Datum
clt_purchases_trans(PG_FUNCTION_ARGS)
{
	ClvSample  *s;
	Customer	c;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	s = transition_state(fcinfo);
	c.x = PG_GETARG_FLOAT8(1);
	c.t_x = PG_GETARG_FLOAT8(2);
	c.T = PG_GETARG_FLOAT8(3);
	c.weight = 1;
	clt_clv_check_history(c.x, c.t_x, c.T);
	clt_clv_sample_add(s, &c);
	PG_RETURN_DATUM(EOHPGetRWDatum(&s->hdr));
}

/*
 * clt_values_trans adds a customer's frequency and mean value of repeat
 * purchases.  Customers without repeat purchases, or without a positive mean,
 * say nothing about Gamma-Gamma and are left out, as are NULLs.
 */
CLT_FUNCTION_INFO_V1(clt_values_trans);
Datum
clt_values_trans(PG_FUNCTION_ARGS)
{
	ClvSample  *s;
	Customer	c;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	c.x = PG_GETARG_FLOAT8(1);
	c.t_x = PG_GETARG_FLOAT8(2);
	c.T = 0;
	c.weight = 1;
	clt_clv_check_value(c.x, c.t_x);
	if (c.x == 0 || c.t_x <= 0)
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	s = transition_state(fcinfo);
	clt_clv_sample_add(s, &c);
	PG_RETURN_DATUM(EOHPGetRWDatum(&s->hdr));
}
