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

extern uint64_t clt_block_hash(const char *s, size_t len, uint64_t seed);
extern void clt_block_sort(CltKeyRow *a, CltKeyRow *tmp, size_t n);
extern void clt_block_order(CltKeyRow *a, CltKeyRow *tmp, size_t n);
extern void clt_block_seen(uint64_t *once, uint64_t *again, int bits, uint64_t key);
extern bool clt_block_twice(const uint64_t *again, int bits, uint64_t key);
extern void clt_block_stats(const CltKeyRow *a, size_t n, CltBlockStats *stats);

#endif
