/*
 * miner_bits.c
 *		Nodes of bit vectors, for sets that need not be closed: a bit for each
 *		transaction, a vector for each extension.
 *
 * Counting bits is here for the matrix, too.
 */
#include <string.h>

#include "affinity/miner.h"

/* Bits that two vectors share. */
static inline uint32_t
common_bits(const uint64_t *a, const uint64_t *b, uint32_t words)
{
	uint32_t	n = 0,
				i;

	for (i = 0; i < words; i++)
		n += (uint32_t) __builtin_popcountll(a[i] & b[i]);
	return n;
}

/* The same, and the vector of them. */
static inline uint32_t
and_bits(uint64_t *out, const uint64_t *a, const uint64_t *b, uint32_t words)
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

/* Both compiled for the processor that counts bits by an instruction, and for any other. */
#if defined(__x86_64__) && defined(__GNUC__)
#define HAVE_POPCNT_TARGET 1

__attribute__((target("popcnt"), flatten))
static uint32_t
common_bits_popcnt(const uint64_t *a, const uint64_t *b, uint32_t words)
{
	return common_bits(a, b, words);
}

__attribute__((target("popcnt"), flatten))
static uint32_t
and_bits_popcnt(uint64_t *out, const uint64_t *a, const uint64_t *b, uint32_t words)
{
	return and_bits(out, a, b, words);
}
#endif

void
clt_miner_choose_count(CltMiner *m)
{
	m->common_bits = common_bits;
	m->and_bits = and_bits;
#ifdef HAVE_POPCNT_TARGET
	if (__builtin_cpu_supports("popcnt"))
	{
		m->common_bits = common_bits_popcnt;
		m->and_bits = and_bits_popcnt;
	}
#endif
}

/*
 * Turns a node without weights into bit vectors when that is cheaper: one bit
 * a transaction for each extension.
 */
bool
clt_miner_to_bits(CltMiner *m, Node *node, uint32_t ntransactions, size_t nocc)
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
	bits = clt_miner_reserve(m, &node->bits_buffer, (size_t) node->words * node->nextensions * sizeof(uint64_t));
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

/* Makes the node of the set extended by parent's extension number x, from bits. */
bool
clt_miner_child_of_bits(CltMiner *m, uint32_t parent_depth, uint32_t x)
{
	Node	   *node = clt_miner_push(m);
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
	e = clt_miner_reserve(m, &node->extension_buffer, ((size_t) x + 1) * sizeof(Extension));
	out = clt_miner_reserve(m, &node->bits_buffer, (size_t) node->words * ((size_t) x + 1) * sizeof(uint64_t));
	if (e == NULL || out == NULL)
		return false;
	for (k = 0; k < x; k++)
	{
		uint32_t	n = m->and_bits(out + (size_t) node->words * node->nextensions,
									bits + (size_t) node->words * k,
									bits + (size_t) node->words * x, node->words);

		if (n < m->min_count)
			continue;
		e[node->nextensions].item = from[k].item;
		e[node->nextensions].count = n;
		node->nextensions++;
	}
	breathe(m, (size_t) node->words * x);
	return true;
}
