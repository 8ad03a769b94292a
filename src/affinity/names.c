/*
 * names.c
 *		Types and collations by name.
 *
 * A stored value names its types by oid, as arrays and ranges do: pg_upgrade
 * keeps those. It does not keep the oids of collations, so a collation that
 * matters (a non-deterministic one) stands in the value by name. Text and
 * binary output name types, too, because dumps and other servers know no oids.
 */
#include "postgres.h"

#include "affinity/names.h"
#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_collation.h"
#include "core/clientele.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* regcollationin takes numbers and "-" as well; a value must not. */
static bool
is_name(const char *name)
{
	return strcmp(name, "-") != 0 && strspn(name, "0123456789") != strlen(name);
}

const char *
clt_collation_name(Oid collation)
{
	HeapTuple	tuple;
	Form_pg_collation form;
	const char *name;

	if (!OidIsValid(collation))
		return "";
	tuple = SearchSysCache1(COLLOID, ObjectIdGetDatum(collation));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for collation %u", collation);
	form = (Form_pg_collation) GETSTRUCT(tuple);
	name = quote_qualified_identifier(get_namespace_name(form->collnamespace), NameStr(form->collname));
	ReleaseSysCache(tuple);
	return name;
}

/* InvalidOid after a soft error; the default collation has no name here. */
Oid
clt_collation_by_name(const char *name, Node *escontext)
{
	Datum		oid;

	if (*name == '\0')
		return DEFAULT_COLLATION_OID;
	if (!is_name(name))
		ereturn(escontext, InvalidOid,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("collation \"%s\" does not exist", name)));
	if (!DirectInputFunctionCallSafe(regcollationin, unconstify(char *, name), InvalidOid, -1, escontext, &oid))
		return InvalidOid;
	return DatumGetObjectId(oid);
}

const char *
clt_type_name(Oid type)
{
	if (!OidIsValid(type))
		return "";
	return format_type_extended(type, -1, FORMAT_TYPE_FORCE_QUALIFY);
}

/* Names of types that are more than an identifier, or another one than in the catalogue. */
static bool
is_sql_name(const char *name, size_t len)
{
	static const char *const sql[] = {
		"bigint", "bit", "bit varying", "boolean", "character", "character varying", "double precision", "integer",
		"interval", "numeric", "real", "smallint", "time with time zone", "time without time zone",
		"timestamp with time zone", "timestamp without time zone"
	};
	size_t		i;

	for (i = 0; i < lengthof(sql); i++)
		if (strlen(sql[i]) == len && memcmp(sql[i], name, len) == 0)
			return true;
	return false;
}

/* The identifier in quotes, as one is looked up in the catalogue. */
static bool
is_schema(const char *quoted)
{
	char	   *name = palloc(strlen(quoted) + 1);
	char	   *to = name;
	const char *s;

	for (s = quoted + 1; s[1] != '\0'; s++)
	{
		if (*s == '"')
			s++;
		*to++ = *s;
	}
	*to = '\0';
	return OidIsValid(get_namespace_oid(name, true));
}

/*
 * The name as the grammar is sure to understand it, all identifiers quoted;
 * NULL if it is none that clt_type_name() writes, or its schema is not there.
 * For those the grammar raises whatever the context.
 */
static char *
sure_name(const char *name)
{
	size_t		len = strlen(name);
	bool		array = len > 2 && strcmp(name + len - 2, "[]") == 0;
	StringInfoData buf;
	const char *s = name;
	const char *end = name + len - (array ? 2 : 0);
	int			parts = 0;

	initStringInfo(&buf);
	if (is_sql_name(name, end - name))
		return pstrdup(name);
	for (;;)
	{
		const char *begin = s;

		appendStringInfoCharMacro(&buf, '"');
		if (s < end && *s == '"')
		{
			for (s++; s < end; s++)
			{
				if (*s == '"' && (s + 1 == end || s[1] != '"'))
					break;
				if (*s == '"')
					appendStringInfoCharMacro(&buf, *s++);
				appendStringInfoCharMacro(&buf, *s);
			}
			if (s++ == end || s == begin + 2)
				return NULL;
		}
		else
		{
			for (; s < end && *s != '.' && *s != '"'; s++)
				appendStringInfoCharMacro(&buf, *s);
			if (s == begin)
				return NULL;
		}
		appendStringInfoCharMacro(&buf, '"');
		if (++parts > 2 || (s < end && *s != '.'))
			return NULL;
		if (s >= end)
			break;
		if (!is_schema(buf.data))
			return NULL;
		appendStringInfoCharMacro(&buf, *s++);
	}
	if (array)
		appendStringInfoString(&buf, "[]");
	return buf.data;
}

/* InvalidOid for no name, and after a soft error. */
Oid
clt_type_by_name(const char *name, Node *escontext)
{
	Datum		oid;
	char	   *sure;

	if (*name == '\0')
		return InvalidOid;
	sure = sure_name(name);
	if (sure == NULL)
		ereturn(escontext, InvalidOid,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("type \"%s\" does not exist", name)));
	if (!DirectInputFunctionCallSafe(regtypein, sure, InvalidOid, -1, escontext, &oid))
		return InvalidOid;
	return DatumGetObjectId(oid);
}
