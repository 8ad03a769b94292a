/*
 * blocking.h
 *		Blocking keys: sorting (key, row), runs of equal keys, exact pair counts.
 *
 * Pure kernel: no server header, no allocation, no error raised.
 */
#ifndef CLT_LINKAGE_BLOCKING_H
#define CLT_LINKAGE_BLOCKING_H

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

extern uint64_t clt_block_mix(uint64_t h);
extern uint64_t clt_block_combine(uint64_t a, uint64_t b);
extern uint64_t clt_block_hash(const char *s, size_t len, uint64_t seed);
extern void clt_block_sort(CltKeyRow *a, CltKeyRow *tmp, size_t n);
extern void clt_block_stats(const CltKeyRow *a, size_t n, CltBlockStats *stats);
extern int	clt_block_row_compare(const void *a, const void *b);

#endif
