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
 * original basket.
 *
 * Where the baskets of a node are dense, closed and maximal sets are searched
 * in a bit matrix: a row for each item that is frequent in the node, also for
 * those behind its last item, a bit for each basket. A node below is then no
 * more than a vector of its baskets; the test for an item in all of them leaves
 * at the first word that lacks one. Weights are bit planes of that vector. When
 * a node has few of the baskets left, it gets a matrix of its own with those.
 */
#include <string.h>

#include "affinity/itemsets.h"

#define END_MARK		UINT32_MAX

/* A growing array in the caller's memory. */
typedef struct Buffer
{
	void	   *data;
	size_t		size;
} Buffer;

typedef struct Extension
{
	uint32_t	item;
	uint32_t	count;
	uint32_t	from;			/* occurrences: from .. to-1 */
	uint32_t	to;
} Extension;

typedef struct Node
{
	Buffer		line_buffer;
	Buffer		occ_buffer;
	Buffer		weight_buffer;
	Buffer		basket_buffer;
	Buffer		extension_buffer;
	Buffer		bits_buffer;
	Buffer		matrix_buffer;	/* closed sets: rows of words, if its own */
	Buffer		behind_buffer;	/* closed sets: rows of items behind the last */
	uint32_t	nbehind;
	uint32_t	planes;			/* of the vector of baskets, in bits_buffer */
	uint32_t	matrix;			/* depth of the node whose matrix it uses */
	uint32_t	nextensions;
	uint32_t	next;
	uint32_t	length;			/* of the set on arrival */
	bool		dense;			/* bits instead of lists */
	uint32_t	words;			/* of a bit vector */
} Node;

struct CltMiner
{
	CltMemory	memory;
	const CltBaskets *baskets;
	uint32_t	nitems;
	uint32_t	required;
	uint32_t	total;
	uint32_t	min_count;
	uint32_t	max_length;
	CltItemsetKind kind;
	void		(*check) (void);
	uint32_t	steps;
	bool		weighted;
	bool		keep_basket;
	bool		failed;
	bool		started;
	uint32_t	depth;			/* nodes on the path */
	Buffer		nodes;			/* of Node */
	Buffer		set;			/* the items of the path */
	uint32_t	length;
	uint32_t   *count;			/* nitems, zero between nodes */
	uint32_t   *number;			/* the same without weights */
	uint32_t   *touched;		/* nitems + 1 */
	uint32_t   *slot;			/* nitems: place among the extensions, or none */
	uint32_t	(*common_bits) (const uint64_t *a, const uint64_t *b, uint32_t words);
	Buffer		places;			/* of the baskets that a new matrix takes */
	bool	   *member;			/* nitems: in the set */
	Buffer		common;			/* items still in all baskets */
};

#define NO_SLOT		UINT32_MAX

static void *
reserve(CltMiner *m, Buffer *b, size_t size)
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

static inline Node *
node_at(CltMiner *m, uint32_t depth)
{
	return (Node *) m->nodes.data + depth;
}

static inline void
breathe(CltMiner *m, uint32_t work)
{
	m->steps += work + 1;
	if (m->steps > 1000000)
	{
		m->steps = 0;
		if (m->check != NULL)
			m->check();
	}
}

/* Makes room for one node more; its buffers are kept from the last visit. */
static Node *
push_node(CltMiner *m)
{
	size_t		have = m->nodes.size / sizeof(Node);
	Node	   *node;

	if (m->depth + 1 > have)
	{
		size_t		old = m->nodes.size;

		if (reserve(m, &m->nodes, (have + 8) * sizeof(Node)) == NULL)
			return NULL;
		memset((char *) m->nodes.data + old, 0, m->nodes.size - old);
	}
	if (reserve(m, &m->set, (m->nitems + 1) * sizeof(uint32_t)) == NULL)
		return NULL;
	node = node_at(m, m->depth);
	node->nextensions = node->next = 0;
	node->dense = false;
	node->length = m->length;
	m->depth++;
	return node;
}

static inline void
add_item(CltMiner *m, uint32_t item)
{
	((uint32_t *) m->set.data)[m->length++] = item;
	m->member[item] = true;
}

static inline void
cut_set(CltMiner *m, uint32_t length)
{
	while (m->length > length)
		m->member[((uint32_t *) m->set.data)[--m->length]] = false;
}

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
	e = reserve(m, &node->extension_buffer, (kept + 1) * sizeof(Extension));
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

#if defined(__x86_64__) && defined(__GNUC__)
#define HAVE_POPCNT_TARGET 1
__attribute__((target("popcnt")))
static uint32_t
common_bits_popcnt(const uint64_t *a, const uint64_t *b, uint32_t words)
{
	uint32_t	n = 0,
				i;

	for (i = 0; i < words; i++)
		n += (uint32_t) __builtin_popcountll(a[i] & b[i]);
	return n;
}
#endif

static uint32_t
common_bits_plain(const uint64_t *a, const uint64_t *b, uint32_t words)
{
	uint32_t	n = 0,
				i;

	for (i = 0; i < words; i++)
		n += (uint32_t) __builtin_popcountll(a[i] & b[i]);
	return n;
}

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

/* Baskets of a node about to become dense. */
typedef struct BasketList
{
	const uint32_t *basket;		/* NULL: all there are */
	const uint32_t *weight;		/* NULL: 1 each; of all baskets their own */
	uint32_t	n;
} BasketList;

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

/* Rows of the items behind last that are frequent in the listed baskets. */
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
	behind = reserve(m, &node->behind_buffer, ((size_t) ntouched + 1) * sizeof(uint32_t));
	for (i = 0; i < ntouched; i++)
	{
		uint32_t	item = m->touched[i];

		if (m->count[item] >= m->min_count && behind != NULL)
		{
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
static bool
build_matrix(CltMiner *m, uint32_t depth, const BasketList *list, uint32_t last)
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
	bits = reserve(m, &node->matrix_buffer, ((size_t) node->words * nrows + 1) * sizeof(uint64_t));
	vector = reserve(m, &node->bits_buffer, ((size_t) node->words * node->planes + 1) * sizeof(uint64_t));
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
	for (i = 0; i < m->nitems; i++)
		m->slot[i] = NO_SLOT;
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

	place = reserve(m, &m->places, (size_t) node->words * 64 * sizeof(uint32_t));
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
	bits = reserve(m, &node->matrix_buffer, ((size_t) words * nrows + 1) * sizeof(uint64_t));
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
	breathe(m, n * (nrows / 64 + 1));
	return true;
}

/*
 * Makes the node of the closure of the set with the parent's extension number
 * x, from bits. 0: the closure belongs to another branch; -1: no memory.
 */
static int
build_closed_child(CltMiner *m, uint32_t parent_depth, uint32_t x)
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

	for (i = x + 1; i < node->nextensions; i++)
		if (from[i].count >= from[x].count &&
			row_in_all(pvector, row_x, matrix + (size_t) from[i].from * words, words, planes))
			return 0;
	for (i = 0; i < node->nbehind; i++)
		if (row_in_all(pvector, row_x, matrix + (size_t) pbehind[i] * words, words, planes))
			return 0;

	add_item(m, from[x].item);
	node = push_node(m);
	if (node == NULL)
		return -1;
	parent = node_at(m, parent_depth);
	node->dense = true;
	node->words = words;
	node->planes = planes;
	node->matrix = parent->matrix;
	e = reserve(m, &node->extension_buffer, ((size_t) x + 1) * sizeof(Extension));
	vector = reserve(m, &node->bits_buffer, ((size_t) words * planes + 1) * sizeof(uint64_t));
	behind = reserve(m, &node->behind_buffer, ((size_t) parent->nbehind + parent->nextensions) * sizeof(uint32_t));
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
	breathe(m, words * planes * (parent->nextensions + parent->nbehind) / 8);
	if (node->nextensions >= 3 && words >= 4 && from[x].count <= words * 32 && !shrink_matrix(m, m->depth - 1))
		return -1;
	return 1;
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
	if (reserve(m, &node->line_buffer, (nocc + ntransactions + 1) * sizeof(uint32_t)) == NULL ||
		reserve(m, &node->occ_buffer, (nocc + 1) * sizeof(uint32_t)) == NULL)
		return false;
	if (m->weighted && reserve(m, &node->weight_buffer, (nocc + 1) * sizeof(uint32_t)) == NULL)
		return false;
	if (m->keep_basket && reserve(m, &node->basket_buffer, (nocc + 1) * sizeof(uint32_t)) == NULL)
		return false;
	return true;
}

/* The node of the empty set: all baskets, frequent items only. */
static bool
build_root(CltMiner *m)
{
	const CltBaskets *b = m->baskets;
	uint32_t	nbaskets = b->nkeyed + b->nloose;
	Node	   *node = push_node(m);
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
		return build_matrix(m, 0, &all, m->nitems);
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

/*
 * Turns a node without weights into bit vectors when that is cheaper: one bit
 * a transaction for each extension.
 */
static bool
maybe_dense(CltMiner *m, Node *node, uint32_t ntransactions, size_t nocc)
{
	Extension  *e = node->extension_buffer.data;
	uint32_t   *line = node->line_buffer.data;
	uint64_t   *bits;
	uint32_t	t = 0,
				k;
	uint32_t   *p;

	if (m->weighted || m->keep_basket || node->nextensions < 4 ||
		(double) nocc * 12 < (double) node->nextensions * ntransactions)
		return true;
	node->words = (ntransactions + 63) / 64;
	bits = reserve(m, &node->bits_buffer, (size_t) node->words * node->nextensions * sizeof(uint64_t));
	if (bits == NULL)
		return false;
	memset(bits, 0, (size_t) node->words * node->nextensions * sizeof(uint64_t));
	for (k = 0; k < node->nextensions; k++)
		m->slot[e[k].item] = k;
	for (p = line; t < ntransactions; t++, p++)
		for (; *p != END_MARK; p++)
			bits[(size_t) m->slot[*p] * node->words + t / 64] |= UINT64_C(1) << (t % 64);
	for (k = 0; k < node->nextensions; k++)
		m->slot[e[k].item] = NO_SLOT;
	node->dense = true;
	return true;
}

/* Makes the node of the set extended by parent's extension x, from lists. */
static bool
build_child(CltMiner *m, uint32_t parent_depth, const Extension *x)
{
	Node	   *node = push_node(m);
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
	breathe(m, (uint32_t) (work > 1000000 ? 1000000 : work));

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
		return build_matrix(m, m->depth - 1, &list, x->item);
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
	return maybe_dense(m, node, ntransactions, at - ntransactions);
}

#ifdef HAVE_POPCNT_TARGET
__attribute__((target("popcnt")))
static uint32_t
and_count_popcnt(uint64_t *out, const uint64_t *a, const uint64_t *b, uint32_t words)
{
	uint32_t	n = 0,
				i;

	for (i = 0; i < words; i++)
	{
		out[i] = a[i] & b[i];
		n += (uint32_t) __builtin_popcountll(out[i]);
	}
	return n;
}
#endif

static uint32_t
and_count(uint64_t *out, const uint64_t *a, const uint64_t *b, uint32_t words)
{
	uint32_t	n = 0,
				i;

#ifdef HAVE_POPCNT_TARGET
	if (__builtin_cpu_supports("popcnt"))
		return and_count_popcnt(out, a, b, words);
#endif
	for (i = 0; i < words; i++)
	{
		out[i] = a[i] & b[i];
		n += (uint32_t) __builtin_popcountll(out[i]);
	}
	return n;
}

/* Makes the node of the set extended by parent's extension number x, from bits. */
static bool
build_dense_child(CltMiner *m, uint32_t parent_depth, uint32_t x)
{
	Node	   *node = push_node(m);
	Node	   *parent = node_at(m, parent_depth);
	const Extension *from = parent->extension_buffer.data;
	const uint64_t *bits = parent->bits_buffer.data;
	Extension  *e;
	uint64_t   *out;
	uint32_t	k;

	if (node == NULL)
		return false;
	node->dense = true;
	node->words = parent->words;
	e = reserve(m, &node->extension_buffer, (x + 1) * sizeof(Extension));
	out = reserve(m, &node->bits_buffer, (size_t) node->words * (x + 1) * sizeof(uint64_t));
	if (e == NULL || out == NULL)
		return false;
	for (k = 0; k < x; k++)
	{
		uint32_t	n = and_count(out + (size_t) node->words * node->nextensions,
								  bits + (size_t) node->words * k,
								  bits + (size_t) node->words * x, node->words);

		if (n < m->min_count)
			continue;
		e[node->nextensions].item = from[k].item;
		e[node->nextensions].count = n;
		node->nextensions++;
	}
	breathe(m, node->words * x);
	return true;
}

/*
 * Is some item behind x->item, outside the set, in all baskets of x? Then the
 * closure of the set with x belongs to another branch.
 */
static bool
has_common_suffix(CltMiner *m, const Node *node, const Extension *x)
{
	const CltBaskets *b = m->baskets;
	const uint32_t *basket = node->basket_buffer.data;
	uint32_t   *common;
	uint32_t	n = 0,
				k,
				p;

	k = basket[x->from];
	common = reserve(m, &m->common, (b->start[k + 1] - b->start[k] + 1) * sizeof(uint32_t));
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
static bool
has_frequent_suffix(CltMiner *m, const Node *node, const Extension *x)
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

/* Is the set of the node just made, by extension x of the one at depth, maximal? */
static bool
is_maximal(CltMiner *m, uint32_t depth, const Extension *x)
{
	const Node *node = node_at(m, m->depth - 1);

	if (node->nextensions > 0)
		return false;
	if (node_at(m, depth)->dense)
		return node->nbehind == 0;
	return !has_frequent_suffix(m, node_at(m, depth), x);
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
	if (!build_root(m))
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
	m->common_bits = common_bits_plain;
#ifdef HAVE_POPCNT_TARGET
	if (__builtin_cpu_supports("popcnt"))
		m->common_bits = common_bits_popcnt;
#endif
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
				if (!(node->dense ? build_dense_child(m, depth, number) : build_child(m, depth, &x)))
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
			result = build_closed_child(m, depth, number);
			if (result < 0)
				return -1;
			if (result == 0)
				continue;
		}
		else
		{
			if (has_common_suffix(m, node, &x))
				continue;
			if (m->failed)
				return -1;
			add_item(m, x.item);
			if (!build_child(m, depth, &x))
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
