/*
 * miner_lists.c
 *		Nodes of lists: the reduced baskets of a set and the occurrences of each
 *		item in them. The root and all nodes of few or thin baskets are such.
 */
#include "affinity/miner.h"

/*
 * Chooses the extensions among the touched items, items of all transactions
 * apart when closing, and lays out the occurrence lists.
 */
static bool
choose_extensions(CltMiner *m, Node *node, uint32_t ntouched, uint32_t set_count)
{
	Extension  *e;
	uint32_t	kept = 0,
				at = 0,
				k;

	for (k = 0; k < ntouched; k++)
	{
		uint32_t	item = m->touched[k];

		if (m->count[item] >= m->min_count)
			m->touched[kept++] = item;
	}
	clt_sort_u32(m->touched, kept);
	e = clt_miner_reserve(m, &node->extension_buffer, (kept + 1) * sizeof(Extension));
	if (e == NULL)
		return false;
	node->nextensions = 0;
	for (k = 0; k < kept; k++)
	{
		uint32_t	item = m->touched[k];

		if (m->kind != CLT_ITEMSETS_FREQUENT && m->count[item] == set_count)
		{
			add_item(m, item);
			continue;
		}
		m->slot[item] = node->nextensions;
		e[node->nextensions].item = item;
		e[node->nextensions].count = m->count[item];
		e[node->nextensions].from = e[node->nextensions].to = at;
		at += m->number[item];
		node->nextensions++;
	}
	return true;
}

/* Is a node of ntransactions baskets better searched in a bit matrix? */
static inline bool
closed_is_dense(const CltMiner *m, const Node *node, size_t nocc, uint32_t ntransactions)
{
	return m->keep_basket && node->nextensions >= 4 &&
		(double) nocc * 24 >= (double) node->nextensions * ntransactions;
}

/* Space for the transactions and occurrences of a node. */
static bool
reserve_lists(CltMiner *m, Node *node, size_t nocc, size_t ntransactions)
{
	if (clt_miner_reserve(m, &node->line_buffer, (nocc + ntransactions + 1) * sizeof(uint32_t)) == NULL ||
		clt_miner_reserve(m, &node->occ_buffer, (nocc + 1) * sizeof(uint32_t)) == NULL)
		return false;
	if (m->weighted && clt_miner_reserve(m, &node->weight_buffer, (nocc + 1) * sizeof(uint32_t)) == NULL)
		return false;
	if (m->keep_basket && clt_miner_reserve(m, &node->basket_buffer, (nocc + 1) * sizeof(uint32_t)) == NULL)
		return false;
	return true;
}

/* The node of the empty set: all baskets, frequent items only. */
bool
clt_miner_root(CltMiner *m)
{
	const CltBaskets *b = m->baskets;
	uint32_t	nbaskets = b->nkeyed + b->nloose;
	Node	   *node = clt_miner_push(m);
	Extension  *e;
	uint32_t   *line,
			   *occ,
			   *weight,
			   *basket;
	uint32_t	at = 0,
				k,
				p;
	size_t		nocc = 0;

	if (node == NULL)
		return false;
	for (k = 0; k < nbaskets; k++)
	{
		uint32_t	w = k < b->nkeyed ? 1 : b->mult[k - b->nkeyed];

		for (p = b->start[k]; p < b->start[k + 1] && b->item[p] < m->nitems; p++)
		{
			m->count[b->item[p]] += w;
			m->number[b->item[p]]++;
			nocc++;
		}
	}
	for (k = 0; k < m->nitems; k++)
		m->touched[k] = k;
	if (!choose_extensions(m, node, m->nitems, m->total))
		return false;
	if (closed_is_dense(m, node, nocc, nbaskets))
	{
		BasketList	all = {NULL, NULL, nbaskets};

		for (k = 0; k < m->nitems; k++)
		{
			m->slot[k] = NO_SLOT;
			m->count[k] = m->number[k] = 0;
		}
		return clt_miner_to_matrix(m, 0, &all, m->nitems);
	}
	if (!reserve_lists(m, node, nocc, nbaskets))
		return false;
	e = node->extension_buffer.data;
	line = node->line_buffer.data;
	occ = node->occ_buffer.data;
	weight = node->weight_buffer.data;
	basket = node->basket_buffer.data;
	for (k = 0; k < nbaskets; k++)
	{
		uint32_t	w = k < b->nkeyed ? 1 : b->mult[k - b->nkeyed];

		for (p = b->start[k + 1]; p > b->start[k]; p--)
		{
			uint32_t	item = b->item[p - 1];
			uint32_t	s = item < m->nitems ? m->slot[item] : NO_SLOT;

			if (s == NO_SLOT)
				continue;
			if (m->weighted)
				weight[e[s].to] = w;
			if (m->keep_basket)
				basket[e[s].to] = k;
			occ[e[s].to++] = at;
			line[at++] = item;
		}
		line[at++] = END_MARK;
	}
	for (k = 0; k < m->nitems; k++)
	{
		m->slot[k] = NO_SLOT;
		m->count[k] = m->number[k] = 0;
	}
	return true;
}

/* Makes the node of the set extended by parent's extension x, from lists. */
bool
clt_miner_child_of_lists(CltMiner *m, uint32_t parent_depth, const Extension *x)
{
	Node	   *node = clt_miner_push(m);
	Node	   *parent = node_at(m, parent_depth);
	const uint32_t *pline = parent->line_buffer.data;
	const uint32_t *pocc = parent->occ_buffer.data;
	const uint32_t *pweight = parent->weight_buffer.data;
	const uint32_t *pbasket = parent->basket_buffer.data;
	Extension  *e;
	uint32_t   *line,
			   *occ,
			   *weight,
			   *basket;
	uint32_t	ntouched = 0,
				ntransactions = 0,
				at = 0,
				k;
	size_t		nocc = 0;
	size_t		work = 0;

	if (node == NULL)
		return false;
	for (k = x->from; k < x->to; k++)
	{
		const uint32_t *first = pline + pocc[k] + 1;
		const uint32_t *p;
		uint32_t	w = m->weighted ? pweight[k] : 1;

		__builtin_prefetch(pline + pocc[k + 10 < x->to ? k + 10 : k], 0, 1);
		if (m->weighted)
			for (p = first; *p != END_MARK; p++)
			{
				m->touched[ntouched] = *p;
				ntouched += m->number[*p] == 0;
				m->number[*p]++;
				m->count[*p] += w;
			}
		else
			for (p = first; *p != END_MARK; p++)
			{
				m->touched[ntouched] = *p;
				ntouched += m->number[*p]++ == 0;
			}
		work += (size_t) (p - first);
	}
	breathe(m, work);

	/* choose_extensions() reorders touched: remember what to clear. */
	for (k = 0; k < ntouched; k++)
	{
		uint32_t	item = m->touched[k];

		if (!m->weighted)
			m->count[item] = m->number[item];
		if (m->count[item] >= m->min_count)
			nocc += m->number[item];
		else
			m->count[item] = m->number[item] = 0;
	}
	for (k = 0, at = 0; k < ntouched; k++)
		if (m->count[m->touched[k]] != 0)
			m->touched[at++] = m->touched[k];
	ntouched = at;
	at = 0;
	if (!choose_extensions(m, node, ntouched, x->count))
		return false;
	e = node->extension_buffer.data;
	if (closed_is_dense(m, node, nocc, x->to - x->from))
	{
		BasketList	list;

		for (k = 0; k < ntouched; k++)
		{
			m->count[m->touched[k]] = m->number[m->touched[k]] = 0;
			m->slot[m->touched[k]] = NO_SLOT;
		}
		list.basket = pbasket + x->from;
		list.weight = m->weighted ? pweight + x->from : NULL;
		list.n = x->to - x->from;
		return clt_miner_to_matrix(m, m->depth - 1, &list, x->item);
	}
	if (node->nextensions > 1 || m->keep_basket)
	{
		if (!reserve_lists(m, node, nocc, x->to - x->from))
			return false;
		line = node->line_buffer.data;
		occ = node->occ_buffer.data;
		weight = node->weight_buffer.data;
		basket = node->basket_buffer.data;
		for (k = x->from; k < x->to; k++)
		{
			const uint32_t *p;
			uint32_t	begin = at;

			for (p = pline + pocc[k] + 1; *p != END_MARK; p++)
			{
				uint32_t	s = m->slot[*p];

				if (s == NO_SLOT)
					continue;
				if (m->weighted)
					weight[e[s].to] = pweight[k];
				if (m->keep_basket)
					basket[e[s].to] = pbasket[k];
				occ[e[s].to++] = at;
				line[at++] = *p;
			}
			if (at > begin)
			{
				line[at++] = END_MARK;
				ntransactions++;
			}
		}
	}
	for (k = 0; k < ntouched; k++)
	{
		m->count[m->touched[k]] = m->number[m->touched[k]] = 0;
		m->slot[m->touched[k]] = NO_SLOT;
	}
	return clt_miner_to_bits(m, node, ntransactions, at - ntransactions);
}

/*
 * Is some item behind x->item, outside the set, in all baskets of x? Then the
 * closure of the set with x belongs to another branch.
 */
bool
clt_miner_common_suffix(CltMiner *m, const Node *node, const Extension *x)
{
	const CltBaskets *b = m->baskets;
	const uint32_t *basket = node->basket_buffer.data;
	uint32_t   *common;
	uint32_t	n = 0,
				k,
				p;

	k = basket[x->from];
	common = clt_miner_reserve(m, &m->common, (b->start[k + 1] - b->start[k] + 1) * sizeof(uint32_t));
	if (common == NULL)
		return false;
	for (p = b->start[k + 1]; p > b->start[k] && b->item[p - 1] > x->item; p--)
		if (b->item[p - 1] < m->nitems && !m->member[b->item[p - 1]])
			common[n++] = b->item[p - 1];
	for (k = x->from + 1; k < x->to && n > 0; k++)
	{
		uint32_t	begin = b->start[basket[k]];
		uint32_t	i,
					left = 0;

		p = b->start[basket[k] + 1];
		for (i = 0; i < n; i++)
		{
			while (p > begin && b->item[p - 1] > common[i])
				p--;
			if (p > begin && b->item[p - 1] == common[i])
				common[left++] = common[i];
		}
		n = left;
	}
	breathe(m, k - x->from);
	return n > 0;
}

/* Is some item outside the set, with a number above x->item, frequent together with it? */
bool
clt_miner_frequent_suffix(CltMiner *m, const Node *node, const Extension *x)
{
	const CltBaskets *b = m->baskets;
	const uint32_t *basket = node->basket_buffer.data;
	const uint32_t *weight = node->weight_buffer.data;
	uint32_t	ntouched = 0,
				k,
				p;
	bool		found = false;

	for (k = x->from; k < x->to; k++)
		for (p = b->start[basket[k] + 1]; p > b->start[basket[k]] && b->item[p - 1] > x->item; p--)
		{
			uint32_t	item = b->item[p - 1];

			if (item >= m->nitems || m->member[item])
				continue;
			m->touched[ntouched] = item;
			ntouched += m->count[item] == 0;
			m->count[item] += m->weighted ? weight[k] : 1;
			found |= m->count[item] >= m->min_count;
		}
	for (k = 0; k < ntouched; k++)
		m->count[m->touched[k]] = 0;
	breathe(m, x->to - x->from);
	return found;
}
