/*
 * counts.c
 *		How many records have each value and each word of a column.
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"

#include "core/clientele.h"
#include "linkage/reading.h"
#include "linkage/engine.h"

/* clt_link_word_weight is what a word counts that so many of the records with a value have. */
float
clt_link_word_weight(int64 filled, uint32 count)
{
	return (float) log2(1.0 + (double) Max(filled, 1) / Max(count, 1));
}

/* count_elements counts records by each of their several values. */
static void
count_elements(LinkJob *job, LinkField *field)
{
	CltColumn  *col = &field->col;
	CltColumn  *single = &field->element->col;
	uint32		i;
	int			j;

	for (i = 0; i < job->n; i++)
	{
		CltValue   *v = &col->values[CLT_CODE(col, i)];

		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		if (!CLT_CODE(col, i) || clt_link_is_copy(job, i))
			continue;
		v->count++;
		col->filled++;
		for (j = 0; j < v->ntokens; j++)
			single->values[col->token_ids[v->token + j]].count++;
	}
	col->element = single;
	single->filled = col->filled;
	single->code = NULL;
	for (i = 1; i < single->nvalues; i++)
		for (j = 0; j < single->values[i].ntokens; j++)
			single->tokens[single->token_ids[single->values[i].token + j]].count += single->values[i].count;
	for (i = 0; i < single->ntokens; i++)
		single->tokens[i].idf = clt_link_word_weight(single->filled, single->tokens[i].count);
	clt_link_forget_maps(field->element);
	clt_link_forget_maps(field);
}

/* Rows that are counted column by column before the next ones: they stay in the cache meanwhile. */
#define COUNTED_ROWS 2048

/* count_rows counts the values of a column in some rows, none being one of them; counts lie closer together than values do. */
static void
count_rows(LinkJob *job, const CltColumn *col, uint32 from, uint32 to, uint32 *count)
{
	const LinkCopy *copy = job->copy;
	uint32		i;

	for (i = from; i < to; i++)
		if (!copy || !copy[i].before)
			count[CLT_CODE(col, i)]++;
}

/* Of words that so few records have the weight is worked out once. */
#define FEW_COUNT 64

/* weigh_words counts the words of a column's values and says what each is worth. */
static void
weigh_words(CltColumn *col)
{
	float		few[FEW_COUNT];
	uint32		i;
	int			j;

	for (i = 1; i < col->nvalues; i++)
		for (j = 0; j < col->values[i].ntokens; j++)
			col->tokens[col->token_ids[col->values[i].token + j]].count += col->values[i].count;
	for (i = 0; i < FEW_COUNT; i++)
		few[i] = clt_link_word_weight(col->filled, i);
	for (i = 0; i < col->ntokens; i++)
	{
		CltToken   *t = &col->tokens[i];

		t->idf = t->count < FEW_COUNT ? few[t->count] : clt_link_word_weight(col->filled, t->count);
	}
}

/* clt_link_count_values counts records by value and by word, of all fields. */
void
clt_link_count_values(LinkJob *job)
{
	uint32	   *count[LINK_MAX_FIELDS] = {NULL};
	uint32		row;
	uint32		i;
	int			f;

	for (f = 0; f < job->nfields; f++)
	{
		LinkField  *field = &job->field[f];
		CltColumn  *col = &field->col;

		col->code = job->codes + f;
		col->stride = (uint32) job->nfields;
		col->number = (uint32) f;
		col->filled = 0;
		col->element = NULL;
		if (field->element)
			count_elements(job, field);
		else
			count[f] = clt_link_large_zero(job->context, (Size) col->nvalues * sizeof(uint32));
	}
	for (row = 0; row < job->n; row += COUNTED_ROWS)
		for (f = 0; f < job->nfields; f++)
			if (count[f])
				count_rows(job, &job->field[f].col, row, Min(row + COUNTED_ROWS, job->n), count[f]);
	for (f = 0; f < job->nfields; f++)
	{
		CltColumn  *col = &job->field[f].col;

		CHECK_FOR_INTERRUPTS();
		if (!count[f])
			continue;
		for (i = 1; i < col->nvalues; i++)
			col->values[i].count = count[f][i];
		col->filled = (int64) job->n - job->ncopies - count[f][0];
		pfree(count[f]);
		weigh_words(col);
		clt_link_forget_maps(&job->field[f]);
	}
}
