/*
 * record.c
 *		Making and reading linkage_record.
 *
 * One parser reads a value, whoever gave it: the input functions with nothing to
 * fill (they only check), the aggregates with a job of few records.  Numbers are in
 * network order and texts in UTF-8, so that values may travel between machines and
 * databases.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "core/clientele.h"
#include "core/encoding.h"
#include "search/record.h"

#define MAX_TEXT 8192

/* ---- making ---- */

/* send_name sends a text of the database's encoding. */
static void
send_name(StringInfo out, const char *s, int bytes)
{
	size_t		len = strlen(s);

	s = clt_to_utf8(s, &len);
	if (bytes == 4)
		pq_sendint32(out, (int) len);
	else
		pq_sendint16(out, (int) len);
	pq_sendbytes(out, s, (int) len);
}

/* send_tables sends how much of the columns is filled, and what a model of several tables has more. */
static void
send_tables(StringInfo out, const LinkJob *job)
{
	int			f;
	int			s;

	for (f = 0; f < job->nfields; f++)
		pq_sendint64(out, job->field[f].col.filled);
	pq_sendbyte(out, job->nsources);
	if (job->nsources == 1)
		return;
	pq_sendbyte(out, job->one_to_one);
	for (s = 0; s < job->nsources; s++)
		send_name(out, job->in[s].qualified, 2);
}

static void
send_model(StringInfo out, LinkJob *job)
{
	const CltFsTable *t = &job->score;
	int			f;
	int			i;
	int			g;

	pq_sendbyte(out, job->nfields);
	for (f = 0; f < job->nfields; f++)
	{
		pq_sendbyte(out, job->field[f].kind);
		pq_sendfloat4(out, job->field[f].col.log_u);
		pq_sendfloat4(out, job->field[f].col.log_h);
		pq_sendfloat4(out, job->field[f].col.lift);
	}
	pq_sendbyte(out, job->ncomparisons);
	pq_sendbyte(out, t->household);
	pq_sendfloat8(out, t->lm0);
	pq_sendfloat8(out, t->lu0);
	pq_sendfloat8(out, t->lh0);
	pq_sendbyte(out, t->relatives);
	pq_sendfloat8(out, t->lt0);
	pq_sendfloat8(out, t->ln0);
	pq_sendfloat8(out, job->threshold);
	pq_sendbyte(out, job->one_per);
	pq_sendint32(out, job->largest_person);
	pq_sendbyte(out, job->key_type == INT2OID || job->key_type == INT4OID || job->key_type == INT8OID);
	for (i = 0; i < job->ncomparisons; i++)
	{
		const LinkComparison *cmp = &job->comparison[i];

		pq_sendbyte(out, cmp->kind);
		pq_sendbyte(out, job->kernel[i].tf);
		pq_sendbyte(out, t->several[i]);
		pq_sendbyte(out, cmp->nfields);
		for (f = 0; f < cmp->nfields; f++)
		{
			pq_sendbyte(out, cmp->field[f]);
			pq_sendbyte(out, cmp->part[f]);
		}
		pq_sendbyte(out, job->fs.c[i].nlevels);
		for (g = 1; g <= job->fs.c[i].nlevels; g++)
		{
			pq_sendfloat4(out, t->lm[i][g]);
			pq_sendfloat4(out, t->lu[i][g]);
			pq_sendfloat4(out, t->lh[i][g]);
		}
	}
	send_tables(out, job);
}

static void
send_value(StringInfo out, const CltColumn *col, const CltValue *v)
{
	int			i;

	pq_sendint16(out, (uint16) v->len);
	pq_sendbytes(out, clt_value_text(v), (int) v->len);
	pq_sendint32(out, v->count);
	pq_sendint64(out, v->hash);
	for (i = 0; i < 3; i++)
		pq_sendint64(out, v->alt[i]);
	pq_sendint64(out, v->sound);
	pq_sendint64(out, v->num);
	pq_sendint16(out, v->flags);
	pq_sendfloat4(out, v->tf_u);
	pq_sendfloat4(out, v->tf_h);
	pq_sendfloat4(out, v->lift);
	pq_sendbyte(out, (uint8) v->ntokens);
	for (i = 0; i < v->ntokens; i++)
	{
		const CltToken *t = &col->tokens[col->token_ids[v->token + i]];

		pq_sendint16(out, (uint16) t->len);
		pq_sendbytes(out, clt_token_text(t), (int) t->len);
		pq_sendint32(out, t->count);
		pq_sendfloat4(out, t->idf);
	}
}

static void
send_record(StringInfo out, LinkProbe *probe, LinkJob *few)
{
	LinkKey    *keys = palloc(sizeof(LinkKey) * LINK_MAX_KEYS);
	int			n = clt_probe_keys(probe, few, 0, false, keys);
	const char *key = NULL;
	int			f;
	int			i;

	if (few->keyless == 0)
	{
		Oid			function;
		bool varlena;

		getTypeOutputInfo(few->key_type, &function, &varlena);
		key = OidOutputFunctionCall(function, few->keys[0]);
	}
	pq_sendbyte(out, key != NULL);
	if (key)
		send_name(out, key, 4);
	pq_sendint16(out, n);
	for (i = 0; i < n; i++)
		pq_sendint64(out, clt_block_combine(keys[i].key, keys[i].rule + 1));
	for (f = 0; f < few->nfields; f++)
	{
		const CltColumn *col = &few->field[f].col;
		uint32		code = CLT_CODE(col, 0);

		pq_sendbyte(out, code != 0);
		if (code)
			send_value(out, col, &col->values[code]);
	}
	if (few->nsources > 1)
		pq_sendbyte(out, probe->of_row[0]);
}

/* clt_record_make makes a value of the first record of a settled job. */
LinkageRecord *
clt_record_make(LinkProbe *probe, LinkJob *few)
{
	StringInfoData model;
	StringInfoData out;
	LinkageRecord *record;
	const char *bad;
	int			i;

	for (i = 0; i < few->ncomparisons; i++)
		if (few->comparison[i].levels || few->field[few->comparison[i].field[0]].element)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("linkage model \"%s\" cannot be used away from its table", few->model),
					 errdetail("Comparison \"%s\" has levels of its own or several values a record.", few->comparison[i].name)));
	initStringInfo(&model);
	send_model(&model, few);
	initStringInfo(&out);
	appendStringInfoSpaces(&out, LINKAGE_RECORD_HEAD);
	pq_sendint32(&out, model.len);
	pq_sendbytes(&out, model.data, model.len);
	send_record(&out, probe, few);
	record = (LinkageRecord *) out.data;
	SET_VARSIZE(record, out.len);
	record->version = LINKAGE_RECORD_VERSION;
	record->flags = 0;
	record->reserved = 0;
	/* a key too long, or bytes that are no text, nobody could read */
	bad = clt_record_check(record);
	if (bad)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a record of linkage model \"%s\" cannot be used away from its table", few->model),
				 errdetail_internal("%s", bad)));
	return record;
}

/* ---- reading ---- */

/* Reads without raising: after the end everything is 0 and bad is set. */
typedef struct Reader
{
	const uint8 *at;
	const uint8 *end;
	const char *bad;
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
		if (cmp->kind == CLT_KIND_ADDRESS ? !part_fits(job->field[cmp->field[f]].kind, cmp->part[f]) :
			job->field[cmp->field[f]].kind != cmp->kind || f > 0)
			r->bad = "A comparison does not fit its columns.";
	}
	if (cmp->nfields == 0 || cmp->kind == CLT_KIND_LEVELS || cmp->kind == CLT_KIND_VERBATIM)
		r->bad = "A comparison does not fit its columns.";
	nlevels = get_small(r, CLT_FS_MAX_LEVELS);
	for (g = 1; g <= nlevels; g++)
	{
		t->lm[i][g] = get_float(r);
		t->lu[i][g] = get_float(r);
		t->lh[i][g] = get_float(r);
	}
	/* levels that older values do not know are like their last */
	for (g = nlevels + 1; nlevels > 0 && g <= clt_kind_info[cmp->kind].nlevels; g++)
	{
		t->lm[i][g] = t->lm[i][nlevels];
		t->lu[i][g] = t->lu[i][nlevels];
		t->lh[i][g] = t->lh[i][nlevels];
	}
	if (t->relatives)
		clt_fs_table_relatives(t, i, clt_kind_role(cmp->kind), clt_kind_info[cmp->kind].nlevels);
}

/* read_tables reads how much of the columns is filled and which tables there are; values that know of one only do not say. */
static void
read_tables(Reader *r, LinkJob *job, int version)
{
	int			i;

	job->nsources = 1;
	if (version == LINKAGE_RECORD_VERSION_ONE_TABLE)
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

static void
read_model(Reader *r, LinkJob *job, int version, bool *numbered)
{
	int			i;

	job->nfields = get_small(r, LINK_MAX_FIELDS);
	for (i = 0; i < job->nfields; i++)
	{
		job->field[i].kind = (CltKind) get_small(r, CLT_NKINDS - 1);
		job->field[i].col.kind = job->field[i].kind;
		job->field[i].col.log_u = get_float(r);
		job->field[i].col.log_h = get_float(r);
		job->field[i].col.lift = get_float(r);
	}
	job->ncomparisons = job->score.ncomparisons = get_small(r, CLT_FS_MAX_COMPARISONS);
	job->score.household = get_small(r, 1) != 0;
	job->score.lm0 = get_double(r);
	job->score.lu0 = get_double(r);
	job->score.lh0 = get_double(r);
	if (version > LINKAGE_RECORD_VERSION_NO_RELATIVES)
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
	read_tables(r, job, version);
	if (r->at != r->end && !r->bad)
		r->bad = "There is something behind its end.";
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
	v->ntokens = (uint16) get_small(r, CLT_NORMAL_TOKENS);
	for (i = 0; i < v->ntokens; i++)
	{
		CltToken   *t = &col->tokens[col->ntokens];

		s = get_text(r, 2, 1, &t->len);
		clt_token_set_text(t, s);
		t->letters = clt_letters(s, t->len);
		t->count = (uint32) get(r, 4);
		t->idf = get_float(r);
		col->ntokens++;
	}
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
	{
		CltColumn  *col = &job->field[f].col;
		CltValue   *v = &col->values[col->nvalues];
		uint32		c;

		if (!get_small(r, 1))
			continue;
		read_value(r, col, v);
		for (c = 1; c < col->nvalues; c++)
			if (col->values[c].hash == v->hash && col->values[c].len == v->len &&
				memcmp(clt_value_text(&col->values[c]), clt_value_text(v), v->len) == 0)
				break;
		job->codes[(Size) row * job->nfields + f] = c;
		if (c == col->nvalues)
		{
			number_tokens(col, v);
			col->nvalues++;
		}
		else
			col->ntokens = v->token;
	}
	if (job->nsources > 1)
		set->source[row] = get_small(r, job->nsources - 1);
	if (r->at != r->end && !r->bad)
		r->bad = "There is something behind its end.";
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

		col->values = palloc0(sizeof(CltValue) * (n + 2));
		col->nvalues = 1;
		col->tokens = palloc0(sizeof(CltToken) * (Size) (n + 1) * CLT_NORMAL_TOKENS);
		col->token_ids = palloc0(sizeof(uint32) * (Size) (n + 1) * CLT_NORMAL_TOKENS);
		col->code = job->codes + f;
		col->stride = job->nfields;
		col->number = (uint32) f;
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
	len = get(rest, 4);
	if (len > (uint64) (end - rest->at))
		return "It ends too early.";
	model->at = rest->at;
	model->end = rest->at + len;
	model->bad = NULL;
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
			read_model(&model, set->job, records[i]->version, &set->numbered);
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

/* clt_record_compare_keys orders keys of records as the bulk engine does: whole numbers by value, others by bytes. */
int
clt_record_compare_keys(const char *a, const char *b, bool numbered)
{
	char	   *end_a;
	char	   *end_b;
	long long	x;
	long long	y;

	if (!a || !b)
		return a ? 1 : b ? -1 : 0;
	if (numbered)
	{
		x = strtoll(a, &end_a, 10);
		y = strtoll(b, &end_b, 10);
		if (*a && *b && !*end_a && !*end_b && x != y)
			return x < y ? -1 : 1;
	}
	return strcmp(a, b);
}

typedef struct SortedRecord
{
	int			source;
	const char *key;
	bool		numbered;
	int			row;
} SortedRecord;

static int
compare_records(const void *a, const void *b)
{
	const SortedRecord *x = (const SortedRecord *) a;
	const SortedRecord *y = (const SortedRecord *) b;
	int			c;

	if (x->source != y->source)
		return x->source < y->source ? -1 : 1;
	c = clt_record_compare_keys(x->key, y->key, x->numbered);
	return c ? c : x->row < y->row ? -1 : 1;
}

static bool
same_record(const SortedRecord *a, const SortedRecord *b)
{
	return a->source == b->source && a->key && b->key && strcmp(a->key, b->key) == 0;
}

/*
 * clt_record_sort brings the records of a set into the order in which the bulk engine
 * has them: table by table, by their keys.  One that came several times stays once.
 */
void
clt_record_sort(RecordSet *set)
{
	LinkJob    *job = set->job;
	int			n = (int) job->n;
	SortedRecord *order = palloc(sizeof(SortedRecord) * (n + 1));
	RecordSet	sorted = *set;
	uint32	   *codes = palloc(sizeof(uint32) * ((Size) n * job->nfields + 1));
	int			m = 0;
	int			f;
	int			i;

	sorted.key = palloc(sizeof(char *) * (n + 1));
	sorted.source = palloc(sizeof(int) * (n + 1));
	sorted.nkeys = palloc(sizeof(int) * (n + 1));
	sorted.keys = palloc(sizeof(int64 *) * (n + 1));
	for (i = 0; i < n; i++)
	{
		order[i].source = set->source[i];
		order[i].key = set->key[i];
		order[i].numbered = set->numbered;
		order[i].row = i;
	}
	qsort(order, n, sizeof(SortedRecord), compare_records);
	for (i = 0; i < n; i++)
	{
		int			row = order[i].row;

		if (i > 0 && same_record(&order[i - 1], &order[i]))
			continue;
		sorted.key[m] = set->key[row];
		sorted.source[m] = set->source[row];
		sorted.nkeys[m] = set->nkeys[row];
		sorted.keys[m] = set->keys[row];
		memcpy(codes + (Size) m * job->nfields, job->codes + (Size) row * job->nfields, sizeof(uint32) * job->nfields);
		m++;
	}
	*set = sorted;
	job->n = (uint32) m;
	job->codes = codes;
	for (f = 0; f < job->nfields; f++)
		job->field[f].col.code = codes + f;
	for (i = 0; i < m; i++)
		job->in[sorted.source[i]].end = (uint32) i + 1;
	for (i = 1; i < job->nsources; i++)
		job->in[i].end = Max(job->in[i].end, job->in[i - 1].end);
	pfree(order);
}

/* ---- what a record is called ---- */

/* clt_record_source returns the table of a record of a set; NULL if the model has one table only. */
const char *
clt_record_source(const RecordSet *set, int row)
{
	return set->job->nsources > 1 ? set->job->in[set->source[row]].qualified : NULL;
}

/* clt_record_node returns what a record is called among all of the model: its key, behind its table if there are several; NULL if it has no key. */
char	   *
clt_record_node(const RecordSet *set, int row)
{
	const char *source = clt_record_source(set, row);

	if (!set->key[row] || !source)
		return set->key[row];
	return psprintf("%s %s", source, set->key[row]);
}

/* split_node finds the table of a record by what it is called, and where its key begins; -1: it is none of the model's. */
static int
split_node(const LinkJob *job, const char *node, const char **key)
{
	int			s;

	*key = node;
	if (job->nsources == 1)
		return 0;
	for (s = 0; s < job->nsources; s++)
	{
		Size		len = strlen(job->in[s].qualified);

		/* quoted, no name is the beginning of another and a space */
		if (strncmp(node, job->in[s].qualified, len) == 0 && node[len] == ' ')
		{
			*key = node + len + 1;
			return s;
		}
	}
	return -1;
}

/* clt_record_find finds a record of a sorted set by what it is called; -1 if it is not there. */
int
clt_record_find(const RecordSet *set, const char *node)
{
	const char *key;
	int			source = split_node(set->job, node, &key);
	int			lo;
	int			hi;

	if (source < 0)
		return -1;
	lo = (int) clt_link_begin(set->job, source);
	hi = (int) set->job->in[source].end;
	while (lo < hi)
	{
		int			mid = lo + (hi - lo) / 2;
		int			c = clt_record_compare_keys(set->key[mid], key, set->numbered);

		if (c == 0)
			return mid;
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return -1;
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
