/*
 * candidates.c
 *		Records that share keys with one, by the lists of <model>_index.
 */
#include "postgres.h"

#include <math.h>

#include "linkage/engine.h"
#include "linkage/lookup.h"
#include "linkage/probe.h"

static void
add_key(LinkKey *keys, int *n, int rule, uint64 key)
{
	int			i;

	if (key == 0)
		return;
	for (i = *n - 1; i >= 0 && keys[i].rule == rule; i--)
		if (keys[i].key == key)
			return;
	keys[*n].rule = rule;
	keys[(*n)++].key = key;
}

/* is_large tells whether the block of a key was too large when the table was resolved. */
static bool
is_large(LinkProbe *probe, int rule, uint64 key)
{
	uint64		nothing;

	return key && probe->model->rule[rule].has_large && clt_link_look_up(probe, LINK_PAGE_LARGE, rule, key, &nothing);
}

/* clt_probe_keys lists the keys by which a record is brought together with others; search has more. */
int
clt_probe_keys(LinkProbe *probe, LinkJob *few, uint32 row, bool search, LinkKey *keys)
{
	LinkResolved *model = probe->model;
	int			n = 0;
	int			r;
	int			p;
	int			s;

	for (r = 0; r < model->nrules; r++)
	{
		const LinkProbeRule *pr = &model->rule[r];
		bool		large = false;

		if (pr->rule.split_of >= 0 || (pr->search && !search))
			continue;
		for (s = 0; s < clt_link_rule_slots(few, &pr->rule); s++)
		{
			uint64		key = clt_link_rule_key(few, &pr->rule, row, s);

			if (is_large(probe, r, key))
				large = true;
			else
				add_key(keys, &n, r, key);
		}
		/* the block was divided by another key */
		for (p = r + 1; large && p < model->nrules; p++)
			if (model->rule[p].rule.split_of == r)
			{
				uint64		key = clt_link_rule_key(few, &model->rule[p].rule, row, 0);

				if (!is_large(probe, p, key))
					add_key(keys, &n, p, key);
			}
	}
	return n;
}

/* clt_probe_all_keys lists the keys of all rules, as changes are noted. */
int
clt_probe_all_keys(LinkProbe *probe, LinkJob *few, uint32 row, uint64 *keys)
{
	int			n = 0;
	int			r;
	int			s;

	for (r = 0; r < probe->model->nrules; r++)
	{
		const LinkProbeRule *pr = &probe->model->rule[r];

		for (s = 0; s < clt_link_rule_slots(few, &pr->rule); s++)
		{
			uint64		key = clt_link_rule_key(few, &pr->rule, row, s);

			if (key)
				keys[n++] = clt_block_combine(key, pr->id);
		}
	}
	return n;
}

/* The records of one key. */
typedef struct Posting
{
	uint32		n;
	float		worth;
	uint32		ordinal[LINK_LARGE_RUN];
} Posting;

/* is_apart tells whether a record is of the table whose records are not looked for. */
static bool
is_apart(const LinkProbe *probe, uint64 ordinal)
{
	return probe->apart >= 0 && ordinal >= clt_link_begin(probe->model->job, probe->apart) &&
		ordinal < probe->model->job->in[probe->apart].end;
}

static void
read_posting(LinkProbe *probe, const LinkKey *key, Posting *posting)
{
	LinkResolved *model = probe->model;
	uint64		cut = key->key >> (64 - model->bits);
	CltPageReader reader;
	int			rc;

	clt_link_seek_key(probe, LINK_PAGE_POSTINGS, key->rule, cut, &reader);
	posting->n = 0;
	while ((rc = clt_page_next(&reader)) == 1 && reader.key <= cut)
		if (reader.key == cut && reader.value < model->n && posting->n < lengthof(posting->ordinal) &&
			!is_apart(probe, reader.value))
			posting->ordinal[posting->n++] = (uint32) reader.value;
	if (rc < 0)
		clt_link_index_damaged(model->name);
	posting->worth = posting->n ? (float) log2((double) (model->n + 1) / posting->n) : 0;
}

static int
compare_ordinals(const void *a, const void *b)
{
	const LinkCandidate *x = (const LinkCandidate *) a;
	const LinkCandidate *y = (const LinkCandidate *) b;

	return x->ordinal < y->ordinal ? -1 : x->ordinal > y->ordinal;
}

static int
compare_worth(const void *a, const void *b)
{
	const LinkCandidate *x = (const LinkCandidate *) a;
	const LinkCandidate *y = (const LinkCandidate *) b;

	if (x->worth != y->worth)
		return x->worth > y->worth ? -1 : 1;
	return compare_ordinals(a, b);
}

/* merge makes one candidate of each record. */
static int
merge(LinkCandidate *list, int n)
{
	int			kept = 0;
	int			i;

	qsort(list, n, sizeof(LinkCandidate), compare_ordinals);
	for (i = 0; i < n; i++)
		if (kept > 0 && list[kept - 1].ordinal == list[i].ordinal)
			list[kept - 1].worth += list[i].worth;
		else
			list[kept++] = list[i];
	return kept;
}

static int
compare_postings(const void *a, const void *b)
{
	const Posting *x = *(const Posting *const *) a;
	const Posting *y = *(const Posting *const *) b;

	return x->n < y->n ? -1 : x->n > y->n;
}

/* add_posting adds the records of a key to a list; returns how many it then has. */
static int
add_posting(LinkCandidate **list, int n, const Posting *posting)
{
	uint32		k;

	*list = repalloc_huge(*list, sizeof(LinkCandidate) * (n + posting->n + 1));
	for (k = 0; k < posting->n; k++)
	{
		(*list)[n].ordinal = posting->ordinal[k];
		(*list)[n++].worth = posting->worth;
	}
	return merge(*list, n);
}

/* clt_probe_own returns the records that share keys of the model with one, those first that share the rarest. */
LinkCandidate *
clt_probe_own(LinkProbe *probe, const LinkKey *keys, int nkeys, int *n)
{
	LinkCandidate *list = palloc(sizeof(LinkCandidate));
	Posting    *posting = palloc(sizeof(Posting));
	int			i;

	*n = 0;
	for (i = 0; i < nkeys; i++)
		if (!probe->model->rule[keys[i].rule].search)
		{
			read_posting(probe, &keys[i], posting);
			*n = add_posting(&list, *n, posting);
		}
	qsort(list, *n, sizeof(LinkCandidate), compare_worth);
	pfree(posting);
	return list;
}

/* is_among tells whether a record is one of a list in the order of ordinals. */
static bool
is_among(const LinkCandidate *sorted, int n, uint32 ordinal)
{
	int			low = 0;
	int			high = n;

	while (low < high)
	{
		int			mid = low + (high - low) / 2;

		if (sorted[mid].ordinal < ordinal)
			low = mid + 1;
		else
			high = mid;
	}
	return low < n && sorted[low].ordinal == ordinal;
}

/* add_others adds the records of a key to a list but for those of another list. */
static void
add_others(LinkCandidate **list, int *n, const Posting *posting, const LinkCandidate *sorted, int nsorted)
{
	int			found = add_posting(list, *n, posting);
	int			i;

	*n = 0;
	for (i = 0; i < found; i++)
		if (!is_among(sorted, nsorted, (*list)[i].ordinal))
			(*list)[(*n)++] = (*list)[i];
}

/*
 * clt_probe_others returns records that share only keys by which search looks, those of the rarest keys until
 * there are enough.
 */
LinkCandidate *
clt_probe_others(LinkProbe *probe, const LinkKey *keys, int nkeys, LinkCandidate *own, int nown, int enough, int *n)
{
	LinkCandidate *list = palloc(sizeof(LinkCandidate));
	Posting   **postings = palloc(sizeof(Posting *) * (nkeys + 1));
	int			asked = 0;
	int			i;

	qsort(own, nown, sizeof(LinkCandidate), compare_ordinals);
	for (i = 0; i < nkeys; i++)
		if (probe->model->rule[keys[i].rule].search)
		{
			postings[asked] = palloc(sizeof(Posting));
			read_posting(probe, &keys[i], postings[asked++]);
		}
	qsort(postings, asked, sizeof(Posting *), compare_postings);
	*n = 0;
	for (i = 0; i < asked && *n < enough; i++)
		add_others(&list, n, postings[i], own, nown);
	qsort(list, *n, sizeof(LinkCandidate), compare_worth);
	return list;
}
