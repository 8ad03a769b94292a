/*
 * large.c
 *		Arrays with an entry a record or a value.
 *
 * They are read and written here and there, so what a look-up costs is for the most
 * part to find the page; and a page that is touched for the first time costs as much
 * as to fill it ten times, on virtual machines more.  So the kernel is asked for large
 * pages of memory of this process's own, and to show it pages of shared memory all at
 * once and not one by one.  Both are wishes: nothing depends on what becomes of them.
 */
#include "postgres.h"

#ifdef __linux__
#include <sys/mman.h>
#endif

#include "utils/memutils.h"

#include "core/clientele.h"
#include "linkage/large.h"

/* From this size on large pages are asked for. */
#define LARGE_ARRAY (4 * 1024 * 1024)

/* From this size on pages of shared memory are asked for at once. */
#define MANY_PAGES (64 * 1024)

#define PAGE_SIZE_HERE 4096

/*
 * ask_for_large_pages asks for them from the array's first page to its last, which is a mapping from end to
 * end: one that is divided could not be moved when the array grows.
 */
static void *
ask_for_large_pages(void *array, Size size)
{
#ifdef MADV_HUGEPAGE
	uintptr_t	from = TYPEALIGN_DOWN(PAGE_SIZE_HERE, (uintptr_t) array);
	uintptr_t	to = TYPEALIGN(PAGE_SIZE_HERE, (uintptr_t) array + size);

	if (size >= LARGE_ARRAY)
		(void) madvise((void *) from, to - from, MADV_HUGEPAGE);
#else
	(void) size;
#endif
	return array;
}

/* clt_link_large returns memory of any size. */
void	   *
clt_link_large(MemoryContext context, Size size)
{
	return ask_for_large_pages(MemoryContextAllocHuge(context, size), size);
}

/* clt_link_large_zero returns memory of zeros. */
void	   *
clt_link_large_zero(MemoryContext context, Size size)
{
	return memset(clt_link_large(context, size), 0, size);
}

/* clt_link_large_grow makes an array larger. */
void	   *
clt_link_large_grow(void *array, Size size)
{
	return ask_for_large_pages(repalloc_huge(array, size), size);
}

/* clt_link_populate has pages of shared memory shown to this process before it touches them. */
void
clt_link_populate(void *at, Size size)
{
#ifdef MADV_POPULATE_READ
	uintptr_t	from = TYPEALIGN_DOWN(PAGE_SIZE_HERE, (uintptr_t) at);
	uintptr_t	to = TYPEALIGN(PAGE_SIZE_HERE, (uintptr_t) at + size);

	if (size >= MANY_PAGES)
		(void) madvise((void *) from, to - from, MADV_POPULATE_READ);
#else
	(void) at;
	(void) size;
#endif
}
