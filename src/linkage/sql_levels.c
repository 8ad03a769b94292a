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
 *
 * Values repeat, and so do pairs of them: what a condition said of the values that it
 * looks at is remembered.  Parallel workers get the plans from the leader and evaluate
 * them as they would those of a query, if all functions in them are parallel safe.
 */
#include "postgres.h"

#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "mb/pg_wchar.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/params.h"
#include "nodes/plannodes.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "parser/parser.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/plancache.h"

#include "core/clientele.h"
#include "core/encoding.h"
#include "linkage/crew.h"
#include "linkage/engine.h"

/* Values of a column that are kept as its type has them; the place of a code follows from it. */
#define VALUES_KEPT 65536
/* Values are forgotten when they take more than this. */
#define VALUES_MEMORY (4 * 1024 * 1024)
/* What a condition said of so many combinations of values is remembered at most. */
#define MOST_VERDICTS 8192
/* Of either as many are kept as there may be, and these at least. */
#define LEAST_KEPT 64
/*
 * Remembering is dearer than a cheap condition where pairs of values do not come again:
 * if of so many fewer than a quarter did, it is left for so long.
 */
#define TRIAL 4096
#define PAUSE (16 * TRIAL)

typedef struct SqlValue
{
	Datum		value;
	uint32		code;			/* whose value it is; 0: nobody's */
} SqlValue;

typedef struct SqlColumn
{
	const CltColumn *column;
	Oid			type;
	FmgrInfo	input;
	Oid			ioparam;
	uint32		size;			/* a power of two */
	SqlValue   *kept;
} SqlColumn;

/* One condition, and what it said last of values that fall into one place. */
typedef struct SqlCondition
{
	Expr	   *expr;
	ExprState  *state;
	int			nused;			/* values it looks at: columns of the left
								 * record, then those of the right one */
	uint8		used[CLT_LEVEL_COLUMNS * 2];
	uint32		size;			/* a power of two */
	uint32	   *seen;			/* nused codes a place; NULL: values hardly
								 * repeat */
	uint8	   *said;			/* 0: nothing yet, 1: no, 2: yes */
	int			asked;			/* since a trial began; below 0: in a pause */
	int			known;			/* of these */
} SqlCondition;

typedef struct SqlLevels
{
	MemoryContext values;		/* what the columns keep */
	const LinkComparison *cmp;
	int			level;			/* in work, for the error context */
	int			ncolumns;
	SqlColumn	column[CLT_LEVEL_COLUMNS];
	ParamListInfo params;
	EState	   *estate;
	ExprContext *econtext;
	SqlCondition condition[CLT_FS_MAX_LEVELS + 1];
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

/* The plans of a comparison's conditions, which outlive a job. */
typedef struct LinkPlans
{
	SPIPlanPtr	of[CLT_FS_MAX_LEVELS + 1];
} LinkPlans;

/* plan_of plans a condition, unless that was done before. */
static SPIPlanPtr
plan_of(LinkJob *job, const LinkComparison *cmp, int level, Oid *types)
{
	SPIPlanPtr	plan = cmp->plans ? cmp->plans->of[level] : NULL;

	if (plan)
		return plan;
	an_expression(cmp->sql[level]);
	plan = SPI_prepare(query_of(job, cmp, cmp->sql[level]), cmp->nfields * 2, types);
	if (!plan)
		elog(ERROR, "could not plan an SQL condition: %s", SPI_result_code_string(SPI_result));
	if (cmp->plans)
	{
		SPI_keepplan(plan);
		cmp->plans->of[level] = plan;
	}
	return plan;
}

/*
 * expression_of returns the expression that is left of the query in which a condition was planned.  A plan that was
 * kept is made anew here if a function in it has changed; what is asked of it is asked each time.
 */
static Expr *
expression_of(SPIPlanPtr plan, bool kept, MemoryContext context)
{
	MemoryContext old;
	CachedPlan *cached;
	PlannedStmt *stmt = NULL;
	Expr	   *expr;

	cached = list_length(SPI_plan_get_plan_sources(plan)) == 1 ? SPI_plan_get_cached_plan(plan) : NULL;
	if (cached && list_length(cached->stmt_list) == 1)
		stmt = linitial_node(PlannedStmt, cached->stmt_list);
	if (!stmt || stmt->commandType != CMD_SELECT || stmt->subplans != NIL || !IsA(stmt->planTree, Result) ||
		stmt->planTree->lefttree || ((Result *) stmt->planTree)->resconstantqual || stmt->planTree->qual ||
		list_length(stmt->planTree->targetlist) != 1)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("an SQL condition must do without subqueries, aggregates and functions that return sets")));
	old = MemoryContextSwitchTo(context);
	expr = copyObject(linitial_node(TargetEntry, stmt->planTree->targetlist)->expr);
	MemoryContextSwitchTo(old);
	if (exprType((Node *) expr) != BOOLOID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("an SQL condition must be boolean, not %s", format_type_be(exprType((Node *) expr)))));
	if (contain_volatile_functions((Node *) expr))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("an SQL condition must not use volatile functions"),
				 errhint("Mark a function of yours STABLE or IMMUTABLE if it is.")));
	ReleaseCachedPlan(cached, kept ? CurrentResourceOwner : NULL);
	return expr;
}

/* ---- evaluating ---- */

/* value_of returns the value of a code in the column's type. */
static Datum
value_of(SqlLevels *sql, SqlColumn *c, uint32 code)
{
	SqlValue   *kept = &c->kept[code & (c->size - 1)];
	const CltValue *v = &c->column->values[code];
	const char *s = clt_value_text(v);
	size_t		len = v->len;
	MemoryContext old;

	if (kept->code == code)
		return kept->value;
	old = MemoryContextSwitchTo(sql->values);
	kept->code = 0;
	s = clt_show_utf8(s, &len);
	if (c->type == TEXTOID || c->type == VARCHAROID)
		kept->value = PointerGetDatum(cstring_to_text_with_len(s, (int) len));
	else if (v->len > CLT_NORMAL_CAP - MAX_MULTIBYTE_CHAR_LEN)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a value of type %s is too long for a condition in SQL", format_type_be(c->type)),
				 errdetail("Of such values %d bytes are kept.", CLT_NORMAL_CAP - MAX_MULTIBYTE_CHAR_LEN)));
	else
		kept->value = InputFunctionCall(&c->input, pnstrdup(s, len), c->ioparam, -1);
	kept->code = code;
	MemoryContextSwitchTo(old);
	return kept->value;
}

/* forget_values makes room where values have taken too much of it. */
static void
forget_values(SqlLevels *sql)
{
	int			f;

	if (MemoryContextMemAllocated(sql->values, false) <= VALUES_MEMORY)
		return;
	MemoryContextReset(sql->values);
	for (f = 0; f < sql->ncolumns; f++)
		memset(sql->column[f].kept, 0, sql->column[f].size * sizeof(SqlValue));
}

/* evaluate evaluates a condition for the values of two records. */
static bool
evaluate(SqlLevels *sql, int level, uint32 l, uint32 r)
{
	const SqlCondition *condition = &sql->condition[level];
	ErrorContextCallback callback;
	Datum		result;
	bool		isnull;
	int			k;

	sql->level = level;
	callback.callback = where_it_is;
	callback.arg = sql;
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	forget_values(sql);
	for (k = 0; k < condition->nused; k++)
	{
		int			which = condition->used[k];
		SqlColumn  *column = &sql->column[which % sql->ncolumns];
		ParamExternData *param = &sql->params->params[which];
		uint32		code = CLT_CODE(column->column, which < sql->ncolumns ? l : r);

		param->isnull = code == 0;
		param->value = code ? value_of(sql, column, code) : (Datum) 0;
	}
	result = ExecEvalExprSwitchContext(condition->state, sql->econtext, &isnull);
	ResetExprContext(sql->econtext);
	error_context_stack = callback.previous;
	return !isnull && DatumGetBool(result);
}

/* worth_asking tells whether what is remembered may help, and is asked once a pair. */
static inline bool
worth_asking(SqlCondition *condition)
{
	if (++condition->asked == TRIAL)
	{
		condition->asked = condition->known * 4 < TRIAL ? -PAUSE : 0;
		condition->known = 0;
	}
	return condition->asked >= 0;
}

/* judge tells whether a condition holds for two records; NULL is false. */
static bool
judge(void *arg, int level, uint32_t l, uint32_t r)
{
	SqlLevels  *sql = (SqlLevels *) arg;
	SqlCondition *condition = &sql->condition[level];
	uint32		code[CLT_LEVEL_COLUMNS * 2];
	uint32	   *seen;
	uint64		key = 0;
	uint32		at;
	bool		known;
	int			k;

	if (!condition->seen || !worth_asking(condition))
		return evaluate(sql, level, l, r);
	for (k = 0; k < condition->nused; k++)
	{
		int			which = condition->used[k];

		code[k] = CLT_CODE(sql->column[which % sql->ncolumns].column, which < sql->ncolumns ? l : r);
		key = (key ^ code[k]) * UINT64CONST(0x9e3779b97f4a7c15) + (key >> 29);
	}
	at = (uint32) (key >> 32) & (condition->size - 1);
	seen = condition->seen + (Size) at * condition->nused;
	known = condition->said[at] != 0;
	for (k = 0; k < condition->nused; k++)
		known &= seen[k] == code[k];
	condition->known += known;
	if (!known)
	{
		condition->said[at] = 0;
		for (k = 0; k < condition->nused; k++)
			seen[k] = code[k];
		condition->said[at] = evaluate(sql, level, l, r) ? 2 : 1;
	}
	return condition->said[at] == 2;
}

/* find_used notes which values an expression looks at. */
static bool
find_used(Node *node, void *arg)
{
	bool	   *used = (bool *) arg;

	if (node == NULL)
		return false;
	if (IsA(node, Param))
		used[((Param *) node)->paramid - 1] = true;
	return expression_tree_walker(node, find_used, arg);
}

/* room_for is the size of a table for n things, which is not larger than the most. */
static uint32
room_for(uint32 n, uint32 most)
{
	uint32		size = LEAST_KEPT;

	while (size < n && size < most)
		size *= 2;
	return size;
}

/* get_ready prepares a condition that was planned to be evaluated. */
static void
get_ready(LinkJob *job, SqlLevels *sql, int level)
{
	SqlCondition *condition = &sql->condition[level];
	bool		used[CLT_LEVEL_COLUMNS * 2] = {false};
	bool		repeat = true;
	MemoryContext old;
	int			k;

	find_used((Node *) condition->expr, used);
	for (k = 0; k < sql->ncolumns * 2; k++)
	{
		const CltColumn *column = sql->column[k % sql->ncolumns].column;

		if (!used[k])
			continue;
		condition->used[condition->nused++] = (uint8) k;
		repeat &= (int64) column->nvalues * 2 <= column->filled;
	}
	if (repeat)
	{
		condition->size = room_for(job->n, MOST_VERDICTS);
		condition->seen = palloc0((Size) condition->size * Max(condition->nused, 1) * sizeof(uint32));
		condition->said = palloc0(condition->size);
	}
	sql->level = level;
	old = MemoryContextSwitchTo(sql->estate->es_query_cxt);
	condition->state = ExecInitExprWithParams(condition->expr, sql->params);
	MemoryContextSwitchTo(old);
}

/* set_up makes a comparison ask its conditions, which are planned (NULL: there is none). */
static SqlLevels *
set_up(LinkJob *job, int i, Expr *const *expr)
{
	LinkComparison *cmp = &job->comparison[i];
	SqlLevels  *sql = palloc0(sizeof(SqlLevels));
	ErrorContextCallback callback;
	int			f;
	int			g;

	sql->values = AllocSetContextCreate(job->context, "clientele values of SQL conditions", ALLOCSET_DEFAULT_SIZES);
	sql->cmp = cmp;
	sql->ncolumns = cmp->nfields;
	sql->estate = CreateExecutorState();
	sql->econtext = CreateExprContext(sql->estate);
	sql->params = makeParamList(cmp->nfields * 2);
	sql->estate->es_param_list_info = sql->params;
	sql->econtext->ecxt_param_list_info = sql->params;
	for (f = 0; f < cmp->nfields; f++)
	{
		LinkField  *field = &job->field[cmp->field[f]];
		SqlColumn  *column = &sql->column[f];
		Oid			input;

		column->column = &field->col;
		column->type = field->type[0];
		getTypeInputInfo(column->type, &input, &column->ioparam);
		fmgr_info(input, &column->input);
		column->size = room_for(field->col.nvalues, VALUES_KEPT);
		column->kept = palloc0(column->size * sizeof(SqlValue));
		sql->params->params[f].ptype = sql->params->params[f + cmp->nfields].ptype = column->type;
		sql->params->params[f].isnull = sql->params->params[f + cmp->nfields].isnull = true;
	}
	callback.callback = where_it_is;
	callback.arg = sql;
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	for (g = 0; g <= cmp->levels->nlevels; g++)
		if ((sql->condition[g].expr = expr[g]) != NULL)
			get_ready(job, sql, g);
	error_context_stack = callback.previous;
	cmp->levels->judge = judge;
	cmp->levels->arg = sql;
	return sql;
}

/* ---- other processes ---- */

/* may_be_shared tells whether parallel workers may evaluate a condition, and read the values it looks at. */
static bool
may_be_shared(const SqlLevels *sql, const SqlCondition *condition)
{
	Query	   *query = makeNode(Query);
	int			k;

	query->commandType = CMD_SELECT;
	query->targetList = list_make1(makeTargetEntry(condition->expr, 1, NULL, false));
	if (max_parallel_hazard(query) != PROPARALLEL_SAFE)
		return false;
	for (k = 0; k < condition->nused; k++)
		if (func_parallel(sql->column[condition->used[k] % sql->ncolumns].input.fn_oid) != PROPARALLEL_SAFE)
			return false;
	return true;
}

/*
 * clt_link_write_sql writes the conditions of a job down for its workers: a list of
 * comparisons, each with its number, its name and its conditions, these with level, text
 * and plan.  Workers need not plan, and evaluate what the leader does.
 */
char	   *
clt_link_write_sql(const LinkJob *job)
{
	List	   *all = NIL;
	int			i;
	int			g;

	for (i = 0; i < job->ncomparisons; i++)
	{
		const LinkComparison *cmp = &job->comparison[i];
		const SqlLevels *sql = cmp->levels && cmp->levels->judge ? (const SqlLevels *) cmp->levels->arg : NULL;
		List	   *conditions = NIL;

		if (!sql)
			continue;
		for (g = 0; g <= cmp->levels->nlevels; g++)
			if (sql->condition[g].expr)
				conditions = lappend(conditions, list_make3(makeInteger(g), makeString(cmp->sql[g]), sql->condition[g].expr));
		all = lappend(all, list_make3(makeInteger(i), makeString(cmp->name), conditions));
	}
	return nodeToString(all);
}

/* clt_link_read_sql gets a worker's copy of a job ready to evaluate them. */
void
clt_link_read_sql(LinkJob *job, const char *text)
{
	ListCell   *lc;

	foreach(lc, (List *) stringToNode(text))
	{
		List	   *entry = (List *) lfirst(lc);
		int			i = intVal(linitial(entry));
		Expr	   *expr[CLT_FS_MAX_LEVELS + 1] = {NULL};
		ListCell   *cc;

		job->comparison[i].name = strVal(lsecond(entry));
		foreach(cc, (List *) lthird(entry))
		{
			List	   *condition = (List *) lfirst(cc);
			int			g = intVal(linitial(condition));

			job->comparison[i].sql[g] = strVal(lsecond(condition));
			expr[g] = (Expr *) lthird(condition);
			fix_opfuncids((Node *) expr[g]);
		}
		set_up(job, i, expr);
	}
}

/* ---- preparing ---- */

/* plan_conditions plans the conditions of a comparison. */
static void
plan_conditions(LinkJob *job, const LinkComparison *cmp, Expr **expr)
{
	SqlLevels	about = {.cmp = cmp};
	ErrorContextCallback callback;
	Oid			types[CLT_LEVEL_COLUMNS * 2];
	int			nest = NewGUCNestLevel();
	int			f;
	int			g;

	for (f = 0; f < cmp->nfields; f++)
		types[f] = types[f + cmp->nfields] = job->field[cmp->field[f]].type[0];
	callback.callback = where_it_is;
	callback.arg = &about;
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	(void) set_config_option("search_path", "pg_catalog, clientele, pg_temp", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	SPI_connect();
	for (g = 0; g <= cmp->levels->nlevels; g++)
	{
		SPIPlanPtr	plan;

		if (!cmp->sql[g])
			continue;
		about.level = g;
		plan = plan_of(job, cmp, g, types);
		expr[g] = expression_of(plan, cmp->plans != NULL, job->context);
		if (!cmp->plans)
			SPI_freeplan(plan);
	}
	SPI_finish();
	AtEOXact_GUC(true, nest);
	error_context_stack = callback.previous;
}

/* clt_link_prepare_sql plans the SQL conditions of a comparison, if it has any. */
void
clt_link_prepare_sql(LinkJob *job, int i)
{
	LinkComparison *cmp = &job->comparison[i];
	MemoryContext old = MemoryContextSwitchTo(job->context);
	Expr	   *expr[CLT_FS_MAX_LEVELS + 1] = {NULL};
	SqlLevels  *sql;
	bool		any = false;
	int			g;

	for (g = 0; g <= cmp->levels->nlevels; g++)
		any |= cmp->sql[g] != NULL;
	if (any)
	{
		/* to plan may be to run a statement */
		clt_link_crew_send_home(job);
		plan_conditions(job, cmp, expr);
		MemoryContextSwitchTo(job->context);
		sql = set_up(job, i, expr);
		for (g = 0; g <= cmp->levels->nlevels; g++)
			if (expr[g] && !job->probe && !may_be_shared(sql, &sql->condition[g]))
				job->compares_alone = true;
		if (job->compares_alone)
			job->workers_stay = false;
	}
	MemoryContextSwitchTo(old);
}

/* free_plans runs when the memory of a model goes. */
static void
free_plans(void *arg)
{
	LinkPlans  *plans = (LinkPlans *) arg;
	int			g;

	for (g = 0; g <= CLT_FS_MAX_LEVELS; g++)
		if (plans->of[g])
			SPI_freeplan(plans->of[g]);
}

/* clt_link_keep_plans lets the conditions of a job, and of copies of it, be planned once for as long as its memory lasts. */
void
clt_link_keep_plans(LinkJob *job)
{
	int			i;

	for (i = 0; i < job->ncomparisons; i++)
		if (job->comparison[i].levels)
		{
			LinkPlans  *plans = MemoryContextAllocZero(job->context, sizeof(LinkPlans));
			MemoryContextCallback *callback = MemoryContextAllocZero(job->context, sizeof(MemoryContextCallback));

			callback->func = free_plans;
			callback->arg = plans;
			MemoryContextRegisterResetCallback(job->context, callback);
			job->comparison[i].plans = plans;
		}
}
