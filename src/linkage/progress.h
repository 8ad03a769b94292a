/*
 * progress.h
 *		How far a job is, for other sessions to see.
 */
#ifndef CLT_LINKAGE_PROGRESS_H
#define CLT_LINKAGE_PROGRESS_H

#include "storage/dsm.h"

#include "linkage/engine.h"

typedef enum LinkPhase
{
	LINK_PHASE_STARTING,
	LINK_PHASE_READING,
	LINK_PHASE_CHOOSING,
	LINK_PHASE_BLOCKING,
	LINK_PHASE_COMPARING,
	LINK_PHASE_TRAINING,
	LINK_PHASE_JOINING,
	LINK_PHASE_WRITING_PAIRS,
	LINK_PHASE_WRITING_INDEX,
	LINK_PHASE_WRITING_PERSONS,
	LINK_PHASE_INDEXING
} LinkPhase;

extern void clt_link_progress_open(LinkJob *job);
extern void clt_link_progress_attach(LinkJob *job, dsm_handle handle);
extern dsm_handle clt_link_progress_handle(const LinkJob *job);
extern void clt_link_progress_close(LinkJob *job);
extern void clt_link_progress_phase(LinkJob *job, LinkPhase phase);
extern void clt_link_progress_records(LinkJob *job, uint64 done, uint64 total);
extern void clt_link_progress_pairs(LinkJob *job, uint64 total);
extern void clt_link_progress_more_pairs(LinkJob *job, uint64 more);

#endif
