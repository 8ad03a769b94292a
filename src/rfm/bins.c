/*-------------------------------------------------------------------------
 *
 * bins.c
 *	  Type rfm_bins: cut points as a value that can be stored, read, and used
 *	  tomorrow, so that a customer's label changes only if the customer does.
 *
 * Beside the cut points it keeps the number of customers they were found in
 * and, for each dimension, up to RFM_BINS_MAX_POINTS points of their
 * distribution (least, greatest, every sixteenth, and the cut points), from
 * which psi() tells how far another population has drifted.  Its size stays
 * under the 2 kB at which the server would put it out of line.
 *
 * Text form: rule:bins:customers;R;F;M;r;f;m with the cut points R F M joined
 * by commas and the points r f m as value@below-upto.  Recency is in days. A
 * rule with + after it is nested, * is a cut point that no value reaches.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "core/clientele.h"
#include "core/wire.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "rfm/rfm.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* The profile divides the customers into this many equal parts. */
#define PROFILE_PARTS 16

/* Shares below this count as this in psi(), which has no value for an empty class. */
#define LEAST_SHARE 0.0001

/* What the parser and the constructors fill before it is checked and packed. */
typedef struct BinsParts
{
	RfmCutSet	set;
	int64		customers;
	int			npoints[CLT_RFM_DIMENSIONS];
	RfmPoint	points[CLT_RFM_DIMENSIONS][RFM_BINS_MAX_POINTS];
} BinsParts;

/* ---- packing, unpacking, and the one validation ------------------------ */

static int
total_cuts(const RfmCutSet *set)
{
	int			n = 0;

	for (int d = 0; d < CLT_RFM_DIMENSIONS; d++)
		n += clt_rfm_groups(set, d) * (set->bins - 1);
	return n;
}

static const char *
broken_cuts(const RfmCutSet *set, int d)
{
	int			cuts = set->bins - 1;

	if (set->scale[d] < 0 || set->scale[d] > CLT_DECIMAL_MOST_PLACES)
		return "There are too many decimal places.";
	for (int i = 0; i < clt_rfm_groups(set, d) * cuts; i++)
	{
		if (i % cuts > 0 && set->cuts[d][i] < set->cuts[d][i - 1])
			return "Cut points must ascend (those of recency descend).";
	}
	return NULL;
}

static const char *
broken_points(const BinsParts *parts, int d)
{
	const RfmPoint *p = parts->points[d];
	int			n = parts->npoints[d];

	if ((n == 0) != (parts->customers == 0))
		return "There must be points of the distribution if and only if there are customers.";
	for (int i = 0; i < n; i++)
	{
		if (p[i].below >= p[i].upto)
			return "A point must have customers.";
		if (i == 0 ? p[i].below != 0 : p[i].below < p[i - 1].upto)
			return "The points' counts must ascend from zero.";
		if (i > 0 && clt_rfm_wide_get(&p[i].value) <= clt_rfm_wide_get(&p[i - 1].value))
			return "The points' values must ascend (those of recency descend).";
		if (i == n - 1 && p[i].upto != parts->customers)
			return "The last point must have all customers behind it.";
	}
	return NULL;
}

/* The rule that the parts break, or NULL. */
static const char *
broken_parts(const BinsParts *parts)
{
	const char *broken;

	if (parts->customers < 0 || parts->customers > PG_UINT32_MAX)
		return "The number of customers is out of range.";
	for (int d = 0; d < CLT_RFM_DIMENSIONS; d++)
	{
		if ((broken = broken_cuts(&parts->set, d)) != NULL ||
			(broken = broken_points(parts, d)) != NULL)
			return broken;
	}
	return NULL;
}

static RfmPoint *
points_of(const RfmBins *bins, int ncuts)
{
	return (RfmPoint *) (bins->data + ncuts);
}

static RfmBins *
pack(const BinsParts *parts)
{
	int			ncuts = total_cuts(&parts->set);
	int			npoints = parts->npoints[CLT_R] + parts->npoints[CLT_F] + parts->npoints[CLT_M];
	Size		size = offsetof(RfmBins, data) + ncuts * sizeof(RfmWide) + npoints * sizeof(RfmPoint);
	RfmBins    *bins = palloc0(size);
	RfmWide    *cut = bins->data;
	RfmPoint   *point = points_of(bins, ncuts);

	SET_VARSIZE(bins, size);
	bins->version = CLT_RFM_VERSION;
	bins->flags = parts->set.nested ? RFM_BINS_NESTED : 0;
	bins->rule = (uint8) parts->set.rule;
	bins->bins = (uint8) parts->set.bins;
	bins->customers = parts->customers;
	for (int d = 0; d < CLT_RFM_DIMENSIONS; d++)
	{
		int			n = clt_rfm_groups(&parts->set, d) * (parts->set.bins - 1);

		bins->scale[d] = (uint8) parts->set.scale[d];
		bins->npoints[d] = (uint8) parts->npoints[d];
		for (int i = 0; i < n; i++)
			clt_rfm_wide_set(cut++, parts->set.cuts[d][i]);
		memcpy(point, parts->points[d], parts->npoints[d] * sizeof(RfmPoint));
		point += parts->npoints[d];
	}
	return bins;
}

/* The cut points of a stored value, in the current memory context. */
void
clt_rfm_bins_unpack(const RfmBins *bins, RfmCutSet *set)
{
	const RfmWide *cut = bins->data;

	if (bins->version != CLT_RFM_VERSION || (bins->flags & ~RFM_BINS_NESTED) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("unsupported format %u of type %s", bins->version, "rfm_bins")));
	set->rule = (RfmRule) bins->rule;
	set->bins = bins->bins;
	set->nested = (bins->flags & RFM_BINS_NESTED) != 0;
	for (int d = 0; d < CLT_RFM_DIMENSIONS; d++)
	{
		int			n = clt_rfm_groups(set, d) * (set->bins - 1);

		set->scale[d] = bins->scale[d];
		set->cuts[d] = palloc(n * sizeof(CltInt128));
		for (int i = 0; i < n; i++)
			set->cuts[d][i] = clt_rfm_wide_get(cut++);
	}
}

static void
unpack_all(const RfmBins *bins, BinsParts *parts)
{
	const RfmPoint *point;

	clt_rfm_bins_unpack(bins, &parts->set);
	parts->customers = bins->customers;
	point = points_of(bins, total_cuts(&parts->set));
	for (int d = 0; d < CLT_RFM_DIMENSIONS; d++)
	{
		parts->npoints[d] = bins->npoints[d];
		memcpy(parts->points[d], point, bins->npoints[d] * sizeof(RfmPoint));
		point += bins->npoints[d];
	}
}

/* ---- text -------------------------------------------------------------- */

static void
append_value(StringInfo out, CltInt128 value, int dimension, int scale)
{
	char		buf[CLT_DECIMAL_BUFSIZE];

	if (value == CLT_RFM_NO_CUT)
		appendStringInfoChar(out, '*');
	else
	{
		clt_decimal_print(buf, dimension == CLT_R ? -value : value, scale);
		appendStringInfoString(out, buf);
	}
}

CLT_FUNCTION_INFO_V1(clt_rfm_bins_out);
Datum
clt_rfm_bins_out(PG_FUNCTION_ARGS)
{
	RfmBins    *bins = PG_GETARG_RFM_BINS_P(0);
	BinsParts	parts;
	StringInfoData out;

	unpack_all(bins, &parts);
	initStringInfo(&out);
	appendStringInfo(&out, "%s%s:%d:" INT64_FORMAT, clt_rfm_rule_name(parts.set.rule),
					 parts.set.nested ? "+" : "", parts.set.bins, parts.customers);
	for (int d = 0; d < CLT_RFM_DIMENSIONS; d++)
	{
		int			n = clt_rfm_groups(&parts.set, d) * (parts.set.bins - 1);

		for (int i = 0; i < n; i++)
		{
			appendStringInfoChar(&out, i == 0 ? ';' : ',');
			append_value(&out, parts.set.cuts[d][i], d, parts.set.scale[d]);
		}
	}
	for (int d = 0; d < CLT_RFM_DIMENSIONS; d++)
	{
		appendStringInfoChar(&out, ';');
		for (int i = 0; i < parts.npoints[d]; i++)
		{
			RfmPoint   *p = &parts.points[d][i];

			if (i > 0)
				appendStringInfoChar(&out, ',');
			append_value(&out, clt_rfm_wide_get(&p->value), d, parts.set.scale[d]);
			appendStringInfo(&out, "@%u-%u", p->below, p->upto);
		}
	}
	PG_RETURN_CSTRING(out.data);
}

/* Cuts the string at the first separator; returns the rest or NULL. */
static char *
cut_at(char *s, char separator)
{
	char	   *end = s ? strchr(s, separator) : NULL;

	if (end)
		*end++ = '\0';
	return end;
}

static bool
parse_count(const char *s, int64 most, int64 *value)
{
	CltInt128	v;
	int			scale;

	if (s == NULL || clt_decimal_parse(s, strlen(s), &v, &scale) != CLT_DECIMAL_OK ||
		scale != 0 || v < 0 || v > most)
		return false;
	*value = (int64) v;
	return true;
}

/* Reads a value; all of one dimension must have the same scale (-1 before the first). */
static bool
parse_value(const char *s, int dimension, int *scale, CltInt128 * value)
{
	int			places;

	if (strcmp(s, "*") == 0)
	{
		*value = CLT_RFM_NO_CUT;
		return true;
	}

	/* interpolated cut points have more places than amounts may */
	if (clt_decimal_parse(s, strlen(s), value, &places) != CLT_DECIMAL_OK ||
		(*scale >= 0 && *scale != places))
		return false;
	if (dimension == CLT_R)
	{
		if (*value == CLT_INT128_MIN)
			return false;
		*value = -*value;
	}
	*scale = places;
	return true;
}

static bool
parse_head(char *s, BinsParts *parts)
{
	char	   *bins = cut_at(s, ':');
	char	   *customers = cut_at(bins, ':');
	size_t		len = strlen(s);
	int64		n;

	parts->set.nested = len > 0 && s[len - 1] == '+';
	if (parts->set.nested)
		len--;
	if (!clt_rfm_rule_by_name(s, len, &parts->set.rule) ||
		parts->set.rule == CLT_RFM_RULE_NTILE ||
		!parse_count(bins, CLT_RFM_MAX_BINS, &n) || n < CLT_RFM_MIN_BINS ||
		!parse_count(customers, PG_UINT32_MAX, &parts->customers))
		return false;
	parts->set.bins = (int) n;
	return true;
}

static bool
parse_cuts(char *s, int d, BinsParts *parts)
{
	int			n = clt_rfm_groups(&parts->set, d) * (parts->set.bins - 1);

	parts->set.cuts[d] = palloc(n * sizeof(CltInt128));
	for (int i = 0; i < n; i++)
	{
		char	   *rest = cut_at(s, ',');

		if (s == NULL || !parse_value(s, d, &parts->set.scale[d], &parts->set.cuts[d][i]))
			return false;
		s = rest;
	}
	return s == NULL;
}

static bool
parse_points(char *s, int d, BinsParts *parts)
{
	parts->npoints[d] = 0;
	if (s != NULL && *s == '\0')
		s = NULL;
	while (s != NULL)
	{
		char	   *rest = cut_at(s, ',');
		char	   *below = cut_at(s, '@');
		char	   *upto = cut_at(below, '-');
		RfmPoint   *p = &parts->points[d][parts->npoints[d]];
		CltInt128	value;
		int64		n;

		if (parts->npoints[d]++ == RFM_BINS_MAX_POINTS ||
			!parse_value(s, d, &parts->set.scale[d], &value) ||
			!parse_count(below, PG_UINT32_MAX, &n))
			return false;
		clt_rfm_wide_set(&p->value, value);
		p->below = (uint32) n;
		if (!parse_count(upto, PG_UINT32_MAX, &n))
			return false;
		p->upto = (uint32) n;
		s = rest;
	}
	return true;
}

static bool
parse_bins(char *s, BinsParts *parts)
{
	char	   *rest = cut_at(s, ';');

	if (!parse_head(s, parts))
		return false;
	for (int i = 0; i < 2 * CLT_RFM_DIMENSIONS; i++)
	{
		int			d = i % CLT_RFM_DIMENSIONS;

		if ((s = rest) == NULL)
			return false;
		rest = cut_at(s, ';');
		if (i < CLT_RFM_DIMENSIONS)
		{
			parts->set.scale[d] = -1;
			if (!parse_cuts(s, d, parts))
				return false;
		}
		else if (!parse_points(s, d, parts))
			return false;
	}
	for (int d = 0; d < CLT_RFM_DIMENSIONS; d++)
		parts->set.scale[d] = Max(parts->set.scale[d], 0);
	return rest == NULL;
}

CLT_FUNCTION_INFO_V1(clt_rfm_bins_in);
Datum
clt_rfm_bins_in(PG_FUNCTION_ARGS)
{
	char	   *str = PG_GETARG_CSTRING(0);
	BinsParts	parts;
	const char *broken = "The form is rule:bins:customers;R;F;M;r;f;m.";

	memset(&parts, 0, sizeof(parts));
	if (parse_bins(pstrdup(str), &parts))
		broken = broken_parts(&parts);
	if (broken != NULL)
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type %s: \"%s\"", "rfm_bins", str),
				 errdetail("%s", broken)));
	PG_RETURN_POINTER(pack(&parts));
}

/* ---- wire -------------------------------------------------------------- */

static void
send_wide(StringInfo buf, const RfmWide *w)
{
	pq_sendint64(buf, w->high);
	pq_sendint64(buf, (int64) w->low);
}

static void
receive_wide(StringInfo buf, RfmWide *w)
{
	w->high = pq_getmsgint64(buf);
	w->low = (uint64) pq_getmsgint64(buf);
}

CLT_FUNCTION_INFO_V1(clt_rfm_bins_send);
Datum
clt_rfm_bins_send(PG_FUNCTION_ARGS)
{
	RfmBins    *bins = PG_GETARG_RFM_BINS_P(0);
	BinsParts	parts;
	StringInfoData buf;
	int			ncuts;

	unpack_all(bins, &parts);
	ncuts = total_cuts(&parts.set);
	pq_begintypsend(&buf);
	pq_sendbyte(&buf, CLT_RFM_VERSION);
	pq_sendbyte(&buf, bins->flags);
	pq_sendbyte(&buf, bins->rule);
	pq_sendbyte(&buf, bins->bins);
	pq_sendint64(&buf, bins->customers);
	for (int d = 0; d < CLT_RFM_DIMENSIONS; d++)
	{
		pq_sendbyte(&buf, bins->scale[d]);
		pq_sendbyte(&buf, bins->npoints[d]);
	}
	for (int i = 0; i < ncuts; i++)
		send_wide(&buf, &bins->data[i]);
	for (int d = 0; d < CLT_RFM_DIMENSIONS; d++)
	{
		for (int i = 0; i < parts.npoints[d]; i++)
		{
			send_wide(&buf, &parts.points[d][i].value);
			pq_sendint32(&buf, parts.points[d][i].below);
			pq_sendint32(&buf, parts.points[d][i].upto);
		}
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

CLT_FUNCTION_INFO_V1(clt_rfm_bins_recv);
Datum
clt_rfm_bins_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	BinsParts	parts;
	uint8		flags,
				rule,
				bins;
	const char *broken;

	memset(&parts, 0, sizeof(parts));
	clt_wire_expect_version(buf, CLT_RFM_VERSION, "rfm_bins");
	flags = (uint8) pq_getmsgbyte(buf);
	rule = (uint8) pq_getmsgbyte(buf);
	bins = (uint8) pq_getmsgbyte(buf);
	if ((flags & ~RFM_BINS_NESTED) != 0 || rule >= CLT_RFM_RULES || rule == CLT_RFM_RULE_NTILE ||
		bins < CLT_RFM_MIN_BINS || bins > CLT_RFM_MAX_BINS)
		clt_wire_error("rfm_bins", "The rule or the number of bins is not known.");
	parts.set.nested = (flags & RFM_BINS_NESTED) != 0;
	parts.set.rule = (RfmRule) rule;
	parts.set.bins = bins;
	parts.customers = pq_getmsgint64(buf);
	for (int d = 0; d < CLT_RFM_DIMENSIONS; d++)
	{
		parts.set.scale[d] = (uint8) pq_getmsgbyte(buf);
		parts.npoints[d] = (uint8) pq_getmsgbyte(buf);
		if (parts.npoints[d] > RFM_BINS_MAX_POINTS)
			clt_wire_error("rfm_bins", "There are too many points.");
	}
	for (int d = 0; d < CLT_RFM_DIMENSIONS; d++)
	{
		int			n = clt_rfm_groups(&parts.set, d) * (parts.set.bins - 1);

		parts.set.cuts[d] = palloc(n * sizeof(CltInt128));
		for (int i = 0; i < n; i++)
		{
			RfmWide		w;

			receive_wide(buf, &w);
			parts.set.cuts[d][i] = clt_rfm_wide_get(&w);
		}
	}
	for (int d = 0; d < CLT_RFM_DIMENSIONS; d++)
	{
		for (int i = 0; i < parts.npoints[d]; i++)
		{
			receive_wide(buf, &parts.points[d][i].value);
			parts.points[d][i].below = (uint32) pq_getmsgint(buf, 4);
			parts.points[d][i].upto = (uint32) pq_getmsgint(buf, 4);
		}
	}
	broken = broken_parts(&parts);
	if (broken != NULL)
		clt_wire_error("rfm_bins", broken);
	PG_RETURN_POINTER(pack(&parts));
}

/* ---- made by hand ------------------------------------------------------ */

static int
fixed_bins(ArrayType *array, const char *name)
{
	int			n = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));

	if (ARR_NDIM(array) > 1 || array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("%s thresholds must be a one-dimensional array without nulls", name)));
	clt_rfm_check_bins(n + 1);
	return n + 1;
}

static void
require_ascending(const CltInt128 * cuts, int n, const char *name)
{
	for (int i = 1; i < n; i++)
	{
		if (cuts[i] <= cuts[i - 1])
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("%s thresholds must ascend", name)));
	}
}

/* clt_rfm_bins_fixed takes thresholds: at most so many days, at least so many orders, at least so much. */
CLT_FUNCTION_INFO_V1(clt_rfm_bins_fixed);
Datum
clt_rfm_bins_fixed(PG_FUNCTION_ARGS)
{
	ArrayType  *days = PG_GETARG_ARRAYTYPE_P(0);
	ArrayType  *orders = PG_GETARG_ARRAYTYPE_P(1);
	ArrayType  *money = PG_GETARG_ARRAYTYPE_P(2);
	int			bins = fixed_bins(days, "recency");
	int			n = bins - 1;
	BinsParts	parts;
	CltInt128  *ascending;
	Datum	   *value;
	int			scale[CLT_RFM_MAX_BINS];

	if (fixed_bins(orders, "frequency") != bins || fixed_bins(money, "monetary") != bins)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("recency, frequency and monetary must have the same number of thresholds")));
	memset(&parts, 0, sizeof(parts));
	parts.set.rule = CLT_RFM_RULE_FIXED;
	parts.set.bins = bins;
	for (int d = 0; d < CLT_RFM_DIMENSIONS; d++)
		parts.set.cuts[d] = palloc(n * sizeof(CltInt128));
	ascending = palloc(n * sizeof(CltInt128));

	for (int i = 0; i < n; i++)
	{
		ascending[i] = ((int32 *) ARR_DATA_PTR(days))[i];
		parts.set.cuts[CLT_R][n - 1 - i] = -ascending[i];
		parts.set.cuts[CLT_F][i] = ((int64 *) ARR_DATA_PTR(orders))[i];
	}
	require_ascending(ascending, n, "recency");
	require_ascending(parts.set.cuts[CLT_F], n, "frequency");

	deconstruct_array(money, NUMERICOID, -1, false, TYPALIGN_INT, &value, NULL, &n);
	for (int i = 0; i < n; i++)
	{
		clt_rfm_numeric_amount(value[i], &parts.set.cuts[CLT_M][i], &scale[i]);
		parts.set.scale[CLT_M] = Max(parts.set.scale[CLT_M], scale[i]);
	}
	for (int i = 0; i < n; i++)
	{
		if (!clt_decimal_shift(&parts.set.cuts[CLT_M][i], parts.set.scale[CLT_M] - scale[i]))
			clt_rfm_raise(CLT_RFM_SUM_RANGE);
	}
	require_ascending(parts.set.cuts[CLT_M], n, "monetary");
	PG_RETURN_POINTER(pack(&parts));
}

/* ---- found in a population --------------------------------------------- */

/* Adds a point at value unless it is there or no customer has it. */
static void
add_point(const RfmValues *sorted, CltInt128 value, int shift, BinsParts *parts, int d)
{
	size_t		below = clt_rfm_count_below(sorted, value, false);
	size_t		upto = clt_rfm_count_below(sorted, value, true);
	RfmPoint   *points = parts->points[d];
	int			n = parts->npoints[d];
	int			i = n;

	if (below == upto || n == RFM_BINS_MAX_POINTS || !clt_decimal_shift(&value, shift))
		return;
	while (i > 0 && clt_rfm_wide_get(&points[i - 1].value) > value)
		i--;
	if (i > 0 && clt_rfm_wide_get(&points[i - 1].value) == value)
		return;
	memmove(points + i + 1, points + i, (n - i) * sizeof(RfmPoint));
	clt_rfm_wide_set(&points[i].value, value);
	points[i].below = (uint32) below;
	points[i].upto = (uint32) upto;
	parts->npoints[d]++;
}

/* Notes down the distribution of one dimension. */
static void
add_profile(const RfmValues *sorted, int scale, BinsParts *parts, int d)
{
	int			shift = parts->set.scale[d] - scale;

	for (int part = 0; part <= PROFILE_PARTS; part++)
		add_point(sorted, clt_rfm_value(sorted, (sorted->count - 1) * part / PROFILE_PARTS), shift, parts, d);
	if (parts->set.nested)
		return;
	for (int i = 0; i < parts->set.bins - 1; i++)
	{
		CltInt128	cut = parts->set.cuts[d][i];

		if (cut != CLT_RFM_NO_CUT)
			add_point(sorted, clt_decimal_rescale(cut, parts->set.scale[d], scale, true), shift, parts, d);
	}
}

/* The cut points and the distribution of a population of at least one customer. */
RfmBins *
clt_rfm_bins_of(const RfmPopulation *p, RfmRule rule, int bins, bool nested)
{
	MemoryContext work = AllocSetContextCreate(CurrentMemoryContext, "rfm_bins", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old;
	BinsParts	parts;
	RfmValues	sorted;
	RfmBins    *result;

	if (p->count > PG_UINT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("rfm_bins_agg got %zu customers, at most %u are possible", p->count, PG_UINT32_MAX)));
	old = MemoryContextSwitchTo(work);
	memset(&parts, 0, sizeof(parts));
	clt_rfm_find_cuts(p, rule, bins, nested, &parts.set);
	parts.customers = (int64) p->count;
	clt_rfm_sorted_column(p->recency, p->count, &sorted);
	add_profile(&sorted, 0, &parts, CLT_R);
	clt_rfm_sorted_column(p->frequency, p->count, &sorted);
	add_profile(&sorted, 0, &parts, CLT_F);
	clt_rfm_sorted_money(p, &sorted);
	add_profile(&sorted, p->scale, &parts, CLT_M);
	Assert(broken_parts(&parts) == NULL);
	MemoryContextSwitchTo(old);
	result = pack(&parts);
	MemoryContextDelete(work);
	return result;
}

/* ---- scoring with stored cut points ------------------------------------ */

typedef struct ScoreCache
{
	RfmBins    *bins;
	RfmScorer	scorer;
	TimestampTz at;
	RfmAsOf		as_of;
	MemoryContext context;
} ScoreCache;

static ScoreCache *
prepare_scorer(FunctionCallInfo fcinfo, const RfmBins *bins)
{
	ScoreCache *cache = fcinfo->flinfo->fn_extra;
	MemoryContext old;
	RfmCutSet	set;

	if (cache != NULL && VARSIZE(cache->bins) == VARSIZE(bins) &&
		memcmp(cache->bins, bins, VARSIZE(bins)) == 0)
		return cache;
	if (cache == NULL)
	{
		cache = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(ScoreCache));
		cache->context = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt, "rfm_score", ALLOCSET_SMALL_SIZES);
		cache->at = DT_NOBEGIN;
	}
	fcinfo->flinfo->fn_extra = NULL;	/* in case of an error below */
	MemoryContextReset(cache->context);
	old = MemoryContextSwitchTo(cache->context);
	cache->bins = palloc(VARSIZE(bins));
	memcpy(cache->bins, bins, VARSIZE(bins));
	clt_rfm_bins_unpack(bins, &set);
	clt_rfm_scorer_init(&cache->scorer, &set);
	MemoryContextSwitchTo(old);
	fcinfo->flinfo->fn_extra = cache;
	return cache;
}

CLT_FUNCTION_INFO_V1(clt_rfm_score_bins);
Datum
clt_rfm_score_bins(PG_FUNCTION_ARGS)
{
	RfmBins    *bins = PG_GETARG_RFM_BINS_P(0);
	RfmSummary *s = PG_GETARG_RFM_SUMMARY_P(1);
	TimestampTz at = PG_GETARG_TIMESTAMPTZ(2);
	ScoreCache *cache;

	if (s->orders == 0)
		PG_RETURN_NULL();
	cache = prepare_scorer(fcinfo, bins);
	if (cache->at != at)
	{
		clt_rfm_set_as_of(&cache->as_of, at);
		cache->at = at;
	}
	clt_rfm_scorer_set_scale(&cache->scorer, s->scale);
	PG_RETURN_RFM_SCORE(clt_rfm_scorer_score(&cache->scorer, -clt_rfm_days_since(s, &cache->as_of),
											 s->orders, clt_rfm_summary_net(s)));
}

/* ---- accessors --------------------------------------------------------- */

CLT_FUNCTION_INFO_V1(clt_rfm_bins_count);
Datum
clt_rfm_bins_count(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(PG_GETARG_RFM_BINS_P(0)->bins);
}

CLT_FUNCTION_INFO_V1(clt_rfm_bins_customers);
Datum
clt_rfm_bins_customers(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(PG_GETARG_RFM_BINS_P(0)->customers);
}

CLT_FUNCTION_INFO_V1(clt_rfm_bins_rule);
Datum
clt_rfm_bins_rule(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(clt_rfm_rule_name((RfmRule) PG_GETARG_RFM_BINS_P(0)->rule)));
}

CLT_FUNCTION_INFO_V1(clt_rfm_bins_nested);
Datum
clt_rfm_bins_nested(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL((PG_GETARG_RFM_BINS_P(0)->flags & RFM_BINS_NESTED) != 0);
}

/* clt_rfm_bins_cuts returns the cut points of one dimension as numeric[], a row a group if nested. */
CLT_FUNCTION_INFO_V1(clt_rfm_bins_cuts);
Datum
clt_rfm_bins_cuts(PG_FUNCTION_ARGS)
{
	RfmBins    *bins = PG_GETARG_RFM_BINS_P(0);
	int			d = PG_GETARG_INT32(1);
	RfmCutSet	set;
	int			dims[2];
	int			bounds[2] = {1, 1};
	int			n;
	Datum	   *value;
	bool	   *isnull;

	if (d < CLT_R || d > CLT_M)
		elog(ERROR, "no dimension %d", d);
	clt_rfm_bins_unpack(bins, &set);
	dims[0] = clt_rfm_groups(&set, d);
	dims[1] = set.bins - 1;
	n = dims[0] * dims[1];
	value = palloc(n * sizeof(Datum));
	isnull = palloc0(n * sizeof(bool));
	for (int i = 0; i < n; i++)
	{
		CltInt128	cut = set.cuts[d][i];

		if (cut == CLT_RFM_NO_CUT)
			isnull[i] = true;
		else
			value[i] = clt_rfm_make_numeric(d == CLT_R ? -cut : cut, set.scale[d]);
	}
	PG_RETURN_ARRAYTYPE_P(construct_md_array(value, isnull, dims[0] > 1 ? 2 : 1,
											 dims[0] > 1 ? dims : dims + 1, bounds,
											 NUMERICOID, -1, false, TYPALIGN_INT));
}

/* ---- drift ------------------------------------------------------------- */

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
			fraction = ((double) value / pow(10, scale) - (double) before / pow(10, own)) /
				((double) (at - before) / pow(10, own));
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

	unpack_all(PG_GETARG_RFM_BINS_P(0), &expected);
	unpack_all(PG_GETARG_RFM_BINS_P(1), &actual);
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
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
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
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}
