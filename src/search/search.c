/*
 * search.c
 *		The records most like one record, and the person that it is.
 *
 * Keys of the record are looked up in <model>_index, the records that have them
 * are read from the source, as the caller, and compared by the kernels of the
 * bulk engine.  So a row that the caller may not see is not found, a row that
 * was changed is compared as it is now, and the weights are those of the pairs.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "core/clientele.h"
#include "linkage/engine.h"
#include "linkage/probe.h"
#include "linkage/registry.h"

#define MAX_RESULTS 1000
/* So many records are looked for and compared at least, and so many at most before some are left out. */
#define ENOUGH_COMPARED 20
#define MOST_COMPARED 250
/* While one of those compared last has this weight, one chance in eleven to be the same, there may be more. */
#define PROMISING -3.3
/* A record of this weight is more likely than not the same: nothing else need be searched. */
#define FOUND 0

/* A record found. */
typedef struct Match
{
	Datum		key;
	double		weight;
	uint32		row;
	bool		known;			/* it has a person */
	int64		person;
} Match;

static int
compare_matches(const void *a, const void *b)
{
	const Match *x = (const Match *) a;
	const Match *y = (const Match *) b;

	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	return x->row < y->row ? -1 : x->row > y->row;
}

static bool
same_key(LinkJob *job, Datum a, Datum b)
{
	return datum_image_eq(a, b, job->key_byval, job->key_len);
}

/* was_met tells whether a record is the one looked for, or one of the others before it. */
static bool
was_met(LinkJob *few, uint32 row, bool others)
{
	uint32		i;

	if (few->keyless == 0 && same_key(few, few->keys[0], few->keys[row]))
		return true;
	for (i = 1; others && i < row; i++)
		if (same_key(few, few->keys[i], few->keys[row]))
			return true;
	return false;
}

/* weigh compares the first record of a job with those from a row on that are not there twice; returns the best weight. */
static double
weigh(LinkJob *few, uint32 from, bool twice, Match *found, int *n)
{
	double		best = -INFINITY;
	uint32		i;

	for (i = from; i < few->n; i++)
	{
		LinkPair	pair;

		if (was_met(few, i, twice))
			continue;
		memset(&pair, 0, sizeof(pair));
		pair.r = i;
		clt_link_compare(few, &pair);
		found[*n].key = few->keys[i];
		found[*n].row = i;
		found[*n].known = false;
		/* weights of pairs are kept as float */
		found[*n].weight = (float) clt_link_pair_weight(few, &pair);
		best = Max(best, found[*n].weight);
		(*n)++;
	}
	return best;
}

/* What a call has found. */
typedef struct Findings
{
	LinkProbe  *probe;
	LinkJob    *few;			/* first the record looked for, then those
								 * compared */
	Match	   *found;
	int			n;
	double		best;
	bool		twice;			/* some were met that may be met again */
} Findings;

/* compare_keys compares the record looked for with those that have some keys; returns the best weight of these. */
static double
compare_keys(Findings *f, const Datum *keys, int some)
{
	uint32		from = f->few->n;
	double		best;

	CHECK_FOR_INTERRUPTS();
	if (some == 0)
		return -INFINITY;
	clt_probe_add_keys(f->probe, keys, some);
	clt_probe_settle(f->probe, f->few);
	f->found = repalloc_huge(f->found, sizeof(Match) * f->few->n);
	best = weigh(f->few, from, f->twice, f->found, &f->n);
	f->best = Max(f->best, best);
	return best;
}

/* compare_some compares the record looked for with some candidates; returns the best weight of these. */
static double
compare_some(Findings *f, const LinkCandidate *candidates, int some)
{
	return compare_keys(f, clt_probe_keys_of(f->probe, candidates, some), some);
}

/* search_others compares records that share only single columns, while the last of them are promising. */
static void
search_others(Findings *f, const LinkKey *keys, int nkeys, LinkCandidate *own, int nown, int enough, int most)
{
	int			n;
	LinkCandidate *others = clt_probe_others(f->probe, keys, nkeys, own, nown, enough, &n);
	int			done = 0;

	while (done < Min(n, most))
	{
		int			some = Min(enough, Min(n, most) - done);
		double		best = compare_some(f, others + done, some);

		done += some;
		if (best < PROMISING)
			break;
	}
}

/*
 * find_alike compares the first record of a job with those that share keys with it and returns the
 * best, best first.  All that share a key of the model's are compared.  If none of them is found to be
 * the same, single columns are searched, too.
 */
static int
find_alike(LinkProbe *probe, LinkJob *few, int max, Match **matches)
{
	LinkKey    *keys = palloc(sizeof(LinkKey) * LINK_MAX_KEYS);
	int			most = Max(MOST_COMPARED, 2 * max);
	int			enough = Max(ENOUGH_COMPARED, 2 * max);
	Findings	f = {probe, few, palloc(sizeof(Match)), 0, -INFINITY, false};
	LinkCandidate *own;
	Datum	   *changed;
	int			nchanged;
	int			nkeys;
	int			nown;

	clt_probe_settle(probe, few);
	nkeys = clt_probe_keys(probe, few, 0, true, keys);
	own = clt_probe_own(probe, keys, nkeys, &nown);
	compare_some(&f, own, Min(nown, most));
	changed = clt_probe_changed(probe, keys, nkeys, false, &nchanged);
	f.twice = changed != NULL;
	compare_keys(&f, changed, nchanged);
	if (f.best < FOUND)
	{
		if (changed)
		{
			changed = clt_probe_changed(probe, keys, nkeys, true, &nchanged);
			compare_keys(&f, changed, Min(nchanged, enough));
		}
		search_others(&f, keys, nkeys, own, nown, enough, most - Min(nown, most));
	}
	qsort(f.found, f.n, sizeof(Match), compare_matches);
	*matches = f.found;
	return Min(f.n, max);
}

/* find_persons asks which persons records are. */
static void
find_persons(LinkProbe *probe, Match *matches, int n)
{
	LinkJob    *job = probe->model->job;
	Datum	   *keys = palloc(sizeof(Datum) * (n + 1));
	uint64		row;
	int			i;

	if (n == 0)
		return;
	for (i = 0; i < n; i++)
		keys[i] = matches[i].key;
	clt_probe_run(probe, clt_probe_persons(probe), get_array_type(job->key_type), clt_probe_key_array(job, keys, n), NULL);
	for (row = 0; row < SPI_processed; row++)
	{
		bool		null_key;
		bool		null_person;
		Datum		key = SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, 1, &null_key);
		Datum		person = SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, 2, &null_person);

		for (i = 0; i < n && !null_key && !null_person; i++)
			if (same_key(job, key, matches[i].key))
			{
				matches[i].known = true;
				matches[i].person = DatumGetInt64(person);
			}
	}
	SPI_freetuptable(SPI_tuptable);
}

static Datum
key_text(FmgrInfo *out, Datum key)
{
	return CStringGetTextDatum(OutputFunctionCall(out, key));
}

static void
null_argument(const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
			 errmsg("argument \"%s\" must not be null", name)));
}

CLT_FUNCTION_INFO_V1(clt_search);
/* clt_search returns the records most like one given as JSON. */
Datum
clt_search(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	char	   *name = clt_link_model_argument(fcinfo);
	LinkProbe  *probe;
	LinkJob    *few;
	Match	   *matches = NULL;
	FmgrInfo	out;
	Oid			function;
	bool varlena;
	int32		max;
	int			n;
	int			i;

	if (PG_ARGISNULL(1))
		null_argument("record");
	if (PG_ARGISNULL(2))
		null_argument("max_results");
	max = PG_GETARG_INT32(2);
	if (max < 0 || max > MAX_RESULTS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("max_results must be between 0 and %d, not %d", MAX_RESULTS, max)));
	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	probe = clt_probe_open(name, true);
	few = clt_probe_records(probe);
	clt_probe_add_json(probe, PG_GETARG_JSONB_P(1));
	n = max > 0 ? find_alike(probe, few, max, &matches) : 0;
	find_persons(probe, matches, n);
	getTypeOutputInfo(few->key_type, &function, &varlena);
	fmgr_info(function, &out);
	for (i = 0; i < n; i++)
	{
		Datum		values[4];
		bool		nulls[4] = {false};

		values[0] = key_text(&out, matches[i].key);
		values[1] = Int64GetDatum(matches[i].person);
		nulls[1] = !matches[i].known;
		values[2] = Float8GetDatum(matches[i].weight);
		values[3] = Float8GetDatum(clt_fs_probability(matches[i].weight));
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	clt_probe_close(probe);
	SPI_finish();
	PG_RETURN_VOID();
}

/* So many of the records most like one are asked for their person. */
#define ASKED 20

CLT_FUNCTION_INFO_V1(clt_identify);
/* clt_identify returns the person that a record of the source is, or would be. */
Datum
clt_identify(PG_FUNCTION_ARGS)
{
	char	   *name = clt_link_model_argument(fcinfo);
	LinkProbe  *probe;
	LinkJob    *few;
	Match	   *matches;
	Match		asked[ASKED + 1];
	TupleDesc	desc;
	Datum		key;
	Datum		values[4];
	bool		nulls[4] = {true, true, true, true};
	HeapTuple	tuple;
	double		threshold;
	int			n;
	int			i;

	if (PG_ARGISNULL(1))
		null_argument("record_key");
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	desc = BlessTupleDesc(desc);
	SPI_connect();
	probe = clt_probe_open(name, true);
	few = clt_probe_records(probe);
	key = clt_probe_key_argument(probe, get_fn_expr_argtype(fcinfo->flinfo, 1), PG_GETARG_DATUM(1));
	clt_probe_add_keys(probe, &key, 1);
	if (few->n == 0)
		ereport(ERROR,
				(errcode(ERRCODE_NO_DATA_FOUND),
				 errmsg("\"%s\" has no record with that key", few->table)));
	n = find_alike(probe, few, ASKED, &matches);
	memset(asked, 0, sizeof(asked));
	asked[0].key = few->keys[0];
	memcpy(asked + 1, matches, sizeof(Match) * n);
	find_persons(probe, asked, n + 1);
	threshold = log2(few->threshold / (1.0 - few->threshold));
	for (i = 1; i <= n; i++)
		if (asked[i].known && (asked[0].known ? asked[i].person == asked[0].person : asked[i].weight >= threshold))
			break;
	/* both may have come since the last run: the same, though nobody known */
	if (i > n && n > 0 && !asked[0].known && asked[1].weight >= threshold)
		i = 1;
	memset(values, 0, sizeof(values));
	if (asked[0].known || i <= n)
	{
		values[0] = Int64GetDatum(asked[0].known ? asked[0].person : asked[i].person);
		nulls[0] = !asked[0].known && !asked[i].known;
	}
	if (i <= n)
	{
		Oid			out;
		bool varlena;

		getTypeOutputInfo(few->key_type, &out, &varlena);
		values[1] = Float8GetDatum(asked[i].weight);
		values[2] = Float8GetDatum(clt_fs_probability(asked[i].weight));
		values[3] = CStringGetTextDatum(OidOutputFunctionCall(out, asked[i].key));
		nulls[1] = nulls[2] = nulls[3] = false;
	}
	tuple = heap_form_tuple(desc, values, nulls);
	/* the row outlives the memory of this call's look-ups */
	tuple = SPI_copytuple(tuple);
	HeapTupleHeaderSetTypeId(tuple->t_data, desc->tdtypeid);
	HeapTupleHeaderSetTypMod(tuple->t_data, desc->tdtypmod);
	clt_probe_close(probe);
	SPI_finish();
	PG_RETURN_DATUM(HeapTupleGetDatum(tuple));
}
