/*
 * search.c
 *		The records most like one record, and the person that it is.
 *
 * Keys of the record are looked up in <model>_index, the records that have them
 * are read from the source, as the caller, and compared by the kernels of the
 * bulk engine.  So a row that the caller may not see is not found, a row that
 * was changed is compared as it is now, and the weights are those of the pairs.
 *
 * Of a model of several tables all are searched, or, if the record is said to be of one
 * of them, all others: who is linked makes no pairs within a table.
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
#include "linkage/results.h"

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
	LinkRecordKey record;
	double		weight;
	bool		known;			/* it has a person */
	int64		person;
	bool		taken;			/* which the record looked for cannot be */
} Match;

/* compare_matches puts the best first; of those as good the first by table, then by key, wherever their rows lie. */
static int
compare_matches(const void *a, const void *b, void *key_order)
{
	const Match *x = (const Match *) a;
	const Match *y = (const Match *) b;

	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	if (x->record.source != y->record.source)
		return x->record.source < y->record.source ? -1 : 1;
	return ApplySortComparator(x->record.key, false, y->record.key, false, (SortSupport) key_order);
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
	bool		has_key;		/* the record looked for may be met itself */
	bool		twice;			/* some were met that may be met again */
} Findings;

static bool
same_key(const LinkJob *job, Datum a, Datum b)
{
	return datum_image_eq(a, b, job->key_byval, job->key_len);
}

/* same_record tells whether two rows of a call's job are one record. */
static bool
same_record(const Findings *f, uint32 a, uint32 b)
{
	return f->probe->of_row[a] == f->probe->of_row[b] && same_key(f->few, f->few->keys[a], f->few->keys[b]);
}

/* was_met tells whether a record is the one looked for, or one of the others before it. */
static bool
was_met(const Findings *f, uint32 row)
{
	uint32		i;

	if (f->has_key && same_record(f, 0, row))
		return true;
	for (i = 1; f->twice && i < row; i++)
		if (same_record(f, i, row))
			return true;
	return false;
}

/* weigh compares the record looked for with those from a row on that are not there twice; returns the best weight. */
static double
weigh(Findings *f, uint32 from)
{
	LinkJob    *few = f->few;
	double		best = -INFINITY;
	uint32		i;

	for (i = from; i < few->n; i++)
	{
		Match	   *match = &f->found[f->n];
		LinkPair	pair;

		if (was_met(f, i))
			continue;
		memset(&pair, 0, sizeof(pair));
		pair.r = i;
		clt_link_compare(few, &pair);
		memset(match, 0, sizeof(*match));
		match->record.source = f->probe->of_row[i];
		match->record.key = few->keys[i];
		/* weights of pairs are kept as float */
		match->weight = (float) clt_link_pair_weight(few, &pair);
		best = Max(best, match->weight);
		f->n++;
	}
	return best;
}

/* compare_keys compares the record looked for with those that have some keys; returns the best weight of these. */
static double
compare_keys(Findings *f, const LinkRecordKey *keys, int some)
{
	uint32		from = f->few->n;
	double		best;

	CHECK_FOR_INTERRUPTS();
	if (some == 0)
		return -INFINITY;
	clt_probe_add_keys(f->probe, f->few, keys, some);
	clt_probe_settle(f->probe, f->few);
	f->found = repalloc_huge(f->found, sizeof(Match) * f->few->n);
	best = weigh(f, from);
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
	Findings	f = {probe, few, palloc(sizeof(Match)), 0, -INFINITY, false, false};
	LinkCandidate *own;
	LinkRecordKey *changed;
	int			nchanged;
	SortSupportData key_order;
	int			nkeys;
	int			nown;

	/* of one of several tables all others are searched, of none it has no key */
	f.has_key = few->nsources == 1 && few->keyless == 0;
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
	clt_link_key_order(few, &key_order);
	qsort_arg(f.found, f.n, sizeof(Match), compare_matches, &key_order);
	*matches = f.found;
	return Min(f.n, max);
}

/* persons_plan returns the plan that asks for the persons of records by their keys. */
static SPIPlanPtr
persons_plan(LinkProbe *probe, Oid type)
{
	LinkResolved *model = probe->model;
	LinkJob    *job = model->job;

	if (!model->persons)
		model->persons = clt_probe_keep_plan(psprintf("SELECT record_key, person_id%s FROM %s WHERE record_key %s ANY ($1)", job->nsources > 1 ? ", source" : "",
													  quote_qualified_identifier(job->schema, clt_link_result_name(job, "person")),
													  clt_probe_key_equals(job, job->key_type)), 1, &type);
	return model->persons;
}

/* note_person notes the person of a row that was asked for with the matches that are its record. */
static void
note_person(LinkJob *job, HeapTuple row, TupleDesc desc, Match *matches, int n)
{
	bool		null_key;
	bool		null_person;
	bool		null_source = false;
	Datum		key = SPI_getbinval(row, desc, 1, &null_key);
	Datum		person = SPI_getbinval(row, desc, 2, &null_person);
	int			source = job->nsources == 1 ? 0 : clt_link_find_source(job, DatumGetObjectId(SPI_getbinval(row, desc, 3, &null_source)));
	int			i;

	for (i = 0; i < n && !null_key && !null_person && !null_source; i++)
		if (matches[i].record.source == source && same_key(job, key, matches[i].record.key))
		{
			matches[i].known = true;
			matches[i].person = DatumGetInt64(person);
		}
}

/* find_persons asks which persons records are. */
static void
find_persons(LinkProbe *probe, Match *matches, int n)
{
	LinkJob    *job = probe->model->job;
	Oid			type = get_array_type(job->key_type);
	Datum	   *keys = palloc(sizeof(Datum) * (n + 1));
	Datum		array;
	uint64		row;
	int			i;

	if (n == 0)
		return;
	for (i = 0; i < n; i++)
		keys[i] = matches[i].record.key;
	array = clt_probe_key_array(job, keys, n);
	clt_probe_run(probe, persons_plan(probe, type), 1, &type, &array, NULL);
	for (row = 0; row < SPI_processed; row++)
		note_person(job, SPI_tuptable->vals[row], SPI_tuptable->tupdesc, matches, n);
	SPI_freetuptable(SPI_tuptable);
}

/*
 * find_taken marks the matches whose person has a record of a table already: in a model of one record a table
 * another record of it is somebody else.
 */
static void
find_taken(LinkProbe *probe, int source, Match *matches, int n)
{
	LinkResolved *model = probe->model;
	LinkJob    *job = model->job;
	Oid			types[2] = {INT8ARRAYOID, OIDOID};
	Datum	   *persons = palloc(sizeof(Datum) * (n + 1));
	Datum		values[2];
	uint64		row;
	int			known = 0;
	int			i;

	for (i = 0; i < n; i++)
		if (matches[i].known)
			persons[known++] = Int64GetDatum(matches[i].person);
	if (!job->one_to_one || known == 0)
		return;
	if (!model->taken)
		model->taken = clt_probe_keep_plan(psprintf("SELECT person_id FROM %s WHERE person_id OPERATOR(pg_catalog.=) ANY ($1) AND source OPERATOR(pg_catalog.=) $2",
													quote_qualified_identifier(job->schema, clt_link_result_name(job, "person"))), 2, types);
	values[0] = PointerGetDatum(construct_array(persons, known, INT8OID, 8, FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
	values[1] = ObjectIdGetDatum(job->in[source].table);
	clt_probe_run(probe, model->taken, 2, types, values, NULL);
	for (row = 0; row < SPI_processed; row++)
	{
		bool		isnull;
		int64		person = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, 1, &isnull));

		for (i = 0; i < n && !isnull; i++)
			if (matches[i].known && matches[i].person == person)
				matches[i].taken = true;
	}
	SPI_freetuptable(SPI_tuptable);
}

static Datum
key_text(FmgrInfo *out, Datum key)
{
	return CStringGetTextDatum(OutputFunctionCall(out, key));
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
	int			source;
	int			n;
	int			i;

	clt_need_argument(fcinfo, 1, "record");
	max = DatumGetInt32(clt_need_argument(fcinfo, 2, "max_results"));
	if (max < 0 || max > MAX_RESULTS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("max_results must be between 0 and %d, not %d", MAX_RESULTS, max)));
	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	probe = clt_probe_open(name, true);
	few = clt_probe_records(probe);
	source = clt_probe_source(probe, PG_ARGISNULL(3) ? InvalidOid : PG_GETARG_OID(3));
	clt_probe_add_json(probe, few, PG_GETARG_JSONB_P(1), source);
	if (few->nsources > 1)
		probe->apart = source;
	n = max > 0 ? find_alike(probe, few, max, &matches) : 0;
	find_persons(probe, matches, n);
	getTypeOutputInfo(few->key_type, &function, &varlena);
	fmgr_info(function, &out);
	for (i = 0; i < n; i++)
	{
		Datum		values[5];
		bool		nulls[5] = {false};

		values[0] = key_text(&out, matches[i].record.key);
		values[1] = Int64GetDatum(matches[i].person);
		nulls[1] = !matches[i].known;
		values[2] = Float8GetDatum(matches[i].weight);
		values[3] = Float8GetDatum(clt_fs_probability(matches[i].weight));
		values[4] = ObjectIdGetDatum(few->in[matches[i].record.source].table);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	clt_probe_close(probe);
	SPI_finish();
	PG_RETURN_VOID();
}

/* So many of the records most like one are asked for their person. */
#define ASKED 20

/* may_have_key tells whether a record of a table may have a key: it may be none of its type. */
static bool
may_have_key(LinkProbe *probe, const LinkRecordKey *record)
{
	Datum		key;
	char	   *said;

	if (!probe->model->job->key_as_text)
		return true;
	said = TextDatumGetCString(record->key);
	return clt_probe_key_of_text(probe, record->source, said, &key) == LINK_KEY_READ ||
		clt_probe_can_be_key(probe, record->source, said);
}

/* add_identified adds the record with a key, of a table or of whichever has it, and returns its table. */
static int
add_identified(LinkProbe *probe, LinkJob *few, Oid type, Datum key, Oid table)
{
	LinkRecordKey record;
	int			source = clt_probe_source(probe, table);
	int			s;

	record.key = clt_probe_key_argument(probe->model->job, type, key);
	for (s = 0; s < few->nsources; s++)
	{
		record.source = s;
		if (source >= 0 ? s != source : !may_have_key(probe, &record))
			continue;
		clt_probe_add_keys(probe, few, &record, 1);
	}
	if (few->n == 0)
		ereport(ERROR,
				(errcode(ERRCODE_NO_DATA_FOUND),
				 few->nsources > 1 && source < 0 ? errmsg("no table of linkage model \"%s\" has a record with that key", few->model) :
				 errmsg("\"%s\" has no record with that key", few->in[source].name)));
	if (few->n > 1 && few->nsources > 1)
		ereport(ERROR,
				(errcode(ERRCODE_AMBIGUOUS_PARAMETER),
				 errmsg("several tables of linkage model \"%s\" have a record with that key", few->model),
				 errhint("Say which table it is in, as source.")));
	return probe->of_row[0];
}

/* deciding_match returns the match that says who a record is, the first of a list: its place, n if there is none. */
static int
deciding_match(const Match *asked, int n, double threshold)
{
	int			i;

	for (i = 1; i < n; i++)
		if (asked[i].known && (asked[0].known ? asked[i].person == asked[0].person : asked[i].weight >= threshold && !asked[i].taken))
			return i;
	/* both may have come since the last run: the same, though nobody known */
	for (i = 1; i < n && !asked[0].known; i++)
		if (!asked[i].known && asked[i].weight >= threshold)
			return i;
	return n;
}

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
	Datum		values[5];
	bool		nulls[5] = {true, true, true, true, true};
	HeapTuple	tuple;
	int			source;
	int			n;
	int			i;

	clt_need_argument(fcinfo, 1, "record_key");
	desc = clt_row_to_return(fcinfo);
	SPI_connect();
	probe = clt_probe_open(name, true);
	few = clt_probe_records(probe);
	source = add_identified(probe, few, get_fn_expr_argtype(fcinfo->flinfo, 1), PG_GETARG_DATUM(1),
							PG_ARGISNULL(2) ? InvalidOid : PG_GETARG_OID(2));
	if (few->nsources > 1)
		probe->apart = source;
	n = find_alike(probe, few, ASKED, &matches) + 1;
	memset(asked, 0, sizeof(asked));
	asked[0].record.source = source;
	asked[0].record.key = few->keys[0];
	memcpy(asked + 1, matches, sizeof(Match) * (n - 1));
	find_persons(probe, asked, n);
	if (!asked[0].known)
		find_taken(probe, source, asked + 1, n - 1);
	i = deciding_match(asked, n, log2(few->threshold / (1.0 - few->threshold)));
	memset(values, 0, sizeof(values));
	if (asked[0].known || i < n)
	{
		values[0] = Int64GetDatum(asked[0].known ? asked[0].person : asked[i].person);
		nulls[0] = !asked[0].known && !asked[i].known;
	}
	if (i < n)
	{
		Oid			out;
		bool varlena;

		getTypeOutputInfo(few->key_type, &out, &varlena);
		values[1] = Float8GetDatum(asked[i].weight);
		values[2] = Float8GetDatum(clt_fs_probability(asked[i].weight));
		values[3] = CStringGetTextDatum(OidOutputFunctionCall(out, asked[i].record.key));
		values[4] = ObjectIdGetDatum(few->in[asked[i].record.source].table);
		nulls[1] = nulls[2] = nulls[3] = nulls[4] = false;
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
