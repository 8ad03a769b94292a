/*-------------------------------------------------------------------------
 *
 * quadrature.h
 *	  Integrals of smooth positive functions.  No server header.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CLT_QUADRATURE_H
#define CLT_QUADRATURE_H

typedef struct GaussNode
{
	double		node;
	double		weight;
} GaussNode;

/* The Gauss-Legendre rule of n = 16, 32 or 64 nodes on [0, 1]. */
extern const GaussNode *clt_gauss_rule(int n);

/*
 * ln of the integral over (0, infinity) of exp(log_f(u)) du: the exp-sinh rule
 * (Takahasi & Mori 1974), halving the step until two results agree to 1e-12.
 * log_f may be -infinity; algebraic singularities at 0 are harmless.
 */
extern double clt_log_integral_to_infinity(double (*log_f) (double u, void *arg), void *arg, double scale);

/*
 * ln of the integral over (0, 1) of f(p) dp, where log_f(ln p, ln(1 - p)) is
 * ln(p (1 - p) f(p)): the tanh-sinh rule.  log_f gets logarithms, since an
 * algebraic singularity at an end has its mass far below the smallest double,
 * and the factor p (1 - p), since ln p may be so large that taking it from
 * p^(a - 1) afterwards would leave nothing of a.
 */
extern double clt_log_integral_unit(double (*log_f) (double log_p, double log_q, void *arg), void *arg);

#endif							/* CLT_QUADRATURE_H */
