/*
 * miner_matrix.c
 *		Nodes of a bit matrix, for closed and maximal sets.
 *
 * Where the baskets of a node are dense, closed and maximal sets are searched
 * in a bit matrix: a row for each item that is frequent in the node, also for
 * those behind its last item, a bit for each basket. A node below is then no
 * more than a vector of its baskets; the test for an item in all of them leaves
 * at the first word that lacks one. Weights are bit planes of that vector. When
 * a node has few of the baskets left, it gets a matrix of its own with those.
 */
#include <string.h>

#include "affinity/miner.h"

/* Baskets of a vector that hold the item of a row, by their weights. */
static inline uint32_t
row_count(const CltMiner *m, const uint64_t *vector, const uint64_t *row, uint32_t words, uint32_t planes)
{
	uint32_t	n = 0,
				p;

	for (p = 0; p < planes; p++)
		n += m->common_bits(vector + (size_t) p * words, row, words) << p;
	return n;
}

/* Is the item of a row in all baskets of row x among those of the vector? */
static inline bool
row_in_all(const uint64_t *vector, const uint64_t *x, const uint64_t *row, uint32_t words, uint32_t planes)
{
	uint32_t	p,
				i;

	for (p = 0; p < planes; p++, vector += words)
		for (i = 0; i < words; i++)
			if ((vector[i] & x[i] & ~row[i]) != 0)
				return false;
	return true;
}

static uint32_t
planes_of(uint32_t weight)
{
	uint32_t	n = 1;

	while (weight >>= 1)
		n++;
	return n;
}

static inline uint32_t
listed(const CltMiner *m, const BasketList *list, uint32_t i, uint32_t *weight)
{
	uint32_t	k = list->basket == NULL ? i : list->basket[i];

	if (list->basket == NULL)
		*weight = i < m->baskets->nkeyed ? 1 : m->baskets->mult[i - m->baskets->nkeyed];
	else
		*weight = list->weight == NULL ? 1 : list->weight[i];
	return k;
}

/*
 * Rows of the items behind last that are frequent in the listed baskets; these
 * stand in touched, the first nbehind.
 */
static bool
find_behind(CltMiner *m, Node *node, const BasketList *list, uint32_t last)
{
	const CltBaskets *b = m->baskets;
	uint32_t	ntouched = 0,
				i,
				p,
				k,
				w;
	uint32_t   *behind;

	for (i = 0; i < list->n; i++)
	{
		k = listed(m, list, i, &w);
		for (p = b->start[k + 1]; p > b->start[k] && b->item[p - 1] > last; p--)
		{
			uint32_t	item = b->item[p - 1];

			if (item >= m->nitems || m->member[item])
				continue;
			m->touched[ntouched] = item;
			ntouched += m->count[item] == 0;
			m->count[item] += w;
		}
	}
	node->nbehind = 0;
	behind = clt_miner_reserve(m, &node->behind_buffer, ((size_t) ntouched + 1) * sizeof(uint32_t));
	for (i = 0; i < ntouched; i++)
	{
		uint32_t	item = m->touched[i];

		if (m->count[item] >= m->min_count && behind != NULL)
		{
			m->touched[node->nbehind] = item;
			behind[node->nbehind] = node->nextensions + node->nbehind;
			m->slot[item] = behind[node->nbehind++];
		}
		m->count[item] = 0;
	}
	return behind != NULL;
}

/*
 * Makes the matrix of a node from baskets: rows of its extensions, then of the
 * items behind last.
 */
bool
clt_miner_to_matrix(CltMiner *m, uint32_t depth, const BasketList *list, uint32_t last)
{
	Node	   *node = node_at(m, depth);
	const CltBaskets *b = m->baskets;
	Extension  *e = node->extension_buffer.data;
	uint64_t   *bits,
			   *vector;
	uint32_t	max_weight = 1,
				nrows,
				i,
				k,
				p,
				w;

	if (!find_behind(m, node, list, last))
		return false;
	for (i = 0; i < node->nextensions; i++)
	{
		m->slot[e[i].item] = i;
		e[i].from = i;
	}
	for (i = 0; i < list->n; i++)
	{
		(void) listed(m, list, i, &w);
		max_weight = w > max_weight ? w : max_weight;
	}
	nrows = node->nextensions + node->nbehind;
	node->dense = true;
	node->matrix = depth;
	node->words = (list->n + 63) / 64;
	node->planes = planes_of(max_weight);
	bits = clt_miner_reserve(m, &node->matrix_buffer, ((size_t) node->words * nrows + 1) * sizeof(uint64_t));
	vector = clt_miner_reserve(m, &node->bits_buffer, ((size_t) node->words * node->planes + 1) * sizeof(uint64_t));
	if (bits == NULL || vector == NULL)
		return false;
	memset(bits, 0, (size_t) node->words * nrows * sizeof(uint64_t));
	memset(vector, 0, (size_t) node->words * node->planes * sizeof(uint64_t));
	for (i = 0; i < list->n; i++)
	{
		uint64_t	bit = UINT64_C(1) << (i % 64);

		k = listed(m, list, i, &w);
		for (p = b->start[k]; p < b->start[k + 1]; p++)
		{
			uint32_t	item = b->item[p];

			if (item < m->nitems && m->slot[item] != NO_SLOT)
				bits[(size_t) m->slot[item] * node->words + i / 64] |= bit;
		}
		for (p = 0; p < node->planes; p++)
			if (w >> p & 1)
				vector[(size_t) p * node->words + i / 64] |= bit;
	}
	for (i = 0; i < node->nextensions; i++)
		m->slot[e[i].item] = NO_SLOT;
	for (i = 0; i < node->nbehind; i++)
		m->slot[m->touched[i]] = NO_SLOT;
	breathe(m, list->n);
	return true;
}

/* Gives a node that has few baskets left a matrix with these alone. */
static bool
shrink_matrix(CltMiner *m, uint32_t depth)
{
	Node	   *node = node_at(m, depth);
	Extension  *e = node->extension_buffer.data;
	uint32_t   *behind = node->behind_buffer.data;
	const uint64_t *old = node_at(m, node->matrix)->matrix_buffer.data;
	uint64_t   *vector = node->bits_buffer.data;
	uint64_t   *bits;
	uint32_t   *place;
	uint32_t	n = 0,
				words,
				nrows = node->nextensions + node->nbehind,
				i,
				p,
				r;

	place = clt_miner_reserve(m, &m->places, (size_t) node->words * 64 * sizeof(uint32_t));
	if (place == NULL)
		return false;
	for (i = 0; i < node->words; i++)
	{
		uint64_t	any = 0;

		for (p = 0; p < node->planes; p++)
			any |= vector[(size_t) p * node->words + i];
		for (; any != 0; any &= any - 1)
			place[n++] = i * 64 + (uint32_t) __builtin_ctzll(any);
	}
	words = (n + 63) / 64;
	if (words * 2 > node->words)
		return true;
	bits = clt_miner_reserve(m, &node->matrix_buffer, ((size_t) words * nrows + 1) * sizeof(uint64_t));
	if (bits == NULL)
		return false;
	for (r = 0; r < nrows + node->planes; r++)
	{
		bool		is_row = r < nrows;
		uint32_t	row = !is_row ? 0 : r < node->nextensions ? e[r].from : behind[r - node->nextensions];
		const uint64_t *from = is_row ? old + (size_t) row * node->words : vector + (size_t) (r - nrows) * node->words;
		uint64_t   *to = is_row ? bits + (size_t) r * words : vector + (size_t) (r - nrows) * words;

		for (i = 0; i < words; i++)
		{
			uint32_t	end = n - i * 64 < 64 ? n - i * 64 : 64;
			uint64_t	word = 0;

			for (p = 0; p < end; p++)
			{
				uint32_t	at = place[i * 64 + p];

				word |= (from[at / 64] >> (at % 64) & 1) << p;
			}

			/* In place for the vector: what is written has been read. */
			to[i] = word;
		}
	}
	for (r = 0; r < node->nextensions; r++)
		e[r].from = r;
	for (r = 0; r < node->nbehind; r++)
		behind[r] = node->nextensions + r;
	node->matrix = depth;
	node->words = words;
	breathe(m, (size_t) n * (nrows / 64 + 1));
	return true;
}

/*
 * Makes the node of the closure of the set with the parent's extension number
 * x, from bits. 0: the closure belongs to another branch; -1: no memory.
 */
int
clt_miner_child_of_matrix(CltMiner *m, uint32_t parent_depth, uint32_t x)
{
	Node	   *node = node_at(m, parent_depth);
	const Node *parent;
	const Extension *from = node->extension_buffer.data;
	const uint64_t *matrix = node_at(m, node->matrix)->matrix_buffer.data;
	const uint64_t *row_x = matrix + (size_t) from[x].from * node->words;
	const uint64_t *pvector = node->bits_buffer.data;
	const uint32_t *pbehind = node->behind_buffer.data;
	uint32_t	words = node->words,
				planes = node->planes,
				i,
				n;
	uint64_t   *vector;
	uint32_t   *behind;
	Extension  *e;

	/* most of a wide node may be left here */
	breathe(m, (size_t) node->nextensions - x + node->nbehind);
	for (i = x + 1; i < node->nextensions; i++)
		if (from[i].count >= from[x].count &&
			row_in_all(pvector, row_x, matrix + (size_t) from[i].from * words, words, planes))
			return 0;
	for (i = 0; i < node->nbehind; i++)
		if (row_in_all(pvector, row_x, matrix + (size_t) pbehind[i] * words, words, planes))
			return 0;

	add_item(m, from[x].item);
	node = clt_miner_push(m);
	if (node == NULL)
		return -1;
	parent = node_at(m, parent_depth);
	node->dense = true;
	node->words = words;
	node->planes = planes;
	node->matrix = parent->matrix;
	e = clt_miner_reserve(m, &node->extension_buffer, ((size_t) x + 1) * sizeof(Extension));
	vector = clt_miner_reserve(m, &node->bits_buffer, ((size_t) words * planes + 1) * sizeof(uint64_t));
	behind = clt_miner_reserve(m, &node->behind_buffer, ((size_t) parent->nbehind + parent->nextensions) * sizeof(uint32_t));
	if (e == NULL || vector == NULL || behind == NULL)
		return -1;
	for (n = 0; n < planes; n++)
		for (i = 0; i < words; i++)
			vector[(size_t) n * words + i] = pvector[(size_t) n * words + i] & row_x[i];
	for (i = 0; i < x; i++)
	{
		n = row_count(m, vector, matrix + (size_t) from[i].from * words, words, planes);
		if (n < m->min_count)
			continue;
		if (n == from[x].count)
			add_item(m, from[i].item);
		else
		{
			e[node->nextensions].item = from[i].item;
			e[node->nextensions].count = n;
			e[node->nextensions++].from = from[i].from;
		}
	}
	node->nbehind = 0;
	if (node->nextensions > 0 || m->kind == CLT_ITEMSETS_MAXIMAL)
	{
		for (i = x + 1; i < parent->nextensions; i++)
			if (row_count(m, vector, matrix + (size_t) from[i].from * words, words, planes) >= m->min_count)
				behind[node->nbehind++] = from[i].from;
		for (i = 0; i < parent->nbehind; i++)
			if (row_count(m, vector, matrix + (size_t) pbehind[i] * words, words, planes) >= m->min_count)
				behind[node->nbehind++] = pbehind[i];
	}
	breathe(m, (size_t) words * planes * (parent->nextensions + parent->nbehind) / 8);
	if (node->nextensions >= 3 && words >= 4 && from[x].count <= words * 32 && !shrink_matrix(m, m->depth - 1))
		return -1;
	return 1;
}
