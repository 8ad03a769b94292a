/*-------------------------------------------------------------------------
 *
 * minimise.c
 *	  BFGS with a line search that satisfies the weak Wolfe conditions.
 *
 * The likelihoods have two to four parameters and analytic gradients, so the
 * dense textbook method (Nocedal & Wright, Numerical Optimization, 6.1) needs
 * some twenty evaluations; a library would bring more code than this.
 *
 * The line search brackets by doubling and bisects (Lewis & Overton 2013): it
 * needs no assumption on f beyond smoothness, and takes a non-finite value for
 * a step too long.
 *
 *-------------------------------------------------------------------------
 */
#include "clv/minimise.h"

#include <math.h>
#include <string.h>

#define ARMIJO 1e-4
#define WOLFE 0.9
#define NOISE 1e-14				/* relative rounding error of f, a long sum */

typedef struct LineSearch
{
	double		step;
	double		value;
	double		x[CLT_MAX_DIMENSIONS];
	double		grad[CLT_MAX_DIMENSIONS];
} LineSearch;

static double
dot(const double *a, const double *b, int n)
{
	double		sum = 0;

	for (int i = 0; i < n; i++)
		sum += a[i] * b[i];
	return sum;
}

static double
largest(const double *a, int n)
{
	double		high = 0;

	for (int i = 0; i < n; i++)
		high = fmax(high, fabs(a[i]));
	return high;
}

/*
 * Finds a step along direction that decreases f enough and flattens it.
 * False if none was found: f is flat to the last digit here.
 */
static bool
line_search(clt_objective f, void *arg, int n, const double *x, double value,
			const double *direction, double slope, double first, double bound,
			int *evaluations, int max_evaluations, LineSearch *out)
{
	double		low = 0,
				high = INFINITY,
				step = first;
	bool		found = false;

	/* Sixty halvings exhaust the digits of a double. */
	for (int tries = 0; tries < 60 && *evaluations < max_evaluations; tries++)
	{
		LineSearch	trial;

		trial.step = step;
		for (int i = 0; i < n; i++)
			trial.x[i] = fmin(bound, fmax(-bound, x[i] + step * direction[i]));
		trial.value = f(trial.x, trial.grad, arg);
		(*evaluations)++;

		/*
		 * near the minimum the decrease drowns in rounding, and only the
		 * slope still tells
		 */
		if (!isfinite(trial.value) ||
			trial.value > value + ARMIJO * step * slope + NOISE * fabs(value))
			high = step;
		else
		{
			*out = trial;
			found = true;
			if (dot(trial.grad, direction, n) >= WOLFE * slope)
				return true;
			low = step;
		}
		step = isfinite(high) ? (low + high) / 2 : 2 * low;
		if (isfinite(high) && high - low < 1e-14 * high)
			break;
	}
	return found;
}

MinimiseResult
clt_minimise(clt_objective f, void *arg, int n, double *x, const double *inverse_hessian,
			 double bound, double tolerance, int max_evaluations)
{
	MinimiseResult result = {0};
	double		inverse[CLT_MAX_DIMENSIONS][CLT_MAX_DIMENSIONS];
	double		grad[CLT_MAX_DIMENSIONS];
	bool		fresh = inverse_hessian == NULL;
	int			stalled = 0;

	if (inverse_hessian)
		for (int i = 0; i < n; i++)
			memcpy(inverse[i], inverse_hessian + i * n, n * sizeof(double));

	result.value = f(x, grad, arg);
	result.evaluations = 1;

	while (isfinite(result.value) && result.evaluations < max_evaluations &&
		   largest(grad, n) > tolerance)
	{
		double		direction[CLT_MAX_DIMENSIONS],
					s[CLT_MAX_DIMENSIONS],
					y[CLT_MAX_DIMENSIONS],
					Hy[CLT_MAX_DIMENSIONS];
		double		slope,
					sy,
					yHy;
		LineSearch	next;

		if (fresh)
			for (int i = 0; i < n; i++)
				for (int j = 0; j < n; j++)
					inverse[i][j] = i == j ? 1 : 0;
		for (int i = 0; i < n; i++)
			direction[i] = -dot(inverse[i], grad, n);
		slope = dot(direction, grad, n);

		/* The first step of a fresh matrix is no longer than one unit. */
		if (!(slope < 0) ||
			!line_search(f, arg, n, x, result.value, direction, slope,
						 fresh ? fmin(1, 1 / largest(grad, n)) : 1, bound,
						 &result.evaluations, max_evaluations, &next))
		{
			if (fresh)
				break;
			fresh = true;
			continue;
		}

		for (int i = 0; i < n; i++)
		{
			s[i] = next.x[i] - x[i];
			y[i] = next.grad[i] - grad[i];
		}
		memcpy(x, next.x, n * sizeof(double));
		memcpy(grad, next.grad, n * sizeof(double));
		/* steps that no longer move the last digit of f lead nowhere */
		stalled = result.value - next.value > NOISE * fabs(next.value) ? 0 : stalled + 1;
		result.value = next.value;
		if (stalled >= 3)
			break;

		sy = dot(s, y, n);
		if (!(sy > 0))
		{
			/* only on a bound, where the step was cut */
			fresh = true;
			continue;
		}
		if (fresh)
			for (int i = 0; i < n; i++)
				inverse[i][i] = sy / dot(y, y, n);
		fresh = false;
		for (int i = 0; i < n; i++)
			Hy[i] = dot(inverse[i], y, n);
		yHy = dot(y, Hy, n);
		for (int i = 0; i < n; i++)
			for (int j = 0; j < n; j++)
				inverse[i][j] += (1 + yHy / sy) * s[i] * s[j] / sy - (Hy[i] * s[j] + s[i] * Hy[j]) / sy;
	}

	result.gradient = largest(grad, n);
	result.converged = isfinite(result.value) && result.gradient <= tolerance;
	return result;
}

void
clt_hessian(clt_objective f, void *arg, int n, const double *x, double *hessian)
{
	/*
	 * the gradient is good to about 1e-13: its cube root balances truncation
	 * and rounding
	 */
	const double h = 5e-5;

	for (int i = 0; i < n; i++)
	{
		double		point[CLT_MAX_DIMENSIONS],
					up[CLT_MAX_DIMENSIONS],
					down[CLT_MAX_DIMENSIONS];

		memcpy(point, x, n * sizeof(double));
		point[i] = x[i] + h;
		(void) f(point, up, arg);
		point[i] = x[i] - h;
		(void) f(point, down, arg);
		for (int j = 0; j < n; j++)
			hessian[i * n + j] = (up[j] - down[j]) / (2 * h);
	}
	for (int i = 0; i < n; i++)
		for (int j = 0; j < i; j++)
			hessian[i * n + j] = hessian[j * n + i] = (hessian[i * n + j] + hessian[j * n + i]) / 2;
}

bool
clt_invert_spd(double *m, int n)
{
	double		lower[CLT_MAX_DIMENSIONS][CLT_MAX_DIMENSIONS] = {{0}};
	double		inverse[CLT_MAX_DIMENSIONS][CLT_MAX_DIMENSIONS] = {{0}};

	/* Cholesky, then the inverse of the triangle, then its square */
	for (int i = 0; i < n; i++)
		for (int j = 0; j <= i; j++)
		{
			double		sum = m[i * n + j];

			for (int k = 0; k < j; k++)
				sum -= lower[i][k] * lower[j][k];
			if (i != j)
				lower[i][j] = sum / lower[j][j];
			/* a pivot lost in the rounding of its diagonal is none */
			else if (sum > 1e-10 * fabs(m[i * n + i]) && isfinite(sum))
				lower[i][i] = sqrt(sum);
			else
				return false;
		}
	for (int i = 0; i < n; i++)
	{
		inverse[i][i] = 1 / lower[i][i];
		for (int j = 0; j < i; j++)
		{
			double		sum = 0;

			for (int k = j; k < i; k++)
				sum -= lower[i][k] * inverse[k][j];
			inverse[i][j] = sum / lower[i][i];
		}
	}
	for (int i = 0; i < n; i++)
		for (int j = 0; j < n; j++)
		{
			double		sum = 0;

			for (int k = i > j ? i : j; k < n; k++)
				sum += inverse[k][i] * inverse[k][j];
			m[i * n + j] = sum;
		}
	return true;
}
