/*
 * registry.h
 *		A stored model, and the job of one.
 */
#ifndef CLT_LINKAGE_REGISTRY_H
#define CLT_LINKAGE_REGISTRY_H

#include "fmgr.h"

#include "linkage/engine.h"

#define LINK_DEFAULT_THRESHOLD 0.5

typedef struct LinkModel
{
	Oid			source;
	int			nmore;			/* further tables */
	Oid			more[LINK_MAX_SOURCES - 1];
	Jsonb	   *settings;
	Jsonb	   *parameters;		/* NULL: not trained */
	int64		next_person;
	int32		version;
} LinkModel;

extern void clt_link_run(const char *sql, int nargs, Oid *types, Datum *values, const char *nulls, int expect);
extern void clt_link_read_further(Datum array, LinkModel *model);
extern bool clt_link_is_table_of(const LinkModel *model, Oid table);
pg_noreturn extern void clt_link_no_model(const char *name);
extern void clt_link_need_trained(const char *name, bool trained);
extern bool clt_link_find_usable(const char *name, LinkModel *model, MemoryContext context);
extern void clt_link_need_model(const char *name, LinkModel *model, MemoryContext context);
extern void clt_link_read_next_person(const char *name, LinkModel *model);
extern int32 clt_link_next_version(const char *name, Jsonb *settings, Jsonb *parameters);
extern bool clt_link_lock_model(const char *name, LinkModel *model, bool wait);
extern int32 clt_link_store_model(const char *name, Oid source, Jsonb *settings, Jsonb *parameters, int64 next_person);
extern void clt_link_store_run(const char *name, int64 run, int64 next_person);
extern void clt_link_store_sources(const char *name, const LinkJob *job);
extern char *clt_link_model_argument(FunctionCallInfo fcinfo);
extern void clt_link_load(LinkJob *job, Jsonb *settings);
extern LinkJob *clt_link_open_job(const char *name, LinkModel *stored);
extern LinkJob *clt_link_open_model(const char *name, LinkModel *stored);

#endif
