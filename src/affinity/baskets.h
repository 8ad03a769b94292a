/*
 * baskets.h
 *		Baskets of recoded items: layout in memory, compressed form, and the
 *		partners of one item straight from the compressed form.
 *
 * Pure: no server header, no allocation, no error raised.
 */
#ifndef CLT_AFFINITY_BASKETS_H
#define CLT_AFFINITY_BASKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/varint.h"

/*
 * Items are numbered from 0 by falling frequency, so the frequent ones are a
 * prefix of the numbers and have the short codes. The first nkeyed baskets are
 * those whose id is kept; the nloose ones after them stand for mult[] equal
 * baskets each, ids forgotten.
 */
typedef struct CltBaskets
{
	uint32_t	nitems;
	uint32_t	nkeyed;
	uint32_t	nloose;
	uint32_t   *start;			/* nkeyed + nloose + 1 */
	uint32_t   *item;			/* ascending within a basket */
	uint32_t   *mult;			/* nloose */
} CltBaskets;

typedef enum CltBasketsError
{
	CLT_BASKETS_OK = 0,
	CLT_BASKETS_TRUNCATED,		/* the bytes end too early */
	CLT_BASKETS_TRAILING,		/* bytes left over */
	CLT_BASKETS_BAD_ITEM,		/* item number out of range */
	CLT_BASKETS_BAD_NUMBER,		/* number not in its shortest form, or too
								 * large */
	CLT_BASKETS_BAD_COUNT		/* number of lines differs, or a count of zero */
} CltBasketsError;

static inline uint64_t
clt_zigzag(int64_t value)
{
	return ((uint64_t) value << 1) ^ (uint64_t) (value >> 63);
}

static inline int64_t
clt_unzigzag(uint64_t value)
{
	return (int64_t) (value >> 1) ^ -(int64_t) (value & 1);
}

extern void clt_sort_u32(uint32_t *a, size_t n);
extern void clt_sort_distinct_u32(uint32_t *a, size_t n);

extern size_t clt_baskets_encoded_bound(const CltBaskets *b);

/* Bytes written; *keyed_len of them are the baskets whose id is kept. */
extern size_t clt_baskets_encode(const CltBaskets *b, uint8_t *out, size_t *keyed_len);

/*
 * The arrays of b are the caller's: start[nkeyed + nloose + 1], item[nlines],
 * mult[nloose]; nitems, nkeyed and nloose are set.
 */
extern CltBasketsError clt_baskets_decode(CltBaskets *b, uint32_t nlines, const uint8_t *in, size_t len);

/*
 * Counts, for each item, the baskets that hold it together with the given one;
 * counts[], of nitems or CLT_PARTNER_COUNTS if that is more, is zero at the
 * start. The own count comes out in counts[item]. Only baskets with the item
 * are read and checked.
 */
#define CLT_PARTNER_COUNTS	16384

extern CltBasketsError clt_baskets_partners(const uint8_t *in, size_t keyed_len, size_t len, uint32_t nitems,
											uint32_t item, uint32_t *counts);

#endif
