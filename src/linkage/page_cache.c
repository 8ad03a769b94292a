/*
 * page_cache.c
 *		Pages of the search index in the memory of a backend.
 *
 * The pages of all models share four times work_mem; if that is not enough, the
 * page goes that was not used for the longest time.  A page just found is good
 * until the next one is.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "linkage/page_cache.h"

static MemoryContext context = NULL;
static dlist_head kept = DLIST_STATIC_INIT(kept);
static Size space = 0;

/* clt_link_page_space is how many bytes of pages are kept at most. */
Size
clt_link_page_space(void)
{
	return (Size) work_mem * 1024 * 4;
}

static void
forget_page(LinkPage *page)
{
	dlist_delete(&page->node);
	*page->place = NULL;
	space -= page->space;
	pfree(page);
}

/* clt_link_forget_list forgets the pages of a list. */
void
clt_link_forget_list(LinkList *list)
{
	uint32		i;

	for (i = 0; i < list->npages; i++)
		if (list->page[i])
			forget_page(list->page[i]);
}

/*
 * clt_link_make_page makes a page in the memory of the caller.  Entries are told from what else is on
 * pages; returns NULL if they are none.
 */
LinkPage *
clt_link_make_page(uint64 first, const void *data, Size len, bool entries)
{
	Size		stops = entries ? CLT_PAGE_STOPS(len) : 0;
	Size		size = sizeof(LinkPage) + sizeof(CltPageStop) * stops + len;
	LinkPage   *page = MemoryContextAllocHuge(CurrentMemoryContext, size);
	uint64_t	last;

	page->place = NULL;
	page->first = first;
	page->space = size;
	page->len = (uint32) len;
	page->stops = (CltPageStop *) (page + 1);
	page->data = (uint8 *) (page->stops + stops);
	page->nstops = 0;
	memcpy(page->data, data, len);
	if (entries && !clt_page_stops(first, page->data, len, page->stops, &page->nstops, &last))
		return NULL;
	return page;
}

/* clt_link_keep_page keeps a copy of a page that was made, in its place. */
void
clt_link_keep_page(LinkPage *page, LinkPage **place)
{
	LinkPage   *copy;

	if (!context)
		context = AllocSetContextCreate(CacheMemoryContext, "clientele search pages", ALLOCSET_DEFAULT_SIZES);
	while (!dlist_is_empty(&kept) && space + page->space > clt_link_page_space())
		forget_page(dlist_tail_element(LinkPage, node, &kept));
	copy = MemoryContextAllocHuge(context, page->space);
	memcpy(copy, page, page->space);
	copy->stops = (CltPageStop *) (copy + 1);
	copy->data = (uint8 *) copy + (page->data - (uint8 *) page);
	copy->place = place;
	*place = copy;
	dlist_push_head(&kept, &copy->node);
	space += copy->space;
}

/* clt_link_page_used says that a page is used. */
void
clt_link_page_used(LinkPage *page)
{
	dlist_move_head(&kept, &page->node);
}
