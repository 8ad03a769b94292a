/*
 * scan.h
 *		Set-returning functions over an affinity: one producer of rows, two ways
 *		to hand them over.
 */
#ifndef CLT_AFFINITY_SCAN_H
#define CLT_AFFINITY_SCAN_H

#include "access/tupdesc.h"

#include "affinity/itemsets.h"
#include "affinity/measures.h"
#include "affinity/pairs.h"
#include "affinity/store.h"

#define AFF_MAX_COLUMNS 40

typedef struct AffScan AffScan;

/*
 * Fills values and nulls, false at the end. Runs in a context that is reset
 * after the row; what lasts belongs into scan->cxt.
 */
typedef bool (*AffScanNext) (AffScan *scan, Datum *values, bool *nulls);

struct AffScan
{
	AffScanNext next;
	MemoryContext cxt;
	TupleDesc	desc;
	AffinityObject *o;
	void	   *state;
};

typedef void (*AffScanStart) (FunctionCallInfo fcinfo, AffScan *scan);

extern Datum clt_scan_run(FunctionCallInfo fcinfo, AffScanStart start);

/* Arguments that all of these functions share */
extern void clt_scan_check_type(FunctionCallInfo fcinfo, int arg, const AffKeySpec *spec);
extern void clt_scan_plain(const AffinityObject *o, const char *function);
extern uint32 clt_scan_min_count(FunctionCallInfo fcinfo, int count_arg, int support_arg, uint64 nbaskets);
extern uint32 clt_scan_frequent(const AffinityObject *o, uint32 min_count);
extern bool *clt_scan_item_filter(FunctionCallInfo fcinfo, int arg, AffinityObject *o, uint32 *chosen,
								  bool *unknown);
extern double clt_scan_threshold(FunctionCallInfo fcinfo, int arg, const char *name, double low, double high);
extern uint32 *clt_scan_type_order(AffinityObject *o, uint32 nitems);
extern void clt_scan_pair_index(AffScan *scan, CltPairIndex *index, uint32 nitems, const bool *keep);
extern void clt_scan_pair_counts(const AffinityObject *o, uint32 x, uint32 y, uint32 both, CltPairCounts *c);
extern CltMemory clt_scan_memory(MemoryContext cxt);
extern void clt_scan_interrupts(void);

#endif							/* CLT_AFFINITY_SCAN_H */
