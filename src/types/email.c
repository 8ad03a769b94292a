/*-------------------------------------------------------------------------
 *
 * email.c
 *	  The type email: constructor, input and output, comparison, accessors.
 *
 * An address is compared by its canonical form (email_parse.c,
 * email_unicode.c) and printed as it was written.  The canonical form is made
 * once, by make_email(), and stored; both are kept in UTF-8, whatever the
 * encoding of the database.  Comparing and hashing are a memcmp
 * and a hash of stored bytes, with no allocation unless a value arrives
 * compressed or out of line.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "lib/hyperloglog.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "port/pg_bswap.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/sortsupport.h"

#include "core/clientele.h"
#include "core/encoding.h"
#include "core/utf8.h"
#include "core/wire.h"
#include "types/email.h"

#define HEADER_BYTES 4

#define PG_GETARG_EMAIL_PP(n) PG_GETARG_VARLENA_PP(n)

/* A value taken apart; the pointers lead into it. */
typedef struct EmailView
{
	const char *canonical;		/* not zero-terminated */
	int			canonical_len;
	int			local_len;		/* of the canonical form */
	int			domain_len;
	const char *written;		/* as it was entered */
	int			written_len;
} EmailView;

/* What a canonical form can take: a folded local part, '@', a domain. */
#define MAX_FOLDED_LOCAL 255
#define MAX_CANONICAL (MAX_FOLDED_LOCAL + 1 + CLT_EMAIL_MAX_DOMAIN)

/*
 * Reports a broken rule; s is in UTF-8.  The detail names the character where there is one,
 * by its number too, because what is wrong is often invisible.
 */
static void
email_report(Node *escontext, const char *s, size_t len, EmailError error, uint32 bad_char)
{
	StringInfoData detail;
	const char *text = clt_email_error_text(error);
	const char *shown = clt_show_utf8(s, &len);

	initStringInfo(&detail);
	appendStringInfoString(&detail, text);
	if (bad_char != 0)
	{
		detail.data[--detail.len] = '\0';	/* the full stop */
		if (bad_char >= 0x20 && bad_char < 0x7F)
			appendStringInfo(&detail, ": \"%c\".", (int) bad_char);
		else
			appendStringInfo(&detail, ": U+%04X.", bad_char);
	}
	ereturn(escontext,,
			(errcode(error == CLT_EMAIL_NEEDS_UTF8 ? ERRCODE_CHARACTER_NOT_IN_REPERTOIRE :
					 ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input syntax for type %s: \"%s\"", "email",
					pnstrdup(shown, len)),
			 errdetail_internal("%s", detail.data)));
}

/*
 * Writes the canonical form of a checked address to dst (MAX_CANONICAL bytes).
 */
static EmailError
make_canonical(const char *s, EmailParts *parts, char *dst,
			   size_t *local_len, size_t *domain_len)
{
	char		bare[CLT_EMAIL_MAX_LOCAL];
	char		ascii[CLT_EMAIL_MAX_DOMAIN + 1];
	EmailError	error;

	*domain_len = parts->domain_len;
	if (parts->local_ascii)
		*local_len = clt_email_canonical_local(s, parts->local_len, parts->quoted, dst);
	else
	{
		*local_len = clt_email_canonical_local(s, parts->local_len, parts->quoted, bare);
		error = clt_email_fold(bare, *local_len, dst, MAX_FOLDED_LOCAL, local_len,
							   &parts->bad_char);
		if (error != CLT_EMAIL_OK)
			return error;
	}
	dst[*local_len] = '@';
	if (!parts->domain_idna)
	{
		memcpy(dst + *local_len + 1, parts->domain, parts->domain_len);
		return CLT_EMAIL_OK;
	}
	error = clt_email_idna(s + parts->domain_off, parts->domain_len, ascii, domain_len);
	if (error != CLT_EMAIL_OK)
		return error;
	if (parts->local_len + 1 + *domain_len > CLT_EMAIL_MAX)
		return CLT_EMAIL_TOO_LONG;
	return clt_email_canonical_domain(ascii, *domain_len, dst + *local_len + 1,
									  &parts->bad_char);
}

/* Tells whether letters beyond ASCII are known: in SQL_ASCII if they are UTF-8. */
static bool
is_utf8(const char *s, size_t len)
{
	return GetDatabaseEncoding() != PG_SQL_ASCII || pg_encoding_verifymbstr(PG_UTF8, s, (int) len) == (int) len;
}

/*
 * The one constructor: every email that comes into being passes here, from
 * text, from the wire and from casts.  s is in UTF-8.  Returns NULL after a
 * soft error.
 */
static struct varlena *
make_email(const char *s, size_t len, Node *escontext)
{
	EmailParts	parts;
	EmailError	error;
	char		canonical[MAX_CANONICAL];
	size_t		local_len,
				domain_len,
				canonical_len,
				size;
	uint8		flags = 0;
	struct varlena *result;
	char	   *p;

	error = clt_email_split(s, len, &parts);
	if (error == CLT_EMAIL_OK && (!parts.local_ascii || parts.domain_idna))
	{
		flags |= CLT_EMAIL_UNICODE;
		if (!is_utf8(s, len))
			error = CLT_EMAIL_NEEDS_UTF8;
	}
	if (error == CLT_EMAIL_OK)
		error = make_canonical(s, &parts, canonical, &local_len, &domain_len);
	if (error != CLT_EMAIL_OK)
	{
		email_report(escontext, s, len, error, parts.bad_char);
		return NULL;
	}

	canonical_len = local_len + 1 + domain_len;
	if (canonical_len != len || memcmp(canonical, s, len) != 0)
		flags |= CLT_EMAIL_WRITTEN;
	size = VARHDRSZ + HEADER_BYTES + ((flags & CLT_EMAIL_UNICODE) ? 1 : 0) +
		canonical_len + ((flags & CLT_EMAIL_WRITTEN) ? len : 0);
	result = (struct varlena *) palloc(size);
	SET_VARSIZE(result, size);
	p = VARDATA(result);
	*p++ = CLT_EMAIL_VERSION;
	*p++ = (char) flags;
	*p++ = (char) (uint8) local_len;
	*p++ = (char) (uint8) domain_len;
	if (flags & CLT_EMAIL_UNICODE)
		*p++ = (char) (uint8) clt_email_unicode_version();
	memcpy(p, canonical, canonical_len);
	if (flags & CLT_EMAIL_WRITTEN)
		memcpy(p + canonical_len, s, len);
	return result;
}

/* Makes an email of text in the database's encoding. */
static struct varlena *
email_of(const char *s, size_t len, Node *escontext)
{
	const char *utf8 = clt_read_as_utf8(s, &len);

	return make_email(utf8, len, escontext);
}

/* Returns a part of an email as text of the database's encoding. */
static text *
part_as_text(const char *s, int len)
{
	size_t		n = (size_t) len;

	s = clt_from_utf8(s, &n);
	return cstring_to_text_with_len(s, (int) n);
}

pg_noreturn static void email_corrupted(void);

static void
email_corrupted(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("stored value of type %s is not in a format this version can read",
					"email")));
}

/*
 * Finds the canonical form in a detoasted value.  Each comparison begins
 * here, so the checks are the least that keep reads inside the value.
 */
static inline const char *
email_canonical(const struct varlena *value, int *len)
{
	const uint8 *p = (const uint8 *) VARDATA_ANY(value);
	int			size = VARSIZE_ANY_EXHDR(value);
	int			off = HEADER_BYTES;

	if (unlikely(size < HEADER_BYTES || p[0] != CLT_EMAIL_VERSION ||
				 (p[1] & ~CLT_EMAIL_FLAGS) != 0))
		email_corrupted();
	if (unlikely(p[1] & CLT_EMAIL_UNICODE))
		off++;
	*len = p[2] + 1 + p[3];
	if (unlikely(size < off + *len))
		email_corrupted();
	return (const char *) p + off;
}

/* Takes a detoasted value apart. */
static void
view_email(const struct varlena *value, EmailView *view)
{
	const uint8 *p = (const uint8 *) VARDATA_ANY(value);
	const char *end = (const char *) p + VARSIZE_ANY_EXHDR(value);

	view->canonical = email_canonical(value, &view->canonical_len);
	view->local_len = p[2];
	view->domain_len = p[3];
	if (p[1] & CLT_EMAIL_WRITTEN)
	{
		view->written = view->canonical + view->canonical_len;
		view->written_len = (int) (end - view->written);
	}
	else
	{
		view->written = view->canonical;
		view->written_len = view->canonical_len;
	}
}

/* ---------- input and output ---------- */

CLT_FUNCTION_INFO_V1(clt_email_in);
Datum
clt_email_in(PG_FUNCTION_ARGS)
{
	char	   *s = PG_GETARG_CSTRING(0);
	struct varlena *result = email_of(s, strlen(s), fcinfo->context);

	if (result == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(result);
}

CLT_FUNCTION_INFO_V1(clt_email_out);
Datum
clt_email_out(PG_FUNCTION_ARGS)
{
	struct varlena *value = PG_GETARG_EMAIL_PP(0);
	EmailView	view;
	const char *written;
	size_t		len;
	char	   *result;

	view_email(value, &view);
	len = (size_t) view.written_len;
	written = clt_from_utf8(view.written, &len);
	result = pnstrdup(written, len);
	PG_FREE_IF_COPY(value, 0);
	PG_RETURN_CSTRING(result);
}

/*
 * On the wire an email is its version and the text as it was written: what is
 * derived from the text is derived again by the receiver and cannot be forged.
 */
CLT_FUNCTION_INFO_V1(clt_email_send);
Datum
clt_email_send(PG_FUNCTION_ARGS)
{
	struct varlena *value = PG_GETARG_EMAIL_PP(0);
	EmailView	view;
	StringInfoData buf;
	const char *written;
	size_t		len;

	view_email(value, &view);
	len = (size_t) view.written_len;
	written = clt_from_utf8(view.written, &len);
	pq_begintypsend(&buf);
	pq_sendbyte(&buf, CLT_EMAIL_VERSION);
	pq_sendtext(&buf, written, (int) len);
	PG_FREE_IF_COPY(value, 0);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

CLT_FUNCTION_INFO_V1(clt_email_recv);
Datum
clt_email_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	char	   *text;
	int			len;
	struct varlena *result;

	clt_wire_expect_version(buf, CLT_EMAIL_VERSION, "email");
	text = pq_getmsgtext(buf, buf->len - buf->cursor, &len);

	result = email_of(text, (size_t) len, fcinfo->context);
	pfree(text);
	if (result == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(result);
}

CLT_FUNCTION_INFO_V1(clt_email_from_text);
Datum
clt_email_from_text(PG_FUNCTION_ARGS)
{
	text	   *source = PG_GETARG_TEXT_PP(0);
	struct varlena *result = email_of(VARDATA_ANY(source), VARSIZE_ANY_EXHDR(source),
									  fcinfo->context);

	if (result == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(result);
}

/* parse_email(text): the address in what people type; see email_lenient.c. */
CLT_FUNCTION_INFO_V1(clt_email_parse);
Datum
clt_email_parse(PG_FUNCTION_ARGS)
{
	text	   *source = PG_GETARG_TEXT_PP(0);
	size_t		len = VARSIZE_ANY_EXHDR(source);
	const char *s = clt_read_as_utf8(VARDATA_ANY(source), &len);
	size_t		off,
				found_len;
	struct varlena *result;

	if (clt_email_find(s, len, &off, &found_len))
	{
		s += off;
		len = found_len;
	}
	result = make_email(s, len, fcinfo->context);
	if (result == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(result);
}

/*
 * try_parse_email(text): the same, NULL where parse_email() would raise.
 * Decided by the kernels first, so that no error has to be caught.
 */
CLT_FUNCTION_INFO_V1(clt_email_try_parse);
Datum
clt_email_try_parse(PG_FUNCTION_ARGS)
{
	text	   *source = PG_GETARG_TEXT_PP(0);
	size_t		source_len = VARSIZE_ANY_EXHDR(source);
	const char *s = clt_read_as_utf8(VARDATA_ANY(source), &source_len);
	size_t		off,
				len,
				local_len,
				domain_len;
	char		canonical[MAX_CANONICAL];
	EmailParts	parts;

	if (!clt_email_find(s, source_len, &off, &len))
		PG_RETURN_NULL();
	s += off;
	if (clt_email_split(s, len, &parts) != CLT_EMAIL_OK)
		PG_RETURN_NULL();
	if (!parts.local_ascii || parts.domain_idna)
	{
		if (!is_utf8(s, len))
			PG_RETURN_NULL();
		if (make_canonical(s, &parts, canonical, &local_len, &domain_len) != CLT_EMAIL_OK)
			PG_RETURN_NULL();
	}
	PG_RETURN_POINTER(make_email(s, len, NULL));
}

/* ---------- comparison ---------- */

/* Byte order of the canonical forms: that of their text in collation "C". */
static inline int
email_compare(const struct varlena *a, const struct varlena *b)
{
	int			a_len,
				b_len,
				result;
	const char *a_text = email_canonical(a, &a_len);
	const char *b_text = email_canonical(b, &b_len);

	result = memcmp(a_text, b_text, Min(a_len, b_len));
	if (result != 0)
		return result;
	return a_len < b_len ? -1 : (a_len > b_len ? 1 : 0);
}

static inline bool
email_equal(const struct varlena *a, const struct varlena *b)
{
	int			a_len,
				b_len;
	const char *a_text = email_canonical(a, &a_len);
	const char *b_text = email_canonical(b, &b_len);

	return a_len == b_len && memcmp(a_text, b_text, a_len) == 0;
}

#define EMAIL_COMPARISON(name, type, call) \
CLT_FUNCTION_INFO_V1(name); \
Datum \
name(PG_FUNCTION_ARGS) \
{ \
	struct varlena *a = PG_GETARG_EMAIL_PP(0); \
	struct varlena *b = PG_GETARG_EMAIL_PP(1); \
	type		result = call; \
\
	PG_FREE_IF_COPY(a, 0); \
	PG_FREE_IF_COPY(b, 1); \
	PG_RETURN_DATUM(result); \
} \
extern int	clt_no_such_variable

EMAIL_COMPARISON(clt_email_eq, Datum, BoolGetDatum(email_equal(a, b)));
EMAIL_COMPARISON(clt_email_ne, Datum, BoolGetDatum(!email_equal(a, b)));
EMAIL_COMPARISON(clt_email_lt, Datum, BoolGetDatum(email_compare(a, b) < 0));
EMAIL_COMPARISON(clt_email_le, Datum, BoolGetDatum(email_compare(a, b) <= 0));
EMAIL_COMPARISON(clt_email_gt, Datum, BoolGetDatum(email_compare(a, b) > 0));
EMAIL_COMPARISON(clt_email_ge, Datum, BoolGetDatum(email_compare(a, b) >= 0));
EMAIL_COMPARISON(clt_email_cmp, Datum, Int32GetDatum(email_compare(a, b)));

CLT_FUNCTION_INFO_V1(clt_email_hash);
Datum
clt_email_hash(PG_FUNCTION_ARGS)
{
	struct varlena *value = PG_GETARG_EMAIL_PP(0);
	int			len;
	const char *canonical = email_canonical(value, &len);
	Datum		result = hash_any((const unsigned char *) canonical, len);

	PG_FREE_IF_COPY(value, 0);
	PG_RETURN_DATUM(result);
}

CLT_FUNCTION_INFO_V1(clt_email_hash_extended);
Datum
clt_email_hash_extended(PG_FUNCTION_ARGS)
{
	struct varlena *value = PG_GETARG_EMAIL_PP(0);
	int			len;
	const char *canonical = email_canonical(value, &len);
	Datum		result = hash_any_extended((const unsigned char *) canonical, len,
										   PG_GETARG_INT64(1));

	PG_FREE_IF_COPY(value, 0);
	PG_RETURN_DATUM(result);
}

/* min() and max() keep one of the two arguments. */
CLT_FUNCTION_INFO_V1(clt_email_smaller);
Datum
clt_email_smaller(PG_FUNCTION_ARGS)
{
	struct varlena *a = PG_GETARG_EMAIL_PP(0);
	struct varlena *b = PG_GETARG_EMAIL_PP(1);

	PG_RETURN_POINTER(email_compare(a, b) <= 0 ? a : b);
}

CLT_FUNCTION_INFO_V1(clt_email_larger);
Datum
clt_email_larger(PG_FUNCTION_ARGS)
{
	struct varlena *a = PG_GETARG_EMAIL_PP(0);
	struct varlena *b = PG_GETARG_EMAIL_PP(1);

	PG_RETURN_POINTER(email_compare(a, b) >= 0 ? a : b);
}

/* ---------- sorting ---------- */

/* State of abbreviated sorting, as in uuid.c. */
typedef struct EmailSort
{
	int64		input_count;
	bool		estimating;
	hyperLogLogState distinct;
} EmailSort;

static int
email_fast_cmp(Datum x, Datum y, SortSupport ssup)
{
	struct varlena *a = PG_DETOAST_DATUM_PACKED(x);
	struct varlena *b = PG_DETOAST_DATUM_PACKED(y);
	int			result = email_compare(a, b);

	(void) ssup;
	if ((Pointer) a != DatumGetPointer(x))
		pfree(a);
	if ((Pointer) b != DatumGetPointer(y))
		pfree(b);
	return result;
}

/* The first bytes of the canonical form, so that they compare as unsigned. */
static Datum
email_abbrev_convert(Datum original, SortSupport ssup)
{
	EmailSort  *state = ssup->ssup_extra;
	struct varlena *value = PG_DETOAST_DATUM_PACKED(original);
	int			len;
	const char *canonical = email_canonical(value, &len);
	Datum		result = 0;

	memcpy(&result, canonical, Min((Size) len, sizeof(Datum)));
	state->input_count++;
	if (state->estimating)
	{
		uint32		fold;

#if SIZEOF_DATUM == 8
		fold = (uint32) result ^ (uint32) ((uint64) result >> 32);
#else
		fold = (uint32) result;
#endif
		addHyperLogLog(&state->distinct, DatumGetUInt32(hash_uint32(fold)));
	}
	if ((Pointer) value != DatumGetPointer(original))
		pfree(value);
	return DatumBigEndianToNative(result);
}

/*
 * Gives abbreviation up where it does not tell values apart: addresses made
 * by a machine may begin alike ("customer000001@...").
 */
static bool
email_abbrev_abort(int memtupcount, SortSupport ssup)
{
	EmailSort  *state = ssup->ssup_extra;
	double		distinct;

	if (memtupcount < 10000 || state->input_count < 10000 || !state->estimating)
		return false;
	distinct = estimateHyperLogLog(&state->distinct);
	if (distinct > 100000.0)
	{
		state->estimating = false;
		return false;
	}
	return distinct < state->input_count / 2000.0 + 0.5;
}

CLT_FUNCTION_INFO_V1(clt_email_sortsupport);
Datum
clt_email_sortsupport(PG_FUNCTION_ARGS)
{
	SortSupport ssup = (SortSupport) PG_GETARG_POINTER(0);

	ssup->comparator = email_fast_cmp;
	if (ssup->abbreviate)
	{
		MemoryContext old = MemoryContextSwitchTo(ssup->ssup_cxt);
		EmailSort  *state = palloc(sizeof(EmailSort));

		state->input_count = 0;
		state->estimating = true;
		initHyperLogLog(&state->distinct, 10);
		ssup->ssup_extra = state;
		ssup->comparator = ssup_datum_unsigned_cmp;
		ssup->abbrev_converter = email_abbrev_convert;
		ssup->abbrev_abort = email_abbrev_abort;
		ssup->abbrev_full_comparator = email_fast_cmp;
		MemoryContextSwitchTo(old);
	}
	PG_RETURN_VOID();
}

/* ---------- accessors ---------- */

CLT_FUNCTION_INFO_V1(clt_email_canonical);
Datum
clt_email_canonical(PG_FUNCTION_ARGS)
{
	EmailView	view;

	view_email(PG_GETARG_EMAIL_PP(0), &view);
	PG_RETURN_TEXT_P(part_as_text(view.canonical, view.canonical_len));
}

CLT_FUNCTION_INFO_V1(clt_email_local_part);
Datum
clt_email_local_part(PG_FUNCTION_ARGS)
{
	EmailView	view;

	view_email(PG_GETARG_EMAIL_PP(0), &view);
	PG_RETURN_TEXT_P(part_as_text(view.canonical, view.local_len));
}

CLT_FUNCTION_INFO_V1(clt_email_domain);
Datum
clt_email_domain(PG_FUNCTION_ARGS)
{
	EmailView	view;

	view_email(PG_GETARG_EMAIL_PP(0), &view);
	PG_RETURN_TEXT_P(part_as_text(view.canonical + view.local_len + 1, view.domain_len));
}

CLT_FUNCTION_INFO_V1(clt_email_mailbox);
Datum
clt_email_mailbox(PG_FUNCTION_ARGS)
{
	EmailView	view;
	char		key[MAX_CANONICAL + CLT_EMAIL_MAX_LABEL + 1];
	size_t		len;

	view_email(PG_GETARG_EMAIL_PP(0), &view);
	len = clt_email_mailbox_key(view.canonical, view.local_len,
								view.canonical + view.local_len + 1, view.domain_len, key);
	PG_RETURN_TEXT_P(part_as_text(key, (int) len));
}
