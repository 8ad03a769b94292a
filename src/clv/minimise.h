/*-------------------------------------------------------------------------
 *
 * minimise.h
 *	  Minimisation of a smooth function of a few variables.  No server header.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CLT_MINIMISE_H
#define CLT_MINIMISE_H

#include <stdbool.h>

#define CLT_MAX_DIMENSIONS 4

/* f(x), and its gradient into grad.  May return a non-finite value where f is not defined. */
typedef double (*clt_objective) (const double *x, double *grad, void *arg);

typedef struct MinimiseResult
{
	double		value;			/* f at the end */
	double		gradient;		/* largest absolute component there */
	int			evaluations;
	bool		converged;		/* the gradient vanished */
} MinimiseResult;

/*
 * BFGS from x (dimensions <= CLT_MAX_DIMENSIONS numbers), which is overwritten by the
 * minimum.  Every |x[i]| stays within bound.  Stops when no component of the
 * gradient exceeds tolerance.  Who knows the inverse of the Hessian near the
 * minimum gives it, else NULL.
 */
extern MinimiseResult clt_minimise(clt_objective f, void *arg, int dimensions, double *x,
								   const double *inverse_hessian, double bound, double tolerance, int max_evaluations);

/*
 * The Hessian at x by central differences of the gradient, symmetrised, into
 * hessian[dimensions * dimensions].
 */
extern void clt_hessian(clt_objective f, void *arg, int dimensions, const double *x, double *hessian);

/*
 * Inverts the symmetric positive definite matrix in place; false, and the
 * matrix spoiled, if it is not positive definite.
 */
extern bool clt_invert_spd(double *matrix, int dimensions);

#endif							/* CLT_MINIMISE_H */
