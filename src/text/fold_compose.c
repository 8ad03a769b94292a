/*
 * fold_compose.c
 *	  Letters that stay as they are: their marks put in canonical order and
 *	  composed with them.
 */
#include "text/fold_parts.h"
#include "text/fold_tables.h"

static uint32_t
compose(uint32_t a, uint32_t b)
{
	int			lo = 0;
	int			hi = (int) (sizeof(fold_compose) / sizeof(fold_compose[0])) - 1;

	if (b >= 0x3400 && b < 0xAC00)
		return 0;				/* ideographs compose with nothing */
	if (a >= 0x1100 && a <= 0x1112 && b >= 0x1161 && b <= 0x1175)
		return 0xAC00 + ((a - 0x1100) * 21 + (b - 0x1161)) * 28;
	if (a >= 0xAC00 && a <= 0xD7A3 && (a - 0xAC00) % 28 == 0 && b >= 0x11A8 && b <= 0x11C2)
		return a + (b - 0x11A7);
	while (lo <= hi)
	{
		int			mid = (lo + hi) / 2;
		const uint32_t *row = fold_compose[mid];

		if (row[0] == a && row[1] == b)
			return row[2];
		if (row[0] < a || (row[0] == a && row[1] < b))
			lo = mid + 1;
		else
			hi = mid - 1;
	}
	return 0;
}

/* Puts the marks in canonical order and composes them with their letter. */
static void
segment_compose(FoldSegment *seg)
{
	int			i;
	int			kept;

	for (i = 2; i < seg->n; i++)
	{
		uint32_t	code = seg->code[i];
		unsigned char ccc = seg->ccc[i];
		int			j;

		for (j = i; j > 0 && seg->ccc[j - 1] > ccc; j--)
		{
			seg->code[j] = seg->code[j - 1];
			seg->ccc[j] = seg->ccc[j - 1];
		}
		seg->code[j] = code;
		seg->ccc[j] = ccc;
	}
	if (seg->n < 2 || seg->ccc[0] != 0)
		return;
	kept = 1;
	for (i = 1; i < seg->n; i++)
	{
		uint32_t	c = 0;

		if (kept == 1 || seg->ccc[kept - 1] < seg->ccc[i])
			c = compose(seg->code[0], seg->code[i]);
		if (c != 0)
			seg->code[0] = c;
		else
		{
			seg->code[kept] = seg->code[i];
			seg->ccc[kept] = seg->ccc[i];
			kept++;
		}
	}
	seg->n = kept;
}

void
clt_fold_segment_flush(FoldSegment *seg, FoldOut *out)
{
	int			i;

	if (seg->n == 0)
		return;
	segment_compose(seg);
	for (i = 0; i < seg->n; i++)
		put_code(out, seg->code[i]);
	seg->n = 0;
}

void
clt_fold_segment_add(FoldSegment *seg, FoldOut *out, uint32_t code, unsigned char ccc)
{
	if (ccc == 0)
	{
		if (seg->n > 0)
		{
			segment_compose(seg);
			if (seg->n == 1 && seg->ccc[0] == 0)
			{
				uint32_t	c = compose(seg->code[0], code);

				if (c != 0)
				{
					seg->code[0] = c;
					return;
				}
			}
		}
		clt_fold_segment_flush(seg, out);
	}
	else if (seg->n > MAX_MARKS)
		return;
	seg->code[seg->n] = code;
	seg->ccc[seg->n] = ccc;
	seg->n++;
}
