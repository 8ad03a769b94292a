/*
 * large.h
 *		Arrays with an entry a record or a value.
 */
#ifndef CLT_LINKAGE_LARGE_H
#define CLT_LINKAGE_LARGE_H

extern void *clt_link_large(MemoryContext context, Size size);
extern void *clt_link_large_zero(MemoryContext context, Size size);
extern void *clt_link_large_grow(void *array, Size size);
extern void clt_link_populate(void *at, Size size);

#endif
