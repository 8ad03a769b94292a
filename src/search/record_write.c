/*
 * record_write.c
 *		Making linkage_record: the model, and the record that it is to compare.
 *
 * Numbers are in network order and texts in UTF-8, so that values may travel between
 * machines and databases.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "libpq/pqformat.h"
#include "utils/lsyscache.h"

#include "core/clientele.h"
#include "core/encoding.h"
#include "search/record.h"

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

/* send_column sends what is known of all values of a column, or of the single ones of several. */
static void
send_column(StringInfo out, const CltColumn *col)
{
	pq_sendfloat4(out, col->log_u);
	pq_sendfloat4(out, col->log_h);
	pq_sendfloat4(out, col->lift);
}

/* send_levels sends levels of the user's own, none of which is a condition in SQL. */
static void
send_levels(StringInfo out, const CltLevels *levels)
{
	int			i;
	int			g;

	pq_sendbyte(out, levels->missing);
	for (i = 0; i < levels->ncolumns; i++)
		pq_sendfloat4(out, levels->log_u[i]);
	for (g = 1; g <= levels->nlevels; g++)
	{
		const CltLevel *level = &levels->level[g];

		pq_sendbyte(out, level->ntests);
		for (i = 0; i < level->ntests; i++)
		{
			pq_sendbyte(out, level->test[i].test);
			pq_sendbyte(out, level->test[i].column);
			pq_sendbyte(out, level->test[i].second + 1);
			pq_sendfloat8(out, level->test[i].limit);
		}
		pq_sendbyte(out, level->tf_column + 1);
		pq_sendfloat4(out, level->tf_weight);
		pq_sendfloat4(out, level->tf_floor);
	}
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
		const LinkField *field = &job->field[f];

		pq_sendbyte(out, field->kind);
		send_column(out, &field->col);
		pq_sendbyte(out, field->element != NULL);
		if (field->element)
			send_column(out, &field->element->col);
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
	pq_sendbyte(out, job->key_type == INT2OID || job->key_type == INT4OID || job->key_type == INT8OID || job->key_type == NUMERICOID);
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
		if (cmp->levels)
			send_levels(out, cmp->levels);
	}
	send_tables(out, job);
}

/* send_value sends a value and its words; of several values together, these. */
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
		uint32		id = col->token_ids[v->token + i];
		const CltToken *t;

		if (col->element)
		{
			send_value(out, col->element, &col->element->values[id]);
			continue;
		}
		t = &col->tokens[id];
		pq_sendint16(out, (uint16) t->len);
		pq_sendbytes(out, clt_token_text(t), (int) t->len);
		pq_sendint32(out, t->count);
		pq_sendfloat4(out, t->idf);
		pq_sendbyte(out, t->role);
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

/* refuse_sql raises an error if the model has conditions in SQL, which would be looked up wherever the value is read. */
static void
refuse_sql(const LinkJob *few)
{
	int			i;
	int			g;

	for (i = 0; i < few->ncomparisons; i++)
		for (g = 0; few->comparison[i].levels && g <= few->comparison[i].levels->nlevels; g++)
			if (few->comparison[i].sql[g])
				ereport(ERROR,
						(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						 errmsg("linkage model \"%s\" cannot be used away from its table", few->model),
						 errdetail("Comparison \"%s\" has levels that are conditions in SQL.", few->comparison[i].name),
						 errhint("Write them as tests: exact, jaro_winkler, levenshtein, days and so on.")));
}

/* clt_record_make makes a value of the first record of a settled job. */
LinkageRecord *
clt_record_make(LinkProbe *probe, LinkJob *few)
{
	StringInfoData model;
	StringInfoData out;
	LinkageRecord *record;
	const char *bad;

	refuse_sql(few);
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
