/*
 * scope.c
 *		What a question has to do with a rule or an event: trees of purposes and
 *		channels, countries, notices, recipients, products.
 *
 * What can go wrong: names that no longer exist in the trees.  A denial whose
 * purpose or channel has vanished is taken to be about everything, a grant to
 * be about nothing.
 */
#include <stddef.h>
#include <string.h>

#include "consent/scope.h"

#define MAX_DEPTH 64			/* of a tree; stops at circles */

int
clt_tree_find(const Tree *tree, const char *name)
{
	for (int i = 0; i < tree->n; i++)
	{
		if (strcmp(tree->node[i].name, name) == 0)
			return i;
	}
	return SCOPE_UNKNOWN;
}

void
clt_tree_connect(Tree *tree)
{
	for (int i = 0; i < tree->n; i++)
	{
		TreeNode   *t = &tree->node[i];

		t->parent = t->parent_name ? clt_tree_find(tree, t->parent_name) : SCOPE_ALL;
		t->follows = t->follows_name ? clt_tree_find(tree, t->follows_name) : SCOPE_ALL;
	}
}

/* How many steps lead from a node up to scope; -1 if none do. */
static int
tree_distance(const Tree *tree, int scope, int node)
{
	for (int steps = 0; node >= 0 && steps < MAX_DEPTH; steps++)
	{
		if (node == scope)
			return steps;
		node = tree->node[node].parent;
	}
	return -1;
}

const Jurisdiction *
clt_scope_jurisdiction(const RuleBase *rb, const char *code)
{
	const Jurisdiction *strictest = NULL;

	for (int i = 0; i < rb->njurisdictions; i++)
	{
		if (code != NULL && strcmp(rb->jurisdictions[i].code, code) == 0)
			return &rb->jurisdictions[i];
		if (strcmp(rb->jurisdictions[i].code, "ZZ") == 0)
			strictest = &rb->jurisdictions[i];
	}
	return strictest;
}

/* The rule row that applies: nearest purpose, then nearest channel, then own country. */
const RuleRow *
clt_scope_rule(const RuleBase *rb, const Question *q, const char *jurisdiction)
{
	const RuleRow *best = NULL;
	int			best_rank = 0;

	if (q->purpose < 0 || q->channel < 0)
		return NULL;
	for (int i = 0; i < rb->nrules; i++)
	{
		const RuleRow *r = &rb->rules[i];
		int			dp;
		int			dc;
		int			rank;

		if (r->purpose < 0 || r->channel < 0)
			continue;
		if (r->jurisdiction != NULL && (jurisdiction == NULL || strcmp(r->jurisdiction, jurisdiction) != 0))
			continue;
		dp = tree_distance(&rb->purposes, r->purpose, q->purpose);
		dc = tree_distance(&rb->channels, r->channel, q->channel);
		if (dp < 0 || dc < 0)
			continue;
		rank = (dp * MAX_DEPTH + dc) * 2 + (r->jurisdiction == NULL ? 1 : 0);
		if (best == NULL || rank < best_rank)
		{
			best = r;
			best_rank = rank;
		}
	}
	return best;
}

/* Puts together what the kernel needs to know of the law. */
static const RuleRow *
make_rule(const RuleBase *rb, const Question *q, const char *jurisdiction, ConsentRule *rule)
{
	const Jurisdiction *j = clt_scope_jurisdiction(rb, jurisdiction);
	const RuleRow *row = clt_scope_rule(rb, q, j ? j->code : NULL);
	const TreeNode *p;

	memset(rule, 0, sizeof(*rule));
	if (row == NULL || j == NULL)
		return NULL;
	p = &rb->purposes.node[q->purpose];
	rule->found = true;
	rule->nbases = row->nbases;
	memcpy(rule->bases, row->bases, sizeof(rule->bases));
	rule->third_party = q->recipient != NULL;
	rule->confirm_days = j->double_opt_in && rb->electronic >= 0 &&
		tree_distance(&rb->channels, rb->electronic, q->channel) >= 0 ? j->confirm_days : 0;
	rule->digital_age = j->digital_age;
	rule->consent_days = j->consent_days;
	rule->soft_opt_in_days = j->soft_opt_in_days;
	rule->enquiry_days = j->enquiry_days;
	rule->retention_years = j->retention_years;
	rule->survives_restriction = p->survives_restriction;

	/* what makes a purpose stricter is inherited from the wider one */
	for (int node = q->purpose, steps = 0; node >= 0 && steps < MAX_DEPTH; node = rb->purposes.node[node].parent, steps++)
	{
		p = &rb->purposes.node[node];
		rule->direct_marketing |= p->direct_marketing;
		rule->explicit_only |= p->special_category;
		rule->min_age = p->min_age > rule->min_age ? p->min_age : rule->min_age;
	}
	return row;
}

static bool
is_grant_kind(int kind)
{
	return kind == CLT_EV_GIVEN || kind == CLT_EV_RENEWED || kind == CLT_EV_CONFIRMED ||
		kind == CLT_EV_COMPELLING || kind == CLT_EV_UNRESTRICTED || kind == CLT_EV_UNSUPPRESSED ||
		kind == CLT_EV_NOTICE_SERVED || kind == CLT_EV_RELATION_START || kind == CLT_EV_ENQUIRY;
}

static bool
covers_purpose(const RuleBase *rb, const LedgerEvent *ev, int purpose)
{
	int			kind = ev->e.kind;

	if (ev->purpose == SCOPE_ALL)
		return true;
	if (ev->purpose == SCOPE_UNKNOWN)
		return !is_grant_kind(kind);
	for (int node = purpose, steps = 0; node >= 0 && steps < MAX_DEPTH; node = rb->purposes.node[node].parent, steps++)
	{
		const TreeNode *p = &rb->purposes.node[node];

		if (node == ev->purpose)
			return true;
		/* consent to the whole does not reach a part that was added later */
		if (is_grant_kind(kind) && p->since > ev->e.at)
			return false;
		if (kind == CLT_EV_OBJECTED && p->follows >= 0 &&
			tree_distance(&rb->purposes, ev->purpose, p->follows) >= 0)
			return true;
	}
	return false;
}

static bool
covers_channel(const RuleBase *rb, const LedgerEvent *ev, int channel)
{
	if (ev->channel == SCOPE_ALL)
		return true;
	if (ev->channel == SCOPE_UNKNOWN)
		return !is_grant_kind(ev->e.kind);
	return tree_distance(&rb->channels, ev->channel, channel) >= 0;
}

static bool
names(const Notice *notice, const char *recipient)
{
	for (int i = 0; notice != NULL && i < notice->nrecipients; i++)
	{
		if (strcmp(notice->recipients[i], recipient) == 0)
			return true;
	}
	return false;
}

/* Grants are for one recipient, ourselves unless named; denials are for all unless named. */
static bool
covers_recipient(const LedgerEvent *ev, const char *recipient)
{
	bool		same = ev->recipient == NULL ? recipient == NULL
	: (recipient != NULL && strcmp(ev->recipient, recipient) == 0);

	switch (ev->e.kind)
	{
		case CLT_EV_GIVEN:
		case CLT_EV_RENEWED:
		case CLT_EV_CONFIRMED:
		case CLT_EV_ENQUIRY:
		case CLT_EV_RELATION_START:
			return same;
		default:
			return same || ev->recipient == NULL;
	}
}

/* Fills in what depends on the question. */
static void
look_from(const RuleBase *rb, const Question *q, Record *rec)
{
	for (int i = 0; i < rec->nevents; i++)
	{
		const LedgerEvent *ev = &rec->events[i];
		ConsentEvent *f = &rec->facts[i];

		*f = ev->e;
		if (q->purpose < 0 || q->channel < 0)
			continue;
		if (covers_purpose(rb, ev, q->purpose) && covers_channel(rb, ev, q->channel) &&
			covers_recipient(ev, q->recipient))
			f->flags |= CLT_EF_COVERS;
		if (q->recipient != NULL &&
			(names(ev->notice, q->recipient) ||
			 (ev->recipient != NULL && strcmp(ev->recipient, q->recipient) == 0)))
			f->flags |= CLT_EF_NAMES_RECIPIENT;
		if (ev->product == NULL || (q->product != NULL && strcmp(ev->product, q->product) == 0))
			f->flags |= CLT_EF_PRODUCT;
	}
}

void
clt_scope_evaluate(const RuleBase *rb, const Question *q, Record *rec, int64_t at, int64_t known,
				   ConsentEval *eval)
{
	ConsentRule rule;

	make_rule(rb, q, rec->jurisdiction, &rule);
	look_from(rb, q, rec);
	clt_consent_evaluate(rec->facts, rec->nevents, &rule, &rec->subject, at, known, eval);
}

const Notice *
clt_scope_notice(const RuleBase *rb, const char *notice, const char *version, int64_t at)
{
	const Notice *best = NULL;

	if (notice == NULL)
		return NULL;
	for (int i = 0; i < rb->nnotices; i++)
	{
		const Notice *n = &rb->notices[i];

		if (strcmp(n->notice, notice) != 0)
			continue;
		if (version != NULL)
		{
			if (strcmp(n->version, version) == 0)
				return n;
		}
		else if (n->in_force_from <= at && (best == NULL || n->in_force_from > best->in_force_from))
			best = n;
	}
	return best;
}

/* Contracts end by product: each product of a record gets a number of its own. */
uint32_t
clt_scope_product(const Record *rec, const char *product)
{
	uint32_t	next = 1;

	if (product == NULL)
		return 0;
	for (int i = 0; i < rec->nevents; i++)
	{
		if (rec->events[i].product != NULL && strcmp(rec->events[i].product, product) == 0)
			return rec->events[i].e.product;
		if (rec->events[i].e.product >= next)
			next = rec->events[i].e.product + 1;
	}
	return next;
}
