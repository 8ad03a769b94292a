/*-------------------------------------------------------------------------
 *
 * buy_till_die.h
 *	  BG/NBD (Fader, Hardie & Lee, Marketing Science 24(2), 2005) and MBG/NBD
 *	  (Batislam, Denizel & Filiztekin 2007; Wagner & Hoppe 2008).
 *	  No server header.
 *
 * While alive a customer buys as a Poisson process of rate lambda; after a
 * purchase he leaves for ever with probability p.  lambda varies over customers
 * as Gamma(r, rate alpha), p as Beta(a, b).  BG/NBD lets him leave only after a
 * repeat purchase, so that one-time buyers are alive for certain; MBG/NBD after
 * the first one too.  Both are one model here, which differs in "first".
 *
 * A history is x repeat purchases, the last at age t_x (0 if x is 0), seen
 * until age T >= t_x.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CLT_BUY_TILL_DIE_H
#define CLT_BUY_TILL_DIE_H

#include "clv/customers.h"

typedef struct BuyTillDie
{
	double		r;
	double		alpha;
	double		a;
	double		b;
	int			first;			/* 0: BG/NBD, 1: MBG/NBD */
} BuyTillDie;

/*
 * Adds the log-likelihood of n customers, sorted by x, and its gradient with
 * respect to ln r, ln alpha, ln a, ln b.
 */
extern double clt_btd_log_likelihood(const BuyTillDie *m, const Customer *c, size_t n,
									 double gradient[4]);

/* Adds the second derivatives by the logarithms of the parameters. */
extern void clt_btd_hessian(const BuyTillDie *m, const Customer *c, size_t n, double hessian[4][4]);

/* Probability that the customer is still alive at T. */
extern double clt_btd_p_alive(const BuyTillDie *m, double x, double t_x, double T);

/* Expected numbers of purchases in (T, T + t[i]], i < n; of a new customer with x = t_x = T = 0. */
extern void clt_btd_expected(const BuyTillDie *m, const double *t, int n, double x, double t_x, double T,
							 double *expected);

/* Probability of exactly n purchases in (T, T + t]. */
extern double clt_btd_probability(const BuyTillDie *m, int n, double t, double x, double t_x, double T);

/*
 * The time after T by which the next purchase has come with probability q
 * (0 <= q < 1); infinity if it never comes with that probability.
 */
extern double clt_btd_next(const BuyTillDie *m, double q, double x, double t_x, double T);

/* Discounted expected purchases after T, for ever, at continuous rate delta > 0. */
extern double clt_btd_discounted(const BuyTillDie *m, double delta, double x, double t_x, double T);

#endif							/* CLT_BUY_TILL_DIE_H */
