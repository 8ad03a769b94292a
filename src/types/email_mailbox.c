/*-------------------------------------------------------------------------
 *
 * email_mailbox.c
 *	  From an address to the mailbox it is delivered to, by the published
 *	  rules of the large providers.  No server header.
 *
 * The key is loose: it is for finding duplicates, never for sending.  What a
 * rule may do is bounded: it drops bytes of the local part and maps the
 * domain to another of the same provider, so two addresses of different
 * providers never share a key.  A rule that would leave nothing of the local
 * part is not applied.
 *
 *	provider			tag		ignored in the local part	domains that are one
 *	Gmail				+		.							gmail.com googlemail.com
 *	Outlook, Hotmail	+		-							each its own
 *	Yahoo				- +		-							each its own
 *	iCloud				+		-							icloud.com me.com mac.com
 *	Proton				+		. - _						proton.me protonmail.com pm.me ...
 *	Fastmail			+		-							user.fastmail.com = user@fastmail.com
 *	Yandex				+		- is .						yandex.* ya.ru
 *	everybody else		+		-							-
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "types/email_parse.h"

typedef struct ProviderRule
{
	const char *domain;			/* as written; trailing '.' means any suffix */
	const char *canonical;		/* domain of the key, NULL for the same */
	const char *tags;			/* characters that start a tag */
	const char *ignored;		/* characters that do not count */
	bool		hyphen_is_dot;
	bool		subdomain_is_user;	/* x@user.domain is user@domain */
} ProviderRule;

static const ProviderRule provider_rules[] = {
	{"gmail.com", "gmail.com", "+", ".", false, false},
	{"googlemail.com", "gmail.com", "+", ".", false, false},
	{"icloud.com", "icloud.com", "+", "", false, false},
	{"me.com", "icloud.com", "+", "", false, false},
	{"mac.com", "icloud.com", "+", "", false, false},
	{"proton.me", "proton.me", "+", ".-_", false, false},
	{"protonmail.com", "proton.me", "+", ".-_", false, false},
	{"protonmail.ch", "proton.me", "+", ".-_", false, false},
	{"pm.me", "proton.me", "+", ".-_", false, false},
	{"fastmail.com", NULL, "+", "", false, true},
	{"fastmail.fm", NULL, "+", "", false, true},
	{"fastmail.net", NULL, "+", "", false, true},
	{"fastmail.org", NULL, "+", "", false, true},
	{"fastmail.co.uk", NULL, "+", "", false, true},
	{"fastmail.de", NULL, "+", "", false, true},
	{"messagingengine.com", NULL, "+", "", false, true},
	{"sent.com", NULL, "+", "", false, true},
	{"yandex.ru", "yandex.ru", "+", "", true, false},
	{"yandex.com", "yandex.ru", "+", "", true, false},
	{"yandex.by", "yandex.ru", "+", "", true, false},
	{"yandex.kz", "yandex.ru", "+", "", true, false},
	{"yandex.ua", "yandex.ru", "+", "", true, false},
	{"ya.ru", "yandex.ru", "+", "", true, false},
	{"ymail.com", NULL, "-+", "", false, false},
	{"rocketmail.com", NULL, "-+", "", false, false},
	{"myyahoo.com", NULL, "-+", "", false, false},
	{"yahoo.", NULL, "-+", "", false, false},
};

static const ProviderRule default_rule = {NULL, NULL, "+", "", false, false};

static bool
equals(const char *s, size_t len, const char *z)
{
	return strlen(z) == len && memcmp(s, z, len) == 0;
}

/*
 * The rule for a canonical domain.  For Fastmail's x@user.fastmail.com sets
 * *user_len to the length of "user", otherwise to 0.
 */
static const ProviderRule *
find_rule(const char *domain, size_t len, size_t *user_len)
{
	const ProviderRule *end = provider_rules + sizeof(provider_rules) / sizeof(provider_rules[0]);
	const ProviderRule *rule;

	*user_len = 0;
	for (rule = provider_rules; rule < end; rule++)
	{
		size_t		n = strlen(rule->domain);

		if (rule->domain[n - 1] == '.')
		{
			/* yahoo.de and yahoo.co.uk, not yahoo.firm.example */
			if (len > n && len <= n + 6 && memcmp(domain, rule->domain, n) == 0)
				return rule;
			continue;
		}
		if (equals(domain, len, rule->domain))
			return rule;
		if (rule->subdomain_is_user && len > n + 1 && domain[len - n - 1] == '.' &&
			memcmp(domain + len - n, rule->domain, n) == 0 &&
			memchr(domain, '.', len - n - 1) == NULL)
		{
			*user_len = len - n - 1;
			return rule;
		}
	}
	return &default_rule;
}

/*
 * Writes the key of a canonical address to dst, which has room for
 * local_len + domain_len + 1 + CLT_EMAIL_MAX_LABEL bytes; returns its length.
 */
size_t
clt_email_mailbox_key(const char *local, size_t local_len,
					  const char *domain, size_t domain_len, char *dst)
{
	const ProviderRule *rule;
	size_t		user_len,
				tag,
				n = 0,
				i;

	rule = find_rule(domain, domain_len, &user_len);
	if (user_len > 0)
	{
		memcpy(dst, domain, user_len);
		n = user_len;
		domain += user_len + 1;
		domain_len -= user_len + 1;
	}
	else if (local[0] == '"')
	{
		/* No provider with rules hands out names that need quotes. */
		memcpy(dst, local, local_len);
		n = local_len;
	}
	else
	{
		/* A tag starts after the first character at the earliest. */
		for (tag = 1; tag < local_len && strchr(rule->tags, local[tag]) == NULL; tag++)
			;
		if (tag > local_len)
			tag = local_len;
		for (i = 0; i < tag; i++)
		{
			if (strchr(rule->ignored, local[i]) != NULL)
				continue;
			dst[n++] = rule->hyphen_is_dot && local[i] == '-' ? '.' : local[i];
		}
		if (n == 0)
		{
			memcpy(dst, local, local_len);
			n = local_len;
		}
	}
	dst[n++] = '@';
	if (rule->canonical != NULL)
	{
		domain = rule->canonical;
		domain_len = strlen(domain);
	}
	memcpy(dst + n, domain, domain_len);
	return n + domain_len;
}
