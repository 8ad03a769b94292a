/*
 * inout_text.c
 *		Text form of type affinity: words separated by one blank.
 *
 *	2 flags "item type" "item collation" "basket type" "basket collation"
 *	skipped truncated sample_bits months days microseconds memory_mb
 *	items keyed loose lines absent lines64 pay64 absent64 {item,...} {id,...}
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/base64.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"

#include "affinity/inout.h"
#include "affinity/names.h"

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
	OpenedForm	form;
	const AffinityFlat *f;
	StringInfoData buf;

	clt_form_open(PG_GETARG_DATUM(0), &form);
	f = form.f;
	initStringInfo(&buf);
	appendStringInfo(&buf, "%d %d ", f->version, f->flags);
	put_quoted(&buf, clt_type_name(f->item_type));
	appendStringInfoCharMacro(&buf, ' ');
	put_quoted(&buf, clt_collation_name(form.o->items.spec.collation));
	appendStringInfoCharMacro(&buf, ' ');
	put_quoted(&buf, clt_type_name(f->basket_type));
	appendStringInfoCharMacro(&buf, ' ');
	put_quoted(&buf, clt_collation_name(form.o->keys.spec.collation));
	appendStringInfo(&buf, " " UINT64_FORMAT " " UINT64_FORMAT " %u %d %d " INT64_FORMAT " %u %u %u %u %u %u",
					 f->nskipped, f->ntruncated, f->sample_bits, f->within_month, f->within_day, f->within_time,
					 f->limit_mb, f->nitems, f->nkeyed, f->nloose, f->nlines, f->nabsent);
	put_base64(&buf, form.lines, f->lines_len);
	put_base64(&buf, form.pay, f->pay_len);
	put_base64(&buf, form.absent, f->absent_len);
	put_key_list(&buf, &form.o->items);
	put_key_list(&buf, &form.o->keys);
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
			 errmsg("invalid input syntax for type %s: \"%s\"", r->type_name, clt_beginning(r->whole)),
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
			 errmsg("invalid value of type %s: \"%s\"", r->type_name, clt_beginning(r->whole)),
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
		clt_form_append_key(dict, Int64GetDatum((int64) before));
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
		clt_form_append_key(dict, value);
	}
	(void) read_char(r, '}', "a closing brace");
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
	why = clt_form_wrong_flags(flags, events);
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
	if (r.failed || !clt_form_spec(&o->items, name[0], name[1], "item", escontext) ||
		!clt_form_spec(&o->keys, name[2], name[3], "basket", escontext))
		return (Datum) 0;
	read_key_list(&r, &o->items, nitems);
	read_key_list(&r, &o->keys, parts.nkeyed);
	if (!r.failed && *r.at != '\0')
		syntax_error(&r, "the end");
	if (r.failed)
		return (Datum) 0;
	why = clt_affinity_read_lines(o, &parts);
	result = why == NULL ? clt_form_rebuild(o, &why) : NULL;
	if (why != NULL)
		content_error(&r, why);
	return PointerGetDatum(result);
}

CLT_FUNCTION_INFO_V1(clt_affinity_in);
Datum
clt_affinity_in(PG_FUNCTION_ARGS)
{
	return clt_affinity_input(PG_GETARG_CSTRING(0), "affinity", false, fcinfo->context);
}
