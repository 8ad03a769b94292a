/*
 * divide_names.c
 *		Given name and surname that stand in one column, where the other is empty, or where
 *		a table has no other.
 */
#include "postgres.h"

#include <math.h>

#include "utils/memutils.h"

#include "core/clientele.h"
#include "linkage/reading.h"
#include "linkage/engine.h"
#include "linkage/probe.h"

/* part_code normalises a part of a name and returns its code. */
static uint32
part_code(LinkField *field, const char *s, uint32 len, CltNormal *normal)
{
	return clt_normalize(field->kind, s, len, normal) ? clt_link_value_code(field, normal) : 0;
}

/* clt_link_names_of finds the columns of given name and surname; false if one is not there. */
bool
clt_link_names_of(LinkJob *job, LinkField **given, LinkField **surname)
{
	int			f;

	*given = *surname = NULL;
	for (f = 0; f < job->nfields; f++)
	{
		if (job->field[f].kind == CLT_KIND_GIVEN && !*given)
			*given = &job->field[f];
		else if (job->field[f].kind == CLT_KIND_SURNAME && !*surname)
			*surname = &job->field[f];
	}
	return *given && *surname;
}

/* count_before counts who has each name, as the columns have them. */
static void
count_before(LinkJob *job, LinkField *field)
{
	uint32		i;

	field->nbefore = field->col.nvalues;
	field->before = clt_link_large_zero(job->context, (Size) field->nbefore * sizeof(uint32));
	for (i = 0; i < job->n; i++)
		field->before[job->codes[(Size) i * job->nfields + (field - job->field)]]++;
	field->before[0] = 0;
}

static uint32
had_before(LinkJob *job, LinkField *field, const char *s, uint32 len)
{
	uint32		code = clt_link_find_value(field, s, len);

	(void) job;
	return code < field->nbefore ? field->before[code] : 0;
}

/*
 * beside_surname tells whether a word that nobody has as a surname stands beside what
 * others have as theirs: it is a given name then, if one that is rare or misspelt.
 */
static bool
beside_surname(LinkJob *job, LinkField *surname, LinkCountFn had, const char *word, uint32 len, const char *rest, uint32 rest_len)
{
	return had(job, surname, word, len) == 0 && had(job, surname, rest, rest_len) > 0;
}

/* has_no_column tells whether the table of a record lacks a field that other tables have. */
static bool
has_no_column(LinkJob *job, const LinkField *field, uint32 row)
{
	return field->in && !field->in[job->probe ? job->probe->of_row[row] : clt_link_source_of(job, row)].name[0];
}

/* Words of a name that are looked at. */
#define NAME_WORDS 8

/* A further given name, which the other tables may not have, is less likely than none; in bits. */
#define FURTHER_NAME (-3)

/* A word alone is a given name if it is so many times as often one as a surname. */
#define RATHER_GIVEN 3

/* bits_of is how usual a name is: one that nobody has is half as usual as one of a single record. */
static double
bits_of(uint32 records)
{
	return log2(records + 0.5);
}

/*
 * divide_whole finds the given name and the surname in the words of a whole name, of a table that has names in one
 * column: as the other tables' names make the two most usual, whichever stands first.  Initials and numbers are left out, and so are
 * further given names between the two or behind, which many tables leave out.  False if nobody has either.
 */
static bool
divide_whole(LinkJob *job, LinkField *given, LinkField *surname, LinkCountFn had, const char *text, uint32 len, CltNormal *normal,
			 uint32 *g, uint32 *s)
{
	char		joined[CLT_COMPARED_BYTES];
	uint32		from[NAME_WORDS + 1];
	uint32		used = 0;
	uint32		best[4] = {0, 0, 0, 0};
	double		most = 0;
	bool		known = false;
	int			n = 0;
	int			first;
	int			cut;

	while (len > 0 && n < NAME_WORDS)
	{
		const char *space = memchr(text, ' ', len);
		uint32		word = space ? (uint32) (space - text) : len;

		if (word > 1 && !(text[0] >= '0' && text[0] <= '9') &&used + word + 1 < sizeof(joined))
		{
			from[n++] = used;
			memcpy(joined + used, text, word);
			used += word;
			joined[used++] = ' ';
		}
		text	  +=space ? word + 1 : word;

		len -= space ? word + 1 : word;
	}
	from[n] = used;
	if (n == 0)
		return false;
	if (n == 1)
	{
		/* newsletters know people by their given name */
		if (had(job, given, joined, used - 1) < RATHER_GIVEN * (had(job, surname, joined, used - 1) + 1))
			return false;
		*g = part_code(given, joined, used - 1, normal);
		*s = 0;
		return true;
	}

	/*
	 * the words before the cut are one of the two, those behind it the other;
	 * of the given name's the first may be all there is
	 */
	for (first = 0; first < 2; first++)
		for (cut = 1; cut < n; cut++)
		{
			int			begin = first ? cut : 0;
			int			end = first ? n : cut;
			uint32		family_from = first ? 0 : from[cut];
			uint32		family_len = (first ? from[cut] : used) - family_from - 1;
			uint32		families = had(job, surname, joined + family_from, family_len);
			int			to;

			for (to = begin + 1; to <= end; to++)
			{
				uint32		bearers;
				double		bits;

				/* what is left out are given names, too */
				if (to < end)
				{
					uint32		word_len = from[to + 1] - from[to] - 1;

					if (had(job, given, joined + from[to], word_len) <= had(job, surname, joined + from[to], word_len))
						continue;
				}
				bearers = had(job, given, joined + from[begin], from[to] - from[begin] - 1);
				bits = bits_of(bearers) + bits_of(families) + (to < end ? FURTHER_NAME : 0);
				if (bearers + families == 0 || (known && bits <= most))
					continue;
				known = true;
				most = bits;
				best[0] = from[begin];
				best[1] = from[to] - from[begin] - 1;
				best[2] = family_from;
				best[3] = family_len;
			}
		}
	if (!known)
		return false;
	*g = part_code(given, joined + best[0], best[1], normal);
	*s = part_code(surname, joined + best[2], best[3], normal);
	return true;
}

/*
 * clt_link_divide_names divides a surname with the given name in it, where the
 * column of the given name is empty.  Which of the words is the given name, the
 * other records tell, whom had counts; words that are none leave the value as it is.
 */
void
clt_link_divide_names(LinkJob *job, LinkCountFn had)
{
	LinkField  *given;
	LinkField  *surname;
	CltNormal  *normal;
	uint32		i;

	if (!clt_link_names_of(job, &given, &surname))
		return;
	normal = palloc(sizeof(CltNormal));
	for (i = 0; i < job->n; i++)
	{
		uint32	   *g = &job->codes[(Size) i * job->nfields + (given - job->field)];
		uint32	   *s = &job->codes[(Size) i * job->nfields + (surname - job->field)];
		const CltValue *v;
		const char *text;
		uint32		first;
		uint32		last;
		uint32		lead;
		uint32		trail;

		if (*g || !*s)
			continue;
		v = &surname->col.values[*s];
		if (has_no_column(job, given, i))
		{
			divide_whole(job, given, surname, had, clt_value_text(v), v->len, normal, g, s);
			continue;
		}
		if (v->ntokens != 2 && v->ntokens != 3)
			continue;
		text = clt_value_text(v);

		first = (uint32) ((const char *) memchr(text, ' ', v->len) - text);
		for (last = v->len; text[last - 1] != ' '; last--)
			;
		lead = had(job, given, text, first);
		if (lead > 0 && had(job, surname, text, first) >= lead)
			lead = 0;
		trail = had(job, given, text +last, v->len - last);
		if (trail > 0 && had(job, surname, text +last, v->len - last) >= trail)
			trail = 0;
		if (lead == 0 && trail == 0)
		{
			lead = beside_surname(job, surname, had, text, first, text +first + 1, v->len - first - 1);
			trail = beside_surname(job, surname, had, text +last, v->len - last, text, last - 1);
		}
		if (lead == 0 && trail == 0)
			continue;
		if (lead >= trail)
		{
			uint32		rest = v->len - first - 1;

			*g = part_code(given, text, first, normal);
			*s = part_code(surname, text +first + 1, rest, normal);
		}
		else
		{
			uint32		rest = v->len - last;

			*g = part_code(given, text +last, rest, normal);
			*s = part_code(surname, text, last - 1, normal);
		}
	}
	pfree(normal);
}

/* clt_link_divide_by_table divides names by what the table itself says. */
void
clt_link_divide_by_table(LinkJob *job)
{
	LinkField  *given;
	LinkField  *surname;

	if (!clt_link_names_of(job, &given, &surname))
		return;
	count_before(job, given);
	count_before(job, surname);
	clt_link_divide_names(job, had_before);
}
