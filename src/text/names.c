/*
 * names.c
 *	  Short and pet forms of given names, looked up in a table.
 *
 * A pure kernel: see names.h.
 */
#include "text/names.h"

#include <stdint.h>
#include <string.h>

#include "text/name_tables.h"

typedef char clt_name_variants_max_is_enough[NAMES_MOST <= CLT_NAME_VARIANTS_MAX ? 1 : -1];

/* Number of a name in the table, or -1. */
static int
find_name(const char *s, size_t len)
{
	int			lo = 0;
	int			hi = NAMES_COUNT - 1;

	while (lo <= hi)
	{
		int			mid = (lo + hi) / 2;
		int			cmp = strncmp(names[mid], s, len);

		if (cmp == 0 && names[mid][len] == '\0')
			return mid;
		if (cmp < 0)
			lo = mid + 1;
		else
			hi = mid - 1;
	}
	return -1;
}

/* is_head tells whether a name is the first of a line: a name of its own, not only a form of others. */
static bool
is_head(int name)
{
	int			i;

	for (i = name_first[name]; i < name_first[name + 1]; i++)
		if (line_names[line_first[name_lines[i]]] == name)
			return true;
	return false;
}

/*
 * stand_for_each_other tells of two names of a line whether the one may stand for the other.  Two names of their own
 * may not because a third is short for both, or made of both: Milan and Milos are both called Mile, and neither is the
 * other; nor is Hans Peter for having Hans-Peter.
 */
static bool
stand_for_each_other(int line, int a, int b)
{
	int			head = line_names[line_first[line]];

	return a == b || a == head || b == head || !is_head(a) || !is_head(b);
}

int
clt_name_variants(const char *name, size_t len, const char *variants[CLT_NAME_VARIANTS_MAX])
{
	int			found[CLT_NAME_VARIANTS_MAX];
	int			self = find_name(name, len);
	int			n = 0;
	int			i;
	int			j;

	if (self < 0)
		return 0;
	for (i = name_first[self]; i < name_first[self + 1]; i++)
	{
		int			line = name_lines[i];

		for (j = line_first[line]; j < line_first[line + 1]; j++)
		{
			int			other = line_names[j];
			int			k;

			if (!stand_for_each_other(line, self, other))
				continue;
			/* names are in byte order, so their numbers are too */
			for (k = n; k > 0 && found[k - 1] > other; k--)
				;
			if (k > 0 && found[k - 1] == other)
				continue;
			memmove(&found[k + 1], &found[k], (size_t) (n - k) * sizeof(found[0]));
			found[k] = other;
			n++;
		}
	}
	for (i = 0; i < n; i++)
		variants[i] = names[found[i]];
	return n;
}

bool
clt_names_related(const char *a, size_t alen, const char *b, size_t blen)
{
	int			first;
	int			second;
	int			i;
	int			j;

	if (alen == blen && memcmp(a, b, alen) == 0)
		return true;
	first = find_name(a, alen);
	if (first < 0)
		return false;
	second = find_name(b, blen);
	if (second < 0)
		return false;
	for (i = name_first[first]; i < name_first[first + 1]; i++)
	{
		for (j = name_first[second]; j < name_first[second + 1]; j++)
		{
			if (name_lines[i] == name_lines[j] && stand_for_each_other(name_lines[i], first, second))
				return true;
		}
	}
	return false;
}

uint64_t
clt_name_marks(const char *name, size_t len)
{
	int			self = find_name(name, len);
	uint64_t	marks = 0;
	int			i;

	for (i = self < 0 ? 0 : name_first[self]; self >= 0 && i < name_first[self + 1]; i++)
		marks |= UINT64_C(1) << (((uint32_t) name_lines[i] * UINT32_C(0x9e3779b1)) >> 26);
	return marks;
}
