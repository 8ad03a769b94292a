/*
 * record_order.c
 *		Records in the order of their key.
 *
 * So nothing that follows depends on where a row happens to lie in the table.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_operator.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/sortsupport.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

#include "core/clientele.h"
#include "linkage/reading.h"
#include "linkage/engine.h"

/* A record to be sorted: the first bytes of its key as a number that has their order, and where it was. */
typedef struct KeyPlace
{
	uint64		word;
	uint32		row;
} KeyPlace;

/* How keys are compared: by their words, and where these are equal by the keys themselves. */
typedef struct KeySort
{
	SortSupportData full;
	SortSupportData words;		/* makes words of keys that are none */
	const Datum *keys;
} KeySort;

static inline int
compare_places(const KeyPlace *a, const KeyPlace *b, KeySort *sort)
{
	if (a->word != b->word)
		return a->word < b->word ? -1 : 1;
	return ApplySortComparator(sort->keys[a->row], false, sort->keys[b->row], false, &sort->full);
}

#define ST_SORT sort_places
#define ST_ELEMENT_TYPE KeyPlace
#define ST_COMPARE(a, b, sort) compare_places(a, b, sort)
#define ST_COMPARE_ARG_TYPE KeySort
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

static void
key_order(LinkJob *job, SortSupport ssup, bool words)
{
	TypeCacheEntry *type = lookup_type_cache(job->key_type, TYPECACHE_LT_OPR);

	if (!OidIsValid(type->lt_opr))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("key column \"%s\" has a type without an order: %s",
						job->key_column, job->key_type_name)));
	memset(ssup, 0, sizeof(*ssup));
	ssup->ssup_cxt = job->context;
	ssup->ssup_collation = OidIsValid(type->typcollation) ? C_COLLATION_OID : InvalidOid;
	ssup->abbreviate = words;
	PrepareSortSupportFromOrderingOp(type->lt_opr, ssup);
}

/* clt_link_key_order prepares comparing keys: bytewise whatever the collation of the database is, the same order everywhere. */
void
clt_link_key_order(LinkJob *job, SortSupport ssup)
{
	key_order(job, ssup, false);
}

/* clt_link_equality writes the operator by which keys of a type are equal so that no search path can change it. */
char	   *
clt_link_equality(Oid key_type)
{
	Oid			equal = lookup_type_cache(key_type, TYPECACHE_EQ_OPR)->eq_opr;
	HeapTuple	tuple = SearchSysCache1(OPEROID, ObjectIdGetDatum(equal));
	char	   *result;

	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("type %s has no equality", format_type_be(key_type))));
	result = psprintf("OPERATOR(%s.%s)",
					  quote_identifier(get_namespace_name(((Form_pg_operator) GETSTRUCT(tuple))->oprnamespace)),
					  NameStr(((Form_pg_operator) GETSTRUCT(tuple))->oprname));
	ReleaseSysCache(tuple);
	return result;
}

/* clt_link_find_key returns the ordinal of a record of a table by its key; n if it is not there. */
uint32
clt_link_find_key(LinkJob *job, SortSupport ssup, int source, Datum key)
{
	uint32		lo = clt_link_begin(job, source);
	uint32		hi = job->in[source].end;

	while (lo < hi)
	{
		uint32		mid = lo + (hi - lo) / 2;
		int			c = ApplySortComparator(job->keys[mid], false, key, false, ssup);

		if (c == 0)
			return mid;
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return job->n;
}

/* key_word is a number with the order of keys, or 0 if none is known. */
static inline uint64
key_word(KeySort *sort, Datum key)
{
	Datum		word = sort->words.abbrev_converter ? sort->words.abbrev_converter(key, &sort->words) : key;

	if (sort->words.comparator == ssup_datum_unsigned_cmp)
		return (uint64) word;
	if (sort->words.comparator == ssup_datum_signed_cmp)
		return (uint64) word ^ (UINT64CONST(1) << 63);
	if (sort->words.comparator == ssup_datum_int32_cmp)
		return (uint32) DatumGetInt32(word) ^ 0x80000000U;
	return 0;
}

/*
 * clt_link_sort_by_key brings the keys of a table into their order, tells which record
 * each is of, and checks that they differ; false if they were in order.
 */
bool
clt_link_sort_by_key(LinkJob *job, uint32 from, uint32 to, uint32 *order, const char *column, const char *table)
{
	uint32		n = to - from;
	KeyPlace   *places = clt_link_large(job->context, (Size) Max(n, 1) * sizeof(KeyPlace));
	KeySort		sort;
	bool		sorted = true;
	uint32		i;

	key_order(job, &sort.full, false);
	key_order(job, &sort.words, true);
	sort.keys = job->keys;
	for (i = 0; i < n; i++)
	{
		places[i].word = key_word(&sort, job->keys[from + i]);
		places[i].row = from + i;
	}
	for (i = 1; sorted && i < n; i++)
		sorted = compare_places(&places[i - 1], &places[i], &sort) < 0;
	CHECK_FOR_INTERRUPTS();
	if (!sorted)
	{
		Datum	   *keys;

		sort_places(places, n, &sort);
		for (i = 1; i < n; i++)
			if (compare_places(&places[i - 1], &places[i], &sort) >= 0)
				ereport(ERROR,
						(errcode(ERRCODE_UNIQUE_VIOLATION),
						 errmsg("key column \"%s\" of \"%s\" is not unique", column, table),
						 errhint("Records are known by a key of one column: add one that is unique, or make one in a view and call it id.")));
		keys = clt_link_large(job->context, (Size) n * sizeof(Datum));
		for (i = 0; i < n; i++)
			keys[i] = job->keys[places[i].row];
		memcpy(job->keys + from, keys, (Size) n * sizeof(Datum));
		pfree(keys);
	}
	for (i = 0; i < n; i++)
		order[from + i] = places[i].row;
	pfree(places);
	return !sorted;
}

/* clt_link_move_codes brings the codes into the order that the keys have. */
void
clt_link_move_codes(LinkJob *job, const uint32 *order)
{
	Size		width = job->nfields * sizeof(uint32);
	uint32	   *codes = clt_link_large(job->context, Max(job->n * width, 1));
	uint32		i;

	for (i = 0; i < job->n; i++)
		memcpy(codes + (Size) i * job->nfields, job->codes + (Size) order[i] * job->nfields, width);
	pfree(job->codes);
	job->codes = codes;
}
