/*
 * level.c
 *		How far two values agree, by their kind: a comparison's kernel for one pair.
 *
 * A condition that Splink writes into its query names one level of one comparison and
 * is called for every pair.  So what a call has normalised is kept for the next one of
 * the same place of the query, as the dictionary of a column, until that has grown.
 * Nothing is known of a table here: every word and every name counts as a common one.
 * Where a resolved model is named, what its last run learnt of values and words (whose sex
 * a name tells, which names are common, which words are rare or are given names) is asked
 * of its index, once a value.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "core/clientele.h"
#include "core/encoding.h"
#include "linkage/engine.h"
#include "linkage/probe.h"
#include "linkage/reading.h"

/* A dictionary is begun anew when it has so many values. */
#define MOST_VALUES 8192
/* Records that have a word: nothing is rare. */
#define COMMON 1000000

/* The comparison of a resolved model that values are compared as, and when its index was asked. */
typedef struct LevelModel
{
	text	   *name;			/* NULL: no model is asked */
	text	   *comparison;		/* NULL: the first one of the kind */
	int			part;			/* of the index */
	uint32		settled;		/* values that it was asked for */
	TransactionId xmin;
	TransactionId xmax;
	uint32		xcnt;
	CommandId	curcid;
} LevelModel;

/* What one place of a query remembers. */
typedef struct LevelState
{
	MemoryContext context;		/* of the dictionaries */
	LevelModel	model;
	CltKind		kind;			/* that they are for */
	LinkField	field[CLT_ADDRESS_PARTS];	/* of an address; else the first */
	bool		started[CLT_ADDRESS_PARTS];
	CltNormal	normal;
} LevelState;

static CltKind
kind_argument(text *name)
{
	int			kind = clt_kind_by_name(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));

	if (kind < 0 || kind == CLT_KIND_ADDRESS || kind == CLT_KIND_LEVELS || kind == CLT_KIND_VERBATIM)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" is not a kind of single values", text_to_cstring(name)),
				 errhint("For instance given_name, surname, email, phone, date; address_level() compares addresses.")));
	return (CltKind) kind;
}

/* forget begins what a place remembers anew. */
static void
forget(LevelState *state, CltKind kind)
{
	MemoryContextReset(state->context);
	memset(state->started, 0, sizeof(state->started));
	memset(&state->model, 0, sizeof(state->model));
	state->kind = kind;
}

/* state_of returns what the calling place remembers, with room for further values. */
static LevelState *
state_of(FunctionCallInfo fcinfo, CltKind kind)
{
	LevelState *state = fcinfo->flinfo->fn_extra;
	bool		full = false;
	int			i;

	if (!state)
	{
		state = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(LevelState));
		state->context = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt, "clientele levels", ALLOCSET_DEFAULT_SIZES);
		state->kind = kind;
		fcinfo->flinfo->fn_extra = state;
	}
	for (i = 0; i < CLT_ADDRESS_PARTS; i++)
		full |= state->started[i] && state->field[i].col.nvalues > MOST_VALUES;
	if (full || state->kind != kind)
		forget(state, kind);
	return state;
}

static LinkField *
field_of(LevelState *state, int part, CltKind kind)
{
	LinkField  *field = &state->field[part];
	LinkJob		job = {0};

	if (state->started[part])
		return field;
	memset(field, 0, sizeof(LinkField));
	field->kind = kind;
	job.context = state->context;
	clt_link_field_start(&job, field, 16);
	state->started[part] = true;
	return field;
}

/* code_of returns the code of a value, 0 if it says nothing. */
static uint32
code_of(LevelState *state, LinkField *field, const char *s, size_t len)
{
	const char *utf8 = clt_read_as_utf8(s, &len);
	uint32		known = field->col.ntokens;
	uint32		code = 0;

	if (clt_normalize(field->kind, utf8, len, &state->normal) && clt_link_accept(field, &state->normal))
		code = clt_link_value_code(field, &state->normal);
	for (; !state->model.name && known < field->col.ntokens; known++)
	{
		field->col.tokens[known].count = COMMON;
		field->col.tokens[known].idf = 1;
	}
	if (utf8 != s)
		pfree((char *) utf8);
	return code;
}

/* level_of is the level of two values of one column, 0 if one of them says nothing. */
static int
level_of(LinkField *field, uint32 a, uint32 b)
{
	CltComparison cmp = {.kind = field->kind,.column = &field->col};
	uint32		codes[2] = {a, b};
	uint32		tf_value;

	field->col.code = codes;
	field->col.stride = 1;
	return clt_compare_records(&cmp, NULL, 0, 1, &tf_value);
}

/* same_text tells whether two texts, of which both may be NULL, are the same. */
static bool
same_text(const text *a, const text *b)
{
	if (!a || !b)
		return a == b;
	return VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) && memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0;
}

/* asked_now tells whether the index that was asked is the one that the statement sees: nothing was committed since, nor done. */
static bool
asked_now(const LevelModel *model)
{
	Snapshot	now = GetActiveSnapshot();

	return model->xmin == now->xmin && model->xmax == now->xmax && model->xcnt == now->xcnt && model->curcid == now->curcid;
}

/* comparison_of finds the comparison of a model that values of a kind are compared as. */
static const LinkComparison *
comparison_of(const LinkJob *job, CltKind kind, text *name)
{
	int			i;

	for (i = 0; i < job->ncomparisons; i++)
	{
		const LinkComparison *cmp = &job->comparison[i];

		if (name ? strlen(cmp->name) == VARSIZE_ANY_EXHDR(name) && memcmp(cmp->name, VARDATA_ANY(name), strlen(cmp->name)) == 0 : cmp->kind == kind)
		{
			if (cmp->kind == kind)
				return cmp;
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("comparison \"%s\" of linkage model \"%s\" is of kind %s, not %s",
							cmp->name, job->model, clt_kind_info[cmp->kind].name, clt_kind_info[kind].name)));
		}
	}
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 name ? errmsg("linkage model \"%s\" has no comparison \"%s\"", job->model, text_to_cstring(name)) :
			 errmsg("linkage model \"%s\" has no comparison of kind %s", job->model, clt_kind_info[kind].name),
			 errhint("clientele.model_parameters(%s) lists them.", quote_literal_cstr(job->model))));
	return NULL;
}

/* begin_model begins a dictionary of values of a comparison of a model. */
static void
begin_model(LevelState *state, LinkProbe *probe, text *name, text *comparison)
{
	LinkJob    *job = probe->model->job;
	const LinkComparison *cmp = comparison_of(job, state->kind, comparison);
	LinkField  *of_model = &job->field[cmp->field[0]];
	LevelModel *model = &state->model;
	LinkField  *field;
	MemoryContext old;

	forget(state, state->kind);
	field = field_of(state, 0, state->kind);
	model->part = of_model->element ? LINK_ELEMENT_PART(cmp->field[0]) : cmp->field[0];
	of_model = of_model->element ? of_model->element : of_model;
	old = MemoryContextSwitchTo(state->context);
	field->scheme = of_model->scheme;
	field->nplaceholders = of_model->nplaceholders;
	if (field->nplaceholders > 0)
	{
		field->placeholder = palloc(sizeof(uint64) * field->nplaceholders);
		memcpy(field->placeholder, of_model->placeholder, sizeof(uint64) * field->nplaceholders);
	}
	model->xmin = probe->snapshot->xmin;
	model->xmax = probe->snapshot->xmax;
	model->xcnt = probe->snapshot->xcnt;
	model->curcid = probe->snapshot->curcid;
	model->comparison = comparison ? DatumGetTextPCopy(PointerGetDatum(comparison)) : NULL;
	model->name = DatumGetTextPCopy(PointerGetDatum(name));
	MemoryContextSwitchTo(old);
}

/* open_model opens a model for what a call asks of it. */
static LinkProbe *
open_model(text *name)
{
	SPI_connect();
	return clt_probe_open(text_to_cstring(name), false);
}

static void
close_model(LinkProbe *probe)
{
	clt_probe_close(probe);
	SPI_finish();
}

/* field_of_model returns the dictionary of a model's values, begun anew where another comparison or run is asked than before. */
static LinkField *
field_of_model(LevelState *state, text *name, text *comparison)
{
	LevelModel *model = &state->model;

	if (!model->name || !same_text(model->name, name) || !same_text(model->comparison, comparison) || !asked_now(model))
	{
		LinkProbe  *probe = open_model(name);

		begin_model(state, probe, name, comparison);
		close_model(probe);
	}
	return &state->field[0];
}

/* settle gives the values that are new to a dictionary what the last run of its model learnt of them. */
static void
settle(LevelState *state, LinkField *field)
{
	LinkProbe  *probe;

	if (!state->model.name || state->model.settled == field->col.nvalues)
		return;
	probe = open_model(state->model.name);
	clt_probe_settle_values(probe, &field->col, state->model.part);
	close_model(probe);
	state->model.settled = field->col.nvalues;
}

/* two_level is the level of two texts in the terms of a dictionary. */
static int
two_level(LevelState *state, LinkField *field, text *a, text *b)
{
	uint32		code[2];

	code[0] = code_of(state, field, VARDATA_ANY(a), VARSIZE_ANY_EXHDR(a));
	code[1] = code_of(state, field, VARDATA_ANY(b), VARSIZE_ANY_EXHDR(b));
	settle(state, field);
	return level_of(field, code[0], code[1]);
}

CLT_FUNCTION_INFO_V1(clt_value_level);
Datum
clt_value_level(PG_FUNCTION_ARGS)
{
	CltKind		kind = kind_argument(PG_GETARG_TEXT_PP(0));
	LevelState *state = state_of(fcinfo, kind);

	PG_RETURN_INT32(two_level(state, field_of(state, 0, kind), PG_GETARG_TEXT_PP(1), PG_GETARG_TEXT_PP(2)));
}

/* lacks_argument tells whether one of the first arguments is NULL: the last one may be. */
static bool
lacks_argument(FunctionCallInfo fcinfo, int n)
{
	int			i;

	for (i = 0; i < n; i++)
		if (PG_ARGISNULL(i))
			return true;
	return false;
}

/* state_of_model returns what the calling place remembers of a model's values. */
static LevelState *
state_of_model(FunctionCallInfo fcinfo, LinkField **field)
{
	LevelState *state = state_of(fcinfo, kind_argument(PG_GETARG_TEXT_PP(0)));

	*field = field_of_model(state, PG_GETARG_TEXT_PP(3), PG_ARGISNULL(4) ? NULL : PG_GETARG_TEXT_PP(4));
	return state;
}

CLT_FUNCTION_INFO_V1(clt_value_level_of_model);
Datum
clt_value_level_of_model(PG_FUNCTION_ARGS)
{
	LevelState *state;
	LinkField  *field;

	if (lacks_argument(fcinfo, 4))
		PG_RETURN_NULL();
	state = state_of_model(fcinfo, &field);
	PG_RETURN_INT32(two_level(state, field, PG_GETARG_TEXT_PP(1), PG_GETARG_TEXT_PP(2)));
}

/* texts_argument returns the texts of an array, NULL for each that is. */
static int
texts_argument(ArrayType *array, Datum **texts, bool **nulls)
{
	int			n;

	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("values to be compared must be an array of one dimension")));
	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, texts, nulls, &n);
	return n;
}

/* codes_of returns the codes of a record's several values. */
static uint32 *
codes_of(LevelState *state, LinkField *field, ArrayType *array, int *n)
{
	Datum	   *texts;
	bool	   *nulls;
	int			ntexts = texts_argument(array, &texts, &nulls);
	uint32	   *codes = palloc((ntexts + 1) * sizeof(uint32));
	int			i;

	*n = 0;
	for (i = 0; i < ntexts; i++)
	{
		text	   *value = nulls[i] ? NULL : DatumGetTextPP(texts[i]);
		uint32		code = value ? code_of(state, field, VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value)) : 0;

		if (code && *n < LINK_MAX_ELEMENTS)
			codes[(*n)++] = code;
	}
	return codes;
}

/* nearest_level is the level of the nearest two of several values. */
static int
nearest_level(LevelState *state, LinkField *field, ArrayType *left, ArrayType *right)
{
	int			na;
	int			nb;
	uint32	   *a = codes_of(state, field, left, &na);
	uint32	   *b = codes_of(state, field, right, &nb);
	int			best = na && nb ? clt_kind_info[field->kind].nlevels : 0;
	int			i;
	int			j;

	settle(state, field);
	for (i = 0; i < na; i++)
		for (j = 0; j < nb; j++)
			best = Min(best, level_of(field, a[i], b[j]));
	return best;
}

CLT_FUNCTION_INFO_V1(clt_values_level);
Datum
clt_values_level(PG_FUNCTION_ARGS)
{
	CltKind		kind = kind_argument(PG_GETARG_TEXT_PP(0));
	LevelState *state = state_of(fcinfo, kind);

	PG_RETURN_INT32(nearest_level(state, field_of(state, 0, kind), PG_GETARG_ARRAYTYPE_P(1), PG_GETARG_ARRAYTYPE_P(2)));
}

CLT_FUNCTION_INFO_V1(clt_values_level_of_model);
Datum
clt_values_level_of_model(PG_FUNCTION_ARGS)
{
	LevelState *state;
	LinkField  *field;

	if (lacks_argument(fcinfo, 4))
		PG_RETURN_NULL();
	state = state_of_model(fcinfo, &field);
	PG_RETURN_INT32(nearest_level(state, field, PG_GETARG_ARRAYTYPE_P(1), PG_GETARG_ARRAYTYPE_P(2)));
}

/* part_argument returns which part of an address a name says. */
static int
part_argument(Datum name)
{
	text	   *value = DatumGetTextPP(name);
	int			p;

	for (p = 0; p < CLT_ADDRESS_PARTS; p++)
		if (strlen(clt_part_name[p]) == VARSIZE_ANY_EXHDR(value) &&
			memcmp(clt_part_name[p], VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value)) == 0)
			return p;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("\"%s\" is not a part of an address", text_to_cstring(value)),
			 errhint("Parts are street, number, extra, postcode, city and region.")));
	return 0;
}

CLT_FUNCTION_INFO_V1(clt_address_parts_level);
Datum
clt_address_parts_level(PG_FUNCTION_ARGS)
{
	LevelState *state = state_of(fcinfo, CLT_KIND_ADDRESS);
	CltComparison cmp = {.kind = CLT_KIND_ADDRESS};
	uint32		codes[CLT_ADDRESS_PARTS][2];
	uint32		tf_value;
	Datum	   *parts;
	Datum	   *texts[2];
	bool	   *part_nulls;
	bool	   *nulls[2];
	int			n = texts_argument(PG_GETARG_ARRAYTYPE_P(0), &parts, &part_nulls);
	int			side;
	int			i;

	for (side = 0; side < 2; side++)
		if (texts_argument(PG_GETARG_ARRAYTYPE_P(1 + side), &texts[side], &nulls[side]) != n)
			ereport(ERROR,
					(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
					 errmsg("an address must have as many values as parts are named")));
	for (i = 0; i < n; i++)
	{
		int			p;
		LinkField  *field;

		if (part_nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("the name of a part of an address must not be null")));
		p = part_argument(parts[i]);
		field = field_of(state, p, clt_part_kind[p]);
		for (side = 0; side < 2; side++)
		{
			text	   *value = nulls[side][i] ? NULL : DatumGetTextPP(texts[side][i]);

			codes[p][side] = value ? code_of(state, field, VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value)) : 0;
		}
		field->col.code = codes[p];
		field->col.stride = 1;
		cmp.part[p] = &field->col;
	}
	PG_RETURN_INT32(clt_compare_records(&cmp, NULL, 0, 1, &tf_value));
}
