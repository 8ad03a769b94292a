/*
 * compare_address.c
 *		All parts of an address as one piece of evidence.
 */
#include "linkage/compare.h"

#include <string.h>

#include "linkage/compare_parts.h"

/* clt_part_level: 0 missing, 1 equal, 2 close, 3 different. */
int
clt_part_level(const CltColumn *column, CltMemo *memo, uint32_t l, uint32_t r)
{
	uint32_t	a;
	uint32_t	b;
	int			level;

	if (!column)
		return 0;
	a = CLT_CODE(column, l);
	b = CLT_CODE(column, r);
	if (!a || !b)
		return 0;
	if (a == b)
		return 1;
	level = clt_compare_remembered(memo, column->kind, column, a, b);
	return level == 2 ? 2 : 3;
}

/* number_in_street: the level of house numbers that stand in the street's column. */
static int
number_in_street(const CltColumn *column, uint32_t l, uint32_t r)
{
	const CltValue *a = &column->values[CLT_CODE(column, l)];
	const CltValue *b = &column->values[CLT_CODE(column, r)];

	if (!a->alt[1] || !b->alt[1])
		return 0;
	if (a->alt[1] == b->alt[1])
		return 1;
	return a->num == b->num ? 2 : 3;
}

/* has_number: does one of two addresses have a house number? */
static bool
has_number(const CltComparison *cmp, uint32_t l, uint32_t r)
{
	const CltColumn *c = cmp->part[CLT_PART_NUMBER];

	if (c)
		return true;
	c = cmp->part[CLT_PART_STREET];
	return c->values[CLT_CODE(c, l)].alt[1] || c->values[CLT_CODE(c, r)].alt[1];
}

/* same_line: do two streets have one name, the house number aside? */
static bool
same_line(const CltColumn *column, uint32_t a, uint32_t b)
{
	if (column->sketch && clt_sketch_other_form(&column->sketch[a], &column->sketch[b]))
		return false;
	return column->values[a].alt[0] == column->values[b].alt[0];
}

/*
 * clt_weigh_parts weighs all parts of an address as one piece of evidence, given also
 * the levels of street and number and whether there is any number.  A town
 * follows from its postcode and both from the street, so as comparisons of their
 * own they would be counted several times.
 */
int
clt_weigh_parts(const CltComparison *cmp, const uint8_t *part, int street, int number, bool numbered)
{
	int			extra = part[CLT_PART_EXTRA];
	int			postcode = part[CLT_PART_POSTCODE];
	int			city = part[CLT_PART_CITY];
	int			region = part[CLT_PART_REGION];
	bool		somewhere = postcode || city;
	int			place;			/* 0 unknown, 1 same, 2 partly, 3 another */
	int			line;			/* 0 unknown, 1 same, 2 close, 3 street only,
								 * 4 another */

	/* one country says little, and what it says the names have said already */
	if (!street && !number && !extra && !postcode && !city)
		return region == 3 ? 9 : 0;

	if (!cmp->part[CLT_PART_POSTCODE] && !cmp->part[CLT_PART_CITY])
		place = street == 3 ? 3 : 1;	/* the street's column has all */
	else if (!somewhere)
		place = 0;
	else if (postcode == 1 && (city <= 2 || city == 0))
		place = 1;
	else if (postcode == 0)
		place = city == 3 ? 3 : 1;
	else if (city == 0)
		place = postcode == 2 ? 2 : 3;
	else if (postcode == 3 && city == 3)
		place = 3;
	else
		place = 2;

	if (street == 0)
		line = extra == 1 && number <= 1 ? 2 : number == 0 || number == 1 ? 0 : 4;
	else if (street == 3)
		line = extra == 1 && number == 1 ? 2 : 4;
	else if (number == 3)
		line = 3;
	else if (number == 0 && numbered)
		line = 3;
	else
		line = street == 1 && number <= 1 ? 1 : 2;

	switch (line)
	{
		case 1:
			return place == 1 ? 1 : place == 3 ? 4 : 2;
		case 2:
			return place == 3 ? 4 : 2;
		case 3:
			return place == 3 ? 8 : 3;
		default:
			break;
	}
	if (place == 2)
		place = city == 1 || city == 2 ? 1 : 2;
	/* two streets of one town say less than a town whose street is not known */
	if (line == 4)
		return place == 1 || postcode == 1 ? 7 : place == 2 ? 8 : 9;
	if (number == 1 && postcode == 1)
		return 2;
	if (postcode == 1)
		return 5;
	if (place == 0)
		return number == 1 ? 8 : 0;
	return place == 1 ? 6 : place == 2 ? 8 : 9;
}

/* clt_level_of_parts returns the level of two addresses the levels of whose parts are known. */
int
clt_level_of_parts(const CltComparison *cmp, uint32_t l, uint32_t r, const uint8_t *part)
{
	const CltColumn *streets = cmp->part[CLT_PART_STREET];
	int			street = part[CLT_PART_STREET];
	int			number = part[CLT_PART_NUMBER];

	/* the house number aside */
	if (street > 1 && same_line(streets, CLT_CODE(streets, l), CLT_CODE(streets, r)))
		street = 1;
	if (!cmp->part[CLT_PART_NUMBER] && street)
		number = number_in_street(streets, l, r);
	return clt_weigh_parts(cmp, part, street, number, street && number == 0 && has_number(cmp, l, r));
}

/* clt_address_level returns the level of two addresses. */
int
clt_address_level(const CltComparison *cmp, CltMemo *memo, uint32_t l, uint32_t r)
{
	uint8_t		part[CLT_ADDRESS_PARTS];
	int			i;

	for (i = 0; i < CLT_ADDRESS_PARTS; i++)
		part[i] = (uint8_t) clt_part_level(cmp->part[i], memo, l, r);
	return clt_level_of_parts(cmp, l, r, part);
}

/*
 * clt_address_frequency returns the frequency bits of addresses that agree in the
 * postcode or the town only: there are more who live in Belgrade than in Knin.
 */
float
clt_address_frequency(const CltComparison *cmp, int level, uint32_t l, uint32_t r)
{
	const CltColumn *place = level == 5 ? cmp->part[CLT_PART_POSTCODE] : level == 6 || level == 7 ? cmp->part[CLT_PART_CITY] : NULL;

	if (level == 7 && !place)
		place = cmp->part[CLT_PART_POSTCODE];
	if (!place || !CLT_CODE(place, l) || CLT_CODE(place, l) != CLT_CODE(place, r))
		return 0;
	return place->values[CLT_CODE(place, l)].tf_u;
}
