/*-------------------------------------------------------------------------
 *
 * population_type.c
 *	  rfm_bins_agg, and the type of its state: rfm_population, the values of
 *	  all customers and the question asked of them.
 *
 * An expanded object, so that a row costs no copy; flat when it is sent from
 * a worker, a shard or a foreign server, or kept.  The cut points do not
 * depend on the order of the customers.
 *
 * Text form: as_of:rule:bins:scale;days,orders,money;... with a + after the
 * rule if nested, as_of in microseconds since 2000-01-01 UTC, money in units of
 * its last decimal place.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "core/clientele.h"
#include "core/wire.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "rfm/rfm.h"
#include "utils/builtins.h"
#include "utils/expandeddatum.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#define POPULATION_MAGIC 0x43526650

/* A customer of a flat population. */
typedef struct FlatCustomer
{
	int64		recency;
	int64		frequency;
	RfmWide		money;
} FlatCustomer;

typedef struct FlatPopulation
{
	int32		vl_len_;
	uint8		version;
	uint8		rule;
	uint8		bins;
	uint8		nested;
	int64		at;
	int32		scale;
	int32		reserved;		/* zero */
	int64		count;
	FlatCustomer customer[FLEXIBLE_ARRAY_MEMBER];
} FlatPopulation;

typedef struct PopulationState
{
	ExpandedObjectHeader hdr;
	int			magic;
	TimestampTz at;
	RfmAsOf		as_of;
	int			bins;
	RfmRule		rule;
	bool		nested;
	RfmPopulation *population;
} PopulationState;

static Size
get_flat_size(ExpandedObjectHeader *eohptr)
{
	PopulationState *s = (PopulationState *) eohptr;
	Size		most = (MaxAllocSize - offsetof(FlatPopulation, customer)) / sizeof(FlatCustomer);

	if (s->population->count > most)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("rfm_population of %zu customers is too large to be stored or sent between workers", s->population->count),
				 errdetail("The limit is %zu.", most)));
	return offsetof(FlatPopulation, customer) + s->population->count * sizeof(FlatCustomer);
}

static CltInt128
money_of(const RfmPopulation *p, size_t i)
{
	return p->money ? (CltInt128) p->money[i] : p->money_wide[i];
}

static void
flatten_into(ExpandedObjectHeader *eohptr, void *result, Size allocated_size)
{
	PopulationState *s = (PopulationState *) eohptr;
	RfmPopulation *p = s->population;
	FlatPopulation *flat = result;

	memset(flat, 0, offsetof(FlatPopulation, customer));
	SET_VARSIZE(flat, allocated_size);
	flat->version = CLT_RFM_VERSION;
	flat->rule = (uint8) s->rule;
	flat->bins = (uint8) s->bins;
	flat->nested = s->nested;
	flat->at = s->at;
	flat->scale = p->scale;
	flat->count = (int64) p->count;
	for (size_t i = 0; i < p->count; i++)
	{
		flat->customer[i].recency = p->recency[i];
		flat->customer[i].frequency = p->frequency[i];
		clt_rfm_wide_set(&flat->customer[i].money, money_of(p, i));
	}
}

static const ExpandedObjectMethods population_methods = {
	get_flat_size,
	flatten_into
};

static PopulationState *
new_state(MemoryContext context, TimestampTz at, int bins, RfmRule rule, bool nested)
{
	MemoryContext own;
	PopulationState *s;

	clt_rfm_check_bins(bins);
	if (rule == CLT_RFM_RULE_NTILE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("tie rule ntile has no cut points"),
				 errhint("Use the window function rfm_score, or rfm(), with rule => 'ntile'.")));
	own = AllocSetContextCreate(context, "rfm_population", ALLOCSET_SMALL_SIZES);
	s = MemoryContextAllocZero(own, sizeof(PopulationState));
	EOH_init_header(&s->hdr, &population_methods, own);
	s->magic = POPULATION_MAGIC;
	s->at = at;
	clt_rfm_set_as_of(&s->as_of, at);
	s->bins = bins;
	s->rule = rule;
	s->nested = nested;
	s->population = clt_rfm_population_create(own, 0);
	return s;
}

static void
add_flat(PopulationState *s, const FlatCustomer *c, int scale)
{
	clt_rfm_population_add(s->population, c->recency, c->frequency, clt_rfm_wide_get(&c->money), scale);
}

/* The population in a Datum: itself if it is expanded, otherwise a copy below context. */
static PopulationState *
get_state(Datum datum, MemoryContext context)
{
	FlatPopulation *flat;
	PopulationState *s;

	if (VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(datum)))
	{
		s = (PopulationState *) DatumGetEOHP(datum);
		Assert(s->magic == POPULATION_MAGIC);
		return s;
	}
	flat = (FlatPopulation *) PG_DETOAST_DATUM(datum);
	if (flat->version != CLT_RFM_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("unsupported format %u of type %s", flat->version, "rfm_population")));
	s = new_state(context, flat->at, flat->bins, (RfmRule) flat->rule, flat->nested != 0);
	clt_rfm_population_reserve(s->population, (size_t) flat->count);
	for (int64 i = 0; i < flat->count; i++)
		add_flat(s, &flat->customer[i], flat->scale);
	return s;
}

/* ---- input and output -------------------------------------------------- */

/* The rule that a head breaks, or NULL: of text, wire and aggregate alike. */
static const char *
broken_head(int rule, int64 bins, int64 scale, TimestampTz at)
{
	if (rule < 0 || rule >= CLT_RFM_RULES || rule == CLT_RFM_RULE_NTILE || rule == CLT_RFM_RULE_FIXED ||
		bins < CLT_RFM_MIN_BINS || bins > CLT_RFM_MAX_BINS)
		return "The rule or the number of bins is not known.";
	if (scale < 0 || scale > CLT_DECIMAL_MAX_SCALE)
		return "There are too many decimal places.";
	if (!IS_VALID_TIMESTAMP(at))
		return "as_of must be finite, and that of a timestamp.";
	return NULL;
}

static const char *
broken_customer(const FlatCustomer *c)
{
	CltInt128	money = clt_rfm_wide_get(&c->money);

	if (c->recency < PG_INT32_MIN || c->recency > PG_INT32_MAX)
		return "Days are out of range.";
	if (c->frequency <= 0)
		return "A customer has at least one order.";
	if (money <= -CLT_DECIMAL_LIMIT || money >= CLT_DECIMAL_LIMIT)
		return "Money has at most 38 digits.";
	return NULL;
}

CLT_FUNCTION_INFO_V1(clt_rfm_population_out);
Datum
clt_rfm_population_out(PG_FUNCTION_ARGS)
{
	PopulationState *s = get_state(PG_GETARG_DATUM(0), CurrentMemoryContext);
	RfmPopulation *p = s->population;
	StringInfoData out;
	char		money[CLT_DECIMAL_BUFSIZE];

	initStringInfo(&out);
	appendStringInfo(&out, INT64_FORMAT ":%s%s:%d:%d", s->at, clt_rfm_rule_name(s->rule), s->nested ? "+" : "",
					 s->bins, p->scale);
	for (size_t i = 0; i < p->count; i++)
	{
		clt_decimal_print(money, money_of(p, i), 0);
		appendStringInfo(&out, ";" INT64_FORMAT "," INT64_FORMAT ",%s", p->recency[i], p->frequency[i], money);
	}
	PG_RETURN_CSTRING(out.data);
}

/* Reads a whole number up to the separator, past which *cursor is set; at the end of the string to NULL. */
static bool
eat_number(char **cursor, char separator, CltInt128 * value)
{
	char	   *start = *cursor;
	char	   *end;
	int			scale;

	if (start == NULL)
		return false;
	end = strchr(start, separator);
	*cursor = end ? end + 1 : NULL;
	return clt_decimal_parse(start, end ? (size_t) (end - start) : strlen(start), value, &scale) == CLT_DECIMAL_OK &&
		scale == 0;
}

static bool
eat_int64(char **cursor, char separator, int64 *value)
{
	CltInt128	v;

	if (!eat_number(cursor, separator, &v) || v < PG_INT64_MIN || v > PG_INT64_MAX)
		return false;
	*value = (int64) v;
	return true;
}

/* Reads what follows the head, which is in *s, into it. */
static const char *
parse_customers(char *rest, int scale, PopulationState *s)
{
	while (rest != NULL)
	{
		char	   *end = strchr(rest, ';');
		FlatCustomer c;
		CltInt128	money;
		const char *broken;

		if (end)
			*end = '\0';
		if (!eat_int64(&rest, ',', &c.recency) || !eat_int64(&rest, ',', &c.frequency) ||
			!eat_number(&rest, ',', &money) || rest != NULL)
			return "The form is as_of:rule:bins:scale;days,orders,money;...";
		clt_rfm_wide_set(&c.money, money);
		if ((broken = broken_customer(&c)) != NULL)
			return broken;
		add_flat(s, &c, scale);
		rest = end ? end + 1 : NULL;
	}
	return NULL;
}

CLT_FUNCTION_INFO_V1(clt_rfm_population_in);
Datum
clt_rfm_population_in(PG_FUNCTION_ARGS)
{
	char	   *str = PG_GETARG_CSTRING(0);
	char	   *head = pstrdup(str);
	char	   *rest = strchr(head, ';');
	char	   *cursor = head;
	char	   *word;
	const char *broken = "The form is as_of:rule:bins:scale;days,orders,money;...";
	int64		at,
				bins,
				scale;
	RfmRule		rule = CLT_RFM_RULE_NTILE;
	bool		nested = false;
	PopulationState *s = NULL;

	if (rest)
		*rest++ = '\0';
	if (eat_int64(&cursor, ':', &at) && cursor != NULL && (word = cursor, cursor = strchr(cursor, ':')) != NULL)
	{
		size_t		len = cursor++ - word;

		nested = len > 0 && word[len - 1] == '+';
		if (clt_rfm_rule_by_name(word, len - nested, &rule) && eat_int64(&cursor, ':', &bins) &&
			eat_int64(&cursor, ':', &scale) && cursor == NULL &&
			(broken = broken_head(rule, bins, scale, at)) == NULL)
		{
			s = new_state(CurrentMemoryContext, at, (int) bins, rule, nested);
			s->population->scale = (int) scale;
			broken = parse_customers(rest, (int) scale, s);
		}
	}
	if (broken)
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type %s: \"%s\"", "rfm_population", clt_beginning(str)),
				 errdetail("%s", broken)));
	PG_RETURN_DATUM(EOHPGetRWDatum(&s->hdr));
}

CLT_FUNCTION_INFO_V1(clt_rfm_population_send);
Datum
clt_rfm_population_send(PG_FUNCTION_ARGS)
{
	PopulationState *s = get_state(PG_GETARG_DATUM(0), CurrentMemoryContext);
	RfmPopulation *p = s->population;
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendbyte(&buf, CLT_RFM_VERSION);
	pq_sendbyte(&buf, s->rule);
	pq_sendbyte(&buf, s->bins);
	pq_sendbyte(&buf, s->nested);
	pq_sendbyte(&buf, p->scale);
	pq_sendint64(&buf, s->at);
	(void) get_flat_size(&s->hdr);	/* refuses too many */
	pq_sendint32(&buf, (uint32) p->count);
	for (size_t i = 0; i < p->count; i++)
	{
		CltInt128	money = money_of(p, i);

		pq_sendint64(&buf, p->recency[i]);
		pq_sendint64(&buf, p->frequency[i]);
		pq_sendint64(&buf, (int64) (money >> 64));
		pq_sendint64(&buf, (int64) money);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

CLT_FUNCTION_INFO_V1(clt_rfm_population_recv);
Datum
clt_rfm_population_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			rule,
				bins,
				nested,
				scale;
	TimestampTz at;
	uint32		count;
	const char *broken;
	PopulationState *s;

	clt_wire_expect_version(buf, CLT_RFM_VERSION, "rfm_population");
	rule = pq_getmsgbyte(buf);
	bins = pq_getmsgbyte(buf);
	nested = pq_getmsgbyte(buf);
	scale = pq_getmsgbyte(buf);
	at = pq_getmsgint64(buf);
	broken = nested > 1 ? "Nested is yes or no." : broken_head(rule, bins, scale, at);
	if (broken)
		clt_wire_error("rfm_population", broken);
	count = clt_wire_count(buf, sizeof(FlatCustomer), "rfm_population");
	s = new_state(CurrentMemoryContext, at, bins, (RfmRule) rule, nested != 0);
	s->population->scale = scale;
	clt_rfm_population_reserve(s->population, count);
	for (uint32 i = 0; i < count; i++)
	{
		FlatCustomer c;

		c.recency = pq_getmsgint64(buf);
		c.frequency = pq_getmsgint64(buf);
		c.money.high = pq_getmsgint64(buf);
		c.money.low = (uint64) pq_getmsgint64(buf);
		if ((broken = broken_customer(&c)) != NULL)
			clt_wire_error("rfm_population", broken);
		add_flat(s, &c, scale);
	}
	PG_RETURN_DATUM(EOHPGetRWDatum(&s->hdr));
}

/* ---- rfm_bins_agg ------------------------------------------------------ */

static MemoryContext
aggregate_context(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("transition function of rfm_bins_agg called in non-aggregate context")));
	return context;
}

static void
require_not_null(FunctionCallInfo fcinfo, int argno, const char *name)
{
	if (argno < PG_NARGS())
		clt_need_argument(fcinfo, argno, name);
}

static void
raise_different(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("as_of, bins, rule and nested of rfm_bins_agg must be the same for all rows")));
}

/* clt_rfm_bins_agg_trans(state, rfm_summary, as_of, bins [, rule [, nested]]) */
CLT_FUNCTION_INFO_V1(clt_rfm_bins_agg_trans);
Datum
clt_rfm_bins_agg_trans(PG_FUNCTION_ARGS)
{
	MemoryContext context = aggregate_context(fcinfo);
	PopulationState *state;
	RfmRule		rule = CLT_RFM_RULE_LOW;
	bool		nested;
	RfmSummary *s;

	require_not_null(fcinfo, 2, "as_of");
	require_not_null(fcinfo, 3, "bins");
	require_not_null(fcinfo, 4, "rule");
	require_not_null(fcinfo, 5, "nested");
	if (PG_NARGS() > 4)
		rule = clt_rfm_rule_from_text(PG_GETARG_TEXT_PP(4));
	nested = PG_NARGS() > 5 && PG_GETARG_BOOL(5);
	if (PG_ARGISNULL(0))
		state = new_state(context, PG_GETARG_TIMESTAMPTZ(2), PG_GETARG_INT32(3), rule, nested);
	else
	{
		state = get_state(PG_GETARG_DATUM(0), context);
		if (state->at != PG_GETARG_TIMESTAMPTZ(2) || state->bins != PG_GETARG_INT32(3) || state->rule != rule ||
			state->nested != nested)
			raise_different();
	}
	if (!PG_ARGISNULL(1))
	{
		s = PG_GETARG_RFM_SUMMARY_P(1);
		if (s->orders > 0)
			clt_rfm_population_add(state->population, -clt_rfm_days_since(s, &state->as_of),
								   s->orders, clt_rfm_summary_net(s), s->scale);
	}
	PG_RETURN_DATUM(EOHPGetRWDatum(&state->hdr));
}

CLT_FUNCTION_INFO_V1(clt_rfm_population_combine);
Datum
clt_rfm_population_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = aggregate_context(fcinfo);
	PopulationState *a;
	PopulationState *b;

	if (PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	b = get_state(PG_GETARG_DATUM(1), CurrentMemoryContext);
	if (PG_ARGISNULL(0))
		a = new_state(context, b->at, b->bins, b->rule, b->nested);
	else
	{
		a = get_state(PG_GETARG_DATUM(0), context);
		if (a->at != b->at || a->bins != b->bins || a->rule != b->rule || a->nested != b->nested)
			raise_different();
	}
	clt_rfm_population_reserve(a->population, a->population->count + b->population->count);
	for (size_t i = 0; i < b->population->count; i++)
		clt_rfm_population_add(a->population, b->population->recency[i], b->population->frequency[i],
							   money_of(b->population, i), b->population->scale);
	PG_RETURN_DATUM(EOHPGetRWDatum(&a->hdr));
}

CLT_FUNCTION_INFO_V1(clt_rfm_bins_agg_final);
Datum
clt_rfm_bins_agg_final(PG_FUNCTION_ARGS)
{
	PopulationState *state;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = get_state(PG_GETARG_DATUM(0), CurrentMemoryContext);
	if (state->population->count == 0)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(clt_rfm_bins_of(state->population, state->rule, state->bins, state->nested));
}
