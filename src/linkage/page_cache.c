/*
 * page_cache.c
 *		Pages of the search index in the memory of a backend.
 *
 * A list is searched for the last of its pages that begins at or before a key.
 * Which page that is, is known here for the keys from its first to the largest
 * that was found to lie on it; any other key is asked of the table, and the page
 * then answers for it too.  Pages of all models lie in one array, in the order of
 * list and first key; if they take too much memory, any of them goes.
 */
#include "postgres.h"

#include "common/pg_prng.h"
#include "utils/memutils.h"

#include "linkage/page_cache.h"

/* So many bytes of pages are kept at most, and the page read last. */
#define MOST_SPACE ((Size) 16 * 1024 * 1024)

typedef struct Slot
{
	uint64		list;
	uint64		first;
	LinkPage   *page;
} Slot;

static MemoryContext context = NULL;
static Slot *slots = NULL;
static uint32 nslots = 0;
static uint32 slots_cap = 0;
static Size space = 0;

/* place_of returns where the first slot after a key of a list is. */
static uint32
place_of(uint64 list, uint64 key)
{
	uint32		low = 0;
	uint32		high = nslots;

	while (low < high)
	{
		uint32		mid = low + (high - low) / 2;

		if (slots[mid].list < list || (slots[mid].list == list && slots[mid].first <= key))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* page_before returns the page of a list that begins last at or before a key, of those that are here. */
static LinkPage *
page_before(uint64 list, uint64 key)
{
	uint32		i = place_of(list, key);

	return i > 0 && slots[i - 1].list == list ? slots[i - 1].page : NULL;
}

/* clt_link_cached_page returns the page on which a key would be, NULL if that is not known. */
LinkPage *
clt_link_cached_page(uint64 list, uint64 key)
{
	LinkPage   *page = page_before(list, key);

	return page && key <= page->last ? page : NULL;
}

static void
forget_slots(uint32 from, uint32 to)
{
	uint32		i;

	for (i = from; i < to; i++)
	{
		space -= slots[i].page->space;
		pfree(slots[i].page);
	}
	memmove(slots + from, slots + to, sizeof(Slot) * (nslots - to));
	nslots -= to - from;
}

/* clt_link_forget_pages forgets the pages of a model. */
void
clt_link_forget_pages(uint32 model)
{
	uint32		from = place_of(clt_link_page_list(model, 0, 0), 0);
	uint32		to = from;

	while (to < nslots && slots[to].list >> 32 == model)
		to++;
	forget_slots(from, to);
}

/* make_room makes room for a slot and so many bytes. */
static void
make_room(Size more)
{
	if (!context)
	{
		context = AllocSetContextCreate(CacheMemoryContext, "clientele search pages", ALLOCSET_DEFAULT_SIZES);
		slots = MemoryContextAlloc(context, sizeof(Slot) * 256);
		slots_cap = 256;
	}
	while (nslots > 0 && space + more > MOST_SPACE)
	{
		uint32		any = (uint32) pg_prng_uint64_range(&pg_global_prng_state, 0, nslots - 1);

		forget_slots(any, any + 1);
	}
	if (nslots == slots_cap)
	{
		slots = repalloc(slots, sizeof(Slot) * slots_cap * 2);
		slots_cap *= 2;
	}
}

/*
 * clt_link_cache_page keeps the page on which a key would be; no bytes say that no page begins at or
 * before it.  Entries are told from what else is on pages.  Returns NULL if they are none.  What is
 * returned lasts until the next call.
 */
LinkPage *
clt_link_cache_page(uint64 list, uint64 key, uint64 first, const void *data, Size len, bool entries)
{
	LinkPage   *page = page_before(list, key);
	Size		stops = entries ? CLT_PAGE_STOPS(len) : 0;
	Size		size = sizeof(LinkPage) + sizeof(CltPageStop) * stops + len;
	uint32		at;

	if (page && page->first == first && page->len == len && memcmp(page->data, data, len) == 0)
	{
		page->last = Max(page->last, key);
		return page;
	}
	make_room(size);
	page = MemoryContextAllocHuge(context, size);
	page->first = first;
	page->last = key;
	page->len = (uint32) len;
	page->stops = (CltPageStop *) (page + 1);
	page->data = (uint8 *) (page->stops + stops);
	page->nstops = 0;
	memcpy(page->data, data, len);
	if (entries)
	{
		uint64_t	last = first;

		if (!clt_page_stops(first, page->data, len, page->stops, &page->nstops, &last))
		{
			pfree(page);
			return NULL;
		}
		page->last = Max(key, last);
	}
	page->space = GetMemoryChunkSpace(page);
	space += page->space;
	at = place_of(list, first);
	memmove(slots + at + 1, slots + at, sizeof(Slot) * (nslots - at));
	slots[at].list = list;
	slots[at].first = first;
	slots[at].page = page;
	nslots++;
	return page;
}
