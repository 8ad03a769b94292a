/*
 * inout_binary.c
 *		Binary form of type affinity.
 */
#include "postgres.h"

#include "core/wire.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"

#include "affinity/inout.h"
#include "affinity/names.h"

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
	OpenedForm	form;
	const AffinityFlat *f;
	StringInfoData buf;

	clt_form_open(PG_GETARG_DATUM(0), &form);
	f = form.f;
	pq_begintypsend(&buf);
	pq_sendbyte(&buf, f->version);
	pq_sendbyte(&buf, f->flags);
	pq_sendstring(&buf, clt_type_name(f->item_type));
	pq_sendstring(&buf, clt_collation_name(form.o->items.spec.collation));
	pq_sendstring(&buf, clt_type_name(f->basket_type));
	pq_sendstring(&buf, clt_collation_name(form.o->keys.spec.collation));
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
	send_section(&buf, form.lines, f->lines_len);
	send_section(&buf, form.pay, f->pay_len);
	send_section(&buf, form.absent, f->absent_len);
	send_keys(&buf, &form.o->items);
	send_keys(&buf, &form.o->keys);
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
		clt_form_append_key(dict, ReceiveFunctionCall(&flinfo, &part, ioparam, -1));
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
	why = clt_form_wrong_flags(flags, events);
	if (why != NULL)
		clt_wire_error(type_name, psprintf("In it, %s.", why));
	o = clt_affinity_new(CurrentMemoryContext, (uint8) flags);
	for (i = 0; i < 4; i++)
		name[i] = pstrdup(pq_getmsgstring(buf));
	(void) clt_form_spec(&o->items, name[0], name[1], "item", NULL);
	(void) clt_form_spec(&o->keys, name[2], name[3], "basket", NULL);
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
	result = why == NULL ? clt_form_rebuild(o, &why) : NULL;
	if (why != NULL)
		clt_wire_error(type_name, psprintf("In it, %s.", why));
	return PointerGetDatum(result);
}

CLT_FUNCTION_INFO_V1(clt_affinity_recv);
Datum
clt_affinity_recv(PG_FUNCTION_ARGS)
{
	return clt_affinity_receive((StringInfo) PG_GETARG_POINTER(0), "affinity", false);
}
