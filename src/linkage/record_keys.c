/*
 * record_keys.c
 *		Keys of records: those that <model>_index has, and those that callers give.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/resowner.h"

#include "core/varint.h"
#include "linkage/engine.h"
#include "linkage/lookup.h"
#include "linkage/probe.h"

/* datum_of_bytes makes a key of what was kept of it. */
static Datum
datum_of_bytes(LinkProbe *probe, LinkKeyForm form, const uint8 *data, uint64 len)
{
	LinkJob    *job = probe->model->job;
	char	   *copy;

	if (form == LINK_KEY_BYTES)
		return PointerGetDatum(cstring_to_text_with_len((const char *) data, (int) len));
	if (form == LINK_KEY_TEXT)
	{
		Oid			in;
		Oid			param;

		getTypeInputInfo(job->key_type, &in, &param);
		return OidInputFunctionCall(in, pnstrdup((const char *) data, len), param, -1);
	}
	if (len != (uint64) job->key_len)
		clt_link_index_damaged(probe->model->name);
	copy = palloc(len);
	memcpy(copy, data, len);
	return PointerGetDatum(copy);
}

/* key_on_page returns the key of the record that stands so many places after the first of a page. */
static Datum
key_on_page(LinkProbe *probe, LinkKeyForm form, const LinkPage *page, uint64 place)
{
	const uint8 *at = page->data;
	const uint8 *end = at + page->len;
	CltPageReader reader;

	if (form == LINK_KEY_WORD)
	{
		clt_page_open(&reader, page->first, page->data, page->len);
		clt_page_seek_entry(&reader, page->data, page->stops, page->nstops, place);
		if (clt_page_next(&reader) != 1)
			clt_link_index_damaged(probe->model->name);
		return (Datum) reader.value;
	}
	for (;;)
	{
		uint64		len = 0;
		size_t		used = clt_varint_get(at, (size_t) (end - at), &len);

		if (used == 0 || len > (uint64) (end - at - used))
			clt_link_index_damaged(probe->model->name);
		at += used;
		if (place-- == 0)
			return datum_of_bytes(probe, form, at, len);
		at += len;
	}
}

/* clt_probe_keys_of returns the keys of candidates, and the tables they are in. */
LinkRecordKey *
clt_probe_keys_of(LinkProbe *probe, const LinkCandidate *candidates, int n)
{
	LinkKeyForm form = clt_link_key_form(probe->model->job);
	LinkRecordKey *keys = palloc(sizeof(LinkRecordKey) * (n + 1));
	int			i;

	for (i = 0; i < n; i++)
	{
		uint64		ordinal = candidates[i].ordinal;
		LinkPage   *page = clt_link_list_page(probe, LINK_PAGE_KEYS, 0, ordinal, form == LINK_KEY_WORD);

		if (!page)
			clt_link_index_damaged(probe->model->name);
		keys[i].key = key_on_page(probe, form, page, ordinal - page->first);
		keys[i].source = clt_link_source_of(probe->model->job, (uint32) ordinal);
	}
	return keys;
}

/* clt_probe_key_argument turns an argument of any type into a key of the source. */
Datum
clt_probe_key_argument(const LinkJob *job, Oid type, Datum value)
{
	char	   *text;
	Oid			in;
	Oid			param;

	if (type == job->key_type)
		return value;
	if (type == UNKNOWNOID)
		text = DatumGetCString(value);

	else
	{
		Oid			out;
		bool varlena;

		getTypeOutputInfo(type, &out, &varlena);
		text = OidOutputFunctionCall(out, value);
	}
	getTypeInputInfo(job->key_type, &in, &param);
	return OidInputFunctionCall(in, text, param, -1);
}

/*
 * clt_probe_own_key_type returns the type of the key that a table itself has, where the model has all keys as text.  What
 * a domain over it forbids is no reason to look for it elsewhere: no record has it.
 */
Oid
clt_probe_own_key_type(const LinkJob *job, int source)
{
	const LinkSource *in = &job->in[source];

	return getBaseType(get_atttype(in->table, get_attnum(in->table, in->key_column)));
}

/* refuses_value tells whether an error says that a value is none of a type, as far as its author says so. */
static bool
refuses_value(const ErrorData *error)
{
	int			category = ERRCODE_TO_CATEGORY(error->sqlerrcode);

	return category == ERRCODE_DATA_EXCEPTION || category == ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION ||
		error->sqlerrcode == ERRCODE_RAISE_EXCEPTION;
}

/* cast_key casts a text to the type of a table's key, as records are asked for by it; raises if it cannot be one. */
static void
cast_key(LinkProbe *probe, int source, const char *text)
{
	LinkAsked  *asked = &probe->model->asked[source];
	Oid			type = TEXTOID;
	Datum		value = CStringGetTextDatum(text);

	if (!asked->cast)
		asked->cast = clt_probe_keep_plan(psprintf("SELECT $1::%s", clt_probe_type_name(clt_probe_own_key_type(probe->model->job, source))), 1, &type);
	clt_probe_run(probe, asked->cast, 1, &type, &value, NULL);
	SPI_freetuptable(SPI_tuptable);
}

/*
 * clt_probe_can_be_key tells whether a text can be the key of a record of a table, whatever the type of that is: whether
 * its cast takes it.  Only some types say no without raising, and only from 16 on, so a subtransaction asks, which
 * writes nothing.
 */
bool
clt_probe_can_be_key(LinkProbe *probe, int source, const char *text)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	volatile bool can = false;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		cast_key(probe, source, text);
		can = true;
		ReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;
		if (!refuses_value(error))
			ReThrowError(error);
		FreeErrorData(error);
	}
	PG_END_TRY();
	return can;
}

/* is_uuid tells whether a text is a uuid as the server writes it. */
static bool
is_uuid(const char *text)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	int			i;

	for (i = 0; form[i]; i++)
		if (text[i] == '\0' || (form[i] == '-' ? text[i] != '-' : !strchr("0123456789abcdef", text[i])))
			return false;
	return text[i] == '\0';
}

/* is_number tells whether a text is digits, with or without a minus. */
static bool
is_number(const char *text)
{
	const char *digits = text[0] == '-' ? text +1 : text;
	size_t		n = strspn(digits, "0123456789");

	return n > 0 && n <= 100 && digits[n] == '\0';
}

/* is_decimal tells the same of digits with or without a point between them. */
static bool
is_decimal(const char *text)
{
	const char *point = strchr(text, '.');
	size_t		n = point ? strspn(point + 1, "0123456789") : 0;

	if (!point)
		return is_number(text);
	return n > 0 && n <= 100 && point[1 + n] == '\0' && is_number(pnstrdup(text, point - text));
}

/* is_integer tells whether a text is an integer of so many bits. */
static bool
is_integer(const char *text, int bits)
{
	int64		value;

	if (!is_number(text))
		return false;
	errno = 0;
	value = strtoi64(text, NULL, 10);
	return errno == 0 && value >> (bits - 1) == (value < 0 ? -1 : 0);
}

/*
 * clt_probe_key_of_text makes a key of its text where that cannot fail: it may be none
 * of a table's type, or the type one that only its input function knows.
 */
LinkKeyReading
clt_probe_key_of_text(LinkProbe *probe, int source, const char *text, Datum *key)
{
	LinkJob    *job = probe->model->job;
	bool		plain;

	switch (job->key_as_text ? clt_probe_own_key_type(job, source) : job->key_type)
	{
		case INT2OID:
			plain = is_integer(text, 16);
			break;
		case INT4OID:
			plain = is_integer(text, 32);
			break;
		case INT8OID:
			plain = is_integer(text, 64);
			break;
		case NUMERICOID:
			if (!is_decimal(text))
				return LINK_KEY_NOT_PLAIN;
			plain = true;
			break;
		case UUIDOID:
			plain = is_uuid(text);
			break;
		case TEXTOID:
		case VARCHAROID:
			plain = true;
			break;
		default:
			return LINK_KEY_NOT_PLAIN;
	}
	if (plain)
		*key = clt_probe_key_argument(job, UNKNOWNOID, CStringGetDatum(text));
	return plain ? LINK_KEY_READ : LINK_KEY_OF_NONE;
}
