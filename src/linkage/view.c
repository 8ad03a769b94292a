/*
 * view.c
 *		Making the view <model>_golden: one row a person.
 *
 * The view belongs to the caller and reads as whoever asks (security_invoker),
 * so what the reader may not see does not show in it.  The columns of an address
 * are taken from one and the same record.  A view that is there already, and is
 * ours, stays as it is: others may build on it.
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "commands/comment.h"
#include "catalog/pg_class.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "catalog/pg_operator.h"
#include "utils/typcache.h"

#include "core/clientele.h"
#include "linkage/engine.h"

/* changed_column finds the column that tells how recent a record is. */
static char *
changed_column(TupleDesc desc)
{
	static const char *const names[] = {"updated_at", "modified_at", "changed_at", "last_modified", "updated", "modified",
	"last_updated", "created_at", "created"};
	int			i;
	int			j;

	for (j = 0; j < (int) lengthof(names); j++)
		for (i = 0; i < desc->natts; i++)
		{
			Form_pg_attribute att = TupleDescAttr(desc, i);

			if (!att->attisdropped && strcmp(NameStr(att->attname), names[j]) == 0 &&
				(att->atttypid == TIMESTAMPTZOID || att->atttypid == TIMESTAMPOID || att->atttypid == DATEOID))
				return pstrdup(NameStr(att->attname));
		}
	return NULL;
}

/* equality writes the equality operator of a type so that no search path can change it. */
static char *
equality(Oid type)
{
	TypeCacheEntry *entry = lookup_type_cache(type, TYPECACHE_EQ_OPR);
	HeapTuple	tuple = SearchSysCache1(OPEROID, ObjectIdGetDatum(entry->eq_opr));
	char	   *result;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "no equality operator for type %u", type);
	result = psprintf("OPERATOR(%s.%s)",
					  quote_identifier(get_namespace_name(((Form_pg_operator) GETSTRUCT(tuple))->oprnamespace)),
					  NameStr(((Form_pg_operator) GETSTRUCT(tuple))->oprname));
	ReleaseSysCache(tuple);
	return result;
}

static void
append_column(StringInfo sql, Form_pg_attribute att, const char *changed, int unit_place, const char *unit)
{
	const char *name = quote_identifier(NameStr(att->attname));

	if (unit_place > 0)
		appendStringInfo(sql, ",\n       (clientele.golden_value(%s%s))[%d]::%s AS %s", unit, changed, unit_place,
						 format_type_extended(att->atttypid, att->atttypmod,
											  FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY), name);
	else if (att->atttypmod >= 0)
		appendStringInfo(sql, ",\n       clientele.golden_value(c.%s%s)::%s AS %s", name, changed,
						 format_type_extended(att->atttypid, att->atttypmod,
											  FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY), name);
	else
		appendStringInfo(sql, ",\n       clientele.golden_value(c.%s%s) AS %s", name, changed, name);
}

/*
 * clt_link_make_view creates the view.  unit lists the columns that must come
 * from one record.
 */
void
clt_link_make_view(Oid source, const char *schema, const char *view, const char *person_table,
				   const char *key_column, char **unit, int nunit)
{
	Relation	rel;
	TupleDesc	desc;
	StringInfoData sql;
	StringInfoData array;
	char	   *changed = "";
	char	   *column;
	Oid			key_type = InvalidOid;
	Oid			existing = get_relname_relid(view, get_namespace_oid(schema, false));
	int			i;
	int			j;

	if (OidIsValid(existing))
	{
		char	   *comment = GetComment(existing, RelationRelationId, 0);

		if (comment && strncmp(comment, "clientele: ", 11) == 0)
			return;
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_TABLE),
				 errmsg("relation \"%s.%s\" exists and is no result of clientele", schema, view),
				 errhint("Give the model another name.")));
	}
	rel = relation_open(source, AccessShareLock);
	desc = RelationGetDescr(rel);
	column = changed_column(desc);
	if (column)
		changed = psprintf(", c.%s::pg_catalog.timestamptz", quote_identifier(column));
	initStringInfo(&array);
	appendStringInfoString(&array, "ARRAY[");
	for (i = 0; i < nunit; i++)
		appendStringInfo(&array, "%sc.%s::pg_catalog.text", i ? ", " : "", quote_identifier(unit[i]));
	appendStringInfoString(&array, "]");

	initStringInfo(&sql);
	appendStringInfo(&sql, "CREATE VIEW %s WITH (security_invoker) AS\nSELECT p.person_id, pg_catalog.count(*) AS record_count",
					 quote_qualified_identifier(schema, view));
	for (i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		int			place = 0;

		if (att->attisdropped)
			continue;
		if (strcmp(NameStr(att->attname), key_column) == 0)
		{
			key_type = att->atttypid;
			continue;
		}
		if (strcmp(NameStr(att->attname), "person_id") == 0 || strcmp(NameStr(att->attname), "record_count") == 0)
			continue;
		for (j = 0; nunit > 1 && j < nunit; j++)
			if (strcmp(NameStr(att->attname), unit[j]) == 0)
				place = j + 1;
		append_column(&sql, att, changed, place, array.data);
	}
	appendStringInfo(&sql, "\nFROM %s p JOIN %s c ON c.%s %s p.record_key\nGROUP BY p.person_id",
					 quote_qualified_identifier(schema, person_table),
					 quote_qualified_identifier(schema, RelationGetRelationName(rel)),
					 quote_identifier(key_column), equality(key_type));
	relation_close(rel, NoLock);
	if (SPI_execute(sql.data, false, 0) < 0)
		elog(ERROR, "could not create view \"%s\"", view);
	if (SPI_execute(psprintf("COMMENT ON VIEW %s IS 'clientele: the best values of each person'",
							 quote_qualified_identifier(schema, view)), false, 0) < 0)
		elog(ERROR, "could not comment on view \"%s\"", view);
	CommandCounterIncrement();
}
