/*
 * Compressed baskets of any bytes: what decodes is in range, encodes to the
 * same bytes, and is mined without harm; measures of any counts are defined or not.
 */
#include <stdlib.h>
#include <string.h>

#include "affinity/baskets.h"
#include "affinity/itemsets.h"
#include "affinity/measures.h"
#include "affinity/pairs.h"

#define MAX_LINES	4096

static void
expect(bool holds)
{
	if (!holds)
		abort();
}

static void *
resize(void *context, void *block, size_t size)
{
	void	  **list = context;
	size_t		i;

	for (i = 0; i < 4096; i++)
		if (list[i] == block)
			return list[i] = realloc(block, size);
	return NULL;
}

/* Of any set only its first pairs of next calls: a damaged value may hold very many. */
static void
mine(const CltBaskets *b, uint32_t total, uint32_t min_count, CltItemsetKind kind)
{
	static void *list[4096];
	CltMemory	memory = {resize, list};
	CltMiner   *m = clt_miner_start(&memory, b, b->nitems, kind == CLT_ITEMSETS_FREQUENT ? total % 3 : 0, total, min_count, 4, kind, NULL);
	CltItemset	set;
	int			steps = 0;
	size_t		i;

	while (m != NULL && steps++ < 200 && clt_miner_next(m, &set) == 1)
		expect(set.length >= 1 && set.length <= 4 && set.count >= min_count && set.count <= total);
	for (i = 0; i < 4096; i++)
	{
		free(list[i]);
		list[i] = NULL;
	}
}

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint32_t start[MAX_LINES + 1],
				item[MAX_LINES],
				mult[MAX_LINES],
				counts[CLT_PARTNER_COUNTS];
	static uint8_t again[MAX_LINES * 12];
	CltBaskets	b = {0};
	CltPairCounts c;
	uint32_t	nlines,
				k,
				p;
	uint64_t	total = 0;
	size_t		keyed_len;
	double		v;
	int			m;

	if (size < 4 || size > MAX_LINES)
		return 0;
	b.nitems = 1 + data[0];
	b.nkeyed = data[1];
	b.nloose = data[2];
	nlines = data[3];
	b.start = start;
	b.item = item;
	b.mult = mult;
	data += 4;
	size -= 4;

	memset(counts, 0, sizeof(counts));
	keyed_len = size * nlines / 255;
	(void) clt_baskets_partners(data, keyed_len, size, b.nitems, nlines % b.nitems, counts);
	if (clt_baskets_decode(&b, nlines, data, size) != CLT_BASKETS_OK)
		return 0;
	expect(clt_baskets_encode(&b, again, &keyed_len) == size && memcmp(again, data, size) == 0);
	for (k = 0; k < b.nkeyed + b.nloose; k++)
	{
		total += k < b.nkeyed ? 1 : b.mult[k - b.nkeyed];
		for (p = start[k]; p < start[k + 1]; p++)
			expect(item[p] < b.nitems && (p == start[k] || item[p] > item[p - 1]));
	}
	if (total > 0 && total < 1000000)
		for (m = 0; m < 3; m++)
			mine(&b, (uint32_t) total, 1 + nlines % 5, (CltItemsetKind) m);

	c.n = total;
	c.nx = total > 0 ? nlines * UINT64_C(2654435761) % (total + 1) : 0;
	c.ny = total > 0 ? nlines * UINT64_C(40503) % (total + 1) : 0;
	c.nxy = c.nx < c.ny ? c.nx : c.ny;
	for (m = 0; total < 1000000 && m < CLT_M_COUNT; m++)
		(void) clt_measure(m, &c, &v);
	return 0;
}
