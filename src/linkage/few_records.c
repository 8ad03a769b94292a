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

#include "access/table.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "linkage/engine.h"
#include "linkage/lookup.h"
#include "linkage/probe.h"
#include "linkage/results.h"

/* ---- records ---- */

/* Most calls need so much memory for their records. */
#define FEW_RECORDS_SPACE (512 * 1024)
#define FEW_RECORDS 64

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
	probe->of_row_cap = FEW_RECORDS;
	probe->of_row = palloc(probe->of_row_cap);
	MemoryContextSwitchTo(old);
	probe->receiver = clt_link_receiver(few, FEW_RECORDS);
	return few;
}

/* clt_probe_run runs a plan as of the snapshot of the call. */
void
clt_probe_run(LinkProbe *probe, SPIPlanPtr plan, int nargs, const Oid *types, const Datum *values, DestReceiver *dest)
{
	SPIExecuteOptions options;
	ParamListInfo params = makeParamList(nargs);
	int			i;

	for (i = 0; i < nargs; i++)
	{
		params->params[i].value = values[i];
		params->params[i].isnull = false;
		params->params[i].pflags = PARAM_FLAG_CONST;
		params->params[i].ptype = types[i];
	}
	memset(&options, 0, sizeof(options));
	options.params = params;
	options.read_only = true;
	options.dest = dest;
	if (SPI_execute_plan_extended(plan, &options) < 0)
		elog(ERROR, "could not read the records of linkage model \"%s\"", probe->model->name);
}

/* clt_probe_keep_plan prepares a statement for the session. */
SPIPlanPtr
clt_probe_keep_plan(const char *sql, int nargs, Oid *types)
{
	/* planned once: the best plan does not depend on which keys are asked for */
	SPIPlanPtr	plan = SPI_prepare_cursor(sql, nargs, types, CURSOR_OPT_GENERIC_PLAN);

	if (!plan)
		elog(ERROR, "could not prepare: %s", sql);
	SPI_keepplan(plan);
	return plan;
}

/* clt_probe_key_equals writes the operator by which keys are equal; they are asked for in arrays, and arrays of arrays there are none. */
char	   *
clt_probe_key_equals(LinkJob *job, Oid key_type)
{
	if (!OidIsValid(get_array_type(key_type)))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("records cannot be found by key column \"%s\" of type %s", job->key_column, format_type_be(key_type))));
	return clt_link_equality(key_type);
}

/* clt_probe_type_name writes a type, whatever the search path is, and without a length: what is longer is not cut. */
char	   *
clt_probe_type_name(Oid type)
{
	return format_type_extended(type, -1, FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY);
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

/* note_source notes that the records of a job from one on are of a table. */
static void
note_source(LinkProbe *probe, LinkJob *few, int source, uint32 from)
{
	if (few->n > probe->of_row_cap)
	{
		probe->of_row_cap = few->n * 2;
		probe->of_row = repalloc(probe->of_row, probe->of_row_cap);
	}
	memset(probe->of_row + from, source, few->n - from);
}

/* add_records adds the records of a table that a plan of one argument returns. */
static void
add_records(LinkProbe *probe, LinkJob *few, int source, SPIPlanPtr plan, Oid type, Datum value)
{
	uint32		from = few->n;

	clt_link_receive_from(probe->receiver, source);
	clt_probe_run(probe, plan, 1, &type, &value, probe->receiver);
	note_source(probe, few, source, from);
}

/*
 * key_condition writes that a record's key is one of an array.  Of tables with keys of several types the
 * array is of texts: these become keys of the table, so that its index is of use.
 */
static char *
key_condition(LinkJob *job, int source)
{
	const char *column = quote_identifier(job->in[source].key_column);
	Oid			type = job->key_as_text ? clt_probe_own_key_type(job, source) : job->key_type;

	return psprintf("%s %s ANY ($1%s)", column, clt_probe_key_equals(job, type),
					job->key_as_text ? psprintf("::%s[]", clt_probe_type_name(type)) : "");
}

/* clt_probe_add_keys adds the records with these keys that the caller may see, table by table. */
void
clt_probe_add_keys(LinkProbe *probe, LinkJob *few, const LinkRecordKey *keys, int n)
{
	LinkJob    *job = probe->model->job;
	Oid			type = get_array_type(job->key_type);
	Datum	   *of_table = palloc(sizeof(Datum) * (n + 1));
	int			s;
	int			i;

	for (s = 0; s < job->nsources; s++)
	{
		LinkAsked  *asked = &probe->model->asked[s];
		int			m = 0;

		for (i = 0; i < n; i++)
			if (keys[i].source == s)
				of_table[m++] = keys[i].key;
		if (m == 0)
			continue;
		if (!asked->by_key)
			asked->by_key = clt_probe_keep_plan(psprintf("SELECT %s FROM %s WHERE %s", asked->select_list, job->in[s].qualified,
														 key_condition(job, s)), 1, &type);
		add_records(probe, few, s, asked->by_key, type, clt_probe_key_array(job, of_table, m));
	}
	pfree(of_table);
}

/* clt_probe_source returns which of the model's tables one is; -1: it was not told. */
int
clt_probe_source(LinkProbe *probe, Oid table)
{
	LinkJob    *job = probe->model->job;

	if (!OidIsValid(table))
		return job->nsources == 1 ? 0 : -1;
	return clt_link_need_source(job, table);
}

/* column_of_json finds a column of a table; InvalidAttrNumber if it is not there. */
static AttrNumber
column_of_json(Oid table, const char *name)
{
	AttrNumber	att = strlen(name) < NAMEDATALEN ? get_attnum(table, name) : InvalidAttrNumber;

	return Max(att, InvalidAttrNumber);
}

/* check_json refuses what cannot be a record of a table; returns false if it is that a column is not there, unless that is refused, too. */
static bool
check_json(LinkJob *job, Jsonb *record, int source, bool refuse)
{
	Oid			table = job->in[source].table;
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
		att = column_of_json(table, name);
		if (att == InvalidAttrNumber && !refuse)
			return false;
		if (att == InvalidAttrNumber)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("column \"%s\" of table \"%s\" does not exist", name, job->in[source].name)));
		if (JsonbIteratorNext(&it, &v, true) == WJB_VALUE && v.type == jbvBinary && refuse)
		{
			char		category;
			bool		preferred;

			get_type_category_preferred(getBaseType(get_atttype(table, att)), &category, &preferred);
			if (category != TYPCATEGORY_ARRAY && category != TYPCATEGORY_COMPOSITE && category != TYPCATEGORY_USER)
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						 errmsg("value of column \"%s\" must not be a JSON array or object", name)));
		}
		pfree(name);
	}
	return true;
}

/* table_of_json returns the first table that has all columns of a record. */
static int
table_of_json(LinkJob *job, Jsonb *record)
{
	int			s;

	for (s = 0; s < job->nsources && !check_json(job, record, s, false); s++)
		;
	if (s == job->nsources)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("no table of linkage model \"%s\" has all columns of the record", job->model)));
	return s;
}

/* asked_of tells whether a column of a table is its key or one that the model compares. */
static bool
asked_of(LinkJob *job, int source, const char *column)
{
	int			f;
	int			c;

	if (strcmp(column, job->in[source].key_column) == 0)
		return true;
	for (f = 0; f < job->nfields; f++)
	{
		char	  **of = job->field[f].in ? job->field[f].in[source].name : job->field[f].column;

		for (c = 0; c < job->field[f].ncolumns; c++)
			if (of[c] && strcmp(column, of[c]) == 0)
				return true;
	}
	return false;
}

/*
 * columns_of_json lists what is read of a record given as JSON, with types.  What the model does not look at may
 * be of a type that cannot be read from JSON, and a domain that wants a value is its table's affair.
 */
static char *
columns_of_json(LinkJob *job, int source)
{
	Relation	table = table_open(job->in[source].table, AccessShareLock);
	TupleDesc	desc = RelationGetDescr(table);
	StringInfoData list;
	int			i;

	initStringInfo(&list);
	for (i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		int32		typmod = att->atttypmod;
		Oid			type;

		if (att->attisdropped || !asked_of(job, source, NameStr(att->attname)))
			continue;
		type = getBaseTypeAndTypmod(att->atttypid, &typmod);
		appendStringInfo(&list, "%s%s %s", list.len > 0 ? ", " : "", quote_identifier(NameStr(att->attname)),
						 format_type_extended(type, typmod, FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY));
	}
	table_close(table, AccessShareLock);
	return list.data;
}

/*
 * clt_probe_add_json adds a record given as JSON; the columns' own types read it.  It is written as one of
 * a table, -1: as one of whichever has all its columns.
 */
void
clt_probe_add_json(LinkProbe *probe, LinkJob *few, Jsonb *record, int source)
{
	LinkJob    *job = probe->model->job;
	LinkAsked  *asked;
	Oid			type = JSONBOID;

	if (source < 0)
		source = table_of_json(job, record);
	check_json(job, record, source, true);
	asked = &probe->model->asked[source];
	if (!asked->by_json)
		asked->by_json = clt_probe_keep_plan(psprintf("SELECT %s FROM pg_catalog.jsonb_to_record($1) AS r(%s)",
													  asked->select_list, columns_of_json(job, source)), 1, &type);
	add_records(probe, few, source, asked->by_json, type, JsonbPGetDatum(record));
}

/* clt_probe_add_row adds a record given as a row of a table's type. */
void
clt_probe_add_row(LinkProbe *probe, LinkJob *few, Oid type, Datum row)
{
	LinkResolved *model = probe->model;
	LinkAsked  *asked;
	int			source = clt_link_find_source(model->job, get_typ_typrelid(type));

	if (source < 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("a record of linkage model \"%s\" must be jsonb or a row of table \"%s\", not %s",
						model->name, model->job->table, format_type_be(type))));
	asked = &model->asked[source];
	if (!asked->by_row)
		asked->by_row = clt_probe_keep_plan(psprintf("SELECT %s FROM (SELECT ($1).*) r", asked->select_list), 1, &type);
	add_records(probe, few, source, asked->by_row, type, row);
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
		*class = *clt_link_value_class(probe, part, number);
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
	uint64		number;

	if (!clt_link_look_up_known(job->probe, LINK_PAGE_VALUES, part, clt_block_hash(s, len, 2) >> (64 - LINK_VALUE_BITS), &number))
		return 0;
	return clt_link_value_class(job->probe, part, number)->before;
}

/* settle_word gives a word what the whole table says of it; one that is not in the index, one record has. */
static void
settle_word(LinkProbe *probe, const CltColumn *col, int part, CltToken *t)
{
	uint64		said;

	t->count = 1;
	if (clt_link_look_up_known(probe, LINK_PAGE_TOKENS, part, clt_block_hash(clt_token_text(t), t->len, 3) >> (64 - LINK_VALUE_BITS), &said))
	{
		t->count = (uint32) Min(said >> 2, PG_UINT32_MAX);
		t->role = (CltWordRole) (said & 3);
	}
	t->idf = clt_link_word_weight(col->filled, t->count);
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
		settle_word(probe, col, part, t);
	}
	if (times)
		pfree(times);
}

/* clt_probe_settle_values gives the values and words of a column that no record has what the whole table says of them. */
void
clt_probe_settle_values(LinkProbe *probe, CltColumn *col, int part)
{
	col->code = NULL;
	settle_values(probe, NULL, col, part);
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
