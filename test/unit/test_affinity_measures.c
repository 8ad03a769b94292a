/*
 * Measures of a pair: edge cases, symmetry, and the exact test against sums
 * of binomial coefficients.
 */
#include "tap.h"

#include "affinity/measures.h"

static double
measure(int m, uint64_t n, uint64_t nx, uint64_t ny, uint64_t nxy)
{
	CltPairCounts c = {n, nx, ny, nxy};
	double		v = NAN;

	return clt_measure(m, &c, &v) ? v : NAN;
}

static double
choose(int n, int k)
{
	double		r = 1;
	int			i;

	if (k < 0 || k > n)
		return 0;
	for (i = 0; i < k; i++)
		r = r * (n - i) / (i + 1);
	return r;
}

/* P(H >= a) by the definition. */
static double
exact_p(int n, int nx, int ny, int a)
{
	double		sum = 0;
	int			k;

	for (k = a; k <= nx && k <= ny; k++)
		sum += choose(nx, k) * choose(n - nx, ny - k);
	return sum / choose(n, ny);
}

static void
test_exact_p(void)
{
	double		worst = 0;
	int			n,
				nx,
				ny,
				a;

	for (n = 1; n <= 34; n++)
		for (nx = 1; nx <= n; nx++)
			for (ny = 1; ny <= n; ny++)
				for (a = nx + ny > n ? nx + ny - n : 0; a <= nx && a <= ny; a++)
				{
					double		want = exact_p(n, nx, ny, a);
					double		got = measure(CLT_M_P_VALUE, n, nx, ny, a);
					double		error = fabs(got - want) / want;

					if (!(error <= worst))
						worst = error;
				}
	ok(worst < 1e-12, "hypergeometric tail equals its definition up to n = 34 (worst relative error %.1e)", worst);
}

static void
test_groceries(void)
{
	/* Computed by scipy for two items of the Groceries data. */
	is_near(measure(CLT_M_LIFT, 9835, 580, 924, 99), 1.8168103448275863, 1e-14, "lift");
	is_near(measure(CLT_M_LEVERAGE, 9835, 580, 924, 99), 0.0045255614435336074, 1e-16, "leverage");
	is_near(measure(CLT_M_CONVICTION, 9835, 580, 924, 99), 1.0925340889753701, 1e-14, "conviction");
	is_near(measure(CLT_M_ZHANG, 9835, 580, 924, 99), 0.4777597694939672, 1e-14, "zhang");
	is_near(measure(CLT_M_JACCARD, 9835, 580, 924, 99), 0.070462633451957302, 1e-15, "jaccard");
	is_near(measure(CLT_M_COSINE, 9835, 580, 924, 99), 0.13523378771557601, 1e-15, "cosine");
	is_near(measure(CLT_M_KULCZYNSKI, 9835, 580, 924, 99), 0.13891625615763548, 1e-15, "kulczynski");
	is_near(measure(CLT_M_IMBALANCE, 9835, 580, 924, 99), 0.24483985765124555, 1e-15, "imbalance");
	is_near(measure(CLT_M_PHI, 9835, 580, 924, 99), 0.065844541585877076, 1e-15, "phi");
	is_near(measure(CLT_M_ODDS_RATIO, 9835, 580, 924, 99), 2.1031185031185031, 1e-14, "odds ratio");
	is_near(measure(CLT_M_CHI_SQUARED, 9835, 580, 924, 99), 42.639678463195004, 1e-11, "chi-squared");
	is_near(measure(CLT_M_LOG_LIKELIHOOD_RATIO, 9835, 580, 924, 99), 35.639537357783411, 1e-10, "log-likelihood ratio");
	is_near(measure(CLT_M_P_VALUE, 9835, 580, 924, 99) / 1.5840769666856398e-09, 1, 1e-9, "exact p");
	is_near(measure(CLT_M_LOG10_P_VALUE, 100000, 594, 1080, 190), -222.58881259935364, 1e-9, "log10 p far out");
}

static void
test_edges(void)
{
	ok(isinf(measure(CLT_M_CONVICTION, 100, 10, 50, 10)), "a rule that never fails has infinite conviction");
	ok(isnan(measure(CLT_M_CONVICTION, 100, 10, 100, 10)), "conviction is undefined when the consequent is everywhere");
	ok(isnan(measure(CLT_M_PHI, 100, 10, 100, 10)), "phi is undefined when an item is everywhere");
	ok(isnan(measure(CLT_M_CHI_SQUARED, 100, 100, 10, 10)), "so is chi-squared");
	ok(measure(CLT_M_ZHANG, 100, 100, 100, 100) == 0, "Zhang's measure without denominator is zero");
	ok(isinf(measure(CLT_M_ODDS_RATIO, 100, 10, 50, 10)), "odds ratio with an empty cell is infinite");
	ok(measure(CLT_M_P_VALUE, 100, 100, 100, 100) == 1, "p of the only possible outcome is one");
	ok(isnan(measure(CLT_M_LIFT, 0, 0, 0, 0)), "nothing is defined without baskets");
	is_near(measure(CLT_M_LEVERAGE, UINT64_C(4000000000), UINT64_C(2000000000), UINT64_C(2000000000),
					UINT64_C(1000000001)), 2.5e-10, 1e-24, "leverage does not cancel at four billion baskets");
	ok(measure(CLT_M_LOG_LIKELIHOOD_RATIO, 1000000, 1000, 1000, 1) < 1e-9, "independent items have no log-likelihood ratio");
	ok(measure(CLT_M_LOG_LIKELIHOOD_RATIO, 9835, 580, 924, 99) == measure(CLT_M_LOG_LIKELIHOOD_RATIO, 9835, 924, 580, 99),
	   "the log-likelihood ratio is the same both ways");
	ok(measure(CLT_M_LOG10_P_VALUE, 1000000, 50000, 50000, 50000) < -80000, "log10 p does not underflow");
}

static void
test_shares(void)
{
	ok(clt_count_from_share(0.01, 9835) == 99, "a share rounds up");
	ok(clt_count_from_share(0.1, 30) == 3, "but not for 0.1 being a little more than a tenth");
	ok(clt_count_from_share(0, 9835) == 0, "no share is no count");
	ok(clt_count_from_share(1, 9835) == 9835, "the whole is the whole");
}

static void
test_names(void)
{
	ok(clt_measure_by_name("pair_count") == CLT_M_PAIR_COUNT, "the first measure is found by its name");
	ok(clt_measure_by_name("log10_p_value") == CLT_M_LOG10_P_VALUE, "and so is the last");
	ok(clt_measure_by_name("llr") == CLT_M_LOG_LIKELIHOOD_RATIO, "short names are known");
	ok(clt_measure_by_name("") == -1 && clt_measure_by_name("lif") == -1, "others are not");
}

int
main(void)
{
	test_exact_p();
	test_groceries();
	test_edges();
	test_shares();
	test_names();
	return done();
}
