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

/* The records of one key. */
typedef struct Posting
{
	uint32		n;
	float		worth;
	bool		search;
	uint32		ordinal[LINK_LARGE_RUN];
} Posting;

static void
read_posting(LinkProbe *probe, const LinkKey *key, Posting *posting)
{
	LinkResolved *model = probe->model;
	uint64		cut = key->key >> (64 - model->bits);
	CltPageReader reader;

	clt_link_seek_key(probe, LINK_PAGE_POSTINGS, key->rule, cut, &reader);
	posting->n = 0;
	posting->search = model->rule[key->rule].search;
	while (clt_page_next(&reader) == 1 && reader.key <= cut)
		if (reader.key == cut && reader.value < model->n && posting->n < lengthof(posting->ordinal))
			posting->ordinal[posting->n++] = (uint32) reader.value;
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

static int
compare_postings(const void *a, const void *b)
{
	const Posting *x = *(const Posting *const *) a;
	const Posting *y = *(const Posting *const *) b;

	if (x->search != y->search)
		return x->search ? 1 : -1;
	return x->n < y->n ? -1 : x->n > y->n;
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

/*
 * clt_probe_candidates returns records that share keys.  The model's own keys count
 * first; single columns only until there are enough, the rarest before the others.
 * If there are more than enough, they come in the order of how rare the shared keys
 * are, and no more of them than can be compared.
 */
LinkCandidate *
clt_probe_candidates(LinkProbe *probe, const LinkKey *keys, int nkeys, int enough, int most, int *n)
{
	Posting   **postings = palloc(sizeof(Posting *) * (nkeys + 1));
	LinkCandidate *list;
	int			total = 0;
	int			i;
	uint32		k;

	for (i = 0; i < nkeys; i++)
	{
		postings[i] = palloc(sizeof(Posting));
		read_posting(probe, &keys[i], postings[i]);
		total += postings[i]->n;
	}
	qsort(postings, nkeys, sizeof(Posting *), compare_postings);
	list = palloc(sizeof(LinkCandidate) * (total + 1));
	*n = 0;
	for (i = 0; i < nkeys; i++)
	{
		if (postings[i]->search && *n >= enough)
			break;
		for (k = 0; k < postings[i]->n; k++)
		{
			list[*n].ordinal = postings[i]->ordinal[k];
			list[(*n)++].worth = postings[i]->worth;
		}
		if (i + 1 == nkeys || postings[i + 1]->search)
			*n = merge(list, *n);
	}
	*n = merge(list, *n);
	if (*n > enough)
		qsort(list, *n, sizeof(LinkCandidate), compare_worth);
	*n = Min(*n, most);
	return list;
}
