/*
 * itemsets.c
 *		Depth-first search for itemsets by occurrence deliver.
 *
 * The search extends a set by items more frequent than its last one only, so
 * each set is met once. A node holds the baskets of its set, reduced to the
 * items that may still extend it ("transactions", each in falling item number
 * and closed by a mark), and for each such item the list of its occurrences.
 * One pass over the occurrences of an item makes the node of its child: count,
 * drop what is infrequent, copy the rest, deliver the new occurrences. Nothing
 * is generated to be thrown away, and no set is remembered: memory is that of
 * the nodes on the path, each smaller than the one above.
 *
 * Where a node is dense (few items, most of them in most transactions) its
 * lists become bit vectors, and a count is an AND and a population count.
 *
 * Closed sets use prefix-preserving closure extension (Uno et al., LCM 2,
 * 2004): items in all transactions of a node join the set at once, and a node
 * is abandoned as soon as an item behind its last one is found in all its
 * transactions, because the closure of everything below is met elsewhere. No
 * store of closed sets is needed. For that test an occurrence remembers its
 * original basket. Where the baskets are dense, a bit matrix serves instead
 * (miner_matrix.c).
 */
#include <string.h>

#include "affinity/miner.h"

void	   *
clt_miner_reserve(CltMiner *m, Buffer *b, size_t size)
{
	if (b->size < size)
	{
		size_t		want = size + size / 4 + 64;
		void	   *p = m->memory.resize(m->memory.context, b->data, want);

		if (p == NULL)
		{
			m->failed = true;
			return NULL;
		}
		b->data = p;
		b->size = want;
	}
	return b->data;
}

/* Makes room for one node more; its buffers are kept from the last visit. */
Node	   *
clt_miner_push(CltMiner *m)
{
	size_t		have = m->nodes.size / sizeof(Node);
	Node	   *node;

	if (m->depth + 1 > have)
	{
		size_t		old = m->nodes.size;

		if (clt_miner_reserve(m, &m->nodes, (have + 8) * sizeof(Node)) == NULL)
			return NULL;
		memset((char *) m->nodes.data + old, 0, m->nodes.size - old);
	}
	if (clt_miner_reserve(m, &m->set, (m->nitems + 1) * sizeof(uint32_t)) == NULL)
		return NULL;
	node = node_at(m, m->depth);
	node->nextensions = node->next = 0;
	node->dense = false;
	node->length = m->length;
	m->depth++;
	return node;
}

static inline void
cut_set(CltMiner *m, uint32_t length)
{
	while (m->length > length)
		m->member[((uint32_t *) m->set.data)[--m->length]] = false;
}

/* Is the set of the node just made, by extension x of the one at depth, maximal? */
static bool
is_maximal(CltMiner *m, uint32_t depth, const Extension *x)
{
	const Node *node = node_at(m, m->depth - 1);

	if (node->nextensions > 0)
		return false;
	if (node_at(m, depth)->dense)
		return node->nbehind == 0;
	return !clt_miner_frequent_suffix(m, node_at(m, depth), x);
}

static inline int
give(CltMiner *m, CltItemset *set, uint32_t count)
{
	set->item = m->set.data;
	set->length = m->length;
	set->count = count;
	return 1;
}

/* First call: the root, which is a set itself when items are in every basket. */
static bool
start_search(CltMiner *m, CltItemset *set, int *result)
{
	m->started = true;
	if (m->nitems == 0 || m->total < m->min_count || m->max_length == 0)
	{
		*result = 0;
		return true;
	}
	if (!clt_miner_root(m))
	{
		*result = -1;
		return true;
	}
	if (m->length > 0 && m->length <= m->max_length &&
		(m->kind == CLT_ITEMSETS_CLOSED || node_at(m, 0)->nextensions == 0))
	{
		*result = give(m, set, m->total);
		return true;
	}
	return false;
}

CltMiner *
clt_miner_start(const CltMemory *memory, const CltBaskets *baskets, uint32_t nitems, uint32_t required,
				uint32_t total, uint32_t min_count, uint32_t max_length, CltItemsetKind kind, void (*check) (void))
{
	CltMiner   *m = memory->resize(memory->context, NULL, sizeof(CltMiner));
	char	   *block;
	size_t		n = nitems;
	uint32_t	i;

	if (m == NULL)
		return NULL;
	memset(m, 0, sizeof(*m));
	m->memory = *memory;
	m->baskets = baskets;
	m->nitems = nitems;
	m->required = required;
	m->total = total;
	m->min_count = min_count > 0 ? min_count : 1;
	m->max_length = max_length;
	m->kind = kind;
	m->check = check;
	m->keep_basket = kind != CLT_ITEMSETS_FREQUENT;
	for (i = 0; i < baskets->nloose; i++)
		if (baskets->mult[i] != 1)
			m->weighted = true;
	block = memory->resize(memory->context, NULL, (4 * n + 1) * sizeof(uint32_t) + n + 1);
	if (block == NULL)
		return NULL;
	memset(block, 0, (4 * n + 1) * sizeof(uint32_t) + n + 1);
	m->count = (uint32_t *) block;
	m->number = m->count + n;
	m->slot = m->number + n;
	m->touched = m->slot + n;
	m->member = (bool *) (m->touched + n + 1);
	for (i = 0; i < nitems; i++)
		m->slot[i] = NO_SLOT;
	clt_miner_choose_count(m);
	return m;
}

/* Has the node just made an extension among the required items? They have the smallest numbers. */
static inline bool
extended_by_required(CltMiner *m)
{
	const Node *node = node_at(m, m->depth - 1);

	return node->nextensions > 0 && ((const Extension *) node->extension_buffer.data)[0].item < m->required;
}

int
clt_miner_next(CltMiner *m, CltItemset *set)
{
	int			result;

	if (!m->started && start_search(m, set, &result))
		return result;

	while (m->depth > 0)
	{
		uint32_t	depth = m->depth - 1;
		Node	   *node = node_at(m, depth);
		Extension	x;
		uint32_t	number = node->next;

		if (node->next == 0)
			node->length = m->length;	/* the closure has been added */
		cut_set(m, node->length);
		if (node->next >= node->nextensions)
		{
			m->depth--;
			continue;
		}
		x = ((Extension *) node->extension_buffer.data)[node->next++];

		if (m->kind == CLT_ITEMSETS_FREQUENT)
		{
			/* Without a required item, and no item but a smaller one to come. */
			bool		lacking = m->required > 0 && x.item >= m->required;

			add_item(m, x.item);

			/* Extensions are ascending: the first has nothing to extend it. */
			if (number > 0 && m->length < m->max_length)
			{
				if (!(node->dense ? clt_miner_child_of_bits(m, depth, number) : clt_miner_child_of_lists(m, depth, &x)))
					return -1;
				if (lacking && !extended_by_required(m))
				{
					m->depth--;
					continue;
				}

				/*
				 * The set itself is given now; its node waits, its length as
				 * it is.
				 */
			}
			else if (lacking)
				continue;
			return give(m, set, x.count);
		}

		if (m->length + 1 > m->max_length)
			continue;
		if (node->dense)
		{
			result = clt_miner_child_of_matrix(m, depth, number);
			if (result < 0)
				return -1;
			if (result == 0)
				continue;
		}
		else
		{
			if (clt_miner_common_suffix(m, node, &x))
				continue;
			if (m->failed)
				return -1;
			add_item(m, x.item);
			if (!clt_miner_child_of_lists(m, depth, &x))
				return -1;
		}
		if (m->length > m->max_length)
		{
			/* The closure is too long, and so is all below. */
			m->depth--;
			continue;
		}
		if (m->kind == CLT_ITEMSETS_CLOSED || is_maximal(m, depth, &x))
			return give(m, set, x.count);
	}
	return m->failed ? -1 : 0;
}
