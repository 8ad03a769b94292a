/*
 * results.c
 *		Writing the outcome: the caller's own tables beside the source.
 *
 * <model>_pair and <model>_person are made at the first run and get new files at
 * each later one, in the caller's transaction: others see the old result until that
 * is committed (renew.c, result_locks.c, result_rows.c: how).  A table of that name that
 * we did not make is not touched.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/index.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "commands/comment.h"
#include "commands/tablecmds.h"
#include "commands/vacuum.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "core/clientele.h"
#include "linkage/crew.h"
#include "linkage/engine.h"
#include "linkage/index.h"
#include "linkage/large.h"
#include "linkage/meanwhile.h"
#include "linkage/progress.h"
#include "linkage/result_rows.h"
#include "linkage/result_tree.h"
#include "linkage/results.h"

/* clt_link_result_sql runs a statement about a result. */
void
clt_link_result_sql(const char *sql)
{
	int			rc = SPI_execute(sql, false, 0);

	if (rc < 0)
		elog(ERROR, "statement failed with %s: %s", SPI_result_code_string(rc), sql);
}

/* clt_link_result_name is how a result of the job's model is called. */
char	   *
clt_link_result_name(LinkJob *job, const char *suffix)
{
	char	   *name = psprintf("%s_%s", job->model, suffix);

	if (strlen(name) >= NAMEDATALEN)
		ereport(ERROR,
				(errcode(ERRCODE_NAME_TOO_LONG),
				 errmsg("name of linkage model \"%s\" is too long", job->model),
				 errdetail("Its result \"%s\" would have more than %d bytes.", name, NAMEDATALEN - 1),
				 errhint("Give the model a shorter name, as in CALL clientele.dedupe(source, model => 'short').")));
	return name;
}

/*
 * clt_link_is_result tells whether a relation is one that a run of the caller made: it
 * carries our comment and belongs to him.  Who may create tables beside another's
 * must not get his results into a table of his own, nor his functions called by a view.
 */
bool
clt_link_is_result(Oid relid, char relkind)
{
	char	   *comment;
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Form_pg_class form;
	bool		good;

	if (!HeapTupleIsValid(tuple))
		return false;
	form = (Form_pg_class) GETSTRUCT(tuple);
	good = form->relkind == relkind && is_member_of_role_nosuper(GetUserId(), form->relowner);
	ReleaseSysCache(tuple);
	comment = good ? GetComment(relid, RelationRelationId, 0) : NULL;
	return comment && strncmp(comment, "clientele: ", 11) == 0;
}

/* clt_link_existing_result returns an earlier result of ours, InvalidOid if there is none. */
Oid
clt_link_existing_result(LinkJob *job, const char *name)
{
	Oid			nsp = get_namespace_oid(job->schema, false);
	Oid			relid = get_relname_relid(name, nsp);

	if (!OidIsValid(relid))
		return InvalidOid;
	if (!clt_link_is_result(relid, RELKIND_RELATION))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_TABLE),
				 errmsg("relation \"%s.%s\" exists and is no result of clientele", job->schema, name),
				 errhint("Give the model another name.")));
	return relid;
}

/* check_columns makes sure that an earlier result still has the shape that we fill; InvalidOid is a key's type. */
static void
check_columns(Relation rel, const LinkJob *job, const Oid *types, int ntypes)
{
	TupleDesc	desc = RelationGetDescr(rel);
	bool		good = desc->natts == ntypes;
	int			i;

	for (i = 0; good && i < ntypes; i++)
		good = !TupleDescAttr(desc, i)->attisdropped && TupleDescAttr(desc, i)->atttypid == (OidIsValid(types[i]) ? types[i] : job->key_type);
	if (!good)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table \"%s\" no longer has the columns that clientele gave it", RelationGetRelationName(rel)),
				 errhint("Drop it; it will be made anew.")));
	if (rel->trigdesc != NULL || rel->rd_rel->relrowsecurity)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table \"%s\" has triggers, foreign keys or row security", RelationGetRelationName(rel)),
				 errdetail("It is filled in bulk, past all of these."),
				 errhint("Take them away, or put them on a table or view of your own over it.")));
}

/* clt_link_check_persons makes sure of the persons of an earlier run, */
void
clt_link_check_persons(Relation rel, const LinkJob *job)
{
	static const Oid types[] = {REGCLASSOID, InvalidOid, INT8OID};
	int			from = job->nsources > 1 ? 0 : 1;

	check_columns(rel, job, types + from, lengthof(types) - from);
}

/* check_pairs of its pairs, */
static void
check_pairs(Relation rel, const LinkJob *job)
{
	static const Oid of_many[] = {REGCLASSOID, InvalidOid, REGCLASSOID, InvalidOid, FLOAT8OID, FLOAT8OID, INT8OID, INT4OID, INT4OID};
	static const Oid of_two[] = {InvalidOid, InvalidOid, FLOAT8OID, FLOAT8OID, INT8OID, INT4OID, INT4OID};

	if (job->nsources > 2)
		check_columns(rel, job, of_many, lengthof(of_many));
	else
		check_columns(rel, job, of_two, lengthof(of_two));
}

/* check_early does so for one of them, unless somebody else is at it, whom a run waits for later. */
static void
check_early(LinkJob *job, const char *suffix, void (*check) (Relation rel, const LinkJob *job))
{
	Oid			relid = clt_link_existing_result(job, clt_link_result_name(job, suffix));
	Relation	rel;

	if (!OidIsValid(relid) || !ConditionalLockRelationOid(relid, AccessShareLock))
		return;
	rel = try_relation_open(relid, NoLock);
	if (rel)
	{
		CheckTableNotInUse(rel, "replace");
		check(rel, job);
		relation_close(rel, NoLock);
	}
	UnlockRelationOid(relid, AccessShareLock);
}

/* clt_link_check_results and of both before a long run, whose outcome they could not take. */
void
clt_link_check_results(LinkJob *job)
{
	check_early(job, "person", clt_link_check_persons);
	check_early(job, "pair", check_pairs);
}

/* clt_link_table_of is the table of a record. */
Oid
clt_link_table_of(const LinkJob *job, uint32 row)
{
	return job->in[clt_link_source_of(job, row)].table;
}

/* clt_link_key_ahead fetches a key that will be wanted soon: keys lie as they were read. */
void
clt_link_key_ahead(const LinkJob *job, uint32 row)
{
	if (!job->key_byval)
		__builtin_prefetch(DatumGetPointer(job->keys[row]));
}

/* What a result of pairs tells of each, in this order. */
enum
{
	PAIR_LEFT_SOURCE,			/* of more than two tables only, as the right
								 * one's; of two, the left key is of the first */
	PAIR_LEFT_KEY,
	PAIR_RIGHT_SOURCE,
	PAIR_RIGHT_KEY,
	PAIR_WEIGHT,
	PAIR_PROBABILITY,
	PAIR_VECTOR,
	PAIR_RULES,
	PAIR_VERSION
};

/* pair_value is a column of a pair. */
static Datum
pair_value(const LinkRows *rows, uint32 i, int column)
{
	const LinkJob *job = rows->job;
	const CltEdge *edge = &job->edges[i];

	if (job->nsources <= 2)
		column += column == 0 ? 1 : 2;
	switch (column)
	{
		case PAIR_LEFT_SOURCE:
			return ObjectIdGetDatum(clt_link_table_of(job, edge->l));
		case PAIR_LEFT_KEY:
			return job->keys[edge->l];
		case PAIR_RIGHT_SOURCE:
			return ObjectIdGetDatum(clt_link_table_of(job, edge->r));
		case PAIR_RIGHT_KEY:
			return job->keys[edge->r];
		case PAIR_WEIGHT:
			return Float8GetDatum(edge->weight);
		case PAIR_PROBABILITY:
			return Float8GetDatum(clt_fs_probability(edge->weight));
		case PAIR_VECTOR:
			return Int64GetDatum((int64) job->pairs[edge->ref].gamma);
		case PAIR_RULES:
			return Int32GetDatum((int32) job->pairs[edge->ref].mask);
		default:
			return Int32GetDatum(job->version);
	}
}

static void
pair_ahead(const LinkRows *rows, uint32 i, int column)
{
	int			at = rows->job->nsources > 2 ? 1 : 0;

	if (column == at)
		clt_link_key_ahead(rows->job, rows->job->edges[i].l);
	else if (column == 1 + 2 * at)
		clt_link_key_ahead(rows->job, rows->job->edges[i].r);
	else if (column == 2 + 2 * at)
		__builtin_prefetch(&rows->job->pairs[rows->job->edges[i].ref]);
}

/* pair_order returns pairs in the order of a column: they lie in that of their left ends, then their right ones. */
static uint32 *
pair_order(const LinkRows *rows, int column)
{
	LinkJob    *job = rows->job;
	uint32	   *end;
	uint32	   *order;
	int64		i;

	if (column != (job->nsources > 2 ? PAIR_RIGHT_KEY : PAIR_RIGHT_KEY - 2))
		return NULL;
	end = clt_link_large(job->context, Max(job->nedges, 1) * sizeof(uint32));
	for (i = 0; i < job->nedges; i++)
		end[i] = job->edges[i].r;
	order = clt_link_order_by(job, end, (uint32) job->nedges, job->n);
	pfree(end);
	return order;
}

/* clt_link_pair_rows says what rows of pairs are. */
void
clt_link_pair_rows(LinkJob *job, LinkRows *rows)
{
	rows->job = job;
	rows->n = (uint32) job->nedges;
	rows->value = pair_value;
	rows->ahead = pair_ahead;
	rows->order = pair_order;
}

/* fill_pairs fills the table of pairs in the order of their keys. */
static void
fill_pairs(LinkJob *job, Relation rel, LinkRows *rows)
{
	CltEdge    *scratch;

	memset(rows, 0, sizeof(*rows));
	scratch = clt_link_shared_room(job, Max(job->nedges, 1) * sizeof(CltEdge), &rows->edges_ref);
	clt_edges_sort(job->edges, scratch, job->nedges, false);
	/* others write the indexes */
	memcpy(scratch, job->edges, job->nedges * sizeof(CltEdge));
	pfree(job->edges);
	job->edges = scratch;
	clt_link_pair_rows(job, rows);
	clt_link_rows_start(rows);
	clt_link_fill(rel, rows);
}

/* keep_or_make finds a result, and keeps others from changing its shape, or makes it; existed tells which. */
static Oid
keep_or_make(LinkJob *job, const char *name, bool *existed, const char *columns, const char *index, const char *comment)
{
	char	   *qualified = quote_qualified_identifier(job->schema, name);
	Oid			relid = clt_link_existing_result(job, name);
	Oid			locked = InvalidOid;

	/* another one, by the time that nobody changes it? */
	while (OidIsValid(relid) && relid != locked)
	{
		LockRelationOid(relid, LINK_RESULT_LOCK);
		locked = relid;
		relid = clt_link_existing_result(job, name);
	}
	*existed = OidIsValid(relid);
	if (*existed)
		return relid;
	clt_link_result_sql(psprintf("CREATE TABLE %s (%s)", qualified, columns));
	clt_link_result_sql(psprintf("CREATE INDEX ON %s (%s)", qualified, index));
	clt_link_result_sql(psprintf("COMMENT ON TABLE %s IS %s", qualified, quote_literal_cstr(comment)));
	CommandCounterIncrement();
	return get_relname_relid(name, get_namespace_oid(job->schema, false));
}

/* What a result tells is spread evenly: a fraction of the usual sample says as much. */
#define STATISTICS_TARGET 10

static void
analyze_result(LinkJob *job, const char *name)
{
	int			level = NewGUCNestLevel();

	CommandCounterIncrement();
	(void) set_config_option("default_statistics_target", psprintf("%d", Min(default_statistics_target, STATISTICS_TARGET)),
							 PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	clt_link_result_sql(psprintf("ANALYZE %s", quote_qualified_identifier(job->schema, name)));
	AtEOXact_GUC(true, level);
}

/* make_golden makes the view of persons; an address is taken from one record. */
static void
make_golden(LinkJob *job, const char *person_name)
{
	char	   *unit[CLT_ADDRESS_PARTS];
	int			nunit = 0;
	int			i;
	int			j;

	for (i = 0; i < job->ncomparisons; i++)
		for (j = 0; job->comparison[i].kind == CLT_KIND_ADDRESS && j < job->comparison[i].nfields && nunit < CLT_ADDRESS_PARTS; j++)
			unit[nunit++] = job->field[job->comparison[i].field[j]].column[0];
	if (job->nsources > 1)
		clt_link_make_link_view(job, clt_link_result_name(job, "golden"), person_name, unit, nunit);
	else
		clt_link_make_view(job->source, job->schema, clt_link_result_name(job, "golden"), person_name, job->key_column, unit, nunit);
}

/* person_table finds the table of persons or makes it. */
static Oid
person_table(LinkJob *job, bool *existed)
{
	bool		linked = job->nsources > 1;

	return keep_or_make(job, clt_link_result_name(job, "person"), existed,
						psprintf("%srecord_key %s NOT NULL, person_id pg_catalog.int8 NOT NULL, PRIMARY KEY (record_key%s)",
								 linked ? "source pg_catalog.regclass NOT NULL, " : "", job->key_type_name, linked ? ", source" : ""),
						"person_id",
						psprintf("clientele: which person each record of %s is (model %s)", job->table, job->model));
}

/* pair_table finds the table of pairs or makes it. */
static Oid
pair_table(LinkJob *job)
{
	bool		of_pair = job->nsources > 2;
	bool		existed;

	return keep_or_make(job, clt_link_result_name(job, "pair"), &existed,
						psprintf("%sleft_key %s NOT NULL, %sright_key %s NOT NULL, match_weight pg_catalog.float8 NOT NULL, "
								 "match_probability pg_catalog.float8 NOT NULL, comparison_vector pg_catalog.int8 NOT NULL, "
								 "blocking_rules pg_catalog.int4 NOT NULL, model_version pg_catalog.int4, PRIMARY KEY (left_key, right_key%s)",
								 of_pair ? "left_source pg_catalog.regclass NOT NULL, " : "", job->key_type_name,
								 of_pair ? "right_source pg_catalog.regclass NOT NULL, " : "", job->key_type_name,
								 of_pair ? ", left_source, right_source" : ""),
						"right_key",
						psprintf("clientele: pairs of records of %s that may be one person (model %s)", job->table, job->model));
}

/* index_rest builds the indexes of a result that its rows are not in yet: what somebody added who wanted more than a B-tree over columns. */
static void
index_rest(Relation rel)
{
	List	   *indexes = RelationGetIndexList(rel);
	ListCell   *lc;

	foreach(lc, indexes)
	{
		Relation	index = index_open(lfirst_oid(lc), LINK_RESULT_LOCK);

		/* what is known of its first pages is not true any more */
		CacheInvalidateRelcache(index);
		if (!clt_link_may_write_tree(index))
		{
			clt_set_new_file(index, index->rd_rel->relpersistence);
			index_build(rel, index, BuildIndexInfo(index), true, false);
		}
		index_close(index, NoLock);
	}
	list_free(indexes);
}

/* finish_result builds the indexes of a result that are left, and has statistics made. */
static void
finish_result(LinkJob *job, Relation rel)
{
	index_rest(rel);
	analyze_result(job, RelationGetRelationName(rel));
}

/* lock_decided takes the results from stewards, and tells whether they decided something since the records were joined and numbered. */
static bool
lock_decided(LinkJob *job, LinkModel *model)
{
	int64		next = model->next_person;
	LinkDecisionsSeen seen;

	clt_link_lock_results(job, model);
	seen = clt_link_see_decisions(job);
	return seen.n != job->decisions_seen.n || seen.last != job->decisions_seen.last || model->next_person > next;
}

/* fill_persons fills the table of persons, while others begin with its indexes. */
static void
fill_persons(LinkMeanwhile *meanwhile, LinkPersons *persons, Relation rel)
{
	LinkRows   *rows = clt_link_number_persons(persons, rel);

	clt_link_meanwhile_show(meanwhile, rows);
	clt_link_fill(rel, rows);
}

/* write_again joins the records and writes the persons once more, while stewards wait. */
static void
write_again(LinkJob *job, LinkModel *model, LinkPersons *persons, Relation rel)
{
	LinkMeanwhile *meanwhile;

	ereport(DEBUG1,
			(errmsg_internal("decisions were taken while results were written: persons are written once more")));
	clt_link_join_again(job);
	clt_link_progress_phase(job, LINK_PHASE_WRITING_PERSONS);
	clt_link_persons_again(persons, rel, model->next_person);
	clt_link_renew(rel);
	meanwhile = clt_link_meanwhile_start(job, NULL, rel);
	fill_persons(meanwhile, persons, rel);
	clt_link_progress_phase(job, LINK_PHASE_INDEXING);
	clt_link_meanwhile_end(meanwhile);
	CommandCounterIncrement();
}

/*
 * clt_link_write writes pairs, the search index and persons; the model's next_person is where numbers of
 * persons go on.  It returns what the run is to be known by.  All that needs a statement
 * is done before the rows go in or after that: other processes are at work in between.
 */
int64
clt_link_write(LinkJob *job, LinkModel *model, Jsonb *settings, Jsonb *parameters)
{
	MemoryContext old = MemoryContextSwitchTo(job->context);
	bool		existed;
	Oid			person = person_table(job, &existed);
	Relation	person_rel = table_open(person, LINK_RESULT_LOCK);
	Relation	pair_rel = table_open(pair_table(job), LINK_RESULT_LOCK);
	LinkIndexWriter *index = clt_link_index_open(job);
	LinkPersons *persons;
	LinkMeanwhile *meanwhile;
	LinkRows	pairs;
	int64		run;

	check_pairs(pair_rel, job);
	clt_link_renew(pair_rel);
	clt_link_read_next_person(job->model, model);
	persons = clt_link_persons_before(job, existed ? person : InvalidOid, model->next_person);
	clt_link_renew(person_rel);
	meanwhile = clt_link_meanwhile_start(job, pair_rel, person_rel);
	clt_link_progress_phase(job, LINK_PHASE_WRITING_PAIRS);
	fill_pairs(job, pair_rel, &pairs);
	clt_link_meanwhile_show(meanwhile, &pairs);
	clt_link_index_fill(index, settings, parameters);
	clt_link_progress_phase(job, LINK_PHASE_WRITING_PERSONS);
	clt_link_meanwhile_joined(meanwhile);
	fill_persons(meanwhile, persons, person_rel);
	clt_link_progress_phase(job, LINK_PHASE_INDEXING);
	clt_link_meanwhile_listed(meanwhile);
	run = clt_link_index_end(index);
	clt_link_meanwhile_end(meanwhile);
	CommandCounterIncrement();

	finish_result(job, pair_rel);
	finish_result(job, person_rel);
	if (lock_decided(job, model))
	{
		write_again(job, model, persons, person_rel);
		finish_result(job, person_rel);
	}
	table_close(pair_rel, NoLock);
	table_close(person_rel, NoLock);
	model->next_person = clt_link_end_persons(persons);
	make_golden(job, clt_link_result_name(job, "person"));
	MemoryContextSwitchTo(old);
	return run;
}
