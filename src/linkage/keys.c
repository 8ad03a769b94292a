/*
 * keys.c
 *		Blocking keys: what a record is looked up by.
 *
 * An atom is one form of one field (or of two together); a rule's key combines up
 * to three.  What an atom makes of a value depends on the value alone, so for a
 * table it is computed once a distinct value, into an array as long as the
 * dictionary, and a record's key costs a look-up an atom in memory that is dense.
 * A single record (search) asks for its keys directly.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "core/clientele.h"
#include "linkage/engine.h"
#include "linkage/location.h"
#include "linkage/large.h"

/* by_hash: two columns that are no names are swapped as they are. */
static bool
by_hash(const CltColumn *col)
{
	return col->kind == CLT_KIND_VERBATIM || col->kind == CLT_KIND_CATEGORY;
}

/* first_key is what an atom makes of the value of its field, 0 for none. */
static uint64
first_key(const LinkAtom *atom, const CltColumn *col, const CltValue *v, int slot)
{
	/* of several values each makes a key */
	if (col->element)
	{
		if (slot >= v->ntokens)
			return 0;
		v = &col->element->values[col->token_ids[v->token + slot]];
		col = col->element;
		slot = 0;
	}
	switch (atom->transform)
	{
		case LINK_VALUE:
			/* a role mailbox or an initial brings nobody together */
			if ((v->flags & CLT_VALUE_WEAK) && col->kind == CLT_KIND_EMAIL)
				return 0;
			return (v->flags & CLT_VALUE_INITIAL) ? 0 : v->hash;
		case LINK_FORM:
			return (v->flags & (CLT_VALUE_WEAK | CLT_VALUE_INITIAL)) ? 0 : v->alt[0];
		case LINK_LOCAL:
			return v->alt[1];
		case LINK_SOUND:
			return (v->flags & CLT_VALUE_INITIAL) ? 0 : v->sound;
		case LINK_PREFIX:
			return v->len >= 3 ? clt_block_hash(clt_value_text(v), 3, 21) : 0;
		case LINK_YEAR:
			return v->num == 0 ? 0 : clt_block_mix(UINT64CONST(1) << 40 | (uint64) (v->num / 10000)) | 1;
		case LINK_MONTH_DAY:
			return v->num == 0 || (v->flags & CLT_VALUE_WEAK) ? 0 : clt_block_mix(UINT64CONST(2) << 40 | (uint64) (v->num % 10000)) | 1;
		case LINK_YEAR_MONTH:
			return v->num == 0 || (v->flags & CLT_VALUE_WEAK) ? 0 : clt_block_mix(UINT64CONST(3) << 40 | (uint64) (v->num / 100)) | 1;
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
			/* street with the number beside it or inside it */
			if (atom->second < 0)
				return clt_block_combine(v->alt[0] ? v->alt[0] : v->hash, v->alt[1]);
			return v->alt[0] ? v->alt[0] : v->hash;
		case LINK_EITHER_ORDER:
			if (by_hash(col))
				return clt_block_mix(v->hash);
			return !v->num || (v->flags & CLT_VALUE_INITIAL) ? 0 : clt_block_mix((uint64) v->num);
		case LINK_CELL:
			return clt_location_corner(v->num, slot);
		default:
			return 0;
	}
}

/* second_key is what it makes of the value of its second field. */
static uint64
second_key(const LinkAtom *atom, const CltColumn *col, const CltValue *v)
{
	if (atom->transform == LINK_EITHER_ORDER && by_hash(col))
		return clt_block_mix(v->hash);
	if (atom->transform == LINK_EITHER_ORDER)
		return v->sound ? clt_block_mix(v->sound) : 0;
	return v->hash;
}

/* join_keys makes one key of the two. */
static inline uint64
join_keys(const LinkAtom *atom, uint64 a, uint64 b)
{
	if (a == 0 || b == 0)
		return 0;
	return atom->transform == LINK_EITHER_ORDER ? (a + b) | 1 : clt_block_combine(a, b);
}

/* clt_link_atom_key returns a key of a record under an atom, 0 for none. */
uint64
clt_link_atom_key(const LinkJob *job, const LinkAtom *atom, uint32 row, int slot)
{
	const CltColumn *col = &job->field[atom->field].col;
	uint32		code = CLT_CODE(col, row);
	uint64		key = code ? first_key(atom, col, &col->values[code], slot) : 0;

	if (key && atom->second >= 0)
	{
		const CltColumn *other = &job->field[atom->second].col;

		code = CLT_CODE(other, row);
		key = code ? join_keys(atom, key, second_key(atom, other, &other->values[code])) : 0;
	}
	return key;
}

/* clt_link_atom_slots is how many keys a record has at most under an atom. */
int
clt_link_atom_slots(const LinkJob *job, const LinkAtom *atom)
{
	return atom->transform == LINK_WORDS || atom->transform == LINK_CELL || job->field[atom->field].element ? LINK_WORD_SLOTS : 1;
}

/* clt_link_rule_slots is how many keys a record has at most in a rule. */
int
clt_link_rule_slots(const LinkJob *job, const LinkRule *rule)
{
	int			slots = 1;
	int			i;

	for (i = 0; i < rule->natoms; i++)
		slots = Max(slots, clt_link_atom_slots(job, &rule->atom[i]));
	return slots;
}

/* clt_link_rule_key returns one of the keys of a record under a rule, 0 for none. */
uint64
clt_link_rule_key(const LinkJob *job, const LinkRule *rule, uint32 row, int slot)
{
	uint64		key = clt_link_atom_key(job, &rule->atom[0], row, slot);
	int			i;

	for (i = 1; key && i < rule->natoms; i++)
		key = clt_block_combine(key, clt_link_atom_key(job, &rule->atom[i], row, slot));
	return key;
}

/* ---- a whole table ---- */

/* The keys of an atom by value. */
typedef struct AtomKeys
{
	LinkAtom	atom;
	int			slots;
	const CltColumn *column;
	const CltColumn *other;		/* of the second field; NULL: none */
	uint64	   *first;			/* [nvalues * slots]; those of value 0, which
								 * is none, are 0 */
	uint64	   *second;
} AtomKeys;

struct LinkKeyMaker
{
	LinkJob    *job;
	MemoryContext context;
	int			natoms;
	AtomKeys	atom[LINK_MAX_ATOMS];
};

/* clt_link_key_maker starts a cache of keys by value. */
LinkKeyMaker *
clt_link_key_maker(LinkJob *job)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "clientele linkage keys", ALLOCSET_DEFAULT_SIZES);
	LinkKeyMaker *maker = MemoryContextAlloc(context, sizeof(LinkKeyMaker));

	maker->job = job;
	maker->context = context;
	maker->natoms = 0;
	return maker;
}

void
clt_link_key_maker_free(LinkKeyMaker *maker)
{
	MemoryContextDelete(maker->context);
}

static AtomKeys *
atom_keys(LinkKeyMaker *maker, const LinkAtom *atom)
{
	AtomKeys   *keys;
	uint32		v;
	int			s;
	int			i;

	for (i = 0; i < maker->natoms; i++)
		if (memcmp(&maker->atom[i].atom, atom, sizeof(LinkAtom)) == 0)
			return &maker->atom[i];
	if (maker->natoms == LINK_MAX_ATOMS)
		elog(ERROR, "too many blocking keys");
	keys = &maker->atom[maker->natoms];
	keys->atom = *atom;
	keys->slots = clt_link_atom_slots(maker->job, atom);
	keys->column = &maker->job->field[atom->field].col;
	keys->first = clt_link_large(maker->context, sizeof(uint64) * keys->column->nvalues * keys->slots);
	for (s = 0; s < keys->slots; s++)
		keys->first[s] = 0;
	for (v = 1; v < keys->column->nvalues; v++)
	{
		if ((v & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		for (s = 0; s < keys->slots; s++)
			keys->first[(Size) v * keys->slots + s] = first_key(atom, keys->column, &keys->column->values[v], s);
	}
	keys->other = NULL;
	if (atom->second >= 0)
	{
		keys->other = &maker->job->field[atom->second].col;
		keys->second = clt_link_large(maker->context, sizeof(uint64) * keys->other->nvalues);
		keys->second[0] = 0;
		for (v = 1; v < keys->other->nvalues; v++)
			keys->second[v] = second_key(atom, keys->other, &keys->other->values[v]);
	}
	maker->natoms++;
	return keys;
}

/* codes_of lists which values of a column records have: those in rows, or without it those from a row on. */
static void
codes_of(const CltColumn *col, const uint32 *rows, uint32 row, uint32 count, uint32 *codes)
{
	const uint32 *code = col->code;
	Size		stride = col->stride;
	uint32		i;

	for (i = 0; rows && i < count; i++)
		codes[i] = code[rows[i] * stride];
	for (code += row * stride; i < count; i++, code += stride)
		codes[i] = *code;
}

/* make_atom writes the keys of one atom, or joins them to those of the atoms before it. */
static void
make_atom(const AtomKeys *keys, const uint32 *codes, const uint32 *others, uint32 count, int slots, bool join, uint64 *out)
{
	uint32		i;
	int			s;

	for (i = 0; i < count; i++, out += slots)
	{
		const uint64 *from = keys->first + (Size) codes[i] * keys->slots;

		for (s = 0; s < slots; s++)
		{
			uint64		key = from[keys->slots == 1 ? 0 : s];

			if (keys->other)
				key = join_keys(&keys->atom, key, keys->second[others[i]]);
			out[s] = join ? clt_block_combine(out[s], key) : key;
		}
	}
}

/*
 * clt_link_make_keys writes the keys of count records, at most a batch of them: those
 * in rows, or without it those from a row on.  So many a record as the rule has
 * slots, 0 for none, the same key never twice.
 */
void
clt_link_make_keys(LinkKeyMaker *maker, const LinkRule *rule, const uint32 *rows, uint32 row, uint32 count, uint64 *out)
{
	int			slots = clt_link_rule_slots(maker->job, rule);
	uint32		codes[LINK_KEY_BATCH];
	uint32		others[LINK_KEY_BATCH];
	uint32		i;
	int			a;
	int			s;
	int			t;

	for (a = 0; a < rule->natoms; a++)
	{
		const AtomKeys *keys = atom_keys(maker, &rule->atom[a]);

		codes_of(keys->column, rows, row, count, codes);
		if (keys->other)
			codes_of(keys->other, rows, row, count, others);
		/* loops of their own for what most rules are */
		if (slots > 1)
			make_atom(keys, codes, others, count, slots, a > 0, out);
		else if (keys->other)
			make_atom(keys, codes, others, count, 1, a > 0, out);
		else
			for (i = 0; i < count; i++)
				out[i] = a > 0 ? clt_block_combine(out[i], keys->first[codes[i]]) : keys->first[codes[i]];
	}
	if (slots == 1)
		return;
	/* the same word twice */
	for (i = 0; i < count; i++)
		for (s = 1; s < slots; s++)
			for (t = 0; t < s; t++)
				if (out[(Size) i * slots + s] == out[(Size) i * slots + t])
					out[(Size) i * slots + s] = 0;
}
