/*
 * page_lists.h
 *		Lists of pages on their way into the search index.
 */
#ifndef CLT_LINKAGE_PAGE_LISTS_H
#define CLT_LINKAGE_PAGE_LISTS_H

#include "linkage/engine.h"
#include "linkage/pages.h"

/* What is done with a page; first is the key of its first entry. */
typedef void (*LinkPageSink) (void *arg, uint64 first, const uint8 *page, Size len);

/* Cuts a sorted list into pages. */
typedef struct LinkPageCutter
{
	LinkPageSink sink;
	void	   *arg;
	CltPageWriter writer;
	uint8		buf[CLT_PAGE_BYTES];
} LinkPageCutter;

/* Where a list lies in a temporary file. */
typedef struct LinkPageList
{
	int			number;			/* of the file */
	int			fileno;
	off_t		offset;
	uint32		pages;
} LinkPageList;

/* What a process keeps lists in. */
typedef struct LinkPageSpool LinkPageSpool;

extern void clt_link_cut_start(LinkPageCutter *cutter, LinkPageSink sink, void *arg);
extern void clt_link_cut_end(LinkPageCutter *cutter);
extern void clt_link_cut_posting(LinkPageCutter *cutter, int bits, const CltKeyRow *keys, Size n);

extern LinkPageSpool *clt_link_spool_open(LinkJob *job, int number);
extern LinkPageCutter *clt_link_spool_start(LinkPageSpool *spool, LinkPageList *list);
extern void clt_link_spool_close(LinkPageSpool *spool);
extern void clt_link_spool_read(LinkJob *job, const LinkPageList *list, LinkPageSink sink, void *arg);
extern void clt_link_spools_close(LinkJob *job);

/* clt_link_cut_add adds an entry to the list. */
static inline void
clt_link_cut_add(LinkPageCutter *cutter, uint64 key, uint64 value)
{
	if (clt_page_add(&cutter->writer, key, value))
		return;
	clt_link_cut_end(cutter);
	clt_page_add(&cutter->writer, key, value);
}

#endif
