/*
 * compare_eights.c
 *		Comparing eight pairs of records at once.
 *
 * For most pairs of values a glance at two sketches is all there is to it; what is
 * left of eight pairs is then done pair by pair, comparison after comparison, so that
 * frequencies are added up in one order whoever compares.
 */
#include "linkage/eights.h"

#include <string.h>

#include "linkage/compare_parts.h"
#include "linkage/levels.h"

/* ---- getting ready ---- */

static void
look_at(CltComparer *comparer, const CltColumn *column)
{
	int			i;

	for (i = 0; i < comparer->ncolumns; i++)
		if (comparer->column[i] == column)
			return;
	comparer->fours[comparer->ncolumns] = column->sketch ? clt_sketch_fours(column->kind) : 0;
	comparer->apart_only[comparer->ncolumns] = column->kind > CLT_KIND_SURNAME && column->kind != CLT_KIND_EMAIL && column->kind != CLT_KIND_IDENTIFIER;
	comparer->column[comparer->ncolumns++] = column;
	if ((int) column->number >= comparer->width)
		comparer->width = (int) column->number + 1;
}

/* clt_address_by_cases: does the level of an address follow from those of its parts? */
bool
clt_address_by_cases(const CltComparison *cmp)
{
	return cmp->part[CLT_PART_NUMBER] || !cmp->part[CLT_PART_STREET];
}

/* list_cases works out the level of an address for all levels of its parts. */
static void
list_cases(const CltComparison *cmp, uint8_t *level)
{
	int			i;
	int			p;

	for (i = 0; i < CLT_ADDRESS_CASES; i++)
	{
		uint8_t		part[CLT_ADDRESS_PARTS];

		for (p = 0; p < CLT_ADDRESS_PARTS; p++)
			part[p] = (uint8_t) (i >> (2 * p) & 3);
		level[i] = (uint8_t) clt_weigh_parts(cmp, part, part[CLT_PART_STREET], part[CLT_PART_NUMBER], true);
	}
}

static void
get_ready(CltComparer *comparer, int i)
{
	const CltComparison *cmp = &comparer->comparison[i];
	int			p;

	if (cmp->levels)
		comparer->manner[i] = CLT_BY_ITSELF;
	else if (cmp->kind == CLT_KIND_ADDRESS)
	{
		comparer->manner[i] = CLT_BY_PARTS;
		comparer->by_value |= 1u << i;
		for (p = 0; p < CLT_ADDRESS_PARTS; p++)
			if (cmp->part[p])
				look_at(comparer, cmp->part[p]);
		if (clt_address_by_cases(cmp))
			list_cases(cmp, comparer->level[i]);
	}
	else if (!cmp->column->sketch || cmp->column->kind != cmp->kind)
		comparer->manner[i] = CLT_BY_ITSELF;
	else
	{
		comparer->manner[i] = CLT_BY_SKETCH;
		comparer->by_value |= 1u << i;
		look_at(comparer, cmp->column);
		if (cmp->partner)
			look_at(comparer, cmp->partner);
		if (cmp->email)
			look_at(comparer, cmp->email);
	}
}

/* clt_comparer_init makes comparisons ready; their sketches, if there are to be any, are drawn. */
void
clt_comparer_init(CltComparer *comparer, const CltComparison *comparison, CltMemo *const *memo, int n)
{
	int			i;

	comparer->comparison = comparison;
	comparer->memo = memo;
	comparer->n = n;
	comparer->ncolumns = 0;
	comparer->width = 1;
	comparer->by_value = 0;
	comparer->bounds = NULL;
	for (i = 0; i < n; i++)
	{
		comparer->order[i] = i;
		get_ready(comparer, i);
	}
}

/* clt_eights_ask asks for what clt_eights_take() will want of a record. */
void
clt_eights_ask(const CltComparer *comparer, uint32_t row)
{
	int			c;

	for (c = 0; c < comparer->ncolumns; c++)
		if (comparer->column[c]->sketch)
			__builtin_prefetch(&comparer->column[c]->sketch[CLT_CODE(comparer->column[c], row)]);
}

/* passed_over: are sketches of a column not looked at, given the codes of two records? */
static inline bool
passed_over(const CltComparer *comparer, int c, uint32_t a, uint32_t b)
{
	return comparer->fours[c] == 0 || (comparer->apart_only[c] && ((a == b && !comparer->bounds) || !a || !b));
}

/* clt_eights_ask_two asks for what clt_eights_take_two() will want. */
void
clt_eights_ask_two(const CltComparer *comparer, uint32_t l, uint32_t r)
{
	int			c;

	for (c = 0; c < comparer->ncolumns; c++)
	{
		const CltColumn *column = comparer->column[c];
		uint32_t	a = CLT_CODE(column, l);
		uint32_t	b = CLT_CODE(column, r);

		if (passed_over(comparer, c, a, b))
			continue;
		__builtin_prefetch(&column->sketch[a]);
		__builtin_prefetch(&column->sketch[b]);
	}
}

/* take_words puts the words of a sketch into a lane. */
static inline void
take_words(const CltComparer *comparer, int c, CltEight *eight, int lane, uint32_t code)
{
	const uint32_t *restrict from = comparer->column[c]->sketch[code].w;
	uint32_t   *restrict to = &eight->w[0][lane];
	int			k;

	for (k = 0; k < comparer->fours[c]; k++, from += 4, to += 4 * CLT_EIGHT)
	{
		to[0] = from[0];
		to[CLT_EIGHT] = from[1];
		to[2 * CLT_EIGHT] = from[2];
		to[3 * CLT_EIGHT] = from[3];
	}
}

/* clt_eights_take puts a record beside up to seven others. */
void
clt_eights_take(const CltComparer *comparer, CltEight *eights, int lane, uint32_t row)
{
	int			c;

	for (c = 0; c < comparer->ncolumns; c++)
	{
		const CltColumn *column = comparer->column[c];
		uint32_t	code = CLT_CODE(column, row);
		CltEight   *eight = &eights[column->number];

		eight->code[lane] = code;
		if (comparer->fours[c])
			take_words(comparer, c, eight, lane, code);
	}
}

/* clt_eights_take_two puts two records beside up to seven other pairs; only what these two want. */
void
clt_eights_take_two(const CltComparer *comparer, CltEight *left, CltEight *right, int lane, uint32_t l, uint32_t r)
{
	int			c;

	for (c = 0; c < comparer->ncolumns; c++)
	{
		const CltColumn *column = comparer->column[c];
		uint32_t	a = CLT_CODE(column, l);
		uint32_t	b = CLT_CODE(column, r);

		left[column->number].code[lane] = a;
		right[column->number].code[lane] = b;
		if (passed_over(comparer, c, a, b))
			continue;
		take_words(comparer, c, &left[column->number], lane, a);
		take_words(comparer, c, &right[column->number], lane, b);
	}
}

/* clt_eights_spread puts eight times the same record side by side. */
void
clt_eights_spread(const CltComparer *comparer, CltEight *eights, uint32_t row)
{
	typedef uint32_t Four __attribute__((vector_size(16), may_alias));
	int			c;
	int			k;
	int			i;

	for (c = 0; c < comparer->ncolumns; c++)
	{
		const CltColumn *column = comparer->column[c];
		uint32_t	code = CLT_CODE(column, row);
		CltEight   *eight = &eights[column->number];
		const uint32_t *restrict from = comparer->fours[c] ? column->sketch[code].w : NULL;
		Four	   *restrict to = (Four *) eight->w;

		((Four *) eight->code)[0] = ((Four *) eight->code)[1] = (Four)
		{
			0
		} +code;
		for (k = 0; k < comparer->fours[c]; k++, from += 4, to += 8)
			for (i = 0; i < 4; i++)
				to[2 * i] = to[2 * i + 1] = (Four)
			{
				0
			} +from[i];
	}
}

/* ---- what is left ---- */

/* look_at_address finds the level of an address whose parts are known, all but some. */
static int
look_at_address(const CltComparer *comparer, int i, const CltCompared *pair, uint32_t parts, uint32_t unsure)
{
	const CltComparison *cmp = &comparer->comparison[i];
	uint8_t		part[CLT_ADDRESS_PARTS];
	int			p;

	if (!unsure && clt_address_by_cases(cmp))
		return comparer->level[i][parts];
	for (p = 0; p < CLT_ADDRESS_PARTS; p++)
	{
		part[p] = (uint8_t) (parts >> (2 * p) & 3);
		if (unsure >> p & 1)
			part[p] = (uint8_t) clt_part_level(cmp->part[p], comparer->memo ? comparer->memo[i] : NULL, pair->l, pair->r);
	}
	return clt_level_of_parts(cmp, pair->l, pair->r, part);
}

/* look_at_values makes a comparison of which sketches did not tell everything. */
static void
look_at_values(const CltComparer *comparer, int i, CltCompared *pair, bool apart)
{
	const CltComparison *cmp = &comparer->comparison[i];
	CltMemo    *memo = comparer->memo ? comparer->memo[i] : NULL;
	uint32_t	a = CLT_CODE(cmp->column, pair->l);
	uint32_t	b = CLT_CODE(cmp->column, pair->r);
	int			level;

	if (!a || !b || a == b)
	{
		clt_compare_one(cmp, memo, i, pair);
		return;
	}
	level = apart ? clt_level_apart(cmp->kind, &cmp->column->values[a], &cmp->column->values[b]) :
		clt_compare_remembered(memo, cmp->kind, cmp->column, a, b);
	clt_note_level(cmp, i, pair, clt_level_of_records(cmp, level, pair->l, pair->r), 0);
}

/* ask_for_rest asks for what is remembered of one pair's values that are left. */
static inline void
ask_for_rest(const CltComparer *comparer, const CltSeen *seen, int lane, const CltEight *left, const CltEight *right)
{
	uint32_t	look = seen->look[lane] & ~seen->apart[lane] & comparer->by_value;

	for (; look; look &= look - 1)
	{
		int			i = __builtin_ctz(look);
		uint32_t	parts;

		if (comparer->manner[i] == CLT_BY_SKETCH)
		{
			const CltColumn *column = comparer->comparison[i].column;
			uint32_t	a = left[column->number].code[lane];
			uint32_t	b = right[column->number].code[lane];

			if (a != b)
				clt_compare_ask(comparer->memo[i], column, a, b);
			continue;
		}
		for (parts = seen->unsure[i][lane] & (CLT_ONE_LINE - 1); parts; parts &= parts - 1)
		{
			const CltColumn *column = comparer->comparison[i].part[__builtin_ctz(parts)];

			clt_compare_ask(comparer->memo[i], column, left[column->number].code[lane], right[column->number].code[lane]);
		}
	}
}

/* finish makes the comparisons of one pair that are left, and tells whether it may be kept, as far as bounds say. */
static bool
finish(const CltComparer *comparer, const CltSeen *seen, int lane, CltCompared *pair)
{
	const CltBounds *bounds = comparer->bounds;
	uint32_t	look = seen->look[lane];
	float		most = bounds ? seen->most[lane] : 0;

	pair->gamma = seen->gamma[0][lane] | (uint64_t) seen->gamma[1][lane] << 32;
	pair->tf_u = pair->tf_h = pair->lift = 0;
	pair->one_family = pair->one_country = false;
	for (; look; look &= look - 1)
	{
		int			i = __builtin_ctz(look);
		float		before = pair->tf_u;

		if (comparer->manner[i] == CLT_BY_SKETCH)
			look_at_values(comparer, i, pair, seen->apart[lane] >> i & 1);
		else if (comparer->manner[i] == CLT_BY_PARTS)
			clt_note_level(&comparer->comparison[i], i, pair,
						   look_at_address(comparer, i, pair, seen->part[i][lane], seen->unsure[i][lane]), 0);
		else
			clt_compare_one(&comparer->comparison[i], comparer->memo ? comparer->memo[i] : NULL, i, pair);
		if (!bounds)
			continue;
		most += bounds->level[i][CLT_FS_LEVEL(pair->gamma, i)] - (pair->tf_u - before) - seen->added[i][lane];
		if (most < 0)
			return false;
	}
	clt_note_end(pair);
	return true;
}

/* see_eights looks at eight pairs with what this processor has. */
static void
see_eights(const CltComparer *comparer, const CltEight *left, const CltEight *right, uint32_t lanes, CltSeen *seen)
{
#ifdef CLT_WIDE
	if (clt_processor_is_widest())
	{
		clt_see_eights_widest(comparer, left, right, lanes, seen);
		return;
	}
	if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt"))
	{
		clt_see_eights_wide(comparer, left, right, lanes, seen);
		return;
	}
#endif
	clt_see_eights_anywhere(comparer, left, right, lanes, seen);
}

/*
 * clt_compare_eights compares eight pairs of records side by side, or those of them
 * whose bit is set in lanes; pair: the records' numbers, and what comes of it.  Returns
 * the lanes that were compared: with bounds the others are known not to be kept.
 */
uint32_t
clt_compare_eights(const CltComparer *comparer, const CltEight *left, const CltEight *right, uint32_t lanes, CltCompared *pair)
{
	CltSeen		seen;
	uint32_t	asked;
	uint32_t	done;
	int			k;

	see_eights(comparer, left, right, lanes, &seen);
	for (k = 0; comparer->bounds && k < CLT_EIGHT; k++)
		lanes &= ~((seen.hopeless[k] & 1) << k);
	done = lanes;
	for (asked = lanes; asked && comparer->memo; asked &= asked - 1)
		ask_for_rest(comparer, &seen, __builtin_ctz(asked), left, right);
	for (; lanes; lanes &= lanes - 1)
	{
		int			lane = __builtin_ctz(lanes);

		if (!finish(comparer, &seen, lane, &pair[lane]))
			done &= ~(1u << lane);
	}
	return done;
}
