/*
 * see_anywhere.c
 *		Looking at eight pairs of records on any processor.
 */
#define LANES_TARGET
#define LANES 4
#define SEE_EIGHTS clt_see_eights_anywhere
#include "linkage/see_eights.h"
