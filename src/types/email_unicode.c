/*-------------------------------------------------------------------------
 *
 * email_unicode.c
 *	  The parts of an e-mail address that are not ASCII, folded by ICU.
 *
 * Domains become A-labels by UTS #46 (non-transitional, STD3 rules, Bidi and
 * CONTEXTJ checks), which is what browsers and mail programs do.  Local parts
 * are folded for caseless matching as Unicode defines it (D145): NFD, full
 * case folding, NFC.  No compatibility mapping, so that nothing a mail server
 * tells apart by more than case and encoding is made equal.
 *
 * Both results are stored in the value and never recomputed on comparison: an
 * index stays right when ICU is upgraded.  Letters that this ICU does not
 * know are refused, because their folding is not fixed yet; for assigned
 * characters Unicode guarantees that it will not change.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <unicode/uchar.h>
#include <unicode/uidna.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#include "core/clientele.h"
#include "types/email.h"

/* UTF-16 units: NFD makes at most four of one, folding three. */
#define FOLD_UNITS (CLT_EMAIL_MAX_LOCAL * 12)

/* Raises for a failure of ICU that is not the input's fault. */
static void
icu_failure(const char *function, UErrorCode status)
{
	if (status == U_MEMORY_ALLOCATION_ERROR)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory")));
	elog(ERROR, "%s failed: %s", function, u_errorName(status));
}

/* The IDNA transformer, opened once for each backend. */
static const UIDNA *
get_idna(void)
{
	static UIDNA *idna = NULL;
	UErrorCode	status = U_ZERO_ERROR;

	if (idna == NULL)
	{
		UIDNA	   *opened;

		opened = uidna_openUTS46(UIDNA_USE_STD3_RULES | UIDNA_CHECK_BIDI |
								 UIDNA_CHECK_CONTEXTJ | UIDNA_NONTRANSITIONAL_TO_ASCII |
								 UIDNA_NONTRANSITIONAL_TO_UNICODE, &status);
		if (U_FAILURE(status))
			icu_failure("uidna_openUTS46", status);
		idna = opened;
	}
	return idna;
}

/*
 * Converts a domain to ASCII.  dst has room for CLT_EMAIL_MAX_DOMAIN + 1
 * bytes.  The result still has to pass clt_email_canonical_domain().
 */
EmailError
clt_email_idna(const char *domain, size_t len, char *dst, size_t *dst_len)
{
	UIDNAInfo	info = UIDNA_INFO_INITIALIZER;
	UErrorCode	status = U_ZERO_ERROR;
	int32		n;

	n = uidna_nameToASCII_UTF8(get_idna(), domain, (int32) len,
							   dst, CLT_EMAIL_MAX_DOMAIN + 1, &info, &status);
	if (status == U_BUFFER_OVERFLOW_ERROR)
		return CLT_EMAIL_DOMAIN_TOO_LONG;
	if (U_FAILURE(status))
		icu_failure("uidna_nameToASCII_UTF8", status);
	if (info.errors & UIDNA_ERROR_DOMAIN_NAME_TOO_LONG)
		return CLT_EMAIL_DOMAIN_TOO_LONG;
	if (info.errors & UIDNA_ERROR_LABEL_TOO_LONG)
		return CLT_EMAIL_LABEL_TOO_LONG;
	if (info.errors & UIDNA_ERROR_EMPTY_LABEL)
		return CLT_EMAIL_LABEL_EMPTY;
	if (info.errors & (UIDNA_ERROR_LEADING_HYPHEN | UIDNA_ERROR_TRAILING_HYPHEN))
		return CLT_EMAIL_LABEL_HYPHEN;
	/* A pure ASCII label such as "ab--cd" beside a Unicode one is harmless. */
	if (info.errors & ~UIDNA_ERROR_HYPHEN_3_4)
		return CLT_EMAIL_BAD_IDN;
	if (n > CLT_EMAIL_MAX_DOMAIN)
		return CLT_EMAIL_DOMAIN_TOO_LONG;
	*dst_len = (size_t) n;
	return CLT_EMAIL_OK;
}

/* Folds a local part that is not ASCII. */
EmailError
clt_email_fold(const char *local, size_t len, char *dst, size_t dst_size,
			   size_t *dst_len, uint32_t *bad_char)
{
	UChar		source[FOLD_UNITS];
	UChar		buffer[FOLD_UNITS];
	const		UNormalizer2 *nfd;
	const		UNormalizer2 *nfc;
	UErrorCode	status = U_ZERO_ERROR;
	int32_t		n,
				i,
				bytes;

	nfd = unorm2_getNFDInstance(&status);
	nfc = unorm2_getNFCInstance(&status);
	u_strFromUTF8(source, lengthof(source), &n, local, (int32_t) len, &status);
	if (U_FAILURE(status))
		icu_failure("u_strFromUTF8", status);
	for (i = 0; i < n;)
	{
		UChar32		c;

		U16_NEXT(source, i, n, c);
		if (!u_isdefined(c) || u_charType(c) == U_PRIVATE_USE_CHAR)
		{
			*bad_char = (uint32_t) c;
			return CLT_EMAIL_FORBIDDEN;
		}
	}
	n = unorm2_normalize(nfd, source, n, buffer, lengthof(buffer), &status);
	n = u_strFoldCase(source, lengthof(source), buffer, n, U_FOLD_CASE_DEFAULT, &status);
	n = unorm2_normalize(nfc, source, n, buffer, lengthof(buffer), &status);
	u_strToUTF8(dst, (int32_t) dst_size, &bytes, buffer, n, &status);
	if (status == U_BUFFER_OVERFLOW_ERROR)
		return CLT_EMAIL_LOCAL_TOO_LONG;
	if (U_FAILURE(status))
		icu_failure("folding a local part", status);
	*dst_len = (size_t) bytes;
	return CLT_EMAIL_OK;
}

/* Major version of Unicode that this ICU knows. */
int
clt_email_unicode_version(void)
{
	UVersionInfo version;

	u_getUnicodeVersion(version);
	return version[0];
}
