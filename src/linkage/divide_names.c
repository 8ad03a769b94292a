/*
 * divide_names.c
 *		Given name and surname that stand in one column, where the other is empty.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "core/clientele.h"
#include "linkage/reading.h"
#include "linkage/engine.h"

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
