/*-------------------------------------------------------------------------
 *
 * summary_type.c
 *	  Type rfm_summary, the aggregates that make and merge it, and what can
 *	  be read from it.
 *
 * The transition state of rfm_agg is the type itself, changed in place as
 * float8_accum does, so that a parallel plan, a shard, a stored total of
 * yesterday and a window frame all speak the same language.
 *
 * Text form: clock:orders:refunds:first:last:sales:refunded, the clock i
 * (instant), w (wall) or - (none), times in microseconds since 2000-01-01.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <float.h>

#include "core/clientele.h"
#include "core/wire.h"
#include "libpq/pqformat.h"
#include "rfm/rfm.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

static const char clock_letter[] = "-iw";

void
clt_rfm_raise(RfmError error)
{
	switch (error)
	{
		case CLT_RFM_COUNT_RANGE:
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("too many orders or refunds in one rfm_summary")));
			break;
		case CLT_RFM_MIXED_CLOCKS:
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("cannot merge an rfm_summary of timestamptz with one of timestamp or date")));
			break;
		default:
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("sum of amounts needs more than 38 digits"),
					 errhint("Round the amounts to the minor unit of their currency.")));
	}
}

pg_noreturn static void
raise_amount(CltDecimalError error)
{
	if (error == CLT_DECIMAL_NAN || error == CLT_DECIMAL_INFINITE)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("amount must be a finite number")));
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("amount needs more than 38 digits or %d decimal places", CLT_DECIMAL_MAX_SCALE),
			 errhint("Round it to the minor unit of its currency.")));
}

/* Reads a numeric where it lies, even in a tuple with a short header. */
void
clt_rfm_numeric_amount(Datum value, CltInt128 * amount, int *scale)
{
	struct varlena *n = PG_DETOAST_DATUM_PACKED(value);
	CltDecimalError error;

	error = clt_decimal_from_numeric((unsigned char *) VARDATA_ANY(n), VARSIZE_ANY_EXHDR(n),
									 amount, scale);
	if (error != CLT_DECIMAL_OK)
		raise_amount(error);
	if ((Pointer) n != DatumGetPointer(value))
		pfree(n);
}

void
clt_rfm_float_amount(double value, int digits, CltInt128 * amount, int *scale)
{
	CltDecimalError error = clt_decimal_from_double(value, digits, amount, scale);

	if (error != CLT_DECIMAL_OK)
		raise_amount(error);
}

Datum
clt_rfm_make_numeric(CltInt128 value, int scale)
{
	char		buf[CLT_DECIMAL_BUFSIZE];

	if (value >= PG_INT64_MIN && value <= PG_INT64_MAX && scale <= 18)
		return NumericGetDatum(int64_div_fast_to_numeric((int64) value, scale));
	clt_decimal_print(buf, value, scale);
	return DirectFunctionCall3(numeric_in, CStringGetDatum(buf),
							   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
}

/* ---- input and output -------------------------------------------------- */

/* Takes the next of the fields between colons; false if there is none. */
static bool
next_field(char **cursor, char **field)
{
	char	   *end;

	if (*cursor == NULL)
		return false;
	*field = *cursor;
	end = strchr(*cursor, ':');
	if (end != NULL)
		*end++ = '\0';
	*cursor = end;
	return true;
}

/* Is it a whole number as the server prints them, and not beyond 64 bits? */
static bool
parse_int64(const char *s, int64 *value)
{
	CltInt128	v;
	int			scale;

	if (clt_decimal_parse(s, strlen(s), &v, &scale) != CLT_DECIMAL_OK || scale != 0 ||
		v < PG_INT64_MIN || v > PG_INT64_MAX)
		return false;
	*value = (int64) v;
	return true;
}

static bool
parse_summary(char *str, RfmSummary *s)
{
	char	   *field[7];
	const char *letter;
	int64		refunds;
	CltInt128	sales,
				refunded;
	int			scale_sales,
				scale_refunded;

	for (int i = 0; i < (int) lengthof(field); i++)
	{
		if (!next_field(&str, &field[i]))
			return false;
	}
	if (str != NULL || strlen(field[0]) != 1 ||
		(letter = strchr(clock_letter, field[0][0])) == NULL ||
		!parse_int64(field[1], &s->orders) || !parse_int64(field[2], &refunds) ||
		refunds < 0 || refunds > PG_UINT32_MAX ||
		!parse_int64(field[3], &s->first_at) || !parse_int64(field[4], &s->last_at) ||
		clt_decimal_parse(field[5], strlen(field[5]), &sales, &scale_sales) != CLT_DECIMAL_OK ||
		clt_decimal_parse(field[6], strlen(field[6]), &refunded, &scale_refunded) != CLT_DECIMAL_OK ||
		scale_sales != scale_refunded)
		return false;
	s->version = CLT_RFM_VERSION;
	s->clock = (uint8) (letter - clock_letter);
	s->scale = (uint8) scale_sales;
	s->refunds = (uint32) refunds;
	clt_rfm_wide_set(&s->sales, sales);
	clt_rfm_wide_set(&s->refunded, refunded);
	return true;
}

CLT_FUNCTION_INFO_V1(clt_rfm_summary_in);
Datum
clt_rfm_summary_in(PG_FUNCTION_ARGS)
{
	char	   *str = PG_GETARG_CSTRING(0);
	RfmSummary *s = palloc0(sizeof(RfmSummary));
	const char *broken;

	if (!parse_summary(pstrdup(str), s))
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type %s: \"%s\"", "rfm_summary", str),
				 errdetail("The form is clock:orders:refunds:first:last:sales:refunded.")));
	broken = clt_rfm_summary_broken(s);
	if (broken != NULL)
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type %s: \"%s\"", "rfm_summary", str),
				 errdetail("%s", broken)));
	PG_RETURN_POINTER(s);
}

CLT_FUNCTION_INFO_V1(clt_rfm_summary_out);
Datum
clt_rfm_summary_out(PG_FUNCTION_ARGS)
{
	RfmSummary *s = PG_GETARG_RFM_SUMMARY_P(0);
	char		sales[CLT_DECIMAL_BUFSIZE];
	char		refunded[CLT_DECIMAL_BUFSIZE];

	clt_decimal_print(sales, clt_rfm_wide_get(&s->sales), s->scale);
	clt_decimal_print(refunded, clt_rfm_wide_get(&s->refunded), s->scale);
	PG_RETURN_CSTRING(psprintf("%c:" INT64_FORMAT ":%u:" INT64_FORMAT ":" INT64_FORMAT ":%s:%s",
							   clock_letter[s->clock], s->orders, s->refunds,
							   s->first_at, s->last_at, sales, refunded));
}

CLT_FUNCTION_INFO_V1(clt_rfm_summary_recv);
Datum
clt_rfm_summary_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	RfmSummary *s = palloc0(sizeof(RfmSummary));
	const char *broken;

	clt_wire_expect_version(buf, CLT_RFM_VERSION, "rfm_summary");
	s->version = CLT_RFM_VERSION;
	s->clock = (uint8) pq_getmsgbyte(buf);
	s->scale = (uint8) pq_getmsgbyte(buf);
	s->refunds = (uint32) pq_getmsgint(buf, 4);
	s->orders = pq_getmsgint64(buf);
	s->first_at = pq_getmsgint64(buf);
	s->last_at = pq_getmsgint64(buf);
	s->sales.high = pq_getmsgint64(buf);
	s->sales.low = (uint64) pq_getmsgint64(buf);
	s->refunded.high = pq_getmsgint64(buf);
	s->refunded.low = (uint64) pq_getmsgint64(buf);
	broken = clt_rfm_summary_broken(s);
	if (broken != NULL)
		clt_wire_error("rfm_summary", broken);
	PG_RETURN_POINTER(s);
}

CLT_FUNCTION_INFO_V1(clt_rfm_summary_send);
Datum
clt_rfm_summary_send(PG_FUNCTION_ARGS)
{
	RfmSummary *s = PG_GETARG_RFM_SUMMARY_P(0);
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendbyte(&buf, CLT_RFM_VERSION);
	pq_sendbyte(&buf, s->clock);
	pq_sendbyte(&buf, s->scale);
	pq_sendint32(&buf, s->refunds);
	pq_sendint64(&buf, s->orders);
	pq_sendint64(&buf, s->first_at);
	pq_sendint64(&buf, s->last_at);
	pq_sendint64(&buf, s->sales.high);
	pq_sendint64(&buf, (int64) s->sales.low);
	pq_sendint64(&buf, s->refunded.high);
	pq_sendint64(&buf, (int64) s->refunded.low);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* ---- comparing --------------------------------------------------------- */

static int
compare_arguments(FunctionCallInfo fcinfo)
{
	return clt_rfm_summary_compare(PG_GETARG_RFM_SUMMARY_P(0), PG_GETARG_RFM_SUMMARY_P(1));
}

#define SUMMARY_OPERATOR(name, op) \
CLT_FUNCTION_INFO_V1(clt_rfm_summary_##name); \
Datum \
clt_rfm_summary_##name(PG_FUNCTION_ARGS) \
{ \
	PG_RETURN_BOOL(compare_arguments(fcinfo) op 0); \
} \
extern int	clt_rfm_summary_no_semicolon

SUMMARY_OPERATOR(lt, <);
SUMMARY_OPERATOR(le, <=);
SUMMARY_OPERATOR(eq, ==);
SUMMARY_OPERATOR(ne, !=);
SUMMARY_OPERATOR(ge, >=);
SUMMARY_OPERATOR(gt, >);

CLT_FUNCTION_INFO_V1(clt_rfm_summary_cmp);
Datum
clt_rfm_summary_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(compare_arguments(fcinfo));
}

CLT_FUNCTION_INFO_V1(clt_rfm_summary_hash_int4);
Datum
clt_rfm_summary_hash_int4(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32((int32) (uint32) clt_rfm_summary_hash(PG_GETARG_RFM_SUMMARY_P(0), 0));
}

CLT_FUNCTION_INFO_V1(clt_rfm_summary_hash_extended);
Datum
clt_rfm_summary_hash_extended(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64((int64) clt_rfm_summary_hash(PG_GETARG_RFM_SUMMARY_P(0), (uint64) PG_GETARG_INT64(1)));
}

/* ---- aggregates -------------------------------------------------------- */

/* The state to change: the one given inside an aggregate, else a copy. */
static RfmSummary *
writable_state(FunctionCallInfo fcinfo)
{
	RfmSummary *s = PG_GETARG_RFM_SUMMARY_P(0);
	RfmSummary *copy;

	if (AggCheckCallContext(fcinfo, NULL))
		return s;
	copy = palloc(sizeof(RfmSummary));
	memcpy(copy, s, sizeof(RfmSummary));
	return copy;
}

static RfmSummary *
add_row(FunctionCallInfo fcinfo, RfmClock clock, int64 at, CltInt128 amount, int scale)
{
	RfmSummary *s = writable_state(fcinfo);
	RfmError	error = clt_rfm_summary_add(s, clock, at, amount, scale);

	if (error != CLT_RFM_OK)
		clt_rfm_raise(error);
	Assert(clt_rfm_summary_broken(s) == NULL);
	return s;
}

/*
 * A row whose time is infinite never happened as far as days can tell; like
 * a row without time or amount (the functions are strict) it is left out.
 */
#define READ_INSTANT(at) \
	TimestampTz at = PG_GETARG_TIMESTAMPTZ(1); \
	if (TIMESTAMP_NOT_FINITE(at)) \
		PG_RETURN_DATUM(PG_GETARG_DATUM(0))

static int64
date_to_wall(DateADT date)
{
	Timestamp	at;

	if (DATE_NOT_FINITE(date))
		return DT_NOEND;
	at = DatumGetTimestamp(DirectFunctionCall1(date_timestamp, DateADTGetDatum(date)));
	return at;
}

#define READ_DATE(at) \
	Timestamp	at = date_to_wall(PG_GETARG_DATEADT(1)); \
	if (TIMESTAMP_NOT_FINITE(at)) \
		PG_RETURN_DATUM(PG_GETARG_DATUM(0))

#define TRANSITION(name, clock, READ_AT, READ_AMOUNT) \
CLT_FUNCTION_INFO_V1(clt_rfm_agg_trans_##name); \
Datum \
clt_rfm_agg_trans_##name(PG_FUNCTION_ARGS) \
{ \
	CltInt128	amount; \
	int			scale = 0; \
	READ_AT(at); \
\
	READ_AMOUNT; \
	PG_RETURN_POINTER(add_row(fcinfo, clock, at, amount, scale)); \
} \
extern int	clt_rfm_no_semicolon

#define NUMERIC_AMOUNT clt_rfm_numeric_amount(PG_GETARG_DATUM(2), &amount, &scale)
#define INT8_AMOUNT amount = PG_GETARG_INT64(2)
#define INT4_AMOUNT amount = PG_GETARG_INT32(2)
#define FLOAT8_AMOUNT clt_rfm_float_amount(PG_GETARG_FLOAT8(2), DBL_DIG, &amount, &scale)
#define FLOAT4_AMOUNT clt_rfm_float_amount(PG_GETARG_FLOAT4(2), FLT_DIG, &amount, &scale)

TRANSITION(instant_numeric, CLT_RFM_INSTANT, READ_INSTANT, NUMERIC_AMOUNT);
TRANSITION(instant_int8, CLT_RFM_INSTANT, READ_INSTANT, INT8_AMOUNT);
TRANSITION(instant_int4, CLT_RFM_INSTANT, READ_INSTANT, INT4_AMOUNT);
TRANSITION(instant_float8, CLT_RFM_INSTANT, READ_INSTANT, FLOAT8_AMOUNT);
TRANSITION(instant_float4, CLT_RFM_INSTANT, READ_INSTANT, FLOAT4_AMOUNT);
TRANSITION(wall_numeric, CLT_RFM_WALL, READ_INSTANT, NUMERIC_AMOUNT);
TRANSITION(wall_int8, CLT_RFM_WALL, READ_INSTANT, INT8_AMOUNT);
TRANSITION(wall_int4, CLT_RFM_WALL, READ_INSTANT, INT4_AMOUNT);
TRANSITION(wall_float8, CLT_RFM_WALL, READ_INSTANT, FLOAT8_AMOUNT);
TRANSITION(wall_float4, CLT_RFM_WALL, READ_INSTANT, FLOAT4_AMOUNT);
TRANSITION(date_numeric, CLT_RFM_WALL, READ_DATE, NUMERIC_AMOUNT);
TRANSITION(date_int8, CLT_RFM_WALL, READ_DATE, INT8_AMOUNT);
TRANSITION(date_int4, CLT_RFM_WALL, READ_DATE, INT4_AMOUNT);
TRANSITION(date_float8, CLT_RFM_WALL, READ_DATE, FLOAT8_AMOUNT);
TRANSITION(date_float4, CLT_RFM_WALL, READ_DATE, FLOAT4_AMOUNT);

/* clt_rfm_summary_combine is the combine function, rollup's transition and the operator +. */
CLT_FUNCTION_INFO_V1(clt_rfm_summary_combine);
Datum
clt_rfm_summary_combine(PG_FUNCTION_ARGS)
{
	RfmSummary *s = writable_state(fcinfo);
	RfmError	error = clt_rfm_summary_merge(s, PG_GETARG_RFM_SUMMARY_P(1));

	if (error != CLT_RFM_OK)
		clt_rfm_raise(error);
	Assert(clt_rfm_summary_broken(s) == NULL);
	PG_RETURN_POINTER(s);
}

/* ---- accessors --------------------------------------------------------- */

CLT_FUNCTION_INFO_V1(clt_rfm_recency);
Datum
clt_rfm_recency(PG_FUNCTION_ARGS)
{
	RfmSummary *s = PG_GETARG_RFM_SUMMARY_P(0);
	RfmAsOf		as_of;

	if (s->orders == 0)
		PG_RETURN_NULL();
	clt_rfm_set_as_of(&as_of, PG_GETARG_TIMESTAMPTZ(1));
	PG_RETURN_INT32((int32) clt_rfm_days_since(s, &as_of));
}

CLT_FUNCTION_INFO_V1(clt_rfm_frequency);
Datum
clt_rfm_frequency(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(PG_GETARG_RFM_SUMMARY_P(0)->orders);
}

CLT_FUNCTION_INFO_V1(clt_rfm_monetary);
Datum
clt_rfm_monetary(PG_FUNCTION_ARGS)
{
	RfmSummary *s = PG_GETARG_RFM_SUMMARY_P(0);

	return clt_rfm_make_numeric(clt_rfm_summary_net(s), s->scale);
}

CLT_FUNCTION_INFO_V1(clt_rfm_sales);
Datum
clt_rfm_sales(PG_FUNCTION_ARGS)
{
	RfmSummary *s = PG_GETARG_RFM_SUMMARY_P(0);

	return clt_rfm_make_numeric(clt_rfm_wide_get(&s->sales), s->scale);
}

CLT_FUNCTION_INFO_V1(clt_rfm_refunded);
Datum
clt_rfm_refunded(PG_FUNCTION_ARGS)
{
	RfmSummary *s = PG_GETARG_RFM_SUMMARY_P(0);

	return clt_rfm_make_numeric(clt_rfm_wide_get(&s->refunded), s->scale);
}

CLT_FUNCTION_INFO_V1(clt_rfm_refund_count);
Datum
clt_rfm_refund_count(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(PG_GETARG_RFM_SUMMARY_P(0)->refunds);
}

/* A time of the summary as an instant: a wall clock is read in the session's zone. */
static Datum
instant_of(const RfmSummary *s, int64 at)
{
	if (s->clock == CLT_RFM_WALL)
		return DirectFunctionCall1(timestamp_timestamptz, TimestampGetDatum(at));
	return TimestampTzGetDatum(at);
}

CLT_FUNCTION_INFO_V1(clt_rfm_first_order_at);
Datum
clt_rfm_first_order_at(PG_FUNCTION_ARGS)
{
	RfmSummary *s = PG_GETARG_RFM_SUMMARY_P(0);

	if (s->orders == 0)
		PG_RETURN_NULL();
	return instant_of(s, s->first_at);
}

CLT_FUNCTION_INFO_V1(clt_rfm_last_order_at);
Datum
clt_rfm_last_order_at(PG_FUNCTION_ARGS)
{
	RfmSummary *s = PG_GETARG_RFM_SUMMARY_P(0);

	if (s->orders == 0)
		PG_RETURN_NULL();
	return instant_of(s, s->last_at);
}
