/*
 * scope.h
 *		The rules in memory, and the events of a record as a question sees them.
 *
 * Pure: no server header, no allocation, no error.
 */
#ifndef CLT_CONSENT_SCOPE_H
#define CLT_CONSENT_SCOPE_H

#include "consent/decision.h"

#define SCOPE_ALL (-1)			/* not restricted */
#define SCOPE_UNKNOWN (-2)		/* a name that is in no table */

typedef struct TreeNode
{
	const char *name;
	const char *parent_name;
	const char *follows_name;
	int			parent;			/* index, or SCOPE_ALL at the root */
	int			follows;
	int64_t		since;
	int			min_age;
	bool		direct_marketing;
	bool		survives_restriction;
	bool		special_category;
} TreeNode;

typedef struct Tree
{
	TreeNode   *node;
	int			n;
} Tree;

typedef struct Jurisdiction
{
	const char *code;
	int			digital_age;
	bool		double_opt_in;
	int			confirm_days;
	int			consent_days;
	int			soft_opt_in_days;
	int			enquiry_days;
	int			retention_years;
} Jurisdiction;

typedef struct RuleRow
{
	int			purpose;
	int			channel;
	const char *jurisdiction;	/* NULL: anywhere */
	int8_t		bases[CLT_BASES];
	int			nbases;
	const void *obligations;	/* text[] */
} RuleRow;

typedef struct Notice
{
	const char *notice;
	const char *version;
	int64_t		in_force_from;
	int64_t		superseded_at;
	bool		reconsent;
	bool		offers_opt_out;
	char	  **recipients;
	int			nrecipients;
} Notice;

typedef struct RuleBase
{
	const char *stamp;
	Tree		purposes;
	Tree		channels;
	Jurisdiction *jurisdictions;
	int			njurisdictions;
	RuleRow    *rules;
	int			nrules;
	Notice	   *notices;
	int			nnotices;
	int			electronic;		/* the channel of that name */
} RuleBase;

/* The question, with its names resolved. */
typedef struct Question
{
	int			slot;
	int			purpose;
	int			channel;
	const char *recipient;		/* NULL: ourselves */
	const char *product;
} Question;

/* An event as the ledger has it, names resolved, before any question. */
typedef struct LedgerEvent
{
	ConsentEvent e;
	int			purpose;
	int			channel;
	const Notice *notice;
	const char *recipient;
	const char *product;
} LedgerEvent;

typedef struct Record
{
	ConsentSubject subject;
	const char *name;
	const char *jurisdiction;
	LedgerEvent *events;
	ConsentEvent *facts;		/* the same, seen from the current question */
	int			nevents;
	int			capacity;
} Record;

extern int	clt_tree_find(const Tree *tree, const char *name);
extern void clt_tree_connect(Tree *tree);
extern const Jurisdiction *clt_scope_jurisdiction(const RuleBase *rb, const char *code);
extern const RuleRow *clt_scope_rule(const RuleBase *rb, const Question *q, const char *jurisdiction);
extern const Notice *clt_scope_notice(const RuleBase *rb, const char *notice, const char *version, int64_t at);
extern uint32_t clt_scope_product(const Record *rec, const char *product);
extern void clt_scope_evaluate(const RuleBase *rb, const Question *q, Record *rec, int64_t at, int64_t known,
							   ConsentEval *eval);

#endif
