/*
 * given_names.c
 *		What a table tells of given names: how much commoner one is among countrymen, and whose
 *		sex it tells.
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/memutils.h"

#include "core/clientele.h"
#include "linkage/engine.h"
#include "linkage/large.h"
#include "linkage/prepare.h"

/* Names that so many have tell how given names depend on the country. */
#define COMMON_NAME 20

static int
compare_codes(const void *a, const void *b)
{
	uint32		x = *(const uint32 *) a;
	uint32		y = *(const uint32 *) b;

	return x < y ? -1 : x > y;
}

/* shared_by returns what the bearers of a name in a region add to its lift, and counts them no more. */
static double
shared_by(const CltColumn *region, uint32 *bearers, uint32 r)
{
	double		same = bearers[r];

	bearers[r] = 0;
	/* two of them are the pair itself */
	return same > 2 ? same * (same - 2.0) / region->values[r].count : 0;
}

/*
 * country_lift finds how much commoner given names are among countrymen than in
 * the whole table.  Family names tell the country, so in a table of several
 * countries the two names of strangers agree together more often than the product
 * of their frequencies says.
 */
static void
country_lift(LinkJob *job)
{
	CltColumn  *given = (CltColumn *) clt_link_column_of(job, CLT_KIND_GIVEN);
	const CltColumn *region = clt_link_column_of(job, CLT_KIND_REGION);
	uint32	   *end;
	uint32	   *where;
	uint32	   *bearers;
	double	   *share;
	double		weight = 0;
	double		sum = 0;
	double		n = 0;
	uint32		from = 0;
	uint32		r;
	uint32		i;

	if (!given || !region || !clt_link_column_of(job, CLT_KIND_SURNAME))
		return;
	/* the regions of those who have a name, name after name */
	end = MemoryContextAllocExtended(job->context, ((Size) given->nvalues + 1) * sizeof(uint32), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	where = clt_link_large(job->context, ((Size) job->n + 1) * sizeof(uint32));
	bearers = MemoryContextAllocExtended(job->context, ((Size) region->nvalues + 1) * sizeof(uint32), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	share = MemoryContextAllocExtended(job->context, (Size) given->nvalues * sizeof(double), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (i = 0; i < job->n; i++)
		if (CLT_CODE(given, i) && CLT_CODE(region, i) && !clt_link_is_copy(job, i))
			end[CLT_CODE(given, i) + 1]++;
	for (i = 1; i <= given->nvalues; i++)
		end[i] += end[i - 1];
	for (i = 0; i < job->n; i++)
		if (CLT_CODE(given, i) && CLT_CODE(region, i) && !clt_link_is_copy(job, i))
			where[end[CLT_CODE(given, i)]++] = CLT_CODE(region, i);
	n = (double) region->filled;
	for (i = 1; i < given->nvalues; from = end[i++])
	{
		if ((i & 0xfff) == 0)
			CHECK_FOR_INTERRUPTS();
		/* the lift of rarer names is not their own */
		if (given->values[i].count < COMMON_NAME)
			continue;
		for (r = from; r < end[i]; r++)
			bearers[where[r]]++;

		/*
		 * sums of fractions have an order, regions ascending; each is met
		 * once
		 */
		if (end[i] - from < region->nvalues)
			qsort(where + from, end[i] - from, sizeof(uint32), compare_codes);
		for (r = from; r < end[i] && end[i] - from < region->nvalues; r++)
			share[i] += shared_by(region, bearers, where[r]);
		for (r = 1; r < region->nvalues && end[i] - from >= region->nvalues; r++)
			share[i] += shared_by(region, bearers, r);
	}
	for (i = 1; i < given->nvalues; i++)
	{
		CltValue   *v = &given->values[i];
		double		count = v->count;

		if (count < COMMON_NAME)
			continue;
		v->lift = (float) log2(Max(Min(n * share[i] / (count * (count - 2.0)), 64.0), 1.0));
		weight += count;
		sum += count * v->lift;
	}
	given->lift = weight > 0 ? (float) (sum / weight) : 0;
	for (i = 1; i < given->nvalues; i++)
		if (given->values[i].count < COMMON_NAME)
			given->values[i].lift = given->lift;
	pfree(end);
	pfree(where);
	pfree(bearers);
	pfree(share);
}

/* A name tells the sex when so many bearers of it, or of its last letter, are of one. */
#define ONE_SEX 0.97

/* mark_sex notes the sex that a name's bearers have, if nearly all have one. */
static uint16
mark_sex(double men, double women, double least)
{
	if (men + women < least)
		return 0;
	if (men >= ONE_SEX * (men + women))
		return CLT_VALUE_MAN;
	return women >= ONE_SEX * (men + women) ? CLT_VALUE_WOMAN : 0;
}

/*
 * sex_of_names learns which sex given names tell, from the records that say it; names
 * that too few bear are judged by their last letter, where that tells it in this table.
 */
static void
sex_of_names(LinkJob *job)
{
	CltColumn  *given = (CltColumn *) clt_link_column_of(job, CLT_KIND_GIVEN);
	const CltColumn *sex = clt_link_column_of(job, CLT_KIND_SEX);
	double	   *men;
	double	   *women;
	double		letter_men[256] = {0};
	double		letter_women[256] = {0};
	uint32		i;

	if (!given || !sex)
		return;
	men = MemoryContextAllocExtended(job->context, (Size) given->nvalues * sizeof(double), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	women = MemoryContextAllocExtended(job->context, (Size) given->nvalues * sizeof(double), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (i = 0; i < job->n; i++)
	{
		uint32		code = CLT_CODE(given, i);

		if (!code || !CLT_CODE(sex, i) || clt_link_is_copy(job, i))
			continue;
		if (clt_value_text(&sex->values[CLT_CODE(sex, i)])[0] == 'm')
			men[code]++;
		else if (clt_value_text(&sex->values[CLT_CODE(sex, i)])[0] == 'f')
			women[code]++;
	}
	for (i = 1; i < given->nvalues; i++)
	{
		const CltValue *v = &given->values[i];
		uint8		last = (uint8) clt_value_text(v)[v->len - 1];

		letter_men[last] += men[i];
		letter_women[last] += women[i];
	}
	for (i = 1; i < given->nvalues; i++)
	{
		CltValue   *v = &given->values[i];
		uint8		last = (uint8) clt_value_text(v)[v->len - 1];

		v->flags &= (uint16) ~(CLT_VALUE_MAN | CLT_VALUE_WOMAN);
		if (v->flags & CLT_VALUE_INITIAL)
			continue;
		v->flags |= men[i] + women[i] >= 5 ? mark_sex(men[i], women[i], 5) :
			mark_sex(men[i] + letter_men[last], women[i] + letter_women[last], 50);
	}
	pfree(men);
	pfree(women);
}

/* A name is common if so many have it, and one in so many of all. */
#define COMMON_BEARERS 5
#define COMMON_SHARE 2000

/* common_names marks the names that many have: nobody writes one of them by mistake for another. */
static void
common_names(LinkJob *job)
{
	CltColumn  *given = (CltColumn *) clt_link_column_of(job, CLT_KIND_GIVEN);
	uint32		i;

	for (i = 1; given && i < given->nvalues; i++)
	{
		CltValue   *v = &given->values[i];

		v->flags &= (uint16) ~CLT_VALUE_COMMON;
		if (v->count >= COMMON_BEARERS && (int64) v->count * COMMON_SHARE >= given->filled && !(v->flags & CLT_VALUE_INITIAL))
			v->flags |= CLT_VALUE_COMMON;
	}
}

/* What is known of a word counts for so many names that it stands in. */
#define KNOWN_WORD 2.0
#define ANY_WORD 1.0
/* A word that stands in fewer names of two words is what it is taken for anyway. */
#define LEAST_NAMES 2
/* So sure is known of a word that it is one or the other. */
#define SURE_OF_WORD 0.8
#define WORD_ROUNDS 8

/* What names of two words say of a word. */
typedef struct WordSaid
{
	double		given;			/* share of the names in which it is the given
								 * one */
	double		before;
	double		times;
	double		sum;
	uint32		names;
} WordSaid;

/* first_is_given returns how likely the first of two words is the given name. */
static double
first_is_given(const WordSaid *a, const WordSaid *b, double order)
{
	double		x = order * a->given * (1.0 - b->given);
	double		y = (1.0 - order) * (1.0 - a->given) * b->given;

	return x / (x + y);
}

/* say_more goes over the names of two words once; returns how often the given name stands first. */
static double
say_more(const CltColumn *col, WordSaid *said, double order)
{
	double		first = 1;
	double		all = 2;
	uint32		i;

	for (i = 0; i < col->ntokens; i++)
		said[i].sum = said[i].names = 0;
	for (i = 1; i < col->nvalues; i++)
	{
		const CltValue *v = &col->values[i];
		const uint32 *id = col->token_ids + v->token;
		double		p;

		if ((i & 0xfff) == 0)
			CHECK_FOR_INTERRUPTS();
		if (v->ntokens != 2 || v->count == 0 || col->tokens[id[0]].len < 2 || col->tokens[id[1]].len < 2)
			continue;
		p = first_is_given(&said[id[0]], &said[id[1]], order);
		said[id[0]].sum += p;
		said[id[0]].names++;
		said[id[1]].sum += 1.0 - p;
		said[id[1]].names++;
		first += p;
		all++;
	}
	for (i = 0; i < col->ntokens; i++)
		said[i].given = (said[i].sum + said[i].times * said[i].before) / (said[i].names + said[i].times);
	return first / all;
}

/*
 * roles_of_words learns which words of people's whole names are given names and which the
 * families': each name has one of each, a given name stands beside many families', and
 * most tables write one of them first.  A list of names only has the usual ones.
 */
static void
roles_of_words(LinkJob *job, CltColumn *col)
{
	WordSaid   *said = MemoryContextAllocExtended(job->context, ((Size) col->ntokens + 1) * sizeof(WordSaid), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	double		order = 0.5;
	uint32		i;

	for (i = 0; i < col->ntokens; i++)
	{
		bool		known;

		clt_token_of_name(&col->tokens[i]);
		known = col->tokens[i].role == CLT_WORD_GIVEN;
		said[i].given = said[i].before = known ? 0.9 : 0.3;
		said[i].times = known ? KNOWN_WORD : ANY_WORD;
	}
	for (i = 0; i < WORD_ROUNDS; i++)
		order = say_more(col, said, order);
	for (i = 0; i < col->ntokens; i++)
		if (said[i].names >= LEAST_NAMES)
			col->tokens[i].role = said[i].given >= SURE_OF_WORD ? CLT_WORD_GIVEN : said[i].given <= 1.0 - SURE_OF_WORD ? CLT_WORD_FAMILY : CLT_WORD_EITHER;
	pfree(said);
}

/* words_of_names does so for all columns of whole names. */
static void
words_of_names(LinkJob *job)
{
	int			f;

	for (f = 0; f < job->nfields; f++)
		if (job->field[f].kind == CLT_KIND_FULL_NAME)
			roles_of_words(job, clt_link_single_values(&job->field[f]));
}

/* clt_link_given_names learns what the given names of a table tell. */
void
clt_link_given_names(LinkJob *job)
{
	words_of_names(job);
	country_lift(job);
	sex_of_names(job);
	common_names(job);
}
