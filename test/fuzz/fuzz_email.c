/* Fuzzes the kernels of email: no read or write outside, and the rules that hold of whatever is accepted. */
#include <stdlib.h>
#include <string.h>

#include "types/email_parse.h"

#define CHECK(cond) do { if (!(cond)) abort(); } while (0)

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_address(const char *s, size_t len)
{
	EmailParts	parts,
				again;
	char		local[CLT_EMAIL_MAX_LOCAL],
				domain[CLT_EMAIL_MAX],
				canonical[CLT_EMAIL_MAX + 1],
				twice[CLT_EMAIL_MAX_LOCAL];
	uint32_t	bad_char = 0;
	size_t		n,
				key_len;
	char	   *key;

	if (clt_email_split(s, len, &parts) != CLT_EMAIL_OK)
		return;
	CHECK(len <= CLT_EMAIL_MAX && parts.local_len >= 1 && parts.local_len <= CLT_EMAIL_MAX_LOCAL);
	CHECK(parts.domain_off == parts.local_len + 1 && parts.domain_off + parts.domain_len == len);
	CHECK(s[parts.local_len] == '@');
	n = clt_email_canonical_local(s, parts.local_len, parts.quoted, local);
	CHECK(n >= 1 && n <= parts.local_len);
	if (parts.domain_idna)
		return;
	CHECK(clt_email_canonical_domain(s + parts.domain_off, parts.domain_len, domain, &bad_char) == CLT_EMAIL_OK);
	CHECK(memcmp(domain, parts.domain, parts.domain_len) == 0);

	/* the canonical form is an address, and its own canonical form */
	memcpy(canonical, local, n);
	canonical[n] = '@';
	memcpy(canonical + n + 1, domain, parts.domain_len);
	CHECK(clt_email_split(canonical, n + 1 + parts.domain_len, &again) == CLT_EMAIL_OK);
	CHECK(again.local_len == n && again.domain_len == parts.domain_len);
	CHECK(clt_email_canonical_local(canonical, n, again.quoted, twice) == n && memcmp(twice, local, n) == 0);

	key = malloc(n + parts.domain_len + 1 + CLT_EMAIL_MAX_LABEL);
	key_len = clt_email_mailbox_key(local, n, domain, parts.domain_len, key);
	CHECK(key_len >= 3 && memchr(key, '@', key_len) != NULL && key[0] != '@');
	free(key);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/*
	 * exactly as long as the input, so that the sanitizer sees a read behind
	 * it
	 */
	char	   *s = malloc(size > 0 ? size : 1);
	size_t		off,
				len;

	memcpy(s, data, size);
	check_address(s, size);
	if (clt_email_find(s, size, &off, &len))
	{
		CHECK(len > 0 && off + len <= size);
		check_address(s + off, len);
	}
	free(s);
	return 0;
}
