/*
 * record_order.c
 *		Records in the order of their key.
 *
 * So nothing that follows depends on where a row happens to lie in the table.
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/sortsupport.h"
#include "utils/typcache.h"

#include "core/clientele.h"
#include "linkage/dictionary.h"
#include "linkage/engine.h"

typedef struct KeyOrder
{
	Datum		key;
	uint32		row;
} KeyOrder;

static int
compare_keys(const void *a, const void *b, void *arg)
{
	return ApplySortComparator(((const KeyOrder *) a)->key, false,
							   ((const KeyOrder *) b)->key, false, (SortSupport) arg);
}

static int
compare_int64_keys(const void *a, const void *b)
{
	int64		x = DatumGetInt64(((const KeyOrder *) a)->key);
	int64		y = DatumGetInt64(((const KeyOrder *) b)->key);

	return x < y ? -1 : x > y;
}

/* clt_link_key_order prepares comparing keys: bytewise whatever the collation of the database is, the same order everywhere. */
void
clt_link_key_order(LinkJob *job, SortSupport ssup)
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
	PrepareSortSupportFromOrderingOp(type->lt_opr, ssup);
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

/* clt_link_sort_by_key brings the records of a table into the order of their keys and checks that these differ. */
void
clt_link_sort_by_key(LinkJob *job, uint32 from, const char *column, const char *table)
{
	KeyOrder   *order;
	SortSupportData ssup;
	uint32	   *codes;
	uint32		n = job->n - from;
	bool		sorted = true;
	uint32		i;

	clt_link_key_order(job, &ssup);
	order = clt_link_huge_alloc(job->context, (Size) Max(n, 1) * sizeof(KeyOrder));
	for (i = 0; i < n; i++)
	{
		order[i].key = job->keys[from + i];
		order[i].row = from + i;
	}
	for (i = 1; sorted && i < n; i++)
		sorted = compare_keys(&order[i - 1], &order[i], &ssup) < 0;
	CHECK_FOR_INTERRUPTS();
	if (!sorted)
	{
		if (job->key_type == INT8OID)
			qsort(order, n, sizeof(KeyOrder), compare_int64_keys);
		else
			qsort_arg(order, n, sizeof(KeyOrder), compare_keys, &ssup);
		for (i = 1; i < n; i++)
			if (compare_keys(&order[i - 1], &order[i], &ssup) >= 0)
				ereport(ERROR,
						(errcode(ERRCODE_UNIQUE_VIOLATION),
						 errmsg("key column \"%s\" of \"%s\" is not unique", column, table)));
		codes = clt_link_huge_alloc(job->context, (Size) job->cap * Max(job->nfields, 1) * sizeof(uint32));
		memcpy(codes, job->codes, (Size) from * job->nfields * sizeof(uint32));
		for (i = 0; i < n; i++)
		{
			memcpy(codes + (Size) (from + i) * job->nfields, job->codes + (Size) order[i].row * job->nfields,
				   job->nfields * sizeof(uint32));
			job->keys[from + i] = order[i].key;
		}
		pfree(job->codes);
		job->codes = codes;
	}
	pfree(order);
}
