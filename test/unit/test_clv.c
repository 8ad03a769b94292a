/* Unit tests of the lifetime-value kernels: high-precision references, gradients, and identities between functions. */
#include "clv/buy_till_die.h"
#include "clv/gamma_gamma.h"
#include "clv/minimise.h"
#include "clv/pareto_nbd.h"
#include "clv/quadrature.h"
#include "clv/special.h"
#include "clv_reference.h"
#include "tap.h"

#include <stdbool.h>

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

static double
relative(double got, double want)
{
	return fabs(got - want) / (want == 0 ? 1 : fabs(want));
}

static double
btd_expected(const BuyTillDie *m, double t, double x, double t_x, double T)
{
	double		expected;

	clt_btd_expected(m, &t, 1, x, t_x, T, &expected);
	return expected;
}

static double
pareto_expected(const ParetoNbd *m, double t, double x, double t_x, double T)
{
	double		expected;

	clt_pareto_expected(m, &t, 1, x, t_x, T, &expected);
	return expected;
}

/* Keeps the worst error of a family of values; a NaN is worst of all. */
static void
worst(double *high, double error, const char *what, size_t i)
{
	if (error > 1e-9 || isnan(error))
		printf("#   %s of reference %zu: relative error %g\n", what, i, error);
	if (error > *high || isnan(error))
		*high = isnan(error) ? INFINITY : error;
}

static void
test_special(void)
{
	is_near(clt_digamma(1), -0.57721566490153286061, 1e-15, "psi(1) = -gamma");
	is_near(clt_digamma(0.5), -1.96351002602142347944, 1e-15, "psi(1/2)");
	is_near(clt_digamma(100), 4.60016185273808740020, 1e-15, "psi(100)");
	is_near(clt_digamma(1e-8), -100000000.57721564, 1e-15, "psi near 0");
	is_near(clt_trigamma(1), M_PI * M_PI / 6, 1e-15, "psi'(1)");
	is_near(clt_trigamma(0.5), M_PI * M_PI / 2, 1e-15, "psi'(1/2)");
	is_near(clt_trigamma(100), 0.010050166663333571, 1e-15, "psi'(100)");
	is_near(clt_trigamma(1e-8), 1e16, 1e-15, "psi' near 0");
	is_near(clt_log_rising(0.3, 2), log(0.3 * 1.3), 1e-15, "rising factorial, short");
	is_near(clt_log_rising(2, 300), clt_lgamma(302), 1e-13, "rising factorial, long");
	is_near(clt_logaddexp(-2000, -2000), -2000 + M_LN2, 1e-15, "logaddexp far down");
	ok(clt_logaddexp(-INFINITY, -3) == -3, "logaddexp with nothing");
}

static double
log_exponential(double u, void *arg)
{
	return -u * *(double *) arg;
}

static double
log_beta_kernel(double log_p, double log_q, void *arg)
{
	const double *ab = arg;

	return ab[0] * log_p + ab[1] * log_q;
}

static void
test_quadrature(void)
{
	double		rate = 1e-6,
				ab[2] = {0.02, 3.5},
				sum = 0;

	is_near(clt_log_integral_to_infinity(log_exponential, &rate, 1), log(1e6), 1e-13, "integral of an exponential, badly scaled");
	is_near(clt_log_integral_unit(log_beta_kernel, ab),
			clt_lgamma(ab[0]) + clt_lgamma(ab[1]) - clt_lgamma(ab[0] + ab[1]), 1e-12, "integral of a beta density, singular at 0");
	for (int n = 16; n <= 64; n *= 2)
	{
		const GaussNode *rule = clt_gauss_rule(n);

		sum = 0;
		for (int i = 0; i < n; i++)
			sum += rule[i].weight * pow(rule[i].node, 2 * n - 1);
		ok(fabs(sum * 2 * n - 1) < 1e-13, "Gauss rule of %d nodes integrates u^%d exactly", n, 2 * n - 1);
	}
}

static void
test_references(void)
{
	double		alive = 0,
				expected = 0,
	likelihood = 0;

	for (size_t i = 0; i < LENGTH(btd_reference); i++)
	{
		const		BtdReference *b = &btd_reference[i];
		BuyTillDie	m = {b->r, b->alpha, b->a, b->b, b->first};
		Customer	c = {b->x, b->t_x, b->T, 1};
		double		g[4] = {0};

		worst(&alive, relative(clt_btd_p_alive(&m, b->x, b->t_x, b->T), b->alive), "P(alive)", i);
		worst(&expected, relative(btd_expected(&m, b->t, b->x, b->t_x, b->T), b->expected), "E", i);
		worst(&likelihood, fabs(clt_btd_log_likelihood(&m, &c, 1, g) - b->log_likelihood) / fmax(1, fabs(b->log_likelihood)), "LL", i);
	}
	ok(alive < 1e-9, "BG/NBD and MBG/NBD: P(alive), worst error %.1e", alive);
	ok(expected < 1e-9, "BG/NBD and MBG/NBD: expected purchases, worst error %.1e", expected);
	ok(likelihood <1e-9, "BG/NBD and MBG/NBD: log-likelihood, worst error %.1e", likelihood);

	alive = expected = likelihood = 0;

	for (size_t i = 0; i < LENGTH(pareto_reference); i++)
	{
		const		ParetoReference *p = &pareto_reference[i];
		ParetoNbd	m = {p->r, p->alpha, p->s, p->beta};
		Customer	c = {p->x, p->t_x, p->T, 1};
		double		g[4] = {0};

		worst(&alive, relative(clt_pareto_p_alive(&m, p->x, p->t_x, p->T), p->alive), "P(alive)", i);
		worst(&expected, relative(pareto_expected(&m, p->t, p->x, p->t_x, p->T), p->expected), "E", i);
		worst(&likelihood, fabs(clt_pareto_log_likelihood(&m, &c, 1, g) - p->log_likelihood) / fmax(1, fabs(p->log_likelihood)), "LL", i);
	}
	ok(alive < 1e-9, "Pareto/NBD: P(alive), worst error %.1e", alive);
	ok(expected < 1e-9, "Pareto/NBD: expected purchases, worst error %.1e", expected);
	ok(likelihood <1e-9, "Pareto/NBD: log-likelihood, worst error %.1e", likelihood);
}

/* What must hold in every corner of the parameters, reference or not: nothing hangs, nothing is NaN, more time never means less. */
static void
test_corners(void)
{
	static const double shape[] = {1e-3, 1, 1000},
				rate[] = {1e-6, 1, 1e9},
				leaving[] = {1e-9, 1, 1 + 1e-12, 1000},
				count[] = {0, 1, 1e5},
				horizon[] = {0, 1e-320, 1e-9, 1, 1e8, 1e15};
	int			wrong = 0,
				corners = 0;

	for (int i = 0; i < 3 * 3 * 4 * 4 * 3 * 3; i += 7)
	{
		double		r = shape[i % 3],
					alpha = rate[i / 3 % 3],
					a = leaving[i / 9 % 4],
					b = leaving[i / 36 % 4],
					x = count[i / 144 % 3];
		int			kind = i / 432;
		double		T = 100,
					t_x = x == 0 ? 0 : i % 2 ? T : T / 2;
		BuyTillDie	m = {r, alpha, a, b, kind};
		ParetoNbd	p = {r, alpha, a, b};
		double		alive = kind == 2 ? clt_pareto_p_alive(&p, x, t_x, T) : clt_btd_p_alive(&m, x, t_x, T);
		double		before = 0,
					none_before = 1;
		bool		fine = alive >= 0 && alive <= 1;

		for (size_t j = 0; j < LENGTH(horizon); j++)
		{
			double		t = horizon[j];
			double		e = kind == 2 ? pareto_expected(&p, t, x, t_x, T) : btd_expected(&m, t, x, t_x, T);
			double		none = kind == 2 ? clt_pareto_probability(&p, 0, t, x, t_x, T) : clt_btd_probability(&m, 0, t, x, t_x, T);
			double		many = kind == 2 ? clt_pareto_probability(&p, 100000, t, x, t_x, T) : clt_btd_probability(&m, 100000, t, x, t_x, T);

			fine = fine && isfinite(e) && e >= before * (1 - 1e-9) && none >= 0 && none <= none_before * (1 + 1e-9) && many >= 0 && many <= 1;
			before = e;
			none_before = none;
		}
		if (i % 4 == 0)
		{
			double		now = kind == 2 ? clt_pareto_discounted(&p, .1, x, t_x, T) : clt_btd_discounted(&m, .1, x, t_x, T);
			double		later = kind == 2 ? clt_pareto_discounted(&p, 1e-9, x, t_x, T) : clt_btd_discounted(&m, 1e-9, x, t_x, T);

			fine = fine && now >= 0 && isfinite(later) && later >= now * (1 - 1e-9);
		}
		if (!fine && wrong++ < 5)
			printf("#   kind %d, parameters %g %g %.17g %.17g, x %g, t_x %g\n", kind, r, alpha, a, b, x, t_x);
		corners++;
	}
	ok(wrong == 0, "%d of %d corners of the parameters go wrong", wrong, corners);
}

/* The published values: Fader, Hardie & Lee 2005; Hardie's spreadsheets. */
static void
test_published(void)
{
	BuyTillDie	cdnow = {.243, 4.414, .793, 2.426, 0};
	BuyTillDie	sheet = {.2425945, 4.413602, .792922, 2.425907, 0};
	GammaGamma	spend = {6.249572, 3.744225, 15.44352};
	const double mean[] = {22.35, 11.77, 0, 0, 0, 73.74, 11.77, 0, 25.55, 0};
	const double x[] = {2, 1, 0, 0, 0, 7, 1, 0, 2, 0};
	const double want[] = {24.65, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17};
	double		error = 0;

	is_near(btd_expected(&cdnow, 39, 2, 30.43, 38.86), 1.226, 5e-4, "x=2, t_x=30.43, T=38.86, t=39: 1.226");
	is_near(btd_expected(&cdnow, 39, 2, 30.43, 38.86), 1.22602817, 1e-8, "the same to nine digits");
	for (int i = 0; i < 5; i++)
	{
		const double t[] = {.1429, 1, 3, 31.8571, 32},
					e[] = {.0078, .0532, .1506, 1.0405, 1.0437};

		error = fmax(error, fabs(btd_expected(&sheet, t[i], 0, 0, 0) - e[i]));
	}
	ok(error < 6e-5, "expected purchases of a new customer at .1429 to 32 weeks, worst %g", error);
	error = 0;
	for (int i = 0; i < 10; i++)
		error = fmax(error, fabs(clt_gamma_gamma_expected(&spend, x[i], mean[i]) - want[i]));
	ok(error < 0.02, "expected value of the first ten customers of CDNOW, worst %.3f", error);
}

typedef double (*likelihood) (const double *log_parameter, double *grad);

static const Customer histories[] = {
	{0, 0, 30, 3}, {0, 0, 38.86, 100}, {1, 1.71, 38.86, 2}, {1, 30, 30, 1}, {2, 30.43, 38.86, 1}, {7, 29.43, 38.86, 1}, {40, 38, 38.86, 1}
};
static const Customer values[] = {{1, 11.77, 0, 2}, {2, 22.35, 0, 1}, {2, 25.55, 0, 3}, {7, 73.74, 0, 1}};

static double
bg(const double *p, double *grad)
{
	BuyTillDie	m = {exp(p[0]), exp(p[1]), exp(p[2]), exp(p[3]), 0};

	return clt_btd_log_likelihood(&m, histories, LENGTH(histories), grad);
}

static double
mbg(const double *p, double *grad)
{
	BuyTillDie	m = {exp(p[0]), exp(p[1]), exp(p[2]), exp(p[3]), 1};

	return clt_btd_log_likelihood(&m, histories, LENGTH(histories), grad);
}

static double
pareto(const double *p, double *grad)
{
	ParetoNbd	m = {exp(p[0]), exp(p[1]), exp(p[2]), exp(p[3])};

	return clt_pareto_log_likelihood(&m, histories, LENGTH(histories), grad);
}

static double
gamma_gamma(const double *p, double *grad)
{
	GammaGamma	m = {exp(p[0]), exp(p[1]), exp(p[2])};

	return clt_gamma_gamma_log_likelihood(&m, values, LENGTH(values), grad);
}

static void
check_gradient(likelihood f, int n, const char *name)
{
	const double at[4] = {-0.7, 1.3, 0.4, 0.9};
	double		error = 0;

	for (int i = 0; i < n; i++)
	{
		double		up[4],
					down[4],
					gradient[4] = {0},
					unused[4] = {0};
		const double h = 1e-5;

		memcpy(up, at, sizeof(at));
		memcpy(down, at, sizeof(at));
		up[i] += h;
		down[i] -= h;
		(void) f(at, gradient);
		error = fmax(error, relative((f(up, unused) - f(down, unused)) / (2 * h), gradient[i]));
	}
	ok(error < 1e-7, "%s: gradient = difference quotient, worst %.1e", name, error);
}

/* The Hessians against differences of the gradients. */
static void
check_hessian(likelihood f, const double *hessian, int n, const double *at, const char *name)
{
	double		error = 0;

	for (int i = 0; i < n; i++)
	{
		double		up[4],
					down[4],
					at_up[4] = {0},
					at_down[4] = {0};
		const double h = 1e-4;

		memcpy(up, at, sizeof(up));
		memcpy(down, at, sizeof(down));
		up[i] += h;
		down[i] -= h;
		(void) f(up, at_up);
		(void) f(down, at_down);
		for (int j = 0; j < n; j++)
			error = fmax(error, fabs((at_up[j] - at_down[j]) / (2 * h) - hessian[i * n + j]) / (1 + fabs(hessian[i * n + j])));
	}
	ok(error < 1e-6, "%s: Hessian = difference quotient of the gradient, worst %.1e", name, error);
}

static void
test_hessians(void)
{
	const double points[][4] = {{-0.7, 1.3, 0.4, 0.9}, {1, -2, -3, 2}, {-2, 3, 3, -1}};

	for (size_t i = 0; i < LENGTH(points); i++)
	{
		const double *at = points[i];

		for (int first = 0; first < 2; first++)
		{
			BuyTillDie	m = {exp(at[0]), exp(at[1]), exp(at[2]), exp(at[3]), first};
			double		h[4][4] = {{0}};

			clt_btd_hessian(&m, histories, LENGTH(histories), h);
			check_hessian(first ? mbg : bg, h[0], 4, at, first ? "MBG/NBD" : "BG/NBD");
		}
		{
			GammaGamma	m = {exp(at[0]), exp(at[1]), exp(at[2])};
			double		h[3][3] = {{0}};

			clt_gamma_gamma_hessian(&m, values, LENGTH(values), h);
			check_hessian(gamma_gamma, h[0], 3, at, "Gamma-Gamma");
		}
	}
}

/* Sorting, of few and many, with many keys in common and with none. */
static int
compare_customers(const void *a, const void *b)
{
	const Customer *p = a;
	const Customer *q = b;

	if (p->x != q->x)
		return p->x < q->x ? -1 : 1;
	if (p->T != q->T)
		return p->T < q->T ? -1 : 1;
	return p->t_x < q->t_x ? -1 : p->t_x > q->t_x;
}

static void
test_sort(void)
{
	static Customer a[30000],
				b[30000],
				scratch[30000];
	const size_t sizes[] = {0, 1, 2, 24, 25, 100, 4095, 4096, 30000};
	uint64_t	state = 7;
	int			wrong = 0;

	for (int pattern = 0; pattern < 5; pattern++)
		for (size_t s = 0; s < LENGTH(sizes); s++)
		{
			size_t		n = sizes[s];

			for (size_t i = 0; i < n; i++)
			{
				double		u[3];

				for (int k = 0; k < 3; k++)
				{
					state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
					u[k] = (double) (state >> 11) / 9007199254740992.0;
				}
				a[i].x = pattern == 1 ? 3 : floor(-3 * log1p(-u[0]));
				a[i].T = pattern == 1 ? 0 : pattern == 2 ? exp(300 * (u[1] - .5)) : floor(700 * u[1]);
				a[i].t_x = pattern == 3 ? 0 : pattern == 4 ? u[2] * a[i].T : floor(300 * u[2]) / 7;
				a[i].weight = (int64_t) i;
			}
			memcpy(b, a, n * sizeof(Customer));
			clt_customers_sort(a, scratch, n);
			qsort(b, n, sizeof(Customer), compare_customers);
			for (size_t i = 0; i < n; i++)
				wrong += compare_customers(&a[i], &b[i]) != 0;
		}
	ok(wrong == 0, "customers sorted as by comparing, %d wrong", wrong);
}

/* Probabilities add up to 1, their mean is the expectation, and the quantile inverts P(at least one). */
static void
test_identities(void)
{
	const double h[][4] = {{0, 0, 30, 39}, {2, 30.43, 38.86, 39}, {7, 10, 38.86, 200}, {300, 38, 38.86, 10}};

	for (size_t i = 0; i < LENGTH(h); i++)
	{
		double		x = h[i][0],
					t_x = h[i][1],
					T = h[i][2],
					t = h[i][3];

		for (int kind = 0; kind < 3; kind++)
		{
			BuyTillDie	m = {.5, 4.4, 1.0, 2.4, kind};
			ParetoNbd	pareto = {.55, 10.6, 1.0, 11.7};
			double		sum = 0,
						mean = 0,
						expected,
						alive,
						next,
						none;

			for (int n = 0; n < 600; n++)
			{
				double		p = kind == 2 ? clt_pareto_probability(&pareto, n, t, x, t_x, T)
				: clt_btd_probability(&m, n, t, x, t_x, T);

				sum += p;
				mean += n * p;
			}
			expected = kind == 2 ? pareto_expected(&pareto, t, x, t_x, T) : btd_expected(&m, t, x, t_x, T);
			ok(fabs(sum - 1) < 1e-10, "model %d, history %zu: probabilities add up to 1 (%.12f)", kind, i, sum);
			ok(relative(mean, expected) < 1e-8, "model %d, history %zu: their mean is the expectation (%.10g, %.10g)", kind, i, mean, expected);

			alive = kind == 2 ? clt_pareto_p_alive(&pareto, x, t_x, T) : clt_btd_p_alive(&m, x, t_x, T);
			next = kind == 2 ? clt_pareto_next(&pareto, alive / 4, x, t_x, T) : clt_btd_next(&m, alive / 4, x, t_x, T);
			none = kind == 2 ? clt_pareto_probability(&pareto, 0, next, x, t_x, T)
				: clt_btd_probability(&m, 0, next, x, t_x, T);
			ok(fabs(1 - none - alive / 4) < 1e-12, "model %d, history %zu: the quantile inverts the probability", kind, i);
		}
	}
	{
		BuyTillDie	m = {.2425945, 4.413602, .792922, 2.425907, 0};
		ParetoNbd	p = {.55, 10.6, .6, 11.7};
		double		sum = 0,
					sum_p = 0;
		const double delta = .01;

		/* DERT by a fine Riemann sum over the expectation */
		for (double t = 0; t < 4000; t += .05)
		{
			double		mid = exp(-delta * (t + .025));

			sum += mid * (btd_expected(&m, t + .05, 2, 30.43, 38.86) - btd_expected(&m, t, 2, 30.43, 38.86));
			sum_p += mid * (pareto_expected(&p, t + .05, 2, 30.43, 38.86) - pareto_expected(&p, t, 2, 30.43, 38.86));
		}
		is_near(clt_btd_discounted(&m, delta, 2, 30.43, 38.86), sum, 1e-6, "BG/NBD: discounted expected purchases");
		is_near(clt_pareto_discounted(&p, delta, 2, 30.43, 38.86), sum_p, 1e-6, "Pareto/NBD: discounted expected purchases");
		ok(isinf(clt_btd_next(&m, .999, 2, 3, 38.86)), "what is less likely than death never comes");
	}
	{
		/*
		 * horizons of which the first terms are kept, and those with more
		 * terms, in any order
		 */
		const BuyTillDie m = {.5, 4.4, 1.2, 2.4, 0};
		const ParetoNbd p = {.55, 10.6, 1.0, 11.7};
		const double t[] = {39, 1, 400, 0, 5000, 39, 1e-7, 60000, 2e6};
		double		got[LENGTH(t)],
					got_p[LENGTH(t)];
		int			same = 0;

		clt_btd_expected(&m, t, LENGTH(t), 5, 30, 38, got);
		clt_pareto_expected(&p, t, LENGTH(t), 5, 30, 38, got_p);
		for (size_t i = 0; i < LENGTH(t); i++)
			same += relative(got[i], btd_expected(&m, t[i], 5, 30, 38)) < 1e-15 &&
				relative(got_p[i], pareto_expected(&p, t[i], 5, 30, 38)) < 1e-15;
		ok(same == (int) LENGTH(t), "expectations of many horizons = one by one");
	}
	{
		/* long sums go over to quadrature without a step */
		BuyTillDie	m = {2, 1, 1.5, 3, 0};
		double		below = btd_expected(&m, 3900, 1, .5, 1),
					above = btd_expected(&m, 4100, 1, .5, 1),
					huge = btd_expected(&m, 1e7, 1, .5, 1);

		ok(below < above && above < huge && isfinite(huge), "expectation grows with the horizon, however long");
	}
}

/* Rosenbrock's valley, and a quadratic whose Hessian is known. */
static double
rosenbrock(const double *x, double *g, void *arg)
{
	(void) arg;
	g[0] = -400 * x[0] * (x[1] - x[0] * x[0]) - 2 * (1 - x[0]);
	g[1] = 200 * (x[1] - x[0] * x[0]);
	return 100 * pow(x[1] - x[0] * x[0], 2) + pow(1 - x[0], 2);
}

static void
test_minimise(void)
{
	double		x[2] = {-1.2, 1},
				hessian[4];
	MinimiseResult r = clt_minimise(rosenbrock, NULL, 2, x, NULL, 20, 1e-9, 500);

	ok(r.converged && fabs(x[0] - 1) < 1e-8 && fabs(x[1] - 1) < 1e-8, "Rosenbrock's valley in %d evaluations", r.evaluations);
	{
		const double inverse[4] = {.5, 1, 1, 2.005};
		double		near[2] = {1.01, 1.0201};
		MinimiseResult again = clt_minimise(rosenbrock, NULL, 2, near, inverse, 20, 1e-9, 500);

		ok(again.converged && fabs(near[0] - 1) < 1e-8 && again.evaluations < 8,
		   "with its curvature known, from nearby in %d", again.evaluations);
	}
	clt_hessian(rosenbrock, NULL, 2, x, hessian);
	is_near(hessian[0], 802, 1e-6, "Hessian at the minimum");
	ok(clt_invert_spd(hessian, 2), "is positive definite");
	is_near(hessian[0], .5, 1e-5, "and inverted");
	{
		double		indefinite[4] = {1, 2, 2, 1};

		ok(!clt_invert_spd(indefinite, 2), "an indefinite matrix is refused");
	}
}

int
main(void)
{
	test_special();
	test_quadrature();
	test_references();
	test_corners();
	test_published();
	check_gradient(bg, 4, "BG/NBD");
	check_gradient(mbg, 4, "MBG/NBD");
	check_gradient(pareto, 4, "Pareto/NBD");
	check_gradient(gamma_gamma, 3, "Gamma-Gamma");
	test_hessians();
	test_sort();
	test_identities();
	test_minimise();
	return done();
}
