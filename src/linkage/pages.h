/*
 * pages.h
 *		Sorted lists of (key, value) cut into pages: small, and searched by their
 *		first key.
 *
 * Pure kernel.  A page lies in a table of its user's, so a reader believes
 * nothing of what it finds there.
 */
#ifndef CLT_LINKAGE_PAGES_H
#define CLT_LINKAGE_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* So many bytes that four rows with one page each fill a block of the server's. */
#define CLT_PAGE_BYTES 1984

/* Writes entries in the order of their keys. */
typedef struct CltPageWriter
{
	uint8_t    *buf;
	size_t		cap;
	size_t		len;
	uint64_t	first;			/* key of the first entry */
	uint64_t	key;			/* of the last entry */
	uint64_t	value;
	uint32_t	entries;
} CltPageWriter;

typedef struct CltPageReader
{
	const uint8_t *at;
	const uint8_t *end;
	uint64_t	key;
	uint64_t	value;
	bool		begun;
} CltPageReader;

/* Every so many entries there is a place from where a page can be read. */
#define CLT_PAGE_STRIDE 16
/* So many of them a page of so many bytes has at most. */
#define CLT_PAGE_STOPS(len) ((len) / (2 * CLT_PAGE_STRIDE) + 1)

/* Such a place: the entry before it, and where the next begins. */
typedef struct CltPageStop
{
	uint64_t	key;
	uint64_t	value;
	size_t		at;
} CltPageStop;

extern void clt_page_start(CltPageWriter *w, uint8_t *buf, size_t cap);
extern bool clt_page_add(CltPageWriter *w, uint64_t key, uint64_t value);
extern void clt_page_open(CltPageReader *r, uint64_t first, const uint8_t *buf, size_t len);
extern int	clt_page_next(CltPageReader *r);
extern bool clt_page_stops(uint64_t first, const uint8_t *buf, size_t len, CltPageStop *stops, uint32_t *n, uint64_t *last);
extern void clt_page_seek(CltPageReader *r, const uint8_t *buf, const CltPageStop *stops, uint32_t n, uint64_t key);
extern void clt_page_seek_entry(CltPageReader *r, const uint8_t *buf, const CltPageStop *stops, uint32_t n, uint64_t entry);

#endif
