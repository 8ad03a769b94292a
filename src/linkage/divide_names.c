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

/* Who divides names: the two columns, and who tells how many records have a name. */
typedef struct Divider
{
	LinkJob    *job;
	LinkField  *given;
	LinkField  *surname;
	LinkCountFn had;
	CltNormal  *normal;
} Divider;

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

/* had counts the records that have a name in one of the two columns. */
static uint32
had(const Divider *d, LinkField *field, const char *s, uint32 len)
{
	return d->had(d->job, field, s, len);
}

/* part_code normalises a part of a name and returns its code. */
static uint32
part_code(const Divider *d, LinkField *field, const char *s, uint32 len)
{
	return clt_normalize(field->kind, s, len, d->normal) ? clt_link_value_code(field, d->normal) : 0;
}

/* ---- whole names of a table that has no other column for them ---- */

/* Words of a name that are looked at. */
#define NAME_WORDS 8

/* A further given name, which the other tables may not have, is less likely than none; in bits. */
#define FURTHER_NAME (-3)

/* A word alone is a given name if it is so many times as often one as a surname. */
#define RATHER_GIVEN 3

/* The words of a name, a space behind each. */
typedef struct NameWords
{
	char		s[CLT_COMPARED_BYTES];
	uint32		from[NAME_WORDS + 1];
	int			n;
} NameWords;

/* Some words of a name, one after the other. */
typedef struct Span
{
	int			from;
	int			to;				/* behind the last */
} Span;

/* split_name finds the words of a folded name that are neither initials nor numbers. */
static void
split_name(NameWords *w, const char *name, uint32 len)
{
	const char *end = name + len;

	w->n = 0;
	w->from[0] = 0;
	while (name < end && w->n < NAME_WORDS)
	{
		const char *space = memchr(name, ' ', end - name);
		uint32		n = (uint32) ((space ? space : end) - name);
		uint32		from = w->from[w->n];

		if (n > 1 && !(*name >= '0' && *name <= '9') && from + n + 1 < sizeof(w->s))
		{
			memcpy(w->s + from, name, n);
			w->s[from + n] = ' ';
			w->from[++w->n] = from + n + 1;
		}
		name = space ? space + 1 : end;
	}
}

static uint32
span_length(const NameWords *w, Span span)
{
	return w->from[span.to] - w->from[span.from] - 1;
}

static uint32
had_span(const Divider *d, LinkField *field, const NameWords *w, Span span)
{
	return had(d, field, w->s + w->from[span.from], span_length(w, span));
}

static uint32
span_code(const Divider *d, LinkField *field, const NameWords *w, Span span)
{
	return part_code(d, field, w->s + w->from[span.from], span_length(w, span));
}

/* bits_of is how usual a name is: one that nobody has is half as usual as one of a single record. */
static double
bits_of(uint32 records)
{
	return log2(records + 0.5);
}

/*
 * usual_given finds how far the given name goes of a span that begins with it, beside a surname that so many have: what
 * is left out behind it are given names, too.  False if nobody has either.
 */
static bool
usual_given(const Divider *d, const NameWords *w, Span whole, uint32 families, Span *given, double *bits)
{
	bool		found = false;
	int			to;

	for (to = whole.from + 1; to <= whole.to; to++)
	{
		Span		tried = {whole.from, to};
		Span		next = {to, to + 1};
		uint32		bearers;
		double		b;

		if (to < whole.to && had_span(d, d->given, w, next) <= had_span(d, d->surname, w, next))
			continue;
		bearers = had_span(d, d->given, w, tried);
		b = bits_of(bearers) + bits_of(families) + (to < whole.to ? FURTHER_NAME : 0);
		if (bearers + families == 0 || (found && b <= *bits))
			continue;
		found = true;
		*given = tried;
		*bits = b;
	}
	return found;
}

/*
 * divide_whole divides a whole name, of a table that has names in one column: as the other tables' names make given name
 * and surname the two most usual, whichever stands first.  Further given names between the two or behind are left out,
 * as many tables do.  A name of which nobody has anything stays whole.
 */
static void
divide_whole(const Divider *d, const NameWords *w, uint32 *g, uint32 *s)
{
	Span		given = {0, 0};
	Span		surname = {0, 0};
	double		most = 0;
	int			cut;
	int			first;

	/* newsletters know people by their given name */
	if (w->n == 1)
	{
		Span		alone = {0, 1};

		if (had_span(d, d->given, w, alone) < RATHER_GIVEN * (had_span(d, d->surname, w, alone) + 1))
			return;
		*g = span_code(d, d->given, w, alone);
		*s = 0;
		return;
	}
	for (first = 0; first < 2; first++)
		for (cut = 1; cut < w->n; cut++)
		{
			Span		front = {0, cut};
			Span		back = {cut, w->n};
			Span		family = first ? front : back;
			Span		own;
			double		bits = 0;

			if (!usual_given(d, w, first ? back : front, had_span(d, d->surname, w, family), &own, &bits) ||
				(given.to != 0 && bits <= most))
				continue;
			most = bits;
			given = own;
			surname = family;
		}
	if (given.to == 0)
		return;
	*g = span_code(d, d->given, w, given);
	*s = span_code(d, d->surname, w, surname);
}

/* ---- names whose other column is empty ---- */

/*
 * beside_surname tells whether a word that nobody has as a surname stands beside what
 * others have as theirs: it is a given name then, if one that is rare or misspelt.
 */
static bool
beside_surname(const Divider *d, const char *word, uint32 len, const char *rest, uint32 rest_len)
{
	return had(d, d->surname, word, len) == 0 && had(d, d->surname, rest, rest_len) > 0;
}

/* rather_given counts the records that have a word as their given name; 0 if it is a surname at least as often. */
static uint32
rather_given(const Divider *d, const char *word, uint32 len)
{
	uint32		n = had(d, d->given, word, len);

	return n > 0 && had(d, d->surname, word, len) >= n ? 0 : n;
}

/* divide_filled divides a surname of two or three words of which the first or the last is a given name. */
static void
divide_filled(const Divider *d, const char *name, uint32 len, uint32 *g, uint32 *s)
{
	const char *second = (const char *) memchr(name, ' ', len) + 1;
	const char *end = name + len;
	const char *last = end;
	uint32		first_len = (uint32) (second - name) - 1;
	uint32		last_len;
	uint32		lead;
	uint32		trail;

	while (last[-1] != ' ')
		last--;
	last_len = (uint32) (end - last);
	lead = rather_given(d, name, first_len);
	trail = rather_given(d, last, last_len);
	if (lead == 0 && trail == 0)
	{
		lead = beside_surname(d, name, first_len, second, (uint32) (end - second));
		trail = beside_surname(d, last, last_len, name, (uint32) (last - name) - 1);
	}
	if (lead == 0 && trail == 0)
		return;
	if (lead >= trail)
	{
		*g = part_code(d, d->given, name, first_len);
		*s = part_code(d, d->surname, second, (uint32) (end - second));
	}
	else
	{
		*g = part_code(d, d->given, last, last_len);
		*s = part_code(d, d->surname, name, (uint32) (last - name) - 1);
	}
}

/* has_no_column tells whether the table of a record lacks a field that other tables have. */
static bool
has_no_column(LinkJob *job, const LinkField *field, uint32 row)
{
	return field->in && !field->in[job->probe ? job->probe->of_row[row] : clt_link_source_of(job, row)].name[0];
}

/*
 * clt_link_divide_names divides a surname with the given name in it, where the
 * column of the given name is empty.  Which of the words is the given name, the
 * other records tell, whom had counts; words that are none leave the value as it is.
 */
void
clt_link_divide_names(LinkJob *job, LinkCountFn had)
{
	Divider		d = {job, NULL, NULL, had, NULL};
	NameWords  *words;
	uint32		i;

	if (!clt_link_names_of(job, &d.given, &d.surname))
		return;
	d.normal = palloc(sizeof(CltNormal));
	words = palloc(sizeof(NameWords));
	for (i = 0; i < job->n; i++)
	{
		uint32	   *g = &job->codes[(Size) i * job->nfields + (d.given - job->field)];
		uint32	   *s = &job->codes[(Size) i * job->nfields + (d.surname - job->field)];
		const CltValue *v;

		if (*g || !*s)
			continue;
		v = &d.surname->col.values[*s];
		if (has_no_column(job, d.given, i))
		{
			split_name(words, clt_value_text(v), v->len);
			if (words->n > 0)
				divide_whole(&d, words, g, s);
		}
		else if (v->ntokens == 2 || v->ntokens == 3)
			divide_filled(&d, clt_value_text(v), v->len, g, s);
	}
	pfree(words);
	pfree(d.normal);
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
