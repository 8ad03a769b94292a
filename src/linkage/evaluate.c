/*
 * evaluate.c
 *		Which of the true pairs the blocking rules make.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "core/clientele.h"
#include "linkage/engine.h"
#include "linkage/registry.h"

/* A record's key, by the hash of its text. */
typedef struct KeyPlace
{
	uint64		hash;
	uint32		row;
} KeyPlace;

static int
compare_places(const void *a, const void *b)
{
	const KeyPlace *x = (const KeyPlace *) a;
	const KeyPlace *y = (const KeyPlace *) b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return x->row < y->row ? -1 : x->row > y->row;
}

/* places_of_keys sorts the records by the hash of their keys. */
static KeyPlace *
places_of_keys(LinkJob *job)
{
	KeyPlace   *places = MemoryContextAllocHuge(job->context, sizeof(KeyPlace) * ((Size) job->n + 1));
	Oid			out;
	bool		is_varlena;
	uint32		i;

	getTypeOutputInfo(job->key_type, &out, &is_varlena);
	for (i = 0; i < job->n; i++)
	{
		char	   *key = OidOutputFunctionCall(out, job->keys[i]);

		places[i].hash = clt_block_hash(key, strlen(key), 1);
		places[i].row = i;
		pfree(key);
		if ((i & 1023) == 0)
			CHECK_FOR_INTERRUPTS();
	}
	qsort(places, job->n, sizeof(KeyPlace), compare_places);
	return places;
}

/* place_of finds a record by its key; false if it is not there. */
static bool
place_of(const KeyPlace *places, uint32 n, Datum key, uint32 *row)
{
	text	   *t = DatumGetTextPP(key);
	uint64		hash = clt_block_hash(VARDATA_ANY(t), VARSIZE_ANY_EXHDR(t), 1);
	uint32		lo = 0;
	uint32		hi = n;

	while (lo < hi)
	{
		uint32		mid = lo + (hi - lo) / 2;

		if (places[mid].hash < hash)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == n || places[lo].hash != hash)
		return false;
	*row = places[lo].row;
	return true;
}

CLT_FUNCTION_INFO_V1(clt_linkage_rules_find);
/* clt_linkage_rules_find counts which of the given pairs each blocking rule makes. */
Datum
clt_linkage_rules_find(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	char	   *name = clt_link_model_argument(fcinfo);
	LinkModel	stored;
	LinkJob    *job;
	KeyPlace   *places;
	Datum	   *left;
	Datum	   *right;
	bool	   *left_null;
	bool	   *right_null;
	int64		found[LINK_ALL_RULES] = {0};
	int64		fresh[LINK_ALL_RULES] = {0};
	int			nleft;
	int			nright;
	int			i;
	int			r;

	InitMaterializedSRF(fcinfo, 0);
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(1), TEXTOID, -1, false, TYPALIGN_INT, &left, &left_null, &nleft);
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(2), TEXTOID, -1, false, TYPALIGN_INT, &right, &right_null, &nright);
	if (nleft != nright)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("there are %d left keys and %d right keys", nleft, nright)));
	SPI_connect();
	job = clt_link_open_model(name, &stored);
	clt_link_rules_build(job);
	places = places_of_keys(job);
	for (i = 0; i < nleft; i++)
	{
		bool		known = false;
		uint32		a;
		uint32		b;

		if ((i & 1023) == 0)
			CHECK_FOR_INTERRUPTS();
		if (left_null[i] || right_null[i] || !place_of(places, job->n, left[i], &a) || !place_of(places, job->n, right[i], &b) || a == b)
			continue;
		for (r = 0; r < job->nrules; r++)
			if (clt_link_rule_makes(job, r, a, b))
			{
				found[r]++;
				fresh[r] += !known;
				known = true;
			}
	}
	for (r = 0; r < job->nrules; r++)
	{
		Datum		values[4];
		bool		nulls[4] = {false};

		values[0] = Int32GetDatum(r + 1);
		values[1] = CStringGetTextDatum(job->rule[r].name);
		values[2] = Int64GetDatum(found[r]);
		values[3] = Int64GetDatum(fresh[r]);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	clt_link_job_close(job);
	SPI_finish();
	PG_RETURN_VOID();
}
