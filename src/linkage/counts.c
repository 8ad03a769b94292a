/*
 * counts.c
 *		How many records have each value and each word of a column.
 */
#include "postgres.h"

#include <math.h>

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

		if (!CLT_CODE(col, i))
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

/* clt_link_count_values counts records by value and by word. */
void
clt_link_count_values(LinkJob *job, int f)
{
	LinkField  *field = &job->field[f];
	CltColumn  *col = &field->col;
	uint32		i;
	int			j;

	col->code = job->codes + f;
	col->stride = (uint32) job->nfields;
	col->number = (uint32) f;
	col->filled = 0;
	col->element = NULL;
	if (field->element)
	{
		count_elements(job, field);
		return;
	}
	for (i = 0; i < job->n; i++)
	{
		uint32		code = CLT_CODE(col, i);

		if (code && !clt_link_is_copy(job, i))
		{
			col->values[code].count++;
			col->filled++;
		}
	}
	for (i = 1; i < col->nvalues; i++)
		for (j = 0; j < col->values[i].ntokens; j++)
			col->tokens[col->token_ids[col->values[i].token + j]].count += col->values[i].count;
	for (i = 0; i < col->ntokens; i++)
		col->tokens[i].idf = clt_link_word_weight(col->filled, col->tokens[i].count);
	clt_link_forget_maps(field);
}
