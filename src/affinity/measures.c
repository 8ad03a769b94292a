/*
 * measures.c
 *		Interestingness measures of a pair (or a rule) from its four counts.
 *
 * Numerators such as n*nxy - nx*ny are taken in 128-bit integers: in floating
 * point they cancel, and in 64 bits they overflow at a few billion baskets.
 *
 * Edge cases, which packages treat differently, are settled here once:
 * conviction of a rule that never fails is infinite, unless the consequent is
 * in every basket, when it is undefined; Zhang's measure with a denominator of
 * zero is zero; phi, chi-squared and odds ratio of an item that is in every
 * basket are undefined.
 */
#include <math.h>
#include <string.h>

#include "affinity/measures.h"

static const char *const measure_names[CLT_M_COUNT] = {
	"pair_count", "support", "confidence", "reverse_confidence", "lift",
	"leverage", "conviction", "zhang", "jaccard", "cosine", "kulczynski",
	"imbalance", "phi", "odds_ratio", "log_likelihood_ratio", "chi_squared",
	"p_value", "log10_p_value"
};

static const struct
{
	const char *alias;
	int			measure;
}			measure_aliases[] = {
	{"count", CLT_M_PAIR_COUNT},
	{"llr", CLT_M_LOG_LIKELIHOOD_RATIO},
	{"log_likelihood", CLT_M_LOG_LIKELIHOOD_RATIO},
	{"chi2", CLT_M_CHI_SQUARED},
	{"imbalance_ratio", CLT_M_IMBALANCE},
	{"p", CLT_M_P_VALUE},
	{"log10_p", CLT_M_LOG10_P_VALUE}
};

int
clt_measure_by_name(const char *name)
{
	size_t		i;

	for (i = 0; i < CLT_M_COUNT; i++)
		if (strcmp(name, measure_names[i]) == 0)
			return (int) i;
	for (i = 0; i < sizeof(measure_aliases) / sizeof(measure_aliases[0]); i++)
		if (strcmp(name, measure_aliases[i].alias) == 0)
			return measure_aliases[i].measure;
	return -1;
}

uint64_t
clt_count_from_share(double share, uint64_t n)
{
	double		exact = share * (double) n;
	double		up = ceil(exact - 1e-9 * (exact > 1 ? exact : 1));

	return up <= 0 ? 0 : (uint64_t) up;
}

/* n*nxy - nx*ny, exact until it becomes a double. */
static double
association(const CltPairCounts *c)
{
	__int128	d = (__int128) c->n * c->nxy - (__int128) c->nx * c->ny;

	return (double) d;
}

/* ln(k!) minus Stirling's formula for it: the small remainder. */
static double
stirling_error(double k)
{
	static const double small[16] = {
		0.0,
		0.08106146679532725822, 0.04134069595540929409, 0.02767792568499833915,
		0.02079067210376509311, 0.01664469118982119216, 0.01387612882307074800,
		0.01189670994589177010, 0.01041126526197209650, 0.00925546218271273292,
		0.00833056343336287126, 0.00757367548795184079, 0.00694284010720952987,
		0.00640899418800420707, 0.00595137011275884774, 0.00555473355196280137
	};
	double		r;

	if (k < 16)
		return small[(int) k];
	r = 1 / (k * k);
	return (1.0 / 12 - (1.0 / 360 - (1.0 / 1260 - (1.0 / 1680 - r / 1188) * r) * r) * r) / k;
}

/* x ln(x/m) + m - x without cancellation near x = m. */
static double
deviance(double x, double m)
{
	double		d = x - m;

	if (fabs(d) < 0.1 * (x + m))
	{
		double		v = d / (x + m);
		double		sum = d * v;
		double		term = 2 * x * v;
		double		vv = v * v;
		int			j;

		for (j = 1; j < 1000; j++)
		{
			double		next;

			term *= vv;
			next = sum + term / (2 * j + 1);
			if (next == sum)
				break;
			sum = next;
		}
		return sum;
	}
	return x * log(x / m) + m - x;
}

/* ln of the binomial probability of x out of n, q = 1 - p. */
static double
log_binomial(double x, double n, double p, double q)
{
	const double two_pi = 6.283185307179586476925;

	if (x == 0)
	{
		if (n == 0)
			return 0;
		return p < 0.1 ? -deviance(n, n * q) - n * p : n * log(q);
	}
	if (x == n)
		return q < 0.1 ? -deviance(n, n * p) - n * q : n * log(p);
	return stirling_error(n) - stirling_error(x) - stirling_error(n - x)
		- deviance(x, n * p) - deviance(n - x, n * q)
		- 0.5 * log(two_pi * x * ((n - x) / n));
}

/*
 * ln P(H = k): of n baskets, nx hold X; ny are drawn, k of them hold X. As a
 * quotient of three binomials with the same p the large factorials never meet.
 */
static double
log_hypergeometric(uint64_t k, uint64_t n, uint64_t nx, uint64_t ny)
{
	double		p,
				q;

	if (ny == 0 || nx == 0 || ny == n || nx == n)
		return 0;				/* one outcome only, and k is it */
	p = (double) ny / (double) n;
	q = (double) (n - ny) / (double) n;
	return log_binomial((double) k, (double) nx, p, q)
		+ log_binomial((double) (ny - k), (double) (n - nx), p, q)
		- log_binomial((double) ny, (double) n, p, q);
}

/* The same to the last bit whichever item is called x. */
double
clt_log_p_greater(const CltPairCounts *c)
{
	uint64_t	fewer = c->nx < c->ny ? c->nx : c->ny;
	uint64_t	more = c->nx < c->ny ? c->ny : c->nx;
	uint64_t	low = c->nx + c->ny > c->n ? c->nx + c->ny - c->n : 0;
	uint64_t	high = fewer;
	double		n = (double) c->n,
				nx = (double) fewer,
				ny = (double) more;
	double		first,
				sum = 1,
				term = 1;
	double		k;

	if (c->nxy <= low)
		return 0;
	if (c->nxy > high)
		return -INFINITY;

	if ((double) c->nxy * n > nx * ny)
	{
		/* Above the mean the terms fall: sum upwards from the first. */
		first = log_hypergeometric(c->nxy, c->n, fewer, more);
		for (k = (double) c->nxy; k < (double) high; k++)
		{
			term *= ((nx - k) * (ny - k)) / ((k + 1) * (n - nx - ny + k + 1));
			sum += term;
			if (term < 1e-18 * sum)
				break;
		}
		first += log(sum);
		return first > 0 ? 0 : first;
	}

	/* Otherwise the other tail is the small one. */
	first = log_hypergeometric(c->nxy - 1, c->n, fewer, more);
	for (k = (double) (c->nxy - 1); k > (double) low; k--)
	{
		term *= (k * (n - nx - ny + k)) / ((nx - k + 1) * (ny - k + 1));
		sum += term;
		if (term < 1e-18 * sum)
			break;
	}
	first = exp(first) * sum;
	return first >= 1 ? -INFINITY : log1p(-first);
}

/* o ln(o/e), where e = rows * columns / n. */
static double
g_term(double o, double rows, double columns, double n)
{
	return o > 0 ? o * log(o * n / (rows * columns)) : 0;
}

/* The same to the last bit whichever item is called x. */
static double
log_likelihood_ratio(const CltPairCounts *c)
{
	uint64_t	larger = c->nx > c->ny ? c->nx : c->ny;
	uint64_t	smaller = c->nx > c->ny ? c->ny : c->nx;
	double		n = (double) c->n,
				nx = (double) larger,
				ny = (double) smaller,
				a = (double) c->nxy,
				zx = (double) (c->n - larger),
				zy = (double) (c->n - smaller),
				d = (double) (c->n - c->nx - c->ny + c->nxy);
	double		delta = association(c) / n;
	double		g;

	/*
	 * With every observed count close to its expected one the four terms
	 * cancel to the second order; sum the deviances, which do not.
	 */
	if (fabs(delta) * n < 0.05 * nx * ny && fabs(delta) * n < 0.05 * zx * zy &&
		fabs(delta) * n < 0.05 * nx * zy && fabs(delta) * n < 0.05 * zx * ny)
		g = deviance(a, nx * ny / n) + deviance(nx - a, nx * zy / n) +
			deviance(ny - a, zx * ny / n) + deviance(d, zx * zy / n);
	else
		g = g_term(a, nx, ny, n) + g_term(nx - a, nx, zy, n) +
			g_term(ny - a, zx, ny, n) + g_term(d, zx, zy, n);
	return g > 0 ? 2 * g : 0;
}

static double
zhang(const CltPairCounts *c)
{
	double		numerator = association(c);
	double		left = (double) c->nxy * (double) (c->n - c->nx);
	double		right = (double) c->nx * (double) (c->ny - c->nxy);
	double		denominator = left > right ? left : right;

	return denominator > 0 ? numerator / denominator : 0;
}

bool
clt_measure(int measure, const CltPairCounts *c, double *value)
{
	double		n = (double) c->n,
				nx = (double) c->nx,
				ny = (double) c->ny,
				a = (double) c->nxy;
	double		x;

	if (c->n == 0 || c->nx == 0 || c->ny == 0)
		return false;
	switch (measure)
	{
		case CLT_M_PAIR_COUNT:
			*value = a;
			return true;
		case CLT_M_SUPPORT:
			*value = a / n;
			return true;
		case CLT_M_CONFIDENCE:
			*value = a / nx;
			return true;
		case CLT_M_REVERSE_CONFIDENCE:
			*value = a / ny;
			return true;
		case CLT_M_LIFT:
			*value = a * n / (nx * ny);
			return true;
		case CLT_M_LEVERAGE:
			*value = association(c) / (n * n);
			return true;
		case CLT_M_CONVICTION:
			if (c->ny == c->n)
				return false;
			if (c->nx == c->nxy)
				*value = INFINITY;
			else
				*value = nx * (n - ny) / (n * (nx - a));
			return true;
		case CLT_M_ZHANG:
			*value = zhang(c);
			return true;
		case CLT_M_JACCARD:
			*value = a / (nx + ny - a);
			return true;
		case CLT_M_COSINE:
			*value = a / sqrt(nx * ny);
			return true;
		case CLT_M_KULCZYNSKI:
			*value = 0.5 * (a / nx + a / ny);
			return true;
		case CLT_M_IMBALANCE:
			*value = fabs(nx - ny) / (nx + ny - a);
			return true;
		case CLT_M_PHI:
			if (c->nx == c->n || c->ny == c->n)
				return false;
			*value = association(c) / (sqrt(nx * (n - nx)) * sqrt(ny * (n - ny)));
			return true;
		case CLT_M_ODDS_RATIO:
			if (c->nx == c->n || c->ny == c->n)
				return false;
			x = (nx - a) * (ny - a);
			if (x == 0)
			{
				if (a == 0 || n - nx - ny + a == 0)
					return false;
				*value = INFINITY;
			}
			else
				*value = a * (n - nx - ny + a) / x;
			return true;
		case CLT_M_LOG_LIKELIHOOD_RATIO:
			*value = log_likelihood_ratio(c);
			return true;
		case CLT_M_CHI_SQUARED:
			if (c->nx == c->n || c->ny == c->n)
				return false;
			x = association(c);
			*value = (x / (nx * ny)) * (x / ((n - nx) * (n - ny))) * n;
			return true;
		case CLT_M_P_VALUE:
			*value = exp(clt_log_p_greater(c));
			return true;
		case CLT_M_LOG10_P_VALUE:
			*value = clt_log_p_greater(c) / 2.302585092994045684018;
			return true;
		default:
			return false;
	}
}
