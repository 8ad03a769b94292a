/*-------------------------------------------------------------------------
 *
 * clv_summary.c
 *	  The type clv_summary: the purchase days of one customer, from raw orders.
 *
 * The models want (frequency, recency, age, mean value) in which several orders
 * of a day are one purchase.  Days can only be told apart by remembering them,
 * so a summary is the sorted list of a customer's days with the total of each:
 * 16 bytes a day.  From it follow the four numbers as of any day, later orders
 * cut off, and a calibration and a holdout period alike.
 *
 * As transition state the same varlena carries slack at its end, doubling, and
 * is changed in place in the aggregate's context; the final function cuts the
 * slack off.
 *
 * Amounts are summed in millionths, exactly, so that no order of rows and no
 * number of workers changes the result.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "common/int.h"
#include "core/clientele.h"
#include "core/wire.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#define CLV_SUMMARY_VERSION 1
#define MILLION 1000000

typedef struct Day
{
	DateADT		day;
	int32		purchases;		/* orders that were not refunds; 0: nothing
								 * but refunds */
	int64		amount;			/* total of the day in millionths, refunds
								 * subtracted */
} Day;

typedef struct ClvSummary
{
	int32		vl_len_;		/* varlena header (do not touch directly!) */
	uint8		version;
	uint8		reserved[3];	/* zero */
	int32		count;			/* days in use */
	int32		capacity;		/* days there is room for */
	Day			day[FLEXIBLE_ARRAY_MEMBER]; /* ascending, all different */
} ClvSummary;

#define SUMMARY_SIZE(n) (offsetof(ClvSummary, day) + (Size) (n) * sizeof(Day))
#define MAX_DAYS ((int32) ((MaxAllocSize - SUMMARY_SIZE(0)) / sizeof(Day)))
#define PG_GETARG_CLV_SUMMARY_P(n) ((ClvSummary *) PG_DETOAST_DATUM(PG_GETARG_DATUM(n)))

static ClvSummary *
new_summary(int32 capacity)
{
	ClvSummary *s = palloc0(SUMMARY_SIZE(capacity));

	SET_VARSIZE(s, SUMMARY_SIZE(capacity));
	s->version = CLV_SUMMARY_VERSION;
	s->capacity = capacity;
	return s;
}

static int64
add_amounts(int64 a, int64 b)
{
	int64		sum;

	if (pg_add_s64_overflow(a, b, &sum))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("total amount out of range"),
				 errdetail("The total of a customer must lie between -9223372036854 and 9223372036854.")));
	return sum;
}

/* Where day is, or belongs, in the list; orders mostly come in order of time. */
static int32
find_day(const ClvSummary *s, DateADT day)
{
	int32		low = 0,
				high = s->count;

	if (high == 0 || s->day[high - 1].day < day)
		return high;
	while (low < high)
	{
		int32		middle = low + (high - low) / 2;

		if (s->day[middle].day < day)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Adds a day to s, which may move into the current context. */
static ClvSummary *
add_day(ClvSummary *s, const Day *day)
{
	int32		at = find_day(s, day->day);

	if (at < s->count && s->day[at].day == day->day)
	{
		s->day[at].amount = add_amounts(s->day[at].amount, day->amount);
		if (pg_add_s32_overflow(s->day[at].purchases, day->purchases, &s->day[at].purchases))
			s->day[at].purchases = PG_INT32_MAX;
		return s;
	}
	if (s->count == s->capacity)
	{
		ClvSummary *larger = new_summary(Max(Min(s->capacity, MAX_DAYS / 2) * 2, 1));

		memcpy(larger->day, s->day, s->count * sizeof(Day));
		larger->count = s->count;
		s = larger;
	}
	memmove(&s->day[at + 1], &s->day[at], (s->count - at) * sizeof(Day));
	s->day[at] = *day;
	s->count++;
	return s;
}

/* The date that a value of type date, timestamp or timestamptz falls on; raises for infinities. */
static DateADT
get_date(Datum value, Oid type)
{
	DateADT		date;

	switch (type)
	{
		case DATEOID:
			date = DatumGetDateADT(value);
			break;
		case TIMESTAMPOID:
			date = DatumGetDateADT(DirectFunctionCall1(timestamp_date, value));
			break;
		case TIMESTAMPTZOID:
			date = DatumGetDateADT(DirectFunctionCall1(timestamptz_date, value));
			break;
		default:
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("clv_summary_agg cannot read a time of type %s", format_type_be(type)),
					 errhint("Cast it to date, timestamp or timestamptz.")));
	}
	if (DATE_NOT_FINITE(date))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("the time of an order must be finite")));
	return date;
}

/* An amount of any numeric type in millionths, rounded half away from zero. */
static int64
get_amount(Datum value, Oid type)
{
	double		d;

	switch (type)
	{
		case INT2OID:
			return (int64) DatumGetInt16(value) * MILLION;
		case INT4OID:
			return (int64) DatumGetInt32(value) * MILLION;
		case INT8OID:
			{
				int64		product;

				if (!pg_mul_s64_overflow(DatumGetInt64(value), MILLION, &product))
					return product;
				break;
			}
		case NUMERICOID:
			{
				Numeric		n = DatumGetNumeric(value);

				if (!numeric_is_nan(n) && !numeric_is_inf(n))
				{
					value = DirectFunctionCall2(numeric_mul, value, NumericGetDatum(int64_to_numeric(MILLION)));
					return DatumGetInt64(DirectFunctionCall1(numeric_int8, value));
				}
				break;
			}
		case FLOAT4OID:
			d = DatumGetFloat4(value);
			if (fabs(d) < 9e12)
				return llround(d * MILLION);
			break;
		case FLOAT8OID:
			d = DatumGetFloat8(value);
			if (fabs(d) < 9e12)
				return llround(d * MILLION);
			break;
		default:
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("clv_summary_agg cannot read an amount of type %s", format_type_be(type)),
					 errhint("Cast it to numeric.")));
	}
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("amount out of range"),
			 errdetail("Amounts must be finite and lie between -9223372036854 and 9223372036854.")));
	return 0;					/* keep compiler quiet */
}

/*
 * clt_clv_summary_trans(state, at, amount): one order.  A row without a time,
 * or without an amount, is left out.  A negative amount is a refund: it reduces
 * the total, and is no purchase.
 */
CLT_FUNCTION_INFO_V1(clt_clv_summary_trans);
Datum
clt_clv_summary_trans(PG_FUNCTION_ARGS)
{
	ClvSummary *s;
	Day			day;

	if (!AggCheckCallContext(fcinfo, NULL))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("clv_summary_trans called outside of an aggregate")));
	if (PG_ARGISNULL(1) || (PG_NARGS() > 2 && PG_ARGISNULL(2)))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	day.day = get_date(PG_GETARG_DATUM(1), get_fn_expr_argtype(fcinfo->flinfo, 1));
	day.amount = PG_NARGS() > 2 ? get_amount(PG_GETARG_DATUM(2), get_fn_expr_argtype(fcinfo->flinfo, 2)) : 0;
	day.purchases = day.amount >= 0;

	/* the executor copies what is returned into the aggregate's context */
	s = PG_ARGISNULL(0) ? new_summary(4) : PG_GETARG_CLV_SUMMARY_P(0);
	PG_RETURN_POINTER(add_day(s, &day));
}

/* clt_clv_summary_combine merges two summaries; also the transition function of rollup(). */
CLT_FUNCTION_INFO_V1(clt_clv_summary_combine);
Datum
clt_clv_summary_combine(PG_FUNCTION_ARGS)
{
	ClvSummary *into,
			   *from;

	if (!AggCheckCallContext(fcinfo, NULL))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("clv_summary_combine called outside of an aggregate")));
	if (PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	from = PG_GETARG_CLV_SUMMARY_P(1);
	if (PG_ARGISNULL(0))
	{
		into = new_summary(Max(from->count, 4));
		memcpy(into->day, from->day, from->count * sizeof(Day));
		into->count = from->count;
		PG_RETURN_POINTER(into);
	}
	into = PG_GETARG_CLV_SUMMARY_P(0);
	for (int32 i = 0; i < from->count; i++)
		into = add_day(into, &from->day[i]);
	PG_RETURN_POINTER(into);
}

/* clt_clv_summary_final returns the state without its slack. */
CLT_FUNCTION_INFO_V1(clt_clv_summary_final);
Datum
clt_clv_summary_final(PG_FUNCTION_ARGS)
{
	ClvSummary *s,
			   *tight;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	s = PG_GETARG_CLV_SUMMARY_P(0);
	tight = new_summary(s->count);
	memcpy(tight->day, s->day, s->count * sizeof(Day));
	tight->count = s->count;
	PG_RETURN_POINTER(tight);
}

/* ---- input and output ---- */

/* The rule that s breaks, or NULL. */
static const char *
broken_rule(const ClvSummary *s)
{
	for (int32 i = 0; i < s->count; i++)
	{
		if (!IS_VALID_DATE(s->day[i].day))
			return "A date is out of range.";
		if (i > 0 && s->day[i - 1].day >= s->day[i].day)
			return "Dates must ascend.";
		if (s->day[i].purchases < 0)
			return "A number of purchases must not be negative.";
	}
	return NULL;
}

/* clt_clv_summary_out prints "{day purchases millionths;...}", days counted from 2000-01-01. */
CLT_FUNCTION_INFO_V1(clt_clv_summary_out);
Datum
clt_clv_summary_out(PG_FUNCTION_ARGS)
{
	ClvSummary *s = PG_GETARG_CLV_SUMMARY_P(0);
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfoChar(&out, '{');
	for (int32 i = 0; i < s->count; i++)
		appendStringInfo(&out, "%s%d %d " INT64_FORMAT, i > 0 ? ";" : "",
						 s->day[i].day, s->day[i].purchases, s->day[i].amount);
	appendStringInfoChar(&out, '}');
	PG_RETURN_CSTRING(out.data);
}

static bool
scan_number(char **at, int64 low, int64 high, char after, int64 *value)
{
	char	   *end;

	errno = 0;
	*value = strtoll(*at, &end, 10);
	if (end == *at || errno != 0 || *value < low || *value > high || (after != '\0' && *end != after))
		return false;
	*at = after != '\0' ? end + 1 : end;
	return true;
}

/* clt_clv_summary_in reads what clt_clv_summary_out prints. */
CLT_FUNCTION_INFO_V1(clt_clv_summary_in);
Datum
clt_clv_summary_in(PG_FUNCTION_ARGS)
{
	char	   *string = PG_GETARG_CSTRING(0);
	char	   *at = string;
	int32		days = 0;
	ClvSummary *s;
	const char *rule = "Expected {day purchases millionths;...}.";
	bool		good;

	for (char *c = string; *c; c++)
		days += *c == ';' || *c == '{';
	s = new_summary(Max(days, 1));
	good = *at++ == '{';
	while (good && *at != '}')
	{
		int64		day = 0,
					purchases = 0,
					amount = 0;

		good = scan_number(&at, PG_INT32_MIN, PG_INT32_MAX, ' ', &day) &&
			scan_number(&at, 0, PG_INT32_MAX, ' ', &purchases) &&
			scan_number(&at, PG_INT64_MIN, PG_INT64_MAX, '\0', &amount) &&
			(*at == '}' || (*at == ';' && at[1] != '}'));
		if (!good)
			break;
		at += *at == ';';
		s->day[s->count].day = (DateADT) day;
		s->day[s->count].purchases = (int32) purchases;
		s->day[s->count++].amount = amount;
	}
	if (good && at[1] == '\0')
		rule = broken_rule(s);
	if (rule)
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type clv_summary: \"%s\"", clt_beginning(string)),
				 errdetail("%s", rule)));
	PG_RETURN_POINTER(s);
}

/* clt_clv_summary_send writes count and days. */
CLT_FUNCTION_INFO_V1(clt_clv_summary_send);
Datum
clt_clv_summary_send(PG_FUNCTION_ARGS)
{
	ClvSummary *s = PG_GETARG_CLV_SUMMARY_P(0);
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendbyte(&buf, CLV_SUMMARY_VERSION);
	pq_sendint32(&buf, s->count);
	for (int32 i = 0; i < s->count; i++)
	{
		pq_sendint32(&buf, s->day[i].day);
		pq_sendint32(&buf, s->day[i].purchases);
		pq_sendint64(&buf, s->day[i].amount);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* clt_clv_summary_recv reads what clt_clv_summary_send writes. */
CLT_FUNCTION_INFO_V1(clt_clv_summary_recv);
Datum
clt_clv_summary_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	ClvSummary *s;
	uint32		count;
	const char *rule;

	clt_wire_expect_version(buf, CLV_SUMMARY_VERSION, "clv_summary");
	count = clt_wire_count(buf, sizeof(Day), "clv_summary");
	s = new_summary(Max(count, 1));
	for (uint32 i = 0; i < count; i++)
	{
		s->day[i].day = (DateADT) pq_getmsgint(buf, 4);
		s->day[i].purchases = (int32) pq_getmsgint(buf, 4);
		s->day[i].amount = pq_getmsgint64(buf);
	}
	s->count = count;
	rule = broken_rule(s);
	if (rule)
		clt_wire_error("clv_summary", rule);
	PG_RETURN_POINTER(s);
}

/* ---- reading ---- */

/* What the models want to know, as of the end of a day. */
typedef struct Reading
{
	int32		frequency;		/* purchase days after the first */
	DateADT		first;
	DateADT		last;
	double		repeat_value;	/* total of the days after the first, refunds
								 * subtracted */
} Reading;

/* False if there was no purchase by then. */
static bool
read_summary(const ClvSummary *s, DateADT as_of, Reading *r)
{
	int32		purchases = 0;
	int64		millionths = 0;

	memset(r, 0, sizeof(*r));
	for (int32 i = 0; i < s->count && s->day[i].day <= as_of; i++)
	{
		const Day  *d = &s->day[i];

		/* a refund before any purchase belongs to one that is not in the data */
		if (purchases > 0)
			millionths = add_amounts(millionths, d->amount);
		if (d->purchases == 0)
			continue;
		if (purchases++ == 0)
			r->first = d->day;
		r->last = d->day;
	}
	r->frequency = purchases - 1;
	r->repeat_value = (double) millionths / MILLION;
	return purchases > 0;
}

/* The day in argument n, if it is there and not NULL; otherwise the end of time. */
static DateADT
get_as_of(FunctionCallInfo fcinfo, int n)
{
	return PG_NARGS() > n && !PG_ARGISNULL(n) ? PG_GETARG_DATEADT(n) : DATEVAL_NOEND;
}

/* Days in the unit named by argument n; days if there is no such argument. */
static double
get_unit(FunctionCallInfo fcinfo, int n)
{
	static const struct
	{
		const char *name;
		double		days;
	}			units[] = {{"day", 1}, {"week", 7}, {"month", 365.25 / 12}, {"quarter", 365.25 / 4}, {"year", 365.25}};
	char	   *name;

	if (PG_NARGS() <= n || PG_ARGISNULL(n))
		return 1;
	name = text_to_cstring(PG_GETARG_TEXT_PP(n));
	for (size_t i = 0; i < lengthof(units); i++)
		if (pg_strcasecmp(name, units[i].name) == 0)
			return units[i].days;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown unit of time \"%s\"", name),
			 errhint("Use day, week, month (a twelfth of 365.25 days), quarter or year.")));
	return 0;					/* keep compiler quiet */
}

/* clt_clv_frequency(clv_summary, as_of): purchase days after the first. */
CLT_FUNCTION_INFO_V1(clt_clv_frequency);
Datum
clt_clv_frequency(PG_FUNCTION_ARGS)
{
	Reading		r;

	if (PG_ARGISNULL(0) || !read_summary(PG_GETARG_CLV_SUMMARY_P(0), get_as_of(fcinfo, 1), &r))
		PG_RETURN_NULL();
	PG_RETURN_INT32(r.frequency);
}

/* clt_clv_recency(clv_summary, as_of, unit): age at the last purchase day. */
CLT_FUNCTION_INFO_V1(clt_clv_recency);
Datum
clt_clv_recency(PG_FUNCTION_ARGS)
{
	Reading		r;

	if (PG_ARGISNULL(0) || !read_summary(PG_GETARG_CLV_SUMMARY_P(0), get_as_of(fcinfo, 1), &r))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8((r.last - r.first) / get_unit(fcinfo, 2));
}

/* clt_clv_age(clv_summary, as_of, unit): from the first purchase day to as_of. */
CLT_FUNCTION_INFO_V1(clt_clv_age);
Datum
clt_clv_age(PG_FUNCTION_ARGS)
{
	Reading		r;
	DateADT		as_of = get_as_of(fcinfo, 1);

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || !read_summary(PG_GETARG_CLV_SUMMARY_P(0), as_of, &r))
		PG_RETURN_NULL();
	if (DATE_NOT_FINITE(as_of))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the day of observation must be finite")));
	PG_RETURN_FLOAT8((as_of - r.first) / get_unit(fcinfo, 2));
}

/* clt_clv_mean_value(clv_summary, as_of): mean total of the purchase days after the first; NULL if there are none. */
CLT_FUNCTION_INFO_V1(clt_clv_mean_value);
Datum
clt_clv_mean_value(PG_FUNCTION_ARGS)
{
	Reading		r;

	if (PG_ARGISNULL(0) || !read_summary(PG_GETARG_CLV_SUMMARY_P(0), get_as_of(fcinfo, 1), &r) || r.frequency == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(r.repeat_value / r.frequency);
}
