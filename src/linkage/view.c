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
#include "catalog/pg_class.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

#include "core/clientele.h"
#include "linkage/engine.h"
#include "linkage/results.h"

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

/* view_is_ours tells whether the view is there already; a relation of that name that is none of ours is an error. */
static bool
view_is_ours(const char *schema, const char *view)
{
	Oid			existing = get_relname_relid(view, get_namespace_oid(schema, false));

	if (!OidIsValid(existing))
		return false;
	if (!clt_link_is_result(existing, RELKIND_VIEW))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_TABLE),
				 errmsg("relation \"%s.%s\" exists and is no result of clientele", schema, view),
				 errhint("Give the model another name.")));
	return true;
}

static void
make_view(const char *schema, const char *view, const char *sql)
{
	if (SPI_execute(sql, false, 0) < 0)
		elog(ERROR, "could not create view \"%s\"", view);
	if (SPI_execute(psprintf("COMMENT ON VIEW %s IS 'clientele: the best values of each person'",
							 quote_qualified_identifier(schema, view)), false, 0) < 0)
		elog(ERROR, "could not comment on view \"%s\"", view);
	CommandCounterIncrement();
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
	int			i;
	int			j;

	if (view_is_ours(schema, view))
		return;
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
					 quote_identifier(key_column), clt_link_equality(key_type));
	relation_close(rel, NoLock);
	make_view(schema, view, sql.data);
}

/* ---- several tables ---- */

/* A column of the view: what it is in each table, NULL where it is not there. */
typedef struct LinkColumn
{
	const char *name;
	Form_pg_attribute in[LINK_MAX_SOURCES];
	Oid			type;			/* text where the tables differ */
} LinkColumn;

static Form_pg_attribute
attribute_of(TupleDesc desc, const char *name)
{
	int			i;

	for (i = 0; name && i < desc->natts; i++)
		if (!TupleDescAttr(desc, i)->attisdropped && strcmp(NameStr(TupleDescAttr(desc, i)->attname), name) == 0)
			return TupleDescAttr(desc, i);
	return NULL;
}

/* find_field finds the field and its column that a column of a table is; false if the model does not compare it. */
static bool
find_field(LinkJob *job, int source, const char *name, int *field, int *column)
{
	for (*field = 0; *field < job->nfields; (*field)++)
		for (*column = 0; *column < job->field[*field].ncolumns; (*column)++)
			if (job->field[*field].in[source].name[*column] && strcmp(job->field[*field].in[source].name[*column], name) == 0)
				return true;
	return false;
}

/* settle_type finds the type of a column of the view. */
static void
settle_type(LinkColumn *column, int nsources)
{
	int			s;

	for (s = 0; s < nsources; s++)
	{
		if (!column->in[s])
			continue;
		if (!OidIsValid(column->type))
			column->type = column->in[s]->atttypid;
		else if (column->type != column->in[s]->atttypid)
			column->type = TEXTOID;
	}
}

/* name_taken tells whether the view has a column of a name. */
static bool
name_taken(const LinkColumn *columns, int n, const char *name)
{
	int			i;

	for (i = 0; i < n && strcmp(columns[i].name, name) != 0; i++)
		;
	return i < n;
}

/*
 * list_columns lists the columns of the first table with their like in the others,
 * then what only later ones have.  What the model compares is alike; so is what it
 * does not compare and has one name and one type.
 */
static int
list_columns(LinkJob *job, TupleDesc *desc, LinkColumn *columns)
{
	int			n = 0;
	int			s;
	int			t;
	int			i;

	for (s = 0; s < job->nsources; s++)
		for (i = 0; i < desc[s]->natts; i++)
		{
			Form_pg_attribute att = TupleDescAttr(desc[s], i);
			LinkColumn *column = &columns[n];
			int			field;
			int			of;
			bool		compared;

			if (att->attisdropped || strcmp(NameStr(att->attname), job->in[s].key_column) == 0)
				continue;
			compared = find_field(job, s, NameStr(att->attname), &field, &of);
			for (t = 0; t < s; t++)
				if (compared ? job->field[field].in[t].name[of] != NULL : attribute_of(desc[t], NameStr(att->attname)) != NULL)
					break;
			/* an earlier table has it, or another one of this name */
			if (t < s || name_taken(columns, n, NameStr(att->attname)))
				continue;
			memset(column, 0, sizeof(*column));
			column->name = NameStr(att->attname);
			for (t = s; t < job->nsources; t++)
			{
				int			f;
				int			c;

				if (compared)
					column->in[t] = attribute_of(desc[t], job->field[field].in[t].name[of]);
				else if (!find_field(job, t, column->name, &f, &c) && strcmp(column->name, job->in[t].key_column) != 0)
				{
					column->in[t] = attribute_of(desc[t], column->name);
					/* a like name alone is no likeness */
					if (column->in[t] && column->in[t]->atttypid != att->atttypid)
						column->in[t] = NULL;
				}
			}
			settle_type(column, job->nsources);
			n++;
		}
	return n;
}

/* append_side writes the columns of one of the tables as the union of all wants them. */
static void
append_side(StringInfo sql, LinkJob *job, const LinkColumn *columns, int n, int source, const char *changed)
{
	const LinkSource *in = &job->in[source];
	int			i;

	appendStringInfo(sql, "SELECT %s::pg_catalog.regclass AS \"(source)\", %s%s AS \"(key)\"",
					 quote_literal_cstr(in->qualified), quote_identifier(in->key_column), job->key_as_text ? "::pg_catalog.text" : "");
	for (i = 0; i < n; i++)
	{
		Form_pg_attribute att = columns[i].in[source];

		if (att)
			appendStringInfo(sql, ", %s%s", quote_identifier(NameStr(att->attname)), att->atttypid != columns[i].type ? "::pg_catalog.text" : "");
		else
			appendStringInfo(sql, ", NULL::%s", format_type_be_qualified(columns[i].type));
		appendStringInfo(sql, " AS %s", quote_identifier(columns[i].name));
	}
	if (changed)
		appendStringInfo(sql, ", %s::pg_catalog.timestamptz AS \"(changed)\"", quote_identifier(changed));
	appendStringInfo(sql, " FROM %s", in->qualified);
}

/* clt_link_make_link_view creates the view of persons whose records lie in several tables. */
void
clt_link_make_link_view(LinkJob *job, const char *view, const char *person_table, char **unit, int nunit)
{
	Relation	rel[LINK_MAX_SOURCES];
	TupleDesc	desc[LINK_MAX_SOURCES];
	LinkColumn *columns;
	StringInfoData sql;
	StringInfoData array;
	char	   *changed[LINK_MAX_SOURCES];
	bool		dated = true;
	int			natts = 0;
	int			n;
	int			s;
	int			i;
	int			j;

	if (view_is_ours(job->schema, view))
		return;
	for (s = 0; s < job->nsources; s++)
	{
		rel[s] = relation_open(job->in[s].table, AccessShareLock);
		desc[s] = RelationGetDescr(rel[s]);
		natts += desc[s]->natts;
		changed[s] = changed_column(desc[s]);
		dated &= changed[s] != NULL;
	}
	columns = palloc(sizeof(LinkColumn) * natts);
	n = list_columns(job, desc, columns);
	initStringInfo(&array);
	appendStringInfoString(&array, "ARRAY[");
	for (i = 0, j = 0; i < nunit; i++)
		if (name_taken(columns, n, unit[i]))
		{
			appendStringInfo(&array, "%sc.%s::pg_catalog.text", j ? ", " : "", quote_identifier(unit[i]));
			unit[j++] = unit[i];
		}
	nunit = j;
	appendStringInfoString(&array, "]");

	initStringInfo(&sql);
	appendStringInfo(&sql, "CREATE VIEW %s WITH (security_invoker) AS\nSELECT p.person_id, pg_catalog.count(*) AS record_count",
					 quote_qualified_identifier(job->schema, view));
	for (i = 0; i < n; i++)
	{
		const LinkColumn *c = &columns[i];
		const char *at = dated ? ", c.\"(changed)\"" : "";
		int			place = 0;

		if (strcmp(c->name, "person_id") == 0 || strcmp(c->name, "record_count") == 0 ||
			!OidIsValid(lookup_type_cache(c->type, TYPECACHE_EQ_OPR)->eq_opr))
			continue;
		for (j = 0; nunit > 1 && j < nunit; j++)
			if (strcmp(c->name, unit[j]) == 0)
				place = j + 1;
		if (place > 0)
			appendStringInfo(&sql, ",\n       (clientele.golden_value(%s%s))[%d]::%s AS %s", array.data, at, place,
							 format_type_be_qualified(c->type), quote_identifier(c->name));
		else
			appendStringInfo(&sql, ",\n       clientele.golden_value(c.%s%s) AS %s", quote_identifier(c->name), at, quote_identifier(c->name));
	}
	appendStringInfo(&sql, "\nFROM %s p JOIN (", quote_qualified_identifier(job->schema, person_table));
	for (s = 0; s < job->nsources; s++)
	{
		if (s > 0)
			appendStringInfoString(&sql, "\n     UNION ALL ");
		append_side(&sql, job, columns, n, s, dated ? changed[s] : NULL);
	}
	appendStringInfo(&sql, ") c\nON c.\"(source)\" OPERATOR(pg_catalog.=) p.source AND c.\"(key)\" %s p.record_key\nGROUP BY p.person_id", clt_link_equality(job->key_type));
	for (s = 0; s < job->nsources; s++)
		relation_close(rel[s], NoLock);
	make_view(job->schema, view, sql.data);
}
