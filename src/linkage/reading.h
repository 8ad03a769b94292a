/*
 * reading.h
 *		What the files that read and encode a source share.
 */
#ifndef CLT_LINKAGE_READING_H
#define CLT_LINKAGE_READING_H

#include "linkage/engine.h"
#include "linkage/large.h"
#include "linkage/normalize.h"

/* A field's values in some rows as they came. */
typedef struct LinkRaw
{
	bool		days;			/* numbers yyyymmdd, 0 where there is none */
	uint32	   *end;			/* the numbers, or where the text of each row
								 * ends */
	char	   *bytes;			/* the texts, one after another */
} LinkRaw;

/* The same, growing. */
typedef struct LinkTexts
{
	LinkRaw		raw;
	Size		used;
	Size		cap;
} LinkTexts;

/* Reading with other processes' help. */
typedef struct LinkReading LinkReading;

/* A raw value that was seen: two hashes stand for its bytes. */
typedef struct LinkRawSlot
{
	uint64		hash;
	uint32		check;			/* 0: free */
	uint32		code;
} LinkRawSlot;

/* A normal form that was seen: some bits of its hash, and its code. */
typedef struct LinkNormSlot
{
	uint32		hash;
	uint32		code;			/* 0: free */
} LinkNormSlot;

/* dictionary.c */
extern void clt_link_field_start(LinkJob *job, LinkField *field, uint32 room);
extern uint64 clt_link_value_hash(const LinkField *field, const CltNormal *normal);
extern uint32 clt_link_hashed_code(LinkField *field, const CltNormal *normal, uint64 h);
extern uint32 clt_link_value_code(LinkField *field, const CltNormal *normal);
extern uint32 clt_link_find_value(const LinkField *field, const char *s, uint32 len);
extern void clt_link_forget_maps(LinkField *field);

/* encode.c; so many texts are normalised before the first of them is looked up */
#define LINK_NORMALS 8
extern void clt_link_encode(LinkField *field, const LinkRaw *raw, uint32 rows, uint32 *codes, uint32 stride, CltNormal *normals);

/* source.c */
extern double clt_link_expected_rows(LinkJob *job);

/* shared_reading.c */
extern LinkReading *clt_link_reading_start(LinkJob *job, double bytes);
extern void clt_link_reading_batch(LinkReading *reading, const LinkTexts *texts, uint32 rows);
extern void clt_link_reading_end(LinkReading *reading);
extern bool clt_link_reading_collect(LinkReading *reading, const uint32 *order);

/* record_order.c */
extern bool clt_link_sort_by_key(LinkJob *job, uint32 from, uint32 to, uint32 *order, const char *column, const char *table);
extern void clt_link_move_codes(LinkJob *job, const uint32 *order);

/* divide_names.c */
extern bool clt_link_names_of(LinkJob *job, LinkField **given, LinkField **surname);
extern void clt_link_divide_by_table(LinkJob *job);

/* counts.c */
extern void clt_link_count_values(LinkJob *job);

#endif
