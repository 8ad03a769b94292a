/*
 * record_read.c
 *		Reading linkage_record.
 *
 * One parser reads a value, whoever gave it: the input functions with nothing to
 * fill (they only check), the aggregates with a job of few records.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "utils/memutils.h"

#include "core/clientele.h"
#include "core/encoding.h"
#include "search/record.h"

#define MAX_TEXT 8192

/* Reads without raising: after the end everything is 0 and bad is set. */
typedef struct Reader
{
	const uint8 *at;
	const uint8 *end;
	const char *bad;
	int			version;
} Reader;

static uint64
get(Reader *r, int bytes)
{
	uint64		v = 0;

	if (r->end - r->at < bytes)
	{
		r->bad = "It ends too early.";
		r->at = r->end;
		return 0;
	}
	while (bytes-- > 0)
		v = (v << 8) | *r->at++;
	return v;
}

static float
get_float(Reader *r)
{
	union
	{
		uint32		i;
		float		f;
	}			u;

	u.i = (uint32) get(r, 4);
	if (!(u.f > -1e6f && u.f < 1e6f))
	{
		r->bad = "A number is out of range.";
		return 0;
	}
	return u.f;
}

static double
get_double(Reader *r)
{
	union
	{
		uint64		i;
		double		f;
	}			u;

	u.i = get(r, 8);
	if (!(u.f > -1e6 && u.f < 1e6))
	{
		r->bad = "A number is out of range.";
		return 0;
	}
	return u.f;
}

static const char *
get_text(Reader *r, int bytes, uint32 least, uint32 *len)
{
	uint64		n = get(r, bytes);
	const char *s = (const char *) r->at;

	*len = 0;
	if (n < least || n > MAX_TEXT || n > (uint64) (r->end - r->at))
	{
		r->bad = "The length of a text is wrong.";
		return s;
	}
	if (pg_encoding_verifymbstr(PG_UTF8, s, (int) n) != (int) n)
		r->bad = "A text is not UTF-8.";
	r->at += n;
	*len = (uint32) n;
	return s;
}

/* get_name reads what is wanted in the database's encoding. */
static char *
get_name(Reader *r, int bytes, uint32 least)
{
	uint32		len;
	const char *s = get_text(r, bytes, least, &len);
	size_t		n = len;

	if (r->bad)
		return "";
	s = clt_from_utf8(s, &n);
	return pnstrdup(s, n);
}

static int
get_small(Reader *r, int most)
{
	int			v = (int) get(r, 1);

	if (v > most)
	{
		r->bad = "A count or number is out of range.";
		return 0;
	}
	return v;
}

static bool
part_fits(CltKind kind, int part)
{
	static const CltKind of[CLT_ADDRESS_PARTS] =
	{CLT_KIND_STREET, CLT_KIND_HOUSE_NUMBER, CLT_KIND_STREET, CLT_KIND_POSTCODE, CLT_KIND_CITY, CLT_KIND_REGION};

	return of[part] == kind;
}

/* read_test reads a test of a level of so many columns. */
static void
read_test(Reader *r, CltLevelTest *t, int ncolumns)
{
	t->test = (CltTest) get_small(r, CLT_TEST_SQL - 1);
	t->column = get_small(r, ncolumns - 1);
	t->second = get_small(r, ncolumns) - 1;
	t->limit = get_double(r);
	if (t->limit < 0)
		r->bad = "A number is out of range.";
}

/* read_levels reads levels of the user's own. */
static CltLevels *
read_levels(Reader *r, int ncolumns, int nlevels)
{
	CltLevels  *levels = palloc0(sizeof(CltLevels));
	int			i;
	int			g;

	levels->ncolumns = ncolumns;
	levels->nlevels = nlevels;
	levels->missing = (CltMissing) get_small(r, CLT_MISSING_SQL - 1);
	for (i = 0; i < ncolumns; i++)
		levels->log_u[i] = get_float(r);
	for (g = 1; g <= nlevels; g++)
	{
		CltLevel   *level = &levels->level[g];

		level->ntests = get_small(r, CLT_LEVEL_TESTS);
		for (i = 0; i < level->ntests; i++)
			read_test(r, &level->test[i], ncolumns);
		level->tf_column = get_small(r, ncolumns) - 1;
		level->tf_weight = get_float(r);
		level->tf_floor = get_float(r);
	}
	return levels;
}

/* column_fits tells whether a comparison may look at a column of a kind as its f-th one. */
static bool
column_fits(const LinkComparison *cmp, int f, const LinkField *field)
{
	if (cmp->kind == CLT_KIND_ADDRESS)
		return !field->element && part_fits(field->kind, cmp->part[f]);
	if (cmp->kind == CLT_KIND_LEVELS)
		return !field->element && field->kind == CLT_KIND_VERBATIM;
	return field->kind == cmp->kind && f == 0;
}

static void
read_comparison(Reader *r, LinkJob *job, int i)
{
	LinkComparison *cmp = &job->comparison[i];
	CltFsTable *t = &job->score;
	int			nlevels;
	int			f;
	int			g;

	cmp->kind = (CltKind) get_small(r, CLT_NKINDS - 1);
	cmp->tf = get_small(r, 1);
	t->several[i] = get_small(r, 1) != 0;
	cmp->nfields = get_small(r, CLT_ADDRESS_PARTS);
	for (f = 0; f < cmp->nfields; f++)
	{
		cmp->field[f] = get_small(r, job->nfields - 1);
		cmp->part[f] = get_small(r, CLT_ADDRESS_PARTS - 1);
		if (!column_fits(cmp, f, &job->field[cmp->field[f]]))
			r->bad = "A comparison does not fit its columns.";
	}
	if (cmp->nfields == 0 || cmp->kind == CLT_KIND_VERBATIM || (cmp->kind == CLT_KIND_LEVELS && r->version <= LINKAGE_RECORD_VERSION_NO_LEVELS))
		r->bad = "A comparison does not fit its columns.";
	nlevels = get_small(r, CLT_FS_MAX_LEVELS);
	for (g = 1; g <= nlevels; g++)
	{
		t->lm[i][g] = get_float(r);
		t->lu[i][g] = get_float(r);
		t->lh[i][g] = get_float(r);
	}
	if (cmp->kind == CLT_KIND_LEVELS && !r->bad)
	{
		cmp->levels = read_levels(r, cmp->nfields, nlevels);
		if (nlevels == 0)
			r->bad = "A comparison has no level.";
	}
	/* levels that older values do not know are like their last */
	for (g = nlevels + 1; !cmp->levels && nlevels > 0 && g <= clt_kind_info[cmp->kind].nlevels; g++)
	{
		t->lm[i][g] = t->lm[i][nlevels];
		t->lu[i][g] = t->lu[i][nlevels];
		t->lh[i][g] = t->lh[i][nlevels];
	}
	if (t->relatives)
		clt_fs_table_relatives(t, i, clt_kind_info[cmp->kind].role, cmp->levels ? nlevels : clt_kind_info[cmp->kind].nlevels);
}

/* read_tables reads how much of the columns is filled and which tables there are; values that know of one only do not say. */
static void
read_tables(Reader *r, LinkJob *job)
{
	int			i;

	job->nsources = 1;
	if (r->version == LINKAGE_RECORD_VERSION_ONE_TABLE)
		return;
	for (i = 0; i < job->nfields; i++)
	{
		job->field[i].col.filled = (int64) get(r, 8);
		if (job->field[i].col.filled < 0)
			r->bad = "A count or number is out of range.";
	}
	job->nsources = get_small(r, LINK_MAX_SOURCES);
	if (job->nsources == 0)
	{
		r->bad = "There is no table.";
		job->nsources = 1;
	}
	if (job->nsources == 1)
		return;
	job->one_to_one = get_small(r, 1) != 0;
	if (job->one_to_one && job->one_per)
		r->bad = "A person has one record of a table, and one of a value of a column.";
	for (i = 0; i < job->nsources; i++)
		job->in[i].qualified = get_name(r, 2, 1);
}

/* read_column reads what is known of all values of a column, or of the single ones of several. */
static void
read_column(Reader *r, LinkField *field)
{
	field->col.kind = field->kind;
	field->col.log_u = get_float(r);
	field->col.log_h = get_float(r);
	field->col.lift = get_float(r);
}

static void
read_model(Reader *r, LinkJob *job, bool *numbered)
{
	int			i;

	job->nfields = get_small(r, LINK_MAX_FIELDS);
	for (i = 0; i < job->nfields; i++)
	{
		LinkField  *field = &job->field[i];

		field->kind = (CltKind) get_small(r, CLT_NKINDS - 1);
		read_column(r, field);
		if (r->version <= LINKAGE_RECORD_VERSION_NO_LEVELS || !get_small(r, 1))
			continue;
		field->element = palloc0(sizeof(LinkField));
		field->element->kind = field->kind;
		read_column(r, field->element);
		field->col.element = &field->element->col;
	}
	job->ncomparisons = job->score.ncomparisons = get_small(r, CLT_FS_MAX_COMPARISONS);
	job->score.household = get_small(r, 1) != 0;
	job->score.lm0 = get_double(r);
	job->score.lu0 = get_double(r);
	job->score.lh0 = get_double(r);
	if (r->version > LINKAGE_RECORD_VERSION_NO_RELATIVES)
	{
		job->score.relatives = get_small(r, 1) != 0;
		job->score.lt0 = get_double(r);
		job->score.ln0 = get_double(r);
	}
	job->threshold = get_double(r);
	if (!(job->threshold > 0 && job->threshold < 1))
		r->bad = "Its threshold is not between 0 and 1.";
	job->one_per = get_small(r, job->nfields);
	if (job->one_per && job->field[job->one_per - 1].kind != CLT_KIND_VERBATIM)
		r->bad = "What a person has one of is not a column of that kind.";
	job->largest_person = (uint32) get(r, 4);
	*numbered = get_small(r, 1) != 0;
	if (job->nfields == 0 || job->ncomparisons == 0)
		r->bad = "There is no comparison.";
	for (i = 0; i < job->ncomparisons && !r->bad; i++)
		read_comparison(r, job, i);
	read_tables(r, job);
	if (r->at != r->end && !r->bad)
		r->bad = "There is something behind its end.";
}

static uint32 read_code(Reader *r, CltColumn *col);

/* read_words reads the words of a value. */
static void
read_words(Reader *r, CltColumn *col, CltValue *v)
{
	int			i;

	v->ntokens = (uint16) get_small(r, CLT_NORMAL_TOKENS);
	for (i = 0; i < v->ntokens; i++)
	{
		CltToken   *t = &col->tokens[col->ntokens];
		const char *s = get_text(r, 2, 1, &t->len);

		clt_token_set_text(t, s);
		t->letters = clt_letters(s, t->len);
		t->count = (uint32) get(r, 4);
		t->idf = get_float(r);
		if (col->kind == CLT_KIND_FULL_NAME)
			clt_token_of_name(t);
		if (r->version > LINKAGE_RECORD_VERSION_NO_LEVELS)
			t->role = (CltWordRole) get_small(r, CLT_WORD_FAMILY);
		col->ntokens++;
	}
}

/* read_several reads the single values of several. */
static void
read_several(Reader *r, CltColumn *col, CltValue *v)
{
	int			i;

	v->ntokens = (uint16) get_small(r, LINK_MAX_ELEMENTS);
	for (i = 0; i < v->ntokens && !r->bad; i++)
		col->token_ids[col->ntokens++] = read_code(r, (CltColumn *) col->element);
}

/* read_value reads a value into its place; its text stays where it was read. */
static void
read_value(Reader *r, CltColumn *col, CltValue *v)
{
	const char *s = get_text(r, 2, 1, &v->len);
	int			i;

	clt_value_set_text(v, s);
	v->letters = clt_letters(s, v->len);
	v->count = (uint32) get(r, 4);
	v->hash = get(r, 8);
	for (i = 0; i < 3; i++)
		v->alt[i] = get(r, 8);
	v->sound = get(r, 8);
	v->num = (int64) get(r, 8);
	v->flags = (uint16) get(r, 2);
	v->tf_u = get_float(r);
	v->tf_h = get_float(r);
	v->lift = get_float(r);
	/* of an e-mail, num is the length of the local part */
	if (col->kind == CLT_KIND_EMAIL && (v->num < 0 || v->num > v->len))
		r->bad = "A local part is longer than its address.";
	if (v->flags & CLT_VALUE_ASCII)
		for (i = 0; i < (int) v->len; i++)
			if (IS_HIGHBIT_SET(s[i]))
				r->bad = "A text is not what its flags say.";
	v->token = col->ntokens;
	if (col->element)
		read_several(r, col, v);
	else
		read_words(r, col, v);
}

/* number_tokens gives words of a value the numbers of those that the column has already: words are compared by number. */
static void
number_tokens(CltColumn *col, const CltValue *v)
{
	int			i;
	uint32		j;

	for (i = 0; i < v->ntokens; i++)
	{
		const CltToken *t = &col->tokens[v->token + i];

		for (j = 0; j < v->token + i; j++)
			if (col->tokens[j].len == t->len && memcmp(clt_token_text(&col->tokens[j]), clt_token_text(t), t->len) == 0)
				break;
		col->token_ids[v->token + i] = j;
	}
}

/* read_code reads a value, and returns the code of it or of the same one that came before. */
static uint32
read_code(Reader *r, CltColumn *col)
{
	CltValue   *v = &col->values[col->nvalues];
	uint32		c;

	read_value(r, col, v);
	for (c = 1; c < col->nvalues; c++)
		if (col->values[c].hash == v->hash && col->values[c].len == v->len &&
			memcmp(clt_value_text(&col->values[c]), clt_value_text(v), v->len) == 0)
		{
			col->ntokens = v->token;
			return c;
		}
	if (!col->element)
		number_tokens(col, v);
	return col->nvalues++;
}

/* read_record reads the record's own part into a row of a set. */
static void
read_record(Reader *r, RecordSet *set, int row)
{
	LinkJob    *job = set->job;
	int			f;
	int			i;

	if (get_small(r, 1))
		set->key[row] = get_name(r, 4, 0);
	set->nkeys[row] = (int) get(r, 2);
	if (set->nkeys[row] > LINK_MAX_KEYS)
	{
		r->bad = "There are too many keys.";
		return;
	}
	set->keys[row] = palloc(sizeof(int64) * (set->nkeys[row] + 1));
	for (i = 0; i < set->nkeys[row]; i++)
		set->keys[row][i] = (int64) get(r, 8);
	for (f = 0; f < job->nfields && !r->bad; f++)
		if (get_small(r, 1))
			job->codes[(Size) row * job->nfields + f] = read_code(r, &job->field[f].col);
	if (job->nsources > 1)
		set->source[row] = get_small(r, job->nsources - 1);
	if (r->at != r->end && !r->bad)
		r->bad = "There is something behind its end.";
}

static void *
room_for(Size size)
{
	return MemoryContextAllocExtended(CurrentMemoryContext, size, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
}

/* start_column makes room for so many values of a column, and one that is read to see whether it is among them. */
static void
start_column(CltColumn *col, Size n)
{
	Size		words = (n + 1) * CLT_NORMAL_TOKENS;

	col->values = room_for(sizeof(CltValue) * (n + 2));
	col->nvalues = 1;
	col->tokens = room_for(sizeof(CltToken) * words);
	col->token_ids = room_for(sizeof(uint32) * words);
}

/* start_set makes room for so many records of the model that the job has. */
static void
start_set(RecordSet *set, int n)
{
	LinkJob    *job = set->job;
	int			f;

	set->key = palloc0(sizeof(char *) * n);
	set->source = palloc0(sizeof(int) * n);
	set->nkeys = palloc0(sizeof(int) * n);
	set->keys = palloc0(sizeof(int64 *) * n);
	job->n = n;
	job->codes = palloc0(sizeof(uint32) * (Size) n * job->nfields);
	for (f = 0; f < job->nfields; f++)
	{
		CltColumn  *col = &job->field[f].col;

		start_column(col, (Size) n);
		col->code = job->codes + f;
		col->stride = job->nfields;
		col->number = (uint32) f;
		if (job->field[f].element)
		{
			start_column(&job->field[f].element->col, (Size) n * LINK_MAX_ELEMENTS);
			job->field[f].element->col.filled = col->filled;
		}
	}
}

/* parts finds the two parts of a value; returns what is wrong with it, or NULL. */
static const char *
parts(const LinkageRecord *record, Reader *model, Reader *rest)
{
	const uint8 *end = (const uint8 *) record + VARSIZE(record);
	uint64		len;

	if (VARSIZE(record) < LINKAGE_RECORD_HEAD + 4)
		return "It ends too early.";
	if (record->version < LINKAGE_RECORD_VERSION_ONE_TABLE || record->version > LINKAGE_RECORD_VERSION)
		return "Its version is not known.";
	if (record->flags != 0 || record->reserved != 0)
		return "It has flags that are not known.";
	rest->at = record->data;
	rest->end = end;
	rest->bad = NULL;
	rest->version = record->version;
	len = get(rest, 4);
	if (len > (uint64) (end - rest->at))
		return "It ends too early.";
	model->at = rest->at;
	model->end = rest->at + len;
	model->bad = NULL;
	model->version = record->version;
	rest->at += len;
	return NULL;
}

/* read_set reads records of one model; returns what is wrong with one, or NULL. */
static const char *
read_set(RecordSet *set, LinkageRecord *const *records, int n)
{
	const uint8 *first = NULL;
	Size		len = 0;
	int			i;

	set->job = palloc0(sizeof(LinkJob));
	set->job->context = CurrentMemoryContext;
	for (i = 0; i < n; i++)
	{
		Reader		model;
		Reader		rest;
		const char *bad = parts(records[i], &model, &rest);

		if (bad)
			return bad;
		if (i == 0)
		{
			first = model.at;
			len = model.end - model.at;
			read_model(&model, set->job, &set->numbered);
			if (model.bad)
				return model.bad;
			start_set(set, n);
		}
		else if (records[i]->version != records[0]->version || (Size) (model.end - model.at) != len || memcmp(model.at, first, len) != 0)
			return "Records are of different models, or of different runs of one.";
		read_record(&rest, set, i);
		if (rest.bad)
			return rest.bad;
	}
	return NULL;
}

/* clt_record_set reads records of one model and makes them ready to be compared. */
RecordSet *
clt_record_set(LinkageRecord **records, int n)
{
	RecordSet  *set = palloc0(sizeof(RecordSet));
	const char *bad = read_set(set, records, n);

	if (bad)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("records cannot be compared"),
				 errdetail_internal("%s", bad)));
	clt_link_kernels(set->job);
	return set;
}

/* clt_record_check returns what is wrong with a value, or NULL. */
const char *
clt_record_check(const LinkageRecord *record)
{
	RecordSet	set;
	LinkageRecord *one = (LinkageRecord *) record;

	memset(&set, 0, sizeof(set));
	return read_set(&set, &one, 1);
}

/* clt_record_read reads a value that was checked when it was made, as a set of one record. */
void
clt_record_read(const LinkageRecord *record, RecordSet *set)
{
	LinkageRecord *one = (LinkageRecord *) record;
	const char *bad;

	memset(set, 0, sizeof(*set));
	bad = read_set(set, &one, 1);
	if (bad)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("invalid linkage_record"),
				 errdetail_internal("%s", bad)));
}
