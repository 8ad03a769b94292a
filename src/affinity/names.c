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
#include "catalog/pg_collation.h"
#include "core/clientele.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* regtypein and regcollationin take numbers and "-" as well; a value must not. */
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

Oid
clt_collation_by_name(const char *name)
{
	if (*name == '\0')
		return DEFAULT_COLLATION_OID;
	if (!is_name(name))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("collation \"%s\" does not exist", name)));
	return DatumGetObjectId(DirectFunctionCall1(regcollationin, CStringGetDatum(name)));
}

const char *
clt_type_name(Oid type)
{
	if (!OidIsValid(type))
		return "";
	return format_type_extended(type, -1, FORMAT_TYPE_FORCE_QUALIFY);
}

Oid
clt_type_by_name(const char *name)
{
	if (*name == '\0')
		return InvalidOid;
	if (!is_name(name))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("type \"%s\" does not exist", name)));
	return DatumGetObjectId(DirectFunctionCall1(regtypein, CStringGetDatum(name)));
}
