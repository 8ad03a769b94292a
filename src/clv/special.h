/*-------------------------------------------------------------------------
 *
 * special.h
 *	  Special functions of the lifetime-value models.  No server header.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CLT_SPECIAL_H
#define CLT_SPECIAL_H

#include <math.h>

/* ln |Gamma(x)| for x > 0; lgamma() would write the global signgam. */
static inline double
clt_lgamma(double x)
{
	int			sign;

	return lgamma_r(x, &sign);
}

/* ln(e^a + e^b) without overflow; either may be -infinity. */
static inline double
clt_logaddexp(double a, double b)
{
	double		high = a > b ? a : b;
	double		low = a > b ? b : a;

	if (low == -INFINITY)
		return high;
	return high + log1p(exp(low - high));
}

/* psi(x), the derivative of ln Gamma, for x > 0. */
extern double clt_digamma(double x);

/* psi'(x), for x > 0. */
extern double clt_trigamma(double x);

/* ln(Gamma(x + n) / Gamma(x)) for x > 0, n >= 0, without cancellation for small n. */
extern double clt_log_rising(double x, double n);

#endif							/* CLT_SPECIAL_H */
