/*
 * itemsets_scan.c
 *		frequent_itemsets() and association_rules().
 *
 * Itemsets come out of the search one at a time. Rules need the counts of all
 * subsets of a set, so the frequent sets (not the rules) are kept, as a tree:
 * twenty bytes a set. Rules are then made one by one on the way through it.
 */
#include "postgres.h"

#include <math.h>

#include "executor/nodeHash.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "affinity/itemsets.h"
#include "affinity/measures.h"
#include "affinity/scan.h"

/* How sets of items become arrays: in the order of the items' type. */
typedef struct ArrayMaker
{
	AffinityObject *o;
	uint32	   *place;
	uint32	   *sorted;			/* space for one set */
	uint32	   *by_place;
	Datum	   *element;
	Oid			type;
} ArrayMaker;

static void
start_arrays(ArrayMaker *m, FunctionCallInfo fcinfo, AffinityObject *o, uint32 nitems)
{
	uint32		i;

	m->o = o;
	m->type = get_fn_expr_argtype(fcinfo->flinfo, 1);
	m->place = clt_scan_type_order(o, nitems);
	m->by_place = palloc(Max(nitems, 1) * sizeof(uint32));
	for (i = 0; i < nitems; i++)
		m->by_place[m->place[i]] = i;
	m->sorted = palloc(Max(nitems, 1) * sizeof(uint32));
	m->element = palloc(Max(nitems, 1) * sizeof(Datum));
}

static Datum
make_array(ArrayMaker *m, const uint32 *items, uint32 n)
{
	const AffKeySpec *spec = &m->o->items.spec;
	uint32		i;

	for (i = 0; i < n; i++)
		m->sorted[i] = m->place[items[i]];
	clt_sort_u32(m->sorted, n);
	for (i = 0; i < n; i++)
		m->element[i] = m->o->items.key[m->by_place[m->sorted[i]]];
	return PointerGetDatum(construct_array(m->element, (int) n, m->type, spec->len, spec->byval, spec->align));
}

static uint32
length_limit(FunctionCallInfo fcinfo, int arg, const char *name, int low)
{
	if (PG_ARGISNULL(arg))
		return PG_INT32_MAX;
	if (PG_GETARG_INT32(arg) < low)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be at least %d", name, low)));
	return (uint32) PG_GETARG_INT32(arg);
}

static void
out_of_memory(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_OUT_OF_MEMORY),
			 errmsg("out of memory")));
}

/* ---- frequent_itemsets --------------------------------------------------- */

typedef struct SetsState
{
	CltMiner   *miner;
	ArrayMaker	arrays;
} SetsState;

static bool
sets_next(AffScan *scan, Datum *values, bool *nulls)
{
	SetsState  *s = scan->state;
	CltItemset	set;
	int			result = clt_miner_next(s->miner, &set);

	(void) nulls;
	if (result < 0)
		out_of_memory();
	if (result == 0)
		return false;
	values[0] = make_array(&s->arrays, set.item, set.length);
	values[1] = Int64GetDatum((int64) set.count);
	values[2] = Int32GetDatum((int32) set.length);
	values[3] = Float8GetDatum((double) set.count / (double) scan->o->nbaskets);
	return true;
}

static CltItemsetKind
kind_by_name(const char *name)
{
	if (strcmp(name, "frequent") == 0)
		return CLT_ITEMSETS_FREQUENT;
	if (strcmp(name, "closed") == 0)
		return CLT_ITEMSETS_CLOSED;
	if (strcmp(name, "maximal") == 0)
		return CLT_ITEMSETS_MAXIMAL;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown kind of itemsets \"%s\"", name),
			 errhint("Known kinds are frequent, closed and maximal.")));
	return CLT_ITEMSETS_FREQUENT;	/* keep compiler quiet */
}

static void
sets_start(FunctionCallInfo fcinfo, AffScan *scan)
{
	SetsState  *s;
	CltMemory	memory = clt_scan_memory(scan->cxt);
	CltItemsetKind kind;
	uint32		min_count,
				nitems,
				max_length;

	if (PG_ARGISNULL(0))
		return;
	if (PG_ARGISNULL(5))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("kind must not be null")));
	kind = kind_by_name(text_to_cstring(PG_GETARG_TEXT_PP(5)));
	max_length = length_limit(fcinfo, 4, "max_length", 1);
	scan->o = PG_GETARG_AFFINITY(0);
	clt_scan_plain(scan->o, "frequent_itemsets");
	clt_scan_check_type(fcinfo, 1, &scan->o->items.spec);
	min_count = clt_scan_min_count(fcinfo, 2, 3, scan->o->nbaskets);
	nitems = clt_scan_frequent(scan->o, min_count);
	s = palloc0(sizeof(SetsState));
	scan->state = s;
	scan->next = sets_next;
	start_arrays(&s->arrays, fcinfo, scan->o, nitems);
	s->miner = clt_miner_start(&memory, &scan->o->base, nitems, (uint32) scan->o->nbaskets, min_count, max_length, kind,
							   clt_scan_interrupts);
	if (s->miner == NULL)
		out_of_memory();
}

/* frequent_itemsets(a affinity, item_type anyelement, min_count, min_support, max_length, kind) */
CLT_FUNCTION_INFO_V1(clt_frequent_itemsets);
Datum
clt_frequent_itemsets(PG_FUNCTION_ARGS)
{
	return clt_scan_run(fcinfo, sets_start);
}

/* ---- association_rules --------------------------------------------------- */

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
	ArrayMaker	arrays;
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

/* The baskets without the items that no filter admits; a rule cannot have them. */
static void
filter_baskets(CltBaskets *to, const CltBaskets *from, const RulesState *s, uint32 nitems, MemoryContext cxt)
{
	uint32		nbaskets = from->nkeyed + from->nloose;
	uint32		at = 0,
				k,
				p;

	*to = *from;
	to->start = MemoryContextAllocHuge(cxt, ((Size) nbaskets + 1) * sizeof(uint32));
	to->item = MemoryContextAllocHuge(cxt, ((Size) from->start[nbaskets] + 1) * sizeof(uint32));
	for (k = 0; k < nbaskets; k++)
	{
		to->start[k] = at;
		for (p = from->start[k]; p < from->start[k + 1] && from->item[p] < nitems; p++)
			if (s->antecedent[from->item[p]] || s->consequent[from->item[p]])
				to->item[at++] = from->item[p];
	}
	to->start[nbaskets] = at;
}

/* All frequent sets into the tree. */
static void
collect_sets(AffScan *scan, RulesState *s, uint32 nitems, uint32 min_count, uint32 max_length)
{
	const CltBaskets *baskets = &scan->o->base;
	CltBaskets	filtered;
	CltMemory	memory;
	MemoryContext mining = AllocSetContextCreate(scan->cxt, "affinity itemsets", ALLOCSET_DEFAULT_SIZES);
	CltMiner   *miner;
	CltItemset	set;
	uint32	   *path = palloc(((Size) nitems + 2) * sizeof(uint32));
	int			result;

	memory = clt_scan_memory(mining);
	if (s->antecedent != NULL && s->consequent != NULL)
	{
		filter_baskets(&filtered, baskets, s, nitems, mining);
		baskets = &filtered;
	}
	miner = clt_miner_start(&memory, baskets, nitems, (uint32) scan->o->nbaskets, min_count, max_length,
							CLT_ITEMSETS_FREQUENT, clt_scan_interrupts);
	if (miner == NULL)
		out_of_memory();
	path[0] = add_node(s, scan->cxt, 0, NO_NODE, (uint32) scan->o->nbaskets);
	while ((result = clt_miner_next(miner, &set)) == 1)
		path[set.length] = add_node(s, scan->cxt, path[set.length - 1], set.item[set.length - 1], set.count);
	if (result < 0)
		out_of_memory();
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
			if (!filter[s->set[__builtin_ctzll(bits)]])
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
	return make_array(&s->arrays, items, n);
}

#define RULES_FIRST_MEASURE 6

static bool
rules_next(AffScan *scan, Datum *values, bool *nulls)
{
	RulesState *s = scan->state;
	CltPairCounts c;
	uint64		x,
				y;
	uint32		i;
	int			m,
				col = RULES_FIRST_MEASURE;

	c.n = scan->o->nbaskets;
	for (;;)
	{
		if (!next_split(s))
			return false;
		for (i = 0, y = 0; i < s->size; i++)
			y |= UINT64CONST(1) << s->chosen[i];
		x = (s->length == 64 ? ~UINT64CONST(0) : (UINT64CONST(1) << s->length) - 1) & ~y;
		if (!filter_admits(s->consequent, s, y) || !filter_admits(s->antecedent, s, x))
			continue;
		c.nxy = s->node[s->at].count;
		c.nx = part_count(s, x);
		if ((double) c.nxy < s->min_confidence * (double) c.nx * (1 - 1e-12))
			continue;
		c.ny = part_count(s, y);
		if ((double) c.nxy * (double) c.n < s->min_lift * (double) c.nx * (double) c.ny * (1 - 1e-12))
			continue;
		if (!s->redundant && is_redundant(s, x, y, &c))
			continue;
		break;
	}
	values[0] = part_array(s, x);
	values[1] = part_array(s, y);
	values[2] = Int64GetDatum((int64) c.nxy);
	values[3] = Int64GetDatum((int64) c.nx);
	values[4] = Int64GetDatum((int64) c.ny);
	values[5] = Int64GetDatum((int64) c.n);
	for (m = CLT_M_SUPPORT; m <= CLT_M_LOG10_P_VALUE; m++, col++)
	{
		double		v;

		if (clt_measure(m, &c, &v))
			values[col] = Float8GetDatum(v);
		else
			nulls[col] = true;
	}
	return true;
}

static void
start_rules(FunctionCallInfo fcinfo, AffScan *scan, int antecedents, int consequents, int first)
{
	RulesState *s;
	uint32		min_count,
				nitems,
				max_length,
				n;

	if (PG_ARGISNULL(0))
		return;
	scan->o = PG_GETARG_AFFINITY(0);
	clt_scan_plain(scan->o, "association_rules");
	clt_scan_check_type(fcinfo, 1, &scan->o->items.spec);
	min_count = clt_scan_min_count(fcinfo, first, first + 1, scan->o->nbaskets);
	nitems = clt_scan_frequent(scan->o, min_count);
	s = palloc0(sizeof(RulesState));
	scan->state = s;
	scan->next = rules_next;
	s->min_confidence = clt_scan_threshold(fcinfo, first + 2, "min_confidence", 0, 1);
	s->min_lift = clt_scan_threshold(fcinfo, first + 3, "min_lift", 0, INFINITY);
	max_length = length_limit(fcinfo, first + 4, "max_length", 2);
	s->max_consequent = PG_ARGISNULL(first + 5) ? 1 : length_limit(fcinfo, first + 5, "max_consequent", 1);
	s->redundant = PG_ARGISNULL(first + 6) || PG_GETARG_BOOL(first + 6);
	s->antecedent = clt_scan_item_filter(fcinfo, antecedents, scan->o, &n);
	s->consequent = clt_scan_item_filter(fcinfo, consequents, scan->o, &n);
	start_arrays(&s->arrays, fcinfo, scan->o, nitems);
	collect_sets(scan, s, nitems, min_count, max_length);
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
