/*
 * runs.c
 *		The blocks of the rules in use, and exactly how many pairs they make.
 *
 * The keys of a rule are made and sorted (sorted_keys.c); those that several records
 * have are its blocks.  A block that is too large is divided by a second key; what
 * is still too large afterwards is left out and counted, not dropped in silence.
 *
 * Search looks records up by the same keys.  Where its index will be written, who has
 * which key is kept from here on: keys are sorted once.
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
#include "linkage/index.h"
#include "linkage/large.h"
#include "linkage/page_lists.h"
#include "linkage/progress.h"
#include "linkage/sorted_keys.h"

/* A rule and the rules that divide its large blocks. */
#define PARTS 3

/* What became of one rule: seen by all processes. */
typedef struct RuleOutcome
{
	int			nparts;
	LinkRule	part[PARTS];
	LinkPageList postings[PARTS];	/* for search: who has which key */
	LinkPageList large[PARTS];	/* and which keys too many have */
} RuleOutcome;

/* The rules in the order they are taken in, the longest first. */
typedef struct RunTasks
{
	uint32		rule[LINK_MAX_RULES];
	RuleOutcome outcome[LINK_MAX_RULES];
} RunTasks;

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
	LinkSortedKeys *keys;
	LinkPageSpool *spool;		/* NULL: nobody will search */
	int			bits;			/* of a key that search keeps */
	uint8	   *large;			/* records in large blocks of the rule */
	RowList		rows;
	RowList		start;
	uint64	   *too_large;		/* keys of large blocks */
	Size		ntoo_large;
	Size		too_large_cap;
} RunBuilder;

static void
list_add(RowList *list, uint32 item)
{
	if (list->n == list->cap)
	{
		list->cap *= 2;
		list->item = clt_link_large_grow(list->item, list->cap * sizeof(uint32));
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
	memset(b, 0, sizeof(*b));
	b->job = job;
	b->keys = clt_link_sorted_keys_open(job);
	b->large = clt_link_large(CurrentMemoryContext, (Size) job->n + 1);
	list_start(&b->rows);
	list_start(&b->start);
	b->too_large_cap = 64;
	b->too_large = palloc(b->too_large_cap * sizeof(uint64));
	if (!job->lists)
		return;
	b->spool = clt_link_spool_open(job, job->participant);
	b->bits = clt_link_posting_bits(job->n);
}

static void
builder_close(RunBuilder *b)
{
	clt_link_sorted_keys_close(b->keys);
	pfree(b->large);
	pfree(b->rows.item);
	pfree(b->start.item);
	pfree(b->too_large);
	if (b->spool)
		clt_link_spool_close(b->spool);
}

/* keep_large counts a block that makes no pairs, and marks its records. */
static void
keep_large(RunBuilder *b, LinkRule *rule, const CltKeyRow *keys, Size n, bool mark)
{
	Size		k;

	rule->skipped_rows += n;
	for (k = 0; mark && k < n; k++)
		b->large[keys[k].row] = 1;
	if (b->ntoo_large == b->too_large_cap)
	{
		b->too_large_cap *= 2;
		b->too_large = clt_link_large_grow(b->too_large, b->too_large_cap * sizeof(uint64));
	}
	b->too_large[b->ntoo_large++] = keys[0].key;
}

/* keep_run keeps a block that makes pairs. */
static void
keep_run(RunBuilder *b, LinkRule *rule, const CltKeyRow *keys, Size n)
{
	LinkPairCount count = {0};
	Size		k;

	list_add(&b->start, (uint32) b->rows.n);
	for (k = 0; k < n; k++)
	{
		clt_link_count(b->job, &count, keys[k].row);
		list_add(&b->rows, keys[k].row | (keys[k].slot << 30));
	}
	rule->stats.pairs += count.pairs;
}

/* keep_runs keeps the blocks among sorted keys, and for search who has which key. */
static void
keep_runs(RunBuilder *b, LinkRule *rule, const CltKeyRow *keys, Size n, bool mark_large, LinkPageCutter *postings)
{
	Size		from;
	Size		to;

	for (from = 0; from < n; from = to)
	{
		Size		len;

		to = clt_link_block_end(keys, from, n);
		len = to - from;
		if (len > 1)
		{
			rule->stats.runs++;
			rule->stats.largest = Max(rule->stats.largest, (int64) len);
		}
		if (len > LINK_LARGE_RUN)
		{
			keep_large(b, rule, keys + from, len, mark_large);
			continue;
		}
		if (len > 1)
			keep_run(b, rule, keys + from, len);
		if (postings)
			clt_link_cut_posting(postings, b->bits, keys + from, len);
	}
}

/* share_list copies a list to where all processes see it. */
static uint32 *
share_list(LinkJob *job, const RowList *list, LinkRef *ref)
{
	uint32	   *shared = clt_link_shared_room(job, list->n * sizeof(uint32), ref);

	memcpy(shared, list->item, list->n * sizeof(uint32));
	return shared;
}

/* build_runs makes the blocks of a rule; only_large: of the marked records. */
static void
build_runs(RunBuilder *b, RuleOutcome *outcome, int part, bool only_large)
{
	LinkRule   *rule = &outcome->part[part];
	LinkPageCutter *cutter = NULL;
	const CltKeyRow *keys;
	Size		n;
	Size		k;

	memset(&rule->stats, 0, sizeof(rule->stats));
	rule->skipped_rows = 0;
	b->rows.n = b->start.n = b->ntoo_large = 0;
	rule->stats.rows = clt_link_sorted_keys_make(b->keys, rule, only_large ? b->large : NULL);
	if (b->spool)
		cutter = clt_link_spool_start(b->spool, &outcome->postings[part]);
	while ((n = clt_link_sorted_keys_next(b->keys, &keys)) > 0)
		keep_runs(b, rule, keys, n, !only_large, cutter);
	if (b->spool)
	{
		clt_link_cut_end(cutter);
		cutter = clt_link_spool_start(b->spool, &outcome->large[part]);
		for (k = 0; k < b->ntoo_large; k++)
			clt_link_cut_add(cutter, b->too_large[k], 0);
		clt_link_cut_end(cutter);
	}
	rule->nruns = (uint32) b->start.n;
	list_add(&b->start, (uint32) b->rows.n);
	rule->rows = share_list(b->job, &b->rows, &rule->rows_ref);
	rule->start = share_list(b->job, &b->start, &rule->start_ref);
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

/* build_rule makes the blocks of a rule and of those that divide its large ones. */
static void
build_rule(RunBuilder *b, int r, RuleOutcome *outcome)
{
	int			nextra;
	int			e;

	memset(b->large, 0, b->job->n);
	outcome->part[0] = b->job->rule[r];
	outcome->nparts = 1;
	build_runs(b, outcome, 0, false);
	if (outcome->part[0].skipped_rows == 0 || clt_link_rule_slots(b->job, &outcome->part[0]) > 1)
		return;
	nextra = divide(b->job, r, &outcome->part[1]);
	for (e = 1; e <= nextra; e++)
	{
		build_runs(b, outcome, e, true);
		outcome->nparts++;
	}
}

/* clt_link_work_runs is what each process does: one rule after another. */
void
clt_link_work_runs(LinkJob *job, LinkWork *work)
{
	RunTasks   *tasks = clt_link_at(job, work->tasks);
	RunBuilder	b;
	int64		task;

	builder_open(&b, job);
	while ((task = clt_link_next_task(work)) >= 0)
	{
		uint32		r = tasks->rule[task];

		build_rule(&b, (int) r, &tasks->outcome[r]);
	}
	builder_close(&b);
}

/* So many records ahead their place in the table of runs is asked for. */
#define NUMBERS_AHEAD 16

/* number_runs writes into the table of runs which run each record belongs to. */
static void
number_runs(LinkJob *job, LinkRule *rule)
{
	uint32		last = rule->start[rule->nruns];
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

			if (k + NUMBERS_AHEAD < last)
				__builtin_prefetch(job->runs + (Size) (rule->rows[k + NUMBERS_AHEAD] & 0x3fffffff) * job->nslots + rule->slot0, 1);
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

	/* rows come in no order: page after page would be shown one by one */
	if (job->crew)
		clt_link_populate(job->runs, (Size) job->n * job->nslots * sizeof(uint32));
	while ((r = clt_link_next_task(work)) >= 0)
		number_runs(job, &job->rule[r]);
}

/* list_tasks lists the rules by how many keys they have at most. */
static uint32
list_tasks(LinkJob *job, RunTasks *tasks)
{
	uint32		n = 0;
	int			slots;
	int			r;

	for (slots = LINK_WORD_SLOTS; slots > 0; slots--)
		for (r = 0; r < job->nrules; r++)
			if (clt_link_rule_slots(job, &job->rule[r]) == slots)
				tasks->rule[n++] = (uint32) r;
	return n;
}

/* take_rule adds a rule that was built to the job. */
static void
take_rule(LinkJob *job, const RuleOutcome *outcome, int part, LinkRule *rule)
{
	*rule = outcome->part[part];
	rule->rows = clt_link_at(job, rule->rows_ref);
	rule->start = clt_link_at(job, rule->start_ref);
	if (job->lists)
	{
		job->lists->postings[rule - job->rule] = outcome->postings[part];
		job->lists->large[rule - job->rule] = outcome->large[part];
	}
}

/* clt_link_rules_build makes the runs of all rules and counts their pairs exactly. */
void
clt_link_rules_build(LinkJob *job)
{
	MemoryContext old = MemoryContextSwitchTo(job->context);
	int			given = job->nrules;
	RunTasks   *tasks;
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
	if (job->wants_index)
		clt_link_index_lists(job);
	clt_link_work_init(&work, LINK_WORK_RUNS, 0);
	tasks = clt_link_shared_alloc(job, sizeof(RunTasks), &work.tasks);
	work.ntasks = list_tasks(job, tasks);
	clt_link_crew_do(job, &work);
	for (r = 0; r < given; r++)
	{
		take_rule(job, &tasks->outcome[r], 0, &job->rule[r]);
		for (e = 1; e < tasks->outcome[r].nparts && job->nrules < LINK_MAX_RULES; e++)
		{
			LinkRule   *rule = &job->rule[job->nrules++];

			take_rule(job, &tasks->outcome[r], e, rule);
			clt_link_rule_name(job, rule);
			rule->why = psprintf("divides blocks of more than %d records", LINK_LARGE_RUN);
		}
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

/* clt_link_forget_runs frees the blocks when all pairs are made. */
void
clt_link_forget_runs(LinkJob *job)
{
	int			r;

	for (r = 0; r < job->nrules; r++)
	{
		LinkRule   *rule = &job->rule[r];

		clt_link_shared_free(job, rule->rows_ref);
		clt_link_shared_free(job, rule->start_ref);
		rule->rows = rule->start = NULL;
		rule->rows_ref = rule->start_ref = 0;
	}
	clt_link_shared_free(job, job->runs_ref);
	job->runs = NULL;
	job->runs_ref = 0;
}
