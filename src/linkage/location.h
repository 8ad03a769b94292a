/*
 * location.h
 *		Places given as latitude and longitude.
 *
 * Pure kernel.
 */
#ifndef CLT_LINKAGE_LOCATION_H
#define CLT_LINKAGE_LOCATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "linkage/compare.h"
#include "linkage/normalize.h"

extern bool clt_normalize_location(CltNormal *out, const char *src, size_t len);
extern int	clt_location_level(const CltValue *a, const CltValue *b);
extern uint64_t clt_location_corner(int64_t place, int corner);

#endif
