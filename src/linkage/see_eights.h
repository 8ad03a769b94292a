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

/* The weight of a pair that nobody asks for. */
#define NOT_ASKED (-1e30f)

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
more_to_see(const CltComparison *cmp, const CltEight *left, const CltEight *right, Lanes * swapped, int step)
{
	Lanes		more = SPREAD(0);

	if (cmp->kind == CLT_KIND_EMAIL)
		return IF(((WORD(WORDS(&left[cmp->column->number]), CLT_SK_LENGTH) | WORD(WORDS(&right[cmp->column->number]), CLT_SK_LENGTH)) &
				   ((uint32_t) CLT_VALUE_WEAK << CLT_SK_FLAGS)) != 0);
	if (cmp->kind == CLT_KIND_GIVEN && cmp->partner)
		more = *swapped = maybe_swapped(cmp->column, cmp->partner, left, right, step);
	if (cmp->kind == CLT_KIND_SURNAME && cmp->partner)
		more = maybe_swapped(cmp->partner, cmp->column, left, right, step);
	if (cmp->kind == CLT_KIND_SURNAME && cmp->email)
		more |= maybe_in_email(cmp->email, cmp->column, left, right, step) | maybe_in_email(cmp->email, cmp->column, right, left, step);
	return more;
}

/* may_add notes what a comparison adds to the weight of each pair at most. */
static ALWAYS_INLINE void
may_add(int i, Floats most, CltSeen *seen, int step)
{
	((Floats *) seen->added[i])[step] = most;
	((Floats *) seen->most)[step] += most;
}

static ALWAYS_INLINE Floats
greater(Floats a, Floats b)
{
	return (Floats) choose(IF(a < b), (Lanes) b, (Lanes) a);
}

static ALWAYS_INLINE Floats
at_most_nothing(Floats x)
{
	return (Floats) ((Lanes) x & IF(x < 0));
}

/* values_may_add notes what values add, given where they are the same, where different for sure and where names may be swapped. */
static ALWAYS_INLINE void
values_may_add(const CltBounds *bounds, int i, const Lanes * a, const Lanes * b,
			   Lanes same, Lanes done, Lanes swapped, CltSeen *seen, Lanes missing, int step)
{
	Floats		one = (Floats) BITS(bounds->same[i]);
	Floats		other = (Floats) BITS(bounds->other[i]);

	if (bounds->bits[i] >= 0)
	{
		Floats		x = at_most_nothing((Floats) WORD(a, bounds->bits[i]));
		Floats		y = at_most_nothing((Floats) WORD(b, bounds->bits[i]));
		Floats		near = (Floats) BITS(bounds->near[i]) - CLT_NEAR_NAME * (Floats) choose(IF(x < y), (Lanes) x, (Lanes) y);

		one = greater((Floats) BITS(bounds->level[i][1]) - x, (Floats) BITS(bounds->flawed[i]));
		other = (Floats) choose(swapped, (Lanes) other, (Lanes) greater(near, (Floats) BITS(bounds->unlike[i])));
	}
	one = (Floats) choose(same, (Lanes) one, choose(done, BITS(bounds->apart[i]), (Lanes) other));
	may_add(i, (Floats) choose(missing, (Lanes) SPREAD(0), (Lanes) one), seen, step);
}

/* level_apart is clt_level_apart. */
static ALWAYS_INLINE Lanes
level_apart(CltKind kind, const Lanes * a, const Lanes * b)
{
	Lanes		last = SPREAD(clt_kind_info[kind].different);
	Lanes		x = WORD(a, CLT_SK_NUM) >> 16;
	Lanes		y = WORD(b, CLT_SK_NUM) >> 16;
	Lanes		flags = WORD(a, CLT_SK_LENGTH) & WORD(b, CLT_SK_LENGTH);

	if (kind == CLT_KIND_GIVEN)
		return last + (IF((flags & ((uint32_t) CLT_VALUE_COMMON << CLT_SK_FLAGS)) != 0) & 1);
	if (kind == CLT_KIND_DATE)
		return last + ((shorter_than(x + (CLT_GENERATION - 1), y) | shorter_than(y + (CLT_GENERATION - 1), x)) &
					   IF(((WORD(a, CLT_SK_LENGTH) | WORD(b, CLT_SK_LENGTH)) & ((uint32_t) CLT_VALUE_WEAK << CLT_SK_FLAGS)) == 0) & 1);
	return last;
}

/* see_values makes one comparison as far as sketches tell. */
static ALWAYS_INLINE void
see_values(const CltComparer *comparer, int i, const CltEight *left, const CltEight *right, CltSeen *seen, int step)
{
	const CltComparison *cmp = &comparer->comparison[i];
	const CltBounds *bounds = comparer->bounds;
	const CltEight *a = &left[cmp->column->number];
	const CltEight *b = &right[cmp->column->number];
	Lanes		last = level_apart(cmp->kind, WORDS(a), WORDS(b));
	Lanes		there = both_there(a, b, step);
	Lanes		same = there & IF(CODES(a) == CODES(b));
	Lanes		other = there & ~same;
	Lanes		apart = SPREAD(0);
	Lanes		swapped = SPREAD(0);
	Lanes		done = SPREAD(0);
	Lanes		look;

	/*
	 * who has no value has none in all lanes, and in a block of one value
	 * nobody has another
	 */
	if (any(other))
	{
		apart = other & apart_by_kind(cmp->kind, false, WORDS(a), WORDS(b));
		done = apart & ~more_to_see(cmp, left, right, &swapped, step);
	}
	look = other & ~done;
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
	if (bounds)
		values_may_add(bounds, i, WORDS(a), WORDS(b), same, done, swapped, seen, ~(there | look), step);
}

/* other_form is clt_sketch_other_form. */
static ALWAYS_INLINE Lanes
other_form(const Lanes * a, const Lanes * b)
{
	return IF(WORD(a, CLT_SK_FORMS) != WORD(b, CLT_SK_FORMS));
}

/* common_place is what the frequency of a part of addresses takes from the unrelated likelihood where it is the same. */
static ALWAYS_INLINE Floats
common_place(const CltColumn *column, const CltEight *left, const CltEight *right, int step)
{
	const CltEight *a = &left[column->number];
	int			bits = column->sketch ? clt_sketch_bits(column->kind) : CLT_SK_NO_BITS;
	Floats		least = bits == CLT_SK_NO_BITS ? (Floats) BITS(column->least_u) : at_most_nothing((Floats) WORD(WORDS(a), bits));

	return (Floats) ((Lanes) least & both_there(a, &right[column->number], step) & IF(CODES(a) == CODES(&right[column->number])));
}

/* address_may_add notes what the parts of addresses add, given those of which sketches did not tell enough. */
static ALWAYS_INLINE void
address_may_add(const CltBounds *bounds, const CltComparison *cmp, int i, const CltEight *left, const CltEight *right,
				Lanes part, Lanes unsure, CltSeen *seen, int step)
{
	Floats		most = (Floats) (IF(part != 0) & BITS(bounds->any[i]));
	Lanes		at = part;
	int			p;
	int			k;

	if (i == bounds->address)
	{
		unsure |= unsure >> CLT_ADDRESS_PARTS << CLT_PART_STREET;
		for (p = 0; p < CLT_ADDRESS_PARTS; p++)
			at -= (unsure >> p & 1) << (2 * p);
		for (k = 0; k < LANES; k++)
			most[k] = bounds->place[at[k]];
		if (cmp->part[CLT_PART_POSTCODE])
			most -= common_place(cmp->part[CLT_PART_POSTCODE], left, right, step);
		if (cmp->part[CLT_PART_CITY])
			most -= common_place(cmp->part[CLT_PART_CITY], left, right, step);
	}
	may_add(i, most, seen, step);
}

/* see_parts finds the levels of the parts of addresses: 0 missing, 1 equal, 2 close, 3 different. */
static ALWAYS_INLINE void
see_parts(const CltComparer *comparer, int i, const CltEight *left, const CltEight *right, CltSeen *seen, int step)
{
	const CltComparison *cmp = &comparer->comparison[i];
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
		if (!any(other))
			continue;
		unsure |= other & ~apart_by_kind(column->kind, true, WORDS(a), WORDS(b)) & (1u << p);
		if (p == CLT_PART_STREET)
			unsure |= other & ~other_form(WORDS(a), WORDS(b)) & CLT_ONE_LINE;
	}
	SEEN(seen->part[i]) = part;
	SEEN(seen->unsure[i]) = unsure;
	SEEN(seen->look) |= IF(part != 0) & (1u << i);
	if (comparer->bounds)
		address_may_add(comparer->bounds, cmp, i, left, right, part, unsure, seen, step);
}

/* none_left: is there no lane any more whose pair may be kept, given what is not yet looked at? */
static ALWAYS_INLINE bool
none_left(float rest, CltSeen *seen, int step)
{
	Lanes		hopeless = IF(((Floats *) seen->most)[step] + rest < 0);

	SEEN(seen->hopeless) = hopeless;
	return !any(~hopeless);
}

/* SEE_EIGHTS makes all comparisons of the pairs in some lanes, as far as sketches tell and as long as one of them may be kept. */
LANES_TARGET void
SEE_EIGHTS(const CltComparer *comparer, const CltEight *left, const CltEight *right, uint32_t lanes, CltSeen *seen)
{
	const CltBounds *bounds = comparer->bounds;
	int			step;
	int			n;
	int			k;

	for (step = 0; step < STEP; step++)
	{
		SEEN(seen->gamma[0]) = SEEN(seen->gamma[1]) = SEEN(seen->look) = SEEN(seen->apart) = SEEN(seen->hopeless) = SPREAD(0);
		for (k = 0; bounds && k < LANES; k++)
			seen->most[step * LANES + k] = lanes >> (step * LANES + k) & 1 ? bounds->start : NOT_ASKED;
		for (n = 0; n < comparer->n; n++)
		{
			int			i = comparer->order[n];

			if (bounds && none_left(bounds->rest[n], seen, step))
				break;
			switch (comparer->manner[i])
			{
				case CLT_BY_SKETCH:
					see_values(comparer, i, left, right, seen, step);
					break;
				case CLT_BY_PARTS:
					see_parts(comparer, i, left, right, seen, step);
					break;
				case CLT_BY_ITSELF:
					SEEN(seen->look) |= SPREAD(1u << i);
					if (bounds)
						may_add(i, (Floats) BITS(bounds->any[i]), seen, step);
					break;
			}
		}
		if (bounds && n == comparer->n)
			(void) none_left(0, seen, step);
	}
}
