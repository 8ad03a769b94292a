/* Fuzzer of the consent decision: no input may crash it, and a further denial never turns a denial into a permission. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "consent/decision.h"

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ConsentEvent events[33];
	ConsentRule rule;
	ConsentSubject subject = {true, CLT_DATE_UNKNOWN, CLT_TIME_MAX};
	ConsentEval eval;
	ConsentDecision before;
	ConsentDecision after;
	int			n = 0;
	int64_t		at;

	if (size < 16)
		return 0;
	memset(&rule, 0, sizeof(rule));
	memset(events, 0, sizeof(events));
	rule.found = true;
	rule.direct_marketing = data[0] & 1;
	rule.third_party = data[0] & 2;
	rule.explicit_only = data[0] & 4;
	rule.survives_restriction = data[0] & 8;
	rule.confirm_days = data[1] & 15;
	rule.consent_days = data[2];
	rule.soft_opt_in_days = data[3];
	rule.enquiry_days = data[4];
	rule.retention_years = data[5];
	rule.digital_age = data[6] & 31;
	rule.nbases = data[7] % (CLT_BASES + 1);
	for (int i = 0; i < rule.nbases; i++)
		rule.bases[i] = (int8_t) ((data[8] + i) % CLT_BASES);
	memcpy(&at, data + 8, 8);
	for (data += 16, size -= 16; size >= 20 && n < 32; data += 20, size -= 20)
	{
		ConsentEvent *e = &events[n++];

		memcpy(&e->at, data, 8);
		memcpy(&e->expires_at, data + 8, 8);
		e->recorded_at = e->at;
		e->superseded_at = data[16] & 1 ? e->expires_at : CLT_TIME_MAX;
		e->kind = (int8_t) (data[17] % CLT_EV_COUNT);
		e->basis = (int8_t) (data[18] % (CLT_BASIS_COUNT + 1) - 1);
		e->flags = data[19];
		e->product = data[16] >> 6;
		e->seq = n;
	}
	clt_consent_evaluate(events, n, &rule, &subject, at, CLT_TIME_MAX, &eval);
	clt_consent_combine(&eval, 1, &before);
	events[n] = events[0];
	events[n].kind = CLT_EV_WITHDRAWN;
	events[n].flags |= CLT_EF_COVERS;
	clt_consent_evaluate(events, n + 1, &rule, &subject, at, CLT_TIME_MAX, &eval);
	clt_consent_combine(&eval, 1, &after);
	if (after.allow && !before.allow)
		abort();
	return 0;
}
