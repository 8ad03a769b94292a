/*-------------------------------------------------------------------------
 *
 * clv_predict.c
 *	  What a fitted model says about a customer.
 *
 * A history is (frequency, recency, age): repeat purchases, the age at the last
 * of them, the age now, in the unit of time that the model was fitted in.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "clv/buy_till_die.h"
#include "clv/clv_model.h"
#include "clv/gamma_gamma.h"
#include "clv/pareto_nbd.h"
#include "core/clientele.h"
#include "miscadmin.h"

/* Periods of clv() computed together. */
#define PERIODS_AT_ONCE 64

static void
bad_history(const char *detail, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid purchase history"),
			 errdetail("%s", detail),
			 hint ? errhint("%s", hint) : 0));
}

void
clt_clv_check_history(double x, double t_x, double T)
{
	if (!(x >= 0 && x <= 1e9) || x != floor(x))
		bad_history(psprintf("Frequency %g is not a whole number of repeat purchases from 0 to 1000000000.", x),
					"Frequency counts the purchases after the first one.");
	if (!isfinite(T) || !isfinite(t_x) || t_x < 0 || T < t_x)
		bad_history(psprintf("Recency %g and age %g must be finite, with 0 <= recency <= age.", t_x, T),
					"Recency is the age of the customer at his last purchase, not the time since then.");
	if (x == 0 && t_x > 0)
		bad_history(psprintf("Recency is %g although there was no repeat purchase.", t_x),
					"Without repeat purchases the last purchase is the first one, at age 0.");
}

void
clt_clv_check_value(double x, double mean)
{
	if (!(x >= 0 && x <= 1e9) || x != floor(x))
		bad_history(psprintf("Frequency %g is not a whole number of repeat purchases from 0 to 1000000000.", x),
					"Frequency counts the purchases after the first one.");
	if (!isfinite(mean))
		bad_history("The mean value must be finite.", NULL);
}

/* The horizon in argument n: a finite time that is not negative. */
static double
get_horizon(FunctionCallInfo fcinfo, int n)
{
	double		horizon = PG_GETARG_FLOAT8(n);

	if (!isfinite(horizon) || horizon < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("horizon must be finite and not negative")));
	return horizon;
}

/* The history in arguments n, n + 1, n + 2; a new customer's if there are no such arguments. */
typedef struct History
{
	double		x;
	double		t_x;
	double		T;
} History;

static History
get_history(FunctionCallInfo fcinfo, int n)
{
	History		h = {0};

	if (PG_NARGS() > n)
	{
		h.x = PG_GETARG_FLOAT8(n);
		h.t_x = PG_GETARG_FLOAT8(n + 1);
		h.T = PG_GETARG_FLOAT8(n + 2);
		clt_clv_check_history(h.x, h.t_x, h.T);
	}
	return h;
}

static inline BuyTillDie
as_btd(const ClvModel *m)
{
	return (BuyTillDie)
	{
		m->parameter[0], m->parameter[1], m->parameter[2], m->parameter[3], m->kind == CLV_MBG_NBD
	};
}

static inline ParetoNbd
as_pareto(const ClvModel *m)
{
	return (ParetoNbd)
	{
		m->parameter[0], m->parameter[1], m->parameter[2], m->parameter[3]
	};
}

static inline GammaGamma
as_gamma_gamma(const ClvModel *m)
{
	return (GammaGamma)
	{
		m->parameter[0], m->parameter[1], m->parameter[2]
	};
}

/* Expected purchases until each of n horizons. */
static void
expected_purchases(const ClvModel *m, const double *horizon, int n, const History *h, double *expected)
{
	BuyTillDie	btd;
	ParetoNbd	pareto;

	if (m->kind == CLV_PARETO_NBD)
	{
		pareto = as_pareto(m);
		clt_pareto_expected(&pareto, horizon, n, h->x, h->t_x, h->T, expected);
		return;
	}
	btd = as_btd(m);
	clt_btd_expected(&btd, horizon, n, h->x, h->t_x, h->T, expected);
}

/* clt_p_alive(model, frequency, recency, age): the probability that the customer still is one. */
CLT_FUNCTION_INFO_V1(clt_p_alive);
Datum
clt_p_alive(PG_FUNCTION_ARGS)
{
	ClvModel   *m = PG_GETARG_CLV_MODEL_P(0);
	History		h = get_history(fcinfo, 1);
	BuyTillDie	btd;
	ParetoNbd	pareto;

	if (m->kind == CLV_PARETO_NBD)
	{
		pareto = as_pareto(m);
		PG_RETURN_FLOAT8(clt_pareto_p_alive(&pareto, h.x, h.t_x, h.T));
	}
	btd = as_btd(m);
	PG_RETURN_FLOAT8(clt_btd_p_alive(&btd, h.x, h.t_x, h.T));
}

/* clt_expected_purchases(model, horizon [, frequency, recency, age]) */
CLT_FUNCTION_INFO_V1(clt_expected_purchases);
Datum
clt_expected_purchases(PG_FUNCTION_ARGS)
{
	ClvModel   *m = PG_GETARG_CLV_MODEL_P(0);
	double		horizon = get_horizon(fcinfo, 1);
	History		h = get_history(fcinfo, 2);
	double		expected;

	expected_purchases(m, &horizon, 1, &h, &expected);
	PG_RETURN_FLOAT8(expected);
}

/* clt_probability_of_purchases(model, purchases, horizon [, frequency, recency, age]): of exactly so many. */
CLT_FUNCTION_INFO_V1(clt_probability_of_purchases);
Datum
clt_probability_of_purchases(PG_FUNCTION_ARGS)
{
	ClvModel   *m = PG_GETARG_CLV_MODEL_P(0);
	int32		n = PG_GETARG_INT32(1);
	double		horizon = get_horizon(fcinfo, 2);
	History		h = get_history(fcinfo, 3);
	BuyTillDie	btd;
	ParetoNbd	pareto;

	if (n < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("number of purchases must not be negative")));
	if (m->kind == CLV_PARETO_NBD)
	{
		pareto = as_pareto(m);
		PG_RETURN_FLOAT8(clt_pareto_probability(&pareto, n, horizon, h.x, h.t_x, h.T));
	}
	btd = as_btd(m);
	PG_RETURN_FLOAT8(clt_btd_probability(&btd, n, horizon, h.x, h.t_x, h.T));
}

/*
 * clt_next_purchase(model, probability, frequency, recency, age): the time from
 * now by which he has bought again with that probability; Infinity if he never
 * does with it.
 */
CLT_FUNCTION_INFO_V1(clt_next_purchase);
Datum
clt_next_purchase(PG_FUNCTION_ARGS)
{
	ClvModel   *m = PG_GETARG_CLV_MODEL_P(0);
	double		q = PG_GETARG_FLOAT8(1);
	History		h = get_history(fcinfo, 2);
	BuyTillDie	btd;
	ParetoNbd	pareto;

	if (!(q >= 0 && q < 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("probability must be at least 0 and less than 1")));
	if (m->kind == CLV_PARETO_NBD)
	{
		pareto = as_pareto(m);
		PG_RETURN_FLOAT8(clt_pareto_next(&pareto, q, h.x, h.t_x, h.T));
	}
	btd = as_btd(m);
	PG_RETURN_FLOAT8(clt_btd_next(&btd, q, h.x, h.t_x, h.T));
}

/*
 * clt_discounted_purchases(model, rate, frequency, recency, age): expected
 * purchases for ever, discounted continuously at that rate per unit of time
 * (DERT: Fader, Hardie & Lee, JMR 42, 2005).
 */
CLT_FUNCTION_INFO_V1(clt_discounted_purchases);
Datum
clt_discounted_purchases(PG_FUNCTION_ARGS)
{
	ClvModel   *m = PG_GETARG_CLV_MODEL_P(0);
	double		rate = PG_GETARG_FLOAT8(1);
	History		h = get_history(fcinfo, 2);
	BuyTillDie	btd;
	ParetoNbd	pareto;

	if (!isfinite(rate) || rate <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("discount rate must be finite and greater than zero"),
				 errhint("Give a continuous rate per unit of the model's time: ln(1.10)/52 for ten percent a year in weeks.")));
	if (m->kind == CLV_PARETO_NBD)
	{
		pareto = as_pareto(m);
		PG_RETURN_FLOAT8(clt_pareto_discounted(&pareto, rate, h.x, h.t_x, h.T));
	}
	btd = as_btd(m);
	PG_RETURN_FLOAT8(clt_btd_discounted(&btd, rate, h.x, h.t_x, h.T));
}

/* clt_expected_value(gamma_gamma [, frequency, mean_value]): of one purchase. */
CLT_FUNCTION_INFO_V1(clt_expected_value);
Datum
clt_expected_value(PG_FUNCTION_ARGS)
{
	ClvModel   *m = PG_GETARG_CLV_MODEL_P(0);
	GammaGamma	g = as_gamma_gamma(m);
	double		x = 0,
				mean = 0;

	if (PG_NARGS() > 1)
	{
		x = PG_GETARG_FLOAT8(1);
		mean = PG_GETARG_FLOAT8(2);
		clt_clv_check_value(x, mean);

		/*
		 * the model knows positive values only: what is not tells no more
		 * than a first purchase
		 */
		if (mean <= 0)
			x = mean = 0;
	}
	PG_RETURN_FLOAT8(clt_gamma_gamma_expected(&g, x, mean));
}

/* Expected purchases within the horizon, those of the j-th period divided by (1 + discount)^j. */
static double
discounted_purchases(const ClvModel *m, double horizon, double discount, double period, const History *h)
{
	double		until[PERIODS_AT_ONCE];
	double		expected[PERIODS_AT_ONCE];
	double		before = 0,
				total = 0,
				factor = 1;

	/* without discount one step is the whole */
	int			periods = discount == 0 ? 1 : (int) ceil(horizon / period);

	for (int from = 0; from < periods; from += PERIODS_AT_ONCE)
	{
		int			n = Min(periods - from, PERIODS_AT_ONCE);

		CHECK_FOR_INTERRUPTS();
		for (int i = 0; i < n; i++)
			until[i] = discount == 0 ? horizon : Min(horizon, (from + i + 1) * period);
		expected_purchases(m, until, n, h, expected);
		for (int i = 0; i < n; i++)
		{
			factor *= 1 + discount;
			total += (expected[i] - before) / factor;
			before = expected[i];
		}
	}
	return total;
}

/*
 * clt_clv(model, gamma_gamma, horizon, frequency, recency, age, mean_value,
 * discount, period): expected value of the purchases within the horizon, those
 * of the j-th period divided by (1 + discount)^j.
 */
CLT_FUNCTION_INFO_V1(clt_clv);
Datum
clt_clv(PG_FUNCTION_ARGS)
{
	ClvModel   *m = PG_GETARG_CLV_MODEL_P(0);
	GammaGamma	g = as_gamma_gamma(PG_GETARG_CLV_MODEL_P(1));
	double		horizon = get_horizon(fcinfo, 2);
	History		h;
	double		mean = PG_GETARG_FLOAT8(6),
				discount = PG_GETARG_FLOAT8(7),
				period = PG_GETARG_FLOAT8(8);

	h.x = PG_GETARG_FLOAT8(3);
	h.t_x = PG_GETARG_FLOAT8(4);
	h.T = PG_GETARG_FLOAT8(5);
	clt_clv_check_history(h.x, h.t_x, h.T);
	clt_clv_check_value(h.x, mean);
	if (!isfinite(discount) || discount <= -1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("discount per period must be finite and greater than -1")));
	if (!isfinite(period) || period <= 0 || horizon / period > 100000)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("period must be finite, greater than zero, and at least a 100000th of the horizon")));

	PG_RETURN_FLOAT8(discounted_purchases(m, horizon, discount, period, &h) *
					 clt_gamma_gamma_expected(&g, mean > 0 ? h.x : 0, mean > 0 ? mean : 0));
}
