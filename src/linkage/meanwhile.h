/*
 * meanwhile.h
 *		What other processes do while the leader writes.
 */
#ifndef CLT_LINKAGE_MEANWHILE_H
#define CLT_LINKAGE_MEANWHILE_H

#include "linkage/result_rows.h"

typedef struct LinkMeanwhile LinkMeanwhile;

extern LinkMeanwhile *clt_link_meanwhile_start(LinkJob *job, Relation pairs, Relation persons);
extern void clt_link_meanwhile_show(LinkMeanwhile *meanwhile, const LinkRows *rows);
extern void clt_link_meanwhile_joined(LinkMeanwhile *meanwhile);
extern void clt_link_meanwhile_listed(LinkMeanwhile *meanwhile);
extern void clt_link_meanwhile_end(LinkMeanwhile *meanwhile);

#endif
