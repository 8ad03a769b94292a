/*-------------------------------------------------------------------------
 *
 * accounts.h
 *	  A hash table with one 32-byte account a customer, built for random
 *	  access to more customers than the cache holds.  No server header.
 *
 * Two accounts share a cache line, rows come in batches so that the lines can
 * be fetched ahead, and the caller may put the slots on huge pages.  The
 * caller also owns all memory and decides when the table may grow.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CLT_RFM_ACCOUNTS_H
#define CLT_RFM_ACCOUNTS_H

#include "rfm/decimal.h"

/* Rows fetched ahead of their use. */
#define CLT_ACCOUNT_BATCH 64

/* Slots that may be taken, of eight. */
#define CLT_ACCOUNT_LOAD 5

/* Time of the last order of a customer who only returned things. */
#define CLT_ACCOUNT_NEVER INT64_MIN

#define CLT_ACCOUNT_USED 0x1u
#define CLT_ACCOUNT_WIDE 0x2u	/* sum is an index into AccountTable.wide */
#define CLT_ACCOUNT_FLAGS 0x3u	/* the other bits: of the hash */

typedef struct Account
{
	uint64_t	key;			/* an integer, or the address of an AccountKey */
	int64_t		last_at;
	int64_t		sum;
	uint32_t	orders;
	uint32_t	tag;
} Account;

/* A key that is not an integer. */
typedef struct AccountKey
{
	uint32_t	length;
	uint32_t	hash;			/* the low half of the hash; aligns the bytes */
	char		bytes[];
} AccountKey;

typedef struct AccountRow
{
	uint64_t	key;			/* as in Account */
	uint64_t	hash;
	int64_t		at;
	CltInt128	amount;			/* in the scale of the table */
} AccountRow;

/* Are two keys of equal length but different bytes, or of different length, the same? */
typedef bool (*AccountSame) (void *arg, const AccountKey *a, const AccountKey *b);

typedef struct AccountTable
{
	Account    *slots;			/* zeroed */
	size_t		mask;			/* number of slots, a power of two, less one */
	size_t		used;
	bool		by_bytes;		/* keys are addresses */
	AccountSame same;			/* NULL: the bytes decide */
	void	   *same_arg;
	CltInt128  *wide;			/* sums that outgrew 64 bits */
	size_t		wide_used;
	size_t		wide_size;
} AccountTable;

typedef enum AccountResult
{
	CLT_ACCOUNT_DONE,
	CLT_ACCOUNT_UNKNOWN,		/* no account yet: call clt_account_open() */
	CLT_ACCOUNT_NEEDS_WIDE,		/* enlarge wide and call again */
	CLT_ACCOUNT_SUM_RANGE,
	CLT_ACCOUNT_COUNT_RANGE
} AccountResult;

extern AccountResult clt_account_post(AccountTable *t, const AccountRow *row, Account **slot);
extern AccountResult clt_account_open(AccountTable *t, const AccountRow *row, Account *slot);
extern void clt_account_move(AccountTable *t, Account *slots, size_t count);
extern bool clt_account_rescale(AccountTable *t, int places);

/* May another account be opened without growing? */
static inline bool
clt_account_has_room(const AccountTable *t)
{
	return t->used < (t->mask + 1) / 8 * CLT_ACCOUNT_LOAD;
}

static inline CltInt128
clt_account_sum(const AccountTable *t, const Account *a)
{
	return a->tag & CLT_ACCOUNT_WIDE ? t->wide[a->sum] : (CltInt128) a->sum;
}

static inline void
clt_account_prefetch(const AccountTable *t, uint64_t hash)
{
	__builtin_prefetch(&t->slots[hash & t->mask], 1);
}

#endif							/* CLT_RFM_ACCOUNTS_H */
