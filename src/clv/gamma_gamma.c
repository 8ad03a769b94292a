/*-------------------------------------------------------------------------
 *
 * gamma_gamma.c
 *	  Gamma-Gamma: likelihood with gradient, and expected value.
 *
 *-------------------------------------------------------------------------
 */
#include "clv/gamma_gamma.h"

#include "clv/special.h"

double
clt_gamma_gamma_log_likelihood(const GammaGamma *m, const Customer *c, size_t n,
							   double gradient[3])
{
	double		total = 0,
				d_p = 0,
				d_q = 0,
				d_v = 0;
	double		seen = -1,
				constant = 0,
				psi_both = 0,
				psi_px = 0;
	double		psi_q = clt_digamma(m->q),
				log_v = log(m->v);

	for (size_t i = 0; i < n; i++)
	{
		double		x = c[i].x,
					mean = c[i].t_x,
					weight = (double) c[i].weight;
		double		px = m->p * x;
		double		log_mean = log(mean),
					log_sum = log(x * mean + m->v);

		if (x != seen)
		{
			constant = clt_lgamma(px + m->q) - clt_lgamma(px) - clt_lgamma(m->q) + m->q * log_v + px * log(x);
			psi_both = clt_digamma(px + m->q);
			psi_px = clt_digamma(px);
			seen = x;
		}

		total += weight * (constant + (px - 1) * log_mean - (px + m->q) * log_sum);
		d_p += weight * x * (psi_both - psi_px + log_mean + log(x) - log_sum);
		d_q += weight * (psi_both - psi_q + log_v - log_sum);
		d_v += weight * (m->q / m->v - (px + m->q) / (x * mean + m->v));
	}
	gradient[0] += d_p * m->p;
	gradient[1] += d_q * m->q;
	gradient[2] += d_v * m->v;
	return total;
}

void
clt_gamma_gamma_hessian(const GammaGamma *m, const Customer *c, size_t n, double hessian[3][3])
{
	const double parameter[3] = {m->p, m->q, m->v};
	double		sum[3][3] = {{0}};
	double		gradient[3] = {0};
	double		seen = -1,
				both = 0,
				px = 0;
	double		only_q = clt_trigamma(m->q);

	(void) clt_gamma_gamma_log_likelihood(m, c, n, gradient);
	for (size_t i = 0; i < n; i++)
	{
		double		x = c[i].x,
					weight = (double) c[i].weight;
		double		at = 1 / (x * c[i].t_x + m->v);

		if (x != seen)
		{
			both = clt_trigamma(m->p * x + m->q);
			px = clt_trigamma(m->p * x);
			seen = x;
		}
		sum[0][0] += weight * x * x * (both - px);
		sum[0][1] += weight * x * both;
		sum[0][2] -= weight * x * at;
		sum[1][1] += weight * (both - only_q);
		sum[1][2] += weight * (1 / m->v - at);
		sum[2][2] += weight * ((m->p * x + m->q) * at * at - m->q / (m->v * m->v));
	}
	for (int j = 0; j < 3; j++)
		for (int k = j; k < 3; k++)
		{
			double		by_logs = sum[j][k] * parameter[j] * parameter[k] + (j == k ? gradient[j] : 0);

			hessian[j][k] += by_logs;
			if (j != k)
				hessian[k][j] += by_logs;
		}
}

double
clt_gamma_gamma_expected(const GammaGamma *m, double x, double mean)
{
	double		denominator = m->p * x + m->q - 1;

	if (!(denominator > 0))
		return INFINITY;
	return m->p * (m->v + x * mean) / denominator;
}
