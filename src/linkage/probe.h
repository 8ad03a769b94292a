/*
 * probe.h
 *		A resolved model in the memory of a backend, and a few records encoded
 *		with it as the whole table would encode them.
 */
#ifndef CLT_LINKAGE_PROBE_H
#define CLT_LINKAGE_PROBE_H

#include "executor/spi.h"
#include "utils/hsearch.h"
#include "utils/relcache.h"
#include "utils/snapshot.h"

#include "linkage/engine.h"
#include "linkage/index.h"
#include "linkage/page_cache.h"
#include "linkage/registry.h"

/* Lists of pages: of values, words, who has which key, keys of blocks too large, keys of records. */
#define LINK_LISTS_A_KIND Max(LINK_PROBE_RULES, LINK_PARTS)
#define LINK_LISTS (4 * LINK_LISTS_A_KIND + 1)

#define LINK_PROBE_RULES (LINK_MAX_RULES + LINK_MAX_SEARCH_RULES)

/* What the index says about a column. */
typedef struct LinkFieldStats
{
	int64		filled;
	float		log_u;
	float		log_h;
	float		lift;
	int			nsingles;
	LinkValueClass *single;
	uint32		npages;			/* of classes: those that were asked for */
	LinkValueClass **classes;
} LinkFieldStats;

/* What is asked of one of a model's tables. */
typedef struct LinkAsked
{
	char	   *select_list;
	SPIPlanPtr	by_key;			/* records by an array of keys */
	SPIPlanPtr	cast;			/* of a text to the type of its key */
	SPIPlanPtr	by_json;
	SPIPlanPtr	by_row;
	SPIPlanPtr	inserted;		/* rows of a statement that is followed */
	SPIPlanPtr	updated;
} LinkAsked;

/* A record of one of the tables, by its key. */
typedef struct LinkRecordKey
{
	int			source;
	Datum		key;
} LinkRecordKey;

typedef struct LinkProbeRule
{
	LinkRule	rule;
	bool		search;			/* only search looks by it */
	bool		has_large;
	uint64		id;				/* the same for rules that make the same keys */
} LinkProbeRule;

/* What a backend remembers of a resolved model. */
typedef struct LinkResolved
{
	MemoryContext context;
	char	   *name;
	Oid			user;
	bool		valid;			/* neither table was changed since */
	int			uses;
	LinkModel	tables;			/* which they are, and no more */
	Oid			index;			/* the table <model>_index */
	uint64		stamp;
	int32		generation;
	uint32		n;
	int			bits;
	LinkJob    *job;			/* without records */
	LinkAsked	asked[LINK_MAX_SOURCES];
	Jsonb	   *settings;		/* of the run */
	Jsonb	   *parameters;
	int			nrules;			/* with those of search */
	LinkProbeRule rule[LINK_PROBE_RULES];
	LinkFieldStats stats[LINK_PARTS];
	LinkList   *list[LINK_LISTS];	/* those that were looked at */
	bool		large;			/* the index takes more room than its pages
								 * have here */
	MemoryContext records;		/* for those of a call */
	HTAB	   *known;			/* words and values looked up before */
	SPIPlanPtr	persons;
	SPIPlanPtr	taken;			/* persons that have a record of a table */
	SPIPlanPtr	changed;		/* records changed since, by keys */
	SPIPlanPtr	note;
} LinkResolved;

/* One call's use of it. */
typedef struct LinkProbe
{
	LinkResolved *model;
	Relation	table;
	Relation	key;
	Snapshot	snapshot;
	bool		pushed;			/* the snapshot is this call's own */
	DestReceiver *receiver;
	int			apart;			/* records of this table are not looked for;
								 * -1: all are */
	int			followed;		/* the table that is being written to */
	uint8	   *of_row;			/* which table a record added is of */
	uint32		of_row_cap;
} LinkProbe;

/* A key of a record; records that share rule and key are a candidate pair. */
typedef struct LinkKey
{
	int			rule;
	uint64		key;
} LinkKey;

/* What a text is as the key of a table. */
typedef enum LinkKeyReading
{
	LINK_KEY_OF_NONE,			/* no record has it */
	LINK_KEY_READ,
	LINK_KEY_NOT_PLAIN			/* only the type's input function knows */
} LinkKeyReading;

#define LINK_MAX_KEYS (LINK_PROBE_RULES * LINK_WORD_SLOTS)

/* A record that shares keys with the one looked for. */
typedef struct LinkCandidate
{
	uint32		ordinal;
	float		worth;			/* how rare the shared keys are, in bits */
} LinkCandidate;

extern LinkProbe *clt_probe_open(const char *model, bool fresh);
extern LinkProbe *clt_probe_open_present(const char *model, const LinkModel *stored);
extern LinkProbe *clt_probe_open_followed(const char *model, Oid source);
extern void clt_probe_close(LinkProbe *probe);
extern Oid	clt_probe_lock_result(Oid schema, const char *name, bool *result);
extern LinkJob *clt_probe_records(LinkProbe *probe);
extern int	clt_probe_source(LinkProbe *probe, Oid table);
extern void clt_probe_add_keys(LinkProbe *probe, LinkJob *few, const LinkRecordKey *keys, int n);
extern void clt_probe_add_json(LinkProbe *probe, LinkJob *few, Jsonb *record, int source);
extern void clt_probe_add_row(LinkProbe *probe, LinkJob *few, Oid type, Datum row);
extern void clt_probe_settle(LinkProbe *probe, LinkJob *few);
extern void clt_probe_settle_values(LinkProbe *probe, CltColumn *col, int part);
extern int	clt_probe_keys(LinkProbe *probe, LinkJob *few, uint32 row, bool search, LinkKey *keys);
extern LinkCandidate *clt_probe_own(LinkProbe *probe, const LinkKey *keys, int nkeys, int *n);
extern LinkCandidate *clt_probe_others(LinkProbe *probe, const LinkKey *keys, int nkeys, LinkCandidate *own, int nown,
									   int enough, int *n);
extern int	clt_probe_all_keys(LinkProbe *probe, LinkJob *few, uint32 row, uint64 *keys);
extern LinkRecordKey *clt_probe_changed(LinkProbe *probe, const LinkKey *keys, int nkeys, bool search, int *n);
extern void clt_probe_note(LinkProbe *probe, LinkJob *few);
extern char *clt_probe_key_equals(LinkJob *job, Oid type);
extern char *clt_probe_type_name(Oid type);
extern SPIPlanPtr clt_probe_keep_plan(const char *sql, int nargs, Oid *types);
extern LinkRecordKey *clt_probe_keys_of(LinkProbe *probe, const LinkCandidate *candidates, int n);
extern Datum clt_probe_key_argument(const LinkJob *job, Oid type, Datum value);
extern Oid	clt_probe_own_key_type(const LinkJob *job, int source);
extern bool clt_probe_can_be_key(LinkProbe *probe, int source, const char *text);
extern LinkKeyReading clt_probe_key_of_text(LinkProbe *probe, int source, const char *text, Datum *key);
extern Datum clt_probe_key_array(LinkJob *job, const Datum *keys, int n);
extern void clt_probe_run(LinkProbe *probe, SPIPlanPtr plan, int nargs, const Oid *types, const Datum *values, DestReceiver *dest);

#endif
