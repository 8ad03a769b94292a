/*
 * index_writer.h
 *		Writing rows of <model>_index: for the files that fill it.
 */
#ifndef CLT_LINKAGE_INDEX_WRITER_H
#define CLT_LINKAGE_INDEX_WRITER_H

#include "linkage/index.h"
#include "linkage/page_lists.h"

/* Of values that one record has: their statistics, by their flags. */
#define LINK_MAX_SINGLES 8
typedef struct LinkSingles
{
	int			n;
	LinkValueClass class[LINK_MAX_SINGLES];
} LinkSingles;

extern void clt_link_index_row(LinkIndexWriter *iw, char kind, int part, uint64 first, const void *data, Size len);
extern LinkPageCutter *clt_link_index_list(LinkIndexWriter *iw, char kind, int part);
extern void clt_link_index_list_end(LinkIndexWriter *iw);
extern void clt_link_index_values(LinkIndexWriter *iw, const LinkField *field, int part, LinkSingles *singles);

#endif
