/*
 * kind_info.c
 *		What is known about each kind of value before any data.
 */
#include "linkage/compare.h"

#include <string.h>

const CltKindInfo clt_kind_info[CLT_NKINDS] = {
	[CLT_KIND_GIVEN] = {"given_name", 8, CLT_FS_PERSONAL, true, false, 0.06,
		{NULL, "exact", "variant", "close", "similar", "initial", "swapped with surname", "different", "another common name"},
	{0, .72, .06, .09, .03, .03, .01, .055, .005}, {0}, CLT_GIVEN_OTHER, 0.06, 0.01, 0},
	[CLT_KIND_MIDDLE] = {"middle_name", 6, CLT_FS_PERSONAL, true, false, 0.30,
		{NULL, "exact", "variant", "close", "similar", "initial", "different"},
	{0, .60, .05, .08, .03, .20, .04}, {0}, 0, 0, 0.01, 0.9},
	[CLT_KIND_SURNAME] = {"surname", 8, CLT_FS_SHARED, true, false, 0.15,
		{NULL, "exact", "family form or part", "close", "similar", "in the other's e-mail", "both are firms",
		"a firm and a person", "different"},
	{0, .75, .04, .09, .02, .01, .04, .002, .05}, {0, .70, .04, .02, .01, .0005, .0005, .08, .15}, 0, 0, 0.01, 0},
	[CLT_KIND_FULL_NAME] = {"full_name", 9, CLT_FS_SHARED, true, false, 0.02,
		{NULL, "exact", "same words", "close", "contained", "a word in common", "both are firms", "a firm and a person",
		"different", "another given name"},
	{0, .60, .10, .12, .08, .05, .03, .001, .010, .005}, {0, .010, .004, .006, .008, .05, .0005, .08, .14, .70}, 5, 0.08, 0.01, 0},
	[CLT_KIND_COMPANY] = {"company", 7, CLT_FS_SHARED, true, false, 0.40,
		{NULL, "exact", "same words", "close", "a rare word in common", "contained", "similar", "different"},
	{0, .62, .10, .12, .04, .04, .03, .05}, {0, .50, .05, .05, .03, .03, .05, .29}, 6, 0.50, 0.01, 0},
	[CLT_KIND_EMAIL] = {"email", 6, CLT_FS_SHARED, true, true, 0.55,
		{NULL, "exact", "typing error in the domain", "typing error", "same local part", "similar local part", "different"},
	{0, .66, .03, .07, .04, .04, .16}, {0, .06, .01, .01, .01, .03, .88}, 0, 0, 0.01, 0},
	[CLT_KIND_PHONE] = {"phone", 4, CLT_FS_SHARED, true, true, 0.60,
		{NULL, "exact", "last seven digits", "typing error", "different"},
	{0, .68, .02, .06, .24}, {0, .40, .01, .01, .58}, 0, 0, 0.01, 0},
	[CLT_KIND_DATE] = {"date", 7, CLT_FS_PERSONAL, true, false, 0.05,
		{NULL, "exact", "day and month swapped", "typing error", "two parts agree", "same year", "different", "a generation apart"},
	{0, .85, .02, .06, .03, .02, .017, .003}, {0}, CLT_DATE_OTHER, 0.12, 0.01, 0.2},
	[CLT_KIND_STREET] = {"street", 4, CLT_FS_SHARED, true, true, 0.50,
		{NULL, "exact", "close", "similar", "different"},
	{0, .65, .12, .05, .18}, {0, .85, .05, .02, .08}, 0, 0, 0.01, 0},
	[CLT_KIND_HOUSE_NUMBER] = {"house_number", 3, CLT_FS_SHARED, false, true, 0.50,
		{NULL, "exact", "close", "different"},
	{0, .75, .05, .20}, {0, .90, .04, .06}, 0, 0, 0.01, 0},
	[CLT_KIND_POSTCODE] = {"postcode", 3, CLT_FS_SHARED, true, true, 0.50,
		{NULL, "exact", "typing error", "different"},
	{0, .75, .08, .17}, {0, .92, .03, .05}, 0, 0, 0.01, 0},
	[CLT_KIND_CITY] = {"city", 4, CLT_FS_SHARED, true, true, 0.40,
		{NULL, "exact", "close", "similar", "different"},
	{0, .75, .08, .03, .14}, {0, .92, .03, .01, .04}, 0, 0, 0.01, 0},
	[CLT_KIND_REGION] = {"region", 3, CLT_FS_SHARED, true, true, 0.30,
		{NULL, "exact", "close", "different"},
	{0, .88, .04, .08}, {0, .95, .02, .03}, 0, 0, 0.01, 0},
	[CLT_KIND_SEX] = {"sex", 2, CLT_FS_PERSONAL, false, false, 0.05,
		{NULL, "same", "different"},
	{0, .985, .015}, {0}, 0, 0, 0.01, 0},
	[CLT_KIND_IDENTIFIER] = {"identifier", 3, CLT_FS_PERSONAL, true, false, 0.25,
		{NULL, "exact", "typing error", "different"},
	{0, .88, .07, .05}, {0}, 0, 0, 0.01, 0.9},
	[CLT_KIND_NUMBER] = {"number", 3, CLT_FS_PERSONAL, true, false, 0.40,
		{NULL, "exact", "within a tenth", "different"},
	{0, .75, .10, .15}, {0}, 0, 0, 0.02, 0.9},
	[CLT_KIND_CATEGORY] = {"category", 3, CLT_FS_PERSONAL, true, false, 0.60,
		{NULL, "exact", "close", "different"},
	{0, .75, .05, .20}, {0}, 0, 0, 0.1, 0.98},
	[CLT_KIND_TEXT] = {"text", 7, CLT_FS_PERSONAL, true, false, 0.25,
		{NULL, "exact", "same words", "close", "a rare word in common", "contained", "similar", "different"},
	{0, .55, .10, .14, .06, .05, .04, .06}, {0}, 6, 0.40, 0.1, 0.98},
	[CLT_KIND_ADDRESS] = {"address", 9, CLT_FS_SHARED, false, true, 0.50,
		{NULL, "same address", "same but for a detail", "same street", "same line, another place",
		"same postcode", "same town", "another street of one town", "similar line or town", "different"},
	{0, .48, .16, .08, .04, .02, .04, .05, .03, .10}, {0, .86, .06, .03, .01, .01, .01, .005, .005, .01}, 0, 0, 0.01, 0},
	[CLT_KIND_LOCATION] = {"location", 6, CLT_FS_SHARED, false, true, 0.50,
		{NULL, "within 10 m", "within 100 m", "within 1 km", "within 10 km", "within 100 km", "farther"},
	{0, .50, .12, .08, .10, .08, .12}, {0, .86, .08, .02, .01, .01, .02}, 0, 0, 0.01, 0},
	[CLT_KIND_VERBATIM] = {"(verbatim)", 2, CLT_FS_PERSONAL, false, false, 0, {NULL, "exact", "different"}, {0, .8, .2}, {0}, 0, 0, 0.01, 0},
	[CLT_KIND_LEVELS] = {"levels", 2, CLT_FS_PERSONAL, false, false, 0, {NULL, "exact", "different"}, {0, .8, .2}, {0}, 0, 0, 0.01, 0},
	[CLT_KIND_LEGAL_FORM] = {"legal_form", 2, CLT_FS_PERSONAL, false, false, 0.10,
		{NULL, "same", "different"},
	{0, .94, .06}, {0}, 0, 0, 0.01, 0},
};

/* clt_kind_by_name returns the kind or -1. */
int
clt_kind_by_name(const char *name, size_t len)
{
	int			i;

	for (i = 0; i < CLT_NKINDS; i++)
		if (strlen(clt_kind_info[i].name) == len && memcmp(clt_kind_info[i].name, name, len) == 0)
			return i;
	return -1;
}
