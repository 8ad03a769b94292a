/*
 * sql_levels.c
 *		Levels that are the user's own SQL conditions.
 *
 * A condition is an expression over the columns of the comparison, named as l.surname
 * and r.surname or as surname_l and surname_r.  It is planned once, with the values as
 * parameters, and evaluated for a pair of records by the executor's expression
 * evaluator, as PL/pgSQL does it: no query a pair.  It runs with the caller's rights;
 * names are looked up in pg_catalog and in the schema of the extension, all others have
 * to be qualified, so that nobody slips in a function of his.  Volatile functions and
 * subqueries are refused: what is remembered of a pair must hold for the next one.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "nodes/nodeFuncs.h"
#include "nodes/params.h"
#include "nodes/plannodes.h"
#include "optimizer/optimizer.h"
#include "parser/parser.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/plancache.h"

#include "core/clientele.h"
#include "linkage/engine.h"

/* A column's values as its type has them, made when first asked for. */
typedef struct SqlColumn
{
	const CltColumn *column;
	FmgrInfo	input;
	Oid			ioparam;
	Datum	   *value;
	uint8	   *known;			/* 0 not yet, 1 made */
} SqlColumn;

typedef struct SqlLevels
{
	MemoryContext context;
	const LinkComparison *cmp;
	int			level;			/* in work, for the error context */
	int			ncolumns;
	SqlColumn	column[CLT_LEVEL_COLUMNS];
	ParamListInfo params;
	ExprContext *econtext;
	ExprState  *state[CLT_FS_MAX_LEVELS + 1];
} SqlLevels;

/* where_it_is says which condition an error is in. */
static void
where_it_is(void *arg)
{
	SqlLevels  *sql = (SqlLevels *) arg;
	int			position = geterrposition();

	/*
	 * a position the parser found is one in the condition, not in the
	 * caller's query
	 */
	if (position > 0)
	{
		errposition(0);
		internalerrposition(position);
		internalerrquery(sql->cmp->sql[sql->level]);
	}
	if (sql->level > 0)
		errcontext("SQL condition of comparison \"%s\", level %d: %s", sql->cmp->name, sql->level, sql->cmp->sql[sql->level]);
	else
		errcontext("SQL condition of comparison \"%s\", what is missing: %s", sql->cmp->name, sql->cmp->sql[0]);
}

/* an_expression refuses what is not one expression, before it is put into a query. */
static void
an_expression(const char *condition)
{
	List	   *list = raw_parser(condition, RAW_PARSE_PLPGSQL_EXPR);
	SelectStmt *select = list_length(list) == 1 ? (SelectStmt *) linitial_node(RawStmt, list)->stmt : NULL;

	if (!select || !IsA(select, SelectStmt) || list_length(select->targetList) != 1 || select->fromClause ||
		select->whereClause || select->groupClause || select->havingClause || select->sortClause || select->distinctClause ||
		select->limitCount || select->limitOffset || select->lockingClause || select->windowClause || select->withClause ||
		select->valuesLists || select->op != SETOP_NONE || select->intoClause)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("an SQL condition must be one expression")));
}

/* query_of writes the query in which a condition is planned. */
static char *
query_of(LinkJob *job, const LinkComparison *cmp, const char *condition)
{
	StringInfoData out;
	int			side;
	int			f;

	initStringInfo(&out);
	appendStringInfo(&out, "SELECT (%s\n) FROM ", condition);
	for (side = 0; side < 2; side++)
	{
		appendStringInfoString(&out, side ? ", (SELECT " : "(SELECT ");
		for (f = 0; f < cmp->nfields; f++)
			appendStringInfo(&out, "%s$%d AS %s", f ? ", " : "", f + 1 + side * cmp->nfields,
							 quote_identifier(job->field[cmp->field[f]].column[0]));
		appendStringInfoString(&out, side ? ") AS r" : ") AS l");
	}
	appendStringInfoString(&out, ", (SELECT ");
	for (f = 0; f < cmp->nfields; f++)
	{
		const char *column = job->field[cmp->field[f]].column[0];

		appendStringInfo(&out, "%s$%d AS %s", f ? ", " : "", f + 1, quote_identifier(psprintf("%s_l", column)));
		appendStringInfo(&out, ", $%d AS %s", f + 1 + cmp->nfields, quote_identifier(psprintf("%s_r", column)));
	}
	appendStringInfoString(&out, ") AS p");
	return out.data;
}

/* plan_condition plans a condition and returns the expression that is left of the query. */
static Expr *
plan_condition(const char *query, int nargs, Oid *types)
{
	SPIPlanPtr	plan = SPI_prepare(query, nargs, types);
	CachedPlan *cached;
	PlannedStmt *stmt = NULL;
	Expr	   *expr;

	if (!plan)
		elog(ERROR, "could not plan an SQL condition: %s", SPI_result_code_string(SPI_result));
	cached = list_length(SPI_plan_get_plan_sources(plan)) == 1 ? SPI_plan_get_cached_plan(plan) : NULL;
	if (cached && list_length(cached->stmt_list) == 1)
		stmt = linitial_node(PlannedStmt, cached->stmt_list);
	if (!stmt || stmt->commandType != CMD_SELECT || stmt->subplans != NIL || !IsA(stmt->planTree, Result) ||
		stmt->planTree->lefttree || ((Result *) stmt->planTree)->resconstantqual || stmt->planTree->qual ||
		list_length(stmt->planTree->targetlist) != 1)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("an SQL condition must do without subqueries, aggregates and functions that return sets")));
	expr = copyObject(linitial_node(TargetEntry, stmt->planTree->targetlist)->expr);
	if (exprType((Node *) expr) != BOOLOID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("an SQL condition must be boolean, not %s", format_type_be(exprType((Node *) expr)))));
	if (contain_volatile_functions((Node *) expr))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("an SQL condition must not use volatile functions"),
				 errhint("Mark a function of yours STABLE or IMMUTABLE if it is.")));
	ReleaseCachedPlan(cached, NULL);
	SPI_freeplan(plan);
	return expr;
}

/* value_of returns a record's value of a column in the column's type. */
static Datum
value_of(SqlLevels *sql, SqlColumn *c, uint32 row, bool *isnull)
{
	uint32		code = CLT_CODE(c->column, row);

	*isnull = code == 0;
	if (code == 0)
		return (Datum) 0;
	if (!c->known)
	{
		c->value = MemoryContextAllocHuge(sql->context, (Size) c->column->nvalues * sizeof(Datum));
		c->known = MemoryContextAllocExtended(sql->context, c->column->nvalues, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	}
	if (!c->known[code])
	{
		MemoryContext old = MemoryContextSwitchTo(sql->context);
		const CltValue *v = &c->column->values[code];
		char	   *text = pnstrdup(clt_value_text(v), v->len);

		c->value[code] = InputFunctionCall(&c->input, text, c->ioparam, -1);
		c->known[code] = 1;
		MemoryContextSwitchTo(old);
	}
	return c->value[code];
}

/* judge evaluates a condition for two records; NULL is false. */
static bool
judge(void *arg, int level, uint32_t l, uint32_t r)
{
	SqlLevels  *sql = (SqlLevels *) arg;
	ErrorContextCallback callback;
	Datum		result;
	bool		isnull;
	int			f;

	sql->level = level;
	callback.callback = where_it_is;
	callback.arg = sql;
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	for (f = 0; f < sql->ncolumns; f++)
	{
		ParamExternData *left = &sql->params->params[f];
		ParamExternData *right = &sql->params->params[f + sql->ncolumns];

		left->value = value_of(sql, &sql->column[f], l, &left->isnull);
		right->value = value_of(sql, &sql->column[f], r, &right->isnull);
	}
	result = ExecEvalExprSwitchContext(sql->state[level], sql->econtext, &isnull);
	ResetExprContext(sql->econtext);
	error_context_stack = callback.previous;
	return !isnull && DatumGetBool(result);
}

/* clt_link_prepare_sql plans the SQL conditions of a comparison, if it has any. */
void
clt_link_prepare_sql(LinkJob *job, int i)
{
	LinkComparison *cmp = &job->comparison[i];
	MemoryContext old = MemoryContextSwitchTo(job->context);
	ErrorContextCallback callback;
	SqlLevels  *sql;
	EState	   *estate;
	Oid			types[CLT_LEVEL_COLUMNS * 2];
	Expr	   *expr[CLT_FS_MAX_LEVELS + 1];
	bool		any = false;
	int			nest;
	int			f;
	int			g;

	for (g = 0; g <= cmp->levels->nlevels; g++)
		any |= cmp->sql[g] != NULL;
	if (!any)
	{
		MemoryContextSwitchTo(old);
		return;
	}
	sql = palloc0(sizeof(SqlLevels));
	sql->context = job->context;
	sql->cmp = cmp;
	sql->ncolumns = cmp->nfields;
	for (f = 0; f < cmp->nfields; f++)
	{
		LinkField  *field = &job->field[cmp->field[f]];
		Oid			input;

		types[f] = types[f + cmp->nfields] = field->type[0];
		sql->column[f].column = &field->col;
		getTypeInputInfo(field->type[0], &input, &sql->column[f].ioparam);
		fmgr_info_cxt(input, &sql->column[f].input, job->context);
	}
	callback.callback = where_it_is;
	callback.arg = sql;
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	nest = NewGUCNestLevel();
	(void) set_config_option("search_path", "pg_catalog, clientele, pg_temp", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	SPI_connect();
	for (g = 0; g <= cmp->levels->nlevels; g++)
	{
		MemoryContext spi;

		expr[g] = NULL;
		if (!cmp->sql[g])
			continue;
		sql->level = g;
		an_expression(cmp->sql[g]);
		expr[g] = plan_condition(query_of(job, cmp, cmp->sql[g]), cmp->nfields * 2, types);
		/* out of the memory that SPI takes with it */
		spi = MemoryContextSwitchTo(job->context);
		expr[g] = copyObject(expr[g]);
		MemoryContextSwitchTo(spi);
	}
	SPI_finish();
	MemoryContextSwitchTo(job->context);
	AtEOXact_GUC(true, nest);
	estate = CreateExecutorState();
	sql->econtext = CreateExprContext(estate);
	sql->params = makeParamList(cmp->nfields * 2);
	for (f = 0; f < cmp->nfields * 2; f++)
	{
		sql->params->params[f].ptype = types[f];
		sql->params->params[f].pflags = 0;
		sql->params->params[f].isnull = true;
	}
	estate->es_param_list_info = sql->params;
	sql->econtext->ecxt_param_list_info = sql->params;
	for (g = 0; g <= cmp->levels->nlevels; g++)
		if (expr[g])
		{
			MemoryContext at;

			sql->level = g;
			at = MemoryContextSwitchTo(estate->es_query_cxt);
			sql->state[g] = ExecInitExprWithParams(expr[g], sql->params);
			MemoryContextSwitchTo(at);
		}
	error_context_stack = callback.previous;
	cmp->levels->judge = judge;
	cmp->levels->arg = sql;
	MemoryContextSwitchTo(old);
}
