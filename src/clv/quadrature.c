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

/* How far out g() is looked at: pi sinh 40 = 4e17, so that exponents of 1e-16 still end. */
#define NEAREST_END 8
#define FARTHEST_END 40

/* The end on one side (sign): where nothing is left of the integral, or as far as we go. */
static int
end_of(mapped g, const void *integral, int sign, double top)
{
	int			end = NEAREST_END;

	while (end < FARTHEST_END && g(sign * end, integral) > top - 45)
		end += 2;
	return end;
}

/*
 * Trapezoidal sums of exp(g(y)) over the real line, g falling double-
 * exponentially on both sides of its top: each halving of the step doubles the
 * digits, so that a step that changes the twelfth one has all of them right.
 */
static double
trapezoid(mapped g, const void *integral)
{
	double		previous = NAN;
	LogSum		s = {-INFINITY, 0};
	double		step = 0.5;
	int			left,
				right;

	for (int i = -2 * NEAREST_END; i <= 2 * NEAREST_END; i++)
		log_sum_add(&s, g(i * step, integral));
	left = end_of(g, integral, -1, s.top);
	right = end_of(g, integral, 1, s.top);
	s = (LogSum)
	{
		-INFINITY, 0
	};

	for (int level = 0; level < 9; level++)
	{
		double		result;
		long		last = lround(right / step);

		/* after the first level only the points in between are new */
		for (long i = -lround(left / step); i <= last; i++)
			if (level == 0 || i % 2 != 0)
				log_sum_add(&s, g(i * step, integral));
		result = s.top + log(s.sum) + log(step);
		if (level > 3 && fabs(result - previous) < 1e-12 * fmax(1, fabs(result)))
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
	return u->log_f(log_p, log_q, u->arg) + log(M_PI * cosh(y));
}

double
clt_log_integral_unit(double (*log_f) (double log_p, double log_q, void *arg), void *arg)
{
	Unit		u = {log_f, arg};

	return trapezoid(unit, &u);
}
