/*
 * names.h
 *		Types and collations by name, for values that leave the database.
 */
#ifndef CLT_AFFINITY_NAMES_H
#define CLT_AFFINITY_NAMES_H

#include "nodes/nodes.h"

/* "" for InvalidOid; otherwise a qualified, quoted name. */
extern const char *clt_collation_name(Oid collation);

/* The default collation for "". */
extern Oid	clt_collation_by_name(const char *name, Node *escontext);
extern const char *clt_type_name(Oid type);
extern Oid	clt_type_by_name(const char *name, Node *escontext);

#endif							/* CLT_AFFINITY_NAMES_H */
