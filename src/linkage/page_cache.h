/*
 * page_cache.h
 *		Pages of the search index in the memory of a backend.
 */
#ifndef CLT_LINKAGE_PAGE_CACHE_H
#define CLT_LINKAGE_PAGE_CACHE_H

#include "lib/ilist.h"

#include "linkage/pages.h"

/* A page of a list, with places inside it from where it can be read. */
typedef struct LinkPage
{
	dlist_node	node;			/* of those kept: from the one used last on */
	struct LinkPage **place;	/* where its list has it; NULL: it is not kept */
	uint64		first;
	Size		space;
	uint32		nstops;
	uint32		len;
	CltPageStop *stops;
	uint8	   *data;
} LinkPage;

/* A list: the first keys of its pages, once they are read, and those pages that are kept. */
typedef struct LinkList
{
	int			descents;		/* so often pages were asked for before that */
	uint32		npages;
	uint64	   *first;
	LinkPage  **page;
} LinkList;

extern LinkPage *clt_link_make_page(uint64 first, const void *data, Size len, bool entries);
extern void clt_link_keep_page(LinkPage *page, LinkPage **place);
extern void clt_link_page_used(LinkPage *page);
extern void clt_link_forget_list(LinkList *list);
extern Size clt_link_page_space(void);

#endif
