/*
 * record_type.c
 *		The SQL face of linkage_record.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "libpq/pqformat.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "core/clientele.h"
#include "core/wire.h"
#include "search/record.h"

#define PG_GETARG_RECORD_P(n) ((LinkageRecord *) PG_DETOAST_DATUM(PG_GETARG_DATUM(n)))

/* ---- text and bytes ---- */

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

CLT_FUNCTION_INFO_V1(clt_linkage_record_in);
Datum
clt_linkage_record_in(PG_FUNCTION_ARGS)
{
	char	   *s = PG_GETARG_CSTRING(0);
	size_t		len = strlen(s);
	LinkageRecord *record;
	const char *bad = NULL;
	size_t		i;

	record = palloc0(VARHDRSZ + len / 2 + 8);
	SET_VARSIZE(record, VARHDRSZ + len / 2);
	if (len % 2 != 0 || len < 8)
		bad = "It is not a list of bytes in hexadecimal.";
	for (i = 0; i + 1 < len && !bad; i += 2)
	{
		int			hi = hex_digit(s[i]);
		int			lo = hex_digit(s[i + 1]);

		if (hi < 0 || lo < 0)
			bad = "It is not a list of bytes in hexadecimal.";
		else
			((char *) record)[VARHDRSZ + i / 2] = (char) (hi * 16 + lo);
	}
	if (!bad)
		bad = clt_record_check(record);
	if (bad)
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type %s", "linkage_record"),
				 errdetail_internal("%s", bad)));
	PG_RETURN_POINTER(record);
}

CLT_FUNCTION_INFO_V1(clt_linkage_record_out);
Datum
clt_linkage_record_out(PG_FUNCTION_ARGS)
{
	LinkageRecord *record = PG_GETARG_RECORD_P(0);
	Size		len = VARSIZE(record) - VARHDRSZ;
	char	   *out = palloc(len * 2 + 1);
	Size		i;

	for (i = 0; i < len; i++)
	{
		uint8		byte = ((uint8 *) record)[VARHDRSZ + i];

		out[2 * i] = "0123456789abcdef"[byte >> 4];
		out[2 * i + 1] = "0123456789abcdef"[byte & 15];
	}
	out[2 * len] = '\0';
	PG_RETURN_CSTRING(out);
}

CLT_FUNCTION_INFO_V1(clt_linkage_record_recv);
Datum
clt_linkage_record_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			len = buf->len - buf->cursor;
	LinkageRecord *record = palloc0(VARHDRSZ + len + 8);
	const char *bad;

	SET_VARSIZE(record, VARHDRSZ + len);
	memcpy((char *) record + VARHDRSZ, pq_getmsgbytes(buf, len), len);
	bad = clt_record_check(record);
	if (bad)
		clt_wire_error("linkage_record", bad);
	PG_RETURN_POINTER(record);
}

CLT_FUNCTION_INFO_V1(clt_linkage_record_send);
Datum
clt_linkage_record_send(PG_FUNCTION_ARGS)
{
	LinkageRecord *record = PG_GETARG_RECORD_P(0);
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendbytes(&buf, (char *) record + VARHDRSZ, VARSIZE(record) - VARHDRSZ);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* ---- making one, and what it says ---- */

/* add_json adds a record given as JSON; which of several tables it is of must be told. */
static void
add_json(LinkProbe *probe, LinkJob *few, Jsonb *record, Oid table)
{
	int			source = clt_probe_source(probe, table);

	if (source < 0)
		ereport(ERROR,
				(errcode(ERRCODE_AMBIGUOUS_PARAMETER),
				 errmsg("linkage model \"%s\" links several tables", few->model),
				 errhint("Say which table the record is of, as source.")));
	clt_probe_add_json(probe, few, record, source);
}

/* add_row adds a record given as a row of one of the tables, which may be told, too. */
static void
add_row(LinkProbe *probe, LinkJob *few, Oid type, Datum row, Oid table)
{
	clt_probe_add_row(probe, few, type, row);
	if (OidIsValid(table) && clt_probe_source(probe, table) != probe->of_row[0])
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("a row of table \"%s\" is no record of table \"%s\"", few->in[probe->of_row[0]].name, get_rel_name(table))));
}

CLT_FUNCTION_INFO_V1(clt_linkage_record_make);
/* clt_linkage_record_make encodes a record given as JSON or as a row of the source. */
Datum
clt_linkage_record_make(PG_FUNCTION_ARGS)
{
	Oid			type = get_fn_expr_argtype(fcinfo->flinfo, 1);
	Oid			table = PG_ARGISNULL(2) ? InvalidOid : PG_GETARG_OID(2);
	char	   *name;
	Datum		argument;
	LinkProbe  *probe;
	LinkJob    *few;
	LinkageRecord *record;
	LinkageRecord *result;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	argument = PG_GETARG_DATUM(1);
	if (type == UNKNOWNOID)
	{
		argument = DirectFunctionCall1(jsonb_in, argument);
		type = JSONBOID;
	}
	SPI_connect();
	probe = clt_probe_open(name, false);
	few = clt_probe_records(probe);
	if (type == JSONBOID)
		add_json(probe, few, DatumGetJsonbP(argument), table);
	else
		add_row(probe, few, type, argument, table);
	clt_probe_settle(probe, few);
	record = clt_record_make(probe, few);
	result = SPI_palloc(VARSIZE(record));
	memcpy(result, record, VARSIZE(record));
	clt_probe_close(probe);
	SPI_finish();
	PG_RETURN_POINTER(result);
}

static Datum
text_or_null(FunctionCallInfo fcinfo, const char *s)
{
	if (!s)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(s));
}

CLT_FUNCTION_INFO_V1(clt_linkage_record_key);
/* clt_linkage_record_key returns the key of a record as text. */
Datum
clt_linkage_record_key(PG_FUNCTION_ARGS)
{
	RecordSet	set;

	clt_record_read(PG_GETARG_RECORD_P(0), &set);
	return text_or_null(fcinfo, set.key[0]);
}

CLT_FUNCTION_INFO_V1(clt_linkage_record_source);
/* clt_linkage_record_source returns the table of a record, if the model has several. */
Datum
clt_linkage_record_source(PG_FUNCTION_ARGS)
{
	RecordSet	set;

	clt_record_read(PG_GETARG_RECORD_P(0), &set);
	return text_or_null(fcinfo, clt_record_source(&set, 0));
}

CLT_FUNCTION_INFO_V1(clt_linkage_record_node);
/* clt_linkage_record_node returns what a record is called among all of the model. */
Datum
clt_linkage_record_node(PG_FUNCTION_ARGS)
{
	RecordSet	set;

	clt_record_read(PG_GETARG_RECORD_P(0), &set);
	return text_or_null(fcinfo, clt_record_node(&set, 0));
}

CLT_FUNCTION_INFO_V1(clt_blocking_keys);
/* clt_blocking_keys returns the keys that a record shares with those it is compared with. */
Datum
clt_blocking_keys(PG_FUNCTION_ARGS)
{
	RecordSet	set;
	Datum	   *items;
	int			i;

	clt_record_read(PG_GETARG_RECORD_P(0), &set);
	items = palloc(sizeof(Datum) * (set.nkeys[0] + 1));
	for (i = 0; i < set.nkeys[0]; i++)
		items[i] = Int64GetDatum(set.keys[0][i]);
	PG_RETURN_ARRAYTYPE_P(construct_array(items, set.nkeys[0], INT8OID, 8, FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}
