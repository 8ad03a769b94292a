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

#include "miscadmin.h"
#include "utils/memutils.h"

#include "core/clientele.h"
#include "linkage/engine.h"
#include "linkage/imagined.h"
#include "linkage/large.h"

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

/* sort_sets brings sets into their order, by a byte of them after the other. */
static void
sort_sets(uint32 *set, uint32 n)
{
	uint32	   *tmp = clt_link_large(CurrentMemoryContext, sizeof(uint32) * ((Size) n + 1));
	int			shift;
	uint32		i;

	for (shift = 0; shift < 32; shift += 8)
	{
		uint32		at[256] = {0};
		uint32		sum = 0;
		int			b;

		for (i = 0; i < n; i++)
			at[set[i] >> shift & 255]++;
		for (b = 0; b < 256; b++)
		{
			uint32		count = at[b];

			at[b] = sum;
			sum += count;
		}
		for (i = 0; i < n; i++)
			tmp[at[set[i] >> shift & 255]++] = set[i];
		memcpy(set, tmp, sizeof(uint32) * n);
	}
	pfree(tmp);
}

#define PRESENT_NAME (1u << 31)

/* what_is_there lists what each record has, a bit a field, those without a person's name first. */
static uint32 *
what_is_there(LinkJob *job, uint32 *unnamed)
{
	uint32	   *there = clt_link_large(CurrentMemoryContext, sizeof(uint32) * ((Size) job->n + 1));
	uint32		i;
	int			f;

	for (i = 0; i < job->n; i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
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
	sort_sets(there, job->n);
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
	Imagined   *pairs = palloc0(sizeof(Imagined) * LINK_IMAGINED);
	uint64		seed = 20260322;
	uint32		unnamed;
	uint32	   *there = what_is_there(job, &unnamed);
	int			i;
	int			f;

	for (i = 0; i < LINK_IMAGINED && job->n > 0; i++)
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
