/*
 * results.h
 *		Tables that we make for the caller beside the source.
 */
#ifndef CLT_LINKAGE_RESULTS_H
#define CLT_LINKAGE_RESULTS_H

#include "utils/rel.h"

#include "linkage/registry.h"

extern char *clt_link_result_name(LinkJob *job, const char *suffix);
extern Oid	clt_link_existing_result(LinkJob *job, const char *name);
extern void clt_link_result_sql(const char *sql);
extern bool clt_link_is_result(Oid relid, char relkind);
extern void clt_link_check_persons(Relation rel, const LinkJob *job);
extern void clt_link_check_results(LinkJob *job);
extern Oid	clt_link_table_of(const LinkJob *job, uint32 row);
extern void clt_link_key_ahead(const LinkJob *job, uint32 row);

/* persons.c */
typedef struct LinkPersons LinkPersons;

extern LinkPersons *clt_link_persons_before(LinkJob *job, Oid relid, int64 next);
extern const struct LinkRows *clt_link_fill_persons(LinkPersons *persons, Relation rel);
extern int64 clt_link_end_persons(LinkPersons *persons);

/* result_locks.c */
extern void clt_link_lock_results(LinkJob *job, LinkModel *model);

#endif
