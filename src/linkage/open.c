/*
 * open.c
 *		Opening the caller's table: what it is, who may read it, which column is the key.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_index.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "core/clientele.h"
#include "linkage/crew.h"
#include "linkage/engine.h"
#include "linkage/progress.h"

/* column_of_index returns the only column of a unique index without NULL, 0 if the index is another one. */
static AttrNumber
column_of_index(Relation rel, Oid index)
{
	Relation	idx = index_open(index, AccessShareLock);
	Form_pg_index form = idx->rd_index;
	AttrNumber	column = form->indkey.values[0];

	if (!form->indisunique || !form->indisvalid || form->indnkeyatts != 1 || column <= 0 || RelationGetIndexPredicate(idx) != NIL ||
		!TupleDescAttr(RelationGetDescr(rel), column - 1)->attnotnull)
		column = InvalidAttrNumber;
	index_close(idx, AccessShareLock);
	return column;
}

/*
 * key_attribute finds the column that names a record: the primary key's, a column called id, the column of
 * a unique index.  A primary key of several columns, as partitioned tables have it, is none; an id beside it
 * may repeat (which is looked at when records are read), so that a unique index is to be preferred.
 */
static AttrNumber
key_attribute(Relation rel)
{
	List	   *indexes = RelationGetIndexList(rel);
	AttrNumber	primary = OidIsValid(rel->rd_pkindex) ? column_of_index(rel, rel->rd_pkindex) : InvalidAttrNumber;
	AttrNumber	named = get_attnum(RelationGetRelid(rel), "id");
	AttrNumber	result = InvalidAttrNumber;
	ListCell   *lc;

	foreach(lc, indexes)
		if (result == InvalidAttrNumber)
		result = column_of_index(rel, lfirst_oid(lc));
	list_free(indexes);
	if (primary != InvalidAttrNumber)
		return primary;
	if (named != InvalidAttrNumber && (!OidIsValid(rel->rd_pkindex) || result == InvalidAttrNumber))
		result = named;
	if (result == InvalidAttrNumber && OidIsValid(rel->rd_pkindex))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("primary key of table \"%s\" has more than one column", RelationGetRelationName(rel)),
				 errhint("Records are known by a key of one column: add one that is unique, or make one in a view and call it id.")));
	if (result == InvalidAttrNumber)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table \"%s\" has no primary key", RelationGetRelationName(rel)),
				 errhint("Records are known by their key: add a primary key of one column.")));
	return result;
}

/* open_source opens a table or view that the caller may read. */
static Relation
open_source(Oid source)
{
	Relation	rel = try_relation_open(source, AccessShareLock);

	if (rel == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", source)));
	if (rel->rd_rel->relkind != RELKIND_RELATION && rel->rd_rel->relkind != RELKIND_PARTITIONED_TABLE &&
		rel->rd_rel->relkind != RELKIND_VIEW && rel->rd_rel->relkind != RELKIND_MATVIEW &&
		rel->rd_rel->relkind != RELKIND_FOREIGN_TABLE)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a table or view", RelationGetRelationName(rel))));
	if (pg_class_aclcheck(source, GetUserId(), ACL_SELECT) != ACLCHECK_OK &&
		pg_attribute_aclcheck_all(source, GetUserId(), ACL_SELECT, ACLMASK_ANY) != ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV, get_relkind_objtype(rel->rd_rel->relkind), RelationGetRelationName(rel));
	return rel;
}

/* clt_link_job_open looks the source up; no row is read yet. */
LinkJob *
clt_link_job_open(Oid source, const char *model)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "clientele linkage",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	LinkJob    *job = palloc0(sizeof(LinkJob));
	Relation	rel;
	Form_pg_attribute att;
	AttrNumber	key;

	job->context = context;
	job->source = source;
	rel = open_source(source);
	job->schema = get_namespace_name(RelationGetNamespace(rel));
	job->table = pstrdup(RelationGetRelationName(rel));
	job->qualified = quote_qualified_identifier(job->schema, job->table);
	job->model = pstrdup(model ? model : job->table);
	if (!*job->model)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("the name of a linkage model must not be empty")));
	key = key_attribute(rel);
	att = TupleDescAttr(RelationGetDescr(rel), key - 1);
	job->key_column = pstrdup(NameStr(att->attname));
	job->key_type = att->atttypid;
	job->key_len = att->attlen;
	job->key_byval = att->attbyval;
	job->key_type_name = format_type_extended(att->atttypid, att->atttypmod,
											  FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY);
	job->nsources = 1;
	job->in[0].table = source;
	job->in[0].name = job->table;
	job->in[0].qualified = job->qualified;
	job->in[0].key_column = job->key_column;
	relation_close(rel, NoLock);
	MemoryContextSwitchTo(old);
	return job;
}

/* clt_link_job_add adds a table to a job.  Keys of several types are all written as text. */
void
clt_link_job_add(LinkJob *job, Oid table)
{
	MemoryContext old = MemoryContextSwitchTo(job->context);
	Relation	rel = open_source(table);
	Form_pg_attribute att = TupleDescAttr(RelationGetDescr(rel), key_attribute(rel) - 1);
	LinkSource *source;

	if (job->nsources >= LINK_MAX_SOURCES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a linkage model has at most %d tables", LINK_MAX_SOURCES)));
	source = &job->in[job->nsources++];
	source->table = table;
	source->name = pstrdup(RelationGetRelationName(rel));
	source->qualified = quote_qualified_identifier(get_namespace_name(RelationGetNamespace(rel)), source->name);
	source->key_column = pstrdup(NameStr(att->attname));
	if (job->key_as_text)
		;						/* the tables before have different ones */
	else if (att->atttypid != job->key_type)
	{
		job->key_as_text = true;
		job->key_type = TEXTOID;
		job->key_len = -1;
		job->key_byval = false;
		job->key_type_name = pstrdup("pg_catalog.text");
	}
	else
		job->key_type_name = format_type_be_qualified(job->key_type);
	relation_close(rel, NoLock);
	MemoryContextSwitchTo(old);
}

/* clt_link_find_source returns which of the job's tables one is, -1 if it is none of them. */
int
clt_link_find_source(const LinkJob *job, Oid table)
{
	int			s;

	for (s = job->nsources - 1; s >= 0 && job->in[s].table != table; s--)
		;
	return s;
}

/* clt_link_need_source returns which of the job's tables one is that was given as an argument. */
int
clt_link_need_source(const LinkJob *job, Oid table)
{
	int			source = clt_link_find_source(job, table);
	char	   *name = source < 0 ? get_rel_name(table) : NULL;

	if (name)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("linkage model \"%s\" has no table \"%s\"", job->model, name)));
	if (source < 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", table)));
	return source;
}

void
clt_link_job_close(LinkJob *job)
{
	clt_link_progress_close(job);
	clt_link_crew_close(job);
	MemoryContextDelete(job->context);
}
