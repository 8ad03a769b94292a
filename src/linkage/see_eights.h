/*
 * see_eights.h
 *		What the sketches of eight pairs of records tell of all comparisons.
 *
 * Compilers turn lanes into the instructions of one processor function by function, so this
 * is the text of a function, included once for each kind of processor: with LANES_TARGET,
 * which says what kind it is, LANES, how many numbers its registers have, and SEE_EIGHTS,
 * what the function is called.
 */
#include "linkage/apart.h"
#include "linkage/compare_parts.h"

/* Eight pairs take one step, or several. */
#define CODES(eight) (((const Lanes *) (eight)->code)[step])
#define WORDS(eight) ((const Lanes *) (eight)->w + step)
#define SEEN(what) (((Lanes *) (what))[step])

static ALWAYS_INLINE Lanes
both_there(const CltEight *a, const CltEight *b, int step)
{
	return IF(CODES(a) != 0) & IF(CODES(b) != 0);
}

static ALWAYS_INLINE bool
has_sketch(const CltColumn *column, CltKind kind)
{
	return column->sketch && column->kind == kind;
}

/* maybe_swapped: what clt_level_of_records() needs to find given name and surname in each other's place. */
static ALWAYS_INLINE Lanes
maybe_swapped(const CltColumn *given, const CltColumn *surname, const CltEight *left, const CltEight *right, int step)
{
	const CltEight *gl = &left[given->number];
	const CltEight *gr = &right[given->number];
	const CltEight *sl = &left[surname->number];
	const CltEight *sr = &right[surname->number];
	Lanes		there = both_there(gl, gr, step) & both_there(sl, sr, step);

	if (!has_sketch(given, CLT_KIND_GIVEN) || !has_sketch(surname, CLT_KIND_SURNAME))
		return there;
	return there & (IF(WORD(WORDS(gl), CLT_SK_HASH) == WORD(WORDS(sr), CLT_SK_HASH)) | IF(WORD(WORDS(gl), CLT_SK_NUM) == WORD(WORDS(sr), CLT_SK_SOUND)) |
					IF(WORD(WORDS(gr), CLT_SK_HASH) == WORD(WORDS(sl), CLT_SK_HASH)) | IF(WORD(WORDS(gr), CLT_SK_NUM) == WORD(WORDS(sl), CLT_SK_SOUND)));
}

/* maybe_in_email: the same for a surname in the other's e-mail. */
static ALWAYS_INLINE Lanes
maybe_in_email(const CltColumn *email, const CltColumn *surname, const CltEight *one, const CltEight *other, int step)
{
	const CltEight *mail = &one[email->number];
	const		Lanes *all = WORDS(mail);
	const		Lanes *some = WORDS(&other[surname->number]);

	if (!has_sketch(email, CLT_KIND_EMAIL) || !has_sketch(surname, CLT_KIND_SURNAME))
		return IF(CODES(mail) != 0);
	return IF(CODES(mail) != 0) & IF(((WORD(some, CLT_SK_NAMES) & ~WORD(all, CLT_SK_NAMES)) |
									  (WORD(some, CLT_SK_NAMES + 1) & ~WORD(all, CLT_SK_NAMES + 1))) == 0);
}

/* more_to_see: of values that are different for sure, where other columns may say more. */
static ALWAYS_INLINE Lanes
more_to_see(const CltComparison *cmp, const CltEight *left, const CltEight *right, int step)
{
	Lanes		more = SPREAD(0);

	if (cmp->kind == CLT_KIND_EMAIL)
		return IF(((WORD(WORDS(&left[cmp->column->number]), CLT_SK_LENGTH) | WORD(WORDS(&right[cmp->column->number]), CLT_SK_LENGTH)) &
				   ((uint32_t) CLT_VALUE_WEAK << CLT_SK_FLAGS)) != 0);
	if (cmp->kind == CLT_KIND_GIVEN && cmp->partner)
		more = maybe_swapped(cmp->column, cmp->partner, left, right, step);
	if (cmp->kind == CLT_KIND_SURNAME && cmp->partner)
		more = maybe_swapped(cmp->partner, cmp->column, left, right, step);
	if (cmp->kind == CLT_KIND_SURNAME && cmp->email)
		more |= maybe_in_email(cmp->email, cmp->column, left, right, step) | maybe_in_email(cmp->email, cmp->column, right, left, step);
	return more;
}

/* see_values makes one comparison as far as sketches tell. */
static ALWAYS_INLINE void
see_values(const CltComparison *cmp, int i, const CltEight *left, const CltEight *right, CltSeen *seen, int step)
{
	const CltEight *a = &left[cmp->column->number];
	const CltEight *b = &right[cmp->column->number];
	uint32_t	last = (uint32_t) clt_kind_info[cmp->kind].nlevels;
	Lanes		there = both_there(a, b, step);
	Lanes		same = there & IF(CODES(a) == CODES(b));
	Lanes		other = there & ~same;
	Lanes		apart = other & apart_by_kind(cmp->kind, false, WORDS(a), WORDS(b));
	Lanes		done = apart & ~more_to_see(cmp, left, right, step);
	Lanes		look = other & ~done;

	if (cmp->company || cmp->kind == CLT_KIND_COMPANY)
		look |= ~there;			/* a missing value may matter */
	if (clt_tells_more(cmp))
		look |= same;
	else
	{
		Lanes		special = same & IF((WORD(WORDS(a), CLT_SK_LENGTH) & ((uint32_t) (CLT_VALUE_WRONG | CLT_VALUE_INITIAL) << CLT_SK_FLAGS)) != 0);

		look |= special;
		SEEN(seen->gamma[i >> 3]) |= same & ~special & (1u << (4 * (i & 7)));
	}
	SEEN(seen->gamma[i >> 3]) |= done & (last << (4 * (i & 7)));
	SEEN(seen->look) |= look & (1u << i);
	SEEN(seen->apart) |= apart & (1u << i);
}

/* other_form is clt_sketch_other_form. */
static ALWAYS_INLINE Lanes
other_form(const Lanes * a, const Lanes * b)
{
	return no_common_bit(a, b, CLT_SK_FORMS) &
		IF((WORD(a, CLT_SK_FORMS) | WORD(a, CLT_SK_FORMS + 1) | WORD(b, CLT_SK_FORMS) | WORD(b, CLT_SK_FORMS + 1)) != 0);
}

/* see_parts finds the levels of the parts of addresses: 0 missing, 1 equal, 2 close, 3 different. */
static ALWAYS_INLINE void
see_parts(const CltComparison *cmp, int i, const CltEight *left, const CltEight *right, CltSeen *seen, int step)
{
	Lanes		part = SPREAD(0);
	Lanes		unsure = SPREAD(0);
	int			p;

	for (p = 0; p < CLT_ADDRESS_PARTS; p++)
	{
		const CltColumn *column = cmp->part[p];
		const CltEight *a;
		const CltEight *b;
		Lanes		there;
		Lanes		other;

		if (!column)
			continue;
		a = &left[column->number];
		b = &right[column->number];
		there = both_there(a, b, step);
		other = there & IF(CODES(a) != CODES(b));
		part |= (there & (1u << (2 * p))) | (other & (2u << (2 * p)));
		if (!column->sketch)
		{
			unsure |= other & ((1u << p) | (p == CLT_PART_STREET ? CLT_ONE_LINE : 0));
			continue;
		}
		unsure |= other & ~apart_by_kind(column->kind, true, WORDS(a), WORDS(b)) & (1u << p);
		if (p == CLT_PART_STREET)
			unsure |= other & ~other_form(WORDS(a), WORDS(b)) & CLT_ONE_LINE;
	}
	SEEN(seen->part[i]) = part;
	SEEN(seen->unsure[i]) = unsure;
	SEEN(seen->look) |= IF(part != 0) & (1u << i);
}

/* SEE_EIGHTS makes all comparisons as far as sketches tell. */
LANES_TARGET void
SEE_EIGHTS(const CltComparer *comparer, const CltEight *left, const CltEight *right, CltSeen *seen)
{
	int			step;
	int			i;

	for (step = 0; step < STEP; step++)
	{
		SEEN(seen->gamma[0]) = SEEN(seen->gamma[1]) = SEEN(seen->look) = SEEN(seen->apart) = SPREAD(0);
		for (i = 0; i < comparer->n; i++)
			switch (comparer->manner[i])
			{
				case CLT_BY_SKETCH:
					see_values(&comparer->comparison[i], i, left, right, seen, step);
					break;
				case CLT_BY_PARTS:
					see_parts(&comparer->comparison[i], i, left, right, seen, step);
					break;
				case CLT_BY_ITSELF:
					SEEN(seen->look) |= SPREAD(1u << i);
					break;
			}
	}
}
