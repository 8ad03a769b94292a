/*-------------------------------------------------------------------------
 *
 * pattern.c
 *		Prepares a string for comparison with many.
 *
 *-------------------------------------------------------------------------
 */
#include "similarity/pattern.h"

#include <string.h>

#include "similarity/jaro.h"
#include "similarity/levenshtein.h"

void
clt_pattern_prepare(CltPattern *pattern, CltChars chars)
{
	uint32_t	i;

	pattern->chars = chars;
	pattern->has_high = false;
	pattern->high_used = 0;
	for (i = 0; i < 4 && i < chars.len; i++)
		pattern->start[i] = CLT_UNIT(chars.data, i, chars.wide);
	if (chars.len > CLT_WORD)
		return;
	memset(pattern->mask, 0, sizeof(pattern->mask));
	memset(pattern->high_head, 0, sizeof(pattern->high_head));
	for (i = 0; i < chars.len; i++)
	{
		uint32_t	unit = CLT_UNIT(chars.data, i, chars.wide);
		uint32_t	slot = (unit ^ unit >> 8) & 0xFF;
		uint32_t	k;

		if (unit < 256)
		{
			pattern->mask[unit] |= UINT64_C(1) << i;
			continue;
		}
		pattern->has_high = true;
		for (k = pattern->high_head[slot]; k != 0; k = pattern->high_next[k - 1])
			if (pattern->high_unit[k - 1] == unit)
				break;
		if (k == 0)
		{
			k = ++pattern->high_used;
			pattern->high_unit[k - 1] = unit;
			pattern->high_mask[k - 1] = 0;
			pattern->high_next[k - 1] = pattern->high_head[slot];
			pattern->high_head[slot] = (uint8_t) k;
		}
		pattern->high_mask[k - 1] |= UINT64_C(1) << i;
	}
}
