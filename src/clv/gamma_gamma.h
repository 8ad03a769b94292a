/*-------------------------------------------------------------------------
 *
 * gamma_gamma.h
 *	  Gamma-Gamma model of the value of a purchase (Fader & Hardie, note 025;
 *	  Fader, Hardie & Lee, JMR 42, 2005).  No server header.
 *
 * Values of a customer's purchases are Gamma(p, rate nu), nu varies over
 * customers as Gamma(q, rate v), independently of how often he buys.  Observed:
 * the mean value t_x > 0 of x >= 1 repeat purchases.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CLT_GAMMA_GAMMA_H
#define CLT_GAMMA_GAMMA_H

#include "clv/customers.h"

typedef struct GammaGamma
{
	double		p;
	double		q;
	double		v;
} GammaGamma;

/* Log-likelihood and gradient by ln p, ln q, ln v of n customers sorted by x. */
extern double clt_gamma_gamma_log_likelihood(const GammaGamma *m, const Customer *c, size_t n,
											 double gradient[3]);

/* Adds the second derivatives by the logarithms of the parameters. */
extern void clt_gamma_gamma_hessian(const GammaGamma *m, const Customer *c, size_t n, double hessian[3][3]);

/*
 * Expected value of a purchase of a customer with x repeat purchases of that
 * mean; of a new customer with x = 0.  Infinite where the posterior has no mean.
 */
extern double clt_gamma_gamma_expected(const GammaGamma *m, double x, double mean);

#endif							/* CLT_GAMMA_GAMMA_H */
