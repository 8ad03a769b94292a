/*-------------------------------------------------------------------------
 *
 * clv_sample.h
 *	  The state of the fitting aggregates: customers' histories, equal ones
 *	  counted once.  An expanded object whose flat form is the type clv_sample.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CLT_CLV_SAMPLE_H
#define CLT_CLV_SAMPLE_H

#include "clv/customers.h"
#include "lib/stringinfo.h"
#include "utils/expandeddatum.h"

#define CLV_SAMPLE_VERSION 1
#define CLV_SAMPLE_MAGIC 0x436C7653

typedef struct ClvSample
{
	ExpandedObjectHeader hdr;
	int			magic;
	Customer   *customer;
	int64		count;			/* entries in use */
	int64		capacity;
	int64		distinct;		/* the first of them, sorted and all different */
	Size		flat_size;		/* 0 if not known */
} ClvSample;

/* The sample in a Datum: itself if it is expanded, otherwise a copy below context. */
extern ClvSample *clt_clv_sample_get(Datum datum, MemoryContext context);
extern ClvSample *clt_clv_sample_new(MemoryContext context);
extern void clt_clv_sample_add(ClvSample *s, const Customer *c);

/* Sorts by x, T, t_x and counts equal histories once. */
extern void clt_clv_sample_settle(ClvSample *s);

/* Appends the shortest text that reads as the same number. */
extern void clt_clv_append_number(StringInfo out, double value);

#endif							/* CLT_CLV_SAMPLE_H */
