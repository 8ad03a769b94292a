/*
 * page_lists.c
 *		Lists of pages on their way into the search index.
 *
 * The keys of a blocking rule are made and sorted once, for its blocks; who has which
 * key is wanted by search too, but cannot be written into a table before the outcome
 * is, and not by a worker.  So each process cuts what it has sorted into pages, as
 * they will lie in the index, and keeps them in a temporary file until the leader
 * writes them.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "core/clientele.h"
#include "linkage/crew.h"
#include "linkage/index.h"
#include "linkage/page_lists.h"

/* A page in a file: this, then its bytes. */
typedef struct PageHead
{
	uint64		first;
	uint64		len;
} PageHead;

struct LinkPageSpool
{
	LinkJob    *job;
	int			number;
	BufFile    *file;
	LinkPageList *list;
	LinkPageCutter cutter;
};

/* ---- cutting ---- */

void
clt_link_cut_start(LinkPageCutter *cutter, LinkPageSink sink, void *arg)
{
	cutter->sink = sink;
	cutter->arg = arg;
	clt_page_start(&cutter->writer, cutter->buf, sizeof(cutter->buf));
}

/* clt_link_cut_end hands over the page that has been begun, and begins another. */
void
clt_link_cut_end(LinkPageCutter *cutter)
{
	if (cutter->writer.entries > 0)
		cutter->sink(cutter->arg, cutter->writer.first, cutter->buf, cutter->writer.len);
	clt_page_start(&cutter->writer, cutter->buf, sizeof(cutter->buf));
}

/* clt_link_cut_posting adds the records of one key, all on one page; so many bits of the key are kept. */
void
clt_link_cut_posting(LinkPageCutter *cutter, int bits, const CltKeyRow *keys, Size n)
{
	uint64		key = keys[0].key >> (64 - bits);
	Size		k;

	if (cutter->writer.entries > 0 && cutter->writer.len + n * 6 + 10 > cutter->writer.cap)
		clt_link_cut_end(cutter);
	for (k = 0; k < n; k++)
		clt_link_cut_add(cutter, key, keys[k].row);
}

/* ---- keeping ---- */

/* clt_link_spool_open makes a file, whose number no other one has. */
LinkPageSpool *
clt_link_spool_open(LinkJob *job, int number)
{
	MemoryContext old = MemoryContextSwitchTo(job->context);
	LinkPageSpool *spool = palloc0(sizeof(LinkPageSpool));

	spool->job = job;
	spool->number = number;
	spool->file = job->participant > 0 ? clt_link_crew_file(job, "pages", spool->number, true) : BufFileCreateTemp(false);
	MemoryContextSwitchTo(old);
	return spool;
}

static void
keep_page(void *arg, uint64 first, const uint8 *page, Size len)
{
	LinkPageSpool *spool = (LinkPageSpool *) arg;
	PageHead	head = {first, len};

	BufFileWrite(spool->file, &head, sizeof(head));
	BufFileWrite(spool->file, (void *) page, len);
	spool->list->pages++;
}

/* clt_link_spool_start begins a list; the cutter puts it into the file. */
LinkPageCutter *
clt_link_spool_start(LinkPageSpool *spool, LinkPageList *list)
{
	spool->list = list;
	list->number = spool->number;
	list->pages = 0;
	BufFileTell(spool->file, &list->fileno, &list->offset);
	clt_link_cut_start(&spool->cutter, keep_page, spool);
	return &spool->cutter;
}

/* clt_link_spool_close leaves the file to be read by the leader. */
void
clt_link_spool_close(LinkPageSpool *spool)
{
	if (spool->job->participant > 0)
		BufFileClose(spool->file);
	else
		spool->job->lists->file[spool->number] = spool->file;
	pfree(spool);
}

/* clt_link_spool_read reads a list, page after page. */
void
clt_link_spool_read(LinkJob *job, const LinkPageList *list, LinkPageSink sink, void *arg)
{
	BufFile   **file = &job->lists->file[list->number];
	uint8		page[CLT_PAGE_BYTES];
	PageHead	head;
	uint32		i;

	if (list->pages == 0)
		return;
	if (!*file)
	{
		MemoryContext old = MemoryContextSwitchTo(job->context);

		*file = clt_link_crew_file(job, "pages", list->number, false);
		MemoryContextSwitchTo(old);
	}
	if (!*file || BufFileSeek(*file, list->fileno, list->offset, SEEK_SET) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not position temporary file of index pages")));
	for (i = 0; i < list->pages; i++)
	{
		if (BufFileRead(*file, &head, sizeof(head)) != sizeof(head) || head.len > sizeof(page) ||
			BufFileRead(*file, page, head.len) != head.len)
			ereport(ERROR,
					(errcode_for_file_access(),
					 errmsg("could not read temporary file of index pages")));
		sink(arg, head.first, page, head.len);
	}
}

/* clt_link_spools_close closes the files that lists were read from. */
void
clt_link_spools_close(LinkJob *job)
{
	int			i;

	for (i = 0; i < LINK_LIST_FILES(job); i++)
		if (job->lists->file[i])
			BufFileClose(job->lists->file[i]);
	job->lists = NULL;
}
