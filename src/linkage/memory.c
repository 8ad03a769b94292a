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

/* clt_link_record_memory estimates what the encoded records take while they are read. */
double
clt_link_record_memory(LinkJob *job, double rows)
{
	double		bytes = rows * (2.0 * job->nfields * sizeof(uint32) + sizeof(Datum) + 20.0);
	int			i;

	if (!job->key_byval)
		bytes += rows * 16;
	for (i = 0; i < job->nfields; i++)
	{
		const LinkField *field = &job->field[i];
		double		distinct;
		double		width;

		know_column(job->in[0].table, field->column[0], rows, &distinct, &width);
		bytes += distinct * (BYTES_PER_VALUE + width) * (field->element ? 2 : 1);
	}
	return bytes;
}

/* clt_link_work_memory estimates what comes on top of it later. */
double
clt_link_work_memory(double rows)
{
	return rows * BYTES_OF_WORK + maintenance_work_mem * 1024.0;
}

static char *
in_mb(double bytes)
{
	return psprintf("%.0f MB", bytes / (1024 * 1024));
}

/* clt_link_check_memory refuses a job that cannot be done here, and warns of one that may be too large. */
void
clt_link_check_memory(LinkJob *job, double rows)
{
	double		needed = clt_link_record_memory(job, rows) + clt_link_work_memory(rows);
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
				 errhint("SELECT * FROM clientele.linkage_memory('%s') tells what of it is what.", job->qualified)));
}

/* ---- the function ---- */

CLT_FUNCTION_INFO_V1(clt_linkage_memory);
/* clt_linkage_memory tells what memory a job over a table would take. */
Datum
clt_linkage_memory(PG_FUNCTION_ARGS)
{
	TupleDesc	desc;
	Datum		values[6];
	bool		nulls[6] = {false};
	LinkJob    *job;
	Jsonb	   *settings;
	double		rows;
	double		records;
	double		work;
	double		machine = memory_of_machine(false);
	double		now = memory_of_machine(true);
	MemoryContext outside = CurrentMemoryContext;
	const char *verdict;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	desc = BlessTupleDesc(desc);
	SPI_connect();
	job = clt_link_job_open(PG_GETARG_OID(0), NULL);
	settings = PG_ARGISNULL(1) ? clt_link_suggest(job) : PG_GETARG_JSONB_P(1);
	clt_link_settings_apply(job, settings);
	rows = clt_link_expected_rows(job);
	records = clt_link_record_memory(job, rows);
	work = clt_link_work_memory(rows);
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
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(desc, values, nulls)));
}
