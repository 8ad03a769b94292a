/*
 * memory.c
 *		What memory a job will take, told before anything expensive is done.
 *
 * Encoded records cannot spill: codes, keys and dictionaries lie in memory as long as
 * the job goes.  How many rows there are the planner says, how many different values
 * and how long they are the statistics of the columns, if there are any.  That is an
 * estimate: a job is refused only if half of it is more than the machine, or the
 * control group of a container, has altogether.
 */
#include "postgres.h"

#include <stdio.h>

#include "access/htup_details.h"
#include "catalog/pg_statistic.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rls.h"
#include "utils/syscache.h"

#include "core/clientele.h"
#include "linkage/crew.h"
#include "linkage/engine.h"
#include "linkage/memory.h"
#include "linkage/reading.h"
#include "linkage/sketch.h"

/* Where nothing is known of a column: the share of records with a value of their own, and its length. */
#define USUAL_DISTINCT 0.3
#define USUAL_WIDTH 16

/* What a distinct value takes beside its text: itself, its words, and the tables by which it is found, half empty. */
#define BYTES_PER_VALUE (1.3 * sizeof(CltValue) + 3.0 * (sizeof(LinkRawSlot) + sizeof(LinkNormSlot)) + 24.0)

/* What blocks, pairs on their way, persons and results take a record, as measured. */
#define BYTES_OF_WORK 120.0

/* ---- what there is ---- */

/* read_number reads the number at the head of a file, or after a word in it; -1: there is none. */
static double
read_number(const char *path, const char *word)
{
	FILE	   *file = fopen(path, "r");
	char		line[256];
	double		result = -1;

	if (!file)
		return -1;
	while (result < 0 && fgets(line, sizeof(line), file))
		if (!word)
		{
			if (sscanf(line, "%lf", &result) != 1)
				break;
		}
		else if (strncmp(line, word, strlen(word)) == 0)
			(void) sscanf(line + strlen(word), "%lf", &result);
	fclose(file);
	return result;
}

/* least is the smaller of two numbers that may be unknown. */
static double
least(double a, double b)
{
	return a < 0 ? b : b < 0 ? a : Min(a, b);
}

/* limit_of_group is what the control group of a container allows, less what it uses if that is asked. */
static double
limit_of_group(bool left)
{
	double		limit = read_number("/sys/fs/cgroup/memory.max", NULL);
	double		used = read_number("/sys/fs/cgroup/memory.current", NULL);
	double		file = read_number("/sys/fs/cgroup/memory.stat", "inactive_file");

	if (limit < 0)
	{
		limit = read_number("/sys/fs/cgroup/memory/memory.limit_in_bytes", NULL);
		used = read_number("/sys/fs/cgroup/memory/memory.usage_in_bytes", NULL);
		file = read_number("/sys/fs/cgroup/memory/memory.stat", "total_inactive_file");
	}
	if (limit < 0 || !left)
		return limit;
	return Max(limit - Max(used, 0) + Max(file, 0), 0);
}

/* memory_of_machine is what there is altogether, or what of it is to be had now; -1 where nobody knows. */
static double
memory_of_machine(bool left)
{
	double		kb = read_number("/proc/meminfo", left ? "MemAvailable:" : "MemTotal:");
	double		swap = read_number("/proc/meminfo", left ? "SwapFree:" : "SwapTotal:");

	return least(kb < 0 ? -1 : (kb + Max(swap, 0)) * 1024, limit_of_group(left));
}

/* ---- what is needed ---- */

/* know_column estimates how many different values a column has and how long they are, by its statistics. */
static void
know_column(Oid table, const char *column, double rows, double *distinct, double *width)
{
	AttrNumber	att = get_attnum(table, column);
	HeapTuple	tuple;

	*distinct = USUAL_DISTINCT * rows;
	*width = USUAL_WIDTH;
	if (att <= 0 || check_enable_rls(table, InvalidOid, true) == RLS_ENABLED)
		return;
	tuple = SearchSysCache3(STATRELATTINH, ObjectIdGetDatum(table), Int16GetDatum(att), BoolGetDatum(false));
	if (!HeapTupleIsValid(tuple))
		tuple = SearchSysCache3(STATRELATTINH, ObjectIdGetDatum(table), Int16GetDatum(att), BoolGetDatum(true));
	if (!HeapTupleIsValid(tuple))
		return;
	else
	{
		Form_pg_statistic stats = (Form_pg_statistic) GETSTRUCT(tuple);

		*width = stats->stawidth;
		if (stats->stadistinct > 0)
			*distinct = Min(stats->stadistinct, rows);
		else if (stats->stadistinct < 0)
			*distinct = -stats->stadistinct * rows;
		else
			*distinct = USUAL_DISTINCT * rows * (1 - stats->stanullfrac);
	}
	ReleaseSysCache(tuple);
}

/* expected is how many records are expected of all tables. */
static double
expected(const LinkJob *job)
{
	double		rows = 0;
	int			s;

	for (s = 0; s < job->nsources; s++)
		rows += job->in[s].expected;
	return rows;
}

/* know_field estimates how many different values a field has in all tables, and the bytes of their texts. */
static void
know_field(const LinkJob *job, const LinkField *field, double *values, double *bytes)
{
	int			s;
	int			i;

	*values = *bytes = 0;
	for (s = 0; s < job->nsources; s++)
	{
		char	   *const *column = field->in ? field->in[s].name : field->column;
		double		most = 0;
		double		length = 0;

		/*
		 * of columns that make one value together, the one that has most of
		 * them says how many there are
		 */
		for (i = 0; i < field->ncolumns; i++)
		{
			double		distinct;
			double		width;

			if (!column[i])
				continue;
			know_column(job->in[s].table, column[i], job->in[s].expected, &distinct, &width);
			most = Max(most, distinct);
			length += width;
		}
		*values += most;
		*bytes += most * length;
	}
}

/* clt_link_record_memory estimates what the encoded records take while they are read. */
double
clt_link_record_memory(LinkJob *job)
{
	double		rows = expected(job);
	double		bytes = rows * (2.0 * job->nfields * sizeof(uint32) + sizeof(Datum) + 20.0);
	int			i;

	if (!job->key_byval)
		bytes += rows * 16;
	for (i = 0; i < job->nfields; i++)
	{
		double		values;
		double text;

		know_field(job, &job->field[i], &values, &text);
		bytes += (values * BYTES_PER_VALUE + text) *(job->field[i].element ? 2 : 1);
	}
	return bytes;
}

/* work_memory estimates what comes on top of it later: blocks, sketches of values, pairs and as many of them as may be kept. */
static double
work_memory(LinkJob *job)
{
	double		bytes = expected(job) * BYTES_OF_WORK + maintenance_work_mem * 1024.0 + clt_link_kept_memory(expected(job));
	int			i;

	for (i = 0; i < job->nfields; i++)
	{
		double		values;
		double text;

		if (!clt_link_is_drawn(&job->field[i]))
			continue;
		know_field(job, &job->field[i], &values, &text);
		bytes += values * sizeof(CltSketch);
	}
	return bytes;
}

static char *
in_mb(double bytes)
{
	return psprintf("%.0f MB", bytes / (1024 * 1024));
}

/* clt_link_check_memory refuses a job that cannot be done here, and warns of one that may be too large. */
void
clt_link_check_memory(LinkJob *job)
{
	double		rows = expected(job);
	double		needed = clt_link_record_memory(job) + work_memory(job);
	double		machine = memory_of_machine(false);
	double		now = memory_of_machine(true);

	if (machine >= 0 && needed / 2 > machine)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("linkage of \"%s\" does not fit into memory", job->table),
				 errdetail("About %.0f records are expected to take %s; this machine has %s.", rows, in_mb(needed), in_mb(machine)),
				 errhint("Compare fewer columns, link a part of the table through a view, or ANALYZE the table if there are fewer records.")));
	if (now >= 0 && needed > now)
		ereport(WARNING,
				(errmsg("linkage of \"%s\" may not fit into memory", job->table),
				 errdetail("About %.0f records are expected to take %s; %s are to be had now.", rows, in_mb(needed), in_mb(now)),
				 errhint("SELECT * FROM clientele.linkage_memory(%s) tells what of it is what.", quote_literal_cstr(job->qualified))));
}

/* ---- the function ---- */

/* memory_row tells what a job of tables would take; closes it. */
static Datum
memory_row(LinkJob *job, Jsonb *settings, TupleDesc desc, MemoryContext outside)
{
	Datum		values[6];
	bool		nulls[6] = {false};
	double		rows;
	double		records;
	double		work;
	double		machine = memory_of_machine(false);
	double		now = memory_of_machine(true);
	const char *verdict;

	clt_link_settings_apply(job, settings);
	rows = clt_link_expected_rows(job);
	records = clt_link_record_memory(job);
	work = work_memory(job);
	clt_link_job_close(job);
	SPI_finish();
	MemoryContextSwitchTo(outside);
	if (now < 0)
		verdict = "unknown";
	else if ((records + work) / 2 > machine)
		verdict = "does not fit";
	else
		verdict = records + work > now ? "may not fit" : "fits";
	values[0] = Int64GetDatum((int64) rows);
	values[1] = Int64GetDatum((int64) records);
	values[2] = Int64GetDatum((int64) work);
	values[3] = Int64GetDatum((int64) now);
	values[4] = Int64GetDatum((int64) machine);
	nulls[3] = nulls[4] = now < 0;
	values[5] = CStringGetTextDatum(verdict);
	return HeapTupleGetDatum(heap_form_tuple(desc, values, nulls));
}

CLT_FUNCTION_INFO_V1(clt_linkage_memory);
/* clt_linkage_memory tells what memory a job over a table would take. */
Datum
clt_linkage_memory(PG_FUNCTION_ARGS)
{
	MemoryContext outside = CurrentMemoryContext;
	TupleDesc	desc = clt_row_to_return(fcinfo);
	LinkJob    *job;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	SPI_connect();
	job = clt_link_job_open(PG_GETARG_OID(0), NULL);
	return memory_row(job, PG_ARGISNULL(1) ? clt_link_suggest(job) : PG_GETARG_JSONB_P(1), desc, outside);
}

CLT_FUNCTION_INFO_V1(clt_linkage_memory_all);
/* clt_linkage_memory_all tells what memory a job over several tables would take. */
Datum
clt_linkage_memory_all(PG_FUNCTION_ARGS)
{
	MemoryContext outside = CurrentMemoryContext;
	TupleDesc	desc = clt_row_to_return(fcinfo);
	LinkJob    *job;
	Oid		   *table;
	int			n;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	table = clt_link_tables_argument(fcinfo, 0, &n);
	SPI_connect();
	job = clt_link_open_tables(table, n, NULL);
	return memory_row(job, PG_ARGISNULL(1) ? clt_link_suggest_tables(job) : PG_GETARG_JSONB_P(1), desc, outside);
}
