/*
 * report.c
 *		What a model does and why: blocking, parameters, the waterfall of a pair.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/lsyscache.h"

#include "core/clientele.h"
#include "core/encoding.h"
#include "linkage/engine.h"
#include "linkage/probe.h"
#include "linkage/registry.h"
#include "linkage/results.h"

CLT_FUNCTION_INFO_V1(clt_linkage_blocking_report);
/* clt_linkage_blocking_report counts what each blocking rule of a model costs. */
Datum
clt_linkage_blocking_report(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	char	   *name = clt_link_model_argument(fcinfo);
	LinkModel	stored;
	LinkJob    *job;
	int			r;

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	job = clt_link_open_model(name, &stored);
	clt_link_rules_build(job);
	for (r = 0; r < job->nrules; r++)
	{
		LinkRule   *rule = &job->rule[r];
		Datum		values[8];
		bool		nulls[8] = {false};

		values[0] = Int32GetDatum(r + 1);
		clt_set_text(values, nulls, 1, rule->name);
		values[2] = Int64GetDatum(rule->stats.rows);
		values[3] = Int64GetDatum(rule->stats.runs);
		values[4] = Int64GetDatum(rule->stats.pairs);
		values[5] = Int64GetDatum(rule->stats.largest);
		values[6] = Int64GetDatum(rule->skipped_rows);
		clt_set_text(values, nulls, 7, rule->why);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	clt_link_job_close(job);
	SPI_finish();
	PG_RETURN_VOID();
}

/* set_up_model prepares comparisons without reading records. */
static LinkJob *
set_up_model(const char *name, LinkModel *stored)
{
	LinkJob    *job = clt_link_open_job(name, stored);

	job->threshold = LINK_DEFAULT_THRESHOLD;
	clt_link_settings_apply(job, stored->settings);
	clt_link_need_trained(name, stored->parameters != NULL);
	return job;
}

/* level_weight is the weight of a level: what was estimated, or what the user says. */
static double
level_weight(LinkJob *job, int i, int g)
{
	LinkComparison *cmp = &job->comparison[i];

	if (!(cmp->weight_set & (1u << g)))
		return job->fs.c[i].u[g] > 0 ? log2(job->fs.c[i].m[g] / job->fs.c[i].u[g]) : get_float8_infinity();
	return cmp->weight[g] <= CLT_FS_VETO / 2 ? -get_float8_infinity() : cmp->weight[g];
}

CLT_FUNCTION_INFO_V1(clt_linkage_model_parameters);
/* clt_linkage_model_parameters shows m, u and weight of each level, and warnings. */
Datum
clt_linkage_model_parameters(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	char	   *name = clt_link_model_argument(fcinfo);
	LinkModel	stored;
	LinkJob    *job;
	int			i;
	int			g;

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	job = set_up_model(name, &stored);
	for (i = 0; i < job->ncomparisons; i++)
		job->fs.c[i].nlevels = clt_link_nlevels(&job->comparison[i]);
	clt_link_parameters_apply(job, stored.parameters);
	for (i = 0; i < job->ncomparisons; i++)
		for (g = 1; g <= job->fs.c[i].nlevels; g++)
		{
			const CltFsComparison *c = &job->fs.c[i];
			Datum		values[8];
			bool		nulls[8] = {false};

			clt_set_text(values, nulls, 0, job->comparison[i].name);
			values[1] = Int32GetDatum(g);
			clt_set_text(values, nulls, 2, clt_link_label(&job->comparison[i], g));
			values[3] = Float8GetDatum(c->m[g]);
			values[4] = Float8GetDatum(c->u[g]);
			values[5] = Float8GetDatum(level_weight(job, i, g));
			values[6] = Float8GetDatum(c->h[g]);
			values[7] = Float8GetDatum(c->observed[g]);
			tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
		}
	clt_link_job_close(job);
	SPI_finish();
	PG_RETURN_VOID();
}

/* key_text is the text of a key given as any type. */
static char *
key_text(FunctionCallInfo fcinfo, int arg)
{
	Oid			type = get_fn_expr_argtype(fcinfo->flinfo, arg);
	Oid			out;
	bool varlena;

	if (type == UNKNOWNOID)
		return PG_GETARG_CSTRING(arg);
	getTypeOutputInfo(type, &out, &varlena);
	return OidOutputFunctionCall(out, PG_GETARG_DATUM(arg));
}

/* key_argument is the key that an argument means, whatever it was written as. */
static Datum
key_argument(const LinkJob *job, FunctionCallInfo fcinfo, int arg)
{
	return clt_probe_key_argument(job, get_fn_expr_argtype(fcinfo->flinfo, arg), PG_GETARG_DATUM(arg));
}

/* seek_record finds a record from a row on by its key; to if there is none. */
static uint32
seek_record(LinkJob *job, Datum key, uint32 from, uint32 to)
{
	SortSupportData order;
	uint32		i;

	clt_link_key_order(job, &order);
	for (i = from; i < to && ApplySortComparator(job->keys[i], false, key, false, &order) != 0; i++)
		if ((i & 1023) == 0)
			CHECK_FOR_INTERRUPTS();
	return i;
}

static void
no_record(const char *table, const char *text)
{
	ereport(ERROR,
			(errcode(ERRCODE_NO_DATA_FOUND),
			 errmsg("\"%s\" has no record with key %s", table, text)));
}

static void
ambiguous_key(const LinkJob *job, const char *text)
{
	ereport(ERROR,
			(errcode(ERRCODE_AMBIGUOUS_PARAMETER),
			 errmsg("several tables of linkage model \"%s\" have a record with key %s", job->model, text),
			 errhint("Say which table it is in, as a_source or b_source.")));
}

/* find_in finds a record of a table, or of whichever has it. */
static uint32
find_in(LinkJob *job, FunctionCallInfo fcinfo, int arg, const char *text, int source)
{
	Datum		key = key_argument(job, fcinfo, arg);
	uint32		found = job->n;
	int			s;

	for (s = 0; s < job->nsources; s++)
	{
		uint32		row;

		if (source >= 0 && s != source)
			continue;
		row = seek_record(job, key, clt_link_begin(job, s), job->in[s].end);
		if (row == job->in[s].end)
			continue;
		if (found < job->n)
			ambiguous_key(job, text);
		found = row;
	}
	if (found == job->n)
		no_record(job->in[Max(source, 0)].name, text);
	return found;
}

/* source_argument is which table a record is in; of two tables, the first record is of the first one. */
static int
source_argument(LinkJob *job, Oid given, int side)
{
	if (!OidIsValid(given))
		return job->nsources == 2 ? side : job->nsources == 1 ? 0 : -1;
	return clt_link_need_source(job, given);
}

/* A pair to be explained: its keys as texts, its records in a job. */
typedef struct Explained
{
	char	   *a;
	char	   *b;
	Oid			a_source;		/* InvalidOid: not told */
	Oid			b_source;
	LinkPair	pair;
} Explained;

/* read_whole reads all records of a model. */
static LinkJob *
read_whole(const char *name, LinkModel *stored, FunctionCallInfo fcinfo, Explained *e)
{
	LinkJob    *job = clt_link_open_model(name, stored);
	uint32		l;
	uint32		r;

	clt_link_parameters_apply(job, stored->parameters);
	clt_fs_table(&job->fs, &job->score);
	l = find_in(job, fcinfo, 1, e->a, source_argument(job, e->a_source, 0));
	r = find_in(job, fcinfo, 2, e->b, source_argument(job, e->b_source, 1));
	e->pair.l = Min(l, r);
	e->pair.r = Max(l, r);
	return job;
}

/*
 * look_up adds the record with a key, of a table or of whichever has it, and returns its row; of none if there is
 * a table in which the key cannot be looked up.
 */
static bool
look_up(LinkProbe *probe, LinkJob *job, FunctionCallInfo fcinfo, int arg, const char *text, int source, uint32 *row)
{
	uint32		from = job->n;
	int			s;

	if (!OidIsValid(get_array_type(job->key_type)))
		return false;
	for (s = 0; s < job->nsources; s++)
	{
		LinkRecordKey key;
		LinkKeyReading reading = LINK_KEY_READ;

		if (source >= 0 && s != source)
			continue;
		key.source = s;
		if (!job->key_as_text)
			key.key = key_argument(job, fcinfo, arg);
		else
			reading = clt_probe_key_of_text(probe, s, text, &key.key);
		if (reading == LINK_KEY_NOT_PLAIN)
			return false;
		if (reading == LINK_KEY_READ)
			clt_probe_add_keys(probe, job, &key, 1);
	}
	*row = from;
	if (job->n > from + 1 && job->nsources > 1)
		ambiguous_key(job, text);
	if (job->n == from)
		no_record(job->in[Max(source, 0)].name, text);
	return true;
}

/* read_two reads two records of a model, with what its last run knows of their values; NULL if they cannot be looked up. */
static LinkJob *
read_two(LinkProbe *probe, FunctionCallInfo fcinfo, Explained *e)
{
	LinkJob    *job = clt_probe_records(probe);
	int			a_source = source_argument(job, e->a_source, 0);
	int			b_source = source_argument(job, e->b_source, 1);
	SortSupportData order;
	uint32		l;
	uint32		r;
	int			c;

	if (!look_up(probe, job, fcinfo, 1, e->a, a_source, &l))
		return NULL;
	r = l;
	if ((strcmp(e->a, e->b) != 0 || a_source != b_source) && !look_up(probe, job, fcinfo, 2, e->b, b_source, &r))
		return NULL;
	clt_probe_settle(probe, job);
	/* the left record is the one that a run reads first */
	clt_link_key_order(job, &order);
	c = (int) probe->of_row[l] - (int) probe->of_row[r];
	if (c > 0 || (c == 0 && ApplySortComparator(job->keys[l], false, job->keys[r], false, &order) > 0))
	{
		uint32		t = l;

		l = r;
		r = t;
	}
	e->pair.l = l;
	e->pair.r = r;
	return job;
}

static const char *
value_text(LinkJob *job, int comparison, uint32 row)
{
	LinkComparison *cmp = &job->comparison[comparison];
	StringInfoData out;
	const char *shown;
	size_t		len;
	int			i;

	initStringInfo(&out);
	for (i = 0; i < cmp->nfields; i++)
	{
		CltColumn  *col = &job->field[cmp->field[i]].col;
		uint32		code = CLT_CODE(col, row);

		if (!code)
			continue;
		appendStringInfo(&out, "%s%.*s", out.len ? ", " : "", (int) col->values[code].len, clt_value_text(&col->values[code]));
		if (col->kind == CLT_KIND_STREET && col->values[code].num > 0 && cmp->kind == CLT_KIND_ADDRESS)
			appendStringInfo(&out, " " INT64_FORMAT, col->values[code].num);
	}
	/* several values of one column */
	for (i = 0; i < out.len; i++)
		if (out.data[i] == LINK_SEPARATOR)
			out.data[i] = ';';
	if (out.len == 0)
		return NULL;
	len = (size_t) out.len;
	shown = clt_show_utf8(out.data, &len);
	return shown == out.data ? shown : pnstrdup(shown, len);
}

/* write_share writes what a pair's weight has of no comparison: nothing but what it adds, and the weight with it. */
static void
write_share(ReturnSetInfo *rsinfo, const char *name, const char *label, double adds, double total, const double *m)
{
	Datum		values[10];
	bool		nulls[10];

	memset(nulls, true, sizeof(nulls));
	clt_set_text(values, nulls, 0, name);
	clt_set_text(values, nulls, 2, label);
	nulls[5] = m == NULL;
	values[5] = Float8GetDatum(m ? *m : 0);
	values[8] = Float8GetDatum(adds);
	values[9] = Float8GetDatum(total);
	nulls[8] = nulls[9] = false;
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/* rarity_of is what a comparison adds to the weight of a pair for how rare the values are that agree, in bits. */
static double
rarity_of(LinkJob *job, const LinkPair *pair, int comparison)
{
	const CltComparison *kernel = &job->kernel[comparison];
	float		bits;
	uint32		v;

	if (kernel->levels)
	{
		clt_levels_compare(kernel->levels, NULL, pair->l, pair->r, &bits);
		return -bits;
	}
	if (kernel->kind == CLT_KIND_ADDRESS)
		return -clt_address_frequency(kernel, CLT_FS_LEVEL(pair->gamma, comparison), pair->l, pair->r);
	clt_compare_records(kernel, NULL, pair->l, pair->r, &v);
	return v ? -clt_link_single_values(&job->field[job->comparison[comparison].field[0]])->values[v].tf_u : 0;
}

/* in_steps rounds a sum of bits as a pair keeps it. */
static double
in_steps(double bits)
{
	return rint(bits * CLT_FS_TF_UNIT) / CLT_FS_TF_UNIT;
}

/* write_comparison writes what a comparison adds to the weight of a pair, which becomes total. */
static void
write_comparison(ReturnSetInfo *rsinfo, LinkJob *job, const LinkPair *pair, int i, double weight, double rarity, double total)
{
	int			g = CLT_FS_LEVEL(pair->gamma, i);
	Datum		values[10];
	bool		nulls[10] = {false};

	clt_set_text(values, nulls, 0, job->comparison[i].name);
	values[1] = Int32GetDatum(g);
	clt_set_text(values, nulls, 2, g ? clt_link_label(&job->comparison[i], g) : "missing");
	clt_set_text(values, nulls, 3, value_text(job, i, pair->l));
	clt_set_text(values, nulls, 4, value_text(job, i, pair->r));
	nulls[5] = nulls[6] = g == 0;
	values[5] = Float8GetDatum(job->fs.c[i].m[g]);
	values[6] = Float8GetDatum(job->fs.c[i].u[g]);
	values[7] = Float8GetDatum(rarity);
	values[8] = Float8GetDatum(weight + rarity);
	values[9] = Float8GetDatum(total);
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/*
 * write_steps writes what each comparison contributes to the weight of a pair.  A pair keeps the sum of what rarity
 * adds in steps of a 256th, so that a row says what it adds to that.
 */
static void
write_steps(ReturnSetInfo *rsinfo, LinkJob *job, LinkPair *pair)
{
	CltFsScore	score;
	double		total;
	double		running = job->score.lm0 - job->score.lu0;
	double		bits = 0;
	int			i;

	clt_link_compare(job, pair);
	total = clt_fs_weight(&job->score, pair->gamma, pair->tf_u / CLT_FS_TF_UNIT, pair->tf_h / CLT_FS_TF_UNIT, &score);
	write_share(rsinfo, "(prior)", "how rare true pairs are", running, running, &job->fs.prior);
	for (i = 0; i < job->ncomparisons; i++)
	{
		int			g = CLT_FS_LEVEL(pair->gamma, i);
		double		weight = g ? job->score.lm[i][g] - job->score.lu[i][g] : 0;
		double		rarity = rarity_of(job, pair, i);

		bits += rarity;
		rarity = in_steps(bits) - in_steps(bits - rarity);
		running += weight + rarity;
		write_comparison(rsinfo, job, pair, i, weight, rarity, running);
	}

	/*
	 * shared addresses and surnames are worth less, because families have
	 * them
	 */
	write_share(rsinfo, "(household)", "what a family shares counts once", total - running, total, NULL);
}

CLT_FUNCTION_INFO_V1(clt_linkage_explain);
/* clt_linkage_explain shows what each comparison contributes to the weight of a pair. */
Datum
clt_linkage_explain(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	char	   *name;
	LinkModel	stored;
	LinkProbe  *probe;
	LinkJob    *job = NULL;
	Explained	e;

	name = clt_link_model_argument(fcinfo);
	clt_need_argument(fcinfo, 1, "a");
	clt_need_argument(fcinfo, 2, "b");
	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	clt_link_need_model(name, &stored, CurrentMemoryContext);
	clt_link_need_trained(name, stored.parameters != NULL);
	memset(&e, 0, sizeof(e));
	e.a = key_text(fcinfo, 1);
	e.b = key_text(fcinfo, 2);
	e.a_source = PG_ARGISNULL(3) ? InvalidOid : PG_GETARG_OID(3);
	e.b_source = PG_ARGISNULL(4) ? InvalidOid : PG_GETARG_OID(4);
	probe = clt_probe_open_present(name, &stored);
	if (probe)
	{
		job = read_two(probe, fcinfo, &e);
		if (job)
			write_steps(rsinfo, job, &e.pair);
		clt_probe_close(probe);
	}
	if (!job)
	{
		job = read_whole(name, &stored, fcinfo, &e);
		write_steps(rsinfo, job, &e.pair);
		clt_link_job_close(job);
	}
	SPI_finish();
	PG_RETURN_VOID();
}

CLT_FUNCTION_INFO_V1(clt_linkage_equality);
Datum
clt_linkage_equality(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(clt_link_equality(PG_GETARG_OID(0))));
}

CLT_FUNCTION_INFO_V1(clt_linkage_result_table);
/* clt_linkage_result_table finds a result of the caller's; NULL if there is none. */
Datum
clt_linkage_result_table(PG_FUNCTION_ARGS)
{
	Oid			nsp = get_namespace_oid(NameStr(*PG_GETARG_NAME(0)), true);
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(1));
	Oid			relid = OidIsValid(nsp) ? get_relname_relid(name, nsp) : InvalidOid;

	if (!OidIsValid(relid) || !clt_link_is_result(relid, RELKIND_RELATION))
		PG_RETURN_NULL();
	PG_RETURN_OID(relid);
}
