/*
 * blocking.h
 *		Blocking keys: sorting (key, row), runs of equal keys, exact pair counts.
 *
 * Pure kernel: no server header, no allocation, no error raised.
 */
#ifndef CLT_LINKAGE_BLOCKING_H
#define CLT_LINKAGE_BLOCKING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One blocking key of one record.  Key 0 means "no key" and is never stored. */
typedef struct CltKeyRow
{
	uint64_t	key;
	uint32_t	row;
	uint32_t	slot;			/* which of the record's several keys */
} CltKeyRow;

/* What one blocking rule costs, known before a single pair is made. */
typedef struct CltBlockStats
{
	int64_t		rows;			/* records that have a key */
	int64_t		runs;			/* keys shared by two records or more */
	int64_t		pairs;			/* sum of n(n-1)/2 over the runs */
	int64_t		largest;		/* records in the largest run */
} CltBlockStats;

/* clt_block_mix finishes a hash so that each bit depends on each (Stafford's mix 13). */
static inline uint64_t
clt_block_mix(uint64_t h)
{
	h ^= h >> 30;
	h *= UINT64_C(0xbf58476d1ce4e5b9);
	h ^= h >> 27;
	h *= UINT64_C(0x94d049bb133111eb);
	h ^= h >> 31;
	return h;
}

/* clt_block_combine makes one key of two; 0, "no key", wins over everything. */
static inline uint64_t
clt_block_combine(uint64_t a, uint64_t b)
{
	uint64_t	h;

	if (a == 0 || b == 0)
		return 0;
	h = clt_block_mix(a + UINT64_C(0x9e3779b97f4a7c15) * (b | 1)) ^ clt_block_mix(b);
	return h ? h : 1;
}

/*
 * Keys that come one after another are thrown into buckets by their leading bits and
 * sorted a bucket at a time, each in the processor's cache.
 */
#define CLT_SORT_CHUNK 32		/* entries */
#define CLT_SORT_BUCKET_BITS 8	/* at most: so many lines of memory are
								 * written to in turn */
#define CLT_SORT_CELL_BITS 14	/* at most */

typedef struct CltSortBucket
{
	CltKeyRow  *at;				/* where the next entry goes */
	uint32_t	left;			/* so many before its last chunk is full */
	uint32_t	first;			/* chunk, plus one; 0: there is none */
	uint32_t	last;
	size_t		n;				/* room of its chunks */
} CltSortBucket;

typedef struct CltKeySorter
{
	int			skip;			/* leading bits that all keys have in common */
	int			bits;			/* the next ones say the bucket */
	uint32_t	nchunks;
	uint32_t	used;
	CltKeyRow  *entry;
	uint32_t   *next;			/* chunk: the next of its bucket, plus one */
	CltSortBucket bucket[1 << CLT_SORT_BUCKET_BITS];
	uint32_t	cell[1 << CLT_SORT_CELL_BITS];
} CltKeySorter;

extern uint64_t clt_block_hash(const char *s, size_t len, uint64_t seed);
extern void clt_block_sort(CltKeyRow *a, CltKeyRow *tmp, size_t n);
extern size_t clt_key_sorter_size(size_t n);
extern void clt_key_sorter_start(CltKeySorter *s, void *memory, size_t size, size_t n, int skip);
extern bool clt_key_sorter_chunk(CltKeySorter *s, CltSortBucket *bucket);
extern size_t clt_key_sorter_largest(const CltKeySorter *s);
extern size_t clt_key_sorter_take(CltKeySorter *s, uint32_t bucket, CltKeyRow *out);

static inline uint32_t
clt_key_sorter_buckets(const CltKeySorter *s)
{
	return UINT32_C(1) << s->bits;
}

/* clt_key_sorter_add adds a key; false if there is no room for it. */
static inline bool
clt_key_sorter_add(CltKeySorter *s, uint64_t key, uint32_t row, uint32_t slot)
{
	CltSortBucket *bucket = &s->bucket[((key << s->skip) >> 1) >> (63 - s->bits)];
	CltKeyRow  *at;

	if (bucket->left == 0 && !clt_key_sorter_chunk(s, bucket))
		return false;
	at = bucket->at++;
	bucket->left--;
	at->key = key;
	at->row = row;
	at->slot = slot;
	return true;
}

#endif
