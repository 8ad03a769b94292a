/*
 * see_wide.c
 *		Looking at eight pairs of records on processors that have eight numbers in a register.
 */
#include "linkage/eights.h"

#ifdef CLT_WIDE
#define LANES_TARGET __attribute__((target("avx2,bmi,bmi2,popcnt")))
#define LANES 8
#define SEE_EIGHTS clt_see_eights_wide
#include "linkage/see_eights.h"
#endif
