/*
 * few_records.c
 *		A few records encoded by a resolved model as the whole table would
 *		encode them.
 *
 * The records go through the code that encodes a table (source.c), into
 * dictionaries of their own; what the dictionaries of the whole table would say
 * of their values is looked up in <model>_index.  So weights are those of the
 * last run, whatever was inserted since.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

#include "linkage/engine.h"
#include "linkage/lookup.h"
#include "linkage/probe.h"
#include "linkage/results.h"

/* ---- records ---- */

/* Most calls need so much memory for their records. */
#define FEW_RECORDS_SPACE (512 * 1024)

/*
 * take_context returns memory for records.  That of the call before is used again: to ask the
 * operating system for it each time took a twentieth of the time of a search.
 */
static MemoryContext
take_context(LinkProbe *probe)
{
	LinkResolved *model = probe->model;

	if (model->uses > 1)
		return AllocSetContextCreate(CurrentMemoryContext, "clientele few records", ALLOCSET_DEFAULT_SIZES);
	if (!model->records)
		model->records = AllocSetContextCreate(model->context, "clientele few records", 0, FEW_RECORDS_SPACE, ALLOCSET_DEFAULT_MAXSIZE);
	MemoryContextReset(model->records);
	return model->records;
}

/* clt_probe_records returns an empty job of the model; records are added to it. */
LinkJob *
clt_probe_records(LinkProbe *probe)
{
	LinkJob    *few = palloc(sizeof(LinkJob));
	MemoryContext old;
	int			i;

	*few = *probe->model->job;
	few->context = take_context(probe);
	few->probe = probe;
	old = MemoryContextSwitchTo(few->context);
	for (i = 0; i < few->nfields; i++)
		if (few->field[i].element)
		{
			LinkField  *element = few->field[i].element;

			few->field[i].element = palloc(sizeof(LinkField));
			*few->field[i].element = *element;
		}
	for (i = 0; i < few->ncomparisons; i++)
		if (few->comparison[i].levels)
		{
			CltLevels  *levels = few->comparison[i].levels;

			few->comparison[i].levels = palloc(sizeof(CltLevels));
			*few->comparison[i].levels = *levels;
		}
	clt_link_kernels(few);
	MemoryContextSwitchTo(old);
	probe->receiver = clt_link_receiver(few, 64);
	return few;
}

/* clt_probe_run runs a plan of one argument as of the snapshot of the call. */
void
clt_probe_run(LinkProbe *probe, SPIPlanPtr plan, Oid type, Datum argument, DestReceiver *dest)
{
	SPIExecuteOptions options;
	ParamListInfo params = makeParamList(1);

	params->params[0].value = argument;
	params->params[0].isnull = false;
	params->params[0].pflags = PARAM_FLAG_CONST;
	params->params[0].ptype = type;
	memset(&options, 0, sizeof(options));
	options.params = params;
	options.read_only = true;
	options.dest = dest;
	if (SPI_execute_plan_extended(plan, &options) < 0)
		elog(ERROR, "could not read the records of linkage model \"%s\"", probe->model->name);
}

/* clt_probe_keep_plan prepares a statement of one argument for the session. */
SPIPlanPtr
clt_probe_keep_plan(const char *sql, Oid type)
{
	/* planned once: the best plan does not depend on which keys are asked for */
	SPIPlanPtr	plan = SPI_prepare_cursor(sql, 1, &type, CURSOR_OPT_GENERIC_PLAN);

	if (!plan)
		elog(ERROR, "could not prepare: %s", sql);
	SPI_keepplan(plan);
	return plan;
}

/* clt_probe_key_equals writes the operator by which keys are equal, whatever the search path is. */
char	   *
clt_probe_key_equals(LinkJob *job)
{
	TypeCacheEntry *type = lookup_type_cache(job->key_type, TYPECACHE_EQ_OPR);

	if (!OidIsValid(type->eq_opr) || !OidIsValid(get_array_type(job->key_type)))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("records cannot be found by key column \"%s\" of type %s", job->key_column, job->key_type_name)));
	return psprintf("OPERATOR(%s.%s)", quote_identifier(get_namespace_name(get_func_namespace(get_opcode(type->eq_opr)))),
					get_opname(type->eq_opr));
}

/* equals_any writes the condition that a key is one of an array. */
static char *
equals_any(LinkJob *job, const char *column)
{
	return psprintf("%s %s ANY ($1)", quote_identifier(column), clt_probe_key_equals(job));
}

/* clt_probe_key_array makes an array of keys. */
Datum
clt_probe_key_array(LinkJob *job, const Datum *keys, int n)
{
	int16		len;
	bool		byval;
	char		align;

	get_typlenbyvalalign(job->key_type, &len, &byval, &align);
	return PointerGetDatum(construct_array((Datum *) keys, n, job->key_type, job->key_len, job->key_byval, align));
}

/* clt_probe_add_keys adds the records with these keys that the caller may see. */
void
clt_probe_add_keys(LinkProbe *probe, const Datum *keys, int n)
{
	LinkResolved *model = probe->model;
	LinkJob    *job = model->job;

	if (!model->by_key)
		model->by_key = clt_probe_keep_plan(psprintf("SELECT %s FROM %s WHERE %s", model->select_list, job->qualified,
													 equals_any(job, job->key_column)), get_array_type(job->key_type));
	clt_probe_run(probe, model->by_key, get_array_type(job->key_type), clt_probe_key_array(job, keys, n), probe->receiver);
}

/* clt_probe_persons returns the plan that asks for the persons of records by their keys. */
SPIPlanPtr
clt_probe_persons(LinkProbe *probe)
{
	LinkResolved *model = probe->model;
	LinkJob    *job = model->job;

	if (!model->persons)
		model->persons = clt_probe_keep_plan(psprintf("SELECT record_key, person_id FROM %s WHERE %s",
													  quote_qualified_identifier(job->schema, clt_link_result_name(job, "person")),
													  equals_any(job, "record_key")), get_array_type(job->key_type));
	return model->persons;
}

/* check_json refuses what cannot be a record of the source. */
static void
check_json(LinkJob *job, Jsonb *record)
{
	JsonbIterator *it;
	JsonbIteratorToken token;
	JsonbValue	v;

	if (!JB_ROOT_IS_OBJECT(record))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a record must be a JSON object"),
				 errhint("For instance {\"first_name\": \"Ana\", \"last_name\": \"Novak\"}.")));
	it = JsonbIteratorInit(&record->root);
	while ((token = JsonbIteratorNext(&it, &v, true)) != WJB_DONE)
	{
		char	   *name;
		AttrNumber	att;

		if (token != WJB_KEY)
			continue;
		name = pnstrdup(v.val.string.val, v.val.string.len);
		att = strlen(name) < NAMEDATALEN ? get_attnum(job->source, name) : InvalidAttrNumber;
		if (att <= 0)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("column \"%s\" of table \"%s\" does not exist", name, job->table)));
		if (JsonbIteratorNext(&it, &v, true) == WJB_VALUE && v.type == jbvBinary)
		{
			char		category;
			bool		preferred;

			get_type_category_preferred(getBaseType(get_atttype(job->source, att)), &category, &preferred);
			if (category != TYPCATEGORY_ARRAY && category != TYPCATEGORY_COMPOSITE && category != TYPCATEGORY_USER)
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						 errmsg("value of column \"%s\" must not be a JSON array or object", name)));
		}
		pfree(name);
	}
}

/* clt_probe_add_json adds a record given as JSON; the columns' own types read it. */
void
clt_probe_add_json(LinkProbe *probe, Jsonb *record)
{
	LinkResolved *model = probe->model;
	LinkJob    *job = model->job;

	check_json(job, record);
	if (!model->by_json)
		model->by_json = clt_probe_keep_plan(psprintf("SELECT %s FROM pg_catalog.jsonb_populate_record(NULL::%s, $1)",
													  model->select_list, job->qualified), JSONBOID);
	clt_probe_run(probe, model->by_json, JSONBOID, JsonbPGetDatum(record), probe->receiver);
}

/* clt_probe_add_row adds a record given as a row of the source's type. */
void
clt_probe_add_row(LinkProbe *probe, Oid type, Datum row)
{
	LinkResolved *model = probe->model;
	LinkJob    *job = model->job;

	if (get_typ_typrelid(type) != model->source)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("a record of linkage model \"%s\" must be jsonb or a row of table \"%s\", not %s",
						model->name, job->table, format_type_be(type))));
	if (!model->by_row)
		model->by_row = clt_probe_keep_plan(psprintf("SELECT %s FROM (SELECT ($1).*) r", model->select_list), type);
	clt_probe_run(probe, model->by_row, type, row, probe->receiver);
}

/* ---- what the whole table says ---- */

/* class_of_value looks the statistics of a value up. */
static void
class_of_value(LinkProbe *probe, int part, const CltValue *v, bool often, LinkValueClass *class)
{
	LinkFieldStats *stats = &probe->model->stats[part];
	uint64		key = v->hash >> (64 - LINK_VALUE_BITS);
	uint64		number;
	int			i;

	if (often ? clt_link_look_up_known(probe, LINK_PAGE_VALUES, part, key, &number) : clt_link_look_up(probe, LINK_PAGE_VALUES, part, key, &number))
	{
		if (number >= stats->nclasses)
			clt_link_index_damaged(probe->model->name);
		*class = stats->classes[number];
		return;
	}
	for (i = 0; i < stats->nsingles; i++)
		if (stats->single[i].flags == v->flags)
		{
			*class = stats->single[i];
			return;
		}
	memset(class, 0, sizeof(*class));
	if (stats->nsingles > 0)
		*class = stats->single[0];
	class->flags = v->flags;
}

/* had_before tells how many records had a name before names were divided. */
static uint32
had_before(LinkJob *job, LinkField *field, const char *s, uint32 len)
{
	int			part = (int) (field - job->field);
	LinkFieldStats *stats = &job->probe->model->stats[part];
	uint64		number;

	if (!clt_link_look_up_known(job->probe, LINK_PAGE_VALUES, part, clt_block_hash(s, len, 2) >> (64 - LINK_VALUE_BITS), &number))
		return 0;
	if (number >= stats->nclasses)
		clt_link_index_damaged(job->probe->model->name);
	return stats->classes[number].before;
}

/* word_count tells how many records have a word; one that is not in the index, one has. */
static uint32
word_count(LinkProbe *probe, int part, const char *s, uint32 len)
{
	uint64		count;

	if (!clt_link_look_up_known(probe, LINK_PAGE_TOKENS, part, clt_block_hash(s, len, 3) >> (64 - LINK_VALUE_BITS), &count))
		return 1;
	return (uint32) Min(count, PG_UINT32_MAX);
}

/* counts_words tells whether a kind of value is compared by the weights of its words. */
static bool
counts_words(CltKind kind)
{
	return kind != CLT_KIND_GIVEN && kind != CLT_KIND_MIDDLE && kind != CLT_KIND_SURNAME;
}

/* counts_unequal tells whether statistics of values matter that do not agree: names that nearly do, levels of the user's. */
static bool
counts_unequal(CltKind kind)
{
	return kind == CLT_KIND_GIVEN || kind == CLT_KIND_MIDDLE || kind == CLT_KIND_SURNAME || kind == CLT_KIND_FULL_NAME ||
		kind == CLT_KIND_VERBATIM;
}

/* asked_for marks the values whose statistics matter: those on which two records agree, and all of the first record. */
static uint8 *
asked_for(LinkJob *few, const CltColumn *col)
{
	uint8	   *times = palloc0(col->nvalues);
	uint32		i;

	for (i = 0; i < few->n; i++)
	{
		uint32		code = CLT_CODE(col, i);

		if (code && times[code] < 2)
			times[code] += i == 0 ? 2 : 1;
	}
	return times;
}

/* settle_values gives the values and words of a column what the whole table says of them. */
static void
settle_values(LinkProbe *probe, LinkJob *few, CltColumn *col, int part)
{
	LinkFieldStats *stats = &probe->model->stats[part];

	bool		all = col->code == NULL || counts_unequal(col->kind);
	uint8	   *times = all ? NULL : asked_for(few, col);
	uint32		i;

	col->filled = stats->filled;
	col->log_u = stats->log_u;
	col->log_h = stats->log_h;
	col->lift = stats->lift;
	for (i = 1; i < col->nvalues; i++)
	{
		CltValue   *v = &col->values[i];
		LinkValueClass class;

		if (v->count > 0 || (!all && times[i] < 2))
			continue;
		class_of_value(probe, part, v, all, &class);
		v->count = Max(class.count, 1);
		v->tf_u = class.tf_u;
		v->tf_h = class.tf_h;
		v->lift = class.lift;
		v->flags = (uint16) class.flags;
	}
	for (i = 0; counts_words(col->kind) && i < col->ntokens; i++)
	{
		CltToken   *t = &col->tokens[i];

		if (t->count > 0)
			continue;
		t->count = word_count(probe, part, clt_token_text(t), t->len);
		t->idf = clt_link_word_weight(col->filled, t->count);
	}
	if (times)
		pfree(times);
}

static void
settle_field(LinkProbe *probe, LinkJob *few, int f)
{
	LinkField  *field = &few->field[f];

	field->col.code = few->codes + f;
	field->col.stride = (uint32) few->nfields;
	field->col.number = (uint32) f;
	field->col.element = NULL;
	settle_values(probe, few, &field->col, f);
	if (field->element)
	{
		field->element->col.code = NULL;
		settle_values(probe, few, &field->element->col, LINK_ELEMENT_PART(f));
		field->col.element = &field->element->col;
	}
}

/* clt_probe_settle makes the records added so far ready to be compared. */
void
clt_probe_settle(LinkProbe *probe, LinkJob *few)
{
	int			f;

	clt_link_divide_names(few, had_before);
	for (f = 0; f < few->nfields; f++)
		settle_field(probe, few, f);
}
