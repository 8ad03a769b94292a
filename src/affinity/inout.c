/*
 * inout.c
 *		Text and binary forms of type affinity.
 *
 * Both carry types by name and items as their types write them, so that a dump
 * can be restored into another database, encoding or version; the baskets,
 * which are most of it, are the compressed bytes of the stored form. Whatever
 * comes in is joined line by line into an empty affinity: one constructor, the
 * same that the aggregates use, which numbers, counts and orders everything
 * itself and believes nothing.
 *
 * Text form: words separated by one blank.
 *
 *	2 flags "item type" "item collation" "basket type" "basket collation"
 *	skipped truncated sample_bits months days microseconds memory_mb
 *	items keyed loose lines absent lines64 pay64 absent64 {item,...} {id,...}
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/base64.h"
#include "core/wire.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "affinity/names.h"
#include "affinity/store.h"

/* Types whose by-value image means the same everywhere. */
static bool
is_portable(Oid type)
{
	switch (type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return true;
		default:
			return false;
	}
}

/* Everything between header and end, in the order of the stored form. */
typedef struct Sections
{
	const uint8 *items;
	const uint8 *lines;
	const uint8 *pay;
	const uint8 *absent;
	const uint8 *keys;
} Sections;

static void
find_sections(const AffinityFlat *f, Sections *s)
{
	s->items = (const uint8 *) f->data + f->names_len;
	s->lines = s->items + f->items_len;
	s->pay = s->lines + f->lines_len;
	s->absent = s->pay + f->pay_len;
	s->keys = s->absent + f->absent_len;
}

/* ---- text ---------------------------------------------------------------- */

static void
put_quoted(StringInfo buf, const char *s)
{
	appendStringInfoCharMacro(buf, '"');
	for (; *s != '\0'; s++)
	{
		if (*s == '"' || *s == '\\')
			appendStringInfoCharMacro(buf, '\\');
		appendStringInfoCharMacro(buf, *s);
	}
	appendStringInfoCharMacro(buf, '"');
}

static void
put_base64(StringInfo buf, const uint8 *data, Size len)
{
	int			size = pg_b64_enc_len((int) len);
	int			n;

	appendStringInfoString(buf, len == 0 ? " -" : " ");
	if (len == 0)
		return;
	enlargeStringInfo(buf, size + 1);
	n = pg_b64_encode((const clt_b64_byte *) data, (int) len, buf->data + buf->len, size);
	if (n < 0)
		elog(ERROR, "could not encode affinity");
	buf->len += n;
	buf->data[buf->len] = '\0';
}

/* {"a","b"} of keys, or base64 of numbers where those mean the same everywhere. */
static void
put_key_list(StringInfo buf, const AffDict *dict)
{
	Oid			output;
	bool		is_varlena;
	FmgrInfo	flinfo;
	uint32		i;

	if (dict->n > 0 && is_portable(dict->spec.type))
	{
		char	   *bytes = palloc_extended((Size) dict->n * CLT_VARINT_MAX, MCXT_ALLOC_HUGE);
		Size		n = 0;
		int64		before = 0;

		for (i = 0; i < dict->n; i++)
		{
			n += clt_varint_put((uint8_t *) bytes + n,
								clt_zigzag((int64) ((uint64) dict->key[i] - (uint64) before)));
			before = (int64) dict->key[i];
		}
		put_base64(buf, (const uint8 *) bytes, n);
		pfree(bytes);
		return;
	}
	appendStringInfoString(buf, " {");
	if (dict->n > 0)
	{
		getTypeOutputInfo(dict->spec.type, &output, &is_varlena);
		fmgr_info(output, &flinfo);
	}
	for (i = 0; i < dict->n; i++)
	{
		char	   *s = OutputFunctionCall(&flinfo, dict->key[i]);

		if (i > 0)
			appendStringInfoCharMacro(buf, ',');
		put_quoted(buf, s);
		pfree(s);
	}
	appendStringInfoCharMacro(buf, '}');
}

CLT_FUNCTION_INFO_V1(clt_affinity_out);
Datum
clt_affinity_out(PG_FUNCTION_ARGS)
{
	Datum		value = PG_GETARG_DATUM(0);
	AffinityObject *o;
	AffinityFlat *f;
	Sections	s;
	StringInfoData buf;

	if (clt_affinity_is_flat(value))
	{
		f = (AffinityFlat *) PG_DETOAST_DATUM(value);
		o = clt_affinity_expand(PointerGetDatum(f), CurrentMemoryContext, true);
	}
	else
	{
		o = (AffinityObject *) DatumGetEOHP(value);
		f = clt_affinity_flatten(o);
	}
	find_sections(f, &s);
	initStringInfo(&buf);
	appendStringInfo(&buf, "%d %d ", f->version, f->flags);
	put_quoted(&buf, clt_type_name(f->item_type));
	appendStringInfoCharMacro(&buf, ' ');
	put_quoted(&buf, clt_collation_name(o->items.spec.collation));
	appendStringInfoCharMacro(&buf, ' ');
	put_quoted(&buf, clt_type_name(f->basket_type));
	appendStringInfoCharMacro(&buf, ' ');
	put_quoted(&buf, clt_collation_name(o->keys.spec.collation));
	appendStringInfo(&buf, " " UINT64_FORMAT " " UINT64_FORMAT " %u %d %d " INT64_FORMAT " %u %u %u %u %u %u",
					 f->nskipped, f->ntruncated, f->sample_bits, f->within_month, f->within_day, f->within_time,
					 f->limit_mb, f->nitems, f->nkeyed, f->nloose, f->nlines, f->nabsent);
	put_base64(&buf, s.lines, f->lines_len);
	put_base64(&buf, s.pay, f->pay_len);
	put_base64(&buf, s.absent, f->absent_len);
	put_key_list(&buf, &o->items);
	put_key_list(&buf, &o->keys);
	PG_RETURN_CSTRING(buf.data);
}

/*
 * Where the reader of a text form stands. What is wrong is reported once,
 * softly if the caller wants that; then the readers read nothing any more.
 */
typedef struct Reader
{
	const char *whole;
	const char *at;
	const char *type_name;
	Node	   *escontext;
	bool		failed;
} Reader;

static void
syntax_error(Reader *r, const char *expected)
{
	Node	   *escontext = r->escontext;

	if (r->failed)
		return;
	r->failed = true;
	ereturn(escontext,,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input syntax for type %s: \"%.60s%s\"", r->type_name, r->whole,
					strlen(r->whole) > 60 ? "..." : ""),
			 errdetail("At character %zu, %s was expected.", (Size) (r->at - r->whole) + 1, expected)));
}

/* The parts can be read, but do not go together. */
static void
content_error(Reader *r, const char *detail)
{
	if (r->failed)
		return;
	r->failed = true;
	ereturn(r->escontext,,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid value of type %s: \"%.60s%s\"", r->type_name, r->whole, strlen(r->whole) > 60 ? "..." : ""),
			 errdetail("In it, %s.", detail)));
}

static bool
read_char(Reader *r, char c, const char *name)
{
	if (r->failed || *r->at != c)
	{
		syntax_error(r, name);
		return false;
	}
	r->at++;
	return true;
}

static int64
read_int(Reader *r, int64 low, int64 high)
{
	char	   *end;
	int64		v;

	if (r->failed)
		return low;
	errno = 0;
	v = strtoll(r->at, &end, 10);
	if (end == r->at || errno != 0 || v < low || v > high || !(*r->at == '-' || (*r->at >= '0' && *r->at <= '9')))
	{
		syntax_error(r, "a number in range");
		return low;
	}
	r->at = end;
	return v;
}

/* A blank and a number */
static int64
read_next_int(Reader *r, int64 low, int64 high)
{
	return read_char(r, ' ', "a blank") ? read_int(r, low, high) : low;
}

static char *
read_quoted(Reader *r)
{
	StringInfoData buf;

	initStringInfo(&buf);
	if (!read_char(r, '"', "a quote"))
		return buf.data;
	for (; *r->at != '"'; r->at++)
	{
		if (*r->at == '\\')
			r->at++;
		if (*r->at == '\0')
		{
			syntax_error(r, "a closing quote");
			return buf.data;
		}
		appendStringInfoCharMacro(&buf, *r->at);
	}
	r->at++;
	return buf.data;
}

/* A blank and bytes in base64, - for none */
static uint8 *
read_base64(Reader *r, Size *len)
{
	const char *begin;
	uint8	   *out;
	int			n;
	Size		size;

	*len = 0;
	if (!read_char(r, ' ', "a blank"))
		return (uint8 *) palloc(1);
	begin = r->at;
	if (*r->at == '-')
	{
		r->at++;
		return (uint8 *) palloc(1);
	}
	while (*r->at != '\0' && *r->at != ' ')
		r->at++;
	size = (Size) (r->at - begin) / 4 * 3 + 3;	/* pg_b64_dec_len() overflows
												 * beyond 700 MB */
	out = palloc(size);
	n = r->at == begin ? -1 : pg_b64_decode(begin, (int) (r->at - begin), (clt_b64_byte *) out, (int) size);
	if (n < 0)
	{
		r->at = begin;
		syntax_error(r, "base64");
		return out;
	}
	*len = n;
	return out;
}

/* False after a soft error. */
static bool
set_spec(AffDict *dict, const char *type, const char *collation, const char *role, Node *escontext)
{
	Oid			type_oid = clt_type_by_name(type, escontext);
	Oid			collation_oid;

	if (*type == '\0')
		return true;
	if (!OidIsValid(type_oid))
		return false;
	collation_oid = clt_collation_by_name(collation, escontext);
	return OidIsValid(collation_oid) && clt_key_spec(&dict->spec, type_oid, collation_oid, role, escontext);
}

/* A key is stored as it is, without looking for it: the merge does that. */
static void
append_key(AffDict *dict, Datum key)
{
	if (dict->spec.byval)
		key = Int64GetDatum(clt_int_image(dict->spec.len, key));
	else if (dict->spec.len == -1)
		key = PointerGetDatum(PG_DETOAST_DATUM_PACKED(key));
	(void) clt_dict_append(dict, key);
}

static void
read_number_list(Reader *r, AffDict *dict, uint32 n)
{
	Size		len;
	const uint8 *in = read_base64(r, &len);
	const uint8 *end = in + len;
	uint64		before = 0;
	uint32		i;

	for (i = 0; i < n && !r->failed; i++)
	{
		uint64_t	v;
		Size		used = clt_varint_get(in, end - in, &v);

		if (used == 0)
		{
			syntax_error(r, "more keys");
			return;
		}
		in += used;
		before += (uint64) clt_unzigzag(v);
		append_key(dict, Int64GetDatum((int64) before));
	}
	if (in != end)
		syntax_error(r, "fewer keys");
}

static void
read_key_list(Reader *r, AffDict *dict, uint32 n)
{
	Oid			input,
				ioparam;
	FmgrInfo	flinfo;
	uint32		i;

	if (n > 0 && !OidIsValid(dict->spec.type))
		syntax_error(r, "a type for these keys");
	if (r->failed)
		return;
	if (n > 0 && is_portable(dict->spec.type))
	{
		read_number_list(r, dict, n);
		return;
	}
	if (!read_char(r, ' ', "a blank") || !read_char(r, '{', "an opening brace"))
		return;
	if (n > 0)
	{
		getTypeInputInfo(dict->spec.type, &input, &ioparam);
		fmgr_info(input, &flinfo);
	}
	for (i = 0; i < n; i++)
	{
		char	   *key;
		Datum		value;

		CHECK_FOR_INTERRUPTS();
		if (i > 0 && !read_char(r, ',', "a comma"))
			return;
		key = read_quoted(r);
		if (r->failed)
			return;
		if (!InputFunctionCallSafe(&flinfo, key, ioparam, -1, r->escontext, &value))
		{
			r->failed = true;
			return;
		}
		append_key(dict, value);
	}
	(void) read_char(r, '}', "a closing brace");
}

/* The value, made anew from what was read; NULL and *why if it makes no sense. */
static AffinityFlat *
rebuilt(AffinityObject *o, const char **why)
{
	AffinityObject *made = clt_affinity_new(CurrentMemoryContext, o->flags);
	uint32		i;

	*why = NULL;
	made->items.spec = o->items.spec;
	made->keys.spec = o->keys.spec;
	made->sample_bits = o->sample_bits;
	made->within_time = o->within_time;
	made->within_day = o->within_day;
	made->within_month = o->within_month;
	made->limit_mb = o->limit_mb;
	if (o->base.nkeyed != o->keys.n)
		*why = "there are not as many ids as baskets";
	o->frequency = palloc0(Max((Size) o->items.n, 1) * sizeof(uint32));
	for (i = 0; i < o->items.n && *why == NULL; i++)
		if (clt_dict_intern(&made->items, o->items.key[i]) != i)
			*why = "an item occurs twice";
	for (i = 0; i < o->keys.n && *why == NULL; i++)
		if (clt_dict_intern(&made->keys, o->keys.key[i]) != i)
			*why = "a basket occurs twice";
	if (*why != NULL)
		return NULL;
	clt_affinity_merge(made, o);
	clt_affinity_order(made);
	return clt_affinity_flatten(made);
}

/* What flags say must be what the type holds: events are of item_sequence alone. */
static const char *
wrong_flags(int flags, bool events)
{
	if (((flags & AFFINITY_EVENTS) != 0) == events)
		return NULL;
	return events ? "there are baskets, which are of type affinity" : "there are events, which are of type item_sequence";
}

/* Input function of affinity and, with events, of item_sequence. */
Datum
clt_affinity_input(char *text, const char *type_name, bool events, Node *escontext)
{
	Reader		r;
	AffinityObject *o;
	AffinityParts parts;
	AffinityFlat *result;
	const char *why;
	uint32		nitems;
	int			flags;
	char	   *name[4];
	int			i;

	r.whole = r.at = text;

	r.type_name = type_name;
	r.escontext = escontext;
	r.failed = false;
	if (read_int(&r, 0, PG_INT32_MAX) != AFFINITY_VERSION)
	{
		r.at = r.whole;
		syntax_error(&r, "version 2");
	}
	flags = (int) read_next_int(&r, 0, AFFINITY_FLAGS);
	why = wrong_flags(flags, events);
	if (why != NULL)
		content_error(&r, why);
	for (i = 0; i < 4; i++)
	{
		(void) read_char(&r, ' ', "a blank");
		name[i] = read_quoted(&r);
	}
	o = clt_affinity_new(CurrentMemoryContext, (uint8) flags);
	o->nskipped = (uint64) read_next_int(&r, 0, PG_INT64_MAX);
	o->ntruncated = (uint64) read_next_int(&r, 0, PG_INT64_MAX);
	o->sample_bits = (uint32) read_next_int(&r, 0, 30);
	o->within_month = (int32) read_next_int(&r, PG_INT32_MIN, PG_INT32_MAX);
	o->within_day = (int32) read_next_int(&r, PG_INT32_MIN, PG_INT32_MAX);
	o->within_time = read_next_int(&r, PG_INT64_MIN, PG_INT64_MAX);
	o->limit_mb = (uint32) read_next_int(&r, 0, 1024 * 1024);
	nitems = (uint32) read_next_int(&r, 0, PG_INT32_MAX);
	parts.nkeyed = (uint32) read_next_int(&r, 0, PG_INT32_MAX);
	parts.nloose = (uint32) read_next_int(&r, 0, PG_INT32_MAX);
	parts.nlines = (uint32) read_next_int(&r, 0, PG_INT32_MAX);
	parts.nabsent = (uint32) read_next_int(&r, 0, PG_INT32_MAX);
	parts.lines = read_base64(&r, &parts.lines_len);
	parts.pay = read_base64(&r, &parts.pay_len);
	parts.absent = read_base64(&r, &parts.absent_len);
	if (r.failed || !set_spec(&o->items, name[0], name[1], "item", escontext) ||
		!set_spec(&o->keys, name[2], name[3], "basket", escontext))
		return (Datum) 0;
	read_key_list(&r, &o->items, nitems);
	read_key_list(&r, &o->keys, parts.nkeyed);
	if (!r.failed && *r.at != '\0')
		syntax_error(&r, "the end");
	if (r.failed)
		return (Datum) 0;
	why = clt_affinity_read_lines(o, &parts);
	result = why == NULL ? rebuilt(o, &why) : NULL;
	if (why != NULL)
		content_error(&r, why);
	return PointerGetDatum(result);
}

/* ---- binary -------------------------------------------------------------- */

static void
send_keys(StringInfo buf, const AffDict *dict)
{
	Oid			send;
	bool		is_varlena;
	FmgrInfo	flinfo;
	uint32		i;

	pq_sendint32(buf, dict->n);
	if (dict->n == 0)
		return;
	getTypeBinaryOutputInfo(dict->spec.type, &send, &is_varlena);
	fmgr_info(send, &flinfo);
	for (i = 0; i < dict->n; i++)
	{
		bytea	   *b = SendFunctionCall(&flinfo, dict->key[i]);

		pq_sendint32(buf, VARSIZE(b) - VARHDRSZ);
		pq_sendbytes(buf, VARDATA(b), VARSIZE(b) - VARHDRSZ);
		pfree(b);
	}
}

static void
send_section(StringInfo buf, const uint8 *data, uint32 len)
{
	pq_sendint32(buf, len);
	pq_sendbytes(buf, (const char *) data, len);
}

CLT_FUNCTION_INFO_V1(clt_affinity_send);
Datum
clt_affinity_send(PG_FUNCTION_ARGS)
{
	Datum		value = PG_GETARG_DATUM(0);
	AffinityObject *o;
	AffinityFlat *f;
	Sections	s;
	StringInfoData buf;

	if (clt_affinity_is_flat(value))
	{
		f = (AffinityFlat *) PG_DETOAST_DATUM(value);
		o = clt_affinity_expand(PointerGetDatum(f), CurrentMemoryContext, true);
	}
	else
	{
		o = (AffinityObject *) DatumGetEOHP(value);
		f = clt_affinity_flatten(o);
	}
	find_sections(f, &s);
	pq_begintypsend(&buf);
	pq_sendbyte(&buf, f->version);
	pq_sendbyte(&buf, f->flags);
	pq_sendstring(&buf, clt_type_name(f->item_type));
	pq_sendstring(&buf, clt_collation_name(o->items.spec.collation));
	pq_sendstring(&buf, clt_type_name(f->basket_type));
	pq_sendstring(&buf, clt_collation_name(o->keys.spec.collation));
	pq_sendint64(&buf, f->nskipped);
	pq_sendint64(&buf, f->ntruncated);
	pq_sendint32(&buf, f->sample_bits);
	pq_sendint32(&buf, f->within_month);
	pq_sendint32(&buf, f->within_day);
	pq_sendint64(&buf, f->within_time);
	pq_sendint32(&buf, f->limit_mb);
	pq_sendint32(&buf, f->nloose);
	pq_sendint32(&buf, f->nlines);
	pq_sendint32(&buf, f->nabsent);
	send_section(&buf, s.lines, f->lines_len);
	send_section(&buf, s.pay, f->pay_len);
	send_section(&buf, s.absent, f->absent_len);
	send_keys(&buf, &o->items);
	send_keys(&buf, &o->keys);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

static const uint8 *
recv_section(StringInfo buf, Size *len, const char *type_name)
{
	*len = clt_wire_count(buf, 1, type_name);
	return (const uint8 *) pq_getmsgbytes(buf, (int) *len);
}

static void
recv_keys(StringInfo buf, AffDict *dict, const char *type_name)
{
	uint32		n = clt_wire_count(buf, 4, type_name);
	Oid			receive,
				ioparam;
	FmgrInfo	flinfo;
	uint32		i;

	if (n == 0)
		return;
	if (!OidIsValid(dict->spec.type))
		clt_wire_error(type_name, "Keys are of no type.");
	getTypeBinaryInputInfo(dict->spec.type, &receive, &ioparam);
	fmgr_info(receive, &flinfo);
	for (i = 0; i < n; i++)
	{
		uint32		len = clt_wire_count(buf, 1, type_name);
		StringInfoData part;

		CHECK_FOR_INTERRUPTS();
		initStringInfo(&part);
		appendBinaryStringInfo(&part, pq_getmsgbytes(buf, (int) len), (int) len);
		append_key(dict, ReceiveFunctionCall(&flinfo, &part, ioparam, -1));
		if (part.cursor != part.len)
			clt_wire_error(type_name, "A key has bytes left over.");
		pfree(part.data);
	}
}

/* Receive function of affinity and, with events, of item_sequence. */
Datum
clt_affinity_receive(StringInfo buf, const char *type_name, bool events)
{
	AffinityObject *o;
	AffinityParts parts;
	AffinityFlat *result;
	const char *why;
	int			flags;
	char	   *name[4];
	int			i;

	clt_wire_expect_version(buf, AFFINITY_VERSION, type_name);
	flags = pq_getmsgbyte(buf);
	if ((flags & ~AFFINITY_FLAGS) != 0)
		clt_wire_error(type_name, "Unknown flags are set.");
	why = wrong_flags(flags, events);
	if (why != NULL)
		clt_wire_error(type_name, psprintf("In it, %s.", why));
	o = clt_affinity_new(CurrentMemoryContext, (uint8) flags);
	for (i = 0; i < 4; i++)
		name[i] = pstrdup(pq_getmsgstring(buf));
	(void) set_spec(&o->items, name[0], name[1], "item", NULL);
	(void) set_spec(&o->keys, name[2], name[3], "basket", NULL);
	o->nskipped = (uint64) pq_getmsgint64(buf);
	o->ntruncated = (uint64) pq_getmsgint64(buf);
	o->sample_bits = (uint32) pq_getmsgint(buf, 4);
	o->within_month = (int32) pq_getmsgint(buf, 4);
	o->within_day = (int32) pq_getmsgint(buf, 4);
	o->within_time = pq_getmsgint64(buf);
	o->limit_mb = (uint32) pq_getmsgint(buf, 4);
	if (o->sample_bits > 30 || o->limit_mb > 1024 * 1024 || o->nskipped > PG_INT64_MAX || o->ntruncated > PG_INT64_MAX)
		clt_wire_error(type_name, "A figure is out of range.");
	parts.nloose = (uint32) pq_getmsgint(buf, 4);
	parts.nlines = (uint32) pq_getmsgint(buf, 4);
	parts.nabsent = (uint32) pq_getmsgint(buf, 4);
	parts.lines = recv_section(buf, &parts.lines_len, type_name);
	parts.pay = recv_section(buf, &parts.pay_len, type_name);
	parts.absent = recv_section(buf, &parts.absent_len, type_name);
	recv_keys(buf, &o->items, type_name);
	recv_keys(buf, &o->keys, type_name);
	parts.nkeyed = o->keys.n;
	why = clt_affinity_read_lines(o, &parts);
	result = why == NULL ? rebuilt(o, &why) : NULL;
	if (why != NULL)
		clt_wire_error(type_name, psprintf("In it, %s.", why));
	return PointerGetDatum(result);
}

CLT_FUNCTION_INFO_V1(clt_affinity_in);
Datum
clt_affinity_in(PG_FUNCTION_ARGS)
{
	return clt_affinity_input(PG_GETARG_CSTRING(0), "affinity", false, fcinfo->context);
}

CLT_FUNCTION_INFO_V1(clt_affinity_recv);
Datum
clt_affinity_recv(PG_FUNCTION_ARGS)
{
	return clt_affinity_receive((StringInfo) PG_GETARG_POINTER(0), "affinity", false);
}
