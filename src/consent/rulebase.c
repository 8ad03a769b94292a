/*
 * rulebase.c
 *		The rules of consent, read from their tables.
 *
 * The rules (a few hundred short rows) are read once and kept by the backend
 * until their digest in clientele.rule_stamp changes; the digest is read under
 * the snapshot of the caller, so that a statement never mixes old rules with
 * new ones.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "consent/ledger.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

static MemoryContext rules_context = NULL;
static RuleBase *rules_cache = NULL;

void
clt_consent_query(const char *sql)
{
	int			rc = SPI_execute(sql, true, 0);

	if (rc != SPI_OK_SELECT)
		elog(ERROR, "reading the rules of consent failed: %s", SPI_result_code_string(rc));
}

static void
load_tree(Tree *tree, const char *sql)
{
	clt_consent_query(sql);
	tree->n = (int) SPI_processed;
	tree->node = MemoryContextAllocZero(rules_context, sizeof(TreeNode) * (tree->n + 1));
	for (int i = 0; i < tree->n; i++)
	{
		HeapTuple	t = SPI_tuptable->vals[i];
		TupleDesc	d = SPI_tuptable->tupdesc;
		TreeNode   *node = &tree->node[i];
		char	   *parent = SPI_getvalue(t, d, 2);
		char	   *follows = SPI_getvalue(t, d, 3);

		node->name = MemoryContextStrdup(rules_context, SPI_getvalue(t, d, 1));
		node->parent_name = parent ? MemoryContextStrdup(rules_context, parent) : NULL;
		node->follows_name = follows ? MemoryContextStrdup(rules_context, follows) : NULL;
		node->direct_marketing = column_bool(t, d, 4);
		node->survives_restriction = column_bool(t, d, 5);
		node->special_category = column_bool(t, d, 6);
		node->min_age = column_int(t, d, 7);
		node->since = column_time(t, d, 8, DT_NOBEGIN);
	}
	clt_tree_connect(tree);
}

static void
load_jurisdictions(RuleBase *rb)
{
	clt_consent_query("SELECT DISTINCT ON (jurisdiction) jurisdiction, digital_age, double_opt_in, confirm_days, consent_days, "
					  "soft_opt_in_days, enquiry_days, retention_years FROM clientele.jurisdiction ORDER BY jurisdiction, builtin");
	rb->njurisdictions = (int) SPI_processed;
	rb->jurisdictions = MemoryContextAllocZero(rules_context, sizeof(Jurisdiction) * (rb->njurisdictions + 1));
	for (int i = 0; i < rb->njurisdictions; i++)
	{
		HeapTuple	t = SPI_tuptable->vals[i];
		TupleDesc	d = SPI_tuptable->tupdesc;
		Jurisdiction *j = &rb->jurisdictions[i];

		j->code = MemoryContextStrdup(rules_context, SPI_getvalue(t, d, 1));
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
	clt_consent_query("SELECT DISTINCT ON (purpose, channel, jurisdiction) purpose, channel, jurisdiction, bases, obligations "
					  "FROM clientele.legal_rule ORDER BY purpose, channel, jurisdiction, builtin");
	rb->nrules = (int) SPI_processed;
	rb->rules = MemoryContextAllocZero(rules_context, sizeof(RuleRow) * (rb->nrules + 1));
	for (int i = 0; i < rb->nrules; i++)
	{
		HeapTuple	t = SPI_tuptable->vals[i];
		TupleDesc	d = SPI_tuptable->tupdesc;
		RuleRow    *r = &rb->rules[i];
		char	   *jurisdiction = SPI_getvalue(t, d, 3);
		bool		isnull;
		ArrayType  *bases = DatumGetArrayTypeP(SPI_getbinval(t, d, 4, &isnull));
		ArrayType  *duties = DatumGetArrayTypeP(SPI_getbinval(t, d, 5, &isnull));
		Datum	   *names;
		int			n;
		MemoryContext old;

		r->purpose = clt_tree_find(&rb->purposes, SPI_getvalue(t, d, 1));
		r->channel = clt_tree_find(&rb->channels, SPI_getvalue(t, d, 2));
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
	clt_consent_query("SELECT DISTINCT ON (notice, version) notice, version, in_force_from, reconsent, offers_opt_out, recipients "
					  "FROM clientele.notice ORDER BY notice, version, builtin");
	rb->nnotices = (int) SPI_processed;
	rb->notices = MemoryContextAllocZero(rules_context, sizeof(Notice) * (rb->nnotices + 1));
	for (int i = 0; i < rb->nnotices; i++)
	{
		HeapTuple	t = SPI_tuptable->vals[i];
		TupleDesc	d = SPI_tuptable->tupdesc;
		Notice	   *n = &rb->notices[i];
		bool		isnull;
		ArrayType  *who = DatumGetArrayTypeP(SPI_getbinval(t, d, 6, &isnull));
		Datum	   *names;
		bool	   *nulls;

		n->notice = MemoryContextStrdup(rules_context, SPI_getvalue(t, d, 1));
		n->version = MemoryContextStrdup(rules_context, SPI_getvalue(t, d, 2));
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
const RuleBase *
clt_consent_rules(void)
{
	char	   *stamp;
	RuleBase   *rb;

	clt_consent_query("SELECT stamp FROM clientele.rule_stamp");
	if (SPI_processed != 1)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("clientele.rule_stamp has no row")));
	stamp = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
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
	rb->electronic = clt_tree_find(&rb->channels, "electronic");
	rules_cache = rb;
	return rb;
}
