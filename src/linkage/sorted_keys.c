/*
 * sorted_keys.c
 *		The blocking keys of a rule, in their order.
 *
 * Keys are made once, record after record, and thrown into buckets by their leading
 * bits; the buckets are sorted one at a time when they are asked for, so a block
 * never falls into two.  Keys that do not fit into the memory that a process may
 * use go to temporary files first, by their leading bits too, and each file is
 * sorted as if there was no other: the work grows with the keys, not with their
 * square.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/buffile.h"
#include "utils/memutils.h"

#include "core/clientele.h"
#include "linkage/crew.h"
#include "linkage/large.h"
#include "linkage/sorted_keys.h"

/* Keys are divided among so many files at most. */
#define MOST_FILE_BITS 8
/* Keys written to or read from a file at a time. */
#define FILE_KEYS 64

struct LinkSortedKeys
{
	LinkJob    *job;
	LinkKeyMaker *maker;
	uint64	   *batch;
	uint32	   *rows;			/* of a batch that is not consecutive */
	CltKeySorter *sorter;
	void	   *memory;
	Size		size;			/* of memory */
	Size		budget;
	CltKeyRow  *bucket;			/* the one handed out */
	Size		bucket_cap;
	uint32		next_bucket;
	uint32		nbuckets;
	/* what did not fit */
	int			file_bits;
	int			nfiles;			/* 0: all did */
	int			next_file;
	BufFile   **file;
	CltKeyRow **waiting;		/* for each file */
	uint32	   *nwaiting;
	Size	   *nkeys;
};

LinkSortedKeys *
clt_link_sorted_keys_open(LinkJob *job)
{
	LinkSortedKeys *sk = palloc0(sizeof(LinkSortedKeys));

	sk->job = job;
	sk->maker = clt_link_key_maker(job);
	sk->batch = palloc(sizeof(uint64) * LINK_KEY_BATCH * LINK_WORD_SLOTS);
	sk->rows = palloc(sizeof(uint32) * LINK_KEY_BATCH);
	sk->sorter = palloc(sizeof(CltKeySorter));
	sk->budget = Max(clt_link_budget(job), clt_key_sorter_size(4096));
	return sk;
}

/* start_sorter makes room for at most so many keys that agree in their first bits. */
static void
start_sorter(LinkSortedKeys *sk, Size n, int skip, bool whatever_it_takes)
{
	Size		size = clt_key_sorter_size(n);

	if (!whatever_it_takes)
		size = Min(size, sk->budget);
	if (size > sk->size)
	{
		if (sk->memory)
			pfree(sk->memory);
		sk->memory = clt_link_large(CurrentMemoryContext, size);
		sk->size = size;
	}
	clt_key_sorter_start(sk->sorter, sk->memory, size, n, skip);
}

/* ---- files ---- */

static void
open_files(LinkSortedKeys *sk, Size n)
{
	int			i;

	for (sk->file_bits = 1; sk->file_bits < MOST_FILE_BITS && clt_key_sorter_size((n >> sk->file_bits) * 5 / 4) > sk->budget; sk->file_bits++)
		;
	sk->nfiles = 1 << sk->file_bits;
	sk->next_file = 0;
	sk->file = palloc(sk->nfiles * sizeof(BufFile *));
	sk->waiting = palloc(sk->nfiles * sizeof(CltKeyRow *));
	sk->nwaiting = palloc0(sk->nfiles * sizeof(uint32));
	sk->nkeys = palloc0(sk->nfiles * sizeof(Size));
	for (i = 0; i < sk->nfiles; i++)
	{
		sk->file[i] = BufFileCreateTemp(false);
		sk->waiting[i] = palloc(FILE_KEYS * sizeof(CltKeyRow));
	}
}

static void
flush_file(LinkSortedKeys *sk, int i)
{
	BufFileWrite(sk->file[i], sk->waiting[i], sk->nwaiting[i] * sizeof(CltKeyRow));
	sk->nkeys[i] += sk->nwaiting[i];
	sk->nwaiting[i] = 0;
}

static inline void
file_add(LinkSortedKeys *sk, uint64 key, uint32 row, uint32 slot)
{
	int			i = (int) (key >> (64 - sk->file_bits));
	CltKeyRow  *entry = &sk->waiting[i][sk->nwaiting[i]];

	entry->key = key;
	entry->row = row;
	entry->slot = slot;
	if (++sk->nwaiting[i] == FILE_KEYS)
		flush_file(sk, i);
}

/* read_file sorts the keys of the next file. */
static void
read_file(LinkSortedKeys *sk)
{
	int			i = sk->next_file++;
	CltKeyRow  *entry = sk->waiting[i];
	Size		got;
	Size		k;

	flush_file(sk, i);
	if (BufFileSeek(sk->file[i], 0, 0, SEEK_SET) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not rewind temporary file of blocking keys")));
	/* one key of very many records is no reason to fail */
	start_sorter(sk, sk->nkeys[i], sk->file_bits, true);
	while ((got = BufFileRead(sk->file[i], entry, FILE_KEYS * sizeof(CltKeyRow)) / sizeof(CltKeyRow)) > 0)
	{
		CHECK_FOR_INTERRUPTS();
		for (k = 0; k < got; k++)
			if (!clt_key_sorter_add(sk->sorter, entry[k].key, entry[k].row, entry[k].slot))
				elog(ERROR, "blocking keys have grown in a file");
	}
	BufFileClose(sk->file[i]);
	pfree(sk->waiting[i]);
	if (sk->next_file < sk->nfiles)
		return;
	pfree(sk->file);
	pfree(sk->waiting);
	pfree(sk->nwaiting);
	pfree(sk->nkeys);
}

/* ---- making ---- */

/* next_rows lists the marked records from a place on, a batch of them, and moves the place behind them. */
static uint32
next_rows(LinkSortedKeys *sk, const uint8 *only, uint32 *place)
{
	uint32		n = 0;

	while (*place < sk->job->n && n < LINK_KEY_BATCH)
	{
		sk->rows[n] = (*place)++;
		n += only[sk->rows[n]] != 0;
	}
	return n;
}

/* throw_in makes the keys and throws them into buckets or files; false if there is no room. */
static bool
throw_in(LinkSortedKeys *sk, const LinkRule *rule, const uint8 *only, int64 *nkeys)
{
	LinkJob    *job = sk->job;
	uint32		slots = clt_link_rule_slots(job, rule);
	uint32		place = 0;
	int64		n = 0;

	while (place < job->n)
	{
		uint32		from = place;
		uint32		count = only ? next_rows(sk, only, &place) : Min(LINK_KEY_BATCH, job->n - place);
		const uint64 *key = sk->batch;
		uint32		i;
		uint32		s;

		CHECK_FOR_INTERRUPTS();
		clt_link_make_keys(sk->maker, rule, only ? sk->rows : NULL, from, count, sk->batch);
		for (i = 0; i < count; i++)
		{
			uint32		row = only ? sk->rows[i] : from + i;

			if (clt_link_is_copy(job, row))
			{
				key += slots;
				continue;
			}
			for (s = 0; s < slots; s++, key++)
			{
				if (*key == 0)
					continue;
				n++;
				if (sk->nfiles)
					file_add(sk, *key, row, s);
				else if (!clt_key_sorter_add(sk->sorter, *key, row, s))
					return false;
			}
		}
		if (!only)
			place += count;
	}
	*nkeys = n;
	return true;
}

/*
 * clt_link_sorted_keys_make makes the keys of a rule, of the marked records or of
 * all, and returns how many there are.
 */
int64
clt_link_sorted_keys_make(LinkSortedKeys *sk, const LinkRule *rule, const uint8 *only)
{
	Size		most = (Size) sk->job->n * clt_link_rule_slots(sk->job, rule);
	int64		n;

	sk->nfiles = sk->next_file = 0;
	sk->next_bucket = 0;
	start_sorter(sk, most, 0, false);
	if (!throw_in(sk, rule, only, &n))
	{
		open_files(sk, most);
		(void) throw_in(sk, rule, only, &n);
		sk->nbuckets = 0;
	}
	else
		sk->nbuckets = clt_key_sorter_buckets(sk->sorter);
	return n;
}

/* clt_link_sorted_keys_next hands out some of the keys, whole blocks in order; returns their number, 0 at the end. */
Size
clt_link_sorted_keys_next(LinkSortedKeys *sk, const CltKeyRow **keys)
{
	Size		n;

	do
	{
		while (sk->next_bucket == sk->nbuckets)
		{
			if (sk->next_file == sk->nfiles)
				return 0;
			read_file(sk);
			sk->nbuckets = clt_key_sorter_buckets(sk->sorter);
			sk->next_bucket = 0;
		}
		if (sk->next_bucket == 0 && clt_key_sorter_largest(sk->sorter) > sk->bucket_cap)
		{
			if (sk->bucket)
				pfree(sk->bucket);
			sk->bucket_cap = clt_key_sorter_largest(sk->sorter);
			sk->bucket = clt_link_large(CurrentMemoryContext, sk->bucket_cap * sizeof(CltKeyRow));
		}
		n = clt_key_sorter_take(sk->sorter, sk->next_bucket++, sk->bucket);
	} while (n == 0);
	CHECK_FOR_INTERRUPTS();
	*keys = sk->bucket;
	return n;
}

void
clt_link_sorted_keys_close(LinkSortedKeys *sk)
{
	clt_link_key_maker_free(sk->maker);
	pfree(sk->batch);
	pfree(sk->rows);
	pfree(sk->sorter);
	if (sk->memory)
		pfree(sk->memory);
	if (sk->bucket)
		pfree(sk->bucket);
	pfree(sk);
}
