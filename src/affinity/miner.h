/*
 * miner.h
 *		The inside of the search for itemsets: nodes, and who makes them.
 *
 * A node is made of lists (miner_lists.c), of bit vectors where sets need not
 * be closed (miner_bits.c), or of a bit matrix where they must (miner_matrix.c);
 * itemsets.c walks over them. Pure, and of these four files alone.
 */
#ifndef CLT_AFFINITY_MINER_H
#define CLT_AFFINITY_MINER_H

#include "affinity/itemsets.h"

#define END_MARK		UINT32_MAX	/* closes a transaction */
#define NO_SLOT			UINT32_MAX

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
	size_t		steps;			/* since check was called */
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
	uint32_t	(*and_bits) (uint64_t *out, const uint64_t *a, const uint64_t *b, uint32_t words);
	Buffer		places;			/* of the baskets that a new matrix takes */
	bool	   *member;			/* nitems: in the set */
	Buffer		common;			/* items still in all baskets */
};

/* Baskets of a node about to become dense. */
typedef struct BasketList
{
	const uint32_t *basket;		/* NULL: all there are */
	const uint32_t *weight;		/* NULL: 1 each; of all baskets their own */
	uint32_t	n;
} BasketList;

extern void *clt_miner_reserve(CltMiner *m, Buffer *b, size_t size);
extern Node *clt_miner_push(CltMiner *m);

/* What makes a node gives false, or -1, when memory was refused. */
extern bool clt_miner_root(CltMiner *m);
extern bool clt_miner_child_of_lists(CltMiner *m, uint32_t parent_depth, const Extension *x);
extern bool clt_miner_common_suffix(CltMiner *m, const Node *node, const Extension *x);
extern bool clt_miner_frequent_suffix(CltMiner *m, const Node *node, const Extension *x);

extern void clt_miner_choose_count(CltMiner *m);
extern bool clt_miner_to_bits(CltMiner *m, Node *node, uint32_t ntransactions, size_t nocc);
extern bool clt_miner_child_of_bits(CltMiner *m, uint32_t parent_depth, uint32_t x);

extern bool clt_miner_to_matrix(CltMiner *m, uint32_t depth, const BasketList *list, uint32_t last);
extern int	clt_miner_child_of_matrix(CltMiner *m, uint32_t parent_depth, uint32_t x);

static inline Node *
node_at(CltMiner *m, uint32_t depth)
{
	return (Node *) m->nodes.data + depth;
}

static inline void
breathe(CltMiner *m, size_t work)
{
	m->steps += work + 1;
	if (m->steps > 1000000)
	{
		m->steps = 0;
		if (m->check != NULL)
			m->check();
	}
}

static inline void
add_item(CltMiner *m, uint32_t item)
{
	((uint32_t *) m->set.data)[m->length++] = item;
	m->member[item] = true;
}

#endif
