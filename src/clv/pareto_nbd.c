/*-------------------------------------------------------------------------
 *
 * pareto_nbd.c
 *	  Pareto/NBD: likelihood with gradient, and predictions.
 *
 * The published closed form of the probability of a history whose customer has
 * died is a difference of two hypergeometric functions, in two cases, and
 * cancels as t_x approaches T.  It is the integral
 *
 *	  I = int_{t_x}^{T} (alpha + u)^-(r+x) (beta + u)^-(s+1) du
 *
 * of a positive, smooth function, and is computed as such: with
 * u = t_x + (m + t_x)(e^v - 1), m = min(alpha, beta), the integrand is nearly
 * exponential in v, and 16 to 64 Gauss nodes give 13 digits.
 *
 *-------------------------------------------------------------------------
 */
#include "clv/pareto_nbd.h"

#include <stdbool.h>

#include "clv/quadrature.h"
#include "clv/special.h"

/*
 * The integrand of log_dead() in v, relative to its left end, has fallen below
 * e^-60 beyond the v returned, if it does within reach; *fallen gets by how much
 * it has fallen there.
 */
static double
cut(const ParetoNbd *m, double power_a, double power_b, double t_x, double near, double reach, double *fallen)
{
	double		low = 0,
				high = reach,
				v = reach;

	for (int i = 0; i < 40; i++)
	{
		double		grown = near * expm1(v);

		*fallen = power_a * log1p(grown / (m->alpha + t_x)) +
			power_b * log1p(grown / (m->beta + t_x)) - v;
		if (*fallen < 60)
			low = v;
		else
			high = v;
		/* not cut at all, or cut where little is lost and little is wasted */
		if (v == low ? low == reach : *fallen < 90)
			break;
		v = (low + high) / 2;
	}
	return high;
}

/*
 * ln I, and in d[] the derivatives of ln I by r, alpha, s, beta; -infinity
 * when the interval is empty.
 */
static double
log_dead(const ParetoNbd *m, double x, double t_x, double T, double d[4])
{
	double		power_a = m->r + x,
				power_b = m->s + 1;
	double		near = fmin(m->alpha, m->beta) + t_x;
	double		reach = log1p((T - t_x) / near);
	double		top,
				sum = 0,
				dr = 0,
				dalpha = 0,
				ds = 0,
				dbeta = 0;
	double		fallen;
	int			nodes;
	const GaussNode *rule;

	if (!(reach > 0))
		return -INFINITY;
	reach = cut(m, power_a, power_b, t_x, near, reach, &fallen);
	/* sixteen nodes give e^-6 over a range of one to fourteen digits */
	nodes = fabs(fallen) + 2 * reach < 8 ? 16 : fabs(fallen) + 2 * reach < 24 ? 32 : 64;
	rule = clt_gauss_rule(nodes);

	/*
	 * the integrand in v falls or rises slowly: its value at the left end is
	 * a fair scale
	 */
	top = -power_a * log(m->alpha + t_x) - power_b * log(m->beta + t_x);
	for (int i = 0; i < nodes; i++)
	{
		double		v = reach * rule[i].node;
		double		u = t_x + near * expm1(v);
		double		log_a = log(m->alpha + u),
					log_b = log(m->beta + u);
		double		f = rule[i].weight * exp(v - power_a * log_a - power_b * log_b - top);

		sum += f;
		if (d)
		{
			dr += f * log_a;
			dalpha += f / (m->alpha + u);
			ds += f * log_b;
			dbeta += f / (m->beta + u);
		}
	}
	if (d)
	{
		d[0] = -dr / sum;
		d[1] = -power_a * dalpha / sum;
		d[2] = -ds / sum;
		d[3] = -power_b * dbeta / sum;
	}
	return top + log(near * reach) + log(sum);
}

double
clt_pareto_log_likelihood(const ParetoNbd *m, const Customer *c, size_t n,
						  double gradient[4])
{
	double		total = 0,
				sum[4] = {0};
	double		seen = -1,
				constant = 0,
				d_constant = 0;

	for (size_t i = 0; i < n; i++)
	{
		double		x = c[i].x,
					T = c[i].T,
					weight = (double) c[i].weight;
		double		d[4] = {0};
		double		log_alpha_T,
					log_beta_T,
					alive,
					dead,
					both,
					p;

		if (x != seen)
		{
			constant = clt_log_rising(m->r, x) + m->r * log(m->alpha) + m->s * log(m->beta);
			d_constant = clt_digamma(m->r + x) - clt_digamma(m->r) + log(m->alpha);
			seen = x;
		}
		/* an integral is some fifty times a customer of the other models */

		log_alpha_T = log(m->alpha + T);
		log_beta_T = log(m->beta + T);
		alive = -(m->r + x) * log_alpha_T - m->s * log_beta_T;
		dead = log(m->s) + log_dead(m, x, c[i].t_x, T, d);
		both = clt_logaddexp(alive, dead);
		p = exp(alive - both);	/* probability of being alive */

		total += weight * (constant + both);
		sum[0] += weight * (d_constant - p * log_alpha_T + (1 - p) * d[0]);
		sum[1] += weight * (m->r / m->alpha - p * (m->r + x) / (m->alpha + T) + (1 - p) * d[1]);
		sum[2] += weight * (log(m->beta) - p * log_beta_T + (1 - p) * (1 / m->s + d[2]));
		sum[3] += weight * (m->s / m->beta - p * m->s / (m->beta + T) + (1 - p) * d[3]);
	}
	gradient[0] += sum[0] * m->r;
	gradient[1] += sum[1] * m->alpha;
	gradient[2] += sum[2] * m->s;
	gradient[3] += sum[3] * m->beta;
	return total;
}

double
clt_pareto_p_alive(const ParetoNbd *m, double x, double t_x, double T)
{
	double		alive = -(m->r + x) * log(m->alpha + T) - m->s * log(m->beta + T);

	return 1 / (1 + exp(log(m->s) + log_dead(m, x, t_x, T, NULL) - alive));
}

void
clt_pareto_expected(const ParetoNbd *m, const double *t, int n, double x, double t_x, double T, double *expected)
{
	double		rate = clt_pareto_p_alive(m, x, t_x, T) * (m->r + x) / (m->alpha + T);
	double		e = 1 - m->s;

	for (int i = 0; i < n; i++)
	{
		double		grown = log1p(t[i] / (m->beta + T));

		/*
		 * int_0^t ((beta+T)/(beta+T+u))^s du = (beta+T) (k^(1-s) - 1) /
		 * (1-s), k = e^grown; ln k at s = 1
		 */
		double		lifetime = (m->beta + T) *
		(fabs(e * grown) < 1e-8 ? grown * (1 + e * grown / 2) : expm1(e * grown) / e);

		expected[i] = rate * lifetime;
	}
}

/*
 * Of a customer alive at T: ln of the density at time u of dying (dying) or
 * of surviving it, together with exactly n purchases before; or of his n-th
 * purchase (purchase).
 */
typedef struct Path
{
	double		R;				/* r + x */
	double		A;				/* alpha + T */
	double		s;
	double		B;				/* beta + T */
	int			n;
	double		horizon;		/* upper end of the integral over u */
	double		delta;			/* discount rate */
	bool		dying;
} Path;

/* ln P(n purchases by u), were he eternal */
static double
log_negative_binomial(const Path *p, double u)
{
	double		ratio = u / p->A;

	if (p->n == 0)
		return -p->R * log1p(ratio);
	return clt_log_rising(p->R, p->n) - clt_lgamma(p->n + 1.0) -
		p->n * log1p(1 / ratio) - p->R * log1p(ratio);
}

static double
log_path(double log_f, double log_rest, void *arg)
{
	const Path *p = arg;
	double		u = p->horizon * exp(log_f);

	if (p->dying)
		return log_f + log_rest + log_negative_binomial(p, u) + log(p->s / p->B) - (p->s + 1) * log1p(u / p->B);
	/* the first purchase at u, alive */
	return log_f + log_rest + log(p->R / p->A) - (p->R + 1) * log1p(u / p->A) - p->s * log1p(u / p->B);
}

double
clt_pareto_probability(const ParetoNbd *m, int n, double t, double x, double t_x, double T)
{
	Path		path = {m->r + x, m->alpha + T, m->s, m->beta + T, n, t, 0, true};
	double		alive = clt_pareto_p_alive(m, x, t_x, T);
	double		p;

	if (!(t > 0))
		return n == 0 ? 1 : 0;
	p = exp(log_negative_binomial(&path, t) - m->s * log1p(t / path.B)) +
		t * exp(clt_log_integral_unit(log_path, &path));
	return n == 0 ? (1 - alive) + alive * p : alive * p;
}

/* Probability, given that he is alive at T, that he buys again by t. */
static double
buys_by(Path *path, double t)
{
	path->horizon = t;
	return t > 0 ? t * exp(clt_log_integral_unit(log_path, path)) : 0;
}

double
clt_pareto_next(const ParetoNbd *m, double q, double x, double t_x, double T)
{
	Path		path = {m->r + x, m->alpha + T, m->s, m->beta + T, 1, 0, 0, false};
	double		alive = clt_pareto_p_alive(m, x, t_x, T);
	double		low = 0,
				high = path.A / path.R;

	if (q <= 0)
		return 0;
	while (alive * buys_by(&path, high) < q)
	{
		low = high;
		high *= 4;
		/* the probability has come to its limit below q */
		if (high > 1e18 * path.A)
			return INFINITY;
	}
	for (int i = 0; i < 100 && high - low > 1e-14 * high; i++)
	{
		double		middle = low > 0 ? sqrt(low * high) : high / 2;

		if (high < 2 * low)
			middle = (low + high) / 2;
		if (alive * buys_by(&path, middle) < q)
			low = middle;
		else
			high = middle;
	}
	return high;
}

static double
log_discounted(double u, void *arg)
{
	const Path *p = arg;

	return -p->delta * u - p->s * log1p(u / p->B);
}

double
clt_pareto_discounted(const ParetoNbd *m, double delta, double x, double t_x, double T)
{
	Path		path = {m->r + x, m->alpha + T, m->s, m->beta + T, 0, 0, delta, false};

	return clt_pareto_p_alive(m, x, t_x, T) * path.R / path.A *
		exp(clt_log_integral_to_infinity(log_discounted, &path, 1 / delta));
}
