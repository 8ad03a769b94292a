/*
 * words.c
 *		What events, bases and reasons are called.
 */
#include <string.h>

#include "consent/decision.h"

static const char *const event_names[CLT_EV_COUNT] = {
	"requested", "given", "confirmed", "renewed", "refused", "withdrawn",
	"objected", "revoked", "invalidated", "restricted", "unrestricted",
	"notice_served", "relation_start", "relation_end", "enquiry",
	"compelling", "suppressed", "unsuppressed"
};

const char *const clt_consent_basis_names[CLT_BASIS_COUNT] = {
	"consent", "contract", "legal_obligation", "vital", "public_task",
	"legitimate_interest", "enquiry", "soft_opt_in", "sale"
};

const char *const clt_consent_reason_names[CLT_REASON_COUNT] = {
	"DENY_ERASED", "DENY_SUPPRESSED", "DENY_RESTRICTED", "DENY_MINOR",
	"DENY_OBJECTED", "DENY_WITHDRAWN", "DENY_REFUSED", "DENY_REVOKED",
	"DENY_INVALIDATED", "DENY_EXPIRED", "DENY_UNCONFIRMED", "DENY_NO_NOTICE",
	"DENY_NOTICE_SUPERSEDED", "DENY_NOT_EXPLICIT", "DENY_NO_PRIOR_NOTICE",
	"DENY_NO_BASIS", "DENY_NO_RULE", "DENY_UNKNOWN_SUBJECT",
	"ALLOW_CONSENT", "ALLOW_CONTRACT", "ALLOW_LEGAL_OBLIGATION",
	"ALLOW_VITAL", "ALLOW_PUBLIC_TASK", "ALLOW_LEGITIMATE_INTEREST",
	"ALLOW_ENQUIRY", "ALLOW_SOFT_OPT_IN"
};

static int
name_code(const char *const *names, int n, const char *name)
{
	int			i;

	for (i = 0; i < n; i++)
	{
		if (strcmp(names[i], name) == 0)
			return i;
	}
	return -1;
}

int
clt_consent_event_code(const char *name)
{
	return name_code(event_names, CLT_EV_COUNT, name);
}

int
clt_consent_basis_code(const char *name)
{
	return name_code(clt_consent_basis_names, CLT_BASIS_COUNT, name);
}
