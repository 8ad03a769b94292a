/*-------------------------------------------------------------------------
 *
 * chars.h
 *		Strings as the comparison kernels see them.
 *
 * A kernel never sees an encoding.  It sees a run of units, one unit for each
 * character, either one byte wide ("narrow") or four ("wide"), and all it ever
 * asks is whether two units are equal.  Narrow units are ASCII, the characters
 * of a single-byte encoding, or symbols: small numbers handed out by
 * clt_chars_pair_utf8 such that equal code points have equal numbers within
 * the pair.  Wide units are code points (or, in a multibyte encoding other
 * than UTF-8, the bytes of the character packed into one number).
 *
 * Only the token measures look at the value of a unit: they have to know white
 * space and to sort.  They must be given ASCII, single-byte or wide strings,
 * never symbols.
 *
 * Nothing here allocates.  Whatever memory a kernel needs is passed in by the
 * caller; the function that tells how much is declared beside the kernel.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CLT_SIMILARITY_CHARS_H
#define CLT_SIMILARITY_CHARS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct CltChars
{
	const void *data;			/* uint8_t or, if wide, uint32_t units */
	uint32_t	len;			/* number of units */
	bool		wide;
} CltChars;

/*
 * Called now and then by kernels that may run long; may leave by longjmp, for
 * the kernels hold nothing.  NULL is allowed.
 */
typedef void (*CltTick) (void);

/* The most distinct symbols that a pair of wide strings may have. */
#define CLT_MAX_SYMBOLS		0x120000

#define CLT_INLINE			static inline __attribute__((always_inline))

/* Unit i of a string whose width is known at compile time. */
#define CLT_UNIT(data, i, wide) \
	((wide) ? ((const uint32_t *) (data))[i] : ((const uint8_t *) (data))[i])

CLT_INLINE CltChars
clt_chars(const void *data, size_t len, bool wide)
{
	CltChars	chars;

	chars.data = data;
	chars.len = (uint32_t) len;
	chars.wide = wide;
	return chars;
}

/* clt_chars_slice is the part of len units that begins at start. */
CLT_INLINE CltChars
clt_chars_slice(const CltChars *chars, uint32_t start, uint32_t len)
{
	return clt_chars((const uint8_t *) chars->data + (size_t) start * (chars->wide ? 4 : 1),
					 len, chars->wide);
}

extern bool clt_chars_ascii(const uint8_t *s, size_t len);
extern size_t clt_utf8_to_wide(const uint8_t *s, size_t len, uint32_t *out, CltTick tick);
extern bool clt_chars_pair_utf8(const uint8_t *a, size_t alen, const uint8_t *b, size_t blen,
								uint8_t *abuf, uint8_t *bbuf,
								CltChars *achars, CltChars *bchars, CltTick tick);

extern void clt_strip_affixes(CltChars *a, CltChars *b);

extern size_t clt_symbols_scratch(size_t alen, size_t blen);
extern uint32_t clt_symbols(CltChars *a, CltChars *b, void *scratch, CltTick tick);

#endif
