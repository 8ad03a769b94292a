/*
 * assignment.c
 *		The assignment of greatest total gain, and what of it is beyond doubt.
 *
 * Rows are the smaller side.  Each row has a column of its own on which it stays
 * alone at no gain, so nobody has to be linked.  Shortest augmenting paths with
 * potentials (Jonker and Volgenant 1987) find the best assignment in rows squared
 * times columns.
 *
 * There may be several as good.  A link counts only if it is in all of them:
 * with the potentials at hand, the columns a row could take instead at no loss
 * are those whose reduced cost is zero, and an assignment that differs and is as
 * good is a cycle over such, or a path that ends on a free column and begins at
 * one that can be given up at no loss.  What lies on one is cut, so the outcome
 * does not depend on the order of records.
 *
 * Groups too large for that are linked strongest first; of links equally strong
 * that compete for a record none is taken.  Before ties are cut the total is at
 * least half of the best (each link taken stands in the way of at most two that
 * are no stronger).
 */
#include "linkage/assignment.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NONE UINT32_MAX
#define NO_LINK 1e30
#define EPSILON 1e-7

int
clt_link_compare_gain(const void *a, const void *b)
{
	const CltLink *x = (const CltLink *) a;
	const CltLink *y = (const CltLink *) b;

	if (x->gain != y->gain)
		return x->gain > y->gain ? -1 : 1;
	if (x->l != y->l)
		return x->l < y->l ? -1 : 1;
	return x->r < y->r ? -1 : x->r > y->r;
}

/* clt_assign_exact tells whether a group is small enough for the best assignment. */
bool
clt_assign_exact(uint32_t nl, uint32_t nr)
{
	uint32_t	rows = nl < nr ? nl : nr;

	return rows <= CLT_ASSIGN_MOST_ROWS && (uint64_t) rows * ((uint64_t) nl + nr) <= CLT_ASSIGN_MOST_CELLS;
}

/* clt_assign_scratch returns how many doubles of scratch memory a group wants. */
size_t
clt_assign_scratch(uint32_t nl, uint32_t nr)
{
	size_t		rows = nl < nr ? nl : nr;
	size_t		columns = (nl < nr ? nr : nl) + rows;

	if (!clt_assign_exact(nl, nr))
		return (size_t) nl + nr + 8;
	return rows * columns + 2 * rows + 8 * columns + 32;
}

typedef struct Assignment
{
	uint32_t	rows;
	uint32_t	columns;		/* those of the rows themselves come last */
	double	   *cost;			/* [rows * columns] */
	double	   *u;				/* [rows + 1] potentials */
	double	   *v;				/* [columns + 1] */
	double	   *least;			/* [columns + 1] */
	uint32_t   *row_of;			/* [columns + 1] by column from 1; 0: free */
	uint32_t   *way;			/* [columns + 1] */
	uint32_t   *column_of;		/* [rows] from 0 */
	uint8_t    *seen;			/* [columns + 1] */
	uint8_t    *given_up;		/* [columns + 1] can be reached from a column
								 * that may become free */
	uint32_t   *queue;			/* [columns + 1] */
} Assignment;

/* lay_out gives out the scratch memory. */
static void
lay_out(Assignment *a, double *scratch)
{
	a->cost = scratch;
	a->u = a->cost + (size_t) a->rows * a->columns;
	a->v = a->u + a->rows + 1;
	a->least = a->v + a->columns + 1;
	a->row_of = (uint32_t *) (a->least + a->columns + 1);
	a->way = a->row_of + a->columns + 2;
	a->column_of = a->way + a->columns + 2;
	a->queue = a->column_of + a->rows + 2;
	a->seen = (uint8_t *) (a->queue + a->columns + 2);
	a->given_up = a->seen + a->columns + 2;
}

/* add_row extends the assignment by a row along a shortest augmenting path. */
static void
add_row(Assignment *a, uint32_t row)
{
	uint32_t	column = 0;
	uint32_t	j;

	a->row_of[0] = row + 1;
	for (j = 0; j <= a->columns; j++)
		a->least[j] = HUGE_VAL;
	memset(a->seen, 0, a->columns + 1);
	do
	{
		uint32_t	i = a->row_of[column];
		uint32_t	next = 0;
		double		delta = HUGE_VAL;

		a->seen[column] = 1;
		for (j = 1; j <= a->columns; j++)
		{
			double		reduced;

			if (a->seen[j])
				continue;
			reduced = a->cost[(size_t) (i - 1) * a->columns + j - 1] - a->u[i] - a->v[j];
			if (reduced < a->least[j])
			{
				a->least[j] = reduced;
				a->way[j] = column;
			}
			if (a->least[j] < delta)
			{
				delta = a->least[j];
				next = j;
			}
		}
		for (j = 0; j <= a->columns; j++)
			if (a->seen[j])
			{
				a->u[a->row_of[j]] += delta;
				a->v[j] -= delta;
			}
			else
				a->least[j] -= delta;
		column = next;
	} while (a->row_of[column] != 0);
	do
	{
		uint32_t	before = a->way[column];

		a->row_of[column] = a->row_of[before];
		column = before;
	} while (column != 0);
}

/* could_take tells whether a row could stand on a column at no loss. */
static bool
could_take(const Assignment *a, uint32_t row, uint32_t column)
{
	double		cost = a->cost[(size_t) row * a->columns + column - 1];

	return cost < NO_LINK / 2 && cost - a->u[row + 1] - a->v[column] < EPSILON;
}

/*
 * walk goes from a column wherever its row, and theirs in turn, could stand
 * instead; returns whether it comes to a free column, and in *back whether it
 * comes back.
 */
static bool
walk(Assignment *a, uint32_t from, uint8_t *seen, bool *back)
{
	uint32_t	head = 0;
	uint32_t	tail = 0;
	bool		end = false;

	a->queue[tail++] = from;
	while (head < tail)
	{
		uint32_t	column = a->queue[head++];
		uint32_t	row = a->row_of[column] - 1;
		uint32_t	j;

		for (j = 1; j <= a->columns; j++)
		{
			if (j == column || !could_take(a, row, j))
				continue;
			if (j == from)
				*back = true;
			if (seen[j])
				continue;
			seen[j] = 1;
			if (a->row_of[j] == 0)
				end = true;
			else if (j != from)
				a->queue[tail++] = j;
		}
	}
	return end;
}

/* mark_given_up finds the columns to which somebody could move up if one of their like is given up at no loss. */
static void
mark_given_up(Assignment *a)
{
	uint32_t	j;
	bool		back = false;

	memset(a->given_up, 0, a->columns + 1);
	for (j = 1; j <= a->columns; j++)
		if (a->row_of[j] != 0 && a->v[j] > -EPSILON && !a->given_up[j])
		{
			a->given_up[j] = 1;
			(void) walk(a, j, a->given_up, &back);
		}
}

/* beyond_doubt tells whether a row has its column in every best assignment. */
static bool
beyond_doubt(Assignment *a, uint32_t row)
{
	uint32_t	column = a->column_of[row] + 1;
	bool		back = false;
	bool		end;

	memset(a->seen, 0, a->columns + 1);
	end = walk(a, column, a->seen, &back);
	return !back && !(end && a->given_up[column]);
}

static void
assign_best(CltLink *links, size_t n, uint32_t nl, uint32_t nr, double *scratch)
{
	bool		turned = nl > nr;
	Assignment	a;
	size_t		k;
	uint32_t	i;
	uint32_t	j;

	a.rows = turned ? nr : nl;
	a.columns = (turned ? nl : nr) + a.rows;
	lay_out(&a, scratch);
	for (k = 0; k < (size_t) a.rows * a.columns; k++)
		a.cost[k] = NO_LINK;
	for (i = 0; i < a.rows; i++)
		a.cost[(size_t) i * a.columns + (a.columns - a.rows) + i] = 0;
	for (k = 0; k < n; k++)
	{
		double	   *cost = &a.cost[(size_t) (turned ? links[k].r : links[k].l) * a.columns + (turned ? links[k].l : links[k].r)];

		if (-links[k].gain < *cost)
			*cost = -links[k].gain;
	}
	memset(a.u, 0, (a.rows + 1) * sizeof(double));
	memset(a.v, 0, (a.columns + 1) * sizeof(double));
	memset(a.row_of, 0, (a.columns + 1) * sizeof(uint32_t));
	memset(a.way, 0, (a.columns + 1) * sizeof(uint32_t));
	for (i = 0; i < a.rows; i++)
		add_row(&a, i);
	for (j = 1; j <= a.columns; j++)
		if (a.row_of[j])
			a.column_of[a.row_of[j] - 1] = j - 1;
	mark_given_up(&a);
	for (k = 0; k < n; k++)
	{
		uint32_t	row = turned ? links[k].r : links[k].l;
		uint32_t	column = turned ? links[k].l : links[k].r;

		links[k].taken = a.column_of[row] == column && beyond_doubt(&a, row);
	}
}

static void
assign_greedily(CltLink *links, size_t n, uint32_t nl, uint32_t nr, uint32_t *wanted)
{
	size_t		from;
	size_t		to;
	size_t		k;

	/* how many want a record; NONE: it is gone */
	memset(wanted, 0, ((size_t) nl + nr) * sizeof(uint32_t));
	for (from = 0; from < n; from = to)
	{
		for (to = from; to < n && links[to].gain == links[from].gain; to++)
		{
			uint32_t   *l = &wanted[links[to].l];
			uint32_t   *r = &wanted[nl + links[to].r];

			if (*l == NONE || *r == NONE)
				continue;
			(*l)++;
			(*r)++;
		}
		for (k = from; k < to; k++)
			links[k].taken = wanted[links[k].l] == 1 && wanted[nl + links[k].r] == 1;
		/* who was wanted in this round has a partner now, or is in doubt */
		for (k = from; k < to; k++)
		{
			if (wanted[links[k].l] > 0)
				wanted[links[k].l] = NONE;
			if (wanted[nl + links[k].r] > 0)
				wanted[nl + links[k].r] = NONE;
		}
	}
}

/*
 * clt_assign marks the links of the best assignment that are beyond doubt.  At
 * most one link for each two records; scratch has clt_assign_scratch(nl, nr)
 * doubles.  The links are sorted.
 */
void
clt_assign(CltLink *links, size_t n, uint32_t nl, uint32_t nr, double *scratch)
{
	size_t		k;

	for (k = 0; k < n; k++)
		links[k].taken = false;
	qsort(links, n, sizeof(CltLink), clt_link_compare_gain);
	if (clt_assign_exact(nl, nr))
		assign_best(links, n, nl, nr, scratch);
	else
		assign_greedily(links, n, nl, nr, (uint32_t *) scratch);
}
