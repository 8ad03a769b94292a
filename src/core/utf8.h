/*-------------------------------------------------------------------------
 *
 * utf8.h
 *	  Reading and writing UTF-8 code points.  No server header.
 *
 * The server has already validated what it stores, but kernels are also run
 * by fuzzers and on bytes from other encodings, so a malformed sequence is
 * never followed past its end: it yields U+FFFD and consumes one byte.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CLT_UTF8_H
#define CLT_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define CLT_UTF8_REPLACEMENT 0xFFFDu
#define CLT_UTF8_MAX_BYTES 4

/* The code point at p (p < end); *len is set to the bytes it takes, 1..4. */
static inline uint32_t
clt_utf8_decode(const unsigned char *p, const unsigned char *end, int *len)
{
	uint32_t	c = p[0];

	*len = 1;
	if (c < 0x80)
		return c;
	if (c >= 0xC2 && c <= 0xDF)
	{
		if (end - p < 2 || (p[1] & 0xC0) != 0x80)
			return CLT_UTF8_REPLACEMENT;
		*len = 2;
		return ((c & 0x1F) << 6) | (p[1] & 0x3F);
	}
	if ((c & 0xF0) == 0xE0)
	{
		if (end - p < 3 || (p[1] & 0xC0) != 0x80 || (p[2] & 0xC0) != 0x80)
			return CLT_UTF8_REPLACEMENT;
		c = ((c & 0x0F) << 12) | ((uint32_t) (p[1] & 0x3F) << 6) | (p[2] & 0x3F);
		if (c < 0x800 || (c >= 0xD800 && c <= 0xDFFF))
			return CLT_UTF8_REPLACEMENT;
		*len = 3;
		return c;
	}
	if (c >= 0xF0 && c <= 0xF4)
	{
		if (end - p < 4 || (p[1] & 0xC0) != 0x80 || (p[2] & 0xC0) != 0x80 ||
			(p[3] & 0xC0) != 0x80)
			return CLT_UTF8_REPLACEMENT;
		c = ((c & 0x07) << 18) | ((uint32_t) (p[1] & 0x3F) << 12) |
			((uint32_t) (p[2] & 0x3F) << 6) | (p[3] & 0x3F);
		if (c < 0x10000 || c > 0x10FFFF)
			return CLT_UTF8_REPLACEMENT;
		*len = 4;
		return c;
	}
	return CLT_UTF8_REPLACEMENT;
}

/* Writes c at dst, which has room for CLT_UTF8_MAX_BYTES; returns the bytes. */
static inline int
clt_utf8_encode(uint32_t c, unsigned char *dst)
{
	if (c < 0x80)
	{
		dst[0] = (unsigned char) c;
		return 1;
	}
	if (c < 0x800)
	{
		dst[0] = (unsigned char) (0xC0 | (c >> 6));
		dst[1] = (unsigned char) (0x80 | (c & 0x3F));
		return 2;
	}
	if (c < 0x10000)
	{
		dst[0] = (unsigned char) (0xE0 | (c >> 12));
		dst[1] = (unsigned char) (0x80 | ((c >> 6) & 0x3F));
		dst[2] = (unsigned char) (0x80 | (c & 0x3F));
		return 3;
	}
	dst[0] = (unsigned char) (0xF0 | (c >> 18));
	dst[1] = (unsigned char) (0x80 | ((c >> 12) & 0x3F));
	dst[2] = (unsigned char) (0x80 | ((c >> 6) & 0x3F));
	dst[3] = (unsigned char) (0x80 | (c & 0x3F));
	return 4;
}

/* Are all len bytes ASCII? */
static inline bool
clt_is_ascii(const char *s, size_t len)
{
	uint64_t	word,
				bits = 0;

	for (; len >= 8; s += 8, len -= 8)
	{
		memcpy(&word, s, 8);
		bits |= word;
	}
	for (; len > 0; s++, len--)
		bits |= (unsigned char) *s;
	return (bits & UINT64_C(0x8080808080808080)) == 0;
}

#endif							/* CLT_UTF8_H */
