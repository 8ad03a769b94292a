/*
 * decision.h
 *		The consent decision: may this record be used for this purpose, on this
 *		channel, at this instant?
 *
 * Pure: no server header, no allocation, no error.  Everything that needs a
 * table (which events cover the query, which rule applies, whether a notice
 * exists) has been resolved by the caller, so that the same code answers
 * decide(), fills the state behind the consent views, and is compared with a
 * slow oracle in the tests.
 *
 * Instants are microseconds since 2000-01-01 UTC, as in the server.
 */
#ifndef CLT_CONSENT_DECISION_H
#define CLT_CONSENT_DECISION_H

#include <stdbool.h>
#include <stdint.h>

#define CLT_TIME_MIN INT64_MIN
#define CLT_TIME_MAX INT64_MAX
#define CLT_USECS_PER_DAY INT64_C(86400000000)
#define CLT_DATE_UNKNOWN INT32_MIN

/* What is written in the ledger. */
typedef enum ConsentEventKind
{
	CLT_EV_REQUESTED,
	CLT_EV_GIVEN,
	CLT_EV_CONFIRMED,
	CLT_EV_RENEWED,
	CLT_EV_REFUSED,
	CLT_EV_WITHDRAWN,
	CLT_EV_OBJECTED,
	CLT_EV_REVOKED,
	CLT_EV_INVALIDATED,
	CLT_EV_RESTRICTED,
	CLT_EV_UNRESTRICTED,
	CLT_EV_NOTICE_SERVED,
	CLT_EV_RELATION_START,
	CLT_EV_RELATION_END,
	CLT_EV_ENQUIRY,
	CLT_EV_COMPELLING,
	CLT_EV_SUPPRESSED,
	CLT_EV_UNSUPPRESSED,
	CLT_EV_COUNT
} ConsentEventKind;

/* The legal bases.  The numbers are stored in state tables: do not renumber. */
typedef enum ConsentBasis
{
	CLT_BASIS_NONE = -1,
	CLT_BASIS_CONSENT = 0,
	CLT_BASIS_CONTRACT = 1,
	CLT_BASIS_LEGAL_OBLIGATION = 2,
	CLT_BASIS_VITAL = 3,
	CLT_BASIS_PUBLIC_TASK = 4,
	CLT_BASIS_LEGITIMATE_INTEREST = 5,
	CLT_BASIS_ENQUIRY = 6,
	CLT_BASIS_SOFT_OPT_IN = 7,
	CLT_BASIS_SALE = 8,			/* of events only: what a relation is about */
	CLT_BASIS_COUNT = 9
} ConsentBasis;

#define CLT_BASES 8				/* those a rule can name */
#define CLT_ALL_BASES 0xFF
#define CLT_BASIS_BIT(b) (1u << (b))

/* In order of precedence: of two reasons to deny, the smaller one is told. */
typedef enum ConsentReason
{
	CLT_DENY_ERASED,
	CLT_DENY_SUPPRESSED,
	CLT_DENY_RESTRICTED,
	CLT_DENY_MINOR,
	CLT_DENY_OBJECTED,
	CLT_DENY_WITHDRAWN,
	CLT_DENY_REFUSED,
	CLT_DENY_REVOKED,
	CLT_DENY_INVALIDATED,
	CLT_DENY_EXPIRED,
	CLT_DENY_UNCONFIRMED,
	CLT_DENY_NO_NOTICE,
	CLT_DENY_NOTICE_SUPERSEDED,
	CLT_DENY_NOT_EXPLICIT,
	CLT_DENY_NO_PRIOR_NOTICE,
	CLT_DENY_NO_BASIS,
	CLT_DENY_NO_RULE,
	CLT_DENY_UNKNOWN_SUBJECT,
	CLT_ALLOW_CONSENT,
	CLT_ALLOW_CONTRACT,
	CLT_ALLOW_LEGAL_OBLIGATION,
	CLT_ALLOW_VITAL,
	CLT_ALLOW_PUBLIC_TASK,
	CLT_ALLOW_LEGITIMATE_INTEREST,
	CLT_ALLOW_ENQUIRY,
	CLT_ALLOW_SOFT_OPT_IN,
	CLT_REASON_COUNT
} ConsentReason;

/* Facts about an event, seen from one query. */
#define CLT_EF_COVERS		0x01	/* its scope contains the query */
#define CLT_EF_EXPLICIT		0x02
#define CLT_EF_GUARDIAN		0x04
#define CLT_EF_NOTICE		0x08	/* names a notice that exists */
#define CLT_EF_OPT_OUT		0x10	/* that notice offered a way out */
#define CLT_EF_NAMES_RECIPIENT 0x20 /* that notice names the query's recipient */
#define CLT_EF_PRODUCT		0x40	/* the sale was of what is offered now */

typedef struct ConsentEvent
{
	int64_t		at;				/* when it took effect */
	int64_t		recorded_at;	/* when we knew */
	int64_t		expires_at;		/* CLT_TIME_MAX: never */
	int64_t		superseded_at;	/* its notice needs consent anew from here */
	int64_t		seq;			/* the ledger's number, for the answer */
	uint32_t	product;		/* 0: none in particular */
	int8_t		kind;
	int8_t		basis;
	uint8_t		flags;
} ConsentEvent;

typedef struct ConsentRule
{
	int8_t		bases[CLT_BASES];	/* in the order in which they are tried */
	int			nbases;
	bool		found;			/* is there a rule at all? */
	bool		explicit_only;	/* special categories of data */
	bool		direct_marketing;
	bool		survives_restriction;
	bool		third_party;	/* recipient is not ourselves */
	int			min_age;		/* 0: none */
	int			digital_age;	/* age at which a child consents alone; 0:
								 * none */
	int			confirm_days;	/* double opt-in window; 0: not needed */
	int			consent_days;	/* consent fades after; 0: never */
	int			soft_opt_in_days;	/* 0: there is no soft opt-in here */
	int			enquiry_days;
	int			retention_years;	/* 0: no end */
} ConsentRule;

typedef struct ConsentSubject
{
	bool		known;
	int32_t		born;			/* days since 2000-01-01, CLT_DATE_UNKNOWN */
	int64_t		erased_at;		/* CLT_TIME_MAX: not */
} ConsentSubject;

/* What one record says, before it meets the person's other records. */
typedef struct ConsentEval
{
	uint8_t		pass;			/* bases that hold */
	uint8_t		deny;			/* bases closed, for the whole person */
	int8_t		reason;			/* why not, if nothing passes */
	int64_t		reason_seq;		/* the event behind it, or 0 */
	int64_t		until[CLT_BASES];	/* basis holds before this instant */
	int64_t		seq[CLT_BASES]; /* the event it rests on */
	int64_t		next_change;	/* the answer stands before this instant */
	int8_t		order[CLT_BASES];
	int			norder;
} ConsentEval;

typedef struct ConsentDecision
{
	bool		allow;
	int8_t		reason;
	int8_t		basis;
	int64_t		seq;
	int64_t		valid_until;
} ConsentDecision;

/* words.c */
extern const char *const clt_consent_basis_names[CLT_BASIS_COUNT];
extern const char *const clt_consent_reason_names[CLT_REASON_COUNT];

extern int	clt_consent_event_code(const char *name);
extern int	clt_consent_basis_code(const char *name);

/* calendar.c */
extern int64_t clt_consent_add_days(int64_t at, int64_t days);
extern int64_t clt_consent_add_years(int64_t at, int years);
extern int64_t clt_consent_birthday(int32_t born, int years);

/* decision.c */
extern void clt_consent_evaluate(const ConsentEvent *events, int nevents,
								 const ConsentRule *rule,
								 const ConsentSubject *subject,
								 int64_t at, int64_t known, ConsentEval *out);
extern void clt_consent_combine(const ConsentEval *evals, int nevals,
								ConsentDecision *out);

#endif
