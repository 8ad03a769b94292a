/*
 * bins.h
 *	  The parts of an rfm_bins: what bins_type.c, bins.c and psi.c share.
 */
#ifndef CLT_RFM_BINS_H
#define CLT_RFM_BINS_H

#include "rfm/rfm.h"

/* What the parser and the constructors fill before it is checked and packed. */
typedef struct BinsParts
{
	RfmCutSet	set;
	int64		customers;
	int			npoints[CLT_RFM_DIMENSIONS];
	RfmPoint	points[CLT_RFM_DIMENSIONS][RFM_BINS_MAX_POINTS];
} BinsParts;

extern const char *clt_rfm_bins_broken(const BinsParts *parts);
extern RfmBins *clt_rfm_bins_pack(const BinsParts *parts);
extern void clt_rfm_bins_unpack_all(const RfmBins *bins, BinsParts *parts);

#endif							/* CLT_RFM_BINS_H */
