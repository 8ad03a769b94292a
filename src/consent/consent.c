/*-------------------------------------------------------------------------
 *
 * consent.c
 *	  Reads rules and ledger and asks the decision kernel.
 *
 * The rules (a few hundred short rows) are read once and kept by the backend
 * until their digest in clientele.rule_stamp changes; the digest is read under
 * the snapshot of the caller, so that a statement never mixes old rules with
 * new ones.  Events are read through SPI with the rights of the caller.
 *
 * What can go wrong: names that no longer exist in the trees.  A denial whose
 * purpose or channel has vanished is taken to be about everything, a grant to
 * be about nothing.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "consent/decision.h"
#include "core/clientele.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#define SCOPE_ALL (-1)			/* not restricted */
#define SCOPE_UNKNOWN (-2)		/* a name that is in no table */
#define MAX_DEPTH 64			/* of a tree; stops at circles */
#define CURSOR_ROWS 5000

typedef struct TreeNode
{
	const char *name;
	const char *parent_name;
	const char *follows_name;
	int			parent;			/* index, or SCOPE_ALL at the root */
	int			follows;
	TimestampTz since;
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
	int8		bases[CLT_BASES];
	int			nbases;
	ArrayType  *obligations;
} RuleRow;

typedef struct Notice
{
	const char *notice;
	const char *version;
	TimestampTz in_force_from;
	TimestampTz superseded_at;
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

static MemoryContext rules_context = NULL;
static RuleBase *rules_cache = NULL;

static char *
column_text(HeapTuple tuple, TupleDesc desc, int col)
{
	return SPI_getvalue(tuple, desc, col);
}

static Datum
column(HeapTuple tuple, TupleDesc desc, int col, bool *isnull)
{
	return SPI_getbinval(tuple, desc, col, isnull);
}

static int
column_int(HeapTuple tuple, TupleDesc desc, int col)
{
	bool		isnull;
	Datum		d = column(tuple, desc, col, &isnull);

	return isnull ? 0 : DatumGetInt32(d);
}

static bool
column_bool(HeapTuple tuple, TupleDesc desc, int col)
{
	bool		isnull;
	Datum		d = column(tuple, desc, col, &isnull);

	return !isnull && DatumGetBool(d);
}

static TimestampTz
column_time(HeapTuple tuple, TupleDesc desc, int col, TimestampTz if_null)
{
	bool		isnull;
	Datum		d = column(tuple, desc, col, &isnull);

	return isnull ? if_null : DatumGetTimestampTz(d);
}

static int
tree_find(const Tree *tree, const char *name)
{
	for (int i = 0; i < tree->n; i++)
	{
		if (strcmp(tree->node[i].name, name) == 0)
			return i;
	}
	return SCOPE_UNKNOWN;
}

static void
tree_connect(Tree *tree)
{
	for (int i = 0; i < tree->n; i++)
	{
		TreeNode   *t = &tree->node[i];

		t->parent = t->parent_name ? tree_find(tree, t->parent_name) : SCOPE_ALL;
		t->follows = t->follows_name ? tree_find(tree, t->follows_name) : SCOPE_ALL;
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

static void
run(const char *sql)
{
	int			rc = SPI_execute(sql, true, 0);

	if (rc != SPI_OK_SELECT)
		elog(ERROR, "reading the rules of consent failed: %s", SPI_result_code_string(rc));
}

static void
load_tree(Tree *tree, const char *sql)
{
	run(sql);
	tree->n = (int) SPI_processed;
	tree->node = MemoryContextAllocZero(rules_context, sizeof(TreeNode) * (tree->n + 1));
	for (int i = 0; i < tree->n; i++)
	{
		HeapTuple	t = SPI_tuptable->vals[i];
		TupleDesc	d = SPI_tuptable->tupdesc;
		TreeNode   *node = &tree->node[i];
		char	   *parent = column_text(t, d, 2);
		char	   *follows = column_text(t, d, 3);

		node->name = MemoryContextStrdup(rules_context, column_text(t, d, 1));
		node->parent_name = parent ? MemoryContextStrdup(rules_context, parent) : NULL;
		node->follows_name = follows ? MemoryContextStrdup(rules_context, follows) : NULL;
		node->direct_marketing = column_bool(t, d, 4);
		node->survives_restriction = column_bool(t, d, 5);
		node->special_category = column_bool(t, d, 6);
		node->min_age = column_int(t, d, 7);
		node->since = column_time(t, d, 8, DT_NOBEGIN);
	}
	tree_connect(tree);
}

static void
load_jurisdictions(RuleBase *rb)
{
	run("SELECT DISTINCT ON (jurisdiction) jurisdiction, digital_age, double_opt_in, confirm_days, consent_days, "
		"soft_opt_in_days, enquiry_days, retention_years FROM clientele.jurisdiction ORDER BY jurisdiction, builtin");
	rb->njurisdictions = (int) SPI_processed;
	rb->jurisdictions = MemoryContextAllocZero(rules_context, sizeof(Jurisdiction) * (rb->njurisdictions + 1));
	for (int i = 0; i < rb->njurisdictions; i++)
	{
		HeapTuple	t = SPI_tuptable->vals[i];
		TupleDesc	d = SPI_tuptable->tupdesc;
		Jurisdiction *j = &rb->jurisdictions[i];

		j->code = MemoryContextStrdup(rules_context, column_text(t, d, 1));
		j->digital_age = column_int(t, d, 2);
		j->double_opt_in = column_bool(t, d, 3);
		j->confirm_days = column_int(t, d, 4);
		j->consent_days = column_int(t, d, 5);
		j->soft_opt_in_days = column_int(t, d, 6);
		j->enquiry_days = column_int(t, d, 7);
		j->retention_years = column_int(t, d, 8);
	}
}

static void
load_rules(RuleBase *rb)
{
	run("SELECT DISTINCT ON (purpose, channel, jurisdiction) purpose, channel, jurisdiction, bases, obligations "
		"FROM clientele.legal_rule ORDER BY purpose, channel, jurisdiction, builtin");
	rb->nrules = (int) SPI_processed;
	rb->rules = MemoryContextAllocZero(rules_context, sizeof(RuleRow) * (rb->nrules + 1));
	for (int i = 0; i < rb->nrules; i++)
	{
		HeapTuple	t = SPI_tuptable->vals[i];
		TupleDesc	d = SPI_tuptable->tupdesc;
		RuleRow    *r = &rb->rules[i];
		char	   *jurisdiction = column_text(t, d, 3);
		bool		isnull;
		ArrayType  *bases = DatumGetArrayTypeP(column(t, d, 4, &isnull));
		ArrayType  *duties = DatumGetArrayTypeP(column(t, d, 5, &isnull));
		Datum	   *names;
		int			n;
		MemoryContext old;

		r->purpose = tree_find(&rb->purposes, column_text(t, d, 1));
		r->channel = tree_find(&rb->channels, column_text(t, d, 2));
		r->jurisdiction = strcmp(jurisdiction, "*") == 0 ? NULL : MemoryContextStrdup(rules_context, jurisdiction);
		deconstruct_array(bases, TEXTOID, -1, false, TYPALIGN_INT, &names, NULL, &n);
		for (int k = 0; k < n && r->nbases < CLT_BASES; k++)
			r->bases[r->nbases++] = (int8) clt_consent_basis_code(TextDatumGetCString(names[k]));
		old = MemoryContextSwitchTo(rules_context);
		r->obligations = DatumGetArrayTypePCopy(PointerGetDatum(duties));
		MemoryContextSwitchTo(old);
	}
}

static void
load_notices(RuleBase *rb)
{
	run("SELECT DISTINCT ON (notice, version) notice, version, in_force_from, reconsent, offers_opt_out, recipients "
		"FROM clientele.notice ORDER BY notice, version, builtin");
	rb->nnotices = (int) SPI_processed;
	rb->notices = MemoryContextAllocZero(rules_context, sizeof(Notice) * (rb->nnotices + 1));
	for (int i = 0; i < rb->nnotices; i++)
	{
		HeapTuple	t = SPI_tuptable->vals[i];
		TupleDesc	d = SPI_tuptable->tupdesc;
		Notice	   *n = &rb->notices[i];
		bool		isnull;
		ArrayType  *who = DatumGetArrayTypeP(column(t, d, 6, &isnull));
		Datum	   *names;
		bool	   *nulls;

		n->notice = MemoryContextStrdup(rules_context, column_text(t, d, 1));
		n->version = MemoryContextStrdup(rules_context, column_text(t, d, 2));
		n->in_force_from = column_time(t, d, 3, DT_NOBEGIN);
		n->reconsent = column_bool(t, d, 4);
		n->offers_opt_out = column_bool(t, d, 5);
		deconstruct_array(who, TEXTOID, -1, false, TYPALIGN_INT, &names, &nulls, &n->nrecipients);
		n->recipients = MemoryContextAllocZero(rules_context, sizeof(char *) * (n->nrecipients + 1));
		for (int k = 0; k < n->nrecipients; k++)
			n->recipients[k] = nulls[k] ? "" : MemoryContextStrdup(rules_context, TextDatumGetCString(names[k]));
	}
	for (int i = 0; i < rb->nnotices; i++)
	{
		Notice	   *n = &rb->notices[i];

		n->superseded_at = DT_NOEND;
		for (int k = 0; k < rb->nnotices; k++)
		{
			const Notice *o = &rb->notices[k];

			if (o->reconsent && o->in_force_from > n->in_force_from &&
				o->in_force_from < n->superseded_at && strcmp(o->notice, n->notice) == 0)
				n->superseded_at = o->in_force_from;
		}
	}
}

/* Returns the rules in force, from memory if their digest has not changed. */
static const RuleBase *
get_rules(void)
{
	char	   *stamp;
	RuleBase   *rb;

	run("SELECT stamp FROM clientele.rule_stamp");
	if (SPI_processed != 1)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("clientele.rule_stamp has no row")));
	stamp = column_text(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
	if (rules_cache != NULL && strcmp(rules_cache->stamp, stamp) == 0)
		return rules_cache;

	/* forget the old ones first: an error below must not leave half of them */
	rules_cache = NULL;
	if (rules_context == NULL)
		rules_context = AllocSetContextCreate(CacheMemoryContext, "clientele consent rules",
											  ALLOCSET_DEFAULT_SIZES);
	else
		MemoryContextReset(rules_context);
	rb = MemoryContextAllocZero(rules_context, sizeof(RuleBase));
	rb->stamp = MemoryContextStrdup(rules_context, stamp);
	load_tree(&rb->purposes,
			  "SELECT DISTINCT ON (purpose) purpose, parent, follows, direct_marketing, survives_restriction, "
			  "special_category, min_age, since FROM clientele.purpose ORDER BY purpose, builtin");
	load_tree(&rb->channels,
			  "SELECT DISTINCT ON (channel) channel, parent, NULL::pg_catalog.text, false, false, false, 0, "
			  "NULL::pg_catalog.timestamptz FROM clientele.channel ORDER BY channel, builtin");
	load_jurisdictions(rb);
	load_rules(rb);
	load_notices(rb);
	rb->electronic = tree_find(&rb->channels, "electronic");
	rules_cache = rb;
	return rb;
}

static const Jurisdiction *
find_jurisdiction(const RuleBase *rb, const char *code)
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
static const RuleRow *
find_rule_row(const RuleBase *rb, const Question *q, const char *jurisdiction)
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
	const Jurisdiction *j = find_jurisdiction(rb, jurisdiction);
	const RuleRow *row = find_rule_row(rb, q, j ? j->code : NULL);
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
		rule->min_age = Max(rule->min_age, p->min_age);
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

static void
evaluate(const RuleBase *rb, const Question *q, Record *rec, TimestampTz at, TimestampTz known,
		 ConsentEval *eval)
{
	ConsentRule rule;

	make_rule(rb, q, rec->jurisdiction, &rule);
	look_from(rb, q, rec);
	clt_consent_evaluate(rec->facts, rec->nevents, &rule, &rec->subject, at, known, eval);
}

static bool
ledger_exists(void)
{
	Oid			nsp = get_namespace_oid("clientele_ledger", true);

	return OidIsValid(nsp) && OidIsValid(get_relname_relid("event", nsp));
}

static const Notice *
find_notice(const RuleBase *rb, const char *notice, const char *version, TimestampTz at)
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

#define LEDGER_QUERY \
	"SELECT s.subject, s.jurisdiction, s.born, s.erased_at, e.seq, e.event, e.at, e.recorded_at, e.purpose, e.channel, " \
	"e.recipient, e.basis, e.expires_at, e.notice, e.notice_version, e.product, e.guardian, e.explicit " \
	"FROM clientele_ledger.subject s LEFT JOIN clientele_ledger.event e ON e.subject OPERATOR(pg_catalog.=) s.subject "

static SPIPlanPtr
ledger_plan(bool all)
{
	static SPIPlanPtr plans[2];
	SPIPlanPtr	plan = plans[all];
	Oid			argtypes[1] = {TEXTARRAYOID};

	if (plan != NULL && SPI_plan_is_valid(plan))
		return plan;
	if (plan != NULL)
		SPI_freeplan(plan);
	plans[all] = NULL;
	plan = SPI_prepare_cursor(all ? LEDGER_QUERY "ORDER BY s.subject"
							  : LEDGER_QUERY "WHERE s.subject OPERATOR(pg_catalog.=) ANY ($1) ORDER BY s.subject",
							  all ? 0 : 1, argtypes, 0);
	if (plan == NULL)
		elog(ERROR, "preparing to read the consent ledger failed: %s", SPI_result_code_string(SPI_result));
	SPI_keepplan(plan);
	plans[all] = plan;
	return plan;
}

static void
read_subject(HeapTuple t, TupleDesc d, Record *rec)
{
	bool		isnull;
	Datum		born = column(t, d, 3, &isnull);

	rec->name = column_text(t, d, 1);
	rec->jurisdiction = column_text(t, d, 2);
	rec->subject.known = true;
	rec->subject.born = isnull || DATE_NOT_FINITE(DatumGetDateADT(born)) ? CLT_DATE_UNKNOWN : DatumGetDateADT(born);
	rec->subject.erased_at = column_time(t, d, 4, DT_NOEND);
	rec->nevents = 0;
}

static int
resolve(const Tree *tree, const char *name)
{
	return name == NULL ? SCOPE_ALL : tree_find(tree, name);
}

/* Contracts end by product: each product of a record gets a number of its own. */
static uint32
product_number(const Record *rec, const char *product)
{
	uint32		next = 1;

	if (product == NULL)
		return 0;
	for (int i = 0; i < rec->nevents; i++)
	{
		if (rec->events[i].product != NULL && strcmp(rec->events[i].product, product) == 0)
			return rec->events[i].e.product;
		next = Max(next, rec->events[i].e.product + 1);
	}
	return next;
}

static void
read_event(const RuleBase *rb, HeapTuple t, TupleDesc d, Record *rec)
{
	bool		isnull;
	Datum		seq = column(t, d, 5, &isnull);
	char	   *basis;
	char	   *notice;
	LedgerEvent *ev;

	if (isnull)
		return;
	if (rec->nevents == rec->capacity)
	{
		rec->capacity = Max(16, rec->capacity * 2);
		rec->events = rec->events ? repalloc(rec->events, sizeof(LedgerEvent) * rec->capacity)
			: palloc(sizeof(LedgerEvent) * rec->capacity);
		rec->facts = rec->facts ? repalloc(rec->facts, sizeof(ConsentEvent) * rec->capacity)
			: palloc(sizeof(ConsentEvent) * rec->capacity);
	}
	ev = &rec->events[rec->nevents];
	memset(ev, 0, sizeof(*ev));
	ev->e.seq = DatumGetInt64(seq);
	ev->e.kind = (int8) clt_consent_event_code(column_text(t, d, 6));
	ev->e.at = column_time(t, d, 7, DT_NOEND);
	ev->e.recorded_at = column_time(t, d, 8, DT_NOEND);
	ev->purpose = resolve(&rb->purposes, column_text(t, d, 9));
	ev->channel = resolve(&rb->channels, column_text(t, d, 10));
	ev->recipient = column_text(t, d, 11);
	basis = column_text(t, d, 12);
	ev->e.basis = basis ? (int8) clt_consent_basis_code(basis) : CLT_BASIS_NONE;
	ev->e.expires_at = column_time(t, d, 13, DT_NOEND);
	notice = column_text(t, d, 14);
	ev->notice = find_notice(rb, notice, column_text(t, d, 15), ev->e.at);
	ev->e.superseded_at = DT_NOEND;
	if (ev->notice != NULL)
	{
		ev->e.flags |= CLT_EF_NOTICE;
		if (ev->notice->offers_opt_out)
			ev->e.flags |= CLT_EF_OPT_OUT;
		ev->e.superseded_at = ev->notice->superseded_at;
	}
	ev->product = column_text(t, d, 16);
	ev->e.product = product_number(rec, ev->product);
	if (column_bool(t, d, 17))
		ev->e.flags |= CLT_EF_GUARDIAN;
	if (column_bool(t, d, 18))
		ev->e.flags |= CLT_EF_EXPLICIT;
	rec->nevents++;
}

typedef void (*RecordCallback) (const RuleBase *rb, Record *rec, void *arg);

/* Reads the records asked for, or all of them, and calls back for each. */
static void
read_ledger(const RuleBase *rb, Datum subjects, bool all, RecordCallback callback, void *arg)
{
	Portal		portal;
	Record		rec;
	bool		open = false;
	MemoryContext record_context = AllocSetContextCreate(CurrentMemoryContext, "clientele consent record",
														 ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = CurrentMemoryContext;
	char		nulls[1] = {' '};

	memset(&rec, 0, sizeof(rec));
	portal = SPI_cursor_open(NULL, ledger_plan(all), all ? NULL : &subjects, all ? NULL : nulls, true);
	for (;;)
	{
		SPI_cursor_fetch(portal, true, CURSOR_ROWS);
		if (SPI_processed == 0)
			break;
		for (uint64 i = 0; i < SPI_processed; i++)
		{
			HeapTuple	t = SPI_tuptable->vals[i];
			TupleDesc	d = SPI_tuptable->tupdesc;
			char	   *name = column_text(t, d, 1);

			CHECK_FOR_INTERRUPTS();
			if (!open || strcmp(name, rec.name) != 0)
			{
				if (open)
				{
					MemoryContextSwitchTo(record_context);
					callback(rb, &rec, arg);
					MemoryContextSwitchTo(caller);
				}
				MemoryContextReset(record_context);
				memset(&rec, 0, sizeof(rec));
				MemoryContextSwitchTo(record_context);
				read_subject(t, d, &rec);
				MemoryContextSwitchTo(caller);
				open = true;
			}
			MemoryContextSwitchTo(record_context);
			read_event(rb, t, d, &rec);
			MemoryContextSwitchTo(caller);
			pfree(name);
		}
		SPI_freetuptable(SPI_tuptable);
	}
	if (open)
	{
		MemoryContextSwitchTo(record_context);
		callback(rb, &rec, arg);
		MemoryContextSwitchTo(caller);
	}
	SPI_cursor_close(portal);
	MemoryContextDelete(record_context);
}

/* ---- consent_state -------------------------------------------------------- */

typedef struct StateOutput
{
	Question   *slots;
	int			nslots;
	TimestampTz now;
	Tuplestorestate *store;
	TupleDesc	desc;
} StateOutput;

static void
put_state(StateOutput *out, const char *subject, int slot, int deny, int basis, TimestampTz until,
		  TimestampTz next_change)
{
	Datum		values[6];
	bool		nulls[6] = {0};

	values[0] = CStringGetTextDatum(subject);
	values[1] = Int32GetDatum(slot);
	values[2] = Int16GetDatum((int16) deny);
	values[3] = Int16GetDatum((int16) basis);
	values[4] = TimestampTzGetDatum(until);
	values[5] = TimestampTzGetDatum(next_change);
	nulls[4] = basis == 0;
	nulls[5] = next_change == DT_NOEND;
	tuplestore_putvalues(out->store, out->desc, values, nulls);
}

static void
put_record_state(const RuleBase *rb, Record *rec, void *arg)
{
	StateOutput *out = arg;

	for (int s = 0; s < out->nslots; s++)
	{
		ConsentEval eval;
		TimestampTz next;

		evaluate(rb, &out->slots[s], rec, out->now, DT_NOEND, &eval);
		/* a basis that runs out is a change too */
		next = eval.next_change;
		for (int b = 0; b < CLT_BASES; b++)
		{
			if (eval.pass & CLT_BASIS_BIT(b))
				next = Min(next, eval.until[b]);
		}
		if (eval.deny != 0 || (eval.pass == 0 && next != DT_NOEND))
			put_state(out, rec->name, out->slots[s].slot, eval.deny, 0, DT_NOEND, next);
		for (int b = 0; b < CLT_BASES; b++)
		{
			if (eval.pass & CLT_BASIS_BIT(b))
				put_state(out, rec->name, out->slots[s].slot, 0, CLT_BASIS_BIT(b), eval.until[b], next);
		}
	}
}

static void
read_slots(const RuleBase *rb, StateOutput *out)
{
	run("SELECT slot, purpose, channel, recipient, product FROM clientele_ledger.slot ORDER BY slot");
	out->nslots = (int) SPI_processed;
	out->slots = palloc0(sizeof(Question) * (out->nslots + 1));
	for (int i = 0; i < out->nslots; i++)
	{
		HeapTuple	t = SPI_tuptable->vals[i];
		TupleDesc	d = SPI_tuptable->tupdesc;
		Question   *q = &out->slots[i];
		char	   *recipient = column_text(t, d, 4);

		q->slot = column_int(t, d, 1);
		q->purpose = tree_find(&rb->purposes, column_text(t, d, 2));
		q->channel = tree_find(&rb->channels, column_text(t, d, 3));
		q->recipient = strcmp(recipient, "own") == 0 ? NULL : recipient;
		q->product = column_text(t, d, 5);
	}
}

/* clt_consent_state answers the questions of all views, record by record. */
CLT_FUNCTION_INFO_V1(clt_consent_state);
Datum
clt_consent_state(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	StateOutput out;
	const RuleBase *rb;

	InitMaterializedSRF(fcinfo, 0);
	if (!ledger_exists())
		return (Datum) 0;
	out.store = rsinfo->setResult;
	out.desc = rsinfo->setDesc;
	out.now = GetCurrentTimestamp();

	SPI_connect();
	rb = get_rules();
	read_slots(rb, &out);
	if (out.nslots > 0)
		read_ledger(rb, PG_ARGISNULL(0) ? (Datum) 0 : PG_GETARG_DATUM(0), PG_ARGISNULL(0),
					put_record_state, &out);
	SPI_finish();
	return (Datum) 0;
}

/* ---- decide --------------------------------------------------------------- */

typedef struct DecideInput
{
	Question	query;
	TimestampTz at;
	TimestampTz known;
	char	  **names;
	int			n;
	ConsentEval *evals;
	const RuleRow **rows;
} DecideInput;

static void
decide_record(const RuleBase *rb, Record *rec, void *arg)
{
	DecideInput *in = arg;

	for (int i = 0; i < in->n; i++)
	{
		if (in->names[i] != NULL && strcmp(in->names[i], rec->name) == 0)
		{
			const Jurisdiction *j = find_jurisdiction(rb, rec->jurisdiction);

			in->rows[i] = find_rule_row(rb, &in->query, j ? j->code : NULL);
			evaluate(rb, &in->query, rec, in->at, in->known, &in->evals[i]);
		}
	}
}

static char *
arg_text(FunctionCallInfo fcinfo, int n)
{
	return PG_ARGISNULL(n) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(n));
}

/* clt_decide_records decides for one person, given as his records. */
CLT_FUNCTION_INFO_V1(clt_decide_records);
Datum
clt_decide_records(PG_FUNCTION_ARGS)
{
	DecideInput in;
	ConsentDecision decision;
	TupleDesc	desc;
	Datum		values[6] = {0};
	bool		isnull[6] = {0};
	Datum	   *elems;
	bool	   *elem_nulls;
	char	   *purpose = arg_text(fcinfo, 1);
	char	   *channel = arg_text(fcinfo, 2);
	char	   *recipient = arg_text(fcinfo, 3);
	ArrayType  *obligations = NULL;
	const RuleBase *rb;
	ConsentSubject nobody = {0};
	ConsentRule rule;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	desc = BlessTupleDesc(desc);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();

	deconstruct_array(PG_GETARG_ARRAYTYPE_P(0), TEXTOID, -1, false, TYPALIGN_INT, &elems, &elem_nulls, &in.n);
	in.names = palloc0(sizeof(char *) * (in.n + 1));
	in.evals = palloc0(sizeof(ConsentEval) * (in.n + 1));
	in.rows = palloc0(sizeof(RuleRow *) * (in.n + 1));
	for (int i = 0; i < in.n; i++)
		in.names[i] = elem_nulls[i] ? NULL : TextDatumGetCString(elems[i]);
	in.at = PG_ARGISNULL(4) ? GetCurrentTimestamp() : PG_GETARG_TIMESTAMPTZ(4);
	in.known = PG_ARGISNULL(5) ? DT_NOEND : PG_GETARG_TIMESTAMPTZ(5);
	in.query.slot = 0;
	in.query.recipient = recipient != NULL && strcmp(recipient, "own") != 0 ? recipient : NULL;
	in.query.product = arg_text(fcinfo, 6);

	SPI_connect();
	rb = get_rules();
	in.query.purpose = purpose ? tree_find(&rb->purposes, purpose) : SCOPE_UNKNOWN;
	in.query.channel = channel ? tree_find(&rb->channels, channel) : SCOPE_UNKNOWN;
	memset(&rule, 0, sizeof(rule));
	for (int i = 0; i < in.n; i++)
		clt_consent_evaluate(NULL, 0, &rule, &nobody, in.at, in.known, &in.evals[i]);
	if (ledger_exists())
		read_ledger(rb, PG_GETARG_DATUM(0), false, decide_record, &in);
	clt_consent_combine(in.evals, in.n, &decision);
	if (decision.allow)
	{
		/* the duties are those of the rule under which a record passed */
		for (int i = 0; i < in.n && obligations == NULL; i++)
		{
			if (in.rows[i] != NULL && (in.evals[i].pass & CLT_BASIS_BIT(decision.basis)) != 0)
			{
				MemoryContext old = MemoryContextSwitchTo(GetMemoryChunkContext(in.evals));

				obligations = DatumGetArrayTypePCopy(PointerGetDatum(in.rows[i]->obligations));
				MemoryContextSwitchTo(old);
			}
		}
	}
	SPI_finish();

	values[0] = BoolGetDatum(decision.allow);
	values[1] = CStringGetTextDatum(clt_consent_reason_names[decision.reason]);
	if (decision.allow)
		values[2] = CStringGetTextDatum(clt_consent_basis_names[decision.basis]);
	isnull[2] = !decision.allow;
	values[3] = Int64GetDatum(decision.seq);
	isnull[3] = decision.seq == 0;
	values[4] = PointerGetDatum(obligations ? obligations : construct_empty_array(TEXTOID));
	values[5] = TimestampTzGetDatum(decision.valid_until);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(desc, values, isnull)));
}
