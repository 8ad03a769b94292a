/*-------------------------------------------------------------------------
 *
 * days.c
 *	  Whole days between an order and the day of a report.
 *
 * Recency counts calendar days, as people do: an order of yesterday evening
 * is one day old this morning.  For timestamptz orders the calendar is that of
 * the session's TimeZone, with its clock changes; timestamp and date orders
 * carry their own.  A million conversions through timestamp2tm() would cost
 * more than the scoring, so the zone's offsets are tabulated once.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "core/clientele.h"
#include "pgtime.h"
#include "rfm/rfm.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

/* From 1900 to 2100 a zone changes its offset at most a few times a year. */
#define MAX_CHANGES 1000
#define FIRST_TABULATED INT64CONST(-2208988800) /* 1900-01-01, seconds since
												 * 1970 */
#define LAST_TABULATED INT64CONST(4102444800)	/* 2100-01-01 */
#define EPOCH_SECONDS ((POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * (int64) SECS_PER_DAY)

typedef struct OffsetChange
{
	int64		from;			/* microseconds since 2000 */
	int64		offset;			/* microseconds east of Greenwich */
} OffsetChange;

/* The offsets of one zone; zones live as long as the backend. */
static const pg_tz *table_zone = NULL;
static int	table_count = 0;
static int	table_hit = 0;
static int64 table_end;
static OffsetChange table[MAX_CHANGES];

static int64
floor_day(int64 at)
{
	int64		day = at / USECS_PER_DAY;

	return day * USECS_PER_DAY > at ? day - 1 : day;
}

static void
tabulate_zone(void)
{
	pg_time_t	t = FIRST_TABULATED;

	table_zone = NULL;
	table_count = 0;
	table_hit = 0;
	while (table_count < MAX_CHANGES && t < LAST_TABULATED)
	{
		long int	before,
					after;
		int			before_dst,
					after_dst;
		pg_time_t	boundary;
		int			result;

		result = pg_next_dst_boundary(&t, &before, &before_dst, &boundary,
									  &after, &after_dst, session_timezone);
		if (result < 0)
			break;
		table[table_count].from = (t - EPOCH_SECONDS) * USECS_PER_SEC;
		table[table_count++].offset = before * USECS_PER_SEC;
		if (result == 0)
		{
			t = LAST_TABULATED;
			break;
		}
		t = boundary;
	}
	table_end = (Min(t, LAST_TABULATED) - EPOCH_SECONDS) * USECS_PER_SEC;
	table_zone = session_timezone;
}

/* The local day, counted from 2000-01-01, on which at lies. */
int64
clt_rfm_local_day(RfmClock clock, int64 at)
{
	int			low,
				high;

	if (clock == CLT_RFM_WALL)
		return floor_day(at);
	if (table_zone != session_timezone)
		tabulate_zone();
	if (table_count == 0 || at < table[0].from || at >= table_end)
	{
		struct pg_tm tm;
		fsec_t		fsec;
		int			tz;

		if (timestamp2tm(at, &tz, &tm, &fsec, NULL, NULL) != 0)
			ereport(ERROR,
					(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
					 errmsg("timestamp out of range")));
		return date2j(tm.tm_year, tm.tm_mon, tm.tm_mday) - POSTGRES_EPOCH_JDATE;
	}
	low = table_hit;
	if (at < table[low].from || (low + 1 < table_count && at >= table[low + 1].from))
	{
		low = 0;
		high = table_count;
		while (high - low > 1)
		{
			int			middle = (low + high) / 2;

			if (table[middle].from <= at)
				low = middle;
			else
				high = middle;
		}
		table_hit = low;
	}
	return floor_day(at + table[low].offset);
}

/* Takes the moment of a report; it must be finite. */
void
clt_rfm_set_as_of(RfmAsOf *as_of, TimestampTz at)
{
	struct pg_tm tm;
	fsec_t		fsec;
	int			tz;

	if (TIMESTAMP_NOT_FINITE(at))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("as_of must be finite")));
	if (timestamp2tm(at, &tz, &tm, &fsec, NULL, NULL) != 0 ||
		tm2timestamp(&tm, fsec, NULL, &as_of->wall) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp out of range")));
	as_of->instant = at;
	as_of->day = floor_day(as_of->wall);
}

/*
 * Days from the last order to the day of the report.  A summary that has seen
 * later orders cannot tell what came before, and says so rather than look
 * into the future.
 */
int64
clt_rfm_days_since(const RfmSummary *s, const RfmAsOf *as_of)
{
	int64		limit = s->clock == CLT_RFM_WALL ? as_of->wall : as_of->instant;

	if (s->last_at > limit)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("rfm_summary holds orders later than as_of"),
				 errhint("Leave them out where they are summed up: rfm_agg(at, amount) FILTER (WHERE at <= as_of).")));
	return as_of->day - clt_rfm_local_day((RfmClock) s->clock, s->last_at);
}
