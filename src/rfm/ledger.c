/*-------------------------------------------------------------------------
 *
 * ledger.c
 *	  The accounts of rfm(): posting orders, memory, temporary files.
 *
 * The hash table (accounts.h) keeps to work_mem * hash_mem_multiplier.  When
 * it is full, rows of further customers go to temporary files by parts of the
 * hash, and each file is worked off in a pass of its own.  Not bounded by it:
 * 24 bytes a customer for finding the cut points, and as much again while
 * sorting.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <sys/mman.h>

#include "commands/tablespace.h"
#include "core/clientele.h"
#include "core/hash.h"
#include "executor/nodeHash.h"
#include "miscadmin.h"
#include "rfm/job.h"
#include "utils/memutils.h"

/* Slots to begin with. */
#define FIRST_SLOTS 4096

/* From this size on the slots are mapped by themselves, on huge pages if there are any. */
#define MAPPED_FROM ((Size) 4 * 1024 * 1024)

/* The hash table gets this much even if work_mem says less. */
#define LEAST_MEMORY ((Size) 256 * 1024)

#define SPILL_LEVELS 6

/* Keys are copied into blocks of this size. */
#define KEY_BLOCK ((Size) 256 * 1024)

/* Head of a row or customer in a temporary file; the bytes of its key follow. */
typedef struct FileRow
{
	uint64		key;			/* if an integer */
	uint64		hash;
	int64		at;
	CltInt128	amount;
	uint32		orders;
	int32		scale;
	uint32		key_length;
	uint32		reserved;
} FileRow;

/* ---- the hash table's memory ------------------------------------------- */

static void
unmap_slots(void *arg)
{
	SlotMemory *memory = arg;

	if (memory->mapped > 0)
		munmap(memory->slots, memory->mapped);
	memory->mapped = 0;
}

static SlotMemory *
allocate_slots(MemoryContext context, size_t count)
{
	SlotMemory *memory = MemoryContextAllocZero(context, sizeof(SlotMemory));
	Size		size = count * sizeof(Account);

	if (size >= MAPPED_FROM)
	{
		void	   *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			ereport(ERROR,
					(errcode(ERRCODE_OUT_OF_MEMORY),
					 errmsg("out of memory"),
					 errdetail("Failed on request of size %zu for the accounts of rfm().", size)));
#ifdef MADV_HUGEPAGE
		(void) madvise(p, size, MADV_HUGEPAGE);
#endif
		memory->slots = p;
		memory->mapped = size;
		memory->unmap.func = unmap_slots;
		memory->unmap.arg = memory;
		MemoryContextRegisterResetCallback(context, &memory->unmap);
	}
	else
		memory->slots = MemoryContextAllocZero(context, size);
	return memory;
}

static void
release_slots(SlotMemory *memory)
{
	if (memory->mapped > 0)
		unmap_slots(memory);	/* the callback then finds nothing to do */
	else
		pfree(memory->slots);
}

static void
start_pass(RfmJob *job)
{
	if (job->slot_memory == NULL)
		job->slot_memory = allocate_slots(job->context, FIRST_SLOTS);
	else
		memset(job->slot_memory->slots, 0, (job->accounts.mask + 1) * sizeof(Account));
	job->accounts.slots = job->slot_memory->slots;
	job->accounts.mask = Max(job->accounts.mask, FIRST_SLOTS - 1);
	job->accounts.used = 0;
	job->accounts.wide_used = 0;
	MemoryContextReset(job->arena.context);
	job->arena.left = 0;
	job->arena.used = 0;
	memset(job->spill, 0, sizeof(job->spill));
}

static Size
memory_used(const RfmJob *job)
{
	return (job->accounts.mask + 1) * sizeof(Account) + job->arena.used +
		job->accounts.wide_size * sizeof(CltInt128);
}

/* Enlarges the table if memory allows; false if it does not. */
static bool
grow(RfmJob *job)
{
	size_t		old = job->accounts.mask + 1;
	SlotMemory *memory;
	int			factor = 4;

	for (; factor > 1; factor /= 2)
	{
		if (memory_used(job) + (factor - 1) * old * sizeof(Account) <= job->memory_limit)
			break;
	}
	if (factor == 1)
		return false;
	memory = allocate_slots(job->context, old * factor);
	clt_account_move(&job->accounts, memory->slots, old * factor);
	release_slots(job->slot_memory);
	job->slot_memory = memory;
	return true;
}

static void
reserve_wide(RfmJob *job, size_t more)
{
	AccountTable *t = &job->accounts;
	size_t		size = Max(t->wide_used + more, 2 * t->wide_size);

	if (t->wide_used + more <= t->wide_size)
		return;
	if (t->wide == NULL)
		t->wide = MemoryContextAllocHuge(job->context, size * sizeof(CltInt128));
	else
		t->wide = repalloc_huge(t->wide, size * sizeof(CltInt128));
	t->wide_size = size;
}

static AccountKey *
keep_key(RfmJob *job, const AccountKey *key)
{
	Size		size = MAXALIGN(offsetof(AccountKey, bytes) + key->length);
	KeyArena   *arena = &job->arena;
	AccountKey *copy;

	if (size > arena->left)
	{
		Size		block = Max(size, KEY_BLOCK);

		arena->next = MemoryContextAllocHuge(arena->context, block);
		arena->left = block;
		arena->used += block;
	}
	copy = (AccountKey *) arena->next;
	memcpy(copy, key, offsetof(AccountKey, bytes) + key->length);
	arena->next += size;
	arena->left -= size;
	return copy;
}

/* ---- temporary files --------------------------------------------------- */

static void
write_file(BufFile *file, FileRow *head, const AccountKey *key)
{
	head->key_length = key ? key->length : 0;
	BufFileWrite(file, head, sizeof(FileRow));
	if (key && key->length > 0)
		BufFileWrite(file, (void *) key->bytes, key->length);
}

/* Reads a row; its key goes to *key, which grows as needed. */
static bool
read_file(RfmJob *job, BufFile *file, FileRow *head, AccountKey **key, uint32 *key_size)
{
	size_t		got = BufFileRead(file, head, sizeof(FileRow));

	if (got == 0)
		return false;
	if (got == sizeof(FileRow) && job->accounts.by_bytes)
	{
		if (*key == NULL || head->key_length > *key_size)
		{
			if (*key)
				pfree(*key);
			*key_size = Max(head->key_length * 2, 64);
			*key = MemoryContextAllocHuge(job->context, offsetof(AccountKey, bytes) + *key_size);
		}
		(*key)->length = head->key_length;
		(*key)->hash = (uint32) head->hash;
		if (head->key_length > 0)
			got = BufFileRead(file, (*key)->bytes, head->key_length) == head->key_length ? got : 0;
	}
	if (got != sizeof(FileRow))
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not read from a temporary file of rfm()")));
	return true;
}

static void
rewind_file(BufFile *file)
{
	if (BufFileSeek(file, 0, 0, SEEK_SET) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not rewind a temporary file of rfm()")));
}

static BufFile *
create_file(RfmJob *job)
{
	MemoryContext old = MemoryContextSwitchTo(job->context);
	BufFile    *file;

	PrepareTempTablespaces();
	file = BufFileCreateTemp(false);
	MemoryContextSwitchTo(old);
	return file;
}

static void
spill_row(RfmJob *job, const AccountRow *row)
{
	int			part = (int) (row->hash >> (64 - RFM_SPILL_BITS * (job->level + 1))) & (RFM_SPILL_FILES - 1);
	FileRow		head;

	if (job->level >= SPILL_LEVELS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("rfm() cannot divide its customers any further"),
				 errhint("Raise work_mem.")));
	if (job->spill[part] == NULL)
		job->spill[part] = create_file(job);
	memset(&head, 0, sizeof(head));
	head.key = row->key;
	head.hash = row->hash;
	head.at = row->at;
	head.amount = row->amount;
	head.scale = job->scale;
	write_file(job->spill[part], &head,
			   job->accounts.by_bytes ? (AccountKey *) (uintptr_t) row->key : NULL);
}

/* ---- rows into accounts ------------------------------------------------ */

static void
raise_result(AccountResult result)
{
	if (result == CLT_ACCOUNT_COUNT_RANGE)
		clt_rfm_raise(CLT_RFM_COUNT_RANGE);
	clt_rfm_raise(CLT_RFM_SUM_RANGE);
}

/* Opens an account for a row's customer; false if there is no memory for it. */
static bool
open_account(RfmJob *job, AccountRow *row, Account *slot, AccountResult *result)
{
	if (!clt_account_has_room(&job->accounts))
	{
		if (!grow(job))
			return false;
		*result = CLT_ACCOUNT_NEEDS_WIDE;	/* look again */
		return true;
	}
	if (job->accounts.by_bytes)
	{
		AccountKey *key = (AccountKey *) (uintptr_t) row->key;

		/* one key at least, however long */
		if (key->length > job->arena.left && job->accounts.used > 0 &&
			memory_used(job) + Max(key->length, KEY_BLOCK) > job->memory_limit)
			return false;
		row->key = (uint64) (uintptr_t) keep_key(job, key);
	}
	*result = clt_account_open(&job->accounts, row, slot);
	return true;
}

static void
post_row(RfmJob *job, AccountRow *row)
{
	for (;;)
	{
		Account    *slot;
		AccountResult result = clt_account_post(&job->accounts, row, &slot);

		if (likely(result == CLT_ACCOUNT_DONE))
			return;
		if (result == CLT_ACCOUNT_UNKNOWN && !open_account(job, row, slot, &result))
		{
			spill_row(job, row);
			return;
		}
		if (result == CLT_ACCOUNT_DONE)
			return;
		if (result != CLT_ACCOUNT_NEEDS_WIDE)
			raise_result(result);
		if (job->accounts.wide_used == job->accounts.wide_size)
			reserve_wide(job, 64);
	}
}

/* Posts the oldest rows of the batch, all but keep. */
void
clt_rfm_post_batch(RfmJob *job, uint32 keep)
{
	CHECK_FOR_INTERRUPTS();
	while (job->taken - job->posted > keep)
		post_row(job, &job->batch[job->posted++ % CLT_ACCOUNT_BATCH]);
}

/* Brings an amount to the scale of the sums, or the sums to that of the amount. */
CltInt128
clt_rfm_to_job_scale(RfmJob *job, CltInt128 amount, int scale)
{
	if (scale > job->scale)
	{
		clt_rfm_post_batch(job, 0);
		reserve_wide(job, job->accounts.used);
		if (!clt_account_rescale(&job->accounts, scale - job->scale))
			clt_rfm_raise(CLT_RFM_SUM_RANGE);
		job->scale = scale;
	}
	else if (!clt_decimal_shift(&amount, job->scale - scale))
		clt_rfm_raise(CLT_RFM_SUM_RANGE);
	return amount;
}

/* Copies the bytes of a key into the batch. */
AccountKey *
clt_rfm_batch_key(RfmJob *job, const char *bytes, uint32 length)
{
	int			i = (int) (job->taken % CLT_ACCOUNT_BATCH);
	AccountKey *key = job->batch_key[i];

	if (key == NULL || length > job->batch_key_size[i])
	{
		if (key)
			pfree(key);
		job->batch_key_size[i] = Max(length * 2, 64);
		key = MemoryContextAllocHuge(job->context, offsetof(AccountKey, bytes) + (Size) job->batch_key_size[i]);
		job->batch_key[i] = key;
	}
	memcpy(key->bytes, bytes, length);
	key->length = length;
	return key;
}

/* ---- further passes ---------------------------------------------------- */

/* Visits the customers whose accounts are in memory, in the order of their slots. */
static void
visit_accounts(RfmJob *job, RfmVisit visit, void *arg)
{
	const AccountTable *t = &job->accounts;
	RfmCustomer customer = {.scale = job->scale};

	for (size_t i = 0; i <= t->mask; i++)
	{
		const Account *a = &t->slots[i];

		if ((i & 0xFFF) == 0)
			CHECK_FOR_INTERRUPTS();
		if (!(a->tag & CLT_ACCOUNT_USED))
			continue;
		customer.integer = a->key;
		customer.key = t->by_bytes ? (const AccountKey *) (uintptr_t) a->key : NULL;
		customer.last_at = a->last_at;
		customer.orders = a->orders;
		customer.sum = clt_account_sum(t, a);
		visit(arg, &customer);
	}
}

/* Adds a customer to the population, and to the file of finished ones if there is one. */
static void
finish_customer(void *arg, const RfmCustomer *c)
{
	RfmJob	   *job = arg;
	FileRow		head;

	if (c->orders > 0)
		clt_rfm_population_add(job->population, clt_rfm_local_day(job->clock, c->last_at) - job->as_of.day,
							   c->orders, c->sum, c->scale);
	if (job->finished == NULL)
		return;
	memset(&head, 0, sizeof(head));
	head.key = c->integer;
	head.at = c->last_at;
	head.amount = c->sum;
	head.orders = c->orders;
	head.scale = c->scale;
	write_file(job->finished, &head, c->key);
}

/* Works off one temporary file, which may need files of its own. */
static void
pass_over_file(RfmJob *job, BufFile *file, int level)
{
	BufFile    *rest[RFM_SPILL_FILES];
	AccountKey *key = NULL;
	uint32		key_size = 0;
	FileRow		head;

	start_pass(job);
	job->level = level;
	rewind_file(file);
	while (read_file(job, file, &head, &key, &key_size))
	{
		AccountRow *row;
		CltInt128	amount = clt_rfm_to_job_scale(job, head.amount, head.scale);

		row = clt_rfm_next_row(job);
		row->at = head.at;
		row->amount = amount;
		row->hash = head.hash;
		if (!job->accounts.by_bytes)
			row->key = head.key;
		else
		{
			AccountKey *copy = clt_rfm_batch_key(job, key->bytes, key->length);

			copy->hash = key->hash;
			row->key = (uint64) (uintptr_t) copy;
		}
		clt_rfm_take_row(job);
	}
	clt_rfm_post_batch(job, 0);
	BufFileClose(file);
	if (key)
		pfree(key);
	visit_accounts(job, finish_customer, job);
	memcpy(rest, job->spill, sizeof(rest));
	for (int i = 0; i < RFM_SPILL_FILES; i++)
	{
		if (rest[i])
			pass_over_file(job, rest[i], level + 1);
	}
}

/* Finishes what did not fit into memory; the accounts in memory stand if all did. */
void
clt_rfm_finish_passes(RfmJob *job)
{
	BufFile    *rest[RFM_SPILL_FILES];
	bool		spilled = false;

	memcpy(rest, job->spill, sizeof(rest));
	for (int i = 0; i < RFM_SPILL_FILES; i++)
		spilled |= rest[i] != NULL;
	if (spilled)
		job->finished = create_file(job);
	clt_rfm_population_reserve(job->population, job->accounts.used);
	visit_accounts(job, finish_customer, job);
	for (int i = 0; i < RFM_SPILL_FILES; i++)
	{
		if (rest[i])
			pass_over_file(job, rest[i], 1);
	}
}

/* Visits all customers, in the order in which the population got them. */
void
clt_rfm_visit_customers(RfmJob *job, RfmVisit visit, void *arg)
{
	AccountKey *key = NULL;
	uint32		key_size = 0;
	FileRow		head;

	if (job->finished == NULL)
	{
		visit_accounts(job, visit, arg);
		return;
	}
	rewind_file(job->finished);
	while (read_file(job, job->finished, &head, &key, &key_size))
	{
		RfmCustomer customer = {head.key, key, head.at, head.orders, head.amount, head.scale};

		visit(arg, &customer);
	}
	if (key)
		pfree(key);
}

/* Closes the file of customers that did not fit into memory, if there is one. */
void
clt_rfm_close_passes(RfmJob *job)
{
	if (job->finished)
		BufFileClose(job->finished);
	job->finished = NULL;
}

RfmJob	   *
clt_rfm_job_create(void)
{
	RfmJob	   *job = palloc0(sizeof(RfmJob));

	job->context = CurrentMemoryContext;
	job->memory_limit = Max(get_hash_memory_limit(), LEAST_MEMORY);
	job->arena.context = AllocSetContextCreate(job->context, "rfm keys", ALLOCSET_DEFAULT_SIZES);
	job->population = clt_rfm_population_create(job->context, FIRST_SLOTS);
	start_pass(job);
	return job;
}
