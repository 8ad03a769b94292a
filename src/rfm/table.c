/*-------------------------------------------------------------------------
 *
 * table.c
 *	  rfm(orders, customer, at, amount, ...): from a table of orders to scored
 *	  and named customers in one call.
 *
 * What makes GROUP BY over many customers slow is neither the scan nor the
 * arithmetic but the executor's hash table, which misses the cache several
 * times a row.  So the rows (orders.c) go into one of our own (ledger.c).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "core/clientele.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "rfm/job.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"
#include "utils/uuid.h"

/* Result rows between two resets of their memory context. */
#define ROWS_PER_RESET 256
#define RFM_DEFAULT_SCHEME "eleven"

/* ---- results ----------------------------------------------------------- */

enum
{
	OUT_CUSTOMER, OUT_RECENCY, OUT_FREQUENCY, OUT_MONETARY, OUT_R, OUT_F, OUT_M,
	OUT_SCORE, OUT_SEGMENT, OUT_LAST, OUT_COLUMNS
};

typedef struct RfmOutput
{
	RfmJob	   *job;
	ReturnSetInfo *rsinfo;
	MemoryContext row_context;
	const RfmScheme *scheme;	/* may be NULL */
	const RfmScorer *scorer;	/* or */
	const RfmScore *scores;
	FmgrInfo	key_out;		/* KEY_ANY */
	size_t		member;			/* of the population */
	size_t		rows;
} RfmOutput;

static Datum
customer_text(RfmOutput *out, const RfmCustomer *c)
{
	OrderSource *source = &out->job->source;
	char		buf[32];

	switch (source->key_kind)
	{
		case KEY_INTEGER:
			return PointerGetDatum(cstring_to_text_with_len(buf, pg_lltoa((int64) c->integer, buf)));
		case KEY_TEXT:
			return PointerGetDatum(cstring_to_text_with_len(c->key->bytes, (int) c->key->length));
		case KEY_UUID:
			return CStringGetTextDatum(DatumGetCString(DirectFunctionCall1(uuid_out, PointerGetDatum(c->key->bytes))));
		case KEY_ANY:
			break;
	}
	return CStringGetTextDatum(OutputFunctionCall(&out->key_out, clt_rfm_key_datum(source, c->key)));
}

/* Puts out one customer; they come in the order in which the population got them. */
static void
put_customer(void *arg, const RfmCustomer *c)
{
	RfmOutput  *out = arg;
	RfmJob	   *job = out->job;
	Datum		values[OUT_COLUMNS];
	bool		nulls[OUT_COLUMNS] = {false};

	values[OUT_CUSTOMER] = customer_text(out, c);
	values[OUT_FREQUENCY] = Int64GetDatum(c->orders);
	values[OUT_MONETARY] = clt_rfm_make_numeric(c->sum, c->scale);
	if (c->orders == 0)
	{
		nulls[OUT_RECENCY] = nulls[OUT_R] = nulls[OUT_F] = nulls[OUT_M] = true;
		nulls[OUT_SCORE] = nulls[OUT_SEGMENT] = nulls[OUT_LAST] = true;
	}
	else
	{
		RfmPopulation *p = job->population;
		size_t		i = out->member++;
		RfmScore	score = out->scores ? out->scores[i] :
		clt_rfm_scorer_score(out->scorer, p->recency[i], p->frequency[i],
							 p->money ? p->money[i] : p->money_wide[i]);
		int			segment = out->scheme ? clt_rfm_segment_of(out->scheme, score) : -1;

		values[OUT_RECENCY] = Int32GetDatum((int32) -p->recency[i]);
		values[OUT_R] = Int32GetDatum(CLT_RFM_SCORE_R(score));
		values[OUT_F] = Int32GetDatum(CLT_RFM_SCORE_F(score));
		values[OUT_M] = Int32GetDatum(CLT_RFM_SCORE_M(score));
		values[OUT_SCORE] = Int32GetDatum((int32) score);
		if (segment < 0)
			nulls[OUT_SEGMENT] = true;
		else
			values[OUT_SEGMENT] = PointerGetDatum(out->scheme->segment[segment]);
		values[OUT_LAST] = job->clock == CLT_RFM_INSTANT ? TimestampTzGetDatum(c->last_at) :
			DirectFunctionCall1(timestamp_timestamptz, TimestampGetDatum(c->last_at));
	}
	tuplestore_putvalues(out->rsinfo->setResult, out->rsinfo->setDesc, values, nulls);
	if (++out->rows % ROWS_PER_RESET == 0)
	{
		MemoryContextReset(out->row_context);
		CHECK_FOR_INTERRUPTS();
	}
}

/* ---- ntile's tie-break ------------------------------------------------- */

/* A customer's key, and his row of the population. */
typedef struct KeyPlace
{
	int64		integer;
	const AccountKey *key;
	size_t		row;
} KeyPlace;

typedef struct KeyPlaces
{
	KeyPlace   *place;
	size_t		count;
	bool		copy;			/* the keys come from a file */
} KeyPlaces;

static int
compare_places(const void *a, const void *b)
{
	const KeyPlace *x = a;
	const KeyPlace *y = b;

	if (x->key == NULL)
		return (x->integer > y->integer) - (x->integer < y->integer);
	else
	{
		uint32		n = Min(x->key->length, y->key->length);
		int			order = memcmp(x->key->bytes, y->key->bytes, n);

		return order ? order : (x->key->length > y->key->length) - (x->key->length < y->key->length);
	}
}

static void
add_place(void *arg, const RfmCustomer *c)
{
	KeyPlaces  *places = arg;
	KeyPlace   *place = &places->place[places->count];

	if (c->orders == 0)
		return;
	place->integer = (int64) c->integer;
	place->key = c->key;
	place->row = places->count++;
	if (c->key && places->copy)
	{
		Size		size = offsetof(AccountKey, bytes) + c->key->length;

		place->key = memcpy(MemoryContextAllocHuge(CurrentMemoryContext, size), c->key, size);
	}
}

/* The members of the population in the order of their keys: numbers, else bytes. */
static size_t *
order_by_key(RfmJob *job)
{
	size_t		count = Max(job->population->count, 1);
	size_t	   *order = MemoryContextAllocHuge(CurrentMemoryContext, count * sizeof(size_t));
	KeyPlaces	places = {.copy = job->finished != NULL};

	places.place = MemoryContextAllocHuge(CurrentMemoryContext, count * sizeof(KeyPlace));
	clt_rfm_visit_customers(job, add_place, &places);
	qsort(places.place, places.count, sizeof(KeyPlace), compare_places);
	for (size_t i = 0; i < places.count; i++)
		order[i] = places.place[i].row;
	pfree(places.place);
	return order;
}

/* ---- the function ------------------------------------------------------ */

static RfmJob *
create_job(FunctionCallInfo fcinfo)
{
	RfmJob	   *job = clt_rfm_job_create();

	job->source.relid = DatumGetObjectId(clt_need_argument(fcinfo, 0, "orders"));
	job->source.name[0] = NameStr(*DatumGetName(clt_need_argument(fcinfo, 1, "customer")));
	job->source.name[1] = NameStr(*DatumGetName(clt_need_argument(fcinfo, 2, "at")));
	job->source.name[2] = NameStr(*DatumGetName(clt_need_argument(fcinfo, 3, "amount")));
	clt_rfm_set_as_of(&job->as_of, PG_ARGISNULL(4) ? GetCurrentTransactionStartTimestamp() :
					  PG_GETARG_TIMESTAMPTZ(4));
	return job;
}

/* Scores the population: either by cut points, or row by row under ntile. */
static void
score_population(FunctionCallInfo fcinfo, RfmJob *job, RfmOutput *out, int bins, RfmCutSet *given)
{
	RfmRule		rule = clt_rfm_rule_from_text(DatumGetTextPP(clt_need_argument(fcinfo, 7, "rule")));
	bool		nested = DatumGetBool(clt_need_argument(fcinfo, 8, "nested"));
	RfmPopulation *p = job->population;
	RfmCutSet  *set = given;
	RfmScorer  *scorer;

	if (set == NULL && rule == CLT_RFM_RULE_NTILE)
	{
		out->scores = clt_rfm_score_ntile(p, bins, nested, order_by_key(job));
		return;
	}
	if (set == NULL)
	{
		set = palloc0(sizeof(RfmCutSet));
		clt_rfm_find_cuts(p, rule, bins, nested, set);
	}
	scorer = palloc0(sizeof(RfmScorer));
	clt_rfm_scorer_init(scorer, set);
	clt_rfm_scorer_set_scale(scorer, p->scale);
	out->scorer = scorer;
}

/* clt_rfm(orders, customer, at, amount, as_of, bins, scheme, rule, nested, cuts) */
CLT_FUNCTION_INFO_V1(clt_rfm);
Datum
clt_rfm(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext work = AllocSetContextCreate(CurrentMemoryContext, "rfm", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old;
	RfmCutSet	given;
	RfmOutput	out;
	RfmJob	   *job;
	Relation	rel;
	int			bins;

	InitMaterializedSRF(fcinfo, 0);
	old = MemoryContextSwitchTo(work);
	memset(&out, 0, sizeof(out));
	bins = DatumGetInt32(clt_need_argument(fcinfo, 5, "bins"));
	if (!PG_ARGISNULL(9))
	{
		clt_rfm_bins_unpack(PG_GETARG_RFM_BINS_P(9), &given);
		bins = given.bins;
	}
	clt_rfm_check_bins(bins);
	(void) clt_rfm_rule_from_text(DatumGetTextPP(clt_need_argument(fcinfo, 7, "rule")));
	if (!PG_ARGISNULL(6))
	{
		char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(6));
		RfmScheme  *scheme = clt_rfm_load_scheme(name);

		/* who says nothing of segments gets them where there are five bins */
		if (scheme->bins != bins && strcmp(name, RFM_DEFAULT_SCHEME) == 0)
			ereport(NOTICE,
					(errmsg("scheme \"%s\" is for %d bins: with %d there are no segments", name, scheme->bins, bins)));
		else if (scheme->bins != bins)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("scheme \"%s\" is for %d bins, not %d", name, scheme->bins, bins),
					 errhint("Name a scheme for %d bins, or say scheme => NULL to get scores without segments.", bins)));
		else
			out.scheme = scheme;
	}

	job = create_job(fcinfo);
	rel = relation_open(job->source.relid, AccessShareLock);
	clt_rfm_look_at_source(job, rel);
	clt_rfm_read_orders(job, rel);
	clt_rfm_finish_passes(job);

	out.job = job;
	out.rsinfo = rsinfo;
	out.row_context = AllocSetContextCreate(work, "rfm row", ALLOCSET_DEFAULT_SIZES);
	if (job->source.key_kind == KEY_ANY)
	{
		Oid			function;
		bool varlena;

		getTypeOutputInfo(job->source.key_type, &function, &varlena);
		fmgr_info(function, &out.key_out);
	}
	score_population(fcinfo, job, &out, bins, PG_ARGISNULL(9) ? NULL : &given);
	MemoryContextSwitchTo(out.row_context);
	clt_rfm_visit_customers(job, put_customer, &out);
	clt_rfm_close_passes(job);

	relation_close(rel, NoLock);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(work);
	return (Datum) 0;
}
