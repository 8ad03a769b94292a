/*
 * identical.c
 *		Records that are the same in all that is compared, more of them than a block
 *		may have.
 *
 * A customer whom a form has entered a thousand times would fill every block that he
 * is in, be left out of all of them, and make his name the commonest of the table.
 * So the first two of such records stand for all: the others are copies, have no
 * keys and are not counted.  A rule of their own brings each together with the first
 * and with the two before it, so that they hold together also when a person takes
 * some out, the first among them.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "core/clientele.h"
#include "linkage/crew.h"
#include "linkage/engine.h"
#include "linkage/large.h"

/* clt_link_keyed_rules is how many rules have keys; that of copies comes after them. */
int
clt_link_keyed_rules(const LinkJob *job)
{
	return job->nrules - (job->nrules > 0 && job->rule[job->nrules - 1].natoms == 0);
}

static const uint32 *
codes_of(const LinkJob *job, uint32 row)
{
	return job->codes + (Size) row * job->nfields;
}

/* code_key hashes the codes of a record; 0 if it has no value. */
static uint64
code_key(const LinkJob *job, uint32 row)
{
	const uint32 *codes = codes_of(job, row);
	uint64		key = 0;
	int			f;

	for (f = 0; f < job->nfields; f++)
		if (codes[f])
			key = clt_block_combine(key + f + 1, codes[f]);
	return key;
}

/* cheap_key does so quickly, each code by itself: the same for the same records, seldom for others. */
static inline uint32
cheap_key(const LinkJob *job, uint32 row)
{
	const uint32 *codes = codes_of(job, row);
	uint64		factor = UINT64CONST(0x9e3779b97f4a7c15);
	uint64		key = 0;
	int			f;

	for (f = 0; f < job->nfields; f++)
	{
		key += codes[f] * factor;
		factor *= UINT64CONST(0x9e3779b97f4a7c15);
	}
	return (uint32) (key >> 32);
}

/*
 * crowded counts records by a cheap key, in so few cells that they stay in the cache
 * and so many that a crowded one is one of copies; NULL if none is.
 */
static uint16 *
crowded(const LinkJob *job, uint32 *mask)
{
	uint16	   *count;
	bool		found = false;
	uint32		row;

	*mask = 1023;
	while (*mask < job->n / 32)
		*mask = *mask * 2 + 1;
	count = palloc0(((Size) *mask + 1) * sizeof(uint16));
	for (row = 0; row < job->n; row++)
	{
		uint16	   *c = &count[cheap_key(job, row) & *mask];

		if ((row & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		*c += *c <= LINK_LARGE_RUN;
		found |= *c > LINK_LARGE_RUN;
	}
	if (found)
		return count;
	pfree(count);
	return NULL;
}

/* clt_link_find_copies marks the copies of records that there are too many of, if there are such. */
void
clt_link_find_copies(LinkJob *job)
{
	CltKeyRow  *keys;
	CltKeyRow  *tmp;
	uint16	   *count;
	uint32		mask;
	Size		n = 0;
	Size		from;
	Size		to;
	uint32		row;

	if (job->n <= LINK_LARGE_RUN || job->nsources > 1)
		return;
	count = crowded(job, &mask);
	if (!count)
		return;
	keys = clt_link_large(CurrentMemoryContext, sizeof(CltKeyRow) * ((Size) job->n + 1));
	tmp = clt_link_large(CurrentMemoryContext, sizeof(CltKeyRow) * ((Size) job->n + 1));
	for (row = 0; row < job->n; row++)
	{
		if ((row & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		if (count[cheap_key(job, row) & mask] <= LINK_LARGE_RUN)
			continue;
		keys[n].key = code_key(job, row);
		keys[n].row = row;
		keys[n].slot = 0;
		n += keys[n].key != 0;
	}
	clt_block_sort(keys, tmp, n);
	pfree(count);
	pfree(tmp);
	for (from = 0; from < n; from = to)
	{
		uint32		previous = 0;
		uint32		before = 0;
		Size		k;

		for (to = from + 1; to < n && keys[to].key == keys[from].key; to++)
			;
		if (to - from <= LINK_LARGE_RUN)
			continue;
		if (!job->copy)
			job->copy = MemoryContextAllocExtended(job->context, (Size) job->n * sizeof(LinkCopy),
												   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
		for (k = from + 1; k < to; k++)
		{
			LinkCopy   *copy = &job->copy[keys[k].row];

			if (memcmp(codes_of(job, keys[from].row), codes_of(job, keys[k].row), job->nfields * sizeof(uint32)) != 0)
				continue;
			copy->first = keys[from].row + 1;
			if (previous)
			{
				copy->previous = previous;
				copy->before = before ? before : copy->first;
				job->ncopies++;
			}
			before = previous;
			previous = keys[k].row + 1;
		}
	}
	pfree(keys);
}

/* clt_link_original is the first of the records that are the same as this one. */
uint32
clt_link_original(const LinkJob *job, uint32 row)
{
	return job->copy && job->copy[row].first ? job->copy[row].first - 1 : row;
}

/* clt_link_same_original tells whether two records are copies of one. */
bool
clt_link_same_original(const LinkJob *job, uint32 a, uint32 b)
{
	return clt_link_original(job, a) == clt_link_original(job, b);
}

/* clt_link_meets_copy tells whether the rule of copies brings a copy together with a record before it. */
bool
clt_link_meets_copy(const LinkJob *job, uint32 copy, uint32 other)
{
	const LinkCopy *c = &job->copy[copy];

	return c->first == other + 1 || c->previous == other + 1 || c->before == other + 1;
}

static void
add_run(LinkRule *rule, uint32 a, uint32 b)
{
	rule->start[rule->nruns] = rule->nruns * 2;
	rule->rows[rule->nruns * 2] = a;
	rule->rows[rule->nruns * 2 + 1] = b;
	rule->nruns++;
}

/* clt_link_join_copies adds the rule that joins copies; there is always room for it. */
void
clt_link_join_copies(LinkJob *job)
{
	LinkRule   *rule = &job->rule[job->nrules];
	uint32		row;

	if (job->ncopies == 0)
		return;
	memset(rule, 0, sizeof(*rule));
	rule->split_of = -1;
	rule->rows = clt_link_shared_alloc(job, (Size) job->ncopies * 6 * sizeof(uint32), &rule->rows_ref);
	rule->start = clt_link_shared_alloc(job, ((Size) job->ncopies * 3 + 1) * sizeof(uint32), &rule->start_ref);
	for (row = 0; row < job->n; row++)
	{
		if ((row & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		if (!clt_link_is_copy(job, row))
			continue;
		add_run(rule, job->copy[row].first - 1, row);
		add_run(rule, job->copy[row].previous - 1, row);
		if (job->copy[row].before != job->copy[row].first)
			add_run(rule, job->copy[row].before - 1, row);
	}
	rule->start[rule->nruns] = rule->nruns * 2;
	rule->stats.rows = job->ncopies;
	rule->stats.runs = rule->stats.pairs = rule->nruns;
	rule->stats.largest = 2;
	rule->name = pstrdup("identical records");
	rule->why = psprintf("joins more than %d records without any difference", LINK_LARGE_RUN);
	job->nrules++;
}
