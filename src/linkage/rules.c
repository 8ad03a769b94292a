/*
 * rules.c
 *		Blocking rules: which are worth having.
 *
 * A rule is one to three keys that must all be equal.  Its cost, the number of
 * pairs, follows from the sizes of its blocks and is known before any pair is
 * made: exactly for the rules in use (runs.c), from a sample for the hundreds that
 * are considered.  What a rule is worth is estimated on imagined pairs (imagined.c).
 * Rules are taken by new pairs found per cost until the budget is spent.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "core/clientele.h"
#include "linkage/engine.h"
#include "linkage/imagined.h"
#include "linkage/progress.h"

/* Records looked at to estimate the cost of a candidate rule. */
#define COST_SAMPLE 16384
#define MAX_ATOMS 40
#define MAX_CANDIDATES 4000

static const char *const transform_name[LINK_NTRANSFORMS] = {
	"value", "form", "local_part", "sound", "prefix", "year", "month_day", "year_month", "tail", "word", "line",
	"either_order", "cell"
};

const char *
clt_link_transform_name(LinkTransform transform)
{
	return transform_name[transform];
}

int
clt_link_transform_by_name(const char *name)
{
	int			i;

	for (i = 0; i < LINK_NTRANSFORMS; i++)
		if (strcmp(transform_name[i], name) == 0)
			return i;
	return -1;
}

/* clt_link_rule_name writes "surname.sound & birth_date". */
void
clt_link_rule_name(LinkJob *job, LinkRule *rule)
{
	StringInfoData out;
	int			i;

	initStringInfo(&out);
	for (i = 0; i < rule->natoms; i++)
	{
		LinkAtom   *atom = &rule->atom[i];

		appendStringInfo(&out, "%s%s", i ? " & " : "", job->field[atom->field].column[0]);
		if (atom->second >= 0)
			appendStringInfo(&out, "+%s", job->field[atom->second].column[0]);
		if (atom->transform != LINK_VALUE)
			appendStringInfo(&out, ".%s", transform_name[atom->transform]);
	}
	rule->name = out.data;
}

typedef struct RuleCandidate
{
	LinkRule	rule;
	double		cost;
	LinkFoundSet finds;
} RuleCandidate;

/* clt_link_field_of_kind returns the first field of a kind, -1 if there is none. */
int
clt_link_field_of_kind(LinkJob *job, CltKind kind)
{
	int			i;

	for (i = 0; i < job->nfields; i++)
		if (job->field[i].kind == kind)
			return i;
	return -1;
}

static void
add_atom(LinkAtom *atoms, int *n, int field, int second, LinkTransform transform)
{
	if (*n >= MAX_ATOMS)
		return;
	atoms[*n].field = field;
	atoms[*n].second = second;
	atoms[*n].transform = transform;
	(*n)++;
}

/* list_atoms lists the keys that each field offers. */
static int
list_atoms(LinkJob *job, LinkAtom *atoms)
{
	int			given = clt_link_field_of_kind(job, CLT_KIND_GIVEN);
	int			surname = clt_link_field_of_kind(job, CLT_KIND_SURNAME);
	int			number = clt_link_field_of_kind(job, CLT_KIND_HOUSE_NUMBER);
	int			n = 0;
	int			f;

	if (given >= 0 && surname >= 0)
		add_atom(atoms, &n, given, surname, LINK_EITHER_ORDER);
	for (f = 0; f < job->nfields; f++)
	{
		if (job->field[f].col.filled * 100 < job->n - job->ncopies)
			continue;
		if (job->field[f].element)
		{
			add_atom(atoms, &n, f, -1, job->field[f].kind == CLT_KIND_PHONE ? LINK_TAIL :
					 job->field[f].kind == CLT_KIND_EMAIL ? LINK_FORM : LINK_VALUE);
			continue;
		}
		switch (job->field[f].kind)
		{
			case CLT_KIND_GIVEN:
			case CLT_KIND_SURNAME:
				add_atom(atoms, &n, f, -1, LINK_FORM);
				add_atom(atoms, &n, f, -1, LINK_SOUND);
				add_atom(atoms, &n, f, -1, LINK_PREFIX);
				break;
			case CLT_KIND_FULL_NAME:
				add_atom(atoms, &n, f, -1, LINK_FORM);
				add_atom(atoms, &n, f, -1, LINK_SOUND);
				add_atom(atoms, &n, f, -1, LINK_WORDS);
				break;
			case CLT_KIND_COMPANY:
			case CLT_KIND_TEXT:
				add_atom(atoms, &n, f, -1, LINK_FORM);
				add_atom(atoms, &n, f, -1, LINK_SOUND);
				add_atom(atoms, &n, f, -1, LINK_PREFIX);
				add_atom(atoms, &n, f, -1, LINK_WORDS);
				break;
			case CLT_KIND_EMAIL:
				add_atom(atoms, &n, f, -1, LINK_FORM);
				add_atom(atoms, &n, f, -1, LINK_LOCAL);
				break;
			case CLT_KIND_PHONE:
				add_atom(atoms, &n, f, -1, LINK_TAIL);
				break;
			case CLT_KIND_DATE:
				add_atom(atoms, &n, f, -1, LINK_VALUE);
				add_atom(atoms, &n, f, -1, LINK_MONTH_DAY);
				add_atom(atoms, &n, f, -1, LINK_YEAR_MONTH);
				add_atom(atoms, &n, f, -1, LINK_YEAR);
				break;
			case CLT_KIND_STREET:
				add_atom(atoms, &n, f, number, LINK_LINE);
				add_atom(atoms, &n, f, -1, LINK_FORM);
				add_atom(atoms, &n, f, -1, LINK_SOUND);
				break;
			case CLT_KIND_LOCATION:
				add_atom(atoms, &n, f, -1, LINK_CELL);
				break;
			case CLT_KIND_CITY:
				add_atom(atoms, &n, f, -1, LINK_SOUND);
				break;
			case CLT_KIND_POSTCODE:
			case CLT_KIND_IDENTIFIER:
			case CLT_KIND_NUMBER:
			case CLT_KIND_MIDDLE:
			case CLT_KIND_REGION:
			case CLT_KIND_CATEGORY:
			case CLT_KIND_VERBATIM:
				add_atom(atoms, &n, f, -1, LINK_VALUE);
				break;
			default:
				break;
		}
	}
	return n;
}

/*
 * The sample on which rules are priced: the keys of every atom, and a hash table in
 * which the records of a key are counted.
 */
typedef struct CostCell
{
	uint64		key;
	uint32		price;			/* number of the estimate; another's count is
								 * void */
	uint32		count;
} CostCell;

typedef struct CostSample
{
	double		scale;			/* pairs of the table for each of the sample */
	uint32		n;
	int			slots[MAX_ATOMS];	/* keys a record has at most */
	uint64	   *keys[MAX_ATOMS];	/* [n * slots] */
	CostCell   *cells;
	uint32		mask;			/* of the cells that the estimate at hand uses */
	uint32		price;
} CostSample;

/* cells_for is the mask of as many cells as so many keys a record want. */
static uint32
cells_for(const CostSample *sample, int slots)
{
	uint32		mask = 1023;

	while (mask < sample->n * slots * 2)
		mask = mask * 2 + 1;
	return mask;
}

/* draw_sample takes records by their place in the order of keys, always the same ones. */
static void
draw_sample(LinkJob *job, const LinkAtom *atoms, int natoms, CostSample *sample)
{
	uint32	   *row = palloc(sizeof(uint32) * (Min(job->n, COST_SAMPLE * 2) + 1));
	uint32		i;
	int			a;

	memset(sample, 0, sizeof(*sample));
	for (i = 0; i < job->n && sample->n < COST_SAMPLE * 2; i++)
		if (!clt_link_is_copy(job, i) && (job->n <= COST_SAMPLE || clt_block_mix(i + 17) % job->n < COST_SAMPLE))
			row[sample->n++] = i;
	if (sample->n == 0)
		return;
	sample->scale = (double) (job->n - job->ncopies) / sample->n;
	sample->scale *= sample->scale;
	if (job->nsources > 1 && job->n > 1)
		sample->scale *= (double) clt_link_all_pairs(job) / ((double) job->n * (job->n - 1.0) / 2.0);
	for (a = 0; a < natoms; a++)
	{
		int			slots = clt_link_atom_slots(job, &atoms[a]);
		int			s;

		CHECK_FOR_INTERRUPTS();
		sample->slots[a] = slots;
		sample->keys[a] = palloc(sizeof(uint64) * sample->n * slots);
		for (i = 0; i < sample->n; i++)
			for (s = 0; s < slots; s++)
				sample->keys[a][i * slots + s] = clt_link_atom_key(job, &atoms[a], row[i], s);
	}
	sample->cells = palloc0(sizeof(CostCell) * ((Size) cells_for(sample, LINK_WORD_SLOTS) + 1));
	pfree(row);
}

/* pairs_with counts a record's key and returns with how many before it makes a pair. */
static inline uint32
pairs_with(CostSample *sample, uint64 key)
{
	uint32		at = (uint32) (key >> 20) & sample->mask;

	while (sample->cells[at].price == sample->price && sample->cells[at].key != key)
		at = (at + 1) & sample->mask;
	if (sample->cells[at].price != sample->price)
	{
		sample->cells[at].price = sample->price;
		sample->cells[at].key = key;
		sample->cells[at].count = 0;
	}
	return sample->cells[at].count++;
}

/*
 * estimate_cost counts the pairs that atoms together make in the sample, and scales.
 * What costs more than is to be had costs too much: how much more it is, nobody asks.
 */
static double
estimate_cost(CostSample *sample, const int *which, int natoms, double budget)
{
	int64		pairs = 0;
	int			slots = 1;
	uint32		i;
	int			a;
	int			s;

	sample->price++;
	for (a = 0; a < natoms; a++)
		slots = Max(slots, sample->slots[which[a]]);
	sample->mask = cells_for(sample, slots);
	for (i = 0; i < sample->n && pairs * sample->scale <= budget; i++)
		for (s = 0; s < slots; s++)
		{
			uint64		key = 0;
			bool		missing = false;

			for (a = 0; a < natoms; a++)
			{
				int			n = sample->slots[which[a]];
				uint64		k = sample->keys[which[a]][n > 1 ? i * n + s : i];

				/* hashes, which need not be mixed once more to be told apart */
				key = key * UINT64CONST(0x9e3779b97f4a7c15) + k;
				missing |= k == 0;
			}
			if (!missing)
				pairs += pairs_with(sample, key);
		}
	return pairs * sample->scale;
}

static bool
same_field_twice(const LinkJob *job, const LinkRule *rule)
{
	int			i;
	int			j;

	for (i = 0; i < rule->natoms; i++)
		for (j = 0; j < i; j++)
		{
			const LinkAtom *a = &rule->atom[i];
			const LinkAtom *b = &rule->atom[j];

			if (a->field == b->field || (a->second >= 0 && (a->second == b->field || a->second == b->second)) ||
				(b->second >= 0 && b->second == a->field))
				return true;
			if (clt_link_atom_slots(job, a) > 1 && clt_link_atom_slots(job, b) > 1)
				return true;
		}
	return false;
}

/* The rules considered, and what they are judged by. */
typedef struct Choice
{
	LinkJob    *job;
	int			natoms;
	LinkAtom	atom[MAX_ATOMS];
	LinkFoundSet atom_finds[MAX_ATOMS]; /* imagined pairs that agree in each */
	CostSample	sample;
	int			n;
	RuleCandidate *candidate;
} Choice;

/* a_part_suffices tells whether fewer of a rule's atoms make a candidate that is cheap enough. */
static bool
a_part_suffices(const Choice *choice, const LinkRule *rule, double enough)
{
	int			k;

	for (k = 0; k < choice->n; k++)
	{
		const RuleCandidate *other = &choice->candidate[k];
		int			in = 0;
		int			x;
		int			y;

		if (other->rule.natoms >= rule->natoms || other->cost > enough)
			continue;
		for (x = 0; x < other->rule.natoms; x++)
			for (y = 0; y < rule->natoms; y++)
				if (memcmp(&other->rule.atom[x], &rule->atom[y], sizeof(LinkAtom)) == 0)
					in++;
		if (in == other->rule.natoms)
			return true;
	}
	return false;
}

/* consider adds the rule of some atoms to the candidates if it is worth looking at. */
static void
consider(Choice *choice, const int *which, int natoms, double budget)
{
	RuleCandidate *rc = &choice->candidate[choice->n];
	int			a;
	int			w;

	if (choice->n == MAX_CANDIDATES)
		return;
	CHECK_FOR_INTERRUPTS();
	memset(rc, 0, sizeof(*rc));
	rc->rule.natoms = natoms;
	rc->rule.split_of = -1;
	for (a = 0; a < natoms; a++)
		rc->rule.atom[a] = choice->atom[which[a]];
	if (same_field_twice(choice->job, &rc->rule) || a_part_suffices(choice, &rc->rule, budget / 8))
		return;
	rc->cost = estimate_cost(&choice->sample, which, natoms, budget);
	if (rc->cost > budget && natoms == LINK_RULE_ATOMS)
		return;
	memcpy(rc->finds, choice->atom_finds[which[0]], sizeof(rc->finds));
	for (a = 1; a < natoms; a++)
		for (w = 0; w < LINK_IMAGINED_WORDS; w++)
			rc->finds[w] &= choice->atom_finds[which[a]][w];
	choice->n++;
}

/* list_candidates considers one key, two, three: as long as the looser rule was too dear. */
static void
list_candidates(Choice *choice, double budget)
{
	int			which[LINK_RULE_ATOMS];
	int			n = choice->natoms;

	for (which[0] = 0; which[0] < n; which[0]++)
		consider(choice, which, 1, budget);
	for (which[0] = 0; which[0] < n; which[0]++)
		for (which[1] = which[0] + 1; which[1] < n; which[1]++)
			consider(choice, which, 2, budget);
	for (which[0] = 0; which[0] < n; which[0]++)
		for (which[1] = which[0] + 1; which[1] < n; which[1]++)
			for (which[2] = which[1] + 1; which[2] < n; which[2]++)
				consider(choice, which, 3, budget);
}

/* best_candidate returns what finds the most new pairs for the money, NULL if nothing does; gain is how many these are. */
static const RuleCandidate *
best_candidate(const Choice *choice, const uint64 *covered, double budget, int *gain)
{
	const RuleCandidate *best = NULL;
	double		best_value = 0;
	int			i;
	int			w;

	for (i = 0; i < choice->n; i++)
	{
		const RuleCandidate *rc = &choice->candidate[i];
		int			found = 0;
		double		value;

		if (rc->cost > budget)
			continue;
		for (w = 0; w < LINK_IMAGINED_WORDS; w++)
			found += __builtin_popcountll(rc->finds[w] & ~covered[w]);
		value = found / (rc->cost + 0.3 * choice->job->n);
		if (found > 0 && value > best_value)
		{
			best_value = value;
			best = rc;
			*gain = found;
		}
	}
	return best;
}

/* take_candidate makes a candidate a rule of the job. */
static void
take_candidate(LinkJob *job, const RuleCandidate *best, uint64 *covered, int gain)
{
	MemoryContext old = MemoryContextSwitchTo(job->context);
	LinkRule   *rule = &job->rule[job->nrules++];
	int			found = 0;
	int			w;

	*rule = best->rule;
	clt_link_rule_name(job, rule);
	for (w = 0; w < LINK_IMAGINED_WORDS; w++)
	{
		covered[w] |= best->finds[w];
		found += __builtin_popcountll(best->finds[w]);
	}
	rule->gain = (double) gain / LINK_IMAGINED;
	rule->why = psprintf("finds an estimated %.1f%% of true pairs, %.1f%% more than the rules before it, for about %.0f pairs",
						 100.0 * found / LINK_IMAGINED, 100.0 * gain / LINK_IMAGINED, best->cost);
	MemoryContextSwitchTo(old);
}

/* clt_link_rules_choose picks the rules of a model that has none. */
void
clt_link_rules_choose(LinkJob *job)
{
	MemoryContext work = AllocSetContextCreate(job->context, "clientele blocking choice", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(work);
	Choice	   *choice = palloc0(sizeof(Choice));
	LinkFoundSet covered = {0};
	double		budget = job->pair_budget;
	int			max_rules = job->n > 300000 ? 12 : 20;
	int			gain = 0;

	clt_link_progress_phase(job, LINK_PHASE_CHOOSING);
	choice->job = job;
	choice->natoms = list_atoms(job, choice->atom);
	choice->candidate = MemoryContextAllocHuge(work, sizeof(RuleCandidate) * MAX_CANDIDATES);
	clt_link_imagine(job, choice->atom, choice->natoms, choice->atom_finds);
	draw_sample(job, choice->atom, choice->natoms, &choice->sample);
	if (choice->sample.n > 0)
		list_candidates(choice, budget);
	while (job->nrules < max_rules && budget > 0)
	{
		const RuleCandidate *best = best_candidate(choice, covered, budget, &gain);

		if (!best || gain < 3)
			break;
		take_candidate(job, best, covered, gain);
		budget -= best->cost;
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(work);
	if (job->nrules == 0 && job->n > 1)
		clt_link_warn(job, "nothing_compared", NULL, 0, "no blocking rule keeps the number of pairs within bounds: nothing was compared");
}
