/*-------------------------------------------------------------------------
 *
 * buy_till_die.c
 *	  BG/NBD and MBG/NBD: likelihood with gradient, and predictions.
 *
 * The published conditional expectation is a difference with the Gaussian
 * hypergeometric function in it: undefined at a = 1 and a + b + x = 1, losing
 * digits near them, overflowing for large x.  Predictions here are sums of
 * positive terms instead, which have no such points.  Given that the customer
 * is alive at T, he makes his k-th further purchase if he survived k - 1
 * chances to leave and the purchase process, were it eternal, reached k:
 *
 *	  E[Y] = P(alive) sum_{k >= 1} w_k P(N >= k),
 *	  w_1 = 1, w_{k+1} = w_k (B + k - 1) / (a + B + k - 1),	 B = b + x (+ 1 in MBG/NBD),
 *	  N negative binomial of shape r + x and probability z = t / (alpha + T + t).
 *
 * Summed by the value of N the terms are P(N = n) (w_1 + ... + w_n): a forward
 * recurrence without any tail to be computed.
 *
 *-------------------------------------------------------------------------
 */
#include "clv/buy_till_die.h"

#include <stdbool.h>

#include "clv/quadrature.h"
#include "clv/special.h"

/* Terms beyond which the sum is left to quadrature. */
#define MAX_TERMS 20000

/* Terms whose factors are kept from one horizon to the next. */
#define TERMS_KEPT 255

/* Horizons whose sums are computed together. */
#define HORIZONS_AT_ONCE 12

/* What depends on x alone: computed once for each run of equal x. */
typedef struct PerCount
{
	double		constant;
	double		log_odds;		/* ln(a / (b + first + x - 1)) */
	double		d_r;
	double		d_a;
	double		d_b;
} PerCount;

static void
per_count(const BuyTillDie *m, double x, PerCount *out)
{
	double		ab = m->a + m->b;
	double		bx = m->b + m->first + x;

	out->constant = clt_log_rising(m->r, x) + m->r * log(m->alpha);
	/* ln B(a, b + first + x) / B(a, b) */
	out->constant += clt_log_rising(m->b, m->first + x) - clt_log_rising(ab, m->first + x);
	out->log_odds = x + m->first > 0 ? log(m->a) - log(m->b + (m->first + x - 1)) : -INFINITY;
	out->d_r = clt_digamma(m->r + x) - clt_digamma(m->r) + log(m->alpha);
	out->d_a = clt_digamma(ab) - clt_digamma(m->a + bx);
	out->d_b = out->d_a + clt_digamma(bx) - clt_digamma(m->b);
}

double
clt_btd_log_likelihood(const BuyTillDie *m, const Customer *c, size_t n,
					   double gradient[4])
{
	double		total = 0,
				d_r = 0,
				d_alpha = 0,
				d_a = 0,
				d_b = 0;
	PerCount	per = {0};
	double		seen = -1,
				seen_T = -1,
				log_T = 0,
				inverse_T = 0;

	for (size_t i = 0; i < n; i++)
	{
		double		x = c[i].x,
					weight = (double) c[i].weight;
		double		rx = m->r + x;
		double		log_t,
					u,
					gone;		/* probability that he has left */

		if (x != seen)
		{
			per_count(m, x, &per);
			seen = x;
		}

		/* sorted by x and then T, customers of one age follow each other */
		if (c[i].T != seen_T)
		{
			seen_T = c[i].T;
			log_T = log(m->alpha + seen_T);
			inverse_T = 1 / (m->alpha + seen_T);
		}
		if (per.log_odds == -INFINITY)
		{
			total += weight * (per.constant - rx * log_T);
			d_r += weight * (per.d_r - log_T);
			d_alpha -= weight * rx * inverse_T;
			d_a += weight * per.d_a;
			d_b += weight * per.d_b;
			continue;
		}
		log_t = log(m->alpha + c[i].t_x);
		u = per.log_odds + rx * (log_T - log_t);
		if (u > 0)
		{
			double		e = exp(-u);

			gone = 1 / (1 + e);
			total += weight * (per.constant - rx * log_T + u + log1p(e));
		}
		else
		{
			double		e = exp(u);

			gone = e / (1 + e);
			total += weight * (per.constant - rx * log_T + log1p(e));
		}
		d_r += weight * (per.d_r - (1 - gone) * log_T - gone * log_t);
		d_alpha -= weight * rx * ((1 - gone) * inverse_T + gone / (m->alpha + c[i].t_x));
		d_a += weight * (per.d_a + gone / m->a);
		d_b += weight * (per.d_b - gone / (m->b + (m->first + x - 1)));
	}

	/* r/alpha belongs to every customer */
	for (size_t i = 0; i < n; i++)
		d_alpha += (double) c[i].weight * m->r / m->alpha;
	gradient[0] += d_r * m->r;
	gradient[1] += d_alpha * m->alpha;
	gradient[2] += d_a * m->a;
	gradient[3] += d_b * m->b;
	return total;
}

/* What the second derivatives depend on x alone for. */
typedef struct SecondPerCount
{
	PerCount	first;
	double		rr;
	double		aa;				/* ab is the same */
	double		bb;
} SecondPerCount;

static void
second_per_count(const BuyTillDie *m, double x, SecondPerCount *out)
{
	double		ab = clt_trigamma(m->a + m->b);
	double		bx = m->b + m->first + x;

	per_count(m, x, &out->first);
	out->rr = clt_trigamma(m->r + x) - clt_trigamma(m->r);
	out->aa = ab - clt_trigamma(m->a + bx);
	out->bb = out->aa + clt_trigamma(bx) - clt_trigamma(m->b);
}

/*
 * With u the logarithm of the odds of having left, the log-likelihood is
 * K(x) - (r + x) ln(alpha + T) + ln(1 + e^u), and the second derivatives of
 * its last term are p u'' + p (1 - p) u' u', p = 1 / (1 + e^-u).
 */
void
clt_btd_hessian(const BuyTillDie *m, const Customer *c, size_t n, double hessian[4][4])
{
	const double parameter[4] = {m->r, m->alpha, m->a, m->b};
	double		sum[4][4] = {{0}};
	double		gradient[4] = {0};
	SecondPerCount per = {0};
	double		seen = -1;

	(void) clt_btd_log_likelihood(m, c, n, gradient);
	for (size_t i = 0; i < n; i++)
	{
		double		x = c[i].x,
					weight = (double) c[i].weight;
		double		rx = m->r + x;
		double		at_T = 1 / (m->alpha + c[i].T),
					at_t = 1 / (m->alpha + c[i].t_x);
		double		log_ratio,
					u,
					p,
					d[4];

		if (x != seen)
		{
			second_per_count(m, x, &per);
			seen = x;
		}
		sum[0][0] += weight * per.rr;
		sum[0][1] += weight * (1 / m->alpha - at_T);
		sum[1][1] += weight * (rx * at_T * at_T - m->r / (m->alpha * m->alpha));
		sum[2][2] += weight * per.aa;
		sum[2][3] += weight * per.aa;
		sum[3][3] += weight * per.bb;
		if (per.first.log_odds == -INFINITY)
			continue;

		log_ratio = log(at_t / at_T);
		u = per.first.log_odds + rx * log_ratio;
		p = 1 / (1 + exp(-u));
		d[0] = log_ratio;
		d[1] = rx * (at_T - at_t);
		d[2] = 1 / m->a;
		d[3] = -1 / (m->b + (m->first + x - 1));
		sum[0][1] += weight * p * (at_T - at_t);
		sum[1][1] -= weight * p * rx * (at_T * at_T - at_t * at_t);
		sum[2][2] -= weight * p * d[2] * d[2];
		sum[3][3] += weight * p * d[3] * d[3];
		for (int j = 0; j < 4; j++)
			for (int k = j; k < 4; k++)
				sum[j][k] += weight * p * (1 - p) * d[j] * d[k];
	}
	for (int j = 0; j < 4; j++)
		for (int k = j; k < 4; k++)
		{
			double		by_logs = sum[j][k] * parameter[j] * parameter[k] + (j == k ? gradient[j] : 0);

			hessian[j][k] += by_logs;
			if (j != k)
				hessian[k][j] += by_logs;
		}
}

double
clt_btd_p_alive(const BuyTillDie *m, double x, double t_x, double T)
{
	double		u;

	if (x + m->first == 0)
		return 1;
	u = log(m->a) - log(m->b + (m->first + x - 1)) +
		(m->r + x) * log1p((T - t_x) / (m->alpha + t_x));
	return 1 / (1 + exp(u));
}

/* The survivors' sum as an integral over p, for sums too long. */
typedef struct ThinnedArg
{
	double		a;
	double		B;
	double		shape;
	double		ratio;			/* t / (alpha + T) */
} ThinnedArg;

static double
thinned(double log_p, double log_q, void *arg)
{
	const ThinnedArg *t = arg;
	double		rate = exp(log_p) * t->ratio;
	double		log_bought;		/* ln((1 - (1 + rate)^-shape) / p), about
								 * ln(shape ratio) for small rates */

	log_bought = rate * t->shape > 1e-17 ? log(-expm1(-t->shape * log1p(rate))) - log_p
		: log(t->ratio) + log(t->shape);
	return t->a * log_p + t->B * log_q + log_bought;
}

/* The sums of one customer, whatever the horizon. */
typedef struct Survivors
{
	double		a;
	double		B;
	double		shape;
	int			needed;			/* terms of the last sum that kept them; 0:
								 * too many, or too large */
	double		term[TERMS_KEPT + 1];	/* P(N = n) / P(N = 0) W_n / z^n */
} Survivors;

static void
survivors_init(Survivors *s, const BuyTillDie *m, double x)
{
	s->a = m->a;
	s->B = m->b + m->first + x;
	s->shape = m->r + x;
	s->needed = 0;
}

/*
 * sum_{k>=1} w_k P(N >= k); see the head of the file.
 *
 * The terms fall at last by a factor of nearly z each.  The sum stops when the
 * rest, bounded by a geometric series, cannot change its last digit.
 */
static inline __attribute__((always_inline))
double
survivors_sum(Survivors *s, double ratio, bool keep)
{
	double		a = s->a,
				B = s->B,
				shape = s->shape;
	double		z = ratio / (1 + ratio);
	double		log_p0 = -shape * log1p(ratio);
	double		mean = shape * ratio;
	double		p,
				w = 1,
				W = 0,
				sum = 0,
				product = 1,
				scale;

	if (keep)
		s->needed = 0;
	if (!(ratio > 0))
		return 0;
	/* the mean and twelve deviations */
	if (mean + 40 * (1 + ratio) > MAX_TERMS / 2 && mean + 12 * sqrt(mean * (1 + ratio)) + 40 * (1 + ratio) > MAX_TERMS)
	{
		ThinnedArg	arg = {a, B, shape, ratio};

		return exp(clt_log_integral_unit(thinned, &arg) - clt_lgamma(a) - clt_lgamma(B) + clt_lgamma(a + B));
	}

	/*
	 * p carries P(N = n) / exp(scale): it starts at P(N = 0), or at 1 where
	 * that would underflow, and is pulled down when it grows large.
	 */
	scale = log_p0 < -600 ? log_p0 : 0;
	p = exp(log_p0 - scale);
	for (double n = 1;; n++)
	{
		double		odds = a + B + (n - 1);
		double		both = 1 / (n * odds);	/* one division, not two */
		double		inverse = both * odds;
		double		step = (shape + n - 1) * inverse;
		double		falling;

		p *= z * step;
		W += w;
		w *= (B + (n - 1)) * n * both;
		if (keep && n <= TERMS_KEPT)
		{
			product *= step;
			s->term[(int) n] = product * W;
		}
		sum += p * W;
		if (p > 1e250)
		{
			p *= 1e-250;
			sum *= 1e-250;
			scale += 250 * M_LN10;
		}

		/*
		 * from here on terms shrink at least by this factor: W grows by less
		 * than 1/n
		 */
		falling = z * (shape + n) * inverse * (1 + inverse);
		/* a sum of nothing but underflows is none */
		if (falling < 1 && p * W * falling <= 1e-17 * sum * (1 - falling))
		{
			if (keep && n <= TERMS_KEPT && log_p0 >= -600 && isfinite(s->term[(int) n]))
				s->needed = (int) n;
			break;
		}
	}
	return sum * exp(scale);
}

/*
 * The same for several horizons, none above that of the last sum, whose terms
 * are enough for them: it is P(N = 0) times a polynomial in z.
 */
static void
survivors_polynomial(const Survivors *s, const double *ratio, int n, double *sums)
{
	double		z[HORIZONS_AT_ONCE] = {0};
	double		sum[HORIZONS_AT_ONCE] = {0};

	for (int i = 0; i < n; i++)
		z[i] = ratio[i] / (1 + ratio[i]);
	for (int k = s->needed; k > 0; k--)
	{
		double		term = s->term[k];

		/* so many that the additions need not wait for each other */
		for (int i = 0; i < HORIZONS_AT_ONCE; i++)
			sum[i] = (sum[i] + term) * z[i];
	}
	for (int i = 0; i < n; i++)
		sums[i] = sum[i] * exp(-s->shape * log1p(ratio[i]));
}

void
clt_btd_expected(const BuyTillDie *m, const double *t, int n, double x, double t_x, double T, double *expected)
{
	double		alive = clt_btd_p_alive(m, x, t_x, T);
	double		ratio[HORIZONS_AT_ONCE];
	Survivors	s;

	survivors_init(&s, m, x);
	for (int from = 0; from < n; from += HORIZONS_AT_ONCE)
	{
		int			some = n - from < HORIZONS_AT_ONCE ? n - from : HORIZONS_AT_ONCE;
		int			longest = 0;

		for (int i = 0; i < some; i++)
		{
			ratio[i] = t[from + i] / (m->alpha + T);
			longest = ratio[i] > ratio[longest] ? i : longest;
		}
		if (some > 1)
			expected[from + longest] = survivors_sum(&s, ratio[longest], true);
		else
			expected[from + longest] = survivors_sum(&s, ratio[longest], false);
		if (some > 1 && s.needed > 0)
			survivors_polynomial(&s, ratio, some, expected + from);
		else
		{
			for (int i = 0; i < some; i++)
			{
				if (i != longest)
					expected[from + i] = survivors_sum(&s, ratio[i], false);
			}
		}
		for (int i = 0; i < some; i++)
			expected[from + i] *= alive;
	}
}

/* P(N > n), an incomplete beta function, as an integral over f = p / z, where sums would be long. */
typedef struct TailArg
{
	double		n;
	double		shape;
	double		log_z;
	double		log_rest;		/* ln(1 - z) */
} TailArg;

static double
beyond(double log_f, double log_g, void *arg)
{
	const TailArg *t = arg;

	return t->n * (t->log_z + log_f) + (t->shape - 1) * clt_logaddexp(t->log_rest, t->log_z + log_g) + log_f + log_g;
}

double
clt_btd_probability(const BuyTillDie *m, int n, double t, double x, double t_x, double T)
{
	double		alive = clt_btd_p_alive(m, x, t_x, T);
	double		shape = m->r + x;
	double		B = m->b + m->first + x;
	double		ratio = t / (m->alpha + T);
	double		z = ratio / (1 + ratio);
	double		log_w,
				p,
				tail;

	if (!(ratio > 0))
		return n == 0 ? 1 : 0;
	if (n == 0)
		return 1 - alive * -expm1(-shape * log1p(ratio));

	/*
	 * w_n, then the event "bought n times, and left or stopped" as a sum of
	 * positive terms
	 */
	log_w = clt_log_rising(B, n - 1) - clt_log_rising(m->a + B, n - 1);
	p = exp(clt_log_rising(shape, n) - clt_lgamma(n + 1.0) - n * log1p(1 / ratio) - shape * log1p(ratio));

	tail = p;
	if (n > MAX_TERMS || 45 * (1 + ratio) > MAX_TERMS)
	{
		TailArg		arg = {n, shape, -log1p(1 / ratio), -log1p(ratio)};

		tail = exp(clt_log_integral_unit(beyond, &arg) + arg.log_z +
				   clt_log_rising(shape, n + 1.0) - clt_lgamma(n + 1.0));
	}
	else if (n < shape * ratio)
	{
		/*
		 * left of the mean: P(N >= n + 1) is what is not in P(N <= n), and
		 * not small
		 */
		double		term = p;

		for (double k = n; k > 0 && term > 1e-18 * tail; k--)
		{
			term *= k / (z * (shape + k - 1));
			tail += term;
		}
		tail = fmax(0, 1 - tail);
	}
	else
	{
		double		term = p;

		tail = 0;
		for (double k = n + 1;; k++)
		{
			double		factor = z * (shape + k - 1) / k;

			term *= factor;
			tail += term;
			if (factor < 1 && term * factor <= 1e-17 * tail * (1 - factor))
				break;
		}
	}
	return alive * exp(log_w) * (p + tail * m->a / (m->a + B + (n - 1)));
}

double
clt_btd_next(const BuyTillDie *m, double q, double x, double t_x, double T)
{
	double		alive = clt_btd_p_alive(m, x, t_x, T);

	if (q <= 0)
		return 0;
	if (q >= alive)
		return INFINITY;
	return (m->alpha + T) * expm1(-log1p(-q / alive) / (m->r + x));
}

typedef struct DiscountArg
{
	Survivors	survivors;
	double		delta;
	double		scale;			/* alpha + T */
} DiscountArg;

/* delta e^(-delta t) E[Y(t) | alive]: integration by parts of e^(-delta t) dE */
static double
discounted(double t, void *arg)
{
	DiscountArg *d = arg;
	double		expected;

	/* e^-750 is 0, and the longest sums are the latest */
	if (d->delta * t > 750)
		return -INFINITY;
	expected = survivors_sum(&d->survivors, t / d->scale, false);
	return expected > 0 ? log(d->delta) - d->delta * t + log(expected) : -INFINITY;
}

double
clt_btd_discounted(const BuyTillDie *m, double delta, double x, double t_x, double T)
{
	DiscountArg arg;

	survivors_init(&arg.survivors, m, x);
	arg.delta = delta;
	arg.scale = m->alpha + T;
	return clt_btd_p_alive(m, x, t_x, T) *
		exp(clt_log_integral_to_infinity(discounted, &arg, 1 / delta));
}
