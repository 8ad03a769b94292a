/*
 * kinds.c
 *		What comparisons need beyond their kind: how their columns are asked for, which
 *		values say nothing, the user's own levels, and what he says of the parameters.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "core/clientele.h"
#include "linkage/check_digits.h"
#include "linkage/engine.h"

/* as_text appends a column as text, an array as its elements. */
static void
as_text(StringInfo sql, const char *column, Oid type)
{
	const char *quoted = quote_identifier(column);

	if (OidIsValid(get_element_type(type)))
		appendStringInfo(sql, "pg_catalog.array_to_string(%s, E'\\x1f')", quoted);
	else
		appendStringInfo(sql, "%s::pg_catalog.text", quoted);
}

/* verbatim_text appends a column as text that does not depend on the session's date style. */
static void
verbatim_text(StringInfo sql, const char *column, Oid type)
{
	const char *quoted = quote_identifier(column);

	if (type == DATEOID)
		appendStringInfo(sql, "pg_catalog.to_char(%s, 'YYYY-MM-DD')", quoted);
	else if (type == TIMESTAMPOID || type == TIMESTAMPTZOID)
		appendStringInfo(sql, "pg_catalog.to_char(%s, 'YYYY-MM-DD HH24:MI:SS.US')", quoted);
	else
		appendStringInfo(sql, "%s::pg_catalog.text", quoted);
}

/*
 * clt_link_field_expression appends how a field is asked for where that is more than
 * the column itself; false if it is not.
 */
bool
clt_link_field_expression(StringInfo sql, const LinkField *field)
{
	int			i;

	if (field->kind == CLT_KIND_VERBATIM)
	{
		appendStringInfoString(sql, ", ");
		verbatim_text(sql, field->column[0], field->type[0]);
		return true;
	}
	/* a birth date with a time is one, however the session writes it */
	if (field->kind == CLT_KIND_DATE && field->ncolumns == 1 && !field->element &&
		(field->type[0] == TIMESTAMPOID || field->type[0] == TIMESTAMPTZOID))
	{
		appendStringInfoString(sql, ", ");
		verbatim_text(sql, field->column[0], field->type[0]);
		return true;
	}
	if (field->kind == CLT_KIND_LOCATION)
	{
		appendStringInfoString(sql, ", ");
		if (field->ncolumns == 2)
		{
			as_text(sql, field->column[0], InvalidOid);
			appendStringInfoString(sql, " OPERATOR(pg_catalog.||) ' ' OPERATOR(pg_catalog.||) ");
			as_text(sql, field->column[1], InvalidOid);
		}
		else if (field->type[0] == POINTOID)
			/* x is the longitude */
			appendStringInfo(sql, "(%s)[1]::pg_catalog.text OPERATOR(pg_catalog.||) ' ' OPERATOR(pg_catalog.||) (%s)[0]::pg_catalog.text",
							 quote_identifier(field->column[0]), quote_identifier(field->column[0]));
		else
			as_text(sql, field->column[0], InvalidOid);
		return true;
	}
	if (!field->element)
		return false;
	appendStringInfoString(sql, ", pg_catalog.concat_ws(E'\\x1f'");
	for (i = 0; i < field->ncolumns; i++)
	{
		appendStringInfoString(sql, ", ");
		as_text(sql, field->column[i], field->type[i]);
	}
	appendStringInfoString(sql, ")");
	return true;
}

/* clt_link_accept judges a normalised value: false if it says nothing; identifiers are checked. */
bool
clt_link_accept(const LinkField *field, CltNormal *normal)
{
	int			i;

	if (field->nplaceholders > 0)
	{
		uint64		hash = clt_block_hash(normal->s, normal->len, 2);

		for (i = 0; i < field->nplaceholders; i++)
			if (field->placeholder[i] == hash)
				return false;
	}
	if (field->scheme)
		normal->flags |= clt_scheme_check(field->scheme, normal->s, &normal->len) ? CLT_VALUE_CHECKED : CLT_VALUE_WRONG;
	return normal->len > 0;
}

int
clt_link_nlevels(const LinkComparison *cmp)
{
	return cmp->levels ? cmp->levels->nlevels : clt_kind_info[cmp->kind].nlevels;
}

/* clt_link_different returns the first level of a comparison at which values are different. */
int
clt_link_different(const LinkComparison *cmp)
{
	return cmp->levels ? cmp->levels->nlevels : clt_kind_info[cmp->kind].different;
}

/* clt_link_label names a level of a comparison. */
const char *
clt_link_label(const LinkComparison *cmp, int level)
{
	return cmp->label[level] ? cmp->label[level] : clt_kind_info[cmp->kind].label[level];
}

/* same_share returns the share of pairs of records that have the same value of a column. */
static double
same_share(const CltColumn *col)
{
	double		n = (double) col->filled;
	double		same = 0;
	uint32		i;

	for (i = 1; i < col->nvalues; i++)
		same += (double) col->values[i].count * (col->values[i].count - 1.0);
	return (same + 1.0) / (n * Max(n - 1.0, 0) + 2.0);
}

/* exact_level is the level that says that the values of a column are equal and nothing else; 0: none. */
static int
exact_level(const CltLevels *levels, int column)
{
	int			g;

	for (g = 1; g < levels->nlevels; g++)
		if (levels->level[g].ntests == 1 && levels->level[g].test[0].test == CLT_TEST_EXACT &&
			levels->level[g].test[0].column == column)
			return g;
	return 0;
}

/* clt_link_single_values is the column whose values' frequencies count. */
CltColumn *
clt_link_single_values(LinkField *field)
{
	return field->element ? &field->element->col : &field->col;
}

/* clt_link_kernel_of_kind completes the kernel of a comparison that is more than its kind. */
void
clt_link_kernel_of_kind(LinkJob *job, int i)
{
	LinkComparison *cmp = &job->comparison[i];
	int			f;

	for (f = 0; f < cmp->nfields; f++)
		if (cmp->levels)
			cmp->levels->column[f] = &job->field[cmp->field[f]].col;
	if (!cmp->levels)
		return;
	job->kernel[i].levels = cmp->levels;
	/* workers get conditions in SQL from the leader */
	if (job->participant == 0)
		clt_link_prepare_sql(job, i);
}

/*
 * clt_link_prepare_levels finds what is known of a comparison of a comparison of the user's own levels before any pair.
 * What is expected of m before any data: most pairs of one person at the first level,
 * few at the last, the rest between them.
 */
void
clt_link_prepare_levels(LinkJob *job, int i)
{
	LinkComparison *cmp = &job->comparison[i];
	CltLevels  *levels = cmp->levels;
	CltFsComparison *fs = &job->fs.c[i];
	int			between = levels->nlevels - 2;
	int			f;
	int			g;

	for (f = 0; f < cmp->nfields; f++)
	{
		CltColumn  *col = &job->field[cmp->field[f]].col;
		int			exact = exact_level(levels, f);
		uint32		v;

		levels->log_u[f] = (float) log2(exact && cmp->u_fixed ? cmp->u[exact] : same_share(col));
		for (v = 1; v < col->nvalues; v++)
			col->values[v].tf_u = (float) log2((double) Max(col->values[v].count, 1) / Max(col->filled, 1));
	}
	fs->scope = CLT_FS_PERSONAL;
	fs->tf = exact_level(levels, 0) == 1;
	if (fs->tf)
		fs->rate[0] = same_share(levels->column[0]);
	for (g = 1; g <= levels->nlevels; g++)
		fs->m0[g] = levels->nlevels == 1 ? 1 : g == 1 ? (between ? .72 : .9) : g == levels->nlevels ? .1 : .18 / between;
}

/* limit_frequencies applies floor and weight of the term-frequency adjustment. */
static void
limit_frequencies(LinkComparison *cmp, CltColumn *col)
{
	float		floor_u = cmp->tf_floor > 0 ? (float) log2(cmp->tf_floor) - col->log_u : -1000;
	float		floor_h = cmp->tf_floor > 0 ? (float) log2(0.01 + 0.99 * cmp->tf_floor) - col->log_h : -1000;
	uint32		v;

	for (v = 1; v < col->nvalues; v++)
	{
		col->values[v].tf_u = (float) cmp->tf_weight * Max(col->values[v].tf_u, floor_u);
		if (col->values[v].tf_h != 0)
			col->values[v].tf_h = (float) cmp->tf_weight * Max(col->values[v].tf_h, floor_h);
	}
}

/* clt_link_apply_options says what holds for a comparison in training and after it, and puts what the user says in the place of what its kind says. */
void
clt_link_apply_options(LinkJob *job, int i)
{
	LinkComparison *cmp = &job->comparison[i];
	CltFsComparison *fs = &job->fs.c[i];
	LinkField  *field = &job->field[cmp->field[0]];
	int			g;

	fs->several = clt_kind_info[cmp->kind].several;
	if (cmp->scope >= 0 && cmp->scope != (int) fs->scope)
	{
		fs->scope = (CltFsScope) cmp->scope;

		/*
		 * of what a household shares nothing is known before: as often as one
		 * person does
		 */
		if (fs->scope == CLT_FS_SHARED)
			memcpy(fs->h0, fs->m0, sizeof(fs->h0));
	}
	if (fs->tf && !cmp->levels && cmp->tf == 1)
		limit_frequencies(cmp, clt_link_single_values(field));
	for (g = 1; g <= fs->nlevels; g++)
	{
		if (cmp->m[g] > 0)
			fs->m0[g] = fs->m[g] = cmp->m[g];
		if (cmp->u_fixed)
			fs->u[g] = cmp->u[g];
	}
	fs->m_fixed = cmp->m_fixed;
	fs->u_fixed = cmp->u_fixed;
	if (fs->m_fixed)
		fs->most.most = fs->loose.most = 0;
	fs->weight_set = cmp->weight_set;
	memcpy(fs->weight, cmp->weight, sizeof(fs->weight));
}
