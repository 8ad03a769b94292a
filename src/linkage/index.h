/*
 * index.h
 *		<model>_index: what the whole table says about single values and records,
 *		kept so that one record can be encoded and its like be found without
 *		reading the table.
 *
 * Rows (generation, kind, part, first, page).  All rows of a run have one
 * generation but for the head, whose generation is 0 and which says which one
 * is valid.  Rows are replaced by DELETE and INSERT, so that every snapshot sees
 * one run whole and nobody waits.  Lists are cut into pages; who looks for a key
 * knows the first keys of all pages from the list's directory.
 */
#ifndef CLT_LINKAGE_INDEX_H
#define CLT_LINKAGE_INDEX_H

#include "linkage/engine.h"
#include "linkage/page_lists.h"

#define LINK_INDEX_VERSION 4

#define LINK_PAGE_HEAD 'h'
#define LINK_PAGE_SETTINGS 's'
#define LINK_PAGE_PARAMETERS 'p'
#define LINK_PAGE_KEYS 'k'		/* record's ordinal: its key */
#define LINK_PAGE_VALUE_CLASSES 'c' /* part: field */
#define LINK_PAGE_VALUES 'v'	/* part: field; hash: class */
#define LINK_PAGE_TOKENS 't'	/* part: field; hash: count */
#define LINK_PAGE_POSTINGS 'b'	/* part: rule; key: ordinals */
#define LINK_PAGE_LARGE 'l'		/* part: rule; keys of blocks too large */
#define LINK_PAGE_DIRECTORY 'd' /* part: of which list; first keys of its
								 * pages */

/* clt_link_directory is the part under which the directory of a list is. */
static inline int
clt_link_directory(char kind, int part)
{
	return (uint8) kind << 7 | part;
}

/* Where records have several values in a column, the single ones are a part of their own. */
#define LINK_ELEMENT_PART(f) ((f) + LINK_MAX_FIELDS)
#define LINK_PARTS (2 * LINK_MAX_FIELDS)

/* Of the hashes of values and words so many leading bits are kept. */
#define LINK_VALUE_BITS 48

/* Values whose statistics are the same share a class. */
typedef struct LinkValueClass
{
	uint32		count;
	uint32		before;			/* names: before they were divided */
	float		tf_u;
	float		tf_h;
	float		lift;
	uint32		flags;
} LinkValueClass;

/* A class takes so many bytes on a page, and a page has so many but for the last. */
#define LINK_CLASS_BYTES 24
#define LINK_CLASSES_A_PAGE (CLT_PAGE_BYTES / LINK_CLASS_BYTES)

/* Rules beyond the model's, by which only search looks. */
#define LINK_MAX_SEARCH_RULES 24
/* So many records of a large block does search hear of. */
#define LINK_SEARCH_RUN 300

/* Who has which key of the rules, in temporary files. */
typedef struct LinkIndexLists
{
	int			nsearch;
	LinkRule	search[LINK_MAX_SEARCH_RULES];
	LinkPageList search_postings[LINK_MAX_SEARCH_RULES];
	LinkPageList postings[LINK_ALL_RULES];
	LinkPageList large[LINK_ALL_RULES]; /* keys of blocks too large */
	struct BufFile **file;		/* opened when first read */
} LinkIndexLists;

/* Their files: one of each process for the rules of the model, and one of each rule of search alone. */
#define LINK_LIST_FILES(job) (clt_link_participants(job) + LINK_MAX_SEARCH_RULES)
#define LINK_LIST_FILE(job, rule) (clt_link_participants(job) + (rule))

/* How keys of records are kept: as they are where no bytes could do harm, else as text. */
typedef enum LinkKeyForm
{
	LINK_KEY_WORD,
	LINK_KEY_BYTES,
	LINK_KEY_UUID,
	LINK_KEY_TEXT
} LinkKeyForm;

extern int	clt_link_posting_bits(uint32 n);
extern void clt_link_index_lists(LinkJob *job);
extern LinkKeyForm clt_link_key_form(LinkJob *job);
extern char *clt_link_index_name(LinkJob *job);

/* writing it; between the two no statement is run, so other processes may be at work */
typedef struct LinkIndexWriter LinkIndexWriter;

extern LinkIndexWriter *clt_link_index_open(LinkJob *job);
extern void clt_link_index_fill(LinkIndexWriter *iw, Jsonb *settings, Jsonb *parameters);
extern int64 clt_link_index_end(LinkIndexWriter *iw);

/* index.c orders 64-bit keys as the server orders bigint. */
static inline int64
clt_link_index_first(uint64 key)
{
	return (int64) (key ^ (UINT64CONST(1) << 63));
}

static inline uint64
clt_link_index_key(int64 first)
{
	return (uint64) first ^ (UINT64CONST(1) << 63);
}

#endif
