/*
 * runs.c
 *		The blocks of the rules in use, and exactly how many pairs they make.
 *
 * A rule's keys are made twice.  The first time they are only noted in two bitmaps,
 * which tell afterwards which keys more than one record may have; those, usually a
 * small part, are made again and sorted.  If they do not fit into the memory that
 * the job may use, they are taken in several parts by a division of the keys' range,
 * so that a block never falls into two parts.
 *
 * A block that is too large is divided by a second key; what is still too large
 * afterwards is left out and counted, not dropped in silence.
 *
 * Rules are independent of one another, so each process takes the next one.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "core/clientele.h"
#include "linkage/crew.h"
#include "linkage/engine.h"
#include "linkage/progress.h"

/* Records whose keys are made at a time. */
#define BATCH 1024
#define MOST_PARTS 1024
/* A rule and the rules that divide its large blocks. */
#define PARTS 3

/* What became of one rule: seen by all processes. */
typedef struct RuleOutcome
{
	int			nparts;
	LinkRule	part[PARTS];
} RuleOutcome;

/* A list that grows. */
typedef struct RowList
{
	uint32	   *item;
	Size		n;
	Size		cap;
} RowList;

typedef struct RunBuilder
{
	LinkJob    *job;
	LinkKeyMaker *maker;
	uint64	   *batch;
	uint64	   *once;
	uint64	   *again;
	int			bits;
	uint8	   *large;			/* records in large blocks of the rule */
	CltKeyRow  *keys;
	CltKeyRow  *tmp;
	Size		cap;			/* room for so many keys */
	Size		most;			/* and never for more */
	RowList		rows;
	RowList		start;
} RunBuilder;

static void
list_add(RowList *list, uint32 item)
{
	if (list->n == list->cap)
	{
		list->cap *= 2;
		list->item = repalloc_huge(list->item, list->cap * sizeof(uint32));
	}
	list->item[list->n++] = item;
}

static void
list_start(RowList *list)
{
	list->cap = 1024;
	list->n = 0;
	list->item = palloc(list->cap * sizeof(uint32));
}

static void
builder_open(RunBuilder *b, LinkJob *job)
{
	Size		words;

	memset(b, 0, sizeof(*b));
	b->job = job;
	b->maker = clt_link_key_maker(job);
	b->batch = palloc(sizeof(uint64) * BATCH * LINK_WORD_SLOTS);
	for (b->bits = 10; b->bits < 34 && (UINT64CONST(1) << b->bits) < (uint64) job->n * 4; b->bits++)
		;
	words = (Size) 1 << (b->bits - 6);
	b->once = MemoryContextAllocHuge(CurrentMemoryContext, words * sizeof(uint64));
	b->again = MemoryContextAllocHuge(CurrentMemoryContext, words * sizeof(uint64));
	b->large = MemoryContextAllocHuge(CurrentMemoryContext, (Size) job->n + 1);
	b->most = Max(clt_link_budget(job) / (2 * sizeof(CltKeyRow)), 4096);
	b->cap = Min(b->most, Max(job->n / 2, 4096));
	b->keys = MemoryContextAllocHuge(CurrentMemoryContext, b->cap * sizeof(CltKeyRow));
	b->tmp = MemoryContextAllocHuge(CurrentMemoryContext, b->cap * sizeof(CltKeyRow));
	list_start(&b->rows);
	list_start(&b->start);
}

static void
builder_close(RunBuilder *b)
{
	clt_link_key_maker_free(b->maker);
	pfree(b->batch);
	pfree(b->once);
	pfree(b->again);
	pfree(b->large);
	pfree(b->keys);
	pfree(b->tmp);
	pfree(b->rows.item);
	pfree(b->start.item);
}

/* note_keys makes the keys of a rule for the first time and counts them. */
static void
note_keys(RunBuilder *b, const LinkRule *rule, bool only_large)
{
	int			slots = clt_link_rule_slots(b->job, rule);
	Size		words = (Size) 1 << (b->bits - 6);
	uint32		row;

	memset(b->once, 0, words * sizeof(uint64));
	memset(b->again, 0, words * sizeof(uint64));
	for (row = 0; row < b->job->n; row += BATCH)
	{
		uint32		count = Min(BATCH, b->job->n - row);
		uint32		i;

		CHECK_FOR_INTERRUPTS();
		clt_link_make_keys(b->maker, rule, row, count, b->batch);
		for (i = 0; i < count * slots; i++)
			if (b->batch[i] && !(only_large && !b->large[row + i / slots]) && !clt_link_is_copy(b->job, row + i / slots))
				clt_block_seen(b->once, b->again, b->bits, b->batch[i]);
	}
}

/* key_room makes room for one key more; false if there may be no more. */
static bool
key_room(RunBuilder *b, Size n)
{
	if (n < b->cap)
		return true;
	if (b->cap >= b->most)
		return false;
	b->cap = Min(b->cap * 2, b->most);
	b->keys = repalloc_huge(b->keys, b->cap * sizeof(CltKeyRow));
	pfree(b->tmp);
	b->tmp = MemoryContextAllocHuge(CurrentMemoryContext, b->cap * sizeof(CltKeyRow));
	return true;
}

/*
 * collect_keys lists the keys of a part of the range that may belong to several
 * records; returns false if there are too many.  rows counts all keys of the rule.
 */
static bool
collect_keys(RunBuilder *b, const LinkRule *rule, bool only_large, uint32 part, uint32 nparts, Size *n, int64 *rows)
{
	int			slots = clt_link_rule_slots(b->job, rule);
	uint32		row;

	*n = 0;
	*rows = 0;
	for (row = 0; row < b->job->n; row += BATCH)
	{
		uint32		count = Min(BATCH, b->job->n - row);
		uint32		i;

		CHECK_FOR_INTERRUPTS();
		clt_link_make_keys(b->maker, rule, row, count, b->batch);
		for (i = 0; i < count * slots; i++)
		{
			uint64		key = b->batch[i];

			if (key == 0 || (only_large && !b->large[row + i / slots]) || clt_link_is_copy(b->job, row + i / slots))
				continue;
			(*rows)++;
			if (((key >> 32) * nparts) >> 32 != part || !clt_block_twice(b->again, b->bits, key))
				continue;
			if (!key_room(b, *n))
				return false;
			b->keys[*n].key = key;
			b->keys[*n].row = row + i / slots;
			b->keys[(*n)++].slot = i % slots;
		}
	}
	return true;
}

/* keep_runs adds the runs of sorted keys that make pairs; those of large blocks are marked. */
static void
keep_runs(RunBuilder *b, LinkRule *rule, Size n, bool mark_large)
{
	CltBlockStats stats;
	Size		i = 0;
	Size		j;

	clt_block_stats(b->keys, n, &stats);
	rule->stats.runs += stats.runs;
	rule->stats.largest = Max(rule->stats.largest, stats.largest);
	while (i < n)
	{
		Size		len;
		Size		k;

		for (j = i + 1; j < n && b->keys[j].key == b->keys[i].key; j++)
			;
		len = j - i;
		if (len > LINK_LARGE_RUN)
		{
			rule->skipped_rows += len;
			for (k = i; mark_large && k < j; k++)
				b->large[b->keys[k].row] = 1;
		}
		else if (len > 1)
		{
			LinkPairCount count = {0};

			list_add(&b->start, (uint32) b->rows.n);
			for (k = i; k < j; k++)
			{
				clt_link_count(b->job, &count, b->keys[k].row);
				list_add(&b->rows, b->keys[k].row | (b->keys[k].slot << 30));
			}
			rule->stats.pairs += count.pairs;
		}
		i = j;
	}
}

/* finer divides the range of keys into more parts; one key of very many records is no reason for ever more. */
static uint32
finer(RunBuilder *b, uint32 nparts)
{
	if (nparts >= MOST_PARTS)
		b->most *= 2;
	return Min(nparts * 2, MOST_PARTS);
}

/* build_runs sorts the keys of a rule into runs; only_large: of the marked records. */
static void
build_runs(RunBuilder *b, LinkRule *rule, bool only_large)
{
	uint32		nparts = 1;
	uint32		part;
	Size		n;

	note_keys(b, rule, only_large);
	while (!collect_keys(b, rule, only_large, 0, nparts, &n, &rule->stats.rows))
		nparts = finer(b, nparts);
	b->rows.n = b->start.n = 0;
	for (part = 0; part < nparts; part++)
	{
		while (part > 0 && !collect_keys(b, rule, only_large, part, nparts, &n, &rule->stats.rows))
		{
			/* an uneven division: begin again with a finer one */
			nparts = finer(b, nparts);
			part = 0;
			b->rows.n = b->start.n = 0;
			rule->stats.runs = rule->stats.pairs = rule->stats.largest = 0;
			rule->skipped_rows = 0;
			(void) collect_keys(b, rule, only_large, 0, nparts, &n, &rule->stats.rows);
		}
		clt_block_sort(b->keys, b->tmp, n);
		CHECK_FOR_INTERRUPTS();
		keep_runs(b, rule, n, !only_large);
	}
	rule->nruns = (uint32) b->start.n;
	list_add(&b->start, (uint32) b->rows.n);
	rule->rows = clt_link_shared_alloc(b->job, b->rows.n * sizeof(uint32), &rule->rows_ref);
	memcpy(rule->rows, b->rows.item, b->rows.n * sizeof(uint32));
	rule->start = clt_link_shared_alloc(b->job, b->start.n * sizeof(uint32), &rule->start_ref);
	memcpy(rule->start, b->start.item, b->start.n * sizeof(uint32));
}

/* divide adds rules that cut the large blocks of a rule with a further key. */
static int
divide(LinkJob *job, int r, LinkRule *extra)
{
	static const CltKind by[] = {CLT_KIND_DATE, CLT_KIND_SURNAME, CLT_KIND_GIVEN, CLT_KIND_POSTCODE, CLT_KIND_STREET,
	CLT_KIND_EMAIL, CLT_KIND_PHONE, CLT_KIND_CITY};
	LinkRule   *rule = &job->rule[r];
	int			n = 0;
	int			i;
	int			j;

	if (rule->natoms >= LINK_RULE_ATOMS)
		return 0;
	for (i = 0; i < (int) lengthof(by) && n < PARTS - 1; i++)
	{
		int			f = clt_link_field_of_kind(job, by[i]);
		bool		used = f < 0;

		for (j = 0; !used && j < rule->natoms; j++)
			used = rule->atom[j].field == f || rule->atom[j].second == f;
		if (used)
			continue;
		extra[n] = *rule;
		extra[n].split_of = r;
		extra[n].atom[extra[n].natoms].field = f;
		extra[n].atom[extra[n].natoms].second = -1;
		extra[n].atom[extra[n].natoms].transform =
			by[i] == CLT_KIND_SURNAME || by[i] == CLT_KIND_GIVEN || by[i] == CLT_KIND_CITY ? LINK_SOUND :
			by[i] == CLT_KIND_STREET || by[i] == CLT_KIND_EMAIL ? LINK_FORM :
			by[i] == CLT_KIND_PHONE ? LINK_TAIL : LINK_VALUE;
		extra[n].natoms++;
		n++;
	}
	return n;
}

static void
forget_counts(LinkRule *rule)
{
	memset(&rule->stats, 0, sizeof(rule->stats));
	rule->skipped_rows = 0;
}

/* build_rule makes the runs of a rule and of those that divide its large blocks. */
static void
build_rule(RunBuilder *b, int r, RuleOutcome *outcome)
{
	int			nextra;
	int			e;

	memset(b->large, 0, b->job->n);
	outcome->part[0] = b->job->rule[r];
	forget_counts(&outcome->part[0]);
	outcome->nparts = 1;
	build_runs(b, &outcome->part[0], false);
	if (outcome->part[0].skipped_rows == 0 || clt_link_rule_slots(b->job, &outcome->part[0]) > 1)
		return;
	nextra = divide(b->job, r, &outcome->part[1]);
	for (e = 1; e <= nextra; e++)
	{
		forget_counts(&outcome->part[e]);
		build_runs(b, &outcome->part[e], true);
		outcome->nparts++;
	}
}

/* clt_link_work_runs is what each process does: one rule after another. */
void
clt_link_work_runs(LinkJob *job, LinkWork *work)
{
	RuleOutcome *outcome = clt_link_at(job, work->tasks);
	RunBuilder	b;
	int64		r;

	builder_open(&b, job);
	while ((r = clt_link_next_task(work)) >= 0)
		build_rule(&b, (int) r, &outcome[r]);
	builder_close(&b);
}

/* number_runs writes into the table of runs which run each record belongs to. */
static void
number_runs(LinkJob *job, LinkRule *rule)
{
	uint32		i;
	uint32		k;

	for (i = 0; i < rule->nruns; i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		for (k = rule->start[i]; k < rule->start[i + 1]; k++)
		{
			uint32		row = rule->rows[k] & 0x3fffffff;
			uint32		slot = rule->rows[k] >> 30;

			job->runs[(Size) row * job->nslots + rule->slot0 + slot] = i + 1;
			rule->rows[k] = row;
		}
	}
}

/* clt_link_work_numbers is what each process does: one rule after another. */
void
clt_link_work_numbers(LinkJob *job, LinkWork *work)
{
	int64		r;

	while ((r = clt_link_next_task(work)) >= 0)
		number_runs(job, &job->rule[r]);
}

/* clt_link_rules_build makes the runs of all rules and counts their pairs exactly. */
void
clt_link_rules_build(LinkJob *job)
{
	MemoryContext old = MemoryContextSwitchTo(job->context);
	int			given = job->nrules;
	RuleOutcome *outcome;
	LinkWork	work;
	int			r;
	int			e;

	if (job->n >= (1u << 30))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("table \"%s\" has %u records, more than the %u that can be linked at once",
						job->table, job->n, 1u << 30)));
	clt_link_progress_phase(job, LINK_PHASE_BLOCKING);
	clt_link_share(job);
	clt_link_work_init(&work, LINK_WORK_RUNS, given);
	outcome = clt_link_shared_alloc(job, Max(given, 1) * sizeof(RuleOutcome), &work.tasks);
	clt_link_crew_do(job, &work);
	for (r = 0; r < given; r++)
		for (e = 0; e < outcome[r].nparts && job->nrules < LINK_MAX_RULES; e++)
		{
			LinkRule   *rule = e == 0 ? &job->rule[r] : &job->rule[job->nrules++];

			*rule = outcome[r].part[e];
			rule->rows = clt_link_at(job, rule->rows_ref);
			rule->start = clt_link_at(job, rule->start_ref);
			if (e == 0)
				continue;
			clt_link_rule_name(job, rule);
			rule->why = psprintf("divides blocks of more than %d records", LINK_LARGE_RUN);
		}
	clt_link_shared_free(job, work.tasks);
	clt_link_join_copies(job);

	job->nslots = 0;
	for (r = 0; r < job->nrules; r++)
	{
		job->rule[r].slot0 = job->nslots;
		job->rule[r].nslots = clt_link_rule_slots(job, &job->rule[r]);
		job->nslots += job->rule[r].nslots;
	}
	job->runs = clt_link_shared_alloc(job, (Size) Max(job->n, 1) * Max(job->nslots, 1) * sizeof(uint32), &job->runs_ref);
	clt_link_work_init(&work, LINK_WORK_NUMBERS, job->nrules);
	clt_link_crew_do(job, &work);
	MemoryContextSwitchTo(old);
}
