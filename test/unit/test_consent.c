/* Unit tests of src/consent/decision.c: the truth table, precedence, properties, and a slow oracle. */
#include "consent/decision.h"
#include "tap.h"

#define DAY CLT_USECS_PER_DAY
#define NEVER CLT_TIME_MAX

static ConsentEvent list[64];
static int	nlist;
static ConsentRule rule;
static ConsentSubject person;

/* days since 2000-01-01 as instants: the tests count in days */
static int64_t
day(double d)
{
	return (int64_t) (d * (double) DAY);
}

static void
fresh(void)
{
	nlist = 0;
	memset(&rule, 0, sizeof(rule));
	rule.found = true;
	rule.direct_marketing = true;
	rule.nbases = 2;
	rule.bases[0] = CLT_BASIS_CONSENT;
	rule.bases[1] = CLT_BASIS_SOFT_OPT_IN;
	rule.soft_opt_in_days = 730;
	rule.enquiry_days = 90;
	person.known = true;
	person.born = CLT_DATE_UNKNOWN;
	person.erased_at = NEVER;
}

static void
bases(int n, const int *b)
{
	rule.nbases = n;
	for (int i = 0; i < n; i++)
		rule.bases[i] = (int8_t) b[i];
}

#define BASES(...) \
	do { const int b_[] = {__VA_ARGS__}; bases((int) (sizeof(b_) / sizeof(int)), b_); } while (0)

static ConsentEvent *
ev(int kind, double at)
{
	ConsentEvent *e = &list[nlist++];

	memset(e, 0, sizeof(*e));
	e->kind = (int8_t) kind;
	e->basis = CLT_BASIS_NONE;
	e->at = e->recorded_at = day(at);
	e->expires_at = e->superseded_at = NEVER;
	e->seq = nlist;
	e->flags = CLT_EF_COVERS | CLT_EF_NOTICE | CLT_EF_OPT_OUT | CLT_EF_PRODUCT;
	return e;
}

static ConsentEvent *
relation(int basis, double at)
{
	ConsentEvent *e = ev(CLT_EV_RELATION_START, at);

	e->basis = (int8_t) basis;
	return e;
}

static ConsentDecision
ask(double at, double known)
{
	ConsentEval eval;
	ConsentDecision d;

	clt_consent_evaluate(list, nlist, &rule, &person, day(at), known < 0 ? NEVER : day(known), &eval);
	clt_consent_combine(&eval, 1, &d);
	return d;
}

static void
expect(double at, int reason, const char *name)
{
	ConsentDecision d = ask(at, -1);

	is_str(clt_consent_reason_names[d.reason], clt_consent_reason_names[reason], name);
}

static void
test_truth_table(void)
{
	fresh();
	ev(CLT_EV_GIVEN, 181);
	ev(CLT_EV_WITHDRAWN, 212);
	expect(195, CLT_ALLOW_CONSENT, "5: a withdrawal is not retroactive");
	is_int(ask(195, -1).valid_until, day(212), "5: the answer stands until the withdrawal");
	is_int(ask(195, -1).seq, 1, "5: it rests on the grant");
	expect(220, CLT_DENY_WITHDRAWN, "a withdrawal ends consent");
	is_int(ask(220, -1).seq, 2, "and is the event told");
	expect(212, CLT_DENY_WITHDRAWN, "from its own instant");
	expect(100, CLT_DENY_NO_BASIS, "before consent there is none");

	fresh();
	ev(CLT_EV_GIVEN, 1);
	ev(CLT_EV_WITHDRAWN, 2);
	ev(CLT_EV_GIVEN, 3);
	expect(4, CLT_ALLOW_CONSENT, "6: later consent opens its scope again");
	list[2].flags &= (uint8_t) ~CLT_EF_COVERS;
	expect(4, CLT_DENY_WITHDRAWN, "7: and no other scope");

	fresh();
	ev(CLT_EV_GIVEN, 1);
	ev(CLT_EV_REFUSED, 2);
	expect(3, CLT_DENY_REFUSED, "9: a narrow refusal closes its scope");
	list[1].flags &= (uint8_t) ~CLT_EF_COVERS;
	expect(3, CLT_ALLOW_CONSENT, "10: and no other");

	for (int swap = 0; swap < 2; swap++)
	{
		fresh();
		ev(swap ? CLT_EV_WITHDRAWN : CLT_EV_GIVEN, 5);
		ev(swap ? CLT_EV_GIVEN : CLT_EV_WITHDRAWN, 5);
		expect(6, CLT_DENY_WITHDRAWN, "11: at the same instant the denial wins, in either order");
	}

	fresh();
	ev(CLT_EV_GIVEN, 1)->expires_at = day(10);
	is_str(clt_consent_reason_names[ask(10 - 1.0 / 86400, -1).reason], "ALLOW_CONSENT", "12: holds to the last second");
	expect(10, CLT_DENY_EXPIRED, "13: and not at the instant of expiry");
	is_int(ask(9, -1).valid_until, day(10), "13: valid until then");

	fresh();
	ev(CLT_EV_NOTICE_SERVED, 1);
	BASES(CLT_BASIS_LEGITIMATE_INTEREST, CLT_BASIS_CONSENT);
	expect(2, CLT_ALLOW_LEGITIMATE_INTEREST, "14: post after a notice");
	BASES(CLT_BASIS_CONSENT, CLT_BASIS_SOFT_OPT_IN);
	expect(2, CLT_DENY_NO_BASIS, "15: a notice alone does not allow e-mail");

	fresh();
	ev(CLT_EV_NOTICE_SERVED, 1);
	ev(CLT_EV_OBJECTED, 2);
	ev(CLT_EV_GIVEN, 3);
	expect(4, CLT_ALLOW_CONSENT, "19: consent after an objection opens its scope");
	list[2].flags &= (uint8_t) ~CLT_EF_COVERS;
	BASES(CLT_BASIS_LEGITIMATE_INTEREST, CLT_BASIS_CONSENT);
	expect(4, CLT_DENY_OBJECTED, "20: and nothing else");

	fresh();
	ev(CLT_EV_GIVEN, 10);
	ev(CLT_EV_CONFIRMED, 11);
	rule.confirm_days = 7;
	expect(10.5, CLT_DENY_UNCONFIRMED, "22: double opt-in, not yet confirmed");
	expect(12, CLT_ALLOW_CONSENT, "23: confirmed after a day");
	list[1].at = list[1].recorded_at = day(42);
	expect(50, CLT_DENY_UNCONFIRMED, "24: confirmed after 32 days is not confirmed");
	rule.confirm_days = 0;
	expect(50, CLT_ALLOW_CONSENT, "25: where none is asked for it is not needed");
	rule.confirm_days = 7;
	list[1].at = list[1].recorded_at = day(11);
	ev(CLT_EV_GIVEN, 60);
	expect(61, CLT_ALLOW_CONSENT, "who confirmed once and signs again stays confirmed");
	ev(CLT_EV_WITHDRAWN, 62);
	ev(CLT_EV_GIVEN, 63);
	expect(64, CLT_DENY_UNCONFIRMED, "but not after a withdrawal");

	fresh();
	relation(CLT_BASIS_SALE, 1);
	expect(2, CLT_ALLOW_SOFT_OPT_IN, "33: similar goods after a sale");
	list[0].flags &= (uint8_t) ~CLT_EF_PRODUCT;
	expect(2, CLT_DENY_NO_BASIS, "34: not other goods");
	list[0].flags |= CLT_EF_PRODUCT;
	BASES(CLT_BASIS_CONSENT);
	expect(2, CLT_DENY_NO_BASIS, "35: not where the rule names consent only");
	BASES(CLT_BASIS_CONSENT, CLT_BASIS_SOFT_OPT_IN);
	rule.third_party = true;
	expect(2, CLT_DENY_NO_BASIS, "36: not for a third party");
	rule.third_party = false;
	list[0].flags &= (uint8_t) ~CLT_EF_OPT_OUT;
	expect(2, CLT_DENY_NO_BASIS, "37: not if no opt-out was offered");
	list[0].flags |= CLT_EF_OPT_OUT;
	expect(730.9, CLT_ALLOW_SOFT_OPT_IN, "38: within its time");
	expect(731, CLT_DENY_NO_BASIS, "39: not after it");
	rule.soft_opt_in_days = 0;
	expect(2, CLT_DENY_NO_BASIS, "40: not where the law knows no soft opt-in");
	rule.soft_opt_in_days = 730;
	ev(CLT_EV_WITHDRAWN, 3);
	expect(4, CLT_DENY_WITHDRAWN, "41: not after unsubscribing");
	relation(CLT_BASIS_SALE, 5);
	expect(6, CLT_ALLOW_SOFT_OPT_IN, "a new sale with a new offer to refuse opens it again");
	ev(CLT_EV_OBJECTED, 7);
	relation(CLT_BASIS_SALE, 8);
	expect(9, CLT_DENY_OBJECTED, "but never after an objection to marketing");

	fresh();
	rule.direct_marketing = false;
	rule.survives_restriction = true;
	rule.retention_years = 10;
	relation(CLT_BASIS_CONTRACT, 1);
	ev(CLT_EV_RELATION_END, 366)->basis = CLT_BASIS_CONTRACT;
	BASES(CLT_BASIS_CONTRACT);
	expect(150, CLT_ALLOW_CONTRACT, "45: service while the contract runs");
	is_int(ask(150, -1).valid_until, day(366), "45: until its end, which is known");
	expect(380, CLT_DENY_NO_BASIS, "46: not after its end");
	BASES(CLT_BASIS_LEGAL_OBLIGATION);
	expect(380, CLT_ALLOW_LEGAL_OBLIGATION, "47: the papers are kept");
	expect(366 + 3651, CLT_ALLOW_LEGAL_OBLIGATION, "for ten years");
	expect(366 + 3652, CLT_DENY_NO_BASIS, "and no longer");

	fresh();
	rule.third_party = true;
	BASES(CLT_BASIS_CONSENT);
	ev(CLT_EV_GIVEN, 10);
	expect(11, CLT_DENY_NO_PRIOR_NOTICE, "48: sharing needs a notice that names the recipient");
	ev(CLT_EV_NOTICE_SERVED, 10)->flags |= CLT_EF_NAMES_RECIPIENT;
	expect(11, CLT_DENY_NO_PRIOR_NOTICE, "48: before consent, not with it");
	list[1].at = day(9);
	expect(11, CLT_ALLOW_CONSENT, "49: with a prior notice");
	list[0].flags &= (uint8_t) ~CLT_EF_COVERS;
	expect(11, CLT_DENY_NO_BASIS, "50: another recipient");

	fresh();
	ev(CLT_EV_GIVEN, 1);
	relation(CLT_BASIS_CONTRACT, 1);
	ev(CLT_EV_RESTRICTED, 2);
	expect(3, CLT_DENY_RESTRICTED, "51: restriction stops marketing");
	rule.survives_restriction = true;
	BASES(CLT_BASIS_CONTRACT);
	expect(3, CLT_ALLOW_CONTRACT, "52: and not service");
	rule.survives_restriction = false;
	BASES(CLT_BASIS_CONSENT);
	ev(CLT_EV_UNRESTRICTED, 4);
	expect(5, CLT_ALLOW_CONSENT, "until it is lifted");

	fresh();
	rule.direct_marketing = false;
	BASES(CLT_BASIS_LEGITIMATE_INTEREST);
	ev(CLT_EV_NOTICE_SERVED, 1);
	ev(CLT_EV_OBJECTED, 2);
	expect(3, CLT_DENY_OBJECTED, "58: an objection stops legitimate interest");
	ev(CLT_EV_COMPELLING, 2);
	expect(3, CLT_DENY_OBJECTED, "58: compelling grounds at the same instant do not override it");
	list[2].at = day(3);
	expect(4, CLT_ALLOW_LEGITIMATE_INTEREST, "59: compelling grounds do");
	rule.direct_marketing = true;
	expect(4, CLT_DENY_OBJECTED, "60: never for direct marketing");

	fresh();
	ev(CLT_EV_GIVEN, 1);
	ev(CLT_EV_WITHDRAWN, 10)->recorded_at = day(14);
	is_str(clt_consent_reason_names[ask(11, 12).reason], "ALLOW_CONSENT", "63: with what was known then it was lawful");
	is_str(clt_consent_reason_names[ask(11, -1).reason], "DENY_WITHDRAWN", "64: with what is known now it was not");
}

static void
test_merged(void)
{
	ConsentEval evals[2];
	ConsentDecision d;

	fresh();
	ev(CLT_EV_GIVEN, 212);
	clt_consent_evaluate(list, nlist, &rule, &person, day(220), NEVER, &evals[0]);
	fresh();
	ev(CLT_EV_WITHDRAWN, 181);
	clt_consent_evaluate(list, nlist, &rule, &person, day(220), NEVER, &evals[1]);
	clt_consent_combine(evals, 2, &d);
	is_str(clt_consent_reason_names[d.reason], "DENY_WITHDRAWN", "55: another record's earlier withdrawal is not overridden");

	fresh();
	ev(CLT_EV_GIVEN, 212);
	ev(CLT_EV_WITHDRAWN, 181);
	expect(220, CLT_ALLOW_CONSENT, "56: read as one record, the latest wins");

	fresh();
	ev(CLT_EV_WITHDRAWN, 181);
	ev(CLT_EV_GIVEN, 212);
	clt_consent_evaluate(list, nlist, &rule, &person, day(220), NEVER, &evals[1]);
	clt_consent_combine(evals, 2, &d);
	is_int(d.allow, true, "a record takes its own withdrawal back");

	fresh();
	clt_consent_evaluate(list, nlist, &rule, &person, day(220), NEVER, &evals[1]);
	clt_consent_combine(evals, 2, &d);
	is_int(d.allow, true, "a record that says nothing forbids nothing");
	person.known = false;
	clt_consent_evaluate(list, nlist, &rule, &person, day(220), NEVER, &evals[1]);
	clt_consent_combine(evals, 2, &d);
	is_int(d.allow, true, "nor does one that is not registered");

	fresh();
	rule.direct_marketing = false;
	BASES(CLT_BASIS_CONTRACT);
	relation(CLT_BASIS_CONTRACT, 1);
	clt_consent_evaluate(list, nlist, &rule, &person, day(220), NEVER, &evals[0]);
	fresh();
	rule.direct_marketing = false;
	BASES(CLT_BASIS_CONTRACT);
	ev(CLT_EV_WITHDRAWN, 2);
	ev(CLT_EV_OBJECTED, 2);
	clt_consent_evaluate(list, nlist, &rule, &person, day(220), NEVER, &evals[1]);
	clt_consent_combine(evals, 2, &d);
	is_str(clt_consent_reason_names[d.reason], "ALLOW_CONTRACT", "a contract stands, whatever the other record says");
	fresh();
	person.erased_at = day(3);
	clt_consent_evaluate(list, nlist, &rule, &person, day(220), NEVER, &evals[1]);
	clt_consent_combine(evals, 2, &d);
	is_str(clt_consent_reason_names[d.reason], "DENY_ERASED", "except that it is erased");
	clt_consent_combine(evals, 0, &d);
	is_str(clt_consent_reason_names[d.reason], "DENY_UNKNOWN_SUBJECT", "nobody is unknown");
}

static void
test_reasons(void)
{
	fresh();
	ev(CLT_EV_GIVEN, 1);
	person.known = false;
	expect(2, CLT_DENY_UNKNOWN_SUBJECT, "unknown subject");
	person.known = true;
	rule.found = false;
	expect(2, CLT_DENY_NO_RULE, "no rule");
	rule.found = true;
	person.erased_at = day(2);
	expect(2, CLT_DENY_ERASED, "erased, from that instant");
	expect(1.5, CLT_ALLOW_CONSENT, "and not before");
	is_int(ask(1.5, -1).valid_until, day(2), "the answer ends with the erasure");
	person.erased_at = NEVER;

	ev(CLT_EV_SUPPRESSED, 2);
	expect(3, CLT_DENY_SUPPRESSED, "suppressed");
	rule.direct_marketing = false;
	expect(3, CLT_ALLOW_CONSENT, "suppression lists are about marketing");
	rule.direct_marketing = true;
	ev(CLT_EV_UNSUPPRESSED, 2);
	expect(3, CLT_DENY_SUPPRESSED, "lifted at the same instant: suppressed");
	list[2].at = day(3);
	expect(4, CLT_ALLOW_CONSENT, "lifted later: not");
	ev(CLT_EV_RESTRICTED, 5);
	ev(CLT_EV_SUPPRESSED, 5);
	expect(6, CLT_DENY_SUPPRESSED, "suppression is told before restriction");

	fresh();
	ev(CLT_EV_GIVEN, 7000)->flags &= (uint8_t) ~CLT_EF_NOTICE;
	expect(7001, CLT_DENY_NO_NOTICE, "consent without a notice");
	list[0].flags |= CLT_EF_NOTICE;
	list[0].superseded_at = day(7010);
	expect(7009, CLT_ALLOW_CONSENT, "the notice is still in force");
	is_int(ask(7009, -1).valid_until, day(7010), "until it is not");
	expect(7010, CLT_DENY_NOTICE_SUPERSEDED, "a new version asks for consent anew");
	list[0].superseded_at = NEVER;
	rule.explicit_only = true;
	expect(7001, CLT_DENY_NOT_EXPLICIT, "special categories need explicit consent");
	list[0].flags |= CLT_EF_EXPLICIT;
	expect(7001, CLT_ALLOW_CONSENT, "explicit consent");
	rule.explicit_only = false;
	rule.digital_age = 16;
	person.born = 7000 - 16 * 365;	/* some days short of 16 */
	expect(7100, CLT_DENY_MINOR, "a child's own consent, also when it has grown up since");
	list[0].flags |= CLT_EF_GUARDIAN;
	expect(7001, CLT_ALLOW_CONSENT, "a guardian consented");
	list[0].flags &= (uint8_t) ~CLT_EF_GUARDIAN;
	person.born = CLT_DATE_UNKNOWN;
	expect(7001, CLT_ALLOW_CONSENT, "an unknown age is an adult's");
	rule.min_age = 18;
	expect(7001, CLT_DENY_MINOR, "except where there is a minimum age");
	person.born = 366;			/* 2001-01-01 */
	expect(6939.9, CLT_DENY_MINOR, "the day before the 18th birthday");
	expect(7001, CLT_ALLOW_CONSENT, "after it");
	rule.min_age = 0;
	rule.consent_days = 1095;
	expect(7000 + 1094, CLT_ALLOW_CONSENT, "consent fades");
	expect(7000 + 1095, CLT_DENY_EXPIRED, "after its time");
	ev(CLT_EV_RENEWED, 7500);
	expect(7000 + 1095, CLT_ALLOW_CONSENT, "unless renewed");

	fresh();
	BASES(CLT_BASIS_ENQUIRY);
	rule.direct_marketing = false;
	ev(CLT_EV_ENQUIRY, 1);
	expect(90, CLT_ALLOW_ENQUIRY, "an enquiry may be answered");
	expect(91, CLT_DENY_NO_BASIS, "for ninety days");
	ev(CLT_EV_WITHDRAWN, 5);
	expect(6, CLT_DENY_NO_BASIS, "and not after a global withdrawal");
	ev(CLT_EV_ENQUIRY, 7);
	expect(8, CLT_ALLOW_ENQUIRY, "who asks again is answered");

	fresh();
	ev(CLT_EV_GIVEN, 1);
	ev(CLT_EV_OBJECTED, 2);
	expect(3, CLT_DENY_OBJECTED, "stop is stop: an objection ends consent given before it");
	ev(CLT_EV_WITHDRAWN, 4);
	expect(5, CLT_DENY_OBJECTED, "and stays the reason after a later withdrawal");

	fresh();
	BASES(CLT_BASIS_CONTRACT);
	relation(CLT_BASIS_CONTRACT, 1)->product = 1;
	relation(CLT_BASIS_CONTRACT, 2)->product = 2;
	ev(CLT_EV_RELATION_END, 3)->product = 1;
	expect(4, CLT_ALLOW_CONTRACT, "the other contract goes on");
	ev(CLT_EV_RELATION_END, 5);
	expect(6, CLT_DENY_NO_BASIS, "until all have ended");
}

static void
test_calendar(void)
{
	is_int(clt_consent_birthday(0, 18), day(6575), "18 years from 2000-01-01 is 2018-01-01");
	is_int(clt_consent_birthday(59, 18), day(6634), "from 29 February it is 1 March");
	is_int(clt_consent_birthday(59, 4), day(59 + 1461), "except in a leap year");
	is_int(clt_consent_birthday(-10957, 30), 0, "from 1970-01-01 it is 2000-01-01");
	is_int(clt_consent_birthday(2145031948, 18), NEVER, "who is born at the end of dates is never of age");
	is_int(clt_consent_birthday(INT32_MIN + 1, 18), CLT_TIME_MIN, "who was born before all instants always was");
	is_int(clt_consent_add_years(day(-1) + 5, 1), day(365) + 5, "the time of day stays, before 2000 too");
	is_int(clt_consent_add_years(NEVER, 5), NEVER, "never plus five years is never");
	is_int(clt_consent_add_years(NEVER - 7, 10), NEVER, "no overflow at the end of time");
	is_int(clt_consent_event_code("withdrawn"), CLT_EV_WITHDRAWN, "events have names");
	is_int(clt_consent_event_code("no such"), -1, "and others have none");
	is_int(clt_consent_basis_code("soft_opt_in"), CLT_BASIS_SOFT_OPT_IN, "bases have names");
}

/* ---- random events ---------------------------------------------------------- */

static uint64_t seed = 42;

static int
dice(int n)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (int) ((seed >> 33) % (uint64_t) n);
}

static void
random_case(void)
{
	static const int8_t relations[] = {CLT_BASIS_SALE, CLT_BASIS_CONTRACT, CLT_BASIS_VITAL, CLT_BASIS_PUBLIC_TASK};
	int			n = dice(12);

	fresh();
	rule.direct_marketing = dice(2);
	rule.survives_restriction = dice(4) == 0;
	rule.third_party = dice(5) == 0;
	rule.explicit_only = dice(6) == 0;
	rule.confirm_days = dice(3) == 0 ? 7 : 0;
	rule.consent_days = dice(4) == 0 ? 15 : 0;
	rule.soft_opt_in_days = dice(4) ? 20 : 0;
	rule.enquiry_days = 9;
	rule.digital_age = dice(2) ? 16 : 0;
	rule.min_age = dice(8) == 0 ? 18 : 0;
	rule.retention_years = dice(2);
	rule.nbases = 0;
	for (int b = 0; b < CLT_BASES; b++)
	{
		if (dice(2))
			rule.bases[rule.nbases++] = (int8_t) b;
	}
	person.known = dice(20) != 0;
	person.born = dice(3) ? CLT_DATE_UNKNOWN : -365 * 16 + dice(60) - 25;
	person.erased_at = dice(15) == 0 ? day(dice(30)) : NEVER;
	for (int i = 0; i < n; i++)
	{
		ConsentEvent *e = ev(dice(CLT_EV_COUNT), dice(30));

		e->flags = (uint8_t) dice(128);
		if (dice(4))
			e->flags |= CLT_EF_COVERS | CLT_EF_NOTICE;
		e->recorded_at = e->at + day(dice(4) ? 0 : dice(5));
		if (dice(5) == 0)
			e->expires_at = e->at + day(dice(10));
		if (dice(8) == 0)
			e->superseded_at = day(dice(30));
		e->product = (uint32_t) dice(3);
		if (e->kind == CLT_EV_RELATION_START)
			e->basis = relations[dice(4)];
		else if (e->kind == CLT_EV_RELATION_END)
			e->basis = (int8_t) (dice(3) ? CLT_BASIS_NONE : relations[dice(4)]);
	}
}

static bool
seen(const ConsentEvent *e, int64_t at, int64_t known)
{
	return (e->flags & CLT_EF_COVERS) && e->at <= at && e->recorded_at <= known;
}

static bool
denies(int kind)
{
	return kind == CLT_EV_WITHDRAWN || kind == CLT_EV_REFUSED || kind == CLT_EV_OBJECTED ||
		kind == CLT_EV_REVOKED || kind == CLT_EV_INVALIDATED;
}

/* Is some denial of a sort at or after this instant? */
static bool
denied_since(int64_t since, int kind, int64_t at, int64_t known)
{
	for (int i = 0; i < nlist; i++)
	{
		if (seen(&list[i], at, known) && list[i].at >= since &&
			(kind < 0 ? denies(list[i].kind) : list[i].kind == kind))
			return true;
	}
	return false;
}

/* A state that one event switches on and another off. */
static bool
switched_on(int on, int off, int64_t at, int64_t known)
{
	for (int i = 0; i < nlist; i++)
	{
		bool		lifted = false;

		if (list[i].kind != on || !seen(&list[i], at, known))
			continue;
		for (int j = 0; j < nlist; j++)
			lifted |= list[j].kind == off && seen(&list[j], at, known) && list[j].at > list[i].at;
		if (!lifted)
			return true;
	}
	return false;
}

/*
 * The oracle: the rules of the model said once more, event by event and
 * without any notion of "latest", as slowly as one likes.
 */
static bool
oracle_basis(int basis, int64_t at, int64_t known)
{
	bool		objected = denied_since(CLT_TIME_MIN, CLT_EV_OBJECTED, at, known);
	bool		overridden = !rule.direct_marketing;

	for (int i = 0; i < nlist && objected; i++)
	{
		bool		answered = false;

		if (list[i].kind != CLT_EV_OBJECTED || !seen(&list[i], at, known))
			continue;
		for (int j = 0; j < nlist; j++)
			answered |= list[j].kind == CLT_EV_COMPELLING && seen(&list[j], at, known) && list[j].at > list[i].at;
		overridden &= answered;
	}
	if ((basis == CLT_BASIS_LEGITIMATE_INTEREST || basis == CLT_BASIS_PUBLIC_TASK) && objected && !overridden)
		return false;
	if (basis == CLT_BASIS_SOFT_OPT_IN && (objected || rule.third_party || rule.soft_opt_in_days == 0))
		return false;

	for (int i = 0; i < nlist; i++)
	{
		const ConsentEvent *e = &list[i];
		int64_t		end;
		bool		ended = false;
		bool		newer = false;
		bool		confirmed = rule.confirm_days == 0;
		bool		told = !rule.third_party;

		if (!seen(e, at, known))
			continue;
		switch (basis)
		{
			case CLT_BASIS_CONSENT:
				if ((e->kind != CLT_EV_GIVEN && e->kind != CLT_EV_RENEWED) || denied_since(e->at, -1, at, known))
					continue;

				/*
				 * only the last word counts; of two at one instant the one
				 * that ends first, then the first written
				 */
				for (int j = 0; j < nlist; j++)
				{
					const ConsentEvent *o = &list[j];

					if (!seen(o, at, known) || (o->kind != CLT_EV_GIVEN && o->kind != CLT_EV_RENEWED))
						continue;
					newer |= o->at > e->at ||
						(o->at == e->at && (o->expires_at < e->expires_at || (o->expires_at == e->expires_at && o->seq < e->seq)));
				}
				if (newer || e->expires_at <= at || (rule.consent_days && e->at + day(rule.consent_days) <= at))
					continue;
				for (int g = 0; g < nlist; g++)
				{
					const ConsentEvent *o = &list[g];

					if (!seen(o, at, known) || (o->kind != CLT_EV_GIVEN && o->kind != CLT_EV_RENEWED) ||
						denied_since(o->at, -1, at, known) || o->expires_at <= at ||
						(rule.consent_days && o->at + day(rule.consent_days) <= at))
						continue;
					for (int c = 0; c < nlist; c++)
						confirmed |= list[c].kind == CLT_EV_CONFIRMED && seen(&list[c], at, known) &&
							list[c].at >= o->at && list[c].at - o->at <= day(rule.confirm_days);
				}
				for (int j = 0; j < nlist; j++)
					told |= list[j].kind == CLT_EV_NOTICE_SERVED && seen(&list[j], at, known) && list[j].at < e->at &&
						(list[j].flags & CLT_EF_NOTICE) && (list[j].flags & CLT_EF_NAMES_RECIPIENT);
				if (!confirmed || !told || !(e->flags & CLT_EF_NOTICE) || e->superseded_at <= at)
					continue;
				if (rule.explicit_only && !(e->flags & CLT_EF_EXPLICIT))
					continue;
				if (rule.digital_age && person.born != CLT_DATE_UNKNOWN && !(e->flags & CLT_EF_GUARDIAN) &&
					e->at < clt_consent_birthday(person.born, rule.digital_age))
					continue;
				return true;
			case CLT_BASIS_CONTRACT:
			case CLT_BASIS_VITAL:
			case CLT_BASIS_PUBLIC_TASK:
			case CLT_BASIS_LEGAL_OBLIGATION:
				if (e->kind != CLT_EV_RELATION_START)
					continue;
				if (basis != CLT_BASIS_LEGAL_OBLIGATION && e->basis != basis)
					continue;
				if (basis == CLT_BASIS_LEGAL_OBLIGATION && e->basis != CLT_BASIS_SALE && e->basis != CLT_BASIS_CONTRACT)
					continue;
				end = basis == CLT_BASIS_LEGAL_OBLIGATION && e->basis == CLT_BASIS_SALE ? e->at : e->expires_at;
				for (int j = 0; j < nlist; j++)
				{
					const ConsentEvent *o = &list[j];

					if (o->kind == CLT_EV_RELATION_END && (o->flags & CLT_EF_COVERS) && o->recorded_at <= known && o->at >= e->at &&
						(o->basis == CLT_BASIS_NONE || o->basis == e->basis) && (o->product == 0 || o->product == e->product) &&
						!(basis == CLT_BASIS_LEGAL_OBLIGATION && e->basis == CLT_BASIS_SALE) && o->at < end)
						end = o->at;
				}
				if (basis == CLT_BASIS_LEGAL_OBLIGATION)
					ended = rule.retention_years > 0 && end != NEVER && clt_consent_add_years(end, rule.retention_years) <= at;
				else
					ended = end <= at;
				if (!ended)
					return true;
				break;
			case CLT_BASIS_LEGITIMATE_INTEREST:
				if (e->kind != CLT_EV_NOTICE_SERVED || !(e->flags & CLT_EF_NOTICE))
					continue;
				if (!rule.third_party)
					return true;
				if (e->flags & CLT_EF_NAMES_RECIPIENT)
					return true;
				break;
			case CLT_BASIS_ENQUIRY:
				if (e->kind == CLT_EV_ENQUIRY && e->at + day(rule.enquiry_days) > at && !denied_since(e->at, -1, at, known))
					return true;
				break;
			case CLT_BASIS_SOFT_OPT_IN:
				if (e->kind != CLT_EV_RELATION_START || e->basis != CLT_BASIS_SALE || !(e->flags & CLT_EF_PRODUCT))
					continue;
				for (int j = 0; j < nlist; j++)
				{
					const ConsentEvent *o = &list[j];

					newer |= seen(o, at, known) && o->kind == CLT_EV_RELATION_START && o->basis == CLT_BASIS_SALE &&
						(o->flags & CLT_EF_PRODUCT) && (o->at > e->at || (o->at == e->at && o->seq < e->seq));
				}
				if (!newer && (e->flags & CLT_EF_NOTICE) && (e->flags & CLT_EF_OPT_OUT) &&
					e->at + day(rule.soft_opt_in_days) > at && !denied_since(e->at, -1, at, known))
					return true;
				break;
		}
	}
	return false;
}

static int
oracle(int64_t at, int64_t known)
{
	if (!person.known || !rule.found || person.erased_at <= at)
		return CLT_BASIS_NONE;
	if (rule.direct_marketing && switched_on(CLT_EV_SUPPRESSED, CLT_EV_UNSUPPRESSED, at, known))
		return CLT_BASIS_NONE;
	if (!rule.survives_restriction && switched_on(CLT_EV_RESTRICTED, CLT_EV_UNRESTRICTED, at, known))
		return CLT_BASIS_NONE;
	if (rule.min_age && (person.born == CLT_DATE_UNKNOWN || clt_consent_birthday(person.born, rule.min_age) > at))
		return CLT_BASIS_NONE;
	for (int i = 0; i < rule.nbases; i++)
	{
		if (oracle_basis(rule.bases[i], at, known))
			return rule.bases[i];
	}
	return CLT_BASIS_NONE;
}

static void
test_oracle(void)
{
	long		wrong = 0;
	long		allowed = 0;
	long		stale = 0;
	long		named = 0;

	for (int i = 0; i < 200000; i++)
	{
		double		at;
		ConsentDecision d;

		random_case();
		at = dice(34);
		d = ask(at, dice(3) ? -1 : dice(34));
		if (d.allow != (d.reason >= CLT_ALLOW_CONSENT) || d.allow != (d.basis != CLT_BASIS_NONE))
			named++;
		d = ask(at, -1);
		allowed += d.allow;
		if (d.basis != oracle(day(at), NEVER))
			wrong++;
		/* known earlier is the same as not having the later events */
		if (ask(at, 7).basis != oracle(day(at), day(7)))
			wrong++;
		/* the answer stands until valid_until */
		for (int later = 1; later < 4; later++)
		{
			int64_t		then = day(at + later * 1.5);

			if (d.allow && then < d.valid_until && oracle(then, NEVER) == CLT_BASIS_NONE)
				stale++;
		}
	}
	is_int(wrong, 0, "200000 random cases agree with the oracle, basis by basis");
	is_int(stale, 0, "and the answers stand until valid_until");
	is_int(named, 0, "reason, basis and allow go together");
	ok(allowed > 10000 && allowed < 180000, "of which %ld are allowed: both answers are tried", allowed);
}

static void
test_properties(void)
{
	static const int denials[] = {CLT_EV_WITHDRAWN, CLT_EV_REFUSED, CLT_EV_OBJECTED, CLT_EV_REVOKED, CLT_EV_INVALIDATED,
	CLT_EV_RESTRICTED, CLT_EV_SUPPRESSED};
	long		opened = 0;
	long		survived = 0;
	long		merged = 0;
	long		order = 0;

	for (int i = 0; i < 200000; i++)
	{
		double		at;
		bool		before;
		ConsentDecision d;
		ConsentEval evals[2];

		random_case();
		at = dice(34);
		before = ask(at, -1).allow;

		/* the order in which events were written means nothing */
		for (int k = 0; k + 1 < nlist; k++)
		{
			int			j = k + dice(nlist - k);
			ConsentEvent swap = list[k];

			list[k] = list[j];
			list[j] = swap;
		}
		if (ask(at, -1).allow != before)
			order++;

		ev(denials[dice(7)], dice(34));
		if (!before && ask(at, -1).allow)
			opened++;

		ev(CLT_EV_WITHDRAWN, 29.5);
		ev(CLT_EV_OBJECTED, 29.5);
		d = ask(31, -1);
		if (d.allow && d.basis != CLT_BASIS_CONTRACT && d.basis != CLT_BASIS_LEGAL_OBLIGATION && d.basis != CLT_BASIS_VITAL &&
			!(d.basis == CLT_BASIS_LEGITIMATE_INTEREST || d.basis == CLT_BASIS_PUBLIC_TASK))
			survived++;

		/*
		 * overriding grounds come later than the objection, and there are
		 * none
		 */
		if (d.allow && (d.basis == CLT_BASIS_LEGITIMATE_INTEREST || d.basis == CLT_BASIS_PUBLIC_TASK))
			survived++;

		/* a second record that only denies never opens anything */
		clt_consent_evaluate(list, nlist, &rule, &person, day(at), NEVER, &evals[0]);
		before = (clt_consent_combine(evals, 1, &d), d.allow);
		nlist = 0;
		ev(denials[dice(7)], dice(34));
		clt_consent_evaluate(list, nlist, &rule, &person, day(at), NEVER, &evals[1]);
		clt_consent_combine(evals, 2, &d);
		if (!before && d.allow)
			merged++;
	}
	is_int(opened, 0, "a further denial never opens anything");
	is_int(survived, 0, "after a global withdrawal and objection only contract, law and life still allow");
	is_int(merged, 0, "nor does another record's denial");
	is_int(order, 0, "the order of writing means nothing");
}

int
main(void)
{
	test_truth_table();
	test_merged();
	test_reasons();
	test_calendar();
	test_oracle();
	test_properties();
	return done();
}
