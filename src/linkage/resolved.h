/*
 * resolved.h
 *		Resolved models in the memory of a backend: for the files that open them.
 */
#ifndef CLT_LINKAGE_RESOLVED_H
#define CLT_LINKAGE_RESOLVED_H

#include "lib/stringinfo.h"

#include "linkage/probe.h"

/* Why a model cannot be opened. */
typedef enum LinkObstacle
{
	LINK_OBSTACLE_NONE,
	LINK_OBSTACLE_NO_INDEX,
	LINK_OBSTACLE_NO_RIGHT,
	LINK_OBSTACLE_SHAPE,
	LINK_OBSTACLE_VERSION,
	LINK_OBSTACLE_KEY
} LinkObstacle;

/* What the head of an index says first: which run it is of. */
typedef struct LinkIndexHead
{
	StringInfoData rest;
	uint64		stamp;
	int32		generation;
} LinkIndexHead;

extern LinkObstacle clt_resolved_head(LinkProbe *probe, LinkIndexHead *head);
extern LinkObstacle clt_resolved_find(LinkProbe *probe, const char *name, const LinkModel *tables, Oid index, LinkIndexHead *head);
extern void clt_resolved_use(LinkProbe *probe);

#endif
