/*
 * rules.c
 *		Blocking rules: which are worth having, what each costs, and its runs.
 *
 * A rule is one to three keys that must all be equal.  Its cost, the number of
 * pairs, follows from the sizes of its blocks and is known before any pair is
 * made: exactly for the rules in use, from a sample for the hundreds that are
 * considered.  What a rule is worth is estimated by playing it on a few
 * thousand imagined pairs of records of one person, whose fields are missing as
 * often as they are in the table and damaged as often as such fields are
 * anywhere; the same imagined pairs for each rule, so that rules which find the
 * same pairs do not count twice.  Rules are taken by new pairs found per cost
 * until the budget is spent.
 *
 * A block that is too large is divided by a second key; what is still too large
 * afterwards is left out and counted, not dropped in silence.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "core/clientele.h"
#include "linkage/engine.h"
#include "linkage/progress.h"

/* Imagined pairs, as bits of a set. */
#define IMAGINED 4096
#define IMAGINED_WORDS (IMAGINED / 64)
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

/* ---- choosing ---- */

/* How damaged one field of an imagined pair is. */
enum
{
	STATE_MISSING,
	STATE_DIFFERENT,
	STATE_PART,					/* a part of it agrees */
	STATE_SOUND,
	STATE_FORM,
	STATE_EXACT
};

typedef struct Imagined
{
	uint8		state[LINK_MAX_FIELDS];
	uint8		detail[LINK_MAX_FIELDS];	/* random, for parts */
	bool		swapped;
} Imagined;

static uint64
next_random(uint64 *state)
{
	*state += UINT64CONST(0x9e3779b97f4a7c15);
	return clt_block_mix(*state);
}

static double
next_uniform(uint64 *state)
{
	return (double) (next_random(state) >> 11) / 9007199254740992.0;
}

/* Chances that a field of two records of one person agrees exactly, in form, by sound, in part. */
static const double agree[CLT_NKINDS][4] = {
	[CLT_KIND_GIVEN] = {.76, .80, .88, .93},
	[CLT_KIND_MIDDLE] = {.60, .65, .72, .80},
	[CLT_KIND_SURNAME] = {.80, .84, .91, .93},
	[CLT_KIND_FULL_NAME] = {.62, .76, .84, .93},
	[CLT_KIND_COMPANY] = {.65, .70, .80, .90},
	[CLT_KIND_EMAIL] = {.68, .70, .70, .78},
	[CLT_KIND_PHONE] = {.70, .72, .72, .72},
	[CLT_KIND_DATE] = {.86, .86, .86, .97},
	[CLT_KIND_STREET] = {.75, .80, .88, .94},
	[CLT_KIND_HOUSE_NUMBER] = {.92, .92, .92, .92},
	[CLT_KIND_POSTCODE] = {.88, .88, .88, .88},
	[CLT_KIND_CITY] = {.90, .90, .95, .95},
	[CLT_KIND_REGION] = {.92, .92, .94, .95},
	[CLT_KIND_SEX] = {.985, .985, .985, .985},
	[CLT_KIND_IDENTIFIER] = {.90, .90, .90, .90},
	[CLT_KIND_NUMBER] = {.80, .80, .80, .80},
	[CLT_KIND_CATEGORY] = {.75, .78, .80, .80},
	[CLT_KIND_TEXT] = {.55, .65, .78, .93},
	[CLT_KIND_LOCATION] = {.60, .70, .75, .80},
	[CLT_KIND_VERBATIM] = {.70, .70, .70, .75},
};

static bool
is_place(CltKind kind)
{
	return kind == CLT_KIND_STREET || kind == CLT_KIND_HOUSE_NUMBER || kind == CLT_KIND_POSTCODE ||
		kind == CLT_KIND_CITY;
}

static int
compare_uint32(const void *a, const void *b)
{
	uint32		x = *(const uint32 *) a;
	uint32		y = *(const uint32 *) b;

	return x < y ? -1 : x > y;
}

#define PRESENT_NAME (1u << 31)

/* what_is_there lists what each record has, a bit a field, those without a person's name first. */
static uint32 *
what_is_there(LinkJob *job, uint32 *unnamed)
{
	uint32	   *there = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(uint32) * ((Size) job->n + 1));
	uint32		i;
	int			f;

	for (i = 0; i < job->n; i++)
	{
		there[i] = 0;
		for (f = 0; f < job->nfields; f++)
		{
			const LinkField *field = &job->field[f];

			if (!CLT_CODE(&field->col, i))
				continue;
			there[i] |= 1u << f;
			if (field->kind == CLT_KIND_GIVEN || field->kind == CLT_KIND_SURNAME || field->kind == CLT_KIND_FULL_NAME)
				there[i] |= PRESENT_NAME;
		}
	}
	qsort(there, job->n, sizeof(uint32), compare_uint32);
	for (*unnamed = 0; *unnamed < job->n && !(there[*unnamed] & PRESENT_NAME); (*unnamed)++)
		;
	return there;
}

/*
 * imagine makes up pairs of records of one person.  What the two lack is what two
 * records of the table lack: fields are missing together (a mailing list has no
 * addresses, a firm no given name).
 */
static Imagined *
imagine(LinkJob *job)
{
	Imagined   *pairs = palloc0(sizeof(Imagined) * IMAGINED);
	uint64		seed = 20260322;
	uint32		unnamed;
	uint32	   *there = what_is_there(job, &unnamed);
	int			i;
	int			f;

	for (i = 0; i < IMAGINED && job->n > 0; i++)
	{
		bool		moved = next_uniform(&seed) < 0.18;
		bool		near = next_uniform(&seed) < 0.5;
		uint32		l = (uint32) (next_uniform(&seed) * job->n);
		double		y = next_uniform(&seed);

		/* a firm is not a person */
		uint32		r = l < unnamed ? (uint32) (y * unnamed) : unnamed + (uint32) (y * (job->n - unnamed));

		pairs[i].swapped = next_uniform(&seed) < 0.015;
		for (f = 0; f < job->nfields; f++)
		{
			const LinkField *field = &job->field[f];
			double		x = next_uniform(&seed);
			int			state;

			pairs[i].detail[f] = (uint8) (next_random(&seed) & 255);
			if (!(there[l] & there[r] & (1u << f)))
				state = STATE_MISSING;
			else if (x < agree[field->kind][0])
				state = STATE_EXACT;
			else if (x < agree[field->kind][1])
				state = STATE_FORM;
			else if (x < agree[field->kind][2])
				state = STATE_SOUND;
			else if (x < agree[field->kind][3])
				state = STATE_PART;
			else
				state = STATE_DIFFERENT;
			if (moved && is_place(field->kind) && state != STATE_MISSING &&
				!(near && field->kind == CLT_KIND_CITY))
				state = STATE_DIFFERENT;
			if (pairs[i].swapped && (field->kind == CLT_KIND_GIVEN || field->kind == CLT_KIND_SURNAME) &&
				state != STATE_MISSING)
				state = STATE_DIFFERENT;
			pairs[i].state[f] = (uint8) state;
		}
	}
	pfree(there);
	return pairs;
}

/* atom_finds tells whether an imagined pair agrees in an atom. */
static bool
atom_finds(const Imagined *p, const LinkAtom *atom)
{
	int			state = p->state[atom->field];
	int			detail = p->detail[atom->field];

	switch (atom->transform)
	{
		case LINK_VALUE:
			return state == STATE_EXACT;
		case LINK_FORM:
		case LINK_TAIL:
			return state >= STATE_FORM;
		case LINK_SOUND:
			return state >= STATE_SOUND;
		case LINK_PREFIX:
			return state >= STATE_FORM || (state == STATE_SOUND && detail < 180) || (state == STATE_PART && detail < 200);
		case LINK_LOCAL:
			return state >= STATE_PART;
		case LINK_WORDS:
			return state >= STATE_PART;
		case LINK_CELL:
			return state >= STATE_SOUND;
		case LINK_YEAR:
			return state >= STATE_SOUND || (state == STATE_PART && detail < 150);
		case LINK_MONTH_DAY:
			return state >= STATE_SOUND || (state == STATE_PART && detail >= 150);
		case LINK_YEAR_MONTH:
			return state >= STATE_SOUND || (state == STATE_PART && detail < 90);
		case LINK_LINE:
			return state >= STATE_FORM && (atom->second < 0 || p->state[atom->second] == STATE_EXACT);
		case LINK_EITHER_ORDER:
			return (state >= STATE_SOUND && p->state[atom->second] >= STATE_SOUND) ||
				(p->swapped && state != STATE_MISSING && p->state[atom->second] != STATE_MISSING && detail < 200);
		default:
			return false;
	}
}

typedef struct RuleCandidate
{
	LinkRule	rule;
	double		cost;
	uint64		finds[IMAGINED_WORDS];
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
	uint32		size;
	uint32		price;
} CostSample;

/* draw_sample takes records by their place in the order of keys, always the same ones. */
static void
draw_sample(LinkJob *job, const LinkAtom *atoms, int natoms, CostSample *sample)
{
	uint32	   *row = palloc(sizeof(uint32) * Min(job->n, COST_SAMPLE * 2) + 1);
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
	for (sample->size = 1024; sample->size < sample->n * LINK_WORD_SLOTS * 2; sample->size *= 2)
		;
	sample->cells = palloc0(sizeof(CostCell) * sample->size);
	pfree(row);
}

/* pairs_with counts a record's key and returns with how many before it makes a pair. */
static inline uint32
pairs_with(CostSample *sample, uint64 key)
{
	uint32		at = (uint32) (key >> 20) & (sample->size - 1);

	while (sample->cells[at].price == sample->price && sample->cells[at].key != key)
		at = (at + 1) & (sample->size - 1);
	if (sample->cells[at].price != sample->price)
	{
		sample->cells[at].price = sample->price;
		sample->cells[at].key = key;
		sample->cells[at].count = 0;
	}
	return sample->cells[at].count++;
}

/* estimate_cost counts the pairs that atoms together make in the sample, and scales. */
static double
estimate_cost(CostSample *sample, const int *which, int natoms)
{
	int64		pairs = 0;
	int			slots = 1;
	uint32		i;
	int			a;
	int			s;

	sample->price++;
	for (a = 0; a < natoms; a++)
		slots = Max(slots, sample->slots[which[a]]);
	for (i = 0; i < sample->n; i++)
		for (s = 0; s < slots; s++)
		{
			uint64		key = 0;

			for (a = 0; a < natoms; a++)
			{
				int			n = sample->slots[which[a]];
				uint64		k = sample->keys[which[a]][n > 1 ? i * n + s : i];

				key = a == 0 ? k : clt_block_combine(key, k);
				if (key == 0)
					break;
			}
			if (key)
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

/* clt_link_rules_choose picks the rules of a model that has none. */
void
clt_link_rules_choose(LinkJob *job)
{
	MemoryContext work = AllocSetContextCreate(job->context, "clientele blocking choice", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(work);
	LinkAtom	atoms[MAX_ATOMS];
	int			natoms = list_atoms(job, atoms);
	Imagined   *pairs = imagine(job);
	RuleCandidate *cand = MemoryContextAllocHuge(work, sizeof(RuleCandidate) * MAX_CANDIDATES);
	int			ncand = 0;
	CostSample	sample;
	uint64		covered[IMAGINED_WORDS] = {0};
	double		budget = job->pair_budget;
	int			max_rules = job->n > 300000 ? 12 : 20;
	uint32		i;
	int			a;
	int			b;
	int			c;
	int			size;

	clt_link_progress_phase(job, LINK_PHASE_CHOOSING);
	draw_sample(job, atoms, natoms, &sample);

	/* one key, two, three: as long as the looser rule was too dear */
	for (size = 1; size <= LINK_RULE_ATOMS && sample.n > 0; size++)
		for (a = 0; a < natoms; a++)
			for (b = (size >= 2 ? a + 1 : natoms - 1); b < natoms; b++)
				for (c = (size >= 3 ? b + 1 : natoms - 1); c < natoms; c++)
				{
					RuleCandidate *rc;
					bool		subsumed = false;
					int			which[LINK_RULE_ATOMS] = {a, b, c};
					int			k;

					if (ncand >= MAX_CANDIDATES)
						continue;
					CHECK_FOR_INTERRUPTS();
					rc = &cand[ncand];
					memset(rc, 0, sizeof(*rc));
					rc->rule.natoms = size;
					rc->rule.split_of = -1;
					rc->rule.atom[0] = atoms[a];
					if (size >= 2)
						rc->rule.atom[1] = atoms[b];
					if (size >= 3)
						rc->rule.atom[2] = atoms[c];
					if (same_field_twice(job, &rc->rule))
						continue;
					/* a part of it alone is cheap enough already */
					for (k = 0; k < ncand && !subsumed; k++)
					{
						int			in = 0;
						int			x;
						int			y;

						if (cand[k].rule.natoms >= size || cand[k].cost > budget / 8)
							continue;
						for (x = 0; x < cand[k].rule.natoms; x++)
							for (y = 0; y < size; y++)
								if (memcmp(&cand[k].rule.atom[x], &rc->rule.atom[y], sizeof(LinkAtom)) == 0)
									in++;
						subsumed = in == cand[k].rule.natoms;
					}
					if (subsumed)
						continue;
					rc->cost = estimate_cost(&sample, which, size);
					if (rc->cost > budget && size == LINK_RULE_ATOMS)
						continue;
					for (k = 0; k < IMAGINED; k++)
					{
						bool		found = true;
						int			x;

						for (x = 0; found && x < size; x++)
							found = atom_finds(&pairs[k], &rc->rule.atom[x]);
						if (found)
							rc->finds[k / 64] |= UINT64CONST(1) << (k % 64);
					}
					ncand++;
				}

	/* the most new pairs for the money, again and again */
	while (job->nrules < max_rules)
	{
		RuleCandidate *best = NULL;
		double		best_value = 0;
		int			best_gain = 0;
		LinkRule   *rule;
		int			found = 0;

		for (i = 0; i < (uint32) ncand; i++)
		{
			RuleCandidate *rc = &cand[i];
			int			gain = 0;
			double		value;
			int			w;

			if (rc->cost > budget)
				continue;
			for (w = 0; w < IMAGINED_WORDS; w++)
				gain += __builtin_popcountll(rc->finds[w] & ~covered[w]);
			value = gain / (rc->cost + 0.3 * job->n);
			if (gain > 0 && value > best_value)
			{
				best_value = value;
				best = rc;
				best_gain = gain;
			}
		}
		if (!best || best_gain < 3)
			break;
		MemoryContextSwitchTo(job->context);
		rule = &job->rule[job->nrules++];
		*rule = best->rule;
		clt_link_rule_name(job, rule);
		for (a = 0; a < IMAGINED_WORDS; a++)
		{
			covered[a] |= best->finds[a];
			found += __builtin_popcountll(best->finds[a]);
		}
		rule->coverage = (double) found / IMAGINED;
		rule->gain = (double) best_gain / IMAGINED;
		rule->why = psprintf("finds an estimated %.1f%% of true pairs, %.1f%% more than the rules before it, for about %.0f pairs",
							 100.0 * found / IMAGINED, 100.0 * best_gain / IMAGINED, best->cost);
		budget -= best->cost;
		MemoryContextSwitchTo(work);
		if (budget <= 0)
			break;
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(work);
	if (job->nrules == 0 && job->n > 1)
		clt_link_warn(job, "nothing_compared", NULL, 0, "no blocking rule keeps the number of pairs within bounds: nothing was compared");
}
