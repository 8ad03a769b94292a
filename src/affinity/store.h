/*
 * store.h
 *		The value of type affinity: in memory an expanded object that takes
 *		order lines, on disk compressed baskets.
 */
#ifndef CLT_AFFINITY_STORE_H
#define CLT_AFFINITY_STORE_H

#include "core/clientele.h"
#include "lib/stringinfo.h"
#include "utils/expandeddatum.h"
#include "utils/typcache.h"

#include "affinity/baskets.h"

#define AFFINITY_VERSION	2
#define AFFINITY_MAGIC		0x43415346

/* Flags of the stored form */
#define AFFINITY_WEIGHTED	0x01	/* lines carry quantity and revenue */
#define AFFINITY_EVENTS		0x02	/* lines carry a time and repeat (module
									 * sequence) */
#define AFFINITY_MAY_SAMPLE 0x04	/* over its memory bound it samples
									 * baskets */
#define AFFINITY_FLAGS		(AFFINITY_WEIGHTED | AFFINITY_EVENTS | AFFINITY_MAY_SAMPLE)
#define AFFINITY_PAYLOAD	(AFFINITY_WEIGHTED | AFFINITY_EVENTS)

#define AFFINITY_NOT_KEPT	UINT32_MAX	/* a basket that sampling leaves out */

/*
 * Stored form, version 2. After the header: collation names, items (count,
 * key), baskets of present lines, payloads of present lines, lines that are
 * not present (returns), basket ids.
 */
typedef struct AffinityFlat
{
	int32		vl_len_;
	uint8		version;
	uint8		flags;
	uint16		reserved;		/* zero */
	Oid			item_type;
	Oid			basket_type;	/* InvalidOid: no basket has an id */
	uint32		nitems;
	uint32		nkeyed;
	uint32		nloose;
	uint32		nlines;
	uint64		nbaskets;		/* that hold something, or were given as empty
								 * arrays */
	uint64		nskipped;		/* left out for their length */
	uint64		ntruncated;		/* shortened for their length */
	uint32		sample_bits;	/* one basket in 2^sample_bits was kept */
	uint32		longest;		/* lines of the longest basket */
	int64		within_time;	/* module sequence: the interval */
	int32		within_day;
	int32		within_month;
	uint32		nabsent;
	uint32		names_len;
	uint32		items_len;
	uint32		lines_len;
	uint32		keyed_len;		/* of these, the baskets with an id */
	uint32		pay_len;
	uint32		absent_len;
	uint32		keys_len;
	uint32		limit_mb;		/* memory bound; zero: the default */
	char		data[FLEXIBLE_ARRAY_MEMBER];
} AffinityFlat;

typedef enum AffKeyKind
{
	AFF_KEY_INT,				/* by value, equal when the bits are */
	AFF_KEY_BYTES,				/* by reference, equal when the bytes are */
	AFF_KEY_GENERIC				/* equality is the type's own business */
} AffKeyKind;

/* How keys of one type (items, basket ids) are hashed, compared, stored. */
typedef struct AffKeySpec
{
	Oid			type;			/* never a domain */
	Oid			collation;		/* InvalidOid unless non-deterministic */
	int16		len;
	bool		byval;
	char		align;
	char		storage;
	AffKeyKind	kind;
	TypeCacheEntry *tc;			/* AFF_KEY_GENERIC */
} AffKeySpec;

/* Keys numbered in order of arrival, or in canonical order. */
typedef struct AffDict
{
	AffKeySpec	spec;
	MemoryContext cxt;
	uint32		n;
	uint32		capacity;
	Datum	   *key;
	uint64	   *slot;			/* high half: hash; low half: number + 1; NULL
								 * until needed */
	uint32		mask;
	struct AffKeyBlock *blocks; /* of keys by reference, the last one first */
	char	   *block;			/* rest of the current block */
	Size		block_left;
	Size		block_size;
} AffDict;

/* Lines as they came: a word with the high bit set changes the basket. */
typedef struct AffChunk
{
	struct AffChunk *next;
	uint32		used;
	uint32		capacity;
	uint32		word[FLEXIBLE_ARRAY_MEMBER];
} AffChunk;

#define AFF_BASKET_MARK		0x80000000U

/* A line with a payload: (quantity, revenue) or (time, -). */
typedef struct AffEntry
{
	uint32		basket;
	uint32		item;
	int64		pay[2];
} AffEntry;

typedef struct AffPending
{
	int64		basket;
	int64		item;
} AffPending;

#define AFF_BATCH	64

typedef struct AffinityObject
{
	ExpandedObjectHeader hdr;
	int			magic;
	MemoryContext cxt;			/* the object's own */
	uint8		flags;
	AffDict		items;
	AffDict		keys;			/* basket ids */
	CltBaskets	base;			/* arrays in cxt; lines in order */
	int64	   *pay[2];			/* payload of base's lines */
	uint32	   *frequency;		/* baskets an item is in; valid when in order */
	uint64		nbaskets;		/* valid when in order */
	uint32		longest;		/* valid when in order */
	bool		in_order;		/* canonical: nothing waits below */
	/* lines that wait */
	uint32		npending;
	AffPending *pending;
	AffChunk   *first;
	AffChunk   *last;
	uint64		nlog;			/* lines in the chunks */
	uint32		open_basket;
	AffEntry   *entry;
	uint64		nentries;
	uint64		entry_capacity;
	uint64		nabsent;		/* when in order: entries that are not present */
	uint32	   *loose;			/* multiplicity, length, items, with
								 * quantities these and revenues ... */
	uint64		nloose_words;
	uint64		loose_capacity;
	uint32		nloose_new;
	/* memory bound and sampling */
	uint32		limit_mb;
	Size		limit;
	bool		over;			/* the bound is passed: act at the next safe
								 * point */
	uint32		sample_bits;
	uint64		nskipped;
	uint64		ntruncated;
	int64		within_time;
	int32		within_day;
	int32		within_month;
	/* flat form, while nothing changes */
	AffinityFlat *flat;
} AffinityObject;

#define PG_GETARG_AFFINITY(n)	clt_affinity_get(PG_GETARG_DATUM(n))
#define AffinityGetDatum(o)		EOHPGetRWDatum(&(o)->hdr)

/* A by-value Datum with its unused bits settled. */
static inline int64
clt_int_image(int16 len, Datum d)
{
	switch (len)
	{
		case 1:
			return (int64) (int8) DatumGetChar(d);
		case 2:
			return (int64) DatumGetInt16(d);
		case 4:
			return (int64) DatumGetInt32(d);
		default:
			return DatumGetInt64(d);
	}
}

#define clt_huge_alloc(cxt, n, type) \
	((type *) MemoryContextAllocHuge((cxt), Max((Size) (n), 1) * sizeof(type)))

static inline void
clt_free_if(void *p)
{
	if (p != NULL)
		pfree(p);
}

/* Keys */
extern bool clt_key_spec(AffKeySpec *spec, Oid type, Oid collation, const char *role, Node *escontext);
extern uint32 clt_dict_intern(AffDict *dict, Datum key);
extern uint32 clt_dict_find(AffDict *dict, Datum key);
extern Oid	clt_collation_for(const AffKeySpec *spec);
extern int	clt_key_compare_image(const AffKeySpec *spec, Datum a, Datum b);
extern uint64 clt_key_hash(const AffKeySpec *spec, Datum key);
extern uint32 clt_dict_append(AffDict *dict, Datum stored);
extern uint32 clt_dict_prefetch(AffDict *dict, Datum key);
extern uint32 clt_dict_intern_hashed(AffDict *dict, Datum key, uint32 h);
extern void clt_dict_reserve(AffDict *dict, uint32 more);
extern void clt_dict_merge(AffDict *into, const AffDict *from, uint32 *into_to, uint32 *from_to);
extern void clt_dict_permute(AffDict *dict, const uint32 *to);
extern void clt_dict_truncate(AffDict *dict, uint32 n);
extern Size clt_key_size(const AffKeySpec *spec, Datum key);

/* Is the basket among those that sampling keeps? The same in every worker. */
static inline bool
clt_affinity_sampled_in(const AffinityObject *o, Datum key)
{
	return o->sample_bits == 0 || clt_key_hash(&o->keys.spec, key) >> (64 - o->sample_bits) == 0;
}

/* The object */
extern const ExpandedObjectMethods clt_affinity_methods;
extern AffinityObject *clt_affinity_new(MemoryContext parent, uint8 flags);
extern AffinityObject *clt_affinity_expand(Datum flat, MemoryContext parent, bool with_keys);
extern AffinityObject *clt_affinity_get(Datum value);
extern AffinityObject *clt_affinity_writable(Datum value, MemoryContext parent);
extern void clt_affinity_changed(AffinityObject *o);
extern uint32 clt_affinity_basket(AffinityObject *o, Datum key);
extern void clt_affinity_add_line(AffinityObject *o, uint32 basket, uint32 item);
extern void clt_affinity_add_pending(AffinityObject *o, int64 basket, int64 item);
extern void clt_affinity_flush(AffinityObject *o);
extern void clt_affinity_add_entry(AffinityObject *o, uint32 basket, uint32 item, int64 pay0, int64 pay1);
extern void clt_affinity_add_loose(AffinityObject *o, const uint32 *items, uint32 n, uint32 mult,
								   const int64 *quantity, const int64 *revenue);
extern void clt_affinity_copy_loose(AffinityObject *to, const AffinityObject *from, uint32 basket, uint32 n,
									uint32 mult, const uint32 *item_to);
extern void clt_affinity_order(AffinityObject *o);
extern uint32 *clt_affinity_rank(AffinityObject *o, const AffDict *dict, const uint32 *frequency, bool *identity);
extern uint32 *clt_affinity_invert(AffinityObject *o, const uint32 *order, uint32 n);
extern void clt_affinity_count(AffinityObject *o);
extern void clt_affinity_check_memory(AffinityObject *o);
pg_noreturn extern void clt_affinity_too_many(void);
extern void clt_affinity_merge(AffinityObject *into, AffinityObject *from);
extern void clt_affinity_set_limit(AffinityObject *o, uint32 limit_mb);
extern void clt_affinity_relieve(AffinityObject *o);
extern void clt_affinity_resample(AffinityObject *o, uint32 bits);
extern AffinityFlat *clt_affinity_flatten(AffinityObject *o);
extern bool clt_affinity_is_flat(Datum value);
extern void clt_affinity_same_kind(AffinityObject *a, uint8 flags, const AffKeySpec *item, const AffKeySpec *key);

extern Datum clt_affinity_input(char *text, const char *type_name, bool events, Node *escontext);
extern Datum clt_affinity_receive(StringInfo buf, const char *type_name, bool events);

/* Pieces of the stored form */
typedef struct AffinityParts
{
	uint32		nkeyed;
	uint32		nloose;
	uint32		nlines;
	uint32		nabsent;
	const uint8 *lines;
	Size		lines_len;
	const uint8 *pay;
	Size		pay_len;
	const uint8 *absent;
	Size		absent_len;
} AffinityParts;

extern const char *clt_affinity_read_lines(AffinityObject *o, const AffinityParts *parts);
extern uint32 *clt_affinity_read_items(AffDict *dict, const AffinityFlat *f, const uint8 *data);
extern const AffinityFlat *clt_affinity_header(Datum value, Size *size, AffinityFlat *space);
extern Size clt_key_put(char *out, const AffKeySpec *spec, Datum key);
extern Datum clt_key_get(AffDict *dict, const uint8 **in, const uint8 *end);
pg_noreturn extern void clt_affinity_corrupt(const char *detail);

#endif							/* CLT_AFFINITY_STORE_H */
