/*
 * results.h
 *		Tables that we make for the caller beside the source.
 */
#ifndef CLT_LINKAGE_RESULTS_H
#define CLT_LINKAGE_RESULTS_H

#include "executor/tuptable.h"
#include "storage/lockdefs.h"
#include "utils/rel.h"
#include "utils/snapshot.h"

#include "linkage/registry.h"

extern char *clt_link_result_name(LinkJob *job, const char *suffix);
extern Oid	clt_link_existing_result(LinkJob *job, const char *name);
extern void clt_link_result_sql(const char *sql);
extern bool clt_link_is_result(Oid relid, char relkind);
extern void clt_link_check_persons(Relation rel, const LinkJob *job);
extern void clt_link_check_results(LinkJob *job);
extern Oid	clt_link_table_of(const LinkJob *job, uint32 row);
extern void clt_link_key_ahead(const LinkJob *job, uint32 row);
extern int64 clt_link_write(LinkJob *job, LinkModel *model, Jsonb *settings, Jsonb *parameters);

/* persons.c */
typedef struct LinkPersons LinkPersons;

extern LinkPersons *clt_link_persons_before(LinkJob *job, Oid relid, int64 next);
extern void clt_link_persons_again(LinkPersons *persons, Relation rel, int64 next);
extern struct LinkRows *clt_link_number_persons(LinkPersons *persons, Relation rel);
extern int64 clt_link_end_persons(LinkPersons *persons);

/* renew.c; what a run holds of its results while others read them: nobody else runs, vacuums or changes the table */
#define LINK_RESULT_LOCK ShareUpdateExclusiveLock

typedef void (*LinkRowReader) (void *arg, const Datum *values, const bool *isnull);

extern void clt_link_renew(Relation rel);
extern void clt_link_renew_index(Relation rel, Relation index);
extern bool clt_link_read_file(Relation rel, clt_file file, Snapshot snapshot, LinkRowReader reader, void *arg);

/* result_locks.c */
extern bool clt_link_lock_run(LinkJob *job);
extern void clt_link_wait_for_run(const char *model);
extern void clt_link_lock_results(LinkJob *job, LinkModel *model);
extern void clt_link_swap_at_commit(Oid table);

#endif
