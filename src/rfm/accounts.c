/*-------------------------------------------------------------------------
 *
 * accounts.c
 *	  The hash table behind rfm().  See accounts.h.
 *
 * Open addressing with linear probing: at 5/8 load a search looks at two
 * slots on average, mostly of one cache line.
 *
 *-------------------------------------------------------------------------
 */
#include "rfm/accounts.h"

#include <string.h>

#include "core/hash.h"

static inline uint32_t
tag_of(uint64_t hash)
{
	return (uint32_t) (hash >> 32) & ~CLT_ACCOUNT_FLAGS;
}

static bool
same_bytes(const AccountTable *t, const Account *a, const AccountRow *row)
{
	const AccountKey *x;
	const AccountKey *y;

	if ((a->tag & ~CLT_ACCOUNT_FLAGS) != tag_of(row->hash))
		return false;
	x = (const AccountKey *) (uintptr_t) a->key;
	y = (const AccountKey *) (uintptr_t) row->key;
	if (x->length == y->length && memcmp(x->bytes, y->bytes, x->length) == 0)
		return true;
	return t->same != NULL && t->same(t->same_arg, x, y);
}

/* Adds an amount to a sum, which moves out of the account once it outgrows it. */
static AccountResult
add_wide_amount(AccountTable *t, Account *a, CltInt128 amount)
{
	CltInt128	sum;

	if (!(a->tag & CLT_ACCOUNT_WIDE))
	{
		if (t->wide_used == t->wide_size)
			return CLT_ACCOUNT_NEEDS_WIDE;
		t->wide[t->wide_used] = a->sum;
		a->sum = (int64_t) t->wide_used++;
		a->tag |= CLT_ACCOUNT_WIDE;
	}
	if (__builtin_add_overflow(t->wide[a->sum], amount, &sum))
		return CLT_ACCOUNT_SUM_RANGE;
	t->wide[a->sum] = sum;
	return CLT_ACCOUNT_DONE;
}

/* As clt_rfm_summary_add(): what is below zero is a refund and no order. */
static inline __attribute__((always_inline))
AccountResult
add_row(AccountTable *t, Account *a, const AccountRow *row)
{
	int64_t		sum;

	if (!(a->tag & CLT_ACCOUNT_WIDE) && row->amount == (int64_t) row->amount &&
		!__builtin_add_overflow(a->sum, (int64_t) row->amount, &sum))
		a->sum = sum;
	else
	{
		AccountResult result = add_wide_amount(t, a, row->amount);

		if (result != CLT_ACCOUNT_DONE)
			return result;
	}
	if (row->amount < 0)
		return CLT_ACCOUNT_DONE;
	if (++a->orders == 0)
		return CLT_ACCOUNT_COUNT_RANGE;
	if (row->at > a->last_at)
		a->last_at = row->at;
	return CLT_ACCOUNT_DONE;
}

/* Posts a row to its customer's account; if there is none, *slot is where it belongs. */
AccountResult
clt_account_post(AccountTable *t, const AccountRow *row, Account **slot)
{
	size_t		i = row->hash & t->mask;

	for (;;)
	{
		Account    *a = &t->slots[i];

		if (!(a->tag & CLT_ACCOUNT_USED))
		{
			*slot = a;
			return CLT_ACCOUNT_UNKNOWN;
		}
		if (t->by_bytes ? same_bytes(t, a, row) : a->key == row->key)
			return add_row(t, a, row);
		i = (i + 1) & t->mask;
	}
}

/* Opens an account in the free slot that clt_account_post() named, and posts the row. */
AccountResult
clt_account_open(AccountTable *t, const AccountRow *row, Account *slot)
{
	slot->key = row->key;
	slot->last_at = CLT_ACCOUNT_NEVER;
	slot->sum = 0;
	slot->orders = 0;
	slot->tag = tag_of(row->hash) | CLT_ACCOUNT_USED;
	t->used++;
	return add_row(t, slot, row);
}

/* Moves all accounts to count zeroed slots, which become the table's. */
void
clt_account_move(AccountTable *t, Account *slots, size_t count)
{
	size_t		mask = count - 1;

	for (size_t from = 0; from <= t->mask; from++)
	{
		const Account *a = &t->slots[from];
		uint64_t	hash;
		size_t		i;

		if (!(a->tag & CLT_ACCOUNT_USED))
			continue;
		if (t->by_bytes)
			hash = ((const AccountKey *) (uintptr_t) a->key)->hash;
		else
			hash = clt_hash_u64(a->key, 0);
		for (i = hash & mask; slots[i].tag & CLT_ACCOUNT_USED; i = (i + 1) & mask)
			;
		slots[i] = *a;
	}
	t->slots = slots;
	t->mask = mask;
}

/*
 * Multiplies all sums by a power of ten; false if one does not fit into 128
 * bits.  The caller has made room in wide for every account.
 */
bool
clt_account_rescale(AccountTable *t, int places)
{
	for (size_t i = 0; i < t->wide_used; i++)
	{
		if (!clt_decimal_shift(&t->wide[i], places))
			return false;
	}
	for (size_t i = 0; i <= t->mask; i++)
	{
		Account    *a = &t->slots[i];
		CltInt128	sum = a->sum;

		if (!(a->tag & CLT_ACCOUNT_USED) || a->tag & CLT_ACCOUNT_WIDE)
			continue;
		if (!clt_decimal_shift(&sum, places))
			return false;
		if (sum >= INT64_MIN && sum <= INT64_MAX)
			a->sum = (int64_t) sum;
		else
		{
			t->wide[t->wide_used] = sum;
			a->sum = (int64_t) t->wide_used++;
			a->tag |= CLT_ACCOUNT_WIDE;
		}
	}
	return true;
}
