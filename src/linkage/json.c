/*
 * json.c
 *		Reading JSON that somebody may have written by hand.
 *
 * Members are asked for by type; what is of another type, out of bounds or
 * unknown is an error that says where.
 */
#include "postgres.h"

#include <math.h>

#include "utils/builtins.h"
#include "utils/numeric.h"

#include "core/clientele.h"
#include "linkage/engine.h"
#include "linkage/json.h"

JsonbValue *
clt_link_json_member(JsonbContainer * object, const char *key)
{
	if (!JsonContainerIsObject(object))
		return NULL;
	return getKeyJsonValueFromContainer(object, key, (int) strlen(key), NULL);
}

/* clt_link_json_string returns the string of a JSON value, NULL if it is none. */
char	   *
clt_link_json_string(JsonbValue *value)
{
	if (!value || value->type != jbvString)
		return NULL;
	return pnstrdup(value->val.string.val, value->val.string.len);
}

/* clt_link_json_number reads a number; false if it is none, or one that no float can hold. */
bool
clt_link_json_number(JsonbValue *value, double *out)
{
	char	   *text;
	char	   *end;

	if (!value || value->type != jbvNumeric)
		return false;
	text = DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(value->val.numeric)));

	*out = strtod(text, &end);
	return *end == '\0' && isfinite(*out);
}

JsonbContainer *
clt_link_json_array(JsonbValue *value)
{
	if (!value || value->type != jbvBinary || !JsonContainerIsArray(value->val.binary.data))
		return NULL;
	return value->val.binary.data;
}

JsonbContainer *
clt_link_json_object(JsonbValue *value)
{
	if (!value || value->type != jbvBinary || !JsonContainerIsObject(value->val.binary.data))
		return NULL;
	return value->val.binary.data;
}

void
clt_link_bad_settings(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid settings of a linkage model"),
			 errdetail_internal("%s", detail),
			 errhint("clientele.suggest_model() shows settings that are valid for a table.")));
}

/* clt_link_bad_comparison is clt_link_bad_settings for what is wrong with one comparison. */
void
clt_link_bad_comparison(const LinkComparison *cmp, const char *what)
{
	clt_link_bad_settings(psprintf("Comparison \"%s\" %s.", cmp->name, what));
}

/* clt_link_check_keys refuses an object with a key that nobody reads: it would be a typing error. */
void
clt_link_check_keys(JsonbContainer * object, const char *const *known, const char *where)
{
	JsonbIterator *it = JsonbIteratorInit(object);
	JsonbValue	v;
	JsonbIteratorToken token;

	while ((token = JsonbIteratorNext(&it, &v, true)) != WJB_DONE)
	{
		char	   *key;
		int			i;

		if (token != WJB_KEY)
			continue;
		key = pnstrdup(v.val.string.val, v.val.string.len);
		for (i = 0; known[i] && strcmp(known[i], key) != 0; i++)
			;
		if (!known[i])
			clt_link_bad_settings(psprintf("There is no key \"%s\" in %s.", key, where));
	}
}

/* clt_link_string_member returns a string, NULL if it is absent; anything else is an error. */
char	   *
clt_link_string_member(JsonbContainer * object, const char *key, const char *where)
{
	JsonbValue *v = clt_link_json_member(object, key);

	if (v && v->type != jbvString)
		clt_link_bad_settings(psprintf("\"%s\" in %s is not a string.", key, where));
	return clt_link_json_string(v);
}

/* clt_link_bool_member returns true or false, -1 if it is absent. */
int
clt_link_bool_member(JsonbContainer * object, const char *key, const char *where)
{
	JsonbValue *v = clt_link_json_member(object, key);

	if (!v)
		return -1;
	if (v->type != jbvBool)
		clt_link_bad_settings(psprintf("\"%s\" in %s is neither true nor false.", key, where));
	return v->val.boolean;
}

/* clt_link_number_member reads a number within bounds; false if it is absent. */
bool
clt_link_number_member(JsonbContainer * object, const char *key, double least, double most, const char *where, double *out)
{
	JsonbValue *v = clt_link_json_member(object, key);

	if (!v)
		return false;
	if (!clt_link_json_number(v, out) || !(*out >= least && *out <= most))
		clt_link_bad_settings(psprintf("\"%s\" in %s is not a number from %g to %g.", key, where, least, most));
	return true;
}
