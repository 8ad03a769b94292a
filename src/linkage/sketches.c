/*
 * sketches.c
 *		Drawing the sketches of all values before pairs are compared.
 *
 * They are of use as long as pairs are compared, and take 64 bytes a distinct value:
 * they are forgotten before the results are written.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "core/clientele.h"
#include "linkage/crew.h"
#include "linkage/engine.h"
#include "linkage/large.h"
#include "linkage/sketch.h"

/* Values drawn at a time. */
#define PIECE_VALUES 16384

/* A part of a column's values. */
typedef struct SketchPiece
{
	int			field;
	uint32		from;
	uint32		to;
	float		least_u;		/* of the values, at most 0 */
} SketchPiece;

/* sketches_at returns where the sketches of a field are: each is one line of the processor's cache. */
static CltSketch *
sketches_at(LinkJob *job, const LinkField *field)
{
	return (CltSketch *) TYPEALIGN(sizeof(CltSketch), clt_link_at(job, field->sketches));
}

/* clt_link_work_sketches is what each process does: some values, and again. */
void
clt_link_work_sketches(LinkJob *job, LinkWork *work)
{
	SketchPiece *piece = clt_link_at(job, work->tasks);
	int64		task;

	while ((task = clt_link_next_task(work)) >= 0)
	{
		LinkField  *field = &job->field[piece[task].field];
		CltSketch  *sketch = sketches_at(job, field);
		uint32		i;

		clt_link_populate(&sketch[piece[task].from], (piece[task].to - piece[task].from) * sizeof(CltSketch));
		for (i = piece[task].from; i < piece[task].to; i++)
		{
			clt_sketch_make(&field->col, i, &sketch[i]);
			piece[task].least_u = Min(piece[task].least_u, field->col.values[i].tf_u);
		}
	}
}

/* list_column makes room for the sketches of a column and lists its pieces. */
static void
list_column(LinkJob *job, SketchPiece *piece, uint32 *n, int f)
{
	LinkField  *field = &job->field[f];
	uint32		from;

	clt_link_shared_room(job, ((Size) field->col.nvalues + 1) * sizeof(CltSketch), &field->sketches);
	/* of value 0, which is none, there is nothing to be drawn */
	memset(sketches_at(job, field), 0, sizeof(CltSketch));
	field->col.least_u = 0;
	for (from = 1; from < field->col.nvalues; from += PIECE_VALUES)
	{
		piece[*n].field = f;
		piece[*n].from = from;
		piece[(*n)++].to = Min(from + PIECE_VALUES, field->col.nvalues);
	}
}

/* clt_link_is_drawn tells whether sketches of a column are of use. */
bool
clt_link_is_drawn(const LinkField *field)
{
	return !field->element && field->kind != CLT_KIND_VERBATIM && field->kind != CLT_KIND_LOCATION &&
		field->kind != CLT_KIND_NUMBER;
}

/* least_of_all finds the least frequency bits of columns without sketches. */
static void
least_of_all(CltColumn *col)
{
	uint32		i;

	col->least_u = 0;
	for (i = 1; i < col->nvalues; i++)
		col->least_u = Min(col->least_u, col->values[i].tf_u);
}

/* clt_link_sketches draws the sketches of all values. */
void
clt_link_sketches(LinkJob *job)
{
	SketchPiece *piece;
	LinkWork	work;
	uint32		cap = 0;
	uint32		n = 0;
	uint32		i;
	int			f;

	for (f = 0; f < job->nfields; f++)
		cap += job->field[f].col.nvalues / PIECE_VALUES + 1;
	clt_link_work_init(&work, LINK_WORK_SKETCHES, 0);
	piece = clt_link_shared_alloc(job, Max(cap, 1) * sizeof(SketchPiece), &work.tasks);
	for (f = 0; f < job->nfields; f++)
	{
		LinkField  *field = &job->field[f];

		if (clt_link_is_drawn(field))
			list_column(job, piece, &n, f);
		else
			least_of_all(clt_link_single_values(field));
	}
	work.ntasks = n;
	clt_link_crew_do(job, &work);
	for (i = 0; i < n; i++)
		job->field[piece[i].field].col.least_u = Min(job->field[piece[i].field].col.least_u, piece[i].least_u);
	clt_link_shared_free(job, work.tasks);
	clt_link_see_sketches(job);
}

/* clt_link_see_sketches tells the columns of this process where their sketches are. */
void
clt_link_see_sketches(LinkJob *job)
{
	int			f;

	for (f = 0; f < job->nfields; f++)
	{
		LinkField  *field = &job->field[f];

		field->col.sketch = field->sketches ? sketches_at(job, field) : NULL;
	}
}

/* clt_link_forget_sketches frees them when all is compared. */
void
clt_link_forget_sketches(LinkJob *job)
{
	int			f;

	for (f = 0; f < job->nfields; f++)
	{
		LinkField  *field = &job->field[f];

		if (field->sketches)
			clt_link_shared_free(job, field->sketches);
		field->sketches = 0;
		field->col.sketch = NULL;
	}
}
