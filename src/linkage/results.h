/*
 * results.h
 *		Tables that we make for the caller beside the source.
 */
#ifndef CLT_LINKAGE_RESULTS_H
#define CLT_LINKAGE_RESULTS_H

#include "linkage/registry.h"

extern char *clt_link_result_name(LinkJob *job, const char *suffix);
extern Oid	clt_link_existing_result(LinkJob *job, const char *name);
extern void clt_link_result_sql(const char *sql);
extern bool clt_link_is_result(Oid relid, char relkind);

/* result_locks.c */
extern void clt_link_lock_results(LinkJob *job, LinkModel *model);

#endif
