/*
 * page_cache.h
 *		Pages of the search index in the memory of a backend.
 */
#ifndef CLT_LINKAGE_PAGE_CACHE_H
#define CLT_LINKAGE_PAGE_CACHE_H

#include "linkage/pages.h"

/* A page of a list, with places inside it from where it can be read. */
typedef struct LinkPage
{
	uint64		first;			/* no other page begins in first .. last */
	uint64		last;
	Size		space;
	uint32		nstops;
	uint32		len;
	CltPageStop *stops;
	uint8	   *data;
} LinkPage;

/* clt_link_page_list makes one number of what names a list. */
static inline uint64
clt_link_page_list(uint32 model, char kind, int part)
{
	return (uint64) model << 32 | (uint64) (uint8) kind << 16 | (uint16) part;
}

extern LinkPage *clt_link_cached_page(uint64 list, uint64 key);
extern LinkPage *clt_link_cache_page(uint64 list, uint64 key, uint64 first, const void *data, Size len, bool entries);
extern void clt_link_forget_pages(uint32 model);

#endif
