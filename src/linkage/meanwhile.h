/*
 * meanwhile.h
 *		What other processes do while the leader writes.
 */
#ifndef CLT_LINKAGE_MEANWHILE_H
#define CLT_LINKAGE_MEANWHILE_H

#include "linkage/engine.h"

typedef struct LinkMeanwhile LinkMeanwhile;

extern LinkMeanwhile *clt_link_meanwhile_start(LinkJob *job);
extern void clt_link_meanwhile_joined(LinkMeanwhile *meanwhile);
extern void clt_link_meanwhile_end(LinkMeanwhile *meanwhile);

#endif
