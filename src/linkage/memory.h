/*
 * memory.h
 *		What memory a job will take, told before anything expensive is done.
 */
#ifndef CLT_LINKAGE_MEMORY_H
#define CLT_LINKAGE_MEMORY_H

#include "linkage/engine.h"

extern double clt_link_record_memory(LinkJob *job);
extern void clt_link_check_memory(LinkJob *job);

#endif
