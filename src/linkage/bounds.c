/*
 * bounds.c
 *		What comparisons add to the weight of a pair at most.
 *
 * A pair weighs log2 of m over u and household together, so never more than m over u
 * alone: the prior, what each level gives, and bits of frequencies, of which only the
 * least of each column are taken.  A pair whose sketches already tell that this does not
 * come to the least weight that is kept need not be compared to the end.
 *
 * Pure kernel.
 */
#include "linkage/eights.h"

#include <string.h>

#include "linkage/compare_parts.h"

/* Weights are summed in single precision and frequency bits rounded (CLT_FS_TF_UNIT): both by far less. */
#define BOUND_SLACK 0.125f
/* What names of nearly one writing add where there are no names. */
#define NO_NAME (-1e30f)

static float
least_of(const CltColumn *column)
{
	return column ? column->least_u : 0;
}

static float
lesser(float a, float b)
{
	return a < b ? a : b;
}

/* is_name: do frequencies also count where names are nearly the same? */
static bool
is_name(const CltComparison *cmp)
{
	return cmp->kind == CLT_KIND_GIVEN || cmp->kind == CLT_KIND_SURNAME || cmp->kind == CLT_KIND_FULL_NAME;
}

/*
 * least_bits is the least that a level adds to the unrelated likelihood (clt_note_level):
 * shares of one country are never below one's own, and names in an e-mail are taken
 * out, which makes it likelier.
 */
static float
least_bits(const CltComparison *cmp, int level)
{
	const CltColumn *column = cmp->column && cmp->column->element ? cmp->column->element : cmp->column;

	if (cmp->kind == CLT_KIND_ADDRESS)
		return level >= 5 && level <= 7 ? lesser(least_of(cmp->part[CLT_PART_POSTCODE]), least_of(cmp->part[CLT_PART_CITY])) : 0;
	if (!cmp->tf)
		return 0;
	if (level == 1)
		return least_of(column);
	if (is_name(cmp) && clt_near_name(cmp->kind, level))
		return CLT_NEAR_NAME * least_of(column);
	return cmp->kind == CLT_KIND_GIVEN && level == 6 ? least_of(column) + least_of(cmp->partner) : 0;
}

/* by_parts works out the most that an address adds, for what is known of its parts. */
static void
by_parts(CltBounds *bounds, const CltComparer *comparer, int i)
{
	int			at;
	int			p;

	/*
	 * a part that is not known (2) is close or different, a street even the
	 * same: these stand before and after
	 */
	for (at = 0; at < CLT_ADDRESS_CASES; at++)
		bounds->place[at] = bounds->level[i][comparer->level[i][at]];
	for (p = 0; p < CLT_ADDRESS_PARTS; p++)
		for (at = 0; at < CLT_ADDRESS_CASES; at++)
		{
			int			different = at | 3 << (2 * p);
			int			same = different & ~(2 << (2 * p));

			if ((at >> (2 * p) & 3) != 2)
				continue;
			if (bounds->place[different] > bounds->place[at])
				bounds->place[at] = bounds->place[different];
			if (p == CLT_PART_STREET && bounds->place[same] > bounds->place[at])
				bounds->place[at] = bounds->place[same];
		}
	bounds->address = i;
}

/* lift makes a bound at least as high as a number. */
static void
lift(float *bound, float x)
{
	if (*bound < x)
		*bound = x;
}

/* take_comparison works out what one comparison adds. */
static void
take_comparison(CltBounds *bounds, const CltComparer *comparer, const CltFsTable *table, int i)
{
	const CltComparison *cmp = &comparer->comparison[i];
	int			g;

	bounds->near[i] = is_name(cmp) ? 0 : NO_NAME;
	for (g = 0; g < 16; g++)
	{
		float		plain = table->lm[i][g] - table->lu[i][g];
		float		most = plain - least_bits(cmp, g);
		bool		flawed = g == 2 || (g == 5 && cmp->kind <= CLT_KIND_MIDDLE);	/* a wrong number, an
																					 * initial */

		bounds->level[i][g] = plain;
		lift(g == 1 ? &bounds->same[i] : &bounds->other[i], most);
		if (flawed)
			lift(&bounds->flawed[i], plain);
		if (is_name(cmp) && clt_near_name(cmp->kind, g))
			lift(&bounds->near[i], plain);
		else if (g != 1 && !(cmp->kind == CLT_KIND_GIVEN && g == 6))
			lift(&bounds->unlike[i], plain);
	}
	bounds->apart[i] = bounds->level[i][clt_kind_info[cmp->kind].different];
	for (g = clt_kind_info[cmp->kind].different; g <= clt_kind_info[cmp->kind].nlevels; g++)
		lift(&bounds->apart[i], bounds->level[i][g]);
	lift(&bounds->same[i], bounds->flawed[i]);
	bounds->any[i] = bounds->same[i];
	lift(&bounds->any[i], bounds->other[i]);
	bounds->bits[i] = cmp->tf && comparer->manner[i] == CLT_BY_SKETCH ? clt_sketch_bits(cmp->kind) : CLT_SK_NO_BITS;
	if (cmp->kind == CLT_KIND_ADDRESS && comparer->manner[i] == CLT_BY_PARTS && clt_address_by_cases(cmp) && bounds->address < 0)
		by_parts(bounds, comparer, i);
}

/* clt_bounds_make works out for comparisons that were made ready what they add at most; least: the least weight that is kept. */
void
clt_bounds_make(CltBounds *bounds, const CltComparer *comparer, const CltFsTable *table, double least)
{
	int			i;

	memset(bounds, 0, sizeof(*bounds));
	bounds->address = -1;
	bounds->start = (float) (table->lm0 - table->lu0 - least) + BOUND_SLACK;
	for (i = 0; i < comparer->n; i++)
		take_comparison(bounds, comparer, table, i);
}

/* clt_comparer_bound has pairs left as soon as bounds tell, and looks first at what adds most. */
void
clt_comparer_bound(CltComparer *comparer, CltBounds *bounds)
{
	int			i;
	int			n;

	comparer->bounds = bounds;
	for (i = 1; i < comparer->n; i++)
	{
		int			moved = comparer->order[i];

		for (n = i; n > 0 && bounds->any[comparer->order[n - 1]] < bounds->any[moved]; n--)
			comparer->order[n] = comparer->order[n - 1];
		comparer->order[n] = moved;
	}
	bounds->rest[comparer->n] = 0;
	for (n = comparer->n - 1; n >= 0; n--)
		bounds->rest[n] = bounds->rest[n + 1] + (bounds->any[comparer->order[n]] > 0 ? bounds->any[comparer->order[n]] : 0);
}
