/*
 * itemsets.h
 *		Frequent, closed and maximal itemsets, one at a time.
 *
 * Pure: no server header, no error raised; memory comes through CltMemory.
 */
#ifndef CLT_AFFINITY_ITEMSETS_H
#define CLT_AFFINITY_ITEMSETS_H

#include "affinity/baskets.h"

/* The caller's memory: resize(NULL) allocates, never returns NULL unless it cannot. */
typedef struct CltMemory
{
	void	   *(*resize) (void *context, void *block, size_t size);
	void	   *context;
} CltMemory;

typedef enum CltItemsetKind
{
	CLT_ITEMSETS_FREQUENT,
	CLT_ITEMSETS_CLOSED,		/* no larger set has the same count */
	CLT_ITEMSETS_MAXIMAL		/* no larger set is frequent */
} CltItemsetKind;

typedef struct CltMiner CltMiner;

/*
 * Starts a search over the items 0 .. nitems-1 (all that occur in at least
 * min_count baskets; the caller has the counts). With required > 0, of the
 * frequent sets only those are given that hold an item below it, or are
 * frequent together with one. total is the number of all baskets, empty ones
 * too. Returns NULL when memory was refused. check, if
 * given, is called every few thousand steps and may leave by longjmp.
 */
extern CltMiner *clt_miner_start(const CltMemory *memory, const CltBaskets *baskets, uint32_t nitems,
								 uint32_t required, uint32_t total, uint32_t min_count, uint32_t max_length,
								 CltItemsetKind kind, void (*check) (void));

typedef struct CltItemset
{
	const uint32_t *item;		/* in order of search, not sorted */
	uint32_t	length;
	uint32_t	count;
} CltItemset;

/* 1: the next set; 0: no more; -1: memory was refused. */
extern int	clt_miner_next(CltMiner *miner, CltItemset *set);

#endif
