/*-------------------------------------------------------------------------
 *
 * special.c
 *	  Special functions of the lifetime-value models.
 *
 *-------------------------------------------------------------------------
 */
#include "clv/special.h"

/*
 * clt_digamma: the recurrence psi(x) = psi(x + 1) - 1/x up to x >= 12, then
 * the asymptotic series (Abramowitz & Stegun 6.3.18).  The first term left
 * out is below 1e-17 there.
 */
double
clt_digamma(double x)
{
	double		shift = 0;
	double		inv,
				inv2;

	if (!(x > 0))
		return NAN;
	while (x < 12)
	{
		shift -= 1 / x;
		x += 1;
	}
	inv = 1 / x;
	inv2 = inv * inv;
	return shift + log(x) - inv / 2 -
		inv2 * (1.0 / 12 - inv2 * (1.0 / 120 - inv2 * (1.0 / 252 - inv2 * (1.0 / 240 -
																		   inv2 * (1.0 / 132 - inv2 * (691.0 / 32760 - inv2 / 12))))));
}

/*
 * clt_trigamma: psi'(x) = psi'(x + 1) + 1/x^2 up to x >= 12, then the
 * asymptotic series (Abramowitz & Stegun 6.4.12).  The first term left out is
 * below 1e-17 of the result there.
 */
double
clt_trigamma(double x)
{
	double		shift = 0;
	double		inv,
				inv2;

	if (!(x > 0))
		return NAN;
	while (x < 12)
	{
		shift += 1 / (x * x);
		x += 1;
	}
	inv = 1 / x;
	inv2 = inv * inv;
	return shift + inv + inv2 / 2 +
		inv * inv2 * (1.0 / 6 - inv2 * (1.0 / 30 - inv2 * (1.0 / 42 - inv2 * (1.0 / 30 -
																			  inv2 * (5.0 / 66 - inv2 * (691.0 / 2730 - inv2 * 7.0 / 6))))));
}

/*
 * clt_log_rising: a difference of two lgamma loses digits when n is small
 * against x; a short product does not.
 */
double
clt_log_rising(double x, double n)
{
	if (n <= 16 && n == floor(n))
	{
		double		product = 1;

		for (int i = 0; i < (int) n; i++)
			product *= x + i;
		/* sixteen factors of at most 1e17 stay in range, larger x does not */
		if (product < 1e300 && product > 1e-300)
			return log(product);
	}
	return clt_lgamma(x + n) - clt_lgamma(x);
}
