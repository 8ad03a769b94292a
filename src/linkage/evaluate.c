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
#include "linkage/large.h"
#include "linkage/registry.h"

/* A record's key, by the hash of its text. */
typedef struct KeyPlace
{
	uint64		hash;			/* of its table, too */
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

static uint64
place_hash(Oid table, const char *key, size_t len)
{
	return clt_block_combine(clt_block_hash(key, len, 1), table);
}

/* places_of_keys sorts the records by the hash of their keys. */
static KeyPlace *
places_of_keys(LinkJob *job)
{
	KeyPlace   *places = clt_link_large(job->context, sizeof(KeyPlace) * ((Size) job->n + 1));
	Oid			out;
	bool		is_varlena;
	uint32		i;

	getTypeOutputInfo(job->key_type, &out, &is_varlena);
	for (i = 0; i < job->n; i++)
	{
		char	   *key = OidOutputFunctionCall(out, job->keys[i]);

		places[i].hash = place_hash(job->in[clt_link_source_of(job, i)].table, key, strlen(key));
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
place_of(const KeyPlace *places, uint32 n, Datum table, Datum key, uint32 *row)
{
	text	   *t = DatumGetTextPP(key);
	uint64		hash = place_hash(DatumGetObjectId(table), VARDATA_ANY(t), VARSIZE_ANY_EXHDR(t));
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

/* An end of pairs that are given: tables and keys. */
typedef struct GivenEnd
{
	Datum	   *table;
	bool	   *no_table;
	Datum	   *key;
	bool	   *no_key;
	int			n;
} GivenEnd;

/* given_end reads one end of the pairs from an array of tables and one of keys. */
static void
given_end(FunctionCallInfo fcinfo, int arg, GivenEnd *end)
{
	int			n;

	deconstruct_array(PG_GETARG_ARRAYTYPE_P(arg), OIDOID, sizeof(Oid), true, TYPALIGN_INT, &end->table, &end->no_table, &n);
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(arg + 1), TEXTOID, -1, false, TYPALIGN_INT, &end->key, &end->no_key, &end->n);
	if (end->n != n)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("there are %d tables and %d keys", n, end->n)));
}

/* find_given finds the record of one end. */
static bool
find_given(const LinkJob *job, const KeyPlace *places, const GivenEnd *end, int i, uint32 *row)
{
	return !end->no_table[i] && !end->no_key[i] && place_of(places, job->n, end->table[i], end->key[i], row);
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
	GivenEnd	left;
	GivenEnd	right;
	int64		found[LINK_ALL_RULES] = {0};
	int64		fresh[LINK_ALL_RULES] = {0};
	int			i;
	int			r;

	InitMaterializedSRF(fcinfo, 0);
	given_end(fcinfo, 1, &left);
	given_end(fcinfo, 3, &right);
	if (left.n != right.n)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("there are %d left keys and %d right keys", left.n, right.n)));
	SPI_connect();
	job = clt_link_open_model(name, &stored);
	clt_link_rules_build(job);
	places = places_of_keys(job);
	for (i = 0; i < left.n; i++)
	{
		bool		known = false;
		uint32		a;
		uint32		b;

		if ((i & 1023) == 0)
			CHECK_FOR_INTERRUPTS();
		if (!find_given(job, places, &left, i, &a) || !find_given(job, places, &right, i, &b) || a == b)
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
