/*
 * psi.c
 *	  psi(): how far one population has drifted from another, by the points of
 *	  their distributions that rfm_bins keeps.
 */
#include "postgres.h"

#include <math.h>

#include "core/clientele.h"
#include "funcapi.h"
#include "rfm/bins.h"

/* Shares below this count as this in psi(), which has no value for an empty class. */
#define LEAST_SHARE 0.0001

/*
 * How many customers of a profile lie below value (or_equal: or on it).
 * Between two known points the customers are taken to be spread evenly.
 */
static double
customers_below(const BinsParts *parts, int d, CltInt128 value, int scale, bool or_equal)
{
	const RfmPoint *p = parts->points[d];
	int			own = parts->set.scale[d];

	if (value == CLT_RFM_NO_CUT)
		return (double) parts->customers;
	for (int i = 0; i < parts->npoints[d]; i++)
	{
		CltInt128	at = clt_rfm_wide_get(&p[i].value);
		int			order = clt_decimal_compare(value, scale, at, own);

		if (order == 0)
			return or_equal ? p[i].upto : p[i].below;
		if (order < 0)
		{
			CltInt128	before;
			double		fraction;

			if (i == 0)
				return 0;
			before = clt_rfm_wide_get(&p[i - 1].value);

			/*
			 * points ascend: their difference is exact, and fits without a
			 * sign
			 */
			fraction = ((double) value / pow(10, scale) - (double) before / pow(10, own)) /
				((double) ((unsigned __int128) at - (unsigned __int128) before) / pow(10, own));
			return p[i - 1].upto + fraction * ((double) p[i].below - p[i - 1].upto);
		}
	}
	return (double) parts->customers;
}

static double
share_of_class(const BinsParts *parts, int d, const RfmCutSet *cuts, int class)
{
	bool		strict = clt_rfm_cut_is_strict(cuts->rule, d == CLT_R);
	double		from = class == 0 ? 0 :
	customers_below(parts, d, cuts->cuts[d][class - 1], cuts->scale[d], strict);
	double		to = class == cuts->bins - 1 ? (double) parts->customers :
	customers_below(parts, d, cuts->cuts[d][class], cuts->scale[d], strict);

	return Max((to - from) / (double) parts->customers, LEAST_SHARE);
}

/*
 * clt_rfm_bins_psi returns the population stability index of each dimension:
 * the classes are those of the first value, the two populations are those
 * that the values were made from.
 */
CLT_FUNCTION_INFO_V1(clt_rfm_bins_psi);
Datum
clt_rfm_bins_psi(PG_FUNCTION_ARGS)
{
	BinsParts	expected;
	BinsParts	actual;
	TupleDesc	desc;
	Datum		values[CLT_RFM_DIMENSIONS];
	bool		nulls[CLT_RFM_DIMENSIONS] = {false, false, false};

	clt_rfm_bins_unpack_all(PG_GETARG_RFM_BINS_P(0), &expected);
	clt_rfm_bins_unpack_all(PG_GETARG_RFM_BINS_P(1), &actual);
	if (expected.set.nested)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("psi is not defined for nested bins"),
				 errhint("Compare counts of scores: psi(bigint[], bigint[]).")));
	if (expected.customers == 0 || actual.customers == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("bins made from thresholds have no customers to compare"),
				 errhint("Use bins made by rfm_bins_agg.")));
	desc = clt_row_to_return(fcinfo);
	for (int d = 0; d < CLT_RFM_DIMENSIONS; d++)
	{
		double		psi = 0;

		for (int class = 0; class < expected.set.bins; class++)
		{
			double		a = share_of_class(&expected, d, &expected.set, class);
			double		b = share_of_class(&actual, d, &expected.set, class);

			psi += (b - a) * log(b / a);
		}
		values[d] = Float8GetDatum(psi);
	}
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(desc, values, nulls)));
}
