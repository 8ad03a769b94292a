/*
 * rules_scan.c
 *		association_rules().
 *
 * Rules need the counts of all subsets of a set, so the frequent sets (not the
 * rules) are kept, as a tree: twenty bytes a set. Rules are then made one by
 * one on the way through it.
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/memutils.h"

#include "affinity/adjust.h"
#include "affinity/measures.h"
#include "affinity/sets.h"

/* A frequent set: its parent's and one item more, of a smaller number. */
typedef struct SetNode
{
	uint32		parent;
	uint32		item;
	uint32		count;
} SetNode;

#define NO_NODE		UINT32_MAX
#define SET_MAX		64			/* items of a set that rules are made of */

typedef struct RulesState
{
	SetSource	source;
	ArrayMaker	arrays;
	Adjustment	adjust;
	SetNode    *node;			/* node 0 is the empty set */
	uint32		nnodes;
	uint32		capacity;
	uint32	   *slot;			/* hash table of (parent, item) */
	uint32		mask;
	double		min_confidence;
	double		min_lift;
	uint32		max_consequent;
	bool		redundant;
	bool	   *antecedent;		/* item filters, NULL for none */
	bool	   *consequent;
	/* position: set and the part of it that is the consequent */
	uint32		at;
	uint32		set[SET_MAX];
	uint32		length;
	uint32		size;			/* of the consequent */
	uint32		chosen[SET_MAX];
} RulesState;

static inline uint32
node_hash(uint32 parent, uint32 item)
{
	uint64		h = ((uint64) parent << 32 | item) * UINT64CONST(0x9E3779B97F4A7C15);

	return (uint32) (h >> 32) ^ (uint32) h;
}

static void
grow_nodes(RulesState *s, MemoryContext cxt)
{
	uint32		i;

	s->capacity = s->capacity == 0 ? 1024 : s->capacity * 2;
	if ((Size) s->capacity * (sizeof(SetNode) + 2 * sizeof(uint32)) > Max(get_hash_memory_limit(), (Size) 1 << 30))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("association_rules would keep more than %u itemsets", s->capacity / 2),
				 errhint("Raise min_count or min_support, or limit max_length.")));
	if (s->node == NULL)
		s->node = MemoryContextAllocHuge(cxt, (Size) s->capacity * sizeof(SetNode));
	else
		s->node = repalloc_huge(s->node, (Size) s->capacity * sizeof(SetNode));
	if (s->slot != NULL)
		pfree(s->slot);
	s->mask = s->capacity * 2 - 1;
	s->slot = MemoryContextAllocExtended(cxt, ((Size) s->mask + 1) * sizeof(uint32), MCXT_ALLOC_HUGE);
	memset(s->slot, 0xFF, ((Size) s->mask + 1) * sizeof(uint32));
	for (i = 1; i < s->nnodes; i++)
	{
		uint32		h = node_hash(s->node[i].parent, s->node[i].item) & s->mask;

		while (s->slot[h] != NO_NODE)
			h = (h + 1) & s->mask;
		s->slot[h] = i;
	}
}

static uint32
add_node(RulesState *s, MemoryContext cxt, uint32 parent, uint32 item, uint32 count)
{
	uint32		h;

	if (s->nnodes >= s->capacity)
		grow_nodes(s, cxt);
	s->node[s->nnodes].parent = parent;
	s->node[s->nnodes].item = item;
	s->node[s->nnodes].count = count;
	if (s->nnodes > 0)
	{
		h = node_hash(parent, item) & s->mask;
		while (s->slot[h] != NO_NODE)
			h = (h + 1) & s->mask;
		s->slot[h] = s->nnodes;
	}
	return s->nnodes++;
}

static inline uint32
child_node(const RulesState *s, uint32 parent, uint32 item)
{
	uint32		h = node_hash(parent, item) & s->mask;

	for (; s->slot[h] != NO_NODE; h = (h + 1) & s->mask)
	{
		const SetNode *n = &s->node[s->slot[h]];

		if (n->parent == parent && n->item == item)
			return s->slot[h];
	}
	elog(ERROR, "a subset of a frequent itemset is not frequent");
	return NO_NODE;
}

/* Count of the part of the current set whose bits are set; items are in falling order. */
static uint32
part_count(const RulesState *s, uint64 bits)
{
	uint32		node = 0;

	for (; bits != 0; bits &= bits - 1)
		node = child_node(s, node, s->set[__builtin_ctzll(bits)]);
	return s->node[node].count;
}

/*
 * All frequent sets into the tree that a rule may need: with a filter, sets
 * that hold one of the required items, or could.
 */
static void
collect_sets(AffScan *scan, RulesState *s, uint32 required, uint32 min_count, uint32 max_length)
{
	CltMemory	memory;
	MemoryContext mining = AllocSetContextCreate(scan->cxt, "affinity itemsets", ALLOCSET_DEFAULT_SIZES);
	CltMiner   *miner;
	CltItemset	set;
	uint32	   *path = palloc(((Size) s->source.nitems + 2) * sizeof(uint32));
	int			result;

	memory = clt_scan_memory(mining);
	miner = clt_miner_start(&memory, &s->source.baskets, s->source.nitems, required, s->source.total, min_count,
							max_length, CLT_ITEMSETS_FREQUENT, clt_scan_interrupts);
	if (miner == NULL)
		clt_set_out_of_memory();
	path[0] = add_node(s, scan->cxt, 0, NO_NODE, s->source.total);
	while ((result = clt_miner_next(miner, &set)) == 1)
		path[set.length] = add_node(s, scan->cxt, path[set.length - 1], set.item[set.length - 1], set.count);
	if (result < 0)
		clt_set_out_of_memory();
	pfree(path);
	MemoryContextDelete(mining);
}

/* Moves to the next way to split the current set, or to the first of the next set. */
static bool
next_split(RulesState *s)
{
	uint32		i,
				n;

	if (s->length >= 2)
	{
		/*
		 * the next combination of the same size, or the first of the next
		 * size
		 */
		for (i = s->size; i > 0; i--)
			if (s->chosen[i - 1] < s->length - s->size + i - 1)
				break;
		if (i > 0)
		{
			s->chosen[i - 1]++;
			for (; i < s->size; i++)
				s->chosen[i] = s->chosen[i - 1] + 1;
			return true;
		}
		if (s->size < s->max_consequent && s->size + 1 < s->length)
		{
			s->size++;
			for (i = 0; i < s->size; i++)
				s->chosen[i] = i;
			return true;
		}
	}
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		if (++s->at >= s->nnodes)
			return false;
		for (n = s->at, s->length = 0; n != 0; n = s->node[n].parent)
			s->length++;
		if (s->length < 2)
			continue;
		if (s->length > SET_MAX)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("association_rules makes rules of itemsets of at most %d items, not %u", SET_MAX, s->length),
					 errhint("Limit max_length.")));
		for (n = s->at, i = s->length; n != 0; n = s->node[n].parent)
			s->set[--i] = s->node[n].item;
		s->size = 1;
		s->chosen[0] = 0;
		return true;
	}
}

/*
 * Is there a more general rule to the same consequent that is right at least
 * as often? All smaller antecedents are looked at, the empty one, too.
 */
static bool
is_redundant(const RulesState *s, uint64 x, uint64 y, const CltPairCounts *c)
{
	uint64		part = x;

	do
	{
		part = (part - 1) & x;
		if ((double) part_count(s, part | y) * (double) c->nx >= (double) c->nxy * (double) part_count(s, part))
			return true;
		CHECK_FOR_INTERRUPTS();
	} while (part != 0);
	return false;
}

static bool
filter_admits(const bool *filter, const RulesState *s, uint64 bits)
{
	if (filter != NULL)
		for (; bits != 0; bits &= bits - 1)
			if (!filter[clt_set_original(&s->source, s->set[__builtin_ctzll(bits)])])
				return false;
	return true;
}

static Datum
part_array(RulesState *s, uint64 bits)
{
	uint32		items[SET_MAX];
	uint32		n = 0;

	for (; bits != 0; bits &= bits - 1)
		items[n++] = s->set[__builtin_ctzll(bits)];
	return clt_arrays_make(&s->arrays, items, n, NULL, 0);
}

/* Moves to the next rule x => y that the filters admit; its counts are set. */
static bool
next_rule(RulesState *s, uint64 *x, uint64 *y, CltPairCounts *c)
{
	uint32		i;

	do
	{
		if (!next_split(s))
			return false;
		for (i = 0, *y = 0; i < s->size; i++)
			*y |= UINT64CONST(1) << s->chosen[i];
		*x = (s->length == 64 ? ~UINT64CONST(0) : (UINT64CONST(1) << s->length) - 1) & ~*y;
	} while (!filter_admits(s->consequent, s, *y) || !filter_admits(s->antecedent, s, *x));
	c->n = s->source.total;
	c->nxy = s->node[s->at].count;
	c->nx = part_count(s, *x);
	c->ny = part_count(s, *y);
	return true;
}

static bool
rule_passes(const RulesState *s, uint64 x, uint64 y, const CltPairCounts *c)
{
	return (double) c->nxy >= s->min_confidence * (double) c->nx * (1 - 1e-12) &&
		(double) c->nxy * (double) c->n >= s->min_lift * (double) c->nx * (double) c->ny * (1 - 1e-12) &&
		(s->redundant || !is_redundant(s, x, y, c));
}

/*
 * First pass, for the correction: every rule that frequent sets allow is a
 * test (eligible), or every rule that is given (returned).
 */
static void
survey_rules(RulesState *s)
{
	CltPairCounts c;
	uint64		x,
				y;

	while (next_rule(s, &x, &y, &c))
	{
		if (s->adjust.tests_are == TESTS_RETURNED && !rule_passes(s, x, y, &c))
			continue;
		s->adjust.counted++;
		if (clt_adjust_keeps(&s->adjust))
			clt_adjust_add(&s->adjust, exp(clt_log_p_greater(&c)));
	}
	s->at = s->length = 0;
}

#define RULES_FIRST_MEASURE 6

static bool
rules_next(AffScan *scan, Datum *values, bool *nulls)
{
	RulesState *s = scan->state;
	CltPairCounts c;
	uint64		x,
				y;
	double		v;
	int			m,
				col = RULES_FIRST_MEASURE;

	do
		if (!next_rule(s, &x, &y, &c))
			return false;
	while (!rule_passes(s, x, y, &c));
	values[0] = part_array(s, x);
	values[1] = part_array(s, y);
	values[2] = Int64GetDatum((int64) c.nxy);
	values[3] = Int64GetDatum((int64) c.nx);
	values[4] = Int64GetDatum((int64) c.ny);
	values[5] = Int64GetDatum((int64) c.n);
	for (m = CLT_M_SUPPORT; m <= CLT_M_LOG10_P_VALUE; m++, col++)
	{
		if (!clt_measure(m, &c, &v))
			nulls[col] = true;
		else
			values[col] = Float8GetDatum(v);
		if (m == CLT_M_P_VALUE)
			values[RULES_FIRST_MEASURE + CLT_M_LOG10_P_VALUE - CLT_M_SUPPORT + 1] =
				Float8GetDatum(clt_adjusted_p(&s->adjust, v));
	}
	return true;
}

/* Arguments after the filters */
enum
{
	RULES_MIN_COUNT,
	RULES_MIN_SUPPORT,
	RULES_MIN_CONFIDENCE,
	RULES_MIN_LIFT,
	RULES_MAX_LENGTH,
	RULES_MAX_CONSEQUENT,
	RULES_REDUNDANT,
	RULES_CORRECTION,
	RULES_TESTS
};

/*
 * Which baskets and items are searched: items that neither filter admits are
 * left out; a rule holds an item of each filter, and the items of the shorter
 * one are required.
 */
static bool
search_by_filters(AffScan *scan, RulesState *s, uint32 nitems, uint32 na, uint32 nc, uint32 *required)
{
	SetFilter	filter = {0};
	bool	   *keep;
	uint32		i;

	*required = 0;
	if (s->antecedent != NULL && s->consequent != NULL)
	{
		keep = palloc0(scan->o->items.n + 1);
		for (i = 0; i < scan->o->items.n; i++)
			keep[i] = s->antecedent[i] || s->consequent[i];
		filter.keep = keep;
		filter.first = na < nc ? s->antecedent : s->consequent;
	}
	else
		filter.first = s->antecedent != NULL ? s->antecedent : s->consequent;
	*required = clt_set_source(&s->source, scan->o, nitems, &filter, scan->cxt);
	return filter.first == NULL || *required > 0;
}

static void
start_rules(FunctionCallInfo fcinfo, AffScan *scan, int antecedents, int consequents, int first)
{
	RulesState *s;
	uint32		min_count,
				nitems,
				max_length,
				required,
				na,
				nc;

	if (PG_ARGISNULL(0))
		return;
	scan->o = PG_GETARG_AFFINITY(0);
	clt_scan_plain(scan->o, "association_rules");
	clt_scan_check_type(fcinfo, 1, &scan->o->items.spec);
	min_count = clt_scan_min_count(fcinfo, first + RULES_MIN_COUNT, first + RULES_MIN_SUPPORT, scan->o->nbaskets);
	nitems = clt_scan_frequent(scan->o, min_count);
	s = palloc0(sizeof(RulesState));
	scan->state = s;
	s->min_confidence = clt_scan_threshold(fcinfo, first + RULES_MIN_CONFIDENCE, "min_confidence", 0, 1);
	s->min_lift = clt_scan_threshold(fcinfo, first + RULES_MIN_LIFT, "min_lift", 0, INFINITY);
	max_length = clt_set_length_limit(fcinfo, first + RULES_MAX_LENGTH, "max_length", 2);
	s->max_consequent = PG_ARGISNULL(first + RULES_MAX_CONSEQUENT) ? 1 :
		clt_set_length_limit(fcinfo, first + RULES_MAX_CONSEQUENT, "max_consequent", 1);
	s->redundant = PG_ARGISNULL(first + RULES_REDUNDANT) || PG_GETARG_BOOL(first + RULES_REDUNDANT);
	clt_adjust_start(&s->adjust, fcinfo, first + RULES_CORRECTION, first + RULES_TESTS, scan->cxt);
	s->antecedent = clt_scan_item_filter(fcinfo, antecedents, scan->o, &na, NULL);
	s->consequent = clt_scan_item_filter(fcinfo, consequents, scan->o, &nc, NULL);
	if (!search_by_filters(scan, s, nitems, na, nc, &required))
		return;
	scan->next = rules_next;
	clt_arrays_start(&s->arrays, fcinfo, &s->source, nitems);
	collect_sets(scan, s, required, min_count, max_length);
	if (clt_adjust_keeps(&s->adjust) ||
		(s->adjust.kind != CORRECTION_NONE && s->adjust.tests_are != TESTS_GIVEN))
		survey_rules(s);
	if (s->adjust.tests_are == TESTS_ELIGIBLE)
		s->adjust.tests = s->adjust.counted;
	clt_adjust_finish(&s->adjust);
}

static void
rules_start(FunctionCallInfo fcinfo, AffScan *scan)
{
	start_rules(fcinfo, scan, -1, -1, 2);
}

static void
rules_start_filtered(FunctionCallInfo fcinfo, AffScan *scan)
{
	start_rules(fcinfo, scan, 2, 3, 4);
}

/* association_rules(a affinity, item_type anyelement, ...) */
CLT_FUNCTION_INFO_V1(clt_association_rules);
Datum
clt_association_rules(PG_FUNCTION_ARGS)
{
	return clt_scan_run(fcinfo, rules_start);
}

/* association_rules(a affinity, item_type anyelement, antecedents anyarray, consequents anyarray, ...) */
CLT_FUNCTION_INFO_V1(clt_association_rules_filtered);
Datum
clt_association_rules_filtered(PG_FUNCTION_ARGS)
{
	return clt_scan_run(fcinfo, rules_start_filtered);
}
