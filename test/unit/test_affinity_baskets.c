/*
 * Compressed baskets: there and back, damaged bytes, and pairs and itemsets
 * against counting by brute force.
 */
#include "tap.h"

#include "affinity/baskets.h"
#include "affinity/itemsets.h"
#include "affinity/pairs.h"

#define MAX_ITEMS	16
#define MAX_BASKETS 300

static uint32_t seed = 12345;

static uint32_t
roll(uint32_t n)
{
	seed = seed * 1664525 + 1013904223;
	return (uint32_t) (((uint64_t) (seed >> 4) * n) >> 28);
}

typedef struct World
{
	CltBaskets	b;
	uint32_t	start[MAX_BASKETS + 1];
	uint32_t	item[MAX_BASKETS * MAX_ITEMS];
	uint32_t	mult[MAX_BASKETS];
	uint32_t	mask[MAX_BASKETS];	/* the basket as a set of bits */
	uint32_t	total;
} World;

static uint32_t
times(const World *w, uint32_t k)
{
	return k < w->b.nkeyed ? 1 : w->b.mult[k - w->b.nkeyed];
}

/* Random baskets; density 1 .. 16 of 16, and as many loose ones as told. */
static void
make_world(World *w, uint32_t nitems, uint32_t nbaskets, uint32_t nloose, uint32_t density)
{
	uint32_t	k,
				i,
				at = 0;

	memset(w, 0, sizeof(*w));
	w->b.nitems = nitems;
	w->b.nkeyed = nbaskets - nloose;
	w->b.nloose = nloose;
	w->b.start = w->start;
	w->b.item = w->item;
	w->b.mult = w->mult;
	for (k = 0; k < nbaskets; k++)
	{
		w->start[k] = at;
		if (k >= w->b.nkeyed)
			w->mult[k - w->b.nkeyed] = 1 + roll(4);
		for (i = 0; i < nitems; i++)
			if (roll(16) < density)
			{
				w->mask[k] |= 1U << i;
				w->item[at++] = i;
			}
		w->total += times(w, k);
	}
	w->start[nbaskets] = at;
}

static uint32_t
brute_count(const World *w, uint32_t set)
{
	uint32_t	n = 0,
				k;

	for (k = 0; k < w->b.nkeyed + w->b.nloose; k++)
		if ((w->mask[k] & set) == set)
			n += times(w, k);
	return n;
}

static void
test_varint(void)
{
	uint8_t		buf[16];
	uint64_t	values[] = {0, 1, 127, 128, 16383, 16384, UINT32_MAX, UINT64_MAX, UINT64_MAX >> 1};
	int			wrong = 0;
	size_t		i;

	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++)
	{
		uint64_t	back = 7;
		size_t		n = clt_varint_put(buf, values[i]);

		wrong += clt_varint_get(buf, n, &back) != n || back != values[i];
		wrong += n > 0 && clt_varint_get(buf, n - 1, &back) != 0;
	}
	ok(wrong == 0, "numbers come back, and not from fewer bytes");
	ok(clt_varint_get((const uint8_t *) "\x80\x00", 2, values) == 0, "a longer form than needed is refused");
	memset(buf, 0xFF, sizeof(buf));
	ok(clt_varint_get(buf, 16, values) == 0, "more than 64 bits are refused");
	ok(clt_unzigzag(clt_zigzag(INT64_MIN)) == INT64_MIN && clt_zigzag(-1) == 1, "signs come back");
}

static void
test_sort(void)
{
	uint32_t	a[500],
				sum,
				after;
	int			wrong = 0;
	size_t		n,
				i;

	for (n = 0; n < 500; n += 7)
	{
		for (i = 0, sum = 0; i < n; i++)
			sum += (a[i] = roll(100)) * 31;
		clt_sort_u32(a, n);
		for (i = 0, after = 0; i < n; i++)
		{
			after += a[i] * 31;
			wrong += i > 0 && a[i - 1] > a[i];
		}
		wrong += sum != after;
	}
	for (n = 0; n < 60; n++)
	{
		for (i = 0; i < n; i++)
			a[i] = (uint32_t) (i * 37 % 61) * (UINT32_MAX / 2 / 61);
		clt_sort_distinct_u32(a, n);
		for (i = 1; i < n; i++)
			wrong += a[i - 1] >= a[i];
	}
	ok(wrong == 0, "numbers are sorted, few and many");
}

static void
test_codec(void)
{
	static World w,
				back;
	static uint8_t bytes[sizeof(w.item) + sizeof(w.start)];
	int			wrong = 0,
				unnoticed = 0,
				round;

	for (round = 0; round < 50; round++)
	{
		size_t		size,
					keyed_len,
					cut;
		uint32_t	nlines;

		make_world(&w, 1 + roll(16), 40, roll(40), 1 + roll(16));
		nlines = w.start[40];
		size = clt_baskets_encode(&w.b, bytes, &keyed_len);
		wrong += size > clt_baskets_encoded_bound(&w.b);
		back.b = w.b;
		back.b.start = back.start;
		back.b.item = back.item;
		back.b.mult = back.mult;
		wrong += clt_baskets_decode(&back.b, nlines, bytes, size) != CLT_BASKETS_OK;
		wrong += memcmp(w.start, back.start, 41 * sizeof(uint32_t)) != 0;
		wrong += memcmp(w.item, back.item, nlines * sizeof(uint32_t)) != 0;
		wrong += memcmp(w.mult, back.mult, w.b.nloose * sizeof(uint32_t)) != 0;
		for (cut = 0; cut < size; cut++)
			unnoticed += clt_baskets_decode(&back.b, nlines, bytes, cut) == CLT_BASKETS_OK;
		bytes[size] = 0;
		unnoticed += clt_baskets_decode(&back.b, nlines, bytes, size + 1) == CLT_BASKETS_OK;
		back.b.nitems--;
		unnoticed += w.b.nitems > 1 && brute_count(&w, 1U << (w.b.nitems - 1)) > 0 &&
			clt_baskets_decode(&back.b, nlines, bytes, size) == CLT_BASKETS_OK;
	}
	ok(wrong == 0, "baskets come back from their compressed form");
	ok(unnoticed == 0, "shortened, lengthened and out of range forms are refused");
}

static void
test_pairs(void)
{
	static World w;
	static uint8_t bytes[sizeof(w.item) + sizeof(w.start)];
	int			wrong = 0,
				wrong_partners = 0,
				round;

	for (round = 0; round < 60; round++)
	{
		CltPairIndex index;
		CltPairSizes sizes;
		static uint32_t line[MAX_BASKETS * (MAX_ITEMS + 1) + 1],
					occ[MAX_BASKETS * MAX_ITEMS],
					weight[MAX_BASKETS * MAX_ITEMS],
					occ_start[MAX_ITEMS + 1],
					count[MAX_ITEMS + 1],
					found[MAX_ITEMS + 1],
					found_count[MAX_ITEMS + 1];
		bool		keep[MAX_ITEMS];
		bool		filtered = roll(2) == 0;
		uint32_t	nitems,
					i,
					j,
					n;
		static uint32_t partners[CLT_PARTNER_COUNTS];
		size_t		size,
					keyed_len;

		make_world(&w, 1 + roll(16), 1 + roll(MAX_BASKETS), 0, 1 + roll(16));
		if (roll(2) == 0)
		{
			w.b.nloose = roll(w.b.nkeyed + 1);
			w.b.nkeyed -= w.b.nloose;
			for (i = 0; i < w.b.nloose; i++)
				w.mult[i] = 1 + roll(9);
		}
		nitems = 1 + roll(w.b.nitems);
		for (i = 0; i < MAX_ITEMS; i++)
			keep[i] = roll(3) > 0;
		memset(&index, 0, sizeof(index));
		clt_pair_index_sizes(&w.b, nitems, filtered ? keep : NULL, count, &sizes);
		wrong += sizes.lines > sizeof(line) / sizeof(line[0]);
		index.nitems = nitems;
		index.line = line;
		index.occ = occ;
		index.weight = w.b.nloose > 0 ? weight : NULL;
		index.occ_start = occ_start;
		index.count = count;
		index.found = found;
		index.found_count = found_count;
		clt_pair_index_build(&index, &w.b, filtered ? keep : NULL);
		for (i = 0; i < nitems; i++)
		{
			bool		whole = roll(2) == 0;
			uint32_t	expected = 0;
			uint32_t	least = roll(3) == 0 ? roll(60) : 1;

			n = clt_pair_row(&index, i, whole, least);
			for (j = 0; j < (whole ? nitems : i); j++)
			{
				uint32_t	want = 0;

				if (j != i && (!filtered || (keep[i] && keep[j])))
					want = brute_count(&w, (1U << i) | (1U << j));
				if (want == 0 || want < least)
					continue;
				wrong += expected >= n || found[expected] != j || found_count[expected] != want;
				expected++;
			}
			wrong += n != expected;
		}

		size = clt_baskets_encode(&w.b, bytes, &keyed_len);
		i = roll(w.b.nitems);
		memset(partners, 0, sizeof(partners));
		wrong_partners += clt_baskets_partners(bytes, keyed_len, size, w.b.nitems, i, partners) != CLT_BASKETS_OK;
		for (j = 0; j < w.b.nitems; j++)
			wrong_partners += partners[j] != brute_count(&w, (1U << i) | (1U << j));
	}
	ok(wrong == 0, "pairs equal brute force: one side, both sides, filtered, weighted");
	ok(wrong_partners == 0, "partners from the compressed form equal brute force");
}

/* Item numbers of one to four bytes, long baskets and short. */
static void
test_long_numbers(void)
{
	enum
	{
		ITEMS = 3000000, BASKETS = 400, LONGEST = 60
	};
	static uint32_t item[BASKETS * LONGEST],
				back_item[BASKETS * LONGEST],
				start[BASKETS + 1],
				back_start[BASKETS + 1],
				mult[BASKETS],
				counts[ITEMS];
	static uint8_t bytes[BASKETS * (LONGEST + 2) * 5];
	CltBaskets	b = {ITEMS, BASKETS / 2, BASKETS / 2, start, item, mult};
	CltBaskets	back = {ITEMS, BASKETS / 2, BASKETS / 2, back_start, back_item, mult};
	uint32_t	k,
				p,
				q,
				at = 0,
				round;
	size_t		size,
				keyed_len;
	int			wrong = 0,
				partners = 0;

	for (k = 0; k < BASKETS; k++)
	{
		uint64_t	next = 0;
		uint32_t	length = roll(4) == 0 ? roll(LONGEST) : roll(6);

		start[k] = at;
		mult[k] = 1 + roll(300);
		for (p = 0; p < length; p++)
		{
			static const uint32_t gap[] = {3, 100, 20000, 2900000};

			next += roll(gap[roll(16) == 0 ? 3 : roll(3)]);
			if (next >= ITEMS)
				break;
			item[at++] = (uint32_t) next++;
		}
	}
	start[BASKETS] = at;
	size = clt_baskets_encode(&b, bytes, &keyed_len);
	ok(size <= clt_baskets_encoded_bound(&b) && clt_baskets_decode(&back, at, bytes, size) == CLT_BASKETS_OK &&
	   memcmp(item, back_item, at * sizeof(uint32_t)) == 0, "numbers of one to four bytes come back");
	for (round = 0; round < 200; round++)
	{
		uint32_t	x = round < 6 ? round : item[roll(at)];

		memset(counts, 0, sizeof(counts));
		wrong += clt_baskets_partners(bytes, keyed_len, size, ITEMS, x, counts) != CLT_BASKETS_OK;
		for (k = 0; k < BASKETS; k++)
		{
			for (p = start[k]; p < start[k + 1] && item[p] != x; p++)
				;
			for (q = start[k]; p < start[k + 1] && q < start[k + 1]; q++)
				counts[item[q]] -= k < b.nkeyed ? 1 : mult[k - b.nkeyed];
			partners += p < start[k + 1];
		}
		for (p = 0; p < at; p++)
			wrong += counts[item[p]] != 0;
	}
	ok(wrong == 0 && partners > 500, "partners are found among them (%d baskets)", partners);
}

/* Memory that is given back all at once, and refused after a while when told to. */
static int	refuse_after = -1;
static void *block_list[4096];

static void *
resize(void *context, void *block, size_t size)
{
	size_t		i;

	(void) context;
	if (refuse_after >= 0 && refuse_after-- == 0)
	{
		refuse_after = 0;
		return NULL;
	}
	for (i = 0; i < 4096; i++)
		if (block_list[i] == block)
			return block_list[i] = realloc(block, size);
	return NULL;
}

static void
release(void)
{
	size_t		i;

	for (i = 0; i < 4096; i++)
	{
		free(block_list[i]);
		block_list[i] = NULL;
	}
}

static uint32_t
bits(uint32_t set)
{
	return (uint32_t) __builtin_popcount(set);
}

/* Closed, maximal by definition, among all sets of up to nitems items. */
static bool
belongs(const World *w, uint32_t set, uint32_t min_count, CltItemsetKind kind)
{
	uint32_t	n = brute_count(w, set);
	uint32_t	i;

	if (n < min_count || set == 0)
		return false;
	for (i = 0; i < w->b.nitems; i++)
	{
		uint32_t	more = brute_count(w, set | 1U << i);

		if (set & 1U << i)
			continue;
		if (kind == CLT_ITEMSETS_CLOSED && more == n)
			return false;
		if (kind == CLT_ITEMSETS_MAXIMAL && more >= min_count)
			return false;
	}
	return true;
}

/* Does the set hold a required item, or can it be extended by one? */
static bool
is_required(const World *w, uint32_t set, uint32_t required, uint32_t min_count, uint32_t max_length)
{
	uint32_t	i;

	if (set & ((1U << required) - 1))
		return true;
	for (i = 0; i < required; i++)
		if (bits(set) < max_length && brute_count(w, set | 1U << i) >= min_count)
			return true;
	return false;
}

static void
test_itemsets(void)
{
	static World w;
	static uint8_t seen[1 << 10];
	static const char *const name[] = {"frequent", "closed", "maximal", "required"};
	int			wrong[4] = {0, 0, 0, 0};
	int			given[4] = {0, 0, 0, 0};
	int			round,
				kind;

	for (round = 0; round < 240; round++)
	{
		uint32_t	nitems = 1 + roll(10);
		uint32_t	min_count,
					required;
		uint32_t	max_length = roll(3) == 0 ? 1 + roll(5) : 100;
		uint32_t	nbaskets = 1 + roll(round % 3 == 0 ? MAX_BASKETS : 12);
		CltMemory	memory = {resize, NULL};

		make_world(&w, nitems, nbaskets, roll(3) == 0 ? roll(nbaskets + 1) : 0, 1 + roll(16));
		min_count = 1 + roll(1 + w.total / 3);
		required = 1 + roll(nitems);
		for (kind = 0; kind < 4; kind++)
		{
			/*
			 * Memory is left to the end of the program, as a memory context
			 * would.
			 */
			CltMiner   *m = clt_miner_start(&memory, &w.b, nitems, kind == 3 ? required : 0, w.total, min_count,
											max_length, (CltItemsetKind) (kind % 3), NULL);
			CltItemset	set;
			uint32_t	i,
						mask;
			int			result;

			memset(seen, 0, sizeof(seen));
			while ((result = clt_miner_next(m, &set)) == 1)
			{
				mask = 0;
				for (i = 0; i < set.length; i++)
					mask |= 1U << set.item[i];
				wrong[kind] += bits(mask) != set.length;
				wrong[kind] += set.count != brute_count(&w, mask);
				wrong[kind] += seen[mask]++ != 0;
				given[kind]++;
			}
			wrong[kind] += result != 0;
			release();
			for (mask = 1; mask < 1U << nitems; mask++)
				wrong[kind] += seen[mask] !=
					(bits(mask) <= max_length && belongs(&w, mask, min_count, (CltItemsetKind) (kind % 3)) &&
					 (kind < 3 || is_required(&w, mask, required, min_count, max_length)));
		}
	}
	for (kind = 0; kind < 4; kind++)
		ok(wrong[kind] == 0 && given[kind] > 500, "%s itemsets are those of the definition (%d of them)",
		   name[kind], given[kind]);
}

static void
test_refusal(void)
{
	static World w;
	int			after,
				finished = 0,
				refused = 0;

	make_world(&w, 10, 200, 0, 9);
	for (after = 0; after < 200 && finished == 0; after++)
	{
		CltMemory	memory = {resize, NULL};
		CltMiner   *m;
		CltItemset	set;
		int			result = -1;

		refuse_after = after;
		m = clt_miner_start(&memory, &w.b, 10, 0, w.total, 20, 100, CLT_ITEMSETS_CLOSED, NULL);
		if (m != NULL)
			while ((result = clt_miner_next(m, &set)) == 1)
				;
		refused += result == -1;
		finished += result == 0;
		refuse_after = -1;
		release();
	}
	ok(refused > 3 && finished == 1, "refused memory is reported, not run into (%d refusals)", refused);
}

int
main(void)
{
	test_varint();
	test_sort();
	test_codec();
	test_pairs();
	test_long_numbers();
	test_itemsets();
	test_refusal();
	return done();
}
