/*
 * json.h
 *		Reading JSON that somebody may have written by hand.
 */
#ifndef CLT_LINKAGE_JSON_H
#define CLT_LINKAGE_JSON_H

#include "linkage/engine.h"

/* what is there, NULL or false if it is of another type */
extern JsonbValue *clt_link_json_member(JsonbContainer * object, const char *key);
extern char *clt_link_json_string(JsonbValue *value);
extern bool clt_link_json_number(JsonbValue *value, double *out);
extern JsonbContainer * clt_link_json_array(JsonbValue *value);
extern JsonbContainer * clt_link_json_object(JsonbValue *value);

/* what is there, an error of the settings if it is of another type */
extern char *clt_link_string_member(JsonbContainer * object, const char *key, const char *where);
extern int	clt_link_bool_member(JsonbContainer * object, const char *key, const char *where);
extern bool clt_link_number_member(JsonbContainer * object, const char *key, double least, double most, const char *where, double *out);
extern void clt_link_check_keys(JsonbContainer * object, const char *const *known, const char *where);
extern void clt_link_bad_settings(const char *detail);
extern void clt_link_bad_comparison(const LinkComparison *cmp, const char *what);

#endif
