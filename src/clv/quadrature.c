/*-------------------------------------------------------------------------
 *
 * quadrature.c
 *	  Gauss-Legendre nodes, and double-exponential rules in logarithms.
 *
 * The double-exponential rules sum in logarithms with the largest term taken
 * out, so integrands of 1e-3000 or 1e+3000 are as good as any.
 *
 *-------------------------------------------------------------------------
 */
#include "clv/quadrature.h"

#include <math.h>
#include <stdbool.h>

#include "clv/gauss_legendre_data.h"

const GaussNode *
clt_gauss_rule(int n)
{
	return gauss_legendre + (n == 16 ? 0 : n == 32 ? 16 : 48);
}

/* A sum of exponentials, kept as exp(top) * sum. */
typedef struct LogSum
{
	double		top;
	double		sum;
} LogSum;

static void
log_sum_add(LogSum *s, double term)
{
	if (!(term > -INFINITY))
		return;
	if (term > s->top)
	{
		s->sum = s->sum * exp(s->top - term) + 1;
		s->top = term;
	}
	else
		s->sum += exp(term - s->top);
}

typedef double (*mapped) (double y, const void *integral);

/*
 * Trapezoidal sums of exp(g(y)) over the real line, g falling double-
 * exponentially on both sides of its top: each halving of the step doubles the
 * digits.
 */
static double
trapezoid(mapped g, const void *integral)
{
	double		previous = NAN;
	LogSum		s = {-INFINITY, 0};
	double		step = 0.5;
	const double reach = 8;		/* pi sinh 8 = 4682: e^-4682 to the power 0.01
								 * is nothing */

	for (int level = 0; level < 9; level++)
	{
		double		result;
		long		n = lround(reach / step);

		/* after the first level only the points in between are new */
		for (long i = -n; i <= n; i++)
			if (level == 0 || i % 2 != 0)
				log_sum_add(&s, g(i * step, integral));
		result = s.top + log(s.sum) + log(step);
		if (level > 1 && fabs(result - previous) < 1e-14)
			return result;
		previous = result;
		step /= 2;
	}
	return previous;
}

typedef struct HalfLine
{
	double		(*log_f) (double u, void *arg);
	void	   *arg;
	double		log_scale;
} HalfLine;

/* u = scale * exp(pi/2 sinh y) */
static double
half_line(double y, const void *integral)
{
	const HalfLine *h = integral;
	double		log_u = M_PI_2 * sinh(y) + h->log_scale;

	if (fabs(log_u) > 700)
		return -INFINITY;
	return h->log_f(exp(log_u), h->arg) + log_u + log(M_PI_2 * cosh(y));
}

double
clt_log_integral_to_infinity(double (*log_f) (double u, void *arg), void *arg, double scale)
{
	HalfLine	h = {log_f, arg, log(scale)};

	return trapezoid(half_line, &h);
}

typedef struct Unit
{
	double		(*log_f) (double log_p, double log_q, void *arg);
	void	   *arg;
} Unit;

/* p = 1 / (1 + exp(-pi sinh y)) */
static double
unit(double y, const void *integral)
{
	const Unit *u = integral;
	double		e = M_PI * sinh(y);
	double		log_p,
				log_q;

	/* -ln(1 + e^-e) and -ln(1 + e^e), without overflow */
	log_p = e > 0 ? -log1p(exp(-e)) : e - log1p(exp(e));
	log_q = e > 0 ? -e - log1p(exp(-e)) : -log1p(exp(e));
	return u->log_f(log_p, log_q, u->arg) + log_p + log_q + log(M_PI * cosh(y));
}

double
clt_log_integral_unit(double (*log_f) (double log_p, double log_q, void *arg), void *arg)
{
	Unit		u = {log_f, arg};

	return trapezoid(unit, &u);
}
