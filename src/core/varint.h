/*
 * varint.h
 *		Integers as little-endian base-128 numbers: seven bits a byte, the eighth
 *		says that more follow.
 *
 * Pure: for kernels and wrappers.
 */
#ifndef CLT_CORE_VARINT_H
#define CLT_CORE_VARINT_H

#include <stddef.h>
#include <stdint.h>

#define CLT_VARINT_MAX 10

/* clt_varint_put writes a number and returns the bytes that it takes. */
static inline size_t
clt_varint_put(uint8_t *out, uint64_t value)
{
	size_t		n = 0;

	while (value >= 0x80)
	{
		out[n++] = (uint8_t) (value | 0x80);
		value >>= 7;
	}
	out[n++] = (uint8_t) value;
	return n;
}

/* clt_varint_get reads a number and returns its bytes; 0 if there is none, or not in its shortest form. */
static inline size_t
clt_varint_get(const uint8_t *in, size_t len, uint64_t *value)
{
	uint64_t	v = 0;
	size_t		n;

	for (n = 0; n < len && n < CLT_VARINT_MAX; n++)
	{
		uint64_t	bits = in[n] & 0x7F;

		if (n == 9 && bits > 1)
			return 0;			/* more than 64 bits */
		v |= bits << (7 * n);
		if (in[n] < 0x80)
		{
			if (in[n] == 0 && n > 0)
				return 0;
			*value = v;
			return n + 1;
		}
	}
	return 0;
}

/* clt_varint_size is how many bytes a number takes. */
static inline size_t
clt_varint_size(uint64_t value)
{
	size_t		n = 1;

	while (value >= 0x80)
	{
		value >>= 7;
		n++;
	}
	return n;
}

#endif
