/*-------------------------------------------------------------------------
 *
 * pareto_nbd.h
 *	  Pareto/NBD (Schmittlein, Morrison & Colombo 1987; Fader & Hardie's notes
 *	  008 and 009).  No server header.
 *
 * While alive a customer buys as a Poisson process of rate lambda and dies at
 * rate mu; lambda varies as Gamma(r, rate alpha), mu as Gamma(s, rate beta).
 * Histories as in buy_till_die.h.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CLT_PARETO_NBD_H
#define CLT_PARETO_NBD_H

#include "clv/customers.h"

typedef struct ParetoNbd
{
	double		r;
	double		alpha;
	double		s;
	double		beta;
} ParetoNbd;

/* The same five questions as in buy_till_die.h; gradient by ln r, ln alpha, ln s, ln beta. */
extern double clt_pareto_log_likelihood(const ParetoNbd *m, const Customer *c, size_t n,
										double gradient[4]);
extern double clt_pareto_p_alive(const ParetoNbd *m, double x, double t_x, double T);
extern void clt_pareto_expected(const ParetoNbd *m, const double *t, int n, double x, double t_x, double T,
								double *expected);
extern double clt_pareto_probability(const ParetoNbd *m, int n, double t, double x, double t_x, double T);
extern double clt_pareto_next(const ParetoNbd *m, double q, double x, double t_x, double T);
extern double clt_pareto_discounted(const ParetoNbd *m, double delta, double x, double t_x, double T);

#endif							/* CLT_PARETO_NBD_H */
