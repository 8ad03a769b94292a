/*-------------------------------------------------------------------------
 *
 * clv_sample.c
 *	  The state of the fitting aggregates, and the SQL type clv_sample.
 *
 * Histories are appended; when the array is full it is sorted and equal ones
 * are counted once, and it grows only if that did not make room.  A fit reads
 * it sorted, so that the sums of its likelihood do not depend on the order of
 * the rows, nor on how many workers gathered them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "clv/clv_sample.h"
#include "common/int.h"
#include "common/shortest_dec.h"
#include "core/clientele.h"
#include "core/wire.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

/* Below this number of histories, comparing is cheaper than counting digits. */
#define RADIX_SORT_FROM 4096

/* On disk: a header, then the customers, settled. */
typedef struct FlatSample
{
	int32		vl_len_;		/* varlena header (do not touch directly!) */
	uint8		version;
	uint8		reserved[3];	/* zero */
	int64		count;
	Customer	customer[FLEXIBLE_ARRAY_MEMBER];
} FlatSample;

static int
compare(const Customer *a, const Customer *b)
{
	if (a->x != b->x)
		return a->x < b->x ? -1 : 1;
	if (a->T != b->T)
		return a->T < b->T ? -1 : 1;
	if (a->t_x != b->t_x)
		return a->t_x < b->t_x ? -1 : 1;
	return 0;
}

#define ST_SORT sort_customers
#define ST_ELEMENT_TYPE Customer
#define ST_COMPARE(a, b) compare(a, b)
#define ST_SCOPE static
#define ST_DEFINE
#define ST_CHECK_FOR_INTERRUPTS
#include "lib/sort_template.h"

static Size
get_flat_size(ExpandedObjectHeader *eohptr)
{
	ClvSample  *s = (ClvSample *) eohptr;

	Assert(s->magic == CLV_SAMPLE_MAGIC);
	clt_clv_sample_settle(s);
	if (s->count > (int64) ((MaxAllocSize - sizeof(FlatSample)) / sizeof(Customer)))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("clv_sample of " INT64_FORMAT " distinct histories is too large to be stored or sent between workers", s->count),
				 errdetail("The limit is %zu.", (MaxAllocSize - sizeof(FlatSample)) / sizeof(Customer)),
				 errhint("Fit to a sample of customers, or with histories in coarser units of time.")));
	s->flat_size = offsetof(FlatSample, customer) + s->count * sizeof(Customer);
	return s->flat_size;
}

static void
flatten_into(ExpandedObjectHeader *eohptr, void *result, Size allocated_size)
{
	ClvSample  *s = (ClvSample *) eohptr;
	FlatSample *flat = result;

	Assert(allocated_size == s->flat_size);
	memset(flat, 0, offsetof(FlatSample, customer));
	SET_VARSIZE(flat, allocated_size);
	flat->version = CLV_SAMPLE_VERSION;
	flat->count = s->count;
	memcpy(flat->customer, s->customer, s->count * sizeof(Customer));
}

static const ExpandedObjectMethods sample_methods = {
	get_flat_size,
	flatten_into
};

ClvSample *
clt_clv_sample_new(MemoryContext context)
{
	MemoryContext own = AllocSetContextCreate(context, "clv_sample", ALLOCSET_SMALL_SIZES);
	ClvSample  *s = MemoryContextAllocZero(own, sizeof(ClvSample));

	EOH_init_header(&s->hdr, &sample_methods, own);
	s->magic = CLV_SAMPLE_MAGIC;
	s->capacity = 16;
	s->customer = MemoryContextAlloc(own, s->capacity * sizeof(Customer));
	return s;
}

ClvSample *
clt_clv_sample_get(Datum datum, MemoryContext context)
{
	FlatSample *flat;
	ClvSample  *s;

	/*
	 * readers get the object itself, read-only or not: settling changes
	 * nothing that can be seen
	 */
	if (VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(datum)))
	{
		s = (ClvSample *) DatumGetEOHP(datum);
		Assert(s->magic == CLV_SAMPLE_MAGIC);
		return s;
	}
	flat = (FlatSample *) PG_DETOAST_DATUM(datum);
	if (flat->version != CLV_SAMPLE_VERSION)
		elog(ERROR, "unknown format %u of clv_sample", flat->version);
	s = clt_clv_sample_new(context);
	if (flat->count > s->capacity)
	{
		s->capacity = flat->count;
		s->customer = repalloc_huge(s->customer, s->capacity * sizeof(Customer));
	}
	memcpy(s->customer, flat->customer, flat->count * sizeof(Customer));
	s->count = s->distinct = flat->count;
	return s;
}

void
clt_clv_sample_settle(ClvSample *s)
{
	int64		kept = 0;

	if (s->distinct == s->count)
		return;
	if (s->count < RADIX_SORT_FROM)
		sort_customers(s->customer, s->count);
	else
	{
		Customer   *scratch = MemoryContextAllocHuge(CurrentMemoryContext, s->count * sizeof(Customer));

		CHECK_FOR_INTERRUPTS();
		clt_customers_sort(s->customer, scratch, s->count);
		pfree(scratch);
	}
	for (int64 i = 1; i < s->count; i++)
	{
		if (compare(&s->customer[kept], &s->customer[i]) == 0)
		{
			/*
			 * a sum beyond all customers there are can only come from made-up
			 * weights
			 */
			if (pg_add_s64_overflow(s->customer[kept].weight, s->customer[i].weight, &s->customer[kept].weight))
				ereport(ERROR,
						(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						 errmsg("weight of a clv_sample out of range")));
		}
		else
			s->customer[++kept] = s->customer[i];
	}
	s->count = s->distinct = kept + 1;
}

void
clt_clv_sample_add(ClvSample *s, const Customer *c)
{
	if (s->count == s->capacity)
	{
		clt_clv_sample_settle(s);
		if (s->count > s->capacity / 2)
		{
			/* where few are equal, sort again only after three times as many */
			s->capacity *= s->count > s->capacity / 4 * 3 ? 4 : 2;
			s->customer = repalloc_huge(s->customer, s->capacity * sizeof(Customer));
		}
	}
	/* -0 becomes 0: the same number must have the same bits */
	s->customer[s->count++] = (Customer)
	{
		c->x + 0.0, c->t_x + 0.0, c->T + 0.0, c->weight
	};
}

/* The rule that a history breaks, or NULL if the models can read it. */
static const char *
broken_rule(const Customer *c)
{
	if (!(c->x >= 0) || c->x != floor(c->x) || c->x > 1e9)
		return "The frequency must be a whole number of repeat purchases, from 0 to 1000000000.";
	if (!isfinite(c->t_x) || !isfinite(c->T) || c->t_x < 0 || c->T < 0)
		return "Recency, age and mean value must be finite and not negative.";
	if (c->weight <= 0 || c->weight == PG_INT64_MAX)
		return "The weight must be greater than zero, and less than 2^63 - 1.";
	return NULL;
}

void
clt_clv_append_number(StringInfo out, double value)
{
	char		buf[DOUBLE_SHORTEST_DECIMAL_LEN];

	(void) double_to_shortest_decimal_buf(value, buf);
	appendStringInfoString(out, buf);
}

/* clt_clv_sample_out prints "{x,t_x,T,weight;...}". */
CLT_FUNCTION_INFO_V1(clt_clv_sample_out);
Datum
clt_clv_sample_out(PG_FUNCTION_ARGS)
{
	ClvSample  *s = clt_clv_sample_get(PG_GETARG_DATUM(0), CurrentMemoryContext);
	StringInfoData out;

	clt_clv_sample_settle(s);
	initStringInfo(&out);
	appendStringInfoChar(&out, '{');
	for (int64 i = 0; i < s->count; i++)
	{
		clt_clv_append_number(&out, s->customer[i].x);
		appendStringInfoChar(&out, ',');
		clt_clv_append_number(&out, s->customer[i].t_x);
		appendStringInfoChar(&out, ',');
		clt_clv_append_number(&out, s->customer[i].T);
		appendStringInfoChar(&out, ',');
		appendStringInfo(&out, INT64_FORMAT "%s", s->customer[i].weight, i + 1 < s->count ? ";" : "");
	}
	appendStringInfoChar(&out, '}');
	PG_RETURN_CSTRING(out.data);
}

/* clt_clv_sample_in reads what clt_clv_sample_out prints. */
CLT_FUNCTION_INFO_V1(clt_clv_sample_in);
Datum
clt_clv_sample_in(PG_FUNCTION_ARGS)
{
	char	   *string = PG_GETARG_CSTRING(0);
	char	   *at = string;
	ClvSample  *s = clt_clv_sample_new(CurrentMemoryContext);
	bool		good = *at++ == '{';

	while (good && *at != '}')
	{
		Customer	c;
		char	   *end;

		c.x = strtod(at, &end);
		good = end != at && *end == ',';
		if (good)
			c.t_x = strtod(at = end + 1, &end);
		good = good && end != at && *end == ',';
		if (good)
			c.T = strtod(at = end + 1, &end);
		good = good && end != at && *end == ',';
		if (good)
			c.weight = strtoll(at = end + 1, &end, 10);
		good = good && end != at && (*end == '}' || (*end == ';' && end[1] != '}'));
		if (good)
		{
			const char *rule = broken_rule(&c);

			if (rule)
				ereturn(fcinfo->context, (Datum) 0,
						(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
						 errmsg("invalid clv_sample"),
						 errdetail("%s", rule)));
			clt_clv_sample_add(s, &c);
			at = *end == ';' ? end + 1 : end;
		}
	}
	if (!good || at[1] != '\0')
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type clv_sample: \"%s\"", clt_beginning(string)),
				 errdetail("Expected {frequency,recency,age,weight;...}.")));
	PG_RETURN_DATUM(EOHPGetRWDatum(&s->hdr));
}

/* clt_clv_sample_send writes count and customers. */
CLT_FUNCTION_INFO_V1(clt_clv_sample_send);
Datum
clt_clv_sample_send(PG_FUNCTION_ARGS)
{
	ClvSample  *s = clt_clv_sample_get(PG_GETARG_DATUM(0), CurrentMemoryContext);
	StringInfoData buf;

	clt_clv_sample_settle(s);
	if (s->count > PG_INT32_MAX / (int64) (4 * sizeof(double)))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("clv_sample of " INT64_FORMAT " distinct histories is too large to be sent", s->count)));
	pq_begintypsend(&buf);
	pq_sendbyte(&buf, CLV_SAMPLE_VERSION);
	pq_sendint32(&buf, (uint32) s->count);
	for (int64 i = 0; i < s->count; i++)
	{
		pq_sendfloat8(&buf, s->customer[i].x);
		pq_sendfloat8(&buf, s->customer[i].t_x);
		pq_sendfloat8(&buf, s->customer[i].T);
		pq_sendint64(&buf, s->customer[i].weight);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* clt_clv_sample_recv reads what clt_clv_sample_send writes. */
CLT_FUNCTION_INFO_V1(clt_clv_sample_recv);
Datum
clt_clv_sample_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	ClvSample  *s = clt_clv_sample_new(CurrentMemoryContext);
	uint32		count;

	clt_wire_expect_version(buf, CLV_SAMPLE_VERSION, "clv_sample");
	count = clt_wire_count(buf, 4 * sizeof(double), "clv_sample");
	for (uint32 i = 0; i < count; i++)
	{
		Customer	c;
		const char *rule;

		c.x = pq_getmsgfloat8(buf);
		c.t_x = pq_getmsgfloat8(buf);
		c.T = pq_getmsgfloat8(buf);
		c.weight = pq_getmsgint64(buf);
		rule = broken_rule(&c);
		if (rule)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
					 errmsg("invalid clv_sample"),
					 errdetail("%s", rule)));
		clt_clv_sample_add(s, &c);
	}
	PG_RETURN_DATUM(EOHPGetRWDatum(&s->hdr));
}

/* clt_clv_sample_combine merges two states. */
CLT_FUNCTION_INFO_V1(clt_clv_sample_combine);
Datum
clt_clv_sample_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context;
	ClvSample  *into;
	ClvSample  *from;

	if (!AggCheckCallContext(fcinfo, &context))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("clv_sample_combine called outside of an aggregate")));
	if (PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	into = PG_ARGISNULL(0) ? clt_clv_sample_new(context) : clt_clv_sample_get(PG_GETARG_DATUM(0), context);
	from = clt_clv_sample_get(PG_GETARG_DATUM(1), CurrentMemoryContext);
	for (int64 i = 0; i < from->count; i++)
	{
		if (i % 65536 == 0)
			CHECK_FOR_INTERRUPTS();
		clt_clv_sample_add(into, &from->customer[i]);
	}
	PG_RETURN_DATUM(EOHPGetRWDatum(&into->hdr));
}
