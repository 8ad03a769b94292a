/*
 * dictionary.h
 *		What the files that read and encode a source share.
 */
#ifndef CLT_LINKAGE_DICTIONARY_H
#define CLT_LINKAGE_DICTIONARY_H

#include "linkage/engine.h"
#include "linkage/normalize.h"

/* A raw value that was seen: two hashes stand for its bytes. */
typedef struct LinkRawSlot
{
	uint64		hash;
	uint32		check;			/* 0: free */
	uint32		code;
} LinkRawSlot;

/* dictionary.c */
extern void *clt_link_huge_alloc(MemoryContext context, Size size);
extern void clt_link_field_start(LinkJob *job, LinkField *field, uint32 room);
extern uint32 clt_link_value_code(LinkField *field, const CltNormal *normal);
extern uint32 clt_link_find_value(const LinkField *field, const char *s, uint32 len);
extern void clt_link_forget_maps(LinkField *field);

/* clt_link_raw_hash is the hash by which a text is looked up. */
static inline uint64
clt_link_raw_hash(const char *s, size_t len)
{
	return clt_block_hash(s, len, 1);
}

/* encode.c */
extern uint32 clt_link_encode_bytes(LinkField *field, const char *s, size_t len, CltNormal *normal);
extern uint32 clt_link_encode_hashed(LinkField *field, const char *s, size_t len, uint64 hash, CltNormal *normal);
extern uint32 clt_link_encode_day(LinkField *field, int year, int month, int day, CltNormal *normal);

/* record_order.c */
extern void clt_link_sort_by_key(LinkJob *job, uint32 from, const char *column, const char *table);

/* divide_names.c */
extern void clt_link_divide_by_table(LinkJob *job);

/* counts.c */
extern void clt_link_count_values(LinkJob *job, int f);

#endif
