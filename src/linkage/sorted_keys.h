/*
 * sorted_keys.h
 *		The blocking keys of a rule, in their order.
 */
#ifndef CLT_LINKAGE_SORTED_KEYS_H
#define CLT_LINKAGE_SORTED_KEYS_H

#include "linkage/engine.h"

typedef struct LinkSortedKeys LinkSortedKeys;

extern LinkSortedKeys *clt_link_sorted_keys_open(LinkJob *job);
extern int64 clt_link_sorted_keys_make(LinkSortedKeys *sk, const LinkRule *rule, const uint8 *only);
extern Size clt_link_sorted_keys_next(LinkSortedKeys *sk, const CltKeyRow **keys);
extern void clt_link_sorted_keys_close(LinkSortedKeys *sk);

/* clt_link_block_end returns where the keys equal to the first of some end. */
static inline Size
clt_link_block_end(const CltKeyRow *keys, Size from, Size n)
{
	Size		to = from + 1;

	while (to < n && keys[to].key == keys[from].key)
		to++;
	return to;
}

#endif
