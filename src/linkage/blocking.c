/*
 * blocking.c
 *		Blocking keys: sorting (key, row), runs of equal keys, exact pair counts.
 *
 * Keys are 64-bit hashes, so their leading bits divide them evenly: into buckets of
 * some thousand, each of which is sorted in the processor's cache by the next
 * bits, as many as make about one cell a key.  Keys that agree in all of these are
 * put right by an insertion sort, which meets a stray one now and then.
 */
#include "linkage/blocking.h"

#include <string.h>

#include "core/hash.h"

/* Keys of a bucket, more or less, as long as there are not too many buckets. */
#define BUCKET_KEYS 1024

/* last_bytes is the rest of a text after its whole words, fewer than eight bytes, as a number. */
static inline uint64_t
last_bytes(const unsigned char *p, size_t n)
{
	if (n >= 4)
		return clt_load_le(p, 4) | clt_load_le(p + n - 4, 4) << (8 * (n - 4));
	return p[0] | (uint64_t) p[n >> 1] << (8 * (n >> 1)) | (uint64_t) p[n - 1] << (8 * (n - 1));
}

/* clt_block_hash hashes bytes the same way on every platform; never 0. */
uint64_t
clt_block_hash(const char *s, size_t len, uint64_t seed)
{
	const unsigned char *p = (const unsigned char *) s;
	uint64_t	h = clt_block_mix(seed + UINT64_C(0x9e3779b97f4a7c15) + len);

	for (; len >= 8; p += 8, len -= 8)
		h = clt_block_mix(h ^ clt_load_le(p, 8));
	if (len > 0)
		h = clt_block_mix(h ^ last_bytes(p, len));
	return h ? h : 1;
}

/* sort_bits is by how many leading bits so many keys are divided into buckets that fit into the cache. */
static int
sort_bits(size_t n)
{
	int			bits = 0;

	while (bits < CLT_SORT_BUCKET_BITS && (n >> bits) > BUCKET_KEYS)
		bits++;
	return bits;
}

/* cell_bits is by how many bits a bucket is sorted. */
static int
cell_bits(size_t n)
{
	int			bits = 0;

	while (bits < CLT_SORT_CELL_BITS && (n >> bits) > 1)
		bits++;
	return bits;
}

/* cell_of is the number that the bits after the first ones of a key make. */
static inline uint32_t
cell_of(uint64_t key, int skip, int bits)
{
	return (uint32_t) (((key << skip) >> 1) >> (63 - bits));
}

/* start_cells turns counts into the places where the entries of each cell begin. */
static void
start_cells(uint32_t *cell, int bits)
{
	uint32_t	sum = 0;
	uint32_t	i;

	for (i = 0; i < UINT32_C(1) << bits; i++)
	{
		uint32_t	c = cell[i];

		cell[i] = sum;
		sum += c;
	}
}

/* settle puts entries right that stand in the order of their cells. */
static void
settle(CltKeyRow *a, size_t n)
{
	size_t		i;

	for (i = 1; i < n; i++)
	{
		CltKeyRow	x;
		size_t		j = i;

		if (a[i - 1].key <= a[i].key)
			continue;
		x = a[i];
		while (j > 0 && a[j - 1].key > x.key)
		{
			a[j] = a[j - 1];
			j--;
		}
		a[j] = x;
	}
}

/* clt_block_sort sorts by key, rows ascending if they were given so. */
void
clt_block_sort(CltKeyRow *a, CltKeyRow *tmp, size_t n)
{
	size_t		end[1 << CLT_SORT_BUCKET_BITS];
	uint32_t	cell[1 << CLT_SORT_CELL_BITS];
	int			skip = sort_bits(n);
	size_t		from = 0;
	size_t		i;
	uint32_t	b;

	memset(end, 0, sizeof(end[0]) << skip);
	for (i = 0; i < n; i++)
		end[cell_of(a[i].key, 0, skip)]++;
	for (b = 0; b < UINT32_C(1) << skip; b++)
	{
		size_t		c = end[b];

		end[b] = from;
		from += c;
	}
	for (i = 0; i < n; i++)
		tmp[end[cell_of(a[i].key, 0, skip)]++] = a[i];
	from = 0;
	for (b = 0; b < UINT32_C(1) << skip; b++)
	{
		int			bits = cell_bits(end[b] - from);

		memset(cell, 0, sizeof(cell[0]) << bits);
		for (i = from; i < end[b]; i++)
			cell[cell_of(tmp[i].key, skip, bits)]++;
		start_cells(cell, bits);
		for (i = from; i < end[b]; i++)
			a[from + cell[cell_of(tmp[i].key, skip, bits)]++] = tmp[i];
		settle(a + from, end[b] - from);
		from = end[b];
	}
}

/* ---- keys that come one after another ---- */

/* Memory of a chunk: its entries and the number of the next. */
#define CHUNK_SIZE (CLT_SORT_CHUNK * sizeof(CltKeyRow) + sizeof(uint32_t))

/* Entries on a line of the processor's cache. */
#define CHUNK_LINE (64 / sizeof(CltKeyRow))

/* clt_key_sorter_size is how many bytes let so many keys be sorted however they are distributed. */
size_t
clt_key_sorter_size(size_t n)
{
	return (n / CLT_SORT_CHUNK + ((size_t) 1 << sort_bits(n))) * CHUNK_SIZE;
}

/* clt_key_sorter_start begins with no keys; n, at most so many will come. */
void
clt_key_sorter_start(CltKeySorter *s, void *memory, size_t size, size_t n, int skip)
{
	size_t		chunks = size / CHUNK_SIZE;

	s->skip = skip;
	s->bits = sort_bits(n);
	s->nchunks = chunks > UINT32_MAX - 1 ? UINT32_MAX - 1 : (uint32_t) chunks;
	s->used = 0;
	s->entry = (CltKeyRow *) memory;
	s->next = (uint32_t *) (s->entry + (size_t) s->nchunks * CLT_SORT_CHUNK);
	memset(s->bucket, 0, sizeof(s->bucket[0]) << s->bits);
}

/* clt_key_sorter_chunk gives a bucket another chunk; false if there is none. */
bool
clt_key_sorter_chunk(CltKeySorter *s, CltSortBucket *bucket)
{
	uint32_t	chunk = s->used;

	if (chunk == s->nchunks)
		return false;
	s->used++;
	s->next[chunk] = 0;
	if (bucket->first == 0)
		bucket->first = chunk + 1;
	else
		s->next[bucket->last - 1] = chunk + 1;
	bucket->last = chunk + 1;
	bucket->at = s->entry + (size_t) chunk * CLT_SORT_CHUNK;
	bucket->left = CLT_SORT_CHUNK;
	bucket->n += CLT_SORT_CHUNK;
	return true;
}

/* clt_key_sorter_largest is how many entries the largest bucket may have. */
size_t
clt_key_sorter_largest(const CltKeySorter *s)
{
	size_t		largest = 0;
	uint32_t	b;

	for (b = 0; b < clt_key_sorter_buckets(s); b++)
		if (s->bucket[b].n > largest)
			largest = s->bucket[b].n;
	return largest;
}

/* chunk_entries is how many entries a chunk of a bucket holds. */
static uint32_t
chunk_entries(const CltSortBucket *bucket, uint32_t chunk)
{
	return chunk == bucket->last ? CLT_SORT_CHUNK - bucket->left : CLT_SORT_CHUNK;
}

/* ask_for_bucket asks for a bucket's entries, which lie chunk by chunk anywhere in memory. */
static void
ask_for_bucket(const CltKeySorter *s, uint32_t b)
{
	uint32_t	chunk;
	uint32_t	i;

	for (chunk = s->bucket[b].first; chunk; chunk = s->next[chunk - 1])
		for (i = 0; i < CLT_SORT_CHUNK; i += CHUNK_LINE)
			__builtin_prefetch(s->entry + (size_t) (chunk - 1) * CLT_SORT_CHUNK + i);
}

/* clt_key_sorter_take writes the keys of a bucket, sorted, and returns how many they are. */
size_t
clt_key_sorter_take(CltKeySorter *s, uint32_t b, CltKeyRow *out)
{
	const CltSortBucket *bucket = &s->bucket[b];
	size_t		n = bucket->n - bucket->left;
	int			bits = cell_bits(n);
	int			skip = s->skip + s->bits;
	uint32_t	chunk;
	uint32_t	i;

	if (b + 1 < clt_key_sorter_buckets(s))
		ask_for_bucket(s, b + 1);
	memset(s->cell, 0, sizeof(s->cell[0]) << bits);
	for (chunk = bucket->first; chunk; chunk = s->next[chunk - 1])
	{
		const CltKeyRow *entry = s->entry + (size_t) (chunk - 1) * CLT_SORT_CHUNK;

		for (i = 0; i < chunk_entries(bucket, chunk); i++)
			s->cell[cell_of(entry[i].key, skip, bits)]++;
	}
	start_cells(s->cell, bits);
	for (chunk = bucket->first; chunk; chunk = s->next[chunk - 1])
	{
		const CltKeyRow *entry = s->entry + (size_t) (chunk - 1) * CLT_SORT_CHUNK;

		for (i = 0; i < chunk_entries(bucket, chunk); i++)
			out[s->cell[cell_of(entry[i].key, skip, bits)]++] = entry[i];
	}
	settle(out, n);
	return n;
}
