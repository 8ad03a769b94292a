/*-------------------------------------------------------------------------
 *
 * job.h
 *	  What one call of rfm() works on: the orders it reads (orders.c), the
 *	  accounts it posts them to (ledger.c), the rows it returns (table.c).
 *
 * Include after postgres.h.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CLT_RFM_JOB_H
#define CLT_RFM_JOB_H

#include "rfm/accounts.h"
#include "rfm/rfm.h"
#include "storage/buffile.h"
#include "utils/relcache.h"
#include "utils/typcache.h"

/* Temporary files a pass can write, by this many bits of the hash. */
#define RFM_SPILL_BITS 5
#define RFM_SPILL_FILES (1 << RFM_SPILL_BITS)

typedef enum KeyKind
{
	KEY_INTEGER,				/* int2, int4, int8, oid */
	KEY_TEXT,					/* text and varchar whose equality is that of
								 * bytes; bpchar, trimmed */
	KEY_UUID,
	KEY_ANY						/* whatever has a hash operator class */
} KeyKind;

/* The orders: where they come from and how their columns are read. */
typedef struct OrderSource
{
	Oid			relid;
	AttrNumber	column[3];		/* customer, at, amount */
	char	   *name[3];
	KeyKind		key_kind;
	Oid			key_type;
	int16		key_length;
	bool		key_by_value;
	Oid			key_collation;
	TypeCacheEntry *key_cache;	/* KEY_ANY */
	Oid			at_type;
	Oid			amount_type;	/* as read, see amount_cast */
	bool		amount_cast;	/* the query casts the amount to numeric */
} OrderSource;

/* A block of keys that stay until the pass is over. */
typedef struct KeyArena
{
	MemoryContext context;
	char	   *next;
	Size		left;
	Size		used;
} KeyArena;

typedef struct SlotMemory
{
	Account    *slots;
	Size		mapped;			/* bytes, 0: palloc'd */
	MemoryContextCallback unmap;
} SlotMemory;

typedef struct RfmJob
{
	OrderSource source;
	RfmAsOf		as_of;
	RfmClock	clock;
	int64		at_limit;		/* later orders are not seen */
	MemoryContext context;

	AccountTable accounts;
	SlotMemory *slot_memory;
	KeyArena	arena;
	Size		memory_limit;
	int			scale;			/* of the sums */

	AccountRow	batch[CLT_ACCOUNT_BATCH];
	AccountKey *batch_key[CLT_ACCOUNT_BATCH];
	uint32		batch_key_size[CLT_ACCOUNT_BATCH];
	uint32		taken;			/* rows that came into the batch, a ring */
	uint32		posted;			/* and that left it */

	BufFile    *spill[RFM_SPILL_FILES]; /* of the running pass */
	int			level;
	BufFile    *finished;		/* customers of passes that are over */
	RfmPopulation *population;
} RfmJob;

/* A customer whose orders have all been read. */
typedef struct RfmCustomer
{
	uint64		integer;		/* either this */
	const AccountKey *key;		/* or this, gone after the call */
	int64		last_at;
	uint32		orders;
	CltInt128	sum;
	int			scale;
} RfmCustomer;

typedef void (*RfmVisit) (void *arg, const RfmCustomer *customer);

/* ledger.c */
extern RfmJob *clt_rfm_job_create(void);
extern void clt_rfm_post_batch(RfmJob *job, uint32 keep);
extern CltInt128 clt_rfm_to_job_scale(RfmJob *job, CltInt128 amount, int scale);
extern AccountKey *clt_rfm_batch_key(RfmJob *job, const char *bytes, uint32 length);
extern void clt_rfm_finish_passes(RfmJob *job);
extern void clt_rfm_visit_customers(RfmJob *job, RfmVisit visit, void *arg);
extern void clt_rfm_close_passes(RfmJob *job);

/* orders.c */
extern void clt_rfm_look_at_source(RfmJob *job, Relation rel);
extern void clt_rfm_read_orders(RfmJob *job, Relation rel);

/* The row to be filled in next. */
static inline AccountRow *
clt_rfm_next_row(RfmJob *job)
{
	return &job->batch[job->taken % CLT_ACCOUNT_BATCH];
}

/*
 * The next row of the batch is filled in: takes it.  Its account is fetched
 * while half a batch of rows is read after it, and posted to then.
 */
static inline void
clt_rfm_take_row(RfmJob *job)
{
	clt_account_prefetch(&job->accounts, clt_rfm_next_row(job)->hash);
	job->taken++;
	if (job->taken - job->posted == CLT_ACCOUNT_BATCH)
		clt_rfm_post_batch(job, CLT_ACCOUNT_BATCH / 2);
}

static inline Datum
clt_rfm_key_datum(const OrderSource *source, const AccountKey *key)
{
	if (source->key_by_value)
		return *(const Datum *) key->bytes;
	return PointerGetDatum(key->bytes);
}

#endif							/* CLT_RFM_JOB_H */
