/*
 * imagined.c
 *		Imagined pairs of records of one person.
 *
 * What a blocking rule is worth is estimated by playing it on a few thousand of them,
 * whose fields are missing as often as they are in the table and damaged as often as
 * such fields are anywhere; the same for each rule, so that rules which find the same
 * pairs do not count twice.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "core/clientele.h"
#include "linkage/engine.h"
#include "linkage/imagined.h"

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
	[CLT_KIND_LEGAL_FORM] = {.94, .94, .94, .94},
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

/* What records have, a bit a field, and how many of them have just that. */
typedef struct PresentSet
{
	uint32		set;
	uint32		count;
	char		status;
} PresentSet;

#define SH_PREFIX present
#define SH_ELEMENT_TYPE PresentSet
#define SH_KEY_TYPE uint32
#define SH_KEY set
#define SH_HASH_KEY(tb, key) murmurhash32(key)
#define SH_EQUAL(tb, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* A bit that those have who have a person's name: sets without it come first. */
#define PRESENT_NAME (1u << 31)

/* All sets, ascending; a set's count is then that of the records up to its own. */
typedef struct Present
{
	PresentSet *set;
	uint32		n;
} Present;

static int
compare_sets(const void *a, const void *b)
{
	uint32		x = ((const PresentSet *) a)->set;
	uint32		y = ((const PresentSet *) b)->set;

	return x < y ? -1 : x > y;
}

/* names_of_fields returns which fields are names of persons. */
static uint32
names_of_fields(const LinkJob *job)
{
	uint32		names = 0;
	int			f;

	for (f = 0; f < job->nfields; f++)
		if (job->field[f].kind == CLT_KIND_GIVEN || job->field[f].kind == CLT_KIND_SURNAME || job->field[f].kind == CLT_KIND_FULL_NAME)
			names |= 1u << f;
	return names;
}

/* what_is_there tells what records have. */
static void
what_is_there(LinkJob *job, Present *present)
{
	present_hash *table = present_create(CurrentMemoryContext, 256, NULL);
	uint32		names = names_of_fields(job);
	present_iterator it;
	PresentSet *entry;
	uint32		i;
	int			f;

	for (i = 0; i < job->n; i++)
	{
		const uint32 *codes = job->codes + (Size) i * job->nfields;
		uint32		set = 0;
		bool		found;

		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		for (f = 0; f < job->nfields; f++)
			set |= (uint32) (codes[f] != 0) << f;
		entry = present_insert(table, set & names ? set | PRESENT_NAME : set, &found);
		entry->count = found ? entry->count + 1 : 1;
	}
	present->n = 0;
	present->set = palloc(sizeof(PresentSet) * (table->members + 1));
	present_start_iterate(table, &it);
	while ((entry = present_iterate(table, &it)))
		present->set[present->n++] = *entry;
	present_destroy(table);
	qsort(present->set, present->n, sizeof(PresentSet), compare_sets);
	for (i = 1; i < present->n; i++)
		present->set[i].count += present->set[i - 1].count;
}

/* present_at returns what the record has that stands at a place in the order of the sets. */
static uint32
present_at(const Present *present, uint32 place)
{
	uint32		low = 0;
	uint32		high = present->n - 1;

	while (low < high)
	{
		uint32		mid = low + (high - low) / 2;

		if (present->set[mid].count <= place)
			low = mid + 1;
		else
			high = mid;
	}
	return present->set[low].set;
}

/* without_name counts the records that have no person's name. */
static uint32
without_name(const Present *present)
{
	uint32		n = 0;
	uint32		i;

	for (i = 0; i < present->n && !(present->set[i].set & PRESENT_NAME); i++)
		n = present->set[i].count;
	return n;
}

/*
 * imagine makes up pairs of records of one person.  What the two lack is what two
 * records of the table lack: fields are missing together (a mailing list has no
 * addresses, a firm no given name).
 */
static Imagined *
imagine(LinkJob *job)
{
	Imagined   *pairs = palloc0(sizeof(Imagined) * LINK_IMAGINED);
	uint64		seed = 20260322;
	Present		present;
	uint32		unnamed;
	int			i;
	int			f;

	what_is_there(job, &present);
	unnamed = without_name(&present);
	for (i = 0; i < LINK_IMAGINED && job->n > 0; i++)
	{
		bool		moved = next_uniform(&seed) < 0.18;
		bool		near = next_uniform(&seed) < 0.5;
		uint32		l = (uint32) (next_uniform(&seed) * job->n);
		double		y = next_uniform(&seed);

		/* a firm is not a person */
		uint32		r = l < unnamed ? (uint32) (y * unnamed) : unnamed + (uint32) (y * (job->n - unnamed));
		uint32		both = present_at(&present, l) & present_at(&present, r);

		pairs[i].swapped = next_uniform(&seed) < 0.015;
		for (f = 0; f < job->nfields; f++)
		{
			const LinkField *field = &job->field[f];
			double		x = next_uniform(&seed);
			int			state;

			pairs[i].detail[f] = (uint8) (next_random(&seed) & 255);
			if (!(both & (1u << f)))
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
	pfree(present.set);
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

/* clt_link_imagine makes up the pairs and tells which of them agree in each atom. */
void
clt_link_imagine(LinkJob *job, const LinkAtom *atom, int natoms, LinkFoundSet * finds)
{
	Imagined   *pairs = imagine(job);
	int			a;
	int			k;

	memset(finds, 0, sizeof(LinkFoundSet) * natoms);
	for (a = 0; a < natoms; a++)
		for (k = 0; k < LINK_IMAGINED; k++)
			if (atom_finds(&pairs[k], &atom[a]))
				finds[a][k / 64] |= UINT64CONST(1) << (k % 64);
	pfree(pairs);
}
