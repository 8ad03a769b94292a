/*
 * lookup.h
 *		Reading <model>_index.
 */
#ifndef CLT_LINKAGE_LOOKUP_H
#define CLT_LINKAGE_LOOKUP_H

#include "core/clientele.h"
#include "linkage/page_cache.h"
#include "linkage/pages.h"
#include "linkage/probe.h"

/* clt_link_list_number is the place of a list among those of a model. */
static inline int
clt_link_list_number(char kind, int part)
{
	return (kind == LINK_PAGE_VALUES ? 0 : kind == LINK_PAGE_TOKENS ? 1 : kind == LINK_PAGE_POSTINGS ? 2 :
			kind == LINK_PAGE_LARGE ? 3 : 4) * LINK_LISTS_A_KIND + part;
}

pg_noreturn extern void clt_link_index_damaged(const char *model);
extern HTAB *clt_link_known(MemoryContext context);
extern Relation clt_link_open_key(Relation table);
extern bytea *clt_link_read_page(LinkProbe *probe, int32 generation, char kind, int part, uint64 first);
extern LinkPage *clt_link_list_page(LinkProbe *probe, char kind, int part, uint64 key, bool entries);
extern void clt_link_seek_key(LinkProbe *probe, char kind, int part, uint64 key, CltPageReader *reader);
extern const LinkValueClass *clt_link_value_class(LinkProbe *probe, int part, uint64 number);
extern bool clt_link_look_up(LinkProbe *probe, char kind, int part, uint64 key, uint64 *value);
extern bool clt_link_look_up_known(LinkProbe *probe, char kind, int part, uint64 key, uint64 *value);

#endif
