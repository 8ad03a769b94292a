/*
 * decision.c
 *		The consent decision, in two steps.
 *
 * clt_consent_evaluate() reads the events of one record and says which legal
 * bases hold and which are closed.  clt_consent_combine() puts the records of
 * one person together: a basis that any record closes is closed for all of
 * them, whatever its date; of what is left, one record is enough to allow.
 * Because the second step is nothing but OR and AND NOT over small sets, a
 * consent view can do it with joins at read time, and neither a merge nor an
 * undone merge needs anything to be recomputed.
 *
 * Within a record only scope and time count.  An event applies when its scope
 * contains the query; the latest applicable one wins; at the same instant the
 * denial wins.  A narrow grant after a broad withdrawal opens the narrow scope
 * only, a narrow refusal after a broad grant closes the narrow scope only, and
 * no rule about "the more specific one" is needed.
 *
 * What can go wrong: an event that takes effect later than the instant asked
 * about must not be looked at except to say until when the answer stands.
 * Every loop below therefore begins with applies().
 */
#include <stddef.h>
#include <string.h>

#include "consent/decision.h"

static int64_t
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Is this event in force, known, and about what is asked? */
static bool
applies(const ConsentEvent *e, int64_t at, int64_t known)
{
	return (e->flags & CLT_EF_COVERS) != 0 && e->at <= at && e->recorded_at <= known;
}

static bool
is_grant(const ConsentEvent *e)
{
	return e->kind == CLT_EV_GIVEN || e->kind == CLT_EV_RENEWED;
}

/* The reason a denial event gives, or -1 when the event denies nothing. */
static int
denial(const ConsentEvent *e)
{
	switch (e->kind)
	{
		case CLT_EV_WITHDRAWN:
			return CLT_DENY_WITHDRAWN;
		case CLT_EV_REFUSED:
			return CLT_DENY_REFUSED;
		case CLT_EV_OBJECTED:
			return CLT_DENY_OBJECTED;
		case CLT_EV_REVOKED:
			return CLT_DENY_REVOKED;
		case CLT_EV_INVALIDATED:
			return CLT_DENY_INVALIDATED;
		default:
			return -1;
	}
}

/* The latest of each sort of event that applies. */
typedef struct Latest
{
	const ConsentEvent *deny;	/* withdrawn, refused, objected, ... */
	const ConsentEvent *objection;
	const ConsentEvent *compelling;
	const ConsentEvent *grant;
	const ConsentEvent *notice;
	const ConsentEvent *naming; /* first notice that names the recipient */
	const ConsentEvent *sale;
	const ConsentEvent *enquiry;
	const ConsentEvent *restricted;
	const ConsentEvent *unrestricted;
	const ConsentEvent *suppressed;
	const ConsentEvent *unsuppressed;
} Latest;

/*
 * Keeps the later of two events.  At one instant it must not matter in which
 * order they were written, so the tie goes to the reason of higher precedence,
 * then to the smaller number.
 */
static void
keep_latest(const ConsentEvent **slot, const ConsentEvent *e)
{
	const ConsentEvent *o = *slot;

	if (o == NULL || e->at > o->at)
		*slot = e;
	else if (e->at == o->at)
	{
		int			re = denial(e);
		int			ro = denial(o);

		if (re < ro || (re == ro && e->seq < o->seq))
			*slot = e;
	}
}

/*
 * A later grant must not be longer-lived than what was said at the same
 * instant: of two grants at one instant the one that expires first counts.
 */
static void
keep_grant(const ConsentEvent **slot, const ConsentEvent *e)
{
	const ConsentEvent *o = *slot;

	if (o != NULL && e->at == o->at && e->expires_at != o->expires_at)
	{
		if (e->expires_at < o->expires_at)
			*slot = e;
		return;
	}
	keep_latest(slot, e);
}

static void
find_latest(const ConsentEvent *events, int n, int64_t at, int64_t known, Latest *l)
{
	int			i;

	memset(l, 0, sizeof(*l));
	for (i = 0; i < n; i++)
	{
		const ConsentEvent *e = &events[i];

		if (!applies(e, at, known))
			continue;
		if (denial(e) >= 0)
			keep_latest(&l->deny, e);
		switch (e->kind)
		{
			case CLT_EV_OBJECTED:
				keep_latest(&l->objection, e);
				break;
			case CLT_EV_COMPELLING:
				keep_latest(&l->compelling, e);
				break;
			case CLT_EV_GIVEN:
			case CLT_EV_RENEWED:
				keep_grant(&l->grant, e);
				break;
			case CLT_EV_NOTICE_SERVED:
				if (e->flags & CLT_EF_NOTICE)
				{
					keep_latest(&l->notice, e);
					if ((e->flags & CLT_EF_NAMES_RECIPIENT) &&
						(l->naming == NULL || e->at < l->naming->at))
						l->naming = e;
				}
				break;
			case CLT_EV_RELATION_START:
				if (e->basis == CLT_BASIS_SALE && (e->flags & CLT_EF_PRODUCT))
					keep_latest(&l->sale, e);
				break;
			case CLT_EV_ENQUIRY:
				keep_latest(&l->enquiry, e);
				break;
			case CLT_EV_RESTRICTED:
				keep_latest(&l->restricted, e);
				break;
			case CLT_EV_UNRESTRICTED:
				keep_latest(&l->unrestricted, e);
				break;
			case CLT_EV_SUPPRESSED:
				keep_latest(&l->suppressed, e);
				break;
			case CLT_EV_UNSUPPRESSED:
				keep_latest(&l->unsuppressed, e);
				break;
			default:
				break;
		}
	}
}

/* One of a pair such as restricted/unrestricted is in force; a tie keeps it. */
static bool
in_force(const ConsentEvent *on, const ConsentEvent *off)
{
	return on != NULL && (off == NULL || on->at >= off->at);
}

static void
set_reason(ConsentEval *out, int reason, const ConsentEvent *e)
{
	out->reason = (int8_t) reason;
	out->reason_seq = e != NULL ? e->seq : 0;
}

/* Closes every basis, for the record and so for the person. */
static void
block(ConsentEval *out, int reason, const ConsentEvent *e)
{
	out->pass = 0;
	out->deny = CLT_ALL_BASES;
	set_reason(out, reason, e);
}

static void
pass(ConsentEval *out, int basis, int64_t until, const ConsentEvent *e)
{
	out->pass |= (uint8_t) CLT_BASIS_BIT(basis);
	out->until[basis] = until;
	out->seq[basis] = e->seq;
}

static int64_t
grant_end(const ConsentEvent *g, const ConsentRule *rule)
{
	int64_t		end = g->expires_at;

	if (rule->consent_days > 0)
		end = earlier(end, clt_consent_add_days(g->at, rule->consent_days));
	return end;
}

/*
 * Has the address been confirmed?  A confirmation belongs to a grant that is
 * newer than the last denial, not yet expired, and at most confirm_days older.
 * It need not be the latest grant: somebody who confirmed in spring and signs
 * the same form again in summer has not become unconfirmed.
 */
static bool
is_confirmed(const ConsentEvent *events, int n, const ConsentRule *rule,
			 const Latest *l, int64_t at, int64_t known)
{
	int			i;
	int			j;

	for (i = 0; i < n; i++)
	{
		const ConsentEvent *g = &events[i];

		if (!applies(g, at, known) || !is_grant(g) || grant_end(g, rule) <= at)
			continue;
		if (l->deny != NULL && l->deny->at >= g->at)
			continue;
		for (j = 0; j < n; j++)
		{
			const ConsentEvent *c = &events[j];

			if (c->kind == CLT_EV_CONFIRMED && applies(c, at, known) &&
				c->at >= g->at && c->at <= clt_consent_add_days(g->at, rule->confirm_days))
				return true;
		}
	}
	return false;
}

/* Tier 5: consent.  Sets pass, or the reason why it does not hold. */
static void
try_consent(const ConsentEvent *events, int n, const ConsentRule *rule,
			const ConsentSubject *subject, const Latest *l,
			int64_t at, int64_t known, ConsentEval *out)
{
	const ConsentEvent *g = l->grant;
	int64_t		end;

	if (l->deny != NULL && (g == NULL || l->deny->at >= g->at))
	{
		out->deny |= CLT_BASIS_BIT(CLT_BASIS_CONSENT);
		set_reason(out, denial(l->deny), l->deny);
		return;
	}
	if (g == NULL)
		return;

	end = grant_end(g, rule);
	if (end <= at)
		set_reason(out, CLT_DENY_EXPIRED, g);
	else if (rule->confirm_days > 0 && !is_confirmed(events, n, rule, l, at, known))
		set_reason(out, CLT_DENY_UNCONFIRMED, g);
	else if ((g->flags & CLT_EF_NOTICE) == 0)
		set_reason(out, CLT_DENY_NO_NOTICE, g);
	else if (g->superseded_at <= at)
		set_reason(out, CLT_DENY_NOTICE_SUPERSEDED, g);
	else if (rule->explicit_only && (g->flags & CLT_EF_EXPLICIT) == 0)
		set_reason(out, CLT_DENY_NOT_EXPLICIT, g);
	else if (rule->digital_age > 0 && subject->born != CLT_DATE_UNKNOWN &&
			 (g->flags & CLT_EF_GUARDIAN) == 0 &&
			 clt_consent_birthday(subject->born, rule->digital_age) > g->at)
		set_reason(out, CLT_DENY_MINOR, g);
	else if (rule->third_party && (l->naming == NULL || l->naming->at >= g->at))
		set_reason(out, CLT_DENY_NO_PRIOR_NOTICE, g);
	else
		pass(out, CLT_BASIS_CONSENT, earlier(end, g->superseded_at), g);
}

/* When does the relation that began with this event end, as far as is known? */
static int64_t
relation_end(const ConsentEvent *events, int n, const ConsentEvent *start, int64_t known)
{
	int64_t		end = start->expires_at;
	int			i;

	for (i = 0; i < n; i++)
	{
		const ConsentEvent *e = &events[i];

		if (e->kind == CLT_EV_RELATION_END && (e->flags & CLT_EF_COVERS) != 0 &&
			e->recorded_at <= known && e->at >= start->at &&
			(e->basis == CLT_BASIS_NONE || e->basis == start->basis) &&
			(e->product == 0 || e->product == start->product))
			end = earlier(end, e->at);
	}
	return end;
}

/*
 * Bases that rest on a relation in force (contract, vital, public task), and
 * the duty to keep the papers of a relation that has ended.
 */
static void
try_relation(const ConsentEvent *events, int n, const ConsentRule *rule, int basis,
			 int64_t at, int64_t known, ConsentEval *out)
{
	int			i;

	for (i = 0; i < n; i++)
	{
		const ConsentEvent *e = &events[i];
		int64_t		end;

		if (e->kind != CLT_EV_RELATION_START || !applies(e, at, known))
			continue;
		if (basis == CLT_BASIS_LEGAL_OBLIGATION)
		{
			if (e->basis != CLT_BASIS_SALE && e->basis != CLT_BASIS_CONTRACT &&
				e->basis != CLT_BASIS_LEGAL_OBLIGATION)
				continue;
			/* a sale is over when it is made */
			end = e->basis == CLT_BASIS_SALE ? e->at : relation_end(events, n, e, known);
			end = rule->retention_years > 0
				? clt_consent_add_years(end, rule->retention_years) : CLT_TIME_MAX;
		}
		else
		{
			if (e->basis != basis)
				continue;
			end = relation_end(events, n, e, known);
		}
		if (end <= at)
			continue;
		if ((out->pass & CLT_BASIS_BIT(basis)) == 0 || end > out->until[basis])
			pass(out, basis, end, e);
	}
}

static void
try_soft_opt_in(const ConsentRule *rule, const Latest *l, int64_t at, ConsentEval *out)
{
	const ConsentEvent *s = l->sale;
	int64_t		end;

	if (s == NULL || rule->third_party || rule->soft_opt_in_days <= 0 ||
		(s->flags & (CLT_EF_NOTICE | CLT_EF_OPT_OUT)) != (CLT_EF_NOTICE | CLT_EF_OPT_OUT))
		return;
	end = clt_consent_add_days(s->at, rule->soft_opt_in_days);
	if (end > at)
		pass(out, CLT_BASIS_SOFT_OPT_IN, end, s);
}

/*
 * Which bases do this record's denials close for the whole person?  Consent is
 * dealt with in try_consent().
 */
static uint8_t
closed_bases(const ConsentRule *rule, const Latest *l)
{
	uint8_t		closed = 0;

	if (l->objection != NULL)
	{
		/*
		 * Article 21(2): against direct marketing there is no overriding
		 * ground
		 */
		if (rule->direct_marketing || l->compelling == NULL ||
			l->compelling->at <= l->objection->at)
			closed |= CLT_BASIS_BIT(CLT_BASIS_LEGITIMATE_INTEREST) |
				CLT_BASIS_BIT(CLT_BASIS_PUBLIC_TASK);
		closed |= CLT_BASIS_BIT(CLT_BASIS_SOFT_OPT_IN);
	}
	if (l->deny != NULL)
	{
		if (l->sale == NULL || l->deny->at >= l->sale->at)
			closed |= CLT_BASIS_BIT(CLT_BASIS_SOFT_OPT_IN);
		if (l->enquiry == NULL || l->deny->at >= l->enquiry->at)
			closed |= CLT_BASIS_BIT(CLT_BASIS_ENQUIRY);
	}
	return closed;
}

static void
try_basis(const ConsentEvent *events, int n, const ConsentRule *rule,
		  const ConsentSubject *subject, const Latest *l, int basis,
		  int64_t at, int64_t known, ConsentEval *out)
{
	switch (basis)
	{
		case CLT_BASIS_CONSENT:
			try_consent(events, n, rule, subject, l, at, known, out);
			break;
		case CLT_BASIS_CONTRACT:
		case CLT_BASIS_LEGAL_OBLIGATION:
		case CLT_BASIS_VITAL:
		case CLT_BASIS_PUBLIC_TASK:
			try_relation(events, n, rule, basis, at, known, out);
			break;
		case CLT_BASIS_LEGITIMATE_INTEREST:
			if (l->notice != NULL && (!rule->third_party || l->naming != NULL))
				pass(out, basis, CLT_TIME_MAX, l->notice);
			break;
		case CLT_BASIS_ENQUIRY:
			if (l->enquiry != NULL && clt_consent_add_days(l->enquiry->at, rule->enquiry_days) > at)
				pass(out, basis, clt_consent_add_days(l->enquiry->at, rule->enquiry_days), l->enquiry);
			break;
		case CLT_BASIS_SOFT_OPT_IN:
			try_soft_opt_in(rule, l, at, out);
			break;
		default:
			break;
	}
}

/* The next instant at which something that is already known takes effect. */
static int64_t
next_event(const ConsentEvent *events, int n, int64_t at, int64_t known)
{
	int64_t		next = CLT_TIME_MAX;
	int			i;

	for (i = 0; i < n; i++)
	{
		const ConsentEvent *e = &events[i];

		if ((e->flags & CLT_EF_COVERS) != 0 && e->recorded_at <= known && e->at > at)
			next = earlier(next, e->at);
	}
	return next;
}

/* Objection is told before a failing detail of consent, if it closed anything. */
static void
explain_objection(const ConsentRule *rule, const Latest *l, ConsentEval *out)
{
	int			i;

	if (l->objection == NULL || out->reason < CLT_DENY_OBJECTED)
		return;
	for (i = 0; i < rule->nbases; i++)
	{
		int			b = rule->bases[i];

		if (b == CLT_BASIS_CONSENT)
		{
			/* a grant after the objection has its own reason for failing */
			if (l->grant != NULL && l->grant->at > l->objection->at)
				continue;
		}
		else if ((out->deny & CLT_BASIS_BIT(b)) == 0)
			continue;
		if (b == CLT_BASIS_CONSENT || b == CLT_BASIS_LEGITIMATE_INTEREST ||
			b == CLT_BASIS_SOFT_OPT_IN || b == CLT_BASIS_PUBLIC_TASK)
		{
			set_reason(out, CLT_DENY_OBJECTED, l->objection);
			return;
		}
	}
}

void
clt_consent_evaluate(const ConsentEvent *events, int nevents, const ConsentRule *rule,
					 const ConsentSubject *subject, int64_t at, int64_t known,
					 ConsentEval *out)
{
	Latest		l;
	int			i;
	uint8_t		open;

	memset(out, 0, sizeof(*out));
	out->reason = CLT_DENY_NO_BASIS;
	out->next_change = CLT_TIME_MAX;
	if (!subject->known)
	{
		out->reason = CLT_DENY_UNKNOWN_SUBJECT;
		return;
	}
	if (!rule->found)
	{
		out->reason = CLT_DENY_NO_RULE;
		return;
	}
	out->norder = rule->nbases;
	memcpy(out->order, rule->bases, sizeof(out->order));

	out->next_change = next_event(events, nevents, at, known);
	if (subject->erased_at <= at)
	{
		block(out, CLT_DENY_ERASED, NULL);
		return;
	}
	out->next_change = earlier(out->next_change, subject->erased_at);

	find_latest(events, nevents, at, known, &l);
	if (rule->direct_marketing && in_force(l.suppressed, l.unsuppressed))
	{
		block(out, CLT_DENY_SUPPRESSED, l.suppressed);
		return;
	}
	if (!rule->survives_restriction && in_force(l.restricted, l.unrestricted))
	{
		block(out, CLT_DENY_RESTRICTED, l.restricted);
		return;
	}
	if (rule->min_age > 0)
	{
		/* an unknown age proves nothing, but says nothing about other records */
		if (subject->born == CLT_DATE_UNKNOWN)
		{
			out->reason = CLT_DENY_MINOR;
			return;
		}
		if (clt_consent_birthday(subject->born, rule->min_age) > at)
		{
			block(out, CLT_DENY_MINOR, NULL);
			out->next_change = earlier(out->next_change,
									   clt_consent_birthday(subject->born, rule->min_age));
			return;
		}
	}

	out->deny = closed_bases(rule, &l);
	for (i = 0; i < rule->nbases; i++)
		try_basis(events, nevents, rule, subject, &l, rule->bases[i], at, known, out);
	open = (uint8_t) (out->pass & ~out->deny);
	out->pass = open;
	if (open == 0)
		explain_objection(rule, &l, out);
	for (i = 0; i < CLT_BASES; i++)
	{
		if (open & CLT_BASIS_BIT(i))
		{
			out->until[i] = earlier(out->until[i], out->next_change);
			out->until[i] = earlier(out->until[i], subject->erased_at);
		}
	}
}

/* The bases in the order in which the first record that has a rule tries them. */
static int
basis_order(const ConsentEval *evals, int n, int8_t *order)
{
	uint8_t		seen = 0;
	int			count = 0;
	int			i;
	int			j;

	for (i = 0; i < n; i++)
	{
		for (j = 0; j < evals[i].norder; j++)
		{
			int8_t		b = evals[i].order[j];

			if ((seen & CLT_BASIS_BIT(b)) == 0)
			{
				seen |= (uint8_t) CLT_BASIS_BIT(b);
				order[count++] = b;
			}
		}
	}
	return count;
}

void
clt_consent_combine(const ConsentEval *evals, int nevals, ConsentDecision *out)
{
	uint8_t		deny = 0;
	int8_t		order[CLT_BASES];
	int			norder;
	int			i;
	int			j;

	out->allow = false;
	out->basis = CLT_BASIS_NONE;
	out->reason = CLT_DENY_UNKNOWN_SUBJECT;
	out->seq = 0;
	out->valid_until = CLT_TIME_MAX;

	for (i = 0; i < nevals; i++)
	{
		deny |= evals[i].deny;
		out->valid_until = earlier(out->valid_until, evals[i].next_change);
	}

	norder = basis_order(evals, nevals, order);
	for (j = 0; j < norder; j++)
	{
		int			b = order[j];
		int64_t		until = CLT_TIME_MIN;

		if (deny & CLT_BASIS_BIT(b))
			continue;
		for (i = 0; i < nevals; i++)
		{
			if ((evals[i].pass & CLT_BASIS_BIT(b)) != 0 && evals[i].until[b] > until)
			{
				until = evals[i].until[b];
				out->seq = evals[i].seq[b];
				out->allow = true;
			}
		}
		if (out->allow)
		{
			out->basis = (int8_t) b;
			out->reason = (int8_t) (CLT_ALLOW_CONSENT + b);
			out->valid_until = earlier(out->valid_until, until);
			return;
		}
	}

	/*
	 * Why not?  The reason of highest precedence.  A record that would pass
	 * but for another one has no reason worth telling.
	 */
	for (i = 0; i < nevals; i++)
	{
		if (evals[i].pass == 0 && evals[i].reason < out->reason)
		{
			out->reason = evals[i].reason;
			out->seq = evals[i].reason_seq;
		}
	}
}
