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

/* Imagined pairs, as bits of a set. */
#define IMAGINED 4096
#define IMAGINED_WORDS (IMAGINED / 64)
/* Records looked at to estimate the cost of a candidate rule. */
#define COST_SAMPLE 16384
#define MAX_ATOMS 40
#define MAX_CANDIDATES 4000

static const char *const transform_name[LINK_NTRANSFORMS] = {
	"value", "form", "local_part", "sound", "prefix", "year", "month_day", "year_month", "tail", "word", "line",
	"either_order"
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

/* ---- keys ---- */

/* atom_key returns the key of a record under an atom, 0 for none. */
static uint64
atom_key(const LinkJob *job, const LinkAtom *atom, uint32 row, int slot)
{
	const CltColumn *col = &job->field[atom->field].col;
	uint32		code = CLT_CODE(col, row);
	const CltValue *v;

	if (!code)
		return 0;
	v = &col->values[code];
	switch (atom->transform)
	{
		case LINK_VALUE:
			/* a role mailbox or an initial brings nobody together */
			if ((v->flags & CLT_VALUE_WEAK) && col->kind == CLT_KIND_EMAIL)
				return 0;
			if (v->flags & CLT_VALUE_INITIAL)
				return 0;
			return v->hash;
		case LINK_FORM:
			return (v->flags & (CLT_VALUE_WEAK | CLT_VALUE_INITIAL)) ? 0 : v->alt[0];
		case LINK_LOCAL:
			return v->alt[1];
		case LINK_SOUND:
			return (v->flags & CLT_VALUE_INITIAL) ? 0 : v->sound;
		case LINK_PREFIX:
			return v->len >= 3 ? clt_block_hash(clt_value_text(v), 3, 21) : 0;
		case LINK_YEAR:
			return clt_block_mix(UINT64CONST(1) << 40 | (uint64) (v->num / 10000)) | 1;
		case LINK_MONTH_DAY:
			return (v->flags & CLT_VALUE_WEAK) ? 0 : clt_block_mix(UINT64CONST(2) << 40 | (uint64) (v->num % 10000)) | 1;
		case LINK_YEAR_MONTH:
			return (v->flags & CLT_VALUE_WEAK) ? 0 : clt_block_mix(UINT64CONST(3) << 40 | (uint64) (v->num / 100)) | 1;
		case LINK_TAIL:
			return v->alt[0] ? v->alt[0] : v->hash;
		case LINK_WORDS:
			{
				const CltToken *t;

				if (slot >= v->ntokens)
					return 0;
				t = &col->tokens[col->token_ids[v->token + slot]];
				return t->len >= 2 ? clt_block_hash(clt_token_text(t), t->len, 22) : 0;
			}
		case LINK_LINE:
			{
				/* street with the number beside it or inside it */
				uint64		number = v->alt[1];

				if (atom->second >= 0)
				{
					const CltColumn *nc = &job->field[atom->second].col;
					uint32		c = CLT_CODE(nc, row);

					number = c ? nc->values[c].hash : 0;
				}
				return number ? clt_block_combine(v->alt[0] ? v->alt[0] : v->hash, number) : 0;
			}
		case LINK_EITHER_ORDER:
			{
				const CltColumn *sc = &job->field[atom->second].col;
				uint32		c = CLT_CODE(sc, row);

				if (!c || (v->flags & CLT_VALUE_INITIAL))
					return 0;
				return v->num && sc->values[c].sound ?
					(clt_block_mix((uint64) v->num) + clt_block_mix(sc->values[c].sound)) | 1 : 0;
			}
		default:
			return 0;
	}
}

/* clt_link_rule_slots is how many keys a record has at most in a rule. */
int
clt_link_rule_slots(const LinkRule *rule)
{
	int			i;

	for (i = 0; i < rule->natoms; i++)
		if (rule->atom[i].transform == LINK_WORDS)
			return LINK_WORD_SLOTS;
	return 1;
}

/* clt_link_rule_key returns one of the keys of a record under a rule, 0 for none. */
uint64
clt_link_rule_key(const LinkJob *job, const LinkRule *rule, uint32 row, int slot)
{
	uint64		key = atom_key(job, &rule->atom[0], row, slot);
	int			i;

	for (i = 1; key && i < rule->natoms; i++)
		key = clt_block_combine(key, atom_key(job, &rule->atom[i], row, slot));
	return key;
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

static int
field_of_kind(LinkJob *job, CltKind kind)
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
	int			given = field_of_kind(job, CLT_KIND_GIVEN);
	int			surname = field_of_kind(job, CLT_KIND_SURNAME);
	int			number = field_of_kind(job, CLT_KIND_HOUSE_NUMBER);
	int			n = 0;
	int			f;

	if (given >= 0 && surname >= 0)
		add_atom(atoms, &n, given, surname, LINK_EITHER_ORDER);
	for (f = 0; f < job->nfields; f++)
	{
		if (job->field[f].col.filled * 100 < job->n)
			continue;
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
			case CLT_KIND_CITY:
				add_atom(atoms, &n, f, -1, LINK_SOUND);
				break;
			case CLT_KIND_POSTCODE:
			case CLT_KIND_IDENTIFIER:
			case CLT_KIND_NUMBER:
			case CLT_KIND_MIDDLE:
			case CLT_KIND_REGION:
			case CLT_KIND_CATEGORY:
				add_atom(atoms, &n, f, -1, LINK_VALUE);
				break;
			default:
				break;
		}
	}
	return n;
}

/* estimate_cost counts pairs in the sample and scales. */
static double
estimate_cost(LinkJob *job, const LinkRule *rule, const uint32 *sample, uint32 nsample,
			  CltKeyRow *keys, CltKeyRow *tmp)
{
	CltBlockStats stats;
	int			slots = clt_link_rule_slots(rule);
	size_t		n = 0;
	uint32		i;
	int			s;
	double		scale = (double) job->n / nsample;

	for (i = 0; i < nsample; i++)
		for (s = 0; s < slots; s++)
		{
			uint64		key = clt_link_rule_key(job, rule, sample[i], s);

			if (key)
			{
				keys[n].key = key;
				keys[n].row = sample[i];
				keys[n].slot = s;
				n++;
			}
		}
	clt_block_sort(keys, tmp, n);
	clt_block_stats(keys, n, &stats);
	return stats.pairs * scale * scale;
}

static bool
same_field_twice(const LinkRule *rule)
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
			if (a->transform == LINK_WORDS && b->transform == LINK_WORDS)
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
	uint32	   *sample;
	uint32		nsample = 0;
	uint64		covered[IMAGINED_WORDS] = {0};
	double		budget = job->pair_budget;
	CltKeyRow  *keys;
	CltKeyRow  *tmp;
	int			max_rules = job->n > 300000 ? 12 : 20;
	uint32		i;
	int			a;
	int			b;
	int			c;
	int			size;

	/* a sample by the records' place in the order of keys, always the same */
	sample = palloc(sizeof(uint32) * Min(job->n, COST_SAMPLE * 2));
	for (i = 0; i < job->n && nsample < COST_SAMPLE * 2; i++)
		if (job->n <= COST_SAMPLE || clt_block_mix(i + 17) % job->n < COST_SAMPLE)
			sample[nsample++] = i;
	keys = palloc(sizeof(CltKeyRow) * (nsample * LINK_WORD_SLOTS + 1));
	tmp = palloc(sizeof(CltKeyRow) * (nsample * LINK_WORD_SLOTS + 1));

	/* one key, two, three: as long as the looser rule was too dear */
	for (size = 1; size <= LINK_RULE_ATOMS && nsample > 0; size++)
		for (a = 0; a < natoms; a++)
			for (b = (size >= 2 ? a + 1 : natoms - 1); b < natoms; b++)
				for (c = (size >= 3 ? b + 1 : natoms - 1); c < natoms; c++)
				{
					RuleCandidate *rc;
					bool		subsumed = false;
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
					if (same_field_twice(&rc->rule))
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
					rc->cost = estimate_cost(job, &rc->rule, sample, nsample, keys, tmp);
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
		job->warnings = lappend(job->warnings, MemoryContextStrdup(job->context,
																   "no blocking rule keeps the number of pairs within bounds: nothing was compared"));
}

/* ---- building ---- */

/* keep_runs stores the runs of a rule that make pairs; large ones are marked. */
static void
keep_runs(LinkJob *job, LinkRule *rule, CltKeyRow *keys, size_t n, uint8 *large)
{
	uint32		nruns = 0;
	uint32		nrows = 0;
	size_t		i = 0;
	size_t		j;

	clt_block_stats(keys, n, &rule->stats);
	rule->rows = MemoryContextAllocHuge(job->context, sizeof(uint32) * (n + 1));
	rule->start = MemoryContextAllocHuge(job->context, sizeof(uint32) * ((Size) rule->stats.runs + 2));
	rule->stats.pairs = 0;
	while (i < n)
	{
		size_t		len;
		size_t		k;

		for (j = i + 1; j < n && keys[j].key == keys[i].key; j++)
			;
		len = j - i;
		if (len > LINK_LARGE_RUN)
		{
			rule->skipped_rows += len;
			for (k = i; large && k < j; k++)
				large[keys[k].row] = 1;
		}
		else if (len > 1)
		{
			rule->start[nruns++] = nrows;
			rule->stats.pairs += (int64) len * (len - 1) / 2;
			for (k = i; k < j; k++)
				rule->rows[nrows++] = keys[k].row | (keys[k].slot << 30);
		}
		i = j;
	}
	rule->start[nruns] = nrows;
	rule->nruns = nruns;
}

static size_t
collect_keys(LinkJob *job, LinkRule *rule, const uint8 *only, CltKeyRow *keys)
{
	int			slots = clt_link_rule_slots(rule);
	size_t		n = 0;
	uint32		i;
	int			s;

	for (i = 0; i < job->n; i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		if (only && !only[i])
			continue;
		for (s = 0; s < slots; s++)
		{
			uint64		key = clt_link_rule_key(job, rule, i, s);
			int			t;
			bool		again = false;

			if (!key)
				continue;
			/* the same word twice */
			for (t = 0; t < s; t++)
				again |= clt_link_rule_key(job, rule, i, t) == key;
			if (again)
				continue;
			keys[n].key = key;
			keys[n].row = i;
			keys[n].slot = s;
			n++;
		}
	}
	return n;
}

/* divide adds rules that cut the large blocks of a rule with a further key. */
static int
divide(LinkJob *job, int r, LinkRule *extra)
{
	static const CltKind by[] = {CLT_KIND_DATE, CLT_KIND_SURNAME, CLT_KIND_GIVEN, CLT_KIND_POSTCODE, CLT_KIND_STREET,
	CLT_KIND_EMAIL, CLT_KIND_PHONE, CLT_KIND_CITY};
	LinkRule   *rule = &job->rule[r];
	int			n = 0;
	int			i;
	int			j;

	if (rule->natoms >= LINK_RULE_ATOMS)
		return 0;
	for (i = 0; i < (int) lengthof(by) && n < 2; i++)
	{
		int			f = field_of_kind(job, by[i]);
		bool		used = f < 0;

		for (j = 0; !used && j < rule->natoms; j++)
			used = rule->atom[j].field == f || rule->atom[j].second == f;
		if (used)
			continue;
		extra[n] = *rule;
		extra[n].skipped_rows = 0;
		extra[n].rows = NULL;
		extra[n].start = NULL;
		extra[n].split_of = r;
		extra[n].atom[extra[n].natoms].field = f;
		extra[n].atom[extra[n].natoms].second = -1;
		extra[n].atom[extra[n].natoms].transform =
			by[i] == CLT_KIND_SURNAME || by[i] == CLT_KIND_GIVEN || by[i] == CLT_KIND_CITY ? LINK_SOUND :
			by[i] == CLT_KIND_STREET || by[i] == CLT_KIND_EMAIL ? LINK_FORM :
			by[i] == CLT_KIND_PHONE ? LINK_TAIL : LINK_VALUE;
		extra[n].natoms++;
		clt_link_rule_name(job, &extra[n]);
		extra[n].why = psprintf("divides blocks of more than %d records", LINK_LARGE_RUN);
		n++;
	}
	return n;
}

/* number_runs writes into the table of runs which run each record belongs to. */
static void
number_runs(LinkJob *job, LinkRule *rule)
{
	uint32		i;
	uint32		k;

	for (i = 0; i < rule->nruns; i++)
		for (k = rule->start[i]; k < rule->start[i + 1]; k++)
		{
			uint32		row = rule->rows[k] & 0x3fffffff;
			uint32		slot = rule->rows[k] >> 30;

			job->runs[(Size) row * job->nslots + rule->slot0 + slot] = i + 1;
			rule->rows[k] = row;
		}
}

/* clt_link_rules_build sorts the keys of all rules and counts their pairs exactly. */
void
clt_link_rules_build(LinkJob *job)
{
	MemoryContext old = MemoryContextSwitchTo(job->context);
	Size		cap = (Size) job->n * LINK_WORD_SLOTS + 1;
	CltKeyRow  *keys = MemoryContextAllocHuge(job->context, sizeof(CltKeyRow) * cap);
	CltKeyRow  *tmp = MemoryContextAllocHuge(job->context, sizeof(CltKeyRow) * cap);
	uint8	   *large = MemoryContextAllocHuge(job->context, job->n + 1);
	int			given = job->nrules;
	int			r;

	if (job->n >= (1u << 30))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("table \"%s\" has %u records, more than the %u that can be linked at once",
						job->table, job->n, 1u << 30)));
	for (r = 0; r < given; r++)
	{
		LinkRule   *rule = &job->rule[r];
		LinkRule	extra[2];
		size_t		n;
		int			e;
		int			nextra;

		memset(large, 0, job->n);
		n = collect_keys(job, rule, NULL, keys);
		clt_block_sort(keys, tmp, n);
		CHECK_FOR_INTERRUPTS();
		keep_runs(job, rule, keys, n, large);
		if (rule->skipped_rows == 0 || clt_link_rule_slots(rule) > 1)
			continue;
		nextra = divide(job, r, extra);
		for (e = 0; e < nextra && job->nrules < LINK_MAX_RULES; e++)
		{
			LinkRule   *part = &job->rule[job->nrules++];

			*part = extra[e];
			n = collect_keys(job, part, large, keys);
			clt_block_sort(keys, tmp, n);
			keep_runs(job, part, keys, n, NULL);
		}
	}
	pfree(keys);
	pfree(tmp);
	pfree(large);

	job->nslots = 0;
	for (r = 0; r < job->nrules; r++)
	{
		job->rule[r].slot0 = job->nslots;
		job->rule[r].nslots = clt_link_rule_slots(&job->rule[r]);
		job->nslots += job->rule[r].nslots;
	}
	job->runs = MemoryContextAllocExtended(job->context, (Size) Max(job->n, 1) * Max(job->nslots, 1) * sizeof(uint32),
										   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (r = 0; r < job->nrules; r++)
		number_runs(job, &job->rule[r]);
	MemoryContextSwitchTo(old);
}
