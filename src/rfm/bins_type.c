/*-------------------------------------------------------------------------
 *
 * bins_type.c
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

#include "core/clientele.h"
#include "core/wire.h"
#include "libpq/pqformat.h"
#include "rfm/bins.h"

/* ---- packing, unpacking, and the one validation ------------------------ */

static int
cuts_in_all(const RfmCutSet *set)
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
		if (set->cuts[d][i] == CLT_INT128_MIN)
			return "A cut point is out of range.";
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
		if (clt_rfm_wide_get(&p[i].value) == CLT_INT128_MIN || clt_rfm_wide_get(&p[i].value) == CLT_RFM_NO_CUT)
			return "A point's value is out of range.";
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
const char *
clt_rfm_bins_broken(const BinsParts *parts)
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

RfmBins *
clt_rfm_bins_pack(const BinsParts *parts)
{
	int			ncuts = cuts_in_all(&parts->set);
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

void
clt_rfm_bins_unpack_all(const RfmBins *bins, BinsParts *parts)
{
	const RfmPoint *point;

	clt_rfm_bins_unpack(bins, &parts->set);
	parts->customers = bins->customers;
	point = points_of(bins, cuts_in_all(&parts->set));
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

	clt_rfm_bins_unpack_all(bins, &parts);
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
		broken = clt_rfm_bins_broken(&parts);
	if (broken != NULL)
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type %s: \"%s\"", "rfm_bins", str),
				 errdetail("%s", broken)));
	PG_RETURN_POINTER(clt_rfm_bins_pack(&parts));
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

	clt_rfm_bins_unpack_all(bins, &parts);
	ncuts = cuts_in_all(&parts.set);
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
	broken = clt_rfm_bins_broken(&parts);
	if (broken != NULL)
		clt_wire_error("rfm_bins", broken);
	PG_RETURN_POINTER(clt_rfm_bins_pack(&parts));
}
