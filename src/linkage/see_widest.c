/*
 * see_widest.c
 *		Looking at eight pairs of records on processors that also count the bits of eight numbers at once.
 */
#include "linkage/eights.h"

#ifdef CLT_WIDE
#define LANES_TARGET __attribute__((target("avx2,bmi,bmi2,popcnt,avx512f,avx512vl,avx512bw,avx512dq,avx512vpopcntdq")))
#define LANES 8
#define LANES_COUNT_BITS
#define SEE_EIGHTS clt_see_eights_widest
#include "linkage/see_eights.h"
#endif
